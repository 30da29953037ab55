"""The sample cohort, whose truth is known: 26 cells of 20 animals, two drugs, a 3-fold shift."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import ephys
from ephys.analysis import CohortAnalysis, Selection
from ephys.analysis.overview import overview_of
from ephys.settings import CohortSettings, Settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def analysis(sample_data: Path) -> CohortAnalysis:
    """The whole sample cohort."""
    settings = Settings(cohort=CohortSettings(reference="control", desensitised=False))
    return ephys.analyse_cohort(sample_data / "cohort.csv", settings=settings, jobs=1)


@pytest.fixture(scope="module")
def tables(analysis: CohortAnalysis) -> dict[str, pd.DataFrame]:
    """Its tables."""
    return ephys.cohort_tables(analysis)


@pytest.fixture(scope="module")
def truth(sample_data: Path) -> pd.DataFrame:
    """What was simulated."""
    return pd.DataFrame(ephys.read_truth(sample_data / "truth.csv"))


@pytest.mark.parametrize("page", ["README.md", "docs/batch.md"])
def test_the_answers_on_the_page_are_those_of_the_cohort(analysis: CohortAnalysis, page: str) -> None:
    text = (Path(__file__).resolve().parents[2] / page).read_text(encoding="utf-8")
    found = re.search(r"```text\n(26 cells .*?)```", text, flags=re.DOTALL)
    assert found
    shown = [line.removesuffix("...").removesuffix(":").strip() for line in found.group(1).splitlines()]
    said = [line.strip() for line in str(analysis).splitlines()]
    assert [line for line in shown if not any(one.startswith(line) for one in said)] == []


def test_every_cell_of_the_table_has_its_unit(analysis: CohortAnalysis) -> None:
    assert not analysis.failures
    assert len(analysis.cells) == 26
    assert {cell.planned.cell for cell in analysis.cells} == {cell.cell for cell in analysis.cohort.cells}


@pytest.mark.parametrize("drug", ["ipsapirone", "lesopitron"])
def test_the_shift_between_groups_holds_the_true_one(tables: dict[str, pd.DataFrame], drug: str) -> None:
    every = tables["comparisons"]
    found = every[(every.drug == drug) & (every.measure == "id50")].set_index("selection")
    for selection in ("with exclusions", "without exclusions"):
        assert found.loc[selection, "low"] < 3.0 < found.loc[selection, "high"]
        assert found.loc[selection, "p"] < 0.05
    assert found.loc["without exclusions", "cells"] > found.loc["with exclusions", "cells"]


@pytest.mark.parametrize("drug", ["ipsapirone", "lesopitron"])
def test_the_id50_of_each_group_holds_that_of_its_cells(
    tables: dict[str, pd.DataFrame], truth: pd.DataFrame, drug: str
) -> None:
    groups = tables["groups"].query("drug == @drug and measure == 'id50' and selection == 'without exclusions'")
    of_cells = truth[(truth.drug == drug) & truth.id50.notna()].merge(tables["animals"], on="animal")
    for row in groups.itertuples():
        geometric = of_cells[of_cells.group == row.group].id50.prod() ** (1 / (of_cells.group == row.group).sum())
        assert row.low < geometric < row.high
        assert row.animals == 5


def test_cells_recorded_after_the_drug_are_left_out_and_cells_held_at_once_are_kept(
    tables: dict[str, pd.DataFrame],
) -> None:
    taken = tables["exclusions"].query("rule == 'after_systemic_drug' and applied")
    assert sorted(taken.session) == ["rat05_2", "rat20_2"]
    assert list(taken.value) == ["ipsapirone in rat05_1", "lesopitron in rat20_1"]
    together = tables["units"].query("session == 'rat16_1'")
    assert list(together.analysed) == [True, True]


def test_what_was_simulated_as_lost_unstable_or_of_another_kind_is_not_analysed(
    tables: dict[str, pd.DataFrame], truth: pd.DataFrame
) -> None:
    units = tables["units"].merge(truth, on=["session", "unit", "animal"], suffixes=("", "_true"))
    assert not units[units.cell_type != "serotonergic"].analysed.any()
    assert not units[units.fate_true == "unstable"].analysed.any()
    held = units[(units.fate_true == "held") & (units.cell_type == "serotonergic") & (units.earlier_drug == "")]
    assert held.analysed.all()
    undetermined = units[units.fate_true == "undetermined"]
    assert undetermined.analysed.all(), "dropping them would drop the most sensitive cells"


def test_the_flow_adds_up(tables: dict[str, pd.DataFrame]) -> None:
    for _, stages in tables["flow"].groupby("group"):
        assert list(stages.cells.diff().iloc[1:]) == list(-stages.left_out_cells.iloc[1:])
    last = tables["flow"].query("stage == 'analysed'").set_index("group")
    assert last.loc["all", "cells"] == last.loc[["control", "chronic"], "cells"].sum() == tables["units"].analysed.sum()


def test_every_table_can_be_written_and_read_back(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    ephys.write_tables(tables, tmp_path)
    for name, back in ephys.read_tables(tmp_path).items():
        assert len(back) == len(tables[name])
        assert list(back.columns) == list(tables[name].columns)


def test_firing_is_told_by_group_at_the_level_of_animals(tables: dict[str, pd.DataFrame]) -> None:
    rate = tables["comparisons"].query("measure == 'rate' and selection == 'with exclusions'").iloc[0]
    assert (rate.group, rate.reference, rate.kind) == ("chronic", "control", "ratio")
    assert rate.df == rate.animals - 2
    measures = set(tables["groups"].query("selection == 'with exclusions'").measure)
    assert {"id50", "rate", "cv", "width", "bursting_cells", "spikes_in_bursts", "cells_per_track"} <= measures


@pytest.mark.parametrize("selection", ["with exclusions", "without exclusions"])
def test_the_papers_tables_have_the_numbers_of_the_tables(
    analysis: CohortAnalysis, tables: dict[str, pd.DataFrame], selection: Selection
) -> None:
    groups = tables["groups"].query("measure == 'id50' and selection == @selection")
    shifts = tables["comparisons"].query("measure == 'id50' and selection == @selection").set_index("drug")
    rows = ephys.id50_table(analysis, selection=selection).as_rows()
    for row, told in zip(rows, groups.itertuples(), strict=True):
        assert (row["drug"], row["group"], row["id50"], row["id50_low"]) == (
            told.drug,
            told.group,
            told.value,
            told.low,
        )
        assert (row["n_animals"], row["n_cells"]) == (told.animals, told.cells)
        if row["group"] == "chronic":
            shift = shifts.loc[row["drug"]]
            assert (row["fold"], row["fold_high"], row["p"]) == (shift.value, shift.high, shift.p)
    for row in ephys.group_table(analysis, selection=selection).as_rows():
        (rate,) = (
            tables["groups"]
            .query("measure == 'rate' and selection == @selection and group == @row['group']")
            .itertuples()
        )
        assert (row["rate"], row["rate_low"], row["rate_cells"]) == (rate.value, rate.low, rate.cells)


def test_the_overview_has_a_line_for_every_cell_and_drug(
    analysis: CohortAnalysis, tables: dict[str, pd.DataFrame]
) -> None:
    seen = [series for group in overview_of(analysis) for animal in group.animals for series in animal.series]
    fits = tables["fits"].set_index("cell")
    assert sorted(series.cell for series in seen) == sorted(fits.index)
    for series in seen:
        told = fits.loc[series.cell]
        assert (series.is_analysed, series.fate, series.drug) == (told.analysed, told.fate, told.drug)
        if series.reach == "value":
            assert (series.id50, series.low, series.high) == (told.id50, told.id50_low, told.id50_high)
