"""Whatever is written into a .smrx file: an error that names it, or arrays and remarks, soon and in little memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ephys.io.smrx.layout import BLOCK, CHANNEL, HEADER, NODE, PAGE
from tests.io.smrx.damaged import Reading, read

NAMES = ("kinds", "late", "reused", "session", "unclosed_at_end")
FEW = settings(deadline=None, max_examples=45, derandomize=True)
LIMIT_S = 10.0
MOST_BYTES = 30_000_000
"""That reading may take for any file, besides ten times its size."""

CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2**32 - 1),  # which field, or place
        st.sampled_from([1, 2, 4, 8]),
        st.one_of(
            st.sampled_from([0, 1, 255, 256, PAGE, NODE, 2**16 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1]),
            st.integers(0, 2**64 - 1),
        ),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def sound(smrx: Callable[[str], Path]) -> dict[str, bytes]:
    return {name: smrx(name).read_bytes() for name in NAMES}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "fuzzed.smrx"


def fields_of(data: bytes) -> list[int]:
    """Where fields of the header, of rows of the table, and of heads of blocks, nodes and runs begin."""
    offsets = [offset for _, offset in (HEADER.fields or {}).values()]
    rows = [0x800 + 272 * row + offset for row in range(32) for _, offset in (CHANNEL.fields or {}).values()]
    heads = [offset for _, offset in (BLOCK.fields or {}).values()] + [
        24,
        28,
        32,
    ]  # and a run's count, an entry's place
    return offsets + rows + [at + offset for at in range(PAGE, len(data) - 40, NODE) for offset in heads]


def changed(data: bytes, changes: list[tuple[int, int, int]], places: list[int] | range) -> bytes:
    """Write numbers of one to eight bytes to some places of a file."""
    out = bytearray(data)
    for which, width, value in changes:
        at = places[which % len(places)]
        out[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    return bytes(out[: len(data)])


def check(data: bytes, path: Path) -> Reading | str:
    """Read a file; whatever it holds, within time and memory that its size allows."""
    path.write_bytes(data)
    tracemalloc.start(1)
    begun = time.perf_counter()
    try:
        reading = read(path)
        assert time.perf_counter() - begun < LIMIT_S
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES + 10 * len(data)
    finally:
        tracemalloc.stop()
    return reading


@FEW
@given(name=st.sampled_from(NAMES), changes=CHANGES)
def test_fields_of_any_value_are_an_error_or_are_read_around(
    sound: dict[str, bytes], target: Path, name: str, changes: list[tuple[int, int, int]]
) -> None:
    check(changed(sound[name], changes, fields_of(sound[name])), target)


@FEW
@given(name=st.sampled_from(NAMES), changes=CHANGES)
def test_bytes_of_any_value_anywhere_are_an_error_or_are_read_around(
    sound: dict[str, bytes], target: Path, name: str, changes: list[tuple[int, int, int]]
) -> None:
    check(changed(sound[name], changes, range(len(sound[name]))), target)


@FEW
@given(name=st.sampled_from(NAMES), first=st.integers(0, 40), second=st.integers(0, 40))
def test_pages_in_each_others_place_are_an_error_or_are_read_around(
    sound: dict[str, bytes], target: Path, name: str, first: int, second: int
) -> None:
    pages = [sound[name][at : at + PAGE] for at in range(0, len(sound[name]), PAGE)]
    pages[first % len(pages)] = pages[second % len(pages)]
    check(b"".join(pages), target)


@pytest.mark.parametrize("seed", range(8))
def test_noise_behind_a_right_beginning_is_an_error_or_is_read_around(
    sound: dict[str, bytes], target: Path, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    start = (0x10, 0x30, 0x400, 0x800, 0x2A00, PAGE, 2 * PAGE, 3 * PAGE)[seed]
    check(sound["reused"][:start] + rng.bytes(len(sound["reused"]) - start), target)
