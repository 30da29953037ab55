"""``ephys cohort``: empty tables, and filled ones checked."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from ephys.cli import app
from ephys.io import check_cohort


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["cohort", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def _study(folder: Path, *rows: str) -> Path:
    (folder / "a.csv").write_text("time_s,unit\n1,x\n2,y\n3,x\n4,y\n")
    (folder / "cohort.csv").write_text("\n".join(["animal,group,cell,file,unit", *rows, ""]))
    return folder / "cohort.csv"


def _filled(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sound_cohort_is_one_line_and_exit_0(tmp_path: Path) -> None:
    (tmp_path / "animals.csv").write_text("animal,group\nr1,control\n")
    code, out, _ = run("check", _study(tmp_path, "r1,control,1,a.csv,x"))
    assert (code, out) == (0, "1 cell of 1 animal in 1 group (control 1), 1 file; no fault\n")


def test_every_fault_is_told_on_its_own_lines_of_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _study(tmp_path, "r1,,1,a.csv,x", "r1,control,2,a.csv,z", "r1,control,3,gone.smr,")
    code, out, _ = run("check", "cohort.csv")
    assert code == 1
    assert max(map(len, out.splitlines())) <= 80
    starts = [line.split(" ")[0] for line in out.splitlines() if not line.startswith("  ")]
    assert starts == ["fault:", "fault:", "problem:", "note:", "note:", "2"]
    assert out.endswith("\n2 faults, 1 problem\n")


def test_without_opening_only_the_tables_are_checked(tmp_path: Path) -> None:
    table = _study(tmp_path, "r1,control,1,a.csv,z")
    assert run("check", table, "--no-open")[0] == 0
    assert run("check", table)[0] == 1


def test_json_has_each_fault_in_its_parts(tmp_path: Path) -> None:
    code, out, _ = run("check", _study(tmp_path, "r1,control,1,a.csv,z"), "--json")
    assert code == 1
    told = json.loads(out)
    assert (told["ok"], told["opened"], told["problems"]) == (False, 1, [])
    (fault,) = told["faults"]
    assert (fault["row"], fault["column"], fault["value"]) == (2, "unit", "z")


def test_a_template_has_every_column_and_replaces_nothing(tmp_path: Path) -> None:
    code, out, _ = run("template", tmp_path / "study")
    assert code == 0
    assert "ephys cohort check" in out
    for name, columns in (("cohort", ("animal", "curation")), ("animals", ("animal", "tracks")), ("doses", ("drug",))):
        (head,) = (tmp_path / "study" / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()
        assert set(columns) < set(head.split(","))
    (tmp_path / "study" / "animals.csv").write_text("mine")
    code, _, err = run("template", tmp_path / "study")
    assert code == 1
    assert "there already" in err
    assert (tmp_path / "study" / "animals.csv").read_text() == "mine"


def test_a_workbook_offers_the_choices_and_is_read_back(tmp_path: Path) -> None:
    assert run("template", tmp_path, "--excel")[0] == 0
    book = load_workbook(tmp_path / "cohort.xlsx")
    assert book.sheetnames == ["cohort", "animals", "doses"]
    (offered,) = book["animals"].data_validations.dataValidation
    assert offered.formula1 == '"in,out,not recovered"'
    book["cohort"].append(["r1", "control", "1", "a.smr"])
    book["cohort"]["R2"] = "not recovered"
    book["animals"].append(["r1", "control", "f"])
    book.save(tmp_path / "cohort.xlsx")
    cohort = check_cohort(tmp_path / "cohort.xlsx").cohort
    assert cohort is not None
    assert cohort.cells[0].histology == "not recovered"
    assert cohort.animals[0].subject.sex == "f"


def test_a_template_from_recordings_has_a_row_per_unit_and_asks_for_animal_and_group(tmp_path: Path) -> None:
    raw = tmp_path / "raw" / "day 1"
    raw.mkdir(parents=True)
    (raw / "b.csv").write_text("time_s,unit\n1,x\n2,y\n3,x\n4,y\n")
    (raw / "doses.csv").write_text("time_s,drug,amount,unit\n1,ipsapirone,20,ug/kg\n")
    (raw / "broken.smr").write_text("no recording")
    code, out, err = run("template", tmp_path / "study", "--from", tmp_path / "raw")
    assert code == 0
    assert "2 rows; a ? must be replaced" in out
    assert "passed over" in err
    assert "broken.smr" in err
    assert "doses.csv" not in err
    rows = _filled(tmp_path / "study" / "cohort.csv")
    assert [(row["animal"], row["group"], row["cell"], row["file"], row["unit"]) for row in rows] == [
        ("?", "?", "b_x", "../raw/day 1/b.csv", "x"), ("?", "?", "b_y", "../raw/day 1/b.csv", "y"),
    ]  # fmt: skip
    check = check_cohort(tmp_path / "study" / "cohort.csv", open_files=True)
    *asked, empty = sorted(
        {(Path(fault.table).name, fault.column, fault.value) for fault in check.faults}, reverse=True
    )
    assert asked == [("cohort.csv", "group", "?"), ("cohort.csv", "animal", "?")]
    assert empty == ("animals.csv", "", "")
    assert check.problems == ()


def test_a_folder_of_recordings_that_is_not_there_is_said(tmp_path: Path) -> None:
    code, _, err = run("template", tmp_path / "study", "--from", tmp_path / "nowhere")
    assert (code, "no such folder of recordings" in err) == (1, True)
    assert not (tmp_path / "study").exists()
