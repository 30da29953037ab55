"""Part of a unit: some of its spikes, or a stretch of its time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ephys.model.epoch import Epoch
from ephys.model.unit import Unit


def choose_spikes(unit: Unit, kept: NDArray[np.bool_], name: str) -> Unit:
    """Unit with some of its spikes only, their amplitudes and their snippets; its time stays."""
    place = np.cumsum(kept) - 1
    waveform = unit.waveform
    if waveform is not None:
        held = kept[waveform.spike_index]
        index = place[waveform.spike_index[held]]
        waveform = replace(waveform, snippets_uv=waveform.snippets_uv[held], spike_index=index)
    return replace(
        unit,
        id=name,
        times_s=unit.times_s[kept],
        amplitudes_uv=unit.amplitudes_uv[kept],
        waveform=waveform,
        isolation=unit.isolation if kept.all() else None,  # it was of other spikes
    )


def unit_within(unit: Unit, stretch: Epoch) -> Unit | None:
    """Unit in one stretch of its time, outside which nothing is known then; ``None`` where it was not recorded there.

    >>> from ephys.model.epoch import Support
    >>> unit = Unit.from_times([1.0, 2.0, 10.0], support=Support.of(Epoch(0.0, 10.0)))
    >>> unit_within(unit, Epoch(2.0, 20.0)).times_s
    array([ 2., 10.])
    """
    support = unit.support.within(stretch)
    if support is None:
        return None
    at_the_end = (unit.times_s == unit.support.stop_s) & (stretch.stop_s >= unit.support.stop_s)
    inside = stretch.mask(unit.times_s) | at_the_end  # the last instant of a recording counts as inside
    return replace(choose_spikes(unit, inside, unit.id), support=support)
