"""What the fit of a population shows of itself in a notebook: a row for each group, where a bound is a bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ephys.jupyter import UNKNOWN, Html, potency_words, table, unit_text
from ephys.pharmacology.groups.estimates import p_text

if TYPE_CHECKING:
    from ephys.pharmacology.population.fit import PopulationFit


def population_table(fit: PopulationFit) -> Html:
    """ID50 of each group, its shift against the reference, and of how many; beyond the doses given it is a bound."""
    words = potency_words(fit.runs[0].dose_unit)
    about = ", ".join(filter(None, (unit_text(fit.runs[0].dose_unit), f"{100 * fit.level:g} % CI")))
    head = ["group", f"{words.of_groups} ({about})", "animals", "cells", "censored"]
    if len(fit.groups) > 1:
        head += [f"fold shift from {fit.groups[0]}", "p"]
    return table(head, [_group_row(fit, group) for group in fit.groups], name=f"{words.name}s, and how they differ")


def _group_row(fit: PopulationFit, group: str) -> list[str]:
    """One group; the reference has no shift."""
    own, shift = fit.id50[group], fit.fold_shift.get(group)
    row = [group, own.cell_text, *map(str, (own.n_animals, own.n_cells, own.n_censored))]
    if len(fit.groups) == 1:
        return row
    return [*row, shift.cell_text, _p_cell(shift.p)] if shift else [*row, UNKNOWN, UNKNOWN]


def _p_cell(p: float) -> str:
    """A p-value under a head that says so."""
    return UNKNOWN if math.isnan(p) else p_text(p).removeprefix("p ").removeprefix("= ")
