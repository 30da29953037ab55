"""Molar masses from sum formulas."""

from __future__ import annotations

import math
import re

from ephys.errors import ParameterError

_ATOMS = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998403162, "Na": 22.98976928, "P": 30.973761998,
    "S": 32.06, "Cl": 35.45, "Br": 79.904, "I": 126.90447,
}  # fmt: skip
"""Conventional atomic weights (IUPAC 2021, doi 10.1515/pac-2019-0603)."""
_TERM = re.compile(r"(?:(\d+(?:\.\d+)?) )?((?:[A-Z][a-z]?\d*)+)")
_GROUP = re.compile(r"([A-Z][a-z]?)(\d*)")


def molar_mass(formula: str) -> float:
    """Grams per mole of a sum formula.

    Parameters
    ----------
    formula : str
        Terms joined by " + " or " - ", each with the number of its molecules before it where that is not one:
        "2 HCl", "HCl + 0.5 H2O", "Na - H" (a sodium that takes the place of a hydrogen).

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> round(molar_mass("C15H21ClN6"), 1), round(molar_mass("2 HCl"), 1), round(molar_mass("HCl + 0.5 H2O"), 1)
    (320.8, 72.9, 45.5)
    """
    first, *rest = re.split(r" ([+-]) ", formula)
    signs, terms = ["+", *rest[::2]], [first, *rest[1::2]]
    return math.fsum(_term(term, formula) * (1 if sign == "+" else -1) for sign, term in zip(signs, terms, strict=True))


def _term(term: str, formula: str) -> float:
    """Grams of one term."""
    match = _TERM.fullmatch(term)
    groups = _GROUP.findall(match[2]) if match else []
    if match is None or any(atom not in _ATOMS for atom, _ in groups):
        raise ParameterError(f"formula {formula!r} is not a sum formula of {', '.join(_ATOMS)}")
    return float(match[1] or 1) * math.fsum(_ATOMS[atom] * int(number or 1) for atom, number in groups)
