"""What the rule judges: rate, regularity, bursts and shape of one unit in one window, each with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.classification.shape import WaveformShape, measure_shape
from ephys.classification.widths import ShapeSettings
from ephys.errors import ParameterError
from ephys.firing import (
    MIN_INTERVALS,
    BootstrapSettings,
    BurstSettings,
    RegularitySettings,
    cv,
    find_bursts,
    isi,
    measure_regularity,
    poisson_interval,
)
from ephys.jupyter import Shown
from ephys.model import Epoch, Estimate, Unit, Waveform
from ephys.model.epoch import FloatArray


@dataclass(frozen=True, slots=True)
class FeatureSettings(Shown):
    """How features are measured. All are conventions.

    Parameters
    ----------
    bursts : BurstSettings
        What a burst is; bursts count once in the burst-collapsed CV.
    soft_refractory_s : float
        Between the intervals of bursts and this, a slow cell with a long afterhyperpolarisation has hardly an interval.
    min_intervals : int
        With fewer intervals no regularity is given.
    min_snippets : int
        With fewer snippets in the window, no shape is given: later spikes are not looked at.
    level : float
        Coverage of the intervals.
    n_resamples : int
        Of the bootstrap.
    """

    bursts: BurstSettings = field(default_factory=BurstSettings)
    soft_refractory_s: float = 0.075
    min_intervals: int = MIN_INTERVALS
    min_snippets: int = 5
    level: float = 0.95
    n_resamples: int = 1000

    def __post_init__(self) -> None:
        if self.min_intervals < 3 or self.min_snippets < 1 or not 0 < self.level < 1 or self.n_resamples < 99:
            raise ParameterError(
                "features need min_intervals of 3 or more, min_snippets of 1 or more, 0 < level < 1 and n_resamples of "
                f"99 or more, got {self.min_intervals}, {self.min_snippets}, {self.level} and {self.n_resamples}"
            )
        if not self.bursts.continuing_s < self.soft_refractory_s:
            raise ParameterError(
                "features need intervals of bursts shorter than soft_refractory_s, "
                f"got {self.bursts.continuing_s} s and {self.soft_refractory_s} s"
            )

    @property
    def of_events(self) -> RegularitySettings:
        """How the regularity of the burst-collapsed train is measured."""
        bootstrap = BootstrapSettings(self.level, self.n_resamples)
        return RegularitySettings(self.min_intervals, bursts=self.bursts, bootstrap=bootstrap)


@dataclass(frozen=True, eq=False)
class UnitFeatures(Shown):
    """Features of one unit in one window. NaN or ``None`` means not measured.

    Parameters
    ----------
    unit_id : str
        The unit.
    within : Epoch or None
        The window.
    covered_s : float
        Recorded seconds of the window.
    n_spikes, n_intervals : int or None
        Spikes in it; intervals of the burst-collapsed train that span no gap.
    min_intervals : int
        With fewer no regularity is given.
    rate_hz, rate_low, rate_high : float
        Mean rate with its exact Poisson interval.
    event_rate_hz : float
        Mean rate with each burst as one event.
    cv, cv_collapsed, cv_collapsed_low, cv_collapsed_high : float
        CV of all intervals, and of the burst-collapsed train with its bootstrap interval.
    cv2, lv : float
        Local variation of the burst-collapsed train.
    burst_share : float
        Share of spikes in bursts.
    soft_refractory_share, soft_refractory_low, soft_refractory_high : float
        Share of intervals between the burst limit and the soft refractory limit, with its exact binomial interval.
    total_ms, total_low, total_high : float
        Duration of the spike from onset to return, with its bootstrap interval.
    peak_to_trough_ms, peak_to_trough_low, peak_to_trough_high : float
        Time from its main peak to the opposite extremum, with its bootstrap interval.
    shape : WaveformShape or None
        The mean spike, with all its widths.
    notes : tuple of str
        What to know about them, in words.
    """

    unit_id: str = ""
    within: Epoch | None = None
    covered_s: float = math.nan
    n_spikes: int | None = None
    n_intervals: int | None = None
    min_intervals: int = MIN_INTERVALS
    rate_hz: float = math.nan
    rate_low: float = math.nan
    rate_high: float = math.nan
    event_rate_hz: float = math.nan
    cv: float = math.nan
    cv_collapsed: float = math.nan
    cv_collapsed_low: float = math.nan
    cv_collapsed_high: float = math.nan
    cv2: float = math.nan
    lv: float = math.nan
    burst_share: float = math.nan
    soft_refractory_share: float = math.nan
    soft_refractory_low: float = math.nan
    soft_refractory_high: float = math.nan
    total_ms: float = math.nan
    total_low: float = math.nan
    total_high: float = math.nan
    peak_to_trough_ms: float = math.nan
    peak_to_trough_low: float = math.nan
    peak_to_trough_high: float = math.nan
    shape: WaveformShape | None = None
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Estimate:
        """Duration of the spike in ms."""
        return Estimate(self.total_ms, self.total_low, self.total_high)

    @property
    def peak_to_trough(self) -> Estimate:
        """Time from its main peak to the opposite extremum in ms."""
        return Estimate(self.peak_to_trough_ms, self.peak_to_trough_low, self.peak_to_trough_high)

    @property
    def regularity(self) -> float:
        """The CV that is judged: each burst as one event; that of all intervals where nothing else is known."""
        return self.cv if math.isnan(self.cv_collapsed) else self.cv_collapsed


def measure_features(
    unit: Unit,
    within: Epoch,
    *,
    settings: FeatureSettings | None = None,
    shape_settings: ShapeSettings | None = None,
    seed: int = 0,
) -> UnitFeatures:
    """Measure how a unit fires and what its spikes look like, in one window only.

    Parameters
    ----------
    unit : Unit
        The unit; intervals that span a gap of its support are left out.
    within : Epoch
        The window: the baseline, before any drug.
    settings : FeatureSettings, optional
        Limits of bursts and intervals.
    shape_settings : ShapeSettings, optional
        How the mean spike is measured.
    seed : int, optional
        Of the bootstrap.

    Returns
    -------
    UnitFeatures

    Examples
    --------
    >>> times = np.arange(0.5, 180.0, 1.0)
    >>> doublets = np.sort(np.concatenate([times, times[::4] + 0.008]))
    >>> features = measure_features(Unit.from_times(doublets, support=Epoch(0.0, 180.0)), Epoch(0.0, 180.0))
    >>> round(features.cv, 2), round(features.cv_collapsed, 2), round(features.burst_share, 2)
    (0.5, 0.0, 0.4)
    """
    settings = settings or FeatureSettings()
    times_s = unit.times_s[within.mask(unit.times_s)]
    covered_s = unit.support.covered_s(within)
    bursts = find_bursts(times_s, support=unit.support, settings=settings.bursts)
    regularity = measure_regularity(unit, within, settings=settings.of_events, seed=seed)
    rate_low, rate_high = poisson_interval(times_s.size, covered_s, level=settings.level)
    soft, soft_low, soft_high = _soft_refractory(isi(times_s, support=unit.support), settings)
    shape, notes = _baseline_shape(unit, within, settings, shape_settings, seed)
    return UnitFeatures(
        unit.id,
        within,
        covered_s,
        times_s.size,
        regularity.n_intervals,
        settings.min_intervals,
        times_s.size / covered_s if covered_s > 0 else math.nan,
        rate_low,
        rate_high,
        event_rate_hz=bursts.n_events / covered_s if covered_s > 0 else math.nan,
        cv=cv(times_s, support=unit.support, min_intervals=settings.min_intervals),
        cv_collapsed=regularity.cv.value,
        cv_collapsed_low=regularity.cv.low,
        cv_collapsed_high=regularity.cv.high,
        cv2=regularity.cv2.value,
        lv=regularity.lv.value,
        burst_share=bursts.share,
        soft_refractory_share=soft,
        soft_refractory_low=soft_low,
        soft_refractory_high=soft_high,
        **_widths(shape),
        shape=shape,
        notes=notes,
    )


def _widths(shape: WaveformShape | None) -> dict[str, float]:
    """Widths that are judged, with their intervals."""
    if shape is None:
        return {}
    total, trough = shape.estimate("total_ms"), shape.estimate("peak_to_trough_ms")
    return {
        "total_ms": total.value,
        "total_low": total.low,
        "total_high": total.high,
        "peak_to_trough_ms": trough.value,
        "peak_to_trough_low": trough.low,
        "peak_to_trough_high": trough.high,
    }


def _soft_refractory(intervals_s: FloatArray, settings: FeatureSettings) -> tuple[float, float, float]:
    """Share of intervals that are too long for a burst and too short for the afterhyperpolarisation."""
    if intervals_s.size < settings.min_intervals:
        return math.nan, math.nan, math.nan
    short = int(
        np.count_nonzero((intervals_s >= settings.bursts.continuing_s) & (intervals_s < settings.soft_refractory_s))
    )
    interval = stats.binomtest(short, intervals_s.size).proportion_ci(settings.level)
    return short / intervals_s.size, float(interval.low), float(interval.high)


def _baseline_shape(
    unit: Unit, within: Epoch, settings: FeatureSettings, shape_settings: ShapeSettings | None, seed: int
) -> tuple[WaveformShape | None, tuple[str, ...]]:
    """Measure the shape on the window's spikes alone; not at all where too few snippets lie in it."""
    waveform = unit.waveform
    if waveform is None or waveform.snippets_uv.size == 0:
        return None, ("no waveform",)
    inside = within.mask(unit.times_s[waveform.spike_index])
    n_inside = int(inside.sum())
    if n_inside < settings.min_snippets:
        return None, (f"{n_inside} snippets lie in the window, fewer than {settings.min_snippets}: no shape",)
    alone = inside & _stands_alone(unit.times_s, waveform)
    if alone.sum() < settings.min_snippets:
        return None, (f"no shape: {int(alone.sum())} of {n_inside} snippets hold no other spike of the unit",)
    try:
        shape = measure_shape(waveform, snippets=alone, settings=shape_settings, seed=seed)
    except ParameterError as error:
        return None, (f"no shape: {error}",)
    return shape, shape.notes


def _stands_alone(times_s: FloatArray, waveform: Waveform) -> NDArray[np.bool_]:
    """Return which snippets hold no other spike of the unit."""
    from_s, to_s = waveform.time_ms[[0, -1]] * 1e-3
    before = np.diff(times_s, prepend=-np.inf)[waveform.spike_index]
    after = np.diff(times_s, append=np.inf)[waveform.spike_index]
    alone: NDArray[np.bool_] = (before > -from_s) & (after > to_s)
    return alone
