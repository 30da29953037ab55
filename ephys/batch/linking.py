"""Which sessions' own reports the report of their cohort can refer to: those of the very records that it rests on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from ephys.analysis import CohortAnalysis
from ephys.batch.analysing import SESSIONS
from ephys.batch.blinding import Blinding
from ephys.batch.coding import record_mark
from ephys.batch.working import KEY
from ephys.io.file_names import file_name


def report_links(analysis: CohortAnalysis, folder: Path, blinding: Blinding | None) -> dict[str, str]:
    """Addresses of sessions' reports, as seen from a folder of results, by session.

    One that an earlier run left, of other settings or other files, is not among them.

    Parameters
    ----------
    analysis : CohortAnalysis
    folder : Path
        Of the results.
    blinding : Blinding or None
        Of an analysis under codes.
    """
    links = {}
    for record in analysis.sessions:
        own = folder / SESSIONS / file_name(record.session)
        mark = own / KEY
        wanted = record_mark(record, blinding) if blinding else record.key
        if (own / "report.html").is_file() and mark.is_file() and mark.read_text(encoding="utf-8").strip() == wanted:
            links[record.session] = quote(f"{SESSIONS}/{own.name}/report.html")
    return links
