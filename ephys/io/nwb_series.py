"""Electrical series of an NWB file: which are stretches of one, when they were sampled, in what scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.contents import Channel, scale_uv
from ephys.io.sources import ChainReader, Counts, CountSource, GridValues, Hdf5Reader, ReadCounts
from ephys.io.trains import unique_names
from ephys.model import Monitor, ReadingSettings, Recording, Run

_STAMPS = 1_000_000
"""Time stamps that are looked at in one piece."""

_PAUSE = 1.5
"""Time stamps farther apart than so many samples lie on either side of a pause."""


@dataclass(frozen=True, eq=False)
class Track:
    """Series that follow one another on the same electrodes: several channels, sampled together."""

    parts: tuple[Any, ...]
    runs: tuple[Run, ...]
    sampling_hz: float
    path: Path

    @property
    def n_channels(self) -> int:
        """How many channels were sampled."""
        return int(self.parts[0].data.shape[1]) if self.parts[0].data.ndim == 2 else 1

    @property
    def n_samples(self) -> int:
        """Samples per channel, pauses left out."""
        return sum(len(series.data) for series in self.parts)

    @property
    def stop_s(self) -> float:
        """When the last sample was over."""
        return self.runs[-1].start_s + self.runs[-1].n_samples / self.sampling_hz

    @property
    def counts(self) -> bool:
        """Whether whole numbers are stored."""
        return bool(self.parts[0].data.dtype.kind in "iu")

    @property
    def electrodes(self) -> tuple[int, ...]:
        """Row of each channel in the table of electrodes."""
        return _rows(self.parts[0])

    def labels(self, column: str) -> tuple[str, ...]:
        """What the table of electrodes says of each channel; empty where it has no such column."""
        table = self.parts[0].electrodes.table
        if column not in table.colnames or len(self.electrodes) != self.n_channels:
            return ("",) * self.n_channels
        return tuple(str(table[column][row]) for row in self.electrodes)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the channels, by their electrodes where those have names."""
        named = self.labels("channel_name")
        name = self.parts[0].name
        numbered = (name,) if self.n_channels == 1 else tuple(f"{name} {i}" for i in range(self.n_channels))
        return named if "channel_name" in self.parts[0].electrodes.table.colnames and any(named) else numbered

    def scale(self, reading: ReadingSettings) -> tuple[tuple[float, ...], float]:
        """Microvolts per stored number of each channel, and their offset."""
        series = self.parts[0]
        each = np.ones(self.n_channels) if series.channel_conversion is None else series.channel_conversion[:]
        scales = [scale_uv(reading, "V", float(series.conversion) * float(c), float(series.offset or 0)) for c in each]
        return tuple(gain for gain, _ in scales), scales[0][1]

    def recording(
        self, columns: Sequence[int], reading: ReadingSettings, *, name: str, band_hz: tuple[float | None, float | None]
    ) -> Recording:
        """Return some of the channels in µV, unread; where each has a scale of its own, they are scaled one by one."""
        gains, offset_uv = self.scale(reading)
        own = tuple(gains[c] for c in columns)
        reader = self._reader(columns)
        alike = len(set(own)) == 1
        source = CountSource(
            reader if alike else _ScaledReader(reader, own), self.n_samples, len(own),
            self.parts[0].data.dtype if alike else np.dtype(np.float32), own[0] if alike else 1.0, offset_uv,
        )  # fmt: skip
        names = tuple(self.names[c] for c in columns)
        return Recording(source, self.sampling_hz, self.runs, names, band_hz, name)

    def monitor(self, column: int, reading: ReadingSettings, *, name: str) -> Monitor:
        """Return one channel as a slow signal in µV, unread; a pause is NaN."""
        gains, offset_uv = self.scale(reading)
        values = GridValues(self._reader([column]), self.runs, self.sampling_hz, gains[column], offset_uv)
        return Monitor(name, values, self.sampling_hz, self.runs[0].start_s, "uV")

    def _reader(self, columns: Sequence[int]) -> ChainReader:
        """Return what reads the stored numbers of some channels, the pauses left out."""
        return ChainReader(tuple((_reader(series, tuple(columns)), len(series.data)) for series in self.parts))


@dataclass(frozen=True)
class _ScaledReader:
    """Reads channels that each have their own scale."""

    read_counts: ReadCounts
    gains_uv: tuple[float, ...]

    def __call__(self, start: int, stop: int) -> Counts:
        """Samples ``[start, stop)`` in µV, without their offset."""
        return self.read_counts(start, stop).astype(np.float32) * np.array(self.gains_uv, dtype=np.float32)


def _reader(series: Any, columns: tuple[int, ...]) -> Hdf5Reader:
    """Return what reads one series; it may lie in another file that this one links to."""
    return Hdf5Reader(Path(series.data.file.filename), series.data.name, columns if series.data.ndim == 2 else None)


# --- which series belong together ------------------------------------------------------------------------------------


def find_tracks(series: Sequence[Any], path: Path) -> list[Track]:
    """Return the series of electrodes, those that follow one another on the same electrodes as one.

    Raises
    ------
    FileFormatError
        If a series is compressed in a way that cannot be read here.
    """
    chains: list[list[_Stretch]] = []
    for stretch in sorted((_stretch(one, path) for one in series), key=lambda stretch: stretch.runs[0].start_s):
        before = [chain for chain in chains if stretch.follows(chain[-1])]
        if before:
            before[0].append(stretch)
        else:
            chains.append([stretch])
    return [_track(chain, path) for chain in chains]


@dataclass(frozen=True, eq=False)
class _Stretch:
    """One series with its clock."""

    series: Any
    sampling_hz: float
    runs: tuple[Run, ...]

    def follows(self, other: _Stretch) -> bool:
        """Whether this goes on where the other, in the same scale and on the same electrodes, has ended."""
        last = other.runs[-1]
        ends_s = last.start_s + (last.n_samples - 0.5) / other.sampling_hz
        return self.kind == other.kind and ends_s <= self.runs[0].start_s

    @property
    def kind(self) -> tuple[Any, ...]:
        """What two stretches of one recording share."""
        one = self.series
        scale = (one.conversion, one.offset, *([] if one.channel_conversion is None else one.channel_conversion[:]))
        return self.sampling_hz, one.data.shape[1:], one.data.dtype, _rows(one), scale


def _stretch(series: Any, path: Path) -> _Stretch:
    """Return one series with its clock."""
    _check_readable(series, path)
    return _Stretch(series, *_clock(series))


def _track(chain: Sequence[_Stretch], path: Path) -> Track:
    """Return series that follow one another, their samples numbered through."""
    runs: list[Run] = []
    for stretch in chain:
        first = runs[-1].first_sample + runs[-1].n_samples if runs else 0
        runs += [replace(run, first_sample=first + run.first_sample) for run in stretch.runs]
    return Track(tuple(stretch.series for stretch in chain), tuple(runs), chain[0].sampling_hz, path)


def _rows(series: Any) -> tuple[int, ...]:
    """Rows of a series in the table of electrodes."""
    return tuple(int(row) for row in series.electrodes.data[:])


def _check_readable(series: Any, path: Path) -> None:
    """Raise if the samples are compressed by a filter that is not installed."""
    plan = series.data.id.get_create_plist()
    for i in range(plan.get_nfilters()):
        code, _, _, name = plan.get_filter(i)
        if not h5py.h5z.filter_avail(code):
            known = f" ({name.decode()})" if name else ""
            raise FileFormatError(
                f"{path}: {series.name!r} is compressed with HDF5 filter {code}{known}, which is not installed; "
                "install hdf5plugin and import it before ephys"
            )


# --- when the samples were taken -------------------------------------------------------------------------------------


def _clock(series: Any) -> tuple[float, tuple[Run, ...]]:
    """Samples per second, and the unbroken stretches; time stamps are searched for pauses."""
    length = len(series.data)
    if series.rate:
        return float(series.rate), (Run(0, length, float(series.starting_time or 0.0)),)
    stamps = series.timestamps
    firsts, seconds = [0], 0.0
    typical_s = _typical_step_s(stamps)
    for start, steps in _steps(stamps):
        pauses = np.flatnonzero((steps > _PAUSE * typical_s) | (steps < 0))
        seconds += float(steps.sum() - steps[pauses].sum())
        firsts += (pauses + start + 1).tolist()
    steady = length - len(firsts)
    hz = float(f"{steady / seconds:.9g}") if seconds > 0 else 1.0 / typical_s
    bounds = zip(firsts, [*firsts[1:], length], strict=True)
    return hz, tuple(Run(a, b - a, float(stamps[a])) for a, b in bounds)


def _typical_step_s(stamps: Any) -> float:
    """Return the commonest step between time stamps: the median of the first ones that are apart at all."""
    steps = np.diff(np.asarray(stamps[:_STAMPS], dtype=np.float64))
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 1.0


def _steps(stamps: Any) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Give the steps between time stamps piece by piece, with the number of each piece's first stamp."""
    for start in range(0, len(stamps) - 1, _STAMPS):
        yield start, np.diff(np.asarray(stamps[start : start + _STAMPS + 1], dtype=np.float64))


# --- the list of contents --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Wire:
    """One channel of a track, as the list of contents has it."""

    channel: Channel
    track: Track
    column: int

    @property
    def electrode(self) -> int:
        """Row in the table of electrodes; -1 where the file does not say."""
        rows = self.track.electrodes
        return rows[self.column] if len(rows) == self.track.n_channels else -1


def list_wires(tracks: Sequence[Track]) -> list[Wire]:
    """Return every channel of every track, numbered from 1, the name of each its own."""
    places = [(track, column) for track in tracks for column in range(track.n_channels)]
    numbers = list(range(1, len(places) + 1))
    names = unique_names([track.names[column] for track, column in places], numbers)
    return [
        Wire(
            Channel(
                number, name, "voltage", track.n_samples, "uV", track.sampling_hz, track.runs[0].start_s, track.stop_s,
                "not read", track.labels("group_name")[column],
            ),
            track,
            column,
        )
        for number, name, (track, column) in zip(numbers, names, places, strict=True)
    ]  # fmt: skip
