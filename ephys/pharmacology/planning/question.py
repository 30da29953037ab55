"""What an experiment is to show, and how often it does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology.planning.design import Aim
from ephys.pharmacology.planning.means import Differences

_AIMS = ("shift", "equivalence", "rate")


@dataclass(frozen=True)
class Share:
    """How many of the simulated experiments, with Wilson's 95 % interval of the simulation's own chance.

    Examples
    --------
    >>> print(Share.of(np.array([True] * 84 + [False] * 16)))
    84 % (76 to 90)
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, hits: NDArray[np.bool_]) -> Share:
        """Share of experiments that hit."""
        count = int(hits.sum())
        ends = stats.binomtest(count, hits.size).proportion_ci(0.95, method="wilson")
        return cls(count / hits.size, float(ends.low), float(ends.high))

    def is_above(self, chance: float) -> bool:
        """Whether the whole interval lies above a chance, but for rounding."""
        return self.low > chance + 1e-9

    def __str__(self) -> str:
        """Percent, with its interval."""
        return f"{100 * self.value:.0f} % ({100 * self.low:.0f} to {100 * self.high:.0f})"


@dataclass(frozen=True)
class Question:
    """What an experiment is to show.

    Parameters
    ----------
    aim : {"shift", "equivalence", "rate"}
    fold : float
        True ratio of treated to control: of ID50s, or of rates.
    margin : float
        Of an equivalence: the ratio lies between 1 / margin and margin. NaN otherwise.
    level : float
        1 - the chance of a false positive.
    """

    aim: Aim
    fold: float
    margin: float
    level: float

    @classmethod
    def asked(cls, aim: Aim, fold: float | None, margin: float | None, level: float) -> Question:
        """Check what was asked.

        Raises
        ------
        ParameterError
            For an unknown aim, an effect that is missing or none, or a margin that does not hold it.
        """
        if aim not in _AIMS:
            raise ParameterError(f"aim must be one of {', '.join(_AIMS)}, got {aim!r}")
        if not 0.5 < level < 1:
            raise ParameterError(f"level must be between 0.5 and 1, got {level}")
        if aim == "equivalence":
            if margin is None or not 1 < margin < math.inf:
                raise ParameterError(f"an equivalence needs margin, a fold above 1 within which it lies; got {margin}")
            fold = 1.0 if fold is None else fold
            if not 1 / margin < fold < margin:
                raise ParameterError(
                    f"the true ratio {fold:g} is not within the margin, {1 / margin:.3g} to {margin:g}"
                )
            return cls(aim, fold, margin, level)
        if margin is not None:
            raise ParameterError(f"margin belongs to an equivalence; aim is {aim!r}")
        if fold is None or not 0 < fold < math.inf or fold == 1:
            raise ParameterError(f"state fold, the ratio that is to be found: above 0 and not 1; got {fold}")
        return cls(aim, fold, math.nan, level)

    @property
    def nulls(self) -> tuple[float, ...]:
        """Ratios at which every answer is a false positive: 1, or either end of the margin."""
        return (self.margin, 1 / self.margin) if self.aim == "equivalence" else (1.0,)

    def answered(self, found: Differences) -> NDArray[np.bool_]:
        """Which experiments say so."""
        return found.within(math.log(self.margin), self.level) if self.aim == "equivalence" else found.found(self.level)

    def text(self, potency: str = "ID50") -> str:
        """What experiments are to do, of a potency that is called so."""
        if self.aim == "equivalence":
            return f"show {potency}s to be within {self.margin:g}-fold of each other"
        return f"find a {self.fold:g}-fold {f'shift of the {potency}' if self.aim == 'shift' else 'change of the rate'}"

    @property
    def truth_text(self) -> str:
        """The truth that an equivalence is shown of."""
        if self.aim != "equivalence":
            return ""
        return " where they are the same" if self.fold == 1 else f" where they differ {self.fold:g}-fold"

    @property
    def null_text(self) -> str:
        """When every answer is false."""
        return f"where they differ {self.margin:g}-fold" if self.aim == "equivalence" else "where there is none"
