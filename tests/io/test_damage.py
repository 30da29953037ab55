"""Damaged, renamed and unrelated files: an error that names the file, or a session that says what is missing."""

from __future__ import annotations

import signal
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from ephys.errors import FileFormatError
from ephys.io import read_session
from ephys.model import Session

REAL = (
    "spike2/BURST.SMR",
    "spike2/Extracellular_Spikes.smr",
    "spike2/File_spike2_1.smr",
    "spike2/CAP.smr",
    "spike2/motor_units.smr",
    "axon/multichannelAbf1WithTags.abf",
    "blackrock/ndi_testData.nev",
    "blackrock/ndi_testData.ns2",
    "blackrock/ndr_example_1.nev",
    "blackrock/ndr_example_2.ns2",
    "plexon/File_plexon_1.plx",
    "plexon/sigTOOL_explore1.plx",
    "neuralynx/TT3_1m.ntt",
    "neuralynx/mne_Events.nev",
    "neuralynx/mne_LAHC1_3_gaps.ncs",
    "neuroexplorer/File_neuroexplorer_1.nex",
    "neuroexplorer/File_neuroexplorer_2.nex",
    "intan/sampledata.rhd",
)
SLOW = ("blackrock/ndi_testData.nev", "blackrock/ndr_example_1.nev", "plexon/File_plexon_1.plx")
"""Cut once: neo goes through them spike by spike."""

_LIMIT_S = 10
_MEMORY = 400e6


@contextmanager
def _in_time() -> Iterator[None]:
    """Fail what hangs."""

    def late(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise TimeoutError(f"not read in {_LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(_LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _read(path: Path) -> Session | str:
    """Session, or the message of the one error that may be raised."""
    with _in_time():
        try:
            return read_session(path)
        except FileFormatError as error:
            message = str(error)
    assert path.name in message
    assert "\n" not in message
    return message


def _peak(path: Path) -> float:
    """Bytes that reading asks for at most: a damaged header may claim any number."""
    tracemalloc.start(1)
    try:
        _read(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _data(session: Session) -> tuple[int, int, int, int]:
    """How much a session holds."""
    voltage = session.recording.n_samples if session.recording else 0
    return (
        voltage,
        sum(u.n_spikes for u in session.units),
        len(session.events),
        sum(m.n_samples for m in session.monitors),
    )


@pytest.mark.real_data
@pytest.mark.parametrize("file", REAL)
def test_a_file_cut_short_is_refused_or_says_so(shared_data: Path, tmp_path: Path, file: str) -> None:
    whole = (shared_data / file).read_bytes()
    path = tmp_path / Path(file).name
    complete = _data(read_session(shared_data / file))
    for tenth in (5,) if file in SLOW else range(1, 10):
        path.write_bytes(whole[: len(whole) * tenth // 10 | 1])  # within a sample or packet: some files state no length
        found = _read(path)
        if isinstance(found, str):
            continue
        lost = _data(found) != complete  # what follows the last block may be room that was never used
        assert any(_data(found))
        assert not lost or any("cut short" in doubt for doubt in found.doubts), (tenth, found)


@pytest.mark.real_data
@pytest.mark.parametrize("file", REAL)
def test_a_header_of_zeros_is_refused(shared_data: Path, tmp_path: Path, file: str) -> None:
    whole = (shared_data / file).read_bytes()
    path = tmp_path / Path(file).name
    for zeros in (16, 512, 4096):
        path.write_bytes(bytes(zeros) + whole[zeros:])
        assert isinstance(_read(path), str)


@pytest.mark.real_data
@pytest.mark.parametrize("file", REAL)
def test_a_header_that_begins_right_and_goes_on_wrong_is_refused_or_doubted(
    shared_data: Path, tmp_path: Path, file: str
) -> None:
    """The magic number stands; what follows is zeros, or the largest numbers there are."""
    whole = (shared_data / file).read_bytes()
    path = tmp_path / Path(file).name
    for filling in (b"\x00", b"\xff", b"\x7f"):
        path.write_bytes(whole[:16] + filling * 240 + whole[256:])
        found = _read(path)
        assert isinstance(found, str) or any(_data(found))
        if file not in SLOW:
            assert _peak(path) < _MEMORY


@pytest.mark.real_data
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "zeros", "words"),
    [
        ("blackrock/ndr_example_1.nev", (512, 2048), "spikes are of electrodes that its header does not have"),
        ("blackrock/ndi_testData.nev", (64, 512), "3432 of its spikes"),
        ("neuroexplorer/File_neuroexplorer_2.nex", (512, 2048), "header of a variable has no name"),
    ],
)
def test_units_whose_headers_are_zeros_are_not_lost_without_a_word(
    shared_data: Path, tmp_path: Path, file: str, zeros: tuple[int, int], words: str
) -> None:
    data = bytearray((shared_data / file).read_bytes())
    data[slice(*zeros)] = bytes(zeros[1] - zeros[0])
    path = tmp_path / Path(file).name
    path.write_bytes(data)
    with pytest.raises(FileFormatError, match=words):
        read_session(path)


def test_a_number_of_tags_that_cannot_be_asks_for_no_memory(shared_data: Path, tmp_path: Path) -> None:
    whole = (shared_data / "axon" / "multichannelAbf1WithTags.abf").read_bytes()
    path = tmp_path / "tags.abf"
    path.write_bytes(whole[:48] + struct.pack("<i", 2_000_000_000) + whole[52:])
    message = _read(path)
    assert isinstance(message, str)
    assert "claims 2000000000 tags" in message
    assert _peak(path) < _MEMORY


@pytest.mark.real_data
@pytest.mark.parametrize("file", REAL)
def test_the_wrong_beginning_is_refused(shared_data: Path, tmp_path: Path, file: str) -> None:
    whole = (shared_data / file).read_bytes()
    path = tmp_path / Path(file).name
    path.write_bytes(b"%PDF-1.7 not data" + whole[17:])
    message = _read(path)
    assert isinstance(message, str)
    assert "begins with b'%PDF-1.7" in message


@pytest.mark.real_data
@pytest.mark.parametrize("file", [file for file in REAL if file not in SLOW[1:]])
def test_the_content_tells_the_format_whatever_the_extension(shared_data: Path, tmp_path: Path, file: str) -> None:
    path = tmp_path / "recording.dat"
    path.write_bytes((shared_data / file).read_bytes())
    renamed, own = _read(path), tmp_path / Path(file).name
    own.write_bytes(path.read_bytes())
    as_named = _read(own)
    assert isinstance(renamed, Session)
    assert isinstance(as_named, Session)
    assert _data(renamed) == _data(as_named) != (0, 0, 0, 0)
    capitals = path.rename(tmp_path / Path(file).name.swapcase())
    own.unlink(missing_ok=own != capitals)
    shouted = _read(capitals)
    assert isinstance(shouted, Session)
    assert _data(shouted) == _data(as_named)


@pytest.mark.parametrize(
    "name", ["a.smr", "a.abf", "a.plx", "a.nex", "a.ncs", "a.nev", "a.rhd", "a.nix", "a.ibw", "a.pxp"]
)
def test_what_may_not_be_opened_is_said(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / name
    path.write_bytes(b"anything")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(FileFormatError, match=rf"{name}: cannot be opened: Permission denied"):
        read_session(path)


def test_a_folder_that_is_no_recording_says_what_is_in_it(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"an empty folder"):
        read_session(tmp_path)
    for i in range(7):
        (tmp_path / f"note {i}.docx").write_text("hello")
    with pytest.raises(FileFormatError, match=r"is a folder; name a file in it.*note 0\.docx.*and 2 more"):
        read_session(tmp_path)
    (tmp_path / "events.nev").write_text("hello")
    (tmp_path / "a.meta").write_text("hello")
    assert isinstance(_read(tmp_path), str)


@pytest.mark.parametrize("name", ["structure.oebin", "1_CH1.continuous", "a.tsq", "info.rhd", "a.meta"])
def test_a_folder_of_a_known_format_with_nothing_right_in_it_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind" * 99)
    assert isinstance(_read(tmp_path), str)
    assert _peak(tmp_path) < _MEMORY
