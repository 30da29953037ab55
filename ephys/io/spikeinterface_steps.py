"""The steps of a curation in SpikeInterface's words: within one, no unit is touched twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ephys.errors import CurationError
from ephys.model import Unit
from ephys.sorting.curation import CurationLog, Entry, curate_units
from ephys.sorting.curation.operations import (
    Delete,
    Merge,
    Split,
    SplitSpikes,
    UnitOperation,
    names_made,
    units_named,
)

QUALITY, CALL, EXCLUSION = "quality", "call_by_hand", "exclusion"
"""Categories of labels: SpikeInterface's own, which its GUI knows, and two of ours."""

LABEL_OPTIONS = {
    QUALITY: ("good", "MUA", "noise"),
    CALL: ("serotonergic", "uncertain", "not_serotonergic"),
    EXCLUSION: ("excluded", "kept"),
}


@dataclass
class _Step:
    """One curation of theirs while it is put together: no unit of it is touched twice."""

    unit_ids: tuple[str, ...]
    removed: list[str] = field(default_factory=list)
    merges: list[dict[str, Any]] = field(default_factory=list)
    splits: list[dict[str, Any]] = field(default_factory=list)
    source: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Units afterwards, and what each was made of."""

    def __post_init__(self) -> None:
        self.source = {name: (name,) for name in self.unit_ids}

    @property
    def is_begun(self) -> bool:
        """Whether anything is done in it."""
        return bool(self.removed or self.merges or self.splits)

    def barred(self, made: Sequence[str], used: Sequence[str], *, merged: bool) -> set[str]:
        """Names that cannot be given in this step: only a merge may keep one of its units' names."""
        own = set(used) if merged else set()
        return set(made) & (set(self.unit_ids) | (self.source.keys() - set(used))) - own

    def allows(self, made: Sequence[str], used: Sequence[str], *, merged: bool) -> bool:
        """Whether units are as they came into this step, and what is made of them can have its name."""
        as_they_came = all(self.source.get(name) == (name,) for name in used)
        return as_they_came and not self.barred(made, used, merged=merged)

    def replace(self, used: Sequence[str], made: Sequence[str]) -> None:
        """Note what units became."""
        self.source = {name: of for name, of in self.source.items() if name not in used}
        self.source |= {name: tuple(used) for name in made}

    def as_json(self, labels: dict[str, dict[str, str]]) -> dict[str, Any]:
        """Plain values; `labels` by the names with which this step begins."""
        used = [category for category in LABEL_OPTIONS if any(category in each for each in labels.values())]
        options = {name: {"label_options": list(LABEL_OPTIONS[name]), "exclusive": True} for name in used}
        return {
            "format_version": "2",
            "unit_ids": list(self.unit_ids),
            "label_definitions": options,
            "manual_labels": [
                {"unit_id": name, "labels": {category: [label] for category, label in each.items()}}
                for name, each in labels.items()
            ],
            "removed": self.removed,
            "merges": self.merges,
            "splits": self.splits,
        }


@dataclass
class CurationSteps:
    """Curations that follow one another, what our units are called in the last, and where that differs."""

    steps: list[_Step]
    theirs: dict[str, str]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, units: Sequence[Unit], entries: Sequence[Entry]) -> CurationSteps:
        """Put each entry into the last step, or where that cannot take it, into one more."""
        names = tuple(unit.id for unit in units)
        steps = cls([_Step(names)], {name: name for name in names})
        for entry in entries:
            if isinstance(entry.operation, Merge | Split | SplitSpikes | Delete):
                steps.add(entry, {unit.id: unit for unit in units})
            if isinstance(entry.operation, UnitOperation):
                units = _applied(units, entry)
        return steps

    def add(self, entry: Entry, units: dict[str, Unit]) -> None:
        """Put one entry in."""
        operation = entry.operation
        used, wanted = [self.theirs[name] for name in units_named(operation)], names_made(operation)
        merged = isinstance(operation, Merge)
        if self.steps[-1].is_begun and not self.steps[-1].allows(wanted, used, merged=merged):
            self.steps.append(_Step(tuple(self.steps[-1].source)))
        step = self.steps[-1]
        barred = step.barred(wanted, used, merged=merged)
        made = {name: _another(name, step) if name in barred else name for name in wanted}
        self.notes += [
            f"{entry.title}: a unit called {name!r}, which is {made[name]!r} there: no part has a name that was taken"
            for name in sorted(barred)
        ]
        if isinstance(operation, Merge):
            step.merges.append({"unit_ids": used, "new_unit_id": made[operation.new_name]})
        elif isinstance(operation, Delete):
            step.removed += used
        else:
            step.splits.append(_split(entry, units, used[0], made))
        step.replace(used, tuple(made.values()))
        self.theirs = {ours: name for ours, name in self.theirs.items() if ours not in units_named(operation)} | made

    def as_json(self, labels: dict[str, dict[str, str]]) -> dict[str, Any]:
        """One curation, or all of them; labels are those of the units in the end, by their names there."""
        last = self.steps[-1]
        before: dict[str, list[dict[str, str]]] = {}
        for name, of in last.source.items():
            for each in of:
                before.setdefault(each, []).append(labels.get(name, {}))
        steps = self.steps
        if any(each != several[0] for several in before.values() for each in several):
            steps, placed = [*steps, _Step(tuple(last.source))], labels  # parts of one unit are labelled apart
        else:
            placed = {name: several[0] for name, several in before.items() if several[0]}
        written = [step.as_json(placed if step is steps[-1] else {}) for step in steps]
        return written[0] if len(written) == 1 else {"curation_steps": written}


def _applied(units: Sequence[Unit], entry: Entry) -> list[Unit]:
    """Units after one correction."""
    alone = CurationLog().signed(entry.by).add(entry.operation, reason=entry.reason, at=entry.at)
    return list(curate_units(units, alone).units)


def _another(name: str, step: _Step) -> str:
    """Name that nothing has there."""
    number = 2
    while step.barred([f"{name} ({number})"], [], merged=False):
        number += 1
    return f"{name} ({number})"


def _split(entry: Entry, units: dict[str, Unit], theirs: str, made: dict[str, str]) -> dict[str, Any]:
    """One split in their words: which spikes of the unit go to each part, by their number within it."""
    (name,) = units_named(entry.operation)
    parts = {unit.id: unit for unit in _applied([units[name]], entry)}
    part_of = _part_of_each(units[name], [parts[part] for part in made])
    return {
        "unit_id": theirs,
        "mode": "indices",
        "indices": [np.flatnonzero(part_of == number).tolist() for number in range(len(made))],
        "new_unit_ids": list(made.values()),
    }


def _part_of_each(unit: Unit, parts: Sequence[Unit]) -> np.ndarray:
    """Which part each spike of a unit is in: of several at one time, the first parts have the first."""
    times = np.concatenate([part.times_s for part in parts])
    number = np.repeat(np.arange(len(parts)), [part.n_spikes for part in parts])
    part_of: np.ndarray = number[np.argsort(times, kind="stable")]
    if len(part_of) != unit.n_spikes:
        raise CurationError(f"unit {unit.id}: {unit.n_spikes} spikes, and its parts have {len(part_of)}")
    return part_of
