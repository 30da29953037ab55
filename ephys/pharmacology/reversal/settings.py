"""When a rate counts as back, and which recoveries without an antagonist are a fair comparison."""

from __future__ import annotations

from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.response_flags import STEADY_PERCENT


@dataclass(frozen=True, slots=True)
class ReversalSettings(Shown):
    """When a rate is back, and what it is compared with.

    Parameters
    ----------
    within_s : float
        A return later than this after the antagonist is no reversal. Convention.
    back_percent : float
        A rate is back where it is at least this percent of the baseline's and its interval holds 100 %, or lies above.
        Convention: that of a steady vehicle.
    min_back_s : float
        A shorter stretch is not judged for being back, and a return is sure when it has lasted for so long.
        Convention.
    min_watched_s : float
        With less time after the antagonist a cell that is not back is not judged. Convention: i.v. effects take 1 to
        2 min to their maximum.
    min_animals : int
        With comparable recoveries of fewer animals no return is called a reversal. Convention.
    faster_factor : float
        A return is faster than a recovery where all of its interval times this factor is earlier than all of that of
        the recovery. Convention: returns that are a little faster are often so by chance.
    dose_factor : float
        A recovery is comparable where its cumulative dose is within this factor. Convention: a step of a doubling
        series.
    depth_points : float
        And where its rate at the time at which the antagonist came was no lower than the cell's by more than this, in
        percent of baseline. Convention.
    same_group : bool
        And where it is of the same group of animals: cells of treated animals may recover sooner.
    """

    within_s: float = 180.0
    back_percent: float = STEADY_PERCENT[0]
    min_back_s: float = 20.0
    min_watched_s: float = 60.0
    min_animals: int = 3
    faster_factor: float = 2.0
    dose_factor: float = 2.0
    depth_points: float = 20.0
    same_group: bool = True

    def __post_init__(self) -> None:
        if not (self.within_s > 0 and 0 < self.back_percent <= 100 and self.min_back_s > 0 and self.min_watched_s > 0):
            raise ParameterError(
                "reversal needs within_s, min_back_s and min_watched_s above 0 and back_percent above 0 and at most "
                f"100, got {self.within_s}, {self.min_back_s}, {self.min_watched_s} and {self.back_percent}"
            )
        if not (min(self.min_animals, self.faster_factor, self.dose_factor) >= 1 and self.depth_points >= 0):
            raise ParameterError(
                "reversal needs min_animals, faster_factor and dose_factor of 1 or more and depth_points of 0 or more, "
                f"got {self.min_animals}, {self.faster_factor}, {self.dose_factor} and {self.depth_points}"
            )

    @property
    def band_percent(self) -> tuple[float, float]:
        """From where a rate is back, and as far above the baseline.

        >>> ReversalSettings().band_percent
        (80.0, 125.0)
        """
        return self.back_percent, 1e4 / self.back_percent
