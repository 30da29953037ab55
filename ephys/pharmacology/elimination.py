"""What is left of a cumulative dose, and whether the series was long enough for that to matter."""

from __future__ import annotations

import math

from ephys.model import DoseProtocol
from ephys.model.protocol import PER_STEP_UNITS
from ephys.pharmacology.compounds import find_compound
from ephys.pharmacology.readout import LASTING

_LONG = 0.5
"""A series that lasts longer than this share of a half-life is also fitted on what is left (convention)."""
_LONG_UNKNOWN_S = 1800.0
"""A series that lasts longer says so where the half-life is unknown (convention)."""


def decayed_dose(protocol: DoseProtocol, drug: str, at_s: float) -> float:
    """What is left at a time of everything given until then, each dose decaying from its injection.

    Parameters
    ----------
    protocol : DoseProtocol
    drug : str
    at_s : float

    Returns
    -------
    float
        In the unit of the doses; NaN where the half-life is unknown, or the drug is applied to the tissue itself.

    Examples
    --------
    >>> from ephys.model import Administration, Epoch, Support
    >>> given = (Administration("ipsapirone", 0.0, dose=80.0, dose_unit="ug/kg", route="i.v."),)
    >>> protocol = DoseProtocol(given, Support.of(Epoch(-100.0, 9000.0)))
    >>> decayed_dose(protocol, "ipsapirone", 6000.0)   # its half-life is 100 min
    40.0
    """
    half_life_s = _half_life_s(protocol, drug)
    earlier = [step for step in protocol.doses(drug) if step.administration.start_s <= at_s]
    return math.fsum(step.increment * 0.5 ** ((at_s - step.administration.start_s) / half_life_s) for step in earlier)


def elimination_text(protocol: DoseProtocol, drug: str, last_s: float) -> str:
    """Say that a series outlasts half a half-life, with the source, or that nobody knows; empty where it is short."""
    half_life_s = _half_life_s(protocol, drug)
    lasted_s = last_s - protocol.doses(drug)[0].administration.start_s
    series = f"the series lasts {lasted_s / 60:.0f} min"
    compound = find_compound(drug)
    if math.isnan(half_life_s):
        stays = _is_local(protocol, drug)
        return "" if stays or lasted_s < _LONG_UNKNOWN_S else f"{series}, and no half-life of {drug} is in the table"
    if compound is None or not lasted_s > _LONG * half_life_s:
        return ""
    known = f"{compound.half_life_min:g} min, {compound.half_life_species} {compound.half_life_route}"
    return f"{series}, its half-life is {known} ({compound.half_life_source})"


def _is_local(protocol: DoseProtocol, drug: str) -> bool:
    """Whether the drug is applied to the tissue itself, so that nothing of it is in the circulation."""
    given = [step.administration for step in protocol.doses(drug)]
    return any(one.route in LASTING or one.dose_unit in PER_STEP_UNITS for one in given)


def _half_life_s(protocol: DoseProtocol, drug: str) -> float:
    """Half-life in seconds; NaN where it is unknown, or nothing of the dose is in the circulation."""
    compound = find_compound(drug)
    if compound is None or _is_local(protocol, drug):
        return math.nan
    return 60.0 * compound.half_life_min
