"""A spike that noise moved is placed again by its template, and is not taken for another cell's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ephys.sorting.templates import Template, learn_template

FS = 25000.0
SAMPLES = np.arange(-16, 33)


def wide(shift: float = 0.0) -> np.ndarray:
    time = SAMPLES - shift
    return 80.0 * (np.exp(-0.5 * (time / 5.0) ** 2) - 0.4 * np.exp(-0.5 * ((time - 22.0) / 8.0) ** 2))


def features(voltage: np.ndarray) -> np.ndarray:
    """Features of white noise of 10 µV: the voltage itself, in noise SD."""
    return voltage / 10.0


@pytest.fixture(scope="module")
def jitter() -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, 0.9, 800)


@pytest.fixture(scope="module")
def learnt(jitter: np.ndarray) -> Template:
    """Template of a cell whose peaks noise moved by 0.9 samples."""
    noise = np.random.default_rng(2).normal(0.0, 1.0, (len(jitter), len(SAMPLES)))
    spikes = np.array([features(wide(late)) for late in jitter]) + noise
    slope = np.gradient(features(wide()))
    mean = wide()[:, np.newaxis].astype(np.float32)
    return learn_template(mean, spikes, np.arange(800.0), unit=0, slope=slope)


def test_the_jitter_of_the_peaks_is_learnt(learnt: Template) -> None:
    assert learnt.jitter == pytest.approx(0.9, abs=0.15)


def test_a_misplaced_spike_is_placed_again(learnt: Template) -> None:
    late = np.array([-1.5, -0.7, 0.0, 0.7, 1.5])
    spikes = np.array([features(wide(shift)) for shift in late])
    np.testing.assert_allclose(learnt.misplacements(spikes, sampling_hz=FS), late, atol=0.2)
    half = 0.5 * spikes
    np.testing.assert_allclose(
        learnt.misplacements(half, sampling_hz=FS), late, atol=0.3
    )  # half as large, not half as late


def test_misplacement_is_not_held_against_a_spike(learnt: Template) -> None:
    misplaced = features(wide(1.5))[np.newaxis]
    bare = (misplaced**2).sum() - learnt.scales(misplaced)[0] ** 2 * learnt.energy
    assert bare > 8.0
    assert learnt.residuals(misplaced)[0] < 0.35 * bare
    other = features(wide() * np.where(SAMPLES > 10, 0.3, 1.0))[np.newaxis]  # another shape, placed well
    plain = (other**2).sum() - learnt.scales(other)[0] ** 2 * learnt.energy
    assert learnt.residuals(other)[0] > 0.8 * plain


def test_without_jitter_nothing_is_moved() -> None:
    noise = np.random.default_rng(3).normal(0.0, 0.5, (200, len(SAMPLES)))
    still = learn_template(
        wide()[:, np.newaxis].astype(np.float32),
        features(wide()) + noise,
        np.arange(200.0),
        unit=0,
        slope=np.gradient(features(wide())),
    )
    assert still.jitter == 0.0
    assert (still.misplacements(features(wide(1.0))[np.newaxis], sampling_hz=FS) == 0.0).all()


@pytest.mark.parametrize("sampling_hz", [10000.0, 25000.0, 50000.0])
def test_noise_moves_a_peak_by_as_much_time_at_every_sampling_rate(learnt: Template, sampling_hz: float) -> None:
    unsure = replace(learnt, jitter=5.0)
    far = np.array([features(wide(shift)) for shift in (-6.0, 6.0)])
    moved_ms = unsure.misplacements(far, sampling_hz=sampling_hz) / sampling_hz * 1e3
    np.testing.assert_allclose(moved_ms, [-0.08, 0.08])
