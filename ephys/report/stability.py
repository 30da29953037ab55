"""How steady the baseline is, as rows of text."""

from __future__ import annotations

from collections.abc import Iterator

from ephys.analysis import CellAnalysis
from ephys.firing import Stability


def stability_rows(cell: CellAnalysis) -> Iterator[tuple[str, str]]:
    """Verdict with its reasons, that of the baseline fixed in advance beside it, and the slope carried on."""
    if cell.stability is not None:
        yield "steadiness", _steadiness_text(cell.stability)
    if cell.planned is not None and cell.planned.stability is not None:
        yield "steadiness of the baseline fixed in advance", _steadiness_text(cell.planned.stability)
    if cell.drift is not None and cell.drift.text:
        yield "slope carried on", cell.drift.told(cell.words.dose)


def _steadiness_text(stability: Stability) -> str:
    """Verdict, and why."""
    return f"{stability.verdict.replace('_', ' ')}: {'; '.join(stability.reasons)}"
