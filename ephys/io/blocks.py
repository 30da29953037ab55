"""Data that lie in a file block by block: the places are known, the data are read when asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class BlockReader:
    """Reads items that lie in blocks; the file is opened for each read, so that neither handle nor map stays behind.

    Parameters
    ----------
    path : Path
        The file.
    item : numpy.dtype
        One sample, event or mark.
    at, items : array (blocks,)
        Byte of each block's first item, and how many it has.
    first : array (blocks,)
        Number of each block's first item, counted through all blocks.
    """

    path: Path
    item: np.dtype[Any]
    at: NDArray[np.int64]
    items: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, path: Path, item: np.dtype[Any], at: ArrayLike, items: ArrayLike) -> BlockReader:
        """Reader of blocks in the order given; those without items are left out.

        >>> reader = BlockReader.of(Path("any"), np.dtype("<i2"), at=[100, 200, 300], items=[4, 0, 3])
        >>> reader.count, reader.first
        (7, array([0, 4]))
        """
        where, sizes = np.asarray(at, dtype=np.int64), np.asarray(items, dtype=np.int64)
        where, sizes = where[sizes > 0], sizes[sizes > 0]
        return cls(path, item, where, sizes, np.cumsum(sizes) - sizes)

    @property
    def count(self) -> int:
        """All items."""
        return int(self.items.sum())

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Items ``[start, stop)``."""
        stop = self.count if stop is None else min(stop, self.count)
        pieces = [np.empty(0, dtype=self.item)]
        if start < stop:
            size = self.item.itemsize
            blocks = range(*np.searchsorted(self.first, [start, stop - 1], side="right") - [1, 0])
            with self.path.open("rb") as file:
                for block in blocks:
                    skip = max(start - int(self.first[block]), 0)
                    keep = min(stop - int(self.first[block]), int(self.items[block])) - skip
                    file.seek(int(self.at[block]) + skip * size)
                    pieces.append(np.frombuffer(file.read(keep * size), dtype=self.item))
        return np.concatenate(pieces)

    def __call__(self, start: int, stop: int) -> NDArray[Any]:
        """Stored numbers ``[start, stop)`` as (samples, 1)."""
        return self.read(start, stop)[:, np.newaxis]


@dataclass(frozen=True, eq=False)
class HeldItems:
    """Items that are in memory already, read as those in blocks are.

    Parameters
    ----------
    items : array (items,)
        In order.
    """

    items: NDArray[Any] = field(repr=False)

    @property
    def item(self) -> np.dtype[Any]:
        """One of them."""
        return self.items.dtype

    @property
    def count(self) -> int:
        """All items.

        >>> HeldItems(np.arange(5)).count
        5
        """
        return len(self.items)

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Items ``[start, stop)``."""
        return self.items[start:stop]

    def __call__(self, start: int, stop: int) -> NDArray[Any]:
        """Items ``[start, stop)`` as (items, 1)."""
        return self.items[start:stop, np.newaxis]
