"""What was found of a cohort: its cells, which of them count, and how its groups compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ephys.analysis.record import CellRecord, SessionRecord
from ephys.jupyter import Html, PotencyWords, Shown, common_words, shown, table
from ephys.model import Cohort, CohortCell, Subject
from ephys.pharmacology import (
    DesensitisedShare,
    DoseResponse,
    DrugComparison,
    Ejections,
    Exclusions,
    FiringComparison,
    GroupComparison,
    PopulationFit,
    Recovery,
    Reversal,
    SeriesFacts,
    apply_exclusions,
)
from ephys.pharmacology.exclusions.settings import IDENTITY_RULES
from ephys.pharmacology.groups.estimates import count_text
from ephys.settings import Settings

Step = Literal["session", "unit", "executor"]
"""Where a cell was stopped: its session has no record, or its unit is not in it, or nobody worked on it."""

Selection = Literal["with exclusions", "without exclusions"]
"""Cells that no rule takes; or all that are serotonergic single cells."""


@dataclass(frozen=True)
class SessionFailure(Shown):
    """Why cells of a cohort's table have no numbers.

    Parameters
    ----------
    session : str
        Name of the session.
    cells : tuple of CohortCell
        Rows of the table.
    step : {"session", "unit", "executor"}
        What could not be done.
    reason : str
        In one line.
    """

    session: str
    cells: tuple[CohortCell, ...]
    step: Step
    reason: str

    def __str__(self) -> str:
        """As it is listed."""
        rows = ", ".join(f"{cell.animal} {cell.cell} (row {cell.row})" for cell in self.cells)
        return f"{self.session}: {rows}: {self.reason}"


@dataclass(frozen=True)
class FoundCell(Shown):
    """A cell of the cohort's table, found in its session.

    Parameters
    ----------
    planned : CohortCell
        Its row of the table.
    name : str
        The row's; with the unit's name after it where the sorter found several.
    session : SessionRecord
    record : CellRecord
    facts : tuple of SeriesFacts
        Complete: with what only the cohort knows.
    """

    planned: CohortCell
    name: str
    session: SessionRecord
    record: CellRecord
    facts: tuple[SeriesFacts, ...]

    @property
    def series(self) -> tuple[tuple[DoseResponse, SeriesFacts], ...]:
        """Dose-responses under the names that the cohort's table gives to cell and group, each with its facts."""
        named = (
            replace(one, unit_id=self.name, subject=replace(one.subject, group=self.planned.group))
            for one in self.record.responses
        )
        return tuple(zip(named, self.facts, strict=False))  # a cell without an agonist has facts alone

    @property
    def reversals(self) -> tuple[Reversal, ...]:
        """What antagonists did, under the cohort's names."""
        return tuple(replace(one, unit_id=self.name, subject=self._named(one.subject)) for one in self.record.reversals)

    @property
    def recoveries(self) -> tuple[Recovery, ...]:
        """Recoveries without an antagonist, under the cohort's names."""
        planned = self.planned
        return tuple(
            replace(one, unit_id=self.name, animal=planned.animal, group=planned.group)
            for one in self.record.recoveries
        )

    @property
    def ejections(self) -> Ejections | None:
        """What was ejected beside it, under the cohort's names; ``None`` where nothing was."""
        found = self.record.ejections
        return found and replace(found, unit_id=self.name, subject=self._named(found.subject))

    def _named(self, subject: Subject) -> Subject:
        """The animal as the cohort's table calls it and its group."""
        return replace(subject, animal=self.planned.animal, group=self.planned.group)


@dataclass(frozen=True)
class DrugAnswer(Shown):
    """What is said of one drug, from one selection of the cells.

    Parameters
    ----------
    drug : str
    selection : str
    result : GroupComparison, PopulationFit or None
        Of several groups, of one, or of none.
    shares : tuple of DesensitisedShare
        Of each treated group that has cells enough.
    not_told : tuple of str
        What could not be answered, and why.
    """

    drug: str
    selection: Selection
    result: GroupComparison | PopulationFit | None
    shares: tuple[DesensitisedShare, ...] = ()
    not_told: tuple[str, ...] = ()

    @property
    def fit(self) -> PopulationFit | None:
        """The population that it rests on."""
        return self.result.fit if isinstance(self.result, GroupComparison) else self.result

    def __str__(self) -> str:
        """Sentences of a paper's results."""
        lines = [f"{self.drug}, {self.selection}"]
        if self.result is not None:
            lines.append(f"{self.result}")
        lines += [f"{share}" for share in self.shares]
        return "\n".join([*lines, *(f"not told: {reason}" for reason in self.not_told)])


@dataclass(frozen=True)
class GroupAnswers(Shown):
    """What is said of the groups, from one selection of the cells.

    Parameters
    ----------
    selection : str
    reference : str
        Group that the others are held against.
    drugs : tuple of DrugAnswer
    potencies : DrugComparison or None
        Drugs against each other, in the reference group.
    firing : FiringComparison or None
        How the cells fire on their baseline, and how many there are in a track.
    not_told : tuple of str
        What could not be answered, and why.
    """

    selection: Selection
    reference: str
    drugs: tuple[DrugAnswer, ...]
    potencies: DrugComparison | None
    firing: FiringComparison | None
    not_told: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Sentences of a paper's results."""
        parts = [f"{drug}" for drug in self.drugs]
        parts += [f"{one}" for one in (self.potencies, self.firing) if one is not None]
        return "\n\n".join([*parts, *(f"not told: {reason}" for reason in self.not_told)])


@dataclass(frozen=True)
class CohortAnalysis(Shown):
    """A cohort, analysed.

    Parameters
    ----------
    cohort : Cohort
        As it was planned.
    settings : Settings
        How.
    sessions : tuple of SessionRecord
        In the order of the table.
    cells : tuple of FoundCell
    exclusions : Exclusions
        Which cells count, and why others do not.
    answers : tuple of GroupAnswers
        With exclusions, and without.
    failures : tuple of SessionFailure
    notes : tuple of str
        What to know before a number is used.
    """

    cohort: Cohort
    settings: Settings
    sessions: tuple[SessionRecord, ...]
    cells: tuple[FoundCell, ...]
    exclusions: Exclusions
    answers: tuple[GroupAnswers, ...]
    failures: tuple[SessionFailure, ...]
    notes: tuple[str, ...]

    def answer(self, drug: str, selection: Selection = "with exclusions") -> DrugAnswer | None:
        """Return what is said of a drug; ``None`` where it was not given."""
        return next((one for one in self._drugs(selection) if one.drug == drug), None)

    def exclusions_of(self, selection: Selection) -> Exclusions:
        """Which cells count in a selection; without exclusions, all that `IDENTITY_RULES` let pass."""
        if selection == "with exclusions" or not self.exclusions.facts:
            return self.exclusions
        settings = self.exclusions.settings
        rules = tuple(rule for rule in settings.rules if rule in IDENTITY_RULES)
        return apply_exclusions(self.exclusions.facts, replace(settings, rules=rules))

    def answers_of(self, selection: Selection) -> GroupAnswers | None:
        """What the groups say under a selection; ``None`` where nothing was asked."""
        return next((one for one in self.answers if one.selection == selection), None)

    def _drugs(self, selection: Selection) -> Iterator[DrugAnswer]:
        """What is said of each drug."""
        answers = self.answers_of(selection)
        if answers is not None:
            yield from answers.drugs

    def _repr_html_(self) -> str:
        """What its groups say, and a row for each cell, for Jupyter."""
        return shown(self, self._cells_table(), beside={"failed": [*map(str, self.failures)], "notes": self.notes})

    @property
    def words(self) -> PotencyWords:
        """What its cells' potencies, and their doses, are called: by the units of the doses."""
        return common_words(str(fit["dose_unit"]) for cell in self.cells for fit in cell.record.fit_rows)

    def _cells_table(self) -> Html:
        """Call, and ID50 of each agonist, of every cell, folded."""
        rows = [
            [one.planned.animal, one.planned.group, one.name, one.session.session, one.record.unit,
             str(one.record.unit_row["call"]),
             "; ".join(f"{fit['drug']} {fit['id50_text']}" for fit in one.record.fit_rows) or "-"]
            for one in self.cells
        ]  # fmt: skip
        level = f"{100 * self.settings.fit.level:g} % CI"
        head = ["animal", "group", "cell", "session", "unit", "5-HT call", f"{self.words.title} ({level})"]
        return table(head, rows, name="cells", most_open=0)

    def __str__(self) -> str:
        """Who is in it, and what its groups say."""
        parts = [f"{self.exclusions}", *(f"{answers}" for answers in self.answers)]
        if len(self.answers) > 1:
            parts.insert(
                2, "Without exclusions: every single serotonergic cell with a baseline, whatever else is said of it."
            )
        parts += [f"failed: {failure}" for failure in self.failures]
        return "\n\n".join([*parts, *(f"note: {note}" for note in self.notes)])

    def __repr__(self) -> str:
        """One line: animals, cells, failures."""
        failed = f", {len(self.failures)} failed" if self.failures else ""
        animals, cells = count_text(len(self.cohort.animals), "animal"), count_text(len(self.cells), "cell")
        return f"CohortAnalysis({animals}, {cells}{failed})"
