"""Tables of dialysate: a row per fraction, with what is the same for a whole animal stated once or in every row."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ephys.errors import TableError
from ephys.io.bounds import bounded_in
from ephys.io.schema import Row, plain_word, read_table
from ephys.io.spelling import check_spelling
from ephys.pharmacology import Dialysis, DialysisFraction

FRACTION_COLUMNS = (
    "animal", "group", "analyte", "start_min", "stop_min", "length_min", "value", "unit", "lod", "dead_volume_ul",
    "flow_ul_min", "drug_min", "drug",
)  # fmt: skip
_REQUIRED = ("animal", "analyte", "start_min", "value", "unit", "drug_min")
_MEANT = {
    "time_min": "start_min", "time": "start_min", "concentration": "value", "units": "unit", "flow": "flow_ul_min",
    "dead_volume": "dead_volume_ul", "subject": "animal", "treatment": "drug", "duration_min": "length_min",
}  # fmt: skip
_BELOW = ("<", "<lod", "lod", "bdl")
"""What is typed for a value below the detection limit that stands in the column lod."""
_SAME_MIN = 1e-6


def read_fractions(path: str | os.PathLike[str]) -> tuple[Dialysis, ...]:
    r"""Read a table of dialysate, a row per fraction.

    Parameters
    ----------
    path : path
        Text or Excel. Columns: ``animal``, ``group``, ``analyte``, ``start_min`` with ``stop_min`` or ``length_min``
        (as collected at the outlet), ``value`` (``<0.5``: below a detection limit of 0.5; empty: not measured),
        ``unit``, ``lod`` (a smaller value is below it), ``dead_volume_ul``, ``flow_ul_min``, ``drug_min`` (on the clock
        of the fractions), ``drug``. What is the same for an animal may stand in its first row alone.

    Returns
    -------
    tuple of Dialysis
        One per animal and analyte, in order of appearance, fractions in order of time.

    Raises
    ------
    TableError
        With file, row, column and value.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "microdialysis.csv"
    ...     _ = table.write_text(
    ...         "animal,analyte,start_min,stop_min,value,unit,drug_min\n"
    ...         "r1,5-HT,0,20,1.2,nM,60\nr1,5-HT,20,40,<0.5,nM,\n"
    ...     )
    ...     (one,) = read_fractions(table)
    >>> [fraction.text for fraction in one.fractions]
    ['1.2', '< 0.5']
    """
    rows = read_table(Path(path), known=FRACTION_COLUMNS, required=_REQUIRED, meant=_MEANT)
    if not rows:
        raise TableError(f"{path}: no row beneath the header")
    series: dict[tuple[str, str], list[Row]] = {}
    check_spelling(rows, "animal", "group", "analyte")
    for row in rows:
        for column in ("animal", "analyte"):
            if not row[column]:
                raise row.error(column, "must be named in every row")
        series.setdefault((row["animal"], row["analyte"]), []).append(row)
    return tuple(_dialysis(own) for own in series.values())


def _dialysis(rows: Sequence[Row]) -> Dialysis:
    """One analyte of one animal."""
    found = sorted(((_fraction(row), row) for row in rows), key=lambda one: one[0].start_min)
    for (one, _), (two, row) in pairwise(found):
        if two.start_min < one.stop_min - _SAME_MIN:
            raise row.error("start_min", f"overlaps the fraction of this animal that ends at {one.stop_min:g} min")
    unit, group, drug = (_stated(rows, column) for column in ("unit", "group", "drug"))
    drug_min = _stated_number(rows, "drug_min")
    for column, is_missing in (("unit", not unit), ("drug_min", math.isnan(drug_min))):
        if is_missing:
            raise rows[0].error(column, f"must be stated for animal {rows[0]['animal']!r}")
    return Dialysis(
        rows[0]["animal"], group, rows[0]["analyte"], unit, drug_min, tuple(one for one, _ in found), drug,
        _stated_number(rows, "dead_volume_ul", least=0.0), _stated_number(rows, "flow_ul_min", above=0.0),
    )  # fmt: skip


def _fraction(row: Row) -> DialysisFraction:
    """One fraction."""
    start_min, stop_min, length_min = (row.number_in(column) for column in ("start_min", "stop_min", "length_min"))
    if math.isnan(start_min):
        raise row.error("start_min", "must say when the fraction began")
    if math.isnan(stop_min) and math.isnan(length_min):
        raise row.error("stop_min", "must say when the fraction ended, or length_min how long it was")
    by_length = start_min + length_min
    if math.isnan(stop_min):
        stop_min = by_length
    elif abs(stop_min - by_length) > _SAME_MIN:
        raise row.error("stop_min", f"is not start_min + length_min = {by_length:g}")
    if stop_min <= start_min:
        column = "stop_min" if row["stop_min"] else "length_min"
        raise row.error(column, f"the fraction must end after it begins at {start_min:g} min")
    value, below = _value(row)
    return DialysisFraction(start_min, stop_min, value, below)


def _value(row: Row) -> tuple[float, float]:
    """A fraction's value, or the detection limit that it is below."""
    lod = row.number_in("lod")
    if lod <= 0:
        raise row.error("lod", "must be above 0")
    if plain_word(row["value"]) in _BELOW:
        if math.isnan(lod):
            raise row.error("value", "needs the detection limit as a number: behind <, or in the column lod")
        return math.nan, lod
    value, is_bound = bounded_in(row, "value", "<")
    if value < 0 or (is_bound and value == 0):
        raise row.error("value", "must be 0 or more" if not is_bound else "a detection limit must be above 0")
    if is_bound or value < lod:
        return math.nan, value if is_bound else lod
    return value, math.nan


def _stated(rows: Sequence[Row], column: str) -> str:
    """What an animal's rows say in a column; empty cells say nothing, and the others the same."""
    stated = [row for row in rows if row[column]]
    for row in stated:
        if row[column] != stated[0][column]:
            raise row.error(
                column, f"must be the same in all rows of {row['analyte']} of animal {row['animal']!r}; row "
                f"{stated[0].number} has {stated[0][column]!r}",
            )  # fmt: skip
    return stated[0][column] if stated else ""


def _stated_number(rows: Sequence[Row], column: str, *, least: float = -math.inf, above: float = -math.inf) -> float:
    """The same of a number."""
    _stated(rows, column)
    row = next((row for row in rows if row[column]), rows[0])
    number = row.number_in(column)
    if number < least or number <= above:
        raise row.error(column, "must be 0 or more" if least == 0 else "must be above 0")
    return number
