"""NumPy files: spike times of one unit (``.npy``) or one array per unit (``.npz``), or voltage with a description."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ephys.errors import FileFormatError
from ephys.io.contents import Contents
from ephys.io.foreign import foreign
from ephys.io.raw_binary import voltage_array_contents
from ephys.io.spike_times import in_seconds, spike_times_contents
from ephys.io.trains import Train
from ephys.model import ReadingSettings


def array_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a ``.npy`` file: one dimension are spike times, two are voltage.

    Raises
    ------
    FileFormatError
        If it is damaged, holds Python objects, sample numbers of an unknown rate, or voltage that nothing describes.
    """
    with foreign(path, "NumPy"):
        values = np.load(path, allow_pickle=False, mmap_mode="r")
    if values.ndim == 2 and min(values.shape) >= 1 and max(values.shape) > 1:
        return voltage_array_contents(path, reading)
    times, told = in_seconds(np.asarray(values), "", reading, what=str(path))
    return spike_times_contents(
        path, [Train("1", np.sort(times))], "spike times, NumPy", reading=reading, doubts=(told,)
    )


def archive_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a ``.npz`` file: one array of spike times per unit, under its name.

    Raises
    ------
    FileFormatError
        If it is damaged, or an array holds something else.
    """
    with foreign(path, "NumPy"):
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        for name, values in arrays.items():
            if values.ndim != 1 or values.dtype.kind not in "iuf":
                held = ", ".join(f"{n} {a.shape} of {a.dtype}" for n, a in arrays.items())
                raise FileFormatError(
                    f"{path}: every array must hold the spike times of one unit, and {name!r} does not; it holds "
                    f"{held}; save np.savez(file, unit1=times1, unit2=times2)"
                )
        read = {name: in_seconds(values, "", reading, what=f"{path}, {name!r}") for name, values in arrays.items()}
        trains = [Train(name, np.sort(times)) for name, (times, _) in read.items()]
        doubts = tuple(told for _, told in read.values())
        return spike_times_contents(path, trains, "spike times, NumPy archive", reading=reading, doubts=doubts)
