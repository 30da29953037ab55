"""A part of a session holds what lies in it, and says what came before."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import given as given_that
from hypothesis import strategies as st

from ephys.errors import ParameterError
from ephys.model import (
    Administration,
    ArraySource,
    DoseProtocol,
    Epoch,
    Event,
    Monitor,
    Recording,
    Run,
    Session,
    Support,
    Unit,
    Waveform,
    crop_session,
)

HZ = 100.0
TIMES_S = np.sort(np.concatenate([np.arange(0.0, 40.0, 0.37), np.arange(60.0, 100.0, 0.25), [100.0]]))


def dose(start_s: float, ug_kg: float = 25.0, **fields: object) -> Administration:
    return Administration("ipsapirone", start_s, dose=ug_kg, **{"dose_unit": "ug/kg", "route": "i.v.", **fields})  # type: ignore[arg-type]


def session(*administrations: Administration) -> Session:
    """40 s, a pause of 20 s, 40 s; two units, of which the second was held for the first 30 s; breathing; marks."""
    recorded = Support.of(Epoch(0.0, 40.0, "recorded"), Epoch(60.0, 100.0, "recorded"))
    runs = (Run(0, 4000, 0.0), Run(4000, 4000, 60.0))
    recording = Recording(ArraySource(np.arange(8000, dtype=np.float32)[:, np.newaxis]), HZ, runs)
    index = np.arange(0, len(TIMES_S), 3)
    shapes = np.repeat(index, 5).reshape(-1, 5, 1).astype(np.float32)
    units = (
        Unit("1", TIMES_S, recorded, TIMES_S + 1.0, waveform=Waveform(shapes, index, HZ, 0.01)),
        Unit.from_times(np.arange(0.5, 30.0), support=Epoch(0.0, 30.0), id="2"),
    )
    marks = tuple(Event(float(t), f"mark {t}") for t in (-2.0, 10.0, 61.0, 100.0))
    return Session(
        "rat07",
        DoseProtocol(administrations, recorded),
        recording,
        units,
        marks,
        (Monitor("chest", np.arange(1000.0), 10.0, unit="V"),),
    )


def assert_same(one: Session, other: Session) -> None:
    """Whatever they hold but the doubts is the same; bounds of runs to a nanosecond, since they are added up."""
    assert (one.id, one.events, one.protocol) == (other.id, other.events, other.protocol)
    assert [u.id for u in one.units] == [u.id for u in other.units]
    for a, b in zip(one.units, other.units, strict=True):
        assert a.support == b.support
        np.testing.assert_array_equal(a.times_s, b.times_s)
        np.testing.assert_array_equal(a.amplitudes_uv, b.amplitudes_uv)
        if a.waveform is not None and b.waveform is not None:
            np.testing.assert_array_equal(a.waveform.spike_index, b.waveform.spike_index)
            np.testing.assert_array_equal(a.waveform.snippets_uv, b.waveform.snippets_uv)
    assert (one.recording is None) == (other.recording is None)
    if one.recording is not None and other.recording is not None:
        np.testing.assert_array_equal(one.recording.read(0, 8000), other.recording.read(0, 8000))
        starts = [[run.start_s for run in r.runs] for r in (one.recording, other.recording)]
        np.testing.assert_allclose(starts[0], starts[1], atol=1e-9)
    assert [(m.name, m.n_samples) for m in one.monitors] == [(m.name, m.n_samples) for m in other.monitors]
    for m, n in zip(one.monitors, other.monitors, strict=True):
        np.testing.assert_array_equal(m.values, n.values)
        assert m.start_s == pytest.approx(n.start_s)


bounds = st.integers(-500, 10500).map(lambda n: n / 100.0)
"""Seconds to a hundredth: on samples, in the gap, and beyond the recording."""

fine = st.floats(-5.0, 105.0)


@given_that(a=bounds, b=bounds, c=bounds, d=bounds)
def test_cropping_twice_is_cropping_once_to_what_both_parts_share(a: float, b: float, c: float, d: float) -> None:
    whole = session(dose(20.0), dose(70.0))
    try:
        once = crop_session(whole, start_s=max(a, c), stop_s=min(b, d))
    except ParameterError:
        with pytest.raises(ParameterError):
            crop_session(crop_session(whole, start_s=a, stop_s=b), start_s=c, stop_s=d)
        return
    assert_same(crop_session(crop_session(whole, start_s=a, stop_s=b), start_s=c, stop_s=d), once)


@given_that(cut=st.one_of(st.sampled_from(TIMES_S.tolist()), st.floats(0.01, 39.99), st.floats(60.01, 99.99)))
def test_the_parts_add_up_to_the_whole_and_share_nothing(cut: float) -> None:
    whole = session()
    if not 0.0 < cut < 100.0:
        return
    left, right = crop_session(whole, stop_s=cut), crop_session(whole, start_s=cut)
    for number, unit in enumerate(whole.units):
        parts = [part.units[number].times_s for part in (left, right) if number < len(part.units)]
        np.testing.assert_array_equal(np.concatenate(parts), unit.times_s)
    assert (*left.events, *right.events) == whole.events
    voltage = [part.recording.read(0, 8000) for part in (left, right) if part.recording is not None]
    np.testing.assert_array_equal(np.concatenate(voltage)[:, 0], np.arange(8000.0))
    values = np.concatenate([monitor.values for part in (left, right) for monitor in part.monitors])
    np.testing.assert_array_equal(values, np.arange(1000.0))
    assert left.support.duration_s + right.support.duration_s == pytest.approx(whole.support.duration_s)


@given_that(start_s=fine, length_s=st.floats(0.05, 60.0))
def test_voltage_and_breathing_of_a_part_are_the_slice_that_was_taken_in_it(start_s: float, length_s: float) -> None:
    whole = session()
    assert whole.recording is not None
    for edge_s in (start_s, start_s + length_s):  # a hair from where rounding ends, either side is right
        assume(abs(math.remainder((edge_s - 1e-5) * whole.recording.sampling_hz, 1.0)) > 1e-6)
    try:
        part = crop_session(whole, start_s=start_s, stop_s=start_s + length_s)
    except ParameterError:
        assert whole.support.within(Epoch(start_s, start_s + length_s)) is None
        return
    window = Epoch(start_s - 1e-5, start_s + length_s - 1e-5)
    taken = window.mask(whole.recording.times_s(np.arange(8000)))
    held = np.empty((0, 1)) if part.recording is None else part.recording.read(-3, 9000)
    np.testing.assert_array_equal(held[:, 0], np.arange(8000.0)[taken])
    if part.recording is not None:
        numbers = np.arange(part.recording.n_samples)
        times_s = whole.recording.times_s(np.flatnonzero(taken))
        np.testing.assert_allclose(part.recording.times_s(numbers), times_s, atol=1e-9)
        np.testing.assert_array_equal(part.recording.read(2, 5), held[2:5])


@pytest.mark.parametrize("asked", [{}, {"start_s": 0.0, "stop_s": 100.0}, {"start_s": -0.5, "stop_s": 100.5}])
def test_a_part_that_is_the_whole_changes_nothing(asked: dict[str, float]) -> None:
    whole = session(dose(20.0))
    part = crop_session(whole, **asked)
    assert_same(part, whole)
    assert part.doubts == ()
    assert part.units[0].times_s[-1] == 100.0  # the last instant of the recording is in it


def test_a_cell_that_did_not_fire_in_the_part_is_silent_and_one_that_was_not_held_is_left_out() -> None:
    whole = session()
    quiet = replace(whole.units[0], id="3", times_s=TIMES_S[:1], amplitudes_uv=[np.nan], waveform=None)
    part = crop_session(replace(whole, units=(*whole.units, quiet)), start_s=30.0)
    assert [(unit.id, unit.n_spikes > 0) for unit in part.units] == [("1", True), ("3", False)]
    assert part.units[1].support.duration_s == 50.0
    assert "not recorded in this part, and left out: unit 2" in part.doubts


def test_a_snippet_stays_with_its_spike() -> None:
    part = crop_session(session(), start_s=65.0, stop_s=80.0)
    wave, unit = part.units[0].waveform, part.units[0]
    assert wave is not None
    first = int(np.searchsorted(TIMES_S, 65.0))
    np.testing.assert_array_equal(wave.snippets_uv[:, 0, 0], wave.spike_index + first)
    np.testing.assert_array_equal(unit.amplitudes_uv, unit.times_s + 1.0)


def test_drugs_before_the_part_are_named_since_its_cell_is_not_naive() -> None:
    vehicle = Administration("saline", 5.0, role="vehicle")
    part = crop_session(session(vehicle, dose(10.0, 500.0), dose(80.0)), start_s=60.0)
    listed = "before this part of the file: saline at 5 s, ipsapirone 500 µg/kg i.v. at 10 s"
    assert f"{listed}; a cell met after it is not naive" in part.doubts
    assert "ipsapirone was given before this part, too: its doses here count what was added in it" in part.doubts
    assert [step.cumulative for step in part.protocol.doses("ipsapirone")] == [25.0]
    assert part.protocol.baseline == Epoch(60.0, 80.0, "baseline")
    only = crop_session(session(vehicle, dose(80.0)), start_s=60.0)
    assert "before this part of the file: saline at 5 s" in only.doubts


def test_a_total_that_counts_what_the_part_leaves_out_is_refused() -> None:
    totals = session(dose(10.0, 25.0, dose_kind="cumulative"), dose(70.0, 50.0, dose_kind="cumulative"))
    with pytest.raises(
        ParameterError, match=r"50 µg/kg in all i.v. at 70 s is a total, and counts .*25 µg/kg.*increments"
    ):
        crop_session(totals, start_s=60.0)
    assert crop_session(totals, start_s=80.0).protocol.drugs == ()
    assert crop_session(totals, stop_s=50.0).protocol.doses("ipsapirone")[0].cumulative == 25.0


def test_a_part_does_not_begin_while_a_drug_is_given() -> None:
    with pytest.raises(
        ParameterError, match=r"begins at 15 s, while ipsapirone 25 µg/kg i.v. at 10 s is given until 20 s"
    ):
        crop_session(session(dose(10.0, stop_s=20.0)), start_s=15.0)
    urethane = Administration("urethane", 1.0, stop_s=90.0, role="anaesthetic")
    assert "urethane at 1 s goes on into this part, until 90 s" in crop_session(session(urethane), start_s=15.0).doubts


def test_what_was_drawn_is_kept_within_the_part_under_its_new_number_and_left_out_aloud_beyond_it() -> None:
    whole = session(dose(10.0), dose(65.0), dose(80.0))
    chosen = replace(
        whole.protocol,
        drawn_baseline=Epoch(1.0, 9.0),
        drawn_windows=((1, Epoch(66.0, 70.0)), (2, Epoch(85.0, 95.0))),
        excluded=((0, "artefact"), (2, "lost")),
    )
    part = crop_session(replace(whole, protocol=chosen), start_s=60.0, stop_s=90.0)
    assert part.protocol.drawn_windows == ((0, Epoch(66.0, 70.0)),)
    assert part.protocol.excluded == ((1, "lost"),)
    assert part.protocol.drawn_baseline is None
    assert "the baseline that was drawn, 1 to 9 s, does not lie within this part: the default is taken" in part.doubts
    (said,) = [doubt for doubt in part.doubts if "window that was drawn" in doubt]
    assert "ipsapirone 25 µg/kg i.v. at 80 s, 85 to 95 s" in said


@pytest.mark.parametrize(
    ("start_s", "stop_s", "said"),
    [
        (100.0, 200.0, "100 s to 200 s lies outside the recording, from 0 to 100 s"),
        (None, 0.0, "the start to 0 s lies outside"),
        (45.0, 55.0, "nothing was recorded from 45 s to 55 s, but from 0 to 100 s with 1 gap"),
        (50.0, 20.0, "50 s to 20 s is empty"),
        (float("nan"), None, "finite bounds, got nan s to the end"),
    ],
)
def test_a_part_that_cannot_be_says_its_bounds(start_s: float | None, stop_s: float | None, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        crop_session(session(), start_s=start_s, stop_s=stop_s)


def test_a_bound_far_beyond_the_recording_is_spoken_of() -> None:
    part = crop_session(session(), start_s=60.0, stop_s=3600.0)
    assert "the part was to last until 3600 s, the recording ends at 100 s" in part.doubts
    assert any(doubt.startswith("a part: 60 to 100 s of a recording") for doubt in part.doubts)


def test_what_reached_the_whole_animal_makes_later_cells_other_than_naive() -> None:
    local = [
        Administration("5-ht", 1.0, dose=20.0, dose_unit="nA"),
        Administration("wb-4101", 2.0, barrel="2", role="antagonist"),
        Administration("8-oh-dpat", 3.0, dose=100.0, dose_unit="nM", route="bath"),
    ]
    harmless = [Administration(role, 4.0, route="i.v.", role=role) for role in ("vehicle", "anaesthetic", "wash")]  # type: ignore[arg-type]
    reached = [
        dose(5.0),
        Administration("way-100635", 6.0, role="antagonist", route="s.c."),
        Administration("phenylephrine", 7.0, role="challenge"),
        Administration("?", 8.0, role="other", route="p.o."),
        dose(9.0, route="i.p.", barrel="syringe 2"),
    ]
    assert session(*local, *harmless, *reached).systemic_drugs == tuple(reached)


def test_a_retaining_current_stays_with_its_ejection_in_a_part() -> None:
    ejected = Administration("5-ht", 70.0, 80.0, dose=10.0, dose_unit="nA", barrel="2", retention_na=-8.0)
    (kept,) = crop_session(session(ejected), start_s=60.0).protocol.administrations
    assert kept.retention_na == -8.0
