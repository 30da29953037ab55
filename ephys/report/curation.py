"""Correcting in a notebook: one object that remembers where one is, and shows it after every step."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ephys.analysis import SessionAnalysis
from ephys.errors import CurationError, ParameterError
from ephys.io.atomic import write_text
from ephys.io.curation import write_curation
from ephys.io.phy_curation import read_phy_curation
from ephys.io.phy_out import write_phy
from ephys.io.spikeinterface_curation import write_spikeinterface_curation
from ephys.io.spikeinterface_decisions import read_spikeinterface_curation
from ephys.model import DoseProtocol, Session, Unit
from ephys.report.blind_view import NO_EXCHANGE, NO_MARKS
from ephys.report.curation_page import entry_texts, render_compact, render_curation
from ephys.report.curation_state import CurationState
from ephys.sorting import CurationLog
from ephys.sorting.curation import Suggestion, operations
from ephys.sorting.curation.operations import Call, Label, Operation
from ephys.sorting.curation.parting import measure_parts

BY_EYE = "by eye, no reason typed"
"""Reason in the log where none was typed and none must be."""

_SHOWN_BY_SPIKES = (
    operations.Merge,
    operations.Split,
    operations.SplitSpikes,
    operations.Delete,
    operations.Relabel,
    operations.Restrict,
)
"""Corrections for which the spikes stand as a reason; a call, an exclusion and the drug record need words."""

UnitName = str | int


class Curation:
    """A session while it is corrected; `curate` makes one.

    Everything else in this package is a value. This one object has a state, on purpose: each verb moves it to a new log
    and returns it, so that it is drawn anew as the last line of a notebook's cell. What it holds are values still: a
    `log` that was taken from it stays as it was.

    Units may be named by whole numbers. A correction that the spikes show (merge, split, delete, relabel, restrict,
    undo, redo) may be made without a reason, and the log then says so; a call, an exclusion, and what concerns doses,
    baseline and windows may not.

    When blind, all that it holds and shows is without names, but for `log`: that one is for the machine.

    Parameters
    ----------
    state : CurationState
        Where to begin; then, all that is seen under the present log.
    by : str
        Who signs.
    """

    def __init__(self, state: CurationState, *, by: str) -> None:
        self.state = state
        self._by = by

    @property
    def session(self) -> Session:
        """The session as it was recorded; when blind, without names."""
        return self.state.session

    @property
    def log(self) -> CurationLog:
        """The corrections so far, under true names even when blind."""
        return self.state.log

    @property
    def units(self) -> tuple[Unit, ...]:
        """Units as curated."""
        return self.state.units

    @property
    def protocol(self) -> DoseProtocol:
        """The drug record as curated; when blind, marks alone."""
        return self.state.protocol

    @property
    def told(self) -> tuple[str, ...]:
        """Every entry of the log in words; when blind, without reasons, drugs and doses."""
        return entry_texts(self.state)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """What the spikes suggest now, clearest first."""
        return self.state.suggestions

    @property
    def analysis(self) -> SessionAnalysis:
        """The whole analysis under the present log, dose-response included; made when asked for, and not when blind."""
        return self.state.analysis

    def add(self, operation: Operation, *, reason: str = "") -> Curation:
        """Make one correction.

        Raises
        ------
        CurationError
            If it cannot be made, or needs a reason; everything then stays as it was.
        """
        if self.state.veil and isinstance(operation, operations.MarkOperation):
            raise CurationError(f"{operations.operation_name(operation)}: {NO_MARKS}")
        given = reason.strip()
        if not given and not isinstance(operation, _SHOWN_BY_SPIKES):
            raise CurationError(
                f"{operations.operation_name(operation)}: no reason given; the spikes do not show it: say why "
                "(reason='...', on the command line --note '...')"
            )
        return self._move(lambda log: log.add(operation, reason=given or BY_EYE))

    def _move(self, step: Callable[[CurationLog], CurationLog]) -> Curation:
        """Move to the log that one step makes, if it can be replayed."""
        if not self._by:
            raise CurationError("nobody signs: say who, as by='A. Name'")
        self.state = self.state.moved(step(self.log.signed(self._by)))
        return self

    def merge(self, *units: UnitName, reason: str = "", name: UnitName = "") -> Curation:
        """Several units are one cell."""
        return self.add(operations.Merge(tuple(map(str, units)), str(name)), reason=reason)

    def split(
        self,
        unit: UnitName,
        *,
        at_s: float | None = None,
        at_uv: float | None = None,
        by_shape: int | None = None,
        reason: str = "",
    ) -> Curation:
        """One unit is two cells, parted at a time or an amplitude, or so many by the shape of their spikes."""
        given = {"at_s": at_s, "at_uv": at_uv, "by_shape": by_shape}
        if sum(value is not None for value in given.values()) != 1:
            raise ParameterError(f"split of unit {unit}: say one of {', '.join(given)}")
        if at_s is not None:
            return self.add(operations.Split(str(unit), "time", at_s), reason=reason)
        if at_uv is not None:
            return self.add(operations.Split(str(unit), "amplitude", at_uv), reason=reason)
        assert by_shape is not None  # one of the three is given
        return self.add(self._parted(str(unit), by_shape), reason=reason)

    def _parted(self, name: str, parts: int) -> operations.SplitSpikes:
        """Correction that parts a unit by shape."""
        seed = self.state.settings.analysis.seed
        parted = measure_parts(self._unit(name), parts=parts, recording=self.session.recording, seed=seed)
        if parted.valley >= 1.0:
            raise CurationError(
                f"unit {name}: {parted.text}, so that where to part it would be arbitrary; split it at a time or at an "
                "amplitude instead, if you see two cells there"
            )
        times = tuple(tuple(part.tolist()) for part in parted.times_s)
        return operations.SplitSpikes(name, times, how=f"{parts} clusters of shape, seed {seed}: {parted.text}")

    def _unit(self, name: str) -> Unit:
        """Unit as curated, by its name."""
        named = {unit.id: unit for unit in self.units}
        if name not in named:
            raise CurationError(f"no unit {name!r}; there are {', '.join(named) or 'none'}")
        return named[name]

    def delete(self, unit: UnitName, *, reason: str = "") -> Curation:
        """A unit is no cell."""
        return self.add(operations.Delete(str(unit)), reason=reason)

    def relabel(self, unit: UnitName, label: Label, *, reason: str = "") -> Curation:
        """A unit is one cell (``"single_unit"``) or several (``"multi_unit"``)."""
        return self.add(operations.Relabel(str(unit), label), reason=reason)

    def restrict(self, unit: UnitName, start_s: float, stop_s: float, *, reason: str = "") -> Curation:
        """A unit is that cell only from `start_s` to `stop_s`."""
        return self.add(operations.Restrict(str(unit), start_s, stop_s), reason=reason)

    def override_call(self, unit: UnitName, call: Call, *, reason: str) -> Curation:
        """State one's own 5-HT call; the rule's stays beside it."""
        return self.add(operations.OverrideCall(str(unit), call), reason=reason)

    def exclude_cell(self, unit: UnitName, *, reason: str) -> Curation:
        """Mark a unit as not to be summarised."""
        return self.add(operations.ExcludeCell(str(unit)), reason=reason)

    def move_dose(self, drug: str, given_s: float, to_s: float, *, reason: str) -> Curation:
        """Say when the dose that is marked at `given_s` was given."""
        return self.add(operations.MoveDose(drug, given_s, to_s), reason=reason)

    def edit_dose(self, drug: str, given_s: float, dose: float, unit: str, *, reason: str) -> Curation:
        """Say how much was given at `given_s`, in the record's unit as typed or as converted (``"ug/kg"``...)."""
        return self.add(operations.EditDose(drug, given_s, dose, unit), reason=reason)

    def delete_dose(self, drug: str, given_s: float, *, reason: str) -> Curation:
        """Say that nothing was given at `given_s`."""
        return self.add(operations.DeleteDose(drug, given_s), reason=reason)

    def exclude_dose(self, drug: str, given_s: float, *, reason: str) -> Curation:
        """Leave the window of one dose out of the fit."""
        return self.add(operations.ExcludeDose(drug, given_s), reason=reason)

    def draw_baseline(self, start_s: float, stop_s: float, *, reason: str) -> Curation:
        """Choose another baseline; every table says so."""
        return self.add(operations.DrawBaseline(start_s, stop_s), reason=reason)

    def draw_window(self, drug: str, given_s: float, start_s: float, stop_s: float, *, reason: str) -> Curation:
        """Choose another read-out window for one dose; every table says so."""
        return self.add(operations.DrawWindow(drug, given_s, start_s, stop_s), reason=reason)

    def undo(self, entry: int | None = None, *, reason: str = "") -> Curation:
        """Take one entry back, by default the last that holds."""
        return self._move(lambda log: log.undo(entry, reason=reason.strip() or BY_EYE))

    def redo(self, *, reason: str = "") -> Curation:
        """Bring back what was undone last."""
        return self._move(lambda log: log.redo(reason=reason.strip() or BY_EYE))

    def accept(self, suggestion: Suggestion | int, *, reason: str = "") -> Curation:
        """Make a suggested correction, itself or its number from 1; without a reason, its own reasons stand."""
        if not isinstance(suggestion, Suggestion):
            if not 1 <= suggestion <= len(self.suggestions):
                raise ParameterError(f"no suggestion {suggestion}; there are {len(self.suggestions)}")
            suggestion = self.suggestions[suggestion - 1]
        return self.add(suggestion.operation, reason=reason or f"as suggested: {'; '.join(suggestion.reasons)}")

    def from_phy(self, folder: str | os.PathLike[str], *, reason: str = "curated in Phy") -> Curation:
        """Take over what was merged, split and labelled in Phy, in a folder that was written under the present log."""
        self._check_open()
        found = self.state.found
        return self._move(lambda log: read_phy_curation(folder, log, units=found, by=log.by, reason=reason))

    def from_spikeinterface(
        self, path: str | os.PathLike[str], *, reason: str = "curated in SpikeInterface"
    ) -> Curation:
        """Take over a curation of SpikeInterface, or of its GUI, of the units as they are now."""
        self._check_open()
        found = self.state.found
        return self._move(lambda log: read_spikeinterface_curation(path, log, units=found, by=log.by, reason=reason))

    def _check_open(self) -> None:
        """Raise when blind: what other programs write and are given has names."""
        if self.state.veil:
            raise CurationError(NO_EXCHANGE)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the log as JSON, to be given to the next run."""
        return write_curation(self.log, path)

    def write_page(self, path: str | os.PathLike[str], *, command: str = "ephys curate FILE") -> Path:
        """Write the page as one HTML file; `command` is what its corrections are typed behind."""
        return write_text(path, render_curation(self.state, command=command))

    def write_phy(self, folder: str | os.PathLike[str]) -> Path:
        """Write units and voltage as a folder of Phy, with calls and rates beside them, and without the ID50."""
        self._check_open()
        return write_phy(self.state.inspected, folder)

    def write_spikeinterface(self, path: str | os.PathLike[str]) -> Path:
        """Write what holds as a curation of SpikeInterface, of the units as they were found."""
        self._check_open()
        return write_spikeinterface_curation(self.log, path, units=self.state.found)

    def _repr_html_(self) -> str:
        """The page in short, for Jupyter."""
        return render_compact(self.state)

    def __repr__(self) -> str:
        """One line: session, units, corrections."""
        return f"Curation({self.session.id!r}: {len(self.units)} units, {len(self.log.active)} corrections)"
