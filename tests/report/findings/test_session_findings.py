"""A session's page, tables and methods tell what stands beside its dose-responses."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

import ephys
from ephys.model import Administration, DoseProtocol
from ephys.report import render_report
from tests.report.reader import Reader

QUICK = ephys.Settings().override("fit.replicates", "99").override("features.n_resamples", "99")


@pytest.fixture(scope="module")
def ejected(sample_data: Path) -> ephys.SessionAnalysis:
    folder = sample_data / "protocols"
    session = ephys.read_session(
        folder / "iontophoresis_spikes.csv", doses=folder / "iontophoresis_doses.csv", stop_s=900.0
    )
    return ephys.analyse_session(session, QUICK)


@pytest.fixture(scope="module")
def reversed_session() -> ephys.SessionAnalysis:
    return ephys.analyse_session(ephys.simulate_session(1, with_voltage=False).session, QUICK)


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_ejected_is_measured_ejection_by_ejection_and_in_no_window(
    ejected: ephys.SessionAnalysis, tmp_path: Path
) -> None:
    (cell,) = ejected.cells
    assert (cell.responses, cell.fits, cell.reversals) == ((), (), ())
    assert cell.ejections is not None
    curve = next(barrel.curve for barrel in cell.ejections.barrels if barrel.drug == "compound-1")
    assert cell.id50_text.startswith(f"compound-1 {curve.text}")
    assert ejected.summary_columns[3] == "I50, this electrode (95 % CI)"
    rows = rows_of(ephys.write_results(ejected, tmp_path, provenance={}), "ejections")
    assert [float(row["start_s"]) for row in rows] == [one.epoch.start_s for one in cell.ejections.ejections]
    page = Reader(render_report(ejected, provenance={}))
    assert f"I50, this electrode, of compound-1, serotonergic units: unit 1: {curve.text}." in page.text
    assert "baseline before it" in page.text, "the figure of the ejections"
    assert "Suppressed spikes per nA were (R0·T - n)/I" in str(ephys.methods_text(ejected))
    assert "ID50" not in page.text[: page.text.rindex("Settings")]


def test_what_an_antagonist_did_is_in_the_first_sentences_the_tables_and_the_methods(
    reversed_session: ephys.SessionAnalysis, tmp_path: Path
) -> None:
    held = reversed_session.cells[0]
    (reversal,) = held.reversals
    assert reversal.verdict == "returned; spontaneous recovery not excluded", "no other animal to compare with"
    page = Reader(render_report(reversed_session, provenance={}))
    assert f"unit {held.unit.id} returned, spontaneous recovery not excluded" in page.text
    assert reversal.title in page.text
    folder = ephys.write_results(reversed_session, tmp_path, provenance={})
    rows = rows_of(folder, "reversals")
    assert [row["unit"] for row in rows if row["role"] == "antagonist"] == [c.unit.id for c in reversed_session.cells]
    assert rows[0]["verdict"] == reversal.verdict
    assert float(rows[0]["return_s"]) == reversal.steps[0].back.value_s
    recoveries = ephys.recoveries_from_rows(rows_of(folder, "recoveries"))
    assert [one.unit_id for one in recoveries] == [c.unit.id for c in reversed_session.cells]
    assert "A rate counted as back at 80 % of baseline or more" in str(ephys.methods_text(reversed_session))


def test_a_later_return_counts_where_the_settings_say_so(reversed_session: ephys.SessionAnalysis) -> None:
    short = ephys.analyse_session(reversed_session.session, QUICK.override("reversal.within_s", "5"))
    (reversal,) = short.cells[0].reversals
    assert reversal.verdict == "partly"
    assert "later than 5 s" in str(reversal)


def test_ejections_that_overlap_are_a_flag_and_the_rest_of_the_cell_is_told(ejected: ephys.SessionAnalysis) -> None:
    session = ejected.session
    first = session.protocol.administrations[0]
    twice = Administration(
        "compound-9", first.start_s + 10.0, first.end_s + 10.0, dose=5.0, dose_unit="nA", route="iontophoresis"
    )
    protocol = DoseProtocol((*session.protocol.administrations, twice), session.protocol.recorded)
    (cell,) = ephys.analyse_session(replace(session, protocol=protocol), QUICK).cells
    assert cell.ejections is None
    assert any("ejections overlap: compound-1" in flag for flag in cell.flags)
    assert cell.classification is not None
