"""The file's own sorting beside ours: unit by unit, with rate, 5-HT call and ID50 of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ephys.jupyter import Html, Shown, common_words, shown, table
from ephys.sorting import CodeChange, UnitMatch

if TYPE_CHECKING:
    from ephys.analysis.session import CellAnalysis


@dataclass(frozen=True)
class AgreementRow(Shown):
    """One unit of the file and its partner of the sorting here.

    Parameters
    ----------
    match : UnitMatch
        Who is whose partner, how many spikes they share, and what differs.
    own, found : CellAnalysis or None
        What either gives; ``None`` where there is no such unit.
    changes : tuple of CodeChange
        Changes of code midway that cut the own unit's time.
    """

    match: UnitMatch
    own: CellAnalysis | None
    found: CellAnalysis | None
    changes: tuple[CodeChange, ...] = ()

    @property
    def accuracy(self) -> float:
        """Spikes in both over spikes in either."""
        return self.match.accuracy

    @property
    def differs(self) -> tuple[str, ...]:
        """What differs, in words: changes of code first."""
        return (*(change.text for change in self.changes), *self.match.differs)

    def _repr_html_(self) -> str:
        """Who is whose partner, and what each gives, for Jupyter."""
        told = f"{self.match.reference or 'none'} of the file, {self.match.found or 'none'} sorted here"
        return shown(self, table(Agreement((self,)).headings, [self.texts]), told=told, beside={})

    @property
    def texts(self) -> tuple[str, ...]:
        """The row as it is printed, as `Agreement.columns` names it."""
        match, cells = self.match, (self.own, self.found)
        found = bool(match.reference and match.found)
        return (
            match.reference or "-",
            match.found or "-",
            *((f"{value:.2f}" if found else "-") for value in (match.accuracy, match.share_found, match.share_extra)),
            *(f"{cell.rate_hz:.2f}" if cell else "-" for cell in cells),
            *(cell.call if cell else "-" for cell in cells),
            *((cell.id50_text or "-") if cell else "-" for cell in cells),
            "; ".join(self.differs),
        )


@dataclass(frozen=True)
class Agreement(Shown):
    """The file's own units beside those sorted here: a row per own unit, then those that only were found.

    Examples
    --------
    >>> row = AgreementRow(UnitMatch("code 1", "2", 90, 10, 0), None, None)
    >>> print(Agreement((row,)))
    Agreement(1 of the file's own units; code 1 is 2: 0.90)
    >>> dict(zip(Agreement.columns, row.texts))["share found"]
    '0.90'
    """

    rows: tuple[AgreementRow, ...] = ()

    columns = (
        "unit of the file", "sorted here", "agreement", "share found", "share extra", "rate (Hz)", "rate here (Hz)",
        "5-HT call", "call here", "ID50", "ID50 here", "what differs",
    )  # fmt: skip

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def __iter__(self) -> Iterator[AgreementRow]:
        """Row by row."""
        return iter(self.rows)

    def __getitem__(self, index: int) -> AgreementRow:
        """One row."""
        return self.rows[index]

    def __repr__(self) -> str:
        """One line: which is which, and how well."""
        own = [row.match for row in self.rows if row.match.reference]
        pairs = "; ".join(f"{m.reference} is {m.found}: {m.accuracy:.2f}" for m in own if m.found)
        return f"Agreement({len(own)} of the file's own units{'; ' if pairs else ''}{pairs})"

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns, a potency called as the unit of its doses has it."""
        cells = [cell for row in self.rows for cell in (row.own, row.found) if cell]
        name = common_words(fit.response.dose_unit for cell in cells for fit in cell.fits).title
        return tuple(
            name + column.removeprefix("ID50") if column.startswith("ID50") else column for column in self.columns
        )

    @property
    def table(self) -> Html:
        """The rows, for a notebook."""
        return table(self.headings, [row.texts for row in self.rows], name="units")

    def _repr_html_(self) -> str:
        """Which is which, and what each gives, for Jupyter."""
        return shown(self, self.table)
