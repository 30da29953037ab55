"""Until when a cell was surely there, assessed or not."""

from __future__ import annotations

import math

from ephys.model import Epoch, Fate, Unit

SILENT_S, SILENT_INTERVALS = 30.0, 10.0
"""A longer silence at the end may be the loss of a cell whose fate nobody assessed. Conventions."""


def held_until_s(unit: Unit, fate: Fate | None) -> float:
    """Until when a cell is known to have been there; infinite where it is to the end.

    Of one that nobody assessed, to its last spike, where a silence follows that is longer than `SILENT_S` and than
    `SILENT_INTERVALS` of its mean intervals.
    """
    if fate is not None:
        return math.inf if fate.state == "held" else fate.held_until_s
    if not unit.n_spikes:
        return unit.support.start_s
    last_s, stop_s = float(unit.times_s[-1]), unit.support.stop_s
    silent_s = unit.support.covered_s(Epoch(last_s, stop_s)) if last_s < stop_s else 0.0
    usual_s = unit.support.duration_s / unit.n_spikes
    return last_s if silent_s > max(SILENT_S, SILENT_INTERVALS * usual_s) else math.inf
