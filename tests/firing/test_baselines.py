"""What stands against a baseline in the drug record, and where a steadier one lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ephys.firing import StabilitySettings, assess_stability, baseline_flags, baseline_notes, suggest_baseline
from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
from ephys.model.protocol import Role
from ephys.simulation.trains import renewal_train


def _given(drug: str, start_s: float, role: Role = "agonist", stop_s: float | None = None) -> Administration:
    return Administration(drug, start_s, stop_s, dose=50.0, dose_unit="ug/kg", role=role)


def _protocol(*given: Administration, start_s: float = 0.0) -> DoseProtocol:
    return DoseProtocol((*given, _given("ipsapirone", 600.0)), Support.of(Epoch(start_s, 900.0)))


def _cell(*levels: tuple[float, float], seed: int = 0, start_s: float = 0.0) -> Unit:
    """Cell of CV 0.25 that fires at each level until a time, to 900 s in all."""
    grid = np.arange(start_s, 900.0, 0.01)
    rate_hz = np.full(grid.size, levels[-1][1])
    for until_s, level_hz in reversed(levels[:-1]):
        rate_hz[grid < until_s] = level_hz
    return Unit.from_times(renewal_train(grid, rate_hz, cv=0.25, seed=seed), support=Epoch(start_s, 900.0))


def test_a_stable_baseline_asks_for_no_other() -> None:
    assert suggest_baseline(_cell((900.0, 1.5)), _protocol()) is None


def test_after_a_step_the_late_stretch_is_suggested_and_begins_after_it() -> None:
    suggested = suggest_baseline(_cell((450.0, 1.0), (900.0, 2.0)), _protocol())
    assert suggested is not None
    other = suggested.stability.baseline
    assert 450.0 <= other.start_s < 470.0  # the step's own upper end; the next minute would be 480 s
    assert other.stop_s == 600.0
    assert (suggested.stability.verdict, suggested.planned.verdict) == ("stable", "unstable")
    assert suggested.text.startswith("a shorter, late baseline, ")
    assert f"draw_baseline({other.start_s:.0f}, 600, reason=...)" in suggested.text
    assert suggested.text.endswith("chosen after seeing the data")


def test_a_cell_too_sparse_for_three_minutes_is_given_a_longer_baseline() -> None:
    """0.4 Hz at CV 0.5: 3 min leave a change of half the rate open, 10 min do not."""
    grid = np.array([0.0, 900.0])
    unit = Unit.from_times(renewal_train(grid, np.full(2, 0.4), cv=0.5, seed=2), support=Epoch(0.0, 900.0))
    suggested = suggest_baseline(unit, _protocol())
    assert suggested is not None
    assert suggested.planned.verdict == "unclear"
    assert (suggested.stability.baseline.start_s, suggested.stability.baseline.stop_s) == (0.0, 600.0)
    assert suggested.text.startswith("a longer baseline, 0 to 600 s, is steady")
    least = StabilitySettings(suggest_to_s=360.0)
    shorter = suggest_baseline(unit, _protocol(), settings=least)
    assert shorter is None or shorter.stability.baseline.start_s >= 240.0


@pytest.mark.parametrize(
    ("given", "earliest_s"),
    [(_given("ketamine", 100.0, "wash", 200.0), 200.0), (_given("urethane", -300.0, "anaesthetic"), 300.0)],
)
def test_no_longer_baseline_reaches_back_to_a_wash_or_a_supplement(given: Administration, earliest_s: float) -> None:
    grid = np.array([-400.0, 900.0])
    unit = Unit.from_times(renewal_train(grid, np.full(2, 0.5), cv=0.5), support=Epoch(-400.0, 900.0))
    freely = suggest_baseline(unit, _protocol(start_s=-400.0))
    assert freely is not None
    assert freely.stability.baseline.start_s == -60.0  # one cycle of urethane's states before the drug
    held_back = suggest_baseline(unit, _protocol(given, start_s=-400.0))
    assert held_back is not None
    assert held_back.stability.baseline.start_s == earliest_s


def test_a_rate_that_never_settles_is_given_no_other_baseline() -> None:
    grid = np.linspace(0.0, 900.0, 9001)
    steep = Unit.from_times(renewal_train(grid, 8.0 * 0.8 ** (grid / 60.0), cv=0.2), support=Epoch(0.0, 900.0))
    assert suggest_baseline(steep, _protocol()) is None


def test_without_a_drug_or_without_a_baseline_there_is_nothing_to_suggest() -> None:
    unit = _cell((450.0, 1.0), (900.0, 2.0))
    assert suggest_baseline(unit, DoseProtocol((), Support.of(Epoch(0.0, 900.0)))) is None
    at_once = DoseProtocol((_given("ipsapirone", 0.0),), Support.of(Epoch(0.0, 900.0)))
    assert suggest_baseline(unit, at_once) is None
    assert baseline_notes(at_once, anaesthetic="urethane") == ()


def test_a_drawn_baseline_is_marked_and_nobody_is_told_to_draw_another() -> None:
    unit = _cell((450.0, 1.0), (900.0, 2.0))
    planned = _protocol()
    drawn = replace(planned, drawn_baseline=Epoch(400.0, 600.0, "baseline"))
    flags = baseline_flags(unit, drawn, assess_stability(unit, Epoch(400.0, 600.0)))
    assert flags[0] == "baseline: chosen after seeing the data"
    assert not any("draw_baseline" in flag for flag in flags)
    (note,) = baseline_notes(drawn)
    assert note == (
        "baseline 400 to 600 s: chosen after seeing the data; results with the one fixed in advance, 420 to 600 s, "
        "stand beside"
    )
    plain = baseline_flags(unit, planned, assess_stability(unit, Epoch(420.0, 600.0)))
    assert [flag.split(" baseline")[0] for flag in plain] == ["unstable", "a shorter, late"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (_given("ketamine", 500.0, "anaesthetic"), "ketamine at 500 s, inside the baseline: anaesthetics change"),
        (
            _given("ketamine", 410.0, "anaesthetic", 430.0),
            "ketamine at 410 s, inside the baseline: anaesthetics change",
        ),
        (_given("ketamine", 120.0, "anaesthetic"), "ketamine at 120 s, 300 s before the baseline: anaesthetics change"),
        (_given("ketamine", -181.0, "anaesthetic"), ""),
        (_given("ketamine", 600.0, "anaesthetic"), ""),
        (_given("acsf", 500.0, "wash"), "wash (acsf) at 500 s, inside the baseline"),
        (_given("acsf", 400.0, "wash"), ""),
    ],
)
def test_a_supplement_inside_or_before_the_baseline_and_a_wash_inside_are_said(
    given: Administration, said: str
) -> None:
    notes = baseline_notes(_protocol(given, start_s=-400.0))
    assert len(notes) == bool(said)
    assert all(note.startswith(said) for note in notes)


@pytest.mark.parametrize(
    ("anaesthetic", "start_s", "share"),
    [("Urethane 1.2 g/kg", 420.0, "27 %"), ("ethyl carbamate", 270.0, "50 %"), ("urethane", -60.0, ""),
     ("chloral hydrate", 420.0, ""), ("", 420.0, "")],
)  # fmt: skip
def test_under_urethane_a_baseline_says_how_much_of_a_cycle_it_sees(
    anaesthetic: str, start_s: float, share: str
) -> None:
    drawn = replace(_protocol(start_s=-400.0), drawn_baseline=Epoch(start_s, 600.0, "baseline"))
    notes = [note for note in baseline_notes(drawn, anaesthetic=anaesthetic) if note.startswith("urethane")]
    assert len(notes) == bool(share)
    assert all(f"sees {share} of one cycle" in note and "31-62 (simulated)" in note for note in notes)
