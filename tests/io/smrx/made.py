"""A new .smrx file under the hands of the vendor's library, written a channel at a time; see `write_files.py`."""

from __future__ import annotations

import numpy as np
from sonpy import lib as sp

KIND = sp.DataType


def steps(rng, n, mean):
    """Return n rising ticks, about `mean` apart; their steps and lowest bytes recur: they are small when compressed."""
    pattern = rng.integers(1, 2 * mean, 16)
    pattern[-1] += -pattern.sum() % 256
    return np.cumsum(np.resize(pattern, n)).astype(np.int64)


class Made:
    """A file being written, and what the library does not give back of it: texts, and levels of both-edge channels.

    Parameters
    ----------
    path : Path
        Of the file.
    rng : numpy.random.Generator
        Where its numbers come from.
    channels, area : int
        Room for channels, bytes for the user's own data.
    tick_s : float
        Seconds per tick.
    """

    def __init__(self, path, rng, channels=32, area=0, tick_s=1e-6):
        self.file = sp.SonFile(str(path), channels, area)
        assert self.file.GetOpenError() == 0, path
        self.file.SetTimeBase(tick_s)
        self.rng, self.said, self.levels = rng, {}, {}
        self._pattern = rng.integers(-500, 500, 251).astype(np.int16)

    def close(self):
        """Close the file: the library has no other way."""
        del self.file

    def few(self, n):
        """Return n samples out of a pattern that recurs, from anywhere in it: they are small when compressed."""
        return np.resize(np.roll(self._pattern, self.rng.integers(251)), n)

    def describe(self, number, title, comment, units):
        """Set the texts of a channel."""
        assert not any(
            (
                self.file.SetChannelTitle(number, title),
                self.file.SetChannelComment(number, comment),
                self.file.SetChannelUnits(number, units),
            )
        )

    def wave(self, number, every, runs, real=False, title="", rate=0.0, physical=-1):
        """Write a channel of samples, (first tick, samples) of each run."""
        kind = KIND.RealWave if real else KIND.Adc
        assert self.file.SetWaveChannel(number, every, kind, rate, physical) == 0
        if title:
            self.file.SetChannelTitle(number, title)
        for tick, samples in runs:
            write, dtype = (self.file.WriteFloats, np.float32) if real else (self.file.WriteInts, np.int16)
            assert write(number, np.asarray(samples).astype(dtype), int(tick)) >= 0

    def events(self, number, ticks, kind, high=False, physical=-1):
        """Write a channel of events."""
        assert self.file.SetEventChannel(number, 10.0, getattr(KIND, kind), physical) == 0
        if kind == "EventBoth":
            self.levels[number] = high
            assert self.file.SetInitialLevel(number, high) == 0
        if len(ticks):
            assert self.file.WriteEvents(number, np.asarray(ticks)) == 0

    def _write(self, write, number, marks, kind):
        """Write marks of any kind, if any."""
        if len(marks):
            assert write(number, np.array(marks, dtype=kind)) == 0

    def markers(self, number, ticks, codes, new=True):
        """Write a channel of markers."""
        assert not new or self.file.SetMarkerChannel(number, 100.0) == 0
        marks = [sp.DigMark(int(t), *map(int, codes[k])) for k, t in enumerate(ticks)]
        self._write(self.file.WriteMarkers, number, marks, sp.DigMark)

    def texts(self, number, ticks, texts, room, codes=None, new=True):
        """Write a channel of texts, with room for so many bytes each."""
        assert not new or self.file.SetTextMarkChannel(number, 1.0, room) == 0
        codes = [(k % 256, k % 7, 3, 255) for k in range(len(ticks))] if codes is None else codes
        full = [text + "\0" * (room - len(text.encode())) for text in texts]  # else the library reads on for so long
        marks = [sp.TextMarker(full[k], int(t), *map(int, codes[k])) for k, t in enumerate(ticks)]
        self._write(self.file.WriteTextMarks, number, marks, sp.TextMarker)
        self.said[number] = ([] if new else self.said[number]) + list(texts)

    def wavemarks(self, number, ticks, points, traces, pre, every, new=True):
        """Write a channel of snippets, of which a few recur."""
        assert not new or self.file.SetWaveMarkChannel(number, 100.0, points, traces, -1, every, pre) == 0
        shapes = self.rng.integers(-3000, 3000, (5, points, 1)) // (1 + np.arange(traces)) + np.arange(traces)
        self.wavemarks_of(
            number,
            ticks,
            [(k % 5, k % 3, 1, 200) for k in range(len(ticks))],
            np.resize(shapes, (len(ticks), points, traces)),
        )

    def wavemarks_of(self, number, ticks, codes, waves):
        """Write snippets to a channel of them, (marks, points, traces)."""
        for k in range(0, len(ticks), 500):
            marks = [
                sp.WaveMarker(waves[i].tolist(), int(ticks[i]), *map(int, codes[i]))
                for i in range(k, min(k + 500, len(ticks)))
            ]
            self._write(self.file.WriteWaveMarks, number, marks, sp.WaveMarker)

    def reals(self, number, ticks, points, new=True):
        """Write a channel of numbers, of which a few recur."""
        assert not new or self.file.SetRealMarkChannel(number, 1.0, points) == 0
        shapes = np.float32(self.rng.standard_normal((3, points))).tolist()
        marks = [sp.RealMarker(shapes[k % 3], int(t), k % 5, 7, 8, 9) for k, t in enumerate(ticks)]
        self._write(self.file.WriteRealMarks, number, marks, sp.RealMarker)
