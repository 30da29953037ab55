"""How well a learned classifier does on animals that it has not seen, with intervals over animals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Estimate
from ephys.model.epoch import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

Truth = Literal["serotonergic", "not_serotonergic"]
Outcome = Literal["serotonergic", "uncertain", "not_serotonergic", "refused"]

TRUTHS: tuple[Truth, ...] = ("serotonergic", "not_serotonergic")
OUTCOMES: tuple[Outcome, ...] = ("serotonergic", "uncertain", "not_serotonergic", "refused")

_EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_TAIL = 0.025  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class OutOfFold(Shown):
    """What was said of one cell by a classifier that had not seen its animal.

    Parameters
    ----------
    cell, animal : str
        Which.
    truth : {"serotonergic", "not_serotonergic"}
        Its label.
    fold : int
        Part of the animals that was left out, from 0.
    probability, log_likelihood_ratio : float
        As in `LearnedJudgement`; NaN where the cell was refused.
    outcome : {"serotonergic", "uncertain", "not_serotonergic", "refused"}
        The call.
    """

    cell: str
    animal: str
    truth: Truth
    fold: int
    probability: float
    log_likelihood_ratio: float
    outcome: Outcome

    def __post_init__(self) -> None:
        if self.truth not in TRUTHS or self.outcome not in OUTCOMES:
            raise ParameterError(f"cell {self.cell}: no truth {self.truth!r} or no outcome {self.outcome!r}")
        numbers = (self.probability, self.log_likelihood_ratio)
        judged = 0 <= self.probability <= 1 and math.isfinite(self.log_likelihood_ratio)
        if not (all(map(math.isnan, numbers)) if self.outcome == "refused" else judged):
            raise ParameterError(f"cell {self.cell}: probability and log_likelihood_ratio {numbers} if {self.outcome}")


@dataclass(frozen=True, slots=True)
class CalibrationBin(Shown):
    """Cells that were given about the same probability, and how many of them were serotonergic.

    Parameters
    ----------
    low, high : float
        Probabilities from `low` to below `high` (the last bin holds 1).
    n : int
        Cells.
    predicted : float
        Mean probability; NaN without a cell.
    observed : Estimate
        Share that is serotonergic.
    """

    low: float
    high: float
    n: int
    predicted: float
    observed: Estimate


@dataclass(frozen=True, slots=True)
class CrossValidation(Shown):
    """Cross-validation by animal. Refused cells are counted, and enter no score but the shares called.

    Parameters
    ----------
    cells : tuple of OutOfFold
        Every cell, in the order of the table.
    auc : Estimate
        Chance that a serotonergic cell has the larger likelihood ratio than one that is not. Probabilities would not
        do: the share of serotonergic cells in training falls where they are left out, and the score with it.
    brier : Estimate
        Mean squared error of the probability.
    sensitivity, specificity : Estimate
        Share of the serotonergic cells that are called so; of the others that are called not serotonergic.
    precision : Estimate
        Share of the cells called serotonergic that are.
    calibration : tuple of CalibrationBin
        What probabilities came to.
    """

    cells: tuple[OutOfFold, ...]
    auc: Estimate
    brier: Estimate
    sensitivity: Estimate
    specificity: Estimate
    precision: Estimate
    calibration: tuple[CalibrationBin, ...]

    def count(self, truth: Truth, outcome: Outcome) -> int:
        """Return how many cells of one label had one outcome."""
        return sum(cell.truth == truth and cell.outcome == outcome for cell in self.cells)

    @property
    def n_folds(self) -> int:
        """Parts into which the animals were dealt out."""
        return len({cell.fold for cell in self.cells})

    def __str__(self) -> str:
        lines = [
            f"cross-validated by animal in {self.n_folds} folds: AUC {self.auc.text}, Brier score {self.brier.text}",
            f"  {'':<18}" + "".join(f"{outcome.replace('_', ' '):>18}" for outcome in OUTCOMES),
        ]
        for truth in TRUTHS:
            counts = "".join(f"{self.count(truth, outcome):>18}" for outcome in OUTCOMES)
            lines.append(f"  {truth.replace('_', ' '):<18}{counts}")
        lines.append(
            f"  of the serotonergic, called so {self.sensitivity.text}; of those called so, are {self.precision.text}"
        )
        lines.append(f"  of the others, called not serotonergic {self.specificity.text}")
        lines.append("  probability      n   mean   serotonergic")
        for part in self.calibration:
            mean = "-" if part.n == 0 else f"{part.predicted:.2f}"
            lines.append(f"  {part.low:.1f} to {part.high:.1f} {part.n:>8}{mean:>7}   {part.observed.text}")
        return "\n".join(lines)


def validate(cells: Sequence[OutOfFold], *, n_resamples: int = 2000, seed: int = 0) -> CrossValidation:
    """Score what was said of cells by classifiers that had not seen their animals.

    Parameters
    ----------
    cells : sequence of OutOfFold
        Every cell.
    n_resamples, seed : int, optional
        Of the bootstrap over animals: whole animals are drawn, since the cells of one are alike. A share of 0 or 1,
        which no resample changes, has the exact binomial interval with animals for trials.

    Returns
    -------
    CrossValidation
    """
    animals = np.unique([cell.animal for cell in cells], return_inverse=True)[1].astype(np.int64)
    draws = np.random.default_rng(seed).multinomial(
        animals.max() + 1, np.full(animals.max() + 1, 1 / (animals.max() + 1)), size=n_resamples
    )
    positive = np.array([cell.truth == "serotonergic" for cell in cells])
    called = np.array([cell.outcome == "serotonergic" for cell in cells])
    rejected = np.array([cell.outcome == "not_serotonergic" for cell in cells])
    probability = np.array([cell.probability for cell in cells])
    judged = np.isfinite(probability)
    ratio = np.array([cell.log_likelihood_ratio for cell in cells])
    error = np.where(judged, (probability - positive) ** 2, 0.0)
    return CrossValidation(
        tuple(cells),
        _auc(ratio[judged], positive[judged], animals[judged], draws),
        _ratio(error, judged, animals, draws),
        _ratio(called & positive, positive, animals, draws),
        _ratio(rejected & ~positive, ~positive, animals, draws),
        _ratio(called & positive, called, animals, draws),
        _calibration(probability, positive, animals, draws),
    )


def _auc(score: FloatArray, positive: BoolArray, animals: IntArray, draws: IntArray) -> Estimate:
    """Area under the curve, from the pairs that each two animals make."""
    size = draws.shape[1]
    won, pairs = np.zeros((size, size)), np.zeros((size, size))
    above = score[positive][:, None] - score[~positive][None, :]
    place = (animals[positive][:, None], animals[~positive][None, :])
    np.add.at(won, place, np.where(above > 0, 1.0, np.where(above < 0, 0.0, 0.5)))
    np.add.at(pairs, place, 1.0)
    every = np.ones((1, size))
    value, resampled = (_quotient(_quadratic(c, won), _quadratic(c, pairs)) for c in (every, draws.astype(np.float64)))
    return _estimate(float(value[0]), resampled, len(np.unique(animals)))


def _quadratic(counts: FloatArray, matrix: FloatArray) -> FloatArray:
    """Sum over pairs of animals, each as often as it was drawn."""
    return np.asarray(((counts @ matrix) * counts).sum(axis=1))


def _ratio(part: FloatArray | BoolArray, whole: BoolArray, animals: IntArray, draws: IntArray) -> Estimate:
    """Sum of one quantity over that of another."""
    size = draws.shape[1]
    over, under = (
        np.bincount(animals, weights=each, minlength=size).astype(np.float64)
        for each in (part.astype(np.float64), whole.astype(np.float64))
    )
    value = _quotient(over.sum(keepdims=True), under.sum(keepdims=True))
    return _estimate(float(value[0]), _quotient(draws @ over, draws @ under), int((under > 0).sum()))


def _quotient(over: FloatArray, under: FloatArray) -> FloatArray:
    """Quotient, NaN where there is nothing below."""
    quotient: FloatArray = np.full(over.shape, np.nan)
    return np.divide(over, under, out=quotient, where=under > 0)


def _estimate(value: float, resampled: FloatArray, n_animals: int) -> Estimate:
    """Value with its percentile interval; with the exact one where all animals agree."""
    if math.isnan(value):
        return Estimate()
    if value in (0.0, 1.0):
        bound = 1.0 - _TAIL ** (1.0 / n_animals)
        return Estimate(value, 0.0 if value == 0 else 1.0 - bound, bound if value == 0 else 1.0)
    defined = resampled[np.isfinite(resampled)]
    if not len(defined):
        return Estimate(value)
    low, high = np.quantile(defined, (_TAIL, 1.0 - _TAIL))
    return Estimate(value, float(low), float(high))


def _calibration(
    probability: FloatArray, positive: BoolArray, animals: IntArray, draws: IntArray
) -> tuple[CalibrationBin, ...]:
    """Probabilities in five bins, with what they came to."""
    number = np.digitize(probability, _EDGES[1:-1])
    bins = []
    for i, (low, high) in enumerate(pairwise(_EDGES)):
        inside = (number == i) & np.isfinite(probability)
        mean = float(probability[inside].mean()) if inside.any() else math.nan
        bins.append(
            CalibrationBin(low, high, int(inside.sum()), mean, _ratio(inside & positive, inside, animals, draws))
        )
    return tuple(bins)
