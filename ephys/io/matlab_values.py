"""Variables of a MATLAB file, of version 5 to 7.3, as plain values; long rows of numbers stay in a 7.3 file.

A structure becomes a mapping, an array of structures a list of them, a cell array a list, text a string, a number a
number, numbers an array without dimensions of length 1, as MATLAB shows them (rows first).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import mat_struct

from ephys.io.matlab5_check import check_matlab5

Values = Mapping[str, Any]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_USERBLOCK = 512
"""Bytes that MATLAB puts before the HDF5 file."""

_LONG = 1_000_000
"""Longer rows of numbers stay in the file till they are asked for. Convention: 8 MB."""

_NUMERIC = ("double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)))


@dataclass(frozen=True)
class StoredRow:
    """A long row or column of numbers that stays in its file.

    Parameters
    ----------
    path, dataset : Path, str
        Where it is.
    size : int
        How many numbers.
    dtype : numpy.dtype
        Their type.
    axis : int
        Dimension along which it runs.
    """

    path: Path
    dataset: str
    size: int
    dtype: np.dtype[Any]
    axis: int

    ndim = 1

    @property
    def shape(self) -> tuple[int]:
        """How many numbers, as arrays have it."""
        return (self.size,)

    def __len__(self) -> int:
        """How many numbers."""
        return self.size

    def __getitem__(self, part: slice) -> NDArray[Any]:
        """Return a stretch; the file is opened for each, so that no handle stays behind."""
        with h5py.File(self.path, "r") as file:
            data = file[self.dataset]
            at = [0] * data.ndim
            numbers: NDArray[Any] = np.asarray(data[tuple(part if i == self.axis else a for i, a in enumerate(at))])
        return numbers


Row = NDArray[Any] | StoredRow


@dataclass(frozen=True)
class RowReader:
    """Reads a row of numbers as one channel."""

    row: Row

    def __call__(self, start: int, stop: int) -> NDArray[Any]:
        """Stored numbers ``[start, stop)`` as (samples, 1)."""
        return self.row[start:stop].reshape(-1, 1)


def row_of(value: Any) -> Row:
    """Return numbers as one row; a single number is a row of one."""
    return value if isinstance(value, StoredRow) else np.atleast_1d(np.asarray(value)).reshape(-1)


def stretches(row: Row) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield a row in stretches that fit in memory, each with its first number's position.

    >>> [(first, len(part)) for first, part in stretches(np.zeros(2_500_000))]
    [(0, 1000000), (1000000, 1000000), (2000000, 500000)]
    """
    for first in range(0, len(row), _LONG):
        yield first, row[first : first + _LONG]


def matlab_values(path: Path) -> dict[str, Any]:
    """Return the variables of a MATLAB file.

    Raises
    ------
    OSError, ValueError, and others
        Whatever scipy and h5py raise on a damaged file.
    """
    with path.open("rb") as file:
        first = file.read(_USERBLOCK + len(_HDF5))
    if _HDF5 in (first[: len(_HDF5)], first[_USERBLOCK:]):
        with h5py.File(path, "r") as stored:
            return {name: _stored(stored, item, path) for name, item in stored.items() if not name.startswith("#")}
    check_matlab5(path)
    values = loadmat(path, squeeze_me=True, struct_as_record=False, mat_dtype=True)
    return {name: _plain(value) for name, value in values.items() if not name.startswith("__")}


# --- version 5 to 7.2, as scipy reads it -----------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """Return a value of scipy's as a plain one."""
    if isinstance(value, mat_struct):
        return {name: _plain(getattr(value, name)) for name in vars(value)["_fieldnames"]}
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [_plain(one) for one in value.ravel(order="F")]
    if isinstance(value, np.ndarray) and value.dtype.kind == "U" and value.size == 0:
        return ""
    return value


# --- version 7.3, which is HDF5 --------------------------------------------------------------------------------------


def _stored(file: Any, item: Any, path: Path) -> Any:
    """Return a dataset or group as a plain value; what MATLAB keeps as objects (``string``, ``datetime``) is empty."""
    if isinstance(item, h5py.Group):
        return _struct(file, item, path)
    kind = _class(item)
    if item.attrs.get("MATLAB_empty", 0):
        return {"char": "", "cell": []}.get(kind, np.empty(0))
    if item.dtype == h5py.ref_dtype:
        return [_stored(file, file[reference], path) for reference in np.ravel(item[()])]
    if kind == "char":
        lines = ["".join(map(chr, row)) for row in np.atleast_2d(item[()].T)]
        return lines[0] if len(lines) == 1 else np.array(lines)
    if kind and kind not in _NUMERIC:
        return ""
    if item.size > _LONG and item.size == max(item.shape):
        return StoredRow(path, item.name, item.size, item.dtype, int(np.argmax(item.shape)))
    numbers = np.squeeze(np.asarray(item[()]).T)
    return numbers.item() if numbers.ndim == 0 else numbers


def _class(item: Any) -> str:
    """MATLAB's name of a value's type; empty where another program wrote it."""
    kind = item.attrs.get("MATLAB_class", b"")
    return kind.decode() if isinstance(kind, bytes) else str(kind)


def _struct(file: Any, group: Any, path: Path) -> Any:
    """Return a structure, or the list that an array of structures is: its fields are then references."""
    fields = {name: item for name, item in group.items() if not name.startswith("#")}
    if fields and all(isinstance(f, h5py.Dataset) and _is_references(f) for f in fields.values()):
        columns = {name: [_stored(file, file[ref], path) for ref in np.ravel(f[()])] for name, f in fields.items()}
        count = min(len(column) for column in columns.values())
        return [{name: column[i] for name, column in columns.items()} for i in range(count)]
    return {name: _stored(file, item, path) for name, item in fields.items()}


def _is_references(dataset: Any) -> bool:
    """Whether a field holds one reference per structure, and is not itself a cell array."""
    return bool(dataset.dtype == h5py.ref_dtype) and not _class(dataset)
