"""Figures fit the journal's columns, keep text as text, and come out the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from ephys.firing import interval_histogram, rate_histogram
from ephys.model import DoseProtocol, Unit
from ephys.plotting import DOUBLE_MM, SINGLE_MM, plot_interval_histogram, plot_rate_histogram, save_figure
from ephys.plotting.labels import stack_labels
from ephys.plotting.style import figure_of


def test_new_figures_are_one_or_two_columns_wide(unit: Unit) -> None:
    wide = figure_of(plot_rate_histogram(rate_histogram(unit)))
    narrow = figure_of(plot_interval_histogram(interval_histogram(unit)))
    assert 25.4 * wide.get_figwidth() == pytest.approx(DOUBLE_MM)
    assert 25.4 * narrow.get_figwidth() == pytest.approx(SINGLE_MM)


def test_the_callers_axes_are_drawn_on_and_no_figure_is_made(unit: Unit) -> None:
    _, mine = plt.subplots()
    assert plot_interval_histogram(interval_histogram(unit), ax=mine) is mine
    assert len(plt.get_fignums()) == 1


def test_the_callers_settings_are_left_as_they_were(unit: Unit) -> None:
    before = plt.rcParams.copy()
    plot_rate_histogram(rate_histogram(unit))
    assert plt.rcParams == before


def test_saved_text_stays_text_and_two_saves_are_the_same_file(
    unit: Unit, protocol: DoseProtocol, tmp_path: Path
) -> None:
    saved = []
    for _ in range(2):
        path = save_figure(plot_rate_histogram(rate_histogram(unit), protocol), tmp_path / "rate.svg")
        saved.append(path.read_text(encoding="utf-8"))
    assert saved[0] == saved[1]
    assert ">ipsapirone (cumulative µg/kg i.v.)</text>" in saved[0]


def test_a_name_above_never_covers_the_stem_of_another() -> None:
    spans = [(0.0, 60.0), (10.0, 70.0), (50.0, 120.0), (100.0, 130.0)]
    anchors = [0.0, 10.0, 110.0, 125.0]
    rows = stack_labels(spans, anchors)
    for i, (left, right) in enumerate(spans):
        stems_through = [k for k in range(len(spans)) if rows[k] > rows[i] and left < anchors[k] < right]
        assert not stems_through, f"label {i} is crossed by the stems of {stems_through}"
