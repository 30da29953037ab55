"""Spikes that another program found are measured on their main peak, wherever that program put them."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.model import Recording
from ephys.sorting.adopting import adopt_units, measure_peaks

HZ = 20_000.0
BAND = {"band_hz": (150.0, 6000.0), "order": 2}


def _wire(at: np.ndarray, *, size_uv: float, shift: float = 0.0) -> Recording:
    traces = np.random.default_rng(0).normal(0.0, 3.0, 400_000)
    axis = np.arange(-20, 21)
    for sample in at:
        traces[sample + axis] += size_uv * np.exp(-0.5 * ((axis - shift) / 3.0) ** 2)
    return Recording.from_array(traces, sampling_hz=HZ, start_s=7.0)


AT = np.arange(2000, 398_000, 4000)


@pytest.mark.parametrize("polarity", [1.0, -1.0])
@pytest.mark.parametrize("offset", [-12, 0, 15])
def test_the_peak_is_found_wherever_the_other_program_put_the_spike(polarity: float, offset: int) -> None:
    recording = _wire(AT, size_uv=polarity * 100.0, shift=0.3)
    peaks = measure_peaks(recording, [AT + offset], **BAND)[0]  # type: ignore[arg-type]
    assert np.abs(peaks.samples - (AT + 0.3)).max() < 0.5
    assert np.median(peaks.amplitudes_uv) == pytest.approx(90.0, rel=0.1)


def test_a_spike_cut_off_by_the_end_is_not_measured() -> None:
    peaks = measure_peaks(_wire(AT, size_uv=100.0), [np.array([3, 2000])], **BAND)[0]  # type: ignore[arg-type]
    assert np.isnan(peaks.amplitudes_uv[0])
    assert peaks.amplitudes_uv[1] > 60.0


def test_units_are_named_by_size_each_spike_once_and_what_is_no_cell_comes_last() -> None:
    small, large = AT[::2], AT[1::2]
    recording = _wire(small, size_uv=-40.0)
    traces = recording.read(0, recording.n_samples) + _wire(large, size_uv=90.0).read(0, recording.n_samples)
    both = Recording.from_array(traces, sampling_hz=HZ, start_s=7.0)
    twice = np.sort(np.concatenate([large, large + 3]))
    hash_ = np.sort(np.concatenate([AT + 700, AT + 725]))
    trains = [small, twice, hash_, large[:5]]
    units = adopt_units(
        both,
        trains,
        noise_uv=np.array([4.0]),
        least_spikes=12,
        origin="other 1.0",
        **BAND,  # type: ignore[arg-type]
    )
    assert [unit.id for unit in units] == ["1", "2", "3"]
    assert [unit.multi_unit for unit in units] == [False, False, True]
    assert [unit.n_spikes for unit in units[:2]] == [len(large), len(small)]
    assert units[0].times_s == pytest.approx(7.0 + large / HZ, abs=1.0 / HZ)
    assert all(unit.origin == "other 1.0" and np.isnan(unit.threshold_uv) for unit in units)
