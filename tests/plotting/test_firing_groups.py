"""Firing of groups: every cell, every animal, the group's interval, and what is not there is said."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from ephys.errors import ParameterError
from ephys.pharmacology import FiringComparison, compare_firing
from ephys.plotting import SINGLE_MM, house_style, plot_firing_groups
from ephys.plotting.palette import LIGHT

Row = dict[str, Any]
LONG = ("control", "fluoxetine 21 days", "citalopram 14 days", "imipramine", "washout", "5-HT1A knock-out")


def cells_of(groups: tuple[str, ...], n: int = 4, seed: int = 0) -> list[Row]:
    """Three cells of each animal, the first of each group's first animal silent."""
    rng = np.random.default_rng(seed)
    return [
        {
            "animal": f"{group} {animal}", "group": group, "unit": str(cell), "track": str(cell),
            "baseline_rate_hz": 0.0 if animal == cell == 0 else float(rng.lognormal(0.2, 0.4)),
            "cv_collapsed": None if animal == cell == 0 else float(rng.lognormal(-1.2, 0.2)),
            "total_ms": float(rng.normal(2.4, 0.2)), "bursting": "yes" if rng.random() < 0.4 else "no",
        }
        for group in groups for animal in range(n) for cell in range(3)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def two() -> FiringComparison:
    """Two groups of four animals, with an empty track each and a cell excluded."""
    rows = cells_of(("control", "treated"))
    rows[5]["excluded"] = "drift"
    empty = [{"animal": f"{g} 1", "group": g, "track": "9", "cells": 0} for g in ("control", "treated")]
    return compare_firing(rows, tracks=empty)


@pytest.fixture(scope="module")
def six() -> FiringComparison:
    """Six groups with long names."""
    return compare_firing([{**row, "bursting": None} for row in cells_of(LONG)])


def drawn(ax: Axes, gid: str) -> list[tuple[float, float]]:
    """Points of some kind."""
    lines = [line for line in ax.lines if line.get_gid() == gid]
    return [(float(x), float(y)) for line in lines for x, y in zip(*line.get_data(), strict=True)]


def inside_and_apart(figure: Figure, texts: list[Text]) -> bool:
    """Whether texts lie on the figure and none touches another."""
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    on = all(figure.bbox.x0 <= b.x0 and b.x1 <= figure.bbox.x1 and figure.bbox.y0 <= b.y0 <= b.y1 <= figure.bbox.y1
             for b in boxes)  # fmt: skip
    return on and not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_every_cell_animal_and_group_is_drawn_where_the_comparison_has_it(two: FiringComparison) -> None:
    figure = plot_firing_groups(two)
    assert len(figure.axes) == len(two.measures)
    for ax, measure in zip(figure.axes, two, strict=True):
        assert len(drawn(ax, "cells")) == len(measure.cells)
        assert sorted(y for _, y in drawn(ax, "animal")) == pytest.approx(sorted(a.value for a in measure.animals))
        assert [y for _, y in drawn(ax, "group")] == pytest.approx([group.value for group in measure.groups])
        ends = [y for _, y in drawn(ax, "interval")]
        assert ends == pytest.approx([end for group in measure.groups for end in (group.low, group.high)])
    rate = figure.axes[0]
    used = sorted(cell.value for cell in two["rate"].cells if cell.used)
    assert sorted(y for _, y in drawn(rate, "cells"))[2:] == pytest.approx(used)


def test_a_silent_cell_stands_below_the_log_axis_at_0_and_is_counted(two: FiringComparison) -> None:
    ax = plot_firing_groups(two, measures=["rate"]).axes[0]
    ax.figure.canvas.draw()
    foot = sorted(y for _, y in drawn(ax, "cells"))[0]
    assert dict(zip(ax.get_yticks(), [t.get_text() for t in ax.get_yticklabels()], strict=True))[foot] == "0"
    assert ax.get_ylim()[0] < foot < min(cell.value for cell in two["rate"].cells if cell.used)
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "control\n4 animals\n10 cells\n+ 1 silent",
        "treated\n4 animals\n11 cells\n+ 1 silent",
    ]


def test_empty_tracks_are_points_at_0(two: FiringComparison) -> None:
    ax = plot_firing_groups(two, measures=["cells_per_track"]).axes[0]
    assert sum(y == 0 for _, y in drawn(ax, "cells")) == 2
    assert len(set(drawn(ax, "cells"))) == len(two["cells_per_track"].cells), "none hides another"


def test_differences_and_what_is_not_shown_are_said_in_words(two: FiringComparison) -> None:
    figure = plot_firing_groups(two, measures=["cv"])
    told = figure.axes[0].get_title(loc="left").replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert two["cv"].difference_text(two["cv"].differences[0]) in told
    assert told.endswith("2 cells without a value, not shown")
    assert "Welch p" in told
    below = figure.get_supxlabel()
    assert "1 cell excluded by hand (control 1)" in below
    assert "Not compared: spikes_in_bursts" in below


def test_too_few_animals_are_an_open_square_without_an_interval() -> None:
    found = compare_firing([row for row in cells_of(("a", "b")) if row["animal"] in ("a 1", "b 1", "b 2", "b 3")])
    ax = plot_firing_groups(found, measures=["rate"]).axes[0]
    faces = [to_hex(line.get_markerfacecolor()) for line in ax.lines if line.get_gid() == "group"]
    assert math.isnan(found["rate"].groups[0].low)
    assert faces == [LIGHT.paper, LIGHT.ink]
    assert len(drawn(ax, "interval")) == 2, "of the other group alone"
    (legend,) = ax.figure.legends  # type: ignore[union-attr]
    assert "group, too few animals for an interval" in [text.get_text() for text in legend.get_texts()]


def test_one_group_of_one_animal_with_one_cell_is_drawn() -> None:
    ax = plot_firing_groups(compare_firing([{"animal": "r1", "group": "a", "rate_hz": 1.2}])).axes[0]
    assert [y for _, y in drawn(ax, "cells")] == [1.2]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a\n1 animal\n1 cell"]
    (cell,), (mean,) = ([line for line in ax.lines if line.get_gid() == gid] for gid in ("cells", "animal"))
    assert cell.get_zorder() > mean.get_zorder(), "the mean is the larger sign, and would hide it"
    assert cell.get_markersize() < mean.get_markersize()


def test_what_was_not_compared_cannot_be_drawn(two: FiringComparison) -> None:
    with pytest.raises(ParameterError, match="spikes_in_bursts: needs the columns"):
        plot_firing_groups(two, measures=["spikes_in_bursts"])
    with pytest.raises(ParameterError, match="no measure was named"):
        plot_firing_groups(two, measures=[])


@pytest.mark.parametrize("width_mm", [SINGLE_MM, 175.0])
def test_six_long_names_touch_nothing(six: FiringComparison, width_mm: float) -> None:
    figure = plot_firing_groups(six, measures=["rate", "cv"], width_mm=width_mm)
    figure.canvas.draw()
    titles = [text for ax in figure.axes for text in (ax._left_title,)]  # type: ignore[attr-defined]
    assert inside_and_apart(figure, [*titles, *(ax.yaxis.label for ax in figure.axes), *figure.legends[0].get_texts()])
    for ax in figure.axes:
        assert ax.get_xticklabels()[0].get_rotation() == 45
        places = [label.get_window_extent().x1 for label in ax.get_xticklabels()]
        line_px = figure.dpi * 2 * 1.3 * 6.5 / 72
        assert all(two - one > line_px / math.sin(math.radians(45)) / 1.5 for one, two in pairwise(places))


def test_upright_names_touch_nothing(two: FiringComparison) -> None:
    figure = plot_firing_groups(two)
    figure.canvas.draw()
    assert inside_and_apart(figure, [text for ax in figure.axes for text in ax.get_xticklabels()])


def test_on_dark_paper_no_ink_is_that_of_light_paper(two: FiringComparison) -> None:
    with house_style(theme="dark"):
        figure = plot_firing_groups(two, measures=["rate", "cells_per_track"])
    used = {
        to_hex(c) for ax in figure.axes for line in ax.lines for c in (line.get_color(), line.get_markeredgecolor())
    }
    assert not used & {LIGHT.ink, LIGHT.agonist, LIGHT.antagonist}


@pytest.mark.real_data
def test_hundreds_of_real_units_are_all_there_and_their_mice_are_told(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "drn_osullivan" / "drn-interactions" / "burst_features.csv")
    names = {"session_name": "animal", "group_name": "group", "mean_firing_rate": "rate_hz", "neuron_id": "unit"}
    cells = table[table.group_name.isin(["acute_cit", "acute_sal"])].rename(columns=names)
    ax = plot_firing_groups(compare_firing(cells, reference="acute_sal")).axes[0]
    assert sorted(y for _, y in drawn(ax, "cells")) == pytest.approx(sorted(cells.rate_hz))
    assert [label.get_text().split("\n")[1:] for label in ax.get_xticklabels()] == [
        ["4 animals", "128 cells"],
        ["6 animals", "148 cells"],
    ]
