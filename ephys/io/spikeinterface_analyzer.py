"""To SpikeInterface: units on their voltage as a SortingAnalyzer, which its widgets, metrics and GUI take."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError
from ephys.io.spikeinterface_out import Given, to_spikeinterface, with_all_segments
from ephys.model import Recording, Unit
from ephys.sorting import SortingSettings
from ephys.sorting.foreign import JOB, spikeinterface_at_work

BIN_MS, CORRELOGRAM_MS, INTERVALS_MS = 1.0, 100.0, 500.0
"""Bin and lengths of the histograms: a raphe cell leaves SpikeInterface's own 50 ms empty (convention)."""


def to_sorting_analyzer(
    source: Any,
    *,
    recording: Recording | None = None,
    folder: str | os.PathLike[str] | None = None,
    band_hz: tuple[float | None, float | None] | None = None,
    window_ms: tuple[float, float] = (-2.0, 4.0),
    spikes_per_unit: int = 500,
    metrics: Sequence[str] = (),
    seed: int = 0,
) -> Any:
    """Units on their voltage, as SpikeInterface's widgets, metrics, curation and GUI take them.

    Parameters
    ----------
    source : SessionAnalysis, Session or sequence of Unit
        As for `to_spikeinterface`.
    recording : Recording, optional
        The voltage, where the source has none.
    folder : path, optional
        Write it there, too: a folder of its own, Zarr where the name ends in ``.zarr``. The voltage is not copied.
    band_hz : tuple of (float or None, float or None), optional
        Band of the voltage, by default the sorting band; ``(None, None)`` leaves it as it was recorded.
    window_ms : tuple of float, optional
        Of the waveforms, from the spike.
    spikes_per_unit : int, optional
        Most waveforms of each unit, drawn at random.
    metrics : sequence of str, optional
        Names of SpikeInterface's quality metrics (``"snr"``, ``"isi_violation"``...). They look at the whole session:
        those that ask for presence, a least rate or no drift hold it against a cell that a drug silenced it.
    seed : int, optional
        Of all that is drawn.

    Returns
    -------
    spikeinterface.core.SortingAnalyzer
        With random spikes, waveforms, templates, noise levels, spike amplitudes, correlograms, interval histograms,
        template similarity and unit locations (on the made-up probe: which channel, and no more).

    Raises
    ------
    ParameterError
        If SpikeInterface is not installed, there are no units or no voltage, a metric is unknown, or the folder exists.

    Examples
    --------
    >>> wire = Recording.from_array(np.random.default_rng(0).normal(0.0, 10.0, 40_000), sampling_hz=20_000.0)
    >>> unit = Unit.from_times([0.5, 1.0, 1.5], support=wire.support)
    >>> analyzer = to_sorting_analyzer([unit], recording=wire)
    >>> analyzer.get_extension("templates").get_unit_template("1").shape
    (120, 1)
    """
    with spikeinterface_at_work():
        given = Given.of(source, recording, None if recording is None else recording.sampling_hz)
        if given.recording is None:
            raise ParameterError(
                f"{given.name}: a SortingAnalyzer needs the voltage, and there is none; give recording=..., or use "
                "to_spikeinterface, which needs none"
            )
        used_hz, order = _band(source)
        analyzer = _analyzer(source, given, band_hz or used_hz, order, _new_folder(folder), seed)
        _compute(analyzer, window_ms, spikes_per_unit, seed)
        if metrics:
            _measure(analyzer, metrics)
        return analyzer


def _band(source: Any) -> tuple[tuple[float | None, float | None], int]:
    """Return the sorting band, and the order of its filter: of the analysis, else the default."""
    settings = source.settings.sorting if isinstance(source, SessionAnalysis) else SortingSettings()
    return settings.band_hz, settings.order


def _new_folder(folder: str | os.PathLike[str] | None) -> Path | None:
    """Return the folder to write to.

    Raises
    ------
    ParameterError
        If it is there: nothing is overwritten.
    """
    path = None if folder is None else Path(folder)
    if path is not None and path.exists():
        raise ParameterError(f"{path} exists, and is not overwritten: name another folder, or remove it")
    return path


def _analyzer(
    source: Any,
    given: Given,
    band_hz: tuple[float | None, float | None],
    order: int,
    folder: Path | None,
    seed: int,
) -> Any:
    """Pair the units with their voltage."""
    from spikeinterface.core import create_sorting_analyzer

    from ephys.sorting.foreign_voltage import VoltageRecording

    assert given.recording is not None
    voltage = VoltageRecording(given.recording, band_hz=band_hz, order=order)
    sorting = to_spikeinterface(source, recording=given.recording)
    analyzer = create_sorting_analyzer(
        sorting,
        voltage,
        folder=folder,
        format=_format(folder),
        sparse=False,
        main_channel_indices=_main_channels(given.units, given.recording.n_channels),
        peak_sign="both",
        seed=seed,
        job_kwargs=JOB,
    )
    if folder is None:
        with_all_segments(analyzer.sorting, given.stretches)
    return analyzer


def _format(folder: Path | None) -> str:
    """What SpikeInterface calls a way of keeping an analyzer."""
    if folder is None:
        return "memory"
    return "zarr" if folder.suffix == ".zarr" else "binary_folder"


def _main_channels(units: Sequence[Unit], channels: int) -> NDArray[np.int64] | None:
    """Channel on which each unit is largest; ``None`` where its shape is not known, and SpikeInterface is to look."""
    if channels == 1:
        return np.zeros(len(units), dtype=np.int64)
    waves = [unit.waveform for unit in units]
    if not all(wave is not None and wave.snippets_uv.shape[2] == channels for wave in waves):
        return None
    sizes = [np.abs(wave.snippets_uv.mean(axis=0)).max(axis=0) for wave in waves if wave is not None]
    largest: NDArray[np.int64] = np.argmax(sizes, axis=1).astype(np.int64)
    return largest


def _compute(analyzer: Any, window_ms: tuple[float, float], spikes_per_unit: int, seed: int) -> None:
    """Compute what widgets, metrics and the GUI ask for."""
    histograms = {"bin_ms": BIN_MS, "method": "numpy"}  # compiling the other takes longer than an hour of spikes does
    steps: dict[str, dict[str, Any]] = {
        "random_spikes": {"max_spikes_per_unit": spikes_per_unit, "seed": seed},
        "noise_levels": {"random_slices_kwargs": {"seed": seed}},
        "waveforms": {"ms_before": -window_ms[0], "ms_after": window_ms[1]},
        "templates": {"operators": ["average", "median", "std"]},
        "spike_amplitudes": {},
        "correlograms": histograms | {"window_ms": CORRELOGRAM_MS},
        "isi_histograms": histograms | {"window_ms": INTERVALS_MS},
        "unit_locations": {"method": "center_of_mass"},
    }
    analyzer.compute(steps, **JOB)
    _compare_templates(analyzer)


def _compare_templates(analyzer: Any) -> None:
    """Cosine of each pair of templates, as SpikeInterface has it, which compiles half a minute for it; 0 if silent."""
    from spikeinterface.postprocessing import ComputeTemplateSimilarity

    templates = analyzer.get_extension("templates").get_data(operator="average")
    flat = templates.reshape(len(templates), -1).astype(np.float64)
    norms = np.linalg.norm(flat, axis=1)
    products = np.outer(norms, norms)
    compared = ComputeTemplateSimilarity(analyzer)
    compared.set_params(method="cosine")
    compared.set_data("similarity", np.divide(flat @ flat.T, products, out=np.zeros_like(products), where=products > 0))
    compared.run_info = {"run_completed": True, "runtime_s": 0.0}
    compared.save()
    analyzer.extensions["template_similarity"] = compared


def _measure(analyzer: Any, metrics: Sequence[str]) -> None:
    """Compute quality metrics.

    Raises
    ------
    ParameterError
        If one is unknown.
    """
    from spikeinterface.metrics.quality import get_quality_metric_list

    known = get_quality_metric_list()
    unknown = [name for name in metrics if name not in known]
    if unknown:
        close = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
        raise ParameterError(f"SpikeInterface has no quality metric {unknown[0]!r}; {hint}")
    analyzer.compute("quality_metrics", metric_names=list(metrics), **JOB)
