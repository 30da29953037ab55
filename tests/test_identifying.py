"""A session in, calls out: without doses, in a drawn window, and never with what a drug did."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.classification import fit_preset
from ephys.cli import app
from ephys.errors import ParameterError
from ephys.io import write_preset
from ephys.model import Administration, DoseProtocol, Epoch, Session, Subject, Support, Unit
from ephys.pipeline import choose_preset
from ephys.settings import Settings
from ephys.simulation import renewal_train

WHOLE = Epoch(0.0, 900.0)
GIVEN = (Administration("ipsapirone", 300.0, dose=100.0, dose_unit="ug/kg", route="i.v."),)


def _session(late_hz: float = 0.05, *, given: tuple[Administration, ...] = GIVEN, **subject: str) -> Session:
    early = renewal_train(np.array([0.0, 300.0]), np.full(2, 1.4), cv=0.3, seed=1)
    late = 300.0 + renewal_train(np.array([0.0, 600.0]), np.full(2, late_hz), cv=0.3, seed=2)
    unit = Unit.from_times(np.concatenate([early, late]), support=WHOLE)
    return Session("rat07", DoseProtocol(given, Support.of(WHOLE)), units=(unit,), subject=Subject(**subject))


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_without_doses_the_whole_recording_is_looked_at() -> None:
    calls = ephys.classify_session(_session(1.4, given=()))
    assert calls.within == replace(WHOLE, label="baseline")
    assert calls.counts_text == "0 serotonergic and 1 on rate and regularity alone, 0 uncertain, 0 not serotonergic"


def test_with_doses_the_baseline_is_and_the_drug_changes_nothing() -> None:
    silenced, excited = (ephys.classify_session(_session(late)) for late in (0.02, 8.0))
    assert silenced.within == Epoch(120.0, 300.0, "baseline")
    assert silenced.classifications[0].is_serotonergic
    dicts = [json.dumps(calls.classifications[0].as_dict()) for calls in (silenced, excited)]
    assert dicts[0] == dicts[1]
    analysed = [ephys.analyse_session(_session(late)).cells[0] for late in (0.02, 8.0)]
    assert json.dumps(analysed[0].classification.as_dict()) == dicts[0]  # type: ignore[union-attr]
    assert analysed[0].call == analysed[1].call


def test_what_the_drug_did_stands_beside_the_call() -> None:
    cell = ephys.analyse_session(_session(0.02)).cells[0]
    assert cell.confirming[0].startswith("ipsapirone: ")
    assert cell.confirming[0].endswith("not part of the call")
    assert cell.classification is not None
    assert not any("ipsapirone" in text for text in (*cell.classification.reasons, *cell.classification.beside))


def test_a_window_that_holds_a_dose_is_refused() -> None:
    with pytest.raises(ParameterError, match="holds what ipsapirone at 300 s did"):
        ephys.classify_session(_session(), within=Epoch(200.0, 400.0))
    with pytest.raises(ParameterError, match="nothing was recorded from 1000"):
        ephys.classify_session(_session(), within=Epoch(1000.0, 1100.0))
    vehicle = (Administration("saline", 100.0, role="vehicle"), *GIVEN)
    held = ephys.classify_session(_session(given=vehicle), within=Epoch(0.0, 300.0))
    assert held.classifications
    assert "the window holds saline (vehicle) at 100 s" in held.notes
    mark = (Administration("drug added", 0.0, role="other", source="mark", text="Drug added"),)
    drawn = ephys.classify_session(_session(given=mark), within=Epoch(0.0, 300.0))
    assert drawn.classifications
    assert any("the mark 'Drug added' at 0 s: if it is a drug" in note for note in drawn.notes)
    outside = ephys.classify_session(_session(given=()), within=Epoch(800.0, 1000.0))
    assert "100 s of the window of 200 s were recorded" in outside.notes


@pytest.mark.parametrize(
    ("subject", "preset"),
    [
        ({}, "rat_in_vivo"),
        ({"anaesthetic": "Urethane 1.3 g/kg"}, "rat_in_vivo_urethane"),
        ({"anaesthetic": "chloral hydrate"}, "rat_in_vivo_chloral_hydrate"),
        ({"species": "mouse", "anaesthetic": "urethane"}, "mouse_in_vivo"),
        ({"species": "Rattus norvegicus", "preparation": "slice with phenylephrine"}, "rat_slice_phenylephrine"),
        ({"species": "Mus musculus", "preparation": "in vitro"}, "mouse_slice"),
        ({"preparation": "freely moving"}, "awake"),
        ({"species": "M. musculus"}, "mouse_in_vivo"),
        ({"species": "Mesocricetus auratus"}, "rat_in_vivo"),
    ],
)
def test_the_limits_fit_species_preparation_and_anaesthetic(subject: dict[str, str], preset: str) -> None:
    session = _session(**subject)
    assert choose_preset(session) == preset
    assert ephys.classify_session(session).preset == preset


def test_a_species_without_limits_of_its_own_is_said() -> None:
    notes = ephys.classify_session(_session(species="Mesocricetus auratus")).notes
    assert any("'Mesocricetus auratus' has no limits of its own" in note for note in notes)
    assert not any("limits" in note for note in ephys.classify_session(_session(species="R. norvegicus")).notes)


def test_the_command_prints_and_writes_every_criterion(sample_data: Path, tmp_path: Path) -> None:
    cell = sorted((sample_data / "cohort").glob("*.nwb"))[0]
    code, out, _ = run("classify", cell, "--within", 0, 180, "--preset", "rat_in_vivo_urethane", "-o", tmp_path)
    assert code == 0
    assert "rat_in_vivo_urethane, 0 to 180 s" in out
    table = pd.read_csv(tmp_path / "classification.csv")
    assert set(table["criterion"]) == {"rate", "regularity", "rhythm", "width", "soft refractory"}
    assert set(table["within_stop_s"]) == {180.0}
    whole = json.loads((tmp_path / "classification.json").read_text(encoding="utf-8"))
    assert whole["provenance"]["inputs"][0]["sha256"]
    assert len(whole["calls"]) == table["unit"].nunique()
    code, out, _ = run("classify", cell, "--within", 0, 180, "-o", tmp_path, "--engine", "evidence", "--json")
    assert code == 0
    assert {call["engine"] for call in json.loads(out)["calls"]} == {"evidence"}


def test_the_command_works_on_spike_times_alone(tmp_path: Path) -> None:
    times = renewal_train(np.array([0.0, 300.0]), np.full(2, 1.4), cv=0.3, seed=1)
    pd.DataFrame({"time_s": times}).to_csv(tmp_path / "cell.csv", index=False)
    code, out, error = run("classify", tmp_path / "cell.csv", "-o", tmp_path / "out")
    assert code == 0, error
    assert "on rate and regularity alone" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--preset", "rat_in_vitro"), "did you mean 'rat_in_vivo'"),
        (("--preset", "nowhere.toml"), "cannot read the preset nowhere.toml"),
        (("--engine", "learned"), "no classifier was given"),
        (("--within", "180", "0"), "start_s < stop_s"),
        (("--band-hz", "8000", "1"), "needs 0 <= low < high in Hz, got [8000.0, 1.0]"),
        (("--classifier", "nowhere.json"), "nowhere.json"),
    ],
)
def test_what_cannot_be_asked_for_is_one_clear_line(
    options: tuple[str, ...], message: str, sample_data: Path, tmp_path: Path
) -> None:
    cell = sorted((sample_data / "cohort").glob("*.nwb"))[0]
    code, _, error = run("classify", cell, "-o", tmp_path / "out", *options)
    assert code == 1
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_preset_of_ones_own_travels_with_the_result(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    widths = pd.DataFrame({"total_ms": np.linspace(1.4, 2.6, 24)})
    write_preset(fit_preset(widths, "rig"), path)
    settings = Settings().override("analysis.preset", str(path))
    analysis = ephys.analyse_session(_session(), settings)
    provenance = ephys.collect_provenance(analysis)
    assert provenance["preset"]["tables"]["total_width"]["low"] == pytest.approx(1.413)
    assert analysis.cells[0].classification is not None
    assert analysis.cells[0].classification.preset == "rig"


def test_the_preset_commands(tmp_path: Path) -> None:
    code, out, _ = run("preset", "list")
    assert code == 0
    assert "rat_in_vivo_chloral_hydrate" in out
    pd.DataFrame({"total_ms": np.linspace(1.4, 2.6, 24)}).to_csv(tmp_path / "cells.csv", index=False)
    rig = tmp_path / "rig.toml"
    code, out, _ = run("preset", "fit", "rig", "--from", tmp_path / "cells.csv", "--base", "mouse_in_vivo", "-o", rig)
    assert code == 0
    assert "24 cells vouched for" in " ".join(out.split())
    code, again, _ = run("preset", "show", rig)
    assert code == 0
    assert again.splitlines()[0] == "rig: mouse in vivo, anaesthetised, widths of rig"
    code, _, error = run("preset", "fit", "rig", "--from", tmp_path / "none.csv", "-o", rig)
    assert code == 1
    assert "none.csv" in error


def test_settings_of_measuring_and_deciding_reach_the_call() -> None:
    session = replace(_session(), id="x")
    strict = Settings().override("features.min_intervals", "5000")
    assert ephys.classify_session(session, strict).classifications[0].label == "uncertain"
    evidence = Settings().override("classification.engine", "evidence")
    assert ephys.analyse_session(session, evidence).cells[0].classification.engine == "evidence"  # type: ignore[union-attr]
