"""The table of units of an NWB file: into it, and out of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hdmf.backends.hdf5 import H5DataIO
from hdmf.common import VectorData, VectorIndex
from numpy.typing import NDArray
from pynwb.misc import Units

from ephys.io.nwb_layout import SNIPPET_COLUMNS, UNIT_COLUMNS, Column
from ephys.model import Epoch, Session, Support, Unit, Waveform

_NO_WAVEFORM = Waveform(np.empty((0, 0, 0), np.float32), np.empty(0, np.int64), sampling_hz=1.0, pre_s=0.0)


def units_table(session: Session) -> Any:
    """Return the table of units; ragged columns are written whole, so that an empty unit keeps their types."""
    units = session.units
    waves = [unit.waveform or _NO_WAVEFORM for unit in units]
    bounds = [np.array([(e.start_s, e.stop_s) for e in unit.support.epochs]) for unit in units]
    columns = [
        *_ragged("spike_times", "when the unit fired, in seconds", [unit.times_s for unit in units]),
        *_ragged("obs_intervals", "when it could have been seen to fire", bounds),
        *_ragged("amplitudes_uv", "size of each spike's main peak in microvolts", [u.amplitudes_uv for u in units]),
        *_ragged("snippet_spike", "which spike of the unit each snippet shows, from 0", [w.spike_index for w in waves]),
        *_ragged("snippet_uv", "snippets in microvolts, one after another, each (samples, channels) row by row",
                 [w.snippets_uv.reshape(-1) for w in waves]),
        *plain(UNIT_COLUMNS, [
            (u.id, u.origin, u.multi_unit, float(u.threshold_uv), float(u.noise_uv)) for u in units
        ]),
        *plain(SNIPPET_COLUMNS, [_snippet_row(w) for w in waves]),
        *_mean_waveforms(waves),
    ]  # fmt: skip
    table: dict[str, Any] = {"waveform_rate": float(waves[0].sampling_hz)} if _alike(waves) else {}
    if session.recording is not None:
        table["resolution"] = 1.0 / session.recording.sampling_hz
    names = [c.name for c in columns if not isinstance(c, VectorIndex)]
    return Units(
        name="units", description="sorted units", id=list(range(len(units))), columns=columns, colnames=names, **table
    )


def _snippet_row(wave: Waveform) -> tuple[Any, ...]:
    """Return what a unit's snippets are, in the order of the columns."""
    samples, channels = wave.snippets_uv.shape[1:]
    low, high = (math.nan if edge is None else float(edge) for edge in wave.band_hz)
    return (
        samples,
        channels,
        float(wave.sampling_hz),
        float(wave.pre_s),
        low,
        high,
        wave.order,
        wave.phase,
        wave.source,
    )


def _alike(waves: Sequence[Waveform]) -> bool:
    """Whether every unit has snippets, and all of one size, so that NWB's own mean-waveform columns can hold them."""
    return (
        all(len(w.snippets_uv) > 0 for w in waves)
        and len({(w.snippets_uv.shape[1:], w.sampling_hz) for w in waves}) == 1
    )


def _mean_waveforms(waves: Sequence[Waveform]) -> list[Any]:
    """Return mean and SD in volts, for readers who know NWB only; our reader takes the snippets."""
    if not _alike(waves):
        return []
    mean = np.stack([w.snippets_uv.mean(axis=0, dtype=np.float64) for w in waves]) * 1e-6
    sd = np.stack([w.snippets_uv.std(axis=0, dtype=np.float64) for w in waves]) * 1e-6
    return [
        VectorData(name="waveform_mean", description="mean of the snippets, in volts", data=mean),
        VectorData(name="waveform_sd", description="SD of the snippets, in volts", data=sd),
    ]


def packed(values: NDArray[Any]) -> Any:
    """Array that HDF5 compresses; an empty one cannot be."""
    return H5DataIO(values, compression="gzip", compression_opts=6, shuffle=True) if values.size else values


def _ragged(name: str, description: str, parts: Sequence[NDArray[Any]]) -> tuple[Any, Any]:
    """Return one column whose rows have different lengths, and its index."""
    data = VectorData(name=name, description=description, data=packed(np.concatenate(parts)))
    ends = np.cumsum([len(part) for part in parts])
    return data, VectorIndex(name=f"{name}_index", data=ends.astype(np.int64), target=data)


def plain(columns: Iterable[Column], rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return plain columns from rows of values."""
    by_column = zip(columns, zip(*rows, strict=True), strict=True)
    return [VectorData(name=c.name, description=c.description, data=list(values)) for c, values in by_column]


# --- reading ---------------------------------------------------------------------------------------------------------


def read_units(table: Any, recorded: Support | None) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """Return the units of the table, and what is odd about them."""
    if table is None or "spike_times" not in table.colnames or len(table) == 0:
        return (), ()
    seen = "obs_intervals" in table.colnames
    doubts: tuple[str, ...] = ()
    if not seen:
        recorded = recorded or _from_first_to_last(table)
        doubts = (
            "the units' table has no obs_intervals: each unit is taken as seen "
            f"from {recorded.start_s:g} to {recorded.stop_s:g} s",
        )
    units = []
    for i in range(len(table)):
        times = np.asarray(table["spike_times"][i], dtype=np.float64)
        support = recorded
        if seen:
            bounds = np.asarray(table["obs_intervals"][i], dtype=np.float64).reshape(-1, 2)
            support = Support(tuple(Epoch(float(a), float(b), "recorded") for a, b in bounds))
        assert support is not None
        units.append(_unit(table, i, times, support))
    return tuple(units), doubts


def _from_first_to_last(table: Any) -> Support:
    """Return the time that the spikes of all units span, the only time that such a file states."""
    times = np.asarray(table["spike_times"].target.data[:], dtype=np.float64)
    start, stop = (float(times.min()), float(times.max())) if times.size else (0.0, 1.0)
    return Support.of(Epoch(min(0.0, start), stop if stop > start else start + 1.0, "recorded"))


def _unit(table: Any, i: int, times: NDArray[np.float64], support: Support) -> Unit:
    """Return one row of the table; columns that it lacks stay unknown."""
    has = set(table.colnames)
    order = np.argsort(times, kind="stable")
    unit = Unit(
        id=str(table["unit_name"][i] if "unit_name" in has else table.id[i]),
        times_s=times[order],
        support=support,
        origin=str(table["origin"][i]) if "origin" in has else "nwb",
        multi_unit=bool(table["multi_unit"][i]) if "multi_unit" in has else False,
        threshold_uv=float(table["threshold_uv"][i]) if "threshold_uv" in has else math.nan,
        noise_uv=float(table["noise_uv"][i]) if "noise_uv" in has else math.nan,
    )
    if "amplitudes_uv" in has:
        unit = replace(unit, amplitudes_uv=np.asarray(table["amplitudes_uv"][i], dtype=np.float64)[order])
    return replace(unit, waveform=_waveform(table, i)) if "snippet_uv" in has else unit


def _waveform(table: Any, i: int) -> Waveform | None:
    """Return the snippets of one row."""
    samples, channels = int(table["snippet_samples"][i]), int(table["snippet_channels"][i])
    if samples == 0:
        return None
    edges = (float(table["snippet_low_hz"][i]), float(table["snippet_high_hz"][i]))
    low, high = (None if math.isnan(edge) else edge for edge in edges)
    return Waveform(
        snippets_uv=np.asarray(table["snippet_uv"][i]).reshape(-1, samples, channels),
        spike_index=np.asarray(table["snippet_spike"][i]),
        sampling_hz=float(table["snippet_hz"][i]),
        pre_s=float(table["snippet_pre_s"][i]),
        band_hz=(low, high),
        order=int(table["snippet_order"][i]),
        phase=table["snippet_phase"][i],
        source=table["snippet_source"][i],
    )
