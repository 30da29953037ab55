"""Learned calls and clusters on cells that somebody else measured, and what they are worth there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from ephys.classification import LearnedClassifier, classify_features, cluster_cells, measure_features, train_classifier
from ephys.model import Epoch, Unit

FEATURES = ("rate_hz", "cv", "total_ms")


@pytest.fixture(scope="module")
def typed_units(shared_data: Path) -> pd.DataFrame:
    """131 units of 12 experiments; the author's "slow regular" stands for serotonergic."""
    folder = shared_data / "drn_osullivan" / "drn-interactions"
    types = pd.read_csv(folder / "neuron_types_single_unit.csv")
    units = pd.read_csv(folder / "single_unit_dataset_tidied.csv").merge(types, on="id")
    slow_regular = units["neuron_type"] == "SR"
    return units.rename(
        columns={"experiment": "animal", "firing_rate": "rate_hz", "cv-isi": "cv", "to_baseline": "total_ms"}
    ).assign(label=np.where(slow_regular, "serotonergic", "not_serotonergic"))


@pytest.fixture(scope="module")
def learned(typed_units: pd.DataFrame) -> LearnedClassifier:
    return train_classifier(typed_units, features=FEATURES)


@pytest.mark.real_data
def test_agreement_with_the_authors_types_on_experiments_not_seen(
    typed_units: pd.DataFrame, learned: LearnedClassifier
) -> None:
    """The types were made from rate and CV2, not histology: this is agreement, not sensitivity."""
    outcomes = [cell.outcome for cell in learned.validation.cells]
    calls = Counter(zip(typed_units["neuron_type"], outcomes, strict=True))
    assert sum(calls.values()) == 131
    # The bare rule of a rate of 0.1 to 3.5 Hz and a CV under 0.5 keeps 32 of the 70, and calls no SIR and no FF.
    assert calls["SR", "serotonergic"] >= 47
    assert calls["SIR", "serotonergic"] + calls["FF", "serotonergic"] <= 3
    assert learned.validation.auc.low > 0.8
    assert learned.validation.brier.high < 0.25


@pytest.mark.real_data
def test_half_of_the_experiments_judge_the_other_half(typed_units: pd.DataFrame) -> None:
    experiments = sorted(typed_units["animal"].unique())
    called: Counter[str] = Counter()
    for half in (experiments[::2], experiments[1::2]):
        inside = typed_units["animal"].isin(half)
        classifier = train_classifier(typed_units[inside], features=FEATURES)
        for row in typed_units[~inside].to_dict("records"):
            label = classifier.judge({name: row[name] for name in FEATURES}).label
            called[row["neuron_type"]] += label == "serotonergic"
    # The price of the slow regular cells that the bare rule loses: a few slow irregular ones.
    assert called["SR"] > 38 > 32
    assert called["FF"] == 0
    assert called["SIR"] <= 6


@pytest.mark.real_data
def test_a_fast_cell_without_its_like_in_training_is_refused(learned: LearnedClassifier) -> None:
    assert "rate_hz 60 lies outside" in learned.judge({"rate_hz": 60.0, "cv": 0.3, "total_ms": 1.0}).refused


@pytest.mark.real_data
def test_noradrenergic_cells_are_not_told_from_their_neighbours_by_how_they_fire(shared_data: Path) -> None:
    """Juxtacellular, identified by histology; the table names no animals, so each cell is one."""
    content = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    rows = []
    for cell, times_s in content["spikes"].items():
        whole = Epoch(0.0, content["recording_dur"][cell])
        features = measure_features(Unit.from_times(np.sort(times_s), support=whole), whole)
        identified = content["TH_label"][cell] == "pos"
        rows.append(
            {
                "animal": cell,
                "label": "serotonergic"
                if identified
                else "not_serotonergic",  # the positive class; they are TH-positive
                "rate_hz": features.rate_hz,
                "cv": features.cv,
                "half_width_ms": content["waveshape_FWHM"][cell],
            }
        )
    validation = train_classifier(rows, features=("rate_hz", "cv", "half_width_ms")).validation
    assert Counter(row["label"] for row in rows) == {"serotonergic": 30, "not_serotonergic": 20}
    assert validation.auc.low < 0.5 < validation.auc.high
    assert validation.brier.low < 0.24, "no better than saying 60 % of every cell"
    assert sum(cell.outcome == "serotonergic" for cell in validation.cells) <= 3, "what cannot be told is not called"


@pytest.mark.real_data
def test_bic_finds_no_groups_in_131_units_where_their_author_named_three(typed_units: pd.DataFrame) -> None:
    clusters = cluster_cells(typed_units, features=("rate_hz", "cv"))
    assert len(clusters.groups) == 1
    assert clusters.bic[1] - clusters.bic[0] < 3, "two are hardly less likely"


@pytest.mark.real_data
def test_two_groups_of_565_units_hardly_agree_with_the_three_types(shared_data: Path) -> None:
    folder = shared_data / "drn_osullivan" / "drn-interactions"
    types = pd.read_csv(folder / "neuron_types.csv")[["neuron_id", "neuron_type"]]
    units = pd.read_csv(folder / "burst_features.csv").merge(types, on="neuron_id")
    units = units.rename(columns={"mean_firing_rate": "rate_hz", "cv2_isi": "cv2"})
    units = units[units["rate_hz"] > 0].dropna(subset=["cv2", "neuron_type"])
    clusters = cluster_cells(units, features=("rate_hz", "cv2"))
    groups = clusters.assign(units)["group"].astype(int)
    assert len(clusters.groups) == 2
    regular = units["neuron_type"] == "SR"
    assert (groups[regular] == 1).mean() > 0.75 > 0.5 > (groups[units["neuron_type"] == "SIR"] == 1).mean()
    assert adjusted_rand_score(units["neuron_type"], groups) == pytest.approx(0.14, abs=0.05)


@pytest.mark.real_data
def test_the_learned_call_keeps_more_slow_regular_cells_than_the_rule(
    typed_units: pd.DataFrame, learned: LearnedClassifier
) -> None:
    rule = [
        classify_features(row, preset="mouse_in_vivo", band_hz=(10.0, 8000.0)).label
        for row in typed_units[list(FEATURES)].to_dict("records")
    ]
    slow_regular = (typed_units["neuron_type"] == "SR").to_numpy()
    ours = np.array([cell.outcome for cell in learned.validation.cells])
    assert (ours[slow_regular] == "serotonergic").sum() > (np.array(rule)[slow_regular] == "serotonergic").sum()
