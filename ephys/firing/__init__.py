"""From spike times to how a cell fires: intervals, bursts, rates, steadiness, correlograms, smoothed rates."""

from ephys.firing.baselines import BaselineSuggestion, baseline_flags, baseline_notes, suggest_baseline
from ephys.firing.bursts import BURST_INTERVAL_S, Bursts, collapse_bursts, find_bursts
from ephys.firing.change_points import ChangePoint, ChangePointSettings, find_change_point, find_change_points
from ephys.firing.correlograms import Correlogram, autocorrelogram
from ephys.firing.drift import DriftProjection, drift_projection
from ephys.firing.intervals import (
    MIN_INTERVALS,
    IntervalHistogram,
    bootstrap_interval,
    cv,
    cv2,
    cv_interval,
    interval_histogram,
    isi,
    lv,
)
from ephys.firing.rates import BIN_S, RateHistogram, count, firing_rate, poisson_interval, rate_histogram
from ephys.firing.smoothing import SmoothedRate, smoothed_rate
from ephys.firing.stability import Stability, Steadiness, assess_stability
from ephys.firing.stability_settings import StabilitySettings

__all__ = [
    "BIN_S",
    "BURST_INTERVAL_S",
    "MIN_INTERVALS",
    "BaselineSuggestion",
    "Bursts",
    "ChangePoint",
    "ChangePointSettings",
    "Correlogram",
    "DriftProjection",
    "IntervalHistogram",
    "RateHistogram",
    "SmoothedRate",
    "Stability",
    "StabilitySettings",
    "Steadiness",
    "assess_stability",
    "autocorrelogram",
    "baseline_flags",
    "baseline_notes",
    "bootstrap_interval",
    "collapse_bursts",
    "count",
    "cv",
    "cv2",
    "cv_interval",
    "drift_projection",
    "find_bursts",
    "find_change_point",
    "find_change_points",
    "firing_rate",
    "interval_histogram",
    "isi",
    "lv",
    "poisson_interval",
    "rate_histogram",
    "smoothed_rate",
    "suggest_baseline",
]
