"""Inhibition at one dose: silence, faint baselines and stopped series are counts, and n is animals."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from ephys.errors import ParameterError, TableError
from ephys.model import Epoch, Fate, Subject
from ephys.pharmacology import (
    DoseResponse,
    InhibitionComparison,
    ReadoutSettings,
    ResponseWindow,
    compare_firing,
    compare_inhibition,
    fit_nested_means,
)
from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.nested.ratio_curves import RatioCurves
from ephys.pharmacology.population.problem import PopulationModel, assemble
from ephys.pharmacology.population.runs import runs_of_table
from tests.pharmacology.population.drawn_tables import drawn_rows

Row = dict[str, Any]


def cells(
    seed: int = 0, *, left: tuple[float, float] = (0.3, 0.6), baseline: float = 200.0, animals: int = 5, each: int = 3,
    sd: float = 0.4, tau: float = 0.1, fano: float = 0.3,
) -> list[Row]:  # fmt: skip
    """A row per cell, 180 s before and 60 s at the dose; scatter between animals and between cells alike."""
    random = np.random.default_rng(seed)
    rows = []
    for group, share in zip(("control", "treated"), left, strict=True):
        for animal in range(animals):
            own = sd * random.standard_normal()
            for cell in range(each):
                ratio = share * math.exp(own + sd * random.standard_normal())
                mean = baseline * math.exp(0.5 * random.standard_normal())
                before, at = draw_counts(np.array([mean, mean * ratio / 3.0]), fano, tau, random)
                rows.append({
                    "animal": f"{group}{animal}", "unit": str(cell), "group": group, "count": at, "exposure_s": 60.0,
                    "baseline_count": before, "baseline_s": 180.0, "fano": fano,
                })  # fmt: skip
    return rows


def changed(rows: list[Row], place: int, **values: Any) -> list[Row]:
    """The same with one row changed."""
    return [row | values if number == place else row for number, row in enumerate(rows)]


@pytest.fixture(scope="module")
def found() -> InhibitionComparison:
    return compare_inhibition(cells(), reference="control")


def test_the_truth_lies_in_the_intervals(found: InhibitionComparison) -> None:
    control, treated = found.groups
    assert control.low < 70.0 < control.high
    assert treated.low < 40.0 < treated.high
    assert found.differences[0].low < 2.0 < found.differences[0].high
    assert (control.n_animals, control.n_cells, found.df) == (5, 15, 8)
    assert control.percent == pytest.approx(100.0 * (1.0 - control.ratio))


def test_the_likelihood_is_the_integral_over_cells_and_animals() -> None:
    count = np.array([[60.0, 12.0], [3.0, 0.0], [90.0, 40.0]])
    exposure_s = np.tile([180.0, 60.0], (3, 1))
    curves = RatioCurves(count, exposure_s, np.zeros((3, 2)), np.ones(3), 0.1)
    rows = [
        {"animal": animal, "unit": unit, "group": "control", "dose": dose, "count": 1.0, "exposure_s": 1.0}
        for animal, unit in (("r1", "a"), ("r1", "b"), ("r2", "a")) for dose in (0.0, 1.0)
    ]  # fmt: skip
    runs = runs_of_table(rows, counts=True)
    problem = assemble(runs, PopulationModel("negbin", ("control",)), curves, curves.grid(0.05))
    mean, sd_animal, sd_cell = -0.7, 0.4, 0.5

    ln_ratio = np.linspace(-9.0, 8.0, 3401)
    height = np.exp(curves.height(np.broadcast_to(ln_ratio, (3, ln_ratio.size))))
    across = np.linspace(-6 * sd_animal, 6 * sd_animal, 241)
    density = stats.norm.pdf(ln_ratio, mean + across[:, np.newaxis], sd_cell)
    alone = integrate.trapezoid(height[:, np.newaxis] * density, ln_ratio, axis=2)
    of_animals = np.array([alone[0] * alone[1], alone[2]])
    known = np.log(integrate.trapezoid(of_animals * stats.norm.pdf(across, 0.0, sd_animal), across, axis=1)).sum()
    ours = problem.value_and_slope(np.array([mean, math.log(sd_animal), math.log(sd_cell)]))[0]
    assert ours == pytest.approx(known, abs=1e-4)


def test_of_many_spikes_it_is_the_nested_means_of_ln_ratios() -> None:
    rows = cells(3, baseline=4e5, tau=0.05, animals=8, each=2)
    ours = compare_inhibition(rows, dispersion=0.05).differences[0]
    logs = fit_nested_means(
        [math.log(3 * row["count"] / row["baseline_count"]) for row in rows],
        animal=[row["animal"] for row in rows], group=[row["group"] for row in rows],
    ).differences[0]  # fmt: skip
    assert math.log(ours.value) == pytest.approx(logs.value, abs=5e-3)
    assert math.log(ours.high / ours.low) == pytest.approx(logs.high - logs.low, rel=0.06)
    assert ours.df == logs.df


def test_minutes_for_seconds_change_nothing(found: InhibitionComparison) -> None:
    minutes = [
        row | {"exposure_s": row["exposure_s"] / 60.0, "baseline_s": row["baseline_s"] / 60.0} for row in cells()
    ]
    other = compare_inhibition(minutes, reference="control")
    assert other.groups[0].percent == pytest.approx(found.groups[0].percent, abs=1e-3)
    assert other.differences[0].p == pytest.approx(found.differences[0].p, rel=1e-3)


def test_swapping_the_groups_turns_the_ratio_over(found: InhibitionComparison) -> None:
    other = compare_inhibition(cells(), reference="treated").differences[0]
    ours = found.differences[0]
    assert (1 / other.value, 1 / other.high, 1 / other.low) == pytest.approx(
        (ours.value, ours.low, ours.high), rel=5e-3
    )


def test_leaving_out_silent_cells_hides_inhibition() -> None:
    rows = cells(4, left=(0.02, 0.3), sd=0.7)
    silent = [row for row in rows if row["count"] == 0]
    assert len(silent) >= 3
    whole = compare_inhibition(rows)
    kept = compare_inhibition([row for row in rows if row["count"] > 0])
    assert whole.groups[0].n_silent == sum(row["group"] == "control" for row in silent)
    assert whole.groups[0].percent > kept.groups[0].percent
    assert whole.groups[0].low < 98.0 < whole.groups[0].high


def test_a_group_that_is_silent_throughout_is_inhibited_by_all_with_one_open_end() -> None:
    rows = [row | ({"count": 0.0} if row["group"] == "treated" else {}) for row in cells()]
    found = compare_inhibition(rows, reference="control")
    assert found.groups[1].percent == 100.0
    assert found.groups[1].high == pytest.approx(100.0)
    assert found.groups[1].low > 90.0
    assert (found.differences[0].value, found.differences[0].low) == (0.0, 0.0)
    assert found.differences[0].high < 0.1
    turned = compare_inhibition(rows, reference="treated").differences[0]
    assert (turned.value, turned.high) == (math.inf, math.inf)
    assert turned.low == pytest.approx(1 / found.differences[0].high, rel=0.02)
    assert any("scatter is taken from the other groups" in note for note in found.notes)


def test_two_silent_groups_do_not_tell_which_is_more_so() -> None:
    found = compare_inhibition([row | {"count": 0.0} for row in cells()])
    difference = found.differences[0]
    assert math.isnan(difference.value)
    assert (difference.low, difference.high) == (0.0, math.inf)
    assert math.isnan(difference.p)


def test_a_baseline_of_a_few_spikes_says_little_and_is_not_dropped() -> None:
    rows = cells(5, animals=4, each=1)
    faint = [row | {"unit": "faint", "baseline_count": 2.0, "count": 1.0} for row in rows]
    alone, beside = compare_inhibition(rows), compare_inhibition(rows + faint)
    assert beside.groups[0].n_cells == 2 * alone.groups[0].n_cells
    assert all(row["high"] > 10 * row["low"] for row in beside.cell_percents if row["unit"] == "faint")
    assert beside.groups[0].percent == pytest.approx(alone.groups[0].percent, abs=15)
    assert any("8 cells with under 20 spikes at baseline" in note for note in beside.notes)


def test_a_cell_without_baseline_spikes_is_listed_never_dropped_in_silence() -> None:
    found = compare_inhibition(changed(cells(), 2, baseline_count=0.0, count=7.0))
    assert found.groups[0].n_cells == 14
    assert found.left_out == ("unit 2 of animal control0: 0 spikes in 180 s at baseline; 7 in 60 s after",)
    assert "Left out: 1 cell" in str(found)


def test_spikes_of_others_are_not_taken_for_the_cell() -> None:
    rows = [row | {"count": row["count"] + 6, "false_count": 6, "baseline_false_count": 18} for row in cells(6)]
    rows = [row | {"baseline_count": row["baseline_count"] + 18} for row in rows]
    corrected, pure = compare_inhibition(rows), compare_inhibition(cells(6))
    assert corrected.groups[0].percent == pytest.approx(pure.groups[0].percent, abs=1.0)
    raw = compare_inhibition([row | {"false_count": 0, "baseline_false_count": 0} for row in rows])
    assert raw.groups[0].percent < pure.groups[0].percent - 1.0


def test_rates_that_wander_more_widen_the_intervals_of_cells() -> None:
    steady, wandering = (compare_inhibition(cells(7), dispersion=tau).cells[0] for tau in (0.05, 0.4))
    assert steady.percent == wandering.percent
    assert wandering.high / wandering.low > steady.high / steady.low


def test_animals_compared_with_themselves_have_animals_less_one_degrees_of_freedom() -> None:
    rows = [row | {"animal": row["animal"].removeprefix(row["group"])} for row in cells(8)]
    with pytest.raises(ParameterError, match="paired=True"):
        compare_inhibition(rows)
    found = compare_inhibition(rows, paired=True)
    assert found.df == 4
    assert found.differences[0].low < 2.0 < found.differences[0].high


def test_two_animals_give_a_number_and_no_interval() -> None:
    rows = [row for row in cells() if row["animal"] not in ("treated2", "treated3", "treated4")]
    found = compare_inhibition(rows)
    assert math.isnan(found.groups[1].low)
    assert math.isnan(found.differences[0].p)
    assert found.groups[0].low < found.groups[0].percent < found.groups[0].high
    assert "no interval and no p-value with treated: 2 animals, at least 3 are needed" in found.notes


def test_a_dose_is_one_of_those_given() -> None:
    rows = drawn_rows(1, animals=3, cells=1)
    with pytest.raises(ParameterError, match=r"one of the doses given \(12.5, 25, .* ug/kg\), got 70"):
        compare_inhibition(rows, dose=70.0)
    with pytest.raises(ParameterError, match="one of the doses given"):
        compare_inhibition(rows)
    with pytest.raises(ParameterError, match="no doses to choose from"):
        compare_inhibition(cells(), dose=50.0)


def test_a_cell_twice_in_the_table_is_refused_with_both_rows() -> None:
    with pytest.raises(TableError, match="rows 1 and 31 are both unit 0 of animal control0"):
        compare_inhibition([*cells(), cells()[0]])


def test_two_anaesthetics_are_not_one_experiment() -> None:
    rows = [row | {"anaesthetic": "urethane" if n % 3 else "chloral hydrate"} for n, row in enumerate(cells())]
    with pytest.raises(ParameterError, match="mixes"):
        compare_inhibition(rows)
    assert compare_inhibition(rows, block=["anaesthetic"]).df == 7


def series(counts: list[int], *, animal: str, group: str, fate: Fate | None = None) -> DoseResponse:
    """A response with a baseline of 180 s and 60 s at 25, 50, 100 ... µg/kg, as far as it was given."""
    base = ResponseWindow(Epoch(0.0, 180.0), "baseline", "", math.nan, 0.0, counts[0], 180.0, percent=100.0)
    windows = tuple(
        ResponseWindow(
            Epoch(210.0 + 90.0 * n, 270.0 + 90.0 * n), "agonist", "ipsapirone", 180.0 + 90.0 * n, 25.0 * 2**n, spikes,
            60.0, percent=100.0 * spikes / 60.0 / base.rate_hz,
        )
        for n, spikes in enumerate(counts[1:])
    )  # fmt: skip
    return DoseResponse(
        "1", "ipsapirone", "ug/kg", "i.v.", "base", base, windows, 0.1, fate or Fate("held", 9e9, ""),
        ReadoutSettings(), subject=Subject(animal=animal, group=group),
    )  # fmt: skip


@pytest.fixture(scope="module")
def stopped() -> list[DoseResponse]:
    """Series of which some ended early, at silence or before."""
    counts = [[240, 60, 20, 4], [200, 50, 0], [220, 70, 30, 8], [210, 60, 55], [230, 70, 66, 50], [250, 80, 70, 61]]
    groups = ["control"] * 3 + ["treated"] * 3
    more = [[190, 60, 50, 44], [205, 66, 60, 50]]
    return [
        series(one, animal=f"r{n}", group=group)
        for n, (one, group) in enumerate(zip(counts + more, [*groups, "treated", "treated"], strict=True))
    ]


def test_a_cell_silenced_by_less_is_in_and_one_that_was_merely_given_less_is_named(stopped: list[DoseResponse]) -> None:
    found = compare_inhibition(stopped, dose=100.0, reference="control")
    assert found.carried == ("unit 1 of animal r1: 0 spikes at 50 ug/kg",)
    assert found.groups[0].n_silent == 1
    assert found.groups[0].n_cells == 3
    assert found.left_out == (
        "unit 1 of animal r3: the last dose was 50 ug/kg and left 79 %; what more would have done is not known",
    )
    assert "At 100 µg/kg ipsapirone: control" in str(found)


def test_an_undetermined_cell_is_told_both_ways(stopped: list[DoseResponse]) -> None:
    gone = series([260, 70, 0, 0], animal="r9", group="control", fate=Fate("undetermined", 250.0, "silent to the end"))
    found = compare_inhibition([*stopped, gone, replace(stopped[0], unit_id="2")], dose=100.0, reference="control")
    assert [cell.proven for cell in found.cells if cell.animal == "r9"] == [False]
    assert found.proven_only is not None
    assert found.proven_only.groups[0].n_cells == found.groups[0].n_cells - 1
    assert found.proven_only.groups[0].percent < found.groups[0].percent
    assert "Without cells that fell silent and may have been lost" in str(found)


def test_a_group_of_undetermined_cells_alone_says_so(stopped: list[DoseResponse]) -> None:
    fate = Fate("undetermined", 250.0, "silent to the end")
    silent = [series([200, 60, 0, 0], animal=f"s{n}", group="control", fate=fate) for n in range(3)]
    found = compare_inhibition([*silent, *stopped[4:]], dose=100.0, reference="control")
    assert found.proven_only is None
    assert any("3 cells fell silent and may have been lost" in note for note in found.notes)


def test_one_group_has_its_inhibition_and_no_difference() -> None:
    found = compare_inhibition([row for row in cells() if row["group"] == "control"])
    assert found.differences == ()
    assert found.df == 4
    assert found.groups[0].low < 70.0 < found.groups[0].high
    assert repr(found) == "InhibitionComparison('one dose', 5 animals, 15 cells)"


def test_with_three_groups_p_values_are_adjusted() -> None:
    third = [row | {"group": "third", "animal": row["animal"] + "x"} for row in cells(9)[15:]]
    found = compare_inhibition([*cells(), *third], reference="control")
    first, second = found.differences
    assert (first.df, len(found.groups)) == (12, 3)
    assert max(first.p_holm, second.p_holm) >= max(first.p, second.p)
    assert min(first.p_holm, second.p_holm) == pytest.approx(2 * min(first.p, second.p))
    assert "(Holm " in str(found)


def test_it_is_a_measure_among_those_of_firing(stopped: list[DoseResponse]) -> None:
    table = [
        {"animal": one.subject.animal, "group": one.subject.group, "baseline_rate_hz": one.baseline.rate_hz}
        for one in stopped if one.baseline is not None
    ]  # fmt: skip
    measure = compare_firing(table, reference="control", responses=stopped, dose=100.0)["inhibition"]
    alone = compare_inhibition(stopped, dose=100.0, reference="control")
    assert measure.differences == alone.differences
    assert [group.value for group in measure.groups] == pytest.approx([100 * group.ratio for group in alone.groups])
    assert "rate left at 100 µg/kg ipsapirone" in measure.label
    assert "% inhibition" in str(measure)
    with pytest.raises(ParameterError, match="needs responses"):
        compare_firing(table, dose=100.0)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"left": (0.05, 0.1), "baseline": 60.0}], ids=["plain", "silences"])
def test_intervals_hold_the_truth_as_often_as_they_say(settings: dict[str, Any]) -> None:
    shares = settings.get("left", (0.3, 0.6))
    runs = [compare_inhibition(cells(seed, animals=4, each=2, **settings)) for seed in range(100, 115)]
    held = [one.differences[0].low <= shares[1] / shares[0] <= one.differences[0].high for one in runs]
    assert sum(held) >= stats.binom.ppf(0.001, 15, 0.95)
    errors = [math.log(one.differences[0].value * shares[0] / shares[1]) for one in runs]
    assert abs(np.mean(errors)) < 4 * np.std(errors) / math.sqrt(15)


def challenge(shared_data: Path) -> pd.DataFrame:
    """Counts in the ten minutes before citalopram or saline, and in minutes 5 to 15 after."""
    bins = pd.read_parquet(shared_data / "drn_osullivan" / "drn-interactions" / "chal_binned.parquet")
    of_unit = bins.groupby("neuron_id")
    units = of_unit.agg(animal=("session_name", "first"), type=("neuron_type", "first"), group=("group_name", "first"))
    units["group"] = np.where(units.group.str.contains("cit"), "citalopram", "saline")
    for column, (start_s, stop_s) in {"baseline_count": (-600, 0), "count": (300, 900)}.items():
        inside = bins[(bins.bin >= start_s) & (bins.bin < stop_s)]
        units[column] = inside.groupby("neuron_id").counts.sum()
    return units.assign(exposure_s=600.0, baseline_s=600.0).rename_axis("unit").reset_index()


@pytest.mark.real_data
def test_citalopram_slows_serotonergic_type_units_of_mice_and_saline_does_not(shared_data: Path) -> None:
    """Slow regular units of 14 sessions; sessions are the level, so that hundreds of units make no certainty."""
    units = challenge(shared_data)
    found = compare_inhibition(units[units.type == "SR"].drop(columns="type"), reference="saline")
    saline, citalopram = found.groups
    assert (saline.n_animals, citalopram.n_animals, found.df) == (7, 7, 12)
    assert saline.low < 0 < saline.high
    assert citalopram.low > 0
    by_cells = units[units.type == "SR"].assign(animal=units.unit.astype(str)).drop(columns="type")
    as_if = compare_inhibition(by_cells, reference="saline").differences[0]
    assert math.log(as_if.high / as_if.low) < 0.5 * math.log(found.differences[0].high / found.differences[0].low)


@pytest.mark.slow
@pytest.mark.real_data
def test_every_real_unit_with_baseline_spikes_has_an_interval_that_holds_its_point(shared_data: Path) -> None:
    units = challenge(shared_data)
    found = compare_inhibition(units.drop(columns="type"), reference="saline")
    assert len(found.cells) == (units.baseline_count > 0).sum() == len(units) - len(found.left_out)
    assert all(cell.low <= cell.percent <= cell.high < math.inf for cell in found.cells)
    faint = [cell for cell in found.cells if cell.baseline_count < 20]
    assert len(faint) == 20
    assert all(cell.high > 2.0 * max(cell.percent, 1.0) for cell in faint)


def test_beside_it_stand_the_means_of_animals_for_groups_that_scatter_differently() -> None:
    rows = cells(4, left=(0.3, 0.6))
    beside = compare_inhibition(rows, reference="control").two_stage["treated"]
    table = pd.DataFrame(rows)
    table["ln_ratio"] = np.log(table["count"] / 60.0) - np.log(table["baseline_count"] / 180.0)
    means = table.groupby(["group", "animal"])["ln_ratio"].mean()
    expected = stats.ttest_ind(means["treated"], means["control"], equal_var=False)
    assert beside.p == pytest.approx(expected.pvalue)
    assert math.log(beside.value) == pytest.approx(means["treated"].mean() - means["control"].mean())
    silenced = compare_inhibition(changed(rows, 0, count=0), reference="control")
    assert silenced.two_stage["treated"].n_at_ends == 1
    assert "1 cell taken for half a spike" in str(silenced)


def test_a_comparison_is_rows_of_a_table_a_group_each() -> None:
    found = compare_inhibition(cells(4), reference="control")
    control, treated = found.as_rows()
    apart = found.differences[0]
    assert (treated["ratio_value"], treated["ratio_low"], treated["p"]) == (apart.value, apart.low, apart.p)
    assert (control["group"], control["reference"], control["n_animals"]) == ("control", "", 5)
    assert math.isnan(control["ratio_value"])
    assert control["inhibition_percent"] == found.groups[0].percent
