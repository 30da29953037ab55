"""What is known of a session and its animal, in words."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime
from pathlib import PurePath

from ephys.analysis import SessionAnalysis
from ephys.model import DoseProtocol, Epoch, Recording, Session, Source
from ephys.model.protocol import CHOSEN
from ephys.report.tables import window_text


def session_facts(analysis: SessionAnalysis) -> list[tuple[str, str]]:
    """What is known of the session and the animal; what is not stated is left out."""
    session = analysis.session
    facts = [
        ("recorded", f"{window_text(Epoch(session.support.start_s, session.support.stop_s))} of the session's clock"),
        ("voltage", voltage_text(session.recording) if session.recording else _unrecorded(session)),
        ("began", moment_text(session.started_at) if session.started_at else ""),
        ("baseline", _baseline_text(analysis.protocol, analysis.baseline)),
        ("5-HT limits", analysis.preset.replace("_", " ")),
        ("agonists", ", ".join(analysis.protocol.drugs) or "none"),
        *((f.name.replace("_g", ""), _subject_text(session, f.name)) for f in dataclasses.fields(session.subject)),
        ("track", session.track),
        ("depth", "" if math.isnan(session.depth_um) else f"{session.depth_um:g} µm"),
        ("order of the cell", session.order),
        *(("monitor", f"{monitor.name} ({monitor.unit or 'no unit'})") for monitor in session.monitors),
    ]
    return [(name, text) for name, text in facts if text]


def _unrecorded(session: Session) -> str:
    """What a session without voltage holds."""
    return (
        "none: spike times, and snippets of spikes"
        if any(unit.waveform for unit in session.units)
        else "none: spike times only"
    )


def voltage_text(recording: Recording) -> str:
    """Channels, rate, length and pauses of a recording.

    >>> import numpy as np
    >>> voltage_text(Recording.from_array(np.zeros((40000, 1), dtype=np.float32), sampling_hz=20000.0))
    '1 channel (ch0) at 20000 Hz, 0.0 to 2.0 s, without a pause'
    """
    n = recording.n_channels
    wires = f"{n} channel{'' if n == 1 else 's'} ({', '.join(recording.channel_names)})"
    pauses = len(recording.support.gaps)
    paused = "without a pause" if not pauses else f"{pauses} pause{'' if pauses == 1 else 's'}"
    ends = window_text(Epoch(recording.start_s, recording.stop_s))
    return f"{wires} at {recording.sampling_hz:g} Hz, {ends}, {paused}"


def moment_text(moment: datetime) -> str:
    """Date and time, with their zone.

    >>> from datetime import timedelta, timezone
    >>> moment_text(datetime(2024, 5, 6, 9, 30, tzinfo=timezone(timedelta(hours=2))))
    '2024-05-06, 09:30:00, UTC+02:00'
    >>> moment_text(datetime(2024, 5, 6, 9, 30))
    '2024-05-06, 09:30:00, time zone not stated'
    """
    return f"{moment:%Y-%m-%d, %H:%M:%S}, {'time zone not stated' if moment.tzinfo is None else moment.tzname()}"


def source_text(source: Source) -> str:
    """Name of a file, then where it was.

    >>> source_text(Source("data/rat07.smr", "ab")), source_text(Source("rat07.smr", "ab"))
    ('rat07.smr, in data', 'rat07.smr')
    """
    path = PurePath(source.path)
    return path.name if path.parent == PurePath() else f"{path.name}, in {path.parent}"


def _subject_text(session: Session, field: str) -> str:
    """One fact of the animal; empty where it is not stated."""
    value = getattr(session.subject, field)
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:g} g"
    return str(value)


def _baseline_text(protocol: DoseProtocol, baseline: Epoch | None) -> str:
    """The baseline, and whether somebody chose it."""
    if baseline is None:
        return "none: nothing was recorded before the first administration"
    if protocol.drawn_baseline is None:
        return window_text(baseline)
    return f"{window_text(baseline)}, {CHOSEN} (fixed in advance: {window_text(protocol.default_baseline)})"
