"""Logistic regression on one set of features, as coefficients that plain arithmetic evaluates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from ephys.classification.cell_table import check_features
from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Estimate

UNKNOWN = Estimate()


@dataclass(frozen=True, slots=True)
class SubsetModel(Shown):
    """Logistic regression on one set of features.

    The log odds are ``intercept + Σ linear[i] z[i] + Σ quadratic[i, j] z[i] z[j]`` over all i and j >= i, with
    ``z = (ln value - centre) / scale``.

    Parameters
    ----------
    features : tuple of str
        What a cell must have.
    centres, scales : tuple of float
        Mean and SD of the logarithms over the cells that it learned from.
    linear, quadratic : tuple of float
        Coefficients; the quadratic ones in the order (0, 0), (0, 1), ..., (1, 1), (1, 2), ...
    intercept : float
        Log odds at the centres.
    lows, highs : tuple of float
        Range of each feature in those cells.
    precision : tuple of tuple of float
        Inverse of the correlations of the logarithms.
    largest_distance : float
        Mahalanobis distance of the cell furthest from the middle.
    penalty : float
        As the inner cross-validation chose it.
    n_cells, n_animals : int
        That it learned from.
    prevalence : float
        Share of serotonergic cells among them.
    auc, brier : Estimate
        Cross-validated by animal, on the cells that have these features.
    """

    features: tuple[str, ...]
    centres: tuple[float, ...]
    scales: tuple[float, ...]
    linear: tuple[float, ...]
    quadratic: tuple[float, ...]
    intercept: float
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    precision: tuple[tuple[float, ...], ...]
    largest_distance: float
    penalty: float
    n_cells: int
    n_animals: int
    prevalence: float
    auc: Estimate = UNKNOWN
    brier: Estimate = UNKNOWN

    def __post_init__(self) -> None:
        check_features(self.features)
        size = len(self.features)
        for name in ("centres", "scales", "linear", "lows", "highs", "precision"):
            _check_numbers(name, getattr(self, name), size)
        _check_numbers("quadratic", self.quadratic, size * (size + 1) // 2)
        for row in self.precision:
            _check_numbers("precision", row, size)
        if not (min(self.scales) > 0 and min(self.lows) > 0):
            raise ParameterError(f"scales and lows must be above 0, got {self.scales} and {self.lows}")
        if any(low > high for low, high in zip(self.lows, self.highs, strict=True)):
            raise ParameterError(f"lows must not lie above highs, got {self.lows} and {self.highs}")
        if not (math.isfinite(self.intercept) and 0 < self.penalty < math.inf):
            raise ParameterError(f"intercept and penalty must be finite, got {self.intercept} and {self.penalty}")
        if not (0 < self.prevalence < 1 and 0 <= self.largest_distance < math.inf):
            raise ParameterError(
                "prevalence must lie between 0 and 1 and largest_distance be finite, "
                f"got {self.prevalence} and {self.largest_distance}"
            )

    def standardised(self, values: Mapping[str, float]) -> list[float]:
        """Logarithms in SD from the mean of the cells that were learned from."""
        named = zip(self.features, self.centres, self.scales, strict=True)
        return [(math.log(values[name]) - centre) / scale for name, centre, scale in named]

    def log_odds(self, values: Mapping[str, float]) -> float:
        """Log odds that a cell with these values is serotonergic."""
        z = self.standardised(values)
        terms = [a * x for a, x in zip(self.linear, z, strict=True)]
        products = (x * y for x, y in combinations_with_replacement(z, 2))
        terms += [a * product for a, product in zip(self.quadratic, products, strict=True)]
        return self.intercept + math.fsum(terms)

    def distance(self, values: Mapping[str, float]) -> float:
        """Mahalanobis distance from the middle of the cells that were learned from, in logarithms."""
        z = self.standardised(values)
        products = [
            x * entry * y for x, row in zip(z, self.precision, strict=True) for entry, y in zip(row, z, strict=True)
        ]
        return math.sqrt(max(math.fsum(products), 0.0))

    def refusal(self, values: Mapping[str, float], *, margin: float = 0.0) -> str:
        """Say how a cell differs from all cells that were learned from; empty where it does not.

        Parameters
        ----------
        values : mapping
            All of `features`.
        margin : float, optional
            Share by which the range is widened.
        """
        wider = 1.0 + margin
        outside = [
            f"{name} {values[name]:.4g} lies outside the training range of {low:.4g} to {high:.4g}"
            for name, low, high in zip(self.features, self.lows, self.highs, strict=True)
            if not low / wider <= values[name] <= high * wider
        ]
        if outside:
            return "; ".join(outside)
        distance = self.distance(values)
        if distance <= self.largest_distance * wider:
            return ""
        named = ", ".join(f"{name} {values[name]:.4g}" for name in self.features)
        return (
            f"{named} lie together outside the training cells: Mahalanobis distance {distance:.3g}, "
            f"the largest of a training cell is {self.largest_distance:.3g}"
        )


def _check_numbers(name: str, values: Sequence[object], expected: int) -> None:
    """Raise unless there are as many finite numbers as features."""
    if len(values) != expected:
        raise ParameterError(f"{name} must have {expected} entries for its features, got {len(values)}")
    if not all(math.isfinite(value) for value in values if isinstance(value, float)):
        raise ParameterError(f"{name} must be finite, got {tuple(values)}")
