"""The user's codes beside ours, the codes made wrong on purpose: the table, the flags and the ID50s say so."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ephys.analysis import AgreementRow, SessionAnalysis
from ephys.batch.jobs import SessionJob
from ephys.batch.recording import record_of
from ephys.cli.summary import summary_table, summary_values
from ephys.io import collect_provenance, fits_table, units_table, write_results
from ephys.io.results import AGREEMENT_COLUMNS
from ephys.model import CohortCell, Epoch, Session, Unit
from ephys.model.unit_parts import choose_spikes
from ephys.pharmacology import apply_exclusions
from ephys.pipeline import analyse_session, classify_session, gathering
from ephys.pipeline.agreeing import apart
from ephys.pipeline.gathering import gather_units
from ephys.report.tables import agreement_tables
from ephys.settings import Settings
from ephys.simulation import CellSpec, simulate_session
from ephys.sorting import compare_sortings, sort_units

TRUE_ID50 = 80.0
CHANGE_S = 400.0
CELLS = (CellSpec(name="a", cell_type="serotonergic", rate_hz=2.0, amplitude_uv=160.0),)
SIMULATED = simulate_session(3, cells=CELLS)
SESSION, (TRUTH,) = SIMULATED.session, SIMULATED.truth
BOTH = Settings().override("analysis.units", "both")


@pytest.fixture(scope="module")
def found() -> Sequence[Unit]:
    assert SESSION.recording is not None
    return sort_units(SESSION.recording)


def _code(kept: np.ndarray, name: str, by_s: float = 0.0) -> Unit:
    times = TRUTH.times_s[kept] + by_s
    return Unit.from_times(times, support=SESSION.support, id=name, origin="wavemark")


EARLY = TRUTH.times_s < CHANGE_S


@pytest.fixture(scope="module")
def changed(found: Sequence[Unit]) -> SessionAnalysis:
    """Code 1 until 400 s, 2 from then on, both marked 0.9 ms before the peak."""
    codes = (_code(EARLY, "1", -0.0009), _code(~EARLY, "2", -0.0009))
    return analyse_session(replace(SESSION, units=codes), BOTH, found=found)


def _row(analysis: SessionAnalysis, name: str) -> AgreementRow:
    return next(row for row in analysis.agreement if row.match.reference == name)


def test_a_code_that_ends_counterfeits_inhibition_and_its_id50_says_so(changed: SessionAnalysis) -> None:
    row = _row(changed, "1")
    assert row.own is not None
    assert row.found is not None
    (wrong,), (right,) = row.own.fits, row.found.fits
    assert wrong.id50_high < TRUE_ID50
    assert right.id50_low < TRUE_ID50 < right.id50_high
    assert row.own.id50_text.endswith("code ends at 400 s, not the cell")
    assert "not the cell" not in row.found.id50_text
    assert row.own.flags[0].startswith(f"unit {row.match.found} in the file: 1 until 400.")
    assert "no evidence of inhibition: ipsapirone (31.25 µg/kg, 62.5 µg/kg," in row.own.flags[0]
    assert row.own.flags[0].endswith("units 1 and 2 merged into 1 (curation)")


def test_the_code_that_begins_has_no_baseline_and_is_told_why(changed: SessionAnalysis) -> None:
    row = _row(changed, "2")
    assert row.own is not None
    assert "(baseline, saline, 15.625 µg/kg" in row.own.flags[0]
    assert row.match.found == _row(changed, "1").match.found


def test_our_unit_and_the_session_are_told_of_the_change_and_the_offset(changed: SessionAnalysis) -> None:
    row = _row(changed, "1")
    assert row.found is not None
    assert any("1 until 400." in flag and "two in one unit" in flag for flag in row.found.flags)
    assert any("see the flags of 1 and 2" in note for note in changed.notes)
    assert any(text.startswith("marks 0.9") and "before the peak" in text for text in row.match.differs)
    assert row.match.lag_s == pytest.approx(0.0009, abs=0.0002)


def test_table_report_summary_and_notebook_say_the_same(changed: SessionAnalysis, tmp_path: Path) -> None:
    provenance = collect_provenance(changed, command="ephys analyse")
    write_results(changed, tmp_path, provenance=provenance)
    table = pd.read_csv(tmp_path / "agreement.csv", keep_default_na=False, dtype=str)
    assert tuple(table.columns) == AGREEMENT_COLUMNS
    row, first = _row(changed, "1"), table.iloc[0]
    assert row.own is not None
    assert row.found is not None
    assert (first["id50_text"], first["found_id50_text"]) == (row.own.id50_text, row.found.id50_text)
    assert (first["call"], first["found_call"]) == (row.own.call, row.found.call)
    assert first["code_changes"] == row.changes[0].text
    assert float(first["lag_ms"]) == pytest.approx(0.9, abs=0.2)
    page, notebook = str(agreement_tables(changed.agreement)), changed.agreement._repr_html_()
    for text in (row.own.id50_text, row.found.id50_text, row.changes[0].text):
        assert text in page
        assert text in notebook
    terminal = " ".join(summary_table(changed, Path("report.html")).split())
    assert f"ID50 from the file's unit: {row.own.id50_text}" in terminal
    assert f"ID50 from the sorting here: {row.found.id50_text}" in terminal
    told = json.loads(json.dumps(summary_values(changed, Path("report.html"))))["agreement"][0]
    assert told["differs"][0] == row.changes[0].text


def test_a_cohort_is_told_of_the_half_codes_and_of_the_unit_that_goes_on(changed: SessionAnalysis) -> None:
    cell = CohortCell("r1", "control", "1", (Path("s1.smr"),))
    job = SessionJob("s1", "s1", cell.files, math.nan, math.nan, None, None, BOTH, (cell,))
    record = record_of(job, "key", changed.session, changed, sources=(), sorted_anew=True)
    ours = _row(changed, "1").match.found
    assert record.parts == {"1": ours, "2": ours}
    facts = {one.unit: one.facts[0] for one in record.cells}
    assert facts["1"].code_change.startswith(f"code ends at 400 s, not the cell; unit {ours} in the file: 1 until 400.")
    assert facts["1"].code_change.endswith("spikes)")
    assert facts[ours].code_change == ""
    rules = {name: apply_exclusions([replace(facts[name], animal="r1")]).rows for name in facts}
    assert "code_change" in {row.rule for row in rules["1"]}
    assert "code_change" not in {row.rule for row in rules[ours]}
    for table in (units_table(changed), fits_table(changed)):
        told = dict(zip(table["unit"], table["code_change"], strict=True))
        assert (told["1"], told[ours]) == ("code ends at 400 s, not the cell", "")


@pytest.fixture(scope="module")
def suspected() -> Session:
    """Codes 1 and 2 are one cell with its shapes, and there is no voltage to tell."""
    session = simulate_session(1, with_voltage=False).session
    cell = session.units[0]
    early = cell.times_s < CHANGE_S
    return replace(session, units=(choose_spikes(cell, early, "1"), choose_spikes(cell, ~early, "2")))


def test_a_suspicion_stands_beside_the_id50_and_leaves_nothing_out(suspected: Session) -> None:
    analysis = analyse_session(suspected)
    first, second = analysis.cells
    assert first.id50_text.endswith("µg/kg, suspected: code ends at 400 s and goes on as 2")
    assert second.suspected_change == "suspected: code begins at 400 s and was 1 before"
    assert {first.code_change, second.code_change} == {""}
    assert set(fits_table(analysis)["code_change"]) == {""}
    cell = CohortCell("r1", "control", "1", (Path("s1.txt"),))
    job = SessionJob("s1", "s1", cell.files, math.nan, math.nan, None, None, Settings(), (cell,))
    record = record_of(job, "key", suspected, analysis, sources=(), sorted_anew=False)
    assert record.parts == {}
    facts = [replace(one, animal="r1") for cell in record.cells for one in cell.facts]
    assert "code_change" not in {row.rule for row in apply_exclusions(facts).rows}


def test_the_call_of_a_code_that_changes_is_told_of_it_found_or_suspected(
    suspected: Session, found: Sequence[Unit], monkeypatch: pytest.MonkeyPatch
) -> None:
    within = Epoch(0.0, 180.0)
    (note,) = [text for text in classify_session(suspected, within=within).notes if "the silence of" in text]
    assert note.startswith("1 ends where 2, of the same shape, begins, at 400.")
    assert note.endswith("the silence of 1 from then on and 2 until then may not be the cell's")
    monkeypatch.setattr(gathering, "sort_units", lambda *_, **__: found)
    codes = replace(SESSION, units=(_code(EARLY, "1"),))
    (note,) = [text for text in classify_session(codes, BOTH).notes if "the silence of" in text]
    assert "in the file: 1 until 400." in note
    assert note.endswith("; the silence of 1 from then on is not the cell's")


def test_the_correction_that_is_suggested_gives_the_id50_of_the_cell(
    changed: SessionAnalysis, found: Sequence[Unit]
) -> None:
    log = changed.curation.signed("A. Name").merge("1", "2", reason="one cell: the code changes")
    merged = analyse_session(changed.session, BOTH, curation=log, found=found)
    row = _row(merged, "1")
    assert row.changes == ()
    assert row.accuracy > 0.95
    assert row.own is not None
    assert row.own.fits[0].id50_low < TRUE_ID50 < row.own.fits[0].id50_high
    assert row.own.code_change == ""


def test_a_code_that_ends_for_good_is_restricted_and_has_no_false_silence(found: Sequence[Unit]) -> None:
    session = replace(SESSION, units=(_code(EARLY, "1"),))
    before = analyse_session(session, BOTH, found=found)
    cell = before.cells[0]
    (change,) = before.agreement[0].changes
    assert (change.before, change.after) == ("1", "")
    assert "not sorted from then on" in cell.flags[0]
    log = before.curation.signed("A. Name").restrict("1", 0.0, change.high_s, reason="the code ends")
    after = analyse_session(session, BOTH, curation=log, found=found)
    assert after.agreement[0].changes == ()
    windows = [window for fit in after.cells[0].fits for window in fit.windows]
    assert not [window for window in windows if window.covered_s > 0 and window.epoch.start_s > CHANGE_S]


def test_names_of_the_file_and_of_the_sorting_never_collide(found: Sequence[Unit]) -> None:
    name = found[0].id
    codes = (_code(EARLY | ~EARLY, name), _code(TRUTH.times_s < 0, f"sorted {name}"))
    units = gather_units(replace(SESSION, units=codes), BOTH, found=found)
    names = [unit.id for unit in units]
    assert len(set(names)) == len(names) == 2 + len(found)
    assert names[2] == f"sorted sorted {name}"


def test_units_that_ephys_had_sorted_before_are_the_files_own_beside_a_new_sorting(found: Sequence[Unit]) -> None:
    units = gather_units(replace(SESSION, units=tuple(found)), BOTH, found=found)
    own, ours = apart(units)
    assert [match.accuracy for match in compare_sortings(own, ours)] == [1.0] * len(found)
    assert {unit.origin for unit in own} == {"file"}


def test_every_column_of_the_table_is_described() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "tables.md").read_text(encoding="utf-8")
    section = page[page.index("### `agreement.csv`") : page.index("### `fits.csv`")]
    assert not [column for column in AGREEMENT_COLUMNS if f"`{column}`" not in section]


def test_what_another_sorter_found_here_is_not_taken_for_the_files_own(found: Sequence[Unit]) -> None:
    theirs = [replace(unit, origin="sort: simple 1.0 (SpikeInterface 0.105.3)") for unit in found]
    codes = (_code(EARLY, "1"), _code(~EARLY, "2"))
    analysis = analyse_session(replace(SESSION, units=codes), BOTH, found=theirs)
    assert [row.match.reference for row in analysis.agreement if row.match.reference] == ["1", "2"]
    assert _row(analysis, "1").match.found
    assert any(change.seen == "codes" for change in _row(analysis, "1").changes)
