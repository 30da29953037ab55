"""A spike that noise moved is placed again by its template, and is not taken for another cell's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from ephys.sorting.templates import Background, Template, learn_background, learn_template

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


def plain(**changed: object) -> Template:
    """Template of energy 25 along the first of three axes."""
    track = np.array([0.0, 1000.0])
    mean = np.zeros((4, 1), dtype=np.float32)
    one = Template(0, 0.0, mean, np.array([5.0, 0.0, 0.0]), track, np.array([1.0, 0.5]), 0.2, 30.0, 3.0)
    return replace(one, **changed)  # type: ignore[arg-type]


def test_the_likelihood_of_a_spike_is_that_of_a_gaussian_about_its_line() -> None:
    """Its size spreads by 0.2 of 5 noise SD, the rest by 1; what all templates share is left out."""
    spikes = np.random.default_rng(5).normal(0.0, 2.0, (20, 3)) + np.array([4.0, 0.0, 0.0])
    at = np.full(20, 500.0)
    gaussian = multivariate_normal([0.75 * 5.0, 0.0, 0.0], np.diag([(0.2 * 5.0) ** 2, 1.0, 1.0]))
    expected = gaussian.logpdf(spikes) + 3.0 + 1.5 * np.log(2.0 * np.pi)
    np.testing.assert_allclose(plain().log_likelihood(spikes, at), expected)


def test_the_likelihood_allows_for_misplacement_and_pays_for_it() -> None:
    slope, jitter = np.array([0.0, 3.0, 0.0]), 0.7
    spikes = np.random.default_rng(6).normal(0.0, 2.0, (20, 3)) + np.array([4.0, 0.0, 0.0])
    wide_there = np.diag([1.0, 1.0 + (3.0 * jitter) ** 2, 1.0])
    expected = multivariate_normal([5.0, 0.0, 0.0], wide_there).logpdf(spikes) + 3.0 + 1.5 * np.log(2.0 * np.pi)
    moved = plain(slope=slope, jitter=jitter)
    np.testing.assert_allclose(moved.log_likelihood(spikes, np.zeros(20)), expected)
    assert moved.log_likelihood(np.array([[5.0, 0.0, 0.0]]), np.zeros(1)) < plain().log_likelihood(
        np.array([[5.0, 0.0, 0.0]]), np.zeros(1)
    )


def test_size_is_told_against_what_it_was_at_that_moment() -> None:
    spikes = np.array([[5.0, 1.0, 0.0], [2.5, 0.0, 0.0], [5.0, 0.0, 9.0]])
    np.testing.assert_allclose(plain().scales(spikes), [1.0, 0.5, 1.0])
    np.testing.assert_allclose(plain().deviations(spikes, np.array([0.0, 0.0, 1000.0])), [0.0, -2.5, 2.5])
    np.testing.assert_allclose(plain().residuals(spikes), [1.0, 0.0, 81.0])


def test_a_spike_that_lies_later_than_it_was_read_looks_like_one_read_earlier() -> None:
    """The slope is how features change when a spike is read one sample later; half of that is believed at jitter 1."""
    one = plain(slope=np.array([0.0, 1.0, 0.0]), jitter=1.0)
    late = np.array([[5.0, -1.0, 0.0], [5.0, 1.0, 0.0], [10.0, -1.0, 0.0]])
    np.testing.assert_allclose(one.misplacements(late, sampling_hz=FS), [0.5, -0.5, 0.25])


def test_the_background_is_as_likely_as_its_likeliest_part() -> None:
    rng = np.random.default_rng(7)
    parts = np.repeat([0, 1, -1], (400, 100, 50))
    points = rng.normal(0.0, 1.0, (550, 2)) * np.where(parts == 0, 1.0, 2.0)[:, np.newaxis] + 4.0 * parts[:, np.newaxis]
    background = learn_background(points, parts)
    np.testing.assert_allclose(background.means, [points[parts == part].mean(axis=0) for part in (0, 1)])
    np.testing.assert_allclose(background.log_counts, np.log([400, 100]))
    assert np.diag(background.covariances[1]) == pytest.approx([4.0, 4.0], rel=0.3)
    seen = np.array([[0.0, 0.0], [4.0, 4.0], [9.0, -3.0]])
    each = [
        multivariate_normal(mean, covariance).logpdf(seen) + np.log(2.0 * np.pi) + log_count
        for mean, covariance, log_count in zip(
            background.means, background.covariances, background.log_counts, strict=True
        )
    ]
    np.testing.assert_allclose(background.log_likelihood(seen), np.max(each, axis=0))
    nothing = Background(np.empty((0, 2)), np.empty((0, 2, 2)), np.empty(0))
    assert (nothing.log_likelihood(seen) == -np.inf).all()


def test_a_change_of_size_is_no_misplacement() -> None:
    """What the slope has along the spike itself is set aside."""
    spikes = features(wide()) * np.random.default_rng(8).normal(1.0, 0.2, 300)[:, np.newaxis]
    spikes += np.random.default_rng(9).normal(0.0, 1.0, spikes.shape)
    slope = np.gradient(features(wide()))
    mean = wide()[:, np.newaxis].astype(np.float32)
    leaning = learn_template(mean, spikes, np.arange(300.0), unit=0, slope=slope + features(wide()))
    assert abs(float(leaning.slope @ leaning.axis)) < 1e-9 * leaning.energy
    assert leaning.jitter < 0.3
