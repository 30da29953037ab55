"""What the README shows, works."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import ephys
from ephys.model import Epoch, Support

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    assert found
    return found.group(1)


@pytest.mark.slow
def test_the_ten_lines_give_an_id50(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(compile(_block("python"), "README.md", "exec"), names)
    plt.close("all")
    assert "ID50" in capsys.readouterr().out


def test_the_dose_table_is_one_that_can_be_read(tmp_path: Path) -> None:
    table = tmp_path / "doses.csv"
    table.write_text(_block("csv"), encoding="utf-8")
    given = ephys.read_doses(table, session_id="rat07", support=Support.of(Epoch(0.0, 900.0)))
    assert [a.role for a in given] == ["vehicle", "agonist", "agonist", "agonist", "antagonist"]


def test_the_page_on_curves_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "curves.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert found
    exec(compile(found.group(1), "curves.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "c 0 fixed" in printed
    assert "(95 % profile" in printed
