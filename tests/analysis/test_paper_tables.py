"""The paper's tables: every number is one of the cohort's tables, and none is pooled that must not be."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ephys
from ephys.analysis import CellRecord, CohortAnalysis, DrugAnswer, FoundCell, GroupAnswers, PaperTable, SessionRecord
from ephys.analysis.cohort import Selection, SessionFailure
from ephys.model import Cohort, CohortAnimal, CohortCell, Subject
from ephys.pharmacology import SeriesFacts, apply_exclusions, compare_firing, compare_groups
from ephys.pharmacology.population.estimates import FoldShift, GroupId50

DOSES = (0.0, 25.0, 50.0, 100.0, 200.0)
ID50S = {
    "r1": 40.0, "r2": 50.0, "r3": 65.0, "r4": 30.0, "t1": 120.0, "t2": 150.0, "t3": 5000.0, "t4": 90.0,
}  # fmt: skip
WIDE, NARROW = "100 to 6000 Hz, zero phase", "300 to 6000 Hz, causal"


def group_of(animal: str) -> str:
    return "control" if animal.startswith("r") else "chronic"


def unit_row(animal: str, band: str) -> dict[str, Any]:
    place = list(ID50S).index(animal)
    return {
        "baseline_rate_hz": 1.0 + 0.1 * place, "baseline_spikes": 200 + place, "cv_collapsed": 0.3 + 0.01 * place,
        "burst_share": 0.05 * (place % 2), "total_ms": 2.4 + 0.02 * place, "band": band, "species": "",
        "multi_unit": False, "preparation": "", "anaesthetic": "", "excluded": "", "final_label": "serotonergic",
    }  # fmt: skip


def found(animal: str, band: str) -> FoundCell:
    """One cell of an animal; that of r4 was unstable."""
    group = group_of(animal)
    facts = SeriesFacts(
        animal, animal, group, "1", "1", "ipsapirone", label="serotonergic", n_doses=4,
        stability="unstable" if animal == "r4" else "stable", fate="undetermined" if animal == "r1" else "held",
    )  # fmt: skip
    record = CellRecord("1", unit_row(animal, band), (), (), (), (facts,))
    session = SessionRecord("key", animal, (), (record,), False, {}, None, 0.0, 600.0, (), ())
    planned = CohortCell(animal, group, "1", (Path(f"{animal}.smr"),), animal, track="1")
    return FoundCell(planned, "1", session, record, (facts,))


def dose_rows(animal: str) -> list[dict[str, Any]]:
    return [
        {"animal": animal, "unit": "1", "group": group_of(animal), "dose": dose, "drug": "ipsapirone", "route": "i.v.",
         "dose_unit": "ug/kg", "exposure_s": 60.0, "count": round(120 / (1 + (dose / ID50S[animal]) ** 2))}
        for dose in DOSES
    ]  # fmt: skip


def answers_of(selection: Selection, cells: list[FoundCell]) -> GroupAnswers:
    rows = [
        {**cell.record.unit_row, "animal": cell.planned.animal, "group": cell.planned.group, "unit": "1"}
        for cell in cells
    ]
    for row in rows:  # the share of spikes in bursts is no column of the table, and slow
        del row["baseline_spikes"]
    return GroupAnswers(selection, "control", (), None, compare_firing(rows, reference="control"))


def analysed(bands: dict[str, str]) -> CohortAnalysis:
    """Eight animals of two groups with a cell each, of which one is left out; a ninth whose only cell failed."""
    cells = tuple(found(animal, bands.get(animal, WIDE)) for animal in ID50S)
    lost = CohortCell("t5", "chronic", "1", (Path("t5.smr"),), "t5")
    animals = tuple(CohortAnimal(Subject(animal, group=group_of(animal))) for animal in (*ID50S, "t5"))
    exclusions = apply_exclusions([one for cell in cells for one in cell.facts])
    return CohortAnalysis(
        Cohort((*(cell.planned for cell in cells), lost), animals), ephys.Settings(), (), cells, exclusions,
        (answers_of("with exclusions", [cell for cell in cells if cell.planned.animal != "r4"]),
         answers_of("without exclusions", list(cells))),
        (SessionFailure("t5", (lost,), "session", "cut short"),), (),
    )  # fmt: skip


@pytest.fixture(scope="module")
def analysis() -> CohortAnalysis:
    return analysed({})


@pytest.fixture(scope="module")
def answered(analysis: CohortAnalysis) -> CohortAnalysis:
    """The same with what is said of the drug."""
    used = [cell.planned.animal for cell in analysis.cells if analysis.exclusions.analysed(cell.facts[0])]
    counts = [row for animal in used for row in dose_rows(animal)]
    shift = compare_groups(counts, reference="control", permutations=10)
    drug = DrugAnswer("ipsapirone", "with exclusions", shift)
    return replace(analysis, answers=(replace(analysis.answers[0], drugs=(drug,)),))


SELECTIONS: tuple[Selection, ...] = ("with exclusions", "without exclusions")


@pytest.mark.parametrize("selection", SELECTIONS)
def test_counts_of_the_groups_are_those_of_the_cohorts_tables(analysis: CohortAnalysis, selection: Selection) -> None:
    tables = ephys.cohort_tables(analysis)
    for row in ephys.group_table(analysis, selection=selection).as_rows():
        animals = tables["animals"][tables["animals"].group == row["group"]]
        assert (row["animals"], row["recorded"]) == (len(animals), animals.recorded.sum())
        assert row["serotonergic"] == animals.serotonergic.sum()
        assert row["tracks"] == (tables["tracks"].group == row["group"]).sum()
        if selection == "with exclusions":
            firing = tables["firing"][tables["firing"].group == row["group"]]
            assert (row["firing"], row["dose_response"]) == (firing.analysed.sum(), animals.analysed.sum())
        else:
            assert row["firing"] == row["dose_response"] == animals.serotonergic.sum()


@pytest.mark.parametrize("selection", SELECTIONS)
def test_firing_of_the_groups_is_that_of_the_cohorts_tables(analysis: CohortAnalysis, selection: Selection) -> None:
    groups = ephys.cohort_tables(analysis)["groups"].query("selection == @selection")
    for row in ephys.group_table(analysis, selection=selection).as_rows():
        for name in ("rate", "cv", "width", "bursting_cells"):
            (told,) = groups[(groups.measure == name) & (groups.group == row["group"])].itertuples()
            assert (row[name], row[f"{name}_low"], row[f"{name}_high"]) == (told.value, told.low, told.high)
            assert (row[f"{name}_animals"], row[f"{name}_cells"]) == (told.animals, told.cells)


@pytest.mark.slow
def test_id50s_and_shifts_are_those_of_the_cohorts_tables(answered: CohortAnalysis) -> None:
    tables = ephys.cohort_tables(answered)
    groups = tables["groups"].query("measure == 'id50'")
    (shift,) = tables["comparisons"].query("measure == 'id50'").itertuples()
    rows = ephys.id50_table(answered).as_rows()
    for row, told in zip(rows, groups.itertuples(), strict=True):
        assert (row["drug"], row["group"], row["status"]) == (told.drug, told.group, told.status)
        assert (row["id50"], row["id50_low"]) == (told.value, told.low)
        assert (row["n_animals"], row["n_cells"]) == (told.animals, told.cells)
        assert row["never_halved"] + row["halved_at_once"] == told.censored
    assert (rows[1]["fold"], rows[1]["fold_low"], rows[1]["fold_high"]) == (shift.value, shift.low, shift.high)
    assert (rows[1]["p"], rows[1]["p_holm"]) == (shift.p, shift.p_holm)
    assert math.isnan(rows[0]["fold"])


@pytest.mark.slow
def test_cells_that_are_left_out_never_halved_or_silent_to_the_end_are_counted_and_told(
    answered: CohortAnalysis,
) -> None:
    table = ephys.id50_table(answered)
    control, chronic = table.as_rows()
    assert (control["left_out"], control["silent_to_the_end"], control["never_halved"]) == (1, 1, 0)
    assert (chronic["left_out"], chronic["silent_to_the_end"], chronic["never_halved"]) == (0, 0, 1)
    notes = " ".join(table.notes)
    assert "ipsapirone, left out: control 1 unstable baseline (1 cell" in notes
    assert "doses 25 to 200 µg/kg; route i.v.; Hill fitted, common to all groups; Emax fixed at 100 %" in notes


def test_what_failed_is_said_beneath(analysis: CohortAnalysis) -> None:
    assert "Not in the table: 1 cell of 1 animal that could not be analysed." in ephys.group_table(analysis).notes


def test_values_are_printed_with_interval_and_n(analysis: CohortAnalysis) -> None:
    table = ephys.group_table(analysis)
    row = table.as_rows()[0]
    printed = table.rows[0][table.columns.index("firing rate (Hz)")]
    assert printed == f"{row['rate']:.2f} ({row['rate_low']:.2f} to {row['rate_high']:.2f}) [3, 3]"
    share = table.rows[0][table.columns.index("bursting cells (%)")]
    assert share.startswith(f"{100 * row['bursting_cells']:.0f} (")


def test_widths_of_two_bands_are_counted_and_never_pooled() -> None:
    table = ephys.group_table(analysed({"r1": NARROW, "t1": NARROW, "t2": NARROW}))
    place = table.columns.index("spike width (ms)")
    assert [row[place] for row in table.rows] == ["not pooled: 2 bands"] * 2
    assert all(math.isnan(row["width"]) for row in table.as_rows())
    assert [row["width_bands"] for row in table.as_rows()] == [
        f"1 cell: {NARROW}; 2 cells: {WIDE}",
        f"2 cells: {NARROW}; 2 cells: {WIDE}",
    ]
    told = f"control 1 cell, chronic 2 cells: {NARROW}; control 2 cells, chronic 2 cells: {WIDE}"
    assert f"Spike width (total_ms), never pooled over bands: {told}." in table.notes


def test_a_cohort_of_which_nothing_was_asked_has_its_counts_and_no_value(analysis: CohortAnalysis) -> None:
    silent = replace(analysis, answers=())
    assert ephys.id50_table(silent).rows == ()
    for row in ephys.group_table(silent).rows:
        assert row[-4:-1] == ("not judged",) * 3
        assert row[3] == "4"


def test_a_drug_that_could_not_be_answered_has_its_cells_and_the_reason(analysis: CohortAnalysis) -> None:
    untold = DrugAnswer("ipsapirone", "with exclusions", None, not_told=("ID50: no cell counts",))
    table = ephys.id50_table(replace(analysis, answers=(replace(analysis.answers[0], drugs=(untold,)),)))
    assert [row[2] for row in table.rows] == ["not told", "not told"]
    assert [row["left_out"] for row in table.as_rows()] == [4, 4]
    assert all(math.isnan(row["id50"]) for row in table.as_rows())
    assert "ipsapirone, not told: ID50: no cell counts." in table.notes


@pytest.mark.parametrize(
    ("value", "low", "high", "told"),
    [
        (73.557, 38.14, 141.6, "73.6 (38.1 to 142)"),
        (300.0, 90.0, 900.0, "300 (90 to > 500)"),
        (700.0, 400.0, 900.0, "> 500 (400 to > 500)"),
        (700.0, 600.0, 900.0, "> 500 (> 500)"),
        (700.0, 410.0, math.inf, "> 500 (at least 410)"),
        (5.0, 0.0, 14.0, "< 25 (at most 14)"),
        (700.0, 0.0, math.inf, "> 500 (no end)"),
    ],
)
def test_an_id50_beyond_the_doses_is_a_bound(value: float, low: float, high: float, told: str) -> None:
    assert GroupId50("a", value, low, high, 25.0, 500.0, "ug/kg", 3, 4, 0, 0.95).cell_text == told


@pytest.mark.parametrize(
    ("low", "high", "withheld", "told"),
    [
        (1.3, 8.5, "", "3.35 (1.3 to 8.5)"),
        (1.3, math.inf, "", "at least 1.3"),
        (0.0, 8.5, "", "at most 8.5"),
        (0.0, math.inf, "", "not determined"),
        (math.nan, math.nan, "2 animals", "3.35 (no interval)"),
    ],
)
def test_a_shift_without_an_end_is_a_bound(low: float, high: float, withheld: str, told: str) -> None:
    assert FoldShift("b", "a", 3.35, low, high, 0.02, 6, 0.95, withheld).cell_text == told


def test_html_is_a_table_whose_names_are_text() -> None:
    table = PaperTable("T < 1.", ("group", "n"), (("<b>", "5"),), ({"n": 5},), ("a & b",))
    assert table.to_html() == table._repr_html_()
    for part in ("<caption>T &lt; 1.</caption>", '<th scope="row">&lt;b&gt;</th><td>5</td>', "a &amp; b", "<tfoot>"):
        assert part in table.to_html()


def test_csv_and_text_have_every_cell() -> None:
    table = PaperTable("T.", ("group", "n"), (("a, b", "5"), ("c", "")), ({"n": 5}, {"n": math.nan}))
    assert table.to_csv() == 'group,n\n"a, b",5\nc,\n'
    assert str(table).splitlines() == ["T.", "group  n", "--------", "a, b   5", "c", "--------"]


def test_names_are_replaced_in_every_text() -> None:
    table = PaperTable("rat", ("rat", "n"), (("rat", "rat"),), ({"animal": "rat", "n": 1},), ("rat",))
    blind = table.relabelled(lambda text: text.replace("rat", "animal 7"))
    assert "rat" not in f"{blind}{blind.to_html()}{blind.as_rows()}"
    assert blind.as_rows() == [{"animal": "animal 7", "n": 1}]


def test_a_row_of_other_length_is_refused() -> None:
    with pytest.raises(ephys.errors.ParameterError, match="row 1 of 'T' has 1 cells for 2 columns"):
        PaperTable("T", ("a", "b"), (("1",),), ({},))
    with pytest.raises(ephys.errors.ParameterError, match="has 1 rows, and numbers for 0"):
        PaperTable("T", ("a",), (("1",),), ())
