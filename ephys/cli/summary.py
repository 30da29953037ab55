"""The summary of a session, for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ephys
from ephys.cli.fitted import fitted
from ephys.cli.terminal import hanging, wrapped


def summary_values(analysis: ephys.SessionAnalysis, page: Path) -> dict[str, Any]:
    """Summary as plain values."""
    rows = [
        {
            "unit": cell.unit.id,
            "rate_hz": cell.rate_hz,
            "call": cell.call,
            "fits": [
                {"drug": fit.response.drug, "potency": fit.potency, "status": fit.status, "id50": fit.id50,
                 "id50_low": fit.id50_low, "id50_high": fit.id50_high, "text": cell.quote(fit),
                 "text_planned": cell.quote_planned(fit)}
                for fit in cell.fits
            ],
            "flags": list(cell.flags),
            "excluded": cell.excluded,
            "corrections": list(cell.corrections),
        }
        for cell in analysis.cells
    ]  # fmt: skip
    agreement = [
        {"own": row.match.reference or None, "found": row.match.found or None, "accuracy": row.accuracy,
         "matched": row.match.hits, "missed": row.match.misses, "extra": row.match.extra,
         "lag_ms": row.match.lag_s * 1e3, "id50_text": row.own.id50_text if row.own else None,
         "found_id50_text": row.found.id50_text if row.found else None, "differs": list(row.differs)}
        for row in analysis.agreement
    ]  # fmt: skip
    return {
        "session": analysis.session.id,
        "units": rows,
        "agreement": agreement,
        "notes": list(analysis.notes),
        "report": str(page),
    }


def _agreement_lines(row: ephys.AgreementRow) -> Iterator[str]:
    """One unit of the file and its partner: how well they agree, the ID50 from each, and what differs."""
    match = row.match
    if match.reference:
        shares = f" ({match.share_found:.0%} found, {match.share_extra:.0%} extra)" if match.found else ""
        found = match.found or "none"
        yield hanging(f"own unit {match.reference}: best match {found}, accuracy {match.accuracy:.2f}{shares}")
    else:
        yield hanging(f"found unit {match.found}: none of the file's own ({match.extra} spikes)")
    if row.own and row.found and (row.own.fits or row.found.fits):
        name = (row.own if row.own.fits else row.found).words.title
        yield wrapped(f"{name} from the file's unit: {row.own.id50_text or '-'}", "    ")
        yield wrapped(f"{name} from the sorting here: {row.found.id50_text or '-'}", "    ")
    yield from (wrapped(text, "    - ") for text in row.differs)


def summary_table(analysis: ephys.SessionAnalysis, page: Path) -> str:
    """Summary as a table for the terminal, the flags of each unit beneath it."""
    table = fitted(analysis.summary_columns[:-1], [row[:-1] for row in analysis.summary])
    text = [hanging(f"{analysis.session.id}: limits {analysis.preset.replace('_', ' ')}"), "", *table.head.splitlines()]
    for line, cell in zip(table.rows, analysis.cells, strict=True):
        text += [line, *(wrapped(flag, "    - ") for flag in cell.flags)]
    text += ["", *(wrapped(note, "note: ") for note in analysis.notes)]
    text += [line for row in analysis.agreement for line in _agreement_lines(row)]
    return "\n".join([*text, f"report: {page}"])
