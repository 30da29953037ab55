"""The highest point of the likelihood for many cells at once: damped Fisher scoring within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.model import CellCounts, HillModel, Values

FloatArray = NDArray[np.float64]

_STEPS, _SETTLED, _AT_ONCE = 80, 1e-9, 20_000
LIMITS: Mapping[str, tuple[float, float]] = {
    "ln_rate": (-30.0, 30.0),
    "ln_id50": (-np.inf, np.inf),
    "ln_hill": (-2.0, 3.0),
    "emax": (0.0, 1.0),
    "drift": (-0.5, 0.5),
}
"""What a value can be; a slope outside cannot be told from a flat curve, or from a step."""


def climb(cells: CellCounts, model: HillModel, start: Values, free: tuple[str, ...]) -> tuple[Values, FloatArray]:
    """Raise likelihood × prior of every cell from its start.

    Parameters
    ----------
    cells : CellCounts
    model : HillModel
    start : dict of array (cells,)
        Every value; those not in `free` stay.
    free : tuple of str

    Returns
    -------
    values : dict of array (cells,)
    height : array (cells,)
        Log-likelihood plus log-prior there.
    """
    least, most = (np.array([LIMITS[name][side] for name in free]) for side in (0, 1))
    if "emax" in free and not model.relative:
        least[free.index("emax")] = 0.5 + 1e-6  # with less the rate is never halved
    values = {name: np.array(value, dtype=np.float64) for name, value in start.items()}
    height = np.empty(cells.n_cells)
    for first in range(0, cells.n_cells, _AT_ONCE):
        rows = np.arange(first, min(first + _AT_ONCE, cells.n_cells))
        part = {name: value[rows] for name, value in values.items()}
        height[rows] = _climb_part(cells.take(rows), model, part, free, least, most)
        for name in free:
            values[name][rows] = part[name]
    return values, height


def climb_from_all(
    cells: CellCounts, model: HillModel, starts: Sequence[Values], free: tuple[str, ...]
) -> tuple[Values, FloatArray]:
    """Climb from each of several starts, all at once, and keep of every cell what rose highest: the first of equals.

    Parameters and results as of `climb`.
    """
    each = np.arange(cells.n_cells)
    start = {name: np.concatenate([one[name] for one in starts]) for name in starts[0]}
    values, height = climb(cells.take(np.tile(each, len(starts))), model, start, free)
    best = each + cells.n_cells * np.argmax(height.reshape(len(starts), cells.n_cells), axis=0)
    return {name: value[best] for name, value in values.items()}, height[best]


def _climb_part(
    cells: CellCounts, model: HillModel, values: Values, free: tuple[str, ...], least: FloatArray, most: FloatArray
) -> FloatArray:
    """Climb with some of the cells, whose `values` are changed; return their heights. What has settled is left out."""
    for number, name in enumerate(free):
        values[name] = np.clip(values[name], least[number], most[number])
    height, score, information = slopes(cells, model, values, free)
    damping = np.full(cells.n_cells, 1e-3)
    rows = np.arange(cells.n_cells)
    for _ in range(_STEPS):
        point = np.stack([values[name][rows] for name in free], axis=-1)
        trial = np.clip(point + _step(point, score, information, damping, least, most), least, most)
        moved = {name: value[rows] for name, value in values.items()} | dict(zip(free, trial.T, strict=True))
        high, new_score, new_information = slopes(cells, model, moved, free)
        better = high >= height[rows] - 1e-12
        gain = high - height[rows]
        damping = np.where(better, np.maximum(0.2 * damping, 1e-9), 8.0 * damping)
        score = np.where(better[:, np.newaxis], new_score, score)
        information = np.where(better[:, np.newaxis, np.newaxis], new_information, information)
        height[rows] = np.where(better, high, height[rows])
        for name in free:
            values[name][rows] = np.where(better, moved[name], values[name][rows])
        on = np.where(better, gain > _SETTLED, damping < 1e8)
        rows, cells = rows[on], cells.take(on)
        score, information, damping = score[on], information[on], damping[on]
        if not rows.size:
            break
    return height


def slopes(
    cells: CellCounts, model: HillModel, values: Values, free: tuple[str, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Height (cells,), score (cells, free) and expected information (cells, free, free), the prior in all of them."""
    mean, by = model.expected(cells, values)
    weight = model.weight(cells, mean)
    slope = np.stack([by[name] for name in free], axis=-1)
    weighted = slope * weight[..., np.newaxis]
    score = np.einsum("cwf,cw->cf", weighted, cells.count - mean)
    information = np.swapaxes(slope, 1, 2) @ weighted
    if "ln_hill" in free:
        hill = free.index("ln_hill")
        score[:, hill] -= (values["ln_hill"] - model.ln_hill_mean) / model.ln_hill_sd**2
        information[:, hill, hill] += model.ln_hill_sd**-2
    return model.log_likelihood(cells, mean) + model.log_prior(values), score, information


def _step(
    point: FloatArray, score: FloatArray, information: FloatArray, damping: FloatArray, least: FloatArray,
    most: FloatArray,
) -> FloatArray:  # fmt: skip
    """Damped step; a value at a limit that the score pushes outwards stays there."""
    held = ((point <= least) & (score < 0)) | ((point >= most) & (score > 0))
    eye = np.eye(point.shape[1])
    scale = np.maximum(np.einsum("cii->ci", information), 1e-8)
    system = information + eye * (damping[:, np.newaxis] * scale + 1e-12)[:, np.newaxis, :]
    system = np.where(held[:, np.newaxis, :] | held[:, :, np.newaxis], eye, system)
    step: FloatArray = np.linalg.solve(system, np.where(held, 0.0, score)[..., np.newaxis])[..., 0]
    return np.clip(step, -2.0, 2.0)
