"""A recording that was stopped and started again, in as many files, is one session on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from ephys.errors import FileFormatError, ParameterError
from ephys.io import read_session, write_nwb
from ephys.io.clock_shift import session_later
from ephys.io.contents import Channel, Contents
from ephys.io.joining import join_contents
from ephys.io.sources import CountSource
from ephys.model import (
    Administration,
    ArraySource,
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    ReadingSettings,
    Recording,
    Run,
    Session,
    Subject,
    Support,
    Unit,
    Waveform,
    crop_session,
)
from ephys.pharmacology import dose_response
from ephys.simulation import DoseSchedule, simulate_session
from ephys.simulation.cells import DEFAULT_CELLS
from ephys.sorting import sort_units
from ephys.sorting.agreement import count_coincidences

BEGAN = datetime(1986, 3, 4, 9, 30, tzinfo=UTC)
HZ = 1000.0
RAT = Subject("r7", "Rattus norvegicus", sex="M", age="P90D")


def unit(name: str, times_s: Sequence[float], until_s: float = 10.0, **more: object) -> Unit:
    return Unit(name, np.array(times_s), Support.of(Epoch(0.0, until_s)), **more)  # type: ignore[arg-type]


def session(began: datetime | None = BEGAN, length_s: float = 10.0, **more: object) -> Session:
    return Session("a", DoseProtocol((), Support.of(Epoch(0.0, length_s))), started_at=began, **more)  # type: ignore[arg-type]


def voltage(first: int, *, hz: float = HZ, gain_uv: float = 1.0, **more: object) -> Recording:
    counts = np.arange(first, first + 10_000, dtype=np.int16)[:, np.newaxis]
    return Recording(ArraySource(counts, gain_uv), hz, (Run(0, 10_000, 0.0),), **more)  # type: ignore[arg-type]


def join(*sessions: Session, at_s: Sequence[float] | None = None, wires: Sequence[str] = (), **said: object) -> Session:
    """Sessions as those of files a.smr, b.smr..., in each of which spikes were sought on `wires`."""
    channels = tuple(Channel(i, wire, "spikes", 0) for i, wire in enumerate(wires))
    names = [f"{letter}.smr" for letter, _ in zip("abcdef", sessions, strict=False)]
    found = [Contents(each, channels, "Spike2") for each in sessions]
    return join_contents(names, found, ReadingSettings(**said), at_s)  # type: ignore[arg-type]


def later(by_s: float) -> datetime:
    return BEGAN + timedelta(seconds=by_s)


def said(joined: Session, words: str) -> str:
    """The one doubt that has these words."""
    (doubt,) = [doubt for doubt in joined.doubts if words in doubt]
    return doubt


# --- clock -----------------------------------------------------------------------------------------------------------


def test_a_later_file_lies_as_much_later_as_it_began_and_nothing_was_recorded_between() -> None:
    mark = Event(2.0, "ipsapirone")
    joined = join(session(events=(mark,)), session(later(30.5), events=(mark,)))
    assert joined.support == Support.of(Epoch(0.0, 10.0), Epoch(30.5, 40.5))
    assert joined.support.gaps == (Epoch(10.0, 30.5, "gap"),)
    assert [event.time_s for event in joined.events] == [2.0, 32.5]
    assert joined.started_at == BEGAN
    assert "b.smr lies 30.5 s later, 20.5 s after a.smr ends" in said(joined, "joined on the clock of a.smr")


def test_starts_that_are_stated_to_the_second_are_no_better_known_than_that() -> None:
    assert "stated to the second" in said(join(session(), session(later(30.0))), "joined on the clock")
    exact = join(session(), session(later(30.25)))
    assert "stated to the second" not in said(exact, "joined on the clock")


def test_files_that_overlap_are_refused_with_the_seconds() -> None:
    with pytest.raises(FileFormatError, match=r"b.smr begins 2.5 s before a.smr ends \(at 10 s .*joined_at_s"):
        join(session(), session(later(7.5)))


def test_a_start_that_was_rounded_to_the_microsecond_is_no_overlap() -> None:
    joined = join(session(length_s=10.0000004), session(later(10.0)))
    assert joined.support.duration_s == pytest.approx(20.0, abs=1e-5)
    assert 0 < joined.support.gaps[0].duration_s < 1e-8


def test_files_out_of_order_are_told_the_right_one() -> None:
    with pytest.raises(FileFormatError, match=r"in order of time: b.smr .*-60 s.*, then a.smr .*0 s.*, then c.smr"):
        join(session(), session(later(-60.0)), session(later(60.0)))


def test_a_file_that_does_not_know_when_it_began_is_named_with_what_helps() -> None:
    with pytest.raises(FileFormatError, match=r"b.smr does not say when it began.*joined to a.smr .*joined_at_s"):
        join(session(), session(None))
    assert join(session(), session(None), at_s=(0.0, 30.0)).support.stop_s == 40.0
    with pytest.raises(FileFormatError, match=r"a.smr knows its time zone, b.smr does not"):
        join(session(), session(later(60.0).replace(tzinfo=None)))


@pytest.mark.parametrize("at_s", [(0.0,), (5.0, 30.0), (0.0, 30.0, 60.0)])
def test_stated_starts_are_one_for_each_file_and_the_first_is_second_0(at_s: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match="each of the 2 files lies, the first at 0"):
        join(session(), session(), at_s=at_s)


def test_files_that_lie_hours_apart_are_asked_about() -> None:
    assert "begins 5.0 h after a.smr ends" in said(join(session(), session(later(18010.0))), "of one cell?")


@given(by_s=st.floats(-1e5, 1e5))
def test_another_clock_changes_no_interval_no_dose_and_no_voltage(by_s: float) -> None:
    own = session(
        units=(unit("1", [1.0, 2.5, 4.0]),),
        recording=voltage(0),
        monitors=(Monitor("chest", np.arange(100.0), 10.0),),
    )
    own = replace(own, protocol=replace(own.protocol, administrations=(Administration("x", 3.0, 4.0, dose=1.0),)))
    moved = session_later(own, by_s)
    np.testing.assert_allclose(np.diff(moved.units[0].times_s), [1.5, 1.5])
    assert moved.protocol.administrations[0].start_s == pytest.approx(3.0 + by_s)
    assert moved.protocol.administrations[0].dose == 1.0
    assert moved.recording is not None
    assert moved.recording.support.start_s == by_s
    assert moved.started_at is not None
    assert (BEGAN - moved.started_at).total_seconds() == pytest.approx(by_s, abs=1e-6)


# --- units -----------------------------------------------------------------------------------------------------------


def test_units_of_one_name_are_one_unit_in_the_time_of_both_files() -> None:
    shapes = np.arange(12, dtype=np.float32).reshape(2, 6, 1)
    wave = Waveform(shapes, np.array([0, 2]), HZ, 0.002, (300.0, 6000.0))
    own = unit("W:1", [1.0, 2.0, 3.0], amplitudes_uv=np.array([9.0, 8.0, 7.0]), waveform=wave, threshold_uv=40.0)
    (joined,) = join(session(units=(own,)), session(later(30.0), units=(own,)), wires=["W"]).units
    np.testing.assert_array_equal(joined.times_s, [1.0, 2.0, 3.0, 31.0, 32.0, 33.0])
    np.testing.assert_array_equal(joined.amplitudes_uv, [9.0, 8.0, 7.0, 9.0, 8.0, 7.0])
    assert joined.support == Support.of(Epoch(0.0, 10.0), Epoch(30.0, 40.0))
    assert joined.waveform is not None
    np.testing.assert_array_equal(joined.waveform.spike_index, [0, 2, 3, 5])
    np.testing.assert_array_equal(joined.waveform.snippets_uv[2:], shapes)
    assert (joined.waveform.band_hz, joined.threshold_uv) == ((300.0, 6000.0), 40.0)


def test_a_code_that_does_not_occur_in_a_later_file_is_silent_there_and_that_is_doubted() -> None:
    first = session(units=(unit("W:1", [1.0]), unit("W:2", [1.5])))
    joined = join(first, session(later(30.0), units=(unit("W:1", [2.0]),)), wires=["W"])
    assert joined.units[1].support.duration_s == 20.0
    assert "unit W:2 has no spike in b.smr (30 to 40 s): it counts as silent there" in said(joined, "W:2")


def test_a_cell_that_falls_silent_altogether_is_silent_in_a_file_whose_wire_was_sorted() -> None:
    joined = join(session(units=(unit("W:1", [1.0]),)), session(later(30.0)), wires=["W"])
    assert (joined.units[0].n_spikes, joined.units[0].support.duration_s) == (1, 20.0)


def test_a_unit_whose_wire_was_not_sorted_in_a_file_is_not_known_there() -> None:
    joined = join(session(units=(unit("W:1", [1.0]),)), session(later(30.0)), wires=["other wire"])
    assert joined.units[0].support.duration_s == 10.0
    assert "its spikes were not sought in b.smr (30 to 40 s): it is not known there" in said(joined, "W:1")


def test_a_cell_that_was_met_later_is_silent_before() -> None:
    joined = join(session(), session(later(30.0), units=(unit("W:1", [1.0]),)), wires=["W"])
    assert joined.units[0].support.epochs == (Epoch(0.0, 10.0), Epoch(30.0, 40.0))
    assert "has no spike in a.smr" in said(joined, "W:1")


def test_a_spike_at_the_last_instant_of_a_file_that_another_follows_is_kept() -> None:
    last = session(units=(unit("1", [1.0, 10.0]),))
    for gap_s in (0.0, 20.0):
        joined = join(last, session(later(10.0 + gap_s), units=(unit("1", [2.0]),)))
        assert joined.units[0].n_spikes == 3
        assert joined.units[0].support.duration_s == pytest.approx(20.0)
        assert joined.units[0].support == joined.support


def test_what_was_measured_differently_in_the_files_is_not_known_of_the_whole() -> None:
    wave = Waveform(np.ones((1, 6, 1), dtype=np.float32), np.array([0]), HZ, 0.002, (300.0, 6000.0), phase="causal")
    longer = replace(wave, snippets_uv=np.ones((1, 8, 1), dtype=np.float32))
    filtered = replace(wave, band_hz=(1.0, 6000.0))
    first = session(units=(unit("1", [1.0], waveform=wave, threshold_uv=40.0),))
    other = join(first, session(later(30.0), units=(unit("1", [2.0], waveform=longer, threshold_uv=50.0),)))
    assert np.isnan(other.units[0].threshold_uv)
    assert "(40, 50 µV)" in said(other, "threshold differs")
    assert other.units[0].waveform is not None
    assert len(other.units[0].waveform.snippets_uv) == 1
    assert "those like the first's are kept" in said(other, "cut differently")
    joined = join(first, session(later(30.0), units=(unit("1", [2.0], waveform=filtered),)))
    assert joined.units[0].waveform is not None
    assert joined.units[0].waveform.band_hz == (None, None)
    assert "band is not known" in said(joined, "different filters")


def test_files_that_were_sorted_alone_may_name_different_cells_alike() -> None:
    own = unit("1", [1.0], origin="sort")
    assert "each file was sorted alone" in said(
        join(session(units=(own,)), session(later(30.0), units=(own,))), "units 1"
    )


# --- voltage and slow signals ----------------------------------------------------------------------------------------


def test_voltage_is_read_across_the_files_each_with_its_own_gain() -> None:
    first, second = voltage(0), voltage(10_000, gain_uv=0.5)
    joined = join(session(recording=first), session(later(30.0), recording=second)).recording
    assert joined is not None
    np.testing.assert_array_equal(joined.read(9_998, 10_002)[:, 0], [9998.0, 9999.0, 5000.0, 5000.5])
    np.testing.assert_array_equal(joined.read(12_000, 12_002), second.read(2_000, 2_002))
    np.testing.assert_array_equal(joined.times_s(np.array([9_999, 10_000])), [9.999, 30.0])
    assert joined.support == Support.of(Epoch(0.0, 10.0, "recorded"), Epoch(30.0, 40.0, "recorded"))
    assert all((stop <= 10_000) == (start < 10_000) for start, stop, *_ in joined.chunks(chunk_s=3.0))


def test_files_of_other_wires_or_another_rate_are_not_joined_and_both_are_named() -> None:
    for other in (voltage(0, hz=2000.0), voltage(0, channel_names=("W2",))):
        with pytest.raises(FileFormatError, match=r"a.smr has 'ch0' at 1000 Hz, b.smr has '(ch0|W2)' at .*0 Hz"):
            join(session(recording=voltage(0)), session(later(30.0), recording=other))


def test_a_band_that_differs_between_the_files_is_not_known() -> None:
    wide, narrow = voltage(0, band_hz=(0.1, 8000.0)), voltage(0, band_hz=(300.0, 8000.0))
    same = join(session(recording=wide), session(later(30.0), recording=wide)).recording
    assert same is not None
    assert same.band_hz == (0.1, 8000.0)
    other = join(session(recording=wide), session(later(30.0), recording=narrow))
    assert other.recording is not None
    assert other.recording.band_hz == (None, None)
    assert "a.smr 0.1 to 8000 Hz, b.smr 300 to 8000 Hz" in said(other, "the band differs")


def test_a_file_without_voltage_beside_one_with_it_is_spoken_of() -> None:
    joined = join(session(recording=voltage(0)), session(later(30.0)))
    assert joined.recording is not None
    assert joined.recording.stop_s == 10.0
    assert "what is sorted here is not known there" in said(joined, "b.smr holds no voltage")


def test_a_slow_signal_is_one_with_nothing_between_the_files() -> None:
    chest = Monitor("chest", np.arange(100.0), 10.0, unit="V")
    (joined,) = join(session(monitors=(chest,)), session(later(30.0), monitors=(chest,))).monitors
    assert (joined.start_s, joined.stop_s) == (0.0, 40.0)
    np.testing.assert_array_equal(joined.values[:100], np.arange(100.0))
    assert np.isnan(joined.values[100:300]).all()
    np.testing.assert_array_equal(joined.read(299, 303)[1:], [0.0, 1.0, 2.0])
    other = join(session(monitors=(chest,)), session(later(30.0), monitors=(replace(chest, sampling_hz=20.0),)))
    assert [(m.name, m.start_s) for m in other.monitors] == [("chest (a.smr)", 0.0), ("chest (b.smr)", 30.0)]
    assert sum("another rate or unit" in doubt for doubt in other.doubts) == 2


# --- animal, drugs, doubts -------------------------------------------------------------------------------------------


def test_files_of_different_animals_are_not_one_recording() -> None:
    first = session(subject=Subject("r7", weight_g=310.0))
    with pytest.raises(FileFormatError, match=r"a.smr is of animal 'r7', b.smr of 'r8'"):
        join(first, session(later(30.0), subject=Subject("r8")))
    joined = join(first, session(later(30.0), subject=Subject("r7", sex="M", weight_g=300.0)))
    assert joined.subject == Subject("r7", sex="M", weight_g=310.0)
    assert "310.0 in a.smr, 300.0 in b.smr" in said(joined, "weight_g")


def test_another_depth_may_be_another_cell() -> None:
    joined = join(session(depth_um=5200.0), session(later(30.0), depth_um=5350.0))
    assert "is it one cell?" in said(joined, "depth_um is 5200.0 in a.smr, 5350.0 in b.smr")


def test_each_file_s_doubts_bear_its_name_and_those_of_all_are_said_once() -> None:
    joined = join(session(doubts=("no unit stated", "a rail")), session(later(30.0), doubts=("no unit stated",)))
    assert [doubt for doubt in joined.doubts if "joined" not in doubt] == ["no unit stated", "a.smr: a rail"]


def test_the_drug_tables_of_the_files_are_one_with_what_was_drawn() -> None:
    given = Administration("ipsapirone", 5.0, dose=25.0, dose_unit="ug/kg")
    own = session()
    first = replace(own, protocol=replace(own.protocol, administrations=(given,), drawn_baseline=Epoch(1.0, 4.0)))
    drawn = replace(first.protocol, drawn_windows=((0, Epoch(6.0, 9.0)),), drawn_baseline=None)
    joined = join(first, replace(first, protocol=drawn, started_at=later(30.0))).protocol
    assert [(step.administration.start_s, step.cumulative) for step in joined.doses("ipsapirone")] == [
        (5.0, 25.0),
        (35.0, 50.0),
    ]
    assert joined.drawn_windows == ((1, Epoch(36.0, 39.0)),)
    assert joined.drawn_baseline == Epoch(1.0, 4.0)
    marked = session(later(60.0), events=(Event(1.0, "WAY 10 ug/kg"),))
    assert "marks there are not read as doses" in said(join(first, marked), "b.smr: no drug table")


def test_drug_tables_that_do_not_go_together_ask_for_one_and_one_takes_their_place(tmp_path: Path) -> None:
    total = Administration("ipsapirone", 5.0, dose=50.0, dose_unit="ug/kg", dose_kind="cumulative")
    files = []
    for name, dose, began in (("a", total, BEGAN), ("b", replace(total, dose=25.0), later(30.0))):
        own = session(began, units=(unit("1", [1.0]),))
        protocol = replace(own.protocol, administrations=(dose,))
        files.append(write_nwb(replace(own, id="r7", protocol=protocol, subject=RAT), tmp_path / f"{name}.nwb"))
    with pytest.raises(FileFormatError, match=r"drug records in a.nwb and b.nwb .* falls from 50 to 25 .*--doses"):
        read_session(files)
    doses = tmp_path / "doses.csv"
    rows = "5,ipsapirone,50,ug/kg,increment\n35,ipsapirone,25,ug/kg,increment\n"
    doses.write_text("time_s,drug,amount,unit,dose_kind\n" + rows)
    assert [step.cumulative for step in read_session(files, doses=doses).protocol.doses("ipsapirone")] == [50.0, 75.0]


# --- files -----------------------------------------------------------------------------------------------------------


def in_two_files(whole: Session, folder: Path, *, stop_s: float, resume_s: float) -> list[Path]:
    """The session as a program would have saved it that was stopped and started again: each file on its own clock."""
    again = session_later(crop_session(whole, start_s=resume_s), -resume_s)
    parts = [crop_session(whole, stop_s=stop_s), again]
    return [write_nwb(part, folder / f"{name}.nwb") for part, name in zip(parts, "ab", strict=True)]


def test_spikes_as_text_are_joined_where_the_user_says(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    files[0].write_text("time_s,unit\n1.0,1\n2.5,1\n4.0,2\n")
    files[1].write_text("time_s,unit\n1.0,1\n3.0,1\n")
    doses = tmp_path / "doses.csv"
    doses.write_text("time_s,drug,amount,unit,route\n31,ipsapirone,25,ug/kg,iv\n")
    with pytest.raises(FileFormatError, match=r"a.csv does not say when it began.*--joined-at-s"):
        read_session(files)
    joined = read_session(files, doses=doses, joined_at_s=(0, 30), stop_s=50.0)
    assert [unit.times_s.tolist() for unit in joined.units] == [[1.0, 2.5, 31.0, 33.0], [4.0]]
    assert joined.support.stop_s == 50.0
    assert [source.path for source in joined.sources] == [str(path) for path in (*files, doses)]
    assert joined.protocol.drugs == ("ipsapirone",)
    assert "a.csv: spikes do not say how long was recorded" in said(joined, "how long was recorded")
    with pytest.raises(FileFormatError, match=r"b.csv: goes on to 33 s; stop_s cannot be 32 s"):
        read_session(files, joined_at_s=(0, 30), stop_s=32.0)
    assert read_session(files[:1]).units[0].n_spikes == 2
    with pytest.raises(ParameterError, match="several files"):
        read_session(files[0], joined_at_s=(0,))
    with pytest.raises(ParameterError, match="at least one file"):
        read_session([])


def test_spikes_that_are_events_are_silent_in_a_file_whose_channel_is_empty(tmp_path: Path) -> None:
    files = [tmp_path / "a.mat", tmp_path / "b.mat"]
    chest = {"title": "chest", "interval": 0.01, "start": 0.0, "scale": 1.0, "offset": 0.0, "units": "V",
             "values": np.arange(1000.0)}  # fmt: skip
    for file, times in zip(files, ([1.0, 2.5, 4.0], []), strict=True):
        savemat(file, {"chest": chest, "trig": {"title": "trig", "times": np.array(times), "length": len(times)}})
    joined = read_session(files, spikes="trig", joined_at_s=(0.0, 30.0))
    assert [(u.id, u.n_spikes, u.support.duration_s) for u in joined.units] == [("trig", 3, pytest.approx(20.0))]
    assert "has no spike in b.mat" in said(joined, "unit trig")
    with pytest.raises(FileFormatError, match=r"a.mat: no events in a channel called 'spikes'; it has 'trig'"):
        read_session(files, spikes="spikes", joined_at_s=(0.0, 30.0))


def test_an_export_whose_wavemark_channel_is_empty_tells_of_a_silent_cell(tmp_path: Path) -> None:
    files = [tmp_path / "a.mat", tmp_path / "b.mat"]
    chest = {"title": "chest", "interval": 0.01, "start": 0.0, "scale": 1.0, "offset": 0.0, "units": "V",
             "values": np.arange(1000.0)}  # fmt: skip
    for file, n in zip(files, (3, 0), strict=True):
        shapes = np.tile(-np.exp(-0.5 * (np.arange(32.0) - 10) ** 2), (n, 1))
        spikes = {"title": "W", "interval": 5e-5, "scale": 1.0, "offset": 0.0, "units": "mV", "trigger": 10,
                  "times": np.arange(1.0, 1.0 + n), "codes": np.tile([1, 0, 0, 0], (n, 1)), "values": shapes,
                  "length": n, "items": 32}  # fmt: skip
        savemat(file, {"chest": chest, "W": spikes})
    joined = read_session(files, joined_at_s=(0.0, 30.0))
    assert [(u.id, u.n_spikes, u.support.duration_s) for u in joined.units] == [("W:1", 3, pytest.approx(20.0))]
    assert "counts as silent there" in said(joined, "unit W:1 has no spike in b.mat")


def test_a_clock_time_of_the_dose_table_is_found_in_whichever_file(tmp_path: Path) -> None:
    whole = simulate_session(3, with_voltage=False).session
    bare = replace(whole, protocol=replace(whole.protocol, administrations=()))
    assert whole.started_at is not None
    files = in_two_files(bare, tmp_path, stop_s=400.0, resume_s=430.0)
    doses = tmp_path / "doses.csv"
    rows = "".join(
        f"{(whole.started_at + timedelta(seconds=a.start_s)).time().isoformat()},{a.drug},{a.dose},ug/kg,increment\n"
        for a in whole.protocol.administrations
        if a.role == "agonist"
    )
    doses.write_text("clock_time,drug,amount,unit,dose_kind\n" + rows)
    joined = read_session(files, doses=doses)
    assert [s.administration.start_s for s in joined.protocol.doses("ipsapirone")] == [
        s.administration.start_s for s in whole.protocol.doses("ipsapirone")
    ]


def test_the_dose_response_of_two_files_is_that_of_one_where_both_were_recorded(tmp_path: Path) -> None:
    whole = simulate_session(3, with_voltage=False).session
    files = in_two_files(whole, tmp_path, stop_s=365.0, resume_s=385.0)  # between two read-out windows
    joined = read_session(files)
    assert joined.protocol.administrations == whole.protocol.administrations
    for one, two in zip(whole.units, joined.units, strict=True):
        assert two.support.gaps == (Epoch(365.0, 385.0, "gap"),)
        np.testing.assert_allclose(two.times_s, one.times_s[~Epoch(365.0, 385.0).mask(one.times_s)], atol=1e-6)
    of_one, of_two = (dose_response(s.units[0], s.protocol, beside=False) for s in (whole, joined))
    assert [(w.count, w.covered_s) for w in of_two.windows] == [(w.count, w.covered_s) for w in of_one.windows]


def test_counts_stay_counts_in_the_files_and_are_read_there_when_asked_for(tmp_path: Path) -> None:
    traces = np.random.default_rng(0).integers(-500, 500, (100_000, 1)).astype(np.int16)
    recording = Recording(ArraySource(traces, 0.2), 20_000.0, (Run(0, 100_000, 0.0),), band_hz=(0.1, 8000.0))
    files = in_two_files(session(length_s=5.0, recording=recording), tmp_path, stop_s=2.0, resume_s=3.00001)
    joined = read_session(files).recording
    assert joined is not None
    source = joined.source
    assert isinstance(source, CountSource)
    assert (source.dtype, source.gain_uv) == (np.int16, pytest.approx(0.2))
    np.testing.assert_array_equal(
        source.read_counts(39_998, 40_003), np.concatenate([traces[39_998:40_000], traces[60_001:60_004]])
    )
    assert joined.band_hz == (0.1, 8000.0)
    assert joined.runs[1].start_s == pytest.approx(3.00005)


@pytest.mark.slow
def test_the_sorter_finds_the_same_cells_in_two_files_as_in_one_and_nothing_between() -> None:
    schedule = DoseSchedule(cumulative_ug_kg=(125.0,), baseline_s=60.0, interval_s=60.0, vehicle="")
    cells = tuple(cell for cell in DEFAULT_CELLS if cell.name != "lost")
    whole = simulate_session(3, schedule=schedule, cells=cells).session
    assert whole.recording is not None
    gap = Epoch(62.0, 75.0)
    again = session_later(crop_session(whole, start_s=gap.stop_s), -gap.stop_s)
    joined = join(crop_session(whole, stop_s=gap.start_s), again)
    assert joined.recording is not None
    of_one, of_two = sort_units(whole.recording), sort_units(joined.recording)
    assert len(of_one) == len(of_two)
    for one in (unit for unit in of_one if not unit.multi_unit):
        kept = one.times_s[~gap.mask(one.times_s)]
        two = max(of_two, key=lambda unit: count_coincidences(kept, unit.times_s))
        assert not gap.mask(two.times_s).any()
        assert two.support.covered_s(gap) == 0.0
        assert count_coincidences(kept, two.times_s) >= 0.97 * max(len(kept), two.n_spikes)
        responses = [dose_response(u, s.protocol, beside=False) for u, s in ((one, whole), (two, joined))]
        for a, b in zip(responses[0].windows, responses[1].windows, strict=True):
            assert b.covered_s == pytest.approx(a.covered_s - a.epoch.overlap(gap))
            assert abs(b.count - np.sum(a.epoch.mask(kept))) <= max(2, 0.03 * a.count)


@pytest.mark.real_data
def test_three_real_trials_of_one_wire_are_one_recording(shared_data: Path) -> None:
    folder = shared_data / "groundtruth" / "starling"
    files = [folder / f"st11_1_2_A8_{trial}.wav" for trial in (1, 2, 3)]
    joined, second = read_session(files, joined_at_s=(0.0, 20.0, 45.5)), read_session(files[1])
    assert joined.recording is not None
    assert second.recording is not None
    n = second.recording.n_samples
    assert [round(epoch.start_s, 9) for epoch in joined.support.epochs] == [0.0, 20.0, 45.5]
    np.testing.assert_array_equal(joined.recording.read(n + 1000, n + 5000), second.recording.read(1000, 5000))
    assert [source.path for source in joined.sources] == [str(file) for file in files]


@pytest.mark.real_data
def test_a_real_file_read_twice_with_a_pause_has_each_code_twice_as_often_and_each_mark_again(
    shared_data: Path,
) -> None:
    file = shared_data / "spike2" / "Extracellular_Spikes.smr"
    alone, joined = read_session(file), read_session([file, file], joined_at_s=(0.0, 300.0))
    assert [unit.id for unit in joined.units] == [unit.id for unit in alone.units]
    for one, two in zip(alone.units, joined.units, strict=True):
        np.testing.assert_array_equal(two.times_s, np.concatenate([one.times_s, one.times_s + 300.0]))
        assert two.support.duration_s == pytest.approx(2 * one.support.duration_s)
        assert two.waveform is not None
        assert one.waveform is not None
        assert len(two.waveform.snippets_uv) == 2 * len(one.waveform.snippets_uv)
    assert len(joined.events) == 2 * len(alone.events)
    assert len(joined.sources) == 2
    with pytest.raises(FileFormatError, match=r"begins 119.95\d* s before"):
        read_session([file, file])


@pytest.mark.real_data
def test_two_real_recordings_of_other_wires_are_not_joined(shared_data: Path) -> None:
    files = [shared_data / "spike2" / name for name in ("CAP.smr", "motor_units.smr")]
    with pytest.raises(FileFormatError, match=r"CAP.smr has .* at 20000 Hz, motor_units.smr has .* at 25000 Hz"):
        read_session(files)


@pytest.mark.real_data
def test_a_real_session_in_two_nwb_files_is_the_one_that_it_was(shared_data: Path, tmp_path: Path) -> None:
    whole = read_session(shared_data / "nwb" / "A8604-211122.nwb")
    files = in_two_files(whole, tmp_path, stop_s=400.0, resume_s=450.25)
    joined = read_session(files)
    assert joined.started_at == whole.started_at
    assert joined.subject == whole.subject
    for one, two in zip(whole.units, joined.units, strict=True):
        kept = one.times_s[~Epoch(400.0, 450.25).mask(one.times_s)]
        np.testing.assert_allclose(two.times_s, kept, atol=1e-6)
