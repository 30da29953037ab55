"""The rate histogram shows the counts, what was given, and where the response was read."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch
from matplotlib.text import Annotation

from ephys.firing import rate_histogram
from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
from ephys.pharmacology import DoseResponse
from ephys.plotting import house_style, new_figure, plot_rate_histogram
from ephys.plotting.style import figure_of


def arrows(ax: Axes) -> list[Annotation]:
    """Arrows that point at the axis (stems of names have no head)."""
    found = [child for child in ax.get_children() if isinstance(child, Annotation) and child.arrow_patch is not None]
    return [arrow for arrow in found if "|>" in str(arrow.arrowprops["arrowstyle"])]


def bars(ax: Axes) -> list[np.ndarray]:
    return [np.asarray(patch.get_data().values) for patch in ax.patches if isinstance(patch, StepPatch)]


def texts_overlap(ax: Axes) -> list[tuple[str, str]]:
    """Pairs of labels whose boxes share area once the figure is laid out."""
    figure_of(ax).canvas.draw()
    boxes = [(t.get_text(), t.get_window_extent()) for t in ax.texts if t.get_text()]
    return [
        (a, b)
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 0.5 and min(one.y1, two.y1) - max(one.y0, two.y0) > 0.5
    ]


def test_bars_are_the_counts(unit: Unit) -> None:
    histogram = rate_histogram(unit)
    drawn = bars(plot_rate_histogram(histogram))[-1]
    np.testing.assert_array_equal(drawn, histogram.counts)


def test_what_was_not_recorded_is_no_bar_of_height_zero(unit: Unit) -> None:
    support = Support.of(Epoch(0.0, 400.0), Epoch(425.0, 900.0))
    kept = support.mask(unit.times_s)
    ax = plot_rate_histogram(rate_histogram(Unit("1", unit.times_s[kept], support)))
    paler, whole = bars(ax)
    assert np.isnan(paler[40]), "400 to 410 s was not recorded"
    assert np.isnan(whole[42]), "420 to 430 s was recorded in part: paler"
    assert paler[42] == kept[(unit.times_s >= 420) & (unit.times_s < 430)].sum()


def test_every_administration_has_its_arrow(unit: Unit, protocol: DoseProtocol) -> None:
    ax = plot_rate_histogram(rate_histogram(unit), protocol)
    assert [arrow.xy[0] for arrow in arrows(ax)] == [given.start_s for given in protocol.administrations]


def test_arrows_carry_the_cumulative_dose_not_the_increment(unit: Unit, protocol: DoseProtocol) -> None:
    ax = plot_rate_histogram(rate_histogram(unit), protocol)
    labels = {text.xy[0]: text.get_text() for text in ax.texts if text.get_text().isdigit()}
    assert [labels[t] for t in (300.0, 400.0, 500.0, 600.0, 700.0)] == ["25", "50", "100", "200", "400"]
    assert "ipsapirone (cumulative µg/kg i.v.)" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("n_doses", [5, 12, 30])
@pytest.mark.parametrize("width_in", [3.35, 6.9])
def test_labels_do_not_overlap_however_many_doses(n_doses: int, width_in: float) -> None:
    support = Support.of(Epoch(0.0, 200.0 + 60.0 * (n_doses + 3)))
    given = [Administration("saline", 180.0, dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle")]
    given += [
        Administration("ipsapirone", 240.0 + 60.0 * i, dose=31.25 * (i + 1), dose_unit="ug/kg", route="i.v.")
        for i in range(n_doses)
    ]
    given.append(
        Administration("way-100635", given[-1].start_s + 60.0, dose=100.0, dose_unit="ug/kg", role="antagonist")
    )
    unit = Unit.from_times(np.arange(0.0, support.stop_s), support=support)
    with house_style():
        _, ax = plt.subplots(figsize=(width_in, 3.0), layout="constrained")
        plot_rate_histogram(rate_histogram(unit), DoseProtocol(tuple(given), support), ax=ax)
        assert texts_overlap(ax) == []


def test_each_window_is_drawn_at_its_mean_rate(unit: Unit, protocol: DoseProtocol, response: DoseResponse) -> None:
    histogram = rate_histogram(unit)
    windows = (response.baseline, *response.windows)
    ax = plot_rate_histogram(histogram, protocol, windows=windows)
    lines = {tuple(line.get_xdata()): line.get_ydata()[0] for line in ax.lines}
    for window in windows:
        drawn = lines[(window.epoch.start_s, window.epoch.stop_s)]
        assert drawn == pytest.approx(window.rate_hz * histogram.bin_s)


def test_a_cell_that_never_fires_is_drawn_as_silence() -> None:
    histogram = rate_histogram(Unit.from_times([], support=Epoch(0.0, 100.0)))
    ax = plot_rate_histogram(histogram)
    assert bars(ax)[-1].tolist() == [0] * 10
    assert ax.get_ylim()[1] > 0


def test_the_clock_of_the_file_is_the_axis() -> None:
    ax = plot_rate_histogram(rate_histogram(Unit.from_times([225.0], support=Epoch(220.0, 1020.0))))
    assert ax.get_xlim() == (220.0, 1020.0)
    assert ax.get_xlabel() == "time (min)"
    assert ax.xaxis.get_major_formatter()(300.0, 0) == "5"


def test_a_rate_that_allows_for_missed_spikes_is_not_cut_off(response: DoseResponse, unit: Unit) -> None:
    missed = replace(response.baseline, completeness=0.5)
    ax = plot_rate_histogram(rate_histogram(unit), windows=(missed,))
    assert missed.rate_hz * 10.0 > rate_histogram(unit).counts.max()
    assert ax.get_ylim()[1] > missed.rate_hz * 10.0


def test_what_is_shown_beyond_the_histogram_is_hatched(unit: Unit) -> None:
    ax = plot_rate_histogram(rate_histogram(unit), within=Epoch(-100.0, 1000.0))
    assert ax.get_xlim() == (-100.0, 1000.0)
    hatched = sorted(patch.get_extents().x0 for patch in ax.patches if patch.get_hatch())
    assert len(hatched) == 2


def test_labels_keep_apart_on_a_narrow_subfigure(unit: Unit, protocol: DoseProtocol) -> None:
    with house_style():
        figure = new_figure(width_mm=175.0, height_mm=60.0)
        ax = figure.subfigures(1, 2)[0].subplots()
        plot_rate_histogram(rate_histogram(unit), protocol, ax=ax)
        assert texts_overlap(ax) == []


def test_a_long_stretch_that_was_not_recorded_is_hatched_as_one(unit: Unit) -> None:
    ax = plot_rate_histogram(rate_histogram(unit, within=Epoch(-500.0, 1500.0)))
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert sorted((patch.get_x(), patch.get_x() + patch.get_width()) for patch in hatched) == [
        (-500.0, 0.0),
        (900.0, 1500.0),
    ]
