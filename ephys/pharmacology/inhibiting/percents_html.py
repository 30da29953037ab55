"""What percents by dose show of themselves in a notebook: a row for each dose and group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ephys.jupyter import Html, folded, potency_words, table
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import cell_text

if TYPE_CHECKING:
    from ephys.pharmacology.inhibiting.dose_percents import GroupPercent, PercentByDose

_MOST_OPEN = 24
"""Two groups at a dozen doses."""


def percents_parts(percents: PercentByDose) -> Iterator[Html]:
    """Means; folded, those without cells that may have been lost."""
    yield _means_table(percents)
    if percents.proven_only is not None:
        inside = _means_table(percents.proven_only, most_open=len(percents.means))
        yield folded("without cells that fell silent and may have been lost", inside)


def _means_table(percents: PercentByDose, *, most_open: int = _MOST_OPEN) -> Html:
    """A row for each mean: dose, group, percent, how many."""
    total = potency_words(percents.dose_unit).total
    dose = f"{total} ({percents.unit_text})" if percents.unit_text else total
    head = [
        dose, "group", f"% of baseline ({100 * percents.level:g} % CI)", "animals", "cells", "silent", "carried on",
        "may be lost",
    ]  # fmt: skip
    return table(head, [_row(mean) for mean in percents.means], name="means over animals", most_open=most_open)


def _row(mean: GroupPercent) -> list[str]:
    """One group at one dose."""
    counts = (mean.n_animals, mean.n_cells, mean.n_silent, mean.n_carried, mean.n_unproven)
    return [figures(mean.dose), mean.group, cell_text(mean.percent, mean.low, mean.high, places=1), *map(str, counts)]
