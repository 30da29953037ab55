"""Spikes of two cells parted by their shapes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ephys import CurationLog, Recording, Unit, curate_units, measure_waveforms, part_by_shape, simulate_session
from ephys.errors import CurationError, ParameterError
from ephys.simulation.cells import CellSpec
from ephys.simulation.schedule import DoseSchedule
from ephys.sorting import compare_units, suggest_curation
from ephys.sorting.curation.operations import SplitSpikes
from ephys.sorting.curation.parting import measure_parts
from ephys.sorting.curation.reshaping import merge_units

SHORT = DoseSchedule(baseline_s=120.0, interval_s=30.0, cumulative_ug_kg=(20.0,), recovery_s=30.0)


@cache
def two_cells() -> tuple[Recording, Unit, Unit, Unit]:
    """The voltage, two cells of different shape and like size in it, and both as one unit."""
    cells = (
        CellSpec(name="wide", rate_hz=2.5, amplitude_uv=110.0, emax_percent=0.0),
        CellSpec(name="narrow", cell_type="fast", rate_hz=4.0, amplitude_uv=110.0, emax_percent=0.0),
    )
    simulated = simulate_session(0, cells=cells, schedule=SHORT)
    recording = simulated.session.recording
    assert recording is not None
    wide, narrow = measure_waveforms(recording, simulated.true_units)
    return recording, wide, narrow, merge_units([wide, narrow], "both")


def test_every_spike_goes_to_its_cell() -> None:
    recording, wide, narrow, both = two_cells()
    parted = measure_parts(both, recording=recording)
    log = CurationLog.begin("s", [both], by="A. Name").split_spikes("both", parted.times_s, reason="two shapes")
    matches = compare_units([wide, narrow], curate_units([both], log).units)
    assert min(match.accuracy for match in matches) > 0.97
    assert parted.valley < 0.2
    assert parted.apart_sd > 4.0


def test_two_shapes_in_one_unit_are_suggested_to_be_parted() -> None:
    recording, _, _, both = two_cells()
    (suggestion,) = suggest_curation([both], recording=recording)
    assert isinstance(suggestion.operation, SplitSpikes)
    assert suggestion.reasons[0].startswith("two shapes: the valley between the shapes is at 0 % of the peak")


def test_one_shape_is_not() -> None:
    recording, wide, narrow, _ = two_cells()
    assert suggest_curation([wide, narrow], recording=recording) == ()
    with pytest.raises(CurationError, match="1 cluster of 12 spikes or more, not 2"):
        part_by_shape(wide, recording=recording)


def test_the_same_seed_gives_the_same_parts() -> None:
    recording, _, _, both = two_cells()
    first, second = (part_by_shape(both, recording=recording, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])


def test_spikes_of_unknown_shape_need_the_voltage() -> None:
    _, _, _, both = two_cells()
    assert both.waveform is not None
    some = replace(
        both,
        waveform=replace(
            both.waveform,
            snippets_uv=both.waveform.snippets_uv[:50],
            spike_index=both.waveform.spike_index[:50],
        ),
    )
    with pytest.raises(CurationError, match=f"the shapes of 50 of its {both.n_spikes} spikes are kept; give the rec"):
        part_by_shape(some)


def test_too_few_spikes_and_senseless_parts_are_refused() -> None:
    _, wide, _, _ = two_cells()
    few = replace(wide, times_s=wide.times_s[:20], amplitudes_uv=wide.amplitudes_uv[:20], waveform=None)
    with pytest.raises(CurationError, match="20 spikes; 2 parts need 12 each"):
        part_by_shape(few)
    with pytest.raises(ParameterError, match="2 to 26"):
        part_by_shape(wide, parts=1)
