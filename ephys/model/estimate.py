"""A number with its interval, as a value."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.jupyter import Shown


@dataclass(frozen=True, slots=True)
class Estimate(Shown):
    """A number with its 95 % interval (another where it is said); NaN where unknown.

    Parameters
    ----------
    value : float, optional
        Estimate.
    low, high : float, optional
        Ends of the interval.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def text(self) -> str:
        """Value with its interval where there is one, a bound where that alone is known, or a dash.

        >>> Estimate(0.3124, 0.28, 0.351).text, Estimate(0.3).text, Estimate().text
        ('0.312 (0.28 to 0.351)', '0.3', '-')
        >>> Estimate(low=273.4, high=math.inf).text
        '> 273'
        """
        if math.isnan(self.value):
            return f"> {self.low:.3g}" if math.isfinite(self.low) and self.high == math.inf else "-"
        # Rounded first: a clock's CV is 0, not 1e-14.
        value, low, high = (f"{round(number, 6):.3g}" for number in (self.value, self.low, self.high))
        return value if math.isnan(self.low) or math.isnan(self.high) else f"{value} ({low} to {high})"
