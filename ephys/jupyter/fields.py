"""Fields of a value, and rows of a table of values, with an estimate and its interval as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

from ephys.jupyter.html import Html, folded, joined, points, table, text
from ephys.jupyter.own_words import has_words
from ephys.jupyter.values import UNKNOWN, brief, cut, heading

_DEEPEST = 2
"""Folds within folds."""

_MOST_LETTERS = 320
_MOST_IN_SUMMARY = 80


def rows_table(rows: Sequence[Mapping[str, Any]], *, name: str = "", dose_unit: str = "") -> Html:
    """Table of rows whose keys are names of fields; an estimate and its interval share a column.

    Columns that hold nothing are left out. `dose_unit` is that of the doses, where no column has it.

    >>> "<td>2 (1 to 4)</td>" in rows_table([{"group": "a", "fold": 2.0, "low": 1.0, "high": 4.0}])
    True
    """
    if not rows:
        return Html()
    merged = [dict(_with_intervals(row)) for row in rows]
    names = [name for name in merged[0] if any(row.get(name, UNKNOWN) != UNKNOWN for row in merged)]
    head = [heading(one, {"dose_unit": dose_unit, **rows[0]}) for one in names]
    return table(head, [[row.get(one, UNKNOWN) for one in names] for row in merged], name=name)


def fields_table(
    value: Any, *, without: Sequence[str] = (), most_open: int = 16, depth: int = 0, dose_unit: str = ""
) -> Html:
    """Table of the fields of a dataclass, a list inside a fold; those that hold nothing are named beneath.

    Parameters
    ----------
    value : dataclass instance
    without : sequence of str, optional
        Fields that are told elsewhere.
    most_open : int, optional
        More rows are folded.
    depth : int, optional
        How many folds are around it already.
    dose_unit : str, optional
        Unit of the doses, where it is none of the fields.
    """
    names = [name for name in type(value).__dataclass_fields__ if not name.startswith("_") and name not in without]
    values = {name: getattr(value, name) for name in names}
    told = dict(_with_intervals(values, depth=depth))
    stated = {"dose_unit": dose_unit, **values}
    rows = [[heading(name, stated), one] for name, one in told.items() if one != UNKNOWN]
    empty = ", ".join(heading(name).partition(" (")[0] for name, one in told.items() if one == UNKNOWN)
    beneath = Html(f'<p style="margin:0;opacity:0.7">without a value: {text(empty)}</p>') if empty else ""
    lines = [joined([name, ": ", one]) for name, one in rows]
    inner = points(lines) if depth else table(["field", "value"], rows, most_open=len(rows))
    inside = joined([inner, beneath])
    return folded(f"fields: {len(told)}", inside) if len(told) > most_open else inside


def _with_intervals(values: Mapping[str, Any], *, depth: int = _DEEPEST) -> Iterator[tuple[str, str]]:
    """Each value as words by its name; an estimate with the two ends of its interval as one."""
    names = list(values)
    while names:
        name = names.pop(0)
        told = _field_html(values[name], name, depth=depth)
        if len(names) > 1 and isinstance(values[name], float) and _is_interval(names[0], names[1]):
            low, high = (brief(values[end], end) for end in (names.pop(0), names.pop(0)))
            told = told if low == high == UNKNOWN else f"{told} ({low} to {high})"
        yield name, told


def _is_interval(low: str, high: str) -> bool:
    """Whether two names are those of the ends of one interval."""
    return "low" in low.split("_") and low.replace("low", "high") == high


def _field_html(value: Any, name: str, *, depth: int) -> str:
    """A field as words, or as a fold where it holds more than a line."""
    if isinstance(value, str):
        return cut(value, _MOST_LETTERS) or UNKNOWN
    if depth < _DEEPEST and is_dataclass(value) and not has_words(value):
        return folded(cut(brief(value), _MOST_IN_SUMMARY), fields_table(value, depth=depth + 1, most_open=100))
    items = _items(value, name)
    if items and (
        any(map(is_dataclass, value.values() if isinstance(value, Mapping) else value))
        or len("; ".join(items)) > _MOST_LETTERS
    ):
        return folded(str(len(items)), points(items))
    return "; ".join(items) or brief(value, name)


def _items(value: Any, name: str) -> list[str]:
    """Items of a collection in a line each; none of numbers, which are told together."""
    if isinstance(value, Mapping):
        return [f"{key}: {brief(one)}" for key, one in value.items()]
    if isinstance(value, tuple | list) and not all(isinstance(one, float | int) for one in value):
        return [brief(one, name) for one in value]
    return []
