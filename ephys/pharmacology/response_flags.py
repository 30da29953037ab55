"""What is doubtful about a window, or a series: said in words, and some of it a reason not to fit."""

from __future__ import annotations

import math

from ephys.model import DoseProtocol, Epoch, Fate, Support, Unit
from ephys.model.protocol import CHOSEN, MOLAR_UNITS
from ephys.pharmacology.pretreatment import Pretreatment
from ephys.pharmacology.readout import TROUGH, ReadoutSettings
from ephys.pharmacology.response_window import ResponseWindow

EXCLUDED = "excluded by hand"
NOT_SEEN = ("not covered", "few spikes clear the threshold", "after the cell was last proven held")
EARLY = "begins under"
STEADY_PERCENT = (80.0, 125.0)
"""A vehicle, or a recovery, within this percent of baseline is steady (convention)."""
NO_OWN_BASELINE = "no rate without drug was measured just before it"
AFTER_ANTAGONIST = "after the antagonist"
UNUSABLE = (*NOT_SEEN, AFTER_ANTAGONIST, EXCLUDED, NO_OWN_BASELINE)


def is_seen(window: ResponseWindow) -> bool:
    """Whether the cell could be seen in a window, by its flags: only then is its rate one."""
    return not any(flag.startswith(NOT_SEEN) for flag in window.flags)


def percent_flags(window: ResponseWindow) -> tuple[str, ...]:
    """What is doubtful about the percent itself."""
    strayed = window.role == "vehicle" and has_strayed(window)
    return (f"vehicle at {window.percent:.0f} % of baseline",) if strayed else ()


def has_strayed(window: ResponseWindow) -> bool:
    """Whether a window that should be at the baseline is not, as far as it was measured."""
    return math.isfinite(window.percent) and not STEADY_PERCENT[0] <= window.percent <= STEADY_PERCENT[1]


def excised_flags(unit: Unit, epoch: Epoch, recorded: Support, most: float) -> tuple[str, ...]:
    """Say how much of a window was taken out as artefacts, where that is more than a share of what was recorded."""
    excised_s, recorded_s = unit.excised_s(recorded, epoch), recorded.covered_s(epoch)
    return (f"{100 * excised_s / recorded_s:.0f} % excised as artefacts",) if excised_s > most * recorded_s else ()


def window_flags(
    window: ResponseWindow,
    protocol: DoseProtocol,
    settings: ReadoutSettings,
    antagonist_s: float,
    fate: Fate | None,
    *,
    arrives_s: float | None = None,
) -> tuple[str, ...]:
    """What is doubtful about one window; `arrives_s` is when a superfused solution reached the cell."""
    flags = []
    epoch = window.epoch
    if window.covered_s <= 0:
        flags.append("not covered by the recording")
    elif window.covered_s < settings.min_cover * epoch.duration_s:
        flags.append(f"only {100 * window.covered_s / epoch.duration_s:.0f} % covered")
    if epoch.duration_s < settings.min_length_s:
        flags.append(f"window of only {epoch.duration_s:.0f} s")
    since_s = window.given_s if arrives_s is None else arrives_s
    if epoch.start_s < since_s + settings.delay_s and window.role != "baseline":
        since = "the injection" if arrives_s is None else "the solution reached the cell"
        flags.append(f"{EARLY} {settings.delay_s:g} s after {since}")
    supplements = [a for a in protocol.administrations if a.role == "anaesthetic"]
    if any(epoch.start_s <= a.start_s < epoch.stop_s for a in supplements):
        flags.append("anaesthetic supplement inside")
    if window.role == "agonist" and window.given_s >= antagonist_s:
        flags.append(AFTER_ANTAGONIST)
    if window.completeness < settings.min_completeness:
        flags.append(f"few spikes clear the threshold ({100 * window.completeness:.0f} %)")
    if fate is not None and fate.state == "lost" and epoch.stop_s > fate.held_until_s:
        flags.append("after the cell was last proven held")
    drawn = any(epoch == by_hand for _, by_hand in protocol.drawn_windows)
    if drawn:
        flags.append(CHOSEN)
    if settings.anchor == "trough" and not drawn:
        flags.append(TROUGH)
    return tuple(flags)


def no_baseline(pretreatment: Pretreatment | None) -> str:
    """Say where a baseline would have been."""
    return "nothing was recorded before the first administration" if pretreatment is None else pretreatment.unread


def series_flags(
    protocol: DoseProtocol, drug: str, baseline: ResponseWindow | None, pretreatment: Pretreatment | None
) -> tuple[str, ...]:
    """What is doubtful about the series as a whole."""
    flags = [] if pretreatment is None else [pretreatment.flag]
    if baseline is None:
        flags.append(f"no baseline: {no_baseline(pretreatment)}")
    else:
        flags.extend(f"baseline: {flag}" for flag in baseline.flags)
        supplements = [a for a in protocol.administrations if a.role == "anaesthetic"]
        if any(baseline.epoch.start_s <= a.start_s < baseline.epoch.stop_s for a in supplements):
            flags.append("baseline: anaesthetic supplement inside")
    first = protocol.doses(drug)[0].administration
    flags.extend(
        f"{a.drug} given with the first dose: no dose is without it, and nothing is fitted"
        for a in protocol.administrations if a.role == "antagonist" and a.start_s == first.start_s
    )  # fmt: skip
    last = protocol.doses(drug)[-1].administration
    others = [a for a in protocol.administrations if a.role in ("agonist", "challenge", "other") and a.drug != drug]
    earlier = sorted({a.drug for a in others if a.start_s < first.start_s})
    if earlier:
        flags.append(f"given after {', '.join(earlier)}: not a first exposure")
    between = sorted({a.drug for a in others if first.start_s <= a.start_s <= last.start_s})
    if between:
        flags.append(f"{', '.join(between)} given during the series")
    routes = dict.fromkeys(step.administration.route or "not stated" for step in protocol.doses(drug))
    if len(routes) > 1:
        flags.append(f"routes mixed ({', '.join(routes)}): the cumulative dose adds them up")
    if not first.form and first.dose_unit not in MOLAR_UNITS:
        flags.append("form (base or salt) not stated")
    return tuple(flags)
