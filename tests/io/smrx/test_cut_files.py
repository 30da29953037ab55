"""A .smrx file cut anywhere: an error, or what stands before the cut and a warning of the rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ephys.errors import DamagedFileWarning
from ephys.io.smrx import SmrxFile
from ephys.io.smrx.layout import PAGE
from tests.io.smrx.damaged import Reading, is_part_of, lacks, read

Smrx = Callable[[str], Path]


def places_to_cut(size: int) -> list[int]:
    """All ends of pages, and places in the header, in heads of blocks and nodes, and inside of items."""
    pages = range(PAGE, size, PAGE)
    within = [at + more for at in pages for more in (0, 20, 4100, 33_000)]
    header = [0, 1, 3, 0x20, 0x7FF, 0x800, 0x900, 0x2A00, 0x2A05, 0x2A40, 0x3000, 0x5000, 0x8000, 0xFFFF]
    return sorted({place for place in (*header, *within, size - 1) if 0 <= place < size}, reverse=True)


def check_cuts(source: Path, folder: Path, places: list[int]) -> None:
    """Each cut is an error, or what is left is right and what is not is warned of."""
    path, sound = folder / source.name, read(source)
    assert isinstance(sound, Reading)
    shutil.copyfile(source, path)
    for place in places:
        with path.open("r+b") as file:
            file.truncate(place)
        part = read(path)
        if isinstance(part, Reading):
            assert is_part_of(part, sound), place
            assert part.remarks or not lacks(part, sound), place
            assert all(part.max_time_ticks >= ticks[-1] for ticks, _ in part.channels.values() if len(ticks)), place
        else:
            assert place < 2 * PAGE, part  # what was read after its header is never given up


@pytest.mark.parametrize(
    "name", ["area", "empty", "kinds", "late", "reused", "session", "texts", "unclosed_after_header", "unclosed_at_end"]
)
def test_a_file_cut_anywhere_is_read_up_to_there_or_refused(smrx: Smrx, name: str, tmp_path: Path) -> None:
    check_cuts(smrx(name), tmp_path, places_to_cut(smrx(name).stat().st_size))


@pytest.mark.parametrize(("name", "every"), [("strings", 40), ("gaps", 19), ("mixture", 19)])
def test_a_longer_file_cut_at_some_places_is_read_up_to_there_or_refused(
    smrx: Smrx, name: str, every: int, tmp_path: Path
) -> None:
    check_cuts(smrx(name), tmp_path, places_to_cut(smrx(name).stat().st_size)[::every])


def test_files_of_the_shared_folder_cut_anywhere(shared_data: Path, tmp_path: Path) -> None:
    for source in sorted((shared_data / "smrx").glob("*.smrx")):
        every = 1 if source.stat().st_size < 6 * PAGE else 19
        check_cuts(source, tmp_path, places_to_cut(source.stat().st_size)[::every])


def test_a_cut_file_says_at_once_how_much_of_it_is_there(smrx: Smrx, tmp_path: Path) -> None:
    cut = tmp_path / "cut.smrx"
    cut.write_bytes(smrx("reused").read_bytes()[: 9 * PAGE])
    with pytest.warns(DamagedFileWarning, match=f"cut short: {9 * PAGE} bytes are there of {27 * PAGE}"):
        SmrxFile(cut).close()
