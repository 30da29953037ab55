"""Which compound the words of a mark name: by name, by abbreviation, or only nearly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ephys.io.drug_record.words import FORMS
from ephys.pharmacology.compounds import COMPOUNDS, Compound, find_compound, find_form, suggest_compounds
from ephys.pharmacology.compounds.spelling import plain_name

_LONGEST = 4
"""Words that one name may have ("Bay q 7821", "TVX Q 7821 HCl"); convention."""

_SHORTEST = 3
"""Letters from which a word may be the beginning of a name; convention."""

_TAKEN = 5
"""Letters from which the beginning of a name is taken for it; convention."""


@dataclass(frozen=True, slots=True)
class Named:
    """A compound that a mark names, with how: the words, the form behind them, and what was taken for granted."""

    compound: Compound
    words: str
    form: str = ""
    taken: tuple[str, ...] = ()


def find_named(words: Sequence[str], plain: frozenset[str]) -> tuple[tuple[Named, ...], tuple[str, ...]]:
    """Compounds that words name, the longest name first, and the words that are left.

    Parameters
    ----------
    words : sequence of str
        In order.
    plain : frozenset of str
        Words with a meaning of their own, in lower case: no name by themselves.

    Examples
    --------
    >>> found, rest = find_named(["8-OH", "DPAT", "HBr", "iv"], frozenset({"iv"}))
    >>> found[0].compound.name, found[0].form, rest
    ('8-oh-dpat', 'hydrobromide', ('iv',))
    """
    found: list[Named] = []
    rest: list[str] = []
    at = 0
    while at < len(words):
        named, length = _named_at(words, at, plain)
        if named is None:
            rest.append(words[at])
        else:
            found.append(named)
        at += length
    return tuple(found), tuple(rest)


def _named_at(words: Sequence[str], at: int, plain: frozenset[str]) -> tuple[Named | None, int]:
    """Compound whose name begins at a word, and how many words it takes."""
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        some = words[at : at + length]
        joined = " ".join(some)
        if some[0].lower() in plain or some[-1].lower() in plain:
            continue
        compound = find_compound(joined)
        # "WAY 100" may be WAY-100635 or 100 of it: a short form does not take a number with it.
        if compound is None or (length > 1 and re.search(r"\d$", joined) and compound.is_abbreviated(joined)):
            continue
        if _candidates(joined)[1:]:
            return None, 1
        short = compound.is_abbreviated(joined) or (find_form(joined) and compound.is_abbreviated(some[0]))
        taken = (f"{some[0]!r} is taken as {compound.name}",) if short else ()
        return Named(compound, joined, find_form(joined), taken), length
    return None, 1


def guess_named(word: str) -> tuple[Named | None, tuple[str, ...]]:
    """Compound whose name begins with a word, if it is one alone; else what the word may mean.

    >>> guess_named("gepir")[0].compound.name, guess_named("ipsaprone")
    ('gepirone', (None, ('ipsapirone',)))
    >>> guess_named("cit")
    (None, ('citalopram', 'citrate'))
    """
    begun = _candidates(word)
    if len(begun) == 1 and begun[0] in COMPOUNDS:
        return Named(COMPOUNDS[begun[0]], word, "", (f"{word!r} is taken as {begun[0]}",)), ()
    return None, begun or suggest_compounds(word)


def begins_name(named: Named) -> bool:
    """Whether enough of a name is typed for it to be taken: "rep" may be a repetition, "normal" no saline.

    >>> begins_name(guess_named("gepir")[0]), begins_name(guess_named("rep")[0]), begins_name(guess_named("normal")[0])
    (True, False, False)
    """
    compound, plain = named.compound, plain_name(named.words)
    names = (compound.name, *(alias for alias in compound.aliases if " " not in alias))
    return len(plain) >= _TAKEN and any(plain_name(name).startswith(plain) for name in names)


def _candidates(word: str) -> tuple[str, ...]:
    """Compounds and salts that begin with a word; one alone where it is the whole of a name."""
    known = find_compound(word)
    if known is not None and not known.is_abbreviated(word):
        return (known.name,)
    plain = word.lower()
    salts = [form for form in dict.fromkeys(FORMS.values()) if form.startswith(plain) and form != "base"]
    if known is not None:
        return (known.name, *salts)
    if len(plain) < _SHORTEST or not plain.isascii() or not plain[0].isalpha():
        return ()
    begun = [n for n in suggest_compounds(word) if any(s.startswith(plain) for s in COMPOUNDS[n].spellings)]
    return (*begun, *salts)


def plain_drug(typed: str) -> tuple[str, str]:
    """Name of a drug as results have it, and what to doubt of the word that was typed.

    A word that the table of compounds does not know stays as it is; one that is nearly a name is said.

    >>> plain_drug("IPSA"), plain_drug("xyz-1")
    (('ipsapirone', ''), ('xyz-1', ''))
    >>> plain_drug("ipsaprone")
    ('ipsaprone', "'ipsaprone' is no known compound; did you mean ipsapirone?")
    """
    compound = find_compound(typed)
    if compound is not None:
        return compound.name, ""
    alike = suggest_compounds(typed)
    doubt = f"{typed!r} is no known compound; did you mean {' or '.join(alike)}?" if alike else ""
    return typed.lower(), doubt
