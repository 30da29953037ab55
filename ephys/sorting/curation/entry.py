"""One correction: what was done, by whom, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ephys.errors import CurationError
from ephys.jupyter import Shown
from ephys.sorting.curation.operations import Operation, operation_name
from ephys.sorting.curation.wording import operation_text


@dataclass(frozen=True, slots=True)
class Entry(Shown):
    """One correction.

    Parameters
    ----------
    number : int
        Its place in the log, from 1.
    operation : Operation
        What was done.
    by : str
        Who did it.
    at : datetime
        When, with its time zone.
    reason : str
        Why, as typed.

    Raises
    ------
    CurationError
        If nobody signs, no reason is given, or the time has no zone.
    """

    number: int
    operation: Operation
    by: str
    at: datetime
    reason: str

    def __post_init__(self) -> None:
        what = self.title
        if not (isinstance(self.by, str) and isinstance(self.reason, str)):
            raise CurationError(f"{what}: by and reason are texts, got {self.by!r} and {self.reason!r}")
        if not self.by.strip():
            raise CurationError(f"{what}: nobody signed it; say who, as log.signed('A. Name')")
        if not self.reason.strip():
            raise CurationError(f"{what}: no reason given; say why, a referee will ask")
        if self.at.tzinfo is None:
            raise CurationError(
                f"{what}: {self.at.isoformat()} has no time zone; write it as 2026-03-01T14:30:00+01:00"
            )

    @property
    def title(self) -> str:
        """Number and name, for messages."""
        return f"entry {self.number} ({operation_name(self.operation)})"

    @property
    def text(self) -> str:
        """What was done, why, by whom and when."""
        return f"{operation_text(self.operation)}: {self.reason} ({self.signature})"

    @property
    def signature(self) -> str:
        """Who and when."""
        return f"{self.by}, {self.at:%Y-%m-%d}"
