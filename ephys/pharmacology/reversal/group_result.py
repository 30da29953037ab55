"""What an antagonist did to the cells of a data set: the value that `assess_reversals` returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ephys.jupyter import UNKNOWN, Html, Shown, shown, table
from ephys.model import Share
from ephys.pharmacology.comparisons.beyond_limit import clustered_share_interval
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.reversal.own_effects import own_effects
from ephys.pharmacology.reversal.recovery import RECOVERY_COLUMNS, Recovery, recovery_row
from ephys.pharmacology.reversal.result import STEP_COLUMNS, Reversal, step_row
from ephys.pharmacology.reversal.reversal_text import cell_methods, own_methods, share_methods
from ephys.pharmacology.reversal.settings import ReversalSettings
from ephys.pharmacology.reversal.verdicts import JUDGED, REVERSED, UNDETERMINED, VERDICTS, Verdict


@dataclass(frozen=True, slots=True)
class Reversals(Shown):
    """What an antagonist did to the cells of a data set.

    Parameters
    ----------
    drug : str
        The agonist.
    cells : tuple of Reversal
        Cells that got an antagonist.
    recoveries : tuple of Recovery
        Of every cell, and those that were given beside: what the returns are compared with.
    settings : ReversalSettings
    """

    drug: str
    cells: tuple[Reversal, ...]
    recoveries: tuple[Recovery, ...]
    settings: ReversalSettings

    @property
    def counts(self) -> dict[Verdict, int]:
        """Cells of each verdict that there is; those that got the antagonist before the agonist alone have none."""
        found = Counter(cell.verdict for cell in self.cells if cell.steps or not cell.own)
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}

    @property
    def judged(self) -> tuple[Reversal, ...]:
        """Cells that were inhibited, and seen for long enough after the antagonist."""
        return tuple(cell for cell in self.cells if cell.verdict in JUDGED)

    @property
    def n_animals(self) -> int:
        """Animals of the cells that were judged."""
        return len({cell.subject.animal for cell in self.judged})

    @property
    def share(self) -> Share:
        """Share of the judged cells that were reversed, 0 to 1; the interval counts on animals, and takes two.

        Clopper & Pearson's with the number of independent cells (Korn & Graubard 1998, Survey Methodology 24:193).
        """
        if not self.judged:
            return Share()
        reversed_ = np.array([cell.verdict == REVERSED for cell in self.judged])
        if self.n_animals < 2:
            return Share(float(reversed_.mean()))
        animals = np.array([cell.subject.animal for cell in self.judged])
        return Share(float(reversed_.mean()), *clustered_share_interval(reversed_, animals, level=0.95))

    @property
    def share_text(self) -> str:
        """How many were reversed, of how many cells of how many animals."""
        n = sum(cell.verdict == REVERSED for cell in self.judged)
        animals = len({cell.subject.animal for cell in self.judged if cell.verdict == REVERSED})
        low, high = 100 * self.share.low, 100 * self.share.high
        interval = f" (95 % interval {low:.0f} to {high:.0f} %)" if self.n_animals >= 2 else ""
        of = count_text(len(self.judged), "judged cell")
        return f"{n} of {of} reversed{interval}, in {animals} of {count_text(self.n_animals, 'animal')}"

    @property
    def without(self) -> tuple[Recovery, ...]:
        """Recoveries that tell of a time without antagonist; of cells that got one, those compared with another's."""
        given = {(cell.subject.animal, cell.unit_id) for cell in self.cells}
        steps = [step for cell in self.cells for step in cell.steps]
        used = {(one.animal, one.unit_id) for step in steps for one in step.comparison.recoveries}
        known = [(one, (one.animal, one.unit_id)) for one in self.recoveries if one.tells]
        return tuple(one for one, key in known if key not in given or key in used)

    @property
    def title(self) -> str:
        """What the table is of."""
        given = dict.fromkeys(step.after.drug for cell in self.cells for step in cell.steps)
        if given:
            return f"{' and '.join(given)} after {self.drug}"
        own = dict.fromkeys(one.drug for cell in self.cells for one in cell.own)
        before = self.drug or "any agonist"
        return f"{' and '.join(own)} before {before}" if own else f"antagonist after {self.drug}"

    @property
    def own_effects(self) -> tuple[str, ...]:
        """What each antagonist did by itself, where it was given before any agonist: the mean over animals."""
        return tuple(own_effects(self.cells, self.drug))

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        return ("animal", "unit", "group", *STEP_COLUMNS)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row per cell: the dose that decides."""
        return tuple(self._row(cell) for cell in self.cells)

    def _row(self, cell: Reversal) -> tuple[str, ...]:
        """One cell."""
        who = (cell.subject.animal, cell.unit_id, cell.subject.group or UNKNOWN)
        step = cell.decisive
        if step is None and cell.own:
            return (*who, *cell.own[-1].row)
        if step is None:
            return (*who, *[UNKNOWN] * (len(STEP_COLUMNS) - 1), f"{cell.verdict} ({cell.reason})")
        return (*who, *step_row(step))

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before the share is used."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        """One after the other."""
        told = {one.animal for one in self.without}
        if self.counts and len(told) < self.settings.min_animals:
            yield (
                f"recoveries without antagonist of {count_text(len(told), 'animal')}, fewer than "
                f"{self.settings.min_animals}: no return can be called a reversal"
            )
        chances = [cell.decisive.comparison.chance for cell in self.cells if cell.decisive and cell.verdict == REVERSED]
        if chances:
            yield (
                "each reversal is faster than all comparable recoveries: without any effect, at most 1 in "
                f"{1 / max(chances):.0f} would be so by chance; cells held against the same recoveries share it"
            )
        unsure = self.counts.get(UNDETERMINED, 0)
        if unsure:
            n = sum(cell.verdict == REVERSED for cell in self.cells)
            yield (
                f"{count_text(unsure, 'cell')} undetermined and not in the share; were none of them reversed, it would "
                f"be {n} of {len(self.judged) + unsure}"
            )
        groups = list(dict.fromkeys(cell.subject.group for cell in self.cells if cell.subject.group))
        if len(groups) > 1:
            yield f"groups together: {', '.join(groups)}"
        for cell in self.cells:
            yield from (f"{cell.name}: {note}" for note in cell.notes)

    @property
    def methods(self) -> str:
        """What was done, for a Methods section."""
        compared = any(step.comparison.recoveries for cell in self.cells for step in cell.steps)
        if not any(cell.steps for cell in self.cells):
            return own_methods()
        own = f"{own_methods()} " if any(cell.own for cell in self.cells) else ""
        return f"{own}{cell_methods(self.settings, compared=compared)} {share_methods()}"

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per cell and administration, every number in a column of its own."""
        return [row for cell in self.cells for row in cell.as_rows()]

    def recovery_rows(self) -> list[dict[str, Any]]:
        """A row per recovery, which `recoveries_from_rows` reads."""
        return [row for one in self.recoveries for row in one.as_rows()]

    def __str__(self) -> str:
        """The share, the verdicts, and how many recoveries there were to compare with."""
        own = self.own_effects
        if own and not self.counts:
            return "\n".join((self.title, *own))
        verdicts = "; ".join(f"{verdict}: {n}" for verdict, n in self.counts.items()) or "no cell got an antagonist"
        known = self.without
        animals = count_text(len({one.animal for one in known}), "animal")
        return "\n".join(
            [
                f"{self.title}: {self.share_text}",
                verdicts,
                f"recoveries without antagonist: {len(known)}, of {animals}",
                *own,
            ]
        )

    def _repr_html_(self) -> str:
        """Cells; folded, the recoveries, for Jupyter."""
        return shown(self, *self._parts(), told=str(self).replace("\n", ". "), beside={"notes": self.notes})

    def _parts(self) -> Iterator[Html]:
        """The tables."""
        yield table(self.columns, self.rows, name="cells")
        rows = [recovery_row(one) for one in self.recoveries]
        yield table(RECOVERY_COLUMNS, rows, name="recoveries without antagonist", most_open=0)
