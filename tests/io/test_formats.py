"""Other formats, as far as neo and scipy read them."""

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


@pytest.mark.real_data
def test_tags_of_an_abf_file_lie_where_they_were_set(shared_data: Path) -> None:
    session = read_session(shared_data / "axon" / "multichannelAbf1WithTags.abf")
    assert [(event.text, round(event.time_s, 2)) for event in session.events] == [("+TGOT", 173.98), ("-TGOT", 294.86)]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "units", "stop_s"),
    [
        ("plexon/File_plexon_1.plx", 4, 74.89),
        ("neuroexplorer/File_neuroexplorer_1.nex", 6, 5196.2),
        ("blackrock/ndr_example_1.nev", 324, 3.64),
        ("intan/sampledata.rhd", 0, 1.555),
    ],
)
def test_a_format_of_no_reader_of_its_own_comes_through_neo(
    shared_data: Path, file: str, units: int, stop_s: float
) -> None:
    session = read_session(shared_data / file)
    assert len(session.units) == units
    assert session.support.stop_s == pytest.approx(stop_s, rel=1e-3)
    assert any("as neo has them" in doubt for doubt in session.doubts)
