"""What an analysed session and its cells show of themselves in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ephys.jupyter import Html, fields_table, folded, listed, table
from ephys.model.session_html import channels_table, doses_table
from ephys.pharmacology.response_html import windows_table

if TYPE_CHECKING:
    from ephys.analysis.session import CellAnalysis, SessionAnalysis


def analysis_parts(analysis: SessionAnalysis) -> Iterator[Html]:
    """The summary, then channels; doses, and each cell's windows, folded; what else was looked at."""
    yield table(analysis.summary_columns, analysis.summary, name="units")
    if analysis.session.recording is not None:
        yield channels_table(analysis.session.recording)
    doses = doses_table(analysis.protocol)
    if doses:
        yield folded(f"administrations: {len(analysis.protocol.administrations)}", doses)
    for cell in analysis.cells:
        yield from cell_windows(cell)
    if analysis.agreement:
        yield folded("the file's own units beside those sorted here", analysis.agreement.table)
    window = analysis.baseline
    about = [f"baseline {window.start_s:g} to {window.stop_s:g} s" if window else "no baseline: nothing is called"]
    about += [f"5-HT rule: {analysis.preset}"] if analysis.preset else []
    about += [f"corrected by hand: {analysis.curation!r}"] if analysis.curation.entries else []
    yield listed("about", about)


def cell_windows(cell: CellAnalysis) -> Iterator[Html]:
    """Windows of each agonist, as they were fitted."""
    for fit in cell.fits:
        response = fit.response
        windows = fit.windows or tuple(filter(None, (response.baseline, *response.windows)))
        name = f"windows of unit {cell.unit.id}, {response.drug}"
        yield windows_table(windows, dose_unit=response.dose_unit, name=name, most_open=0)


def cell_parts(cell: CellAnalysis) -> Iterator[Html]:
    """Call and ID50 under every rule, windows, then what was measured."""
    rows = [["rate on the baseline (Hz)", f"{cell.rate_hz:.3g}"], ["5-HT call", cell.call]]
    rows += [[f"{fit.words.title}, {fit.response.drug}", cell.quote(fit)] for fit in cell.fits]
    rows += [
        [f"{fit.words.title}, {fit.response.drug}, as planned", cell.quote_planned(fit)]
        for fit in cell.fits
        if cell.planned
    ]
    rows += [["excluded by hand", cell.excluded]] if cell.excluded else []
    yield table(["", "found"], rows)
    yield from cell_windows(cell)
    told = ("unit", "responses", "fits", "flags", "corrections", "confirming", "excluded", "call_by_hand", "changes")
    yield fields_table(cell, without=told, most_open=0, depth=2)
    for name in ("flags", "corrections", "confirming"):
        yield listed(name, getattr(cell, name))
    yield listed("changes of code", [change.text for change in cell.changes])
