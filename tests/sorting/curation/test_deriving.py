"""What was done elsewhere is read off its outcome, and replays to that outcome."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ephys.errors import CurationError
from ephys.model import Epoch, Unit
from ephys.sorting.curation import CurationLog, curate_units, operation_name
from ephys.sorting.curation.deriving import derive_curation
from ephys.sorting.curation.spike_pairs import pair_spikes

WHOLE = Epoch(0.0, 100.0)
SAID = {"by": "A. Name", "reason": "looked at again", "how": "another program"}


def _units(**trains: list[float]) -> list[Unit]:
    return [Unit.from_times(times, support=WHOLE, id=name.lstrip("u")) for name, times in trains.items()]


def _derived(units: list[Unit], after: dict[str, list[float]], **more: dict[str, str]) -> CurationLog:
    return derive_curation(CurationLog.begin("rat07", units), units, after, **SAID, **more)  # type: ignore[arg-type]


def _trains(units: list[Unit], log: CurationLog) -> dict[str, list[float]]:
    return {unit.id: unit.times_s.tolist() for unit in curate_units(units, log).units}


def _done(log: CurationLog) -> list[str]:
    return [operation_name(entry.operation) for entry in log.entries]


def test_what_did_not_change_needs_no_correction_whatever_it_is_called() -> None:
    units = _units(u1=[1.0, 2.0], u2=[3.0])
    assert _derived(units, {"1": [1.0, 2.0], "cluster 9": [3.0]}).entries == ()


def test_each_change_takes_one_operation() -> None:
    units = _units(u1=[1.0, 2.0], u2=[3.0], u3=[4.0, 5.0, 6.0], u4=[7.0])
    log = _derived(units, {"1": [1.0, 2.0, 3.0], "x": [4.0, 6.0], "y": [5.0]})
    assert sorted(_done(log)) == ["delete", "merge", "split_spikes"]
    assert _trains(units, log) == {"1": [1.0, 2.0, 3.0], "x": [4.0, 6.0], "y": [5.0]}


def test_spikes_without_a_unit_are_parted_off_and_counted() -> None:
    units = _units(u1=[1.0, 2.0, 3.0])
    log = _derived(units, {"1": [1.0, 3.0]})
    assert _done(log) == ["split_spikes", "delete"]
    assert log.entries[1].reason == "looked at again; 1 spikes are in no unit"
    assert _trains(units, log) == {"1": [1.0, 3.0]}


def test_spikes_that_no_unit_has_are_refused_and_counted() -> None:
    units = _units(u1=[1.0, 2.0], u2=[3.0])
    with pytest.raises(CurationError, match=r"3 spikes afterwards are none of these units' \(2 of 1, 1 of new\)"):
        _derived(units, {"1": [1.0, 2.0, 9.0, 10.0], "2": [3.0], "new": [50.0]})


def test_a_spike_that_two_units_claim_is_had_once() -> None:
    with pytest.raises(CurationError, match="1 spikes afterwards are none"):
        _derived(_units(u1=[1.0, 2.0]), {"1": [1.0, 2.0], "2": [2.0]})


def test_a_silent_unit_stays_if_it_is_named_and_none_is_made() -> None:
    units = _units(u1=[1.0], u2=[])
    assert _done(_derived(units, {"1": [1.0], "2": []})) == []
    assert _done(_derived(units, {"1": [1.0]})) == ["delete"]
    with pytest.raises(CurationError, match="x has no spikes afterwards"):
        _derived(units, {"1": [1.0], "2": [], "x": []})


def test_labels_are_corrected_where_they_differ() -> None:
    units = _units(u1=[1.0], u2=[2.0], u3=[3.0])
    log = _derived(units, {"9": [1.0, 2.0], "3": [3.0]}, labels={"9": "multi_unit", "3": "single_unit"})
    assert _done(log) == ["merge", "relabel"]
    assert {u.id: u.multi_unit for u in curate_units(units, log).units} == {"9": True, "3": False}
    with pytest.raises(CurationError, match="a label for '8'"):
        _derived(units, {"9": [1.0, 2.0], "3": [3.0]}, labels={"8": "multi_unit"})


def test_a_name_is_given_once_it_is_free_and_none_are_swapped() -> None:
    units = _units(u1=[1.0, 2.0], u2=[3.0, 4.0])
    after = {"2": [1.0], "p": [2.0], "q": [3.0], "r": [4.0]}
    assert _trains(units, _derived(units, after)) == after
    with pytest.raises(CurationError, match=r"names change places \(1, 2\)"):
        _derived(units, {"2": [1.0], "p": [2.0], "1": [3.0], "r": [4.0]})


def test_two_cells_that_fired_together_do_not_change_places() -> None:
    units = _units(u1=[1.0, 2.0, 3.0], u2=[2.00005, 5.0, 6.0])
    assert _done(_derived(units, {"1": [1.0, 2.00005, 3.0], "2": [2.0, 5.0, 6.0]})) == []


def test_units_that_are_not_the_logs_are_refused() -> None:
    units = _units(u1=[1.0], u2=[2.0])
    log = CurationLog.begin("rat07", units, by="A. Name").merge("1", "2", reason="one cell")
    with pytest.raises(CurationError, match="the log leaves the units 1, and these are 1, 2"):
        derive_curation(log, units, {"1": [1.0]}, **SAID)


def test_a_unit_with_a_call_by_hand_is_not_put_together_with_another() -> None:
    units = _units(u1=[1.0], u2=[2.0])
    log = CurationLog.begin("rat07", units, by="A. Name").override_call("1", "serotonergic", reason="slow")
    with pytest.raises(CurationError, match="undo entry 1 first"):
        derive_curation(log, units, {"1": [1.0, 2.0]}, **SAID)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_replaying_gives_what_it_was_read_off(data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    ticks = data.draw(st.permutations(range(sum(counts))))
    owner = data.draw(st.lists(st.sampled_from(["", "p", "q", "r"]), min_size=len(ticks), max_size=len(ticks)))
    starts = np.cumsum([0, *counts])
    units = [
        Unit.from_times(np.sort(ticks[start : start + n]) * 0.01, support=WHOLE, id=str(i))
        for i, (start, n) in enumerate(zip(starts, counts, strict=False))
    ]
    after = {name: np.flatnonzero(np.array(owner, dtype="U1") == name) * 0.01 for name in dict.fromkeys(owner) if name}
    log = derive_curation(CurationLog.begin("rat07", units), units, after, **SAID)
    made = _trains(units, log)
    assert sorted(made.values()) == sorted(times.tolist() for times in after.values())
    same = {unit.id: unit.times_s.tolist() for unit in units}
    assert all(made.get(name) == times.tolist() or times.tolist() in same.values() for name, times in after.items())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=30), st.lists(st.integers(0, 300), max_size=30))
def test_pairs_are_one_to_one_and_as_many_as_there_can_be(one: list[int], other: list[int]) -> None:
    first, second = np.sort(one) * 1e-4, np.sort(other) * 1e-4
    owner = pair_spikes([first], [second], tolerance_s=1.5e-4)[0]
    i = j = most = 0
    while i < len(first) and j < len(second):
        if abs(first[i] - second[j]) <= 1.5e-4:
            most, i, j = most + 1, i + 1, j + 1
        elif first[i] < second[j]:
            i += 1
        else:
            j += 1
    assert np.count_nonzero(owner == 0) == most


def test_units_that_are_numbered_elsewhere_are_the_logs_own() -> None:
    units = _units(u1=[1.0, 2.0], u2=[3.0])
    after, labels = {1: [1.0, 3.0], 7: [2.0]}, {7: "multi_unit"}
    log = derive_curation(CurationLog.begin("rat07", units), units, after, labels=labels, **SAID)  # type: ignore[arg-type]
    assert _trains(units, log) == {"1": [1.0, 3.0], "7": [2.0]}
    assert [unit.id for unit in curate_units(units, log).units if unit.multi_unit] == ["7"]


def test_a_name_that_is_none_or_twice_there_is_an_error() -> None:
    for after in ({" ": [1.0], "x": [2.0]}, {"x ": [1.0], "x": [2.0]}):
        with pytest.raises(CurationError, match="a name of its own"):
            _derived(_units(u1=[1.0, 2.0]), after)
