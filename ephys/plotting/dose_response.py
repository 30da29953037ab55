"""The dose-response of one cell: points, curve and ID50, each no further than the data reach."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from ephys.jupyter import potency_words
from ephys.pharmacology import DoseResponseFit, ResponseWindow
from ephys.plotting.dose_axis import dose_ratio, write_dose_label
from ephys.plotting.group_series import legend_above
from ephys.plotting.labels import wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing
from ephys.plotting.timeline import dose_text

_CURVE_POINTS = 200
_BEYOND = 1.5  # where what has no dose begins, in dose steps from the last dose
_TALLEST = 250.0  # intervals of cells that hardly fire may end above the axis, points never do
_NAME_PT = 64.0  # lines of a name under the axis are no longer
_CURVED = ("interpolated", "above_top_dose", "below_lowest_dose")
_ID50_KIND = {
    "above_top_dose": "a bound: above the last dose",
    "below_lowest_dose": "a bound: below the first dose",
    "all_or_none": "bracket",
}
"""What the bar is where it is no interval."""


def plot_dose_response(fit: DoseResponseFit, *, ax: Axes | None = None) -> Axes:
    """Draw percent of baseline against cumulative dose, with the curve and the ID50 at half of its baseline.

    Parameters
    ----------
    fit : DoseResponseFit
        With its `DoseResponse`. Windows that the fit leaves out are open; silence (no spike in the window) is a
        triangle under its upper bound; an ID50 outside the doses is an arrow, not a point; nothing is extrapolated.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes
        With the dose on a log axis; baseline and vehicle stand left of a break, antagonist and wash right of one.

    Examples
    --------
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
    >>> from ephys.pharmacology import dose_response, fit_dose_response
    >>> given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg", route="i.v.", form="base"),)
    >>> unit = Unit.from_times(np.arange(0.0, 200.0), support=Epoch(0.0, 300.0))
    >>> fit = fit_dose_response(dose_response(unit, DoseProtocol(given, unit.support)))
    >>> plot_dose_response(fit).get_xlabel()
    'cumulative dose of ipsapirone (µg/kg i.v., base)'
    """
    with drawing(ax, width_mm=SINGLE_MM, height_mm=92.0) as axes:
        places = dose_places(fit)
        axes.set_xscale("log")
        _draw_axes(axes, fit, places)
        for level in (100.0, 50.0):
            axes.axhline(level, color=palette(axes).faint, lw=0.6, ls=":", zorder=0)
        handles = _draw_points(axes, places)
        if fit.status in (*_CURVED, "plateau"):
            handles.append(_draw_curve(axes, fit))
        if fit.status in (*_CURVED, "all_or_none"):
            handles.append(_draw_id50(axes, fit, places))
        if not handles:
            reason = f"no percent of baseline\n{fit.reason}"
            axes.text(0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", wrap=True)
        _draw_legend(axes, fit, handles)
        return axes


@dataclass(frozen=True)
class Place:
    """A window and where it stands on the axis.

    Parameters
    ----------
    window : ResponseWindow
        What was read.
    side : {"before", "dose", "after"}
        On the dose axis, or beyond a break of it.
    x : float
        In data coordinates.
    label : str
        What stands under it.
    """

    window: ResponseWindow
    side: Literal["before", "dose", "after"]
    x: float
    label: str


def dose_places(fit: DoseResponseFit) -> list[Place]:
    """Give every window its place: doses on the log axis, the rest beyond a break on either side.

    Parameters
    ----------
    fit : DoseResponseFit
        With its windows.

    Returns
    -------
    list of Place
        What came before the doses, the doses, what came after; nothing of before a pretreatment, which is in percent
        of another baseline.
    """
    windows = list(filter(fit.response.is_of_series, fit.windows))
    given = [w for w in windows if w.role == "agonist" and w.dose > 0]
    doses = sorted({w.dose for w in given})
    low, high = (doses[0], doses[-1]) if doses else (1.0, 1.0)
    ratio = dose_ratio(doses)
    before = [w for w in windows if w.dose == 0 and w.role != "agonist"]
    after = [w for w in windows if w.dose > 0 and w.role != "agonist"]
    left = list(dict.fromkeys(_name(w) for w in reversed(before)))
    right = list(dict.fromkeys(_name(w) for w in after))
    return [
        *(Place(w, "before", low / ratio ** (_BEYOND + left.index(_name(w))), _name(w)) for w in before),
        *(Place(w, "dose", w.dose, dose_text(w.dose)) for w in given),
        *(Place(w, "after", high * ratio ** (_BEYOND + right.index(_name(w))), _name(w)) for w in after),
    ]


def _name(window: ResponseWindow) -> str:
    """What stands under a window that has no place on the dose axis."""
    return window.role if window.role in ("baseline", "vehicle") else window.drug


def _draw_axes(ax: Axes, fit: DoseResponseFit, places: list[Place]) -> None:
    """Draw ticks at the doses given, breaks beside them, limits and labels."""
    response = fit.response
    ticks = {place.x: place.label for place in places}
    ratio = dose_ratio(sorted({place.x for place in places if place.side == "dose"}))
    if ticks:
        ax.set_xlim(min(ticks) / ratio**0.6, max(ticks) * ratio**0.6)
    font = ax.get_xticklabels()[0].get_fontproperties()
    names = ["\n".join(wrap_text(name, _NAME_PT, font)) for name in ticks.values()]
    ax.set_xticks(list(ticks), names, rotation=45, ha="right", rotation_mode="anchor")
    ax.xaxis.set_minor_locator(NullLocator())
    for one, next_one in pairwise(sorted(ticks)):
        sides = {place.side for place in places if place.x in (one, next_one)}
        if len(sides) > 1:
            _draw_break(ax, math.sqrt(one * next_one))
    tops = [min(p.window.percent_high, _TALLEST) for p in places if math.isfinite(p.window.percent_high)]
    points = [p.window.percent for p in places if math.isfinite(p.window.percent)]
    ax.set_ylim(-4.0, 1.04 * max([110.0, *tops, *points]))
    unit = " ".join(part for part in (fit.unit_text, response.route) if part)
    scale = ", ".join(part for part in (unit, response.form) if part)
    write_dose_label(ax, f"{potency_words(response.dose_unit).total} of {response.drug} ({scale})")
    ax.set_ylabel("firing rate (% of baseline)")


def _draw_break(ax: Axes, x: float) -> None:
    """Mark that the axis is broken at `x`."""
    box = {"facecolor": palette(ax).paper, "edgecolor": "none", "pad": 0.4}
    ax.text(x, 0.0, "//", transform=ax.get_xaxis_transform(), ha="center", va="center", fontsize="small", bbox=box)


def _draw_points(ax: Axes, places: list[Place]) -> list[Line2D]:
    """Draw each window's percent of baseline with its interval; return what the legend says of the markers."""
    colours = palette(ax)
    handles: dict[str, Line2D] = {}
    for place in places:
        window = place.window
        if math.isnan(window.percent):
            continue
        colour = colours.role(window.role)
        if math.isfinite(window.percent_low) and math.isfinite(window.percent_high):
            ax.plot([place.x] * 2, [window.percent_low, window.percent_high], color=colour, lw=0.8)
        silent = window.count == 0
        (point,) = ax.plot(
            [place.x],
            [window.percent],
            marker="v" if silent else "o" if place.side == "dose" else "s",
            color=colour,
            markerfacecolor=colour if window.used else colours.paper,
            lw=0.0,
            clip_on=False,
            zorder=3,
        )
        kind = "no spike, upper bound" if silent else f"{window.role} window"
        handles.setdefault(kind + ("" if window.used else ", not fitted"), point)
    for text, handle in handles.items():
        interval = ", exact 95 % interval" if text == "agonist window" else ""
        handle.set_label(text + interval)
    return list(handles.values())


def _draw_curve(ax: Axes, fit: DoseResponseFit) -> Line2D:
    """Draw the Hill curve between the lowest and the highest dose that were fitted."""
    doses = np.geomspace(min(fit.doses), max(fit.doses), _CURVE_POINTS)
    style = "-" if fit.status in ("interpolated", "plateau") else "--"
    (line,) = ax.plot(doses, fit.percent(doses), color=palette(ax).agonist, ls=style, lw=1.2, zorder=2)
    line.set_label(f"Hill curve, {fit.emax_text}")
    return line


def _draw_id50(ax: Axes, fit: DoseResponseFit, places: list[Place]) -> Line2D:
    """Draw the ID50 with its interval at half of the fitted baseline; an arrow where it reaches beyond the doses."""
    colours = palette(ax)
    lowest, highest = min(fit.doses), max(fit.doses)
    ratio = dose_ratio(sorted({place.x for place in places if place.side == "dose"}))
    low, high = {
        "above_top_dose": (highest, math.inf),
        "below_lowest_dose": (0.0, lowest),
    }.get(fit.status, (fit.id50_low, fit.id50_high))
    left, right = max(low, lowest / ratio**0.5), min(high, highest * ratio**0.5)
    height = fit.baseline_percent / 2 if fit.status == "interpolated" else 50.0
    (bar,) = ax.plot([left, right], [height, height], color=colours.ink, lw=2.0, solid_capstyle="butt", zorder=4)
    for end, beyond, marker in ((left, low < left, "<"), (right, high > right, ">")):
        ax.plot([end], [height], marker=marker if beyond else "|", color=colours.ink, ms=5.0, zorder=4)
    if fit.status == "interpolated":
        ax.plot([fit.id50], [height], marker="D", color=colours.ink, markerfacecolor=colours.paper, ms=4.5, zorder=5)
    kind = _ID50_KIND.get(fit.status, f"{100 * fit.settings.level:g} % profile-likelihood interval")
    bar.set_label(f"{fit.words.title}, {kind.replace('dose', fit.words.dose)}")
    return bar


def _draw_legend(ax: Axes, fit: DoseResponseFit, handles: list[Line2D]) -> None:
    """Put the ID50 and what the signs mean above the axes, where no point can lie under them."""
    legend_above(ax, handles, title=_title(fit))


def _title(fit: DoseResponseFit) -> str:
    """Name the cell and the ID50 with what it rests on."""
    name, treated = f"unit {fit.response.unit_id}: ", fit.response.pretreatment
    after = f"after {treated}" if treated is not None else ""
    if fit.status == "not_fitted":
        return "\n".join(filter(None, (f"{name}not fitted", fit.reason, after, _not_shown(fit))))
    value = fit.id50_text if fit.status == "no_effect" else f"{fit.words.lead}{fit.id50_text}"
    slope = f"Hill {fit.hill:.2g}, " if fit.status in ("interpolated", "plateau") else ""
    doses = f"{len(fit.doses)} {fit.words.dose}{'s' * (len(fit.doses) != 1)}"
    lines = f"{name}{value}".replace("; ", "\n")
    return "\n".join(filter(None, (lines, f"{slope}n = {doses}, cell {fit.fate}", after, _not_shown(fit))))


def _not_shown(fit: DoseResponseFit) -> str:
    """How many windows have no percent of baseline, and so no point; empty where all have one."""
    missing = sum(math.isnan(window.percent) for window in fit.windows)
    return f"not shown: {missing} window{'s' * (missing != 1)} without a percent of baseline" if missing else ""
