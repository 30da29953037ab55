"""Training a classifier on cells of known identity, validated on animals that it has not seen."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

import ephys
from ephys.classification.cell_table import (
    REGULARITIES,
    UNKNOWN_BAND,
    WIDTHS,
    Cells,
    animals_of,
    as_table,
    bands_of,
    check_features,
    column_of,
    feature_values,
    names_of,
)
from ephys.classification.learned import LearnedClassifier, LearnedSettings, TrainingProvenance, judge_with
from ephys.classification.regression import fit_subset
from ephys.classification.sample import Sample, deal_animals
from ephys.classification.subset_model import SubsetModel
from ephys.classification.validation import TRUTHS, OutOfFold, validate
from ephys.errors import ParameterError
from ephys.model.epoch import FloatArray

if TYPE_CHECKING:
    import pandas as pd

Subsets = tuple[tuple[str, ...], ...]


def train_classifier(
    cells: Cells,
    *,
    features: Sequence[str] = ("rate_hz", "cv_collapsed", "total_ms", "peak_to_trough_ms"),
    settings: LearnedSettings | None = None,
    seed: int = 0,
) -> LearnedClassifier:
    """Learn from cells of known identity to tell serotonergic cells from others.

    Parameters
    ----------
    cells : DataFrame or sequence of mappings
        A row per cell, as `cell_row` makes it: ``animal``, ``label`` ("serotonergic" or "not_serotonergic": histology,
        not a rule on these same features), and the features. Columns that begin with ``band`` are kept as provenance.
    features : sequence of str, optional
        Of `cell_table.FEATURES`: the rate, at least one measure of regularity, and any widths. Only widths may be
        missing, here and in the cells that are judged: each set of widths has a regression of its own, trained on the
        cells that have them.
    settings : LearnedSettings, optional
        Folds, penalties, thresholds.
    seed : int, optional
        One seed, one classifier, whatever the order of the rows.

    Returns
    -------
    LearnedClassifier
        Trained on all cells, with its cross-validation by animal.

    Raises
    ------
    ParameterError
        With fewer than 5 animals, or a label with fewer than 10 cells or 3 animals; if a column is missing, or a label
        or value is not understood.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> kinds = {"serotonergic": (1.5, 0.3), "not_serotonergic": (8.0, 0.8)}
    >>> cells = [
    ...     {"animal": i % 6, "label": kind, "rate_hz": rate * rng.lognormal(0, 0.4), "cv": cv * rng.lognormal(0, 0.3)}
    ...     for i in range(30)
    ...     for kind, (rate, cv) in kinds.items()
    ... ]
    >>> classifier = train_classifier(cells, features=("rate_hz", "cv"))
    >>> classifier.judge({"rate_hz": 1.4, "cv": 0.35}).label
    'serotonergic'
    >>> classifier.judge({"rate_hz": 140.0, "cv": 0.35}).label
    'uncertain'
    """
    settings = settings or LearnedSettings()
    names = check_features(features)
    mandatory = _mandatory(names)
    table = as_table(cells)
    animals, labels, values = animals_of(table), _labels(table), feature_values(table, names)
    order = _order(animals, labels, values)
    numbers = np.unique(animals, return_inverse=True)[1].astype(np.int64)
    positive = np.array([label == TRUTHS[0] for label in labels])
    sample = Sample(names, numbers[order], positive[order], values[order])
    subsets = _subsets(sample, mandatory)
    judged, alone = _cross_validate(sample, subsets, settings, seed)
    titles = names_of(table)
    named = {row: replace(said, cell=titles[row], animal=animals[row]) for row, said in zip(order, judged, strict=True)}
    in_order = [named[row] for row in range(len(table))]
    return LearnedClassifier(
        features=names,
        mandatory=mandatory,
        models=_scored(_fit_family(sample, subsets, settings, seed), alone, settings, seed),
        validation=validate(in_order, n_resamples=settings.n_resamples, seed=seed),
        settings=settings,
        provenance=_provenance(table, in_order, sample, order, seed),
    )


def _mandatory(features: tuple[str, ...]) -> tuple[str, ...]:
    """Features that a cell must have: all but the widths."""
    if "rate_hz" not in features or not set(features) & set(REGULARITIES):
        raise ParameterError(
            f"features must hold rate_hz and a measure of regularity ({', '.join(REGULARITIES)}), got {features}"
        )
    return tuple(name for name in features if name not in WIDTHS)


def _labels(table: pd.DataFrame) -> list[str]:
    """What each cell is."""
    labels = column_of(table, "label")
    for row, label in zip(table.index, labels, strict=True):
        if label not in TRUTHS:
            raise ParameterError(f"row {row!r}: label must be one of {', '.join(TRUTHS)}, got {label!r}")
    return labels


def _order(animals: Sequence[str], labels: Sequence[str], values: FloatArray) -> list[int]:
    """Rows by what they hold, so that the order of the table changes no number."""
    known = np.nan_to_num(values, nan=-1.0)
    return sorted(range(len(animals)), key=lambda row: (animals[row], labels[row], *known[row]))


def _subsets(sample: Sample, mandatory: tuple[str, ...]) -> Subsets:
    """Sets of features that enough cells have, the largest first; raise if too few have the mandatory ones."""
    lack = sample.having(mandatory).lack
    if lack:
        raise ParameterError(f"too few cells with {' and '.join(mandatory)} to learn from: {lack}")
    optional = [name for name in sample.features if name not in mandatory]
    chosen = [
        tuple(name for name in sample.features if name in mandatory or name in widths)
        for size in range(len(optional), -1, -1)
        for widths in combinations(optional, size)
    ]
    return tuple(subset for subset in chosen if not sample.having(subset).lack)


def _fit_family(sample: Sample, subsets: Subsets, settings: LearnedSettings, seed: int) -> tuple[SubsetModel, ...]:
    """Fit a regression to each set of features; one for which a fold leaves too little is left out."""
    fitted = (fit_subset(sample.having(subset), settings=settings, seed=seed) for subset in subsets)
    return tuple(model for model in fitted if model is not None)


def _cross_validate(
    sample: Sample, subsets: Subsets, settings: LearnedSettings, seed: int
) -> tuple[list[OutOfFold], dict[tuple[str, ...], list[OutOfFold]]]:
    """Judge every cell by models that have not seen its animal: by the family, and by each model alone."""
    folds = deal_animals(sample.animals, sample.positive, settings.folds, seed=seed)
    families: dict[int, OutOfFold] = {}
    alone: dict[tuple[str, ...], list[OutOfFold]] = {subset: [] for subset in subsets}
    for fold in np.unique(folds).tolist():
        models = _fit_family(sample.take(folds != fold), subsets, settings, seed)
        for place in np.flatnonzero(folds == fold).tolist():
            families[place] = _out_of_fold(sample, place, fold, models, settings)
            having = [model for model in models if set(model.features) <= set(sample.measured(place))]
            for model in having:
                alone[model.features].append(_out_of_fold(sample, place, fold, (model,), settings))
    return [families[place] for place in range(len(folds))], alone


def _out_of_fold(
    sample: Sample, place: int, fold: int, models: Sequence[SubsetModel], settings: LearnedSettings
) -> OutOfFold:
    """What models say of a cell; one that lacks what is mandatory is refused, as a new one would be."""
    judgement = judge_with(models, sample.measured(place), settings)
    answered = judgement is not None and not judgement.refused
    return OutOfFold(
        cell=str(place),
        animal=str(sample.animals[place]),
        truth=TRUTHS[0] if sample.positive[place] else TRUTHS[1],
        fold=fold,
        probability=judgement.probability if judgement else math.nan,
        log_likelihood_ratio=judgement.log_likelihood_ratio if judgement else math.nan,
        outcome=judgement.label if judgement and answered else "refused",
    )


def _scored(
    models: Sequence[SubsetModel],
    alone: dict[tuple[str, ...], list[OutOfFold]],
    settings: LearnedSettings,
    seed: int,
) -> tuple[SubsetModel, ...]:
    """Models with their own scores."""
    scores = {
        subset: validate(said, n_resamples=settings.n_resamples, seed=seed) for subset, said in alone.items() if said
    }
    return tuple(
        replace(m, auc=scores[m.features].auc, brier=scores[m.features].brier) if m.features in scores else m
        for m in models
    )


def _provenance(
    table: pd.DataFrame, cells: Sequence[OutOfFold], sample: Sample, order: Sequence[int], seed: int
) -> TrainingProvenance:
    """Versions, seed, counts, bands and a checksum of what was learned from."""
    import sklearn

    bands = bands_of(table)
    content = [
        [cells[row].animal, cells[row].truth, *map(repr, numbers), bands[row]]
        for row, numbers in zip(order, sample.values.tolist(), strict=True)
    ]
    return TrainingProvenance(
        ephys=ephys.__version__,
        scikit_learn=sklearn.__version__,
        seed=seed,
        table_sha256=hashlib.sha256(json.dumps([sample.features, content]).encode()).hexdigest(),
        n_animals=len({cell.animal for cell in cells}),
        n_cells=len(cells),
        n_serotonergic=sum(cell.truth == TRUTHS[0] for cell in cells),
        bands=_bands_of_widths(sample, bands, order),
    )


def _bands_of_widths(sample: Sample, bands: Sequence[str], order: Sequence[int]) -> tuple[str, ...]:
    """Filters of the cells that have a width: one without says nothing of it."""
    widths = [place for place, name in enumerate(sample.features) if name in WIDTHS]
    known = np.flatnonzero(np.isfinite(sample.values[:, widths]).any(axis=1)).tolist()
    return tuple(sorted({bands[order[place]] or UNKNOWN_BAND for place in known}))
