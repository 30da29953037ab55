"""A cohort's recordings, opened: units, wires, doses and times against what is in the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ephys.io import check_cohort, write_nwb
from ephys.model import DoseProtocol, Epoch, Recording, Session, Support

HEAD = "animal,group,cell,file"


def _study(folder: Path, *rows: str, head: str = HEAD) -> Path:
    """A cohort whose two recordings are spike times."""
    (folder / "one.csv").write_text("time_s,unit\n" + "".join(f"{t},1\n" for t in range(1, 601)))
    two = "".join(f"{t},{'ab'[t % 2]}\n" for t in range(1, 601))
    (folder / "two.csv").write_text(f"time_s,unit\n{two}")
    (folder / "cohort.csv").write_text("\n".join([head, *rows, ""]))
    return folder / "cohort.csv"


def _faults(table: Path) -> list[str]:
    check = check_cohort(table, open_files=True)
    assert check.problems == ()
    return [str(fault).replace(f"{table.parent}/", "") for fault in check.faults]


def test_a_sound_study_is_said_to_be_one(tmp_path: Path) -> None:
    table = _study(tmp_path, "r1,a,1,one.csv,", "r1,a,2,two.csv,a", "r2,b,1,two.csv,b", head=f"{HEAD},unit")
    check = check_cohort(table, open_files=True)
    assert check.ok
    assert check.summary == "3 cells of 2 animals in 2 groups (a 2, b 1), 2 files; no fault"
    assert check.opened == 2


def test_a_unit_that_is_not_in_the_file_is_told_with_those_that_are(tmp_path: Path) -> None:
    table = _study(
        tmp_path, "r1,a,1,two.csv,c", "r1,a,2,one.csv,sort", "r1,a,3,two.csv,", head=f"{HEAD},unit"
    )  # fmt: skip
    assert _faults(table) == [
        "cohort.csv, row 2, column 'unit': two.csv has no such unit; its units are 'b', 'a', got 'c'",
        "cohort.csv, row 4, column 'unit': must name one: two.csv has no voltage to sort; its units are 'b', 'a'",
        "cohort.csv, row 3, column 'unit': one.csv has no voltage to sort; its units are '1', got 'sort'",
    ]


def test_a_part_of_the_file_lies_in_it(tmp_path: Path) -> None:
    table = _study(
        tmp_path, "r1,a,1,one.csv,,900", "r1,a,2,two.csv,-50,300,a", "r1,a,3,two.csv,0,600.5,b",
        head=f"{HEAD},from_s,to_s,unit",
    )  # fmt: skip
    faults = _faults(table)
    assert [fault.split(" (")[0] for fault in faults] == [
        "cohort.csv, row 2, column 'to_s': the recording ends at 600 s",
        "cohort.csv, row 3, column 'from_s': the recording begins at 0 s, got '-50'",
    ]


def test_a_dose_after_the_end_is_a_fault_of_the_dose_table_once(tmp_path: Path) -> None:
    table = _study(
        tmp_path, "r1,a,1,two.csv,a,d.csv", "r1,a,2,two.csv,b,d.csv", head=f"{HEAD},unit,doses"
    )  # fmt: skip
    (tmp_path / "d.csv").write_text("time_s,drug,amount,unit\n700,ipsapirone,20,ug/kg\n")
    (fault,) = _faults(table)
    assert fault.startswith("d.csv, row 2, column 'time_s': 700 s is after the end of the recording")


def test_what_is_odd_in_a_dose_table_is_a_note_once(tmp_path: Path) -> None:
    table = _study(tmp_path, "r1,a,1,two.csv,a,d.csv", "r1,a,2,two.csv,b,d.csv", head=f"{HEAD},unit,doses")
    given = ("100,ipsapirone,20,ug/kg", "200,ipsapirone,20,ug/kg", "300,ipsapirone,40,mg/kg", "400,ipsapirona,80,ug/kg")
    (tmp_path / "d.csv").write_text(
        "\n".join(("time_s,drug,amount,unit,dose_kind", *(f"{row},increment" for row in given)))
    )
    check = check_cohort(table, open_files=True)
    assert check.ok
    assert [note for note in check.notes if note.startswith("d.csv")] == [
        "d.csv, row 5: 'ipsapirona' is no known compound; did you mean ipsapirone?",
        "d.csv, row 5: 'ipsapirona' is nearly 'ipsapirone' of another row; are they one?",
        "d.csv, row 4: 40 mg/kg of ipsapirone, elsewhere in ug/kg; is it meant?",
        "d.csv: 'ipsapirona' is not in the table of compounds and has no role: it counts as agonist",
    ]


def test_a_dose_in_millilitres_takes_the_weight_of_the_table_of_animals(tmp_path: Path) -> None:
    table = _study(tmp_path, "r1,a,1,one.csv,d.csv", head=f"{HEAD},doses")
    (tmp_path / "d.csv").write_text(
        "time_s,drug,amount,unit,concentration,concentration_unit\n100,ipsapirone,0.1,ml,50,ug/ml\n"
    )
    (fault,) = _faults(table)
    assert "d.csv, row 2, column 'unit': ml needs the animal's weight" in fault
    (tmp_path / "animals.csv").write_text("animal,group,weight_g\nr1,a,310\n")
    assert _faults(table) == []


def test_a_session_that_its_dose_table_lacks_is_a_fault_of_the_row(tmp_path: Path) -> None:
    table = _study(tmp_path, "r1,a,1,one.csv,d.csv", head=f"{HEAD},doses")
    (tmp_path / "d.csv").write_text("session,time_s,drug\nother,100,saline\n")
    (fault,) = _faults(table)
    assert "cohort.csv, row 2, column 'doses': no row for session 'one'; the table has other (one.csv)" in fault


def test_missing_empty_and_unreadable_recordings_are_problems_beside_the_rest(tmp_path: Path) -> None:
    table = _study(
        tmp_path, "r1,a,1,gone.smr", "r1,a,2,empty.smr", "r1,a,3,bad.smr", "r1,a,4,gone.smr,2", "r2,b,1,one.csv",
        head=f"{HEAD},unit",
    )  # fmt: skip
    (tmp_path / "empty.smr").touch()
    (tmp_path / "bad.smr").write_text("this is no recording")
    check = check_cohort(table, open_files=True)
    assert check.faults == ()
    assert check.cohort is not None
    assert not check.ok
    told = [(problem.row, Path(problem.file).name, problem.reason) for problem in check.problems]
    assert told[:2] == [(2, "gone.smr", "no such file (and 1 more row)"), (3, "empty.smr", "empty (0 bytes)")]
    assert told[2][:2] == (4, "bad.smr")
    assert "damaged" in told[2][2]
    assert check.summary == "5 cells of 2 animals in 2 groups (a 4, b 1), 4 files; 3 problems"


def test_faults_of_the_tables_do_not_hide_those_of_the_recordings(tmp_path: Path) -> None:
    table = _study(tmp_path, "r1,,1,one.csv,7", head=f"{HEAD},unit")
    assert [fault.split(":")[0] for fault in _faults(table)] == [
        "cohort.csv, row 2, column 'group'", "cohort.csv, row 2, column 'unit'",
    ]  # fmt: skip


def test_settings_of_a_row_are_used_to_open_its_file(tmp_path: Path) -> None:
    table = _study(tmp_path, "r1,a,1,one.csv,700,s.toml", head=f"{HEAD},to_s,settings")
    (tmp_path / "s.toml").write_text("[reading]\nstop_s = 720.0\n")
    assert _faults(table) == []


def test_a_wire_is_looked_for_and_no_voltage_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voltage = Recording.from_array(np.zeros((20_000, 1)), sampling_hz=20_000.0, channel_names=("wire",))
    write_nwb(Session("v", DoseProtocol((), Support.of(Epoch(0.0, 1.0))), recording=voltage), tmp_path / "v.nwb")
    monkeypatch.setattr(Recording, "read", lambda *_: pytest.fail("voltage was read"))
    table = _study(tmp_path, "r1,a,1,v.nwb,wire,sort 2", "r1,a,2,v.nwb,other,sort", head=f"{HEAD},wire,unit")
    check = check_cohort(table, open_files=True)
    assert check.faults == ()
    (problem,) = check.problems
    assert problem.row == 3
    assert "'other'" in problem.reason


def test_a_date_other_than_the_files_is_a_note(sample_data: Path, tmp_path: Path) -> None:
    file = sample_data / "cohort" / "rat02_1.nwb"
    if not file.is_file():
        pytest.skip("no sample data here: run make sample-data")
    table = _study(tmp_path, f"r1,a,1,{file},2026-03-01", head=f"{HEAD},date")
    (note,) = [n for n in check_cohort(table, open_files=True).notes if n.startswith("row 2")]
    assert note.startswith("row 2: 2026-03-01 holds, though ")
    assert note.endswith("says that it began on 2000-01-02")


def test_a_cell_that_spans_files_need_not_fire_in_each(tmp_path: Path) -> None:
    table = _study(
        tmp_path, "r1,a,1,one.csv | two.csv,1", "r1,a,2,two.csv | one.csv,c", head=f"{HEAD},unit"
    )  # fmt: skip
    (fault,) = _faults(table)
    assert "row 3, column 'unit': two.csv | one.csv has no such unit; its units are 'b', 'a', '1'" in fault


def test_sample_sessions_hold_what_their_rows_say(sample_data: Path, tmp_path: Path) -> None:
    if not (sample_data / "cohort").is_dir():
        pytest.skip("no sample data here: run make sample-data")
    head, *rows = (sample_data / "cohort.csv").read_text().splitlines()
    beside = "\n".join([head, *rows[:3]]).replace("cohort", f"{sample_data}/cohort")
    (tmp_path / "cohort.csv").write_text(beside)
    check = check_cohort(tmp_path / "cohort.csv", sample_data / "animals.csv", open_files=True)
    assert (check.ok, check.opened) == (True, 2)
