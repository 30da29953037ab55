"""Corrections that somebody made in a results folder are never written over, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.errors import CurationError
from ephys.model import DoseProtocol, Epoch, Session, Support, Unit

WHOLE = Epoch(0.0, 100.0)
SESSION = Session(
    "s1", DoseProtocol((), Support.of(WHOLE)), units=(Unit.from_times(np.arange(0.5, 99.0), support=WHOLE),)
)


def write(folder: Path, log: ephys.CurationLog | None = None) -> Path:
    analysis = ephys.analyse_session(SESSION, curation=log)
    return ephys.write_results(analysis, folder, provenance={})


def write_staged(folder: Path, log: ephys.CurationLog | None = None) -> None:
    with ephys.staged_folder(folder) as stage:
        write(stage, log)


@pytest.fixture
def log() -> ephys.CurationLog:
    return ephys.analyse_session(SESSION).curation.signed("A. Name").override_call("1", "uncertain", reason="too few")


@pytest.mark.parametrize("writing", [write, write_staged])
def test_results_without_the_corrections_of_a_folder_are_not_written_into_it(
    writing: Callable[..., object], log: ephys.CurationLog, tmp_path: Path
) -> None:
    write(tmp_path, log)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(CurationError, match=r"curation.json has 1 entries that would be lost: begin from it \(cur"):
        writing(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("writing", [write, write_staged])
def test_results_that_have_them_and_more_are(
    writing: Callable[..., object], log: ephys.CurationLog, tmp_path: Path
) -> None:
    writing(tmp_path)
    writing(tmp_path, log)
    longer = log.exclude_cell("1", reason="moved")
    writing(tmp_path, longer)
    assert len(ephys.read_curation(tmp_path / "curation.json").entries) == 2
    undone = replace(log, entries=())
    with pytest.raises(CurationError, match="2 entries"):
        writing(tmp_path, undone)


def test_a_log_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "curation.json").write_text('{"ephys_curation": 1, "entr', encoding="utf-8")
    with pytest.raises(CurationError, match="not readable as JSON"):
        write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["curation.json"]


def test_other_files_are_staged_into_a_folder_with_a_log(log: ephys.CurationLog, tmp_path: Path) -> None:
    write(tmp_path, log)
    with ephys.staged_folder(tmp_path) as stage:
        (stage / "page.html").write_text("page", encoding="utf-8")
    assert (tmp_path / "page.html").exists()
    assert len(ephys.read_curation(tmp_path / "curation.json").entries) == 1
