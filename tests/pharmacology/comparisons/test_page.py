"""The page on comparisons runs as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_page_of_comparisons_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "comparisons.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "comparisons.md", "exec"), names)
    printed = capsys.readouterr().out
    assert len(blocks) == 3
    assert "lesopitron is" in printed
    assert "prediction limit" in printed
