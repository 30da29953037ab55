"""The words of a mark, sorted by what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ephys.io.drug_record.names import Named, begins_name, find_named, guess_named
from ephys.io.drug_record.quantities import NUMBER, Quantity, split_quantities
from ephys.io.drug_record.words import (
    ANAESTHESIA,
    DRUG_WORDS,
    FILLERS,
    FORMS,
    HEDGES,
    KINDS,
    NOTES,
    OFF,
    ON,
    ROUTES,
    SUPPLEMENT,
    WASH,
    plain_text,
)
from ephys.pharmacology.compounds import find_compound

_CLOCK = re.compile(r"(?<![\w.])([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?(?![\w:])")
_BREAK = re.compile(r"[\s;=|()\[\]{}\"!]+")
_PLAIN = frozenset((*ROUTES, *FORMS, *ON, *OFF, *WASH, *SUPPLEMENT, *ANAESTHESIA, *KINDS)) | (
    DRUG_WORDS | HEDGES | FILLERS | NOTES
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a mark by what they are."""

    text: str
    compounds: tuple[Named, ...]
    quantities: tuple[Quantity, ...]
    numbers: tuple[str, ...]
    known: frozenset[str]
    unread: tuple[str, ...]
    taken: tuple[str, ...]
    sign: str

    def has(self, words: frozenset[str]) -> bool:
        """Whether one of some words is there."""
        return bool(self.known & words)


def sort_words(text: str) -> Words:
    """Sort the words of a text."""
    plain, taken = plain_text(text)
    times = [match[0] for match in _CLOCK.finditer(plain)]
    taken += tuple(f"the time {time!r} is left aside" for time in times)
    plain = _CLOCK.sub(" ", plain)
    quantities, rest = split_quantities(plain)
    rest = re.sub(r"(?<=[^\W\d]),(?=\S)|(?<=\S):(?=\S)|,(?=\s|$)", " ", rest)
    words = [word for word in (w.strip(".,:'`*&/") for w in _BREAK.split(rest)) if re.search(r"\w", word)]
    first = words[0] if words else ""
    signed = first[:1] in ("+", "-") and (first[1:2].isalpha() or find_compound(first) is not None)
    sign = first[0] if signed else ""
    words = [re.sub(r"^[+@=~≈<>±?-]+(?!\d)|\?+$", "", word) for word in words]
    compounds, left = find_named([word for word in words if word], _PLAIN)
    numbers = tuple(word for word in left if re.fullmatch(rf"#?{NUMBER}", word))
    others = [word for word in left if word not in numbers]
    known = frozenset(_key(word) for word in others if _key(word) in _PLAIN)
    unread = tuple(word for word in others if _key(word) not in _PLAIN)
    if not compounds and unread:
        compounds, unread, taken = _guessed(unread, taken)
    return Words(plain, compounds, quantities, numbers, known, unread, taken, sign)


def _key(word: str) -> str:
    """Word as it is looked up: without dots, and without the number of a cell or a track."""
    plain = word.lower().replace(".", "").replace("+", "")
    stem = re.sub(r"\d+$", "", plain)
    return stem if stem in NOTES and plain not in _PLAIN else plain


def _guessed(
    unread: tuple[str, ...], taken: tuple[str, ...]
) -> tuple[tuple[Named, ...], tuple[str, ...], tuple[str, ...]]:
    """Take the one unread word for the compound whose name it begins; among several words none is."""
    named, _ = guess_named(unread[0]) if len(unread) == 1 else (None, ())
    return ((named,), (), taken) if named and begins_name(named) else ((), unread, taken)


def is_note(words: Words) -> bool:
    """Whether every word is about the cell or the rig."""
    aside = all(quantity.kind == "aside" for quantity in words.quantities)
    plain = not words.unread and words.known <= NOTES | FILLERS
    return plain and aside and not words.sign and bool(words.known & NOTES - {"on", "off", "out", "in", "again"})
