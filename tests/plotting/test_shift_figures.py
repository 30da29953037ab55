"""Figures of antagonists and of reserve: each point where it was measured, each line where the fit has it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ephys.pharmacology import ReceptorReserve, SchildFit, fit_receptor_reserve, fit_schild
from ephys.plotting import DOUBLE_MM, SINGLE_MM, house_style, plot_receptor_reserve, plot_schild
from ephys.plotting.palette import DARK

DOSES = np.geomspace(3.0, 3000.0, 7)


@pytest.fixture(scope="module")
def schild() -> SchildFit:
    """A competitive antagonist with a KB of 10 nM, and a concentration that does next to nothing."""
    b = np.repeat([0.0, 0.01, 10.0, 100.0], 7)
    noise = np.random.default_rng(0).normal(0.0, 2.0, 28)
    a = np.tile(DOSES, 4)
    y = 100.0 / (1.0 + a / (40.0 * (1.0 + b / 10.0))) + noise
    return fit_schild(np.append(a, 0.0), np.append(y, 101.0), np.append(b, 0.0), antagonist_unit="nM", dose_unit="nM")


@pytest.fixture(scope="module")
def reserve() -> ReceptorReserve:
    tau = np.repeat([8.0, 2.0, 1.0], 7)
    effect = 100.0 * tau * np.tile(DOSES, 3) / (400.0 + (1.0 + tau) * np.tile(DOSES, 3))
    effect += np.random.default_rng(1).normal(0.0, 1.0, 21)
    curves = ["control"] * 7 + ["low"] * 7 + ["high"] * 7
    return fit_receptor_reserve(
        np.tile(DOSES, 3), 100.0 - effect, curves, control="control", dose_unit="nM", base=100.0
    )


def drawn(ax: Axes, gid: str) -> list[tuple[list[float], list[float]]]:
    """Places of what was drawn as one kind."""
    return [
        (np.atleast_1d(line.get_xdata()).tolist(), np.atleast_1d(line.get_ydata()).tolist())
        for line in ax.lines if line.get_gid() == gid
    ]  # fmt: skip


def test_every_point_above_dose_0_is_drawn_where_it_was_measured(schild: SchildFit) -> None:
    curves, _ = plot_schild(schild).axes
    points = schild.fit.points
    assert sorted(y for _, ys in drawn(curves, "point") for y in ys) == sorted(
        points.response[points.dose > 0].tolist()
    )
    for (x, y), one in zip(drawn(curves, "curve"), schild.ratios, strict=True):
        assert y == pytest.approx(schild.predict(x, one.antagonist).tolist())
        assert (min(x), max(x)) == pytest.approx((3.0, 3000.0)), "not beyond the doses given"


def test_schilds_plot_has_the_ratios_their_intervals_and_an_arrow_where_these_are_open(schild: SchildFit) -> None:
    _, plot = plot_schild(schild).axes
    ratios = {x[0]: y[0] for x, y in drawn(plot, "ratio")}
    for one in schild.ratios[2:]:
        assert ratios[one.antagonist] == pytest.approx(one.log_ratio_less_1)
    unshifted = schild.ratios[1]
    assert unshifted.ratio.low <= 1
    assert [x for x, _ in drawn(plot, "open")] == [[unshifted.antagonist]]
    bars = {x[0]: y for x, y in drawn(plot, "interval")}
    assert bars[100.0] == pytest.approx(schild.ratios[3].log_ratio_less_1_ends)
    lines = {line.get_label(): line for line in plot.lines}
    x, y = (np.asarray(part) for part in lines["slope 1"].get_data())
    assert y - np.log10(x * 1e-9) == pytest.approx([schild.pkb.estimate] * 2)
    assert schild.answer_text in plot.get_title(loc="left")


def test_notes_stand_below_the_figure(schild: SchildFit) -> None:
    told = plot_schild(schild).get_supxlabel().replace("\n", " ")
    assert "nimals are not named" in told


def test_furchgotts_plot_has_reciprocals_of_equieffective_doses_on_the_fitted_line(reserve: ReceptorReserve) -> None:
    _, plot = plot_receptor_reserve(reserve).axes
    points = [pair for x, y in drawn(plot, "equieffective") for pair in zip(x, y, strict=True)]
    assert points == [pytest.approx((1.0 / one.dose, 1.0 / one.control_dose)) for one in reserve.equieffective]
    for (x, y), share in zip(drawn(plot, "line"), reserve.furchgott.shares, strict=True):
        assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(1.0 / share.q.estimate)
        q, ka = share.q.estimate, reserve.furchgott.ka.estimate
        assert y[0] == pytest.approx((1.0 - q) / (q * ka))


def test_both_methods_are_drawn_over_responses_as_they_were_given(reserve: ReceptorReserve) -> None:
    curves, _ = plot_receptor_reserve(reserve, response_label="rate (% of baseline)").axes
    assert max(y for _, ys in drawn(curves, "point") for y in ys) > 95.0
    for gid, predict in (("operational", reserve.predict), ("furchgott", reserve.predict_furchgott)):
        for (x, y), label in zip(drawn(curves, gid), ("control", "low", "high"), strict=True):
            assert y == pytest.approx(predict(x, label).tolist())
    assert curves.get_ylabel() == "rate (% of baseline)"


@pytest.mark.parametrize("width_mm", [DOUBLE_MM, SINGLE_MM])
def test_nothing_reaches_beyond_the_paper(schild: SchildFit, reserve: ReceptorReserve, width_mm: float) -> None:
    for figure in (plot_schild(schild, width_mm=width_mm), plot_receptor_reserve(reserve, width_mm=width_mm)):
        figure.draw_without_rendering()
        assert math.isclose(figure.get_figwidth() * 25.4, width_mm)
        assert all(
            inside(figure, text.get_window_extent()) for axes in figure.axes for text in titles(axes) if text.get_text()
        )


def titles(axes: Axes) -> list[Text]:
    """Texts that could be too wide."""
    return [axes._left_title, axes.xaxis.label, axes.yaxis.label]  # type: ignore[attr-defined]


def inside(figure: Figure, box: Bbox) -> bool:
    """Whether a text lies on the paper."""
    return box.x0 >= 0 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1


def test_dark_slides_have_dark_colours(schild: SchildFit) -> None:
    with house_style(theme="dark"):
        curves, _ = plot_schild(schild).axes
    assert to_hex(next(line for line in curves.lines if line.get_gid() == "curve").get_color()) == DARK.ink
