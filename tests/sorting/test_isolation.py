"""How far units stand apart, from each other and from themselves at other times, against what is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ephys.model import Epoch, Isolation, Share, Unit
from ephys.model.unit import rename_units
from ephys.simulation import CellSpec, DoseSchedule, SimulatedSession, simulate_session
from ephys.sorting import assess_quality, compare_units, sort_units
from ephys.sorting.agreement import count_coincidences
from ephys.sorting.isolation import LINK_SPIKES, assess_isolation, same_cell, weakest_link
from ephys.sorting.matches import Matches

CELL, ALIKE, OTHER = (np.array(axis, dtype=float) for axis in ([12, 3, 0, 0], [12, 3.6, 0.3, 0], [9, -6, 4, 0]))


def spikes(axis: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    return axis + np.random.default_rng(seed).normal(0.0, 1.0, (count, len(axis)))


def matched(template: list[int], rival: list[int], doubt: list[float]) -> Matches:
    count = len(template)
    return Matches(
        samples=np.arange(count, dtype=float),
        template=np.array(template),
        scales=np.ones(count),
        peaks_uv=np.zeros((count, 1), dtype=np.float32),
        features=np.ones((count, 4), dtype=np.float32),
        rival=np.array(rival),
        doubt=np.array(doubt, dtype=np.float32),
    )


def test_doubts_add_up_to_the_spikes_of_others_and_to_those_that_went_to_others() -> None:
    """Templates 0 and 1 are one unit, 2 the other; the last crossing is none's."""
    matches = matched([0, 1, 0, 2, 2, -1], rival=[2, 2, -1, 0, 1, 0], doubt=[0.2, 0.3, 0.4, 0.1, 0.0, 0.9])
    first, second = assess_isolation(
        matches, [np.array([0, 1, 2]), np.array([3, 4])], ["a", "b"], [np.arange(3.0), np.arange(2.0)]
    )
    assert first.false.value == pytest.approx(0.5 / 3)
    assert first.missed.value == pytest.approx(0.1 / 3)
    assert second.false.value == pytest.approx(0.1 / 2)
    assert second.missed.value == pytest.approx(0.5 / 2)
    assert (first.neighbour, second.neighbour) == ("b", "a")


def test_a_unit_that_resembles_none_has_no_neighbour() -> None:
    matches = matched([0, 0, 1], rival=[-1, -1, -1], doubt=[0.0, 0.0, 0.4])
    alone, _ = assess_isolation(
        matches, [np.array([0, 1]), np.array([2])], ["a", "b"], [np.arange(2.0), np.arange(1.0)]
    )
    assert alone.neighbour == ""
    assert alone.false == Share(0.0, 0.0, alone.false.high)


def test_a_spike_that_might_be_its_own_on_another_phase_is_not_in_doubt() -> None:
    matches = matched([0, 1], rival=[1, 0], doubt=[0.5, 0.5])
    (unit,) = assess_isolation(matches, [np.array([0, 1])], ["a"], [np.arange(2.0)])
    assert unit.false.value == unit.missed.value == 0.0


def test_a_spike_aligned_on_another_phase_is_no_other_cell() -> None:
    template = np.repeat([0, 1, 0], [100, 60, 20])  # the middle on another phase of the spike
    features = np.where(template[:, np.newaxis] == 0, spikes(CELL, 180), spikes(OTHER, 180))
    matches = replace(
        matched(template.tolist(), rival=[-1] * 180, doubt=[0.0] * 180), features=features.astype(np.float32)
    )
    (unit,) = assess_isolation(matches, [np.arange(180)], ["a"], [np.arange(180.0)])
    assert unit.link_confidence > 0.9


def test_one_cell_is_the_same_and_two_are_not() -> None:
    assert same_cell(spikes(CELL, 30), spikes(CELL, 30, seed=1)) > 0.9
    assert same_cell(spikes(CELL, 30), spikes(ALIKE, 30, seed=1)) > 0.8
    assert same_cell(spikes(CELL, 30), spikes(OTHER, 30, seed=1)) < 0.01


def test_a_spike_that_only_shrinks_is_the_same_cell() -> None:
    assert same_cell(spikes(CELL, 30), spikes(0.6 * CELL, 30, seed=1)) > 0.9


def test_few_spikes_prove_little_either_way() -> None:
    faint = CELL / 3.0
    few, many = (same_cell(spikes(faint, n), spikes(faint, n, seed=1)) for n in (5, 300))
    assert 0.5 < few < many


def test_the_weakest_link_is_where_another_cell_took_over() -> None:
    features = np.concatenate([spikes(CELL, 100), spikes(OTHER, 80, seed=1)])
    times_s = np.concatenate([np.arange(100.0), 200.0 + np.arange(80.0)])  # after a silence
    confidence, moment_s = weakest_link(features, times_s)
    assert confidence < 0.01
    assert moment_s == pytest.approx(0.5 * (99.0 + 200.0))


def test_a_silence_alone_weakens_no_link() -> None:
    features = spikes(CELL, 180)
    times_s = np.concatenate([np.arange(100.0), 400.0 + np.arange(80.0)])
    assert weakest_link(features, times_s)[0] > 0.8


def test_nothing_is_said_of_too_few_spikes() -> None:
    assert all(math.isnan(value) for value in weakest_link(spikes(CELL, 4), np.arange(4.0)))
    assert all(math.isnan(value) for value in weakest_link(spikes(CELL, LINK_SPIKES), np.arange(float(LINK_SPIKES))))


SCHEDULE = DoseSchedule(
    cumulative_ug_kg=(1000.0,), baseline_s=150.0, interval_s=60.0, vehicle="", antagonist="", recovery_s=10.0
)


def session(*cells: CellSpec) -> SimulatedSession:
    return simulate_session(7, cells=list(cells), schedule=SCHEDULE, sampling_hz=25000.0, noise_uv=10.0)


def cell(name: str, amplitude_uv: float, **given: float) -> CellSpec:
    return CellSpec(
        name=name, cell_type="slow_irregular", amplitude_uv=amplitude_uv, rate_hz=4.0, emax_percent=0.0, **given
    )


def confused(simulated: SimulatedSession, units: list[Unit]) -> list[tuple[Unit, float]]:
    """Each unit with the share of its spikes that are the other cell's."""
    found = []
    named = {unit.id: unit for unit in units}
    for number, match in enumerate(compare_units(simulated.true_units, units)):
        unit, own = named[match.found], simulated.true_units[number].times_s
        strange = unit.times_s[np.abs(unit.times_s[:, np.newaxis] - own).min(axis=1) > 5e-4]
        other = simulated.true_units[1 - number].times_s
        found.append((unit, count_coincidences(other, strange) / unit.n_spikes))
    return found


def test_units_that_resemble_each_other_say_how_many_spikes_they_share() -> None:
    simulated = session(cell("a", 120.0, width=0.95), cell("b", 120.0, width=1.1))
    units = [unit for unit in sort_units(simulated.session.recording, jobs=1) if not unit.multi_unit]
    assert len(units) == 2
    for unit, share in confused(simulated, units):
        assert unit.isolation is not None
        assert share > 0.005
        assert unit.isolation.false.low <= share <= unit.isolation.false.high
        assert unit.isolation.neighbour in {"1", "2"} - {unit.id}


def test_two_cells_of_one_shape_and_size_are_not_given_as_a_cell() -> None:
    """Nothing in the voltage tells them apart: their intervals do."""
    twins = [CellSpec(name=name, cell_type="fast", amplitude_uv=80.0, rate_hz=9.0, polarity=-1) for name in "ab"]
    units = sort_units(session(*twins).session.recording, jobs=1)
    large = max(units, key=lambda unit: unit.n_spikes)
    assert large.multi_unit
    alone = sort_units(session(twins[0]).session.recording, jobs=1)
    assert not max(alone, key=lambda unit: unit.n_spikes).multi_unit


def test_what_was_found_of_its_isolation_is_flagged() -> None:
    unit = Unit.from_times(np.arange(0.5, 600.0), support=Epoch(0.0, 600.0))
    assert assess_quality(unit, within=Epoch(0.0, 180.0)).flags == ()
    doubtful = replace(unit, isolation=Isolation("3", Share(0.08, 0.05, 0.1), Share(0.2, 0.1, 0.3), 0.1, 250.0))
    flags = assess_quality(doubtful, within=Epoch(0.0, 180.0)).flags
    assert len(flags) == 3
    assert "8 % of its spikes look more like those of unit 3" in flags[0]
    assert "20 % of this cell's spikes were probably counted as unit 3's" in flags[1]
    assert "changes at 250 s" in flags[2]
    assert "a 10 % chance" in flags[2]


def test_units_of_another_name_know_their_neighbours_by_it() -> None:
    whole = Epoch(0.0, 10.0)
    none = Share(0.0, 0.0, 0.0)
    one = replace(Unit.from_times([1.0], support=whole, id="1"), isolation=Isolation("2", none, none))
    two = replace(Unit.from_times([2.0], support=whole, id="2"), isolation=Isolation("", none, none))
    renamed = rename_units([one, two], {"1": "2", "2": "1"})
    assert [(unit.id, unit.isolation.neighbour) for unit in renamed if unit.isolation] == [("2", "1"), ("1", "")]
