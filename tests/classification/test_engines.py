"""One result, three engines: who decides, what stands beside, and what no engine may do."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ephys.classification import (
    Band,
    ClassificationSettings,
    LearnedClassifier,
    LearnedSettings,
    classify_features,
    classify_unit,
    train_classifier,
)
from ephys.errors import ParameterError
from ephys.model import Epoch, Support, Unit, UnitRhythms
from ephys.simulation import draw_cells, renewal_train

BASELINE = Epoch(0.0, 180.0, "baseline")
WIDE = (10.0, 8000.0)
RULE, EVIDENCE, LEARNED = (ClassificationSettings(engine=name) for name in ("rule", "evidence", "learned"))
SLOW = {"rate_hz": 1.5, "cv_collapsed": 0.3, "total_ms": 2.2}


@pytest.fixture(scope="module")
def classifier() -> LearnedClassifier:
    """Learned from simulated cells whose class is known, through one wide band."""
    cells = draw_cells(240, seed=3)
    rows = pd.DataFrame(
        {
            "animal": [f"rat{i // 12}" for i in range(len(cells))],
            "label": ["serotonergic" if c.cell_class == "serotonergic" else "not_serotonergic" for c in cells],
            "rate_hz": [c.rate_hz for c in cells],
            "cv_collapsed": [c.cv for c in cells],
            "total_ms": [c.total_ms for c in cells],
            "band": str(Band(*WIDE, "zero", 2)),
        }
    )
    quick = LearnedSettings(folds=4, inner_folds=2, penalties=(10.0, 1.0), n_resamples=50)
    return train_classifier(rows, features=("rate_hz", "cv_collapsed", "total_ms"), settings=quick)


def _unit(cv: float, rate_hz: float = 1.4, *, late_hz: float = 1.4, seed: int = 0) -> Unit:
    """A unit whose firing after the baseline is of another rate, drawn from the same baseline."""
    grid = np.array([0.0, 180.0])
    first = renewal_train(grid, np.full(2, rate_hz), cv=cv, seed=seed)
    later = 180.0 + renewal_train(np.array([0.0, 600.0]), np.full(2, late_hz), cv=0.9, seed=seed + 1)
    return Unit("1", np.concatenate([first, later]), Support.of(Epoch(0.0, 780.0)))


def test_who_decides_is_said_and_the_others_stand_beside(classifier: LearnedClassifier) -> None:
    calls = {
        s.engine: classify_features(SLOW, band_hz=WIDE, order=2, settings=s, classifier=classifier)
        for s in (RULE, EVIDENCE, LEARNED)
    }
    assert all(call.label == "serotonergic" for call in calls.values())
    assert all(call.basis == "full" for call in calls.values())
    assert [len(call.beside) for call in calls.values()] == [2, 1, 1]
    assert calls["rule"].reasons == ("rate, regularity and width pass",)
    assert calls["evidence"].reasons[0].startswith("probability of being serotonergic 0.9")
    assert calls["learned"].reasons[0].startswith("learned classifier: 0.9")
    assert "by a learned classifier" in calls["learned"].title
    plain = json.loads(json.dumps(calls["learned"].as_dict(), allow_nan=False))
    assert plain["engine"] == "learned"
    assert plain["learned"]["note"] == ""
    assert plain["learned"]["features_used"] == ["rate_hz", "cv_collapsed", "total_ms"]
    assert plain["evidence"]["steps"][1]["assumed"] is True
    table = calls["rule"].as_table()
    assert list(table["criterion"]) == ["rate", "regularity", "rhythm", "width", "soft refractory"]
    assert set(table["label"]) == {"serotonergic"}


def test_a_learned_call_uses_widths_of_its_own_band_only(classifier: LearnedClassifier) -> None:
    for band, order in (((300.0, 3000.0), 2), (None, None)):
        call = classify_features(SLOW, band_hz=band, order=order, settings=LEARNED, classifier=classifier)
        assert call.learned is not None
        assert call.learned.features_used == ("rate_hz", "cv_collapsed")
        assert call.basis == "rate_and_regularity"
    assert "learned through 10 to 8000 Hz" in classifier.why_no_width(None)
    assert classifier.why_no_width(Band(*WIDE, "zero")) == ""  # the order is not known, and not contradicted
    assert classifier.why_no_width(Band(*WIDE, "zero", 2)) == ""


def test_a_learned_call_needs_a_classifier_and_refuses_what_it_does_not_know(classifier: LearnedClassifier) -> None:
    with pytest.raises(ParameterError, match="no classifier was given"):
        classify_features(SLOW, settings=LEARNED)
    strange = classify_features(SLOW | {"rate_hz": 400.0}, settings=LEARNED, classifier=classifier)
    assert strange.label == "uncertain"
    assert "refused" in strange.reasons[0]


@pytest.mark.parametrize("settings", [RULE, EVIDENCE, LEARNED])
def test_what_makes_no_call_possible_holds_for_every_engine(
    settings: ClassificationSettings, classifier: LearnedClassifier
) -> None:
    units = {
        "silent": Unit("1", np.array([300.0]), Support.of(Epoch(0.0, 780.0))),
        "multi-unit": replace(_unit(0.3), multi_unit=True),
        "fewer than 50": _unit(0.3, 0.2),
        "nothing was recorded": Unit("1", np.array([500.0]), Support.of(Epoch(400.0, 780.0))),
    }
    for reason, unit in units.items():
        call = classify_unit(unit, within=BASELINE, settings=settings, classifier=classifier)
        assert call.label == "uncertain"
        assert reason in call.reasons[0]


@pytest.mark.parametrize("settings", [RULE, EVIDENCE, LEARNED])
def test_locking_to_breath_or_heart_bars_the_call_by_every_engine(
    settings: ClassificationSettings, classifier: LearnedClassifier
) -> None:
    unit = _unit(0.3)
    assert classify_unit(unit, within=BASELINE, settings=settings, classifier=classifier).is_serotonergic
    locked = UnitRhythms("1", artefact=("respiration: vector strength 0.97 (0.95 to 0.98) at 1.40 Hz",))
    barred = classify_unit(unit, within=BASELINE, settings=settings, classifier=classifier, rhythms=locked)
    assert barred.label == "uncertain"
    assert "vector strength 0.97" in barred.reasons[0]
    clock = _unit(0.04)
    assert not classify_unit(clock, within=BASELINE, settings=settings, classifier=classifier).is_serotonergic


@pytest.mark.parametrize("settings", [RULE, EVIDENCE, LEARNED])
@pytest.mark.parametrize("cv", [0.3, 0.65, 1.1])
def test_spikes_after_the_baseline_change_no_call_of_any_engine(
    settings: ClassificationSettings, cv: float, classifier: LearnedClassifier
) -> None:
    calls = [
        json.dumps(
            classify_unit(_unit(cv, late_hz=late), within=BASELINE, settings=settings, classifier=classifier).as_dict()
        )
        for late in (0.02, 1.4, 9.0)
    ]
    assert calls[0] == calls[1] == calls[2]
