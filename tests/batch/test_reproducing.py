"""Results are made again from their files, and every value is held against what was written."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.batch.table_differences import compare_tables
from ephys.cli import app
from ephys.errors import FileFormatError, ParameterError

Replace = Callable[[Path, str, str], None]


def reproduce(results: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["reproduce", str(results), "--jobs", "1", *options])
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture
def small_folder(done_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cohort with results, whose sessions are taken from the records and not made again: for speed."""
    from ephys.batch import analysing

    plain, kept = analysing.Store, done_folder.parent / "kept"
    shutil.copytree(done_folder / "results" / ".records", kept)
    monkeypatch.setattr(analysing, "Store", lambda _: plain(kept))
    return done_folder


def test_results_are_reproduced_without_what_was_kept(done_folder: Path, tmp_path: Path) -> None:
    for record in (done_folder / "results" / ".records").iterdir():
        record.write_bytes(b"not to be used")
    moved = done_folder.rename(tmp_path / "elsewhere")
    before = {path: path.stat().st_mtime_ns for path in moved.rglob("*")}
    code, out = reproduce(moved / "results")
    assert code == 0
    n_values = sum(table.size for table in ephys.read_tables(moved / "results").values())
    assert f"results: {n_values} values of 14 tables agree to the last bit" in out
    assert "input:" not in out
    assert "version:" not in out
    assert {path: path.stat().st_mtime_ns for path in moved.rglob("*")} == before


def test_a_report_that_somebody_altered_is_named(small_folder: Path, replaced: Replace) -> None:
    report = small_folder / "results" / "report.html"
    replaced(report, '<h2 id="summary-title">Summary</h2>', '<h2 id="summary-title">Found</h2>')
    code, out = reproduce(small_folder / "results")
    assert code == 0
    assert f"input: {report}: changed since" in out


def test_an_input_that_was_changed_is_named_with_what_it_does(small_folder: Path, replaced: Replace) -> None:
    replaced(small_folder / "doses.csv", "s1,120,ipsapirone,20", "s1,120,ipsapirone,30")
    (small_folder / "s0.csv").unlink()
    code, out = reproduce(small_folder / "results")
    assert code == 1
    assert f"input: {small_folder / 'doses.csv'}: changed since" in out
    assert f"input: {small_folder / 's0.csv'}: missing" in out
    found = ephys.reproduce_cohort(small_folder / "results", jobs=1)
    assert not found.agrees
    rows = {(one.table, one.column, one.before, one.after) for one in found.differences}
    assert ("units", "", "a row", None) in rows
    assert ("failures", "", None, "a row") in rows
    assert any(one.table == "responses" and "s1" in one.row for one in found.differences)
    assert len(f"{found}".splitlines()) == 1 + len(found.inputs) + 10 + 1


def test_a_table_that_was_edited_is_named_to_the_value(small_folder: Path) -> None:
    table = small_folder / "results" / "fits.csv"
    fits = pd.read_csv(table, dtype="str", keep_default_na=False)
    before = float(fits.loc[0, "id50"])
    fits.loc[0, "id50"] = f"{before * 1.001!r}"
    fits.to_csv(table, index=False, lineterminator="\n")
    found = ephys.reproduce_cohort(small_folder / "results", jobs=1)
    (one,) = found.differences
    assert (one.table, one.column, one.after) == ("fits", "id50", before)
    assert one.row.startswith("s0 r0 control c0 1 ipsapirone")
    assert one.size == pytest.approx(0.001, rel=0.01)
    assert found.inputs == (f"{table}: changed since",)
    assert f"fits, {one.row}, id50: {one.before} before, {before} now (0.1 %)" in f"{found}"
    near = ephys.reproduce_cohort(small_folder / "results", jobs=1, tolerance=0.002)
    assert near.agrees
    assert "agree within 0.002 of each number" in f"{near}"


def test_other_versions_are_told(small_folder: Path) -> None:
    file = small_folder / "results" / "provenance.json"
    stated = json.loads(file.read_text())
    stated["packages"]["numpy"] = "1.0"
    stated["code"] = "ephys of another day"
    file.write_text(json.dumps(stated))
    code, out = reproduce(small_folder / "results", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["agrees"] is True
    assert [text.partition(" then")[0] for text in told["versions"]] == [
        "numpy 1.0",
        "code of ephys ephys of another day",
    ]


def test_what_cannot_be_reproduced_says_why(done_folder: Path, tmp_path: Path) -> None:
    results = done_folder / "results"
    with pytest.raises(ParameterError, match=r"tolerance must be 0 or more, got -1"):
        ephys.reproduce_cohort(results, tolerance=-1)
    (done_folder / "cohort.csv").unlink()
    stated = json.loads((results / "provenance.json").read_text())
    stated["cohort"][0]["absolute"] = str(tmp_path / "gone.csv")
    (results / "provenance.json").write_text(json.dumps(stated))
    code, out = reproduce(results)
    assert code == 1
    assert "and it is neither at" in out
    (results / "provenance.json").write_text("{}")
    with pytest.raises(FileFormatError, match=r"not of a cohort's results"):
        ephys.reproduce_cohort(results)
    (results / "provenance.json").write_text("{")
    with pytest.raises(FileFormatError, match=r"damaged"):
        ephys.reproduce_cohort(results)
    with pytest.raises(FileFormatError, match=r"no whole results of a cohort"):
        ephys.reproduce_cohort(tmp_path)


def test_rows_are_compared_by_what_they_are_of() -> None:
    rows = {"session": ["s1", "s2"], "drug": ["x", "x"], "id50": [1.0, math.nan], "used": [True, None]}
    before = pd.DataFrame(rows)
    assert compare_tables({"fits": before}, {"fits": before.iloc[::-1]}) == ()
    after = pd.DataFrame({**rows, "id50": [1.0, 2.0], "note": ["", "new"]})
    found = compare_tables({"fits": before}, {"fits": after, "units": before})
    assert [(one.table, one.row, one.column, one.before, one.after) for one in found][-1] == (
        "units", "all rows", "", None, "a table"
    )  # fmt: skip
    assert [(one.row, one.column) for one in found[:-1]] == [("s1 x", "note"), ("s2 x", "id50"), ("s2 x", "note")]
    assert all(math.isinf(one.size) for one in found)
    assert f"{found[1]}" == "fits, s2 x, id50: nothing before, 2.0 now"


def test_the_largest_difference_comes_first_and_twins_are_told_apart() -> None:
    before = pd.DataFrame({"session": ["s1", "s1", "s1"], "count": [100.0, 100.0, 0.0]})
    after = before.assign(count=[101.0, 200.0, 0.0])
    found = compare_tables({"responses": before}, {"responses": after})
    assert [(one.row, one.size) for one in found] == [("s1 (2)", 0.5), ("s1", pytest.approx(1 / 101))]
