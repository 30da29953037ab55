"""From a word that somebody typed to a compound, or to what it could have meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from ephys.pharmacology.compounds.spelling import plain_name, split_form
from ephys.pharmacology.compounds.table import COMPOUNDS, Compound

_ALIKE = 0.75
"""Likeness (share of letters in common) from which a misspelt word is taken for a name (convention)."""
_SHORTEST = 3
"""Letters of a name that must be typed for it to be suggested (convention)."""


def find_compound(word: str, *, compounds: Mapping[str, Compound] = COMPOUNDS) -> Compound | None:
    """Return a compound by its name, an alias or an abbreviation; ``None`` where it is not in the table.

    Case, blanks, dashes, brackets and signs of rotation do not count, nor does a salt behind the name.

    Parameters
    ----------
    word : str
        As typed.
    compounds : mapping of str to Compound, optional
        Where to look: the table, or what `read_compounds` returned.

    Examples
    --------
    >>> find_compound("E-4424").name, find_compound("(-)-Tertatolol").name, find_compound("Ipsapirone HCl").name
    ('lesopitron', 'tertatolol', 'ipsapirone')
    """
    return _split(word, compounds)[0]


def find_form(word: str, *, compounds: Mapping[str, Compound] = COMPOUNDS) -> str:
    """Return the form that stands behind a compound's name; empty where none does, or the compound is not known.

    Examples
    --------
    >>> find_form("lesopitron 2HCl"), find_form("ipsapirone (base)"), find_form("chloral hydrate")
    ('dihydrochloride', 'base', '')
    """
    return _split(word, compounds)[1]


def _split(word: str, compounds: Mapping[str, Compound]) -> tuple[Compound | None, str]:
    """Compound and form of a word; a name that ends like a salt is taken whole first."""
    plain = plain_name(word)
    forms = frozenset(salt for compound in compounds.values() for salt in compound.salt_spellings)
    for name, form in ((plain, ""), split_form(plain, forms)):
        for compound in compounds.values():
            if name in compound.spellings:
                return compound, compound.salt_spellings.get(form, form)
    return None, ""


def suggest_compounds(word: str, *, compounds: Mapping[str, Compound] = COMPOUNDS) -> tuple[str, ...]:
    """Names of the compounds that a misspelt or shortened word may mean, the likeliest first.

    Parameters
    ----------
    word : str
        As typed.
    compounds : mapping of str to Compound, optional
        Where to look: the table, or what `read_compounds` returned.

    Returns
    -------
    tuple of str
        One name where the word is in the table; none where it is like no name.

    Examples
    --------
    >>> suggest_compounds("ipsapiron"), suggest_compounds("busp"), suggest_compounds("xyz")
    (('ipsapirone',), ('buspirone',), ())
    """
    known = find_compound(word, compounds=compounds)
    if known is not None:
        return (known.name,)
    plain = plain_name(word)
    owners = {spelling: c.name for c in compounds.values() for spelling in sorted(c.spellings)}
    begun = sorted(s for s in owners if len(plain) >= _SHORTEST and s.startswith(plain))
    alike = difflib.get_close_matches(plain, owners, n=5, cutoff=_ALIKE) if len(plain) >= _SHORTEST else []
    return tuple(dict.fromkeys(owners[spelling] for spelling in [*begun, *alike]))
