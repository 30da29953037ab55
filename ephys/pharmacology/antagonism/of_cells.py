"""Cells that are analysed, as a shift takes them: whose they are, and what they must have in common."""

from __future__ import annotations

from collections.abc import Sequence

from ephys.errors import ParameterError
from ephys.pharmacology.responses import DoseResponse


def called(response: DoseResponse) -> str:
    """Animal and unit, for messages.

    Parameters
    ----------
    response : DoseResponse
    """
    return f"{response.subject.animal}, unit {response.unit_id}"


def check_common(responses: Sequence[DoseResponse], names: Sequence[str], what: str) -> None:
    """Refuse cells that make no shift: of unknown animals, or that differ in what they must have in common.

    Parameters
    ----------
    responses : sequence of DoseResponse
    names : sequence of str
        Attributes that all have the same value of.
    what : str
        What they are, as "fits of one dose ratio", for messages.

    Raises
    ------
    ParameterError
        With the unit, or with the different values.
    """
    for one in responses:
        if not one.subject.animal:
            raise ParameterError(f"unit {one.unit_id} has no animal, and n is animals: give dose_response its subject")
    for name in names:
        values = list(dict.fromkeys(getattr(one, name) for one in responses))
        if len(values) > 1:
            raise ParameterError(f"{what} have one {name.replace('_', ' ')}, got {' and '.join(map(repr, values))}")
