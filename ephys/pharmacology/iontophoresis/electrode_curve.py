"""Half inhibition in nA of one barrel beside one cell: a number that holds for this electrode alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scipy import stats

from ephys.jupyter import Shown
from ephys.model import Estimate
from ephys.pharmacology.curve_fit import CurveFit
from ephys.pharmacology.fitting import fit_curve
from ephys.pharmacology.iontophoresis.currents import THIS_ELECTRODE
from ephys.pharmacology.iontophoresis.suppressed import Counted

LEAST_CURRENTS = 3
"""Currents below which no curve is fitted: two set a slope whatever they are. Convention."""


@dataclass(frozen=True, slots=True)
class ElectrodeCurve(Shown):
    """Hill curve of the rate against the ejecting current, each ejection with the baseline before it.

    Parameters
    ----------
    i50_na : Estimate
        Current that takes away half of the baseline rate, with its profile-likelihood interval; NaN outside the
        currents given.
    hill : float
        Slope.
    lowest_na, top_na : float
        Currents given.
    n_ejections, n_currents : int
    misfit_p : float
        Chance of counts so far from the curve, were they Poisson.
    text : str
        The current as it may be quoted: a value, a bound, or why there is none.
    """

    i50_na: Estimate = field(default_factory=Estimate)
    hill: float = math.nan
    lowest_na: float = math.nan
    top_na: float = math.nan
    n_ejections: int = 0
    n_currents: int = 0
    misfit_p: float = math.nan
    text: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return THIS_ELECTRODE

    def __str__(self) -> str:
        """The current, or its bound."""
        return f"{THIS_ELECTRODE}: {self.text}"


def fit_electrode_curve(counted: Sequence[tuple[float, Counted, Counted]]) -> ElectrodeCurve:
    """Fit a Hill curve to the counts of ejections at several currents; the largest inhibition is held at 100 %.

    Parameters
    ----------
    counted : sequence of (float, Counted, Counted)
        Current in nA, baseline and ejection. Each ejection's baseline rate is estimated with the curve, so that its
        noise is in the interval; counts are taken for Poisson.

    Examples
    --------
    >>> counted = [(na, Counted(120, 60.0), Counted(n, 50.0)) for na, n in ((5.0, 80), (10.0, 50), (20.0, 20))]
    >>> print(fit_electrode_curve(counted))
    I50, this electrode: 10 nA (7.57 to 12.7), 3 currents 5 to 20 nA, 3 ejections
    """
    currents, n = sorted({na for na, _, _ in counted}), len(counted)
    if len(currents) < LEAST_CURRENTS:
        few = f"needs {LEAST_CURRENTS} currents, got {len(currents)}"
        return ElectrodeCurve(n_ejections=n, n_currents=len(currents), text=few)
    bare = ElectrodeCurve(lowest_na=currents[0], top_na=currents[-1], n_ejections=n, n_currents=len(currents))
    used = [(na, before, during) for na, before, during in counted if before.n > 0]
    if len({na for na, _, _ in used}) < LEAST_CURRENTS:
        return replace(bare, text="not fitted: silent baselines")
    fit = _fit(used)
    hill = fit.estimate["b"]
    about = f"{len(currents)} currents {currents[0]:g} to {currents[-1]:g} nA, {n} ejection{'s' * (n != 1)}"
    if not fit.converged or hill <= 0:
        return replace(bare, text=f"none: no inhibition that grows with the current, {about}")
    i50 = fit.ed(50.0, curve="0")
    misfit = float(stats.chi2.sf(fit.deviance, fit.df)) if fit.df > 0 else math.nan
    fitted = replace(bare, hill=hill, misfit_p=misfit)
    if not currents[0] <= i50.estimate <= currents[-1]:
        bound = f"> {currents[-1]:g}" if i50.estimate > currents[-1] else f"< {currents[0]:g}"
        return replace(fitted, i50_na=Estimate(math.nan, i50.low, i50.high), text=f"{bound} nA, {about}")
    told = f"{i50.estimate:.3g} nA ({i50.low:.3g} to {i50.high:.3g})"
    return replace(fitted, i50_na=Estimate(i50.estimate, i50.low, i50.high), text=f"{told}, {about}")


def _fit(used: Sequence[tuple[float, Counted, Counted]]) -> CurveFit:
    """A curve for each ejection, from its own baseline; slope and middle are shared."""
    return fit_curve(
        [current for na, _, _ in used for current in (0.0, na)],
        [each.n for _, before, during in used for each in (before, during)],
        exposure=[each.seconds for _, before, during in used for each in (before, during)],
        curve=[str(place) for place in range(len(used)) for _ in range(2)],
        model="LL.3", family="poisson", shared=("b", "e"),
    )  # fmt: skip
