"""Another program's sorter is a choice: its units are ours in form, and what it cannot do is said in one line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.errors import ParameterError, SettingsError
from ephys.model import ArraySource, Recording, Run
from ephys.settings import Settings
from ephys.simulation import CellSpec, DoseSchedule, SimulatedSession, simulate_session
from ephys.sorting import SortingSettings, compare_units
from ephys.sorting.foreign import run_sorter

pytest.importorskip("spikeinterface.core")

SCHEDULE = DoseSchedule(
    baseline_s=120.0, interval_s=60.0, cumulative_ug_kg=(20.0, 40.0, 80.0, 160.0, 320.0), recovery_s=60.0
)
CELLS = (
    CellSpec(name="wide", rate_hz=2.0, doublet_share=0.05, hill=2.0, amplitude_uv=150.0),
    CellSpec(name="fast", cell_type="fast", rate_hz=10.0, cv=0.5, amplitude_uv=110.0, polarity=-1, emax_percent=0.0),
)
SIMPLE = {
    "sorter": "simple",
    "sorter_parameters": [
        "clusterer=gaussian_mixture",
        "clusterer_kwargs.n_components=2",
        "clusterer_kwargs.random_state=0",
        "peak_sign=both",
        "detect_threshold=7",
    ],
}


def _noise(*, runs: int = 1) -> Recording:
    traces = np.random.default_rng(0).normal(0.0, 5.0, (runs * 40_000, 1)).astype(np.float32)
    return Recording(ArraySource(traces), 20_000.0, tuple(Run(i * 40_000, 40_000, 10.0 * i) for i in range(runs)))


def _with_spikes(recording: Recording, at: np.ndarray) -> Recording:
    traces = recording.read(0, recording.n_samples).copy()
    for sample in at:
        traces[sample - 10 : sample + 11, 0] -= 120.0 * np.hanning(21)
    return Recording(ArraySource(traces), recording.sampling_hz, recording.runs)


@pytest.fixture(scope="module")
def simulated() -> SimulatedSession:
    return simulate_session(3, cells=CELLS, schedule=SCHEDULE)


@pytest.fixture(scope="module")
def analysed(simulated: SimulatedSession) -> ephys.SessionAnalysis:
    return ephys.analyse_session(simulated.session, Settings().updated({"sorting": SIMPLE}))


@pytest.mark.slow
class TestSimple:
    def test_it_finds_the_cells(self, simulated: SimulatedSession, analysed: ephys.SessionAnalysis) -> None:
        matches = compare_units(simulated.true_units, [cell.unit for cell in analysed.cells])
        assert [match.accuracy > 0.8 for match in matches] == [True, True]

    def test_the_pipeline_gives_its_cell_an_id50(self, analysed: ephys.SessionAnalysis) -> None:
        wide = analysed.cells[0]
        assert wide.final_label == "serotonergic"
        fit = wide.fits[0]
        assert fit.id50_low < 80.0 < fit.id50_high

    def test_its_units_say_who_found_them_and_claim_no_threshold(self, analysed: ephys.SessionAnalysis) -> None:
        units = [cell.unit for cell in analysed.cells]
        assert [unit.id for unit in units] == [str(i + 1) for i in range(len(units))]
        assert all(unit.origin.startswith("sort: simple ") and "SpikeInterface" in unit.origin for unit in units)
        assert all(np.isnan(unit.threshold_uv) for unit in units)
        sizes = [np.median(unit.amplitudes_uv) for unit in units if not unit.multi_unit]
        assert sizes == sorted(sizes, reverse=True)

    def test_what_is_not_known_of_its_units_is_said(self, analysed: ephys.SessionAnalysis) -> None:
        assert any("how small a spike it still finds is not known" in note for note in analysed.notes)

    def test_the_provenance_names_it(self, analysed: ephys.SessionAnalysis) -> None:
        provenance = ephys.collect_provenance(analysed)
        assert provenance["settings"]["sorting"]["sorter"] == "simple"
        assert "spikeinterface" in provenance["packages"]

    def test_a_cell_that_a_drug_silenced_is_silent_and_stays(
        self, simulated: SimulatedSession, analysed: ephys.SessionAnalysis
    ) -> None:
        assert analysed.cells[0].unit.support.duration_s == pytest.approx(simulated.session.support.duration_s)

    def test_pauses_are_kept_and_their_edges_count_as_not_seen(self) -> None:
        at = np.arange(1300, 79_000, 1500)
        recording = _with_spikes(_noise(runs=2), at)
        parameters = ("clusterer=gaussian_mixture", "clusterer_kwargs.n_components=1")
        (unit,) = ephys.sort_units(recording, SortingSettings(sorter="simple", sorter_parameters=parameters))
        assert unit.times_s == pytest.approx(recording.times_s(at), abs=1e-4)
        assert [(round(gap.start_s, 6), round(gap.stop_s, 6)) for gap in unit.support.gaps] == [(1.99, 10.01)]


class TestErrors:
    def test_a_sorter_that_fails_says_why_in_one_line_and_leaves_nothing(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with pytest.raises(ParameterError, match="recording: sorter simple failed with ") as raised:
            run_sorter(_with_spikes(_noise(), np.arange(1000, 39_000, 500)), "simple", ("clusterer=none_such",))
        assert "unknown clustering method none_such" in str(raised.value)
        assert "\n" not in str(raised.value)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("sorter", "parameters", "message"),
        [
            ("simpel", (), r"no sorter is called 'simpel'; did you mean 'simple'\? installed are ephys, .*simple"),
            ("hdsort", (), "sorter hdsort is not installed; installed are ephys, .* To install it: "),
            ("simple", ("detect_treshold=4",), "no parameter 'detect_treshold'; did you mean 'detect_threshold'"),
            ("simple", ("detect_threshold=4,5",), r"detect_threshold takes a value like 5.0, got '4,5'"),
            ("simple", ("apply_preprocessing=1",), "apply_preprocessing takes a value like true, got '1'"),
            ("simple", ("freq_min.low=4",), "freq_min: is a value, and no group of parameters, got 'freq_min.low'"),
            ("waveclus", (), "sorter waveclus is not installed"),
        ],
    )
    def test_what_a_sorter_does_not_know_is_refused(
        self, sorter: str, parameters: tuple[str, ...], message: str
    ) -> None:
        with pytest.raises(ParameterError, match=message):
            run_sorter(_noise(), sorter, parameters)

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("sorter", "", "must be 'ephys' or the name of a sorter"),
            ("sorter_parameters", "seed=1", "are those of another sorter, and sorting.sorter is 'ephys'"),
        ],
    )
    def test_settings_that_cannot_be_are_refused(self, name: str, value: str, message: str) -> None:
        with pytest.raises(SettingsError, match=message):
            Settings().override(f"sorting.{name}", value)

    def test_a_parameter_without_a_value_is_refused(self) -> None:
        with pytest.raises(ParameterError, match="are written as name=value, got 'seed'"):
            SortingSettings(sorter="simple", sorter_parameters=("seed",))

    def test_without_spikeinterface_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        monkeypatch.setitem(sys.modules, "spikeinterface.core", None)
        with pytest.raises(ParameterError, match=r"pip install 'ephys\[spikeinterface\]'"):
            ephys.sort_units(_noise(), SortingSettings(sorter="simple"))


def test_our_seed_is_handed_on_and_groups_keep_what_was_not_said() -> None:
    from spikeinterface.sorters import sorter_dict

    from ephys.sorting.foreign import _parameters

    given = _parameters(sorter_dict["spykingcircus2"], ["detection.method_kwargs.detect_threshold=4"], 7)
    assert given["detection"]["method_kwargs"] == {"peak_sign": "neg", "detect_threshold": 4}
    assert given["detection"]["method"] == "matched_filtering"
    assert given["seed"] == 7
    assert _parameters(sorter_dict["simple"], ["seed=3"], 7)["seed"] == 3
