"""A folder of Phy or Kilosort: sorted spikes with the labels that a person, or Kilosort, gave them, and the voltage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import FileFormatError
from ephys.io.assemble import Found, assemble
from ephys.io.contents import Channel, Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.phy_labels import cluster_labels
from ephys.io.phy_manifest import PhyCluster, PhyManifest, manifest_of
from ephys.io.raw_binary import BinarySignal, raw_signals
from ephys.io.raw_description import of_params, params_of
from ephys.io.trains import Train
from ephys.model import Epoch, ReadingSettings, Support


def is_phy(folder: Path) -> bool:
    """Whether a folder holds what Phy opens."""
    return (folder / "spike_times.npy").is_file()


def phy_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a folder of Phy or Kilosort, named itself or by the ``params.py`` in it.

    Clusters labelled ``good`` become units, ``mua`` and those without a label multi-units; ``noise`` is left out. Their
    amplitudes and templates are in units of the sorter's own and are not read.

    Raises
    ------
    FileFormatError
        If a file is missing, damaged or does not fit the others, or the rate is not stated.
    """
    folder = path.parent if path.name == "params.py" else path
    with foreign(folder, "Phy") as said:
        own = manifest_of(folder)
        sorted_ = _sorted(folder, reading, own)
        trains, channels, doubts = _trains(folder, sorted_, own)
        signals, of_voltage = _voltage(folder, reading, own)
        wire, of_wire = (
            _wires(folder, sorted_, trains, signals, own) if not (reading.wire or reading.group) else ((), ())
        )
        start_s = own.start_s if own else 0.0
        last_s = start_s + own.n_samples / own.sampling_hz if own else float(sorted_.times_s[-1])
        found = Found(
            trains=tuple(trains),
            channels=tuple(replace(c, number=len(signals) + i + 1) for i, c in enumerate(channels)),
            doubts=(*doubts, *of_voltage, *of_wire),
            end_is_known=own is not None,
        )
        whole = signals[0].channel.stop_s if signals else last_s
        recorded = Support.of(Epoch(start_s, max(whole, start_s + 1.0 / sorted_.sampling_hz), "recorded"))
        chosen = replace(reading, wire=wire) if wire else reading
        contents = assemble(folder, "Phy / Kilosort folder", chosen, signals, found, lambda: recorded)
        if own:
            contents = replace(contents, session=replace(contents.session, id=own.session))
    return with_remarks(contents, said)


@dataclass(frozen=True, eq=False)
class _Sorted:
    """Spikes in order: when, of which cluster, by which template (empty where unknown)."""

    times_s: NDArray[np.float64]
    clusters: NDArray[np.int64]
    templates: NDArray[np.int64]
    sampling_hz: float
    doubts: tuple[str, ...]


def _sorted(folder: Path, reading: ReadingSettings, own: PhyManifest | None) -> _Sorted:
    """Return the spikes.

    Raises
    ------
    FileFormatError
        If they are missing, damaged, of different number, or their rate is not stated.
    """
    samples = whole_numbers(folder / "spike_times.npy")
    named = [name for name in ("spike_clusters", "spike_templates") if (folder / f"{name}.npy").is_file()]
    if not named:
        raise FileFormatError(f"{folder}: has spike_times.npy, but neither spike_clusters.npy nor spike_templates.npy")
    numbers = {name: whole_numbers(folder / f"{name}.npy") for name in named}
    for name, values in numbers.items():
        if len(values) != len(samples):
            raise FileFormatError(f"{folder / name}.npy: {len(values)} numbers for {len(samples)} spike times")
    if not len(samples):
        raise FileFormatError(f"{folder}: holds no spikes")
    params = folder / "params.py"
    hz = reading.sampling_hz or (of_params(params, params_of(params)).sampling_hz if params.is_file() else 0.0)
    if not hz:
        raise FileFormatError(
            f"{folder}: spike_times.npy holds sample numbers, and no params.py states sample_rate; say sampling_hz"
        )
    order = np.argsort(samples, kind="stable")
    doubt = f"{folder.name} has no spike_clusters.npy; spikes are named by their templates"
    return _Sorted(
        (own.start_s if own else 0.0) + samples[order] / hz,
        numbers[named[0]][order],
        numbers.get("spike_templates", np.empty(0, np.int64))[order if "spike_templates" in numbers else slice(0)],
        hz,
        () if named[0] == "spike_clusters" else (doubt,),
    )


def whole_numbers(file: Path) -> NDArray[np.int64]:
    """Return the whole numbers in a ``.npy``, a column of them as a row.

    Raises
    ------
    FileFormatError
        If it cannot be read, or holds something else.
    """
    with foreign(file, "NumPy"):
        values = np.load(file, allow_pickle=False)
    row = values.reshape(-1) if values.ndim == 2 and 1 in values.shape else values
    if row.ndim != 1 or row.dtype.kind not in "iuf" or not np.array_equal(row, np.trunc(row)):
        raise FileFormatError(
            f"{file}: must be one row of whole numbers, got shape {values.shape} of {values.dtype}"
            + (": spike times are sample numbers here" if file.stem == "spike_times" else "")
        )
    numbers: NDArray[np.int64] = row.astype(np.int64)
    return numbers


# --- labels ----------------------------------------------------------------------------------------------------------


def _trains(
    folder: Path, found: _Sorted, own: PhyManifest | None
) -> tuple[list[Train], list[Channel], tuple[str, ...]]:
    """Return one train per cluster that is no noise, with what was made of the labels."""
    labels, by_kilosort = cluster_labels(folder)
    ours = {each.cluster: (each.unit, _unknown(each, own)) for each in own.clusters} if own else {}
    trains, channels = [], []
    by_label: dict[str, list[str]] = {}
    for cluster in np.unique(found.clusters):
        label = labels.get(int(cluster), "")
        name, lost = ours.get(int(cluster), (f"phy {cluster}" if own else str(cluster), ()))
        by_label.setdefault(label or "unsorted", []).append(name)
        times = found.times_s[found.clusters == cluster]
        used = "not read" if label == "noise" else "units"
        channels.append(Channel(0, f"cluster {name}", "spikes", len(times), used=used, group=label))
        if label != "noise":
            trains.append(Train(name, times, "phy", multi_unit=label != "good", lost=lost))
    for each in own.clusters if own else ():
        if each.cluster < 0:
            trains.append(Train(each.unit, np.empty(0), "phy", multi_unit=each.multi_unit, lost=_unknown(each, own)))
    doubts = [*found.doubts]
    for label, names in by_label.items():
        if label == "noise":
            doubts.append(f"clusters labelled noise are left out: {_listed(names)}")
        elif label == "unsorted":
            doubts.append(f"clusters without a label are taken as multi-units: {_listed(names)}")
        elif label not in ("good", "mua"):
            doubts.append(
                f"clusters labelled {label!r}, which is not known, are taken as multi-units: {_listed(names)}"
            )
    kilosorts = [str(c) for c in np.unique(found.clusters) if int(c) in by_kilosort]
    if kilosorts:
        doubts.append(f"labels of Kilosort's own, looked at by nobody: {_listed(kilosorts)}")
    if not trains:
        raise FileFormatError(f"{folder}: every cluster is labelled noise; nothing is left to read")
    doubts.append("amplitudes and templates are in the sorter's own scale, and are not read")
    return trains, channels, tuple(doubts)


def _unknown(cluster: PhyCluster, own: PhyManifest | None) -> tuple[Epoch, ...]:
    """Return when a unit was not known, though something was recorded."""
    if own is None:
        return ()
    start_s, stop_s = own.start_s, own.start_s + own.n_samples / own.sampling_hz
    ends = [start_s, *(end for stretch in cluster.support_s for end in stretch), stop_s]
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return tuple(Epoch(start, stop) for start, stop in pairs if stop - start > 0.5 / own.sampling_hz)


def _listed(names: list[str]) -> str:
    """Names of clusters, the first of many."""
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


# --- voltage ---------------------------------------------------------------------------------------------------------


def _voltage(
    folder: Path, reading: ReadingSettings, own: PhyManifest | None
) -> tuple[tuple[BinarySignal, ...], tuple[str, ...]]:
    """Return the channels of the voltage that was sorted, or in words why there are none."""
    params = folder / "params.py"
    values: dict[str, Any] = params_of(params) if params.is_file() else {}
    named = values.get("dat_path") or []
    paths = [folder / str(name) for name in (named if isinstance(named, list | tuple) else [named])]
    if not paths:
        return (), ("no params.py names the voltage that was sorted; it is not read",)
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        return (), (f"the voltage that was sorted is not there, and is not read: {', '.join(missing)}",)
    description = of_params(params, values)
    if own:
        description = replace(
            description, gain_uv=(1.0,), start_s=own.start_s, channel_names=own.channels, band_hz=own.band_hz
        )
    signals, doubts = raw_signals(paths, description, reading)
    return signals, (*description.doubts, *doubts)


def _wires(
    folder: Path,
    found: _Sorted,
    trains: list[Train],
    signals: tuple[BinarySignal, ...],
    own: PhyManifest | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the channels that are the wire: all that we wrote, else the one that suits best."""
    if own:
        return tuple(signal.channel.name for signal in signals), ()
    wire, doubts = _wire(folder, found, trains, signals)
    return ((wire,) if wire else ()), doubts


def _wire(
    folder: Path, found: _Sorted, trains: list[Train], signals: tuple[BinarySignal, ...]
) -> tuple[str, tuple[str, ...]]:
    """Return the channel on which the best unit is largest, by its template, and the units that it does not suit."""
    largest = _largest_channels(folder)
    if not (signals and largest and len(found.templates)):
        return "", ()
    where: dict[str, int] = {}
    for train in trains:
        templates, counts = np.unique(found.templates[found.clusters == int(train.id)], return_counts=True)
        channel = largest.get(int(templates[counts.argmax()]), -1)
        if 0 <= channel < len(signals):
            where[train.id] = channel
    if not where:
        return "", ()
    best = max((t for t in trains if t.id in where), key=lambda t: (not t.multi_unit, len(t.times_s)))
    wire = signals[where[best.id]].channel.name
    others = [name for name, channel in where.items() if channel != where[best.id]]
    doubt = (
        f"channel {wire!r} is taken as the wire: unit {best.id} is largest there; units that are largest on other "
        f"channels cannot be judged by it: {_listed(others)}; wire chooses"
    )
    return wire, (doubt,) if others else ()


def _largest_channels(folder: Path) -> dict[int, int]:
    """Channel of the raw file on which each template is largest; empty where templates are not known."""
    files = [folder / f"{name}.npy" for name in ("templates", "channel_map")]
    if not all(file.is_file() for file in files):
        return {}
    try:
        templates = np.load(files[0], allow_pickle=False)
        on_wire = np.load(files[1], allow_pickle=False).reshape(-1)
        sparse = [f for f in (folder / "templates_ind.npy", folder / "template_ind.npy") if f.is_file()]
        columns = (
            np.load(sparse[0], allow_pickle=False) if sparse else np.tile(np.arange(len(on_wire)), (len(templates), 1))
        )
        best = np.argmax(np.ptp(templates, axis=1), axis=1)
        return {i: int(on_wire[int(columns[i, at])]) for i, at in enumerate(best) if columns[i, at] < len(on_wire)}
    except (ValueError, OSError, EOFError, IndexError) as error:
        raise FileFormatError(
            f"{folder}: templates.npy, its channels or channel_map.npy are damaged: {error}"
        ) from error
