"""Gaddum's equation with Schild's slope: an antagonist shifts the agonist's curve, and leaves its shape."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ephys.pharmacology.curves import ln_dose
from ephys.pharmacology.shared_fits.formula import Formula, Quantity, Values, parameter
from ephys.pharmacology.shared_fits.points import CurvePoints

FloatArray = NDArray[np.float64]

NAMES = ("base", "plateau", "ln_hill", "ln_ec50", "slope", "ln_kb", "ln_effect_left", "ln_hill_ratio")
"""Response without agonist and at its highest dose; slope and EC50 without antagonist; Schild's slope; the antagonist's
concentration that doubles the EC50; and, where the antagonist may also lower and flatten the curve, what is left of the
largest effect and the ratio of the slopes with it."""


def gaddum_formula(antagonist: FloatArray, held: Mapping[str, float]) -> Formula:
    """Response = base + (plateau - base) / (1 + (EC50 (1 + (B / KB)^s) / A)^hill).

    Parameters
    ----------
    antagonist : (curves,) array
        Concentration of each curve; 0 without.
    held : mapping of str to float
        Parameters that are not estimated.
    """
    ln_b = ln_dose(antagonist)
    present = antagonist > 0

    def response(values: Values, points: CurvePoints) -> FloatArray:
        with_it = present[points.curve]
        shift = np.logaddexp(0.0, values["slope"] * (ln_b - values["ln_kb"]))[points.curve]
        hill = np.exp(values["ln_hill"] + np.where(with_it, values["ln_hill_ratio"], 0.0))
        span = (values["plateau"] - values["base"]) * np.exp(np.where(with_it, values["ln_effect_left"], 0.0))
        share: FloatArray = expit(hill * (ln_dose(points.dose) - values["ln_ec50"] - shift))
        return values["base"] + span * share

    return Formula(response, tuple(name for name in NAMES if name not in held), held)


def potency(scale_m: float) -> Quantity:
    """-log10 of the concentration that doubles the EC50, in mol/l; `scale_m` is the unit of the concentrations in it.

    >>> round(potency(1e-9).report(math.log(10.0)), 6)    # 10 nM
    8.0
    """
    return parameter("ln_kb", lambda ln_kb: -(ln_kb / math.log(10.0) + math.log10(scale_m)))
