"""Figures of a population: what is drawn is what was computed, and no text touches another."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ephys.errors import ParameterError
from ephys.pharmacology import PopulationFit, fit_population, id50_distribution, percent_by_dose, population_curve
from ephys.plotting import (
    SINGLE_MM,
    house_style,
    new_figure,
    plot_id50_distribution,
    plot_percent_by_dose,
    plot_population,
)
from ephys.plotting.palette import LIGHT
from ephys.plotting.style import figure_of

DOSES = (0.0, 25.0, 50.0, 100.0, 200.0)


def rows(group: str, animal: str, id50: float, *, doses: tuple[float, ...] = DOSES, unit: str = "1") -> list[Any]:
    return [
        {"animal": animal, "unit": unit, "group": group, "dose": dose, "drug": "ipsapirone", "dose_unit": "ug/kg",
         "route": "i.v.", "exposure_s": 60.0, "count": round(40 / (1 + (dose / id50) ** 2))}
        for dose in doses
    ]  # fmt: skip


def cohort() -> list[Any]:
    """Controls, one silenced early and one with two cells; treated cells, one of them never halved."""
    control = [*rows("control", "a", 30.0), *rows("control", "a", 45.0, unit="2"), *rows("control", "b", 8.0)]
    treated = [*rows("treated", "d", 90.0), *rows("treated", "e", 130.0), *rows("treated", "f", 1e5)]
    return [*control, *rows("control", "c", 60.0, doses=DOSES[:4]), *treated]


@pytest.fixture(scope="module")
def fit() -> PopulationFit:
    return fit_population(cohort(), reference="control")


@pytest.fixture(scope="module")
def flat() -> PopulationFit:
    return fit_population([row for n in range(3) for row in rows("control", f"r{n}", 1e6)])


def labels(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in (*legend.get_texts(), legend.get_title())]


def like(ax: Axes, **wanted: Any) -> list[Line2D]:
    return [line for line in ax.lines if all(getattr(line, f"get_{name}")() == one for name, one in wanted.items())]


def test_every_cell_is_a_line_through_its_own_points(fit: PopulationFit) -> None:
    cells = like(plot_population(fit), linewidth=0.5)
    assert len(cells) == 7
    drawn = {tuple(np.round(line.get_ydata(), 6)) for line in cells}
    assert drawn == {tuple(np.round(list(run.percents.values()), 6)) for run in fit.runs}


def test_the_curve_and_the_diamond_are_the_populations(fit: PopulationFit) -> None:
    ax = plot_population(fit)
    curves = like(ax, linewidth=1.6)
    for line, group in zip(curves, fit.groups, strict=True):
        np.testing.assert_allclose(line.get_ydata(), population_curve(fit, group=group).percent)
    diamonds = [float(line.get_xdata()[0]) for line in like(ax, marker="D")]
    assert diamonds == pytest.approx([fit.id50[group].value for group in fit.groups])
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in curves}) == 2, "not by colour alone"


def test_legend_and_title_tell_n_the_shift_and_what_the_signs_mean(fit: PopulationFit) -> None:
    told = "\n".join(labels(plot_population(fit))).replace("\N{NO-BREAK SPACE}", " ")
    assert "control: 3 animals, 4 cells" in told
    assert f"{fit.fold_shift['treated'].value:.3g}-fold" in told
    assert "never halved (1 cell)" in told
    assert "halved by the first dose (1 cell)" in told
    assert "95 % band" in told


def test_a_group_without_effect_has_an_arrow_from_its_bound_and_neither_diamond_nor_curve(
    flat: PopulationFit,
) -> None:
    ax = plot_population(flat)
    assert not like(ax, marker="D")
    (arrow,) = like(ax, marker=">")
    assert float(arrow.get_xdata()[0]) > 200.0
    (bar,) = like(ax, linewidth=2.0)
    assert float(bar.get_xdata()[0]) == pytest.approx(min(flat.id50["control"].low, 200.0))
    assert np.isnan(like(ax, linewidth=1.6)[0].get_ydata()).all()


def test_points_above_the_axis_are_counted_in_words() -> None:
    wild = [row | {"count": row["count"] * (4 if row["dose"] else 1)} for row in rows("control", "a", 1e6)]
    fit = fit_population([*wild, *rows("control", "b", 50.0), *rows("control", "c", 60.0)])
    ax = plot_population(fit)
    assert ax.get_ylim()[1] == pytest.approx(260.0)
    assert "4 points above 260 % not shown" in labels(ax)[-1]


def test_means_and_intervals_stand_where_they_were_computed() -> None:
    found = percent_by_dose(cohort(), reference="control")
    ax = plot_percent_by_dose(found)
    joined = like(ax, linewidth=0.8)
    for line, group in zip(joined, found.groups, strict=True):
        means = [mean.percent for mean in found.means if mean.group == group]
        assert line.get_ydata().tolist() == pytest.approx(means)
    bars = [tuple(line.get_ydata()) for line in like(ax, linewidth=1.2)]
    assert bars == [(mean.low, mean.high) for group in found.groups for mean in found.means
                    if mean.group == group and mean.has_interval]  # fmt: skip
    cells = [value for line in like(ax, marker=".") for value in line.get_ydata()]
    assert sorted(cells) == pytest.approx(sorted(cell for animal in found.animals for cell in animal.cells))


def test_animals_and_cells_stand_below_each_dose_and_carried_ones_have_a_star() -> None:
    stopped = [row for n in range(3) for row in rows("control", f"r{n}", 2.0, doses=DOSES[: 4 - n])]
    found = percent_by_dose([*stopped, *rows("control", "late", 80.0)])
    ax = plot_percent_by_dose(found)
    assert [text.get_text() for text in ax.texts] == ["4 (4)", "4 (4)*", "4 (4)*", "4 (4)*"]
    assert "* 3 cells silent at a lower dose" in labels(ax)[-1].replace("\n", " ")
    assert "animals (cells)" in ax.get_xlabel()


def test_a_mean_is_always_shown_and_what_lies_above_the_axis_is_counted() -> None:
    wild = [row | {"count": 40 * (20 if row["dose"] else 1)} for row in rows("control", "a", 1e6)]
    found = percent_by_dose([*wild, *rows("control", "b", 50.0), *rows("control", "c", 60.0)])
    ax = plot_percent_by_dose(found)
    figure_of(ax).canvas.draw()
    assert ax.get_ylim()[1] == pytest.approx(1.04 * max(mean.percent for mean in found.means))
    assert "%: 12 (cells, animals, ends of intervals)" in labels(ax)[-1].replace("\n", " ")


def test_an_interval_that_is_cut_at_nought_says_so() -> None:
    found = percent_by_dose(cohort(), reference="control")
    assert any(mean.low == 0.0 for mean in found.means)
    assert "its 95 % t interval, cut at 0" in labels(plot_percent_by_dose(found))
    alike = percent_by_dose([row for n, id50 in enumerate((50.0, 51.0, 52.0)) for row in rows("c", f"r{n}", id50)])
    assert "its 95 % t interval" in labels(plot_percent_by_dose(alike))


def test_a_mean_without_an_interval_is_open_and_the_legend_says_so() -> None:
    ax = plot_percent_by_dose(percent_by_dose(rows("control", "a", 50.0)))
    assert not like(ax, linewidth=1.2)
    assert all(colors.same_color(line.get_markerfacecolor(), LIGHT.paper) for line in like(ax, markersize=4.6)[:4])
    assert "mean of animals, no interval" in labels(ax)


def test_steps_end_below_all_where_a_cell_was_never_halved(fit: PopulationFit) -> None:
    ax = plot_id50_distribution(fit)
    steps = like(ax, drawstyle="steps-post")
    for line, group in zip(steps, fit.groups, strict=True):
        found = id50_distribution(fit, group=group)
        np.testing.assert_allclose(line.get_xydata().T, [found.path[0], 100.0 * found.path[1]])
    assert steps[1].get_ydata()[-1] == pytest.approx(200 / 3)
    (above,) = like(ax, marker="^")
    assert above.get_xdata().tolist() == [200.0]
    assert "control: 3 animals, 4 cells" in labels(ax)
    assert any("cells taken as independent" in text for text in labels(ax))


def test_a_distribution_of_bounds_alone_is_a_line_at_nought(flat: PopulationFit) -> None:
    ax = plot_id50_distribution(flat)
    (line,) = like(ax, drawstyle="steps-post")
    assert line.get_ydata().tolist() == [0.0, 0.0]
    assert "ID50 above the last dose (3 cells)" in labels(ax)


def test_several_fits_are_named_by_their_drugs_and_must_share_a_unit(fit: PopulationFit, flat: PopulationFit) -> None:
    other = fit_population(
        [row | {"drug": "lesopitron"} for n in range(3) for row in rows("control", f"r{n}", 70.0 + n)]
    )
    assert "lesopitron, control: 3 animals, 3 cells" in labels(plot_id50_distribution([fit, other]))
    molar = fit_population([row | {"dose_unit": "nM"} for n in range(3) for row in rows("control", f"r{n}", 70.0 + n)])
    with pytest.raises(ParameterError, match="one dose scale, got 2"):
        plot_id50_distribution([flat, molar])
    with pytest.raises(ParameterError, match="got 0"):
        plot_id50_distribution([])


LONG = ("control, saline for 21 days", "fluoxetine 21 days, then washed out for 14")


def hard() -> list[Any]:
    """Two long names, twelve doses, three animals with two cells each."""
    doses = (0.0, *(0.5 * 2.0 ** np.arange(12)).tolist())
    return [row for group in LONG for n in range(3) for unit in ("1", "2")
            for row in rows(group, f"{group} {n}", 10.0 + 20.0 * n, doses=doses, unit=unit)]  # fmt: skip


def boxes(ax: Axes) -> Iterator[Any]:
    """Window extents of every text."""
    legend = ax.get_legend()
    assert legend is not None
    ticks = [label for label in ax.get_yticklabels() if ax.get_ylim()[0] <= label.get_position()[1] <= ax.get_ylim()[1]]
    for text in (*legend.get_texts(), legend.get_title(), *ticks, *ax.texts, ax.xaxis.label, ax.yaxis.label):
        if text.get_text():
            yield text.get_window_extent()


@pytest.fixture(scope="module")
def hard_fit() -> PopulationFit:
    return fit_population(hard())


@pytest.mark.parametrize("draw", [plot_population, plot_percent_by_dose, plot_id50_distribution])
def test_no_text_touches_another_or_leaves_one_column_and_nothing_is_dark_on_dark(
    draw: Any, hard_fit: PopulationFit
) -> None:
    shown = percent_by_dose(hard()) if draw is plot_percent_by_dose else hard_fit
    with house_style(theme="dark"):
        ax = draw(shown, ax=new_figure(width_mm=SINGLE_MM, height_mm=110.0).subplots())
        figure = figure_of(ax)
        figure.canvas.draw()
        found = list(boxes(ax))
        touching = [1 for a, b in combinations(found, 2) if min(a.x1, b.x1) - max(a.x0, b.x0) > 1
                    and min(a.y1, b.y1) - max(a.y0, b.y0) > 2]  # fmt: skip
        assert not touching
        assert all(figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1 for box in found)
        assert all(figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1 for box in found)
        assert not any(colors.same_color(line.get_color(), LIGHT.ink) for line in ax.lines)
