"""Rows of a result as CSV."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ephys.io.atomic import write_text


def write_rows(rows: Sequence[Mapping[str, Any]], path: str | os.PathLike[str]) -> Path:
    """Write rows as CSV: UTF-8, numbers with every digit, yes and no in words.

    What was not measured is empty, and so is an end that the data do not bound: the text of the result says so.

    Parameters
    ----------
    rows : sequence of mapping
        Values by column; the columns stand in the order in which the rows first have them.
    path : path
        Where to write; the file appears whole or not at all.

    Returns
    -------
    Path
        Where it was written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = [{"cell": "1", "low": 2.5, "high": float("inf"), "held": True}]
    ...     path = write_rows(rows, Path(folder) / "rows.csv")
    ...     print(path.read_text(encoding="utf-8"), end="")
    cell,low,high,held
    1,2.5,,yes
    """
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows([[_cell(row.get(name)) for name in columns] for row in rows])
    return write_text(path, text.getvalue())


def _cell(value: Any) -> str:
    """One value as text."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return repr(float(value)) if isinstance(value, float) else str(value)
