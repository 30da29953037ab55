"""An antagonist before the agonist: the baseline after it, what it did alone, and what is kept apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import ephys
from ephys.io.results import fits_table, responses_table
from ephys.model import DoseProtocol, Epoch, Fate, Subject, Unit
from ephys.pharmacology import (
    DoseResponse,
    FitSettings,
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
Stepped = Callable[..., Unit]
Pretreated = Callable[[int], tuple[Unit, DoseProtocol]]


@pytest.fixture(scope="module")
def response(pretreated: Pretreated) -> DoseResponse:
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
    told = (
        "after way-100635 100 µg/kg i.v. (base): read against the rate after it (180 s), 160 % (137 to 187) of that "
        "before"
    )
    assert response.flags[0] == told


def test_the_fit_finds_the_shifted_id50_and_the_untreated_baseline_would_not(pretreated: Pretreated) -> None:
    fits = [fit_dose_response(dose_response(*pretreated(seed))) for seed in range(20)]
    held = [fit.id50_low <= ID50 <= fit.id50_high for fit in fits]
    assert sum(held) >= 18
    assert np.median([fit.id50 for fit in fits]) == pytest.approx(ID50, rel=0.1)
    unit, protocol = pretreated(1)
    untreated = DoseProtocol(
        protocol.administrations[1:], protocol.recorded, drawn_baseline=Epoch(120.0, 300.0, "baseline")
    )
    wrong = fit_dose_response(dose_response(unit, untreated))
    assert wrong.id50_low > ID50, "the excitation by the antagonist passes for a shift"


def test_a_pretreatment_is_no_control_of_the_series(response: DoseResponse) -> None:
    causes = [warning.text for warning in fit_dose_response(response).warnings]
    assert not any("after way-100635 at" in cause for cause in causes)
    assert any("no vehicle after the antagonist or recovery window" in cause for cause in causes)


def test_a_drift_is_not_told_by_what_came_before_the_series(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(1)
    fit = fit_dose_response(dose_response(unit, protocol), settings=FitSettings(drift=True))
    assert math.isnan(fit.drift_percent_per_min)
    assert any("no drift estimated" in flag for flag in fit.flags)


def test_courses_follow_the_same_two_baselines(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(1)
    plateaus = {one.span.start_s: one.plateau_percent for one in time_courses(unit, protocol, drug="ipsapirone")}
    assert plateaus[300.0] == pytest.approx(160.0, abs=12.0)
    assert plateaus[1500.0] == pytest.approx(100.0 / (1.0 + (1600.0 / ID50) ** 1.5), abs=4.0)


def test_the_reversal_tells_the_own_effect_and_finds_nothing_to_reverse(pretreated: Pretreated) -> None:
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
        "Where an antagonist had been given before every agonist, way-100635 100 µg/kg i.v. (base), doses were read "
        "against the rate that followed"
    ) in text


def test_a_cell_that_ends_before_the_new_baseline_has_no_percent(pretreated: Pretreated) -> None:
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


def test_the_slope_of_the_new_baseline_is_what_is_carried_on(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(1)
    session = ephys.Session("s", protocol, units=(unit,), subject=Subject(animal="r1"))
    (cell,) = ephys.analyse_session(session).cells
    assert cell.stability is not None
    assert cell.stability.baseline.stop_s == 300.0
    assert cell.drift is not None
    assert cell.drift.seconds == pytest.approx(1560.0 - 810.0, abs=60.0), "from the middle of 720 to 900 s"


def test_a_cell_not_proven_held_has_no_effect_of_the_antagonist(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(17)
    silent = Unit.from_times(unit.times_s[unit.times_s < 790.0], support=unit.support)
    for state in ("lost", "undetermined"):
        found = dose_response(silent, protocol, fate=Fate(state, 790.0, "silent"))  # type: ignore[arg-type]
        assert found.pretreatment is not None
        assert math.isnan(found.pretreatment.percent)
        assert "the cell was not proven held to the end of that baseline" in found.flags[0]


def test_a_curve_of_treated_and_untreated_cells_says_so(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(1)
    bare = DoseProtocol(protocol.administrations[1:], protocol.recorded)
    cells = [
        dose_response(unit, record, subject=Subject(animal=f"r{n}", group="a"))
        for n, record in enumerate((protocol, bare, protocol, bare))
    ]
    told = "group a, antagonist before the agonist: 2 cells after way-100635 100 µg/kg i.v. (base), 2 cells without"
    assert any(note.startswith(told) for note in fit_population(cells).notes)
    assert not any("antagonist before" in note for note in fit_population(cells[::2]).notes)


def test_an_amplitude_that_falls_with_the_antagonist_is_no_shift(pretreated: Pretreated) -> None:
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


def test_the_verdict_beside_the_id50_is_of_the_baseline_that_it_rests_on(
    pretreated: Pretreated, stepped: Stepped
) -> None:
    protocol = pretreated(19)[1]
    rising = stepped((0.0, 300.0, 1.5), (300.0, 780.0, 1.2), (780.0, 900.0, 2.6), (900.0, 1620.0, 0.8), seed=19)
    session = ephys.Session("s", protocol, units=(rising,), subject=Subject(animal="r1"))
    (cell,) = ephys.analyse_session(session).cells
    assert cell.stability is not None
    assert cell.stability.verdict == "stable"
    assert "unstable baseline" in cell.quote(cell.fits[0])
    (row,) = fits_table(ephys.analyse_session(session)).to_dict("records")
    assert row["stability"] == "unstable"
