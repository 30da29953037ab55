"""The cohorts on which the batch's cost is measured are sound, and as large as they say."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

import ephys

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def cohorts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("batch_cohorts")


def test_a_copy_of_a_session_has_an_animal_and_doses_of_its_own(cohorts: ModuleType, tmp_path: Path) -> None:
    cohort = ephys.read_cohort(cohorts.copied_cohort(tmp_path / "copied", 24))
    assert len({cell.session for cell in cohort.cells}) == len({cell.files for cell in cohort.cells}) == 24
    first, again = ([cell.animal for cell in cohort.cells if cell.session == f"rat01_1_{copy}"] for copy in (1, 2))
    assert set(first) == {"rat01_1"}
    assert set(again) == {"rat01_2"}


def test_cells_written_as_text_are_read_with_their_spikes_and_their_silence(
    cohorts: ModuleType, tmp_path: Path
) -> None:
    table = cohorts.text_cohort(tmp_path / "text", 3)
    check = ephys.check_cohort(table, open_files=True)
    assert check.ok, str(check)
    original = ephys.read_session(ephys.dataset_path("cohort").parent / "cohort/rat01_1.nwb")
    cell = ephys.read_cohort(table).cells[0]
    assert cell.settings is not None
    text = ephys.read_session(cell.files[0], reading=ephys.read_settings(cell.settings).reading)
    assert text.units[0].times_s == pytest.approx(original.units[0].times_s, abs=1e-6)
    assert text.support.stop_s == original.support.stop_s
