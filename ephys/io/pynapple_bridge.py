"""To pynapple: units as a TsGroup, windows as an IntervalSet, with what they are as metadata.

pynapple's intervals are closed and ours half-open: an interval ends at the last number before ours does, so that no
spike at an end is counted, none is counted twice, and adjacent intervals are not trimmed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.errors import ParameterError, SupportWarning
from ephys.model import Epoch, Session, Support, Unit
from ephys.pharmacology import DoseResponse, DoseResponseFit

_Row = dict[str, Any]
_ROUNDING_S = 1e-6


def to_pynapple(source: Session | SessionAnalysis | Sequence[Unit], *, within: Epoch | None = None) -> Any:
    """Spikes as a `pynapple.TsGroup`, with the time in which they could have been seen.

    A group has one time support for all of its trains. It is the time in which every unit was recorded: outside it, a
    unit that was not would look silent. What is left out of the others is warned of, and stands in the metadata.

    Parameters
    ----------
    source : Session, SessionAnalysis or sequence of Unit
        Whose spikes. The units of a session are the file's own.
    within : Epoch, optional
        This window only.

    Returns
    -------
    pynapple.TsGroup
        Keys are the units' names where all are whole numbers, else 0, 1, 2... Metadata: ``unit`` (its name), ``kind``
        (``single`` or ``multi``), ``origin``, ``call`` (the 5-HT call that holds), ``baseline_hz``, ``id50`` (as it
        may be quoted), ``excluded`` (why; empty: it is not), ``peak_to_noise``, ``left_out_s`` and
        ``left_out_spikes``. What is not known is NaN or empty. ``rate`` is pynapple's: over the whole support.

    Raises
    ------
    ParameterError
        If there are no units, two have one name, or no time is common to all.

    Warns
    -----
    SupportWarning
        If units were recorded in different times.

    Examples
    --------
    >>> whole = Epoch(0.0, 10.0)
    >>> units = [Unit.from_times([1.0, 2.5], support=whole), Unit.from_times([3.0], support=whole, id="2")]
    >>> group = to_pynapple(units)
    >>> group[1].t, group.get_info("unit").tolist(), group.time_support.start
    (array([1. , 2.5]), ['1', '2'], array([0.]))
    """
    import pynapple as nap

    units, rows = _described(source)
    _check_names(units)
    wanted = {unit.id: unit.support if within is None else unit.support.within(within) for unit in units}
    common = _common_support(units, wanted)
    kept = [common.mask(unit.times_s) for unit in units]
    for unit, row, mask in zip(units, rows, kept, strict=True):
        support = wanted[unit.id]
        inside = 0 if support is None else int(support.mask(unit.times_s).sum())
        row |= _left_out(support, common, inside - int(mask.sum()))
    _warn_of(units, rows)
    intervals = _interval_set(common.epochs, closed=units)
    trains = {
        key: nap.Ts(t=unit.times_s[mask].copy(), time_support=intervals)
        for key, unit, mask in zip(_keys(units), units, kept, strict=True)
    }
    metadata = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    order = np.argsort(list(trains))
    sorted_metadata = {name: values[order] for name, values in metadata.items()}
    return nap.TsGroup(
        dict(sorted(trains.items())), time_support=intervals, bypass_check=True, metadata=sorted_metadata
    )


def to_pynapple_epochs(source: Support | Epoch | Sequence[Epoch] | DoseResponse | DoseResponseFit) -> Any:
    """Stretches of time as a `pynapple.IntervalSet`: a support, windows, or the read-out windows of a series.

    Parameters
    ----------
    source : Support, Epoch, sequence of Epoch, DoseResponse or DoseResponseFit
        Of a series, the baseline comes with its windows.

    Returns
    -------
    pynapple.IntervalSet
        In order of time. Metadata: ``label``; of a series ``role``, ``drug`` and ``dose`` (cumulative) instead.

    Raises
    ------
    ParameterError
        If two of them overlap: pynapple would join them and drop what they are.

    Examples
    --------
    >>> epochs = to_pynapple_epochs([Epoch(0.0, 180.0, "baseline"), Epoch(180.0, 240.0, "saline")])
    >>> len(epochs), epochs.get_info("label").tolist(), float(epochs.start[1])
    (2, ['baseline', 'saline'], 180.0)
    """
    if isinstance(source, DoseResponse | DoseResponseFit):
        response = source.response if isinstance(source, DoseResponseFit) else source
        measured = [window for window in (response.baseline, *response.windows) if window is not None]
        windows = sorted(measured, key=lambda window: window.epoch.start_s)
        return _interval_set(
            [window.epoch for window in windows],
            role=[window.role for window in windows],
            drug=[window.drug for window in windows],
            dose=[window.dose for window in windows],
        )
    stretches = [source] if isinstance(source, Epoch) else source.epochs if isinstance(source, Support) else source
    epochs = sorted(stretches, key=lambda epoch: epoch.start_s)
    return _interval_set(epochs, label=[epoch.label for epoch in epochs])


def _interval_set(epochs: Sequence[Epoch], *, closed: Sequence[Unit] = (), **metadata: list[Any]) -> Any:
    """Intervals that end before their epochs do, so that none holds a spike that its epoch has not.

    The last instant of a recording counts as inside: where a unit fired then, the last interval holds it.
    """
    import pynapple as nap

    for before, after in pairwise(epochs):
        if before.stop_s > after.start_s:
            raise ParameterError(
                f"epochs {before.label!r} [{before.start_s:g} s, {before.stop_s:g} s) and {after.label!r} "
                f"[{after.start_s:g} s, {after.stop_s:g} s) overlap: pynapple would join them; make a set of each"
            )
    ends = np.nextafter([epoch.stop_s for epoch in epochs], -np.inf)
    if any(unit.n_spikes and unit.times_s[-1] == epochs[-1].stop_s for unit in closed):
        ends[-1] = epochs[-1].stop_s
    starts = np.array([epoch.start_s for epoch in epochs])
    return nap.IntervalSet(start=starts, end=ends, metadata={name: np.array(v) for name, v in metadata.items()})


def _described(source: Session | SessionAnalysis | Sequence[Unit]) -> tuple[list[Unit], list[_Row]]:
    """Units, and what is known of each."""
    if isinstance(source, SessionAnalysis):
        return [cell.unit for cell in source.cells], [_cell_row(cell) for cell in source.cells]
    units = list(source.units if isinstance(source, Session) else source)
    baseline = source.protocol.baseline if isinstance(source, Session) else None
    return units, [_unit_row(unit, baseline) for unit in units]


def _unit_row(unit: Unit, baseline: Epoch | None) -> _Row:
    """What a unit says of itself."""
    covered_s = unit.support.covered_s(baseline) if baseline else 0.0
    spikes = int(baseline.mask(unit.times_s).sum()) if baseline else 0
    sized = unit.noise_uv > 0 and bool(np.isfinite(unit.amplitudes_uv).any())
    return {
        "unit": unit.id,
        "kind": "multi" if unit.multi_unit else "single",
        "origin": unit.origin,
        "call": "",
        "baseline_hz": spikes / covered_s if covered_s else math.nan,
        "id50": "",
        "excluded": "",
        "peak_to_noise": float(np.nanmedian(unit.amplitudes_uv)) / unit.noise_uv if sized else math.nan,
    }


def _cell_row(cell: CellAnalysis) -> _Row:
    """What an analysis says of a unit."""
    return _unit_row(cell.unit, None) | {
        "call": cell.final_label,
        "baseline_hz": cell.quality.rate_hz if cell.quality else math.nan,
        "id50": cell.id50_text,
        "excluded": cell.excluded,
        "peak_to_noise": cell.quality.peak_to_noise if cell.quality else math.nan,
    }


def _check_names(units: Sequence[Unit]) -> None:
    """Raise unless there are units, each with a name of its own."""
    if not units:
        raise ParameterError("no units: a session's are the file's own; give its analysis, or what sort_units finds")
    names = [unit.id for unit in units]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"several units are called {', '.join(twice)}: rename them first")


def _keys(units: Sequence[Unit]) -> list[int]:
    """Whole numbers that pynapple takes: the names, where they are such."""
    names = [unit.id for unit in units]
    plain = all(name.isascii() and name.isdigit() and str(int(name)) == name for name in names)
    return [int(name) for name in names] if plain else list(range(len(names)))


def _common_support(units: Sequence[Unit], wanted: dict[str, Support | None]) -> Support:
    """Time in which every unit was recorded."""
    common = wanted[units[0].id]
    for unit in units:
        support = wanted[unit.id]
        common = _shared(common, support) if common and support else None
        if common is None:
            raise ParameterError(
                f"no time is common to all units (none with unit {unit.id}), and a group has one time for all: give "
                "those that were recorded together, or another window (within)"
            )
    if common is None:
        raise ParameterError("no units, no time")
    return common


def _shared(one: Support, other: Support) -> Support | None:
    """Time that two supports share."""
    if one.epochs == other.epochs:
        return one
    parts = [part for epoch in one.epochs if (part := other.within(epoch)) is not None]
    epochs = tuple(epoch for part in parts for epoch in part.epochs)
    return Support(epochs) if epochs else None


def _left_out(support: Support | None, common: Support, spikes: int) -> _Row:
    """What of a unit's own time the group has not."""
    left_out_s = support.duration_s - common.duration_s if support else 0.0
    return {"left_out_s": left_out_s if left_out_s > _ROUNDING_S else 0.0, "left_out_spikes": spikes}


def _warn_of(units: Sequence[Unit], rows: Sequence[_Row]) -> None:
    """Say what the group has not."""
    missing = [
        f"{unit.id} {row['left_out_s']:.1f} s with {row['left_out_spikes']} spikes"
        for unit, row in zip(units, rows, strict=True)
        if row["left_out_s"] or row["left_out_spikes"]
    ]
    if missing:
        warnings.warn(
            f"the group holds the time that is common to all {len(units)} units; left out of unit "
            f"{', '.join(missing)}: make a group of each for their own time",
            SupportWarning,
            stacklevel=3,
        )
