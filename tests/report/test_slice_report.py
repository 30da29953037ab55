"""A slice's report, methods and tables speak of concentrations, the bath's delay, the design and the recovery."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import ephys
from ephys.cli.summary import summary_table, summary_values
from ephys.simulation import SIMULATED_SLICE, CellSpec, SuperfusionSchedule

IN_VIVO = re.compile(r"\b(ID50|ED50|doses?|injection)\b")
A_NAME = re.compile(r"[Dd]ose-response|dose from|n_doses|min_doses|too_few_doses|per_dose|dose_\w+|min_\w+")
"""Names that stand for any step, and those of settings and columns."""


@pytest.fixture(scope="module")
def analysis() -> ephys.SessionAnalysis:
    schedule = SuperfusionSchedule(
        concentrations_nm=(30.0, 100.0, 300.0), design="separate", wash_s=420.0, bath_delay_s=45.0
    )
    cell = CellSpec(name="1", rate_hz=2.0, id50=100.0)
    session = ephys.simulate_session(
        2, cells=[cell], schedule=schedule, with_voltage=False, subject=SIMULATED_SLICE
    ).session
    quick = ephys.Settings().override("readout.bath_delay_s", "45").override("fit.replicates", "99")
    return ephys.analyse_session(session, quick.override("features.n_resamples", "99"))


@pytest.fixture(scope="module")
def folder(analysis: ephys.SessionAnalysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slice")
    ephys.write_results(analysis, folder, provenance={})
    ephys.write_report(analysis, folder / "report.html", provenance={})
    return folder


def test_the_page_never_speaks_of_doses(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    page = page[: page.index("<h2>Settings") if "<h2>Settings" in page else page.index("readout.anchor")]
    text = re.sub(r"<[^>]*>", " ", re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL))
    plain = A_NAME.sub("", text)
    assert "IC50" in text
    assert "concentration of ipsapirone" in text
    assert not IN_VIVO.search(plain), [plain[max(m.start() - 60, 0) : m.end() + 40] for m in IN_VIVO.finditer(plain)]


def test_the_page_has_every_application_with_its_recovery(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    assert "separate: wash between the applications" in page
    assert "% of the rate before it (95 %)" in page


def test_the_methods_tell_superfusion_delay_and_design(analysis: ephys.SessionAnalysis) -> None:
    text = str(ephys.methods_text(analysis))
    assert "was given in the bath in 3 steps of 30, 100 and 300 nM" in text
    assert "in the last 60 s before another solution took its place there, or in less" in text
    assert "reach the cell 45 s after they were switched (the dead time of the bath), in wash-in and wash-out" in text
    assert "applications were separate: wash between the applications (1 series)" in text
    assert "under 80 % a cell was flagged as not recovered" in text
    assert "The IC50 is absolute: the concentration that takes away half" in text
    assert not IN_VIVO.search(A_NAME.sub("", text))


def test_an_unknown_dead_time_is_a_gap_in_the_methods(analysis: ephys.SessionAnalysis) -> None:
    again = ephys.analyse_session(analysis.session, analysis.settings.override("readout.bath_delay_s", "0"))
    assert "[dead time of the bath]" in str(ephys.methods_text(again))


def test_the_tables_say_what_they_hold(folder: Path) -> None:
    fits = pd.read_csv(folder / "fits.csv")
    assert fits["potency"].tolist() == ["IC50"]
    assert fits["readout"].str.contains("bath delay 45 s, separate").all()
    applications = pd.read_csv(folder / "superfusion.csv")
    assert applications["concentration"].tolist() == [30.0, 100.0, 300.0]
    assert (applications["arrives_s"] - applications["given_s"]).tolist() == [45.0] * 3
    assert applications["recovery_percent"].between(80, 120).all()
    responses = pd.read_csv(folder / "responses.csv").query("role == 'agonist'")
    assert responses["onset_s"].notna().any()


def test_the_terminal_says_ic50(analysis: ephys.SessionAnalysis) -> None:
    assert "IC50 (95 % CI)" in summary_table(analysis, Path("report.html"))
    assert summary_values(analysis, Path("report.html"))["units"][0]["fits"][0]["potency"] == "IC50"
    assert "IC50, ipsapirone" in analysis.cells[0]._repr_html_()


def test_in_vivo_no_superfusion_is_written(tmp_path: Path) -> None:
    session = ephys.simulate_session(1, cells=[CellSpec(name="1")], with_voltage=False).session
    analysis = ephys.analyse_session(session, ephys.Settings().override("fit.replicates", "99"))
    ephys.write_results(analysis, tmp_path, provenance={})
    assert not (tmp_path / "superfusion.csv").exists()
    assert pd.read_csv(tmp_path / "fits.csv")["potency"].tolist() == ["ID50"]
