"""What the fit of a cell assumes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.compounds import find_compound
from ephys.pharmacology.counts.emax import FreeEmax

ASSUMED, ESTIMATED, BY_HAND = "assumed", "estimated", "set by hand"


@dataclass(frozen=True, slots=True)
class FitSettings(Shown):
    """What the fit assumes.

    Parameters
    ----------
    emax_percent : float
        Largest inhibition, fixed; 0 takes the compound's own from the table of compounds, and 100 %, as an assumption,
        where it has none. It is printed with every ID50, and says so where it is assumed.
    free_emax : {"auto", "always", "never"}
        Whether the largest inhibition is estimated instead: ``auto`` where six doses or more say that it is smaller
        (gain of 2 ln L above 5.41, which chance gives in 1 of 100 cells without a plateau).
    drift : bool
        Estimate a steady drift of the rate beside the drug's effect. It needs a vehicle window, or one after the
        antagonist or the wash, which is then taken for free of drug.
    dispersion : float
        Relative standard deviation of the cell's rate between windows. Convention, until a data set tells its own.
    least_fano : float
        Least squared CV of the intervals. The cell's own is measured on its baseline; one that is slowed may fire less
        regularly. Convention.
    hill_prior, hill_prior_sd : float
        Centre of the prior on the slope, and its SD on the natural logarithm: weak. Convention, until a data set tells
        its own.
    shared_cells, shared_slopes : int
        How many cells told the dispersion, and the prior of the slope; 0 where it is the convention.
    level : float
        Coverage of the intervals.
    replicates, seed : int
        Of the bootstrap that says how likely a curve is without any effect.
    """

    emax_percent: float = 0.0
    free_emax: FreeEmax = "auto"
    drift: bool = False
    dispersion: float = 0.10
    least_fano: float = 0.05
    hill_prior: float = 1.5
    hill_prior_sd: float = 0.5
    shared_cells: int = 0
    shared_slopes: int = 0
    level: float = 0.95
    replicates: int = 399
    seed: int = 0

    def __post_init__(self) -> None:
        if self.emax_percent != 0 and not 50 < self.emax_percent <= 100:
            raise ParameterError(
                f"fit.emax_percent must be above 50 and at most 100 (or 0 for the compound's own), got "
                f"{self.emax_percent}: a drug that cannot take away half of the rate has no absolute ID50"
            )
        if self.free_emax not in get_args(FreeEmax):
            raise ParameterError(f"fit.free_emax must be {', '.join(get_args(FreeEmax))}, got {self.free_emax!r}")
        if not 50 < 100 * self.level < 100:
            raise ParameterError(f"fit.level must be between 0.5 and 1, got {self.level}")
        known = all(math.isfinite(value) for value in (self.least_fano, self.hill_prior, self.hill_prior_sd))
        positive = known and min(self.least_fano, self.hill_prior, self.hill_prior_sd) > 0
        if not (0 <= self.dispersion < 2 and positive):
            raise ParameterError(
                "fit.dispersion must lie between 0 and 2; least_fano, hill_prior and hill_prior_sd must be positive, "
                f"got {self.dispersion}, {self.least_fano}, {self.hill_prior} and {self.hill_prior_sd}"
            )
        if self.replicates != int(self.replicates) or self.replicates < 99 or self.seed < 0:
            raise ParameterError(
                f"fit.replicates must be a whole number of 99 or more, and seed not negative, got {self.replicates} "
                f"and {self.seed}"
            )
        if self.emax_percent and self.free_emax == "always":
            raise ParameterError(
                f"fit.emax_percent={self.emax_percent:g} fixes what fit.free_emax='always' estimates: leave one out"
            )

    def emax_of(self, drug: str) -> tuple[float, str]:
        """Largest inhibition of a drug in percent, and where it comes from.

        >>> FitSettings().emax_of("lesopitron")
        (100.0, 'assumed')
        """
        if self.emax_percent:
            return self.emax_percent, BY_HAND
        compound = find_compound(drug)
        if compound is None or math.isnan(compound.emax_percent):
            return 100.0, ASSUMED
        return compound.emax_percent, compound.emax_source

    @property
    def basis(self) -> str:
        """Where dispersion and prior come from, with their values."""
        wander = f"rate wanders by {100 * self.dispersion:.2g} % between windows: {_source(self.shared_cells)}"
        slope = f"ln Hill ~ N(ln {self.hill_prior:.2g}, {self.hill_prior_sd:.2g}): {_source(self.shared_slopes)}"
        return f"{wander}; {slope}"


def _source(cells: int) -> str:
    """Where an assumption comes from."""
    return f"estimated from {cells} cells" if cells else "convention for a lone cell"
