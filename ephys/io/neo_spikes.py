"""Spike trains that neo's readers made, as the files' own readers here have them: at their peaks, noise left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import quantities as pq

from ephys.io.contents import WIRE_MIN_HZ
from ephys.io.neo_back import hertz, seconds
from ephys.io.raw_spikes import clean
from ephys.io.signals import rate
from ephys.io.trains import Train, aligned, unique_names
from ephys.model import Epoch

_UNSORTED = ("#0", "#255")
"""Ends of the names of spike trains that are no unit: neo's readers number unsorted spikes 0, Blackrock's noise 255."""

_INSTANT_S = 1e-6
"""What is lost begins so long after the last spike, which is not."""

_NOISE = "noise"
"""What neo's Blackrock reader calls the class of code 255."""


def read_trains(segments: Sequence[Sequence[Any]]) -> tuple[tuple[Train, ...], tuple[str, ...]]:
    """Return the spike trains, and what is odd about them; those of one name in several segments are one.

    Parameters
    ----------
    segments : sequence of sequences of neo.SpikeTrain
        Trains of each segment, with their data.

    Returns
    -------
    trains : tuple of Train
    doubts : tuple of str
    """
    parts: dict[str, list[Any]] = {}
    noise: list[Any] = []
    for trains in segments:
        for name, train in zip(_names(trains), trains, strict=True):
            if train.annotations.get("unit_classification") == _NOISE:
                noise.append(train)
            else:
                parts.setdefault(name, []).append(train)
    read = [_train(name, own) for name, own in parts.items()]
    read = [(replace(train, lost=_lost(own)), said) for (train, said), own in zip(read, parts.values(), strict=True)]
    return tuple(train for train, _ in read), (*_left_out(noise), *(doubt for _, said in read for doubt in said))


def _lost(parts: Sequence[Any]) -> tuple[Epoch, ...]:
    """When a damaged file may have lost spikes of a train (`ephys.io.smrx.SmrxIO`); its last snippet is left whole."""
    first = parts[0]
    points = 0 if first.waveforms is None else np.shape(first.waveforms)[-1]
    length_s = points / hertz(first) if points and first.sampling_rate is not None else 0.0
    bounds = [(a + length_s + _INSTANT_S, b) for a, b in first.annotations.get("lost_s", ())]
    return tuple(Epoch(a, b, "lost") for a, b in bounds if a < b)


def is_unsorted(train: Any) -> bool:
    """Whether a train is what the sorter left unclassified."""
    return str(train.annotations.get("id", "")).endswith(_UNSORTED) or str(train.name).endswith(_UNSORTED)


def _left_out(noise: Sequence[Any]) -> tuple[str, ...]:
    """Say what was noise to the sorter."""
    spikes = sum(len(train) for train in noise)
    if not spikes:
        return ()
    channels = len({str(train.name) for train in noise})
    return (f"{spikes} spikes on {channels} channels have the code 255, noise to the sorter: they are left out",)


def _names(trains: Sequence[Any]) -> list[str]:
    """Return a name for each train: its own, with neo's id where another has the same, or its number."""
    names = [clean(train.name or train.annotations.get("unit_id", "")) for train in trains]
    ids = [str(train.annotations.get("id", "")) for train in trains]
    full = [f"{n} {i}".strip() if names.count(n) > 1 else n for n, i in zip(names, ids, strict=True)]
    numbers = range(1, len(full) + 1)
    return unique_names([name or str(number) for name, number in zip(full, numbers, strict=True)], numbers)


def _train(name: str, parts: Sequence[Any]) -> tuple[Train, tuple[str, ...]]:
    """Return the spikes of one train in order, at their peaks where it has shapes, and what is odd about it."""
    times = np.concatenate([np.asarray(seconds(part.times), dtype=np.float64) for part in parts])
    order = np.argsort(times, kind="stable")
    first, unsorted = parts[0], is_unsorted(parts[0])
    bare = Train(name, times[order], "neo", multi_unit=unsorted)
    hz = 0.0 if first.sampling_rate is None else rate(hertz(first))
    if hz and not hz >= WIRE_MIN_HZ:
        claim = f"spikes of {name!r} claim {hz:.4g} Hz, which cannot be: their shapes are not read, and their times"
        return bare, (f"{claim} may be those of the first sample, not of the peak",)
    shapes = None if any(part.waveforms is None for part in parts) else [_snippets(part) for part in parts]
    if shapes is None or any(shape is None for shape in shapes) or not hz:
        return bare, _unmoved(name, first)
    pre, stamped = _lead(first, hz)
    snippets = np.concatenate(shapes)[order]
    train = aligned(name, times[order], snippets, hz, pre, unsorted=unsorted, stamped=stamped, origin="neo")
    return train, (f"spikes of {name!r} state no unit: their numbers are taken as µV",) * _without_unit(first.waveforms)


def _lead(train: Any, hz: float) -> tuple[int, int | None]:
    """Sample at which the peak is sought, and the one that the times mean.

    Of a CED file neo gives the time of the first sample, and half the window for what lies before the peak; the reader
    of ``.smrx`` says where it is.
    """
    if _is_ced(train):
        return int(train.annotations.get("pre_samples", -1)), 0
    if train.left_sweep is None:
        return -1, None
    sample = round(float(np.ravel(seconds(train.left_sweep))[0]) * hz)
    return sample, sample


def _is_ced(train: Any) -> bool:
    """Whether neo read the train from a WaveMark channel."""
    return Path(str(train.file_origin or "")).suffix.lower() in (".smr", ".smrx")


def _unmoved(name: str, train: Any) -> tuple[str, ...]:
    """Say so where times are those of a snippet's first sample, and neo was not asked for the snippet."""
    if not (_is_ced(train) and train.left_sweep is not None):
        return ()
    return (
        f"spikes of {name!r} came without their shapes: their times are those of the first sample, not of the peak; "
        "neo's load_waveforms=True gives both",
    )


def _without_unit(waves: Any) -> bool:
    """Whether waveforms are plain numbers."""
    return bool(waves.dimensionality.simplified == pq.dimensionless.dimensionality)


def _snippets(train: Any) -> Any:
    """Return waveforms as (spikes, samples, channels) in µV; ``None`` where they are no voltage, or not one a spike."""
    waves = train.waveforms
    if np.ndim(waves) != 3 or len(waves) != len(train) or not hasattr(waves, "units"):
        return None
    if _without_unit(waves):
        return np.asarray(waves.magnitude, dtype=np.float32).transpose(0, 2, 1)
    if waves.dimensionality.simplified != pq.V.dimensionality.simplified:
        return None
    return np.asarray(waves.rescale(pq.uV).magnitude, dtype=np.float32).transpose(0, 2, 1)
