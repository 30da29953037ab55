"""``ephys ask``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import ephys
from ephys.cli.fitted import fitted_table
from ephys.cli.options import Json, Verbose
from ephys.cli.running import fails_in_one_line, wrapped
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
    Path, typer.Argument(help=f"The cohort's database, or the folder with {_FILE} in it.", show_default=False)
]
Run = Annotated[
    str | None, typer.Option("--run", metavar="KEY", help="Key or label of the run.", show_default="the folder's")
]
Call = Annotated[
    str | None,
    typer.Option("--call", help=f"The 5-HT call that holds; '{_EVERY_CALL}': every cell.", show_default=_CALL),
]
Drug = Annotated[str | None, typer.Option("--drug", help="Cells that have a row of fits of it.", show_default=False)]
Stability = Annotated[
    str | None, typer.Option("--stability", help="Of the baseline: stable, unclear...", show_default=False)
]
Fate = Annotated[str | None, typer.Option("--fate", help="Held, lost or undetermined.", show_default=False)]
Group = Annotated[str | None, typer.Option("--group", help="Group of the animals.", show_default=False)]
Animal = Annotated[str | None, typer.Option("--animal", help="One animal.", show_default=False)]
Analysed = Annotated[
    str | None, typer.Option("--analysed", metavar="yes|no", help="Whether it counts.", show_default=False)
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COLUMN=VALUE", help="Any other column of the cells; repeat.", show_default=False),
]
Sql = Annotated[str | None, typer.Option("--sql", metavar="SELECT", help="One SELECT instead.", show_default=False)]
Runs = Annotated[bool, typer.Option("--runs", help="List the runs.")]
Csv = Annotated[bool, typer.Option("--csv", help="Every column, as CSV.")]


@app.command(epilog="Example: ephys ask results/ --drug ipsapirone --stability stable")
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
    """Ask the database of a cohort: which cells, which runs, or any SELECT; without a question, what is in it."""
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
        text = f"{path}\n\n{_plain_text(found)}"
    typer.echo(_as_json(found) if as_json else _as_csv(found) if as_csv else text)


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


def _as_json(table: pd.DataFrame) -> str:
    """Rows as JSON; what is not a number is null."""
    if not table.columns.is_unique:
        raise ParameterError("two columns have the same name, of which JSON can hold one: name them with AS")
    records: list[dict[str, Any]] = [
        {name: _number(value) for name, value in zip(map(str, table.columns), row, strict=True)}
        for row in table.itertuples(index=False, name=None)
    ]
    return json.dumps(records, indent=2, ensure_ascii=False, allow_nan=False)


def _number(value: Any) -> Any:
    """Value that JSON can hold."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_csv(table: pd.DataFrame) -> str:
    """Rows as CSV."""
    return table.to_csv(index=False, lineterminator="\n").removesuffix("\n")
