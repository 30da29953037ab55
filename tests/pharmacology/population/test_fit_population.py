"""What the fit of a population must do for a pharmacologist: truths that pooled curves and tests on cells break."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ephys.errors import ParameterError, TableError
from ephys.pharmacology import PopulationFit, fit_population
from ephys.pharmacology.population.text import assumption_lines, other_reading_lines
from tests.pharmacology.population.drawn_tables import DOSES, drawn_rows

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def nested() -> PopulationFit:
    return fit_population(drawn_rows(1, cells=2), reference="control")


def without(rows: Rows, *cells: tuple[str, str]) -> Rows:
    return [row for row in rows if (row["animal"], row["unit"]) not in cells]


def test_the_truth_lies_in_the_intervals(nested: PopulationFit) -> None:
    shift = nested.fold_shift["treated"]
    assert shift.low < 3.0 < shift.high
    assert nested.id50["control"].low < 50.0 < nested.id50["control"].high
    assert nested.id50["treated"].low < 150.0 < nested.id50["treated"].high
    assert nested.hill == pytest.approx(1.8, rel=0.1)
    assert nested.dispersion == pytest.approx(0.12, abs=0.03)
    assert (nested.n_animals, nested.n_cells, nested.df) == (
        {"control": 6, "treated": 6}, {"control": 12, "treated": 12}, 10,
    )  # fmt: skip


def test_many_animals_tell_the_spread_of_animals_and_of_cells() -> None:
    fit = fit_population(drawn_rows(2, animals=30, cells=3), reference="control")
    assert math.log(fit.sd_animal) == pytest.approx(0.3, abs=3 * 0.035)
    assert math.log(fit.sd_cell) == pytest.approx(0.2, abs=3 * 0.02)
    shift = fit.estimates["mean:treated"] - fit.estimates["mean:control"]
    assert shift == pytest.approx(math.log(3.0), abs=3 * 0.085)


def test_the_ends_of_the_interval_are_where_the_likelihood_ratio_says(nested: PopulationFit) -> None:
    shift, limit = nested.fold_shift["treated"], nested.drop
    for end in (shift.low, shift.high):
        assert nested.lr_test("treated", end) == pytest.approx(limit, abs=0.05)
    assert nested.lr_test("treated", shift.value) == pytest.approx(0.0, abs=1e-4)
    f = 10.0 * math.expm1(nested.lr_test("treated") / 12.0)
    assert shift.p == pytest.approx(stats.f.sf(f, 1, 10))


@pytest.mark.parametrize("paired", [False, True])
def test_where_each_animal_is_known_exactly_p_is_that_of_a_t_test(paired: bool) -> None:
    """Many spikes, no wander: nothing is left but how animals differ, and the likelihood ratio is Student's t."""
    rows = drawn_rows(21, animals=4, cells=1, fold=1.5, squared_cv=0.01, dispersion=0.0, paired=paired)
    longer = [row | {"count": 400.0 * row["count"], "exposure_s": 400.0 * row["exposure_s"]} for row in rows]
    fit = fit_population(longer, reference="control", fixed={"dispersion": 0.003}, paired=paired)
    ln_id50 = np.log(fit.cell_id50)
    group = np.array([run.group for run in fit.runs])
    control, treated = ln_id50[group == "control"], ln_id50[group == "treated"]
    known = stats.ttest_rel(treated, control) if paired else stats.ttest_ind(treated, control)
    assert fit.df == (3 if paired else 6)
    assert fit.fold_shift["treated"].p == pytest.approx(known.pvalue, rel=0.1)


def test_cells_that_were_never_halved_stay_in_and_hold_the_shift_up() -> None:
    """Half of the treated cells lie beyond the top dose: leaving them out hides the shift that the treatment made."""
    ours, dropped = [], []
    for seed in range(100, 104):
        rows = drawn_rows(seed, fold=4.0, cells=2)
        fit = fit_population(rows, reference="control")
        beyond = [(run.animal, run.unit) for run in fit.runs if run.reach == "not reached"]
        assert len(beyond) >= 2
        ours.append(fit.estimates["mean:treated"] - fit.estimates["mean:control"])
        kept = fit_population(without(rows, *beyond), reference="control")
        dropped.append(kept.estimates["mean:treated"] - kept.estimates["mean:control"])
    error = 0.2 / math.sqrt(4.0)  # of one shift about 0.2
    assert np.mean(ours) == pytest.approx(math.log(4.0), abs=2.5 * error)
    assert np.mean(dropped) < np.mean(ours) - 0.2


def test_the_unit_of_the_dose_scales_the_id50_and_leaves_the_shift() -> None:
    rows = drawn_rows(3, animals=4, cells=2)
    milli = [row | {"dose": row["dose"] / 1000.0, "dose_unit": "mg/kg"} for row in rows]
    one, other = (fit_population(table, reference="control") for table in (rows, milli))
    assert other.id50["treated"].value == pytest.approx(one.id50["treated"].value / 1000.0, rel=1e-4)
    assert other.fold_shift["treated"].high == pytest.approx(one.fold_shift["treated"].high, rel=1e-3)


def test_the_reference_turns_the_shift_round() -> None:
    rows = drawn_rows(3, animals=4, cells=2)
    one, other = (fit_population(rows, reference=name) for name in ("control", "treated"))
    there, back = one.fold_shift["treated"], other.fold_shift["control"]
    assert back.value == pytest.approx(1.0 / there.value, rel=1e-3)
    assert back.low == pytest.approx(1.0 / there.high, rel=3e-3)


def test_one_cell_per_animal_is_one_level() -> None:
    fit = fit_population(drawn_rows(4, cells=1), reference="control")
    assert math.isnan(fit.sd_animal)
    assert math.log(fit.sd_cell) == pytest.approx(math.hypot(0.3, 0.2), abs=0.2)
    assert fit.df == 10


def test_no_p_is_given_under_three_animals() -> None:
    shift = fit_population(drawn_rows(5, animals=2), reference="control").fold_shift["treated"]
    assert math.isnan(shift.p)
    assert "no interval and no p: control has 2 animals and treated has 2 animals, a test needs 3" in str(shift)
    assert math.isnan(shift.low), "an interval that leaves out 1 would be a test"


def test_one_animal_a_group_has_no_interval() -> None:
    shift = fit_population(drawn_rows(5, animals=1), reference="control").fold_shift["treated"]
    assert math.isnan(shift.low)
    assert math.isnan(shift.high)


def test_an_animal_compared_with_itself_is_compared_more_sharply() -> None:
    rows = drawn_rows(6, animals=6, cells=1, sd_animal=0.6, sd_cell=0.1, paired=True)
    within = fit_population(rows, reference="control", paired=True)
    apart = [row | {"animal": f"{row['animal']}{row['group']}"} for row in rows]
    between = fit_population(apart, reference="control")
    widths = [math.log(fit.fold_shift["treated"].high / fit.fold_shift["treated"].low) for fit in (within, between)]
    assert widths[0] < 0.6 * widths[1]
    assert (within.df, between.df) == (5, 10)
    assert within.two_stage["treated"].paired
    assert within.two_stage["treated"].df == 5


def test_conditions_with_several_cells_vary_on_their_own() -> None:
    fit = fit_population(drawn_rows(7, animals=5, cells=2, paired=True), reference="control", paired=True)
    assert fit.problem.levels == ("animal", "branch", "curve")
    assert fit.fold_shift["treated"].low < 3.0 < fit.fold_shift["treated"].high
    conditions, cells = (math.exp(math.exp(fit.estimates[name])) for name in ("ln_sd_branch", "ln_sd_curve"))
    told = " ".join(assumption_lines(fit))
    assert f"conditions of an animal ×/÷ {conditions:.2f}, between cells of a condition ×/÷ {cells:.2f}" in told


def test_a_reduced_maximum_is_said_since_the_shift_alone_does_not_describe_it() -> None:
    fit = fit_population(drawn_rows(8, fold=1.5, cells=2, emax=(1.0, 0.7)), reference="control")
    assert fit.reduced_maximum == ("treated",)
    emax = next(one for one in fit.differences if one.quantity == "Emax")
    assert emax.group.low < 70.0 < emax.group.high
    assert emax.reference.high == pytest.approx(100.0)
    assert emax.high < 0
    assert "treated: reduced maximum; the shift alone does not describe it" in str(fit)
    told = f"Emax of treated ({emax.group.value:.3g} %) and control ({emax.reference.value:.3g} %) differ by"
    assert told in str(fit)


def test_one_steep_cell_among_four_is_no_difference_of_slopes() -> None:
    rows = drawn_rows(11, animals=4, cells=1, fold=1.0, hill=1.4)
    steep = drawn_rows(11, animals=4, cells=1, fold=1.0, hill=6.0)
    one = next(row["animal"] for row in rows if row["group"] == "control")
    mixed = [row for row in rows if row["animal"] != one] + [row for row in steep if row["animal"] == one]
    fit = fit_population(mixed, reference="control")
    slope = next(each for each in fit.differences if each.quantity == "slope")
    assert slope.over_animals, "by the counts alone, with one slope for all cells of a group, the slopes differ"
    assert slope.low < 1.0 < slope.high
    assert "the curves are not parallel" not in str(fit)
    assert "intervals over animals, each left out in turn" in str(fit)


def test_slopes_that_differ_are_said_and_a_maximum_that_nothing_tells_has_no_value() -> None:
    steep, silent = drawn_rows(8, fold=1.0, cells=1, hill=3.5), drawn_rows(9, fold=1.0, cells=1, emax=(1.0, 0.0))
    rows = [row for row in steep if row["group"] == "control"]
    flat = drawn_rows(10, fold=1.0, cells=1, hill=0.9)
    fit = fit_population([*rows, *(row for row in flat if row["group"] == "treated")], reference="control")
    assert "the curves are not parallel, and at other effects than half" in str(fit)
    none = fit_population([*rows, *(row for row in silent if row["group"] == "treated")], reference="control")
    emax = next(one for one in none.differences if one.quantity == "Emax")
    assert not emax.group.known
    assert emax.reference.known
    assert str(emax).endswith("treated not determined; difference not determined")
    row = none.as_rows()[1]
    assert (row["fold_status"], math.isnan(row["fold"]), math.isnan(row["id50"])) == ("at_least", True, True)


def test_a_fit_is_rows_of_a_table_a_group_each(nested: PopulationFit) -> None:
    table = pd.DataFrame(nested.as_rows()).set_index("group")
    shift, beside = nested.fold_shift["treated"], nested.two_stage["treated"]
    assert list(table.index) == ["control", "treated"]
    assert table.loc["treated", ["fold", "fold_low", "fold_high", "p", "df"]].tolist() == [
        shift.value, shift.low, shift.high, shift.p, shift.df,
    ]  # fmt: skip
    assert table.loc["treated", "p_two_stage"] == beside.p
    assert table.loc["control", ["id50", "n_animals", "n_cells"]].tolist() == [nested.id50["control"].value, 6, 12]
    assert math.isnan(table.loc["control", "fold"])


def test_units_that_were_recorded_under_both_conditions_are_counted_and_said() -> None:
    rows = drawn_rows(14, animals=4, cells=1, paired=True)
    fit = fit_population(rows, reference="control", paired=True)
    assert fit.notes == (
        "4 units were recorded in several groups, a cell of each: animals, not units, are compared with themselves",
    )
    other = [row | {"unit": f"{row['group']}{row['unit']}"} for row in rows]
    assert fit_population(other, reference="control", paired=True).notes == ()


def test_the_shift_is_given_under_every_model_and_none_is_chosen(nested: PopulationFit) -> None:
    assert list(nested.shift_under) == ["common slope and Emax", "group slopes", "group Emax"]
    for shifts in nested.shift_under.values():
        assert shifts["treated"].low < 3.0 < shifts["treated"].high
    slope = next(one for one in nested.differences if one.quantity == "slope")
    assert slope.low < 1.0 < slope.high
    assert nested.reduced_maximum == ()


def test_two_stages_stand_beside_with_the_degrees_of_freedom_of_animals(nested: PopulationFit) -> None:
    beside = nested.two_stage["treated"]
    animals = pd.DataFrame({
        "ln": np.log(nested.cell_id50), "animal": [run.animal for run in nested.runs],
        "group": [run.group for run in nested.runs],
    }).groupby(["group", "animal"])["ln"].mean()  # fmt: skip
    by_scipy = stats.ttest_ind(animals["treated"], animals["control"], equal_var=False)
    assert beside.p == pytest.approx(by_scipy.pvalue)
    assert beside.df == pytest.approx(by_scipy.df)
    assert beside.low < 3.0 < beside.high


def test_a_block_takes_its_own_shift_away() -> None:
    rows = drawn_rows(9, animals=6, cells=2)
    odd = {row["animal"] for row in rows if int(row["animal"][-1]) % 2}
    moved = [row | {"anaesthetic": "chloral hydrate" if row["animal"] in odd else "urethane",
                    "dose": row["dose"] * (2.5 if row["animal"] in odd else 1.0)} for row in rows]  # fmt: skip
    fit = fit_population(moved, reference="control", block=("anaesthetic",))
    assert fit.df == 9
    assert 2 * abs(fit.estimates[fit.problem.effects[-1]]) == pytest.approx(math.log(2.5), abs=0.45)
    assert fit.fold_shift["treated"].low < 3.0 < fit.fold_shift["treated"].high
    turned = fit_population(
        sorted(moved, key=lambda row: row["animal"] not in odd), reference="control", block="anaesthetic"
    )
    assert turned.id50["control"].value == pytest.approx(fit.id50["control"].value, rel=1e-3)
    assert "each ID50 is the mean over the values of anaesthetic" in str(fit)


def test_a_block_that_is_the_group_is_refused() -> None:
    rows = [row | {"anaesthetic": row["group"]} for row in drawn_rows(9, animals=3, cells=1)]
    with pytest.raises(ParameterError, match="block anaesthetic cannot be told from the groups"):
        fit_population(rows, reference="control", block=("anaesthetic",))


def test_a_cell_that_never_answers_leaves_the_others_where_they_are_described() -> None:
    rows = drawn_rows(10, animals=6, cells=2)
    one = ("treated0", "0")
    deaf = [
        row | {"count": round(1.6 * row["exposure_s"])} if (row["animal"], row["unit"]) == one else row for row in rows
    ]
    fit, others = (fit_population(table, reference="control") for table in (deaf, without(rows, one)))
    assert (fit.n_cells["treated"], fit.n_censored["treated"] - others.n_censored["treated"]) == (12, 1)
    assert fit.estimates["mean:treated"] > others.estimates["mean:treated"]
    assert fit.sd_cell > others.sd_cell


def test_the_same_table_gives_the_same_bits_in_any_form() -> None:
    rows = drawn_rows(11, animals=3, cells=2)
    frame = pd.DataFrame(rows)
    columns = {name: frame[name].tolist() for name in frame}
    fits = [fit_population(table, reference="control") for table in (rows, frame, columns)]
    assert len({fit.best.values.tobytes() for fit in fits}) == 1


@pytest.mark.parametrize(
    ("column", "slip", "said"),
    [
        (
            "group",
            "Control",
            r"column 'group' has 'Control' \(data row 1\) and 'control' \(data row 2\): write one of them",
        ),
        ("group", "nan", "row 1: column 'group' is empty"),
        ("count", 12.5, "row 1: column 'count' must be spikes, a whole number, got 12.5"),
        ("animal", "CONTROL0", "column 'animal' has 'CONTROL0'"),
    ],
)
def test_a_slip_of_the_hand_does_not_become_a_group_or_an_animal(column: str, slip: object, said: str) -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    with pytest.raises(TableError, match=said):
        fit_population([rows[0] | {column: slip}, *rows[1:]], reference="control")


def test_empty_lines_at_the_end_of_a_sheet_are_passed_over_and_micro_signs_are_one() -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    empty = [dict.fromkeys(rows[0], math.nan)] * 3
    typed = [row | {"dose_unit": "µg/kg"} if number % 2 else row for number, row in enumerate(rows)]
    one, other = (fit_population(table, reference="control") for table in (rows, [*typed, *empty]))
    assert one.estimates == other.estimates


def test_a_path_is_no_table() -> None:
    with pytest.raises(TableError, match=r"'counts.csv' is a path, not a table: read it first, e.g. pandas.read_csv"):
        fit_population("counts.csv")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"animal": ""}, "row 1: column 'animal' is empty"),
        ({"count": -1}, "row 1: column 'count' must be 0 or more, got -1"),
        ({"count": "many"}, "row 1: column 'count' must be a number, got 'many'"),
        ({"exposure_s": 0.0}, "row 1: column 'exposure_s' must be above 0, got 0"),
    ],
)
def test_a_wrong_value_is_named_with_its_row(change: dict[str, Any], said: str) -> None:
    rows = drawn_rows(12, animals=2, cells=1)
    with pytest.raises(TableError, match=said):
        fit_population([rows[0] | change, *rows[1:]])


def test_what_cannot_be_compared_is_refused() -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    with pytest.raises(
        TableError,
        match="unit 0 of animal control0, group 'control', drug 'ipsapirone': no row with dose 0, its baseline",
    ):
        fit_population([row for row in rows if row["dose"] > 0 or row["animal"] != "control0"])
    with pytest.raises(ParameterError, match="reference must be one of the groups"):
        fit_population(rows, reference="vehicle")
    with pytest.raises(ParameterError, match="cells of one drug can be pooled, got ipsapirone, lesopitron"):
        fit_population([row | {"drug": "lesopitron"} if row["animal"] == "control0" else row for row in rows])
    with pytest.raises(
        ParameterError, match="if these are two animals, name them apart; only if one was recorded in both, paired=True"
    ):
        fit_population([*rows, *(row | {"group": "late"} for row in rows if row["animal"] == "control0")])
    with pytest.raises(TableError, match=r"column 'exposure_s' \(is it 'exposure'\?\) is missing"):
        fit_population([{"exposure" if k == "exposure_s" else k: v for k, v in row.items()} for row in rows])


def test_doses_of_the_answer_are_those_given(nested: PopulationFit) -> None:
    group = nested.id50["control"]
    assert (group.lowest_dose, group.top_dose) == (DOSES[0], DOSES[-1])
    assert group.status == "interpolated"


def test_a_mean_beyond_the_doses_is_printed_as_a_bound() -> None:
    group = fit_population(drawn_rows(13, fold=12.0), reference="control").id50["treated"]
    assert group.status == "above_top_dose"
    assert group.text.startswith("> 200 µg/kg (by the common slope ")


@pytest.mark.parametrize("answer", ["none", "silence"])
def test_the_shift_of_a_group_outside_all_doses_is_open_and_the_same_either_way_round(answer: str) -> None:
    rows = drawn_rows(1, animals=4, cells=2, sd_animal=0.2, sd_cell=0.1)
    spikes = {key: row["count"] for row in rows if row["dose"] == 0 for key in [(row["animal"], row["unit"])]}
    for row in rows:
        if row["group"] == "treated" and row["dose"] > 0:
            row["count"] = 0 if answer == "silence" else round(spikes[row["animal"], row["unit"]] / 3)
    there, back = (fit_population(rows, reference=one).fold_shift for one in ("control", "treated"))
    shift, turned = there["treated"], back["control"]
    assert shift.p == pytest.approx(turned.p, rel=0.05)
    if answer == "silence":
        assert (shift.low, turned.high) == (0.0, math.inf)
        assert shift.high * turned.low == pytest.approx(1.0, rel=0.05)
    else:
        assert (shift.high, turned.low) == (math.inf, 0.0)
        assert shift.low * turned.high == pytest.approx(1.0, rel=0.05)


def test_pairs_are_counted_in_animals_that_have_both_conditions() -> None:
    rows = drawn_rows(6, animals=4, cells=1, paired=True)
    rows = [row for row in rows if row["animal"] in ("r0", "r1") or row["group"] == "control"]
    rows += [row | {"animal": f"alone {row['animal']}", "group": "treated"} for row in drawn_rows(7, animals=2, cells=1)
             if row["group"] == "treated"]  # fmt: skip
    fit = fit_population(rows, reference="control", paired=True)
    assert fit.n_animals == {"control": 4, "treated": 4}
    assert fit.fold_shift["treated"].withheld == "2 animals are in both treated and control, a test needs 3"
    assert math.isnan(fit.fold_shift["treated"].p)


def test_doses_without_a_unit_and_doses_that_come_back_are_said() -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    bare = fit_population([{k: v for k, v in row.items() if k != "dose_unit"} for row in rows], reference="control")
    assert any("no unit of dose is stated" in note for note in bare.notes)
    steps = {12.5: 12.5, 25.0: 12.5, 50.0: 25.0, 100.0: 50.0, 200.0: 100.0}
    added = fit_population([row | {"dose": steps.get(row["dose"], 0.0)} for row in rows], reference="control")
    assert any("several rows at one dose in 6 cells (unit 0 of animal control0 at 12.5)" in n for n in added.notes)
    assert not any("several" in note or "unit" in note for note in fit_population(rows, reference="control").notes)
    with pytest.raises(TableError, match="'dose_kind' says increment, and 'dose' must be the total so far"):
        fit_population([row | {"dose_kind": "increment"} for row in rows])
    both = [row | {"unit": "1"} for row in drawn_rows(12, animals=3, cells=2)]
    with pytest.raises(TableError, match=r"unit 1 of animal control0: the doses begin again \(0 after 200\)"):
        fit_population(both)


@pytest.mark.parametrize(("name", "other"), [("unit", "cell"), ("animal", "Rat"), ("count", "spikes")])
def test_a_column_by_another_name_is_asked_for(name: str, other: str) -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    with pytest.raises(TableError, match=f"column '{name}' .is it '{other}'...is missing; the table has"):
        fit_population([{other if key == name else key: value for key, value in row.items()} for row in rows])


def test_decimal_commas_and_percents_for_counts_are_answered_with_what_to_do() -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    with pytest.raises(TableError, match=r"'dose' must be a number, got '12,5'; read the file with decimal=','"):
        fit_population([row | {"dose": "12,5" if row["dose"] == 12.5 else row["dose"]} for row in rows])
    percents = [{k: v for k, v in row.items() if k != "count"} | {"response": 50.0} for row in rows]
    with pytest.raises(TableError, match=r"family='gaussian'\) takes the column 'response'"):
        fit_population(percents)


def test_percents_that_rise_and_fractions_are_refused_where_the_curve_is_held() -> None:
    rows = [
        {"animal": f"{group}{n}", "unit": "1", "group": group, "dose": dose, "response": 100 / (1 + dose / id50 / n)}
        for group, id50 in (("control", 40.0), ("treated", 90.0)) for n in (1, 2, 3) for dose in (10.0, 30.0, 100.0)
    ]  # fmt: skip
    held = {"family": "gaussian", "fixed": {"top": 100.0, "bottom": 0.0}}
    fit_population(rows, **held)
    with pytest.raises(ParameterError, match="responses rise with dose, and the curve goes from top 100 to bottom 0"):
        fit_population([row | {"response": 100 - row["response"]} for row in rows], **held)
    with pytest.raises(ParameterError, match=r"responses reach 0\.877 at most, .*: multiply fractions by 100"):
        fit_population([row | {"response": row["response"] / 110} for row in rows], **held)


def test_rows_of_two_cells_or_of_one_cell_twice_are_refused() -> None:
    rows = drawn_rows(12, animals=3, cells=2)
    one_name = [row | {"session": f"s{row['unit']}", "unit": "1"} for row in rows]
    with pytest.raises(TableError, match="'session' must be the same in all rows of a curve, got s0, s1; two cells"):
        fit_population(one_name)
    with pytest.raises(TableError, match="unit 0 of animal control0: every row is there 2 times or more"):
        fit_population([*rows, *rows])
    with pytest.raises(TableError, match="'order' must be the same in all rows of a curve, got early, late"):
        fit_population([row | {"order": "late" if row["dose"] > 30 else "early"} for row in rows], block="order")
    with pytest.raises(TableError, match="'fano' must be the same in all rows of a curve"):
        fit_population([row | {"fano": 0.1 if row["dose"] > 30 else 0.2} for row in rows])


def test_a_condition_that_only_some_rows_state_is_a_mixture() -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    stated = [row | {"anaesthetic": "urethane"} if row["group"] == "treated" else row for row in rows]
    with pytest.raises(ParameterError, match=r"mixes urethane .3 animals. and not stated .3 animals."):
        fit_population(stated)


def test_the_regularity_of_a_cell_may_stand_in_any_of_its_rows() -> None:
    rows = drawn_rows(12, animals=3, cells=1)
    some = [row | {"fano": row["fano"] if row["dose"] > 0 else math.nan} for row in rows]
    assert fit_population(some).log_likelihood == fit_population(rows).log_likelihood


@pytest.mark.parametrize("silenced", [("control", "treated"), ("control",)])
def test_a_group_that_is_silent_from_the_first_dose_on_has_no_answer_up_to_its_last_proven_spike(
    nested: PopulationFit, silenced: tuple[str, ...]
) -> None:
    runs = tuple(replace(run, proven=(run.dose == 0) | (run.group not in silenced)) for run in nested.runs)
    found = replace(nested, runs=runs)
    (line,) = (line for line in other_reading_lines(found) if "last proven spike" in line)
    assert line.endswith("no answer, since in some group no cell has a dose before it")
    assert found.censored is None


def test_one_dose_tells_no_slope() -> None:
    rows = [row for row in drawn_rows(12, animals=3, cells=1) if row["dose"] in (0, 25)]
    with pytest.raises(ParameterError, match=r"all cells had one dose .25 ug/kg.: slope and ID50 cannot be told apart"):
        fit_population(rows)
    assert fit_population(rows, fixed={"hill": 1.8}).hill == 1.8
    none = [{"animal": name, "unit": "1", "group": "c", "dose": 0.0, "response": 100.0} for name in "abc"]
    with pytest.raises(TableError, match="unit 1 of animal a: no row with a dose above 0"):
        fit_population(none, family="gaussian")


@pytest.mark.parametrize("names", [(1, np.float32(1.0)), ("1", np.int64(1)), (1.0, 1)])
def test_a_number_that_names_an_animal_is_one_name(names: tuple[object, object]) -> None:
    rows = [row for row in drawn_rows(12, animals=2, cells=2) if row["animal"] != "treated0"]
    for row in rows:
        row["animal"] = names[int(row["unit"])] if row["animal"] == "control0" else row["animal"]
    assert fit_population(rows).n_animals == {"control": 2, "treated": 1}
    with pytest.raises(TableError, match="row 1: column 'animal' is empty"):
        fit_population([rows[0] | {"animal": pd.NA}, *rows[1:]])


def test_the_interval_holds_no_shift_where_p_does_not_refute_it_though_no_cell_answers() -> None:
    random = np.random.default_rng(1)
    rows = [
        row | {"count": int(random.poisson(1.5 * row["exposure_s"])), "fano": 1.0}
        for row in drawn_rows(1, animals=4, cells=2, fold=1.0, id50=1e6)
    ]
    shift = fit_population(rows, reference="control").fold_shift["treated"]
    assert shift.p > 0.05
    assert shift.low < 1.0 < shift.high
