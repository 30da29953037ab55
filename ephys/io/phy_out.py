"""To Phy: units, their labels and their voltage as a folder that it opens, and that finds its way back."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.errors import ParameterError
from ephys.io.curation import curation_facts
from ephys.io.phy_manifest import PhyCluster, PhyManifest, plain, spikes_checksum
from ephys.io.spikeinterface_analyzer import to_sorting_analyzer
from ephys.io.staged import staged_folder
from ephys.model import DoseProtocol, Recording, Session, Unit
from ephys.settings import Settings
from ephys.sorting import CurationLog
from ephys.sorting.foreign import spikeinterface_at_work

_CHUNK = 1_000_000
"""Samples copied at a time."""

_LEAST_SPIKES = 2
"""Phy takes the lists of a folder with a single spike for numbers, and stops."""

_JOB = {"n_jobs": 1, "chunk_duration": "60s", "progress_bar": False}


def write_phy(
    source: SessionAnalysis | Session, folder: str | os.PathLike[str], *, features: bool = True, seed: int = 0
) -> Path:
    """Write units and voltage as a folder of Phy, to be looked at, parted, joined and labelled there.

    SpikeInterface's exporter writes templates, amplitudes and features, of the sorting band; the voltage beside them is
    as it was recorded, in µV, and Phy filters what it shows. Labels are ours (``good``, ``mua``). What was decided in
    Phy comes back with `read_phy_curation`.

    Parameters
    ----------
    source : SessionAnalysis or Session
        Cells of an analysis as they were corrected, or a session's own units.
    folder : path
        Where to; it must not be there, and appears whole or not at all.
    features : bool, optional
        Write the principal components, too, which Phy's feature view and its splitting by lasso need.
    seed : int, optional
        Of the spikes that templates are averaged of.

    Returns
    -------
    Path
        `folder`; ``phy template-gui params.py`` in it opens it.

    Raises
    ------
    ParameterError
        If there is no voltage, it has pauses, no unit has spikes (or there is one in all), the folder is there, or
        SpikeInterface is not.
    """
    if isinstance(source, SessionAnalysis):
        session, cells, settings, protocol = source.session, source.cells, source.settings, source.protocol
        units, log = tuple(cell.unit for cell in cells), source.curation
    else:
        session, cells, settings, protocol = source, (), Settings(), source.protocol
        units, log = session.units, CurationLog.begin(session.id, session.units)
    final = Path(folder)
    recording = _whole_voltage(session)
    shown = [unit for unit in units if unit.n_spikes]
    if sum(unit.n_spikes for unit in shown) < _LEAST_SPIKES:
        raise ParameterError(
            f"session {session.id}: {'one spike' if shown else 'no unit has spikes'}: there is nothing to show in Phy"
        )
    if final.exists():
        raise ParameterError(f"{final} exists, and is not overwritten: name another folder, or remove it")
    with staged_folder(final) as stage:
        _export(shown, recording, stage, settings, features=features, seed=seed)
        _write_voltage(recording, stage)
        _write_tables(shown, {cell.unit.id: cell for cell in cells}, stage)
        _manifest(session.id, recording, units, log, protocol, stage).write(stage)
    return final


def _whole_voltage(session: Session) -> Recording:
    """Return the voltage.

    Raises
    ------
    ParameterError
        If there is none, or it has pauses.
    """
    recording = session.recording
    if recording is None:
        raise ParameterError(f"session {session.id}: Phy shows spikes on their voltage, and there is none")
    if len(recording.runs) > 1:
        raise ParameterError(
            f"session {session.id}: the recording has {len(recording.runs) - 1} pauses, and Phy knows none: what it "
            "would join is not one stretch of time; crop the session to one (ephys.crop_session)"
        )
    return recording


def _export(
    units: Sequence[Unit], recording: Recording, stage: Path, settings: Settings, *, features: bool, seed: int
) -> None:
    """Have SpikeInterface write what it writes."""
    analyzer = to_sorting_analyzer(units, recording=recording, band_hz=settings.sorting.band_hz, seed=seed)
    inner = stage / "phy"
    with spikeinterface_at_work():
        from spikeinterface.exporters import export_to_phy

        export_to_phy(
            analyzer, inner, compute_pc_features=features, copy_binary=False, verbose=False, **_JOB
        )  # the voltage of the analyzer is filtered; ours goes beside
    for file in inner.iterdir():
        file.replace(stage / file.name)
    shutil.rmtree(inner)
    (stage / "cluster_si_unit_ids.tsv").unlink()  # with names that are no numbers, neo and SpikeInterface fail on it
    for name in ("spike_times", "spike_templates", "spike_clusters", "amplitudes"):
        file = stage / f"{name}.npy"  # as rows, not columns: Phy saves a row, and neo fails where both are in a folder
        np.save(file, np.load(file).ravel())
    if len(units) == 1:
        _add_silent_template(stage)


def _add_silent_template(stage: Path) -> None:
    """Put a template without spikes beside a single one: Phy drops axes of length 1, and would open no lone unit."""
    for name, axes in (("templates", (0,)), ("similar_templates", (0, 1)), ("pc_feature_ind", (0,))):
        file = stage / f"{name}.npy"
        if file.is_file():
            values = np.load(file)
            more = [(0, int(axis in axes)) for axis in range(values.ndim)]
            np.save(file, np.pad(values, more, mode="edge" if name == "pc_feature_ind" else "constant"))


def _write_voltage(recording: Recording, stage: Path) -> None:
    """Write the voltage as it was recorded, in µV, and say how it lies."""
    with (stage / "recording.dat").open("wb") as file:
        for start in range(0, recording.n_samples, _CHUNK):
            np.ascontiguousarray(recording.read(start, start + _CHUNK), dtype="<f4").tofile(file)
    (stage / "params.py").write_text(
        "dat_path = r'recording.dat'\n"
        f"n_channels_dat = {recording.n_channels}\n"
        "dtype = 'float32'\n"
        "offset = 0\n"
        f"sample_rate = {recording.sampling_hz!r}\n"
        "hp_filtered = False\n",
        encoding="utf-8",
    )


# --- tables of clusters ----------------------------------------------------------------------------------------------


def _write_tables(units: Sequence[Unit], cells: dict[str, CellAnalysis], stage: Path) -> None:
    """Write labels and what was found out as columns of Phy's cluster view.

    A text begins with a letter: neo takes what begins otherwise for a number, and reads no folder with another in it.
    """
    _table(stage, "group", ["mua" if unit.multi_unit else "good" for unit in units])
    _table(stage, "unit", [f"unit {unit.id}" for unit in units])
    if cells:
        own = [cells[unit.id] for unit in units]
        _table(stage, "call", [cell.final_label or "not judged" for cell in own])
        _table(stage, "rate_hz", [f"{cell.rate_hz:.2f}" for cell in own])
        if any(cell.fits for cell in own):
            _table(stage, "id50", [f"{cell.words.lead}{cell.id50_text}" if cell.id50_text else "none" for cell in own])
        _table(stage, "excluded", ["yes" if cell.excluded else "no" for cell in own])


def _table(stage: Path, column: str, values: Sequence[str]) -> None:
    """Write one column, a row per cluster."""
    with (stage / f"cluster_{column}.tsv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(["cluster_id", column])
        rows.writerows((cluster, " ".join(value.split()).replace("µ", "u")) for cluster, value in enumerate(values))


def _manifest(
    session: str,
    recording: Recording,
    units: Sequence[Unit],
    log: CurationLog,
    protocol: DoseProtocol,
    stage: Path,
) -> PhyManifest:
    """Describe what was written."""
    shown = [unit for unit in units if unit.n_spikes]
    silent = [unit for unit in units if not unit.n_spikes]
    given: list[dict[str, Any]] = [plain(asdict(each)) for each in protocol.administrations]
    return PhyManifest(
        session=session,
        start_s=recording.runs[0].start_s,
        sampling_hz=recording.sampling_hz,
        n_samples=recording.n_samples,
        channels=tuple(recording.channel_names),
        band_hz=recording.band_hz,
        clusters=(
            *(PhyCluster.of(number, unit) for number, unit in enumerate(shown)),
            *(PhyCluster.of(-1, unit) for unit in silent),
        ),
        curation_sha256=curation_facts(log)["sha256"],
        spikes_sha256=spikes_checksum(stage),
        given=tuple(given),
    )
