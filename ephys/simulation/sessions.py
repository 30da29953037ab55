"""One simulated session: the cells fire, the wire hears them, and the truth is kept beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from ephys.errors import ParameterError
from ephys.model import Recording, Session, Subject
from ephys.simulation.activity import fire_cell
from ephys.simulation.cells import DEFAULT_CELLS, CellSpec
from ephys.simulation.noise import HASH_RATE_HZ, NOISE_UV, NoiseSettings
from ephys.simulation.schedule import DoseSchedule
from ephys.simulation.sorted_units import sorted_unit, true_unit
from ephys.simulation.truth import SimulatedSession, cell_truth
from ephys.simulation.voltage import render_voltage

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
    schedule: DoseSchedule | None = None,
    sampling_hz: float = 20000.0,
    noise_uv: float = NOISE_UV,
    hash_rate_hz: float = HASH_RATE_HZ,
    with_voltage: bool = True,
    subject: Subject = SIMULATED_RAT,
    session_id: str = "simulated",
) -> SimulatedSession:
    """Simulate a session of one wire, with a known truth.

    Parameters
    ----------
    seed : int, optional
        One seed, one session, to the last sample.
    cells : sequence of CellSpec, optional
        By default a 5-HT cell that returns after the antagonist, one that is lost by run-down, and a fast one.
    schedule : DoseSchedule, optional
        By default 180 s of baseline, saline, six doses of ipsapirone, WAY-100635 and recovery: 15.5 min.
    sampling_hz : float, optional
        Of voltage and snippets.
    noise_uv : float, optional
        SD of the coloured noise in 300 to 6000 Hz.
    hash_rate_hz : float, optional
        Spikes a second of cells too far away to tell apart; only the voltage has them.
    with_voltage : bool, optional
        True gives a recording to sort; False the units that a faultless sorter would find, and no recording.
    subject : Subject, optional
        The animal.
    session_id : str, optional
        Name of the session.

    Returns
    -------
    SimulatedSession
        ``session`` and ``truth``, which holds every spike fired.

    Raises
    ------
    ParameterError
        If a cell's fate cannot come about in this schedule.

    Examples
    --------
    >>> simulated = simulate_session(1, with_voltage=False)
    >>> [(row.unit, row.fate, row.id50) for row in simulated.truth]
    [('held', 'held', 80.0), ('lost', 'lost', 80.0), ('fast', 'held', nan)]
    >>> simulated.session.protocol.baseline
    Epoch(start_s=0.0, stop_s=180.0, label='baseline')
    """
    schedule = schedule or DoseSchedule()
    noise = NoiseSettings(noise_uv=noise_uv, hash_rate_hz=hash_rate_hz)
    # The wire and each cell have streams of their own: one more cell changes nothing for the others.
    wire, *streams = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(1 + len(cells)))
    activities = []
    for cell, rng in zip(cells, streams, strict=True):
        _check_fate(cell, schedule)
        activities.append(fire_cell(cell, schedule, noise=noise, sampling_hz=sampling_hz, seed=rng))
    protocol = schedule.protocol()
    fired = [true_unit(a, support=protocol.recorded, noise=noise, sampling_hz=sampling_hz) for a in activities]
    truth = tuple(
        cell_truth(activity, unit, session=session_id, animal=subject.animal, drug=schedule.drug)
        for activity, unit in zip(activities, fired, strict=True)
    )
    session = Session(session_id, protocol, subject=subject, started_at=STARTED_AT)
    if with_voltage:
        counts = render_voltage(activities, duration_s=schedule.stop_s, sampling_hz=sampling_hz, noise=noise, seed=wire)
        band_hz = (None, noise.low_pass_hz)
        recording = Recording.from_array(
            counts, sampling_hz=sampling_hz, channel_names=("wire",), band_hz=band_hz, name=session_id
        )
        return SimulatedSession(replace(session, recording=recording), truth)
    units = tuple(
        sorted_unit(activity, unit, noise=noise, sampling_hz=sampling_hz, seed=rng)
        for activity, unit, rng in zip(activities, fired, streams, strict=True)
    )
    return SimulatedSession(replace(session, units=units), truth)


def _check_fate(cell: CellSpec, schedule: DoseSchedule) -> None:
    """Raise where a cell's fate cannot come about."""
    if cell.fate == "undetermined" and schedule.antagonist:
        raise ParameterError(
            f"cell {cell.name}: {schedule.antagonist} brings every silenced cell back, so its fate cannot stay "
            'undetermined; use a schedule with antagonist=""'
        )
    if cell.lost_at_s is not None and not cell.lost_at_s < schedule.stop_s:
        raise ParameterError(
            f"cell {cell.name}: lost_at_s={cell.lost_at_s:g} s comes after the session ends at {schedule.stop_s:g} s"
        )
