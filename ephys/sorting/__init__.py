"""Voltage to units: filter, detect, describe, cluster, match, and say how good the result is."""

from ephys.sorting.agreement import UnitMatch, compare_units
from ephys.sorting.amplitudes import completeness
from ephys.sorting.artefacts import ArtefactSettings, find_artefacts
from ephys.sorting.contamination import FalseSpikes, FalseSpikeSettings, false_spike_rate
from ephys.sorting.curation import (
    CurationLog,
    Suggestion,
    SuggestionSettings,
    curate_protocol,
    curate_units,
    part_by_shape,
    suggest_curation,
)
from ephys.sorting.fate import FateSettings, assess_fate
from ephys.sorting.quality import QualitySettings, UnitQuality, assess_quality
from ephys.sorting.rhythms import RhythmSettings, assess_rhythms
from ephys.sorting.snippets import cluster_waveforms
from ephys.sorting.sorter import SortingSettings, sort_units
from ephys.sorting.waveforms import measure_waveforms

__all__ = [
    "ArtefactSettings",
    "CurationLog",
    "FalseSpikeSettings",
    "FalseSpikes",
    "FateSettings",
    "QualitySettings",
    "RhythmSettings",
    "SortingSettings",
    "Suggestion",
    "SuggestionSettings",
    "UnitMatch",
    "UnitQuality",
    "assess_fate",
    "assess_quality",
    "assess_rhythms",
    "cluster_waveforms",
    "compare_units",
    "completeness",
    "curate_protocol",
    "curate_units",
    "false_spike_rate",
    "find_artefacts",
    "measure_waveforms",
    "part_by_shape",
    "sort_units",
    "suggest_curation",
]
