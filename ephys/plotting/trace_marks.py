"""What stands above a stretch of voltage: ticks of each unit in a row of its own, and words for what was excised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FixedFormatter, FixedLocator
from matplotlib.transforms import ScaledTranslation, Transform
from numpy.typing import NDArray

from ephys.model import Epoch, Unit
from ephys.plotting.labels import axes_width_pt, overlapping, text_width_pt
from ephys.plotting.palette import palette
from ephys.plotting.scale_bars import bar_length
from ephys.plotting.style import figure_of
from ephys.plotting.timeline import draw_time_axis

FloatArray = NDArray[np.float64]

LANE_PT = 8.5
"""Height of a unit's row."""

_FIRST_PT = 4.0  # from the axes to the lowest row
_TICK_PT = 5.5
_CROWD, _CLOUD = 500, 2000
_SHADE_ALPHA, _HATCH_ALPHA = 0.16, 0.5
_SHORT_S = 4.0  # stretches shorter than this are told in ms from their start


def draw_lanes(ax: Axes, units: Sequence[Unit], within: Epoch) -> float:
    """Draw the spikes of each unit as ticks in a row above the axes, the first one's at the top.

    Parameters
    ----------
    ax : Axes
        Whose horizontal axis is laid out in seconds.
    units : sequence of Unit
        A thin line runs through each row where the unit could be seen: elsewhere no tick is no silence.
    within : Epoch
        The stretch that is shown.

    Returns
    -------
    float
        How far the rows reach above the axes, in points.
    """
    for place, unit in enumerate(units):
        height_pt = _FIRST_PT + (len(units) - 1 - place + 0.5) * LANE_PT
        _draw_lane(ax, unit, within, height_pt, palette(ax).series(place))
    return _FIRST_PT + len(units) * LANE_PT if units else 0.0


def _draw_lane(ax: Axes, unit: Unit, within: Epoch, height_pt: float, colour: str) -> None:
    """Draw one row, and beside it whose it is and how many spikes it has."""
    lane = ax.get_xaxis_transform() + ScaledTranslation(0.0, height_pt / 72.0, figure_of(ax).dpi_scale_trans)
    seen = unit.support.within(within)
    for epoch in seen.epochs if seen else ():
        ax.plot([epoch.start_s, epoch.stop_s], [1.0, 1.0], transform=lane, color=colour, lw=0.3, clip_on=False)
    spikes_s = unit.times_s[within.mask(unit.times_s)]
    if len(spikes_s):  # the layout would take an empty line for one in the figure's corner
        _draw_ticks(ax, spikes_s, lane, colour)
    name = f"{'multi-unit' if unit.multi_unit else 'unit'} {unit.id}"
    count = f"n = {len(spikes_s)}" if seen else "not seen here"
    ax.annotate(
        f"{name}, {count}",
        xy=(1.0, 1.0),
        xycoords="axes fraction",
        xytext=(4.0, height_pt),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize="small",
        color=colour,
        annotation_clip=False,
    )


def _draw_ticks(ax: Axes, spikes_s: FloatArray, lane: Transform, colour: str) -> None:
    """Draw a tick for each spike, thinner where they crowd."""
    crowd = len(spikes_s) > _CROWD
    ones, width_pt = np.ones_like(spikes_s), 0.3 if crowd else 0.7
    (ticks,) = ax.plot(spikes_s, ones, transform=lane, ls="none", marker="|", ms=_TICK_PT, mew=width_pt, color=colour)
    ticks.set(clip_on=False, rasterized=len(spikes_s) > _CLOUD)


def draw_artefacts(ax: Axes, artefacts: Sequence[Epoch], within: Epoch, *, above_pt: float) -> list[str]:
    """Shade and hatch artefacts, with a word above each where there is room for all of them.

    Parameters
    ----------
    ax : Axes
        Whose horizontal axis is laid out in seconds.
    artefacts : sequence of Epoch
        Labelled by kind.
    within : Epoch
        The stretch that is shown: others are left out.
    above_pt : float
        Where the words stand, in points above the axes.

    Returns
    -------
    list of str
        What the caption says of them: nothing where there are none.
    """
    shown = [epoch for epoch in artefacts if epoch.overlap(within) > 0]
    if not shown:
        return []
    colours = palette(ax)
    spans = [(epoch.start_s, epoch.duration_s) for epoch in shown]
    beneath: Any = {"transform": ax.get_xaxis_transform(), "zorder": 0}
    ax.broken_barh(spans, (0.0, 1.0), facecolor=colours.agonist, alpha=_SHADE_ALPHA, lw=0.0, **beneath)
    # The edge keeps in sight what is narrower than a dot.
    edged: Any = {"facecolor": "none", "edgecolor": colours.agonist, "alpha": _HATCH_ALPHA}
    ax.broken_barh(spans, (0.0, 1.0), hatch="xxx", lw=0.4, **edged, **beneath)
    _name_artefacts(ax, shown, within, above_pt)
    kinds = Counter(epoch.label or "artefact" for epoch in shown)
    counted = ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items()))
    return [f"shaded: {len(shown)} artefact{'s' if len(shown) > 1 else ''} ({counted})"]


def _name_artefacts(ax: Axes, shown: Sequence[Epoch], within: Epoch, above_pt: float) -> None:
    """Write the kind of each artefact above it, unless the words would touch."""
    font = FontProperties(size="small")
    middles_s = [(max(epoch.start_s, within.start_s) + min(epoch.stop_s, within.stop_s)) / 2.0 for epoch in shown]
    per_s = axes_width_pt(ax) / within.duration_s
    halves_pt = [text_width_pt(epoch.label or "artefact", font) / 2.0 for epoch in shown]
    places_pt = [(middle_s - within.start_s) * per_s for middle_s in middles_s]
    if overlapping([(place - half, place + half) for place, half in zip(places_pt, halves_pt, strict=True)]):
        return
    for epoch, middle_s in zip(shown, middles_s, strict=True):
        ax.annotate(
            epoch.label or "artefact",
            xy=(middle_s, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(0.0, above_pt + 1.0),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize="small",
            color=palette(ax).agonist,
            annotation_clip=False,
        )


def draw_stretch_axis(ax: Axes, within: Epoch) -> None:
    """Lay out the time axis in seconds, or in milliseconds from the start of a short stretch."""
    if within.duration_s >= _SHORT_S:
        draw_time_axis(ax, within.start_s, within.stop_s)
        return
    step_s = bar_length(within.duration_s)
    steps = np.arange(int(within.duration_s / step_s + 1e-6) + 1)
    ax.xaxis.set_major_locator(FixedLocator((within.start_s + steps * step_s).tolist()))
    ax.xaxis.set_major_formatter(FixedFormatter([f"{step * 1e3 * step_s:g}" for step in steps]))
    ax.set_xlim(within.start_s, within.stop_s)
    ax.set_xlabel(f"time from {within.start_s:.10g} s (ms)", loc="left")
