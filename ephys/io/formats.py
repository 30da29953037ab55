"""Which reader a file or folder asks for: by what it begins with, and by its name only where that does not tell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py
import neo.rawio

from ephys.errors import FileFormatError
from ephys.io import blackrock, intan, neuralynx, openephys
from ephys.io.axon import axon_contents
from ephys.io.contents import Contents
from ephys.io.igor import igor_contents
from ephys.io.matlab import matlab_contents
from ephys.io.neuroexplorer import nex_contents
from ephys.io.nix import nix_contents
from ephys.io.nwb_read import nwb_contents
from ephys.io.phy import is_phy, phy_contents
from ephys.io.plexon import plexon_contents
from ephys.io.raw_binary import raw_binary_contents
from ephys.io.raw_description import RAW_SUFFIXES, description_of, no_description
from ephys.io.rawio import raw_contents, untried_contents
from ephys.io.spike2 import smr_contents, smrx_contents
from ephys.io.spike_arrays import archive_contents, array_contents
from ephys.io.spike_text import text_contents
from ephys.io.wav import is_wav, wav_contents
from ephys.model import ReadingSettings

Reader = Callable[[Path, ReadingSettings], Contents]

_BEGINS: tuple[tuple[int, bytes, Reader], ...] = (
    (2, b"(C) CED 87", smr_contents),
    (0, b"S64", smrx_contents),
    (0, b"ABF ", axon_contents),
    (0, b"ABF2", axon_contents),
    (0, b"PLEX", plexon_contents),
    (0, b"NEX1", nex_contents),
    (0, b"########", neuralynx.neuralynx_contents),
    *((0, magic, blackrock.blackrock_contents) for magic in (*blackrock.EVENTS, *blackrock.SIGNALS)),
    (0, intan.RHD, intan.intan_contents),
    (0, intan.RHS, intan.intan_contents),
    (0, b"MATLAB 5.0", matlab_contents),
    (0, b"MATLAB 7.3", matlab_contents),
    (0, b"\x93NUMPY", array_contents),
)
"""From which byte, with what, a file of a format begins, and who reads it."""

_HDF5, _ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"

_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"NEX5", "NeuroExplorer's .nex5 cannot be read here; in NeuroExplorer, save it as .nex"),
    (b"PL2", "Plexon's .pl2 cannot be read here; with Plexon's utilities, save it as .plx"),
)
"""How formats begin that are known not to be readable, and the way out."""

_WORKBOOK = "an Excel workbook is not a recording; spike times in it are read as text: save the sheet as CSV"

_NO_RECORDING = {
    ".xlsx": _WORKBOOK,
    ".xlsm": _WORKBOOK,
    ".xls": _WORKBOOK,
    ".json": "a JSON file is not a recording; name the file that holds the voltage or the spikes",
}
"""What files are that hold something else, by their extension, and what to do."""

_SUFFIXES: dict[str, Reader] = {
    ".csv": text_contents,
    ".tsv": text_contents,
    ".txt": text_contents,
    ".ibw": igor_contents,
    ".pxp": igor_contents,
}
"""Readers of formats that begin with nothing of their own, by the file's extension."""

_SURE = (
    ".smr", ".smrx", ".nwb", ".nix", ".mat", ".npy", ".npz", ".wav", ".abf", ".plx", ".nex", ".ncs", ".nse", ".ntt",
    ".nev",
    ".rhd", ".rhs", *(f".ns{i}" for i in range(1, 7)),
)  # fmt: skip
"""Extensions of formats that are known by how they begin: a file called so that begins otherwise is damaged."""

_NEURONEXUS = ".xdat.json"
"""The one JSON file by which a recording is named (NeuroNexus Allego)."""

_HEADER_FILES = (".meta", ".xml")
"""Beside raw voltage, these are the headers of formats that neo reads (SpikeGLX, NeuroScope)."""


def reader_of(path: Path) -> Reader:
    """Return the reader for a file or a folder.

    Raises
    ------
    FileFormatError
        If it is missing, empty, cannot be read, or is of a format known not to be readable.
    """
    if is_phy(path) or (path.name == "params.py" and is_phy(path.parent)):
        return phy_contents
    return _by_folder(path) if path.is_dir() else _by_content(path, _first_bytes(path))


def _first_bytes(path: Path) -> bytes:
    """Return the beginning of a file.

    Raises
    ------
    FileFormatError
        If there is no such file, or it cannot be read, or is empty.
    """
    try:
        with path.open("rb") as file:
            first = file.read(32)
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
    known = [reader for at, magic, reader in _BEGINS if first[at:].startswith(magic)]
    if known:
        return known[0]
    for magic, why in _REFUSED:
        if first.startswith(magic):
            raise FileFormatError(f"{path}: {why}")
    if first.startswith(_HDF5) and (reader := _hdf5(path, suffix)):
        return reader
    if first.startswith(_ZIP) and suffix == ".npz":
        return archive_contents
    if is_wav(first):
        return wav_contents
    if suffix in _NO_RECORDING and not path.name.lower().endswith(_NEURONEXUS):
        raise FileFormatError(f"{path}: {_NO_RECORDING[suffix]}")
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if suffix in _SURE:
        raise FileFormatError(f"{path}: damaged, or not what its name says: it begins with {first[:12]!r}")
    return _by_company(path, suffix)


def _hdf5(path: Path, suffix: str) -> Reader | None:
    """Return the reader for an HDF5 file: NIX and NWB name themselves at the root."""
    try:
        with h5py.File(path, "r") as file:
            kind, is_nwb = file.attrs.get("format", ""), "nwb_version" in file.attrs
    except OSError:
        kind, is_nwb = "", False  # it is damaged: the reader of its name says how
    if (kind.decode() if isinstance(kind, bytes) else str(kind)) == "nix":
        return nix_contents
    if suffix == ".mat":
        return matlab_contents
    return nwb_contents if is_nwb or suffix in (".nwb", ".nix", ".h5", ".hdf5", "") else None


def _by_company(path: Path, suffix: str) -> Reader:
    """Return the reader for a file that only what lies beside it explains: a description, or a folder's format."""
    if description_of(path):
        return raw_binary_contents
    if suffix in _MEMBERS and (reader := _folder_reader(path.parent)):
        return lambda file, reading: reader(file.parent, reading)
    return _undescribed if suffix in RAW_SUFFIXES else raw_contents


def _undescribed(path: Path, reading: ReadingSettings) -> Contents:
    """Read what may be raw voltage with a header of its own (Multi Channel Systems), or beside it (NeuroScope).

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


# --- folders ---------------------------------------------------------------------------------------------------------

_FOLDERS: tuple[tuple[str, Reader], ...] = (
    ("info.rh[ds]", lambda folder, reading: intan.intan_contents(next(folder.glob("info.rh[ds]")), reading)),
    ("**/structure.oebin", openephys.binary_contents),
    ("*.continuous", openephys.legacy_contents),
    ("**/*.meta", partial(untried_contents, reader=neo.rawio.SpikeGLXRawIO)),
    ("*.t[bs][kq]", partial(untried_contents, reader=neo.rawio.TdtRawIO)),
)
"""What a folder of a format has in it, and who reads the folder."""

_MEMBERS = (".continuous", ".oebin", ".meta", ".tbk", ".tdx", ".tev", ".tnt", ".tsq", ".bin", ".dat")
"""Extensions of files that are part of a folder's format: the folder is read."""


def _by_folder(folder: Path) -> Reader:
    """Return the reader for a folder, by what is in it.

    Raises
    ------
    FileFormatError
        If it holds nothing that makes it one recording.
    """
    reader = _folder_reader(folder)
    if reader is not None:
        return reader
    names = sorted(path.name for path in folder.iterdir())
    if not names:
        raise FileFormatError(f"{folder}: an empty folder")
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    raise FileFormatError(f"{folder}: is a folder; name a file in it: it is none of a format that is known ({shown})")


def _folder_reader(folder: Path) -> Reader | None:
    """Return the reader for a folder whose format is that of a folder; ``None`` for any other."""
    if any(path.suffix.lower() in neuralynx.SUFFIXES and _is_neuralynx(path) for path in folder.iterdir()):
        return neuralynx.neuralynx_contents
    return next((reader for pattern, reader in _FOLDERS if next(folder.glob(pattern), None)), None)


def _is_neuralynx(path: Path) -> bool:
    """Whether a file begins as Neuralynx's do; Blackrock, too, has files called ``.nev``."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(neuralynx.MAGIC)) == neuralynx.MAGIC
