"""The page on corrections says what the program does."""

import dataclasses
import re
from pathlib import Path

import ephys
from ephys.cli.curation_options import CORRECTIONS
from ephys.sorting.curation import OPERATIONS, CurationLog

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


def test_every_option_of_the_command_stands_there() -> None:
    written = set(re.findall(r"`--([a-z-]+)", PAGE.partition("## The page")[0]))
    assert {name.replace("_", "-") for name in CORRECTIONS} <= written
