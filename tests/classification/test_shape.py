"""Known spike shapes, measured through the filters that a user might have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from ephys.classification import ShapeSettings, measure_shape, measure_widths
from ephys.errors import ParameterError
from ephys.model import Waveform
from ephys.simulation import CellSpec, simulate_session
from ephys.simulation.spikes import spike_shape
from ephys.sorting import sort_units

SAMPLING_HZ = 20_000.0


def _bump(time_ms: np.ndarray, middle_ms: float, sd_ms: float) -> np.ndarray:
    return np.exp(-0.5 * ((time_ms - middle_ms) / sd_ms) ** 2)


def _spike(time_ms: np.ndarray, stretch: float = 1.0) -> np.ndarray:
    """Positive, then a trough: wide for a stretch of 1, narrow for 0.35."""
    return 100 * _bump(time_ms, 0, 0.30 * stretch) - 45 * _bump(time_ms, 1.2 * stretch, 0.45 * stretch)


def _truth(stretch: float = 1.0) -> dict[str, float]:
    """The same four widths, read off the curve at steps of a microsecond."""
    time_ms = np.arange(-5.0, 10.0, 1e-3)
    upright = _spike(time_ms, stretch) / _spike(time_ms, stretch).max()
    beyond = time_ms[np.abs(upright) >= 0.1]
    positive = time_ms[upright >= 0.0]
    peak = time_ms[np.argmax(upright)]
    first_crossing = time_ms[(upright < 0) & (time_ms > peak)][0]
    half = time_ms[upright >= 0.5]
    assert positive[0] < beyond[0]
    return {
        "total_ms": beyond[-1] - beyond[0],
        "peak_to_trough_ms": time_ms[np.argmin(upright)] - peak,
        "half_width_ms": half[-1] - half[0],
        "first_phase_ms": first_crossing - beyond[0],
    }


def _waveform(
    stretch: float = 1.0,
    *,
    high_pass_hz: float | None = None,
    sign: float = 1.0,
    n: int = 1,
    noise_uv: float = 0.0,
    window_ms: tuple[float, float] = (-2.0, 6.0),
) -> Waveform:
    time_ms = np.arange(-100.0, 100.0, 1e3 / SAMPLING_HZ)
    trace = sign * _spike(time_ms, stretch)
    if high_pass_hz:
        trace = signal.sosfiltfilt(signal.butter(2, high_pass_hz, "high", fs=SAMPLING_HZ, output="sos"), trace)
    kept = (time_ms > window_ms[0] - 1e-6) & (time_ms < window_ms[1] - 1e-6)
    noise = np.random.default_rng(0).normal(0.0, noise_uv, (n, int(kept.sum()), 1))
    snippets = trace[kept][None, :, None] + noise
    order = 2 if high_pass_hz else 0
    return Waveform(
        snippets,
        np.arange(n),
        SAMPLING_HZ,
        -window_ms[0] / 1e3,
        (high_pass_hz or 0.0, None),
        order,
        "zero",
        "wide_band",
    )


@pytest.mark.parametrize("stretch", [1.0, 0.6, 0.35])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_four_widths_of_a_wide_band_spike_are_recovered_whichever_way_it_points(
    stretch: float, sign: float
) -> None:
    shape = measure_shape(_waveform(stretch, sign=sign))
    assert shape.polarity == ("positive" if sign > 0 else "negative")
    assert shape.n_phases == 2
    for name, true_ms in _truth(stretch).items():
        assert getattr(shape, name) == pytest.approx(true_ms, abs=0.03), name


@pytest.mark.parametrize("stretch", [1.0, 0.35])
def test_they_are_recovered_within_a_tenth_of_a_ms_from_noisy_spikes(stretch: float) -> None:
    shape = measure_shape(_waveform(stretch, n=150, noise_uv=15.0))
    for name, true_ms in _truth(stretch).items():
        assert getattr(shape, name) == pytest.approx(true_ms, abs=0.1), name


def test_a_100_hz_high_pass_leaves_every_width_and_invents_no_phase() -> None:
    shape, truth = measure_shape(_waveform(high_pass_hz=100.0, n=150, noise_uv=15.0)), _truth()
    assert shape.n_phases == 2
    for name, true_ms in truth.items():
        assert getattr(shape, name) == pytest.approx(true_ms, abs=0.1), name


def test_a_300_hz_high_pass_makes_its_own_phases_and_widths() -> None:
    shape, truth = measure_shape(_waveform(high_pass_hz=300.0)), _truth()
    assert shape.n_phases > 2
    assert abs(shape.total_ms - truth["total_ms"]) > 1.0
    assert shape.band_hz == (300.0, None)


def test_landmarks_lie_on_the_spike_for_whoever_draws_them() -> None:
    shape = measure_shape(_waveform(sign=-1.0))
    assert shape.peak_uv < 0 < shape.trough_uv
    assert shape.total_span_ms[0] < shape.peak_ms < shape.trough_ms < shape.total_span_ms[1]
    levels = np.interp(shape.half_span_ms, shape.time_ms, shape.mean_uv)
    np.testing.assert_allclose(levels, shape.peak_uv / 2, rtol=0.03)


def test_a_spike_that_begins_in_its_baseline_says_so() -> None:
    shape = measure_shape(_waveform(window_ms=(-1.0, 6.0)))
    assert shape.notes == ("the spike begins before -0.6 ms, in what is taken as 0 µV: begin the snippets earlier",)


def test_sorted_cells_of_a_simulated_session_have_the_widths_of_the_true_ones() -> None:
    cells = (
        CellSpec(name="wide", rate_hz=1.6, amplitude_uv=120.0, width=1.2),
        CellSpec(name="fast", cell_type="fast", rate_hz=8.0, amplitude_uv=90.0, polarity=-1, emax_percent=0.0),
    )
    simulated = simulate_session(3, cells=cells)
    baseline = simulated.session.protocol.baseline
    units = sort_units(simulated.session.recording)
    time_ms = np.arange(-2.5, 8.0, 0.002)
    for cell, truth in zip(cells, simulated.truth, strict=True):
        unit = max(units, key=lambda unit: np.isin(truth.times_s.round(3), unit.times_s.round(3)).sum())
        shape = measure_shape(unit.waveform, snippets=baseline.mask(unit.times_s[unit.waveform.spike_index]))
        true = measure_widths(time_ms, spike_shape(cell).at(time_ms), settings=ShapeSettings())
        assert (shape.polarity, shape.n_phases) == (true.polarity, true.n_phases)
        for name in ("total_ms", "peak_to_trough_ms", "half_width_ms", "first_phase_ms"):
            assert getattr(shape, name) == pytest.approx(getattr(true, name), abs=0.1), name


def test_a_spike_cut_off_by_its_window_has_no_total_duration_and_says_why() -> None:
    shape = measure_shape(_waveform(window_ms=(-1.0, 1.5)))
    assert np.isnan(shape.total_ms)
    assert shape.peak_to_trough_ms == pytest.approx(_truth()["peak_to_trough_ms"], abs=0.1)
    assert "does not begin and return" in shape.notes[0]


def test_a_mean_lost_in_noise_has_no_width_and_says_why() -> None:
    shape = measure_shape(_waveform(n=10, noise_uv=60.0))
    assert np.isnan([shape.total_ms, shape.peak_to_trough_ms, shape.half_width_ms]).all()
    assert "is uncertain by" in shape.notes[0]


def test_the_channel_with_the_larger_spike_is_measured() -> None:
    one = _waveform()
    both = np.concatenate([0.3 * one.snippets_uv, one.snippets_uv], axis=2)
    shape = measure_shape(Waveform(both, one.spike_index, SAMPLING_HZ, one.pre_s, one.band_hz))
    assert shape.channel == 1
    assert shape.peak_uv == measure_shape(one).peak_uv


def test_an_offset_of_the_amplifier_changes_no_width() -> None:
    one = _waveform()
    shifted = measure_shape(Waveform(one.snippets_uv + 40.0, one.spike_index, SAMPLING_HZ, one.pre_s, one.band_hz))
    assert shifted.total_ms == pytest.approx(measure_shape(one).total_ms, abs=1e-3)


def test_without_a_snippet_or_a_stretch_before_the_peak_there_is_no_shape() -> None:
    with pytest.raises(ParameterError, match="got 0 from -2 ms"):
        measure_shape(_waveform(), snippets=np.array([False]))
    with pytest.raises(ParameterError, match="from 0 ms"):
        measure_shape(Waveform(np.ones((1, 20, 1)), np.array([0]), SAMPLING_HZ, 0.0))
