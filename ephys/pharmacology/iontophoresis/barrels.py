"""What an electrode's barrel did, current by current: repeats, how well they agree, and the curve of this electrode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from ephys.jupyter import UNKNOWN, Shown
from ephys.model import Estimate
from ephys.pharmacology.iontophoresis.ejection import Ejection
from ephys.pharmacology.iontophoresis.electrode_curve import ElectrodeCurve, fit_electrode_curve
from ephys.pharmacology.iontophoresis.settings import Control
from ephys.pharmacology.iontophoresis.suppressed import Counted, difference, mean_of

_REPEATABILITY = 1.96 * math.sqrt(2.0)
"""Two repeats differ by less than so many SDs in 95 % of pairs (Bland & Altman 1986, Lancet i:307)."""
_TAIL = 0.025

BARREL_COLUMNS = (
    "drug", "barrel", "current (nA)", "length (s)", "after", "ejections", "inhibition (%)", "suppressed per nA",
    "SD of repeats", "two repeats differ by less than", "SD by counting",
)  # fmt: skip
"""Headings of a row of a current."""


@dataclass(frozen=True, slots=True)
class CurrentRepeats(Shown):
    """Ejections of one drug from one barrel at one current, as long as each other, and after the same other drugs.

    Parameters
    ----------
    current_na : float
    length_s : int
        To the second.
    after : str
        What else had been given by then.
    n : int
        Ejections that were measured, on a baseline that was not silent.
    percent_inhibition : float
        Mean.
    suppressed_per_na : Estimate
        Mean, the control taken off where that is asked for; its interval is Student's on the repeats, or that of the
        counts where this is wider, and holds the noise of the control, which repeats share.
    sd : Estimate
        SD of the repeats, with its interval; NaN of one.
    counting_sd : float
        SD that counting spikes alone makes.
    """

    current_na: float
    length_s: int
    after: str
    n: int
    percent_inhibition: float
    suppressed_per_na: Estimate
    sd: Estimate
    counting_sd: float

    @property
    def kind(self) -> tuple[int, str]:
        """Length and what had been given: ejections that differ in these are no repeats."""
        return self.length_s, self.after

    @property
    def repeatability(self) -> float:
        """What two repeats differ by less than, in 95 % of pairs; NaN of one."""
        return _REPEATABILITY * self.sd.value

    @property
    def cells(self) -> tuple[str, ...]:
        """Its part of a row of a table."""
        differ = UNKNOWN if self.n < 2 else f"{self.repeatability:.3g}"
        percent = UNKNOWN if math.isnan(self.percent_inhibition) else f"{self.percent_inhibition:.3g}"
        return (
            f"{self.current_na:g}", f"{self.length_s:.4g}", self.after or UNKNOWN, str(self.n), percent,
            self.suppressed_per_na.text,
            UNKNOWN if self.n < 2 else self.sd.text, differ,
            f"{self.counting_sd:.3g}",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BarrelSummary(Shown):
    """One drug from one barrel of an electrode.

    Parameters
    ----------
    drug, barrel : str
    is_control : bool
        Whether it is current without a drug.
    currents : tuple of CurrentRepeats
        In order of the current.
    curve : ElectrodeCurve
        The curve in nA, which holds for this electrode alone.
    """

    drug: str
    barrel: str
    is_control: bool
    currents: tuple[CurrentRepeats, ...]
    curve: ElectrodeCurve

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each current, under `BARREL_COLUMNS`."""
        return tuple((self.drug, self.barrel or UNKNOWN, *current.cells) for current in self.currents)

    def __str__(self) -> str:
        """Mean of each current, and the curve."""
        barrel = f" (barrel {self.barrel})" if self.barrel else ""
        lengths = len({one.length_s for one in self.currents}) > 1
        each = ", ".join(
            f"{one.current_na:g} nA{f' for {one.length_s:g} s' * lengths}{f' after {one.after}' * bool(one.after)} "
            f"{one.suppressed_per_na.text} (n = {one.n})"
            for one in self.currents
        )
        curve = "" if self.is_control else f"; {self.curve}"
        told = f"suppressed per nA at {each}" if each else "no ejection was measured on a baseline that was not silent"
        return f"{self.drug}{barrel}: {told}{curve}"


def barrel_summaries(
    ejections: Sequence[Ejection], counts: Sequence[tuple[Counted, Counted] | None], *, control: Control
) -> tuple[BarrelSummary, ...]:
    """Summarise each barrel of an electrode.

    Parameters
    ----------
    ejections : sequence of Ejection
        Of one cell.
    counts : sequence
        Baseline and ejection of each as counted; ``None`` where it was not measured.
    control : {"shown", "subtracted"}
        Whether the control is taken off.
    """
    taken_off = control_mean(ejections, "suppressed_per_na") if control == "subtracted" else Estimate()
    keys = dict.fromkeys((one.drug, one.barrel, one.is_control) for one in ejections)
    found = []
    for drug, barrel, is_control in keys:
        own = [
            place
            for place, one in enumerate(ejections)
            if (one.drug, one.barrel, one.is_control) == (drug, barrel, is_control)
        ]
        pairs = [(ejections[place], *pair) for place in own if (pair := counts[place]) is not None]
        alike: dict[tuple[float, int, str], list[Ejection]] = {}
        for one, _, _ in pairs:
            alike.setdefault((one.current_na, *likeness(one)), []).append(one)
        repeats = tuple(_repeats(alike[key], taken_off) for key in sorted(alike))
        found.append(BarrelSummary(drug, barrel, is_control, repeats, _curve(pairs)))
    return tuple(found)


def likeness(one: Ejection) -> tuple[int, str]:
    """What repeats at a current share: their length to the second, and what else had been given."""
    return round(one.epoch.duration_s), one.after


def _curve(pairs: Sequence[tuple[Ejection, Counted, Counted]]) -> ElectrodeCurve:
    """Curve of the ejections that are alike, of those that are so at the most currents; others are counted."""
    kinds = list(dict.fromkeys(likeness(one) for one, _, _ in pairs))
    alike = [[pair for pair in pairs if likeness(pair[0]) == kind] for kind in kinds]
    most = max(alike, key=lambda some: len({one.current_na for one, _, _ in some}), default=[])
    curve = fit_electrode_curve([(one.current_na, before, during) for one, before, during in most])
    left = len(pairs) - len(most)
    told = f"{curve.text}; {left} of another length, or after another drug, left out" if left else curve.text
    return replace(curve, text=told)


def control_mean(ejections: Sequence[Ejection], measure: str) -> Estimate:
    """What control currents suppressed per nA, in either window; NaN where none was measured.

    Parameters
    ----------
    ejections : sequence of Ejection
        Of one cell.
    measure : {"suppressed_per_na", "fixed_per_na"}
    """
    each: list[Estimate] = [getattr(one, measure) for one in ejections if one.is_control and one.usable]
    each = [one for one in each if not math.isnan(one.value)]
    return mean_of(each) if each else Estimate()


def per_na(one: Ejection, control: Control) -> Estimate:
    """Spikes suppressed per nA, the control taken off where that is asked for and there is one."""
    taken_off = control == "subtracted" and not math.isnan(one.less_control.value)
    return one.less_control if taken_off else one.suppressed_per_na


def _repeats(same: Sequence[Ejection], taken_off: Estimate) -> CurrentRepeats:
    """Mean and scatter of ejections that are alike."""
    each = [one.suppressed_per_na for one in same]
    values = np.array([one.value for one in each])
    counting = math.sqrt(float(np.mean([((one.high - one.low) / (2 * 1.96)) ** 2 for one in each])))
    percent = float(np.mean([one.percent_inhibition.value for one in same]))
    mean, spread = mean_of(each), Estimate()
    if len(each) > 1:
        sd, df = float(values.std(ddof=1)), len(each) - 1
        reach = float(stats.t.isf(_TAIL, df)) * sd / math.sqrt(len(each))
        mean = Estimate(mean.value, min(mean.value - reach, mean.low), max(mean.value + reach, mean.high))
        spread = Estimate(sd, *(sd * math.sqrt(df / float(stats.chi2.ppf(p, df))) for p in (1 - _TAIL, _TAIL)))
    if not (same[0].is_control or math.isnan(taken_off.value)):
        mean = difference(mean, taken_off)  # after averaging: the control's noise is the same in every repeat
    return CurrentRepeats(
        same[0].current_na, likeness(same[0])[0], same[0].after, len(each), percent, mean, spread, counting
    )
