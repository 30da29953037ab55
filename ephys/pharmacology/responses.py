"""The response of one unit to one drug: what was counted in each window, and how it was read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ephys.firing import Stability
from ephys.jupyter import Shown, shown, unit_text
from ephys.model import Fate, Subject
from ephys.model.protocol import CHOSEN
from ephys.pharmacology.pretreatment import Pretreatment
from ephys.pharmacology.readout import ReadoutSettings
from ephys.pharmacology.response_html import windows_table
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.superfusion.result import Superfusion
from ephys.pharmacology.time_course import TimeCourse


@dataclass(frozen=True)
class DoseResponse(Shown):
    """One drug's series on one unit.

    Parameters
    ----------
    unit_id, drug, dose_unit, route, form : str
        What was measured, on what scale; an ID50 never travels without them.
    baseline : ResponseWindow or None
        ``None`` where there is no stretch before the first administration.
    windows : tuple of ResponseWindow
        Vehicle, agonist and later windows (antagonist, wash), in order of time.
    fano : float
        Squared CV of the baseline's intervals: variance over mean of the counts of a steady renewal train (Cox 1962);
        NaN under 50 intervals.
    fate : Fate, optional
        Whether the cell was still held; ``None`` where not assessed.
    readout : ReadoutSettings
        How the windows were placed.
    flags : tuple of str
        What is doubtful about the series as a whole.
    courses : tuple of TimeCourse
        Onset, nadir, plateau, recovery and area after each administration, beside the windows.
    stability : Stability, optional
        Whether the baseline is stable enough to divide by.
    alternatives : tuple of (str, tuple of ResponseWindow)
        The windows under other customs of reading out, by name.
    superfusion : Superfusion, optional
        Of a slice: applications, own baselines and recovery; ``None`` outside a bath.
    elimination : str
        Said where the series outlasts half a half-life; empty otherwise.
    subject : Subject
        The animal, its group and how it was prepared: comparisons between groups count animals.
    pretreatment : Pretreatment, optional
        Where an antagonist was given before every agonist: `baseline` is then that after it.
    """

    unit_id: str
    drug: str
    dose_unit: str
    route: str
    form: str
    baseline: ResponseWindow | None
    windows: tuple[ResponseWindow, ...]
    fano: float
    fate: Fate | None
    readout: ReadoutSettings
    flags: tuple[str, ...] = ()
    courses: tuple[TimeCourse, ...] = ()
    stability: Stability | None = None
    alternatives: tuple[tuple[str, tuple[ResponseWindow, ...]], ...] = ()
    elimination: str = ""
    subject: Subject = field(default_factory=Subject)
    superfusion: Superfusion | None = None
    pretreatment: Pretreatment | None = None

    @property
    def doses(self) -> tuple[ResponseWindow, ...]:
        """Windows of the drug itself."""
        return tuple(window for window in self.windows if window.role == "agonist")

    def is_of_series(self, window: ResponseWindow) -> bool:
        """Whether a window is read against `baseline`, or is it: not what was given up to a pretreatment."""
        if self.pretreatment is None:
            return True
        at_s = window.epoch.start_s if math.isnan(window.given_s) else window.given_s
        return at_s > self.pretreatment.last_s

    @property
    def baselines(self) -> tuple[ResponseWindow, ...]:
        """The baseline of the doses, and that before a pretreatment."""
        untreated = self.pretreatment.untreated if self.pretreatment is not None else None
        return tuple(window for window in (self.baseline, untreated) if window is not None)

    @property
    def series_windows(self) -> tuple[ResponseWindow, ...]:
        """Windows that are read against `baseline`: all, but for those up to a pretreatment."""
        return tuple(window for window in self.windows if self.is_of_series(window))

    @property
    def readout_rule(self) -> str:
        """By what rule the responses were read."""
        readout, bath = self.readout, self.superfusion
        if bath is None:
            return f"{readout.anchor}, {readout.length_s:g} s, from {readout.delay_s:g} s after the dose"
        own = ", against the rate before each" if bath.reference == "own" else ""
        since = f"from {readout.delay_s:g} s after the solution reached the cell"
        return f"{readout.anchor}, {readout.length_s:g} s, {since}{own}"

    def course_of(self, window: ResponseWindow) -> TimeCourse | None:
        """The course after the administration that a window follows; ``None`` for the baseline."""
        bath = self.superfusion
        delay_s = bath.bath_delay_s if bath is not None and window.given_s in bath.solutions_s else 0.0
        return next((course for course in self.courses if course.span.start_s == window.given_s + delay_s), None)

    @property
    def n_drawn(self) -> int:
        """Windows that a person drew."""
        return sum(CHOSEN in window.flags for window in self.windows)

    @property
    def readout_text(self) -> str:
        """Where the responses were read, in which bath, and how many windows a person drew."""
        bath = self.superfusion
        told = "" if bath is None else f" (bath delay {bath.bath_delay_s:g} s, {bath.design})"
        return self.readout_rule + told + (f"; {self.n_drawn} drawn by hand" if self.n_drawn else "")

    def _repr_html_(self) -> str:
        """A row for each window, for Jupyter."""
        told = f"unit {self.unit_id}, {self.drug} ({unit_text(self.dose_unit)} {self.route}".rstrip() + ")"
        table = windows_table((*self.baselines, *self.windows), dose_unit=self.dose_unit)
        about = (f"read {self.readout_text}", *filter(None, (self.elimination,)))
        if self.superfusion is not None:
            about = (*about, *f"{self.superfusion}".split("\n"))
        return shown(self, table, told=told, beside={"about": about, "flags": self.flags})

    def __str__(self) -> str:
        """One line per window."""
        lines = [f"unit {self.unit_id}, {self.drug} ({self.dose_unit} {self.route}".rstrip() + ")"]
        for window in (*self.baselines, *self.windows):
            percent = "   -  " if math.isnan(window.percent) else f"{window.percent:5.1f} %"
            flags = f"  [{'; '.join(window.flags)}]" if window.flags else ""
            epoch = f"{window.epoch.start_s:7.1f} to {window.epoch.stop_s:7.1f} s"
            lines.append(
                f"  {window.role:<11} {window.dose:>8g}  {epoch}"
                f"  {window.count:>5} spikes  {window.rate_hz:6.3f} Hz  {percent}{flags}"
            )
        return "\n".join(lines)
