"""Stretches round points hold what lies near them, and know where it was."""

from __future__ import annotations

import numpy as np

from ephys.sorting.stretches import Stretches


def test_what_was_cut_is_what_lies_where_it_says() -> None:
    rng = np.random.default_rng(0)
    points = np.sort(rng.choice(5000, 60, replace=False))
    whole = rng.normal(size=5000)
    stretches = Stretches.around(points, before=7, after=12, length=len(whole))
    cut = stretches.cut(whole)
    positions = stretches.positions(np.arange(len(cut)))
    np.testing.assert_array_equal(whole[positions], cut)
    near = np.unique(np.concatenate([np.arange(max(0, p - 7), min(5000, p + 13)) for p in points]))
    assert np.isin(near, positions).all()
    assert (stretches.starts[1:] > stretches.stops[:-1]).all()


def test_no_point_gives_no_stretch() -> None:
    stretches = Stretches.around(np.empty(0, dtype=np.int64), before=5, after=5, length=100)
    assert stretches.cut(np.zeros((100, 2))).shape == (0, 2)
    assert stretches.positions(np.empty(0, dtype=np.int64)).size == 0
