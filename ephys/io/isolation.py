"""Columns of ``units.csv`` that say how far a unit stands apart from its neighbours, and from itself at other times."""

from __future__ import annotations

from typing import Any

from ephys.model import Isolation

ISOLATION_COLUMNS = (
    "neighbour",
    "shape_false",
    "shape_false_low",
    "shape_false_high",
    "shape_missed",
    "shape_missed_low",
    "shape_missed_high",
    "link_confidence",
    "link_s",
)


def isolation_row(isolation: Isolation) -> dict[str, Any]:
    """Return the columns of one unit.

    >>> from ephys.model import Share
    >>> isolation_row(Isolation("2", Share(0.01, 0.0, 0.02), Share(0.02, 0.01, 0.03)))["shape_missed"]
    0.02
    """
    false, missed = isolation.false, isolation.missed
    shares = (false.value, false.low, false.high, missed.value, missed.low, missed.high)
    values = (isolation.neighbour, *shares, isolation.link_confidence, isolation.link_s)
    return dict(zip(ISOLATION_COLUMNS, values, strict=True))
