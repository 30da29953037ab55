"""A simulated cohort: two drugs, two groups, cells nested in animals, and every fate that a cell can have."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import numpy as np

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Subject
from ephys.simulation.cells import INVENTED_ID50_UG_KG, CellSpec, TrueFate
from ephys.simulation.schedule import IPSAPIRONE_UG_KG, LESOPITRON_UG_KG, DoseSchedule
from ephys.simulation.sessions import STARTED_AT, simulate_session
from ephys.simulation.truth import SimulatedSession

Group = Literal["control", "chronic"]
Beside = Literal["serotonergic", "fast", "slow_irregular"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSettings(Shown):
    """How a cohort varies. All are inventions of the simulator; none is a finding.

    Parameters
    ----------
    animals_per_arm : int
        Animals in each group of each drug.
    id50_ug_kg : float
        Median ID50 of the control group, the same for both drugs.
    chronic_shift : float
        Times by which the chronic group's median lies to the right.
    animal_sd, cell_sd : float
        SD of ln ID50 between animals, and between the cells of one.

    Raises
    ------
    ParameterError
        If a value is not positive, or an SD is negative.
    """

    animals_per_arm: int = 5
    id50_ug_kg: float = INVENTED_ID50_UG_KG
    chronic_shift: float = 3.0
    animal_sd: float = 0.25
    cell_sd: float = 0.15

    def __post_init__(self) -> None:
        if not (self.animals_per_arm > 0 and self.id50_ug_kg > 0 and self.chronic_shift > 0):
            raise ParameterError(
                "animals_per_arm, id50_ug_kg and chronic_shift must be positive, "
                f"got {self.animals_per_arm}, {self.id50_ug_kg} and {self.chronic_shift}"
            )
        if self.animal_sd < 0 or self.cell_sd < 0:
            raise ParameterError(f"an SD cannot be negative, got {self.animal_sd} and {self.cell_sd}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One group of one drug: what becomes of the animals' first cells, and what else was recorded.

    Parameters
    ----------
    drug, group : str
        Which arm.
    cumulative_ug_kg : tuple of float
        The drug's doses.
    fates : tuple of str
        Of the first cell of each animal; animals beyond them hold theirs.
    beside : str
        Type of the second cell that the first animal's wire holds at the same time.
    second_session : bool
        Whether the last animal gives another cell after the drug: its effect is not the drug's alone.
    """

    drug: str
    group: Group
    cumulative_ug_kg: tuple[float, ...]
    fates: tuple[TrueFate, ...]
    beside: Beside
    second_session: bool = False


ARMS = (
    Arm(
        drug="ipsapirone", group="control", cumulative_ug_kg=IPSAPIRONE_UG_KG,
        fates=("held", "undetermined", "unstable"), beside="serotonergic", second_session=True,
    ),
    Arm(
        drug="ipsapirone", group="chronic", cumulative_ug_kg=IPSAPIRONE_UG_KG, fates=("held", "lost"), beside="fast",
    ),
    Arm(
        drug="lesopitron", group="control", cumulative_ug_kg=LESOPITRON_UG_KG,
        fates=("held", "lost", "undetermined"), beside="slow_irregular",
    ),
    Arm(
        drug="lesopitron", group="chronic", cumulative_ug_kg=LESOPITRON_UG_KG,
        fates=("held", "unstable"), beside="serotonergic", second_session=True,
    ),
)  # fmt: skip


def simulate_cohort(seed: int = 0, *, settings: CohortSettings | None = None) -> list[SimulatedSession]:
    """Simulate the sorted cells of a cohort: ipsapirone and lesopitron, control and chronic animals.

    Some sessions hold two cells at once; some animals give a second session after the drug; some cells are lost,
    unstable, or silent to the end without proof of either.

    Parameters
    ----------
    seed : int, optional
        One seed, one cohort.
    settings : CohortSettings, optional
        How it varies.

    Returns
    -------
    list of SimulatedSession
        In order of the animals; units without voltage.

    Examples
    --------
    >>> cohort = simulate_cohort(0)
    >>> len(cohort), sum(len(simulated.truth) for simulated in cohort)
    (22, 26)
    """
    settings = settings or CohortSettings()
    arms = [arm for arm in ARMS for _ in range(settings.animals_per_arm)]
    streams = np.random.SeedSequence(seed).spawn(len(arms))
    sessions: list[SimulatedSession] = []
    for number, (arm, stream) in enumerate(zip(arms, streams, strict=True)):
        sessions += _simulate_animal(arm, number, np.random.default_rng(stream), settings)
    return sessions


def _simulate_animal(
    arm: Arm, number: int, rng: np.random.Generator, settings: CohortSettings
) -> list[SimulatedSession]:
    """Sessions of one animal: one, or two where it gives a cell after the drug."""
    place = number % settings.animals_per_arm
    shift = settings.chronic_shift if arm.group == "chronic" else 1.0
    id50 = settings.id50_ug_kg * shift * math.exp(rng.normal(0.0, settings.animal_sd))
    fate = arm.fates[place] if place < len(arm.fates) else "held"
    cells = [_draw_cell("1", fate, id50, rng, settings)]
    if place == 0:
        cells.append(_draw_beside("2", arm.beside, id50, rng, settings))
    subject = Subject(
        animal=f"rat{number + 1:02d}",
        species="Rattus norvegicus",
        sex="M",
        weight_g=float(rng.integers(260, 340)),
        group=arm.group,
        treatment="vehicle" if arm.group == "control" else "chronic treatment",
        preparation="simulated: anaesthetised rat, dorsal raphe, already sorted",
    )
    sessions = [_simulate_session(arm, subject, cells, 1, number, rng)]
    if arm.second_session and place == settings.animals_per_arm - 1:
        sessions.append(_simulate_session(arm, subject, [_draw_cell("1", "held", id50, rng, settings)], 2, number, rng))
    return sessions


def _simulate_session(
    arm: Arm, subject: Subject, cells: list[CellSpec], order: int, number: int, rng: np.random.Generator
) -> SimulatedSession:
    """One session of an animal, with its place in the brain and on the calendar."""
    proof = "" if any(cell.fate == "undetermined" for cell in cells) else DoseSchedule().antagonist
    simulated = simulate_session(
        int(rng.integers(2**31)),
        cells=cells,
        schedule=DoseSchedule(drug=arm.drug, cumulative_ug_kg=arm.cumulative_ug_kg, antagonist=proof),
        with_voltage=False,
        subject=subject,
        session_id=f"{subject.animal}_{order}",
    )
    session = replace(
        simulated.session,
        started_at=STARTED_AT + timedelta(days=number, hours=2 * (order - 1)),
        track=str(order),
        depth_um=float(10 * rng.integers(520, 600)),
        order=str(order),
    )
    return replace(simulated, session=session)


def _draw_cell(name: str, fate: TrueFate, id50: float, rng: np.random.Generator, settings: CohortSettings) -> CellSpec:
    """A 5-HT cell of an animal whose cells have `id50` in the median."""
    cell = CellSpec(
        name=name,
        rate_hz=float(np.clip(1.5 * math.exp(rng.normal(0.0, 0.25)), 0.8, 2.6)),
        cv=float(rng.uniform(0.2, 0.38)),
        doublet_share=float(rng.choice([0.0, 0.0, 0.03, 0.08])),
        amplitude_uv=float(rng.uniform(90.0, 160.0)),
        width=float(rng.uniform(0.85, 1.1)),
        phases=3 if rng.random() < 0.7 else 2,
        id50=id50 * math.exp(rng.normal(0.0, settings.cell_sd)),
        hill=float(rng.uniform(1.5, 2.2)),
    )
    if fate == "lost":
        return replace(cell, fate=fate, rundown_from_s=200.0, lost_at_s=float(rng.uniform(420.0, 560.0)))
    if fate == "unstable":
        return replace(cell, fate=fate, drift_percent_per_min=-12.0)
    if fate == "undetermined":
        # The most sensitive cells are those that no spike brings back: leaving them out biases a mean.
        return replace(cell, fate=fate, id50=0.5 * cell.id50, hill=4.0)
    return cell


def _draw_beside(
    name: str, cell_type: Beside, id50: float, rng: np.random.Generator, settings: CohortSettings
) -> CellSpec:
    """The second cell of a wire."""
    if cell_type == "serotonergic":
        return _draw_cell(name, "held", id50, rng, settings)
    rate_hz, cv = (float(rng.uniform(8.0, 14.0)), 0.5) if cell_type == "fast" else (float(rng.uniform(0.9, 1.5)), 0.95)
    return CellSpec(
        name=name, cell_type=cell_type, rate_hz=rate_hz, cv=cv, amplitude_uv=80.0, polarity=-1, emax_percent=0.0
    )
