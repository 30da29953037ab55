"""What a person decided in Phy: the clusters and labels that it saved, as entries of the curation log."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from ephys.errors import CurationError, FileFormatError, ParameterError
from ephys.io.curation import curation_facts
from ephys.io.phy import whole_numbers
from ephys.io.phy_labels import cluster_table
from ephys.io.phy_manifest import PhyManifest, manifest_of, spikes_checksum
from ephys.io.spikeinterface_curation import found_units
from ephys.model import Unit
from ephys.sorting import CurationLog
from ephys.sorting.curation import curate_units
from ephys.sorting.curation.deriving import assigned_curation
from ephys.sorting.curation.operations import Delete, Label
from ephys.sorting.curation.settling import TIME_STEP_S

_LABELS: dict[str, Label] = {"good": "single_unit", "mua": "multi_unit"}


def read_phy_curation(
    folder: str | os.PathLike[str],
    log: CurationLog,
    *,
    units: Sequence[Unit] | None = None,
    by: str,
    at: datetime | None = None,
    reason: str = "curated in Phy",
) -> CurationLog:
    """Add to a log what somebody did in Phy in a folder that `write_phy` wrote: what is merged, split and labelled.

    A unit that stayed as it was keeps its name; what was merged is called as the first of its units; parts of unit 3
    are 3a, 3b... What is labelled ``noise`` is deleted.

    Parameters
    ----------
    folder : path
        The folder, once Phy has saved (Ctrl+S).
    log : CurationLog
        The one of the analysis that was written, with its corrections.
    units : sequence of Unit, optional
        As they were found, before any correction. Without them, what the log remembers is used.
    by, reason : str
        Who decided, and why: Phy asks neither.
    at : datetime, optional
        When; by default when Phy last saved.

    Returns
    -------
    CurationLog

    Raises
    ------
    CurationError
        If the folder is of another session or of other units, its spikes were changed, a label is unknown, or a
        correction cannot be made.
    FileFormatError
        If a file is missing or damaged.
    """
    path = Path(folder)
    manifest = _manifest(path, log)
    found = found_units(log, units)
    try:
        present = curate_units(found, log).units
        present = _as_written(present, manifest, log, remembered=units is None)
        clusters, labels = _saved(path, manifest)
        owners = _owners(path, manifest, present, clusters)
        names = _names(owners, present)
        used = {cluster: labels[cluster] for cluster in names if cluster in labels}
        result = _derived(log, present, owners, names, used, by, reason, at or _saved_at(path))
        curate_units(found, result)
    except (CurationError, ParameterError) as error:
        raise CurationError(f"{path}: {error}") from error
    return result


def _derived(
    log: CurationLog,
    units: Sequence[Unit],
    owners: Mapping[str, NDArray[np.int64]],
    names: Mapping[int, str],
    labels: Mapping[int, str],
    by: str,
    reason: str,
    at: datetime,
) -> CurationLog:
    """Log with what was done, and without what is noise."""
    place = {cluster: number for number, cluster in enumerate(names)}
    silent = [unit.id for unit in units if not unit.n_spikes]
    placed = {unit: np.array([place[c] for c in own], dtype=np.int64) for unit, own in owners.items()}
    said = {names[cluster]: _LABELS[label] for cluster, label in labels.items() if label in _LABELS}
    result = assigned_curation(
        log, units, placed, (*names.values(), *silent), labels=said, by=by, reason=reason, how="Phy", at=at
    )
    for cluster, label in labels.items():
        if label == "noise":
            result = result.add(Delete(names[cluster]), reason=f"{reason}; labelled noise there", at=at)
    return result


def _saved_at(folder: Path) -> datetime:
    """Return when Phy last saved."""
    files = [folder / name for name in ("spike_clusters.npy", "cluster_group.tsv")]
    return datetime.fromtimestamp(max(file.stat().st_mtime for file in files), UTC)


# --- the folder ------------------------------------------------------------------------------------------------------


def _manifest(folder: Path, log: CurationLog) -> PhyManifest:
    """Return what the folder knows of itself.

    Raises
    ------
    CurationError
        If `write_phy` did not write it, it is of another session, or its spikes were changed.
    """
    manifest = manifest_of(folder)
    if manifest is None:
        raise CurationError(f"{folder}: no ephys.json: not a folder that ephys.write_phy wrote, or not all of it")
    if log.session not in ("", manifest.session):
        raise CurationError(f"{folder}: is of session {manifest.session!r}, and the log is of {log.session!r}")
    if spikes_checksum(folder) != manifest.spikes_sha256:
        raise CurationError(
            f"{folder}: spike_times.npy or spike_templates.npy is not as it was written, and Phy changes neither: "
            "write the folder anew"
        )
    return manifest


def _saved(folder: Path, manifest: PhyManifest) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Return the cluster of each spike, and the labels, as Phy saved them.

    Raises
    ------
    CurationError, FileFormatError
        If one is missing, damaged or not understood.
    """
    clusters = whole_numbers(folder / "spike_clusters.npy")
    n_spikes = sum(each.n_spikes for each in manifest.clusters)
    if len(clusters) != n_spikes:
        raise FileFormatError(f"{folder / 'spike_clusters.npy'}: {len(clusters)} numbers for {n_spikes} spikes")
    if clusters.size and clusters.min() < 0:
        raise FileFormatError(f"{folder / 'spike_clusters.npy'}: a cluster has the number {clusters.min()}")
    file = folder / "cluster_group.tsv"
    if not file.is_file():
        raise FileFormatError(f"{file}: is missing; Phy saves the labels in it")
    labels = cluster_table(file, "group")
    unknown = sorted({label for label in labels.values() if label not in (*_LABELS, "noise")})
    if unknown:
        raise CurationError(f"clusters are labelled {', '.join(unknown)}; known are good, mua, noise and unsorted")
    return clusters, labels


def _as_written(
    units: Sequence[Unit], manifest: PhyManifest, log: CurationLog, *, remembered: bool
) -> tuple[Unit, ...]:
    """Return the units as the log leaves them, if the folder was written from them.

    Raises
    ------
    CurationError
        If it was written from others.
    """
    written = {each.unit: each for each in manifest.clusters}
    same = curation_facts(log)["sha256"] == manifest.curation_sha256
    hint = "" if same else "; it was written with another log: give that one, without what was read from it since"
    there = {unit.id: unit.n_spikes for unit in units}
    if there != {name: each.n_spikes for name, each in written.items()}:
        texts = [
            ", ".join(f"{name} ({number} spikes)" for name, number in each.items()) or "none"
            for each in ({name: each.n_spikes for name, each in written.items()}, there)
        ]
        raise CurationError(f"written from the units {texts[0]}, and the log leaves {texts[1]}{hint}")
    if not remembered:
        return tuple(units)
    return tuple(replace(unit, multi_unit=written[unit.id].multi_unit) for unit in units)


def _owners(
    folder: Path, manifest: PhyManifest, units: Sequence[Unit], clusters: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    """Return the cluster that each spike of each unit is in now.

    Raises
    ------
    CurationError
        If a unit's spikes are at other times than when the folder was written.
    """
    samples = whole_numbers(folder / "spike_times.npy")
    before = whole_numbers(folder / "spike_templates.npy")
    number = {each.unit: each.cluster for each in manifest.clusters}
    owners: dict[str, NDArray[np.int64]] = {}
    for unit in units:
        own = np.flatnonzero(before == number[unit.id]) if unit.n_spikes else np.empty(0, np.int64)
        order = own[np.argsort(samples[own], kind="stable")]
        apart_s = np.abs(manifest.start_s + samples[order] / manifest.sampling_hz - unit.times_s)
        if np.any(apart_s > 1.0 / manifest.sampling_hz + TIME_STEP_S):
            raise CurationError(
                f"unit {unit.id} of the log fires up to {apart_s.max():.4g} s away from where the folder has it: it "
                "was written from another sorting"
            )
        owners[unit.id] = clusters[order]
    return owners


# --- names -----------------------------------------------------------------------------------------------------------


def _names(owners: Mapping[str, NDArray[np.int64]], units: Sequence[Unit]) -> dict[int, str]:
    """Name of each cluster: of the first unit that is in it whole, else of the one it is most of, with a letter."""
    shares: dict[int, dict[str, int]] = {}
    for unit in units:
        for cluster, number in zip(*np.unique(owners[unit.id], return_counts=True), strict=True):
            shares.setdefault(int(cluster), {})[unit.id] = int(number)
    size = {unit.id: unit.n_spikes for unit in units}
    taken = set(size)
    names: dict[int, str] = {}
    for cluster in sorted(shares):
        share = shares[cluster]
        whole = [unit for unit, number in share.items() if number == size[unit]]
        if whole:
            names[cluster] = whole[0]
            continue
        stem = max(share, key=lambda unit: share[unit])
        names[cluster] = next(name for name in _lettered(stem) if name not in taken)
        taken.add(names[cluster])
    return names


def _lettered(stem: str) -> Iterator[str]:
    """3a, 3b, ..., 3z, 3a2, 3b2..."""
    yield from (f"{stem}{letter}" for letter in ascii_lowercase)
    yield from (f"{stem}{letter}{round_}" for round_ in count(2) for letter in ascii_lowercase)
