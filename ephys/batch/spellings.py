"""Names in a running text: whole words, the longest first, spelt as people spell them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SHORTEST = 3
"""Letters from which a name is told from other words of a text, whatever its case (convention)."""

Substitution = Callable[[str], str]
"""A text in, the same with something else in place of names out."""


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling of a name.

    Parameters
    ----------
    spelling : str
        As it is written.
    stands : str
        What is to stand in its place.
    loose : bool
        Whether signs and blanks between its letters may differ: 8-OH-DPAT, 8OHDPAT.
    """

    spelling: str
    stands: str
    loose: bool = False


def substitution(names: Iterable[Name]) -> Substitution:
    """Return what puts something else in place of names; where two are spelt alike, the first counts.

    Examples
    --------
    >>> told = substitution([Name("rat7", "animal 12"), Name("8-OH-DPAT", "drug K", loose=True)])
    >>> told("Rat7: 8OHDPAT (8-oh-dpat), and rat71")
    'animal 12: drug K (drug K), and rat71'
    """
    exact: dict[str, Name] = {}
    for name in names:
        if name.spelling.strip():
            exact.setdefault(name.spelling.casefold(), name)
    if not exact:
        return lambda text: text
    loose: dict[str, Name] = {}
    for name in exact.values():
        if name.loose:
            loose.setdefault(plain(name.spelling), name)
    ways = sorted(exact.values(), key=lambda name: (-len(name.spelling), name.spelling))
    pattern = re.compile("|".join(map(_way, ways)))

    def stands_for(found: re.Match[str]) -> str:
        known = exact.get(found[0].casefold())
        return (known or loose[plain(found[0])]).stands

    return lambda text: pattern.sub(stands_for, text)


def plain(text: str) -> str:
    """Letters and digits of a text, whatever their case; all of it where there are none.

    >>> plain("8-OH-DPAT"), plain("+/+")
    ('8ohdpat', '+/+')
    """
    return re.sub(r"[\W_]", "", text.casefold()) or text


def _way(name: Name) -> str:
    """Pattern of one spelling as a whole word; in a short one, case counts."""
    body = re.escape(name.spelling)
    if name.loose and plain(name.spelling) != name.spelling:
        runs = re.findall(r"[^\W_]+|[\W_]+", name.spelling)
        body = "".join(re.escape(run) if run[0].isalnum() else rf"(?:{re.escape(run)}|[\W_]?)" for run in runs)
    if len(plain(name.spelling)) >= SHORTEST:
        body = f"(?i:{body})"
    return rf"(?<![^\W_]){body}(?![^\W_])"
