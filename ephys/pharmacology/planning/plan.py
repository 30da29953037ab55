"""What a plan says: power by animals and cells, and the fewest animals that are enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ephys.errors import ParameterError
from ephys.jupyter import PotencyWords, Shown, potency_words
from ephys.pharmacology.planning.design import PlannedDesign, require_whole
from ephys.pharmacology.planning.one_stage import OneStageCheck, check_one_stage
from ephys.pharmacology.planning.question import Question, Share
from ephys.pharmacology.planning.simulated import Simulated
from ephys.pharmacology.planning.variation import PlannedVariation

_ONE_SLOPE = (
    "all cells share the slope; a spread of ×/÷ 1.2 between cells costs 5 to 10 points of power near 80 % (hill_spread)"
)
"""Measured: docs/planning.md."""


@dataclass(frozen=True)
class PlannedPower(Shown):
    """Power of one design.

    Parameters
    ----------
    animals, cells : int
        Animals per group, and cells of each.
    n_groups : int
    power : Share
        Of the simulated experiments that show what they are to show.
    false_positives : Share
        The same where there is nothing to be shown: no shift, or one as large as the margin, of up and down the worse.
    power_at_upper, false_positives_at_upper : Share or None
        The same at the upper end of the pilot's variation; `None` where none is known.
    """

    animals: int
    cells: int
    n_groups: int
    power: Share
    false_positives: Share
    power_at_upper: Share | None = None
    false_positives_at_upper: Share | None = None

    @property
    def total_animals(self) -> int:
        """Of all groups."""
        return self.n_groups * self.animals

    @property
    def total_cells(self) -> int:
        """Of all groups."""
        return self.total_animals * self.cells

    @property
    def size_text(self) -> str:
        """Animals and cells in words."""
        each = "1 cell" if self.cells == 1 else f"{self.cells} cells"
        group = " a group" if self.n_groups > 1 else ""
        return f"{self.animals} animals{group} with {each} each"

    def __str__(self) -> str:
        """Power in a sentence."""
        upper = f"; {self.power_at_upper} at the upper end of the variation" if self.power_at_upper else ""
        total = f"{self.total_animals} animals, {self.total_cells} cells"
        return f"{self.size_text} ({total}): power {self.power}{upper}, false positives {self.false_positives}"


@dataclass(frozen=True)
class ExperimentPlan(Shown):
    """Power by animals and cells; `plan_experiment` makes it.

    Parameters
    ----------
    question : Question
        What is to be shown.
    design : PlannedDesign
    variation : PlannedVariation
    target : float
        Power that is wanted.
    runs, seed : int
        Simulated experiments of each design, and where chance began.
    table : tuple of PlannedPower
        By cells per animal, then animals per group. Smaller designs are parts of larger ones, so that a step of the
        table is known better than the intervals say.
    """

    question: Question
    design: PlannedDesign
    variation: PlannedVariation
    target: float
    runs: int
    seed: int
    table: tuple[PlannedPower, ...]

    def of(self, *, animals: int, cells: int) -> PlannedPower:
        """Power of one design.

        Raises
        ------
        ParameterError
            If it was not asked for.
        """
        for row in self.table:
            if (row.animals, row.cells) == (animals, cells):
                return row
        planned = f"animals={self.design.animals}, cells_per_animal={self.design.cells_per_animal}"
        raise ParameterError(
            f"animals={animals}, cells={cells} was not planned, but {planned}: ask for it in the design"
        )

    @property
    def fewest(self) -> dict[int, PlannedPower | None]:
        """For each number of cells the first design from which on the power is reached; `None` where none does.

        Designs with false positives above 1 - level, beyond the simulation's own chance, are passed over.
        """
        return self._first(self.table)

    @property
    def fewest_at_upper(self) -> dict[int, PlannedPower | None]:
        """The same at the upper end of the variation; empty where none is known."""
        if self.variation.upper is None:
            return {}
        return self._first(tuple(
            replace(row, power=row.power_at_upper, false_positives=row.false_positives_at_upper)
            for row in self.table if row.power_at_upper and row.false_positives_at_upper
        ))  # fmt: skip

    def one_stage(self, *, animals: int, cells: int, runs: int = 100, progress: bool = False) -> OneStageCheck:
        """Check of a design by the likelihood of `fit_population`, on the first of its experiments: 0.2 to 0.5 s each.

        Parameters
        ----------
        animals, cells : int
        runs : int, optional
        progress : bool, optional

        Raises
        ------
        ParameterError
            If the design was not planned, there are not so many experiments, or they are of rates or of one group.
        """
        self.of(animals=animals, cells=cells)
        if self.question.aim == "rate" or self.design.n_groups == 1:
            raise ParameterError("the one-stage check compares the ID50s of two groups; this plan does not")
        require_whole(runs=runs)
        if not 1 <= runs <= self.runs:
            raise ParameterError(f"runs must be 1 to {self.runs}, those of the plan; got {runs}")
        simulated = Simulated(self.question.aim, self.variation, self.design, self.runs, self.seed)
        return check_one_stage(simulated, self.question, animals=animals, cells=cells, runs=runs, progress=progress)

    def _first(self, table: tuple[PlannedPower, ...]) -> dict[int, PlannedPower | None]:
        """First design of a table from which on the power is reached."""
        found: dict[int, PlannedPower | None] = {}
        for cells in self.design.cells_per_animal:
            rows = [row for row in table if row.cells == cells]
            short = [place for place, row in enumerate(rows) if row.power.value < self.target]
            enough = [row for row in (rows[short[-1] + 1 :] if short else rows) if not self._misleads(row)]
            found[cells] = enough[0] if enough else None
        return found

    def _misleads(self, row: PlannedPower) -> bool:
        """Whether a design has more false positives than were allowed."""
        return row.false_positives.is_above(1 - self.question.level)

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per design, for a table."""
        return [
            {
                "animals_per_group": row.animals, "cells_per_animal": row.cells, "animals": row.total_animals,
                "cells": row.total_cells,
                "power": row.power.value, "power_low": row.power.low, "power_high": row.power.high,
                "false_positives": row.false_positives.value, "false_positives_low": row.false_positives.low,
                "false_positives_high": row.false_positives.high,
                "power_at_upper": None if row.power_at_upper is None else row.power_at_upper.value,
                "false_positives_at_upper":
                    None if row.false_positives_at_upper is None else row.false_positives_at_upper.value,
            }
            for row in self.table
        ]  # fmt: skip

    def __str__(self) -> str:
        """What is enough, and what it rests on."""
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        """What was asked."""
        asked = f"{self.question.text(self._words.name)}{self.question.truth_text}"
        return f"{type(self).__name__}({asked}; {len(self.table)} designs, {self.runs} experiments each)"

    @property
    def _words(self) -> PotencyWords:
        """What its potency and its doses are called."""
        return potency_words(self.design.dose_unit)

    def _lines(self) -> Iterator[str]:
        """A line for each number of cells, then how it was reckoned."""
        if self.variation.upper is not None:
            yield (
                f"{100 * self.target:g} % power takes {'; '.join(self._at_worst())} where animals differ as much as "
                f"the pilot allows ({self.variation.upper.text(self.question.aim, potency=self._words.name)})"
            )
            yield "where they differ as the pilot estimates it:"
        for cells, row in self.fewest.items():
            yield self._enough(row) if row else self._short([one for one in self.table if one.cells == cells][-1])
        test = "Welch's t" if self.design.n_groups == 2 else "one-sample t"
        sides = "two one-sided tests" if self.question.aim == "equivalence" else "two-sided"
        yield (
            f"  {test} on animal means, {sides} at {100 * (1 - self.question.level):.3g} %; {self.runs} simulated "
            f"experiments a design, seed {self.seed}; in brackets the simulation's own 95 %"
        )
        yield f"  variation: {self.variation.text(self.question.aim, potency=self._words.name)}"
        if self.question.aim != "rate" and self.variation.hill_spread == 1:
            yield f"  {_ONE_SLOPE}"
        if self.question.aim != "rate":
            yield from self._of_doses()

    def _at_worst(self) -> Iterator[str]:
        """Designs that are enough at the upper end of the variation."""
        for cells, row in self.fewest_at_upper.items():
            each = "1 cell" if cells == 1 else f"{cells} cells"
            yield (
                f"{row.size_text} (false positives {row.false_positives})"
                if row
                else f"more than {max(self.design.animals)} animals with {each} each"
            )

    def _enough(self, row: PlannedPower) -> str:
        """Sentence of the smallest design that reaches the power."""
        upper = f"; {row.power_at_upper} at the upper end of the variation" if row.power_at_upper else ""
        return (
            f"{row.size_text} ({row.total_animals} animals, {row.total_cells} cells) "
            f"{self.question.text(self._words.name)} in "
            f"{row.power} of experiments{self.question.truth_text}{upper}; {self.question.null_text}, in "
            f"{row.false_positives}"
        )

    def _short(self, row: PlannedPower) -> str:
        """Sentence where no design does."""
        told = (
            f"they {self.question.text(self._words.name)} in {row.power} of experiments{self.question.truth_text}; "
            f"{self.question.null_text}, in {row.false_positives}"
        )
        if self._misleads(row) and row.power.value >= self.target:
            return f"{row.size_text} mislead: {told}, more than {100 * (1 - self.question.level):.3g} %"
        return f"{row.size_text} are not enough: {told}"

    def _of_doses(self) -> Iterator[str]:
        """Doses, and which group's ID50 lies outside them."""
        doses, known = self.design.doses, self.variation
        unit = f" {self.design.dose_unit.replace('ug/', 'µg/')}" if self.design.dose_unit else ""
        stop = f", none after silence (below {100 * self.design.stop_below:g} %)" if self.design.stop_below else ""
        yield f"  {self._words.dose}s {', '.join(f'{dose:g}' for dose in doses)}{unit}{stop}"
        for name, id50 in (("control", known.id50), ("treated", known.id50 * self.question.fold)):
            if not doses[0] <= id50 <= doses[-1]:
                side = "above the top" if id50 > doses[-1] else "below the lowest"
                yield (
                    f"  the {name} {self._words.name}, {id50:.3g}, lies {side} {self._words.dose}: it rests on the "
                    "slope; "
                    f"plan other {self._words.dose}s"
                )
