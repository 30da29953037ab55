"""Shape of a spike: the mean of its snippets, and four widths that papers call by one name."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from ephys.errors import ParameterError
from ephys.model import Waveform
from ephys.model.epoch import FloatArray
from ephys.model.unit import Phase

Polarity = Literal["positive", "negative"]
Span = tuple[float, float]
NOWHERE: Span = (math.nan, math.nan)

_FINER = 10  # points per sample of the interpolated mean: 5 µs at 20 kHz


@dataclass(frozen=True, slots=True)
class ShapeSettings:
    """How a mean spike is measured. All are conventions.

    Parameters
    ----------
    level : float
        The spike begins and ends where it crosses this share of its main peak.
    phase_level : float
        A deflection before or after the main one is a phase of the spike if it reaches this share. The rebound that a
        100-Hz high-pass leaves behind a wide spike, a tenth or a little more, is none.
    peak_within_ms : float
        The main peak lies this close to where the snippets are aligned.
    max_gap_ms : float
        Phases further apart than this are not one spike (the second of a doublet, say).
    baseline_share : float
        The first part of what lies before the peak, taken as 0 µV.
    max_noise : float
        With a standard error of the mean above `level` divided by this, nothing is measured.
    """

    level: float = 0.1
    phase_level: float = 0.2
    peak_within_ms: float = 1.5
    max_gap_ms: float = 1.0
    baseline_share: float = 0.4
    max_noise: float = 3.0

    def __post_init__(self) -> None:
        if not (0 < self.level <= self.phase_level < 0.5 and 0 < self.baseline_share < 1):
            raise ParameterError(
                "shape needs 0 < level <= phase_level < 0.5 and 0 < baseline_share < 1, "
                f"got {self.level}, {self.phase_level} and {self.baseline_share}"
            )


@dataclass(frozen=True, eq=False)
class WaveformShape:
    """Mean spike on its largest channel, and its widths. A width that cannot be measured is NaN.

    Parameters
    ----------
    time_ms, mean_uv, sd_uv : array (samples,)
        Time from the alignment of the snippets; mean, with the part before the spike at 0 µV; SD over spikes.
    polarity : {"positive", "negative"}
        Direction of the larger deflection, the main peak.
    total_ms : float
        From onset to return, through all phases.
    peak_to_trough_ms : float
        From the main peak to the opposite extremum after it; where none follows, from the one before it.
    half_width_ms : float
        Width of the main peak at half its height.
    first_phase_ms : float
        Width of the main phase between its zero crossings (where no phase adjoins, to its onset or return).
    n_phases : int
        Phases of the spike, the main one included.
    band_hz, phase, order
        Of the filter, as in `Waveform`: a width without them is not a width.
    n_spikes, channel : int
        Spikes averaged, and the channel shown.
    peak_ms, peak_uv, trough_ms, trough_uv : float
        Main peak and opposite extremum, for drawing.
    total_span_ms, half_span_ms, first_phase_span_ms : tuple of float
        Where each width begins and ends, for drawing.
    notes : tuple of str
        Why something was not measured, in words.
    """

    time_ms: FloatArray
    mean_uv: FloatArray
    sd_uv: FloatArray
    polarity: Polarity
    band_hz: tuple[float | None, float | None]
    phase: Phase
    order: int
    n_spikes: int
    channel: int
    peak_ms: float
    peak_uv: float
    trough_ms: float = math.nan
    trough_uv: float = math.nan
    total_span_ms: Span = NOWHERE
    half_span_ms: Span = NOWHERE
    first_phase_span_ms: Span = NOWHERE
    n_phases: int = 0
    notes: tuple[str, ...] = ()

    @property
    def total_ms(self) -> float:
        """Duration from onset to return."""
        return self.total_span_ms[1] - self.total_span_ms[0]

    @property
    def peak_to_trough_ms(self) -> float:
        """Time between the main peak and the opposite extremum."""
        return abs(self.trough_ms - self.peak_ms)

    @property
    def half_width_ms(self) -> float:
        """Width at half height."""
        return self.half_span_ms[1] - self.half_span_ms[0]

    @property
    def first_phase_ms(self) -> float:
        """Width of the main phase."""
        return self.first_phase_span_ms[1] - self.first_phase_span_ms[0]


def measure_shape(
    waveform: Waveform, *, snippets: NDArray[np.bool_] | None = None, settings: ShapeSettings | None = None
) -> WaveformShape:
    """Average the snippets on the largest channel and measure the mean spike.

    The mean is interpolated by a cubic spline, so that widths are finer than the sampling.

    Parameters
    ----------
    waveform : Waveform
        Snippets as the sorter aligned them.
    snippets : array (kept,) of bool, optional
        Which of them to use; all by default.
    settings : ShapeSettings, optional
        Levels and limits.

    Returns
    -------
    WaveformShape

    Raises
    ------
    ParameterError
        If no snippet is left to average, or the snippets begin at the peak.

    Examples
    --------
    >>> time_ms = np.arange(-2.0, 6.0, 0.05)
    >>> spike = 100 * np.exp(-(time_ms / 0.3) ** 2) - 40 * np.exp(-((time_ms - 1.2) / 0.5) ** 2)
    >>> waveform = Waveform(spike[None, :, None], np.array([0]), 20_000.0, 0.002, (0.0, None), phase="zero")
    >>> shape = measure_shape(waveform)
    >>> shape.polarity, round(shape.peak_to_trough_ms, 2), round(shape.total_ms, 2)
    ('positive', 1.2, 2.24)
    """
    settings = settings or ShapeSettings()
    chosen = waveform.snippets_uv if snippets is None else waveform.snippets_uv[snippets]
    time_ms = waveform.time_ms
    before = time_ms <= time_ms[0] * (1 - settings.baseline_share)
    if len(chosen) == 0 or time_ms[0] >= 0 or chosen.shape[1] < 4:
        raise ParameterError(
            f"a shape needs snippets that begin before the peak, got {len(chosen)} from {time_ms[0]:g} ms; "
            "measure the waveforms anew"
        )
    channel = int(np.argmax(np.ptp(chosen.mean(axis=0), axis=0)))
    traces = chosen[:, :, channel].astype(np.float64)
    traces -= np.median(traces[:, before], axis=1, keepdims=True)
    mean_uv, sd_uv = traces.mean(axis=0), traces.std(axis=0)
    fine_ms = np.linspace(time_ms[0], time_ms[-1], (time_ms.size - 1) * _FINER + 1)
    fine_uv = CubicSpline(time_ms, mean_uv)(fine_ms)
    peak = _main_peak(fine_ms, fine_uv, settings.peak_within_ms)
    shape = WaveformShape(
        time_ms,
        mean_uv,
        sd_uv,
        polarity="positive" if fine_uv[peak] > 0 else "negative",
        band_hz=waveform.band_hz,
        phase=waveform.phase,
        order=waveform.order,
        n_spikes=len(chosen),
        channel=channel,
        peak_ms=float(fine_ms[peak]),
        peak_uv=float(fine_uv[peak]),
    )
    return _with_widths(shape, fine_ms, fine_uv, peak, settings)


def _main_peak(time_ms: FloatArray, mean_uv: FloatArray, within_ms: float) -> int:
    """Return where the larger deflection near the alignment is."""
    near = np.where(np.abs(time_ms) <= within_ms, np.abs(mean_uv), -1.0)
    return int(np.argmax(near))


def _with_widths(
    shape: WaveformShape, time_ms: FloatArray, mean_uv: FloatArray, peak: int, settings: ShapeSettings
) -> WaveformShape:
    """Copy of a shape with what can be measured on its interpolated mean."""
    height = abs(shape.peak_uv)
    error_uv = float(np.median(shape.sd_uv)) / math.sqrt(shape.n_spikes)
    if not height * settings.level > error_uv * settings.max_noise:
        note = (
            f"no width: the mean of {shape.n_spikes} spikes is uncertain by {error_uv:.2g} µV, its peak {height:.3g} µV"
        )
        return replace(shape, notes=(note,))
    upright = mean_uv / shape.peak_uv
    runs = _spike_runs(upright, peak, settings, settings.max_gap_ms / float(time_ms[1] - time_ms[0]))
    start, stop = runs[0][0], runs[-1][1]
    whole = start > 0 and stop < time_ms.size - 1
    beyond = () if whole else ("no total duration: the spike does not begin and return within its snippet",)
    trough = _trough(upright, start, peak, stop, settings.phase_level)
    return replace(
        shape,
        peak_ms=_vertex(time_ms, upright, peak),
        trough_ms=math.nan if trough is None else _vertex(time_ms, -upright, trough),
        trough_uv=math.nan if trough is None else float(mean_uv[trough]),
        total_span_ms=_span(time_ms, start, stop) if whole else NOWHERE,
        half_span_ms=_span(time_ms, *_stretch_above(upright, peak, 0.5)),
        first_phase_span_ms=_span(time_ms, *_between_crossings(upright, start, peak, stop)),
        n_phases=1 + int(np.count_nonzero(np.diff([np.sign(upright[run[0]]) for run in runs]))),
        notes=beyond,
    )


def _span(time_ms: FloatArray, first: int, last: int) -> Span:
    """Times of two samples."""
    return float(time_ms[first]), float(time_ms[last])


def _vertex(time_ms: FloatArray, upright: FloatArray, peak: int) -> float:
    """Time of an extremum, by a parabola through its upper tenth: the highest sample of a flat one is mostly noise."""
    first, last = _stretch_above(upright, peak, 0.9 * float(upright[peak]))
    if last - first < 2:
        return float(time_ms[peak])
    offset_ms = time_ms[first : last + 1] - time_ms[peak]
    curvature, slope, _ = np.polyfit(offset_ms, upright[first : last + 1], 2)
    vertex_ms = -slope / (2 * curvature) if curvature < 0 else 0.0
    return float(time_ms[peak] + np.clip(vertex_ms, offset_ms[0], offset_ms[-1]))


def _spike_runs(upright: FloatArray, peak: int, settings: ShapeSettings, max_gap: float) -> list[tuple[int, int]]:
    """First and last sample of each phase of the spike: beyond the level, high enough, not further off than the gap."""
    beyond = np.sign(upright) * (np.abs(upright) >= settings.level)
    bounds = np.flatnonzero(np.diff(beyond)) + 1
    starts, stops = np.r_[0, bounds], np.r_[bounds, upright.size] - 1
    stretches = [(int(a), int(b)) for a, b in zip(starts, stops, strict=True) if beyond[a] != 0]
    runs = [(a, b) for a, b in stretches if np.max(np.abs(upright[a : b + 1])) >= settings.phase_level]
    first = last = next(i for i, (a, b) in enumerate(runs) if a <= peak <= b)
    while first > 0 and runs[first][0] - runs[first - 1][1] <= max_gap:
        first -= 1
    while last < len(runs) - 1 and runs[last + 1][0] - runs[last][1] <= max_gap:
        last += 1
    return runs[first : last + 1]


def _trough(upright: FloatArray, start: int, peak: int, stop: int, level: float) -> int | None:
    """Return the opposite extremum: the one after the peak, else the one before it, else none."""
    after = peak + int(np.argmin(upright[peak : stop + 1]))
    before = start + int(np.argmin(upright[start : peak + 1]))
    return next((i for i in (after, before) if upright[i] <= -level), None)


def _stretch_above(upright: FloatArray, peak: int, level: float) -> tuple[int, int]:
    """First and last sample of the stretch round the peak that stays above a level."""
    below = np.flatnonzero(upright < level)
    before, after = below[below < peak], below[below > peak]
    return (int(before[-1]) + 1 if before.size else 0), (int(after[0]) - 1 if after.size else upright.size - 1)


def _between_crossings(upright: FloatArray, start: int, peak: int, stop: int) -> tuple[int, int]:
    """Zero crossings on either side of the peak, or the ends of the spike where there is none."""
    first, last = _stretch_above(upright, peak, 0.0)
    return max(first, start), min(last, stop)
