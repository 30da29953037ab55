"""How regularly a cell fires: every measure of its intervals, each with an interval that allows for their order."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ephys.errors import ParameterError
from ephys.firing.bootstrap import UNMEASURED, BootstrapSettings, Statistic, block_estimate
from ephys.firing.bursts import BurstSettings, collapse_bursts
from ephys.firing.intervals import MIN_INTERVALS, REFRACTORINESS_S, cv2_terms, isi, lv_terms, lvr_terms, neighbours
from ephys.jupyter import Shown
from ephys.model import Epoch, Estimate, Support, Unit
from ephys.model.epoch import FloatArray


@dataclass(frozen=True, slots=True)
class RegularitySettings(Shown):
    """How regularity is measured.

    Parameters
    ----------
    min_intervals : int
        With fewer, nothing is given. Convention: about a minute at 1 Hz.
    refractoriness_s : float
        The constant R of LvR (Shinomoto et al. 2009).
    bursts : BurstSettings or None
        Each burst is one event; ``None``: every spike counts, those of bursts too.
    bootstrap : BootstrapSettings
        How the intervals are made.
    """

    min_intervals: int = MIN_INTERVALS
    refractoriness_s: float = REFRACTORINESS_S
    bursts: BurstSettings | None = None
    bootstrap: BootstrapSettings = field(default_factory=BootstrapSettings)

    def __post_init__(self) -> None:
        if self.min_intervals < 3 or not 0 <= self.refractoriness_s < math.inf:
            raise ParameterError(
                "regularity needs 3 intervals or more and a refractoriness_s of 0 or more, "
                f"got {self.min_intervals} and {self.refractoriness_s}"
            )


@dataclass(frozen=True, slots=True)
class Regularity(Shown):
    """How regularly a cell fires. NaN where its intervals are too few.

    Parameters
    ----------
    n_intervals : int
        Intervals that span no gap; of events, where bursts count once.
    mean_isi_s : Estimate
        Mean interval.
    cv, cv2, lv, lvr : Estimate
        Variation of all intervals, and of neighbours, as in the functions of these names.
    log_isi_mean, log_isi_sd : Estimate
        Mean and SD of the logarithm to base 10 of the intervals in seconds.
    note : str
        Why nothing is given, in words.
    """

    n_intervals: int
    mean_isi_s: Estimate = UNMEASURED
    cv: Estimate = UNMEASURED
    cv2: Estimate = UNMEASURED
    lv: Estimate = UNMEASURED
    lvr: Estimate = UNMEASURED
    log_isi_mean: Estimate = UNMEASURED
    log_isi_sd: Estimate = UNMEASURED
    note: str = ""


def measure_regularity(
    train: Unit | FloatArray,
    within: Epoch | None = None,
    *,
    settings: RegularitySettings | None = None,
    seed: int = 0,
) -> Regularity:
    """Measure how regularly a cell fires, every measure with its interval.

    Intervals come from blocks of neighbouring intervals (of neighbouring pairs, for CV2, LV and LvR) drawn with
    replacement, `block_estimate`. In 400 trains each of 50, 100 and 200 intervals, those of 95 % hold the true value in
    91 to 98 % (gamma trains of CV 0.2 to 1.2; least for the CV and the log SD of the most irregular). Where the
    logarithms of neighbouring intervals correlate by 0.3 it is 92 to 96 %; by 0.6, 94 to 97 % for CV2, LV and LvR, and
    90 to 94 % for the others.

    Parameters
    ----------
    train : Unit or array (spikes,)
        The unit, or spike times in order, in seconds; intervals that span a gap of a unit's support are left out.
    within : Epoch, optional
        Both spikes of an interval lie in it.
    settings : RegularitySettings, optional
    seed : int, optional
        Of the bootstrap.

    Returns
    -------
    Regularity

    Raises
    ------
    ParameterError
        If the times are not one-dimensional or not in order.

    Examples
    --------
    >>> spikes = np.cumsum(np.random.default_rng(1).gamma(16.0, 1 / 16, 200))   # 1 Hz, CV 0.25
    >>> regularity = measure_regularity(spikes)
    >>> regularity.n_intervals, regularity.cv.low < 0.25 < regularity.cv.high
    (199, True)
    >>> measure_regularity(spikes, Epoch(0.0, 30.0)).note
    '30 intervals, fewer than 50'
    """
    settings = settings or RegularitySettings()
    times_s, support = (train.times_s, train.support) if isinstance(train, Unit) else (train, None)
    times_s = times_s if within is None else times_s[within.mask(times_s)]
    if settings.bursts is not None:
        times_s = collapse_bursts(times_s, support=support, settings=settings.bursts)
    intervals_s = isi(times_s, support=support)
    if intervals_s.size < settings.min_intervals:
        return Regularity(intervals_s.size, note=f"{intervals_s.size} intervals, fewer than {settings.min_intervals}")

    def estimate(values: FloatArray, statistic: Statistic) -> Estimate:
        # Gaps and intervals of 0 take values away: there may be too few of one kind only.
        few = values.size < settings.min_intervals - 1
        return UNMEASURED if few else block_estimate(values, statistic, settings=settings.bootstrap, seed=seed)

    pairs = neighbours(times_s, support=support)
    logs = np.log10(intervals_s[intervals_s > 0])
    return Regularity(
        intervals_s.size,
        mean_isi_s=estimate(intervals_s, "positive_mean"),
        cv=estimate(intervals_s, "cv"),
        cv2=estimate(cv2_terms(*pairs), "positive_mean"),
        lv=estimate(lv_terms(*pairs), "positive_mean"),
        lvr=estimate(lvr_terms(*pairs, settings.refractoriness_s), "positive_mean"),
        log_isi_mean=estimate(logs, "mean"),
        log_isi_sd=estimate(logs, "sd"),
    )


def cv_interval(
    times_s: FloatArray,
    *,
    support: Support | None = None,
    min_intervals: int = MIN_INTERVALS,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Bootstrap interval of the CV, as in `measure_regularity`.

    Parameters
    ----------
    times_s, support, min_intervals
        As in `cv`; both ends are NaN below `min_intervals`.
    level : float, optional
        Coverage wanted.
    n_resamples, seed : int, optional
        Number of resamples, and of the generator that draws them.

    Examples
    --------
    >>> train = np.cumsum(np.random.default_rng(1).gamma(9.0, 1 / 9, 200))   # CV 1/3
    >>> low, high = cv_interval(train)
    >>> low < 1 / 3 < high
    True
    """
    intervals = isi(times_s, support=support)
    if intervals.size < max(min_intervals, 2):
        return math.nan, math.nan
    estimate = block_estimate(intervals, "cv", settings=BootstrapSettings(level, n_resamples), seed=seed)
    return estimate.low, estimate.high
