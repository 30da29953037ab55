"""What the groups of a cohort say: potency, shift, desensitised cells and firing, with animals as replicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ephys.analysis import DrugAnswer, FoundCell, GroupAnswers, Selection
from ephys.errors import EphysError
from ephys.model import Cohort
from ephys.pharmacology import (
    DesensitisedShare,
    DoseResponse,
    DrugComparison,
    Exclusions,
    FiringComparison,
    GroupComparison,
    PopulationFit,
    compare_drugs,
    compare_firing,
    compare_groups,
    desensitised_share,
    fit_population,
)
from ephys.settings import Settings

Answer = TypeVar("Answer")
Potency = GroupComparison | PopulationFit


@dataclass(frozen=True)
class Question:
    """What is asked of a cohort.

    Parameters
    ----------
    cohort : Cohort
    settings : Settings
    cells : tuple of FoundCell
        Every one.
    tracks : tuple of mapping
        Rows of the table of tracks.
    exclusions : Exclusions
        Which of the cells count.
    selection : str
        What they are called.
    """

    cohort: Cohort
    settings: Settings
    cells: tuple[FoundCell, ...]
    tracks: tuple[dict[str, Any], ...]
    exclusions: Exclusions
    selection: Selection

    @property
    def reference(self) -> str:
        """Group that the others are held against."""
        return self.settings.cohort.reference or self.cohort.groups[0]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Agonists, in the order in which cells had them."""
        found = (response.drug for cell in self.cells for response in cell.record.responses)
        return tuple(dict.fromkeys(found))

    def responses(self, drug: str = "") -> list[DoseResponse]:
        """Series that count, of one drug or of all, under the names that the cohort's table gives to cells."""
        return [
            replace(one, unit_id=cell.name, subject=replace(one.subject, group=cell.planned.group))
            for cell in self.cells
            for one in cell.record.responses
            if drug in ("", one.drug) and self.exclusions.analysed(self._facts(cell, one.drug))
        ]

    def firing(self) -> list[dict[str, Any]]:
        """Cells whose firing counts, as `compare_firing` takes them."""
        return [
            {**cell.record.unit_row, "animal": cell.planned.animal, "group": cell.planned.group, "unit": cell.name,
             "session": cell.session.session, "track": cell.planned.track}
            for cell in self.cells
            if self.exclusions.analysed(cell.facts[0], "cell")
        ]  # fmt: skip

    def _facts(self, cell: FoundCell, drug: str) -> Any:
        """Facts of one series."""
        return next(facts for facts in cell.facts if facts.drug == drug)


def answer(question: Question) -> GroupAnswers:
    """Answer every question that the cells allow.

    Parameters
    ----------
    question : Question

    Returns
    -------
    GroupAnswers
        What cannot be answered is said, with the reason, and stops nothing else.
    """
    drugs = tuple(_of_drug(question, drug) for drug in question.drugs)
    potencies, no_potencies = _tried("relative potency", partial(_potencies, question))
    firing, no_firing = _tried("firing", partial(_firing, question))
    return GroupAnswers(
        question.selection, question.reference, drugs, potencies, firing, not_told=(*no_potencies, *no_firing)
    )


def _tried(what: str, ask: Callable[[], Answer | None]) -> tuple[Answer | None, tuple[str, ...]]:
    """Answer, or why there is none."""
    try:
        return ask(), ()
    except EphysError as error:
        return None, (f"{what}: {error}",)


def _of_drug(question: Question, drug: str) -> DrugAnswer:
    """What is said of one drug."""
    responses = question.responses(drug)
    if not responses:
        return DrugAnswer(drug, question.selection, None, not_told=("ID50: no cell counts",))
    result: Potency | None
    result, not_told = _tried("ID50", partial(_potency, question, responses))
    shares, reasons = [], list(not_told)
    if isinstance(result, GroupComparison) and question.settings.cohort.desensitised:
        for group in result.fit.groups[1:]:
            share, why = _tried(f"share of desensitised cells of {group}", partial(_share, question, responses, group))
            shares += [share] if share is not None else []
            reasons += why
    return DrugAnswer(drug, question.selection, result, tuple(shares), tuple(reasons))


def _potency(question: Question, responses: Sequence[DoseResponse]) -> Potency:
    """ID50 of each group, and the shift between them where there are several."""
    asked, level = question.settings.cohort, question.settings.fit.level
    groups = {response.subject.group for response in responses}
    if len(groups) == 1:
        return fit_population(responses, block=asked.block, level=level)
    return compare_groups(
        responses,
        reference=_reference(question, groups),
        margin=asked.margin or None,
        paired=asked.paired,
        block=asked.block,
        level=level,
        seed=question.settings.analysis.seed,
    )


def _share(question: Question, responses: Sequence[DoseResponse], treated: str) -> DesensitisedShare:
    """Share of a group's cells that is shifted."""
    control = _reference(question, {response.subject.group for response in responses})
    settings = question.settings
    return desensitised_share(
        responses, control=control, treated=treated, level=settings.fit.level, seed=settings.analysis.seed
    )


def _reference(question: Question, groups: set[str]) -> str:
    """The reference, or the first group of the cohort that had the drug."""
    present = [group for group in question.cohort.groups if group in groups]
    return question.reference if question.reference in present else present[0]


def _potencies(question: Question) -> DrugComparison | None:
    """Drugs against the first of them, in the reference group; nothing where there is one drug."""
    if len(question.drugs) < 2:
        return None
    asked = question.settings.cohort
    responses = [one for one in question.responses() if one.subject.group == question.reference]
    return compare_drugs(
        responses,
        reference=question.drugs[0],
        paired=asked.paired,
        margin=asked.margin or None,
        block=asked.block,
        level=question.settings.fit.level,
        seed=question.settings.analysis.seed,
    )


def _firing(question: Question) -> FiringComparison | None:
    """How the cells fire, group against group; nothing where there is one group."""
    cells = question.firing()
    groups = {cell["group"] for cell in cells}
    if len(groups) < 2:
        return None
    tracks = list(_tracks(question))
    block = tuple(name for name in question.settings.cohort.block if name in _OF_THE_ANIMAL)
    return compare_firing(
        cells,
        tracks=tracks or None,
        reference=_reference(question, groups),
        block=block or None,
        level=question.settings.fit.level,
    )


_OF_THE_ANIMAL = ("species", "preparation", "anaesthetic")
"""Conditions that firing may differ by; route, form and read-out are of a drug."""


def _tracks(question: Question) -> Iterator[dict[str, Any]]:
    """Tracks whose cells can be counted: not those that were met after a drug that may have silenced their cells."""
    naive = {(cell.planned.animal, cell.planned.track) for cell in question.cells if not cell.facts[0].earlier_drug}
    for track in question.tracks:
        if not track["known"] or (track["animal"], track["track"]) in naive:
            yield track
