"""Shares and counts with an intercept per animal, against brute force and against samples with a known answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from ephys.errors import ParameterError
from ephys.pharmacology import fit_random_intercept
from ephys.pharmacology.groups.design import group_design
from ephys.pharmacology.groups.intercept_families import FAMILIES, Counts, Family
from ephys.pharmacology.groups.intercept_likelihood import InterceptLikelihood
from ephys.pharmacology.groups.intercept_profile import InterceptProfile

ANIMAL = np.repeat(np.arange(6), 3)
COUNT = np.array([0, 2, 1, 5, 3, 4, 0, 0, 0, 7, 2, 9, 1, 1, 0, 3, 0, 2], dtype=float)
TRIALS = np.array([9, 8, 9, 9, 5, 8, 7, 9, 6, 9, 9, 9, 4, 9, 8, 9, 5, 6], dtype=float)


def likelihood(family: Family) -> InterceptLikelihood:
    matrix = np.eye(2)[(ANIMAL >= 3).astype(int)]
    counts = Counts(COUNT[:, None], TRIALS[:, None], family)
    return InterceptLikelihood(counts, matrix, np.zeros(len(ANIMAL)), ANIMAL, np.arange(0, 18, 3))


def log_law(family: Family, k: float, n: float, eta: float, scatter: float) -> float:
    """Law of a row, as scipy has it."""
    share, mean = float(special.expit(eta)), n * math.exp(eta)
    if family == "binomial":
        return float(stats.binom.logpmf(k, n, share))
    if family == "beta_binomial":
        return float(stats.betabinom.logpmf(k, n, share / scatter, (1.0 - share) / scatter))
    if family == "poisson":
        return float(stats.poisson.logpmf(k, mean))
    return float(stats.nbinom.logpmf(k, 1.0 / scatter, 1.0 / (1.0 + scatter * mean)))


def by_force(family: Family, theta: np.ndarray) -> float:
    """Log-likelihood by adaptive integration over each animal's intercept."""
    total, scatter = 0.0, float(theta[3]) ** 2 if len(theta) > 3 else 0.0
    for animal in range(6):
        rows = np.flatnonzero(animal == ANIMAL)

        def law(z: float, rows: np.ndarray = rows, beta: float = float(theta[int(animal >= 3)])) -> float:
            eta = beta + float(theta[2]) * z
            logs = [log_law(family, COUNT[row], TRIALS[row], eta, scatter) for row in rows]
            return math.exp(sum(logs)) * float(stats.norm.pdf(z))

        total += math.log(integrate.quad(law, -12, 12, epsabs=0, epsrel=1e-9, limit=100, points=[-1, 1])[0])
    return total


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("sd", [0.3, 2.0])
def test_the_integral_over_the_intercept_is_exact(family: Family, sd: float) -> None:
    of_rows = [0.6] if family in ("beta_binomial", "negbin") else []
    theta = np.array([-1.2, -0.4, sd, *of_rows])
    assert likelihood(family).evaluate(theta)[0] == pytest.approx(by_force(family, theta), abs=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gradient_is_that_of_the_likelihood(family: Family) -> None:
    of_rows = [0.5] if family in ("beta_binomial", "negbin") else []
    theta, model = np.array([-1.0, 0.3, 0.8, *of_rows]), likelihood(family)
    steps = 1e-5 * np.eye(len(theta))
    slopes = [(model.evaluate(theta + s)[0] - model.evaluate(theta - s)[0]) / 2e-5 for s in steps]
    assert model.evaluate(theta)[1] == pytest.approx(slopes, abs=1e-4)


def two_groups(n: int = 6, cells: int = 4, *, shares: tuple[float, float] = (0.4, 0.1)) -> dict[str, Any]:
    """One row per animal: cells that burst, of those recorded."""
    bursting = np.repeat(np.round(np.array(shares) * cells), n)
    names = [f"r{number}" for number in range(2 * n)]
    group = ["control"] * n + ["treated"] * n
    return {"counts": bursting, "trials": [cells] * (2 * n), "animal": names, "group": group, "family": "binomial"}


def fit(given: dict[str, Any], **changed: Any) -> Any:
    given = given | changed
    return fit_random_intercept(given.pop("counts"), **given)


def test_without_scatter_between_animals_the_odds_are_those_of_all_cells() -> None:
    found = fit(two_groups(cells=5, shares=(0.4, 0.2)))
    assert found.sd_animal == 0.0
    assert [group.value for group in found.groups] == pytest.approx([0.4, 0.2], abs=1e-4)
    assert found.differences[0].value == pytest.approx((0.2 / 0.8) / (0.4 / 0.6), rel=1e-3)
    known = stats.binom.logpmf(2, 5, 0.4) * 6 + stats.binom.logpmf(1, 5, 0.2) * 6
    assert found.log_likelihood == pytest.approx(known, abs=1e-6)


def test_rows_of_an_animal_may_be_added_up_where_they_do_not_scatter() -> None:
    """Fifteen cells one by one tell what "4 of 15" tells."""
    ones = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1], [1, 0, 1], [0, 1, 1]])
    group = ["a"] * 3 + ["b"] * 3
    cells = fit_random_intercept(
        ones.ravel(),
        trials=[1] * 18,
        family="binomial",
        animal=np.repeat(range(6), 3).tolist(),
        group=np.repeat(group, 3).tolist(),
    )
    animals = fit_random_intercept(ones.sum(axis=1), trials=[3] * 6, family="binomial", animal=range(6), group=group)
    assert cells.differences[0].value == pytest.approx(animals.differences[0].value, rel=1e-3)
    assert cells.differences[0].p == pytest.approx(animals.differences[0].p, rel=1e-3)


def test_a_group_without_any_has_an_upper_end_and_one_with_all_a_lower() -> None:
    given = two_groups(shares=(0.5, 0.0))
    none = fit(given).differences[0]
    assert (none.value, none.low) == (0.0, 0.0)
    assert 0 < none.high < 1
    every = fit(given, counts=4 - given["counts"]).differences[0]  # the complement
    assert (every.value, every.high) == (math.inf, math.inf)
    assert every.low == pytest.approx(1.0 / none.high, rel=1e-2)
    assert every.p == pytest.approx(none.p, rel=1e-3)
    turned = fit(given, reference="treated").differences[0]
    assert turned.low == pytest.approx(1.0 / none.high, rel=1e-2)


def test_none_in_both_groups_says_nothing_of_their_ratio() -> None:
    found = fit(two_groups(shares=(0.0, 0.0)))
    ratio = found.differences[0]
    assert math.isnan(ratio.value)
    assert (ratio.low, ratio.high, ratio.p) == (0.0, math.inf, 1.0)
    allowed = stats.f.ppf(0.95, 1, 10)  # of 24 cells, which nothing says to differ between animals
    assert found.groups[0].high == pytest.approx(1.0 - math.exp(-allowed / 2 / 24), rel=1e-2)
    assert "how animals scatter is not told" in str(found)


def test_none_of_one_group_and_all_of_the_other_is_certain_of_the_direction_only() -> None:
    ratio = fit(two_groups(shares=(0.0, 1.0))).differences[0]
    assert (ratio.value, ratio.high) == (math.inf, math.inf)
    assert ratio.low > 10
    assert ratio.p < 0.01


def test_the_upper_end_of_none_is_a_profile_that_f_calibrates() -> None:
    """0 of 24 cells without scatter: the likelihood (1 - p)^24 loses what F with 1 and 10 df allows."""
    group = fit(two_groups(shares=(0.5, 0.0))).groups[1]
    allowed = stats.f.ppf(0.95, 1, 10)
    assert group.high == pytest.approx(1.0 - math.exp(-allowed / 2 / 24), rel=1e-2)


def test_animals_that_differ_widen_the_interval() -> None:
    alike = two_groups(cells=6, shares=(0.5, 0.5)) | {"counts": [3] * 12}
    apart = two_groups(cells=6) | {"counts": [0, 6, 1, 5, 0, 6] * 2}
    first, second = fit(alike), fit(apart)
    assert second.sd_animal > 1.0 > first.sd_animal
    assert second.differences[0].high > 2 * first.differences[0].high


def test_tracks_that_scatter_more_than_chance_are_no_poisson_counts() -> None:
    rng = np.random.default_rng(7)
    counts = rng.poisson(3.0 * rng.gamma(1.0, 1.0, 60))
    names: dict[str, Any] = {"animal": np.repeat(range(10), 6).tolist(), "group": np.repeat(["a", "b"], 30).tolist()}
    poisson = fit_random_intercept(counts, family="poisson", **names)
    negbin = fit_random_intercept(counts, family="negbin", **names)
    assert negbin.scatter > 0.3
    assert negbin.log_likelihood > poisson.log_likelihood + 2.0
    assert negbin.differences[0].high > poisson.differences[0].high


def test_a_count_doubles_with_its_exposure() -> None:
    names: dict[str, Any] = {"animal": list("abcdef"), "group": list("xxxyyy"), "family": "poisson"}
    once = fit_random_intercept([4, 5, 6, 8, 9, 10], **names)
    half = fit_random_intercept([4, 5, 6, 8, 9, 10], exposure=[2.0] * 6, **names)
    assert half.groups[0].value == pytest.approx(once.groups[0].value / 2, rel=1e-4)
    assert half.differences[0].value == pytest.approx(once.differences[0].value, rel=1e-4)


def test_a_block_that_makes_cells_burst_is_no_effect_of_the_group() -> None:
    """Odds of 3 to 1 in one block and 1 to 3 in the other, whatever the group; the groups mix them unlike."""
    block = ["u"] * 4 + ["v"] * 2 + ["u"] * 2 + ["v"] * 4
    counts = [6 if name == "u" else 2 for name in block]
    given = {"trials": [8] * 12, "family": "binomial", "animal": range(12), "group": ["a"] * 6 + ["b"] * 6}
    plain = fit_random_intercept(counts, **given).differences[0]
    within = fit_random_intercept(counts, block=block, **given).differences[0]
    assert plain.value < 0.6
    assert within.value == pytest.approx(1.0, abs=1e-3)
    assert within.df == 9


def test_two_animals_give_a_share_and_no_p_value() -> None:
    found = fit_random_intercept(
        [2, 1, 3, 2, 1], trials=[5] * 5, family="binomial", animal=list("abcde"), group=list("xxxyy")
    )
    assert found.groups[1].value == pytest.approx(0.3, abs=0.01)
    assert math.isnan(found.differences[0].p)
    assert "with y: 2 animals" in str(found)


@pytest.mark.slow
def test_the_interval_of_an_odds_ratio_holds_it() -> None:
    """Six animals a group, about four cells each, SD 0.7 between animals: 95.9 % of 1000 runs (chi-squared: 94.2 %)."""
    rng, runs, held = np.random.default_rng(5), 150, 0
    design = group_design(12, animal=range(12), group=["a"] * 6 + ["b"] * 6)
    allowed = stats.f.ppf(0.95, 1, 10)
    for _ in range(runs):
        trials = rng.poisson(3, 12) + 1
        eta = -0.8 - 0.8 * (np.arange(12) >= 6) + 0.7 * rng.normal(size=12)
        counts = Counts(rng.binomial(trials, special.expit(eta))[:, None] * 1.0, trials[:, None] * 1.0, "binomial")
        held += InterceptProfile.of(counts, design, 0.95).lost(1, 0)(-0.8) <= allowed
    assert held / runs > 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"counts": [9, 1, 1, 1]}, "row 1: 9 successes of 4 trials"),
        ({"counts": [0.5, 1, 1, 1]}, "whole numbers, 0 or more; row 1 is 0.5"),
        ({"trials": [4, 0, 4, 4]}, "whole numbers, 1 or more; row 2 is 0"),
        ({"trials": None}, "binomial counts need trials"),
        ({"family": "poisson"}, "trials are of shares"),
        ({"family": "gauss"}, "family must be one of binomial"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "counts": [1, 0, 2, 1], "trials": [4] * 4, "family": "binomial", "animal": list("abcd"), "group": list("xxyy"),
    }  # fmt: skip
    with pytest.raises(ParameterError, match=message):
        fit(given | changed)
