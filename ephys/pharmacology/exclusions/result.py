"""What was left out of a cohort, why, and what stayed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.exclusions.facts import SeriesFacts, SeriesKey
from ephys.pharmacology.exclusions.flow import ALL, Departure, FlowStage, count_animals
from ephys.pharmacology.exclusions.rules import RULES, Rule, Scope
from ephys.pharmacology.exclusions.settings import ExclusionSettings
from ephys.pharmacology.groups.estimates import count_text


@dataclass(frozen=True, slots=True)
class ExcludedSeries(Shown):
    """One rule that speaks against one series, whether it is applied or not.

    Parameters
    ----------
    session, animal, group, cell, unit, drug : str
        Of the series.
    rule : str
        Name of the rule.
    scope : {"cell", "series"}
        Whether it takes the cell, its firing among it, or this dose-response alone.
    value, limit : str
        What was found, and what it is held against.
    applied : bool
        Whether the settings name the rule. If not, the series stays.
    reason : str
        The rule in a sentence.
    """

    session: str
    animal: str
    group: str
    cell: str
    unit: str
    drug: str
    rule: str
    scope: Scope
    value: str
    limit: str
    applied: bool
    reason: str

    @property
    def key(self) -> SeriesKey:
        """Of its series."""
        return (self.session, self.animal, self.cell, self.unit, self.drug)


@dataclass(frozen=True)
class Exclusions(Shown):
    """A cohort with its exclusions.

    Parameters
    ----------
    facts : tuple of SeriesFacts
        Every series, in the order in which they came.
    settings : ExclusionSettings
        The rules, and their limits.
    rows : tuple of ExcludedSeries
        One per series and rule that speaks, in order of the series; those of rules that are not applied show what these
        would take.
    departures : tuple of Departure
        One per cell: where it left, if it did.
    flow : tuple of FlowStage
        Stages of all cells, then of each group.
    unjudged : tuple of str
        What an applied rule could not judge, and of how many cells.
    """

    facts: tuple[SeriesFacts, ...]
    settings: ExclusionSettings
    rows: tuple[ExcludedSeries, ...]
    departures: tuple[Departure, ...]
    flow: tuple[FlowStage, ...]
    unjudged: tuple[str, ...]

    def analysed(self, facts: SeriesFacts, scope: Scope = "series") -> bool:
        """Whether a series is analysed, or, with ``"cell"``, whether the firing of its cell is.

        Raises
        ------
        ParameterError
            If the series is none of these.
        """
        if scope not in ("cell", "series"):
            raise ParameterError(f"scope must be 'cell' (firing) or 'series' (dose-response), got {scope!r}")
        if facts.key not in self._rows_of:
            raise ParameterError(f"{facts}: not among the series that the exclusions were applied to")
        taken = [row.scope for row in self._rows_of[facts.key] if row.applied]
        return "cell" not in taken and (scope == "cell" or not taken)

    def rules_of(self, facts: SeriesFacts) -> tuple[str, ...]:
        """Names of the applied rules that take a series."""
        return tuple(row.rule for row in self._rows_of.get(facts.key, ()) if row.applied)

    def stages(self, group: str = ALL) -> tuple[FlowStage, ...]:
        """Stages of one group, in their order.

        Raises
        ------
        ParameterError
            If there is no such group.
        """
        found = tuple(stage for stage in self.flow if stage.group == group)
        if not found:
            there = ", ".join((ALL, *self.groups))
            raise ParameterError(f"no group named {group!r} in the flow; there are {there}")
        return found

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of the flow, in their order; none where none is stated."""
        return tuple(name for name in dict.fromkeys(stage.group for stage in self.flow) if name != ALL)

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per series and rule that speaks; that of the flow is `FlowStage.as_row`."""
        return [asdict(row) for row in self.rows]

    def __str__(self) -> str:
        """Sentences for the methods of a paper."""
        if not self.facts:
            return "No cell was found that could be analysed."
        first, last = self.stages()[0], self.stages()[-1]
        head = f"{_counted(first.cells, first.animals)} {'was' if first.cells == 1 else 'were'} recorded."
        analysed = f"{_counted(last.cells, last.animals)} {'is' if last.cells == 1 else 'are'} analysed"
        fates = f" ({last.of_these})" if last.kinds else ""
        by_group = "; ".join(_group_text(name, self.stages(name)[-1]) for name in self.groups)
        told = [head, self._left_text(), f"{analysed}{fates}{': ' * bool(by_group)}{by_group}.", *self._series_text()]
        told += [self._further_text(), *(f"Not judged: {note}." for note in self.unjudged)]
        return " ".join(filter(None, told))

    def __repr__(self) -> str:
        """Cells in and out."""
        if not self.facts:
            return "Exclusions(0 cells)"
        first, last = self.stages()[0], self.stages()[-1]
        return f"Exclusions({last.cells} of {first.cells} cells analysed, {last.animals} of {first.animals} animals)"

    @cached_property
    def _rows_of(self) -> dict[SeriesKey, list[ExcludedSeries]]:
        """Rows of each series; none of one that no rule speaks against."""
        found: dict[SeriesKey, list[ExcludedSeries]] = {facts.key: [] for facts in self.facts}
        for row in self.rows:
            found[row.key].append(row)
        return found

    def _left_text(self) -> str:
        """What was left out, with its animals."""
        taken = [(rule, [d.facts for d in self.departures if d.rule == rule]) for rule in RULES]
        texts = [self._rule_text(rule, cells) for rule, cells in taken if cells]
        return f"Excluded, each cell under the first rule that takes it: {'; '.join(texts)}." if texts else ""

    def _rule_text(self, rule: Rule, cells: list[SeriesFacts]) -> str:
        """How many cells a rule takes, and of which animals."""
        animals = ", ".join(dict.fromkeys(facts.animal for facts in cells))
        return f"{len(cells)} {rule.told_of(self.settings)} ({animals})"

    def _series_text(self) -> list[str]:
        """Cells whose firing is analysed, and those of each agonist, where that is not the last stage's number."""
        firing = [each.facts for each in self.departures if self.analysed(each.facts, "cell")]
        drugs = dict.fromkeys(facts.drug for facts in self.facts if facts.drug)
        texts = [f"{drug} {_cells_text(self._series_of(drug))}" for drug in drugs]
        told = [f"Dose-response: {'; '.join(texts)}."] if texts else []
        if len(firing) != self.stages()[-1].cells:
            told.insert(0, f"Firing: {_cells_text(firing)}.")
        return told

    def _series_of(self, drug: str) -> list[SeriesFacts]:
        """Series of an agonist that are analysed."""
        return [facts for facts in self.facts if facts.drug == drug and self.analysed(facts)]

    def _further_text(self) -> str:
        """How many of the analysed cells rules would take that are not applied."""
        analysed = [each.facts for each in self.departures if each.rule is None]
        numbers = {
            rule: sum(any(row.rule == rule.name for row in self._rows_of[facts.key]) for facts in analysed)
            for rule in RULES
            if rule.name not in self.settings.rules
        }
        texts = [f"{n} {rule.told_of(self.settings)}" for rule, n in numbers.items() if n]
        return f"Of these, rules that are not applied would take: {'; '.join(texts)}." if texts else ""


def _counted(cells: int, animals: int) -> str:
    """How many cells of how many animals."""
    return f"{count_text(cells, 'cell')} of {count_text(animals, 'animal')}"


def _cells_text(cells: Iterable[SeriesFacts]) -> str:
    """How many cells of how many animals, of some series of different cells."""
    cells = list(cells)
    return _counted(len(cells), count_animals(cells))


def _group_text(group: str, stage: FlowStage) -> str:
    """How many of a group came so far."""
    return f"{group or 'no group'} {_counted(stage.cells, stage.animals)}"
