"""What an antagonist did by itself, before any agonist, to the cells of a data set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.pharmacology.groups.animal_means import welch_animal_means
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.reversal.antagonist_window import AntagonistWindow
from ephys.pharmacology.reversal.result import Reversal

Windows = Sequence[tuple[Reversal, AntagonistWindow]]


def own_effects(cells: Sequence[Reversal], drug: str) -> Iterator[str]:
    """Tell each antagonist's own effect: the mean over animals, the range of the cells, and who is surely off baseline.

    A cell that is not proven to have been held is left out and named: its silence may be its loss.

    Parameters
    ----------
    cells : sequence of Reversal
        Of one agonist.
    drug : str
        That agonist; empty for none.
    """
    found: dict[str, list[tuple[Reversal, AntagonistWindow]]] = {}
    for cell in cells:
        for one in cell.own:
            if math.isfinite(one.of_baseline.value):
                found.setdefault(f"{one.name} {one.how}", []).append((cell, one))
    for name, windows in found.items():
        before = f", before {drug}" if drug else ""
        held = [(cell, one) for cell, one in windows if one.is_held]
        lost = [cell.name for cell, one in windows if not one.is_held]
        told = [_mean(held), *_off_baseline(held)] if held else []
        told += [f"not proven held, left out: {', '.join(lost)}"] if lost else []
        yield f"{name}{before}: {'; '.join(told)}"


def _mean(windows: Windows) -> str:
    """Mean percent of baseline over animals, each the mean of its cells, and the range of the cells."""
    percents = [one.of_baseline.value for _, one in windows]
    animals = [cell.subject.animal for cell, _ in windows]
    mean = welch_animal_means(percents, animal=animals, group=[""] * len(windows)).groups[0]
    n = f"{count_text(mean.n_cells, 'cell')} of {count_text(mean.n_animals, 'animal')}"
    spread = f"{n}, {min(percents):.0f} to {max(percents):.0f} %" if len(percents) > 1 else n
    told = f"{mean.value:.0f} % of baseline"
    if math.isnan(mean.low):
        return f"{told} ({spread})"
    return f"mean over animals {told} (95 % CI {max(mean.low, 0.0):.0f} to {mean.high:.0f}; {spread})"


def _off_baseline(windows: Windows) -> Iterator[str]:
    """Cells whose interval lies above the baseline, and below it."""
    above = [cell.name for cell, one in windows if one.of_baseline.low > 100.0]
    below = [cell.name for cell, one in windows if one.of_baseline.high < 100.0]
    for where, names in (("above", above), ("below", below)):
        if names:
            yield f"surely {where} it: {', '.join(names)}"
