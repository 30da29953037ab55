"""To SpikeInterface: units as a Sorting, voltage as a Recording; a segment for each unbroken stretch of time."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.errors import ParameterError
from ephys.model import Epoch, Recording, Session, Support, Unit
from ephys.sorting.foreign import spikeinterface_at_work

Thing = SessionAnalysis | Session | Recording | Sequence[Unit]

STRETCHES = "ephys_stretches"
"""Annotation of a Sorting: how many segments it has. SpikeInterface's copies forget those after the last spike."""

SUPPORT = "support_s"
"""Property of a unit: the stretches in which it is known, in s, as JSON; not what was excised, or restricted."""

_OF_A_CELL: dict[str, Callable[[CellAnalysis], str | float]] = {
    "rate_hz": lambda cell: cell.rate_hz,
    "call": lambda cell: cell.final_label,
    "call_text": lambda cell: cell.call,
    "id50": lambda cell: cell.id50_text,
    "excluded": lambda cell: cell.excluded,
    "flags": lambda cell: "; ".join(cell.flags),
}


def to_spikeinterface(source: Thing, *, recording: Recording | None = None, sampling_hz: float | None = None) -> Any:
    """Units as a SpikeInterface Sorting, or voltage as a SpikeInterface Recording.

    Segment 0, 1, ... is the first, second, ... unbroken stretch of the recording, and a spike's frame is the sample
    next to it, counted from the start of its stretch. In seconds, times are the session's own.

    Parameters
    ----------
    source : SessionAnalysis, Session, Recording or sequence of Unit
        The cells of an analysis as they were corrected, a session's own units, units from anywhere; or voltage.
    recording : Recording, optional
        The voltage of a sequence of units.
    sampling_hz : float, optional
        Frames a second, where there is no voltage; by default as the file had it.

    Returns
    -------
    spikeinterface.core.NumpySorting or spikeinterface.core.BaseRecording
        A Sorting has our names as unit ids, silent units too, and the properties ``label`` (``single_unit``,
        ``multi_unit``), ``origin`` and ``support_s``; of an analysis ``rate_hz`` (on the baseline), ``call`` (the one
        that holds), ``call_text``, ``id50`` (as it may be quoted), ``excluded`` (why, or empty) and ``flags``, too. A
        Recording is read lazily, in µV, as it was recorded, with a made-up probe.

    Raises
    ------
    ParameterError
        If SpikeInterface is not installed, there are no units, no rate is known, or spikes lie where nothing was
        recorded.

    Examples
    --------
    >>> unit = Unit.from_times([5.5, 7.0], support=Epoch(5.0, 10.0))
    >>> sorting = to_spikeinterface([unit], sampling_hz=10_000.0)
    >>> sorting.get_unit_spike_train("1"), sorting.get_unit_spike_train("1", return_times=True)
    (array([ 5000, 20000]), array([5.5, 7. ]))
    """
    with spikeinterface_at_work():
        if isinstance(source, Recording):
            from ephys.sorting.foreign_voltage import VoltageRecording

            return VoltageRecording(source)
        given = Given.of(source, recording, sampling_hz)
        sorting = _sorting(given)
        if given.recording is not None:
            from ephys.sorting.foreign_voltage import VoltageRecording

            sorting.register_recording(VoltageRecording(given.recording))
        return sorting


@dataclass(frozen=True, eq=False)
class Given:
    """What was asked to be handed over.

    Parameters
    ----------
    units : tuple of Unit
        At least one.
    cells : tuple of CellAnalysis
        What was found out about each; empty where they were not analysed.
    recording : Recording or None
        Their voltage.
    stretches : tuple of Epoch
        When something was recorded.
    sampling_hz : float
        Frames a second.
    name : str
        What messages call it.
    """

    units: tuple[Unit, ...]
    cells: tuple[CellAnalysis, ...]
    recording: Recording | None
    stretches: tuple[Epoch, ...]
    sampling_hz: float
    name: str

    @classmethod
    def of(cls, source: Any, recording: Recording | None, sampling_hz: float | None) -> Given:
        """Units of any source, with their clock.

        Raises
        ------
        ParameterError
            If it is no source, has no unit, or no clock.
        """
        cells = source.cells if isinstance(source, SessionAnalysis) else ()
        session = source.session if isinstance(source, SessionAnalysis) else source
        if isinstance(session, Session):
            name, units = f"session {session.id}", tuple(cell.unit for cell in cells) or session.units
            recording = recording or session.recording
            recorded, known_hz = session.support, session.sampling_hz
        else:
            name, units, known_hz = "units", _units(source), math.nan
            recorded = recording.support if recording is not None else _one_support(units)
        if not units:
            raise ParameterError(f"{name}: has no units to hand over; sort the wire first (ephys.sort_units)")
        if recording is not None:
            return cls(units, cells, recording, recording.support.epochs, recording.sampling_hz, name)
        hz = known_hz if sampling_hz is None else sampling_hz
        if not hz > 0:
            raise ParameterError(f"{name}: SpikeInterface counts in frames; say sampling_hz, got {hz}")
        return cls(units, cells, None, recorded.epochs, hz, name)

    def frames(self, unit: Unit) -> list[NDArray[np.int64]]:
        """Frames of a unit's spikes in each stretch.

        Raises
        ------
        ParameterError
            If a spike lies where nothing was recorded.
        """
        found = []
        for number, epoch in enumerate(self.stretches):
            inside = epoch.mask(unit.times_s)
            if number == len(self.stretches) - 1:
                inside |= unit.times_s == epoch.stop_s  # the last instant counts as inside
            frames = np.rint((unit.times_s[inside] - epoch.start_s) * self.sampling_hz).astype(np.int64)
            found.append(np.minimum(frames, round(epoch.duration_s * self.sampling_hz) - 1))
        missing = unit.n_spikes - sum(map(len, found))
        if missing:
            raise ParameterError(
                f"{self.name}: {missing} of {unit.n_spikes} spikes of unit {unit.id} lie where nothing was recorded"
            )
        return found


def _units(source: Any) -> tuple[Unit, ...]:
    """Return the units of a sequence.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if not isinstance(source, Sequence) or not all(isinstance(unit, Unit) for unit in source):
        raise ParameterError(
            f"SpikeInterface is given a SessionAnalysis, a Session, or a list of units, got {type(source).__name__}"
        )
    names = [unit.id for unit in source]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"units of the same name: {', '.join(twice)}")
    return tuple(source)


def _one_support(units: Sequence[Unit]) -> Support:
    """Return when the units were recorded, without voltage or session to tell.

    Raises
    ------
    ParameterError
        If it is not the same for all of them.
    """
    supports = {unit.support.epochs: unit.support for unit in units}
    if len(supports) > 1:
        raise ParameterError(
            "the units are known in different stretches of time, so that what was recorded cannot be told; give their "
            "recording, or the session"
        )
    return next(iter(supports.values()), Support.of(Epoch(0.0, 1.0)))


def _sorting(given: Given) -> Any:
    """Return the units as a Sorting, with all segments and silent units."""
    from spikeinterface.core import NumpySorting
    from spikeinterface.core.base import minimum_spike_dtype

    frames = [given.frames(unit) for unit in given.units]
    parts = []
    for segment in range(len(given.stretches)):
        own = [unit[segment] for unit in frames]
        part = np.zeros(sum(map(len, own)), dtype=minimum_spike_dtype)
        part["sample_index"] = np.concatenate(own)
        part["unit_index"] = np.repeat(np.arange(len(own)), [len(each) for each in own])
        part["segment_index"] = segment
        parts.append(part[np.argsort(part["sample_index"], kind="stable")])
    sorting = NumpySorting(np.concatenate(parts), given.sampling_hz, [unit.id for unit in given.units])
    sorting.name = given.name
    sorting.annotate(**{STRETCHES: len(given.stretches)})
    with_all_segments(sorting, given.stretches)
    for name, values in _properties(given).items():
        sorting.set_property(name, values)
    return sorting


def with_all_segments(sorting: Any, stretches: Sequence[Epoch]) -> None:
    """Give a NumpySorting the clock, and the segments after its last spike: it counts none that are silent."""
    from spikeinterface.core.basesorting import SpikeVectorSortingSegment

    spikes = sorting.to_spike_vector()
    for segment in range(sorting.get_num_segments(), len(stretches)):
        sorting.add_sorting_segment(SpikeVectorSortingSegment(spikes, segment, sorting.unit_ids))
    for segment, epoch in enumerate(stretches):
        sorting.shift_times(epoch.start_s - sorting.get_start_time(segment), segment_index=segment)


def _properties(given: Given) -> dict[str, NDArray[Any]]:
    """Return what is known of each unit: numbers as numbers, all else as text, which survives a merge."""
    properties: dict[str, list[str | float]] = {
        "label": ["multi_unit" if unit.multi_unit else "single_unit" for unit in given.units],
        "origin": [unit.origin for unit in given.units],
        SUPPORT: [json.dumps([(epoch.start_s, epoch.stop_s) for epoch in u.support.epochs]) for u in given.units],
    }
    if given.cells:
        properties |= {name: [value(cell) for cell in given.cells] for name, value in _OF_A_CELL.items()}
    return {name: np.array(values) for name, values in properties.items()}
