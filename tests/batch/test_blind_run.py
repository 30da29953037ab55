"""A blind run tells no name of group, drug, animal or session; after the lock, names come back once and on record."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.batch.blind_state import read_state
from ephys.batch.locking import note_changes, read_locks
from ephys.batch.store import Store
from ephys.cli import app
from ephys.errors import FileFormatError, ParameterError
from ephys.pharmacology import find_compound
from ephys.sorting.curation import CurationLog

ANIMALS = (
    "animal,group,treatment,sex,weight_g,dose,days,last_dose_h,batch,experimenter,note\n"
    "Zebulon1,vehicle,tap water,M,301,,21,,Octave,Perpetua,born on a Sunday\n"
    "Quixote9,Wistaria,fluoxetine,F,287,10 mg/kg,21,12,Octave,Perpetua,\n"
)
ROWS = (
    "animal,group,cell,file,session,unit,track,date,time,doses,exclude,curation\n"
    "Quixote9,Wistaria,Ursula,{data}/cohort/rat04_1.nwb,rat04_1,1,1,2000-01-07,09:00,{data}/cohort_doses.csv,,log.json\n"
    "Zebulon1,vehicle,Thaddeus,{data}/cohort/rat02_1.nwb,rat02_1,1,1,2000-01-02,09:00,{data}/cohort_doses.csv,,\n"
    "Zebulon1,vehicle,Nepomuk,Nautilus.smr,Galatea,1,2,,,,as Wistaria rats do,\n"
)
TRUE_NAMES = (
    "Zebulon1", "Quixote9", "Wistaria", "fluoxetine", "tap water", "Ursula", "Thaddeus", "Nepomuk",
    "Nautilus", "Galatea", "rat02", "rat04", "Octave", "Perpetua", "Sunday", "2000-01-0", "cohort_doses",
    "ipsapirone", "saline", "way-100635",
)  # fmt: skip
"""What nobody may find; a group that is called ``vehicle`` stands with the word of every dose record."""
pytestmark = pytest.mark.slow
AT = datetime(2026, 3, 1, 14, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Blind:
    """A blind run, as it was printed and written."""

    folder: Path
    out: Path
    key: Path
    printed: str


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Blind:
    folder = tmp_path_factory.mktemp("study")
    data = Path(__file__).resolve().parents[2] / "sample_data"
    (folder / "cohort.csv").write_text(ROWS.format(data=data.as_posix()))
    (folder / "animals.csv").write_text(ANIMALS)
    log = CurationLog(by="A. Name").override_call(
        "1", "serotonergic", reason="slow, like all Wistaria and vehicle cells"
    )
    ephys.write_curation(log, folder / "log.json")
    out = folder / "results"
    done = CliRunner().invoke(
        app,
        ["batch", str(folder / "cohort.csv"), "--out", str(out), "--blind", "--reports", "--excel", "--parquet",
         "--prism", "--jobs", "1", "--reference", "vehicle"],
    )  # fmt: skip
    assert done.exit_code == 3, done.output  # one file is not there
    return Blind(folder, out, folder / "results.key", done.output)


@pytest.fixture
def copy(blind: Blind, tmp_path: Path) -> Blind:
    """The same to be changed."""
    for path in (blind.out, blind.key):
        shutil.copytree(path, tmp_path / path.name)
    return Blind(tmp_path, tmp_path / "results", tmp_path / "results.key", blind.printed)


def _contents(path: Path) -> bytes:
    """Bytes of a file, and of what is packed in it."""
    found = path.name.encode() + path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            found += b"".join(packed.read(name) for name in packed.namelist())
    if path.suffix == ".parquet":
        found += pd.read_parquet(path).to_csv().encode()
    return found.lower()


def _spellings() -> set[str]:
    """True names, and every other name of the drugs among them."""
    found = set(TRUE_NAMES)
    for name in TRUE_NAMES:
        compound = find_compound(name)
        if compound is not None:
            found |= {compound.name, *compound.aliases}
    return found


def test_no_file_of_blind_results_holds_a_true_name(blind: Blind) -> None:
    files = [path for path in blind.out.rglob("*") if path.is_file() and path.name != "data_dictionary.csv"]
    kinds = {path.suffix for path in files}
    assert {".csv", ".parquet", ".xlsx", ".sqlite", ".pzfx", ".svg", ".html", ".json", ".toml", ".txt"} <= kinds
    told = {
        (str(path.relative_to(blind.out)), name)
        for path in files
        for name in _spellings()
        if name.lower().encode() in _contents(path) or name.lower() in str(path.relative_to(blind.out)).lower()
    }
    assert told == set()


def test_no_file_of_blind_results_says_where_an_emax_comes_from(blind: Blind) -> None:
    files = [path for path in blind.out.rglob("*") if path.is_file() and path.name != "data_dictionary.csv"]
    assert [path.name for path in files if b"100 % (assumed)" in _contents(path)] == []
    assert {row["emax_source"] for row in _table(blind.out / "fits.csv")} == {"hidden until unblinding"}


def test_report_of_a_blind_cohort_has_codes_and_refers_to_reports_under_codes(blind: Blind) -> None:
    page = (blind.out / "report.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(sessions/[^"]+)"', page)
    assert len(links) == 2
    assert all((blind.out / unquote(link)).is_file() for link in links)
    assert page.index("group A") < page.index("group B")
    assert re.search("ID50 of drug [A-Z]", page)


def test_blind_results_are_reproduced_after_unblinding(blind: Blind) -> None:
    with pytest.raises(ParameterError, match="unblind the results"):
        ephys.reproduce_cohort(blind.out)


def test_console_of_a_blind_run_holds_no_true_name(blind: Blind) -> None:
    printed = blind.printed.replace(str(blind.folder), "").lower()
    assert [name for name in _spellings() if name.lower() in printed] == []
    assert "group A" in blind.printed


def test_a_group_called_vehicle_has_a_code_and_the_vehicle_of_a_dose_record_keeps_its_word(blind: Blind) -> None:
    units, responses = _table(blind.out / "units.csv"), _table(blind.out / "responses.csv")
    assert {row["group"] for row in units} == {"group A", "group B"}
    assert "vehicle" in {row["role"] for row in responses}
    assert all("vehicle" not in row.values() for row in units)


def test_tables_stand_in_the_order_of_codes_and_hold_against_the_first(blind: Blind) -> None:
    groups = [row["group"] for row in _table(blind.out / "animals.csv")]
    assert groups == sorted(groups)
    assert 'reference = ""' in (blind.out / "settings.toml").read_text()


def test_the_key_lies_apart_and_names_every_code(blind: Blind) -> None:
    codes = json.loads((blind.key / "key.json").read_text())["codes"]
    assert set(codes["group"]) == {"vehicle", "Wistaria"}
    assert set(codes["drug"]) == {"ipsapirone", "saline", "way-100635"}
    assert not (blind.out / ".records").exists()
    with pytest.raises(ParameterError, match="apart from the results"):
        ephys.KeyFolder.beside(blind.out, blind.out / "key")


def test_a_second_run_with_the_key_gives_the_same_codes_and_tables(
    copy: Blind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ephys.batch.writing.draw_cohort", lambda *_, **__: ())
    before = (copy.out / "units.csv").read_bytes()
    key = ephys.KeyFolder(copy.key)
    ephys.write_blind_cohort(key.conclude(key.run(), store=Store(copy.key / ".records")), copy.out, key=key, now=AT)
    assert (copy.out / "units.csv").read_bytes() == before


def test_true_names_and_codes_never_meet_in_one_folder(copy: Blind) -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["batch", str(_cohort_of(copy)), "--out", str(copy.out)])
    assert done.exit_code == 1
    assert "these results are blind" in done.output
    (copy.out / "blinding.json").unlink()
    done = runner.invoke(app, ["batch", str(_cohort_of(copy)), "--out", str(copy.out), "--blind"])
    assert done.exit_code == 1
    assert "holds results under true names" in done.output


def test_a_lock_signs_each_part_and_finds_what_was_altered(copy: Blind) -> None:
    lock = ephys.lock_cohort(copy.out, person="A. Name", note="all read twice", now=AT)
    assert str(lock) == "locked by A. Name at 2026-03-01T14:30:00+00:00: 2 cells, 1 curation logs, blind"
    assert set(lock.sha256) == {"curation", "identity", "exclusions", "settings"}
    path = copy.out / "lock.json"
    path.write_text(path.read_text().replace('"serotonergic"', '"uncertain"', 1))
    with pytest.raises(FileFormatError, match=r"not what A\. Name signed"):
        read_locks(copy.out)


def test_a_second_lock_stands_behind_the_first_with_what_changed(copy: Blind) -> None:
    ephys.lock_cohort(copy.out, person="A. Name", now=AT)
    _relabel(copy.out / "units.csv")
    second = ephys.lock_cohort(copy.out, person="B. Name", now=AT)
    assert [one.person for one in read_locks(copy.out)] == ["A. Name", "B. Name"]
    assert [(one.what, one.after) for one in second.since] == [("label", "uncertain")]


def test_a_lock_wants_a_person_and_results(copy: Blind, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="a person who signs"):
        ephys.lock_cohort(copy.out, person=" ")
    with pytest.raises(ParameterError, match="no whole results"):
        ephys.lock_cohort(tmp_path / "empty", person="A. Name")


def test_unblinding_needs_a_lock_or_says_that_there_was_none(copy: Blind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ephys.batch.unblinding._write_again", lambda *_: None)
    with pytest.raises(ParameterError, match="nobody has locked"):
        ephys.unblind_cohort(copy.out, person="A. Name")
    ephys.unblind_cohort(copy.out, person="A. Name", without_lock=True, now=AT)
    state = read_state(copy.out)
    assert state is not None
    assert state.unblinding is not None
    assert str(state.unblinding) == "unblinded by A. Name at 2026-03-01T14:30:00+00:00, without a lock"


@pytest.fixture(scope="module")
def opened(blind: Blind, tmp_path_factory: pytest.TempPathFactory) -> Blind:
    """The same, locked and unblinded."""
    folder = tmp_path_factory.mktemp("opened")
    for path in (blind.out, blind.key):
        shutil.copytree(path, folder / path.name)
    out, key = folder / "results", folder / "results.key"
    ephys.lock_cohort(out, person="A. Name", now=AT)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ephys.batch.working.Workshop.work", _no_work)
        done = CliRunner().invoke(app, ["unblind", str(out), "--key", str(key), "--person", "B. Name"])
    assert done.exit_code == 0, done.output
    return Blind(folder, out, key, done.output)


def test_unblinding_brings_every_name_back_without_another_analysis(opened: Blind) -> None:
    units = {row["cell"]: row for row in _table(opened.out / "units.csv")}
    assert units["Ursula"]["group"] == "Wistaria"
    assert "all Wistaria and vehicle cells" in units["Ursula"]["curation"]
    codes = json.loads((opened.key / "key.json").read_text())["codes"]
    sessions = codes["session"].values()
    assert [path.name for path in opened.out.rglob("*") if path.name in sessions or "drug " in path.name] == []
    assert (opened.out / "sessions" / "rat04_1" / "report.html").exists()
    with sqlite3.connect(opened.out / "cohort.sqlite") as database:
        assert ("Wistaria",) in database.execute('SELECT "group" FROM units').fetchall()


def test_the_report_is_written_anew_with_names(opened: Blind) -> None:
    page = (opened.out / "report.html").read_text(encoding="utf-8")
    assert "Wistaria" in page
    assert "ID50 of ipsapirone" in page
    assert sorted(re.findall(r'href="(sessions/[^"]+)"', page)) == [
        "sessions/rat02_1/report.html",
        "sessions/rat04_1/report.html",
    ]
    assert re.findall("(?:group|drug|animal|session) (?:[A-Z]|[0-9]{2,})\\b", page) == []


def test_what_rests_on_the_treatment_comes_with_the_names_and_is_listed(opened: Blind) -> None:
    assert "since the lock by A. Name: 2 things changed" in opened.printed
    changed = _table(opened.out / "changes.csv")
    assert [(row["what"], row["of"], row["after"]) for row in changed] == [
        ("analysed", "rat04_1, Ursula, 1", "no"),
        ("exclusion", "rat04_1, Ursula, 1, ipsapirone, too_soon_after_treatment", "left out"),
    ]


def test_settings_curation_and_labels_are_the_locked_ones_after_unblinding(opened: Blind) -> None:
    changed = {row["what"] for row in _table(opened.out / "changes.csv")}
    assert changed.isdisjoint({"setting", "curation", "label"})
    assert 'reference = "vehicle"' in (opened.out / "settings.toml").read_text()


def test_names_come_back_once(opened: Blind) -> None:
    with pytest.raises(ParameterError, match=r"unblinded by B\. Name .* on a lock; it is done once"):
        ephys.unblind_cohort(opened.out, key=opened.key, person="C. Name")


def test_a_later_run_lists_what_is_no_longer_as_it_was_locked(opened: Blind) -> None:
    before = (opened.out / "units.csv").read_bytes()
    _relabel(opened.out / "units.csv")
    (told,) = note_changes(opened.out)
    (opened.out / "units.csv").write_bytes(before)
    assert "3 things changed" in told
    assert ("label", "serotonergic", "uncertain") in [
        (row["what"], row["before"], row["after"]) for row in _table(opened.out / "changes.csv")
    ]


def test_another_key_opens_nothing(copy: Blind, tmp_path: Path) -> None:
    other = ephys.KeyFolder(tmp_path / "other.key")
    other.open()
    with pytest.raises(ParameterError, match="is blind under"):
        ephys.unblind_cohort(copy.out, key=other.path, person="A. Name")


def _no_work(*_: object) -> None:
    raise AssertionError("a session was analysed again")


def _cohort_of(copy: Blind) -> Path:
    """A cohort's table, for runs that are refused before they work."""
    data = Path(__file__).resolve().parents[2] / "sample_data"
    (copy.folder / "cohort.csv").write_text(ROWS.format(data=data.as_posix()).replace("log.json", ""))
    (copy.folder / "animals.csv").write_text(ANIMALS)
    return copy.folder / "cohort.csv"


def _table(path: Path) -> list[dict[str, str]]:
    """Rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _relabel(path: Path) -> None:
    """Call the first cell uncertain."""
    rows = _table(path)
    rows[0]["final_label"] = "uncertain"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
