"""Names that are nearly one: found by an index, so that 10,000 names take no longer than their reading."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_SHORTEST = 4
"""Letters below which one more or less makes another name. Convention."""
_SHOWN = 8
_FEW = 200
"""Names among which the likeness of each is reckoned, where the index finds none. Convention."""


def plain_name(name: str) -> str:
    """Name as it is compared: without case, signs beside letters, and zeros that lead a number.

    >>> plain_name("Rat_01") == plain_name("rat 1"), plain_name("1-1") == plain_name("11")
    (True, False)
    >>> plain_name("0.01 mg/kg") == plain_name("0.1 mg/kg")  # zeros of a decimal place lead nothing
    False
    """
    spaced = re.sub(r"[-_\s]+", " ", name.casefold().strip())
    closed = re.sub(r"(?<=[^\W\d]) | (?=[^\W\d])", "", spaced)
    return re.sub(r"(?<!\d)(?<!\d[.,])0*(\d+)", r"\1", closed)


def slip_apart(name: str, other: str) -> bool:
    """Whether one slip of the finger makes one name of the other.

    Names that differ in a number, or in their last letter only, as ``group a`` and ``group b`` do, are meant so.

    >>> slip_apart("contol", "control"), slip_apart("conrtol", "control"), slip_apart("treated", "untreated")
    (True, True, False)
    >>> slip_apart("group a", "group b"), slip_apart("dose 1", "dose 10")
    (False, False)
    """
    one, two = plain_name(name), plain_name(other)
    if one == two:
        return True
    if min(len(one), len(two)) < _SHORTEST or re.findall(r"\d+", one) != re.findall(r"\d+", two):
        return False
    if len(one) == len(two):
        wrong = [i for i, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
        if len(wrong) == 1:
            return wrong[0] < len(one) - 1
        return len(wrong) == 2 and wrong[1] == wrong[0] + 1 and one[wrong[0]] == two[wrong[1]] and (
            one[wrong[1]] == two[wrong[0]]
        )  # fmt: skip
    short, long = sorted((one, two), key=len)
    return len(long) == len(short) + 1 and short in _shortened(long)


class Spellings:
    """Names, to be asked for the one that another is nearly.

    Parameters
    ----------
    names : iterable of str
        The names.

    Examples
    --------
    >>> animals = Spellings(["rat01", "rat02", "rat11"])
    >>> animals.nearest("Rat 1"), animals.nearest("rta02"), animals.nearest("mouse")
    ('rat01', 'rat02', '')
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._known = frozenset(self.names)
        self._index: dict[str, list[str]] = {}
        for name in self.names:
            for part in _parts(name):
                self._index.setdefault(part, []).append(name)

    def __contains__(self, name: str) -> bool:
        """Whether a name is one of them."""
        return name in self._known

    def near(self, word: str) -> tuple[str, ...]:
        """Names that one slip makes of the word, itself left out."""
        found = dict.fromkeys(name for part in _parts(word) for name in self._index.get(part, ()))
        return tuple(name for name in found if name != word and slip_apart(word, name))

    def nearest(self, word: str) -> str:
        """Return the name that is probably meant; empty where none is near."""
        near = self.near(word)
        if near:
            return min(near, key=lambda name: plain_name(name) != plain_name(word))
        close = difflib.get_close_matches(word, self.names, n=1) if len(self.names) <= _FEW else []
        return close[0] if close else ""

    def hint(self, word: str) -> str:
        """Return that name as a question, or the names where they are few."""
        name = self.nearest(word)
        if name:
            return f"; did you mean {name!r}?"
        shown = ", ".join(self.names[:_SHOWN]) + (", ..." if len(self.names) > _SHOWN else "")
        return f"; there are {shown}" if shown else ""


def _parts(name: str) -> set[str]:
    """Return what two names share that are a slip apart: each without one of its letters."""
    plain = plain_name(name)
    return {plain} | (_shortened(plain) if len(plain) >= _SHORTEST else set())


def _shortened(word: str) -> set[str]:
    """Return the word without each of its letters in turn."""
    return {word[:i] + word[i + 1 :] for i in range(len(word))}
