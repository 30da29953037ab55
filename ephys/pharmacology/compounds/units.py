"""Doses by weight and by amount, as base or as a salt: never converted but on request."""

from __future__ import annotations

import math

from ephys.errors import ParameterError
from ephys.pharmacology.compounds.finding import find_compound, suggest_compounds
from ephys.pharmacology.compounds.spelling import BASE
from ephys.pharmacology.compounds.table import Compound

_WEIGHT, _AMOUNT = "g", "mol"
_UNITS = {
    "ng/kg": (_WEIGHT, "kg", -9), "ug/kg": (_WEIGHT, "kg", -6), "mg/kg": (_WEIGHT, "kg", -3),
    "nmol/kg": (_AMOUNT, "kg", -9), "umol/kg": (_AMOUNT, "kg", -6),
    "ng/ml": (_WEIGHT, "l", -6), "ug/ml": (_WEIGHT, "l", -3), "mg/ml": (_WEIGHT, "l", 0),
    "nM": (_AMOUNT, "l", -9), "uM": (_AMOUNT, "l", -6), "mM": (_AMOUNT, "l", -3),
}  # fmt: skip
"""What is measured, in what, and the power of ten that makes it g or mol in a kg or a litre."""


def convert_dose(dose: float, unit: str, *, to: str, compound: Compound | str, form: str, to_form: str = BASE) -> float:
    """Convert a dose or a concentration between weight and amount, and between base and salts.

    An amount (nmol/kg, nM) is that of the base whatever was weighed in: a mole of salt holds a mole of base. Only a
    weight needs its form.

    Parameters
    ----------
    dose : float
    unit, to : {"ng/kg", "ug/kg", "mg/kg", "nmol/kg", "umol/kg", "ng/ml", "ug/ml", "mg/ml", "nM", "uM", "mM"}
        Both per kg, or both in a volume.
    compound : Compound or str
        What was given; a name, where it is in the table.
    form : str
        What `dose` was weighed as: "base" or a salt of the table.
    to_form : str, optional
        What the answer is weighed as, where it is a weight.

    Raises
    ------
    ParameterError
        For an unknown compound, form or unit, a compound without a formula, or a dose per kg that is to become a
        concentration.

    Examples
    --------
    >>> round(convert_dose(100.0, "ug/kg", to="ug/kg", compound="lesopitron", form="dihydrochloride"), 1)
    81.5
    >>> round(convert_dose(0.1, "mg/kg", to="nmol/kg", compound="ipsapirone", form="hydrochloride"), 1)
    228.3
    >>> round(convert_dose(1.0, "ug/ml", to="uM", compound="ipsapirone", form="hydrochloride"), 2)
    2.28
    """
    known = _known(compound) if isinstance(compound, str) else compound
    measure, per, power = _unit("unit", unit)
    to_measure, to_per, to_power = _unit("to", to)
    if per != to_per:
        raise ParameterError(
            f"to must be {'a dose per kg' if per == 'kg' else 'a concentration'} as {unit} is, got {to!r}"
        )
    grams, to_grams = known.molar_mass(form), known.molar_mass(to_form)
    scaled = dose * 10.0 ** (power - to_power)
    amount = scaled if measure == _AMOUNT else scaled / grams
    return amount if to_measure == _AMOUNT else amount * to_grams


def nanomoles(unit: str) -> tuple[str, float]:
    """Unit in which amounts are compared, and how many of it a unit of amount is; NaN for a weight.

    Raises
    ------
    ParameterError
        For a unit that is no dose: a current has no amount.

    Examples
    --------
    >>> nanomoles("ug/kg"), nanomoles("uM")
    (('nmol/kg', nan), ('nM', 1000.0))
    """
    measure, per, power = _unit("unit of doses", unit)
    return "nmol/kg" if per == "kg" else "nM", 10.0 ** (power + 9) if measure == _AMOUNT else math.nan


def _known(word: str) -> Compound:
    """Compound of a word that must be in the table."""
    compound = find_compound(word)
    if compound is not None:
        return compound
    close = suggest_compounds(word)
    hint = f"did you mean {' or '.join(close)}?" if close else "give your own as a Compound (read_compounds)"
    raise ParameterError(f"compound {word!r} is not in the table of compounds; {hint}")


def _unit(name: str, unit: str) -> tuple[str, str, int]:
    """What a unit measures."""
    plain = unit.replace("µ", "u").replace("μ", "u") if isinstance(unit, str) else ""
    if plain not in _UNITS:
        raise ParameterError(f"{name} must be one of {', '.join(_UNITS)}; got {unit!r}")
    return _UNITS[plain]
