"""What one ejection did."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ephys.firing import ChangePoint, RateHistogram
from ephys.jupyter import UNKNOWN, Shown, fields_table, shown
from ephys.model import Epoch, Estimate
from ephys.pharmacology.iontophoresis.half_time import HalfTime

UNMEASURED = Estimate()

COLUMNS = (
    "drug", "barrel", "current (nA)", "retention (nA)", "start (s)", "length (s)", "baseline (Hz)", "inhibition (%)",
    "onset (s)", "T50 (s)", "I·T50 (nC)", "RT50 (s)", "suppressed per nA", "fixed window, per nA",
    "back before the next (%)",
)  # fmt: skip
"""Headings of a row of an ejection."""


@dataclass(frozen=True, slots=True)
class Ejection(Shown):
    """One ejection of a drug beside a cell. Intervals are 95 %; NaN where not measured.

    Parameters
    ----------
    number : int
        Which administration of the protocol.
    drug, role, barrel, source : str
        What was ejected, and where it is written.
    current_na, retention_na : float
        Ejecting current, and the one that holds the drug back, with its sign as typed.
    epoch : Epoch
        From start to stop.
    baseline : Epoch or None
        Before it, as far as nothing was given in it.
    baseline_hz : Estimate
        With the interval of a cell of this regularity.
    percent_inhibition : Estimate
        ``100 (1 - R / R0)`` over the whole ejection, negative where the cell was excited; interval of the ratio of two
        Poisson rates.
    onset : ChangePoint
        First step of the rate, on the session's clock; where none is detected, its chance.
    onset_s : Estimate
        The same from the start of the ejection.
    t50, rt50 : HalfTime
        From the start of the ejection to half the baseline rate, and from its stop back to half the baseline rate.
    charge50_nc : Estimate
        I·T50, current times `t50`; where half was not told to be reached its lower end is the bound, the value NaN.
    window : Epoch or None
        In which spikes were missed: from the start of the ejection to recovery.
    truncated : str
        What ended the window before recovery; empty where the cell recovered.
    suppressed, suppressed_per_na : Estimate
        ``R0 T - n`` in the window, and the same over the current; negative where the cell was excited.
    fixed_per_na : Estimate
        The same in the fixed window.
    less_control : Estimate
        `suppressed_per_na` less what the control ejections of the electrode suppressed per nA.
    before_next : Estimate
        Rate in the baseline of the next ejection in percent of that of this one.
    given_before : tuple of (str, float)
        What else had been given by then, and when (s).
    flags : tuple of str
        What to know before a number is used.
    course : RateHistogram or None
        Counts around it, to be looked at: a bin begins with the ejection.
    """

    number: int
    drug: str
    role: str
    barrel: str
    source: str
    current_na: float
    retention_na: float
    epoch: Epoch
    baseline: Epoch | None = None
    baseline_hz: Estimate = UNMEASURED
    percent_inhibition: Estimate = UNMEASURED
    onset: ChangePoint = field(default_factory=ChangePoint)
    onset_s: Estimate = UNMEASURED
    t50: HalfTime = field(default_factory=HalfTime)
    rt50: HalfTime = field(default_factory=HalfTime)
    charge50_nc: Estimate = UNMEASURED
    window: Epoch | None = None
    truncated: str = ""
    suppressed: Estimate = UNMEASURED
    suppressed_per_na: Estimate = UNMEASURED
    fixed_per_na: Estimate = UNMEASURED
    less_control: Estimate = UNMEASURED
    before_next: Estimate = UNMEASURED
    given_before: tuple[tuple[str, float], ...] = ()
    flags: tuple[str, ...] = ()
    course: RateHistogram | None = None

    @property
    def measured(self) -> bool:
        """Whether there was a baseline to compare with."""
        return not math.isnan(self.suppressed.value)

    @property
    def usable(self) -> bool:
        """Whether it was measured, and the cell fired before it: of a silent cell nothing can be suppressed."""
        return self.measured and self.baseline_hz.value > 0

    @property
    def inhibited(self) -> bool:
        """Whether an inhibition is told from 0, during the ejection or over its window: else nothing recovers."""
        return self.usable and (self.percent_inhibition.low > 0 or self.suppressed.low > 0)

    @property
    def after(self) -> str:
        """What else had been given by then, in words."""
        return ", ".join(f"{name} at {start_s:g} s" for name, start_s in self.given_before)

    @property
    def is_control(self) -> bool:
        """Whether it was of current without a drug."""
        return self.role == "vehicle"

    @property
    def charge_text(self) -> str:
        """I·T50 with its interval, or the bound that T50 leaves."""
        if self.is_control:
            return UNKNOWN
        if self.t50.status == "not_measured":
            return UNKNOWN
        return "not told" if math.isnan(self.charge50_nc.low) else self.charge50_nc.text

    @property
    def cells(self) -> tuple[str, ...]:
        """Its row of a table, under `COLUMNS`."""
        per_na = _told(self.suppressed_per_na) + (" [truncated]" if self.truncated and self.measured else "")
        onset = _told(self.onset_s) if self.onset.detected else "none detected" if self.measured else UNKNOWN
        return (
            self.drug, self.barrel or UNKNOWN, f"{self.current_na:g}",
            UNKNOWN if math.isnan(self.retention_na) else f"{self.retention_na:+g}", f"{self.epoch.start_s:.7g}",
            f"{self.epoch.duration_s:.4g}", _told(self.baseline_hz), _told(self.percent_inhibition), onset,
            self.t50.text, self.charge_text, self.rt50.text, per_na, _told(self.fixed_per_na),
            _told(self.before_next),
        )  # fmt: skip

    def as_row(self) -> dict[str, Any]:
        """Every number in a column of its own; times in seconds on the session's clock, or from the ejection."""
        row: dict[str, Any] = {
            "number": self.number, "drug": self.drug, "role": self.role, "barrel": self.barrel, "source": self.source,
            "current_na": self.current_na, "retention_na": self.retention_na, "start_s": self.epoch.start_s,
            "stop_s": self.epoch.stop_s,
        }  # fmt: skip
        for name, epoch in (("baseline", self.baseline), ("window", self.window)):
            row[f"{name}_start_s"] = epoch.start_s if epoch else math.nan
            row[f"{name}_stop_s"] = epoch.stop_s if epoch else math.nan
        row["truncated"], row["onset_p"] = self.truncated, self.onset.p
        for name, found in (("t50_s", self.t50), ("rt50_s", self.rt50)):
            row |= {
                name: found.value,
                f"{name}_low": found.low,
                f"{name}_high": found.high,
                f"{name}_status": found.status,
            }
        for name in (
            "baseline_hz", "percent_inhibition", "onset_s", "charge50_nc", "suppressed", "suppressed_per_na",
            "fixed_per_na", "less_control", "before_next",
        ):  # fmt: skip
            estimate: Estimate = getattr(self, name)
            row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        return row | {"after": self.after, "flags": "; ".join(self.flags)}

    def __str__(self) -> str:
        """The answer in a line."""
        head = f"{self.drug} {self.current_na:g} nA at {self.epoch.start_s:g} s"
        if not self.measured:
            return f"{head}: not measured, {'; '.join(self.flags)}"
        return (
            f"{head}: inhibition {self.percent_inhibition.text} %, T50 {self.t50.text} s, "
            f"{self.suppressed_per_na.text} spikes suppressed per nA{' (truncated)' if self.truncated else ''}"
        )

    def _repr_html_(self) -> str:
        """The sentence, its flags, and folded every number, for Jupyter."""
        return shown(self, fields_table(self, without=("flags", "course"), most_open=0), beside={"flags": self.flags})


def _told(estimate: Estimate) -> str:
    """An estimate with its interval, or the sign for what is not known."""
    return UNKNOWN if math.isnan(estimate.value) else estimate.text
