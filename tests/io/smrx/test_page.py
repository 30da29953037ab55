"""What the page on `.smrx` shows, works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ephys

ROOT = Path(__file__).resolve().parents[3]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "smrx.md").read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize(("block", "shows"), [(0, "29 TextMark TextMark  5"), (1, "nw-1 ch4#1 ")])
def test_a_block_of_the_page_runs(
    block: int, shows: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(BLOCKS[block], "smrx.md", "exec"), {})
    assert shows in capsys.readouterr().out


def test_the_sample_session_gives_the_id50_that_it_was_made_with(sample_data: Path) -> None:
    session = ephys.read_session(sample_data / "spike2_session.smrx", dose_kind="cumulative")
    response = ephys.dose_response(session.units[1], session.protocol, drug="ipsapirone")
    fit = ephys.fit_dose_response(response)
    assert fit.id50_low < 62.5 < fit.id50_high
    assert fit.id50 == pytest.approx(62.5, rel=0.1)
    assert ephys.classify_unit(session.units[1], within=session.protocol.baseline).is_serotonergic
