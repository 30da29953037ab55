"""Recoveries without an antagonist: timed from the right event, censored where watching ended, kept as a table."""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ephys.errors import ParameterError, TableError
from ephys.model import Administration, Fate, Subject
from ephys.pharmacology import (
    Recovery,
    assess_reversals,
    recoveries_from_rows,
    spontaneous_recovery,
)
from ephys.pharmacology.reversal.verdicts import RETURNED, REVERSED, UNDETERMINED
from ephys.simulation import Kinetics
from tests.pharmacology.reversal.cells import Cell, against, cell, dose, recovery, simulated

ALONE = (dose(),)


def recover(one: Cell) -> Recovery:
    """Recovery of a cell with its response."""
    response, unit, protocol = one
    return spontaneous_recovery(unit, protocol, response=response)


def test_a_recovery_is_timed_from_the_last_dose_and_its_interval_holds_the_truth() -> None:
    """True: back 250 s after the second dose. Measured: 20 of 20."""
    given = (dose(), dose(270.0))
    found = [
        recover(cell(((0.0, 2.0), (190.0, 0.8), (280.0, 0.1), (520.0, 2.0)), 900.0, given=given, seed=seed))
        for seed in range(20)
    ]
    assert {one.state for one in found} == {"returned"}
    assert {(one.dose, one.origin) for one in found} == {(200.0, "dose")}
    assert sum(one.back.low_s <= 250.0 <= one.back.high_s for one in found) >= 18


def test_a_simulated_recovery_is_timed_near_the_time_at_which_the_rate_passes_80_percent() -> None:
    """True: with a half-life of 100 s the dose left at 80 % of the rate is reached 267 s after the last dose."""
    share_left = (80.0 * 0.25 ** (1 / 1.8)) / (125.0 * 0.5 ** (90.0 / 100.0) + 125.0)
    truth_s = -100.0 * math.log2(share_left)
    kinetics = Kinetics(half_life_s=100.0)
    found = [recover(simulated(n, kinetics, animal="c", antagonist="", recovery_s=500.0)) for n in range(10)]
    times = sorted(one.back.value_s for one in found if one.back.returned)
    assert len(times) == 10
    assert 0.5 * (times[4] + times[5]) == pytest.approx(truth_s, rel=0.15)


def test_what_was_not_back_is_a_bound_and_the_antagonist_ends_the_watch() -> None:
    one = recover(cell(((0.0, 2.0), (190.0, 0.2)), 700.0, given=ALONE))
    assert (one.state, one.back.text) == ("not back", "> 520 s")
    watched = recover(cell(((0.0, 2.0), (190.0, 0.2), (320.0, 2.0)), 700.0, given=(dose(), against(300.0))))
    assert (watched.state, watched.back.watched_s) == ("not back", pytest.approx(120.0))


def test_silence_of_a_cell_that_may_be_lost_is_no_slow_recovery() -> None:
    levels = ((0.0, 2.0), (260.0, 0.0))
    for fate in (Fate("undetermined", 259.0, "silent to the end"), Fate("lost", 259.0, "ran down", 259.5), None):
        found = recover(cell(levels, 1200.0, given=ALONE, fate=fate))
        assert found.back.watched_s < 80.0
    held = recover(cell(levels, 1200.0, given=ALONE))
    assert (held.state, held.back.watched_s) == ("not back", pytest.approx(1020.0))


def test_a_cell_that_was_not_inhibited_has_no_recovery() -> None:
    assert recover(cell(((0.0, 2.0),), given=ALONE)).state == "no inhibition"
    assert not recover(cell(((0.0, 2.0),), given=ALONE)).tells
    silent = recover(cell(((0.0, 0.0), (190.0, 1.0)), given=ALONE))
    assert (silent.state, "silent baseline" in silent.reason) == ("not judged", True)


def test_a_wash_is_what_a_recovery_in_the_bath_is_timed_from() -> None:
    bath = Administration("ipsapirone", 180.0, stop_s=400.0, dose=100.0, dose_unit="nM", route="bath", form="base")
    levels = ((0.0, 2.0), (190.0, 0.2), (520.0, 2.0))
    found = recover(cell(levels, 900.0, given=(bath,)))
    assert (found.origin, found.back.low_s <= 120.0 <= found.back.high_s) == ("end", True)
    washed = recover(cell(levels, 900.0, given=(replace(bath, stop_s=None), Administration("", 400.0, role="wash"))))
    assert (washed.origin, washed.back.low_s <= 120.0 <= washed.back.high_s) == ("wash", True)


def test_a_vehicle_does_not_end_the_watch_and_another_drug_does() -> None:
    levels = ((0.0, 2.0), (190.0, 0.2), (520.0, 2.0))
    saline = Administration("saline", 300.0, dose=1.0, dose_unit="ml/kg", role="vehicle")
    assert recover(cell(levels, 900.0, given=(dose(), saline))).state == "returned"
    other = Administration("prazosin", 400.0, dose=1.0, dose_unit="mg/kg", role="other")
    assert recover(cell(levels, 900.0, given=(dose(), other))).back.text == "> 220 s"


def test_recoveries_survive_a_table() -> None:
    known = [
        recover(cell(((0.0, 2.0), (190.0, 0.2), (520.0, 2.0)), 900.0, given=ALONE)),
        recover(cell(((0.0, 2.0), (190.0, 0.2)), 700.0, given=ALONE)),
    ]
    rows = [{name: str(value) for name, value in row.items()} for one in known for row in one.as_rows()]
    again = recoveries_from_rows(rows)
    for before, after in zip(known, again, strict=True):
        assert str(before) == str(after)
        assert before.percent_at(200.0) == pytest.approx(after.percent_at(200.0), abs=0.5)
        assert before.rows == after.rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": "gone"}, "state must be one of"), ({"return_s": "soon"}, "return_s must be a number"),
        ({"levels": "300"}, "levels must be like"), ({"watched_s": ""}, "watched_s and dose must be numbers"),
        ({"low_s": "900"}, "does not lie between"), ({"dose": None}, "no column 'dose'"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_refused_by_its_number(change: dict[str, str | None], message: str) -> None:
    row = {**recovery("r1", 300.0).as_rows()[0], **change}
    with pytest.raises(TableError, match=rf"data row 1: .*{message}"):
        recoveries_from_rows([row])


# --- a data set ------------------------------------------------------------------------------------------------------

BACK = ((0.0, 2.0), (190.0, 0.2), (320.0, 2.0))


def test_recoveries_are_collected_from_the_data_set_and_the_share_counts_animals() -> None:
    treated = [cell(BACK, seed=n, animal=f"r{n}") for n in range(4)]
    alone = [cell(((0.0, 2.0), (190.0, 0.2)), 900.0, seed=n, given=ALONE, animal=f"c{n}") for n in range(3)]
    found = assess_reversals([*treated, *alone])
    assert found.counts == {REVERSED: 4}
    assert len(found.without) == 3
    assert found.share.low == pytest.approx(0.025 ** (1 / 4)), "Clopper and Pearson's lower end of 4 of 4 animals"
    few = assess_reversals([*treated, *alone[:2]])
    assert few.counts == {RETURNED: 4}
    assert any("fewer than 3" in note for note in few.notes)
    assert assess_reversals([*treated, *alone[:2]], recoveries=[recovery("c7")]).counts == {REVERSED: 4}


def test_cells_of_one_animal_do_not_narrow_the_interval_of_the_share() -> None:
    one = [cell(BACK, seed=n, animal="r1") for n in range(4)]
    other = [cell(((0.0, 2.0), (190.0, 0.2)), seed=n, animal="r2") for n in range(4)]
    others = [recovery(f"c{n}") for n in range(3)]
    share = assess_reversals([*one, *other], recoveries=others).share
    assert share.value == 0.5
    assert share.low < 0.05
    assert share.high > 0.95


def test_an_antagonist_that_came_late_leaves_a_recovery_until_then() -> None:
    late = [cell(((0.0, 2.0), (190.0, 0.2)), 1500.0, given=(dose(), against(1000.0)), animal=f"l{n}") for n in range(3)]
    found = assess_reversals([cell(BACK), *late])
    assert found.cells[0].verdict == REVERSED
    assert len(found.without) == 3


def test_undetermined_cells_are_beside_the_share_and_said() -> None:
    unsure = cell(((0.0, 2.0), (190.0, 0.0)), animal="r9", fate=Fate("undetermined", 189.0, "silent to the end"))
    found = assess_reversals([cell(BACK), unsure], recoveries=[recovery(f"c{n}") for n in range(3)])
    assert found.counts == {REVERSED: 1, UNDETERMINED: 1}
    assert found.share.value == 1.0
    assert any("were none of them reversed, it would be 1 of 2" in note for note in found.notes)
    assert all(len(row) == len(found.columns) for row in found.rows)


def test_a_cell_given_twice_of_no_animal_or_of_several_drugs_is_refused() -> None:
    one = cell(BACK)
    with pytest.raises(ParameterError, match="is there twice"):
        assess_reversals([one, one])
    with pytest.raises(ParameterError, match="does not know its animal"):
        assess_reversals([(replace(one[0], subject=Subject()), *one[1:])])
    with pytest.raises(ParameterError, match="say which"):
        assess_reversals([one, (replace(one[0], drug="lesopitron"), *one[1:])])
    with pytest.raises(ParameterError, match="say which"):
        assess_reversals([])


def test_the_sample_table_holds_what_its_script_says(sample_data: Path) -> None:
    """True there: half of the cells are back 300 s after the last dose, treated animals' in 120 s; two never."""
    with (sample_data / "protocols" / "recoveries.csv").open(encoding="utf-8", newline="") as file:
        known = [replace(one, drug="ipsapirone") for one in recoveries_from_rows(csv.DictReader(file))]
    groups = Counter(one.group for one in known)
    assert groups == {"control": 6, "treated": 4}
    truth = {"control": 300.0, "treated": 120.0}
    told = [one for one in known if one.state == "returned"]
    for group, truth_s in truth.items():
        times = [one.back for one in told if one.group == group]
        assert sum(back.low_s <= truth_s <= back.high_s for back in times) >= len(times) - 1
    assert [one.back.text for one in known if one.state == "not back"] == ["> 200 s", "> 200 s"]
    fast = cell(((0.0, 2.0), (190.0, 0.2), (310.0, 2.0)), 600.0, group="control")
    slower = cell(((0.0, 2.0), (190.0, 0.2), (430.0, 2.0)), 600.0, group="control", animal="r2")
    found = assess_reversals([fast, slower], recoveries=known)
    assert [one.verdict for one in found.cells] == [REVERSED, RETURNED]


def test_without_a_response_it_is_measured_with_the_usual_settings() -> None:
    response, unit, protocol = cell(((0.0, 2.0), (190.0, 0.2), (520.0, 2.0)), 900.0, given=ALONE)
    alone = spontaneous_recovery(unit, protocol, fate=response.fate, subject=response.subject)
    assert str(alone.as_rows()) == str(spontaneous_recovery(unit, protocol, response=response).as_rows())
