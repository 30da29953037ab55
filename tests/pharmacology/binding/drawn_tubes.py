"""Tubes of competition experiments whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import optimize

from ephys.pharmacology import BindingExperiment, BindingTube

CONCENTRATIONS_NM = (0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 10_000.0)
NONSPECIFIC, SPECIFIC = 300.0, 2700.0


def one_site(ic50_nm: float, hill: float = 1.0) -> Callable[[float], float]:
    """Counts at a concentration: one site, or a curve of another slope."""
    return lambda nm: NONSPECIFIC + SPECIFIC / (1.0 + (nm / ic50_nm) ** hill)


def experiment(
    counts: Callable[[float], float], *, seed: int | None = None, replicates: int = 3, controls: int = 3,
    factor: float = 1.0, doses: Sequence[float] = CONCENTRATIONS_NM, name: str = "e1", nonspecific: float = NONSPECIFIC,
    **stated: Any,
) -> BindingExperiment:  # fmt: skip
    """An experiment; with a seed, of counts whose variance is `factor` times the mean."""
    rng = np.random.default_rng(seed)

    def drawn(mean: float) -> float:
        return mean if seed is None else max(0.0, float(rng.normal(mean, math.sqrt(factor * mean))))

    tubes = [
        *(BindingTube("total", 0.0, drawn(counts(0.0))) for _ in range(controls)),
        *(BindingTube("nonspecific", math.nan, drawn(nonspecific)) for _ in range(controls)),
        *(BindingTube("sample", nm, drawn(counts(nm))) for nm in doses for _ in range(replicates)),
    ]
    return BindingExperiment(name, "compound A", tuple(tubes), **stated)


def equilibrium_bound_nm(
    competitor_nm: float, *, ligand_nm: float, receptors_nm: float, kd_nm: float, ki_nm: float
) -> float:
    """Radioligand bound by the law of mass action, from what was added of each: free is what is not bound."""

    def surplus(free_receptors: float) -> float:
        ligand = ligand_nm * free_receptors / (kd_nm + free_receptors)
        competitor = competitor_nm * free_receptors / (ki_nm + free_receptors)
        return free_receptors + ligand + competitor - receptors_nm

    free = optimize.brentq(surplus, 0.0, receptors_nm, xtol=1e-15, rtol=1e-14)
    return float(ligand_nm * free / (kd_nm + free))
