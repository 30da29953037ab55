"""Stretches in which the voltage stands still: the amplifier at its rail, or an open switch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from ephys.model import Recording
from ephys.sorting.steps import GRID_MS, calm_after, samples_in, usual_change, voltage_grid

FloatTraces = NDArray[np.float32]
IntArray = NDArray[np.int64]

PROBES, PROBE_S, NOISY_SHARE = 40, 1.0, 0.75
"""Stretches from which the usual change is taken: that of the noisiest quarter (convention)."""

STILL_MS, STILL_SHARE = 100.0, 0.2
"""Voltage that changes by less than this share of what is usual, for so long, has no noise, and shows no spike. Noise
up to 100 Hz alone does not keep so still by chance (computed)."""

USUAL_STEP = 0.8
"""Mean size of a change whose SD is 1, if it is Gaussian."""


def usual_changes(recording: Recording, chunks: Sequence[tuple[int, int, int, int]]) -> list[float]:
    """SD of the change over a millisecond on each channel, wherever it has noise: it may be at its rail for most."""
    fs = recording.sampling_hz
    picked = [chunks[i] for i in np.unique(np.linspace(0, len(chunks) - 1, PROBES).astype(int))]
    probes = [recording.read(start, min(stop, start + round(PROBE_S * fs))) for start, stop, _, _ in picked]
    changes = [[usual_change(voltage_grid(wire, fs)) for wire in probe.T] for probe in probes]
    return [float(change) for change in np.quantile(changes, NOISY_SHARE, axis=0)]


def still_runs(
    wire: FloatTraces, grid: FloatTraces, middle_uv: float, change_uv: float, calm_uv: float, *, sampling_hz: float
) -> IntArray:
    """Where the voltage has no noise, whatever its level, and how long it then takes to come back (runs, 2).

    >>> rng = np.random.default_rng(0)
    >>> wire = np.concatenate([rng.normal(0, 10, 20_000), rng.normal(900, 1, 10_000)]).astype(np.float32)
    >>> runs = still_runs(wire, wire[::10], 0.0, 14.0, 14.0, sampling_hz=20_000.0)
    >>> bool(abs(runs[0] - [20_000, 30_000]).max() < 300)
    True
    """
    size = round(STILL_MS / GRID_MS)
    if not change_uv > 0 or len(grid) <= size:
        return np.empty((0, 2), dtype=np.int64)
    moves = uniform_filter1d(np.abs(np.diff(grid)).astype(np.float64), size, mode="nearest")
    middles = np.flatnonzero(np.diff(moves < STILL_SHARE * USUAL_STEP * change_uv, prepend=False, append=False))
    # A mean that is low in the middle of a window is low over the window.
    runs = middles.reshape(-1, 2) + np.array([-(size // 2), size // 2])
    runs = np.clip(runs * samples_in(GRID_MS, sampling_hz), 0, len(wire) - 1)
    base = np.full(len(runs), middle_uv)
    heights = np.abs(wire[runs[:, 1] - 1] - base)
    runs[:, 1] += calm_after(wire, runs[:, 1], base, heights, max(calm_uv, 1e-30), sampling_hz=sampling_hz)
    still: IntArray = runs.astype(np.int64)
    return still


def runs_at(
    rail_uv: float, wire: FloatTraces, grid: FloatTraces, middle_uv: float, calm_uv: float, least: float, fs: float
) -> IntArray:
    """Where the voltage stays at one value, and how long it then takes to come back (runs, 2)."""
    if not ((grid[1:] == rail_uv) & (grid[:-1] == rail_uv)).any():
        return np.empty((0, 2), dtype=np.int64)
    runs = np.flatnonzero(np.diff(wire == rail_uv, prepend=False, append=False)).reshape(-1, 2)
    runs = runs[runs[:, 1] - runs[:, 0] >= least]
    middles = np.full(len(runs), middle_uv)
    tiny_uv = float(np.finfo(np.float32).tiny)
    runs[:, 1] += calm_after(
        wire, runs[:, 1], middles, np.abs(rail_uv - middles), max(calm_uv, tiny_uv), sampling_hz=fs
    )
    return runs
