"""Units that quantities lacks: microgram, nanogram, nanomole, nanomolar, nanoampere; and doses as quantities.

>>> import quantities as pq
>>> dose_of(20 * ug / pq.kg)
(20.0, 'ug/kg')
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import quantities as pq
from numpy.typing import ArrayLike

from ephys.errors import ParameterError
from ephys.model import Administration
from ephys.model.protocol import DoseKind, Role
from ephys.pharmacology import Compound, convert_dose, find_compound, find_form

ng = pq.UnitQuantity("nanogram", pq.g * 1e-9, symbol="ng")
ug = pq.UnitQuantity("microgram", pq.g * 1e-6, symbol="ug")
nmol = pq.UnitQuantity("nanomole", pq.mol * 1e-9, symbol="nmol")
umol = pq.UnitQuantity("micromole", pq.mol * 1e-6, symbol="umol")
nM = pq.UnitQuantity("nanomolar", nmol / pq.L, symbol="nM")
uM = pq.UnitQuantity("micromolar", umol / pq.L, symbol="uM")
nA = pq.UnitQuantity("nanoampere", pq.A * 1e-9, symbol="nA")

_DOSE_UNITS = {"ug/kg": ug / pq.kg, "nmol/kg": nmol / pq.kg, "nM": nM, "nA": nA, "ml/kg": pq.mL / pq.kg}
_CONVERTED = {"ug/kg": ug / pq.kg, "nmol/kg": nmol / pq.kg, "ug/ml": ug / pq.mL, "nM": nM}


def dose_of(quantity: Any) -> tuple[float, str]:
    """Return a dose, given as a quantity, in the unit in which ephys holds it.

    Parameters
    ----------
    quantity : quantities.Quantity
        Mass or amount per body weight, a concentration, a current, or a volume per weight.

    Returns
    -------
    (float, str)
        `dose` and `dose_unit` of an `Administration`.

    Raises
    ------
    ParameterError
        If it is none of these.
    """
    for name, unit in _DOSE_UNITS.items():
        if _alike(quantity, unit, name):
            return _number(quantity, unit), name
    raise ParameterError(f"a dose must be one of {', '.join(_DOSE_UNITS)}, got {quantity}")


def dose_in(quantity: Any, dose_unit: str) -> float:
    """Return a dose, given as a quantity, as a number in one unit: that of a fit, say.

    Raises
    ------
    ParameterError
        If it is of another kind; a weight becomes an amount by `convert` alone.

    Examples
    --------
    >>> dose_in(0.02 * pq.mg / pq.kg, "ug/kg")
    20.0
    """
    unit = _unit(dose_unit)
    if not _alike(quantity, unit, dose_unit):
        raise ParameterError(f"a dose in {dose_unit} is asked for, got {quantity}; ephys.units.convert knows compounds")
    return _number(quantity, unit)


def dose_quantity(dose: ArrayLike, dose_unit: str) -> Any:
    """Doses as a quantity: of an `Administration`, or an ID50 with its interval.

    Parameters
    ----------
    dose : float or array
        Number or numbers.
    dose_unit : str
        As ephys writes it: `Administration.dose_unit`, `DoseResponse.unit`.

    Examples
    --------
    >>> dose_of(dose_quantity(125.0, "ug/kg"))
    (125.0, 'ug/kg')
    >>> dose_quantity([118.0, 96.0, 146.0], "ug/kg").rescale(pq.mg / pq.kg)
    array([0.118, 0.096, 0.146]) * mg/kg
    """
    return np.asarray(dose, dtype=np.float64) * _unit(dose_unit)


def administration(
    drug: str,
    start_s: float,
    *,
    dose: Any,
    stop_s: float | None = None,
    dose_kind: DoseKind = "increment",
    form: str = "",
    route: str = "",
    role: Role | None = None,
    barrel: str = "",
    source: str = "",
    retention_na: float = math.nan,
) -> Administration:
    """Administration whose dose is a quantity.

    Parameters
    ----------
    drug : str
        Name of the compound, an alias or an abbreviation, a salt behind it.
    start_s, stop_s : float
        When it was given, on the session's clock; without a stop, a bolus.
    dose : quantities.Quantity
        As typed; it is held in µg/kg, nmol/kg, nM, nA or ml/kg.
    dose_kind, form, route, barrel, source, retention_na
        As for `Administration`.
    role : str, optional
        By default that of the compound in the table, and agonist for one that is not in it.

    Raises
    ------
    ParameterError
        If the dose is none, or an `Administration` cannot be so.

    Examples
    --------
    >>> given = administration("Ipsa HCl", 300.0, dose=20 * ug / pq.kg, route="i.v.")
    >>> given.drug, given.form, given.dose_unit
    ('ipsapirone', 'hydrochloride', 'ug/kg')
    """
    held, dose_unit = dose_of(dose)
    if not np.isfinite(held):
        raise ParameterError(f"{drug}: a dose must be a finite number, got {dose}")
    known = find_compound(drug)
    typed = str(dose.dimensionality)
    return Administration(
        known.name if known else drug.strip().lower(), start_s, stop_s, amount=float(dose.magnitude), unit=typed,
        dose=held, dose_unit=dose_unit, derivation="typed" if typed == dose_unit else f"typed, in {typed}",
        dose_kind=dose_kind, form=form or find_form(drug), route=route,
        role=role or (known.role if known else "agonist"), barrel=barrel, source=source,
        retention_na=retention_na,
    )  # fmt: skip


def convert(quantity: Any, to: Any, *, compound: Compound | str, form: str, to_form: str = "base") -> Any:
    """Convert a dose or a concentration between weight and amount, and between base and salts, as quantities.

    Parameters
    ----------
    quantity : quantities.Quantity
        Mass or amount, per body weight or in a volume.
    to : quantities.Quantity
        Unit of the answer: ``ephys.units.nmol / pq.kg``.
    compound, form, to_form
        As for `ephys.pharmacology.convert_dose`.

    Raises
    ------
    ParameterError
        For an unknown compound or form, or a unit of another kind.

    Examples
    --------
    >>> convert(100 * ug / pq.kg, nmol / pq.kg, compound="ipsapirone", form="hydrochloride").round(1)
    array(228.3) * nmol/kg
    """
    number, unit = _as_converted(quantity)
    one, to_unit = _as_converted(1.0 * to)
    answer = convert_dose(number, unit, to=to_unit, compound=compound, form=form, to_form=to_form)
    return answer / one * (1.0 * to).units


def _as_converted(quantity: Any) -> tuple[float, str]:
    """Number and unit of a quantity, in the units that are converted between."""
    for name, unit in _CONVERTED.items():
        if _alike(quantity, unit, name):
            return _number(quantity, unit), name
    raise ParameterError(f"what is converted must be one of {', '.join(_CONVERTED)}, got {quantity}")


def _unit(dose_unit: str) -> Any:
    """Return the unit of a name."""
    if dose_unit not in _DOSE_UNITS:
        raise ParameterError(f"dose_unit must be one of {', '.join(_DOSE_UNITS)}, got {dose_unit!r}")
    return _DOSE_UNITS[dose_unit]


def _alike(quantity: Any, unit: Any, name: str) -> bool:
    """Whether a quantity can be stated in a unit; raise for a plain number."""
    if not hasattr(quantity, "dimensionality"):
        raise ParameterError(
            f"a quantity, a number with its unit, is asked for, got {quantity!r}; write {quantity} * ephys.units.ug / "
            "quantities.kg, say"
        )
    ratio = "/" in name  # of masses, say, which has no dimension: a pure number, % or rad must not pass for one
    alike = quantity.dimensionality.simplified == unit.dimensionality.simplified
    return bool(alike and (len(quantity.dimensionality) > 1 or not ratio))


def _number(quantity: Any, unit: Any) -> float:
    """Number of a quantity in a unit, without the rounding of the conversion."""
    return float(f"{float(quantity.rescale(unit).magnitude):.12g}")
