"""From voltage to ID50 and group shift against a known truth, with sorter and classifier in the path.

    OMP_NUM_THREADS=1 python benchmarks/end_to_end_study.py [FOLDER] [--experiments 5] [--jobs 1]

An experiment is ten simulated animals, five of each group, a session of each; every session is analysed as it is read,
and the truth is used for the score alone. Every session that is done is kept in FOLDER/end_to_end.jsonl, with its
responses; a run that is stopped goes on where it was. The page and the figure are made by end_to_end_page.py. All ID50s
are invented.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from end_to_end_page import write_page
from end_to_end_score import score_session
from tqdm.auto import tqdm

import ephys
from ephys.model import Subject
from ephys.simulation import (
    CellSpec,
    Disturbances,
    DoseSchedule,
    InjectionArtefact,
    Pops,
    SimulatedSession,
    UrethaneStates,
    simulate_session,
)

ANIMALS = 5
"""Of each group."""

ID50, ID50_SD, SHIFT = 60.0, 0.25, 3.0
"""Median of the control group in µg/kg, SD of ln ID50 between animals, and times by which the chronic group is shifted
in the experiments that have a shift."""

SHIFTED = (True, False, True, False, True)
"""Which experiments have one, in turn."""

DOSES_UG_KG = (25.0, 50.0, 100.0, 200.0, 400.0)
STATE_DEPTH = 0.2
LOSS_PERCENT = (4.0, 5.0)
"""Of the first amplitude per dose, where it runs down."""

SMALL_UV = (65.0, 105.0)
"""Wide-band size of 5-HT spikes that run down: 5.6 to 9 noise SD where they are sorted, and 3.4 to 5.4 at the end."""


@dataclass(frozen=True)
class Draw:
    """All that a session is simulated from, and the number of the animal in its group."""

    number: int
    cells: tuple[CellSpec, ...]
    schedule: DoseSchedule
    anaesthetic: str = "chloral hydrate"
    noise_uv: float = 7.5
    disturbances: Disturbances | None = None
    states: UrethaneStates | None = None


def _run_down(drawn: Draw, random: np.random.Generator) -> Draw:
    """Let the amplitude of every cell fall in a straight line, the 5-HT cell's from near enough to meet the noise."""
    loss = float(random.uniform(*LOSS_PERCENT)) * drawn.schedule.stop_s / drawn.schedule.interval_s
    small = replace(drawn.cells[0], amplitude_uv=float(random.uniform(*SMALL_UV)))
    cells = (small, *drawn.cells[1:])
    return replace(drawn, cells=tuple(replace(cell, amplitude_drift_percent=-loss) for cell in cells))


def _states(drawn: Draw, random: np.random.Generator) -> Draw:
    """Let rates follow the states of urethane, whose cycle starts anywhere and lasts 8 to 15 min."""
    states = UrethaneStates(period_s=float(np.clip(random.normal(660.0, 80.0), 480.0, 900.0)), phase=random.random())
    cells = tuple(replace(cell, state_depth=STATE_DEPTH) for cell in drawn.cells)
    return replace(drawn, cells=cells, states=states, anaesthetic="urethane")


def _mixed(drawn: Draw, random: np.random.Generator) -> Draw:
    """Make the wire noisy and the cells small; pops, injection artefacts; two of five animals get no antagonist."""
    quiet = replace(drawn.cells[0], amplitude_uv=float(random.uniform(70.0, 120.0)))
    cells = (quiet, *drawn.cells[1:])
    schedule = drawn.schedule
    if drawn.number in (1, 3):  # steep and without an antagonist: sensitive cells are silent to the end
        cells = (replace(quiet, hill=3.5), *drawn.cells[1:])
        schedule = replace(schedule, antagonist="")
    disturbances = Disturbances(pops=Pops(), injection=InjectionArtefact())
    return replace(drawn, cells=cells, schedule=schedule, noise_uv=9.0, disturbances=disturbances)


CHANGES: dict[str, Callable[[Draw, np.random.Generator], Draw]] = {
    "amplitude run-down": _run_down,
    "urethane states": _states,
    "mixed": _mixed,
}
"""What a scenario changes in a session."""

SCENARIOS = ("plain", *CHANGES)


@dataclass(frozen=True)
class Place:
    """One session of the study."""

    scenario: str
    experiment: int
    animal: int

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from the others."""
        return self.scenario, self.experiment, self.animal

    @property
    def group(self) -> str:
        """Group of its animal."""
        return "control" if self.animal < ANIMALS else "chronic"

    @property
    def fold_shift(self) -> float:
        """True shift of its experiment."""
        return SHIFT if SHIFTED[self.experiment % len(SHIFTED)] else 1.0


def simulate(place: Place) -> SimulatedSession:
    """One animal's session, as it would be read from a file."""
    random = np.random.default_rng([place.experiment, place.animal, *place.scenario.encode()])
    number = place.animal % ANIMALS
    shift = place.fold_shift if place.group == "chronic" else 1.0
    cells = [_serotonergic(ID50 * shift * math.exp(ID50_SD * random.standard_normal()), random)]
    if number in (0, 2):
        cells.append(_other("fast" if number == 0 else "slow_irregular", random))
    drawn = Draw(number, tuple(cells), DoseSchedule(cumulative_ug_kg=DOSES_UG_KG))
    if place.scenario in CHANGES:
        drawn = CHANGES[place.scenario](drawn, random)
    subject = Subject(
        animal=f"rat{place.experiment + 1}{place.animal:02d}",
        species="Rattus norvegicus",
        sex="M",
        weight_g=300.0,
        group=place.group,
        anaesthetic=drawn.anaesthetic,
        preparation="simulated: anaesthetised rat, dorsal raphe, one wire",
    )
    return simulate_session(
        int(random.integers(2**31)),
        cells=drawn.cells,
        schedule=drawn.schedule,
        noise_uv=drawn.noise_uv,
        disturbances=drawn.disturbances,
        states=drawn.states,
        subject=subject,
        session_id=f"{place.scenario}, {subject.animal}",
    )


def _serotonergic(id50: float, random: np.random.Generator) -> CellSpec:
    """A slow, regular cell with a wide spike; the ranges are the simulated cohort's."""
    return CellSpec(
        name="5-HT",
        rate_hz=float(np.clip(1.5 * math.exp(random.normal(0.0, 0.25)), 0.8, 2.6)),
        cv=float(random.uniform(0.2, 0.38)),
        doublet_share=float(random.choice([0.0, 0.0, 0.03, 0.08])),
        amplitude_uv=float(random.uniform(90.0, 160.0)),
        width=float(random.uniform(0.85, 1.1)),
        phases=3 if random.random() < 0.7 else 2,
        id50=id50,
        hill=float(random.uniform(1.5, 2.2)),
    )


def _other(cell_type: str, random: np.random.Generator) -> CellSpec:
    """A cell of another kind on the same wire, on which the drug does nothing."""
    fast = cell_type == "fast"
    return CellSpec(
        name=cell_type,
        cell_type="fast" if fast else "slow_irregular",
        rate_hz=float(random.uniform(8.0, 14.0) if fast else random.uniform(0.9, 1.5)),
        cv=0.5 if fast else 0.95,
        amplitude_uv=80.0,
        polarity=-1,
        emax_percent=0.0,
    )


def run_session(place: Place) -> dict[str, Any]:
    """Simulate, analyse and score one session; the responses go along for the fit of the experiment."""
    started = time.process_time()
    simulated = simulate(place)
    read = time.process_time()
    analysis = ephys.analyse_session(simulated.session)
    done = time.process_time()
    called = [cell for cell in analysis.cells if cell.final_label == "serotonergic"]
    responses = [fit.response for cell in called for fit in cell.fits if fit.status != "not_fitted"]
    return {
        "scenario": place.scenario,
        "experiment": place.experiment,
        "animal": place.animal,
        "group": place.group,
        "fold_shift": place.fold_shift,
        "simulate_s": read - started,
        "analyse_s": done - read,
        **score_session(simulated, analysis),
        "responses": base64.b64encode(pickle.dumps(responses)).decode(),
    }


def work(folder: Path, experiments: int, jobs: int) -> list[dict[str, Any]]:
    """Run what is not yet done, and return everything that is."""
    kept = folder / "end_to_end.jsonl"
    lines = kept.read_text().splitlines(keepends=True) if kept.exists() else []
    whole = [line for line in lines if line.endswith("\n")]
    if len(whole) < len(lines):  # the last run was killed while it wrote
        kept.write_text("".join(whole))
    done = [json.loads(line) for line in whole]
    have = {(row["scenario"], row["experiment"], row["animal"]) for row in done}
    places = [Place(s, e, a) for e in range(experiments) for s in SCENARIOS for a in range(2 * ANIMALS)]
    todo = [place for place in places if place.key not in have]
    if not todo:
        return done
    with ProcessPoolExecutor(jobs) as pool, kept.open("a") as file:
        for row in tqdm(pool.map(run_session, todo), total=len(todo), unit="session"):
            file.write(json.dumps(row) + "\n")
            file.flush()
            done.append(row)
    return done


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--experiments", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    write_page(work(options.folder, options.experiments, options.jobs), SCENARIOS, options.folder)
