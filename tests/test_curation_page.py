"""The page on corrections says what the program does."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

import ephys
from ephys.cli.curation_options import CORRECTIONS
from ephys.io.curation import write_curation
from ephys.model import DoseProtocol, Epoch, Session, Support, Unit
from ephys.report import curation_state
from ephys.sorting.curation import OPERATIONS, CurationLog, Suggestion
from ephys.sorting.curation.operations import Delete

PAGE = (Path(__file__).parent.parent / "docs" / "curation.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_operation_stands_there_with_its_fields() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:4]] for line in PAGE.splitlines() if re.match(r"\| `\w+` \|", line)
    ]
    written = {name: re.findall(r"`(\w+)`", fields) for _, name, fields in ((a, b.strip("`"), c) for a, b, c in rows)}
    assert written == {n: [f.name for f in dataclasses.fields(o)] for n, o in OPERATIONS.items()}
    assert all(hasattr(CurationLog, method.strip("`")) for method, _, _ in rows)


def test_the_log_written_by_hand_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(_blocks("json")[0], encoding="utf-8")
    assert [entry.number for entry in ephys.read_curation(path).active] == [1, 2, 3, 4]


def test_the_example_runs(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    units = [Unit.from_times([float(i)], support=Epoch(0.0, 9.0), id=str(i)) for i in range(1, 5)]
    write_curation(CurationLog.begin("rat07", units), "results/rat07/curation.json")
    exec(_blocks("python")[0], {})
    entries = json.loads(Path("rat07_curation.json").read_text(encoding="utf-8"))["entries"]
    assert [entry["operation"] for entry in entries] == ["merge", "move_dose", "undo"]


def test_the_example_for_a_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        curation_state, "suggest_curation", lambda *_, **__: (Suggestion(Delete("4"), 0.5, ("mains",)),)
    )
    whole = Support.of(Epoch(0.0, 900.0))
    units = tuple(Unit.from_times([0.1 * i + t for t in range(899)], support=whole, id=str(i)) for i in range(1, 6))
    names = {"ephys": ephys, "session": Session("rat07", DoseProtocol((), whole), units=units)}
    exec(_blocks("python")[1], names)
    log = ephys.read_curation("rat07_curation.json")
    assert [type(entry.operation).__name__ for entry in log.entries] == ["Merge", "Split", "Delete", "Undo"]
    assert log.unit_names == ("1", "2", "3a", "3b", "4")


def test_every_option_of_the_command_stands_there() -> None:
    written = set(re.findall(r"`--([a-z-]+)", PAGE.partition("## The page")[0]))
    assert {name.replace("_", "-") for name in CORRECTIONS} <= written
