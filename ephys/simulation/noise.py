"""What an electrode sees besides the cell: coloured noise, and the hash of cells too far away to tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.simulation.bands import SORTING_BAND_HZ, band_sections

FloatArray = NDArray[np.float64]

NOISE_UV = 7.5
"""SD of the coloured noise in the sorting band; the hash brings it to about 8 µV (convention: a quiet electrode)."""

HASH_RATE_HZ = 60.0
"""Spikes a second of the distant cells together (convention)."""

THRESHOLD_SD = 4.0
"""Detection threshold in noise SD (Quian Quiroga et al. 2004, Neural Comput 16:1661)."""

PINK_DECADES = 3
"""Decades below the knee in which the noise rises as 1/f."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSettings(Shown):
    """The noise of one wire. All are conventions of the simulator.

    Parameters
    ----------
    noise_uv : float
        SD of the coloured noise within 300 to 6000 Hz.
    knee_hz : float
        Below it the noise rises as 1/f, above it is flat.
    low_pass_hz : float
        Upper edge of the amplifier.
    hash_rate_hz : float
        Spikes a second of distant cells together; 0 for none.
    hash_mean_uv, hash_max_uv : float
        Their sizes: exponential, none larger than the second, so that none can be mistaken for a cell.

    Raises
    ------
    ParameterError
        If one is negative, or a size, `knee_hz` or `low_pass_hz` is 0.
    """

    noise_uv: float = NOISE_UV
    knee_hz: float = 300.0
    low_pass_hz: float = 6000.0
    hash_rate_hz: float = HASH_RATE_HZ
    hash_mean_uv: float = 8.0
    hash_max_uv: float = 24.0

    def __post_init__(self) -> None:
        positive = {
            "noise_uv": self.noise_uv,
            "knee_hz": self.knee_hz,
            "low_pass_hz": self.low_pass_hz,
            "hash_mean_uv": self.hash_mean_uv,
            "hash_max_uv": self.hash_max_uv,
        }
        for name, value in positive.items():
            if not value > 0:
                raise ParameterError(f"{name} of the noise must be positive, got {value}")
        if self.hash_rate_hz < 0:
            raise ParameterError(f"hash_rate_hz cannot be negative, got {self.hash_rate_hz}")

    @property
    def threshold_uv(self) -> float:
        """Detection threshold in `SORTING_BAND_HZ`; a cell is lost when its spikes have sunk to it."""
        return THRESHOLD_SD * self.noise_uv


def colouring_filter(settings: NoiseSettings, *, sampling_hz: float) -> FloatArray:
    """Second-order sections that turn white noise of SD 1 into the wire's noise, in µV.

    Alternating poles and zeros, half a decade apart, make the 1/f slope; the gain is set in `SORTING_BAND_HZ`.

    Examples
    --------
    >>> colouring_filter(NoiseSettings(), sampling_hz=20000.0).shape
    (4, 6)
    """
    decades = np.arange(PINK_DECADES)
    zeros_hz, poles_hz = settings.knee_hz * 10.0**-decades, settings.knee_hz * 10.0 ** -(decades + 0.5)
    zeros, poles = (np.exp(-2.0 * np.pi * edges / sampling_hz) for edges in (zeros_hz, poles_hz))
    pink = signal.zpk2sos(zeros, poles, 1.0)
    low_pass_hz = min(settings.low_pass_hz, 0.45 * sampling_hz)
    sections = np.vstack([pink, signal.butter(4, low_pass_hz, "lowpass", fs=sampling_hz, output="sos")])
    response = signal.sosfreqz(sections, worN=2**15)[1]
    band = signal.sosfreqz(band_sections(SORTING_BAND_HZ, sampling_hz=sampling_hz), worN=2**15)[1]
    # Both ways through the band's filter: its gain counts twice.
    sd = np.sqrt(np.mean(np.abs(response * band**2) ** 2))
    sections[0, :3] *= settings.noise_uv / sd
    return np.asarray(sections, dtype=np.float64)


def noise_chunks(
    n_samples: int,
    settings: NoiseSettings,
    *,
    sampling_hz: float,
    seed: int | np.random.Generator = 0,
    chunk_s: float = 30.0,
) -> Iterator[FloatArray]:
    """Coloured noise in successive stretches that join without a step.

    Parameters
    ----------
    n_samples : int
        In all.
    settings : NoiseSettings
        Its size and colour.
    sampling_hz : float
        Samples per second.
    seed : int or numpy.random.Generator, optional
        Source of chance.
    chunk_s : float, optional
        Length of a stretch.

    Yields
    ------
    array (samples,)
        µV.
    """
    rng = np.random.default_rng(seed)
    sections = colouring_filter(settings, sampling_hz=sampling_hz)
    state = np.zeros((len(sections), 2))
    size = round(chunk_s * sampling_hz)
    for start in range(0, n_samples, size):
        white = rng.standard_normal(min(size, n_samples - start))
        coloured, state = signal.sosfilt(sections, white, zi=state)
        yield coloured


def contact_noise(
    n_samples: int,
    settings: NoiseSettings,
    *,
    n_contacts: int,
    shared: float,
    sampling_hz: float,
    seed: int | np.random.Generator = 0,
) -> Iterator[FloatArray]:
    """Noise of several contacts, a share of its variance the same on all; of one contact, `noise_chunks`.

    Yields
    ------
    array (samples, contacts)
        µV.

    Examples
    --------
    >>> noise = next(contact_noise(60000, NoiseSettings(), n_contacts=2, shared=0.3, sampling_hz=20000.0))
    >>> noise.shape, round(float(np.corrcoef(noise.T)[0, 1]), 1)
    ((60000, 2), 0.3)
    """
    rng = np.random.default_rng(seed)
    if n_contacts == 1:
        for chunk in noise_chunks(n_samples, settings, sampling_hz=sampling_hz, seed=rng):
            yield chunk[:, np.newaxis]
        return
    streams = [
        noise_chunks(n_samples, settings, sampling_hz=sampling_hz, seed=child) for child in rng.spawn(1 + n_contacts)
    ]
    for common, *own in zip(*streams, strict=True):
        yield np.sqrt(1.0 - shared) * np.stack(own, axis=1) + np.sqrt(shared) * common[:, np.newaxis]


def hash_spikes(
    duration_s: float, settings: NoiseSettings, *, seed: int | np.random.Generator = 0
) -> tuple[FloatArray, FloatArray]:
    """Spikes of the distant cells: when, and how large in µV, of either sign; many cells together fire at random.

    >>> times_s, sizes_uv = hash_spikes(100.0, NoiseSettings())
    >>> 5000 < len(times_s) < 7000, bool(abs(sizes_uv).max() <= 24.0)
    (True, True)
    """
    rng = np.random.default_rng(seed)
    n_spikes = rng.poisson(settings.hash_rate_hz * duration_s)
    sizes = np.minimum(rng.exponential(settings.hash_mean_uv, n_spikes), settings.hash_max_uv)
    sizes *= rng.choice([-1.0, 1.0], n_spikes)
    return np.sort(rng.uniform(0.0, duration_s, n_spikes)), sizes
