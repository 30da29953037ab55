"""From a unit and its baseline to a call: serotonergic, uncertain or not, and why."""

from ephys.classification.bands import Band, WidthBand
from ephys.classification.calling import Label
from ephys.classification.classifier import classify_features, classify_unit
from ephys.classification.criteria import Criterion, judge_criteria
from ephys.classification.distributions import CellClass, Distribution, load_classes
from ephys.classification.evidence import Evidence, Step, weigh_evidence
from ephys.classification.features import FeatureSettings, UnitFeatures, measure_features
from ephys.classification.limits import Limits, Verdict
from ephys.classification.presets import Preset, load_preset, preset_names, preset_tables
from ephys.classification.result import Basis, Classification
from ephys.classification.rig import RigSettings, fit_preset
from ephys.classification.settings import ClassificationSettings, Engine
from ephys.classification.shape import Polarity, ShapeSettings, WaveformShape, measure_shape

__all__ = [
    "Band",
    "Basis",
    "CellClass",
    "Classification",
    "ClassificationSettings",
    "Criterion",
    "Distribution",
    "Engine",
    "Evidence",
    "FeatureSettings",
    "Label",
    "Limits",
    "Polarity",
    "Preset",
    "RigSettings",
    "ShapeSettings",
    "Step",
    "UnitFeatures",
    "Verdict",
    "WaveformShape",
    "WidthBand",
    "classify_features",
    "classify_unit",
    "fit_preset",
    "judge_criteria",
    "load_classes",
    "load_preset",
    "measure_features",
    "measure_shape",
    "preset_names",
    "preset_tables",
    "weigh_evidence",
]
