"""Ejections beside a cell: the rate around each, aligned at its start, and what each current did beside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ephys.errors import ParameterError
from ephys.pharmacology import BarrelSummary, Ejection, Ejections
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.iontophoresis.barrels import likeness, per_na
from ephys.plotting.legends import legend_columns
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure

_PANEL_MM = 26.0
_LEAST_MM = 58.0
_PER_ROW = 4
_BAND = 0.16
_BASELINE, _HALF = "baseline before it", "half of it"
_TIMES = {"t50": ("T50 with interval", "v"), "rt50": ("RT50 with interval", "^")}
_WINDOW, _TRUNCATED = "recovered", "truncated"
_MARKERS = "osD^Pv<>"
_ASIDE = 0.05
"""Of the span of the currents, between drugs at one current."""


def plot_ejections(ejections: Ejections, *, width_mm: float = DOUBLE_MM) -> Figure:
    """Draw the rate around each ejection, and the spikes suppressed per nA against the current.

    Parameters
    ----------
    ejections : Ejections
        From `measure_ejections`.
    width_mm : float, optional
        Of the figure.

    Returns
    -------
    Figure
        A panel for each measured ejection, its time from the start of the current, and last the summary.

    Raises
    ------
    ParameterError
        If no ejection was measured.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Unit
    >>> from ephys.pharmacology import measure_ejections
    >>> given = (Administration("5-ht", 100.0, 150.0, dose=10.0, dose_unit="nA"),)
    >>> cell = Unit.from_times(np.r_[0.25:110.0:0.5, 170.25:300.0:0.5], support=Epoch(0.0, 300.0))
    >>> figure = plot_ejections(measure_ejections(cell, DoseProtocol(given, cell.support)))
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['5-ht 10 nA', 'suppressed per nA']
    """
    shown = [one for one in ejections.ejections if one.measured]
    if not shown:
        raise ParameterError(f"{ejections.title}: no ejection was measured, so that there is nothing to draw")
    columns = min(_PER_ROW, len(shown))
    rows = math.ceil(len(shown) / columns)
    with house_style():
        figure = new_figure(width_mm=width_mm, height_mm=max(_PANEL_MM * rows + 18.0, _LEAST_MM))
        grid = figure.add_gridspec(1, 2, width_ratios=(columns, 1.5))
        left, right = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
        panels = left.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
        colours = _colours(panels[0], ejections)
        top = max(float(np.nanmax(one.course.rate_hz)) for one in shown if one.course is not None)
        for axes, one in zip(panels, shown, strict=False):
            _draw_ejection(axes, one, colours[one.drug, one.is_control], 1.1 * top or 1.0)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        missing = len(ejections.ejections) - len(shown)
        beside = f"; {count_text(missing, 'ejection')} not measured, not shown" if missing else ""
        left.supxlabel(f"time from the start of the ejection (s){beside}", fontsize=7.0)
        left.supylabel("firing rate (Hz)", fontsize=7.0)
        summary = right.subplots()
        _draw_summary(summary, ejections, colours)
        right.legend(*summary.get_legend_handles_labels(), loc="outside lower left")
        handles = _handles(panels[0], shown)
        labels = [str(handle.get_label()) for handle in handles]
        figure.legend(handles=handles, loc="outside upper left", ncols=legend_columns(labels, width_mm))
        return figure


def _colours(axes: Axes, ejections: Ejections) -> dict[tuple[str, bool], str]:
    """A colour for each drug; control currents have that of a vehicle."""
    colours = palette(axes)
    several = (*colours.agonists, colours.antagonist)
    drugs = {(drug, False): several[place % len(several)] for place, drug in enumerate(ejections.drugs)}
    controls = {(one.drug, True): colours.vehicle for one in ejections.ejections if one.is_control}
    return drugs | controls


def _draw_ejection(axes: Axes, one: Ejection, colour: str, top_hz: float) -> None:
    """Bars of the rate, the current's time, baseline and half of it, T50, RT50 and the end of the window."""
    colours = palette(axes)
    start_s = one.epoch.start_s
    if one.course is not None:
        axes.stairs(one.course.rate_hz, one.course.edges_s - start_s, fill=True, color=colours.faint, gid="rate")
    axes.axvspan(0.0, one.epoch.duration_s, color=colour, alpha=_BAND, lw=0.0, zorder=0, gid="current")
    axes.axhline(one.baseline_hz.value, color=colours.ink, lw=0.6, ls="--", gid="baseline")
    axes.axhline(one.baseline_hz.value / 2.0, color=colours.ink, lw=0.6, ls=":", gid="half")
    for name, after_s in (("t50", 0.0), ("rt50", one.epoch.duration_s)):
        found = getattr(one, name)
        if found.status == "reached":
            ends = [[found.value - found.low], [found.high - found.value]]
            at = after_s + found.value, one.baseline_hz.value / 2.0
            axes.errorbar(*at, xerr=ends, fmt=_TIMES[name][1], ms=3.2, lw=0.9, color=colour, gid=name)
    if one.window is not None and _ends(one):
        line = ":" if one.truncated else "-"
        axes.axvline(one.window.stop_s - start_s, color=colours.baseline, lw=0.8, ls=line, gid="window")
    axes.set_title(f"{one.drug} {one.current_na:g} nA", loc="left", color=colour)
    axes.set_ylim(0.0, top_hz)
    axes.margins(x=0.0)


def _ends(one: Ejection) -> bool:
    """Whether the end of its window is drawn: nothing recovers where nothing was inhibited."""
    return one.inhibited or bool(one.truncated)


def _draw_summary(axes: Axes, ejections: Ejections, colours: Mapping[tuple[str, bool], str]) -> None:
    """Spikes suppressed per nA by current: each ejection, and the mean of each current with its interval."""
    barrels = [barrel for barrel in ejections.barrels if barrel.currents]
    axes.set_title("suppressed per nA", loc="left")
    if not barrels:
        axes.set_axis_off()
        axes.text(0.0, 1.0, "silent baselines only", transform=axes.transAxes, va="top")
        return
    currents = [current.current_na for barrel in barrels for current in barrel.currents]
    aside = _ASIDE * (max(currents) - min(currents) or max(currents))
    axes.axhline(0.0, color=palette(axes).ink, lw=0.6, zorder=0)
    kinds = [(barrel, kind) for barrel in barrels for kind in dict.fromkeys(one.kind for one in barrel.currents)]
    for place, (barrel, kind) in enumerate(kinds):
        sign = colours[barrel.drug, barrel.is_control], _MARKERS[place % len(_MARKERS)]
        _draw_kind(axes, ejections, barrel, kind, sign, place * aside)
    axes.set_xlabel("current (nA)")
    axes.set_ylabel("spikes suppressed per nA")
    axes.margins(x=0.15)


def _draw_kind(
    axes: Axes, ejections: Ejections, barrel: BarrelSummary, kind: tuple[int, str], sign: tuple[str, str], aside: float
) -> None:
    """Ejections of one drug from one barrel that are alike, small, and their means."""
    colour, marker = sign
    for one in ejections.ejections:
        if (
            one.usable
            and likeness(one) == kind
            and (one.drug, one.barrel, one.is_control) == (barrel.drug, barrel.barrel, barrel.is_control)
        ):
            value = per_na(one, ejections.settings.control).value
            axes.plot(one.current_na + aside, value, ls="", marker=marker, ms=2.0, color=colour, alpha=0.6, gid="one")
    alike = [current for current in barrel.currents if current.kind == kind]
    means = [current.suppressed_per_na for current in alike]
    axes.errorbar(
        [current.current_na + aside for current in alike],
        [mean.value for mean in means],
        yerr=[[mean.value - mean.low for mean in means], [mean.high - mean.value for mean in means]],
        fmt=marker, ms=4.2, lw=1.0, color=colour, mfc=palette(axes).paper, gid="mean",
        label=_named(barrel, kind),
    )  # fmt: skip


def _named(barrel: BarrelSummary, kind: tuple[int, str]) -> str:
    """Drug and barrel, and what tells these ejections from others of theirs."""
    length_s, after = kind
    lengths = {current.length_s for current in barrel.currents}
    told = [barrel.drug, f"barrel {barrel.barrel}" if barrel.barrel else ""]
    told += [f"{length_s} s" if len(lengths) > 1 else ""]
    return ", ".join(filter(None, told)) + (f",\nafter {after}" if after else "")


def _handles(axes: Axes, shown: Sequence[Ejection]) -> list[Line2D | Patch]:
    """What the signs of the panels mean: those that are drawn."""
    colours = palette(axes)
    lines: list[Line2D | Patch] = [
        Patch(color=colours.agonist, alpha=_BAND, label="current on"),
        Line2D([], [], color=colours.ink, lw=0.6, ls="--", label=_BASELINE),
        Line2D([], [], color=colours.ink, lw=0.6, ls=":", label=_HALF),
    ]
    lines += [
        Line2D([], [], color=colours.agonist, ls="-", lw=0.9, marker=marker, ms=3.2, label=label)
        for name, (label, marker) in _TIMES.items()
        if any(getattr(one, name).status == "reached" for one in shown)
    ]
    for is_truncated, label, style in ((False, _WINDOW, "-"), (True, _TRUNCATED, ":")):
        if any(_ends(one) and bool(one.truncated) == is_truncated for one in shown):
            lines.append(Line2D([], [], color=colours.baseline, lw=0.8, ls=style, label=label))
    return lines
