"""Groups of cells: as many as there are, the same from every start, and frozen when applied to other animals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score

from ephys.classification import CellClusters, cluster_cells
from ephys.errors import ParameterError

PAIR = ("rate_hz", "cv")
# Mean of ln rate and ln CV of four groups that lie apart, the slowest and most regular first.
CENTRES = np.log([[1.5, 0.25], [1.0, 1.3], [12.0, 0.3], [30.0, 1.4]])


def simulated(n_groups: int, *, per_group: int = 50, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(n_groups), per_group)
    logs = CENTRES[group] + rng.normal(0, 0.25, (len(group), 2))
    return pd.DataFrame(np.exp(logs), columns=list(PAIR)).assign(truth=group + 1)


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    return simulated(3)


@pytest.fixture(scope="module")
def clusters(cells: pd.DataFrame) -> CellClusters:
    return cluster_cells(cells, features=PAIR)


@pytest.mark.parametrize("n_groups", [1, 2, 3, 4])
def test_bic_finds_as_many_groups_as_there_are(n_groups: int) -> None:
    cells = simulated(n_groups, seed=n_groups)
    clusters = cluster_cells(cells, features=PAIR)
    assert len(clusters.groups) == n_groups
    assert len(clusters.bic) == 6
    assert adjusted_rand_score(cells["truth"], clusters.assign(cells)["group"].astype(int)) > 0.95


def test_the_slowest_and_most_regular_come_first_under_their_means(cells: pd.DataFrame, clusters: CellClusters) -> None:
    assert (clusters.assign(cells)["group"] == cells["truth"]).all()
    for number, group in enumerate(clusters.groups, start=1):
        own = cells[cells["truth"] == number]
        assert group.weight == pytest.approx(1 / 3, abs=0.01)
        assert group.means == pytest.approx(own[list(PAIR)].mean().to_numpy(), rel=0.01)
        assert group.sds == pytest.approx(own[list(PAIR)].std(ddof=0).to_numpy(), rel=0.05)
        assert group.name == f"{number} ({group.means[0]:.2g} Hz, CV {group.means[1]:.2g})"


def test_neither_the_seed_nor_the_order_of_the_rows_changes_the_groups(
    cells: pd.DataFrame, clusters: CellClusters
) -> None:
    expected = clusters.assign(cells)["group"]
    for seed in (1, 2, 3):
        other = cluster_cells(cells, features=PAIR, seed=seed)
        assert (other.assign(cells)["group"] == expected).all()
        np.testing.assert_allclose(other.bic[:3], clusters.bic[:3], rtol=1e-3)
    turned = cluster_cells(cells.sample(frac=1, random_state=0).to_dict("records"), features=PAIR)
    assert turned.groups == clusters.groups
    assert turned.table_sha256 == clusters.table_sha256


def test_density_and_shares_are_those_of_the_normal_distributions(clusters: CellClusters) -> None:
    cell = {"rate_hz": 2.5, "cv": 0.6}
    z = (np.log([2.5, 0.6]) - clusters.log_means) / clusters.log_sds
    parts = [g.weight * multivariate_normal.pdf(z, g.centre, np.array(g.covariance)) for g in clusters.groups]
    assigned = clusters.assign([cell])
    assert assigned["log_density"].iloc[0] == pytest.approx(math.log(sum(parts)))
    assert assigned["probability"].iloc[0] == pytest.approx(max(parts) / sum(parts))
    np.testing.assert_allclose(clusters.responsibilities([cell]).iloc[0], np.array(parts) / sum(parts))


def test_one_cell_in_a_hundred_of_the_fit_is_outside_and_so_is_one_unlike_them(
    cells: pd.DataFrame, clusters: CellClusters
) -> None:
    assert clusters.assign(cells)["outside"].sum() == 2, "of 150"
    odd = clusters.assign([{"rate_hz": 0.02, "cv": 0.05}, {"rate_hz": 1.5, "cv": 0.25}])
    assert odd["outside"].tolist() == [True, False]


def test_treated_cells_do_not_move_the_groups_that_they_are_counted_in(cells: pd.DataFrame) -> None:
    treated = cells.assign(rate_hz=cells["rate_hz"] * 5.0, treated=True)
    both = pd.concat([cells.assign(treated=False), treated], ignore_index=True)
    frozen, alone = cluster_cells(both, features=PAIR), cluster_cells(cells, features=PAIR)
    assert (frozen.groups, frozen.bic, frozen.table_sha256) == (alone.groups, alone.bic, alone.table_sha256)
    assert (frozen.n_cells, frozen.n_treated) == (150, 150)
    pd.testing.assert_frame_equal(frozen.assign(treated), alone.assign(treated))
    assert frozen.assign(treated)["outside"].mean() > 0.3, "cells that fire five times as fast are none of the old ones"
    assert cluster_cells(both.drop(columns="treated"), features=PAIR).groups != alone.groups


def test_cells_that_lack_a_feature_are_counted_and_belong_nowhere(cells: pd.DataFrame) -> None:
    holes = cells.copy()
    holes.loc[[0, 70], "cv"] = math.nan
    clusters = cluster_cells(holes, features=PAIR)
    assert (clusters.n_cells, clusters.n_incomplete) == (148, 2)
    assert "2 left out with a feature missing" in str(clusters)
    assigned = clusters.assign(holes)
    assert assigned["group"].isna().tolist() == [row in (0, 70) for row in range(150)]
    assert not assigned.loc[[0, 70], "outside"].any()
    assert assigned.loc[[0, 70], "probability"].isna().all()


def test_the_rows_keep_their_names(cells: pd.DataFrame, clusters: CellClusters) -> None:
    named = cells.set_index(pd.Index([f"cell {i}" for i in range(150)]))
    assert clusters.assign(named).index.equals(named.index)


def test_an_outline_holds_its_share_of_a_group(clusters: CellClusters) -> None:
    x, y = clusters.outline(1, PAIR)
    group = clusters.groups[0]
    z = (np.log([x, y]).T - clusters.log_means) / clusters.log_sds - group.centre
    squared = np.einsum("pi,ij,pj->p", z, np.linalg.inv(group.covariance), z)
    np.testing.assert_allclose(squared, 5.991, rtol=1e-3)  # chi-squared of two, 95 %


def test_a_few_cells_do_not_try_more_groups_than_they_can_tell() -> None:
    assert len(cluster_cells(simulated(1, per_group=20), features=PAIR).bic) == 3  # six numbers each, of 20 cells


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate_hz": 0.0}, "row 7: rate_hz must be a number above 0"),
        ({"cv": -0.2}, "row 7: cv must be a number above 0"),
        ({"treated": "yes"}, "row 7: treated must be True or False, got 'yes'"),
        ({"treated": None}, "row 7: treated must be True or False"),
    ],
)
def test_a_row_that_cannot_be_is_named(cells: pd.DataFrame, change: dict[str, Any], message: str) -> None:
    rows = cells.assign(treated=False).astype({"treated": object}).to_dict("records")
    rows[7] |= change
    with pytest.raises(ParameterError, match=message):
        cluster_cells(rows, features=PAIR)


def test_nineteen_cells_are_too_few(cells: pd.DataFrame) -> None:
    few = cells.copy()
    few.loc[0, "cv"] = math.nan
    with pytest.raises(ParameterError, match="at least 20 untreated cells with rate_hz, cv, got 19 of 20"):
        cluster_cells(few.assign(treated=np.arange(150) >= 20), features=PAIR)
    with pytest.raises(ParameterError, match="max_groups must be at least 1"):
        cluster_cells(cells, features=PAIR, max_groups=0)
    with pytest.raises(ParameterError, match="the same value in every cell"):
        cluster_cells(cells.assign(cv2=0.4), features=(*PAIR, "cv2"))
