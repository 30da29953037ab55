"""Table 1 of a paper: animals, tracks and cells of each group, and how the cells fire on their baseline."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ephys.analysis.cohort import CohortAnalysis, FoundCell, Selection
from ephys.analysis.paper_table import PaperTable
from ephys.analysis.tracks import is_serotonergic, tracks_of
from ephys.pharmacology import FiringComparison, GroupDifference, GroupEstimate, MeasureComparison
from ephys.pharmacology.groups.estimates import cell_text, count_text, interval_text

Numbers = Mapping[str, Any]

MEASURES = {
    "rate": "firing rate (Hz)",
    "cv": "CV of intervals",
    "bursting_cells": "bursting cells (%)",
    "width": "spike width (ms)",
}
"""Measures that the table tells, with their headings."""
_COUNTS = {
    "animals": "animals",
    "tracks": "tracks",
    "recorded": "cells recorded",
    "serotonergic": "5-HT cells",
    "firing": "cells in firing",
    "dose_response": "cells in {potency}",
}
_NONE = "not judged"


def _headings(potency: str) -> tuple[str, ...]:
    """Headings of the counts, a potency called so."""
    return tuple(heading.format(potency=potency) for heading in _COUNTS.values())


def group_table(analysis: CohortAnalysis, *, selection: Selection = "with exclusions") -> PaperTable:
    """Table 1 of a paper: a row per group, with what was recorded and how the cells fire on their baseline.

    Every number is one of `cohort_tables`. Spike widths of different bands are never pooled: where there are several,
    the table tells how many cells were measured in which.

    Parameters
    ----------
    analysis : CohortAnalysis
        As `analyse_cohort` gives it.
    selection : {"with exclusions", "without exclusions"}, optional
        Which cells the measures are of.

    Returns
    -------
    PaperTable
        Each measure with its interval, and in brackets the animals and cells that it rests on.

    Examples
    --------
    >>> import ephys
    >>> analysis = ephys.analyse_cohort("cohort.csv")  # doctest: +SKIP
    >>> print(group_table(analysis))  # doctest: +SKIP
    Animals, cells and firing on the baseline, with exclusions.
    group    animals  tracks  cells recorded  ...  firing rate (Hz)             ...
    control  10       11      14              ...  1.42 (1.21 to 1.68) [9, 10]  ...
    """
    numbers = tuple(_numbers(analysis, group, selection) for group in analysis.cohort.groups)
    return PaperTable(
        f"Animals, cells and firing on the baseline, {selection}.",
        ("group", *_headings(analysis.words.name), *MEASURES.values()),
        tuple(_printed(row) for row in numbers),
        numbers,
        tuple(_notes(analysis, numbers, selection)),
    )


def _numbers(analysis: CohortAnalysis, group: str, selection: Selection) -> dict[str, Any]:
    """Everything that is told of a group."""
    cells = [cell for cell in analysis.cells if cell.planned.group == group]
    exclusions, answers = analysis.exclusions_of(selection), analysis.answers_of(selection)
    fires = [cell for cell in cells if exclusions.analysed(cell.facts[0], "cell")]
    firing = answers.firing if answers else None
    row: dict[str, Any] = {
        "group": group,
        "selection": selection,
        "animals": sum(animal.subject.group == group for animal in analysis.cohort.animals),
        "tracks": sum(track["group"] == group for track in tracks_of(analysis)),
        "recorded": len(cells),
        "serotonergic": sum(map(is_serotonergic, cells)),
        "firing": len(fires),
        "dose_response": sum(any(map(exclusions.analysed, cell.facts)) for cell in cells),
    }
    for name in MEASURES:
        row |= _measured(name, _estimate(firing, name, group))
    return row | {"level": firing.level if firing else math.nan, "width_bands": _bands_text(_bands(fires))}


def _measure(firing: FiringComparison | None, name: str) -> MeasureComparison | None:
    """Measure by its name, if it was compared."""
    return next((measure for measure in firing or () if measure.name == name), None)


def _estimate(firing: FiringComparison | None, name: str, group: str) -> GroupEstimate | None:
    """Value of a group; ``None`` where it has none."""
    measure = _measure(firing, name)
    return next((one for one in measure.groups if one.group == group), None) if measure else None


def _measured(name: str, found: GroupEstimate | None) -> dict[str, Any]:
    """Value, interval and n of a measure, in columns of their own."""
    value, low, high = (found.value, found.low, found.high) if found else (math.nan,) * 3
    animals, cells = (found.n_animals, found.n_cells) if found else (0, 0)
    return {
        name: value, f"{name}_low": low, f"{name}_high": high, f"{name}_animals": animals, f"{name}_cells": cells,
    }  # fmt: skip


def _bands(cells: Sequence[FoundCell]) -> Counter[str]:
    """How many of some cells had their width measured in which band."""
    rows = [cell.record.unit_row for cell in cells]
    return Counter(str(row["band"]) or "band not stated" for row in rows if not math.isnan(row["total_ms"]))


def _bands_text(bands: Counter[str]) -> str:
    """How many widths in which band: "9 cells: 100 to 6000 Hz, zero phase"."""
    return "; ".join(f"{count_text(n, 'cell')}: {band}" for band, n in bands.items())


def _printed(row: Numbers) -> tuple[str, ...]:
    """Row as it is printed; that no track is stated does not say that there was none."""
    counts = [f"{row[name]}" if row[name] or name != "tracks" else "not stated" for name in _COUNTS]
    return (row["group"] or "no group", *counts, *(_cell(row, name) for name in MEASURES))


def _cell(row: Numbers, name: str) -> str:
    """Value with interval and n; of widths that cannot be pooled, how many there are in how many bands."""
    if math.isnan(row[name]):
        bands = row["width_bands"].count("; ") + 1 if name == "width" and row["width_bands"] else 0
        return f"not pooled: {bands} bands" if bands > 1 else _NONE
    ends = (row[name], row[f"{name}_low"], row[f"{name}_high"])
    share = name == "bursting_cells"
    told = cell_text(*(100.0 * end for end in ends), places=0) if share else cell_text(*ends)
    return f"{told} [{row[f'{name}_animals']}, {row[f'{name}_cells']}]"


def _notes(analysis: CohortAnalysis, numbers: Sequence[Numbers], selection: Selection) -> Iterator[str]:
    """What the values are, what they rest on, and what is not in them."""
    answers = analysis.answers_of(selection)
    firing = answers.firing if answers else None
    if firing is not None:
        yield from _kinds(firing)
        yield from _apart(firing)
    yield from _widths(numbers)
    yield from _failed(analysis)
    yield from (f"Not told: {reason}." for reason in (answers.not_told if answers else ()))
    if firing is not None:
        found = [measure for name in MEASURES if (measure := _measure(firing, name))]
        yield from (f"Not compared: {one}." for one in firing.not_compared if one.split(":")[0] in MEASURES)
        yield from _once(f"Left out of {one.name.replace('_', ' ')}: {out}." for one in found for out in one.left_out)
        yield from _once(f"{note[0].upper()}{note[1:]}." for one in found if one.name != "width" for note in one.notes)


def _once(notes: Iterator[str]) -> Iterator[str]:
    """Each note once."""
    yield from dict.fromkeys(notes)


def _kinds(firing: FiringComparison) -> Iterator[str]:
    """What the values and intervals are."""
    yield (
        f"Values are means (of rates geometric, of bursting cells the share in the typical animal) with "
        f"{100 * firing.level:g} % confidence intervals from models of cells in animals (shares: profile likelihood); "
        "in brackets animals and cells. n is animals. 5-HT cells: single units called serotonergic; cells in firing, "
        "in ID50: analysed there."
    )


def _apart(firing: FiringComparison) -> Iterator[str]:
    """Each group against the reference."""
    for name, heading in MEASURES.items():
        measure = _measure(firing, name)
        if measure is None:
            continue
        for one in measure.differences:
            sign = "-" if measure.effect == "difference" else "/"
            chance = one.chance(adjusted=len(measure.differences) > 1)
            what = f"{one.group} {sign} {one.reference}, {heading.split(' (')[0]}"
            yield f"{what}: {measure.effect} {_told(one)}, {chance}."


def _told(one: GroupDifference) -> str:
    """A difference with its interval; where all cells of a group burst, or none, the odds have no ratio."""
    return interval_text(one.value, one.low, one.high) if math.isfinite(one.value) else "not determined"


def _widths(numbers: Sequence[Numbers]) -> Iterator[str]:
    """In which band widths were measured, of how many cells of each group."""
    found: dict[str, list[str]] = {}
    for row in numbers:
        for text in row["width_bands"].split("; ") if row["width_bands"] else [f"no cell: {_NONE}"]:
            count, _, band = text.partition(": ")
            found.setdefault(band, []).append(f"{row['group'] or 'no group'} {count}")
    told = "; ".join(f"{', '.join(counts)}: {band}" for band, counts in found.items())
    yield f"Spike width (total_ms), never pooled over bands: {told}."


def _failed(analysis: CohortAnalysis) -> Iterator[str]:
    """How many cells of the cohort's table have no numbers."""
    failed = [cell for failure in analysis.failures for cell in failure.cells]
    if failed:
        animals = count_text(len({cell.animal for cell in failed}), "animal")
        yield f"Not in the table: {count_text(len(failed), 'cell')} of {animals} that could not be analysed."
