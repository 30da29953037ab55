"""``ephys ask``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import ephys
from ephys.cli.completion import call_names, fate_names, stability_names
from ephys.cli.fitted import fitted_table
from ephys.cli.help_pages import COHORT, Page
from ephys.cli.options import Json, Verbose, option
from ephys.cli.running import fails_in_one_line
from ephys.cli.terminal import hanging, say, say_data, say_json, wrapped
from ephys.errors import ParameterError

if TYPE_CHECKING:  # the command line starts before the libraries behind it
    import pandas as pd

app = typer.Typer()

_FILE = "cohort.sqlite"
_ORIGIN = "provenance.json"
_CALL = "serotonergic"
_EVERY_CALL = "any"
_RUNS = "SELECT key, label, ephys, n_cells, cohort, settings FROM runs ORDER BY rowid"
_LARGE = 10_000
_SHOWN = {"animal": "animal", "group": "group", "cell": "cell", "baseline_rate_hz": "Hz", "final_label": "call",
          "fit_analysed": "counts", "id50_text": "ID50"}  # fmt: skip

Database = Annotated[
    Path,
    typer.Argument(
        metavar="RESULTS", help=f"Folder that `ephys batch` wrote, or the {_FILE} in it.", show_default=False
    ),
]
Run = Annotated[str | None, option("--run", metavar="KEY", help="Key or label of the run.", default="the folder's")]
Call = Annotated[
    str | None,
    option(
        "--call", metavar="CALL", help=f"The 5-HT call that holds; {_EVERY_CALL}: every cell.", default=_CALL,
        autocompletion=call_names,
    ),
]  # fmt: skip
Drug = Annotated[str | None, option("--drug", metavar="NAME", help="Cells that have a row of fits of it.")]
Stability = Annotated[
    str | None,
    option(
        "--stability", metavar="VERDICT", help="Of the baseline: stable, unclear, unstable.",
        autocompletion=stability_names,
    ),
]  # fmt: skip
Fate = Annotated[
    str | None, option("--fate", metavar="FATE", help="Held, lost or undetermined.", autocompletion=fate_names)
]
Group = Annotated[str | None, option("--group", metavar="NAME", help="Group of the animals.")]
Animal = Annotated[str | None, option("--animal", metavar="NAME", help="One animal.")]
Analysed = Annotated[
    str | None,
    option("--analysed", metavar="yes|no", help="Whether it counts.", autocompletion=lambda: ["yes", "no"]),
]
Where = Annotated[
    list[str] | None, option("--where", metavar="COLUMN=VALUE", help="Any other column of the cells; repeat.")
]
Sql = Annotated[str | None, option("--sql", metavar="SELECT", help="One SELECT instead.")]
Runs = Annotated[bool, option("--runs", help="List the runs.")]
Csv = Annotated[bool, option("--csv", help="Every column, as CSV.")]


@app.command(cls=Page, rich_help_panel=COHORT, epilog="Example: ephys ask results --drug ipsapirone --stability stable")
@fails_in_one_line
def ask(
    database: Database,
    run: Run = None,
    call: Call = None,
    drug: Drug = None,
    stability: Stability = None,
    fate: Fate = None,
    group: Group = None,
    animal: Animal = None,
    analysed: Analysed = None,
    where: Where = None,
    sql: Sql = None,
    runs: Runs = False,
    as_json: Json = False,
    as_csv: Csv = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Ask a cohort's database: which cells, which runs, any SELECT.

    Without a question, it says what is in it.
    """
    path = database / _FILE if database.is_dir() else database
    named = {"call": call, "drug": drug, "stability": stability, "fate": fate, "group": group, "animal": animal,
             "analysed": analysed}  # fmt: skip
    asked = {name: value for name, value in named.items() if value is not None}
    others = _others(where or [])
    _check_one_question({"a question for cells": bool(asked or others), "--sql": sql is not None, "--runs": runs})
    if run is not None and (runs or sql is not None):
        raise ParameterError("--run is for cells; a SELECT has its own: WHERE run = 'KEY'")
    if as_json and as_csv:
        raise ParameterError("--json or --csv, not both")
    if sql is not None:
        found = ephys.ask_database(path, sql)
        text = _plain_text(found)
    elif asked or others:
        asked.setdefault("call", _CALL)
        kinds = {**asked, "call": None if asked["call"] == _EVERY_CALL else asked["call"]}
        found = ephys.find_cells(path, run=run or _latest(database), where=others, **kinds)
        text = _cells_text(found, asked, others)
    elif runs:
        found = ephys.ask_database(path, _RUNS)
        text = _plain_text(found.drop(columns="settings"))
    else:
        found = _contents(path, run)
        text = f"{hanging(str(path))}\n\n{_plain_text(found)}"
    if as_json:
        say_json(_records(found))
    elif as_csv:
        say_data(_as_csv(found))
    else:
        say(text)


def _latest(folder: Path) -> str | None:
    """Run that the tables in a folder of results are of; ``None`` where it is no such folder."""
    try:
        origin = json.loads((folder / _ORIGIN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(origin["run"]) if isinstance(origin, dict) and "run" in origin else None


def _others(where: list[str]) -> dict[str, str]:
    """Values by column, of entries like ``track=2``."""
    found: dict[str, str] = {}
    for text in where:
        column, equals, value = (part.strip() for part in text.partition("="))
        if not (column and equals):
            raise ParameterError(f"--where takes COLUMN=VALUE, got {text!r}")
        if column in found:
            raise ParameterError(f"--where asks for {column!r} twice; a SELECT (--sql) can")
        found[column] = value
    return found


def _check_one_question(asked: dict[str, bool]) -> None:
    """Raise if several questions were asked at once."""
    given = [name for name, is_asked in asked.items() if is_asked]
    if len(given) > 1:
        raise ParameterError(f"one question at a time, got {' and '.join(given)}")


def _contents(path: Path, run: str | None) -> pd.DataFrame:
    """Rows of each table by run."""
    runs = ephys.ask_database(path, _RUNS)
    if run is not None:
        runs = runs[(runs["key"] == run) | (runs["label"] == run)]
        if runs.empty:
            raise ParameterError(f"{path}: no run has the key or label {run!r}; list them with --runs")
    rows = ephys.ask_database(path, "SELECT * FROM contents")
    found = rows.pivot(index="table", columns="run", values="n_rows").reindex(rows["table"].drop_duplicates())
    return found[list(runs["key"])].rename_axis(columns=None).reset_index()


def _cells_text(found: pd.DataFrame, asked: dict[str, str], others: dict[str, str]) -> str:
    """What was found, for the terminal, and how many animals it is of."""
    call = "every call" if asked["call"] == _EVERY_CALL else asked["call"]
    kinds = [call, *(value for name, value in asked.items() if name != "call")]
    what = ", ".join([*kinds, *(f"{column} {value or 'empty'}" for column, value in others.items())])
    if found.empty:
        return wrapped(f"no cell is all of this at once: {what}", "")
    shown = found.copy()
    if "drug" in shown and "drug" not in asked:
        fitted = shown["drug"].notna()
        shown.loc[fitted, "id50_text"] = shown["drug"] + ": " + shown["id50_text"].fillna("-")
    columns = {column: name for column, name in _SHOWN.items() if column in shown}
    if "potency" in shown and shown["potency"].notna().any():
        columns["id50_text"] = " or ".join(shown["potency"].dropna().unique())
    n_cells = len(found.drop_duplicates(["session", "unit"]))
    n_animals = f" of {_count(found['animal'].nunique(), 'animal')}" if "animal" in found else ""
    run = f" (run {found['run'].iloc[0]})" if "run" in found else ""
    said = wrapped(f"{_count(n_cells, 'cell')}{n_animals}: {what}{run}", "")
    return f"{_plain_text(shown[list(columns)].rename(columns=columns))}\n\n{said}"


def _count(number: int, noun: str) -> str:
    """Number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain_text(table: pd.DataFrame) -> str:
    """Table for the terminal."""
    rows = [[_text(value) for value in row] for row in table.itertuples(index=False, name=None)]
    return fitted_table([str(name) for name in table.columns], rows)


def _text(value: object) -> str:
    """Value for the terminal; nothing where nothing stands."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}" if abs(value) < _LARGE else f"{value:.0f}"
    return "" if value is None else str(value)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows, each with its columns by name."""
    if not table.columns.is_unique:
        raise ParameterError("two columns have the same name, of which JSON can hold one: name them with AS")
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.itertuples(index=False, name=None)]


def _as_csv(table: pd.DataFrame) -> str:
    """Rows as CSV."""
    return table.to_csv(index=False, lineterminator="\n").removesuffix("\n")
