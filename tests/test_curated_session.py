"""A recording that its sorting gets wrong, from voltage to ID50: wrong before a person looked at it, right after.

The electrode moves at 450 s: cell A becomes half as large, and the sorter takes it for two cells, of which the first
seems silenced by a low dose. Cell B is gone from 630 s on, and another of the same shape and size fires there that no
drug inhibits: the sorter takes both for one cell, which no dose seems to silence.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.simulation import CellSpec, simulate_session
from ephys.sorting.curation import CurationLog, RecordedUnit
from ephys.sorting.curation.operations import Merge

MOVED_S, GONE_S = 450.0, 630.0
NEAR = CellSpec(name="A", rate_hz=1.8, amplitude_uv=200.0, id50=80.0)
FAR = replace(NEAR, amplitude_uv=100.0)
OTHER = CellSpec(name="B", rate_hz=2.2, amplitude_uv=65.0, trough=1.6, id50=60.0)
STRANGER = replace(OTHER, name="C", rate_hz=2.0, id50=5000.0)
RESULTS = ("units.csv", "responses.csv", "fits.csv")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording as a laboratory has it: raw voltage with its description, and a table of doses."""
    folder = tmp_path_factory.mktemp("moved")
    shown = ([NEAR, OTHER], [FAR, OTHER], [FAR, STRANGER])
    parts = [simulate_session(2, cells=cells, session_id="moved").session for cells in shown]
    wire = parts[0].recording
    assert wire is not None
    cuts = [round(time_s * wire.sampling_hz) for time_s in (0.0, MOVED_S, GONE_S, wire.stop_s)]
    pieces = zip(parts, cuts, cuts[1:], strict=False)
    read = [part.recording.read(start, stop) for part, start, stop in pieces if part.recording]
    (folder / "moved.dat").write_bytes(np.concatenate(read).astype("<i2").tobytes())
    described = f"sampling_hz = {wire.sampling_hz}\nn_channels = 1\ndtype = 'int16'\ngain_uv = 1.0\noffset_uv = 0.0\n"
    (folder / "moved.toml").write_text(described + f"band_hz = [0.5, {wire.band_hz[1]}]\n")
    ephys.write_dose_sheet(parts[0], folder / "doses.csv")
    return folder / "moved.dat"


@pytest.fixture(scope="module")
def session(recorded: Path) -> ephys.Session:
    return ephys.read_session(recorded, doses=recorded.parent / "doses.csv")


@pytest.fixture(scope="module")
def found(session: ephys.Session) -> list[ephys.Unit]:
    assert session.recording is not None
    return ephys.sort_units(session.recording)


@pytest.fixture(scope="module")
def as_sorted(session: ephys.Session, found: list[ephys.Unit]) -> ephys.SessionAnalysis:
    """Nobody has looked at it."""
    return ephys.analyse_session(session, found=found)


@pytest.fixture(scope="module")
def curated(as_sorted: ephys.SessionAnalysis, found: list[ephys.Unit]) -> ephys.SessionAnalysis:
    """With what a person saw on the page."""
    log = as_sorted.curation.signed("A. Name")
    log = log.merge("1", "2", reason="one cell, which moved away at 450 s: the same shape, half as large")
    log = log.split("3", at_s=GONE_S, reason="gone; another cell of the same shape from here on")
    return ephys.analyse_session(as_sorted.session, curation=log, found=found)


def fit(analysis: ephys.SessionAnalysis, unit: str) -> ephys.DoseResponseFit:
    (cell,) = (cell for cell in analysis.cells if cell.unit.id == unit)
    return cell.fits[0]


def test_the_sorting_alone_gives_two_wrong_answers(as_sorted: ephys.SessionAnalysis) -> None:
    moved, gone = fit(as_sorted, "1"), fit(as_sorted, "3")
    assert moved.id50_high < NEAR.id50 / 1.5
    assert gone.status in ("no_effect", "plateau")


def test_the_merge_is_suggested_with_its_doubt_and_nothing_else(
    session: ephys.Session, found: list[ephys.Unit]
) -> None:
    """That the stranger is another cell no train and no shape tells: a person saw the electrode move."""
    (suggestion,) = ephys.suggest_curation(found, recording=session.recording)
    assert suggestion.operation == Merge(("1", "2"))
    assert "the size jumps" in suggestion.against[-1]
    assert suggestion.score < 0.5


def test_one_merge_and_one_split_make_them_right(curated: ephys.SessionAnalysis) -> None:
    assert [cell.unit.id for cell in curated.cells][:3] == ["1", "3a", "3b"]
    for unit, spec in (("1", NEAR), ("3a", OTHER)):
        found = fit(curated, unit)
        assert found.id50_low < spec.id50 < found.id50_high
        assert found.id50 == pytest.approx(spec.id50, rel=0.2)
    stranger = curated.cells[2]
    assert stranger.fits == ()
    assert "not recorded during the baseline" in stranger.flags[-1]


def tables(analysis: ephys.SessionAnalysis, folder: Path) -> dict[str, bytes]:
    """The results of an analysis as they are written."""
    ephys.io.write_results(analysis, folder, provenance={})
    return {name: (folder / name).read_bytes() for name in RESULTS}


def test_undone_and_redone_the_results_are_the_same_to_the_byte(
    as_sorted: ephys.SessionAnalysis, curated: ephys.SessionAnalysis, found: list[ephys.Unit], tmp_path: Path
) -> None:
    before, after = tables(as_sorted, tmp_path / "before"), tables(curated, tmp_path / "after")
    assert before != after
    undone = curated.curation.undo(reason="look again").undo(reason="look again")
    redone = undone.redo(reason="as it was").redo(reason="as it was")
    for log, wanted in ((undone, before), (redone, after)):
        analysis = ephys.analyse_session(as_sorted.session, curation=log, found=found)
        assert tables(analysis, tmp_path / str(len(log.entries))) == wanted


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_log_replayed_on_the_command_line_gives_the_same_tables(
    recorded: Path, curated: ephys.SessionAnalysis, tmp_path: Path
) -> None:
    log = ephys.write_curation(curated.curation, tmp_path / "log.json")
    doses, out = recorded.parent / "doses.csv", tmp_path / "results"
    code, _, error = run("analyse", recorded, "--doses", doses, "--curation", log, "--out", out)
    assert code == 0, error
    assert {name: (out / name).read_bytes() for name in RESULTS} == tables(curated, tmp_path / "python")
    assert ephys.read_curation(out / "curation.json").entries == ephys.read_curation(log).entries


def test_from_wrong_to_right_on_the_command_line(
    recorded: Path, curated: ephys.SessionAnalysis, tmp_path: Path
) -> None:
    """Look, correct, look again, take back, bring back, analyse: the same answers as in Python."""
    doses, out = ("--doses", recorded.parent / "doses.csv"), ("--out", tmp_path)
    code, said, error = run("curate", recorded, *doses, *out)
    assert code == 0, error
    assert "--merge 1,2" in said
    corrections = ("--merge", "1,2", "--split", f"3@{GONE_S:g}s", "--note", "the electrode moved", "--by", "A. Name")
    assert run("curate", recorded, *doses, *out, *corrections)[0] == 0
    page = (tmp_path / "curation.html").read_bytes()
    assert b"3b" in page
    assert run("curate", recorded, *doses, *out, "--undo", "--undo", "--by", "A. Name")[0] == 0
    assert run("curate", recorded, *doses, *out, "--redo", "--redo", "--by", "A. Name")[0] == 0
    log = ephys.read_curation(tmp_path / "curation.json")
    assert len(log.entries) == 6
    assert [entry.operation for entry in log.active] == [entry.operation for entry in curated.curation.active]
    assert run("analyse", recorded, *doses, "--curation", tmp_path / "curation.json", *out)[0] == 0
    fits = pd.read_csv(tmp_path / "fits.csv", dtype={"unit": str}).set_index("unit")
    assert fits["id50"]["1"] == pytest.approx(fit(curated, "1").id50)
    assert fits["id50"]["3a"] == pytest.approx(fit(curated, "3a").id50)


def spoilt(log: CurationLog, how: str, folder: Path) -> Path:
    """A log with which something is wrong."""
    if how == "of other spikes":
        other = RecordedUnit("1", np.arange(1.0, 700.0, 0.7))
        log = replace(log, units=(other, *log.units[1:]))
    path = ephys.write_curation(log, folder / "bad.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    if how == "of another session":
        content["session"] = "rat08"
    elif how == "of a later version":
        content["ephys_curation"] = 99
    elif how == "of a version that never was":
        content["ephys_curation"] = 0
    elif how == "with an unknown unit":
        content["entries"][0]["units"] = ["1", "77"]
    text = json.dumps(content)
    path.write_text(text[: len(text) // 2] if how == "half-written" else text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("of another session", "the curation log is of session 'rat08', and this is 'moved'"),
        ("of other spikes", "unit 1 that was curated is not among the units any more"),
        ("of a later version", "version 99; this ephys reads 1 and 2; it was written by a later one: install that"),
        ("of a version that never was", "version 0; this ephys reads 1 and 2"),
        ("with an unknown unit", "entry 1 (merge) needs unit '77'; there are 1, 2, 3, 4"),
        ("half-written", "not readable as JSON"),
    ],
)
def test_a_log_that_does_not_fit_is_refused_and_nothing_is_lost(
    recorded: Path, curated: ephys.SessionAnalysis, tmp_path: Path, how: str, message: str
) -> None:
    bad = spoilt(curated.curation, how, tmp_path)
    before = bad.read_bytes()
    results = tmp_path / "results"
    results.mkdir()
    (results / "units.csv").write_text("of an earlier run\n", encoding="utf-8")
    arguments = ("--doses", recorded.parent / "doses.csv", "--curation", bad, "--out", results)
    code, _, error = run("analyse", recorded, *arguments)
    assert code == 1
    assert "bad.json" in error
    assert message in error
    assert bad.read_bytes() == before
    assert [file.name for file in results.iterdir()] == ["units.csv"]
    assert (results / "units.csv").read_text(encoding="utf-8") == "of an earlier run\n"
