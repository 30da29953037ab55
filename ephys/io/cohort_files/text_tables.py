"""A cohort's tables as CSV, with their data dictionary, and as Parquet."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from ephys.errors import ParameterError, TableError
from ephys.io.atomic import write_text
from ephys.io.cohort_files.dictionary import TABLE_MEANINGS, Column, TableSet, data_dictionary, describe_column
from ephys.io.cohort_files.typed import typed_table
from ephys.io.staged import staged_folder

DICTIONARY_FILE = "data_dictionary.csv"
_WORDS = {True: "yes", False: "no"}


def write_tables(tables: TableSet, folder: str | os.PathLike[str], *, parquet: bool = False) -> Path:
    """Write a cohort's tables as CSV, and ``data_dictionary.csv``, which says what their columns are.

    UTF-8, numbers with every digit that tells them apart, yes and no in words; what was not measured is empty.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables of a cohort by name; `data_dictionary` knows their columns.
    folder : path
        Where to; made if need be. The tables appear together or not at all.
    parquet : bool
        Whether to write each table as Parquet, too; ``pip install "ephys[parquet]"``.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    ParameterError
        If a column is not described or holds what its type does not allow, or Parquet's package is missing.

    Examples
    --------
    >>> import tempfile
    >>> animals = pd.DataFrame({"animal": ["7"], "group": ["control"], "weight_g": [310.5]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_tables({"animals": animals}, folder)
    ...     print((written / "animals.csv").read_text(encoding="utf-8"))
    animal,group,weight_g
    7,control,310.5
    """
    folder = Path(folder)
    if parquet and find_spec("pyarrow") is None:
        raise ParameterError(f'{folder}: Parquet needs pyarrow, which is not here: pip install "ephys[parquet]"')
    typed = {name: typed_table(name, table) for name, table in tables.items()}
    with staged_folder(folder) as stage:
        for name, table in typed.items():
            write_text(stage / f"{name}.csv", _csv(name, table))
            if parquet:
                table.to_parquet(stage / f"{name}.parquet", engine="pyarrow", index=False)
        write_text(stage / DICTIONARY_FILE, _plain_csv(data_dictionary(typed)))
    return folder


def read_tables(folder: str | os.PathLike[str]) -> dict[str, pd.DataFrame]:
    """Read the tables that `write_tables` wrote, each column in its type: a unit that is called 1 is text.

    Parameters
    ----------
    folder : path
        Where the CSV files are.

    Returns
    -------
    dict of str to DataFrame
        In the order in which a cohort shows them; numbers are those that were written, to the last bit.

    Raises
    ------
    TableError
        If the folder holds none of the tables, or a cell is not of its column's type.
    """
    folder = Path(folder)
    paths = {name: folder / f"{name}.csv" for name in TABLE_MEANINGS}
    found = {name: _read(name, path) for name, path in paths.items() if path.is_file()}
    if not found:
        raise TableError(f"{folder}: no table of a cohort here; there would be {', '.join(TABLE_MEANINGS)} (.csv)")
    return found


def _csv(name: str, table: pd.DataFrame) -> str:
    """Text of a table: yes and no in words, whole numbers without a point where one of them is missing, too."""
    written = {}
    for column in table.columns:
        kind = describe_column(name, column).type
        if kind == "yes/no":
            written[column] = [_WORDS.get(value, "") for value in table[column]]
        elif kind == "whole number":
            written[column] = ["" if pd.isna(value) else str(int(value)) for value in table[column]]
    return _plain_csv(table.assign(**written))


def _plain_csv(table: pd.DataFrame) -> str:
    """Text of a table as it stands."""
    return str(table.to_csv(index=False, lineterminator="\n"))


def _read(name: str, path: Path) -> pd.DataFrame:
    """Read one table."""
    cells = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8", lineterminator="\n")
    try:
        columns = {c: [_value(describe_column(name, c), text) for text in cells[c]] for c in cells.columns}
        return typed_table(name, pd.DataFrame(columns, columns=cells.columns, dtype="object"))
    except ParameterError as error:
        raise TableError(f"{path}: {error}") from error


def _value(entry: Column, text: str) -> Any:
    """Value of a cell; an empty one has none, and what its type does not allow is left for `typed_table` to name."""
    if entry.type == "text":
        return text
    if entry.type == "yes/no":
        return {"yes": True, "no": False, "": None}.get(text, text)
    try:
        return float(text) if text else None
    except ValueError:
        return text
