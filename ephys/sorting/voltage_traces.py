"""A stretch of voltage for a figure: the lowest and the highest sample of each point, so that no peak is lost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch, Recording
from ephys.model.recording import Run
from ephys.sorting.excision import FADE_S, excise
from ephys.sorting.filters import CHUNK_VALUES, FloatTraces, design_filter, filter_zero_phase, settling_samples
from ephys.sorting.sorting_settings import SortingSettings

FloatArray = NDArray[np.float64]

MOST_POINTS = 2000
"""Points of a trace: as many as there are dots across two columns of a journal at 300 dots per inch."""

_ROUNDING = 1e-6  # samples: a window that begins on a sample holds it


@dataclass(frozen=True, eq=False)
class VoltageTrace(Shown):
    """Voltage of one stretch, no finer than a figure can show.

    Parameters
    ----------
    within : Epoch
        The stretch that was asked for.
    times_s : array (points,)
        When each point begins, in order.
    low_uv, high_uv : array (points, channels)
        Lowest and highest sample of each point; NaN where a pause of the recording parts two points.
    samples_per_point : int
        1 where every sample is a point of its own, and the two arrays are the same.
    sampling_hz : float
        Of the recording.
    channel_names : tuple of str
        One per channel.
    band_hz : tuple of (float or None, float or None)
        The amplifier's band, or the sorting band; ``None`` where unknown.
    filtered : bool
        Whether the voltage is in the sorting band, artefacts taken out.
    """

    within: Epoch
    times_s: FloatArray
    low_uv: FloatTraces
    high_uv: FloatTraces
    samples_per_point: int
    sampling_hz: float
    channel_names: tuple[str, ...]
    band_hz: tuple[float | None, float | None]
    filtered: bool = False

    @property
    def point_s(self) -> float:
        """Time that one point stands for."""
        return self.samples_per_point / self.sampling_hz

    @property
    def band_text(self) -> str:
        """Which voltage it is, in words."""
        low, high = ("?" if edge is None else f"{edge:.4g}" for edge in self.band_hz)
        if self.filtered:
            return f"sorting band, {low} to {high} Hz, zero phase"
        unknown = self.band_hz == (None, None)
        return "as recorded, band unknown" if unknown else f"as recorded, {low} to {high} Hz"

    def near(self, events_s: FloatArray, window_ms: tuple[float, float]) -> NDArray[np.bool_]:
        """Which points lie in a window round any of some events (points,).

        Parameters
        ----------
        events_s : array (events,)
            In order.
        window_ms : tuple of float
            From each event.
        """
        starts_s, stops_s = (events_s + edge * 1e-3 for edge in window_ms)
        begun = np.searchsorted(starts_s, self.times_s, side="right")
        over = np.searchsorted(stops_s, self.times_s, side="right")
        inside: NDArray[np.bool_] = begun > over
        return inside

    def range_uv(self, without: Sequence[Epoch] = ()) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest voltage of each channel (channels,), outside some stretches if anything lies outside.

        Parameters
        ----------
        without : sequence of Epoch, optional
            Artefacts, beside which no spike could be seen.
        """
        known = np.isfinite(self.low_uv).all(axis=1)
        calm = known.copy()
        for epoch in without:
            calm &= ~((self.times_s + self.point_s > epoch.start_s) & (self.times_s < epoch.stop_s))
        kept = calm if calm.any() else known
        return self.low_uv[kept].min(axis=0).astype(np.float64), self.high_uv[kept].max(axis=0).astype(np.float64)


def voltage_trace(
    recording: Recording,
    *,
    within: Epoch,
    channels: Sequence[int] | None = None,
    sorting: SortingSettings | None = None,
    artefacts: Sequence[Epoch] = (),
    most_points: int = MOST_POINTS,
) -> VoltageTrace:
    """Read one stretch of a recording, and nothing else of it, for a figure.

    Parameters
    ----------
    recording : Recording
        Voltage.
    within : Epoch
        The stretch: milliseconds, or hours, which are read in bounded memory.
    channels : sequence of int, optional
        By number; by default all.
    sorting : SortingSettings, optional
        Gives the voltage in the band in which the sorter looks for spikes under these settings, without the
        artefacts; the sorter also takes off hum. By default it is left as it was recorded.
    artefacts : sequence of Epoch, optional
        What the sorter excised, as `find_artefacts` gives it; a filter would ring from them.
    most_points : int, optional
        Where there are more samples, several make a point, of which the lowest and the highest are kept.

    Returns
    -------
    VoltageTrace

    Raises
    ------
    ParameterError
        If nothing was recorded in the stretch, or there is no such channel.

    Examples
    --------
    >>> wire = np.zeros(100_000)
    >>> wire[70_001] = -80.0                                            # one sample
    >>> recording = Recording.from_array(wire, sampling_hz=20_000.0)
    >>> trace = voltage_trace(recording, within=Epoch(1.0, 5.0), most_points=100)
    >>> len(trace.times_s), trace.samples_per_point, trace.range_uv()
    (100, 800, (array([-80.]), array([0.])))
    """
    if most_points < 1:
        raise ParameterError(f"most_points of a trace must be 1 or more, got {most_points}")
    shown = recording if channels is None else recording.select_channels(tuple(channels))
    runs = list(_runs_within(shown, within))
    if not runs:
        raise ParameterError(
            f"{recording.name}: nothing was recorded from {within.start_s:g} to {within.stop_s:g} s; it runs from "
            f"{recording.start_s:g} to {recording.stop_s:g} s"
        )
    if sorting is not None:
        shown = excise(shown, _near(artefacts, within))
    size = math.ceil(sum(stop - start for _, start, stop in runs) / most_points)
    pieces = [_piece(shown, run, start, stop, size, sorting) for run, start, stop in runs]
    times_s, low, high = (np.concatenate(parts) for parts in zip(*_parted(pieces), strict=True))
    return VoltageTrace(
        within,
        times_s,
        low,
        high,
        size,
        shown.sampling_hz,
        shown.channel_names,
        shown.band_hz if sorting is None else sorting.band_hz,
        sorting is not None,
    )


def _near(artefacts: Sequence[Epoch], within: Epoch) -> list[Epoch]:
    """Artefacts that the filtered voltage of a stretch depends on."""
    reach = Epoch(within.start_s - 10.0 * FADE_S, within.stop_s + 10.0 * FADE_S)
    return [epoch for epoch in artefacts if epoch.overlap(reach) > 0]


def _runs_within(recording: Recording, within: Epoch) -> Iterator[tuple[Run, int, int]]:
    """Each unbroken stretch of samples that lies in a window, with the sample numbers at its ends."""
    for run in recording.runs:
        ends = ((edge - run.start_s) * recording.sampling_hz for edge in (within.start_s, within.stop_s))
        first, last = (min(max(math.ceil(end - _ROUNDING), 0), run.n_samples) for end in ends)
        if first < last:
            yield run, run.first_sample + first, run.first_sample + last


_Piece = tuple[FloatArray, FloatTraces, FloatTraces]


def _piece(recording: Recording, run: Run, start: int, stop: int, size: int, sorting: SortingSettings | None) -> _Piece:
    """Times, lowest and highest samples of the points of one unbroken stretch, read chunk by chunk."""
    sections = (
        design_filter(sorting.band_hz, sampling_hz=recording.sampling_hz, order=sorting.order) if sorting else None
    )
    margin = 0 if sections is None else settling_samples(sections)
    step = size * max(1, CHUNK_VALUES // (recording.n_channels * size))
    low, high = [], []
    for first in range(start, stop, step):
        last = min(first + step, stop)
        read_first = max(run.first_sample, first - margin)
        read_last = min(run.first_sample + run.n_samples, last + margin)
        traces = filter_zero_phase(recording.read(read_first, read_last), sections)
        traces = traces[first - read_first : last - read_first]
        bounds = np.arange(0, last - first, size)
        low.append(np.minimum.reduceat(traces, bounds))
        high.append(np.maximum.reduceat(traces, bounds))
    times_s = recording.times_s(np.arange(start, stop, size, dtype=np.int64))
    return times_s, np.concatenate(low), np.concatenate(high)


def _parted(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Pieces with a point of no voltage between two of them, so that no line is drawn across a pause."""
    for place, (times_s, low, high) in enumerate(pieces):
        if place:
            none = np.full((1, low.shape[1]), np.nan, dtype=np.float32)
            yield times_s[:1], none, none
        yield times_s, low, high
