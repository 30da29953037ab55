"""Series of windows to fitted curves: which of them have a drift, and whose largest effect is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.cell_counts import cell_counts, hill_model
from ephys.pharmacology.cell_status import CellCurve
from ephys.pharmacology.counts.emax import climb_emax
from ephys.pharmacology.counts.model import CellCounts
from ephys.pharmacology.counts.solve import HillFits, solve
from ephys.pharmacology.fit_settings import ESTIMATED, FitSettings
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse

FloatArray = NDArray[np.float64]

_DOSES_FOR_EMAX = 6
EVIDENCE = 5.41
"""Gain of 2 ln L with chance 0.01: an Emax at its limit of 100 % gives half a chi-squared of one degree of freedom."""


@dataclass(frozen=True)
class Series:
    """What one curve is fitted to.

    Parameters
    ----------
    response : DoseResponse
    windows : tuple of ResponseWindow
        The baseline first.
    wants_drift : bool
        Whether a drift is to be estimated beside the effect.
    """

    response: DoseResponse
    windows: tuple[ResponseWindow, ...]
    wants_drift: bool = False

    @property
    def drift(self) -> bool:
        """Whether a drift can be told from the effect: by a second window without drug."""
        return self.wants_drift and sum(window.dose == 0 for window in self.windows) > 1

    @property
    def doses(self) -> tuple[float, ...]:
        """Doses above 0, in order, each once."""
        return tuple(sorted({window.dose for window in self.windows if window.dose > 0}))

    def without(self, kept: Sequence[ResponseWindow]) -> Series:
        """The same with some of the windows only."""
        return replace(self, windows=tuple(kept))


def solve_series(series: Sequence[Series], settings: FitSettings) -> list[tuple[CellCurve, str]]:
    """Fit every series; return its curve and where its largest effect comes from."""
    found: dict[int, tuple[CellCurve, str]] = {}
    for drift in (False, True):
        rows = [number for number, one in enumerate(series) if one.drift is drift]
        if rows:
            found |= dict(zip(rows, _solve_alike([series[row] for row in rows], settings, drift=drift), strict=True))
    return [found[number] for number in range(len(series))]


def _solve_alike(series: list[Series], settings: FitSettings, *, drift: bool) -> list[tuple[CellCurve, str]]:
    """Fit series that all have a drift, or none."""
    emax = [settings.emax_of(one.response.drug) for one in series]
    shares = np.array([percent / 100.0 for percent, _ in emax])
    counts = cell_counts([one.windows for one in series], [one.response.fano for one in series], settings)
    fixed = _solved(counts, shares, settings, drift=drift, free_emax=False)
    curves = [(CellCurve.of(fixed, row), source) for row, (_, source) in enumerate(emax)]
    free = _with_free_emax(series, counts, fixed, settings, drift=drift)
    if free.size:
        freed = _solved(counts.take(free), shares[free], settings, drift=drift, free_emax=True)
        for row, cell in enumerate(free.tolist()):
            curves[cell] = (CellCurve.of(freed, row), ESTIMATED)
    return curves


def _solved(counts: CellCounts, emax: FloatArray, settings: FitSettings, *, drift: bool, free_emax: bool) -> HillFits:
    """Fit with what the settings assume."""
    return solve(
        counts, hill_model(settings), emax=emax, free_emax=free_emax, drift=drift, level=settings.level,
        replicates=settings.replicates, seed=settings.seed,
    )  # fmt: skip


def _with_free_emax(
    series: list[Series], counts: CellCounts, fixed: HillFits, settings: FitSettings, *, drift: bool
) -> NDArray[np.int_]:
    """Which cells have their largest effect estimated: all, none, or those whose doses say that it is smaller."""
    if settings.free_emax != "auto" or settings.emax_percent:
        return np.arange(len(series)) if settings.free_emax == "always" else np.array([], dtype=np.int_)
    enough = np.flatnonzero([len(one.doses) >= _DOSES_FOR_EMAX for one in series])
    if not enough.size:
        return enough
    _, top = climb_emax(counts.take(enough), hill_model(settings), ("drift",) if drift else ())
    return enough[2.0 * (top - fixed.top[enough]) > EVIDENCE]
