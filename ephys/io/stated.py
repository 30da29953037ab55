"""Values that a description of a file states: each checked, every error with file, key and value."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ephys.errors import FileFormatError

_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "float64")


def text_of(file: Path) -> str:
    """Return the text of a description.

    Raises
    ------
    FileFormatError
        If it cannot be read or is no text.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileFormatError(f"{file}: cannot be opened: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{file}: damaged, or no text in UTF-8: {error}") from error


def values_of(file: Path) -> dict[str, Any]:
    """Return the values of a TOML or JSON file.

    Raises
    ------
    FileFormatError
        If it is neither.
    """
    toml = file.suffix.lower() == ".toml"
    try:
        values = tomllib.loads(text_of(file)) if toml else json.loads(text_of(file))
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{file}: damaged, or no {'TOML' if toml else 'JSON'}: {error}") from error
    return values if isinstance(values, dict) else {}


def number(file: Path, values: Mapping[str, Any], key: str, *, above: float = -math.inf) -> float:
    """Return a finite number; 0 where it is not stated."""
    value = values.get(key)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value > above):
        more = f" above {above:g}" if math.isfinite(above) else ""
        raise FileFormatError(f"{file}: {key} must be a number{more}, got {value!r}")
    return float(value)


def count(file: Path, values: Mapping[str, Any], key: str, *, least: int) -> int:
    """Return a whole number; 0 where it is not stated."""
    value = values.get(key)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise FileFormatError(f"{file}: {key} must be a whole number from {least} up, got {value!r}")
    return value


def numbers(file: Path, values: Mapping[str, Any], key: str) -> tuple[float, ...]:
    """Return one number or one per channel; nothing where they are not stated."""
    value = values.get(key)
    if value is None:
        return ()
    listed = value if isinstance(value, list) else [value]
    listed_numbers = tuple(number(file, {key: one}, key) for one in listed)
    if key in ("gain_uv", "gain_to_uV") and not all(listed_numbers):
        raise FileFormatError(f"{file}: {key} must not be 0, got {value!r}")
    return listed_numbers


def number_type(file: Path, values: Mapping[str, Any]) -> np.dtype[Any] | None:
    """Return the type of the numbers, little-endian unless stated otherwise."""
    value = values.get("dtype")
    if value is None:
        return None
    try:
        dtype = np.dtype(value) if isinstance(value, str) else None
    except (TypeError, ValueError, SyntaxError):
        dtype = None
    if dtype is None or dtype.kind not in "iuf" or dtype.itemsize > 8:
        close = difflib.get_close_matches(str(value), _TYPES, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise FileFormatError(
            f"{file}: dtype must be one of {', '.join(_TYPES)}, with '>' before it where the high byte comes first "
            f"(>i2), got {value!r}{hint}"
        )
    return dtype.newbyteorder("<") if dtype.byteorder == "=" else dtype


def names(file: Path, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the channels' names."""
    named = values.get("channel_names", [])
    if not isinstance(named, list) or len(set(map(str, named))) < len(named):
        raise FileFormatError(f"{file}: channel_names must be a list of different names, got {named!r}")
    return tuple(str(name) for name in named)


def band(file: Path, values: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the amplifier's band."""
    edges: Sequence[Any] = values.get("band_hz") or (math.nan, math.nan)
    if not (isinstance(edges, list | tuple) and len(edges) == 2 and all(isinstance(e, int | float) for e in edges)):
        raise FileFormatError(f"{file}: band_hz must be two numbers, [low, high] in Hz, got {edges!r}")
    low, high = (None if math.isnan(edge) else float(edge) for edge in edges)
    if (low is not None and low < 0) or (low is not None and high is not None and low >= high):
        raise FileFormatError(f"{file}: band_hz needs 0 <= low < high, got {edges!r}")
    return low, high
