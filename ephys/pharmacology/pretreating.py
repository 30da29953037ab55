"""What an antagonist before the agonist did by itself, and what there is to know of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from ephys.model import Administration
from ephys.pharmacology.measuring import Seen, measure_baseline, with_percent
from ephys.pharmacology.pretreatment import (
    BEFORE_ANTAGONIST,
    Pretreatment,
    antagonists_before,
    untreated_baseline,
    washed_out,
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
    given = antagonists_before(seen.protocol)
    if not given:
        return None
    untreated = measure_baseline(seen, settings, untreated_baseline(seen.protocol))
    if untreated is not None:
        untreated = replace(untreated, flags=(*untreated.flags, BEFORE_ANTAGONIST))
    beside = "; ".join(_beside(seen, settings, given, untreated, baseline))
    if baseline is None or not _is_held(seen, baseline):
        return Pretreatment(given, untreated, beside)
    own = with_percent(replace(baseline, percent=math.nan), untreated)
    return Pretreatment(given, untreated, beside, own.percent, own.percent_low, own.percent_high)


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
    if all(washed_out(one, protocol, settings) for one in given):
        yield "washed out before the first concentration"
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
