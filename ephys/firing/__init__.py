"""From spike times to how a cell fires: intervals, bursts, rates, steadiness, correlograms, smoothed rates."""

from ephys.firing.baselines import BaselineSuggestion, baseline_flags, baseline_notes, suggest_baseline
from ephys.firing.bootstrap import BootstrapSettings, block_estimate, resampled_means
from ephys.firing.bursts import BURST_INTERVAL_S, Bursts, BurstSettings, collapse_bursts, find_bursts
from ephys.firing.change_points import ChangePoint, ChangePointSettings, find_change_point, find_change_points
from ephys.firing.correlograms import Correlogram, CrossCorrelogram, autocorrelogram, crosscorrelogram
from ephys.firing.drift import DriftProjection, drift_projection
from ephys.firing.interval_histograms import (
    IntervalHistogram,
    interval_histogram,
    log_interval_histogram,
    suited_bins_ms,
)
from ephys.firing.intervals import (
    MIN_INTERVALS,
    REFRACTORINESS_S,
    cv,
    cv2,
    isi,
    log_isi,
    log_isi_mean,
    log_isi_sd,
    lv,
    lvr,
)
from ephys.firing.oscillations import OscillationSettings, SlowOscillation, slow_oscillation
from ephys.firing.profile import FiringProfile, measure_firing
from ephys.firing.rates import (
    BIN_S,
    RateHistogram,
    count,
    firing_rate,
    gamma_interval,
    measure_rate,
    poisson_interval,
    rate_histogram,
)
from ephys.firing.regularity import Regularity, RegularitySettings, cv_interval, measure_regularity
from ephys.firing.rhythmicity import Rhythmicity, RhythmicitySettings, measure_rhythmicity
from ephys.firing.smoothing import SmoothedRate, smoothed_rate
from ephys.firing.stability import Stability, Steadiness, assess_stability
from ephys.firing.stability_settings import StabilitySettings

__all__ = [
    "BIN_S",
    "BURST_INTERVAL_S",
    "MIN_INTERVALS",
    "REFRACTORINESS_S",
    "BaselineSuggestion",
    "BootstrapSettings",
    "BurstSettings",
    "Bursts",
    "ChangePoint",
    "ChangePointSettings",
    "Correlogram",
    "CrossCorrelogram",
    "DriftProjection",
    "FiringProfile",
    "IntervalHistogram",
    "OscillationSettings",
    "RateHistogram",
    "Regularity",
    "RegularitySettings",
    "Rhythmicity",
    "RhythmicitySettings",
    "SlowOscillation",
    "SmoothedRate",
    "Stability",
    "StabilitySettings",
    "Steadiness",
    "assess_stability",
    "autocorrelogram",
    "baseline_flags",
    "baseline_notes",
    "block_estimate",
    "collapse_bursts",
    "count",
    "crosscorrelogram",
    "cv",
    "cv2",
    "cv_interval",
    "drift_projection",
    "find_bursts",
    "find_change_point",
    "find_change_points",
    "firing_rate",
    "gamma_interval",
    "interval_histogram",
    "isi",
    "log_interval_histogram",
    "log_isi",
    "log_isi_mean",
    "log_isi_sd",
    "lv",
    "lvr",
    "measure_firing",
    "measure_rate",
    "measure_regularity",
    "measure_rhythmicity",
    "poisson_interval",
    "rate_histogram",
    "resampled_means",
    "slow_oscillation",
    "smoothed_rate",
    "suggest_baseline",
    "suited_bins_ms",
]
