"""ID50s by group: every cell, every animal, and no value where there is none."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ephys.pharmacology import PopulationFit, fit_population
from ephys.plotting import plot_group_id50s
from ephys.plotting.style import figure_of

DOSES = (0.0, 25.0, 50.0, 100.0, 200.0)


def rows(group: str, animal: str, unit: str, id50: float, doses: tuple[float, ...] = DOSES) -> list[dict[str, object]]:
    return [
        {"animal": animal, "unit": unit, "group": group, "dose": dose, "drug": "ipsapirone", "dose_unit": "ug/kg",
         "exposure_s": 60.0, "count": round(120 / (1 + (dose / id50) ** 2))}
        for dose in doses
    ]  # fmt: skip


@pytest.fixture(scope="module")
def fit() -> PopulationFit:
    """Three controls, one with two cells; three treated animals, of which one cell was lost after its second dose."""
    control = [*rows("control", "a", "1", 40.0), *rows("control", "a", "2", 60.0), *rows("control", "b", "1", 50.0)]
    control += rows("control", "c", "1", 10.0)
    treated = [*rows("treated", "d", "1", 150.0), *rows("treated", "e", "1", 120.0)]
    return fit_population([*control, *treated, *rows("treated", "f", "1", 130.0, DOSES[:3])], reference="control")


def test_every_cell_is_drawn_and_cells_of_an_animal_are_joined(fit: PopulationFit) -> None:
    lines = plot_group_id50s(fit).lines
    cells = [line for line in lines if line.get_marker() in ("o", "^", "v") and line.get_markersize() == 3.6]
    assert len(cells) == 7
    joined = [
        line for line in lines if len(line.get_xdata()) == 2 and line.get_color() == "#8c8c8c" and line.get_ls() == "-"
    ]
    assert len(joined) == 1, "animal a alone has two cells"
    plt.close("all")


def test_a_cell_that_was_never_halved_stands_at_its_own_last_dose(fit: PopulationFit) -> None:
    lines = [line for line in plot_group_id50s(fit).lines if line.get_markersize() == 3.6]
    (never,) = [line for line in lines if line.get_marker() == "^"]
    (at_once,) = [line for line in lines if line.get_marker() == "v"]
    assert never.get_ydata()[0] == 50.0
    assert at_once.get_ydata()[0] == 25.0
    plt.close("all")


def test_the_groups_value_is_that_of_the_population(fit: PopulationFit) -> None:
    ax = plot_group_id50s(fit)
    squares = [float(line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "s"]
    assert squares == pytest.approx([fit.id50[group].value for group in fit.groups])
    assert [text.get_text() for text in ax.get_xticklabels()] == [
        "control\n3 animals\n4 cells",
        "treated\n3 animals\n3 cells",
    ]
    assert np.allclose(ax.get_yticks(), DOSES[1:])
    plt.close("all")


@pytest.mark.parametrize(
    "more", [(), ("fluoxetine 21 days, then washed out for 14", "citalopram 14 days", "imipramine")]
)
def test_no_text_touches_another_or_leaves_the_figure(more: tuple[str, ...]) -> None:
    cells = list(enumerate((10.0, 40.0, 60.0, 300.0)))
    groups = ("control", "treated", *more)
    found = [row for group in groups for n, id50 in cells for row in rows(group, f"{group} {n}", "1", id50)]
    ax = plot_group_id50s(fit_population(found, reference="control"))
    figure = figure_of(ax)
    figure.canvas.draw()
    names = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(one.x1 < two.x0 for one, two in pairwise(names))
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 5
    for box in (*names, legend.get_window_extent(), ax.yaxis.label.get_window_extent()):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
    plt.close("all")


def test_one_animal_is_no_animals() -> None:
    ax = plot_group_id50s(
        fit_population([*rows("a", "a", "1", 40.0), *rows("b", "b", "1", 50.0), *rows("b", "c", "1", 60.0)])
    )
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a\n1 animal\n1 cell", "b\n2 animals\n2 cells"]
    plt.close("all")


def test_a_groups_id50_above_its_doses_is_an_arrow_and_no_point() -> None:
    high = [row for n in range(4) for row in rows("control", f"r{n}", "1", 230.0 + 10.0 * n)]
    fit = fit_population(high)
    found = fit.id50["control"]
    assert found.value > found.top_dose
    assert not found.is_open
    ax = plot_group_id50s(fit)
    assert not [line for line in ax.lines if line.get_marker() == "s"]
    (arrow,) = [line for line in ax.lines if line.get_marker() == "^" and line.get_markersize() == 4.5]
    assert found.top_dose < arrow.get_ydata()[0] < 2 * found.top_dose
    (legend,) = figure_of(ax).legends
    assert "lowest, top dose;\nan arrow goes beyond" in [text.get_text() for text in legend.get_texts()]
    plt.close("all")
