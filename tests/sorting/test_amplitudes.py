"""What the threshold hides is told from what it shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.model import Epoch, Support, Unit
from ephys.sorting import completeness

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
    estimates = [completeness(unit_of(mean_sd, seed=seed)[0], WHOLE) for seed in range(10)]
    shares = [unit_of(mean_sd, seed=seed)[1] for seed in range(10)]
    assert np.mean(estimates) == pytest.approx(np.mean(shares), abs=0.06)


def test_a_silent_window_has_no_completeness_and_is_not_incomplete() -> None:
    unit, _ = unit_of(2.0)
    assert math.isnan(completeness(unit, Epoch(0.0, 0.5)))


def test_without_amplitudes_or_threshold_nothing_is_known() -> None:
    assert math.isnan(completeness(Unit.from_times(np.arange(100.0), support=WHOLE), WHOLE))


def test_hash_that_crowds_at_the_threshold_is_far_from_complete() -> None:
    rng = np.random.default_rng(0)
    tail = 45.0 + rng.exponential(4.0, 500)
    unit = Unit("1", np.sort(rng.uniform(0, 1000, 500)), Support.of(WHOLE), tail, threshold_uv=45.0, noise_uv=10.0)
    assert completeness(unit, WHOLE) < 0.3


def test_scaling_the_voltage_changes_nothing() -> None:
    unit, _ = unit_of(1.0)
    in_mv = Unit(
        "1", unit.times_s, unit.support, unit.amplitudes_uv * 1e-3, threshold_uv=unit.threshold_uv * 1e-3,
        noise_uv=unit.noise_uv * 1e-3,
    )  # fmt: skip
    assert completeness(in_mv, WHOLE) == pytest.approx(completeness(unit, WHOLE), abs=0.01)
