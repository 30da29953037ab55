"""Several runs of a cohort in one SQLite file, which can be asked and is never left half written."""

import re
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ephys
from ephys.errors import BusyError, FileFormatError, ParameterError, TableError
from ephys.io import RunInfo, cohort_database

NAN = float("nan")
OLD, NEW = {"key": "3f2a91c0", "label": "10 min"}, {"key": "77b01d2e", "label": "trough"}


def units(**changed: object) -> pd.DataFrame:
    columns = {
        "session": ["rat1_a", "rat1_b", "rat2_a", "rat3_a"], "animal": ["rat1", "rat1", "rat2", "rat3"],
        "group": ["control", "control", "fluoxetine", "fluoxetine"], "cell": ["1", "2", "1", "1"],
        "unit": ["1", "1", "1", "2"], "call": "serotonergic",
        "final_label": ["serotonergic", "serotonergic", "serotonergic", "not_serotonergic"],
        "stability": ["stable", "unstable", "stable", "stable"], "fate": ["held", "held", "lost", "held"],
        "baseline_rate_hz": [1.25, 0.9, 2.0, NAN], "analysed": [True, False, True, False],
        "excluded_by": ["", "baseline", "", "call"],
    }  # fmt: skip
    return pd.DataFrame({**columns, **changed})


def fits() -> pd.DataFrame:
    return pd.DataFrame({
        "session": ["rat1_a", "rat1_a", "rat2_a"], "animal": ["rat1", "rat1", "rat2"],
        "group": ["control", "control", "fluoxetine"], "cell": "1", "unit": "1",
        "drug": ["ipsapirone", "8-OH-DPAT", "ipsapirone"], "route": "i.v.", "dose_unit": "ug/kg",
        "status": ["fitted", "fitted", "bound"], "id50_text": ["ID50 118", "ID50 1.9", "ID50 > 500"],
        "id50": [118.0, 1.9, NAN], "id50_low": [96.0, 1.4, 500.0], "id50_high": [146.0, 2.6, np.inf],
        "analysed": [True, True, False], "excluded_by": ["", "", "fate"],
    })  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    return {"units": units(), "fits": fits(), "failures": pd.DataFrame({"session": [], "why": []})}


def everything(path: Path) -> list[str]:
    """All that is in a database, in its order."""
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return ephys.write_database(tables(), tmp_path / "new folder" / "cohort.sqlite", run=OLD)


def test_several_runs_are_kept_apart(path: Path) -> None:
    ephys.write_database({**tables(), "units": units(stability="unclear")}, path, run=NEW)
    runs = ephys.ask_database(path, "SELECT * FROM runs")
    assert list(runs["key"]) == ["3f2a91c0", "77b01d2e"]
    assert list(runs["n_cells"]) == [4, 4]
    assert list(runs["ephys"]) == [ephys.__version__] * 2
    assert set(ephys.find_cells(path, run="3f2a91c0")["stability"]) == {"stable", "unstable"}
    assert set(ephys.find_cells(path, run="trough")["stability"]) == {"unclear"}


def test_the_same_run_written_twice_is_one_run(path: Path) -> None:
    once = everything(path)
    ephys.write_database(tables(), path, run=OLD)
    assert everything(path) == once


def test_a_run_that_is_replaced_loses_every_row_it_had_and_keeps_its_place(path: Path) -> None:
    ephys.write_database(tables(), path, run=NEW)
    ephys.write_database({"units": units().head(1)}, path, run={**OLD, "label": "again"})
    contents = ephys.ask_database(path, 'SELECT n_rows FROM contents WHERE run = ? ORDER BY "table"', ["3f2a91c0"])
    assert list(contents["n_rows"]) == [0, 0, 1]
    assert list(ephys.ask_database(path, "SELECT label FROM runs")["label"]) == ["again", "trough"]
    assert len(ephys.find_cells(path, run="trough")) == 4


def test_the_same_writes_in_the_same_order_give_the_same_rows(path: Path, tmp_path: Path) -> None:
    other = ephys.write_database(tables(), tmp_path / "other.sqlite", run=OLD)
    for each in (path, other):
        ephys.write_database({"units": units(order=[3, 1, 2, 4])}, each, run=NEW)
        ephys.write_database({"units": units(order=["3", "1", "2", "4"])}, each, run=OLD)
    assert everything(path) == everything(other)


def test_nothing_is_numbers_are_and_yes_is_yes(path: Path) -> None:
    kinds = ephys.ask_database(
        path, "SELECT typeof(baseline_rate_hz) AS rate, analysed FROM units ORDER BY rowid"
    ).to_numpy().tolist()  # fmt: skip
    assert kinds == [["real", "yes"], ["real", "no"], ["real", "yes"], ["null", "no"]]
    assert ephys.ask_database(path, "SELECT max(id50_high) AS x FROM fits")["x"].tolist() == [np.inf]


def test_dates_and_paths_are_text_and_what_is_not_known_is_null(tmp_path: Path) -> None:
    odd = pd.DataFrame({"date": [date(2024, 5, 6), pd.NaT], "file": [Path("a.smr"), pd.NA], "n": [np.int64(3), None]})
    path = ephys.write_database({"flow": odd.astype(object)}, tmp_path / "c.sqlite", run=OLD)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT date, file, n FROM flow").fetchall() == [
            ("2024-05-06", "a.smr", 3), (None, None, None),
        ]  # fmt: skip


@pytest.mark.parametrize("first", [["1", "1", "1", "2"], [NAN] * 4, [1, 1, 1, 2], [1.0, NAN, 1.0, 2.0]])
def test_unit_1_stays_text_whatever_was_written_before(tmp_path: Path, first: list[object]) -> None:
    path = ephys.write_database({"units": units(unit=first)}, tmp_path / "c.sqlite", run=OLD)
    ephys.write_database(tables(), path, run=NEW)
    found = ephys.find_cells(path, run="trough", drug="ipsapirone")
    assert list(found["unit"]) == ["1", "1"]
    assert set(ephys.ask_database(path, "SELECT unit FROM units")["unit"].dropna()) == {"1", "2"}


def test_a_column_that_was_numbers_and_then_text_keeps_both_as_they_were(path: Path) -> None:
    ephys.write_database({"units": units(order=[1, 2, 3, 4])}, path, run=OLD)
    ephys.write_database({"units": units(order=["1", "02", "3a", ""])}, path, run=NEW)
    with closing(sqlite3.connect(path)) as database:
        kept = [value for (value,) in database.execute('SELECT "order" FROM units ORDER BY rowid')]
    assert kept == [1, 2, 3, 4, "1", "02", "3a", ""]


def test_columns_of_a_later_version_are_added_and_empty_in_the_runs_before(path: Path) -> None:
    ephys.write_database({"units": units(**{'odd "name", µ': [1, 2, 3, 4]})}, path, run=NEW)
    both = ephys.ask_database(path, """SELECT "odd ""name"", µ" AS n FROM units ORDER BY rowid""")["n"]
    assert both.tolist()[4:] == [1, 2, 3, 4]
    assert both.isna().tolist() == [True] * 4 + [False] * 4
    assert len(ephys.find_cells(path, run="trough", where={'odd "name", µ': 2})) == 1


def test_a_cell_without_a_fit_is_kept_and_one_with_two_drugs_has_two_rows(path: Path) -> None:
    found = ephys.find_cells(path, call=None)
    assert list(zip(found["animal"], found["cell"], found["drug"].fillna("-"), strict=True)) == [
        ("rat1", "1", "ipsapirone"), ("rat1", "1", "8-OH-DPAT"), ("rat1", "2", "-"), ("rat2", "1", "ipsapirone"),
        ("rat3", "1", "-"),
    ]  # fmt: skip
    assert list(found["analysed"]) == ["yes", "yes", "no", "yes", "no"]
    assert list(found["fit_analysed"].fillna("-")) == ["yes", "yes", "-", "no", "-"]


def test_all_serotonergic_cells_under_ipsapirone_with_a_stable_baseline(path: Path) -> None:
    found = ephys.find_cells(path, drug="ipsapirone", stability="stable")
    assert list(found["animal"]) == ["rat1", "rat2"]
    assert list(ephys.find_cells(path, drug="ipsapirone", fate="lost")["animal"]) == ["rat2"]
    assert list(ephys.find_cells(path, group="control", analysed="yes", drug="8-OH-DPAT")["id50"]) == [1.9]
    assert list(ephys.find_cells(path, animal="rat3", call="not_serotonergic")["excluded_by"]) == ["call"]
    assert len(ephys.find_cells(path, drug="8-OH-DPAT", group="fluoxetine")) == 0


def test_a_column_that_turns_from_text_to_numbers_is_numbers_once_no_run_has_text(path: Path) -> None:
    ephys.write_database({"units": units(order=["a", "b", "c", "d"])}, path, run=OLD)
    ephys.write_database({"units": units(order=[1, 2, 3, 4])}, path, run=OLD)
    with closing(sqlite3.connect(path)) as database:
        assert [value for (value,) in database.execute('SELECT "order" FROM units')] == [1, 2, 3, 4]
        assert dict(database.execute("SELECT name, type FROM pragma_table_info('units')"))["order"] == "INTEGER"


def test_nothing_stands_there_can_be_asked_for(path: Path) -> None:
    assert list(ephys.find_cells(path, where={"excluded_by": ""})["animal"]) == ["rat1", "rat1", "rat2"]
    assert list(ephys.find_cells(path, call=None, where={"baseline_rate_hz": None})["animal"]) == ["rat3"]
    assert list(ephys.find_cells(path, where={"id50_low": 500})["animal"]) == ["rat2"]


def test_a_misspelt_value_is_no_empty_answer(path: Path) -> None:
    with pytest.raises(ParameterError, match=r"drug 'ipsaprone' occurs nowhere .*did you mean 'ipsapirone'.*8-OH-DPAT"):
        ephys.find_cells(path, drug="ipsaprone")
    with pytest.raises(ParameterError, match=r"final_label 'not serotonergic' .*did you mean 'not_serotonergic'"):
        ephys.find_cells(path, call="not serotonergic")
    with pytest.raises(ParameterError, match=r"no column 'baseline_rate' \(did you mean 'baseline_rate_hz'\?\)"):
        ephys.find_cells(path, where={"baseline_rate": 1.25})
    with pytest.raises(ParameterError, match="'drug' is asked for twice, as 'ipsapirone' and '8-OH-DPAT'"):
        ephys.find_cells(path, drug="ipsapirone", where={"drug": "8-OH-DPAT"})


def test_of_several_runs_one_must_be_chosen(path: Path) -> None:
    ephys.write_database(tables(), path, run=NEW)
    with pytest.raises(
        ParameterError, match=r"2 runs, choose one .*: 3f2a91c0 \(10 min\), 4 cells; 77b01d2e \(trough\)"
    ):
        ephys.find_cells(path)
    with pytest.raises(ParameterError, match=r"no run has the key or label 'trogh' \(did you mean 'trough'\?\)"):
        ephys.find_cells(path, run="trogh")
    ephys.write_database(tables(), path, run={"key": "third", "label": "trough"})
    with pytest.raises(ParameterError, match="2 runs have the label 'trough'"):
        ephys.find_cells(path, run="trough")


@pytest.mark.parametrize("evil", ["x' OR '1'='1", "'; DROP TABLE units; --", '" OR 1=1 --'])
def test_sql_in_a_value_is_a_value_like_any_other(tmp_path: Path, evil: str) -> None:
    odd = units(group=["control", "control", evil, evil])
    path = ephys.write_database({**tables(), "units": odd}, tmp_path / "c.sqlite", run={"key": "k", "label": evil})
    assert list(ephys.find_cells(path, group=evil, run=evil)["animal"]) == ["rat2"]
    with pytest.raises(ParameterError, match="occurs nowhere"):
        ephys.find_cells(path, animal=evil)
    with pytest.raises(ParameterError, match="no column"):
        ephys.find_cells(path, where={evil: "1"})
    assert len(ephys.ask_database(path, 'SELECT * FROM units WHERE "group" = :group', {"group": evil})) == 2


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM units", "DROP TABLE units", "UPDATE runs SET label = ''", "PRAGMA user_version = 9", "BEGIN",
     "ATTACH 'other.sqlite' AS other", "VACUUM INTO 'copy.sqlite'", "SELECT 1; DELETE FROM units",
     "CREATE TEMP TABLE t (x)", "WITH a AS (SELECT 1) DELETE FROM units"],
)  # fmt: skip
def test_read_only_is_read_only(path: Path, sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    before = path.read_bytes()
    with pytest.raises(ParameterError, match="only read: one SELECT"):
        ephys.ask_database(path, sql)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["cohort.sqlite"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [("SELECT rate FROM units", "no such column: rate"), ("", "one SELECT is asked for"), ("SELEC 1", "syntax error"),
     ("SELECT ?", "bindings")],
)  # fmt: skip
def test_a_question_that_cannot_be_understood_says_why(path: Path, sql: str, said: str) -> None:
    with pytest.raises(ParameterError, match=f"{re.escape(str(path))}: .*{said}"):
        ephys.ask_database(path, sql)


def test_an_error_between_two_tables_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, insert = everything(path), cohort_database._insert

    def fails(database: sqlite3.Connection, name: str, *rest: object) -> None:
        if name == "fits":
            raise MemoryError
        insert(database, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cohort_database, "_insert", fails)
    with pytest.raises(MemoryError):
        ephys.write_database({**tables(), "units": units(more=1)}, path, run=OLD)
    assert everything(path) == before


KILLED = """
import os, signal, sqlite3, sys, types
import pandas as pd
import ephys

room = types.ModuleType("ephys.io")  # without all that the room loads, which takes seconds
room.__path__ = [os.path.join(os.path.dirname(ephys.__file__), "io")]
sys.modules["ephys.io"] = room
from ephys.io import cohort_database

class Killed(sqlite3.Connection):
    inserted = 0
    def executemany(self, *arguments):
        super().executemany(*arguments)
        self.inserted += 1
        if self.inserted == 2:
            os.kill(os.getpid(), signal.SIGKILL)

def connect(*arguments, **options):
    database = plain(*arguments, **options, factory=Killed)
    database.execute("PRAGMA cache_size = 2")  # pages, so that most of the write is in the file by then
    return database

plain, sqlite3.connect = sqlite3.connect, connect
table = pd.DataFrame({"session": "s", "unit": [str(n) for n in range(2000)], "final_label": "x" * 200})
cohort_database.write_database({"units": table, "fits": table}, sys.argv[1], run={"key": sys.argv[2]})
"""


def test_a_write_that_is_killed_leaves_the_file_as_it_was(path: Path) -> None:
    before, size = everything(path), path.stat().st_size
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), OLD["key"]], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.stat().st_size > 5 * size
    assert list(ephys.find_cells(path)["animal"]) == ["rat1", "rat1", "rat1", "rat2"]
    assert everything(path) == before
    ephys.write_database(tables(), path, run=NEW)
    assert len(ephys.ask_database(path, "SELECT * FROM units")) == 8


def test_processes_that_write_at_once_wait_for_one_another(path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: ephys.write_database(tables(), path, run={"key": f"run{n}"}), range(8)))
    assert set(ephys.ask_database(path, "SELECT run, n_rows FROM contents WHERE \"table\" = 'units'")["n_rows"]) == {4}
    assert len(ephys.ask_database(path, "SELECT * FROM runs")) == 9


def test_a_file_that_is_kept_too_long_is_named_and_can_be_read_all_the_while(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM units")
        with pytest.raises(BusyError, match=re.escape(f"{path}: another process has kept it for 0.05 s")):
            ephys.write_database(tables(), path, run=NEW, timeout_s=0.05)
        assert len(ephys.find_cells(path)) == 4
        other.execute("ROLLBACK")


@pytest.mark.parametrize("content", [b"animal,group\n", b"x" * 10000, b"SQLite format 3\0" + b"y" * 5000])
def test_what_is_no_database_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    text = tmp_path / "units.csv"
    text.write_bytes(content)
    for act in (lambda: ephys.write_database(tables(), text, run=OLD), lambda: ephys.find_cells(text)):
        with pytest.raises(
            FileFormatError, match=rf"{re.escape(str(text))}: .*no SQLite database.*nothing was changed"
        ):
            act()
    assert text.read_bytes() == content
    assert list(tmp_path.iterdir()) == [text]


def test_a_folder_and_a_missing_file_are_no_database(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="a folder"):
        ephys.write_database(tables(), tmp_path, run=OLD)
    with pytest.raises(FileFormatError, match="no such file"):
        ephys.find_cells(tmp_path / "cohrt.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE bookmarks (run TEXT)")
    before = path.read_bytes()
    for act in (lambda: ephys.write_database(tables(), path, run=OLD), lambda: ephys.ask_database(path, "SELECT 1")):
        with pytest.raises(FileFormatError, match=r"not of ephys \(it holds bookmarks"):
            act()
    assert path.read_bytes() == before


def test_an_empty_file_is_written_and_cannot_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "cohort.sqlite"
    path.touch()
    with pytest.raises(FileFormatError, match="the first write did not end"):
        ephys.find_cells(path)
    ephys.write_database(tables(), path, run=OLD)
    assert len(ephys.find_cells(path)) == 4


def test_a_later_layout_is_not_written_into(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(FileFormatError, match=r"later ephys \(layout 2"):
        ephys.write_database(tables(), path, run=NEW)


def test_tables_of_a_person_in_the_same_file_are_not_touched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE notes (run TEXT, text TEXT); CREATE TABLE firing (x);"
                               "INSERT INTO notes VALUES ('3f2a91c0', 'look again')")  # fmt: skip
    ephys.write_database(tables(), path, run=OLD)
    assert list(ephys.ask_database(path, "SELECT text FROM notes")["text"]) == ["look again"]
    with pytest.raises(FileFormatError, match="table 'firing' that ephys did not make"):
        ephys.write_database({"firing": units()}, path, run=NEW)


def test_other_programs_read_plain_tables_with_types(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        read = pd.read_sql("SELECT * FROM fits", database)
        types = dict(database.execute("SELECT name, type FROM pragma_table_info('units')"))
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    pd.testing.assert_frame_equal(
        read.drop(columns=["run", "analysed"]), fits().drop(columns="analysed"), check_dtype=False
    )
    assert (types["run"], types["unit"], types["baseline_rate_hz"], types["analysed"]) == (
        "TEXT",
        "TEXT",
        "REAL",
        "TEXT",
    )


def test_units_alone_are_cells_and_without_units_there_are_none(tmp_path: Path) -> None:
    alone = ephys.write_database({"units": units(), "fits": pd.DataFrame()}, tmp_path / "a.sqlite", run=OLD)
    assert len(ephys.find_cells(alone, call=None)) == 4
    with pytest.raises(ParameterError, match="no column 'drug'"):
        ephys.find_cells(alone, drug="ipsapirone")
    none = ephys.write_database({"animals": pd.DataFrame({"animal": ["r1"]})}, tmp_path / "b.sqlite", run=OLD)
    with pytest.raises(ParameterError, match="no table 'units'"):
        ephys.find_cells(none)


def test_a_path_with_signs_of_an_address_is_a_path(tmp_path: Path) -> None:
    path = ephys.write_database(tables(), tmp_path / "100 % µ?#&.sqlite", run=OLD)
    assert len(ephys.find_cells(path)) == 4


@pytest.mark.parametrize(
    ("name", "frame", "said"),
    [
        ("runs", units(), "other than runs"),
        ("Units; DROP", units(), "small letters"),
        ("units", units().assign(run=1), "column 'run' is kept"),
        ("units", units().assign(Fate=1), "column 'Fate' is there twice"),
        ("units", units().rename(columns={"fate": 3}), "must have a name, got 3"),
        ("fits", units().drop(columns="unit"), "table 'fits': missing column 'unit'"),
        ("units", units(x=[1, 2, [3], 4]), r"data row 3, column 'x': must be a number or a text, got a list: \[3\]"),
        ("units", units(x=[1, 2**64, 3, 4]), "data row 2, column 'x': 18446744073709551616 is too large"),
    ],
)
def test_a_table_that_cannot_be_kept_is_an_error_and_nothing_is_written(
    tmp_path: Path, name: str, frame: pd.DataFrame, said: str
) -> None:
    with pytest.raises(TableError, match=said):
        ephys.write_database({name: frame}, tmp_path / "c.sqlite", run=OLD)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("run", "said"),
    [({}, "must have a 'key'"), ({"key": ""}, "without blanks, got ''"), ({"key": "a b"}, "got 'a b'"),
     ({"key": "k", "cohrt": "c"}, "no 'cohrt'; there are key, label, ephys, settings, cohort"),
     ({"key": 3}, "key of a run must be a text, got 3")],
)  # fmt: skip
def test_a_run_without_a_key_or_with_more_than_a_run_has_is_an_error(run: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        RunInfo.of(run)


def test_a_run_holds_its_settings_and_cohort_and_no_time_of_day(path: Path) -> None:
    run = RunInfo("k", settings="[fit]\nlevel = 0.9\n", cohort="cohort.csv")
    ephys.write_database(tables(), path, run=run)
    row = ephys.ask_database(path, "SELECT * FROM runs WHERE key = 'k'").iloc[0].to_dict()
    assert row == {"key": "k", "label": "", "ephys": ephys.__version__, "settings": run.settings,
                   "cohort": "cohort.csv", "n_cells": 4}  # fmt: skip


def test_no_tables_are_no_run(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no tables to write"):
        ephys.write_database({}, tmp_path / "c.sqlite", run=OLD)
