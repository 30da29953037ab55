"""What may move an ID50, and that the fit says so, with the number that it would be."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Subject, Support, Unit
from ephys.pharmacology import (
    DoseResponse,
    DoseResponseFit,
    FitSettings,
    FitWarning,
    ReadoutSettings,
    ResponseWindow,
    dose_response,
    fit_dose_response,
    hill_remaining,
)

BASELINE_S, STEP_S = 180.0, 90.0
DOSES = (12.5, 25.0, 50.0, 100.0, 200.0, 400.0)


def hill(id50: float, slope: float, doses: Sequence[float] = DOSES) -> list[float]:
    """Share of the rate that is left at each dose."""
    return list(hill_remaining(doses, ln_id50=math.log(id50), ln_hill=math.log(slope)))


def respond(
    shares: Sequence[float],
    *,
    doses: Sequence[float] = DOSES,
    rate_hz: float = 2.0,
    step_s: float = STEP_S,
    drug: str = "ipsapirone",
    fate: Fate | None = None,
    vehicle: float | None = None,
    recovery: float | None = None,
    slope: float = 0.0,
    false_hz: float = math.nan,
) -> DoseResponse:
    """A clock-like cell at `shares` of its rate after each dose.

    `vehicle` and `recovery` are its shares after vehicle and antagonist; `slope` is a change of ln rate per minute, all
    the time; `false_hz` is what the sorter says of spikes that are not the cell's.
    """
    steps: list[tuple[str, str, float, float]] = [("vehicle", "saline", 0.0, vehicle)] if vehicle is not None else []
    steps += [("agonist", drug, dose, share) for dose, share in zip(doses, shares, strict=False)]
    steps += [("antagonist", "way-100635", 0.0, recovery)] if recovery is not None else []
    edges = [0.0, *(BASELINE_S + step_s * number for number in range(len(steps) + 1))]
    grid = np.arange(0.0, edges[-1], 0.05)
    share = np.array([1.0, *(step[3] for step in steps)])[np.searchsorted(edges, grid, side="right") - 1]
    passed = np.concatenate([[0.0], np.cumsum(rate_hz * share * np.exp(slope * grid / 60.0) * 0.05)])
    ticks = np.arange(0.5, passed[-1])
    times = np.interp(ticks, passed, np.append(grid, edges[-1]))
    given = tuple(
        Administration(
            name, start, dose=dose, dose_unit="ug/kg", dose_kind="cumulative", route="i.v.", form="base", role=role
        )
        if role == "agonist"
        else Administration(name, start, role=role)
        for (role, name, dose, _), start in zip(steps, edges[1:], strict=False)
    )  # fmt: skip
    unit = Unit.from_times(times, support=Epoch(0.0, edges[-1]))
    protocol = DoseProtocol(given, Support.of(Epoch(0.0, edges[-1])))
    held = fate or Fate("held", edges[-1], "spikes to the end")
    return dose_response(unit, protocol, drug=drug, fate=held, false_hz=false_hz)


def warning(fit: DoseResponseFit, name: str) -> FitWarning | None:
    return next((one for one in fit.warnings if one.name == name), None)


def number(text: str) -> float:
    """Last dose in a text."""
    return float(text.split(" µg/kg")[-2].split()[-1])


def test_a_steady_cell_with_controls_has_no_warning() -> None:
    fit = fit_dose_response(respond(hill(50.0, 1.8), vehicle=1.0, recovery=0.95))
    assert fit.status == "interpolated"
    assert fit.warnings == ()
    assert str(fit).count("\n") == 0


def test_without_vehicle_or_recovery_nothing_shows_that_the_rate_was_steady() -> None:
    fit = fit_dose_response(respond(hill(50.0, 1.8)))
    said = warning(fit, "stationarity in doubt")
    assert said is not None
    assert "no vehicle or recovery window" in said.cause
    assert said.text in str(fit)


def test_the_hidden_run_down_that_is_warned_of_is_what_would_have_happened() -> None:
    """A cell that loses 5 % of its rate with every dose: the warning's number is the ID50 that it had."""
    slope = math.log(0.95) / (STEP_S / 60.0)
    said = warning(fit_dose_response(respond(hill(60.0, 1.8), slope=slope)), "stationarity in doubt")
    assert said is not None
    assert number(said.effect) == pytest.approx(60.0, rel=0.04)
    assert fit_dose_response(respond(hill(60.0, 1.8), slope=slope)).id50 < 57.0


@pytest.mark.parametrize(
    ("vehicle", "recovery", "cause"), [(0.7, 1.0, "vehicle at 7"), (1.0, 0.5, "after way-100635 at 5")]
)
def test_a_control_that_strays_from_the_baseline_puts_stationarity_in_doubt(
    vehicle: float, recovery: float, cause: str
) -> None:
    said = warning(
        fit_dose_response(respond(hill(50.0, 1.8), vehicle=vehicle, recovery=recovery)), "stationarity in doubt"
    )
    assert said is not None
    assert cause in said.cause


@pytest.mark.parametrize(("anaesthetic", "doubted"), [("urethane 1.2 g/kg i.p.", True), ("chloral hydrate", False)])
def test_under_urethane_controls_at_the_baseline_do_not_show_that_the_rate_was_steady(
    anaesthetic: str, doubted: bool
) -> None:
    """Vehicle and recovery, one cycle of states apart, see the same state, and the doses between them others."""
    response = respond(hill(50.0, 1.8), vehicle=1.0, recovery=0.95)
    asleep = replace(response, subject=Subject(anaesthetic=anaesthetic))
    said = warning(fit_dose_response(asleep), "stationarity in doubt")
    assert (said is not None) == doubted
    if said is not None:
        assert said.cause.startswith("the states of urethane")


def test_an_unstable_baseline_says_what_its_slope_would_do() -> None:
    response = respond(hill(60.0, 1.8), slope=-0.08)
    assert response.stability is not None
    assert response.stability.verdict == "unstable"
    fit = fit_dose_response(response)
    said = warning(fit, "unstable baseline")
    assert said is not None
    assert fit.id50 < 52.0
    assert number(said.effect) == pytest.approx(60.0, rel=0.1)


def test_few_doses_say_how_far_the_prior_of_the_slope_carries() -> None:
    fit = fit_dose_response(respond([0.8, 0.3], doses=(25.0, 100.0), vehicle=1.0, recovery=1.0))
    said = warning(fit, "too few doses")
    assert said is not None
    assert said.cause == "2 doses"
    assert warning(fit_dose_response(respond(hill(50.0, 1.8), vehicle=1.0)), "too few doses") is None


def test_a_bound_is_called_an_extrapolation() -> None:
    above = fit_dose_response(respond(hill(600.0, 1.8), vehicle=1.0))
    assert above.status == "above_top_dose"
    said = warning(above, "extrapolation")
    assert said is not None
    assert "above the highest dose" in said.cause
    wide = fit_dose_response(respond(hill(300.0, 1.2), vehicle=1.0, rate_hz=0.5))
    assert wide.id50_high > 400.0
    said = warning(wide, "extrapolation")
    assert said is not None
    assert said.cause == "upper end above 400"


def test_a_series_that_outlasts_half_a_half_life_is_also_fitted_on_what_is_left() -> None:
    """Ipsapirone, 100 min: with 15 min a step the cumulative dose counts what has long gone."""
    fit = fit_dose_response(respond(hill(60.0, 1.8), step_s=900.0, vehicle=1.0))
    said = warning(fit, "elimination during the series")
    assert said is not None
    assert "100 min, rat p.o." in said.cause
    assert fit.id50_decayed < 0.9 * fit.id50
    assert fit.decayed is not None
    assert fit.decayed.value_text in said.effect
    # Six doses 15 min apart, each read 0.5 min before the next, at a half-life of 100 min.
    minutes = np.array([14.5 + 15.0 * step for step in range(6)])
    steps = np.diff([0.0, *DOSES])
    left = [sum(steps[: n + 1] * 0.5 ** ((minutes[n] - 15.0 * np.arange(n + 1)) / 100.0)) for n in range(6)]
    assert fit.decayed.doses == pytest.approx(left, rel=1e-6)
    short = fit_dose_response(respond(hill(60.0, 1.8), vehicle=1.0))
    assert math.isnan(short.id50_decayed)
    nobody_knows = fit_dose_response(respond(hill(60.0, 1.8), step_s=900.0, drug="lesopitron"))
    unknown = warning(nobody_knows, "elimination during the series")
    assert unknown is not None
    assert "no half-life of lesopitron" in unknown.cause
    assert nobody_knows.decayed is None


def test_hidden_spikes_are_corrected_and_the_uncorrected_id50_is_said() -> None:
    response = respond(hill(50.0, 1.8), vehicle=None)
    assert response.baseline is not None
    kept = [0.98, 0.95, 0.9, 0.8, 0.7, 0.6]
    windows = tuple(
        replace(w, count=round(w.count * share), completeness=share)
        for w, share in zip(response.windows, kept, strict=True)
    )
    fit = fit_dose_response(replace(response, windows=windows, baseline=replace(response.baseline, completeness=1.0)))
    said = warning(fit, "amplitude run-down")
    assert said is not None
    assert fit.id50 == pytest.approx(50.0, rel=0.06)
    assert number(said.effect) < 47.0


def test_false_spikes_are_taken_off_the_counts() -> None:
    """A neighbour's 0.2 Hz stay when the drug silences the cell, and look like a plateau."""
    truth = hill(50.0, 1.8)
    seen = [(2.0 * share + 0.2) / 2.2 for share in truth]
    naive = fit_dose_response(respond(seen, rate_hz=2.2))
    informed = fit_dose_response(respond(seen, rate_hz=2.2, false_hz=0.2))
    assert informed.id50 == pytest.approx(50.0, rel=0.04)
    assert abs(math.log(naive.id50 / 50.0)) > abs(math.log(informed.id50 / 50.0))
    assert informed.emax_source != "estimated"
    assert informed.baseline_hz == pytest.approx(2.0, rel=0.03)
    assert "false spikes 0.200 Hz taken off" in informed.flags
    assert informed.windows[-1].percent == pytest.approx(100 * truth[-1], abs=2.0)


def test_no_more_false_spikes_are_taken_off_than_the_quietest_window_holds() -> None:
    response = respond([1.0, 0.6, 0.2, 0.0, 0.0, 0.0], false_hz=0.5)
    assert response.windows[-1].false_hz == pytest.approx(3.0 / 60.0, rel=0.01)
    assert any("quietest window has room for less" in flag for flag in response.flags)


def test_a_plateau_is_found_with_six_doses_and_named() -> None:
    shares = [1 - 0.75 * (1 - share) for share in hill(30.0, 2.0)]
    fit = fit_dose_response(respond(shares))
    assert fit.emax_source == "estimated"
    assert fit.emax_percent == pytest.approx(75.0, abs=4.0)
    assert fit.emax_low < 75.0 < fit.emax_high < 100.0
    assert fit.ed50 == pytest.approx(30.0, rel=0.1)
    absolute = 30.0 * (0.5 / 0.25) ** 0.5  # 0.75 x**2 / (1 + x**2) = 0.5
    assert fit.id50 == pytest.approx(absolute, rel=0.1)
    for text in ("relative ED50", "estimated"):
        assert text in str(fit)
    five = fit_dose_response(respond(shares[:5], doses=DOSES[:5]))
    assert five.emax_percent == 100.0
    asked = fit_dose_response(respond(shares[:5], doses=DOSES[:5]), FitSettings(free_emax="always"))
    assert asked.emax_source == "estimated"
    never = fit_dose_response(respond(shares), FitSettings(free_emax="never"))
    assert never.emax_percent == 100.0


def test_an_inhibition_that_levels_off_above_half_has_no_absolute_id50() -> None:
    fit = fit_dose_response(respond([1 - 0.35 * (1 - share) for share in hill(30.0, 2.5)]))
    assert fit.status == "plateau"
    assert math.isnan(fit.id50)
    assert fit.id50_high == math.inf
    assert fit.ed50 == pytest.approx(30.0, rel=0.2)
    assert fit.id50_text.startswith("not decided up to 400 µg/kg: inhibition levels off at 3")
    sure = fit_dose_response(respond([1 - 0.2 * (1 - share) for share in hill(20.0, 3.0)], rate_hz=8.0))
    assert sure.status == "no_effect" or (sure.emax_high < 50.0 and sure.id50_text.startswith("none up to 400"))


def test_a_drift_is_told_from_the_drug_by_vehicle_and_recovery_alone() -> None:
    slope = -0.02
    asked = FitSettings(drift=True)
    drifted = respond(hill(60.0, 1.8), slope=slope, vehicle=1.0, recovery=1.0)
    fit = fit_dose_response(drifted, asked)
    assert fit.drift_percent_per_min == pytest.approx(100 * math.expm1(slope), abs=0.5)
    assert fit.drift_low < 100 * math.expm1(slope) < fit.drift_high
    assert fit.id50 == pytest.approx(60.0, rel=0.04)
    assert fit_dose_response(drifted).id50 < 57.0
    alone = fit_dose_response(respond(hill(60.0, 1.8), slope=slope), asked)
    assert math.isnan(alone.drift_percent_per_min)
    assert any("no drift estimated" in flag for flag in alone.flags)


def test_an_emax_that_the_counts_contradict_is_warned_of_with_the_id50_it_would_make() -> None:
    """Five doses do not free it by themselves; a plateau then passes for a shallow slope."""
    shares = [1 - 0.7 * (1 - share) for share in hill(30.0, 2.2, DOSES[:5])]
    response = respond(shares, doses=DOSES[:5], vehicle=1.0, recovery=1.0, rate_hz=6.0)
    fit = fit_dose_response(response)
    said = warning(fit, "largest inhibition in doubt")
    assert fit.emax_percent == 100.0
    assert said is not None
    freed = fit_dose_response(response, FitSettings(free_emax="always"))
    assert freed.emax_percent == pytest.approx(70.0, abs=4.0)
    assert f"the counts say {freed.emax_percent:.0f} %" in said.cause
    assert number(said.effect) == pytest.approx(freed.id50, rel=0.02)
    full = fit_dose_response(respond(hill(30.0, 2.2, DOSES[:5]), doses=DOSES[:5], vehicle=1.0, rate_hz=6.0))
    assert warning(full, "largest inhibition in doubt") is None


def test_controls_at_the_baseline_speak_against_a_slope_that_goes_on() -> None:
    response = respond(hill(60.0, 1.8), vehicle=1.0, recovery=1.0)
    assert response.stability is not None
    sloped = replace(response.stability, verdict="unstable", slope_percent_per_min=5.0)
    said = warning(fit_dose_response(replace(response, stability=sloped)), "unstable baseline")
    assert said is not None
    assert "speak against it" in said.effect


def test_the_sentence_carries_window_form_drift_and_flags() -> None:
    text = str(
        fit_dose_response(respond(hill(60.0, 1.8), slope=-0.02, vehicle=1.0, recovery=1.0), FitSettings(drift=True))
    )
    for part in ("read before_next, 60 s", "ipsapirone i.v. (base)", "% per minute estimated"):
        assert part in text
    assert "excitation at 12.5" in str(fit_dose_response(respond([1.6, 1.0, 0.5, 0.2, 0.1, 0.0])))


def test_no_effect_does_not_hide_what_it_cannot_exclude() -> None:
    weak = fit_dose_response(counted([14, 5, 4, 5, 4, 3, 2], DOSES, fano=1.0))
    assert weak.status == "no_effect"
    assert weak.id50_low < 400.0
    assert f"an ID50 above {weak.id50_low:.3g}" in weak.id50_text


def test_an_undetermined_cell_carries_both_numbers() -> None:
    fate = Fate("undetermined", BASELINE_S + 3 * STEP_S, "silent to the end")
    fit = fit_dose_response(respond([1.0, 0.8, 0.4, 0.0, 0.0, 0.0], fate=fate))
    assert fit.censored is not None
    assert fit.censored.doses == DOSES[:3]
    assert fit.doses == DOSES
    assert fit.censored.id50_text in fit.id50_text


def test_the_id50_is_also_given_under_other_windows_and_as_papers_have_it() -> None:
    fit = fit_dose_response(respond(hill(50.0, 1.8), step_s=150.0))
    assert [name for name, _ in fit.id50_by_window] == ["last 30 s", "last 60 s", "last 90 s", "first 60 s"]
    assert [float(value) for _, value in fit.id50_by_window] == pytest.approx([50.0] * 4, rel=0.05)
    assert fit.id50_log_linear == pytest.approx(50.0, rel=0.4)
    falling = respond(hill(50.0, 1.8), step_s=150.0)
    assert falling.alternatives[0][1][0].epoch.duration_s == 30.0


def test_windows_that_come_to_the_same_are_shown_once_and_drawn_ones_not_at_all() -> None:
    short = respond(hill(50.0, 1.8))  # 90 s a dose: no window is longer than 60 s
    assert [name for name, _ in short.alternatives] == ["last 30 s", "last 60 s = last 90 s = first 60 s"]


def test_without_an_effect_the_line_of_windows_is_short() -> None:
    assert fit_dose_response(respond([1.0] * 6)).by_window_text == (
        "last 30 s no inhibition, last 60 s = last 90 s = first 60 s no inhibition"
    )


def test_a_bound_says_how_far_it_goes() -> None:
    below = fit_dose_response(counted([36, 5, 3, 2, 1], (25.0, 50.0, 100.0, 200.0), fano=1.0))
    assert below.status == "below_lowest_dose"
    assert below.id50_high > 50.0
    assert below.id50_text == f"< 25 µg/kg (at most {below.id50_high:.3g})"
    open_end = fit_dose_response(counted([36, 5], (25.0,), fano=1.0))
    assert open_end.id50_text == "< 25 µg/kg (upper end not bounded)"
    above = fit_dose_response(counted([400, 133, 130, 128, 118], (12.5, 25.0, 50.0, 100.0)))
    assert above.status in ("above_top_dose", "no_effect")
    assert above.id50_low <= 100.0


def counted(counts: Sequence[int], doses: Sequence[float], *, fano: float = 0.1) -> DoseResponse:
    """A response with these counts in its baseline (180 s) and after each dose (60 s)."""
    base = ResponseWindow(Epoch(0.0, 180.0), "baseline", "", math.nan, 0.0, counts[0], 180.0, percent=100.0)
    windows = tuple(
        ResponseWindow(
            Epoch(210.0 + 90.0 * n, 270.0 + 90.0 * n), "agonist", "ipsapirone", 180.0 + 90.0 * n, dose, spikes, 60.0,
            percent=100.0 * spikes / 60.0 / base.rate_hz,
        )
        for n, (dose, spikes) in enumerate(zip(doses, counts[1:], strict=True))
    )  # fmt: skip
    return DoseResponse(
        "1", "ipsapirone", "ug/kg", "i.v.", "base", base, windows, fano, Fate("held", 9e9, ""), ReadoutSettings()
    )


def test_a_window_excluded_by_hand_tells_no_drift() -> None:
    response = respond(hill(60.0, 1.8), recovery=0.4)
    assert not math.isnan(fit_dose_response(response, FitSettings(drift=True)).drift_percent_per_min)
    *others, last = response.windows
    excluded = replace(last, flags=(*last.flags, "excluded by hand: electrode moved"))
    fit = fit_dose_response(replace(response, windows=(*others, excluded)), FitSettings(drift=True))
    assert math.isnan(fit.drift_percent_per_min)
    assert not fit.windows[-1].used


def test_a_silent_recovery_of_an_undetermined_cell_is_no_drift() -> None:
    fate = Fate("undetermined", BASELINE_S + 3 * STEP_S, "silent to the end")
    response = respond([0.9, 0.6, 0.3, 0.0, 0.0, 0.0], recovery=0.0, fate=fate)
    asked, plain = fit_dose_response(response, FitSettings(drift=True)), fit_dose_response(response)
    assert asked.id50 == pytest.approx(plain.id50, rel=1e-6)
    assert asked.censored is not None
    assert math.isnan(asked.censored.drift_percent_per_min)


def test_a_window_that_ends_after_the_last_proven_spike_is_censored() -> None:
    fate = Fate("undetermined", BASELINE_S + 2.8 * STEP_S, "silent to the end")
    fit = fit_dose_response(respond([0.9, 0.6, 0.3, 0.0, 0.0, 0.0], fate=fate))
    assert fit.censored is not None
    assert fit.censored.doses == DOSES[:2]


def test_false_spikes_beyond_the_baseline_leave_nothing_to_divide_by() -> None:
    response = respond([8.0, 8.0, 0.5, 1.0], rate_hz=0.06, false_hz=0.1, doses=DOSES[:4])
    fit = fit_dose_response(response)
    assert fit.status == "not_fitted"
    assert "false ones" in fit.reason
    assert math.isnan(fit.baseline_percent)


def test_the_coverage_of_the_interval_does_not_decide_whether_there_is_an_effect() -> None:
    falling = counted([360, 118, 112, 104, 96, 88, 78], DOSES)
    fits = [fit_dose_response(falling, FitSettings(level=level)) for level in (0.6, 0.95, 0.999)]
    assert len({fit.status == "no_effect" for fit in fits}) == 1


def test_doses_that_repeat_make_no_bracket_between_equals() -> None:
    fit = fit_dose_response(counted([360, 120, 118, 0, 0], (30.0, 60.0, 60.0, 120.0)))
    assert not fit.id50_text.startswith("between 60 and 60")


def test_only_a_fall_through_half_is_interpolated() -> None:
    rising = fit_dose_response(counted([360, 40, 100, 130, 120], (12.5, 25.0, 50.0, 100.0)))
    assert math.isnan(rising.id50_interpolated)


def test_the_prior_moves_the_id50_by_what_is_said() -> None:
    response = respond([0.8, 0.3], doses=(25.0, 100.0), vehicle=1.0, recovery=1.0)
    said = warning(fit_dose_response(response), "too few doses")
    assert said is not None
    ends = [
        fit_dose_response(response, FitSettings(hill_prior=1.5 * math.exp(sign * 0.5))).id50 for sign in (-1.0, 1.0)
    ]
    texts = [f"{end:.3g} µg/kg" for end in sorted(ends)]
    assert all(text in said.effect for text in texts)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("count", -3, "count must be a number and not negative, got -3"),
        ("count", math.nan, "count must be a number"),
        ("covered_s", -1.0, "covered_s must be"),
        ("dose", math.nan, "dose must be"),
        ("dose", -25.0, "dose must be"),
        ("completeness", 1.4, "completeness is a share"),
        ("completeness", 0.0, "completeness is a share"),
        ("false_hz", -0.1, "false_hz must not be negative"),
    ],
)
def test_a_window_that_cannot_be_is_refused_by_name(field: str, value: float, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        replace(ResponseWindow(Epoch(200.0, 260.0), "agonist", "ipsapirone", 180.0, 25.0, 60, 60.0), **{field: value})  # type: ignore[arg-type]


def test_doses_in_any_order_give_one_answer() -> None:
    response = respond(hill(50.0, 1.8))
    turned = replace(response, windows=response.windows[::-1])
    one, other = fit_dose_response(response), fit_dose_response(turned)
    assert other.id50 == pytest.approx(one.id50, rel=1e-6)
    assert other.id50_interpolated == pytest.approx(one.id50_interpolated)
    assert other.id50_least_squares == pytest.approx(one.id50_least_squares, rel=1e-5)
    assert other.flags == one.flags


@pytest.mark.parametrize(
    ("shares", "doses", "status"),
    [
        ([0.0] * 6, DOSES, "below_lowest_dose"),
        ([1.6] * 6, DOSES, "no_effect"),
        ([0.5], (50.0,), "interpolated"),
        ([0.1], (50.0,), "below_lowest_dose"),
        ([0.4], (50.0,), "below_lowest_dose"),
        ([0.7], (50.0,), "above_top_dose"),
    ],
)
def test_series_at_the_edge_get_the_answer_that_they_hold(
    shares: list[float], doses: tuple[float, ...], status: str
) -> None:
    fit = fit_dose_response(respond(shares, doses=doses))
    assert fit.status == status or (shares == [0.5] and fit.status in ("above_top_dose", "below_lowest_dose"))
    assert fit.id50_low <= fit.id50_high
    if max(shares) > 1.5:
        assert any("excitation" in flag for flag in fit.flags)


def test_a_window_without_covered_time_is_left_out() -> None:
    response = respond(hill(50.0, 1.8))
    gone = replace(response.windows[2], covered_s=0.0, count=0, percent=math.nan, used=False)
    windows = (*response.windows[:2], gone, *response.windows[3:])
    fit = fit_dose_response(replace(response, windows=windows))
    assert 50.0 not in fit.doses
    assert fit.id50 == pytest.approx(50.0, rel=0.1)


def test_settings_that_cannot_be_are_refused() -> None:
    wrong: tuple[dict[str, object], ...] = (
        {"free_emax": "sometimes"}, {"dispersion": -0.1}, {"replicates": 10}, {"level": 1.2}, {"seed": -1},
        {"hill_prior_sd": math.nan}, {"emax_percent": 80.0, "free_emax": "always"},
    )  # fmt: skip
    for settings in wrong:
        with pytest.raises(ParameterError, match=next(iter(settings)).split("_")[-1]):
            FitSettings(**settings)  # type: ignore[arg-type]
