"""What a folder of Phy that ephys wrote knows of the session that it came from: names, clock, and which spikes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ephys.errors import FileFormatError
from ephys.model import Unit

MANIFEST = "ephys.json"
"""Neither Phy nor its readers look at it: they take every .tsv and .csv for a table of clusters."""

_VERSION = 1
_FIXED = ("spike_times.npy", "spike_templates.npy")
"""What Phy never writes: the spikes, and the cluster of each as it was exported."""

Stretches = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class PhyCluster:
    """One unit in the folder.

    Parameters
    ----------
    cluster : int
        Its number; -1 for a unit without spikes, which Phy cannot show.
    unit : str
        Its name.
    n_spikes : int
        How many spikes it has.
    multi_unit : bool
        Whether it is several cells.
    support_s : tuple of (float, float)
        When it is known.
    """

    cluster: int
    unit: str
    n_spikes: int
    multi_unit: bool
    support_s: Stretches

    @classmethod
    def of(cls, cluster: int, unit: Unit) -> PhyCluster:
        """Describe a unit."""
        stretches = tuple((epoch.start_s, epoch.stop_s) for epoch in unit.support.epochs)
        return cls(cluster, unit.id, unit.n_spikes, unit.multi_unit, stretches)


@dataclass(frozen=True)
class PhyManifest:
    """What the folder knows.

    Parameters
    ----------
    session : str
        Name of the session.
    start_s, sampling_hz, n_samples : float, float, int
        Clock: spike times are samples from `start_s`.
    channels : tuple of str
        Wires.
    band_hz : tuple of (float or None, float or None)
        The amplifier's band.
    clusters : tuple of PhyCluster
        Units, those without spikes last.
    curation_sha256 : str
        Checksum of the curation log with which it was written.
    spikes_sha256 : str
        Checksum of the spikes, which Phy never writes.
    given : tuple of mapping
        The drug record, for people and programs: Phy has no view of it.
    """

    session: str
    start_s: float
    sampling_hz: float
    n_samples: int
    channels: tuple[str, ...]
    band_hz: tuple[float | None, float | None]
    clusters: tuple[PhyCluster, ...]
    curation_sha256: str
    spikes_sha256: str
    given: tuple[Mapping[str, Any], ...] = ()

    def write(self, folder: Path) -> None:
        """Write it into the folder."""
        values = {"ephys_phy": _VERSION, **asdict(self)}
        (folder / MANIFEST).write_text(
            json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8"
        )


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that JSON has: what is empty or unknown is left out."""
    return {
        name: value
        for name, value in values.items()
        if value not in (None, "") and not (isinstance(value, float) and math.isnan(value))
    }


def spikes_checksum(folder: Path) -> str:
    """Checksum of what Phy never writes.

    Raises
    ------
    FileFormatError
        If a file is missing.
    """
    checksum = hashlib.sha256()
    for name in _FIXED:
        try:
            checksum.update((folder / name).read_bytes())
        except OSError as error:
            raise FileFormatError(f"{folder / name}: cannot be read: {error.strerror or error}") from error
    return checksum.hexdigest()


def manifest_of(folder: Path) -> PhyManifest | None:
    """Return what a folder knows; ``None`` where ephys did not write it.

    Raises
    ------
    FileFormatError
        If it is damaged, or a later ephys wrote it.
    """
    file = folder / MANIFEST
    if not file.is_file():
        return None
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        version = values.pop("ephys_phy")
        if version != _VERSION:
            raise FileFormatError(f"{file}: of version {version!r}; this ephys reads {_VERSION}: install a later one")
        clusters = tuple(
            PhyCluster(**each | {"support_s": tuple((float(a), float(b)) for a, b in each["support_s"])})
            for each in values.pop("clusters")
        )
        low, high = values.pop("band_hz")
        channels, given = tuple(values.pop("channels")), tuple(values.pop("given"))
        return PhyManifest(**values, channels=channels, band_hz=(low, high), given=given, clusters=clusters)
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise FileFormatError(f"{file}: damaged ({type(error).__name__}: {error}); write the folder anew") from error
