"""To neo and back: what elephant and other tools take as it is."""

from __future__ import annotations

from typing import Any

import neo
import numpy as np
import quantities as pq

from ephys.errors import ParameterError
from ephys.model import (
    Administration,
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    Recording,
    Session,
    Support,
    Unit,
)

DRUG_EPOCHS = "drug_administrations"
"""Name of the epoch object that holds what was given."""


def to_neo(thing: Unit | Recording | Session) -> Any:
    """Neo object of a unit, a recording or a session.

    Parameters
    ----------
    thing : Unit, Recording or Session
        A recording is read whole.

    Returns
    -------
    neo.SpikeTrain, list of neo.AnalogSignal (one per unbroken run), or neo.Block

    Raises
    ------
    ParameterError
        If it is anything else.

    Examples
    --------
    >>> train = to_neo(Unit.from_times([1.0, 2.5], support=Epoch(0.0, 10.0)))
    >>> float(train.t_stop), train.annotations["unit_id"]
    (10.0, '1')
    """
    if isinstance(thing, Unit):
        return _spike_train(thing)
    if isinstance(thing, Recording):
        return _analog_signals(thing)
    if isinstance(thing, Session):
        return _block(thing)
    raise ParameterError(f"to_neo takes a Unit, a Recording or a Session, got {type(thing).__name__}")


def _spike_train(unit: Unit) -> Any:
    """Return a spike train that keeps amplitudes and support."""
    bounds = [edge for epoch in unit.support.epochs for edge in (epoch.start_s, epoch.stop_s)]  # flat, as NIX takes it
    return neo.SpikeTrain(
        unit.times_s * pq.s,
        t_start=unit.support.start_s * pq.s,
        t_stop=unit.support.stop_s * pq.s,
        name=unit.id,
        array_annotations={"amplitude_uv": np.array(unit.amplitudes_uv)},
        unit_id=unit.id,
        support_s=bounds,
        origin=unit.origin,
        multi_unit=unit.multi_unit,
    )


def _analog_signals(recording: Recording) -> list[Any]:
    """Return one signal per unbroken run."""
    return [
        neo.AnalogSignal(
            recording.read(run.first_sample, run.first_sample + run.n_samples),
            units=pq.uV,
            sampling_rate=recording.sampling_hz * pq.Hz,
            t_start=run.start_s * pq.s,
            name=recording.name,
        )
        for run in recording.runs
    ]


def _block(session: Session) -> Any:
    """Return a block of one segment; drugs are an epoch object, marks an event object."""
    segment = neo.Segment(name=session.id)
    segment.spiketrains.extend([_spike_train(unit) for unit in session.units])
    if session.recording is not None:
        segment.analogsignals.extend(_analog_signals(session.recording))
    segment.analogsignals.extend([_monitor_signal(monitor) for monitor in session.monitors])
    if session.events:
        times = np.array([event.time_s for event in session.events])
        labels = np.array([event.text or event.code for event in session.events])
        channels = np.array([event.channel for event in session.events])
        segment.events.append(
            neo.Event(times * pq.s, labels=labels, name="marks", array_annotations={"channel": channels})
        )
    if session.protocol.administrations:
        segment.epochs.append(_drug_epochs(session.protocol.administrations))
    block = neo.Block(name=session.id)
    block.segments.append(segment)
    return block


def _monitor_signal(monitor: Monitor) -> Any:
    """Return a slow signal, dimensionless: quantities does not know every unit; its own is in the annotations."""
    return neo.AnalogSignal(
        monitor.values,
        units=pq.dimensionless,
        sampling_rate=monitor.sampling_hz * pq.Hz,
        t_start=monitor.start_s * pq.s,
        name=monitor.name,
        monitor=True,
        unit=monitor.unit,
    )


def _drug_epochs(given: tuple[Administration, ...]) -> Any:
    """Return the administrations; a bolus has no duration."""
    return neo.Epoch(
        times=np.array([a.start_s for a in given]) * pq.s,
        durations=np.array([a.end_s - a.start_s for a in given]) * pq.s,
        labels=np.array([a.drug for a in given]),
        name=DRUG_EPOCHS,
        array_annotations={
            name: np.array([getattr(a, name) for a in given])
            for name in ("dose", "dose_unit", "dose_kind", "form", "route", "role")
        },
    )


# --- back ------------------------------------------------------------------------------------------------------------


def from_neo(thing: Any, *, id: str | None = None) -> Unit | Recording | Session:
    """Unit, recording or session of a neo object.

    Parameters
    ----------
    thing : neo.SpikeTrain, neo.AnalogSignal, neo.Segment or neo.Block
        A block must have one segment; its times are taken as they are.
    id : str, optional
        Name; by default neo's own.

    Returns
    -------
    Unit, Recording or Session

    Raises
    ------
    ParameterError
        If it is anything else, a block of several segments, or a signal that is no voltage.

    Examples
    --------
    >>> from_neo(to_neo(Unit.from_times([1.0, 2.5], support=Epoch(0.0, 10.0))))
    Unit('1': 2 spikes in 10 s, 0.2 Hz)
    """
    if isinstance(thing, neo.SpikeTrain):
        return _unit(thing, id)
    if isinstance(thing, neo.AnalogSignal):
        return _recording(thing, id)
    if isinstance(thing, neo.Segment):
        return _session(thing, id)
    if isinstance(thing, neo.Block):
        if len(thing.segments) != 1:
            raise ParameterError(f"a block of {len(thing.segments)} segments is several sessions; give one segment")
        return _session(thing.segments[0], id or thing.name)
    raise ParameterError(f"from_neo takes a SpikeTrain, AnalogSignal, Segment or Block, got {type(thing).__name__}")


def _seconds(quantity: Any) -> Any:
    """Magnitude in seconds."""
    return quantity.rescale(pq.s).magnitude


def _unit(train: Any, id: str | None) -> Unit:
    """Return a unit; one from elsewhere counts as seen from the train's start to its stop."""
    notes = train.annotations
    bounds = np.reshape(notes.get("support_s", [_seconds(train.t_start), _seconds(train.t_stop)]), (-1, 2))
    return Unit(
        id=id or str(notes.get("unit_id") or train.name or "1"),
        times_s=np.asarray(_seconds(train.times), dtype=np.float64),
        support=Support(tuple(Epoch(float(a), float(b), "recorded") for a, b in bounds)),
        amplitudes_uv=np.asarray(train.array_annotations.get("amplitude_uv", np.empty(0)), dtype=np.float64),
        origin=str(notes.get("origin", "neo")),
        multi_unit=bool(notes.get("multi_unit", False)),
    )


def _recording(signal: Any, id: str | None) -> Recording:
    """Return the voltage of one signal."""
    if signal.units.dimensionality.simplified != pq.V.dimensionality.simplified:
        raise ParameterError(f"a recording is a voltage, got a signal in {signal.units.dimensionality}")
    return Recording.from_array(
        signal.rescale(pq.uV).magnitude.astype(np.float32),
        sampling_hz=float(signal.sampling_rate.rescale(pq.Hz).magnitude),
        start_s=float(_seconds(signal.t_start)),
        name=id or signal.name or "recording",
    )


def _session(segment: Any, id: str | None) -> Session:
    """Return what a segment holds: units, the first voltage, marks."""
    units = tuple(_unit(train, None) for train in segment.spiketrains)
    voltages = [s for s in segment.analogsignals if not s.annotations.get("monitor")]
    recording = _recording(voltages[0], None) if voltages else None
    monitors = tuple(
        Monitor(
            s.name or "monitor", s.magnitude[:, 0], float(s.sampling_rate.rescale(pq.Hz).magnitude),
            float(_seconds(s.t_start)), str(s.annotations.get("unit", "")),
        )
        for s in segment.analogsignals
        if s.annotations.get("monitor")
    )  # fmt: skip
    if recording is None and not units:
        raise ParameterError(f"segment {segment.name!r} holds neither a voltage nor a spike train")
    recorded = recording.support if recording is not None else units[0].support
    events = tuple(
        Event(float(t), str(label), channel=event.name or "")
        for event in segment.events
        for t, label in zip(_seconds(event.times), event.labels, strict=True)
    )
    given = tuple(a for epochs in segment.epochs if epochs.name == DRUG_EPOCHS for a in given_in(epochs))
    return Session(
        id or segment.name or "session", DoseProtocol(given, recorded), recording, units, events, monitors
    )  # fmt: skip


def given_in(epochs: Any) -> list[Administration]:
    """Return the administrations of an epoch object that `to_neo` made."""
    notes = epochs.array_annotations
    starts, durations = _seconds(epochs.times), _seconds(epochs.durations)
    return [
        Administration(
            str(epochs.labels[i]),
            float(starts[i]),
            float(starts[i] + durations[i]) if durations[i] > 0 else None,
            amount=float(notes["dose"][i]),
            unit=str(notes["dose_unit"][i]),
            dose=float(notes["dose"][i]),
            dose_unit=str(notes["dose_unit"][i]),
            dose_kind="cumulative" if str(notes["dose_kind"][i]) == "cumulative" else "increment",
            form=str(notes["form"][i]),
            route=str(notes["route"][i]),
            role=str(notes["role"][i]),  # type: ignore[arg-type]  # written by to_neo
        )
        for i in range(len(starts))
    ]
