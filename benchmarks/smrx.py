"""How fast a large ``.smrx`` file is read, against numpy.fromfile of as many bytes out of the same file.

    python benchmarks/smrx.py [PAGE] [--gb 1 4.3]

A wire, a slow signal and marks are written without the vendor's library, and read back and compared before anything
is timed. Every way of reading opens the file anew; they take turns, and the fastest of the rounds counts. Cold: what
the system keeps of the file was dropped before (Linux; what lies below, a disk of its own or another machine's, may
still keep it). Bytes from disk include what the system reads ahead.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from smrx_recording import FULL, MARK_TICKS, MARKS, SLOW, TICK_S, WIRE, WIRE_TICKS, wave, write_recording
from sorting_page import machine

from ephys.io.smrx import SmrxEvents, SmrxFile, SmrxWave
from ephys.io.smrx.layout import PAGE

SECOND = round(1.0 / (TICK_S * WIRE_TICKS))
"""Samples of a second of the wire."""

YARDSTICK, WHOLE = "`numpy.fromfile` of as many bytes", "whole wire by `read_raw`"


@dataclass
class Cost:
    """Least seconds of one way of reading, warm and cold, and in its first round: MB from disk, of its own, mapped."""

    warm_s: float = np.inf
    cold_s: float = np.inf
    disk_mb: float = np.nan
    own_mb: float = np.nan
    mapped_mb: float = np.nan


def wire(file: SmrxFile) -> SmrxWave:
    """The wire of a file."""
    channel = file.channel(WIRE)
    assert isinstance(channel, SmrxWave)
    return channel


def check(path: Path, samples: int) -> int:
    """Compare what is read with what was written, and return how many blocks the second out of the middle needs."""
    with SmrxFile(path) as file:
        slow, marks = file.channel(SLOW), file.channel(MARKS)
        assert isinstance(slow, SmrxWave)
        assert isinstance(marks, SmrxEvents)
        middle, stop = samples // 2, samples // 2 + SECOND
        ((tick, part),) = wire(file).read_between(middle * WIRE_TICKS, stop * WIRE_TICKS)
        assert tick == middle * WIRE_TICKS
        assert np.array_equal(part, wave(middle, SECOND))
        blocks = len(wire(file).window(middle * WIRE_TICKS, stop * WIRE_TICKS, wire(file).last_tick_of).at)
        assert wire(file).run_lengths.tolist() == [samples]
        for first in range(0, samples, 1000 * FULL):
            part = wire(file).read_raw(first, first + 1000 * FULL)
            assert np.array_equal(part, wave(first, len(part)))
        assert np.array_equal(slow.read_raw(), wave(0, samples // 10))
        assert np.array_equal(marks.ticks, np.arange(samples * WIRE_TICKS // MARK_TICKS) * MARK_TICKS)
        assert not file.remarks
    return blocks


def ways(path: Path, samples: int) -> dict[str, Callable[[], object]]:
    """Ways of reading, by their names; each gives what it read, and the file, still open."""
    middle = samples // 2

    def fromfile() -> NDArray[np.int16]:
        return np.fromfile(path, "<i2", samples, offset=PAGE)

    def opened() -> object:
        file = SmrxFile(path)
        return file, file.channels

    def between() -> object:
        file = SmrxFile(path)
        return file, wire(file).read_between(middle * WIRE_TICKS, (middle + SECOND) * WIRE_TICKS)

    def raw() -> object:
        file = SmrxFile(path)
        return file, wire(file).read_raw(middle, middle + SECOND)

    def heads() -> object:
        file = SmrxFile(path)
        return file, wire(file).run_lengths

    def whole() -> object:
        file = SmrxFile(path)
        return file, wire(file).read_raw()

    return {
        YARDSTICK: fromfile,
        "open": opened,
        "a second out of the middle by `read_between`": between,
        "heads of all blocks of the wire (`run_lengths`)": heads,
        "a second out of the middle by `read_raw`": raw,
        WHOLE: whole,
    }


def costs(path: Path, samples: int, rounds: int = 5) -> dict[str, Cost]:
    """Time all ways in turns, warm and cold."""
    asked = ways(path, samples)
    found = {name: Cost() for name in asked}
    for number in range(rounds):
        for name, read in asked.items():
            one = found[name]
            read()  # whatever the turn before left or dropped, this one is warm
            one.warm_s = min(one.warm_s, _timed(read, one if not number else None))
            if drop(path):
                before = _figure("/proc/self/io", r"read_bytes: (\d+)", 1.0)
                one.cold_s = min(one.cold_s, _timed(read))
                one.disk_mb = (_figure("/proc/self/io", r"read_bytes: (\d+)", 1.0) - before) / 1e6
    return found


def _timed(read: Callable[[], object], memory: Cost | None = None) -> float:
    """Seconds of one reading; how much memory it took while its result was held, if that is asked."""
    before = [_figure("/proc/self/status", rf"{name}:\s+(\d+) kB", 1024e-6) for name in ("RssAnon", "RssFile")]
    began = time.perf_counter()
    held = read()
    took_s = time.perf_counter() - began
    if memory is not None:
        after = [_figure("/proc/self/status", rf"{name}:\s+(\d+) kB", 1024e-6) for name in ("RssAnon", "RssFile")]
        memory.own_mb, memory.mapped_mb = (max(0.0, b - a) for a, b in zip(before, after, strict=True))
    del held
    gc.collect()  # the file refers to its channels and they to it: now it is let go of
    return took_s


def _figure(file: str, pattern: str, unit: float) -> float:
    """A number that Linux tells of this process; NaN elsewhere."""
    try:
        found = re.search(pattern, Path(file).read_text())
    except OSError:
        return np.nan
    return float(found[1]) * unit if found else np.nan


def drop(path: Path) -> bool:
    """Have the system forget a file that lies on the disk; whether it can be asked to."""
    if not hasattr(os, "posix_fadvise"):
        return False
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def table(path: Path, samples: int, blocks: int, found: dict[str, Cost]) -> list[str]:
    """One file's part of the page."""
    n_blocks = samples // FULL
    lines = [
        f"## {path.stat().st_size / 1e9:.1f} GB: {samples * WIRE_TICKS * TICK_S / 3600.0:.1f} h, {n_blocks} blocks "
        "of the wire",
        "",
        "| what, the file opened anew | warm, ms | share of `fromfile` | cold, ms | share of `fromfile` "
        "| from disk, MB | own memory, MB | mapped, MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    least = found[YARDSTICK]
    for name, one in found.items():
        lines.append(
            f"| {name} | {1e3 * one.warm_s:.1f} | {one.warm_s / least.warm_s:.3f} | {1e3 * one.cold_s:.1f} | "
            f"{one.cold_s / least.cold_s:.3f} | {one.disk_mb:.1f} | {one.own_mb:.0f} | {one.mapped_mb:.0f} |"
        )
    return [*lines, "", f"The second by `read_between` needs {blocks} of the {n_blocks} blocks.", ""]


NOTES = """Own memory is what the process holds beyond what it held before, the result included; mapped are pages
of the file that the system keeps anyway and takes back when it needs room. The wire's blocks lie ten in a row, then
one of the slow signal. `read_raw` counts samples, so it looks at the head of every block first (once per open file);
`read_between` asks the index, and looks at no other block. Cold, the heads cost as much as the whole file, since the
system reads ahead of each, and the whole wire that and its copying.
"""


def main() -> None:
    """Write, check, time, and make the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, default=Path("benchmarks/results/smrx.md"))
    parser.add_argument("--gb", nargs="+", type=float, default=[1.0, 4.3])
    options = parser.parse_args()
    lines = ["# Reading a large `.smrx` file: one wire at 20 kHz, a slow signal, marks", ""]
    for size_gb in options.gb:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "large.smrx"
            samples = write_recording(path, round(size_gb * 1e9))
            blocks = check(path, samples)
            lines += table(path, samples, blocks, costs(path, samples))
    new = options.page.with_name(options.page.name + ".new")
    new.write_text("\n".join([*lines, NOTES, machine(), ""]))
    new.replace(options.page)
    print(options.page.read_text())


if __name__ == "__main__":
    main()
