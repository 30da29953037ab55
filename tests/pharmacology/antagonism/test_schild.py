"""An antagonist's shift in a bath: exact optima computed elsewhere, R's nls, simulated truth, and what is refused."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology import SchildFit, fit_schild
from ephys.pharmacology.antagonism.gaddum import gaddum_formula
from ephys.pharmacology.antagonism.regression import schild_regression
from ephys.pharmacology.shared_fits.fit import fit_shared
from ephys.pharmacology.shared_fits.formula import parameter
from ephys.pharmacology.shared_fits.jackknife import Jackknife
from ephys.pharmacology.shared_fits.points import curve_points
from ephys.report.findings.answers import answer_lines

EXACT, ENDS = 1e-7, 1e-6
UNITS = {"antagonist_unit": "nM", "dose_unit": "nM"}
DOSES = (2.0, 10.0, 50.0, 250.0, 1250.0, 6250.0)


def shifted(
    concentrations: tuple[float, ...], *, slope: float = 1.0, left: float = 1.0, kb: float = 10.0, sd: float = 2.0,
    seed: int = 0, animals: int = 3,
) -> dict[str, Any]:  # fmt: skip
    """Curves of animals with an EC50 of 40 nM and a Hill slope of 1.3; every animal has all of them."""
    random = np.random.default_rng(seed)
    rows = [
        (dose, 100.0 - effect * left ** (b > 0) + random.normal(0.0, sd), b, f"r{animal}")
        for animal in range(animals) for b in concentrations for dose in DOSES
        for effect in [100.0 / (1.0 + (40.0 * (1.0 + (b / kb) ** slope) / dose) ** 1.3)]
    ]  # fmt: skip
    dose, response, antagonist, animal = zip(*rows, strict=True)
    return {"dose": dose, "response": response, "antagonist": antagonist, "animal": animal, **UNITS}


@pytest.fixture
def reference_fit(shared_reference: Path) -> SchildFit:
    table = pd.read_csv(shared_reference / "data" / "sim_gaddum_schild.csv")
    return fit_schild(table["dose"], table["pct"], table["antagonist"], **UNITS)


@pytest.mark.reference
def test_the_free_fit_is_the_exact_optimum(reference_fit: SchildFit, shared_reference: Path) -> None:
    exact = json.loads((shared_reference / "polished_optimum.json").read_text())["cases"]["sim_gaddum_schild_free"]
    names = {
        "bottom": "plateau",
        "top": "base",
        "lnh": "ln_hill",
        "lnEC50": "ln_ec50",
        "schild": "slope",
        "lnKb": "ln_kb",
    }
    fit = reference_fit.fit
    for theirs, ours in names.items():
        assert fit.values[ours] == pytest.approx(exact["estimate"][theirs], rel=EXACT), ours
        assert fit.se(parameter(ours)) == pytest.approx(exact["se_expected_JtJ"][theirs], rel=EXACT), ours
    assert fit.found.rss == pytest.approx(exact["rss"], rel=EXACT)
    assert fit.found.df == exact["df"]
    slope, kb = reference_fit.slope, reference_fit.pa2
    assert (slope.low, slope.high) == pytest.approx(exact["profile_ci95"]["schild"], rel=ENDS)
    ends = [math.log(10.0) * (9.0 - end) for end in (kb.high, kb.low)]  # -log10 mol/l, back to ln nM
    assert ends == pytest.approx(exact["profile_ci95"]["lnKb"], rel=ENDS)


@pytest.mark.reference
def test_with_a_slope_of_1_it_is_the_fit_of_nls(reference_fit: SchildFit, shared_reference: Path) -> None:
    nls = json.loads((shared_reference / "mixed_nlme.json").read_text())["cases"]["sim_gaddum_schild_nls_s1"]
    assert reference_fit.pkb.estimate == pytest.approx(9.0 - nls["coef"]["lkb"] / math.log(10.0), rel=1e-6)
    assert reference_fit.pkb.se == pytest.approx(nls["se"]["lkb"] / math.log(10.0), rel=1e-5)


@pytest.mark.reference
def test_the_truth_of_the_simulation_lies_in_the_intervals(reference_fit: SchildFit, shared_reference: Path) -> None:
    truth = json.loads((shared_reference / "sim_truth.json").read_text())["sim_gaddum_schild"]["params"]
    pkb = 9.0 - truth["pA2_like_lKb"] / math.log(10.0)
    assert reference_fit.name == "pKB"
    assert reference_fit.pkb.low < pkb < reference_fit.pkb.high
    assert reference_fit.slope.low < truth["schild"] < reference_fit.slope.high


def test_the_sample_table_gives_back_what_is_true_in_it(sample_data: Path) -> None:
    with (sample_data / "protocols" / "schild.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    columns = [[float(row[name]) for row in table] for name in ("agonist_nM", "percent_of_baseline", "antagonist_nM")]
    found = fit_schild(*columns, animal=[row["animal"] for row in table], **UNITS)
    assert found.name == "pKB"
    assert found.pkb.low < 9.0 - math.log10(5.0) < found.pkb.high
    assert found.slope.low < 1.0 < found.slope.high
    assert found.notes == ("only 3 animals with a curve: the intervals are rough",)
    assert [one.n_animals for one in found.ratios] == [9, 3, 3, 3]
    ratios = [(one.ratio.low, 1.0 + one.antagonist / 5.0, one.ratio.high) for one in found.ratios[1:]]
    assert all(low < true < high for low, true, high in ratios)


@pytest.mark.parametrize(("slope", "name"), [(1.0, "pKB"), (0.6, "pA2"), (1.6, "pA2")])
def test_it_is_called_a_pkb_only_where_the_slope_may_be_1(slope: float, name: str) -> None:
    found = fit_schild(**shifted((0.0, 10.0, 100.0, 1000.0), slope=slope))
    assert found.name == name
    assert found.slope.low < slope < found.slope.high
    assert found.pa2.low < 8.0 < found.pa2.high, "the concentration that doubles the EC50, whatever the slope"
    assert any("slope is not 1" in note for note in found.notes) == (slope != 1)
    assert (found.p_slope < 0.05) == (slope != 1)


def test_it_is_no_pkb_where_the_largest_effect_falls() -> None:
    found = fit_schild(**shifted((0.0, 10.0, 100.0), left=0.7))
    assert found.effect_left_percent.low < 70.0 < found.effect_left_percent.high < 100.0
    assert found.name == "pA2"
    assert any("no pKB" in note for note in found.notes)


def test_one_concentration_tells_no_slope_and_no_pkb() -> None:
    found = fit_schild(**shifted((0.0, 30.0)))
    assert math.isnan(found.slope.estimate)
    assert math.isnan(found.p_slope)
    assert found.name == "pA2"
    assert found.answer.low < 8.0 < found.answer.high
    assert "slope not tested" in str(found)
    assert "cannot test" in found.notes[0]


def test_where_nothing_shifts_the_answer_is_a_bound_and_no_number() -> None:
    table = shifted((0.0, 10.0), kb=1e9)
    found = fit_schild(**{**table, "animal": None})
    assert found.ratios[1].ratio.low < 1
    assert found.answer.low == -math.inf
    assert str(found).startswith("pA2 < ")
    assert found.answer.high < 8.5
    over_animals = fit_schild(**table)
    assert str(over_animals).startswith("pA2 not told by these points"), "a search that ran away has no small error"


@pytest.mark.parametrize("response", ["fall", "rise"])
def test_rising_and_falling_curves_have_the_same_constants(response: str) -> None:
    table = shifted((0.0, 10.0, 100.0))
    falls = fit_schild(**table)
    if response == "rise":
        table["response"] = 100.0 - np.array(table["response"])
    found = fit_schild(**table)
    assert found.pkb.estimate == pytest.approx(falls.pkb.estimate, rel=1e-6)


def test_the_unit_of_the_antagonist_moves_the_answer_by_its_power_of_ten() -> None:
    table = shifted((0.0, 10.0, 100.0))
    found = fit_schild(**{**table, "antagonist": [b / 1000.0 for b in table["antagonist"]], "antagonist_unit": "uM"})
    assert found.pkb.estimate == pytest.approx(fit_schild(**table).pkb.estimate, abs=1e-8)
    assert found.line(0.1)[()] == pytest.approx(fit_schild(**table).line(100.0)[()], abs=1e-6)


def test_the_jackknife_of_a_mean_is_its_standard_error_and_of_two_groups_welchs() -> None:
    random = np.random.default_rng(3)
    one, two = random.normal(size=5), random.normal(size=4)
    left_out = [np.delete(one, i).mean() - two.mean() for i in range(5)]
    left_out += [one.mean() - np.delete(two, i).mean() for i in range(4)]
    se, df = Jackknife((), (0,) * 5 + (1,) * 4, 7).spread(one.mean() - two.mean(), left_out)
    welch = stats.ttest_ind(one, two, equal_var=False)
    assert se == pytest.approx(math.sqrt(stats.sem(one) ** 2 + stats.sem(two) ** 2))
    assert df == pytest.approx(welch.df)
    assert (one.mean() - two.mean()) / se == pytest.approx(welch.statistic)


def test_the_interval_over_animals_covers_where_that_of_points_does_not() -> None:
    """Animals differ in EC50 with an SD of ln 0.4, and each has one concentration: points are far from independent."""
    random, concentration = np.random.default_rng(7), np.array([0.0, 10.0, 100.0])
    held = {"ln_effect_left": 0.0, "ln_hill_ratio": 0.0, "slope": 1.0, "base": 100.0, "plateau": 0.0}
    formula = gaddum_formula(concentration, held)
    doses, covered = np.array(DOSES), {"over animals": 0, "of points": 0}
    runs = 60
    for _ in range(runs):
        table = [
            (dose, 100.0 / (1.0 + (dose / ec50) ** 1.3) + random.normal(0.0, 3.0), f"{b:g}", f"{b}{k}")
            for b in concentration for k in range(5)
            for ec50 in [40.0 * (1.0 + b / 10.0) * math.exp(random.normal(0.0, 0.4))] for dose in doses
        ]  # fmt: skip
        dose, response, label, animal = zip(*table, strict=True)
        for name, animals in (("over animals", animal), ("of points", None)):
            points = curve_points(dose, response, label, labels=["0", "10", "100"], animal=animals)
            fit = fit_shared(formula, points, [np.array([0.3, math.log(40.0), math.log(10.0)])], level=0.95)
            ask = fit.ask(parameter("ln_kb"))
            covered[name] += ask.low < math.log(10.0) < ask.high
    assert covered["over animals"] / runs > 0.85
    assert covered["of points"] / runs < 0.75


def test_fewer_than_three_animals_give_no_interval_and_no_pkb() -> None:
    found = fit_schild(**shifted((0.0, 10.0, 100.0), animals=2))
    assert found.fit.method == "none"
    assert math.isnan(found.answer.low)
    assert found.name == "pA2"
    assert any("fewer than three animals" in note for note in found.notes)


def test_the_classical_regression_is_that_of_linregress_with_fiellers_interval() -> None:
    concentration, ratio = [1e-9, 1e-8, 3e-8, 1e-7], [1.3, 2.4, 6.0, 14.0]
    x, y = np.log10(concentration), np.log10(np.array(ratio) - 1.0)
    theirs, ours = stats.linregress(x, y), schild_regression(concentration, ratio, level=0.95)
    assert ours is not None
    assert (ours.slope.estimate, ours.slope.se) == pytest.approx((theirs.slope, theirs.stderr))
    assert ours.pa2.estimate == pytest.approx(theirs.intercept / theirs.slope)
    sigma2 = np.sum((y - theirs.intercept - theirs.slope * x) ** 2) / 2
    for end in (ours.pa2.low, ours.pa2.high):  # there the line is as far from 0 as Student's t allows
        at = -end
        variance = sigma2 * (1 / 4 + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2))
        t = abs(theirs.intercept + theirs.slope * at) / math.sqrt(variance)
        assert t == pytest.approx(stats.t.ppf(0.975, 2))


def test_a_ratio_of_1_or_less_is_left_out_of_the_regression_alone() -> None:
    line = schild_regression([1e-9, 1e-8, 1e-7], [0.9, 2.0, 11.0], level=0.95)
    assert line is not None
    assert line.n == 2
    assert math.isnan(line.slope.low)


@pytest.mark.parametrize("unit", ["ug/kg", "µg/kg", "nmol/kg", "nA"])
def test_a_dose_has_no_kb_and_the_error_says_where_to_go(unit: str) -> None:
    with pytest.raises(ParameterError, match="apparent_pa2"):
        fit_schild(**{**shifted((0.0, 10.0, 100.0)), "antagonist_unit": unit})


def test_what_cannot_be_fitted_is_refused() -> None:
    table = shifted((0.0, 10.0, 100.0))
    with pytest.raises(ParameterError, match="convert_dose"):
        fit_schild(**{**table, "antagonist_unit": "ug/ml"})
    with pytest.raises(ParameterError, match="curve without antagonist"):
        fit_schild(**shifted((10.0, 100.0)))
    with pytest.raises(ParameterError, match=r"response\[3\] is nan"):
        fit_schild(**{**table, "response": [*table["response"][:3], math.nan, *table["response"][4:]]})
    with pytest.raises(ParameterError, match="has no name"):
        fit_schild(**{**table, "animal": ["", *table["animal"][1:]]})


def test_table_rows_and_methods_tell_what_was_done() -> None:
    found = fit_schild(**shifted((0.0, 10.0, 100.0)), plateau=0.0)
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert found.rows[0][:2] == ("0", "3")
    rows = found.as_rows()
    assert [row["antagonist"] for row in rows] == [0.0, 10.0, 100.0]
    assert rows[2]["dose_ratio"] == pytest.approx(11.0, rel=0.2)
    assert "plateau held at 0" in found.methods
    assert "over animals" in found.methods
    assert "Schild slope" in str(found)


def test_curves_that_are_not_parallel_have_no_pkb() -> None:
    """EC50s shift as a competitive antagonist's would; the slope of the curves falls from 2 to 1."""
    table = shifted((0.0, 10.0, 100.0, 1000.0), animals=4)
    noise = np.random.default_rng(0).normal(0.0, 2.0, len(table["dose"]))
    table["response"] = [
        100.0 - 100.0 / (1.0 + (40.0 * (1.0 + b / 10.0) / dose) ** (1.0 if b else 2.0)) + e
        for dose, b, e in zip(table["dose"], table["antagonist"], noise, strict=True)
    ]
    found = fit_schild(**table)
    assert found.slope.low < 1.0 < found.slope.high
    assert found.hill_ratio.low < 0.5 < found.hill_ratio.high < 1.0
    assert found.name == "pA2"
    assert any("not parallel" in note and "no pKB" in note for note in found.notes)


def test_a_slope_that_may_be_anything_makes_no_pkb() -> None:
    """50 and 60 nM: the shift is told well, its slope is not."""
    found = fit_schild(**shifted((0.0, 50.0, 60.0), sd=8.0, animals=4))
    assert found.slope.low < 1.0 < found.slope.high
    assert found.slope.high - found.slope.low > 1.0
    assert found.name == "pA2"
    assert any("says little; no pKB" in note for note in found.notes)


def test_no_antagonism_tells_no_slope_and_no_p_value() -> None:
    found = fit_schild(**shifted((0.0, 10.0, 100.0, 1000.0), kb=1e12, animals=4))
    assert found.name == "pA2"
    assert math.isnan(found.p_slope), "a search that ran away has no small error"
    assert "Schild slope not told by these points;" in str(found)
    assert any("slope is not told" in note for note in found.notes)


def test_points_without_scatter_are_a_textbooks_pkb() -> None:
    """Exact curves of a KB of 10 nM: rounding alone does not make the slope other than 1."""
    found = fit_schild(**shifted((0.0, 10.0, 100.0, 1000.0), sd=0.0))
    assert found.answer_text == "pKB 8.00 (8.00 to 8.00)"
    assert math.isnan(found.p_straight)


def test_responses_without_an_effect_are_refused() -> None:
    table = shifted((0.0, 10.0, 100.0))
    with pytest.raises(ParameterError, match="every response is 100"):
        fit_schild(**{**table, "response": [100.0] * len(table["dose"])})


def test_a_dose_ratio_that_no_dose_tells_is_none_anywhere() -> None:
    """The highest dose leaves the curve at 10 µM before its beginning."""
    table = shifted((0.0, 10.0, 100.0, 10000.0), animals=4)
    kept = [dose <= 250.0 for dose in table["dose"]]
    columns = ("dose", "response", "antagonist", "animal")
    low = {name: [v for v, keep in zip(table[name], kept, strict=True) if keep] for name in columns}
    found = fit_schild(**{**table, **low})
    assert not found.ratios[3].is_told
    assert found.rows[3][3:] == ("not told by these points",) * 3
    assert all(map(math.isnan, found.ratios[3].log_ratio_less_1_ends)), "no arrow down: the ratio may be large"
    assert found.regression is not None
    assert found.regression.n == 2
    assert any("at 10000 nM is not told: not in the regression" in note for note in found.notes)


def test_the_classical_regression_is_printed_and_in_the_rows() -> None:
    found = fit_schild(**shifted((0.0, 10.0, 100.0, 1000.0)))
    assert found.regression is not None
    row = found.as_rows()[0]
    assert row["regression_slope"] == found.regression.slope.estimate
    assert row["regression_pa2_low"] == found.regression.pa2.low
    assert row["p_straight"] == found.p_straight
    assert f"Classical Schild regression: slope {found.regression.slope.estimate:.2f}" in str(found)


def test_few_animals_are_noted() -> None:
    notes = fit_schild(**shifted((0.0, 10.0, 100.0), animals=4)).notes
    assert "only 4 animals with a curve: the intervals are rough" in notes
    many = fit_schild(**shifted((0.0, 10.0, 100.0), animals=6)).notes
    assert not any("animals with a curve" in note for note in many)


@pytest.mark.parametrize("columns", [{"antagonist_unit": None}, {"dose_unit": None}, {"antagonist_unit": 5}])
def test_a_unit_that_is_no_text_is_refused_by_name(columns: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="must be a concentration"):
        fit_schild(**{**shifted((0.0, 10.0, 100.0)), **columns})


def test_numbers_typed_as_text_are_refused_once() -> None:
    table = shifted((0.0, 10.0, 100.0))
    with pytest.raises(ParameterError, match=r"^dose must be numbers, got str\d+ \(text\)$"):
        fit_schild(**{**table, "dose": [str(dose) for dose in table["dose"]]})


def test_the_text_ends_with_its_notes_which_a_page_takes_out_again() -> None:
    found = fit_schild(**shifted((0.0, 30.0)))
    lines = str(found).splitlines()
    assert found.notes
    assert lines[-len(found.notes) :] == [f"Note: {note}." for note in found.notes]
    assert answer_lines(found) == tuple(lines[: -len(found.notes)])
