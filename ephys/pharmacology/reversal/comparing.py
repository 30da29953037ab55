"""Is a return faster than recoveries without an antagonist? Those that are comparable, from the same time on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ephys.jupyter import Shown
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.reversal.recovery import Recovery
from ephys.pharmacology.reversal.returns import Return
from ephys.pharmacology.reversal.settings import ReversalSettings

_ROUNDED = 1.0 + 1e-9
"""A factor of 2 is one of 2 though doses are sums."""


@dataclass(frozen=True, slots=True)
class Inhibited(Shown):
    """The cell that got the antagonist, as it was when it came.

    Parameters
    ----------
    group, drug, dose_unit, origin : str
    dose : float
        Cumulative dose of the agonist.
    since_s : float
        Time from the origin to the antagonist.
    percent : float
        Rate then, in percent of baseline.
    """

    group: str
    drug: str
    dose_unit: str
    origin: str
    dose: float
    since_s: float
    percent: float


@dataclass(frozen=True, slots=True)
class Comparable(Shown):
    """A recovery without antagonist, counted from the time at which the antagonist came to the other cell.

    Parameters
    ----------
    animal, unit_id : str
    left_s, low_s, high_s : float
        What was left of its time to return, with the interval; of one that was not back, `low_s` is the bound and the
        others are NaN.
    slower : bool
        Whether all of its interval is later than `ReversalSettings.faster_factor` times all of that of the return that
        it is compared with.
    """

    animal: str
    unit_id: str
    left_s: float
    low_s: float
    high_s: float
    slower: bool

    @property
    def text(self) -> str:
        """What was left, or the bound.

        >>> Comparable("r1", "1", math.nan, 300.0, math.nan, True).text
        '> 300 s'
        """
        if math.isnan(self.left_s):
            return f"> {self.low_s:.0f} s"
        return f"{self.left_s:.0f} s ({self.low_s:.0f} to {self.high_s:.0f})"


@dataclass(frozen=True, slots=True)
class Comparison(Shown):
    """A return beside comparable recoveries.

    Parameters
    ----------
    recoveries : tuple of Comparable
    unlike : tuple of str
        How many recoveries were not comparable, and why.
    min_animals : int
        So many animals are needed.
    """

    recoveries: tuple[Comparable, ...] = ()
    unlike: tuple[str, ...] = ()
    min_animals: int = ReversalSettings().min_animals

    @property
    def n_animals(self) -> int:
        """Animals with a comparable recovery."""
        return len({one.animal for one in self.recoveries})

    @property
    def chance(self) -> float:
        """Largest chance to be called faster where the antagonist does nothing; NaN without any recovery.

        Of one return and n recoveries, each of one animal, that are exchangeable, each is the fastest with probability
        1 / (n + 1); a return that must be faster by a factor, intervals and all, is so less often.
        """
        return 1.0 / (self.n_animals + 1) if self.recoveries else math.nan

    @property
    def is_faster(self) -> bool:
        """Whether the return is faster than every recovery of enough animals."""
        return self.n_animals >= self.min_animals and all(one.slower for one in self.recoveries)

    def __str__(self) -> str:
        if not self.recoveries:
            return "no comparable recovery without antagonist"
        slower = sum(one.slower for one in self.recoveries)
        told = f"faster than {slower} of {len(self.recoveries)} comparable"
        few = f", fewer than {self.min_animals}" if self.n_animals < self.min_animals else ""
        return f"{told} recoveries without antagonist ({count_text(self.n_animals, 'animal')}{few})"


def compare_return(
    back: Return, cell: Inhibited, recoveries: Sequence[Recovery], settings: ReversalSettings
) -> Comparison:
    """Hold a return against the recoveries that a fair comparison may use.

    Of each, only what came after the time at which the antagonist was given counts: one that was back by then could not
    have been chosen for an antagonist. Where it was watched for less time than the return took, it tells nothing.

    Parameters
    ----------
    back : Return
        After the antagonist.
    cell : Inhibited
        As it was when the antagonist came.
    recoveries : sequence of Recovery
    settings : ReversalSettings

    Returns
    -------
    Comparison
    """
    known = [one for one in recoveries if one.tells]
    reasons = [_unlike(one, cell, back, settings) for one in known]
    fair = tuple(
        _left(one, cell.since_s, settings.faster_factor * back.high_s)
        for one, reason in zip(known, reasons, strict=True)
        if not reason
    )
    unlike = tuple(f"{n} {reason}" for reason, n in Counter(filter(None, reasons)).items())
    return Comparison(fair, unlike, settings.min_animals)


def _unlike(one: Recovery, cell: Inhibited, back: Return, settings: ReversalSettings) -> str:
    """Why a recovery is no fair comparison; empty where it is one."""
    drug = (one.drug, one.dose_unit) == (cell.drug, cell.dose_unit)
    factor = max(one.dose, cell.dose) / min(one.dose, cell.dose)
    left_s = one.back.watched_s - cell.since_s
    deeper = one.percent_at(cell.since_s) < cell.percent - settings.depth_points
    doubts = (
        ("without a named animal", not one.animal),
        (f"of another drug than {cell.drug}", not drug),
        ("timed from another event", one.origin != cell.origin),
        ("of another group", settings.same_group and one.group != cell.group),
        (
            f"at a dose more than {settings.dose_factor:g} times higher or lower",
            factor > settings.dose_factor * (1 + 1e-9),
        ),
        ("back before the antagonist would have come", one.back.returned and one.back.value_s <= cell.since_s),
        ("watched for too short a time", not one.back.returned and left_s < settings.faster_factor * back.high_s),
        ("more deeply inhibited by then, or of unknown depth", deeper or math.isnan(one.percent_at(cell.since_s))),
    )
    return next((reason for reason, holds in doubts if holds), "")


def _left(one: Recovery, since_s: float, limit_s: float) -> Comparable:
    """What was left of a recovery when the antagonist came to the other cell."""
    if not one.back.returned:
        return Comparable(one.animal, one.unit_id, math.nan, one.back.watched_s - since_s, math.nan, True)
    low_s, high_s = (max(end - since_s, 0.0) for end in (one.back.low_s, one.back.high_s))
    return Comparable(one.animal, one.unit_id, one.back.value_s - since_s, low_s, high_s, low_s > limit_s)
