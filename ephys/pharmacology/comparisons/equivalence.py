"""Equivalence of two ID50s: two one-sided tests on the logarithm."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology.groups.estimates import p_text, turned_ends
from ephys.pharmacology.population.contrasts import interval_of, lost_where_held, shift_of, too_few
from ephys.pharmacology.population.fit import PopulationFit


@dataclass(frozen=True)
class Equivalence:
    """Whether a shift lies within a margin that was named before.

    Parameters
    ----------
    margin : float
        Fold, above 1: a shift between 1 / margin and margin is taken for none.
    low, high : float
        Profile-likelihood interval of the shift at 1 - 2 alpha (90 % at a level of 95 %); NaN where p is withheld.
    alpha : float
        Of each of the two tests.
    p : float
        The larger of their P; NaN where it is withheld.
    df : int
        Of Student's t.
    """

    margin: float
    low: float
    high: float
    alpha: float
    p: float
    df: int

    @property
    def is_equivalent(self) -> bool:
        """Whether both tests reject, which is to say that the interval lies within the margin."""
        return self.p < self.alpha

    @property
    def turned(self) -> Equivalence:
        """The same of the reference over the group."""
        low, high = turned_ends(self.low, self.high)
        return replace(self, low=low, high=high)

    def __str__(self) -> str:
        """What is shown, and what is not."""
        inside = f"{100 * (1 - 2 * self.alpha):g} % CI {self.low:.3g} to {self.high:.3g}"
        margin = f"{1 / self.margin:.3g} to {self.margin:.3g}"
        if math.isnan(self.p):
            return f"equivalence within {margin} not tested: too few animals"
        shown = "equivalent" if self.is_equivalent else "equivalence not shown"
        return f"{shown} within {margin} ({inside}; two one-sided tests, t with {self.df} df, {p_text(self.p)})"


def equivalence(fit: PopulationFit, group: str, reference: str, *, margin: float) -> Equivalence:
    """Test whether a shift is within a margin on either side (Schuirmann 1987, J Pharmacokinet Biopharm 15:657).

    Each one-sided P is that of the signed root of the likelihood ratio at an end of the margin, against Student's t.
    """
    contrast, alpha, df = shift_of(fit, group, reference), 1.0 - fit.level, fit.df
    if too_few(fit, group, reference):
        return Equivalence(margin, math.nan, math.nan, alpha, math.nan, df)
    low, high = interval_of(fit, contrast, level=1.0 - 2.0 * alpha)
    at, edge = contrast.of(fit.best.values), math.log(margin)
    # Positive where the estimate is on the inner side of the end.
    roots = [
        math.copysign(math.sqrt(fit.calibration.f(lost_where_held(fit, contrast, end))), inward)
        for end, inward in ((-edge, at + edge), (edge, edge - at))
    ]
    return Equivalence(margin, low, high, alpha, float(stats.t.sf(min(roots), df)), df)


def check_margin(margin: object) -> None:
    """Check that a margin is a fold above 1.

    Raises
    ------
    ParameterError
        If it is not.
    """
    if margin is not None and not (isinstance(margin, int | float) and math.isfinite(margin) and margin > 1):
        raise ParameterError(
            f"margin must be a fold above 1 (1.5: shifts from 0.67 to 1.5 are taken for none), got {margin!r}"
        )
