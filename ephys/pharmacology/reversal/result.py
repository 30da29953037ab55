"""What an antagonist did to one cell: the value that `assess_reversal` returns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ephys.jupyter import UNKNOWN, Shown, shown, table
from ephys.model import Subject
from ephys.pharmacology.groups.estimates import cell_text
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.reversal.antagonist_window import AntagonistWindow
from ephys.pharmacology.reversal.comparing import Comparison, Inhibited
from ephys.pharmacology.reversal.returns import Return
from ephys.pharmacology.reversal.reversal_text import cell_methods, own_methods
from ephys.pharmacology.reversal.settings import ReversalSettings
from ephys.pharmacology.reversal.verdicts import NOTHING, RETURNED, REVERSED, Verdict


@dataclass(frozen=True, slots=True)
class ReversalStep(Shown):
    """One dose of an antagonist after an agonist.

    Parameters
    ----------
    after : AntagonistWindow
        The rate after it.
    agonist : ResponseWindow or None
        Last window of the agonist before it.
    cell : Inhibited or None
        What the cell was like when it came.
    back : Return
        When the rate was back, from the antagonist.
    verdict : str
        One of `VERDICTS`.
    reason : str
        What it rests on.
    comparison : Comparison
        Recoveries without antagonist.
    beside : tuple of str
        What else was given between the last dose and the antagonist, or with it, and may have moved the rate.
    rates : tuple of (float, float)
        Bins around the antagonist to be drawn: the middle of each, counted from it, and its percent of baseline.
    """

    after: AntagonistWindow
    agonist: ResponseWindow | None
    cell: Inhibited | None
    back: Return
    verdict: Verdict
    reason: str
    comparison: Comparison = field(default_factory=Comparison)
    beside: tuple[str, ...] = ()
    rates: tuple[tuple[float, float], ...] = ()

    @property
    def since_origin(self) -> Return:
        """Return on the clock on which recoveries are timed: from the last dose, its end, or the wash."""
        by_s = self.cell.since_s if self.cell else math.nan
        back = self.back
        return replace(
            back, value_s=back.value_s + by_s, low_s=back.low_s + by_s, high_s=back.high_s + by_s,
            watched_s=back.watched_s + by_s,
        )  # fmt: skip


STEP_COLUMNS = (
    "given", "at (s)", "agonist (% of baseline)", "after (% of baseline)", "after / agonist", "back after (interval)",
    "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reversal(Shown):
    """What an antagonist did to one cell.

    Parameters
    ----------
    unit_id : str
    subject : Subject
        The animal.
    drug, dose_unit, route : str
        The agonist; empty where none was given.
    baseline : ResponseWindow or None
    steps : tuple of ReversalStep
        Each dose of an antagonist after an agonist.
    own : tuple of AntagonistWindow
        Each dose of an antagonist before any agonist: its own effect.
    vehicles : tuple of AntagonistWindow
        Vehicles given after an agonist.
    settings : ReversalSettings
    reason : str
        Why there is no step, where there is none.
    notes : tuple of str
        What to know before a number is used.
    """

    unit_id: str
    subject: Subject
    drug: str
    dose_unit: str
    route: str
    baseline: ResponseWindow | None
    steps: tuple[ReversalStep, ...]
    own: tuple[AntagonistWindow, ...]
    vehicles: tuple[AntagonistWindow, ...]
    settings: ReversalSettings
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def decisive(self) -> ReversalStep | None:
        """The first dose after which the rate was back, else the last; ``None`` where none followed an agonist."""
        back = (step for step in self.steps if step.verdict in (REVERSED, RETURNED))
        return next(back, self.steps[-1] if self.steps else None)

    @property
    def verdict(self) -> Verdict:
        """What may be said of the cell."""
        return self.decisive.verdict if self.decisive else NOTHING

    @property
    def name(self) -> str:
        """The cell as it is printed."""
        animal = f" of animal {self.subject.animal}" if self.subject.animal else ""
        return f"unit {self.unit_id}{animal}"

    @property
    def title(self) -> str:
        """What the table is of."""
        given = dict.fromkeys(one.drug or one.role for one in (*self.own, *(step.after for step in self.steps)))
        return f"{' and '.join(given)} on {self.name}" + (f", after {self.drug}" if self.drug and self.steps else "")

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        return STEP_COLUMNS

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each dose: before the agonist, after it, and vehicles."""
        told = [(one.window.given_s, one.row) for one in (*self.own, *self.vehicles)]
        told += [(step.after.window.given_s, step_row(step)) for step in self.steps]
        return tuple(row for _, row in sorted(told))

    @property
    def methods(self) -> str:
        """What was done, for a Methods section."""
        if not self.steps:
            return own_methods()
        return cell_methods(self.settings, compared=any(step.comparison.recoveries for step in self.steps))

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per administration, every number in a column of its own."""
        return [_numbers(self, *one) for one in self._administrations()]

    def _administrations(self) -> Iterator[tuple[AntagonistWindow, ReversalStep | None]]:
        """Each window, with the step where it is one."""
        yield from ((one, None) for one in (*self.own, *self.vehicles))
        yield from ((step.after, step) for step in self.steps)

    def __str__(self) -> str:
        """The answer, and what it rests on."""
        step = self.decisive
        if step is None:
            own = "".join(f"; {one.name} {one.how}: {one.percent_text} % of baseline" for one in self.own)
            return f"{self.name}: {self.verdict} ({self.reason}){own}"
        rate = f"{step.after.percent_text} % of baseline" if step.after.percent_text != UNKNOWN else "rate not measured"
        rate += ", above it" if step.after.overshoots else ""
        return f"{self.name}, {step.after.name} after {self.drug}: {self.verdict}. {rate}; {step.reason}"

    def _repr_html_(self) -> str:
        """A row for each dose, for Jupyter."""
        return shown(
            self, table(self.columns, self.rows, name="antagonist"), told=str(self), beside={"notes": self.notes}
        )


def step_row(step: ReversalStep) -> tuple[str, ...]:
    """A step as a row."""
    agonist = step.agonist
    before = UNKNOWN
    if agonist is not None and math.isfinite(agonist.percent):
        before = cell_text(agonist.percent, agonist.percent_low, agonist.percent_high, places=0)
    back = step.back.text if step.back.returned or step.back.watched_s > 0 else UNKNOWN
    after = step.after
    return (
        after.name, f"{after.window.given_s:.0f}", before, after.percent_text, after.fold_text, back, step.verdict,
    )  # fmt: skip


def _numbers(reversal: Reversal, after: AntagonistWindow, step: ReversalStep | None) -> dict[str, Any]:
    """Every number of one administration."""
    agonist = step.agonist if step else None
    back = step.back if step else Return(watched_s=math.nan)
    cell = step.cell if step else None
    return {
        "animal": reversal.subject.animal, "unit": reversal.unit_id, "group": reversal.subject.group,
        "agonist": reversal.drug, "agonist_dose": cell.dose if cell else math.nan, "dose_unit": reversal.dose_unit,
        "given": after.drug, "role": after.role, "given_dose": after.dose, "given_unit": after.dose_unit,
        "given_s": after.window.given_s, "since_s": cell.since_s if cell else math.nan,
        "agonist_percent": agonist.percent if agonist else math.nan,
        "agonist_low": agonist.percent_low if agonist else math.nan,
        "agonist_high": agonist.percent_high if agonist else math.nan,
        "count": after.window.count, "exposure_s": after.window.exposure_s, "rate_hz": after.window.rate_hz,
        "percent": after.window.percent, "percent_low": after.window.percent_low,
        "percent_high": after.window.percent_high, "overshoot": after.overshoots,
        "fold": after.of_agonist.value, "fold_low": after.of_agonist.low,
        "fold_high": after.of_agonist.high, "returned": back.returned, "return_s": back.value_s,
        "return_low_s": back.low_s, "return_high_s": back.high_s, "below_again_s": back.fell_again_s,
        "watched_s": back.watched_s,
        "recoveries": len(step.comparison.recoveries) if step else 0,
        "recovery_animals": step.comparison.n_animals if step else 0,
        "chance": step.comparison.chance if step else math.nan,
        "verdict": step.verdict if step else "", "reason": step.reason if step else after.stands_for,
    }  # fmt: skip
