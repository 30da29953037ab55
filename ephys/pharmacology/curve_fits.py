"""Many curves fitted at once, and what can be asked of them; one fit is a row of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ephys.jupyter import Shown
from ephys.pharmacology.curve_fit import CurveFit
from ephys.pharmacology.regression.inference import Inference, Method
from ephys.pharmacology.regression.search import Solution
from ephys.pharmacology.regression.targets import Kind

FloatArray = NDArray[np.float64]

_SHOWN = 5


@dataclass(frozen=True)
class CurveFits(Shown):
    """Curves fitted to many rows of responses.

    Parameters
    ----------
    inference : Inference
        The solutions.

    Examples
    --------
    >>> from ephys.pharmacology import curve_model, fit_curves
    >>> dose = [3.0, 10.0, 30.0, 100.0, 300.0]
    >>> curves = [curve_model("LL.3")(dose, b=1.5, d=100.0, e=e) for e in (20.0, 40.0)]
    >>> fits = fit_curves(dose, curves, model="LL.3")
    >>> fits.estimate["e"].round(6)
    array([20., 40.])
    >>> len(fits), fits[1].model
    (2, 'LL.3')
    """

    inference: Inference

    @property
    def _solution(self) -> Solution:
        return self.inference.solution

    def __len__(self) -> int:
        return int(self._solution.value.size)

    def __getitem__(self, row: int) -> CurveFit:
        """Return one fit."""
        if not -len(self) <= row < len(self):
            raise IndexError(f"there are {len(self)} fits, and no number {row}")
        return CurveFit(self.inference.row(row % len(self)))

    def __iter__(self) -> Iterator[CurveFit]:
        return (self[row] for row in range(len(self)))

    @property
    def names(self) -> tuple[str, ...]:
        """What was estimated."""
        return self._solution.problem.layout.names

    @property
    def estimate(self) -> dict[str, FloatArray]:
        """Estimates by name, (rows,)."""
        return self.inference.estimates

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the estimates from (JᵀJ)⁻¹, (rows, parameters, parameters)."""
        return self.inference.covariance

    @cached_property
    def se(self) -> dict[str, FloatArray]:
        """Standard errors by name, (rows,)."""
        return self.inference.errors()

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether a best fit exists and was found, (rows,)."""
        return self._solution.converged

    @property
    def rss(self) -> FloatArray:
        """Weighted sum of the squared residuals, (rows,); of counts and proportions unweighted."""
        return self.inference.rss

    @property
    def log_likelihood(self) -> FloatArray:
        """Log-likelihood with every constant, (rows,)."""
        return self.inference.log_likelihood

    def interval(self, name: str, method: Method = "profile", level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Lower and upper ends of the interval of an estimate, (rows,) each; see `CurveFit.interval`."""
        return self.inference.interval(self.inference.parameter(name), method=method, level=level)

    def ed(self, percent: float, kind: Kind = "relative", *, curve: str | None = None) -> FloatArray:
        """Effective doses, (rows,), NaN where there is no best fit; see `CurveFit.ed`."""
        doses = self.inference.estimate(self.inference.dose(percent, kind, curve))[0]
        return np.where(self.converged, doses, np.nan)

    def __str__(self) -> str:
        """How many, and the first of them."""
        first = "\n".join(f"  {row}: {self[row]}" for row in range(min(len(self), _SHOWN)))
        more = f"\n  ... and {len(self) - _SHOWN} more" if len(self) > _SHOWN else ""
        return f"{len(self)} fits, {int(self.converged.sum())} with a best fit\n{first}{more}"

    __repr__ = __str__
