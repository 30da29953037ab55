"""The voltage itself: what was recorded, which spikes of it are whose, and what the sorter left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Epoch, Recording, Unit
from ephys.plotting.labels import axes_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.scale_bars import draw_time_bar, draw_voltage_bar
from ephys.plotting.style import DOUBLE_MM, drawing
from ephys.plotting.timeline import draw_gaps
from ephys.plotting.trace_marks import LANE_PT, draw_artefacts, draw_lanes, draw_stretch_axis
from ephys.sorting import SortingSettings, VoltageTrace, voltage_trace
from ephys.sorting.features import FeatureSettings

FloatArray = NDArray[np.float64]

_ROOM = 0.06
_COARSEST_S = 0.00025  # of coarser points a spike has too few to be made out: it has its tick alone
_ENVELOPE_PT, _SAMPLES_PT, _SPIKE_PT = 0.35, 0.6, 0.9
_LINE_PT = 9.0
_MM_PER_PT = 25.4 / 72.0


def plot_trace(
    recording: Recording | None,
    units: Sequence[Unit] = (),
    *,
    within: Epoch,
    artefacts: Sequence[Epoch] = (),
    channels: Sequence[int] | None = None,
    sorting: SortingSettings | None = None,
    scale_bars: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the voltage of a stretch, with every spike of the units in it and what the sorter excised.

    Parameters
    ----------
    recording : Recording
        Only the stretch is read of it.
    units : sequence of Unit, optional
        Each has a row of ticks above the voltage, on a line that is drawn where the unit could be seen; its spikes are
        in its colour where the stretch is short enough to make them out.
    within : Epoch
        The stretch, from milliseconds to hours. Where several samples fall on a point, the lowest and the highest are
        joined, so that no peak is lost.
    artefacts : sequence of Epoch, optional
        What the sorter excised, as `find_artefacts` gives it: shaded, hatched and counted by kind. Their voltage does
        not scale the axes, and is cut off where it would leave them.
    channels : sequence of int, optional
        By number, stacked in this order; by default all.
    sorting : SortingSettings, optional
        Draws the voltage in the band in which the sorter looked for spikes under these settings, artefacts taken out,
        with the threshold of each unit as a dashed line on the channel where its spikes are largest. By default the
        voltage is as recorded, on which a threshold of another band would mean nothing.
    scale_bars : bool, optional
        Bars for time and voltage instead of axes.
    ax : Axes, optional
        Where to draw; by default a new figure two columns wide.

    Returns
    -------
    Axes
        With time in seconds on the session's clock. Several channels stand under one another, on one scale, each about
        the middle of its own range.

    Raises
    ------
    ParameterError
        If there is no voltage, nothing was recorded in the stretch, or there is no such channel.

    Examples
    --------
    >>> wire = np.random.default_rng(0).normal(0.0, 10.0, 20_000)
    >>> recording = Recording.from_array(wire, sampling_hz=20_000.0)
    >>> plot_trace(recording, within=Epoch(0.2, 0.3)).get_ylabel()
    'voltage (µV)'
    """
    if recording is None:
        raise ParameterError("there is no voltage to draw; plot_snippets shows the shapes that units brought along")
    trace = voltage_trace(recording, within=within, channels=channels, sorting=sorting, artefacts=artefacts)
    numbers = tuple(range(recording.n_channels)) if channels is None else tuple(channels)
    levels_uv = [_thresholds_uv(units, number, recording.n_channels) if sorting else [] for number in numbers]
    stack = _Stack.of(trace, levels_uv, artefacts)
    height_mm = (46.0 if len(numbers) == 1 else 16.0 + 13.0 * len(numbers)) + len(units) * LANE_PT * _MM_PER_PT
    with drawing(ax, width_mm=DOUBLE_MM, height_mm=height_mm) as axes:
        axes.set_xlim(within.start_s, within.stop_s)
        axes.set_ylim(*stack.limits_uv)
        for channel in range(len(numbers)):
            _draw_channel(axes, stack, channel, units)
        draw_gaps(axes, recording.support)
        lanes_pt = draw_lanes(axes, units, within)
        said = draw_artefacts(axes, artefacts, within, above_pt=lanes_pt)
        _draw_scales(axes, stack, bars=scale_bars)
        lines = [_voltage_text(trace), *said, *stack.cut_text, *_threshold_text(levels_uv)]
        font, width_pt = FontProperties(size="small"), axes_width_pt(axes)
        caption = "\n".join(part for line in lines for part in wrap_text(line, width_pt, font))
        axes.set_title(caption, loc="left", fontsize="small", pad=lanes_pt + (_LINE_PT if said else 0.0) + 3.0)
        return axes


@dataclass(frozen=True, eq=False)
class _Stack:
    """Where each channel is drawn: how far it is moved, and what is cut off of it."""

    trace: VoltageTrace
    levels_uv: Sequence[Sequence[float]]
    low_uv: FloatArray
    high_uv: FloatArray
    shift_uv: FloatArray

    @classmethod
    def of(cls, trace: VoltageTrace, levels_uv: Sequence[Sequence[float]], artefacts: Sequence[Epoch]) -> _Stack:
        """Channels of equal height; one alone stays where it is."""
        low, high = trace.range_uv(artefacts)
        reach = np.array([max(levels, default=0.0) for levels in levels_uv])
        low, high = (
            np.where(reach > 0, np.minimum(low, -reach), low),
            np.where(reach > 0, np.maximum(high, reach), high),
        )
        middle, span = (low + high) / 2.0, float((high - low).max()) * (1.0 + 2.0 * _ROOM) or 2.0
        shift = -np.arange(len(low)) * span - middle if len(low) > 1 else np.zeros(1)
        return cls(trace, levels_uv, middle - span / 2.0, middle + span / 2.0, shift)

    @property
    def span_uv(self) -> float:
        """Height of a channel."""
        return float(self.high_uv[0] - self.low_uv[0])

    @property
    def limits_uv(self) -> tuple[float, float]:
        """Ends of the axis."""
        return float(self.low_uv[-1] + self.shift_uv[-1]), float(self.high_uv[0] + self.shift_uv[0])

    @property
    def cut_text(self) -> list[str]:
        """What the caption says of voltage that would leave its channel: nothing where none would."""
        lowest, highest = float(np.nanmin(self.trace.low_uv)), float(np.nanmax(self.trace.high_uv))
        beyond = (self.trace.low_uv < self.low_uv) | (self.trace.high_uv > self.high_uv)
        return [f"artefacts cut off: {lowest:.0f} to {highest:.0f} µV"] if beyond.any() else []


def _draw_channel(ax: Axes, stack: _Stack, channel: int, units: Sequence[Unit]) -> None:
    """Draw one channel, the spikes of each unit in its colour, and the thresholds."""
    trace, colours = stack.trace, palette(ax)
    ends = (trace.low_uv[:, channel], trace.high_uv[:, channel])
    drawn = ends if trace.samples_per_point > 1 else ends[:1]
    times_s = np.repeat(trace.times_s, len(drawn))
    voltage_uv = np.clip(np.stack(drawn, axis=1).ravel(), stack.low_uv[channel], stack.high_uv[channel])
    voltage_uv = voltage_uv + stack.shift_uv[channel]
    width_pt = _SAMPLES_PT if trace.samples_per_point == 1 else _ENVELOPE_PT
    quiet = colours.faint if units and trace.point_s <= _COARSEST_S else colours.ink
    ax.plot(times_s, voltage_uv, color=quiet, lw=width_pt, solid_joinstyle="bevel", zorder=2)
    for place, unit in enumerate(units if trace.point_s <= _COARSEST_S else ()):
        own = np.repeat(trace.near(unit.times_s, FeatureSettings().window_ms), len(drawn))
        if own.any():
            ax.plot(times_s, np.where(own, voltage_uv, np.nan), color=colours.series(place), lw=_SPIKE_PT, zorder=3)
    for level_uv in stack.levels_uv[channel]:
        for side in (-level_uv, level_uv):
            ax.axhline(side + stack.shift_uv[channel], color=colours.agonist, lw=0.7, ls=(0, (4, 2)), zorder=2.5)


def _thresholds_uv(units: Sequence[Unit], channel: int, n_channels: int) -> list[float]:
    """Thresholds of the units whose spikes are largest on a channel, each once."""
    return sorted(
        {unit.threshold_uv for unit in units if unit.threshold_uv > 0 and largest_channel(unit, n_channels) == channel}
    )


def largest_channel(unit: Unit, n_channels: int) -> int:
    """Channel on which the mean spike of a unit is largest; -1 where it is not known.

    Parameters
    ----------
    unit : Unit
    n_channels : int
        Of the recording that it was found in.

    Examples
    --------
    >>> largest_channel(Unit.from_times([0.5], support=Epoch(0.0, 1.0)), 4)
    -1
    """
    if n_channels == 1:
        return 0
    waveform = unit.waveform
    if waveform is None or not len(waveform.spike_index) or waveform.snippets_uv.shape[2] != n_channels:
        return -1
    return int(np.abs(waveform.snippets_uv.mean(axis=0)).max(axis=0).argmax())


def _draw_scales(ax: Axes, stack: _Stack, *, bars: bool) -> None:
    """Draw axes, or bars in their place; of several channels the voltage always has a bar."""
    names, within = stack.trace.channel_names, stack.trace.within
    if len(names) > 1:
        middles = (stack.low_uv + stack.high_uv) / 2.0 + stack.shift_uv
        ax.set_yticks(middles.tolist(), names)
        ax.tick_params(axis="y", length=0.0)
        ax.spines["left"].set_visible(False)
    else:
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
        ax.ticklabel_format(axis="y", style="plain", useOffset=False)
        ax.set_ylabel("voltage (µV)")
    if bars or len(names) > 1:
        draw_voltage_bar(ax, stack.span_uv, stack.limits_uv[0])
    if not bars:
        draw_stretch_axis(ax, within)
        return
    draw_time_bar(ax)
    ax.spines[:].set_visible(False)
    ax.xaxis.set_visible(False)
    ax.yaxis.set_visible(len(names) > 1)


def _voltage_text(trace: VoltageTrace) -> str:
    """Band, and how much time a point stands for where that is more than a sample."""
    if trace.samples_per_point == 1:
        return trace.band_text
    return f"{trace.band_text}; lowest and highest sample of every {1e3 * trace.point_s:.3g} ms"


def _threshold_text(levels_uv: Sequence[Sequence[float]]) -> list[str]:
    """What the caption says of the dashed lines: nothing where there are none."""
    levels = sorted({round(level) for levels in levels_uv for level in levels})
    if not levels:
        return []
    text = f"{levels[0]}" if len(levels) == 1 else f"{levels[0]} to {levels[-1]}"
    return [f"dashed: detection threshold, ± {text} µV"]
