"""The likelihood of a ratio of rates: Poisson's in closed form, any other as a search over baseline rates has it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from ephys.pharmacology import rate_ratio_interval
from ephys.pharmacology.counts.variance import log_quasi_likelihood
from ephys.pharmacology.nested.ratio_curves import RatioCurves

LN_RATIO = np.linspace(-4.0, 2.0, 13)


def curves(*pairs: tuple[float, float], fano: float = 1.0, tau: float = 0.0, false: float = 0.0) -> RatioCurves:
    """Cells with a baseline of 180 s and a window of 60 s."""
    count = np.array(pairs, dtype=float)
    exposure_s = np.tile([180.0, 60.0], (len(pairs), 1))
    return RatioCurves(count, exposure_s, np.full_like(count, false), np.full(len(pairs), fano), tau)


@pytest.mark.parametrize("pair", [(240, 30), (3, 0), (1, 40), (5, 2)])
def test_of_poisson_counts_it_is_the_binomial_likelihood_given_their_sum(pair: tuple[int, int]) -> None:
    share = np.exp(LN_RATIO) * 60.0 / (180.0 + np.exp(LN_RATIO) * 60.0)
    known = stats.binom.logpmf(pair[1], sum(pair), share)
    ours = curves(pair).height(LN_RATIO[np.newaxis])[0]
    assert ours - ours[0] == pytest.approx(
        known - known[0], rel=1e-3, abs=2e-3
    )  # rates that wander by 0.1 % all the same


@pytest.mark.parametrize("pair", [(240, 30), (240, 0), (4, 9)])
def test_of_regular_cells_whose_rate_wanders_it_is_the_best_over_all_baseline_rates(pair: tuple[int, int]) -> None:
    false, steady, tau = 0.5, np.array(0.3), 0.2
    count = np.array(pair, dtype=float)

    def best(ln_ratio: float) -> float:
        def height(ln_rate: float) -> float:
            mean = np.exp(ln_rate) * np.array([180.0, 60.0 * math.exp(ln_ratio)]) + false
            return -float(log_quasi_likelihood(count, mean, steady, tau).sum())

        grid = np.linspace(-12.0, 6.0, 200)
        near = grid[np.argmin([height(one) for one in grid])]
        return -float(optimize.minimize_scalar(height, bounds=(near - 0.2, near + 0.2), method="bounded").fun)

    known = np.array([best(one) for one in LN_RATIO])
    ours = curves(pair, fano=0.3, tau=0.2, false=false).height(LN_RATIO[np.newaxis])[0]
    assert ours - ours[0] == pytest.approx(known - known[0], abs=1e-4)


def test_silence_says_nothing_of_how_little_is_left() -> None:
    height = curves((240, 0), tau=0.1).height(np.array([[-30.0, -12.0, 0.0]]))[0]
    assert height[:2] == pytest.approx([0.0, 0.0], abs=1e-3)
    assert height[2] < -10


def test_an_interval_ends_where_poisson_counts_have_their_exact_end_past_a_silent_window() -> None:
    low, high = np.exp(curves((180, 0)).intervals(0.95))[0]
    assert (low, high) == pytest.approx(rate_ratio_interval(0, 60.0, 180, 180.0), rel=1e-3)


def test_of_many_spikes_the_interval_is_that_of_normal_errors() -> None:
    fano, tau = 0.4, 0.15
    low, high = curves((90_000, 15_000), fano=fano, tau=tau).intervals(0.95)[0]
    error = math.sqrt(fano / 90_000 + fano / 15_000 + 2 * tau**2)
    assert 0.5 * (low + high) == pytest.approx(math.log(0.5), abs=0.01)
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.02)


def test_intervals_hold_their_ratio_even_from_a_single_spike_at_baseline() -> None:
    found = curves((1, 0), (1, 300), (2, 5), (5, 1), (400, 1), tau=0.1)
    ends = np.exp(found.intervals(0.95))
    assert (ends[:, 0] <= found.ratio).all()
    assert (found.ratio <= ends[:, 1]).all()
    assert ends[0, 1] > 10  # one spike before and none after: it may have risen tenfold
    assert np.isfinite(ends).all()


def test_a_finer_look_at_the_same_likelihood_is_the_same() -> None:
    found = curves((40, 10), (3, 0), tau=0.1)
    coarse, fine = (found.table(found.grid(step).ln_dose, np.empty(0))[0].max(axis=2) for step in (0.05, 0.01))
    assert fine == pytest.approx(coarse, abs=1e-2)
    assert fine.max() == pytest.approx(0.0, abs=1e-2)
