"""What is true of a simulated cell, to be laid beside what an analysis finds."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ephys.jupyter import Shown
from ephys.model import Epoch, Session, Unit
from ephys.simulation.activity import Activity
from ephys.simulation.cells import CellType, TrueFate
from ephys.simulation.rhythms import Beats

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CellTruth(Shown):
    """What is true of one cell. The ID50 is invented and says nothing of any drug.

    Parameters
    ----------
    session, unit, animal : str
        Which cell.
    cell_type, fate : str
        What it is, and what became of it.
    drug : str
        Agonist of the session.
    id50, hill : float
        Cumulative dose, or concentration, at half of the largest effect, and slope; NaN where the drug does nothing.
    id50_unit : str
        Unit of the ID50.
    emax_percent : float
        Largest inhibition.
    lost_at_s : float, optional
        When its amplitude met the detection threshold; ``None`` if it did not.
    true_unit : Unit
        Every spike that it fired, also those too small to see: its amplitudes are those of the sorting band, without
        noise, beside the threshold.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> unit = Unit.from_times([1.0, 2.0], support=Epoch(0.0, 10.0))
    >>> truth = CellTruth("s1", "1", "rat01", "serotonergic", "held", "d", 80.0, "ug/kg", 1.8, 100.0, None, unit)
    >>> truth.times_s, truth.as_row()["id50"]
    (array([1., 2.]), 80.0)
    """

    session: str
    unit: str
    animal: str
    cell_type: CellType
    fate: TrueFate
    drug: str
    id50: float
    id50_unit: str
    hill: float
    emax_percent: float
    lost_at_s: float | None
    true_unit: Unit

    @property
    def times_s(self) -> FloatArray:
        """When it fired."""
        return self.true_unit.times_s

    def as_row(self) -> dict[str, str | float | None]:
        """Columns of ``truth.csv``, in order; the spikes are left out."""
        return {column.name: getattr(self, column.name) for column in fields(self) if column.name != "true_unit"}


@dataclass(frozen=True, eq=False)
class SimulatedSession(Shown):
    """A session, and the truth about its cells.

    Parameters
    ----------
    session : Session
        As `read_session` would give it; it knows nothing of the truth.
    truth : tuple of CellTruth
        One for each cell that was simulated.
    artefacts : tuple of Epoch
        What pops and injections spoiled, labelled so.
    beats : tuple of Beats
        When each cycle of each rhythm began.
    """

    session: Session
    truth: tuple[CellTruth, ...]
    artefacts: tuple[Epoch, ...] = ()
    beats: tuple[Beats, ...] = ()

    @property
    def true_units(self) -> tuple[Unit, ...]:
        """Every spike that each cell fired."""
        return tuple(cell.true_unit for cell in self.truth)


def cell_truth(
    activity: Activity, true_unit: Unit, *, session: str, animal: str, drug: str, unit: str = "ug/kg"
) -> CellTruth:
    """Truth about one cell of a session."""
    cell = activity.cell
    sensitive = cell.emax_percent > 0
    return CellTruth(
        session=session,
        unit=cell.name,
        animal=animal,
        cell_type=cell.cell_type,
        fate=cell.fate,
        drug=drug,
        id50=cell.id50 if sensitive else math.nan,
        id50_unit=unit,
        hill=cell.hill if sensitive else math.nan,
        emax_percent=cell.emax_percent,
        lost_at_s=cell.lost_at_s,
        true_unit=true_unit,
    )
