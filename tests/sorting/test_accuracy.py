"""What the sorting benchmark sweeps at length, once over: overlaps, hum, tetrodes, several cells, drift."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ephys.model import Unit
from ephys.simulation import CellSpec, Disturbances, DoseSchedule, Hum, SimulatedSession, simulate_session, tetrode
from ephys.sorting import compare_units, sort_units

SHORT = DoseSchedule(baseline_s=120.0, interval_s=60.0, cumulative_ug_kg=(80.0,), vehicle="", recovery_s=60.0)
WIDE = CellSpec(name="wide", rate_hz=2.0, amplitude_uv=90.0, emax_percent=0.0)
FAST = CellSpec(name="fast", cell_type="fast", rate_hz=8.0, cv=0.5, amplitude_uv=70.0, polarity=-1, emax_percent=0.0)


def sort(seed: int, cells: tuple[CellSpec, ...], **given: Any) -> tuple[SimulatedSession, list[Unit]]:
    simulated = simulate_session(seed, cells=cells, schedule=SHORT, sampling_hz=25000.0, **given)
    assert simulated.session.recording is not None
    return simulated, sort_units(simulated.session.recording)


def accuracies(simulated: SimulatedSession, found: list[Unit]) -> list[float]:
    return [match.accuracy for match in compare_units(simulated.true_units, found)]


@pytest.mark.parametrize("seed", [0, 1])
def test_both_spikes_of_overlapping_pairs_are_found(seed: int) -> None:
    follower = CellSpec(
        name="fast", cell_type="fast", rate_hz=3.0, cv=0.5, amplitude_uv=70.0, polarity=-1, emax_percent=0.0,
        follows="wide", follow_share=0.4,
    )  # fmt: skip
    simulated, found = sort(seed, (WIDE, follower))
    leader, other = simulated.true_units
    lag_s = np.abs(other.times_s[:, np.newaxis] - leader.times_s).min(axis=0)
    overlapped_s = leader.times_s[lag_s <= 0.001]
    assert len(overlapped_s) > 100
    for match in compare_units(simulated.true_units, found):
        true = next(unit for unit in simulated.true_units if unit.id == match.reference)
        unit = next(unit for unit in found if unit.id == match.found)
        near = np.abs(overlapped_s[:, np.newaxis] - true.times_s).min(axis=0) <= 0.001
        hit = np.abs(unit.times_s[:, np.newaxis] - true.times_s[near]).min(axis=0) <= 0.0005
        assert hit.mean() >= 0.9
    assert sum(not unit.multi_unit for unit in found) == 2  # overlaps make no cell of their own


def test_hum_costs_nothing() -> None:
    simulated, found = sort(0, (WIDE, FAST), disturbances=Disturbances(hum=Hum(frequency_hz=49.95)))
    assert min(accuracies(simulated, found)) >= 0.97


def test_cells_of_one_shape_are_told_apart_on_a_tetrode_though_their_amplitude_falls() -> None:
    drift = {"amplitude_drift_percent": -20.0, "emax_percent": 0.0}
    cells = (
        CellSpec(name="one", rate_hz=2.0, amplitude_uv=85.0, place_um=(0.0, 0.0, 25.0), **drift),  # type: ignore[arg-type]
        CellSpec(name="two", rate_hz=1.5, amplitude_uv=70.0, place_um=(25.0, 25.0, 25.0), **drift),  # type: ignore[arg-type]
    )
    simulated, found = sort(0, cells, electrode=tetrode())
    assert min(accuracies(simulated, found)) >= 0.95
    assert sum(not unit.multi_unit for unit in found) == 2


def test_a_wire_of_four_cells_is_sorted_without_being_told_how_many() -> None:
    cells = (
        CellSpec(name="wide", amplitude_uv=150.0, rate_hz=1.6, emax_percent=0.0),
        FAST,
        CellSpec(name="slow", cell_type="slow_irregular", amplitude_uv=80.0, rate_hz=2.5, cv=0.7, emax_percent=0.0),
        CellSpec(name="other", amplitude_uv=75.0, rate_hz=1.2, polarity=-1, width=1.1, emax_percent=0.0),
    )
    simulated, found = sort(2, cells)
    assert min(accuracies(simulated, found)) >= 0.95
    assert sum(not unit.multi_unit for unit in found) == 4


@pytest.mark.parametrize("amplitude_uv", [300.0, 1000.0, 3000.0])
def test_a_giant_is_found_whole_and_its_ringing_is_no_cell(amplitude_uv: float) -> None:
    giant = replace(WIDE, amplitude_uv=amplitude_uv)
    simulated, found = sort(2, (giant,))
    assert accuracies(simulated, found)[0] > 0.99
    assert sum(not unit.multi_unit for unit in found) == 1
