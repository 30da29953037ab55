"""The one-site fit against exact curves, lmfit, a Poisson likelihood by hand, and tubes drawn by the hundred."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import lmfit
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize

from ephys.errors import ParameterError
from ephys.pharmacology import BindingExperiment, BindingTube, fit_binding, summarise_binding
from tests.pharmacology.binding.drawn_tubes import (
    CONCENTRATIONS_NM,
    NONSPECIFIC,
    SPECIFIC,
    equilibrium_bound_nm,
    experiment,
    one_site,
)


@pytest.mark.parametrize("scatter", ["auto", "constant", "relative"])
@pytest.mark.parametrize(("ic50_nm", "hill"), [(20.0, 1.0), (150.0, 0.6), (4.0, 1.8)])
def test_an_exact_curve_is_found_whatever_the_weights(ic50_nm: float, hill: float, scatter: str) -> None:
    fit = fit_binding(experiment(one_site(ic50_nm, hill)), scatter=scatter)  # type: ignore[arg-type]
    assert (fit.ic50_nm, fit.hill) == pytest.approx((ic50_nm, hill), rel=1e-6)
    assert (fit.nonspecific, fit.specific) == pytest.approx((NONSPECIFIC, SPECIFIC), rel=1e-6)
    assert fit.pic50 == pytest.approx(9.0 - math.log10(ic50_nm))
    assert math.isnan(fit.misfit_p)


def test_percent_of_specific_binding_lie_between_100_and_0() -> None:
    tubes = tuple(BindingTube("sample", nm, 100.0 / (1.0 + nm / 25.0)) for nm in CONCENTRATIONS_NM)
    fit = fit_binding(BindingExperiment("e1", "A", tubes, measured="percent"))
    assert fit.ic50_nm == pytest.approx(25.0, rel=1e-6)
    assert (fit.nonspecific, fit.specific) == (0.0, 100.0)
    assert any("100 and 0 are taken as exact" in note for note in fit.notes)
    assert fit.ki is None
    assert any(note.startswith("no Ki") for note in fit.notes)


def arrays(of: BindingExperiment) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Concentrations (0 total, infinite non-specific) and counts."""
    nm = [math.inf if tube.kind == "nonspecific" else tube.concentration_nm for tube in of.tubes]
    return np.array(nm), np.array([tube.bound for tube in of.tubes])


def left(nm: NDArray[np.float64], ln_ic50: float, hill: float) -> NDArray[np.float64]:
    """Share that is left, written otherwise than in the package."""
    return np.asarray(1.0 / (1.0 + (nm / math.exp(ln_ic50)) ** hill))


@pytest.mark.parametrize("slope", ["free", "one"])
def test_estimates_and_profile_intervals_are_those_of_lmfit(slope: str) -> None:
    drawn = experiment(one_site(60.0, 0.9), seed=3, factor=4.0)
    nm, counts = arrays(drawn)
    model = lmfit.Parameters()
    for name, value in (("low", 300.0), ("height", 2700.0), ("ln_ic50", 4.0), ("hill", 1.0)):
        model.add(name, value=value, vary=name != "hill" or slope == "free")

    def residual(p: lmfit.Parameters) -> NDArray[np.float64]:
        return np.asarray(p["low"] + p["height"] * left(nm, p["ln_ic50"].value, p["hill"].value) - counts)

    mini = lmfit.Minimizer(residual, model)
    found = mini.minimize()
    ends = lmfit.conf_interval(mini, found, p_names=["ln_ic50", "hill"][: 2 if slope == "free" else 1], sigmas=[0.95])
    fit = fit_binding(drawn, slope=slope, scatter="constant")  # type: ignore[arg-type]
    assert math.log(fit.ic50_nm) == pytest.approx(found.params["ln_ic50"].value, abs=1e-5)
    low, high = ends["ln_ic50"][0][1], ends["ln_ic50"][2][1]
    assert (math.log(fit.ic50_low_nm), math.log(fit.ic50_high_nm)) == pytest.approx((low, high), abs=1e-4)
    if slope == "free":
        assert fit.hill == pytest.approx(found.params["hill"].value, abs=1e-5)
        assert (fit.hill_low, fit.hill_high) == pytest.approx((ends["hill"][0][1], ends["hill"][2][1]), abs=1e-4)
        assert math.sqrt(fit.covariance[0][0]) == pytest.approx(found.params["ln_ic50"].stderr, rel=1e-3)
    else:
        assert (fit.hill, fit.hill_text) == (1.0, "1 (held)")


def test_counts_are_weighted_as_a_poisson_likelihood_weighs_them() -> None:
    drawn = experiment(one_site(60.0, 1.2), seed=5)
    nm, counts = arrays(drawn)

    def minus_log_likelihood(theta: NDArray[np.float64]) -> float:
        mean = math.exp(theta[0]) + math.exp(theta[1]) * left(nm, theta[2], theta[3])
        return float((mean - counts * np.log(mean)).sum())

    start = [math.log(300.0), math.log(2700.0), 4.0, 1.0]
    best = optimize.minimize(
        minus_log_likelihood, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 9000}
    )
    fit = fit_binding(drawn)
    assert fit.scatter == "counting"
    assert (math.log(fit.ic50_nm), fit.hill) == pytest.approx(tuple(best.x[2:]), abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.0, 6.0])
def test_intervals_hold_the_truth_and_the_test_of_the_shape_errs_as_often_as_it_says(factor: float) -> None:
    """Beyond replicate scatter of counts (factor 1) and with pipetting that is six times as much variance."""
    fits = [fit_binding(experiment(one_site(40.0), seed=seed, factor=factor, replicates=2)) for seed in range(250)]
    held = np.mean([fit.ic50_low_nm <= 40.0 <= fit.ic50_high_nm for fit in fits])
    held_slope = np.mean([fit.hill_low <= 1.0 <= fit.hill_high for fit in fits])
    refused = np.mean([fit.misfit_p < 0.05 for fit in fits])
    assert 0.91 <= held <= 0.985  # 95 % and three standard errors of 250 runs
    assert 0.91 <= held_slope <= 0.985
    assert refused <= 0.095
    curve = [fit.percent_band([100.0]) for fit in fits]
    truth = 100.0 / (1.0 + 100.0 / 40.0)
    assert 0.91 <= np.mean([low[0] <= truth <= high[0] for low, high in curve]) <= 0.985


def test_total_and_nonspecific_are_data_and_few_of_them_widen_the_interval() -> None:
    """With the curve cut off above half, the limits come from the control tubes alone."""
    doses = (10.0, 20.0, 40.0, 60.0)
    widths = []
    for controls in (1, 12):
        fits = [
            fit_binding(experiment(one_site(50.0), seed=seed, controls=controls, doses=doses, factor=4.0), slope="one")
            for seed in range(20)
        ]
        widths.append(np.median([math.log(fit.ic50_high_nm / fit.ic50_low_nm) for fit in fits]))
    assert widths[0] > 1.3 * widths[1]


def test_an_ic50_beyond_the_concentrations_is_a_bound() -> None:
    high = fit_binding(experiment(one_site(1e6), seed=1, ligand_nm=1.0, kd_nm=1.0))
    assert (high.told, high.ic50_text) == ("above", "> 10000 nM")
    assert math.isnan(high.ic50_nm)
    assert high.ki is not None
    assert (high.ki.ki_text, high.ki.pki_text) == ("> 5000 nM", "< 5.30")
    assert math.isnan(high.ki.ki_nm)
    assert any("a bound, not a number" in note for note in high.notes)
    low = fit_binding(experiment(one_site(0.001), seed=1, ligand_nm=1.0, kd_nm=1.0))
    assert low.ic50_text.startswith("< 0.1 nM")
    assert low.ki is not None
    assert low.ki.ki_text.startswith("< 0.05 nM")
    assert math.isnan(low.as_rows()[0]["ic50_nm"])


def test_a_compound_that_displaces_nothing_has_a_lower_bound_and_no_slope() -> None:
    for seed in range(15):
        fit = fit_binding(experiment(lambda _: NONSPECIFIC + SPECIFIC, seed=seed))
        assert fit.told == "above", seed
        assert fit.hill_text == "none"


def test_binding_that_falls_between_two_concentrations_is_a_bracket() -> None:
    fit = fit_binding(experiment(one_site(20.0, 40.0), seed=2, ligand_nm=2.0, kd_nm=2.0))
    assert (fit.told, fit.ic50_text, fit.pic50_text) == ("bracket", "between 10 and 30 nM", "between 7.52 and 8.00")
    assert fit.ki is not None
    assert fit.ki.ki_text == "between 5 and 15 nM"


def half_and_no_less(nm: float) -> float:
    """Half of the binding is gone at every concentration."""
    return NONSPECIFIC + SPECIFIC * (1.0 if nm == 0 else 0.5)


def rising(nm: float) -> float:
    """Samples rise from non-specific binding far above total."""
    return 320.0 if nm == 0 else 300.0 + 1500.0 * nm / (nm + 20.0)


@pytest.mark.parametrize(("counts", "nonspecific"), [(half_and_no_less, NONSPECIFIC), (rising, 280.0)])
def test_what_no_falling_curve_describes_has_no_ic50(counts: Callable[[float], float], nonspecific: float) -> None:
    fit = fit_binding(experiment(counts, seed=1, nonspecific=nonspecific, ligand_nm=1.0, kd_nm=2.0))
    assert (fit.told, fit.ic50_text, fit.pic50_text) == ("not_told", "not told", "not told")
    assert math.isnan(fit.ic50_nm)
    assert fit.ki is not None
    assert math.isnan(fit.ki.ki_nm)
    assert math.isnan(fit.ki.low_nm)
    assert any("no one-site curve falls through the tubes" in note for note in fit.notes)


def test_a_slope_without_an_upper_end_is_a_bound() -> None:
    fit = fit_binding(experiment(one_site(20.0, 8.0), seed=1))
    assert fit.hill_high == math.inf
    assert "at least" in fit.hill_text
    assert any("too few concentrations lie on the slope" in note for note in fit.notes)


def test_a_floor_above_nonspecific_binding_does_not_pass_unsaid() -> None:
    fit = fit_binding(experiment(lambda nm: 3000.0 - 1900.0 * nm / (nm + 20.0), seed=1))
    assert any("a floor above non-specific binding" in note for note in fit.notes)


@pytest.mark.parametrize(
    ("percents", "told"),
    [((50.0, 0.0, 0.0, 0.0), "below"), ((100.0, 100.0, 100.0, 51.0), "above"), ((100.0, 100.0, 0.0, 0.0), "bracket"),
     ((0.0, 0.0, 0.0, 0.0), "below"), ((100.0, 100.0, 100.0, 100.0), "above")],
)  # fmt: skip
def test_percents_that_are_all_or_none_are_bounds_or_a_bracket(percents: tuple[float, ...], told: str) -> None:
    tubes = [BindingTube("sample", nm, one) for nm, one in zip((1.0, 10.0, 100.0, 1000.0), percents, strict=True)]
    fit = fit_binding(BindingExperiment("e1", "A", tuple(tubes), measured="percent"))
    assert fit.told == told
    assert math.isnan(fit.ic50_nm)


def test_an_end_beyond_the_concentrations_is_a_bound_within_an_interval() -> None:
    doses = (1.0, 3.0, 10.0, 30.0)
    fit = fit_binding(experiment(one_site(20.0), seed=9, doses=doses, factor=20.0, replicates=2))
    assert fit.told == "interpolated"
    assert fit.ic50_text.endswith("to > 30) nM")


def test_a_slope_that_is_not_1_is_said_also_where_it_was_held() -> None:
    shallow = experiment(one_site(30.0, 0.6), seed=4)
    for slope in ("free", "one"):
        notes = fit_binding(shallow, slope=slope).notes  # type: ignore[arg-type]
        (said,) = [note for note in notes if note.startswith("the slope is")]
        assert "several sites or states" in said
        assert ("held at 1" in said) == (slope == "one")
    steep = fit_binding(experiment(one_site(30.0, 1.7), seed=4)).notes
    assert any("depletion or cooperativity" in note for note in steep)
    assert not any(note.startswith("the slope is") for note in fit_binding(experiment(one_site(30.0), seed=4)).notes)


def test_two_sites_do_not_pass_for_one() -> None:
    def counts(nm: float) -> float:
        return NONSPECIFIC + SPECIFIC * (0.5 / (1.0 + nm / 1.0) + 0.5 / (1.0 + nm / 1000.0))

    fit = fit_binding(experiment(counts, seed=6))
    assert fit.misfit_p < 0.001
    assert any("another shape" in note for note in fit.notes)
    assert any("several sites" in note for note in fit.notes)


def test_by_the_law_of_mass_action_ki_is_right_without_depletion_and_said_to_be_wrong_with_it() -> None:
    """Counts from the exact equilibrium of radioligand, competitor and receptor; 1 nM added is 10,000 dpm."""

    def fitted(receptors_nm: float) -> tuple[float, tuple[str, ...]]:
        given = {"ligand_nm": 1.0, "kd_nm": 2.0}

        def counts(nm: float) -> float:
            bound = equilibrium_bound_nm(nm, receptors_nm=receptors_nm, ki_nm=15.0, **given)
            return 20.0 + 10_000.0 * bound

        fit = fit_binding(experiment(counts, nonspecific=20.0, added=10_000.0, kd_se_nm=0.1, **given))
        assert fit.ki is not None
        return fit.ki.ki_nm, fit.notes

    ki_nm, notes = fitted(0.001)
    assert ki_nm == pytest.approx(15.0, rel=2e-3)
    assert not any("deplet" in note for note in notes)
    ki_nm, notes = fitted(3.0)
    assert ki_nm > 1.3 * 15.0
    assert any("ligand depletion, and the IC50 is too high" in note for note in notes)


def test_depletion_of_the_competitor_is_seen_where_receptors_are_as_many_as_its_ic50() -> None:
    tight = experiment(one_site(0.5), seed=1, ligand_nm=1.0, kd_nm=2.0, added=40_000.0)
    assert any("the competitor is depleted, too" in note for note in fit_binding(tight).notes)
    loose = experiment(one_site(50.0), seed=1, ligand_nm=1.0, kd_nm=2.0, added=40_000.0)
    assert not any("competitor is depleted" in note for note in fit_binding(loose).notes)


def test_what_is_not_stated_is_said() -> None:
    notes = fit_binding(experiment(one_site(20.0), seed=1, ligand_nm=1.0, kd_nm=2.0)).notes
    assert any("ligand depletion not checked" in note for note in notes)
    assert any("Kd is taken as exact" in note for note in notes)
    mostly = replace(
        experiment(one_site(20.0)),
        tubes=tuple(replace(tube, bound=tube.bound + 4000.0) for tube in experiment(one_site(20.0), seed=1).tubes),
    )
    assert any("only 39 % of total binding is specific" in note for note in fit_binding(mostly).notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slope": "two"}, "slope must be free or one, got 'two'"),
        ({"scatter": "poisson"}, "scatter must be one of auto, constant, counting, relative, got 'poisson'"),
        ({"level": 95.0}, r"level must lie between 0\.5 and 1, got 95"),
    ],
)
def test_an_option_that_is_none_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit_binding(experiment(one_site(20.0)), **options)  # type: ignore[arg-type]


def test_too_little_and_nothing_specific_are_refused() -> None:
    with pytest.raises(ParameterError, match="2 concentrations in 8 tubes cannot tell 4 numbers"):
        fit_binding(experiment(one_site(20.0), doses=(10.0, 100.0), replicates=1))
    with pytest.raises(ParameterError, match="not above non-specific binding 5000: nothing specific is bound; are the"):
        fit_binding(experiment(one_site(20.0), nonspecific=5000.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kd_nm": 0.0}, "Kd must be positive, got 0"),
        ({"kd_nm": -2.0}, "Kd must be positive, got -2"),
        ({"kd_se_nm": 0.0}, "error of Kd must be positive"),
        ({"ligand_nm": -1.0}, "radioligand's concentration must not be negative, got -1"),
        ({"added": 0.0}, "added radioligand must be positive"),
        ({"tubes": (BindingTube("total", 0.0, 100.0),)}, "no tube holds the compound"),
        ({"tubes": (BindingTube("sample", 1.0, 100.0),)}, "no total and nonspecific tubes"),
        ({"tubes": (BindingTube("sample", 1.0, -5.0),)}, "counts must not be negative"),
        ({"measured": "percent", "added": 5e4}, "what was added is a count, and what is bound a percent"),
        ({"measured": "Bq"}, "measured must be one of dpm, cpm, percent"),
    ],
)
def test_an_experiment_that_cannot_be_is_refused_by_name(change: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=rf"experiment 'e1', 'compound A': .*{message}"):
        replace(experiment(one_site(20.0)), **change)  # type: ignore[arg-type]


def test_a_tube_that_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="concentration of a sample must be positive, got -8 nM; logarithms"):
        BindingTube("sample", -8.0, 100.0)
    with pytest.raises(ParameterError, match="bound must be a finite number"):
        BindingTube("total", 0.0, math.nan)
    with pytest.raises(ParameterError, match="kind of a tube must be one of total, nonspecific, sample"):
        BindingTube("blank", 0.0, 1.0)  # type: ignore[arg-type]


def test_rows_text_and_methods_tell_the_same() -> None:
    stated = {"receptor": "5-HT1A", "radioligand": "[3H]8-OH-DPAT", "ligand_nm": 1.0, "kd_nm": 2.0, "kd_se_nm": 0.2}
    fit = fit_binding(experiment(one_site(30.0), seed=1, added=50_000.0, **stated))
    (row,) = fit.rows
    assert len(row) == len(fit.columns)
    assert fit.ki is not None
    (numbers,) = fit.as_rows()
    assert numbers["ki_nm"] == pytest.approx(numbers["ic50_nm"] / 1.5)
    assert str(fit).startswith(f"compound A, experiment e1: IC50 {fit.ic50_nm:.3g} (95 % CI ")
    assert fit.title == "Competition binding of compound A against [3H]8-OH-DPAT, experiment e1"
    assert "variance in proportion to the fitted mean" in fit.methods
    assert "Cheng & Prusoff 1973" in fit.methods
    assert (
        f"compound A was tested at 9 concentrations (0.1 to 10000 nM) in an experiment of {len(fit.experiment.tubes)} "
        "tubes, against [3H]8-OH-DPAT at 1 nM (Kd 2 nM, standard error 0.2 nM), at 5-HT1A"
    ) in fit.methods
    source = replace(fit.experiment, species="rat", tissue="hippocampus", receptor="", radioligand="")
    assert "against the radioligand at 1 nM (Kd 2 nM, standard error 0.2 nM), in rat hippocampus." in (
        replace(fit, experiment=source).methods
    )
    assert "slope held at 1" in fit_binding(fit.experiment, slope="one").methods


def test_tubes_that_lie_on_the_curve_exactly_are_told_to_tell_no_scatter() -> None:
    def noted(*percents: float) -> bool:
        tubes = tuple(BindingTube("sample", nm, bound) for nm, bound in zip((1.0, 10.0, 100.0), percents, strict=True))
        fit = fit_binding(BindingExperiment("e1", "A", tubes, "percent"))
        return any("no interval has a width" in note for note in fit.notes)

    assert noted(90.0, 50.0, 10.0)
    assert not noted(91.0, 50.0, 10.0)


@pytest.mark.parametrize("slope", ["free", "one"])
def test_a_compound_that_displaces_half_has_no_ki_without_the_word_apparent(slope: Any) -> None:
    tubes = [BindingTube("total", 0.0, 3000.0 + x) for x in (-60, 0, 60)]
    tubes += [BindingTube("nonspecific", math.nan, 300.0 + x) for x in (-9, 0, 9)]
    for nm in (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0):
        mean = 300.0 + 2700.0 * (1.0 - 0.5 * nm / (nm + 20.0))
        tubes += [BindingTube("sample", nm, mean * x) for x in (0.98, 1.02)]
    fit = fit_binding(BindingExperiment("e1", "A", tuple(tubes), ligand_nm=1.0, kd_nm=2.0), slope=slope)
    assert fit.is_apparent
    assert "; apparent Ki " in str(fit)
    assert fit.as_rows()[0]["ki_is_apparent"]
    assert fit.rows[0][6].startswith("apparent ")
    assert summarise_binding([fit]).rows[0][4].startswith("apparent ")
    assert "A: apparent Ki" in str(summarise_binding([fit]))
