"""Latencies: steps of Kaplan and Meier, a point for each animal, and how many are watched."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from ephys.pharmacology import Latencies, Latency, LatencyComparison, compare_latencies
from ephys.plotting import plot_latencies
from ephys.plotting.style import figure_of


@pytest.fixture(scope="module")
def compared() -> LatencyComparison:
    """Four animals that leave, two of them at once, and four of which two stay to the cut-off."""
    seconds = {"vehicle": (4.0, 9.0, 9.0, 20.0), "drug": (30.0, 90.0, 180.0, 180.0)}
    trials = [
        Latency(f"{group}{n}", group, s, s == 180.0, 180.0)
        for group, values in seconds.items()
        for n, s in enumerate(values)
    ]
    return compare_latencies(Latencies(tuple(trials)))


def points(ax: Axes, gid: str) -> list[tuple[float, float]]:
    """Where each of one kind stands."""
    return [
        (float(np.atleast_1d(line.get_xdata())[0]), float(np.atleast_1d(line.get_ydata())[0]))
        for line in ax.lines
        if line.get_gid() == gid
    ]


def test_steps_are_the_shares_that_stay(compared: LatencyComparison) -> None:
    curves = [line for line in plot_latencies(compared).lines if line.get_gid() == "curve"]
    assert all(line.get_drawstyle() == "steps-post" for line in curves)
    assert curves[0].get_ydata().tolist() == [100.0, 75.0, 25.0, 0.0, 0.0]
    assert curves[1].get_ydata().tolist() == [100.0, 75.0, 50.0, 50.0]
    assert curves[1].get_xdata().tolist() == [0.0, 30.0, 90.0, 180.0]


def test_every_animal_is_seen(compared: LatencyComparison) -> None:
    ax = plot_latencies(compared)
    assert points(ax, "animal") == [(4.0, 75.0), (9.0, 25.0), (9.0, 50.0), (20.0, 0.0), (30.0, 75.0), (90.0, 50.0)]
    assert points(ax, "stayed") == [(180.0, 50.0)] * 2
    assert points(ax, "cutoff")[0][0] == 180.0


def test_below_the_axis_stands_how_many_are_watched(compared: LatencyComparison) -> None:
    ax = plot_latencies(compared)
    counts = [(text.xy[0], text.get_text()) for text in ax.texts if text.get_gid() == "at risk"]
    ticks = ax.get_xticks().tolist()
    assert counts == [
        (tick, str(compared.at_risk(group, tick))) for group in ("vehicle", "drug") for tick in ticks
    ]  # fmt: skip
    assert [n for _, n in counts][: len(ticks)][0] == "4"
    assert counts[-1] == (180.0, "2")
    assert [text.get_text() for text in ax.texts if text.get_gid() == "name"] == ["vehicle", "drug"]


def test_the_legend_tells_medians_as_bounds_and_the_test(compared: LatencyComparison) -> None:
    legend = plot_latencies(compared).get_legend()
    told = [" ".join(text.get_text().split()) for text in legend.get_texts()]
    assert told[1].startswith("drug, 4 animals: median > 90 (30 to > 180) s")
    assert "log-rank" in legend.get_title().get_text()


def test_long_names_of_groups_are_wrapped_and_nothing_leaves_the_figure() -> None:
    names = ("vehicle", "haloperidol+lesopitron", "haloperidol (0.5 mg/kg i.p.)")
    seconds = (2.1, 7.2, 9.0, 40.0, 180.0, 180.0)
    trials = [Latency(f"{name}{n}", name, s, s == 180.0, 180.0) for name in names for n, s in enumerate(seconds)]
    figure = figure_of(plot_latencies(compare_latencies(Latencies(tuple(trials)))))
    figure.canvas.draw()
    (ax,) = figure.axes
    legend = ax.get_legend()
    width = figure.bbox.width
    for text in (*legend.get_texts(), legend.get_title(), *(one for one in ax.texts if one.get_gid() == "name")):
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
    assert ax.bbox.width > 0.6 * width, "names do not squeeze the axes"
    assert [text.get_text() for text in ax.texts if text.get_gid() == "name"] == list(names)


def test_without_a_cut_off_nothing_is_said_of_one() -> None:
    trials = [Latency(f"{group}{n}", group, 5.0 + n + k) for k, group in enumerate("ab") for n in range(3)]
    ax = plot_latencies(compare_latencies(Latencies(tuple(trials))))
    assert points(ax, "cutoff") == []
    assert len(ax.get_legend().get_texts()) == 2
    assert plot_latencies(compare_latencies(Latencies(tuple(trials))), ax=ax) is ax
