"""Spikes have the widths of their cells, wherever they fall between the samples."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.simulation import CellSpec, spike_shape
from ephys.simulation.spikes import SHAPES, add_spikes, sorting_band_peak

TIME_MS = np.arange(-3.0, 7.0, 0.001)


def peak_to_trough_ms(voltage: np.ndarray) -> float:
    return float(TIME_MS[np.argmin(voltage)] - TIME_MS[np.argmax(voltage)])


def total_ms(voltage: np.ndarray) -> float:
    beyond = TIME_MS[np.abs(voltage) > 0.1]
    return float(beyond[-1] - beyond[0])


@pytest.mark.parametrize("width", [0.85, 1.0, 1.1])
@pytest.mark.parametrize("phases", [2, 3])
def test_a_5ht_spike_is_wide_and_positive_first(width: float, phases: int) -> None:
    voltage = spike_shape(CellSpec(name="1", width=width, phases=2 if phases == 2 else 3)).at(TIME_MS)
    assert 2.0 <= total_ms(voltage) <= 3.0
    assert peak_to_trough_ms(voltage) >= 1.0
    assert voltage.max() > -voltage.min()


def test_a_fast_cell_is_narrow_and_a_slow_irregular_one_lies_between() -> None:
    fast, between, wide = (SHAPES[kind].at(TIME_MS) for kind in ("fast", "slow_irregular", "serotonergic"))
    assert peak_to_trough_ms(fast) < 0.5
    assert 1.0 <= total_ms(fast) <= 1.2
    assert peak_to_trough_ms(fast) < peak_to_trough_ms(between) < peak_to_trough_ms(wide)
    assert total_ms(fast) < total_ms(between) < total_ms(wide)


def test_a_negative_first_spike_is_the_mirror_image() -> None:
    up, down = (spike_shape(CellSpec(name="1", polarity=sign)) for sign in (1, -1))
    np.testing.assert_array_equal(up.at(TIME_MS), -down.at(TIME_MS))


def test_the_sorting_band_costs_a_wide_spike_more_than_a_narrow_one() -> None:
    wide, narrow = (sorting_band_peak(SHAPES[kind], sampling_hz=20000.0) for kind in ("serotonergic", "fast"))
    assert 0.5 < wide < 0.8 < narrow < 1.0


def test_a_spike_on_the_border_of_two_stretches_is_whole() -> None:
    times_s, sizes = np.array([0.0, 0.49991, 0.5, 0.5012, 0.99999]), np.full(5, 100.0)
    whole, first, second = np.zeros(20000), np.zeros(10000), np.zeros(10000)
    for stretch, start_s in ((whole, 0.0), (first, 0.0), (second, 0.5)):
        add_spikes(stretch, times_s, sizes, shape=SHAPES["serotonergic"], sampling_hz=20000.0, start_s=start_s)
    np.testing.assert_allclose(np.concatenate([first, second]), whole, atol=1e-9)


def test_a_spike_peaks_between_the_samples_if_it_fell_there() -> None:
    traces = np.zeros(400)
    add_spikes(traces, np.array([0.010025]), np.array([100.0]), shape=SHAPES["fast"], sampling_hz=20000.0)
    assert traces[200] == pytest.approx(traces[201], rel=0.03)
    assert traces[200] < 100.0
