"""Doublets and triplets, and what collapsing them does to regularity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ephys.errors import ParameterError
from ephys.firing import BurstSettings, collapse_bursts, cv, find_bursts
from ephys.model import Epoch, Support

TRAINS = st.lists(st.floats(0.001, 0.05), max_size=60).map(lambda gaps: np.cumsum(np.array(gaps, dtype=np.float64)))


def _bursting_train(share_of_events: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    events = np.cumsum(rng.gamma(16.0, 1 / 16, 1000))
    followed = events[rng.random(events.size) < share_of_events]
    return events, np.sort(np.concatenate([events, followed + rng.uniform(0.004, 0.015, followed.size)]))


def test_doublets_inflate_the_cv_and_collapsing_restores_the_train_beneath() -> None:
    events, train = _bursting_train(0.3)
    assert cv(events) < 0.3
    assert cv(train) > 0.5
    np.testing.assert_array_equal(collapse_bursts(train), events)


def test_the_bursts_found_are_the_doublets_put_in() -> None:
    events, train = _bursting_train(0.3)
    bursts = find_bursts(train)
    n_doublets = train.size - events.size
    assert len(bursts) == n_doublets
    assert (bursts.n_spikes == 2).all()
    assert bursts.share == pytest.approx(2 * n_doublets / train.size)
    assert ((bursts.stop_s - bursts.start_s) < 0.020).all()


@given(TRAINS)
def test_every_spike_is_a_burst_member_or_alone_and_each_burst_collapses_to_one(train: np.ndarray) -> None:
    bursts = find_bursts(train)
    alone = train.size - int(bursts.n_spikes.sum())
    assert collapse_bursts(train).size == alone + len(bursts)
    np.testing.assert_array_equal(train[bursts.first], bursts.start_s)


def test_an_interval_of_exactly_the_limit_opens_no_burst() -> None:
    train = np.array([0.0, 0.25, 0.375])
    assert len(find_bursts(train, settings=BurstSettings(0.125))) == 0
    assert find_bursts(train, settings=BurstSettings(0.1250001)).n_spikes.tolist() == [2]


def test_an_empty_train_has_no_bursts_and_no_share() -> None:
    assert len(find_bursts(np.empty(0))) == 0
    assert np.isnan(find_bursts(np.empty(0)).share)
    assert find_bursts(np.array([1.0])).share == 0.0
    with pytest.raises(ParameterError, match="opening_s above 0"):
        BurstSettings(0.0)


def test_the_first_interval_opens_a_burst_and_a_longer_one_ends_it() -> None:
    """Rule of midbrain dopamine cells: opened below 80 ms, ended at 160 ms; worked out by hand."""
    intervals = [0.5, 0.120, 0.070, 0.150, 0.090, 0.161, 0.079, 0.300, 0.100, 0.5]
    train = np.cumsum([0.0, *intervals])
    bursts = find_bursts(train, settings=BurstSettings(0.080, 0.160))
    assert bursts.first.tolist() == [2, 6]
    assert bursts.n_spikes.tolist() == [4, 2]
    np.testing.assert_allclose(bursts.intervals_s, [0.070, 0.150, 0.090, 0.079])
    assert (bursts.n_events, bursts.n_doublets, bursts.n_triplets, bursts.n_longer) == (7, 1, 0, 1)
    assert bursts.event_share.value == pytest.approx(2 / 7)
    assert bursts.share == pytest.approx(6 / 11)
    assert bursts.mean_spikes == 3.0
    np.testing.assert_allclose(collapse_bursts(train, settings=bursts.settings), np.delete(train, [3, 4, 5, 7]))


def test_a_run_of_too_few_spikes_is_no_burst_and_keeps_its_spikes() -> None:
    train = np.array([0.0, 0.01, 1.0, 1.01, 1.02, 2.0])
    settings = BurstSettings(min_spikes=3)
    bursts = find_bursts(train, settings=settings)
    assert (bursts.first.tolist(), bursts.n_spikes.tolist(), bursts.n_triplets) == ([2], [3], 1)
    np.testing.assert_array_equal(collapse_bursts(train, settings=settings), [0.0, 0.01, 1.0, 2.0])


def test_no_burst_spans_a_gap() -> None:
    support = Support.of(Epoch(0.0, 1.005), Epoch(1.012, 3.0))
    train = np.array([0.5, 0.992, 1.0, 1.013, 1.020, 2.0])
    assert find_bursts(train).n_spikes.tolist() == [4]
    torn = find_bursts(train, support=support)
    assert torn.n_spikes.tolist() == [2, 2]
    assert torn.n_events == 4
    np.testing.assert_array_equal(collapse_bursts(train, support=support), [0.5, 0.992, 1.013, 2.0])


@given(TRAINS, st.floats(0.002, 0.03), st.floats(1.0, 3.0), st.integers(2, 5))
def test_bursts_are_what_a_walk_along_the_train_finds(
    train: np.ndarray, opening_s: float, longer: float, min_spikes: int
) -> None:
    settings = BurstSettings(opening_s, opening_s * longer, min_spikes)
    intervals, expected, spike = np.diff(train), [], 0
    while spike < train.size:
        last, limit_s = spike, opening_s
        while last < intervals.size and intervals[last] < limit_s:
            last, limit_s = last + 1, settings.continuing_s
        if last - spike + 1 >= min_spikes:
            expected.append((spike, last - spike + 1))
        spike = last + 1
    bursts = find_bursts(train, settings=settings)
    assert list(zip(bursts.first.tolist(), bursts.n_spikes.tolist(), strict=True)) == expected
    assert bursts.intervals_s.size == int((bursts.n_spikes - 1).sum())


def test_the_share_of_events_has_its_exact_interval_and_an_empty_train_none() -> None:
    train = np.sort(np.concatenate([np.arange(50.0), np.arange(10.0) + 0.01]))
    share = find_bursts(train).event_share
    ends = stats.beta.ppf([0.025, 0.975], [10, 11], [41, 40])
    assert (share.value, share.low, share.high) == pytest.approx((0.2, *ends))
    assert np.isnan(find_bursts(np.empty(0)).event_share.value)
    assert np.isnan(find_bursts(np.arange(3.0)).mean_spikes)


@pytest.mark.parametrize("wrong", [(0.02, 0.01, 2), (0.02, None, 1), (0.02, np.inf, 2), (-0.1, None, 2)])
def test_limits_that_make_no_burst_are_refused(wrong: tuple[float, float | None, int]) -> None:
    with pytest.raises(ParameterError, match="a burst needs"):
        BurstSettings(*wrong)
