"""A sorted cell: when it fired, when it could have been seen to fire, and what its spikes look like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model.epoch import Epoch, FloatArray, Support
from ephys.model.isolation import Isolation

Phase = Literal["zero", "causal", "unknown"]
WaveformSource = Literal["wide_band", "file"]
FateState = Literal["held", "lost", "undetermined"]

HARMLESS_HIGH_PASS_HZ = 10.0
"""Highest high-pass whose phase does not matter: run one way, it moves no raphe spike's width by 0.1 ms (computed)."""

_ROUNDING_S = 1e-6
"""Less is no time: sums of many stretches differ in their last digits."""


def _frozen(values: ArrayLike, dtype: type) -> NDArray[Any]:
    """Return a read-only copy; what is read-only already, and nobody else's, needs none."""
    if isinstance(values, np.ndarray) and values.dtype == dtype and values.flags.owndata and not values.flags.writeable:
        return values
    array: NDArray[Any] = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False)
class Waveform(Shown):
    """Spike shapes that know their spike, and the filter that made them.

    Parameters
    ----------
    snippets_uv : array (kept, samples, channels)
        One per kept spike, in µV.
    spike_index : array (kept,)
        Which spike of the unit each snippet belongs to.
    sampling_hz : float
        Samples per second of the snippets.
    pre_s : float
        Time before the spike's peak at which a snippet begins.
    band_hz : tuple of (float or None, float or None)
        Pass band of filter and amplifier together; ``None`` where unknown or unlimited.
    order : int
        Order of the filter; 0 if none was applied.
    phase : {"zero", "causal", "unknown"}
        Phase of the filter. A width after a causal high-pass is not a width.
    source : {"wide_band", "file"}
        Measured by `measure_waveforms`, or as it came with the file.

    Raises
    ------
    ParameterError
        If the snippets are not three-dimensional, or their number differs from `spike_index`.
    """

    snippets_uv: NDArray[np.float32]
    spike_index: NDArray[np.int64]
    sampling_hz: float
    pre_s: float
    band_hz: tuple[float | None, float | None] = (None, None)
    order: int = 0
    phase: Phase = "unknown"
    source: WaveformSource = "file"

    def __post_init__(self) -> None:
        object.__setattr__(self, "snippets_uv", _frozen(self.snippets_uv, np.float32))
        object.__setattr__(self, "spike_index", _frozen(self.spike_index, np.int64))
        if self.snippets_uv.ndim != 3:
            raise ParameterError(f"snippets_uv must be (kept, samples, channels), got shape {self.snippets_uv.shape}")
        if len(self.snippets_uv) != len(self.spike_index):
            raise ParameterError(f"{len(self.snippets_uv)} snippets for {len(self.spike_index)} spike numbers")
        if not self.sampling_hz > 0:
            raise ParameterError(f"sampling_hz of a waveform must be positive, got {self.sampling_hz}")

    @property
    def time_ms(self) -> FloatArray:
        """Time of each sample from the spike's peak, in ms."""
        return (np.arange(self.snippets_uv.shape[1]) / self.sampling_hz - self.pre_s) * 1e3

    def __repr__(self) -> str:
        """One line: how many, how long, which band."""
        low, high = ("?" if b is None else f"{b:g}" for b in self.band_hz)
        kept, samples, channels = self.snippets_uv.shape
        size = f"{kept} snippets, {samples} samples x {channels} channels"
        return f"Waveform({size}, {low} to {high} Hz, {self.phase} phase)"


@dataclass(frozen=True, slots=True)
class Fate(Shown):
    """Whether the electrode still held the cell when the recording ended.

    Parameters
    ----------
    state : {"held", "lost", "undetermined"}
        Spikes of the same shape to the end or after a silence; an amplitude that ran down to the threshold before
        the last spike; silent to the end with neither.
    held_until_s : float
        Last time at which the cell is proven held.
    evidence : str
        Why, in words, with the figures.
    lost_at_s : float, optional
        When it was lost; ``None`` unless `state` is ``"lost"``.
    """

    state: FateState
    held_until_s: float
    evidence: str
    lost_at_s: float | None = None


@dataclass(frozen=True, eq=False)
class Unit(Shown):
    """Spikes of one cell, with the time in which it could have been seen.

    Parameters
    ----------
    id : str
        Name of the unit within its session.
    times_s : array (spikes,)
        When it fired, in order, on the session's clock.
    support : Support
        When it could have been seen to fire. No spike inside is silence; outside, nothing is known.
    amplitudes_uv : array (spikes,), optional
        Size of each spike's main peak (positive) in the sorting band, NaN where unknown.
    threshold_uv : float, optional
        Detection threshold on the same scale, NaN where unknown.
    noise_uv : float, optional
        Noise SD in the sorting band, NaN where unknown.
    waveform : Waveform, optional
        Spike shapes.
    origin : str, optional
        Where the unit comes from: ``"sort"``, ``"sort: simple 1.0"`` (another sorter), ``"wavemark"``, ``"times"``...
    multi_unit : bool, optional
        True where the spikes cannot be isolated to one cell.
    isolation : Isolation, optional
        How far it stands apart from the units sorted with it; ``None`` where unknown.

    Raises
    ------
    ParameterError
        If times are not finite, not in order, or outside the support, or lengths differ.
    """

    id: str
    times_s: FloatArray
    support: Support
    amplitudes_uv: FloatArray = field(default_factory=lambda: np.empty(0))
    threshold_uv: float = float("nan")
    noise_uv: float = float("nan")
    waveform: Waveform | None = None
    origin: str = "times"
    multi_unit: bool = False
    isolation: Isolation | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", _frozen(self.times_s, np.float64))
        object.__setattr__(self, "multi_unit", bool(self.multi_unit))  # readers compare arrays; JSON knows no numpy
        amplitudes = self.amplitudes_uv
        if len(amplitudes) == 0:
            amplitudes = np.full(self.times_s.shape, np.nan)
        object.__setattr__(self, "amplitudes_uv", _frozen(amplitudes, np.float64))
        self._check()

    def _check(self) -> None:
        """Raise unless the fields agree with one another."""
        times = self.times_s
        if times.ndim != 1:
            raise ParameterError(f"unit {self.id}: times_s must be one-dimensional, got shape {times.shape}")
        if not np.isfinite(times).all():
            raise ParameterError(f"unit {self.id}: spike {int(np.argmin(np.isfinite(times)))} has no finite time")
        disorder = np.flatnonzero(np.diff(times) < 0)
        if disorder.size:
            i = int(disorder[0])
            raise ParameterError(
                f"unit {self.id}: times_s must be in order, spike {i + 1} at {times[i + 1]:g} s "
                f"comes after {times[i]:g} s"
            )
        outside = np.flatnonzero(~self.support.mask(times))
        if outside.size:
            raise ParameterError(
                f"unit {self.id}: {outside.size} spikes outside its support "
                f"({self.support.start_s:g} to {self.support.stop_s:g} s), the first at {times[outside[0]]:g} s"
            )
        if self.amplitudes_uv.shape != times.shape:
            raise ParameterError(f"unit {self.id}: {len(self.amplitudes_uv)} amplitudes for {len(times)} spikes")

    @classmethod
    def from_times(cls, times_s: ArrayLike, *, support: Support | Epoch, id: str = "1", origin: str = "times") -> Unit:
        """Unit from spike times alone.

        >>> Unit.from_times([1.0, 2.0], support=Epoch(0.0, 10.0))
        Unit('1': 2 spikes in 10 s, 0.2 Hz)
        """
        whole = Support.of(support) if isinstance(support, Epoch) else support
        return cls(id, np.asarray(times_s, dtype=np.float64), whole, origin=origin)

    @property
    def n_spikes(self) -> int:
        """Number of spikes."""
        return len(self.times_s)

    @property
    def is_sorted_here(self) -> bool:
        """Whether it was found in voltage, by our sorter or by another that was asked, and did not come with a file.

        >>> whole = Epoch(0.0, 10.0)
        >>> origins = ("sort", "sort: simple", "wavemark")
        >>> [Unit.from_times([1.0], support=whole, origin=origin).is_sorted_here for origin in origins]
        [True, True, False]
        """
        return self.origin.startswith("sort")

    def excised_s(self, recorded: Support, within: Epoch | None = None) -> float:
        """Seconds that were recorded between the unit's first and last stretch, and taken out of its support.

        Parameters
        ----------
        recorded : Support
            When the session was recorded.
        within : Epoch, optional
            In this window only.

        Examples
        --------
        >>> whole = Support.of(Epoch(0.0, 10.0), Epoch(20.0, 30.0))
        >>> unit = Unit.from_times([1.0], support=whole.without([Epoch(4.0, 4.5)]))
        >>> unit.excised_s(whole), unit.excised_s(whole, Epoch(4.25, 30.0))
        (0.5, 0.25)
        """
        start_s, stop_s = self.support.start_s, self.support.stop_s
        if within is not None:
            start_s, stop_s = max(start_s, within.start_s), min(stop_s, within.stop_s)
        if not start_s < stop_s:
            return 0.0
        known = Epoch(start_s, stop_s)
        missing_s = recorded.covered_s(known) - self.support.covered_s(known)
        return missing_s if missing_s > _ROUNDING_S else 0.0

    def __repr__(self) -> str:
        """One line: name, spikes, time, rate."""
        seconds = self.support.duration_s
        kind = " (multi-unit)" if self.multi_unit else ""
        return f"Unit({self.id!r}{kind}: {self.n_spikes} spikes in {seconds:g} s, {self.n_spikes / seconds:.3g} Hz)"


def rename_units(units: Iterable[Unit], names: Mapping[str, str]) -> list[Unit]:
    """Units under other names, which their neighbours know them by as well; names that are not given stay."""
    renamed = []
    for unit in units:
        isolation = unit.isolation
        if isolation is not None:
            isolation = replace(isolation, neighbour=names.get(isolation.neighbour, isolation.neighbour))
        renamed.append(replace(unit, id=names.get(unit.id, unit.id), isolation=isolation))
    return renamed
