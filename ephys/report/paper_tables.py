"""The paper's tables of a cohort, as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ephys.analysis import CohortAnalysis, PaperTable, Selection, group_table, id50_table
from ephys.io.atomic import write_text

PAGE = "paper_tables.html"
_SELECTIONS: tuple[Selection, ...] = ("with exclusions", "without exclusions")
_HEAD = '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Tables</title></head>\n<body>\n'


def write_paper_tables(analysis: CohortAnalysis, folder: Path, *, relabel: Callable[[str], str] = str) -> None:
    """Write the tables of groups and of ID50s: as they are printed, with their notes, and with exclusions as CSV.

    Parameters
    ----------
    analysis : CohortAnalysis
    folder : Path
        Which gets ``paper_tables.html``, with exclusions and without, ``paper_groups.csv`` and ``paper_id50s.csv``.
    relabel : callable, optional
        What to write in place of each text of a table.
    """
    found: dict[str, list[PaperTable]] = {
        "groups": [group_table(analysis, selection=selection).relabelled(relabel) for selection in _SELECTIONS],
        "id50s": [id50_table(analysis, selection=selection).relabelled(relabel) for selection in _SELECTIONS],
    }
    body = "\n".join(table.to_html() for tables in found.values() for table in tables)
    write_text(folder / PAGE, f"{_HEAD}{body}</body>\n</html>\n")
    for name, (first, *_) in found.items():
        write_text(folder / f"paper_{name}.csv", first.to_csv())
