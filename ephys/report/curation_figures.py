"""The figures by which a person decides: the spikes of a unit themselves, and two units against one another."""

from __future__ import annotations

from collections.abc import Sequence

from ephys.firing import Correlogram, autocorrelogram, crosscorrelogram, interval_histogram, suited_bins_ms
from ephys.model import DoseProtocol, Epoch, Unit
from ephys.plotting import plot_amplitudes, plot_correlogram, plot_interval_histogram, plot_scaled_means, plot_snippets
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, figure_of, house_style, new_figure
from ephys.report.picture import Picture, picture

_SPIKES = 100
_FINE_MS = (1.0, 50.0)  # bin, longest lag: bursts and what is refractory
_COARSE_MS = (20.0, 1000.0)  # steadiness, and who follows whom
_CROSS = "#5b4a8a"  # neither unit's colour


def unit_pictures(unit: Unit, protocol: DoseProtocol, whole: Epoch, *, prefix: str, seed: int) -> tuple[Picture, ...]:
    """Draw what there is to see of one unit: amplitudes through time, spikes over one another, intervals and lags.

    Parameters
    ----------
    unit : Unit
        As curated.
    protocol : DoseProtocol
        What was given.
    whole : Epoch
        The session, which is the time axis.
    prefix : str
        Of the identifiers inside the figures.
    seed : int
        Of the choice of spikes.
    """
    return (
        _amplitudes((unit,), protocol, whole, f"{prefix}-amplitudes"),
        _spikes(unit, f"{prefix}-spikes", seed),
        _timing(unit, f"{prefix}-timing"),
    )


def pair_pictures(
    units: Sequence[Unit], protocol: DoseProtocol, whole: Epoch, *, prefix: str, seed: int
) -> tuple[Picture, ...]:
    """Draw two units against one another: what a merge would join, or a split part.

    Parameters
    ----------
    units : sequence of Unit
        Two; of more, the first two are held against one another in time, and all are drawn.
    protocol, whole, prefix, seed
        As in `unit_pictures`.
    """
    return (
        _shapes(units, f"{prefix}-spikes", seed),
        _amplitudes(units, protocol, whole, f"{prefix}-amplitudes"),
        _lags(units[0], units[1], f"{prefix}-lags"),
    )


def strip_picture(unit: Unit, protocol: DoseProtocol, whole: Epoch, *, prefix: str, seed: int) -> Picture:
    """Draw one unit in one row, for a notebook: spikes, amplitudes through time, autocorrelogram."""
    with house_style():
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=36.0)
        axes = figure.subplots(1, 3, width_ratios=(3, 6, 3))
        plot_snippets(unit, most=_SPIKES, seed=seed, ax=axes[0])
        plot_amplitudes(unit, protocol, label_doses=False, within=whole, ax=axes[1])
        plot_correlogram(_own_lags(unit, _FINE_MS), ax=axes[2])
    return picture(figure, prefix=prefix, description=f"Unit {unit.id} at a glance: {_counted(unit)}.", wide=True)


def _amplitudes(units: Sequence[Unit], protocol: DoseProtocol, whole: Epoch, prefix: str) -> Picture:
    """Amplitude of every spike through time."""
    axes = plot_amplitudes(units[0], protocol, beside=units[1:], within=whole)
    description = (
        f"Amplitude of every spike through the session, {_all_counted(units)}, with the detection threshold and "
        f"{len(protocol.administrations)} marks of what was given."
    )
    caption = "Amplitude of every spike through time. A step is another cell, or a pipette that moved."
    if len(units) > 1:
        caption = "Amplitudes of both through time: one cell goes on where the other ends, or both are there at once."
    return picture(figure_of(axes), prefix=prefix, description=description, caption=caption, wide=True)


def _spikes(unit: Unit, prefix: str, seed: int) -> Picture:
    """Spikes over one another."""
    description = f"Spikes laid over one another, with their mean: unit {unit.id}: {_counted(unit)}."
    caption = f"Up to {_SPIKES} spikes, chosen by lot (seed {seed}), and the mean of all that were kept."
    return picture(
        figure_of(plot_snippets(unit, most=_SPIKES, seed=seed)), prefix=prefix, description=description, caption=caption
    )


def _shapes(units: Sequence[Unit], prefix: str, seed: int) -> Picture:
    """Spikes of several units over one another, and beside them the means scaled to one size."""
    with house_style():
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=62.0)
        axes = figure.subplots(1, 2, width_ratios=(3, 2))
        plot_snippets(units, most=_SPIKES, seed=seed, ax=axes[0])
        plot_scaled_means(units, ax=axes[1])
    description = f"Spikes laid over one another, and their means scaled to one size: {_all_counted(units)}."
    caption = (
        f"Left, up to {_SPIKES} spikes of each, chosen by lot (seed {seed}), and the means of all that were kept. "
        "Right, the means scaled to one size: the second spikes of a burst are smaller, of one shape or a little "
        "wider; another cell's shape is another."
    )
    return picture(figure, prefix=prefix, description=description, caption=caption, wide=True)


def _timing(unit: Unit, prefix: str) -> Picture:
    """Intervals, and lags near and far."""
    with house_style():
        figure = new_figure(height_mm=62.0)
        above, *below = figure.subplot_mosaic([["intervals", "intervals"], ["near", "far"]]).values()
        bin_ms, max_ms = suited_bins_ms(unit)
        plot_interval_histogram(interval_histogram(unit, bin_ms=bin_ms, max_ms=max_ms), ax=above)
        for axes, lags in zip(below, (_FINE_MS, _COARSE_MS), strict=True):
            plot_correlogram(_own_lags(unit, lags), ax=axes)
            axes.set_title("", loc="left")
    description = f"Inter-spike intervals and autocorrelograms of unit {unit.id}: {_counted(unit)}."
    caption = (
        "Intervals of the whole recording, and the autocorrelogram near 0 (a band of 2 ms shaded: one cell has no pair "
        "there) and far from it (steady cells ripple)."
    )
    return picture(figure, prefix=prefix, description=description, caption=caption)


def _lags(first: Unit, second: Unit, prefix: str) -> Picture:
    """Cross-correlogram near and far, between both autocorrelograms."""
    with house_style():
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=74.0)
        rows = figure.subplots(2, 3)
        for row, lags in zip(rows, (_FINE_MS, _COARSE_MS), strict=True):
            plot_correlogram(_own_lags(first, lags), colour=palette(row[0]).series(0), ax=row[0])
            cross = crosscorrelogram(first, second, bin_ms=lags[0], max_lag_ms=lags[1])
            plot_correlogram(cross, colour=_CROSS, ax=row[1])
            plot_correlogram(_own_lags(second, lags), colour=palette(row[2]).series(1), ax=row[2])
    description = (
        f"Cross-correlogram of units {first.id} and {second.id}, near 0 and far from it, between the autocorrelograms "
        f"of both: {_all_counted((first, second))}."
    )
    caption = (
        "In the middle the spikes of one after (right of 0) and before those of the other; dashed: what two cells that "
        "do not know of one another would have. One cell has none within the shaded 2 ms, and a slow one few within "
        "its quiet time."
    )
    return picture(figure, prefix=prefix, description=description, caption=caption, wide=True)


def _own_lags(unit: Unit, lags_ms: tuple[float, float]) -> Correlogram:
    """Autocorrelogram in bins of a width, up to a lag."""
    return autocorrelogram(unit, bin_ms=lags_ms[0], max_lag_ms=lags_ms[1])


def _counted(unit: Unit) -> str:
    """Spikes and time of a unit."""
    return f"{unit.n_spikes} spikes in {unit.support.duration_s:.0f} s"


def _all_counted(units: Sequence[Unit]) -> str:
    """Spikes and time of several units."""
    return ", ".join(f"unit {unit.id}: {_counted(unit)}" for unit in units)
