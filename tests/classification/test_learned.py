"""A learned call answers for cells like those that it learned from, and its figures hold on animals not seen."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from ephys.classification import Band, LearnedClassifier, LearnedSettings, UnitFeatures, cell_row, train_classifier
from ephys.classification.sample import deal_animals
from ephys.classification.validation import OutOfFold, validate
from ephys.errors import ParameterError

FAST = LearnedSettings(folds=5, inner_folds=3, penalties=(100.0, 10.0, 1.0, 0.1), n_resamples=300)
PAIR = ("rate_hz", "cv")
# Mean and SD of ln rate, ln CV and ln width in each class: they overlap, as real cells do.
MEANS = {True: np.log([1.6, 0.35, 2.2]), False: np.log([4.0, 0.7, 1.4])}
SDS = {True: np.array([0.5, 0.3, 0.25]), False: np.array([0.9, 0.45, 0.3])}


def simulated(n_animals: int, per_animal: int, *, seed: int = 0, animal_sd: float = 0.1) -> pd.DataFrame:
    """Cells of two classes, half and half, in animals that differ a little."""
    rng = np.random.default_rng(seed)
    rows = []
    for animal in range(n_animals):
        shift = animal_sd * rng.standard_normal(3)
        for _ in range(per_animal):
            positive = bool(rng.random() < 0.5)
            rate, cv, width = np.exp(MEANS[positive] + shift + SDS[positive] * rng.standard_normal(3))
            rows.append((f"rat{animal}", _name(positive), rate, cv, width))
    return pd.DataFrame(rows, columns=["animal", "label", "rate_hz", "cv", "total_ms"])


def _name(positive: bool) -> str:
    return "serotonergic" if positive else "not_serotonergic"


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    return simulated(10, 20)


@pytest.fixture(scope="module")
def classifier(cells: pd.DataFrame) -> LearnedClassifier:
    return train_classifier(cells, features=(*PAIR, "total_ms"), settings=FAST)


TYPICAL = {"rate_hz": 1.6, "cv": 0.35, "total_ms": 2.2}


def test_a_typical_cell_of_each_kind_is_called_so(classifier: LearnedClassifier) -> None:
    assert classifier.judge(TYPICAL).label == "serotonergic"
    assert classifier.judge({"rate_hz": 8.0, "cv": 0.9, "total_ms": 1.2}).label == "not_serotonergic"


def test_probabilities_are_those_of_the_known_classes_on_cells_of_new_animals() -> None:
    training = simulated(20, 20, seed=1)
    classifier = train_classifier(training, features=(*PAIR, "total_ms"), settings=FAST)
    new = simulated(200, 20, seed=2)
    judged = [classifier.judge(row) for row in new[[*PAIR, "total_ms"]].to_dict("records")]
    said = np.array([judgement.probability for judgement in judged])
    answered = np.isfinite(said)
    truth = (new["label"] == "serotonergic").to_numpy()
    assert answered.mean() > 0.95
    for low in np.arange(0.0, 1.0, 0.2):
        inside = answered & (said >= low) & (said < low + 0.2)
        assert said[inside].mean() == pytest.approx(truth[inside].mean(), abs=0.08)
    ideal = _posterior(new)
    assert brier_score_loss(truth[answered], said[answered]) < brier_score_loss(truth[answered], ideal[answered]) + 0.01
    log_odds = np.log(said[answered] / (1 - said[answered]))[:, None]
    slope = LogisticRegression(C=1e6).fit(log_odds, truth[answered]).coef_[0, 0]
    assert 0.75 < slope < 1.33, "neither over- nor underconfident"


def _posterior(cells: pd.DataFrame) -> np.ndarray:
    """Probability by the classes that the cells were drawn from, animals averaged over."""
    logs = np.log(cells[[*PAIR, "total_ms"]].to_numpy())
    density = {kind: norm.pdf(logs, MEANS[kind], np.hypot(SDS[kind], 0.1)).prod(axis=1) for kind in (True, False)}
    return density[True] / (density[True] + density[False])


def test_its_own_figures_are_those_that_it_reaches_on_new_animals() -> None:
    claimed, reached = [], []
    for seed in range(4):
        classifier = train_classifier(simulated(8, 16, seed=seed), features=PAIR, settings=FAST)
        new = simulated(60, 10, seed=100 + seed)
        ratio = np.array([classifier.judge(row).log_likelihood_ratio for row in new[list(PAIR)].to_dict("records")])
        known = np.isfinite(ratio)
        claimed.append(classifier.validation.auc.value)
        reached.append(roc_auc_score((new["label"] == "serotonergic")[known], ratio[known]))
    assert np.mean(claimed) == pytest.approx(np.mean(reached), abs=0.05)


def test_what_only_tells_animals_apart_is_worth_nothing_though_cells_at_random_say_otherwise() -> None:
    """Each animal has features of its own, and happens to have mostly one label; cells of one animal are all alike."""
    ours, naive = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        animal = np.repeat(np.arange(8), 12)
        positive = rng.random(96) < np.tile([0.1, 0.9], 4)[animal]
        logs = rng.normal(0, 1.0, (8, 3))[animal] + rng.normal(0, 0.2, (96, 3))
        cells = pd.DataFrame(np.exp(logs), columns=[*PAIR, "total_ms"])
        cells["animal"], cells["label"] = animal, [_name(p) for p in positive]
        ours.append(train_classifier(cells, features=(*PAIR, "total_ms"), settings=FAST).validation.auc.value)
        model = make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression(C=10.0, max_iter=2000))
        folds = StratifiedKFold(5, shuffle=True, random_state=seed)
        by_cell = cross_val_predict(model, logs, positive, cv=folds, method="predict_proba")[:, 1]
        naive.append(roc_auc_score(positive, by_cell))
    assert np.mean(naive) > 0.8
    assert np.mean(ours) < 0.6


def test_permuted_labels_have_an_auc_of_one_half_within_its_interval(cells: pd.DataFrame) -> None:
    aucs = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        shuffled = cells.assign(label=rng.permutation(cells["label"]))
        aucs.append(train_classifier(shuffled, features=PAIR, settings=FAST).validation.auc)
    assert sum(auc.low <= 0.5 <= auc.high for auc in aucs) >= 9
    assert np.mean([auc.value for auc in aucs]) == pytest.approx(0.5, abs=0.05)


def test_labels_that_differ_between_animals_alone_score_one_half_not_less() -> None:
    """Left out, an animal full of serotonergic cells is judged by those with few: probabilities rank it lowest."""
    ours, by_probability = [], []
    one_by_one = dataclasses.replace(FAST, folds=10, penalties=(100.0, 10.0))
    for seed in range(5):
        cells = simulated(10, 16, seed=seed)
        rng = np.random.default_rng(seed)
        shares = np.tile([0.2, 0.8], 5).repeat(16)
        labels = [_name(positive) for positive in rng.random(160) < shares]
        validation = train_classifier(cells.assign(label=labels), features=PAIR, settings=one_by_one).validation
        judged = [cell for cell in validation.cells if cell.outcome != "refused"]
        truth = [cell.truth == "serotonergic" for cell in judged]
        by_probability.append(roc_auc_score(truth, [cell.probability for cell in judged]))
        ours.append(validation.auc.value)
    assert np.mean(by_probability) < 0.3
    assert np.mean(ours) == pytest.approx(0.5, abs=0.08)


def test_the_likelihood_ratio_does_not_depend_on_how_many_cells_were_serotonergic() -> None:
    cells = simulated(20, 20, seed=5)
    serotonergic = cells["label"] == "serotonergic"
    few = cells[~serotonergic | (cells.groupby("label").cumcount() % 4 == 0)]
    one, other = (train_classifier(table, features=PAIR, settings=FAST) for table in (cells, few))
    rows = simulated(10, 10, seed=6)[list(PAIR)].to_dict("records")
    pairs = [(a, b) for row in rows if not (a := one.judge(row)).refused and not (b := other.judge(row)).refused]
    ratios = np.array([[a.log_likelihood_ratio, b.log_likelihood_ratio] for a, b in pairs])
    log_odds = np.log([[p / (1 - p) for p in (a.probability, b.probability)] for a, b in pairs])
    assert np.median(log_odds[:, 0] - log_odds[:, 1]) == pytest.approx(math.log(4), abs=0.4)
    assert np.median(ratios[:, 0] - ratios[:, 1]) == pytest.approx(0.0, abs=0.4)


def test_the_penalty_is_large_where_there_is_nothing_to_learn(cells: pd.DataFrame) -> None:
    def chosen(table: pd.DataFrame) -> float:
        return train_classifier(table, features=PAIR, settings=FAST).models[0].penalty

    rng = np.random.default_rng(0)
    shuffled = [chosen(cells.assign(label=rng.permutation(cells["label"]))) for _ in range(4)]
    assert np.median(shuffled) >= 10.0 > chosen(cells)


def test_scores_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    ratio = rng.normal(size=60)
    truth = rng.random(60) < 1 / (1 + np.exp(-ratio))
    probability = 1 / (1 + np.exp(-ratio))
    said = [
        OutOfFold(str(i), str(i % 6), _name(t), 0, float(p), float(r), "uncertain")  # type: ignore[arg-type]
        for i, (t, p, r) in enumerate(zip(truth, probability, ratio, strict=True))
    ]
    scores = validate(said)
    assert scores.auc.value == pytest.approx(roc_auc_score(truth, ratio))
    assert scores.brier.value == pytest.approx(brier_score_loss(truth, probability))
    assert scores.auc.low < scores.auc.value < scores.auc.high


def test_a_share_on_which_all_animals_agree_is_not_certain() -> None:
    said = [OutOfFold(str(i), str(i % 6), "serotonergic", 0, 0.9, 2.0, "serotonergic") for i in range(60)]
    assert validate(said).sensitivity.value == 1.0
    assert validate(said).sensitivity.low == pytest.approx(0.025 ** (1 / 6)), "six animals, not sixty cells"


def test_coefficients_are_those_of_scikit_learn_on_squares_and_products(
    cells: pd.DataFrame, classifier: LearnedClassifier
) -> None:
    features = [*PAIR, "total_ms"]
    model = classifier.models[0]
    pipeline = make_pipeline(
        FunctionTransformer(np.log),
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        LogisticRegression(C=1 / model.penalty, tol=1e-8, max_iter=5000),
    ).fit(cells[features].to_numpy(), cells["label"] == "serotonergic")
    for row in cells.iloc[::20].to_dict("records"):
        values = {name: row[name] for name in features}
        expected = pipeline.predict_proba([list(values.values())])[0, 1]
        assert classifier.judge(values).probability == pytest.approx(expected, abs=1e-5)


def test_a_cell_without_a_width_is_judged_by_what_was_trained_without_widths(cells: pd.DataFrame) -> None:
    """Not by the whole model with something in the width's place."""
    whole = train_classifier(cells, features=(*PAIR, "total_ms"), settings=FAST)
    pair = train_classifier(cells, features=PAIR, settings=FAST)
    slow = {"rate_hz": 1.6, "cv": 0.35}
    assert whole.judge(slow).probability == pair.judge(slow).probability
    assert whole.judge(slow).features_used == PAIR
    assert whole.judge({**slow, "total_ms": math.nan}) == whole.judge(slow)
    assert whole.judge({**slow, "total_ms": 1.0}).probability < whole.judge(slow).probability


def test_cells_without_a_width_train_the_model_that_needs_none(cells: pd.DataFrame) -> None:
    holes = cells.copy()
    holes.loc[::4, "total_ms"] = math.nan
    models = {
        model.features: model for model in train_classifier(holes, features=(*PAIR, "total_ms"), settings=FAST).models
    }
    assert models[PAIR].n_cells == 200
    assert models[(*PAIR, "total_ms")].n_cells == 150


def test_a_set_of_features_that_too_few_cells_have_gets_no_model(cells: pd.DataFrame) -> None:
    few = cells.copy()
    few.loc[30:, "total_ms"] = math.nan
    classifier = train_classifier(few, features=(*PAIR, "total_ms"), settings=FAST)
    assert [model.features for model in classifier.models] == [PAIR]
    assert classifier.judge(TYPICAL).features_used == PAIR


@pytest.mark.parametrize(("feature", "value"), [("rate_hz", 200.0), ("rate_hz", 0.0), ("cv", 0.0), ("cv", math.inf)])
def test_a_cell_outside_the_training_range_is_refused(
    classifier: LearnedClassifier, cells: pd.DataFrame, feature: str, value: float
) -> None:
    judgement = classifier.judge({**TYPICAL, feature: value})
    low, high = cells[feature].min(), cells[feature].max()
    assert judgement.label == "uncertain"
    assert math.isnan(judgement.probability)
    assert judgement.refused == f"{feature} {value:.4g} lies outside the training range of {low:.4g} to {high:.4g}"


def test_features_in_range_one_by_one_but_not_together_are_refused() -> None:
    rng = np.random.default_rng(0)
    cells = simulated(10, 20)
    cells["peak_to_trough_ms"] = 0.5 * cells["total_ms"] * rng.lognormal(0, 0.03, len(cells))
    classifier = train_classifier(cells, features=(*PAIR, "total_ms", "peak_to_trough_ms"), settings=FAST)
    assert not classifier.judge({**TYPICAL, "peak_to_trough_ms": 1.1}).refused
    odd = classifier.judge({**TYPICAL, "total_ms": 1.4, "peak_to_trough_ms": 1.1})
    assert "lie together outside the training cells" in odd.refused
    assert math.isnan(odd.probability)


def test_no_cell_that_it_learned_from_is_refused(classifier: LearnedClassifier, cells: pd.DataFrame) -> None:
    rows = cells[[*PAIR, "total_ms"]].to_dict("records")
    assert not [judgement.refused for row in rows if (judgement := classifier.judge(row)).refused]


def test_a_margin_widens_the_range(cells: pd.DataFrame) -> None:
    wider = train_classifier(cells, features=PAIR, settings=dataclasses.replace(FAST, range_margin=0.5))
    beyond = {"rate_hz": 1.2 * cells["rate_hz"].max(), "cv": 0.7}
    assert "training range" in train_classifier(cells, features=PAIR, settings=FAST).judge(beyond).refused
    assert not wider.judge(beyond).refused


def test_without_rate_or_regularity_there_is_no_answer(classifier: LearnedClassifier) -> None:
    judgement = classifier.judge({"rate_hz": 1.6, "cv": math.nan, "cv_collapsed": 0.3, "total_ms": 2.2})
    assert (judgement.label, judgement.refused) == ("uncertain", "cv is missing, which the classifier was trained on")
    assert math.isnan(judgement.probability)


def test_a_misspelt_feature_is_not_passed_over(classifier: LearnedClassifier) -> None:
    with pytest.raises(ParameterError, match="no feature named 'totl_ms'; did you mean 'total_ms'"):
        classifier.judge({"rate_hz": 1.6, "cv": 0.3, "totl_ms": 2.0})


@pytest.mark.parametrize("n_folds", [3, 5, 10])
def test_an_animal_is_never_on_both_sides_even_if_it_is_in_two_groups(cells: pd.DataFrame, n_folds: int) -> None:
    animals = np.concatenate([np.repeat(np.arange(7), 4), np.repeat(np.arange(7), 3)])  # again, in another group
    positive = np.random.default_rng(0).random(len(animals)) < 0.3
    folds = deal_animals(animals, positive, n_folds)
    assert all(len(np.unique(folds[animals == animal])) == 1 for animal in range(7))
    assert len(np.unique(folds)) == min(n_folds, 7)
    twice = pd.concat([cells.assign(group="vehicle"), cells.assign(group="fluoxetine")])
    validation = train_classifier(twice, features=PAIR, settings=FAST).validation
    pairs = {(cell.animal, cell.fold) for cell in validation.cells}
    assert len(pairs) == 10, "ten animals, each in one fold"


def test_one_animal_is_one_however_its_number_is_typed() -> None:
    cells = simulated(6, 12)
    cells["animal"] = [int(name.removeprefix("rat")) for name in cells["animal"]]
    mixed = cells.astype({"animal": object})
    mixed.loc[::2, "animal"] = [float(value) for value in cells["animal"][::2]]
    mixed.loc[::3, "animal"] = [f" {value}" for value in cells["animal"][::3]]
    assert train_classifier(mixed, features=PAIR, settings=FAST).provenance.n_animals == 6


def test_no_cell_is_judged_by_a_model_that_saw_its_animal() -> None:
    """Features that single out one animal, whose labels go against all others, are called wrong."""
    cells = simulated(6, 20, animal_sd=0.0)
    odd = cells["animal"] == "rat0"
    cells.loc[odd, "label"] = [_name(label == "not_serotonergic") for label in cells.loc[odd, "label"]]
    validation = train_classifier(cells, features=PAIR, settings=FAST).validation
    said = [
        (cell.probability > 0.5) == (cell.truth == "serotonergic") for cell in validation.cells if cell.animal == "rat0"
    ]
    assert np.mean(said) < 0.4


def test_neither_the_order_of_the_rows_nor_their_names_change_the_classifier(
    cells: pd.DataFrame, classifier: LearnedClassifier
) -> None:
    order = np.random.default_rng(1).permutation(len(cells))
    again = train_classifier(cells.iloc[order].to_dict("records"), features=classifier.features, settings=FAST)
    assert again.models == classifier.models
    assert again.provenance == classifier.provenance
    assert again.validation.auc == classifier.validation.auc
    assert [cell.probability for cell in again.validation.cells] == [
        classifier.validation.cells[place].probability for place in order
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "5-HT"}, "row 3: label must be one of serotonergic, not_serotonergic, got '5-HT'"),
        ({"animal": None}, "row 3: every cell needs its animal"),
        ({"rate_hz": 0.0}, "row 3: rate_hz must be a number above 0, since its logarithm is taken, got 0.0"),
        ({"cv": "regular"}, "row 3: cv must be a number above 0"),
        ({"cv": math.inf}, "row 3: cv must be a number above 0"),
    ],
)
def test_a_row_that_cannot_be_is_named(cells: pd.DataFrame, change: dict[str, Any], message: str) -> None:
    rows = cells.to_dict("records")
    rows[3] |= change
    with pytest.raises(ParameterError, match=message):
        train_classifier(rows, features=PAIR)


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (lambda c: c[c["animal"].isin(["rat0", "rat1", "rat2", "rat3"])], "there are 4 animals, at least 5 are needed"),
        (
            lambda c: c[(c["label"] == "serotonergic") | (c.groupby(["animal", "label"]).cumcount() < 1)][:90],
            "cells labelled not_serotonergic",
        ),
        (
            lambda c: c[(c["label"] == "serotonergic") | c["animal"].isin(["rat0", "rat1"])],
            "of 2 animals; at least 10 cells of 3",
        ),
    ],
)
def test_too_few_animals_or_cells_are_counted(cells: pd.DataFrame, kept: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        train_classifier(kept(cells), features=PAIR, settings=FAST)


def test_features_must_be_known_and_hold_rate_and_regularity(cells: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="must hold rate_hz and a measure of regularity"):
        train_classifier(cells, features=("rate_hz", "total_ms"))
    with pytest.raises(ParameterError, match="no feature named 'rate' is learned from; did you mean 'rate_hz'"):
        train_classifier(cells, features=("rate", "cv"))
    with pytest.raises(ParameterError, match="no column 'cv2'"):
        train_classifier(cells, features=("rate_hz", "cv2"))
    with pytest.raises(ParameterError, match="cv2 has the same value in every cell"):
        train_classifier(cells.assign(cv2=0.5), features=("rate_hz", "cv2"), settings=FAST)


def test_it_says_what_it_was_made_from_and_how_well_it_does(cells: pd.DataFrame) -> None:
    banded = cells.assign(band=["10 to 8000 Hz", "300 to 6000 Hz"] * 100)
    text = str(train_classifier(banded, features=PAIR, settings=FAST))
    for part in (
        "200 cells of 10 animals",
        "AUC 0.",
        "Brier score 0.",
        "0.8 to 1.0",
        "refused",
        "scikit-learn",
        "seed 0",
    ):
        assert part in text
    assert "widths through" not in text  # none was learned from


def test_the_checksum_is_of_what_was_learned_from(cells: pd.DataFrame, classifier: LearnedClassifier) -> None:
    moved = cells.copy()
    moved.loc[0, "cv"] += 1e-9
    again = train_classifier(moved, features=classifier.features, settings=FAST)
    assert again.provenance.table_sha256 != classifier.provenance.table_sha256


def test_a_row_of_the_table_comes_from_the_features_of_a_unit() -> None:
    features = UnitFeatures("7", rate_hz=1.2, cv_collapsed=0.3, cv=0.5, total_ms=2.1)
    row = cell_row(features, animal="rat07", label="serotonergic")
    assert {
        "unit_id": "7",
        "animal": "rat07",
        "label": "serotonergic",
        "rate_hz": 1.2,
        "cv_collapsed": 0.3,
    }.items() <= row.items()
    assert math.isnan(row["half_width_ms"])
    assert "label" not in cell_row(features, animal="rat07")


def test_group_folds_of_scikit_learn_agree_on_the_score(cells: pd.DataFrame, classifier: LearnedClassifier) -> None:
    model = make_pipeline(StandardScaler(), PolynomialFeatures(2, include_bias=False), LogisticRegression(C=1.0))
    logs, truth = np.log(cells[[*PAIR, "total_ms"]].to_numpy()), cells["label"] == "serotonergic"
    by_animal = cross_val_predict(model, logs, truth, cv=GroupKFold(5), groups=cells["animal"], method="predict_proba")
    assert classifier.validation.auc.value == pytest.approx(roc_auc_score(truth, by_animal[:, 1]), abs=0.03)


def test_a_cell_without_a_width_says_nothing_of_the_band(cells: pd.DataFrame) -> None:
    wide = "10 to 8000 Hz, zero phase"
    widths = cells.assign(total_ms=np.linspace(1.0, 2.5, len(cells)), band=wide)
    widths.loc[widths.index[:3], ["total_ms", "band"]] = [np.nan, ""]
    classifier = train_classifier(widths, features=(*PAIR, "total_ms"), settings=FAST)
    assert classifier.provenance.bands == (wide,)
    assert classifier.why_no_width(Band(10.0, 8000.0, "zero")) == ""
