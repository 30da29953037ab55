"""What an antagonist before the agonist did by itself, and what there is to know of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from ephys.jupyter import unit_text
from ephys.model import Administration, DoseProtocol
from ephys.pharmacology.measuring import Seen, measure_baseline, with_percent
from ephys.pharmacology.pretreatment import (
    BEFORE_ANTAGONIST,
    INTO_DOSES,
    Pretreatment,
    acts_s,
    manner_of,
    untreated_baseline,
)
from ephys.pharmacology.readout import ReadoutSettings
from ephys.pharmacology.response_window import ResponseWindow


def measure_pretreatment(seen: Seen, settings: ReadoutSettings, baseline: ResponseWindow | None) -> Pretreatment | None:
    """Measure the untreated baseline, and the baseline of the doses against it; ``None`` without a pretreatment.

    Parameters
    ----------
    seen : Seen
    settings : ReadoutSettings
    baseline : ResponseWindow or None
        That after the antagonist.
    """
    protocol = seen.protocol
    given = protocol.pretreatments
    if not given:
        return None
    untreated = measure_baseline(seen, settings, untreated_baseline(protocol))
    if untreated is not None:
        untreated = replace(untreated, flags=(*untreated.flags, BEFORE_ANTAGONIST))
    found = Pretreatment(
        given, untreated, tuple(manner_of(one, protocol, settings) for one in given),
        beside="; ".join(_beside(seen, settings, given, untreated, baseline)),
        unread=_unread(protocol, settings, given, baseline),
        after_s=baseline.covered_s if baseline is not None else math.nan,
    )  # fmt: skip
    if baseline is None or not baseline.used or not _is_held(seen, baseline):
        return found
    own = with_percent(replace(baseline, percent=math.nan), untreated)
    return replace(found, percent=own.percent, percent_low=own.percent_low, percent_high=own.percent_high)


def _unread(
    protocol: DoseProtocol, settings: ReadoutSettings, given: tuple[Administration, ...],
    baseline: ResponseWindow | None,
) -> str:  # fmt: skip
    """Why there is no baseline to read the doses against; empty where there is one."""
    if baseline is not None:
        return "" if baseline.used else "; ".join(baseline.flags)
    left_s = protocol.first_agonist_s - max(acts_s(one, protocol, settings) for one in given)
    return (
        f"{left_s:.0f} s between {given[-1].drug} and the first dose are too few: the first {settings.delay_s:g} s "
        "after it are not read (readout.delay_s)"
    )


def _beside(
    seen: Seen, settings: ReadoutSettings, given: tuple[Administration, ...],
    untreated: ResponseWindow | None, baseline: ResponseWindow | None,
) -> Iterator[str]:  # fmt: skip
    """What may have moved the rate besides, and what was not taken."""
    protocol = seen.protocol
    since_s = untreated.epoch.start_s if untreated is not None else -math.inf
    until_s = baseline.epoch.stop_s if baseline is not None else given[-1].start_s
    others = [one for one in protocol.administrations if one.role in ("challenge", "other")]
    between = dict.fromkeys(one.drug or one.role for one in others if since_s <= one.start_s < until_s)
    if between:
        yield f"{', '.join(between)} given in between: which of them moved the rate cannot be told"
    first_s = protocol.first_agonist_s
    for one in given:
        how = manner_of(one, protocol, settings)
        if how == INTO_DOSES and one.end_s > one.start_s and math.isfinite(one.dose):
            share = (first_s - one.start_s) / (one.end_s - one.start_s)
            yield (
                f"at the first dose {share * one.dose:.3g} of {one.dose:g} {unit_text(one.dose_unit)} had been infused"
            )
        elif how == "infused" and baseline is not None and baseline.epoch.start_s < one.end_s:
            yield f"the baseline is that of the infusion, which ended {first_s - one.end_s:.0f} s before the first dose"
    if baseline is not None and not _is_held(seen, baseline):
        yield "the cell was not proven held to the end of that baseline"
    drawn = protocol.drawn_baseline
    if drawn is not None and drawn != untreated_baseline(protocol):
        yield (
            f"the drawn baseline, {drawn.start_s:g} to {drawn.stop_s:g} s, is not taken: it must end before the "
            "antagonist"
        )


def _is_held(seen: Seen, baseline: ResponseWindow) -> bool:
    """Whether the cell is known to have been there through a baseline."""
    return seen.fate is None or seen.fate.state == "held" or baseline.epoch.stop_s <= seen.fate.held_until_s
