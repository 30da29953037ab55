"""Voltage that is no number is refused as it is read: one NaN would spread through a filter over a whole chunk."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Recording
from ephys.sorting.filters import FloatTraces


@dataclass(frozen=True, eq=False)
class _FiniteSource:
    """A source of numbers only."""

    recording: Recording

    @property
    def shape(self) -> tuple[int, int]:
        return self.recording.source.shape

    def read(self, start: int, stop: int) -> FloatTraces:
        traces_uv = self.recording.source.read(start, stop)
        if not np.isfinite(traces_uv).all():
            raise ParameterError(_describe_bad(self.recording))
        return traces_uv


def require_finite(recording: Recording) -> Recording:
    """Recording that refuses to be read where a sample is NaN or infinite.

    Parameters
    ----------
    recording : Recording
        Voltage; nothing is read of it yet.

    Examples
    --------
    >>> traces = np.zeros((40_000, 2))
    >>> traces[30_000:30_010, 1] = np.nan
    >>> checked = require_finite(Recording.from_array(traces, sampling_hz=20_000.0))
    >>> checked.read(0, 100).shape
    (100, 2)
    >>> checked.read(20_000, 40_000)
    Traceback (most recent call last):
    ...
    ephys.errors.ParameterError: recording: 10 samples of channel ch1 are NaN or infinite, the first at 1.5 s; ...
    """
    return replace(recording, source=_FiniteSource(recording))


def _describe_bad(recording: Recording) -> str:
    """Which channels hold how many samples that are no numbers, since when, and what to do."""
    counts = np.zeros(recording.n_channels, dtype=np.int64)
    first: int | None = None
    for start, stop, _, _ in recording.chunks():
        bad: NDArray[np.bool_] = ~np.isfinite(recording.read(start, stop))
        counts += bad.sum(axis=0)
        if first is None and bad.any():
            first = start + int(bad.any(axis=1).argmax())
    which = ", ".join(
        f"{count} sample{'s' * (count > 1)} of channel {name}"
        for name, count in zip(recording.channel_names, counts.tolist(), strict=True)
        if count
    )
    first_s = float(recording.times_s(np.array([first]))[0])
    verb = "is" if counts.sum() == 1 else "are"
    return (
        f"{recording.name}: {which} {verb} NaN or infinite, the first at {first_s:.9g} s; export the file again, leave "
        "the channel out, or give the stretches before and after as runs (Recording with an ephys.model.Run for each)"
    )
