"""One page of a cell holds its figures, each once, and what must be known of it."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from ephys.analysis import SessionAnalysis
from ephys.model import DoseProtocol, Epoch, Session, Support, Unit
from ephys.pipeline import analyse_session
from ephys.plotting import DOUBLE_MM, house_style, plot_cell_sheet
from ephys.plotting.palette import DARK
from ephys.simulation import simulate_session

WHOLE = Epoch(0.0, 100.0)


@pytest.fixture(scope="module")
def analysis() -> SessionAnalysis:
    """A held, a lost and a fast cell."""
    return analyse_session(simulate_session(1, with_voltage=False).session)


@pytest.fixture(scope="module")
def pages(analysis: SessionAnalysis) -> list[Figure]:
    """A page of each."""
    return [plot_cell_sheet(cell, analysis) for cell in analysis.cells]


def said(figure: Figure) -> list[str]:
    """Every text of a figure."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_the_page_has_every_figure_of_the_cell(pages: list[Figure]) -> None:
    figure = pages[0]
    labels = {ax.get_ylabel() for ax in figure.axes} | {ax.get_xlabel() for ax in figure.axes}
    assert {
        "spikes per 10 s",
        "spike amplitude (µV)",
        "voltage (µV)",
        "inter-spike interval (ms)",
        "lag (ms)",
    } <= labels
    assert "cumulative dose of ipsapirone (µg/kg i.v., base)" in labels
    assert [text for text in said(figure) if text in set("ABCDEFGHI")] == list("ABCDEFG")
    assert 25.4 * figure.get_figwidth() == pytest.approx(DOUBLE_MM)
    assert 25.4 * figure.get_figheight() < 297.0, "it is longer than a page"


def test_call_id50_and_every_flag_stand_above(analysis: SessionAnalysis, pages: list[Figure]) -> None:
    for cell, page in zip(analysis.cells, pages, strict=True):
        words = " ".join(" ".join(said(page)).split())
        assert f"unit {cell.unit.id}" in words
        assert cell.call in words
        for flag in cell.flags:
            assert " ".join(flag.split()) in words
        for fit in cell.fits:
            assert cell.quote(fit) in words


def test_what_does_not_exist_has_no_panel_and_is_said() -> None:
    unit = Unit.from_times(np.arange(0.5, 99.5), support=WHOLE)
    session = Session("bare", DoseProtocol((), Support.of(WHOLE)), units=(unit,))
    bare = analyse_session(session)
    figure = plot_cell_sheet(bare.cells[0], bare)
    labels = {ax.get_ylabel() for ax in figure.axes}
    assert not labels & {"voltage (µV)", "firing rate (% of baseline)"}
    assert len(figure.axes) == 5  # course, amplitudes, intervals, lags, call
    assert any("no agonist was given" in text for text in said(figure))


def test_it_is_drawn_for_dark_pages_too(analysis: SessionAnalysis) -> None:
    with house_style(theme="dark"):
        figure = plot_cell_sheet(analysis.cells[0], analysis)
    assert mpl.colors.to_hex(figure.get_facecolor()) == DARK.paper
    assert {mpl.colors.to_hex(text.get_color()) for text in figure.texts} == {DARK.ink}


def test_no_panel_covers_another(pages: list[Figure]) -> None:
    figure = pages[0]
    figure.canvas.draw()
    boxes = [ax.get_window_extent() for ax in figure.axes]
    for i, one in enumerate(boxes):
        assert one.width > 0.15 * figure.bbox.width, "a panel has shrunk away"
        for other in boxes[i + 1 :]:
            apart = one.x1 <= other.x0 or other.x1 <= one.x0 or one.y0 >= other.y1 or other.y0 >= one.y1
            assert apart
