"""Doses by weight and by amount, as base or as a salt: never converted but on request."""

from __future__ import annotations

from ephys.errors import ParameterError
from ephys.pharmacology.compounds.table import COMPOUNDS, Compound, find_compound

_BY_WEIGHT, _BY_AMOUNT = "ug/kg", "nmol/kg"


def convert_dose(
    dose: float, unit: str, *, to: str, compound: Compound | str, form: str, to_form: str = "base"
) -> float:
    """Convert a dose between µg/kg and nmol/kg, and between base and salts.

    An amount (nmol/kg) is that of the base whatever was weighed in: a mole of salt holds a mole of base. Only a weight
    needs its form.

    Parameters
    ----------
    dose : float
    unit, to : {"ug/kg", "nmol/kg"}
    compound : Compound or str
        What was given.
    form : str
        What `dose` was weighed as: "base" or a salt of the table.
    to_form : str, optional
        What the answer is weighed as, where it is a weight.

    Raises
    ------
    ParameterError
        For an unknown compound, form or unit.

    Examples
    --------
    >>> round(convert_dose(100.0, "ug/kg", to="ug/kg", compound="lesopitron", form="dihydrochloride"), 1)
    81.5
    >>> round(convert_dose(100.0, "ug/kg", to="nmol/kg", compound="ipsapirone", form="hydrochloride"), 1)
    228.3
    """
    known = find_compound(compound) if isinstance(compound, str) else compound
    if known is None:
        raise ParameterError(f"compound must be one of {', '.join(COMPOUNDS)}; got {compound!r}")
    unit, to = (value.replace("µ", "u").replace("μ", "u") for value in (unit, to))
    for name, value in (("unit", unit), ("to", to)):
        if value not in (_BY_WEIGHT, _BY_AMOUNT):
            raise ParameterError(f"{name} must be {_BY_WEIGHT} or {_BY_AMOUNT}, got {value!r}")
    grams, to_grams = known.molar_mass(form), known.molar_mass(to_form)
    nanomoles = dose if unit == _BY_AMOUNT else 1e3 * dose / grams
    return nanomoles if to == _BY_AMOUNT else nanomoles * to_grams / 1e3
