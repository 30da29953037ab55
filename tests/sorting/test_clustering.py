"""The number of cells is found, not asked; a drifting cell is one, two near cells are two."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.sorting.clustering import ClusteringSettings, divide_spikes, merge_parts


def clusters(features: np.ndarray, seed: int = 0) -> np.ndarray:
    return merge_parts(features, divide_spikes(features, seed=seed))


def ball(rng: np.random.Generator, centre: float, count: int) -> np.ndarray:
    return rng.normal(0, 1, (count, 8)) + np.r_[centre, centre / 2, np.zeros(6)]


@pytest.mark.parametrize("cells", [1, 2, 3, 4, 5])
def test_as_many_clusters_as_cells(cells: int) -> None:
    rng = np.random.default_rng(cells)
    features = np.concatenate([ball(rng, 6.0 * cell, 400) for cell in range(cells)])
    assert len(np.unique(clusters(features))) == cells


def test_a_cell_whose_amplitude_runs_down_stays_one() -> None:
    rng = np.random.default_rng(0)
    direction = np.r_[0.8, -0.6, np.zeros(6)]
    features = rng.normal(0, 1, (900, 8)) + np.linspace(20, 5, 900)[:, np.newaxis] * direction
    assert len(np.unique(clusters(features))) == 1


def test_a_slow_cell_is_found_beside_a_fast_one() -> None:
    rng = np.random.default_rng(0)
    labels = clusters(np.concatenate([ball(rng, 0.0, 10_000), ball(rng, 9.0, 40)]))
    assert len(np.unique(labels[10_000:])) == 1
    assert (labels[:10_000] == labels[-1]).sum() <= 2


def test_one_seed_one_answer() -> None:
    features = ball(np.random.default_rng(0), 3.0, 500)
    np.testing.assert_array_equal(clusters(features, seed=4), clusters(features, seed=4))


def test_no_part_may_be_asked_for() -> None:
    with pytest.raises(ParameterError, match="components"):
        ClusteringSettings(components=0)
