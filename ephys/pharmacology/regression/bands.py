"""Where a fitted curve lies, and where new responses fall: bands at each dose by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.curves import ln_dose
from ephys.pharmacology.regression.families import Scatter
from ephys.pharmacology.regression.inference import Inference
from ephys.pharmacology.regression.numbers import check_level, one_number
from ephys.pharmacology.regression.simulate import draw
from ephys.pharmacology.regression.uncertainty import quantile

FloatArray = NDArray[np.float64]
Band = tuple[FloatArray, FloatArray]

_DRAWS = 4000


def confidence_band(inference: Inference, dose: FloatArray, curve: int, *, level: float) -> Band:
    """Lower and upper edge for the curve, by the delta method, within what the law of scatter allows."""
    middle, error = _curve_error(inference, dose, curve)
    return _edges(inference, middle, error, level)


def prediction_band(
    inference: Inference, dose: FloatArray, curve: int, *, level: float, weight: float, exposure: float, seed: int
) -> Band:
    """Lower and upper edge for a new response; of counts and proportions by simulation.

    Parameters
    ----------
    weight, exposure : float
        Of the new response: 1 / variance or trials, and the exposure of a count.
    """
    if not (one_number("weight", weight) > 0 and one_number("exposure", exposure) > 0):
        raise ParameterError(f"weight and exposure must be above 0, got {weight} and {exposure}")
    middle, error = _curve_error(inference, dose, curve)
    problem = inference.solution.problem
    if problem.family.learns_noise:
        return _edges(inference, middle, np.sqrt(error**2 + inference.sigma**2 / weight), level)
    level, random = check_level(level), np.random.default_rng(seed)
    drawn = middle.ravel()[:, np.newaxis] + error.ravel()[:, np.newaxis] * random.standard_normal(_DRAWS)
    scatter = Scatter(np.zeros((1, 1)), np.full((1, 1), weight), np.full((1, 1), exposure), problem.scatter.dispersion)
    responses = draw(problem.family, np.clip(drawn, *problem.family.limits), scatter, 1.0, random)
    low, high = np.quantile(responses, [0.5 * (1.0 - level), 0.5 * (1.0 + level)], axis=1)
    return low.reshape(middle.shape), high.reshape(middle.shape)


def _edges(inference: Inference, middle: FloatArray, error: FloatArray, level: float) -> Band:
    reach = float(quantile(inference.solution, check_level(level))[0])
    low, high = inference.solution.problem.family.limits
    return np.clip(middle - reach * error, low, high), np.clip(middle + reach * error, low, high)


def _curve_error(inference: Inference, dose: FloatArray, curve: int) -> tuple[FloatArray, FloatArray]:
    """Curve and its standard error at each dose."""
    layout, theta = inference.solution.problem.layout, inference.solution.theta
    values = {name: value[0] for name, value in layout.values(theta, curve).items()}
    middle, by = layout.model.derivatives(dose, ln_dose(dose), values)
    slope = np.zeros((len(layout.names), *dose.shape))
    for name, places in layout.place.items():
        if places[curve] >= 0:
            slope[places[curve]] = by[name]
    # An estimate on its bound counts as fixed.
    spread = np.nan_to_num(inference.spread[..., 0])
    return middle, np.sqrt(np.maximum(np.einsum("i...,ij,j...->...", slope, spread, slope), 0.0))
