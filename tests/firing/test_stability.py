"""Steady baselines pass, run-down is found, and what cannot be judged is not."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.firing import StabilitySettings, assess_stability
from ephys.model import Epoch, Support, Unit

BASELINE = Epoch(0.0, 180.0, "baseline")


def _unit(seed: int, *, rate_hz: float = 1.5, cv: float = 0.3, fall: float = 0.0) -> Unit:
    """Gamma-renewal train whose rate falls linearly by a share over the baseline."""
    rng = np.random.default_rng(seed)
    total = rate_hz * 180.0 * (1 - fall / 2)
    events = np.cumsum(rng.gamma(cv**-2, cv**2, int(2 * total + 50))) - rng.uniform(0.0, 2.0)
    events = events[(events > 0) & (events < total)]
    # The integral of the rate is inverted, with a linear fall or without.
    falling = 180.0 * (1 - np.sqrt(1 - 2 * fall * events / (rate_hz * 180.0))) / fall if fall else None
    times = events / rate_hz if falling is None else falling
    return Unit.from_times(times[times < 180.0], support=BASELINE)


@pytest.mark.parametrize(("rate_hz", "cv"), [(1.5, 0.1), (1.5, 0.3), (0.5, 0.3), (3.0, 0.5), (1.5, 1.0)])
def test_a_stationary_cell_is_rarely_called_unstable(rate_hz: float, cv: float) -> None:
    verdicts = [assess_stability(_unit(s, rate_hz=rate_hz, cv=cv), BASELINE).verdict for s in range(400)]
    # 5 % wanted; three standard errors of a share of 5 % of 400 are 3.3 %.
    assert verdicts.count("unstable") <= 0.083 * 400
    assert verdicts.count("not_judged") == 0


def test_a_run_down_of_30_percent_over_3_minutes_is_usually_found() -> None:
    found = [assess_stability(_unit(seed, fall=0.3), BASELINE) for seed in range(60)]
    assert sum(one.verdict == "unstable" for one in found) >= 54
    assert found[0].slope_high < 0
    assert "the rate falls by" in found[0].reasons[0]


def test_the_slope_interval_covers_the_truth_and_the_half_ratio_too() -> None:
    results = [assess_stability(_unit(seed, fall=0.3), BASELINE) for seed in range(300)]
    slope, ratio = -100 * 0.3 / 3 / 0.85, (1 - 0.225) / (1 - 0.075)
    assert np.mean([r.slope_low < slope < r.slope_high for r in results]) == pytest.approx(0.95, abs=0.04)
    assert np.mean([r.half_low < ratio < r.half_high for r in results]) == pytest.approx(0.95, abs=0.04)


def test_a_change_too_small_to_matter_is_let_pass_however_regular_the_cell() -> None:
    result = assess_stability(_unit(1, cv=0.02, fall=0.06), BASELINE)
    assert result.slope_high < 0
    assert result.verdict == "stable"


def test_less_than_a_minute_of_recording_is_not_judged() -> None:
    unit = _unit(0)
    result = assess_stability(unit, Epoch(0.0, 59.0))
    assert result.verdict == "not_judged"
    assert "59 s" in result.reasons[0]
    gapped = Unit.from_times([1.0, 170.0], support=Support.of(Epoch(0.0, 30.0), Epoch(165.0, 180.0)))
    assert "45 s" in assess_stability(gapped, BASELINE).reasons[0]


def test_silence_has_no_rate_to_divide_by() -> None:
    silent = assess_stability(Unit.from_times([], support=BASELINE), BASELINE)
    assert (silent.verdict, silent.rate_hz) == ("not_judged", 0.0)
    assert "silent" in silent.reasons[0]
    sparse = assess_stability(Unit.from_times(np.arange(5.0, 180.0, 20.0), support=BASELINE), BASELINE)
    assert "9 spikes" in sparse.reasons[0]


def test_a_gap_is_not_taken_for_a_fall_in_rate() -> None:
    support = Support.of(Epoch(0.0, 100.0), Epoch(150.0, 180.0))
    unit = _unit(2)
    result = assess_stability(Unit.from_times(unit.times_s[support.mask(unit.times_s)], support=support), BASELINE)
    assert result.verdict == "stable"
    assert result.rate_hz == pytest.approx(1.5, rel=0.05)


def test_a_baseline_of_which_one_half_was_not_recorded_is_judged_on_its_slope() -> None:
    support = Support.of(Epoch(0.0, 85.0))
    unit = _unit(2)
    result = assess_stability(Unit.from_times(unit.times_s[support.mask(unit.times_s)], support=support), BASELINE)
    assert result.verdict == "stable"
    assert np.isnan(result.half_ratio)
    assert result.reasons[1] == "one half was not recorded"


def test_bins_too_long_for_a_line_are_refused() -> None:
    with pytest.raises(ParameterError, match="3 bin_s <= min_covered_s"):
        StabilitySettings(bin_s=30.0)


def test_a_cell_that_begins_to_fire_halfway_is_unstable_and_its_ratio_infinite() -> None:
    unit = Unit.from_times(np.arange(90.25, 180.0, 0.5), support=BASELINE)
    result = assess_stability(unit, BASELINE)
    assert result.verdict == "unstable"
    assert result.half_ratio == np.inf
    assert result.half_low > 1
    assert "first half is silent" in result.reasons[1]
