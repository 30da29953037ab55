"""A folder that was written for Phy keeps names, labels and clock, and what was done in Phy comes back to the log."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ephys.analysis import SessionAnalysis
from ephys.errors import CurationError, FileFormatError, ParameterError
from ephys.io import read_phy_curation, read_session, to_spikeinterface, with_units, write_curation, write_phy
from ephys.io.curation import read_curation
from ephys.model import Administration, DoseProtocol, Epoch, Recording, Session, Support, Unit
from ephys.model.recording import Run
from ephys.pipeline import analyse_session
from ephys.sorting import CurationLog, curate_units, sort_units

pytest.importorskip("spikeinterface")

HZ, START_S, LENGTH_S = 10_000.0, 5.0, 60.0


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """SpikeInterface's own deprecations are not ours."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=ResourceWarning)
        yield


def _session() -> Session:
    """Three cells, one of them silent and one known in part of the time only, on one wire that began at 5 s."""
    rng = np.random.default_rng(7)
    voltage = rng.normal(0.0, 10.0, round(HZ * LENGTH_S))
    whole = Support.of(Epoch(START_S, START_S + LENGTH_S))
    units = []
    for name, size_uv, rate_hz in (("1", 150.0, 2.0), ("wide one", 90.0, 4.0), ("3", 60.0, 1.0)):
        stop_s = 30.0 if name == "3" else LENGTH_S
        frames = np.unique(rng.integers(200, round(HZ * stop_s) - 200, round(rate_hz * stop_s)))
        for frame in frames:
            voltage[frame - 10 : frame + 10] -= size_uv * np.hanning(20)
        known = whole.without([Epoch(35.0, 65.0)]) if name == "3" else whole
        units.append(Unit(name, START_S + frames / HZ, known, multi_unit=name == "wide one", origin="sort"))
    units.append(Unit.from_times([], support=whole, id="silent"))
    wire = Recording.from_array(voltage, sampling_hz=HZ, start_s=START_S)
    given = Administration("ipsapirone", 40.0, dose=25.0, dose_unit="ug/kg")
    return Session("rat07", DoseProtocol((given,), whole), recording=wire, units=tuple(units))


@pytest.fixture(scope="module")
def session() -> Session:
    return _session()


@pytest.fixture(scope="module")
def analysis(session: Session) -> SessionAnalysis:
    return analyse_session(session)


@pytest.fixture(scope="module")
def written(analysis: SessionAnalysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        return write_phy(analysis, tmp_path_factory.mktemp("phy") / "rat07_phy")


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy to work in."""
    return Path(shutil.copytree(written, tmp_path / "rat07_phy"))


def _save(folder: Path, moves: dict[int, list[tuple[slice, int]]], groups: dict[int, str]) -> None:
    """Save as Phy does: new clusters have new numbers, labels one row each."""
    before = np.load(folder / "spike_templates.npy").ravel()
    clusters = np.load(folder / "spike_clusters.npy").ravel().astype(np.int32)
    for cluster, parts in moves.items():
        own = np.flatnonzero(before == cluster)
        for part, number in parts:
            clusters[own[part]] = number
    np.save(folder / "spike_clusters.npy", clusters)
    rows = "".join(f"{cluster}\t{group}\n" for cluster, group in groups.items())
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n" + rows)


def test_the_folder_read_again_has_the_same_units(session: Session, written: Path) -> None:
    found = read_session(written)
    assert (found.id, found.support.start_s, found.support.stop_s) == ("rat07", START_S, START_S + LENGTH_S)
    assert {u.id: u.multi_unit for u in found.units} == {u.id: u.multi_unit for u in session.units}
    for unit, again in zip(session.units, found.units, strict=True):
        np.testing.assert_allclose(again.times_s, unit.times_s, atol=0.51 / HZ)
        assert [(e.start_s, e.stop_s) for e in again.support.epochs] == [
            (e.start_s, e.stop_s) for e in unit.support.epochs
        ]
    assert found.recording is not None
    assert session.recording is not None
    np.testing.assert_array_equal(found.recording.read(100, 300), session.recording.read(100, 300))
    assert not any("no unit" in doubt or "without a label" in doubt for doubt in found.doubts)


def test_neo_and_spikeinterface_read_it(session: Session, written: Path) -> None:
    from neo.io import PhyIO
    from spikeinterface.extractors import read_phy

    trains = PhyIO(str(written)).read_block(lazy=False).segments[0].spiketrains
    with_spikes = [unit for unit in session.units if unit.n_spikes]
    assert [len(train) for train in trains] == [unit.n_spikes for unit in with_spikes]
    sorting = read_phy(written, load_all_cluster_properties=True)
    ours = to_spikeinterface(with_spikes, recording=session.recording)
    for name, unit in zip(sorting.unit_ids, with_spikes, strict=True):
        np.testing.assert_array_equal(sorting.get_unit_spike_train(name), ours.get_unit_spike_train(unit.id))
    assert list(sorting.get_property("unit")) == ["unit 1", "unit wide one", "unit 3"]
    assert list(sorting.get_property("quality")) == ["good", "mua", "good"]


@pytest.mark.parametrize("features", [True, False])
def test_a_lone_unit_opens_in_phy_which_drops_axes_of_length_one(
    session: Session, tmp_path: Path, features: bool
) -> None:
    folder = write_phy(with_units(session, session.units[:1]), tmp_path / "lone", features=features)
    read = {file.stem: np.load(file).squeeze() for file in folder.glob("*.npy")}
    n_templates = np.atleast_3d(read["templates"]).shape[0]
    assert n_templates > 1
    assert read["similar_templates"].shape == (n_templates, n_templates)
    assert ("pc_feature_ind" in read) is features
    if features:
        assert read["pc_feature_ind"].shape == (n_templates,), "one wire"
    assert set(read["spike_templates"].tolist()) == {0}
    found = read_session(folder)
    assert [unit.id for unit in found.units] == ["1"]
    np.testing.assert_allclose(found.units[0].times_s, session.units[0].times_s, atol=0.51 / HZ)


def test_neo_reads_it_after_phy_has_saved(folder: Path, session: Session) -> None:
    from neo.io import PhyIO

    _save(folder, {0: [(slice(None), 3)]}, {1: "mua", 2: "good", 3: "good"})
    trains = PhyIO(str(folder)).read_block(lazy=False).segments[0].spiketrains
    assert [len(train) for train in trains] == [session.units[i].n_spikes for i in (1, 2, 0)]


def test_the_id50_stands_there_only_where_a_curve_was_fitted(
    written: Path, analysis: SessionAnalysis, tmp_path: Path
) -> None:
    assert any(cell.fits for cell in analysis.cells)
    assert (written / "cluster_id50.tsv").is_file()
    looked_at = replace(analysis, cells=tuple(replace(cell, responses=(), fits=()) for cell in analysis.cells))
    folder = write_phy(looked_at, tmp_path / "looked_at", features=False)
    assert not (folder / "cluster_id50.tsv").exists()
    assert (folder / "cluster_call.tsv").read_text() == (written / "cluster_call.tsv").read_text()


def test_what_was_found_out_stands_beside_each_cluster(written: Path, analysis: SessionAnalysis) -> None:
    calls = (written / "cluster_call.tsv").read_text().splitlines()
    assert calls[0] == "cluster_id\tcall"
    assert calls[1] == f"0\t{analysis.cells[0].final_label or 'not judged'}"
    (given,) = json.loads((written / "ephys.json").read_text())["given"]
    assert (given["drug"], given["start_s"], given["dose"]) == ("ipsapirone", 40.0, 25.0)


def test_nothing_done_in_phy_is_no_correction(folder: Path, analysis: SessionAnalysis) -> None:
    assert read_phy_curation(folder, analysis.curation, by="A. Name").entries == ()


def test_merge_split_and_noise_come_back_and_replay(
    folder: Path, session: Session, analysis: SessionAnalysis, tmp_path: Path
) -> None:
    _save(
        folder,
        {
            0: [(slice(None), 3)],
            1: [(slice(0, 150), 3), (slice(150, None), 4)],
            2: [(slice(0, 5), 5), (slice(5, None), 6)],
        },
        {3: "good", 4: "mua", 5: "noise", 6: "good"},
    )
    log = read_phy_curation(folder, analysis.curation, by="A. Name")
    again = read_curation(write_curation(log, tmp_path / "curation.json"))
    found = analyse_session(session, curation=again)
    one, wide, three = (session.units[i].times_s for i in range(3))
    made = {cell.unit.id: cell.unit for cell in found.cells}
    assert set(made) == {"1", "wide onea", "3b", "silent"}
    np.testing.assert_array_equal(made["1"].times_s, np.sort([*one, *wide[:150]]))
    np.testing.assert_array_equal(made["wide onea"].times_s, wide[150:])
    np.testing.assert_array_equal(made["3b"].times_s, three[5:])
    assert [made[name].multi_unit for name in ("1", "wide onea", "3b")] == [False, True, False]
    assert made["3b"].support == session.units[2].support
    assert any("labelled noise there" in entry.reason for entry in log.entries)
    assert {(entry.by, entry.at) for entry in log.entries} == {("A. Name", log.entries[0].at)}
    assert read_phy_curation(folder, analysis.curation, units=session.units, by="A. Name").entries == log.entries


def test_a_changed_label_alone_is_a_label(folder: Path, session: Session, analysis: SessionAnalysis) -> None:
    _save(folder, {}, {0: "mua", 1: "good"})
    log = read_phy_curation(folder, analysis.curation, by="A. Name", reason="looked at")
    assert [entry.text.split(" (")[0] for entry in log.entries] == [
        "unit 1 labelled multi-unit: looked at", "unit wide one labelled single-unit: looked at",
    ]  # fmt: skip
    made = curate_units(session.units, log).units
    assert {u.id: u.multi_unit for u in made} == {"1": True, "wide one": False, "3": False, "silent": False}


def test_what_phy_made_is_read_under_a_name_of_its_own(folder: Path) -> None:
    _save(folder, {0: [(slice(0, 50), 3), (slice(50, None), 4)]}, {1: "mua", 2: "good", 3: "good", 4: "noise"})
    found = read_session(folder)
    assert [unit.id for unit in found.units] == ["wide one", "3", "phy 3", "silent"]


def test_what_was_read_once_is_not_read_on_top(folder: Path, analysis: SessionAnalysis) -> None:
    _save(folder, {0: [(slice(None), 3)], 1: [(slice(None), 3)]}, {3: "good"})
    log = read_phy_curation(folder, analysis.curation, by="A. Name")
    with pytest.raises(CurationError, match="without what was read from it since"):
        read_phy_curation(folder, log, by="A. Name")


def test_a_correction_of_doses_since_then_is_no_hindrance(folder: Path, analysis: SessionAnalysis) -> None:
    log = analysis.curation.signed("A. Name").move_dose("ipsapirone", 40.0, 41.0, reason="early")
    _save(folder, {}, {0: "mua"})
    assert len(read_phy_curation(folder, log, by="A. Name").entries) == 2


def test_the_folder_of_another_session_or_sorting_is_refused(folder: Path, analysis: SessionAnalysis) -> None:
    with pytest.raises(CurationError, match=r"is of session 'rat07', and the log is of 'rat08'"):
        read_phy_curation(folder, replace(analysis.curation, session="rat08"), by="A. Name")
    later = [replace(unit, times_s=unit.times_s + 0.1) for unit in analysis.session.units if unit.n_spikes]
    log = CurationLog.begin("rat07", [*later, analysis.session.units[3]])
    with pytest.raises(CurationError, match=r"fires up to 0.1 s away from where the folder has it"):
        read_phy_curation(folder, log, by="A. Name")
    fewer = CurationLog.begin("rat07", analysis.session.units[1:])
    with pytest.raises(CurationError, match=r"written from the units 1 .*it was written with another log"):
        read_phy_curation(folder, fewer, by="A. Name")


def test_spikes_that_were_changed_are_refused(folder: Path, analysis: SessionAnalysis) -> None:
    samples = np.load(folder / "spike_times.npy")
    np.save(folder / "spike_times.npy", samples + 1)
    with pytest.raises(CurationError, match="is not as it was written, and Phy changes neither"):
        read_phy_curation(folder, analysis.curation, by="A. Name")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("ephys.json", None, "not a folder that ephys.write_phy wrote"),
        ("ephys.json", b"{", "ephys.json: damaged"),
        ("ephys.json", b'{"ephys_phy": 9}', "of version 9"),
        ("spike_times.npy", None, "spike_times.npy: cannot be read"),
        ("spike_clusters.npy", b"\x93NUMPY", "spike_clusters.npy"),
        ("cluster_group.tsv", None, "cluster_group.tsv: is missing"),
        ("cluster_group.tsv", b"\xff\xfe\x00", "cluster_group.tsv: damaged"),
        ("cluster_group.tsv", b"cluster_id\tlabel\n0\tgood\n", "must have the columns cluster_id and group"),
        ("cluster_group.tsv", b"cluster_id\tgroup\nzero\tgood\n", "row 2: cluster_id must be a whole number"),
        ("cluster_group.tsv", b"cluster_id\tgroup\n0\tlovely\n", "labelled lovely; known are good, mua, noise"),
    ],
)
def test_a_half_written_or_damaged_folder_is_refused(
    folder: Path, analysis: SessionAnalysis, file: str, content: bytes | None, said: str
) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises((CurationError, FileFormatError), match=said):
        read_phy_curation(folder, analysis.curation, by="A. Name")


def test_too_few_clusters_are_refused(folder: Path, analysis: SessionAnalysis) -> None:
    np.save(folder / "spike_clusters.npy", np.load(folder / "spike_clusters.npy")[:-3])
    with pytest.raises(FileFormatError, match=r"spike_clusters.npy: \d+ numbers for \d+ spikes"):
        read_phy_curation(folder, analysis.curation, by="A. Name")


def test_what_cannot_be_written_is_refused_and_leaves_nothing(session: Session, written: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is not overwritten"):
        write_phy(session, written)
    with pytest.raises(ParameterError, match="there is none"):
        write_phy(replace(session, recording=None), tmp_path / "out")
    with pytest.raises(ParameterError, match="no unit has spikes"):
        write_phy(with_units(session, session.units[3:]), tmp_path / "out")
    lone = Unit.from_times(session.units[0].times_s[:1], support=session.units[0].support, id="lone")
    with pytest.raises(ParameterError, match="one spike: there is nothing to show"):
        write_phy(with_units(session, [lone]), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_recording_with_pauses_is_refused(session: Session, tmp_path: Path) -> None:
    assert session.recording is not None
    first = session.recording.runs[0]
    runs = (replace(first, n_samples=5000), Run(5000, first.n_samples - 5000, 100.0))
    paused = replace(session.recording, runs=runs)
    with pytest.raises(ParameterError, match="has 1 pauses, and Phy knows none"):
        write_phy(replace(session, recording=paused), tmp_path / "out")


def _motor_units(shared_data: Path) -> Session:
    """A file of Spike2 with its own units: one wire, 25 kHz, a clock that does not begin at 0."""
    return read_session(shared_data / "spike2" / "motor_units.smr")


def _locust(shared_data: Path) -> Session:
    """A tetrode, sorted here."""
    file = shared_data / "groundtruth" / "tridesclous" / "locust_trial_01.raw"
    found = read_session(file, wire=["ch0", "ch1", "ch2", "ch3"])
    assert found.recording is not None
    return with_units(found, sort_units(found.recording))


@pytest.mark.real_data
@pytest.mark.parametrize("read", [_motor_units, pytest.param(_locust, marks=pytest.mark.slow)])
def test_a_real_recording_is_the_same_to_every_reader(
    read: Callable[[Path], Session], shared_data: Path, tmp_path: Path
) -> None:
    from neo.io import PhyIO
    from spikeinterface.extractors import read_phy

    session = read(shared_data)
    recording = session.recording
    assert recording is not None
    assert len(session.units) > 1
    folder = write_phy(session, tmp_path / "phy")
    again = read_session(folder)
    assert [(u.id, u.multi_unit, u.support) for u in again.units] == [
        (u.id, u.multi_unit, u.support) for u in session.units
    ]
    trains = PhyIO(str(folder)).read_block(lazy=False).segments[0].spiketrains
    sorting = read_phy(folder, load_all_cluster_properties=True)
    assert list(sorting.get_property("unit")) == [f"unit {unit.id}" for unit in session.units]
    start_s, step_s = recording.runs[0].start_s, 1.0 / recording.sampling_hz
    for unit, ours, train, name in zip(session.units, again.units, trains, sorting.unit_ids, strict=True):
        theirs = (np.asarray(train.rescale("s").magnitude), sorting.get_unit_spike_train(name) * step_s)
        for times_s in (ours.times_s, *(start_s + each for each in theirs)):
            np.testing.assert_allclose(times_s, unit.times_s, rtol=0.0, atol=0.51 * step_s)
    assert again.recording is not None
    np.testing.assert_allclose(
        again.recording.read(0, recording.n_samples), recording.read(0, recording.n_samples), rtol=1e-6
    )
