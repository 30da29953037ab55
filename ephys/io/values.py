"""Values of the program kept in files between two runs: frozen dataclasses and arrays, and nothing that could act."""

from __future__ import annotations

import io
import os
import pickle
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from ephys.errors import FileFormatError
from ephys.io.atomic import atomic_path

_FOREIGN = {
    "builtins": {"set", "frozenset", "slice", "complex"},
    "collections": {"OrderedDict"},
    "datetime": {"datetime", "date", "time", "timedelta", "timezone"},
    "pathlib": {"Path", "PosixPath", "WindowsPath", "PurePosixPath"},
    "numpy": {"ndarray", "dtype"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
}
"""What may stand in such a file beside the dataclasses of this package."""


def write_value(path: str | os.PathLike[str], value: Any) -> Path:
    """Keep a value in a file, which appears whole or not at all.

    Parameters
    ----------
    path : path
        Where to.
    value : dataclass, array, number, text, or tuple, list or mapping of them

    Returns
    -------
    Path
        `path`.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(pickle.dumps(value, protocol=5))
    return Path(path)


def read_value(path: str | os.PathLike[str]) -> Any:
    """Read a value that `write_value` kept; a file that holds anything else is refused before it can act.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If it is damaged, or holds what no value of this package has.

    Examples
    --------
    >>> import tempfile
    >>> from ephys.model import Epoch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_value(write_value(Path(folder) / "kept", {"baseline": Epoch(0.0, 180.0)}))
    {'baseline': Epoch(start_s=0.0, stop_s=180.0, label='')}
    """
    content = Path(path).read_bytes()
    try:
        return _Reader(io.BytesIO(content)).load()
    except Exception as error:  # whatever a damaged file does to the reader
        raise FileFormatError(f"{path}: damaged, or not kept by this version of ephys: {error}") from error


class _Reader(pickle.Unpickler):
    """Reader that makes values of this package and of numpy, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that may stand in the file."""
        if name in _FOREIGN.get(module, ()):
            return super().find_class(module, name)
        if module.partition(".")[0] == "ephys":
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value that is kept")
