"""From SpikeInterface: the units of a Sorting on the session's clock, measured on its voltage as our own are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError
from ephys.io.spikeinterface_out import STRETCHES, SUPPORT
from ephys.model import Epoch, Recording, Session, Support, Unit
from ephys.sorting import SortingSettings, measure_waveforms
from ephys.sorting.adopting import measure_peaks
from ephys.sorting.foreign import SPIKEINTERFACE, spikeinterface_at_work
from ephys.sorting.sorter import clean_of_hum, noise_of

FloatArray = NDArray[np.float64]

LABELS = ("label", "quality", "group", "KSLabel", "bombcell_label")
"""Properties in which programs and people say what a unit is."""

NO_SINGLE_CELL = ("multi_unit", "multi-unit", "multiunit", "mua", "noise", "non_soma_mua")
"""What they call units that are not one cell."""

SAME_RATE = 1e-3
"""Sampling rates that differ by a larger share are not of one recording (convention)."""


def from_spikeinterface(
    sorting: Any,
    source: Session | SessionAnalysis | Recording,
    *,
    support: Support | None = None,
    settings: SortingSettings | None = None,
    jobs: int | None = None,
) -> tuple[Unit, ...]:
    """Units of a SpikeInterface Sorting or SortingAnalyzer.

    Parameters
    ----------
    sorting : spikeinterface.core.BaseSorting or spikeinterface.core.SortingAnalyzer
        Its segments are the unbroken stretches of the recording, its frames count samples from the start of each.
    source : Session, SessionAnalysis or Recording
        What was sorted: it has the clock, and the voltage where there is any.
    support : Support, optional
        When the units could have been seen to fire; by default as the property ``support_s`` of each says, which
        `to_spikeinterface` gave it, else all that was recorded.
    settings : SortingSettings, optional
        Band in which amplitudes and noise are measured.
    jobs : int, optional
        As for `sort_units`.

    Returns
    -------
    tuple of Unit
        By the ids they have in the Sorting, silent ones too, on the session's clock, to half a sample. Where there is
        voltage, with noise and amplitudes in the sorting band (hum removed) and wide-band snippets. `threshold_uv` is
        NaN, so that completeness is not claimed. Labels such as ``multi_unit``, ``mua`` or ``noise`` make a multi-unit.

    Raises
    ------
    ParameterError
        If SpikeInterface is not installed, or the Sorting is not of this recording: another rate, more segments or
        frames than were recorded.

    Examples
    --------
    >>> from ephys.io.spikeinterface_out import to_spikeinterface
    >>> wire = Recording.from_array(np.random.default_rng(0).normal(0.0, 10.0, 40_000), sampling_hz=20_000.0)
    >>> unit = Unit.from_times([0.5, 1.0, 1.5], support=wire.support, id="a")
    >>> from_spikeinterface(to_spikeinterface([unit], recording=wire), wire)
    (Unit('a': 3 spikes in 2 s, 1.5 Hz),)
    """
    with spikeinterface_at_work():
        sorting = _sorting(sorting)
        recording = source if isinstance(source, Recording) else _session(source).recording
        recorded = recording.support if recording is not None else _session(source).support
        hz = float(sorting.get_sampling_frequency()) if recording is None else recording.sampling_hz
        _check_same(sorting, recorded, hz)
        units = tuple(_unit(sorting, name, recorded, hz, support) for name in sorting.unit_ids)
    return units if recording is None else _measured(units, recording, settings or SortingSettings(), jobs)


def _session(source: Any) -> Session:
    """Return the session of a source.

    Raises
    ------
    ParameterError
        If it has none.
    """
    session = source.session if isinstance(source, SessionAnalysis) else source
    if not isinstance(session, Session):
        raise ParameterError(f"from_spikeinterface is given a Session or a Recording, got {type(source).__name__}")
    return session


def _sorting(thing: Any) -> Any:
    """Return the Sorting, of an analyzer too.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    from spikeinterface.core import BaseSorting, SortingAnalyzer

    sorting = thing.sorting if isinstance(thing, SortingAnalyzer) else thing
    if not isinstance(sorting, BaseSorting):
        raise ParameterError(f"from_spikeinterface takes a Sorting or a SortingAnalyzer, got {type(thing).__name__}")
    return sorting


def _check_same(sorting: Any, recorded: Support, hz: float) -> None:
    """Raise unless rate, segments and frames are those of what was recorded."""
    own_hz = float(sorting.get_sampling_frequency())
    if not abs(own_hz / hz - 1.0) <= SAME_RATE:
        raise ParameterError(f"the Sorting has {own_hz:g} frames a second, the recording {hz:g}: it is of another one")
    segments, stretches = sorting.get_num_segments(), len(recorded.epochs)
    is_ours = sorting.get_annotation(STRETCHES) == stretches and segments < stretches
    if segments != stretches and not is_ours:
        raise ParameterError(
            f"the Sorting has {segments} segments, and the recording {stretches} unbroken stretches; each segment must "
            "be one of them, in order: pauses that were joined cannot be told apart again"
        )
    spikes = sorting.to_spike_vector()
    for segment, epoch in enumerate(recorded.epochs):
        own = spikes["sample_index"][spikes["segment_index"] == segment]
        samples = round(epoch.duration_s * hz)
        if own.size and not (own.min() >= 0 and own.max() < samples):
            raise ParameterError(
                f"the Sorting has a spike at frame {own.max() if own.max() >= samples else own.min()} of segment "
                f"{segment}, which was recorded for {samples} samples: it is of another recording"
            )


def _unit(sorting: Any, name: Any, recorded: Support, hz: float, support: Support | None) -> Unit:
    """One unit, not yet measured."""
    frames = [sorting.get_unit_spike_train(name, segment_index=i) for i in range(sorting.get_num_segments())]
    times = [epoch.start_s + own / hz for epoch, own in zip(recorded.epochs, frames, strict=False)]
    said = _said(sorting, name)
    known = support or _support(name, said) or recorded
    labels = {str(said[key]).lower() for key in LABELS if key in said}
    return Unit(
        id=str(name),
        times_s=_within(np.sort(np.concatenate(times)), known, 0.5 / hz),
        support=known,
        origin=str(said.get("origin") or f"{SPIKEINTERFACE} {_version()}"),
        multi_unit=not labels.isdisjoint(NO_SINGLE_CELL),
    )


def _version() -> str:
    """Return the version of SpikeInterface."""
    import spikeinterface

    return str(spikeinterface.__version__)


def _said(sorting: Any, name: Any) -> Mapping[str, Any]:
    """Return what the Sorting says of a unit."""
    index = sorting.id_to_index(name)
    return {key: sorting.get_property(key)[index] for key in sorting.get_property_keys()}


def _support(name: Any, said: Mapping[str, Any]) -> Support | None:
    """Return when a unit is known, where it says so.

    Raises
    ------
    ParameterError
        If that was lost when units were merged, or is none.
    """
    if SUPPORT not in said:
        return None
    try:
        return Support(tuple(Epoch(float(a), float(b), "recorded") for a, b in json.loads(said[SUPPORT])))
    except (TypeError, ValueError):
        raise ParameterError(
            f"unit {name}: its property {SUPPORT} says {said[SUPPORT]!r}, and no stretches of time; SpikeInterface "
            "empties it where it merges units that are known in different stretches: say support=..."
        ) from None


def _within(times_s: FloatArray, support: Support, rounding_s: float) -> FloatArray:
    """Times that a frame's rounding put beside the support, at its edge."""
    for i in np.flatnonzero(~support.mask(times_s)):
        edges = [edge for e in support.epochs for edge in (e.start_s, np.nextafter(e.stop_s, -np.inf))]
        nearest = min(edges, key=lambda edge: abs(edge - times_s[i]))
        if abs(nearest - times_s[i]) <= rounding_s * (1.0 + 1e-6):
            times_s[i] = nearest
    return times_s


def _measured(
    units: Sequence[Unit], recording: Recording, settings: SortingSettings, jobs: int | None
) -> tuple[Unit, ...]:
    """Units with amplitudes, noise and waveforms of their own voltage; the spikes stay where they are."""
    clean, hum = clean_of_hum(recording, settings, jobs)
    noise = noise_of(clean, settings, hum)
    trains = [recording.samples(unit.times_s) for unit in units]
    found = measure_peaks(clean, trains, band_hz=settings.band_hz, order=settings.order, jobs=jobs)
    sized = [
        replace(unit, amplitudes_uv=peaks.amplitudes_uv, noise_uv=float(noise.sd_uv[peaks.channel]))
        for unit, peaks in zip(units, found, strict=True)
    ]
    return tuple(measure_waveforms(clean, sized, jobs=jobs))
