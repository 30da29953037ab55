"""From a unit and its baseline to a call: serotonergic, uncertain or not, and why."""

from ephys.classification.bands import Band, WidthBand
from ephys.classification.calling import Label
from ephys.classification.cell_table import cell_row
from ephys.classification.classifier import classify_features, classify_unit
from ephys.classification.clusters import CellClusters, CellGroup
from ephys.classification.criteria import Criterion, judge_criteria
from ephys.classification.distributions import CellClass, Distribution, load_classes
from ephys.classification.evidence import Evidence, Step, weigh_evidence
from ephys.classification.features import FeatureSettings, UnitFeatures, measure_features
from ephys.classification.learned import (
    LearnedClassifier,
    LearnedJudgement,
    LearnedSettings,
    TrainingProvenance,
)
from ephys.classification.limits import Limits, Verdict
from ephys.classification.mixtures import cluster_cells
from ephys.classification.presets import Preset, load_preset, preset_names, preset_tables
from ephys.classification.result import Basis, Classification
from ephys.classification.rig import RigSettings, fit_preset
from ephys.classification.settings import ClassificationSettings, Engine
from ephys.classification.shape import WaveformShape, measure_shape
from ephys.classification.subset_model import SubsetModel
from ephys.classification.training import train_classifier
from ephys.classification.validation import CalibrationBin, CrossValidation, OutOfFold
from ephys.classification.widths import MEASURES, Landmarks, Polarity, ShapeSettings, measure_widths

__all__ = [
    "MEASURES",
    "Band",
    "Basis",
    "CalibrationBin",
    "CellClass",
    "CellClusters",
    "CellGroup",
    "Classification",
    "ClassificationSettings",
    "Criterion",
    "CrossValidation",
    "Distribution",
    "Engine",
    "Evidence",
    "FeatureSettings",
    "Label",
    "Landmarks",
    "LearnedClassifier",
    "LearnedJudgement",
    "LearnedSettings",
    "Limits",
    "OutOfFold",
    "Polarity",
    "Preset",
    "RigSettings",
    "ShapeSettings",
    "Step",
    "SubsetModel",
    "TrainingProvenance",
    "UnitFeatures",
    "Verdict",
    "WaveformShape",
    "WidthBand",
    "cell_row",
    "classify_features",
    "classify_unit",
    "cluster_cells",
    "fit_preset",
    "judge_criteria",
    "load_classes",
    "load_preset",
    "measure_features",
    "measure_shape",
    "measure_widths",
    "preset_names",
    "preset_tables",
    "train_classifier",
    "weigh_evidence",
]
