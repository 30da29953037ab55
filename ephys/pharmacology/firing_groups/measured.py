"""What was measured, cell by cell and animal by animal, under a comparison of groups."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ephys.jupyter import Shown
from ephys.pharmacology.firing_groups.cells import BoolArray, FiringRows
from ephys.pharmacology.groups.animal_tables import FloatArray


@dataclass(frozen=True, slots=True)
class MeasuredCell(Shown):
    """One cell, or one track, as it entered a measure.

    Parameters
    ----------
    name, animal, group : str
        Which.
    value : float
        On the scale of the group's value: Hz, CV, ms, share (0 to 1), cells in the track, or percent of baseline.
    of : float
        Spikes that a share is of, 1 for a cell that bursts or not; NaN for what is no share.
    used : bool
        Whether it is in the numbers. A cell silent on the baseline has a rate of 0 and is not: 0 has no logarithm.
    """

    name: str
    animal: str
    group: str
    value: float
    of: float = math.nan
    used: bool = True


@dataclass(frozen=True, slots=True)
class AnimalValue(Shown):
    """Mean of an animal's cells, or of its tracks.

    Parameters
    ----------
    animal, group : str
    value : float
        Geometric where groups are compared by a ratio of rates, else arithmetic; NaN where a cell of 0 allows no
        geometric mean.
    n_cells : int
        Cells (tracks) that it is the mean of.
    """

    animal: str
    group: str
    value: float
    n_cells: int


def measured_cells(
    rows: FiringRows, values: FloatArray, *, used: BoolArray | None = None, of: FloatArray | None = None
) -> tuple[MeasuredCell, ...]:
    """Rows with their values.

    Parameters
    ----------
    rows : FiringRows
    values : array (rows,)
    used : array of bool (rows,), optional
        Which are in the numbers; by default all.
    of : array (rows,), optional
        What shares are of.
    """
    taken = np.ones(len(rows), dtype=np.bool_) if used is None else used
    whole = np.full(len(rows), math.nan) if of is None else of
    return tuple(
        MeasuredCell(name, animal, group, float(value), float(one), bool(take))
        for name, animal, group, value, one, take in zip(
            rows.names, rows.animals, rows.groups, values, whole, taken, strict=True
        )
    )


def animal_values(cells: Iterable[MeasuredCell], *, geometric: bool) -> tuple[AnimalValue, ...]:
    """Mean of each animal, in order of appearance; cells that are in no number are in none of these.

    Parameters
    ----------
    cells : iterable of MeasuredCell
    geometric : bool
        Whether the mean is that of the logarithms.

    Examples
    --------
    >>> cells = [MeasuredCell("r1 1", "r1", "control", 1.0), MeasuredCell("r1 2", "r1", "control", 4.0)]
    >>> animal_values(cells, geometric=True)
    (AnimalValue(animal='r1', group='control', value=2.0, n_cells=2),)
    """
    of: dict[tuple[str, str], list[float]] = {}
    for cell in cells:
        if cell.used:
            of.setdefault((cell.animal, cell.group), []).append(cell.value)
    return tuple(
        AnimalValue(animal, group, _mean(values, geometric=geometric), len(values))
        for (animal, group), values in of.items()
    )


def _mean(values: Sequence[float], *, geometric: bool) -> float:
    """Mean, of the logarithms where that is wanted; NaN where one of these is of 0."""
    if not geometric:
        return float(np.mean(values))
    return math.nan if min(values) <= 0 else math.exp(float(np.log(values).mean()))
