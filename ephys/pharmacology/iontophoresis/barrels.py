"""What an electrode's barrel did, current by current: repeats, how well they agree, and the curve of this electrode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ephys.jupyter import UNKNOWN, Shown
from ephys.model import Estimate
from ephys.pharmacology.iontophoresis.ejection import Ejection
from ephys.pharmacology.iontophoresis.electrode_curve import ElectrodeCurve, fit_electrode_curve
from ephys.pharmacology.iontophoresis.settings import Control
from ephys.pharmacology.iontophoresis.suppressed import Counted, mean_of

_REPEATABILITY = 1.96 * math.sqrt(2.0)
"""Two repeats differ by less than so many SDs in 95 % of pairs (Bland & Altman 1986, Lancet i:307)."""
_TAIL = 0.025

BARREL_COLUMNS = (
    "drug", "barrel", "current (nA)", "ejections", "inhibition (%)", "suppressed per nA", "SD of repeats",
    "two repeats differ by less than", "SD by counting",
)  # fmt: skip
"""Headings of a row of a current."""


@dataclass(frozen=True, slots=True)
class CurrentRepeats(Shown):
    """Ejections of one drug from one barrel at one current.

    Parameters
    ----------
    current_na : float
    n : int
        Ejections that were measured.
    percent_inhibition : float
        Mean.
    suppressed_per_na : Estimate
        Mean, the control taken off where that is asked for; its interval is Student's on the repeats, and that of the
        counts where there is one.
    sd : Estimate
        SD of the repeats, with its interval; NaN of one.
    counting_sd : float
        SD that counting spikes alone makes.
    """

    current_na: float
    n: int
    percent_inhibition: float
    suppressed_per_na: Estimate
    sd: Estimate
    counting_sd: float

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
            f"{self.current_na:g}", str(self.n), percent, self.suppressed_per_na.text,
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
        each = ", ".join(f"{one.current_na:g} nA {one.suppressed_per_na.text} (n = {one.n})" for one in self.currents)
        curve = "" if self.is_control else f"; {self.curve}"
        return f"{self.drug}{barrel}: suppressed per nA at {each}{curve}"


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
    keys = dict.fromkeys((one.drug, one.barrel, one.is_control) for one in ejections)
    found = []
    for drug, barrel, is_control in keys:
        own = [
            place
            for place, one in enumerate(ejections)
            if (one.drug, one.barrel, one.is_control) == (drug, barrel, is_control)
        ]
        measured = [place for place in own if counts[place] is not None]
        currents = sorted({ejections[place].current_na for place in measured})
        repeats = [[ejections[place] for place in measured if ejections[place].current_na == na] for na in currents]
        pairs = [(ejections[place].current_na, *pair) for place in measured if (pair := counts[place]) is not None]
        found.append(
            BarrelSummary(
                drug, barrel, is_control, tuple(_repeats(same, control) for same in repeats), fit_electrode_curve(pairs)
            )
        )
    return tuple(found)


def per_na(one: Ejection, control: Control) -> Estimate:
    """Spikes suppressed per nA, the control taken off where that is asked for and there is one."""
    taken_off = control == "subtracted" and not math.isnan(one.less_control.value)
    return one.less_control if taken_off else one.suppressed_per_na


def _repeats(same: Sequence[Ejection], control: Control) -> CurrentRepeats:
    """Mean and scatter of ejections at one current."""
    each = [per_na(one, control) for one in same]
    values = np.array([one.value for one in each])
    own = [one.suppressed_per_na for one in same]
    counting = math.sqrt(float(np.mean([((one.high - one.low) / (2 * 1.96)) ** 2 for one in own])))
    percent = float(np.mean([one.percent_inhibition.value for one in same]))
    if len(each) == 1:
        return CurrentRepeats(same[0].current_na, 1, percent, each[0], Estimate(), counting)
    mean, sd, df = float(values.mean()), float(values.std(ddof=1)), len(each) - 1
    reach = float(stats.t.isf(_TAIL, df)) * sd / math.sqrt(len(each))
    by_counting = mean_of(each)
    ends = min(mean - reach, by_counting.low), max(mean + reach, by_counting.high)
    spread = Estimate(sd, *(sd * math.sqrt(df / float(stats.chi2.ppf(p, df))) for p in (1 - _TAIL, _TAIL)))
    return CurrentRepeats(same[0].current_na, len(each), percent, Estimate(mean, *ends), spread, counting)
