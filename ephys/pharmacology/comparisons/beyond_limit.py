"""The share of treated cells beyond where a control cell is expected: a description that assumes no kinds of cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.pharmacology.groups.nested_means import fit_nested_means

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class BeyondLimit:
    """Treated cells whose ID50 is above the controls' prediction limit.

    Parameters
    ----------
    limit : float
        ID50 that a new control cell of a new animal stays below with the chance `level`.
    n_beyond, n_cells : int
        Treated cells.
    n_beyond_control, n_control : int
        The same of the controls themselves, of which a share of 1 - level is expected.
    low, high : float
        Interval of the share, for cells in animals.
    n_extrapolated : int
        Treated cells whose rate was never halved: their ID50 is beyond their doses, by the common slope.
    level : float
    """

    limit: float
    n_beyond: int
    n_cells: int
    n_beyond_control: int
    n_control: int
    low: float
    high: float
    n_extrapolated: int
    level: float

    @property
    def share(self) -> float:
        """Of the treated cells."""
        return self.n_beyond / self.n_cells

    def text(self, unit: str) -> str:
        """As it may be quoted."""
        rest = f"; {self.n_extrapolated} of the treated were never halved" if self.n_extrapolated else ""
        return (
            f"{self.n_beyond} of {self.n_cells} treated cells ({_percent(self.share)}, {100 * self.level:g} % CI "
            f"{_percent(self.low)} to {_percent(self.high)}) are above the controls' {100 * self.level:g} % prediction "
            f"limit of {self.limit:.3g} {unit}".rstrip()
            + f" ({self.n_beyond_control} of {self.n_control} control cells; {_percent(1 - self.level)} expected{rest})"
        )


def beyond_limit(
    id50: FloatArray, animals: Sequence[str], is_treated: NDArray[np.bool_], n_extrapolated: int, *, level: float
) -> BeyondLimit:
    """Count treated cells above the controls' one-sided prediction limit.

    The limit is that of a new cell of a new animal: its variance is that between animals, that between cells (with
    what each cell's own ID50 is uncertain by) and that of the mean; Student's t with animals - 1 degrees of freedom.
    """
    ln_id50, names = np.log(id50), np.array(animals)
    control = fit_nested_means(
        ln_id50[~is_treated], animal=names[~is_treated].tolist(), group=["control"] * (~is_treated).sum()
    )
    mean, n_animals = control.groups[0], control.n_animals
    between = [control.sd_animal, 0.0 if math.isnan(control.sd_cell) else control.sd_cell]
    limit = mean.value + float(stats.t.ppf(level, n_animals - 1)) * math.hypot(*between, mean.se)
    beyond = ln_id50 > limit
    low, high = clustered_share_interval(beyond[is_treated], names[is_treated], level=level)
    return BeyondLimit(
        math.exp(limit), int(beyond[is_treated].sum()), int(is_treated.sum()), int(beyond[~is_treated].sum()),
        int((~is_treated).sum()), low, high, n_extrapolated, level,
    )  # fmt: skip


def clustered_share_interval(
    is_counted: NDArray[np.bool_], animals: NDArray[np.str_], *, level: float
) -> tuple[float, float]:
    """Interval of a share of cells that lie in animals: Clopper and Pearson's, with the number of independent cells.

    That number is what the scatter between animals leaves, and is lowered for their few degrees of freedom (Korn &
    Graubard 1998, Survey Methodology 24:193). Where no cell or every cell is counted, the scatter does not show, and
    the number is that of animals.

    >>> few = np.array([True] * 6 + [False] * 6)
    >>> mixed, apart = np.array(list("abcdefabcdef")), np.array(list("aabbccddeeff"))
    >>> [round(end, 2) for end in clustered_share_interval(few, mixed, level=0.95)]
    [0.17, 0.83]
    >>> [round(end, 2) for end in clustered_share_interval(few, apart, level=0.95)]
    [0.06, 0.94]
    """
    _, of_cell = np.unique(animals, return_inverse=True)
    size, counted = np.bincount(of_cell), np.bincount(of_cell, weights=is_counted)
    n, k, share = len(is_counted), len(size), float(is_counted.mean())
    variance = k / (k - 1) * float(((counted - share * size) ** 2).sum()) / n**2
    independent = min(share * (1 - share) / variance, n) if variance > 0 else n
    if share in (0.0, 1.0):
        independent = k
    tail = 0.5 + level / 2
    independent *= min(float(stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, k - 1)) ** 2, 1.0)
    successes, failures = share * independent, (1 - share) * independent
    low = float(stats.beta.ppf(1 - tail, successes, failures + 1)) if share > 0 else 0.0
    high = float(stats.beta.ppf(tail, successes + 1, failures)) if share < 1 else 1.0
    return low, high


def _percent(share: float) -> str:
    """Share in percent."""
    return f"{100 * share:.0f} %"
