"""The reader on the page about the .smrx format reads what is written by that page."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_the_reader_on_the_page_reads_a_wave_whose_index_has_two_levels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    recording = importlib.import_module("smrx_recording")
    samples = recording.write_recording(tmp_path / "large.smrx", 20_000_000)
    page = (ROOT / "docs" / "smrx_format.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert found
    names: dict[str, Any] = {"__name__": "page"}
    monkeypatch.setattr("sys.argv", ["page"])
    exec(compile(found.group(1), "smrx_format.md", "exec"), names)
    starts, divide, (run,) = names["wave"](tmp_path / "large.smrx", recording.WIRE)
    assert (starts, divide) == ([0], recording.WIRE_TICKS)
    assert np.array_equal(np.rint(run * 6553.6), np.arange(samples) % recording.PERIOD)
