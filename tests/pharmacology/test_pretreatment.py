"""An antagonist before the agonist: the baseline after it, what it did alone, and what is kept apart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import ephys
from ephys.io.results import fits_table, responses_table
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Subject, Support, Unit
from ephys.pharmacology import (
    DoseResponse,
    FitSettings,
    ReadoutSettings,
    assess_reversal,
    dose_response,
    fit_dose_response,
    fit_population,
    paired_rates,
)
from ephys.pharmacology.time_course import time_courses
from ephys.simulation import CellSpec, DoseSchedule

ID50, TONIC = 240.0, 1.6
"""True ID50 after the antagonist (µg/kg), and what the antagonist alone makes of the rate (tonic autoinhibition)."""
INCREMENTS = (50.0, 50.0, 100.0, 200.0, 400.0, 800.0)
WAY = Administration("way-100635", 300.0, dose=100.0, dose_unit="ug/kg", route="i.v.", form="base", role="antagonist")


def dose(start_s: float, amount: float = 50.0, **fields: Any) -> Administration:
    return Administration("ipsapirone", start_s, dose=amount, dose_unit="ug/kg", route="i.v.", form="base", **fields)


def stepped(*segments: tuple[float, float, float], seed: int = 0, shape: float = 9.0) -> Unit:
    """Gamma intervals at a rate for each segment (start, stop, Hz)."""
    rng = np.random.default_rng(seed)
    parts = []
    for start_s, stop_s, hz in segments:
        times_s = start_s + np.cumsum(rng.gamma(shape, 1.0 / (shape * hz), size=int(2 * hz * (stop_s - start_s)) + 50))
        parts.append(times_s[times_s < stop_s])
    return Unit.from_times(np.concatenate(parts), support=Epoch(segments[0][0], segments[-1][1]))


def pretreated(seed: int) -> tuple[Unit, DoseProtocol]:
    """1.5 Hz, 2.4 Hz after WAY-100635, six doses from 900 s on."""
    totals, hz = np.cumsum(INCREMENTS), 1.5
    starts = [900.0 + 120.0 * step for step in range(len(INCREMENTS))]
    left = [TONIC * hz / (1.0 + (total / ID50) ** 1.5) for total in totals]
    segments = [(at, at + 120.0, rate) for at, rate in zip(starts, left, strict=True)]
    given = (WAY, *(dose(at, amount) for at, amount in zip(starts, INCREMENTS, strict=True)))
    unit = stepped((0.0, 300.0, hz), (300.0, 900.0, TONIC * hz), *segments, seed=seed)
    return unit, DoseProtocol(given, Support.of(Epoch(0.0, segments[-1][1])))


@pytest.fixture(scope="module")
def response() -> DoseResponse:
    return dose_response(*pretreated(1), subject=Subject(animal="r1"))


def test_doses_are_read_against_the_last_three_minutes_after_the_antagonist(response: DoseResponse) -> None:
    assert response.baseline is not None
    assert (response.baseline.epoch.start_s, response.baseline.epoch.stop_s) == (720.0, 900.0)
    assert response.baseline.rate_hz == pytest.approx(2.4, rel=0.05)
    assert [window.used for window in response.doses] == [True] * 6
    for window in response.doses:
        assert window.percent == pytest.approx(100.0 * window.rate_hz / response.baseline.rate_hz)


def test_the_antagonists_own_effect_is_of_the_untreated_baseline(response: DoseResponse) -> None:
    treated = response.pretreatment
    assert treated is not None
    assert treated.untreated is not None
    assert (treated.untreated.epoch.start_s, treated.untreated.epoch.stop_s) == (120.0, 300.0)
    assert treated.percent_low < 100.0 * TONIC < treated.percent_high
    (window,) = [one for one in response.windows if one.role == "antagonist"]
    assert window.percent == pytest.approx(100.0 * window.rate_hz / treated.untreated.rate_hz)
    assert not window.used
    assert window not in response.series_windows
    assert window.flags[-1].startswith("percent of the baseline before the antagonist, 1.5")
    told = "after way-100635 100 µg/kg i.v. (base): read against the rate after it, 160 % (137 to 187) of that before"
    assert response.flags[0] == told


def test_the_fit_finds_the_shifted_id50_and_the_untreated_baseline_would_not() -> None:
    fits = [fit_dose_response(dose_response(*pretreated(seed))) for seed in range(20)]
    held = [fit.id50_low <= ID50 <= fit.id50_high for fit in fits]
    assert sum(held) >= 18
    assert np.median([fit.id50 for fit in fits]) == pytest.approx(ID50, rel=0.1)
    unit, protocol = pretreated(1)
    relabelled = [one if one.role == "agonist" else dose(0.0) for one in protocol.administrations][1:]
    untreated = DoseProtocol(tuple(relabelled), protocol.recorded, drawn_baseline=Epoch(120.0, 300.0, "baseline"))
    wrong = fit_dose_response(dose_response(unit, untreated))
    assert wrong.id50_low > ID50, "the excitation by the antagonist passes for a shift"


def test_a_pretreatment_is_no_control_of_the_series(response: DoseResponse) -> None:
    causes = [warning.text for warning in fit_dose_response(response).warnings]
    assert not any("after way-100635 at" in cause for cause in causes)
    assert any("no vehicle or recovery window" in cause for cause in causes)


def test_a_drift_is_not_told_by_what_came_before_the_series() -> None:
    unit, protocol = pretreated(1)
    fit = fit_dose_response(dose_response(unit, protocol), settings=FitSettings(drift=True))
    assert math.isnan(fit.drift_percent_per_min)
    assert any("no drift estimated" in flag for flag in fit.flags)


def test_a_vehicle_before_the_antagonist_is_not_in_the_series_and_one_after_it_is() -> None:
    unit, protocol = pretreated(2)
    saline = [Administration("saline", at, role="vehicle") for at in (180.0, 780.0)]
    found = dose_response(unit, DoseProtocol((*protocol.administrations, *saline), protocol.recorded))
    vehicles = [window for window in found.windows if window.role == "vehicle"]
    assert [(window.given_s, window.used) for window in vehicles] == [(180.0, False), (780.0, True)]
    assert vehicles[0].percent == pytest.approx(100.0, abs=25.0)
    assert vehicles[1].percent == pytest.approx(100.0, abs=25.0)
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == (600.0, 780.0)


def test_a_later_antagonist_still_ends_the_series() -> None:
    unit, protocol = pretreated(3)
    again = Administration("way-100635", 1350.0, dose=100.0, dose_unit="ug/kg", role="antagonist")
    found = dose_response(unit, DoseProtocol((*protocol.administrations, again), protocol.recorded))
    used = {window.given_s: window.used for window in found.doses}
    assert [at for at, yes in used.items() if yes] == [900.0, 1020.0, 1140.0, 1260.0]
    assert "after the antagonist" in found.doses[-1].flags


def test_between_two_agonists_an_antagonist_is_no_pretreatment() -> None:
    unit, _ = pretreated(4)
    given = (dose(200.0), WAY, Administration("lesopitron", 900.0, dose=50.0, dose_unit="ug/kg"))
    protocol = DoseProtocol(given, unit.support)
    second = dose_response(unit, protocol, drug="lesopitron")
    assert second.pretreatment is None
    assert [window.used for window in second.doses] == [False]


def test_the_baseline_after_it_is_as_long_as_there_is_time_and_an_infusion_ends_first() -> None:
    unit, _ = pretreated(5)
    infused = Administration("way-100635", 300.0, 600.0, dose=100.0, dose_unit="ug/kg", role="antagonist")
    found = dose_response(unit, DoseProtocol((infused, dose(700.0)), unit.support))
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == (630.0, 700.0)
    later = dose_response(
        unit, DoseProtocol((infused, dose(700.0)), unit.support), settings=ReadoutSettings(delay_s=35.0)
    )
    assert later.baseline is not None
    assert later.baseline.epoch.start_s == 635.0


def test_a_baseline_drawn_before_it_is_the_untreated_one_and_another_is_not_taken() -> None:
    unit, protocol = pretreated(6)
    before = DoseProtocol(protocol.administrations, protocol.recorded, drawn_baseline=Epoch(20.0, 250.0, "drawn"))
    found = dose_response(unit, before)
    assert found.pretreatment is not None
    assert found.pretreatment.untreated is not None
    assert found.pretreatment.untreated.epoch == before.drawn_baseline
    assert "chosen after seeing the data" in found.pretreatment.untreated.flags
    assert found.baseline is not None
    assert found.baseline.epoch.start_s == 720.0
    for drawn in (Epoch(250.0, 400.0, "drawn"), Epoch(500.0, 640.0, "drawn")):
        found = dose_response(unit, DoseProtocol(protocol.administrations, protocol.recorded, drawn_baseline=drawn))
        assert found.baseline is not None
        assert found.baseline.epoch.start_s == 720.0
        told = f"the drawn baseline, {drawn.start_s:g} to {drawn.stop_s:g} s, is not taken: it must end before"
        assert told in found.flags[0]


def test_without_time_after_it_there_is_no_percent_and_the_reason_names_it() -> None:
    unit, _ = pretreated(7)
    protocol = DoseProtocol((WAY, dose(325.0), dose(445.0)), unit.support)
    found = dose_response(unit, protocol)
    assert found.baseline is None
    assert all(math.isnan(window.percent) for window in found.doses)
    fit = fit_dose_response(found)
    assert (fit.status, fit.reason) == (
        "not_fitted", "no baseline: nothing was recorded between way-100635 and what was given next",
    )  # fmt: skip
    assert assess_reversal(unit, protocol).verdict == "nothing to reverse"


def test_in_a_bath_the_baseline_waits_for_the_antagonist_to_reach_the_cell() -> None:
    unit, _ = pretreated(8)
    given = (
        Administration("way-100635", 300.0, 1600.0, dose=10.0, dose_unit="nM", route="bath", role="antagonist"),
        Administration("5-ct", 450.0, 600.0, dose=30.0, dose_unit="nM", route="bath"),
    )
    found = dose_response(unit, DoseProtocol(given, unit.support), settings=ReadoutSettings(bath_delay_s=60.0))
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == (390.0, 450.0)
    assert found.doses[0].used
    assert found.superfusion is not None


def test_courses_follow_the_same_two_baselines() -> None:
    unit, protocol = pretreated(1)
    courses = {course.start_s: course for course in _courses(unit, protocol)}
    assert courses[300.0].plateau_percent == pytest.approx(160.0, abs=12.0)
    assert courses[1500.0].plateau_percent == pytest.approx(100.0 / (1.0 + (1600.0 / ID50) ** 1.5), abs=4.0)


def _courses(unit: Unit, protocol: DoseProtocol) -> list[Any]:
    found = time_courses(unit, protocol, drug="ipsapirone")
    return [type("Course", (), {"start_s": one.span.start_s, "plateau_percent": one.plateau_percent}) for one in found]


def test_the_reversal_tells_the_own_effect_and_finds_nothing_to_reverse() -> None:
    found = assess_reversal(*pretreated(1))
    assert found.verdict == "nothing to reverse"
    (own,) = found.own
    assert own.of_baseline.low < 100.0 * TONIC < own.of_baseline.high
    assert own.overshoots


def test_pairs_say_whose_baseline_is_a_treated_one(response: DoseResponse) -> None:
    assert (
        "1 cell given an antagonist before the drug: the baseline is the rate after it"
        in paired_rates([response]).notes
    )


def test_a_simulated_session_gives_it_first_and_analysing_it_finds_it() -> None:
    schedule = DoseSchedule(pretreatment="way-100635", pretreatment_ug_kg=100.0, antagonist="")
    cell = CellSpec(name="cell", id50=240.0)
    simulated = ephys.simulate_session(3, cells=[cell], schedule=schedule, with_voltage=False)
    assert [(one.drug, one.start_s) for one in simulated.session.protocol.administrations][:3] == [
        ("way-100635", 180.0), ("saline", 480.0), ("ipsapirone", 570.0),
    ]  # fmt: skip
    analysis = ephys.analyse_session(simulated.session)
    (fit,) = analysis.cells[0].fits
    assert fit.id50_low <= 240.0 <= fit.id50_high
    assert analysis.baseline is not None
    assert analysis.baseline.stop_s == 180.0, "identity is judged before any drug"
    assert fit.response.stability is not None
    assert fit.response.stability.baseline.start_s == 300.0
    assert [math.isfinite(one.completeness) for one in fit.response.baselines] == [True, True]
    assert [(one.role, one.used) for one in fit.windows][:2] == [("baseline", True), ("baseline", False)]
    for table in (fits_table(analysis), responses_table(analysis)):
        assert set(table["pretreatment"]) == {"way-100635 100 µg/kg i.v. (base)"}
    text = " ".join(str(ephys.methods_text(analysis)).split())
    assert (
        "Where way-100635 100 µg/kg i.v. (base) had been given before every agonist, doses were read against the rate "
        "after it"
    ) in text


def test_a_cell_that_ends_before_the_new_baseline_has_no_percent() -> None:
    unit, protocol = pretreated(9)
    gone = Unit.from_times(unit.times_s[unit.times_s < 500.0], support=Epoch(0.0, 500.0))
    found = dose_response(gone, protocol)
    assert found.baseline is not None
    assert not found.baseline.used
    assert fit_dose_response(found).status == "not_fitted"
    session = ephys.Session("s", protocol, units=(gone,), subject=Subject(animal="r1"))
    (cell,) = ephys.analyse_session(session).cells
    assert cell.fits[0].status == "not_fitted"
    assert "silent baseline" in cell.fits[0].reason or "of baseline covered" in cell.fits[0].reason


def test_the_slope_of_the_new_baseline_is_what_is_carried_on() -> None:
    unit, protocol = pretreated(1)
    session = ephys.Session("s", protocol, units=(unit,), subject=Subject(animal="r1"))
    (cell,) = ephys.analyse_session(session).cells
    assert cell.stability is not None
    assert cell.stability.baseline.stop_s == 300.0
    assert cell.drift is not None
    assert cell.drift.seconds == pytest.approx(1560.0 - 810.0, abs=60.0), "from the middle of 720 to 900 s"


def test_an_infusion_that_goes_on_through_the_doses_acts_from_its_beginning() -> None:
    unit, protocol = pretreated(10)
    going_on = replace(WAY, stop_s=1600.0)
    found = dose_response(unit, DoseProtocol((going_on, *protocol.administrations[1:]), protocol.recorded))
    assert found.baseline is not None
    assert found.baseline.epoch.start_s == 720.0
    assert all(window.used for window in found.doses)


@pytest.mark.parametrize(
    ("flushed_s", "baseline"), [(320.0, (720.0, 900.0)), (380.0, (720.0, 900.0)), (395.0, (330.0, 395.0))]
)
def test_a_flush_too_soon_after_it_is_passed_over(flushed_s: float, baseline: tuple[float, float]) -> None:
    unit, protocol = pretreated(11)
    flush = Administration("saline", flushed_s, role="vehicle")
    found = dose_response(unit, DoseProtocol((*protocol.administrations, flush), protocol.recorded))
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == baseline
    (vehicle,) = [window for window in found.windows if window.role == "vehicle"]
    assert vehicle.used == (baseline[1] == flushed_s), "no second is counted in the baseline and the vehicle"


def bath(*administrations: Administration, segments: tuple[tuple[float, float, float], ...]) -> DoseResponse:
    unit = stepped(*segments, seed=12)
    return dose_response(unit, DoseProtocol(administrations, unit.support), settings=ReadoutSettings(bath_delay_s=10.0))


@pytest.mark.parametrize("washed", [True, False])
def test_what_was_washed_out_of_the_bath_is_gone_before_the_baseline_begins(washed: bool) -> None:
    way = Administration(
        "way-100635", 300.0, 800.0 if washed else 1300.0, dose=10.0, dose_unit="nM", route="bath", role="antagonist"
    )
    ct = Administration("5-ct", 900.0, 1100.0, dose=30.0, dose_unit="nM", route="bath")
    segments = ((0.0, 300.0, 1.5), (300.0, 800.0, 3.0), (800.0, 910.0, 1.5), (910.0, 1300.0, 0.75))
    found = bath(way, ct, segments=segments)
    assert found.baseline is not None
    assert found.baseline.epoch.start_s == (840.0 if washed else 720.0)
    assert ("washed out before the first concentration" in found.flags[0]) == washed
    if washed:
        assert found.doses[0].percent == pytest.approx(50.0, abs=8.0)


def test_in_a_bath_the_rate_before_each_concentration_holds_the_antagonist() -> None:
    way = Administration("way-100635", 300.0, 1620.0, dose=10.0, dose_unit="nM", route="bath", role="antagonist")
    steps = [
        Administration("5-ct", at, at + 150.0, dose=nm, dose_unit="nM", route="bath")
        for at, nm in ((900.0, 10.0), (1140.0, 30.0), (1380.0, 100.0))
    ]
    unit = stepped((0.0, 300.0, 1.5), (300.0, 1620.0, 2.4), seed=13)
    found = dose_response(
        unit, DoseProtocol((way, *steps), unit.support), settings=ReadoutSettings(bath_reference="own")
    )
    assert [window.used for window in found.doses] == [True, True, True]
    assert [window.percent for window in found.doses] == pytest.approx([100.0] * 3, abs=15.0)


def test_with_the_first_dose_an_antagonist_is_neither_before_it_nor_after_it() -> None:
    unit, protocol = pretreated(14)
    together = replace(WAY, start_s=900.0)
    found = dose_response(unit, DoseProtocol((together, *protocol.administrations[1:]), protocol.recorded))
    assert found.pretreatment is None
    assert not any(window.used for window in found.doses)
    reversal = assess_reversal(unit, DoseProtocol((together, *protocol.administrations[1:]), protocol.recorded))
    assert reversal.own == ()
    assert "way-100635 at 900 s: given together with the first dose, not judged" in reversal.notes


def test_two_equal_doses_are_told_as_two() -> None:
    unit, protocol = pretreated(15)
    twice = DoseProtocol((*protocol.administrations, replace(WAY, start_s=500.0)), protocol.recorded)
    assert str(dose_response(unit, twice).pretreatment) == "2 × way-100635 100 µg/kg i.v. (base)"


def test_what_else_was_given_before_is_named_and_nothing_is_called_alone() -> None:
    unit, protocol = pretreated(16)
    nicotine = Administration("nicotine", 250.0, dose=50.0, dose_unit="ug/kg", role="challenge")
    ketanserin = Administration("ketanserin", 600.0, dose=1000.0, dose_unit="ug/kg", role="antagonist")
    mixed = DoseProtocol((*protocol.administrations, nicotine, ketanserin), protocol.recorded)
    found = dose_response(unit, mixed)
    assert found.pretreatment is not None
    assert "nicotine given in between: which of them moved the rate cannot be told" in found.pretreatment.flag
    first, second = assess_reversal(unit, mixed).own
    assert (first.how, second.how) == ("after nicotine", "after nicotine, way-100635")
    assert " alone" not in str(assess_reversal(unit, mixed))


def test_a_cell_not_proven_held_has_no_effect_of_the_antagonist() -> None:
    unit, protocol = pretreated(17)
    silent = Unit.from_times(unit.times_s[unit.times_s < 790.0], support=unit.support)
    for state in ("lost", "undetermined"):
        found = dose_response(silent, protocol, fate=Fate(state, 790.0, "silent"))  # type: ignore[arg-type]
        assert found.pretreatment is not None
        assert math.isnan(found.pretreatment.percent)
        assert "the cell was not proven held to the end of that baseline" in found.flags[0]


def test_courses_up_to_it_keep_the_untreated_baseline_whatever_was_drawn() -> None:
    unit, protocol = pretreated(1)
    drawn = DoseProtocol(protocol.administrations, protocol.recorded, drawn_baseline=Epoch(500.0, 680.0, "drawn"))
    first, *_ = time_courses(unit, drawn, drug="ipsapirone")
    assert first.plateau_percent == pytest.approx(160.0, abs=12.0)
    late = ReadoutSettings(delay_s=700.0)
    assert all(
        math.isnan(one.nadir_percent) for one in time_courses(unit, protocol, drug="ipsapirone", readout=late)[1:]
    )


def test_a_curve_of_treated_and_untreated_cells_says_so() -> None:
    unit, protocol = pretreated(1)
    bare = DoseProtocol(protocol.administrations[1:], protocol.recorded)
    cells = [
        dose_response(unit, record, subject=Subject(animal=f"r{n}", group="a"))
        for n, record in enumerate((protocol, bare, protocol, bare))
    ]
    told = "group a, antagonist before the agonist: 2 cells after way-100635 100 µg/kg i.v. (base), 2 cells without"
    assert any(note.startswith(told) for note in fit_population(cells).notes)
    assert not any("antagonist before" in note for note in fit_population(cells[::2]).notes)


def test_an_amplitude_that_falls_with_the_antagonist_is_no_shift() -> None:
    fits = []
    for seed in range(20, 25):
        rng = np.random.default_rng(seed)
        unit, protocol = pretreated(seed)
        heights = rng.normal(np.where(unit.times_s < 300.0, 150.0, 107.0), 10.0)
        seen = heights > 100.0
        low = replace(
            Unit.from_times(unit.times_s[seen], support=unit.support), amplitudes_uv=heights[seen], threshold_uv=100.0
        )
        session = ephys.Session("s", protocol, units=(low,), subject=Subject(animal="r1"))
        fits += ephys.analyse_session(session).cells[0].fits
    missed = [fit.response.baseline.completeness for fit in fits if fit.response.baseline is not None]
    assert missed == pytest.approx([0.76] * 5, abs=0.12), "one spike in four was below the threshold"
    assert sum(fit.id50_low <= ID50 <= fit.id50_high for fit in fits) >= 4
    own = [fit.response.pretreatment.percent for fit in fits if fit.response.pretreatment is not None]
    assert np.median(own) == pytest.approx(100.0 * TONIC, rel=0.1)


def test_the_verdict_beside_the_id50_is_of_the_baseline_that_it_rests_on() -> None:
    protocol = pretreated(19)[1]
    rising = stepped((0.0, 300.0, 1.5), (300.0, 780.0, 1.2), (780.0, 900.0, 2.6), (900.0, 1620.0, 0.8), seed=19)
    session = ephys.Session("s", protocol, units=(rising,), subject=Subject(animal="r1"))
    (cell,) = ephys.analyse_session(session).cells
    assert cell.stability is not None
    assert cell.stability.verdict == "stable"
    assert "unstable baseline" in cell.quote(cell.fits[0])
    (row,) = fits_table(ephys.analyse_session(session)).to_dict("records")
    assert row["stability"] == "unstable"
