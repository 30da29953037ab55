"""The animal and the recording, as far as the files and tables tell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from ephys.analysis import SessionAnalysis
from ephys.model import Monitor, Recording, Session, Source, Subject
from ephys.report.methods.text import gap, typed
from ephys.report.methods.wording import counted, listed

FORMATS = {
    ".smr": "Spike2 (.smr)", ".smrx": "Spike2 (.smrx)", ".abf": "Axon (ABF)", ".nwb": "Neurodata Without Borders (NWB)",
    ".nix": "NIX", ".plx": "Plexon", ".nex": "NeuroExplorer", ".rhd": "Intan", ".rhs": "Intan", ".mat": "MATLAB",
    ".ncs": "Neuralynx", ".nse": "Neuralynx", ".ntt": "Neuralynx", ".wav": "WAV", ".npy": "NumPy", ".npz": "NumPy",
    ".csv": "text", ".tsv": "text", ".txt": "text", ".nev": "Blackrock", ".ibw": "Igor", ".pxp": "Igor",
}  # fmt: skip
"""Formats by the extension of the file; others are not told."""

_SEXES = {"m": "male", "f": "female"}
_SIMULATED = "simulated"


def recording_sentences(analysis: SessionAnalysis) -> Iterator[str]:
    """Who was recorded, how it was prepared, and what the file holds."""
    session = analysis.session
    yield simulated_text([session.subject.preparation, *(cell.unit.origin for cell in analysis.cells)])
    yield f"Extracellular recordings were made from one animal ({animal_text(session.subject)})."
    yield preparation_text([session.subject])
    yield from _place(session)
    if session.recording is not None:
        yield _voltage(session.recording)
    elif math.isfinite(session.sampling_hz):
        yield f"Spikes came from voltage that was sampled at {session.sampling_hz:g} Hz."
    yield _length(session)
    yield _monitors(session.monitors)
    yield formats_text(session.sources)
    yield f"The experiments were approved by {gap('ethics committee and licence')}."


def animal_text(subject: Subject) -> str:
    """Species, strain, sex, age and weight, with a gap where one is not stated; group and treatment where they are."""
    stated = [typed(getattr(subject, name)) or gap(name) for name in ("species", "strain")]
    stated.append(sex_text(subject.sex) or gap("sex"))
    age = [f"age {typed(subject.age)}"] if subject.age else []
    weight = gap("weight") if math.isnan(subject.weight_g) else f"{subject.weight_g:g} g"
    told = [f"{name} {typed(text)}" for name in ("group", "treatment") if (text := getattr(subject, name))]
    return ", ".join([*stated, *age, weight, *told])


def sex_text(sex: str) -> str:
    """A sex in words, where it is stated as a letter.

    >>> sex_text("M"), sex_text("female")
    ('male', 'female')
    """
    return _SEXES.get(sex.strip().lower(), typed(sex))


def simulated_text(told: Iterable[str]) -> str:
    """Say that data are simulated, where a preparation or the origin of a unit does."""
    return "The data were simulated, not recorded." if any(_SIMULATED in text.lower() for text in told) else ""


def preparation_text(subjects: Sequence[Subject]) -> str:
    """Preparation, anaesthetic and electrode of some animals."""
    preparations = _stated(subject.preparation for subject in subjects)
    anaesthetics = _stated(subject.anaesthetic for subject in subjects)
    told = [f"preparation: {listed(preparations) or gap('preparation')}"]
    if anaesthetics or not all(_needs_none(subject) for subject in subjects):
        told.append(f"anaesthetic: {listed(anaesthetics) or gap('anaesthetic')}")
    told.append(f"electrode: {gap('electrode')}")
    return f"{told[0].capitalize() if not preparations else 'P' + told[0][1:]}; {'; '.join(told[1:])}."


def _stated(values: Iterable[str]) -> list[str]:
    """Different values that were stated."""
    return [value for value in dict.fromkeys(map(typed, values)) if value]


def _needs_none(subject: Subject) -> bool:
    """Whether the preparation is one without an anaesthetic: a slice, or an animal that is awake."""
    return any(word in subject.preparation.lower() for word in ("slice", "vitro", "awake", "freely"))


def _place(session: Session) -> Iterator[str]:
    """Where the cell was met."""
    depth = "" if math.isnan(session.depth_um) else f"{session.depth_um:g} µm"
    told = [f"track {typed(session.track)}"] if session.track else []
    told += [f"a depth of {depth}"] if depth else []
    if told:
        yield f"The electrode stood in {listed(told)}." if session.track else f"The electrode stood at {told[0]}."
    yield (
        f"The electrode was aimed at {gap('target and stereotaxic coordinates')}; its place was confirmed by "
        f"{gap('histology')}."
    )


def _voltage(recording: Recording) -> str:
    """Channels, sampling rate and amplifier."""
    named = zip(("lower", "upper"), recording.band_hz, strict=True)
    edges = [gap(f"{name} edge of the amplifier's band") if edge is None else f"{edge:g}" for name, edge in named]
    amplifier = (
        f"{' to '.join(edges)} Hz" if any(edge is not None for edge in recording.band_hz) else gap("amplifier's band")
    )
    wires = counted(recording.n_channels, "channel")
    sampled = f"The voltage of {wires} was sampled at {recording.sampling_hz:g} Hz"
    return f"{sampled} (amplifier: {amplifier})."


def _length(session: Session) -> str:
    """How long was recorded, and in how many stretches."""
    pauses = len(session.support.gaps)
    broken = f", in {counted(pauses + 1, 'stretch', 'stretches')}" if pauses else ""
    return f"The recording lasted {session.support.duration_s / 60.0:.1f} min{broken}."


def _monitors(monitors: Sequence[Monitor]) -> str:
    """What else was recorded; names are the laboratory's and stay in the report."""
    kinds = list(dict.fromkeys(monitor.kind for monitor in monitors if monitor.kind))
    return f"Recorded beside it: {listed(kinds)}." if kinds else ""


def suffixes_of(sources: Iterable[Source]) -> list[str]:
    """Different extensions of files, in their order."""
    return list(dict.fromkeys(PurePath(source.path).suffix.lower() for source in sources))


def formats_text(sources: Iterable[Source]) -> str:
    """Formats that were read; empty where none is known. A table beside a recording is no recording."""
    known = [FORMATS[suffix] for suffix in suffixes_of(sources) if suffix in FORMATS]
    binary = [name for name in dict.fromkeys(known) if name != "text"]
    named = binary or list(dict.fromkeys(known))
    return f"Files were in {listed(named)} format." if named else ""
