"""Any session, written to NWB and read back, is the same session, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ephys.firing import firing_rate
from ephys.io import read_nwb, write_nwb
from ephys.io.sources import CountSource
from ephys.model import (
    Administration,
    DoseProtocol,
    Epoch,
    Event,
    Isolation,
    Monitor,
    ReadingSettings,
    Recording,
    Run,
    Session,
    Share,
    Source,
    Subject,
    Support,
    Unit,
    Waveform,
)
from ephys.pharmacology import dose_response

# --- what "the same" means -------------------------------------------------------------------------------------------


def assert_same(a: Any, b: Any, where: str = "session") -> None:
    """Every field of every value is equal, NaN to NaN; of what lies in a file, what is read from it."""
    assert type(a) is type(b) or isinstance(a, ReadingSettings | Source), where
    if isinstance(a, ReadingSettings):
        return  # what was said of the first file; of this one nothing was said
    if isinstance(a, Source):
        assert a.as_dict() == b.as_dict(), where
    elif isinstance(a, Support):  # its stretches are bounds: what they are called says nothing
        assert [(e.start_s, e.stop_s) for e in a.epochs] == [(e.start_s, e.stop_s) for e in b.epochs], where
    elif isinstance(a, Recording):
        np.testing.assert_array_equal(a.read(0, a.n_samples), b.read(0, b.n_samples), where, strict=True)
        assert_fields(a, b, where, leaving="source")
    elif isinstance(a, Monitor):
        np.testing.assert_array_equal(a.values, b.values, where, strict=True)
        assert_fields(a, b, where, leaving="source")
    elif is_dataclass(a):
        assert_fields(a, b, where)
    elif isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, where, strict=True)
    elif isinstance(a, tuple):
        assert len(a) == len(b), where
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            assert_same(one, other, f"{where}[{i}]")
    else:
        np.testing.assert_equal(b, a, where)


def assert_fields(a: Any, b: Any, where: str, leaving: str = "") -> None:
    for field in fields(a):
        if field.name != leaving:
            assert_same(getattr(a, field.name), getattr(b, field.name), f"{where}.{field.name}")


# --- any session -----------------------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6) | st.sampled_from(
    ["µg/kg", "resp/flow", "a\\b", "unknown", "ElectricalSeries", ".", "x:1"]
)
numbers = st.floats(0.001, 1e6, allow_subnormal=False)
unknown_or = st.just(np.nan) | numbers
shares = st.builds(Share, unknown_or, unknown_or, unknown_or)
bands = st.tuples(st.none() | st.just(0.0) | numbers, st.none() | numbers)
rates_hz = st.sampled_from([1000.0, 12207.03125, 20000.0, 30000.0])


@st.composite
def supports(draw: st.DrawFn, start_s: float) -> Support:
    steps = draw(st.lists(st.sampled_from([0.5, 7.25, 40.0]), min_size=1, max_size=5))
    edges = start_s + np.cumsum([0.0, *steps])
    pairs = list(zip(edges[:-1:2], edges[1::2], strict=False))
    return Support(tuple(Epoch(float(a), float(b), "recorded") for a, b in pairs))


@st.composite
def recordings(draw: st.DrawFn, start_s: float) -> Recording:
    hz = draw(rates_hz)
    lengths = draw(st.lists(st.integers(1, 40), min_size=1, max_size=3))
    names = draw(st.lists(words.filter(bool), min_size=1, max_size=3))
    counts = np.random.default_rng(sum(lengths)).integers(-900, 900, (sum(lengths), len(names)))
    starts = start_s + np.cumsum([0.0, *(1.5 + n / hz for n in lengths)])
    firsts = np.cumsum([0, *lengths])
    runs = tuple(Run(int(f), n, float(s)) for f, n, s in zip(firsts, lengths, starts, strict=False))
    whole = draw(st.booleans())
    stored = counts.astype(np.int16) if whole else (counts / 7.0).astype(np.float32)
    gain, offset = (draw(st.sampled_from([0.25, 1.0, 0.195])), draw(st.sampled_from([0.0, -3.5]))) if whole else (1, 0)
    source = CountSource(lambda a, b: stored[a:b], *stored.shape, stored.dtype, gain, offset)
    return Recording(source, hz, runs, tuple(names), draw(bands), draw(words.filter(bool)))


@st.composite
def units(draw: st.DrawFn, name: str, support: Support) -> Unit:
    first = support.epochs[0]
    late = support.without([Epoch(first.start_s, first.start_s + first.duration_s / 2)])
    whole = draw(st.sampled_from([support, late]))
    places = np.array(draw(st.lists(st.floats(0.0, 0.999), max_size=12)))
    epoch = draw(st.sampled_from(whole.epochs))
    times = np.sort(epoch.start_s + places * epoch.duration_s)
    times = times[whole.mask(times)]
    sizes = np.where(np.arange(len(times)) % 3 == 0, np.nan, 80.0) if draw(st.booleans()) else np.empty(0)
    kept = draw(st.integers(0, len(times)))
    waveform = None
    if draw(st.booleans()):
        shape = (kept, draw(st.integers(1, 9)), draw(st.integers(1, 2)))
        snippets = np.random.default_rng(kept).normal(size=shape).astype(np.float32)
        waveform = Waveform(
            snippets, np.arange(kept), draw(rates_hz), draw(st.sampled_from([0.0, 0.001])), draw(bands),
            draw(st.integers(0, 4)), draw(st.sampled_from(["zero", "causal", "unknown"])),
            draw(st.sampled_from(["wide_band", "file"])),
        )  # fmt: skip
    apart = draw(st.none() | st.builds(Isolation, words, shares, shares, unknown_or, unknown_or))
    return Unit(
        name, times, whole, sizes, draw(unknown_or), draw(unknown_or), waveform, draw(words), draw(st.booleans()), apart
    )


@st.composite
def administrations(draw: st.DrawFn, number: int, at_s: float) -> Administration:
    role = draw(st.sampled_from(["agonist", "vehicle", "antagonist", "anaesthetic", "wash", "challenge", "other"]))
    dose = draw(numbers) if role == "agonist" else draw(unknown_or | st.just(0.0))
    return Administration(
        f"{draw(words)}{number}",
        at_s,
        draw(st.none() | st.sampled_from([0.125, 1.0, 600.0]).map(lambda s: at_s + s)),
        draw(unknown_or),
        draw(words),
        dose,
        draw(words),
        draw(words),
        draw(st.sampled_from(["increment", "cumulative"])),
        *draw(st.tuples(words, words)),
        role,
        *draw(st.tuples(words, words, words)),
    )


zones = st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=5, minutes=30)))
subjects = st.builds(Subject, **{f.name: words for f in fields(Subject)} | {"weight_g": unknown_or})


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    start_s = draw(st.sampled_from([0.0, 220.125, 1e5, -1e4]) | st.floats(0, 1e4).map(lambda s: round(s, 3)))
    recording = draw(st.none() | recordings(start_s))
    support = recording.support if recording is not None and draw(st.booleans()) else draw(supports(start_s))
    given_s = np.array(draw(st.lists(st.integers(0, 999), max_size=3, unique=True)), dtype=float) / 8 + start_s
    windows = st.tuples(
        st.integers(0, 3), st.builds(lambda n, t: Epoch(start_s + n, start_s + n + 5, t), numbers, words)
    )
    protocol = DoseProtocol(
        tuple(draw(administrations(i, float(t))) for i, t in enumerate(given_s)),
        support,
        draw(st.none() | st.just(Epoch(start_s + 0.1, start_s + 7.3, "drawn"))),
        tuple(draw(st.lists(windows, max_size=2))),
        tuple(draw(st.lists(st.tuples(st.integers(0, 3), words), max_size=2))),
    )
    values = st.lists(st.floats(), max_size=5).map(np.array)
    slow = st.builds(Monitor, words, values, st.sampled_from([0.5, 1.5, 100.0]), st.just(start_s), words)
    marks = st.builds(Event, st.integers(0, 99).map(lambda n: start_s + n / 8), words, words, words, words)
    return Session(
        draw(words),
        protocol,
        recording,
        tuple(draw(units(name, support)) for name in draw(st.lists(words, max_size=3, unique=True))),
        tuple(draw(st.lists(marks, max_size=3))),
        tuple(draw(st.lists(slow, max_size=3))),
        draw(subjects),
        tuple(draw(st.lists(st.builds(Source, words, words), max_size=2))),
        tuple(draw(st.lists(words, max_size=2))),
        draw(st.none() | st.datetimes(datetime(1980, 1, 1), datetime(2025, 1, 1), timezones=zones)),
        draw(words),
        draw(unknown_or),
        draw(words),
        draw(unknown_or),
    )


few = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making a failure smaller writes a file per step: minutes
)


@given(sessions())
@few
def test_any_session_comes_back_the_same(session: Session) -> None:
    with TemporaryDirectory() as folder:
        assert_same(session, read_nwb(write_nwb(session, Path(folder) / "session.nwb")))


@given(sessions())
@settings(few, max_examples=6)
def test_without_its_voltage_a_session_is_the_same_but_for_that(session: Session) -> None:
    with TemporaryDirectory() as folder:
        back = read_nwb(write_nwb(session, Path(folder) / "session.nwb", voltage=False))
        assert_same(replace(session, recording=None), back)
    if session.recording is not None:
        assert back.sampling_hz == session.recording.sampling_hz


def test_what_differs_is_seen_to_differ() -> None:
    whole = Support.of(Epoch(0.0, 10.0))
    session = Session("rat07", DoseProtocol((), whole), units=(Unit.from_times([1.0], support=whole),))
    assert_same(session, replace(session))
    for other in (
        replace(session, order="2"),
        replace(session, units=()),
        replace(session, units=(Unit.from_times([1.5], support=whole),)),
        replace(session, units=(replace(session.units[0], isolation=Isolation("2", Share(), Share())),)),
        replace(session, protocol=replace(session.protocol, excluded=((0, "lost"),))),
    ):
        with pytest.raises(AssertionError):
            assert_same(session, other)


# --- the clock -------------------------------------------------------------------------------------------------------


def _dosed(spikes: Sequence[int], shift_s: float) -> Session:
    """Ten minutes with two doses and a pause, everything `shift_s` later, all on a grid that doubles hold exactly."""
    whole = Support.of(Epoch(shift_s, 250.0 + shift_s), Epoch(260.0 + shift_s, 600.0 + shift_s))
    times = np.unique(spikes) / 1024.0 + shift_s
    doses = tuple(
        Administration("ipsapirone", start_s + shift_s, dose=25.0, dose_unit="ug/kg") for start_s in (200.0, 400.0)
    )
    unit = Unit.from_times(times[whole.mask(times)], support=whole)
    return Session("rat07", DoseProtocol(doses, whole), units=(unit,))


def _rates(session: Session) -> list[float]:
    """Rate of the baseline, of the whole session, and of the window after each dose, as read back from a file."""
    with TemporaryDirectory() as folder:
        back = read_nwb(write_nwb(session, Path(folder) / "session.nwb"))
    (unit,), baseline = back.units, back.protocol.baseline
    assert baseline is not None
    windows = dose_response(unit, back.protocol, beside=False).doses
    everything = Epoch(back.support.start_s, back.support.stop_s)
    alone = [firing_rate(unit.times_s, epoch, support=unit.support) for epoch in (baseline, everything)]
    return [*alone, *(window.rate_hz for window in windows), *(float(window.count) for window in windows)]


@given(st.lists(st.integers(0, 600 * 1024 - 1), min_size=20, max_size=60), st.integers(-(2**13), 2**20))
@settings(few, max_examples=5)
def test_shifting_the_clock_changes_no_rate(spikes: list[int], eighths: int) -> None:
    assert _rates(_dosed(spikes, 0.0)) == _rates(_dosed(spikes, eighths / 8.0))
