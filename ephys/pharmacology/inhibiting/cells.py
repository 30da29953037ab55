"""Each cell without drug and at one dose: which windows these are, and which cells have none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError, TableError
from ephys.jupyter import potency_words
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.animal_tables import (
    FloatArray,
    Table,
    number_column,
    read_rows,
    require_columns,
    text_column,
)
from ephys.pharmacology.population.fitting import gather_runs
from ephys.pharmacology.population.runs import Run
from ephys.pharmacology.responses import DoseResponse

_PAIR = {"count": "baseline_count", "exposure_s": "baseline_s", "false_count": "baseline_false_count"}
"""Columns of the window with the drug, and of the baseline."""


NEARLY_SILENT_PERCENT = 5.0
"""Percent of baseline up to which a cell that was given no more counts as silenced (convention)."""


@dataclass(frozen=True, eq=False)
class CellsAtDose:
    """Cells with two counts each, pooled over their windows: without drug, and at the dose.

    Parameters
    ----------
    runs : tuple of Run
        Each of two windows, the baseline first.
    dose : float
        NaN where a table does not say it.
    carried : tuple of str
        Cells that were silent, or nearly, at a lower dose and were given no more: they enter as they were there.
    left_out : tuple of str
        Cells that have no such pair of counts, and why.
    not_given : tuple of str
        Those of `left_out` that were given other doses, this one not.
    carried_runs : tuple of Run
        Those of `runs` that are carried.
    """

    runs: tuple[Run, ...]
    dose: float
    carried: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_given: tuple[str, ...] = ()
    carried_runs: tuple[Run, ...] = ()


@dataclass
class _Sorted:
    """Cells as they are looked at."""

    runs: list[Run] = field(default_factory=list)
    carried: list[tuple[Run, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    not_given: list[str] = field(default_factory=list)


def cells_at_dose(given: Iterable[DoseResponse] | Table, dose: float | None) -> CellsAtDose:
    """Cells of responses or of a table, at one dose.

    Parameters
    ----------
    given : iterable of DoseResponse, or table
        As in `compare_inhibition`.
    dose : float or None
        Which of the doses given.

    Raises
    ------
    ParameterError
        If the dose was given to no cell, or must be chosen; or no cell is left.
    TableError
        If a table cannot be understood.

    Examples
    --------
    A series that was stopped at silence, and one that was not:

    >>> series = {"r1": ((0, 60), (25, 31), (50, 0)), "r2": ((0, 72), (25, 50), (50, 40), (100, 12))}
    >>> rows = [
    ...     {"animal": animal, "unit": "1", "group": "control", "dose": dose, "count": count, "exposure_s": 60.0}
    ...     for animal, counts in series.items() for dose, count in counts]  # fmt: skip
    >>> found = cells_at_dose(rows, 100.0)
    >>> [run.value.tolist() for run in found.runs], found.carried
    ([[60.0, 0.0], [72.0, 12.0]], ('unit 1 of animal r1: 0 spikes at 50',))
    """
    rows = _rows(given)
    if rows and _PAIR["count"] in rows[0]:
        if dose is not None:
            raise ParameterError(f"the table has one count per cell and no doses to choose from, got dose={dose:g}")
        cells = _with_baseline(_Sorted(_runs_of_pairs(rows)), math.nan)
    else:
        runs, left_out = gather_runs(cast(Table, rows) if rows else given, counts=True)
        cells = runs_at_dose(runs, _dose_of(runs, dose), left_out=left_out)
    if not cells.runs:
        raise ParameterError("no cell can be compared" + "".join(f"; {reason}" for reason in cells.left_out))
    return cells


def runs_at_dose(runs: Iterable[Run], dose: float, *, left_out: Sequence[str] = ()) -> CellsAtDose:
    """Take curves at one dose; there may be none.

    Parameters
    ----------
    runs : iterable of Run
        Of counts.
    dose : float
        One of those given.
    left_out : sequence of str, optional
        Cells that are no curves, and why: they come before the others.
    """
    found = _Sorted(left_out=list(left_out))
    for run in runs:
        _sort(run, dose, found)
    return _with_baseline(found, dose)


def _with_baseline(found: _Sorted, dose: float) -> CellsAtDose:
    """Cells that had spikes of their own without drug; the others are left out."""
    kept = [run for run in found.runs if run.value[0] > run.false_count[0]]
    silent = [_without_baseline(run) for run in found.runs if run not in kept]
    carried = [(run, told) for run, told in found.carried if run in kept]
    return CellsAtDose(
        tuple(kept), dose, tuple(told for _, told in carried), (*found.left_out, *found.not_given, *silent),
        tuple(found.not_given), tuple(run for run, _ in carried),
    )  # fmt: skip


def _rows(given: Iterable[DoseResponse] | Table) -> list[dict[str, Any]]:
    """Rows of a table; none where responses were given."""
    if isinstance(given, str | PathLike) or hasattr(given, "columns") or hasattr(given, "keys"):
        return read_rows(cast(Table, given))
    listed = list(cast(Iterable[object], given))
    if listed and all(isinstance(one, DoseResponse) for one in listed):
        return []
    return read_rows(cast(Table, listed))


def _runs_of_pairs(rows: Sequence[dict[str, Any]]) -> list[Run]:
    """Cells of a table with a row each."""
    require_columns(rows, ["animal", "unit", "group", "count", "exposure_s", "baseline_count", "baseline_s"])
    names = {name: text_column(rows, name) for name in ("animal", "unit", "group")}
    _once_each(names)
    pairs = {name: np.stack([_numbers(rows, other), _numbers(rows, name)], axis=1) for name, other in _PAIR.items()}
    fano = number_column(rows, "fano", required=False, above=0.0)
    known = {*names, *_PAIR, *_PAIR.values(), "fano"}
    others = {name: text_column(rows, name, required=False) for name in rows[0] if name not in known}
    dose = np.array([0.0, 1.0])
    return [
        Run(
            animal=names["animal"][n], unit=names["unit"][n], group=names["group"][n], drug="", dose_unit="", dose=dose,
            value=pairs["count"][n], exposure_s=pairs["exposure_s"][n], false_count=pairs["false_count"][n],
            fano=float(fano[n]), proven=np.ones(2, dtype=np.bool_), decayed_dose=dose,
            conditions={name: values[n] for name, values in others.items()},
        )
        for n in range(len(rows))
    ]  # fmt: skip


def _numbers(rows: Sequence[dict[str, Any]], name: str) -> FloatArray:
    """A column of counts or seconds; false spikes need not be there."""
    if name.endswith("_s"):
        return number_column(rows, name, above=0.0)
    false = "false" in name
    return np.nan_to_num(number_column(rows, name, required=not false, least=0.0))


def _once_each(names: dict[str, list[str]]) -> None:
    """Check that no cell has two rows.

    Raises
    ------
    TableError
        With both rows.
    """
    seen: dict[tuple[str, ...], int] = {}
    for row, cell in enumerate(zip(names["animal"], names["unit"], names["group"], strict=True), start=1):
        if cell in seen:
            raise TableError(
                f"data rows {seen[cell]} and {row} are both unit {cell[1]} of animal {cell[0]} in group {cell[2]}: a "
                "row per cell. Give every cell a name of its own, or add up its windows"
            )
        seen[cell] = row


def _dose_of(runs: Sequence[Run], dose: object) -> float:
    """The dose meant, as it was given."""
    doses = sorted({float(one) for run in runs for one in run.dose if one > 0})
    told = f"{', '.join(figures(one) for one in doses)} {runs[0].dose_unit}".rstrip()
    if dose is None:
        if len(doses) == 1:
            return doses[0]
        raise ParameterError(f"dose must be one of the doses given ({told}), got none")
    if not isinstance(dose, int | float):
        raise ParameterError(f"dose must be a number, one of the doses given ({told}), got {dose!r}")
    near = [one for one in doses if math.isclose(one, dose, rel_tol=1e-6)]
    near = near or [one for one in doses if figures(one) == figures(dose)]  # as the doses are printed
    if len(near) != 1:
        raise ParameterError(
            f"dose must be one of the doses given ({told}), got {dose:g}; between doses, fit_population knows a curve"
        )
    return near[0]


def _sort(run: Run, dose: float, found: _Sorted) -> None:
    """Take a cell at the dose; at a lower one that silenced it, if it was given no more; or say why neither."""
    top, unit = float(run.dose.max()), f" {run.dose_unit}".rstrip()
    at = np.isclose(run.dose, dose, rtol=1e-6)
    if at.any():
        found.runs.append(_pooled(run, at))
        return
    last = run.dose == top
    percent = run.percents[top]
    if top > dose:
        found.not_given.append(f"{run.name}: was not given {figures(dose)}{unit}")
    elif percent > NEARLY_SILENT_PERCENT:
        found.left_out.append(
            f"{run.name}: the last {potency_words(run.dose_unit).dose} was {figures(top)}{unit} and left {percent:.0f} "
            "%; what more would have done is"
            " not known"
        )
    else:
        pooled = _pooled(run, last)
        found.runs.append(pooled)
        found.carried.append((pooled, f"{run.name}: {run.value[last].sum():g} spikes at {figures(top)}{unit}"))


def _pooled(run: Run, at: NDArray[np.bool_]) -> Run:
    """Two windows: all without drug, and all at the dose."""
    windows = (run.dose == 0, at)

    def pooled(values: FloatArray) -> FloatArray:
        return np.array([values[which].sum() for which in windows])

    dose = np.array([0.0, run.dose[at][0]])
    return replace(
        run,
        dose=dose,
        decayed_dose=dose,
        value=pooled(run.value),
        exposure_s=pooled(run.exposure_s),
        false_count=pooled(run.false_count),
        proven=np.array([True, bool(run.proven[at].all())]),
    )


def _without_baseline(run: Run) -> str:
    """Why a cell has nothing that could be inhibited."""
    false = f", {run.false_count[0]:.3g} of them expected to be others'" if run.false_count[0] else ""
    return (
        f"{run.name}: {run.value[0]:g} spikes in {run.exposure_s[0]:g} s at baseline{false}; {run.value[1]:g} in "
        f"{run.exposure_s[1]:g} s after"
    )
