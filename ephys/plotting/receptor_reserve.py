"""Curves before and after inactivation, and Furchgott's double-reciprocal plot beside them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ephys.pharmacology import ReceptorReserve
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
from ephys.plotting.timeline import dose_unit_text

_SIDE_BY_SIDE_MM = 130.0
_PANEL_MM = 62.0


def plot_receptor_reserve(
    found: ReceptorReserve, *, response_label: str = "response", width_mm: float = DOUBLE_MM
) -> Figure:
    """Draw the curves before and after inactivation, and Furchgott's plot beside.

    Parameters
    ----------
    found : ReceptorReserve
        From `fit_receptor_reserve`.
    response_label : str, optional
        What the response is, with its unit.
    width_mm : float, optional
        Of the figure; below 130 mm the panels stand one above the other.

    Returns
    -------
    Figure
        Curves are drawn as far as doses were given. Points of Furchgott's plot are read off curves that were
        fitted each by itself; the line is that of the fit of all points, and not a regression on them.

    Examples
    --------
    >>> from ephys.pharmacology import fit_receptor_reserve
    >>> a = np.tile(np.geomspace(3.0, 3000.0, 9), 2)
    >>> tau = np.repeat([8.0, 1.2], 9)
    >>> effect = 100.0 * (tau * a) ** 1.5 / ((400.0 + a) ** 1.5 + (tau * a) ** 1.5)
    >>> effect += np.random.default_rng(1).normal(0.0, 1.0, 18)
    >>> curves = ["control"] * 9 + ["EEDQ"] * 9
    >>> found = fit_receptor_reserve(a, effect, curves, control="control", dose_unit="nM", em=100.0)
    >>> plot_receptor_reserve(found).axes[1].get_xlabel()
    "1 / A', after inactivation (per nM)"
    """
    beside = width_mm >= _SIDE_BY_SIDE_MM
    below = lines_below(found.notes, width_mm)
    height_mm = _PANEL_MM * (1 if beside else 2) + room_below_mm(below)
    with house_style():
        figure = new_figure(width_mm=width_mm, height_mm=height_mm)
        curves, reciprocal = figure.subplots(*((1, 2) if beside else (2, 1)), squeeze=False).ravel()
        _draw_curves(curves, found)
        curves.set_ylabel(response_label)
        _draw_reciprocal(reciprocal, found)
        if below:
            figure.supxlabel("\n".join(below), x=0.01, ha="left", fontsize=6.5)
        return figure


def _draw_curves(axes: Axes, found: ReceptorReserve) -> None:
    """Points with the curves of both methods."""
    points = found.operational.fit.points
    handles = []
    for number, label in enumerate(points.labels):
        colour, doses = palette(axes).series(number), dose_grid(points, number)
        draw_points(axes, points, number, found.responses, colour)
        axes.plot(doses, found.predict(doses, label), color=colour, lw=2.6, alpha=0.35, gid="operational")
        axes.plot(doses, found.predict_furchgott(doses, label), color=colour, lw=1.0, ls="--", gid="furchgott")
        handles.append(
            Line2D([], [], color=colour, marker=MARKERS[number % len(MARKERS)], mfc="none", ms=3.0, ls="", label=label)
        )
    ink = palette(axes).ink
    handles += [
        Line2D([], [], color=ink, lw=2.6, alpha=0.35, label="operational model"),
        Line2D([], [], color=ink, lw=1.0, ls="--", label="Furchgott"),
    ]
    set_log_axis(axes, points.dose[points.dose > 0].tolist(), unit_label("agonist", found.dose_unit))
    axes.legend(handles=handles, loc="best")


def _draw_reciprocal(axes: Axes, found: ReceptorReserve) -> None:
    """Equieffective doses, and the line that the fit of all points gives them."""
    unit = dose_unit_text(found.dose_unit)
    colours = palette(axes)
    for number, share in enumerate(found.furchgott.shares, start=1):
        pairs = [one for one in found.equieffective if one.curve == share.curve]
        colour = colours.series(number)
        if pairs:
            x, y = [1.0 / one.dose for one in pairs], [1.0 / one.control_dose for one in pairs]
            axes.plot(x, y, MARKERS[number % len(MARKERS)], color=colour, ms=3.6, ls="", gid="equieffective")
            ends = np.array([0.0, 1.05 * max(x)])
            axes.plot(ends, found.reciprocal_control(ends, share.curve), color=colour, lw=1.0, gid="line")
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(f"1 / A', after inactivation (per {unit})")
    axes.set_ylabel(f"1 / A, {found.control} (per {unit})")
    axes.set_title(f"Furchgott\n{found.furchgott_text}", loc="left")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
