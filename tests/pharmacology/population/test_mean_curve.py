"""The mean curve of a group, and its band: against draws, against the profile of the ID50, against the truth."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology import PopulationFit, fit_population, hill_remaining, population_curve

DOSES = (0.0, 25.0, 50.0, 100.0, 200.0)


def drawn(seed: int, *, animals: int = 5, cells: int = 2, shift: float = 2.0, sd: float = 0.4) -> list[dict[str, Any]]:
    """Counts of two groups, their cells in animals."""
    rng = np.random.default_rng(seed)
    rows = []
    for group, id50 in (("control", 50.0), ("chronic", 50.0 * shift)):
        for animal in range(animals):
            of_animal = id50 * math.exp(rng.normal(0.0, sd))
            for unit in range(cells):
                own = of_animal * math.exp(rng.normal(0.0, 0.25))
                rows += [
                    {"animal": f"{group} {animal}", "unit": str(unit), "group": group, "dose": dose, "exposure_s": 60.0,
                     "count": int(rng.poisson(120.0 / (1.0 + (dose / own) ** 1.8)))}
                    for dose in DOSES
                ]  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def fit() -> PopulationFit:
    return fit_population(drawn(1), reference="control")


def test_the_curve_is_the_mean_over_cells_that_are_drawn_from_the_population(fit: PopulationFit) -> None:
    sd = math.hypot(math.log(fit.sd_animal), math.log(fit.sd_cell))
    cells = np.random.default_rng(2).normal(fit.estimates["mean:control"], sd, 100_000)
    curve = population_curve(fit, group="control", doses=DOSES)
    left = [hill_remaining(dose, ln_id50=cells, ln_hill=math.log(fit.hill)).mean() for dose in DOSES]
    np.testing.assert_allclose(curve.percent, 100.0 * np.array(left), atol=0.4)


def test_the_curve_crosses_half_at_the_groups_id50_and_is_flatter_than_a_cells(fit: PopulationFit) -> None:
    id50 = fit.id50["control"].value
    curve = population_curve(fit, group="control", doses=[id50 / 4, id50, 4 * id50])
    cell = 100.0 * hill_remaining(np.array([id50 / 4, id50, 4 * id50]), ln_id50=math.log(id50),
                                  ln_hill=math.log(fit.hill))  # fmt: skip
    assert curve.percent[1] == pytest.approx(50.0, abs=1e-6)
    assert curve.percent[0] < cell[0]
    assert curve.percent[2] > cell[2]


def test_the_band_is_that_of_parameters_drawn_from_their_uncertainty(fit: PopulationFit) -> None:
    """Brute force: draws of the parameters, each with its own mean curve, scatter on the logit as the band says."""
    names, doses = fit.problem.names, np.array(DOSES[1:])
    told = [name for name in names if name != "ln_tau"]
    places = [names.index(name) for name in told]
    covariance = np.linalg.inv(fit.curvature[np.ix_(places, places)])
    draws = np.random.default_rng(3).multivariate_normal(fit.best.values[places], 0.01 * covariance, 800)
    z = np.random.default_rng(4).normal(size=4000)
    curves = []
    for draw in draws:
        of = dict(zip(told, draw, strict=True))
        sd = math.hypot(math.exp(of["ln_sd_animal"]), math.exp(of["ln_sd_curve"]))
        cells = of["mean:chronic"] + sd * z
        left = hill_remaining(doses[:, np.newaxis], ln_id50=cells, ln_hill=of["ln_hill"]).mean(axis=1)
        curves.append(np.log(left / (1.0 - left)))
    error = 10.0 * np.std(curves, axis=0)
    curve = population_curve(fit, group="chronic", doses=doses)
    reach = stats.t.ppf(0.975, fit.df) * math.sqrt(10 / fit.df)
    half_width = 0.5 * (np.log(curve.high / (100 - curve.high)) - np.log(curve.low / (100 - curve.low)))
    np.testing.assert_allclose(half_width, reach * error, rtol=0.12)


def test_where_the_band_crosses_half_the_profile_of_the_id50_ends(fit: PopulationFit) -> None:
    for group in fit.groups:
        id50 = fit.id50[group]
        curve = population_curve(fit, group=group, doses=[id50.low, id50.high])
        assert curve.low[0] == pytest.approx(50.0, abs=1.5)
        assert curve.high[1] == pytest.approx(50.0, abs=1.5)


def test_a_group_without_effect_has_a_side_of_the_band_and_no_curve() -> None:
    rows = drawn(5, animals=3, cells=1)
    for row in rows:
        if row["group"] == "chronic":
            row["count"] = 120
    curve = population_curve(fit_population(rows, reference="control"), group="chronic")
    assert np.isnan(curve.percent).all()
    assert (curve.high == 100.0).all()
    assert 50.0 < curve.low[-1] < 100.0


def test_one_animal_has_a_curve_and_no_band() -> None:
    rows = [row for row in drawn(6, cells=1) if row["animal"] == "control 0"]
    curve = population_curve(fit_population(rows), group="control")
    assert np.isfinite(curve.percent).all()
    assert np.isnan(curve.low).all()
    assert np.isnan(curve.high).all()


def test_a_spread_between_animals_that_is_next_to_none_does_not_blow_the_band_up() -> None:
    fit = fit_population(drawn(7, animals=8, sd=0.0), reference="control")
    curve = population_curve(fit, group="control")
    assert (curve.high - curve.low < 40.0).all()
    assert (curve.low < curve.percent).all()


def test_a_group_that_is_not_there_and_a_negative_dose_are_refused(fit: PopulationFit) -> None:
    with pytest.raises(ParameterError, match="one of its groups"):
        population_curve(fit, group="washed out")
    with pytest.raises(ParameterError, match="must be 0 or more, got -1"):
        population_curve(fit, group="control", doses=[-1.0])


@pytest.mark.slow
def test_the_band_holds_the_true_mean_as_often_as_it_says() -> None:
    sd = math.hypot(0.4, 0.25)
    cells = math.log(50.0) + sd * np.random.default_rng(8).normal(size=200_000)
    doses = np.array(DOSES[1:])
    truth = np.array([100.0 * hill_remaining(dose, ln_id50=cells, ln_hill=math.log(1.8)).mean() for dose in doses])
    held = np.zeros(4)
    for seed in range(15):
        curve = population_curve(fit_population(drawn(100 + seed), reference="control"), group="control", doses=doses)
        held += (curve.low <= truth) & (truth <= curve.high)
    assert (held >= stats.binom.ppf(0.001, 15, 0.95)).all()
