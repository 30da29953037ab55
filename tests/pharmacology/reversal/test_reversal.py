"""Antagonists on cells of known truth: what is a reversal, and above all what is none."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Subject, Support, Unit
from ephys.pharmacology import (
    Recovery,
    ReversalSettings,
    assess_reversal,
    assess_reversals,
    dose_response,
    spontaneous_recovery,
)
from ephys.pharmacology.reversal.verdicts import (
    LOST,
    NOT_JUDGED,
    NOT_REVERSED,
    NOTHING,
    PARTLY,
    RETURNED,
    REVERSED,
    UNDETERMINED,
)
from ephys.simulation import Kinetics
from tests.pharmacology.reversal.cells import HELD, Cell, against, cell, dose, recovery, simulated, stepped

BACK = ((0.0, 2.0), (190.0, 0.2), (320.0, 2.0))
SLOW = tuple(recovery(f"c{n}", 900.0, watched_s=1200.0) for n in range(3))


def assess(one: Cell, *, recoveries: tuple[Recovery, ...] = (), settings: ReversalSettings | None = None):  # type: ignore[no-untyped-def]
    """Assess a cell with its response."""
    response, unit, protocol = one
    return assess_reversal(unit, protocol, response=response, recoveries=recoveries, settings=settings)


# --- the verdicts ----------------------------------------------------------------------------------------------------


def test_a_return_that_is_faster_than_recoveries_of_three_animals_is_a_reversal() -> None:
    found = assess(cell(BACK), recoveries=SLOW)
    assert found.verdict == REVERSED
    step = found.decisive
    assert step is not None
    assert step.back.low_s <= 20.0 <= step.back.high_s, "it was back 20 s after the antagonist"
    assert step.comparison.n_animals == 3
    assert step.comparison.chance == pytest.approx(1 / 4)
    assert "1 in 4" in str(found)


def test_without_recoveries_or_with_too_few_animals_a_return_may_be_spontaneous() -> None:
    assert RETURNED == "returned; spontaneous recovery not excluded"
    assert assess(cell(BACK)).verdict == RETURNED
    assert assess(cell(BACK), recoveries=SLOW[:2]).verdict == RETURNED
    of_one = tuple(replace(one, animal="c0", unit_id=str(n)) for n, one in enumerate(SLOW))
    assert assess(cell(BACK), recoveries=of_one).verdict == RETURNED, "three cells of one animal are one animal"


@pytest.mark.parametrize(
    ("unlike", "why"),
    [
        ({"drug": "lesopitron"}, "another drug"), ({"amount": 400.0}, "at a dose more than 2 times"),
        ({"amount": 25.0}, "at a dose more than 2 times"), ({"group": "treated"}, "of another group"),
        ({"origin": "wash"}, "timed from another event"), ({"return_s": 110.0}, "back before the antagonist"),
        ({"return_s": math.nan, "watched_s": 150.0}, "watched for too short"), ({"percent": -50.0}, "more deeply"),
    ],
)  # fmt: skip
def test_recoveries_that_are_no_fair_comparison_are_left_out_and_named(unlike: dict[str, object], why: str) -> None:
    values = {"return_s": 900.0, **unlike}
    others = tuple(recovery(f"c{n}", **values) for n in range(3))  # type: ignore[arg-type]
    found = assess(cell(BACK), recoveries=others)
    assert found.verdict == RETURNED
    assert any(why in note and "3 " in note for note in found.notes)
    assert assess(cell(BACK), recoveries=(*others, *SLOW)).verdict == REVERSED, "they do not stand in the way, either"


def test_one_fast_recovery_forbids_a_reversal_and_censored_ones_count_as_bounds() -> None:
    fast = recovery("c9", 120.0 + 25.0)
    assert assess(cell(BACK), recoveries=(*SLOW, fast)).verdict == RETURNED
    never = tuple(recovery(f"c{n}", watched_s=600.0) for n in range(3))
    found = assess(cell(BACK), recoveries=never)
    assert found.verdict == REVERSED
    assert found.decisive.comparison.recoveries[0].text == "> 480 s"


def test_a_recovery_no_more_than_twice_as_slow_is_not_slower() -> None:
    almost = tuple(recovery(f"c{n}", 120.0 + 60.0) for n in range(3))
    assert assess(cell(BACK), recoveries=almost).verdict == RETURNED
    once = ReversalSettings(faster_factor=1.0)
    assert assess(cell(BACK), recoveries=almost, settings=once).verdict == REVERSED
    assert assess(cell(BACK), recoveries=tuple(recovery(f"c{n}", 330.0) for n in range(3))).verdict == REVERSED


def test_a_rise_that_does_not_reach_the_baseline_is_partial() -> None:
    found = assess(cell(((0.0, 2.0), (190.0, 0.2), (320.0, 1.0)), 600.0), recoveries=SLOW)
    assert found.verdict == PARTLY
    step = found.decisive
    assert step.after.of_agonist.low > 1.0
    assert step.after.of_baseline.low <= 50.0 <= step.after.of_baseline.high
    late = assess(cell(((0.0, 2.0), (190.0, 0.2), (330.0, 0.8), (540.0, 2.0)), 700.0), recoveries=SLOW)
    assert late.verdict == PARTLY
    assert "later than 180 s" in str(late)


def test_no_rise_is_no_reversal_and_a_cell_proven_later_was_there() -> None:
    assert assess(cell(((0.0, 2.0), (190.0, 0.2)), 600.0), recoveries=SLOW).verdict == NOT_REVERSED
    silent = cell(((0.0, 2.0), (190.0, 0.0), (1000.0, 2.0)), 1200.0)
    assert assess(silent, recoveries=SLOW).decisive.after.window.count == 0
    assert assess(silent, recoveries=SLOW).verdict == NOT_REVERSED, "back, but after 700 s, and silent until then"


def test_silence_to_the_end_is_lost_only_where_that_is_proven() -> None:
    levels = ((0.0, 2.0), (190.0, 0.0))
    lost = Fate("lost", 185.0, "amplitude fell from 100 to 50 µV", 189.0)
    assert assess(cell(levels, fate=lost)).verdict == LOST
    unsure = Fate("undetermined", 189.0, "silent for the last 311 s")
    assert assess(cell(levels, fate=unsure)).verdict == UNDETERMINED
    assert assess(cell(levels, fate=None)).verdict == UNDETERMINED
    assert assess(cell(((0.0, 2.0), (190.0, 0.2), (330.0, 0.0)), 600.0, fate=None)).verdict == UNDETERMINED


def test_a_cell_that_was_back_before_it_was_lost_is_judged() -> None:
    found = assess(cell(BACK, 800.0, fate=Fate("lost", 480.0, "ran down", 500.0)), recoveries=SLOW)
    assert found.verdict == REVERSED


def test_a_cell_that_was_never_inhibited_has_nothing_to_reverse() -> None:
    assert assess(cell(((0.0, 2.0),)), recoveries=SLOW).verdict == NOTHING
    before = assess(cell(((0.0, 2.0), (190.0, 0.2), (285.0, 2.0))), recoveries=SLOW)
    assert before.verdict in (NOTHING, RETURNED), "it was back 15 s before the antagonist"
    assert before.verdict == NOTHING or "may have begun before" in str(before)


def test_a_recording_that_ends_soon_or_a_next_dose_leaves_it_unjudged() -> None:
    short = assess(cell(((0.0, 2.0), (190.0, 0.2)), 330.0), recoveries=SLOW)
    assert short.verdict == NOT_JUDGED
    assert "30 s" in str(short)
    again = assess(cell(((0.0, 2.0), (190.0, 0.2)), 600.0, given=(dose(), against(), dose(310.0))), recoveries=SLOW)
    assert again.verdict == NOT_JUDGED
    assert again.decisive.back.watched_s == pytest.approx(10.0)


def test_a_silent_baseline_cannot_be_returned_to() -> None:
    found = assess(cell(((0.0, 0.0), (190.0, 1.0))))
    assert found.verdict == NOT_JUDGED
    assert "silent baseline" in str(found)


# --- the rates -------------------------------------------------------------------------------------------------------


def test_the_rate_is_held_against_baseline_and_agonist_with_exact_intervals() -> None:
    """Against scipy: given their sum, one of two Poisson counts is binomial."""
    one = cell(BACK)
    step = assess(one).decisive
    window, agonist = step.after.window, step.agonist
    test = stats.binomtest(window.count, window.count + agonist.count).proportion_ci(0.95, method="exact")
    low, high = (share / (1 - share) * agonist.exposure_s / window.exposure_s for share in (test.low, test.high))
    assert step.after.of_agonist.low == pytest.approx(low)
    assert step.after.of_agonist.high == pytest.approx(high)
    plain = next(w for w in one[0].windows if w.role == "antagonist")
    assert (window.percent, window.percent_low, window.percent_high) == (
        plain.percent, plain.percent_low, plain.percent_high,
    ), "of a regular cell the intervals are those of the response"  # fmt: skip


def test_a_silent_agonist_window_gives_a_bound_and_no_number() -> None:
    step = assess(cell(((0.0, 2.0), (190.0, 0.0), (320.0, 2.0)))).decisive
    assert step.agonist.count == 0
    assert math.isinf(step.after.of_agonist.value)
    assert step.after.fold_text.startswith("> ")


def test_intervals_of_a_cell_that_bursts_are_wider() -> None:
    response, unit, protocol = cell(BACK)
    wide = assess_reversal(unit, protocol, response=replace(response, fano=4.0))
    narrow = assess_reversal(unit, protocol, response=response)
    of = [found.steps[0].after.of_baseline for found in (wide, narrow)]
    assert of[0].low < of[1].low < of[1].value < of[1].high < of[0].high
    assert any("4 times as much as Poisson" in note for note in wide.notes)


def test_an_overshoot_is_said_with_both_readings_and_only_where_it_is_sure() -> None:
    above = assess(cell(((0.0, 2.0), (190.0, 0.2), (320.0, 4.0))), recoveries=SLOW)
    assert any("above baseline; tonic autoinhibition is one reading, drift another" in note for note in above.notes)
    assert not any("tonic" in note for note in assess(cell(BACK), recoveries=SLOW).notes)


def test_the_antagonist_alone_is_an_effect_of_its_own() -> None:
    given = (against(180.0), against(300.0), dose(420.0))
    found = assess(cell(((0.0, 2.0), (190.0, 3.5), (420.0, 3.4)), 600.0, given=given))
    assert [round(one.window.given_s) for one in found.own] == [180, 300]
    assert all(one.of_baseline.low > 100.0 for one in found.own)
    assert found.verdict == NOTHING
    assert [one.how for one in found.own] == ["alone", "after way-100635"]
    assert sum("tonic autoinhibition" in note for note in found.notes) == 2


def test_an_antagonist_without_any_agonist_has_its_own_effect_only() -> None:
    unit = stepped(((0.0, 2.0), (200.0, 1.0)), 400.0)
    found = assess_reversal(unit, DoseProtocol((against(190.0),), unit.support), subject=Subject(animal="r1"))
    assert found.verdict == NOTHING
    assert "no agonist was given" in str(found)
    (own,) = found.own
    assert own.of_baseline.low <= 50.0 <= own.of_baseline.high
    assert math.isnan(own.of_agonist.value)


def test_several_doses_of_an_antagonist_are_judged_each_and_the_first_return_decides() -> None:
    given = (dose(), against(300.0), against(400.0))
    one = cell(((0.0, 2.0), (190.0, 0.2), (320.0, 0.8), (420.0, 2.0)), 600.0, given=given)
    as_deep = tuple(recovery(f"c{n}", 900.0, watched_s=1200.0, percent=35.0) for n in range(3))
    found = assess(one, recoveries=as_deep)
    assert [step.verdict for step in found.steps] == [PARTLY, REVERSED]
    deeper = assess(one, recoveries=SLOW).steps[1]
    assert deeper.verdict == RETURNED, "silent cells are no comparison for one that had come half the way"
    assert found.verdict == REVERSED
    assert found.decisive.after.window.given_s == 400.0
    once = assess(cell(BACK, 600.0, given=given), recoveries=SLOW)
    assert [step.verdict for step in once.steps] == [REVERSED, NOTHING], "it was back when the second dose came"


def test_a_vehicle_after_which_the_rate_rose_is_told() -> None:
    saline = Administration("saline", 250.0, dose=1.0, dose_unit="ml/kg", role="vehicle")
    given = (dose(), saline, against(340.0))
    risen = assess(cell(((0.0, 2.0), (185.0, 0.2), (270.0, 2.0)), given=given), recoveries=SLOW)
    assert risen.verdict == NOTHING
    assert any("it rose without the antagonist" in note for note in risen.notes)
    steady = assess(cell(((0.0, 2.0), (185.0, 0.2), (360.0, 2.0)), given=given), recoveries=SLOW)
    assert steady.verdict == REVERSED
    assert not any("rose without" in note for note in steady.notes)


def test_a_baseline_that_is_not_stable_is_said() -> None:
    found = assess(cell(((0.0, 1.0), (90.0, 2.0), (190.0, 0.1), (320.0, 1.5))))
    assert any(note.startswith("baseline unstable") for note in found.notes)


def test_what_cannot_be_is_refused_with_what_to_do() -> None:
    response, unit, protocol = cell(BACK)
    without = replace(protocol, administrations=(dose(),))
    with pytest.raises(ParameterError, match="spontaneous_recovery times a recovery without one"):
        assess_reversal(unit, without)
    with pytest.raises(ParameterError, match=r"those given \(way-100635\), got 'spiperone'"):
        assess_reversal(unit, protocol, antagonist="spiperone")
    with pytest.raises(ParameterError, match="not of unit 2"):
        assess_reversal(replace(unit, id="2"), protocol, response=response)
    with pytest.raises(ParameterError, match="has its own fate"):
        assess_reversal(unit, protocol, response=response, fate=HELD)
    with pytest.raises(ParameterError, match="back_percent"):
        ReversalSettings(back_percent=120.0)
    with pytest.raises(ParameterError, match="faster_factor"):
        ReversalSettings(faster_factor=0.5)


# --- how often it is right -------------------------------------------------------------------------------------------


def test_the_interval_holds_the_time_of_an_abrupt_return() -> None:
    """Measured: 40 of 40."""
    held = 0
    for seed in range(40):
        at_s = 300.0 + 5.0 + 2.0 * seed
        back = assess(cell(((0.0, 2.0), (190.0, 0.2), (at_s, 2.0)), seed=seed)).decisive.back
        held += back.returned and back.low_s <= at_s - 300.0 <= back.high_s
    assert held >= 36


def test_simulated_cells_with_a_fast_antagonist_are_reversed_and_those_without_effect_are_not() -> None:
    """True: an antagonist of 12 s against recoveries of nine minutes; one that does nothing, at the same speed."""
    slow = Kinetics(half_life_s=200.0)
    others = [simulated(100 + n, slow, animal=f"c{n}", antagonist="", recovery_s=600.0) for n in range(3)]
    treated = [simulated(n, slow, animal=f"r{n}") for n in range(6)]
    found = assess_reversals([*treated, *others])
    assert found.counts == {REVERSED: 6}
    assert found.share.value == 1.0
    # Nobody was reversed by chance of all: 0 of 6 has an upper limit of 46 %, and 6 of 6 animals a lower one of 54 %.
    assert found.share.low == pytest.approx(0.025 ** (1 / 6), rel=1e-6)
    useless = [simulated(n, Kinetics(half_life_s=200.0, reversal_s=1e9), animal=f"r{n}") for n in range(6)]
    assert REVERSED not in assess_reversals([*useless, *others]).counts


def test_a_spontaneous_recovery_that_is_equally_fast_is_never_a_reversal() -> None:
    """True: the antagonist does nothing, and all cells are back 150 to 200 s after the last dose. Measured: 0 of 20."""
    fast = Kinetics(half_life_s=70.0)
    useless = replace(fast, reversal_s=1e9)
    others = [simulated(100 + n, fast, animal=f"c{n}", antagonist="", recovery_s=300.0) for n in range(3)]
    treated = [simulated(n, useless, animal=f"r{n}") for n in range(20)]
    found = assess_reversals([*treated, *others])
    assert found.counts[RETURNED] >= 10, "they do come back after it"
    assert REVERSED not in found.counts


def test_steady_cells_are_not_said_to_be_inhibited_let_alone_reversed() -> None:
    """True: nothing happened. Measured in 200 gamma trains each: inhibited 0 with a CV of 0.3, 5 of 1.0, none back."""
    for cv, most in ((0.3, 2), (1.0, 10)):
        verdicts = Counter(
            assess(cell(((0.0, 1.5),), seed=seed, cv=cv), recoveries=SLOW).verdict for seed in range(200)
        )
        assert verdicts[NOTHING] >= 200 - most
        assert verdicts[REVERSED] <= 2


@pytest.mark.real_data
def test_real_cells_to_which_nothing_was_given_are_never_reversed(shared_data: Path) -> None:
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    trains = [np.sort(np.array(times)) for times in cells["spikes"].values() if len(times) >= 150]
    # Recoveries that any return would beat, so that nothing but the cells themselves keeps them from a reversal.
    never = [recovery(f"c{n}", amount=200.0, watched_s=3000.0, percent=50.0) for n in range(3)]
    for parity in (0, 1):
        known = [_untouched(train, number, drugged=number % 2 == parity) for number, train in enumerate(trains)]
        found = assess_reversals(known, recoveries=never)
        assert len(found.cells) == 15
        assert REVERSED not in found.counts
        assert found.counts.get(RETURNED, 0) <= 1, "an irregular cell may slow down and come back by itself"


def test_a_step_that_falls_just_before_the_antagonist_by_chance_may_be_its_return() -> None:
    early = [cell(((0.0, 2.0), (190.0, 0.3), (299.0, 2.0)), seed=n) for n in range(20)]
    verdicts = {assess(one).verdict for one in early}
    assert verdicts == {RETURNED}
    long_before = cell(((0.0, 2.0), (190.0, 0.3), (250.0, 2.0)))
    assert assess(long_before).verdict == NOTHING


def _untouched(train: np.ndarray, number: int, *, drugged: bool) -> Cell:
    """A real train, stretched to the length of a session, with marks of drugs that were never given."""
    times = (train - train[0]) / (train[-1] - train[0]) * 899.0 + 0.5
    unit = Unit.from_times(times, support=Epoch(0.0, 900.0))
    protocol = DoseProtocol((dose(), dose(270.0), *((against(360.0),) if drugged else ())), unit.support)
    subject = Subject(animal=f"mouse {number}")
    return dose_response(unit, protocol, fate=HELD, subject=subject, beside=False), unit, protocol


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_rows_columns_and_numbers_go_together_and_methods_tell_the_settings() -> None:
    settings = ReversalSettings(within_s=120.0, back_percent=70.0)
    found = assess(cell(BACK), recoveries=SLOW, settings=settings)
    assert all(len(row) == len(found.columns) for row in found.rows)
    (numbers,) = found.as_rows()
    assert numbers["verdict"] == REVERSED
    assert numbers["return_low_s"] <= numbers["return_s"] <= numbers["return_high_s"]
    assert (numbers["agonist_dose"], numbers["since_s"], numbers["recovery_animals"]) == (100.0, 120.0, 3)
    assert "70 % of baseline" in found.methods
    assert "later than 120 s" in found.methods
    assert "3 animals or more" in found.methods
    assert "No comparable recovery was at hand" in assess(cell(BACK)).methods
    assert found.title == "way-100635 on unit 1 of animal r1, after ipsapirone"


def test_one_seed_gives_one_answer_and_the_clock_does_not_matter() -> None:
    response, unit, protocol = cell(BACK)
    first, again = (assess_reversal(unit, protocol, response=response, seed=3) for _ in range(2))
    assert str(first.as_rows()) == str(again.as_rows())
    moved = Unit.from_times(unit.times_s + 1000.0, support=Epoch(1000.0, 1500.0))
    later = DoseProtocol(tuple(a.later(1000.0) for a in protocol.administrations), moved.support)
    shifted = assess_reversal(moved, later, fate=HELD, seed=3)
    assert shifted.steps[0].back.value_s == pytest.approx(first.steps[0].back.value_s)
    assert shifted.verdict == first.verdict


# --- gaps, other drugs, cells that were not there --------------------------------------------------------------------


def unseen(levels: tuple[tuple[float, float], ...], gap: tuple[float, float], **options: object) -> Cell:
    """The same cell, not recorded for a while."""
    _, unit, protocol = cell(levels, 900.0, **options)  # type: ignore[arg-type]
    support = Support.of(Epoch(0.0, gap[0]), Epoch(gap[1], 900.0))
    unit = Unit.from_times(unit.times_s[support.mask(unit.times_s)], support=support)
    return dose_response(unit, protocol, fate=HELD, subject=Subject(animal="r1"), beside=False), unit, protocol


def test_a_return_in_a_gap_of_the_recording_lies_anywhere_in_it() -> None:
    # It was back at 320, 400 or 440 s; nothing was recorded from 310 to 450 s, so that nobody can tell.
    for true_s in (320.0, 400.0, 440.0):
        step = assess(unseen(((0.0, 2.0), (190.0, 0.2), (true_s, 2.0)), (310.0, 450.0)), recoveries=SLOW).steps[0]
        assert step.back.returned
        assert math.isnan(step.back.value_s)
        assert step.back.low_s <= 10.0
        assert 150.0 <= step.back.high_s <= 180.0
        assert step.back.low_s <= true_s - 300.0 <= step.back.high_s


def test_a_gap_longer_than_3_min_leaves_open_whether_the_return_was_in_time() -> None:
    step = assess(unseen(BACK, (310.0, 560.0)), recoveries=SLOW).steps[0]
    assert step.verdict == RETURNED
    assert "whether within 180 s is not known" in step.reason


def test_a_second_agonist_before_the_antagonist_is_what_it_is_judged_on() -> None:
    # Ipsapirone had worn off when lesopitron silenced the cell: that is no cell with nothing to reverse.
    levels = ((0.0, 2.0), (190.0, 0.5), (300.0, 2.0), (410.0, 0.1), (620.0, 2.0))
    given = (dose(), replace(dose(400.0), drug="lesopitron"), against(600.0))
    _, unit, protocol = cell(levels, 900.0, given=(dose(),))
    protocol = DoseProtocol(given, unit.support)
    wrong = assess_reversal(unit, protocol, drug="ipsapirone", fate=HELD)
    assert wrong.verdict == NOT_JUDGED
    assert "lesopitron was given at 400 s" in str(wrong)
    assert assess_reversal(unit, protocol, drug="lesopitron", fate=HELD).verdict == RETURNED


@pytest.mark.parametrize(
    "beside",
    [replace(against(298.0), drug="phenylephrine", role="other"), replace(against(), drug="spiperone")],
)
def test_what_was_given_with_the_antagonist_may_have_done_it(beside: Administration) -> None:
    found = assess(cell(BACK, given=(dose(), beside, against())), recoveries=SLOW)
    step = next(one for one in found.steps if one.after.drug == "way-100635")
    assert step.verdict == RETURNED
    assert beside.drug in step.reason
    assert "cannot be told" in step.reason


def test_a_cell_that_got_the_antagonist_first_is_no_recovery_without_one() -> None:
    _, unit, protocol = cell(((0.0, 2.0), (310.0, 0.1), (420.0, 2.0)), 900.0, given=(against(180.0), dose(300.0)))
    found = spontaneous_recovery(unit, protocol, fate=HELD)
    assert not found.tells
    assert "an antagonist, was given before" in found.reason


def test_an_own_effect_is_not_read_from_a_cell_that_was_lost_and_doubted_of_one_that_may_be() -> None:
    _, unit, _ = cell(((0.0, 2.0), (200.0, 0.0)), 600.0, given=(dose(),))
    protocol = DoseProtocol((against(),), unit.support)
    lost = assess_reversal(unit, protocol, fate=Fate("lost", 200.0, "ran down", 200.0))
    assert math.isnan(lost.own[0].of_baseline.value)
    for fate in (None, Fate("undetermined", 200.0, "silent to the end")):
        told = assess_reversal(unit, protocol, fate=fate)
        assert told.own[0].of_baseline.value == 0.0
        assert any("may be the loss of the cell" in note for note in told.notes)


def test_overshoot_own_effect_and_a_second_fall_are_in_words_and_in_rows() -> None:
    above = assess(cell(((0.0, 2.0), (190.0, 0.2), (310.0, 4.0))))
    assert "of baseline, above it" in str(above)
    assert above.as_rows()[0]["overshoot"] is True
    alone = assess(cell(((0.0, 2.0), (310.0, 4.0)), 700.0, given=(against(), dose(500.0))))
    assert alone.as_rows()[0]["reason"] == "own effect, before any agonist"
    assert any("tonic autoinhibition" in note for note in alone.notes)
    again = assess(cell((*BACK, (370.0, 0.2)), 600.0))
    assert "below again" in again.steps[0].reason
    assert 60.0 <= again.as_rows()[0]["below_again_s"] <= 80.0
