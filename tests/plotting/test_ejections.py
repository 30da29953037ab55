"""Ejections: a panel for each, on the clock of its own start, and each current beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Unit
from ephys.pharmacology import Ejections, IontophoresisSettings, measure_ejections
from ephys.plotting import DOUBLE_MM, house_style, plot_ejections
from ephys.plotting.palette import LIGHT

GIVEN = tuple(
    Administration(drug, at, at + 50.0, dose=current, dose_unit="nA", barrel=barrel, role=role)
    for drug, at, current, barrel, role in (
        ("5-ht", 100.0, 10.0, "2", "agonist"), ("5-ht", 300.0, 20.0, "2", "agonist"),
        ("saline", 500.0, 10.0, "3", "vehicle"),
    )
)  # fmt: skip
SPIKES = np.r_[0.25:110.0:0.5, 170.25:305.0:0.5, 385.25:700.0:0.5]


def found(*given: Administration, settings: IontophoresisSettings | None = None) -> Ejections:
    """Two ejections of 5-HT and a control beside a cell of 2 Hz."""
    cell = Unit.from_times(SPIKES, support=Epoch(0.0, 700.0))
    return measure_ejections(cell, DoseProtocol(given or GIVEN, cell.support), settings=settings)


def drawn(ax: Axes, gid: str) -> list[float]:
    """Where lines of one kind stand: x of upright ones, y of level ones."""
    return [
        float(np.ravel(line.get_xdata() if gid == "window" else line.get_ydata())[0])
        for line in ax.lines
        if line.get_gid() == gid
    ]


def test_each_ejection_has_a_panel_on_its_own_clock_and_the_summary_is_last() -> None:
    result = found()
    first, second, control, summary = plot_ejections(result).axes
    assert [ax.get_title(loc="left") for ax in (first, second, control)] == ["5-ht 10 nA", "5-ht 20 nA", "saline 10 nA"]
    one = result.ejections[0]
    assert one.window is not None
    assert drawn(first, "baseline") == [one.baseline_hz.value]
    assert drawn(first, "half") == [one.baseline_hz.value / 2.0]
    assert drawn(first, "window") == [one.window.stop_s - 100.0]
    (bars,) = [patch for patch in first.patches if patch.get_gid() == "rate"]
    assert 0.0 in np.round(bars.get_data().edges, 9), "a bin begins with the ejection"
    times = [float(line.get_xdata()[0]) for line in first.lines if line.get_marker() in "v^" and line.get_marker()]
    assert times == pytest.approx([one.t50.value, 50.0 + one.rt50.value])
    assert summary.get_title(loc="left") == "suppressed per nA"


def test_the_summary_has_each_ejection_and_the_means_as_they_were_computed() -> None:
    result = found()
    summary = plot_ejections(result).axes[-1]
    singles = sorted(float(line.get_ydata()[0]) for line in summary.lines if line.get_gid() == "one")
    assert singles == pytest.approx(sorted(one.suppressed_per_na.value for one in result.ejections))
    labels = [text.get_text() for text in plot_ejections(result).subfigs[1].legends[0].get_texts()]
    assert labels == ["5-ht, barrel 2", "saline, barrel 3"]
    taken_off = found(settings=IontophoresisSettings(control="subtracted"))
    means = sorted(drawn(plot_ejections(taken_off).axes[-1], "one"))
    assert means[1:] == pytest.approx(sorted(one.less_control.value for one in taken_off.ejections[:2]), abs=1e-9)


def test_a_bound_is_not_drawn_as_a_time_and_a_truncated_window_is_dotted() -> None:
    early = replace(GIVEN[1], start_s=175.0, stop_s=225.0)
    first, _, control, _ = plot_ejections(found(GIVEN[0], early, GIVEN[2])).axes
    (line,) = [line for line in first.lines if line.get_gid() == "window"]
    assert line.get_linestyle() == ":"
    assert not [line for line in control.lines if line.get_marker() == "v"]


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ParameterError, match="no ejection was measured"):
        plot_ejections(found(replace(GIVEN[0], start_s=5.0, stop_s=55.0)))
    some = plot_ejections(found(replace(GIVEN[0], start_s=5.0, stop_s=55.0), GIVEN[1]))
    assert some.subfigs[0].get_supxlabel().endswith("(s); 1 ejection not measured, not shown")


def test_no_text_touches_another_and_dark_paper_has_its_own_ink() -> None:
    given = tuple(replace(GIVEN[0], start_s=100.0 + 75.0 * n, stop_s=120.0 + 75.0 * n, dose=5.0 + n) for n in range(7))
    figure = plot_ejections(found(*given), width_mm=DOUBLE_MM)
    figure.canvas.draw()
    titles = [ax._left_title.get_window_extent() for ax in figure.axes if ax.get_title(loc="left")]
    assert not any(one.overlaps(other) for n, one in enumerate(titles) for other in titles[n + 1 :])
    (legend,) = figure.legends
    assert not any(legend.get_window_extent().overlaps(title) for title in titles)
    with house_style(theme="dark"):
        dark = plot_ejections(found())
    assert LIGHT.ink not in {to_hex(line.get_color()) for ax in dark.axes for line in ax.lines}


def test_ejections_before_and_after_an_antagonist_have_signs_of_their_own() -> None:
    way = Administration("way-100635", 300.0, dose=10.0, dose_unit="ug/kg", role="antagonist")
    given = tuple(Administration("5-ht", at, at + 50.0, dose=10.0, dose_unit="nA") for at in (100.0, 400.0))
    spikes = np.concatenate([np.arange(0.25, 110.0, 0.5), np.arange(160.25, 600.0, 0.5)])
    cell = Unit.from_times(spikes, support=Epoch(0.0, 600.0))
    figure = plot_ejections(measure_ejections(cell, DoseProtocol((*given, way), cell.support)))
    _, labels = figure.axes[-1].get_legend_handles_labels()
    assert labels == ["5-ht", "5-ht,\nafter way-100635 at 300 s"]
    means = [line for line in figure.axes[-1].lines if line.get_label() in labels or line.get_marker() in "os"]
    assert len({line.get_marker() for line in means}) == 2


def test_no_recovery_is_drawn_where_nothing_was_inhibited() -> None:
    first, _, control, _ = plot_ejections(found()).axes
    assert len(drawn(first, "window")) == 1
    assert drawn(control, "window") == []
    steady = Unit.from_times(np.arange(0.25, 700.0, 0.5), support=Epoch(0.0, 700.0))
    figure = plot_ejections(measure_ejections(steady, DoseProtocol(GIVEN, steady.support)))
    assert [drawn(ax, "window") for ax in figure.axes[:3]] == [[], [], []]
    assert "recovered" not in [text.get_text() for text in figure.legends[0].get_texts()]
