"""Doublets and triplets, and what collapsing them does to regularity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ephys.errors import ParameterError
from ephys.firing import BurstSettings, collapse_bursts, cv, find_bursts

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
