"""Fits that go wrong elsewhere: limits upside down, large residuals, side minima, no minimum at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from ephys.errors import ParameterError
from ephys.pharmacology import curve_model, fit_curve, fit_curves
from ephys.pharmacology.regression.dispersion import likely_dispersion
from ephys.pharmacology.regression.families import FAMILIES, Scatter
from ephys.pharmacology.regression.simulate import draw

DOSES = np.repeat([0.0, 1.0, 3.0, 10.0, 30.0, 100.0], 3)
FALLING = np.array([101.0, 98.0, 96.0, 80.0, 77.0, 41.0, 9.0])
SERIES = np.array([0.0, 0.0, 3.0, 10.0, 10.0, 30.0, 100.0])


def noisy(seed: int, sd: float) -> np.ndarray:
    return 100.0 / (1.0 + (DOSES / 12.0) ** 1.2) + np.random.default_rng(seed).normal(0.0, sd, DOSES.size)


def rise(dose: Any, response: Any, model: str, name: str, end: float) -> float:
    """How much worse the fit is with a parameter held at an end, in units of what is allowed."""
    free = fit_curve(dose, response, model=model)
    held = fit_curve(dose, response, model=model, fixed={name: end})
    return (held.rss - free.rss) / free.sigma**2 / stats.t.ppf(0.975, free.df) ** 2


@pytest.mark.parametrize("model", ["W1.4", "W2.4", "LL.4", "LN.4"])
@pytest.mark.parametrize("seed", [1, 2, 3, 159])
def test_profile_ends_hold_with_limits_in_their_order(model: str, seed: int) -> None:
    y = noisy(seed, 12.0)
    fit = fit_curve(DOSES, y, model=model)
    assert fit.estimate["c"] < fit.estimate["d"]
    for end in fit.interval("e"):
        if 1e-3 < end < 1e5:
            # The profile may leap where the curve turns steep beside a dose: the end is the leap.
            away = 1.003 if end > fit.estimate["e"] else 1.0 / 1.003
            assert rise(DOSES, y, model, "e", end / away) <= 1.0 <= rise(DOSES, y, model, "e", end * away)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "columns", "query", "low", "high"),
    [
        ("terbuthylazin", ("dose", "rgr"), None, 186.1468, 376.4186),
        ("spinach", ("DOSE", "SLOPE"), "CURVE == 1", 2.30796, 7.83738),
    ],
)
def test_a_weibull_profile_does_not_cross_over_to_the_other_weibull(
    name: str, columns: tuple[str, str], query: str | None, low: float, high: float, shared_reference: Path
) -> None:
    table = pd.read_csv(shared_reference / "data" / f"{name}.csv")
    table = table if query is None else table.query(query)
    dose, response = (table[column] for column in columns)
    fit = fit_curve(dose, response, model="W1.4")
    assert fit.interval("e") == pytest.approx((low, high), rel=1e-4)
    for end in fit.interval("e"):
        assert rise(dose, response, "W1.4", "e", end) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "columns", "models"),
    [
        ("lettuce", ("conc", "weight"), ("LL.4", "W1.4", "W2.4", "LN.4")),
        ("ryegrass", ("conc", "rootl"), ("LL.2", "W1.2", "LN.2")),
        ("M.bahia", ("conc", "dryweight"), ("BC.4",)),
    ],
)
def test_large_residuals_do_not_hide_a_minimum(
    name: str, columns: tuple[str, str], models: tuple[str, ...], shared_reference: Path
) -> None:
    table = pd.read_csv(shared_reference / "data" / f"{name}.csv")
    for model in models:
        fit = fit_curve(table[columns[0]], table[columns[1]], model=model)
        assert fit.converged, model
        assert fit.notes == (), model


def test_noisy_curves_that_have_a_minimum_are_not_said_to_have_none() -> None:
    random = np.random.default_rng(11)
    for seed in range(40):
        y = noisy(seed, 25.0)
        fit = fit_curve(DOSES, y)
        if fit.converged:
            continue
        # Whatever is doubted has to fall further on its way out than any start inside.
        model = curve_model("LL.4")

        def residuals(p: np.ndarray, y: np.ndarray = y, model: Any = model) -> np.ndarray:
            return model(DOSES, b=p[0], c=p[1], d=p[2], e=math.exp(p[3])) - y

        low, high = np.array([-20.0, -500.0, -500.0, -1.0]), np.array([20.0, 500.0, 500.0, 6.0])
        draws = random.uniform([0.5, -10.0, 80.0, 0.0], [4.0, 30.0, 120.0, 4.0], (6, 4))
        inside = min((optimize.least_squares(residuals, x, bounds=(low, high)) for x in draws), key=lambda r: r.cost)
        if 2.0 * inside.cost < fit.rss * (1.0 + 1e-7):
            # The same height is reached only at a bound, or where the curve is too steep for its doses.
            at_bound = np.any((inside.x < low + 0.05) | (inside.x > high - 0.05))
            assert at_bound or abs(inside.x[0]) > 10.0, seed


def best_of_many(function: Callable[[np.ndarray], np.ndarray], starts: np.ndarray) -> float:
    found = [optimize.least_squares(function, start, x_scale="jac", max_nfev=4000).cost for start in starts]
    return 2.0 * min(found)


def test_the_lowest_of_several_minima_is_found() -> None:
    random = np.random.default_rng(0)
    for seed in range(4):
        y = noisy(seed, 8.0)
        model = curve_model("LL.5")

        def residuals(p: np.ndarray, y: np.ndarray = y, model: Any = model) -> np.ndarray:
            return model(DOSES, b=p[0], c=p[1], d=p[2], e=math.exp(p[3]), f=math.exp(np.clip(p[4], -6.0, 4.5))) - y

        starts = np.stack([
            random.uniform(0.3, 8.0, 12), random.uniform(-10, 20, 12), random.uniform(80, 110, 12),
            random.uniform(0.0, 5.0, 12), random.uniform(-3.0, 2.0, 12),
        ], axis=1)  # fmt: skip
        assert fit_curve(DOSES, y, model="LL.5").rss <= best_of_many(residuals, starts) * (1.0 + 1e-6)


def test_an_asymmetry_that_runs_away_is_said() -> None:
    # A Gompertz-like fall has no best exponent: LL.5 goes to its limit.
    y = 100.0 * np.exp(-((DOSES / 12.0) ** 1.5)) + np.random.default_rng(3).normal(0.0, 1.0, DOSES.size)
    fit = fit_curve(DOSES, y, model="LL.5")
    assert not fit.converged
    assert "no best fit" in fit.notes[0]


def test_a_steep_curve_with_a_small_exponent_does_not_underflow() -> None:
    value = curve_model("LL.5")([10.0], b=400.0, c=0.0, d=1.0, e=1.0, f=0.001)
    assert value[0] == pytest.approx(10.0**-0.4, rel=1e-12)
    with pytest.raises(ParameterError, match="f is an exponent and must be positive"):
        curve_model("LL.5")([10.0], b=1.0, c=0.0, d=1.0, e=1.0, f=-1.0)


def test_the_absolute_dose_is_counted_from_the_response_without_drug_whichever_limit_that_is() -> None:
    falling = fit_curve(SERIES, FALLING, model="EMAX")
    dose = falling.ed(20, "absolute").estimate
    assert falling.predict([dose])[0] == pytest.approx(0.8 * falling.estimate["c"])
    rising = fit_curve(SERIES, 150.0 - FALLING)
    dose = rising.ed(30, "absolute").estimate
    assert rising.predict([dose])[0] == pytest.approx(1.3 * rising.estimate["c"])
    turned = fit_curve(SERIES, FALLING, fixed={"b": -1.0})
    assert turned.predict([turned.ed(50, "absolute").estimate])[0] == pytest.approx(0.5 * turned.predict([0.0])[0])
    trials = np.full(7, 60.0)
    share = np.array([0.10, 0.12, 0.2, 0.4, 0.42, 0.7, 0.9])
    affected = fit_curve(SERIES, share, family="binomial", weights=trials)
    assert affected.predict([affected.ed(50, "absolute").estimate])[0] == pytest.approx(0.5)
    spared = fit_curve(SERIES, 1.0 - share, model="EMAX", family="binomial", weights=trials)
    assert spared.predict([spared.ed(20, "absolute").estimate])[0] == pytest.approx(0.8 * spared.predict([0.0])[0])


@pytest.mark.parametrize("shared", [["b"], ["c"], ["d"]])
def test_curves_that_run_against_each_other_can_share(shared: list[str]) -> None:
    y = np.concatenate([FALLING, 104.0 - FALLING])
    labels = ["falls"] * 7 + ["rises"] * 7
    fit = fit_curve(np.tile(SERIES, 2), y, curve=labels, shared=shared)
    apart = fit_curve(np.tile(SERIES, 2), y, curve=labels)
    assert fit.rss >= apart.rss * (1.0 - 1e-9)
    assert fit.rss < 60.0 * apart.rss + 60.0
    falls, rises = fit.predict([0.0, 300.0], curve="falls"), fit.predict([0.0, 300.0], curve="rises")
    assert falls[0] > falls[1]
    assert rises[0] < rises[1]


def test_one_dose_repeated_is_one_dose_in_many_rows_as_well() -> None:
    fits = fit_curves(
        [[3.0] * 8, [0, 0, 0, 3, 10, 30, 100, 300], [0.0] * 8],
        [[90, 95, 85, 99, 92, 91, 88, 94], [100, 98, 102, 95, 80, 41, 10, 3], [90, 95, 85, 99, 92, 91, 88, 94]],
        model="LL.3",
    )
    assert fits.converged.tolist() == [False, True, False]
    assert np.isnan(fits.estimate["e"][[0, 2]]).all()
    assert np.isnan(fits.log_likelihood[[0, 2]]).all()
    assert math.isnan(fits[0].lack_of_fit().p)


def test_a_row_does_not_depend_on_the_doses_of_another() -> None:
    y = np.tile(np.interp(np.arange(7), np.arange(7), FALLING), (40, 1)) + np.random.default_rng(1).normal(
        0, 2, (40, 7)
    )
    same = fit_curves(SERIES, y, model="LL.3")
    scale = 10.0 ** np.linspace(-9, 9, 40)[:, np.newaxis]
    scaled = fit_curves(SERIES * scale, y, model="LL.3")
    np.testing.assert_allclose(scaled.estimate["e"], same.estimate["e"] * scale[:, 0], rtol=1e-6)
    np.testing.assert_array_equal(scaled.converged, same.converged)
    np.testing.assert_allclose(scaled.interval("e")[1], same.interval("e")[1] * scale[:, 0], rtol=1e-5)


def test_a_curve_that_its_points_cannot_tell_is_named() -> None:
    dose = [0, 1, 2, 5, 10, 20, 50, 100, 0, 0, 0]
    y = [100, 99, 95, 80, 60, 40, 20, 5, 70, 71, 72]
    with pytest.raises(ParameterError, match="curve b has d, e of its own, and points at 1 dose cannot tell them"):
        fit_curve(dose, y, curve=["a"] * 8 + ["b"] * 3, shared=["b", "c"])


def test_the_lack_of_fit_of_counts_is_never_negative() -> None:
    random = np.random.default_rng(4)
    dose, seconds = np.repeat([0.0, 10.0, 30.0, 100.0], 4), np.tile([60.0, 60.0, 180.0, 30.0], 4)
    for _ in range(10):
        mean = seconds * 2.0 / (1.0 + dose / 20.0) * random.gamma(4.0, 0.25, dose.size)
        y = random.poisson(mean).astype(float)
        test = fit_curve(dose, y, model="LL.3", family="negbin", exposure=seconds).lack_of_fit()
        assert test.statistic >= -1e-9
        assert 0.0 <= test.p <= 1.0


def test_where_there_is_no_best_dose_its_interval_is_still_the_bracket() -> None:
    fit = fit_curve([0, 1, 3, 10, 30], [0, 0, 0, 1, 1], model="LL.2", family="binomial", weights=[10] * 5)
    dose = fit.ed(50)
    assert math.isnan(dose.estimate)
    assert (dose.low, dose.high) == pytest.approx(fit.interval("e"), rel=1e-6)
    assert 3.0 <= dose.low < dose.high <= 10.0


def test_no_scatter_known_no_bootstrap() -> None:
    low, high = fit_curve([0, 1, 10, 100], [9, 8, 5, 1]).interval("e", "bootstrap")
    assert math.isnan(low)
    assert math.isnan(high)
    with pytest.raises(ParameterError, match="replicates must be a whole number of at least 2"):
        fit_curve(SERIES, FALLING).interval("e", "bootstrap", replicates=0)


def test_fieller_is_fiellers_formula() -> None:
    y = np.concatenate([FALLING, [99.0, 101.0, 99.0, 95.0, 93.0, 79.0, 41.0]])
    fit = fit_curve(np.tile(SERIES, 2), y, curve=["a"] * 7 + ["b"] * 7, shared=["b", "c", "d"])
    ratio = fit.ed_ratio("a", "b", method="fieller")
    a, b = fit.estimate["e:a"], fit.estimate["e:b"]
    places = [fit.names.index(name) for name in ("e:a", "e:b")]
    spread, t = fit.covariance[np.ix_(places, places)], stats.t.ppf(0.975, fit.df)
    for end in (ratio.low, ratio.high):
        gap = (a - end * b) ** 2
        assert gap == pytest.approx(t**2 * (spread[0, 0] - 2 * end * spread[0, 1] + end**2 * spread[1, 1]), rel=1e-6)


def test_a_prediction_takes_the_precision_of_the_new_point() -> None:
    fit = fit_curve(SERIES, FALLING)
    t = stats.t.ppf(0.975, fit.df)
    inner = (fit.band([20.0])[1] - fit.predict([20.0])) / t
    for weight in (0.25, 4.0):
        outer = (fit.band([20.0], kind="prediction", weight=weight)[1] - fit.predict([20.0])) / t
        assert outer[0] ** 2 == pytest.approx(inner[0] ** 2 + fit.sigma**2 / weight)
    with pytest.raises(ParameterError, match="weight and exposure must be above 0"):
        fit.band([20.0], kind="prediction", weight=0.0)


def test_a_prediction_of_counts_holds_them() -> None:
    dose = np.tile(SERIES, 6)
    fit = fit_curve(dose, np.tile(np.rint(FALLING), 6), model="LL.3", family="poisson")
    low, high = fit.band([0.0, 30.0], kind="prediction", exposure=2.0)
    mean = 2.0 * fit.predict([0.0, 30.0])
    exact = stats.poisson.ppf([[0.025], [0.975]], mean)
    np.testing.assert_allclose([low, high], exact, rtol=0.12)
    assert (low < mean).all()
    assert (high > mean).all()


def test_a_robust_fit_keeps_its_own_scale_and_refuses_what_it_has_not() -> None:
    dose, random = np.tile(SERIES, 3), np.random.default_rng(2)
    y = np.tile(FALLING, 3) + random.normal(0.0, 2.0, dose.size)
    y[5] += 80.0
    plain, robust = fit_curve(dose, y), fit_curve(dose, y, robust="tukey")
    assert robust.sigma < 0.3 * plain.sigma
    assert robust.ed(50).method == "log_delta"
    assert robust.ed(50).low < robust.ed(50).estimate < robust.ed(50).high
    for ask in (robust.observed_se, robust.lack_of_fit):
        with pytest.raises(ParameterError, match="a robust fit has no"):
            ask()
    assert math.isnan(robust.deviance)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dose": np.ma.masked_less(SERIES, 1.0)}, "dose has masked values"),
        ({"response": FALLING.astype(complex)}, "response must be numbers, got complex128"),
        ({"response": [str(y) for y in FALLING]}, "response must be numbers"),
        ({"response": FALLING * 1e200}, "response holds .* choose another unit"),
        ({"dose": SERIES * 1e-150}, "dose holds .* choose another unit"),
        ({"curve": ["a", "a", "a", None, "a", "a", "a"]}, r"curve\[3\] has no label"),
        ({"curve": [[0] * 7]}, "curve must have one label for each of 7 points"),
        ({"fixed": {"b": 0.0}}, "b is fixed at 0"),
        ({"fixed": {"c": -1.0}, "family": "poisson"}, "c is fixed at -1, and family poisson allows 0 to inf"),
        ({"fixed": {"c": "a"}}, r"fixed\['c'\] must be a finite number, got 'a'"),
        ({"fixed": ["c"]}, "fixed must map names to numbers"),
        ({"fixed": {"dispersion": math.inf}, "family": "negbin"}, r"fixed\['dispersion'\] must be a finite number"),
        ({"model": ["LL.4"]}, "model must be one of"),
        ({"family": ["gaussian"]}, "family must be one of"),
        ({"shared": ("x",)}, "shared must be among b, c, d, e; got x"),
    ],
)  # fmt: skip
def test_what_is_no_data_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit_curve(**{"dose": SERIES, "response": FALLING, **options})


def test_a_dose_that_is_not_known_gives_no_response_and_a_negative_one_is_refused() -> None:
    fit = fit_curve(SERIES, FALLING)
    assert math.isnan(fit.predict([math.nan])[0])
    for ask in (fit.predict, fit.band):
        with pytest.raises(ParameterError, match="dose must not be negative, got -5"):
            ask([-5.0])
    for ask_level in (lambda: fit.band([1.0], level=2), lambda: fit.interval("e", level="a")):  # type: ignore[arg-type]
        with pytest.raises(ParameterError, match="level must be"):
            ask_level()


def test_whole_numbers_name_a_curve_with_and_without_a_point() -> None:
    fit = fit_curve(np.tile(SERIES, 2), np.tile(FALLING, 2), curve=[1.0] * 7 + [2.0] * 7, shared=["b", "c", "d"])
    assert fit.curves == ("1", "2")
    assert fit.ed(50, curve=1).estimate == fit.ed(50, curve="1").estimate  # type: ignore[arg-type]


def test_one_curve_of_several_can_be_held_and_a_finer_word_wins() -> None:
    options: dict[str, Any] = {
        "dose": np.tile(SERIES, 2),
        "response": np.tile(FALLING, 2),
        "curve": ["a"] * 7 + ["b"] * 7,
    }
    fit = fit_curve(**options, fixed={"c:a": 5.0, "c": 0.0})
    assert fit.predict([1e9], curve="a")[0] == pytest.approx(5.0, abs=1e-3)
    assert fit.predict([1e9], curve="b")[0] == pytest.approx(0.0, abs=1e-3)
    with pytest.raises(ParameterError, match="c is shared, and cannot be fixed in some curves only"):
        fit_curve(**options, shared=["c"], fixed={"c:a": 0.0})


@pytest.mark.parametrize("seed", range(4))
def test_a_curve_on_a_large_pedestal_is_fitted_as_well(seed: int) -> None:
    y = noisy(seed, 3.0)
    fit, lifted = fit_curve(DOSES, y), fit_curve(DOSES, y + 1e6)
    assert lifted.converged
    assert lifted.estimate["e"] == pytest.approx(fit.estimate["e"], rel=1e-4)


def test_the_first_thing_that_one_tries_works() -> None:
    dose = np.array([0.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0])
    for middle in (20.0, 25.0, 30.0, 50.0):
        exact = fit_curve(dose, 100.0 / (1.0 + (dose / middle) ** 1.5))
        assert exact.converged
        assert exact.ed(50).estimate == pytest.approx(middle, rel=1e-9)
    for fixed in ({"c": 0.0}, {"c": 0.0, "d": 100.0}, {}):
        step = fit_curve(dose, [100.0] * 3 + [0.0] * 4, fixed=fixed)
        assert "all or none" in step.notes[0]
        low, high = step.interval("e")
        assert 10.0 <= low < 10.6
        assert 19.0 < high <= 20.0
        assert (step.ed(50).low, step.ed(50).high) == pytest.approx((low, high), rel=1e-3)
        assert math.isnan(step.ed(50).estimate)


def test_an_extrapolated_dose_is_said_to_be_one() -> None:
    shallow = fit_curve([0, 5, 10, 20, 40, 80, 160], [100, 99, 98, 95, 92, 88, 84], fixed={"c": 0.0})
    assert any("outside the doses given (5 to 160)" in note for note in shallow.notes)
    assert not fit_curve(SERIES, FALLING).notes


def test_rates_given_as_counts_are_said_to_be_none() -> None:
    fit = fit_curve(SERIES, FALLING / 60.0, model="LL.3", family="poisson", exposure=60.0)
    assert any("a rate is no count" in note for note in fit.notes)


def test_what_is_printed_can_be_read() -> None:
    fit = fit_curve(SERIES, FALLING, fixed={"c": 0.0})
    assert str(fit.ed(50)) == "23.6 (95 % profile 21.4 to 26)"
    text = str(fit_curves(SERIES, np.tile(FALLING, (7, 1)), model="LL.3"))
    assert text.startswith("7 fits, 7 with a best fit")
    assert "... and 2 more" in text
    assert repr(curve_model("LL.3")) == "LL.3(b, d, e; c = 0)"
    counts = fit_curve(SERIES, FALLING, model="LL.3", family="negbin", fixed={"dispersion": 0.01})
    assert "dispersion 0.01 fixed" in str(counts)


def test_what_is_drawn_scatters_by_its_law() -> None:
    random = np.random.default_rng(0)
    curve = np.full((1, 40_000), 3.0)
    weight, seconds = np.full((1, 1), 4.0), np.full((1, 1), 10.0)
    values = Scatter(curve, weight, seconds, np.full(40_000, 0.05))
    gaussian = draw(FAMILIES["gaussian"], curve, values, 2.0, random)
    assert gaussian.var() == pytest.approx(2.0 / 4.0, rel=0.05)
    counts = draw(FAMILIES["negbin"], curve, values, 1.0, random)
    assert counts.mean() == pytest.approx(30.0, rel=0.01)
    assert counts.var() == pytest.approx(30.0 + 0.05 * 30.0**2, rel=0.05)
    shares = draw(FAMILIES["binomial"], curve / 4.0, values, 1.0, random)
    assert shares.var() == pytest.approx(0.75 * 0.25 / 4.0, rel=0.05)


@pytest.mark.parametrize("dispersion", [1e-9, 1e-7, 9e-7, 2e-6, 2e-5])
def test_the_likelihood_of_counts_is_the_same_on_either_side_of_the_series(dispersion: float) -> None:
    y, mean = np.array([[28.0], [31.0], [45.0], [20.0]]), np.array([[30.0], [30.0], [32.0], [25.0]])
    values = Scatter(y, np.ones((1, 1)), np.ones((1, 1)), np.array([dispersion]))
    total = float(FAMILIES["negbin"].log_likelihood(mean, values).sum())
    poisson = float(stats.poisson.logpmf(y, mean).sum())
    slope = 0.5 * float(((y - mean) ** 2 - y).sum())
    assert total - poisson == pytest.approx(dispersion * slope, rel=0.05, abs=2e-7)


def test_a_prediction_holds_the_uncertainty_of_the_curve() -> None:
    few, many = (
        fit_curve(np.tile(SERIES, n), np.tile(np.rint(FALLING), n), model="LL.3", family="poisson") for n in (1, 40)
    )
    widths = [np.subtract(*reversed(fit.band([20.0], kind="prediction", exposure=100.0)))[0] for fit in (few, many)]
    assert widths[0] > 2.0 * widths[1]


def test_counts_that_scatter_a_little_more_than_poisson_have_a_dispersion() -> None:
    mean = np.full((8, 1), 30.0)
    y = mean + np.array([[7.0], [-7.0]] * 4)  # 1.6 times Poisson's variance
    values = Scatter(y, np.ones((1, 1)), np.ones((1, 1)), np.zeros(1))
    found = float(likely_dispersion(mean, values)[0])

    def misfit(ln: float) -> float:
        size = math.exp(-ln)
        return -float(stats.nbinom.logpmf(y, size, size / (size + mean)).sum())

    best = optimize.minimize_scalar(misfit, bounds=(-12.0, 0.0), method="bounded")
    assert found == pytest.approx(math.exp(best.x), rel=1e-3)
    assert found > 0.005
