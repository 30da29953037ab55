"""What a result of any protocol beside the dose-response tells of itself, so that one page can show them all."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Finding(Protocol):
    """A result with its table, its doubts and its methods.

    A reversal, ejections, an antagonist's shift, receptor reserve, binding, dialysis, latencies.

    `str` of it is the answer, in a few lines.
    """

    @property
    def title(self) -> str:
        """What it is a result of."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings of `rows`, with units."""

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table as it is printed: intervals inside, bounds as bounds."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before a number is used."""

    @property
    def methods(self) -> str:
        """What was computed, in the past tense, for a Methods section."""

    def as_rows(self) -> list[dict[str, Any]]:
        """The numbers in full, for a table that programs read."""
