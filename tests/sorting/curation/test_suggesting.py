"""What is suggested of cells whose truth is known: one cell cut in two, two cells put together, and what is no cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ephys import Epoch, Suggestion, SuggestionSettings, Support, Unit, Waveform, simulate_session, suggest_curation
from ephys.errors import ParameterError
from ephys.model.unit_parts import choose_spikes
from ephys.simulation.cells import CellSpec
from ephys.sorting.curation import CurationLog, curate_units
from ephys.sorting.curation.operations import Delete, Merge, Relabel, Split
from ephys.sorting.curation.reshaping import merge_units, split_by_time
from ephys.sorting.curation.suggesting.trains import measure_avoidance

SEEDS = range(6)
WHOLE, WHOLE_LONG = Support.of(Epoch(0.0, 900.0)), Support.of(Epoch(0.0, 1000.0))


def session_units(seed: int, *cells: CellSpec) -> dict[str, Unit]:
    """Units of a faultless sorter."""
    return {unit.id: unit for unit in simulate_session(seed, cells=cells, with_voltage=False).session.units}


def slow_cells(seed: int) -> dict[str, Unit]:
    """Two slow cells of one shape and like size, of which one fires doublets; a drug silences one of them."""
    rng = np.random.default_rng(seed)
    bursting = CellSpec(name="1", rate_hz=rng.uniform(1.2, 2.5), cv=0.35, amplitude_uv=125.0, doublet_share=0.15)
    other = CellSpec(name="2", rate_hz=rng.uniform(1.2, 2.5), cv=0.35, amplitude_uv=115.0, emax_percent=0.0)
    return session_units(seed, bursting, other)


def merged_pairs(suggestions: Sequence[Suggestion]) -> list[set[str]]:
    """Which pairs are said to be one cell."""
    return [set(one.units) for one in suggestions if isinstance(one.operation, Merge)]


def cut(unit: Unit, first: np.ndarray) -> list[Unit]:
    """A cell cut in two."""
    return [choose_spikes(unit, first, "x"), choose_spikes(unit, ~first, "y")]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_cells_of_one_shape_and_size_are_left_alone(seed: int) -> None:
    assert suggest_curation(list(slow_cells(seed).values())) == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cell_cut_by_amplitude_time_or_burst_is_put_together_and_no_other(seed: int) -> None:
    cells = slow_cells(seed)
    cell, other = cells["1"], cells["2"]
    in_burst = np.diff(cell.times_s, prepend=-1.0) < 0.02
    for parts in (
        cut(cell, cell.amplitudes_uv >= np.median(cell.amplitudes_uv)),
        cut(cell, ~in_burst),
        split_by_time(cell, 400.0, ("x", "y")),
    ):
        assert merged_pairs(suggest_curation([*parts, other])) == [{"x", "y"}]


def test_the_reasons_of_a_burst_count_its_spikes() -> None:
    cell = slow_cells(0)["1"]
    parts = cut(cell, np.diff(cell.times_s, prepend=-1.0) >= 0.02)
    (suggestion,) = suggest_curation(parts)
    n_seconds = parts[1].n_spikes
    assert suggestion.reasons[0].startswith(f"{n_seconds} of unit y's {n_seconds} spikes come 1.5 to 20 ms after one")
    assert suggestion.cost[0].startswith(f"unit x becomes {cell.n_spikes} spikes")


def test_what_is_suggested_can_be_signed_and_replayed() -> None:
    cell = slow_cells(1)["1"]
    parts = cut(cell, cell.amplitudes_uv >= np.median(cell.amplitudes_uv))
    (suggestion,) = suggest_curation(parts)
    log = CurationLog.begin("s", parts, by="A. Name").add(suggestion.operation, reason=suggestion.reasons[0])
    (whole,) = curate_units(parts, log).units
    np.testing.assert_array_equal(whole.times_s, cell.times_s)


def test_units_that_must_be_restricted_before_they_are_merged_are_told_so() -> None:
    cell = slow_cells(1)["1"]
    first, second = cut(cell, cell.amplitudes_uv >= np.median(cell.amplitudes_uv))
    longer = replace(second, support=Support.of(Epoch(0.0, 1000.0)))
    (suggestion,) = suggest_curation([first, longer])
    assert "restrict them to the same ones first" in suggestion.against[-1]


def test_independent_trains_are_a_veto_whatever_the_shapes() -> None:
    cells = slow_cells(2)
    settings = SuggestionSettings(same_shape=0.99, burst_shape=0.99)
    found = measure_avoidance(cells["1"], cells["2"], settings)
    assert found is not None
    assert found.independent(settings)
    assert not merged_pairs(suggest_curation(list(cells.values()), settings=settings))


def test_one_shape_without_enough_spikes_to_tell_is_no_merge() -> None:
    cell = slow_cells(3)["2"]
    early = choose_spikes(cell, cell.times_s < 40.0, "2")
    assert not suggest_curation(cut(early, np.arange(early.n_spikes) % 2 == 0))


def test_cells_of_two_shapes_that_take_turns_are_not_joined() -> None:
    cells = session_units(0, CellSpec(name="wide"), CellSpec(name="narrow", cell_type="fast", rate_hz=2.0, cv=0.4))
    first, last = (
        split_by_time(cells["wide"], 400.0, ("a", "b"))[0],
        split_by_time(cells["narrow"], 400.0, ("c", "d"))[1],
    )
    assert suggest_curation([first, last]) == ()


def test_a_neighbour_driven_within_the_burst_time_is_not_joined() -> None:
    driven = CellSpec(name="b", amplitude_uv=90.0, follows="a", follow_share=0.2, follow_lag_ms=(2.0, 8.0))
    assert suggest_curation(list(session_units(0, CellSpec(name="a", amplitude_uv=150.0), driven).values())) == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_one_cell_that_drifts_bursts_or_is_lost_is_not_split(seed: int) -> None:
    cells = (
        CellSpec(name="drifts", amplitude_uv=150.0, amplitude_drift_percent=-50.0),
        CellSpec(name="bursts", amplitude_uv=140.0, doublet_share=0.4, burst_continue=0.4, burst_decrement=0.7),
        CellSpec(name="is lost", amplitude_uv=110.0, rundown_from_s=500.0, lost_at_s=650.0, fate="lost"),
    )
    assert suggest_curation(list(session_units(seed, *cells).values())) == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_two_cells_of_different_size_put_together_are_parted_by_amplitude(seed: int) -> None:
    cells = session_units(
        seed,
        CellSpec(name="1", amplitude_uv=170.0, cv=0.3, emax_percent=0.0),
        CellSpec(name="2", amplitude_uv=85.0, cv=0.3, emax_percent=0.0),
    )
    bare = [replace(unit, waveform=None) for unit in cells.values()]
    (suggestion,) = suggest_curation([merge_units(bare, "both")])
    assert isinstance(suggestion.operation, Split)
    small = np.median(cells["2"].amplitudes_uv)
    assert small < suggestion.operation.cut < np.median(cells["1"].amplitudes_uv)
    assert "independently" in suggestion.reasons[1]


def test_a_second_cell_after_the_first_is_parted_in_time() -> None:
    cells = session_units(4, CellSpec(name="wide"), CellSpec(name="narrow", cell_type="fast", rate_hz=2.0, cv=0.4))
    parts = [split_by_time(cells[name], 450.0, ("a", "b"))[side] for name, side in (("wide", 0), ("narrow", 1))]
    (suggestion,) = suggest_curation([merge_units(parts, "both")])
    assert isinstance(suggestion.operation, Split)
    assert suggestion.operation.along == "time"
    assert suggestion.operation.cut == pytest.approx(450.0, abs=40.0)


def test_a_step_of_size_is_found_and_doubted() -> None:
    cell = slow_cells(5)["2"]
    sizes = np.where(cell.times_s < 300.0, cell.amplitudes_uv, 0.5 * cell.amplitudes_uv)
    stepped = replace(cell, amplitudes_uv=sizes, threshold_uv=20.0, waveform=None)
    (suggestion,) = suggest_curation([stepped])
    assert isinstance(suggestion.operation, Split)
    assert suggestion.operation.cut == pytest.approx(300.0, abs=2.0)
    assert "an electrode that jerks" in suggestion.against[0]


def test_an_echo_is_deleted_and_its_cell_kept() -> None:
    cell = slow_cells(0)["1"]
    rng = np.random.default_rng(0)
    echo = Unit.from_times(cell.times_s[5:] + 0.0018 + rng.normal(0.0, 5e-5, cell.n_spikes - 5), support=WHOLE_LONG)
    (suggestion,) = suggest_curation([cell, replace(echo, id="echo")])
    assert suggestion.operation == Delete("echo")
    assert "1.80 ms after one of unit 1" in suggestion.reasons[0]


def test_mains_and_clocks_are_deleted_and_a_regular_cell_is_not() -> None:
    rng = np.random.default_rng(0)
    cycles = np.cumsum(rng.integers(10, 90, 600))
    hum = Unit.from_times(cycles / 50.03 + rng.normal(0.0, 1e-3, 600), support=WHOLE_LONG, id="hum")
    clock = Unit.from_times(np.arange(1.0, 900.0), support=WHOLE_LONG, id="clock")
    regular = Unit.from_times(np.cumsum(rng.normal(0.9, 0.05, 800)), support=WHOLE_LONG, id="cell")
    found = suggest_curation([hum, clock, regular])
    assert {one.operation for one in found} == {Delete("hum"), Delete("clock")}


def test_a_movement_is_deleted() -> None:
    time_ms = np.arange(-2.0, 6.0, 0.05)
    shapes = np.tile(100.0 * np.exp(-0.5 * (time_ms / 2.0) ** 2)[None, :, None], (40, 1, 1))
    times_s = np.cumsum(np.random.default_rng(0).uniform(1.0, 9.0, 40))
    shapes_of = Waveform(shapes, np.arange(40), 20_000.0, 0.002, (100.0, None))
    (suggestion,) = suggest_curation([Unit("pulse", times_s, WHOLE, waveform=shapes_of)])
    assert suggestion.operation == Delete("pulse")


def test_a_hash_of_many_cells_is_no_single_one() -> None:
    times_s = np.cumsum(0.001 + np.random.default_rng(0).exponential(0.024, 4000))
    (suggestion,) = suggest_curation([Unit.from_times(times_s, support=WHOLE)])
    assert suggestion.operation == Relabel("1", "multi_unit")
    assert "intervals are shorter than 2 ms" in suggestion.reasons[0]


def test_what_is_multi_unit_or_has_few_spikes_is_left_alone() -> None:
    cell = slow_cells(0)["1"]
    rest = replace(cell, id="rest", multi_unit=True, times_s=cell.times_s + 1e-9)
    few = Unit.from_times([1.0, 2.0, 3.0], support=WHOLE, id="few")
    assert suggest_curation([replace(rest, times_s=np.sort(cell.times_s + 0.3)), few]) == ()


def test_two_units_of_one_name_are_refused() -> None:
    unit = Unit.from_times([1.0], support=WHOLE)
    with pytest.raises(ParameterError, match="two units of one name: 1"):
        suggest_curation([unit, unit])


def test_the_order_of_the_units_changes_nothing() -> None:
    cells = slow_cells(1)
    parts = cut(cells["1"], cells["1"].amplitudes_uv >= 85.0)
    there, back = suggest_curation([*parts, cells["2"]]), suggest_curation([cells["2"], *parts[::-1]])
    assert [one.operation for one in there] == [one.operation for one in back]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_cells_that_take_turns_are_no_clear_merge_and_a_cell_cut_by_lot_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times_s = [np.cumsum(rng.gamma(10.0, 1 / (10.0 * rate_hz), 2400)) for rate_hz in rng.uniform(1.2, 2.5, 2)]
    awake = [
        times[(times < 900.0) & ((times % 60.0 < 30.0) == early)]
        for times, early in zip(times_s, (True, False), strict=True)
    ]
    cells = [Unit.from_times(times, support=WHOLE, id=name) for times, name in zip(awake, "12", strict=True)]
    whole = Unit.from_times(times_s[0][times_s[0] < 900.0], support=WHOLE)
    turns, by_lot = suggest_curation(cells), suggest_curation(cut(whole, rng.random(whole.n_spikes) < 0.5))
    assert all(any("seldom there at once" in text for text in one.against) for one in turns)
    assert not any("seldom there at once" in text for one in by_lot for text in one.against)
    assert max((one.score for one in turns), default=0.0) < by_lot[0].score
