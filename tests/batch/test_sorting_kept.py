"""A raw session is sorted once, and again only for what the sorting depends on."""

from collections.abc import Callable
from pathlib import Path

import pytest

import ephys
from ephys.batch import working
from ephys.batch.analysing import workshop_in
from ephys.batch.cohort import run_sessions
from ephys.batch.jobs import plan_jobs
from ephys.io import write_nwb
from ephys.simulation import CellSpec, DoseSchedule, simulate_session
from ephys.sorting import sort_units

Replace = Callable[[Path, str, str], None]
SHORT = DoseSchedule(
    cumulative_ug_kg=(60.0,), vehicle="", antagonist="", baseline_s=40.0, interval_s=40.0, recovery_s=20.0
)


@pytest.fixture
def raw_folder(tmp_path: Path) -> Path:
    """A cohort of one raw session of 100 s, with two rows for what the sorter finds."""
    cell = CellSpec(name="1", rate_hz=2.0, cv=0.3, id50=60.0)
    session = simulate_session(3, cells=[cell], schedule=SHORT, session_id="raw").session
    write_nwb(session, tmp_path / "raw.nwb", voltage=True)
    (tmp_path / "doses.csv").write_text(
        "session,time_s,drug,amount,unit,dose_kind,route\nraw,40,ipsapirone,60,ug/kg,increment,i.v.\n"
    )
    (tmp_path / "cohort.csv").write_text(
        "animal,group,cell,file,session,unit,doses\nr1,control,1,raw.nwb,raw,sort,doses.csv\n"
    )
    return tmp_path


def test_a_wire_is_sorted_once_for_all_that_is_asked_of_it(
    raw_folder: Path, replaced: Replace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sorted_with: list[float] = []

    def counted(recording: ephys.model.Recording, settings: ephys.sorting.SortingSettings, *rest: int, jobs: int):
        sorted_with.append(settings.detection.threshold_sd)
        return sort_units(recording, settings, *rest, jobs=jobs)

    monkeypatch.setattr(working, "sort_units", counted)

    def run(**changes: str) -> ephys.analysis.SessionRecord:
        settings = ephys.Settings().override("analysis.units", "sort")
        for name, value in changes.items():
            settings = settings.override(name.replace("__", "."), value)
        jobs = plan_jobs(ephys.read_cohort(raw_folder / "cohort.csv"), settings)
        with workshop_in(raw_folder / "results", reports=False) as workshop:
            gathered = run_sessions(jobs, workshop, workers=1)
        assert gathered.failures == ()
        return gathered.records["raw"]

    first = run()
    assert first.sorted_anew
    assert len(first.cells) >= 1
    assert repr(run().cells) == repr(first.cells)
    again = run(fit__level="0.9")
    assert again.key != first.key
    assert [cell.unit_row["n_spikes"] for cell in again.cells] == [cell.unit_row["n_spikes"] for cell in first.cells]
    replaced(raw_folder / "doses.csv", "raw,40,", "raw,41,")
    assert run().key not in (first.key, again.key)
    assert sorted_with == [4.0]
    run(sorting__detection__threshold_sd="4.4")
    assert sorted_with == [4.0, 4.4]
