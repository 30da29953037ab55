"""What the cells of a data set tell of each other: how far a rate wanders between windows, and how steep curves are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.counts.emax import FreeEmax, climb_emax
from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.profile import profile_id50
from ephys.pharmacology.counts.search import climb, slopes

FloatArray = NDArray[np.float64]

_FREE = ("ln_id50", "ln_rate", "ln_hill")
_ROUNDS = 3
_MOST_DISPERSION, _PRECISION = 0.6, 1e-3
_SURE = 3.1
"""Normal quantile of a chance of 0.001."""
_LN_HILL = np.linspace(-1.5, 2.5, 41)
_SPREADS = np.geomspace(0.1, 1.0, 24)


def share_estimates(
    cells: CellCounts, model: HillModel, *, emax: FloatArray, free_emax: FreeEmax = "auto"
) -> tuple[HillModel, bool]:
    """Estimate dispersion and prior of the slope from all cells, in turn, beginning with the model's own.

    A plateau that is taken for a shallow slope would make every cell's slope shallow, and surely so. Where the cells
    together say that the largest effect is smaller than `emax`, only the dispersion is shared, round curves whose
    largest effect is free, as it then must be in the fit of every cell.

    Parameters
    ----------
    cells : CellCounts
        Cells that answered to the drug.
    model : HillModel
    emax : array (cells,)
    free_emax : {"auto", "always", "never"}, optional
        Whether the largest effect is estimated: if the cells say so, in any case, or in none.

    Returns
    -------
    model : HillModel
    levels_off : bool
        Whether the largest effect must be free, and the prior of the slope is not shared.
    """
    if free_emax != "never":
        relative = replace(model, relative=True)
        free, _ = climb_emax(cells, relative, ())
        loose = replace(relative, dispersion=estimate_dispersion(cells, relative, free, (*_FREE, "emax")))
        if free_emax == "always" or _levels_off(cells, loose, emax):
            return replace(model, dispersion=loose.dispersion), True
    best = profile_id50(cells, model, emax=emax).best
    for _ in range(_ROUNDS):
        model = replace(model, dispersion=estimate_dispersion(cells, model, best))
        mean, sd = estimate_hill_prior(cells, model, best)
        model = replace(model, ln_hill_mean=mean, ln_hill_sd=sd)
        best, _ = climb(cells, model, best, _FREE)
    return model, False


def _levels_off(cells: CellCounts, model: HillModel, emax: FloatArray) -> bool:
    """Whether the cells together gain more from a free largest effect than chance gives them.

    At its limit each gains half a chi-squared of one degree of freedom: 0.5 on average, with a variance of 1.25.
    """
    fixed = profile_id50(cells, replace(model, relative=False), emax=emax).top
    gain = 2.0 * float((climb_emax(cells, model, ())[1] - fixed).sum())
    return gain > 0.5 * cells.n_cells + _SURE * float(np.sqrt(1.25 * cells.n_cells))


def estimate_dispersion(cells: CellCounts, model: HillModel, start: Values, free: tuple[str, ...] = _FREE) -> float:
    """Relative SD of the rate between windows that makes the residuals as large as they are.

    Squared residuals over their variance are set against what remains of them after each cell's own curve was fitted
    (one less the leverage), each weighted by how much of its variance is the dispersion's (Davidian & Carroll 1987,
    J Am Stat Assoc 82:1079): silent windows say nothing of it.
    """
    low, high = 0.0, _MOST_DISPERSION
    if _excess(cells, replace(model, dispersion=low), start, free) <= 0:
        return 0.0
    while high - low > _PRECISION:
        middle = 0.5 * (low + high)
        over = _excess(cells, replace(model, dispersion=middle), start, free) > 0
        low, high = (middle, high) if over else (low, middle)
    return 0.5 * (low + high)


def _excess(cells: CellCounts, model: HillModel, start: Values, free: tuple[str, ...]) -> float:
    """How much larger the residuals are than the model says, weighted."""
    values, _ = climb(cells, model, start, free)
    mean, by = model.expected(cells, values)
    weight = model.weight(cells, mean)
    slope = np.stack([by[name] for name in free], axis=-1)
    information = slopes(cells, model, values, free)[2] + 1e-9 * np.eye(len(free))
    leverage = np.einsum("cwf,cfg,cwg->cw", slope, np.linalg.inv(information), slope) * weight
    remains = np.clip(1.0 - leverage, 0.0, 1.0)
    share = mean**2 * weight
    return float((share * ((cells.count - mean) ** 2 * weight - remains)).sum())


def estimate_hill_prior(cells: CellCounts, model: HillModel, start: Values) -> tuple[float, float]:
    """Mean and SD of ln slope over the cells (empirical Bayes).

    Each cell's likelihood along the slope, dose and rate at their best, is integrated over a normal distribution; a
    cell that knows nothing of its slope says nothing. Mean and variance are averaged over how likely they make the
    counts.
    """
    free_slope = replace(model, ln_hill_sd=np.inf)
    each = np.repeat(np.arange(cells.n_cells), _LN_HILL.size)
    grid = {name: value[each] for name, value in start.items()} | {"ln_hill": np.tile(_LN_HILL, cells.n_cells)}
    _, height = climb(cells.take(each), free_slope, grid, ("ln_id50", "ln_rate"))
    height = height.reshape(cells.n_cells, _LN_HILL.size)
    likelihood = np.exp(height - height.max(axis=1, keepdims=True))
    mean, sd = np.meshgrid(_LN_HILL, _SPREADS, indexing="ij")
    normal = np.exp(-0.5 * ((_LN_HILL - mean[..., np.newaxis]) / sd[..., np.newaxis]) ** 2)
    normal /= normal.sum(axis=-1, keepdims=True)
    total = np.log(np.einsum("msh,ch->msc", normal, likelihood) + 1e-300).sum(axis=-1)
    weight = np.exp(total - total.max())
    weight /= weight.sum()
    centre = float((weight * mean).sum())
    # What is not known of the mean and of the SD widens the prior: with few cells it stays weak.
    return centre, float(np.sqrt((weight * (sd**2 + (mean - centre) ** 2)).sum()))
