"""Numbers that are typed as bounds: ``<0.5`` for what is below a detection limit, ``>180`` for a cut-off."""

from __future__ import annotations

from dataclasses import replace

from ephys.errors import RowError
from ephys.io.schema import Row

_SAME = {">": ("≥", ">="), "<": ("≤", "<=")}
"""Other ways in which people type a bound."""


def bounded_in(row: Row, column: str, sign: str) -> tuple[float, bool]:
    """Return the number in a cell, and whether it was typed as a bound.

    Parameters
    ----------
    row : Row
    column : str
    sign : str
        Of the bound, ``<`` or ``>``.

    Raises
    ------
    TableError
        If what stands there, or behind the sign, is no number.

    Examples
    --------
    >>> from pathlib import Path
    >>> bounded_in(Row(Path("latencies.csv"), 2, {"latency_s": "> 180"}), "latency_s", ">")
    (180.0, True)
    """
    text = row[column]
    if text.startswith(_SAME[sign]) or text.endswith("+"):
        raise row.error(column, f"a bound is typed as {sign}{text.strip('≥≤<=>+ ')}")
    if not text.startswith(sign):
        return row.number_in(column), False
    rest = replace(row, cells={**row.cells, column: text[len(sign) :].strip()})
    try:
        number = rest.number_in(column)
    except RowError as error:
        raise row.error(column, error.fault.message) from None
    if not rest[column]:
        raise row.error(column, f"must have a number behind {sign}")
    return number, True
