"""Clusters of spikes, their number found from the spikes themselves.

A mixture of more Gaussians than there can be cells is merged wherever two of them have no valley between them: a cell
whose amplitude drifts, or whose bursts run down, is one streak without a valley, whatever the number of Gaussians that
it takes to describe it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from sklearn.mixture import GaussianMixture

from ephys.errors import ParameterError
from ephys.sorting.detection import MAD_TO_SD

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RESOLUTION_SD = 0.35
"""Width, in noise SD, of the kernel under which a valley is looked for: cells blur by 1 (convention)."""

STEP_SD = 0.1
"""Bin of the histogram under that kernel, in noise SD."""


@dataclass(frozen=True, slots=True)
class ClusteringSettings:
    """How finely spikes are divided, and what counts as a valley between two parts.

    Parameters
    ----------
    components : int
        Gaussians to begin with: more than there can be cells on a few wires (convention).
    fitted_spikes : int
        Spikes, spread evenly over time, that the Gaussians are fitted to; the others are then assigned (convention).
    least_spikes : int
        Fewer spikes than this make no cluster, however slow the cell: an absolute number, never a rate (convention).
    valley : float
        Two parts are one cluster where the density between them stays above this share of the lower peak; between
        two equal cells 3 noise SD apart it falls to 0.64 (computed).
    significance_sd : float
        A valley counts if it is deeper than chance by this many SD of its counts (convention).
    apart_sd : float
        Two parts whose medians lie further apart than this are apart, however few their spikes; two halves of one
        even streak lie 2.7 apart (computed).
    """

    components: int = 16
    fitted_spikes: int = 20000
    least_spikes: int = 12
    valley: float = 0.8
    significance_sd: float = 3.0
    apart_sd: float = 6.0

    def __post_init__(self) -> None:
        if self.components < 1 or self.least_spikes < 2:
            raise ParameterError(
                f"clustering needs components >= 1 and least_spikes >= 2, got {self.components} and {self.least_spikes}"
            )


def divide_spikes(features: FloatArray, *, seed: int = 0, settings: ClusteringSettings | None = None) -> IntArray:
    """Label each spike with the Gaussian that it most likely belongs to: more parts than cells.

    Parameters
    ----------
    features : array (spikes, dimensions)
        In noise SD, see `FeatureSpace`.
    seed : int, optional
        One seed, one answer.
    settings : ClusteringSettings, optional
        How many parts.

    Returns
    -------
    array (spikes,)
        Numbers of parts, from 0.
    """
    settings = settings or ClusteringSettings()
    components = min(settings.components, len(features) // settings.least_spikes)
    if components < 2:
        return np.zeros(len(features), dtype=np.int64)
    mixture = GaussianMixture(
        components, reg_covar=0.1, max_iter=60, tol=1e-2, init_params="k-means++", random_state=seed
    )
    step = -(-len(features) // settings.fitted_spikes)
    parts = mixture.fit(features[::step]).predict(features)
    labels: IntArray = np.unique(parts, return_inverse=True)[1].astype(np.int64)
    return labels


def merge_parts(features: FloatArray, parts: IntArray, *, settings: ClusteringSettings | None = None) -> IntArray:
    """Merge parts that have no valley between them, the shallowest valley first.

    Parameters
    ----------
    features : array (spikes, dimensions)
        In noise SD.
    parts : array (spikes,)
        As `divide_spikes` gives them.
    settings : ClusteringSettings, optional
        What counts as a valley.

    Returns
    -------
    array (spikes,)
        Numbers of clusters, from 0; their number is not asked.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> two_cells = np.concatenate([rng.normal(0, 1, (300, 3)), rng.normal(4, 1, (60, 3))])
    >>> len(np.unique(merge_parts(two_cells, divide_spikes(two_cells))))
    2
    """
    settings = settings or ClusteringSettings()
    groups = {int(part): np.flatnonzero(parts == part) for part in np.unique(parts)}
    valleys: dict[tuple[int, int], Valley] = {}
    while len(groups) > 1:
        for first, second in combinations(sorted(groups), 2):
            if (first, second) not in valleys:
                valleys[first, second] = find_valley(features[groups[first]], features[groups[second]], settings)
        (kept, merged), valley = max(valleys.items(), key=lambda item: (item[1].share, -item[1].apart_sd))
        if valley.share < settings.valley:
            break
        groups[kept] = np.concatenate([groups[kept], groups.pop(merged)])
        valleys = {pair: found for pair, found in valleys.items() if not {kept, merged} & set(pair)}
    labels = np.empty(len(parts), dtype=np.int64)
    for number, group in enumerate(groups.values()):
        labels[group] = number
    return labels


@dataclass(frozen=True, slots=True)
class Valley:
    """What lies between two groups of spikes.

    Parameters
    ----------
    share : float
        Density in the valley as a share of the lower peak; 1 where there is none to speak of.
    apart_sd : float
        Distance of the two medians, in the mean of the two groups' SD.
    """

    share: float
    apart_sd: float


def find_valley(first: FloatArray, second: FloatArray, settings: ClusteringSettings) -> Valley:
    """Look for a valley between two groups, along the axis that parts them best (Fisher's discriminant).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cell, near, far = (rng.normal(centre, 1, (500, 2)) for centre in (0, 1, 6))
    >>> find_valley(cell, near, ClusteringSettings()).share
    1.0
    >>> find_valley(cell, far, ClusteringSettings()).share < 0.1
    True
    """
    axis = _discriminant(first, second)
    low, high = first @ axis, second @ axis
    start, stop = float(np.median(low)), float(np.median(high))
    widths = [max(1.0, MAD_TO_SD * float(np.median(np.abs(part - np.median(part))))) for part in (low, high)]
    apart_sd = (stop - start) / (0.5 * sum(widths))
    if apart_sd > settings.apart_sd:
        return Valley(0.0, apart_sd)
    # Where neighbours blur the cells more than the noise does, the valley is looked for on that scale.
    blur = min(widths)
    share = _valley_share(np.concatenate([low, high]) / blur, start / blur, stop / blur, settings)
    return Valley(share, apart_sd)


def _valley_share(places: FloatArray, start: float, stop: float, settings: ClusteringSettings) -> float:
    """Density in the deepest valley between two places, as a share of the lower of the peaks on its sides."""
    edges = np.arange(start - 1.0, stop + 1.0 + STEP_SD, STEP_SD)
    counts = np.histogram(places, edges)[0].astype(np.float64)
    density = gaussian_filter1d(counts, RESOLUTION_SD / STEP_SD, mode="nearest")
    centres = edges[:-1] + STEP_SD / 2
    density = density[(centres >= start) & (centres <= stop)]
    if len(density) < 3:
        return 1.0
    rim = np.minimum(np.maximum.accumulate(density), np.maximum.accumulate(density[::-1])[::-1])
    # A Gaussian kernel of this width averages as many counts as a box of 2 sqrt(pi) SD.
    box = 2.0 * np.sqrt(np.pi) * RESOLUTION_SD / STEP_SD
    depth_sd = (rim - density) * np.sqrt(box) / np.sqrt(np.maximum(rim + density, 1e-9))
    deepest = int(depth_sd.argmax())
    if depth_sd[deepest] < settings.significance_sd:
        return 1.0
    return float(density[deepest] / rim[deepest])


def _discriminant(first: FloatArray, second: FloatArray) -> FloatArray:
    """Fisher's axis between two groups, scaled to keep noise SD; the noise itself keeps it well posed."""
    dimensions = first.shape[1]
    scatter = sum((group - group.mean(axis=0)).T @ (group - group.mean(axis=0)) for group in (first, second))
    within = (scatter + dimensions * np.eye(dimensions)) / (len(first) + len(second))
    axis = np.linalg.solve(within, second.mean(axis=0) - first.mean(axis=0))
    unit_axis: FloatArray = axis / max(float(np.linalg.norm(axis)), 1e-12)
    return unit_axis
