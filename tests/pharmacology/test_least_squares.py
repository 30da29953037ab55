from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import optimize

from ephys.errors import ParameterError
from ephys.pharmacology import fit_least_squares

X = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 10.0])
Y = np.array([109.0, 149.0, 149.0, 191.0, 213.0, 224.0])


def residuals(p: np.ndarray) -> np.ndarray:
    return p[0] * (1.0 - np.exp(-p[1] * X)) - Y


def benchmark() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "nist.py"
    spec = importlib.util.spec_from_file_location("nist_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.reference
def test_every_certified_problem_is_solved_from_both_starts(shared_reference: Path) -> None:
    runs = list(benchmark().run_all(shared_reference))
    assert len(runs) >= 36
    for run in runs:
        assert run.converged, run
        assert run.estimate >= 7.5, run
        assert run.se >= 7, run
        assert run.rss >= 9.5, run


def test_it_agrees_with_scipy_where_scipy_converges() -> None:
    fit = fit_least_squares(residuals, [100.0, 0.75])
    best, covariance = optimize.curve_fit(
        lambda x, a, b: a * (1.0 - np.exp(-b * x)), X, Y, p0=[100.0, 0.75], ftol=1e-14, xtol=1e-14
    )
    np.testing.assert_allclose(fit.estimate, best, rtol=1e-7)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-5)
    assert fit.df == 4
    assert fit.residual_sd == pytest.approx(np.sqrt(fit.rss / 4))


def test_a_jacobian_of_ones_own_gives_the_same() -> None:
    def jacobian(p: np.ndarray) -> np.ndarray:
        grown = np.exp(-p[1] * X)
        return np.stack([1.0 - grown, p[0] * X * grown], axis=1)

    plain, given = (
        fit_least_squares(residuals, [100.0, 0.75]),
        fit_least_squares(residuals, [100.0, 0.75], jacobian=jacobian),
    )
    np.testing.assert_allclose(given.estimate, plain.estimate, rtol=1e-10)
    np.testing.assert_allclose(given.se, plain.se, rtol=1e-8)
    with pytest.raises(ParameterError, match="6 points by 2 parameters, got \\(2, 6\\)"):
        fit_least_squares(residuals, [100.0, 0.75], jacobian=lambda p: jacobian(p).T)


def test_weights_are_inverse_variances() -> None:
    weights = np.array([1.0, 4.0, 0.25, 1.0, 2.0, 0.0])
    fit = fit_least_squares(residuals, [100.0, 0.75], weights=weights)
    scaled = fit_least_squares(lambda p: np.sqrt(weights) * residuals(p), [100.0, 0.75])
    np.testing.assert_allclose(fit.estimate, scaled.estimate, rtol=1e-9)
    assert fit.rss == pytest.approx(scaled.rss)


def test_a_perfect_fit_comes_to_rest() -> None:
    truth = np.array([213.8, 0.547])
    exact = truth[0] * (1.0 - np.exp(-truth[1] * X))
    fit = fit_least_squares(lambda p: p[0] * (1.0 - np.exp(-p[1] * X)) - exact, [100.0, 1.0])
    np.testing.assert_allclose(fit.estimate, truth, rtol=1e-12)
    assert fit.converged
    assert fit.rss < 1e-20


def test_parameters_that_the_points_cannot_tell_have_no_standard_error() -> None:
    fit = fit_least_squares(lambda p: (p[0] + p[1]) * X - Y, [1.0, 1.0])
    assert np.isnan(fit.se).all()


@pytest.mark.parametrize(
    ("start", "weights", "message"),
    [
        ([np.nan, 1.0], None, "residual of point 0 at the start .* is nan"),
        ([1.0] * 7, None, "6 points cannot determine 7 parameters"),
        ([100.0, 0.75], [1.0, 2.0], "weights must be one finite number of at least 0 for each of 6 points"),
        ([100.0, 0.75], [1.0, 2.0, -1.0, 1.0, 1.0, 1.0], "weights must be"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(
    start: list[float], weights: list[float] | None, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        fit_least_squares(residuals, start, weights=weights)
