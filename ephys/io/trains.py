"""Spikes as a file has them, on their way to becoming units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.model import Epoch, Support, Unit, Waveform
from ephys.model.unit import Phase

_PEAK_SEARCH_S = 0.001
"""The peak is sought this near to where the file puts it."""


@dataclass(frozen=True, eq=False)
class Train:
    """Spike times of one name, before it is known what was recorded.

    Parameters
    ----------
    id, origin : str
        Name of the unit to be, and where it comes from.
    times_s, amplitudes_uv : array (spikes,)
        In order; the amplitudes may be missing.
    snippets_uv : array (spikes, samples, channels), optional
        With `sampling_hz` and `pre_s`.
    multi_unit : bool
        True for what the sorter left unclassified.
    band_hz, phase : tuple of (float or None, float or None), {"zero", "causal", "unknown"}
        What the snippets passed through, where the file states it.
    lost : tuple of Epoch
        When it may have fired without the file having it: no part of the unit's support, for that is not silence.
    """

    id: str
    times_s: NDArray[np.float64]
    origin: str = "times"
    amplitudes_uv: NDArray[np.float64] | None = None
    snippets_uv: NDArray[np.float32] | None = None
    sampling_hz: float = 0.0
    pre_s: float = 0.0
    multi_unit: bool = False
    band_hz: tuple[float | None, float | None] = (None, None)
    phase: Phase = "unknown"
    lost: tuple[Epoch, ...] = ()


def as_units(trains: Iterable[Train], recorded: Support) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """Turn trains into units; spikes outside what was recorded are left out, and that is said.

    Parameters
    ----------
    trains : iterable of Train
        As read.
    recorded : Support
        When the units could have been seen.

    Returns
    -------
    units : tuple of Unit
    doubts : tuple of str

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> train = Train("1", np.array([1.0, 2.0, 30.0]))
    >>> units, doubts = as_units([train], Support.of(Epoch(0.0, 10.0)))
    >>> units[0].n_spikes, doubts
    (2, ('unit 1: 1 of 3 spikes lie outside what was recorded and are left out, the first at 30 s',))
    """
    units, doubts = [], []
    for train in trains:
        seen = recorded.without(train.lost) if train.lost else recorded
        inside = seen.mask(train.times_s)
        if not inside.all():
            lost = train.times_s[~inside]
            doubts.append(
                f"unit {train.id}: {len(lost)} of {len(inside)} spikes lie outside what was recorded and are left out, "
                f"the first at {lost[0]:g} s"
            )
        amplitudes = np.empty(0) if train.amplitudes_uv is None else train.amplitudes_uv[inside]
        wave = None
        if train.snippets_uv is not None:
            kept = train.snippets_uv[inside]
            at = np.arange(len(kept))
            wave = Waveform(kept, at, train.sampling_hz, train.pre_s, train.band_hz, phase=train.phase)
        units.append(
            Unit(
                train.id, train.times_s[inside], seen, amplitudes, waveform=wave, origin=train.origin,
                multi_unit=train.multi_unit,
            )
        )  # fmt: skip
    return tuple(units), tuple(doubts)


LENGTH_NOT_SAID = "do not say how long was recorded"
"""What every doubt about the end of a recording says."""


def unseen_end(recorded: Support) -> str:
    """Say that a file of spikes and marks alone does not tell when the recording ended.

    >>> from ephys.model import Epoch
    >>> unseen_end(Support.of(Epoch(0.0, 20.5)))
    'spikes do not say how long was recorded: 0 s to the last of them at 20.5 s is assumed; ...'
    """
    return (
        f"spikes {LENGTH_NOT_SAID}: {recorded.start_s:g} s to the last of them at {recorded.stop_s:g} s is assumed; "
        "silence after it is not seen; stop_s (--stop-s) states the end"
    )


def unique_names(names: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Return the names, those that occur twice with their channel's number.

    >>> unique_names(["Stim", "untitled", "untitled"], [1, 12, 30])
    ['Stim', 'untitled (12)', 'untitled (30)']
    """
    return [f"{n} ({k})" if names.count(n) > 1 else n for n, k in zip(names, numbers, strict=True)]


def aligned(
    id: str,
    times: NDArray[np.float64],
    shapes: NDArray[np.float32],
    hz: float,
    pre: int,
    *,
    unsorted: bool,
    stamped: int | None = 0,
    origin: str = "wavemark",
) -> Train:
    """Return a unit with its snippets, its times moved to the peak of their median.

    Parameters
    ----------
    id : str
        Name of the unit.
    times : array (spikes,)
        When the file says that each spike was, in seconds.
    shapes : array (spikes, samples, channels)
        Snippets in µV.
    hz : float
        Samples per second.
    pre : int
        Sample at which the file says that the peak lies; out of range, the whole snippet is searched.
    unsorted : bool
        Whether the code means "unclassified".
    stamped : int or None, optional
        Sample of the snippet that the file's times mean; ``None`` where the format does not say: the times are then
        left as they are, and taken as the peak's.
    origin : str, optional
        Where the unit comes from.

    Examples
    --------
    >>> shapes = np.zeros((2, 32, 1), dtype=np.float32)
    >>> shapes[:, 12] = -80
    >>> train = aligned("1", np.array([1.0, 2.0]), shapes, 32000.0, 8, unsorted=False, stamped=8)
    >>> train.times_s - [1.0, 2.0], train.pre_s * 32000, train.amplitudes_uv
    (array([0.000125, 0.000125]), 12.0, array([80., 80.]))
    """
    if not len(shapes):
        return Train(id, times, origin, multi_unit=unsorted)
    centred = shapes - np.median(shapes, axis=1, keepdims=True)
    median = np.median(centred, axis=0)
    reach = round(_PEAK_SEARCH_S * hz)
    low, high = (max(0, pre - reach), pre + reach + 1) if 0 < pre < len(median) else (0, len(median))
    window = median[low:high]
    at, wire = np.unravel_index(int(np.argmax(np.abs(window))), window.shape)
    peak = low + int(at)
    amplitudes = centred[:, peak, int(wire)].astype(np.float64) * np.sign(float(median[peak, int(wire)]))
    moved = times if stamped is None else times + (peak - stamped) / hz
    return Train(id, moved, origin, amplitudes, shapes, hz, peak / hz, multi_unit=unsorted)
