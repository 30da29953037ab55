"""Trains fire at the rate and with the regularity that were asked for, and are not Poisson."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.simulation import add_doublets, renewal_train
from ephys.simulation.trains import RenewalLaw


def steady(
    rate_hz: float, cv: float, *, seconds: float = 20000.0, law: RenewalLaw = "gamma", seed: int = 0
) -> np.ndarray:
    return renewal_train(np.array([0.0, seconds]), np.array([rate_hz, rate_hz]), cv=cv, law=law, seed=seed)


@pytest.mark.parametrize("law", ["gamma", "inverse_gaussian"])
@pytest.mark.parametrize(("rate_hz", "cv"), [(0.5, 0.3), (1.6, 0.15), (2.0, 0.9), (12.0, 0.5)])
def test_rate_and_cv_are_those_asked_for(law: RenewalLaw, rate_hz: float, cv: float) -> None:
    intervals = np.diff(steady(rate_hz, cv, law=law))
    assert 1.0 / intervals.mean() == pytest.approx(rate_hz, rel=0.02)
    assert intervals.std() / intervals.mean() == pytest.approx(cv, rel=0.04)


def test_a_regular_cell_has_no_short_intervals_without_any_dead_time() -> None:
    intervals = np.diff(steady(1.6, 0.3))
    exponential = 1.0 - np.exp(-0.2 * 1.6)
    assert exponential > 0.25
    assert (intervals < 0.2).mean() < 0.01
    # The chance of firing rises with the time since the last spike; after a dead time it would stay level.
    hazard = [((intervals >= t) & (intervals < t + 0.1)).sum() / (intervals >= t).sum() for t in (0.3, 0.5, 0.7)]
    assert hazard[0] < hazard[1] < hazard[2]


def test_intervals_follow_the_gamma_law() -> None:
    intervals = np.diff(steady(1.0, 0.4, seconds=5000.0))
    assert stats.kstest(intervals, stats.gamma(0.4**-2, scale=0.4**2).cdf).pvalue > 0.01


@pytest.mark.parametrize("law", ["gamma", "inverse_gaussian"])
@pytest.mark.parametrize("cv", [0.3, 1.0])
def test_the_start_of_a_session_is_like_any_other_moment(law: RenewalLaw, cv: float) -> None:
    first = np.array([steady(1.0, cv, seconds=30.0, law=law, seed=seed)[0] for seed in range(3000)])
    assert first.mean() == pytest.approx((1.0 + cv**2) / 2.0, abs=4.0 * first.std() / np.sqrt(len(first)))


def test_regularity_stays_when_the_rate_falls() -> None:
    grid_s, rate_hz = np.array([0.0, 9999.999, 10000.0, 40000.0]), np.array([2.0, 2.0, 0.5, 0.5])
    times = renewal_train(grid_s, rate_hz, cv=0.3, seed=2)
    fast, slow = np.diff(times[times < 10000.0]), np.diff(times[times >= 10000.0])
    assert fast.mean() / slow.mean() == pytest.approx(0.25, rel=0.02)
    assert fast.std() / fast.mean() == pytest.approx(slow.std() / slow.mean(), rel=0.05)


def test_a_silenced_stretch_holds_no_spike() -> None:
    grid_s, rate_hz = np.array([0.0, 100.0, 100.1, 200.0, 200.1, 300.0]), np.array([5.0, 5.0, 0.0, 0.0, 5.0, 5.0])
    times = renewal_train(grid_s, rate_hz, cv=0.5)
    assert not ((times > 100.1) & (times < 200.0)).any()
    assert (times > 200.1).sum() > 400


def test_doublets_come_in_the_share_asked_for_and_leave_the_rhythm_alone() -> None:
    events = steady(1.5, 0.3)
    times, is_second = add_doublets(events, share=0.1, seed=4)
    assert is_second.sum() / len(events) == pytest.approx(0.1, rel=0.1)
    intervals = np.diff(times)
    assert (intervals[is_second[1:]] < 0.02).all()
    assert (intervals[is_second[1:]] > 0.002).all()
    np.testing.assert_array_equal(times[~is_second], events)


def test_one_seed_gives_one_train() -> None:
    np.testing.assert_array_equal(steady(1.0, 0.3, seed=7), steady(1.0, 0.3, seed=7))
    assert len(np.intersect1d(steady(1.0, 0.3, seed=7), steady(1.0, 0.3, seed=8))) == 0


@pytest.mark.parametrize(
    ("rate_hz", "cv", "message"), [(1.0, 0.0, "cv of a renewal train"), (-1.0, 0.3, "cannot be negative, got -1 Hz")]
)
def test_what_no_cell_can_do_is_refused(rate_hz: float, cv: float, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        steady(rate_hz, cv)
