"""Spikes laid over one another: what a mean hides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ephys.model import Unit, Waveform
from ephys.plotting.labels import axes_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing

_MOST_CHANNELS = 4
_CHANNEL_GAP_MS = 1.0
_FEW = 2  # so many units have their numbers in the caption
_OUTLYING = 1.0  # percent of the drawn samples on either side that may leave the axes
_ROOM = 0.15
_SPIKE_ALPHA = 0.16
_DOUBT_ALPHA = 0.25
_UNDER = 2.8  # the first mean is seen on both sides of the next, where they are one


def plot_snippets(units: Unit | Sequence[Unit], *, most: int = 100, seed: int = 0, ax: Axes | None = None) -> Axes:
    """Draw spikes of a unit over one another, and their mean; of several units, each in its colour.

    Parameters
    ----------
    units : Unit or sequence of Unit
        With their `waveform`; one that has none is named so.
    most : int, optional
        Spikes drawn of each unit, chosen by lot among those whose shape was kept; the mean is of all of these.
    seed : int, optional
        Of the lot.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes
        In the polarity of the file. Up to four channels stand side by side, those with the largest means. The spikes
        are drawn as an image in vector files, so that these stay small.

    Examples
    --------
    >>> from ephys.model import Epoch, Support
    >>> spike = 100.0 * np.exp(-(((np.arange(160) - 40) / 6.0) ** 2))
    >>> waveform = Waveform(np.tile(spike[None, :, None], (20, 1, 1)), np.arange(20), 20000.0, 0.002)
    >>> unit = Unit("1", np.arange(20.0), Support.of(Epoch(0.0, 20.0)), waveform=waveform)
    >>> plot_snippets(unit).get_title(loc="left").splitlines()
    ['20 of 20 spikes and their mean', 'band unknown']
    """
    several = (units,) if isinstance(units, Unit) else tuple(units)
    with drawing(ax, width_mm=SINGLE_MM, height_mm=62.0) as axes:
        known = {place: unit.waveform for place, unit in enumerate(several) if _has_shape(unit)}
        if not known:
            return _without_shapes(axes)
        waveforms = [waveform for waveform in known.values() if waveform is not None]
        channels = _largest_channels(waveforms)
        width_ms = _channel_width_ms(waveforms)
        for place, waveform in zip(known, waveforms, strict=True):
            chosen, colour = _chosen(waveform, most, seed), palette(axes).series(place)
            for column, channel in enumerate(channels):
                _draw_spikes(axes, waveform, channel, chosen, later_ms=column * width_ms, colour=colour)
        _lay_out(axes, waveforms, channels)
        font, width_pt = FontProperties(size="small"), axes_width_pt(axes)
        lines = [line for text in _captions(several, most) for line in wrap_text(text, width_pt, font)]
        axes.set_title("\n".join(lines), loc="left", fontsize="small")
        if len(several) > 1:
            told = {place: f": {_drawn_text(waveform, most)}" for place, waveform in zip(known, waveforms, strict=True)}
            _name_units(axes, several, told if len(known) > _FEW else {})
        return axes


def plot_scaled_means(units: Sequence[Unit], *, ax: Axes | None = None) -> Axes:
    """Draw the mean spikes of several units scaled to one size: the smaller second spike of a burst has the same shape.

    Parameters
    ----------
    units : sequence of Unit
        With their `waveform`; one that has none is named so.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes
        1 is the largest deflection of a unit's mean on any channel drawn, so that what the channels are to one another
        stays; the bands are twice the standard error. Channels as in `plot_snippets`.

    Examples
    --------
    >>> from ephys.model import Epoch, Support
    >>> spike = np.exp(-(((np.arange(160) - 40) / 6.0) ** 2))
    >>> def sized(name: str, size_uv: float) -> Unit:
    ...     waveform = Waveform(np.tile(size_uv * spike[None, :, None], (20, 1, 1)), np.arange(20), 20000.0, 0.002)
    ...     return Unit(name, np.arange(20.0), Support.of(Epoch(0.0, 20.0)), waveform=waveform)
    >>> ax = plot_scaled_means([sized("1", 100.0), sized("2", 60.0)])
    >>> float(max(np.ptp(line.get_ydata() - ax.lines[0].get_ydata()) for line in ax.lines[:2])).__round__(6)
    0.0
    >>> [text.get_text() for text in ax.texts]
    ['unit 1: 100 µV', 'unit 2: 60 µV']
    """
    with drawing(ax, width_mm=SINGLE_MM, height_mm=62.0) as axes:
        known = {place: unit.waveform for place, unit in enumerate(units) if _has_shape(unit)}
        waveforms = [waveform for waveform in known.values() if waveform is not None]
        if not waveforms:
            return _without_shapes(axes)
        channels, width_ms = _largest_channels(waveforms), _channel_width_ms(waveforms)
        sizes_uv = [_size_uv(waveform, channels) for waveform in waveforms]
        for place, waveform, size_uv in zip(known, waveforms, sizes_uv, strict=True):
            look: Any = {"colour": palette(axes).series(place), "width": 1.2 if place else _UNDER}
            for column, channel in enumerate(channels):
                _draw_mean(axes, waveform, channel, size_uv, later_ms=column * width_ms, **look)
        _lay_out_time(axes, waveforms, channels)
        axes.margins(y=_ROOM)
        axes.set_ylabel("share of its size")
        axes.set_title("means scaled to one size\n± 2 standard errors", loc="left", fontsize="small")
        sized = dict(zip(known, sizes_uv, strict=True))
        _name_units(axes, units, {place: f": {size_uv:.0f} µV" for place, size_uv in sized.items()})
        return axes


def _has_shape(unit: Unit) -> bool:
    """Whether any spike of a unit has a shape."""
    return unit.waveform is not None and len(unit.waveform.spike_index) > 0


def _without_shapes(ax: Axes) -> Axes:
    """Say that there is nothing to draw."""
    ax.text(0.5, 0.5, "no spike shapes known", transform=ax.transAxes, ha="center", va="center")
    ax.set_axis_off()
    return ax


def _size_uv(waveform: Waveform, channels: Sequence[int]) -> float:
    """Largest deflection of the mean spike on any of some channels."""
    return float(np.abs(waveform.snippets_uv[:, :, channels].mean(axis=0)).max())


def _draw_mean(
    ax: Axes, waveform: Waveform, channel: int, size_uv: float, *, later_ms: float, colour: str, width: float
) -> None:
    """Draw the mean spike of one unit on one channel as a share of its size, with twice its standard error."""
    spikes = waveform.snippets_uv[:, :, channel] / (size_uv or 1.0)
    time_ms, mean = waveform.time_ms + later_ms, spikes.mean(axis=0)
    ax.plot(time_ms, mean, color=colour, lw=width)
    if len(spikes) > 1:
        doubt = 2.0 * spikes.std(axis=0, ddof=1) / np.sqrt(len(spikes))
        ax.fill_between(time_ms, mean - doubt, mean + doubt, color=colour, alpha=_DOUBT_ALPHA, lw=0)


def _largest_channels(waveforms: Sequence[Waveform]) -> list[int]:
    """Channels with the largest mean spikes, in their order."""
    shared = min(w.snippets_uv.shape[2] for w in waveforms)
    sizes = np.max([np.ptp(w.snippets_uv[:, :, :shared].mean(axis=0), axis=0) for w in waveforms], axis=0)
    return sorted(np.argsort(-sizes, kind="stable")[:_MOST_CHANNELS].tolist())


def _channel_width_ms(waveforms: Sequence[Waveform]) -> float:
    """From the start of one channel to that of the next."""
    return float(max(np.ptp(w.time_ms) for w in waveforms)) + _CHANNEL_GAP_MS


def _chosen(waveform: Waveform, most: int, seed: int) -> NDArray[np.int64]:
    """Which snippets are drawn, by lot."""
    kept = len(waveform.snippets_uv)
    return np.sort(np.random.default_rng(seed).choice(kept, min(most, kept), replace=False))


def _draw_spikes(
    ax: Axes, waveform: Waveform, channel: int, chosen: NDArray[np.int64], *, later_ms: float, colour: str
) -> None:
    """Draw the chosen spikes of one unit on one channel, and the mean of all."""
    time_ms = waveform.time_ms + later_ms
    spikes_uv = waveform.snippets_uv[chosen, :, channel]
    lines = np.stack([np.broadcast_to(time_ms, spikes_uv.shape), spikes_uv], axis=-1)
    ax.add_collection(LineCollection(list(lines), colors=colour, alpha=_SPIKE_ALPHA, linewidths=0.4, rasterized=True))
    mean_uv = waveform.snippets_uv[:, :, channel].mean(axis=0)
    edged = [withStroke(linewidth=3.2, foreground=palette(ax).paper)]
    ax.plot(time_ms, mean_uv, color=colour, lw=1.5, path_effects=edged)


def _lay_out(ax: Axes, waveforms: Sequence[Waveform], channels: Sequence[int]) -> None:
    """Scale the axes to the spikes, a few outlying ones left out, and name them; several channels have one scale."""
    low = min(float(np.percentile(w.snippets_uv[:, :, channels], _OUTLYING)) for w in waveforms)
    high = max(float(np.percentile(w.snippets_uv[:, :, channels], 100 - _OUTLYING)) for w in waveforms)
    means = np.concatenate([w.snippets_uv[:, :, channels].mean(axis=0).ravel() for w in waveforms])
    low, high = min(low, float(means.min())), max(high, float(means.max()))
    room = _ROOM * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)
    ax.set_ylabel("voltage (µV)")
    ax.ticklabel_format(axis="y", style="plain", useOffset=False)
    _lay_out_time(ax, waveforms, channels)


def _lay_out_time(ax: Axes, waveforms: Sequence[Waveform], channels: Sequence[int]) -> None:
    """Lay out and name the axis of time, or of channels side by side, and draw the line of no deflection."""
    first_ms = min(float(w.time_ms[0]) for w in waveforms)
    width_ms = _channel_width_ms(waveforms)
    ax.set_xlim(first_ms, first_ms + len(channels) * width_ms - _CHANNEL_GAP_MS)
    ax.axhline(0.0, color=palette(ax).faint, lw=0.6, ls=":", zorder=0)
    if len(channels) == 1:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True))
        ax.set_xlabel("time from the spike (ms)")
        return
    ax.set_xticks([place * width_ms for place in range(len(channels))], [f"ch {c + 1}" for c in channels])
    ax.set_xlabel(f"channels side by side, {width_ms - _CHANNEL_GAP_MS:g} ms each; ticks at the spike")


def _captions(units: Sequence[Unit], most: int) -> list[str]:
    """How many spikes are drawn, of how many, and the band, without which a shape is none."""
    waveforms = [unit.waveform for unit in units if _has_shape(unit) and unit.waveform is not None]
    if len(waveforms) > _FEW:
        drawn = f"up to {most}"
    else:
        drawn = " and ".join(_drawn_text(waveform, most) for waveform in waveforms)
    bands = dict.fromkeys(_band_text(w) for w in waveforms)
    return [f"{drawn} spikes and their mean" + ("s" if len(waveforms) > 1 else ""), "; ".join(bands)]


def _drawn_text(waveform: Waveform, most: int) -> str:
    """How many spikes are drawn of a unit, of how many."""
    return f"{min(most, len(waveform.snippets_uv))} of {len(waveform.snippets_uv)}"


def _band_text(waveform: Waveform) -> str:
    """Band and phase."""
    if waveform.band_hz == (None, None):
        return "band unknown"
    low, high = ("?" if edge is None else f"{edge:g}" for edge in waveform.band_hz)
    return f"{low} to {high} Hz, {waveform.phase} phase"


def _name_units(ax: Axes, units: Sequence[Unit], more: Mapping[int, str] = MappingProxyType({})) -> None:
    """Name several units in their colours, in the upper corner, with what else there is to say of each."""
    for place, unit in enumerate(units):
        bare = more.get(place, "") if _has_shape(unit) else " (no shapes known)"
        ax.annotate(
            f"unit {unit.id}{bare}",
            xy=(1.0, 1.0),
            xycoords="axes fraction",
            xytext=(-2.0, -2.0 - 9.0 * place),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize="small",
            color=palette(ax).series(place),
        )
