"""Where the data of a channel lie: its index walked, or, where that is damaged or was never written, all pages read.

An index is a tree of nodes with up to 255 entries each; the lowest level lists the channel's data blocks in order of
time. Each node and block says which entry of which node is its own, on which level, and of which channel it is, so
that a wrong pointer is seen, a loop cannot arise, and the blocks can be found without the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.header import Bytes
from ephys.io.smrx.layout import BLOCK, BLOCK_BYTES, CONTINUED, ENTRY, FAN_OUT, NODE, PAGE


class Broken(Exception):
    """An index that cannot be followed, or does not lead to all data."""


@dataclass(frozen=True, eq=False)
class Listed:
    """Data blocks as an index lists them: none of them has been looked at.

    Parameters
    ----------
    at, start : array (blocks,)
        Place in the file, and first tick.
    parent : array (blocks,)
        What each block must name as its parent.
    """

    at: NDArray[np.int64]
    start: NDArray[np.int64]
    parent: NDArray[np.int64]

    def part(self, first: int, stop: int | None) -> Listed:
        """Some of them, as in a slice."""
        return Listed(self.at[first:stop], self.start[first:stop], self.parent[first:stop])


@dataclass(frozen=True, eq=False)
class Blocks:
    """Data blocks that are what they should be, in order of time.

    Parameters
    ----------
    at : array (blocks,)
        Byte at which each begins.
    items : array (blocks,)
        Items, or runs of samples, that each claims.
    parent : array (blocks,)
        Entry of the index that is each one's own.
    """

    at: NDArray[np.int64]
    items: NDArray[np.int64]
    parent: NDArray[np.int64]

    @property
    def last(self) -> Blocks:
        """The last of them; none of none."""
        return Blocks(self.at[-1:], self.items[-1:], self.parent[-1:])

    @property
    def follows(self) -> NDArray[np.bool_]:
        """Whether each is the next after the one before it: of those that are there, the first must be the first."""
        node, slot = np.divmod(self.parent, NODE)
        next_slot = np.diff(slot, prepend=-1) == 1
        next_node = np.diff(node, prepend=node[:1]) != 0
        next_node[1:] &= (slot[:-1] == FAN_OUT - 1) & (slot[1:] == 0)
        same_node = np.diff(node, prepend=node[:1]) == 0
        follows: NDArray[np.bool_] = (next_slot & same_node) | next_node
        return follows


def gather(data: Bytes, at: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Read one record at each place; all places must lie within the file."""
    records: NDArray[Any] = data[at[:, np.newaxis] + np.arange(dtype.itemsize)].view(dtype)[:, 0]
    return records


def walk(data: Bytes, row: Any, number: int) -> Listed:
    """Follow a channel's index down to the places of its data blocks; only the index is read.

    Parameters
    ----------
    data : array
        The file.
    row : record of `CHANNEL`
        The channel's row in the table.
    number : int
        The channel.

    Returns
    -------
    Listed
        Those of an earlier use of the channel's number too, after the ``n_blocks`` that are its own.

    Raises
    ------
    Broken
        If a node lies outside the file, is another's, or holds fewer blocks than the channel has.
    """
    wanted = max(int(row["n_blocks"]), int(row["n_earlier"]))
    if not wanted:
        return Listed(*np.empty((3, 0), np.int64))
    if wanted > len(data) // PAGE:
        raise Broken(f"{wanted} blocks are claimed, the file has room for {len(data) // PAGE}")
    nodes = np.atleast_1d(row["root"]).astype(np.int64)
    heads = _nodes(data, nodes, number)
    for level in range(_level(heads[0]), 0, -1):
        entries, parents = _entries(data, nodes, heads)
        used = -(-wanted // FAN_OUT ** (level - 1))  # what lies beyond is left of an earlier use, and may be stale
        if len(entries) < used:
            raise Broken(f"level {level} of its index has {len(entries)} entries, {wanted} blocks need {used}")
        entries, parents = entries[:used], parents[:used] | (level - 1) << 8
        if level > 1:
            nodes = entries["at"].astype(np.int64)
            heads = _nodes(data, nodes, number)
            if np.any(heads["parent"].astype(np.int64) != parents):  # so no node can be met twice
                raise Broken("a node of its index does not belong where it is listed")
    starts = entries["start"].copy()
    if np.any(np.diff(starts[: row["n_blocks"]]) < 0):
        raise Broken("its index is not in order of time")
    return Listed(entries["at"].astype(np.int64), starts, parents)


def _level(head: Any) -> int:
    """Level of a root.

    Raises
    ------
    Broken
        If it is a block of data, or has a node above it.
    """
    level, rest = divmod(int(head["parent"]), 256)
    if rest or not 1 <= level <= 15:
        raise Broken("the root of its index is none")
    return level


def _nodes(data: Bytes, at: NDArray[np.int64], number: int) -> NDArray[Any]:
    """Return the heads of nodes.

    Raises
    ------
    Broken
        If one is not in the file, another channel's, or claims more entries than it has room for.
    """
    if not len(at) or np.any((at <= 0) | (at % NODE != 0) | (at > len(data) - NODE)):
        raise Broken("a node of its index lies outside the file, or at no place for a node")
    heads = gather(data, at, BLOCK)
    if np.any(heads["channel"] != number) or np.any((heads["items"] < 1) | (heads["items"] > FAN_OUT)):
        raise Broken("a node of its index is another's, or holds what no node can")
    return heads


def _entries(data: Bytes, nodes: NDArray[np.int64], heads: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the entries of nodes, one after the other, and what each entry's target must name as its parent."""
    counts = heads["items"].astype(np.int64)
    slot = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    base = np.repeat(nodes, counts)
    return gather(data, base + BLOCK_BYTES + slot * ENTRY.itemsize, ENTRY), base | slot


def checked(data: Bytes, listed: Listed, row: Any, number: int) -> Blocks:
    """Read the heads of blocks that an index lists.

    Raises
    ------
    Broken
        If one lies outside the file, or is not the block that the index means.
    """
    heads, own = _heads(data, listed, row, number)
    right = own & (heads["start"] == listed.start)
    if not right.all():
        raise Broken(f"{np.count_nonzero(~right)} of {len(right)} blocks are not what its index says")
    return Blocks(listed.at, heads["items"].astype(np.int64), listed.parent)


def used_again(data: Bytes, rest: Listed, row: Any, number: int) -> bool:
    """Whether blocks that the index has left of an earlier use of the channel's number were used again.

    Then the row is older than the data, for the file was not closed.

    Raises
    ------
    Broken
        If one lies at no place for a block.
    """
    within = rest.at <= len(data) - BLOCK.itemsize  # of a block that was never used again, nothing is missed
    _, own = _heads(data, Listed(rest.at[within], rest.start[within], rest.parent[within]), row, number)
    return bool(own.any())


def _heads(data: Bytes, listed: Listed, row: Any, number: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the heads of listed blocks, and which of them are the channel's, at their place in its index.

    Raises
    ------
    Broken
        If one lies outside the file.
    """
    at = listed.at
    if np.any((at <= 0) | (at % PAGE != 0) | (at > len(data) - BLOCK.itemsize)):
        raise Broken("a block lies outside the file, or at no place for a block")
    heads = gather(data, at, BLOCK)
    own = (heads["parent"].astype(np.int64) == listed.parent) & (heads["channel"] == number)
    return heads, own & (heads["id"] == row["id"])


@dataclass(frozen=True, eq=False)
class Pages:
    """All pages of a file that say that they are a block of data, in order of time.

    Parameters
    ----------
    at : array (blocks,)
        Byte at which each begins.
    heads : array (blocks,) of `BLOCK`
        What each says of itself.
    """

    at: NDArray[np.int64]
    heads: NDArray[Any]

    def of(self, row: Any, number: int) -> tuple[Blocks, int]:
        """Return the blocks of one channel, and how many between them are missing.

        Those of a channel that had its number before are not its own.
        """
        own = (self.heads["channel"] == number) & (self.heads["id"] == row["id"])
        node, slot = np.divmod(np.unique(self.heads["parent"][own]), 256)
        last = np.flatnonzero(np.diff(node, append=0))  # of each node: the entries before it must have blocks
        missing = int(slot[last].sum()) + len(last) - len(slot)
        heads = self.heads[own]
        return Blocks(self.at[own], heads["items"].astype(np.int64), heads["parent"].astype(np.int64)), missing

    def unknown(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the channels, one per block, of blocks that the table of channels knows nothing of.

        They are of a channel that was made, or of a number that was used again, after the table was last written.
        """
        channel = self.heads["channel"]
        row = rows[np.minimum(channel, len(rows) - 1)]
        never = (row["kind"] == 0) & (row["deleted_kind"] == 0)
        lost = (channel >= len(rows)) | (self.heads["id"] > row["id"]) | (never & (self.heads["id"] == row["id"]))
        unknown: NDArray[Any] = channel[lost]
        return unknown


def all_pages(data: Bytes) -> Pages:
    """Look at the head of every page of a file."""
    at = np.arange(PAGE, len(data) - BLOCK.itemsize + 1, PAGE, dtype=np.int64)
    heads = gather(data, at, BLOCK)
    parent = heads["parent"]
    held = (parent >= PAGE) & (parent >> 8 & 15 == 0) & (parent & 255 < FAN_OUT) & (heads["items"] > 0)
    held &= heads["channel"] != CONTINUED
    order = np.lexsort((parent[held], heads["start"][held]))
    return Pages(at[held][order], heads[held][order])
