"""What the threshold hides is told from what it shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.model import Epoch, Support, Unit
from ephys.sorting import completeness
from ephys.sorting.amplitudes import amplitude_scatter

WHOLE = Epoch(0.0, 1000.0)


def unit_of(mean_sd: float, *, count: int = 400, seed: int = 0) -> tuple[Unit, float]:
    """Unit whose amplitudes lie so many noise SD above a threshold of 45 µV, and the share that was seen."""
    rng = np.random.default_rng(seed)
    all_uv = rng.normal(45.0 + 10.0 * mean_sd, 10.0, count)
    seen = all_uv[all_uv >= 45.0]
    times_s = np.sort(rng.uniform(0, 1000, len(seen)))
    return Unit("1", times_s, Support.of(WHOLE), seen, threshold_uv=45.0, noise_uv=10.0), len(seen) / count


@pytest.mark.parametrize("mean_sd", [0.0, 0.5, 1.0, 2.0, 4.0])
def test_completeness_is_the_share_above_threshold(mean_sd: float) -> None:
    estimates = [completeness(unit_of(mean_sd, seed=seed)[0], WHOLE).value for seed in range(10)]
    shares = [unit_of(mean_sd, seed=seed)[1] for seed in range(10)]
    assert np.mean(estimates) == pytest.approx(np.mean(shares), abs=0.06)


def test_a_silent_window_has_no_completeness_and_is_not_incomplete() -> None:
    unit, _ = unit_of(2.0)
    assert math.isnan(completeness(unit, Epoch(0.0, 0.5)).value)


def test_without_amplitudes_or_threshold_nothing_is_known() -> None:
    assert math.isnan(completeness(Unit.from_times(np.arange(100.0), support=WHOLE), WHOLE).value)


def test_hash_that_crowds_at_the_threshold_is_far_from_complete() -> None:
    rng = np.random.default_rng(0)
    tail = 45.0 + rng.exponential(4.0, 500)
    unit = Unit("1", np.sort(rng.uniform(0, 1000, 500)), Support.of(WHOLE), tail, threshold_uv=45.0, noise_uv=10.0)
    assert completeness(unit, WHOLE).value < 0.3


def test_scaling_the_voltage_changes_nothing() -> None:
    unit, _ = unit_of(1.0)
    in_mv = Unit(
        "1", unit.times_s, unit.support, unit.amplitudes_uv * 1e-3, threshold_uv=unit.threshold_uv * 1e-3,
        noise_uv=unit.noise_uv * 1e-3,
    )  # fmt: skip
    assert completeness(in_mv, WHOLE).value == pytest.approx(completeness(unit, WHOLE).value, abs=0.01)


@pytest.mark.parametrize("count", [30, 120, 600])
def test_the_interval_covers_the_share_that_was_seen(count: int) -> None:
    """A unit that runs down, judged in its last part alone: what its scatter is, the first part shows."""
    covered = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        mean_uv = 45.0 + 7.0 * rng.uniform(-0.5, 3.0)
        early, late_all = rng.normal(90.0, 7.0, 300), rng.normal(mean_uv, 7.0, count)
        late = late_all[late_all >= 45.0]
        times_s = np.concatenate([np.linspace(0.0, 499.0, len(early)), np.linspace(500.0, 999.0, len(late))])
        amplitudes_uv = np.concatenate([early, late])
        unit = Unit("1", times_s, Support.of(WHOLE), amplitudes_uv, threshold_uv=45.0, noise_uv=10.0)
        found = completeness(unit, Epoch(500.0, 1000.0))
        if math.isfinite(found.value):
            covered.append(found.low <= len(late) / count <= found.high)
    assert len(covered) > 150
    assert np.mean(covered) >= 0.93


def test_many_spikes_make_a_narrow_interval_and_few_a_wide_one() -> None:
    widths = []
    for count in (40, 400, 4000):
        found = completeness(unit_of(1.5, count=count)[0], WHOLE)
        widths.append(found.high - found.low)
    assert widths[0] > 1.5 * widths[1] > 1.5 * widths[2]
    assert widths[2] < 0.1


def test_scatter_is_that_from_spike_to_spike_not_that_of_run_down() -> None:
    rng = np.random.default_rng(0)
    times_s = np.linspace(0.0, 999.0, 1000)
    falling = 160.0 - 0.08 * times_s + rng.normal(0.0, 6.0, 1000)
    unit = Unit("1", times_s, Support.of(WHOLE), falling, threshold_uv=45.0, noise_uv=10.0)
    scatter_uv, clear = amplitude_scatter(unit)
    assert clear
    assert scatter_uv == pytest.approx(6.0, rel=0.12)


def test_scatter_that_the_threshold_cuts_into_all_along_is_a_guess() -> None:
    unit, _ = unit_of(0.0)
    scatter_uv, clear = amplitude_scatter(unit)
    assert not clear
    assert scatter_uv == pytest.approx(10.0, rel=0.35)
