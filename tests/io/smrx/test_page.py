"""What the page on `.smrx` shows, works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "smrx.md").read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("block", "shows"), [(0, "30 Marker Keyboard  7"), (1, "0.0 s 1 signals ['nw-1', 'nw-1', 'nw-1']")]
)
def test_a_block_of_the_page_runs(
    block: int, shows: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(BLOCKS[block], "smrx.md", "exec"), {})
    assert shows in capsys.readouterr().out


def test_the_sample_file_is_the_tests_own(sample_data: Path, smrx: object) -> None:
    assert callable(smrx)
    assert (sample_data / "rat12.smrx").read_bytes() == smrx("session").read_bytes()
