"""One ejection beside a cell: its baseline, its windows, and what is measured in them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ephys.firing import RateHistogram, rate_histogram
from ephys.model import Administration, DoseProtocol, Epoch, Estimate, Fate, Support, Unit
from ephys.pharmacology.held import held_until_s
from ephys.pharmacology.iontophoresis.currents import is_ejection
from ephys.pharmacology.iontophoresis.ejection import Ejection
from ephys.pharmacology.iontophoresis.half_time import HalfTime, half_time
from ephys.pharmacology.iontophoresis.settings import VALIDATED, IontophoresisSettings
from ephys.pharmacology.iontophoresis.suppressed import Counted, recovered_at, scaled, suppressed_spikes
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.time_course import first_step

_SAME_LENGTH_S = 1.0
"""An ejection as long as the fixed window wants it, to the nearest second. Convention."""
_LEAST_GAP = 0.01
"""Share of a window that may be lacking without a word. Convention."""
_ROUNDING_S = 1e-9
_FEW_SPIKES = 10
"""Spikes of a baseline below which it is flagged. Convention."""


@dataclass(frozen=True, slots=True)
class EjectedCell:
    """A unit, what was given, and how it is measured."""

    unit: Unit
    protocol: DoseProtocol
    settings: IontophoresisSettings
    fate: Fate | None
    cv: float = math.nan

    @property
    def until_s(self) -> float:
        """When it was lost, or its recording ended."""
        if self.fate is None or self.fate.state != "lost":
            return self.unit.support.stop_s
        lost_s = self.fate.held_until_s if self.fate.lost_at_s is None else self.fate.lost_at_s
        return min(lost_s, self.unit.support.stop_s)

    def baseline(self, given: Administration) -> Epoch | None:
        """Stretch before an ejection in which nothing was begun or ended; ``None`` where it is too short."""
        earlier = [a for a in self._events if a.start_s < given.start_s]
        changes_s = [a.end_s if a.end_s <= given.start_s else a.start_s for a in earlier]
        start_s = max([given.start_s - self.settings.baseline_s, self.unit.support.start_s, *changes_s])
        if start_s >= given.start_s or given.end_s > self.until_s:
            return None
        epoch = Epoch(start_s, given.start_s, "baseline")
        return epoch if self.unit.support.covered_s(epoch) >= self.settings.min_baseline_s else None

    def next_event(self, given: Administration) -> Administration | None:
        """What was given next, of whatever kind but anaesthetic."""
        return next((a for a in self._events if a.start_s >= given.end_s and a is not given), None)

    def next_change(self, given: Administration) -> tuple[float, str]:
        """When something is begun or ended next, and what; infinite where nothing is."""
        begun = [(a.start_s, f"{a.drug} at {a.start_s:g} s") for a in self._events if a.start_s >= given.end_s]
        ended = [(a.end_s, f"{a.drug} off at {a.end_s:g} s") for a in self._events if a.start_s < given.end_s < a.end_s]
        return min([*begun, *ended], default=(math.inf, ""))

    def given_by(self, given: Administration) -> tuple[tuple[str, float], ...]:
        """What else the animal, or the bath, had been given by an ejection; vehicles do not count."""
        others = [a for a in self._events if not is_ejection(a) and a.role != "vehicle"]
        return tuple((a.drug or a.role, a.start_s) for a in others if a.start_s <= given.start_s)

    def covers(self, epoch: Epoch) -> bool:
        """Whether enough of a window was recorded, and before the cell was lost."""
        least_s = self.settings.min_cover * epoch.duration_s
        return epoch.stop_s <= self.until_s and self.unit.support.covered_s(epoch) >= least_s

    def counts(self, one: Ejection) -> tuple[Counted, Counted] | None:
        """Baseline and ejection as counted; ``None`` where it was not measured, or on a silent baseline."""
        if one.baseline is None or not one.usable:
            return None
        return Counted.of(self.unit, one.baseline), Counted.of(self.unit, one.epoch)

    @property
    def _events(self) -> list[Administration]:
        return [a for a in self.protocol.administrations if a.role != "anaesthetic"]


def measure_one(cell: EjectedCell, number: int, given: Administration, baseline: Epoch | None) -> Ejection:
    """Measure one ejection.

    Parameters
    ----------
    cell : EjectedCell
    number : int
        Which administration of the protocol it is.
    given : Administration
    baseline : Epoch or None
        As `EjectedCell.baseline` gives it.
    """
    epoch = Epoch(given.start_s, given.end_s, "ejection")
    bare = Ejection(
        number, given.drug, given.role, given.barrel, given.source, given.dose, given.retention_na, epoch, baseline,
        given_before=cell.given_by(given),
    )  # fmt: skip
    if baseline is None or not cell.covers(epoch):
        return replace(bare, baseline=None, flags=(_why_not(cell, given, baseline),))
    before, during = Counted.of(cell.unit, baseline), Counted.of(cell.unit, epoch)
    window, truncated = _window(cell, given, before)
    suppressed = suppressed_spikes(before, Counted.of(cell.unit, window), cv=cell.cv)
    onset = first_step(cell.unit, epoch, before_s=baseline.duration_s, seed=cell.settings.seed)
    t50 = _half(cell, epoch, before)
    depressed = t50.status == "reached"
    charge = Estimate(t50.value, t50.low, t50.high) if depressed or t50.low > 0.0 else Estimate()
    followed = depressed and window.stop_s > epoch.stop_s
    back = _half(cell, Epoch(epoch.stop_s, window.stop_s), before, rising=True) if followed else HalfTime()
    return replace(
        bare, baseline_hz=before.rate(cell.cv), percent_inhibition=inhibition(before, during, cv=cell.cv), onset=onset,
        onset_s=_after(onset.time_s, onset.low_s, onset.high_s, epoch.start_s) if onset.detected else Estimate(),
        t50=t50, rt50=back, charge50_nc=scaled(charge, given.dose),
        window=window, truncated=truncated, suppressed=suppressed, suppressed_per_na=scaled(suppressed, 1 / given.dose),
        fixed_per_na=_fixed(cell, given, before), course=_course(cell, given, baseline, window),
        flags=_flags(cell, given, before, window, truncated, after=bare.after),
    )  # fmt: skip


def _course(cell: EjectedCell, given: Administration, baseline: Epoch, window: Epoch) -> RateHistogram:
    """Counts from the baseline to the end of both windows, in bins of which one begins with the ejection."""
    bin_s = cell.settings.bin_s
    before_s = math.floor(baseline.duration_s / bin_s) * bin_s
    fixed_s = given.start_s + cell.settings.fixed_ejection_s + cell.settings.fixed_after_s
    until_s = min(fixed_s, cell.until_s, cell.next_change(given)[0])
    shown = Epoch(given.start_s - before_s, max(window.stop_s, until_s))
    return rate_histogram(cell.unit, bin_s=bin_s, within=shown)


def _why_not(cell: EjectedCell, given: Administration, baseline: Epoch | None) -> str:
    """Why an ejection is not measured."""
    if given.end_s > cell.until_s:
        return "not measured: the cell was lost, or its recording ended, before the ejection did"
    if baseline is None:
        least_s = cell.settings.min_baseline_s
        return f"not measured: less than {least_s:g} s of baseline before it in which nothing was begun or ended"
    return f"not measured: less than {100 * cell.settings.min_cover:g} % of the ejection was recorded"


def _window(cell: EjectedCell, given: Administration, before: Counted) -> tuple[Epoch, str]:
    """From the start of an ejection to recovery, or to what came first, which is said."""
    settings = cell.settings
    change_s, change = cell.next_change(given)
    ends = {
        f"not recovered in {settings.follow_s:g} s": given.end_s + settings.follow_s,
        "the recording of the cell ended": cell.until_s,
        change: change_s,
    }
    why, until_s = min(ends.items(), key=lambda end: end[1])
    recovered_s = recovered_at(cell.unit, before, given.end_s, until_s, settings)
    stop_s = until_s if math.isnan(recovered_s) else recovered_s
    return Epoch(given.start_s, stop_s, "suppressed"), why if math.isnan(recovered_s) else ""


def _half(cell: EjectedCell, epoch: Epoch, before: Counted, *, rising: bool = False) -> HalfTime:
    """Time to half of the baseline rate in a window: found in its recorded seconds, told on the session's clock."""
    inside = cell.unit.times_s[epoch.mask(cell.unit.times_s)]
    elapsed = cell.unit.support.elapsed_s(np.append(inside, epoch.start_s))
    seconds = cell.unit.support.covered_s(epoch)
    found = half_time(elapsed[:-1] - elapsed[-1], seconds, before.n, before.seconds, cv=cell.cv, rising=rising)
    recorded = cell.unit.support.within(epoch)
    if recorded is None or found.status == "not_measured" or seconds >= epoch.duration_s:
        return found
    return replace(
        found, value=_on_session(recorded, epoch, found.value), low=_on_session(recorded, epoch, found.low),
        high=_on_session(recorded, epoch, found.high, latest=True),
    )  # fmt: skip


def _on_session(recorded: Support, epoch: Epoch, seconds: float, *, latest: bool = False) -> float:
    """When so much of a window was recorded, counted from its start; before a gap there, or after it (`latest`)."""
    if not math.isfinite(seconds):
        return seconds
    done_s, found_s = 0.0, []
    for piece in recorded.epochs:
        if done_s - _ROUNDING_S <= seconds <= done_s + piece.duration_s + _ROUNDING_S:
            found_s.append(piece.start_s + seconds - done_s)
        done_s += piece.duration_s
    return (max if latest else min)(found_s) - epoch.start_s


def inhibition(before: Counted, during: Counted, *, cv: float) -> Estimate:
    """Percent by which the rate was lower during an ejection; NaN of a silent baseline.

    The interval is exact for Poisson counts, and that of counts CV² times smaller for a cell less regular than these.
    """
    if before.n == 0:
        return Estimate()
    scatter = max(cv**2, 1.0)
    low, high = rate_ratio_interval(during.n / scatter, during.seconds, before.n / scatter, before.seconds)
    ratio = during.n / during.seconds / (before.n / before.seconds)
    return Estimate(100.0 * (1.0 - ratio), 100.0 * (1.0 - high), 100.0 * (1.0 - low))


def _after(value: float, low: float, high: float, start_s: float) -> Estimate:
    """Times from the start of an ejection."""
    return Estimate(value - start_s, low - start_s, high - start_s)


def _fixed(cell: EjectedCell, given: Administration, before: Counted) -> Estimate:
    """Spikes suppressed per nA in the fixed window; NaN where the ejection was of another length, or others follow."""
    settings = cell.settings
    window = Epoch(given.start_s, given.start_s + settings.fixed_ejection_s + settings.fixed_after_s)
    fits = abs(given.end_s - given.start_s - settings.fixed_ejection_s) <= _SAME_LENGTH_S
    free = cell.next_change(given)[0] >= window.stop_s
    if not (fits and free and cell.covers(window)):
        return Estimate()
    return scaled(suppressed_spikes(before, Counted.of(cell.unit, window), cv=cell.cv), 1.0 / given.dose)


def _flags(
    cell: EjectedCell, given: Administration, before: Counted, window: Epoch, truncated: str, *, after: str
) -> tuple[str, ...]:
    """What to know of an ejection before its numbers are used."""
    settings, held_s = cell.settings, held_until_s(cell.unit, cell.fate)
    lacking_s = window.duration_s - cell.unit.support.covered_s(window)
    length_s, baseline_s, low_na = given.end_s - given.start_s, settings.baseline_s, settings.low_current_na
    every = cell.protocol.administrations
    within = [a.drug for a in every if given.start_s < a.start_s < given.end_s]
    ended = [a.drug for a in every if a.start_s <= given.start_s < a.end_s < given.end_s]
    told = (
        (f"{', '.join(within)} given during the ejection", bool(within)),
        (f"{', '.join(ended)} ended during the ejection", bool(ended)),
        (f"after {after}", bool(after)),
        ("silent baseline: nothing can be inhibited, and repeats leave it out", before.n == 0),
        (f"{before.n} spikes in the baseline", 0 < before.n < _FEW_SPIKES),
        (f"baseline of {before.seconds:.3g} s, not {baseline_s:g} s", before.seconds < baseline_s - 1e-6),
        (f"current below {low_na:g} nA: I·T50 is not validated there ({VALIDATED})", given.dose < low_na),
        (f"window truncated: {truncated}", bool(truncated)),
        (
            f"ejection of {length_s:.4g} s: no fixed window, which is for {settings.fixed_ejection_s:g} s",
            abs(length_s - settings.fixed_ejection_s) > _SAME_LENGTH_S,
        ),
        (
            f"{lacking_s:.3g} s of its window were not recorded: what was suppressed in them is not counted",
            lacking_s > _LEAST_GAP * window.duration_s,
        ),
        (f"not proven held after {held_s:.0f} s: the cell may have been lost",
         held_s < window.stop_s and before.n > 0),
    )  # fmt: skip
    return tuple(text for text, holds in told if holds)
