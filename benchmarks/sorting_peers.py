"""One of SpikeInterface's sorters on one simulated recording, in a process of its own.

    python benchmarks/sorting_peers.py --session session.npz --sorter simple --variant wide --out out.npz

``session.npz`` holds ``traces`` (samples, channels) of int16, ``sampling_hz``, ``gain_uv`` and ``contacts_um``
(channels, 2). The peers come with the extra ``bench``; `peer_in_process`, which calls this file, does without them, so
that its own process never carries what they import. A peer that fails or takes too long has no spikes and says why.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import importlib
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peer_result import FloatArray, PeerResult, load_result, save_result
from peer_settings import SORTERS, VARIANTS, Settings, peer_settings, prepared

PACKAGES = ("spikeinterface", "mountainsort5", "numba", "hdbscan", "numpy", "scipy", "scikit-learn")
THREADS = tuple(f"{name}_THREADS" for name in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM"))

SECONDS_TO_GO = 10.0
"""What a sorter that is stopped gets to give its shared memory back, before it is killed."""


def run_peer(
    traces: NDArray[np.int16],
    *,
    sampling_hz: float,
    gain_uv: float,
    contacts_um: FloatArray,
    sorter: str,
    variant: str,
    seed: int,
    n_jobs: int = 1,
    calls: int = 2,
) -> PeerResult:
    """Sort in this process; an exception of the peer's is its ``error``.

    Parameters
    ----------
    traces : array (samples, channels) of int16
        Recording, in counts.
    sampling_hz, gain_uv : float
        Samples per second, and µV per count.
    contacts_um : array (channels, 2)
        Where the contacts lie; a wire lies at (0, 0).
    sorter, variant : str
        One of `SORTERS` and of `VARIANTS`.
    seed : int
        Given to the sorter, and to those of SpikeInterface's steps that take none (`prepared`).
    n_jobs : int, optional
        Processes.
    calls : int, optional
        1 where no speed is measured.
    """
    result = PeerResult(sorter=sorter, variant=variant, versions=_versions())
    settings = peer_settings(sorter, variant, sampling_hz=sampling_hz, seed=seed, n_jobs=n_jobs)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        _quiet(),
        prepared(sorter, variant, seed=seed),
    ):
        folder = Path(name)
        recording = _recording(traces, folder, sampling_hz=sampling_hz, gain_uv=gain_uv, contacts_um=contacts_um)
        first = _sorted(sorter, recording, settings, folder / "first")
        last = first if first.error or calls == 1 else _sorted(sorter, recording, settings, folder / "second")
    times_s = tuple(train / sampling_hz for train in last.trains)
    return replace(result, times_s=times_s, wall_s=last.wall_s, first_s=first.wall_s, error=last.error)


@dataclass(frozen=True, eq=False)
class _Call:
    """One call of a sorter: its units in samples."""

    wall_s: float
    trains: tuple[NDArray[np.int64], ...] = ()
    error: str | None = None


def _sorted(sorter: str, recording: Any, settings: Settings, folder: Path) -> _Call:
    """Call a sorter."""
    run_sorter = importlib.import_module("spikeinterface.sorters").run_sorter
    began = time.perf_counter()
    try:
        sorting = run_sorter(sorter, recording, folder=folder, verbose=False, **copy.deepcopy(settings))
        wall_s = time.perf_counter() - began
        trains = (np.sort(sorting.get_unit_spike_train(unit)) for unit in sorting.unit_ids)
        return _Call(wall_s, tuple(train for train in trains if train.size))
    except Exception as error:  # whatever a peer raises is its result
        line = _in_a_line(f"{type(error).__name__}: {error}").replace(str(folder.parent), "...")
        return _Call(time.perf_counter() - began, error=line)


def _recording(
    traces: NDArray[np.int16], folder: Path, *, sampling_hz: float, gain_uv: float, contacts_um: FloatArray
) -> Any:
    """Recording as a raw file, as a user has it: sorters load it anew from what is written down, so not from memory."""
    core = importlib.import_module("spikeinterface.core")
    file = folder / "traces.raw"
    traces.astype(np.int16).tofile(file)
    recording = core.BinaryRecordingExtractor(
        [file],
        sampling_frequency=sampling_hz,
        dtype="int16",
        num_channels=traces.shape[1],
        gain_to_uV=gain_uv,
        offset_to_uV=0.0,
    )
    # Sorters raise without a geometry, one channel or not.
    recording.set_dummy_probe_from_locations(np.asarray(contacts_um, dtype=np.float64).reshape(-1, 2))
    return recording


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Neither prints nor warnings of the peers."""
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _in_a_line(text: str) -> str:
    """Last line that says something: SpikeInterface hands on a whole traceback within its message."""
    lines = text.split("\nSpike sorting failed.")[0].splitlines()
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "no message")


def _versions() -> dict[str, str]:
    """Of Python and of what decides the result."""
    return {"python": sys.version.split()[0], **{name: version(name) for name in PACKAGES}}


def _peak_rss_mb() -> float:
    """Largest memory of this process and of the largest that it started.

    A process is born with the `ru_maxrss` of the one that started it, so Linux's own mark of this program comes first.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on macOS, in kB elsewhere
    own = int(found[1]) * 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit) / 1e6


def peer_in_process(
    traces: NDArray[np.int16],
    *,
    sampling_hz: float,
    gain_uv: float,
    contacts_um: FloatArray,
    sorter: str,
    variant: str,
    seed: int,
    n_jobs: int = 1,
    calls: int = 2,
    timeout_s: float = 600.0,
) -> PeerResult:
    """Sort as `run_peer` does, in a fresh process of so many threads; a failure of any kind is an ``error``.

    `timeout_s` is for the whole process: imports and all calls. All that the peer writes goes with its folder.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        np.savez(
            folder / "session.npz",
            traces=traces,
            sampling_hz=sampling_hz,
            gain_uv=gain_uv,
            contacts_um=contacts_um,
        )
        command = [sys.executable, str(Path(__file__).resolve()), "--sorter", sorter, "--variant", variant]
        command += ["--session", str(folder / "session.npz"), "--out", str(folder / "out.npz")]
        command += ["--seed", str(seed), "--jobs", str(n_jobs), "--calls", str(calls)]
        threads = dict.fromkeys(THREADS, str(n_jobs))
        environment = {**os.environ, **threads, "TMPDIR": name, "PYTHONWARNINGS": "ignore"}
        error = _wait_for(command, environment, folder / "stderr.txt", timeout_s)
        if error is None:
            return load_result(folder / "out.npz")
        return PeerResult(sorter=sorter, variant=variant, error=error.replace(name, "..."))


def _wait_for(command: list[str], environment: Mapping[str, str], log: Path, timeout_s: float) -> str | None:
    """Run a command to its end, or to ours; what went wrong, if anything did."""
    with log.open("w") as stderr:
        # A group of its own, so that the processes that a peer starts end with it.
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
        )
        try:
            code = process.wait(timeout_s)
        except BaseException as stopped:  # also when the user stops the benchmark
            _stop(process)
            if not isinstance(stopped, subprocess.TimeoutExpired):
                raise
            return f"no result after {timeout_s:g} s"
    if code < 0:
        return f"ended by signal {-code}"
    return _in_a_line(log.read_text(errors="replace")) if code else None


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(SECONDS_TO_GO)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main() -> None:
    """Sort one session and write what was found."""
    parser = argparse.ArgumentParser(description="One of SpikeInterface's sorters on one session.")
    parser.add_argument("--session", type=Path, required=True)
    parser.add_argument("--sorter", choices=SORTERS, required=True)
    parser.add_argument("--variant", choices=VARIANTS, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--calls", type=int, default=2)
    given = parser.parse_args()
    with np.load(given.session) as session:
        result = run_peer(
            session["traces"],
            sampling_hz=float(session["sampling_hz"]),
            gain_uv=float(session["gain_uv"]),
            contacts_um=session["contacts_um"],
            sorter=given.sorter,
            variant=given.variant,
            seed=given.seed,
            n_jobs=given.jobs,
            calls=given.calls,
        )
    save_result(given.out, replace(result, peak_rss_mb=_peak_rss_mb()))


if __name__ == "__main__":
    main()
