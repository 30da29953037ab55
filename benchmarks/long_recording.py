"""Does memory grow with the length of a recording? The whole pipeline on hours of four wires at 30 kHz.

    python benchmarks/long_recording.py [PAGE] [--hours 4] [--every 3]

A minute of noise and two cells is written once and again, every third minute; the rest of the file is a hole that
takes no room on the disk, reads as zeros, and is excised as flat. With ``--every 1`` the file is whole. Each command
runs in a process of its own; its peak of memory is what Linux says of it (VmHWM). The same is done with ten minutes,
so that what grows with the length is seen.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sorting_page import machine

from ephys.simulation import CellSpec, NoiseSettings
from ephys.simulation.noise import noise_chunks
from ephys.simulation.spikes import add_spikes, spike_shape
from ephys.simulation.trains import renewal_train

SAMPLING_HZ, GAIN_UV, CHANNELS, MINUTE_S = 30000.0, 0.25, 4, 60.0
CELLS = (
    CellSpec(name="wide", amplitude_uv=120.0, rate_hz=1.7),
    CellSpec(name="fast", cell_type="fast", amplitude_uv=90.0, polarity=-1, rate_hz=5.0, cv=0.5),
)
SEEN_BY = ((1.0, 0.7, 0.4, 0.2), (0.2, 0.5, 1.0, 0.8))
"""Share of each cell's spikes that each wire sees."""

DESCRIPTION = f"""sampling_hz = {SAMPLING_HZ}
n_channels = {CHANNELS}
dtype = "int16"
gain_uv = {GAIN_UV}
"""
DOSES = """time_s,drug,amount,unit,route,dose_kind
60,ipsapirone,20,ug/kg,iv,increment
90,ipsapirone,20,ug/kg,iv,increment
"""
WIRES = [word for number in range(1, CHANNELS + 1) for word in ("--wire", str(number))]
ANALYSE, LIMIT_MB = "`ephys analyse` with report", 600.0


@dataclass(frozen=True)
class Run:
    """Wall time, and peak of memory, of one process."""

    name: str
    minutes: int
    wall_s: float
    peak_mb: float


def one_minute(seed: int = 0) -> NDArray[np.int16]:
    """A minute of all wires (samples, channels): noise, and two cells that more than one wire sees."""
    rng = np.random.default_rng(seed)
    samples = round(MINUTE_S * SAMPLING_HZ)
    trains = [
        renewal_train(np.array([0.0, MINUTE_S]), np.full(2, cell.rate_hz), cv=cell.cv, seed=rng) for cell in CELLS
    ]
    counts = np.empty((samples, CHANNELS), np.int16)
    for channel in range(CHANNELS):
        noise = noise_chunks(samples, NoiseSettings(noise_uv=10.0), sampling_hz=SAMPLING_HZ, seed=rng)
        traces = np.concatenate(list(noise))
        for cell, times_s, seen in zip(CELLS, trains, SEEN_BY, strict=True):
            sizes_uv = np.full(len(times_s), cell.amplitude_uv * seen[channel])
            add_spikes(traces, times_s, sizes_uv, shape=spike_shape(cell), sampling_hz=SAMPLING_HZ, start_s=0.0)
        counts[:, channel] = np.rint(traces / GAIN_UV).reshape(-1)
    return counts


def write_recording(path: Path, minutes: int, *, every: int) -> Path:
    """Raw voltage whose first minute of every so many is there, with its description and a dose table beside it."""
    minute = one_minute()
    with path.open("wb") as file:
        for number in range(0, minutes, every):
            file.seek(number * minute.nbytes)
            minute.tofile(file)
        file.truncate(minutes * minute.nbytes)
    path.with_suffix(".toml").write_text(DESCRIPTION)
    path.with_suffix(".csv").write_text(DOSES)
    return path


def measure(name: str, minutes: int, arguments: list[str]) -> Run:
    """Run a command to its end, and follow its peak of memory: what the system adds up at the end is not its alone."""
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    began, peak_mb = time.perf_counter(), 0.0
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=env) as process:
        while process.poll() is None:
            peak_mb = max(peak_mb, peak_of(process.pid))
            time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{name} failed with exit code {process.returncode}")
    return Run(name, minutes, time.perf_counter() - began, peak_mb)


def peak_of(process: int) -> float:
    """Peak of a running process's memory so far, in MB; 0 once it has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        found = None
    return float(found[1]) * 1024 / 1e6 if found else 0.0


def commands(file: Path, out: Path) -> dict[str, list[str]]:
    """What is measured, by its name: open a recording, tell what it holds, analyse it."""
    opening = (
        "import sys, time; import ephys; read = ephys.read_session; began = time.perf_counter(); read(sys.argv[1]); "
        "print(f'opened in {1000 * (time.perf_counter() - began):.1f} ms', file=sys.stderr)"
    )
    doses = str(file.with_suffix(".csv"))
    return {
        "imports and `read_session`": ["-c", opening, str(file)],
        "`ephys info`": ["-m", "ephys", "info", str(file)],
        ANALYSE: ["-m", "ephys", "analyse", str(file), *WIRES, "--doses", doses, "-o", str(out)],
    }


def measure_session(folder: Path, minutes: int, *, every: int, only: Collection[str] = ()) -> dict[str, Run]:
    """Run each of the commands, or some of them, on a recording that is made for it and taken away."""
    file = write_recording(folder / f"{minutes}min.raw", minutes, every=every)
    asked = {name: words for name, words in commands(file, folder / "out").items() if not only or name in only}
    runs = {name: measure(name, minutes, words) for name, words in asked.items()}
    file.unlink()
    return runs


def page(runs: list[Run], every: int) -> str:
    """The table."""
    share = "all of it written" if every == 1 else f"one minute in {every} written, the rest a hole"
    lines = [
        f"# Length of a recording: {CHANNELS} wires at {SAMPLING_HZ / 1000:g} kHz, int16, {share}",
        "",
        "| command | recording, min | file, GB | wall time, s | peak memory, MB |",
        "|---|--:|--:|--:|--:|",
    ]
    for run in runs:
        size_gb = run.minutes * MINUTE_S * SAMPLING_HZ * CHANNELS * 2 / 1e9
        lines.append(f"| {run.name} | {run.minutes} | {size_gb:.2f} | {run.wall_s:.1f} | {run.peak_mb:.0f} |")
    return "\n".join([*lines, "", machine(), ""])


def main() -> None:
    """Measure ten minutes and the long one, write the page, fail beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, default=Path("benchmarks/results/long_recording.md"))
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--every", type=int, default=3)
    options = parser.parse_args()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in (10, round(60 * options.hours)):
            runs += measure_session(Path(folder), minutes, every=options.every).values()
    options.page.write_text(page(runs, options.every))
    print(options.page.read_text())
    if max(run.peak_mb for run in runs) > LIMIT_MB:
        raise SystemExit(f"more than {LIMIT_MB:g} MB")


if __name__ == "__main__":
    main()
