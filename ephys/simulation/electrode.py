"""Where the contacts are, how a cell's spike looks from each of them, and how much of their noise they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown

FloatArray = NDArray[np.float64]
Place = tuple[float, float, float]

TETRODE_PITCH_UM = 25.0
"""Distance of neighbouring wires of a twisted tetrode (convention: 12 to 25 µm wires)."""

LINEAR_PITCH_UM = 50.0
"""Distance of neighbouring contacts of a linear probe (convention)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Electrode(Shown):
    """Contacts that hear the same cells.

    Parameters
    ----------
    contacts_um : tuple of (x, y, z)
        Place of each contact.
    reach_um : float
        Distance at which a spike has half the size that it has at the cell (convention).
    shared_noise : float
        Share of the noise variance that is the same on all contacts (convention).

    Raises
    ------
    ParameterError
        If there is no contact, or a number is out of range.

    Examples
    --------
    >>> tetrode().n_contacts
    4
    >>> tetrode().gains((25.0, 0.0, 20.0)).round(2)
    array([0.68, 1.  , 0.51, 0.68])
    """

    contacts_um: tuple[Place, ...] = ((0.0, 0.0, 0.0),)
    reach_um: float = 30.0
    shared_noise: float = 0.3

    def __post_init__(self) -> None:
        if not self.contacts_um:
            raise ParameterError("an electrode needs at least one contact")
        if not self.reach_um > 0:
            raise ParameterError(f"reach_um of an electrode must be positive, got {self.reach_um}")
        if not 0.0 <= self.shared_noise <= 1.0:
            raise ParameterError(f"shared_noise must lie between 0 and 1, got {self.shared_noise}")

    @property
    def n_contacts(self) -> int:
        """Number of contacts."""
        return len(self.contacts_um)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the channels."""
        return ("wire",) if self.n_contacts == 1 else tuple(f"wire{i}" for i in range(1, self.n_contacts + 1))

    def gains(self, place_um: Place) -> FloatArray:
        """Size of a spike on each contact as a share of that on the contact which sees it best."""
        apart_um = np.linalg.norm(np.asarray(self.contacts_um) - np.asarray(place_um), axis=1)
        sizes: FloatArray = 1.0 / (1.0 + (apart_um / self.reach_um) ** 2)
        sizes /= sizes.max()
        return sizes


def tetrode(pitch_um: float = TETRODE_PITCH_UM) -> Electrode:
    """Four wires in a square, the first at the origin.

    >>> tetrode(20.0).contacts_um[3]
    (20.0, 20.0, 0.0)
    """
    return Electrode(contacts_um=tuple((x, y, 0.0) for y in (0.0, pitch_um) for x in (0.0, pitch_um)))


def linear_probe(n_contacts: int, pitch_um: float = LINEAR_PITCH_UM) -> Electrode:
    """Contacts in a row; two of them make a stereotrode.

    >>> linear_probe(8).n_contacts
    8
    """
    return Electrode(contacts_um=tuple((0.0, i * pitch_um, 0.0) for i in range(n_contacts)))
