"""The spikes of several units are drawn where their shapes put them, and all are accounted for."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from ephys.io import read_session
from ephys.model import Epoch, Isolation, Share, Support, Unit, Waveform
from ephys.plotting import DOUBLE_MM, SINGLE_MM, house_style, new_figure, plot_feature_space
from ephys.plotting.palette import DARK, LIGHT
from ephys.sorting import spike_features

WHOLE = Support.of(Epoch(0.0, 100_000.0))
TIME_MS = np.arange(160) / 20.0 - 2.0


def cell(name: str, width_ms: float, n: int = 60, kept: int | None = None) -> Unit:
    kept = n if kept is None else kept
    noise = np.random.default_rng(int(name)).normal(0.0, 5.0, (kept, 160, 1))
    snippets = 100.0 * np.exp(-((TIME_MS / width_ms) ** 2))[None, :, None] + noise
    waveform = Waveform(snippets, np.arange(kept), 20000.0, 0.002, (100.0, 6000.0), 2, "zero")
    return Unit(name, np.arange(float(n)), WHOLE, waveform=waveform)


@pytest.fixture(scope="module")
def units() -> list[Unit]:
    """Three cells; the sorter told how well the first stands apart, and the third has no shapes."""
    apart = Isolation("2", Share(0.012, 0.004, 0.031), Share(0.0, 0.0, 0.01))
    bare = replace(cell("3", 0.3), waveform=None, multi_unit=True)
    return [replace(cell("1", 0.2, n=500, kept=60), isolation=apart), cell("2", 0.6), bare]


def legend_texts(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def caption(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return legend.get_title().get_text().splitlines()


def test_every_spike_is_drawn_at_its_scores_with_the_sign_of_its_unit(units: list[Unit]) -> None:
    features = spike_features(units)
    ax = plot_feature_space(features)
    for place in (0, 1):
        np.testing.assert_array_equal(ax.lines[place].get_xydata(), features.scores_uv[features.unit_of == place])
    looks = {(line.get_marker(), line.get_color()) for line in ax.lines}
    assert len({marker for marker, _ in looks}) == len({colour for _, colour in looks}) == 3


def test_the_legend_counts_the_spikes_and_tells_the_isolation_with_its_interval(units: list[Unit]) -> None:
    ax = plot_feature_space(units)
    assert legend_texts(ax) == [
        "unit 1: 60 of 500 spikes; 1.2 % false (0.4 to 3.1)",
        "unit 2: 60 of 60 spikes",
        "multi-unit 3: no shapes known",
    ]
    assert caption(ax) == [
        "\N{MINUS SIGN}0.8 to 1.6 ms from the peak",
        "100 to 6000 Hz, zero phase",
        "false: by shape rather another unit's (95 % interval)",
    ]


def test_the_axes_name_the_share_of_the_variance(units: list[Unit]) -> None:
    features = spike_features(units)
    ax = plot_feature_space(features)
    first, second = (round(100 * share) for share in features.shares)
    assert ax.get_xlabel() == f"1st component (µV, {first} % of variance)"
    assert ax.get_ylabel() == f"2nd component (µV, {second} % of variance)"


def test_an_artefact_leaves_the_axes_and_is_counted(units: list[Unit]) -> None:
    waveform = units[0].waveform
    assert waveform is not None
    snippets = waveform.snippets_uv.copy()
    snippets[3] *= 40.0
    loud = replace(units[0], waveform=replace(waveform, snippets_uv=snippets))
    ax = plot_feature_space([loud, units[1]])
    assert "1 spike lies outside the axes" in caption(ax)
    left, right = ax.get_xlim()
    assert sum(not left <= x <= right for line in ax.lines for x in np.asarray(line.get_xdata())) == 1


def test_a_cloud_is_drawn_as_an_image() -> None:
    ax = plot_feature_space([cell("1", 0.2, 2001), cell("2", 0.6)])
    assert [line.get_rasterized() for line in ax.lines] == [True, False]


def test_one_spike_alone_is_drawn_and_has_no_variance() -> None:
    ax = plot_feature_space([cell("1", 0.2, 1)])
    assert ax.get_xlabel() == "1st component (µV)"
    assert ax.get_xlim()[0] < 0.0 < ax.get_xlim()[1]


def test_on_dark_paper_nothing_is_in_the_ink_of_light_paper(units: list[Unit]) -> None:
    with house_style(theme="dark"):
        ax = plot_feature_space(units)
    legend = ax.get_legend()
    assert legend is not None
    colours = {mpl.colors.to_hex(artist.get_color()) for artist in (*ax.lines, *legend.get_texts(), legend.get_title())}
    assert LIGHT.ink not in colours
    assert DARK.ink in colours


@pytest.mark.parametrize("width_mm", [SINGLE_MM, DOUBLE_MM])
def test_no_text_covers_another_with_eight_units(units: list[Unit], width_mm: float) -> None:
    eight = [replace(units[0], id=f"{number}") for number in range(1, 9)]
    with house_style():
        ax = new_figure(width_mm=width_mm, height_mm=110.0).subplots()
        plot_feature_space(eight, ax=ax)
    figure, legend = ax.get_figure(root=True), ax.get_legend()
    assert figure is not None
    assert legend is not None
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in (*legend.get_texts(), legend.get_title(), ax.xaxis.label)]
    assert all(Bbox.intersection(a, b) is None for a, b in combinations(boxes, 2))
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert legend.get_window_extent().y0 >= ax.get_window_extent().y1 - 1.0


@pytest.mark.real_data
def test_units_of_a_real_file_are_drawn(shared_data: Path) -> None:
    units = read_session(shared_data / "spike2" / "Extracellular_Spikes.smr").units
    ax = plot_feature_space(units)
    assert [len(line.get_xdata()) for line in ax.lines] == [unit.n_spikes for unit in units]
