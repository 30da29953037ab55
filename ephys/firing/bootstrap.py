"""Intervals by resampling: of independent values, and of values in order whose neighbours may be alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Estimate
from ephys.model.epoch import FloatArray

Statistic = Literal["mean", "positive_mean", "sd", "cv"]
"""What `block_estimate` knows; all but the plain mean are studentised on a logarithmic scale."""

UNMEASURED = Estimate()
"""What was not measured: NaN, with no interval."""

# An end lies no further out than so many times where Student's distribution would have it. Convention.
_LONGEST_TAIL = 1.5

# A mean, an SD or a CV no larger than this is the rounding of a clock's times.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class BootstrapSettings(Shown):
    """How values in order are drawn again.

    Parameters
    ----------
    level : float
        Coverage wanted.
    n_resamples : int
        Number of resamples.
    block_factor : float
        A block is so many times the cube root of the number of values. The power is that of Hall, Horowitz and Jing
        (1995, Biometrika 82:561); the factor is a convention, chosen by the coverage in trains of 50 to 200 intervals.
    """

    level: float = 0.95
    n_resamples: int = 1000
    block_factor: float = 1.5

    def __post_init__(self) -> None:
        if not (0 < self.level < 1 and self.n_resamples >= 99 and 0 < self.block_factor < math.inf):
            raise ParameterError(
                "a bootstrap needs 0 < level < 1, 99 resamples or more and a block_factor above 0, "
                f"got {self.level}, {self.n_resamples} and {self.block_factor}"
            )


def block_estimate(
    values: FloatArray, statistic: Statistic, *, settings: BootstrapSettings | None = None, seed: int = 0
) -> Estimate:
    """Statistic of values in order, with a studentised interval from blocks of neighbours drawn with replacement.

    Blocks are circular and may overlap (Politis and Romano 1992). Each resample is set against its own standard error,
    as the blocks drawn have it (bootstrap-t), so that few and skewed values are not judged too sharply; an end lies at
    most 1.5 times as far out as Student's distribution would have it.

    Parameters
    ----------
    values : array (values,)
        In order, two or more.
    statistic : {"mean", "positive_mean", "sd", "cv"}
    settings : BootstrapSettings, optional
    seed : int, optional

    Returns
    -------
    Estimate
        Both ends are the value where the values do not differ; NaN is the CV of values whose mean is 0.

    Raises
    ------
    ParameterError
        If there are fewer than two values.

    Examples
    --------
    >>> intervals = np.random.default_rng(1).gamma(9.0, 1 / 9, 200)   # CV 1/3
    >>> estimate = block_estimate(intervals, "cv")
    >>> estimate.low < 1 / 3 < estimate.high
    True
    """
    settings = settings or BootstrapSettings()
    if values.size < 2:
        raise ParameterError(f"a block bootstrap needs two values or more, got {values.size}")
    base = float(np.mean(values))
    if statistic == "cv" and base == 0:
        return UNMEASURED
    deviations = values - base if statistic == "sd" else values / base - 1.0 if statistic == "cv" else values
    moments = np.array([deviations, deviations**2])
    on_scale = _on_scale(statistic, *moments.mean(axis=1))
    value = float(on_scale[0] if statistic == "mean" else np.exp(on_scale[0]))
    blocks, number = _block_means(moments, settings.block_factor)
    error = float(_standard_error(blocks, on_scale, number))
    if (statistic != "mean" and value <= _ROUNDING) or not error > 0:
        return Estimate(value, value, value)
    drawn = blocks[:, np.random.default_rng(seed).integers(values.size, size=(settings.n_resamples, number))]
    again = _on_scale(statistic, *drawn.mean(axis=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        students = (again[0] - on_scale[0]) / _standard_error(drawn, again, number)
    tail = (1.0 - settings.level) / 2.0
    # One pause longer than all the rest makes ratios of any size: they tell no more than that the tail is long.
    limit = _LONGEST_TAIL * stats.t.isf(tail, number - 1)
    most, least = np.clip(np.quantile(students[np.isfinite(students)], [1.0 - tail, tail]), -limit, limit)
    ends = on_scale[0] - error * np.array([most, least])
    low, high = ends if statistic == "mean" else np.exp(ends)
    return Estimate(value, float(low), float(high))


def resampled_means(values: FloatArray, *, settings: BootstrapSettings | None = None, seed: int = 0) -> FloatArray:
    """Means of several measures of things in order, of blocks of neighbours drawn with replacement.

    Parameters
    ----------
    values : array (measures, things)
    settings : BootstrapSettings, optional
    seed : int, optional

    Returns
    -------
    array (measures, resamples)

    Examples
    --------
    >>> means = resampled_means(np.array([[0.0, 1.0] * 50, [2.0, 4.0] * 50]))
    >>> means.shape, bool(np.allclose(means.mean(axis=1), [0.5, 3.0], atol=0.05))
    ((2, 1000), True)
    """
    settings = settings or BootstrapSettings()
    blocks, number = _block_means(values, settings.block_factor)
    random = np.random.default_rng(seed)
    drawn = random.integers(values.shape[1], size=(number, settings.n_resamples))
    # One block after the other: all at once would be a large array for little.
    return np.asarray(sum(blocks[:, starts] for starts in drawn) / number, dtype=np.float64)


def _block_means(values: FloatArray, factor: float) -> tuple[FloatArray, int]:
    """Means of the circular block that begins at each value (measures, values), and how many blocks make a resample."""
    n = values.shape[1]
    length = max(1, min(round(factor * math.cbrt(n)), n // 2))
    summed = np.cumsum(np.pad(values, ((0, 0), (1, length - 1)), mode="wrap"), axis=1)
    summed -= summed[:, :1]
    return np.asarray((summed[:, length:] - summed[:, :-length]) / length, dtype=np.float64), max(round(n / length), 2)


def _on_scale(statistic: Statistic, first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Statistic on its scale, of means of values and of their squares, and its slopes with the two."""
    flat = np.zeros_like(first)
    with np.errstate(divide="ignore", invalid="ignore"):
        if statistic == "mean":
            return first, flat + 1.0, flat
        if statistic == "positive_mean":
            return np.log(first), 1.0 / first, flat
        variance = np.maximum(second - first**2, 0.0)
        sd = 0.5 * np.log(variance), -first / variance, 0.5 / variance
        if statistic == "sd":
            return sd
        return sd[0] - np.log1p(first), sd[1] - 1.0 / (1.0 + first), sd[2]


def _standard_error(blocks: FloatArray, on_scale: tuple[FloatArray, FloatArray, FloatArray], number: int) -> FloatArray:
    """Standard error of a statistic on its scale, of a number of blocks that scatter as these do (last axis)."""
    with np.errstate(invalid="ignore", over="ignore"):
        linear = on_scale[1][..., np.newaxis] * blocks[0] + on_scale[2][..., np.newaxis] * blocks[1]
        error: FloatArray = np.std(linear, axis=-1) / math.sqrt(number)
    return error
