"""From the nouns to neo objects: nothing is lost that `from_neo` could not bring back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import neo
import numpy as np
import quantities as pq

from ephys.io.isolation import isolation_row
from ephys.model import (
    Administration,
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    ReadingSettings,
    Recording,
    Session,
    Subject,
    Unit,
    Waveform,
)

MADE_BY_EPHYS = "made_by_ephys"
"""Annotation of every object that is made here, with what it is."""
ADMINISTRATIONS, MARKS = "drug_administrations", "marks"
"""Names of the epoch object that holds the drug record, and of the event object that holds the marks."""


def spike_train(unit: Unit) -> Any:
    """Spike train of a unit; support, amplitudes, threshold and isolation are annotations, snippets its waveforms."""
    wave = unit.waveform
    snippets, kept = (None, None) if wave is None else _waveforms(wave, unit.n_spikes)
    notes: dict[str, Any] = {} if unit.isolation is None else isolation_row(unit.isolation)
    return neo.SpikeTrain(
        unit.times_s * pq.s,
        t_start=unit.support.start_s * pq.s,
        t_stop=unit.support.stop_s * pq.s,
        name=unit.id,
        waveforms=snippets,
        sampling_rate=None if wave is None else wave.sampling_hz * pq.Hz,
        left_sweep=None if wave is None else wave.pre_s * pq.s,
        array_annotations={"amplitude_uv": np.array(unit.amplitudes_uv)} | ({} if kept is None else {"snippet": kept}),
        unit_id=unit.id,
        origin=unit.origin,
        multi_unit=unit.multi_unit,
        threshold_uv=unit.threshold_uv,
        noise_uv=unit.noise_uv,
        **{MADE_BY_EPHYS: "unit"},
        **_windows("support", unit.support.epochs),
        **({} if wave is None else _filter(wave)),
        **notes,
    )


def _waveforms(wave: Waveform, n_spikes: int) -> tuple[Any, Any]:
    """Snippets as neo has them, (spikes, channels, samples), NaN for a spike without one; and which spikes have one."""
    kept = np.zeros(n_spikes, dtype=bool)
    kept[wave.spike_index] = True
    _, samples, channels = wave.snippets_uv.shape
    shapes = np.full((n_spikes, channels, samples), np.nan, dtype=np.float32)
    shapes[wave.spike_index] = wave.snippets_uv.transpose(0, 2, 1)
    return pq.Quantity(shapes, pq.uV, dtype=np.float32), kept


def _filter(wave: Waveform) -> dict[str, Any]:
    """Return what made the snippets; NaN for an edge that is not known."""
    low, high = edges(wave.band_hz)
    return {
        "waveform_band_hz": [low, high],
        "waveform_order": wave.order,
        "waveform_phase": wave.phase,
        "waveform_source": wave.source,
    }


def edges(band_hz: tuple[float | None, float | None]) -> tuple[float, float]:
    """Return a band with NaN for an edge that is not known."""
    low, high = (np.nan if edge is None else float(edge) for edge in band_hz)
    return low, high


def analog_signals(recording: Recording) -> list[Any]:
    """Return one signal per unbroken run, read whole."""
    return [
        neo.AnalogSignal(
            recording.read(run.first_sample, run.first_sample + run.n_samples),
            units=pq.uV,
            sampling_rate=recording.sampling_hz * pq.Hz,
            t_start=run.start_s * pq.s,
            name=recording.name,
            array_annotations={"channel_names": np.array(recording.channel_names)},
            band_hz=list(edges(recording.band_hz)),
            **{MADE_BY_EPHYS: "recording"},
        )
        for run in recording.runs
    ]


def block(session: Session) -> Any:
    """Block of one segment: units, voltage, monitors; drugs are an epoch object, marks an event object."""
    segment = neo.Segment(name=session.id, rec_datetime=session.started_at, **_session_notes(session))
    segment.spiketrains.extend([spike_train(unit) for unit in session.units])
    if session.recording is not None:
        segment.analogsignals.extend(analog_signals(session.recording))
    segment.analogsignals.extend([_monitor_signal(monitor) for monitor in session.monitors])
    if session.events:
        segment.events.append(_marks(session.events))
    if session.protocol.administrations:
        segment.epochs.append(_drug_epochs(session.protocol.administrations))
    whole = neo.Block(name=session.id, rec_datetime=session.started_at)
    whole.segments.append(segment)
    return whole


def _monitor_signal(monitor: Monitor) -> Any:
    """Return a slow signal, dimensionless: quantities does not know every unit; its own is in the annotations."""
    return neo.AnalogSignal(
        monitor.values,
        units=pq.dimensionless,
        sampling_rate=monitor.sampling_hz * pq.Hz,
        t_start=monitor.start_s * pq.s,
        name=monitor.name,
        unit=monitor.unit,
        **{MADE_BY_EPHYS: "monitor"},
    )


def _marks(events: tuple[Event, ...]) -> Any:
    """Return the marks; what is shown is their text, else their code."""
    return neo.Event(
        np.array([event.time_s for event in events]) * pq.s,
        labels=np.array([event.text or event.code for event in events]),
        name=MARKS,
        array_annotations=_columns(events, ("text", "code", "channel", "polarity")),
        **{MADE_BY_EPHYS: "marks"},
    )


def _drug_epochs(given: tuple[Administration, ...]) -> Any:
    """Return the administrations, every field a column; a bolus has no duration, and NaN for its stop."""
    starts = np.array([a.start_s for a in given])
    stops = np.array([np.nan if a.stop_s is None else a.stop_s for a in given])
    words = [f.name for f in fields(Administration) if f.name not in ("drug", "start_s", "stop_s")]
    return neo.Epoch(
        times=starts * pq.s,
        durations=np.nan_to_num(stops - starts) * pq.s,
        labels=np.array([a.drug for a in given]),
        name=ADMINISTRATIONS,
        array_annotations=_columns(given, words) | {"stop_s": stops},
        **{MADE_BY_EPHYS: "administrations"},
    )


def _columns(rows: Iterable[Any], names: Iterable[str]) -> dict[str, Any]:
    """Return fields of values as columns."""
    rows = tuple(rows)
    return {name: np.array([getattr(row, name) for row in rows]) for name in names}


def _session_notes(session: Session) -> dict[str, Any]:
    """Return what neo has no place for, as annotations of plain lists, numbers and texts."""
    return {
        MADE_BY_EPHYS: "session",
        **_windows("recorded", session.support.epochs),
        **_drawn(session.protocol),
        **_prefixed("subject", session.subject),
        **_prefixed("reading", session.reading),
        "source_paths": [source.path for source in session.sources],
        "source_sha256": [source.sha256 for source in session.sources],
        "doubts": list(session.doubts),
        "started_at": "" if session.started_at is None else session.started_at.isoformat(),
        "track": session.track,
        "depth_um": session.depth_um,
        "order": session.order,
        "sampling_hz": session.sampling_hz,
    }


def _drawn(protocol: DoseProtocol) -> dict[str, Any]:
    """Return what somebody chose: the baseline, read-out windows, exclusions."""
    baseline = () if protocol.drawn_baseline is None else (protocol.drawn_baseline,)
    return {
        **_windows("drawn_baseline", baseline),
        **_windows("drawn_window", [window for _, window in protocol.drawn_windows]),
        "drawn_window_number": [number for number, _ in protocol.drawn_windows],
        "excluded_number": [number for number, _ in protocol.excluded],
        "excluded_why": [why for _, why in protocol.excluded],
    }


def _windows(name: str, epochs: Iterable[Epoch]) -> Mapping[str, Any]:
    """Return windows as three lists."""
    epochs = tuple(epochs)
    return {
        f"{name}_start_s": [epoch.start_s for epoch in epochs],
        f"{name}_stop_s": [epoch.stop_s for epoch in epochs],
        f"{name}_label": [epoch.label for epoch in epochs],
    }


def _prefixed(name: str, value: Subject | ReadingSettings) -> dict[str, Any]:
    """Return the fields of a value, each under its name behind that of the whole; a tuple as a list."""
    held = {f"{name}_{f.name}": getattr(value, f.name) for f in fields(value)}
    return {key: list(one) if isinstance(one, tuple) else one for key, one in held.items()}
