"""The file's own units beside the wire sorted anew; what is said of limits, of a wire that was named, and of jobs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ephys.analysis import SessionAnalysis
from ephys.cli.summary import summary_table, summary_values
from ephys.errors import ParameterError
from ephys.io import collect_provenance, write_results
from ephys.model import DoseProtocol, ReadingSettings, Recording, Session, Subject, Unit
from ephys.pipeline import analyse_session, classify_session
from ephys.report.page import render_report
from ephys.settings import Settings

HZ = 20_000.0


def _session() -> tuple[Session, int]:
    """One wire with a cell that points up and one that points down, and the file's own units.

    Those know the first cell with each fifth spike missed and ten invented; of the second they know nothing.
    """
    rng = np.random.default_rng(0)
    wire = rng.normal(0.0, 6.0, round(100 * HZ))
    up = np.cumsum(rng.normal(0.5, 0.05, 195)) + 0.5
    down = np.cumsum(rng.uniform(0.2, 0.5, 270)) + 0.7
    down = down[np.abs(down[:, np.newaxis] - up).min(axis=1) > 0.01]
    for times, shape in ((up, 180.0 * np.hanning(24)), (down, -120.0 * np.hanning(14))):
        for at in np.rint(times * HZ).astype(int):
            wire[at - len(shape) // 2 : at + len(shape) - len(shape) // 2] += shape
    recording = Recording.from_array(wire, sampling_hz=HZ, band_hz=(0.1, 8000.0))
    kept = np.delete(up, np.arange(0, len(up), 5))
    own = Unit.from_times(np.sort([*kept, *(up[10:110:10] + 0.1)]), support=recording.support, id="own")
    return Session("rat07", DoseProtocol((), recording.support), recording=recording, units=(own,)), len(kept)


SESSION, KEPT = _session()


@pytest.fixture(scope="module")
def both() -> SessionAnalysis:
    return analyse_session(SESSION, Settings().override("analysis.units", "both"), jobs=1)


def test_the_table_of_agreement_counts_what_both_have_and_what_either_has_alone(
    both: SessionAnalysis, tmp_path: Path
) -> None:
    provenance = collect_provenance(both, command="ephys analyse")
    write_results(both, tmp_path, provenance=provenance)
    own, *alone = pd.read_csv(tmp_path / "agreement.csv", keep_default_na=False, dtype={"found": str}).to_dict(
        "records"
    )
    assert (own["unit"], own["matched"], own["missed"], own["extra"]) == ("own", KEPT, 10, 195 - KEPT)
    assert own["accuracy"] == pytest.approx(KEPT / (195 + 10))
    assert {(row["unit"], row["matched"], row["missed"], row["accuracy"]) for row in alone} == {("", 0, 0, 0.0)}
    assert max(row["extra"] for row in alone) == pytest.approx(260, abs=15)
    assert {own["found"], *(row["found"] for row in alone)} == {
        c.unit.id for c in both.cells if c.unit.origin == "sort"
    }
    page = render_report(both, provenance=provenance)
    assert "against the sorting" in page
    assert f"{own['accuracy']:.3f}" in page


def test_the_summary_and_its_json_hold_the_agreement(both: SessionAnalysis) -> None:
    rows = json.loads(json.dumps(summary_values(both, Path("report.html"))))["agreement"]
    assert [(row["own"], row["matched"]) for row in rows[:2]] == [("own", KEPT), (None, 0)]
    text = summary_table(both, Path("report.html"))
    assert f"own unit own: best match {rows[0]['found']}, accuracy 0.76" in text
    assert f"found unit {rows[1]['found']}: none of the file's own" in text


def test_the_users_own_codes_are_the_units_by_default_and_no_agreement_is_written(tmp_path: Path) -> None:
    analysis = analyse_session(SESSION)
    assert [cell.unit.id for cell in analysis.cells] == ["own"]
    write_results(analysis, tmp_path, provenance={})
    assert not (tmp_path / "agreement.csv").exists()


def test_a_wire_that_was_named_beside_own_units_is_spoken_of() -> None:
    named = replace(SESSION, reading=ReadingSettings(wire=("Unit",)))
    for notes in (analyse_session(named).notes, classify_session(named).notes):
        assert any("the units are the file's own" in note for note in notes)
    asked = Settings().override("analysis.units", "wavemark")
    assert not any("a wire was named" in note for note in analyse_session(named, asked).notes)
    assert not any("a wire was named" in note for note in analyse_session(SESSION).notes)


@pytest.mark.parametrize(
    ("species", "preset", "other"),
    [
        ("Mus musculus", "rat_in_vivo", True),
        ("Rattus norvegicus", "mouse_slice", True),
        ("Rattus norvegicus", "rat_in_vivo_urethane", False),
        ("Mus musculus", "awake", False),
        ("", "rat_in_vivo", False),
    ],
)
def test_limits_of_another_species_are_questioned(species: str, preset: str, other: bool) -> None:
    session = replace(SESSION, subject=Subject(species=species))
    notes = analyse_session(session, Settings().override("analysis.preset", preset)).notes
    assert any("not made for species" in note for note in notes) is other


@pytest.mark.parametrize("jobs", [0, -1])
def test_fewer_than_one_job_is_refused(jobs: int) -> None:
    for choice in ("wavemark", "sort"):
        with pytest.raises(ParameterError, match=f"jobs must be 1 or more .* got {jobs}"):
            analyse_session(SESSION, Settings().override("analysis.units", choice), jobs=jobs)
