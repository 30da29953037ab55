"""``ephys ask``: a cohort's database is asked from the shell, and the page on it shows what works."""

import json
import re
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app

KEY = "3f2a91c0"
QUOTE = "ID50 118 µg/kg (95 % CI 96 to 146), Hill 1.6, Emax fixed 100 %, 5 doses 31.25 to 500 µg/kg i.v."


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def write(folder: Path, *, key: str = KEY, label: str = "10 min") -> Path:
    """A small cohort: four cells of three animals."""
    units = pd.DataFrame({
        "session": ["rat1_a", "rat1_b", "rat2_a", "rat3_a"], "animal": ["rat1", "rat1", "rat2", "rat3"],
        "group": ["control", "control", "fluoxetine 14 d", "fluoxetine 14 d"], "cell": ["1", "2", "1", "1"],
        "unit": "1", "call": "serotonergic",
        "final_label": ["serotonergic", "serotonergic", "serotonergic", "not_serotonergic"],
        "stability": ["stable", "unstable", "stable", "stable"], "fate": ["held", "held", "lost", "held"],
        "baseline_rate_hz": [1.2345, 0.9, 2.0, None], "analysed": [True, False, True, False],
        "excluded_by": ["", "baseline", "", "call"],
    })  # fmt: skip
    fits = pd.DataFrame({
        "session": ["rat1_a", "rat1_a", "rat2_a"], "animal": ["rat1", "rat1", "rat2"],
        "group": ["control", "control", "fluoxetine 14 d"], "cell": "1", "unit": "1",
        "drug": ["ipsapirone", "8-OH-DPAT", "ipsapirone"], "route": "i.v.", "dose_unit": "ug/kg",
        "status": ["fitted", "fitted", "bound"], "id50_text": [QUOTE, "ID50 1.9 µg/kg", "ID50 > 500 µg/kg"],
        "id50": [118.0, 1.9, None], "id50_low": [96.0, 1.4, 500.0], "id50_high": [146.0, 2.6, float("inf")],
        "analysed": True, "excluded_by": "",
    })  # fmt: skip
    tables = {"units": units, "fits": fits, "failures": pd.DataFrame({"session": [], "why": []})}
    return ephys.write_database(tables, folder / "cohort.sqlite", run={"key": key, "label": label, "cohort": "c.csv"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "results")
    return tmp_path / "results"


def test_cells_are_a_table_that_fits_80_columns(folder: Path) -> None:
    code, out, _ = run(
        "ask", folder, "--call", "serotonergic", "--drug", "ipsapirone", "--stability", "stable"
    )  # fmt: skip
    head, line, *rows, empty, said = out.splitlines()
    assert code == 0
    assert head.split() == ["animal", "group", "cell", "Hz", "call", "counts", "ID50"]
    assert max(map(len, out.splitlines())) == len(line) == 80
    assert rows[0].split()[:6] == ["rat1", "control", "1", "1.234", "serotonergic", "yes"]
    assert QUOTE in " ".join(" ".join(rows[:-1]).split())
    assert re.split(r"\s{2,}", rows[-1]) == [
        "rat2",
        "fluoxetine 14 d",
        "1",
        "2",
        "serotonergic",
        "yes",
        "ID50 > 500 µg/kg",
    ]
    assert (empty, said) == ("", f"2 cells of 2 animals: serotonergic, ipsapirone, stable (run {KEY})")


def test_two_drugs_are_told_apart_and_cells_are_counted_once(folder: Path) -> None:
    out = run("ask", folder, "--group", "control")[1]
    assert "ipsapirone: ID50 118" in out
    assert "8-OH-DPAT: ID50 1.9" in out
    assert out.splitlines()[-1] == f"2 cells of 1 animal: serotonergic, control (run {KEY})"


def test_every_call_and_any_other_column_can_be_asked_for(folder: Path) -> None:
    out = run("ask", folder / "cohort.sqlite", "--call", "any", "--where", "excluded_by=", "--where", "unit=1")[1]
    assert out.splitlines()[-1] == f"2 cells of 2 animals: every call, excluded_by empty, unit 1 (run {KEY})"
    assert run("ask", folder, "--call", "not_serotonergic")[1].splitlines()[2].split()[-1] == "not_serotonergic"


def test_what_occurs_but_not_together_is_no_cell(folder: Path) -> None:
    code, out, _ = run("ask", folder, "--drug", "8-OH-DPAT", "--fate", "lost")
    assert (code, out) == (0, "no cell is all of this at once: serotonergic, 8-OH-DPAT, lost\n")


def test_json_and_csv_hold_every_column(folder: Path) -> None:
    rows = json.loads(run("ask", folder, "--drug", "ipsapirone", "--json")[1])
    assert [(row["animal"], row["unit"], row["id50"], row["id50_high"]) for row in rows] == [
        ("rat1", "1", 118.0, 146.0), ("rat2", "1", None, None),
    ]  # fmt: skip
    table = pd.read_csv(StringIO(run("ask", folder, "--drug", "ipsapirone", "--csv")[1]))
    assert list(table.columns) == list(rows[0])
    assert list(table["id50_text"]) == [QUOTE, "ID50 > 500 µg/kg"]


def test_without_a_question_it_says_what_is_in_the_file(folder: Path) -> None:
    write(folder, key="77b01d2e", label="trough")
    assert [line.split() for line in run("ask", folder)[1].splitlines()[2:]] == [
        ["table", "3f2a91c0", "77b01d2e"], ["-" * 28], ["units", "4", "4"], ["fits", "3", "3"], ["failures", "0", "0"],
    ]  # fmt: skip
    assert run("ask", folder, "--run", "trough")[1].splitlines()[2].split() == ["table", "77b01d2e"]


def test_runs_are_listed_and_one_is_chosen(folder: Path) -> None:
    write(folder, key="77b01d2e", label="trough")
    listed = run("ask", folder, "--runs")[1].splitlines()
    assert listed[0].split() == ["key", "label", "ephys", "n_cells", "cohort"]
    assert listed[3].split() == ["77b01d2e", "trough", ephys.__version__, "4", "c.csv"]
    assert "settings" in json.loads(run("ask", folder, "--runs", "--json")[1])[0]
    code, _, error = run("ask", folder, "--drug", "ipsapirone")
    assert code == 1
    assert "choose one by its key or label: 3f2a91c0 (10 min), 4 cells; 77b01d2e (trough)" in error
    assert run("ask", folder, "--drug", "ipsapirone", "--run", "77b01d2e")[0] == 0


def test_a_select_is_answered_and_nothing_else(folder: Path) -> None:
    code, out, _ = run(
        "ask", folder, "--sql", "SELECT drug, max(id50) AS id50, 123456.0 AS big FROM fits GROUP BY drug"
    )
    assert code == 0
    assert [line.split() for line in out.splitlines()][2:] == [
        ["8-OH-DPAT", "1.9", "123456"], ["ipsapirone", "118", "123456"],
    ]  # fmt: skip
    before = (folder / "cohort.sqlite").read_bytes()
    code, _, error = run("ask", folder, "--sql", "DELETE FROM fits")
    assert code == 1
    assert error.startswith("error: ")
    assert "one SELECT is answered and nothing else" in error
    assert (folder / "cohort.sqlite").read_bytes() == before


def test_more_columns_than_fit_are_a_line_each(folder: Path) -> None:
    out = run("ask", folder, "--sql", "SELECT * FROM cells LIMIT 2")[1]
    assert max(map(len, out.splitlines())) <= 80
    assert out.count("baseline_rate_hz: 1.234") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--drug", "ipsaprone"], "did you mean 'ipsapirone'?"),
        (["--run", "trough"], "no run has the key or label 'trough'"),
        (["--drug", "ipsapirone", "--runs"], "one question at a time, got a question for cells and --runs"),
        (["--sql", "SELECT 1", "--run", "3f2a91c0"], "--run is for cells"),
        (["--runs", "--json", "--csv"], "--json or --csv, not both"),
        (["--where", "unit"], "--where takes COLUMN=VALUE, got 'unit'"),
        (["--where", "unit=1", "--where", "unit=2"], "--where asks for 'unit' twice"),
        (["--json", "--sql", "SELECT 1 AS a, 2 AS a"], "two columns have the same name"),
    ],
)
def test_what_cannot_be_asked_is_one_line(folder: Path, words: list[str], said: str) -> None:
    code, out, error = run("ask", folder, *words)
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert said in error


def test_a_folder_without_a_database_names_the_file_that_is_missing(tmp_path: Path) -> None:
    code, _, error = run("ask", tmp_path)
    assert (code, error) == (1, f"error: {tmp_path / 'cohort.sqlite'}: no such file\n")
