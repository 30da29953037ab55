"""What the README shows, works."""

import re
from pathlib import Path

import ephys
from ephys.model import Epoch, Support

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    assert found
    return found.group(1)


def test_the_dose_table_is_one_that_can_be_read(tmp_path: Path) -> None:
    table = tmp_path / "doses.csv"
    table.write_text(_block("csv"), encoding="utf-8")
    given = ephys.read_doses(table, session_id="rat07", support=Support.of(Epoch(0.0, 900.0)))
    assert [a.role for a in given] == ["vehicle", "agonist", "agonist", "agonist", "antagonist"]
