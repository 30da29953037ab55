"""Amounts as typed, and what they come to in µg/kg, nmol/kg, nM or nA."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.io.schema import Row, plain_word
from ephys.model import Subject

_FACTORS = {
    "ng/kg": (1e-3, "ug/kg"), "ug/kg": (1.0, "ug/kg"), "mg/kg": (1e3, "ug/kg"),
    "nmol/kg": (1.0, "nmol/kg"), "umol/kg": (1e3, "nmol/kg"),
    "nM": (1.0, "nM"), "uM": (1e3, "nM"), "nA": (1.0, "nA"),
    "ml/kg": (1.0, "ml/kg"), "ml": (1.0, "ml"),
}  # fmt: skip
_UNITS = {plain_word(unit): unit for unit in _FACTORS} | {"mcg/kg": "ug/kg"}
_CONCENTRATIONS = {
    "ng/ml": (1e-3, "ug/kg"), "ug/ml": (1.0, "ug/kg"), "mg/ml": (1e3, "ug/kg"),
    "nmol/ml": (1.0, "nmol/kg"), "umol/ml": (1e3, "nmol/kg"),
}  # fmt: skip
_CONCENTRATION_UNITS = {unit: unit for unit in _CONCENTRATIONS} | {"mcg/ml": "ug/ml"}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as typed, and the dose that it is.

    Parameters
    ----------
    typed, typed_unit : float, str
        As typed, the unit in its plain spelling; NaN and empty where nothing was.
    dose, dose_unit : float, str
        In ug/kg, nmol/kg, nM, nA or ml/kg.
    derivation : str
        How the one follows from the other.
    """

    typed: float = math.nan
    typed_unit: str = ""
    dose: float = math.nan
    dose_unit: str = ""
    derivation: str = ""


def convert(row: Row, role: str, subject: Subject) -> Amount:
    """Return the amount of a row of a dose table.

    Parameters
    ----------
    row : Row
        With the columns amount, unit, concentration, concentration_unit.
    role : str
        An agonist must have an amount; anything else may go without.
    subject : Subject
        Its weight turns a volume into a dose.

    Raises
    ------
    TableError
        If an amount is missing, negative, without its unit, or a volume that cannot be turned into a dose.
    """
    typed = row.number_in("amount")
    unit = row.choice_in("unit", _UNITS, "")
    if math.isnan(typed):
        if role == "agonist":
            raise row.error("amount", "must be stated for an agonist (role says vehicle, antagonist, wash...)")
        return Amount(typed_unit=unit)
    if typed < 0:
        raise row.error("amount", "a dose cannot be negative")
    if not unit:
        raise row.error("unit", f"must be stated beside an amount: one of {', '.join(_FACTORS)}")
    if unit in ("ml", "ml/kg"):
        return _from_volume(row, typed, unit, role, subject)
    if row["concentration"]:
        raise row.error("concentration", f"belongs to a volume (ml or ml/kg), not to {unit!r}")
    factor, dose_unit = _FACTORS[unit]
    return Amount(typed, unit, typed * factor, dose_unit, "typed" if factor == 1 else f"typed, in {unit}")


def _from_volume(row: Row, typed: float, unit: str, role: str, subject: Subject) -> Amount:
    """Return the dose of a volume: by its concentration and the animal's weight."""
    concentration = row.number_in("concentration")
    weight_kg = subject.weight_g / 1000.0
    if math.isnan(concentration):
        if role == "agonist":
            raise row.error("concentration", f"an agonist given as {unit} needs one, with concentration_unit")
        if unit == "ml/kg":
            return Amount(typed, unit, typed, "ml/kg", "typed")
        if math.isnan(weight_kg):
            return Amount(typed, unit, derivation="volume only: no weight, so no ml/kg")
        return Amount(typed, unit, typed / weight_kg, "ml/kg", f"{typed:g} ml / {weight_kg:g} kg")
    if concentration < 0:
        raise row.error("concentration", "cannot be negative")
    measure = row.choice_in("concentration_unit", _CONCENTRATION_UNITS, "")
    if not measure:
        raise row.error("concentration_unit", f"must be stated: one of {', '.join(_CONCENTRATIONS)}")
    factor, dose_unit = _CONCENTRATIONS[measure]
    derivation = f"{typed:g} {unit} x {concentration:g} {measure}"
    if unit == "ml/kg":
        return Amount(typed, unit, typed * concentration * factor, dose_unit, derivation)
    if math.isnan(weight_kg):
        raise row.error("unit", "ml needs the animal's weight to become a dose per kg; state weight_g of the subject")
    return Amount(
        typed, unit, typed * concentration * factor / weight_kg, dose_unit, f"{derivation} / {weight_kg:g} kg"
    )
