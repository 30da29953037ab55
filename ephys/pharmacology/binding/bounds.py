"""A concentration that a curve tells: a value with its interval, a bound, a bracket; and its negative logarithm."""

from __future__ import annotations

import math
from typing import Literal

from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import interval_text, number_text

Told = Literal["interpolated", "above", "below", "bracket", "not_told"]
"""How much is known: a value within the concentrations tested, a bound, two ends, or nothing."""

Range = tuple[float, float]
ANY: Range = (0.0, math.inf)


def concentration_text(told: Told, value_nm: float, low_nm: float, high_nm: float, tested_nm: Range = ANY) -> str:
    """A concentration as it may be quoted, in nM.

    Parameters
    ----------
    told : {"interpolated", "above", "below", "bracket", "not_told"}
    value_nm, low_nm, high_nm : float
        Estimate and the ends of its interval; NaN where not known.
    tested_nm : tuple of float, optional
        Lowest and highest that were tested: an end beyond them is a bound.

    Examples
    --------
    >>> concentration_text("interpolated", 31.2, 20.0, 48.7), concentration_text("above", 0, 850.0, 9e9, (1.0, 1000.0))
    ('31.2 (20 to 48.7) nM', '> 1000 nM (at least 850)')
    """
    low, high = tested_nm
    if told == "not_told":
        return "not told"
    if told == "above":
        return f"> {figures(high)} nM" + (f" (at least {figures(low_nm)})" if low_nm < high else "")
    if told == "below":
        return f"< {figures(low)} nM" + (f" (at most {figures(high_nm)})" if high_nm > low else "")
    if told == "bracket":
        return f"between {figures(low_nm)} and {figures(high_nm)} nM"
    if math.isnan(low_nm) or math.isnan(high_nm):
        return f"{figures(value_nm)} nM"
    return f"{figures(value_nm)} ({_end(low_nm, tested_nm)} to {_end(high_nm, tested_nm)}) nM"


def _end(value: float, tested: Range) -> str:
    """End of an interval; beyond what was tested it is a bound."""
    if value > tested[1]:
        return f"> {figures(tested[1])}"
    return f"< {figures(tested[0])}" if value < tested[0] else figures(value)


def p_of(nm: float) -> float:
    """-log10 of a concentration in mol/l; infinite for 0.

    >>> p_of(10.0), p_of(0.0)
    (8.0, inf)
    """
    return math.inf if nm == 0 else 9.0 - math.log10(nm)


def p_text(told: Told, value_nm: float, low_nm: float, high_nm: float, tested_nm: Range = ANY) -> str:
    """The negative logarithm as it may be quoted; the ends change places.

    >>> p_text("interpolated", 10.0, 5.0, 20.0), p_text("above", 0, 850.0, 9e9, (1.0, 1000.0))
    ('8.00 (7.70 to 8.30)', '< 6.00')
    """
    if told == "not_told":
        return "not told"
    if told == "above":
        return f"< {p_of(tested_nm[1]):.2f}"
    if told == "below":
        return f"> {p_of(tested_nm[0]):.2f}"
    if told == "bracket":
        return f"between {p_of(high_nm):.2f} and {p_of(low_nm):.2f}"
    if math.isnan(low_nm) or math.isnan(high_nm):
        return f"{p_of(value_nm):.2f}"
    low = f"< {p_of(tested_nm[1]):.2f}" if high_nm > tested_nm[1] else f"{p_of(high_nm):.2f}"
    high = f"> {p_of(tested_nm[0]):.2f}" if low_nm < tested_nm[0] else f"{p_of(low_nm):.2f}"
    return f"{p_of(value_nm):.2f} ({low} to {high})"


def slope_text(value: float, low: float, high: float) -> str:
    """A slope as it may be quoted; one without an upper end has a bound.

    >>> slope_text(1.02, 0.94, 1.11), slope_text(8.0, 6.2, math.inf)
    ('1.02 (0.94 to 1.11)', '8 (at least 6.2)')
    """
    return (
        f"{number_text(value)} (at least {number_text(low)})" if high == math.inf else interval_text(value, low, high)
    )
