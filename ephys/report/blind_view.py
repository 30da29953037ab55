"""A session as one sees it who corrects without knowing what it is: no name, no animal, no group, no drug, no dose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ephys.errors import CurationError, EphysError
from ephys.model import Administration, DoseProtocol, Session, Subject
from ephys.sorting import CurationLog, curate_protocol
from ephys.sorting.curation import CuratedUnits, Entry
from ephys.sorting.curation.operations import EditDose, MarkOperation, Operation, SplitSpikes
from ephys.sorting.curation.wording import operation_text, seconds

SESSION = "session"
"""Every session's name."""

REASON = "reason hidden"
"""Stands in place of what somebody typed."""

NO_MARKS = (
    "not when blind: the drug record is corrected by the drug's name, which is hidden. Somebody who is not blind can "
    "do it, into the same log"
)
"""Why a dose is not corrected here."""

NO_EXCHANGE = (
    "not when blind: what another program is given, and gives back, names the session and what was typed. Somebody who "
    "is not blind can do it, into the same log"
)
"""Why nothing is exchanged here."""

_KEPT = ("species", "anaesthetic", "preparation")  # the limits of the 5-HT call rest on them
_MARK = "mark"
_UNKNOWN = "a mark that is not in the record"


@dataclass(frozen=True)
class Veil:
    """What is hidden of one session, and what stands in its place.

    Marks are called "mark 1", "mark 2"... in the order of the record, so that one that is moved keeps its name.

    Parameters
    ----------
    id : str
        True name of the session.
    protocol : DoseProtocol
        The drug record as it came.
    """

    id: str = field(repr=False)
    protocol: DoseProtocol = field(repr=False)

    @classmethod
    def over(cls, session: Session) -> Veil:
        """Hide a session."""
        return cls(session.id, session.protocol)

    def session(self, session: Session) -> Session:
        """Session with nothing in it that would tell; what its reader noted is counted only."""
        doubts = len(session.doubts)
        told = (f"notes on the recording that may name what is hidden: {doubts}, not shown",) if doubts else ()
        shown = Subject(**{name: getattr(session.subject, name) for name in _KEPT})
        return replace(
            session, id=SESSION, protocol=_bare(self._named, self._named), events=(), subject=shown, sources=(),
            doubts=told, started_at=None, track="", depth_um=math.nan, order="",
        )  # fmt: skip

    def curated(self, log: CurationLog) -> DoseProtocol:
        """Marks under a log, with the baseline that follows from it.

        Raises
        ------
        CurationError
            If the log cannot be replayed on the drug record; it does not say why, since that would tell.
        """
        with errors_hidden("the log cannot be replayed on the drug record; a baseline must end before the first drug"):
            curate_protocol(self.protocol, log)  # what is accepted here must hold where nothing is hidden
            return _bare(curate_protocol(self._named, self.log(log)), self._named)

    def units(self, curated: CuratedUnits) -> CuratedUnits:
        """Units with what was done to them, by whom and when, without the reasons."""
        entries = {name: tuple(map(self._entry, each)) for name, each in curated.entries.items()}
        return replace(curated, entries=entries, log=self.log(curated.log))

    def log(self, log: CurationLog) -> CurationLog:
        """Log under neutral names."""
        return replace(log, session=SESSION, entries=tuple(map(self._entry, log.entries)))

    @property
    def _named(self) -> DoseProtocol:
        """The drug record as it came, with marks in place of drugs."""
        marks = enumerate(self.protocol.administrations, start=1)
        return replace(
            self.protocol,
            administrations=tuple(replace(given, drug=_mark(number), text="") for number, given in marks),
        )

    def _entry(self, entry: Entry) -> Entry:
        """Entry without what was typed."""
        operation = entry.operation
        if isinstance(operation, SplitSpikes):
            operation = replace(operation, how="")
        elif isinstance(operation, MarkOperation):
            operation = replace(operation, drug=self._mark_of(operation))
        return replace(entry, operation=operation, reason=REASON)

    def _mark_of(self, operation: MarkOperation) -> str:
        """Name of the mark that is meant: that of this drug which is nearest to the time typed."""
        apart_s = {
            number: abs(given.start_s - operation.given_s)
            for number, given in enumerate(self.protocol.administrations, start=1)
            if given.drug.lower() == operation.drug.lower()
        }
        return _mark(min(apart_s, key=lambda number: apart_s[number])) if apart_s else _UNKNOWN


def numbered(protocol: DoseProtocol) -> DoseProtocol:
    """Marks as they are drawn: one series of numbers, however many there are, where each name would need its room."""
    return replace(
        protocol,
        administrations=tuple(
            replace(given, drug=_MARK, dose=float(given.drug.removeprefix(_MARK))) for given in protocol.administrations
        ),
    )


def shown_text(operation: Operation) -> str:
    """What was done, in words without a dose.

    >>> shown_text(EditDose("mark 2", 270.0, 25.0, "ug/kg"))
    'mark 2 at 270 s: dose corrected'
    """
    if isinstance(operation, EditDose):
        return f"{operation.drug} at {seconds(operation.given_s)}: dose corrected"
    return operation_text(operation)


@contextmanager
def errors_hidden(told: str) -> Iterator[None]:
    """Say something else in place of an error that may name what is hidden."""
    try:
        yield
    except (EphysError, OSError) as error:
        raise CurationError(
            f"{told} ({type(error).__name__}: what it says may name what is hidden; without blinding it is shown)"
        ) from None


def _mark(number: int) -> str:
    """Name of a mark."""
    return f"{_MARK} {number}"


def _bare(protocol: DoseProtocol, named: DoseProtocol) -> DoseProtocol:
    """Marks with their times and nothing else; what they were is not needed any more once the baseline is known."""
    return DoseProtocol(
        tuple(
            Administration(given.drug, given.start_s, given.stop_s, role="other") for given in protocol.administrations
        ),
        named.recorded,
        drawn_baseline=protocol.baseline,
    )
