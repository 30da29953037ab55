"""What paired rates show of themselves in a notebook: each animal, then each of its cells, through the states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ephys.jupyter import UNKNOWN, Html, number_text, potency_words, table
from ephys.pharmacology.groups.estimates import cell_text

if TYPE_CHECKING:
    from ephys.pharmacology.paired.result import PairedCell, PairedRates


def paired_parts(paired: PairedRates) -> Iterator[Html]:
    """Means of the animals; folded, the cells with their intervals."""
    yield table(
        ["animal", "group", "cells", *_state_heads(paired)],
        [_animal_row(paired, animal) for animal in paired.animals],
        name="means of animals",
    )
    several = len({rate.dose for cell in paired.cells if (rate := cell.at("agonist"))}) > 1
    dose = [f"{potency_words(paired.dose_unit).dose} ({paired.dose_unit.replace('ug/', 'µg/')})"] if several else []
    yield table(
        ["animal", "unit", "group", *dose, *_state_heads(paired, interval=" (95 %)"), "may be lost"],
        [_cell_row(paired, cell, dose=several) for cell in paired.cells],
        name="cells",
        most_open=0,
    )


def _state_heads(paired: PairedRates, *, interval: str = "") -> list[str]:
    """Headings of the states: a rate for each, and a percent for all but the baseline."""
    names = {"agonist": f"{paired.drug} {paired.dose_text}", "antagonist": f"after {paired.antagonist}"}
    later = [[f"{names[state]} (Hz)", f"% of baseline{interval}"] for state in paired.states if state != "baseline"]
    return ["baseline (Hz)", *(head for pair in later for head in pair)]


def _animal_row(paired: PairedRates, animal: str) -> list[str]:
    """Means of one animal; where fewer cells reached a state, how many."""
    means = {mean.state: mean for mean in paired.animal_means(animal)}
    first = means["baseline"]
    row = [animal, first.group or UNKNOWN, str(first.n_cells), number_text(first.rate_hz)]
    for state in paired.states[1:]:
        mean = means.get(state)
        fewer = f" [{mean.n_cells} of {first.n_cells} cells]" if mean and mean.n_cells < first.n_cells else ""
        row += [f"{number_text(mean.rate_hz)}{fewer}", f"{mean.percent:.1f}"] if mean else [UNKNOWN, UNKNOWN]
    return row


def _cell_row(paired: PairedRates, cell: PairedCell, *, dose: bool) -> list[str]:
    """One cell in each state; `dose` says whether the agonist's dose differs between cells."""
    rates = [cell.at(state) for state in paired.states]
    given = cell.at("agonist")
    row = [cell.animal, cell.unit_id, cell.group or UNKNOWN]
    row += [f"{given.dose:.6g}" if given else UNKNOWN] if dose else []
    for state, rate in zip(paired.states, rates, strict=True):
        row.append(number_text(rate.rate_hz) if rate else UNKNOWN)
        if state != "baseline":
            row.append(cell_text(rate.percent, rate.percent_low, rate.percent_high, places=1) if rate else UNKNOWN)
    return [*row, "yes" if any(rate and not rate.proven for rate in rates) else "no"]
