"""In the feature space the noise is a unit ball and drift a straight streak."""

from __future__ import annotations

import numpy as np

from ephys.sorting.features import FeatureSettings, fit_feature_space


def coloured(rng: np.random.Generator, count: int) -> np.ndarray:
    white = rng.normal(0, 10, (count, 60))
    return np.apply_along_axis(np.convolve, 1, white, np.hanning(7) / 2, "valid").astype(np.float32)[:, :, np.newaxis]


def test_noise_has_unit_variance_and_drift_stays_on_one_line() -> None:
    rng = np.random.default_rng(0)
    shape = np.sin(np.linspace(0, 2 * np.pi, 54))[:, np.newaxis]
    sizes = np.linspace(100.0, 40.0, 1000)[:, np.newaxis, np.newaxis]
    spikes = (sizes * shape).astype(np.float32) + coloured(rng, 1000)
    space = fit_feature_space(spikes, coloured(rng, 5000))
    np.testing.assert_allclose(space.features(coloured(rng, 5000)).std(axis=0), 1.0, atol=0.1)
    features = space.features(spikes)
    axis = features.mean(axis=0) / np.linalg.norm(features.mean(axis=0))
    off = features - np.outer(features @ axis, axis)
    assert (off**2).sum(axis=1).mean() < 1.3 * (features.shape[1] - 1)


def test_one_huge_artefact_does_not_choose_the_axes() -> None:
    rng = np.random.default_rng(0)
    noise = coloured(rng, 3000)
    spikes = coloured(rng, 500) + 80 * np.hanning(54).astype(np.float32)[:, np.newaxis]
    spikes[0, 40] += 1e5
    with_artefact = fit_feature_space(spikes, noise, FeatureSettings(dimensions=2)).features(spikes[1:])
    without = fit_feature_space(spikes[1:], noise, FeatureSettings(dimensions=2)).features(spikes[1:])
    assert np.linalg.norm(with_artefact.mean(axis=0)) > 0.9 * np.linalg.norm(without.mean(axis=0))
