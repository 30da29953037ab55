"""Units that quantities lacks: microgram, nanogram, nanomole, nanomolar, nanoampere; and doses as quantities.

>>> import quantities as pq
>>> dose_of(20 * ug / pq.kg)
(20.0, 'ug/kg')
"""

from __future__ import annotations

from typing import Any

import quantities as pq

from ephys.errors import ParameterError

ng = pq.UnitQuantity("nanogram", pq.g * 1e-9, symbol="ng")
ug = pq.UnitQuantity("microgram", pq.g * 1e-6, symbol="ug")
nmol = pq.UnitQuantity("nanomole", pq.mol * 1e-9, symbol="nmol")
umol = pq.UnitQuantity("micromole", pq.mol * 1e-6, symbol="umol")
nM = pq.UnitQuantity("nanomolar", nmol / pq.L, symbol="nM")
uM = pq.UnitQuantity("micromolar", umol / pq.L, symbol="uM")
nA = pq.UnitQuantity("nanoampere", pq.A * 1e-9, symbol="nA")

_DOSE_UNITS = {"ug/kg": ug / pq.kg, "nmol/kg": nmol / pq.kg, "nM": nM, "nA": nA, "ml/kg": pq.mL / pq.kg}


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
        ratio = "/" in name  # of masses, say, which has no dimension: a pure number, % or rad must not pass for one
        alike = quantity.dimensionality.simplified == unit.dimensionality.simplified
        if alike and (len(quantity.dimensionality) > 1 or not ratio):
            value = float(quantity.rescale(unit).magnitude)
            return float(f"{value:.12g}"), name
    raise ParameterError(f"a dose must be one of {', '.join(_DOSE_UNITS)}, got {quantity}")


def dose_quantity(dose: float, dose_unit: str) -> Any:
    """Dose of an `Administration` as a quantity.

    >>> dose_of(dose_quantity(125.0, "ug/kg"))
    (125.0, 'ug/kg')
    """
    if dose_unit not in _DOSE_UNITS:
        raise ParameterError(f"dose_unit must be one of {', '.join(_DOSE_UNITS)}, got {dose_unit!r}")
    return dose * _DOSE_UNITS[dose_unit]
