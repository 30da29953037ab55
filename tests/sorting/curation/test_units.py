"""What a correction does to the units, against units whose parts are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ephys.errors import CurationError
from ephys.model import Epoch, Support, Unit, Waveform
from ephys.sorting import assess_quality
from ephys.sorting.curation import CurationLog, curate_units
from ephys.sorting.curation.operations import ExcludeCell, OverrideCall
from ephys.sorting.curation.units import CuratedUnits

WHOLE = Support.of(Epoch(0.0, 600.0))


def cell(name: str = "1", seed: int = 0, rate_hz: float = 2.0, peak_uv: float = 100.0) -> Unit:
    """A unit with an amplitude and a snippet of its own for each spike."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.gamma(9.0, 1 / (9.0 * rate_hz), int(600 * rate_hz)))
    times = times[times < 600.0]
    amplitudes = rng.normal(peak_uv, 8.0, times.size)
    snippets = amplitudes[:, None, None] * np.hanning(20)[None, :, None]
    waveform = Waveform(snippets.astype(np.float32), np.arange(times.size), 20000.0, 0.0005, (10.0, 6000.0), 2, "zero")
    return Unit(name, times, WHOLE, amplitudes, 40.0, 10.0, waveform, "sort")


def parts(unit: Unit, second: np.ndarray) -> tuple[Unit, Unit]:
    """Two units with the spikes of one, each with its own snippets."""
    assert unit.waveform is not None
    return tuple(  # type: ignore[return-value]
        replace(
            unit,
            id=name,
            times_s=unit.times_s[kept],
            amplitudes_uv=unit.amplitudes_uv[kept],
            waveform=replace(
                unit.waveform, snippets_uv=unit.waveform.snippets_uv[kept], spike_index=np.arange(kept.sum())
            ),
        )
        for name, kept in (("1", ~second), ("2", second))
    )


def log(*units: Unit) -> CurationLog:
    return CurationLog.begin("rat07", units, by="A. Name")


def assert_same(one: Unit, other: Unit) -> None:
    np.testing.assert_array_equal(one.times_s, other.times_s)
    np.testing.assert_array_equal(one.amplitudes_uv, other.amplitudes_uv)
    assert one.waveform is not None
    assert other.waveform is not None
    np.testing.assert_array_equal(one.waveform.spike_index, other.waveform.spike_index)
    np.testing.assert_array_equal(one.waveform.snippets_uv, other.waveform.snippets_uv)
    assert one.support == other.support
    assert (one.threshold_uv, one.noise_uv, one.origin) == (other.threshold_uv, other.noise_uv, other.origin)


def test_two_halves_of_a_cell_merged_are_the_cell() -> None:
    whole = cell()
    halves = parts(whole, np.random.default_rng(1).random(whole.n_spikes) < 0.3)
    (merged,) = curate_units(halves, log(*halves).merge("1", "2", reason="one bursting cell")).units
    assert_same(merged, whole)
    baseline = Epoch(0.0, 180.0)
    assert assess_quality(merged, within=baseline) == assess_quality(whole, within=baseline)


@pytest.mark.parametrize("where", [{"at_uv": 102.0}, {"at_s": 300.0}])
def test_a_cell_split_and_merged_again_has_its_spikes_back(where: dict[str, float]) -> None:
    whole = cell()
    corrected = log(whole).split("1", reason="two cells", **where).merge("1a", "1b", reason="no", name="1")
    (back,) = curate_units([whole], corrected).units
    assert_same(back, whole)


def test_the_parts_of_a_split_in_time_say_nothing_of_each_others_time() -> None:
    """The second cell did not fall silent before it appeared: it was not there to be seen."""
    whole = cell()
    first, second = curate_units([whole], log(whole).split("1", at_s=250.0, reason="another cell")).units
    assert (first.id, second.id) == ("1a", "1b")
    assert first.support.stop_s == second.support.start_s == 250.0
    assert first.times_s.max() < 250.0 <= second.times_s.min()
    assert first.n_spikes + second.n_spikes == whole.n_spikes


def test_a_split_by_amplitude_moves_the_threshold_of_the_larger_part() -> None:
    """Spikes under the cut are not counted any more, and the share that is missed must know it."""
    whole = cell()
    small, large = curate_units([whole], log(whole).split("1", at_uv=95.0, reason="two sizes")).units
    assert small.amplitudes_uv.max() < 95.0 <= large.amplitudes_uv.min()
    assert large.threshold_uv == 95.0
    assert small.threshold_uv == whole.threshold_uv
    assert assess_quality(large, within=Epoch(0.0, 600.0)).completeness.value < 0.9


def test_a_restricted_unit_is_unknown_outside_not_silent() -> None:
    whole = cell()
    (kept,) = curate_units([whole], log(whole).restrict("1", 50.0, 400.0, reason="lost, then another")).units
    assert (kept.support.start_s, kept.support.stop_s) == (50.0, 400.0)
    assert kept.n_spikes == np.sum((whole.times_s >= 50.0) & (whole.times_s < 400.0))
    assert kept.waveform is not None
    np.testing.assert_allclose(kept.waveform.snippets_uv.max(axis=(1, 2)), kept.amplitudes_uv, rtol=0.01)


def test_gaps_of_the_recording_stay_gaps() -> None:
    gapped = replace(
        Unit.from_times([10.0, 250.0, 420.0], support=Support.of(Epoch(0.0, 200.0), Epoch(240.0, 600.0))), id="1"
    )
    first, second = curate_units([gapped], log(gapped).split("1", at_s=300.0, reason="another cell")).units
    assert first.support.epochs == (Epoch(0.0, 200.0), Epoch(240.0, 300.0))
    (merged,) = curate_units(
        [gapped], log(gapped).split("1", at_s=300.0, reason="x").merge("1a", "1b", reason="y")
    ).units
    assert merged.support.gaps == gapped.support.gaps
    assert second.support.start_s == 300.0


def test_delete_and_relabel() -> None:
    units = [cell("1"), cell("2", seed=1)]
    corrected = log(*units).delete("2", reason="mains").relabel("1", "multi_unit", reason="two sizes")
    (left,) = curate_units(units, corrected).units
    assert left.id == "1"
    assert left.multi_unit


def test_a_multi_unit_stays_one_when_merged() -> None:
    units = [cell("1"), replace(cell("2", seed=1), multi_unit=True)]
    (merged,) = curate_units(units, log(*units).merge("1", "2", reason="x")).units
    assert merged.multi_unit


def test_the_same_spikes_found_twice_are_not_merged() -> None:
    one = cell("1")
    twice = replace(one, id="2", times_s=np.minimum(one.times_s + 1e-4, 600.0))
    with pytest.raises(CurationError, match=r"entry 1 \(merge\): units 1 and 2 share \d+ spikes within 0.5 ms"):
        curate_units([one, twice], log(one, twice).merge("1", "2", reason="one cell"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda x: x.split("1", at_uv=1e4, reason="x"),
            r"entry 1 \(split\): every spike of unit 1 \(\S+ to \S+\) is below 10000 µV",
        ),
        (lambda x: x.split("1", at_s=-5.0, reason="x"), r"every spike of unit 1 \(\S+ to \S+\) is at or above -5 s"),
        (lambda x: x.restrict("1", 700.0, 800.0, reason="x"), "not recorded from 700 to 800 s, but from 0 to 600 s"),
    ],
)
def test_what_leaves_nothing_is_refused(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CurationError, match=message):
        curate_units([cell()], change(log(cell())))


def test_amplitudes_that_are_unknown_cannot_part_a_unit() -> None:
    unit = Unit.from_times([1.0, 2.0], support=WHOLE)
    with pytest.raises(CurationError, match="unknown amplitude"):
        curate_units([unit], log(unit).split("1", at_uv=50.0, reason="x"))


def test_what_a_person_said_of_a_unit_holds_and_the_last_call_counts() -> None:
    units = [cell("1"), cell("2", seed=1)]
    said = log(*units).override_call("1", "serotonergic", reason="antidromic").exclude_cell("2", reason="histology")
    curated = curate_units(units, said)
    assert _operations(curated, "1") == ["serotonergic"]
    assert curated.last("2", ExcludeCell) is not None
    again = curate_units(units, said.override_call("1", "uncertain", reason="collision test failed"))
    last = again.last("1", OverrideCall)
    assert last is not None
    assert isinstance(last.operation, OverrideCall)
    assert last.operation.call == "uncertain"


def test_both_parts_of_an_excluded_cell_are_excluded() -> None:
    units = [cell("1")]
    parts_of = curate_units(
        units, log(*units).exclude_cell("1", reason="histology").split("1", at_s=300.0, reason="two")
    )
    assert all(parts_of.last(name, ExcludeCell) for name in ("1a", "1b"))


def _operations(curated: CuratedUnits, name: str) -> list[str]:
    return [e.operation.call for e in curated.entries[name] if isinstance(e.operation, OverrideCall)]


def test_where_only_one_part_is_known_is_no_silence() -> None:
    """A cell in two units, one of them unknown after 450 s, would seem inhibited by half."""
    units = [cell("1"), cell("2", seed=1)]
    restricted = log(*units).restrict("1", 0.0, 450.0, reason="lost")
    with pytest.raises(CurationError, match="unit 1 is known in 0 to 450 s and unit 2 in 0 to 600 s"):
        curate_units(units, restricted.merge("1", "2", reason="one cell"))
    both = restricted.restrict("2", 0.0, 450.0, reason="lost").merge("1", "2", reason="one cell")
    assert curate_units(units, both).units[0].support.stop_s == 450.0
    apart = restricted.restrict("2", 500.0, 600.0, reason="found again").merge("1", "2", reason="one cell")
    assert curate_units(units, apart).units[0].support.gaps == (Epoch(450.0, 500.0, "gap"),)


def test_thresholds_that_differ_are_unknown_once_merged() -> None:
    units = [cell("1"), replace(cell("2", seed=1), threshold_uv=80.0, noise_uv=20.0, origin="wavemark")]
    for order in (("1", "2"), ("2", "1")):
        (merged,) = curate_units(units, log(*units).merge(*order, reason="one cell")).units
        assert np.isnan(merged.threshold_uv)
        assert np.isnan(merged.noise_uv)
        assert set(merged.origin.split(" + ")) == {"sort", "wavemark"}


def test_a_restricted_unit_ends_before_its_end() -> None:
    """Windows are half-open; only the last instant of a recording counts as inside."""
    unit = Unit.from_times([10.0, 400.0, 600.0], support=WHOLE)
    (kept,) = curate_units([unit], log(unit).restrict("1", 0.0, 400.0, reason="lost")).units
    assert kept.times_s.tolist() == [10.0]
    (kept,) = curate_units([unit], log(unit).restrict("1", 300.0, 700.0, reason="found")).units
    assert kept.times_s.tolist() == [400.0, 600.0]


@pytest.mark.parametrize("otherwise", [{"sampling_hz": 25000.0}, {"pre_s": 0.0004}, {"band_hz": (300.0, 6000.0)}])
def test_snippets_cut_otherwise_are_not_put_together(otherwise: dict[str, Any]) -> None:
    one, two = cell("1"), cell("2", seed=1)
    assert two.waveform is not None
    other = replace(two, waveform=replace(two.waveform, **otherwise, snippets_uv=two.waveform.snippets_uv[:5],
                                          spike_index=np.arange(5)))  # fmt: skip
    (merged,) = curate_units([one, other], log(one, other).merge("1", "2", reason="one cell")).units
    assert merged.waveform is not None
    assert one.waveform is not None
    assert merged.waveform.sampling_hz == 20000.0
    np.testing.assert_array_equal(merged.times_s[merged.waveform.spike_index], one.times_s)


def test_a_correction_of_a_merged_unit_carries_the_corrections_of_both_parts() -> None:
    units = [cell("1"), cell("2", seed=1)]
    corrected = log(*units).relabel("2", "multi_unit", reason="x").relabel("2", "single_unit", reason="y")
    curated = curate_units(units, corrected.merge("1", "2", reason="z"))
    assert [entry.number for entry in curated.entries["1"]] == [1, 2, 3]
    assert not curate_units(units, corrected).units[1].multi_unit


def test_a_unit_of_today_that_the_log_did_not_know_can_be_corrected() -> None:
    one, two, other = cell("1"), cell("2", seed=1), cell("2", seed=5)
    curated = curate_units([replace(two, id="1"), other], log(one, two).relabel("2", "multi_unit", reason="two sizes"))
    again = curate_units([replace(two, id="1"), other], curated.log.delete("2 (new)", reason="mains"))
    assert [unit.id for unit in again.units] == ["2"]


def test_a_unit_of_today_does_not_take_the_name_that_a_merge_makes() -> None:
    units = [cell("1"), cell("2", seed=1)]
    corrected = log(*units).merge("1", "2", reason="burst", name="5")
    for today in (units, [replace(unit, id=f"{unit.id}x") for unit in units]):
        assert [unit.id for unit in curate_units([*today, cell("5", seed=7)], corrected).units] == ["5", "5 (new)"]


def test_what_is_shown_is_what_is_corrected() -> None:
    """Another seed numbers the units otherwise: a correction made from today's report must hit the unit shown there."""
    one, two, three = cell("1"), cell("2", seed=1), cell("3", seed=2)
    for today in (
        [one, replace(three, id="2"), replace(two, id="3")],
        [replace(two, id="1"), cell("2", seed=8)],
        [one, two, three, cell("4", seed=8)],
    ):
        shown = curate_units(today, log(one, two, three))
        for unit in shown.units:
            left = curate_units(today, shown.log.delete(unit.id, reason="mains")).units
            assert [u.id for u in left] == [u.id for u in shown.units if u.id != unit.id]
            assert unit.times_s[0] not in [u.times_s[0] for u in left]


def test_a_cell_excluded_and_split_cannot_lose_its_exclusion_in_a_merge() -> None:
    corrected = log(cell()).exclude_cell("1", reason="histology").split("1", at_s=300.0, reason="two")
    with pytest.raises(CurationError, match=r"entry 3 \(merge\): entry 1"):
        corrected.merge("1a", "1b", reason="one")


def test_a_spike_on_the_cut_belongs_to_the_second_part() -> None:
    unit = Unit("1", np.array([10.0, 20.0, 30.0]), WHOLE, np.array([80.0, 90.0, 100.0]), 95.0)
    for where in ({"at_s": 20.0}, {"at_uv": 90.0}):
        first, second = curate_units([unit], log(unit).split("1", reason="two", **where)).units
        assert (first.times_s.tolist(), second.times_s.tolist()) == ([10.0], [20.0, 30.0])
        assert second.threshold_uv == 95.0


def test_a_third_of_the_spikes_found_twice_is_too_much_for_a_merge() -> None:
    one, other = cell("1"), cell("2", seed=1)
    shared = np.sort(np.concatenate([one.times_s[::3], other.times_s[: other.n_spikes // 2]]))
    partly = Unit.from_times(shared, support=WHOLE, id="2")
    few = Unit.from_times(one.times_s[:50], support=WHOLE, id="2")  # all of its spikes, few of the other's
    for copy in (partly, few):
        with pytest.raises(CurationError, match="the same spikes found twice"):
            curate_units([one, copy], log(one, copy).merge("1", "2", reason="one cell"))


def test_a_threshold_holds_again_only_for_the_two_parts_of_a_split() -> None:
    whole = cell()
    parted = log(whole).split("1", at_uv=100.0, reason="x").split("1b", at_uv=110.0, reason="y")
    merged = curate_units([whole], parted.merge("1a", "1bb", reason="z")).units
    assert np.isnan(next(unit for unit in merged if unit.id == "1a").threshold_uv)
    together = curate_units([whole], parted.merge("1ba", "1bb", reason="z").merge("1a", "1ba", reason="z")).units
    assert np.isnan(together[0].threshold_uv)  # what a merge made is no part of a split
    (back,) = curate_units([whole], log(whole).split("1", at_uv=100.0, reason="x").merge("1b", "1a", reason="y")).units
    assert back.threshold_uv == whole.threshold_uv


def test_a_second_copy_of_a_corrected_unit_is_said() -> None:
    one = cell("1")
    curated = curate_units(
        [replace(one, id="W1"), replace(one, id="S1")], log(one).exclude_cell("1", reason="histology")
    )
    assert any("is a copy of unit 1, and is not corrected with it" in note for note in curated.notes)


def test_units_that_changed_names_are_followed_by_their_spikes() -> None:
    one, two, three = cell("1"), cell("2", seed=1), cell("3", seed=2)
    corrected = log(one, two).delete("2", reason="mains")
    today = [replace(two, id="1"), replace(one, id="2"), replace(three, id="3")]
    curated = curate_units(today, corrected)
    assert {unit.id: unit.n_spikes for unit in curated.units} == {"1": one.n_spikes, "3": three.n_spikes}
    assert any("unit 2 as curated is unit 1 of this sorting (agreement 1.000)" in note for note in curated.notes)


def test_a_unit_that_the_log_does_not_know_takes_no_name_of_its() -> None:
    one, two, other = cell("1"), cell("2", seed=1), cell("2", seed=5)
    corrected = log(one, two).relabel("2", "multi_unit", reason="two sizes")
    curated = curate_units([replace(two, id="1"), other], corrected)
    assert [(unit.id, unit.multi_unit) for unit in curated.units] == [("2", True), ("2 (new)", False)]


def test_a_unit_that_is_found_a_little_differently_is_still_the_one() -> None:
    one = cell("1")
    missed = replace(
        one, times_s=one.times_s[3:], amplitudes_uv=one.amplitudes_uv[3:], waveform=None
    )  # three spikes less
    curated = curate_units([missed], log(one).relabel("1", "multi_unit", reason="x"))
    assert curated.units[0].multi_unit
    assert "agreement 0.99" in curated.notes[0]


def test_units_that_are_gone_say_so() -> None:
    one, other = cell("1"), cell("1", seed=9)
    with pytest.raises(
        CurationError,
        match=r"unit 1 that was curated is not among the units any more .*agrees 0\.\d+, and 0\.9 is needed",
    ):
        curate_units([other], log(one).relabel("1", "multi_unit", reason="x"))
    with pytest.raises(CurationError, match=r"any more \(none shares a spike"):
        curate_units([], log(one).delete("1", reason="x"))
    copies = log(replace(one, id="own"), one).delete("own", reason="x").delete("1", reason="y")
    with pytest.raises(CurationError, match=r"unit 1 .*the nearest, S1, is the log's unit own"):
        curate_units([replace(one, id="S1")], copies)
    undone = log(one).delete("1", reason="x").undo(1, reason="y")
    assert [unit.id for unit in curate_units([other], undone).units] == ["1 (new)"]


def test_a_log_without_a_record_of_its_units_takes_them_by_name_and_says_so() -> None:
    curated = curate_units([cell("1"), cell("2", seed=1)], CurationLog(by="A. Name").delete("2", reason="mains"))
    assert [unit.id for unit in curated.units] == ["1"]
    assert "taken by name" in curated.notes[0]


def test_a_unit_parted_spike_by_spike_is_parted_so_when_sorted_anew() -> None:
    """A jitter below the tolerance, lost spikes and new ones: what was meant is still meant."""
    whole = cell()
    second, third = whole.times_s[1::3], whole.times_s[2::3]
    curation = log(whole).split_spikes("1", [second, third], reason="three shapes", how="clusters of shape")
    first, *others = curate_units([whole], curation).units
    assert [first.id, *(unit.id for unit in others)] == ["1a", "1b", "1c"]
    for unit, times in zip((first, *others), (whole.times_s[::3], second, third), strict=True):
        np.testing.assert_array_equal(unit.times_s, times)
        assert unit.support == whole.support
    rng = np.random.default_rng(1)
    kept = np.arange(whole.n_spikes) % 25 != 7
    again = replace(cell(), id="9", times_s=whole.times_s[kept] + rng.uniform(0.0, 0.0003, kept.sum()),
                    amplitudes_uv=whole.amplitudes_uv[kept], waveform=None)  # fmt: skip
    anew = curate_units([again], curation)
    assert "unit 1 as curated is unit 9" in anew.notes[0]
    label = np.arange(whole.n_spikes)[kept] % 3
    assert [unit.n_spikes for unit in anew.units] == [int((label == part).sum()) for part in range(3)]


def test_spikes_nearer_than_the_tolerance_to_others_are_not_confused() -> None:
    """A doublet of 0.4 ms: the second spike was meant."""
    unit = Unit.from_times([1.0, 1.0004, 2.0, 2.0004], support=WHOLE, id="1")
    first, second = curate_units([unit], log(unit).split_spikes("1", [[1.0004, 2.0004]], reason="two cells")).units
    assert first.times_s.tolist() == [1.0, 2.0]
    assert second.times_s.tolist() == [1.0004, 2.0004]


def test_the_parts_of_a_unit_put_together_again_are_the_unit() -> None:
    whole = cell()
    parted = log(whole).split_spikes("1", [whole.times_s[::2]], reason="two cells", names=("x", "y"))
    (again,) = curate_units([whole], parted.merge("x", "y", name="1", reason="one after all")).units
    assert_same(again, whole)


@pytest.mark.parametrize(
    ("parted", "message"),
    [
        ([[1.0, 2.0, 3.0]], "no spike is left for 1a"),
        ([[1.0, 7.0]], "of the 2 spikes that were parted from it as 1b, 1"),
    ],
)
def test_spikes_that_are_not_there_are_not_parted_in_silence(parted: list[list[float]], message: str) -> None:
    unit = Unit.from_times([1.0, 2.0, 3.0], support=WHOLE, id="1")
    with pytest.raises(CurationError, match=rf"entry 1 \(split_spikes\): unit 1: {message}"):
        curate_units([unit], log(unit).split_spikes("1", parted, reason="two cells"))


@pytest.mark.parametrize("order", [("1a", "1b"), ("1b", "1a")])
def test_a_threshold_that_was_unknown_is_unknown_again_once_the_parts_are_joined(order: tuple[str, str]) -> None:
    unit = replace(cell(), threshold_uv=float("nan"))
    log = CurationLog.begin("rat07", [unit], by="A. Name").split("1", at_uv=100.0, reason="two?")
    (joined,) = curate_units([unit], log.merge(*order, reason="one after all")).units
    assert np.isnan(joined.threshold_uv)
