"""Spike shapes as sums of Gaussians: they can be read at any instant, between the samples too."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.jupyter import Shown
from ephys.simulation.bands import SORTING_BAND_HZ, filter_band
from ephys.simulation.cells import CellSpec, CellType

FloatArray = NDArray[np.float64]

SPAN_MS = (-3.0, 7.0)
"""A spike is nothing before and after: wider than the widest shape."""

SETTLE_MS = 25.0
"""Time on either side of a spike in which a filter settles."""


@dataclass(frozen=True, slots=True)
class SpikeShape(Shown):
    """Phases of a spike, the first of them the main peak: size 1 at 0 ms.

    Parameters
    ----------
    sizes : tuple of float
        Size of each phase, signed; the first is the main peak.
    centres_ms, widths_ms : tuple of float
        Where each phase lies from the main peak, and its Gaussian SD.

    Examples
    --------
    >>> shape = SpikeShape((1.0, -0.5), (0.0, 1.0), (0.2, 0.3))
    >>> shape.at([0.0, 1.0]).round(2)
    array([ 1. , -0.5])
    """

    sizes: tuple[float, ...]
    centres_ms: tuple[float, ...]
    widths_ms: tuple[float, ...]

    def at(self, time_ms: ArrayLike) -> FloatArray:
        """Voltage at times from the main peak, in units of that peak."""
        time = np.asarray(time_ms, dtype=np.float64)
        voltage = np.zeros_like(time)
        for size, centre, width in zip(self.sizes, self.centres_ms, self.widths_ms, strict=True):
            voltage += size * np.exp(-0.5 * ((time - centre) / width) ** 2)
        return voltage


SHAPES: dict[CellType, SpikeShape] = {
    # Total 2 to 3 ms (2.2 ± 0.2 ms in labelled cells: Allers & Sharp 2003), peak to trough 1.0 ms or more.
    "serotonergic": SpikeShape((1.0, -0.45, 0.06), (0.0, 1.25, 2.6), (0.25, 0.42, 0.35)),
    # Total 1.1 ± 0.1 ms in fast cells, most of them GABAergic (same source).
    "fast": SpikeShape((1.0, -0.45, 0.05), (0.0, 0.47, 1.0), (0.13, 0.21, 0.15)),
    # Between the two, as the slow irregular cells of the mouse are.
    "slow_irregular": SpikeShape((1.0, -0.4, 0.05), (0.0, 0.75, 1.5), (0.18, 0.28, 0.22)),
}
"""Wide-band shapes by type of cell. Where a width has no source it is a convention of the simulator."""


def spike_shape(cell: CellSpec) -> SpikeShape:
    """Shape of a cell's spikes: its type's, with its width, trough, phases and polarity.

    >>> shape = spike_shape(CellSpec(name="1", polarity=-1, phases=2))
    >>> len(shape.sizes), round(float(shape.at(0.0)))
    (2, -1)
    """
    base = SHAPES[cell.cell_type]
    kept = slice(cell.phases)
    first, *others = base.sizes[kept]
    return replace(
        base,
        sizes=tuple(cell.polarity * size for size in (first, *(cell.trough * size for size in others))),
        centres_ms=tuple(cell.width * centre for centre in base.centres_ms[kept]),
        widths_ms=tuple(cell.width * width for width in base.widths_ms[kept]),
    )


def add_spikes(
    traces_uv: FloatArray,
    times_s: FloatArray,
    amplitudes_uv: FloatArray,
    *,
    shape: SpikeShape,
    sampling_hz: float,
    start_s: float = 0.0,
    span_ms: tuple[float, float] = SPAN_MS,
) -> None:
    """Add spikes to a stretch of voltage, in place: a stretch is large, and nobody else has seen it yet.

    Parameters
    ----------
    traces_uv : array (samples,)
        Voltage from `start_s` on, in µV; changed.
    times_s, amplitudes_uv : array (spikes,)
        When each spike peaks and how large; spikes that do not touch the stretch are passed over.
    shape : SpikeShape
        Their shape.
    sampling_hz, start_s : float
        Of the stretch.
    span_ms : tuple of float, optional
        Time round the peak beyond which the shape is nothing.
    """
    before, after = (round(edge_ms * 1e-3 * sampling_hz) for edge_ms in span_ms)
    places = (times_s - start_s) * sampling_hz
    touching = (places + after >= 0) & (places + before < len(traces_uv))
    nearest = np.rint(places[touching]).astype(np.int64)
    rows = nearest[:, np.newaxis] + np.arange(before, after)
    time_ms = (rows - places[touching][:, np.newaxis]) / sampling_hz * 1e3
    voltage = amplitudes_uv[touching][:, np.newaxis] * shape.at(time_ms)
    inside = (rows >= 0) & (rows < len(traces_uv))
    np.add.at(traces_uv, rows[inside], voltage[inside])


def sorting_band_peak(shape: SpikeShape, *, sampling_hz: float) -> float:
    """Size of the main peak once the sorting band has taken away the slow part of the spike, as a share of it.

    >>> round(sorting_band_peak(SHAPES["fast"], sampling_hz=20000.0), 1)
    0.9
    """
    time_ms = (
        np.arange(round(-SETTLE_MS * sampling_hz * 1e-3), round(SETTLE_MS * sampling_hz * 1e-3)) / sampling_hz * 1e3
    )
    filtered = filter_band(shape.at(time_ms), SORTING_BAND_HZ, sampling_hz=sampling_hz)
    return float(np.abs(filtered[np.abs(time_ms) < 0.5]).max())
