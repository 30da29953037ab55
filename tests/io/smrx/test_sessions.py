"""Sessions from .smrx files: as from .smr, and with nothing that a damaged file lost taken for silence."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.errors import FileFormatError
from ephys.io import read_session, session_info
from ephys.io.smrx import SmrxFile, SmrxIO, SmrxWave, SmrxWaveMarks
from ephys.io.smrx.layout import LATEST
from ephys.model import Epoch, Session

PAGE = 0x10000


@pytest.fixture
def shipped(smrx: Callable[[str], Path]) -> Path:
    """Quarter of an hour of two sorted cells, blood pressure, keys and typed doses."""
    return smrx("session")


def heads(path: Path) -> list[tuple[int, int, int]]:
    """Place, channel and level of every page after the first that is not a page of the header."""
    data = path.read_bytes()
    read = [(at, *struct.unpack_from("<QH", data, at)) for at in range(PAGE, len(data), PAGE)]
    return [(at, channel, parent >> 8 & 15) for at, parent, channel in read if parent]


def torn(path: Path, to: Path, channel: int, which: int) -> Path:
    """Copy of a file in which the head of one of a channel's blocks is destroyed."""
    data = bytearray(path.read_bytes())
    own = [at for at, number, level in heads(path) if number == channel and level == 0]
    data[own[which] : own[which] + 16] = b"\xff" * 16
    to.write_bytes(data)
    return to


# --- whole files -----------------------------------------------------------------------------------------------------


def test_a_session_has_its_units_by_code_its_marks_and_its_monitor(shipped: Path) -> None:
    session = read_session(shipped)
    with SmrxFile(shipped) as file:
        marks = file.channel(4)
        assert isinstance(marks, SmrxWaveMarks)
        codes, ticks, step_s = marks.codes[:, 0], marks.ticks, marks.divide * file.time_base_s
        scale, tick_s = marks.scale / 6553.6, file.time_base_s
        waves = marks.waves
    assert [(u.id, u.n_spikes, u.multi_unit) for u in session.units] == [
        (f"nw-1:{code}", np.count_nonzero(codes == code), code == 0) for code in (0, 1, 2)
    ]
    for code, unit in zip((0, 1, 2), session.units, strict=True):
        assert unit.waveform is not None
        stored = waves[codes == code].astype(np.float64) * scale * 1000  # mV
        np.testing.assert_allclose(unit.waveform.snippets_uv, stored, rtol=1e-6)
        moved = (
            unit.times_s - ticks[codes == code] * tick_s
        )  # from the first sample, which the file stamps, to the peak
        np.testing.assert_allclose(moved, unit.waveform.pre_s, atol=1e-9)
        assert unit.waveform.pre_s == pytest.approx(round(unit.waveform.pre_s / step_s) * step_s)
    assert [(m.name, m.unit, m.sampling_hz) for m in session.monitors] == [("BP", "mmHg", 100.0)]
    assert "".join(e.code for e in session.events if e.channel == "Keyboard") == "svabcde"
    assert session.started_at == datetime(2025, 3, 9, 14, 5, 12)
    assert session.doubts == () or not any("not closed" in doubt for doubt in session.doubts)


def test_the_typed_doses_of_a_session_become_an_answer(shipped: Path) -> None:
    """Each dose of the file silences its first cell further, and the marks alone say what was given."""
    keys = dict.fromkeys("svabcde", "baseline")
    session = read_session(shipped, dose_kind="cumulative", legend=keys)
    given = [(a.drug, a.dose, a.dose_unit, a.start_s) for a in session.protocol.administrations]
    assert given == [
        ("vehicle", 1.0, "ml/kg", 180.0),
        ("ipsapirone", 31.25, "ug/kg", 300.0),
        ("ipsapirone", 62.5, "ug/kg", 420.0),
        ("ipsapirone", 125.0, "ug/kg", 540.0),
        ("ipsapirone", 250.0, "ug/kg", 660.0),
    ]
    response = ephys.dose_response(session.units[1], session.protocol, drug="ipsapirone")
    rates_hz = [window.rate_hz for window in response.windows if window.role == "agonist"]
    assert len(rates_hz) == 4
    assert all(np.diff(rates_hz) < 0)
    assert ephys.fit_dose_response(response).id50 == pytest.approx(62.5, rel=0.15)


@pytest.mark.parametrize(
    ("name", "number", "runs", "uv"), [("kinds", 0, 1, 1.0), ("kinds", 1, 2, 1e3), ("late", 0, 2, 1.0)]
)
def test_samples_are_microvolts_and_gaps_are_gaps(
    smrx: Callable[[str], Path], name: str, number: int, runs: int, uv: float
) -> None:
    path = smrx(name)
    recording = read_session(path, wire=number + 1).recording
    assert recording is not None
    with SmrxFile(path) as file:
        wire = file.channel(number)
        assert isinstance(wire, SmrxWave)
        starts_s = wire.run_start_ticks * file.time_base_s
        stored = wire.read_raw().astype(np.float64)
        values = stored if wire.kind == "RealWave" else stored * wire.scale / 6553.6 + wire.offset
    assert len(recording.runs) == runs
    np.testing.assert_allclose([run.start_s for run in recording.runs], starts_s)
    np.testing.assert_allclose(recording.read(0, recording.n_samples)[:, 0], values * uv, rtol=1e-5, atol=1e-3)


def test_both_edges_of_a_level_are_told_by_their_codes(smrx: Callable[[str], Path]) -> None:
    path = smrx("kinds")
    session = read_session(path, wire=1)
    with SmrxFile(path) as file:
        for number in (4, 5):
            channel = file.channel(number)
            want = ["rise" if code else "fall" for code in channel.codes[:, 0]]
            assert [e.polarity for e in session.events if e.channel == channel.title.strip()] == want
    assert {"rise", "fall"} == set(want)


def test_info_lists_every_channel(shipped: Path) -> None:
    info = session_info(shipped)
    assert [(c.number, c.name) for c in info.channels] == [(2, "BP"), (5, "nw-1"), (30, "TextMark"), (31, "Keyboard")]
    assert "Spike2 .smrx" in str(info)


def test_a_renamed_file_is_known_by_how_it_begins(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "rat07.dat").write_bytes(shipped.read_bytes())
    assert len(read_session(tmp_path / "rat07.dat").units) == 3


def test_a_file_without_data_is_refused(smrx: Callable[[str], Path]) -> None:
    with pytest.raises(FileFormatError, match=r"empty\.smrx: holds no data"):
        read_session(smrx("empty"))


@pytest.mark.real_data
def test_a_real_session_is_the_same_from_both_formats(shared_data: Path) -> None:
    old = read_session(shared_data / "spike2" / "Extracellular_Spikes.smr")
    new = read_session(shared_data / "spike2_transcoded" / "Extracellular_Spikes.smrx")
    assert [unit.id for unit in new.units] == [unit.id for unit in old.units]
    for a, b in zip(old.units, new.units, strict=True):
        np.testing.assert_array_equal(a.times_s, b.times_s)
        assert a.waveform is not None
        assert b.waveform is not None
        np.testing.assert_array_equal(a.waveform.snippets_uv, b.waveform.snippets_uv)
    assert new.events == old.events
    assert new.support.stop_s == pytest.approx(old.support.stop_s)


# --- what was lost is not silence ------------------------------------------------------------------------------------


def lost_doubts(session: Session) -> list[str]:
    """Doubts that name lost events."""
    return [doubt for doubt in session.doubts if "may be lost" in doubt]


def test_the_end_of_a_file_that_was_never_closed_is_not_silence(smrx: Callable[[str], Path]) -> None:
    """Its last events were still in the memory of the program that crashed when other channels' were on disk."""
    session = read_session(smrx("unclosed_at_end"), spikes="untitled (6)")
    assert any("was not closed properly" in doubt for doubt in session.doubts)
    assert lost_doubts(session)
    (unit,) = (u for u in session.units if u.origin == "events")
    assert unit.support.stop_s == pytest.approx(unit.times_s[-1], abs=1e-3)
    assert unit.support.stop_s < session.support.stop_s - 1
    window = Epoch(session.support.stop_s - 1, session.support.stop_s, "after the crash")
    assert math.isnan(ephys.firing_rate(unit.times_s, window, support=unit.support))


def test_a_lost_block_of_snippets_is_a_gap_of_its_units(shipped: Path, tmp_path: Path) -> None:
    whole, damaged = read_session(shipped), read_session(torn(shipped, tmp_path / "torn.smrx", 4, 1))
    assert lost_doubts(damaged)
    before, after = whole.units[1], damaged.units[1]
    assert 0 < after.n_spikes < before.n_spikes
    assert set(after.times_s) <= set(before.times_s)
    missing = np.setdiff1d(before.times_s, after.times_s)
    (gap,) = after.support.gaps
    assert gap.start_s < missing[0]
    assert missing[-1] < gap.stop_s
    window = Epoch(missing[0], missing[-1], "lost")
    assert math.isnan(ephys.firing_rate(after.times_s, window, support=after.support))


def test_neo_hands_on_what_a_damaged_file_lost(shipped: Path, tmp_path: Path) -> None:
    path = torn(shipped, tmp_path / "torn.smrx", 4, 1)
    own = read_session(path)
    with pytest.warns(ephys.errors.DamagedFileWarning):
        block = SmrxIO(path).read_block(load_waveforms=True)
    session = ephys.from_neo(block)
    assert any("blocks are there and are read" in doubt for doubt in session.doubts)
    for unit, other in zip(session.units, own.units, strict=True):
        np.testing.assert_allclose(unit.times_s, other.times_s, atol=1e-9)
        (gap,), (same,) = unit.support.gaps, other.support.gaps
        assert gap.start_s == pytest.approx(same.start_s, abs=1e-4)
        assert gap.stop_s == pytest.approx(same.stop_s, abs=1e-4)


@pytest.mark.parametrize("size", [512, 4096, 16384])
def test_zeros_on_a_disk_are_neither_spikes_nor_silence(shipped: Path, tmp_path: Path, size: int) -> None:
    whole, data = read_session(shipped), bytearray(shipped.read_bytes())
    block = [at for at, channel, level in heads(shipped) if channel == 4 and level == 0][1]
    data[block + 20_000 : block + 20_000 + size] = bytes(size)
    (tmp_path / "zeros.smrx").write_bytes(data)
    session = read_session(tmp_path / "zeros.smrx")
    assert lost_doubts(session)
    for unit, other in zip(session.units, whole.units, strict=True):
        missing = np.setdiff1d(other.times_s, unit.times_s)
        ((gap),) = unit.support.gaps
        inside = (missing > gap.start_s - 1e-3) & (missing < gap.stop_s + 1e-3)
        assert inside.sum() >= len(missing) - 1  # one snippet may be left whose tick is whole and whose codes are not
        assert gap.stop_s - gap.start_s < 400.0


def test_a_block_that_is_not_full_though_others_follow_may_have_lost_events(shipped: Path, tmp_path: Path) -> None:
    data = bytearray(shipped.read_bytes())
    block = next(at for at, channel, level in heads(shipped) if channel == 4 and level == 0)
    (items,) = struct.unpack_from("<I", data, block + 12)
    struct.pack_into("<I", data, block + 12, items - 30)
    (tmp_path / "short.smrx").write_bytes(data)
    (gap,) = read_session(tmp_path / "short.smrx").units[1].support.gaps
    with SmrxFile(shipped) as file:
        ticks = file.channel(4).ticks * file.time_base_s
    assert gap.start_s == pytest.approx(ticks[items - 31], abs=0.01)
    assert gap.stop_s == pytest.approx(ticks[items], abs=0.01)


@pytest.mark.parametrize("which", [0, 254, 255])
def test_a_loss_at_the_border_of_two_nodes_of_the_index_is_seen(
    smrx: Callable[[str], Path], tmp_path: Path, which: int
) -> None:
    """255 blocks fill the first node; `levels` has one snippet in each of its 256."""
    with SmrxFile(smrx("levels")) as file:
        ticks = file.channel(1).ticks
    path = torn(smrx("levels"), tmp_path / "torn.smrx", 1, which)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ephys.errors.DamagedFileWarning)
        with SmrxFile(path) as file:
            assert len(file.channel(1).ticks) == 255
            (lost,) = file.channel(1).lost_ticks.tolist()
    before, after = [-1, *ticks.tolist()][which], [*ticks.tolist(), LATEST][which + 1]
    assert lost == [before, after]


def test_snippets_that_were_not_stored_in_order_are_put_in_order(shipped: Path, tmp_path: Path) -> None:
    data = bytearray(shipped.read_bytes())
    block = next(at for at, channel, level in heads(shipped) if channel == 4 and level == 0)
    first, second = (slice(block + 16 + 120 * i, block + 136 + 120 * i) for i in (20, 21))
    data[first], data[second] = data[second], data[first]
    (tmp_path / "swapped.smrx").write_bytes(data)
    whole, session = read_session(shipped), read_session(tmp_path / "swapped.smrx")
    for unit, other in zip(session.units, whole.units, strict=True):
        np.testing.assert_array_equal(unit.times_s, other.times_s)
    assert not lost_doubts(session)


def test_where_typed_marks_are_lost_the_baseline_ends(shipped: Path, tmp_path: Path) -> None:
    """Else the time of the drug would be taken for baseline, and the cell for one that is not serotonergic."""
    session = read_session(torn(shipped, tmp_path / "torn.smrx", 29, 0))
    assert "marks may be lost from here" in [event.text for event in session.events]
    assert session.protocol.baseline is None
    assert read_session(shipped).protocol.baseline is not None


def test_the_end_that_the_header_states_is_the_end(shipped: Path, tmp_path: Path) -> None:
    """A program that extends the time of a file says so: silence to the end is then silence."""
    data = bytearray(shipped.read_bytes())
    struct.pack_into("<q", data, 0x3F8, 1_000_000_000)
    (tmp_path / "longer.smrx").write_bytes(data)
    assert read_session(tmp_path / "longer.smrx").units[1].support.stop_s <= 1000.0


def test_what_a_cut_took_is_not_silence(shipped: Path, tmp_path: Path) -> None:
    """The snippets' later blocks are gone, the monitor's earlier ones are there."""
    data, own = shipped.read_bytes(), [at for at, channel, level in heads(shipped) if channel == 4 and level == 0]
    (tmp_path / "cut.smrx").write_bytes(data[: own[-1]])
    session = read_session(tmp_path / "cut.smrx")
    for unit in session.units:
        assert unit.support.stop_s < 899.0
        assert unit.times_s[-1] <= unit.support.stop_s
    assert lost_doubts(session)


def test_a_whole_file_has_lost_nothing(shipped: Path) -> None:
    session = read_session(shipped)
    assert not lost_doubts(session)
    assert all(unit.support == session.units[0].support for unit in session.units)
    assert session.units[0].support.gaps == ()


def test_a_file_whose_channels_were_never_written_says_so(smrx: Callable[[str], Path]) -> None:
    with pytest.raises(
        FileFormatError, match=r"holds no data that can be read: was not closed .*; data of channels 0, 6"
    ):
        read_session(smrx("unclosed_before_commit"))
