"""Where the data of a channel lie: its index walked, or, where that is damaged or was never written, all pages read.

An index is a tree of nodes with up to 255 entries each; the lowest level lists the channel's data blocks in order of
time. Each node and block says which entry of which node is its own, on which level, and of which channel it is, so
that a wrong pointer is seen, a loop cannot arise, and the blocks can be put in order without the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.header import Bytes
from ephys.io.smrx.layout import BLOCK, BLOCK_BYTES, ENTRY, FAN_OUT, NODE, PAGE


class Broken(Exception):
    """An index that cannot be followed."""


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


@dataclass(frozen=True, eq=False)
class Blocks:
    """Data blocks that are what they should be, in order of time.

    Parameters
    ----------
    at : array (blocks,)
        Byte at which each begins.
    items : array (blocks,)
        Items, or runs of samples, that each claims.
    """

    at: NDArray[np.int64]
    items: NDArray[np.int64]


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

    Raises
    ------
    Broken
        If a node lies outside the file, is another's, or holds fewer blocks than the channel has.
    """
    wanted = int(row["n_blocks"])
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
    return Listed(entries["at"].astype(np.int64), entries["start"].copy(), parents)


def _level(head: Any) -> int:
    """Level of a root.

    Raises
    ------
    Broken
        If it is a block of data.
    """
    level = int(head["parent"]) >> 8 & 15
    if level < 1:
        raise Broken("the root of its index is no node")
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
    at = listed.at
    if np.any((at <= 0) | (at % PAGE != 0) | (at > len(data) - BLOCK.itemsize)):
        raise Broken("a block lies outside the file, or at no place for a block")
    heads = gather(data, at, BLOCK)
    right = (heads["parent"].astype(np.int64) == listed.parent) & (heads["channel"] == number)
    right &= heads["id"] == row["id"]
    if not right.all():
        raise Broken(f"{np.count_nonzero(~right)} of {len(right)} blocks are not what its index says")
    return Blocks(at, heads["items"].astype(np.int64))


def goes_on(data: Bytes, rows: NDArray[Any]) -> bool:
    """Whether the last page of a file is the next block of a channel, which its index does not list yet.

    So it is in a file that was left while it was being written, after its header was brought up to date.
    """
    at = (len(data) - BLOCK.itemsize) // PAGE * PAGE
    if at < PAGE:
        return False
    head = data[at : at + BLOCK.itemsize].view(BLOCK)[0]
    number, parent = int(head["channel"]), int(head["parent"])
    if number >= len(rows) or not rows[number]["kind"] or head["id"] != rows[number]["id"]:
        return False
    try:
        listed = walk(data, rows[number], number).parent
    except Broken:
        return False
    return (
        bool(len(listed))
        and parent // NODE == listed[-1] // NODE
        and listed[-1] < parent < listed[-1] // NODE * NODE + FAN_OUT
    )


@dataclass(frozen=True, eq=False)
class Pages:
    """All pages of a file that say that they are a block of data, in the order that they say.

    Parameters
    ----------
    at : array (blocks,)
        Byte at which each begins.
    heads : array (blocks,) of `BLOCK`
        What each says of itself.
    """

    at: NDArray[np.int64]
    heads: NDArray[Any]

    def of(self, row: Any, number: int) -> Blocks:
        """Return the blocks of one channel; those of a channel that had its number before are not its own."""
        own = (self.heads["channel"] == number) & (self.heads["id"] == row["id"])
        return Blocks(self.at[own], self.heads["items"][own].astype(np.int64))


def all_pages(data: Bytes) -> Pages:
    """Look at the head of every page of a file."""
    at = np.arange(PAGE, len(data) - BLOCK.itemsize + 1, PAGE, dtype=np.int64)
    heads = gather(data, at, BLOCK)
    parent = heads["parent"]
    held = (parent >= PAGE) & (parent >> 8 & 15 == 0) & (parent & 255 < FAN_OUT) & (heads["items"] > 0)
    order = np.argsort(parent[held], kind="stable")
    return Pages(at[held][order], heads[held][order])
