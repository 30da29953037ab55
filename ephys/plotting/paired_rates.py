"""Each cell before a drug, under it, and after its antagonist, with the means of the animals beside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, get_args

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from ephys.errors import ParameterError
from ephys.pharmacology import PairedCell, PairedRate, PairedRates
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.paired.result import State
from ephys.plotting.labels import wrap_text
from ephys.plotting.legends import legend_columns
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure

PairedUnit = Literal["hz", "percent"]

_PT_PER_MM = 72.0 / 25.4
_FONT = 6.5
_SIDE_BY_SIDE_MM = 130.0
"""From this width on the panels stand side by side, below it one above the other."""
_PANEL_MM = 62.0
_BESIDE_AXES_MM = 14.0
_LINE_MM = 2.9
_ROOM = 0.92
_FEW = 6
"""Cells up to which each has its interval."""
_MOST_NAMED = 12
"""Animals up to which each is named."""
_APART = 0.05
"""Of the distance of two states, between cells whose intervals are drawn."""
_SILENT = "no spike in the window"
_UNPROVEN = "silent, and may have been lost"
_FEWER = "fewer cells than before"
_INTERVAL = "exact 95 % interval"
_UNBROKEN = "\N{NO-BREAK SPACE}"
_MARKERS = "osD^Pv<>"


def plot_paired_rates(paired: PairedRates, *, unit: PairedUnit = "hz", width_mm: float = DOUBLE_MM) -> Figure:
    """Draw a line for each cell from baseline to agonist to antagonist, and one for each animal's mean beside.

    The axis is linear and begins at 0, so that silence has its place. A colour and a sign is one animal, in both
    panels. A line ends where its cell was not measured any more.

    Parameters
    ----------
    paired : PairedRates
        From `paired_rates`.
    unit : {"hz", "percent"}, optional
        Rate, or percent of the cell's own baseline.
    width_mm : float, optional
        Of the figure: `DOUBLE_MM`, or `SINGLE_MM` for one column of a journal, where the panels stand one above the
        other.

    Returns
    -------
    Figure
        Cells, and animals; cells and animals of each state stand below it.

    Raises
    ------
    ParameterError
        If there is no such unit.

    Examples
    --------
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Subject, Unit
    >>> from ephys.pharmacology import dose_response, paired_rates
    >>> given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg"),)
    >>> unit = Unit.from_times([float(s) for s in range(200)], support=Epoch(0.0, 300.0))
    >>> response = dose_response(unit, DoseProtocol(given, unit.support), subject=Subject(animal="r1"))
    >>> plot_paired_rates(paired_rates([response])).axes[0].get_ylabel()
    'firing rate (Hz)'
    """
    if unit not in get_args(PairedUnit):
        raise ParameterError(f"unit must be {' or '.join(get_args(PairedUnit))}, got {unit!r}")
    beside = width_mm >= _SIDE_BY_SIDE_MM
    below = _below(paired, width_mm)
    panel_pt = ((width_mm / 2 if beside else width_mm) - _BESIDE_AXES_MM) * _PT_PER_MM
    labels = [*_said(paired), *(paired.animals if len(paired.animals) <= _MOST_NAMED else ())]
    columns = legend_columns(labels, width_mm)
    height_mm = _PANEL_MM * (1 if beside else 2) + _LINE_MM * (3 + len(below) + math.ceil(len(labels) / columns))
    with house_style():
        figure = new_figure(width_mm=width_mm, height_mm=height_mm)
        cells, animals = figure.subplots(*((1, 2) if beside else (2, 1)), sharey=True, squeeze=False).ravel()
        signs = _signs(cells, paired.animals)
        for place, cell in enumerate(paired.cells):
            _draw_cell(cells, cell, signs[cell.animal], unit, cell_aside(place, len(paired.cells)))
        for animal in paired.animals:
            _draw_animal(animals, paired, animal, signs[animal], unit)
        for axes, title in ((cells, "cells"), (animals, "animals (mean of their cells)")):
            axes.set_title(title, loc="left")
            _label(axes, paired, unit, panel_pt / len(paired.states), of_cells=axes is cells)
        cells.set_ylim(*_limits(paired, unit))
        handles = _handles(cells, labels, signs)
        if handles:
            figure.legend(handles=handles, loc="outside upper left", ncols=columns)
        if below:
            figure.supxlabel("\n".join(below), x=0.01, ha="left", fontsize=_FONT)
        return figure


def _signs(axes: Axes, animals: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """A colour and a marker for each animal; forty go by before a pair comes again."""
    colours = palette(axes)
    return {
        animal: {"color": colours.series(place), "marker": _MARKERS[place % len(_MARKERS)]}
        for place, animal in enumerate(animals)
    }


def cell_aside(place: int, n: int) -> float | None:
    """How far a cell stands from the middle of its state, so that intervals are seen; ``None`` where many have none.

    Parameters
    ----------
    place, n : int
        Of the cell among all, and how many these are.
    """
    return _APART * (place - (n - 1) / 2) if n <= _FEW else None


def _value(rate: PairedRate, unit: PairedUnit) -> tuple[float, float, float]:
    """Value and interval of a rate on the axis."""
    if unit == "hz":
        return rate.rate_hz, rate.low_hz, rate.high_hz
    return rate.percent, rate.percent_low, rate.percent_high


def _draw_cell(axes: Axes, cell: PairedCell, sign: Mapping[str, Any], unit: PairedUnit, aside: float | None) -> None:
    """A cell's line, with intervals where it stands aside; silent states are open, and crossed where it may be lost."""
    colours = palette(axes)
    values = [_value(rate, unit) for rate in cell.rates]
    x = [place + (aside or 0.0) for place in range(len(values))]
    axes.plot(x, [value for value, _, _ in values], color=sign["color"], lw=0.7, alpha=0.7, zorder=1, gid="cell")
    for place, rate, (value, low, high) in zip(x, cell.rates, values, strict=True):
        if aside is not None and math.isfinite(low):
            axes.plot([place] * 2, [low, high], color=sign["color"], lw=0.8, zorder=2, gid="interval")
        face = colours.paper if rate.silent else sign["color"]
        axes.plot(
            place, value, ls="", ms=3.2, mfc=face, mew=0.7, clip_on=False, zorder=3, gid="rate", **sign,
        )  # fmt: skip
        if not rate.proven:
            axes.plot(place, value, "x", ms=5.5, mec=colours.ink, mew=0.7, clip_on=False, zorder=4, gid="unproven")


def _draw_animal(axes: Axes, paired: PairedRates, animal: str, sign: Mapping[str, Any], unit: PairedUnit) -> None:
    """An animal's means; dashed from a state to one in which fewer of its cells were measured."""
    means = paired.animal_means(animal)
    values = [mean.rate_hz if unit == "hz" else mean.percent for mean in means]
    places = [paired.states.index(mean.state) for mean in means]
    for one, two in pairwise(range(len(means))):
        dash = "-" if means[one].n_cells == means[two].n_cells else "--"
        axes.plot(
            [places[one], places[two]], [values[one], values[two]], color=sign["color"], lw=1.0, ls=dash, zorder=1,
            gid="animal",
        )  # fmt: skip
    for place, value in zip(places, values, strict=True):
        face = palette(axes).paper if value == 0 else sign["color"]
        axes.plot(place, value, ls="", ms=4.2, mfc=face, mew=0.7, clip_on=False, zorder=3, gid="mean", **sign)


def _limits(paired: PairedRates, unit: PairedUnit) -> tuple[float, float]:
    """From just below 0 to just above all points; intervals may reach further and are then cut off at half more."""
    shown = [_value(rate, unit) for cell in paired.cells for rate in cell.rates]
    top = max(value for value, _, _ in shown) or 1.0
    ends = [high for _, _, high in shown if math.isfinite(high)] if len(paired.cells) <= _FEW else []
    return -0.03 * top, 1.05 * max([top, *(min(end, 1.5 * top) for end in ends)])


def _label(axes: Axes, paired: PairedRates, unit: PairedUnit, place_pt: float, *, of_cells: bool) -> None:
    """Names of the states with how many were measured in each, and the unit."""
    names: dict[State, str] = {
        "baseline": "baseline",
        "agonist": f"{paired.drug} {paired.dose_text.replace(' ', _UNBROKEN, 1)}, {paired.which}{_UNBROKEN}dose",
        "antagonist": f"after {paired.antagonist}",
    }
    font = FontProperties(size=_FONT)
    labels = []
    for state in paired.states:
        cells = [count_text(paired.n_cells[state], "cell")] if of_cells else []
        lines = (
            *wrap_text(names[state], _ROOM * place_pt, font),
            *cells,
            count_text(paired.n_animals[state], "animal"),
        )
        labels.append("\n".join(lines))
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlim(-0.4, len(labels) - 0.6)
    axes.tick_params(axis="x", length=0.0)
    axes.tick_params(axis="y", labelleft=True)
    axes.set_ylabel("firing rate (Hz)" if unit == "hz" else "firing rate (% of the cell's baseline)")
    if unit == "percent":
        axes.axhline(100.0, color=palette(axes).faint, lw=0.6, ls=":", zorder=0)


def _said(paired: PairedRates) -> list[str]:
    """What the legend says of signs that are drawn."""
    rates = [rate for cell in paired.cells for rate in cell.rates]
    fewer = any(len({mean.n_cells for mean in paired.animal_means(animal)}) > 1 for animal in paired.animals)
    wanted = (
        (_SILENT, any(rate.silent for rate in rates)), (_UNPROVEN, any(not rate.proven for rate in rates)),
        (_FEWER, fewer), (_INTERVAL, len(paired.cells) <= _FEW),
    )  # fmt: skip
    return [text for text, is_drawn in wanted if is_drawn]


def _handles(axes: Axes, labels: Sequence[str], animals: Mapping[str, Mapping[str, Any]]) -> list[Line2D]:
    """The signs of a legend: those that have a meaning, and which animal has which."""
    colours = palette(axes)
    signs: dict[str, dict[str, Any]] = {
        _SILENT: {"marker": "o", "mfc": colours.paper, "ls": "", "ms": 3.2},
        _UNPROVEN: {"marker": "x", "ls": "", "ms": 5.5, "mew": 0.7},
        _FEWER: {"ls": "--", "lw": 1.0},
        _INTERVAL: {"lw": 0.8},
    }
    sign_of = {label: {"color": colours.ink, **sign} for label, sign in signs.items()}
    sign_of |= {animal: {"ls": "", "ms": 3.2, **sign} for animal, sign in animals.items()}
    return [Line2D([], [], label=label, **sign_of[label]) for label in labels]


def _below(paired: PairedRates, width_mm: float) -> list[str]:
    """What is not shown, and what to know, in lines."""
    texts = [note[0].upper() + note[1:] + "." for note in paired.notes]
    ended = len(paired.cells) - paired.n_cells[paired.states[-1]]
    if ended:
        without = f"{count_text(ended, 'cell')} without a window after {paired.antagonist}"
        texts.append(f"{without}: not given after the dose, or not measured.")
    if paired.left_out:
        texts.append(f"{count_text(len(paired.left_out), 'cell')} without a usable baseline or dose, not shown.")
    font = FontProperties(size=_FONT)
    return [line for text in texts for line in wrap_text(text, _ROOM * width_mm * _PT_PER_MM, font)]
