"""The integrals over cells in animals, against other ways to compute them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from ephys.pharmacology.nested.grid import DoseGrid
from ephys.pharmacology.nested.tree import Tree, log_likelihood


def normal_curves(grid: DoseGrid, centres: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Curves whose likelihoods are normal along ln ID50, so that the population's is known in closed form."""
    return stats.norm.logpdf(centres[:, np.newaxis], grid.ln_dose, widths[:, np.newaxis])[:, np.newaxis, :]


def in_closed_form(
    centres: np.ndarray, widths: np.ndarray, means: np.ndarray, same: list[tuple[np.ndarray, float]], own: float
) -> float:
    covariance = np.diag(widths**2 + own**2)
    for labels, sd in same:
        covariance += sd**2 * (labels[:, np.newaxis] == labels)
    return float(stats.multivariate_normal.logpdf(centres, means, covariance))


GRID = DoseGrid.around(np.array([12.5, 200.0]), 0.05)
RANDOM = np.random.default_rng(0)


def test_cells_in_animals_agree_with_the_normal_distribution_of_all() -> None:
    animal = np.array([0, 0, 0, 1, 1, 2])
    kind = np.array([0, 0, 0, 1, 1, 1])
    centres, widths = RANDOM.normal(4.0, 0.5, 6), RANDOM.uniform(0.08, 0.3, 6)
    tree = Tree(kind, np.array([0, 3, 5]), np.arange(3))
    means = np.array([3.8, 4.3])
    found = log_likelihood(tree, GRID, normal_curves(GRID, centres, widths), np.ones(1), means, [0.3, 0.0, 0.2])
    assert found.value == pytest.approx(in_closed_form(centres, widths, means[kind], [(animal, 0.3)], 0.2), abs=1e-8)


def test_conditions_of_an_animal_are_a_level_of_their_own() -> None:
    animal = np.array([0, 0, 0, 0, 1, 1, 1])
    branch = np.array([0, 0, 1, 1, 2, 3, 3])
    kind = np.array([0, 0, 1, 1, 0, 1, 1])
    centres, widths = RANDOM.normal(4.0, 0.5, 7), RANDOM.uniform(0.08, 0.3, 7)
    tree = Tree(kind, np.array([0, 2, 4, 5]), np.array([0, 2]))
    means = np.array([3.8, 4.3])
    found = log_likelihood(tree, GRID, normal_curves(GRID, centres, widths), np.ones(1), means, [0.3, 0.25, 0.2])
    exact = in_closed_form(centres, widths, means[kind], [(animal, 0.3), (branch, 0.25)], 0.2)
    assert found.value == pytest.approx(exact, abs=1e-8)


@pytest.mark.parametrize("sd_branch", [0.0, 0.26])
def test_the_gradient_is_that_of_the_value(sd_branch: float) -> None:
    kind = np.array([0, 0, 1, 1, 0, 1, 1])
    tree = Tree(
        kind, np.array([0, 2, 4, 5]) if sd_branch else np.array([0, 4]), np.array([0, 2] if sd_branch else [0, 1])
    )
    curves = normal_curves(GRID, RANDOM.normal(4.0, 0.5, 7), RANDOM.uniform(0.08, 0.3, 7))
    means, sds = np.array([3.8, 4.3]), np.array([0.31, sd_branch, 0.2])

    def value(means: np.ndarray, ln_sds: np.ndarray, curves: np.ndarray = curves) -> float:
        return log_likelihood(tree, GRID, curves, np.ones(1), means, list(np.exp(ln_sds))).value

    with np.errstate(divide="ignore"):
        ln_sds = np.log(sds)
    found = log_likelihood(tree, GRID, curves, np.ones(1), means, list(sds))
    for number, step in enumerate(1e-5 * np.eye(2)):
        slope = (value(means + step, ln_sds) - value(means - step, ln_sds)) / 2e-5
        assert found.by_mean[number] == pytest.approx(slope, abs=1e-5)
    for number in np.flatnonzero(sds):
        step = 1e-5 * np.eye(3)[number]
        slope = (value(means, ln_sds + step) - value(means, ln_sds - step)) / 2e-5
        assert found.by_ln_sd[number] == pytest.approx(slope, abs=1e-5)
    tilt = np.zeros_like(curves)
    tilt[2, 0] = 1e-5 * GRID.ln_dose
    slope = (value(means, ln_sds, curves + tilt) - value(means, ln_sds, curves - tilt)) / 2e-5
    assert (found.posterior[2, 0] * GRID.ln_dose).sum() == pytest.approx(slope, abs=1e-5)


def test_a_cell_that_never_answered_counts_up_to_the_end_of_all_doses() -> None:
    """A likelihood that rises to the end of the grid and stays there: what lies beyond the grid belongs to it."""
    rising = -np.logaddexp(0.0, -2.0 * (GRID.ln_dose - 6.0))
    tree, mean, sd = Tree(np.zeros(1, dtype=int), np.zeros(1, dtype=int), np.zeros(1, dtype=int)), 9.0, 1.5

    def density(ln_id50: float) -> float:
        return float(np.exp(-np.logaddexp(0.0, -2.0 * (ln_id50 - 6.0))) * stats.norm.pdf(ln_id50, mean, sd))

    exact = integrate.quad(density, mean - 9 * sd, mean + 9 * sd, points=[6.0, 9.0])[0]
    found = log_likelihood(tree, GRID, rising[np.newaxis, np.newaxis, :], np.ones(1), np.array([mean]), [0.0, 0.0, sd])
    assert found.value == pytest.approx(np.log(exact), abs=1e-4)


def test_animals_that_do_not_differ_are_the_limit_of_animals_that_hardly_do() -> None:
    tree = Tree(np.zeros(4, dtype=int), np.array([0, 2]), np.array([0, 1]))
    curves = normal_curves(GRID, RANDOM.normal(4.0, 0.3, 4), np.full(4, 0.15))
    none, hardly = (
        log_likelihood(tree, GRID, curves, np.ones(1), np.array([4.0]), [sd, 0.0, 0.2]).value for sd in (0.0, 0.01)
    )
    assert hardly == pytest.approx(none, abs=1e-4)
