"""Stretches of time on the session's clock: one window, and the stretches that were recorded."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Epoch(Shown):
    """A half-open window ``[start_s, stop_s)``, so that adjacent windows share no spike.

    Parameters
    ----------
    start_s, stop_s : float
        Seconds on the session's clock.
    label : str, optional
        What the window is, for messages and tables.

    Raises
    ------
    ParameterError
        If a bound is not finite, or `start_s` is not before `stop_s`.

    Examples
    --------
    >>> Epoch(0.0, 180.0, "baseline").duration_s
    180.0
    """

    start_s: float
    stop_s: float
    label: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.stop_s)):
            raise ParameterError(
                f"epoch {self.label!r} must have finite bounds, got [{self.start_s} s, {self.stop_s} s)"
            )
        if not self.start_s < self.stop_s:
            raise ParameterError(
                f"epoch {self.label!r} must have start_s < stop_s, got [{self.start_s} s, {self.stop_s} s)"
            )

    @property
    def duration_s(self) -> float:
        """Length of the window in seconds."""
        return self.stop_s - self.start_s

    def mask(self, times_s: FloatArray) -> NDArray[np.bool_]:
        """Which of `times_s` lie in the window."""
        inside: NDArray[np.bool_] = (times_s >= self.start_s) & (times_s < self.stop_s)
        return inside

    def overlap(self, other: Epoch) -> float:
        """Seconds that two windows share."""
        return max(0.0, min(self.stop_s, other.stop_s) - max(self.start_s, other.start_s))


@dataclass(frozen=True, slots=True)
class Support(Shown):
    """The stretches in which a unit could have been seen to fire: silence inside is data, outside is absence.

    Parameters
    ----------
    epochs : tuple of Epoch
        In order, apart from each other; at least one.

    Raises
    ------
    ParameterError
        If there is no epoch, or two overlap or are out of order. Nothing is joined or repaired.

    Examples
    --------
    >>> support = Support.of(Epoch(0.0, 100.0), Epoch(150.0, 300.0))
    >>> support.start_s, support.stop_s, support.covered_s(Epoch(90.0, 160.0))
    (0.0, 300.0, 20.0)
    """

    epochs: tuple[Epoch, ...]

    def __post_init__(self) -> None:
        if not self.epochs:
            raise ParameterError("a support needs at least one epoch, got none")
        for before, after in zip(self.epochs, self.epochs[1:], strict=False):
            if before.stop_s > after.start_s:
                raise ParameterError(
                    "epochs of a support must be in order and apart, got "
                    f"[{before.start_s:g} s, {before.stop_s:g} s) before [{after.start_s:g} s, {after.stop_s:g} s)"
                )

    @classmethod
    def of(cls, *epochs: Epoch) -> Support:
        """Support made of the epochs given."""
        return cls(tuple(epochs))

    @property
    def start_s(self) -> float:
        """Where the first stretch begins."""
        return self.epochs[0].start_s

    @property
    def stop_s(self) -> float:
        """Where the last stretch ends."""
        return self.epochs[-1].stop_s

    @property
    def duration_s(self) -> float:
        """Seconds recorded, gaps left out."""
        return sum(epoch.duration_s for epoch in self.epochs)

    @property
    def gaps(self) -> tuple[Epoch, ...]:
        """What lies between the stretches: nothing was recorded there."""
        pairs = zip(self.epochs, self.epochs[1:], strict=False)
        return tuple(Epoch(a.stop_s, b.start_s, "gap") for a, b in pairs if a.stop_s < b.start_s)

    def covered_s(self, window: Epoch) -> float:
        """Seconds of `window` that were recorded."""
        first = bisect_right(self.epochs, window.start_s, key=lambda epoch: epoch.stop_s)
        beyond = bisect_left(self.epochs, window.stop_s, lo=first, key=lambda epoch: epoch.start_s)
        return sum(epoch.overlap(window) for epoch in self.epochs[first:beyond])

    def elapsed_s(self, times_s: FloatArray) -> FloatArray:
        """Seconds recorded from the start up to each time: a clock that stands still in the gaps.

        >>> Support.of(Epoch(0.0, 10.0), Epoch(20.0, 30.0)).elapsed_s(np.array([5.0, 15.0, 25.0]))
        array([ 5., 10., 15.])
        """
        edges = np.array([edge for epoch in self.epochs for edge in (epoch.start_s, epoch.stop_s)])
        lengths = np.diff(edges)
        lengths[1::2] = 0.0
        elapsed: FloatArray = np.interp(times_s, edges, np.concatenate([[0.0], np.cumsum(lengths)]))
        return elapsed

    def mask(self, times_s: FloatArray) -> NDArray[np.bool_]:
        """Which of `times_s` lie in the support; its last instant counts as inside."""
        starts, stops = np.array([(epoch.start_s, epoch.stop_s) for epoch in self.epochs]).T
        last = np.searchsorted(starts, times_s, side="right") - 1
        inside: NDArray[np.bool_] = ((last >= 0) & (times_s < stops[last])) | (times_s == self.stop_s)
        return inside

    def within(self, window: Epoch) -> Support | None:
        """Support in a window only; ``None`` where nothing of it was recorded.

        >>> Support.of(Epoch(0.0, 10.0), Epoch(20.0, 30.0)).within(Epoch(5.0, 20.0))
        Support(epochs=(Epoch(start_s=5.0, stop_s=10.0, label=''),))
        """
        shared = tuple(
            Epoch(max(epoch.start_s, window.start_s), min(epoch.stop_s, window.stop_s), epoch.label)
            for epoch in self.epochs
            if epoch.overlap(window) > 0
        )
        return Support(shared) if shared else None

    def later(self, by_s: float) -> Support:
        """Support on a clock that is so many seconds ahead."""
        return Support(tuple(Epoch(e.start_s + by_s, e.stop_s + by_s, e.label) for e in self.epochs))

    def without(self, excised: Iterable[Epoch]) -> Support:
        """Support with further stretches taken out (artefacts, say), in whatever order.

        >>> Support.of(Epoch(0.0, 10.0)).without([Epoch(4.0, 5.0)]).duration_s
        9.0
        """
        holes = _merged(excised)
        stops_s = [stop_s for _, stop_s in holes]
        kept = []
        for epoch in self.epochs:
            from_s = epoch.start_s
            for start_s, stop_s in holes[bisect_right(stops_s, epoch.start_s) :]:
                if start_s >= epoch.stop_s:
                    break
                if start_s > from_s:
                    kept.append(Epoch(from_s, start_s, epoch.label))
                from_s = stop_s
            if from_s < epoch.stop_s:
                kept.append(Epoch(from_s, epoch.stop_s, epoch.label))
        return Support(tuple(kept))


def _merged(holes: Iterable[Epoch]) -> list[tuple[float, float]]:
    """Bounds of holes in order, those that overlap as one."""
    merged: list[tuple[float, float]] = []
    for hole in sorted(holes, key=lambda hole: hole.start_s):
        if merged and hole.start_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], hole.stop_s))
        else:
            merged.append((hole.start_s, hole.stop_s))
    return merged
