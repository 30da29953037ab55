import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ephys.errors import ParameterError
from ephys.model import Epoch, Support


@given(st.lists(st.floats(0, 30), max_size=40), st.floats(0.1, 29.9))
def test_adjacent_windows_share_no_spike_and_lose_none(times: list[float], cut: float) -> None:
    spikes = np.sort(np.array(times, dtype=float))
    whole, left, right = Epoch(0.0, 30.0), Epoch(0.0, cut), Epoch(cut, 30.0)
    assert left.mask(spikes).sum() + right.mask(spikes).sum() == whole.mask(spikes).sum()


@pytest.mark.parametrize(("start", "stop"), [(2.0, 2.0), (3.0, 2.0), (0.0, np.inf), (np.nan, 1.0)])
def test_a_window_that_cannot_be_says_its_bounds(start: float, stop: float) -> None:
    with pytest.raises(ParameterError, match=r"'washout'.*\["):
        Epoch(start, stop, "washout")


def test_overlapping_stretches_raise_and_are_not_joined() -> None:
    with pytest.raises(ParameterError, match="in order and apart"):
        Support.of(Epoch(0.0, 10.0), Epoch(9.0, 20.0))


def test_a_gap_is_not_silence() -> None:
    support = Support.of(Epoch(0.0, 100.0), Epoch(160.0, 300.0))
    assert support.covered_s(Epoch(80.0, 180.0)) == 40.0
    assert support.gaps == (Epoch(100.0, 160.0, "gap"),)


def test_excised_time_leaves_the_support() -> None:
    support = Support.of(Epoch(0.0, 100.0)).without([Epoch(10.0, 20.0), Epoch(95.0, 120.0)])
    assert [(e.start_s, e.stop_s) for e in support.epochs] == [(0.0, 10.0), (20.0, 95.0)]


def test_of_many_holes_whatever_their_order_each_is_taken_out_once() -> None:
    rng = np.random.default_rng(0)
    whole = Support.of(Epoch(0.0, 100.0), Epoch(120.0, 300.0))
    holes = [
        Epoch(start, start + length)
        for start, length in zip(rng.uniform(0, 310, 400), rng.exponential(0.3, 400), strict=True)
    ]
    support = whole.without(holes)
    times = np.sort(rng.uniform(-5.0, 310.0, 5000))
    inside = whole.mask(times) & ~np.any([hole.mask(times) for hole in holes], axis=0)
    np.testing.assert_array_equal(support.mask(times), inside)
    window = Epoch(30.0, 200.0)
    covered_s = sum(epoch.overlap(window) for epoch in support.epochs)
    assert support.covered_s(window) == pytest.approx(covered_s)
    assert float(np.diff(support.elapsed_s(np.array([30.0, 200.0])))[0]) == pytest.approx(covered_s)
