"""Voltage and slow signals of several files, each as one that stays in its files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.joined_units import Part
from ephys.io.sources import ChainReader, CountSource, GridValues
from ephys.model import Monitor, Recording, Run, VoltageSource


def joined_recording(parts: Sequence[Part]) -> tuple[Recording | None, tuple[str, ...]]:
    """Voltage of all files, unread.

    Raises
    ------
    FileFormatError
        If two files differ in their wires or their rate.
    """
    held = [(part.name, part.session.recording) for part in parts if part.session.recording is not None]
    if not held:
        return None, ()
    doubts = tuple(
        f"{part.name} holds no voltage, the other files do: what is sorted here is not known there"
        for part in parts
        if part.session.recording is None
    )
    (first_name, first), recordings = held[0], [recording for _, recording in held]
    for name, recording in held[1:]:
        alike = math.isclose(recording.sampling_hz, first.sampling_hz, rel_tol=1e-9)
        if not alike or recording.channel_names != first.channel_names:
            raise FileFormatError(
                f"{first_name} has {_wires(first)}, {name} has {_wires(recording)}: only voltage of the same wires at "
                "one rate can be joined; wire (--wire) chooses"
            )
    bands = {recording.band_hz for recording in recordings}
    if len(bands) > 1:
        told = ", ".join(f"{name} {_edge(r.band_hz[0])} to {_edge(r.band_hz[1])} Hz" for name, r in held)
        doubts += (f"the band differs between the files ({told}) and is not known of the whole: band_hz (--band-hz)",)
    runs: list[Run] = []
    for recording in recordings:
        before = sum(run.n_samples for run in runs)
        runs += [replace(run, first_sample=run.first_sample + before) for run in recording.runs]
    source = chained([recording.source for recording in recordings])
    return replace(
        first, source=source, runs=tuple(runs), band_hz=bands.pop() if len(bands) == 1 else (None, None)
    ), doubts


def _edge(hz: float | None) -> str:
    """Edge of a band in words."""
    return "?" if hz is None else f"{hz:g}"


def _wires(recording: Recording) -> str:
    """Wires and rate in words."""
    return f"{', '.join(map(repr, recording.channel_names))} at {recording.sampling_hz:.10g} Hz"


def chained(sources: Sequence[VoltageSource]) -> VoltageSource:
    """Return several sources as one, the second after the last sample of the first; each keeps its own gain.

    >>> from ephys.model import ArraySource
    >>> two = chained([ArraySource(np.zeros((3, 1))), ArraySource(np.ones((2, 1), dtype=np.int16), gain_uv=0.5)])
    >>> two.read(2, 4)
    array([[0. ],
           [0.5]], dtype=float32)
    """
    samples, channels = sum(source.shape[0] for source in sources), sources[0].shape[1]
    counts = [source for source in sources if isinstance(source, CountSource)]
    if len(counts) == len(sources) and len({(c.dtype, c.gain_uv, c.offset_uv) for c in counts}) == 1:
        reader = ChainReader(tuple((source.read_counts, source.n_samples) for source in counts))
        return replace(counts[0], read_counts=reader, n_samples=samples)
    return CountSource(
        ChainReader(tuple((s.read, s.shape[0]) for s in sources)), samples, channels, np.dtype("float32")
    )


@dataclass(frozen=True, eq=False)
class _Column:
    """Reads a slow signal as stored numbers are read."""

    monitor: Monitor

    def __call__(self, start: int, stop: int) -> NDArray[np.float64]:
        """Values ``[start, stop)`` as (samples, 1)."""
        return self.monitor.read(start, stop)[:, np.newaxis]


def joined_monitors(parts: Sequence[Part]) -> tuple[tuple[Monitor, ...], tuple[str, ...]]:
    """Slow signals of all files; those of one name, unit and rate are one, NaN between the files."""
    groups: dict[tuple[str, str, float, int], list[tuple[str, Monitor]]] = {}
    for part in parts:
        seen: dict[str, int] = {}
        for monitor in part.session.monitors:
            nth = seen[monitor.name] = seen.get(monitor.name, -1) + 1
            key = (monitor.name, monitor.unit, float(f"{monitor.sampling_hz:.9g}"), nth)
            groups.setdefault(key, []).append((part.name, monitor))
    kinds: dict[tuple[str, int], int] = {}
    for name, _, _, nth in groups:
        kinds[name, nth] = kinds.get((name, nth), 0) + 1
    monitors, doubts = [], []
    for (name, _, _, nth), members in groups.items():
        joined = _one_monitor([monitor for _, monitor in members])
        if kinds[name, nth] > 1:
            files = ", ".join(dict.fromkeys(file for file, _ in members))
            joined = replace(joined, name=f"{name} ({files})")
            doubts.append(f"{name!r} has another rate or unit in {files} than in the other files: they are not joined")
        monitors.append(joined)
    return tuple(monitors), tuple(doubts)


def _one_monitor(monitors: Sequence[Monitor]) -> Monitor:
    """One slow signal of several that follow one another."""
    held = [monitor for monitor in monitors if monitor.n_samples]
    if len(held) < 2:
        return held[0] if held else monitors[0]
    runs: list[Run] = []
    for monitor in held:
        runs.append(Run(sum(run.n_samples for run in runs), monitor.n_samples, monitor.start_s))
    reader = ChainReader(tuple((_Column(monitor), monitor.n_samples) for monitor in held))
    return replace(held[0], source=GridValues(reader, tuple(runs), held[0].sampling_hz))
