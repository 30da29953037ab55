"""Competition binding as a figure: tubes and curve as they were computed, bounds as arrows, brackets without curve."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from ephys.errors import ParameterError
from ephys.pharmacology import fit_binding
from ephys.plotting import house_style, plot_binding
from ephys.plotting.palette import LIGHT
from tests.pharmacology.binding.drawn_tubes import experiment, one_site

FIT = fit_binding(experiment(one_site(30.0), seed=1, ligand_nm=1.0, kd_nm=2.0, kd_se_nm=0.2, replicates=2))
ABOVE = fit_binding(experiment(one_site(1e6), seed=1, name="e2"))
BRACKET = fit_binding(experiment(one_site(20.0, 40.0), seed=2, name="e3"))


def drawn(ax: Axes, gid: str) -> list[tuple[list[float], list[float]]]:
    """Places of what was drawn as one kind."""
    lines = [line for line in ax.lines if line.get_gid() == gid]
    return [(np.atleast_1d(line.get_xdata()).tolist(), np.atleast_1d(line.get_ydata()).tolist()) for line in lines]


def test_every_tube_stands_where_it_was_measured() -> None:
    ax = plot_binding(FIT)
    samples = [(x[0], y[0]) for x, y in drawn(ax, "sample")]
    assert samples == [(t.concentration_nm, FIT.tube_percent(t)) for t in FIT.experiment.of_kind("sample")]
    first, last = FIT.tested_nm
    assert {x[0] for x, _ in drawn(ax, "total")} == {ax.get_xticks()[0]}
    assert drawn(ax, "total")[0][0][0] < first < last < drawn(ax, "nonspecific")[0][0][0]
    assert [label.get_text() for label in ax.get_xticklabels()][:: len(ax.get_xticks()) - 1] == [
        "total",
        "non-\nspecific",
    ]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("compound A (nM)", "specific binding (%)")


def test_curve_and_band_are_those_of_the_fit_and_end_with_the_concentrations() -> None:
    ax = plot_binding(FIT)
    ((x, y),) = drawn(ax, "curve")
    assert (x[0], x[-1]) == pytest.approx(FIT.tested_nm)
    assert y == pytest.approx(FIT.percent(x).tolist())
    (band,) = [one for one in ax.collections if one.get_gid() == "band"]
    edges = band.get_paths()[0].vertices[:, 1]
    low, high = FIT.percent_band(x)
    assert (edges.min(), edges.max()) == pytest.approx((low.min(), high.max()))


def test_the_ic50_is_a_diamond_with_its_interval_and_the_legend_has_ki() -> None:
    ax = plot_binding(FIT)
    assert drawn(ax, "ic50") == [([FIT.ic50_nm], [50.0])]
    assert drawn(ax, "interval") == [([FIT.ic50_low_nm, FIT.ic50_high_nm], [50.0, 50.0])]
    legend = ax.get_legend()
    assert legend is not None
    told = (
        " ".join(text.get_text() for text in legend.get_texts()).replace("\N{NO-BREAK SPACE}", " ").replace("\n", " ")
    )
    assert FIT.ki is not None
    assert f"IC50 {FIT.ic50_text}; Ki {FIT.ki.ki_text}" in told


def test_a_bound_is_an_arrow_and_no_point_and_a_bracket_has_no_curve() -> None:
    ax = plot_binding(ABOVE)
    assert drawn(ax, "ic50") == []
    assert drawn(ax, "bound") == [([10_000.0], [50.0])]
    assert not [one for one in ax.collections if one.get_gid() == "band"]
    ax = plot_binding(BRACKET)
    assert drawn(ax, "curve") == drawn(ax, "ic50") == []
    assert drawn(ax, "interval")[0][0] == pytest.approx([10.0, 30.0])


def test_a_fit_that_tells_nothing_is_named_and_has_no_points() -> None:
    nothing = fit_binding(experiment(lambda nm: 3000.0 if nm == 0 else 1650.0, seed=1))
    ax = plot_binding(nothing)
    assert drawn(ax, "sample") == drawn(ax, "curve") == drawn(ax, "interval") == []
    legend = ax.get_legend()
    assert legend is not None
    assert "not\N{NO-BREAK SPACE}told" in legend.get_texts()[0].get_text()


def test_several_lie_over_one_another_with_a_colour_and_a_sign_each() -> None:
    ax = plot_binding([FIT, ABOVE, BRACKET])
    signs = {(line.get_marker(), to_hex(line.get_color())) for line in ax.lines if line.get_gid() == "sample"}
    assert len(signs) == 3
    assert len({marker for marker, _ in signs}) == 3
    with pytest.raises(ParameterError, match="draws 1 to 5 fits, got 6"):
        plot_binding([FIT] * 6)
    with pytest.raises(ParameterError, match="draws 1 to 5 fits, got 0"):
        plot_binding([])


def test_nothing_leaves_the_figure_and_no_tick_touches_another() -> None:
    ax = plot_binding([FIT, ABOVE])
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(one.x1 <= two.x0 for one, two in pairwise(boxes))
    assert boxes[-1].x1 <= ax.figure.bbox.x1 + 1.0
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_window_extent().x1 <= ax.figure.bbox.x1
    points = [y[0] for kind in ("sample", "total", "nonspecific") for _, y in drawn(ax, kind)]
    low, high = ax.get_ylim()
    assert all(low < y < high for y in points if not math.isnan(y))


def test_on_dark_paper_no_ink_is_that_of_light_paper() -> None:
    with house_style(theme="dark"):
        ax = plot_binding(FIT)
    used = {to_hex(line.get_color()) for line in ax.lines}
    assert not used & {LIGHT.ink, LIGHT.agonist}
