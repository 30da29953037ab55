"""From a unit and its baseline to a call: serotonergic, uncertain or not, and why."""

from ephys.classification.classifier import Basis, Classification, Label, classify_features, classify_unit
from ephys.classification.criteria import Band, Criterion, judge_criteria
from ephys.classification.features import FeatureSettings, UnitFeatures, measure_features
from ephys.classification.presets import Limits, Preset, Verdict, load_preset, preset_names
from ephys.classification.shape import WaveformShape, measure_shape
from ephys.classification.widths import MEASURES, Landmarks, Polarity, ShapeSettings, measure_widths

__all__ = [
    "MEASURES",
    "Band",
    "Basis",
    "Classification",
    "Criterion",
    "FeatureSettings",
    "Label",
    "Landmarks",
    "Limits",
    "Polarity",
    "Preset",
    "ShapeSettings",
    "UnitFeatures",
    "Verdict",
    "WaveformShape",
    "classify_features",
    "classify_unit",
    "judge_criteria",
    "load_preset",
    "measure_features",
    "measure_shape",
    "measure_widths",
    "preset_names",
]
