"""The ID50 under other assumptions than those of the fit: what a doubt would do to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.cell_counts import cell_counts, hill_model
from ephys.pharmacology.cell_solving import Series
from ephys.pharmacology.cell_status import CellCurve
from ephys.pharmacology.counts.emax import climb_emax
from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.search import climb
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.responses import DoseResponse

FloatArray = NDArray[np.float64]

HIDDEN_LOSS = 0.05
"""Share of the rate that a hidden run-down takes away per dose, as an example (convention)."""


@dataclass(frozen=True, slots=True)
class Refits:
    """The absolute ID50 of one cell, had something else been true.

    Parameters
    ----------
    run_down : float
        Had the rate run down by 5 % per dose, the drug apart.
    slope_goes_on : float
        Had the slope of the baseline gone on; NaN where it was not judged.
    shallow, steep : float
        With the prior of the slope one SD lower, and one higher.
    uncorrected : float
        Without the correction for spikes below threshold.
    free_emax, free_percent, gain : float
        With the largest inhibition estimated; that inhibition in percent; and twice the log-likelihood that it gains.
        NaN where it was estimated already, or a drift was.
    """

    run_down: float
    slope_goes_on: float
    shallow: float
    steep: float
    uncorrected: float
    free_emax: float
    free_percent: float
    gain: float


def refit(series: Sequence[Series], curves: Sequence[CellCurve], settings: FitSettings) -> list[Refits]:
    """Find the ID50 of every cell under the other assumptions, from its fitted curve."""
    counts = cell_counts([one.windows for one in series], [one.response.fano for one in series], settings)
    model = hill_model(settings)
    start = _values(curves)
    loss = np.array([math.log1p(-HIDDEN_LOSS) / _minutes_per_dose(one) for one in series])
    slope = np.array([_slope_per_minute(one.response) for one in series])
    plain = replace(counts, exposure_s=_covered(series, counts))
    convention = FitSettings()  # a prior that was learnt with Emax fixed would hide a plateau behind a shallow slope
    weak = hill_model(replace(settings, hill_prior=convention.hill_prior, hill_prior_sd=convention.hill_prior_sd))
    up, down = (replace(model, ln_hill_mean=model.ln_hill_mean + sign * model.ln_hill_sd) for sign in (1, -1))
    columns = (
        _id50(counts, model, start | {"drift": start["drift"] + loss}),
        np.where(np.isnan(slope), np.nan, _id50(counts, model, start | {"drift": np.nan_to_num(slope)})),
        _id50(counts, down, start),
        _id50(counts, up, start),
        _id50(plain, model, start),
        *_with_free_emax(counts, weak, start),
    )
    return [Refits(*(float(column[row]) for column in columns)) for row in range(len(series))]


def _id50(counts: CellCounts, model: HillModel, start: Values) -> FloatArray:
    """Absolute ID50 where rate, dose and slope are found again."""
    values, _ = climb(counts, model, start, ("ln_id50", "ln_rate", "ln_hill"))
    return np.exp(np.minimum(values["ln_id50"], 700.0))


def _with_free_emax(counts: CellCounts, model: HillModel, start: Values) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Absolute ID50 and largest inhibition where that is estimated, and what it gains."""
    _, fixed = climb(counts, model, start, ("ln_id50", "ln_rate", "ln_hill"))
    values, top = climb_emax(counts, model, ())
    half = 2.0 * values["emax"] - 1.0
    shift = -np.log(np.where(half > 0, half, 1.0)) / np.exp(values["ln_hill"])
    id50 = np.exp(np.minimum(values["ln_id50"] + shift, 700.0))
    known = start["drift"] == 0.0
    columns = (np.where(half > 0, id50, np.nan), 100.0 * values["emax"], 2.0 * (top - fixed))
    one, two, three = (np.where(known, column, np.nan) for column in columns)
    return one, two, three


def _values(curves: Sequence[CellCurve]) -> Values:
    """Where to begin. A cell without an absolute ID50 begins at the relative one, and its answer is not used."""
    doses = [c.ln_ed50[0] if math.isnan(c.ln_id50[0]) else c.ln_id50[0] for c in curves]
    return {
        "ln_id50": np.array(doses),
        "ln_hill": np.array([c.ln_hill for c in curves]),
        "ln_rate": np.array([c.ln_rate for c in curves]),
        "emax": np.array([max(c.emax[0], 0.51) for c in curves]),
        "drift": np.array([c.drift[0] for c in curves]),
    }


def _minutes_per_dose(series: Series) -> float:
    """From the first window at a dose to the last, per step; the way from the baseline where there is but one dose."""
    starts = [w.epoch.stop_s for w in series.windows if w.dose > 0]
    steps = np.diff(sorted({series.windows[0].epoch.stop_s, *starts}))
    return max(float(np.median(steps)), 1.0) / 60.0


def _slope_per_minute(response: DoseResponse) -> float:
    """Slope of the baseline as a change of ln rate per minute; NaN where it was not judged."""
    stability = response.stability
    percent = math.nan if stability is None else stability.slope_percent_per_min
    return math.nan if math.isnan(percent) else math.log1p(max(percent, -40.0) / 100.0)


def _covered(series: Sequence[Series], counts: CellCounts) -> FloatArray:
    """Covered time of every window, as though every spike cleared the threshold."""
    covered_s = np.zeros_like(counts.exposure_s)
    for row, one in zip(covered_s, series, strict=True):
        row[: len(one.windows)] = [window.covered_s * window.reference for window in one.windows]
    return covered_s
