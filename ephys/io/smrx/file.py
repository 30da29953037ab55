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
from ephys.io.smrx.channels import SmrxChannel, Storage
from ephys.io.smrx.header import Bytes, Header, read_header
from ephys.io.smrx.places import Places, some_of
from ephys.io.smrx.rows import channel_of

_MOST_REMARKS = 500
"""More are not kept: a table of nonsense may doubt every channel."""


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
    >>> from ephys.io.smrx import SmrxFile
    >>> with SmrxFile("sample_data/spike2_session.smrx") as file:
    ...     for channel in file.channels:
    ...         print(channel.number, channel.kind, channel.title, channel.count)
    ...     print(file.channel(29).ticks[1] * file.time_base_s, file.channel(29).texts[1])
    1 Adc BP 22500
    4 AdcMark nw-1 994
    29 TextMark TextMark 5
    300.0 ipsapirone 31.25 ug/kg iv
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.remarks: list[str] = []
        self._bytes: Bytes | None = _mapped(self.path)
        self._header: Header = read_header(self._bytes, self.path)
        for remark in self._header.remarks:
            self._doubt(remark)
        self._places = Places(self._data, self._header, self._doubt)
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
    def was_closed(self) -> bool:
        """False if the program that wrote it ended before it could."""
        return self._places.was_closed

    @cached_property
    def max_time_ticks(self) -> int:
        """Tick of the last item of any channel; -1 in a file without data.

        It is as the header says, which may be later where the recording went on without an item. In a file that was
        not closed the header may be older than the data: the last block of every channel is read then, once.
        """
        said = self._header.max_time_ticks
        return said if self._places.up_to_date else max(said, *(channel.last_tick for channel in self.channels), -1)

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

    def channel(self, number: int | str) -> SmrxChannel:
        """Return a channel.

        Parameters
        ----------
        number : int or str
            From 0, as the vendor's library counts (Spike2 shows one more); or the title, if one channel alone has it.

        Raises
        ------
        ParameterError
            If there is none of this number: never used, or deleted.
        FileFormatError
            If its row in the table cannot be.
        """
        if isinstance(number, str):
            number = self._titled(number)
        if number in self._refused:
            raise FileFormatError(f"{self.path}: damaged: {self._refused[number]}")
        if number not in self._channels:
            gone = " was deleted" if number in self.deleted else " is not in use"
            raise ParameterError(f"{self.path}: channel {number}{gone}; {self._in_use}")
        return self._channels[number]

    @property
    def _in_use(self) -> str:
        """Say which channels there are."""
        return "in use, from 0: " + (", ".join(f"{n} {c.title!r}" for n, c in self._channels.items()) or "none")

    def _titled(self, title: str) -> int:
        """Return the number of the one channel of a title.

        Raises
        ------
        ParameterError
            If there is none, or several.
        """
        found = [number for number, channel in self._channels.items() if channel.title.strip() == title.strip()]
        if len(found) != 1:
            raise ParameterError(f"{self.path}: {len(found) or 'no'} channels are called {title!r}; {self._in_use}")
        return found[0]

    def _listed(self) -> tuple[dict[int, SmrxChannel], dict[int, str]]:
        """Return the channels, and why others cannot be."""
        channels: dict[int, SmrxChannel] = {}
        refused: dict[int, str] = {}
        rows = self._header.channels
        held = (rows["kind"] > 0) | ((rows["deleted_kind"] == 0) & (rows["n_blocks"] > 0))
        for number in np.flatnonzero(held).tolist():
            try:
                channels[number] = channel_of(
                    self._header, number, self._storage(number), partial(self._places.window, number)
                )
            except ValueError as error:
                refused[number] = f"channel {number} cannot be read: {error}"
        if refused:
            why = next(iter(refused.values()))
            self._doubt(f"{len(refused)} channels cannot be read ({some_of(list(refused))}); {why}")
        return channels, refused

    def _storage(self, number: int) -> Storage:
        """Return how a channel gets at its data."""
        return Storage(
            self._data, partial(self._places.blocks, number), partial(self._places.ends, number), self._doubt
        )

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
        if len(self.remarks) == _MOST_REMARKS:
            what = "more is damaged than is told here"
        if what not in self.remarks and len(self.remarks) <= _MOST_REMARKS:
            self.remarks.append(what)
            warnings.warn(f"{self.path}: {what}", DamagedFileWarning, stacklevel=2)


def _mapped(path: Path) -> Bytes:
    """Map a file.

    Raises
    ------
    FileFormatError
        If it is missing, empty, or cannot be opened.
    """
    try:
        return np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))  # slices of a memmap cost more
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except ValueError:
        raise FileFormatError(f"{path}: empty (0 bytes)") from None
    except OSError as error:
        raise FileFormatError(f"{path}: cannot be opened: {error.strerror or error}") from error
