"""The 5-HT call as tables: its criteria, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator

from ephys.analysis import CellAnalysis
from ephys.classification import Classification
from ephys.report.tables import Table


def criteria_table(classification: Classification) -> Table:
    """Every criterion of the call."""
    rows = tuple(
        (c.name, c.value_text, c.limit, c.verdict.replace("_", " "), c.note, c.source)
        for c in classification.criteria
    )  # fmt: skip
    head = ("criterion", "value (95 %)", "limit", "verdict", "note", "source of the limit")
    return Table(f"5-HT call of {classification.title}", head, rows, unbroken=frozenset({0, 1, 3}))


def beside_table(cell: CellAnalysis) -> Table | None:
    """What the engines say that did not decide, and what the drug did; ``None`` where the unit was not judged."""
    if cell.classification is None:
        return None
    rows = (*_probabilities(cell.classification), *(("drug response", text) for text in cell.confirming))
    return Table("Beside the 5-HT call", ("what", "finding"), rows, unbroken=frozenset({0}))


def _probabilities(classification: Classification) -> Iterator[tuple[str, str]]:
    """Probability of being serotonergic by each engine that has one, and what it rests on."""
    evidence, learned = classification.evidence, classification.learned
    if evidence is not None:
        decides = " (decides)" if classification.engine == "evidence" else ""
        yield f"probability by published distributions{decides}", evidence.text
        if evidence.steps:
            yield "prior", evidence.prior_source
            yield from ((f"distributions of {step.feature}", "; ".join(step.rests_on)) for step in evidence.steps)
            yield from (("not weighed", note) for note in evidence.notes)
        if evidence.strange:
            yield "outside", evidence.strange
    if learned is not None:
        decides = " (decides)" if classification.engine == "learned" else ""
        yield f"probability by a learned classifier{decides}", learned.text
