"""Many rows at once: the same answers as one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import fit_curve, fit_curves

DOSES = 3.125 * 2.0 ** np.arange(8)


def rows(count: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    e = np.exp(random.normal(np.log(30.0), 0.4, (count, 1)))
    b = np.exp(random.normal(np.log(1.8), 0.2, (count, 1)))
    return 3.0 + 97.0 / (1.0 + (DOSES / e) ** b) + random.normal(0.0, 2.0, (count, 8))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fixed": {"c": 0.0, "d": 100.0}},
        {"model": "W1.3"},
        {"model": "LL.3", "family": "poisson"},
        {"model": "LL.3", "family": "negbin"},
        {"model": "LL.3", "family": "negbin", "fixed": {"dispersion": 0.01}},
    ],
)
def test_a_row_is_fitted_as_if_alone(options: dict[str, Any]) -> None:
    y = rows(60)
    y = np.rint(np.maximum(y, 0.0)) if "family" in options else y
    fits = fit_curves(DOSES, y, **options)
    assert len(fits) == 60
    low, high = fits.interval("e")
    for number in (0, 17, 59):
        alone = fit_curve(DOSES, y[number], **options)
        for name, value in alone.estimate.items():
            assert fits.estimate[name][number] == pytest.approx(value, rel=1e-5, abs=1e-6)
            assert fits.se[name][number] == pytest.approx(alone.se[name], rel=1e-4, nan_ok=True)
        assert fits.log_likelihood[number] == pytest.approx(alone.log_likelihood, rel=1e-7)
        assert (low[number], high[number]) == pytest.approx(alone.interval("e"), rel=1e-4)
        assert fits[number].estimate["e"] == pytest.approx(alone.estimate["e"], rel=1e-5)


def test_no_row_of_many_ends_above_its_minimum() -> None:
    y = rows(3000, seed=1) + np.random.default_rng(2).normal(0.0, 6.0, (3000, 8))
    fits = fit_curves(DOSES, y)
    assert fits.converged.mean() > 0.97
    for number in range(0, 3000, 60):
        alone = fit_curve(DOSES, y[number])
        assert fits.rss[number] <= alone.rss * (1.0 + 1e-6)


def test_rows_may_have_doses_of_their_own_and_gaps() -> None:
    y = rows(40)
    weights = np.ones_like(y)
    weights[3, 2] = 0.0
    y[3, 2] = np.nan
    own = np.tile(DOSES, (40, 1)) * np.linspace(1.0, 2.0, 40)[:, np.newaxis]
    fits = fit_curves(own, y, weights=weights, model="LL.3")
    keep = np.arange(8) != 2
    alone = fit_curve(own[3, keep], y[3, keep], model="LL.3")
    assert fits.estimate["e"][3] == pytest.approx(alone.estimate["e"], rel=1e-6)
    assert fits.se["e"][3] == pytest.approx(alone.se["e"], rel=1e-5)


def test_a_row_with_too_few_points_is_left_out_and_the_rest_go_on() -> None:
    y, weights = rows(40), np.ones((40, 8))
    weights[5, 3:] = 0.0
    fits = fit_curves(DOSES, y, weights=weights)
    assert np.isnan(fits.estimate["e"][5])
    assert not fits.converged[5]
    assert np.isfinite(np.delete(fits.estimate["e"], 5)).all()
    assert np.isnan(fits.interval("e")[0][5])


def test_rows_without_an_effect_do_not_disturb_the_others() -> None:
    y = rows(50)
    plain = fit_curves(DOSES, y)
    y[7], y[8] = 0.0, 50.0
    mixed = fit_curves(DOSES, y)
    assert not mixed.converged[[7, 8]].any()
    others = np.delete(np.arange(50), [7, 8])
    np.testing.assert_allclose(mixed.estimate["e"][others], plain.estimate["e"][others], rtol=1e-6)


def test_several_curves_can_share_parameters_in_every_row() -> None:
    y = np.concatenate([rows(40, seed=4), rows(40, seed=4)], axis=1)
    fits = fit_curves(np.tile(DOSES, 2), y, curve=["a"] * 8 + ["b"] * 8, shared=("b", "c", "d"))
    np.testing.assert_allclose(fits.estimate["e:a"], fits.estimate["e:b"], rtol=1e-6)
    np.testing.assert_allclose(fits.ed(50, curve="a"), fits.estimate["e:a"], rtol=1e-9)


def test_the_shape_of_the_responses_is_checked() -> None:
    with pytest.raises(ParameterError, match="for one fit use fit_curve"):
        fit_curves(DOSES, rows(1)[0])
    bad = rows(3)
    bad[1, 4] = np.inf
    with pytest.raises(ParameterError, match=r"response\[\[1, 4\]\] must be a finite number .*, got inf"):
        fit_curves(DOSES, bad)
    with pytest.raises(ParameterError, match="one fit at a time"):
        fit_curves(DOSES, rows(3)).interval("e", "bootstrap")
