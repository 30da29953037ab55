"""How a course of fractions is read: its baseline, the window of its area, when it has recovered."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.jupyter import Shown

LEAST_FRACTIONS = 3
"""Fractions that a baseline needs (convention): of two, no scatter can be told from a trend."""


@dataclass(frozen=True, slots=True)
class DialysisSettings(Shown):
    """Settings of `measure_dialysis`.

    Parameters
    ----------
    baseline_fractions : int
        The last so many measured fractions wholly before the drug are the baseline. Convention.
    most_cv_percent : float
        Coefficient of variation up to which a baseline is stable. Convention.
    most_drift_percent : float
        Change over the baseline, from its first to its last fraction along a straight line and in percent of its mean,
        up to which it is stable. Convention.
    window_min : float
        The area and the nadir are those of fractions that lie wholly within so many minutes from the drug; infinite
        for all. Convention.
    recovered_percent : float
        Percent of baseline from which two fractions in a row are a recovery. Convention.
    dead_volume_ul, flow_ul_min : float
        Where the table does not state them; another value than the table's is an error. There is no default: NaN.

    Raises
    ------
    ParameterError
        If one cannot be.
    """

    baseline_fractions: int = 3
    most_cv_percent: float = 20.0
    most_drift_percent: float = 20.0
    window_min: float = math.inf
    recovered_percent: float = 90.0
    dead_volume_ul: float = math.nan
    flow_ul_min: float = math.nan

    def __post_init__(self) -> None:
        if self.baseline_fractions < LEAST_FRACTIONS:
            raise ParameterError(
                f"baseline_fractions must be {LEAST_FRACTIONS} or more, got {self.baseline_fractions}: of fewer, no "
                "scatter can be told from a trend"
            )
        for what in ("most_cv_percent", "most_drift_percent", "window_min", "recovered_percent"):
            if not getattr(self, what) > 0:
                raise ParameterError(f"{what} must be above 0, got {getattr(self, what):g}")
        if self.dead_volume_ul < 0:
            raise ParameterError(f"dead_volume_ul must be 0 or more, got {self.dead_volume_ul:g}")
        if self.flow_ul_min <= 0:
            raise ParameterError(f"flow_ul_min must be above 0, got {self.flow_ul_min:g}")
