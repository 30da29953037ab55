"""Which two units are one cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ephys.model import Unit
from ephys.sorting.agreement import count_coincidences
from ephys.sorting.curation.operations import Merge
from ephys.sorting.curation.reshaping import SAME_SPIKES
from ephys.sorting.curation.shapes import ShapeDistance, compare_shapes
from ephys.sorting.curation.suggesting.amplitudes import Handover, amplitude_valley, find_handover
from ephys.sorting.curation.suggesting.costs import merge_cost
from ephys.sorting.curation.suggesting.settings import SuggestionSettings
from ephys.sorting.curation.suggesting.trains import (
    Avoidance,
    Following,
    measure_avoidance,
    measure_following,
    measure_turns,
)
from ephys.sorting.curation.suggestion import Suggestion

UNSEEN = 0.5
"""Share of the score that is left where the shapes could not be compared (convention)."""

WITH_VALLEY = 0.8
"""Share of the score that is left where the amplitudes are two distributions (convention)."""

TAKING_TURNS = 0.4
"""Share of the score that is left where the two are seldom there at once (convention)."""

TIED_OVER = 0.6
"""Highest score of a hand-over: cells of one kind look alike (convention)."""

JUMPED = 0.4
"""The same where the size jumps, too (convention)."""


def suggest_merges(units: Sequence[Unit], settings: SuggestionSettings) -> list[Suggestion]:
    """Pairs of units that are one cell by their trains and their shapes; never by their shapes alone."""
    judged = [unit for unit in units if not unit.multi_unit and unit.n_spikes >= settings.least_spikes]
    found = (_judge(first, second, settings) for first, second in combinations(judged, 2))
    return [suggestion for suggestion in found if suggestion is not None]


def _judge(first: Unit, second: Unit, settings: SuggestionSettings) -> Suggestion | None:
    """Weigh one pair: bursts, then a hand-over in time, then trains that avoid one another."""
    shared = count_coincidences(first.times_s, second.times_s)
    if shared > SAME_SPIKES * min(first.n_spikes, second.n_spikes):
        return None  # the same spikes twice: no merge
    shape = compare_shapes(first.waveform, second.waveform, window_ms=settings.shape_ms)
    if shape is not None and shape.value > settings.burst_shape:
        return None
    for leader, follower in ((first, second), (second, first)):
        following = measure_following(leader, follower, settings)
        if following.in_bursts(settings):
            return _of_bursts(leader, follower, following, shape, settings)
    if shape is not None and shape.value > settings.same_shape:
        return None
    handover = find_handover(first, second, settings)
    if handover is not None:
        return _of_handover(first, second, handover, shape, settings)
    avoidance = measure_avoidance(first, second, settings)
    if avoidance is None or not avoidance.avoid(settings):
        return None
    return _of_avoidance(first, second, avoidance, shape, settings)


def _of_bursts(
    leader: Unit, follower: Unit, following: Following, shape: ShapeDistance | None, settings: SuggestionSettings
) -> Suggestion | None:
    """Suggest a merge of a cell with the later spikes of its bursts, unless its other spikes come independently."""
    avoidance = measure_avoidance(leader, following.others, settings) if following.others.n_spikes else None
    if avoidance is not None and avoidance.independent(settings):
        return None
    if following.share < settings.alone_share and not (avoidance is not None and avoidance.avoid(settings)):
        return None
    low_ms, high_ms = settings.burst_ms
    size = f", at {following.size:.2f} of its size" if following.size > 0 else ""
    reasons = [
        f"{following.count} of unit {follower.id}'s {following.n_spikes} spikes come {low_ms:g} to {high_ms:g} ms "
        f"after one of unit {leader.id} ({following.expected:.2g} expected by chance){size}; {following.before} come "
        "as long before one"
    ]
    against = []
    if avoidance is not None and avoidance.avoid(settings):
        reasons.append(f"the others leave {avoidance.text}")
    elif following.others.n_spikes:
        against.append(_unsure(avoidance, f"unit {follower.id}'s other {following.others.n_spikes} spikes"))
    score = 0.5 + 0.5 * following.share
    return _made(leader, follower, score, shape, (reasons, against), settings)


def _of_handover(
    first: Unit, second: Unit, handover: Handover, shape: ShapeDistance | None, settings: SuggestionSettings
) -> Suggestion | None:
    """Suggest a merge of a cell with itself at another time: shape and size go on, or it goes on at once."""
    steady = handover.steady(settings)
    if shape is None or not (steady or handover.at_once(settings)):
        return None
    reasons = [handover.text]
    against = ["cells of one kind look alike: one that was lost and another that came would look so, too"]
    score = TIED_OVER * (1.0 - abs(float(np.log(handover.ratio))))
    if not steady:
        score = JUMPED
        reasons.append(
            f"the silence between them is {handover.gap_s:.2g} s, and the intervals on either side are "
            f"{handover.interval_s:.2g} s"
        )
        against.append("the size jumps: an electrode that moves does that, and may as well lose one cell for another")
    avoidance = measure_avoidance(first, second, settings)
    if avoidance is not None and avoidance.independent(settings):
        return None
    if avoidance is not None and avoidance.avoid(settings):
        reasons.append(f"they leave {avoidance.text}")
    return _made(first, second, score, shape, (reasons, against), settings)


def _of_avoidance(
    first: Unit, second: Unit, avoidance: Avoidance, shape: ShapeDistance | None, settings: SuggestionSettings
) -> Suggestion:
    """Suggest a merge of two trains that keep clear of one another as one cell does of itself."""
    own = f"within themselves they leave {100 * avoidance.own_share:.0f} % of what chance would"
    reasons = [f"they leave {avoidance.text}; {own}"]
    against = []
    score = 1.0 - 0.5 * avoidance.most_share / settings.independent_share
    valley = amplitude_valley(first, second)
    if valley is None:
        against.append("amplitudes are unknown: whether they go on from one to the other was not looked at")
    elif valley.share < 1.0:
        score *= WITH_VALLEY
        against.append(f"two sizes: the valley between their amplitudes is at {100 * valley.share:.0f} % of the peak")
    else:
        reasons.append("no valley lies between their amplitudes")
    turns = measure_turns(first, second, settings)
    if turns.most_share < settings.independent_share:
        score *= TAKING_TURNS
        against.append(
            f"they are seldom there at once ({turns.count} intervals of {turns.window_ms[0] * 1e-3:g} to "
            f"{turns.window_ms[1] * 1e-3:g} s between them, {turns.expected:.3g} by the longer ones): two cells that "
            "take turns, in states of the anaesthesia or because a drug wakes one and silences the other, leave as few"
        )
    return _made(first, second, score, shape, (reasons, against), settings)


def _unsure(avoidance: Avoidance | None, whose: str) -> str:
    """What the quiet time could not tell."""
    if avoidance is None:
        return f"no stretch of time is empty enough in both units, so nothing is known of {whose}"
    return f"{whose} leave {avoidance.text}: too few to tell one cell from two"


def _made(
    first: Unit,
    second: Unit,
    score: float,
    shape: ShapeDistance | None,
    words: tuple[list[str], list[str]],
    settings: SuggestionSettings,
) -> Suggestion:
    """Suggestion with what the shapes say; the larger unit gives the name."""
    reasons, against = words
    if shape is None:
        score *= UNSEEN
        against.append("shapes could not be compared: too few snippets, or cut in different ways")
    elif shape.value <= settings.same_shape:
        reasons.append(f"one shape: {shape.text} (noise alone {100 * shape.noise:.0f} %)")
        score *= 1.0 - 0.5 * shape.value
    else:
        against.append(shape.text)
        score *= 1.0 - shape.value
    if _partly_together(first, second):
        against.append(
            "they are known in different stretches of time that overlap: restrict them to the same ones first"
        )
    units = sorted((first, second), key=lambda unit: -unit.n_spikes)
    operation = Merge((units[0].id, units[1].id))
    return Suggestion(
        operation, float(np.clip(score, 0, 1)), tuple(reasons), tuple(against), merge_cost(units, settings)
    )


def _partly_together(first: Unit, second: Unit) -> bool:
    """Whether one is unknown in part of the other's time, so that they cannot be merged as they are."""
    stretches = [[(epoch.start_s, epoch.stop_s) for epoch in unit.support.epochs] for unit in (first, second)]
    both_s = sum(first.support.covered_s(epoch) for epoch in second.support.epochs)
    return stretches[0] != stretches[1] and both_s > 0
