"""How well a unit is told apart from everything else, as values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.jupyter import Shown
from ephys.model.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Share(Estimate):
    """A share, 0 to 1, with its 95 % interval; NaN where unknown."""


@dataclass(frozen=True, slots=True)
class Isolation(Shown):
    """How far a unit stands apart from the others sorted with it, and from itself at other times.

    Parameters
    ----------
    neighbour : str
        Name of the unit that it is most easily taken for; empty where it resembles none.
    false : Share
        Spikes of the unit that by their shape are rather its neighbours'.
    missed : Share
        The cell's spikes, as a share of the unit's, that went to its neighbours.
    link_confidence : float
        Chance that the cell is the same on both sides of the moment at which the mean shape changes most, if even
        odds are given beforehand; NaN where there are too few spikes.
    link_s : float
        That moment, in s; NaN likewise.
    """

    neighbour: str
    false: Share
    missed: Share
    link_confidence: float = math.nan
    link_s: float = math.nan
