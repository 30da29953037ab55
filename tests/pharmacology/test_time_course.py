from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Support, Unit
from ephys.pharmacology import TimeCourse, TimeCourseSettings, dose_response, time_courses
from ephys.simulation import renewal_train

SESSION = Epoch(0.0, 600.0)


def given(*steps: tuple[float, str]) -> tuple[Administration, ...]:
    drugs = {"vehicle": "saline", "antagonist": "WAY-100635", "agonist": "ipsapirone", "anaesthetic": "urethane"}
    return tuple(
        Administration(drugs[role], at, dose=25.0, dose_unit="ug/kg", route="i.v.", form="base", role=role)
        for at, role in steps
    )


def clock(*pieces: tuple[float, float, float], support: Support | None = None) -> Unit:
    """A cell that fires like a clock: (from, to, Hz)."""
    trains = [np.arange(start + 0.5 / hz, stop, 1.0 / hz) for start, stop, hz in pieces if hz > 0]
    times = np.concatenate(trains)
    recorded = support or Support.of(SESSION)
    return Unit.from_times(times[recorded.mask(times)], support=recorded)


def courses(unit: Unit, *steps: tuple[float, str], **options: float) -> tuple[TimeCourse, ...]:
    protocol = DoseProtocol(given(*steps), Support.of(SESSION))
    return time_courses(unit, protocol, drug="ipsapirone", **options)


def test_the_course_of_a_dose_is_measured() -> None:
    unit = clock((0, 230, 2.0), (230, 300, 0.5), (300, 600, 2.0))
    vehicle, dose = courses(unit, (100.0, "vehicle"), (200.0, "agonist"))
    assert not vehicle.onset.detected
    assert vehicle.nadir_percent == pytest.approx(100.0, abs=4.0)
    assert vehicle.inhibition_area == pytest.approx(0.0, abs=3.0)
    assert dose.onset_low_s <= 30.0 <= dose.onset_high_s
    assert dose.plateau_percent == pytest.approx(25.0, abs=4.0)
    assert dose.nadir_percent == pytest.approx(25.0, abs=2.0)
    assert 45.0 <= dose.nadir_s <= 85.0
    assert 95.0 <= dose.recovery_s <= 106.0
    assert dose.inhibition_area == pytest.approx(75.0 * 70.0 / 60.0, rel=0.03)
    assert dose.area_low < dose.inhibition_area < dose.area_high


def test_silence_is_a_nadir_of_0_and_a_plateau_of_0_with_an_interval() -> None:
    (dose,) = courses(clock((0, 240, 2.0)), (200.0, "agonist"))
    assert dose.nadir_percent == 0.0
    assert (dose.plateau_percent, dose.plateau_low) == (0.0, 0.0)
    assert 0.0 < dose.plateau_high < 3.0
    assert dose.onset_s == pytest.approx(39.75, abs=0.5)
    assert math.isnan(dose.recovery_s)


def test_excitation_keeps_its_sign() -> None:
    (dose,) = courses(clock((0, 220, 1.0), (220, 600, 2.0)), (200.0, "agonist"))
    assert dose.onset.after_hz > dose.onset.before_hz
    assert dose.inhibition_area == pytest.approx(-100.0 * 380.0 / 60.0, rel=0.03)
    assert dose.area_high < 0.0
    assert dose.plateau_percent == pytest.approx(200.0, rel=0.03)


def test_a_course_ends_with_the_next_administration_but_not_with_a_supplement() -> None:
    unit = clock((0, 600, 2.0))
    first, second = courses(unit, (200.0, "agonist"), (260.0, "anaesthetic"), (320.0, "agonist"))
    assert (first.span.start_s, first.span.stop_s) == (200.0, 320.0)
    assert second.span.stop_s == 600.0


def test_nothing_is_measured_after_a_proven_loss() -> None:
    steps = (200.0, "agonist"), (300.0, "agonist"), (400.0, "agonist")
    unit = clock((0, 350, 2.0))
    fate = Fate("lost", 350.0, "amplitude ran down", lost_at_s=355.0)
    response = dose_response(unit, DoseProtocol(given(*steps), Support.of(SESSION)), fate=fate)
    assert [course.span.stop_s for course in response.courses] == [300.0, 350.0]
    assert response.courses[1].inhibition_area == pytest.approx(0.0, abs=3.0)


def test_a_gap_is_no_inhibition() -> None:
    recorded = Support.of(Epoch(0.0, 250.0), Epoch(330.0, 600.0))
    (dose,) = courses(clock((0, 600, 2.0), support=recorded), (200.0, "agonist"))
    assert not dose.onset.detected
    assert dose.nadir_percent == pytest.approx(100.0, abs=4.0)
    assert dose.inhibition_area == pytest.approx(0.0, abs=8.0)


def test_without_a_baseline_only_the_onset_is_given() -> None:
    unit = clock((0, 60, 2.0), (60, 600, 0.3))
    (dose,) = courses(unit, (0.0, "agonist"))
    assert dose.onset.detected
    assert math.isnan(dose.nadir_percent)
    assert math.isnan(dose.inhibition_area)


def test_shifting_the_clock_changes_nothing_else() -> None:
    pieces = (0.0, 230.0, 2.0), (230.0, 600.0, 0.7)
    (dose,) = courses(clock(*pieces), (200.0, "agonist"))
    moved = clock(*((a + 50.0, b + 50.0, hz) for a, b, hz in pieces), support=Support.of(Epoch(50.0, 650.0)))
    protocol = DoseProtocol(given((250.0, "agonist")), Support.of(Epoch(50.0, 650.0)))
    (later,) = time_courses(moved, protocol, drug="ipsapirone")
    assert later.onset_s == pytest.approx(dose.onset_s, abs=1e-6)
    assert later.inhibition_area == pytest.approx(dose.inhibition_area)


def test_a_course_says_what_it_follows_and_a_wrong_drug_is_refused() -> None:
    (dose,) = courses(clock((0, 230, 2.0), (230, 600, 0.5)), (200.0, "agonist"))
    assert str(dose).startswith("agonist ipsapirone at 200 s: onset 30 s")
    protocol = DoseProtocol(given((200.0, "agonist")), Support.of(SESSION))
    with pytest.raises(ParameterError, match=r"agonists given \(ipsapirone\), got 'banana'"):
        time_courses(clock((0, 600, 1.0)), protocol, drug="banana")


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="recovered_share between 0 and 1"):
        TimeCourseSettings(recovered_share=1.5)


@pytest.mark.slow
@pytest.mark.parametrize("cv", [0.3, 1.0])
def test_a_vehicle_seldom_has_an_onset(cv: float) -> None:
    called = 0
    for seed in range(50):
        spikes = renewal_train(np.array([0.0, 390.0]), np.array([1.6, 1.6]), cv=cv, seed=seed)
        protocol = DoseProtocol(given((180.0, "vehicle"), (300.0, "agonist")), Support.of(Epoch(0.0, 390.0)))
        unit = Unit.from_times(spikes, support=Epoch(0.0, 390.0))
        called += time_courses(unit, protocol, drug="ipsapirone", seed=seed)[0].onset.detected
    assert called <= 6
