"""What says how raw voltage lies in its file: a description of our own beside it, or one that another program wrote."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ephys.errors import FileFormatError
from ephys.io.foreign import foreign
from ephys.io.stated import band, count, names, number, number_type, numbers, text_of, values_of

RAW_SUFFIXES = (".raw", ".bin", ".dat", ".i16", ".pcm")
"""Names that headerless voltage goes by; with a description beside it, a file of any other name is read, too."""

TEMPLATE = 'sampling_hz = 20000.0 / n_channels = 1 / dtype = "int16" / gain_uv = 0.195'
"""The least that a description says, line by line."""

_KEYS = (
    "sampling_hz", "n_channels", "dtype", "gain_uv", "offset_uv", "start_s", "first_byte", "order", "channel_names",
    "band_hz",
)  # fmt: skip
_SPIKEINTERFACE = ("binary.json", "cached.json")
_TRIDESCLOUS = "info.json"
_PHY = "params.py"


@dataclass(frozen=True)
class RawDescription:
    """How raw voltage lies in its file.

    Parameters
    ----------
    file : Path
        The file that says so, for messages.
    sampling_hz : float
        Samples per second; 0 where it is not stated.
    n_channels : int
        Number of channels; 0 where it is not stated.
    dtype : numpy.dtype or None
        Type and byte order of the numbers; ``None`` where they are not stated.
    gain_uv : tuple of float
        Microvolts per stored number, one per channel or one for all; empty where not stated.
    offset_uv : tuple of float
        Microvolts of a stored 0, likewise.
    start_s : float
        When the first sample was taken.
    first_byte : int
        Bytes before the first sample.
    order : {"interleaved", "planar", ""}
        Sample by sample, or channel after channel; empty where not stated: sample by sample.
    channel_names : tuple of str
        One per channel; empty for ``ch0``, ``ch1``...
    band_hz : tuple of (float or None, float or None)
        The amplifier's band.
    doubts : tuple of str
        What is odd about the description.
    """

    file: Path
    sampling_hz: float = 0.0
    n_channels: int = 0
    dtype: np.dtype[Any] | None = None
    gain_uv: tuple[float, ...] = ()
    offset_uv: tuple[float, ...] = ()
    start_s: float = 0.0
    first_byte: int = 0
    order: str = ""
    channel_names: tuple[str, ...] = ()
    band_hz: tuple[float | None, float | None] = (None, None)
    doubts: tuple[str, ...] = ()


def description_of(path: Path) -> RawDescription | None:
    """Return what describes a file of raw voltage, the nearest first; ``None`` where nothing does.

    ``NAME.toml``, ``NAME.json`` (of our own, or of SpikeInterface), then what describes the folder: SpikeInterface's
    ``binary.json``, Phy's ``params.py`` where it names the file, tridesclous's ``info.json``.

    Raises
    ------
    FileFormatError
        If a description cannot be read, or what it says makes no sense: with file, key and value.
    """
    own = (path.name + ".toml", path.stem + ".toml", path.name + ".json", path.stem + ".json")
    beside: list[tuple[str, Callable[[Path, Path], RawDescription | None]]] = [(name, _named) for name in own]
    beside += [(name, _spikeinterface) for name in _SPIKEINTERFACE]
    beside += [(_PHY, _phy), (_TRIDESCLOUS, _tridesclous)]
    for name, read in beside:
        file = path.with_name(name)
        if file != path and file.is_file():
            description = read(file, path)
            if description is not None:
                return description
    return None


def no_description(path: Path) -> FileFormatError:
    """Return the error for raw voltage that nothing describes, with what to write."""
    return FileFormatError(
        f"{path}: not a format that is known; raw voltage without a header says neither its rate nor its channels: "
        f"write them into {path.stem}.toml beside it, one a line: {TEMPLATE} (and where they apply: "
        f"{', '.join(_KEYS[4:])})"
    )


def params_of(file: Path) -> dict[str, Any]:
    """Return the plain values in a ``params.py``; it is parsed and never run, what is no plain value is left out.

    Raises
    ------
    FileFormatError
        If it cannot be read, or is no Python.
    """
    try:
        tree = ast.parse(text_of(file), str(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FileFormatError(f"{file}: damaged, or no parameters of Phy: {error}") from error
    values: dict[str, Any] = {}
    for line in tree.body:
        if not (isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name)):
            continue
        try:
            values[line.targets[0].id] = ast.literal_eval(line.value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue  # an expression: it would have to be run
    return values


def of_params(file: Path, values: Mapping[str, Any]) -> RawDescription:
    """Return what a ``params.py`` says of its raw voltage."""
    return RawDescription(
        file,
        sampling_hz=number(file, values, "sample_rate", above=0.0),
        n_channels=count(file, values, "n_channels_dat", least=1),
        dtype=number_type(file, values),
        first_byte=count(file, values, "offset", least=0),
        doubts=(f"{file.name}: the voltage was high-passed before it was stored",) if values.get("hp_filtered") else (),
    )


# --- the descriptions ------------------------------------------------------------------------------------------------


def _named(file: Path, raw: Path) -> RawDescription | None:
    """Description by the name of the raw file: our own, or one of SpikeInterface."""
    values = values_of(file)
    if "kwargs" in values:
        return _spikeinterface(file, raw)
    if file.suffix.lower() == ".json" and not set(values) & set(_KEYS):
        return None  # some other program's notes
    for key in values:
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(_KEYS)}"
            raise FileFormatError(f"{file}: unknown key {key!r}, got {values[key]!r}; {hint}")
    order = values.get("order", "")
    if order not in ("", "interleaved", "planar"):
        raise FileFormatError(
            f"{file}: order must be 'interleaved' (sample by sample) or 'planar' (channel after channel), got {order!r}"
        )
    return RawDescription(
        file,
        sampling_hz=number(file, values, "sampling_hz", above=0.0),
        n_channels=count(file, values, "n_channels", least=1),
        dtype=number_type(file, values),
        gain_uv=numbers(file, values, "gain_uv"),
        offset_uv=numbers(file, values, "offset_uv"),
        start_s=number(file, values, "start_s"),
        first_byte=count(file, values, "first_byte", least=0),
        order=order,
        channel_names=names(file, values),
        band_hz=band(file, values),
    )


def _spikeinterface(file: Path, raw: Path) -> RawDescription | None:
    """Description that SpikeInterface wrote; ``None`` where it is of other files."""
    values = values_of(file).get("kwargs")
    values = values if isinstance(values, dict) else {}
    paths = values.get("file_paths", [])
    files = [Path(str(name)).name for name in (paths if isinstance(paths, list) else [paths])]
    if raw.name not in files:
        return None
    starts = values.get("t_starts") or [None] * len(files)
    start_s = starts[files.index(raw.name)] if isinstance(starts, list) and len(starts) == len(files) else None
    values = {"n_channels": values.get("num_channels") or values.get("num_chan"), "start_s": start_s, **values}
    gains = {key: values.get(key) or _property(file, key) for key in ("gain_to_uV", "offset_to_uV")}
    ids = values.get("channel_ids")
    return RawDescription(
        file,
        sampling_hz=number(file, values, "sampling_frequency", above=0.0),
        n_channels=count(file, values, "n_channels", least=1),
        dtype=number_type(file, values),
        gain_uv=numbers(file, gains, "gain_to_uV"),
        offset_uv=numbers(file, gains, "offset_to_uV"),
        start_s=number(file, values, "start_s"),
        first_byte=count(file, values, "file_offset", least=0),
        order="planar" if values.get("time_axis") == 1 else "interleaved",
        channel_names=tuple(str(name) for name in ids) if isinstance(ids, list) else (),
        doubts=(f"{file.name}: the voltage was filtered before it was stored",) if values.get("is_filtered") else (),
    )


def _property(file: Path, name: str) -> list[float] | None:
    """Return a channel property that SpikeInterface keeps beside its description."""
    stored = file.with_name("properties") / f"{name}.npy"
    if not stored.is_file():
        return None
    with foreign(stored, "NumPy"):
        return [float(value) for value in np.load(stored, allow_pickle=False).ravel()]


def _tridesclous(file: Path, raw: Path) -> RawDescription | None:
    """Description of a folder by tridesclous; ``None`` where it says nothing of raw voltage."""
    values = values_of(file)
    shape = values.get("shape")
    if "sample_rate" not in values or not isinstance(shape, list) or len(shape) != 2:
        return None
    others = sorted(f.name for f in raw.parent.iterdir() if f.suffix == raw.suffix and f != raw)
    also = f", as it does of {', '.join(others[:5])}" if others else ""
    return RawDescription(
        file,
        sampling_hz=number(file, values, "sample_rate", above=0.0),
        n_channels=count(file, {"shape": shape[1]}, "shape", least=1),
        dtype=number_type(file, values),
        doubts=(f"{file.name} speaks of the folder and does not name {raw.name}{also}; check that it holds",),
    )


def _phy(file: Path, raw: Path) -> RawDescription | None:
    """Description by Phy's parameters; ``None`` where they name another file."""
    values = params_of(file)
    named = values.get("dat_path", "")
    files = [Path(str(name)).name for name in (named if isinstance(named, list | tuple) else [named])]
    return of_params(file, values) if raw.name in files else None
