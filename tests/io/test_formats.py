"""Exports to MATLAB, and the table of formats: every real file that it names is opened."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from ephys.errors import FileFormatError
from ephys.io import read_session


def test_a_spike2_export_keeps_wire_marks_and_wavemarks(tmp_path: Path) -> None:
    samples = np.arange(-20000, 20000, dtype=np.int16)
    snippets = np.zeros((3, 40))
    snippets[:, 12] = [50, -1, 60]
    savemat(
        tmp_path / "rat07.mat",
        {
            "wire": {"title": "Unit", "interval": 4e-5, "start": 1.0, "scale": 1e-5, "offset": 0.0, "units": "mV",
                     "values": samples},
            "resp": {"title": "Resp", "interval": 0.01, "start": 1.0, "units": "ml", "values": np.arange(100.0)},
            "marks": {"title": "Marks", "times": [1.2, 1.5], "codes": [[1] * 4, [1] * 4], "text": ["sal", "ipsa"]},
            "keys": {"title": "Keyboard", "times": [1.3, 1.4], "codes": [[105, 0, 0, 0], [119, 0, 0, 0]]},
            "wm": {"title": "Cell", "interval": 4e-5, "times": [1.1, 1.2, 1.3], "codes": [[1] * 4, [0] * 4, [1] * 4],
                   "units": "uV", "trigger": 12, "values": snippets},
        },
    )  # fmt: skip
    session = read_session(tmp_path / "rat07.mat")
    assert session.recording is not None
    assert session.recording.start_s == 1.0
    np.testing.assert_allclose(session.recording.read(0, 3)[:, 0], [-200.0, -199.99, -199.98], rtol=1e-5)
    assert [monitor.name for monitor in session.monitors] == ["Resp"]
    assert [(e.text, e.code) for e in session.events] == [("sal", "1"), ("", "i"), ("", "w"), ("ipsa", "1")]
    assert [(u.id, u.n_spikes, u.multi_unit) for u in session.units] == [("Cell:0", 1, True), ("Cell:1", 2, False)]
    np.testing.assert_allclose(session.units[1].times_s, np.array([1.1, 1.3]) + 12 * 4e-5)
    np.testing.assert_allclose(session.units[1].amplitudes_uv, [50.0, 60.0])


def test_a_matlab_file_of_something_else_says_what_was_expected(tmp_path: Path) -> None:
    savemat(tmp_path / "spikes.mat", {"spikes": np.ones((3, 64))})
    with pytest.raises(
        FileFormatError, match=r"spikes\.mat: holds spikes \(3 x 64 numbers\); .*; expected a Spike2 export"
    ):
        read_session(tmp_path / "spikes.mat")


@pytest.mark.real_data
def test_a_simulated_wire_carries_its_truth_but_no_units(shared_data: Path) -> None:
    session = read_session(shared_data / "groundtruth" / "wave_clus" / "C_Easy1_noise01_short.mat")
    assert session.recording is not None
    assert session.recording.sampling_hz == 24000.0
    assert session.recording.duration_s == 10.0
    assert session.units == ()
    assert any("states no unit" in doubt for doubt in session.doubts)


@pytest.mark.real_data
def test_an_export_by_others_is_read_with_its_text_marks(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2_mat" / "markerchan_demodata.mat")
    texts = [event.text for event in session.events if event.channel == "LTStextmark"]
    assert texts[:4] == ["adagadgadg", "adfa", "ssssssssssss", "da daf a"]
    assert len(texts) == 98
    assert session.support.stop_s == pytest.approx(100.0)  # a channel counts in bins to the end, past the last mark
    told = read_session(shared_data / "spike2_mat" / "markerchan_demodata.mat", spikes="LTSbinned")
    assert not any("silence after it is not seen" in doubt for doubt in told.doubts)


# --- the table of formats --------------------------------------------------------------------------------------------

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats.md"


def _rows() -> list[list[str]]:
    """Cells of the table of formats, the first of the page, row by row."""
    lines = DOCS.read_text().partition("\n## A recording in several files")[0].splitlines()
    lines = [line for line in lines if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def _named(cell: str) -> list[str]:
    """Real files that a cell names."""
    return re.findall(r"`([\w-]+/[^`]+|phy)`", cell)


FILES = [file for row in _rows() for file in _named(row[2])]

UNITS = {
    "spike2/Extracellular_Spikes.smr": 5, "spike2/File_spike2_1.smr": 15, "spike2/motor_units.smr": 2,
    "blackrock/ndi_testData.nev": 32, "blackrock/ndi_testData.ns2": 32, "blackrock/ndr_example_1.nev": 239,
    "plexon/File_plexon_1.plx": 4, "plexon/sigTOOL_explore1.plx": 4, "neuralynx/TT3_1m.ntt": 8,
    "neuroexplorer/File_neuroexplorer_1.nex": 6, "neuroexplorer/File_neuroexplorer_2.nex": 7, "nwb/A8604-211122.nwb": 3,
    "phy": 62, "spike_trains/SynaptiConn/all_unit.mat": 16, "spike_trains/kramer_eden/08_spikes-1.mat": 2,
    "spike2_mat/kjx127a01_0-20_int16.mat": 0, "spike2_transcoded/Extracellular_Spikes.smrx": 5,
    "smrx/wavemarks.smrx": 11,
}  # fmt: skip
"""Units that each file holds; the others hold none."""

STOPS_S = {
    "spike2/BURST.SMR": 20.33, "spike2/File_spike2_1.smr": 447.52, "axon/multichannelAbf1WithTags.abf": 372.08,
    "plexon/File_plexon_1.plx": 74.89, "neuroexplorer/File_neuroexplorer_1.nex": 5196.2, "intan/sampledata.rhd": 1.555,
    "smrx/wave_with_gaps.smrx": 30.00068, "smrx/many_channels.smrx": 1.299,
    "blackrock/ndr_example_1.nev": 3.64, "neuralynx/TT3_1m.ntt": 59.81, "neuralynx/mne_LAHC1_3_gaps.ncs": 5.845,
}  # fmt: skip


def test_every_row_says_what_it_was_tried_on() -> None:
    for row in _rows():
        assert len(row) == 5, row
        assert _named(row[2]) or row[2].startswith(("written", "untried", "refused")), row


@pytest.mark.real_data
@pytest.mark.parametrize("file", FILES)
def test_every_real_file_that_the_table_names_opens_at_the_first_try(shared_data: Path, file: str) -> None:
    session = read_session(shared_data / file)
    assert len(session.units) == UNITS.get(file, 0)
    assert session.recording or session.units or session.events or session.monitors
    assert not any("as neo has it" in doubt for doubt in session.doubts)
    if file in STOPS_S:
        assert session.support.stop_s == pytest.approx(STOPS_S[file], rel=1e-3)
    if session.recording is not None:
        last = session.recording.read(session.recording.n_samples - 1, session.recording.n_samples)
        assert last.shape == (1, 1)
        assert np.isfinite(last).all()


@pytest.mark.real_data
def test_no_real_file_of_these_formats_is_left_out_of_the_table(shared_data: Path) -> None:
    folders = ("spike2", "axon", "blackrock", "plexon", "neuralynx", "neuroexplorer", "intan", "nwb")
    present = {f"{folder}/{path.name}" for folder in folders for path in (shared_data / folder).iterdir()}
    assert present <= set(FILES)


@pytest.mark.real_data
def test_a_folder_of_two_recordings_is_refused_with_the_files_of_each(shared_data: Path, tmp_path: Path) -> None:
    """A tetrode of 2013 beside channels and events of 2023: together they made a session of 471,923 h."""
    folder = shared_data / "neuralynx"
    other = "mne_LAHC1.ncs, mne_LAHC1_3_gaps.ncs, mne_Events.nev"
    with pytest.raises(FileFormatError, match="its files are of 2 recordings") as refused:
        read_session(folder)
    said = str(refused.value)
    assert sorted(other.split(", ")) == sorted(re.findall(r"mne_\w+\.\w+", said))
    assert said.index("TT3_1m.ntt (") < said.index("mne_")  # a group of its own, by an earlier clock
    assert "Name one file, or put each recording into a folder of its own" in said
    for name in other.split(", "):
        (tmp_path / name).symlink_to(folder / name)
    session = read_session(tmp_path)
    assert session.support.stop_s - session.support.start_s < 600
    assert len(session.monitors) == 2
    assert {event.channel for event in session.events} == {"Events: Starting Recording", "Events: Stopping Recording"}


@pytest.mark.parametrize("name", ["cell.xlsx", "cell.XLS"])
def test_a_workbook_is_no_recording_and_the_error_says_what_to_save(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(FileFormatError, match=rf"(?i){name}: an Excel workbook.*save the sheet as CSV"):
        read_session(tmp_path / name)


@pytest.mark.parametrize("text", ["{}", '[{"time_s": 1.0}]', '{"sampling_hz": 20000}'])
def test_json_is_no_recording(tmp_path: Path, text: str) -> None:
    (tmp_path / "rat07.json").write_text(text)
    with pytest.raises(FileFormatError, match=r"rat07\.json: a JSON file is not a recording"):
        read_session(tmp_path / "rat07.json")
