"""Voltage to units: filter, detect, describe, cluster, match, and say how good the result is."""

from ephys.sorting.agreement import UnitMatch, compare_units
from ephys.sorting.amplitudes import completeness
from ephys.sorting.artefacts import ArtefactSettings, find_artefacts
from ephys.sorting.code_changes import CodeChange, correction_of, find_code_changes
from ephys.sorting.contamination import FalseSpikes, FalseSpikeSettings, false_spike_rate
from ephys.sorting.crossings import find_changes_between
from ephys.sorting.curation import (
    CurationLog,
    Suggestion,
    SuggestionSettings,
    curate_protocol,
    curate_units,
    derive_curation,
    part_by_shape,
    suggest_curation,
)
from ephys.sorting.fate import FateSettings, assess_fate
from ephys.sorting.quality import QualitySettings, UnitQuality, assess_quality
from ephys.sorting.rhythms import RhythmSettings, assess_rhythms
from ephys.sorting.snippets import cluster_waveforms
from ephys.sorting.sorter import sort_units
from ephys.sorting.sorting_settings import SortingSettings
from ephys.sorting.spike_features import SpikeFeatures, spike_features
from ephys.sorting.suspected_changes import suspect_code_changes
from ephys.sorting.two_sortings import compare_sortings
from ephys.sorting.voltage_traces import VoltageTrace, voltage_trace
from ephys.sorting.waveforms import measure_waveforms

__all__ = [
    "ArtefactSettings",
    "CodeChange",
    "CurationLog",
    "FalseSpikeSettings",
    "FalseSpikes",
    "FateSettings",
    "QualitySettings",
    "RhythmSettings",
    "SortingSettings",
    "SpikeFeatures",
    "Suggestion",
    "SuggestionSettings",
    "UnitMatch",
    "UnitQuality",
    "VoltageTrace",
    "assess_fate",
    "assess_quality",
    "assess_rhythms",
    "cluster_waveforms",
    "compare_sortings",
    "compare_units",
    "completeness",
    "correction_of",
    "curate_protocol",
    "curate_units",
    "derive_curation",
    "false_spike_rate",
    "find_artefacts",
    "find_changes_between",
    "find_code_changes",
    "measure_waveforms",
    "part_by_shape",
    "sort_units",
    "spike_features",
    "suggest_curation",
    "suspect_code_changes",
    "voltage_trace",
]
