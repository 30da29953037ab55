"""How often the interval of the shift between two groups holds the truth: ours, beside what papers do.

    OMP_NUM_THREADS=1 nice python benchmarks/population_study.py [FOLDER] [--runs 2000] [--jobs 2]

Two groups of animals, their cells given cumulative doses until they fall silent, are drawn and compared in every way
of `population_ways.py`. Every run that is done is kept in FOLDER/population.jsonl, the scenarios growing together; a
study that is stopped goes on where it was. The page and the figure are made by population_page.py. All ID50s are
invented.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from coverage_study import BASELINE_S, give, read_out, step_starts
from monte_carlo import Row, asked, go_on
from numpy.typing import NDArray
from population_page import write_page
from population_ways import Compared, compare

from ephys.firing import MIN_INTERVALS, Stability
from ephys.model import Epoch, Unit
from ephys.pharmacology.counts.draw import draw_counts
from ephys.simulation import renewal_train

FloatArray = NDArray[np.float64]

DOSES = 12.5 * 2.0 ** np.arange(5)
EXPOSURE_S = np.array([180.0, *(60.0 for _ in DOSES)])
ID50, ANIMAL_SD, CELL_SD = 50.0, 0.30, 0.20
"""Typical control, and SD of ln ID50 between animals and between the cells of one."""
EFFECT_SD = 0.15
"""SD between animals of what the treatment makes of ln ID50, where an animal is compared with itself."""
HILL, HILL_SPREAD, RATE_HZ, RATE_SPREAD, CV, CV_SPREAD = 1.8, 1.2, 1.6, 1.5, 0.3, 1.3
WANDER = 0.12
SILENT = 0.03
"""No dose is given after a window below this share of the baseline rate."""
CHECKED_EVERY = 20
"""The profile interval is made in one run of so many, to be compared with the test of the truth."""


_UNJUDGED = Stability("", Epoch(0.0, BASELINE_S), BASELINE_S, 0, 0.0)
"""No count depends on how steady the baseline is, and judging it takes longer than all else."""


@dataclass(frozen=True)
class Scenario:
    """How many animals a group, how many cells each (fewest, most), how far the treated are shifted, from what.

    Paired: the same animals, cells of each before the treatment and others after it.
    """

    animals: int
    cells: tuple[int, int]
    fold: float = 1.0
    trains: bool = False
    paired: bool = False

    @property
    def name(self) -> str:
        """As it is printed."""
        fewest, most = self.cells
        each = "one cell" if most == 1 else f"{most} cells" if fewest == most else f"{fewest} to {most} cells"
        shift = "no shift" if self.fold == 1 else f"{self.fold:g}-fold"
        paired = " before and after" if self.paired else ""
        return f"{self.animals} animals of {each}{paired}, {shift}{', spike trains' if self.trains else ''}"


SCENARIOS = [
    *(Scenario(n, (c, c), fold) for n, c in ((6, 3), (4, 1), (6, 1), (8, 1)) for fold in (1.0, 3.0)),
    *(Scenario(6, (c, c), 4.0) for c in (3, 1)),
    Scenario(6, (1, 5)),
    Scenario(6, (3, 3), trains=True),
    *(Scenario(6, (1, 1), fold, paired=True) for fold in (1.0, 3.0)),
    Scenario(6, (3, 3), paired=True),
]


@dataclass(frozen=True)
class Truth:
    """What the cells of two groups are; (cells,) each."""

    animal: NDArray[np.int_]
    treated: NDArray[np.bool_]
    id50: FloatArray
    hill: FloatArray
    rate_hz: FloatArray
    cv: FloatArray

    @classmethod
    def draw(cls, scenario: Scenario, random: np.random.Generator) -> Truth:
        """Cells within animals within groups; half the variance of ln rate lies between animals."""
        sizes = random.integers(scenario.cells[0], scenario.cells[1] + 1, 2 * scenario.animals)
        block = np.repeat(np.arange(sizes.size), sizes)
        treated = block >= scenario.animals
        animal = block % scenario.animals if scenario.paired else block

        def nested(animal_sd: float, cell_sd: float) -> FloatArray:
            between = animal_sd * random.standard_normal(animal.max() + 1)
            return np.asarray(between[animal] + cell_sd * random.standard_normal(animal.size))

        effect = EFFECT_SD * random.standard_normal(scenario.animals)[animal] * treated if scenario.paired else 0.0
        rate_sd = math.log(RATE_SPREAD) / math.sqrt(2.0)
        return cls(
            animal=animal,
            treated=treated,
            id50=ID50 * np.where(treated, scenario.fold, 1.0) * np.exp(nested(ANIMAL_SD, CELL_SD) + effect),
            hill=HILL * HILL_SPREAD ** random.standard_normal(animal.size),
            rate_hz=RATE_HZ * np.exp(nested(rate_sd, rate_sd)),
            cv=CV * CV_SPREAD ** random.standard_normal(animal.size),
        )

    @property
    def share(self) -> FloatArray:
        """Rate in each window as a share of the baseline's, (cells, windows)."""
        inhibited = 1.0 / (1.0 + (DOSES / self.id50[:, np.newaxis]) ** self.hill[:, np.newaxis])
        return np.concatenate([np.ones((self.id50.size, 1)), inhibited], axis=1)


def simulate(scenario: Scenario, random: np.random.Generator) -> Compared:
    """Two groups of cells as they are counted."""
    truth = Truth.draw(scenario, random)
    if scenario.trains:
        counts, fano = _counts_of_trains(truth, random)
    else:
        mean = truth.rate_hz[:, np.newaxis] * EXPOSURE_S * truth.share
        counts = draw_counts(mean, truth.cv[:, np.newaxis] ** 2, WANDER, random)
        fano = _measured_fano(truth.cv, counts[:, 0], random)
    given = _until_silent(counts)
    return Compared(truth.animal, truth.treated, DOSES, given, EXPOSURE_S, fano, scenario.fold, scenario.paired)


def _until_silent(counts: FloatArray) -> FloatArray:
    """Counts of the doses that were given: none after the first that silences; NaN where none was."""
    rates_hz = counts / EXPOSURE_S
    silent = rates_hz[:, 1:] < SILENT * rates_hz[:, :1]
    over = np.cumsum(silent, axis=1)[:, :-1] > 0
    given = np.concatenate([np.ones((len(counts), 2), dtype=bool), ~over], axis=1)
    return np.where(given, counts, np.nan)


def _measured_fano(cv: FloatArray, baseline: FloatArray, random: np.random.Generator) -> FloatArray:
    """Squared CV of as many gamma intervals as the baseline has: measured with the error that it has there."""
    shape = 1.0 / cv**2
    found = np.full(cv.size, np.nan)
    for cell, number in enumerate((baseline - 1).astype(int)):
        if number >= MIN_INTERVALS:
            intervals = random.gamma(shape[cell], size=number)
            found[cell] = intervals.var() / intervals.mean() ** 2
    return found


def _counts_of_trains(truth: Truth, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Counts and squared CVs as the package reads them from renewal trains whose rate steps."""
    protocol = give(DOSES)
    times = np.arange(0.0, protocol.recorded.stop_s + 0.25, 0.25)
    epoch = np.searchsorted(step_starts(DOSES), times, side="right")
    rates_hz = truth.rate_hz[:, np.newaxis] * truth.share * np.exp(WANDER * random.standard_normal(truth.share.shape))
    counts, fano = np.empty(rates_hz.shape), np.empty(len(rates_hz))
    for cell, (rate_hz, cv) in enumerate(zip(rates_hz, truth.cv.tolist(), strict=True)):
        spikes = renewal_train(times, rate_hz[epoch], cv=cv, seed=random)
        read = read_out(Unit(str(cell), spikes, protocol.recorded), protocol, stability=_UNJUDGED)
        windows = [window for window in (read.baseline, *read.doses) if window is not None]
        covered_s = [window.covered_s for window in windows]
        if covered_s != EXPOSURE_S.tolist():
            raise RuntimeError(f"trains must be read as the counts are drawn, over {EXPOSURE_S} s; got {covered_s}")
        counts[cell], fano[cell] = [window.count for window in windows], read.fano
    return counts, fano


def run(scenario: Scenario, seed: int) -> Row:
    """Draw two groups and compare them in every way."""
    began_s = time.perf_counter()
    random = np.random.default_rng([seed, *scenario.name.encode()])
    groups = simulate(scenario, random)
    drawn_s = time.perf_counter() - began_s
    found = compare(groups, interval_too=seed % CHECKED_EVERY == 0)
    return {"scenario": scenario.name, "seed": seed, "fold": scenario.fold, "drawn_s": drawn_s, **found}


def work(folder: Path, runs: int, jobs: int) -> list[Row]:
    """Run what is not yet done, and return everything that is."""
    return go_on(folder / "population.jsonl", run, SCENARIOS, seeds=runs, jobs=jobs, unit="run")


if __name__ == "__main__":
    options = asked(__doc__)
    rows = work(options.folder, options.runs, options.jobs)
    write_page(rows, [(scenario.name, scenario.fold) for scenario in SCENARIOS], options.folder)
