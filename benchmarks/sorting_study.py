"""How well sessions with a known truth are sorted: ours, beside four sorters of SpikeInterface where it is installed.

    python benchmarks/sorting_study.py [FOLDER] [--seeds 5] [--jobs 2] [--only ephys]

Every session that a sorter is done with is kept in FOLDER/sorting.jsonl, under a checksum of the session and, for ours,
of the sorter's own sources; a run that is stopped goes on where it was. The page and the figure are made by
sorting_page.py, the speeds measured by sorting_speed.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sorting_conditions import CONDITIONS, SAMPLING_HZ, SCHEDULE, Condition
from sorting_page import write_page
from sorting_peers import SORTERS, VARIANTS, run_peer
from tqdm.auto import tqdm

import ephys.sorting
from ephys.model import Epoch, Share, Support, Unit
from ephys.simulation import SimulatedSession
from ephys.sorting import compare_units, completeness, sort_units
from ephys.sorting.agreement import count_coincidences

Row = dict[str, Any]
Key = tuple[str, ...]
Way = tuple[str, str]
"""A sorter and the variant of its settings."""

OURS: Way = ("ephys", "default")
BY_NAME = {condition.name: condition for condition in CONDITIONS}
WINDOW_S = SCHEDULE.interval_s
"""Windows in which what was found is laid beside what was fired."""


def ways(only: str = "") -> list[Way]:
    """Ours, and the peers where they are installed."""
    peers = [(sorter, variant) for sorter in SORTERS for variant in VARIANTS] if find_spec("spikeinterface") else []
    return [way for way in (OURS, *peers) if only in ("", way[0])]


def sources() -> str:
    """Checksum of the sorter's sources: results of another sorter are not ours."""
    files = sorted(Path(ephys.sorting.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def run_session(name: str, seed: int, asked: Sequence[Way], done: set[Key]) -> tuple[str, list[Row]]:
    """Sort one session in every way that is not done yet; return its checksum and the results."""
    condition = BY_NAME[name]
    simulated = condition.session(seed)
    recording = simulated.session.recording
    assert recording is not None
    traces = recording.read(0, recording.n_samples).astype(np.int16)
    session = hashlib.sha256(traces.tobytes()).hexdigest()[:16]
    rows = []
    for sorter, variant in asked:
        version = sources() if (sorter, variant) == OURS else ""
        row: Row = {"condition": condition.name, "seed": seed, "session": session, "sorter": sorter}
        row |= {"variant": variant, "version": version}
        if key(row) in done:
            continue
        if (sorter, variant) == OURS:
            rows.append(row | _ours(simulated))
        else:
            rows.append(row | _peer(simulated, traces, condition, sorter, variant, seed))
    return session, rows


def key(row: Row) -> Key:
    """What makes a result the same result."""
    return tuple(str(row[name]) for name in ("condition", "seed", "session", "sorter", "variant", "version"))


def _ours(simulated: SimulatedSession) -> Row:
    """Sort with ephys."""
    assert simulated.session.recording is not None
    units = sort_units(simulated.session.recording, jobs=1)
    return {"error": "", **_score(simulated, units)}


def _peer(
    simulated: SimulatedSession, traces: np.ndarray, condition: Condition, sorter: str, variant: str, seed: int
) -> Row:
    """Sort with a peer; it is given the recording without its gaps, as its own reader would."""
    recording = simulated.session.recording
    assert recording is not None
    contacts_um = np.array([(x, y) for x, y, _ in condition.electrode.contacts_um])
    # In this process, which it shares with the other sessions: a fresh one compiles for up to a minute.
    found = run_peer(
        traces,
        sampling_hz=SAMPLING_HZ,
        gain_uv=1.0,
        contacts_um=contacts_um,
        sorter=sorter,
        variant=variant,
        seed=seed,
        calls=1,
    )
    units = []
    for number, times_s in enumerate(found.times_s):
        rows = np.clip(np.rint(np.sort(times_s) * SAMPLING_HZ).astype(np.int64), 0, recording.n_samples - 1)
        units.append(Unit.from_times(recording.times_s(rows), support=recording.support, id=str(number)))
    return {"error": found.error or "", **_score(simulated, units)}


def _score(simulated: SimulatedSession, units: Sequence[Unit]) -> Row:
    """Accuracy of every cell, and what became of it in each window."""
    scores = []
    named = {unit.id: unit for unit in units}
    for cell, match in zip(simulated.true_units, compare_units(simulated.true_units, units), strict=True):
        found = named.get(match.found)
        windows = [_window_row(cell, found, window) for window in _windows(cell.support)]
        isolated = found is not None and not found.multi_unit
        scores.append({"cell": cell.id, "accuracy": match.accuracy, "isolated": isolated, "windows": windows})
    return {"units": sum(not unit.multi_unit for unit in units), "cells": scores}


def _windows(support: Support) -> Iterator[Epoch]:
    """Stretches of what was recorded, each as long as the others."""
    for epoch in support.epochs:
        for start_s in np.arange(epoch.start_s, epoch.stop_s - WINDOW_S + 1e-9, WINDOW_S):
            yield Epoch(float(start_s), float(start_s + WINDOW_S))


def _window_row(cell: Unit, found: Unit | None, window: Epoch) -> Row:
    """Spikes fired and found in one window, and the size of those fired in noise SD."""
    fired = window.mask(cell.times_s)
    seen_s = found.times_s[window.mask(found.times_s)] if found is not None else np.empty(0)
    size_sd = float(np.median(cell.amplitudes_uv[fired]) / cell.noise_uv) if fired.any() else None
    hits = count_coincidences(cell.times_s[fired], seen_s)
    row = {**asdict(window), "fired": int(fired.sum()), "found": len(seen_s), "hits": hits, "size_sd": size_sd}
    share = completeness(found, window) if found is not None else Share()
    known = math.isfinite(share.value)
    return row | {"share": share.value, "low": share.low, "high": share.high} if known else row


def kept_rows(folder: Path) -> list[Row]:
    """What earlier runs did; a line that was cut off as it was written is taken away."""
    path = folder / "sorting.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    whole = [line for line in lines if line.endswith("\n")]
    if len(whole) < len(lines):
        path.write_text("".join(whole))
    return [json.loads(line) for line in whole]


def work(
    folder: Path, *, seeds: int, jobs: int, only: str = "", conditions: Sequence[Condition] = CONDITIONS
) -> list[Row]:
    """Run what is not yet done, and return what holds: the results of the sorter as it is now."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = kept_rows(folder)
    done = {key(row) for row in rows}
    todo = [(condition.name, seed) for seed in range(seeds) for condition in conditions]
    with ProcessPoolExecutor(jobs) as pool, (folder / "sorting.jsonl").open("a") as file:
        asked = [pool.submit(run_session, name, seed, ways(only), done) for name, seed in todo]
        current = set()
        for future in tqdm(asked, unit="session"):
            session, found = future.result()
            current.add(session)
            for row in found:
                file.write(json.dumps(row) + "\n")
                file.flush()
                rows.append(row)
    return [row for row in rows if row["session"] in current and row["version"] in ("", sources())]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="one sorter")
    options = parser.parse_args()
    rows = work(options.folder, seeds=options.seeds, jobs=options.jobs, only=options.only)
    write_page(rows, options.folder)
