"""Seconds that the fit of a population takes, as a ratio to a linear mixed model of the same cells in the same run.

    OMP_NUM_THREADS=1 python benchmarks/population_speed.py [PAGE]

The linear mixed model (statsmodels, ln ID50 of each cell in its animal) is given the ID50s that the population's fit
had to find from counts first. All ID50s are invented. Processor time, best of three (of one for 1,000 cells).
"""

from __future__ import annotations

import platform
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
from population_study import Scenario, simulate
from statsmodels.regression.mixed_linear_model import MixedLM

from ephys.pharmacology import PopulationFit, fit_population

DESIGNS = ((4, 1), (6, 1), (6, 3), (10, 10), (50, 10))


def seconds(do: Callable[[], object], times: int) -> float:
    """Processor time of the quickest of some runs."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        do()
        taken.append(time.process_time() - start)
    return min(taken)


def mixed_model(fit: PopulationFit) -> None:
    """Fit of ln ID50 in animals."""
    table = pd.DataFrame({
        "y": np.log(fit.cell_id50), "treated": [float(run.group == fit.groups[1]) for run in fit.runs],
        "animal": [run.animal for run in fit.runs],
    })  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MixedLM.from_formula("y ~ treated", table, groups=table["animal"]).fit()


def measure(animals: int, cells: int) -> str:
    """A line of the page."""
    rows = simulate(Scenario(animals, (cells, cells), 3.0), np.random.default_rng(1)).table()
    times = 3 if animals * cells < 200 else 1

    def with_errors() -> PopulationFit:
        fit = fit_population(rows, reference="control")
        assert fit.standard_errors
        return fit

    fit = with_errors()
    errors = seconds(with_errors, times)
    profile = seconds(lambda: with_errors().fold_shift, times)
    peer = seconds(lambda: mixed_model(fit), 3)
    n = 2 * animals * cells
    return f"| {n} | {2 * animals} | {errors:.2f} | {profile:.2f} | {errors / peer:.0f} | {profile / peer:.0f} |"


def page() -> str:
    """All designs."""
    head = [
        "# Speed of the fit of a population\n",
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, one core of "
        f"{platform.processor() or platform.machine()}. Made by `make bench-population-speed`.",
        "Processor seconds, and as a ratio to statsmodels' linear mixed model of the cells' ln ID50 in the same run.\n",
        "| cells | animals | with standard errors, s | and the profile interval, s | ratio | ratio |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(measure(*design) for design in DESIGNS)]) + "\n"


if __name__ == "__main__":
    text = page()
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text)
