"""Numbers with units in the text of a mark, and the one amount that they are, if they are one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ephys.io.dose_units import CONCENTRATION_UNITS, UNITS, VOLUMES
from ephys.io.schema import plain_word, two_readings

NUMBER = r"(?:[0-9]+(?:[.,][0-9]+)*\.?|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?"
_UNIT = (
    r"(?:microg|micrograms?|ng|ug|mcg|mg|g|pmol|nmol|umol|mmol|ml|ul|nl|cc|l|pA|nA|uA|mA|pM|nM|uM|mM|%|k?Hz|mV|um|"
    r"mm|cm|nm|msec|ms|sec|s|minutes|minute|mins|min|hours|hour|hr|h)(?:/[A-Za-z]+)*"
)
_QUANTITY = re.compile(rf"(?<![\w.,/*+^:<>~≈±×-])({NUMBER}) ?({_UNIT})(?![\w/])", re.IGNORECASE)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}((,[0-9]{3})+|(\.[0-9]{3})*\.[0-9]{2}0)")
"""``1,250``, and ``1.250`` where nobody writes the last zero of a decimal; ``15.625`` is a halved dose."""
_LITRES = {"nmol/l": "nM", "umol/l": "uM", "mmol/l": "mM", "microg/kg": "ug/kg", "microg/ml": "ug/ml"}
_MOLAR = re.compile(r"[nNuUm]M")
_TIMES = re.compile(r"(m?s|m?sec|min|h|hr|hours?|minutes?|mins)")
_ASIDE = re.compile(r"(%|k?hz|mv|um|mm|cm|nm)")
_LENGTHS = {"nm": "nM", "um": "uM"}
_MASSES = ("ng", "ug", "mg", "g", "mcg", "nmol", "umol")
_PIPETTE = ("nM", "uM", "mM")
PER_STEP = (*_PIPETTE, "nA")
"""Units that act for as long as they are on."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as typed and as read; the unit is empty where it is none of a dose."""

    typed: str
    value: float
    word: str
    unit: str

    @property
    def kind(self) -> str:
        """Say what it measures: dose, volume, concentration, aside (a depth, a duration, a percentage) or unknown."""
        if self.unit in VOLUMES:
            return "volume"
        if self.unit in CONCENTRATION_UNITS.values():
            return "concentration"
        if self.unit:
            return "dose"
        return "aside" if _TIMES.fullmatch(self.word) or _ASIDE.fullmatch(self.word) else "unknown"


@dataclass(frozen=True, slots=True)
class Given:
    """The amount of a mark, with what was taken for granted and what must be asked."""

    amount: float = math.nan
    unit: str = ""
    concentration: float = math.nan
    concentration_unit: str = ""
    taken: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def split_quantities(text: str) -> tuple[tuple[Quantity, ...], str]:
    """Numbers with units, and the text without them.

    >>> split_quantities("WAY 0.1 mg/kg sc")
    ((Quantity(typed='0.1 mg/kg', value=0.1, word='mg/kg', unit='mg/kg'),), 'WAY   sc')
    >>> split_quantities("2x10 ug/kg")[0]
    ()
    """
    found = tuple(
        Quantity(match[0], read_number(match[1]), plain_word(match[2]), read_unit(match[2]))
        for match in _QUANTITY.finditer(text)
    )
    return found, _QUANTITY.sub(" ", text)


def read_number(text: str) -> float:
    """Return a number, its decimals behind a point or a comma; NaN where it can be read two ways.

    >>> read_number("0,02"), read_number("15.625"), read_number("1,000"), read_number("1.000"), read_number("1.000,5")
    (0.02, 15.625, nan, nan, nan)
    """
    if _THOUSANDS.fullmatch(text):
        return math.nan
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def read_unit(word: str) -> str:
    """Return a unit in its plain spelling; empty where it is none of a dose. Molar units need their capital M.

    >>> read_unit("MCG/KG"), read_unit("umol/l"), read_unit("nM"), read_unit("nm"), read_unit("mg")
    ('ug/kg', 'uM', 'nM', '', '')
    """
    plain = plain_word(word)
    plain = _LITRES.get(plain, plain)
    if plain in ("nm", "um", "mm"):
        return f"{word[0].lower()}M" if _MOLAR.fullmatch(word) else ""
    return UNITS.get(plain.lower()) or CONCENTRATION_UNITS.get(plain) or ""


def given(quantities: Sequence[Quantity], *, drug: bool) -> Given:
    """Return the one amount that quantities are.

    A dose may have its volume beside it, a volume its concentration, a current the concentration in the pipette.

    Parameters
    ----------
    quantities : sequence of Quantity
        As `split_quantities` finds them.
    drug : bool
        Whether the text names a drug: without one, a length is a depth.
    """
    odd = tuple(doubt for q in quantities for doubt in _odd(q, drug))
    aside = tuple(f"{q.typed!r} is left aside" for q in quantities if q.kind == "aside" and not _odd(q, drug))
    kinds = {kind: [q for q in quantities if q.kind == kind] for kind in ("dose", "volume", "concentration")}
    doses, volumes, concentrations = kinds.values()
    currents = [q for q in doses if q.unit == "nA"]
    if len(currents) == 1 and all(q.unit in PER_STEP for q in doses):
        aside += tuple(f"{q.typed!r} is taken as the pipette's" for q in doses if q.unit in _PIPETTE)
        doses = currents
    if len(doses) == 1 and len(volumes) <= 1 and not concentrations and (doses[0].unit.endswith("/kg") or not volumes):
        aside += tuple(f"the volume {q.typed!r} is left aside, the dose being stated" for q in volumes)
        return Given(doses[0].value, doses[0].unit, taken=aside, doubts=odd)
    if not doses and len(volumes) == 1 and len(concentrations) <= 1:
        stock = concentrations[0] if concentrations else Quantity("", math.nan, "", "")
        return Given(volumes[0].value, volumes[0].unit, stock.value, stock.unit, aside, odd)
    if doses or volumes or concentrations:
        named = " and ".join(repr(q.typed) for q in (*doses, *volumes, *concentrations))
        what = "does not say how much was given" if len(kinds["concentration"]) and not doses else "is not one amount"
        return Given(taken=aside, doubts=(*odd, f"{named} {what}"))
    return Given(taken=aside, doubts=odd)


def _odd(quantity: Quantity, drug: bool) -> tuple[str, ...]:
    """Say what is wrong with a quantity by itself."""
    number, unit, typed = quantity.value, quantity.word, quantity.typed
    if math.isnan(number) and quantity.kind != "aside":
        digits = re.match(NUMBER, typed)
        readings = two_readings(digits[0]) if digits and _THOUSANDS.fullmatch(digits[0]) else ()
        cure = " or ".join(readings) or "one decimal point, and nothing between the thousands"
        return (f"the number of {typed!r} can be read two ways; write {cure}",)
    if quantity.kind == "unknown":
        if unit in _MASSES:
            return (f"{typed!r} is not per kg; write {unit}/kg if that is meant",)
        return (f"{typed!r} is in no unit of a dose that is read",)
    if drug and unit in _LENGTHS and not quantity.unit:
        return (f"{typed!r} is a length; write {_LENGTHS[unit]} if a concentration is meant",)
    return ()
