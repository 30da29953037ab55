"""Bars that stand for axes: so much time, so much voltage."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from ephys.plotting.palette import palette
from ephys.plotting.style import figure_of

_SHARE = 1.0 / 3.0  # of the axis, at most
_MINUTES_S = (60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0)
_AWAY_PT = 5.0
_WIDTH_PT = 1.2


def bar_length(span: float) -> float:
    """Longest of 1, 2, 5, 10 and so on that takes no more than a third of an axis.

    >>> bar_length(0.1), bar_length(950.0)
    (0.02, 200.0)
    """
    most = _SHARE * span
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most * (1 + 1e-9))


def draw_time_bar(ax: Axes) -> None:
    """Draw a bar for time under the right end of axes whose horizontal axis is in seconds."""
    first_s, last_s = ax.get_xlim()
    length_s = _time_length_s(last_s - first_s)
    below = ax.get_xaxis_transform() + ScaledTranslation(0.0, -_AWAY_PT / 72.0, figure_of(ax).dpi_scale_trans)
    ink = palette(ax).ink
    ends_s = (last_s - length_s, last_s)
    ax.plot(ends_s, (0.0, 0.0), transform=below, color=ink, lw=_WIDTH_PT, solid_capstyle="butt", clip_on=False)
    ax.annotate(
        _time_text(length_s),
        xy=(last_s - length_s / 2, 0.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0.0, -_AWAY_PT - 2.0),
        textcoords="offset points",
        ha="center",
        va="top",
    )


def draw_voltage_bar(ax: Axes, span_uv: float, bottom_uv: float) -> None:
    """Draw a bar for voltage beside the right end of axes whose vertical axis is in µV.

    Parameters
    ----------
    ax : Axes
        Where.
    span_uv, bottom_uv : float
        Height of one channel, and where the bar begins.
    """
    length_uv = bar_length(span_uv)
    beside = blended_transform_factory(ax.transAxes, ax.transData)
    away = ScaledTranslation(_AWAY_PT / 72.0, 0.0, figure_of(ax).dpi_scale_trans)
    ends_uv, ink = (bottom_uv, bottom_uv + length_uv), palette(ax).ink
    ax.plot((1.0, 1.0), ends_uv, transform=beside + away, color=ink, lw=_WIDTH_PT, solid_capstyle="butt", clip_on=False)
    ax.annotate(
        f"{length_uv:g} µV" if length_uv < 1000.0 else f"{length_uv / 1000.0:g} mV",
        xy=(1.0, bottom_uv + length_uv / 2),
        xycoords=beside,
        xytext=(_AWAY_PT + 3.0, 0.0),
        textcoords="offset points",
        ha="left",
        va="center",
    )


def _time_length_s(span_s: float) -> float:
    """Length of a bar for time: whole minutes where it is longer than one."""
    minutes = [length_s for length_s in _MINUTES_S if length_s <= _SHARE * span_s]
    return minutes[-1] if minutes else min(bar_length(span_s), 50.0)


def _time_text(length_s: float) -> str:
    """Length in the unit in which it is short.

    >>> _time_text(0.02), _time_text(5.0), _time_text(300.0)
    ('20 ms', '5 s', '5 min')
    """
    if length_s < 1.0:
        return f"{1e3 * length_s:g} ms"
    return f"{length_s:g} s" if length_s < 60.0 else f"{length_s / 60.0:g} min"
