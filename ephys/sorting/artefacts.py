"""Artefacts of a recording: the amplifier at its rail, steps of the electrode's potential, and volleys of them.

The burden of proof lies on the artefact: it is excised for what no cell does, never for being large. However large a
spike, its voltage is back within two milliseconds; after a step it stays, or decays. A clipped spike is still a cell's;
voltage that stays at the rail is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch, Recording
from ephys.sorting.filters import bounded_chunks
from ephys.sorting.rails import runs_at, still_runs, usual_changes
from ephys.sorting.spans import epochs_of
from ephys.sorting.steps import (
    StepLimits,
    Steps,
    find_jumps,
    find_steps,
    usual_change,
    voltage_grid,
)
from ephys.sorting.threads import in_order

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
FloatTraces = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

CHUNK_S, MARGIN_S = 20.0, 0.1
"""Stretch that is looked through at a time, and what is read on either side of it."""

LEAST_RAIL_SD = 5.0
"""A rail is further from the usual voltage than this many SD of its change: coarse counts repeat nearer by."""

ALIKE_MS = 2.0
"""Steps on several channels closer than this are one."""

SHARE_OF_EACH_SIGN = 0.2
"""Volleys have so many steps of either polarity, cells of one alone (convention)."""


@dataclass(frozen=True, slots=True)
class ArtefactSettings(Shown):
    """What counts as an artefact, and how much is excised. All are conventions.

    Parameters
    ----------
    excise : bool
        False leaves everything in.
    rail_ms : float
        The amplifier is at its rail where the recording's extreme value lasts so long; the top of a clipped spike
        lasts less.
    pop_sd, pop_ms : float
        A step by itself is an artefact from this height on, in SD of the change of the voltage over a millisecond, and
        if more than half of it is left after so long.
    volley_sd, volley_ms : float
        The same for the steps of a volley.
    volley_steps, volley_s : int, float
        A volley is so many steps of both polarities, each less than this after the one before, one of them a pop.
    calm_sd : float
        A step is over once the voltage changes by less than this many such SD in half a millisecond.
    before_ms, join_ms : float
        Excised before an onset; and good voltage between two artefacts that is shorter than this. A `join_ms` of 1000
        excises volleys whole, with the spikes in them.
    cell_events, cell_cv : int, float
        So many steps of one polarity, whose sizes vary by no more than this, are a cell's wide spikes.

    Raises
    ------
    ParameterError
        If a length, a size or a number is not positive.
    """

    excise: bool = True
    rail_ms: float = 1.0
    pop_sd: float = 15.0
    pop_ms: float = 2.0
    volley_sd: float = 5.0
    volley_ms: float = 1.0
    volley_steps: int = 5
    volley_s: float = 1.0
    calm_sd: float = 1.0
    before_ms: float = 0.5
    join_ms: float = 5.0
    cell_events: int = 20
    cell_cv: float = 0.25

    def __post_init__(self) -> None:
        for name in ("rail_ms", "pop_sd", "pop_ms", "volley_sd", "volley_ms", "volley_s", "calm_sd", "before_ms"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name} of artefacts must be positive, got {getattr(self, name)}")
        if self.volley_steps < 2 or self.cell_events < 2 or self.join_ms < 0:
            raise ParameterError(
                "artefacts need volley_steps and cell_events of 2 or more and join_ms not negative, "
                f"got {self.volley_steps}, {self.cell_events} and {self.join_ms}"
            )


def find_artefacts(
    recording: Recording,
    settings: ArtefactSettings | None = None,
    *,
    humless: Recording | None = None,
    jobs: int | None = None,
) -> tuple[Epoch, ...]:
    """Find what is to be excised before sorting, once through the recording, in bounded memory.

    Parameters
    ----------
    recording : Recording
        Voltage as it was recorded: a rail is found by its value, which a filter would change, and a step by what a
        high-pass would take away.
    settings : ArtefactSettings, optional
        What counts.
    humless : Recording, optional
        The same without its hum, which would hide the smaller steps (`sort_units` gives it).
    jobs : int, optional
        As for `sort_units`.

    Returns
    -------
    tuple of Epoch
        In order, apart, each within a stretch that was recorded, labelled ``"clipping"``, ``"still"``, ``"pop"`` or
        ``"volley"``.

    Examples
    --------
    >>> wire = np.random.default_rng(0).normal(0.0, 10.0, 200_000)
    >>> wire[100_000:102_000] += 800.0 * np.exp(-np.arange(2000) / 80.0)      # decays in 4 ms
    >>> (pop,) = find_artefacts(Recording.from_array(wire, sampling_hz=20_000.0))
    >>> pop.label, pop.start_s < 5.0 < pop.stop_s, pop.duration_s < 0.02
    ('pop', True, True)
    """
    settings = settings or ArtefactSettings()
    chunks = bounded_chunks(recording, chunk_s=CHUNK_S, margin_s=MARGIN_S)
    calm = humless or recording
    work = partial(_look, recording, calm, settings, usual_changes(calm, chunks))
    looks = [look for part in in_order(work, chunks, jobs=jobs) for look in part]
    before = round(settings.before_ms * 1e-3 * recording.sampling_hz)
    spans = [(start - before, stop, "clipping") for start, stop in _rails(looks)]
    spans += [(start, stop, "still") for look in looks for start, stop in look.still.tolist()]
    steps = _one_each(Steps.joined(look.steps for look in looks), ALIKE_MS * 1e-3 * recording.sampling_hz)
    pops, volleys = _proven(steps, settings, recording.sampling_hz)
    volleys = Steps.joined([volleys, *_in_volleys(calm, chunks, volleys, settings)])
    for label, some in (("pop", pops), ("volley", volleys)):
        spans += [
            (on - before, stop, label) for on, stop in zip(some.onsets.tolist(), some.stops.tolist(), strict=True)
        ]
    return epochs_of(recording, sorted(spans), round(settings.join_ms * 1e-3 * recording.sampling_hz))


@dataclass(frozen=True, eq=False)
class _Look:
    """What a chunk of one channel shows.

    Parameters
    ----------
    channel : int
        Which.
    middle_uv, change_uv : float
        Its usual voltage, and the SD of its change over a millisecond.
    extremes_uv : tuple of float
        Highest and lowest voltage.
    runs : tuple of array (runs, 2)
        Samples between which either lasts, till the voltage is calm again.
    still : array (runs, 2)
        Samples between which it has no noise.
    steps : Steps
        What may be an artefact.
    """

    channel: int
    middle_uv: float
    change_uv: float
    extremes_uv: tuple[float, float]
    runs: tuple[IntArray, IntArray]
    still: IntArray
    steps: Steps


def _look(
    recording: Recording,
    humless: Recording,
    settings: ArtefactSettings,
    changes_uv: Sequence[float],
    bounds: tuple[int, int, int, int],
) -> list[_Look]:
    """Look through one chunk, channel by channel: for rails as it was recorded, for steps without the hum."""
    _, _, first, last = bounds
    fs, least = recording.sampling_hz, settings.rail_ms * 1e-3 * recording.sampling_hz
    limits = StepLimits(settings.volley_sd, settings.volley_ms, settings.pop_ms, settings.calm_sd)
    traces = recording.read(first, last)
    calm = traces if humless is recording else humless.read(first, last)
    looks = []
    for channel in range(traces.shape[1]):
        wire = np.ascontiguousarray(traces[:, channel])
        grid = voltage_grid(wire, fs)
        flat = np.ascontiguousarray(calm[:, channel])
        flat_grid = grid if humless is recording else voltage_grid(flat, fs)
        middle, change = float(np.median(grid)), max(usual_change(flat_grid), 0.5 * changes_uv[channel])
        steps = find_steps(flat, flat_grid, change, limits, sampling_hz=fs)
        steps = replace(steps, onsets=steps.onsets + first, stops=np.minimum(steps.stops + first, last))
        still = still_runs(wire, grid, middle, changes_uv[channel], settings.calm_sd * change, sampling_hz=fs)
        extremes = float(grid.max()), float(grid.min())
        high, low = (runs_at(rail, wire, grid, middle, settings.calm_sd * change, least, fs) for rail in extremes)
        looks.append(_Look(channel, middle, change, extremes, (high + first, low + first), still + first, steps))
    return looks


def _rails(looks: Sequence[_Look]) -> list[tuple[int, int]]:
    """Runs at the extreme value of a whole channel, where that is far from its usual voltage."""
    spans = []
    for channel in sorted({look.channel for look in looks}):
        own = [look for look in looks if look.channel == channel]
        middle_uv = float(np.median([look.middle_uv for look in own]))
        change_uv = float(np.median([look.change_uv for look in own]))
        highest, lowest = max(look.extremes_uv[0] for look in own), min(look.extremes_uv[1] for look in own)
        for side, rail in enumerate((highest, lowest)):
            if change_uv > 0 and abs(rail - middle_uv) >= LEAST_RAIL_SD * change_uv:
                spans += [run for look in own if look.extremes_uv[side] == rail for run in look.runs[side].tolist()]
    return spans


def _one_each(steps: Steps, apart: float) -> Steps:
    """Steps of all channels, each counted once: the largest of those at one time, over as long as any takes."""
    if not len(steps):
        return steps
    groups = _trains(steps, apart)
    firsts = np.flatnonzero(np.diff(groups, prepend=0))
    largest = np.lexsort((-np.abs(steps.sizes_sd), groups))[firsts]
    stops = np.maximum.reduceat(steps.stops, firsts)
    lasting = np.logical_or.reduceat(steps.lasting, firsts)
    return Steps(steps.onsets[largest], stops, steps.sizes_sd[largest], lasting)


def _proven(steps: Steps, settings: ArtefactSettings, sampling_hz: float) -> tuple[Steps, Steps]:
    """Steps that nothing but an artefact makes: those by themselves, and those of volleys."""
    pops = steps.lasting & (np.abs(steps.sizes_sd) >= settings.pop_sd)
    in_volley = np.zeros(len(steps), dtype=np.bool_)
    pops &= ~_are_spikes(steps.sizes_sd, pops, settings)
    trains = _trains(steps, settings.volley_s * sampling_hz)
    for train in np.unique(trains[pops]):
        members = trains == train
        positive = float((steps.sizes_sd[members] > 0).mean())
        mixed = min(positive, 1.0 - positive) >= SHARE_OF_EACH_SIGN
        in_volley |= members & (members.sum() >= settings.volley_steps) & mixed
    return steps[pops & ~in_volley], steps[in_volley]


def _trains(steps: Steps, apart: float) -> IntArray:
    """Number of the train that each step belongs to: within one, none is further than `apart` from the last."""
    trains: IntArray = np.cumsum(np.diff(steps.onsets, prepend=-np.inf) > apart)
    return trains


def _in_volleys(
    recording: Recording, chunks: Sequence[tuple[int, int, int, int]], volleys: Steps, settings: ArtefactSettings
) -> Iterator[Steps]:
    """What else jumps in a volley and around it: most of its transients are as short as spikes."""
    fs = recording.sampling_hz
    around = round(settings.volley_s * fs)
    for start, stop, _, _ in chunks:
        near = volleys.onsets[(volleys.onsets > start - around) & (volleys.onsets < stop + around)]
        if near.size:
            first, last = max(start, int(near[0]) - around), min(stop, int(near[-1]) + around)
            for wire in np.ascontiguousarray(recording.read(first, last).T):
                jumps = find_jumps(wire, settings.volley_sd, settings.calm_sd, sampling_hz=fs)
                yield replace(jumps, onsets=jumps.onsets + first, stops=jumps.stops + first)


def _are_spikes(sizes_sd: FloatArray, pops: BoolArray, settings: ArtefactSettings) -> BoolArray:
    """Which of the pops are of one polarity, so many and so much alike that they must be a cell's."""
    spared = np.zeros(len(sizes_sd), dtype=np.bool_)
    for sign in (1.0, -1.0):
        heights = sign * sizes_sd
        mine = heights[pops & (heights > 0)]
        if mine.size < settings.cell_events:
            continue
        usual = float(np.median(mine))
        alike = pops & (np.abs(heights - usual) <= 2.0 * settings.cell_cv * usual)
        mirrored = pops & (np.abs(heights + usual) <= 2.0 * settings.cell_cv * usual)
        most = alike.sum() >= max(settings.cell_events, 0.5 * mine.size)
        narrow = np.std(heights[alike]) <= settings.cell_cv * usual
        if most and narrow and mirrored.sum() < SHARE_OF_EACH_SIGN * alike.sum():
            spared |= alike
    return spared
