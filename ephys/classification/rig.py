"""Limits of the width for one's own rig, from cells that somebody vouches for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from ephys.classification.bands import Band
from ephys.classification.cell_table import BAND_COLUMNS
from ephys.classification.presets import load_preset
from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model.epoch import FloatArray

if TYPE_CHECKING:
    import pandas as pd

MIN_CELLS = 20
"""Fewest cells from which limits are fitted: the lowest of 20 is about the 5 % that the limit leaves out."""

_PLAUSIBLE_MS = (0.05, 20.0)
"""No width of a spike lies outside: it is in samples, seconds or µs (convention)."""

_WIDTHS = {"total_ms": "total_width", "peak_to_trough_ms": "peak_to_trough"}


@dataclass(frozen=True, slots=True)
class RigSettings(Shown):
    """How limits are drawn from the widths of vouched cells. Convention.

    Parameters
    ----------
    left_out : float
        Share of such cells that the limit does not pass.
    refused : float
        Share of such cells that it refuses; between the two a width is borderline.
    """

    left_out: float = 0.05
    refused: float = 0.01

    def __post_init__(self) -> None:
        if not 0 < self.refused < self.left_out < 0.5:
            raise ParameterError(f"limits need 0 < refused < left_out < 0.5, got {self.refused} and {self.left_out}")


def fit_preset(
    cells: pd.DataFrame, name: str, *, base: str = "rat_in_vivo", source: str = "", settings: RigSettings | None = None
) -> dict[str, Any]:
    """Fit the limits of the width to serotonergic cells of one's own rig.

    The logarithm of the width is taken for normal; a limit is a bound of the prediction for the next such cell, which
    is wider the fewer cells there are. Rate and regularity stay those of `base`: no filter changes them.

    Parameters
    ----------
    cells : pandas.DataFrame
        A row per cell that the user vouches for, with ``total_ms`` or ``peak_to_trough_ms`` or both, and, where it is
        known, the filter they were measured through: ``band_low_hz``, ``band_high_hz`` (empty: unlimited),
        ``band_phase`` (``zero`` or ``causal``), ``band_order``. The columns of ``units.csv`` will do.
    name : str
        Of the preset.
    base : str, optional
        Shipped preset of the preparation, from which everything else is taken.
    source : str, optional
        Where the cells come from, for the record.
    settings : RigSettings, optional
        How much of such cells the limits leave out.

    Returns
    -------
    dict
        Tables of the preset, as `write_preset` writes them.

    Raises
    ------
    ParameterError
        If there are fewer than 20 cells with a width, one is labelled not serotonergic, a width cannot be one, or
        they were measured through different filters.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"total_ms": np.linspace(1.4, 2.6, 24)})
    >>> tables = fit_preset(cells, "my_rig")
    >>> tables["total_width"]["low"], tables["extends"]
    (1.413, 'rat_in_vivo')
    """
    settings = settings or RigSettings()
    _check_vouched(cells)
    title = load_preset(base).title
    measured = {column: _widths(cells, column) for column in _WIDTHS if column in cells}
    counts = {column: int(np.isfinite(values).sum()) for column, values in measured.items()}
    enough = {column for column, count in counts.items() if count >= MIN_CELLS}
    if not enough:
        seen = (
            ", ".join(f"{count} with {column}" for column, count in counts.items())
            or "no column total_ms or peak_to_trough_ms"
        )
        raise ParameterError(f"a preset is fitted to {MIN_CELLS} cells or more with a width, got {seen}")
    tables: dict[str, Any] = {"title": f"{title}, widths of {name}", "extends": base}
    for column, table in _WIDTHS.items():
        tables[table] = (
            _limits(measured[column], name, source, settings)
            if column in enough
            else {"source": f"not fitted: {counts.get(column, 0)} cells have it"}
        )
    return tables | {"band": _band(cells)}


def _check_vouched(cells: pd.DataFrame) -> None:
    """Raise where a row is labelled otherwise, or its band stands in words alone."""
    for column in ("label", "final_label"):
        for row, label in enumerate(cells.get(column, ())):
            if label == "not_serotonergic":
                raise ParameterError(f"row {row + 1}: {column} is not_serotonergic: leave it out")
    if "band" in cells and "band_low_hz" not in cells:
        raise ParameterError(f"the band is needed in columns {', '.join(BAND_COLUMNS)}; words (band) do not compare")


def _widths(cells: pd.DataFrame, column: str) -> FloatArray:
    """Widths of one kind, NaN where missing; every one of them positive."""
    try:
        values = np.asarray(cells[column], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"column {column} must hold numbers: {error}") from error
    bad = np.flatnonzero((values < _PLAUSIBLE_MS[0]) | (values > _PLAUSIBLE_MS[1]))
    if bad.size:
        low, high = _PLAUSIBLE_MS
        raise ParameterError(
            f"row {bad[0] + 1}: {column} must be a width in ms, {low:g} to {high:g}, got {values[bad[0]]:g}"
        )
    return values


def _limits(values: FloatArray, name: str, source: str, settings: RigSettings) -> dict[str, Any]:
    """One-sided bounds of the prediction for the next cell."""
    logs = np.log(values[np.isfinite(values)])
    error = float(logs.std(ddof=1)) * math.sqrt(1 + 1 / logs.size)
    low, lowest = (
        round(float(np.exp(logs.mean() - stats.t.isf(share, logs.size - 1) * error)), 3)
        for share in (settings.left_out, settings.refused)
    )
    origin = f", {source}" if source else ""
    return {
        "low": low,
        "borderline_low": lowest,
        "unit": "ms",
        "source": (
            f"{logs.size} cells vouched for ({name}{origin}), mean {float(np.exp(logs.mean())):.3g} ms: of such cells "
            f"{100 * settings.left_out:g} % lie below, and {100 * settings.refused:g} % below the borderline"
        ),
    }


def _band(cells: pd.DataFrame) -> dict[str, Any]:
    """The one filter that all widths were measured through; no more than a source where it is not known."""
    present = [column for column in BAND_COLUMNS if column in cells]
    bands = cells[present].drop_duplicates() if present else cells.iloc[:0]
    if len(bands) > 1:
        first, second = (_described(row) for _, row in bands.head(2).iterrows())
        raise ParameterError(
            f"row {bands.index[1] + 1}: measured through {second}, the rows before it through {first}; "
            "widths of different filters are not comparable: fit one preset to each"
        )
    known = {str(k): v for k, v in bands.iloc[0].dropna().items()} if len(bands) else {}
    if "band_low_hz" not in known:
        return {"source": "not known; the same for all of these cells, on the word of who fitted them"}
    plain = {column.removeprefix("band_"): value for column, value in known.items()}
    typed = _typed(plain)
    Band(typed["low_hz"], typed.get("high_hz"), typed.get("phase", "unknown"), typed.get("order"))
    return typed | {"source": "the filter of the cells that were vouched for, and no other"}


def _typed(band: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a band as a preset's file holds them."""
    kinds = {"low_hz": float, "high_hz": float, "phase": str, "order": int}
    try:
        return {name: kinds[name](value) for name, value in band.items()}
    except ValueError as error:
        raise ParameterError(f"the band of the cells cannot be read: {error}") from error


def _described(row: pd.Series) -> str:
    """A band in words, for a message."""
    return ", ".join(f"{column} {value}" for column, value in row.items())
