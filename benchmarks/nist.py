"""Certified digits that `fit_least_squares` reaches on NIST's nonlinear regression problems, from both starts.

The problems (https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml) are not shipped: name the folder that holds
``nist_strd_nonlinear.json`` and ``data/nist``.

    python benchmarks/nist.py FOLDER > benchmarks/results/nist.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ephys.pharmacology import LeastSquaresFit, fit_least_squares

FloatArray = NDArray[np.float64]
exp = np.exp

CERTIFIED_DIGITS = 11.0


def _gauss(b: FloatArray, x: FloatArray) -> FloatArray:
    peaks = b[2] * exp(-((x - b[3]) ** 2) / b[4] ** 2) + b[5] * exp(-((x - b[6]) ** 2) / b[7] ** 2)
    return b[0] * exp(-b[1] * x) + peaks


def _lanczos(b: FloatArray, x: FloatArray) -> FloatArray:
    return b[0] * exp(-b[1] * x) + b[2] * exp(-b[3] * x) + b[4] * exp(-b[5] * x)


def _cubic_ratio(b: FloatArray, x: FloatArray) -> FloatArray:
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def _enso(b: FloatArray, x: FloatArray) -> FloatArray:
    year, first, second = (2 * np.pi * x / period for period in (12, b[3], b[6]))
    waves = b[1] * np.cos(year) + b[2] * np.sin(year) + b[4] * np.cos(first) + b[5] * np.sin(first)
    return b[0] + waves + b[7] * np.cos(second) + b[8] * np.sin(second)


MODELS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": lambda b, x: b[0] * (1 - exp(-b[1] * x)),
    "Chwirut1": lambda b, x: exp(-b[0] * x) / (b[1] + b[2] * x),
    "Chwirut2": lambda b, x: exp(-b[0] * x) / (b[1] + b[2] * x),
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "ENSO": _enso,
    "Eckerle4": lambda b, x: b[0] / b[1] * exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": _gauss,
    "Gauss2": _gauss,
    "Gauss3": _gauss,
    "Hahn1": _cubic_ratio,
    "Kirby2": lambda b, x: (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2),
    "Lanczos1": _lanczos,
    "Lanczos2": _lanczos,
    "Lanczos3": _lanczos,
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * exp(-x * b[3]) + b[2] * exp(-x * b[4]),
    "Misra1a": lambda b, x: b[0] * (1 - exp(-b[1] * x)),
    "Misra1b": lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x / (1 + b[1] * x),
    "Nelson": lambda b, x: b[0] - b[1] * x[0] * exp(-b[2] * x[1]),
    "Rat42": lambda b, x: b[0] / (1 + exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1 + exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi,
    "Thurber": _cubic_ratio,
}


@dataclass(frozen=True)
class Run:
    """One problem from one start: digits of the estimates, of their standard errors and of the sum of squares."""

    problem: str
    start: int
    estimate: float
    se: float
    rss: float
    converged: bool


def fit_problem(name: str, table: pd.DataFrame, start: list[float]) -> LeastSquaresFit:
    """Fit one problem."""
    y, model = table["y"].to_numpy(), MODELS[name]
    x = table["x"].to_numpy() if "x" in table else table[["x1", "x2"]].to_numpy().T
    observed = np.log(y) if name == "Nelson" else y
    return fit_least_squares(lambda b: model(b, x) - observed, start)


def digits(values: FloatArray, certified: list[float]) -> float:
    """Digits on which the worst value agrees with the certified one."""
    with np.errstate(divide="ignore"):
        agreed = -np.log10(np.abs(np.asarray(values) / np.asarray(certified) - 1.0))
    return float(np.clip(agreed, 0.0, CERTIFIED_DIGITS).min())


def run_all(folder: Path) -> Iterator[Run]:
    """Fit every problem from both of its starts."""
    cases = json.loads((folder / "nist_strd_nonlinear.json").read_text())["cases"]
    for name, case in cases.items():
        table = pd.read_csv(folder / "data" / "nist" / f"{name}.csv")
        known = case["params"].values()
        for start in (1, 2):
            fit = fit_problem(name, table, [one[f"start{start}"] for one in known])
            estimate = digits(fit.estimate, [one["certified"] for one in known])
            se = digits(fit.se, [one["sd"] for one in known])
            yield Run(name, start, estimate, se, digits(np.array([fit.rss]), [case["rss"]]), fit.converged)


def main() -> None:
    """Print the table."""
    runs = list(run_all(Path(sys.argv[1])))
    print("# Certified digits reached by `fit_least_squares` (NIST certifies 11)\n")
    print("| problem | start | estimates | standard errors | sum of squares | converged |")
    print("|---|---|---|---|---|---|")
    for run in runs:
        print(
            f"| {run.problem} | {run.start} | {run.estimate:.1f} | {run.se:.1f} | {run.rss:.1f} "
            f"| {'yes' if run.converged else 'no'} |"
        )


if __name__ == "__main__":
    main()
