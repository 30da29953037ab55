"""What stands at the amplifier's rail is suggested to be no cell; a cell whose spikes are cut off there is not."""

from __future__ import annotations

import numpy as np
import pytest

from ephys import Epoch, Recording, Session, Support, Unit, simulate_session, suggest_curation
from ephys.simulation import CellSpec, Disturbances, Pops
from ephys.sorting.curation.operations import Delete

RAIL_UV = 600.0
POPS = Disturbances(pops=Pops(per_min=20.0, amplitude_uv=2500.0, decay_ms=8.0), clip_uv=RAIL_UV)
CELLS = (
    CellSpec(name="1", cell_type="serotonergic", rate_hz=2.0, amplitude_uv=160.0),
    CellSpec(name="cut off", rate_hz=1.5, cv=0.35, amplitude_uv=6000.0),
)


def crossings(session: Session, cells: np.ndarray) -> Unit:
    """What a threshold just below the rail marks, and no cell fired."""
    assert session.recording is not None
    over = np.flatnonzero(np.abs(session.recording.read(0, session.recording.n_samples)[:, 0]) >= RAIL_UV - 1.0)
    times_s = session.recording.times_s(over[np.diff(over, prepend=-1000) > 400])
    near = np.array([np.abs(cells - at_s).min() < 0.003 for at_s in times_s])
    return Unit.from_times(times_s[~near], support=session.support, id="pops")


@pytest.mark.parametrize("seed", range(2))
def test_pops_at_the_rail_are_deleted_and_cells_are_not_however_large(seed: int) -> None:
    simulated = simulate_session(seed, cells=CELLS, disturbances=POPS)
    fired = np.concatenate([cell.times_s for cell in simulated.truth])
    pops = crossings(simulated.session, fired)
    assert pops.n_spikes > 100
    cells = [
        Unit.from_times(cell.times_s, support=simulated.session.support, id=name)
        for cell, name in zip(simulated.truth, ("1", "cut off"), strict=True)
    ]
    found = suggest_curation([pops, *cells], recording=simulated.session.recording)
    assert [one.operation for one in found] == [Delete("pops")]
    assert "the voltage stands at -600 or 600 µV for 3 ms or more (median 1" in found[0].reasons[0]
    assert suggest_curation([pops, *cells]) == ()


def test_voltage_that_stands_still_at_another_level_each_time_is_no_rail() -> None:
    rng = np.random.default_rng(0)
    times_s = np.arange(40) * 0.73 + 0.5 + rng.uniform(0.0, 0.2, 40)
    voltage_uv = rng.normal(0.0, 10.0, (600_000, 1)).astype(np.float32)
    for at_s, level_uv in zip(times_s, rng.uniform(200.0, 400.0, 40), strict=True):
        voltage_uv[round(at_s * 20_000.0) : round(at_s * 20_000.0) + 100] = level_uv
    recording = Recording.from_array(voltage_uv, sampling_hz=20_000.0)
    unit = Unit.from_times(times_s, support=Support.of(Epoch(0.0, 30.0)))
    assert suggest_curation([unit], recording=recording) == ()
    clipped = Recording.from_array(np.minimum(voltage_uv, 190.0), sampling_hz=20_000.0)
    (suggestion,) = suggest_curation([unit], recording=clipped)
    assert "stands at 190 µV" in suggestion.reasons[0]
