"""The table of units of an NWB file: into it, and out of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hdmf.common import DynamicTableRegion, VectorIndex
from numpy.typing import NDArray
from pynwb.misc import Units

from ephys.io.isolation import ISOLATION_COLUMNS, isolation_row
from ephys.io.nwb_layout import APART_COLUMNS, SNIPPET_COLUMNS, UNIT_COLUMNS, Column, plain, ragged
from ephys.io.nwb_waveforms import common_grid, read_waveform, waveform_columns
from ephys.model import Epoch, Isolation, Session, Share, Support, Unit

_UNSURE = ("mua", "multi", "multi-unit", "multiunit", "noise", "unsorted")
"""What sorters call units that are no single cell, in a column named as one of `_QUALITY`."""

_QUALITY = ("quality", "group", "label", "KSLabel", "ks_label")


def units_table(session: Session, electrodes: Any, found: Mapping[Column, Sequence[Any]]) -> Any:
    """Return the table of units; ragged columns are written whole, so that an empty unit keeps their types.

    Parameters
    ----------
    session : Session
        Its units.
    electrodes : hdmf.common.DynamicTable or None
        Table of the wires that they were sorted on.
    found : mapping of Column to sequence
        What an analysis found, a value per unit.
    """
    units = session.units
    waves = [unit.waveform for unit in units]
    sizes = [unit.amplitudes_uv for unit in units]
    bounds = [np.array([(e.start_s, e.stop_s) for e in unit.support.epochs]) for unit in units]
    columns = [
        *ragged("spike_times", "when the unit fired, in seconds", [unit.times_s for unit in units]),
        *ragged("obs_intervals", "when it could have been seen to fire", bounds),
        *(_electrode_columns(electrodes, len(units)) if electrodes is not None else ()),
        *(ragged("amplitudes_uv", "size of each spike's main peak in microvolts", sizes) if _any_known(sizes) else ()),
        *plain(UNIT_COLUMNS, [
            (u.id, u.origin, u.multi_unit, float(u.threshold_uv), float(u.noise_uv)) for u in units
        ]),
        *(plain(APART_COLUMNS, [_apart_row(u.isolation) for u in units]) if any(u.isolation for u in units) else ()),
        *(waveform_columns(waves) if any(waves) else ()),
        *plain(found, list(zip(*found.values(), strict=True))),
    ]  # fmt: skip
    grid = common_grid(waves)
    step_s, why = resolution(session)
    return Units(
        name="units",
        description=f"sorted units; the resolution of their times is {why}",
        id=list(range(len(units))),
        columns=columns,
        colnames=[c.name for c in columns if not isinstance(c, VectorIndex)],
        waveform_unit="volts",
        resolution=step_s,
        **({"waveform_rate": float(grid.sampling_hz)} if grid else {}),
    )


def resolution(session: Session) -> tuple[float, str]:
    """Return the smallest difference between two spike times, in seconds, and what it rests on.

    One sample of the voltage where its rate is known, else of the snippets; else what the numbers themselves hold.

    >>> from ephys.model import DoseProtocol
    >>> resolution(Session("rat07", DoseProtocol((), Support.of(Epoch(0.0, 10.0))), sampling_hz=20000.0))
    (5e-05, 'one sample of the voltage')
    """
    if session.sampling_hz > 0:
        return 1.0 / session.sampling_hz, "one sample of the voltage"
    rates = [unit.waveform.sampling_hz for unit in session.units if unit.waveform is not None]
    if rates:
        return 1.0 / max(rates), "one sample of the snippets"
    largest_s = max(abs(session.support.start_s), abs(session.support.stop_s))
    return float(np.spacing(largest_s)), "that of the stored numbers, since no sampling rate was stated"


def _any_known(sizes: Sequence[NDArray[np.float64]]) -> bool:
    """Whether the size of any spike is known."""
    return any(np.isfinite(each).any() for each in sizes)


def _electrode_columns(electrodes: Any, n_units: int) -> tuple[Any, Any]:
    """Return the column that links each unit to the wires of its recording."""
    every = list(range(len(electrodes)))
    data = DynamicTableRegion(
        name="electrodes", description="wires that the unit was sorted on", data=every * n_units, table=electrodes
    )
    ends = len(every) * np.arange(1, n_units + 1, dtype=np.int64)
    return data, VectorIndex(name="electrodes_index", data=ends, target=data)


def _apart_row(isolation: Isolation | None) -> tuple[Any, ...]:
    """Return how far a unit stands apart, in the order of the columns."""
    row = isolation_row(isolation or Isolation("", Share(math.nan), Share(math.nan)))
    neighbour, *numbers = (row[name] for name in ISOLATION_COLUMNS)
    return (isolation is not None, neighbour, *map(float, numbers))


# --- reading ---------------------------------------------------------------------------------------------------------


def read_units(table: Any, recorded: Support | None, *, ours: bool) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """Return the units of the table, and what is odd about them.

    Parameters
    ----------
    table : pynwb.misc.Units or None
        The table.
    recorded : Support or None
        When the session was recorded, as far as the rest of the file says.
    ours : bool
        Whether ephys wrote the file.
    """
    if table is None or "spike_times" not in table.colnames or len(table) == 0:
        return (), ()
    seen = "obs_intervals" in table.colnames
    doubts: list[str] = []
    if not seen:
        recorded = recorded or _from_first_to_last(table)
        doubts.append(
            "the units' table has no obs_intervals: each unit is taken as seen "
            f"from {recorded.start_s:g} to {recorded.stop_s:g} s"
        )
    names = _names(table)
    units = []
    for i, name in enumerate(names):
        times = np.asarray(table["spike_times"][i], dtype=np.float64)
        support, odd = _observed(table, i) if seen else (recorded, ())
        doubts += (f"unit {name}: {what}" for what in odd)
        if support is None:
            continue
        inside = support.mask(times)
        if not inside.all():
            doubts.append(
                f"unit {name}: {int((~inside).sum())} of {len(times)} spikes lie outside what was observed and are "
                f"left out, the first at {times[~inside][0]:g} s"
            )
        units.append(_unit(table, i, name, times, inside, support))
    return tuple(units), (*doubts, *(() if ours else _said(table, units)))


def _names(table: Any) -> list[str]:
    """Return the names of the units: by the column for them, else the table's ids; those there twice with their row."""
    column = table["unit_name"] if "unit_name" in table.colnames else table.id
    names = [str(column[i]) for i in range(len(table))]
    return [f"{name} (row {i})" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _observed(table: Any, i: int) -> tuple[Support | None, tuple[str, ...]]:
    """When one unit could have been seen, ``None`` where its row says nothing; and what is odd about the row."""
    bounds = np.asarray(table["obs_intervals"][i], dtype=np.float64).reshape(-1, 2)
    bounds = bounds[bounds[:, 1] > bounds[:, 0]]
    if not len(bounds):
        return None, ("its obs_intervals are empty: it is not read",)
    in_order = bool((bounds[1:, 0] >= bounds[:-1, 1]).all())
    pairs = bounds.tolist() if in_order else joined(bounds.tolist())
    return Support(tuple(Epoch(start_s, stop_s, "recorded") for start_s, stop_s in pairs)), () if in_order else (
        "its obs_intervals overlap or are out of order: they are joined",
    )


def joined(bounds: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
    """Return intervals in order, those that overlap as one.

    >>> joined([(5.0, 6.0), (0.0, 2.0), (1.0, 3.0)])
    [(0.0, 3.0), (5.0, 6.0)]
    """
    kept: list[tuple[float, float]] = []
    for start, stop in sorted((start, stop) for start, stop in bounds):
        if kept and start <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], stop))
        else:
            kept.append((start, stop))
    return kept


def _from_first_to_last(table: Any) -> Support:
    """Return the time that the spikes of all units span, the only time that such a file states."""
    times = np.asarray(table["spike_times"].target.data[:], dtype=np.float64)
    start, stop = (float(times.min()), float(times.max())) if times.size else (0.0, 1.0)
    return Support.of(Epoch(min(0.0, start), stop if stop > start else start + 1.0, "recorded"))


def _unit(table: Any, i: int, name: str, times: NDArray[np.float64], inside: NDArray[np.bool_], seen: Support) -> Unit:
    """Return one row of the table; columns that it lacks stay unknown."""
    has = set(table.colnames)
    kept = np.flatnonzero(inside)
    kept = kept[np.argsort(times[kept], kind="stable")]
    unit = Unit(
        id=name,
        times_s=times[kept],
        support=seen,
        origin=str(table["origin"][i]) if "origin" in has else "nwb",
        multi_unit=bool(table["multi_unit"][i]) if "multi_unit" in has else _unsure(table, i),
        threshold_uv=float(table["threshold_uv"][i]) if "threshold_uv" in has else math.nan,
        noise_uv=float(table["noise_uv"][i]) if "noise_uv" in has else math.nan,
        isolation=_isolation(table, i) if "apart_known" in has else None,
    )
    if "amplitudes_uv" in has:
        unit = replace(unit, amplitudes_uv=np.asarray(table["amplitudes_uv"][i], dtype=np.float64)[kept])
    return replace(unit, waveform=read_waveform(table, i)) if "snippet_uv" in has else unit


def _isolation(table: Any, i: int) -> Isolation | None:
    """Return how far the unit of one row stands apart."""
    if not table["apart_known"][i]:
        return None
    numbers = [float(table[name][i]) for name in ISOLATION_COLUMNS[1:]]
    return Isolation(str(table["neighbour"][i]), Share(*numbers[:3]), Share(*numbers[3:6]), *numbers[6:])


def _unsure(table: Any, i: int) -> bool:
    """Whether the sorter that another's table comes from did not take the unit for a single cell."""
    return any(str(table[name][i]).strip().lower() in _UNSURE for name in _QUALITY if name in table.colnames)


def _said(table: Any, units: Sequence[Unit]) -> list[str]:
    """Say which columns of another's table are not read, and which units its sorter did not take for single cells."""
    read = {"spike_times", "obs_intervals", "amplitudes_uv", *(c.name for c in (*UNIT_COLUMNS, *SNIPPET_COLUMNS))}
    read |= {name for name in _QUALITY if name in table.colnames and isinstance(table[name][0], str)}
    unread = [name for name in table.colnames if name not in read]
    unsure = [unit.id for unit in units if unit.multi_unit]
    said = [f"columns of the units' table that are not read: {', '.join(unread)}"] if unread else []
    return said + ([f"no single cells by the file's own quality: {', '.join(unsure[:20])}"] if unsure else [])
