"""Spike shapes in the table of units of an NWB file: every snippet, and mean and SD for readers who know NWB only."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hdmf.common import VectorData
from numpy.typing import NDArray

from ephys.io.nwb_layout import SNIPPET_COLUMNS, plain, ragged
from ephys.model import Waveform

_NONE = Waveform(np.empty((0, 0, 0), np.float32), np.empty(0, np.int64), sampling_hz=1.0, pre_s=0.0)
"""What a unit without snippets is written as."""


def waveform_columns(waveforms: Sequence[Waveform | None]) -> list[Any]:
    """Return the columns that hold the snippets, their band and their mean; a unit may have none."""
    waves = [wave or _NONE for wave in waveforms]
    grid = common_grid(waveforms)
    return [
        *ragged("snippet_spike", "which spike of the unit each snippet shows, from 0", [w.spike_index for w in waves]),
        *ragged("snippet_uv", "snippets in microvolts, one after another, each (samples, channels) row by row",
                [w.snippets_uv.reshape(-1) for w in waves]),
        *plain(SNIPPET_COLUMNS, [_row(w) for w in waves]),
        *(_mean_columns(waves, grid) if grid else ()),
    ]  # fmt: skip


def _row(wave: Waveform) -> tuple[Any, ...]:
    """Return what a unit's snippets are, in the order of the columns."""
    samples, channels = wave.snippets_uv.shape[1:]
    low, high = (math.nan if edge is None else float(edge) for edge in wave.band_hz)
    size = (samples, channels, float(wave.sampling_hz), float(wave.pre_s))
    return (*size, low, high, wave.order, wave.phase, wave.source)


# --- mean and SD -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grid:
    """What the mean waveforms of all units are laid on, with their peaks at one sample: NWB has one rate for all."""

    sampling_hz: float
    before: int
    samples: int
    channels: int


def common_grid(waveforms: Sequence[Waveform | None]) -> Grid | None:
    """Return the grid that holds the snippets of the commonest rate; ``None`` where no unit has any.

    >>> short = Waveform(np.ones((2, 4, 1)), np.arange(2), sampling_hz=1000.0, pre_s=0.001)
    >>> common_grid([short, None])
    Grid(sampling_hz=1000.0, before=1, samples=4, channels=1)
    """
    held = [wave for wave in waveforms if wave is not None and wave.snippets_uv.size]
    if not held:
        return None
    hz = Counter(wave.sampling_hz for wave in held).most_common(1)[0][0]
    alike = [wave for wave in held if wave.sampling_hz == hz]
    before = max(_before(wave) for wave in alike)
    after = max(wave.snippets_uv.shape[1] - _before(wave) for wave in alike)
    return Grid(hz, before, before + after, max(wave.snippets_uv.shape[2] for wave in alike))


def _before(wave: Waveform) -> int:
    """Samples before the peak."""
    return round(wave.pre_s * wave.sampling_hz)


def _mean_columns(waves: Sequence[Waveform], grid: Grid) -> list[Any]:
    """Return mean and SD of each unit in volts, NaN where it has no sample."""
    mean, sd = (np.full((len(waves), grid.samples, grid.channels), np.nan) for _ in range(2))
    for i, wave in enumerate(waves):
        if wave.snippets_uv.size and wave.sampling_hz == grid.sampling_hz:
            samples, channels = wave.snippets_uv.shape[1:]
            first = grid.before - _before(wave)
            place = (i, slice(first, first + samples), slice(0, channels))
            mean[place] = wave.snippets_uv.mean(axis=0, dtype=np.float64) * 1e-6
            sd[place] = wave.snippets_uv.std(axis=0, dtype=np.float64) * 1e-6
    how = (
        f"of the snippets, in volts, {grid.sampling_hz:g} samples per second, the peak at sample {grid.before}; "
        "pass band in snippet_low_hz and snippet_high_hz; NaN where a unit has no snippets, or none at this rate"
    )
    return [
        VectorData(name="waveform_mean", description=f"mean {how}", data=mean),
        VectorData(name="waveform_sd", description=f"SD {how}", data=sd),
    ]


# --- reading ---------------------------------------------------------------------------------------------------------


def read_waveform(table: Any, i: int) -> Waveform | None:
    """Return the snippets of one row of a table that ephys wrote."""
    samples, channels = int(table["snippet_samples"][i]), int(table["snippet_channels"][i])
    if samples == 0:
        return None
    edges = (float(table["snippet_low_hz"][i]), float(table["snippet_high_hz"][i]))
    low, high = (None if math.isnan(edge) else edge for edge in edges)
    snippets: NDArray[Any] = np.asarray(table["snippet_uv"][i])
    return Waveform(
        snippets_uv=snippets.reshape(-1, samples, channels),
        spike_index=np.asarray(table["snippet_spike"][i]),
        sampling_hz=float(table["snippet_hz"][i]),
        pre_s=float(table["snippet_pre_s"][i]),
        band_hz=(low, high),
        order=int(table["snippet_order"][i]),
        phase=table["snippet_phase"][i],
        source=table["snippet_source"][i],
    )
