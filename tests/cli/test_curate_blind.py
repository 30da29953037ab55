"""``ephys curate --blind`` prints nothing that names file, session, animal or drug, and writes the ordinary log."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import matplotlib as mpl
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.report import curation_state
from ephys.sorting.curation import Suggestion
from ephys.sorting.curation.operations import Delete

mpl.use("Agg")
TELLING = (
    "zfile",
    "ztable",
    "zdrug",
    "zsolvent",
    "zgroup",
    "zanimal",
    "zmark",
    "zreason",
    "zlegend",
    "777.1",
    "778.1",
    "ug/kg",
)
SAID = ("--subject", "group=zgroup", "--subject=animal=zanimal", "--stock", "zdrug=50 ug/ml", "--key=z=zmark")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three units as times, with two doses beside, under names that tell."""
    rows = [(f"{place + 0.31 * unit:.4f}", str(unit)) for unit in (1, 2, 3) for place in range(1, 300, unit)]
    path = tmp_path / "zfile.csv"
    path.write_text("time_s,unit\n" + "\n".join(",".join(row) for row in rows), encoding="utf-8")
    path.with_name("ztable.csv").write_text(
        "time_s,drug,amount,unit,dose_kind,role\n100,zsolvent,1,ml/kg,increment,vehicle\n"
        "150,zdrug,777.125,ug/kg,increment,agonist\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture(autouse=True)
def _suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    suggested = (Suggestion(Delete("3"), 0.5, ("mains",)),)
    monkeypatch.setattr(curation_state, "suggest_curation", lambda *_, **__: suggested)


def call(file: Path, folder: str, *more: object) -> tuple[int, str]:
    """Exit code, and all that was printed."""
    words = ["curate", file, "--doses", file.with_name("ztable.csv"), *SAID, "--by", "A. N", *more]
    if folder:
        words += ["-o", file.parent / folder]
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def told_by(text: str, folder: Path) -> list[str]:
    bare = re.sub(r"base64,[A-Za-z0-9+/=\s]+", "", text).replace(str(folder), "")
    return [word for word in TELLING if word in bare.lower()]


def test_page_and_console_tell_nothing_and_the_log_is_the_ordinary_one(file: Path) -> None:
    corrections = ("--merge", "1,2", "--note", "zreason zdrug", "--exclude", "3")
    assert call(file, "open", *corrections)[0] == 0
    code, printed = call(file, "blind", "--blind", *corrections)
    assert code == 0, printed
    folder = file.parent / "blind"
    page = (folder / "curation.html").read_text(encoding="utf-8")
    assert (told_by(printed, folder), told_by(page, folder)) == ([], [])
    assert "session: 2 units, 2 corrections hold" in printed
    said = "--subject SUBJECT --subject SUBJECT --stock STOCK --key KEY"
    repeated = f"ephys curate FILE --doses DOSES {said} --by 'A. N' --blind -o {folder}"
    assert f"{repeated} --drop 3" in printed
    assert f"{repeated} --drop 3" in page.replace("&#39;", "'")
    logs = [
        json.loads((file.parent / name / "curation.json").read_text(encoding="utf-8")) for name in ("open", "blind")
    ]
    for log in logs:
        for entry in log["entries"]:
            entry.pop("at")
    assert logs[0] == logs[1]
    assert logs[1]["session"] == "zfile"


def test_what_was_corrected_with_open_eyes_is_told_without_its_words(file: Path) -> None:
    more = ("--note", "zreason", "--edit-dose", "zdrug@150=778.125 ug/kg", "--move-dose", "zsolvent@100=104")
    assert call(file, "r", *more)[0] == 0
    code, printed = call(file, "r", "--blind", "--undo")
    folder = file.parent / "r"
    page = (folder / "curation.html").read_text(encoding="utf-8")
    assert code == 0, printed
    assert (told_by(printed, folder), told_by(page, folder)) == ([], [])
    assert "mark 2 at 150 s: dose corrected" in page
    assert "<del>mark 1 at 100 s: moved to 104 s</del>" in page


@pytest.mark.parametrize(
    ("folder", "more", "said"),
    [
        ("r", ("--move-dose", "zdrug@150=154", "--note", "x"), "--move-dose: not when blind: "),
        ("r", ("--window", "zdrug@150=154:170", "--note", "x"), "--window: not when blind: "),
        ("", (), "--blind needs --out"),
        ("r", ("--merge", "1,9"), "--merge 1,9: .*unit '9'"),
        ("r", ("--baseline", "20:240", "--note", "x"), "--baseline 20:240: .*before the first drug"),
        ("r", ("--legend", "zlegend.csv"), "may name what is hidden; without blinding it is shown"),
        ("r", ("--engine", "learned"), "no classifier was given"),
    ],
)
def test_what_is_refused_tells_nothing(file: Path, folder: str, more: tuple[str, ...], said: str) -> None:
    code, printed = call(file, folder, "--blind", *more)
    assert code == 1
    assert re.search(said, printed), printed
    assert told_by(printed, file.parent / "r") == []


def test_a_recording_that_cannot_be_read_is_not_named(file: Path) -> None:
    file.with_name("ztable.csv").write_text("time_s,drug\nzreason,zdrug\n", encoding="utf-8")
    code, printed = call(file, "r", "--blind", "--verbose")
    assert code == 1
    assert "recording, tables or log cannot be used" in printed
    assert told_by(printed, file.parent / "r") == []


def test_warnings_are_counted_and_not_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = ephys.read_session

    def warned(*arguments: object, **options: object) -> ephys.Session:
        warnings.warn("zfile is damaged", RuntimeWarning, stacklevel=1)
        return read(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ephys, "read_session", warned)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        code, printed = call(file, "r", "--blind")
    assert code == 0, printed
    assert "1 warnings may name what is hidden" in printed
    assert told_by(printed, file.parent / "r") == []
