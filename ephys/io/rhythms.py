"""Columns of ``units.csv`` that say how a unit follows breathing and heartbeat."""

from __future__ import annotations

from typing import Any, get_args

from ephys.model import UnitRhythms
from ephys.model.rhythm import RhythmName

_MEASURES = ("source", "hz", "strength", "low", "high", "chance", "depth", "depth_low", "depth_high", "missed")
RHYTHM_COLUMNS = (
    "rhythm_artefact",
    "rhythm_not_judged",
    "slow_share",
    *(f"{rhythm}_{measure}" for rhythm in get_args(RhythmName) for measure in _MEASURES),
)


def rhythm_row(rhythms: UnitRhythms) -> dict[str, Any]:
    """Return the columns of one unit; those of a rhythm that was not found stay empty.

    >>> rhythm_row(UnitRhythms("1", slow_share=0.3))["slow_share"]
    0.3
    """
    row: dict[str, Any] = {
        "rhythm_artefact": "; ".join(rhythms.artefact),
        "rhythm_not_judged": rhythms.not_judged,
        "slow_share": rhythms.slow_share,
    }
    for one in rhythms.lockings:
        values = (
            one.source, one.frequency_hz, one.strength, one.low, one.high, one.chance, one.depth, one.depth_low,
            one.depth_high, " ".join(f"{share:.3f}" for share in one.missed),
        )  # fmt: skip
        row |= {f"{one.rhythm}_{measure}": value for measure, value in zip(_MEASURES, values, strict=True)}
    return row
