"""The dose-response figure shows what was measured, and nothing beyond the doses given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ephys.model import DoseProtocol, Fate, Unit
from ephys.pharmacology import DoseResponse, dose_response, fit_dose_response
from ephys.plotting import plot_dose_response


def points(ax: Axes) -> dict[float, Line2D]:
    """Markers of the windows by their place on the dose axis."""
    return {float(line.get_xdata()[0]): line for line in ax.lines if line.get_marker() in ("o", "s", "v")}


def labelled(ax: Axes, start: str) -> Line2D:
    """Line whose legend begins so."""
    return next(line for line in ax.lines if str(line.get_label()).startswith(start))


def test_points_are_the_percents_at_the_cumulative_doses(response: DoseResponse) -> None:
    drawn = points(plot_dose_response(fit_dose_response(response)))
    for window in response.doses:
        assert drawn[window.dose].get_ydata()[0] == window.percent


def test_baseline_and_vehicle_stand_left_of_the_doses_and_the_antagonist_right(response: DoseResponse) -> None:
    ax = plot_dose_response(fit_dose_response(response))
    ticks = {label.get_text(): x for x, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)}
    assert ticks["baseline"] < ticks["vehicle"] < ticks["25"] == 25.0
    assert ticks["400"] == 400.0 < ticks["way-100635"]


def test_silence_is_a_point_at_zero_with_an_upper_bound(response: DoseResponse) -> None:
    ax = plot_dose_response(fit_dose_response(response))
    silent = points(ax)[400.0]
    assert silent.get_marker() == "v"
    assert silent.get_ydata()[0] == 0.0
    top = max(line.get_ydata()[-1] for line in ax.lines if line.get_xdata()[0] == 400.0 and len(line.get_xdata()) == 2)
    assert top == response.doses[-1].percent_high > 0


def test_windows_left_out_of_the_fit_are_open(response: DoseResponse) -> None:
    drawn = points(plot_dose_response(fit_dose_response(response)))
    antagonist = drawn[max(drawn)]
    assert antagonist.get_markerfacecolor() != antagonist.get_color()
    assert drawn[100.0].get_markerfacecolor() == drawn[100.0].get_color()


def test_silence_after_a_proven_loss_is_no_point(unit: Unit, protocol: DoseProtocol) -> None:
    lost = Fate("lost", 650.0, "the amplitude ran down", lost_at_s=650.0)
    drawn = points(plot_dose_response(fit_dose_response(dose_response(unit, protocol, fate=lost))))
    assert [dose for dose in (25.0, 50.0, 100.0, 200.0, 400.0) if dose in drawn] == [25.0, 50.0, 100.0]


def test_the_curve_is_the_fit_and_stays_within_the_doses(response: DoseResponse) -> None:
    fit = fit_dose_response(response)
    curve = labelled(plot_dose_response(fit), "Hill curve")
    doses = np.asarray(curve.get_xdata())
    assert (doses.min(), doses.max()) == pytest.approx((25.0, 400.0))
    np.testing.assert_allclose(curve.get_ydata(), fit.percent(doses))


def test_the_id50_is_drawn_with_its_interval_at_half_of_the_baseline(response: DoseResponse) -> None:
    fit = fit_dose_response(response)
    assert fit.status == "interpolated"
    ax = plot_dose_response(fit)
    bar = labelled(ax, "ID50")
    assert list(bar.get_xdata()) == [fit.id50_low, fit.id50_high]
    assert list(bar.get_ydata()) == [fit.baseline_percent / 2] * 2
    assert float(fit.percent(fit.id50)) == pytest.approx(fit.baseline_percent / 2)
    diamond = next(line for line in ax.lines if line.get_marker() == "D")
    assert diamond.get_xdata()[0] == fit.id50


def test_an_id50_above_the_top_dose_is_an_arrow_and_no_number(unit: Unit, protocol: DoseProtocol) -> None:
    third = DoseProtocol(protocol.administrations[:4], protocol.recorded)
    response = dose_response(unit, third, fate=Fate("held", 900.0, "fires to the end"))
    fit = fit_dose_response(response)
    fit = replace(fit, status="above_top_dose", id50=300.0)
    ax = plot_dose_response(fit)
    assert not [line for line in ax.lines if line.get_marker() == "D"]
    assert labelled(ax, "ID50").get_xdata()[0] == 100.0
    assert [line for line in ax.lines if line.get_marker() == ">"]
    assert "> 100 µg/kg" in ax.get_legend().get_title().get_text()


def test_without_a_baseline_the_figure_says_why_it_is_empty(unit: Unit, protocol: DoseProtocol) -> None:
    late = DoseProtocol(
        tuple(replace(a, start_s=a.start_s - 170.0) for a in protocol.administrations), protocol.recorded
    )
    fit = fit_dose_response(dose_response(unit, late))
    assert fit.status == "not_fitted"
    ax = plot_dose_response(fit)
    assert not points(ax)
    assert any(fit.reason in text.get_text() for text in ax.texts)


def test_unit_route_and_form_stand_on_the_axis(response: DoseResponse) -> None:
    ax = plot_dose_response(fit_dose_response(response))
    assert ax.get_xlabel() == "cumulative dose of ipsapirone (µg/kg i.v., base)"
    assert ax.get_xscale() == "log"


def test_a_bound_is_not_called_an_interval(unit: Unit, protocol: DoseProtocol) -> None:
    steady_s = np.arange(0.25, 900.0, 0.5)
    times_s = steady_s[(steady_s < 700.0) | (steady_s >= 800.0) | (steady_s % 2 < 1.4)]
    weak = replace(unit, times_s=times_s, amplitudes_uv=np.full(times_s.shape, 100.0))
    fit = fit_dose_response(dose_response(weak, protocol))
    assert fit.status == "above_top_dose"
    assert labelled(plot_dose_response(fit), "ID50").get_label() == "ID50, a bound: above the last dose"


def test_windows_without_a_percent_are_counted(unit: Unit, protocol: DoseProtocol) -> None:
    lost = Fate("lost", 650.0, "the amplitude ran down", lost_at_s=650.0)
    fit = fit_dose_response(dose_response(unit, protocol, fate=lost))
    missing = sum(np.isnan(window.percent) for window in fit.windows)
    legend = plot_dose_response(fit).get_legend()
    assert legend is not None
    assert missing > 1
    assert f"not shown: {missing} windows without a percent of baseline" in legend.get_title().get_text()
