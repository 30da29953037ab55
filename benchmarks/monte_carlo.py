"""A simulation study that can be stopped and goes on, and the shares that it measures with their Monte-Carlo error."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import scipy
from tqdm.auto import tqdm

Row = dict[str, Any]

_Z = 1.96


class Named(Protocol):
    """A scenario: what is kept knows it by its name."""

    @property
    def name(self) -> str:
        """As it is printed."""


Scenario = TypeVar("Scenario", bound=Named)


def go_on(
    kept: Path,
    run: Callable[[Scenario, int], Row],
    scenarios: Sequence[Scenario],
    *,
    seeds: int,
    jobs: int,
    unit: str,
) -> list[Row]:
    """Run what is not yet done, every scenario with one seed after the other, and return everything that is.

    Parameters
    ----------
    kept : Path
        A line of JSON for each run that is done; every line has its `scenario` and its `seed`.
    run : callable
        A scenario and a seed to what came of them.
    scenarios : sequence
        They grow together.
    seeds, jobs : int
        Runs of each scenario, and how many at a time.
    unit : str
        What a run is, for the display.
    """
    lines = kept.read_text().splitlines(keepends=True) if kept.exists() else []
    whole = [line for line in lines if line.endswith("\n")]
    if len(whole) < len(lines):  # the last run was killed while it wrote
        kept.write_text("".join(whole))
    done = [json.loads(line) for line in whole]
    have = {(row["scenario"], row["seed"]) for row in done}
    todo = [(s, seed) for seed in range(seeds) for s in scenarios if (s.name, seed) not in have]
    if not todo:
        return done
    with ProcessPoolExecutor(jobs) as pool, kept.open("a") as file:
        for row in tqdm(pool.map(run, *zip(*todo, strict=True)), total=len(todo), unit=unit):
            file.write(json.dumps(row) + "\n")
            file.flush()
            done.append(row)
    return done


def asked(description: str | None) -> argparse.Namespace:
    """Where to, how many runs of each scenario, and how many at a time."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


@dataclass(frozen=True)
class Share:
    """A share, with its 95 % Monte-Carlo interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, per_set: Sequence[Sequence[bool]]) -> Share:
        """Of what holds for the cells of every data set; cells of one data set are not independent."""
        sizes = np.array([len(one) for one in per_set], dtype=np.float64)
        hits = np.array([sum(one) for one in per_set], dtype=np.float64)
        value = hits.sum() / sizes.sum()
        n = len(per_set)
        clustered = np.sqrt(n / max(n - 1, 1) * ((hits - value * sizes) ** 2).sum()) / sizes.sum()
        error = _Z * max(float(clustered), math.sqrt(value * (1 - value) / sizes.sum()))
        return cls(float(value), float(value - error), float(value + error))

    @classmethod
    def of_runs(cls, runs: Sequence[bool]) -> Share:
        """Of independent runs, by Wilson's interval (1927, doi 10.1080/01621459.1927.10502953); NaN without any."""
        n = len(runs)
        if not n:
            return cls(math.nan, math.nan, math.nan)
        value = sum(runs) / n
        middle = (value + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * math.sqrt(value * (1 - value) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        # At none and at all, one end is the share itself, but for rounding.
        return cls(value, max(min(middle - half, value), 0.0), min(max(middle + half, value), 1.0))

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} ({100 * self.low:.1f} to {100 * self.high:.1f})"

    def meets(self, promised: tuple[float, float]) -> bool:
        """Whether the interval meets what was promised."""
        return self.low <= promised[1] and self.high >= promised[0]


def made_by(command: str, csv: str) -> str:
    """Say where and by what a page was made, and where its figures are."""
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    return f"{machine}, {versions}. Made by `{command}`; all figures are in {csv}."
