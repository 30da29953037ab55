"""The windows of cells as arrays of counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.model import CellCounts, HillModel
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.response_window import ResponseWindow

FloatArray = NDArray[np.float64]


def cell_counts(
    series: Sequence[tuple[ResponseWindow, ...]], fanos: Sequence[float], settings: FitSettings
) -> CellCounts:
    """Counts of cells in their windows, the baseline first.

    Parameters
    ----------
    series : sequence of tuple of ResponseWindow
        The windows of each cell.
    fanos : sequence of float
        Squared CV of each cell's intervals; NaN where unknown, and then taken for Poisson's.
    settings : FitSettings
    """
    most = max(len(windows) for windows in series)

    def table(value: Callable[[ResponseWindow], float]) -> FloatArray:
        rows = np.zeros((len(series), most))
        for row, windows in zip(rows, series, strict=True):
            row[: len(windows)] = [value(window) for window in windows]
        return rows

    starts = np.array([_middle_s(windows[0]) for windows in series])[:, np.newaxis]
    exposure_s = table(lambda w: w.expected_s)
    steady = np.array([1.0 if math.isnan(fano) else max(fano, settings.least_fano) for fano in fanos])
    return CellCounts(
        dose=table(lambda w: w.dose),
        count=table(lambda w: w.count),
        exposure_s=exposure_s,
        false_count=table(lambda w: w.false_count),
        minutes=np.where(exposure_s > 0, (table(_middle_s) - starts) / 60.0, 0.0),
        steady=steady,
        reference_sd=table(lambda w: w.reference_sd),
    )


def hill_model(settings: FitSettings) -> HillModel:
    """What the settings assume of every cell."""
    return HillModel(settings.dispersion, math.log(settings.hill_prior), settings.hill_prior_sd)


def _middle_s(window: ResponseWindow) -> float:
    """Middle of a window."""
    return 0.5 * (window.epoch.start_s + window.epoch.stop_s)
