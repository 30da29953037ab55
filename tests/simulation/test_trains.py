"""Trains fire at the rate and with the regularity that were asked for, and are not Poisson."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.simulation import add_bursts, add_doublets, overlap_spikes, renewal_train
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


def test_bursts_go_on_with_the_chance_that_was_asked_for_and_stop_at_five() -> None:
    times, is_second = add_doublets(np.arange(0.0, 4000.0), share=1.0, seed=1)
    times, rank = add_bursts(times, is_second.astype(np.int64), chance=0.5, seed=2)
    sizes = np.bincount(rank)
    assert len(sizes) == 5
    assert sizes[2:] / sizes[1:-1] == pytest.approx([0.5, 0.5, 0.5], abs=0.06)
    within = np.diff(times)[rank[1:] > 0]
    assert within.min() > 0.0049
    assert within.max() < 0.0121
    assert (np.diff(rank)[rank[1:] > 0] == 1).all()  # the ranks of an event follow one another


def test_overlapped_spikes_lie_at_their_lags_and_the_rate_stays() -> None:
    own, leader = steady(5.0, 0.5, seconds=2000.0, seed=3), steady(2.0, 0.3, seconds=2000.0, seed=4)
    moved = overlap_spikes(own, leader, share=0.5, lag_ms=(-1.0, 1.0), seed=5)
    assert (np.diff(moved) > 0).all()
    after = np.clip(np.searchsorted(moved, leader), 1, len(moved) - 1)
    lag_ms = 1e3 * np.minimum(np.abs(moved[after] - leader), np.abs(moved[after - 1] - leader))
    assert (lag_ms <= 1.0).mean() == pytest.approx(0.5, abs=0.04)
    # Spikes that would fire within 40 ms of a moved one are gone: the cell had no time for both.
    assert len(moved) == pytest.approx(len(own), rel=0.15)


def test_a_chance_that_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"between 0 and 1, got 1\.2"):
        add_bursts(np.array([1.0]), np.array([0]), chance=1.2)
