"""Files that lie beside a recording, and that it is read with: a header, a description, its other half."""

from __future__ import annotations

from pathlib import Path

from ephys.io.checksums import source_of
from ephys.model import Source

_ALONE = (
    ".smr", ".smrx", ".nwb", ".nix", ".mat", ".npy", ".npz", ".wav", ".abf", ".plx", ".nex", ".ncs", ".nse", ".ntt",
    ".csv", ".tsv", ".txt", ".ibw", ".pxp",
)  # fmt: skip
"""Extensions of formats that have everything in one file."""
_OF_FOLDERS = ("info.rhd", "info.rhs", "structure.oebin", "params.py")
"""Files by which a folder is named: the samples are in the others."""
_OF_THE_FOLDER = ("binary.json", "cached.json", "info.json", "params.py")
"""Descriptions of every raw file in a folder: SpikeInterface's, tridesclous's, Phy's."""


def companions_of(path: Path) -> tuple[Path, ...]:
    """Return what else a recording may be read with: files of the same stem, and what describes the folder.

    Rather one file too many, whose change repeats some work, than one too few, whose change goes unseen.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("rat07.dat", "rat07.toml", "rat08.dat"):
    ...         (Path(folder) / name).touch()
    ...     [file.name for file in companions_of(Path(folder) / "rat07.dat")]
    ['rat07.toml']
    """
    if path.is_dir() or path.suffix.lower() in _ALONE:
        return ()
    if path.name in _OF_FOLDERS or path.suffix == ".continuous":
        return (path.parent,)
    beside = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    return tuple(file for file in beside if file != path and file.is_file() and _belongs(file.name, path))


def _belongs(name: str, path: Path) -> bool:
    """Whether a file of that name may say something of a recording."""
    return name.startswith(f"{path.stem}.") or name in _OF_THE_FOLDER


def recording_sources(files: tuple[Path, ...]) -> tuple[Source, ...]:
    """Checksums of a recording's files, and of all that they are read with; those that were named come first."""
    beside = (mate for file in files for mate in companions_of(file))
    return tuple(source_of(path) for path in dict.fromkeys((*files, *beside)))
