"""What is said of the baseline reaches summary, tables, report and command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.cli.summary import summary_table
from ephys.io.results import units_table
from ephys.model import Administration, DoseProtocol, Epoch, Session, Subject, Support, Unit
from ephys.report.page import render_report
from ephys.simulation.trains import renewal_train

WHOLE = Epoch(0.0, 1000.0)
GIVEN = tuple(
    Administration("ipsapirone", 500.0 + 100.0 * number, dose=25.0, dose_unit="ug/kg", route="i.v.", form="base")
    for number in range(4)
)


def _session(rate_hz: np.ndarray) -> Session:
    """Session of a cell (CV 0.2) whose rate before the drug is given every 10 s; the drug halves it."""
    grid = np.arange(0.0, 1000.0 + 10.0, 10.0)
    rate = np.interp(grid, np.arange(rate_hz.size) * 10.0, rate_hz) * np.where(grid < 530.0, 1.0, 0.5)
    unit = Unit.from_times(renewal_train(grid, rate, cv=0.2, seed=1), support=WHOLE)
    subject = Subject(species="Rattus norvegicus", anaesthetic="urethane")
    return Session("r1", DoseProtocol(GIVEN, Support.of(WHOLE)), units=(unit,), subject=subject)


@pytest.fixture(scope="module")
def stepping() -> ephys.SessionAnalysis:
    """2 Hz until 350 s, 3 Hz after: the default baseline, 320 to 500 s, is unstable, its last 2 min are not."""
    return ephys.analyse_session(_session(np.where(np.arange(101) * 10.0 < 350.0, 2.0, 3.0)))


def test_an_unstable_baseline_brings_its_step_a_suggestion_and_one_note_on_urethane(
    stepping: ephys.SessionAnalysis,
) -> None:
    (cell,) = stepping.cells
    assert cell.stability is not None
    assert cell.stability.verdict == "unstable"
    assert any(flag.startswith("unstable baseline: ") and "a step at " in flag for flag in cell.flags)
    assert sum("draw_baseline(" in flag for flag in cell.flags) == 1
    assert sum("of one cycle" in note for note in stepping.notes) == 1
    assert stepping.baseline == Epoch(320.0, 500.0, "baseline")
    assert cell.fits[0].response.stability is cell.stability


def test_a_run_down_is_carried_on_to_the_last_read_out_in_table_and_report() -> None:
    analysis = ephys.analyse_session(_session(3.0 * 0.9 ** (np.arange(101) / 6.0)))
    (cell,) = analysis.cells
    assert cell.drift is not None
    assert cell.drift.per_dose_s == 100.0
    assert cell.drift.seconds == pytest.approx(
        870.0 - 410.0
    )  # from the middle to that of the last window, 840 to 900 s
    truth = 100 * 0.9 ** (cell.drift.seconds / 60.0)
    assert cell.drift.left.low < truth < cell.drift.left.high
    assert any(flag.startswith("drift of the baseline: if the slope went on") for flag in cell.flags)
    row = units_table(analysis).iloc[0]
    assert row["drift_left_percent"] == cell.drift.left.value
    assert row["drift_per_dose_high"] == cell.drift.per_dose.high < 0
    assert row["baseline_change_percent"] == cell.stability.change.value if cell.stability else False
    assert cell.drift.text in render_report(analysis, provenance={})


def test_a_chosen_baseline_says_so_everywhere_and_the_planned_one_stands_beside(
    stepping: ephys.SessionAnalysis, tmp_path: Path
) -> None:
    log = stepping.curation.signed("A. Name").draw_baseline(375.0, 500.0, reason="after the step")
    analysis = ephys.analyse_session(stepping.session, curation=log)
    (cell,) = analysis.cells
    said = "chosen after seeing the data"
    assert any(said in note and "320 to 500 s, stand beside" in note for note in analysis.notes)
    assert f"baseline: {said}" in cell.flags
    assert cell.stability is not None
    assert cell.stability.verdict == "stable"
    row = units_table(analysis).iloc[0]
    assert (row["stability"], row["stability_planned"]) == ("stable", "unstable")
    assert said in row["flags"]
    page = " ".join(render_report(analysis, provenance={}).split())
    assert f"375.0 to 500.0 s, {said} (fixed in advance: 320.0 to 500.0 s)" in page
    assert "steadiness of the baseline fixed in advance" in page
    assert f" spikes, {said})" in page  # the legend of the rate histogram
    printed = summary_table(analysis, tmp_path / "report.html")
    assert said in " ".join(printed.split())


def test_limits_of_the_baseline_are_set_on_the_command_line_and_kept_in_the_settings(tmp_path: Path) -> None:
    spikes = tmp_path / "cell.npy"
    np.save(spikes, _session(np.full(101, 2.0)).units[0].times_s)
    doses = tmp_path / "doses.csv"
    doses.write_text("time_s,drug,amount,unit,dose_kind,form,route\n500,ipsapirone,25,ug/kg,increment,base,i.v.\n")
    out = tmp_path / "out"
    run = ["analyse", str(spikes), "--doses", str(doses), "-o", str(out), "--set", "stability.max_change_percent=15"]
    result = CliRunner().invoke(app, run)
    assert result.exit_code == 0, result.output
    kept = ephys.read_settings(out / "settings.toml")
    assert kept.stability.max_change_percent == 15.0
    assert kept == ephys.Settings().override("stability.max_change_percent", "15")
