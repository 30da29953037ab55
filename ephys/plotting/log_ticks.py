"""Ticks of log axes at 1, 2 and 5, and axes that end at such a tick."""

from __future__ import annotations

import math
from collections.abc import Sequence

_STEPS = (1.0, 2.0, 5.0)
_MOST = 9


def one_two_five(low: float, high: float) -> list[float]:
    """Numbers between two ends at which a log axis has its ticks: 1, 2 and 5, or powers of ten where these are many.

    >>> one_two_five(0.5, 10.0)
    [0.5, 1.0, 2.0, 5.0, 10.0]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [step * 10.0**power for power in powers for step in _STEPS]
    within = [tick for tick in fine if low * 0.999 <= tick <= high * 1.001]
    tens = [tick for tick in within if _is_ten(tick)]
    return within if len(within) <= _MOST else tens[:: math.ceil(len(tens) / _MOST)]


def log_range(values: Sequence[float]) -> tuple[float, float]:
    """Ends of a log axis on which some values stand: the ticks next to them.

    >>> log_range([0.7, 12.0]), log_range([])
    ((0.5, 20.0), (0.1, 10.0))
    """
    if not values:
        return 0.1, 10.0
    low = max(tick for tick in _around(min(values)) if tick < min(values) / 1.03)
    high = min(tick for tick in _around(max(values)) if tick > max(values) * 1.03)
    return low, high


def _around(value: float) -> list[float]:
    """Ticks of the decades next to a value."""
    power = math.floor(math.log10(value))
    return [step * 10.0**one for one in (power - 1, power, power + 1) for step in _STEPS]


def _is_ten(tick: float) -> bool:
    """Whether a tick is a power of ten."""
    return math.isclose(math.log10(tick), round(math.log10(tick)), abs_tol=1e-9)
