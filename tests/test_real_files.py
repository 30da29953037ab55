"""The whole path on recordings that nobody here made."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, wavfile

import ephys
from ephys.model import Epoch, Unit
from ephys.settings import Settings
from ephys.sorting import compare_units

pytestmark = pytest.mark.real_data


def test_sorted_wavemarks_with_a_drug_at_zero_have_rates_and_no_baseline(shared_data: Path) -> None:
    session = ephys.read_session(shared_data / "spike2" / "Extracellular_Spikes.smr")
    analysis = ephys.analyse_session(session)
    assert sorted(c.unit.n_spikes for c in analysis.cells) == [9, 37, 139, 171, 290]
    assert any("Drug added" in event.text for event in session.events)
    assert analysis.baseline is None
    assert any("no baseline" in note and "0 s" in note for note in analysis.notes)
    assert {cell.call for cell in analysis.cells} == {"not judged"}


def test_motor_units_are_sorted_and_compared_with_their_own_codes(shared_data: Path) -> None:
    session = ephys.read_session(shared_data / "spike2" / "motor_units.smr")
    assert session.recording is not None
    assert session.recording.sampling_hz == pytest.approx(25000)
    analysis = ephys.analyse_session(session, Settings().override("analysis.units", "both"))
    assert sorted(unit.n_spikes for unit in session.units) == [50, 62]
    assert max(match.accuracy for match in analysis.agreement) > 0.5


def test_marks_cut_from_a_breathing_trace_are_locked_to_it(shared_data: Path) -> None:
    """A real respiration monitor; its file's units are shapes of that very signal, some 0.1 a second."""
    session = ephys.read_session(shared_data / "spike2" / "File_spike2_1.smr")
    assert "Respi" in {monitor.name for monitor in session.monitors}
    whole = Epoch(session.support.start_s, session.support.stop_s)
    judged = [one for one in ephys.assess_rhythms(session, session.units, within=whole) if not one.not_judged]
    assert judged
    for found in judged:
        (locking,) = found.lockings
        assert found.artefact[0].endswith("from monitor 'Respi'")
        assert locking.low > 0.9
        assert 1.0 < locking.frequency_hz < 1.2


def test_human_blood_pressure_has_a_pulse_of_1_2_hz_and_its_harmonics_are_no_second_rhythm(shared_data: Path) -> None:
    session = ephys.read_session(shared_data / "spike2" / "Blood_Pressure_Waveform.smr")
    whole = Epoch(session.support.start_s, session.support.stop_s)
    times_s = np.cumsum(np.random.default_rng(0).gamma(11.0, 0.8 / 11.0, 140)) + whole.start_s
    unit = Unit.from_times(times_s[times_s < whole.stop_s], support=whole)
    (found,) = ephys.assess_rhythms(session, [unit], within=whole)
    assert [one.rhythm for one in found.lockings] == ["respiration"]
    assert found.lockings[0].frequency_hz == pytest.approx(1.2, abs=0.05)
    assert not found.artefact


def test_no_cell_of_a_real_locust_or_purkinje_wire_is_called_breathing(shared_data: Path) -> None:
    folder = shared_data / "groundtruth" / "tridesclous"
    for name, channels, dtype in (("purkinje_cell_attached", 1, np.float32), ("locust_trial_01", 4, np.int16)):
        counts = np.fromfile(folder / f"{name}.raw", dtype).reshape(-1, channels)
        recording = ephys.Recording.from_array(counts, sampling_hz=15_000.0)
        whole = Epoch(0.0, recording.stop_s)
        session = ephys.Session(name, ephys.DoseProtocol((), recording.support), recording=recording)
        units = ephys.sort_units(recording)
        assert not any(found.artefact for found in ephys.assess_rhythms(session, units, within=whole))


def test_each_unit_of_c_easy1_is_found(shared_data: Path) -> None:
    path = shared_data / "groundtruth" / "wave_clus" / "C_Easy1_noise01_short.mat"
    session = ephys.read_session(path)
    assert session.recording is not None
    found = ephys.sort_units(session.recording)
    truth = loadmat(path)
    starts_s = truth["spike_times"][0, 0].ravel() / 24000.0
    classes = truth["spike_class"][0, 0].ravel()
    peaks_s = starts_s + 22 / 24000.0  # the labels mark the start of the spike; its peak is 22 samples later
    whole = Epoch(0.0, session.recording.stop_s)
    units = [Unit.from_times(np.sort(peaks_s[classes == c]), support=whole, id=str(c)) for c in np.unique(classes)]
    accuracies = [match.accuracy for match in compare_units(units, found, tolerance_s=0.0005)]
    assert min(accuracies) >= 0.97


@pytest.mark.parametrize(("sweep", "row", "listed"), [(1, 3, 18), (2, 4, 16), (3, 2, 18)])
def test_every_spike_that_an_expert_listed_is_found_with_its_unit(
    sweep: int, row: int, listed: int, shared_data: Path
) -> None:
    """13-s sweeps of a starling's forebrain; one cell of the wire was sorted by hand."""
    folder = shared_data / "groundtruth" / "starling"
    sampling_hz, traces = wavfile.read(folder / f"st11_1_2_A8_{sweep}.wav")
    line = (folder / "spikes_st11_1_2_1_A8.txt").read_text().splitlines()[row]
    times_s = np.sort(np.array(line.split(), dtype=float) / 1000.0 + 2.0)
    times_s = times_s[(times_s > 0.0) & (times_s < len(traces) / sampling_hz)]
    assert len(times_s) == listed
    recording = ephys.Recording.from_array(traces.astype(np.float32), sampling_hz=float(sampling_hz))
    units = ephys.sort_units(recording)
    found = [(np.abs(unit.times_s[:, np.newaxis] - times_s).min(axis=0) < 0.001).sum() for unit in units]
    best = units[int(np.argmax(found))]
    assert max(found) == listed
    assert not best.multi_unit
    assert best.n_spikes == listed


@pytest.mark.real_data
def test_the_amplifiers_band_that_the_user_states_is_that_of_the_files_own_waveforms(shared_data: Path) -> None:
    file = shared_data / "spike2" / "Extracellular_Spikes.smr"
    bands = {}
    for band_hz in (None, (1.0, 8000.0), (300.0, 3000.0)):
        unit = ephys.read_session(file, band_hz=band_hz).units[1]
        assert unit.waveform is not None
        bands[band_hz] = (unit.waveform.band_hz, unit.waveform.phase)
    assert bands[None] == ((None, None), "unknown")
    assert bands[1.0, 8000.0] == ((1.0, 8000.0), "causal")
    assert bands[300.0, 3000.0] == ((300.0, 3000.0), "causal")
