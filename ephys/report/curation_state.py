"""A log replayed on a session: everything that is seen of it, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.classification import LearnedClassifier
from ephys.errors import CurationError
from ephys.model import DoseProtocol, Session, Unit
from ephys.pipeline import analyse_session, inspect_units
from ephys.pipeline.agreeing import apart
from ephys.pipeline.gathering import preset_of, sorter_notes, unit_notes
from ephys.report.blind_view import Veil, numbered
from ephys.settings import Settings
from ephys.sorting import CurationLog, curate_protocol, curate_units
from ephys.sorting.curation import CuratedUnits, Suggestion, suggest_curation
from ephys.sorting.curation.operations import Delete, Merge, Operation, Relabel, Split, SplitSpikes, names_made

DECIDED = 0.5
"""Share of the score that is left to what a person decided otherwise (convention)."""


@dataclass(frozen=True, eq=False)
class CurationState:
    """What a session looks like under one log.

    Parameters
    ----------
    session : Session
        As it was recorded; when blind, as the veil shows it.
    settings : Settings
        Of every step.
    found : tuple of Unit
        Units before any correction.
    from_wire : sequence of Unit or None
        Those of them that were sorted from the voltage, under the sorter's own names; ``None`` where none were.
    curated : CuratedUnits
        Units after, with the log.
    protocol : DoseProtocol
        The drug record after; when blind, marks without names.
    classifier : LearnedClassifier, optional
        One of the user's own for the 5-HT call.
    veil : Veil, optional
        What hides the session from whoever corrects blind.
    """

    session: Session
    settings: Settings
    found: tuple[Unit, ...]
    from_wire: Sequence[Unit] | None
    curated: CuratedUnits
    protocol: DoseProtocol
    classifier: LearnedClassifier | None = None
    veil: Veil | None = None

    @classmethod
    def replayed(
        cls,
        log: CurationLog,
        *,
        session: Session,
        settings: Settings,
        found: tuple[Unit, ...],
        from_wire: Sequence[Unit] | None,
        classifier: LearnedClassifier | None = None,
        veil: Veil | None = None,
    ) -> CurationState:
        """State under a log.

        Raises
        ------
        CurationError
            If a correction cannot be made, or not on these units any more.
        """
        protocol = veil.curated(log) if veil else curate_protocol(session.protocol, log)
        return cls(session, settings, found, from_wire, curate_units(found, log), protocol, classifier, veil)

    def moved(self, log: CurationLog) -> CurationState:
        """State of the same session under another log."""
        return CurationState.replayed(
            log,
            session=self.session,
            settings=self.settings,
            found=self.found,
            from_wire=self.from_wire,
            classifier=self.classifier,
            veil=self.veil,
        )

    @property
    def log(self) -> CurationLog:
        """The corrections, of this session and with all of its units; nothing is hidden in it."""
        return replace(self.curated.log, session=self.veil.id if self.veil else self.session.id)

    @cached_property
    def shown(self) -> CuratedUnits:
        """Units and log as they may be shown: when blind, without what was typed."""
        return self.veil.units(self.curated) if self.veil else replace(self.curated, log=self.log)

    @property
    def units(self) -> tuple[Unit, ...]:
        """Units as curated."""
        return self.curated.units

    @property
    def drawn(self) -> DoseProtocol:
        """The drug record as figures show it."""
        return numbered(self.protocol) if self.veil else self.protocol

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the session before its units are looked at."""
        return (*self.session.doubts, *unit_notes(self.found), *sorter_notes(self.found), *self.curated.notes)

    @cached_property
    def cells(self) -> tuple[CellAnalysis, ...]:
        """Call and quality of each unit, without what a drug did."""
        session = replace(self.session, protocol=self.protocol)
        return inspect_units(self.shown, session, self.settings, classifier=self.classifier)

    @property
    def inspected(self) -> SessionAnalysis:
        """The session as it is looked at while it is corrected: calls and qualities, no response and no fit."""
        session = replace(self.session, protocol=self.protocol)
        return SessionAnalysis(
            session=self.session,
            protocol=self.protocol,
            settings=self.settings,
            preset=preset_of(session, self.settings),
            baseline=self.protocol.baseline,
            cells=self.cells,
            notes=self.notes,
            curation=self.log,
        )

    @cached_property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """What the spikes suggest, clearest first; of two sortings side by side, of each by itself.

        A cell that both have is no unit found twice.
        """
        sortings = apart(self.units) if self.settings.analysis.units == "both" else (self.units,)
        recording, seed = self.session.recording, self.settings.analysis.seed
        found = [one for units in sortings for one in suggest_curation(units, recording=recording, seed=seed)]
        return tuple(sorted(map(self._weighed, found), key=lambda one: -one.score))

    def _weighed(self, suggestion: Suggestion) -> Suggestion:
        """Suggestion that says where a person decided otherwise, and stands further down then."""
        histories = [{e.number: e for e in self.curated.entries.get(name, ())} for name in suggestion.units]
        common = set.intersection(*map(set, histories))
        other = (Split, SplitSpikes) if isinstance(suggestion.operation, Merge) else Merge
        against = [
            histories[0][number] for number in sorted(common) if isinstance(histories[0][number].operation, other)
        ]
        if not against or isinstance(suggestion.operation, Delete | Relabel):
            return suggestion
        doubt = f"entry {against[-1].number} decided otherwise ({against[-1].signature})"
        return replace(suggestion, score=DECIDED * suggestion.score, against=(*suggestion.against, doubt))

    @cached_property
    def analysis(self) -> SessionAnalysis:
        """The whole analysis, dose-response included.

        Raises
        ------
        CurationError
            If it is hidden.
        """
        if self.veil:
            raise CurationError("not when blind: an analysis names drugs and doses; write the log, and analyse with it")
        return analyse_session(
            self.session, self.settings, curation=self.log, classifier=self.classifier, found=self.from_wire
        )

    def made_by(self, operation: Operation) -> tuple[Unit, ...]:
        """Units that an operation would make of these.

        Raises
        ------
        CurationError
            If it cannot be made: a call by hand stands in its way, say.
        """
        log = self.log.signed("suggested").add(operation, reason="suggested")
        made = {unit.id: unit for unit in curate_units(self.found, log).units}
        return tuple(made[name] for name in names_made(operation))
