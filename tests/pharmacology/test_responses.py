import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Share, Support, Unit
from ephys.pharmacology import ReadoutSettings, dose_response, plan_windows, rate_ratio_interval

RECORDED = Epoch(0.0, 1000.0)


def drug(start_s: float, dose: float = 25.0, **fields: object) -> Administration:
    return Administration("ipsapirone", start_s, dose=dose, **{"dose_unit": "ug/kg", "form": "base", **fields})  # type: ignore[arg-type]


def protocol(*administrations: Administration, stop_s: float = 1000.0) -> DoseProtocol:
    return DoseProtocol(administrations, Support.of(Epoch(0.0, stop_s)))


def clock(rate_hz: float = 1.0, stop_s: float = 1000.0) -> Unit:
    return Unit.from_times(np.arange(0.5 / rate_hz, stop_s, 1.0 / rate_hz), support=Epoch(0.0, stop_s))


def bounds(planned: DoseProtocol, **options: object) -> list[tuple[float, float]]:
    windows = plan_windows(planned, "ipsapirone", ReadoutSettings(**options))  # type: ignore[arg-type]
    return [(w.start_s, w.stop_s) for _, w in windows]


def test_the_window_is_the_last_minute_before_the_next_dose() -> None:
    assert bounds(protocol(drug(200), drug(320), drug(440))) == [(260.0, 320.0), (380.0, 440.0), (500.0, 560.0)]


def test_the_window_waits_for_the_injection_to_take_effect() -> None:
    assert bounds(protocol(drug(200), drug(270))) == [(230.0, 270.0), (300.0, 340.0)]
    assert bounds(protocol(drug(200, stop_s=215.0), drug(320)))[0] == (260.0, 320.0)
    assert bounds(protocol(drug(200, stop_s=240.0), drug(320)))[0] == (270.0, 320.0)


def test_an_antagonist_ends_the_window_and_an_anaesthetic_does_not() -> None:
    way = Administration("way-100635", 300.0, role="antagonist")
    assert bounds(protocol(drug(200), way))[0] == (240.0, 300.0)
    urethane = Administration("urethane", 260.0, role="anaesthetic")
    assert bounds(protocol(drug(200), urethane, drug(320)))[0] == (260.0, 320.0)
    flags = dose_response(clock(), protocol(drug(200), urethane, drug(320))).doses[0].flags
    assert "anaesthetic supplement inside" in flags


def test_after_dose_reads_from_the_delay() -> None:
    assert bounds(protocol(drug(200), drug(400)), anchor="after_dose") == [(230.0, 290.0), (430.0, 490.0)]


def test_the_trough_is_read_where_the_cell_fires_least_and_says_that_it_is_biased() -> None:
    spikes = np.concatenate([np.arange(0.5, 260.0), np.arange(260.5, 330.0, 5.0), np.arange(330.5, 1000.0)])
    unit = Unit.from_times(spikes, support=Epoch(0.0, 1000.0))
    settings = ReadoutSettings(anchor="trough")
    trough, usual = (
        dose_response(unit, protocol(drug(200), drug(400)), settings=one).doses[0] for one in (settings, None)
    )
    assert 260.0 <= trough.epoch.start_s <= 271.0
    assert trough.epoch.duration_s == 60.0
    assert trough.percent < 25.0 < 95.0 < usual.percent
    assert any("biased low" in flag for flag in trough.flags)
    assert not any("biased low" in flag for flag in usual.flags)
    with pytest.raises(ParameterError, match="give plan_windows the unit"):
        plan_windows(protocol(drug(200)), "ipsapirone", settings)
    with pytest.raises(ParameterError, match="before_next or after_dose or trough, got 'peak'"):
        ReadoutSettings(anchor="peak")  # type: ignore[arg-type]


def test_a_dose_too_soon_after_the_last_is_flagged() -> None:
    first = dose_response(clock(), protocol(drug(200), drug(215), drug(300))).doses[0]
    assert any("window of only 15 s" in flag for flag in first.flags)
    assert any("after the injection" in flag for flag in first.flags)


def test_silence_in_a_covered_window_is_zero_percent_and_absence_is_not() -> None:
    spikes = np.arange(0.5, 300.0)
    held = Unit.from_times(spikes, support=RECORDED)
    window = dose_response(held, protocol(drug(300), drug(400))).doses[0]
    assert (window.count, window.rate_hz, window.percent) == (0, 0.0, 0.0)
    assert 0 < window.percent_high < 10
    gone = Unit.from_times(spikes, support=Epoch(0.0, 300.0))
    window = dose_response(gone, protocol(drug(300), drug(400))).doses[0]
    assert math.isnan(window.rate_hz)
    assert math.isnan(window.percent)
    assert not window.used


def test_excitation_keeps_its_sign() -> None:
    spikes = np.concatenate([np.arange(0.5, 300.0), np.arange(300.25, 400.0, 0.5)])
    response = dose_response(Unit.from_times(spikes, support=RECORDED), protocol(drug(300), drug(400)))
    assert response.doses[0].percent == pytest.approx(200, rel=0.02)


def test_a_vehicle_before_the_drug_is_a_second_dose_zero() -> None:
    saline = Administration("saline", 200.0, role="vehicle")
    first, *_ = dose_response(clock(), protocol(saline, drug(300))).windows
    assert (first.role, first.dose, first.used) == ("vehicle", 0.0, True)


def test_doses_after_the_antagonist_are_not_part_of_the_curve() -> None:
    way = Administration("way-100635", 400.0, role="antagonist")
    response = dose_response(clock(), protocol(drug(300), way, drug(500)))
    assert [(w.role, w.used) for w in response.windows] == [
        ("agonist", True),
        ("antagonist", False),
        ("agonist", False),
    ]


def test_no_percent_from_a_short_or_silent_baseline() -> None:
    short = dose_response(clock(), protocol(drug(40), drug(140)))
    assert math.isnan(short.doses[0].percent)
    assert any("40 s of baseline" in flag for flag in short.flags)
    silent = dose_response(Unit.from_times(np.arange(500.0, 600.0), support=RECORDED), protocol(drug(300)))
    assert math.isnan(silent.doses[0].percent)
    assert any("silent baseline" in flag for flag in silent.flags)


def test_a_fall_in_amplitude_does_not_count_as_inhibition() -> None:
    spikes = np.concatenate([np.arange(0.5, 300.0), np.arange(301.0, 400.0, 2.0)])
    unit = Unit.from_times(spikes, support=RECORDED)
    planned = protocol(drug(300), drug(400))
    (_, window), *_ = plan_windows(planned, "ipsapirone")
    assert dose_response(unit, planned).doses[0].percent == pytest.approx(50, abs=2)
    half_seen = dose_response(unit, planned, completeness={window: Share(0.5)}).doses[0]
    assert half_seen.percent == pytest.approx(100, abs=4)
    mostly_missed = dose_response(unit, planned, completeness={window: Share(0.3)}).doses[0]
    assert not mostly_missed.used


def test_two_drugs_need_a_choice() -> None:
    other = Administration("lesopitron", 600.0, dose=5.0, dose_unit="ug/kg")
    with pytest.raises(ParameterError, match="ipsapirone, lesopitron"):
        dose_response(clock(), protocol(drug(300), other))
    second = dose_response(clock(), protocol(drug(300), other), drug="lesopitron")
    assert any("given after ipsapirone" in flag for flag in second.flags)


@settings(max_examples=30, deadline=None)
@given(shift_s=st.floats(-500, 5000))
def test_shifting_the_clock_changes_no_response(shift_s: float) -> None:
    spikes = np.arange(0.37, 600.0, 0.71)
    plain = dose_response(
        Unit.from_times(spikes, support=Epoch(0.0, 600.0)),
        protocol(drug(300), drug(400), stop_s=600),
        beside=False,
    )
    moved = Epoch(shift_s, 600.0 + shift_s)
    shifted = dose_response(
        Unit.from_times(spikes + shift_s, support=moved),
        DoseProtocol((drug(300 + shift_s), drug(400 + shift_s)), Support.of(moved)),
        beside=False,
    )
    assert [w.count for w in plain.doses] == [w.count for w in shifted.doses]


@pytest.mark.parametrize(("a", "b"), [(3, 120), (60, 180), (0, 50)])
def test_the_ratio_interval_agrees_with_the_exact_binomial_test(a: int, b: int) -> None:
    low, high = rate_ratio_interval(a, 60.0, b, 180.0)
    for ratio in (low, high):
        if ratio > 0:
            share = ratio * 60.0 / (ratio * 60.0 + 180.0)
            tails = [stats.binom.cdf(a, a + b, share), stats.binom.sf(a - 1, a + b, share)]
            assert min(tails) == pytest.approx(0.025, rel=1e-6)


def test_a_superfusion_is_read_while_the_drug_flows() -> None:
    bath = [drug(200.0 + 400 * i, 10.0 * 2**i, stop_s=500.0 + 400 * i, route="bath", dose_unit="nM") for i in range(2)]
    assert bounds(protocol(*bath)) == [(440.0, 500.0), (840.0, 900.0)]
    assert [w.dose for w in dose_response(clock(), protocol(*bath)).doses] == [10.0, 20.0]


def test_windows_after_a_proven_loss_have_no_percent() -> None:
    lost = Fate("lost", 400.0, "amplitude ran down", 450.0)
    spikes = Unit.from_times(np.arange(0.5, 450.0), support=RECORDED)
    first, second = dose_response(spikes, protocol(drug(300), drug(400), drug(500)), fate=lost).doses[:2]
    assert (first.used, round(first.percent)) == (True, 100)
    assert not second.used
    assert math.isnan(second.percent)
    assert any("last proven held" in flag for flag in second.flags)


def test_mixed_routes_and_drugs_in_between_are_said() -> None:
    challenge = Administration("citalopram", 350.0, role="challenge")
    response = dose_response(clock(), protocol(drug(300, route="i.v."), challenge, drug(400, route="i.p.")))
    assert response.route == "i.v. + i.p."
    assert any("routes mixed (i.v., i.p.)" in flag for flag in response.flags)
    assert any("citalopram given during the series" in flag for flag in response.flags)


def test_a_drawn_window_says_so() -> None:
    planned = DoseProtocol((drug(300),), Support.of(RECORDED), drawn_windows=((0, Epoch(320.0, 380.0)),))
    (window,) = dose_response(clock(), planned).doses
    assert window.epoch == Epoch(320.0, 380.0)
    assert "chosen after seeing the data" in window.flags


def test_a_vehicle_after_the_drug_is_shown_and_not_fitted() -> None:
    saline = Administration("saline", 400.0, role="vehicle")
    response = dose_response(clock(), protocol(drug(300), saline, drug(500)))
    assert [(w.role, w.used) for w in response.windows] == [("agonist", True), ("vehicle", False), ("agonist", True)]


def test_a_vehicle_that_changes_the_rate_is_flagged() -> None:
    spikes = np.concatenate([np.arange(0.5, 200.0), np.arange(200.5, 300.0, 2.0), np.arange(300.5, 1000.0)])
    saline = Administration("saline", 200.0, role="vehicle")
    response = dose_response(Unit.from_times(spikes, support=RECORDED), protocol(saline, drug(300)))
    assert "vehicle at 50 % of baseline" in response.windows[0].flags
