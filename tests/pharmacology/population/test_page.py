"""What the page on populations shows, works."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "populations.md"


def test_the_example_of_the_page_finds_the_shift(capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found
    names: dict[str, object] = {}
    exec(compile(found.group(1), PAGE.name, "exec"), names)
    assert "F(1, 8) = " in capsys.readouterr().out
    shift = names["shift"]
    assert shift.low < 3.0 < shift.high  # type: ignore[attr-defined]
