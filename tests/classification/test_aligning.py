"""Snippets moved by parts of a sample."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from ephys.classification.aligning import _read_later


@pytest.mark.parametrize("count", [1, 40])
def test_all_traces_at_once_are_moved_as_scipy_moves_each(count: int) -> None:
    random = np.random.default_rng(0)
    traces_uv = np.cumsum(random.normal(0.0, 5.0, (count, 160)), axis=1)
    shifts = random.uniform(-5.0, 5.0, count)
    alone = [ndimage.shift(one, -shift, order=3, mode="nearest") for one, shift in zip(traces_uv, shifts, strict=True)]
    np.testing.assert_allclose(_read_later(traces_uv, shifts), alone, atol=1e-6)


@pytest.mark.parametrize("shift", [-3.0, 0.0, 2.0])
def test_whole_samples_are_read_as_they_are_and_beyond_the_end_stands_the_last(shift: float) -> None:
    trace_uv = np.random.default_rng(1).normal(0.0, 20.0, 100)
    read = np.clip(np.arange(100) + int(shift), 0, 99)
    moved = _read_later(trace_uv[np.newaxis], np.array([shift]))[0]
    np.testing.assert_allclose(moved, trace_uv[read], atol=1e-6)
