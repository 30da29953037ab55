"""What lasted is drawn as a bar over its own time, with its current or concentration; no text covers another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from ephys.firing import rate_histogram
from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
from ephys.plotting import house_style, new_figure, plot_amplitudes, plot_rate_histogram
from ephys.plotting.palette import DARK, LIGHT
from ephys.plotting.style import figure_of

STOP_S = 2400.0
SUPPORT = Support.of(Epoch(0.0, STOP_S))
CELL = Unit.from_times(np.arange(0.0, STOP_S, 2.0), support=SUPPORT)
HISTOGRAM = rate_histogram(CELL)


def ejection(drug: str, start_s: float, current: float, *, barrel: str = "2") -> Administration:
    return Administration(
        drug, start_s, start_s + 50.0, dose=current, dose_unit="nA", route="iontophoresis", barrel=barrel
    )


def superfusion(start_s: float, stop_s: float, dose: float) -> Administration:
    return Administration("ipsapirone", start_s, stop_s, dose=dose, dose_unit="nM", route="bath")


def drawn(*given: Administration, ax: Axes | None = None) -> Axes:
    return plot_rate_histogram(HISTOGRAM, DoseProtocol(given, SUPPORT), ax=ax)


def bars(ax: Axes) -> list[Line2D]:
    return [line for line in ax.lines if line.get_linewidth() == 2.5]


def ends(ax: Axes) -> list[str]:
    return [str(line.get_marker()) for line in ax.lines if line.get_marker() in ("|", "<", ">")]


def said(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def heights(ax: Axes) -> list[float]:
    """Height of each bar on the page."""
    return [float(bar.get_transform().transform([(0.0, 1.0)])[0, 1]) for bar in bars(ax)]


def texts_overlap(ax: Axes) -> list[tuple[str, str]]:
    figure_of(ax).canvas.draw()
    boxes = [(t.get_text(), t.get_window_extent()) for t in ax.texts if t.get_text()]
    return [
        (a, b)
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 0.5 and min(one.y1, two.y1) - max(one.y0, two.y0) > 0.5
    ]


def test_a_bar_is_as_long_as_what_was_given() -> None:
    ax = drawn(ejection("5-ht", 300.0, 20.0), superfusion(900.0, 1500.0, 100.0))
    assert [tuple(bar.get_xdata()) for bar in bars(ax)] == [(300.0, 350.0), (900.0, 1500.0)]
    assert not any(isinstance(text, Annotation) and text.arrow_patch is not None for text in ax.texts), "no arrow"


def test_a_single_bar_says_what_how_much_and_from_where() -> None:
    ax = drawn(ejection("5-ht", 300.0, 20.0), superfusion(900.0, 1500.0, 100.0))
    assert said(ax) == ["5-ht 20 nA iontophoresis, barrel 2", "ipsapirone 100 nM bath"]


def test_currents_stand_over_their_bars_and_do_not_add_up() -> None:
    ax = drawn(*(ejection("5-ht", 900.0 + 120.0 * i, dose) for i, dose in enumerate((5.0, 10.0, 20.0))))
    numbers = {text.xy[0]: text.get_text() for text in ax.texts if text.get_text().isdigit()}
    assert numbers == {925.0: "5", 1045.0: "10", 1165.0: "20"}
    assert "5-ht (nA iontophoresis, barrel 2)" in said(ax)


def test_an_infusion_of_a_dose_per_weight_shows_the_total() -> None:
    given = [
        Administration("ipsapirone", 600.0 + 300.0 * i, 660.0 + 300.0 * i, dose=50.0, dose_unit="ug/kg", route="i.v.")
        for i in range(3)
    ]
    text = said(drawn(*given))
    assert [number for number in text if number.isdigit()] == ["50", "100", "150"]
    assert "ipsapirone (cumulative µg/kg i.v.)" in text


def test_an_infusion_after_a_bolus_of_the_drug_says_that_its_dose_is_the_total() -> None:
    bolus = Administration("ipsapirone", 300.0, dose=50.0, dose_unit="ug/kg", route="i.v.")
    infused = Administration("ipsapirone", 900.0, 1000.0, dose=50.0, dose_unit="ug/kg", route="i.v.")
    assert "ipsapirone cumulative 100 µg/kg i.v." in said(drawn(bolus, infused))


def test_a_drug_keeps_one_row_and_each_barrel_has_its_own() -> None:
    ax = drawn(
        ejection("5-ht", 300.0, 5.0),
        ejection("5-ht", 600.0, 10.0),
        ejection("5-ht", 900.0, 10.0, barrel="3"),
        ejection("ipsapirone", 1200.0, 10.0, barrel="4"),
    )
    first, second, other_barrel, other_drug = heights(ax)
    assert first == second
    assert first < other_barrel < other_drug


def test_bars_stand_above_the_text_of_the_arrows() -> None:
    bolus = Administration("saline", 200.0, dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle")
    ax = drawn(bolus, ejection("5-ht", 210.0, 5.0))
    figure_of(ax).canvas.draw()
    highest = max(text.get_window_extent().y1 for text in ax.texts if text.get_text().startswith(("saline", "1")))
    assert min(heights(ax)) > highest


def test_a_superfusion_that_goes_on_beyond_the_axis_has_no_end() -> None:
    assert ends(drawn(superfusion(900.0, STOP_S + 100.0, 100.0))) == ["|", ">"]
    before = plot_rate_histogram(
        HISTOGRAM, DoseProtocol((superfusion(300.0, 900.0, 100.0),), SUPPORT), within=Epoch(600.0, 1200.0)
    )
    assert ends(before) == ["<", "|"]
    assert tuple(bars(before)[0].get_xdata()) == (600.0, 900.0)


def test_what_was_over_before_the_axis_begins_is_left_out() -> None:
    protocol = DoseProtocol((superfusion(300.0, 600.0, 100.0),), SUPPORT)
    ax = plot_rate_histogram(HISTOGRAM, protocol, within=Epoch(600.0, 1200.0))
    assert not bars(ax)
    assert not said(ax)


def test_concentrations_without_a_pause_stay_apart_by_their_ends() -> None:
    ax = drawn(*(superfusion(600.0 + 200.0 * i, 800.0 + 200.0 * i, dose) for i, dose in enumerate((10.0, 30.0, 100.0))))
    at = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"]
    assert at == [600.0, 800.0, 800.0, 1000.0, 1000.0, 1200.0]


def test_a_wash_without_a_dose_is_its_name_alone() -> None:
    assert said(drawn(Administration("wash", 600.0, 900.0, role="wash"))) == ["wash"]


@pytest.mark.parametrize("width_mm", [85.0, 175.0])
def test_twenty_ejections_of_two_drugs_do_not_cover_one_another(width_mm: float) -> None:
    given = [
        ejection(drug, start_s + 100.0 * i, (5.0, 12.5, 20.0, 40.0)[i % 4], barrel=barrel)
        for drug, start_s, barrel in (("5-ht", 180.0, "2"), ("ipsapirone", 230.0, "3"))
        for i in range(20)
    ]
    given.append(Administration("way-100635", 1200.0, 2000.0, dose=20.0, dose_unit="nA", role="antagonist", barrel="4"))
    with house_style():
        ax = drawn(*given, ax=new_figure(width_mm=width_mm, height_mm=90.0).subplots())
    assert len(bars(ax)) == 41
    assert texts_overlap(ax) == []


def test_bars_without_text_stand_over_the_amplitudes() -> None:
    ax = plot_amplitudes(CELL, DoseProtocol((ejection("5-ht", 300.0, 20.0),), SUPPORT), label_doses=False)
    assert len(bars(ax)) == 1
    assert not any("5-ht" in text for text in said(ax))


def test_bars_and_their_text_are_light_on_a_dark_ground() -> None:
    with house_style(theme="dark"):
        ax = drawn(ejection("5-ht", 300.0, 20.0))
        text = next(one for one in ax.texts if one.get_text())
    assert same_color(bars(ax)[0].get_color(), DARK.agonist)
    assert same_color(text.get_color(), DARK.agonist)
    assert not any(same_color(line.get_color(), LIGHT.ink) for line in ax.lines)
