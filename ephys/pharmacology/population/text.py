"""A population in sentences that may go into a paper."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ephys.jupyter import potency_words
from ephys.pharmacology.population.shape_differences import shape_doubts

if TYPE_CHECKING:
    from ephys.pharmacology.population.fit import PopulationFit

_TAKEN = {"given": "route", "as": "form", "read out": "readout"}
"""Conditions that travel with an ID50, and how they are said."""
_STEEPEST, _LEAST_FOLD = 19.9, 1.052
"""Where the search has its bounds: a slope, and a spread that the grid cannot tell from none."""


def population_lines(fit: PopulationFit) -> Iterator[str]:
    """A line for each thing to know, the primary answer first."""
    yield headline(fit)
    yield from (f"  {one}" for one in fit.id50.values())
    yield from (f"  {one} (common slope and Emax: primary)" for one in fit.fold_shift.values())
    yield from (f"  {line}" for line in assumption_lines(fit))
    yield from (f"  beside it, two stages: {one.group} / {one.reference} {one}" for one in fit.two_stage.values())
    yield from (f"  {line}" for line in other_model_lines(fit))
    yield from (f"  {line}" for line in other_reading_lines(fit))
    yield from (f"  left out: {reason}" for reason in fit.left_out)
    yield from (f"  {note}" for note in fit.notes)


def headline(fit: PopulationFit) -> str:
    """Drug, and of how many cells and animals; curves, where units were recorded in several groups."""
    drug, runs = fit.runs[0].drug, fit.runs
    units = len({(run.animal, run.unit) for run in runs})
    cells = f"{len(runs)} curves of {units} units" if fit.model.paired and units < len(runs) else f"{len(runs)} cells"
    return f"{drug + ': ' if drug else ''}one likelihood over {cells} of {fit.problem.tree.n_animals} animals"


def other_reading_lines(fit: PopulationFit) -> Iterator[str]:
    """The answers without windows that may be of a lost cell, and on what was left of the doses."""
    proven = "up to the last proven spike of undetermined cells"
    if fit.censored is None and not all(run.proven.all() for run in fit.runs):
        given = potency_words(fit.runs[0].dose_unit).dose
        yield f"{proven}: no answer, since in some group no cell has a {given} before it"
    for what, other in ((proven, fit.censored),
                        ("on what elimination has left of the doses", fit.decayed)):  # fmt: skip
        if other is not None:
            answers = other.fold_shift.values() or other.id50.values()
            yield from (f"{what}: {one}" for one in answers)


def assumption_lines(fit: PopulationFit) -> Iterator[str]:
    """What the answers rest on: slope, largest effect, scatter, and how cells and animals differ."""
    yield _assumed(fit)
    yield _spread(fit)
    taken = [f"{said} {value}" for said, name in _TAKEN.items() if (value := _common(fit, name))]
    if taken:
        yield "; ".join(taken)


def hill_text(hill: float) -> str:
    """A slope as it is printed; at the bound of the search it is that, or more.

    >>> hill_text(1.83), hill_text(20.0)
    ('1.8', '20 or more')
    """
    return f"{hill:.2g}" + (" or more" if hill > _STEEPEST else "")


def other_model_lines(fit: PopulationFit) -> Iterator[str]:
    """The shifts where every group has a slope, or a largest effect, of its own; and how these differ."""
    for name, shifts in list(fit.shift_under.items())[1:]:
        yield from (f"under {name}: {one}" for one in shifts.values())
    yield from (f"{one}" for one in fit.differences)
    yield from shape_doubts(fit.differences)


def _common(fit: PopulationFit, condition: str) -> str:
    """What all cells had in common; empty where it is not stated, or differs."""
    found = {run.conditions.get(condition, "") for run in fit.runs}
    return found.pop() if len(found) == 1 else ""


def _assumed(fit: PopulationFit) -> str:
    """Slope, largest effect and scatter."""
    if fit.model.family == "gaussian":
        known = ", ".join(f"{name} fixed {value:g}" for name, value in fit.model.fixed.items())
        return f"Hill {fit.hill:.3g}" + (f", {known}" if known else "")
    fixed = "emax_percent" in fit.model.fixed
    emax = f"Emax {'fixed' if fixed else 'estimated'} {fit.emax_percent:.3g} %"
    if any(key.startswith("emax_percent:") for key in fit.model.fixed) or "emax_percent" in fit.model.apart:
        emax = f"Emax of each group {'fixed' if fixed else 'estimated'}"
    source = f" ({fit.emax_source})" if fixed and fit.emax_source else ""
    steep = f"Hill {hill_text(fit.hill)}"
    return f"{steep}, {emax}{source}, rates wander by {100 * fit.dispersion:.0f} % between windows"


def _spread(fit: PopulationFit) -> str:
    """How cells and animals differ."""
    if math.isnan(fit.sd_animal):
        return f"between animals, one curve of each: {_fold(fit.sd_cell)}"
    if "branch" in fit.problem.levels:
        conditions = math.exp(math.exp(fit.estimates["ln_sd_branch"]))
        return (
            f"between animals {_fold(fit.sd_animal)}, between conditions of an animal {_fold(conditions)}, between "
            f"cells of a condition {_fold(fit.sd_cell)}"
        )
    within = "between conditions of an animal" if fit.model.paired else "between cells of an animal"
    return f"between animals {_fold(fit.sd_animal)}, {within} {_fold(fit.sd_cell)}"


def _fold(spread: float) -> str:
    """Spread as a fold; what the grid cannot tell from none says so."""
    return "next to none" if spread < _LEAST_FOLD else f"×/÷ {spread:.2f}"
