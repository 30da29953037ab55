"""A table on paper: every cell once, nothing over anything else, and never smaller than can be read."""

from itertools import combinations

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.transforms import Bbox

from ephys.analysis import PaperTable
from ephys.errors import ParameterError
from ephys.plotting import DOUBLE_MM, SINGLE_MM, house_style, plot_table
from ephys.plotting.palette import DARK
from ephys.plotting.style import figure_of


def table(columns: int, rows: int = 3) -> PaperTable:
    names = ("group", *(f"firing rate {place} (Hz)" for place in range(1, columns)))
    cells = tuple((f"group {n}", *["1.42 (1.21 to 1.68) [9, 10]"] * (columns - 1)) for n in range(rows))
    return PaperTable("Rates.", names, cells, ({},) * rows, ("Means with 95 % intervals; n is animals. " * 4,))


def boxes(ax: Axes) -> list[Bbox]:
    figure_of(ax).canvas.draw()
    return [text.get_window_extent() for text in ax.texts]


@pytest.mark.parametrize(("columns", "width_mm"), [(3, SINGLE_MM), (8, DOUBLE_MM)])
def test_no_text_touches_another_and_none_leaves_the_figure(columns: int, width_mm: float) -> None:
    ax = plot_table(table(columns))
    assert 25.4 * figure_of(ax).get_figwidth() == pytest.approx(width_mm)
    drawn = boxes(ax)
    for one, other in combinations(drawn, 2):
        touching = Bbox.intersection(one.padded(-1.0), other.padded(-1.0))
        assert touching is None or touching.width <= 0 or touching.height <= 0
    page = figure_of(ax).bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in drawn)


def test_every_cell_is_written_and_an_interval_is_not_broken() -> None:
    texts = [text.get_text() for text in plot_table(table(8)).texts]
    assert texts.count("(1.21 to 1.68)") == 3 * 7
    assert " ".join(texts).startswith("Rates. group firing rate 1 (Hz)")


def test_three_rules_and_no_vertical_line() -> None:
    lines = plot_table(table(3)).lines
    assert len(lines) == 3
    assert all(line.get_ydata()[0] == line.get_ydata()[1] for line in lines)


def test_a_table_without_a_row_or_a_note_is_its_headings() -> None:
    ax = plot_table(PaperTable("Nothing.", ("drug", "ID50"), (), ()))
    assert [text.get_text() for text in ax.texts] == ["Nothing.", "drug", "ID50"]


def test_in_axes_that_are_too_small_it_is_refused_with_what_to_do() -> None:
    _, axes = plt.subplots(figsize=(2.0, 4.0))
    with pytest.raises(ParameterError, match=r"needs more width .* table\.turned\(\)"):
        plot_table(table(12), ax=axes)
    _, low = plt.subplots(figsize=(7.0, 0.5))
    with pytest.raises(ParameterError, match="mm of height"):
        plot_table(table(3), ax=low)


def test_it_is_drawn_smaller_in_small_axes() -> None:
    _, axes = plt.subplots(figsize=(2.3, 8.0))
    assert plot_table(table(5), ax=axes) is axes
    assert {text.get_fontsize() for text in axes.texts} <= {6.0, 5.5, 5.0}


def test_on_dark_paper_the_ink_is_light() -> None:
    with house_style(theme="dark"):
        ax = plot_table(table(3))
    assert {to_hex(text.get_color()) for text in ax.texts} == {DARK.ink}
    assert {to_hex(line.get_color()) for line in ax.lines} == {DARK.ink}
