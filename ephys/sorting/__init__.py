"""Voltage to units: filter, detect, describe, cluster, match, and say how good the result is."""

from ephys.sorting.agreement import UnitMatch, compare_units
from ephys.sorting.amplitudes import completeness
from ephys.sorting.fate import FateSettings, assess_fate
from ephys.sorting.quality import QualitySettings, UnitQuality, assess_quality
from ephys.sorting.snippets import cluster_waveforms
from ephys.sorting.sorter import SortingSettings, sort_units
from ephys.sorting.waveforms import measure_waveforms

__all__ = [
    "FateSettings",
    "QualitySettings",
    "SortingSettings",
    "UnitMatch",
    "UnitQuality",
    "assess_fate",
    "assess_quality",
    "cluster_waveforms",
    "compare_units",
    "completeness",
    "measure_waveforms",
    "sort_units",
]
