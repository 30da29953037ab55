"""What ejections did to one cell: the values that `measure_ejections` returns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ephys.jupyter import Html, Shown, shown, table
from ephys.model import Subject
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.iontophoresis.barrels import BARREL_COLUMNS, BarrelSummary
from ephys.pharmacology.iontophoresis.ejection import COLUMNS, Ejection
from ephys.pharmacology.iontophoresis.settings import VALIDATED, IontophoresisSettings

_NAMED_BY = {
    "stated": "as stated", "track": "the session's track", "session": "the session, which names no track",
    "unit": "the unit, since nothing names the electrode",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ejections(Shown):
    """Ejections by current beside one cell.

    Parameters
    ----------
    unit_id, drug : str
        The cell, and the drug asked for; empty for all.
    subject : Subject
        The animal.
    electrode : str
        What ejected; currents are compared within it alone.
    electrode_basis : {"stated", "track", "session", "unit"}
        What its name is taken from.
    cv : float
        Of the intervals of all baselines, each against its own mean; 1 where they are too few.
    ejections : tuple of Ejection
        In order of time, control currents among them.
    barrels : tuple of BarrelSummary
        One per drug and barrel.
    settings : IontophoresisSettings
    """

    unit_id: str
    drug: str
    subject: Subject
    electrode: str
    electrode_basis: str
    cv: float
    ejections: tuple[Ejection, ...]
    barrels: tuple[BarrelSummary, ...]
    settings: IontophoresisSettings

    @property
    def drugs(self) -> tuple[str, ...]:
        """What was ejected, controls not counted."""
        return tuple(dict.fromkeys(one.drug for one in self.ejections if not one.is_control))

    @property
    def controls(self) -> tuple[Ejection, ...]:
        """Ejections of current without a drug that were measured, on a baseline that was not silent."""
        return tuple(one for one in self.ejections if one.is_control and one.usable)

    @property
    def title(self) -> str:
        """What is shown, of which cell."""
        return f"Ejections of {', '.join(self.drugs) or 'control current'}, unit {self.unit_id}, {self.electrode}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings of `rows`."""
        return COLUMNS

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each ejection."""
        return tuple(one.cells for one in self.ejections)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before a number is used."""
        return tuple(_notes(self))

    @property
    def methods(self) -> str:
        """What was computed, for a Methods section."""
        used = self.settings
        control = {
            "shown": "Control currents are given beside.",
            "subtracted": "What control currents of the electrode suppressed per nA was subtracted.",
        }[used.control]
        widened = " of counts divided by the squared CV of the cell" if self.cv > 1 else ""
        return (
            f"The rate during each ejection was compared with that of up to {used.baseline_s:g} s before it (R0), with "
            f"the exact interval of a ratio of Poisson rates{widened}. Suppressed spikes per nA were (R0·T - n)/I, "
            "with n the spikes in the time T from the start of the ejection to the end of the first "
            f"{used.recovery_window_s:g} s after it with {100 * used.recovered_share:g} % of the baseline's spikes, or "
            "to the next administration (that something was begun or ended), "
            f"and beside it in a fixed window of {used.fixed_ejection_s:g} s + {used.fixed_after_s:g} s; intervals "
            f"were those of a renewal train of the cell's CV ({self.cv:.2g}), joined as by Zou and Donner (2008). T50 "
            "and RT50 were the change points of the cumulative spikes against half the baseline rate (Grenander 1956), "
            "with likelihood-ratio intervals (Banerjee and Wellner 2001), and I·T50 the current times T50 "
            f"({VALIDATED}). {control if self.controls else 'No control current was ejected.'}"
        )

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each ejection, every number in a column of its own."""
        who = {
            "animal": self.subject.animal, "group": self.subject.group, "unit": self.unit_id,
            "electrode": self.electrode, "electrode_from": self.electrode_basis, "cv": self.cv,
        }  # fmt: skip
        return [who | one.as_row() for one in self.ejections]

    def __str__(self) -> str:
        """A line for each barrel."""
        return "\n".join([f"{self.title}:", *(f"  {barrel}" for barrel in self.barrels)])

    def __repr__(self) -> str:
        """How many, of what."""
        return f"Ejections(unit {self.unit_id!r}, {self.electrode!r}, {count_text(len(self.ejections), 'ejection')})"

    def _repr_html_(self) -> str:
        """Ejections, then barrels current by current, for Jupyter."""
        return shown(self, *_parts(self), told=self.title, beside={"notes": self.notes})


def _wander(found: Ejections) -> Iterator[str]:
    """Baselines that surely differ: what is suppressed grows with R0."""
    usable = [one for one in found.ejections if one.usable]
    if not usable:
        return
    lowest = min(usable, key=lambda one: one.baseline_hz.value)
    highest = max(usable, key=lambda one: one.baseline_hz.value)
    if lowest.baseline_hz.high < highest.baseline_hz.low:
        ends = (f"{one.baseline_hz.value:.3g} Hz before {one.epoch.start_s:g} s" for one in (lowest, highest))
        yield f"baselines differ, {' and '.join(ends)}: each ejection has its own, and suppressed spikes grow with it"


def _parts(found: Ejections) -> Iterator[Html]:
    """Tables of a result."""
    yield table(found.columns, found.rows, name="ejections")
    yield table(BARREL_COLUMNS, [row for barrel in found.barrels for row in barrel.rows], name="repeats at a current")
    curves = [(barrel.drug, barrel.barrel, barrel.curve.text) for barrel in found.barrels if not barrel.is_control]
    yield table(("drug", "barrel", "I50, this electrode"), curves, name="curves in nA")


def _notes(found: Ejections) -> Iterator[str]:
    """What to know: first of all numbers, then of single ejections."""
    yield (
        f"nA hold for this electrode alone; its name is from {_NAMED_BY[found.electrode_basis]}"
        if found.electrode_basis != "stated"
        else "nA hold for this electrode alone"
    )
    percents = "widened by its square" if found.cv > 1 else "those of Poisson counts"
    yield f"CV of the baselines' intervals {found.cv:.2g}; intervals of percents are {percents}"
    yield from _wander(found)
    if not found.controls:
        yield "no control current was ejected: what the current alone does is not known"
    elif found.settings.control == "shown":
        yield "control currents are shown and not subtracted"
    else:
        yield "what control currents suppressed per nA is subtracted from repeats, not from percents or T50"
    if all(math.isnan(one.retention_na) for one in found.ejections):
        yield "no retaining current is stated: leak between ejections cannot be judged"
    yield from (
        f"{barrel.drug}: counts scatter about the curve in nA more than Poisson (p = {barrel.curve.misfit_p:.2g}), its "
        "interval is too short"
        for barrel in found.barrels
        if barrel.curve.misfit_p < 0.05
    )
    yield from _flags(found.ejections)


def _flags(ejections: Sequence[Ejection]) -> Iterator[str]:
    """Flags that several ejections share, each in a line; then what is left, by ejection."""
    counts = Counter(flag for one in ejections for flag in one.flags)
    yield from (f"{n} ejections: {flag}" for flag, n in counts.items() if n > 1)
    for one in ejections:
        own = [flag for flag in one.flags if counts[flag] == 1]
        if own:
            yield f"{one.drug} {one.current_na:g} nA at {one.epoch.start_s:g} s: {'; '.join(own)}"
