"""Counts along ln ID50: the baseline rate at its best, and derivatives that are those of the value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from ephys.pharmacology.counts.model import CellCounts
from ephys.pharmacology.nested.count_curves import CountCurves

DOSE = np.array([0.0, 25.0, 50.0, 100.0, 200.0])
EXPOSURE_S = np.array([180.0, 60.0, 60.0, 60.0, 60.0])
LN_DOSE = np.linspace(0.0, 9.0, 61)


def curves(count: np.ndarray, *, steady: float = 1.0, **beside: object) -> CountCurves:
    n = len(count)
    cells = CellCounts(
        np.tile(DOSE, (n, 1)), count.astype(float), np.tile(EXPOSURE_S, (n, 1)), np.zeros(count.shape),
        np.zeros(count.shape), np.full(n, steady),
    )  # fmt: skip
    return CountCurves(cells, np.arange(n) % 2, ("control", "treated"), **({"fixed": {"emax": 1.0}} | beside))


def best_by_search(count: np.ndarray, ln_id50: float, hill: float, tau: float) -> float:
    """Negative-binomial log-likelihood of one cell at its best rate, by a search of its own."""
    left = np.where(DOSE > 0, 1.0 / (1.0 + (np.maximum(DOSE, 1e-9) / np.exp(ln_id50)) ** hill), 1.0)

    def loss(ln_rate: float) -> float:
        mean = EXPOSURE_S * np.exp(ln_rate) * np.maximum(left, 1e-12)
        return -float(stats.nbinom.logpmf(count, tau**-2, 1.0 / (1.0 + tau**2 * mean)).sum())

    return -float(optimize.minimize_scalar(loss, bounds=(-4.0, 12.0), method="bounded", options={"xatol": 1e-10}).fun)


@pytest.mark.parametrize("count", [[270, 70, 45, 20, 6], [270, 88, 95, 90, 85], [270, 0, 0, 0, 0], [30, 12, 9, 3, 0]])
def test_poisson_trains_have_the_negative_binomial_likelihood_with_the_rate_at_its_best(count: list[int]) -> None:
    height, _ = curves(np.array([count])).table(LN_DOSE, np.log([1.8, 0.15]))
    for number in (10, 25, 30, 45, 60):
        exact = best_by_search(np.array(count), LN_DOSE[number], 1.8, 0.15)
        assert height[0, 0, number] == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize("steady", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("apart", [(), ("ln_hill", "emax")])
def test_derivatives_by_the_shape_are_those_of_the_value(steady: float, apart: tuple[str, ...]) -> None:
    count = np.array([[270, 70, 45, 20, 6], [200, 66, 50, 30, 20], [270, 0, 0, 0, 0]])
    found = curves(count, steady=steady, fixed={}, apart=apart)
    values = np.array([shape.start for shape in found.shapes]) + 0.03
    values[[shape.name.startswith("emax") for shape in found.shapes]] = 0.85
    likely = found.table(LN_DOSE, values)[0] > found.table(LN_DOSE, values)[0].max() - 200.0
    _, slopes = found.table(LN_DOSE, values)
    for slope, step in zip(slopes, 1e-4 * np.eye(len(values)), strict=True):
        change = (found.table(LN_DOSE, values + step)[0] - found.table(LN_DOSE, values - step)[0]) / 2e-4
        np.testing.assert_allclose(slope[likely], change[likely], atol=2e-3, rtol=2e-3)


def test_a_cell_without_an_effect_knows_only_that_its_id50_is_high() -> None:
    height, _ = curves(np.array([[180, 60, 60, 60, 60]])).table(LN_DOSE, np.log([1.8, 0.1]))
    assert (np.diff(height[0, 0]) > -1e-9).all()
