"""A time bar says how long its own length is, and keeps clear of the legend."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.lines import Line2D

from ephys.firing import rate_histogram
from ephys.model import DoseProtocol, Epoch, Unit
from ephys.pharmacology import DoseResponse
from ephys.plotting import house_style, new_figure, plot_rate_histogram
from ephys.plotting.palette import DARK
from ephys.plotting.style import figure_of
from ephys.plotting.time_bar import time_bar_s, time_bar_text


def bar(ax: Axes) -> Line2D:
    return next(line for line in ax.lines if line.get_linewidth() == 1.5)


@pytest.mark.parametrize("span_s", [20.0, 930.0])
def test_the_bar_is_as_long_as_its_text_says(span_s: float) -> None:
    unit = Unit.from_times([1.0], support=Epoch(0.0, span_s))
    ax = plot_rate_histogram(rate_histogram(unit), within=Epoch(0.0, span_s), time_bar=True)
    start_s, stop_s = bar(ax).get_xdata()
    number, unit_text = next(text.get_text() for text in ax.texts).split()
    assert stop_s == span_s, "it ends where the axis ends"
    assert stop_s - start_s == pytest.approx(float(number) * {"s": 1.0, "min": 60.0, "h": 3600.0}[unit_text])
    assert stop_s - start_s <= span_s / 5


def test_a_bar_is_never_longer_than_a_fifth_of_the_axis() -> None:
    spans = np.geomspace(0.05, 90000.0, 300)
    assert all(time_bar_s(span) <= span / 5 + 1e-12 for span in spans)


def test_parts_of_a_second_are_seconds() -> None:
    assert time_bar_text(time_bar_s(3.0)) == "0.5 s"


def test_the_axis_of_time_is_gone_and_that_of_the_rate_stays(unit: Unit) -> None:
    ax = plot_rate_histogram(rate_histogram(unit), time_bar=True)
    assert not ax.xaxis.get_visible()
    assert ax.yaxis.get_visible()
    assert ax.get_ylabel() == "spikes per 10 s"
    assert ax.get_ylim() == plot_rate_histogram(rate_histogram(unit)).get_ylim()


@pytest.mark.parametrize(("width_mm", "time_bar"), [(85.0, True), (85.0, False), (175.0, True)])
def test_the_legend_stands_beneath_everything_and_covers_no_text(
    unit: Unit, protocol: DoseProtocol, response: DoseResponse, width_mm: float, time_bar: bool
) -> None:
    with house_style():
        ax = new_figure(width_mm=width_mm, height_mm=70.0).subplots()
        windows = (response.baseline, *response.windows)
        plot_rate_histogram(rate_histogram(unit), protocol, windows=windows, time_bar=time_bar, ax=ax)
        figure_of(ax).canvas.draw()
    legend = ax.get_legend()
    assert legend is not None
    box = legend.get_window_extent()
    beneath = [text for text in (*ax.texts, ax.xaxis.label) if text.get_text() and text.get_window_extent().y1 < 200]
    shown = [text for text in beneath if text is not ax.xaxis.label or not time_bar]
    assert shown, "the bar's text, or the label of the axis"
    assert box.y1 < ax.bbox.y0
    assert box.y0 >= 0
    assert box.x1 <= ax.bbox.x1 + 3.0
    assert not any(box.overlaps(text.get_window_extent()) for text in shown)


def test_the_bar_is_light_on_a_dark_ground(unit: Unit) -> None:
    with house_style(theme="dark"):
        assert same_color(bar(plot_rate_histogram(rate_histogram(unit), time_bar=True)).get_color(), DARK.ink)
