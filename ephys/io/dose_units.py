"""Amounts as typed, and what they come to in µg/kg, nmol/kg, nM or nA."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.io.schema import Row, plain_word
from ephys.model import Subject

_FACTORS = {
    "ng/kg": (1e-3, "ug/kg"), "ug/kg": (1.0, "ug/kg"), "mg/kg": (1e3, "ug/kg"), "g/kg": (1e6, "ug/kg"),
    "nmol/kg": (1.0, "nmol/kg"), "umol/kg": (1e3, "nmol/kg"),
    "nM": (1.0, "nM"), "uM": (1e3, "nM"), "mM": (1e6, "nM"), "nA": (1.0, "nA"),
}  # fmt: skip
_VOLUMES_ML = {"ml": 1.0, "ul": 1e-3, "ml/kg": 1.0}
UNITS = {plain_word(unit): unit for unit in (*_FACTORS, *_VOLUMES_ML)} | {"mcg/kg": "ug/kg", "cc": "ml"}
"""Units of an amount in every spelling, by the word that is compared (`plain_word`)."""
_LIGHTEST_G, _HEAVIEST_G = 1.0, 100_000.0
"""Weights outside are kilograms typed as grams, or the contrary: a dose a thousand times too large. Convention."""
VOLUMES = tuple(_VOLUMES_ML)
"""Units of a volume: they become a dose by a concentration."""

_CONCENTRATIONS = {
    "ng/ml": (1e-3, "ug/kg"), "ug/ml": (1.0, "ug/kg"), "mg/ml": (1e3, "ug/kg"),
    "nmol/ml": (1.0, "nmol/kg"), "umol/ml": (1e3, "nmol/kg"),
}  # fmt: skip
CONCENTRATION_UNITS = {unit: unit for unit in _CONCENTRATIONS} | {"mcg/ml": "ug/ml"}
"""Units of a concentration in every spelling."""


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


class AmountError(ParameterError):
    """An amount that is no dose; `column` says which part of it is at fault."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Stock:
    """What a volume was drawn from."""

    concentration: float = math.nan
    unit: str = ""


def convert(row: Row, role: str, subject: Subject, stock: Stock | None = None) -> Amount:
    """Return the amount of a row of a dose table.

    Parameters
    ----------
    row : Row
        With the columns amount, unit, concentration, concentration_unit.
    role : str
        An agonist must have an amount; anything else may go without.
    subject : Subject
        Its weight turns a volume into a dose.
    stock : Stock, optional
        The drug's stock solution, for a volume whose row has no concentration.

    Raises
    ------
    TableError
        If an amount is missing, negative, without its unit, or a volume that cannot be turned into a dose.
    """
    typed = row.number_in("amount")
    unit = row.choice_in("unit", UNITS, "")
    own = Stock(row.number_in("concentration"), row.choice_in("concentration_unit", CONCENTRATION_UNITS, ""))
    if stock and unit in VOLUMES and math.isnan(own.concentration):
        own = stock
    try:
        return amount_of(typed, unit, role=role, stock=own, weight_g=subject.weight_g)
    except AmountError as error:
        raise row.error(error.column, str(error)) from None


def amount_of(typed: float, unit: str, *, role: str, stock: Stock | None = None, weight_g: float = math.nan) -> Amount:
    """Return the dose that an amount is.

    Parameters
    ----------
    typed, unit : float, str
        NaN and empty where nothing was typed.
    role : str
        An agonist must have an amount; only an anaesthetic is given by the gram.
    stock : Stock, optional
        Turns a volume into a mass.
    weight_g : float, optional
        Turns a volume into a dose per kg.

    Raises
    ------
    AmountError
        If an amount is missing, negative, without its unit, or a volume that cannot be turned into a dose.

    Examples
    --------
    >>> amount_of(0.02, "mg/kg", role="agonist").dose
    20.0
    >>> amount_of(0.1, "ml", role="agonist", stock=Stock(50.0, "ug/ml"), weight_g=310.0).derivation
    '0.1 ml x 50 ug/ml / 0.31 kg'
    """
    stock = stock or Stock()
    if math.isnan(typed):
        if role == "agonist":
            raise AmountError("amount", "must be stated for an agonist (role says vehicle, antagonist, wash...)")
        return Amount(typed_unit=unit)
    if typed < 0:
        raise AmountError("amount", "a dose cannot be negative")
    if typed == 0 and role in ("antagonist", "challenge"):
        raise AmountError("amount", "a dose of 0; a vehicle has the role vehicle")
    if not unit:
        raise AmountError("unit", f"must be stated beside an amount: one of {', '.join((*_FACTORS, *VOLUMES))}")
    if unit in VOLUMES:
        return _from_volume(typed, unit, role, stock, weight_g)
    if not math.isnan(stock.concentration):
        raise AmountError("concentration", f"belongs to a volume (ml, ul or ml/kg), not to {unit!r}")
    if unit == "g/kg" and role != "anaesthetic":
        raise AmountError("unit", "is for anaesthetics alone; a µg/kg that has lost its µ looks the same: type ug/kg")
    factor, dose_unit = _FACTORS[unit]
    return Amount(typed, unit, typed * factor, dose_unit, "typed" if factor == 1 else f"typed, in {unit}")


def _from_volume(typed: float, unit: str, role: str, stock: Stock, weight_g: float) -> Amount:
    """Return the dose of a volume: by its concentration and the animal's weight."""
    volume_ml, weight_kg = typed * _VOLUMES_ML[unit], weight_g / 1000.0
    if unit != "ml/kg" and not (math.isnan(weight_g) or _LIGHTEST_G <= weight_g <= _HEAVIEST_G):
        raise AmountError("unit", f"an animal of {weight_g:g} g? weight_g is in grams")
    if math.isnan(stock.concentration):
        if role == "agonist":
            raise AmountError(
                "concentration",
                f"an agonist given as {unit} needs one, with concentration_unit, or a stock (--stock 'DRUG=50 ug/ml')",
            )
        if unit == "ml/kg":
            return Amount(typed, unit, typed, "ml/kg", "typed")
        if math.isnan(weight_kg):
            return Amount(typed, unit, derivation="volume only: no weight, so no ml/kg")
        return Amount(typed, unit, volume_ml / weight_kg, "ml/kg", f"{typed:g} {unit} / {weight_kg:g} kg")
    if stock.concentration < 0:
        raise AmountError("concentration", "cannot be negative")
    if not stock.unit:
        raise AmountError("concentration_unit", f"must be stated: one of {', '.join(_CONCENTRATIONS)}")
    factor, dose_unit = _CONCENTRATIONS[stock.unit]
    derivation = f"{typed:g} {unit} x {stock.concentration:g} {stock.unit}"
    mass = volume_ml * stock.concentration * factor
    if unit == "ml/kg":
        return Amount(typed, unit, mass, dose_unit, derivation)
    if math.isnan(weight_kg):
        raise AmountError(
            "unit", f"{unit} needs the animal's weight to become a dose per kg; state weight_g (--weight-g)"
        )
    return Amount(typed, unit, mass / weight_kg, dose_unit, f"{derivation} / {weight_kg:g} kg")
