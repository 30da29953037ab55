"""A range that passes, a wider one that is borderline, and the verdict on a value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ephys.errors import ParameterError
from ephys.jupyter import Shown

Verdict = Literal["pass", "fail", "borderline", "not_judged"]


@dataclass(frozen=True, slots=True)
class Limits(Shown):
    """A range that passes, and a wider one that is borderline; both ends belong to them.

    Parameters
    ----------
    low, high : float
        What passes; infinite where there is no limit.
    borderline_low, borderline_high : float
        What does not fail; the same as `low` and `high` where nothing is borderline.
    unit : str
        Unit of the value.
    source : str
        Where the numbers come from, or that they are a convention.

    Raises
    ------
    ParameterError
        If a borderline limit lies inside the range that passes.

    Examples
    --------
    >>> regular = Limits(high=0.5, borderline_high=0.8)
    >>> regular.judge(0.3), regular.judge(0.6), regular.judge(1.0), regular.judge(float("nan"))
    ('pass', 'borderline', 'fail', 'not_judged')
    >>> str(regular)
    '<= 0.5, borderline to 0.8'
    """

    low: float = -math.inf
    high: float = math.inf
    borderline_low: float = math.nan
    borderline_high: float = math.nan
    unit: str = ""
    source: str = "convention"

    def __post_init__(self) -> None:
        if math.isnan(self.borderline_low):
            object.__setattr__(self, "borderline_low", self.low)
        if math.isnan(self.borderline_high):
            object.__setattr__(self, "borderline_high", self.high)
        if not self.borderline_low <= self.low <= self.high <= self.borderline_high:
            raise ParameterError(
                f"limits must widen outwards, got pass {self.low:g} to {self.high:g} and borderline "
                f"{self.borderline_low:g} to {self.borderline_high:g}"
            )

    def judge(self, value: float) -> Verdict:
        """Verdict on one value; a missing one is not judged."""
        if math.isnan(value):
            return "not_judged"
        if self.low <= value <= self.high:
            return "pass"
        return "borderline" if self.borderline_low <= value <= self.borderline_high else "fail"

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        ends = (math.isfinite(self.low), math.isfinite(self.high))
        if all(ends):
            passes = f"{self.low:g} to {self.high:g}{unit}"
        else:
            passes = f">= {self.low:g}{unit}" if ends[0] else f"<= {self.high:g}{unit}"
        below = f"from {self.borderline_low:g}" if self.borderline_low < self.low else ""
        above = f"to {self.borderline_high:g}" if self.borderline_high > self.high else ""
        bounds = " ".join(bound for bound in (below, above) if bound)
        return f"{passes}, borderline {bounds}" if bounds else passes
