"""How much of a spike's energy lies below 300 Hz: a movement has it all there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ephys.model import Waveform
from ephys.sorting.waveforms import WIDE_BAND_LIMIT_HZ

LOW_HZ = 300.0
"""Below this lies the energy of a movement, above it most of a spike's."""

LEAST_SNIPPETS = 10
"""Fewer have no mean to speak of (convention)."""

LEAST_WINDOW_MS = (1.0, 4.0)
"""Shorter snippets have no spectrum at 300 Hz to speak of."""


def slow_share(waveform: Waveform | None, snippets: NDArray[np.bool_] | None = None) -> float:
    """Share of the energy of the mean spike below 300 Hz, on its largest channel.

    The spectrum is that of one half of the snippets against the other: noise and hum, which the halves do not share,
    cancel. NaN where it cannot be told: without a waveform whose band begins at 100 Hz or below, with snippets that
    reach less than 1 ms before or 4 ms behind the peak, or with fewer than 10 of them.

    Parameters
    ----------
    waveform : Waveform or None
        Wide-band snippets.
    snippets : array (kept,) of bool, optional
        Which of them to use; all by default.

    Examples
    --------
    >>> time_ms = np.arange(-2.0, 6.0, 0.05)
    >>> def share(sd_ms):
    ...     shapes = np.tile(np.exp(-0.5 * (time_ms / sd_ms) ** 2)[None, :, None], (10, 1, 1))
    ...     return slow_share(Waveform(shapes, np.arange(10), 20_000.0, 0.002, (100.0, None)))
    >>> share(0.1) < 0.5 < 0.9 < share(2.0)
    True
    """
    if waveform is None or not (waveform.band_hz[0] or math.inf) <= WIDE_BAND_LIMIT_HZ:
        return math.nan
    before_ms, after_ms = LEAST_WINDOW_MS
    time_ms = waveform.time_ms
    chosen = waveform.snippets_uv if snippets is None else waveform.snippets_uv[snippets]
    if time_ms[0] > -before_ms or time_ms[-1] < after_ms or len(chosen) < LEAST_SNIPPETS:
        return math.nan
    halves = np.stack([chosen[part::2].mean(axis=0, dtype=np.float64) for part in (0, 1)])
    channel = int(np.argmax(np.ptp(halves.sum(axis=0), axis=0)))
    # Eight times finer lines than the snippet's own, so that some lie close to 300 Hz.
    size = 8 * halves.shape[1]
    one, other = np.fft.rfft(halves[:, :, channel], size, axis=1)
    power = (one * np.conj(other)).real
    low = np.fft.rfftfreq(size, 1.0 / waveform.sampling_hz) < LOW_HZ
    return float(np.clip(power[low].sum() / power.sum(), 0.0, 1.0)) if power.sum() > 0 else math.nan
