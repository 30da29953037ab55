"""Which administrations are ejections; and that an absolute current is compared with no other electrode's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol

CURRENT_UNIT = "nA"
THIS_ELECTRODE = "I50, this electrode"
"""What half inhibition in nA is called: it holds for this pipette, at this place, alone."""


def refuse_currents(dose_units: Iterable[str]) -> None:
    """Check that no dose that is to be pooled or compared between cells is an ejecting current.

    Raises
    ------
    ParameterError
        If one is.

    Examples
    --------
    >>> refuse_currents(["ug/kg", "nM"])
    """
    if CURRENT_UNIT in dose_units:
        raise ParameterError(
            "doses are ejecting currents (nA), and nA of two electrodes cannot be compared: how much a current ejects "
            "differs from pipette to pipette, and how much arrives with the distance to the cell. compare_ejections "
            "compares groups through ratios within each electrode; a curve in nA holds for its own electrode "
            "(measure_ejections)"
        )


def is_ejection(given: Administration) -> bool:
    """Whether something was given by a current, whatever else is stated.

    >>> is_ejection(Administration("5-ht", 1.0, 51.0, dose=10.0, dose_unit="nA"))
    True
    """
    return CURRENT_UNIT in (given.dose_unit, given.unit) or given.route == "iontophoresis"


def is_control(given: Administration) -> bool:
    """Whether an ejection is of current without a drug."""
    return given.role == "vehicle"


def ejections_of(protocol: DoseProtocol, drug: str | None) -> list[tuple[int, Administration]]:
    """Ejections of a drug, or of all, and the control ejections, each with its number in the protocol.

    Raises
    ------
    ParameterError
        If there is none, one has no current or no stop, or two overlap.
    """
    found = [(number, given) for number, given in enumerate(protocol.administrations) if is_ejection(given)]
    for _, given in found:
        _check(given)
    for (_, one), (_, other) in pairwise(found):
        if other.start_s < one.end_s:
            raise ParameterError(
                f"ejections overlap: {named(one)} and {named(other)}; what either did cannot be told. Correct their "
                "times, or leave one out of the record"
            )
    names = list(dict.fromkeys(given.drug for _, given in found if not is_control(given)))
    if not found or (drug is not None and drug not in names):
        asked = "nothing was ejected" if not found else f"{drug!r} was not ejected; {', '.join(names) or 'no drug'} was"
        raise ParameterError(f"{asked}. An ejection has a current in nA, a start and a stop")
    return [(number, given) for number, given in found if drug is None or given.drug == drug or is_control(given)]


def named(given: Administration) -> str:
    """An ejection as it is called in a message: what, how much, from when to when, and where it is written."""
    current = "" if math.isnan(given.dose) else f" {given.dose:g} {given.dose_unit}"
    barrel = f" from barrel {given.barrel}" if given.barrel else ""
    stop = "" if given.stop_s is None else f" to {given.stop_s:g}"
    source = f" ({given.source})" if given.source else ""
    return f"{given.drug}{current}{barrel}, {given.start_s:g}{stop} s{source}"


def _check(given: Administration) -> None:
    """Raise unless an ejection has a current and an end."""
    if given.dose_unit != CURRENT_UNIT or not given.dose > 0:
        raise ParameterError(
            f"{named(given)}: an ejection without a current; state its amount in nA, above 0 (a current of the other "
            "sign is written without it)"
        )
    if given.stop_s is None:
        raise ParameterError(
            f"{named(given)}: an ejection without a stop; state when its current was switched off (stop_s)"
        )
