"""Codes on real trains: a change that was made is found where it was made, and none is where none was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.model import Epoch, Unit
from ephys.model.unit_parts import choose_spikes

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize("name", ["Extracellular_Spikes.smr", "File_spike2_1.smr", "motor_units.smr"])
def test_no_code_of_a_real_file_is_suspected(shared_data: Path, name: str) -> None:
    """None of them was made by one cell's code changing: every code that lasts fires beside the others."""
    wire = "DIA SMU" if name == "motor_units.smr" else None
    assert ephys.suspect_code_changes(ephys.read_session(shared_data / "spike2" / name, wire=wire).units) == ()


@pytest.mark.parametrize("name", ["Spikes:1", "Spikes:2", "Spikes:3"])
def test_a_real_code_that_is_renamed_midway_is_found_with_and_without_voltage(shared_data: Path, name: str) -> None:
    session = ephys.read_session(shared_data / "spike2" / "Extracellular_Spikes.smr")
    real = next(unit for unit in session.units if unit.id == name)
    at_s = float(real.times_s[real.n_spikes // 2])
    early = real.times_s < at_s
    codes = [choose_spikes(real, early, "before"), choose_spikes(real, ~early, "after")]
    others = [unit for unit in session.units if unit is not real]
    (change,) = ephys.find_code_changes(real, [*codes, *others])
    assert (change.before, change.after) == ("before", "after")
    assert change.low_s <= at_s <= change.high_s
    (suspected,) = ephys.suspect_code_changes([*codes, *others])
    assert (suspected.before, suspected.after) == ("before", "after")


def test_the_real_wavemarks_of_a_motor_unit_agree_with_the_sorting(shared_data: Path) -> None:
    session = ephys.read_session(shared_data / "spike2" / "motor_units.smr", wire="DIA SMU")
    assert session.recording is not None
    large, small = ephys.compare_sortings(session.units, ephys.sort_units(session.recording))[:2]
    assert large.reference == "MU2:1"
    assert large.accuracy > 0.8
    assert abs(large.lag_s) < 0.0002
    assert "its partner here is not one cell (multi-unit)" in small.differs


def test_real_trains_with_spikes_missed_at_random_have_no_change(shared_data: Path) -> None:
    """Pauses, bursts and trends of 50 identified cells are no changes of code."""
    rng = np.random.default_rng(0)
    for cell in _cells(shared_data):
        code = choose_spikes(cell, rng.random(cell.n_spikes) < 0.8, "1")
        assert ephys.find_code_changes(cell, [code]) == ()


def test_a_code_that_is_renamed_midway_is_found_in_every_real_train(shared_data: Path) -> None:
    for cell in _cells(shared_data):
        early = np.arange(cell.n_spikes) < cell.n_spikes // 2
        codes = [choose_spikes(cell, early, "before"), choose_spikes(cell, ~early, "after")]
        (change,) = ephys.find_code_changes(cell, codes)
        assert (change.before, change.after) == ("before", "after")


def _cells(shared_data: Path) -> list[Unit]:
    """Identified cells with more than 100 spikes."""
    recorded = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())["spikes"]
    trains = [np.unique(np.asarray(times, dtype=np.float64)) for times in recorded.values()]
    cells = [Unit.from_times(t, support=Epoch(0.0, float(t[-1]) + 1.0), id="cell") for t in trains if len(t) > 100]
    assert len(cells) > 30
    return cells
