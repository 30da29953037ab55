"""What a peer found, and how it comes from its process to ours."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class PeerResult:
    """What a peer found.

    Parameters
    ----------
    sorter, variant : str
        Which peer.
    times_s : tuple of array
        Spike times of each unit, ordered; empty where the peer failed.
    wall_s : float
        Of the sorter's call alone, the second of two on the same recording, where there are two: by then what it
        imports and what numba compiles for it is done. NaN where it did not end.
    first_s : float
        Of the first call, all that included: what a user waits for in a fresh process.
    error : str, optional
        What went wrong, in a line.
    peak_rss_mb : float
        Largest memory of the peer's process, imports and recording included; NaN if it had none of its own.
    versions : mapping
        Of Python, the peers and what they stand on.
    """

    sorter: str
    variant: str
    times_s: tuple[FloatArray, ...] = ()
    wall_s: float = math.nan
    first_s: float = math.nan
    error: str | None = None
    peak_rss_mb: float = math.nan
    versions: Mapping[str, str] = field(default_factory=dict)


def save_result(path: Path, result: PeerResult) -> None:
    """Write a result as an ``npz`` without pickles: all spikes in one array, and which unit each belongs to."""
    sizes = [train.size for train in result.times_s]
    np.savez(
        path,
        times_s=np.concatenate([np.zeros(0), *result.times_s]),
        unit=np.repeat(np.arange(len(sizes)), sizes),
        sorter=result.sorter,
        variant=result.variant,
        wall_s=result.wall_s,
        first_s=result.first_s,
        error=result.error or "",
        peak_rss_mb=result.peak_rss_mb,
        versions=json.dumps(dict(result.versions)),
    )


def load_result(path: Path) -> PeerResult:
    """Read what `save_result` wrote."""
    with np.load(path) as kept:
        ends = np.cumsum(np.bincount(kept["unit"]))[:-1]
        return PeerResult(
            sorter=str(kept["sorter"]),
            variant=str(kept["variant"]),
            times_s=tuple(np.split(kept["times_s"], ends)) if kept["unit"].size else (),
            wall_s=float(kept["wall_s"]),
            first_s=float(kept["first_s"]),
            error=str(kept["error"]) or None,
            peak_rss_mb=float(kept["peak_rss_mb"]),
            versions=json.loads(str(kept["versions"])),
        )
