"""Spike counts of curves along ln ID50, the baseline rate of each at its best."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.model import CellCounts
from ephys.pharmacology.counts.variance import log_normaliser, log_quasi_likelihood
from ephys.pharmacology.nested.baseline_rate import best_rate
from ephys.pharmacology.nested.curves import Shape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

_FAR, _NOWHERE = 100.0, 1e4
"""A place that is less likely by exp(100) than a curve's best is not reckoned again, and counts for exp(-10,000)."""
_LN_TAU_STEP = 1e-6
_LEAST = 1e-12
"""A curve leaves so much at least: a spike there is next to impossible, and its logarithm still a number."""
_LN_HILL, _EMAX, _LN_TAU = (np.log(1.5), np.log(0.2), np.log(20.0)), (0.9, 0.02, 1.0), (np.log(0.1), np.log(0.003), 0.0)


@dataclass(eq=False)
class Places:
    """Points of the grid at which curves are reckoned, and what was counted there.

    Parameters
    ----------
    curve, point : array (places,)
    past : array (windows, places)
        ln dose less ln ID50.
    count, exposure_s, false : array (windows, places)
    steady : array (places,)
    seen : array (windows, places)
    ln_rate : array (places,)
        The best baseline rate when it was last asked for: where the next search begins.
    """

    curve: IntArray
    point: IntArray
    past: FloatArray
    count: FloatArray
    exposure_s: FloatArray
    false: FloatArray
    steady: FloatArray
    seen: NDArray[np.bool_]
    ln_rate: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class CountCurves:
    """Counts of curves under Hill curves whose slope, largest effect and dispersion cells share.

    Parameters
    ----------
    cells : CellCounts
        Windows of each curve, the baseline at dose 0.
    group : array (curves,)
        Number of each curve's group, for what differs between groups.
    fixed : mapping of str to float
        Of ``ln_hill``, ``emax`` and ``ln_tau``, those that are not estimated; "name:group" where a group's is another.
    apart : tuple of str
        Of these, those of which every group has its own.
    names : tuple of str
        Of the groups.
    near : array (curves, points), optional
        Where on a grid the curves are reckoned; everywhere without it.
    """

    cells: CellCounts
    group: IntArray
    names: tuple[str, ...]
    fixed: dict[str, float]
    apart: tuple[str, ...] = ()
    near: NDArray[np.bool_] | None = field(default=None, repr=False)
    _kept: dict[int, Places] = field(default_factory=dict, repr=False)

    @property
    def n_curves(self) -> int:
        """Curves."""
        return self.cells.n_cells

    @property
    def doses(self) -> FloatArray:
        """Doses above 0."""
        return np.unique(self.cells.dose[self.cells.seen & (self.cells.dose > 0)])

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """What is estimated, of all cells or of each group."""
        every = (("ln_hill", _LN_HILL), ("emax", _EMAX), ("ln_tau", _LN_TAU))
        return tuple(
            Shape(name if one is None else f"{name}:{one}", *limits)
            for name, limits in every
            if name not in self.fixed
            for one in (self.names if name in self.apart else (None,))
        )

    @property
    def node_weight(self) -> FloatArray:
        """Nothing else is shared by the cells of an animal."""
        return np.ones(1)

    def focused(self, ln_dose: FloatArray, values: FloatArray) -> CountCurves:
        """The same, reckoned only where a curve's likelihood can matter; elsewhere it is taken for next to nothing."""
        whole = replace(self, near=None, _kept={})
        height = whole.table(ln_dose, values)[0][:, 0, :]
        return replace(whole, near=height > height.max(axis=1, keepdims=True) - _FAR, _kept={})

    def table(self, ln_dose: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood at every ln ID50, and its derivatives; see `Curves`."""
        place = self._places(ln_dose)
        hill, emax = (self._of_curve(name, values)[place.curve] for name in ("ln_hill", "emax"))
        ln_tau = float(self._of_curve("ln_tau", values)[0])
        steep = np.exp(hill) * place.past
        taken = 0.5 * (1.0 + np.tanh(0.5 * steep))
        left = np.maximum(1.0 - emax * taken, _LEAST)
        mean, spread = self._profiled(place, left, np.exp(ln_tau))
        full = np.where(place.seen, (place.count - mean) * (mean - place.false) / (spread * left), 0.0)
        height = self._height(place, mean, ln_tau)
        by = {
            "ln_hill": -(full * emax * taken * (1.0 - taken) * steep).sum(axis=0),
            "emax": -(full * taken).sum(axis=0),
        }
        if "ln_tau" not in self.fixed:
            by["ln_tau"] = (self._height(place, mean, ln_tau + _LN_TAU_STEP) - height) / _LN_TAU_STEP
        slopes = [self._masked(by[shape.name.partition(":")[0]], place.curve, shape.name) for shape in self.shapes]
        tall = np.full((self.n_curves, 1, ln_dose.size), -np.inf)
        tall[place.curve, 0, place.point] = height
        tall = np.maximum(tall, tall.max(axis=2, keepdims=True) - _NOWHERE)
        wide = np.zeros((len(slopes), *tall.shape))
        for whole, slope in zip(wide, slopes, strict=True):
            whole[place.curve, 0, place.point] = slope
        return tall, wide

    def _places(self, ln_dose: FloatArray) -> Places:
        """Where on the grid each curve is reckoned, with its windows; kept from one call to the next."""
        if ln_dose.size not in self._kept:
            near = np.ones((self.n_curves, ln_dose.size), dtype=np.bool_) if self.near is None else self.near
            curve, point = np.nonzero(near)
            cells, dose = self.cells, self.cells.dose
            # So low where no dose was given that nothing is left of the effect.
            ln_window = np.where(dose > 0, np.log(np.where(dose > 0, dose, 1.0)), -1e3)
            parts = (cells.count, cells.exposure_s, cells.false_count)
            count, exposure_s, false = (np.ascontiguousarray(part[curve].T) for part in parts)
            seen = np.ascontiguousarray(cells.seen[curve].T)
            past = np.ascontiguousarray((ln_window[curve] - ln_dose[point][:, np.newaxis]).T)
            self._kept[ln_dose.size] = Places(curve, point, past, count, exposure_s, false, cells.steady[curve], seen)
        return self._kept[ln_dose.size]

    def _of_curve(self, name: str, values: FloatArray) -> FloatArray:
        """A parameter's value for each curve."""
        if name in self.fixed:
            of_group = [self.fixed.get(f"{name}:{group}", self.fixed[name]) for group in self.names]
            return np.array(of_group)[self.group]
        found = [
            value for shape, value in zip(self.shapes, values, strict=True) if shape.name.partition(":")[0] == name
        ]
        return np.asarray(found)[self.group if name in self.apart else np.zeros(self.n_curves, dtype=np.int_)]

    def _masked(self, slope: FloatArray, curve: IntArray, name: str) -> FloatArray:
        """Derivative by a parameter that one group has to itself: nothing for the others."""
        group = name.partition(":")[2]
        if not group:
            return slope
        return np.where((self.group == self.names.index(group))[curve], slope, 0.0)

    def _profiled(self, place: Places, left: FloatArray, tau: float) -> tuple[FloatArray, FloatArray]:
        """Expected counts at the best baseline rate, and their variance; the search begins where the last one ended."""
        start = place.ln_rate if place.ln_rate.size else None
        place.ln_rate, mean, spread = best_rate(
            place.count, place.exposure_s * left, place.false, place.steady, tau, start=start
        )
        return mean, spread

    def _height(self, place: Places, mean: FloatArray, ln_tau: float) -> FloatArray:
        """Log-likelihood at each place."""
        tau, cells = float(np.exp(ln_tau)), self.cells
        own = np.where(cells.seen, log_normaliser(cells.count, cells.steady[:, np.newaxis], tau), 0.0).sum(axis=1)
        known = log_quasi_likelihood(place.count, mean, place.steady, tau)
        height: FloatArray = np.where(place.seen, known, 0.0).sum(axis=0) + own[place.curve]
        return height
