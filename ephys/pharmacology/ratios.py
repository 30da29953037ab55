"""Ratios of rates, with the noise of both."""

from __future__ import annotations

import math

from scipy.special import betaincinv


def rate_ratio_interval(
    count: float, exposure_s: float, reference_count: float, reference_s: float, *, level: float = 0.95
) -> tuple[float, float]:
    """Exact interval of the ratio of two Poisson rates, with the noise of both.

    Given their sum, the first count is binomial; its Clopper-Pearson interval turns into one for the ratio
    (Przyborowski & Wilenski 1940). It is wide for cells that fire more regularly than Poisson.

    Parameters
    ----------
    count, exposure_s : float
        Spikes, and the seconds in which they could be counted. Counts divided by their dispersion (variance over mean)
        give the wider interval of a train that scatters more than Poisson.
    reference_count, reference_s : float
        The same for the baseline.
    level : float, optional
        Coverage.

    Examples
    --------
    >>> low, high = rate_ratio_interval(0, 60.0, 180, 180.0)
    >>> low, round(high, 3)
    (0.0, 0.062)
    """
    tail = (1 - level) / 2
    low_share = float(betaincinv(count, reference_count + 1, tail)) if count else 0.0
    high_share = float(betaincinv(count + 1, reference_count, 1 - tail)) if reference_count else 1.0
    scale = reference_s / exposure_s
    high = scale * high_share / (1 - high_share) if high_share < 1 else math.inf
    return scale * low_share / (1 - low_share), high
