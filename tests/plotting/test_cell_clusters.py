"""The figure of clusters shows every complete cell once, by call, and the groups as they were fitted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from ephys.classification import CellClusters, Label, cluster_cells
from ephys.errors import ParameterError
from ephys.plotting import plot_cell_clusters
from ephys.plotting.style import figure_of

CALLS: tuple[Label, ...] = ("serotonergic", "uncertain", "not_serotonergic")


@pytest.fixture
def cells() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    centres = np.repeat(np.log([[1.5, 0.3], [12.0, 0.9]]), 30, axis=0)
    return pd.DataFrame(np.exp(centres + rng.normal(0, 0.3, (60, 2))), columns=["rate_hz", "cv"])


@pytest.fixture
def clusters(cells: pd.DataFrame) -> CellClusters:
    return cluster_cells(cells, features=("rate_hz", "cv"))


def legend(ax: Axes) -> list[str]:
    box = ax.get_legend()
    assert box is not None
    return [text.get_text() for text in box.get_texts()]


def test_every_call_has_its_own_colour_and_marker_and_its_number(cells: pd.DataFrame, clusters: CellClusters) -> None:
    calls = [CALLS[i % 3] if i < 45 else CALLS[0] for i in range(60)]
    ax = plot_cell_clusters(clusters, cells, calls=calls)
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert [len(line.get_xdata()) for line in points] == [30, 15, 15]
    assert len({line.get_marker() for line in points}) == len({line.get_color() for line in points}) == 3
    assert legend(ax)[2:] == ["serotonergic (n = 30)", "uncertain (n = 15)", "not serotonergic (n = 15)"]
    drawn = sorted(x for line in points for x in np.asarray(line.get_xdata()))
    np.testing.assert_allclose(drawn, sorted(cells["rate_hz"]))


def test_groups_are_ellipses_of_the_fit_on_logarithmic_axes(cells: pd.DataFrame, clusters: CellClusters) -> None:
    ax = plot_cell_clusters(clusters, cells)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert legend(ax) == [*(f"group {group.name}" for group in clusters.groups), "cells (n = 60)"]
    for number, line in enumerate(ax.lines[:2], start=1):
        np.testing.assert_array_equal(line.get_xydata(), np.transpose(clusters.outline(number, clusters.features)))
    assert len({str(line.get_linestyle()) for line in ax.lines[:2]}) == 2


def test_a_cell_that_lacks_a_feature_is_not_drawn_and_not_counted(cells: pd.DataFrame, clusters: CellClusters) -> None:
    holes = cells.copy()
    holes.loc[:4, "cv"] = np.nan
    assert legend(plot_cell_clusters(clusters, holes))[-1] == "cells (n = 55)"


def test_numbers_on_the_axes_do_not_touch_over_many_decades(cells: pd.DataFrame, clusters: CellClusters) -> None:
    wide = pd.concat([cells, pd.DataFrame({"rate_hz": [0.001, 90.0], "cv": [1.0, 1.0]})], ignore_index=True)
    ax = plot_cell_clusters(clusters, wide)
    figure_of(ax).canvas.draw()
    left, right = ax.get_xlim()
    labels = [
        label.get_window_extent()
        for label, at in zip(ax.get_xticklabels(), ax.get_xticks(), strict=True)
        if left <= at <= right
    ]
    assert len(labels) >= 4
    assert all(one.x1 < two.x0 for one, two in pairwise(labels))


def test_it_draws_where_it_is_told(cells: pd.DataFrame, clusters: CellClusters) -> None:
    ax = plt.figure().subplots()
    assert plot_cell_clusters(clusters, cells, ax=ax) is ax


def test_calls_that_do_not_fit_the_cells_are_refused(cells: pd.DataFrame, clusters: CellClusters) -> None:
    with pytest.raises(ParameterError, match="as many calls as cells, got 2 for 60"):
        plot_cell_clusters(clusters, cells, calls=CALLS[:2])
    with pytest.raises(ParameterError, match="call 0: must be serotonergic, uncertain or not_serotonergic, got '5-HT'"):
        plot_cell_clusters(clusters, cells, calls=["5-HT"] * 60)  # type: ignore[list-item]
    alone = cluster_cells(cells, features=("rate_hz",))
    with pytest.raises(ParameterError, match="two features are drawn, the clusters have rate_hz alone"):
        plot_cell_clusters(alone, cells)
