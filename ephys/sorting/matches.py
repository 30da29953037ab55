"""What crossings are compared with, and what they were taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ephys.sorting.detection import DetectionSettings
from ephys.sorting.faint import MatchedFilters
from ephys.sorting.features import FeatureSpace
from ephys.sorting.filters import FloatTraces
from ephys.sorting.overlaps import OverlapSettings, PairSolver
from ephys.sorting.templates import Background, Template
from ephys.sorting.waveforms import Window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MatchingSettings:
    """When a crossing belongs to a unit.

    Parameters
    ----------
    rounds : int
        Times that a stretch is looked through; what a spike hid is found in the next (convention).
    size_sd : float
        Largest distance from the unit's size at that moment, in SD (convention)...
    size_share : float
        ...or this share of it, whichever is more: bursts run down (convention).
    explained : float
        Share of a crossing's energy that a template must explain before it is subtracted (convention).
    """

    rounds: int = 3
    size_sd: float = 4.0
    size_share: float = 0.35
    explained: float = 0.5


@dataclass(frozen=True, eq=False)
class Matcher:
    """What crossings are compared with.

    Parameters
    ----------
    templates : sequence of Template
        Of every unit.
    background : Background
        What else a crossing might be.
    space : FeatureSpace
        In which they are compared.
    window, long_window : Window
        Of the features, and of the templates' mean spikes.
    noise_uv : array (channels,)
        Noise SD.
    sampling_hz : float
        Samples per second.
    detection, settings
        How crossings are found, and when they belong.
    solver, overlaps
        What takes two spikes apart, and when.
    filters : MatchedFilters
        What finds spikes that do not cross the threshold.
    least : array (templates,)
        Least size of a spike that counts, 1 being the template's mean.
    """

    templates: Sequence[Template]
    background: Background
    space: FeatureSpace
    window: Window
    long_window: Window
    noise_uv: FloatArray
    sampling_hz: float
    detection: DetectionSettings
    settings: MatchingSettings
    solver: PairSolver
    overlaps: OverlapSettings
    filters: MatchedFilters
    least: FloatArray


@dataclass(frozen=True, eq=False)
class Matches:
    """Crossings and what they were taken for.

    Parameters
    ----------
    samples : array (spikes,)
        Where the peak lies, in samples and parts of samples.
    template : array (spikes,)
        Number of the template; -1 for none.
    scales : array (spikes,)
        Size of the whole spike, 1 being the template's mean; 0 where there is none.
    peaks_uv : array (spikes, channels)
        Voltage at the peak on each channel, overlapping spikes taken off.
    features : array (spikes, dimensions)
        What each looks like, overlapping spikes taken off, in noise SD.
    rival : array (spikes,)
        Number of the template of another unit that it might be instead, or -1 for none: the likeliest.
    doubt : array (spikes,)
        Chance that it is the rival's, given that it is the one or the other's.
    """

    samples: FloatArray
    template: IntArray
    scales: FloatArray
    peaks_uv: FloatTraces
    features: FloatTraces
    rival: IntArray
    doubt: FloatTraces


def join_matches(chunks: list[Matches]) -> Matches:
    """Matches of successive chunks as one."""
    return Matches(*(np.concatenate([getattr(chunk, part.name) for chunk in chunks]) for part in fields(Matches)))
