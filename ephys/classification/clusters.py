"""Groups of cells that lie together in rate, regularity and width, as they were found in one set of cells.

Clusters name no transmitter. They are fitted on untreated animals, kept as they are, and applied to the treated: a
treatment that changes firing would otherwise move the groups that its effect is counted in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from scipy.special import logsumexp

from ephys.classification.cell_table import Cells, as_table, check_features, feature_values
from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model.epoch import FloatArray

if TYPE_CHECKING:
    import pandas as pd

Numbers = tuple[float, ...]

_OUTLINE_POINTS = 200


@dataclass(frozen=True, slots=True)
class CellGroup(Shown):
    """One group of cells: a normal distribution of the standardised logarithms of the features.

    Parameters
    ----------
    name : str
        Its number, mean rate and regularity.
    weight : float
        Share of the cells.
    means, sds : tuple of float
        Of each feature in its own unit, over the cells of the fit, each as far as it belongs to the group.
    centre : tuple of float
        Mean of the standardised logarithms.
    covariance : tuple of tuple of float
        Of the standardised logarithms.
    """

    name: str
    weight: float
    means: Numbers
    sds: Numbers
    centre: Numbers
    covariance: tuple[Numbers, ...]

    def __post_init__(self) -> None:
        size = len(self.centre)
        for name, row in {"means": self.means, "sds": self.sds, "centre": self.centre}.items():
            _check_numbers(name, row, size)
        if len(self.covariance) != size:
            raise ParameterError(f"covariance must have {size} rows, one for each feature, got {len(self.covariance)}")
        for row in self.covariance:
            _check_numbers("covariance", row, size)
        matrix = np.array(self.covariance)
        if not (np.array_equal(matrix, matrix.T) and np.linalg.eigvalsh(matrix).min() > 0):
            raise ParameterError(f"covariance must be symmetric and positive definite, got {self.covariance}")
        if not 0 < self.weight <= 1:
            raise ParameterError(f"weight must lie between 0 and 1, got {self.weight}")

    def log_density(self, z: FloatArray) -> FloatArray:
        """Weighted log density of cells (cells, features), standardised."""
        spread = stats.multivariate_normal(np.array(self.centre), np.array(self.covariance))
        return np.atleast_1d(math.log(self.weight) + spread.logpdf(z))


@dataclass(frozen=True, eq=False)
class CellClusters(Shown):
    """Groups of cells, the slowest and most regular first, as they were fitted.

    Parameters
    ----------
    features : tuple of str
        What cells were grouped by.
    groups : tuple of CellGroup
        By the sum of the standardised logarithms of rate and regularity, the smallest first.
    log_means, log_sds : tuple of float
        Of the logarithm of each feature, by which cells are standardised.
    bic : tuple of float
        Bayesian information criterion with 1, 2, 3, ... groups; the smallest decides.
    log_density_floor : float
        99 % of the cells of the fit have a larger log density.
    n_cells, n_incomplete, n_treated : int
        Cells of the fit; untreated cells that were left out since a feature is missing; treated cells, left out.
    seed : int
        Of the starts.
    table_sha256 : str
        Checksum of the features of the cells of the fit, in any order of rows.
    ephys, scikit_learn : str
        Versions that they were made with.

    Examples
    --------
    See `cluster_cells`.
    """

    features: tuple[str, ...]
    groups: tuple[CellGroup, ...]
    log_means: Numbers
    log_sds: Numbers
    bic: Numbers
    log_density_floor: float
    n_cells: int
    n_incomplete: int
    n_treated: int
    seed: int
    table_sha256: str
    ephys: str
    scikit_learn: str

    def __post_init__(self) -> None:
        size = len(check_features(self.features))
        _check_numbers("log_means", self.log_means, size)
        _check_numbers("log_sds", self.log_sds, size)
        _check_numbers("bic", self.bic, len(self.bic))
        if not min(self.log_sds) > 0:
            raise ParameterError(f"log_sds must be above 0, got {self.log_sds}")
        if not math.isfinite(self.log_density_floor):
            raise ParameterError(f"log_density_floor must be finite, got {self.log_density_floor}")
        if not self.bic or len(self.groups) != 1 + int(np.argmin(self.bic)):
            raise ParameterError(f"bic must be smallest at the number of groups, {len(self.groups)}, got {self.bic}")
        for group in self.groups:
            _check_numbers(f"centre of group {group.name}", group.centre, size)
        total = math.fsum(group.weight for group in self.groups)
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ParameterError(f"weights of the groups must add up to 1, got {total}")

    def assign(self, cells: Cells) -> pd.DataFrame:
        """Say of cells, which need not be those of the fit, to which group they belong.

        Parameters
        ----------
        cells : DataFrame or sequence of mappings
            A row per cell with the features. Nothing is fitted again.

        Returns
        -------
        DataFrame
            With the rows of `cells`: ``group`` (from 1, missing where a feature is), ``name``, ``probability`` (of
            that group), ``outside`` (True where the density is lower than that of 99 % of the cells of the fit: no
            group describes the cell, whatever the probability) and ``log_density``.

        Raises
        ------
        ParameterError
            If a column is missing, or a value is no number above 0.
        """
        import pandas as pd

        table, joint = as_table(cells), self._log_densities(cells)
        complete = np.asarray(np.isfinite(joint).all(axis=1))
        known = np.where(complete[:, None], joint, 0.0)
        best = known.argmax(axis=1)
        density = logsumexp(known, axis=1)
        shares = np.exp(known[np.arange(len(best)), best] - density)
        group = pd.Series(best + 1, index=table.index, dtype="Int64").where(complete)
        names = pd.Series([self.groups[i].name for i in best], index=table.index, dtype=object).where(complete, "")
        return pd.DataFrame(
            {
                "group": group,
                "name": names,
                "probability": np.where(complete, shares, math.nan),
                "outside": complete & (density < self.log_density_floor),
                "log_density": np.where(complete, density, math.nan),
            },
            index=table.index,
        )

    def responsibilities(self, cells: Cells) -> pd.DataFrame:
        """Return the probability of every group for every cell, NaN where a feature is missing.

        Parameters
        ----------
        cells : DataFrame or sequence of mappings
            A row per cell with the features.

        Returns
        -------
        DataFrame
            With the rows of `cells` and a column for each group, by its name.
        """
        import pandas as pd

        joint = self._log_densities(cells)
        shares = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        return pd.DataFrame(shares, index=as_table(cells).index, columns=[group.name for group in self.groups])

    def outline(self, group: int, features: Sequence[str], *, share: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Return the ellipse that holds a share of a group, in the units of two features.

        Parameters
        ----------
        group : int
            From 1.
        features : sequence of str
            Two of `features`.
        share : float, optional
            Of the group's normal distribution.

        Returns
        -------
        tuple of array
            Closed line, a coordinate for each feature; an ellipse on logarithmic axes.
        """
        places = [self.features.index(name) for name in features]
        chosen = self.groups[group - 1]
        root = np.linalg.cholesky(np.array(chosen.covariance)[np.ix_(places, places)])
        angle = np.linspace(0.0, 2.0 * math.pi, _OUTLINE_POINTS)
        circle = math.sqrt(stats.chi2.ppf(share, 2)) * np.array([np.cos(angle), np.sin(angle)])
        z = np.array(chosen.centre)[places, None] + root @ circle
        x, y = np.exp(np.array(self.log_means)[places, None] + np.array(self.log_sds)[places, None] * z)
        return x, y

    def __str__(self) -> str:
        best = min(self.bic)
        left = [f"{self.n_incomplete} left out with a feature missing"] if self.n_incomplete else []
        left += [f"{self.n_treated} treated left out"] if self.n_treated else []
        lines = [
            f"{len(self.groups)} groups of {self.n_cells} cells by {', '.join(self.features)}"
            + "".join(f", {text}" for text in left),
            "BIC above the smallest: " + ", ".join(f"{k} {b - best:.1f}" for k, b in enumerate(self.bic, start=1)),
        ]
        for group in self.groups:
            numbers = zip(self.features, group.means, group.sds, strict=True)
            text = ", ".join(f"{name} {mean:.3g} ± {sd:.2g}" for name, mean, sd in numbers)
            lines.append(f"  {group.name}: {100 * group.weight:.0f} % of the cells, {text}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"CellClusters({'; '.join(group.name for group in self.groups)}; {self.n_cells} cells)"

    def _log_densities(self, cells: Cells) -> FloatArray:
        """Log density of every cell in every group, NaN where a feature is missing."""
        logs = np.log(feature_values(as_table(cells), self.features))
        z = (logs - np.array(self.log_means)) / np.array(self.log_sds)
        complete = np.asarray(np.isfinite(z).all(axis=1))
        joint = np.full((len(z), len(self.groups)), np.nan)
        if complete.any():
            joint[complete] = np.stack([group.log_density(z[complete]) for group in self.groups], axis=1)
        return joint


def _check_numbers(name: str, row: Numbers, size: int) -> None:
    """Raise unless there are as many finite numbers as expected."""
    if len(row) != size:
        raise ParameterError(f"{name} must have {size} entries, got {len(row)}")
    if not np.isfinite(row).all():
        raise ParameterError(f"{name} must be finite, got {row}")
