"""The sample data are the committed seeds, small enough to ship, and their tables agree."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from ephys.io import read_animals, read_cohort, read_nwb, read_truth
from ephys.simulation import simulate_cohort, simulate_session


@pytest.fixture
def folder(sample_data: Path) -> Path:
    if not (sample_data / "raw_session.nwb").is_file():
        pytest.skip("no sample data here: run make sample-data")
    return sample_data


def test_the_sample_data_are_under_25_megabytes_and_the_raw_session_under_18(folder: Path) -> None:
    assert (folder / "raw_session.nwb").stat().st_size < 18e6
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 25e6


def test_the_raw_session_is_what_its_seed_gives(folder: Path) -> None:
    file, seed = read_nwb(folder / "raw_session.nwb"), simulate_session(0).session
    assert file.recording is not None
    assert seed.recording is not None
    np.testing.assert_array_equal(file.recording.read(0, 10**8), seed.recording.read(0, 10**8))
    assert file.protocol.administrations == seed.protocol.administrations


def test_the_cohort_is_what_its_seed_gives(folder: Path) -> None:
    for simulated in simulate_cohort(0)[:4]:
        file = read_nwb(folder / "cohort" / f"{simulated.session.id}.nwb")
        for one, other in zip(file.units, simulated.session.units, strict=True):
            # to the last digits: another numpy may add up in another order
            np.testing.assert_allclose(one.times_s, other.times_s, rtol=1e-12)
            np.testing.assert_allclose(one.amplitudes_uv, other.amplitudes_uv, rtol=1e-12)


def test_the_tables_of_other_protocols_are_what_their_scripts_write_and_small(
    sample_data: Path, tmp_path: Path
) -> None:
    runpy.run_path(str(sample_data / "make_sample_data.py"))["write_protocols"](tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (sample_data / "protocols").glob("*.csv")}
    assert len(made) == 10
    assert sum(map(len, made.values())) < 32768


def test_every_cell_of_the_cohort_has_a_file_an_animal_and_a_truth(folder: Path) -> None:
    cells = read_cohort(folder / "cohort.csv").cells
    assert len(cells) >= 24
    groups = {animal.subject.animal: animal.subject.group for animal in read_animals(folder / "animals.csv")}
    assert all(groups[cell.animal] == cell.group for cell in cells)
    assert all(path and path.is_file() for cell in cells for path in (*cell.files, cell.doses))
    truth = {(row["session"], row["unit"]) for row in read_truth(folder / "truth.csv")}
    assert {(cell.session, cell.unit) for cell in cells} < truth
