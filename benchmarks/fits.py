"""Fits and profile intervals per second on one core: ours, `scipy.optimize.curve_fit` and lmfit, in one run.

    OMP_NUM_THREADS=1 python benchmarks/fits.py [OUT.md]

Every engine gets the same simulated curves (four parameters, 8 doses, 5 % noise) and finds its own starts, but for
`curve_fit` and lmfit, which are given the limits, the middle dose and a slope of 1.
"""

from __future__ import annotations

import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import lmfit
import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import optimize

from ephys.pharmacology import fit_curves

FloatArray = NDArray[np.float64]

DOSES = 3.125 * 2.0 ** np.arange(8)
ROWS, FEW, FEWER = 40_000, 2_000, 100
WORSE = 1.0 + 1e-6


@dataclass(frozen=True)
class Speed:
    """One engine at one task."""

    task: str
    engine: str
    rows: int
    per_second: float
    remark: str = ""


def simulated(rows: int, seed: int = 0) -> FloatArray:
    """Percent of baseline of so many cells, (rows, doses)."""
    random = np.random.default_rng(seed)
    e = np.exp(random.normal(np.log(30.0), 0.5, rows))[:, np.newaxis]
    b = np.exp(random.normal(np.log(1.5), 0.3, rows))[:, np.newaxis]
    top, bottom = random.normal(100.0, 5.0, (rows, 1)), random.normal(5.0, 3.0, (rows, 1))
    return bottom + (top - bottom) / (1.0 + (DOSES / e) ** b) + random.normal(0.0, 5.0, (rows, DOSES.size))


def curve(x: FloatArray, b: float, c: float, d: float, e: float) -> FloatArray:
    """LL.4 with e = ln ED50, as a user would write it."""
    return c + (d - c) / (1.0 + np.exp(b * (np.log(x) - e)))


def start(y: FloatArray) -> list[float]:
    """Start as a user would choose it."""
    return [1.0, float(y.min()), float(y.max()), float(np.log(DOSES).mean())]


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure() -> Iterator[Speed]:
    """Run every engine."""
    rows = simulated(ROWS)
    fit_curves(DOSES, rows[:100])  # what is loaded once is not counted
    fits = fit_curves(DOSES, rows)
    seconds = timed(lambda: fit_curves(DOSES, rows))
    rss, converged = _by_scipy(rows[:FEW])
    both = converged & fits.converged[:FEW]
    worse = float(np.mean(fits.rss[:FEW][both] > WORSE * rss[both]))
    remark = f"{fits.converged.mean():.2%} have a best fit; {worse:.2%} of {both.sum()} worse than curve_fit's"
    yield Speed("fit of 4 parameters", "fit_curves", ROWS, ROWS / seconds, remark)
    seconds = timed(lambda: _by_scipy(rows[:FEW]))
    own = fits.rss[:FEW]
    theirs = f"{converged.mean():.2%} end without error; {np.mean(rss > WORSE * own):.2%} are worse than fit_curves'"
    yield Speed("fit of 4 parameters", "scipy curve_fit", FEW, FEW / seconds, theirs)
    yield Speed("fit of 4 parameters", "lmfit", FEWER, FEWER / timed(lambda: [_by_lmfit(y) for y in rows[:FEWER]]))

    seconds = timed(lambda: fits.interval("e"))
    low, high = fits.interval("e")
    open_ends = float(np.mean((low <= 0) | np.isinf(high)))
    yield Speed("profile interval, 4 parameters", "fit_curves", ROWS, ROWS / seconds, f"{open_ends:.1%} are open")
    two = fit_curves(DOSES, rows, fixed={"c": 0.0, "d": 100.0})
    yield Speed("profile interval, 2 parameters", "fit_curves", ROWS, ROWS / timed(lambda: two.interval("e")))
    done: list[bool] = []
    seconds = timed(lambda: done.extend(_profile_by_lmfit(y) for y in rows[:FEWER]))
    remark = f"{np.mean(done):.0%} end without error"
    yield Speed("fit and profile interval, 4 parameters", "lmfit", FEWER, FEWER / seconds, remark)


def _by_scipy(rows: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Residual sums of squares, and whether the fit ended."""
    rss, ended = np.full(len(rows), np.inf), np.zeros(len(rows), dtype=bool)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, y in enumerate(rows):
            try:
                best, _ = optimize.curve_fit(curve, DOSES, y, p0=start(y))
            except RuntimeError:
                continue
            rss[number], ended[number] = np.sum((curve(DOSES, *best) - y) ** 2), True
    return rss, ended


def _lmfit_result(y: FloatArray) -> tuple[lmfit.Minimizer, lmfit.minimizer.MinimizerResult]:
    parameters = lmfit.Parameters()
    for name, value in zip("bcde", start(y), strict=True):
        parameters.add(name, value)
    minimizer = lmfit.Minimizer(lambda p: curve(DOSES, **p.valuesdict()) - y, parameters)
    return minimizer, minimizer.minimize()


def _by_lmfit(y: FloatArray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _lmfit_result(y)


def _profile_by_lmfit(y: FloatArray) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            lmfit.conf_interval(*_lmfit_result(y), p_names=["e"], sigmas=[2])
        except Exception:
            return False
    return True


def report(speeds: list[Speed]) -> str:
    """Turn the figures into a page."""
    lines = [
        "# Fits per second on one core\n",
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, lmfit {lmfit.__version__}. Made by `make bench-fits`.\n",
        "| task | engine | rows | per second | remark |",
        "|---|---|---|---|---|",
        *(f"| {s.task} | {s.engine} | {s.rows} | {s.per_second:,.0f} | {s.remark} |" for s in speeds),
    ]
    ours, scipys = (
        next(s.per_second for s in speeds if s.engine == name) for name in ("fit_curves", "scipy curve_fit")
    )
    lines.append(f"\nBatched over `curve_fit`, in this run: {ours / scipys:.0f} times.")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = report(list(measure()))
    print(page)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page)
