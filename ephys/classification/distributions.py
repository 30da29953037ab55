"""What is published of each class of raphe cells: means with their spread, read from data files with a source a row."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

from scipy.special import stdtr

from ephys.errors import ParameterError
from ephys.jupyter import Shown

_FOLDER = resources.files("ephys.classification") / "distributions"
SEROTONERGIC = "serotonergic"


@dataclass(frozen=True, slots=True)
class Distribution(Shown):
    """One feature in one class: log-normal, from a mean and a spread.

    Parameters
    ----------
    mean, sd : float
        Of the cells; a standard error was multiplied by the square root of `n`.
    n : int
        Cells behind it.
    rate_correlation : float
        With the logarithm of the rate, of the logarithms.
    unit, band, standing, source : str
        As the data file has them.

    Examples
    --------
    >>> rate = Distribution(1.7, 0.2 * 12**0.5, 12)
    >>> round(rate.tail(1.6), 2), rate.tail(12.0) < 0.001
    (0.97, True)
    """

    mean: float
    sd: float
    n: int
    rate_correlation: float = 0.0
    unit: str = ""
    band: str = ""
    standing: str = ""
    source: str = ""

    @property
    def log_sd(self) -> float:
        """SD of the logarithm of a log-normal with this mean and SD."""
        return math.sqrt(math.log1p((self.sd / self.mean) ** 2))

    @property
    def log_mean(self) -> float:
        """Mean of the logarithm."""
        return math.log(self.mean) - self.log_sd**2 / 2

    def score(self, value: float) -> float:
        """Distance of a value from the mean, in SDs of the logarithm."""
        return (math.log(value) - self.log_mean) / self.log_sd

    def log_density(self, value: float, *, rate_score: float | None = None) -> float:
        """Log of the predictive density of ``ln(value)`` in the next cell: Student's t, `n` - 1 degrees of freedom.

        `rate_score` is how far the cell's rate lies out in this class, where it is known: what it says of this feature
        is taken off.
        """
        expected, scale = self.predicted(rate_score)
        freedom, distance = self.n - 1, (math.log(value) - expected) / scale
        height = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
        return height - math.log(scale) - (freedom + 1) / 2 * math.log1p(distance**2 / freedom)

    def tail(self, value: float, *, rate_score: float | None = None) -> float:
        """Share of cells of the class that lie as far out as this value, or further."""
        expected, scale = self.predicted(rate_score)
        return float(2 * stdtr(self.n - 1, -abs(math.log(value) - expected) / scale))

    def predicted(self, rate_score: float | None) -> tuple[float, float]:
        """Where the logarithm is expected in the next cell, and on which scale; `rate_score` as in `log_density`."""
        known = 0.0 if rate_score is None else self.rate_correlation
        expected = self.log_mean + known * self.log_sd * (rate_score or 0.0)
        return expected, self.log_sd * math.sqrt((1 - known**2) * (1 + 1 / self.n))


@dataclass(frozen=True)
class CellClass(Shown):
    """One class of cells: how common it is among those recorded, and how its features are distributed, by name."""

    name: str
    prior: float
    prior_source: str
    distributions_of: Mapping[str, Distribution]


@lru_cache
def load_classes(name: str) -> tuple[CellClass, ...]:
    """Classes of a preparation, with priors that sum to 1.

    Parameters
    ----------
    name : str
        Name of the table, as a preset's `evidence` has it.

    Raises
    ------
    ParameterError
        If there is no such table.

    Examples
    --------
    >>> [(one.name, round(one.prior, 2)) for one in load_classes("rat_in_vivo")]
    [('serotonergic', 0.35), ('slow irregular', 0.35), ('fast', 0.29)]
    """
    file = _FOLDER / f"{name}.csv"
    if not file.is_file():
        known = sorted(other.name.removesuffix(".csv") for other in _FOLDER.iterdir() if other.name.endswith(".csv"))
        raise ParameterError(f"no published distributions named {name!r}; there are {', '.join(known)}")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    priors = [row for row in rows if row["feature"] == "prior"]
    total = sum(float(row["mean"]) for row in priors)
    return tuple(
        CellClass(
            row["class"],
            float(row["mean"]) / total,
            row["source"],
            {r["feature"]: _distribution(r) for r in rows if r["class"] == row["class"] and r["feature"] != "prior"},
        )
        for row in priors
    )


def with_prior(classes: tuple[CellClass, ...], serotonergic: float) -> tuple[CellClass, ...]:
    """Classes with another share of serotonergic cells; the others keep their proportions."""
    others = sum(one.prior for one in classes if one.name != SEROTONERGIC)
    return tuple(
        replace(
            one,
            prior=serotonergic if one.name == SEROTONERGIC else one.prior * (1 - serotonergic) / others,
            prior_source=f"{100 * serotonergic:g} % serotonergic, set by the user",
        )
        for one in classes
    )


def _distribution(row: dict[str, str]) -> Distribution:
    """One row of the data file."""
    n = int(row["n"])
    spread = float(row["spread"])
    return Distribution(
        float(row["mean"]),
        spread * math.sqrt(n) if row["spread_kind"] == "SEM" else spread,
        n,
        float(row["rate_correlation"] or 0.0),
        row["unit"],
        row["band"],
        row["standing"],
        row["source"],
    )
