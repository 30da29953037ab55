"""The sorting sweep itself: it can be stopped and goes on, and its page says what its sessions add up to."""

import importlib
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.slow
def test_a_sweep_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    study, page = importlib.import_module("sorting_study"), importlib.import_module("sorting_page")
    one = [condition for condition in study.CONDITIONS if condition.name == "ratio 8"]
    first = study.work(tmp_path, seeds=1, jobs=1, only="ephys", conditions=one)
    assert [(row["condition"], row["seed"], row["sorter"]) for row in first] == [("ratio 8", 0, "ephys")]
    assert min(cell["accuracy"] for cell in first[0]["cells"]) > 0.95
    assert sum(window["fired"] for window in first[0]["cells"][0]["windows"]) > 200
    kept = tmp_path / "sorting.jsonl"
    stale = {**first[0], "version": "another sorter"}
    kept.write_text(kept.read_text() + json.dumps(stale) + "\n" + '{"condition": "cut sh')  # killed while it wrote
    rows = study.work(tmp_path, seeds=2, jobs=1, only="ephys", conditions=one)
    assert [row["seed"] for row in rows] == [0, 1]
    assert rows[0] == json.loads(json.dumps(first[0]))
    page.write_page(rows, tmp_path)
    text = (tmp_path / "sorting.md").read_text()
    assert f"**{page.Mean.of([page.session_accuracy(row) for row in rows])}**" in text
    assert "No peer is installed" in text
    assert (tmp_path / "sorting.svg").stat().st_size > 1000


def test_a_share_that_falls_under_the_drug_is_counted_only_where_the_cell_is_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    page = importlib.import_module("sorting_page")

    def window(start_s: float, fired: int, found: int, size_sd: float = 8.0) -> dict[str, float]:
        return {"start_s": start_s, "stop_s": start_s + 30.0, "fired": fired, "found": found, "size_sd": size_sd}

    before, after = window(0.0, 50, 50), window(150.0, 40, 38)
    assert page.share_gaps([before, after]) == pytest.approx([0.05])
    assert page.share_gaps([before, window(150.0, 10, 5)]) == []  # too few to say
    assert page.share_gaps([before, window(150.0, 40, 38, size_sd=5.0)]) == []
