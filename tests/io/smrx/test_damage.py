"""A damaged .smrx file: a clear error, or what can be read of it and a warning of the rest; never anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ephys.errors import DamagedFileWarning, FileFormatError
from ephys.io.smrx import SmrxFile
from ephys.io.smrx.layout import PAGE
from ephys.io.smrx.waves import longest_chain
from tests.io.smrx.damaged import Damaged, Reading, is_part_of, lacks, read

Smrx = Callable[[str], Path]
HUGE = 2**64 - 1
WAVE, EVENTS = 4, 2
"""Channels of the file `reused`: seven blocks of samples, three of ticks."""


@pytest.fixture
def reused(smrx: Smrx, tmp_path: Path) -> Damaged:
    return Damaged(smrx("reused"), tmp_path)


@pytest.fixture
def kinds(smrx: Smrx, tmp_path: Path) -> Damaged:
    return Damaged(smrx("kinds"), tmp_path)


def sound_of(file: Damaged) -> Reading:
    sound = read(file.sound)
    assert isinstance(sound, Reading)
    assert sound.remarks == []
    return sound


def read_with_doubt(file: Damaged, said: str, *, lost: bool) -> Reading:
    """What is read of a damaged file, if that is right, is said, and lacks something or nothing."""
    reading, sound = file.read(), sound_of(file)
    assert isinstance(reading, Reading), reading
    assert any(said in remark for remark in reading.remarks), reading.remarks
    assert is_part_of(reading, sound)
    assert lacks(reading, sound) == lost
    return reading


# --- the header and the table of channels ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("tick_s", float("nan"), "clock ticks every nan s"),
        ("tick_s", 0.0, "clock ticks every 0 s"),
        ("tick_s", 1e-300, "clock ticks every 1e-300 s"),
        ("tick_s", float("inf"), "clock ticks every inf s"),
        ("n_channels", 0, "a table of 0 channels"),
        ("n_channels", 2**32 - 1, "a table of 4294967295 channels"),
        ("n_channels", 9_999, "cut short: its table of 9999 channels"),
        ("channel_bytes", 2**32 - 1, "of 4294967295 bytes each"),
        ("channel_bytes", 1, "of 1 bytes each"),
        ("channels_at", 2**32 - 1, "its table of"),
        ("channels_at", 0, "at byte 0 cannot be"),
    ],
)
def test_a_header_that_cannot_be_is_refused(reused: Damaged, field: str, value: float, said: str) -> None:
    reused.header(field, value)
    message = reused.read()
    assert isinstance(message, str)
    assert said in message


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("allocated", 0, "was not closed properly"),
        ("allocated", HUGE, f"cut short: {27 * PAGE} bytes are there of {HUGE}"),
        ("max_time", -7, "its last tick cannot be -7"),
        ("max_time", 2**63 - 1, "its last tick cannot be"),
        ("strings_at", 2**32 - 1, "titles, units and comments are lost"),
        ("strings_at", 0x2A08, "its table of texts begins at 10760"),
        ("month", 13, "its date is none"),
    ],
)
def test_a_header_that_is_wrong_where_no_data_are_at_stake_is_told(
    reused: Damaged, field: str, value: int, said: str
) -> None:
    reused.header(field, value)
    reading = read_with_doubt(reused, said, lost=False)
    assert reading.max_time_ticks == sound_of(reused).max_time_ticks


def test_a_header_that_goes_on_in_a_loop_is_read_once(smrx: Smrx, tmp_path: Path) -> None:
    file = Damaged(smrx("strings"), tmp_path)
    pages = np.frombuffer(file.data, "<u8", 128, 0x400).copy()
    file.header("n_pages", 2**32 - 1)
    file.header("pages", np.full(128, pages[0]))
    assert isinstance(file.read(), (Reading, str))  # 128 pages at most


@pytest.mark.parametrize(
    ("number", "field", "value", "said"),
    [
        (0, "kind", 0, "its kind is 0"),
        (0, "kind", 200, "its kind is 200"),
        (0, "divide", 0, "its samples are 0 ticks apart"),
        (0, "divide", 2**62, "its samples are 4611686018427387904 ticks apart"),
        (0, "item_bytes", 4, "its samples take 4 bytes, not 2"),
        (2, "item_bytes", 0, "its items of 0 bytes"),
        (9, "points", 65_535, "its items of 144 bytes cannot hold 65535 x 2 values"),
        (9, "traces", 65_535, "its items of 144 bytes cannot hold 32 x 65535 values"),
        (9, "traces", 0, "32 x 0 values"),
        (7, "item_bytes", 2**32 - 1, "its items of 4294967295 bytes"),
        (7, "points", 0, "0 x 1 values of a TextMark"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_and_the_others_are_read(
    kinds: Damaged, number: int, field: str, value: int, said: str
) -> None:
    kinds.row(number, field, value)
    reading = read_with_doubt(kinds, said, lost=True)
    assert set(sound_of(kinds).channels) - set(reading.channels) == {number}
    with pytest.warns(DamagedFileWarning), SmrxFile(kinds.path) as file, pytest.raises(FileFormatError, match=said):
        file.channel(number)


def test_a_table_of_nonsense_is_told_in_one_remark(kinds: Damaged) -> None:
    for number in range(32):
        kinds.row(number, "kind", 99)
    reading = kinds.read()
    assert isinstance(reading, Reading)
    assert [r[:70] for r in reading.remarks] == [
        "32 channels cannot be read (0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 22 more);"[:70]
    ]


def test_a_deleted_channel_that_is_said_to_be_in_use_is_told(smrx: Smrx, tmp_path: Path) -> None:
    file = Damaged(smrx("kinds"), tmp_path)
    file.row(3, "deleted_kind", 2)
    read_with_doubt(file, "1 channels are both in use and deleted", lost=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_samples_without_a_scale_are_read_as_stored_and_told(kinds: Damaged, value: float) -> None:
    kinds.row(0, "scale", value)
    read_with_doubt(kinds, f"scale {value:g} and offset -1 tell no values in its units", lost=False)


def test_texts_that_are_not_in_their_table_are_told(kinds: Damaged) -> None:
    kinds.row(3, "title", 2**32 - 1)
    kinds.row(4, "units", 999)
    read_with_doubt(kinds, "2 titles, units or comments are not where the header refers to", lost=False)


# --- indices and blocks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, 7, PAGE, 4096, 2**63, HUGE, 2**40])
@pytest.mark.parametrize("number", [WAVE, EVENTS])
def test_a_pointer_that_leads_nowhere_loses_nothing(reused: Damaged, number: int, value: int) -> None:
    at = reused.entry_at(number, 1) + 8
    reused.data[at : at + 8] = value.to_bytes(8, "little")
    read_with_doubt(reused, "looked for page by page", lost=False)


@pytest.mark.parametrize("value", [0, PAGE, 2**63, HUGE, 3 * PAGE])
def test_a_root_that_is_none_loses_nothing(reused: Damaged, value: int) -> None:
    reused.row(WAVE, "root", value)
    read_with_doubt(reused, "", lost=False)


def test_an_index_that_leads_back_to_itself_is_not_followed(smrx: Smrx, tmp_path: Path) -> None:
    file = Damaged(smrx("levels"), tmp_path)
    at = file.entry_at(0, 1) + 8
    file.data[at : at + 8] = file.root(0).to_bytes(8, "little")
    read_with_doubt(file, "does not belong where it is listed", lost=False)


def test_a_block_listed_twice_is_read_once(reused: Damaged) -> None:
    first, second = (reused.entry_at(WAVE, slot) for slot in (0, 1))
    reused.data[second : second + 16] = reused.data[first : first + 16]
    read_with_doubt(reused, "1 of 7 blocks are not what its index says", lost=False)


@pytest.mark.parametrize(("field", "value"), [("channel", 3), ("id", 0), ("parent", 0), ("parent", HUGE)])
def test_a_block_that_says_that_it_is_anothers_is_missing_and_said_to_be(
    reused: Damaged, field: str, value: int
) -> None:
    reused.block(WAVE, 3, field, value)
    read_with_doubt(reused, "6 of 7 blocks are there", lost=True)


@pytest.mark.parametrize("n", [0, 1, 6])
@pytest.mark.parametrize("number", [WAVE, EVENTS])
def test_a_row_that_knows_of_fewer_blocks_loses_none(reused: Damaged, number: int, n: int) -> None:
    reused.row(number, "n_blocks", min(n, 2) if number == EVENTS else n)
    read_with_doubt(reused, "was not closed properly", lost=False)


@pytest.mark.parametrize("n", [8, 2**40, HUGE])
def test_a_row_that_knows_of_more_blocks_is_told(reused: Damaged, n: int) -> None:
    reused.row(WAVE, "n_blocks", n)
    read_with_doubt(reused, f"7 of {n} blocks are there", lost=False)


def test_a_window_is_not_empty_where_a_row_knows_of_fewer_blocks(reused: Damaged) -> None:
    with SmrxFile(reused.sound) as file:
        start = file.channel(WAVE).last_tick - 100
        (true,) = file.channel(WAVE).read_between(start, start + 101)  # type: ignore[attr-defined]
    reused.row(WAVE, "n_blocks", 3)
    reused.path.write_bytes(reused.data)
    with pytest.warns(DamagedFileWarning), SmrxFile(reused.path) as file:
        (found,) = file.channel(WAVE).read_between(start, start + 101)  # type: ignore[attr-defined]
    assert found[0] == true[0]
    np.testing.assert_array_equal(found[1], true[1])


@pytest.mark.parametrize("number", [WAVE, EVENTS])
@pytest.mark.parametrize("value", [0, 2**32 - 1])
@pytest.mark.parametrize("slot", [0, 1, 2])
def test_a_count_that_cannot_be_loses_at_most_its_block(reused: Damaged, number: int, value: int, slot: int) -> None:
    reused.block(number, slot, "items", value)
    reading = read_with_doubt(reused, f"channel {number}", lost=number == EVENTS or value == 0)
    assert len(sound_of(reused).channels[number][0]) - len(reading.channels[number][0]) <= PAGE // 2


@pytest.mark.parametrize("value", [0, 1, 900, 32_753, 2**31, 2**32 - 1])
@pytest.mark.parametrize("slot", [0, 3, 6])
def test_a_run_of_fewer_or_impossibly_many_samples_is_told(reused: Damaged, value: int, slot: int) -> None:
    reused.run(WAVE, slot, "count", value)
    reading = reused.read()
    assert isinstance(reading, Reading)
    assert reading.remarks
    assert is_part_of(reading, sound_of(reused))


@pytest.mark.parametrize("start", [-1, 2**62, 5])
def test_one_wrong_time_in_the_middle_costs_one_run(smrx: Smrx, tmp_path: Path, start: int) -> None:
    file = Damaged(smrx("gaps"), tmp_path)
    sound = sound_of(file)
    with SmrxFile(file.sound) as whole:
        piece = int(whole.channel(3).pieces.at[77]) - 16  # type: ignore[attr-defined]
    file.data[piece : piece + 8] = start.to_bytes(8, "little", signed=True)
    reading = read_with_doubt(file, "channel 3", lost=True)
    assert len(sound.channels[3][0]) - len(reading.channels[3][0]) == 1  # its runs are of one sample each


def test_events_that_go_back_in_time_are_told(reused: Damaged) -> None:
    at = reused.block_at(EVENTS, 1) + 16 + 800
    reused.data[at : at + 8] = (5).to_bytes(8, "little")
    reading = reused.read()
    assert isinstance(reading, Reading)
    assert any("1 of" in remark and "lie before the one that they follow" in remark for remark in reading.remarks)


def test_the_longest_chain_is_the_longest() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        start = rng.integers(0, 12, 8)
        stop = start + rng.integers(1, 4, 8)
        kept = longest_chain(start, stop)
        chains = [np.array([bool(n >> i & 1) for i in range(8)]) for n in range(256)]
        assert np.all(start[kept][1:] >= stop[kept][:-1])
        assert kept.sum() == max(c.sum() for c in chains if np.all(start[c][1:] >= stop[c][:-1]))


# --- files that were not closed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["unclosed_after_header", "unclosed_at_end"])
def test_the_last_tick_of_a_file_that_was_not_closed_is_not_before_its_data(smrx: Smrx, name: str) -> None:
    reading = read(smrx(name))
    assert isinstance(reading, Reading)
    assert not reading.was_closed
    assert reading.max_time_ticks >= max(int(ticks[-1]) for ticks, _ in reading.channels.values() if len(ticks))


def test_a_page_that_was_left_empty_in_a_file_that_was_not_closed_is_missed(smrx: Smrx, tmp_path: Path) -> None:
    file = Damaged(smrx("unclosed_at_end"), tmp_path)
    at = file.block_at(0, 2)
    file.data[at : at + PAGE] = bytes(PAGE)
    reading = file.read()
    assert isinstance(reading, Reading)
    assert any("channel 0" in remark and "1 blocks are missing" in remark for remark in reading.remarks)


def test_blocks_of_a_number_used_again_before_the_table_was_written_are_told(reused: Damaged) -> None:
    reused.row(WAVE, "id", 0)
    reused.row(WAVE, "n_earlier", 0)
    reading = reused.read()
    assert isinstance(reading, Reading)
    assert any("7 of a later use of its number cannot be told" in remark for remark in reading.remarks)


@pytest.mark.parametrize(("start", "stop"), [(-(2**80), 2**80), (-5, 2**63), (2**70, 2**71)])
def test_stretches_beyond_all_time_are_no_error(smrx: Smrx, start: int, stop: int) -> None:
    with SmrxFile(smrx("reused")) as file:
        found = file.channel(WAVE).read_between(start, stop)  # type: ignore[attr-defined]
        assert sum(len(samples) for _, samples in found) in (0, file.channel(WAVE).count)  # type: ignore[attr-defined]
