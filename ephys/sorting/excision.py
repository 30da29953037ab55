"""Voltage without its artefacts: nothing is left in their place, and the level on either side is brought together.

A filter rings from a step, and from a hole with an edge. So the voltage rests at its last level throughout the hole,
and what it has shifted by meanwhile is faded out afterwards, too slowly for the sorting band to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.model import Epoch, Recording, Unit
from ephys.model.recording import Run, VoltageSource

FloatTraces = NDArray[np.float32]
IntArray = NDArray[np.int64]

FADE_S = 0.05
"""A raised cosine of this length leaves 0.2 % of a shift in a band from 150 Hz on."""

LEVEL_S = 0.001
"""The level beside a hole is the median of so much voltage."""


def excise(recording: Recording, artefacts: Sequence[Epoch]) -> Recording:
    """Recording whose voltage is at rest during its artefacts; sample numbers and clock stay.

    Parameters
    ----------
    recording : Recording
        Voltage.
    artefacts : sequence of Epoch
        As `find_artefacts` gives them.

    Examples
    --------
    >>> wire = Recording.from_array(np.r_[np.zeros(5000), np.full(5000, 300.0)], sampling_hz=10_000.0)
    >>> calm = excise(wire, [Epoch(0.499, 0.502)])
    >>> float(abs(np.diff(calm.read(0, 10_000)[:, 0])).max()) < 1.0
    True
    """
    if not artefacts:
        return recording
    return replace(recording, source=_ExcisedSource.of(recording, artefacts))


def without_excised(unit: Unit, artefacts: Sequence[Epoch]) -> Unit:
    """Unit that could not be seen during the artefacts: neither a spike of it lies there, nor its silence."""
    support = unit.support.without(artefacts)
    seen = support.mask(unit.times_s)
    return replace(unit, times_s=unit.times_s[seen], amplitudes_uv=unit.amplitudes_uv[seen], support=support)


@dataclass(frozen=True, eq=False)
class _ExcisedSource:
    """A source whose artefacts are taken out as it is read.

    Parameters
    ----------
    source : VoltageSource
        Voltage with them.
    starts, stops, ends : array (holes,)
        First sample of each hole, first after it, and where its run of samples ends.
    levels_uv, shifts_uv : array (holes, channels)
        Voltage before each hole, and how much higher it is afterwards.
    fade : int
        Samples in which a shift is faded out.
    """

    source: VoltageSource
    starts: IntArray
    stops: IntArray
    ends: IntArray
    levels_uv: FloatTraces
    shifts_uv: FloatTraces
    fade: int

    @classmethod
    def of(cls, recording: Recording, artefacts: Sequence[Epoch]) -> _ExcisedSource:
        """Holes of a recording, with the voltage beside each."""
        holes = [hole for run in recording.runs for hole in _holes_in(recording, run, artefacts)]
        beside = max(1, round(LEVEL_S * recording.sampling_hz))
        sides = [
            (recording.read(max(first, start - beside), start), recording.read(stop, min(end, stop + beside)))
            for first, start, stop, end in holes
        ]
        # At an end of its run a hole has one side alone, and nothing to bring together.
        before = [_level(left if len(left) else right) for left, right in sides]
        after = [_level(right if len(right) else left) for left, right in sides]
        _, starts, stops, ends = np.array(holes, dtype=np.int64).reshape(-1, 4).T
        levels = np.array(before, dtype=np.float32).reshape(-1, recording.n_channels)
        shifts = np.array(after, dtype=np.float32).reshape(-1, recording.n_channels) - levels
        return cls(recording.source, starts, stops, ends, levels, shifts, round(FADE_S * recording.sampling_hz))

    @property
    def shape(self) -> tuple[int, int]:
        return self.source.shape

    def read(self, start: int, stop: int) -> FloatTraces:
        traces = self.source.read(start, stop)
        stop = start + len(traces)
        touched = np.flatnonzero((self.starts < stop) & (np.minimum(self.stops + self.fade, self.ends) > start))
        if not touched.size:
            return traces
        calm = traces.copy()
        for hole in touched:
            calm[max(0, self.starts[hole] - start) : max(0, self.stops[hole] - start)] = self.levels_uv[hole]
        for hole in touched:
            first, last = max(start, self.stops[hole]), min(stop, self.ends[hole], self.stops[hole] + self.fade)
            since = np.arange(first, last) - self.stops[hole]
            left = (0.5 + 0.5 * np.cos(np.pi * since / self.fade)).astype(np.float32)
            calm[first - start : last - start] -= left[:, np.newaxis] * self.shifts_uv[hole]
        return calm


def _holes_in(recording: Recording, run: Run, artefacts: Sequence[Epoch]) -> list[tuple[int, int, int, int]]:
    """Holes of one run: its first sample, the hole's, the first after the hole, and after the run."""
    first, end = run.first_sample, run.first_sample + run.n_samples
    edges = np.array([(epoch.start_s, epoch.stop_s) for epoch in artefacts]) - run.start_s
    bounds = np.clip(first + np.rint(edges * recording.sampling_hz).astype(np.int64), first, end)
    return [(first, start, stop, end) for start, stop in bounds.tolist() if start < stop]


def _level(beside_uv: FloatTraces) -> FloatTraces:
    """Voltage of a few samples; nothing where a whole run is one hole."""
    level: FloatTraces = np.median(beside_uv, axis=0) if len(beside_uv) else np.zeros(beside_uv.shape[1], np.float32)
    return level
