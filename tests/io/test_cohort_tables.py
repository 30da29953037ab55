"""Tables of a cohort."""

import math
from pathlib import Path

import pytest

from ephys.errors import TableError
from ephys.io import read_animals, read_cohort, read_truth


def test_a_cohort_keeps_remarks_and_finds_files_beside_the_table(tmp_path: Path) -> None:
    table = tmp_path / "cohort.csv"
    table.write_text("animal,group,cell,file,depth_um,Note on track\nr1,control,1,raw/r1.smr,5400,midline\n")
    (row,) = read_cohort(table)
    assert row["file"] == tmp_path / "raw" / "r1.smr"
    assert row["depth_um"] == 5400.0
    assert math.isnan(row["from_s"])
    assert row["doses"] is None
    assert row["exclude"] == ""
    assert row["note on track"] == "midline"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("animal,group,cell\nr1,a,1\n", r"missing column 'file'"),
        ("animal,group,cell,file,depht_um\nr1,a,1,f,3\n", r"unknown column 'depht_um'; did you mean 'depth_um'\?"),
        ("animal,group,cell,file\nr1,,1,f\n", r"row 2, column 'group': must be filled in"),
        ("animal,group,cell,file\nr1,a,1,f\nr1,a,1,g\n", r"row 3, column 'cell': the same animal and cell as row 2"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    table = tmp_path / "cohort.csv"
    table.write_text(text)
    with pytest.raises(TableError, match=message):
        read_cohort(table)


def test_an_animal_is_there_once(tmp_path: Path) -> None:
    table = tmp_path / "animals.csv"
    table.write_text("animal,group,weight_g\nr1,control,310\nr2,chronic,295\n")
    assert [row["weight_g"] for row in read_animals(table)] == [310.0, 295.0]
    table.write_text("animal,group\nr1,control\nr1,chronic\n")
    with pytest.raises(TableError, match=r"row 3, column 'animal': the same animal as row 2, got 'r1'"):
        read_animals(table)


def test_a_truth_may_lack_what_a_cell_has_not(tmp_path: Path) -> None:
    table = tmp_path / "truth.csv"
    table.write_text("session,unit,fate,id50\nraw,1,held,120\nraw,fast,held,\n")
    first, fast = read_truth(table)
    assert first["id50"] == 120.0
    assert math.isnan(fast["id50"])
