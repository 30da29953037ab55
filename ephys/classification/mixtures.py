"""Clustering cells: a mixture of normal distributions, the number of groups by BIC."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import ephys
from ephys.classification.cell_table import (
    REGULARITIES,
    Cells,
    as_table,
    check_features,
    column_of,
    feature_values,
    is_missing,
)
from ephys.classification.clusters import CellClusters, CellGroup
from ephys.errors import ParameterError
from ephys.model.epoch import FloatArray

if TYPE_CHECKING:
    import pandas as pd

MIN_CELLS = 20
"""Complete cells that clustering needs (convention)."""

OUTSIDE_SHARE = 0.01
"""Share of the cells of the fit that are no denser than where outside begins (convention)."""

_COVARIANCE_FLOOR = 0.01  # added to each variance, in SD² of all cells: no group is narrower than a tenth (convention)
_LEAST_SPREAD = 1e-9
_STARTS = 20  # of which the most likely is kept (convention)


def cluster_cells(
    cells: Cells,
    *,
    features: Sequence[str] = ("rate_hz", "cv_collapsed", "total_ms"),
    max_groups: int = 6,
    seed: int = 0,
) -> CellClusters:
    """Group cells by a mixture of normal distributions of the logarithms of their features.

    Parameters
    ----------
    cells : DataFrame or sequence of mappings
        A row per cell with the features, as `cell_row` makes it. Where there is a column ``treated`` (True or False),
        the groups are those of the untreated cells. Cells that lack a feature are left out and counted.
    features : sequence of str, optional
        Of `cell_table.FEATURES`.
    max_groups : int, optional
        From 1 to this many groups are tried, as long as a mixture has fewer parameters than there are cells.
    seed : int, optional
        Of the starts. The order of the rows changes nothing.

    Returns
    -------
    CellClusters
        With the number of groups that has the smallest BIC. It takes cells for independent: where an animal gave many,
        fewer groups are certain than it says.

    Raises
    ------
    ParameterError
        With fewer than 20 complete untreated cells; if a column is missing or a value is not understood.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cells = [
    ...     {"rate_hz": rate * rng.lognormal(0, 0.2), "cv": cv * rng.lognormal(0, 0.2)}
    ...     for rate, cv in 60 * [(1.5, 0.3), (12.0, 0.5)]
    ... ]
    >>> clusters = cluster_cells(cells, features=("rate_hz", "cv"))
    >>> [group.name for group in clusters.groups]
    ['1 (1.5 Hz, CV 0.31)', '2 (12 Hz, CV 0.53)']
    >>> clusters.assign([{"rate_hz": 1.3, "cv": 0.28}, {"rate_hz": 0.01, "cv": 3.0}])[["group", "outside"]]
       group  outside
    0      1    False
    1      1     True
    """
    names = check_features(features)
    if max_groups < 1:
        raise ParameterError(f"max_groups must be at least 1, got {max_groups}")
    table = as_table(cells)
    treated = _treated(table)
    untreated = feature_values(table, names)[~treated]
    values = _fitted(untreated, names)
    logs = np.log(values)
    means, sds = logs.mean(axis=0), logs.std(axis=0)
    z = (logs - means) / sds
    mixtures = _mixtures(z, max_groups, seed)
    bic = tuple(float(mixture.bic(z)) for mixture in mixtures)
    chosen = mixtures[int(np.argmin(bic))]
    import sklearn

    return CellClusters(
        features=names,
        groups=_groups(chosen, z, values, names),
        log_means=tuple(means.tolist()),
        log_sds=tuple(sds.tolist()),
        bic=bic,
        log_density_floor=float(np.quantile(chosen.score_samples(z), OUTSIDE_SHARE)),
        n_cells=len(values),
        n_incomplete=len(untreated) - len(values),
        n_treated=int(treated.sum()),
        seed=seed,
        table_sha256=hashlib.sha256(json.dumps([list(names), values.tolist()]).encode()).hexdigest(),
        ephys=ephys.__version__,
        scikit_learn=sklearn.__version__,
    )


def _treated(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each cell comes from a treated animal; none where the table does not say."""
    if "treated" not in table.columns:
        return np.zeros(len(table), dtype=bool)
    for row, value in zip(table.index, column_of(table, "treated"), strict=True):
        if is_missing(value) or not isinstance(value, bool | np.bool_):
            raise ParameterError(f"row {row!r}: treated must be True or False, got {value!r}")
    return table["treated"].to_numpy(dtype=bool)


def _fitted(values: FloatArray, features: tuple[str, ...]) -> FloatArray:
    """Complete cells in an order of their own; raise if they are too few, or all the same."""
    complete = values[np.isfinite(values).all(axis=1)]
    if len(complete) < MIN_CELLS:
        raise ParameterError(
            f"clustering needs at least {MIN_CELLS} untreated cells with {', '.join(features)}, "
            f"got {len(complete)} of {len(values)}"
        )
    for name, column in zip(features, complete.T, strict=True):
        if np.ptp(np.log(column)) < _LEAST_SPREAD:
            raise ParameterError(f"{name} has the same value in every cell: leave it out of features")
    return np.asarray(complete[np.lexsort(complete.T[::-1])])


def _mixtures(z: FloatArray, max_groups: int, seed: int) -> list[Any]:
    """Mixtures of 1, 2, 3, ... normal distributions."""
    from sklearn.mixture import GaussianMixture

    size = z.shape[1]
    parameters = 1 + size + size * (size + 1) // 2
    tried = max(1, min(max_groups, len(z) // parameters))
    return [
        GaussianMixture(
            k,
            reg_covar=_COVARIANCE_FLOOR,
            n_init=_STARTS if k > 1 else 1,
            init_params="k-means++",  # starts that differ: those of k-means end in the same few places
            max_iter=500,
            random_state=seed,
        ).fit(z)
        for k in range(1, tried + 1)
    ]


def _groups(mixture: Any, z: FloatArray, values: FloatArray, features: tuple[str, ...]) -> tuple[CellGroup, ...]:
    """Groups of a mixture, the slowest and most regular first."""
    shares = mixture.predict_proba(z)
    ordering = [i for i, name in enumerate(features) if name in ("rate_hz", *REGULARITIES)]
    order = np.argsort(mixture.means_[:, ordering].sum(axis=1), kind="stable")
    groups = []
    for number, k in enumerate(order, start=1):
        means = np.average(values, axis=0, weights=shares[:, k])
        sds = np.sqrt(np.average((values - means) ** 2, axis=0, weights=shares[:, k]))
        covariance = (mixture.covariances_[k] + mixture.covariances_[k].T) / 2
        groups.append(
            CellGroup(
                name=_name(number, means, features),
                weight=float(mixture.weights_[k]),
                means=tuple(means.tolist()),
                sds=tuple(sds.tolist()),
                centre=tuple(mixture.means_[k].tolist()),
                covariance=tuple(tuple(row) for row in covariance.tolist()),
            )
        )
    return tuple(groups)


def _name(number: int, means: FloatArray, features: tuple[str, ...]) -> str:
    """Number of a group, with its mean rate and regularity."""
    texts = [f"{mean:.2g} Hz" for name, mean in zip(features, means, strict=True) if name == "rate_hz"]
    texts += [
        f"{name.removesuffix('_collapsed').upper()} {mean:.2g}"
        for name, mean in zip(features, means, strict=True)
        if name in REGULARITIES
    ]
    return f"{number} ({', '.join(texts)})" if texts else str(number)
