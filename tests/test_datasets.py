"""Sample data by name."""

from pathlib import Path

import pytest

from ephys.datasets import dataset_path, load_raw_session, open_dataset
from ephys.errors import DatasetError
from ephys.io import read_cohort, write_nwb
from ephys.model import DoseProtocol, Epoch, Session, Support, Unit


def _sample_folder(folder: Path) -> Path:
    """A small stand-in for sample_data."""
    whole = Support.of(Epoch(0.0, 600.0))
    (folder / "cohort").mkdir()
    for name, file in (("raw_session", "raw_session.nwb"), ("c01", "cohort/c01.nwb")):
        session = Session(name, DoseProtocol((), whole), units=(Unit.from_times([1.0, 2.0], support=whole),))
        write_nwb(session, folder / file)
    (folder / "doses.csv").write_text("time_s,drug,amount,unit\n200,ipsapirone,25,ug/kg\n")
    (folder / "cohort_doses.csv").write_text("session,time_s,drug,amount,unit\nc01,300,lesopitron,5,ug/kg\n")
    (folder / "cohort.csv").write_text("animal,group,cell,file\na1,control,1,cohort/c01.nwb\n")
    return folder


def test_the_environment_says_where_the_samples_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPHYS_SAMPLE_DATA", str(_sample_folder(tmp_path)))
    assert dataset_path("raw_session") == tmp_path / "raw_session.nwb"
    assert load_raw_session().protocol.drugs == ("ipsapirone",)
    assert open_dataset("c01").protocol.drugs == ("lesopitron",)
    assert read_cohort(dataset_path("cohort")).cells[0].files == (tmp_path / "cohort" / "c01.nwb",)
    with pytest.raises(DatasetError, match=r"no sample session called 'c02'; there are raw_session, c01"):
        open_dataset("c02")


def test_every_table_of_a_protocol_has_a_name(sample_data: Path) -> None:
    tables = sorted((sample_data / "protocols").glob("*.csv"))
    assert len(tables) == 10
    assert [dataset_path(path.stem) for path in tables] == tables


def test_samples_that_are_not_here_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPHYS_SAMPLE_DATA", str(tmp_path))
    monkeypatch.setattr("ephys.datasets.__file__", str(tmp_path / "site-packages" / "ephys" / "datasets.py"))
    with pytest.raises(DatasetError, match=r"raw_session.*EPHYS_SAMPLE_DATA.*make_sample_data\.py"):
        dataset_path("raw_session")
    with pytest.raises(DatasetError, match=r"no sample data called 'rat'; there are raw_session, cohort"):
        dataset_path("rat")
