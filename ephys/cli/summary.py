"""The summary of a session, for the terminal and as JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import ephys
from ephys.cli.running import WIDTH, wrapped


def summary_values(analysis: ephys.SessionAnalysis, page: Path) -> dict[str, Any]:
    """Summary as plain values; what is not a number is null."""
    rows = [
        {
            "unit": cell.unit.id,
            "rate_hz": cell.rate_hz,
            "call": cell.call,
            "fits": [
                {"drug": fit.response.drug, "status": fit.status, "id50": _number(fit.id50),
                 "id50_low": _number(fit.id50_low), "id50_high": _number(fit.id50_high), "text": cell.quote(fit),
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
        {"own": m.reference or None, "found": m.found or None, "accuracy": m.accuracy, "matched": m.hits,
         "missed": m.misses, "extra": m.extra}
        for m in analysis.agreement
    ]  # fmt: skip
    return {
        "session": analysis.session.id,
        "units": rows,
        "agreement": agreement,
        "notes": list(analysis.notes),
        "report": str(page),
    }


def _number(value: float) -> float | None:
    """Value that JSON can hold."""
    return value if math.isfinite(value) else None


def summary_table(analysis: ephys.SessionAnalysis, page: Path) -> str:
    """Summary as a table for the terminal, the flags of each unit beneath it."""
    rows = [analysis.summary_columns[:-1], *(row[:-1] for row in analysis.summary)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *lines = ("  ".join(f"{v:<{w}}" for v, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    text = [f"{analysis.session.id}: limits {analysis.preset.replace('_', ' ')}", "", head, "-" * WIDTH]
    for line, cell in zip(lines, analysis.cells, strict=True):
        text += [line, *(wrapped(flag, "    - ") for flag in cell.flags)]
    text += ["", *(wrapped(note, "note: ") for note in analysis.notes)]
    for match in analysis.agreement:
        if match.reference:
            text.append(
                f"own unit {match.reference}: best match {match.found or 'none'}, accuracy {match.accuracy:.2f}"
            )
        else:
            text.append(f"found unit {match.found}: none of the file's own ({match.extra} spikes)")
    return "\n".join([*text, f"report: {page}"])
