"""A table with a row per cell, for what learns from many: every name and number checked, every error with its row."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ephys.classification.bands import Band
from ephys.classification.features import UnitFeatures
from ephys.errors import ParameterError
from ephys.model.epoch import FloatArray

if TYPE_CHECKING:  # pandas is loaded where a table is used: a unit can be judged without it
    import pandas as pd

REGULARITIES = ("cv_collapsed", "cv", "cv2", "lv")
"""Measures of regularity, any of which a table may have."""

WIDTHS = ("total_ms", "peak_to_trough_ms", "half_width_ms", "first_phase_ms")
"""Widths of the spike."""

FEATURES = ("rate_hz", *REGULARITIES, *WIDTHS)
"""Numbers above 0 whose logarithms are learned from, by the names of `UnitFeatures` and `WaveformShape`."""

UNKNOWN_BAND = "unknown"
"""Word for a band of which nothing is known."""

BAND_COLUMNS = ("band_low_hz", "band_high_hz", "band_phase", "band_order")
"""The filter that the widths came through, as ``units.csv`` has it."""

Cells: TypeAlias = "pd.DataFrame | Sequence[Mapping[str, Any]]"


def cell_row(features: UnitFeatures, *, animal: str, label: str | None = None) -> dict[str, Any]:
    """Row of a table of cells, from what was measured of a unit.

    Parameters
    ----------
    features : UnitFeatures
        As `measure_features` returns it.
    animal : str
        Where the cell was recorded.
    label : {"serotonergic", "not_serotonergic"}, optional
        What histology says, or another truth than these features.

    Returns
    -------
    dict
        ``unit_id``, ``animal``, ``label`` where it is given, every one of `FEATURES` (NaN where it was not measured),
        and the ``band`` of the widths where it is known.

    Examples
    --------
    >>> row = cell_row(UnitFeatures("3", rate_hz=1.2, cv_collapsed=0.3), animal="rat07", label="serotonergic")
    >>> row["animal"], row["label"], row["rate_hz"], row["total_ms"]
    ('rat07', 'serotonergic', 1.2, nan)
    """
    shape = features.shape
    row: dict[str, Any] = {"unit_id": features.unit_id, "animal": animal}
    if label is not None:
        row["label"] = label
    for name in FEATURES:
        row[name] = getattr(features, name, getattr(shape, name, math.nan))
    band = Band.of(shape)
    return row if band is None else row | {"band": str(band)}


def bands_of(table: pd.DataFrame) -> list[str]:
    """Return the filter that each cell's widths came through, in words; empty where it is not known.

    From the columns ``band_low_hz``, ``band_high_hz``, ``band_phase`` and ``band_order`` where the first is there, else
    from ``band``.
    """
    if "band_low_hz" in table.columns:
        return [_band_text({name: table[name].iloc[row] for name in BAND_COLUMNS if name in table.columns})
                for row in range(len(table))]  # fmt: skip
    if "band" not in table.columns:
        return [""] * len(table)
    return ["" if is_missing(value) else str(value) for value in table["band"]]


def _band_text(row: Mapping[str, Any]) -> str:
    """One row's band in words."""
    known = {name: value for name, value in row.items() if not is_missing(value)}
    if "band_low_hz" not in known:
        return ""
    high_hz, order = known.get("band_high_hz"), known.get("band_order")
    try:
        edges = float(known["band_low_hz"]), None if high_hz is None else float(high_hz)
        return str(Band(*edges, known.get("band_phase", "unknown"), None if order is None else int(order)))
    except ValueError as error:
        raise ParameterError(f"the band of a row cannot be read: {error}") from error


def check_features(features: Sequence[str]) -> tuple[str, ...]:
    """Return the features, each known and named once.

    Raises
    ------
    ParameterError
        If one is unknown or named twice, or there is none.
    """
    for name in features:
        if name not in FEATURES:
            close = difflib.get_close_matches(name, FEATURES, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(FEATURES)}"
            raise ParameterError(f"no feature named {name!r} is learned from; {hint}")
    if not features or len(set(features)) < len(features):
        raise ParameterError(f"features must be named, each once, got {tuple(features)}")
    return tuple(features)


def as_table(cells: Cells) -> pd.DataFrame:
    """Return the cells as a table.

    Raises
    ------
    ParameterError
        If there is none, or a column is there twice.
    """
    import pandas as pd

    table = cells if isinstance(cells, pd.DataFrame) else pd.DataFrame(list(cells))
    if table.empty:
        raise ParameterError("the table has no cells")
    if not table.columns.is_unique:
        raise ParameterError(f"columns must have names of their own, got {', '.join(map(str, table.columns))}")
    return table


def column_of(table: pd.DataFrame, name: str) -> list[Any]:
    """Return the values of a column.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name not in table.columns:
        raise ParameterError(f"the table has no column {name!r}; it has {', '.join(map(str, table.columns))}")
    return list(table[name])


def feature_values(table: pd.DataFrame, features: Sequence[str]) -> FloatArray:
    """Return the features of every cell.

    Parameters
    ----------
    table : DataFrame
        A row per cell.
    features : sequence of str
        Columns.

    Returns
    -------
    array (cells, features)
        NaN where a cell is empty.

    Raises
    ------
    ParameterError
        If a column is missing, or a value is no number above 0; names row and value.
    """
    columns = [
        [_positive(table, row, name) for row in range(len(table))] for name in features if column_of(table, name)
    ]
    return np.array(columns, dtype=np.float64).T


def _positive(table: pd.DataFrame, row: int, name: str) -> float:
    """Value of one cell of the table; NaN where it is empty."""
    value = table[name].iloc[row]
    if is_missing(value):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool | np.bool_) or not 0 < number < math.inf:
        value = value.item() if isinstance(value, np.generic) else value
        raise ParameterError(
            f"row {table.index[row]!r}: {name} must be a number above 0, since its logarithm is taken, got {value!r}; "
            "leave it empty where nothing was measured"
        )
    return number


def is_missing(value: Any) -> bool:
    """Whether a cell of a table is empty."""
    import pandas as pd

    return value is None or value is pd.NA or (isinstance(value, float | np.floating) and math.isnan(value))


def animals_of(table: pd.DataFrame) -> list[str]:
    """Return the animal of every cell, as text: 7, 7.0 and "7" are one animal, in whatever group.

    Raises
    ------
    ParameterError
        If a cell has none; names the row.
    """
    names = []
    for row, value in zip(table.index, column_of(table, "animal"), strict=True):
        whole = isinstance(value, float | np.floating) and float(value).is_integer()
        name = "" if is_missing(value) else str(int(value) if whole else value).strip()
        if not name:
            raise ParameterError(f"row {row!r}: every cell needs its animal, got {value!r}")
        names.append(name)
    return names


def names_of(table: pd.DataFrame) -> list[str]:
    """Return what each cell is called: its ``unit_id`` where there is one, else its row."""
    if "unit_id" not in table.columns:
        return [str(row) for row in table.index]
    return [str(row if is_missing(name) else name) for row, name in zip(table.index, table["unit_id"], strict=True)]
