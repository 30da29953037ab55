"""One animal's course: dead volume, what straddles the drug, the baseline, and what is only a bound."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from ephys.errors import ParameterError
from ephys.pharmacology import Dialysis, DialysisFraction, DialysisSettings, measure_dialysis
from ephys.pharmacology.microdialysis.measuring import _lowest_by_chance
from tests.pharmacology.microdialysis.made_courses import dialysis

STEADY = [2.0, 2.1, 1.9]


def test_the_dead_volume_shifts_the_times_and_parts_the_fraction_that_the_drug_fell_into() -> None:
    """8 µl at 2 µl/min are 4 min: what was collected from 60 to 80 min left the membrane from 56 to 76 min."""
    course = measure_dialysis(dialysis([*STEADY, 1.8, 1.0, 1.5], dead_volume_ul=8.0))
    assert course.delay_min == 4.0
    assert [(one.number, one.part) for one in course.fractions] == [
        (-3, "baseline"), (-2, "baseline"), (-1, "baseline"), (0, "straddles"), (1, "after"), (2, "after"),
    ]  # fmt: skip
    assert [one.start_min for one in course.fractions] == [-64, -44, -24, -4, 16, 36]
    assert course.nadir_percent == pytest.approx(50.0)
    assert course.nadir_min == 26.0
    assert course.area == pytest.approx((50 - 100 + 75 - 100) * 20), "the fraction that straddles is not in it"
    assert any("-4.0 to 16.0 min from the drug straddles" in note for note in course.notes)


def test_a_fraction_that_ends_as_the_drug_is_given_is_baseline() -> None:
    course = measure_dialysis(dialysis([*STEADY, 1.0]))
    assert [one.number for one in course.fractions] == [-3, -2, -1, 1]
    assert course.baseline.mean == pytest.approx(2.0)
    assert course.baseline.cv_percent == pytest.approx(5.0)


def test_without_the_correction_a_drug_fraction_would_be_baseline() -> None:
    """A drug given 5 min before the end of a fraction is in it only by the outlet's clock with 10 µl of dead volume."""
    values = [2.0, 2.0, 2.0, 2.0, 1.0]
    wrong = measure_dialysis(dialysis(values, drug_min=75.0))
    right = measure_dialysis(dialysis(values, drug_min=75.0, dead_volume_ul=10.0))
    assert [one.part for one in wrong.fractions][-2:] == ["straddles", "after"]
    assert right.fractions[3].part == "baseline"
    assert right.fractions[3].stop_min == 0.0


def test_the_area_is_the_sum_of_fractions_which_are_means_over_time() -> None:
    """Means of a known decay over unequal fractions give its integral; the trapezoid of their middles does not."""
    edges = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 80.0])

    def integral(minute: float) -> float:
        return 100 * minute - 80 * 15 * (1 - math.exp(-minute / 15))

    means = [(integral(b) - integral(a)) / (b - a) for a, b in pairwise(edges)]
    before = tuple(DialysisFraction(-30.0 + 10 * n, -20.0 + 10 * n, 100.0) for n in range(3))
    after = tuple(DialysisFraction(a, b, m) for (a, b), m in zip(pairwise(edges), means, strict=True))
    course = measure_dialysis(Dialysis("r", "g", "5-HT", "nM", 0.0, (*before, *after), "", 0.0, 2.0))
    assert course.area == pytest.approx(integral(80.0) - 100 * 80)
    middles = (edges[:-1] + edges[1:]) / 2
    assert float(integrate.trapezoid(np.array(means) - 100, middles)) != pytest.approx(course.area, rel=0.1)


def test_too_few_fractions_are_an_error_that_says_how_many() -> None:
    with pytest.raises(ParameterError, match=r"animal r1, 5-HT: the baseline needs 3 .* at 58 min, and 2 of 5 are"):
        measure_dialysis(dialysis([2.0, 2.0, 2.0, 1.0, 1.0], dead_volume_ul=2.0, drug_min=58.0))
    with pytest.raises(ParameterError, match="needs 3 fractions"):
        measure_dialysis(dialysis([2.0, math.nan, 2.0, 1.0]))
    with pytest.raises(ParameterError, match="baseline_fractions must be 3 or more, got 2"):
        DialysisSettings(baseline_fractions=2)


def test_what_must_be_stated_is_asked_for() -> None:
    with pytest.raises(ParameterError, match="dead_volume_ul is not stated"):
        measure_dialysis(dialysis([*STEADY, 1.0], dead_volume_ul=math.nan))
    with pytest.raises(ParameterError, match="flow_ul_min is not stated"):
        measure_dialysis(dialysis([*STEADY, 1.0], dead_volume_ul=4.0, flow_ul_min=math.nan))
    own = DialysisSettings(dead_volume_ul=4.0, flow_ul_min=1.0)
    given = dialysis([*STEADY, 1.0], dead_volume_ul=math.nan, flow_ul_min=math.nan)
    assert measure_dialysis(given, settings=own).delay_min == 4.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dead_volume_ul": 0.0}, "dead_volume_ul is 4 µl in the table, and 0 µl was given"),
        ({"flow_ul_min": 1.5}, "flow_ul_min is 2 µl/min in the table, and 1.5 µl/min was given"),
    ],
)
def test_settings_that_contradict_the_table_are_no_choice_between_them(given: dict[str, float], message: str) -> None:
    stated = dialysis([*STEADY, 1.0], dead_volume_ul=4.0, flow_ul_min=2.0)
    with pytest.raises(ParameterError, match=message):
        measure_dialysis(stated, settings=DialysisSettings(**given))  # type: ignore[arg-type]
    same = DialysisSettings(dead_volume_ul=4.0, flow_ul_min=2.0)
    assert measure_dialysis(stated, settings=same).delay_min == 2.0


def test_a_baseline_that_scatters_or_drifts_is_told_as_unstable() -> None:
    scattered = measure_dialysis(dialysis([1.0, 2.0, 1.0, 1.0]))
    assert [fault[:7] for fault in scattered.baseline.faults] == ["CV 43 %"]
    drifting = measure_dialysis(dialysis([1.0, 1.15, 1.3, 1.0]))
    assert drifting.baseline.drift_percent == pytest.approx(100 * 0.3 / 1.15)
    assert not drifting.is_stable
    assert measure_dialysis(dialysis([*STEADY, 1.0])).is_stable
    assert "Not stable: it changes by +26 %" in str(drifting)


def test_the_last_measured_fractions_before_the_drug_are_the_baseline() -> None:
    course = measure_dialysis(dialysis([9.0, 2.0, 2.1, math.nan, 1.9, 1.0], drug_min=100.0))
    assert [one.part for one in course.fractions] == ["earlier", "baseline", "baseline", "earlier", "baseline", "after"]
    assert course.baseline.mean == pytest.approx(2.0)
    assert any("not measured within the baseline" in note for note in course.notes)


def test_below_the_detection_limit_is_a_bound_everywhere() -> None:
    course = measure_dialysis(dialysis([*STEADY, 1.0, "<0.4", 1.6]))
    assert course.fractions[4].text == "< 20"
    assert math.isnan(course.fractions[4].percent)
    assert course.nadir_text == "≤ 20.0 at 30 min"
    assert (course.area_if_zero, course.area) == pytest.approx((-(50 + 100 + 20) * 20, -(50 + 80 + 20) * 20))
    assert course.area_text == "-3400 to -3000"
    assert math.isnan(course.area_low)
    with pytest.raises(ParameterError, match=r"baseline fraction 20 to 40 min is below the detection limit \(< 0.4\)"):
        measure_dialysis(dialysis([2.0, "<0.4", 2.0, 1.0]))


def test_a_measured_fraction_below_a_bound_is_the_most_that_the_nadir_can_be() -> None:
    course = measure_dialysis(dialysis([*STEADY, 0.2, "<0.4", 1.6]))
    assert course.nadir_text == "≤ 10.0 at 10 min"
    assert course.nadir_is_bound, "the other may be lower still"


def test_a_lost_fraction_leaves_no_area_but_a_nadir() -> None:
    course = measure_dialysis(dialysis([*STEADY, 1.0, math.nan, 1.6]))
    assert math.isnan(course.area)
    assert course.nadir_percent == pytest.approx(50.0)
    assert any("no area: 1 fraction of its window not measured" in note for note in course.notes)


def test_recovery_needs_two_fractions_in_a_row_and_is_a_bound_where_it_did_not_come() -> None:
    back = measure_dialysis(dialysis([*STEADY, 1.0, 1.9, 1.2, 1.9, 2.0]))
    assert back.recovery_text == "70"
    never = measure_dialysis(dialysis([*STEADY, 1.0, 1.9, 1.2, 1.2, 2.0]))
    assert never.recovery_text == "> 100"
    lost = measure_dialysis(dialysis([*STEADY, 1.0, 1.9, math.nan, 1.9, math.nan]))
    assert math.isnan(lost.recovery_min)
    assert measure_dialysis(dialysis([*STEADY, 2.0, 2.0])).recovery_text == "never lower"


def test_amounts_of_fractions_of_unequal_length_are_refused() -> None:
    parts = (*dialysis(STEADY).fractions, DialysisFraction(60.0, 70.0, 1.0))
    with pytest.raises(ParameterError, match="10 to 20 min long, and fmol/sample is an amount"):
        measure_dialysis(Dialysis("r1", "g", "5-HT", "fmol/sample", 60.0, parts, "", 0.0, 2.0))
    assert measure_dialysis(Dialysis("r1", "g", "5-HT", "nM", 60.0, parts, "", 0.0, 2.0)).covered_min == 10.0


def test_the_window_ends_where_it_was_set() -> None:
    course = measure_dialysis(dialysis([*STEADY, 1.0, 1.5, 0.5]), settings=DialysisSettings(window_min=50.0))
    assert course.covered_min == 40.0
    assert course.nadir_percent == pytest.approx(50.0), "the lowest is beyond the window"


def test_the_interval_of_a_fraction_holds_the_true_level_as_often_as_it_says() -> None:
    """Of noise in proportion to the level, 10 %, and three fractions of baseline: 95 % within the error of 600 runs."""
    random = np.random.default_rng(1)
    inside = areas = 0
    for _ in range(600):
        noise = np.exp(0.1 * random.standard_normal(5))
        course = measure_dialysis(dialysis((np.array([2.0, 2.0, 2.0, 0.8, 0.8]) * noise).tolist()))
        inside += course.fractions[3].low < 40.0 < course.fractions[3].high
        areas += course.area_low < -60 * 40 < course.area_high
    assert inside / 600 == pytest.approx(0.95, abs=0.027)
    assert areas / 600 == pytest.approx(0.95, abs=0.027)


def test_the_lowest_of_several_by_chance_is_that_of_the_normal_distribution() -> None:
    """Of three: -3 / (2 √π); of any number as drawn."""
    assert _lowest_by_chance(3) == pytest.approx(-3 / (2 * math.sqrt(math.pi)))
    drawn = np.random.default_rng(0).standard_normal((20_000, 9)).min(axis=1).mean()
    assert _lowest_by_chance(9) == pytest.approx(drawn, abs=0.02)


def test_fractions_and_dialyses_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="must have start_min < stop_min"):
        DialysisFraction(20.0, 20.0, 1.0)
    with pytest.raises(ParameterError, match="value must be 0 or more, got -1"):
        DialysisFraction(0.0, 20.0, -1.0)
    overlapping = (DialysisFraction(0.0, 20.0, 1.0), DialysisFraction(10.0, 30.0, 1.0))
    with pytest.raises(ParameterError, match="begins before the one that ends at 20 min"):
        Dialysis("r1", "g", "5-HT", "nM", 60.0, overlapping)


def test_the_table_has_what_the_course_says() -> None:
    course = measure_dialysis(dialysis([*STEADY, 1.0, "<0.4"]))
    assert len(course.rows) == len(course.as_rows()) == 5
    assert all(len(row) == len(course.columns) for row in course.rows)
    assert course.as_rows()[3]["percent"] == pytest.approx(50.0)
    assert "last 3 fractions" in course.methods
    assert "at 2 µl/min was collected in fractions of 20 min; the dead volume was taken as 0" in course.methods
    late = measure_dialysis(dialysis([*STEADY, 2.0, 1.0, 1.0], dead_volume_ul=8.0))
    assert "a dead volume of 8 µl delayed it by 4 min" in late.methods
    assert course.as_rows()[0]["notes"] == "; ".join(course.notes)
    lost = measure_dialysis(dialysis([*STEADY, math.nan, 1.0]))
    assert "; no area; " in str(lost)
