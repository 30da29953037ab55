"""How often the 95 % interval of one cell's ID50 holds the truth: ours, beside least squares on percent of baseline.

    OMP_NUM_THREADS=1 python benchmarks/coverage_study.py [FOLDER] [--runs 2000] [--jobs 2]

Cells are simulated as spike trains, read out and fitted by the package as a user's would be, in data sets of 20. Every
data set that is done is kept in FOLDER/coverage.jsonl; a run that is stopped goes on where it was. The page and the
figure are made by coverage_page.py. All ID50s are invented.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from coverage_page import write_page
from monte_carlo import asked, go_on
from numpy.typing import NDArray

from ephys.firing import Stability
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Support, Unit
from ephys.pharmacology import (
    DoseResponse,
    DoseResponseFit,
    dose_response,
    fit_curve,
    fit_dose_responses,
    plan_windows,
    share_settings,
)
from ephys.simulation import renewal_train
from ephys.sorting import completeness

FloatArray = NDArray[np.float64]

CELLS = 20
BASELINE_S, STEP_S = 180.0, 90.0
ID50, ID50_SPREAD, HILL, HILL_SD, RATE_HZ, RATE_SPREAD = 50.0, 1.4, 1.8, 0.2, 1.6, 1.3
CYCLE_S = 660.0
TALL, THRESHOLD, LOSS = 6.0, 4.5, 0.05
"""Spike height and threshold in noise SD, and share of the height that is lost per dose, where amplitude runs down."""


@dataclass(frozen=True)
class Scenario:
    """What a cell goes through: how many doses, how irregular it is, and what else than the drug moves its rate."""

    doses: int
    cv: float
    kind: str
    size: float = 0.0

    @property
    def name(self) -> str:
        """As it is printed."""
        firing = "regular" if self.cv < 0.5 else "Poisson-like"
        return f"{self.doses} doses, {firing}, {self.trouble}"

    @property
    def trouble(self) -> str:
        """What else than the drug moves the rate."""
        percent = f"{100 * self.size:g} %"
        return {
            "independent": f"drift {percent} per epoch, independent" if self.size else "no drift",
            "walk": f"random walk, {percent} per epoch",
            "cycle": f"state cycle, {percent}, 11 min",
            "run-down": f"amplitude run-down, {percent} per dose",
        }[self.kind]

    @property
    def stationary(self) -> bool:
        """Whether the interval promises to hold."""
        return self.kind == "independent" and self.size <= 0.1


SCENARIOS = [
    *(Scenario(n, cv, "independent", s) for n in (4, 5, 6) for cv in (0.3, 1.0) for s in (0.0, 0.1, 0.2)),
    *(Scenario(5, cv, kind, s) for kind, s in (("walk", 0.1), ("cycle", 0.2), ("run-down", LOSS)) for cv in (0.3, 1.0)),
]


def simulate(scenario: Scenario, random: np.random.Generator) -> tuple[DoseResponse, float]:
    """One cell, read out, and its true ID50."""
    id50 = ID50 * math.exp(math.log(ID50_SPREAD) * random.standard_normal())
    hill = HILL * math.exp(HILL_SD * random.standard_normal())
    rate_hz = RATE_HZ * math.exp(math.log(RATE_SPREAD) * random.standard_normal())
    doses = 12.5 * 2.0 ** np.arange(scenario.doses)
    protocol = give(doses)
    starts, stop_s = step_starts(doses), protocol.recorded.stop_s
    times = np.arange(0.0, stop_s + 0.25, 0.25)
    epoch = np.searchsorted(starts, times, side="right")
    share = np.concatenate([[1.0], 1.0 / (1.0 + (doses / id50) ** hill)])[epoch]
    rates_hz = rate_hz * share * _wander(scenario, times, epoch, random)
    spikes = renewal_train(times, rates_hz, cv=scenario.cv, seed=random)
    heights = TALL + random.standard_normal(spikes.size)
    if scenario.kind == "run-down":
        heights -= TALL * LOSS * np.searchsorted(starts, spikes, side="right")
    unit = Unit("1", spikes, protocol.recorded)
    if scenario.kind == "run-down":
        seen = heights > THRESHOLD
        unit = Unit("1", spikes[seen], protocol.recorded, heights[seen], threshold_uv=THRESHOLD, noise_uv=1.0)
    return read_out(unit, protocol), id50


def step_starts(doses: FloatArray) -> FloatArray:
    """When each dose is given."""
    return BASELINE_S + STEP_S * np.arange(doses.size)


def give(doses: FloatArray) -> DoseProtocol:
    """Cumulative doses, a step each, after the baseline."""
    starts = step_starts(doses)
    given = tuple(
        Administration("agonist", s, dose=d, dose_unit="ug/kg", dose_kind="cumulative", route="i.v.", form="base")
        for s, d in zip(starts.tolist(), doses.tolist(), strict=True)
    )
    return DoseProtocol(given, Support.of(Epoch(0.0, float(starts[-1] + STEP_S))))


def read_out(unit: Unit, protocol: DoseProtocol, stability: Stability | None = None) -> DoseResponse:
    """Count as a user's cell would be, with its completeness."""
    windows = [window for _, window in plan_windows(protocol, "agonist")]
    shares = {w: completeness(unit, w) for w in (*windows, protocol.baseline) if w is not None}
    held = Fate("held", protocol.recorded.stop_s, "simulated")
    return dose_response(unit, protocol, fate=held, completeness=shares, stability=stability, beside=False)


def _wander(scenario: Scenario, times: FloatArray, epoch: NDArray[np.int_], random: np.random.Generator) -> FloatArray:
    """What else than the drug does to the rate."""
    steps = scenario.size * random.standard_normal(scenario.doses + 1)
    if scenario.kind == "independent":
        return np.exp(steps)[epoch]
    if scenario.kind == "walk":
        return np.exp(np.cumsum(steps))[epoch]
    if scenario.kind == "cycle":
        return 1.0 + scenario.size * np.sin(2.0 * np.pi * (times / CYCLE_S + random.random()))
    return np.ones_like(times)


def run_data_set(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Fit one data set in every way; return what each interval did."""
    random = np.random.default_rng([seed, *scenario.name.encode()])
    cells = [simulate(scenario, random) for _ in range(CELLS)]
    responses, truths = [response for response, _ in cells], [truth for _, truth in cells]
    settings = share_settings(responses)
    shared = fit_dose_responses(responses, settings, share=False)
    lone = fit_dose_responses(responses, share=False)
    return {
        "scenario": scenario.name,
        "seed": seed,
        "dispersion": settings.dispersion,
        "shared": [_outcome(fit, truth) for fit, truth in zip(shared, truths, strict=True)],
        "lone": [_outcome(fit, truth) for fit, truth in zip(lone, truths, strict=True)],
        "percent": [_by_percent(response, truth) for response, truth in zip(responses, truths, strict=True)],
    }


def _outcome(fit: DoseResponseFit, truth: float) -> dict[str, Any]:
    """What one fit said."""
    inside = fit.status == "interpolated" and fit.id50_low > 0 and math.isfinite(fit.id50_high)
    return {
        "status": fit.status,
        "covers": bool(fit.id50_low <= truth <= fit.id50_high),
        "width": math.log(fit.id50_high / fit.id50_low) / 2 if inside else None,
        "error": math.log(fit.id50 / truth) if fit.status == "interpolated" else None,
        "warns": [warning.name for warning in fit.warnings],
        "signs": [w.cause for w in fit.warnings if not w.cause.startswith("no vehicle")],
    }


def _by_percent(response: DoseResponse, truth: float) -> dict[str, Any]:
    """Least squares on percent of baseline, Hill curve from 100 to 0, Wald interval with Student's t on ln ID50."""
    used = [window for window in response.doses if window.used]
    dose, percent = [window.dose for window in used], [window.percent for window in used]
    if len(used) < 3:
        return {"covers": None, "width": None}
    fit = fit_curve(dose, percent, model="LL2.2", fixed={"d": 100.0})
    low, high = fit.interval("e", method="delta")
    if not (math.isfinite(low) and math.isfinite(high)):
        return {"covers": None, "width": None}
    return {"covers": bool(low <= math.log(truth) <= high), "width": (high - low) / 2}


def work(folder: Path, runs: int, jobs: int) -> list[dict[str, Any]]:
    """Run what is not yet done, and return everything that is."""
    kept = folder / "coverage.jsonl"
    return go_on(kept, run_data_set, SCENARIOS, seeds=-(-runs // CELLS), jobs=jobs, unit="data set")


if __name__ == "__main__":
    options = asked(__doc__)
    rows = work(options.folder, options.runs, options.jobs)
    write_page(rows, [(scenario.name, scenario.stationary) for scenario in SCENARIOS], options.folder)
