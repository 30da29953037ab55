"""What NWB has no field for: one JSON text in the scratch space of the file, into it and out of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ephys.io.nwb_layout import NOTES
from ephys.model import Epoch, Session, Source, Subject

Notes = Mapping[str, Any]


def add_notes(file: Any, session: Session, monitors: Sequence[Mapping[str, Any]], *, voltage: bool) -> None:
    """Add the notes.

    Parameters
    ----------
    file : pynwb.NWBFile
        To be written.
    session : Session
        What is written.
    monitors : sequence of mapping
        What `add_monitors` says of the slow signals.
    voltage : bool
        Whether the voltage is in the file.
    """
    recording = session.recording if voltage else None
    drawn = session.protocol.drawn_baseline
    notes = {
        "id": session.id,
        "subject": asdict(session.subject) | {"weight_g": _stated(session.subject.weight_g)},
        "track": session.track,
        "depth_um": _stated(session.depth_um),
        "order": session.order,
        "sampling_hz": _stated(session.sampling_hz),
        "doubts": list(session.doubts),
        "sources": [source.as_dict() for source in session.sources],
        "started_at": session.started_at.isoformat() if session.started_at else None,
        "drawn_baseline": asdict(drawn) if drawn else None,
        "drawn_windows": [[number, asdict(window)] for number, window in session.protocol.drawn_windows],
        "excluded": [list(pair) for pair in session.protocol.excluded],
        "recording": {"name": recording.name, "band_hz": list(recording.band_hz)} if recording else None,
        "monitors": list(monitors),
    }
    file.add_scratch(json.dumps(notes), name=NOTES, description="what NWB has no field for, as JSON")


def _stated(value: float) -> float | None:
    """Return a number as JSON knows it; ``None`` for NaN."""
    return None if math.isnan(value) else value


# --- reading ---------------------------------------------------------------------------------------------------------


def read_notes(file: Any) -> dict[str, Any]:
    """Return the notes; empty for another's file."""
    if NOTES not in (file.scratch or {}):
        return {}
    notes: dict[str, Any] = json.loads(str(file.scratch[NOTES].data))
    return notes


def session_fields(notes: Notes) -> dict[str, Any]:
    """Return the fields of a session that the notes state."""
    if not notes:
        return {}
    started = notes["started_at"]
    return {
        "id": notes["id"],
        "subject": Subject(**{**notes["subject"], "weight_g": _number(notes["subject"]["weight_g"])}),
        "track": notes["track"],
        "depth_um": _number(notes["depth_um"]),
        "order": notes["order"],
        "sampling_hz": _number(notes.get("sampling_hz")),
        "sources": tuple(Source(source["path"], source["sha256"]) for source in notes["sources"]),
        "started_at": datetime.fromisoformat(started) if started else None,
    }


def drawn_fields(notes: Notes) -> dict[str, Any]:
    """Return baseline, windows and exclusions that somebody chose, as fields of a protocol."""
    drawn = notes.get("drawn_baseline")
    return {
        "drawn_baseline": Epoch(**drawn) if drawn else None,
        "drawn_windows": tuple((number, Epoch(**window)) for number, window in notes.get("drawn_windows", ())),
        "excluded": tuple((number, str(reason)) for number, reason in notes.get("excluded", ())),
    }


def _number(value: Any) -> float:
    """Number, NaN for what is not stated."""
    return math.nan if value is None else float(value)
