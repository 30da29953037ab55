"""Codes in place of names: who was treated with what stays hidden until the calls are made."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from string import ascii_uppercase
from typing import Any, Literal, get_args

from ephys.batch.spellings import SHORTEST, Name, Substitution, plain, substitution
from ephys.errors import ParameterError
from ephys.model.protocol import Role
from ephys.pharmacology import find_compound

Kind = Literal["drug", "session", "animal", "cell", "file", "group", "treatment"]
"""What has codes; where one word is several of these, a text is taken to mean the first."""

HIDDEN = "hidden until unblinding"
"""Stands in place of what no code can stand for."""

_LETTERS = "".join(letter for letter in ascii_uppercase if letter not in "IO")
_LETTERED = ("group", "treatment", "drug")
_OWN_WORDS = frozenset({
    *get_args(Role), *get_args(Kind), "all", "base", "baseline", "control", "controls", "treated", "untreated",
    "chronic", "acute", "naive", "serotonergic", "uncertain", "rat", "rats", "mouse", "mice", "male", "female", "unit",
    "cells", "animals", "sort", "sorted", "data", "recording", "5-ht", "serotonin", "none", "unknown", "yes", "cohort",
    "doses",
})  # fmt: skip
"""Words that the program writes whatever the cohort is: a text that has them tells nothing of it."""


@dataclass(frozen=True)
class Blinding:
    """True names with their codes.

    Parameters
    ----------
    id : str
        Of the key: the results know it, and so which key they need.
    secret : str
        What checksums are made with, so that who has the files cannot recognise them.
    codes : mapping of str to mapping of str to str
        By kind, then by true name.

    Raises
    ------
    ParameterError
        If two names of a kind have one code.

    Examples
    --------
    >>> blinding = Blinding("k", "s", {"drug": {"8-OH-DPAT": "drug K"}, "animal": {"rat07": "animal 31"}})
    >>> blinding.text("rat07 had 8OHDPAT; rat071 had nothing")
    'animal 31 had drug K; rat071 had nothing'
    """

    id: str
    secret: str = field(repr=False)
    codes: Mapping[str, Mapping[str, str]] = field(repr=False)

    def __post_init__(self) -> None:
        for kind, codes in self.codes.items():
            if kind not in get_args(Kind):
                raise ParameterError(f"a key has no codes for {kind!r}; it has them for {', '.join(get_args(Kind))}")
            if len(set(codes.values())) < len(codes):
                raise ParameterError(f"two names of kind {kind!r} have the same code in the key {self.id}")

    @classmethod
    def new(cls) -> Blinding:
        """A key without a name in it; two are never the same."""
        return cls(secrets.token_hex(8), secrets.token_hex(32), {})

    def knowing(self, kind: Kind, names: Iterable[str]) -> Blinding:
        """Return it with codes for these names, too, drawn at random; names that have one keep it.

        >>> blinding = Blinding.new().knowing("group", ["control", "chronic"])
        >>> sorted(blinding.codes["group"].values())
        ['group A', 'group B']
        """
        have = self.codes.get(kind, {})
        new = [name for name in dict.fromkeys(names) if name and name not in have]
        if not new:
            return self
        taken = {name.casefold() for codes in self.codes.values() for name in codes} | {name.casefold() for name in new}
        free = (code for code in _codes(kind) if code not in have.values() and code.casefold() not in taken)
        drawn = [next(free) for _ in new]
        secrets.SystemRandom().shuffle(drawn)
        return replace(self, codes={**self.codes, kind: {**have, **dict(zip(new, drawn, strict=True))}})

    def code(self, kind: Kind, name: str) -> str:
        """Return the code of a name; nothing has none.

        Raises
        ------
        ParameterError
            If it has no code.
        """
        if not name:
            return ""
        try:
            return self.codes[kind][name]
        except KeyError:
            raise ParameterError(f"a {kind} has no code in the key {self.id}: blind the cohort that it is in") from None

    def text(self, text: str) -> str:
        """Text of the program with codes for the names in it, however they are spelt.

        Words that the program itself uses stay (a vehicle, say), and so do names below three letters; where these are
        groups or animals of the cohort, they have their codes before a text is made.
        """
        return self._in_text(text)

    def cell(self, text: str) -> str:
        """Cell of a table, or label of a figure: where it is the name of a drug and nothing else, it has its code.

        >>> Blinding("k", "s", {"drug": {"serotonin": "drug K"}}).cell("serotonin")
        'drug K'
        """
        return self.codes.get("drug", {}).get(text) or self.text(text)

    def typed(self, text: str) -> str:
        """Text that a person typed with codes for the names in it, those that are ordinary words among them."""
        return self._in_typed(text)

    def values(self, value: Any) -> Any:
        """Lists, mappings and texts with codes for the names in the texts; names of fields stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.values(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.values(each) for each in value]
        return value

    def names(self) -> dict[str, str]:
        """True name of each code."""
        return {code: name for codes in self.codes.values() for name, code in codes.items()}

    @cached_property
    def _in_text(self) -> Substitution:
        """What stands for each name in a text of the program."""
        return substitution(name for name in self._spellings if not _is_ordinary(name.spelling))

    @cached_property
    def _in_typed(self) -> Substitution:
        """What stands for each name in what a person typed."""
        return substitution(name for name in self._spellings if not name.spelling.isdigit())

    @cached_property
    def _spellings(self) -> tuple[Name, ...]:
        """Every spelling of every name."""
        found = (
            name
            for kind in get_args(Kind)
            for true, code in self.codes.get(kind, {}).items()
            for name in _spellings(kind, true, code)
        )
        return tuple(replace(each, spelling=way) for each in found for way in (each.spelling, escape(each.spelling)))


def _codes(kind: Kind) -> Iterator[str]:
    """Codes of a kind without end; numbers are drawn, so that a later name is not known by a larger one."""
    if kind in _LETTERED:
        yield from (f"{kind} {letter}" for letter in _LETTERS)
        yield from (f"{kind} {one}{other}" for one in _LETTERS for other in _LETTERS)
    size = 100
    while True:
        numbers = list(range(size // 10, size))
        secrets.SystemRandom().shuffle(numbers)
        yield from (f"{kind} {number}" for number in numbers)
        size *= 10


def _spellings(kind: Kind, name: str, code: str) -> Iterator[Name]:
    """Ways in which a name is written, and what stands for each."""
    if kind == "file":
        last = name.replace("\\", "/").rsplit("/", 1)[-1]
        yield from (Name(way, code) for way in (name, last, last.rsplit(".", 1)[0]))
        return
    is_drug = kind in ("drug", "treatment")
    yield Name(name.rsplit("\t", 1)[-1], code, loose=is_drug)
    compound = find_compound(name) if is_drug else None
    if compound is not None:
        words = (compound.name, *compound.aliases, *compound.abbreviations)
        yield from (Name(way, code, loose=True) for way in words)
        if compound.emax_source:
            yield Name(compound.emax_source, HIDDEN)


def _is_ordinary(spelling: str) -> bool:
    """Whether a name cannot be told from other words of a text."""
    letters = plain(spelling)
    return len(letters) < SHORTEST or letters.isdigit() or spelling.casefold() in _OWN_WORDS
