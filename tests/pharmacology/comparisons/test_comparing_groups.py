"""Groups compared: what several groups, equivalence and a permutation must keep to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import GroupComparison, compare_groups, fit_population
from ephys.pharmacology.comparisons.comparing_groups import compared_pairs
from ephys.pharmacology.comparisons.equivalence import equivalence
from ephys.pharmacology.groups.estimates import holm
from tests.pharmacology.population.drawn_tables import drawn_rows

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def three() -> GroupComparison:
    rows = drawn_rows(3, groups=("control", "low", "high"), animals=5, cells=1, fold=2.2)
    return compare_groups(rows, reference="control", pairs="all", margin=1.5)


@pytest.fixture(scope="module")
def two() -> GroupComparison:
    return compare_groups(drawn_rows(1, animals=6, cells=1), reference="control")


def test_every_pair_is_adjusted_for_all_of_them(three: GroupComparison) -> None:
    raw = [pair.shift.p for pair in three.pairs]
    assert [pair.p_holm for pair in three.pairs] == pytest.approx(list(holm(raw)))
    assert all(pair.p_holm >= pair.shift.p for pair in three.pairs)
    assert "Holm" in f"{three.pairs[0]}"


def test_shifts_of_all_pairs_agree_with_each_other(three: GroupComparison) -> None:
    high_low = three["high", "low"].shift
    assert high_low.value == pytest.approx(three["high"].shift.value / three["low"].shift.value)
    assert high_low.low < high_low.value < high_low.high
    with pytest.raises(ParameterError, match="low / high was not compared; there is low / control"):
        three["low", "high"]


def test_with_two_groups_any_difference_is_their_shift(two: GroupComparison) -> None:
    assert two.overall.p == pytest.approx(two["treated"].shift.p, rel=1e-3)
    assert (two.overall.df_groups, two.overall.df) == (1, 10)
    told = f"{two}"
    assert "Holm" not in told
    assert told.startswith("ipsapirone: one likelihood over 12 cells of 12 animals\ncontrol: ID50")


def test_any_difference_among_three_groups_costs_two_degrees_of_freedom(three: GroupComparison) -> None:
    assert (three.overall.df_groups, three.overall.df) == (2, 12)
    assert three.overall.p < 0.05


def test_equivalence_is_what_the_interval_at_1_minus_2_alpha_says(three: GroupComparison) -> None:
    fit = three.fit
    first = equivalence(fit, "low", "control", margin=1.5)
    for margin in (1.01 * first.high, 0.99 * first.high):
        found = equivalence(fit, "low", "control", margin=margin)
        assert found.is_equivalent == (found.low > 1 / margin and found.high < margin)
        assert found.p == pytest.approx(0.05, abs=0.01)


def test_no_difference_shown_is_not_equivalence_shown() -> None:
    rows = drawn_rows(5, animals=3, cells=1, fold=1.0)
    pair = compare_groups(rows, reference="control", margin=1.25)["treated"]
    assert pair.shift.p > 0.05
    assert pair.equivalence is not None
    assert not pair.equivalence.is_equivalent
    assert "equivalence not shown within 0.8 to 1.25" in f"{pair}"


def test_groups_that_differ_little_between_many_alike_animals_are_equivalent() -> None:
    rows = drawn_rows(2, animals=8, cells=1, fold=1.0, sd_animal=0.1, sd_cell=0.05)
    pair = compare_groups(rows, reference="control", margin=1.5)["treated"]
    assert pair.equivalence is not None
    assert pair.equivalence.is_equivalent


@pytest.mark.parametrize("margin", [1.0, 0.8, math.inf])
def test_a_margin_is_a_fold_above_1(margin: float) -> None:
    with pytest.raises(ParameterError, match="margin must be a fold above 1"):
        compare_groups(drawn_rows(1, animals=3, cells=1), reference="control", margin=margin)


def test_animals_that_do_not_overlap_give_the_least_p_of_a_permutation(two: GroupComparison) -> None:
    check = two["treated"].permutation
    assert (check.n, check.is_exact) == (math.comb(12, 6), True)
    assert check.least_p == pytest.approx(2 / math.comb(12, 6))
    assert check.p == check.least_p


def test_more_cells_of_the_same_animals_do_not_make_a_permutation_sharper() -> None:
    rows = drawn_rows(7, animals=4, cells=1, fold=1.6)
    twins = [row | {"unit": f"twin {row['unit']}"} for row in rows]
    fits = [fit_population(table, reference="control", fixed={"hill": 1.8, "dispersion": 0.12})
            for table in (rows, rows + twins)]  # fmt: skip
    checks = [compared_pairs(fit, [("treated", "control")], margin=None, permutations=100, seed=0)[0].permutation
              for fit in fits]  # fmt: skip
    assert checks[0].p == checks[1].p


def test_permutations_that_are_drawn_can_be_drawn_again(two: GroupComparison) -> None:
    drawn = [compared_pairs(two.fit, [("treated", "control")], margin=None, permutations=200, seed=seed)[0].permutation
             for seed in (4, 4)]  # fmt: skip
    assert drawn[0] == drawn[1]
    assert (drawn[0].n, drawn[0].is_exact) == (200, False)
    assert drawn[0].p >= 1 / 201


def test_animals_compared_with_themselves_have_their_signs_flipped() -> None:
    rows = drawn_rows(4, animals=5, cells=1, paired=True)
    pair = compare_groups(rows, reference="control", paired=True)["treated"]
    assert pair.permutation.n == 2**5
    assert pair.permutation.p == 2 / 2**5
    assert pair.shift.df == 4


def test_labels_are_permuted_within_blocks() -> None:
    rows = drawn_rows(6, animals=4, cells=1)
    blocked = [row | {"sex": "f" if row["animal"][-1] in "01" else "m"} for row in rows]
    pair = compare_groups(blocked, reference="control", block=("sex",))["treated"]
    assert pair.permutation.n == math.comb(4, 2) ** 2


def test_the_unit_of_the_dose_changes_no_comparison(two: GroupComparison) -> None:
    rows = [row | {"dose": row["dose"] / 1000, "dose_unit": "mg/kg"} for row in drawn_rows(1, animals=6, cells=1)]
    other = compare_groups(rows, reference="control")["treated"]
    assert other.shift.value == pytest.approx(two["treated"].shift.value, rel=1e-3)
    assert other.permutation == two["treated"].permutation


def test_rows_hold_every_number_of_a_pair(three: GroupComparison) -> None:
    row = three.as_rows()[0]
    assert (row["group"], row["reference"], row["n_animals"], row["n_cells"]) == ("low", "control", 5, 5)
    assert row["low"] < row["fold"] < row["high"]
    assert row["margin"] == 1.5
    assert row["is_equivalent"] in (True, False)
    numbers = [value for value in row.values() if isinstance(value, float)]
    assert np.isfinite(numbers).all()


def test_no_test_is_made_of_two_animals() -> None:
    found = compare_groups(drawn_rows(1, animals=2, cells=2), reference="control", margin=2.0)
    pair = found["treated"]
    assert pair.equivalence is not None
    assert math.isnan(pair.shift.p)
    assert math.isnan(pair.equivalence.p)
    assert not pair.equivalence.is_equivalent


def test_one_group_is_no_comparison() -> None:
    rows = [row for row in drawn_rows(1, animals=3, cells=1) if row["group"] == "control"]
    with pytest.raises(ParameterError, match="groups are compared, and all cells are of control"):
        compare_groups(rows, reference="control")


@pytest.mark.parametrize("condition", ["species", "preparation", "anaesthetic", "route", "form", "readout"])
def test_what_was_not_taken_alike_is_not_compared(condition: str) -> None:
    rows = [row | {condition: "one" if row["animal"][-1] == "0" else "other"} for row in drawn_rows(1, cells=1)]
    with pytest.raises(ParameterError, match=rf"column '{condition}' mixes one \(2 animals\) and other \(10 animals\)"):
        compare_groups(rows, reference="control")


def test_a_mixture_that_is_named_is_a_block() -> None:
    rows = [row | {"anaesthetic": "urethane" if row["animal"][-1] in "01" else "chloral hydrate"}
            for row in drawn_rows(1, animals=4, cells=1)]  # fmt: skip
    found = compare_groups(rows, reference="control", block="anaesthetic")
    assert found["treated"].shift.df == 5
