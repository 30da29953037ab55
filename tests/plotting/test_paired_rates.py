"""Paired rates: each cell a line through its states, each animal one beside, silence at 0."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from ephys.errors import ParameterError
from ephys.pharmacology import PairedCell, PairedRate, PairedRates
from ephys.pharmacology.paired.result import State
from ephys.plotting import DOUBLE_MM, SINGLE_MM, house_style, plot_paired_rates
from ephys.plotting.palette import LIGHT

STATES: tuple[State, ...] = ("baseline", "agonist", "antagonist")


def cell(animal: str, unit: str, *rates_hz: float, proven: bool = True) -> PairedCell:
    """A cell of these rates."""
    rates = tuple(
        PairedRate(
            state, 100.0 * (k > 0), round(60 * hz), 60.0, hz, 0.8 * hz, 1.2 * hz + 0.06, 100 * hz / rates_hz[0],
            80 * hz / rates_hz[0], 130 * hz / rates_hz[0] + 5, proven=proven or hz > 0,
        )
        for k, (state, hz) in enumerate(zip(STATES, rates_hz, strict=False))
    )  # fmt: skip
    return PairedCell(animal, unit, "control", rates)


def paired(*cells: PairedCell, antagonist: str = "way-100635", **values: tuple[str, ...]) -> PairedRates:
    """Such cells under ipsapirone."""
    return PairedRates("ipsapirone", "ug/kg", "i.v.", antagonist, "last", cells, **values)


FEW = paired(
    cell("r1", "1", 2.0, 0.0, 1.8), cell("r1", "2", 1.0, 0.5), cell("r2", "1", 1.5, 0.0, proven=False),
    left_out=("unit 1 of animal r3: silent baseline",),
)  # fmt: skip


def drawn(ax: Axes, gid: str) -> list[list[float]]:
    """Heights of what was drawn as one kind."""
    return [[float(y) for y in np.atleast_1d(line.get_ydata())] for line in ax.lines if line.get_gid() == gid]


def told(figure: Figure) -> list[str]:
    """What the legend says."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_each_cell_is_a_line_that_ends_where_it_was_last_measured() -> None:
    cells, animals = plot_paired_rates(FEW).axes
    assert drawn(cells, "cell") == [[2.0, 0.0, 1.8], [1.0, 0.5], [1.5, 0.0]]
    assert drawn(animals, "mean") == [[1.5], [0.25], [1.8], [1.5], [0.0]]
    assert [label.get_text().split("\n")[-2:] for label in cells.get_xticklabels()] == [
        ["3 cells", "2 animals"],
        ["3 cells", "2 animals"],
        ["1 cell", "1 animal"],
    ]
    assert animals.get_xticklabels()[2].get_text() == "after way-100635\n1 animal"


def test_percent_is_of_the_cells_own_baseline() -> None:
    figure = plot_paired_rates(FEW, unit="percent")
    assert drawn(figure.axes[0], "cell")[0] == pytest.approx([100.0, 0.0, 90.0])
    assert figure.axes[0].get_ylabel() == "firing rate (% of the cell's baseline)"
    with pytest.raises(ParameterError, match="unit must be hz or percent"):
        plot_paired_rates(FEW, unit="Hz")  # type: ignore[arg-type]


def test_silence_is_at_0_within_the_axes_and_open_and_a_doubtful_one_is_crossed() -> None:
    figure = plot_paired_rates(FEW)
    ax = figure.axes[0]
    rates = [line for line in ax.lines if line.get_gid() == "rate"]
    open_ones = [float(line.get_ydata()[0]) for line in rates if to_hex(line.get_markerfacecolor()) == LIGHT.paper]
    assert open_ones == [0.0, 0.0]
    assert len(drawn(ax, "unproven")) == 1
    assert ax.get_ylim()[0] < 0.0
    assert ax.get_yscale() == "linear"
    assert {"no spike in the window", "silent, and may have been lost"} <= set(told(figure))


def test_an_animal_of_which_fewer_cells_are_left_is_dashed() -> None:
    figure = plot_paired_rates(FEW)
    dashes = [line.get_linestyle() for line in figure.axes[1].lines if line.get_gid() == "animal"]
    assert dashes == ["-", "--", "-"]
    assert "fewer cells than before" in told(figure)


def test_few_cells_have_their_intervals_and_many_have_none() -> None:
    assert drawn(plot_paired_rates(FEW).axes[0], "interval")[0] == pytest.approx([1.6, 2.46])
    many = paired(*(cell(f"r{n}", "1", 1.0 + n, 0.5, 1.0) for n in range(7)))
    assert drawn(plot_paired_rates(many).axes[0], "interval") == []


def test_what_is_not_shown_is_said() -> None:
    below = plot_paired_rates(FEW).get_supxlabel()
    assert "2 cells without a window after way-100635: not given after the dose, or not measured." in below
    assert "1 cell without a usable baseline or dose, not shown." in below


def test_a_cell_and_its_animal_share_colour_and_sign_and_animals_do_not() -> None:
    many = paired(*(cell(f"r{n}", "1", 1.0 + n, 0.5, 1.0) for n in range(40)))
    cells, animals = plot_paired_rates(many).axes
    signs = [
        [(line.get_marker(), to_hex(line.get_color())) for line in ax.lines if line.get_gid() == gid][::3]
        for ax, gid in ((cells, "rate"), (animals, "mean"))
    ]
    assert signs[0] == signs[1]
    assert len(set(signs[0])) == 40


def test_without_an_antagonist_there_are_two_states_and_one_silent_cell_has_an_axis() -> None:
    one = plot_paired_rates(paired(cell("r1", "1", 1.0, 0.0), antagonist=""))
    assert [label.get_text().split("\n")[0] for label in one.axes[0].get_xticklabels()] == [
        "baseline",
        "ipsapirone 100\N{NO-BREAK SPACE}µg/kg i.v.,",
    ]
    nobody = plot_paired_rates(paired(cell("r1", "1", 1.0, 0.0)))
    assert nobody.axes[0].get_xticklabels()[2].get_text().endswith("0 cells\n0 animals")


@pytest.mark.parametrize("width_mm", [SINGLE_MM, DOUBLE_MM])
def test_no_text_touches_another(width_mm: float) -> None:
    many = paired(
        *(cell(f"a long name of rat {n}", "1", 1.0 + n, 0.5, 1.0) for n in range(6)),
        antagonist="NAN-190 after a long infusion", notes=("groups together: control, fluoxetine for 21 days",),
    )  # fmt: skip
    figure = plot_paired_rates(many, width_mm=width_mm)
    figure.canvas.draw()
    for ax in figure.axes:
        boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
        assert all(one.x1 < two.x0 for one, two in pairwise(boxes))
        assert boxes[0].x0 >= 0
        assert boxes[-1].x1 <= figure.bbox.x1
    (legend,) = figure.legends
    assert legend.get_window_extent().x1 <= figure.bbox.x1
    assert legend.get_window_extent().y0 > figure.axes[0].title.get_window_extent().y0
    below = figure.texts[-1].get_window_extent()
    assert not any(below.overlaps(label.get_window_extent()) for label in figure.axes[-1].get_xticklabels())


def test_on_dark_paper_no_ink_is_that_of_light_paper() -> None:
    with house_style(theme="dark"):
        figure = plot_paired_rates(FEW)
    lines = [line for ax in figure.axes for line in ax.lines]
    used = {to_hex(colour) for line in lines for colour in (line.get_color(), line.get_markeredgecolor())}
    assert not used & {LIGHT.ink, LIGHT.agonist}
