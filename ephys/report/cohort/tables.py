"""The tables of a cohort's page, as text: nothing is computed here that was not computed before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ephys.analysis import CohortAnalysis, FoundCell, PaperTable, Selection, group_table, id50_table
from ephys.pharmacology import ExcludedSeries, Exclusions
from ephys.report.cohort.summary import NO_GROUP, SELECTIONS
from ephys.report.tables import UNKNOWN, Table, nested_table, number
from ephys.report.templating import VERDICT_MARKS

_STRUCTURED = ("settings", "cohort", "sessions", "tables", "failures", "command")
"""What provenance says that has a table of its own, or stands elsewhere on the page."""


@dataclass(frozen=True)
class NotedTable:
    """A table with what stands beneath it."""

    table: Table
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CellLine:
    """One cell as its row of the page has it.

    Parameters
    ----------
    name, animal, group, session, unit, rate, fate : str
    call, mark : str
        What it is called, and the class of that in the style sheet.
    id50s : tuple of str
        Of each drug, in the order of the table's columns.
    state : str
        Whether it counts.
    reasons : tuple of str
        Why it does not.
    flags : tuple of str
    report : str
        Address of the session's own report, as seen from the page; empty where there is none.
    """

    name: str
    animal: str
    group: str
    session: str
    unit: str
    call: str
    mark: str
    rate: str
    fate: str
    id50s: tuple[str, ...]
    state: str
    reasons: tuple[str, ...]
    flags: tuple[str, ...]
    report: str


def paper_tables(analysis: CohortAnalysis) -> tuple[NotedTable, ...]:
    """Tables 1 and 2 of a paper, with exclusions and without."""
    return tuple(
        _noted(f"Table {number}. ", make(analysis, selection=selection))
        for number, make in ((1, group_table), (2, id50_table))
        for selection in _told_selections(analysis)
    )


def _told_selections(analysis: CohortAnalysis) -> Sequence[Selection]:
    """Selections that were asked; the first alone where none was."""
    return [one for one in SELECTIONS if analysis.answers_of(one)] or SELECTIONS[:1]


def _noted(head: str, paper: PaperTable) -> NotedTable:
    """A paper's table as the page has it."""
    return NotedTable(Table(f"{head}{paper.title}", paper.columns, paper.rows), paper.notes)


def drugs_of(analysis: CohortAnalysis) -> tuple[str, ...]:
    """Drugs whose ID50 any cell has, in the order of the answers, then of the cells."""
    answered = (drug.drug for answers in analysis.answers for drug in answers.drugs)
    fitted = (str(row["drug"]) for cell in analysis.cells for row in cell.record.fit_rows)
    return tuple(dict.fromkeys([*answered, *fitted]))


def cell_lines(analysis: CohortAnalysis, reports: Mapping[str, str]) -> Iterator[CellLine]:
    """A line for each cell that was found.

    Parameters
    ----------
    analysis : CohortAnalysis
    reports : mapping of str to str
        Addresses of the sessions' own reports, by session.
    """
    drugs = drugs_of(analysis)
    for cell in analysis.cells:
        row, fits = cell.record.unit_row, {str(fit["drug"]): fit for fit in cell.record.fit_rows}
        state, reasons = _state(analysis.exclusions, cell)
        yield CellLine(
            name=cell.name,
            animal=cell.planned.animal,
            group=cell.planned.group or NO_GROUP,
            session=cell.session.session,
            unit=cell.record.unit,
            call=str(row.get("call", "")) or "not judged",
            mark=VERDICT_MARKS.get(cell.facts[0].label, "none"),
            rate=number(row["baseline_rate_hz"]),
            fate=cell.facts[0].fate or UNKNOWN,
            id50s=tuple(str(fits[drug]["id50_text"]) if drug in fits else UNKNOWN for drug in drugs),
            state=state,
            reasons=reasons,
            flags=_flags(cell),
            report=reports.get(cell.session.session, ""),
        )


def _state(exclusions: Exclusions, cell: FoundCell) -> tuple[str, tuple[str, ...]]:
    """Whether a cell counts, and why it does not."""
    keys = {facts.key for facts in cell.facts}
    taken = [row for row in exclusions.rows if row.applied and row.key in keys]
    if not taken:
        return "analysed", ()
    counting = [facts.drug for facts in cell.facts if exclusions.analysed(facts)]
    several = len(cell.facts) > 1
    reasons = tuple(dict.fromkeys(_reason(row, several=several) for row in taken))
    if counting:
        return f"analysed under {', '.join(counting)}", reasons
    fires = exclusions.analysed(cell.facts[0], "cell")
    return ("firing alone is analysed" if fires else "left out"), reasons


def _reason(row: ExcludedSeries, *, several: bool) -> str:
    """Why a series is left out; of a cell with several, which."""
    of = f"{row.drug}: " if several and row.scope == "series" else ""
    return f"{of}{row.rule.replace('_', ' ')} ({row.value})"


def _flags(cell: FoundCell) -> tuple[str, ...]:
    """What to know of a cell and its fits, each thing once."""
    texts = [cell.record.unit_row.get("flags", "")]
    texts += [fit.get(name, "") for fit in cell.record.fit_rows for name in ("flags", "warnings")]
    return tuple(dict.fromkeys(part for text in texts for part in str(text).split("; ") if part))


def exclusions_table(exclusions: Exclusions) -> Table:
    """Each rule that speaks against any cell: what it takes, how many, and which."""
    by_rule: dict[tuple[bool, str], list[ExcludedSeries]] = {}
    for row in exclusions.rows:
        by_rule.setdefault((row.applied, row.rule), []).append(row)
    n = len(exclusions.departures)
    rows = tuple(_rule_row(taken, n) for _, taken in sorted(by_rule.items(), key=lambda item: not item[0][0]))
    head = ("rule", "applied", "what it says", "limit", "takes", "cells", "animals", "which")
    return Table("Rules that speak against a cell, applied or not", head, rows, frozenset({5, 6}))


def _rule_row(taken: Sequence[ExcludedSeries], n: int) -> tuple[str, ...]:
    """One rule, of all cells."""
    first = taken[0]
    cells = {row.key[:-1]: row for row in taken}
    by_value: dict[str, list[str]] = {}
    for row in cells.values():
        by_value.setdefault(row.value, []).append(f"{row.animal} {row.cell}")
    named = {value: "every cell" if len(names) == n > 1 else ", ".join(names) for value, names in by_value.items()}
    which = "; ".join(f"{names}: {value}" for value, names in named.items())
    return (
        first.rule.replace("_", " "), "yes" if first.applied else "no", first.reason, first.limit,
        "the cell" if first.scope == "cell" else "the dose-response", str(len(cells)),
        str(len({row.animal for row in cells.values()})), which,
    )  # fmt: skip


def flow_table(exclusions: Exclusions) -> Table:
    """Cells and animals at each stage, of all and of each group."""
    rows = tuple(
        (f"{stage.group or NO_GROUP}, {stage.title}", str(stage.animals), str(stage.cells), stage.reason or UNKNOWN,
         stage.of_these or UNKNOWN)
        for stage in exclusions.flow
    )  # fmt: skip
    head = ("group and stage", "animals", "cells", "left out before it", "of these")
    return Table("From what was recorded to what is analysed", head, rows, frozenset({1, 2}))


def failures_table(analysis: CohortAnalysis) -> Table:
    """Each row of the cohort's table that has no numbers, and why."""
    rows = tuple(
        (f"{cell.animal}, {cell.cell}", cell.group or NO_GROUP, failure.session, str(cell.row),
         ", ".join(path.name for path in cell.files) or UNKNOWN, failure.step, failure.reason)
        for failure in analysis.failures
        for cell in failure.cells
    )  # fmt: skip
    return Table(
        "Rows without numbers", ("cell", "group", "session", "row", "file", "step", "why"), rows, frozenset({3})
    )


def provenance_tables(provenance: Mapping[str, Any]) -> tuple[Table, ...]:
    """What the page rests on: program and machine, inputs and outputs with their checksums."""
    plain = {name: value for name, value in provenance.items() if name not in _STRUCTURED}
    inputs = [("cohort", source) for source in provenance.get("cohort", ())]
    inputs += [(each["session"], file) for each in provenance.get("sessions", ()) for file in each.get("files", ())]
    told = tuple((of, str(file["path"]), str(file.get("sha256", UNKNOWN))) for of, file in inputs)
    made = tuple((f"{name}.csv", str(sha256)) for name, sha256 in provenance.get("tables", {}).items())
    tables = (
        nested_table("Program, machine and run", plain),
        Table("Inputs", ("session", "file", "SHA-256"), told),
        Table("Tables that were written", ("table", "SHA-256"), made),
    )
    return tuple(table for table in tables if table.rows)
