"""The page on corrections says what the program does."""

import dataclasses
import json
import re
from pathlib import Path

import ephys
from ephys.io.curation import write_curation
from ephys.model import Epoch, Unit
from ephys.sorting.curation import OPERATIONS, CurationLog

PAGE = (Path(__file__).parent.parent / "docs" / "curation.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


def test_every_operation_stands_there_with_its_fields() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in PAGE.splitlines() if line.startswith("| `")]
    written = {name: re.findall(r"`(\w+)`", fields) for _, name, fields in ((a, b.strip("`"), c) for a, b, c in rows)}
    assert written == {n: [f.name for f in dataclasses.fields(o)] for n, o in OPERATIONS.items()}
    assert all(hasattr(CurationLog, method.strip("`")) for method, _, _ in rows)


def test_the_log_written_by_hand_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(_block("json"), encoding="utf-8")
    assert [entry.number for entry in ephys.read_curation(path).active] == [1, 2, 3, 4]


def test_the_example_runs(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    units = [Unit.from_times([float(i)], support=Epoch(0.0, 9.0), id=str(i)) for i in range(1, 5)]
    write_curation(CurationLog.begin("rat07", units), "results/rat07/curation.json")
    exec(_block("python"), {})
    entries = json.loads(Path("rat07_curation.json").read_text(encoding="utf-8"))["entries"]
    assert [entry["operation"] for entry in entries] == ["merge", "move_dose", "undo"]
