"""Kernel-smoothed rate, by elephant, with a kernel that is always named."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch, Support, Unit
from ephys.model.epoch import FloatArray

# elephant corrects its edges at the start of a sample, where the rate belongs to its middle: at a fiftieth of the
# kernel's sigma the difference is below 1 %.
_SAMPLES_PER_SIGMA = 50

# A hole this short against the kernel is passed over, its time taken out of the clock.
_NO_GAP = 0.01


@dataclass(frozen=True, eq=False)
class SmoothedRate(Shown):
    """A rate smoothed through time.

    Parameters
    ----------
    unit_id : str
        The unit.
    times_s : array (samples,)
        Middles of the samples, on the session's clock.
    rate_hz : array (samples,)
        Rate. One NaN stands in each gap of the recording, so that a line drawn through it breaks.
    kernel : str
        The kernel, in words.
    """

    unit_id: str
    times_s: FloatArray
    rate_hz: FloatArray
    kernel: str


def smoothed_rate(unit: Unit, *, sigma_s: float, step_s: float = 1.0) -> SmoothedRate:
    """Smooth a unit's firing with a Gaussian kernel, the edges of each recorded stretch corrected.

    Parameters
    ----------
    unit : Unit
        The unit; every stretch of its support is smoothed on its own, so that no gap reads as silence.
    sigma_s : float
        Standard deviation of the kernel. There is no default: an automatic kernel of a minute hides a drug effect.
    step_s : float, optional
        Time between samples; what is left of a stretch after its last whole step is not shown.

    Raises
    ------
    ParameterError
        If `sigma_s` or `step_s` is not positive.

    Examples
    --------
    >>> unit = Unit.from_times(np.arange(0.25, 60.0, 0.5), support=Epoch(0.0, 60.0))   # 2 Hz
    >>> rate = smoothed_rate(unit, sigma_s=5.0)
    >>> rate.kernel, rate.times_s.size, set(rate.rate_hz.round(1).tolist())
    ('Gaussian, sigma 5 s, edges corrected', 60, {2.0})
    """
    if not (sigma_s > 0 and step_s > 0):
        raise ParameterError(f"smoothing needs positive sigma_s and step_s, got {sigma_s} and {step_s}")
    times: list[FloatArray] = []
    rates: list[FloatArray] = []
    for stretch in _stretches(unit.support, _NO_GAP * sigma_s):
        middles_s, rate_hz = _smoothed_stretch(unit.times_s, stretch, sigma_s, step_s)
        if middles_s.size and times:
            times.append(np.array([(times[-1][-1] + middles_s[0]) / 2]))
            rates.append(np.array([np.nan]))
        if middles_s.size:
            times.append(middles_s)
            rates.append(rate_hz)
    kernel = f"Gaussian, sigma {sigma_s:g} s, edges corrected"
    return SmoothedRate(unit.id, np.concatenate([*times, []]), np.concatenate([*rates, []]), kernel)


def _stretches(support: Support, shortest_s: float) -> Iterator[Support]:
    """Stretches between gaps longer than the shortest that counts."""
    whole: list[Epoch] = []
    for epoch in support.epochs:
        if whole and epoch.start_s - whole[-1].stop_s > shortest_s:
            yield Support(tuple(whole))
            whole = []
        whole.append(epoch)
    yield Support(tuple(whole))


def _smoothed_stretch(
    times_s: FloatArray, stretch: Support, sigma_s: float, step_s: float
) -> tuple[FloatArray, FloatArray]:
    """Sample middles and smoothed rate of one stretch, on the clock that stands still in its holes."""
    n_samples = math.floor(stretch.duration_s / step_s + 1e-9)
    elapsed_s = (np.arange(n_samples, dtype=np.float64) + 0.5) * step_s
    edges_s = np.array([edge for epoch in stretch.epochs for edge in (epoch.start_s, epoch.stop_s)])
    middles_s = np.interp(elapsed_s, stretch.elapsed_s(edges_s), edges_s)
    if n_samples == 0:
        return middles_s, np.empty(0)
    # An odd number of fine samples per step puts one of them in the middle of each step.
    finer = 2 * math.ceil(_SAMPLES_PER_SIGMA * step_s / sigma_s / 2) + 1
    fine_s = step_s / finer
    inside = stretch.elapsed_s(times_s[stretch.mask(times_s)])
    inside = inside[inside < n_samples * step_s]
    fine_hz = _elephant_rate(inside / fine_s, n_samples * finer, sigma_s / fine_s) / fine_s
    return middles_s, fine_hz[finer // 2 :: finer]


def _elephant_rate(times: FloatArray, n_samples: int, sigma: float) -> FloatArray:
    """Smoothed rate by elephant, in spikes per sample; times and sigma in samples, so that their number is exact."""
    # Here, and not at the top: elephant takes two seconds to import, and few who import this room smooth.
    import neo
    import quantities as pq
    from elephant.kernels import GaussianKernel
    from elephant.statistics import instantaneous_rate

    train = neo.SpikeTrain(times * pq.s, t_start=0 * pq.s, t_stop=n_samples * pq.s)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The 'copy' argument in Quantity is deprecated")
        rate = instantaneous_rate(
            train, sampling_period=1 * pq.s, kernel=GaussianKernel(sigma * pq.s), border_correction=True
        )
    return np.asarray(rate.magnitude, dtype=np.float64)[:, 0]
