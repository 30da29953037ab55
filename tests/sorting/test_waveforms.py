"""Snippets are aligned between the samples, and shape is measured on the wide band."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import ArraySource, Epoch, Recording, Run, Unit
from ephys.sorting.filters import design_filter, filter_zero_phase
from ephys.sorting.waveforms import Window, aligned_snippets, cut_snippets, filtered_snippets, measure_waveforms

FS = 20000.0


def wide_spike(time_ms: np.ndarray) -> np.ndarray:
    return 100.0 * np.exp(-0.5 * (time_ms / 0.25) ** 2) - 45.0 * np.exp(-0.5 * ((time_ms - 1.4) / 0.4) ** 2)


def recording_of(times_s: np.ndarray, seconds: float = 20.0) -> Recording:
    time_s = np.arange(round(seconds * FS)) / FS
    traces = np.zeros_like(time_s)
    for spike_s in times_s:
        near = slice(round((spike_s - 0.01) * FS), round((spike_s + 0.02) * FS))
        traces[near] += wide_spike((time_s[near] - spike_s) * 1e3)
    return Recording.from_array(traces, sampling_hz=FS)


def test_a_peak_between_two_samples_is_found_to_a_tenth_of_a_sample() -> None:
    true = np.array([0.1, 0.2 + 0.3 / FS, 0.3 - 0.4 / FS])
    traces = recording_of(true, 0.5).read(0, 10000)
    rows = np.rint(true * FS).astype(np.int64)
    snippets, offsets = aligned_snippets(traces, rows, Window(20, 40))
    np.testing.assert_allclose((rows + offsets) / FS, true, atol=0.1 / FS)
    np.testing.assert_allclose(snippets[1], snippets[0], atol=0.5)


def test_the_wide_band_keeps_the_width_of_a_wide_spike() -> None:
    times_s = np.arange(0.5, 19.0, 0.25)
    recording = recording_of(times_s)
    (unit,) = measure_waveforms(recording, [Unit.from_times(times_s, support=recording.support)])
    assert unit.waveform is not None
    mean = unit.waveform.snippets_uv.mean(axis=0)[:, 0]
    true_ms = float(np.arange(-2, 6, 0.001)[wide_spike(np.arange(-2, 6, 0.001)).argmin()])
    assert unit.waveform.time_ms[mean.argmin()] == pytest.approx(true_ms, abs=0.1)
    assert unit.waveform.time_ms[mean.argmax()] == pytest.approx(0.0, abs=0.051)
    assert (unit.waveform.band_hz, unit.waveform.phase, unit.waveform.source) == ((None, None), "unknown", "wide_band")


def test_the_amplifier_narrows_the_band_that_a_waveform_states() -> None:
    times_s = np.array([1.0, 2.0])
    wire = recording_of(times_s, 3.0)
    narrow = Recording.from_array(wire.read(0, 60000), sampling_hz=FS, band_hz=(300.0, 3000.0))
    (unit,) = measure_waveforms(narrow, [Unit.from_times(times_s, support=narrow.support)])
    assert unit.waveform is not None
    assert (unit.waveform.band_hz, unit.waveform.phase) == ((300.0, 3000.0), "causal")


@pytest.mark.parametrize(
    ("amplifier_hz", "band_hz", "phase"),
    [
        ((0.0, None), (100.0, None), "zero"),
        ((0.1, 8000.0), (100.0, 8000.0), "zero"),
        ((80.0, 8000.0), (100.0, 8000.0), "causal"),
        ((None, 8000.0), (None, 8000.0), "unknown"),
    ],
)
def test_the_phase_is_the_filters_only_behind_an_amplifier_that_is_known_to_be_wide(
    amplifier_hz: tuple[float | None, float | None], band_hz: tuple[float | None, float | None], phase: str
) -> None:
    wire = Recording.from_array(recording_of(np.array([1.0]), 3.0).read(0, 60000), sampling_hz=FS, band_hz=amplifier_hz)
    (unit,) = measure_waveforms(wire, [Unit.from_times([1.0], support=wire.support)])
    assert unit.waveform is not None
    assert (unit.waveform.band_hz, unit.waveform.phase) == (band_hz, phase)


def test_later_spikes_and_other_units_take_no_snippet_from_a_baseline() -> None:
    early = np.arange(0.1, 8.0, 0.5)
    recording = recording_of(early)
    excited = np.concatenate([early, np.arange(8.0, 19.0, 0.005)])
    kept = []
    for times in (early, excited):
        unit, other = (Unit.from_times(t, support=recording.support) for t in (times, excited[::3]))
        for units in ((unit,), (other, unit)):
            waveform = measure_waveforms(recording, units, most_per_10_s=(30, 30))[-1].waveform
            assert waveform is not None
            kept.append(waveform.spike_index[waveform.spike_index < early.size].tolist())
    assert kept[0] == kept[1] == kept[2] == kept[3] == list(range(early.size))


def test_snippets_are_spread_over_the_session_and_know_their_spike() -> None:
    times_s = np.arange(0.1, 19.9, 0.02)
    recording = recording_of(times_s[::100])
    (unit,) = measure_waveforms(
        recording, [Unit.from_times(times_s, support=recording.support)], most_per_10_s=(50, 50)
    )
    assert unit.waveform is not None
    chosen = times_s[unit.waveform.spike_index]
    assert np.histogram(chosen, bins=2, range=(0, 20))[0].tolist() == [50, 50]


def test_a_long_pause_takes_no_snippet_from_the_stretch_after_it() -> None:
    runs = (Run(0, 400_000, 0.0), Run(400_000, 400_000, 43_200.0))
    recording = Recording(ArraySource(np.ones((800_000, 1))), FS, runs)
    times_s = np.concatenate([np.arange(0.5, 19.5, 0.7), 43_200.0 + np.arange(0.5, 19.5, 0.7)])
    (unit,) = measure_waveforms(recording, [Unit.from_times(times_s, support=recording.support)])
    assert unit.waveform is not None
    assert unit.waveform.spike_index.tolist() == list(range(times_s.size))


def test_spikes_cut_by_the_edge_of_a_stretch_give_no_snippet() -> None:
    runs = (Run(0, 20000, 0.0), Run(20000, 20000, 10.0))
    recording = Recording(ArraySource(np.ones((40000, 1))), FS, runs)
    unit = Unit.from_times([0.0005, 0.5, 0.999, 10.0005, 10.5], support=recording.support)
    (measured,) = measure_waveforms(recording, [unit])
    assert measured.waveform is not None
    assert measured.waveform.spike_index.tolist() == [1, 4]
    (nothing,) = measure_waveforms(recording, [Unit.from_times([0.0001], support=recording.support)])
    assert nothing.waveform is None


@pytest.mark.parametrize("band", [(100.0, None), (None, 3000.0), (None, None)])
def test_voltage_filtered_round_the_spikes_is_the_filtered_voltage(band: tuple[float | None, float | None]) -> None:
    traces = np.random.default_rng(0).normal(500.0, 30.0, (200_000, 2)).astype(np.float32)
    rows, window = np.array([40, 45, 700, 90_000, 90_010, 199_000, 199_880]), Window(40, 120)
    sections = design_filter(band, sampling_hz=FS, order=2)
    whole = cut_snippets(filter_zero_phase(traces, sections), rows, window)
    np.testing.assert_allclose(filtered_snippets(traces, rows, window, sections), whole, rtol=0, atol=0.01)
    many = np.arange(1000, 199_000, 50)
    whole = cut_snippets(filter_zero_phase(traces, sections), many, window)
    np.testing.assert_array_equal(filtered_snippets(traces, many, window, sections), whole)


def test_a_window_must_span_the_spike_and_hold_one() -> None:
    recording = recording_of(np.array([1.0]), 2.0)
    unit = Unit.from_times([1.0], support=Epoch(0.0, 2.0))
    with pytest.raises(ParameterError, match="span"):
        measure_waveforms(recording, [unit], window_ms=(1.0, 6.0))
    with pytest.raises(ParameterError, match="most_per_10_s"):
        measure_waveforms(recording, [unit], most_per_10_s=(0, 20))
