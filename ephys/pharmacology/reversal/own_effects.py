"""What an antagonist did by itself, before any agonist, to the cells of a data set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import stats

from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.reversal.result import AntagonistWindow, Reversal

_LEAST_ANIMALS = 3
"""With fewer there is no interval of a mean."""


def own_effects(cells: Sequence[Reversal], drug: str) -> Iterator[str]:
    """Tell each antagonist's own effect: the mean over animals, the range of the cells, and who is surely off baseline.

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
        yield f"{name}{before}: {_mean(windows)}{''.join(_off_baseline(windows))}"


def _mean(windows: Sequence[tuple[Reversal, AntagonistWindow]]) -> str:
    """Mean percent of baseline over animals, each the mean of its cells, and the range of the cells."""
    percents = [one.of_baseline.value for _, one in windows]
    of_animals: dict[str, list[float]] = {}
    for (cell, _), percent in zip(windows, percents, strict=True):
        of_animals.setdefault(cell.subject.animal, []).append(percent)
    means = np.array([np.mean(values) for values in of_animals.values()])
    n = f"{count_text(len(percents), 'cell')} of {count_text(len(means), 'animal')}"
    spread = f"{n}, {min(percents):.0f} to {max(percents):.0f} %" if len(percents) > 1 else n
    told = f"{means.mean():.0f} % of baseline"
    if len(means) < _LEAST_ANIMALS:
        return f"{told} ({spread})"
    half = float(stats.t.ppf(0.975, len(means) - 1) * stats.sem(means))
    return f"mean over animals {told} (95 % CI {means.mean() - half:.0f} to {means.mean() + half:.0f}; {spread})"


def _off_baseline(windows: Sequence[tuple[Reversal, AntagonistWindow]]) -> Iterator[str]:
    """Cells whose interval lies above the baseline, and below it."""
    above = [cell.name for cell, one in windows if one.of_baseline.low > 100.0]
    below = [cell.name for cell, one in windows if one.of_baseline.high < 100.0]
    for where, names in (("above", above), ("below", below)):
        if names:
            yield f"; surely {where} it: {', '.join(names)}"
