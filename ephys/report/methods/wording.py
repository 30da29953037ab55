"""How numbers and lists are printed in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ephys.plotting.timeline import dose_unit_text


def listed(items: Iterable[str], last: str = "and") -> str:
    """Words in a row.

    >>> listed(["rate"]), listed(["rate", "CV"]), listed(["rate", "CV", "width"])
    ('rate', 'rate and CV', 'rate, CV and width')
    """
    words = list(items)
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number of things.

    >>> counted(1, "animal"), counted(3, "animal"), counted(2, "series", "series")
    ('1 animal', '3 animals', '2 series')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def were(number: int) -> str:
    """The verb of so many things.

    >>> were(1), were(2)
    ('was', 'were')
    """
    return "was" if number == 1 else "were"


def span(low: float, high: float, unit: str) -> str:
    """A range, or one value where both ends are the same, to four figures.

    >>> span(180.0, 180.0, "s"), span(60.0, 90.0, "s")
    ('180 s', '60 to 90 s')
    """
    ends = dict.fromkeys(f"{value:.4g}" for value in (low, high))
    return f"{' to '.join(ends)} {unit}"


def band_text(low_hz: float | None, high_hz: float | None) -> str:
    """A pass band; empty where neither edge is known, or nothing limits it.

    >>> band_text(150.0, 6000.0), band_text(100.0, None), band_text(None, 3000.0), band_text(0.0, None)
    ('150 to 6000 Hz', 'above 100 Hz', 'below 3000 Hz', '')
    """
    if low_hz and high_hz:
        return f"{low_hz:g} to {high_hz:g} Hz"
    if low_hz:
        return f"above {low_hz:g} Hz"
    return f"below {high_hz:g} Hz" if high_hz else ""


def doses_text(doses: Iterable[float], unit: str) -> str:
    """Doses in a row with their unit, as it is printed."""
    return f"{listed(f'{dose:g}' for dose in doses)} {dose_unit_text(unit)}".rstrip()


def percent(share: float) -> str:
    """A share as percent, without the digits that nobody set.

    >>> percent(0.95), percent(0.025)
    ('95 %', '2.5 %')
    """
    return f"{100.0 * share:.4g} %"


def known(values: Iterable[float]) -> list[float]:
    """Values that were measured."""
    return [value for value in values if math.isfinite(value)]
