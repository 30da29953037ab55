"""Whether counts like these can come from a rate that no dose changes.

Dose and slope vanish under "no effect", so the gain of the curve over a constant has no chi-squared of its own: its
chance comes from counts drawn under the constant, fitted in the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.counts.emax import climb_emax
from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.profile import begin, range_of_doses
from ephys.pharmacology.counts.search import climb

FloatArray = NDArray[np.float64]

_CERTAIN = 20.0
"""Gain beyond which nothing is drawn: as many degrees of freedom as the curve has more, which is too many, make its
chance less than 0.0002."""
_STARTS = 12


def climb_constant(cells: CellCounts, model: HillModel, drift: tuple[str, ...]) -> tuple[Values, FloatArray]:
    """Best rate that no dose changes, and the log-likelihood there."""
    nothing, flat = np.zeros(cells.n_cells), HillModel(model.dispersion, relative=True)
    start = begin(cells, flat, ln_id50=nothing, ln_hill=nothing, emax=nothing)
    return climb(cells, flat, start, ("ln_rate", *drift))


def chance_of_no_effect(
    cells: CellCounts, model: HillModel, *, emax: FloatArray, gain: FloatArray, free_emax: bool = False,
    drift: tuple[str, ...] = (), replicates: int, seed: int,
) -> FloatArray:  # fmt: skip
    """Chance, under a constant rate, of a gain at least as large.

    Parameters
    ----------
    cells : CellCounts
    model : HillModel
    emax : array (cells,)
        Largest effect, where it is fixed.
    gain : array (cells,)
        Twice the difference of the log-likelihoods, curve less constant.
    free_emax : bool
        Whether the largest effect was estimated, as it then is in every replicate.
    drift : tuple of str
        ("drift",) where it is estimated, too.
    replicates, seed : int
        Of the parametric bootstrap.

    Returns
    -------
    array (cells,)
        Where the gain is above 20 nothing is drawn, and the value is an upper bound.
    """
    chance = np.asarray(stats.chi2.sf(gain, 2 + free_emax), dtype=np.float64)
    for cell in np.flatnonzero(gain < _CERTAIN).tolist():
        one = cells.alone(cell)
        constant, _ = climb_constant(one, model, drift)
        mean = model.expected(one, constant | {"emax": np.zeros(1)})[0][0]
        random = np.random.default_rng([seed, int(one.count.sum())])
        drawn = draw_counts(np.tile(mean, (replicates, 1)), one.steady[0], one.dispersion(model.dispersion), random)
        many = one.take(np.zeros(replicates, dtype=np.int_)).with_counts(drawn)
        if free_emax:
            gains = 2.0 * (climb_emax(many, model, drift)[1] - climb_constant(many, model, drift)[1])
        else:
            gains = _gains(many, model, np.full(replicates, emax[cell]), drift)
        chance[cell] = (1 + np.count_nonzero(gains >= gain[cell] - 1e-9)) / (replicates + 1)
    return chance


def _gains(cells: CellCounts, model: HillModel, emax: FloatArray, drift: tuple[str, ...]) -> FloatArray:
    """Gain of the best curve in every replicate, from the better of many doses to begin with."""
    lowest, highest = range_of_doses(cells)
    doses = np.linspace(lowest[0] - 2.0, highest[0] + 2.0, _STARTS)
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
