"""Curation logs as JSON: readable, versioned, and the same bytes for the same log."""

from __future__ import annotations

import base64
import dataclasses
import difflib
import hashlib
import json
import os
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ephys.errors import CurationError, ParameterError
from ephys.io.atomic import write_text
from ephys.sorting.curation import OPERATIONS, CurationLog, Entry, RecordedUnit, operation_name
from ephys.sorting.curation.operations import SplitSpikes
from ephys.sorting.curation.settling import TIME_STEP_S

VERSIONS = (1, 2)
"""Of the file's layout: the second has units parted spike by spike. A log is written in the first that can say it, so
that what an earlier ephys could read it still reads; a file of a later version is refused."""

_SIGNATURE = ("number", "operation", "by", "at", "reason")


def write_curation(log: CurationLog, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a curation log as JSON.

    Parameters
    ----------
    log : CurationLog
        What to write.
    path : path
        Where to; the file appears whole or not at all.
    overwrite : bool, optional
        Replace a log that is there, even if it has corrections that `log` has not.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    CurationError
        If corrections in a file that is there would be lost, or it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> log = CurationLog(by="A. Name").delete("4", reason="mains")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_curation(write_curation(log, Path(folder) / "curation.json")).entries[0].reason
    'mains'
    """
    if not overwrite and Path(path).exists():
        kept, entries = _decided(read_curation(path)), _decided(log)
        if kept != entries[: len(kept)]:
            raise CurationError(
                f"{path} has {len(kept)} entries that would be lost: begin from it (ephys.read_curation), write "
                "elsewhere, or replace it (overwrite=True)"
            )
    return write_text(path, curation_text(log))


def _decided(log: CurationLog) -> list[tuple[Any, str, str]]:
    """What was decided, by whom and why; a notebook that is run again decides the same at another time."""
    return [(entry.operation, entry.by, entry.reason) for entry in log.entries]


def curation_text(log: CurationLog) -> str:
    """Text of a log's file."""
    return json.dumps(_as_json(log), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def entries_as_written(log: CurationLog) -> list[str]:
    """Each entry as its file has it, whose times are whole seconds: a log in memory and its file have the same."""
    return [json.dumps(_entry_as_json(entry, packed=False), sort_keys=True) for entry in log.entries]


def curation_facts(log: CurationLog) -> dict[str, Any]:
    """What provenance says of a log: how many entries, how many hold, and a checksum of what it says.

    The checksum is of the content before compression, which may give other bytes on another machine.
    """
    content = _as_json(log, packed=False)
    checksum = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"entries": len(log.entries), "active": len(log.active), "sha256": checksum}


def read_curation(path: str | os.PathLike[str]) -> CurationLog:
    """Read a curation log.

    Parameters
    ----------
    path : path
        As `write_curation` wrote it, or written by hand: ``units`` and ``number`` may be left out then.

    Returns
    -------
    CurationLog

    Raises
    ------
    CurationError
        If the file is missing, no JSON, of a later version, or an entry is not understood; it names file and entry.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        content = json.loads(text, object_pairs_hook=_without_repeats)
    except FileNotFoundError:
        raise CurationError(f"{path}: no such curation log") from None
    except CurationError as error:
        raise CurationError(f"{path}: {error}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise CurationError(
            f"{path}: not readable as JSON in UTF-8: {error}; put a copy of it back, or move it away to begin anew"
        ) from error
    try:
        return _from_json(content)
    except (CurationError, ParameterError) as error:
        raise CurationError(f"{path}: {error}") from error


def _version(log: CurationLog) -> int:
    """First version of the layout that can say what a log says."""
    return VERSIONS[any(isinstance(entry.operation, SplitSpikes) for entry in log.entries)]


def _as_json(log: CurationLog, *, packed: bool = True) -> dict[str, Any]:
    """Plain values of a log; where times are not packed, units are pairs of name and steps."""
    return {
        "ephys_curation": _version(log),
        "session": log.session,
        "units": [
            {"id": unit.id, **_train(unit.times_s)} if packed else [unit.id, _steps(unit.times_s).tolist()]
            for unit in log.units
        ],
        "entries": [_entry_as_json(entry, packed=packed) for entry in log.entries],
    }


def _train(times_s: np.ndarray) -> dict[str, Any]:
    """Plain values of a spike train."""
    return {"n_spikes": len(times_s), "times": _packed(times_s)}


def _entry_as_json(entry: Entry, *, packed: bool) -> dict[str, Any]:
    """Plain values of one entry: who, when and why, then what."""
    fields = dataclasses.asdict(entry.operation)
    if isinstance(entry.operation, SplitSpikes):
        parts = map(np.asarray, entry.operation.parts)
        fields["parts"] = [_train(part) if packed else _steps(part).tolist() for part in parts]
    return {
        "number": entry.number,
        "operation": operation_name(entry.operation),
        "by": entry.by,
        "at": entry.at.isoformat(timespec="seconds"),
        "reason": entry.reason,
        **fields,
    }


def _from_json(content: Any) -> CurationLog:
    """Log of plain values."""
    if not isinstance(content, dict) or "ephys_curation" not in content:
        raise CurationError('no curation log: it must begin with {"ephys_curation": 1, ...}')
    version = content["ephys_curation"]
    if version not in VERSIONS or isinstance(version, bool):
        later = isinstance(version, int) and version > VERSIONS[-1]
        raise CurationError(
            f"a curation log of version {version!r}; this ephys reads {' and '.join(map(str, VERSIONS))}"
            + ("; it was written by a later one: install that" if later else "")
        )
    _check_names(content, ("ephys_curation", "session", "units", "entries"), "the log")
    if "entries" not in content:
        raise CurationError("the log has no entries; an empty one has an empty list")
    units, entries = content.get("units", []), content["entries"]
    if not (isinstance(units, list) and isinstance(entries, list)):
        raise CurationError("units and entries must be lists")
    return CurationLog(
        _text("session", content.get("session") or ""),
        tuple(_unit_from_json(unit) for unit in units),
        tuple(_entry_from_json(entry, place) for place, entry in enumerate(entries, start=1)),
    )


def _unit_from_json(values: Any) -> RecordedUnit:
    """Unit underneath."""
    try:
        name = _text("id", values["id"])
    except (KeyError, TypeError) as error:
        raise CurationError(f"the record of a unit is damaged ({type(error).__name__}: {error})") from error
    return RecordedUnit(name, _train_from_json(values, f"unit {name}"))


def _train_from_json(values: Any, what: str) -> np.ndarray:
    """Spike times of plain values."""
    try:
        times_s = _unpacked(values["times"])
        n_spikes = values.get("n_spikes", len(times_s))
    except (KeyError, TypeError, AttributeError, ValueError, zlib.error) as error:
        raise CurationError(f"the record of {what} is damaged ({type(error).__name__}: {error})") from error
    if np.any(np.diff(times_s) < 0):
        raise CurationError(f"the record of {what} is damaged: its spikes are not in order")
    if len(times_s) != n_spikes:
        raise CurationError(f"{what} has {len(times_s)} spike times for n_spikes {n_spikes}")
    return times_s


def _entry_from_json(values: Any, place: int) -> Entry:
    """Entry of plain values."""
    what = f"entry {place}"
    if not isinstance(values, dict):
        raise CurationError(f"{what} is not an object with operation, by, at and reason")
    missing = [name for name in ("operation", "by", "at", "reason") if not values.get(name)]
    if missing:
        raise CurationError(f"{what} has no {', no '.join(missing)}")
    kind = OPERATIONS.get(str(values["operation"]))
    if kind is None:
        raise CurationError(f"{what}: no operation {values['operation']!r}{_hint(values['operation'], OPERATIONS)}")
    names = tuple(field.name for field in dataclasses.fields(kind))
    _check_names(values, (*_SIGNATURE, *names), f"{what} ({values['operation']})")
    needed = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING and f.name not in values]
    if needed:
        raise CurationError(f"{what} ({values['operation']}) has no {', no '.join(needed)}")
    given: dict[str, Any] = {name: _unlisted(values[name]) for name in names if name in values}
    if kind is SplitSpikes and isinstance(given["parts"], tuple):
        parts = enumerate(given["parts"], start=2)
        given["parts"] = tuple(
            _train_from_json(part, f"{what}, part {number},") if isinstance(part, dict) else part
            for number, part in parts
        )
    try:
        operation = kind(**given)
        number = _whole("number", values.get("number", place))
        return Entry(
            number, operation, _text("by", values["by"]), _time(values["at"]), _text("reason", values["reason"])
        )
    except (ParameterError, OverflowError) as error:
        raise CurationError(f"{what} ({values['operation']}): {error}") from error


def _unlisted(value: Any) -> Any:
    """Value with a tuple for JSON's list, which operations do not take."""
    return tuple(value) if isinstance(value, list) else value


def _whole(name: str, value: Any) -> int:
    """Value as a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ParameterError(f"{name} must be a whole number, got {value!r}")
    return value


def _time(value: Any) -> datetime:
    """Time with its zone, to the second, as it is written: a log that was written again is the same log."""
    try:
        return datetime.fromisoformat(_text("at", value)).replace(microsecond=0)
    except ValueError:
        raise ParameterError(f"at must be a time like 2026-03-01T14:30:00+01:00, got {value!r}") from None


def _text(name: str, value: Any) -> str:
    """Value as text; a unit may be typed as a whole number."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ParameterError(f"{name} must be a text, got {value!r}")
    return str(value)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Object in which no name occurs twice: the first would be lost in silence."""
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CurationError(f"the name {twice[0]!r} occurs twice in one object")
    return dict(pairs)


def _check_names(values: dict[str, Any], known: tuple[str, ...], what: str) -> None:
    """Raise if a name is not understood: a misspelt one would be passed over in silence."""
    for name in values:
        if name not in known:
            raise CurationError(f"{what}: nothing is named {name!r}{_hint(name, known)}")


def _hint(name: object, known: Any) -> str:
    """Nearest name, for an error."""
    close = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"


def _packed(times_s: np.ndarray) -> str:
    """Spike times in steps of 0.1 ms, as differences, compressed, as text."""
    return base64.b64encode(zlib.compress(np.diff(_steps(times_s), prepend=0).astype("<i8").tobytes())).decode()


def _steps(times_s: np.ndarray) -> np.ndarray:
    """Spike times as whole steps."""
    return np.round(times_s / TIME_STEP_S).astype(np.int64)


def _unpacked(text: str) -> np.ndarray:
    """Spike times of such a text."""
    steps = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), dtype="<i8")
    return np.cumsum(steps) * TIME_STEP_S
