"""A slope carried on: a share of the rate per minute, with its interval, and no rate below zero."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.firing import Stability, StabilitySettings, assess_stability, drift_projection
from ephys.model import Epoch, Unit
from ephys.simulation.trains import renewal_train

BASELINE = Epoch(0.0, 180.0, "baseline")


def _slope(value: float, low: float, high: float, *, p: float = 0.001) -> Stability:
    return Stability("1", BASELINE, 180.0, 270, 1.5, value, low, high, slope_p=p, middle_s=90.0)


def _falling(seed: int, share_per_min: float) -> Unit:
    """Cell of CV 0.3 whose rate loses a share each minute."""
    grid = np.linspace(0.0, 180.0, 1801)
    times = renewal_train(grid, 2.0 * (1.0 - share_per_min) ** (grid / 60.0), cv=0.3, seed=seed)
    return Unit.from_times(times, support=BASELINE)


def test_five_percent_a_minute_leave_what_compound_interest_leaves() -> None:
    drift = drift_projection(_slope(-5.0, -8.0, -2.0), read_s=690.0, per_dose_s=90.0)
    assert drift.left.value == pytest.approx(100 * math.exp(-0.5))
    assert (drift.left.low, drift.left.high) == pytest.approx((100 * math.exp(-0.8), 100 * math.exp(-0.2)))
    assert drift.per_dose.value == pytest.approx(100 * (math.exp(-0.075) - 1))
    assert drift.matters
    said = "would be 61 % (45 to 82) of baseline, -7 % per dose (-11 to -3)"
    assert drift.text == f"if the slope went on, the rate at the last read-out {said}"


def test_the_interval_holds_what_a_steady_run_down_leaves() -> None:
    held, middle = [], []
    for seed in range(80):
        drift = drift_projection(assess_stability(_falling(seed, 0.08), BASELINE), read_s=630.0, per_dose_s=90.0)
        truth = 100 * 0.92 ** (540.0 / 60.0)
        held.append(drift.left.low < truth < drift.left.high)
        middle.append(math.log(drift.left.value / truth))
    assert np.mean(held) >= 0.87  # 95 % meant, three standard errors below
    assert np.mean(middle) == pytest.approx(0.0, abs=0.06)


def test_no_slope_however_steep_takes_the_rate_below_zero_and_no_rise_overflows() -> None:
    steep = drift_projection(_slope(-60.0, -90.0, -30.0), read_s=3600.0, per_dose_s=300.0)
    assert 0.0 <= steep.left.low <= steep.left.value < 0.001
    assert steep.per_dose.low >= -100.0
    rising = drift_projection(_slope(60.0, -9.0, 900.0), read_s=36000.0, per_dose_s=3000.0)
    assert math.isfinite(rising.left.high)
    assert "to more than 1000) of baseline" in rising.text


def test_a_slope_within_chance_or_too_small_per_dose_is_no_flag() -> None:
    assert not drift_projection(_slope(-5.0, -9.9, -0.1, p=0.04), read_s=690.0, per_dose_s=90.0).matters
    small = _slope(-1.0, -1.5, -0.5)
    assert not drift_projection(small, read_s=690.0, per_dose_s=90.0).matters
    strict = StabilitySettings(max_drift_percent=1.0)
    assert drift_projection(small, read_s=690.0, per_dose_s=90.0, settings=strict).matters


def test_a_baseline_that_was_not_judged_projects_nothing() -> None:
    silent = assess_stability(Unit.from_times([], support=BASELINE), BASELINE)
    drift = drift_projection(silent, read_s=690.0, per_dose_s=90.0)
    assert math.isnan(drift.left.value)
    assert (drift.text, drift.matters) == ("", False)


def test_a_read_out_before_the_baseline_ends_is_refused() -> None:
    with pytest.raises(ParameterError, match="ends at 180 s"):
        drift_projection(_slope(-5.0, -8.0, -2.0), read_s=100.0, per_dose_s=90.0)
