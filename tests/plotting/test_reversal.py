"""The rate around an antagonist: bins where they were counted, returns where they were timed, bounds as arrows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from ephys.errors import ParameterError
from ephys.pharmacology import Reversals, assess_reversal, assess_reversals
from ephys.plotting import DOUBLE_MM, SINGLE_MM, house_style, plot_reversal, plot_reversals
from ephys.plotting.palette import LIGHT
from tests.pharmacology.reversal.cells import cell, recovery

BACK = ((0.0, 2.0), (190.0, 0.2), (320.0, 2.0))
STAYED = ((0.0, 2.0), (190.0, 0.2))


@pytest.fixture(scope="module")
def several() -> Reversals:
    """A cell that was reversed and one that was not, beside two recoveries and a bound."""
    others = [recovery("c1", 700.0), recovery("c2", 800.0), recovery("c3", watched_s=600.0)]
    return assess_reversals([cell(BACK, animal="r1"), cell(STAYED, animal="r2")], recoveries=others)


def drawn(ax: Axes, gid: str) -> list[tuple[list[float], list[float]]]:
    """Where everything of a kind was drawn."""
    return [
        ([float(x) for x in np.atleast_1d(line.get_xdata())], [float(y) for y in np.atleast_1d(line.get_ydata())])
        for line in ax.lines if line.get_gid() == gid
    ]  # fmt: skip


def test_bins_are_the_counts_of_the_train_in_percent_of_its_baseline(several: Reversals) -> None:
    response, unit, _ = cell(BACK, animal="r1")
    axes = plot_reversal(several.cells[0])
    ((middles, percents),) = drawn(axes, "rates")
    assert middles[0] == -115.0
    assert response.baseline is not None
    for middle, percent in zip(middles, percents, strict=True):
        start_s = 300.0 + middle - 5.0
        spikes = np.count_nonzero((unit.times_s >= start_s) & (unit.times_s < start_s + 10.0))
        assert percent == pytest.approx(100.0 * spikes / 10.0 / response.baseline.rate_hz)


def test_windows_and_return_stand_where_they_were_measured(several: Reversals) -> None:
    step = several.cells[0].decisive
    assert step is not None
    axes = plot_reversal(several.cells[0])
    windows = drawn(axes, "window")
    assert [x for x, _ in windows] == [[-60.0, 0.0], [30.0, 90.0]]
    assert [y[0] for _, y in windows] == [step.agonist.percent, step.after.window.percent]  # type: ignore[union-attr]
    assert drawn(axes, "return")[0][0] == [step.back.value_s]
    assert drawn(axes, "interval of a return")[0][0] == [step.back.low_s, step.back.high_s]
    assert step.back.text in "".join(text.get_text() for text in axes.texts)
    assert drawn(plot_reversal(several.cells[1]), "return") == []


def test_words_of_one_reversal_stand_clear_of_its_signs_and_within_the_figure() -> None:
    axes = plot_reversal(assess_reversals([cell(BACK, animal="r1")]).cells[0])
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.canvas.draw()
    (words,) = (text for text in axes.texts if text.get_text().startswith("back after"))
    (interval,) = (line for line in axes.lines if line.get_gid() == "interval of a return")
    assert words.get_window_extent().y1 < interval.get_window_extent().y0
    assert "spontaneous recovery not excluded" in axes.get_title(loc="left")
    assert axes._left_title.get_window_extent().x1 <= figure.bbox.x1  # type: ignore[attr-defined]


def test_returns_and_recoveries_are_on_one_clock_and_bounds_are_arrows(several: Reversals) -> None:
    figure = plot_reversals(several)
    times = figure.axes[1]
    step = several.cells[0].decisive
    assert step is not None
    assert [x for (x,), _ in drawn(times, "return")] == pytest.approx([120.0 + step.back.value_s, 700.0, 800.0])
    assert [x for (x,), _ in drawn(times, "bound")] == pytest.approx([320.0, 600.0]), "not back is no time"
    assert [x for (x,), _ in drawn(times, "given")] == [120.0, 120.0]
    names = [label.get_text() for label in times.get_yticklabels()]
    assert names == ["r1, 1", "r2, 1", "c1, 1 (none)", "c2, 1 (none)", "c3, 1 (none)"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [
        "reversed",
        "not reversed",
        "antagonist given",
        "back, with its interval",
        "not back while watched",
    ]


def test_verdicts_differ_in_colour_and_in_dash(several: Reversals) -> None:
    lines = [line for line in plot_reversals(several).axes[0].lines if line.get_gid() == "rates"]
    assert len({to_hex(line.get_color()) for line in lines}) == 2
    assert len({line.get_linestyle() for line in lines}) == 2


def test_what_cannot_be_drawn_is_refused_with_its_reason() -> None:
    response, unit, protocol = cell(((0.0, 0.0), (190.0, 1.0)))
    silent = assess_reversal(unit, protocol, response=response)
    with pytest.raises(ParameterError, match="silent baseline"):
        plot_reversal(silent)
    with pytest.raises(ParameterError, match="no cell has a rate"):
        plot_reversals(assess_reversals([(response, unit, protocol)]))


@pytest.mark.parametrize("width_mm", [SINGLE_MM, DOUBLE_MM])
def test_no_text_leaves_the_figure(several: Reversals, width_mm: float) -> None:
    figure = plot_reversals(several, width_mm=width_mm)
    figure.canvas.draw()
    legend = figure.legends[0].get_window_extent()
    assert legend.x1 <= figure.bbox.x1
    assert legend.y0 > figure.axes[0].title.get_window_extent().y0
    for axes in figure.axes:
        boxes = [axes.title.get_window_extent(), axes.xaxis.label.get_window_extent()]
        boxes += [label.get_window_extent() for label in axes.get_yticklabels()]
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and math.isfinite(box.x0) for box in boxes)


def test_on_dark_paper_no_ink_is_that_of_light_paper(several: Reversals) -> None:
    with house_style(theme="dark"):
        figure = plot_reversals(several)
    used = {to_hex(line.get_color()) for axes in figure.axes for line in axes.lines}
    assert not used & {LIGHT.ink, LIGHT.antagonist, LIGHT.vehicle}
