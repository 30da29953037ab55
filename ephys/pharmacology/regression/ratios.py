"""Fieller's interval of a ratio of two estimates."""

from __future__ import annotations

import math

import numpy as np

from ephys.pharmacology.regression.inference import Asked, Inference
from ephys.pharmacology.regression.numbers import check_level
from ephys.pharmacology.regression.uncertainty import quantile


def fieller_interval(inference: Inference, first: Asked, second: Asked, level: float) -> tuple[float, float]:
    """Both ends for the ratio of two doses (Fieller 1954); 0 and infinity where it is not bounded."""
    (a, a_slope), (b, b_slope) = (asked.target(inference.solution.theta) for asked in (first, second))
    slopes = np.stack([math.exp(a[0]) * a_slope[:, 0], math.exp(b[0]) * b_slope[:, 0]])
    (aa, ab), (_, bb) = slopes @ np.nan_to_num(inference.spread[..., 0]) @ slopes.T
    level = check_level(level)
    reach2 = float(quantile(inference.solution, level)[0]) ** 2
    numerator, denominator = math.exp(a[0]), math.exp(b[0])
    square = denominator**2 - reach2 * bb
    linear, constant = numerator * denominator - reach2 * ab, numerator**2 - reach2 * aa
    inside = linear**2 - square * constant
    if square <= 0 or inside < 0:
        return 0.0, math.inf
    root = math.sqrt(inside)
    return float((linear - root) / square), float((linear + root) / square)
