"""From windows to counts: what was seen in each, as a rate and as percent of baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scipy import stats

from ephys.firing import count
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Share, Unit
from ephys.model.protocol import CHOSEN
from ephys.pharmacology.elimination import decayed_dose
from ephys.pharmacology.pretreatment import Pretreatment
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.readout import ReadoutSettings, plan_windows
from ephys.pharmacology.response_flags import (
    EARLY,
    EXCLUDED,
    NOT_SEEN,
    UNUSABLE,
    excised_flags,
    percent_flags,
    window_flags,
)
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.superfusion.bath import Bath


@dataclass(frozen=True)
class Seen:
    """What is known of one unit's spikes.

    Parameters
    ----------
    unit : Unit
    protocol : DoseProtocol
    drug : str
    fate : Fate, optional
    completeness : mapping of Epoch to Share
        Share of spikes found.
    false_hz : float
        Rate of spikes that are not the cell's; NaN where unknown.
    """

    unit: Unit
    protocol: DoseProtocol
    drug: str
    fate: Fate | None
    completeness: Mapping[Epoch, Share]
    false_hz: float

    def window(self, epoch: Epoch, role: str, drug: str, given_s: float, dose: float) -> ResponseWindow:
        """Count one window."""
        found = self.completeness.get(epoch, Share())
        return ResponseWindow(
            epoch, role, drug, given_s, dose, count(self.unit.times_s, epoch), self.unit.support.covered_s(epoch),
            found.value, self.false_hz, completeness_low=found.low, completeness_high=found.high,
        )  # fmt: skip


def measure_baseline(seen: Seen, settings: ReadoutSettings, epoch: Epoch | None) -> ResponseWindow | None:
    """Count a baseline; `used` is false where it is too short or silent to divide by."""
    if epoch is None:
        return None
    window = seen.window(epoch, "baseline", "", math.nan, 0.0)
    flags = [CHOSEN] if epoch == seen.protocol.drawn_baseline else []
    if window.covered_s < settings.min_baseline_s:
        flags.append(
            f"only {window.covered_s:.0f} s of baseline covered, no percent under {settings.min_baseline_s:g} s"
        )
    if window.count == 0:
        flags.append("silent baseline, no percent")
    elif not window.rate_hz > 0:
        flags.append(f"no more spikes on the baseline than the {window.false_count:.0f} false ones, no percent")
    flags.extend(excised_flags(seen.unit, epoch, seen.protocol.recorded, settings.most_excised))
    usable = window.rate_hz > 0 and window.covered_s >= settings.min_baseline_s
    window = replace(window, used=usable, flags=tuple(flags))
    return replace(window, percent=100.0) if usable else window


def measure_windows(
    seen: Seen, settings: ReadoutSettings, baseline: ResponseWindow | None, pretreatment: Pretreatment | None = None
) -> tuple[ResponseWindow, ...]:
    """Count the read-out window of every administration of the series, in order of time.

    What was given up to a pretreatment is in percent of the untreated baseline, and not in the series; nor is a vehicle
    that the baseline after it goes on through.
    """
    protocol = seen.protocol
    totals = {id(step.administration): step.cumulative for step in protocol.doses(seen.drug)}
    since_s = pretreatment.last_s if pretreatment else -math.inf
    begins_s = baseline.epoch.stop_s if pretreatment and baseline else since_s
    antagonists = [a for a in protocol.administrations if a.role == "antagonist" and a.start_s > since_s]
    antagonist_s = min((a.start_s for a in antagonists), default=math.inf)
    excluded = {id(protocol.administrations[number]): reason for number, reason in protocol.excluded}
    bath = Bath(protocol, settings.bath_delay_s)
    windows: list[ResponseWindow] = []
    total = 0.0
    for given, epoch in plan_windows(protocol, seen.drug, settings, unit=seen.unit):
        total = totals.get(id(given), total)
        window = seen.window(epoch, given.role, given.drug, given.start_s, total)
        window = replace(window, decayed_dose=decayed_dose(protocol, seen.drug, 0.5 * (epoch.start_s + epoch.stop_s)))
        arrives_s = bath.arrives_s(given) if bath.holds(given) else None
        flags = window_flags(window, protocol, settings, antagonist_s, seen.fate, arrives_s=arrives_s)
        flags += excised_flags(seen.unit, epoch, protocol.recorded, settings.most_excised)
        flags += (f"{EXCLUDED}: {excluded[id(given)]}",) if id(given) in excluded else ()
        covered = not any(flag.startswith(NOT_SEEN) for flag in flags)
        reference = pretreatment.untreated if pretreatment and given.start_s <= since_s else baseline
        window = with_percent(window, reference) if covered else window
        if reference is not baseline and math.isfinite(window.percent) and reference is not None:
            flags += (f"percent of the baseline before the antagonist, {reference.rate_hz:.3g} Hz",)
        usable = begins_s <= given.start_s and _in_series(given, protocol.first_agonist_s) and is_usable(flags)
        windows.append(replace(window, flags=(*flags, *percent_flags(window)), used=usable))
    return tuple(windows)


def quietest_hz(windows: tuple[ResponseWindow, ...]) -> float:
    """Rate that the quietest window can have had at most (exact, one-sided 95 %): so many spikes can be false."""
    rates = [stats.chi2.ppf(0.95, 2 * (w.count + 1)) / 2.0 / w.covered_s for w in windows if w.covered_s > 0]
    return float(min(rates, default=math.inf))


def _in_series(given: Administration, first_agonist_s: float) -> bool:
    """Whether a window belongs to the curve: every dose, and vehicle before the first."""
    return given.role == "agonist" or (given.role == "vehicle" and given.start_s < first_agonist_s)


def is_usable(flags: tuple[str, ...]) -> bool:
    """Whether a window may be taken, by what is doubtful of it; one that begins too early only where a person chose it.

    Parameters
    ----------
    flags : tuple of str
        Of the window.

    Examples
    --------
    >>> is_usable(("window of only 15 s",)), is_usable(("not covered by the recording",))
    (True, False)
    """
    early = CHOSEN not in flags and any(flag.startswith(EARLY) for flag in flags)
    return not early and not any(flag.startswith(UNUSABLE) for flag in flags)


def with_percent(window: ResponseWindow, baseline: ResponseWindow | None, *, dispersion: float = 1.0) -> ResponseWindow:
    """Add the rate as percent of baseline, where both were measured; false spikes are taken off both.

    Parameters
    ----------
    window : ResponseWindow
    baseline : ResponseWindow or None
    dispersion : float, optional
        Variance over mean of the counts; 1 is Poisson. The interval is that of counts so many times smaller.
    """
    if baseline is None or not baseline.used or window.exposure_s <= 0:
        return window
    low, high = rate_ratio_interval(
        window.count / dispersion, window.exposure_s, baseline.count / dispersion, baseline.exposure_s
    )
    full_hz = baseline.count / baseline.exposure_s
    foreign_hz = window.false_count / window.exposure_s
    ends = (100.0 * max(ratio * full_hz - foreign_hz, 0.0) / baseline.rate_hz for ratio in (low, high))
    percent_low, percent_high = ends
    percent = 100.0 * window.rate_hz / baseline.rate_hz
    return replace(window, percent=percent, percent_low=percent_low, percent_high=percent_high)
