"""Which units a session has to offer, and against which limits they are judged."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from ephys.classification.presets import load_preset
from ephys.errors import CurationError, ParameterError
from ephys.model import ReadingSettings, Session, Unit
from ephys.model.unit import rename_units
from ephys.settings import Settings
from ephys.sorting import CurationLog, sort_units
from ephys.sorting.foreign import SPIKEINTERFACE
from ephys.sorting.threads import check_jobs

_MOUSE = re.compile(r"\b(mus musculus|m\. ?musculus|mouse|mice|c57\w*)\b", re.IGNORECASE)
_RAT = re.compile(r"\b(rattus|r\. ?norvegicus|rats?|wistar|sprague)\b", re.IGNORECASE)


def preset_of(session: Session, settings: Settings) -> str:
    """Limits that the settings name, or that fit the session."""
    return choose_preset(session) if settings.analysis.preset == "auto" else settings.analysis.preset


def choose_preset(session: Session) -> str:
    """Limits that fit the species, the preparation and the anaesthetic; rat in vivo where nothing is stated.

    >>> from ephys.model import DoseProtocol, Epoch, Session, Subject, Support
    >>> protocol = DoseProtocol((), Support.of(Epoch(0.0, 1.0)))
    >>> choose_preset(Session("m1", protocol, subject=Subject(species="Mus musculus")))
    'mouse_in_vivo'
    >>> choose_preset(Session("r1", protocol, subject=Subject(anaesthetic="urethane 1.3 g/kg")))
    'rat_in_vivo_urethane'
    """
    preparation = session.subject.preparation.lower()
    anaesthetic = session.subject.anaesthetic.lower()
    animal = "mouse" if _MOUSE.search(session.subject.species) else "rat"
    if "awake" in preparation or "freely" in preparation:
        return "awake"
    if "slice" in preparation or "vitro" in preparation:
        return f"{animal}_slice" + ("_phenylephrine" if "phenylephrine" in preparation else "")
    for drug in ("urethane", "chloral hydrate"):
        if animal == "rat" and drug in anaesthetic:
            return f"rat_in_vivo_{drug.replace(' ', '_')}"
    return f"{animal}_in_vivo"


def as_read(session: Session, settings: Settings) -> Settings:
    """Return the settings with what was said of the file when it was read: that is what the numbers rest on.

    Raises
    ------
    ParameterError
        If the settings say something else of the file, which would come too late.
    """
    if settings.reading not in (ReadingSettings(), session.reading):
        raise ParameterError(
            f"session {session.id} was read with {session.reading}, the settings say {settings.reading}: give "
            "settings.reading to read_session (reading=...)"
        )
    return replace(settings, reading=session.reading)


def log_of(session: Session, curation: CurationLog | None) -> CurationLog:
    """Return the corrections of a session: none, where no log is given.

    Raises
    ------
    CurationError
        If the log is of another session.
    """
    log = curation or CurationLog(session.id)
    if log.session not in ("", session.id):
        raise CurationError(f"the curation log is of session {log.session!r}, and this is {session.id!r}")
    return log


def wants_sorting(session: Session, settings: Settings) -> bool:
    """Whether the wire is sorted: as the settings say, or where the file has no units of its own.

    >>> from ephys.model import DoseProtocol, Epoch, Session, Support
    >>> wants_sorting(Session("r1", DoseProtocol((), Support.of(Epoch(0.0, 1.0)))), Settings())
    True
    """
    return _choice(session, settings) != "wavemark"


def _choice(session: Session, settings: Settings) -> str:
    """Which units are analysed."""
    choice = settings.analysis.units
    if choice == "auto":
        return "wavemark" if session.units else "sort"
    return choice


def gather_units(
    session: Session,
    settings: Settings,
    *,
    found: Sequence[Unit] | None = None,
    progress: bool = False,
    jobs: int | None = None,
) -> tuple[Unit, ...]:
    """Return the units that the settings ask for; of both kinds, the file's own first.

    What the sorter `found` before is not sorted again.
    """
    check_jobs(jobs)
    choice = _choice(session, settings)
    if session.recording is None and not session.units:
        spikes = (
            "; name the event channel that is a spike train (spikes=..., --spikes CHANNEL)" if session.events else ""
        )
        raise ParameterError(
            f"session {session.id}: neither voltage nor units; name the channel that is the wire (wire=..., --wire "
            f"CHANNEL), if it has one: `ephys info FILE` lists them{spikes}"
        )
    if choice in ("sort", "both") and session.recording is None:
        raise ParameterError(
            f"session {session.id}: no voltage to sort; use the file's own units (units=wavemark, --units wavemark)"
        )
    if choice in ("wavemark", "both") and not session.units:
        raise ParameterError(f"session {session.id}: the file holds no units of its own; use units=sort (--units sort)")
    own = session.units if choice != "sort" else ()
    if session.recording is None or choice == "wavemark":
        return own
    if found is None:
        found = sort_units(session.recording, settings.sorting, settings.analysis.seed, progress=progress, jobs=jobs)
    if choice == "sort":
        return tuple(found)
    return (*map(_of_the_file, own), *_apart_from(own, found))


def _of_the_file(unit: Unit) -> Unit:
    """Unit whose origin says that it came with the file, even where ephys had sorted it before."""
    return replace(unit, origin="file") if unit.is_sorted_here else unit


def _apart_from(own: Sequence[Unit], found: Sequence[Unit]) -> list[Unit]:
    """Found units under names that none of the file's own has."""
    taken, ours = {unit.id for unit in own}, {unit.id for unit in found}
    names = {}
    for unit in found:
        name = unit.id
        while name in taken or (name != unit.id and name in ours):
            name = f"sorted {name}"
        names[unit.id] = name
    return rename_units(found, names)


LEAST_NOISE_UV = 0.5
"""No amplifier at an electrode has less noise in the sorting band (convention)."""


def unit_notes(units: tuple[Unit, ...]) -> tuple[str, ...]:
    """What the units say of the recording."""
    if not units:
        return (
            "no unit found: a cell needs 12 spikes that rise above 4 noise SD; `ephys info FILE` says "
            "what looks odd in the voltage",
        )
    noise_uv = min((unit.noise_uv for unit in units if unit.noise_uv > 0), default=math.inf)
    if noise_uv < LEAST_NOISE_UV:
        return (f"noise of {noise_uv:.2g} µV is less than an electrode has: is the voltage in mV? gain_uv sets it",)
    return ()


def sorter_notes(units: tuple[Unit, ...]) -> tuple[str, ...]:
    """Say what is not known of units that another program sorted."""
    others = dict.fromkeys(u.origin for u in units if SPIKEINTERFACE in u.origin and math.isnan(u.threshold_uv))
    return tuple(
        f"sorted by {origin.removeprefix('sort: ')}: how small a spike it still finds is not known, so that a cell "
        "that runs down can pass for one that is inhibited; and sorted again, it may find others, whatever the seed"
        for origin in others
    )


def preset_notes(session: Session, settings: Settings) -> tuple[str, ...]:
    """What to know of the limits."""
    species, preset = session.subject.species, settings.analysis.preset
    if preset != "auto":
        title = load_preset(preset).title
        rat, mouse = bool(_RAT.search(title)), bool(_MOUSE.search(title))
        other = (mouse and not rat and _RAT.search(species)) or (rat and not mouse and _MOUSE.search(species))
        return (f"the limits of {preset} ({title}) are not made for species {species!r}",) if other else ()
    if _MOUSE.search(species) or _RAT.search(species):
        return ()
    what = f"species {species!r} has no limits of its own" if species else "species not stated"
    return (f"{what}: limits of the rat, {choose_preset(session)}; analysis.preset (--preset) chooses others",)


def wire_notes(session: Session, settings: Settings) -> tuple[str, ...]:
    """Say that a wire was named, but the units are the file's own."""
    named = settings.reading.wire or settings.reading.group
    if not named or settings.analysis.units != "auto" or not session.units:
        return ()
    return ("a wire was named, but the units are the file's own: units sort or both (--units) sorts the wire",)


def band_notes(session: Session) -> tuple[str, ...]:
    """Say that no width can be judged for want of the amplifier's band."""
    if session.recording is None or session.recording.band_hz[0] is not None:
        return ()
    return (
        "the amplifier's band is not stated: no width is judged by limits for a wide band; state it (--band-hz LO HI)",
    )
