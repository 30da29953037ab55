"""What was estimated, as it is printed: a value with its interval, or the bound that is all there is."""

from __future__ import annotations

import math

from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.groups.estimates import number_text

_FAR = 1e4

NO_ANIMALS = "animals are not named: points count as independent; intervals are too narrow if an animal gave several"


def estimate_text(
    found: ParameterEstimate, *, lowest: float = -math.inf, highest: float = math.inf, places: int | None = None
) -> str:
    """Value with its interval; where an end is open, the bound, since the value may then be anything beyond it.

    Parameters
    ----------
    found : ParameterEstimate
    lowest, highest : float, optional
        Ends at which an interval is open: 0 for what is positive.
    places : int, optional
        After the point.

    Examples
    --------
    >>> estimate_text(ParameterEstimate(7.884, 0.03, 7.82, 7.95, 0.95, "profile"), places=2)
    '7.88 (7.82 to 7.95)'
    >>> estimate_text(ParameterEstimate(5e9, 1e9, 1203.0, math.inf, 0.95, "profile"))
    '> 1200'
    """
    below, above = found.low <= lowest, found.high >= highest
    if below and above:
        return "not told by these points"
    if below or above:
        end = found.high if below else found.low
        told = f"{end:.{places}f}" if places is not None else number_text(end) if end < _FAR else f"{end:.3g}"
        return f"{'<' if below else '>'} {told}"
    if math.isnan(found.estimate):
        return "none"
    if places is None:
        places = max(0, 2 - math.floor(math.log10(abs(found.estimate)))) if found.estimate else 2
    value, low, high = (_number(one, found.estimate, places) for one in (found.estimate, found.low, found.high))
    return value if math.isnan(found.low) else f"{value} ({low} to {high})"


def _number(value: float, beside: float, places: int) -> str:
    """An end with the places of the value, but for one far beyond it."""
    return f"{value:.{places}f}" if abs(value) < _FAR * max(abs(beside), 1.0) else f"{value:.3g}"


def interval_name(level: float, method: str) -> str:
    """What an interval is called.

    >>> interval_name(0.95, "jackknife")
    '95 %, over animals'
    """
    named = {"profile": "profile likelihood", "jackknife": "over animals"}.get(method, method)
    return f"{100 * level:g} %, {named}"
