"""What was estimated, as it is printed: a value with its interval, or the bound that is all there is."""

from __future__ import annotations

import math

from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.groups.estimates import cell_text, number_text

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
        return f"{'<' if below else '>'} {number_text(end) if places is None else f'{end:.{places}f}'}"
    return cell_text(found.estimate, found.low, found.high, places=places)


def interval_name(level: float, method: str) -> str:
    """What an interval is called.

    >>> interval_name(0.95, "jackknife")
    '95 %, over animals'
    """
    named = {"profile": "profile likelihood", "jackknife": "over animals"}.get(method, method)
    return f"{100 * level:g} %, {named}"
