"""What people type beside a recording, read word by word: ``docs/marks.md`` is the grammar in prose."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from ephys.io.drug_record.mark_reading import MarkReading
from ephys.io.drug_record.names import Named, guess_named
from ephys.io.drug_record.quantities import PER_STEP, Given, given, read_number, read_unit
from ephys.io.drug_record.sorted_words import Words, is_note, sort_words
from ephys.io.drug_record.words import (
    ANAESTHESIA,
    DRUG_WORDS,
    FORMS,
    HEDGES,
    KINDS,
    MACHINE,
    NOTES,
    OFF,
    ON,
    ROUTES,
    WASH,
    has_word,
)

_ODD_SIGNS = re.compile(r"[?~≈<>±]")
_ORDINAL = re.compile(r"#?\d{1,3}\.?")
_JOINED = re.compile(r"(?:[+&]|\b(?:and|y|et|und)\b) *([^\W\d][\w-]*)")
_WAITS = re.compile(r"\bin [\d.,]+ ?(?:s|sec|min|mins|minutes?|h)\b", re.IGNORECASE)
_LIKE_A_NAME = 4
"""Letters from which a word beside a drug may be another drug, misspelt; convention."""

_UNKNOWN_WORDS = 3
"""Words that the name of an unknown drug may have; convention."""


@lru_cache(maxsize=4096)
def read_mark(text: str) -> MarkReading:
    r"""Read one mark.

    Nothing is guessed: an amount without a unit is no dose, a word that is nearly a name is no drug, and what was taken
    for granted, left aside or not read is said.

    Parameters
    ----------
    text : str
        As it was typed, in whatever encoding it arrived.

    Returns
    -------
    MarkReading

    Examples
    --------
    >>> ipsa = read_mark("ipsapirone 20 \u00c2\u00b5g/kg iv")
    >>> ipsa.drug, ipsa.amount, ipsa.unit, ipsa.route, ipsa.role
    ('ipsapirone', 20.0, 'ug/kg', 'i.v.', 'agonist')
    >>> read_mark("lesop 5").doubts
    ("'5' has no unit",)
    >>> read_mark("ipsaprone 20 ug/kg").doubts
    ("'ipsaprone' is no known compound; did you mean ipsapirone?",)
    >>> read_mark("moved electrode").is_note
    True
    """
    if MACHINE.fullmatch(text.strip()) or not has_word(text):
        return MarkReading(text, is_note=True)
    words = sort_words(text)
    if not words.compounds and is_note(words):
        return MarkReading(text, is_note=True, switch="off" if words.known <= OFF else "")
    if words.has(WASH) and _is_wash(words):
        return MarkReading(text, drug="wash", role="wash", taken=words.taken)
    return _reading(text, words)


def _is_wash(words: Words) -> bool:
    """Whether a wash is all that a mark is about: "wash in" a drug is the contrary."""
    solvent = all(named.compound.role == "vehicle" for named in words.compounds)
    odd = words.unread or words.quantities or words.sign or words.has(HEDGES) or _ODD_SIGNS.search(words.text)
    return solvent and not odd


# --- what they come to -----------------------------------------------------------------------------------------------


def _reading(text: str, words: Words) -> MarkReading:
    """Put the words together."""
    compound, form, named, drug_doubts = _compound(words)
    amount = given(words.quantities, drug=True)
    bare = _bare(words, amount)
    switch = _switch(words, compound is not None)
    name, role = (compound.compound.name, compound.compound.role) if compound else _unnamed(words)
    closes = switch == "off" and not drug_doubts
    doubts, asked = _doubts(words, name=name, role=role, drug=drug_doubts, closes=closes)
    route, two_routes = _only(words, ROUTES, "routes")
    kind, two_kinds = _only(words, KINDS, "kinds of dose")
    asked += ("drug",) if two_routes or two_kinds else ()
    asked += ("amount",) if (amount.doubts or bare.doubts) and math.isnan(bare.amount) else ()
    chosen = amount if math.isnan(bare.amount) else bare
    return MarkReading(
        text,
        drug="" if "drug" in asked else name,
        role=role,
        form=form,
        amount=math.nan if "amount" in asked else chosen.amount,
        unit=chosen.unit,
        concentration=amount.concentration,
        concentration_unit=amount.concentration_unit,
        route=route,
        dose_kind=kind,  # type: ignore[arg-type]  # one of KINDS
        switch=switch,
        taken=(*words.taken, *named, *amount.taken, *bare.taken, *_left(words)),
        doubts=tuple(dict.fromkeys((*doubts, *two_routes, *two_kinds, *amount.doubts, *bare.doubts))),
        asked=tuple(dict.fromkeys(asked)),
        unread=words.unread,
    )


def _only(words: Words, meanings: Mapping[str, str], what: str) -> tuple[str, tuple[str, ...]]:
    """Return the one meaning that some of the words have; empty, with a doubt, where there are two."""
    found = sorted({meanings[word] for word in words.known & meanings.keys()})
    if len(found) > 1:
        return "", (f"{' and '.join(found)} are two {what}",)
    return "".join(found), ()


def _compound(words: Words) -> tuple[Named | None, str, tuple[str, ...], tuple[str, ...]]:
    """Return the compound with its form, what was taken for granted of it, and what is doubtful."""
    forms = {FORMS[word] for word in words.known & FORMS.keys()}
    drugs = [n for n in words.compounds if n.compound.role != "vehicle"] or list(words.compounds[:1])
    if not drugs:
        return None, "", (), ()
    first, taken = drugs[0], tuple(t for n in drugs[:1] for t in n.taken)
    others = [n for n in words.compounds if n.compound.name != first.compound.name]
    solvents = [n for n in others if n.compound.role == "vehicle" and (words.has(frozenset({"in", "with"})))]
    if first.compound.role == "vehicle":
        solvents = [n for n in others if n.compound.role == "vehicle"]
    taken += tuple(f"{n.words!r} is taken as what it was dissolved in" for n in solvents)
    forms |= {n.form for n in words.compounds if n.form}
    form = next(iter(forms)) if len(forms) == 1 else ""
    if form and form not in ("base", *first.compound.salts):
        taken += (f"{form} is no form of {first.compound.name} in the table of compounds",)
    doubts: tuple[str, ...] = ()
    if len(others) > len(solvents):
        doubts = (f"{' and '.join(n.compound.name for n in (first, *others))} are several compounds in one mark",)
    if len(forms) > 1:
        doubts += (f"{' and '.join(sorted(forms))} are two forms",)
    return first, form, taken, doubts


def _unnamed(words: Words) -> tuple[str, str]:
    """Name and role where no compound of the table is named."""
    if words.has(ANAESTHESIA) and not words.unread:
        return "anaesthetic", "anaesthetic"
    unknown = words.unread
    something = bool(words.quantities or words.sign or words.has(frozenset(ROUTES)) or words.has(DRUG_WORDS))
    if something and 0 < len(unknown) <= _UNKNOWN_WORDS and not any(_has_number(word) for word in unknown[1:]):
        return " ".join(unknown).lower(), ""
    return "", ""


def _doubts(
    words: Words, *, name: str, role: str, drug: tuple[str, ...], closes: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what must be asked of the drug, and in which column."""
    doubts = drug
    asked: tuple[str, ...] = ("drug",) if drug else ()
    hedges = sorted(words.known & HEDGES) + sorted(set(_ODD_SIGNS.findall(words.text)))
    if hedges:
        doubts += (f"{' and '.join(map(repr, hedges))}: it is not clear that this was given here",)
        asked += ("drug",)
    spoilt = " ".join(word for word in words.unread if _has_number(word))
    if spoilt and words.compounds:
        doubts += (f"{spoilt!r} is not read",)
        asked += ("amount",)
    other = _other_drugs(words, role)
    if words.compounds and other:
        doubts += (f"{' '.join(other)!r} is not read, and may be a drug",)
        asked += ("drug",)
    when = _WAITS.search(words.text)
    if when:
        doubts += (f"{when[0]!r}: given over that time, or after it?",)
        asked += ("drug",)
    if any(f"+ {typed}" in words.text for typed in (*(q.typed for q in words.quantities), *words.numbers)):
        doubts += ("'+' before the number: say whether it is an increment",)
        asked += ("amount",)
    if role in ("antagonist", "challenge") and not closes and _is_mention(words):
        doubts += ("no amount is stated, and it is not clear that this was given here",)
        asked += ("drug",)
    if words.has(WASH):
        doubts += ("a wash, or what is washed in?",)
        asked += ("drug",)
    if not role and not closes:
        doubts += (_which(words, name),)
        asked += ("role",) if name and not _alike(words) else ("drug",)
    return doubts, asked


def _other_drugs(words: Words, role: str) -> list[str]:
    """Unread words that may be drugs beside the one that is named, or in the vehicle that is."""
    long = [word for word in words.unread if len(word) >= _LIKE_A_NAME]
    joined = {match[1] for match in _JOINED.finditer(words.text)}
    likely = [word for word in long if word in joined or any(guess_named(word))]
    poured = any(quantity.kind == "volume" for quantity in words.quantities)
    dissolved = role == "vehicle" and (not poured or words.has(frozenset({"in", "with"})))
    return likely or (long if dissolved else [])


def _is_mention(words: Words) -> bool:
    """Whether a name may stand for the rat's treatment, or for what is in the syringe."""
    told = bool(words.unread or words.known & (NOTES - ON - OFF))
    return told and not words.quantities and not words.numbers and not words.has(frozenset(ROUTES))


def _alike(words: Words) -> tuple[str, ...]:
    """What the unread words may mean."""
    return tuple(dict.fromkeys(name for word in words.unread for name in guess_named(word)[1]))


def _which(words: Words, name: str) -> str:
    """Say that the drug is not known, and what it may be."""
    for word in words.unread:
        named, alike = guess_named(word)
        if named:
            among = ", among words that are not read" if words.unread[1:] else "; write more of it"
            return f"{word!r} may be {named.compound.name}{among}"
        if alike:
            salts = any(alternative in FORMS.values() for alternative in alike)
            if len(alike) > 1 and (salts or word.lower() in {a[: len(word)] for a in alike}):
                return f"{word!r} can be {' or '.join(alike)}"
            return f"{word!r} is no known compound; did you mean {' or '.join(alike)}?"
    if name:
        return f"{name!r} is no compound of the table: say its role"
    read = f": {' '.join(words.unread)!r} is not read" if words.unread else ""
    return f"which drug was given, if any, is not said{read}"


def _bare(words: Words, amount: Given) -> Given:
    """Return a number that stands alone: an amount without its unit, or a count beside an amount."""
    if not words.numbers:
        units = [word for word in words.unread if read_unit(word)]
        return Given(doubts=(f"{' '.join(units)!r} stands without a number that is read",)) if units else Given()
    typed = " ".join(words.numbers)
    counted = len(words.numbers) == 1 and _ORDINAL.fullmatch(words.numbers[0])
    if not math.isnan(amount.amount):
        if counted and (words.has(DRUG_WORDS) or words.numbers[0].startswith("#")):
            return Given(taken=(f"{typed!r} is taken as a count",))
        return Given(doubts=(f"{typed!r} beside the amount is not read",))
    if counted and words.numbers[0].startswith("#"):
        return Given(taken=(f"{typed!r} is taken as a count",))
    value = read_number(words.numbers[0]) if len(words.numbers) == 1 else math.nan
    return Given(value, doubts=(f"{typed!r} has no unit",))


def _switch(words: Words, named: bool) -> Literal["", "on", "off"]:
    """Whether something began or ended."""
    if words.sign == "-":
        by_weight = any(quantity.unit not in PER_STEP for quantity in words.quantities)
        return "" if by_weight else "off"  # a "(-)-" before a name that is given, or the end of a current
    on, off = words.sign == "+" or words.has(ON), words.has(OFF)
    if on == off or not (named or words.quantities or words.unread or words.known <= ON | OFF):
        return ""
    return "on" if on else "off"


def _left(words: Words) -> tuple[str, ...]:
    """Say which words were not read, where a drug was."""
    return (f"not read: {' '.join(words.unread)!r}",) if words.unread and words.compounds else ()


def _has_number(word: str) -> bool:
    """Whether a word holds a number of any script."""
    return any(letter.isnumeric() for letter in word)
