"""What `fit_curve` promises: checked against answers computed in another way, and against the ways data go wrong."""

from __future__ import annotations

import math
from typing import Any

import lmfit
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, stats

from ephys.errors import ParameterError
from ephys.pharmacology import CurveFit, compare_curves, curve_model, fit_curve

DOSES = np.array([0.0, 0.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0])
FALLING = np.array([101.0, 97.0, 92.0, 81.0, 52.0, 24.0, 11.0, 4.0])
ALL_OR_NONE = np.array([50.0, 55.0, 49.0, 56.0, 0.0, 0.0, 0.0, 0.0])


def counts(seed: int, dispersion: float = 0.0, cells: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    dose, seconds = np.tile(DOSES, cells), np.tile([180.0, *[60.0] * 7], cells)
    mean = seconds * curve_model("LL.3")(dose, b=1.6, d=1.4, e=25.0)
    if dispersion:
        mean = mean * random.gamma(1.0 / dispersion, dispersion, mean.shape)
    return dose, random.poisson(mean).astype(float), seconds


def test_the_profile_ends_are_those_of_lmfit() -> None:
    fit = fit_curve(DOSES, FALLING)
    parameters = lmfit.Parameters()
    for name, value in fit.estimate.items():
        parameters.add(name, value)
    model = curve_model("LL.4")
    minimizer = lmfit.Minimizer(lambda p: model(DOSES, **p.valuesdict()) - FALLING, parameters)
    ends = lmfit.conf_interval(minimizer, minimizer.minimize(ftol=1e-14, xtol=1e-14), sigmas=[0.95])
    for name in "cde":
        low, high = ends[name][0][1], ends[name][-1][1]
        assert fit.interval(name) == pytest.approx((low, high), rel=2e-3), name


def test_a_profile_end_is_where_the_best_other_fit_is_worse_by_as_much_as_allowed() -> None:
    fit = fit_curve(DOSES, FALLING)
    allowed = fit.rss * (1.0 + stats.t.ppf(0.975, fit.df) ** 2 / fit.df)
    for name in fit.names:
        for end in fit.interval(name):
            assert fit_curve(DOSES, FALLING, fixed={name: end}).rss == pytest.approx(allowed, rel=1e-6), name


def test_the_end_of_an_effective_dose_is_that_of_a_curve_written_in_that_dose() -> None:
    fit = fit_curve(DOSES, FALLING, fixed={"c": 0.0})
    ed = fit.ed(80)
    allowed = fit.rss * (1.0 + stats.t.ppf(0.975, fit.df) ** 2 / fit.df)

    def rss(ed80: float) -> float:
        def residuals(p: np.ndarray) -> np.ndarray:
            e = ed80 / 4.0 ** (1.0 / p[0])  # ED80 = e × (80 / 20)^(1 / b)
            return p[1] / (1.0 + (DOSES / e) ** p[0]) - FALLING

        return 2.0 * float(optimize.least_squares(residuals, [1.8, 100.0], xtol=1e-14, ftol=1e-14).cost)

    assert rss(ed.estimate) == pytest.approx(fit.rss, rel=1e-9)
    assert (rss(ed.low), rss(ed.high)) == pytest.approx((allowed, allowed), rel=1e-6)


def test_an_interval_that_the_data_do_not_close_is_open() -> None:
    fit = fit_curve([0, 25, 50, 100, 200], [100, 99, 97, 91, 83], fixed={"c": 0.0, "d": 100.0})
    e = fit.ed(50)
    assert e.low > 200
    shallow = fit_curve([0, 25, 50, 100, 200], [100, 99, 104, 93, 97], fixed={"c": 0.0, "d": 100.0})
    assert shallow.interval("e")[1] == math.inf


def test_all_or_none_gives_a_bracket_and_no_dose() -> None:
    for family in ("gaussian", "poisson", "negbin"):
        fit = fit_curve(DOSES, ALL_OR_NONE, family=family)
        assert not fit.converged
        assert "no best fit" in fit.notes[0]
        low, high = fit.interval("e")
        assert 10.0 <= low < 10.5
        assert 19.5 < high <= 20.0
        assert math.isnan(fit.ed(50).estimate)


@pytest.mark.parametrize("family", ["gaussian", "poisson", "negbin"])
@pytest.mark.parametrize("level", [0.0, 5.0])
def test_a_cell_that_no_dose_changes_has_no_effective_dose(family: str, level: float) -> None:
    fit = fit_curve(DOSES, np.full(8, level), model="LL.3", family=family)
    assert not fit.converged
    assert math.isnan(fit.ed(50).estimate)
    assert "no best fit" in str(fit)


def test_a_rising_curve_has_its_doses_counted_from_the_response_without_drug() -> None:
    rising = fit_curve(DOSES, 150.0 - FALLING)
    falling = fit_curve(DOSES, FALLING)
    assert rising.ed(10).estimate == pytest.approx(falling.ed(10).estimate, rel=1e-7)
    assert rising.ed(10).estimate < rising.ed(50).estimate < rising.ed(90).estimate
    assert rising.estimate["b"] == pytest.approx(-falling.estimate["b"], rel=1e-7)
    assert rising.estimate["c"] < rising.estimate["d"]


def test_relative_and_absolute_doses_differ_where_the_curve_has_a_floor() -> None:
    fit = fit_curve(DOSES, 30.0 + 0.7 * FALLING)
    relative, absolute = fit.ed(50), fit.ed(50, "absolute")
    c, d, b, e = (fit.estimate[name] for name in "cdbe")
    assert relative.estimate == pytest.approx(e, rel=1e-9)
    assert fit.predict([absolute.estimate])[0] == pytest.approx(0.5 * d, rel=1e-9)
    assert absolute.estimate == pytest.approx(e * ((d - 0.5 * d) / (0.5 * d - c)) ** (1.0 / b), rel=1e-9)
    assert fit.dose_at(0.5 * d).estimate == pytest.approx(absolute.estimate, rel=1e-9)
    assert math.isnan(fit.ed(80, "absolute").estimate)  # the curve never falls so far


def test_a_binomial_curve_without_limits_is_logistic_regression_on_the_log_dose() -> None:
    dose = np.array([1.0, 2.0, 4.0, 8.0])
    hits, trials = np.array([2.0, 8.0, 15.0, 23.0]), np.full(4, 25.0)
    glm = sm.GLM(np.stack([hits, trials - hits], axis=1), sm.add_constant(np.log(dose)), sm.families.Binomial()).fit()
    fit = fit_curve(dose, hits / trials, model="LL.2", family="binomial", weights=trials)
    assert -fit.estimate["b"] == pytest.approx(glm.params[1], rel=1e-7)
    assert math.log(fit.estimate["e"]) == pytest.approx(-glm.params[0] / glm.params[1], rel=1e-7)
    assert fit.se["b"] == pytest.approx(glm.bse[1], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(glm.llf, rel=1e-9)
    assert fit.deviance == pytest.approx(glm.deviance, rel=1e-7)


def test_exposure_multiplies_the_mean_of_a_count() -> None:
    dose, y, seconds = counts(1)
    fit = fit_curve(dose, y, model="LL.3", family="poisson", exposure=seconds)
    assert fit.estimate["d"] == pytest.approx(1.4, rel=0.05)
    half = fit_curve(dose, y, model="LL.3", family="poisson", exposure=seconds / 2.0)
    assert half.estimate["d"] == pytest.approx(2.0 * fit.estimate["d"], rel=1e-7)
    assert half.estimate["e"] == pytest.approx(fit.estimate["e"], rel=1e-7)
    assert half.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-9)


def test_a_negative_binomial_fit_is_the_joint_maximum_over_curve_and_dispersion() -> None:
    dose, y, seconds = counts(2, dispersion=0.05)
    fit = fit_curve(dose, y, model="LL.3", family="negbin", exposure=seconds)

    def misfit(p: np.ndarray) -> float:
        mean = seconds * curve_model("LL.3")(dose, b=p[0], d=p[1], e=math.exp(p[2]))
        size = math.exp(-p[3])
        return -float(stats.nbinom.logpmf(y, size, size / (size + mean)).sum())

    best = optimize.minimize(
        misfit, [1.5, 1.5, 3.0, -3.0], method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-11, "xatol": 1e-9}
    )
    assert fit.log_likelihood == pytest.approx(-best.fun, rel=1e-10)
    assert fit.dispersion == pytest.approx(math.exp(best.x[3]), rel=1e-4)
    assert fit.estimate["e"] == pytest.approx(math.exp(best.x[2]), rel=1e-5)
    assert fit.parameter_count == 4
    low, high = fit.interval("e")
    for end in (low, high):
        held = fit_curve(dose, y, model="LL.3", family="negbin", exposure=seconds, fixed={"e": end})
        rise = 2.0 * (fit.log_likelihood - held.log_likelihood)
        assert rise == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-5)


def test_counts_that_scatter_as_poisson_have_no_dispersion() -> None:
    dose, y, seconds = counts(3)
    poisson = fit_curve(dose, y, model="LL.3", family="poisson", exposure=seconds)
    regular = np.rint(seconds * poisson.predict(dose))
    negbin = fit_curve(dose, regular, model="LL.3", family="negbin", exposure=seconds)
    assert negbin.dispersion == 0.0
    same = fit_curve(dose, regular, model="LL.3", family="poisson", exposure=seconds)
    assert negbin.estimate["e"] == pytest.approx(same.estimate["e"], rel=1e-8)
    assert negbin.log_likelihood == pytest.approx(same.log_likelihood, rel=1e-9)


def test_a_dispersion_that_is_given_is_held() -> None:
    dose, y, seconds = counts(4, dispersion=0.05)
    options: dict[str, Any] = {"model": "LL.3", "family": "negbin", "exposure": seconds}
    free = fit_curve(dose, y, **options)
    held = fit_curve(dose, y, fixed={"dispersion": free.dispersion}, **options)
    assert held.estimate["e"] == pytest.approx(free.estimate["e"], rel=1e-7)
    assert held.parameter_count == 3
    wide = fit_curve(dose, y, fixed={"dispersion": 0.5}, **options)
    assert wide.dispersion == 0.5
    assert wide.se["e"] > 1.5 * free.se["e"]


def test_a_limit_on_its_bound_has_no_error_of_its_own_but_an_interval() -> None:
    fit = fit_curve(DOSES, np.rint(FALLING * 3.0 - 12.0), family="poisson")
    assert fit.estimate["c"] == 0.0
    assert math.isnan(fit.se["c"])
    assert "no standard error of c" in fit.notes[0]
    low, high = fit.interval("c")
    assert low == 0.0
    held = fit_curve(DOSES, np.rint(FALLING * 3.0 - 12.0), family="poisson", fixed={"c": high})
    assert 2.0 * (fit.log_likelihood - held.log_likelihood) == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-6)


def test_weights_are_inverse_variances_and_0_leaves_a_point_out() -> None:
    weights = np.array([1.0, 1.0, 4.0, 0.0, 0.5, 1.0, 1.0, 2.0])
    fit = fit_curve(DOSES, np.where(weights == 0, np.nan, FALLING), weights=weights)
    keep = weights > 0
    same = fit_curve(DOSES[keep], FALLING[keep], weights=weights[keep])
    assert list(fit.estimate.values()) == pytest.approx(list(same.estimate.values()), rel=1e-8)
    assert (fit.n, fit.df) == (7, 3)
    scipys, spread = optimize.curve_fit(
        lambda x, b, c, d, e: c + (d - c) / (1.0 + (x / e) ** b), DOSES[keep], FALLING[keep],
        p0=list(fit.estimate.values()), sigma=weights[keep] ** -0.5, ftol=1e-14, xtol=1e-14,
    )  # fmt: skip
    assert list(fit.estimate.values()) == pytest.approx(scipys.tolist(), rel=1e-6)
    assert list(fit.se.values()) == pytest.approx(np.sqrt(np.diag(spread)).tolist(), rel=1e-4)


def two_curves() -> dict[str, Any]:
    return {
        "dose": np.tile(DOSES, 2),
        "response": np.concatenate([FALLING, 0.5 * FALLING + 1.0]),
        "curve": ["a"] * 8 + ["b"] * 8,
    }


def test_curves_that_share_nothing_are_fitted_as_if_alone() -> None:
    fit = fit_curve(**two_curves())
    alone = fit_curve(DOSES, FALLING), fit_curve(DOSES, 0.5 * FALLING + 1.0)
    assert fit.names == ("b:a", "b:b", "c:a", "c:b", "d:a", "d:b", "e:a", "e:b")
    for label, own in zip("ab", alone, strict=True):
        for name, value in own.estimate.items():
            assert fit.estimate[f"{name}:{label}"] == pytest.approx(value, rel=1e-6)
        assert fit.ed(50, curve=label).estimate == pytest.approx(own.ed(50).estimate, rel=1e-7)
    assert fit.rss == pytest.approx(sum(own.rss for own in alone), rel=1e-9)


def test_a_parameter_can_be_shared_and_another_fixed_in_one_curve() -> None:
    fit = fit_curve(**two_curves(), shared=["b", "e"], fixed={"c:a": 0.0})
    assert fit.names == ("b", "c:b", "d:a", "d:b", "e")
    assert fit.ed_ratio("a", "b").estimate == pytest.approx(1.0)


def test_a_ratio_of_doses_knows_its_methods() -> None:
    fit = fit_curve(**two_curves())
    for method in ("profile", "fieller", "delta", "log_delta", "bootstrap"):
        ratio = fit.ed_ratio("a", "b", method=method)
        assert ratio.low < ratio.estimate < ratio.high
        assert ratio.estimate == pytest.approx(fit.ed(50, curve="a").estimate / fit.ed(50, curve="b").estimate)
    turned = fit.ed_ratio("b", "a")
    straight = fit.ed_ratio("a", "b")
    assert (1.0 / turned.high, 1.0 / turned.low) == pytest.approx((straight.low, straight.high), rel=1e-6)


def test_the_bootstrap_has_one_answer_for_one_seed_and_agrees_roughly_with_the_profile() -> None:
    fit = fit_curve(DOSES, FALLING, fixed={"c": 0.0})
    first, again = (fit.interval("e", "bootstrap", replicates=400, seed=5) for _ in range(2))
    assert first == again
    assert first != fit.interval("e", "bootstrap", replicates=400, seed=6)
    low, high = fit.interval("e")
    assert first == pytest.approx((low, high), rel=0.12)


@pytest.mark.parametrize("family", ["poisson", "negbin", "binomial"])
def test_every_law_can_be_drawn_from(family: str) -> None:
    response = FALLING / 101.0 if family == "binomial" else FALLING
    weights = np.full(8, 40.0) if family == "binomial" else None
    fit = fit_curve(DOSES, response, model="LL.3", family=family, weights=weights)
    low, high = fit.interval("e", "bootstrap", replicates=300)
    assert low < fit.estimate["e"] < high
    assert (low, high) == pytest.approx(fit.interval("e"), rel=0.25)
    inner = fit.band([0.0, 20.0, 160.0])
    outer = fit.band([0.0, 20.0, 160.0], kind="prediction", weight=40.0, exposure=1.0)
    assert (outer[0] <= inner[0]).all()
    assert (outer[1] >= inner[1]).all()


def test_bands_hold_the_curve_and_new_points() -> None:
    fit = fit_curve(DOSES, FALLING)
    dose = np.array([[0.0, 10.0], [30.0, 100.0]])
    low, high = fit.band(dose)
    middle = fit.predict(dose)
    assert low.shape == (2, 2)
    assert (low < middle).all()
    assert (middle < high).all()
    wide_low, wide_high = fit.band(dose, kind="prediction")
    reach = stats.t.ppf(0.975, fit.df)
    np.testing.assert_allclose(
        ((wide_high - middle) / reach) ** 2, ((high - middle) / reach) ** 2 + fit.sigma**2, rtol=1e-9
    )
    np.testing.assert_allclose(wide_high - middle, middle - wide_low)


def spoilt_curve() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dose, random = np.tile(DOSES, 3), np.random.default_rng(7)
    clean = curve_model("LL.3")(dose, b=1.8, d=100.0, e=22.0) + random.normal(0.0, 3.0, dose.shape)
    spoilt = clean.copy()
    spoilt[4] += 60.0
    return dose, clean, spoilt


def test_a_robust_fit_is_hardly_moved_by_one_bad_point() -> None:
    dose, clean_response, spoilt = spoilt_curve()
    clean = fit_curve(dose, clean_response, model="LL.3")
    moved = {
        robust: abs(math.log(fit_curve(dose, spoilt, model="LL.3", robust=robust).estimate["e"] / clean.estimate["e"]))
        for robust in (None, "huber", "tukey")
    }
    assert moved["tukey"] < 0.02 < 0.05 < moved[None]  # type: ignore[index]
    assert moved["huber"] < 0.5 * moved[None]  # type: ignore[index]


def test_a_huber_estimate_solves_its_equation() -> None:
    dose, _, spoilt = spoilt_curve()
    fit = fit_curve(dose, spoilt, model="LL.3", robust="huber")
    residual = spoilt - fit.predict(dose)
    scale = 1.4826 * np.median(np.abs(residual))
    influence = np.clip(residual / scale, -1.345, 1.345)
    gradient = curve_model("LL.3").gradient(dose, **fit.estimate)
    for name, slope in gradient.items():
        assert abs(float(influence @ slope)) < 1e-6 * float(np.abs(influence) @ np.abs(slope)), name
    assert math.isnan(fit.log_likelihood)
    with pytest.raises(ParameterError, match="no likelihood"):
        fit.interval("e")
    low, high = fit.interval("e", "delta")
    assert low < fit.estimate["e"] < high


def test_the_models_are_ranked_by_aicc() -> None:
    fits = compare_curves(DOSES, FALLING, models=["W1.3", "LL.3", "LN.3", "LL.5"])
    assert [fit.aicc for fit in fits] == sorted(fit.aicc for fit in fits)
    assert fits[-1].model == "LL.5"


def test_lack_of_fit_needs_replicates() -> None:
    fit = fit_curve(DOSES[1:], FALLING[1:], model="LL.3")
    assert math.isnan(fit.lack_of_fit().p)
    wavy = np.tile([100.0, 20.0, 90.0, 10.0, 80.0], 3) + np.repeat([0.0, 1.0, -1.0], 5)
    bad = fit_curve(np.tile([0.0, 10.0, 20.0, 40.0, 80.0], 3), wavy, model="LL.3")
    assert bad.lack_of_fit().p < 1e-6


def test_scaling_the_dose_unit_scales_the_dose_and_nothing_else() -> None:
    fit, scaled = fit_curve(DOSES, FALLING), fit_curve(DOSES * 1e-9, FALLING)
    assert scaled.estimate["e"] == pytest.approx(fit.estimate["e"] * 1e-9, rel=1e-7)
    assert scaled.estimate["b"] == pytest.approx(fit.estimate["b"], rel=1e-7)
    assert scaled.interval("e") == pytest.approx([end * 1e-9 for end in fit.interval("e")], rel=1e-6)


def test_series_integers_and_lists_are_taken_as_they_are() -> None:
    fit = fit_curve(DOSES, FALLING)
    table = pd.DataFrame({"dose": DOSES.astype(int), "response": FALLING.astype(int)}, index=range(10, 18))
    for again in (fit_curve(table["dose"], table["response"]), fit_curve(DOSES.tolist(), FALLING.tolist())):
        assert isinstance(again, CurveFit)
        assert again.estimate == fit.estimate


def swapped(values: np.ndarray, place: int, value: float) -> list[float]:
    other = values.tolist()
    other[place] = value
    return other


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"response": swapped(FALLING, 3, math.nan)}, r"response\[3\] must be a finite number .*, got nan"),
        ({"dose": swapped(DOSES, 2, -5.0)}, r"dose\[2\] must be a finite number of at least 0, got -5.0"),
        ({"dose": swapped(DOSES, 2, math.inf)}, r"dose\[2\] must be a finite number"),
        ({"response": swapped(FALLING, 7, -1.0), "family": "poisson"}, r"response\[7\] must be a count of at least 0"),
        ({"family": "binomial", "weights": [9] * 8}, r"response\[0\] must be a proportion from 0 to 1, got 101.0"),
        ({"family": "binomial"}, "binomial needs weights: the number of trials"),
        ({"family": "weibull"}, "family must be one of gaussian, poisson, negbin, binomial; got 'weibull'"),
        ({"dose": [50.0] * 8}, "4 free parameters here .* 8 points at 1 dose cannot tell them"),
        ({"dose": [0.0] * 8}, "every dose is 0"),
        ({"response": FALLING[:3]}, "dose must have one value per response"),
        ({"response": []}, "response is empty"),
        ({"weights": [1.0] * 7}, r"weights must have shape \(8,\), got \(7,\)"),
        ({"weights": swapped(np.ones(8), 0, -1.0)}, r"weights\[0\] must be a finite number of at least 0"),
        ({"exposure": [60.0] * 8}, "exposure is for counts, and the family is gaussian"),
        ({"exposure": swapped(np.ones(8), 1, 0.0), "family": "poisson"}, r"exposure\[1\] must be .* above 0"),
        ({"fixed": {"z": 1.0}}, r"fixed\['z'\]: LL.4 has the parameters b, c, d, e"),
        ({"fixed": {"e": -1.0}}, "e is a dose and must be positive"),
        ({"fixed": {"b": 1.0, "c": 0.0, "d": 100.0, "e": 20.0}}, "every parameter of LL.4 is fixed"),
        ({"shared": "cd"}, "shared must be a collection of names"),
        ({"curve": ["a"] * 7}, "curve must have one label for each of 8 points, got 7"),
        ({"robust": "median"}, "robust must be one of huber, tukey"),
        ({"response": [FALLING, FALLING]}, "for many rows use fit_curves"),
        ({"response": ["a"] * 8}, "response must be numbers"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_and_place(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit_curve(**{"dose": DOSES, "response": FALLING, **options})


def test_questions_that_have_no_answer_are_refused() -> None:
    fit = fit_curve(**two_curves())
    for ask, message in (
        (lambda: fit.ed(50), "curve must be one of a, b; got None"),
        (lambda: fit.ed(0, curve="a"), "percent must be between 0 and 100, got 0"),
        (lambda: fit.ed(50, "total", curve="a"), "kind must be 'relative' or 'absolute'"),  # type: ignore[arg-type]
        (lambda: fit.interval("e"), "the estimates are b:a, .* got 'e'"),
        (lambda: fit.interval("e:a", "wald"), "method must be one of profile"),  # type: ignore[arg-type]
        (lambda: fit.interval("e:a", level=95), "level must be at least 0.5 and below 1, got 95"),
        (lambda: fit.band([1.0], kind="both", curve="a"), "kind must be 'confidence' or 'prediction'"),
    ):
        with pytest.raises(ParameterError, match=message):
            ask()
