"""Raw voltage: numbers without a header, read by the description beside them, and never more than is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents, scale_uv
from ephys.io.foreign import foreign, with_remarks
from ephys.io.raw_description import TEMPLATE, RawDescription, description_of, no_description
from ephys.io.sources import ChainReader, CountSource, GridValues, ReadCounts
from ephys.model import Epoch, Monitor, ReadingSettings, Recording, Run, Support


@dataclass(frozen=True)
class BinaryReader:
    """Reads one channel of numbers that lie bare in a file; the file is mapped for each read and let go.

    Parameters
    ----------
    path : Path
        The file.
    dtype : numpy.dtype
        Type and byte order of the numbers.
    n_samples, n_channels, channel : int
        Size, and the channel to be read, from 0.
    first_byte : int
        Bytes before the first sample.
    planar : bool
        Channel after channel, instead of sample by sample.
    """

    path: Path
    dtype: np.dtype[Any]
    n_samples: int
    n_channels: int = 1
    channel: int = 0
    first_byte: int = 0
    planar: bool = False

    def __call__(self, start: int, stop: int) -> NDArray[Any]:
        """Stored numbers ``[start, stop)`` as (samples, 1)."""
        shape = (self.n_channels, self.n_samples) if self.planar else (self.n_samples, self.n_channels)
        mapped = np.memmap(self.path, self.dtype, "r", self.first_byte, shape)
        rows = mapped.T if self.planar else mapped
        return np.array(rows[start:stop, self.channel : self.channel + 1])


@dataclass(frozen=True, eq=False)
class BinarySignal:
    """A continuous channel whose numbers lie bare in one or more files.

    Parameters
    ----------
    channel : Channel
        What the list of contents says of it.
    read_counts : callable (start, stop) -> array (samples, 1)
        Reads the stored numbers.
    dtype : numpy.dtype
        Type of the numbers as they are read.
    gain, offset : float
        The channel's own unit per stored number, and its value of a stored 0.
    band_hz : tuple of (float or None, float or None)
        The amplifier's band, where the file says.
    """

    channel: Channel
    read_counts: ReadCounts
    dtype: np.dtype[Any]
    gain: float = 1.0
    offset: float = 0.0
    band_hz: tuple[float | None, float | None] = (None, None)

    @property
    def runs(self) -> tuple[Run, ...]:
        """Its one stretch on the session's clock."""
        return (Run(0, self.channel.count, self.channel.start_s),)

    @property
    def step(self) -> float | None:
        """Channel's own unit per count; ``None`` where floating-point numbers are stored."""
        return self.gain if self.dtype.kind in "iu" else None

    def recording(self, reading: ReadingSettings, name: str) -> Recording:
        """Return the voltage in µV, unread."""
        channel = self.channel
        gain_uv, offset_uv = scale_uv(reading, channel.unit, self.gain, self.offset)
        source = CountSource(self.read_counts, channel.count, 1, self.dtype, gain_uv, offset_uv)
        band_hz = reading.band if reading.band_hz else self.band_hz
        return Recording(source, channel.sampling_hz, self.runs, (channel.name,), band_hz, name)

    def monitor(self) -> Monitor:
        """Return the values in their own unit, unread."""
        channel = self.channel
        values = GridValues(self.read_counts, self.runs, channel.sampling_hz, self.gain, self.offset)
        return Monitor(channel.name, values, channel.sampling_hz, channel.start_s, channel.unit)


def raw_binary_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read raw voltage by what describes it: ``NAME.toml`` or ``.json`` beside it, or what another program wrote.

    Raises
    ------
    FileFormatError
        If nothing describes it, the description makes no sense or does not fit, or the file holds not one sample.
    """
    with foreign(path, "raw voltage") as said:
        description = description_of(path)
        if description is None:
            raise no_description(path)
        contents = _contents(path, "raw voltage", reading, description)
    return with_remarks(contents, said)


def voltage_array_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read the voltage in a two-dimensional ``.npy``, whose rate `reading` or a description beside it states.

    Raises
    ------
    FileFormatError
        If the rate is not stated, the description does not fit, or the file is cut short.
    """
    with foreign(path, "NumPy") as said:
        array = np.lib.format.open_memmap(path, mode="r")
        description = description_of(path) or RawDescription(path)
        samples, channels = max(array.shape), min(array.shape)
        stated = (description.n_channels or channels, description.dtype or array.dtype)
        if stated != (channels, array.dtype) or array.dtype.kind not in "iuf":
            raise FileFormatError(
                f"{path}: holds {samples} samples of {channels} channels of {array.dtype}, {description.file.name} "
                f"states {stated[0]} channels of {stated[1]}"
            )
        description = replace(
            description,
            n_channels=channels,
            dtype=array.dtype,
            first_byte=int(array.offset),
            order="planar" if (array.shape[0] < array.shape[1]) != np.isfortran(array) else "interleaved",
        )
        contents = _contents(path, "voltage, NumPy", reading, description)
    return with_remarks(contents, said)


def _contents(path: Path, kind: str, reading: ReadingSettings, description: RawDescription) -> Contents:
    """Return the session of one file of raw voltage."""
    signals, doubts = raw_signals([path], description, reading)
    channel = signals[0].channel
    recorded = Support.of(Epoch(channel.start_s, channel.stop_s, "recorded"))
    found = Found(doubts=(*description.doubts, *doubts))
    return assemble(path, kind, reading, signals, found, lambda: recorded)


def raw_signals(
    paths: Sequence[Path], description: RawDescription, reading: ReadingSettings
) -> tuple[tuple[BinarySignal, ...], tuple[str, ...]]:
    """List the channels of raw voltage; several files follow one another without a pause.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    description : RawDescription
        How the numbers lie in them.
    reading : ReadingSettings
        What the user says: the rate wins over the description's.

    Returns
    -------
    signals : tuple of BinarySignal
    doubts : tuple of str

    Raises
    ------
    FileFormatError
        If the description lacks something, does not fit, or there is not one whole sample.
    """
    hz = reading.sampling_hz or description.sampling_hz
    dtype, channels = description.dtype, description.n_channels
    stated = {"sampling_hz": hz, "n_channels": channels, "dtype": dtype is not None}
    missing = ", ".join(name for name, value in stated.items() if not value)
    if missing or dtype is None:
        raise FileFormatError(f"{description.file}: does not state {missing}; a description says: {TEMPLATE}")
    names = description.channel_names or tuple(f"ch{i}" for i in range(channels))
    scales = [_per_channel(description, key, value) for key, value in (("gain_uv", 1.0), ("offset_uv", 0.0))]
    if len(names) != channels:
        raise FileFormatError(f"{description.file}: {len(names)} channel_names for n_channels = {channels}")
    sizes = [_samples(path, description, dtype) for path in paths]
    samples = sum(size for size, _ in sizes)
    unit, start_s = "uV" if description.gain_uv else "", description.start_s
    signals = []
    for i, name in enumerate(names):
        channel = Channel(i + 1, name, "voltage", samples, unit, hz, start_s, start_s + samples / hz)
        layout = (channels, i, description.first_byte, description.order == "planar")
        parts = tuple((BinaryReader(p, dtype, n, *layout), n) for p, (n, _) in zip(paths, sizes, strict=True))
        read = parts[0][0] if len(parts) == 1 else ChainReader(parts)
        signals.append(BinarySignal(channel, read, dtype, scales[0][i], scales[1][i], description.band_hz))
    return tuple(signals), tuple(doubt for _, doubt in sizes if doubt)


def _per_channel(description: RawDescription, key: str, otherwise: float) -> tuple[float, ...]:
    """Return one number per channel.

    Raises
    ------
    FileFormatError
        If there are more or fewer than channels, and more than one.
    """
    numbers: tuple[float, ...] = getattr(description, key) or (otherwise,)
    if len(numbers) not in (1, description.n_channels):
        raise FileFormatError(f"{description.file}: {len(numbers)} {key} for n_channels = {description.n_channels}")
    return numbers * description.n_channels if len(numbers) == 1 else numbers


def _samples(path: Path, description: RawDescription, dtype: np.dtype[Any]) -> tuple[int, str]:
    """Samples per channel in a file, and in words what is left over.

    Raises
    ------
    FileFormatError
        If there is not one, or what lies channel after channel does not come out even.
    """
    frame = description.n_channels * dtype.itemsize
    held = path.stat().st_size - description.first_byte
    samples, left = divmod(max(held, 0), frame)
    what = f"{description.n_channels} channels of {dtype.name} ({frame} bytes a sample) by {description.file.name}"
    if samples == 0:
        raise FileFormatError(f"{path}: {max(held, 0)} bytes of voltage hold not one sample of {what}")
    if not left:
        return samples, ""
    if description.order == "planar":
        raise FileFormatError(
            f"{path}: {held} bytes are not a whole number of samples of {what}, channel after channel"
        )
    return samples, (
        f"{path.name}: {left} bytes are left over after {samples} samples of {what}: cut short, or not so described"
    )
