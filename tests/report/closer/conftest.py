"""A session with a gap, names that would break a page, spikes on the edges of bins, and voltage."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from ephys.analysis import SessionAnalysis
from ephys.model import Administration, DoseProtocol, Epoch, Recording, Session, Support, Unit
from ephys.model.recording import ArraySource, Run
from ephys.pipeline import analyse_session

mpl.use("Agg")
RECORDED = Support.of(Epoch(5.0, 185.0), Epoch(200.0, 405.0))
SAMPLING_HZ = 5000.0
NASTY = "<b>x & \"y\" 'z'"


def _unit(name: str, interval_s: float, peak_uv: float, seed: int) -> Unit:
    """A regular unit; some spikes on edges of bins, one at the very end, some of unknown amplitude."""
    rng = np.random.default_rng(seed)
    times_s = 5.0 + np.cumsum(rng.gamma(9.0, interval_s / 9.0, round(400.0 / interval_s)))
    edges_s = np.array([15.0, 25.0, 26.0, 235.0, 405.0])
    times_s = np.unique(np.concatenate([times_s[RECORDED.mask(times_s)], edges_s]))
    amplitudes_uv = rng.normal(peak_uv, 4.0, times_s.size)
    amplitudes_uv[10:13] = np.nan
    return Unit(name, times_s, RECORDED, amplitudes_uv, 30.0, 8.0, origin="wavemark")


def _recording(units: tuple[Unit, ...]) -> Recording:
    """Noise, with a peak at each spike."""
    rng = np.random.default_rng(9)
    sizes = [round(epoch.duration_s * SAMPLING_HZ) for epoch in RECORDED.epochs]
    runs = (Run(0, sizes[0], 5.0), Run(sizes[0], sizes[1], 200.0))
    traces = rng.normal(0.0, 8.0, (sum(sizes), 1)).astype(np.float32)
    recording = Recording(ArraySource(traces), SAMPLING_HZ, runs, name="wire")
    for unit in units:
        known = np.isfinite(unit.amplitudes_uv)
        traces[recording.samples(unit.times_s[known]), 0] += unit.amplitudes_uv[known]
    return recording


@pytest.fixture(scope="session")
def analysis() -> SessionAnalysis:
    units = (_unit("1", 0.6, 120.0, 1), _unit(NASTY, 0.09, 70.0, 2))
    given = tuple(
        Administration(NASTY, at_s, dose=dose, dose_unit="ug/kg", route="i.v.")
        for at_s, dose in ((100.0, 50.0), (235.0, 50.0), (300.0, 100.0))
    )
    return analyse_session(Session("rat07", DoseProtocol(given, RECORDED), recording=_recording(units), units=units))
