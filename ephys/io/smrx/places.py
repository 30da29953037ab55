"""Where the data of every channel of a file lie: looked for when asked, by its index or page by page, and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from ephys.io.smrx.blocks import Blocks, Broken, Listed, Pages, all_pages, checked, used_again, walk
from ephys.io.smrx.header import Bytes, Header
from ephys.io.smrx.layout import NODE, PAGE

LastTick = Callable[[Blocks], int]
"""Tells the tick of the last item of the last of some blocks; -1 without any."""

_NAMED = 10
"""Channels that a remark names at most."""


def channel_name(number: int, title: str) -> str:
    """Name a channel in a remark; of a title that damage made long, its beginning.

    >>> channel_name(3, "Unit")
    "channel 3 ('Unit', 4 in Spike2)"
    """
    return f"channel {number} ({title[:40]!r}, {number + 1} in Spike2)"


def some_of(numbers: list[int]) -> str:
    """Name some numbers, and how many more there are.

    >>> some_of([0, 2]), some_of(list(range(12)))
    ('0, 2', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more')
    """
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return ", ".join(map(str, numbers[:_NAMED])) + more


class Places:
    """Where the data of every channel of a file lie.

    Parameters
    ----------
    data : callable () -> array of bytes
        The mapped file; raises once that is closed.
    header : Header
        Of the file.
    doubt : callable (str)
        Takes what is damaged.

    Attributes
    ----------
    was_closed : bool
        False if the program that wrote the file ended before it could: parts of it are newer than its header.
    up_to_date : bool
        Whether the header accounts for all pages, and none is newer than it; false of a damaged file, too.
    """

    def __init__(self, data: Callable[[], Bytes], header: Header, doubt: Callable[[str], None]) -> None:
        self._data, self._header, self._doubt = data, header, doubt
        self._kept: dict[int, Blocks] = {}
        self._indices: dict[int, Listed] = {}
        self.up_to_date = len(data()) <= header.allocated == header.accounted and not self._used_again()
        self.was_closed = self.up_to_date or (len(data()) <= header.allocated and not self._more_than_listed())
        self._say_of_file(len(data()))

    def blocks(self, number: int, last_tick: LastTick) -> Blocks:
        """Return a channel's blocks, looked for once: by its index, or page by page where that is not right."""
        if number not in self._kept:
            self._kept[number] = (
                self._by_index(number, last_tick) if self.was_closed else self._as_left(number, last_tick)
            )
        return self._kept[number]

    def ends(self, number: int, last_tick: int) -> bool:
        """Whether an item at this tick is a channel's last: nothing after it was lost, or not yet written."""
        return self.was_closed and last_tick >= int(self._row(number)["last_tick"])

    def window(self, number: int, start_tick: int, stop_tick: int, last_tick: LastTick) -> Blocks:
        """Return the blocks of a wave that hold any of these ticks; no other is looked at, if its index is in order."""
        if self.was_closed and number not in self._kept:
            try:
                listed = self._walked(number)
                a, b = np.searchsorted(listed.start, [start_tick, stop_tick], side="left").tolist()
                return checked(self._data(), listed.part(max(0, a - 1), b), self._row(number), number)
            except Broken:
                pass  # all are looked for, and what is wrong is said
        return self.blocks(number, last_tick)

    # --- how they are found ------------------------------------------------------------------------------------------

    @cached_property
    def _pages(self) -> Pages:
        """All pages that say that they are data."""
        return all_pages(self._data())

    def _row(self, number: int) -> Any:
        """Return a channel's row in the table."""
        return self._header.channels[number]

    def _named(self, number: int) -> str:
        """Name a channel in a remark."""
        return channel_name(number, self._header.string(self._row(number)["title"]))

    def _index(self, number: int, last_tick: LastTick) -> Listed:
        """Return a channel's blocks as its index lists them, if it leads to the last item that the channel has.

        Raises
        ------
        Broken
            If it does not, or cannot be followed.
        """
        data, row, listed = self._data(), self._row(number), self._walked(number)
        n = len(listed.at)
        last = last_tick(checked(data, listed.part(max(0, n - 1), n), row, number))
        if last != row["last_tick"]:
            raise Broken(f"its last item is at tick {last}, by the table of channels at {row['last_tick']}")
        return listed

    def _walked(self, number: int) -> Listed:
        """Return a channel's blocks as its index lists them; none of them is looked at.

        Raises
        ------
        Broken
            If it cannot be followed.
        """
        if number not in self._indices:
            row = self._row(number)
            self._indices[number] = walk(self._data(), row, number).part(0, int(row["n_blocks"]))
        return self._indices[number]

    def _by_index(self, number: int, last_tick: LastTick) -> Blocks:
        """Return the blocks of a channel of a file that was closed."""
        try:
            return checked(self._data(), self._index(number, last_tick), self._row(number), number)
        except Broken as error:
            found, _ = self._pages.of(self._row(number), number)
            later = np.count_nonzero(self._pages.unknown(self._header.channels) == number)
            self._doubt(
                f"{self._named(number)}: {error}; looked for page by page: {len(found.at)} of "
                f"{self._row(number)['n_blocks']} blocks are there and are read"
                + (f", {later} of a later use of its number cannot be told" if later else "")
            )
            return found

    def _as_left(self, number: int, last_tick: LastTick) -> Blocks:
        """Return the blocks of a channel of a file that was not closed."""
        row = self._row(number)
        found, missing = self._pages.of(row, number)
        missing = max(missing, int(row["n_blocks"]) - len(found.at))
        if missing:
            self._doubt(f"{self._named(number)}: {missing} blocks are missing, {len(found.at)} are read")
        last = last_tick(found)
        if last < row["last_tick"]:
            self._doubt(
                f"{self._named(number)}: its last item on disk is at tick {last}, by the table of channels at "
                f"{row['last_tick']}: what lies between is lost"
            )
        return found

    def _used_again(self) -> bool:
        """Whether a channel whose number was used before has more blocks than its row in the table knows of."""
        rows = self._header.channels
        for number in np.flatnonzero(rows["n_earlier"] > rows["n_blocks"]).tolist():
            try:
                rest = walk(self._data(), rows[number], number).part(int(rows[number]["n_blocks"]), None)
                if used_again(self._data(), rest, rows[number], number):
                    return True
            except Broken:
                pass  # said when the channel is read
        return False

    def _more_than_listed(self) -> bool:
        """Whether pages hold more blocks of any channel than the table knows of."""
        rows = self._header.channels
        own = self._pages.heads["channel"][self._pages.heads["channel"] < len(rows)]
        counts = [len(self._pages.of(rows[number], number)[0].at) for number in np.unique(own).tolist()]
        more = np.array(counts, np.uint64) > rows["n_blocks"][np.unique(own)]
        return bool(more.any()) or len(self._pages.unknown(rows)) > 0

    def _say_of_file(self, size: int) -> None:
        """Say what is wrong with the file as a whole."""
        header = self._header
        if size <= header.allocated - PAGE or (PAGE < size < header.allocated and size % NODE):
            self._doubt(f"cut short: {size} bytes are there of {header.allocated} that its header knows of")
        if self.was_closed:
            return
        self._doubt(
            f"was not closed properly, or is damaged ({size} bytes, its header knows of {header.allocated}, its table "
            f"of channels of {header.accounted}): what was written to disk is read, what the program still held is lost"
        )
        unknown = self._pages.unknown(header.channels)
        if len(unknown):
            self._doubt(
                f"data of channels {some_of(np.unique(unknown).tolist())} are there ({len(unknown)} blocks), but "
                "the table of channels was not written since: what kind they are is not known, and they are lost"
            )
