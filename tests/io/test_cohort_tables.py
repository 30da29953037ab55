"""Tables of a cohort: what they hold as nouns."""

from __future__ import annotations

import math
import pickle
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from ephys.errors import CohortError
from ephys.io import check_cohort, read_animals, read_cohort, read_truth
from ephys.model import CohortCell

CELLS = ("animal", "group", "cell", "file")


def _table(folder: Path, *rows: str, head: str = "animal,group,cell,file", name: str = "cohort.csv") -> Path:
    table = folder / name
    table.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return table


def _cell(folder: Path, **typed: str) -> CohortCell:
    """The only cell of a table with more columns."""
    table = _table(
        folder, ",".join(["r1,control,1,r1.smr", *typed.values()]), head=",".join([*CELLS, *typed])
    )  # fmt: skip
    return read_cohort(table).cells[0]


def test_a_cohort_keeps_remarks_and_finds_files_beside_the_table(tmp_path: Path) -> None:
    table = _table(
        tmp_path, "r1,control,1,raw/r1.smr,5400,midline", head="animal,group,cell,file,depth_um,Note on track"
    )
    (cell,) = read_cohort(table).cells
    assert cell.files == (tmp_path / "raw" / "r1.smr",)
    assert cell.depth_um == 5400.0
    assert math.isnan(cell.from_s)
    assert cell.doses is None
    assert cell.exclude == ""
    assert cell.notes == {"note on track": "midline"}
    assert cell.row == 2


def test_a_cell_may_span_files_and_its_electrode_wires(tmp_path: Path) -> None:
    table = _table(
        tmp_path, "r1,control,1,a.smr | sub/../b.smr,1 | 2", head="animal,group,cell,file,wire"
    )  # fmt: skip
    (cell,) = read_cohort(table).cells
    assert cell.files == (tmp_path / "a.smr", tmp_path / "b.smr")
    assert cell.wires == ("1", "2")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1", "1"), ("Sort", "sort"), ("sort2", "sort 2"), ("SORT 12", "sort 12"), ("sorted", "sorted")],
)
def test_a_unit_is_a_name_or_what_the_sorter_finds(tmp_path: Path, typed: str, meant: str) -> None:
    assert _cell(tmp_path, unit=typed).unit == meant


@pytest.mark.parametrize("typed", ["2026-03-01", "01.03.2026", "1.3.2026", "2026/03/01", "2026-03-01 00:00:00"])
def test_a_date_is_read_as_laboratories_and_spreadsheets_write_it(tmp_path: Path, typed: str) -> None:
    cell = _cell(tmp_path, date=typed, time="14:05")
    assert (cell.date, cell.time) == (date(2026, 3, 1), time(14, 5))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("in", "in"), ("DRN", "in"), ("within", "in"), ("Out", "out"), ("outside DRN", "out"),
        ("not recovered", "not recovered"), ("Not-found", "not recovered"), ("", ""),
    ],
)  # fmt: skip
def test_histology_is_read_as_people_write_it(tmp_path: Path, typed: str, meant: str) -> None:
    assert _cell(tmp_path, histology=typed).histology == meant


def test_animals_are_made_from_the_cells_where_no_table_has_them(tmp_path: Path) -> None:
    cohort = read_cohort(_table(tmp_path, "r1,control,1,a.smr", "r2,chronic,1,b.smr", "r1,control,2,c.smr"))
    assert [(a.subject.animal, a.subject.group, a.row) for a in cohort.animals] == [
        ("r1", "control", 0), ("r2", "chronic", 0),
    ]  # fmt: skip
    assert cohort.notes[0].startswith("no table of animals")
    assert len(cohort.sources) == 1


def test_the_table_of_animals_lies_beside_the_cells_or_is_named(tmp_path: Path) -> None:
    table = _table(tmp_path, "r1,control,1,a.smr")
    beside = _table(tmp_path, "r1,control,310", "r9,chronic,", head="animal,group,weight_g", name="animals.csv")
    cohort = read_cohort(table)
    assert cohort.animal("r1").subject.weight_g == 310.0
    assert [source.path for source in cohort.sources] == [str(table), str(beside)]
    assert cohort.notes == ("animal r9 has no cell",)
    other = _table(tmp_path, "r1,control,299", head="animal,group,weight_g", name="others.csv")
    assert read_cohort(table, other).animal("r1").subject.weight_g == 299.0


def test_one_workbook_holds_cells_and_animals_with_dates_of_excel(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "read me"
    cells, animals = book.create_sheet("Cohort"), book.create_sheet("animals")
    cells.append([*CELLS, "date", "time", "order", "from_s"])
    cells.append(["r1", "control", 1, "a.smr", datetime(2026, 3, 1), time(14, 5, 30), 1, 0.5])
    animals.append(["animal", "group", "weight_g", "temperature", "tracks"])
    animals.append(["r1", "control", 310, 36.5, 3])
    book.save(tmp_path / "cohort.xlsx")
    cohort = read_cohort(tmp_path / "cohort.xlsx")
    (cell,), (animal,) = cohort.cells, cohort.animals
    assert (cell.cell, cell.date, cell.time, cell.order) == ("1", date(2026, 3, 1), time(14, 5, 30), "1")
    assert cell.from_s == 0.5
    assert (animal.subject.weight_g, animal.temperature, animal.tracks) == (310.0, 36.5, 3.0)
    assert len(cohort.sources) == 1


def test_a_fault_in_a_workbook_names_its_sheet(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "cohort"
    book.active.append(CELLS)
    book.active.append(["r1", "control", 1, "a.smr"])
    animals = book.create_sheet("animals")
    animals.append(["animal", "group", "weight_g"])
    animals.append(["r1", "control", "#N/A"])
    book.save(tmp_path / "cohort.xlsx")
    with pytest.raises(CohortError, match=r"cohort\.xlsx, sheet 'animals', row 2, column 'weight_g': is an error"):
        read_cohort(tmp_path / "cohort.xlsx")


def test_a_table_of_tabs_and_one_of_semicolons_with_decimal_commas_are_read(tmp_path: Path) -> None:
    head, row = "animal;group;cell;file;from_s;to_s", "r1;control;1;a.smr;0,5;900,25"
    for separator in (";", "\t"):
        table = _table(tmp_path, row.replace(";", separator), head=head.replace(";", separator))
        (cell,) = read_cohort(table).cells
        assert (cell.from_s, cell.to_s) == (0.5, 900.25)


def test_an_animal_is_there_once(tmp_path: Path) -> None:
    table = _table(tmp_path, "r1,control,310", "r2,chronic,295", head="animal,group,weight_g", name="animals.csv")
    assert [animal.subject.weight_g for animal in read_animals(table)] == [310.0, 295.0]
    _table(tmp_path, "r1,control", "r1,chronic", head="animal,group", name="animals.csv")
    with pytest.raises(CohortError, match=r"row 3, column 'animal': the same animal as row 2, got 'r1'"):
        read_animals(table)


def test_the_sample_cohort_is_sound(sample_data: Path) -> None:
    check = check_cohort(sample_data / "cohort.csv")
    assert check.summary == "26 cells of 20 animals in 2 groups (control 13, chronic 13), 22 files; no fault"
    assert (check.ok, check.lines) == (True, ())


def test_an_error_with_all_its_faults_comes_back_from_a_worker(tmp_path: Path) -> None:
    with pytest.raises(CohortError) as raised:
        read_cohort(_table(tmp_path, "r1,,1,a.smr", "r1,control,,b.smr"))
    back = pickle.loads(pickle.dumps(raised.value))
    assert back.faults == raised.value.faults
    assert str(back).count("\n") == len(back.faults) == 2


def test_a_truth_may_lack_what_a_cell_has_not(tmp_path: Path) -> None:
    table = tmp_path / "truth.csv"
    table.write_text("session,unit,fate,id50\nraw,1,held,120\nraw,fast,held,\n")
    first, fast = read_truth(table)
    assert first["id50"] == 120.0
    assert math.isnan(fast["id50"])
