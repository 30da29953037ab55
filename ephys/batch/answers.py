"""What the groups of a cohort say: potency, shift, desensitised cells and firing, with animals as replicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ephys.analysis import DrugAnswer, FoundCell, GroupAnswers, Selection
from ephys.analysis.tracks import is_active
from ephys.batch.asking import OF_THE_ANIMAL, Ask, Asked, ask_firing, ask_potencies, ask_potency, ask_share
from ephys.jupyter import common_words
from ephys.model import Cohort
from ephys.pharmacology import DoseResponse, Exclusions
from ephys.settings import Settings

Name = tuple[str, ...]
"""What is asked, of which drug and group."""

OF_THE_PLACE = {
    "after_systemic_drug", "too_soon_after_treatment", "outside_drn", "drn_not_confirmed", "physiology_out_of_range",
}  # fmt: skip
"""Rules that leave a cell out for where and when it was recorded, and not for what it is."""


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

    def asks(self) -> dict[Name, Ask]:
        """Everything that these cells may answer, by name; each on its own."""
        found: dict[Name, Ask] = {}
        for drug in self.drugs:
            cells = self._series(drug)
            if not cells:
                continue
            groups = [cell.planned.group for cell, _ in cells]
            reference = self._present(groups)
            found["potency", drug] = self._ask(ask_potency, cells, reference)
            treated = {cell.planned.group for cell, response in cells if response.pretreatment is not None}
            if self.settings.cohort.desensitised and reference not in treated:
                for group in (one for one in self._others(groups, reference) if one not in treated):
                    found["share", drug, group] = replace(self._ask(ask_share, cells, reference), treated=group)
        of_reference = [pair for pair in self._series() if pair[0].planned.group == self.reference]
        if len({response.drug for _, response in of_reference}) > 1:
            found["potencies",] = self._ask(ask_potencies, of_reference, of_reference[0][1].drug)
        if self._firing():
            found["firing",] = self._ask_firing()
        return found

    def answers(self, asked: Mapping[Name, Asked]) -> GroupAnswers:
        """Answers, put together; what could not be told is said with its reason."""
        potencies, firing = asked.get(("potencies",), Asked()), asked.get(("firing",), Asked())
        return GroupAnswers(
            self.selection,
            self.reference,
            tuple(self._of_drug(drug, asked) for drug in self.drugs),
            potencies.answer,
            firing.answer,
            not_told=(*potencies.not_told, *firing.not_told),
        )

    def _of_drug(self, drug: str, asked: Mapping[Name, Asked]) -> DrugAnswer:
        """What is said of one drug."""
        potency = asked.get(("potency", drug), Asked(not_told=(f"{self._potency(drug)}: no cell counts",)))
        shares = [one for name, one in asked.items() if name[:2] == ("share", drug)]
        return DrugAnswer(
            drug,
            self.selection,
            potency.answer,
            tuple(one.answer for one in shares if one.answer is not None),
            (*potency.not_told, *(reason for one in shares for reason in one.not_told)),
        )

    def _series(self, drug: str = "") -> list[tuple[FoundCell, DoseResponse]]:
        """Series that count, of one drug or of all."""
        return [
            (cell, response)
            for cell in self.cells
            for response, facts in cell.series
            if drug in ("", response.drug) and self.exclusions.analysed(facts)
        ]

    def _potency(self, drug: str) -> str:
        """What the potency of a drug is called, in cells that count or not."""
        given = [response for cell in self.cells for response, _ in cell.series if response.drug == drug]
        return common_words(response.dose_unit for response in given).name

    def _firing(self) -> list[FoundCell]:
        """Cells whose firing counts."""
        return [cell for cell in self.cells if self.exclusions.analysed(cell.facts[0], "cell")]

    def _present(self, groups: Sequence[str]) -> str:
        """The reference, or the first group of the cohort that is there."""
        present = [group for group in self.cohort.groups if group in groups]
        return self.reference if self.reference in present else present[0]

    def _others(self, groups: Sequence[str], reference: str) -> list[str]:
        """Groups that are there, the reference left out."""
        return [group for group in self.cohort.groups if group in groups and group != reference]

    def _ask(self, how: Any, cells: Sequence[tuple[FoundCell, DoseResponse]], reference: str) -> Ask:
        """Ask something of series, under the names that the cohort's table gives to cells and groups."""
        return Ask(
            how, reference, self.settings.cohort, self.settings.fit.level, self.settings.analysis.seed,
            responses=tuple(response for _, response in cells),
            names=tuple((*_name(cell), response.drug) for cell, response in cells),
        )  # fmt: skip

    def _ask_firing(self) -> Ask:
        """Ask how the cells fire."""
        cells, tracks = self._firing(), list(self._tracks())
        rows = tuple(
            {**cell.record.unit_row, "animal": cell.planned.animal, "group": cell.planned.group, "unit": cell.name,
             "session": cell.session.session, "track": cell.planned.track}
            for cell in cells
        )  # fmt: skip
        names = (*map(_name, cells), *map(_name_of_track, tracks))
        return Ask(
            ask_firing, self._present([cell.planned.group for cell in cells]), self.settings.cohort,
            self.settings.fit.level, self.settings.analysis.seed, rows=rows, tracks=tuple(tracks), names=names,
        )  # fmt: skip

    def _tracks(self) -> Iterator[dict[str, Any]]:
        """Tracks with their cells: the serotonergic ones that fire, and whatever else is analysed.

        Where a rule of `OF_THE_PLACE` takes every cell of a track, it says nothing of the raphe: it is left out.
        """
        sampled = [cell for cell in self.cells if not OF_THE_PLACE & {*self.exclusions.rules_of(cell.facts[0])}]
        counted = {(cell.planned.animal, cell.name): cell for cell in (*self._firing(), *filter(is_active, sampled))}
        on_track = Counter((cell.planned.animal, cell.planned.track) for cell in counted.values())
        places = {(cell.planned.animal, cell.planned.track) for cell in sampled}
        for track in self.tracks:
            place = (track["animal"], track["track"])
            if not track["known"] or place in places:
                yield {**track, "cells": on_track[place], **self._block_of(track["animal"])}

    def _block_of(self, animal: str) -> dict[str, str]:
        """Block of an animal's tracks: as its recordings have it, else, without one, as the table of animals has."""
        block = [name for name in self.settings.cohort.block if name in OF_THE_ANIMAL]
        told = next((cell.record.unit_row for cell in self.cells if cell.planned.animal == animal), None)
        stated = asdict(self.cohort.animal(animal).subject)
        return {name: str((told or stated)[name]) for name in block}


def _name(cell: FoundCell) -> tuple[str, ...]:
    """What a cell's numbers rest on, and its place in the cohort."""
    return (cell.session.key, cell.record.unit, cell.planned.animal, cell.planned.group, cell.name, cell.planned.track)


def _name_of_track(track: Mapping[str, Any]) -> tuple[str, ...]:
    """What a track's number rests on: an animal without a cell has a group and a species, too."""
    block = [f"{name} {track[name]}" for name in OF_THE_ANIMAL if name in track]
    return (track["animal"], track["group"], track["track"], f"{track['cells']}", *block)
