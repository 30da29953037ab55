"""An agonist's curves with an antagonist, and Schild's plot beside them."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ephys.pharmacology import SchildFit
from ephys.pharmacology.antagonism.schild_fit import DoseRatio
from ephys.pharmacology.shared_fits.text import interval_name
from ephys.plotting.palette import palette
from ephys.plotting.shared_curves import (
    MARKERS,
    dose_grid,
    draw_points,
    lines_below,
    room_below_mm,
    set_log_axis,
    unit_label,
)
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure

_SIDE_BY_SIDE_MM = 130.0
_PANEL_MM = 62.0


def plot_schild(found: SchildFit, *, response_label: str = "response", width_mm: float = DOUBLE_MM) -> Figure:
    """Draw the curves at each concentration of an antagonist, and Schild's plot beside.

    Parameters
    ----------
    found : SchildFit
        From `fit_schild`.
    response_label : str, optional
        What the response is, with its unit.
    width_mm : float, optional
        Of the figure; below 130 mm the panels stand one above the other.

    Returns
    -------
    Figure
        Curves are those of the fit of all points, drawn as far as doses were given; a dose of 0 has no place.
        In Schild's plot each concentration has the dose ratio of its own curve; a ratio whose interval reaches
        1 has an arrow down, one of 1 or less an arrow alone, one that the points do not tell nothing.

    Examples
    --------
    >>> from ephys.pharmacology import fit_schild
    >>> a, b = np.tile([5.0, 20.0, 80.0, 320.0, 1280.0, 5120.0], 3), np.repeat([0.0, 10.0, 100.0], 6)
    >>> y = 100.0 / (1.0 + (a / (40.0 * (1.0 + b / 10.0))) ** 1.5) + np.random.default_rng(1).normal(0.0, 1.0, 18)
    >>> plot_schild(fit_schild(a, y, b, antagonist_unit="nM", dose_unit="nM")).axes[1].get_ylabel()
    'log10 (dose ratio − 1)'
    """
    beside = width_mm >= _SIDE_BY_SIDE_MM
    below = lines_below(found.notes, width_mm)
    height_mm = _PANEL_MM * (1 if beside else 2) + room_below_mm(below)
    with house_style():
        figure = new_figure(width_mm=width_mm, height_mm=height_mm)
        curves, schild = figure.subplots(*((1, 2) if beside else (2, 1)), squeeze=False).ravel()
        _draw_curves(curves, found)
        curves.set_ylabel(response_label)
        _draw_schild(schild, found)
        if below:
            figure.supxlabel("\n".join(below), x=0.01, ha="left", fontsize=6.5)
        return figure


def _draw_curves(axes: Axes, found: SchildFit) -> None:
    """Points and fitted curve of each concentration."""
    points = found.fit.points
    for number, one in enumerate(found.ratios):
        colour = palette(axes).series(number)
        draw_points(axes, points, number, points.response, colour)
        doses = dose_grid(points, number)
        name = f"{one.antagonist:g} {found.antagonist_unit}" if one.antagonist else "without"
        axes.plot(doses, found.predict(doses, one.antagonist), color=colour, lw=1.2, label=name, gid="curve")
    set_log_axis(axes, points.dose[points.dose > 0].tolist(), unit_label("agonist", found.dose_unit))
    axes.legend(title="antagonist", loc="best", title_fontsize=6.5)


def _draw_schild(axes: Axes, found: SchildFit) -> None:
    """Dose ratios of the curves by themselves, on the lines of the fit."""
    tried = [one.antagonist for one in found.ratios[1:]]
    set_log_axis(axes, tried, unit_label("antagonist", found.antagonist_unit))
    ends = np.array(axes.get_xlim())
    colours = palette(axes)
    if math.isfinite(found.slope.estimate):
        axes.plot(ends, found.line(ends), color=colours.ink, lw=1.0, label="fit of all points")
    axes.plot(ends, found.line(ends, unit_slope=True), color=colours.faint, lw=1.0, ls="--", label="slope 1")
    heights = [one.log_ratio_less_1 for one in found.ratios[1:]]
    known = [height for height in (*heights, *_finite_ends(found)) if math.isfinite(height)] or [0.0]
    low, high = min(known) - 0.3, max(known) + 0.3
    for number, one in enumerate(found.ratios[1:], start=1):
        _draw_ratio(axes, one, low, colours.series(number), MARKERS[number % len(MARKERS)])
    axes.set_ylim(low, high)
    axes.axhline(0.0, color=colours.faint, lw=0.6, ls=":", zorder=0)
    axes.set_ylabel("log10 (dose ratio − 1)")
    axes.legend(loc="upper left")
    level = interval_name(found.fit.level, found.fit.method)
    axes.set_title(f"{found.answer_text}\nbars: {level}", loc="left")


def _finite_ends(found: SchildFit) -> list[float]:
    """Ends of intervals that have a place on the axis."""
    return [end for one in found.ratios[1:] for end in one.log_ratio_less_1_ends if math.isfinite(end)]


def _draw_ratio(axes: Axes, one: DoseRatio, floor: float, colour: str, marker: str) -> None:
    """One dose ratio with its interval; an arrow down where it is open."""
    low, high = one.log_ratio_less_1_ends
    at, height = one.antagonist, one.log_ratio_less_1
    if math.isfinite(high):
        axes.plot([at, at], [max(low, floor), high], color=colour, lw=1.0, gid="interval")
    if low == -math.inf:
        axes.plot([at], [floor], "v", color=colour, ms=4.0, clip_on=False, gid="open")
    if math.isfinite(height):
        axes.plot([at], [height], marker, color=colour, ms=4.0, gid="ratio")
