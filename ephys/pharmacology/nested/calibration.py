"""How far a likelihood ratio goes by chance where there are few animals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class Calibration:
    """Likelihood ratios against F with the degrees of freedom of animals.

    Of normal deviations with n animals and d degrees of freedom, F = d (exp(2 ln L ratio / n) - 1) exactly; where what
    an animal's cells tell is not known exactly, it is that nearly.

    Parameters
    ----------
    animals : int
        Whose deviations chance is made of; within animals, those under several conditions.
    df : int
        What is left of them beside what is estimated: animals - groups between, animals - 1 within.

    Examples
    --------
    >>> calibration = Calibration(animals=8, df=6)
    >>> round(calibration.drop(0.95), 2), round(calibration.p(5.54), 3)
    (5.54, 0.05)
    """

    animals: int
    df: int

    def drop(self, level: float) -> float:
        """By how much 2 ln L may be lower within an interval; infinite without degrees of freedom."""
        if self.df < 1:
            return math.inf
        return self.animals * math.log1p(float(stats.f.ppf(level, 1, self.df)) / self.df)

    def f(self, lost: float, between: int = 1) -> float:
        """F of twice the log-likelihood that is lost where `between` differences are held."""
        if self.df < 1:
            return math.nan
        return self.df * float(np.expm1(min(lost / self.animals, 700.0))) / between

    def p(self, lost: float, between: int = 1) -> float:
        """Chance of losing at least as much; NaN without degrees of freedom."""
        return math.nan if self.df < 1 else float(stats.f.sf(self.f(lost, between), between, self.df))
