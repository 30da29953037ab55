"""Panels beside an overview of a cohort: the rate of each cell, and its ID50."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ephys.analysis.overview import SeenSeries
from ephys.jupyter import potency_words
from ephys.plotting.labels import axes_width_pt, overlapping, text_width_pt
from ephys.plotting.palette import palette
from ephys.plotting.timeline import dose_text, dose_unit_text

_BEYOND = 2.0  # times by which the axis goes on past the doses given
_MARKS: Mapping[str, Any] = MappingProxyType({"ms": 3.4, "mew": 0.8})
_STEPS = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
"""Numbers of a decade that are printed where the doses do not fit; the first that do are taken."""


@dataclass(frozen=True, slots=True)
class Place:
    """A series, and how far below the upper edge it is drawn, in points."""

    y: float
    seen: SeenSeries


def draw_rates(axes: Axes, places: Sequence[Place]) -> None:
    """Draw the rate of each cell on its baseline; a silent one stands at 0."""
    colours = palette(axes)
    for place in places:
        seen = place.seen
        if seen.is_first and not math.isnan(seen.rate_hz):
            face = colours.ink if seen.is_analysed else colours.paper
            axes.plot(seen.rate_hz, place.y, "o", mec=colours.ink, mfc=face, clip_on=False, **_MARKS)
    top = max((place.seen.rate_hz for place in places if not math.isnan(place.seen.rate_hz)), default=0.0)
    axes.set_xlim(0.0, 1.08 * top if top > 0 else 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    _finish(axes, "rate (Hz)")


def draw_id50s(axes: Axes, places: Sequence[Place], unit: str) -> None:
    """Draw the ID50 of each series whose doses are in a unit, on a log axis with the doses that were given."""
    drugs = list(dict.fromkeys(place.seen.drug for place in places if place.seen.drug))
    drawn = [place for place in places if place.seen.reach and place.seen.dose_unit == unit]
    doses = sorted({dose for place in drawn for dose in place.seen.doses})
    ends = [*doses, *(place.seen.id50 for place in drawn if place.seen.reach == "value")]
    axes.set_xscale("log")
    axes.set_xlim(min(ends) / _BEYOND, max(ends) * _BEYOND)
    colours = [palette(axes).agonists[place % len(palette(axes).agonists)] for place in range(len(drugs))]
    for drug, colour in zip(drugs, colours, strict=True):
        given = [dose for place in drawn if place.seen.drug == drug for dose in place.seen.doses]
        for dose in {min(given), max(given)} if given else ():
            axes.axvline(dose, color=colour, lw=0.5, ls=":", zorder=0)
    for place in drawn:
        _draw_id50(axes, place, colours[drugs.index(place.seen.drug)])
    axes.xaxis.set_major_locator(FixedLocator(_ticks(axes, doses)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda dose, _: dose_text(dose)))
    name = potency_words(unit).of_groups
    _finish(axes, f"{name} ({dose_unit_text(unit)})" if unit else name)


def _draw_id50(axes: Axes, place: Place, colour: str) -> None:
    """Draw one ID50: a point with its interval, a bound as an arrow, a bracket as a bar; open ends have arrows."""
    seen, (left, right) = place.seen, axes.get_xlim()
    low, high = max(seen.low, left), min(seen.high, right)
    axes.plot([low, high], [place.y, place.y], color=colour, lw=1.0, solid_capstyle="butt", zorder=2)
    for end, beyond, arrow in ((low, seen.low < left, "<"), (high, seen.high > right, ">")):
        if beyond:
            axes.plot(end, place.y, arrow, color=colour, clip_on=False, zorder=3, **_MARKS)
        elif seen.reach != "value":
            axes.plot(end, place.y, "|", color=colour, ms=4.5, mew=1.0, zorder=3)
    if seen.reach == "value":
        face = colour if seen.is_analysed else palette(axes).paper
        axes.plot(seen.id50, place.y, "o", mec=colour, mfc=face, zorder=4, **_MARKS)


def _ticks(axes: Axes, doses: Sequence[float]) -> list[float]:
    """Doses that were given, where their numbers have room; else round numbers."""
    left, right = axes.get_xlim()
    decades = [10.0**power for power in range(math.floor(math.log10(left)), math.ceil(math.log10(right)) + 1)]
    rounded = [[step * decade for decade in decades for step in steps] for steps in _STEPS]
    choices = [[tick for tick in ticks if left <= tick <= right] for ticks in (list(doses), *rounded)]
    return next((ticks for ticks in choices if ticks and not _touching(axes, ticks)), choices[-1])


def _touching(axes: Axes, ticks: Sequence[float]) -> bool:
    """Whether numbers at some ticks would touch."""
    left, right = np.log(axes.get_xlim())
    font = FontProperties(size="small")
    at = [(math.log(tick) - left) / (right - left) * axes_width_pt(axes) for tick in ticks]
    half = [text_width_pt(dose_text(tick), font) / 2 for tick in ticks]
    return overlapping([(x - w, x + w) for x, w in zip(at, half, strict=True)])


def _finish(axes: Axes, label: str) -> None:
    """Numbers above and below, since the figure may be as high as a page, and what they are above."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["top"].set_visible(True)
    axes.tick_params(axis="x", top=True, labeltop=True, pad=1.5)
    axes.set_xlabel(label, labelpad=2.0, fontweight="bold")
    axes.xaxis.set_label_position("top")
    axes.patch.set_alpha(0.0)
