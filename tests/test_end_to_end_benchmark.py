"""The end-to-end study itself: it can be stopped and goes on, and its page counts what the truth says."""

import importlib
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ephys.pharmacology import fit_population

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.slow
def test_a_study_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two animals a group, no voltage and no fast cell, for speed: what the sorter does is another test's."""
    monkeypatch.syspath_prepend(str(FOLDER))
    study, page = importlib.import_module("end_to_end_study"), importlib.import_module("end_to_end_page")
    table = importlib.import_module("end_to_end_table")
    quick = partial(fit_population, fixed={"hill": 1.8, "dispersion": 0.05})
    monkeypatch.setattr(table, "fit_population", quick)
    monkeypatch.setattr(study, "ANIMALS", 2)
    monkeypatch.setattr(study, "SCENARIOS", study.SCENARIOS[:1])
    slow = study._other("slow_irregular", np.random.default_rng(0))
    monkeypatch.setattr(study, "_other", lambda *_: slow)
    monkeypatch.setattr(study, "simulate_session", partial(study.simulate_session, with_voltage=False))
    rows = study.work(tmp_path, experiments=1, jobs=1)
    assert [(row["animal"], row["group"]) for row in rows] == [
        (0, "control"), (1, "control"), (2, "chronic"), (3, "chronic"),
    ]  # fmt: skip
    kept = tmp_path / "end_to_end.jsonl"
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(lines[:3]) + lines[3][:40])  # killed while it wrote
    again = study.work(tmp_path, experiments=1, jobs=1)
    assert [row["cells"] for row in again] == [json.loads(json.dumps(row["cells"])) for row in rows]
    page.write_page(again, study.SCENARIOS, tmp_path)
    text = (tmp_path / "end_to_end.md").read_text()
    assert "| plain | 4 | 4 | 0 | 0 | 0 | 0 | 0 | 2 | 0 |" in text
    assert (tmp_path / "end_to_end.svg").stat().st_size > 1000


def test_a_neighbour_that_is_called_and_a_cell_that_is_called_twice_are_wrong_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    table = importlib.import_module("end_to_end_table")

    def unit(kind: str, recall: float, analysed: bool = True) -> dict[str, object]:
        return {"is": kind, "recall": recall, "analysed": analysed}

    once, again = unit("serotonergic", 0.8), unit("serotonergic", 0.2)
    neighbour, left_out = unit("slow_irregular", 1.0), unit("fast", 1.0, analysed=False)
    row = {"cells": [once, again, neighbour, left_out]}
    assert [wrong for _, wrong in table.false_calls([row])] == [again, neighbour]
    assert table.false_calls([{"cells": [once, left_out]}]) == []
