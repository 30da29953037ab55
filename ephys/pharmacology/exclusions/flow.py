"""How many cells and animals went where: recorded, serotonergic, stable, held, analysed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from ephys.jupyter import Shown
from ephys.pharmacology.exclusions.facts import SeriesFacts
from ephys.pharmacology.exclusions.rules import RULES, Rule, Stage
from ephys.pharmacology.exclusions.settings import ExclusionSettings

ALL = "all"
"""What stands in place of a group in the flow of every group together."""

STAGES: tuple[Stage, ...] = get_args(Stage)

Kinds = tuple[tuple[str, int], ...]
"""Words, each with a number of cells."""

_NAMES: MappingProxyType[Stage, tuple[str, str]] = MappingProxyType(
    {
        "recorded": ("recorded", "recorded"),
        "serotonergic": ("serotonergic", "identity"),
        "stable": ("stable baseline", "baseline"),
        "held": ("held to the end", "fate"),
        "analysed": ("analysed", "analysed"),
    }
)
"""Name of a stage where all of its cells are what it says, and where some are not."""

_WORDS: MappingProxyType[Stage, tuple[str, ...]] = MappingProxyType(
    {
        "recorded": (),
        "serotonergic": ("serotonergic", "uncertain", "not serotonergic", "not judged"),
        "stable": ("stable", "unclear", "unstable", "not judged", "no baseline"),
        "held": ("held", "lost", "undetermined", "not assessed", "without an agonist"),
        "analysed": ("held", "lost", "undetermined", "not assessed", "without an agonist"),
    }
)
"""What cells of a stage are, the stage's own word first; of the last one, what became of them."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a cell left, if it did.

    Parameters
    ----------
    facts : SeriesFacts
        That of its series which came farthest; of several, the first.
    rule : Rule or None
        The first applied rule that takes that series; ``None``: it is analysed.
    """

    facts: SeriesFacts
    rule: Rule | None

    def reaches(self, stage: Stage) -> bool:
        """Whether the cell comes as far as a stage."""
        return self.rule is None or STAGES.index(stage) < STAGES.index(self.rule.stage)


@dataclass(frozen=True, slots=True)
class FlowStage(Shown):
    """Cells of a group that came as far as a stage.

    `cells` go on to the next stage, where some of them are left out. They need not all be what the stage is called:
    while no rule takes lost cells, those that reach ``held`` are held, lost and undetermined ones, and
    `as_named_cells` counts the first.

    Parameters
    ----------
    group : str
        Name of the group, or `ALL`.
    stage : {"recorded", "serotonergic", "stable", "held", "analysed"}
        How far.
    animals, cells : int
        How many.
    left_out : tuple of (str, int)
        What was left out between the stage before and this one, with the number of cells.
    kinds : tuple of (str, int)
        What the cells are, and how many; none for what was recorded.
    """

    group: str
    stage: Stage
    animals: int
    cells: int
    left_out: Kinds = ()
    kinds: Kinds = ()

    @property
    def left_out_cells(self) -> int:
        """Cells that were left out before this stage."""
        return sum(n for _, n in self.left_out)

    @property
    def reason(self) -> str:
        """What was left out before this stage, with numbers."""
        return ", ".join(f"{n} {told}" for told, n in self.left_out)

    @property
    def as_named_cells(self) -> int:
        """Cells that are what the stage is called."""
        if self.stage not in ("serotonergic", "stable", "held"):
            return self.cells
        return dict(self.kinds).get(_WORDS[self.stage][0], 0)

    @property
    def of_these(self) -> str:
        """What the cells are, with numbers."""
        return ", ".join(f"{word} {n}" for word, n in self.kinds)

    @property
    def title(self) -> str:
        """Name of the stage; a neutral one where not all cells are what it says."""
        return _NAMES[self.stage][self.as_named_cells != self.cells]

    @property
    def is_mixed(self) -> bool:
        """Whether there is something to tell of the cells beyond the title."""
        return len(self.kinds) > 1 or self.as_named_cells != self.cells

    def as_row(self) -> dict[str, Any]:
        """Columns of a table."""
        return {
            "group": self.group,
            "stage": self.stage,
            "animals": self.animals,
            "cells": self.cells,
            "left_out_cells": self.left_out_cells,
            "reason": self.reason,
            "as_named_cells": self.as_named_cells,
            "of_these": self.of_these,
        }


def count_animals(facts: Iterable[SeriesFacts]) -> int:
    """How many animals."""
    return len({each.animal for each in facts})


def groups_of(facts: Iterable[SeriesFacts]) -> tuple[str, ...]:
    """Groups in the order in which they come."""
    return tuple(dict.fromkeys(each.group for each in facts))


def flow_of(departures: Sequence[Departure], settings: ExclusionSettings) -> tuple[FlowStage, ...]:
    """Stages of all cells, then of each group, in the order of the groups."""
    groups = groups_of(departure.facts for departure in departures)
    parts = {ALL: list(departures)}
    if any(groups):
        parts |= {group: [departure for departure in departures if departure.facts.group == group] for group in groups}
    return tuple(_stage(group, stage, cells, settings) for group, cells in parts.items() for stage in STAGES)


def _stage(group: str, stage: Stage, cells: Sequence[Departure], settings: ExclusionSettings) -> FlowStage:
    """Count what comes as far as a stage, and what does not by each rule before it."""
    here = [departure.facts for departure in cells if departure.reaches(stage)]
    return FlowStage(
        group, stage, count_animals(here), len(here),
        left_out=_told([rule for rule in RULES if rule.stage == stage], cells, settings),
        kinds=_kinds(stage, here),
    )  # fmt: skip


def _told(rules: Sequence[Rule], cells: Sequence[Departure], settings: ExclusionSettings) -> Kinds:
    """How many cells each of some rules takes, those that take none left out."""
    numbers = [(rule.told_of(settings), sum(departure.rule == rule for departure in cells)) for rule in rules]
    return tuple((told, n) for told, n in numbers if n)


def _kinds(stage: Stage, cells: Sequence[SeriesFacts]) -> Kinds:
    """What cells of a stage are, those words left out that none is."""
    words = [word_of(stage, facts) for facts in cells]
    return tuple((word, words.count(word)) for word in _WORDS[stage] if word in words)


def word_of(stage: Stage, facts: SeriesFacts) -> str:
    """What a cell is, in the words of a stage."""
    if stage == "serotonergic":
        return facts.label.replace("_", " ") or "not judged"
    if stage == "stable":
        return facts.stability.replace("_", " ") or "no baseline"
    return facts.fate or ("not assessed" if facts.drug else "without an agonist")
