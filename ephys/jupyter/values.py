"""Values as words: units from the ends of names, arrays as shape and range, values in values in one line."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import is_dataclass
from typing import Any

import numpy as np

from ephys.jupyter.own_words import has_words, told_lines
from ephys.jupyter.potency import potency_words

UNKNOWN = "–"
"""What stands for a number that was not measured, and for what was not stated."""

BESIDE = ("doubts", "notes", "flags", "reasons", "left_out", "not_compared", "unjudged", "faults", "problems")
"""What is told in words beneath the tables, by its name."""

_UNITS = {
    "percent_per_min": "%/min", "percent": "%", "s": "s", "ms": "ms", "hz": "Hz", "uv": "µV", "min": "min", "h": "h",
    "um": "µm", "mm": "mm", "nm": "nM", "g": "g", "days": "days",
}  # fmt: skip

_UNIT_BESIDE = {
    "amount": ("unit",), "increment": ("unit",), "cumulative": ("unit",), "dose": ("dose_unit",),
    "doses": ("dose_unit",), "id50": ("dose_unit", "id50_unit"), "ed50": ("dose_unit",),
}  # fmt: skip

_WRITTEN = {
    "id50": "ID50",
    "ed50": "ED50",
    "emax": "Emax",
    "cv": "CV",
    "cv2": "CV2",
    "lv": "LV",
    "lvr": "LvR",
    "sd": "SD",
}

_MOST_NUMBERS = 12
_MOST_LETTERS = 160
_MOST_RANGED = 100_000


def heading(name: str, values: Mapping[str, Any] | None = None) -> str:
    """Name of a field as it heads a column, with its unit.

    Parameters
    ----------
    name : str
        Of the field.
    values : mapping, optional
        The fields beside it, where the unit is one of them.

    Examples
    --------
    >>> heading("baseline_hz"), heading("drift_percent_per_min"), heading("dose", {"dose": 25.0, "dose_unit": "ug/kg"})
    ('baseline (Hz)', 'drift (%/min)', 'dose (µg/kg)')
    """
    words, unit = named(name, values)
    return f"{words} ({unit})" if unit else words


def named(name: str, values: Mapping[str, Any] | None = None) -> tuple[str, str]:
    """Words of a field's name, and its unit; empty where it has none.

    >>> named("start_s"), named("id50", {"id50": 118.0, "dose_unit": "ug/kg"})
    (('start', 's'), ('ID50', 'µg/kg'))
    >>> named("id50", {"id50": 118.0, "dose_unit": "nM"})
    ('IC50', 'nM')
    """
    for end, unit in _UNITS.items():
        if name.endswith(f"_{end}"):
            return _words(name.removesuffix(f"_{end}")), unit
    stated = values or {}
    words = _of_unit(_words(name), str(stated.get("dose_unit") or stated.get("id50_unit") or ""))
    if not isinstance(stated.get(name), float | tuple):
        return words, ""
    units = (str(stated.get(beside, "")) for beside in _UNIT_BESIDE.get(name.partition("_")[0], ()))
    return words, unit_text(next(filter(None, units), ""))


def _of_unit(words: str, unit: str) -> str:
    """Words of a name in which a potency, and its doses, are called as their unit has it."""
    called = potency_words(unit)
    words = re.sub(r"\bdose(?=s?\b)", called.dose, words)
    return words.replace(_WRITTEN["id50"], called.name).replace(_WRITTEN["ed50"], called.relative)


def unit_text(unit: str) -> str:
    """A dose unit as it is printed.

    >>> unit_text("ug/kg")
    'µg/kg'
    """
    return unit.replace("ug/", "µg/")


def _words(name: str) -> str:
    """Words of a name, short forms as they are written."""
    return " ".join(_WRITTEN.get(word, word) for word in name.split("_"))


def number_text(value: float, *, exact: bool = False) -> str:
    """A number as it is printed: three figures, or seven of times and doses; no exponent for what is usual.

    >>> number_text(0.12345), number_text(12345.6), number_text(1234.56, exact=True), number_text(math.nan)
    ('0.123', '12346', '1234.56', '–')
    """
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if exact:
        return f"{value:.7g}"
    return f"{value:.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"


def brief(value: object, name: str = "") -> str:
    """A value in one line: its own words, else its first fields. Voltage is not read.

    Parameters
    ----------
    value : object
        Anything that a field holds.
    name : str, optional
        Of the field: times and doses keep more figures than other numbers.

    Examples
    --------
    >>> brief(1234.56, "start_s"), brief(0.123456), brief(None), brief(True)
    ('1234.56', '0.123', '–', 'yes')
    >>> brief(np.arange(8.0)), brief(("a", "b")), brief((3.0, 12.0, math.inf))
    ('(8,), 0 to 7', 'a; b', '3, 12, ∞')
    """
    if value is None or (isinstance(value, str) and not value):
        return UNKNOWN
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return number_text(float(value), exact=name.endswith("_s") or "dose" in name)
    if isinstance(value, np.ndarray):
        return _array_text(value)
    if isinstance(value, Mapping | Sequence | Set) and not isinstance(value, str):
        return cut(_collection_text(value, name))
    if is_dataclass(value) and not has_words(value) and not _has_text(value):
        return cut(_fields_text(value))
    if callable(value):
        return "reckoned when it is asked for"
    return cut(_own_line(value))


def cut(line: str, most: int = _MOST_LETTERS) -> str:
    """A line that is not too long.

    >>> cut("seven letters", 8)
    'seven...'
    """
    return line if len(line) <= most else f"{line[: most - 3]}..."


def _own_line(value: Any) -> str:
    """What a value says of itself, in a line."""
    return str(value.text) if _has_text(value) else told_lines(value)[0]


def _has_text(value: Any) -> bool:
    """Whether a value puts itself in words as `text`, which is more than a field that is called so."""
    return isinstance(getattr(type(value), "text", None), property)


def _fields_text(value: Any) -> str:
    """First fields that hold anything, with their names and units."""
    values = {name: getattr(value, name) for name in type(value).__dataclass_fields__ if name not in BESIDE}
    told = {name: brief(one, name) for name, one in values.items()}
    stated = [(named(name, values), line) for name, line in told.items() if line != UNKNOWN]
    return ", ".join(f"{words} {line} {unit}".rstrip() for (words, unit), line in stated[:5]) or UNKNOWN


def _collection_text(values: Mapping[Any, Any] | Sequence[Any] | Set[Any], name: str) -> str:
    """A few items one by one; of many, how many there are."""
    if not values:
        return UNKNOWN
    if isinstance(values, Mapping):
        return "; ".join(f"{key}: {brief(item)}" for key, item in values.items())
    if all(isinstance(one, float | int) for one in values):
        told = ", ".join(brief(one, name) for one in values)
        return told if len(values) <= _MOST_NUMBERS else _array_text(np.asarray(list(values)))
    return "; ".join(brief(one, name) for one in values)


def _array_text(array: np.ndarray[Any, Any]) -> str:
    """Shape, and the range of numbers that are in memory and not too many."""
    if isinstance(array, np.memmap) or not 0 < array.size <= _MOST_RANGED or array.dtype.kind not in "iuf":
        return f"{array.shape} {array.dtype}"
    finite = array[np.isfinite(array)]
    if not finite.size:
        return f"{array.shape}, all {UNKNOWN}"
    return f"{array.shape}, {number_text(float(finite.min()))} to {number_text(float(finite.max()))}"
