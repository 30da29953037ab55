"""Steps of the electrode's potential: the voltage jumps from rest, and stays away or decays over milliseconds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ephys.sorting.detection import MAD_TO_SD

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
FloatTraces = NDArray[np.float32]
IntArray = NDArray[np.int64]

GRID_MS, GRID_SHARE = 0.5, 0.6
"""Steps are first looked for in single samples so far apart, from this share of the least size on."""

BIN_MS, REST_MS, JUMP_MS = 0.25, 3.0, 0.2
"""Voltage is then averaged over bins: before the onset, where it rests, and after, the jump itself left out."""

MOST_BEFORE, LEAST_JUMP, LEAST_LEFT = 0.3, 0.8, 0.5
"""Shares of a step's height: the most that the voltage moves at rest before, the least that it jumps at once, and the
least that is left for as long as a step stays. The phases of a spike fail one or the other (conventions)."""

AT_ONCE_MS, SOON_MS = 0.08, 0.5
"""A jump is over within the first of these, and judged by the voltage over the second on either side."""

MOST_AFTER_JUMP, MOST_BEFORE_JUMP, MOST_BELOW = 1.5, 0.4, 0.2
"""The voltage goes on by no more than this share of a jump, does not lead up to it by more, and comes back without the
second phase that a spike has (conventions)."""

TAIL_MS, TAIL_BIN_MS = 50.0, 0.5
"""How long a decay is followed; a slower one is a change of level, which the sorting band does not see."""


@dataclass(frozen=True, eq=False)
class Steps:
    """Steps, in order of time.

    Parameters
    ----------
    onsets, stops : array (steps,)
        Sample of the jump, and from which on the voltage is calm again.
    sizes_sd : array (steps,)
        Height with its sign, in SD of the change of the voltage over a millisecond.
    lasting : array (steps,)
        Which of them outlast every spike.
    """

    onsets: IntArray
    stops: IntArray
    sizes_sd: FloatArray
    lasting: BoolArray

    @classmethod
    def joined(cls, parts: Iterable[Steps]) -> Steps:
        """Steps of several channels or stretches."""
        none = cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_))
        every = [none, *parts]
        joined = cls(*(np.concatenate([getattr(part, f.name) for part in every]) for f in fields(cls)))
        return joined[np.argsort(joined.onsets, kind="stable")]

    def __getitem__(self, which: BoolArray | IntArray) -> Steps:
        return Steps(self.onsets[which], self.stops[which], self.sizes_sd[which], self.lasting[which])

    def __len__(self) -> int:
        return len(self.onsets)


@dataclass(frozen=True, slots=True)
class StepLimits:
    """What a step is: least size, how long half of it is left, how long that is in one that lasts, and when it is over.

    Parameters
    ----------
    least_sd, stay_ms, lasting_ms, calm_sd : float
        See `ArtefactSettings`.
    """

    least_sd: float
    stay_ms: float
    lasting_ms: float
    calm_sd: float


def voltage_grid(wire_uv: FloatTraces, sampling_hz: float) -> FloatTraces:
    """Single samples of a wire, half a millisecond apart."""
    return np.ascontiguousarray(wire_uv[:: samples_in(GRID_MS, sampling_hz)])


def usual_change(grid_uv: FloatTraces) -> float:
    """SD of the change of the voltage over a millisecond, from the median: spikes hardly move it."""
    changes = np.abs(grid_uv[2::4] - grid_uv[:-2:4])
    return MAD_TO_SD * float(np.median(changes)) if changes.size else 0.0


def find_steps(
    wire_uv: FloatTraces, grid_uv: FloatTraces, change_uv: float, limits: StepLimits, *, sampling_hz: float
) -> Steps:
    """Steps of a stretch of one wire.

    Parameters
    ----------
    wire_uv, grid_uv : array (samples,)
        Voltage, and some samples of it.
    change_uv : float
        SD of its change over a millisecond.
    limits : StepLimits
        What a step is.
    sampling_hz : float
        Samples per second.
    """
    if not change_uv > 0:
        return Steps.joined(())
    near = _candidates(grid_uv, GRID_SHARE * limits.least_sd * change_uv) * samples_in(GRID_MS, sampling_hz)
    onsets = _onsets(wire_uv, near, sampling_hz)
    before, beyond = REST_MS + 2.0 * JUMP_MS, 2.0 * (limits.lasting_ms + JUMP_MS)
    around = samples_in(before, sampling_hz), samples_in(beyond, sampling_hz)
    onsets = onsets[(onsets >= around[0]) & (onsets < len(wire_uv) - around[1])]
    size, jump = samples_in(BIN_MS, sampling_hz), samples_in(0.5 * JUMP_MS, sampling_hz)
    resting = _bins(wire_uv, onsets - jump, size, round(REST_MS / BIN_MS), backwards=True)
    base = np.median(resting, axis=1, keepdims=True)
    lasting = round(limits.lasting_ms / BIN_MS)
    after = _bins(wire_uv, onsets + jump, size, 2 * lasting) - base
    soon = after[:, : round(limits.stay_ms / BIN_MS)]
    sign = np.sign(soon.mean(axis=1))
    height = (sign[:, np.newaxis] * soon).max(axis=1)
    jumped = sign * (soon[:, 0] + base[:, 0] - resting[:, -1])
    stays = (sign[:, np.newaxis] * soon).min(axis=1) >= LEAST_LEFT * height
    rests = np.abs(resting - base).max(axis=1) <= MOST_BEFORE * height
    real = rests & stays & (jumped >= LEAST_JUMP * height) & (height >= limits.least_sd * change_uv)
    lengths = calm_after(
        wire_uv, onsets[real] + jump, base[real, 0], height[real], limits.calm_sd * change_uv, sampling_hz=sampling_hz
    )
    stops = onsets[real] + jump + np.maximum(lengths, samples_in(limits.stay_ms, sampling_hz))
    lasts = _decays(sign[:, np.newaxis] * after, height, lasting)
    return Steps(onsets[real], stops, (sign * height)[real] / change_uv, lasts[real])


def find_jumps(wire_uv: FloatTraces, least_sd: float, calm_sd: float, *, sampling_hz: float) -> Steps:
    """Jumps from rest to their full height within two samples or so, however soon they are over.

    A narrow spike of an axon could pass for one: they are looked for where artefacts are known to be.

    Parameters
    ----------
    wire_uv : array (samples,)
        Voltage of a stretch.
    least_sd, calm_sd : float
        Least height, in SD of the change of the voltage as fast as that, and when a jump is over.
    sampling_hz : float
        Samples per second.
    """
    half, soon = samples_in(0.5 * AT_ONCE_MS, sampling_hz), samples_in(SOON_MS, sampling_hz)
    change_uv = usual_change(voltage_grid(wire_uv, sampling_hz))
    if len(wire_uv) <= 4 * soon or not change_uv > 0:
        return Steps.joined(())
    jumps = np.zeros_like(wire_uv)
    jumps[half:-half] = wire_uv[2 * half :] - wire_uv[: -2 * half]
    usual_uv = MAD_TO_SD * float(np.median(np.abs(jumps)))
    peaks, _ = signal.find_peaks(np.abs(jumps), height=max(least_sd * usual_uv, 1e-30), distance=soon)
    peaks = peaks[(peaks >= 2 * soon) & (peaks < len(wire_uv) - 2 * soon)].astype(np.int64)
    before = wire_uv[peaks[:, np.newaxis] - half - np.arange(soon)]
    after = wire_uv[peaks[:, np.newaxis] + half + np.arange(soon)]
    base, height = np.median(before, axis=1, keepdims=True), np.abs(jumps[peaks])
    goes_on = (np.sign(jumps[peaks])[:, np.newaxis] * (after - base)).max(axis=1)
    leads_up = np.abs(before - base).max(axis=1)
    later = _bins(wire_uv, peaks + half, samples_in(BIN_MS, sampling_hz), round(3.0 * SOON_MS / BIN_MS)) - base
    below = -(np.sign(jumps[peaks])[:, np.newaxis] * later).min(axis=1)
    real = (goes_on <= MOST_AFTER_JUMP * height) & (leads_up <= MOST_BEFORE_JUMP * height)
    real &= below <= MOST_BELOW * height
    peaks, base_uv, height = peaks[real], base[real, 0].astype(np.float64), height[real].astype(np.float64)
    lengths = calm_after(wire_uv, peaks + half, base_uv, height, calm_sd * change_uv, sampling_hz=sampling_hz)
    stops = peaks + half + np.maximum(lengths, samples_in(SOON_MS, sampling_hz))
    return Steps(peaks, stops, jumps[peaks].astype(np.float64) / change_uv, np.zeros(len(peaks), np.bool_))


def _decays(after_uv: FloatArray, heights_uv: FloatArray, lasting: int) -> BoolArray:
    """Whether half of each step is left after so many bins, and after twice as many what an exponential leaves of it.

    A potential that rises, stays and falls, as a muscle's does, has fallen by then.
    """
    left_uv = after_uv[:, :lasting].min(axis=1)
    later_uv = after_uv[:, lasting + lasting // 2 :].mean(axis=1)
    decays: BoolArray = (left_uv >= LEAST_LEFT * heights_uv) & (later_uv * heights_uv >= LEAST_LEFT * left_uv**2)
    return decays


def calm_after(
    wire_uv: FloatTraces,
    onsets: IntArray,
    base_uv: FloatArray,
    heights_uv: FloatArray,
    calm_uv: float,
    *,
    sampling_hz: float,
) -> IntArray:
    """Samples after each onset until an exponential decay changes by less than `calm_uv` in half a millisecond.

    Its time constant is read where the voltage has fallen to 1/e of its height above `base_uv`.
    """
    size, count = samples_in(TAIL_BIN_MS, sampling_hz), round(TAIL_MS / TAIL_BIN_MS)
    decay = np.abs(_bins(wire_uv, onsets, size, count) - base_uv[:, np.newaxis])
    fallen = decay < heights_uv[:, np.newaxis] / math.e
    taus = (np.where(fallen.any(axis=1), fallen.argmax(axis=1), count) + 0.5) * size
    steepness = np.maximum(heights_uv * size / (taus * calm_uv), 1.0)
    lengths: IntArray = np.rint(taus * np.log(steepness)).astype(np.int64)
    return lengths


def _candidates(grid_uv: FloatTraces, least_uv: float) -> IntArray:
    """Samples of the grid between which the voltage may have jumped: away from rest, and still away a sample later."""
    earlier, before, after, later = grid_uv[:-4], grid_uv[1:-3], grid_uv[3:-1], grid_uv[4:]
    soon, then = after - before, later - before
    height = np.maximum(np.minimum(soon, then), -np.maximum(soon, then))
    return np.flatnonzero((height >= least_uv) & (np.abs(before - earlier) <= 0.5 * height)) + 2


def _onsets(wire_uv: FloatTraces, near: IntArray, sampling_hz: float) -> IntArray:
    """Where the voltage changes fastest within a millisecond of each candidate."""
    jump, reach = samples_in(0.5 * JUMP_MS, sampling_hz), samples_in(3 * GRID_MS, sampling_hz)
    near = near[(near >= reach + jump) & (near < len(wire_uv) - reach - jump)]
    columns = near[:, np.newaxis] + np.arange(-reach, reach)
    fastest = np.abs(wire_uv[columns + jump] - wire_uv[columns - jump]).argmax(axis=1)
    return np.unique(near - reach + fastest)


def _bins(wire_uv: FloatTraces, rows: IntArray, size: int, count: int, *, backwards: bool = False) -> FloatArray:
    """Means over bins from each row on, or up to each row; beyond the ends the outermost sample stands."""
    columns = np.arange(-count * size, 0) if backwards else np.arange(count * size)
    around = wire_uv[np.clip(rows[:, np.newaxis] + columns, 0, len(wire_uv) - 1)]
    means: FloatArray = around.reshape(len(rows), count, size).mean(axis=2, dtype=np.float64)
    return means


def samples_in(length_ms: float, sampling_hz: float) -> int:
    """Samples in so many milliseconds, one at least."""
    return max(1, round(length_ms * 1e-3 * sampling_hz))
