"""Corrections from the log to the tables: what they change, and what they must leave readable."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.errors import CurationError
from ephys.io import source_of
from ephys.report import render_report
from ephys.report.tables import curation_table
from ephys.settings import Settings


@pytest.fixture(scope="module")
def voltage() -> ephys.SessionAnalysis:
    """The raw sample session from its voltage."""
    return ephys.analyse_session(ephys.load_raw_session())


@pytest.fixture(scope="module")
def raw(voltage: ephys.SessionAnalysis) -> ephys.SessionAnalysis:
    """The same without its voltage, so that it need not be sorted each time; nobody has touched it.

    Of the fast cell half of the spikes is enough: with all of them it takes as long as the others together.
    """
    units = tuple(thinned(cell.unit) if cell.unit.id == "3" else cell.unit for cell in voltage.cells)
    return ephys.analyse_session(replace(voltage.session, units=units, recording=None))


@pytest.fixture(scope="module")
def alone(raw: ephys.SessionAnalysis) -> ephys.SessionAnalysis:
    """Its first cell by itself: what a correction does to one cell is not made again for three others."""
    return ephys.analyse_session(replace(raw.session, units=(cell(raw, "1").unit,)))


def thinned(unit: ephys.Unit) -> ephys.Unit:
    """Every second spike of a unit, without its shape."""
    return replace(unit, times_s=unit.times_s[::2], amplitudes_uv=unit.amplitudes_uv[::2], waveform=None)


def cell(analysis: ephys.SessionAnalysis, name: str) -> ephys.CellAnalysis:
    return next(cell for cell in analysis.cells if cell.unit.id == name)


def test_an_analysis_remembers_the_units_underneath(raw: ephys.SessionAnalysis) -> None:
    assert raw.curation.unit_names == tuple(cell.unit.id for cell in raw.cells)
    assert raw.curation.entries == ()


def test_a_cell_split_and_merged_again_has_the_same_id50(alone: ephys.SessionAnalysis) -> None:
    peak_uv = float(np.median(cell(alone, "1").unit.amplitudes_uv))
    log = alone.curation.signed("A. Name").split("1", at_uv=peak_uv, reason="two sizes")
    log = log.merge("1a", "1b", reason="one cell after all", name="1")
    again = cell(ephys.analyse_session(alone.session, curation=log), "1")
    assert again.id50_text == cell(alone, "1").id50_text
    assert again.call == cell(alone, "1").call
    assert len(again.corrections) == 2
    assert "one cell after all (A. Name, " in again.corrections[1]


def test_a_log_is_replayed_whatever_seed_sorts(voltage: ephys.SessionAnalysis) -> None:
    """Names and a spike here and there may differ between seeds; the cell that was meant is found again."""
    log = voltage.curation.signed("A. Name").relabel("3", "multi_unit", reason="two sizes")
    analysis = ephys.analyse_session(voltage.session, Settings().override("analysis.seed", "1"), curation=log)
    assert cell(analysis, "3").unit.multi_unit
    assert cell(analysis, "3").rate_hz == pytest.approx(cell(voltage, "3").rate_hz, rel=0.02)
    assert cell(analysis, "1").call == cell(voltage, "1").call


def test_a_restricted_cell_has_no_windows_outside(alone: ephys.SessionAnalysis) -> None:
    log = alone.curation.signed("A. Name").restrict("1", 0.0, 520.0, reason="pipette moved")
    windows = cell(ephys.analyse_session(alone.session, curation=log), "1").fits[0].windows
    late = [window for window in windows if window.epoch.start_s >= 520.0]
    assert late
    assert all(not window.used and np.isnan(window.percent) for window in late)
    assert all("not covered by the recording" in window.flags for window in late)


def test_a_unit_known_in_part_is_shown_on_the_sessions_time(raw: ephys.SessionAnalysis) -> None:
    """Warnings are errors here: axes that collapse under marks outside them would be one."""
    log = raw.curation.signed("A. Name").split("1", at_s=300.0, reason="x").restrict("2", 200.0, 500.0, reason="y")
    page = render_report(ephys.analyse_session(raw.session, curation=log), provenance={})
    assert page.count('class="cell"') == 5


def test_a_window_drawn_early_is_used_and_said_to_be_early(alone: ephys.SessionAnalysis) -> None:
    """What a person chose is not dropped in silence."""
    given = alone.protocol.doses("ipsapirone")[2].administration.start_s
    log = alone.curation.signed("A. Name").draw_window(
        "ipsapirone", given, given + 5, given + 50, reason="short effect"
    )
    analysis = ephys.analyse_session(alone.session, curation=log)
    (drawn,) = (w for w in cell(analysis, "1").fits[0].windows if w.given_s == given)
    assert drawn.used
    assert any(flag.startswith("begins under 30 s") for flag in drawn.flags)
    assert ephys.io.fits_table(analysis)["readout"][0].endswith("; 1 drawn by hand")


def test_what_was_chosen_by_hand_stands_beside_what_was_planned(raw: ephys.SessionAnalysis) -> None:
    last = raw.session.protocol.doses("ipsapirone")[-1].administration.start_s
    log = raw.curation.signed("A. Name").draw_baseline(20.0, 120.0, reason="calmer")
    log = log.exclude_dose("ipsapirone", last, reason="artefact")
    analysis = ephys.analyse_session(raw.session, curation=log)
    chosen = cell(analysis, "1")
    assert chosen.planned is not None
    assert chosen.planned.id50_text == cell(raw, "1").id50_text
    plain = cell(raw, "1").classification
    assert plain is not None
    assert chosen.planned.classification is not None
    assert str(chosen.planned.classification.criteria) == str(plain.criteria)
    assert chosen.classification is not None
    assert str(chosen.classification.criteria) != str(plain.criteria)
    assert chosen.fits[0].id50 != cell(raw, "1").fits[0].id50
    assert any("chosen after seeing the data" in flag for flag in chosen.flags)
    assert f"with the drug record as it came, and as planned: ipsapirone {cell(raw, '1').id50_text}" in chosen.flags
    dropped = [window for window in chosen.fits[0].windows if window.given_s == last]
    assert [window.used for window in dropped] == [False]
    assert any("excluded by hand: artefact (A. Name" in flag for flag in dropped[0].flags)
    row = ephys.io.fits_table(analysis).iloc[0]
    assert row["id50_text_planned"] == raw.cells[0].fits[0].id50_text
    assert raw.cells[0].planned is None


def test_a_window_chosen_by_hand_is_marked_and_stands_beside_the_planned(alone: ephys.SessionAnalysis) -> None:
    given = alone.protocol.doses("ipsapirone")[2].administration.start_s
    log = alone.curation.signed("A. Name").draw_window("ipsapirone", given, given + 40, given + 70, reason="artefact")
    analysis = ephys.analyse_session(alone.session, curation=log)
    drawn = [w for w in cell(analysis, "1").fits[0].windows if w.given_s == given]
    assert [(w.epoch.start_s, w.epoch.stop_s) for w in drawn] == [(given + 40, given + 70)]
    assert "chosen after seeing the data" in drawn[0].flags
    planned = cell(analysis, "1").planned
    assert planned is not None
    assert str(planned.fits[0].windows) == str(cell(alone, "1").fits[0].windows)


@pytest.mark.parametrize("correction", ["move", "edit", "delete"])
def test_a_corrected_drug_record_stands_beside_the_one_that_came(alone: ephys.SessionAnalysis, correction: str) -> None:
    """Deleting an awkward dose must show what excluding it would show."""
    given = alone.protocol.doses("ipsapirone")[2].administration.start_s
    log = alone.curation.signed("A. Name")
    corrected = {
        "move": log.move_dose("ipsapirone", given, given + 20, reason="early"),
        "edit": log.edit_dose("ipsapirone", given, 40.0, "ug/kg", reason="label"),
        "delete": log.delete_dose("ipsapirone", given, reason="key slipped"),
    }[correction]
    analysis = ephys.analyse_session(alone.session, curation=corrected)
    row = ephys.io.fits_table(analysis).iloc[0]
    assert row["id50_text_planned"] == cell(alone, "1").id50_text
    assert row["id50_text"] != row["id50_text_planned"]
    assert any("with the drug record as it came, and as planned" in flag for flag in cell(analysis, "1").flags)
    assert analysis.session.protocol == alone.session.protocol
    assert analysis.protocol != alone.protocol
    if correction == "delete":
        again = ephys.analyse_session(analysis.session, curation=analysis.curation)
        assert cell(again, "1").id50_text == cell(analysis, "1").id50_text


def test_an_undone_correction_of_doses_changes_nothing(alone: ephys.SessionAnalysis) -> None:
    log = alone.curation.signed("A. Name").draw_baseline(20.0, 120.0, reason="calmer").undo(1, reason="no")
    analysis = ephys.analyse_session(alone.session, curation=log)
    assert analysis.notes == alone.notes
    assert cell(analysis, "1").planned is None
    assert cell(analysis, "1").flags == cell(alone, "1").flags


def test_what_a_correction_took_away_is_not_lost_from_the_table(alone: ephys.SessionAnalysis) -> None:
    log = alone.curation.signed("A. Name")
    for step in alone.protocol.doses("ipsapirone"):
        log = log.delete_dose("ipsapirone", step.administration.start_s, reason="never given")
    row = ephys.io.fits_table(ephys.analyse_session(alone.session, curation=log)).iloc[0]
    assert (row["unit"], row["id50_text"], row["id50_text_planned"]) == ("1", "", cell(alone, "1").id50_text)
    assert "corrected by hand" in row["flags"]


def test_a_call_that_a_drawn_baseline_changes_is_flagged_with_the_planned_one() -> None:
    """The cell slows just before the drug: on the quiet stretch alone it would pass for another kind."""
    whole = ephys.Support.of(ephys.Epoch(0.0, 400.0))
    given = (ephys.Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg"),)
    jitter = np.random.default_rng(0).normal(0.0, 0.05, 2000)
    times = np.concatenate([np.arange(0.05, 110.0, 0.1), np.arange(110.5, 400.0, 0.7)])
    times = np.sort(times + jitter[: times.size] * np.where(times < 110.0, 0.2, 2.0))
    session = ephys.Session("s", ephys.DoseProtocol(given, whole), units=(ephys.Unit.from_times(times, support=whole),))
    plain = ephys.analyse_session(session)
    log = plain.curation.signed("A. Name").draw_baseline(112.0, 200.0, reason="calmer")
    curated = ephys.analyse_session(session, curation=log)
    assert curated.cells[0].call != plain.cells[0].call
    assert f"with the drug record as it came, and as planned: call {plain.cells[0].call}" in curated.cells[0].flags
    assert ephys.io.units_table(curated)["call_planned"][0] == plain.cells[0].call


def test_what_a_file_has_chosen_stands_beside_what_was_planned_without_any_log(alone: ephys.SessionAnalysis) -> None:
    chosen = replace(alone.session.protocol, drawn_baseline=ephys.Epoch(20.0, 120.0, "baseline"))
    analysis = ephys.analyse_session(replace(alone.session, protocol=chosen))
    planned = cell(analysis, "1").planned
    assert planned is not None
    assert planned.id50_text == cell(alone, "1").id50_text


def test_deletions_and_totals_are_noted_and_a_log_by_hand_is_filled(
    raw: ephys.SessionAnalysis, alone: ephys.SessionAnalysis
) -> None:
    cumulative = {step.administration.start_s: step.cumulative for step in raw.protocol.doses("ipsapirone")}
    totals = tuple(
        replace(a, dose_kind="cumulative", dose=cumulative[a.start_s]) if a.start_s in cumulative else a
        for a in raw.protocol.administrations
    )
    session = replace(raw.session, protocol=replace(raw.session.protocol, administrations=totals))
    given = raw.protocol.doses("ipsapirone")[2].administration.start_s
    log = ephys.CurationLog(by="A. Name").delete("4", reason="noise").delete_dose("ipsapirone", given, reason="slip")
    analysis = ephys.analyse_session(session, curation=log)
    assert any(note.startswith("corrected by hand: unit 4 deleted: noise (A. Name, ") for note in analysis.notes)
    assert any(note.endswith("typed as totals, so the later totals stand") for note in analysis.notes)
    assert (analysis.curation.session, len(analysis.curation.units)) == ("raw_session", 4)
    assert "curation log without a record of its units: they were taken by name" in analysis.notes
    slip = ephys.CurationLog(by="A. Name").delete_dose("ipsapirone", given, reason="slip")
    increments = ephys.analyse_session(alone.session, curation=slip)
    assert not any("later totals stand" in note for note in increments.notes)


def test_each_drug_has_its_own_planned_fit() -> None:
    whole = ephys.Support.of(ephys.Epoch(0.0, 1000.0))
    given = tuple(
        ephys.Administration(drug, t, dose=50.0, dose_unit="ug/kg")
        for drug, times in (("ipsapirone", (200.0, 300.0, 400.0)), ("lesopitron", (600.0, 700.0, 800.0)))
        for t in times
    )
    rates = [(0, 300, 2.0), (300, 400, 1.0), (400, 550, 0.2), (550, 700, 2.0), (700, 800, 0.9), (800, 1000, 0.1)]
    times = np.concatenate([np.arange(a + 0.1, b, 1 / rate) for a, b, rate in rates])
    session = ephys.Session(
        "two", ephys.DoseProtocol(given, whole), units=(ephys.Unit.from_times(times, support=whole),)
    )
    plain = ephys.analyse_session(session)
    log = plain.curation.signed("A. Name").draw_baseline(20.0, 150.0, reason="calmer")
    (curated,) = ephys.analyse_session(session, curation=log).cells
    assert [curated.quote_planned(fit) for fit in curated.fits] == [
        plain.cells[0].quote(f) for f in plain.cells[0].fits
    ]
    assert curated.quote_planned(curated.fits[0]) != curated.quote_planned(curated.fits[1])


def test_the_tables_hold_what_a_person_said(raw: ephys.SessionAnalysis) -> None:
    log = raw.curation.signed("A. Name").exclude_cell("1", reason="outside the nucleus")
    log = log.override_call("3", "serotonergic", reason="antidromic").draw_baseline(20.0, 120.0, reason="calmer")
    analysis = ephys.analyse_session(raw.session, curation=log)
    units = ephys.io.units_table(analysis).set_index("unit")
    assert units.loc["1", "excluded"].startswith("outside the nucleus (A. Name, ")
    assert units.loc["3", "call_by_hand"] == "serotonergic"
    assert units.loc["3", "label"] == "not_serotonergic"
    assert units.loc["3", "call_planned"] == "not serotonergic"
    assert "unit 3 called serotonergic: antidromic (A. Name, " in units.loc["3", "curation"]
    assert units.loc["2", ["call_by_hand", "excluded", "curation"]].tolist() == ["", "", ""]
    for table in (ephys.io.responses_table(analysis), ephys.io.fits_table(analysis)):
        assert (table["excluded"] != "").tolist() == (table["unit"] == "1").tolist()
    assert repr(analysis) == "SessionAnalysis('raw_session': 4 units, 3 serotonergic)"


def test_a_call_by_hand_stands_beside_the_rules(raw: ephys.SessionAnalysis) -> None:
    log = raw.curation.signed("A. Name").override_call("3", "serotonergic", reason="antidromic, 0.8 m/s")
    by_hand = cell(ephys.analyse_session(raw.session, curation=log), "3")
    assert by_hand.call == "serotonergic (by hand; rule: not serotonergic)"
    assert by_hand.final_label == "serotonergic"
    assert by_hand.classification is not None
    assert not by_hand.classification.is_serotonergic
    assert by_hand.flags[0].startswith("corrected by hand: unit 3 called serotonergic: antidromic, 0.8 m/s (A. Name, ")


def test_an_excluded_cell_keeps_its_numbers_and_says_so(alone: ephys.SessionAnalysis) -> None:
    log = alone.curation.signed("A. Name").exclude_cell("1", reason="outside the nucleus")
    excluded = cell(ephys.analyse_session(alone.session, curation=log), "1")
    assert excluded.id50_text == f"{cell(alone, '1').id50_text}, cell excluded by hand"
    assert excluded.flags[0].startswith("corrected by hand: unit 1 excluded: outside the nucleus")


def test_a_log_of_another_session_is_refused(alone: ephys.SessionAnalysis) -> None:
    with pytest.raises(CurationError, match="of session 'rat07', and this is 'raw_session'"):
        ephys.analyse_session(alone.session, curation=ephys.CurationLog("rat07"))


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_log_of_a_run_is_corrected_and_given_to_the_next(sample_data: Path, tmp_path: Path) -> None:
    cohort = ("analyse", sample_data / "cohort" / "rat01_1.nwb", "--doses", sample_data / "cohort_doses.csv", "-o")
    assert run(*cohort, tmp_path / "a")[0] == 0
    log = ephys.read_curation(tmp_path / "a" / "curation.json").signed("A. Name").delete("2", reason="mains & <hum>")
    log = log.move_dose("saline", 180.0, 185.0, reason="key pressed early")
    log = log.override_call("1", "uncertain", reason="wide").relabel("1", "multi_unit", reason="x").undo(4, reason="no")
    ephys.write_curation(log, tmp_path / "log.json")
    code, out, _ = run(*cohort, tmp_path / "b", "--curation", tmp_path / "log.json")
    assert code == 0
    assert "note: corrected by hand: saline at 180 s: moved to 185 s: key pressed early" in " ".join(out.split())
    assert list(pd.read_csv(tmp_path / "b" / "units.csv")["unit"].astype(str)) == ["1"]
    assert (tmp_path / "b" / "curation.json").read_bytes() == (tmp_path / "log.json").read_bytes()
    provenance = json.loads((tmp_path / "b" / "provenance.json").read_text())
    assert (provenance["curation"]["entries"], provenance["curation"]["active"]) == (5, 3)
    assert [row[-1] for row in curation_table(log).rows] == ["yes", "yes", "yes", "undone", "yes"]
    assert source_of(tmp_path / "log.json").as_dict() in provenance["inputs"]
    page = (tmp_path / "b" / "report.html").read_text()
    assert "unit 2 deleted" in page
    assert '<span class="call maybe">uncertain (by hand; rule: serotonergic)</span>' in page
    assert "mains &amp; &lt;hum&gt;" in page
    assert run(*cohort, tmp_path / "c", "--curation", tmp_path / "b" / "curation.json")[0] == 0
    assert (tmp_path / "b" / "fits.csv").read_bytes() == (tmp_path / "c" / "fits.csv").read_bytes()


def test_json_and_nwb_carry_the_corrections(sample_data: Path, tmp_path: Path) -> None:
    file, doses = sample_data / "cohort" / "rat01_1.nwb", sample_data / "cohort_doses.csv"
    session = ephys.read_session(file, doses=doses)
    first = session.protocol.doses("ipsapirone")[0].administration.start_s
    log = ephys.CurationLog.begin("rat01_1", session.units, by="A. Name").exclude_cell("2", reason="histology")
    log = log.exclude_dose("ipsapirone", first, reason="pipette").draw_baseline(20.0, 150.0, reason="calmer")
    ephys.write_curation(log, tmp_path / "log.json")
    code, out, _ = run("analyse", file, "--doses", doses, "--curation", tmp_path / "log.json", "-o", tmp_path / "r",
                       "--json", "--nwb")  # fmt: skip
    assert code == 0
    one, two = json.loads(out)["units"]
    assert (one["excluded"], two["excluded"][:9]) == ("", "histology")
    assert one["fits"][0]["text_planned"] != one["fits"][0]["text"]
    assert "unit 2 excluded: histology" in two["corrections"][0]
    written = ephys.read_session(tmp_path / "r" / "rat01_1.nwb")
    assert written.protocol.baseline == ephys.Epoch(20.0, 150.0, "baseline")
    ((number, why),) = written.protocol.excluded
    assert written.protocol.administrations[number].start_s == first
    assert why.startswith("pipette (A. Name, ")
    assert any("corrected by hand before it was written" in doubt for doubt in written.doubts)
    anew = ephys.read_session(tmp_path / "r" / "rat01_1.nwb", doses=doses, session="rat01_1")
    assert anew.protocol.excluded == ()


def test_a_log_that_does_not_fit_is_one_clear_line_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text('{"ephys_curation": 1, "entries": [{"operation": "merge"}]}')
    code, _, err = run("demo", "-o", tmp_path / "out", "--curation", tmp_path / "log.json")
    assert code == 1
    assert err.count("\n") == 1
    assert "log.json: entry 1 has no by, no at, no reason" in err
    assert not (tmp_path / "out").exists()


def test_an_error_of_the_replay_names_the_log(tmp_path: Path) -> None:
    ephys.write_curation(
        ephys.CurationLog(by="A. Name").move_dose("saline", 5.0, 6.0, reason="x"), tmp_path / "log.json"
    )
    code, _, err = run("demo", "-o", tmp_path / "out", "--curation", tmp_path / "log.json")
    assert code == 1
    assert f"{tmp_path / 'log.json'}: entry 1 (move_dose): no saline at 5 s in the drug record" in err


@pytest.mark.real_data
def test_units_of_a_real_file_are_merged_with_their_snippets(shared_data: Path) -> None:
    session = ephys.read_session(shared_data / "spike2" / "Extracellular_Spikes.smr")
    plain = ephys.analyse_session(session)
    one, two = (c.unit for c in plain.cells if c.unit.n_spikes in (139, 171))
    log = plain.curation.signed("A. Name").merge(one.id, two.id, reason="one shape")
    merged = cell(ephys.analyse_session(session, curation=log), one.id).unit
    assert merged.n_spikes == 310
    assert np.all(np.diff(merged.times_s) >= 0)
    assert merged.waveform is not None
    assert one.waveform is not None
    own = np.isin(merged.times_s, one.times_s)[merged.waveform.spike_index]
    np.testing.assert_array_equal(merged.waveform.snippets_uv[own], one.waveform.snippets_uv)


@pytest.mark.real_data
def test_a_real_cell_cut_in_two_is_made_whole_again(shared_data: Path) -> None:
    session = ephys.read_session(shared_data / "groundtruth" / "wave_clus" / "C_Easy1_noise01_short.mat")
    plain = ephys.analyse_session(session)
    unit = plain.cells[0].unit
    middle_s = float(np.median(unit.times_s))
    log = plain.curation.signed("A. Name").split(unit.id, at_s=middle_s, reason="?")
    log = log.merge(f"{unit.id}a", f"{unit.id}b", reason="no", name=unit.id)
    again = cell(ephys.analyse_session(session, curation=log), unit.id)
    np.testing.assert_array_equal(again.unit.times_s, unit.times_s)
    known = plain.cells[0].quality
    assert known is not None
    assert again.quality == replace(known, isolation=None)  # how far it stands apart was found for the sorter's own
