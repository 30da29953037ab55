"""Whether counts like these can come from a rate that no dose changes.

Dose and slope vanish under "no effect", so the gain of the curve over a constant has no chi-squared of its own: its
chance comes from counts drawn under the constant, fitted in the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.profile import begin
from ephys.pharmacology.counts.search import climb

FloatArray = NDArray[np.float64]

_CERTAIN = 20.0
"""Gain beyond which nothing is drawn: two degrees of freedom, more than the constant gives up, make it 0.00005."""
_STARTS = 12


def climb_constant(cells: CellCounts, model: HillModel, drift: tuple[str, ...]) -> tuple[Values, FloatArray]:
    """Best rate that no dose changes, and the log-likelihood there."""
    nothing, flat = np.zeros(cells.n_cells), HillModel(model.dispersion, relative=True)
    start = begin(cells, flat, ln_id50=nothing, ln_hill=nothing, emax=nothing)
    return climb(cells, flat, start, ("ln_rate", *drift))


def chance_of_no_effect(
    cells: CellCounts, model: HillModel, *, emax: FloatArray, gain: FloatArray, drift: tuple[str, ...] = (),
    replicates: int, seed: int,
) -> FloatArray:  # fmt: skip
    """Chance, under a constant rate, of a gain at least as large.

    Parameters
    ----------
    cells : CellCounts
    model : HillModel
    emax : array (cells,)
    gain : array (cells,)
        Twice the difference of the log-likelihoods, curve less constant.
    drift : tuple of str
        ("drift",) where it is estimated, too.
    replicates, seed : int
        Of the parametric bootstrap.

    Returns
    -------
    array (cells,)
        Where the gain is above 20 nothing is drawn, and the value is an upper bound.
    """
    chance = np.asarray(stats.chi2.sf(gain, 2), dtype=np.float64)
    for cell in np.flatnonzero(gain < _CERTAIN):
        one = cells.take(np.array([cell]))
        constant, _ = climb_constant(one, model, drift)
        mean = model.expected(one, constant | {"emax": np.zeros(1)})[0][0]
        random = np.random.default_rng([seed, int(cells.count[cell].sum())])
        drawn = draw_counts(np.tile(mean, (replicates, 1)), cells.steady[cell], model.dispersion, random)
        many = cells.take(np.full(replicates, cell)).with_counts(drawn)
        gains = _gains(many, model, np.full(replicates, emax[cell]), drift)
        chance[cell] = (1 + np.count_nonzero(gains >= gain[cell] - 1e-9)) / (replicates + 1)
    return chance


def _gains(cells: CellCounts, model: HillModel, emax: FloatArray, drift: tuple[str, ...]) -> FloatArray:
    """Gain of the best curve in every replicate, from the better of many doses to begin with."""
    given = cells.dose[0][(cells.dose[0] > 0) & cells.seen[0]]
    doses = np.linspace(np.log(given.min()) - 2.0, np.log(given.max()) + 2.0, _STARTS)
    best = np.full(cells.n_cells, -np.inf)
    place = np.zeros(cells.n_cells)
    slope = np.full(cells.n_cells, model.ln_hill_mean)
    for dose in doses:
        start = begin(cells, model, ln_id50=np.full(cells.n_cells, dose), ln_hill=slope, emax=emax)
        height = model.log_likelihood(cells, model.expected(cells, start)[0])
        place, best = np.where(height > best, dose, place), np.maximum(best, height)
    start = begin(cells, model, ln_id50=place, ln_hill=slope, emax=emax)
    _, top = climb(cells, model, start, ("ln_id50", "ln_rate", "ln_hill", *drift))
    return 2.0 * (top - climb_constant(cells, model, drift)[1])
