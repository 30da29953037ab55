"""A cohort at a glance: each animal with its cells in the order of recording, and what became of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ephys.analysis.cohort import CohortAnalysis, FoundCell, SessionFailure
from ephys.model import CohortAnimal, CohortCell
from ephys.pharmacology import SeriesFacts
from ephys.pharmacology.exclusions.flow import word_of
from ephys.pharmacology.groups.estimates import count_text

Reach = Literal["", "value", "above", "below", "between"]
"""What is known of an ID50: nothing, a value, only that it is above or below a dose, or between two."""

_REACHES: dict[str, Reach] = {
    "interpolated": "value", "above_top_dose": "above", "no_effect": "above", "plateau": "above",
    "below_lowest_dose": "below", "all_or_none": "between",
}  # fmt: skip
_ANALYSED = "analysed"


@dataclass(frozen=True, slots=True)
class SeenSeries:
    """A cell under one drug, or without any, as an overview shows it. Empty or NaN: not known.

    Parameters
    ----------
    cell : str
        Its name.
    identity, baseline, fate : str
        In words.
    state : str
        ``"analysed"``, the first rule that leaves it out, or why it failed.
    is_analysed, is_failed : bool
    drug, dose_unit : str
    rate_hz : float
        On the baseline.
    reach : {"", "value", "above", "below", "between"}
        What is known of the ID50.
    id50, low, high : float
        Value and ends; of a bound, `low` or `high` alone. An open end is 0 or infinite.
    is_first : bool
        Whether it is the cell's first series.
    doses : tuple of float
        Cumulative doses that were read; none where nothing was.
    """

    cell: str
    identity: str
    baseline: str
    fate: str
    state: str
    is_analysed: bool
    is_failed: bool = False
    drug: str = ""
    dose_unit: str = ""
    rate_hz: float = math.nan
    reach: Reach = ""
    id50: float = math.nan
    low: float = math.nan
    high: float = math.nan
    is_first: bool = True
    doses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenAnimal:
    """An animal with its cells, in the order in which they were recorded; one without a cell has none."""

    animal: str
    series: tuple[SeenSeries, ...]


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """Animals of a group, and how many cells of them are analysed."""

    group: str
    animals: tuple[SeenAnimal, ...]

    @property
    def heading(self) -> str:
        """Name and n."""
        every = [(one.animal, series) for one in self.animals for series in one.series]
        found = {(animal, series.cell) for animal, series in every if not series.is_failed}
        used = {(animal, series.cell) for animal, series in every if series.is_analysed}
        failed = sum(series.is_failed for _, series in every)
        counts = f"{count_text(len(self.animals), 'animal')}, {count_text(len(found), 'cell')} recorded"
        analysed = f"{count_text(len(used), 'cell')} of {count_text(len({one for one, _ in used}), 'animal')} analysed"
        lost = f", {count_text(failed, 'cell')} failed" if failed else ""
        return f"{self.group or 'no group'}: {counts}{lost}; {analysed}"


def overview_of(analysis: CohortAnalysis) -> tuple[SeenGroup, ...]:
    """Every animal of a cohort by group, with each of its cells under each drug.

    Parameters
    ----------
    analysis : CohortAnalysis

    Returns
    -------
    tuple of SeenGroup
        In the order of the cohort's table.
    """
    return tuple(
        SeenGroup(
            group,
            tuple(_animal(analysis, animal) for animal in analysis.cohort.animals if animal.subject.group == group),
        )
        for group in analysis.cohort.groups
    )


def _animal(analysis: CohortAnalysis, animal: CohortAnimal) -> SeenAnimal:
    """One animal: what was found, and what failed, in the order of recording."""
    name = animal.subject.animal
    cells = [cell for cell in analysis.cells if cell.planned.animal == name]
    failed = [
        (planned, failure) for failure in analysis.failures for planned in failure.cells if planned.animal == name
    ]
    moments = [_moment(cell) for cell in cells]
    places = _places([cell.planned for cell in cells], [planned for planned, _ in failed], moments)
    seen = [_series_of(analysis, cell) for cell in cells] + [(_failure(*one),) for one in failed]
    ordered = [seen[place] for place in sorted(range(len(seen)), key=lambda place: places[place])]
    return SeenAnimal(name, tuple(series for of_cell in ordered for series in of_cell))


def _places(
    found: Sequence[CohortCell], failed: Sequence[CohortCell], moments: Sequence[datetime | None]
) -> list[tuple[float, int]]:
    """Where each cell stands: by the files' own clocks where all have one, else by ``order``, else as in the table."""
    planned = [*found, *failed]
    known = [moment for moment in moments if moment is not None]
    if not failed and known and len(known) == len(planned):
        return [((moment - min(known)).total_seconds(), cell.row) for moment, cell in zip(known, planned, strict=True)]
    numbers = [cell.place for cell in planned]
    if any(math.isnan(number) for number in numbers):
        return [(0.0, cell.row) for cell in planned]
    return [(number, cell.row) for number, cell in zip(numbers, planned, strict=True)]


def _moment(cell: FoundCell) -> datetime | None:
    """When the recording of a cell began."""
    started = cell.session.started_at
    return None if started is None else started + timedelta(seconds=cell.session.start_s)


def _series_of(analysis: CohortAnalysis, cell: FoundCell) -> tuple[SeenSeries, ...]:
    """A cell under each of its drugs."""
    return tuple(_series(analysis, cell, facts, is_first=place == 0) for place, facts in enumerate(cell.facts))


def _series(analysis: CohortAnalysis, cell: FoundCell, facts: SeriesFacts, *, is_first: bool) -> SeenSeries:
    """A cell under one drug."""
    rules = analysis.exclusions.rules_of(facts)
    fit = next((row for row in cell.record.fit_rows if facts.drug and row["drug"] == facts.drug), {})
    reach = _REACHES.get(fit.get("status", ""), "")
    low, high = fit.get("id50_low", math.nan), fit.get("id50_high", math.nan)
    if reach == "below":
        low = 0.0
    if reach in ("value", "between") and math.isnan(high):
        high = math.inf
    return SeenSeries(
        cell=cell.name,
        identity=word_of("serotonergic", facts) + (", multi-unit" if facts.multi_unit else ""),
        baseline=word_of("stable", facts),
        fate=word_of("held", facts),
        state=rules[0].replace("_", " ") if rules else _ANALYSED,
        is_analysed=not rules,
        drug=facts.drug,
        dose_unit=fit.get("dose_unit", ""),
        rate_hz=cell.record.unit_row["baseline_rate_hz"],
        reach=reach,
        id50=fit.get("id50", math.nan),
        low=low,
        high=math.inf if reach == "above" else high,
        is_first=is_first,
        doses=_doses(cell, facts.drug),
    )


def _doses(cell: FoundCell, drug: str) -> tuple[float, ...]:
    """Cumulative doses of a drug at which a cell was read."""
    rows = (row for row in cell.record.response_rows if row["drug"] == drug and row["role"] == "agonist")
    return tuple(sorted({row["cumulative_dose"] for row in rows}))


def _failure(planned: CohortCell, failure: SessionFailure) -> SeenSeries:
    """A cell of the table without numbers."""
    return SeenSeries(
        cell=planned.cell, identity="", baseline="", fate="", state=failure.reason, is_analysed=False, is_failed=True
    )
