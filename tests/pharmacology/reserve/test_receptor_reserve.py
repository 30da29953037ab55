"""KA, q and tau: simulated truth, lmfit's fit and profile, and what one curve cannot tell."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import lmfit
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

from ephys.errors import ParameterError
from ephys.pharmacology import ReceptorReserve, fit_receptor_reserve
from ephys.pharmacology.reserve.models import operational_ka_over_ed50

FloatArray = NDArray[np.float64]

DOSES = np.geomspace(2.0, 6000.0, 9)
LABELS = ["control"] * 9 + ["EEDQ"] * 9


def effect(dose: FloatArray, *, ka: float, tau: float, n: float) -> FloatArray:
    """The operational model, with an Em of 100."""
    return np.asarray(100.0 * (tau * dose) ** n / ((ka + dose) ** n + (tau * dose) ** n))


def pair(*, n: float = 1.5, q: float = 0.15, sd: float = 1.0, seed: int = 2, tau: float = 8.0) -> dict[str, Any]:
    """A control curve and one with a share of the receptors: KA 400."""
    response = np.concatenate([effect(DOSES, ka=400.0, tau=tau * left, n=n) for left in (1.0, q)])
    response += np.random.default_rng(seed).normal(0.0, sd, 18) if sd else 0.0
    return {
        "dose": np.tile(DOSES, 2), "response": response, "curve": LABELS, "control": "control", "dose_unit": "nM",
    }  # fmt: skip


@pytest.fixture(scope="module")
def found() -> ReceptorReserve:
    return fit_receptor_reserve(**pair())


def test_without_scatter_both_methods_give_back_ka_q_and_tau() -> None:
    """With n = 1 the control curve is a hyperbola, so that Furchgott's control curve holds exactly, too."""
    exact = fit_receptor_reserve(**pair(n=1.0, sd=1e-3))
    for one in (exact.operational, exact.furchgott):
        assert one.ka.estimate == pytest.approx(400.0, rel=1e-3)
        assert one.shares[0].q.estimate == pytest.approx(0.15, rel=1e-3)
        assert one.ka_over_ed50.estimate == pytest.approx(9.0, rel=1e-3), "ED50 = KA / (tau + 1)"
        assert one.occupancy_percent.estimate == pytest.approx(10.0, rel=1e-3)
    assert exact.operational.tau.estimate == pytest.approx(8.0, rel=1e-3)
    assert exact.operational.shares[0].tau.estimate == pytest.approx(1.2, rel=1e-3)
    _, ka, q = exact.by_hand[0]
    assert (ka, q) == pytest.approx((400.0, 0.15), rel=1e-3)
    for one in exact.equieffective:
        both = [
            effect(np.array([dose]), ka=400.0, tau=tau, n=1.0)
            for dose, tau in ((one.control_dose, 8.0), (one.dose, 1.2))
        ]
        assert both[0] == pytest.approx(both[1], rel=1e-3)


def test_estimates_and_profile_are_those_of_lmfit(found: ReceptorReserve) -> None:
    table = pair()
    left = np.array([label == "EEDQ" for label in LABELS])

    def residual(p: lmfit.Parameters) -> FloatArray:
        ln_tau = p["ln_tau"] + np.where(left, p["ln_q"], 0.0)
        away = ln_tau + np.log(table["dose"]) - np.log(np.exp(p["ln_ka"]) + table["dose"])
        return np.asarray(p["em"] / (1.0 + np.exp(-np.exp(p["ln_n"]) * away)) - table["response"])

    start = lmfit.create_params(em=100.0, ln_ka=math.log(300.0), ln_n=0.3, ln_tau=2.0, ln_q=-2.0)
    mini = lmfit.Minimizer(residual, start)
    result = mini.minimize(method="leastsq")
    ci = lmfit.conf_interval(mini, result, p_names=["ln_ka", "ln_q", "ln_tau"], sigmas=[0.95])
    ours = {"ln_ka": found.operational.ka, "ln_q": found.operational.shares[0].q, "ln_tau": found.operational.tau}
    for name, one in ours.items():
        assert math.log(one.estimate) == pytest.approx(result.params[name].value, rel=1e-5), name
        assert one.se / one.estimate == pytest.approx(result.params[name].stderr, rel=1e-3), name
        ends = [ci[name][0][1], ci[name][2][1]]
        assert np.log([one.low, one.high]) == pytest.approx(ends, abs=2e-4), name


def test_the_interval_of_what_follows_from_others_is_a_profile_too(found: ReceptorReserve) -> None:
    """At either end of KA / ED50 the best fit with it held is as much worse as F allows: held by brute force."""
    fit, one = found.operational.fit, found.operational.ka_over_ed50
    quantity = operational_ka_over_ed50()
    wall = 1e4
    for end in (one.low, one.high):

        def penalised(theta: FloatArray, end: float = end) -> FloatArray:
            miss = quantity.of(fit.formula.values(theta)) - math.log(end)
            return np.append(fit.formula.residuals(theta, fit.points), wall * miss)

        rss = 2.0 * optimize.least_squares(penalised, fit.found.estimate, x_scale="jac", xtol=1e-14, ftol=1e-14).cost
        f = (rss - fit.found.rss) / (fit.found.rss / fit.found.df)
        assert f == pytest.approx(stats.f.ppf(0.95, 1, fit.found.df), rel=1e-3)


@pytest.mark.reference
def test_the_truth_of_the_reference_lies_in_the_intervals(shared_reference: Path) -> None:
    table = pd.read_csv(shared_reference / "data" / "sim_operational_furchgott.csv")
    truth = json.loads((shared_reference / "sim_truth.json").read_text())["sim_operational_furchgott"]["params"]
    one = fit_receptor_reserve(
        table["dose"], table["inhibition_pct"], table["group"], control="control", dose_unit="ug/kg"
    )
    for method in (one.operational, one.furchgott):
        assert method.ka.low < math.exp(truth["lKA"]) < method.ka.high
        assert method.shares[0].q.low < truth["q"] < method.shares[0].q.high
    assert one.operational.tau.low < truth["tau_control"] < one.operational.tau.high
    assert one.n.low < truth["n"] < one.n.high
    assert one.em.low < truth["Em"] < one.em.high


def test_the_sample_table_gives_back_what_is_true_in_it(sample_data: Path) -> None:
    with (sample_data / "protocols" / "receptor_reserve.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    one = fit_receptor_reserve(
        [float(row["dose_ug_kg"]) for row in table], [float(row["inhibition_percent"]) for row in table],
        [row["curve"] for row in table], control="control", dose_unit="ug/kg", animal=[row["animal"] for row in table],
    )  # fmt: skip
    assert one.operational.fit.method == "jackknife"
    assert one.operational.fit.df == 10
    for method in (one.operational, one.furchgott):
        assert method.ka.low < 400.0 < method.ka.high
        assert method.shares[0].q.low < 0.2 < method.shares[0].q.high
    assert one.operational.tau.low < 10.0 < one.operational.tau.high
    assert "apparent KA" in str(one)
    assert any("no affinity" in note for note in one.notes)


def test_percent_of_baseline_gives_what_inhibition_gives(found: ReceptorReserve) -> None:
    table = pair()
    falling = fit_receptor_reserve(**{**table, "response": 100.0 - table["response"]}, base=100.0)
    assert falling.operational.ka.estimate == pytest.approx(found.operational.ka.estimate, rel=1e-5)
    assert falling.furchgott.ka.low == pytest.approx(found.furchgott.ka.low, rel=1e-5)
    assert falling.em.estimate == pytest.approx(-found.em.estimate, rel=1e-5)
    assert falling.predict(DOSES, "EEDQ") == pytest.approx(100.0 - found.predict(DOSES, "EEDQ"), rel=1e-5)


def test_several_inactivated_curves_share_ka() -> None:
    response = np.concatenate([effect(DOSES, ka=400.0, tau=8.0 * left, n=1.5) for left in (1.0, 0.3, 0.1)])
    response += np.random.default_rng(4).normal(0.0, 1.0, 27)
    one = fit_receptor_reserve(
        np.tile(DOSES, 3), response, ["control"] * 9 + ["low"] * 9 + ["high"] * 9, control="control", dose_unit="nM"
    )
    for method in (one.operational, one.furchgott):
        assert [share.curve for share in method.shares] == ["low", "high"]
        for share, left in zip(method.shares, (0.3, 0.1), strict=True):
            assert share.q.low < left < share.q.high
    assert len(one.as_rows()) == 4


def test_one_curve_is_refused_since_it_cannot_tell_ka_from_tau() -> None:
    with pytest.raises(ParameterError, match="cannot be told apart"):
        fit_receptor_reserve(
            DOSES, effect(DOSES, ka=400.0, tau=8.0, n=1.5), LABELS[:9], control="control", dose_unit="nM"
        )


def test_a_curve_without_a_loss_of_receptors_tells_no_ka() -> None:
    one = fit_receptor_reserve(**pair(q=1.0, sd=2.0))
    assert one.furchgott.ka.high == math.inf
    assert any("q includes 1" in note for note in one.notes)
    cells = {row[0]: row for row in one.rows}
    table = pair(q=1.0, sd=2.0)
    columns = {key: np.tile(table[key], 3) for key in ("dose", "response")}
    columns["response"] = np.tile(pair(q=1.0, sd=0.0)["response"], 3) + np.random.default_rng(9).normal(0.0, 2.0, 54)
    animal = np.repeat(["a", "b", "c"], 18).tolist()
    over_animals = fit_receptor_reserve(**{**table, **columns, "curve": LABELS * 3}, animal=animal)
    assert over_animals.furchgott.ka.high == math.inf, "a search that ran away has no small error over animals"
    assert "(" not in cells["KA (nM)"][2], "a bound, or nothing, and no number"


def test_a_partial_agonist_is_noted() -> None:
    one = fit_receptor_reserve(**pair(tau=1.5, q=0.4, sd=0.5), em=100.0)
    assert one.em_held
    assert one.operational.ka.low < 400.0 < one.operational.ka.high
    free = fit_receptor_reserve(**pair(tau=1.5, q=0.4, sd=0.5))
    assert any("partial agonist" in note for note in free.notes)
    assert math.log(free.operational.ka.high / free.operational.ka.low) > math.log(
        one.operational.ka.high / one.operational.ka.low
    )


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ParameterError, match="control is 'saline'"):
        fit_receptor_reserve(**{**pair(), "control": "saline"})
    with pytest.raises(ParameterError, match="em is the largest possible effect"):
        fit_receptor_reserve(**pair(), em=-100.0)


def test_table_and_methods_tell_what_was_done(found: ReceptorReserve) -> None:
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert "not by regression on interpolated doses" in found.methods
    assert "Em estimated" in found.methods
    assert "apparent" not in str(found)


def test_percent_of_baseline_without_its_base_is_refused() -> None:
    table = pair()
    with pytest.raises(ParameterError, match="does not grow with the dose: from base 0"):
        fit_receptor_reserve(**{**table, "response": 100.0 - table["response"]})


def test_an_em_that_was_exceeded_is_refused() -> None:
    with pytest.raises(ParameterError, match="largest possible effect, got 50"):
        fit_receptor_reserve(**pair(), em=50.0)


@pytest.mark.parametrize("unit", ["banana", "", None])
def test_a_unit_that_is_none_is_refused(unit: Any) -> None:
    with pytest.raises(ParameterError, match="unit"):
        fit_receptor_reserve(**{**pair(), "dose_unit": unit})


def test_a_curve_without_any_effect_is_not_said_to_have_all_receptors() -> None:
    one = fit_receptor_reserve(**pair(q=1e-4))
    cells = {row[0]: row[1:] for row in one.rows}
    assert cells["KA (nM)"][1] == "not told by these points"
    assert "(" not in cells["KA (nM)"][0], "a bound at most"
    assert not any("as many receptors" in note for note in one.notes)
    assert any("q of EEDQ is not told" in note for note in one.notes)


def test_curves_that_are_exchanged_are_noticed() -> None:
    one = fit_receptor_reserve(**{**pair(), "control": "EEDQ"})
    assert one.operational.shares[0].q.low > 1.0
    assert any("may be exchanged" in note for note in one.notes)


def test_ka_without_a_loss_is_said_to_rest_on_the_shape() -> None:
    one = fit_receptor_reserve(**pair(q=1.0, sd=2.0), em=100.0)
    assert any("operational model: without a loss that is shown, KA rests on the shape" in note for note in one.notes)


def test_rows_hold_em_and_the_slope_of_the_transducer(found: ReceptorReserve) -> None:
    first, second = found.as_rows()
    assert (first["em"], first["n_low"]) == (found.em.estimate, found.n.low)
    assert math.isnan(second["em"])
