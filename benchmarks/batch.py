"""What a cohort costs: sessions per second, the batch's own share, what grows with the number of sessions, and memory.

    OMP_NUM_THREADS=1 python benchmarks/batch.py [PAGE] [--sessions 24] [--growth 100 1000 10000]

Each piece runs in a process of its own, whose peak of memory, and that of its workers, is what Linux says of them
(VmHWM). Growth is measured on records that are kept under other names: nothing is analysed for it. Stopped, it starts
anew. All sessions are simulated.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from batch_cohorts import copied_cohort, keep_records, results_of, text_cohort, voltage_cohort
from batch_parts import PARTS, Figures, children_of
from long_recording import peak_of
from sorting_page import machine

import ephys

MEANT_S, CORES = 60.0, 2
"""1,000 sorted sessions are meant to take so long on so many cores, the fit of the population apart."""
ROUNDS = 3


def run_part(name: str, cohort: Path, *, workers: int = 1) -> Figures:
    """Run one piece in a process of its own, and follow its memory and that of its workers."""
    command = [sys.executable, __file__, "--part", name, "--cohort", str(cohort), "--workers", str(workers)]
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    main_mb = worker_mb = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | threads) as process:
        while process.poll() is None:
            main_mb = max(main_mb, peak_of(process.pid))
            worker_mb = max([worker_mb, *(peak_of(child) for child in children_of(process.pid))])
            time.sleep(0.05)
        told = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"{name} of {cohort} failed with exit code {process.returncode}")
    figures: Figures = json.loads(told.splitlines()[-1])
    return figures | {"main_mb": main_mb, "worker_mb": worker_mb}


def rounds(cohort: Path) -> list[Figures]:
    """The loop, the batch with one worker and with two, in turns; of each its fastest, since others use the machine."""
    kinds = (("loop", 1), ("batch", 1), ("batch", CORES))
    runs: list[list[Figures]] = [[] for _ in kinds]
    for _ in range(ROUNDS):
        for (part, workers), found in zip(kinds, runs, strict=True):
            shutil.rmtree(results_of(cohort, workers), ignore_errors=True)
            found.append(run_part(part, cohort, workers=workers))
    return [min(found, key=lambda run: float(run["wall_s"])) for found in runs]


def speed(name: str, cohort: Path) -> Iterator[str]:
    """Lines of a cohort: the loop, the batch with one worker and with two, and the batch with nothing to do."""
    plain, *batches = rounds(cohort)
    runs = {"a plain loop": plain} | {
        f"`ephys batch --jobs {workers}`": run for workers, run in zip((1, CORES), batches, strict=True)
    }
    for how, run in runs.items():
        worker_mb = f"{run['worker_mb']:.0f}" if run["worker_mb"] else ""
        yield (
            f"| {name}, {how} | {run['sessions'] / run['wall_s']:.2f} | {run['cpu_s'] / run['sessions']:.3f} | "
            f"{plain['wall_s'] / run['wall_s']:.2f} | {100 * (run['cpu_s'] / plain['cpu_s'] - 1):+.1f} % | "
            f"{run['main_mb']:.0f} | {worker_mb} |"
        )
    again = run_part("batch", cohort)
    yield (
        f"| {name}, again with nothing to do | {again['sessions'] / again['wall_s']:.0f} | "
        f"{again['cpu_s'] / again['sessions']:.4f} | {plain['wall_s'] / again['wall_s']:.0f} | | "
        f"{again['main_mb']:.0f} | |"
    )
    yield f"| {name}: the start of a process, once | | {plain['start_s']:.1f} | | | | |"


def speed_lines(folder: Path, sessions: int) -> Iterator[str]:
    """Sorted sessions: how fast, and how far that is from what is meant."""
    yield "| sessions | per second | processor s each | times the loop | more than the loop | main, MB | worker, MB |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    yield from speed("NWB with waveforms", copied_cohort(folder / "nwb", sessions))
    yield from speed("spike times as text", text_cohort(folder / "text", sessions))


def answer_lines(folder: Path) -> Iterator[str]:
    """The groups' own figure: it does not belong to any session."""
    figures = run_part("answers", folder / "nwb/cohort.csv")
    yield (
        f"The groups' answers (fits of the population with profile intervals, permutations, firing; with and without "
        f"exclusions) took {figures['cpu_s']:.1f} s for {figures['sessions']} sessions; the fit alone, up to 1,000 "
        "cells, is in [population_speed.md](population_speed.md)."
    )


def growth_lines(folder: Path, counts: list[int]) -> Iterator[str]:
    """Seconds of each step, with more and more sessions."""
    runs = []
    for count in counts:
        cohort = copied_cohort(folder / f"growth-{count}", count)
        keep_records(ephys.read_cohort(cohort), results_of(cohort, 1))
        runs.append(run_part("growth", cohort))
    table = pd.DataFrame({run["sessions"]: run["steps"] for run in runs})
    yield "| step, processor s | " + " | ".join(f"{count:,} sessions" for count in table) + " | ms per session |"
    yield "|---|" + "--:|" * (len(runs) + 1)
    for name, row in table.iterrows():
        each = 1000 * row.iloc[-1] / table.columns[-1]
        yield f"| {STEPS[str(name)]} | " + " | ".join(f"{seconds:.2f}" for seconds in row) + f" | {each:.2f} |"
    for name, key, unit in (("peak of memory, MB", "main_mb", 1), ("`.records`, MB", "records_kb", 1000)):
        yield f"| {name} | " + " | ".join(f"{run[key] / unit:.1f}" for run in runs) + " | |"


STEPS = {
    "check": "`ephys cohort check`",
    "read": "read the tables",
    "plan": "plan the jobs",
    "records": "checksums, and records read back",
    "assemble": "cells, histories, exclusions",
    "tables": "tables of the cohort",
    "csv": "write them as CSV",
    "sqlite": "write them into SQLite",
}


def voltage_lines(folder: Path) -> Iterator[str]:
    """An hour of voltage: what sorting it costs, and what the batch adds."""
    cohort = voltage_cohort(folder / "voltage")
    plain, kept = run_part("loop", cohort), run_part("batch", cohort)
    size_mb = (cohort.parent / "hour.raw").stat().st_size / 1e6
    yield (
        f"An hour of one wire at 20 kHz ({size_mb:.0f} MB) takes {plain['cpu_s']:.1f} s of one core to read, sort and "
        f"analyse, and {kept['cpu_s']:.1f} s in the batch (with its checksum, its sorted units and its record); the "
        f"peak of memory is {kept['main_mb']:.0f} MB. Forty such hours take {40 * kept['cpu_s'] / CORES / 60:.1f} min "
        f"on {CORES} cores, and read {CORES * 2 * size_mb / kept['cpu_s']:.0f} MB/s while they do (each file twice: "
        "for its checksum, and to be sorted): a slower disk or network sets the pace."
    )


def page(folder: Path, sessions: int, counts: list[int]) -> str:
    """All of it."""
    meant = MEANT_S * CORES / 1000
    lines = [
        f"# What a cohort costs: {sessions} simulated sessions, one to two cells and up to seven doses each",
        "",
        *speed_lines(folder, sessions),
        "",
        f"The fastest of {ROUNDS} rounds, in turns, each without the start of its processes (imports, mostly), which "
        f"comes once. What is meant is {meant:.2f} s of processor time per session ({MEANT_S:.0f} s for 1,000 on "
        f"{CORES} cores).",
        "",
        *answer_lines(folder),
        "",
        "## An hour of voltage",
        "",
        *voltage_lines(folder),
        "",
        "## What grows with the number of sessions",
        "",
        *growth_lines(folder, counts),
        "",
        f"{machine()} Made by `make bench-batch`.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure a piece, or all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--sessions", type=int, default=24)
    parser.add_argument("--growth", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--cohort", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.cohort, options.workers)))
        return
    with tempfile.TemporaryDirectory() as folder:
        text = page(Path(folder), options.sessions, options.growth)
    print(text)
    if options.page:
        options.page.write_text(text)


if __name__ == "__main__":
    main()
