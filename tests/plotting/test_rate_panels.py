"""Cells under each other share one scale of rate and one of time, and each says what it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import StepPatch

from ephys.errors import ParameterError
from ephys.firing import rate_histogram
from ephys.model import Administration, DoseProtocol, Epoch, Monitor, Support, Unit
from ephys.pharmacology import DoseResponse
from ephys.plotting import RatePanel, house_style, new_figure, plot_rate_panels
from ephys.plotting.palette import DARK


def panel(rate_hz: float, *, start_s: float = 0.0, dose_s: float = 300.0, label: str = "", bin_s: float = 10.0,
          monitors: tuple[Monitor, ...] = ()) -> RatePanel:  # fmt: skip
    support = Support.of(Epoch(start_s, start_s + 900.0))
    unit = Unit.from_times(np.arange(start_s, start_s + 900.0, 1.0 / rate_hz), support=support)
    given = Administration("ipsapirone", dose_s, dose=20.0, dose_unit="ug/kg", route="i.v.")
    protocol = DoseProtocol((given,), support)
    return RatePanel(rate_histogram(unit, bin_s=bin_s), protocol, label=label, animal=f"rat{rate_hz:g}",
                     monitors=monitors)  # fmt: skip


def printed_ticks(ax: Axes) -> dict[float, str]:
    """What stands at each tick of the time axis, by the session's clock."""
    low, high = ax.get_xlim()
    text = ax.xaxis.get_major_formatter()
    return {float(t): text(t, 0) for t in ax.xaxis.get_major_locator()() if low <= t <= high}


def texts_overlap(figure: Figure | SubFigure) -> list[tuple[str, str]]:
    """Pairs of labels, legends and numbers of axes that share area."""
    figure.figure.canvas.draw()
    found = []
    for ax in figure.axes:
        legend = ax.get_legend()
        shown = [*ax.texts, ax.xaxis.label, ax.yaxis.label, *(legend.get_texts() if legend else [])]
        found += [(t.get_text(), t.get_window_extent()) for t in shown if t.get_text() and t.get_visible()]
        found += [("arrow", t.get_window_extent()) for t in ax.texts if not t.get_text()]
    return [
        (a, b)
        for (a, one), (b, two) in combinations(found, 2)
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 0.5 and min(one.y1, two.y1) - max(one.y0, two.y0) > 0.5
        and (a, b) != ("arrow", "arrow")
    ]  # fmt: skip


def test_a_slow_and_a_fast_cell_have_one_scale_of_rate() -> None:
    slow, fast = plot_rate_panels([panel(0.5), panel(2.0)]).axes
    assert slow.get_ylim() == fast.get_ylim()
    assert fast.get_ylim()[1] > 20.0


def test_aligned_cells_have_the_first_dose_at_0_and_the_same_length_on_both_sides() -> None:
    control, treated = plot_rate_panels([panel(1.0, dose_s=300.0), panel(1.0, start_s=220.0, dose_s=460.0)],
                                        align="ipsapirone").axes  # fmt: skip
    assert control.get_xlim() == (0.0, 960.0)
    assert treated.get_xlim() == (160.0, 1120.0)
    assert printed_ticks(control)[300.0] == printed_ticks(treated)[460.0] == "0"
    assert printed_ticks(treated)[340.0] == "−2"
    assert treated.get_xlabel() == "time from the first dose of ipsapirone (min)"
    assert control.get_xlabel() == ""


def test_data_stay_on_the_clock_of_their_session() -> None:
    ax = plot_rate_panels([panel(1.0, start_s=220.0, dose_s=460.0)], align="ipsapirone").axes[0]
    edges = [patch.get_data().edges for patch in ax.patches if isinstance(patch, StepPatch)]
    assert all(edge[0] == 220.0 for edge in edges)


def test_what_a_shorter_session_did_not_record_is_hatched() -> None:
    first, second = plot_rate_panels([panel(1.0), panel(1.0, start_s=220.0, dose_s=460.0)]).axes
    assert first.get_xlim() == second.get_xlim() == (0.0, 1120.0)
    for ax, bounds in ((first, (900.0, 1120.0)), (second, (0.0, 220.0))):
        (hatched,) = [patch for patch in ax.patches if patch.get_hatch()]
        xs = hatched.get_path().vertices[:, 0] * 1.0
        placed = hatched.get_patch_transform().transform(np.column_stack([xs, xs]))[:, 0]
        assert (placed.min(), placed.max()) == bounds


def test_each_panel_says_what_it_is_and_n() -> None:
    figure = plot_rate_panels([panel(1.0, label="control"), panel(2.0, label="chronic")])
    titles = [[t.get_text() for t in ax.texts if "cell" in t.get_text()] for ax in figure.axes]
    assert titles == [
        ["control: unit 1 of rat1, 900 spikes (1 cell, 1 animal)"],
        ["chronic: unit 1 of rat2, 1800 spikes (1 cell, 1 animal)"],
    ]


def test_an_animal_that_is_not_stated_is_not_counted() -> None:
    unit = Unit.from_times([], support=Epoch(0.0, 60.0))
    assert RatePanel(rate_histogram(unit)).text == "unit 1, 0 spikes (1 cell, animal not stated)"


def test_spikes_of_several_cells_are_not_called_one() -> None:
    unit = replace(Unit.from_times([1.0], support=Epoch(0.0, 60.0)), multi_unit=True)
    assert "(several cells, 1 animal)" in RatePanel(rate_histogram(unit), animal="r7", amplitudes=unit).text


def test_amplitudes_and_monitors_stand_beneath_their_cell_on_its_time(unit: Unit, protocol: DoseProtocol) -> None:
    belt = Monitor("belt", np.sin(np.arange(900.0)), 1.0, unit="V")
    figure = plot_rate_panels([RatePanel(rate_histogram(unit), protocol, amplitudes=unit, monitors=(belt,))])
    rate, amplitude, monitor = figure.axes
    assert [ax.get_ylabel() for ax in figure.axes] == ["spikes per 10 s", "amplitude\n(µV)", "belt\n(V)"]
    assert rate.get_xlim() == amplitude.get_xlim() == monitor.get_xlim()
    assert [ax.get_xlabel() for ax in figure.axes] == ["", "", "time (min)"]
    centres = [ax.get_position().x0 for ax in figure.axes]
    assert max(centres) - min(centres) < 1e-9


def test_a_time_bar_stands_at_the_foot_alone() -> None:
    above, below = plot_rate_panels([panel(1.0), panel(2.0)], time_bar=True).axes
    assert not above.xaxis.get_visible()
    assert not below.xaxis.get_visible()
    assert [ax for ax in (above, below) if any(t.get_text() == "2 min" for t in ax.texts)] == [below]


@pytest.mark.parametrize(("width_mm", "time_bar"), [(85.0, True), (175.0, False)])
def test_no_text_covers_another_at_either_width(
    unit: Unit, protocol: DoseProtocol, response: DoseResponse, width_mm: float, time_bar: bool
) -> None:
    belt = Monitor("arterial pressure", np.sin(np.arange(900.0)), 1.0, unit="mmHg")
    full = RatePanel(
        rate_histogram(unit),
        protocol,
        (response.baseline, *response.windows),
        label="control",
        animal="rat 7",
        amplitudes=unit,
        monitors=(belt,),
    )
    figure = plot_rate_panels([full, full], align="ipsapirone", time_bar=time_bar, width_mm=width_mm)
    assert 25.4 * figure.figure.get_figwidth() == pytest.approx(width_mm)
    assert texts_overlap(figure) == []


def test_a_subfigure_of_the_caller_is_drawn_on(unit: Unit) -> None:
    with house_style():
        left, _ = new_figure(width_mm=175.0, height_mm=60.0).subfigures(1, 2)
        assert plot_rate_panels([RatePanel(rate_histogram(unit))], figure=left) is left
    assert len(left.axes) == 1


def test_bins_of_two_widths_have_no_common_scale() -> None:
    with pytest.raises(ParameterError, match="bins of 5, 10 s"):
        plot_rate_panels([panel(1.0), panel(1.0, bin_s=5.0)])


def test_a_drug_that_a_cell_never_had_is_no_zero() -> None:
    with pytest.raises(ParameterError, match=r"lesopitron: it was not given to .*rat1.* there was ipsapirone"):
        plot_rate_panels([panel(1.0)], align="lesopitron")


def test_no_panel_is_an_error() -> None:
    with pytest.raises(ParameterError, match="no panels"):
        plot_rate_panels([])


def test_amplitudes_of_another_unit_are_refused(unit: Unit) -> None:
    other = Unit("2", unit.times_s, unit.support)
    with pytest.raises(ParameterError, match="unit 1, its amplitudes those of unit 2"):
        RatePanel(rate_histogram(unit), amplitudes=other)


def test_labels_are_light_on_a_dark_ground() -> None:
    with house_style(theme="dark"):
        ax = plot_rate_panels([panel(1.0)]).axes[0]
    title = next(text for text in ax.texts if "cell" in text.get_text())
    assert same_color(title.get_color(), DARK.ink)
