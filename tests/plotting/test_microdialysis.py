"""Dialysate over time: what is drawn is what was computed, animals and bounds with it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from ephys.pharmacology import DialysisComparison, DialysisCourse, compare_dialysis, measure_dialysis
from ephys.plotting import plot_dialysis
from ephys.plotting.palette import LIGHT
from tests.pharmacology.microdialysis.made_courses import dialysis


def course(animal: str, group: str, *after: float | str) -> DialysisCourse:
    """A course behind 8 µl of dead volume: the first of the values straddles the drug."""
    values = [2.0, 2.1, 1.9, *after]
    return measure_dialysis(dialysis(values, animal=animal, group=group, dead_volume_ul=8.0, drug=group))


@pytest.fixture(scope="module")
def compared() -> DialysisComparison:
    """Four and four animals, one fraction below the detection limit."""
    own = [course(f"v{n}", "vehicle", 2.0, 1.9 + 0.05 * n, 2.0, 2.0) for n in range(4)]
    own += [course(f"d{n}", "drug", 1.9, 0.9 + 0.05 * n if n else "<0.5", 1.4, 2.0) for n in range(4)]
    return compare_dialysis(own)


def lines(ax: Axes, gid: str) -> list[list[float]]:
    """Heights of what was drawn as one kind."""
    return [[float(y) for y in np.atleast_1d(line.get_ydata())] for line in ax.lines if line.get_gid() == gid]


def test_means_intervals_and_stars_are_those_of_the_comparison(compared: DialysisComparison) -> None:
    ax = plot_dialysis(compared)
    for drawn, name in zip(lines(ax, "mean"), compared.group_names, strict=True):
        assert drawn == [one.mean for one in compared.groups if one.group == name]
    known = [[one.low, one.high] for one in compared.groups if not math.isnan(one.low)]
    assert lines(ax, "interval") == known
    assert len(known) == 1, "where all animals are alike, or one is below the detection limit, there is none"
    most = [line for line in ax.lines if line.get_gid() == "point" and line.get_marker() == "v"]
    assert [float(np.atleast_1d(line.get_ydata())[0]) for line in most] == [
        one.mean for one in compared.groups if one.n_below
    ]
    stars = [float(line.get_xdata()[0]) for line in ax.lines if line.get_gid() == "star"]
    assert stars == [(one.start_min + one.stop_min) / 2 for one in compared["drug"].different]
    assert len(stars) == 2


def test_each_animal_is_a_line_and_a_bound_a_triangle_at_the_limit(compared: DialysisComparison) -> None:
    ax = plot_dialysis(compared)
    assert len(lines(ax, "animal")) == 8
    assert [y for y in lines(ax, "bound") if y] == [[25.0]]
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"below the detection limit", "straddles the drug", "baseline", "given", "one animal"} <= set(told)


def test_what_straddles_the_drug_is_open_and_the_baseline_ends_before_it(compared: DialysisComparison) -> None:
    ax = plot_dialysis(compared)
    points = [line for line in ax.lines if line.get_gid() == "point"]
    open_at = {
        round(float(line.get_xdata()[0]))
        for line in points
        if to_hex(line.get_markerfacecolor()) == LIGHT.paper and line.get_marker() != "v"
    }
    assert open_at == {5, 7}, "of both groups, side by side around 6 min"
    (shade,) = [patch for patch in ax.patches if patch.get_gid() == "baseline"]
    left, right = shade.get_extents().transformed(ax.transData.inverted()).intervalx
    assert (left, right) == pytest.approx((-64.0, -4.0))
    assert ax.get_ylim()[0] == 0.0


def test_one_animal_has_its_own_intervals(compared: DialysisComparison) -> None:
    one = compared.courses[0]
    ax = plot_dialysis(one)
    assert lines(ax, "interval") == [[f.low, f.high] for f in one.fractions]
    assert "vehicle given" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_it_draws_on_the_axes_that_it_is_given(compared: DialysisComparison) -> None:
    ax = plot_dialysis(compared.courses[0])
    assert plot_dialysis(compared, ax=ax) is ax
