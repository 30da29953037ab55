"""``ephys binding``, ``ephys microdialysis`` and ``ephys latencies``: a table in, answers and a report out."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import ephys
from ephys.cli.help_pages import OTHER, Page
from ephys.cli.options import Json, Verbose, option
from ephys.cli.running import check_writable, fails_in_one_line
from ephys.cli.terminal import hanging, say, say_json

if TYPE_CHECKING:  # the command line starts before the libraries behind it
    from ephys.analysis import Finding

app = typer.Typer()

Table = Annotated[Path, typer.Argument(metavar="TABLE", help="The table (docs/tables.md).", show_default=False)]
Out = Annotated[
    Path | None,
    option("-o", "--out", metavar="FOLDER", help="Folder for the results.", default="ephys-results/TABLE"),
]
Reference = Annotated[
    str | None, option("--reference", metavar="GROUP", help="Group that others are held against.", default="the first")
]
Slope = Annotated[
    Literal["free", "one"], option("--slope", help="Slope of the curves, estimated or 1.", default="free")
]
DeadVolume = Annotated[
    float | None,
    option(
        "--dead-volume-ul",
        metavar="UL",
        help="From probe to vial, where the table states none.",
        default="as in the table",
    ),
]
Flow = Annotated[
    float | None,
    option(
        "--flow-ul-min",
        metavar="UL/MIN",
        help="Perfusion flow, where the table states none.",
        default="as in the table",
    ),
]
Window = Annotated[
    float | None,
    option("--window-min", metavar="MIN", help="Until when area and nadir are read.", default="to the end"),
]
Unstable = Annotated[bool, option("--keep-unstable", help="Compare animals without a stable baseline, too.")]
Scatter = Annotated[
    Literal["auto", "constant", "counting", "relative"],
    option("--scatter", help="Variance of a tube: constant, as the mean, or as its square.", default="auto"),
]
Cutoff = Annotated[
    float | None,
    option(
        "--cutoff-s", metavar="S", help="When a trial was ended, where the table says not.", default="as in the table"
    ),
]
Test = Annotated[
    Literal["log-rank", "rank"],
    option("--test", help="Weighs all times alike, or early ones more.", default="log-rank"),
]


@app.command(cls=Page, rich_help_panel=OTHER, epilog="Example: ephys binding binding.csv --out results/binding")
@fails_in_one_line
def binding(
    table: Table,
    out: Out = None,
    slope: Slope = "free",
    scatter: Scatter = "auto",
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Competition binding: IC50, Ki, published affinities beside."""
    folder = _folder(out, table)
    fits = [ephys.fit_binding(one, slope=slope, scatter=scatter) for one in ephys.read_binding(table)]
    means = [ephys.summarise_binding([fit for fit in fits if fit.ki])] if any(fit.ki for fit in fits) else []
    known = [found.name for fit in fits if (found := ephys.find_compound(fit.experiment.compound))]
    tables = [ephys.published_affinities(name) for name in dict.fromkeys(known)]
    published = [one for one in tables if one.rows]
    _write([*means, *fits, *published], folder, table, "Competition binding", as_json=as_json)


@app.command(
    cls=Page, rich_help_panel=OTHER,
    epilog="Example: ephys microdialysis fractions.csv --dead-volume-ul 8 --reference vehicle",
)  # fmt: skip
@fails_in_one_line
def microdialysis(
    table: Table,
    out: Out = None,
    reference: Reference = None,
    dead_volume_ul: DeadVolume = None,
    flow_ul_min: Flow = None,
    window_min: Window = None,
    keep_unstable: Unstable = False,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Dialysate: percent of baseline, area, nadir; groups compared."""
    folder = _folder(out, table)
    settings = ephys.DialysisSettings(
        dead_volume_ul=math.nan if dead_volume_ul is None else dead_volume_ul,
        flow_ul_min=math.nan if flow_ul_min is None else flow_ul_min,
        window_min=math.inf if window_min is None else window_min,
    )
    courses = [ephys.measure_dialysis(one, settings=settings) for one in ephys.read_fractions(table)]
    compared = []
    for analyte in dict.fromkeys(one.analyte for one in courses):
        own = [one for one in courses if one.analyte == analyte]
        if reference is not None or len({one.group for one in own}) > 1:
            compared.append(ephys.compare_dialysis(own, reference=reference, keep_unstable=keep_unstable))
    _write([*compared, *courses], folder, table, "Microdialysis", as_json=as_json)


@app.command(
    cls=Page, rich_help_panel=OTHER,
    epilog="Example: ephys latencies catalepsy.csv --cutoff-s 180 --reference control",
)  # fmt: skip
@fails_in_one_line
def latencies(
    table: Table,
    out: Out = None,
    reference: Reference = None,
    cutoff_s: Cutoff = None,
    test: Test = "log-rank",
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Catalepsy, other times with a cut-off: groups compared."""
    folder = _folder(out, table)
    found = ephys.compare_latencies(ephys.read_latencies(table, cutoff_s=cutoff_s), reference=reference, test=test)
    _write([found], folder, table, "Latencies", as_json=as_json)


def _folder(out: Path | None, table: Path) -> Path:
    """Where the results go; asked before the work begins."""
    folder = out or Path("ephys-results") / table.stem
    check_writable(folder)
    return folder


def _write(findings: Sequence[Finding], folder: Path, table: Path, title: str, *, as_json: bool) -> None:
    """Write the findings, and tell them."""
    command = " ".join(["ephys", *sys.argv[1:]])
    ephys.write_findings(findings, folder, title=title, inputs=[table], command=command)
    from ephys.report.findings import answer_lines  # here, so that the command line starts before it draws

    if as_json:
        told = [
            {"title": one.title, "answer": answer_lines(one), "rows": one.as_rows(), "notes": one.notes}
            for one in findings
        ]
        say_json({"folder": str(folder), "findings": told})
        return
    lines = [line for one in findings for line in answer_lines(one)]
    lines += [f"note: {note}" for note in _notes(findings)]
    say("\n".join(hanging(line) for line in lines))
    say(f"report: {folder / 'report.html'}")


def _notes(findings: Sequence[Finding]) -> list[str]:
    """Notes, each once: with the findings that it is of, unless it is of all of their kind."""
    kinds = Counter(type(one) for one in findings)
    owners: dict[tuple[type, str], list[str]] = {}
    for one in findings:
        for note in one.notes:
            owners.setdefault((type(one), note), []).append(one.title)
    told = (
        note if len(titles) == kinds[kind] else f"{'; '.join(titles)}: {note}"
        for (kind, note), titles in owners.items()
    )  # fmt: skip
    return list(dict.fromkeys(told))
