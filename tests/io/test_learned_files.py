"""A classifier or a set of clusters is the same after it has been written and read, and a damaged file is refused."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ephys.classification import (
    CellClusters,
    LearnedClassifier,
    LearnedSettings,
    cluster_cells,
    train_classifier,
)
from ephys.errors import FileFormatError
from ephys.io import read_cell_clusters, read_classifier, write_cell_clusters, write_classifier

SETTINGS = LearnedSettings(folds=5, inner_folds=3, penalties=(10.0, 1.0), n_resamples=100)
FEATURES = ("rate_hz", "cv", "total_ms")


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [
        {
            "animal": f"rat{i % 6}",
            "label": label,
            "rate_hz": rate * rng.lognormal(0, 0.5),
            "cv": cv * rng.lognormal(0, 0.4),
            "total_ms": math.nan if i % 5 == 0 else width * rng.lognormal(0, 0.2),
            "band": "10 to 8000 Hz, zero phase",
        }
        for i in range(30)
        for label, rate, cv, width in (("serotonergic", 1.5, 0.3, 2.1), ("not_serotonergic", 6.0, 0.8, 1.3))
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def classifier(cells: pd.DataFrame) -> LearnedClassifier:
    return train_classifier(cells, features=FEATURES, settings=SETTINGS)


@pytest.fixture(scope="module")
def clusters(cells: pd.DataFrame) -> CellClusters:
    return cluster_cells(cells, features=FEATURES, max_groups=3)


def test_a_classifier_that_was_read_again_answers_to_the_last_bit(
    classifier: LearnedClassifier, cells: pd.DataFrame, tmp_path: Path
) -> None:
    again = read_classifier(write_classifier(classifier, tmp_path / "classifier.json"))
    assert again.models == classifier.models
    assert (again.settings, again.provenance) == (classifier.settings, classifier.provenance)
    assert str(again) == str(classifier)
    for row in cells[list(FEATURES)].to_dict("records"):
        one, other = again.judge(row), classifier.judge(row)
        assert np.array_equal([one.probability], [other.probability], equal_nan=True)
        assert (one.label, one.refused, one.features_used) == (other.label, other.refused, other.features_used)


def test_one_seed_gives_one_file(cells: pd.DataFrame, classifier: LearnedClassifier, tmp_path: Path) -> None:
    first = write_classifier(classifier, tmp_path / "a.json").read_bytes()
    again = train_classifier(cells, features=FEATURES, settings=SETTINGS)
    assert write_classifier(again, tmp_path / "b.json").read_bytes() == first
    other = train_classifier(cells, features=FEATURES, settings=SETTINGS, seed=1)
    assert write_classifier(other, tmp_path / "c.json").read_bytes() != first
    read = read_classifier(tmp_path / "a.json")
    assert write_classifier(read, tmp_path / "d.json").read_bytes() == first


def test_the_file_says_what_it_was_made_from(classifier: LearnedClassifier, tmp_path: Path) -> None:
    content = json.loads(write_classifier(classifier, tmp_path / "classifier.json").read_text())
    assert content["ephys_classifier"] == 1
    provenance = content["provenance"]
    assert (provenance["n_animals"], provenance["n_cells"], provenance["seed"]) == (6, 60, 0)
    assert provenance["bands"] == ["10 to 8000 Hz, zero phase"]
    assert len(provenance["table_sha256"]) == 64
    assert content["settings"]["called_at"] == 0.8
    assert content["features"] == list(FEATURES)


def test_clusters_that_were_read_again_assign_as_before(
    clusters: CellClusters, cells: pd.DataFrame, tmp_path: Path
) -> None:
    again = read_cell_clusters(write_cell_clusters(clusters, tmp_path / "clusters.json"))
    assert dataclasses.asdict(again) == dataclasses.asdict(clusters)
    pd.testing.assert_frame_equal(again.assign(cells), clusters.assign(cells), check_exact=True)


Damage = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("damage", "key"),
    [
        (lambda c: c.pop("settings"), "'settings' is missing"),
        (lambda c: c["models"][0].pop("scales"), r"'models\[0\].scales' is missing"),
        (lambda c: c.update(note="mine"), "'note' is not known"),
        (lambda c: c["models"][1].update(intercept="0.3"), r"'models\[1\].intercept' must be a number, got '0.3'"),
        (lambda c: c["models"][1].update(intercept=None), r"'models\[1\]': intercept and penalty must be finite"),
        (lambda c: c["models"][0].update(intercept=True), r"'models\[0\].intercept' must be a number, got True"),
        (lambda c: c["models"][0]["linear"].pop(), r"'models\[0\]': linear must have 3 entries"),
        (lambda c: c["models"][0]["quadratic"].append(0.0), r"'models\[0\]': quadratic must have 6 entries"),
        (lambda c: c["models"][0]["precision"][1].pop(), r"'models\[0\]': precision must have 3 entries"),
        (lambda c: c["models"][0]["centres"].__setitem__(1, None), r"'models\[0\]': centres must be finite"),
        (lambda c: c["models"][0]["scales"].__setitem__(1, 0.0), r"'models\[0\]': scales and lows must be above 0"),
        (lambda c: c["models"][0]["lows"].__setitem__(0, 99.0), r"'models\[0\]': lows must not lie above highs"),
        (lambda c: c["models"][0].update(features=["rate_hz", "cv", "colour"]), r"'models\[0\]': no feature named"),
        (lambda c: c.update(models=c["models"][:1]), "models must hold one for the mandatory features"),
        (lambda c: c.update(models=c["models"][::-1]), "stand with most features first"),
        (lambda c: c.update(models={}), "'models' must be a list"),
        (lambda c: c["settings"].update(called_at=0.1), "'settings': a classifier needs 0 <= rejected_at < called_at"),
        (lambda c: c["settings"].update(folds=5.5), "'settings.folds' must be a whole number, got 5.5"),
        (lambda c: c["validation"]["cells"].pop(), "validation holds animals, cells"),
        (lambda c: c["validation"]["cells"][4].update(truth="5-HT"), r"cells\[4\].truth' must be one of"),
        (lambda c: c["validation"]["cells"][4].update(probability=1.2), r"'validation.cells\[4\]': cell 4"),
        (lambda c: c["provenance"].update(bands="all"), "'provenance.bands' must be a list"),
        (lambda c: c.update(ephys_classifier=0), "'ephys_classifier': version 0, this ephys reads 1"),
        (lambda c: c.pop("ephys_classifier"), "'ephys_classifier' is missing"),
    ],
)
def test_a_damaged_classifier_is_refused_by_file_and_key(
    classifier: LearnedClassifier, tmp_path: Path, damage: Damage, key: str
) -> None:
    path = write_classifier(classifier, tmp_path / "classifier.json")
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(FileFormatError, match=rf"classifier\.json: .*{key}"):
        read_classifier(path)


@pytest.mark.parametrize(
    ("damage", "key"),
    [
        (
            lambda c: c["groups"][0]["covariance"][0].__setitem__(0, -1.0),
            r"'groups\[0\]': covariance must be symmetric",
        ),
        (lambda c: c["groups"][0]["centre"].pop(), r"'groups\[0\]': means must have 2 entries, got 3"),
        (lambda c: c["groups"].pop(), "bic must be smallest at the number of groups"),
        (lambda c: c["groups"][0].update(weight=0.9), "weights of the groups must add up to 1"),
        (lambda c: c["log_sds"].__setitem__(0, 0.0), "log_sds must be above 0"),
        (lambda c: c.update(log_density_floor=None), "log_density_floor must be finite"),
        (lambda c: c.update(ephys_cell_clusters=2), "version 2, this ephys reads 1"),
    ],
)
def test_damaged_clusters_are_refused_by_file_and_key(
    clusters: CellClusters, tmp_path: Path, damage: Damage, key: str
) -> None:
    path = write_cell_clusters(clusters, tmp_path / "clusters.json")
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(FileFormatError, match=rf"clusters\.json: .*{key}"):
        read_cell_clusters(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not readable as JSON"),
        ("[1, 2]", "key 'ephys_classifier' is missing"),
        ('{"ephys_classifier": 1, "features": [], "features": []}', "key 'features' occurs twice"),
        ('{"ephys_classifier": 1, "features": NaN}', "NaN is no number"),
        ('{"ephys_classifier": 1, "features": [Infinity]}', "Infinity is no number"),
    ],
)
def test_what_is_no_classifier_is_not_read_as_one(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=f"other.json: {message}"):
        read_classifier(path)
    with pytest.raises(FileFormatError, match="no such file"):
        read_classifier(tmp_path / "absent.json")


def test_a_file_of_the_other_kind_is_refused(clusters: CellClusters, tmp_path: Path) -> None:
    path = write_cell_clusters(clusters, tmp_path / "clusters.json")
    with pytest.raises(FileFormatError, match="'ephys_classifier' is missing"):
        read_classifier(path)
