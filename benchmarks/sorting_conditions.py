"""The conditions of the sorting benchmark: simulated sessions that differ from an easy one in a single respect.

Sizes are peak-to-noise ratios: the main peak in the band 300 to 6000 Hz over the SD of the coloured noise there. Every
seed draws its own widths, rates and places, so that no sorter can be tuned to one shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ephys.model import Epoch
from ephys.simulation import (
    CellSpec,
    Disturbances,
    DoseSchedule,
    Electrode,
    Hum,
    InjectionArtefact,
    Pops,
    Rhythm,
    SimulatedSession,
    UrethaneStates,
    linear_probe,
    simulate_session,
    spike_shape,
    tetrode,
)
from ephys.simulation.spikes import sorting_band_peak

SAMPLING_HZ = 25000.0
NOISE_UV = 10.0
SCHEDULE = DoseSchedule(
    cumulative_ug_kg=(100.0, 1000.0), baseline_s=120.0, interval_s=60.0, vehicle="", recovery_s=60.0
)
"""Five minutes: a baseline, two doses, and the return after the antagonist."""

Random = np.random.Generator
Cells = Callable[[Random], list[CellSpec]]


@dataclass(frozen=True)
class Condition:
    """One condition: what it varies, its cells, and what is done to the wire."""

    group: str
    name: str
    cells: Cells
    electrode: Electrode = field(default_factory=Electrode)
    disturbances: Disturbances = field(default_factory=Disturbances)
    states: UrethaneStates | None = None
    ratio: float = float("nan")
    """Peak-to-noise ratio of its cells, where that is what the condition varies."""

    def session(self, seed: int) -> SimulatedSession:
        """Its session of one seed."""
        random = np.random.default_rng([seed, *self.name.encode()])
        return simulate_session(
            seed,
            cells=self.cells(random),
            schedule=SCHEDULE,
            sampling_hz=SAMPLING_HZ,
            noise_uv=NOISE_UV,
            electrode=self.electrode,
            disturbances=self.disturbances,
            states=self.states,
            session_id=f"{self.name}, seed {seed}",
        )


def cell(random: Random, name: str, ratio: float, **given: Any) -> CellSpec:
    """A cell of a peak-to-noise ratio, its width and rate drawn; it ignores the drug unless `emax_percent` is given."""
    kind = {"wide": "serotonergic", "fast": "fast"}.get(name.rstrip("0123456789"), "slow_irregular")
    rate_hz, cv = {"serotonergic": (1.6, 0.3), "fast": (9.0, 0.5), "slow_irregular": (2.5, 0.7)}[kind]
    drawn: dict[str, Any] = {
        "cell_type": kind,
        "rate_hz": rate_hz * random.uniform(0.75, 1.3),
        "cv": cv,
        "width": random.uniform(0.9, 1.1),
        "trough": random.uniform(0.8, 1.2),
        "doublet_share": 0.04 if kind == "serotonergic" else 0.0,
        "emax_percent": 0.0,
    }
    spec = CellSpec(name=name, **{**drawn, **given})
    peak = sorting_band_peak(spike_shape(spec), sampling_hz=SAMPLING_HZ)
    return CellSpec(name=name, **{**drawn, **given, "amplitude_uv": ratio * NOISE_UV / peak})


def pair(ratio: float, other: float | None = None, **given: Any) -> Cells:
    """A wide cell and a fast one of the other polarity; what is given holds for both."""

    def draw(random: Random) -> list[CellSpec]:
        wide = cell(random, "wide", ratio, **given)
        return [wide, cell(random, "fast", other or ratio, polarity=-1, **given)]

    return draw


def same_sign(polarity: int) -> Cells:
    """A wide cell and a fast one of one polarity."""
    return lambda random: [
        cell(random, name, ratio, polarity=polarity) for name, ratio in (("wide", 8.0), ("fast", 6.0))
    ]


def several(count: int) -> Cells:
    """One to five cells of different shapes, the smallest last."""
    kinds = (("wide", 12.0, 1), ("fast", 9.0, -1), ("slow", 7.5, -1), ("wide2", 6.5, -1), ("fast2", 5.5, 1))
    return lambda random: [cell(random, name, ratio, polarity=sign) for name, ratio, sign in kinds[:count]]


def alike(ratio: float, wider: float, smaller: float = 1.0) -> Cells:
    """Two wide cells: the second is wider by a factor, and smaller by another."""

    def draw(random: Random) -> list[CellSpec]:
        first = cell(random, "wide", ratio)
        second = cell(random, "wide2", ratio * smaller, width=first.width * wider, trough=first.trough)
        return [first, second]

    return draw


def bursting(random: Random) -> list[CellSpec]:
    """A wide cell, half of whose spikes begin bursts that run down, and a fast one."""
    burst = {"doublet_share": 0.5, "burst_continue": 0.5, "burst_decrement": 0.75}
    return [cell(random, "wide", 9.0, **burst), cell(random, "fast", 6.0, polarity=-1)]


def silenced(ratio: float, name: str = "wide", beside: str = "fast") -> Cells:
    """A cell that the drug silences and the antagonist brings back, beside one that ignores it."""

    def draw(random: Random) -> list[CellSpec]:
        first = cell(random, name, ratio, emax_percent=100.0, id50=40.0, hill=3.0)
        return [first, cell(random, beside, 6.0, polarity=-1)]

    return draw


def overlapping(random: Random) -> list[CellSpec]:
    """Two cells, a third of the first one's spikes overlapped at lags of -1 to +1 ms."""
    wide = cell(random, "wide", 8.0, doublet_share=0.0)
    return [wide, cell(random, "fast", 8.0, polarity=-1, rate_hz=3.0, follows="wide", follow_share=0.33)]


def rare(random: Random) -> list[CellSpec]:
    """A wide cell of one spike in twelve seconds beside a fast one."""
    return [cell(random, "wide", 8.0, rate_hz=0.08, doublet_share=0.0), cell(random, "fast", 7.0, polarity=-1)]


def placed(specs: Sequence[tuple[str, float, int, tuple[float, float, float]]], **given: Any) -> Cells:
    """Cells at places: name, ratio on the best contact, polarity, place in µm; the places are drawn a little about."""

    def draw(random: Random) -> list[CellSpec]:
        found = []
        for name, ratio, sign, place in specs:
            x, y, z = (at + random.uniform(-4.0, 4.0) for at in place)
            found.append(cell(random, name, ratio, polarity=sign, place_um=(x, y, z), **given))
        return found

    return draw


TWO_ON_A_TETRODE = (
    ("wide", 9.0, 1, (0.0, 0.0, 25.0)),
    ("wide2", 7.0, 1, (25.0, 25.0, 25.0)),
    ("fast", 6.0, -1, (0.0, 25.0, 25.0)),
)
FIVE_ON_A_TETRODE = (
    *TWO_ON_A_TETRODE,
    ("slow", 8.0, 1, (25.0, 0.0, 25.0)),
    ("fast2", 5.5, 1, (12.0, 12.0, 30.0)),
)
ON_A_ROW = (
    ("wide", 8.0, 1, (20.0, 20.0, 0.0)),
    ("wide2", 8.0, 1, (20.0, 120.0, 0.0)),
    ("fast", 7.0, -1, (20.0, 220.0, 0.0)),
    ("slow", 6.0, -1, (20.0, 320.0, 0.0)),
)
BREATHING = Disturbances(rhythms=(Rhythm(movement=0.15, slow_uv=40.0),))
HEARTBEAT = Disturbances(rhythms=(Rhythm(name="heartbeat", frequency_hz=6.0, movement=0.15, slow_uv=40.0),))
KNOCKS = Disturbances(pops=Pops(per_min=4.0), injection=InjectionArtefact())

CONDITIONS = (
    *(
        Condition("peak-to-noise ratio", f"ratio {ratio:g}", pair(ratio), ratio=ratio)
        for ratio in (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)
    ),
    *(Condition("number of units", f"{n} unit{'s' if n > 1 else ''}", several(n)) for n in range(1, 6)),
    *(Condition("similar shapes", f"width x {wider:g}", alike(8.0, wider)) for wider in (1.15, 1.3, 1.6)),
    Condition("similar shapes", "one shape, sizes 12 and 7", alike(12.0, 1.0, 7.0 / 12.0)),
    Condition("polarity", "both negative", same_sign(-1)),
    Condition("polarity", "both positive", same_sign(1)),
    Condition("bursts", "bursts that run down", bursting),
    *(
        Condition("drift", f"amplitude {percent:+g} %", pair(8.0, 7.0, amplitude_drift_percent=percent))
        for percent in (-40.0, -20.0, 20.0, 40.0)
    ),
    Condition("drug", "silenced and back, ratio 8", silenced(8.0)),
    Condition("drug", "silenced and back, ratio 5", silenced(5.0)),
    Condition("drug", "silenced and back, narrow, ratio 5", silenced(5.0, "fast", "wide")),
    Condition("drug", "0.08 Hz", rare),
    Condition("drug", "urethane states", pair(8.0, 6.0, state_depth=0.4), states=UrethaneStates(period_s=200.0)),
    Condition("disturbed", "hum", pair(8.0, 6.0), disturbances=Disturbances(hum=Hum())),
    Condition("disturbed", "pops and injections", pair(8.0, 6.0), disturbances=KNOCKS),
    Condition("disturbed", "breathing moves the wire", pair(8.0, 6.0), disturbances=BREATHING),
    Condition("disturbed", "heartbeat moves the wire", pair(8.0, 6.0), disturbances=HEARTBEAT),
    Condition("disturbed", "a gap", pair(8.0, 6.0), disturbances=Disturbances(gaps=(Epoch(100.0, 130.0, "pause"),))),
    Condition("overlaps", "a third overlapped", overlapping),
    Condition("channels", "2: three cells", placed(TWO_ON_A_TETRODE), electrode=linear_probe(2, 25.0)),
    Condition("channels", "4: two wide cells and a fast one", placed(TWO_ON_A_TETRODE), electrode=tetrode()),
    Condition("channels", "4: five cells", placed(FIVE_ON_A_TETRODE), electrode=tetrode()),
    Condition(
        "channels",
        "4: three cells, amplitude -40 %",
        placed(TWO_ON_A_TETRODE, amplitude_drift_percent=-40.0),
        electrode=tetrode(),
    ),
    Condition("channels", "8: four cells", placed(ON_A_ROW), electrode=linear_probe(8)),
)
"""Every condition of the sweep."""
