"""Labels of SpikeInterface on their way through merges and splits, and what they decide in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ephys.errors import CurationError
from ephys.io.spikeinterface_steps import CALL, EXCLUSION, LABEL_OPTIONS
from ephys.model import Unit
from ephys.sorting.curation import CuratedUnits, Operation
from ephys.sorting.curation.operations import Delete, ExcludeCell, Label, OverrideCall, Relabel

_WORDS: dict[str, Label | None] = {
    "good": "single_unit", "sua": "single_unit", "single_unit": "single_unit",
    "mua": "multi_unit", "multi_unit": "multi_unit",
    "noise": None,
}  # fmt: skip
"""Words for what a unit is, in lower case; noise is none, and is deleted."""

_NO_WORDS = ("", "unsorted", "unlabelled", "unlabeled")

Said = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Labels:
    """What each unit is labelled, by category; and what a merge or a later step let fall."""

    of: dict[str, Said] = field(default_factory=dict)
    fallen: tuple[str, ...] = ()
    exclusive: frozenset[str] = frozenset()

    def with_step(self, step: Any) -> Labels:
        """Return them with those of one step: what it has a category for is said anew, of all units."""
        anew = set(step.label_definitions or {})
        said = {
            str(each.unit_id): {name: _words(words) for name, words in each.labels.items() if _words(words)}
            for each in step.manual_labels or ()
        }
        fallen, of = list(self.fallen), dict[str, Said]()
        for unit in {**self.of, **said}:
            old, new = self.of.get(unit, {}), said.get(unit, {})
            gone = {name: words for name, words in old.items() if name in anew and new.get(name) != words}
            fallen += [f"unit {unit} was labelled {_text(gone)} before a later step"] if gone else []
            of[unit] = {name: words for name, words in old.items() if name not in anew} | new
        exclusive = {name for name, each in (step.label_definitions or {}).items() if each.exclusive}
        return Labels(of, tuple(fallen), self.exclusive | exclusive)

    def after(self, used: Sequence[str], made: Sequence[str]) -> Labels:
        """Return them once units have become others: parts have the whole's, a whole what its parts agree on."""
        parts = [self.of.get(name, {}) for name in used]
        kept: Said = {}
        fallen = []
        for name in dict.fromkeys(category for said in parts for category in said):
            words = [said.get(name, ()) for said in parts]
            together = tuple(dict.fromkeys(word for each in words for word in each))
            if all(each == words[0] for each in words) or name not in self.exclusive:
                kept[name] = together
            else:
                each = ", ".join(f"{unit} {' and '.join(w) or 'nothing'}" for unit, w in zip(used, words, strict=True))
                fallen.append(f"units merged into {', '.join(made)} have no one {name} label ({each})")
        if not made and any(parts):
            fallen.append(f"unit {used[0]}, deleted, was labelled {_text(parts[0])}")
        of = {name: said for name, said in self.of.items() if name not in used} | dict.fromkeys(made, kept)
        return replace(self, of=of, fallen=(*self.fallen, *fallen))


def decided_by_label(labels: Labels, curated: CuratedUnits) -> tuple[list[tuple[Operation, str]], list[str]]:
    """Corrections that the labels ask for, each with what else it said of the unit; and what no word is for.

    Raises
    ------
    CurationError
        If a unit is said to be two things.
    """
    decisions: list[tuple[Operation, str]] = []
    left = list(labels.fallen)
    for unit in curated.units:
        said = labels.of.get(unit.id, {})
        others = {name: tuple(w for w in words if not _is_known(name, w)) for name, words in said.items()}
        text = _text({name: words for name, words in others.items() if words})
        asked = list(_asked(unit, said, curated))
        decisions += [(operation, text and f"labelled {text} there") for operation in asked]
        if text and not asked:
            left.append(f"unit {unit.id} {text}")
    return decisions, left


def _asked(unit: Unit, said: Said, curated: CuratedUnits) -> Iterator[Operation]:
    """Corrections that the labels of one unit ask for; a call or exclusion that stands is not made again.

    Raises
    ------
    CurationError
        If it is said to be two things.
    """
    kinds = {word: _WORDS[word.lower()] for words in said.values() for word in words if word.lower() in _WORDS}
    calls = [word for word in said.get(CALL, ()) if word in LABEL_OPTIONS[CALL]]
    if len(set(kinds.values())) > 1 or len(set(calls)) > 1:
        raise CurationError(f"unit {unit.id} is labelled {' and '.join([*kinds, *calls])}: it can be one of them")
    if None in kinds.values():
        yield Delete(unit.id)
        return
    for label in set(kinds.values()):
        yield Relabel(unit.id, label) if label else Delete(unit.id)
    standing = curated.last(unit.id, OverrideCall)
    for call in calls:
        operation = OverrideCall(unit.id, call)  # type: ignore[arg-type]
        if standing is None or standing.operation != operation:
            yield operation
    if "excluded" in said.get(EXCLUSION, ()) and curated.last(unit.id, ExcludeCell) is None:
        yield ExcludeCell(unit.id)


def _is_known(category: str, word: str) -> bool:
    """Whether a label is a word that decides something."""
    return word.lower() in _WORDS or (category in (CALL, EXCLUSION) and word in LABEL_OPTIONS[category])


def _words(words: Sequence[str]) -> tuple[str, ...]:
    """Labels, without those that say that there is none."""
    return tuple(word for word in words if word.strip().lower() not in _NO_WORDS)


def _text(said: Said) -> str:
    """Labels in words."""
    return ", ".join(f"{name} {' and '.join(words)}" for name, words in said.items())
