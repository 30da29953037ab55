"""When a recording began by the cohort's table, and a second drug on cells that have had one."""

from __future__ import annotations

from pathlib import Path

import pytest

import ephys


@pytest.fixture
def study(shipped_cohort: Path, tmp_path: Path) -> Path:
    """One session of the cohort, with a table of its own."""
    (tmp_path / "s0.csv").write_text((shipped_cohort / "s0.csv").read_text())
    (tmp_path / "cohort.csv").write_text(
        "animal,group,cell,file,date,time,doses\nr0,control,c0,s0.csv,2026-03-02,09:00,doses.csv\n"
    )
    return tmp_path


def analysed(study: Path, chosen: ephys.Settings) -> ephys.CohortAnalysis:
    settings = chosen.override("cohort.desensitised", "false")
    return ephys.analyse_cohort(study / "cohort.csv", settings=settings, jobs=1)


def test_times_of_day_in_the_dose_table_are_reckoned_from_the_start_that_the_cohort_states(
    study: Path, chosen: ephys.Settings
) -> None:
    (study / "doses.csv").write_text(
        "clock_time,drug,amount,unit,dose_kind,route\n"
        "09:02:00,ipsapirone,20,ug/kg,increment,iv\n09:03:00,ipsapirone,40,ug/kg,increment,iv\n"
    )
    (cell,) = analysed(study, chosen).cells
    assert [row["given_s"] for row in cell.record.response_rows if row["role"] == "agonist"] == [120.0, 180.0]


def test_a_second_drug_on_the_same_cell_is_said(study: Path, chosen: ephys.Settings) -> None:
    (study / "doses.csv").write_text(
        "time_s,drug,amount,unit,dose_kind,route\n"
        "120,ipsapirone,20,ug/kg,increment,iv\n180,ipsapirone,40,ug/kg,increment,iv\n"
        "240,lesopitron,20,ug/kg,increment,iv\n"
    )
    notes = analysed(study, chosen).notes
    assert (
        "lesopitron was given after ipsapirone in the same session to r0 c0: its ID50 there is that of cells that are "
        "not naive"
    ) in notes
