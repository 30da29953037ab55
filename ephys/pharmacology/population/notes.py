"""What to know of a population before its numbers are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from ephys.jupyter import potency_words
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.population.problem import PopulationModel
from ephys.pharmacology.population.runs import DESIGN, DRAWN, PRETREATED, Run


def notes_of(runs: Sequence[Run], model: PopulationModel) -> Iterator[str]:
    """Of the doses, the windows, the units and the blocks."""
    yield from _of_doses(runs)
    yield from _of_drawn_windows(runs)
    yield from _of_designs(runs)
    yield from _of_pretreatments(runs)
    yield from of_matched_units(runs)
    yield from _of_blocks(model, potency_words(runs[0].dose_unit).name)


def _of_doses(runs: Sequence[Run]) -> Iterator[str]:
    """Say what is odd of the doses: no unit; one dose only; or one that comes back, as where doses were added."""
    if not runs[0].dose_unit:
        yield "no unit of dose is stated (column 'dose_unit')"
    words = potency_words(runs[0].dose_unit)
    once = sum(np.unique(run.dose[run.dose > 0]).size == 1 for run in runs)
    if once:
        yield (
            f"{count_text(once, 'cell')} seen at one {words.dose} only, which tells on which side of it an "
            f"{words.name} "
            "lies"
        )
    again = [run for run in runs if run.doses_again]
    if again:
        first = f"{again[0].name} at {again[0].doses_again[0]:g}"
        yield (
            f"several rows at one dose in {count_text(len(again), 'cell')} ({first}), taken as windows of one cell: "
            f"two cells need two names in 'unit'; doses that were added must be added up, 'dose' is the total so far"
        )


def _of_drawn_windows(runs: Sequence[Run]) -> Iterator[str]:
    """Say which cells have windows that a person drew: they may have been chosen after the data were seen."""
    drawn = [run.name for run in runs if run.conditions.get(DRAWN, "0") not in ("", "0")]
    if drawn:
        yield f"windows drawn by hand: {', '.join(drawn)}"


def _of_pretreatments(runs: Sequence[Run]) -> Iterator[str]:
    """Say which groups hold cells after different antagonists, or after one and without: one curve is of neither."""
    for group in dict.fromkeys(run.group for run in runs):
        met = Counter(run.conditions.get(PRETREATED, "") for run in runs if run.group == group)
        if len(met) > 1:
            each = (f"{count_text(n, 'cell')} {f'after {given}' if given else 'without'}" for given, n in met.items())
            name = f"group {group}" if group else "all cells"
            yield f"{name}, antagonist before the agonist: {', '.join(each)}; one curve of both is that of neither"


def _of_designs(runs: Sequence[Run]) -> Iterator[str]:
    """Say that slices were superfused in several designs: what is left of a concentration differs between them."""
    found = Counter(design for run in runs if (design := run.conditions.get(DESIGN, "")))
    if len(set(found) - {"single"}) > 1:
        told = ", ".join(f"{count_text(number, 'cell')} {design}" for design, number in found.items())
        yield f"superfused in several designs: {told}; desensitisation and what is left of the drug differ between them"


def of_matched_units(runs: Sequence[Run]) -> Iterator[str]:
    """Say that a unit that was recorded under several conditions is a cell of each."""
    groups = Counter((animal, unit) for animal, unit, _ in {(run.animal, run.unit, run.group) for run in runs})
    several = sum(number > 1 for number in groups.values())
    if several:
        were = "1 unit was" if several == 1 else f"{several} units were"
        yield f"{were} recorded in several groups, a cell of each: animals, not units, are compared with themselves"


def _of_blocks(model: PopulationModel, name: str) -> Iterator[str]:
    """Say what a potency is a mean over, and what the test beside does not take out."""
    if model.block:
        names = ", ".join(model.block)
        yield (
            f"each {name} is the mean over the values of {names}, each counted once; two stages do not take {names} out"
        )
