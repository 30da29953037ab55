"""From a unit and its baseline to a call: serotonergic, uncertain or not, and why."""

from ephys.classification.cell_table import cell_row
from ephys.classification.classifier import Basis, Classification, Label, classify_features, classify_unit
from ephys.classification.clusters import CellClusters, CellGroup
from ephys.classification.criteria import Band, Criterion, judge_criteria
from ephys.classification.features import FeatureSettings, UnitFeatures, measure_features
from ephys.classification.learned import (
    LearnedClassifier,
    LearnedJudgement,
    LearnedSettings,
    TrainingProvenance,
)
from ephys.classification.mixtures import cluster_cells
from ephys.classification.presets import Limits, Preset, Verdict, load_preset, preset_names
from ephys.classification.shape import Polarity, ShapeSettings, WaveformShape, measure_shape
from ephys.classification.subset_model import SubsetModel
from ephys.classification.training import train_classifier
from ephys.classification.validation import CalibrationBin, CrossValidation, OutOfFold

__all__ = [
    "Band",
    "Basis",
    "CalibrationBin",
    "CellClusters",
    "CellGroup",
    "Classification",
    "Criterion",
    "CrossValidation",
    "FeatureSettings",
    "Label",
    "LearnedClassifier",
    "LearnedJudgement",
    "LearnedSettings",
    "Limits",
    "OutOfFold",
    "Polarity",
    "Preset",
    "ShapeSettings",
    "SubsetModel",
    "TrainingProvenance",
    "UnitFeatures",
    "Verdict",
    "WaveformShape",
    "cell_row",
    "classify_features",
    "classify_unit",
    "cluster_cells",
    "judge_criteria",
    "load_preset",
    "measure_features",
    "measure_shape",
    "preset_names",
    "train_classifier",
]
