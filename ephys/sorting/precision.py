"""How precisely voltage is known: the noise over a window, and the directions in which it is white."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.linalg import toeplitz

from ephys.sorting.filters import FloatTraces

FloatArray = NDArray[np.float64]

_BATCH_VALUES = 500_000
"""Values whose spectra are held at a time (convention)."""


@dataclass(frozen=True, eq=False)
class Precision:
    """Inverse covariance of the noise over a window.

    Parameters
    ----------
    whitening : array (samples * channels, degrees)
        Takes voltage in µV to where the noise has unit variance in every direction that counts.
    """

    whitening: FloatArray

    @property
    def degrees(self) -> int:
        """Directions of noise that count."""
        return int(self.whitening.shape[1])

    @property
    def matrix(self) -> FloatArray:
        """The inverse covariance (samples * channels, both ways) in 1/µV squared."""
        return self.whitening @ self.whitening.T

    @classmethod
    def of(cls, noise_snippets: FloatTraces, *, least_noise_share: float) -> Precision:
        """Of noise that is the same at every time.

        Parameters
        ----------
        noise_snippets : array (windows, samples, channels)
            Quiet stretches.
        least_noise_share : float
            Directions of less noise than this share of the strongest lie outside the band and count for nothing.

        Examples
        --------
        >>> quiet = np.random.default_rng(0).normal(0.0, 2.0, (4000, 12, 1)).astype(np.float32)
        >>> precision = Precision.of(quiet, least_noise_share=0.001)
        >>> bool(np.allclose(precision.matrix, np.eye(12) / 4.0, atol=0.02)), precision.degrees
        (True, 12)
        """
        windows, samples, channels = noise_snippets.shape
        size = fft.next_fast_len(2 * samples, real=True)
        spectrum = _cross_spectrum(noise_snippets, size)
        blocks = np.empty((samples, channels, samples, channels))
        products = windows * np.arange(samples, 0, -1)
        for one in range(channels):
            for other in range(channels):
                cross = fft.irfft(spectrum[:, one, other], size)
                later, earlier = cross[:samples] / products, cross[-np.arange(samples)] / products
                blocks[:, one, :, other] = toeplitz(later, earlier)
        values, vectors = np.linalg.eigh(blocks.reshape(samples * channels, -1))
        kept = values > least_noise_share * values[-1]
        return cls(vectors[:, kept] / np.sqrt(values[kept]))

    def whiten(self, snippets_uv: FloatTraces | FloatArray) -> FloatTraces:
        """Voltage (crossings, degrees), of no crossing as well, in which the noise is white and of unit variance."""
        flat = snippets_uv.reshape(len(snippets_uv), len(self.whitening)).astype(np.float32, copy=False)
        white: FloatTraces = flat @ self.whitening.astype(np.float32)
        return white

    def misfit(self, voltage: FloatTraces | FloatArray) -> FloatArray:
        """Squared length (crossings,) of voltage (crossings, samples * channels), in noise SD squared."""
        return squared(self.whiten(voltage))

    def usual_misfit(self, sd: float) -> float:
        """Misfit beyond which noise alone goes by so many SD of its own."""
        return self.degrees + sd * math.sqrt(2.0 * self.degrees)


def _cross_spectrum(snippets: FloatTraces, size: int) -> NDArray[np.complex128]:
    """Cross spectrum (frequencies, channels, channels), summed over the windows, some of them at a time."""
    windows, _, channels = snippets.shape
    total = np.zeros((size // 2 + 1, channels, channels), dtype=np.complex128)
    batch = max(1, _BATCH_VALUES // (size * channels))
    for first in range(0, windows, batch):
        spectra = fft.rfft(snippets[first : first + batch].astype(np.float64), size, axis=1)
        total += np.einsum("wfi,wfj->fij", spectra, spectra.conj())
    return total


def squared(voltage: FloatTraces) -> FloatArray:
    """Squared length of each row."""
    squares: FloatArray = np.einsum("ij,ij->i", voltage, voltage, dtype=np.float64)
    return squares
