"""Whether a MATLAB file of version 5 to 7.2 is whole: scipy does not raise on some damaged ones, the process dies."""

from __future__ import annotations

import math
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ephys.errors import FileFormatError

_HEADER = 128
_INT8, _UINT8, _INT32, _UINT32, _MATRIX, _COMPRESSED = 1, 2, 5, 6, 14, 15
_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 14: 0, 15: 0, 16: 1, 17: 2, 18: 4}
"""Size of one number of each type of element (MATLAB's MAT-file format, table 1-1)."""

_CELL, _STRUCT, _CHAR, _SPARSE, _NUMBERS = 1, 2, 4, 5, range(6, 16)
_COMPLEX = 0x800
_CLASSES = range(1, 18)
_CHUNK = 1 << 20
_DEEPEST = 40
"""Structures within structures, no deeper. Convention."""


@dataclass(frozen=True)
class _Element:
    """Where an element lies, and what it is."""

    kind: int
    start: int
    stop: int


def check_matlab5(path: Path) -> None:
    """Raise unless every element of a file lies within it and is what its header says.

    Raises
    ------
    FileFormatError
        With the byte at which it is damaged.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if len(data) < _HEADER:
            raise FileFormatError(f"{path}: cut short MATLAB file: {len(data)} bytes")
        order = ">" if data[126:128] == b"MI" else "<"
        walk = _Walk(path, data, order)
        for element in walk.elements(_HEADER, len(data)):
            if element.kind == _COMPRESSED:
                walk.check_compressed(element)
            elif element.kind == _MATRIX:
                walk.check_matrix(element, 0)
            else:
                raise walk.damaged(element.start)


@dataclass(frozen=True)
class _Walk:
    """Walks through a file's elements."""

    path: Path
    data: mmap.mmap
    order: str

    def damaged(self, at: int) -> FileFormatError:
        """Return the error for what is wrong at a byte."""
        return FileFormatError(f"{self.path}: damaged or cut short MATLAB file, at byte {at} of {len(self.data)}")

    def elements(self, at: int, stop: int) -> Iterator[_Element]:
        """Yield the elements that lie one after another."""
        while at < stop:
            if stop - at < 8:
                raise self.damaged(at)
            kind, size = struct.unpack_from(f"{self.order}II", self.data, at)
            start = at + 8
            if kind >> 16:  # a small element: type and size in two bytes each, up to four bytes of content
                kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            if kind not in _BYTES or start + size > stop or (start == at + 4 and size > 4):
                raise self.damaged(at)
            yield _Element(kind, start, start + size)
            at = at + 8 if start == at + 4 else start + size + (0 if kind == _COMPRESSED else -size % 8)

    def check_compressed(self, element: _Element) -> None:
        """Raise unless an element can be unpacked and its checksum holds."""
        unpacking = zlib.decompressobj()
        try:
            for at in range(element.start, element.stop, _CHUNK):
                left = self.data[at : min(at + _CHUNK, element.stop)]
                while left:
                    unpacking.decompress(left, _CHUNK)
                    left = unpacking.unconsumed_tail
        except zlib.error as error:
            raise self.damaged(element.start) from error
        if not unpacking.eof:
            raise self.damaged(element.start)

    def check_matrix(self, element: _Element, depth: int) -> None:
        """Raise unless a variable's parts are there, and as large as its dimensions say; a size of 0 is empty."""
        if element.start == element.stop:
            return
        parts = list(self.elements(element.start, element.stop))
        kinds = [part.kind for part in parts[:3]]
        if depth > _DEEPEST or kinds[:2] != [_UINT32, _INT32] or kinds[2:] not in ([_INT8], [_UINT8]):
            raise self.damaged(element.start)
        (flags,) = struct.unpack_from(f"{self.order}I", self.data, parts[0].start)
        count = (parts[1].stop - parts[1].start) // 4
        dims = struct.unpack_from(f"{self.order}{count}i", self.data, parts[1].start)
        kind, size, rest = flags & 0xFF, math.prod(dims), parts[3:]
        rows = 2 if flags & _COMPLEX else 1
        if kind not in _CLASSES or count < 2 or min(dims) < 0 or not self._fits(kind, size, rest, rows):
            raise self.damaged(element.start)
        for part in rest:
            if part.kind == _MATRIX:
                self.check_matrix(part, depth + 1)

    def _fits(self, kind: int, size: int, parts: list[_Element], rows: int) -> bool:
        """Whether a variable of some class and size has the parts that it must have: complex numbers two rows."""
        if rows == 2 and kind not in (_SPARSE, *_NUMBERS):
            return False
        inner = sum(part.kind == _MATRIX for part in parts)
        if kind == _CELL:
            return inner == len(parts) == size
        if kind == _STRUCT:
            return len(parts) >= 2 and inner == len(parts) - 2 == size * self._fields(parts)
        if kind in _NUMBERS:
            numbers = [(p.stop - p.start) / (_BYTES[p.kind] or math.nan) for p in parts]
            return len(parts) == rows and all(n == size for n in numbers)
        return bool(parts) and (inner == 0 or kind not in (_CHAR, _SPARSE))

    def _fields(self, parts: list[_Element]) -> int:
        """Number of fields of a structure; -1 where its list of names is damaged."""
        if parts[0].stop - parts[0].start != 4 or parts[1].kind not in (_INT8, _UINT8):
            return -1
        (length,) = struct.unpack_from(f"{self.order}i", self.data, parts[0].start)
        names = parts[1].stop - parts[1].start
        return names // length if length > 0 and names % length == 0 else -1
