"""``ephys curate`` corrects in the order typed, loses no log, and says which option was wrong."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from typer.testing import CliRunner

import ephys
from ephys.batch import sorting_once
from ephys.cli import app
from ephys.cli.curation_options import Typed, read_corrections
from ephys.errors import ParameterError
from ephys.report import typed_option
from ephys.sorting.curation.operations import Delete, Merge, Operation, Relabel, Split

mpl.use("Agg")


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three units as times, with two doses beside."""
    rows = [(f"{place + 0.31 * unit:.4f}", str(unit)) for unit in (1, 2, 3) for place in range(1, 300, unit)]
    path = tmp_path / "rat07.csv"
    path.write_text("time_s,unit\n" + "\n".join(",".join(row) for row in rows), encoding="utf-8")
    path.with_name("doses.csv").write_text(
        "time_s,drug,amount,unit,dose_kind\n100,ipsapirone,10,ug/kg,increment\n150,ipsapirone,20,ug/kg,increment\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def call(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The command on that file; the page is another test's."""
    monkeypatch.setattr(ephys.Curation, "write_page", lambda _, path, command: Path(path).write_text(command))

    def curate(*corrections: object) -> tuple[int, str, str]:
        return run(
            "curate", file, "--doses", file.with_name("doses.csv"), "-o", tmp_path / "r", "--by", "A. N", *corrections
        )

    return curate


def entries(folder: Path) -> list[dict[str, object]]:
    values: list[dict[str, object]] = json.loads((folder / "curation.json").read_text(encoding="utf-8"))["entries"]
    return values


def test_corrections_are_made_in_the_order_typed(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = call("--split", "3@100s", "--merge", "1,2", "--split", "1@200s", "--undo", "--drop=3a", "--redo")
    assert code == 0, err
    done = [(e["operation"], e.get("unit")) for e in entries(tmp_path / "r")]
    assert done == [("split", "3"), ("merge", None), ("split", "1"), ("undo", None), ("delete", "3a"), ("undo", None)]
    assert all(e["reason"] == "by eye, no reason typed" and e["by"] == "A. N" for e in entries(tmp_path / "r"))
    assert out.count("done: entry") == 6
    assert "page: " in out
    assert "log: " in out


def test_every_option_is_understood(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, _, err = call(
        "--note", "seen", "--relabel", "2=multi_unit", "--restrict", "3@10s:250s", "--call", "1=serotonergic",
        "--exclude", "2", "--move-dose", "ipsapirone@100=104", "--edit-dose", "ipsapirone@150=25 ug/kg",
        "--exclude-dose", "ipsapirone@100", "--baseline", "20:90", "--window", "ipsapirone@100=110:140",
        "--undo", "7", "--delete-dose", "ipsapirone@150",
    )  # fmt: skip
    assert code == 0, err
    made = entries(tmp_path / "r")
    assert [e["operation"] for e in made] == [
        "relabel", "restrict", "override_call", "exclude_cell", "move_dose", "edit_dose", "exclude_dose",
        "draw_baseline", "draw_window", "undo", "delete_dose",
    ]  # fmt: skip
    assert (made[5]["dose"], made[5]["unit"]) == (25.0, "ug/kg")
    assert all(e["reason"] == "seen" for e in made)


def test_the_next_call_goes_on_and_analyse_gives_the_same(call, file: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert call("--merge", "1,2")[0] == 0
    assert call("--drop", "3", "--note", "mains")[0] == 0
    assert [e["operation"] for e in entries(tmp_path / "r")] == ["merge", "delete"]
    log = tmp_path / "r" / "curation.json"
    code, out, _ = run("analyse", file, "--doses", file.with_name("doses.csv"), "--curation", log, "-o", tmp_path / "a")
    assert code == 0
    assert "mains" in out
    assert [e["operation"] for e in entries(tmp_path / "a")] == ["merge", "delete"]


def test_an_error_names_the_option_and_writes_nothing(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert call("--merge", "1,2")[0] == 0
    before = (tmp_path / "r" / "curation.json").read_bytes()
    for wrong, text in (
        (("--split", "3@80"), "--split 3@80: where"),
        (("--drop", "3", "--merge", "1,9"), "--merge 1,9: .*unit '9'"),
        (("--call", "1=serotonergic"), "--call 1=serotonergic: .*--note"),
        (("--window", "ipsapirone@100=300"), "--window ipsapirone@100=300: "),
        (("--undo", "8"), "--undo 8: "),
        (("--redo",), "--redo: nothing is undone"),
    ):
        code, _, err = call(*wrong)
        assert code == 1
        assert re.search(text, err), err
    assert (tmp_path / "r" / "curation.json").read_bytes() == before


def test_a_log_is_never_written_over(call, file: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert call("--merge", "1,2")[0] == 0
    log = tmp_path / "r" / "curation.json"
    kept = log.read_bytes()
    other = tmp_path / "other.json"
    other.write_text('{"ephys_curation": 1, "entries": []}', encoding="utf-8")
    for arguments in (
        ("curate", file, "-o", tmp_path / "r", "--curation", other),
        ("analyse", file, "-o", tmp_path / "r"),
    ):
        code, _, err = run(*arguments)
        assert code == 1
        assert "1 entries that would be lost" in err
    assert log.read_bytes() == kept


def test_what_was_corrected_while_an_analysis_ran_is_not_written_over(
    call: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyse = ephys.analyse_session

    def meanwhile(*arguments: Any, **named: Any) -> ephys.SessionAnalysis:
        assert call("--merge", "1,2")[0] == 0
        return analyse(*arguments, **named)

    monkeypatch.setattr(ephys, "analyse_session", meanwhile)
    code, _, err = run("analyse", file, "-o", tmp_path / "r")
    assert code == 1
    assert "1 entries that would be lost" in err
    assert len(entries(tmp_path / "r")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"ephys_curation": 1, "entr', "not readable as JSON"),
        ('{"ephys_curation": 99, "entries": []}', "later"),
        ('{"ephys_curation": 1, "session": "rat08", "entries": []}', "rat08"),
    ],
)
def test_a_log_that_cannot_be_used_stays_as_it_is(call, tmp_path: Path, text: str, said: str) -> None:  # type: ignore[no-untyped-def]
    log = tmp_path / "r" / "curation.json"
    log.parent.mkdir()
    log.write_text(text, encoding="utf-8")
    code, _, err = call("--merge", "1,2")
    assert code == 1
    assert said in err
    assert log.read_text(encoding="utf-8") == text


def test_the_command_that_is_repeated_has_no_corrections_of_its_own(call, file: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert call("--merge", "1,2", "--note=why", "--undo", "--redo", "--seed", 3)[0] == 0
    page = (tmp_path / "r" / "curation.html").read_text()
    assert page.startswith(f"ephys curate {file}")
    assert page.endswith("--by 'A. N' --seed 3")


@pytest.mark.parametrize(
    "operation",
    [
        Merge(("2", "sorted 5")),
        Split("3", "time", 812.25),
        Split("3", "amplitude", 80.5),
        Delete("4 (new)"),
        Relabel("2", "multi_unit"),
    ],
)
def test_what_is_suggested_can_be_typed(operation: Operation) -> None:
    flag, value = shlex.split(typed_option(operation))
    (step,) = read_corrections([Typed(flag.removeprefix("--"), value)])
    made: list[Operation] = []

    class Spy(ephys.Curation):
        def add(self, operation: Operation, *, reason: str = "") -> ephys.Curation:  # noqa: ARG002
            made.append(operation)
            return self

    step(Spy(None, by="A. N"), "")  # type: ignore[arg-type]
    assert made == [operation]


@pytest.mark.parametrize("text", ["3", "@812s", "3@", "3@812", "3@-s", "3@shape=x"])
def test_a_split_that_is_not_understood_is_told_before_any_work(text: str) -> None:
    with pytest.raises(ParameterError, match="--split"):
        read_corrections([Typed("split", text)])


@pytest.mark.slow
def test_the_wire_is_sorted_once(sample_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def sort(recording: ephys.Recording, _: object, seed: int, **__: object) -> list[ephys.Unit]:
        calls.append(seed)
        return [ephys.Unit.from_times([1.0, 2.0, 3.0], support=recording.support, id="1", origin="sort")]

    monkeypatch.setattr(sorting_once, "sort_units", sort)
    monkeypatch.setattr(ephys.Curation, "write_page", lambda _, path, command: Path(path).write_text(command))
    wire = sample_data / "raw_session.nwb"
    for more in ((), ("--relabel", "1=multi_unit"), ("--seed", 1)):
        code, _, err = run("curate", wire, "-o", tmp_path / "r", *more)
        assert code == 0, err
    assert calls == [0, 1], "another seed is another sorting"
    (kept,) = (tmp_path / "r").glob("[!c]*")
    assert kept.name == ".records"


def test_a_classifier_decides_where_it_is_told_to(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    rows = [
        {"animal": f"rat{i // 10}", "label": label, "rate_hz": rate_hz * (1.0 + 0.01 * i), "cv_collapsed": cv}
        for i in range(60)
        for label, rate_hz, cv in (("serotonergic", 1.0, 0.3), ("not_serotonergic", 8.0, 0.9))
    ]
    classifier = ephys.write_classifier(
        ephys.train_classifier(rows, features=("rate_hz", "cv_collapsed")), tmp_path / "ours.json"
    )
    code, _, err = call("--engine", "learned")
    assert code == 1
    assert "no classifier was given" in err
    code, _, err = call("--engine", "learned", "--classifier", classifier, "--preset", "awake", "--merge", "1,2")
    assert code == 0, err
    page = (tmp_path / "r" / "curation.html").read_text()
    assert f"--engine learned --classifier {classifier} --preset awake" in page
