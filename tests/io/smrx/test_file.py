"""A .smrx file opened: its channels by kind and number, its clock and texts, what it refuses and what it warns of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from ephys.errors import DamagedFileWarning, FileFormatError, ParameterError
from ephys.io.smrx import (
    Kind,
    SmrxEvents,
    SmrxFile,
    SmrxMarkers,
    SmrxRealMarks,
    SmrxTextMarks,
    SmrxWave,
    SmrxWaveMarks,
)

# --- channels --------------------------------------------------------------------------------------------------------


def test_each_kind_has_its_name_and_its_type(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as file:
        assert [(file.channel(number).kind, type(file.channel(number))) for number in range(12)] == [
            ("Adc", SmrxWave),
            ("RealWave", SmrxWave),
            ("EventFall", SmrxEvents),
            ("EventRise", SmrxEvents),
            ("EventBoth", SmrxMarkers),
            ("EventBoth", SmrxMarkers),
            ("Marker", SmrxMarkers),
            ("TextMark", SmrxTextMarks),
            ("AdcMark", SmrxWaveMarks),
            ("AdcMark", SmrxWaveMarks),
            ("AdcMark", SmrxWaveMarks),
            ("RealMark", SmrxRealMarks),
        ]
        assert {channel.kind for channel in file.channels} == set(Kind)
        assert [channel.number for channel in file.channels] == list(range(22))
        assert repr(file) == f"SmrxFile({str(smrx('kinds'))!r}: 22 channels)"


def test_samples_are_int16_or_float32_and_times_int64(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as file:
        for number in (0, 13):
            assert file.channel(number).read_raw().dtype == np.int16
        for number in (1, 14):
            assert file.channel(number).read_raw().dtype == np.float32
        for number in (*range(2, 13), *range(15, 22)):
            assert file.channel(number).ticks.dtype == np.int64
        for number in (*range(4, 13), *range(17, 22)):
            assert file.channel(number).codes.dtype == np.uint8
            assert file.channel(number).codes.shape == (file.channel(number).count, 4)
        assert file.channel(10).waves.dtype == np.int16
        assert file.channel(10).waves.shape == (22, 60, 4)
        assert file.channel(20).waves.shape == (0, 10, 3)
        assert file.channel(11).values.dtype == np.float32
        assert file.channel(11).values.shape == (23, 5, 1)


def test_the_values_of_samples_follow_from_scale_and_offset(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as file:
        channel = file.channel(0)
        assert (channel.scale, channel.offset, channel.units, channel.divide) == (2.5, -1.0, "µV", 50)
        values = channel.read_raw(0, 5) * channel.scale / 6553.6 + channel.offset
        np.testing.assert_allclose(values, [-1.0, -0.99961853, 1.49977112, -13.5, 11.49961853])


def test_an_edge_channel_says_the_level_before_its_first_edge_and_after_each(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as file:
        high, low = file.channel(4), file.channel(5)
        assert (high.starts_high, low.starts_high) == (True, False)
        assert high.codes[:4, 0].tolist() == [0, 1, 0, 1]
        assert low.codes[:4, 0].tolist() == [1, 0, 1, 0]


def test_texts_may_be_empty_accented_or_fill_all_their_room(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as file:
        assert file.channel(7).texts == [
            "vehicle 1 ml/kg iv",
            "20 µg/kg i.v.",
            "éàüñ Ω – 5-HT₁ₐ",
            "",
            "x" * 79,
            "y" * 80,
            "µ" * 40,
            " spaced ",
        ]
        assert file.channel(19).texts == []


def test_texts_of_older_programs_are_in_the_western_windows_encoding(
    smrx: Callable[[str], Path], tmp_path: Path
) -> None:
    """The same number of bytes: what follows the end of a text does not matter."""
    data = smrx("session").read_bytes()
    assert data.count("125 µg/kg iv".encode()) == 1
    old = data.replace("125 µg/kg iv".encode(), "125 µg/kg iv".encode("cp1252") + b"\x00")
    old = old.replace("250 µg/kg iv".encode(), "250 µg/kg iv".encode("cp1252") + b"\x00")
    old = old.replace(b"vehicle 1 ml/kg iv\x00\x00\x00", b"vehicle 1 ml/kg iv\x00\xff\xfe")
    old = old.replace(b"femoral artery", b"art\xe8re f\xe9moral")
    (tmp_path / "old.smrx").write_bytes(old)
    with SmrxFile(tmp_path / "old.smrx") as file, SmrxFile(smrx("session")) as new:
        assert file.channel(29).texts == new.channel(29).texts
        assert file.channel(29).texts[-2:] == ["ipsapirone 125 µg/kg iv", "ipsapirone 250 µg/kg iv"]
        assert file.channel(1).comment == "artère fémoral"


def test_a_session_of_a_rig_reads_as_it_was_recorded(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("session")) as file:
        keys, doses, cell, pressure = (file.channel(number) for number in (30, 29, 4, 1))
        assert bytes(keys.codes[:, 0]).decode() == "svabcde"
        assert doses.texts[:2] == ["vehicle 1 ml/kg iv", "ipsapirone 31.25 ug/kg iv"]
        assert (doses.ticks * file.time_base_s).tolist() == [180.0, 300.0, 420.0, 540.0, 660.0]
        first, last = (
            np.count_nonzero((cell.ticks[cell.codes[:, 0] == 1] * file.time_base_s // 120) == part) for part in (0, 6)
        )
        assert first > 10 * last  # silenced
        assert cell.waves.shape == (cell.count, 51, 1)
        assert (pressure.title, pressure.units, pressure.count) == ("BP", "mmHg", 90_000)
        mean = float(np.mean(pressure.read_raw(0, 10_000) * pressure.scale / 6553.6))
        assert mean == pytest.approx(95.0, abs=1.0)


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_date_of_tick_0_is_told_or_is_none(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as dated, SmrxFile(smrx("late")) as undated:
        assert dated.started_at == datetime(2024, 11, 22, 15, 30, 45, 770_000)
        assert undated.started_at is None
        assert undated.time_base_s == 1e-9
        assert undated.max_time_ticks > 1 << 45


def test_comments_of_the_file_are_five_or_as_many_as_it_has(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as full, SmrxFile(smrx("session")) as usual:
        assert full.file_comments == tuple(f"comment {i}: 20 µg/kg i.v." for i in range(8))
        assert usual.file_comments == ("rat 12, male, 280 g; chloral hydrate", "dorsal raphe, track 2", "", "", "")
        assert (full.creator, full.version, full.was_closed) == ("EPHYSTST", (1, 1), True)


def test_an_empty_recording_has_no_channels_and_no_time(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("empty")) as file:
        assert file.channels == ()
        assert file.max_time_ticks == -1
        with pytest.raises(ParameterError, match="channel 0 is not in use; in use, from 0: none"):
            file.channel(0)


def test_a_channel_that_is_not_there_or_was_deleted_is_refused_with_those_that_are(
    smrx: Callable[[str], Path],
) -> None:
    with SmrxFile(smrx("reused")) as file:
        assert file.deleted == (5,)
        with pytest.raises(ParameterError, match=r"channel 5 was deleted; in use, from 0: 0 '', 1 'first 1'"):
            file.channel(5)
        for number in (7, -1, 99_999):
            with pytest.raises(ParameterError, match=rf"channel {number} is not in use"):
                file.channel(number)


def test_a_closed_file_gives_nothing_more_and_keeps_what_it_gave(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("kinds")) as file:
        wave, marks = file.channel(0), file.channel(8)
        kept = wave.read_raw()
        waves = marks.waves
    for read in (wave.read_raw, lambda: wave.read_between(0, 10**6), lambda: marks.ticks, lambda: marks.count):
        with pytest.raises(ParameterError, match=r"is closed; read within its `with` block"):
            read()
    assert kept[:5].tolist() == [0, 1, 6553, -32768, 32767]
    assert len(waves) == 20
    file.close()  # once more does no harm


def test_what_is_no_smrx_file_is_refused_by_name(smrx: Callable[[str], Path], tmp_path: Path) -> None:
    cases = {"none": None, "nothing": b"", "short": smrx("kinds").read_bytes()[:2000], "other": b"SON" + bytes(9000)}
    for name, content in cases.items():
        if content is not None:
            (tmp_path / f"{name}.smrx").write_bytes(content)
        with pytest.raises(FileFormatError, match=rf"{name}\.smrx"):
            SmrxFile(tmp_path / f"{name}.smrx")


# --- files that were never closed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["unclosed_after_header", "unclosed_at_end"])
def test_a_file_that_goes_on_beyond_its_index_is_warned_of(name: str, smrx: Callable[[str], Path]) -> None:
    with pytest.warns(DamagedFileWarning, match="was not closed properly") as said:
        file = SmrxFile(smrx(name))
    assert len(said) == 1
    assert not file.was_closed
    assert len(file.remarks) == 1


def test_a_file_left_right_after_it_was_brought_up_to_date_lacks_nothing(smrx: Callable[[str], Path]) -> None:
    with SmrxFile(smrx("unclosed_after_commit")) as file:
        assert file.was_closed
        assert file.channel(3).texts[-1] == "mark 9, 2 µg/kg"


def test_data_whose_header_was_never_written_are_said_to_be_lost(smrx: Callable[[str], Path]) -> None:
    with pytest.warns(DamagedFileWarning) as said:
        file = SmrxFile(smrx("unclosed_before_commit"))
    unclosed, untold = (str(warning.message) for warning in said)
    assert "was not closed properly" in unclosed
    assert "data of channels 0, 6 are there (4 blocks)" in untold
    assert file.channels == ()
