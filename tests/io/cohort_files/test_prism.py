"""A cohort's numbers for GraphPad Prism, read back from the file."""

from __future__ import annotations

import math
import re
import statistics
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from ephys.errors import ParameterError
from ephys.io import write_prism
from ephys.io.cohort_files.prism_xml import PrismColumn, PrismTable, prism_document

Tables = dict[str, pd.DataFrame]
CURVE = "ipsapirone i.v. base, cells: percent of baseline by cumulative dose (ug/kg)"
BY_CELL = "ipsapirone i.v. base, cells: log10 ID50 (ug/kg)"
BY_ANIMAL = "ipsapirone i.v. base, animals: mean log10 ID50 (ug/kg)"


@dataclass
class Sheet:
    """A table as it stands in the file: subcolumns by data set."""

    tag: str
    attributes: dict[str, str]
    rows: list[str]
    x: list[float]
    columns: dict[str, list[list[float]]]
    names: list[list[str]]

    def column(self, title: str) -> dict[str, float]:
        """The values of a column table by row title, without empty cells."""
        values = zip(self.rows, self.columns[title][0], strict=True)
        return {row: value for row, value in values if not math.isnan(value)}


def _numbers(subcolumn: ET.Element) -> list[float]:
    return [float(d.text) if d.text else math.nan for d in subcolumn.findall("d")]


def _sheet(table: ET.Element) -> Sheet:
    return Sheet(
        table.tag,
        table.attrib,
        [d.text or "" for d in table.findall("RowTitlesColumn/Subcolumn/d")],
        [value for one in table.findall("XColumn/Subcolumn") for value in _numbers(one)],
        {c.findtext("Title", ""): [_numbers(s) for s in c.findall("Subcolumn")] for c in table.findall("YColumn")},
        [[d.text or "" for d in s.findall("d")] for s in table.findall("SubColumnTitles/Subcolumn")],
    )


def _read(path: Path) -> dict[str, Sheet]:
    """Tables by title, in the order of the file's own sequence."""
    root = ET.parse(path).getroot()
    assert (root.tag, root.attrib) == ("GraphPadPrismFile", {"PrismXMLVersion": "5.00"})
    by_id = {table.get("ID"): table for table in root if table.tag in ("Table", "HugeTable")}
    order = [reference.get("ID") for reference in root.findall("TableSequence/Ref")]
    assert order == list(by_id)
    return {table.findtext("Title", ""): _sheet(table) for table in by_id.values()}


def _notes(path: Path) -> str:
    return "".join(ET.parse(path).getroot().find("Info/Notes").itertext())  # type: ignore[union-attr]


@pytest.fixture
def written(tables: Tables, tmp_path: Path) -> dict[str, Sheet]:
    return _read(write_prism(tables, tmp_path / "cohort.pzfx"))


def test_every_cell_is_a_replicate_of_its_group_with_the_percents_of_the_table(
    tables: Tables, written: dict[str, Sheet]
) -> None:
    sheet, table = written[CURVE], tables["responses"]
    assert sheet.attributes["TableType"] == "XY"
    assert sheet.attributes["Replicates"] == "2"
    assert (sheet.x, sheet.rows) == ([5.0, 20.0, 40.0], ["5 ug/kg", "20 ug/kg", "40 ug/kg"])
    assert sheet.names == [["7 1", "8 1"], ["7 2", "8 2"]]
    for number, group in enumerate(["control", "treated"]):
        for replicate, animal_cell in enumerate(names[number] for names in sheet.names):
            animal, cell = animal_cell.split()
            own = table[(table["animal"] == animal) & (table["cell"] == cell) & (table["role"] == "agonist")]
            expected = own["percent"].where(own["used"].astype(bool)).tolist()
            assert sheet.columns[group][replicate] == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


def test_a_window_that_the_fit_does_not_take_is_an_empty_cell(written: dict[str, Sheet]) -> None:
    assert math.isnan(written[CURVE].columns["control"][0][2])


def test_the_curve_of_an_animal_is_the_mean_of_its_cells(written: dict[str, Sheet]) -> None:
    cells, animals = written[CURVE], written[CURVE.replace("cells", "animals")]
    assert animals.names == [["7", "8"]]
    means = [statistics.fmean(pair) for pair in zip(*cells.columns["treated"], strict=True)]
    assert animals.columns["treated"] == [means]


def test_id50s_are_logarithms_per_cell_and_their_mean_per_animal(written: dict[str, Sheet]) -> None:
    assert written[BY_CELL].attributes["TableType"] == "OneWay"
    assert written[BY_CELL].column("control") == {"7 1": math.log10(20.0), "7 2": math.log10(5.0)}
    assert written[BY_ANIMAL].column("control") == {"7": statistics.fmean([math.log10(20.0), math.log10(5.0)])}


def test_a_bound_is_in_no_column_and_is_counted(tables: Tables, tmp_path: Path) -> None:
    path = write_prism(tables, tmp_path / "cohort.pzfx")
    assert _read(path)[BY_CELL].column("treated") == {"8 1": math.log10(0.1 + 0.2)}
    assert "treated: 1 of 2 cells have a value of the ID50" in _notes(path)
    assert "control: 2 of 2" not in _notes(path)


def test_firing_is_the_mean_of_the_cells_of_an_animal_that_are_analysed(written: dict[str, Sheet]) -> None:
    rate = written["Animals: baseline rate (Hz)"]
    assert rate.column("control") == {"7": statistics.fmean([1.0 + 1 / 3, 1.0 + 2 / 3])}
    assert rate.column("treated") == {"8": 1.0}
    assert {title for title in written if title.startswith("Animals")} == {
        "Animals: baseline rate (Hz)",
        "Animals: CV of the intervals, each burst as one event",
        "Animals: share of spikes in bursts",
    }


def test_groups_stand_in_the_order_of_the_animals(written: dict[str, Sheet]) -> None:
    assert all(list(sheet.columns) == ["control", "treated"] for sheet in written.values())


def test_a_cell_that_is_not_analysed_is_in_no_table_of_its_drug(tables: Tables, tmp_path: Path) -> None:
    tables["fits"]["analysed"] = [cell != "2" for cell in tables["fits"]["cell"]]
    sheets = _read(write_prism(tables, tmp_path / "cohort.pzfx"))
    assert sheets[CURVE].names == [["7 1", "8 1"]]
    assert sheets[BY_CELL].rows == ["7 1", "8 1"]


def test_doses_of_another_form_stand_in_another_table(tables: Tables, tmp_path: Path) -> None:
    for name in ("fits", "responses"):
        tables[name].loc[tables[name]["cell"] == "2", "form"] = "HCl"
    sheets = _read(write_prism(tables, tmp_path / "cohort.pzfx"))
    assert sheets[CURVE].names == [["7 1", "8 1"]]
    assert sheets[CURVE.replace("base,", "HCl,")].names == [["7 2", "8 2"]]


def test_the_info_sheet_says_whose_numbers_they_are_and_that_n_is_animals(tables: Tables, tmp_path: Path) -> None:
    path = write_prism(tables, tmp_path / "cohort.pzfx", project="Fluoxetine & <chronic>")
    constants = {c.findtext("Name"): c.findtext("Value") for c in ET.parse(path).getroot().iter("Constant")}
    assert constants["Project"] == "Fluoxetine & <chronic>"
    assert (constants["Selection"], constants["Unit of replication"]) == ("with exclusions", "animal")
    assert _notes(path).lstrip().startswith("n is animals, not cells")


def test_two_writes_give_the_same_bytes_without_a_date(tables: Tables, tmp_path: Path) -> None:
    one, two = (write_prism(tables, tmp_path / f"{name}.pzfx").read_bytes() for name in ("one", "two"))
    assert one == two
    assert b"DateTime" not in one
    assert not re.search(rb"20\d\d-\d\d-\d\d", one)


def test_more_than_52_replicates_are_a_huge_table_as_prism_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "many.pzfx"
    sizes = {"Table": 52, "HugeTable": 53}
    for tag, size in sizes.items():
        column = PrismColumn("control", {f"r1 {n}": [100.0] for n in range(size)})
        table = PrismTable(
            "many", (column, PrismColumn("few", {"r2 1": [50.0]})), ("5",), PrismColumn("dose", {"": [5.0]})
        )
        path.write_bytes(prism_document([table], constants={"Program": "", "Version": ""}, notes=["none"]))
        sheet = _read(path)["many"]
        assert sheet.tag == tag
        assert {len(subcolumns) for subcolumns in sheet.columns.values()} == {size}


def test_more_replicates_than_prism_is_known_to_take_are_an_error() -> None:
    column = PrismColumn("control", {f"r1 {n}": [100.0] for n in range(257)})
    table = PrismTable("many", (column,), ("5",), PrismColumn("dose", {"": [5.0]}))
    with pytest.raises(ParameterError, match=r"'many' for Prism has 1 columns of up to 257 subcolumns; more than 256"):
        prism_document([table], constants={"Program": "", "Version": ""}, notes=["none"])


def test_a_letter_that_xml_cannot_hold_is_an_error(tables: Tables, tmp_path: Path) -> None:
    for name in ("animals", "fits", "responses", "firing"):
        tables[name]["group"] = "\x01"
    with pytest.raises(ParameterError, match=r"\\x01.* has the letter '\\x01', which XML cannot hold"):
        write_prism(tables, tmp_path / "cohort.pzfx")
    assert list(tmp_path.iterdir()) == []


def test_a_cohort_of_which_nothing_is_analysed_is_an_error(tables: Tables, tmp_path: Path) -> None:
    some = {name: tables[name].assign(analysed=False) for name in ("fits", "firing")}
    with pytest.raises(ParameterError, match=r"no cell is analysed, so there is nothing for Prism"):
        write_prism(tables | some, tmp_path / "cohort.pzfx")
