"""A call that was learned from cells of known identity, and answers only for cells like those.

What is stored are the coefficients of penalised logistic regressions on the logarithms of the features, their squares
and products, one for each set of features that a cell may have: nothing is filled in for a width that was not
measured. A cell that differs from all cells that were learned from is refused.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from ephys.classification.bands import Band
from ephys.classification.calling import Label
from ephys.classification.cell_table import FEATURES, UNKNOWN_BAND, WIDTHS, check_features
from ephys.classification.features import UnitFeatures
from ephys.classification.subset_model import SubsetModel
from ephys.classification.validation import CrossValidation
from ephys.errors import ParameterError
from ephys.jupyter import Shown

_NAMES = frozenset((*FEATURES, *(field.name for field in fields(UnitFeatures))))


@dataclass(frozen=True, slots=True)
class LearnedSettings(Shown):
    """How a classifier is trained, and when it answers. All are conventions.

    Parameters
    ----------
    called_at, rejected_at : float
        From this probability on a cell is called serotonergic; down to that one it is called not.
    range_margin : float
        How far beyond the cells that it learned from a classifier answers: 0.1 lets every feature be 10 % larger than
        the largest and smaller than the smallest, and a cell as a whole 10 % further from the middle.
    folds, inner_folds : int
        Parts into which animals are dealt out: to validate, and to choose the penalty inside each training set. With
        no more animals than folds, every animal is left out in turn.
    penalties : tuple of float
        To choose from, on the squared coefficients of standardised features; ties go to the larger.
    n_resamples : int
        Of the bootstrap over animals.
    """

    called_at: float = 0.8
    rejected_at: float = 0.2
    range_margin: float = 0.0
    folds: int = 10
    inner_folds: int = 5
    penalties: tuple[float, ...] = (1000.0, 320.0, 100.0, 32.0, 10.0, 3.2, 1.0, 0.32, 0.1)
    n_resamples: int = 2000

    def __post_init__(self) -> None:
        if not 0 <= self.rejected_at < self.called_at <= 1:
            raise ParameterError(
                f"a classifier needs 0 <= rejected_at < called_at <= 1, got {self.rejected_at} and {self.called_at}"
            )
        if not 0 <= self.range_margin < math.inf:
            raise ParameterError(f"range_margin must be 0 or more, got {self.range_margin}")
        if self.folds < 3 or self.inner_folds < 2 or self.n_resamples < 1:
            raise ParameterError(
                "a classifier needs folds >= 3, inner_folds >= 2 and n_resamples >= 1, "
                f"got {self.folds}, {self.inner_folds} and {self.n_resamples}"
            )
        if not self.penalties or not all(0 < penalty < math.inf for penalty in self.penalties):
            raise ParameterError(f"penalties must be numbers above 0, got {self.penalties}")


@dataclass(frozen=True, slots=True)
class LearnedJudgement(Shown):
    """What a learned classifier says of one cell.

    Parameters
    ----------
    probability : float
        That it is serotonergic, among cells like those that were learned from; NaN where the cell is refused.
    label : {"serotonergic", "uncertain", "not_serotonergic"}
        The call; uncertain where the cell is refused.
    refused : str
        Why the classifier does not answer for this cell; empty where it does.
    features_used : tuple of str
        What it looked at.
    note : str
        What it was not asked with, and why.
    log_likelihood_ratio : float
        Log odds of `probability` less those of the share of serotonergic cells in training: what the features say,
        whatever that share. NaN where the cell is refused.
    """

    probability: float
    label: Label
    refused: str = ""
    features_used: tuple[str, ...] = ()
    log_likelihood_ratio: float = math.nan
    note: str = ""

    @property
    def uses_width(self) -> bool:
        """Whether a width was among the features."""
        return any(name in WIDTHS for name in self.features_used)

    @property
    def text(self) -> str:
        """Probability or refusal, in words."""
        told = (
            f"refused: {self.refused}" if self.refused else f"{self.probability:.2f} by {', '.join(self.features_used)}"
        )
        return f"{told} ({self.note})" if self.note else told


def judge_with(
    models: Sequence[SubsetModel], values: Mapping[str, float], settings: LearnedSettings
) -> LearnedJudgement | None:
    """Judge a cell with the first of the models whose features it has; ``None`` if there is none."""
    model = next((model for model in models if all(name in values for name in model.features)), None)
    if model is None:
        return None
    refusal = model.refusal(values, margin=settings.range_margin)
    if refusal:
        return LearnedJudgement(math.nan, "uncertain", refusal, model.features)
    log_odds = model.log_odds(values)
    # Of the two forms of the logistic function, the one whose exponential cannot overflow.
    small = math.exp(-abs(log_odds))
    probability = 1.0 / (1.0 + small) if log_odds >= 0 else small / (1.0 + small)
    ratio = log_odds - math.log(model.prevalence / (1.0 - model.prevalence))
    return LearnedJudgement(probability, _label(probability, settings), "", model.features, ratio)


def _label(probability: float, settings: LearnedSettings) -> Label:
    """Call that a probability comes to."""
    if probability >= settings.called_at:
        return "serotonergic"
    return "not_serotonergic" if probability <= settings.rejected_at else "uncertain"


@dataclass(frozen=True, slots=True)
class TrainingProvenance(Shown):
    """What a classifier was made from, and with what.

    Parameters
    ----------
    ephys, scikit_learn : str
        Versions.
    seed : int
        Of the folds and the bootstrap.
    table_sha256 : str
        Checksum of what was learned from: animal, label, features and band of every cell, in any order of rows.
    n_animals, n_cells, n_serotonergic : int
        How many.
    bands : tuple of str
        Filters that the widths came through, in words; ``"unknown"`` where a row does not say.
    """

    ephys: str
    scikit_learn: str
    seed: int
    table_sha256: str
    n_animals: int
    n_cells: int
    n_serotonergic: int
    bands: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LearnedClassifier(Shown):
    """A family of regressions, one for each set of features that a cell may have, and how well it does.

    Parameters
    ----------
    features, mandatory : tuple of str
        What it was trained on, and which of them a cell must have.
    models : tuple of SubsetModel
        Those with most features first; a cell is judged by the first whose features it has.
    validation : CrossValidation
        By animal.
    settings : LearnedSettings
        As trained.
    provenance : TrainingProvenance
        Where it comes from.
    """

    features: tuple[str, ...]
    mandatory: tuple[str, ...]
    models: tuple[SubsetModel, ...]
    validation: CrossValidation
    settings: LearnedSettings
    provenance: TrainingProvenance

    def __post_init__(self) -> None:
        check_features(self.features)
        named = {name for model in self.models for name in model.features}
        if not named <= set(self.features) or not set(self.mandatory) <= set(self.features):
            raise ParameterError(f"models or mandatory name a feature that is not among features {self.features}")
        sizes = [len(model.features) for model in self.models]
        if not any(set(model.features) == set(self.mandatory) for model in self.models):
            raise ParameterError(f"models must hold one for the mandatory features alone, {', '.join(self.mandatory)}")
        if sizes != sorted(sizes, reverse=True) or not all({*self.mandatory} <= {*m.features} for m in self.models):
            raise ParameterError("models must hold the mandatory features, and stand with most features first")
        cells = self.validation.cells
        counted = (len({c.animal for c in cells}), len(cells), sum(c.truth == "serotonergic" for c in cells))
        said = (self.provenance.n_animals, self.provenance.n_cells, self.provenance.n_serotonergic)
        if counted != said:
            raise ParameterError(f"validation holds animals, cells and serotonergic cells {counted}, provenance {said}")

    def judge(self, features: Mapping[str, float]) -> LearnedJudgement:
        """Judge a cell by its features.

        Parameters
        ----------
        features : mapping of str to float
            By the names of `UnitFeatures`; NaN is missing. What was not trained on is passed over.

        Returns
        -------
        LearnedJudgement
            Refused where rate or regularity is missing, or the cell lies outside those that were learned from.

        Raises
        ------
        ParameterError
            If a feature has a name that does not exist.
        """
        for name in features:
            if name not in _NAMES:
                close = difflib.get_close_matches(name, sorted(_NAMES), n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"trained on are {', '.join(self.features)}"
                raise ParameterError(f"no feature named {name!r}; {hint}")
        values = {name: float(features[name]) for name in self.features if not math.isnan(features.get(name, math.nan))}
        judgement = judge_with(self.models, values, self.settings)
        if judgement is not None:
            return judgement
        missing = ", ".join(name for name in self.mandatory if name not in values)
        return LearnedJudgement(math.nan, "uncertain", f"{missing} is missing, which the classifier was trained on")

    def why_no_width(self, band: Band | None) -> str:
        """Say why widths measured through a band are not like those that were learned from; empty where they are."""
        measured = str(band) if band else UNKNOWN_BAND
        learned = self.provenance.bands
        if len(learned) == 1 and _same_band(measured, learned[0]):
            return ""
        return f"measured through a band {measured}, learned through {'; '.join(learned)}"

    def __str__(self) -> str:
        source = self.provenance
        lines = [
            f"learned from {source.n_cells} cells of {source.n_animals} animals, {source.n_serotonergic} of the cells "
            f"serotonergic, by {', '.join(self.features)}",
            f"called serotonergic from a probability of {self.settings.called_at:g}, "
            f"not serotonergic down to {self.settings.rejected_at:g}",
            str(self.validation),
            "by the features that a cell has:",
        ]
        lines += [
            f"  {', '.join(model.features)}: {model.n_cells} cells of {model.n_animals} animals, "
            f"AUC {model.auc.text}, Brier score {model.brier.text}, penalty {model.penalty:g}"
            for model in self.models
        ]
        lines += [f"widths through: {'; '.join(source.bands)}"] if source.bands else []
        lines.append(
            f"ephys {source.ephys}, scikit-learn {source.scikit_learn}, seed {source.seed}, "
            f"table {source.table_sha256[:12]}"
        )
        return "\n".join(lines)

    def __repr__(self) -> str:
        source = self.provenance
        return (
            f"LearnedClassifier({', '.join(self.features)}; {source.n_cells} cells of {source.n_animals} animals; "
            f"AUC {self.validation.auc.text})"
        )


def _same_band(one: str, other: str) -> bool:
    """Whether two bands in words are the same, where both orders are known with the same order."""
    return one == other or one.startswith(f"{other}, order ") or other.startswith(f"{one}, order ")
