"""The search finds the pair that weighing all pairs exactly would find."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from ephys.sorting.screening import PairSearch

TEMPLATES, LAGS, SAMPLES, APART = 4, 61, 120, 30
TEMPLATE = np.repeat(np.arange(TEMPLATES), LAGS)
SHIFT = np.tile(np.arange(LAGS) - LAGS // 2, TEMPLATES)
TWICE = (TEMPLATE[:, np.newaxis] == TEMPLATE) & (np.abs(SHIFT[:, np.newaxis] - SHIFT) < APART)
ALLOWED = np.triu(~TWICE, k=1)
STIFFNESS = np.array([20.0, 60.0, 100.0, 40.0])[TEMPLATE]
USUAL = np.array([1.0, 0.8, 1.3, 1.1])[TEMPLATE]
"""Inverse variance of the size of each candidate, and the size expected."""


@pytest.fixture(scope="module")
def voltage() -> np.ndarray:
    """Of every candidate (samples, candidates), in white noise of SD 1."""
    rng = np.random.default_rng(3)
    shapes = gaussian_filter1d(rng.normal(size=(TEMPLATES, 40)), 4.0, axis=1)
    shapes *= np.hanning(40)
    shapes *= np.array([22.0, 16.0, 12.0, 9.0])[:, np.newaxis] / np.linalg.norm(shapes, axis=1)[:, np.newaxis]
    placed = np.zeros((SAMPLES, TEMPLATES * LAGS))
    for number, (template, shift) in enumerate(zip(TEMPLATE, SHIFT, strict=True)):
        start = SAMPLES // 2 - 20 + shift
        placed[start : start + 40, number] = shapes[template]
    return placed


def search_of(voltage: np.ndarray, *, stride: int = 2, kept: int = 8) -> PairSearch:
    own = np.sqrt((voltage**2).sum(axis=0) + STIFFNESS)
    return PairSearch.of(voltage.T @ voltage / np.outer(own, own), ALLOWED, TEMPLATE, stride=stride, kept=kept)


def lengths_and_costs(voltage: np.ndarray, traces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `PairSearch.best` takes them."""
    own = np.sqrt((voltage**2).sum(axis=0) + STIFFNESS)
    return (traces @ voltage + STIFFNESS * USUAL) / own, np.tile(STIFFNESS * USUAL**2, (len(traces), 1))


def explained_by(voltage: np.ndarray, trace: np.ndarray, pair: np.ndarray) -> float:
    """What a pair explains, by least squares with the expected sizes as further measurements."""
    certainty = np.sqrt(STIFFNESS[pair])
    design = np.vstack([voltage[:, pair], np.diag(certainty)])
    measured = np.concatenate([trace, certainty * USUAL[pair]])
    sizes = np.linalg.lstsq(design, measured, rcond=None)[0]
    return float(trace @ trace - ((measured - design @ sizes) ** 2).sum())


def pairs_in_noise(voltage: np.ndarray, count: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    first, second = np.nonzero(ALLOWED)
    chosen = rng.integers(len(first), size=count)
    sizes = rng.normal(1.0, 0.15, (2, count, 1))
    sizes *= USUAL[np.stack([first[chosen], second[chosen]])][:, :, np.newaxis]
    spikes = sizes[0] * voltage[:, first[chosen]].T + sizes[1] * voltage[:, second[chosen]].T
    return spikes + rng.normal(size=(count, SAMPLES))


def test_the_best_of_all_pairs_is_found(voltage: np.ndarray) -> None:
    traces = pairs_in_noise(voltage, 300)
    known = lengths_and_costs(voltage, traces)
    everything = search_of(voltage, stride=1, kept=len(TEMPLATE)).best(*known)[0]
    coarse, pairs = search_of(voltage).best(*known)
    assert ALLOWED[pairs[:, 0], pairs[:, 1]].all()
    missed = everything - coarse
    assert missed.min() > -1e-6
    assert (missed > 1e-6).mean() <= 0.01
    assert missed.max() < 5.0


def test_what_a_pair_explains_is_what_least_squares_leave_less(voltage: np.ndarray) -> None:
    traces = pairs_in_noise(voltage, 20)
    explained, pairs = search_of(voltage).best(*lengths_and_costs(voltage, traces))
    found = [explained_by(voltage, trace, pair) for trace, pair in zip(traces, pairs, strict=True)]
    np.testing.assert_allclose(explained, found, rtol=1e-6)
    first, second = np.nonzero(ALLOWED)
    some = np.random.default_rng(0).integers(len(first), size=200)
    for trace, best in zip(traces, explained, strict=True):
        others = [explained_by(voltage, trace, np.array([first[one], second[one]])) for one in some]
        assert max(others) <= best + 1e-6


def test_a_search_among_some_templates_leaves_the_others_out(voltage: np.ndarray) -> None:
    known = lengths_and_costs(voltage, pairs_in_noise(voltage, 100))
    _, pairs = search_of(voltage).among(np.isin(TEMPLATE, [1, 3])).best(*known)
    assert np.isin(TEMPLATE[pairs], [1, 3]).all()
    assert ALLOWED[pairs[:, 0], pairs[:, 1]].all()


@pytest.mark.parametrize("stride", [1, 2, 7])
def test_a_pair_at_the_first_and_last_lags_alone_is_found_on_any_grid(voltage: np.ndarray, stride: int) -> None:
    allowed = np.zeros_like(ALLOWED)
    allowed[0, LAGS - 1] = True
    own = np.sqrt((voltage**2).sum(axis=0) + STIFFNESS)
    search = PairSearch.of(voltage.T @ voltage / np.outer(own, own), allowed, TEMPLATE, stride=stride, kept=8)
    explained, pairs = search.best(*lengths_and_costs(voltage, pairs_in_noise(voltage, 10)))
    assert np.isfinite(explained).all()
    assert (pairs == [0, LAGS - 1]).all()


def test_a_pair_that_there_is_not_is_never_taken_however_little_it_costs() -> None:
    """Voltage that is nothing: whatever is laid there costs, and one template twice would cost least."""
    template = np.repeat([0, 1], 9)
    allowed = np.triu(template[:, np.newaxis] != template, k=1)
    costs = np.tile(np.where(template == 0, 1.0, 50.0), (5, 1))
    correlation = np.where(template[:, np.newaxis] == template, 0.5, 0.1) + 0.5 * np.eye(18)
    search = PairSearch.of(correlation, allowed, template, stride=2, kept=8)
    explained, pairs = search.best(np.zeros((5, 18)), costs)
    assert allowed[pairs[:, 0], pairs[:, 1]].all()
    assert explained.tolist() == [-51.0] * 5


def test_without_a_pair_to_choose_nothing_is_explained(voltage: np.ndarray) -> None:
    known = lengths_and_costs(voltage, pairs_in_noise(voltage, 10))
    search = search_of(voltage).among(np.zeros(len(TEMPLATE), dtype=bool))
    assert len(search) == 0
    assert np.isneginf(search.best(*known)[0]).all()


def test_no_crossing_is_no_trouble(voltage: np.ndarray) -> None:
    explained, pairs = search_of(voltage).best(*lengths_and_costs(voltage, np.empty((0, SAMPLES))))
    assert explained.shape == (0,)
    assert pairs.shape == (0, 2)
