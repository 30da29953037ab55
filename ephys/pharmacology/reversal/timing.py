"""From when a recovery is timed, and until when it is watched."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ephys.model import DoseProtocol
from ephys.model.protocol import Role

Origin = Literal["dose", "end", "running", "wash"]
ENDING: tuple[Role, ...] = ("agonist", "antagonist", "challenge", "other", "wash")
"""Roles that end what is watched: vehicles and anaesthetics do not."""


@dataclass(frozen=True, slots=True)
class Start:
    """From when a recovery is timed.

    Parameters
    ----------
    at_s : float
    origin : {"dose", "end", "running", "wash"}
        The last dose; the end of one that lasted; the beginning of one that lasts still; the wash after it. Only
        recoveries of one kind are compared.
    dose : float
        Cumulative dose by then.
    """

    at_s: float
    origin: Origin
    dose: float


def find_start(protocol: DoseProtocol, drug: str, *, before_s: float) -> Start | None:
    """Find the last dose before a time, and what ended it; ``None`` where there was no dose.

    >>> from ephys.model import Administration, Epoch, Support
    >>> given = (Administration("ipsapirone", 100.0, dose=50.0, dose_unit="ug/kg"),
    ...          Administration("", 400.0, role="wash"))
    >>> protocol = DoseProtocol(given, Support.of(Epoch(0.0, 900.0)))
    >>> find_start(protocol, "ipsapirone", before_s=300.0), find_start(protocol, "ipsapirone", before_s=600.0)
    (Start(at_s=100.0, origin='dose', dose=50.0), Start(at_s=400.0, origin='wash', dose=50.0))
    """
    doses = [dose for dose in protocol.doses(drug) if dose.administration.start_s < before_s]
    if not doses:
        return None
    last, total = doses[-1].administration, doses[-1].cumulative
    washes = [a.start_s for a in protocol.administrations if a.role == "wash" and last.start_s < a.start_s < before_s]
    if washes:
        return Start(washes[0], "wash", total)
    if last.stop_s is None:
        return Start(last.start_s, "dose", total)
    ended = last.stop_s <= before_s
    return Start(last.stop_s if ended else last.start_s, "end" if ended else "running", total)


def next_ending_s(protocol: DoseProtocol, after_s: float) -> float:
    """When something is given next that ends what is watched, or the recording ends."""
    later = [a.start_s for a in protocol.administrations if a.start_s > after_s and a.role in ENDING]
    return min([*later, protocol.recorded.stop_s], default=math.inf)
