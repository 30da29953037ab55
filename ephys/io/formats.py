"""Which reader a file asks for: by what it begins with, and by its name only where that does not tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.matlab import matlab_contents
from ephys.io.nwb_read import nwb_contents
from ephys.io.phy import is_phy, phy_contents
from ephys.io.raw_binary import raw_binary_contents
from ephys.io.raw_description import RAW_SUFFIXES, description_of, no_description
from ephys.io.rawio import raw_contents
from ephys.io.spike2 import spike2_contents
from ephys.io.spike_arrays import archive_contents, array_contents
from ephys.io.spike_text import text_contents
from ephys.io.wav import is_wav, wav_contents
from ephys.model import ReadingSettings

Reader = Callable[[Path, ReadingSettings], Contents]

_SPIKE2, _SPIKE2_64 = b"(C) CED 87", b"S64"
_HDF5, _MATLAB, _MATLAB_73, _NUMPY = b"\x89HDF\r\n\x1a\n", b"MATLAB 5.0", b"MATLAB 7.3", b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_HEADER_FILES = (".meta", ".xml")
"""Beside raw voltage, these are the headers of formats that neo reads (SpikeGLX, NeuroScope)."""


def reader_of(path: Path) -> Reader:
    """Return the reader for a file.

    Raises
    ------
    FileFormatError
        If the file is missing, empty, a folder, cannot be read, or is of a format known not to be readable.
    """
    if is_phy(path) or (path.name == "params.py" and is_phy(path.parent)):
        return phy_contents
    return _by_content(path, _first_bytes(path))


def _first_bytes(path: Path) -> bytes:
    """Return the beginning of a file.

    Raises
    ------
    FileFormatError
        If there is no such file, or it cannot be read, or is empty.
    """
    if path.is_dir():
        raise FileFormatError(f"{path}: is a folder; name a file in it")
    try:
        with path.open("rb") as file:
            first = file.read(16)
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except OSError as error:
        raise FileFormatError(f"{path}: cannot be opened: {error.strerror or error}") from error
    if not first:
        raise FileFormatError(f"{path}: empty (0 bytes)")
    return first


def _by_content(path: Path, first: bytes) -> Reader:
    """Return the reader for a file that begins so; the extension decides only where the content does not."""
    suffix = path.suffix.lower()
    if first.startswith(_SPIKE2_64) or suffix == ".smrx":
        raise FileFormatError(
            f"{path}: the 64-bit Spike2 format (.smrx) cannot be read here; in Spike2, File > Export As, write .smr "
            "(32-bit) or .mat"
        )
    if first[2:12] == _SPIKE2:
        return spike2_contents
    if first.startswith(_HDF5) and suffix in (".nwb", ".h5", ".hdf5", ""):
        return nwb_contents
    if first.startswith((_MATLAB, _MATLAB_73)) or (first.startswith(_HDF5) and suffix == ".mat"):
        return matlab_contents
    if first.startswith(_NUMPY):
        return array_contents
    if first.startswith(_ZIP) and suffix == ".npz":
        return archive_contents
    if is_wav(first):
        return wav_contents
    if suffix in _TEXT_SUFFIXES:
        return text_contents
    if suffix in (".smr", ".nwb", ".mat", ".npy", ".npz", ".wav"):
        raise FileFormatError(f"{path}: damaged, or not what its name says: it begins with {first[:12]!r}")
    if description_of(path):
        return raw_binary_contents
    return _undescribed if suffix in RAW_SUFFIXES else raw_contents


def _undescribed(path: Path, reading: ReadingSettings) -> Contents:
    """Read what may be raw voltage with a header of its own (Multi Channel Systems), or beside it (SpikeGLX).

    Raises
    ------
    FileFormatError
        If it has none: with what to write beside it.
    """
    try:
        return raw_contents(path, reading)
    except FileFormatError as error:
        if any(path.with_suffix(header).is_file() for header in _HEADER_FILES):
            raise
        raise no_description(path) from error
