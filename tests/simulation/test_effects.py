"""The dose acts when it should, as much as it should, and the antagonist takes it away."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.pharmacology.curves import hill_remaining
from ephys.simulation import CellSpec, DoseSchedule, Kinetics, effective_dose, rate_profile
from ephys.simulation.effects import remaining_share

SCHEDULE = DoseSchedule()


def test_a_dose_is_at_its_plateau_where_the_read_out_window_begins() -> None:
    begins = np.array(SCHEDULE.dose_times_s) + 30.0
    acting = effective_dose(begins, SCHEDULE, kinetics=Kinetics(half_life_s=1e12))
    np.testing.assert_allclose(acting, SCHEDULE.cumulative_ug_kg, rtol=0.024)  # exp(-30 s / 8 s)


def test_elimination_costs_a_session_little_and_a_half_life_one_half() -> None:
    one = DoseSchedule(cumulative_ug_kg=(100.0,), antagonist="")
    acting = effective_dose(one.first_dose_s + np.array([60.0, 6000.0]), one, kinetics=Kinetics())
    np.testing.assert_allclose(acting, [99.2, 50.0], atol=0.2)


def test_the_antagonist_brings_the_rate_back_within_a_minute() -> None:
    before, after = rate_profile(SCHEDULE.antagonist_s + np.array([0.0, 60.0]), CellSpec(name="1"), SCHEDULE)
    assert before < 0.05 * 1.6
    assert after > 0.95 * 1.6


def test_without_an_antagonist_the_cell_stays_silent() -> None:
    alone = DoseSchedule(antagonist="")
    assert rate_profile(np.array([alone.stop_s]), CellSpec(name="1", id50=30.0, hill=3.0), alone)[0] < 1e-3


def test_the_true_curve_is_the_one_that_is_fitted() -> None:
    doses = np.array([0.0, 5.0, 50.0, 500.0])
    fitted = hill_remaining(doses, ln_id50=np.log(60.0), ln_hill=np.log(1.7), emax=0.9)
    np.testing.assert_allclose(remaining_share(doses, id50=60.0, hill=1.7, emax_percent=90.0), fitted, rtol=1e-12)


def test_vehicle_does_nothing() -> None:
    during_s = np.linspace(SCHEDULE.baseline_s, SCHEDULE.first_dose_s, 20)
    np.testing.assert_array_equal(rate_profile(during_s, CellSpec(name="1", rate_hz=1.5), SCHEDULE), 1.5)


def test_a_drifting_cell_loses_the_same_share_each_minute_and_never_falls_below_zero() -> None:
    cell = CellSpec(name="1", fate="unstable", drift_percent_per_min=-10.0, emax_percent=0.0)
    rate = rate_profile(np.array([0.0, 60.0, 3600.0]), cell, SCHEDULE)
    assert rate[1] / rate[0] == pytest.approx(0.9)
    assert 0.0 < rate[2] < 0.01
