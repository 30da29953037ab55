"""Superfused solutions act when they are at the cell, one by one or on one another, and the cell comes back or not."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
from ephys.pharmacology import ReadoutSettings, dose_response, fit_dose_response, fit_dose_responses, plan_windows
from ephys.pharmacology.superfusion.result import UNKNOWN_DELAY
from ephys.simulation import SIMULATED_SLICE, CellSpec, SuperfusionSchedule, simulate_session

WHOLE = Epoch(0.0, 2400.0)


def solution(start_s: float, stop_s: float | None, nm: float = 30.0, **known: object) -> Administration:
    """One superfused concentration."""
    given = Administration("5-ct", start_s, stop_s, dose=nm, dose_unit="nM", route="bath", form="base")
    return replace(given, **known)  # type: ignore[arg-type]


def wash(start_s: float) -> Administration:
    return Administration("acsf", start_s, role="wash")


def protocol(*given: Administration, stop_s: float = WHOLE.stop_s) -> DoseProtocol:
    return DoseProtocol(given, Support.of(Epoch(0.0, stop_s)))


def windows(*given: Administration, **settings: float | str) -> list[tuple[float, float]]:
    read = ReadoutSettings(**settings)  # type: ignore[arg-type]
    return [(w.start_s, w.stop_s) for _, w in plan_windows(protocol(*given), "5-ct", read)]


def clock(*pieces: tuple[float, float, float]) -> Unit:
    """A clock of a cell: from, to, interval."""
    trains = [np.arange(start + every / 2, stop, every) for start, stop, every in pieces]
    return Unit.from_times(np.concatenate(trains), support=WHOLE)


def response_of(unit: Unit, *given: Administration, **settings: float | str) -> ephys.DoseResponse:
    read = ReadoutSettings(**settings)  # type: ignore[arg-type]
    return dose_response(unit, protocol(*given), settings=read, beside=False)


# --- when a solution is at the cell ----------------------------------------------------------------------------------


def test_the_delay_shifts_both_ends_of_every_window() -> None:
    given = (solution(300.0, 600.0), solution(600.0, 900.0, 100.0), wash(900.0))
    early, late = windows(*given), windows(*given, bath_delay_s=45.0)
    assert early[:2] == [(540.0, 600.0), (840.0, 900.0)]
    assert late[:2] == [(585.0, 645.0), (885.0, 945.0)]


def test_no_window_begins_before_the_solution_is_there() -> None:
    assert windows(solution(300.0, 400.0), bath_delay_s=60.0, length_s=200.0) == [(390.0, 460.0)]
    response = response_of(clock((0, 2400, 1.0)), solution(300.0, 320.0), bath_delay_s=60.0)
    assert "begins under 30 s after the solution reached the cell" in response.doses[0].flags
    assert not response.doses[0].used


def test_a_wash_row_ends_an_application_that_has_no_end_of_its_own_and_is_read_to_the_end() -> None:
    given = (solution(300.0, None), wash(600.0))
    assert windows(*given, bath_delay_s=20.0) == [(560.0, 620.0), (2340.0, 2400.0)]


def test_a_long_application_is_read_in_its_last_part() -> None:
    given = (solution(300.0, 900.0), solution(1000.0, 2200.0, 100.0))
    assert windows(*given)[1] == (2140.0, 2200.0)


def test_what_does_not_run_through_the_bath_acts_at_once() -> None:
    puff = Administration("5-ct", 700.0, 760.0, dose=20.0, dose_unit="nA", route="iontophoresis", role="challenge")
    assert windows(solution(300.0, None), puff, bath_delay_s=45.0) == [(640.0, 700.0)]
    assert windows(solution(300.0, None, route="i.v.", dose_unit="ug/kg"), bath_delay_s=45.0) == [(330.0, 390.0)]


def test_a_concentration_without_a_route_ran_through_the_bath() -> None:
    assert windows(solution(300.0, 600.0, route=""), bath_delay_s=45.0) == [(585.0, 645.0)]
    assert not solution(300.0, 600.0, route="", barrel="2").is_superfused


def test_an_onset_is_counted_from_when_the_solution_is_at_the_cell() -> None:
    unit = clock((0, 345, 1.0), (345, 945, 4.0), (945, 2400, 1.0))
    onsets = {
        delay_s: dose_response(unit, protocol(solution(300.0, 900.0)), settings=ReadoutSettings(bath_delay_s=delay_s))
        .courses[0].onset_s
        for delay_s in (0.0, 45.0)
    }  # fmt: skip
    assert onsets[0.0] == pytest.approx(45.0, abs=4.0)
    assert onsets[45.0] == pytest.approx(0.0, abs=4.0)


def test_a_course_belongs_to_its_window_whatever_the_delay() -> None:
    settings = ReadoutSettings(bath_delay_s=33.3)
    given = (solution(300.1, 600.7), solution(600.7, 900.0, 100.0))
    response = dose_response(clock((0, 2400, 1.0)), protocol(*given), settings=settings)
    assert [response.course_of(window) for window in response.windows] == list(response.courses)


@pytest.mark.parametrize("wrong", [{"bath_delay_s": -1.0}, {"bath_delay_s": math.inf}, {"recovered_percent": 0.0},
                                   {"bath_reference": "mine"}])  # fmt: skip
def test_settings_of_a_bath_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        ReadoutSettings(**wrong)  # type: ignore[arg-type]


def test_a_concentration_of_0_is_refused_and_concentrations_never_add_up() -> None:
    with pytest.raises(ParameterError, match="a dose of 0"):
        protocol(solution(300.0, 600.0, 0.0))
    given = (solution(300.0, 600.0), solution(600.0, 900.0, 30.0))
    assert [window.dose for window in response_of(clock((0, 2400, 1.0)), *given).doses] == [30.0, 30.0]


def test_nothing_is_eliminated_from_a_bath() -> None:
    given = [replace(solution(300.0 + 900.0 * n, 900.0 + 900.0 * n, 30.0), drug="ipsapirone", route="")
             for n in range(2)]  # fmt: skip
    response = dose_response(clock((0, 2400, 1.0)), protocol(*given), beside=False)
    assert response.elimination == ""
    assert all(math.isnan(window.decayed_dose) for window in response.windows)


# --- design and recovery ---------------------------------------------------------------------------------------------


def design_of(*given: Administration) -> str:
    bath = response_of(clock((0, 2400, 1.0)), *given).superfusion
    assert bath is not None
    return bath.design


def test_the_design_is_read_from_the_times() -> None:
    first = solution(300.0, 600.0)
    assert design_of(first) == "single"
    assert design_of(first, solution(600.0, 900.0, 100.0)) == "cumulative"
    assert design_of(first, solution(610.0, 900.0, 100.0)) == "cumulative"  # the turn of a tap is no wash
    assert design_of(solution(300.0, None), solution(600.0, None, 100.0)) == "cumulative"
    assert design_of(first, solution(900.0, 1200.0, 100.0)) == "separate"
    assert design_of(solution(300.0, None), wash(600.0), solution(900.0, None, 100.0)) == "separate"
    assert design_of(first, solution(600.0, 900.0, 100.0), solution(1500.0, 1800.0, 300.0)) == "mixed"


def test_outside_a_bath_there_is_no_superfusion() -> None:
    given = solution(300.0, None, route="i.v.", dose_unit="ug/kg")
    response = response_of(clock((0, 2400, 1.0)), given)
    assert response.superfusion is None
    assert response.readout_rule == "before_next, 60 s, from 30 s after the dose"


def test_a_delay_of_0_is_told_wherever_the_fit_is() -> None:
    response = response_of(clock((0, 330, 1.0), (330, 600, 3.0), (600, 2400, 1.0)), solution(300.0, 600.0))
    assert UNKNOWN_DELAY in response.flags
    assert UNKNOWN_DELAY in str(fit_dose_response(response))
    assert UNKNOWN_DELAY not in response_of(clock((0, 2400, 1.0)), solution(300.0, 600.0), bath_delay_s=1.0).flags


def test_a_delay_longer_than_an_application_is_told() -> None:
    cell, given = clock((0, 2400, 1.0)), (solution(300.0, 500.0), wash(500.0))
    for delay_s, is_told in ((199.0, False), (201.0, True)):
        bath = response_of(cell, *given, bath_delay_s=delay_s).superfusion
        assert bath is not None
        assert any("longer than the shortest application, 200 s" in note for note in bath.notes) == is_told


def test_a_cell_that_comes_back_half_way_is_flagged_after_each_wash() -> None:
    """At 1 Hz before, 0.5 Hz under the drug and 0.5 Hz ever after: 50 % of baseline, under 80 % of it."""
    given = (solution(300.0, 600.0), solution(1200.0, 1500.0, 100.0))
    unit = clock((0, 300, 0.5), (300, 2400, 1.0))
    bath = response_of(unit, *given, bath_delay_s=1.0).superfusion
    assert bath is not None
    assert [one.recovery.percent for one in bath.applications if one.recovery] == pytest.approx([50.0, 50.0], abs=1.0)
    assert all(one.recovery_text(80.0).endswith(": not recovered") for one in bath.applications)
    between, last = bath.notes
    assert between.startswith("recovery between applications incomplete (under 80 % of baseline): after 30 nM 50 (")
    assert last.startswith("after the last wash 50 (")
    loose = response_of(unit, *given, bath_delay_s=1.0, recovered_percent=40.0).superfusion
    assert loose is not None
    assert loose.notes == ()


def test_a_recovery_that_the_interval_leaves_open_is_in_doubt() -> None:
    unit = clock((0, 300, 4.0), (300, 2400, 5.5))
    bath = response_of(unit, solution(300.0, 600.0), bath_delay_s=1.0).superfusion
    assert bath is not None
    assert bath.applications[0].recovery_text(80.0).endswith(": recovery in doubt")


def test_a_wash_of_which_nothing_was_recorded_is_no_recovery() -> None:
    response = response_of(clock((0, 2400, 1.0)), solution(300.0, None), bath_delay_s=1.0)
    assert response.superfusion is not None
    assert response.superfusion.applications[0].recovery is None
    assert any("recovery after wash-out not measured" in flag for flag in response.flags)


def test_concentrations_that_fall_without_wash_are_told() -> None:
    given = (solution(300.0, 600.0, 100.0), solution(600.0, 900.0, 30.0))
    bath = response_of(clock((0, 2400, 1.0)), *given, bath_delay_s=1.0).superfusion
    assert bath is not None
    assert any("not rising: 30 after 100 nM" in note for note in bath.notes)


def test_a_recovery_speaks_for_stationarity_and_one_that_fails_against_it() -> None:
    given = (solution(300.0, 600.0),)
    back = fit_dose_response(response_of(clock((0, 300, 0.5), (300, 600, 2.0), (600, 2400, 0.5)), *given))
    away = fit_dose_response(response_of(clock((0, 300, 0.5), (300, 600, 2.0), (600, 2400, 1.0)), *given))
    assert "stationarity in doubt" not in {warning.name for warning in back.warnings}
    doubt = next(warning for warning in away.warnings if warning.name == "stationarity in doubt")
    assert doubt.cause == "after wash-out at 50 % of baseline"


# --- own baselines ---------------------------------------------------------------------------------------------------


def test_each_application_is_read_against_the_rate_just_before_it_where_the_setting_says_so() -> None:
    """2 Hz, then 1 Hz from the first wash on: 0.5 Hz under the second is 25 % of the session's, 50 % of its own."""
    given = (solution(300.0, 600.0), solution(1200.0, 1500.0, 100.0))
    unit = clock((0, 300, 0.5), (300, 600, 0.5), (600, 1200, 1.0), (1200, 1500, 2.0), (1500, 2400, 1.0))
    session, own = (response_of(unit, *given, bath_delay_s=0.0, bath_reference=name) for name in ("session", "own"))
    assert [w.percent for w in session.doses] == pytest.approx([100.0, 25.0], abs=1.0)
    assert [w.percent for w in own.doses] == pytest.approx([100.0, 50.0], abs=1.0)
    assert [w.reference for w in own.doses] == pytest.approx([1.0, 0.5], abs=0.01)
    assert session.superfusion is not None
    assert [one.own_percent for one in session.superfusion.applications] == pytest.approx([100.0, 50.0], abs=1.0)
    assert "against the rate before each" in own.readout_rule


def test_concentrations_that_follow_on_one_another_share_the_baseline_before_the_first() -> None:
    given = (solution(300.0, 600.0), solution(600.0, 900.0, 100.0))
    own = response_of(clock((0, 600, 1.0), (600, 2400, 2.0)), *given, bath_reference="own")
    assert [w.percent for w in own.doses] == pytest.approx([100.0, 50.0], abs=1.0)


def test_an_application_without_a_rate_before_it_is_not_used() -> None:
    """The cell is silent through the first wash: nothing can be divided by it."""
    given = (solution(300.0, 600.0), solution(1200.0, 1500.0, 100.0))
    own = response_of(clock((0, 600, 1.0), (1300, 2400, 1.0)), *given, bath_reference="own")
    assert [w.used for w in own.doses] == [True, False]
    assert own.doses[1].flags[-1] == "no rate without drug was measured just before it"


def test_no_drift_is_estimated_beside_own_baselines() -> None:
    given = (solution(300.0, 600.0), solution(1200.0, 1500.0, 100.0))
    own = response_of(clock((0, 600, 1.0), (600, 2400, 2.0)), *given, bath_reference="own")
    fit = fit_dose_response(own, settings=ephys.Settings().override("fit.drift", "true").fit)
    assert math.isnan(fit.drift_percent_per_min)
    assert "no drift estimated: each concentration was read against the rate just before it" in fit.flags


def test_cells_of_several_designs_are_pooled_with_a_note_and_of_several_baselines_not_at_all() -> None:
    """A cell of one application goes with either design."""
    designs = {
        "r1": [(300.0, 600.0, 30.0), (600.0, 900.0, 100.0)],
        "r2": [(300.0, 600.0, 30.0), (1200.0, 1500.0, 100.0)],
        "r3": [(300.0, 600.0, 100.0)],
    }
    unit = clock((0, 300, 0.5), (300, 600, 0.8), (600, 2400, 1.0))
    found = {
        (animal, name): dose_response(
            unit, protocol(*(solution(*step) for step in steps)), settings=ReadoutSettings(bath_reference=name),  # type: ignore[arg-type]
            subject=ephys.Subject(animal=animal, group="control"), beside=False,
        )
        for animal, steps in designs.items() for name in ("session", "own")
    }  # fmt: skip
    fit = ephys.fit_population([found[animal, "session"] for animal in designs])
    told = "superfused in several designs: 1 cell cumulative, 1 cell separate, 1 cell single"
    assert any(note.startswith(told) for note in fit.notes)
    alike = ephys.fit_population([found[animal, "session"] for animal in ("r1", "r3")])
    assert not any("designs" in note for note in alike.notes)
    with pytest.raises(ParameterError, match="readout"):
        ephys.fit_population([found["r1", "session"], found["r2", "own"]])


# --- known truth -----------------------------------------------------------------------------------------------------

STEPS_NM = (10.0, 30.0, 100.0, 300.0, 1000.0)


def fits_of(
    schedule: SuperfusionSchedule, *, drift: float = 0.0, cells: int = 10, **settings: float | str
) -> np.ndarray:
    """Each simulated cell's IC50 with its interval: (cells, 3)."""
    fate = "unstable" if drift else "held"
    specs = [CellSpec(name=f"{n}", rate_hz=2.0, id50=100.0, hill=1.5, drift_percent_per_min=drift, fate=fate)
             for n in range(cells)]  # type: ignore[arg-type]  # fmt: skip
    session = simulate_session(7, cells=specs, schedule=schedule, with_voltage=False, subject=SIMULATED_SLICE).session
    read = ReadoutSettings(**settings)  # type: ignore[arg-type]
    responses = [dose_response(unit, session.protocol, settings=read, beside=False) for unit in session.units]
    return np.array([(fit.ic50, fit.id50_low, fit.id50_high) for fit in fit_dose_responses(responses, share=False)])


def typical(fits: np.ndarray) -> float:
    """Geometric mean of the IC50s."""
    return float(np.exp(np.log(fits[:, 0]).mean()))


@pytest.mark.parametrize("design", ["cumulative", "separate"])
@pytest.mark.parametrize("reference", ["session", "own"])
def test_the_ic50_of_a_simulated_slice_lies_in_its_interval(design: str, reference: str) -> None:
    schedule = SuperfusionSchedule(concentrations_nm=STEPS_NM, design=design, bath_delay_s=60.0)  # type: ignore[arg-type]
    fits = fits_of(schedule, bath_delay_s=60.0, bath_reference=reference)
    assert typical(fits) == pytest.approx(100.0, rel=0.15)
    assert ((fits[:, 1] <= 100.0) & (fits[:, 2] >= 100.0)).sum() >= 8


def test_a_wrong_delay_biases_the_ic50_and_the_right_one_mends_it() -> None:
    """Steps of 120 s, 100 s late: a window of the last 60 s before the tap turns is mostly of the step before."""
    schedule = SuperfusionSchedule(
        concentrations_nm=STEPS_NM, application_s=120.0, bath_delay_s=100.0, wash_in_s=8.0, recovery_s=400.0
    )
    wrong, right = fits_of(schedule), fits_of(schedule, bath_delay_s=100.0)
    assert typical(wrong) > 180.0
    assert ((wrong[:, 1] <= 100.0) & (wrong[:, 2] >= 100.0)).sum() <= 2
    assert typical(right) == pytest.approx(100.0, rel=0.15)
    assert ((right[:, 1] <= 100.0) & (right[:, 2] >= 100.0)).sum() >= 8


def test_own_baselines_mend_a_run_down() -> None:
    """2 % a minute over an hour: against the session's baseline half of the rate is gone without any drug."""
    schedule = SuperfusionSchedule(concentrations_nm=STEPS_NM, design="separate", wash_s=480.0)
    session, own = (
        fits_of(schedule, drift=-2.0, bath_delay_s=30.0, bath_reference=name) for name in ("session", "own")
    )
    assert typical(session) < 75.0
    assert typical(own) == pytest.approx(100.0, rel=0.15)
    assert ((own[:, 1] <= 100.0) & (own[:, 2] >= 100.0)).sum() >= 8


def test_the_truth_of_a_simulated_slice_is_in_nanomolar() -> None:
    schedule = SuperfusionSchedule(concentrations_nm=(30.0, 100.0))
    (truth,) = simulate_session(0, cells=[CellSpec(name="1", id50=90.0)], schedule=schedule, with_voltage=False).truth
    assert (truth.id50, truth.id50_unit) == (90.0, "nM")


@pytest.mark.real_data
def test_real_trains_under_invented_superfusions_keep_the_ic50(shared_data: Path) -> None:
    """Trains of real cells, their clock stretched as an IC50 of 100 nM says once the solution is at the cell."""
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    trains = [np.sort(np.array(times)) for times in cells["spikes"].values() if len(times) >= 150]
    schedule = SuperfusionSchedule(
        concentrations_nm=STEPS_NM, application_s=120.0, bath_delay_s=50.0, wash_in_s=8.0, recovery_s=300.0
    )
    grid = np.arange(0.0, schedule.stop_s + 0.25, 0.25)
    share = 1.0 / (1.0 + (schedule.concentration_nm(grid) / 100.0) ** 1.5)
    passed = np.concatenate([[0.0], np.cumsum(0.125 * (share[1:] + share[:-1]))])
    whole, responses = Epoch(0.0, schedule.stop_s), []
    for train in trains:
        own = (train - train[0]) / (train[-1] - train[0]) * passed[-1]
        times = np.unique(np.interp(own, passed, grid))
        unit = Unit.from_times(times[(times > 0) & (times < whole.stop_s)], support=whole)
        read = ReadoutSettings(bath_delay_s=50.0)
        responses.append(dose_response(unit, schedule.protocol(), settings=read, beside=False))
    fits = fit_dose_responses(responses, share=False)
    held = [fit.id50_low <= 100.0 <= fit.id50_high for fit in fits]
    assert np.mean(held) >= 0.8
    assert np.median([fit.id50 for fit in fits if fit.status == "interpolated"]) == pytest.approx(100.0, rel=0.2)


# --- what is told ----------------------------------------------------------------------------------------------------


def test_rows_hold_full_numbers_and_the_printed_table_rounds_them() -> None:
    given = (solution(300.0, 600.0), solution(1200.0, 1500.0, 100.0))
    bath = response_of(clock((0, 600, 1.0), (600, 2400, 1.1)), *given, bath_delay_s=20.0).superfusion
    assert bath is not None
    first, second = bath.as_rows()
    assert (first["arrives_s"], first["leaves_s"], first["concentration"]) == (320.0, 620.0, 30.0)
    assert second["recovery_stop_s"] == 2400.0
    assert len(bath.rows) == 2
    assert {len(row) for row in bath.rows} == {len(bath.columns)}
    assert "20 s after the tap was turned" in bath.methods


def test_the_sample_slice_holds_its_truth(sample_data: Path) -> None:
    """IC50 80 nM, delay 75 s (sample_data/protocols/make_slice.py)."""
    folder = sample_data / "protocols"
    session = ephys.read_session(folder / "slice_spikes.csv", doses=folder / "slice_doses.csv", stop_s=1500.0)
    response = dose_response(session.units[0], session.protocol, settings=ReadoutSettings(bath_delay_s=75.0))
    fit = fit_dose_response(response)
    assert fit.id50_low < 80.0 < fit.id50_high
    assert fit.ic50 == pytest.approx(80.0, rel=0.2)
    assert [course.onset_s for course in response.courses[2:]] == pytest.approx([8.0, 8.0, 8.0], abs=8.0)
    assert sum((folder / name).stat().st_size for name in ("slice_spikes.csv", "slice_doses.csv")) < 8192
