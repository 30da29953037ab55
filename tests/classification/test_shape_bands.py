"""A broad and a narrow spike, filtered as laboratories filter: what each band makes of their widths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from ephys.classification import WaveformShape, measure_shape
from ephys.model import Waveform
from ephys.model.unit import HARMLESS_HIGH_PASS_HZ
from ephys.simulation.spikes import SHAPES, SpikeShape

FINE_HZ = 100_000.0
WIDTHS = ("total_ms", "peak_to_trough_ms", "half_width_ms", "first_phase_ms")
BROAD = SpikeShape((1.0, -0.5, 0.3), (0.0, 1.1, 2.4), (0.22, 0.35, 0.45))
"""Three phases, as the classical 5-HT spike has."""
CELLS = {"broad": BROAD, "serotonergic": SHAPES["serotonergic"], "narrow": SHAPES["fast"]}


def truth(shape: SpikeShape) -> dict[str, float]:
    """The four widths, read off the curve at steps of a microsecond."""
    time_ms = np.arange(-3.0, 7.0, 1e-3)
    upright = shape.at(time_ms) / shape.at(time_ms).max()
    peak, trough = time_ms[np.argmax(upright)], time_ms[np.argmin(upright)]
    beyond = time_ms[np.abs(upright) >= 0.1]
    half = time_ms[upright >= 0.5]
    zero = time_ms[(upright < 0) & (time_ms > peak)][0]
    return dict(zip(WIDTHS, (np.ptp(beyond), trough - peak, np.ptp(half), zero - beyond[0]), strict=True))


def measured(
    shape: SpikeShape,
    low_hz: float | None,
    high_hz: float | None = None,
    *,
    phase: str = "zero",
    sampling_hz: float = 20_000.0,
    sign: float = 1.0,
) -> WaveformShape:
    """Filter the continuous spike, sample it, and measure it with its band."""
    time_ms = np.arange(-100.0, 100.0, 1e3 / FINE_HZ)
    trace = 100.0 * sign * shape.at(time_ms)
    if low_hz or high_hz:
        kind = "highpass" if high_hz is None else "bandpass"
        edges = low_hz if high_hz is None else (low_hz, high_hz)
        sections = signal.butter(2, edges, kind, fs=FINE_HZ, output="sos")
        trace = (signal.sosfiltfilt if phase == "zero" else signal.sosfilt)(sections, trace)
    peak_ms = time_ms[np.argmax(np.abs(trace))]
    kept = slice(*(int(np.argmin(np.abs(time_ms - peak_ms - edge_ms))) for edge_ms in (-2.0, 6.0)))
    snippet = trace[kept][:: round(FINE_HZ / sampling_hz)]
    order = 2 if low_hz or high_hz else 0
    band = (low_hz, high_hz)
    return measure_shape(
        Waveform(snippet[None, :, None], np.array([0]), sampling_hz, 0.002, band, order, phase, "wide_band")
    )


def errors(shape: SpikeShape, found: WaveformShape) -> dict[str, float]:
    return {name: abs(getattr(found, name) - true_ms) for name, true_ms in truth(shape).items()}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("low_hz", [None, 1.0, 10.0, 50.0, 100.0])
def test_every_width_is_recovered_from_a_wide_band(cell: str, low_hz: float | None) -> None:
    found = measured(CELLS[cell], low_hz)
    assert max(errors(CELLS[cell], found).values()) < 0.03
    assert found.n_phases == (3 if cell == "broad" else 2)
    assert found.restored == (low_hz is not None)


@pytest.mark.parametrize("cell", ["broad", "serotonergic"])
@pytest.mark.parametrize(
    ("band", "phase", "least_ms"),
    [
        ((300.0, 3000.0), "zero", 0.1),
        ((300.0, 3000.0), "causal", 0.1),
        ((500.0, 5000.0), "zero", 0.4),
        ((600.0, 6000.0), "zero", 0.4),
    ],
)
def test_from_300_hz_on_a_broad_spike_has_other_widths(
    cell: str, band: tuple[float, float], phase: str, least_ms: float
) -> None:
    found = measured(CELLS[cell], *band, phase=phase)
    assert max(errors(CELLS[cell], found).values()) > least_ms
    assert found.asymmetry < 0.6, "a phase before the main one that the spike does not have"
    assert not found.restored


def test_the_gap_between_broad_and_narrow_closes_as_the_band_narrows() -> None:
    bands = [(100.0, None), (300.0, 3000.0), (500.0, 5000.0), (600.0, 6000.0)]
    gaps_ms = [
        measured(CELLS["serotonergic"], *band).peak_to_trough_ms - measured(CELLS["narrow"], *band).peak_to_trough_ms
        for band in bands
    ]
    assert gaps_ms == sorted(gaps_ms, reverse=True)
    assert gaps_ms[0] > 0.7
    assert gaps_ms[-1] < 0.25


def test_a_causal_filter_turns_a_positive_spike_over() -> None:
    assert measured(CELLS["serotonergic"], 300.0, 3000.0, phase="causal").polarity == "negative"
    assert measured(CELLS["serotonergic"], 300.0, 3000.0).polarity == "positive"


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sampling_hz", [10_000.0, 25_000.0, 50_000.0])
def test_widths_are_finer_than_the_sampling(cell: str, sampling_hz: float) -> None:
    assert max(errors(CELLS[cell], measured(CELLS[cell], 100.0, sampling_hz=sampling_hz)).values()) < 0.03


@pytest.mark.parametrize("cell", CELLS)
def test_an_inverted_file_gives_the_same_widths(cell: str) -> None:
    upright, inverted = (measured(CELLS[cell], 100.0, sign=sign) for sign in (1.0, -1.0))
    assert (upright.polarity, inverted.polarity) == ("positive", "negative")
    assert [getattr(inverted, name) for name in WIDTHS] == pytest.approx([getattr(upright, name) for name in WIDTHS])
    assert inverted.asymmetry == upright.asymmetry


def test_asymmetry_weighs_the_phase_after_against_the_one_before() -> None:
    """Flanks of 0.3 before and 0.5 after: (0.5 - 0.3) / (0.5 + 0.3)."""
    flanked = SpikeShape((1.0, -0.3, -0.5), (0.0, -1.0, 1.0), (0.15, 0.15, 0.15))
    alone = SpikeShape((1.0,), (0.0,), (0.2,))
    before = SpikeShape((1.0, -0.3), (0.0, -0.8), (0.15, 0.15))
    assert measured(flanked, None).asymmetry == pytest.approx(0.25, abs=0.01)
    assert (measured(before, None).asymmetry, measured(BROAD, None).asymmetry) == (-1.0, 1.0)
    assert np.isnan(measured(alone, None).asymmetry)
    dented = SpikeShape((1.0, -0.15, 0.3), (0.0, 0.6, 1.2), (0.15, 0.12, 0.15))
    assert np.isnan(measured(dented, None).asymmetry), "a dent below a fifth is no phase"


def test_snippets_that_bear_the_wrong_band_are_not_restored() -> None:
    unfiltered = measured(BROAD, None)
    snippet = unfiltered.mean_uv[None, :, None]
    claimed = Waveform(snippet, np.array([0]), 20_000.0, 0.002, (100.0, None), 2, "zero", "wide_band")
    found = measure_shape(claimed)
    assert found.total_ms == pytest.approx(unfiltered.total_ms, abs=1e-3)
    assert any("slow part not restored" in note for note in found.notes)


@pytest.mark.parametrize(
    ("waveform", "words"),
    [
        ({"band_hz": (10.0, 8000.0), "order": 2, "phase": "zero"}, "10 to 8000 Hz, zero phase, order 2"),
        ({"band_hz": (None, None)}, "band unknown"),
        ({"band_hz": (None, None), "source": "wide_band", "order": 2, "phase": "unknown"}, "band unknown"),
        ({"band_hz": (0.0, None)}, "unfiltered"),
        ({"band_hz": (300.0, None), "order": 1, "phase": "causal"}, "from 300 Hz, causal phase, order 1"),
        ({"band_hz": (None, 5000.0)}, "band unknown below 5000 Hz"),
    ],
)
def test_the_band_is_told_in_words(waveform: dict[str, object], words: str) -> None:
    snippet = 100.0 * BROAD.at(np.arange(-2.0, 6.0, 0.05))[None, :, None]
    assert measure_shape(Waveform(snippet, np.array([0]), 20_000.0, 0.002, **waveform)).band_text == words


@pytest.mark.parametrize("shape", [CELLS["narrow"], BROAD], ids=["narrow", "broad"])
def test_a_ramp_before_the_spike_is_not_made_into_a_width(shape: SpikeShape) -> None:
    """What least squares would put back for a slow potential is no part of a spike that its filter shortened."""
    time_ms = np.arange(-100.0, 100.0, 1e3 / FINE_HZ)
    trace = 100.0 * shape.at(time_ms) + 25.0 * np.exp(np.minimum(time_ms, 0.0) / 2.0) * (time_ms < 0)
    filtered = signal.sosfiltfilt(signal.butter(2, 100.0, "highpass", fs=FINE_HZ, output="sos"), trace)
    kept = slice(*(int(np.argmin(np.abs(time_ms - edge_ms))) for edge_ms in (-2.0, 6.0)))
    snippet = filtered[kept][:: round(FINE_HZ / 20_000.0)][None, :, None]
    found = measure_shape(
        Waveform(snippet, np.array([0]), 20_000.0, 0.002, (100.0, None), order=2, phase="zero", source="wide_band")
    )
    assert found.total_ms < 1.3 * truth(shape)["total_ms"]
    assert found.peak_to_trough_ms == pytest.approx(truth(shape)["peak_to_trough_ms"], abs=0.1)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("shape", CELLS.values(), ids=CELLS)
def test_an_amplifiers_high_pass_of_10_hz_moves_no_width(shape: SpikeShape, order: int) -> None:
    """Below that its phase does not matter, and a width behind it is judged."""
    time_ms = np.arange(-400.0, 100.0, 1e3 / FINE_HZ)
    sections = signal.butter(order, HARMLESS_HIGH_PASS_HZ, "highpass", fs=FINE_HZ, output="sos")
    trace = signal.sosfilt(sections, 100.0 * shape.at(time_ms))
    kept = slice(*(int(np.argmin(np.abs(time_ms - edge_ms))) for edge_ms in (-2.0, 6.0)))
    snippet = trace[kept][:: round(FINE_HZ / 20_000.0)][None, :, None]
    found = measure_shape(Waveform(snippet, np.array([0]), 20_000.0, 0.002, (HARMLESS_HIGH_PASS_HZ, None)))
    assert max(errors(shape, found).values()) < 0.1
