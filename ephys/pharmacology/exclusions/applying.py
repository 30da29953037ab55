"""Facts of a cohort against the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ephys.errors import ParameterError
from ephys.pharmacology.exclusions.facts import CellKey, SeriesFacts, SeriesKey
from ephys.pharmacology.exclusions.flow import ALL, Departure, flow_of
from ephys.pharmacology.exclusions.result import ExcludedSeries, Exclusions
from ephys.pharmacology.exclusions.rules import RULES
from ephys.pharmacology.exclusions.settings import ExclusionSettings
from ephys.pharmacology.groups.estimates import count_text

Cells = Mapping[CellKey, Sequence[SeriesFacts]]
"""Series of each cell."""

Spoken = dict[str, str]
"""Rules that take a series, each with the value that it found."""


def apply_exclusions(facts: Iterable[SeriesFacts], settings: ExclusionSettings | None = None) -> Exclusions:
    """Hold every series of a cohort against the rules.

    A rule that takes a cell takes all of its series; one that takes a series leaves the cell's firing and its other
    series. What is not stated is not judged: it excludes nothing, and is counted. A cell is listed under each rule that
    takes it, and leaves the flow at the first, so that the numbers add up; a cell with several series goes as far as
    the one that goes farthest.

    Parameters
    ----------
    facts : iterable of SeriesFacts
        One per cell and agonist, and one per cell without any.
    settings : ExclusionSettings, optional
        Which rules, and their limits.

    Returns
    -------
    Exclusions

    Raises
    ------
    ParameterError
        If there is no series, one comes twice, an animal or a cell is in several groups, a group is called "all", or
        a value is in another unit than its limit.

    Examples
    --------
    >>> held = dict(label="serotonergic", stability="stable", fate="held", n_doses=5, histology="in")
    >>> found = apply_exclusions([
    ...     SeriesFacts("rat01_1", "rat01", "control", "1", "1", "ipsapirone", **held),
    ...     SeriesFacts("rat01_2", "rat01", "control", "2", "1", "ipsapirone", **held,
    ...                 earlier_drug="ipsapirone, rat01_1"),
    ... ])
    >>> found
    Exclusions(1 of 2 cells analysed, 1 of 1 animals)
    >>> [(row.cell, row.rule, row.value) for row in found.rows]
    [('2', 'after_systemic_drug', 'ipsapirone, rat01_1')]
    """
    settings = settings or ExclusionSettings()
    facts = tuple(facts)
    _check(facts)
    cells: dict[CellKey, list[SeriesFacts]] = {}
    for each in facts:
        cells.setdefault(each.cell_key, []).append(each)
    spoken = {each.key: _speaking(each, cells[each.cell_key], settings) for each in facts}
    departures = tuple(_departure(series, spoken, settings) for series in cells.values())
    return Exclusions(
        facts=facts,
        settings=settings,
        rows=tuple(row for each in facts for row in _rows(each, spoken[each.key], settings)),
        departures=departures,
        flow=flow_of(departures, settings),
        unjudged=tuple(_unjudged(cells, settings)),
    )


def _check(facts: Sequence[SeriesFacts]) -> None:
    """Raise where the numbers could not add up."""
    if not facts:
        raise ParameterError("there is no series that exclusions could be applied to")
    seen: set[SeriesKey] = set()
    group_of: dict[str, str] = {}
    for each in facts:
        if each.key in seen:
            raise ParameterError(f"{each}: is there twice")
        seen.add(each.key)
        if each.group == ALL:
            raise ParameterError(f"{each}: group {ALL!r} stands for every group together; call it something else")
        if group_of.setdefault(each.animal, each.group) != each.group:
            raise ParameterError(f"{each}: is in group {each.group!r}, and the animal in {group_of[each.animal]!r}")


def _speaking(facts: SeriesFacts, cell: Sequence[SeriesFacts], settings: ExclusionSettings) -> Spoken:
    """Rules that take a series, with the value; one that takes a cell takes it whichever series told."""
    spoken: Spoken = {}
    for rule in RULES:
        told = (facts, *cell) if rule.scope == "cell" else (facts,)
        values = [rule.takes(each, settings) for each in told]
        value = next((value for value in values if value is not None), None)
        if value is not None:
            spoken[rule.name] = value
    return spoken


def _departure(
    series: Sequence[SeriesFacts], spoken: Mapping[SeriesKey, Spoken], settings: ExclusionSettings
) -> Departure:
    """Where a cell leaves: with the series that goes farthest."""
    places = [_place(spoken[each.key], settings) for each in series]
    farthest = max(places)
    return Departure(series[places.index(farthest)], RULES[farthest] if farthest < len(RULES) else None)


def _place(spoken: Spoken, settings: ExclusionSettings) -> int:
    """Place of the first applied rule that takes a series, among all rules; beyond the last where none does."""
    taking = (place for place, rule in enumerate(RULES) if rule.name in settings.rules and rule.name in spoken)
    return next(taking, len(RULES))


def _rows(facts: SeriesFacts, spoken: Spoken, settings: ExclusionSettings) -> Iterator[ExcludedSeries]:
    """Yield a row per rule that takes a series, applied or not."""
    for rule in RULES:
        if rule.name in spoken:
            yield ExcludedSeries(
                **facts.names, rule=rule.name, scope=rule.scope, value=spoken[rule.name],
                limit=rule.limit_of(settings), applied=rule.name in settings.rules, reason=rule.meaning,
            )  # fmt: skip


def _unjudged(cells: Cells, settings: ExclusionSettings) -> Iterator[str]:
    """Yield what applied rules could not judge, and of how many cells."""
    for rule in RULES:
        if rule.name not in settings.rules:
            continue
        told = [{rule.cannot_judge(each, settings) for each in series} for series in cells.values()]
        words = dict.fromkeys(word for each in told for word in sorted(filter(None, each)))
        for word in words:
            n = sum(word in each for each in told)
            yield f"{rule.name}: {n} of {count_text(len(cells), 'cell')} {_of_one(word) if n == 1 else word}"


def _of_one(words: str) -> str:
    """Return what several cells do as one does it.

    >>> _of_one("have no histology"), _of_one("were treated")
    ('has no histology', 'was treated')
    """
    verb, rest = words.split(maxsplit=1)
    return " ".join(({"have": "has", "were": "was"}[verb], rest))
