"""Shape of a spike: the mean of its snippets, and the widths that papers call by one name, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from ephys.classification.aligning import align_traces
from ephys.classification.resampling import resampled_widths
from ephys.classification.restoring import MOST_RESTORED, is_restorable, restore_slow_part, shows_high_pass
from ephys.classification.widths import Landmarks, ShapeSettings, find_peak, measure_widths
from ephys.errors import ParameterError
from ephys.model import Estimate, Waveform
from ephys.model.epoch import FloatArray
from ephys.model.unit import Phase, WaveformSource

__all__ = ["ShapeSettings", "WaveformShape", "measure_shape"]

_UNRESTORED = "slow part not restored: the mean spike is not one that its band has passed"
_FINER = 10  # points per sample of the interpolated mean: 5 µs at 20 kHz


@dataclass(frozen=True, kw_only=True, eq=False)
class WaveformShape(Landmarks):
    """Mean spike on its largest channel, its landmarks and its widths. A width that cannot be measured is NaN.

    Total duration is from onset to return, through all phases; peak to trough from the main peak to the opposite
    extremum; half width that of the main peak at half its height; first phase that of the main phase between its zero
    crossings. `Landmarks` says where each begins and ends.

    Parameters
    ----------
    time_ms, mean_uv, sd_uv : array (samples,)
        Time from the alignment of the snippets; mean, with the part before the spike at 0 µV; SD over spikes.
    band_hz, phase, order, source
        Of the filter, as in `Waveform`: a width without them is not a width.
    restored : bool
        Whether the slow part that the high-pass took was put back: done where the filter is known, runs both ways
        and lies at 100 Hz or below.
    n_spikes, channel : int
        Spikes averaged, and the channel shown.
    intervals : mapping of str to Estimate
        Each width and the asymmetry with its bootstrap interval; empty where nothing was measured.
    level : float
        Coverage of the intervals.
    notes : tuple of str
        Why something was not measured, and what to know of the rest, in words.
    """

    time_ms: FloatArray
    mean_uv: FloatArray
    sd_uv: FloatArray
    band_hz: tuple[float | None, float | None]
    phase: Phase
    order: int
    source: WaveformSource
    n_spikes: int
    channel: int
    restored: bool = False
    intervals: Mapping[str, Estimate] = field(default_factory=lambda: MappingProxyType({}))
    level: float = 0.95
    notes: tuple[str, ...] = ()

    def estimate(self, name: str) -> Estimate:
        """Return a width, or the asymmetry, with its interval.

        Parameters
        ----------
        name : str
            ``"total_ms"``, ``"peak_to_trough_ms"``, ``"half_width_ms"``, ``"first_phase_ms"`` or ``"asymmetry"``.
        """
        return self.intervals.get(name, Estimate(getattr(self, name)))

    @property
    def band_text(self) -> str:
        """Band, phase and order of the filter in words, and whether its slow part was put back."""
        low, high = self.band_hz
        if low is None and not (self.phase == "zero" and self.order == 0):
            return "band unknown" if high is None else f"band unknown below {high:g} Hz"
        if not low and high is None:
            return "unfiltered"
        ends = ("" if not low else f"from {low:g} Hz", "" if high is None else f"up to {high:g} Hz")
        band = f"{low:g} to {high:g} Hz" if all(ends) else "".join(ends)
        phase = "phase unknown" if self.phase == "unknown" else f"{self.phase} phase"
        order = f", order {self.order}" if self.order else ""
        return f"{band}, {phase}{order}" + (", slow part restored" if self.restored else "")

    def __repr__(self) -> str:
        """One line: polarity, phases, total duration, band."""
        total = f"total {self.estimate('total_ms').text} ms"
        return f"WaveformShape({self.polarity}, n_phases={self.n_phases}, {total}, n={self.n_spikes}, {self.band_text})"


def measure_shape(
    waveform: Waveform,
    *,
    snippets: NDArray[np.bool_] | None = None,
    settings: ShapeSettings | None = None,
    seed: int = 0,
) -> WaveformShape:
    """Average the snippets on the largest channel and measure the mean spike.

    What a known zero-phase high-pass of at most 100 Hz took from the spikes is put back, and they are aligned on one
    another, by the whole spike. The mean is interpolated by a cubic spline, so that widths are finer than the sampling.

    Parameters
    ----------
    waveform : Waveform
        Snippets as the sorter aligned them.
    snippets : array (kept,) of bool, optional
        Which of them to use; all by default.
    settings : ShapeSettings, optional
        Levels and limits.
    seed : int, optional
        Of the bootstrap over spikes.

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
    >>> noisy = spike + np.random.default_rng(0).normal(0.0, 10.0, (100, time_ms.size))
    >>> shape = measure_shape(Waveform(noisy[:, :, None], np.arange(100), 20_000.0, 0.002, (0.0, None), phase="zero"))
    >>> shape.polarity, shape.n_phases, round(shape.peak_to_trough_ms, 1), shape.band_text
    ('positive', 2, 1.2, 'unfiltered')
    >>> width = shape.estimate("total_ms")
    >>> bool(width.low < 2.24 < width.high)
    True
    """
    settings = settings or ShapeSettings()
    chosen = waveform.snippets_uv if snippets is None else waveform.snippets_uv[snippets]
    time_ms = waveform.time_ms
    if len(chosen) == 0 or time_ms[0] >= 0 or chosen.shape[1] < 4:
        raise ParameterError(
            f"a shape needs snippets that begin before the peak, got {len(chosen)} from {time_ms[0]:g} ms; "
            "measure the waveforms anew"
        )
    channel = int(np.argmax(np.ptp(chosen.mean(axis=0), axis=0)))
    traces_uv, restored = _level_traces(chosen[:, :, channel].astype(np.float64), waveform, settings)
    noise = _noise_text(time_ms, traces_uv, settings)
    if not noise:
        traces_uv = align_traces(traces_uv, time_ms)
    mean_uv = traces_uv.mean(axis=0)
    peak = find_peak(time_ms, mean_uv, settings.peak_within_ms)
    marks, intervals, notes = (
        (peak, MappingProxyType({}), (noise,)) if noise else _measured(time_ms, traces_uv, settings, seed)
    )
    landmarks: dict[str, Any] = {mark.name: getattr(marks, mark.name) for mark in fields(Landmarks)}
    return WaveformShape(
        **landmarks,
        time_ms=time_ms,
        mean_uv=mean_uv,
        sd_uv=traces_uv.std(axis=0),
        band_hz=waveform.band_hz,
        phase=waveform.phase,
        order=waveform.order,
        source=waveform.source,
        n_spikes=len(chosen),
        channel=channel,
        restored=restored,
        intervals=intervals,
        level=settings.level_of_intervals,
        notes=notes + (() if restored or not is_restorable(waveform) else (_UNRESTORED,)),
    )


def _level_traces(traces_uv: FloatArray, waveform: Waveform, settings: ShapeSettings) -> tuple[FloatArray, bool]:
    """Traces with 0 µV before the spike, with their slow part where it can be had; and whether it could."""
    time_ms = waveform.time_ms
    before = time_ms <= time_ms[0] * (1 - settings.baseline_share)
    still, restored = int(before.sum()), False
    if is_restorable(waveform):
        low_hz, order, sampling_hz = float(waveform.band_hz[0] or math.nan), waveform.order, waveform.sampling_hz
        whole_uv = restore_slow_part(traces_uv, low_hz=low_hz, order=order, sampling_hz=sampling_hz, still=still)
        restored = shows_high_pass(traces_uv.mean(axis=0), whole_uv.mean(axis=0), still=still)
        restored = restored and _is_slow_part_of(traces_uv, whole_uv, time_ms, before, settings)
        traces_uv = whole_uv if restored else traces_uv
    return _levelled(traces_uv, before), restored


def _levelled(traces_uv: FloatArray, before: NDArray[np.bool_]) -> FloatArray:
    """Traces with 0 µV before the spike."""
    levelled: FloatArray = traces_uv - np.median(traces_uv[:, before], axis=1, keepdims=True)
    return levelled


def _is_slow_part_of(
    traces_uv: FloatArray,
    whole_uv: FloatArray,
    time_ms: FloatArray,
    before: NDArray[np.bool_],
    settings: ShapeSettings,
) -> bool:
    """Whether a spike is no longer with its slow part than such a filter shortens one: a ramp before it would be."""
    means_uv = (_levelled(one, before).mean(axis=0, keepdims=True) for one in (traces_uv, whole_uv))
    short, long = (_landmarks(time_ms, one, settings)[0].total_ms for one in means_uv)
    return not long > MOST_RESTORED * short


def _landmarks(time_ms: FloatArray, means_uv: FloatArray, settings: ShapeSettings) -> list[Landmarks]:
    """Landmarks of each mean, finer than its samples."""
    fine_ms = np.linspace(time_ms[0], time_ms[-1], (time_ms.size - 1) * _FINER + 1)
    fine_uv = CubicSpline(time_ms, means_uv, axis=1)(fine_ms)
    return [measure_widths(fine_ms, one_uv, settings=settings) for one_uv in fine_uv]


def _noise_text(time_ms: FloatArray, traces_uv: FloatArray, settings: ShapeSettings) -> str:
    """Say that noise hides the widths; empty where it does not."""
    error_uv = float(np.median(traces_uv.std(axis=0))) / math.sqrt(len(traces_uv))
    height_uv = abs(find_peak(time_ms, traces_uv.mean(axis=0), settings.peak_within_ms).peak_uv)
    if height_uv * settings.level > error_uv * settings.max_noise:
        return ""
    spikes = f"the mean of {len(traces_uv)} spikes"
    return f"no width: {spikes} is uncertain by {error_uv:.2g} µV, its peak {height_uv:.3g} µV"


def _measured(
    time_ms: FloatArray, traces_uv: FloatArray, settings: ShapeSettings, seed: int
) -> tuple[Landmarks, Mapping[str, Estimate], tuple[str, ...]]:
    """Landmarks of the mean, intervals over spikes, and notes."""

    def measure(means_uv: FloatArray) -> list[Landmarks]:
        return _landmarks(time_ms, means_uv, settings)

    marks = measure(traces_uv.mean(axis=0, keepdims=True))[0]
    beyond = _beyond_text(marks, float(time_ms[0]) * (1 - settings.baseline_share))
    intervals, notes = resampled_widths(traces_uv, marks, measure=measure, settings=settings, seed=seed)
    return marks, intervals, (*((beyond,) if beyond else ()), *notes)


def _beyond_text(marks: Landmarks, still_until_ms: float) -> str:
    """Say that the snippet does not hold the whole spike; empty where it does."""
    if math.isnan(marks.total_ms):
        return "no total duration: the spike does not begin and return within its snippet"
    if marks.total_span_ms[0] < still_until_ms:
        return f"the spike begins before {still_until_ms:.1f} ms, in what is taken as 0 µV: begin the snippets earlier"
    return ""
