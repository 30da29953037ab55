"""When a solution is at the cell: so long after its tap was turned as the bath's tubing holds it back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.model import Administration, DoseProtocol


@dataclass(frozen=True, slots=True)
class Bath:
    """A bath with its dead time.

    Parameters
    ----------
    protocol : DoseProtocol
        What was given; times are those at which the tap was turned.
    delay_s : float
        From the tap to the cell.

    Examples
    --------
    >>> from ephys.model import Epoch, Support
    >>> given = (Administration("5-ct", 200.0, 500.0, dose=10.0, dose_unit="nM", route="bath"),)
    >>> bath = Bath(DoseProtocol(given, Support.of(Epoch(0.0, 900.0))), 40.0)
    >>> bath.arrives_s(given[0]), bath.leaves_s(given[0])
    (240.0, 540.0)
    """

    protocol: DoseProtocol
    delay_s: float

    def holds(self, given: Administration) -> bool:
        """Whether it ran through the bath; so does a wash or a vehicle of a slice whose route is not stated."""
        if given.is_superfused:
            return True
        silent = not (given.route or given.barrel or given.dose_unit) and given.role != "anaesthetic"
        return silent and any(one.is_superfused for one in self.protocol.administrations)

    def arrives_s(self, given: Administration) -> float:
        """From when on it acts."""
        return given.start_s + (self.delay_s if self.holds(given) else 0.0)

    def next_s(self, given: Administration) -> float:
        """When the next administration of any role but anaesthetic acts; infinite where there is none."""
        return min(map(self.arrives_s, self._later(given)), default=math.inf)

    def leaves_s(self, given: Administration) -> float:
        """When the next solution takes its place: its own end, or the start of the next; infinite where neither is."""
        stop_s = math.inf if given.stop_s is None else given.stop_s + self.delay_s
        return min([stop_s, *(self.arrives_s(one) for one in self._later(given) if self.holds(one))])

    def _later(self, given: Administration) -> list[Administration]:
        """What was given afterwards, anaesthetic apart."""
        return [a for a in self.protocol.administrations if a.start_s > given.start_s and a.role != "anaesthetic"]
