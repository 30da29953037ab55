"""Spikes that were cut elsewhere find their cells without the voltage they came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.optimize import linear_sum_assignment

from ephys.errors import ParameterError
from ephys.sorting import cluster_waveforms


def share_right(labels: np.ndarray, truth: np.ndarray) -> float:
    """Share of the spikes in clusters that match their cell, one to one; -1 counts as wrong."""
    cells = np.unique(truth)
    table = np.array([[(truth[labels == c] == t).sum() for t in cells] for c in range(labels.max() + 1)])
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum()) / len(truth)


@pytest.mark.real_data
@pytest.mark.parametrize(("noise", "least"), [("005", 0.97), ("015", 0.93)])
def test_labelled_snippets_are_told_apart_without_their_number(shared_data: Path, noise: str, least: float) -> None:
    path = shared_data / "groundtruth" / "wave_clus" / f"spikes_C_Difficult2_noise{noise}.mat"
    known = loadmat(path)
    truth = known["spikes_labels"].ravel()
    labels = cluster_waveforms(known["spikes"], sampling_hz=24000.0)
    assert share_right(labels[truth > 0], truth[truth > 0]) >= least


def test_noise_of_any_colour_and_unit_gives_the_same_clusters() -> None:
    rng = np.random.default_rng(0)
    shapes = 60 * np.stack([np.hanning(40), np.hanning(40) ** 2 * np.linspace(1.3, 0.6, 40)])
    truth = np.repeat([0, 1], [400, 200])
    spikes = shapes[truth] + np.cumsum(rng.normal(0, 1.5, (600, 40)), axis=1)
    labels = cluster_waveforms(spikes, sampling_hz=20000.0)
    assert share_right(labels, truth) > 0.95
    np.testing.assert_array_equal(labels, cluster_waveforms(spikes * 1e-3, sampling_hz=20000.0))


def test_an_artefact_fits_nowhere() -> None:
    rng = np.random.default_rng(0)
    spikes = 80 * np.hanning(40) + rng.normal(0, 8, (300, 40))
    spikes[7] = 2000.0 * rng.normal(0, 1, 40)
    labels = cluster_waveforms(spikes, sampling_hz=20000.0)
    assert labels[7] == -1
    assert (np.delete(labels, 7) == 0).mean() > 0.98


def test_snippets_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ParameterError, match="spikes, samples"):
        cluster_waveforms(np.zeros(40), sampling_hz=20000.0)
    with pytest.raises(ParameterError, match="not finite"):
        cluster_waveforms(np.full((50, 40), np.nan), sampling_hz=20000.0)
    with pytest.raises(ParameterError, match="sampling_hz"):
        cluster_waveforms(np.zeros((50, 40)), sampling_hz=0.0)
