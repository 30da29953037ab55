"""The same simulated experiments through one likelihood of all cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.jupyter.progress import tqdm
from ephys.pharmacology.planning.means import animal_means, differences
from ephys.pharmacology.planning.question import Question, Share
from ephys.pharmacology.planning.simulated import Simulated
from ephys.pharmacology.population.fitting import fit_population

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class OneStageCheck:
    """Power of one design by the likelihood ratio of `fit_population`, and by animal means on the same experiments.

    Parameters
    ----------
    animals, cells : int
    one_stage, two_stage : Share
    agree : float
        Share of the experiments in which both say the same.
    runs : int
    """

    animals: int
    cells: int
    one_stage: Share
    two_stage: Share
    agree: float
    runs: int

    def __str__(self) -> str:
        """Both, in a sentence."""
        return (
            f"{self.animals} animals a group with {self.cells} cell{'' if self.cells == 1 else 's'} each: one "
            f"likelihood {self.one_stage}, animal means {self.two_stage}, on the same {self.runs} experiments; "
            f"they agree in {100 * self.agree:.0f} %"
        )


def check_one_stage(
    simulated: Simulated, question: Question, *, animals: int, cells: int, runs: int, progress: bool = False
) -> OneStageCheck:
    """Analyse the first experiments of a design in both ways."""
    control, treated = (
        simulated.counts(treated=of, fold=fold, animals=animals, cells=cells)[:runs]
        for of, fold in ((False, 1.0), (True, question.fold))
    )
    means = [animal_means(simulated.ln_values(counts)) for counts in (treated, control)]
    two_stage = question.answered(differences(*means))
    tables = tqdm(range(runs), desc="one likelihood", unit="experiment", disable=not progress)
    one_stage = np.array([
        _answered(_table(simulated, control[run], treated[run]), simulated, question) for run in tables
    ])  # fmt: skip
    agree = float((one_stage == two_stage).mean())
    return OneStageCheck(animals, cells, Share.of(one_stage), Share.of(two_stage), agree, runs)


def _answered(table: dict[str, list[Any]], simulated: Simulated, question: Question) -> bool:
    """Whether the likelihood ratio says so: against no shift, or against either margin, one-sided."""
    fit = fit_population(
        table, reference="control", fixed={"emax_percent": simulated.variation.emax_percent}, level=question.level
    )
    if question.aim == "shift":
        return bool(fit.lr_test("treated") > fit.drop)
    ratio = np.exp(fit.estimates["mean:treated"] - fit.estimates["mean:control"])
    if not 1 / question.margin < ratio < question.margin:
        return False
    drop = fit.calibration.drop(2 * question.level - 1)
    return all(fit.lr_test("treated", margin) > drop for margin in (1 / question.margin, question.margin))


def _table(simulated: Simulated, control: FloatArray, treated: FloatArray) -> dict[str, list[Any]]:
    """One experiment as `fit_population` reads it; a cell without a spike at baseline is no cell to be given a drug."""
    counts = np.stack([control, treated])
    usable = np.isfinite(counts) & (counts[..., :1] > 0)
    group, animal, cell, window = np.nonzero(usable)
    names = np.array(["control", "treated"])[group]
    dose = np.concatenate([[0.0], simulated.design.doses])
    return {
        "animal": [f"{name} {number}" for name, number in zip(names, animal, strict=True)],
        "unit": [str(number) for number in cell],
        "group": names.tolist(),
        "dose": dose[window].tolist(),
        "count": counts[usable].tolist(),
        "exposure_s": simulated.exposure_s[window].tolist(),
        "fano": [simulated.variation.fano] * window.size,
    }
