"""What is suggested of real cells, and of real shapes with labels."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from ephys import Epoch, SuggestionSettings, Support, Unit, Waveform, compare_units, read_session, suggest_curation
from ephys.model.unit_parts import choose_spikes
from ephys.sorting.curation.operations import SplitSpikes
from ephys.sorting.curation.reshaping import merge_units, split_by_spikes
from ephys.sorting.curation.suggesting.merging import suggest_merges

WHOLE = Support.of(Epoch(0.0, 600.0))


def juxtacellular_cells(folder: Path) -> list[Unit]:
    """Identified cells of the locus coeruleus, one at a time: certainly single."""
    trains = json.loads((folder / "lc_juxtacellular" / "data_electrophysiology.json").read_text())["spikes"]
    units = []
    for number, train in trains.items():
        times_s = np.sort(np.asarray(train, dtype=np.float64).ravel())
        if times_s.size > 1:
            span = Epoch(float(times_s[0]) - 1e-3, float(times_s[-1]) + 1e-3)
            units.append(Unit.from_times(times_s, support=span, id=number))
    return units


def labelled_cells(folder: Path, noise: str, seed: int) -> list[Unit]:
    """Shapes of three real cells with their labels, on trains of slow cells."""
    known = loadmat(folder / "groundtruth" / "wave_clus" / f"spikes_C_Difficult2_noise{noise}.mat")
    labels, snippets = known["spikes_labels"].ravel(), 100.0 * known["spikes"].astype(np.float32)
    peak, rng, units = int(np.median(np.abs(snippets).argmax(axis=1))), np.random.default_rng(seed), []
    for cell in (1, 2, 3):
        mine = snippets[labels == cell]
        times_s = np.cumsum(rng.gamma(4.0, 150.0 / len(mine), len(mine)))
        mine, times_s = mine[times_s < 600.0], times_s[times_s < 600.0]
        shapes = Waveform(mine[:, :, np.newaxis], np.arange(len(mine)), 24_000.0, peak / 24_000.0)
        sizes = np.abs(mine[:, peak - 2 : peak + 3]).max(axis=1).astype(np.float64)
        units.append(Unit(str(cell), times_s, WHOLE, amplitudes_uv=sizes, waveform=shapes))
    return units


@pytest.mark.real_data
def test_no_single_juxtacellular_cell_is_called_noise_or_split(shared_data: Path) -> None:
    cells = juxtacellular_cells(shared_data)
    assert len(cells) == 50
    assert [one for cell in cells for one in suggest_curation([cell])] == []


@pytest.mark.real_data
def test_no_two_juxtacellular_cells_are_merged(shared_data: Path) -> None:
    cells = [cell for cell in juxtacellular_cells(shared_data) if cell.support.duration_s >= 90.0]
    window = Epoch(0.0, 90.0)
    early = []
    for cell in cells:
        times_s = cell.times_s - cell.support.start_s
        early.append(Unit.from_times(times_s[times_s < 90.0], support=window, id=cell.id))
    pairs = list(combinations(early[:25], 2))
    assert len(pairs) == 300
    assert [pair for pair in pairs if suggest_merges(pair, SuggestionSettings())] == []


@pytest.mark.real_data
@pytest.mark.parametrize("noise", ["005", "015"])
def test_real_shapes_cut_in_two_are_merged_and_no_others(shared_data: Path, noise: str) -> None:
    cells = labelled_cells(shared_data, noise, seed=0)
    settings = SuggestionSettings()
    assert suggest_merges(cells, settings) == []
    for number, cell in enumerate(cells):
        larger = cell.amplitudes_uv >= np.median(cell.amplitudes_uv)
        parts = [choose_spikes(cell, larger, "x"), choose_spikes(cell, ~larger, "y")]
        found = suggest_merges([*parts, *cells[:number], *cells[number + 1 :]], settings)
        assert [set(one.units) for one in found] == [{"x", "y"}]


@pytest.mark.real_data
@pytest.mark.parametrize(("noise", "least_found", "least_accuracy"), [("005", 3, 0.99), ("015", 2, 0.94)])
def test_two_labelled_cells_put_together_are_parted(
    shared_data: Path, noise: str, least_found: int, least_accuracy: float
) -> None:
    accuracies = []
    for first, second in combinations(labelled_cells(shared_data, noise, seed=1), 2):
        both = merge_units([first, second], "both")
        for one in suggest_curation([both]):
            assert isinstance(one.operation, SplitSpikes)
            parts = split_by_spikes(both, one.operation.parts, one.operation.new_names)
            accuracies.append(min(match.accuracy for match in compare_units([first, second], parts)))
    assert len(accuracies) >= least_found
    assert min(accuracies) >= least_accuracy


@pytest.mark.real_data
def test_no_merge_is_suggested_of_units_that_a_person_or_a_program_told_apart(shared_data: Path) -> None:
    for file in ("spike2/Extracellular_Spikes.smr", "spike2/motor_units.smr", "neuralynx/TT3_1m.ntt"):
        assert suggest_merges(read_session(shared_data / file).units, SuggestionSettings()) == []


@pytest.mark.real_data
def test_two_shapes_in_one_real_wavemark_code_are_seen(shared_data: Path) -> None:
    units = {unit.id: unit for unit in read_session(shared_data / "spike2/Extracellular_Spikes.smr").units}
    (suggestion,) = suggest_curation([units["Spikes:1"]])
    assert isinstance(suggestion.operation, SplitSpikes)
    assert 50 < len(suggestion.operation.parts[0]) < 80
    assert "do not tell one cell from two" in suggestion.against[0]
