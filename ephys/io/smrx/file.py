"""A Spike2 ``.smrx`` file: opened, its channels by number, what is damaged in it."""

from __future__ import annotations

import warnings
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ephys.errors import DamagedFileWarning, FileFormatError, ParameterError
from ephys.io.smrx.blocks import Blocks, Broken, Listed, Pages, all_pages, checked, goes_on, walk
from ephys.io.smrx.channels import SmrxChannel, Storage
from ephys.io.smrx.header import Bytes, Header, read_header
from ephys.io.smrx.rows import channel_of


class SmrxFile:
    """A Spike2 ``.smrx`` file, mapped into memory: only what is asked for is read.

    Damage is read around as far as can be, and warned of (`DamagedFileWarning`); `remarks` keeps what was said.

    Parameters
    ----------
    path : str or Path
        The file.

    Attributes
    ----------
    path : Path
        The file.
    time_base_s : float
        Seconds per tick.
    max_time_ticks : int
        Tick of the last item of any channel; -1 in a file without data.
    file_comments : tuple of str
        Five, as Spike2 shows them, or up to eight where the file holds more.
    started_at : datetime or None
        When tick 0 was, by the clock of the recording computer.
    creator : str
        Program that wrote it, in eight characters; often empty.
    version : tuple of (int, int)
        Of the format.
    was_closed : bool
        False if the program that wrote it ended before it could.
    remarks : list of str
        What is damaged, as far as that was read.

    Raises
    ------
    FileFormatError
        If it is no such file, is empty, cannot be opened, or its header is damaged or cut short.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ephys.io.smrx import SmrxFile
    >>> with SmrxFile(Path("sample_data/spike2/keyboard.smrx")) as file:  # doctest: +SKIP
    ...     print(file.channel(0).title, file.channel(0).read_raw(0, 5))
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._bytes: Bytes | None = _mapped(self.path)
        self._header: Header = read_header(self._bytes, self.path)
        self.remarks: list[str] = []
        allocated, rows = self._header.allocated, self._header.channels
        self.was_closed = len(self._bytes) <= allocated and not goes_on(self._bytes, rows)
        self._blocks: dict[int, Blocks] = {}
        for remark in self._header.remarks:
            self._doubt(remark)
        if not self.was_closed:
            self._doubt(
                f"was not closed properly ({len(self._bytes)} bytes, its header knows of {allocated}): "
                "what was written to disk is read, what the program still held is lost"
            )
            unknown = np.setdiff1d(self._pages.heads["channel"], np.flatnonzero(rows["kind"] | rows["deleted_kind"]))
            if len(unknown):
                self._doubt(
                    f"data of channels {', '.join(map(str, unknown))} are there, but its header was never written: "
                    "what kind they are is not known, and they are lost"
                )
        self._channels, self._refused = self._listed()

    # --- the file as a whole -----------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file."""
        self.close()

    def __repr__(self) -> str:
        """File, and what it holds."""
        return f"SmrxFile({str(self.path)!r}: {len(self._channels)} channels)"

    def close(self) -> None:
        """Let go of the file; what was read of it stays."""
        self._bytes = None

    @property
    def time_base_s(self) -> float:
        """Seconds per tick."""
        return self._header.time_base_s

    @property
    def max_time_ticks(self) -> int:
        """Tick of the last item of any channel; -1 in a file without data."""
        return self._header.max_time_ticks

    @property
    def file_comments(self) -> tuple[str, ...]:
        """Comments of the file."""
        return self._header.comments

    @property
    def started_at(self) -> datetime | None:
        """When tick 0 was."""
        return self._header.started_at

    @property
    def creator(self) -> str:
        """Program that wrote the file."""
        return self._header.creator

    @property
    def version(self) -> tuple[int, int]:
        """Of the format: major, minor."""
        return self._header.version

    # --- channels ----------------------------------------------------------------------------------------------------

    @property
    def channels(self) -> tuple[SmrxChannel, ...]:
        """Channels in use that can be read, by number."""
        return tuple(self._channels.values())

    @property
    def deleted(self) -> tuple[int, ...]:
        """Numbers of channels that were deleted and whose place was not used again."""
        rows = self._header.channels
        return tuple(np.flatnonzero((rows["kind"] == 0) & (rows["deleted_kind"] > 0)).tolist())

    def channel(self, number: int) -> SmrxChannel:
        """Return a channel.

        Parameters
        ----------
        number : int
            From 0, as the vendor's library counts; Spike2 shows one more.

        Raises
        ------
        ParameterError
            If there is none of this number: never used, or deleted.
        FileFormatError
            If its row in the table cannot be.
        """
        if number in self._refused:
            raise FileFormatError(f"{self.path}: damaged: {self._refused[number]}")
        if number not in self._channels:
            used = ", ".join(map(str, self._channels)) or "none"
            gone = " was deleted" if number in self.deleted else " is not in use"
            raise ParameterError(f"{self.path}: channel {number}{gone}; channels from 0 that are in use: {used}")
        return self._channels[number]

    def _listed(self) -> tuple[dict[int, SmrxChannel], dict[int, str]]:
        """Return the channels, and why others cannot be."""
        channels: dict[int, SmrxChannel] = {}
        refused: dict[int, str] = {}
        for number in np.flatnonzero(self._header.channels["kind"]).tolist():
            try:
                channels[number] = channel_of(
                    self._header, number, self._storage(number), partial(self._window, number)
                )
            except ValueError as error:
                refused[number] = f"channel {number} cannot be read: {error}"
                self._doubt(refused[number])
        return channels, refused

    def _storage(self, number: int) -> Storage:
        """Return how a channel gets at its data."""
        return Storage(self._data, partial(self._blocks_of, number), self._doubt)

    # --- data --------------------------------------------------------------------------------------------------------

    def _data(self) -> Bytes:
        """Return the mapped file.

        Raises
        ------
        ParameterError
            If it was closed.
        """
        if self._bytes is None:
            raise ParameterError(f"{self.path}: is closed; read within its `with` block")
        return self._bytes

    def _doubt(self, what: str) -> None:
        """Keep what is damaged, and warn of it once."""
        if what not in self.remarks:
            self.remarks.append(what)
            warnings.warn(f"{self.path}: {what}", DamagedFileWarning, stacklevel=2)

    @cached_property
    def _pages(self) -> Pages:
        """All pages that say that they are data."""
        return all_pages(self._data())

    def _blocks_of(self, number: int) -> Blocks:
        """Return a channel's blocks, looked for once."""
        if number not in self._blocks:
            self._blocks[number] = self._found(number)
        return self._blocks[number]

    def _found(self, number: int) -> Blocks:
        """Look for a channel's blocks: by its index, and page by page where that is damaged or not up to date."""
        row = self._header.channels[number]
        if not self.was_closed:
            return self._pages.of(row, number)
        try:
            return checked(self._data(), walk(self._data(), row, number), row, number)
        except Broken as error:
            found = self._pages.of(row, number)
            self._doubt(
                f"channel {number} ({self._header.string(row['title'])!r}): {error}; looked for page by page: "
                f"{len(found.at)} of {row['n_blocks']} blocks are there and are read"
            )
            return found

    def _window(self, number: int, start_tick: int, stop_tick: int) -> Blocks:
        """Return the blocks of a wave that hold any of these ticks."""
        row = self._header.channels[number]
        if self.was_closed and number not in self._blocks:
            try:
                listed = walk(self._data(), row, number)
                a, b = np.searchsorted(listed.start, [start_tick, stop_tick], side="left")
                a = max(0, a - 1)
                some = Listed(listed.at[a:b], listed.start[a:b], listed.parent[a:b])
                return checked(self._data(), some, row, number)
            except Broken:
                pass  # all are looked for, and what is wrong is said
        return self._blocks_of(number)


def _mapped(path: Path) -> Bytes:
    """Map a file.

    Raises
    ------
    FileFormatError
        If it is missing, empty, or cannot be opened.
    """
    try:
        return np.memmap(path, dtype=np.uint8, mode="r")
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except ValueError:
        raise FileFormatError(f"{path}: empty (0 bytes)") from None
    except OSError as error:
        raise FileFormatError(f"{path}: cannot be opened: {error.strerror or error}") from error
