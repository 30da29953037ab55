"""Cells drawn from what is published of each class, so that a probability can be held against the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ephys.classification import CellClass, load_classes
from ephys.errors import ParameterError
from ephys.jupyter import Shown


@dataclass(frozen=True, slots=True)
class DrawnCell(Shown):
    """What a cell is, how it fires, and how wide its spike is.

    Parameters
    ----------
    cell_class : str
        What it is.
    rate_hz, cv, total_ms : float
        How it fires, each burst as one event, and the duration of its spike through a wide band.
    """

    cell_class: str
    rate_hz: float
    cv: float
    total_ms: float


def draw_cells(n: int, *, table: str = "rat_in_vivo", seed: int | np.random.Generator = 0) -> tuple[DrawnCell, ...]:
    """Draw cells as the published distributions would have the next ones, in the shares of their prior.

    Parameters
    ----------
    n : int
        How many.
    table : str, optional
        Name of the distributions.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Returns
    -------
    tuple of DrawnCell

    Raises
    ------
    ParameterError
        If `n` is negative, or there are no such distributions.

    Examples
    --------
    >>> cells = draw_cells(1000)
    >>> 0.3 < sum(cell.cell_class == "serotonergic" for cell in cells) / 1000 < 0.4
    True
    """
    if n < 0:
        raise ParameterError(f"n of cells to draw must not be negative, got {n}")
    random = np.random.default_rng(seed)
    classes = load_classes(table)
    kinds = random.choice(len(classes), size=n, p=[one.prior for one in classes])
    return tuple(_drawn(classes[kind], random) for kind in kinds)


def _drawn(one: CellClass, random: np.random.Generator) -> DrawnCell:
    """One cell of a class: each logarithm from its predictive distribution, the CV for its rate."""
    values: dict[str, float] = {}
    rate = one.distributions_of["rate_hz"]
    for name, distribution in one.distributions_of.items():
        score = rate.score(values["rate_hz"]) if "rate_hz" in values else None
        expected, scale = distribution.predicted(score)
        values[name] = math.exp(expected + scale * random.standard_t(distribution.n - 1))
    return DrawnCell(one.name, values["rate_hz"], values["cv"], values["total_ms"])
