"""Stretches of time on the session's clock: one window, and the stretches that were recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Epoch:
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
class Support:
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
        return sum(epoch.overlap(window) for epoch in self.epochs)

    def mask(self, times_s: FloatArray) -> NDArray[np.bool_]:
        """Which of `times_s` lie in the support; its last instant counts as inside."""
        inside = np.zeros(times_s.shape, dtype=bool)
        for epoch in self.epochs:
            inside |= epoch.mask(times_s)
        inside |= times_s == self.stop_s
        return inside

    def without(self, excised: Iterable[Epoch]) -> Support:
        """Support with further stretches taken out (artefacts, say).

        >>> Support.of(Epoch(0.0, 10.0)).without([Epoch(4.0, 5.0)]).duration_s
        9.0
        """
        kept = list(self.epochs)
        for hole in excised:
            kept = [part for epoch in kept for part in _cut(epoch, hole)]
        return Support(tuple(kept))


def _cut(epoch: Epoch, hole: Epoch) -> list[Epoch]:
    """Return what is left of `epoch` once `hole` is taken out."""
    bounds = [
        (epoch.start_s, min(epoch.stop_s, hole.start_s)),
        (max(epoch.start_s, hole.stop_s), epoch.stop_s),
    ]
    return [Epoch(start, stop, epoch.label) for start, stop in bounds if start < stop]
