"""A cohort's tables as an Excel workbook, read back by openpyxl."""

from __future__ import annotations

import math
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from ephys.errors import ParameterError
from ephys.io import write_workbook
from ephys.io.cohort_files import workbook
from ephys.io.cohort_files.typed import typed_table

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def book(whole_cohort: Tables, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The whole cohort, written and read."""
    return openpyxl.load_workbook(write_workbook(whole_cohort, tmp_path_factory.mktemp("book") / "cohort.xlsx"))


def _same(found: Any, expected: Any) -> bool:
    """Excel's numbers have 16 digits."""
    return found == (pytest.approx(expected, rel=1e-15, abs=0) if isinstance(expected, float) else expected)


def _expected(value: Any) -> Any:
    """What Excel should show of a cell."""
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "inf" if value == math.inf else value


def test_a_sheet_per_table_stands_between_what_they_are_and_what_their_columns_are(tables: Tables, book: Any) -> None:
    assert book.sheetnames == ["about", *tables, "dictionary"]
    about = list(book["about"].iter_rows(min_row=2, values_only=True))
    assert [row[:2] for row in about[: len(tables)]] == [(name, len(table) or 0) for name, table in tables.items()]
    assert "n is animals" in about[len(tables) + 1][2]
    assert book["dictionary"].max_row == 1 + sum(len(table.columns) for table in tables.values())


def test_every_number_and_text_is_in_its_cell(tables: Tables, book: Any) -> None:
    for name, table in tables.items():
        rows = list(book[name].iter_rows(min_row=2, values_only=True))
        expected = [
            tuple(_expected(value) for value in row) for row in typed_table(name, table).itertuples(index=False)
        ]
        assert len(rows) == len(expected)
        for row, values in zip(rows, expected, strict=True):
            assert [pair for pair in zip(row, values, strict=True) if not _same(*pair)] == [], name


def test_headings_are_bold_and_frozen_and_have_their_unit(book: Any) -> None:
    headings = [cell.value for cell in book["responses"][1]]
    assert {"percent (%)", "covered_s (s)", "cumulative_dose (see dose_unit)", "drug"} <= set(headings)
    assert "value (see unit_of_value)" in [cell.value for cell in book["groups"][1]]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert all(cell.font.bold for cell in sheet[1])
        assert not any(cell.font.bold for row in sheet.iter_rows(min_row=2) for cell in row)


def test_columns_are_as_wide_as_their_content_and_no_wider_than_a_screen_bears(tables: Tables, tmp_path: Path) -> None:
    tables["flow"]["reason"] = "much to say " * 100
    sheet = openpyxl.load_workbook(write_workbook({"flow": tables["flow"]}, tmp_path / "cohort.xlsx"))["flow"]
    widths = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]}
    assert widths == {
        "group": 10, "stage": 10, "animals": 10, "cells": 10, "as_named_cells": 16, "of_these": 10,
        "left_out_cells": 16, "reason": 62,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "1", "0042", "#N/A", "+5", "@SUM(A1)", "2024-05-06", "TRUE"])
def test_text_stays_text_whatever_it_looks_like(text: str, tables: Tables, tmp_path: Path) -> None:
    tables["flow"]["reason"] = text
    cell = openpyxl.load_workbook(write_workbook({"flow": tables["flow"]}, tmp_path / "flow.xlsx"))["flow"]["H2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_formula_that_is_text_stays_text_when_somebody_edits_it(book: Any) -> None:
    cell = book["animals"]["P2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=A1", "s", True)


def test_two_writes_give_the_same_bytes_without_a_time(tables: Tables, tmp_path: Path) -> None:
    some = {name: tables[name] for name in ("animals", "flow")}
    one, two = (write_workbook(some, tmp_path / f"{name}.xlsx") for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("1980-01-01T00:00:00Z") == 2


def test_a_table_longer_than_a_sheet_is_an_error(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 20)
    with pytest.raises(ParameterError, match=r"table 'responses' has 20 rows; a sheet of Excel holds 19 below"):
        write_workbook({"responses": tables["responses"]}, tmp_path / "cohort.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_text_longer_than_a_cell_is_an_error_and_not_cut(tables: Tables, tmp_path: Path) -> None:
    tables["flow"]["reason"] = "x" * 32_768
    with pytest.raises(ParameterError, match=r"table 'flow', column 'reason': a text of 32,768 letters \('xxxx"):
        write_workbook(tables, tmp_path / "cohort.xlsx")
    tables["flow"]["reason"] = "x" * 32_767
    sheet = openpyxl.load_workbook(write_workbook({"flow": tables["flow"]}, tmp_path / "cohort.xlsx"))["flow"]
    assert sheet["H2"].value == "x" * 32_767


def test_a_control_character_is_an_error_that_names_it(tables: Tables, tmp_path: Path) -> None:
    tables["flow"]["reason"] = "bell \x07"
    with pytest.raises(ParameterError, match=r"table 'flow', column 'reason': 'bell \\x07' has a control character"):
        write_workbook(tables, tmp_path / "cohort.xlsx")


def test_without_openpyxl_it_says_how_to_get_it(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ParameterError, match=r'pip install "ephys\[excel\]"'):
        write_workbook(tables, tmp_path / "cohort.xlsx")
