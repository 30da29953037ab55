"""A damaged NWB file, or one that is none, is refused by name: never a hang, never a silent empty session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest
from pynwb import NWBHDF5IO, NWBFile

from ephys.errors import FileFormatError
from ephys.io import read_session, write_nwb
from ephys.model import Administration, DoseProtocol, Event, Monitor, Recording, Session, Unit

FS = 20000.0


def _own(path: Path) -> Path:
    rng = np.random.default_rng(0)
    recording = Recording.from_array(rng.normal(0, 9, 4000).astype(np.int16), sampling_hz=FS)
    whole = recording.support
    given = (Administration("ipsapirone", 0.1, dose=20.0, dose_unit="ug/kg"),)
    unit = Unit.from_times(np.arange(0.01, 0.19, 0.02), support=whole)
    slow, marks = (Monitor("resp", np.arange(20.0), 100.0),), (Event(0.05, "sal"),)
    return write_nwb(Session("own", DoseProtocol(given, whole), recording, (unit,), marks, slow), path)


def _cut(tenth: int) -> Callable[[bytes], bytes]:
    return lambda whole: whole[: len(whole) * tenth // 10]


@pytest.mark.parametrize(
    "damage",
    [
        *(_cut(tenth) for tenth in range(1, 10)),
        lambda whole: bytes(512) + whole[512:],
        lambda whole: whole[:8] + bytes(1000) + whole[1008:],
        lambda whole: whole[:-8],
    ],
    ids=[*(f"cut at {tenth} tenths" for tenth in range(1, 10)), "no header", "zeroed header", "8 bytes lost"],
)
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = _own(tmp_path / "own.nwb")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FileFormatError, match=r"own\.nwb: ") as caught:
        read_session(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "gone",
    [
        "units/spike_times", "acquisition/ElectricalSeries/electrodes", "intervals/drug_administrations/drug",
        "session_start_time", "general/extracellular_ephys/electrodes/group",
    ],
)  # fmt: skip
def test_a_file_that_lacks_what_nwb_cannot_do_without_is_refused_by_name(tmp_path: Path, gone: str) -> None:
    path = _own(tmp_path / "own.nwb")
    with h5py.File(path, "r+") as file:
        del file[gone]
    with pytest.raises(FileFormatError, match=r"own\.nwb: ") as caught:
        read_session(path)
    assert "\n" not in str(caught.value)


def test_a_series_that_lost_its_samples_is_said_to_be_empty(tmp_path: Path) -> None:
    path = _own(tmp_path / "own.nwb")
    with h5py.File(path, "r+") as file:
        del file["acquisition/ElectricalSeries/data"]
    session = read_session(path)
    assert session.recording is None
    assert any("'ElectricalSeries' holds no steady signal: not read" in doubt for doubt in session.doubts)


def test_hdf5_that_is_no_nwb_says_what_it_holds(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "results.h5", "w") as file:
        file["spikes/times"] = np.arange(5.0)
    with pytest.raises(FileFormatError, match=r"results\.h5: an HDF5 file, but no NWB.*holds 'spikes'"):
        read_session(tmp_path / "results.h5")


def test_a_file_that_holds_nothing_is_no_empty_session(tmp_path: Path) -> None:
    with NWBHDF5IO(str(tmp_path / "a.nwb"), "w") as io:
        io.write(NWBFile("another's", "other", datetime(2020, 1, 2, tzinfo=UTC)))
    with pytest.raises(FileFormatError, match=r"a\.nwb: holds neither voltage nor units nor a slow signal"):
        read_session(tmp_path / "a.nwb")
