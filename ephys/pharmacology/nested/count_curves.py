"""Spike counts of curves along ln ID50, the baseline rate of each at its best."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.model import CellCounts
from ephys.pharmacology.counts.variance import log_normaliser, log_quasi_likelihood, variance_and_slope
from ephys.pharmacology.nested.curves import Shape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

_ROUNDS, _CLOSE = 30, 1e-5
_LN_TAU_STEP = 1e-6
_LEAST = 1e-12
"""A curve leaves so much at least: a spike there is next to impossible, and its logarithm still a number."""
_LN_HILL, _EMAX, _LN_TAU = (np.log(1.5), np.log(0.2), np.log(20.0)), (0.9, 0.02, 1.0), (np.log(0.1), np.log(0.003), 0.0)


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
    """

    cells: CellCounts
    group: IntArray
    names: tuple[str, ...]
    fixed: dict[str, float]
    apart: tuple[str, ...] = ()
    _ln_rate: dict[int, FloatArray] = field(default_factory=dict, repr=False)

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

    def table(self, ln_dose: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood at every ln ID50, and its derivatives; see `Curves`."""
        hill = np.exp(self._of_curve("ln_hill", values))[:, np.newaxis, np.newaxis]
        emax = self._of_curve("emax", values)[:, np.newaxis, np.newaxis]
        ln_tau = float(self._of_curve("ln_tau", values)[0])
        steep = hill * (self._ln_windows[:, :, np.newaxis] - ln_dose)
        taken = 0.5 * (1.0 + np.tanh(0.5 * steep))
        left = np.maximum(1.0 - emax * taken, _LEAST)
        mean = self._profiled(left, np.exp(ln_tau))
        residual = (self._count - mean) / variance_and_slope(mean, self._steady, np.exp(ln_tau))[0]
        full = np.where(self._seen, residual * (mean - self._false) / left, 0.0)
        by = {
            "ln_hill": -(full * emax * taken * (1.0 - taken) * steep).sum(axis=1),
            "emax": -(full * taken).sum(axis=1),
        }
        height = self._height(mean, ln_tau)
        if "ln_tau" not in self.fixed:
            by["ln_tau"] = (self._height(mean, ln_tau + _LN_TAU_STEP) - height) / _LN_TAU_STEP
        slopes = [self._masked(by[shape.name.partition(":")[0]], shape.name) for shape in self.shapes]
        stacked = np.stack(slopes) if slopes else np.empty((0, *height.shape))
        return height[:, np.newaxis, :], stacked[:, :, np.newaxis, :]

    def _of_curve(self, name: str, values: FloatArray) -> FloatArray:
        """A parameter's value for each curve."""
        if name in self.fixed:
            of_group = [self.fixed.get(f"{name}:{group}", self.fixed[name]) for group in self.names]
            return np.array(of_group)[self.group]
        found = [
            value for shape, value in zip(self.shapes, values, strict=True) if shape.name.partition(":")[0] == name
        ]
        return np.asarray(found)[self.group if name in self.apart else np.zeros(self.n_curves, dtype=np.int_)]

    def _masked(self, slope: FloatArray, name: str) -> FloatArray:
        """Derivative by a parameter that one group has to itself: nothing for the others."""
        group = name.partition(":")[2]
        if not group:
            return slope
        return np.where((self.group == self.names.index(group))[:, np.newaxis], slope, 0.0)

    def _profiled(self, left: FloatArray, tau: float) -> FloatArray:
        """Expected counts at the best baseline rate, by Newton's steps, or Fisher's where those are no steps upwards.

        They begin where they ended for shapes near by, or at the rate that is best for Poisson counts.
        """
        reach = self._exposure * left
        ln_rate = self._ln_rate.get(left.shape[2])
        if ln_rate is None:
            own = np.maximum((self._count - self._false).sum(axis=1, keepdims=True), 0.5)
            ln_rate = np.log(own / reach.sum(axis=1, keepdims=True))
        for _ in range(_ROUNDS):
            own = reach * np.exp(ln_rate)
            mean = np.maximum(own + self._false, 1e-300)
            spread, steeper = variance_and_slope(mean, self._steady, tau)
            pull = own * (self._count - mean) / spread
            known = own * own / spread
            sure = known.sum(axis=1, keepdims=True)
            bend = sure - (pull * (1.0 - own * steeper / spread)).sum(axis=1, keepdims=True)
            step = pull.sum(axis=1, keepdims=True) / np.maximum(bend, 0.3 * sure + 1e-12)
            ln_rate = ln_rate + np.clip(step, -1.0, 1.0)
            if np.abs(step).max() < _CLOSE:
                break
        self._ln_rate[left.shape[2]] = ln_rate
        return np.maximum(reach * np.exp(ln_rate) + self._false, 1e-300)

    def _height(self, mean: FloatArray, ln_tau: float) -> FloatArray:
        """Log-likelihood of each curve along the grid."""
        tau = float(np.exp(ln_tau))
        known = log_quasi_likelihood(self._count, mean, self._steady, tau)
        known = known + log_normaliser(self._count, self._steady, tau)
        height: FloatArray = np.where(self._seen, known, 0.0).sum(axis=1)
        return height

    @property
    def _count(self) -> FloatArray:
        return self.cells.count[:, :, np.newaxis]

    @property
    def _exposure(self) -> FloatArray:
        return self.cells.exposure_s[:, :, np.newaxis]

    @property
    def _false(self) -> FloatArray:
        return self.cells.false_count[:, :, np.newaxis]

    @property
    def _steady(self) -> FloatArray:
        return self.cells.steady[:, np.newaxis, np.newaxis]

    @property
    def _seen(self) -> NDArray[np.bool_]:
        return self.cells.seen[:, :, np.newaxis]

    @property
    def _ln_windows(self) -> FloatArray:
        """Ln dose of each window; so low that nothing is left of the effect where none was given."""
        dose = self.cells.dose
        return np.where(dose > 0, np.log(np.where(dose > 0, dose, 1.0)), -1e3)
