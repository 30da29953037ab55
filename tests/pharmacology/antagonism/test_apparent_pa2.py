"""An apparent pA2 in vivo: formula, moles, bounds as bounds, Student's interval where all is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology import COMPOUNDS, apparent_pa2
from ephys.pharmacology.antagonism.censored import censored_difference

UNITS = {"id50_unit": "ug/kg", "antagonist_unit": "nmol/kg"}


def paired(without: list[Any], with_it: list[Any], **options: Any) -> Any:
    """Each animal before and after 100 nmol/kg."""
    names = [f"r{number}" for number in range(len(without))]
    given = [0.0] * len(without) + [100.0] * len(with_it)
    return apparent_pa2([*without, *with_it], given, animal=[*names, *names], **{**UNITS, **options})


def test_a_dose_ratio_of_11_after_100_nmol_per_kg_is_a_pa2_of_8() -> None:
    found = paired([50.0, 60.0, 40.0], [550.0, 660.0, 440.0 * 1.0001])
    assert [one.pa2 for one in found.animals[:2]] == [pytest.approx((8.0, 8.0))] * 2
    assert found.pa2.estimate == pytest.approx(8.0, abs=1e-4)
    assert found.paired


def test_moles_are_those_of_the_form_that_was_weighed() -> None:
    compound = COMPOUNDS["way-100635"]
    salt = next(iter(compound.salts))
    found = paired([50.0, 60.0, 40.0], [560.0, 660.0, 450.0], antagonist_unit="ug/kg", compound="WAY-100635", form=salt)
    assert found.dose_mol_kg == pytest.approx(100e-6 / compound.molar_mass(salt))
    base = paired(
        [50.0, 60.0, 40.0], [560.0, 660.0, 450.0], antagonist_unit="ug/kg", compound="WAY-100635", form="base"
    )
    assert base.pa2.estimate < found.pa2.estimate, "less of a salt is the drug"


def test_paired_ratios_have_students_interval() -> None:
    without, with_it = np.array([50.0, 60.0, 40.0, 70.0]), np.array([450.0, 480.0, 500.0, 520.0])
    found = paired(without.tolist(), with_it.tolist())
    t = stats.ttest_1samp(np.log(with_it / without), 0.0).confidence_interval(0.95)
    assert np.log([found.ratio.low, found.ratio.high]) == pytest.approx([t.low, t.high], rel=1e-5)
    assert found.pa2.low == pytest.approx(math.log10(math.exp(t.low) - 1.0) + 7.0, rel=1e-6)


def test_against_other_animals_the_noise_of_both_groups_is_in_the_interval() -> None:
    control, treated = [50.0, 60.0, 40.0, 70.0, 45.0], [450.0, 480.0, 600.0, 520.0]
    found = apparent_pa2(
        [*control, *treated], [0.0] * 5 + [100.0] * 4, animal=[f"r{number}" for number in range(9)], **UNITS
    )
    t = stats.ttest_ind(np.log(treated), np.log(control)).confidence_interval(0.95)
    assert np.log([found.ratio.low, found.ratio.high]) == pytest.approx([t.low, t.high], rel=1e-5)
    assert not found.paired
    assert found.n_animals == 4


def test_cells_of_an_animal_are_one_ratio() -> None:
    once = paired([50.0, 60.0, 40.0], [450.0, 480.0, 500.0])
    again = apparent_pa2(
        [50.0, 50.0, 60.0, 40.0, 450.0, 480.0, 500.0, 500.0], [0.0] * 4 + [100.0] * 4,
        animal=["a", "a", "b", "c", "a", "b", "c", "c"], **UNITS,
    )  # fmt: skip
    assert again.ratio.low == pytest.approx(once.ratio.low)
    assert [one.n_cells for one in again.animals] == [3, 2, 3]


def test_bounds_enter_as_bounds_and_are_told() -> None:
    found = paired([50.0, 60.0, 40.0, 45.0], [500.0, 400.0, 420.0, "> 400"])
    assert found.animals[3].ratio == (pytest.approx(400.0 / 45.0), math.inf)
    assert found.rows[3][3:] == ("> 400", "> 8.89", "> 7.90")
    assert any("1 dose ratio known only as a bound" in note for note in found.notes)
    assert any("bounds among only 4 animals" in note for note in found.notes)
    log_ratios = np.log([10.0, 400.0 / 60.0, 10.5])
    law = stats.CensoredData(uncensored=log_ratios, right=[math.log(400.0 / 45.0)])
    theirs, _ = stats.norm.fit(law)
    assert math.log(found.ratio.estimate) == pytest.approx(theirs, rel=1e-3), "scipy's censored normal law"
    as_number = paired([50.0, 60.0, 40.0, 45.0], [500.0, 400.0, 420.0, 400.0])
    assert found.ratio.estimate > as_number.ratio.estimate


def test_an_animal_without_a_shift_is_not_dropped() -> None:
    found = paired([50.0, 60.0, 40.0, 45.0], [500.0, 620.0, 420.0, 40.0])
    assert found.animals[3].pa2 == (-math.inf, -math.inf)
    assert found.rows[3][5] == "below any (no shift)"
    shifts = np.log([10.0, 620 / 60, 10.5, 40 / 45])
    assert math.log(found.ratio.estimate) == pytest.approx(shifts.mean(), rel=1e-6)
    assert any("1 animal with a dose ratio of 1 or less" in note for note in found.notes)


def test_where_the_ratio_may_be_1_the_pa2_is_a_bound() -> None:
    found = paired([50.0, 60.0, 40.0], [80.0, 50.0, 55.0])
    assert found.ratio.low < 1
    assert found.pa2.low == -math.inf
    assert "Apparent pA2 < " in str(found)


def test_bounds_alone_tell_no_mean() -> None:
    found = paired([50.0, 60.0, 40.0], ["> 400", ">400", "≥ 400"])
    assert math.isnan(found.ratio.estimate)
    assert "none" in str(found)
    assert [row[4] for row in found.rows[:3]] == ["> 8", "> 6.67", "> 10"]


def test_two_animals_have_no_interval() -> None:
    found = paired([50.0, 60.0], [400.0, 500.0])
    assert found.ratio.estimate == pytest.approx(math.sqrt(8.0 * 500 / 60), rel=1e-6)
    assert math.isnan(found.ratio.low)
    assert math.isnan(found.as_rows()[0]["mean_pa2"])


def test_so_few_animals_tell_a_dose_ratio_and_no_pa2() -> None:
    found = apparent_pa2([50.0, 60.0, 52.0, 59.0], [0, 0, 100, 100], animal=[*"abcd"], **UNITS)
    assert math.isnan(found.pa2.estimate)
    assert str(found).startswith("Apparent pA2 not told (no interval over animals), dose ratio 1.01 after")
    assert found.rows[-1][-1] == "not told"
    assert any("no interval, and no pA2" in note for note in found.notes)


def test_the_text_ends_with_its_notes() -> None:
    found = paired([50.0, 60.0, 40.0], [480.0, 700.0, 390.0])
    assert str(found).splitlines()[1:] == [f"Note: {note}." for note in found.notes]
    assert found.notes


def test_an_animal_with_one_of_the_two_is_left_out_where_others_are_paired_and_told() -> None:
    found = apparent_pa2(
        [50.0, 60.0, 40.0, 44.0, 450.0, 480.0, 500.0], [0.0] * 4 + [100.0] * 3, animal=[*"abcd", *"abc"], **UNITS
    )
    assert found.left_out == ("d: only an ID50 without antagonist",)
    assert [one.animal for one in found.animals] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"antagonist_unit": "nM"}, "fit_schild"),
        ({"antagonist_unit": "mg/kg"}, "name compound and form"),
        ({"antagonist": [0.0, 0.0, 100.0, 200.0]}, "one dose"),
        ({"antagonist": [100.0] * 4}, "must be 0"),
        ({"id50": [50.0, 60.0, "about 400", 500.0]}, r"id50\[2\]"),
        ({"id50": [50.0, 60.0, math.nan, 500.0]}, r"id50\[2\]"),
    ],
)
def test_what_tells_no_apparent_pa2_is_refused(options: dict[str, Any], told: str) -> None:
    given: dict[str, Any] = {
        "id50": [50.0, 60.0, 400.0, 500.0], "antagonist": [0.0, 0.0, 100.0, 100.0], "animal": ["a", "b", "a", "b"],
        **UNITS, **options,
    }  # fmt: skip
    with pytest.raises(ParameterError, match=told):
        apparent_pa2(**given)


def test_the_interval_of_a_censored_mean_covers_about_as_often_as_it_says() -> None:
    """Ten values of which those above 0.6 SD are bounds: 200 runs, 95 % nominal."""
    random, runs, covered, naive = np.random.default_rng(5), 200, 0, 0
    for _ in range(runs):
        values = random.normal(size=10)
        beyond = values > 0.6
        low, high = np.minimum(values, 0.6), np.where(beyond, math.inf, values)
        found = censored_difference(low.tolist(), high.tolist(), [False] * 10, level=0.95)
        covered += found.low < 0.0 < found.high
        kept = values[~beyond]
        reach = stats.t.ppf(0.975, len(kept) - 1) * stats.sem(kept)
        naive += abs(kept.mean()) < reach
    assert covered / runs > 0.9
    assert naive / runs < 0.85, "leaving bounds out does not"


def test_rows_and_methods_tell_what_was_done() -> None:
    found = paired([50.0, 60.0, 40.0, 45.0], [500.0, 400.0, 420.0, "> 400"])
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert found.as_rows()[3]["dose_ratio_high"] == math.inf
    assert "censored" in found.methods
    assert "no pKB" in found.notes[0]


def test_an_animal_whose_bounds_tell_no_ratio_is_not_counted_for_the_interval() -> None:
    found = paired([50.0, 60.0, "> 400"], [500.0, 660.0, "> 400"])
    assert found.ratio.estimate == pytest.approx(math.sqrt(110.0))
    assert math.isnan(found.ratio.low), "two animals tell a ratio"
    assert "no interval" in str(found)


def test_a_ratio_below_1_is_no_antagonism_and_no_pa2() -> None:
    found = paired([50.0, 60.0, 40.0], [10.0, 13.0, 7.0])
    assert found.ratio.high < 1.0
    assert "Apparent pA2 none" in str(found)
    assert "inf" not in str(found) + str(found.rows)
    assert any("no antagonism" in note for note in found.notes)


def test_ratios_that_do_not_scatter_have_a_mean_and_no_interval() -> None:
    """ID50s that are steps of a doubling series may all shift alike."""
    found = paired([50.0, 60.0, 40.0], [500.0, 600.0, 400.0])
    assert found.ratio.estimate == pytest.approx(10.0)
    assert math.isnan(found.ratio.low)
    assert math.isnan(found.pa2.estimate)
    assert any("do not scatter at all" in note for note in found.notes)


def test_who_was_left_out_is_in_the_line() -> None:
    found = apparent_pa2(
        [50.0, 60.0, 40.0, 44.0, 450.0, 480.0, 500.0], [0.0] * 4 + [100.0] * 3, animal=[*"abcd", *"abc"], **UNITS
    )
    assert str(found).splitlines()[0].endswith("3 animals; 1 left out")


@pytest.mark.parametrize(
    "options", [{"id50": [True, 60.0, 400.0, 500.0]}, {"id50_unit": None}, {"antagonist_unit": None}]
)
def test_what_is_no_number_and_no_unit_is_refused_by_name(options: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "id50": [50.0, 60.0, 400.0, 500.0], "antagonist": [0.0, 0.0, 100.0, 100.0], "animal": ["a", "b", "a", "b"],
        **UNITS, **options,
    }  # fmt: skip
    with pytest.raises(ParameterError):
        apparent_pa2(**given)


@pytest.mark.parametrize(("animals", "own"), [(4, True), (5, False)])
def test_the_interval_covers_with_few_animals_and_a_bound(animals: int, own: bool) -> None:
    """A dose ratio of 8, ID50s with an SD of ln 0.4; those above 800 are told as "> 800": 80 runs, 95 % nominal."""
    random, covered, told = np.random.default_rng(11), 0, 0
    names = [f"r{k}" for k in range(animals)]
    others = names if own else [f"x{k}" for k in range(animals)]
    for _ in range(80):
        control = 80.0 * np.exp(random.normal(0.0, 0.4, animals))
        base = control if own else 80.0 * np.exp(random.normal(0.0, 0.4, animals))
        after = 8.0 * base * np.exp(random.normal(0.0, 0.2, animals))
        cells = [*control.tolist(), *(value if value <= 800.0 else "> 800" for value in after.tolist())]
        found = apparent_pa2(cells, [0.0] * animals + [100.0] * animals, animal=[*names, *others], **UNITS)
        if math.isnan(found.ratio.low):
            continue
        told += 1
        covered += found.ratio.low <= 8.0 <= found.ratio.high
    assert told > 60
    assert covered / told > 0.85
