"""What was estimated, as it is printed: a value with its interval, or the bound that is all there is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.groups.estimates import number_text

if TYPE_CHECKING:
    from ephys.pharmacology.shared_fits.fit import SharedFit

_FAR, _LARGE = 1e4, 1e7
_ROUNDING = 1e-6
"""Of a value: an interval of points without scatter is narrower than the search is exact."""
FEW_ANIMALS = 6
"""Animals below which an interval over animals is called rough (convention)."""

NOT_TOLD = "not told by these points"
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
        return NOT_TOLD
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
    near = abs(value) < min(_FAR * max(abs(beside), 1.0), _LARGE)
    return f"{value:.{places}f}" if near else f"{value:.3g}"


def holds(found: ParameterEstimate, value: float) -> bool:
    """Whether an interval holds a value, but for rounding; not where there is none.

    >>> holds(ParameterEstimate(2.0, 0.1, 1.8, 2.2, 0.95, "profile"), 1.0)
    False
    """
    slack = _ROUNDING * abs(value)
    return found.low - slack <= value <= found.high + slack


def is_told(found: ParameterEstimate) -> bool:
    """Whether neither end of an interval is open; not where there is none."""
    return math.isfinite(found.low) and math.isfinite(found.high)


def with_unit(text: str, unit: str) -> str:
    """A printed value with its unit behind; words alone where there is no value.

    >>> with_unit("> 400", "nM"), with_unit("none", "nM")
    ('> 400 nM', 'none')
    """
    return text if text in (NOT_TOLD, "none") else f"{text} {unit}"


def animals_note(fit: SharedFit) -> str | None:
    """What is to be known of the animals that the intervals rest on; ``None`` where nothing is."""
    jackknife, points = fit.jackknife, fit.points
    if jackknife is None:
        return NO_ANIMALS
    if jackknife.too_few:
        return f"fewer than three animals with the curve {', '.join(jackknife.too_few)}: no intervals"
    if jackknife.failed:
        names = ", ".join(points.animals[number] for number in jackknife.failed)
        return f"without animal {names} there is no fit: no intervals"
    sets = {frozenset(points.curve[points.animal == number].tolist()) for number in range(len(points.animals))}
    one_stratum = (
        f"animals differ in the curves that they have: the {len(points.animals)} count as one stratum"
        if len(set(jackknife.stratum)) < len(sets)
        else ""
    )
    least = min(len(points.animals_of(number)) for number in range(len(points.labels)))
    few = f"only {least} animals with a curve: the intervals are rough"
    return "; ".join(note for note in (one_stratum, few if least < FEW_ANIMALS else "") if note) or None


def interval_name(level: float, method: str) -> str:
    """What an interval is called.

    >>> interval_name(0.95, "jackknife"), interval_name(0.95, "none")
    ('95 %, over animals', 'no interval')
    """
    named = {"profile": "profile likelihood", "jackknife": "over animals"}
    return f"{100 * level:g} %, {named[method]}" if method in named else "no interval"
