"""Settings of the sorter, and the stretches of voltage that they ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.sorting.artefacts import ArtefactSettings
from ephys.sorting.clustering import ClusteringSettings
from ephys.sorting.detection import DetectionSettings
from ephys.sorting.faint import FaintSettings
from ephys.sorting.features import FeatureSettings
from ephys.sorting.foreign import OWN_SORTER, check_parameters
from ephys.sorting.joining import JoiningSettings
from ephys.sorting.matches import MatchingSettings
from ephys.sorting.overlaps import OverlapSettings
from ephys.sorting.waveforms import Window


@dataclass(frozen=True, slots=True)
class SortingSettings(Shown):
    """Settings of the sorter.

    Parameters
    ----------
    band_hz : tuple of (float or None, float or None)
        Sorting band: a 300-Hz high-pass takes most of a wide spike's energy, 150 Hz leaves it (convention).
    order : int
        Order of the Butterworth filter, run both ways (convention).
    unit_threshold_sd : float
        A unit's spikes must reach this many noise SD; crossings between the detection threshold and this one teach
        the sorter what noise looks like (convention).
    template_ms : tuple of float
        Window of the mean spike that is subtracted (convention).
    artefacts, detection, features, clustering, joining, matching, overlaps, faint
        Settings of the steps.
    sorter : str
        ``ephys``, or a sorter of SpikeInterface by its name there (``simple``, ``tridesclous2``...): it is given the
        voltage without hum and artefacts; of our steps, only those and the sorting band are used then.
    sorter_parameters : tuple of str
        Parameters of that other sorter, as ``name=value``; the value as JSON, or text; dots lead into groups
        (``clusterer_kwargs.n_components=3``).
    """

    band_hz: tuple[float | None, float | None] = (150.0, 6000.0)
    order: int = 2
    unit_threshold_sd: float = 4.5
    template_ms: tuple[float, float] = (-2.0, 4.0)
    artefacts: ArtefactSettings = field(default_factory=ArtefactSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    clustering: ClusteringSettings = field(default_factory=ClusteringSettings)
    joining: JoiningSettings = field(default_factory=JoiningSettings)
    matching: MatchingSettings = field(default_factory=MatchingSettings)
    overlaps: OverlapSettings = field(default_factory=OverlapSettings)
    faint: FaintSettings = field(default_factory=FaintSettings)
    sorter: str = OWN_SORTER
    sorter_parameters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_parameters(self.sorter, self.sorter_parameters)
        if not self.unit_threshold_sd >= self.detection.threshold_sd:
            raise ParameterError(
                f"unit_threshold_sd must not be below the detection threshold of {self.detection.threshold_sd:g} "
                f"noise SD, got {self.unit_threshold_sd:g}"
            )


@dataclass(frozen=True, slots=True)
class Windows:
    """Stretches of voltage round a peak: of the features, of the templates, and of pairs of spikes."""

    short: Window
    long: Window
    pair: Window

    @classmethod
    def of(cls, settings: SortingSettings, sampling_hz: float) -> Windows:
        """Windows at a sampling rate."""
        spans_ms = (settings.features.window_ms, settings.template_ms, settings.overlaps.window_ms)
        return cls(*(Window.of_ms(span_ms, sampling_hz) for span_ms in spans_ms))
