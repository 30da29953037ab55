"""What the reader reads is what the vendor's library reads, in every array of every file there is."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ephys.errors import DamagedFileWarning
from ephys.io.smrx import SmrxChannel, SmrxFile, SmrxMarkers, SmrxTextMarks, SmrxWaveMarks
from ephys.io.son import open_son

VENDOR = "EPHYS_SONPY_PYTHON"
"""Names a Python 3.9 that has the vendor's library."""

HERE = Path(__file__).resolve().parent
CLOSED = sorted(path.stem for path in (HERE / "files").glob("*.npz") if not path.stem.startswith("unclosed"))
UNCLOSED = ["unclosed_after_commit", "unclosed_after_header", "unclosed_at_end"]

READ: dict[str, Callable[[Any], Any]] = {
    "samples": lambda channel: channel.read_raw(),
    "run_start_tick": lambda channel: channel.run_start_ticks,
    "run_length": lambda channel: channel.run_lengths,
    "ideal_rate": lambda channel: channel.ideal_rate_hz,
    "rows_cols_pre": lambda channel: (channel.points, channel.traces, channel.pre),
}
"""How a fact that has another name here is read; the rest are attributes."""


def same(channel: SmrxChannel, name: str, expected: Any) -> bool:
    """Whether a fact of a channel is what it should be."""
    found = READ.get(name, lambda c: getattr(c, name))(channel)
    if name == "divide" and channel.divide == 0:
        return bool(expected == 1)  # so the library says of a channel without samples
    return np.array_equal(np.asarray(found), np.asarray(expected))


def wrong_arrays(file: SmrxFile, known: dict[str, Any]) -> list[str]:
    """Names of the arrays of a file that are not as known."""
    names = [name for name in known if name.startswith("chan")]
    split = {name: name.removeprefix("chan").split("_", 1) for name in names}
    return [name for name, (number, fact) in split.items() if not same(file.channel(int(number)), fact, known[name])]


def wrong_facts(file: SmrxFile, facts: dict[str, Any]) -> list[str]:
    """Names of what is said of a file and its channels, and is not as known."""
    date = facts["time_date"]
    started = file.started_at
    of_file = {
        "time_base_s": file.time_base_s == facts["time_base_s"],
        "max_time": file.max_time_ticks == facts["max_time"],
        "file_comments": [*file.file_comments, "", "", ""][:8] == facts["file_comments"],
        "time_date": date[6] == 0
        if started is None
        else [started.microsecond // 10_000, started.second, started.minute, started.hour, *_day(started)] == date,
        "creator": file.creator == facts["creator"].rstrip("\0"),
        "version": file.version[0] * 256 + file.version[1] == facts["version"],
        "channels": [str(channel.number) for channel in file.channels] == list(facts["channels"]),
    }
    of_channels = {
        f"chan{number}_{name}": same(file.channel(int(number)), name, value)
        for number, row in facts["channels"].items()
        for name, value in row.items()
    }
    return [name for name, right in (of_file | of_channels).items() if not right]


def _day(started: Any) -> list[int]:
    return [started.day, started.month, started.year]


def load(path: Path) -> dict[str, Any]:
    """Truth of a file, ``facts`` as a dict."""
    with np.load(path) as archive:
        known = {name: archive[name] for name in archive.files}
    if "facts" in known:
        known["facts"] = json.loads(known["facts"].tobytes())
    return known


@pytest.mark.parametrize("name", CLOSED)
def test_every_number_and_text_is_as_the_vendors_library_reads_it(name: str, smrx: Callable[[str], Path]) -> None:
    known = load(HERE / "files" / f"{name}.npz")
    with SmrxFile(smrx(name)) as file:  # warnings are errors: a sound file gives none
        assert wrong_facts(file, known["facts"]) == []
        assert wrong_arrays(file, known) == []
        assert file.was_closed
        assert file.remarks == []


@pytest.mark.parametrize("name", UNCLOSED)
def test_of_a_file_never_closed_all_that_reached_the_disk_is_read(name: str, smrx: Callable[[str], Path]) -> None:
    known = load(HERE / "files" / f"{name}.npz")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        file = SmrxFile(smrx(name))
    assert wrong_arrays(file, known) == []


def merged(known: dict[str, Any]) -> dict[str, Any]:
    """Truth whose runs of samples are unbroken: the older script of the shared files left them in pieces."""
    known = dict(known)
    for name in [name for name in known if name.endswith("run_length")]:
        starts, divide = (known[name.replace("run_length", fact)] for fact in ("run_start_tick", "divide"))
        ends = starts + known[name] * divide
        new = np.flatnonzero(np.concatenate([[True], starts[1:] != ends[:-1]])[: len(starts)])
        known[name.replace("run_length", "run_start_tick")] = starts[new]
        known[name] = np.add.reduceat(known[name], new) if len(new) else known[name]
    return known


@pytest.mark.real_data
def test_every_file_of_the_shared_folder_is_read_as_the_vendors_library_reads_it(shared_data: Path) -> None:
    files = sorted((shared_data / "smrx").glob("*.smrx"))
    assert len(files) >= 11
    for path in files:
        known = merged(load(path.with_suffix(".npz")))
        with SmrxFile(path) as file:
            assert wrong_arrays(file, known) == [], path.name
            assert file.time_base_s == known["time_base_s"]
            assert list(file.file_comments) == known["file_comments"].tolist()
            assert file.max_time_ticks == known["max_time"]


@pytest.mark.real_data
def test_a_real_recording_is_the_same_in_64_bits_as_in_32(shared_data: Path) -> None:
    old = open_son(shared_data / "spike2" / "Extracellular_Spikes.smr")
    with SmrxFile(shared_data / "spike2_transcoded" / "Extracellular_Spikes.smrx") as new:
        spikes, drug = new.channels
        assert isinstance(spikes, SmrxWaveMarks)
        assert isinstance(drug, SmrxTextMarks)
        assert new.time_base_s == old.tick_s
        for mine, theirs in ((spikes, old.channels[0]), (drug, old.channels[1])):
            marks = theirs.data.read()
            assert isinstance(mine, SmrxMarkers)
            assert (mine.number + 1, mine.title, mine.units) == (theirs.number, theirs.title, theirs.unit)
            np.testing.assert_array_equal(mine.ticks, marks["tick"])
            np.testing.assert_array_equal(mine.codes, np.ascontiguousarray(marks["marker"]).view("u1").reshape(-1, 4))
        assert spikes.divide * new.time_base_s == pytest.approx(old.channels[0].interval_s)
        assert spikes.scale / 6553.6 == pytest.approx(old.channels[0].gain)
        samples = old.channels[0].data.read()["waveform"]
        np.testing.assert_array_equal(spikes.waves, samples.reshape(spikes.waves.shape))
        assert drug.texts == ["Drug added"]


@pytest.mark.reference
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_files_that_the_vendors_library_writes_now_are_read_as_it_reads_them(seed: int, tmp_path: Path) -> None:
    if VENDOR not in os.environ:
        pytest.skip(f"no vendor's library here: set {VENDOR} to a Python 3.9 that has it")
    command = [os.environ[VENDOR], str(HERE / "write_files.py"), str(tmp_path), "--seed", str(seed), "--plain"]
    subprocess.run(command, check=True, timeout=600, capture_output=True)
    for name in CLOSED:
        known = load(tmp_path / f"{name}.npz")
        with SmrxFile(tmp_path / f"{name}.smrx") as file:
            assert wrong_facts(file, known["facts"]) == [], name
            assert wrong_arrays(file, known) == [], name
    for name in UNCLOSED:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DamagedFileWarning)
            file = SmrxFile(tmp_path / f"{name}.smrx")
        assert wrong_arrays(file, load(tmp_path / f"{name}.npz")) == [], name
