"""Marks as neo has them: in order of time, with a label each, segment by segment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.io.smrx.channels import SmrxEvents, SmrxMarkers, SmrxTextMarks
from ephys.io.smrx.layout import Kind
from ephys.io.smrx.segments import mark_edges

_KEYBOARD = 30
"""The vendor's number of the channel that holds the keyboard's markers: their code is the key."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of one channel, or those of them that have one code.

    Parameters
    ----------
    channel : SmrxEvents
        The channel.
    ticks : array (marks,)
        When, in order.
    rows : array (marks,)
        Which of the channel's marks each is, in the order of the file.
    codes : array (marks, 4) or (marks, 0)
        Codes, of channels that have them.
    words : array of str
        Labels.
    word : array (marks,)
        Which label each has.
    edges : array (segments + 1,)
        Marks before each segment, and all marks.
    """

    channel: SmrxEvents
    ticks: NDArray[np.int64]
    rows: NDArray[np.int64]
    codes: NDArray[np.uint8]
    words: NDArray[np.str_]
    word: NDArray[np.int64] | NDArray[np.uint8]
    edges: NDArray[np.int64]

    def of_code(self, code: int, cuts: NDArray[np.int64]) -> Marks:
        """Return those whose first code this is; segments but the first begin at the cuts."""
        own = self.codes[:, 0] == code
        ticks, edges = self.ticks[own], mark_edges(self.ticks[own], cuts)
        return replace(self, ticks=ticks, rows=self.rows[own], codes=self.codes[own], word=self.word[own], edges=edges)

    def labels(self, chosen: slice) -> NDArray[np.str_]:
        """Return the labels of some of them."""
        labels: NDArray[np.str_] = self.words[self.word[chosen]]
        return labels

    def within(self, segment: int, start_s: float | None, stop_s: float | None, tick_s: float) -> slice:
        """Choose the marks of a segment; with limits, those from `start_s` to `stop_s`, both included.

        Times are compared as neo is given them, so that a limit which is the time of a mark holds that mark.

        Parameters
        ----------
        segment : int
            From 0.
        start_s, stop_s : float or None
            Limits in seconds.
        tick_s : float
            Seconds per tick.
        """
        low, high = (int(edge) for edge in self.edges[segment : segment + 2])
        if start_s is None and stop_s is None:
            return slice(low, high)
        times_s = self.ticks[low:high] * tick_s
        first = 0 if start_s is None else int(np.searchsorted(times_s, start_s, side="left"))
        end = high - low if stop_s is None else int(np.searchsorted(times_s, stop_s, side="right"))
        return slice(low + first, low + max(first, end))


def marks_of(channel: SmrxEvents, cuts: NDArray[np.int64]) -> Marks:
    """Read the marks of a channel, without snippets; segments but the first begin at the cuts."""
    items = channel.items
    rows = np.argsort(items["tick"], kind="stable")  # they are in order, unless the file is damaged
    codes = items["codes"][rows] if isinstance(channel, SmrxMarkers) else np.empty((len(items), 0), np.uint8)
    words, word = _labels(channel, codes, rows)
    ticks = items["tick"][rows]
    return Marks(channel, ticks, rows, codes, words, word, mark_edges(ticks, cuts))


def _labels(
    channel: SmrxEvents, codes: NDArray[np.uint8], rows: NDArray[np.int64]
) -> tuple[NDArray[np.str_], NDArray[np.int64] | NDArray[np.uint8]]:
    """Return the labels that a channel has, and which of them each mark has."""
    if isinstance(channel, SmrxTextMarks):
        return np.array(channel.texts or [""]), rows
    if channel.kind is Kind.EVENT_BOTH:
        return np.array(["fall", "rise"]), (codes[:, 0] > 0).astype(np.uint8)
    if isinstance(channel, SmrxMarkers):
        keyboard = channel.number == _KEYBOARD
        return np.array([key(code) if keyboard else str(code) for code in range(256)]), codes[:, 0]
    return np.array(["fall" if channel.kind is Kind.EVENT_FALL else "rise"]), np.zeros(len(rows), np.uint8)


def key(code: int) -> str:
    """Key of a keyboard's marker; the number where it is none that prints.

    >>> key(99), key(13)
    ('c', '13')
    """
    return chr(code) if chr(code).isprintable() else str(code)
