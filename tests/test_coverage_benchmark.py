"""The coverage study itself: it can be stopped and goes on, and its page says what its data sets add up to."""

import importlib
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.slow
def test_a_study_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    study, page = importlib.import_module("coverage_study"), importlib.import_module("coverage_page")
    monkeypatch.setattr(study, "SCENARIOS", study.SCENARIOS[:1])
    first = study.work(tmp_path, runs=20, jobs=1)
    assert [row["seed"] for row in first] == [0]
    kept = tmp_path / "coverage.jsonl"
    kept.write_text(kept.read_text() + '{"scenario": "cut sh')  # killed while it wrote
    rows = study.work(tmp_path, runs=40, jobs=1)
    assert [row["seed"] for row in rows] == [0, 1]
    assert rows[0] == json.loads(json.dumps(first[0]))
    page.write_page(rows, [(study.SCENARIOS[0].name, True)], tmp_path)
    covered = [cell["covers"] for row in rows for cell in row["shared"]]
    assert f"| {100 * sum(covered) / len(covered):.1f} (" in (tmp_path / "coverage.md").read_text()
    assert (tmp_path / "coverage.svg").stat().st_size > 1000
