import math

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Support, Unit
from ephys.pharmacology import (
    DoseResponse,
    DoseResponseFit,
    FitSettings,
    dose_response,
    fit_dose_response,
    hill_remaining,
)

BASELINE_S, STEP_S = 180.0, 90.0


def series(
    shares: list[float],
    *,
    doses: list[float] | None = None,
    rate_hz: float = 2.0,
    fate: Fate | None = None,
    scale: float = 1.0,
    settings: FitSettings | None = None,
    baseline_s: float = BASELINE_S,
    drug: str = "ipsapirone",
) -> DoseResponseFit:
    """Fit of a clock-like cell whose rate is `shares` of its baseline after each dose."""
    totals = doses or [12.5 * 2**i for i in range(len(shares))]
    starts = [baseline_s + STEP_S * i for i in range(len(shares))]
    stop_s = starts[-1] + STEP_S
    given = tuple(
        Administration(drug, t, dose=scale * d, dose_unit="ug/kg", dose_kind="cumulative", route="i.v.", form="base")
        for t, d in zip(starts, totals, strict=True)
    )
    trains = [np.arange(0.25, baseline_s, 1 / rate_hz)]
    trains += [
        np.arange(t + 0.5 / (rate_hz * s), t + STEP_S, 1 / (rate_hz * s))
        for t, s in zip(starts, shares, strict=True)
        if s > 0
    ]
    whole = Epoch(0.0, stop_s)
    unit = Unit.from_times(np.concatenate(trains), support=whole)
    held = fate or Fate("held", stop_s, "spikes to the end")
    response = dose_response(unit, DoseProtocol(given, Support.of(whole)), fate=held, beside=False)
    return fit_dose_response(response, settings)


def hill(id50: float, slope: float, doses: list[float]) -> list[float]:
    return list(hill_remaining(doses, ln_id50=math.log(id50), ln_hill=math.log(slope)))


DOSES = [12.5, 25.0, 50.0, 100.0, 200.0, 400.0]


@pytest.mark.parametrize("id50", [20.0, 50.0, 130.0])
@pytest.mark.parametrize("slope", [1.0, 1.8])
def test_a_known_curve_is_found(id50: float, slope: float) -> None:
    fit = series(hill(id50, slope, DOSES))
    assert fit.status == "interpolated"
    assert fit.id50 == pytest.approx(id50, rel=0.1)
    assert fit.id50_low < id50 < fit.id50_high
    assert fit.id50_interpolated == pytest.approx(id50, rel=0.1)
    assert fit.id50_least_squares == pytest.approx(id50, rel=0.1)
    assert fit.baseline_hz == pytest.approx(2.0, rel=0.05)


def test_scaling_the_dose_unit_scales_the_id50() -> None:
    shares = hill(50.0, 1.5, DOSES)
    plain, scaled = series(shares), series(shares, scale=1000.0)
    assert scaled.id50 == pytest.approx(1000.0 * plain.id50, rel=1e-4)
    assert scaled.id50_high == pytest.approx(1000.0 * plain.id50_high, rel=1e-4)


def test_an_id50_above_the_top_dose_is_a_bound() -> None:
    fit = series(hill(550.0, 1.8, DOSES))
    assert fit.status == "above_top_dose"
    assert fit.id50_text.startswith("> 400 µg/kg")
    assert math.isnan(fit.id50)
    assert fit.id50_low > 200.0


def test_an_end_of_the_interval_outside_the_doses_is_a_bound() -> None:
    fit = series(hill(330.0, 1.2, DOSES), rate_hz=0.5)
    assert fit.status == "interpolated"
    assert fit.id50_high > 400.0
    assert fit.id50_text.endswith("to > 400) µg/kg")


def test_an_id50_below_the_lowest_dose_is_a_bound() -> None:
    fit = series([0.2, 0.08, 0.02, 0.0, 0.0, 0.0])
    assert fit.status == "below_lowest_dose"
    assert fit.id50_text == "< 12.5 µg/kg"


def test_a_cell_that_the_drug_does_not_touch_has_no_id50() -> None:
    fit = series([1.0] * 6)
    assert fit.status == "no_effect"
    assert fit.id50_text == "no detectable inhibition up to 400 µg/kg"


def test_an_all_or_none_curve_is_a_bracket() -> None:
    fit = series([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    assert fit.status == "all_or_none"
    assert (fit.id50_low, fit.id50_high) == (50.0, 100.0)


def test_a_curve_that_comes_back_is_bracketed_widely_and_said() -> None:
    fit = series([1.0, 0.0, 1.0, 0.0])
    assert (fit.id50_low, fit.id50_high) == (12.5, 100.0)
    assert any("rises again at 50" in flag for flag in fit.flags)


def test_a_lost_cell_is_fitted_on_the_windows_before_its_loss_alone() -> None:
    silent_after_loss = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    naive = series(silent_after_loss)
    assert naive.status == "all_or_none"
    lost = series(silent_after_loss, fate=Fate("lost", BASELINE_S + 2 * STEP_S, "amplitude ran down", 370.0))
    assert lost.status == "no_effect"
    assert max(lost.doses) == 25.0
    assert any("cell lost" in flag for flag in lost.flags)


def test_an_undetermined_cell_carries_both_id50s() -> None:
    shares = [1.0, 0.8, 0.55, 0.0, 0.0, 0.0]
    fit = series(shares, fate=Fate("undetermined", BASELINE_S + 3 * STEP_S, "silent to the end"))
    assert fit.status == "interpolated"
    assert fit.id50_censored_text.startswith("> 50 µg/kg (at least ")
    assert any("undetermined" in flag for flag in fit.flags)


def test_more_spikes_make_a_narrower_interval() -> None:
    shares = hill(50.0, 1.5, DOSES)
    slow, fast = series(shares, rate_hz=0.5), series(shares, rate_hz=4.0)
    assert fast.id50_high / fast.id50_low < slow.id50_high / slow.id50_low


def test_a_shorter_baseline_makes_a_wider_interval() -> None:
    """The baseline's own noise is part of the interval; least squares on percent takes it for exact."""
    shares = hill(50.0, 1.5, DOSES)
    settings = FitSettings(dispersion=0.0)
    short, long = (series(shares, rate_hz=0.5, baseline_s=b, settings=settings) for b in (60.0, 180.0))
    assert short.id50_high / short.id50_low > 1.05 * long.id50_high / long.id50_low


def test_a_more_irregular_cell_has_a_wider_interval() -> None:
    rng = np.random.default_rng(1)
    shares = np.array([1.0, *hill(70.0, 1.8, DOSES)])
    settings = FitSettings(dispersion=0.0)
    fits = [fit_dose_response(wandering(shares, rate_hz=1.5, cv=cv, rng=rng), settings) for cv in (0.3, 1.2)]
    regular, irregular = (math.log(fit.id50_high / fit.id50_low) for fit in fits)
    assert irregular > 1.5 * regular


def test_a_smaller_emax_keeps_the_absolute_id50_apart_from_the_relative_one() -> None:
    shares = [1 - 0.8 * (1 - s) for s in hill(50.0, 1.5, DOSES)]
    fit = series(shares, settings=FitSettings(emax_percent=80.0))
    absolute = 50.0 * (0.5 / 0.3) ** (1 / 1.5)  # 0.8 x**1.5 / (1 + x**1.5) = 0.5
    assert fit.id50 == pytest.approx(absolute, rel=0.1)
    assert float(fit.percent(fit.id50)) == pytest.approx(fit.baseline_percent / 2, abs=1e-6)


def test_excitation_is_said() -> None:
    fit = series([1.5, 1.0, 0.5, 0.2, 0.05, 0.0])
    assert any("excitation at 12.5" in flag for flag in fit.flags)


def test_the_sentence_carries_dose_range_route_and_assumption() -> None:
    text = str(series(hill(50.0, 1.5, DOSES)))
    for part in ("ID50", "95 % CI", "Emax fixed 100 %", "6 doses 12.5 to 400 µg/kg", "ipsapirone i.v."):
        assert part in text


def test_the_largest_inhibition_comes_from_the_compound_and_says_where_it_is_assumed() -> None:
    shares = hill(50.0, 1.5, DOSES)
    cited = series(shares)
    assert "10.1007/PL00005055" in cited.emax_source
    assert "assumed" not in str(cited)
    assumed = series(shares, drug="lesopitron")
    assert (assumed.emax_percent, assumed.emax_source) == (100.0, "assumed")
    assert "Emax fixed 100 % (assumed)" in str(assumed)
    by_hand = series(shares, settings=FitSettings(emax_percent=90.0))
    assert (by_hand.emax_percent, by_hand.emax_source) == (90.0, "set by hand")


def test_an_emax_that_never_halves_the_rate_is_refused() -> None:
    with pytest.raises(ParameterError, match="no absolute ID50"):
        FitSettings(emax_percent=40.0)


@pytest.mark.slow
@pytest.mark.parametrize("cv", [0.3, 1.0], ids=["regular", "as irregular as Poisson"])
def test_the_interval_covers_the_truth_in_cells_that_wander(cv: float) -> None:
    rng = np.random.default_rng(0)
    covered, cells = 0, 50
    for _ in range(cells):
        id50 = 70.0 * math.exp(0.3 * rng.standard_normal())
        shares = np.array([1.0, *hill(id50, 1.8, DOSES)]) * np.exp(0.1 * rng.standard_normal(7))
        fit = fit_dose_response(wandering(shares, rate_hz=1.5, cv=cv, rng=rng))
        covered += fit.id50_low <= id50 <= fit.id50_high
    assert covered >= 0.9 * cells


def wandering(shares: np.ndarray, *, rate_hz: float, cv: float, rng: np.random.Generator) -> DoseResponse:
    """Response of a gamma-renewal cell whose rate is `shares` of `rate_hz` in the baseline and after each dose."""
    edges = np.array([0.0, *(BASELINE_S + STEP_S * i for i in range(len(shares)))])
    spikes_by = np.concatenate([[0.0], np.cumsum(rate_hz * shares * np.diff(edges))])
    shape = 1 / cv**2
    operational = np.cumsum(rng.gamma(shape, 1 / shape, int(spikes_by[-1] * 2) + 100)) - rng.random()
    kept = operational[(operational > 0) & (operational < spikes_by[-1])]
    whole = Epoch(0.0, float(edges[-1]))
    given = tuple(
        Administration("ipsapirone", t, dose=d, dose_unit="ug/kg", dose_kind="cumulative", form="base")
        for t, d in zip(edges[1:-1], DOSES, strict=True)
    )
    unit = Unit.from_times(np.interp(kept, spikes_by, edges), support=whole)
    held = Fate("held", whole.stop_s, "simulated")
    return dose_response(unit, DoseProtocol(given, Support.of(whole)), fate=held, beside=False)


@pytest.mark.parametrize("shares", [[0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0], [3.0] * 4])
def test_no_series_of_counts_breaks_the_fit(shares: list[float]) -> None:
    fit = series(shares)
    assert fit.id50_text
    assert fit.flags


def test_a_plateau_that_the_curve_cannot_follow_is_said() -> None:
    poor = series([0.9, 0.6, 0.42, 0.4, 0.4, 0.4], settings=FitSettings(free_emax="never"))
    assert any("does not describe the counts" in flag for flag in poor.flags)
    good = series(hill(50.0, 1.5, DOSES))
    assert good.misfit_p > 0.5
    assert not good.flags


def test_a_bound_does_not_claim_more_than_its_interval() -> None:
    fit = series(hill(430.0, 1.8, DOSES))
    assert fit.status == "above_top_dose"
    assert fit.id50_low < 400.0
    assert f"at least {fit.id50_low:.0f}" in fit.id50_text
