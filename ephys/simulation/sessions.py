"""One simulated session: the cells fire, the electrode hears them, and the truth is kept beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import ArraySource, Recording, Run, Session, Subject, Support
from ephys.simulation.activity import Activity, fire_cell
from ephys.simulation.cells import DEFAULT_CELLS, CellSpec
from ephys.simulation.disturbances import Disturbances, draw_transients
from ephys.simulation.electrode import Electrode
from ephys.simulation.noise import HASH_RATE_HZ, NOISE_UV, NoiseSettings
from ephys.simulation.rhythms import draw_beats
from ephys.simulation.schedule import DoseSchedule
from ephys.simulation.sorted_units import sorted_unit, true_unit
from ephys.simulation.states import UrethaneStates
from ephys.simulation.superfusion import SuperfusionSchedule
from ephys.simulation.truth import SimulatedSession, cell_truth
from ephys.simulation.voltage import render_voltage

FloatArray = NDArray[np.float64]

DISTURBING = 2**16
"""Key of the disturbances' own stream of chance, out of reach of the cells' numbers."""

STARTED_AT = datetime(2000, 1, 1, 9, 0, tzinfo=UTC)
"""When a simulated session began: a day that no recording has."""

SIMULATED_RAT = Subject(
    animal="simulated rat",
    species="Rattus norvegicus",
    sex="M",
    weight_g=300.0,
    group="control",
    preparation="simulated: anaesthetised rat, dorsal raphe, one wire",
)
"""The animal that the default session pretends to."""


def simulate_session(
    seed: int = 0,
    *,
    cells: Sequence[CellSpec] = DEFAULT_CELLS,
    schedule: DoseSchedule | SuperfusionSchedule | None = None,
    sampling_hz: float = 20000.0,
    noise_uv: float = NOISE_UV,
    hash_rate_hz: float = HASH_RATE_HZ,
    electrode: Electrode | None = None,
    disturbances: Disturbances | None = None,
    states: UrethaneStates | None = None,
    with_voltage: bool = True,
    subject: Subject = SIMULATED_RAT,
    session_id: str = "simulated",
) -> SimulatedSession:
    """Simulate a session of one wire, or of a few, with a known truth.

    Parameters
    ----------
    seed : int, optional
        One seed, one session, to the last sample.
    cells : sequence of CellSpec, optional
        By default a 5-HT cell that returns after the antagonist, one that is lost by run-down, and a fast one. None at
        all gives a session of noise and artefacts.
    schedule : DoseSchedule or SuperfusionSchedule, optional
        By default 180 s of baseline, saline, six doses of ipsapirone, WAY-100635 and recovery: 15.5 min.
    sampling_hz : float, optional
        Of voltage and snippets.
    noise_uv : float, optional
        SD of the coloured noise in 300 to 6000 Hz.
    hash_rate_hz : float, optional
        Spikes a second of cells too far away to tell apart; only the voltage has them.
    electrode : Electrode, optional
        By default one wire; see `tetrode` and `linear_probe`.
    disturbances : Disturbances, optional
        Hum, pops, injection artefacts, rhythms, pauses and clipping; by default none.
    states : UrethaneStates, optional
        Slow alternation that rates follow by each cell's `state_depth`, and rhythms by their `state_share`.
    with_voltage : bool, optional
        True gives a recording to sort; False the units that a faultless sorter would find, and no recording.
    subject : Subject, optional
        The animal.
    session_id : str, optional
        Name of the session.

    Returns
    -------
    SimulatedSession
        ``session`` and ``truth``, which holds every spike fired while the session was recorded.

    Raises
    ------
    ParameterError
        If a cell's fate cannot come about in this schedule, it follows one that does not come before it, or a gap
        lies outside the session.

    Examples
    --------
    >>> simulated = simulate_session(1, with_voltage=False)
    >>> [(row.unit, row.fate, row.id50) for row in simulated.truth]
    [('held', 'held', 80.0), ('lost', 'lost', 80.0), ('fast', 'held', nan)]
    >>> simulated.session.protocol.baseline
    Epoch(start_s=0.0, stop_s=180.0, label='baseline')
    """
    schedule, electrode = schedule or DoseSchedule(), electrode or Electrode()
    disturbances = disturbances or Disturbances()
    noise = NoiseSettings(noise_uv=noise_uv, hash_rate_hz=hash_rate_hz)
    # The wire and each cell have streams of their own: one more cell changes nothing for the others.
    wire, *streams = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(1 + len(cells)))
    disturbing = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(DISTURBING,)))
    support = disturbances.recorded(schedule.stop_s)
    beats = tuple(
        draw_beats(rhythm, stop_s=schedule.stop_s, states=states, seed=disturbing) for rhythm in disturbances.rhythms
    )
    planned = schedule.protocol()
    given_s = [given.start_s for given in planned.administrations]
    transients = draw_transients(disturbances, given_s, stop_s=schedule.stop_s, seed=disturbing)
    fire = partial(fire_cell, schedule=schedule, noise=noise, sampling_hz=sampling_hz, beats=beats, states=states)
    activities = [activity.within(support) for activity in _fire_all(cells, streams, schedule, fire)]
    fired = partial(true_unit, support=support, noise=noise, sampling_hz=sampling_hz)
    told = partial(cell_truth, session=session_id, animal=subject.animal, drug=schedule.drug, unit=schedule.dose_unit)
    truth = tuple(told(activity, fired(activity)) for activity in activities)
    session = Session(
        session_id,
        replace(planned, recorded=support),
        monitors=tuple(one.monitor(schedule.stop_s) for one in beats if one.rhythm.monitored),
        subject=subject,
        started_at=STARTED_AT,
    )
    if with_voltage:
        counts = render_voltage(
            activities,
            duration_s=schedule.stop_s,
            sampling_hz=sampling_hz,
            noise=noise,
            electrode=electrode,
            disturbances=disturbances,
            transients=transients,
            beats=beats,
            seed=wire,
        )
        recording = _record(counts, support, sampling_hz, electrode, noise, session_id)
        return SimulatedSession(replace(session, recording=recording), truth, transients.spans, beats)
    units = tuple(
        sorted_unit(activity, row.true_unit, noise=noise, sampling_hz=sampling_hz, seed=rng)
        for activity, row, rng in zip(activities, truth, streams, strict=True)
    )
    return SimulatedSession(replace(session, units=units), truth, transients.spans, beats)


def _fire_all(
    cells: Sequence[CellSpec],
    streams: Sequence[np.random.Generator],
    schedule: DoseSchedule | SuperfusionSchedule,
    fire: Callable[..., Activity],
) -> list[Activity]:
    """Let every cell fire, each from its own stream of chance; one that follows another knows when that one fired."""
    activities: list[Activity] = []
    for cell, rng in zip(cells, streams, strict=True):
        _check_fate(cell, schedule)
        activities.append(fire(cell, seed=rng, leader_s=_leader(cell, activities)))
    return activities


def _leader(cell: CellSpec, fired: Sequence[Activity]) -> FloatArray | None:
    """Spikes of the cell that this one follows."""
    if not cell.follows:
        return None
    known = {activity.cell.name: activity.times_s for activity in fired}
    if cell.follows not in known:
        raise ParameterError(
            f"cell {cell.name}: follows {cell.follows!r}, which must come before it; before it come "
            f"{', '.join(known) or 'no cells'}"
        )
    return known[cell.follows]


def _record(
    counts: NDArray[np.int16],
    support: Support,
    sampling_hz: float,
    electrode: Electrode,
    noise: NoiseSettings,
    name: str,
) -> Recording:
    """Recording of what the voltage shows while it was recorded: the gaps are cut out."""
    parts, runs, first = [], [], 0
    for epoch in support.epochs:
        part = counts[round(epoch.start_s * sampling_hz) : round(epoch.stop_s * sampling_hz)]
        runs.append(Run(first, len(part), epoch.start_s))
        parts.append(part)
        first += len(part)
    traces = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return Recording(ArraySource(traces), sampling_hz, tuple(runs), electrode.names, (0.0, noise.low_pass_hz), name)


def _check_fate(cell: CellSpec, schedule: DoseSchedule | SuperfusionSchedule) -> None:
    """Raise where a cell's fate cannot come about."""
    if cell.fate == "undetermined" and schedule.brings_back:
        raise ParameterError(
            f"cell {cell.name}: {schedule.brings_back} brings every silenced cell back, so its fate cannot stay "
            'undetermined; use a schedule with antagonist=""'
        )
    if cell.lost_at_s is not None and not cell.lost_at_s < schedule.stop_s:
        raise ParameterError(
            f"cell {cell.name}: lost_at_s={cell.lost_at_s:g} s comes after the session ends at {schedule.stop_s:g} s"
        )
