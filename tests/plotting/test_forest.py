"""A forest: each row where its numbers are, bounds as arrows, and nothing touches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from ephys.errors import ParameterError
from ephys.pharmacology import (
    DoseResponse,
    FoldShift,
    ForestRow,
    PopulationFit,
    fit_dose_response,
    fit_population,
)
from ephys.plotting import DOUBLE_MM, SINGLE_MM, house_style, plot_forest
from ephys.plotting.palette import LIGHT
from ephys.plotting.style import figure_of

INF, NAN = math.inf, math.nan
STUDIES = [("A", 2.5, 1.1, 6.0), ("B", NAN, 3.0, INF), ("C", NAN, 0.0, INF), ("D", 0.4, 1e-4, 300.0)]


@pytest.fixture(scope="module")
def population() -> PopulationFit:
    """Three animals of one cell in each of two groups."""
    rows = [
        {"animal": f"{group}{n}", "unit": "1", "group": group, "dose": dose, "exposure_s": 60.0, "dose_unit": "ug/kg",
         "drug": "ipsapirone", "count": round(120 / (1 + (dose / (id50 * (1 + n / 4))) ** 2))}
        for group, id50 in (("control", 40.0), ("chronic", 90.0)) for n in range(3)
        for dose in (0.0, 25.0, 50.0, 100.0, 200.0)
    ]  # fmt: skip
    return fit_population(rows, reference="control")


def kinds(ax: Axes, gid: str) -> list[tuple[list[float], list[float]]]:
    """Data of what was drawn as one kind."""
    found = [line.get_data() for line in ax.lines if line.get_gid() == gid]
    return [(np.asarray(x, dtype=float).tolist(), np.asarray(y, dtype=float).tolist()) for x, y in found]


def test_points_and_intervals_are_the_rows_numbers_and_bounds_have_no_point() -> None:
    ax = plot_forest(STUDIES, quantity="ratio", reference=1.0)
    left, right = ax.get_xlim()
    assert [x for x, _ in kinds(ax, "value")] == [[2.5], [0.4]]
    assert [x for x, _ in kinds(ax, "interval")] == [[1.1, 6.0], [3.0, right], [left, right], [left, right]]
    assert sorted(x[0] for x, _ in kinds(ax, "arrow")) == [left, left, right, right, right]
    assert kinds(ax, "reference")[0][0] == [1.0, 1.0]
    assert [text.get_text() for text in ax.texts][1:3] == ["at least 3", "no value"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B", "C", "D"]


def test_rows_stand_from_the_top_down_each_beside_its_name_and_numbers() -> None:
    ax = plot_forest(STUDIES, quantity="ratio")
    heights = [y[0] for _, y in kinds(ax, "interval")]
    assert heights == sorted(heights) == pytest.approx(list(ax.get_yticks()))
    assert ax.yaxis_inverted()
    assert [text.xy[1] for text in ax.texts] == pytest.approx(heights)  # type: ignore[attr-defined]


def test_cells_stand_under_headings_with_their_animals_and_the_dose_axis_has_the_doses(response: DoseResponse) -> None:
    fit = fit_dose_response(response)
    ax = plot_forest({"control": [fit], "treated": [fit, fit]}, width_mm=DOUBLE_MM)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["control", "unit 1", "treated", "unit 1", "unit 1"], "no animal is known, so none is counted"
    assert [x for x, _ in kinds(ax, "value")] == [[pytest.approx(fit.id50)]] * 3
    assert ax.get_xlabel() == "ID50 of ipsapirone (µg/kg i.v.)"
    assert set(fit.doses) == set(ax.get_xticks())


def test_a_population_is_a_diamond_under_its_heading(population: PopulationFit) -> None:
    ax = plot_forest({"control": [ForestRow("cell", 45.0, 30.0, 70.0, scale="µg/kg", animal="r1")]}, summary=population)
    labels = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert labels[0] == "control: 1 cell of 1 animal"
    assert labels[2].startswith("population of control (3 animals, 3 cells)")
    assert labels[3].startswith("population of chronic")
    found = population.id50["control"]
    assert found.lowest_dose <= found.low < found.high <= found.top_dose
    diamond = next(patch for patch in ax.patches if patch.get_gid() == "diamond")
    corners = diamond.get_path().vertices[:4, 0]  # type: ignore[index]
    assert corners.tolist() == pytest.approx([found.low, found.value, found.high, found.value])
    assert len([p for p in ax.patches if p.get_gid() == "diamond"]) + len(kinds(ax, "value")) == 3


def test_ratios_have_a_line_at_1() -> None:
    ax = plot_forest([FoldShift("chronic", "control", 2.5, 1.4, 4.6, 0.004, 8, 0.95)])
    assert kinds(ax, "reference")[0][0] == [1.0, 1.0]
    assert ax.get_xlabel() == "ratio of ID50s"
    assert ax.get_xlim()[0] < 1.0
    assert not kinds(plot_forest([("A", 30.0, 20.0, 40.0)], quantity="ID50 (µg/kg)"), "reference")


def test_scales_are_not_mixed_and_not_guessed() -> None:
    with pytest.raises(ParameterError, match="one scale, got µg/kg and nM"):
        plot_forest([ForestRow("A", 1.0, scale="µg/kg"), ForestRow("B", 1.0, scale="nM")])
    with pytest.raises(ParameterError, match="state quantity="):
        plot_forest(STUDIES)
    with pytest.raises(ParameterError, match="a row at least"):
        plot_forest([])


def test_rows_without_any_number_are_still_told() -> None:
    ax = plot_forest([ForestRow("r1 unit 1", NAN, text="not fitted", scale="µg/kg", animal="r1")])
    assert [text.get_text() for text in ax.texts] == ["not fitted"]
    assert not kinds(ax, "value")
    assert ax.get_xlabel() == "ID50 (µg/kg)\n1 cell of 1 animal"


def test_a_cell_that_may_have_been_lost_is_open_and_told() -> None:
    ax = plot_forest([ForestRow("r1", 40.0, 30.0, 60.0, scale="µg/kg", proven=False), ForestRow("r2", 40.0)])
    faces = [to_hex(line.get_markerfacecolor()) for line in ax.lines if line.get_gid() == "value"]
    assert faces == [LIGHT.paper, LIGHT.ink]
    legend = ax.get_legend()
    assert legend is not None
    assert "silent to the end, may have been lost" in [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize(("width_mm", "n"), [(SINGLE_MM, 40), (DOUBLE_MM, 8)])
def test_many_rows_with_long_names_touch_nothing(width_mm: float, n: int) -> None:
    rows = [
        ForestRow(f"study {k} of a list of authors", 20.0 + k, 10.0 + k / 2, 5000.0 if k % 3 else INF) for k in range(n)
    ]
    ax = plot_forest({"slices": rows[: n // 2], "in vivo": rows[n // 2 :]}, quantity="ID50 (nM)", width_mm=width_mm)
    figure = figure_of(ax)
    figure.canvas.draw()
    columns = [ax.get_yticklabels(), ax.texts, ax.get_xticklabels()]
    boxes = [text.get_window_extent() for texts in columns for text in texts if text.get_text()]
    assert not any(one.overlaps(two) for i, one in enumerate(boxes) for two in boxes[i + 1 :])
    frame = ax.get_window_extent()
    names = [label for label in ax.get_yticklabels() if label.get_fontweight() == "normal"]
    assert len(names) == n
    assert all(label.get_window_extent().x1 < frame.x0 for label in names)
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)


def test_on_dark_paper_no_ink_is_that_of_light_paper() -> None:
    with house_style(theme="dark"):
        ax = plot_forest(STUDIES, quantity="ratio", summary=ForestRow("all", 1.2, 0.9, 1.6))
    used = {to_hex(line.get_color()) for line in ax.lines} | {to_hex(patch.get_facecolor()) for patch in ax.patches}
    assert not used & {LIGHT.ink, LIGHT.agonist}
