"""Slow signals of a session under each other: blood pressure, respiration, EEG, temperature."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import DoseProtocol, Epoch, Monitor, Session
from ephys.plotting.labels import axes_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.panel_layout import heighten, lay_out_time, stacked
from ephys.plotting.style import DOUBLE_MM
from ephys.plotting.timeline import mark_administrations

FloatArray = NDArray[np.float64]

MONITOR_MM = 15.0
"""Height of the axes of one signal."""

_PER_PT = 300.0 / 72.0  # columns of an envelope per point: those of a print of 300 dots per inch
_BLOCK = 1 << 20
_MM_PER_PT = 25.4 / 72.0


def plot_monitors(
    monitors: Session | Sequence[Monitor],
    *,
    protocol: DoseProtocol | None = None,
    within: Epoch | None = None,
    time_bar: bool = False,
    width_mm: float = DOUBLE_MM,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw slow signals under each other on the session's clock, each with its unit.

    A signal of more values than the print has dots is drawn as its smallest and largest value in each dot's width, so
    that no extreme is lost. Where nothing was recorded the line is open.

    Parameters
    ----------
    monitors : Session or sequence of Monitor
        A session's signals, with what was given in it; or signals of one clock.
    protocol : DoseProtocol, optional
        What was given, above the first signal, with a dotted line through all; by default that of the session.
    within : Epoch, optional
        Ends of the time axis; by default those of the session, or the first and last value.
    time_bar : bool, optional
        A bar of a round length in place of the time axis.
    width_mm : float, optional
        Of a new figure, whose height follows from what is on it: one column of a journal or two.
    figure : Figure or SubFigure, optional
        An empty one to draw on instead.

    Returns
    -------
    Figure or SubFigure
        With one axes per signal, from the top down.

    Raises
    ------
    ParameterError
        If there is no signal.

    Examples
    --------
    >>> from ephys.model import Monitor
    >>> figure = plot_monitors([Monitor("arterial", np.linspace(90.0, 110.0, 600), 10.0, unit="mmHg")])
    >>> figure.axes[0].get_ylabel().split(), figure.axes[0].get_xlabel()
    (['arterial', '(mmHg)'], 'time (s)')
    """
    signals = monitors.monitors if isinstance(monitors, Session) else tuple(monitors)
    if not signals:
        whose = f"session {monitors.id}" if isinstance(monitors, Session) else "an empty sequence"
        raise ParameterError(f"{whose} has no monitors to draw; name the channel when the file is read (--monitor)")
    given = protocol or (monitors.protocol if isinstance(monitors, Session) else None)
    shown = within or _extent(monitors, signals)
    n = len(signals)
    with stacked(figure, [MONITOR_MM] * n, width_mm=width_mm) as (drawn_on, axes):
        lay_out_time(axes, [shown] * n, zeros_s=[0.0] * n, since="", time_bar=time_bar)
        for ax, monitor in zip(axes, signals, strict=True):
            draw_monitor(ax, monitor, given)
        if given is not None:
            marks_pt = mark_administrations(axes[0], given)
            if figure is None:
                heighten(drawn_on, marks_pt)
        drawn_on.align_ylabels(axes)
        return drawn_on


def draw_monitor(ax: Axes, monitor: Monitor, protocol: DoseProtocol | None) -> None:
    """Draw one signal on axes whose time is laid out, with a dotted line where something was given.

    Parameters
    ----------
    ax : Axes
        Axes to draw on.
    monitor : Monitor
        The signal.
    protocol : DoseProtocol or None
        What was given.
    """
    start_s, stop_s = ax.get_xlim()
    colours = palette(ax)
    times_s, values = envelope(monitor, Epoch(start_s, stop_s), columns=round(axes_width_pt(ax) * _PER_PT))
    ax.plot(times_s, values, color=colours.ink, lw=0.5, rasterized=len(values) > 2000)
    _label(ax, monitor)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=3))
    ax.ticklabel_format(axis="y", style="plain", useOffset=False)
    if not np.isfinite(values).any():
        ax.set_yticks([])
        ax.text(0.5, 0.5, "no values in this time", transform=ax.transAxes, ha="center", va="center")
    for given in protocol.administrations if protocol is not None else ():
        if start_s < given.start_s < stop_s:
            ax.axvline(given.start_s, color=colours.role(given.role), lw=0.5, ls=(0, (1, 2)), zorder=0)


def envelope(monitor: Monitor, within: Epoch, *, columns: int) -> tuple[FloatArray, FloatArray]:
    """Values to draw of a signal: all of them, or the extremes in each of so many columns where there are more.

    Parameters
    ----------
    monitor : Monitor
        The signal.
    within : Epoch
        The time shown.
    columns : int
        How many values the axis has room for, across.

    Returns
    -------
    times_s, values : array (points,)
        Of a line. In a column: its smallest value, then its largest, both in the middle of its time; NaN where nothing
        of it was recorded.

    Examples
    --------
    >>> saw = Monitor("saw", np.tile([0.0, 5.0], 500), 100.0)
    >>> times_s, values = envelope(saw, Epoch(0.0, 10.0), columns=4)
    >>> times_s[:4], values[:4]
    (array([1.245, 1.245, 3.745, 3.745]), array([0., 5., 0., 5.]))
    """
    first = max(0, math.ceil((within.start_s - monitor.start_s) * monitor.sampling_hz - 1e-6))
    stop = min(monitor.n_samples, math.ceil((within.stop_s - monitor.start_s) * monitor.sampling_hz - 1e-6))
    count = max(0, stop - first)
    if count <= 2 * columns:
        return monitor.start_s + np.arange(first, first + count) / monitor.sampling_hz, monitor.read(first, stop)
    edges = np.unique(np.linspace(first, stop, columns + 1).astype(np.int64))
    low, high = _extremes(monitor, edges)
    middle_s = monitor.start_s + (edges[:-1] + edges[1:] - 1) / 2 / monitor.sampling_hz
    return np.repeat(middle_s, 2), np.column_stack([low, high]).ravel()


def _extremes(monitor: Monitor, edges: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest value between each pair of edges, read in blocks; NaN where none was recorded."""
    per_block = max(1, _BLOCK // int(np.diff(edges).max()))
    low, high = [], []
    for at in range(0, len(edges) - 1, per_block):
        part = edges[at : at + per_block + 1]
        values = monitor.read(int(part[0]), int(part[-1]))
        low.append(np.fmin.reduceat(values, part[:-1] - part[0]))
        high.append(np.fmax.reduceat(values, part[:-1] - part[0]))
    return np.concatenate(low), np.concatenate(high)


def _extent(monitors: Session | Sequence[Monitor], signals: Sequence[Monitor]) -> Epoch:
    """Ends of the session, or of the signals."""
    if isinstance(monitors, Session):
        return Epoch(monitors.support.start_s, monitors.support.stop_s)
    return Epoch(min(one.start_s for one in signals), max(one.stop_s for one in signals))


def _label(ax: Axes, monitor: Monitor) -> None:
    """Write name and unit at the side, broken where they are longer than the axes are high."""
    height_pt = MONITOR_MM / _MM_PER_PT
    unit = f"({monitor.unit})" if monitor.unit else "(unit not stated)"
    font = FontProperties(size=ax.yaxis.label.get_fontproperties().get_size_in_points())
    ax.set_ylabel("\n".join((*wrap_text(monitor.name, height_pt, font), *wrap_text(unit, height_pt, font))))
