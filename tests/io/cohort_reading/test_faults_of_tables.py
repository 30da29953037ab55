"""Everything that is wrong with a cohort's tables is said at once, with row, column and value."""

from __future__ import annotations

import time
from pathlib import Path

import openpyxl
import pytest

from ephys.errors import CohortError
from ephys.io import check_cohort, read_cohort

HEAD = "animal,group,cell,file"


def _write(folder: Path, text: str, name: str = "cohort.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def _faults(folder: Path, text: str, animals: str = "") -> list[str]:
    """What is wrong, without the folder."""
    if animals:
        _write(folder, animals, "animals.csv")
    return [str(f).replace(f"{folder}/", "") for f in check_cohort(_write(folder, text)).faults]


def _column(name: str, value: str) -> str:
    return f"{HEAD},{name}\nr1,control,1,a.smr,{value}\n"


def test_every_fault_of_header_and_rows_is_said_at_once(tmp_path: Path) -> None:
    faults = _faults(
        tmp_path,
        "animal,group,cell,file,depht_um,from_s,to_s,date\n"
        "r1,control,1,a.smr,5,ten,20,2026-02-30\n"
        "?,,2,b.smr,,30,20,03/04/2026\n",
    )
    assert faults == [
        "cohort.csv, row 1: unknown column 'depht_um'; did you mean 'depth_um'? (a column for remarks begins with "
        "'note')",
        "cohort.csv, row 2, column 'from_s': must be a number, without its unit, got 'ten'",
        "cohort.csv, row 2, column 'date': there is no such day; write it as 2026-03-01, got '2026-02-30'",
        "cohort.csv, row 3, column 'animal': must be filled in, got '?'",
        "cohort.csv, row 3, column 'group': must be filled in",
        "cohort.csv, row 3, column 'to_s': must be after from_s, 30 s, got '20'",
        "cohort.csv, row 3, column 'date': may be 2026-04-03 or 2026-03-04; write the one that is meant in this way, "
        "got '03/04/2026'",
    ]  # fmt: skip


def test_read_cohort_raises_all_of_them_a_line_each(tmp_path: Path) -> None:
    with pytest.raises(CohortError) as raised:
        read_cohort(_write(tmp_path, f"{HEAD}\nr1,,1,a\nr2,b,,c\n"))
    assert len(raised.value.faults) == 2
    assert str(raised.value).splitlines()[0] == "the tables of the cohort have 2 faults; correct them first:"
    assert [(f.row, f.column) for f in raised.value.faults] == [(2, "group"), (3, "cell")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("animal,group,cell\nr1,a,1\n", "row 1: missing column 'file'"),
        ("rat,group,cell,file\nr1,a,1,f\n", "unknown column 'rat'; did you mean 'animal'?"),
        (f"{HEAD}\nr1,a,1,f\nr1,a,1,g\n", "row 3, column 'cell': the same animal and cell as row 2, got '1'"),
        (f"{HEAD}\nr1,a,1,f,9\n", "row 2: more cells than columns, the last are '9'"),
        (f"{HEAD}\n", "cohort.csv: has no row below the names of its columns"),
        (f"{HEAD}\nr1,a,1,f | \n", "row 2, column 'file': nothing stands on one side of '|'"),
        (f"{HEAD}\nr1,a,1,f|f\n", "row 2, column 'file': the same is named twice"),
        (_column("unit", "sort 0"), "column 'unit': the units that are sorted are counted from 1, got 'sort 0'"),
        (_column("time", "2 pm"), "column 'time': must be a time of day like 14:05 or 14:05:30, got '2 pm'"),
        (_column("time", "25:00"), "column 'time': must be a time of day"),
        (_column("date", "46082"), "column 'date': is a spreadsheet's number of a day"),
        (_column("date", "2026-03-01 14:05"), "column 'date': must be a date alone"),
        (_column("date", "1.3.26"), "column 'date': must be a date; write it as 2026-03-01, got '1.3.26'"),
        (_column("histology", "yes"), "column 'histology': must be in, out or not recovered"),
        (_column("settings", "rig.toml"), "rig.toml: no such settings file"),
        (_column("curation", "log.json"), "log.json: no such curation log"),
        ("animal,group,cell,file\nr1,all,1,f\nr2,all,1,g\n", "row 2, column 'group': stands for every group together"),
        (_column("doses", "d.csv"), "column 'doses': no such table: d.csv, got 'd.csv'"),
    ],
)
def test_a_cell_that_cannot_be_is_told(tmp_path: Path, text: str, message: str) -> None:
    (fault,) = _faults(tmp_path, text)
    assert message in fault


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("weight_g", "0.31", "must be 1 to 100000, in grams, got '0.31'"),
        ("last_dose_h", "-1", "must be 0 or more, in hours before the recording"),
        ("temperature", "98.6", "must be 0 to 50, in °C, got '98.6'"),
        ("tracks", "1.5", "must be a whole number, got '1.5'"),
        ("histology", "lesioned", "must be in, out or not recovered"),
    ],
)
def test_numbers_of_animals_lie_where_they_can(tmp_path: Path, column: str, value: str, message: str) -> None:
    (fault,) = _faults(tmp_path, f"{HEAD}\nr1,a,1,f\n", f"animal,group,{column}\nr1,a,{value}\n")
    assert fault.startswith(f"animals.csv, row 2, column '{column}': {message}")


@pytest.mark.parametrize(
    ("animals", "message"),
    [
        ("animal,group\n", "animals.csv: has no row below the names of its columns"),
        ("rat,group\nr1,a\n", "animals.csv, row 1: unknown column 'rat'; did you mean 'animal'?"),
        (" \n", "animals.csv: empty, or its first row has no column names"),
    ],
)
def test_a_table_of_animals_that_cannot_be_used_is_one_fault_and_not_one_for_each_animal(
    tmp_path: Path, animals: str, message: str
) -> None:
    (fault,) = _faults(tmp_path, f"{HEAD}\nr1,a,1,f\nr2,a,1,g\n", animals)
    assert fault.startswith(message)


def test_tables_that_are_not_there_are_a_fault_each(tmp_path: Path) -> None:
    check = check_cohort(tmp_path / "no.csv", tmp_path / "none.csv")
    assert [fault.message for fault in check.faults] == ["no such table", "no such table"]
    assert check.notes == ()


def test_a_cold_animal_is_a_note_and_no_fault(tmp_path: Path) -> None:
    _write(tmp_path, "animal,group,temperature\nr1,a,22\n", "animals.csv")
    check = check_cohort(_write(tmp_path, f"{HEAD}\nr1,a,1,f\n"))
    assert (check.faults, check.notes[0]) == ((), f"{tmp_path / 'animals.csv'}, row 2: a temperature of 22 °C")


def test_the_sheet_of_doses_in_the_cohorts_workbook_is_read_where_no_table_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "cohort"
    for row in (
        ["animal", "group", "cell", "file", "doses"],
        ["r1", "a", "1", "f", None],
        ["r2", "a", "1", "g", "d.csv"],
    ):
        book.active.append(row)
    doses = book.create_sheet("doses")
    doses.append(["time_s", "drug", "amount", "unit"])
    path = tmp_path / "study.xlsx"
    (tmp_path / "d.csv").write_text("time_s,drug,amount,unit\n10,saline,1,ml/kg\n")
    book.save(path)
    assert [cell.doses for cell in read_cohort(path).cells] == [None, tmp_path / "d.csv"], "a template's empty sheet"
    doses.append([10, "saline", 1, "ml/kg"])
    book.save(path)
    assert [cell.doses for cell in read_cohort(path).cells] == [path, tmp_path / "d.csv"]


def test_a_row_without_a_dose_table_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "doses.csv").write_text("time_s,drug,amount,unit\n10,saline,1,ml/kg\n")
    check = check_cohort(_write(tmp_path, f"{HEAD},doses\nr1,a,1,f,doses.csv\nr2,a,1,g,\n"))
    assert check.notes[-1] == ("no dose table in row 3: what was given is read from the file itself, if it says so")


def test_a_dose_table_that_nobody_names_is_a_note(tmp_path: Path) -> None:
    cohort = _write(tmp_path, f"{HEAD},doses\nr1,a,1,f,\nr2,a,1,g,\n")
    doses = tmp_path / "doses.csv"
    doses.write_text("time_s,drug,amount,unit\n")
    assert not any("doses.csv" in note for note in check_cohort(cohort).notes), "a template's empty table"
    doses.write_text("time_s,drug,amount,unit\n10,saline,1,ml/kg\n")
    assert check_cohort(cohort).notes[-1].startswith("doses.csv lies beside this table, and no row names it")


# --- rows against each other -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (("", "", "1"), ("", "", "1"), "unit '1' of the same file is the cell of row 2 already"),
        (("", "", ""), ("", "", ""), "the same file, without a unit, is the cell of row 2 already"),
        (("", "600", "1"), ("500", "", "1"), "at a time that is in both"),
        (("500", "", "1"), ("", "600", "1"), "at a time that is in both"),
        (("", "600", "1"), ("600", "", "1"), ""),
        (("", "", "1"), ("", "", "2"), ""),
        (("", "", "sort 1"), ("", "", "sort 2"), ""),
    ],
)
def test_two_cells_are_not_one_unit_at_one_time(
    tmp_path: Path, one: tuple[str, ...], other: tuple[str, ...], clash: str
) -> None:
    rows = [f"r1,a,{n},f.smr,{','.join(part)}" for n, part in enumerate((one, other))]
    faults = _faults(tmp_path, "\n".join([f"{HEAD},from_s,to_s,unit", *rows]))
    assert len(faults) == bool(clash)
    assert all(clash in fault and "row 3" in fault for fault in faults)


def test_what_the_sorter_finds_on_two_wires_are_two_cells(tmp_path: Path) -> None:
    assert _faults(tmp_path, f"{HEAD},wire,unit\nr1,a,1,f,1,sort\nr1,a,2,f,2,sort\n") == []
    (fault,) = _faults(tmp_path, f"{HEAD},wire,unit\nr1,a,1,f,1,x\nr1,a,2,f,2,x\n")
    assert "unit 'x' of the same file is the cell of row 2 already" in fault


def test_a_file_is_no_cell_by_itself_and_part_of_the_same_unit_elsewhere(tmp_path: Path) -> None:
    (fault,) = _faults(tmp_path, f"{HEAD},unit\nr1,a,1,f.smr,1\nr1,a,2,f.smr | g.smr,1\nr1,a,3,g.smr,2\n")
    assert "row 2, column 'file': is a part of the cell of row 3 already, its unit too, got 'f.smr'" in fault


def test_an_animal_has_one_group_in_all_tables(tmp_path: Path) -> None:
    text = f"{HEAD}\nr1,control,1,f\nr1,chronic,2,g\nr1,chronic,3,h\n"
    (fault,) = _faults(tmp_path, text)
    assert "row 3, column 'group': animal 'r1' is of group 'control' in row 2; an animal has one" in fault
    (fault,) = _faults(tmp_path, f"{HEAD}\nr1,chronic,1,f\n", "animal,group\nr1,control\n")
    assert fault.startswith("cohort.csv, row 2, column 'group': animal 'r1' is of group 'control' in row 2 of ")
    assert "animals.csv; an animal has one, got 'chronic'" in fault


@pytest.mark.parametrize(("slip", "told"), [("contol", True), ("Control", True), ("cotnrol", True), ("chronic", False)])
def test_a_group_that_is_nearly_another_is_asked_about_once(tmp_path: Path, slip: str, told: bool) -> None:
    rows = [f"r{n},{slip if n > 3 else 'control'},1,f{n}" for n in range(6)]
    faults = _faults(tmp_path, "\n".join([HEAD, *(rows if told and slip == "Control" else rows[:5])]))
    assert [("did you mean 'control'" in fault) for fault in faults] == [True] * told


def test_groups_that_are_alike_on_purpose_are_left_alone(tmp_path: Path) -> None:
    for pair in (("dose 1", "dose 10"), ("group a", "group b"), ("treated", "untreated"), ("KO", "WT")):
        rows = [f"r{n},{pair[n == 0]},1,f{n}" for n in range(6)]
        assert _faults(tmp_path, "\n".join([HEAD, *rows])) == []


def test_an_animal_that_is_not_in_its_table_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    animals = "animal,group\nrat01,control\nrat02,control\n"
    text = f"{HEAD}\nrat1,control,1,f\nrat1,control,2,g\nrat02,control,1,h\n"
    (fault,) = _faults(tmp_path, text, animals)
    assert "row 2, column 'animal': is not in " in fault
    assert "animals.csv (and 1 more row); did you mean 'rat01'?, got 'rat1'" in fault


def test_without_a_table_of_animals_names_that_differ_by_signs_are_asked_about(tmp_path: Path) -> None:
    (fault,) = _faults(tmp_path, f"{HEAD}\nrat01,a,1,f\nRat_1,a,1,g\nrat11,a,1,h\n")
    assert "row 3, column 'animal': did you mean 'rat01'?" in fault


def test_a_session_has_one_recording_and_a_recording_one_start_and_one_dose_table(tmp_path: Path) -> None:
    for name in ("d1.csv", "d2.csv"):
        _write(tmp_path, "time_s,drug\n1,saline\n", name)
    faults = _faults(
        tmp_path,
        f"{HEAD},session,unit,date,doses\nr1,a,1,f,s,1,2026-03-01,d1.csv\nr1,a,2,g,s,1,,\n"
        "r2,a,1,h,t,1,2026-03-01,d1.csv\nr2,a,2,h,t,2,2026-03-02,d2.csv\n",
    )
    assert [fault.split(", ", 1)[1] for fault in faults] == [
        "row 3, column 'file': session 's' has other files in row 2, got 'g'",
        "row 5, column 'date': the same file has another date in row 4, got '2026-03-02'",
        "row 5, column 'doses': the same session has another table in row 4, got 'd2.csv'",
    ]


def test_cells_of_more_tracks_than_were_made_are_told(tmp_path: Path) -> None:
    text = f"{HEAD},track\nr1,a,1,f,1\nr1,a,2,g,2\n"
    assert _faults(tmp_path, text, "animal,group,tracks\nr1,a,2\n") == []
    (fault,) = _faults(tmp_path, text, "animal,group,tracks\nr1,a,1\n")
    assert fault == "animals.csv, row 2, column 'tracks': its cells are of 2 tracks: 1, 2, got '1'"


@pytest.mark.parametrize(
    ("columns", "rows", "known"),
    [
        ("order", ("1", "2"), True),
        ("date,time", ("2026-03-01,09:00", "2026-03-01,11:00"), True),
        ("date", ("2026-03-01", "2026-03-02"), True),
        ("date", ("2026-03-01", "2026-03-01"), False),
        ("order", ("1", ""), False),
    ],
)
def test_recordings_whose_order_is_not_known_are_a_note(
    tmp_path: Path, columns: str, rows: tuple[str, str], known: bool
) -> None:
    text = f"{HEAD},{columns}\nr1,a,1,f,{rows[0]}\nr1,a,2,g,{rows[1]}\n"
    check = check_cohort(_write(tmp_path, text))
    assert check.faults == ()
    assert any(note.startswith("animal r1 has several recordings without order") for note in check.notes) is not known


# --- files beside the recordings -------------------------------------------------------------------------------------


def test_a_dose_table_is_checked_as_far_as_it_goes_without_the_recording(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "session,time_s,drug,amount,unit,route,role\n"
        "s1,200,ipsapirone,?,ug/kg,iv,agonist\n"
        "s1,,ipsapirone,20,ug/gk,iv,\n"
        "s1,300,ipsapirone,20,ug/kg,ivy,agonst\n",
        "d.csv",
    )
    faults = _faults(tmp_path, f"{HEAD},session,doses\nr1,a,1,f,s1,d.csv\nr1,a,2,g,s01,d.csv\n")
    assert [fault.split(":")[0] for fault in faults] == [
        "d.csv, row 2, column 'amount'", "d.csv, row 3, column 'time_s'", "d.csv, row 3, column 'unit'",
        "d.csv, row 4, column 'role'", "d.csv, row 4, column 'route'", "cohort.csv, row 3, column 'session'",
    ]  # fmt: skip
    assert "is not in the dose table d.csv; did you mean 's1'?, got 's01'" in faults[-1]


def test_a_session_of_a_dose_table_that_no_cell_is_of_is_a_note(tmp_path: Path) -> None:
    _write(tmp_path, "session,time_s,drug\ns1,1,saline\ns7,1,saline\n", "d.csv")
    check = check_cohort(_write(tmp_path, f"{HEAD},session,doses\nr1,a,1,f,s1,d.csv\n"))
    assert "d.csv has sessions that no cell is of: 's7'" in check.notes


def test_settings_that_are_not_understood_are_a_fault_of_every_row_once(tmp_path: Path) -> None:
    _write(tmp_path, "[fit]\nlevle = 0.9\n", "rig.toml")
    rows = "".join(f"r1,a,{n},f{n},rig.toml\n" for n in range(5))
    (fault,) = _faults(tmp_path, f"{HEAD},settings\n{rows}")
    assert "did you mean 'level'" in fault
    assert "(and 4 more rows)" in fault


def test_ten_thousand_rows_are_checked_in_seconds(tmp_path: Path) -> None:
    rows = [f"animal{n // 2:05d}x,control,{n},f{n}.smr,{n}" for n in range(10_000)]
    animals = [f"anmial{n:05d}x,control" for n in range(5_000)]
    table = _write(tmp_path, "\n".join([f"{HEAD},unit", *rows]))
    _write(tmp_path, "\n".join(["animal,group", *animals]), "animals.csv")
    began = time.process_time()
    check = check_cohort(table)
    assert time.process_time() - began < 10.0
    assert len(check.faults) == 5_000
    assert all("did you mean 'anmial" in fault.message for fault in check.faults)
