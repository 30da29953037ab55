import numpy as np
import pytest
from scipy import integrate, stats

from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.counts.variance import count_variance, log_quasi_likelihood
from ephys.simulation import renewal_train


@pytest.mark.parametrize("cv", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("mean", [0.1, 0.6, 3.0, 40.0])
def test_the_variance_is_that_of_counts_of_a_renewal_train(cv: float, mean: float) -> None:
    """Windows of a long equilibrium train; where about one spike is expected the formula is up to a third short."""
    windows = 40_000
    span = np.array([0.0, windows * mean])
    events = renewal_train(span, np.ones(2), cv=cv, seed=int(1000 * mean))
    counts = np.histogram(events, bins=windows, range=(0.0, windows * mean))[0]
    expected = count_variance(np.array(mean), np.array(cv**2), 0.0)
    assert counts.var() == pytest.approx(expected, rel=0.05) or (mean < 1.0 and 1.0 < counts.var() / expected < 1.6)


@pytest.mark.parametrize("steady", [0.02, 0.3, 0.75, 1.0, 1.5])
@pytest.mark.parametrize("tau", [0.01, 0.1, 0.4])
@pytest.mark.parametrize("count", [0.0, 3.0, 80.0])
def test_the_likelihood_is_the_integral_of_the_score(steady: float, tau: float, count: float) -> None:
    for low, high in ((1e-3, 0.1), (0.1, 5.0), (5.0, 300.0)):
        score = integrate.quad(
            lambda m: (count - m) / float(count_variance(np.array(m), np.array(steady), tau)), low, high,
            epsabs=1e-12, epsrel=1e-11, limit=200,
        )[0]  # fmt: skip
        ours = log_quasi_likelihood(np.array(count), np.array([low, high]), np.array(steady), tau)
        assert ours[1] - ours[0] == pytest.approx(score, rel=1e-8, abs=1e-9)


def test_a_train_as_irregular_as_poisson_gives_the_negative_binomial() -> None:
    mean = np.geomspace(0.01, 500.0, 60)
    for tau in (0.05, 0.3):
        known = stats.nbinom.logpmf(12, tau**-2, 1.0 / (1.0 + tau**2 * mean))
        ours = log_quasi_likelihood(np.array(12.0), mean, np.array(1.0), tau)
        assert np.diff(ours) == pytest.approx(np.diff(known), rel=1e-7, abs=1e-9)


def test_a_rate_of_zero_explains_silence_and_nothing_else() -> None:
    ours = log_quasi_likelihood(np.array([0.0, 1.0]), np.zeros(2), np.array(0.1), 0.1)
    assert ours[0] == 0.0
    assert ours[1] == -np.inf


@pytest.mark.parametrize("steady", [0.05, 0.4, 1.0, 2.0])
@pytest.mark.parametrize("mean", [0.2, 2.0, 60.0])
def test_drawn_counts_have_the_mean_and_variance_of_the_likelihood(steady: float, mean: float) -> None:
    counts = draw_counts(np.full(60_000, mean), steady, 0.15, np.random.default_rng(3))
    assert counts.mean() == pytest.approx(mean, rel=0.03)
    expected = float(count_variance(np.array(mean), np.array(steady), 0.15))
    assert counts.var() == pytest.approx(expected, rel=0.05) or mean < 3.0
    assert counts.var() == pytest.approx(expected, rel=0.65)
    assert np.all(counts == np.floor(counts))
