"""How fast an hour of one wire is sorted: ours, and the peers where they are installed, one after another.

    python benchmarks/sorting_speed.py [PAGE] [--minutes 60]

An hour at 30 kHz with about 40,000 spikes, int16, in the page cache. Each sorter runs in a process of its own with all
cores; what counts is its call, imports done: of a peer the second of two calls, since the first compiles, of ours the
only one. The whole process and the peak of its memory are printed beside.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sorting_page import machine
from sorting_peers import SORTERS, VARIANTS, peer_in_process

from ephys.model import Recording
from ephys.simulation import CellSpec, NoiseSettings
from ephys.simulation.noise import noise_chunks
from ephys.simulation.spikes import add_spikes, spike_shape
from ephys.simulation.trains import renewal_train
from ephys.sorting import sort_units

SAMPLING_HZ, GAIN_UV = 30000.0, 0.25
CELLS = (
    CellSpec(name="wide", amplitude_uv=120.0, rate_hz=1.7),
    CellSpec(name="fast", cell_type="fast", amplitude_uv=90.0, polarity=-1, rate_hz=9.4, cv=0.5),
)


@dataclass(frozen=True)
class Speed:
    """Seconds of one sorter's call and of its whole process, its peak memory, and what it found."""

    name: str
    call_s: float
    process_s: float
    memory_mb: float
    found: str


def write_recording(path: Path, minutes: float) -> None:
    """One wire of two cells and noise, as int16."""
    rng = np.random.default_rng(0)
    stop_s = 60.0 * minutes
    trains = [renewal_train(np.array([0.0, stop_s]), np.full(2, cell.rate_hz), cv=cell.cv, seed=rng) for cell in CELLS]
    start = 0
    with path.open("wb") as file:
        settings = NoiseSettings(noise_uv=10.0)
        for traces in noise_chunks(round(stop_s * SAMPLING_HZ), settings, sampling_hz=SAMPLING_HZ, seed=rng):
            for cell, times_s in zip(CELLS, trains, strict=True):
                sizes_uv = np.full(len(times_s), cell.amplitude_uv)
                add_spikes(
                    traces,
                    times_s,
                    sizes_uv,
                    shape=spike_shape(cell),
                    sampling_hz=SAMPLING_HZ,
                    start_s=start / SAMPLING_HZ,
                )
            np.rint(traces / GAIN_UV).astype(np.int16).tofile(file)
            start += len(traces)


def sort_once(path: Path) -> None:
    """Ours, in this process: print what it took."""
    traces = np.memmap(path, np.int16, "r").reshape(-1, 1)
    recording = Recording.from_array(traces, sampling_hz=SAMPLING_HZ, gain_uv=GAIN_UV)
    began = time.perf_counter()
    units = sort_units(recording)
    call_s = time.perf_counter() - began
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    found = ", ".join(str(unit.n_spikes) for unit in units if not unit.multi_unit)
    print(json.dumps({"call_s": call_s, "memory_mb": memory_mb, "found": found}))


def time_ours(path: Path) -> Speed:
    """Ours, in a process of its own."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, "--sort", str(path)], check=True, capture_output=True, text=True)
    said = json.loads(done.stdout)
    return Speed("ephys", process_s=time.perf_counter() - began, **said)


def time_peer(path: Path, sorter: str, variant: str) -> Speed:
    """A peer, in a process of its own."""
    began = time.perf_counter()
    found = peer_in_process(
        np.fromfile(path, np.int16).reshape(-1, 1),
        sampling_hz=SAMPLING_HZ,
        gain_uv=GAIN_UV,
        contacts_um=np.zeros((1, 2)),
        sorter=sorter,
        variant=variant,
        seed=0,
        n_jobs=os.cpu_count() or 1,
        timeout_s=7200.0,
    )
    whole_s = time.perf_counter() - began - (found.wall_s if np.isfinite(found.wall_s) else 0.0)
    said = found.error or ", ".join(str(len(train)) for train in found.times_s)
    return Speed(f"{sorter} ({variant})", found.wall_s, whole_s, found.peak_rss_mb, said)


def page(speeds: list[Speed], minutes: float) -> str:
    """The table, each call against ours and against real time."""
    ours = speeds[0]
    lines = [
        f"# Speed of sorting: {minutes:g} min of one wire at {SAMPLING_HZ / 1000:g} kHz",
        "",
        "| sorter | call, s | times real time | against ours | whole process, s | peak memory, MB | spikes found |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for one in speeds:
        lines.append(
            f"| {one.name} | {one.call_s:.1f} | {60.0 * minutes / one.call_s:.0f} | {one.call_s / ours.call_s:.1f} | "
            f"{one.process_s:.1f} | {one.memory_mb:.0f} | {one.found} |"
        )
    true = ", ".join(f"{60.0 * minutes * cell.rate_hz:.0f}" for cell in CELLS)
    lines += ["", f"Cells fire about {true} times. The whole process of a peer is that of its first call.", ""]
    return "\n".join([*lines, machine(), ""])


def main() -> None:
    """Time every sorter and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, default=Path("benchmarks/results/sorting_speed.md"))
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--sort", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sort:
        sort_once(options.sort)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wire.i16"
        write_recording(path, options.minutes)
        speeds = [min((time_ours(path) for _ in range(3)), key=lambda one: one.call_s)]
        if find_spec("spikeinterface"):
            speeds += [time_peer(path, sorter, variant) for sorter in SORTERS for variant in VARIANTS]
    text = page(speeds, options.minutes)
    new = options.page.with_name(options.page.name + ".new")
    new.write_text(text)
    new.replace(options.page)
    print(text)


if __name__ == "__main__":
    main()
