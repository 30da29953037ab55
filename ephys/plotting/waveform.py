"""The mean spike with its measures drawn on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator

from ephys.classification import MEASURES, WaveformShape
from ephys.plotting.labels import Span, axes_width_pt, text_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing

_BRACKET_STEP = 0.10
_SD_ALPHA = 0.18
_SPACE_PT = 4.0
_CAPTION_SHARE = 1.03  # of the width of the axes, which the caption may take: their margin is free
_Bracket = tuple[str, Span, str]


def plot_waveform(shape: WaveformShape, *, ax: Axes | None = None) -> Axes:
    """Draw the mean spike with its SD over spikes, and its widths, each with its interval, where they were measured.

    Parameters
    ----------
    shape : WaveformShape
        Mean, SD, landmarks, and the band in which they were measured.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes
        With the polarity of the file. A width that could not be measured is not drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.classification import measure_shape
    >>> from ephys.model import Waveform
    >>> spike = 100.0 * np.exp(-(((np.arange(160) - 40) / 6.0) ** 2))
    >>> waveform = Waveform(np.tile(spike[None, :, None], (20, 1, 1)), np.arange(20), 20000.0, 0.002)
    >>> plot_waveform(measure_shape(waveform)).get_title(loc="left").splitlines()
    ['mean ± SD, n = 20 spikes; widths with 95 % interval', 'band unknown']
    """
    with drawing(ax, width_mm=SINGLE_MM, height_mm=68.0) as axes:
        colours = palette(axes)
        low, high = shape.mean_uv - shape.sd_uv, shape.mean_uv + shape.sd_uv
        axes.axhline(0.0, color=colours.faint, lw=0.6, ls=":", zorder=0)
        axes.fill_between(shape.time_ms, low, high, color=colours.ink, alpha=_SD_ALPHA, lw=0.0)
        axes.plot(shape.time_ms, shape.mean_uv, color=colours.ink, lw=1.2)
        axes.set_xlim(float(shape.time_ms[0]), float(shape.time_ms[-1]))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True))
        axes.set_xlabel("time from the spike (ms)")
        axes.set_ylabel("voltage (µV)")
        axes.ticklabel_format(axis="y", style="plain", useOffset=False)
        _draw_measures(axes, shape, float(low.min()), float(high.max()))
        axes.set_title("\n".join(_caption(shape, _CAPTION_SHARE * axes_width_pt(axes))), loc="left", fontsize="small")
        return axes


def _draw_measures(ax: Axes, shape: WaveformShape, lowest: float, highest: float) -> None:
    """Draw a bracket for each width under the spike, and its half-width where it is."""
    colours = palette(ax)
    step = _BRACKET_STEP * (highest - lowest)
    peak_to_trough = (min(shape.peak_ms, shape.trough_ms), max(shape.peak_ms, shape.trough_ms))
    brackets = [
        ("first_phase_ms", shape.first_phase_span_ms, colours.baseline),
        ("peak_to_trough_ms", peak_to_trough, colours.antagonist),
        ("total_ms", shape.total_span_ms, colours.agonist),
    ]
    half = ("half_width_ms", shape.half_span_ms, colours.agonists[1])
    measured = [bracket for bracket in (*brackets, half) if math.isfinite(shape.estimate(bracket[0]).value)]
    if not all(_fits(ax, span_ms, _width_text(shape, name)) for name, span_ms, _ in measured):
        _draw_brackets_beneath(ax, shape, measured, lowest, highest)
    else:
        below = [bracket for bracket in measured if bracket is not half]
        for row, (name, span_ms, colour) in enumerate(below, start=1):
            _bracket(ax, span_ms, lowest - row * step, _width_text(shape, name), colour)
        ax.set_ylim(lowest - (len(below) + 0.6) * step, highest + 0.5 * step)
        if half in measured:
            _bracket(ax, shape.half_span_ms, shape.peak_uv / 2, _width_text(shape, half[0]), half[2])
    if math.isfinite(shape.trough_ms):
        ax.plot(
            [shape.peak_ms, shape.trough_ms], [shape.peak_uv, shape.trough_uv], "o", color=colours.antagonist, ms=3.0
        )


def _draw_brackets_beneath(
    ax: Axes, shape: WaveformShape, measured: Sequence[_Bracket], lowest: float, highest: float
) -> None:
    """Draw every bracket under the spike, each with its name under it, where there is no room beside them."""
    step, (first_ms, last_ms) = 2.0 * _BRACKET_STEP * (highest - lowest), ax.get_xlim()
    for row, (name, span_ms, colour) in enumerate(measured, start=1):
        height_uv = lowest - (row - 0.5) * step
        ax.plot(span_ms, [height_uv, height_uv], color=colour, marker="|", ms=4.0, lw=1.0)
        text = _width_text(shape, name)
        room_ms = min(_text_ms(ax, text), last_ms - first_ms) / 2.0
        middle_ms = min(max(sum(span_ms) / 2.0, first_ms + room_ms), last_ms - room_ms)
        look: Any = {"ha": "center", "va": "top", "fontsize": "small", "color": colour}
        ax.annotate(text, xy=(middle_ms, height_uv), xytext=(0.0, -2.5), textcoords="offset points", **look)
    ax.set_ylim(lowest - (len(measured) + 0.3) * step, highest + 0.25 * step)


def _fits(ax: Axes, span_ms: Span, text: str) -> bool:
    """Whether a text has room beside a bracket, on the side that has more."""
    left_ms, right_ms = ax.get_xlim()
    return _text_ms(ax, text) <= max(right_ms - span_ms[1], span_ms[0] - left_ms)


def _text_ms(ax: Axes, text: str) -> float:
    """Width of a text and the space before it, on the axis of time."""
    width_pt = text_width_pt(text, FontProperties(size="small")) + _SPACE_PT
    return width_pt / axes_width_pt(ax) * float(ax.get_xlim()[1] - ax.get_xlim()[0])


def _width_text(shape: WaveformShape, name: str) -> str:
    """Name and value of a width, with its interval where it has one."""
    width = shape.estimate(name)
    ends = f" ({width.low:.2f} to {width.high:.2f})" if math.isfinite(width.low) else ""
    return f"{MEASURES[name]} {width.value:.2f} ms{ends}"


def _bracket(ax: Axes, span_ms: tuple[float, float], height_uv: float, text: str, colour: str) -> None:
    """Draw one width with its name beside it, on the side that has more room."""
    left_ms, right_ms = ax.get_xlim()
    to_the_right = right_ms - span_ms[1] > span_ms[0] - left_ms
    ax.plot(span_ms, [height_uv, height_uv], color=colour, marker="|", ms=4.0, lw=1.0)
    ax.annotate(
        text,
        xy=(span_ms[1] if to_the_right else span_ms[0], height_uv),
        xytext=(_SPACE_PT if to_the_right else -_SPACE_PT, 0.0),
        textcoords="offset points",
        ha="left" if to_the_right else "right",
        va="center",
        fontsize="small",
        color=colour,
    )


def _caption(shape: WaveformShape, width_pt: float) -> list[str]:
    """Number of spikes, level of the intervals, band and phase, in lines: a width without them is not a width."""
    with_ends = any(math.isfinite(one.low) for one in shape.intervals.values())
    widths = f"; widths with {100 * shape.level:g} % interval" if with_ends else ""
    font = FontProperties(size="small")
    told = (f"mean ± SD, n = {shape.n_spikes} spikes{widths}", shape.band_text)
    return [line for text in told for line in wrap_text(text, width_pt, font)]
