"""How tightly spikes follow a phase, how their amplitudes swing with it, and what chance makes of either."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr
from scipy.stats import norm
from scipy.stats import t as student

from ephys.model import Epoch
from ephys.sorting.phases import RhythmPhase

FloatArray = NDArray[np.float64]

BLOCKS = 20
"""Successive parts of a train, whose scatter tells how sure its vector strength is: neighbouring spikes are not
independent (convention)."""

STRETCH = 0.1
"""Surrogates run up to this share faster or slower than the train: two clocks that agree for a moment prove nothing."""

SURROGATES = (100, 200)
"""Least and most surrogates; in between, as many as make 200,000 spikes."""

PHASE_BINS = 8
"""Parts of a cycle."""

MOST_MISSED = 0.5
"""With more spikes below the threshold, no swing is given (convention)."""

FINER = 16
"""Points in each, over which its share of missed spikes is averaged."""


@dataclass(frozen=True, slots=True)
class Strength:
    """Vector strength with its interval: 0 for none, 1 for one phase only."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Swing:
    """Swing of amplitudes with a phase, and the share of spikes that it takes below the threshold in each part."""

    depth: float
    low: float
    high: float
    missed: tuple[float, ...] = ()


def vector_strength(phase_rad: FloatArray, *, level: float = 0.95) -> Strength:
    """Vector strength of phases in order of time, corrected for its bias, with a Student interval over blocks.

    Parameters
    ----------
    phase_rad : array (spikes,)
        Phases in order of time, at least 20.
    level : float, optional
        Coverage of the interval.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = vector_strength(rng.vonmises(0.0, 2.0, 400))    # true strength 0.70
    >>> found.low < 0.70 < found.high
    True
    >>> vector_strength(rng.uniform(0.0, 6.3, 400)).low
    0.0
    """
    vectors = np.exp(1j * phase_rad)
    sizes = np.array([len(part) for part in np.array_split(vectors, BLOCKS)])
    means = np.array([part.mean() for part in np.array_split(vectors, BLOCKS)])
    mean = complex(vectors.mean())
    away = (means - mean) * sizes * BLOCKS / len(vectors)
    along = away * np.conj(mean) / max(abs(mean), 1e-12)
    scale = 1.0 / (BLOCKS * (BLOCKS - 1))
    radial, across = float((along.real**2).sum()) * scale, float((along.imag**2).sum()) * scale
    value = math.sqrt(max(0.0, abs(mean) ** 2 - radial - across))
    # On the scale of atanh the interval cannot leave 1; near 0 the two scales are one.
    reach = float(student.ppf(0.5 + level / 2.0, BLOCKS - 1)) * math.sqrt(radial)
    if abs(mean) >= 1.0 - 1e-9:
        return Strength(1.0, 1.0, 1.0)
    reach /= 1.0 - value**2
    # A weak locking that the noise happens to hide leaves a value of 0; the upper end does not follow it there.
    low, high = math.tanh(math.atanh(value) - reach), math.tanh(math.atanh(abs(mean)) + reach)
    return Strength(value, max(0.0, low), high)


def chance_of(times_s: FloatArray, phase: RhythmPhase, within: Epoch, *, seed: int = 0) -> float:
    """Chance of so strong a locking in a train of the same regularity that knows nothing of the rhythm.

    Spikes of a regular train are no independent phases (so Rayleigh's test is of no use), and two trains of nearly
    the same rate stay in step for a while. The surrogates are the train itself, moved round the window at random and
    run up to a tenth faster or slower.

    Parameters
    ----------
    times_s : array (spikes,)
        All within the window.
    phase : RhythmPhase
        Of the rhythm, in that window.
    within : Epoch
        The window.
    seed : int, optional
        Of the surrogates.
    """
    rng = np.random.default_rng(seed)
    count = int(np.clip(200_000 // max(1, len(times_s)), *SURROGATES))
    vectors = np.exp(2j * np.pi * phase.cycles).astype(np.complex64)
    share = (times_s - within.start_s) / within.duration_s
    paces = np.exp(rng.uniform(-math.log1p(STRETCH), math.log1p(STRETCH), count))
    shifts = rng.random(count)
    places = (share * np.append(1.0, paces)[:, np.newaxis] + np.append(0.0, shifts)[:, np.newaxis]) % 1.0
    steps = np.minimum((places * len(vectors)).astype(np.int64), len(vectors) - 1)
    seen, *others = np.abs(vectors[steps].mean(axis=1))
    return float((1 + np.count_nonzero(np.array(others) >= seen)) / (1 + count))


def amplitude_swing(
    phase_rad: FloatArray,
    amplitudes_uv: FloatArray,
    *,
    threshold_uv: float = math.nan,
    noise_uv: float = math.nan,
    level: float = 0.95,
) -> Swing | None:
    """Fit a cosine of the phase to amplitudes that are seen only above a threshold.

    The amplitudes have a normal distribution whose mean swings with the phase, cut off at the threshold; the fit is by
    maximum likelihood, so that spikes which were missed do not flatten the swing.

    Parameters
    ----------
    phase_rad, amplitudes_uv : array (spikes,)
        Of the spikes that were seen.
    threshold_uv, noise_uv : float, optional
        Of their detection; NaN where unknown, and then nothing is missed.
    level : float, optional
        Coverage of the interval.

    Returns
    -------
    Swing or None
        Depth as a share of the mean amplitude, with a normal interval, and the share missed in each eighth of the
        cycle, which is empty without a threshold. ``None`` where all amplitudes are the same, or as many lie below
        zero as above, and where more than half of the spikes are missed: what is left tells no mean.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> phase = rng.uniform(0.0, 2 * np.pi, 1000)
    >>> sizes = 80.0 * (1.0 + 0.15 * np.cos(phase)) + rng.normal(0.0, 8.0, 1000)
    >>> seen = sizes > 75.0
    >>> swing = amplitude_swing(phase[seen], sizes[seen], threshold_uv=75.0, noise_uv=8.0)
    >>> round(swing.depth, 2), [round(share, 1) for share in swing.missed]
    (0.14, [0.0, 0.1, 0.4, 0.7, 0.7, 0.5, 0.1, 0.0])
    """
    unit = float(np.median(amplitudes_uv))
    if not unit > 0 or not np.ptp(amplitudes_uv) > 1e-6 * unit:
        return None
    waves = np.column_stack([np.ones_like(phase_rad), np.cos(phase_rad), np.sin(phase_rad)])
    fit = _CutCosine(waves, np.fmax(amplitudes_uv, threshold_uv) / unit, threshold_uv / unit)
    best = fit.solve(least_sd=0.8 * noise_uv / unit if noise_uv > 0 else 1e-3)
    missed = fit.missed(best)
    if missed and np.mean(missed) > MOST_MISSED:
        return None
    mean, swing = float(best[0]), best[1:3]
    covariance = fit.covariance(best)[1:3, 1:3]
    size = float(np.hypot(*swing))
    unbiased = math.sqrt(max(0.0, size**2 - float(np.trace(covariance))))
    along = swing / max(size, 1e-12)
    reach = float(norm.ppf(0.5 + level / 2.0)) * math.sqrt(max(0.0, float(along @ covariance @ along)))
    return Swing(unbiased / mean, max(0.0, unbiased - reach) / mean, (unbiased + reach) / mean, missed)


@dataclass(frozen=True, eq=False)
class _CutCosine:
    """Normal amplitudes with a swinging mean, cut off at a threshold; parameters: mean, cosine, sine, log SD."""

    waves: FloatArray
    sizes: FloatArray
    threshold: float

    def misfit(self, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Negative log-likelihood, and its slope."""
        sd = math.exp(float(parameters[3]))
        centres = self.waves @ parameters[:3]
        off = (self.sizes - centres) / sd
        value = 0.5 * float(off @ off) + len(off) * float(parameters[3])
        by_centre, by_log_sd = -off / sd, 1.0 - off**2
        if math.isfinite(self.threshold):
            room = (centres - self.threshold) / sd
            seen = log_ndtr(room)
            hazard = np.exp(-0.5 * room**2 - seen) / math.sqrt(2.0 * math.pi)
            value += float(seen.sum())
            by_centre, by_log_sd = by_centre + hazard / sd, by_log_sd - hazard * room
        return value, np.append(self.waves.T @ by_centre, by_log_sd.sum())

    def solve(self, *, least_sd: float) -> FloatArray:
        """Parameters of the greatest likelihood."""
        plain = np.linalg.lstsq(self.waves, self.sizes, rcond=None)[0]
        sd = max(float((self.sizes - self.waves @ plain).std()), least_sd)
        bounds = [(0.05, 2.0), (-1.0, 1.0), (-1.0, 1.0), (math.log(least_sd), math.log(max(3.0 * least_sd, 2.0 * sd)))]
        start = np.clip(np.append(plain, math.log(sd)), *np.transpose(bounds))
        found = minimize(self.misfit, start, jac=True, method="L-BFGS-B", bounds=bounds)
        return np.asarray(found.x, dtype=np.float64)

    def covariance(self, best: FloatArray) -> FloatArray:
        """Inverse of the observed information, by differences of the slope."""
        step = 1e-4
        rows = [(self.misfit(best + step * e)[1] - self.misfit(best - step * e)[1]) / (2 * step) for e in np.eye(4)]
        information = np.array(rows)
        return np.asarray(np.linalg.pinv(0.5 * (information + information.T)), dtype=np.float64)

    def missed(self, best: FloatArray) -> tuple[float, ...]:
        """Share below the threshold in each part of the cycle."""
        if not math.isfinite(self.threshold):
            return ()
        phase = (np.arange(PHASE_BINS * FINER) + 0.5) * 2.0 * np.pi / (PHASE_BINS * FINER)
        centres = best[0] + best[1] * np.cos(phase) + best[2] * np.sin(phase)
        below = ndtr((self.threshold - centres) / math.exp(float(best[3])))
        return tuple(float(share) for share in below.reshape(PHASE_BINS, FINER).mean(axis=1))
