"""Quality is judged on the baseline: a drug's silence is no fault of the unit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.errors import CoverageError
from ephys.model import Epoch, Support, Unit
from ephys.sorting import assess_quality

BASELINE = Epoch(0.0, 180.0, "baseline")


def regular(rate_hz: float, stop_s: float, seed: int = 0) -> np.ndarray:
    times_s = np.cumsum(np.random.default_rng(seed).gamma(12, 1 / (12 * rate_hz), round(rate_hz * stop_s * 1.5)))
    return times_s[times_s < stop_s]


def unit_of(times_s: np.ndarray, amplitudes_uv: np.ndarray, *, multi_unit: bool = False) -> Unit:
    support = Support.of(Epoch(0.0, 900.0))
    return Unit("1", times_s, support, amplitudes_uv, threshold_uv=45.0, noise_uv=10.0, multi_unit=multi_unit)


def test_a_silenced_slow_cell_carries_no_flag() -> None:
    times_s = np.concatenate([regular(0.9, 400.0), 780.0 + regular(0.9, 120.0)])
    amplitudes = np.random.default_rng(1).normal(120.0, 10.0, len(times_s))
    quality = assess_quality(unit_of(times_s, amplitudes), within=BASELINE)
    assert quality.flags == ()
    assert quality.peak_to_noise == pytest.approx(12.0, abs=0.5)
    assert quality.completeness.value > 0.99
    assert quality.rate_hz == pytest.approx(0.9, rel=0.1)


def test_two_slow_cells_taken_for_one_fail_the_soft_refractory_test_alone() -> None:
    times_s = np.sort(np.concatenate([regular(1.5, 900.0, 1), regular(1.7, 900.0, 2)]))
    quality = assess_quality(Unit.from_times(times_s, support=Epoch(0.0, 900.0)), within=BASELINE)
    assert quality.refractory_share < 0.01
    assert quality.soft_refractory_share > 0.05
    assert any("20 to 75 ms" in flag for flag in quality.flags)


def test_doublets_are_no_contamination() -> None:
    single = regular(1.0, 900.0)
    times_s = np.sort(np.concatenate([single, single[::5] + 0.008]))
    quality = assess_quality(Unit.from_times(times_s, support=Epoch(0.0, 900.0)), within=BASELINE)
    assert quality.soft_refractory_share == 0.0
    assert quality.refractory_share == 0.0


def test_a_fall_in_amplitude_is_measured_and_said() -> None:
    times_s = regular(1.0, 900.0)
    falling = np.interp(times_s, [0.0, 900.0], [150.0, 75.0])
    quality = assess_quality(unit_of(times_s, falling), within=BASELINE)
    assert quality.amplitude_trend_percent == pytest.approx(-50.0, abs=1.0)
    assert any("-50 %" in flag for flag in quality.flags)


def test_what_a_unit_does_not_carry_stays_unknown() -> None:
    quality = assess_quality(Unit.from_times(regular(1.0, 900.0), support=Epoch(0.0, 900.0)), within=BASELINE)
    assert all(
        math.isnan(value)
        for value in (quality.peak_to_noise, quality.completeness.value, quality.amplitude_trend_percent)
    )
    assert quality.flags == ()


def test_a_silent_baseline_is_zero_hz_and_not_an_error() -> None:
    quality = assess_quality(Unit.from_times([300.0], support=Epoch(0.0, 900.0)), within=BASELINE)
    assert (quality.n_spikes, quality.rate_hz) == (0, 0.0)
    assert math.isnan(quality.refractory_share)


def test_a_multi_unit_says_so() -> None:
    times_s = regular(1.0, 900.0)
    quality = assess_quality(unit_of(times_s, np.full(len(times_s), 48.0), multi_unit=True), within=BASELINE)
    assert quality.flags[0].startswith("multi-unit")


def test_a_baseline_that_was_not_recorded_is_refused() -> None:
    with pytest.raises(CoverageError, match="nothing was recorded"):
        assess_quality(Unit.from_times([1.0], support=Epoch(0.0, 10.0)), within=Epoch(20.0, 30.0, "baseline"))


def test_an_interval_across_excised_time_is_none() -> None:
    """A second is excised every ten: on the clock of what is left, the spikes on its sides would seem a burst."""
    holes = [Epoch(at - 0.01, at + 0.97) for at in np.arange(10.0, 170.0, 10.0)]
    times_s = np.concatenate([np.arange(0.5, 180.0), [hole.start_s - 1e-3 for hole in holes]])
    support = Support.of(Epoch(0.0, 180.0)).without(holes)
    times_s = np.sort(times_s[support.mask(times_s)])
    seen = Unit("1", times_s, support)
    assert assess_quality(seen, within=Epoch(0.0, 180.0)).soft_refractory_share == 0.0


@pytest.mark.parametrize(("size", "flagged"), [(0.9, False), (0.8, False), (0.65, True)])
def test_spikes_that_shrink_far_within_bursts_are_flagged(size: float, flagged: bool) -> None:
    first_s = np.arange(0.5, 180.0)
    times_s = np.sort(np.concatenate([first_s, first_s[::3] + 0.006]))
    follows = np.diff(times_s, prepend=-1.0) < 0.02
    amplitudes_uv = np.where(follows, size * 90.0, 90.0) + np.random.default_rng(0).normal(0.0, 5.0, len(times_s))
    support = Support.of(Epoch(0.0, 180.0))
    burster = Unit("1", times_s, support, amplitudes_uv, threshold_uv=40.0, noise_uv=10.0)
    flags = assess_quality(burster, within=Epoch(0.0, 180.0)).flags
    assert any("shrink within bursts" in flag for flag in flags) == flagged


@pytest.mark.parametrize(("count", "said"), [(1, "only 1 spike in the baseline"), (2, "only 2 spikes in the baseline")])
def test_few_spikes_are_counted_in_words_that_fit(count: int, said: str) -> None:
    unit = Unit.from_times(np.arange(1.0, 1.0 + count), support=Epoch(0.0, 900.0))
    assert said in assess_quality(unit, within=BASELINE).flags
