"""A cohort's tables as CSV and Parquet: what is read back is what was written."""

from __future__ import annotations

import csv
import io
import sys
import tempfile
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ephys.errors import ParameterError, TableError
from ephys.io import data_dictionary, read_tables, write_tables
from ephys.io.cohort_files.dictionary import TABLE_MEANINGS, column_unit, describe_column
from ephys.io.cohort_files.typed import typed_table

Tables = dict[str, pd.DataFrame]
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


def test_every_table_comes_back_with_its_types(tables: Tables, tmp_path: Path) -> None:
    read = read_tables(write_tables(tables, tmp_path / "out"))
    assert list(read) == list(TABLE_MEANINGS)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(read[name], typed_table(name, table), check_exact=True)


def test_names_that_look_like_numbers_stay_text(tables: Tables, tmp_path: Path) -> None:
    read = read_tables(write_tables(tables, tmp_path))
    assert read["tracks"]["track"].tolist() == ["02"]
    assert read["animals"]["dose"].tolist() == ["", "1e3"]
    assert set(read["units"]["unit"]) == {"1"}


def test_whole_numbers_have_no_point_even_where_one_is_missing(tables: Tables, tmp_path: Path) -> None:
    lines = (write_tables(tables, tmp_path) / "animals.csv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    assert [line.split(",")[columns.index("tracks")] for line in lines[1:]] == ["3", ""]


def test_yes_and_no_are_words_and_lines_end_as_unix_has_them(tables: Tables, tmp_path: Path) -> None:
    folder = write_tables(tables, tmp_path)
    assert (folder / "exclusions.csv").read_bytes().endswith(b",lost,,at 300 s,,no,\n")
    assert not [path for path in folder.iterdir() if b"\r" in path.read_bytes()]


@settings(max_examples=40, deadline=None)
@given(numbers=st.lists(st.tuples(NUMBERS, TEXTS), min_size=1, max_size=5))
def test_numbers_and_texts_come_back_bit_for_bit(numbers: list[tuple[float, str]]) -> None:
    table = pd.DataFrame({"weight_g": [n for n, _ in numbers], "animal": [t for _, t in numbers]})
    with tempfile.TemporaryDirectory() as folder:
        read = read_tables(write_tables({"animals": table}, folder))["animals"]
    assert read["animal"].tolist() == table["animal"].tolist()
    held, given_back = table["weight_g"].to_numpy(), read["weight_g"].to_numpy()
    assert np.array_equal(np.isnan(held), np.isnan(given_back))
    assert held[~np.isnan(held)].tobytes() == given_back[~np.isnan(held)].tobytes()


def test_two_writes_give_the_same_bytes(tables: Tables, tmp_path: Path) -> None:
    some = {name: tables[name] for name in ("animals", "fits")}
    one, two = (write_tables(some, tmp_path / name, parquet=True) for name in ("one", "two"))
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(["data_dictionary.csv", *(f"{name}.{end}" for name in some for end in ("csv", "parquet"))])
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_parquet_holds_the_same_table(tables: Tables, tmp_path: Path) -> None:
    some = {name: tables[name] for name in ("animals", "units", "failures")}
    folder = write_tables(some, tmp_path, parquet=True)
    for name in some:
        parquet = pd.read_parquet(folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(typed_table(name, parquet), read_tables(folder)[name], check_exact=True)


def test_parquet_without_its_package_says_how_to_get_it(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParameterError, match=r'pip install "ephys\[parquet\]"'):
        write_tables(tables, tmp_path / "out", parquet=True)
    assert not (tmp_path / "out").exists()


def test_the_dictionary_beside_the_tables_has_their_columns_and_no_others(tables: Tables, tmp_path: Path) -> None:
    some = {name: tables[name] for name in ("fits", "flow")}
    folder = write_tables(some, tmp_path)
    written = pd.read_csv(folder / "data_dictionary.csv", dtype="str", keep_default_na=False)
    assert list(zip(written["table"], written["column"], strict=True)) == [
        (name, column) for name, table in some.items() for column in table.columns
    ]
    pd.testing.assert_frame_equal(written, data_dictionary(some))


def test_every_column_of_every_table_is_described_in_words(tables: Tables) -> None:
    described = data_dictionary(tables)
    assert len(described) == sum(len(table.columns) for table in tables.values())
    assert described["meaning"].str.len().min() > 5
    assert not described["meaning"].str.contains(r"[{}*]").any()
    assert set(described["type"]) == {"text", "number", "whole number", "yes/no"}


def test_a_unit_in_a_name_is_the_unit_in_the_dictionary(tables: Tables) -> None:
    units = {"_hz": "Hz", "_ms": "ms", "_s": "s", "_um": "µm", "_g": "g", "_h": "h", "_percent": "%"}
    wrong = [
        (name, column)
        for name, table in tables.items()
        for column in table.columns
        for end, unit in units.items()
        if column.endswith(end) and column_unit(name, column) != unit
    ]
    assert wrong == []


def test_one_entry_of_the_dictionary_describes_a_column_and_none_is_idle(tables: Tables) -> None:
    text = (resources.files("ephys.io.cohort_files") / "columns.csv").read_text(encoding="utf-8")
    entries = [(row["table"].split(), row["column"]) for row in csv.DictReader(io.StringIO(text))]
    used = set()
    for name, table in tables.items():
        for column in table.columns:
            ranked = sorted(
                ("*" in pattern, "*" in owners, number)
                for number, (owners, pattern) in enumerate(entries)
                if {name, "*"} & set(owners) and fnmatchcase(column, pattern)
            )
            assert [entry[:2] for entry in ranked].count(ranked[0][:2]) == 1, (name, column)
            used.add(ranked[0][2])
    assert [entry for number, entry in enumerate(entries) if number not in used] == []


def test_a_name_written_out_goes_before_a_pattern() -> None:
    assert (
        describe_column("units", "respiration_low").meaning == "lower end of the 95 % interval of respiration_strength"
    )
    assert describe_column("units", "width_verdict").meaning.startswith(
        "verdict of the criterion width on the baseline"
    )


def test_an_undescribed_column_or_table_is_an_error(tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"'flow' has a column 'mood' that the data dictionary does not know"):
        write_tables({"flow": tables["flow"].assign(mood="good")}, tmp_path / "out")
    with pytest.raises(ParameterError, match=r"no table 'cages'; its tables are animals, tracks"):
        data_dictionary({"cages": tables["flow"]})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("track", 2, r"table 'units', row 1: column 'track' is text, got 2"),
        ("n_spikes", 2.5, r"column 'n_spikes' is whole number, got 2.5"),
        ("depth_um", "deep", r"column 'depth_um' is number, got 'deep'"),
        ("analysed", 1, r"column 'analysed' is yes/no, got 1"),
    ],
)
def test_a_cell_of_another_type_is_an_error_with_its_row(column: str, value: object, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        typed_table("units", pd.DataFrame({column: [value]}))


def test_a_column_that_stands_twice_is_an_error() -> None:
    with pytest.raises(ParameterError, match=r"'flow' has columns twice: group"):
        typed_table("flow", pd.DataFrame([["a", "b"]], columns=["group", "group"]))


def test_a_changed_file_is_an_error_with_file_and_row(tmp_path: Path) -> None:
    (tmp_path / "flow.csv").write_text("group,cells\ncontrol,3\ntreated,many\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"flow\.csv: table 'flow', row 2: column 'cells' is whole number, got 'many'"):
        read_tables(tmp_path)


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no table of a cohort here"):
        read_tables(tmp_path)
