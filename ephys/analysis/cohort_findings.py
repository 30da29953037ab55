"""What the cells of a cohort say together beside their dose-responses: of antagonists, and of ejections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ephys.analysis.cohort import CohortAnalysis, FoundCell
from ephys.analysis.finding import Finding
from ephys.errors import ParameterError
from ephys.pharmacology import (
    EjectionComparison,
    Ejections,
    Recovery,
    Reversal,
    Reversals,
    compare_ejections,
    compare_reversals,
)


@dataclass(frozen=True)
class CohortFindings:
    """Findings of the cells that count.

    Parameters
    ----------
    reversals : tuple of Reversals
        One per agonist that an antagonist followed.
    ejections : tuple of EjectionComparison
        One per drug that was ejected by a current.
    not_told : tuple of str
        What could not be told, and why.
    """

    reversals: tuple[Reversals, ...] = ()
    ejections: tuple[EjectionComparison, ...] = ()
    not_told: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[Finding, ...]:
        """All of them."""
        return (*self.reversals, *self.ejections)

    def __str__(self) -> str:
        """The answers, one below the other; empty where there is none."""
        return "\n\n".join([*(f"{one}" for one in self.told), *(f"not told: {reason}" for reason in self.not_told)])


def cohort_findings(analysis: CohortAnalysis) -> CohortFindings:
    """Hold each return after an antagonist against the recoveries of the cohort, and compare groups of ejections.

    Cells that exclusions leave out, for what they are on their baseline, are in neither. Of two drugs or more that
    were ejected, each is compared with the first from the same electrode, else with the control current.

    Parameters
    ----------
    analysis : CohortAnalysis
    """
    not_told: list[str] = []
    reversals = [one for drug in _drugs(analysis) if (one := _reversals(analysis, drug, not_told)) is not None]
    return CohortFindings(tuple(reversals), tuple(_ejections(analysis, not_told)), tuple(not_told))


def _drugs(analysis: CohortAnalysis) -> tuple[str, ...]:
    """Agonists that an antagonist followed in any cell."""
    return tuple(dict.fromkeys(one.drug for cell in analysis.cells for one in cell.record.reversals))


def _reversals(analysis: CohortAnalysis, drug: str, not_told: list[str]) -> Reversals | None:
    """What antagonists did after one agonist; ``None`` where no cell that counts tells."""
    cells: list[Reversal] = []
    recoveries: list[Recovery] = []
    for cell in analysis.cells:
        if counts_beside(analysis, cell):
            cells.extend(one for one in cell.reversals if one.drug == drug)
            recoveries.extend(one for one in cell.recoveries if one.drug == drug)
    if not cells:
        return None
    try:
        return compare_reversals(cells, recoveries)
    except ParameterError as error:
        not_told.append(f"antagonist after {drug}: {error}")
        return None


def counts_beside(analysis: CohortAnalysis, cell: FoundCell) -> bool:
    """Whether a cell counts beside the dose-responses: rules for a whole curve, as too few doses, do not take it."""
    return analysis.exclusions.analysed(cell.facts[0], "cell")


def _ejections(analysis: CohortAnalysis, not_told: list[str]) -> Iterator[EjectionComparison]:
    """Groups compared within electrodes, drug by drug."""
    found: list[Ejections] = []
    for cell in analysis.cells:
        if cell.ejections is not None and counts_beside(analysis, cell):
            found.append(cell.ejections)
    drugs = list(dict.fromkeys(drug for one in found for drug in one.drugs))
    asked = [(drug, drugs[0]) for drug in drugs[1:]] or [(drug, "control") for drug in drugs]
    for drug, against in asked:
        try:
            yield compare_ejections(
                found, drug=drug, against=against, reference=analysis.settings.cohort.reference or None
            )
        except ParameterError as error:
            not_told.append(f"ejections of {drug}: {error}")
