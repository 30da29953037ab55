"""Codes that change midway are told, with their moment; what only looks like it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ephys.model import Epoch, Support, Unit
from ephys.model.unit_parts import choose_spikes, unit_within
from ephys.simulation import simulate_session
from ephys.sorting import correction_of, find_changes_between, find_code_changes, suspect_code_changes
from ephys.sorting.curation.operations import Merge, Restrict, Split

WHOLE = Support.of(Epoch(0.0, 600.0))
HELD, LOST, FAST = simulate_session(1, with_voltage=False).session.units


def _cell(seed: int = 0, rate_hz: float = 1.5, stop_s: float = 600.0) -> Unit:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.gamma(12.0, 1.0 / (12.0 * rate_hz), round(2 * rate_hz * stop_s)))
    return Unit.from_times(times[times < stop_s], support=WHOLE, id="A")


def _named(cell: Unit, name: str) -> Unit:
    return choose_spikes(cell, np.ones(cell.n_spikes, dtype=bool), name)


def _codes(cell: Unit, *names: str) -> list[Unit]:
    """Units of a name per spike; a spike without is in none."""
    labels = np.array(names)
    return [choose_spikes(cell, labels == name, name) for name in sorted(set(names) - {""})]


@pytest.mark.parametrize("seed", range(10))
def test_the_moment_of_a_change_lies_in_its_interval_whatever_the_strays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cell = _cell(seed)
    true_s = float(rng.uniform(60.0, 540.0))
    labels = np.where(cell.times_s < true_s, "1", "2")
    stray = rng.random(cell.n_spikes) < 0.05
    labels[stray] = rng.choice(["", "1", "2", "3"], int(stray.sum()))
    (change,) = find_code_changes(cell, _codes(cell, *labels))
    assert (change.before, change.after) == ("1", "2")
    assert change.low_s <= true_s <= change.high_s
    assert change.high_s - change.low_s < 10.0


def test_a_change_to_nothing_and_from_nothing_is_told_and_restricts() -> None:
    cell = _cell()
    early = cell.times_s < 200.0
    (ends,) = find_code_changes(cell, _codes(cell, *np.where(early, "1", "")))
    assert (ends.before, ends.after) == ("1", "")
    assert correction_of(ends, _named(cell, "1")) == Restrict("1", 0.0, ends.high_s)
    (begins,) = find_code_changes(cell, _codes(cell, *np.where(early, "", "1")))
    assert (begins.before, begins.after) == ("", "1")
    assert correction_of(begins, _named(cell, "1")) == Restrict("1", begins.low_s, 600.0)


def test_two_codes_that_are_one_cell_are_merged_and_unsorted_spikes_never() -> None:
    cell = _cell()
    first, second = _codes(cell, *np.where(cell.times_s < 300.0, "1", "2"))
    (change,) = find_code_changes(cell, [first, second])
    assert correction_of(change, first) == Merge(("1", "2"))
    (change,) = find_code_changes(cell, [first, replace(second, multi_unit=True)])
    assert change.units == ("1",)
    assert "2 (unsorted) from then on" in change.text
    assert isinstance(correction_of(change, first), Restrict)


def test_there_and_back_is_two_changes() -> None:
    cell = _cell()
    middle = (cell.times_s > 200.0) & (cell.times_s < 400.0)
    there, back = find_code_changes(cell, _codes(cell, *np.where(middle, "2", "1")))
    assert (there.before, there.after, back.before, back.after) == ("1", "2", "2", "1")
    assert there.at_s == pytest.approx(200.0, abs=1.0)
    assert back.at_s == pytest.approx(400.0, abs=1.0)


@pytest.mark.parametrize("seed", range(10))
def test_a_code_that_misses_spikes_at_random_or_more_and_more_has_no_change(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cell = _cell(seed)
    for kept in (0.6, 1.0 - 0.4 * cell.times_s / 600.0):
        labels = np.where(rng.random(cell.n_spikes) < kept, "1", "")
        assert find_code_changes(cell, _codes(cell, *labels)) == ()


def test_fewer_than_twenty_spikes_are_no_change() -> None:
    cell = _cell()
    labels = ["1"] * (cell.n_spikes - 15) + ["2"] * 15
    assert find_code_changes(cell, _codes(cell, *labels)) == ()


def test_a_code_that_was_restricted_by_hand_to_its_time_is_not_told_again() -> None:
    cell = _cell()
    (code,) = _codes(cell, *np.where(cell.times_s < 200.0, "1", ""))
    (change,) = find_code_changes(cell, [code])
    known = unit_within(code, Epoch(0.0, change.high_s))
    assert known is not None
    assert find_code_changes(cell, [known]) == ()


def test_a_slow_code_beside_a_fast_one_that_ends_does_not_follow_it() -> None:
    fast, slow = _cell(0, 12.0, 300.0), _cell(1, 1.0)
    apart = np.abs(slow.times_s[:, np.newaxis] - fast.times_s).min(axis=1) > 0.002
    slow = choose_spikes(slow, apart, "2")
    both = Unit.from_times(np.sort([*fast.times_s, *slow.times_s]), support=WHOLE, id="A")
    changes = find_code_changes(both, [_named(fast, "1"), slow])
    assert not [change for change in changes if change.after == "2"]


def test_a_code_without_voltage_is_suspected_where_another_of_its_shape_goes_on() -> None:
    early = HELD.times_s < 300.0
    codes = [choose_spikes(HELD, early, "1"), choose_spikes(HELD, ~early, "2")]
    (change,) = suspect_code_changes([*codes, FAST, LOST])
    assert (change.before, change.after, change.unit) == ("1", "2", "")
    assert "suspected to be one cell" in change.text
    assert change.low_s <= 300.0 <= change.high_s


def test_cells_of_other_shape_and_cells_that_fire_together_are_not_suspected() -> None:
    assert suspect_code_changes([HELD, LOST, FAST]) == ()
    first = choose_spikes(HELD, HELD.times_s < 300.0, "1")
    assert suspect_code_changes([first, choose_spikes(FAST, FAST.times_s >= 300.0, "2")]) == ()
    thinned = np.arange(HELD.n_spikes) % 2 == 0
    assert suspect_code_changes([choose_spikes(HELD, thinned, "1"), choose_spikes(HELD, ~thinned, "2")]) == ()


def test_two_codes_that_are_taken_for_one_another_cross_and_are_not_silent() -> None:
    first, second = _cell(0), _named(_cell(1), "B")
    second = choose_spikes(second, np.abs(second.times_s[:, np.newaxis] - first.times_s).min(axis=1) > 0.003, "B")

    times = [
        np.sort([*one.times_s[one.times_s < 300.0], *other.times_s[other.times_s >= 300.0]])
        for one, other in ((first, second), (second, first))
    ]
    codes = [Unit.from_times(each, support=WHOLE, id=name) for each, name in zip(times, "12", strict=True)]
    changes = find_changes_between(codes, [first, second])
    assert [(one.seen, one.unit, one.before, one.after) for one in changes] == [
        ("crossing", "1", "A", "B"),
        ("crossing", "2", "B", "A"),
    ]
    assert all(one.low_s <= 300.0 <= one.high_s for one in changes)
    assert correction_of(changes[0], codes[0]) == Split("1", "time", changes[0].at_s)
    assert correction_of(changes[0], first) is None


def test_one_code_that_is_two_of_our_units_in_turn_merges_them() -> None:
    cell = _cell()
    parts = [choose_spikes(cell, mask, name) for mask, name in ((cell.times_s < 300, "A"), (cell.times_s >= 300, "B"))]
    (change,) = find_changes_between([_named(cell, "1")], parts)
    assert (change.seen, change.units) == ("sorting", ("A", "B"))
    assert correction_of(change, parts[0]) == Merge(("A", "B"))


def test_a_code_that_never_had_most_of_the_cell_did_not_change() -> None:
    cell = _cell()
    drawn = np.random.default_rng(0).random(cell.n_spikes)
    labels = np.where(cell.times_s < 300.0, np.where(drawn < 0.3, "1", ""), "2")
    assert find_code_changes(cell, _codes(cell, *labels)) == ()
