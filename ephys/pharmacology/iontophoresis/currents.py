"""Which administrations are ejections; and that an absolute current is compared with no other electrode's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
    if not found:
        raise ParameterError("nothing was ejected. An ejection has a current in nA, a start and a stop")
    if drug is not None:
        ejected_name(drug, names)
    return [
        (number, given)
        for number, given in found
        if drug is None or is_control(given) or plain_name(given.drug) == plain_name(drug)
    ]


def plain_name(drug: str) -> str:
    """A drug's name without what typing changes: case, and blanks around it.

    >>> plain_name(" 5-HT") == plain_name("5-ht")
    True
    """
    return drug.strip().casefold()


def ejected_name(drug: str, names: Sequence[str]) -> str:
    """What the table calls a drug.

    Parameters
    ----------
    drug : str
        As asked for.
    names : sequence of str
        Drugs that were ejected.

    Raises
    ------
    ParameterError
        If none of them is it.

    Examples
    --------
    >>> ejected_name("5-HT", ["ipsapirone", "5-ht"])
    '5-ht'
    """
    for name in names:
        if plain_name(name) == plain_name(drug):
            return name
    raise ParameterError(
        f"{drug!r} was not ejected; {', '.join(names) or 'no drug'} was. An ejection has a current in nA, a start and "
        "a stop"
    )


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
