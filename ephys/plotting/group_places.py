"""Cells of animals of groups beside each other: a column for each animal, what is equal stacked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology import AnimalValue, MeasureComparison, MeasuredCell

FloatArray = NDArray[np.float64]

ESTIMATE_AT = 0.3
"""Where a group's estimate stands, in places of the axis right of its name."""
_COLUMNS = (-0.36, 0.1)
"""Between these the animals' columns are spread."""
_STACK = 0.13
"""Of the axis' span, that cells of 0 (or 1) may be stacked over."""
_STEP = 0.025
"""Of the same, from one to the next."""
_BELOW_NEXT = 0.7
"""Counts are whole: what is stacked on one ends below the next."""
_BESIDE = (0.0, -1.0, 1.0)
"""Neighbours in value of one column stand in turn on it, left and right of it."""


@dataclass(frozen=True, eq=False)
class Column:
    """An animal, and where it and its cells stand.

    Parameters
    ----------
    x : float
        Of its mean.
    value : float
        Its mean; NaN where there is none.
    cells : tuple of MeasuredCell
        By value.
    cell_x, cell_y : array (cells,)
        Where each stands.
    """

    x: float
    value: float
    cells: tuple[MeasuredCell, ...]
    cell_x: FloatArray
    cell_y: FloatArray


def columns_of(measure: MeasureComparison, group: str, place: int, *, foot: float, span: float) -> Iterator[Column]:
    """Animals of a group from left to right by their mean, those without one last.

    Parameters
    ----------
    measure : MeasureComparison
    group : str
        Which.
    place : int
        Of the group on the axis.
    foot : float
        Where cells of 0 stand on a log axis.
    span : float
        Of the axis of values, for what is stacked.
    """
    means = {one.animal: one for one in measure.animals if one.group == group}
    cells: dict[str, list[MeasuredCell]] = {}
    for cell in measure.cells:
        if cell.group == group:
            cells.setdefault(cell.animal, []).append(cell)
    ordered = sorted(cells, key=lambda animal: _rank(means.get(animal)))
    middle = [sum(_COLUMNS) / 2]
    offsets = np.linspace(*_COLUMNS, len(ordered)).tolist() if len(ordered) > 1 else middle
    apart = (_COLUMNS[1] - _COLUMNS[0]) / max(len(ordered) - 1, 1)
    for offset, animal in zip(offsets, ordered, strict=True):
        own = sorted(cells[animal], key=lambda cell: cell.value)
        yield _column(measure, place + offset, means.get(animal), own, min(0.28 * apart, 0.035), foot, span)


def _rank(mean: AnimalValue | None) -> float:
    """Place of an animal among those of its group."""
    return math.inf if mean is None or math.isnan(mean.value) else mean.value


def _column(
    measure: MeasureComparison, x: float, mean: AnimalValue | None, cells: Sequence[MeasuredCell], aside: float,
    foot: float, span: float,
) -> Column:  # fmt: skip
    """One animal: neighbours in value side by side, and what is equal stacked where a measure has whole steps."""
    values = np.array([cell.value for cell in cells], dtype=np.float64)
    turns = np.array([_BESIDE[place % 3] for place in range(len(cells))])
    if measure.is_geometric:
        y, beside = np.where(values > 0, values, foot), turns
    elif measure.effect == "difference":
        y, beside = values, turns
    elif measure.effect == "odds ratio":
        y, beside = stacked(values, span=span, outwards=True), np.where(np.isin(values, (0, 1)), 0.0, turns)
    else:
        y, beside = stacked(values, span=span, outwards=False), np.zeros(len(cells))
    return Column(x, math.nan if mean is None else mean.value, tuple(cells), x + aside * beside, y)


def stacked(values: FloatArray, *, span: float, outwards: bool) -> FloatArray:
    """Heights of values of which many are equal, such that each is seen.

    Parameters
    ----------
    values : array
    span : float
        Of the axis.
    outwards : bool
        For shares: those of 0 are stacked down and those of 1 up, the others stay. Else all are stacked up.

    Examples
    --------
    >>> stacked(np.array([0.0, 0.0, 1.0, 1.0]), span=1.0, outwards=True).tolist()
    [0.0, -0.025, 1.0, 1.025]
    """
    found = values.copy()
    for value in np.unique(values):
        same = np.flatnonzero(values == value)
        way = {0.0: -1.0, 1.0: 1.0}.get(float(value), 0.0) if outwards else 1.0
        room = _STACK * span if outwards else min(_STACK * span, _BELOW_NEXT)
        step = min(_STEP * span, room / max(len(same) - 1, 1))
        found[same] += way * step * np.arange(len(same))
    return found
