"""From a drug record to applications: what was at the cell when, what went before, and how far the cell came back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ephys.model import Administration, Epoch
from ephys.pharmacology.counts.variance import count_variance
from ephys.pharmacology.measuring import Seen, is_usable, with_percent
from ephys.pharmacology.pretreatment import acts_s
from ephys.pharmacology.readout import ReadoutSettings
from ephys.pharmacology.response_flags import EARLY, NO_OWN_BASELINE, window_flags
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.superfusion.bath import Bath
from ephys.pharmacology.superfusion.result import Application, Design, Superfusion

_FREE = ("wash", "vehicle")
"""Roles of a solution without drug."""


def measure_superfusion(
    seen: Seen, settings: ReadoutSettings, baseline: ResponseWindow | None, windows: tuple[ResponseWindow, ...]
) -> Superfusion | None:
    """Every application of a drug to a slice, with its own baseline and its recovery; ``None`` outside a bath.

    Parameters
    ----------
    seen : Seen
    settings : ReadoutSettings
        Dead time of the bath, and what counts as recovered.
    baseline : ResponseWindow or None
    windows : tuple of ResponseWindow
        As they were read against the baseline of the session.
    """
    bath = Bath(seen.protocol, settings.bath_delay_s)
    steps = [step.administration for step in seen.protocol.doses(seen.drug)]
    if not any(map(bath.holds, steps)):
        return None
    read = {window.given_s: window for window in windows if window.role == "agonist"}
    applications: list[Application] = []
    for number, step in enumerate(steps):
        follows_on = number > 0 and not _washed(bath, steps[number - 1], step, settings)
        before = applications[-1].before if follows_on and applications else _before(seen, bath, step, settings)
        if step.start_s in read:
            one = _application(bath, step, read[step.start_s], before, follows_on=follows_on)
            applications.append(replace(one, recovery=_recovery(seen, bath, step, settings, baseline)))
    return Superfusion(
        unit_id=seen.unit.id,
        drug=seen.drug,
        dose_unit=steps[0].dose_unit,
        design=_design([one.follows_on for one in applications]),
        bath_delay_s=settings.bath_delay_s,
        reference=settings.bath_reference,
        recovered_percent=settings.recovered_percent,
        solutions_s=tuple(one.start_s for one in seen.protocol.administrations if bath.holds(one)),
        applications=tuple(applications),
    )


def against_own(
    windows: tuple[ResponseWindow, ...], superfusion: Superfusion, baseline: ResponseWindow | None, fano: float
) -> tuple[ResponseWindow, ...]:
    """Read each concentration against the rate just before it; one without such a rate is not used.

    Parameters
    ----------
    windows : tuple of ResponseWindow
        As they were read against the baseline of the session.
    superfusion : Superfusion
    baseline : ResponseWindow or None
    fano : float
        Squared CV of the cell's intervals, for the noise of a rate before a concentration; NaN where unknown.
    """
    if baseline is None or not baseline.used:
        return windows
    known = {one.given_s: one for one in superfusion.applications}
    return tuple(
        _against(window, known[window.given_s], baseline.rate_hz, fano) if window.given_s in known else window
        for window in windows
    )


def _against(window: ResponseWindow, one: Application, baseline_hz: float, fano: float) -> ResponseWindow:
    """One window against its own baseline."""
    if one.before is None or not one.before.used:
        return replace(window, used=False, flags=(*window.flags, NO_OWN_BASELINE))
    own = np.array(one.before.count - one.before.false_count)
    steady = np.array(1.0 if math.isnan(fano) else fano)
    return replace(
        window,
        percent=one.own_percent,
        percent_low=one.own_low,
        percent_high=one.own_high,
        reference=one.before.rate_hz / baseline_hz,
        reference_sd=float(np.sqrt(count_variance(own, steady, 0.0)) / own),
    )


def _application(
    bath: Bath, step: Administration, window: ResponseWindow, before: ResponseWindow | None, *, follows_on: bool
) -> Application:
    """One application as it was read, on both scales."""
    own = with_percent(replace(window, percent=math.nan, percent_low=math.nan, percent_high=math.nan), before)
    seen = math.isfinite(window.percent) or before is not None
    percents = (own.percent, own.percent_low, own.percent_high) if seen else (math.nan,) * 3
    return Application(
        window.dose, step.start_s, bath.arrives_s(step), bath.leaves_s(step), window, before, follows_on,
        window.percent, window.percent_low, window.percent_high, *percents,
    )  # fmt: skip


def _washed(bath: Bath, earlier: Administration, later: Administration, settings: ReadoutSettings) -> bool:
    """Whether the cell was without drug between two applications, for as long as a window needs at least."""
    between = [
        one
        for one in bath.protocol.administrations
        if earlier.start_s < one.start_s < later.start_s and one.role not in (*_FREE, "anaesthetic")
    ]
    return not between and bath.arrives_s(later) - bath.leaves_s(earlier) >= settings.min_length_s


def _design(follows_on: Sequence[bool]) -> Design:
    """How the applications follow one another."""
    if len(follows_on) < 2:
        return "single"
    if all(follows_on[1:]):
        return "cumulative"
    return "mixed" if any(follows_on[1:]) else "separate"


def _before(seen: Seen, bath: Bath, step: Administration, settings: ReadoutSettings) -> ResponseWindow | None:
    """Last stretch without drug (but a pretreatment) before an application; `used` where a percent may be had of it."""
    length_s = max(settings.length_s, settings.min_baseline_s)
    stop_s = bath.arrives_s(step)
    before = seen.protocol.pretreatments  # it acts on under the agonist, and is no drug to wait for
    drugs = [
        a for a in seen.protocol.administrations
        if a.start_s < step.start_s and a.role not in (*_FREE, "anaesthetic") and a not in before
    ]  # fmt: skip
    acting = [bath.leaves_s(a) if bath.holds(a) else a.end_s for a in drugs]
    settled = [acts_s(a, seen.protocol, settings) for a in before]
    free_s = max([*acting, *settled], default=-math.inf) + settings.delay_s
    start_s = max(stop_s - length_s, free_s, seen.protocol.recorded.start_s)
    if not start_s < stop_s:
        return None
    window = seen.window(Epoch(start_s, stop_s, "own baseline"), "baseline", "", math.nan, 0.0)
    # A tenth of a window more or less is no reason to go without: samples and marks do not fall on seconds.
    return replace(window, used=window.rate_hz > 0 and window.covered_s >= 0.9 * settings.min_baseline_s)


def _recovery(
    seen: Seen, bath: Bath, step: Administration, settings: ReadoutSettings, baseline: ResponseWindow | None
) -> ResponseWindow | None:
    """Last stretch of the wash after an application: until the next drug, or the end of the recording."""
    later = [
        bath.arrives_s(one)
        for one in seen.protocol.administrations
        if one.start_s > step.start_s and one.role not in (*_FREE, "anaesthetic")
    ]
    stop_s = min([*later, seen.protocol.recorded.stop_s])
    washed_s = bath.leaves_s(step) + settings.delay_s
    start_s = max(stop_s - settings.length_s, washed_s)
    if not start_s < stop_s or stop_s - start_s < settings.min_length_s:
        return None
    window = seen.window(Epoch(start_s, stop_s, f"wash after {step.drug}"), "wash", "", step.start_s, 0.0)
    flags = window_flags(window, seen.protocol, settings, math.inf, seen.fate, arrives_s=bath.leaves_s(step))
    flags = tuple(flag for flag in flags if not flag.startswith(EARLY))
    return replace(with_percent(window, baseline) if is_usable(flags) else window, flags=flags, used=False)
