"""Responses that scatter normally round Hill curves, along ln ID50."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.nested.curves import Shape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

_STEP = 1e-4
_NODES = 41
"""Values of an animal's own bottom that are integrated over, to five SDs on either side."""


@dataclass(frozen=True, eq=False)
class GaussianCurves:
    """Responses under ``bottom + (top - bottom) / (1 + (dose / ID50)**hill)``, whichever of the two is higher.

    Parameters
    ----------
    dose, response : array (curves, points)
        NaN where a curve has fewer points than others.
    group : array (curves,)
        Number of each curve's group.
    names : tuple of str
        Of the groups.
    fixed : mapping of str to float
        Of ``ln_hill``, ``top``, ``bottom`` and ``ln_sd``, those that are not estimated.
    apart : tuple of str
        Of these, those of which every group has its own.
    bottom_varies : tuple of str
        Levels between which the bottom varies, too: ``"animal"``, ``"cell"``.
    """

    dose: FloatArray
    response: FloatArray
    group: IntArray
    names: tuple[str, ...]
    fixed: dict[str, float]
    apart: tuple[str, ...] = ()
    bottom_varies: tuple[str, ...] = ()

    @property
    def n_curves(self) -> int:
        """Curves."""
        return len(self.dose)

    @property
    def doses(self) -> FloatArray:
        """Doses above 0."""
        return np.unique(self.dose[self.dose > 0])

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """What is estimated, of all curves or of each group."""
        low, high = float(np.nanmin(self.response)), float(np.nanmax(self.response))
        span = max(high - low, 1e-9)
        first, last = self._ends
        limits = {
            "ln_hill": (np.log(1.5), np.log(0.1), np.log(50.0)),
            "top": (first, low - 5 * span, high + 5 * span, 0.02 * span),
            "bottom": (last, low - 5 * span, high + 5 * span, 0.02 * span),
            "ln_sd": (np.log(0.1 * span), np.log(1e-4 * span), np.log(span)),
        }
        varies = [Shape(f"ln_sd_bottom_{level}", np.log(0.1 * span), np.log(1e-3 * span), np.log(3 * span))
                  for level in self.bottom_varies]  # fmt: skip
        return (
            *(
                Shape(name if one is None else f"{name}:{one}", *limit)
                for name, limit in limits.items()
                if name not in self.fixed
                for one in (self.names if name in self.apart else (None,))
            ),
            *varies,
        )

    @property
    def node_weight(self) -> FloatArray:
        """Standard normal weights of an animal's own bottom, where it has one."""
        if "animal" not in self.bottom_varies:
            return np.ones(1)
        weight: FloatArray = np.exp(-0.5 * _nodes() ** 2)
        return np.asarray(weight / weight.sum())

    def focused(self, ln_dose: FloatArray, values: FloatArray) -> GaussianCurves:  # noqa: ARG002
        """Themselves: they are quick to reckon everywhere."""
        return self

    def table(self, ln_dose: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood at every ln ID50, and its derivatives; see `Curves`."""
        height = self._height(ln_dose, values)
        slopes = np.empty((len(values), *height.shape))
        for number, shape in enumerate(self.shapes):
            step = np.zeros(len(values))
            step[number] = _STEP * (1.0 if shape.name.startswith("ln_") else shape.high - shape.low)
            change = self._height(ln_dose, values + step) - self._height(ln_dose, values - step)
            slopes[number] = change / (2.0 * step[number])
        return height, slopes

    def _height(self, ln_dose: FloatArray, values: FloatArray) -> FloatArray:
        """Log-likelihood of each curve, along nodes and grid."""
        of = dict(zip([shape.name for shape in self.shapes], values, strict=True)) | self.fixed
        hill, top, bottom = (self._of_curve(name, of) for name in ("ln_hill", "top", "bottom"))
        seen = ~np.isnan(self.response)
        known = seen & (self.dose > 0)
        ln_given = np.where(known, np.log(np.where(known, self.dose, 1.0)), -1e3)[:, :, np.newaxis]
        gone = 0.5 * (1.0 + np.tanh(0.5 * np.exp(hill) * (ln_given - ln_dose))) * seen[:, :, np.newaxis]
        flat = np.where(seen, self.response, 0.0)[:, :, np.newaxis] - top * seen[:, :, np.newaxis]
        residual = flat - (bottom - top) * gone
        # A bottom that is higher by u moves every residual by u times how much of the effect is there; the sums of
        # squares and products say what that does at every u, and what a normal u of each curve's own does.
        squares, cross, weight = (residual**2).sum(axis=1), (residual * gone).sum(axis=1), (gone**2).sum(axis=1)
        shared = np.exp(of.get("ln_sd_bottom_animal", -np.inf)) * self._node_values[:, np.newaxis]
        squares, cross, weight = (part[:, np.newaxis, :] for part in (squares, cross, weight))
        moved = squares - 2.0 * shared * cross + shared**2 * weight
        across = cross - shared * weight
        variance, own = np.exp(2.0 * of["ln_sd"]), np.exp(2.0 * of.get("ln_sd_bottom_cell", -np.inf))
        wide = variance + own * weight
        n = seen.sum(axis=1)[:, np.newaxis, np.newaxis]
        height: FloatArray = -0.5 * (
            (moved - own * across**2 / wide) / variance + np.log(wide / variance) + n * np.log(2 * np.pi * variance)
        )
        return height

    def _of_curve(self, name: str, of: dict[str, float]) -> FloatArray:
        """A parameter's value for each curve, (curves, 1, 1)."""
        if name in of:
            return np.full((self.n_curves, 1, 1), of[name])
        return np.array([of[f"{name}:{group}"] for group in self.names])[self.group][:, np.newaxis, np.newaxis]

    @property
    def _node_values(self) -> FloatArray:
        """Nodes, in SDs."""
        return _nodes() if "animal" in self.bottom_varies else np.zeros(1)

    @property
    def _ends(self) -> tuple[float, float]:
        """Mean responses to the lowest and the highest dose of each curve."""
        order = np.where(np.isnan(self.response), np.nan, self.dose)
        lowest, highest = np.nanargmin(order, axis=1), np.nanargmax(order, axis=1)
        rows = np.arange(self.n_curves)
        return float(self.response[rows, lowest].mean()), float(self.response[rows, highest].mean())


def _nodes() -> FloatArray:
    """Equally spaced nodes of a standard normal distribution."""
    nodes: FloatArray = np.linspace(-5.0, 5.0, _NODES)
    return nodes
