"""The curves of a population: one cell under one drug or condition, with its animal and group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import TableError
from ephys.pharmacology.cell_series import usable_series, why_not
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.groups.animal_tables import Table, number_column, read_rows, require_columns, text_column
from ephys.pharmacology.groups.mixtures import refuse_mixtures
from ephys.pharmacology.population.run_checks import check_counts, check_once, check_subject, check_totals, check_whole
from ephys.pharmacology.responses import DoseResponse

FloatArray = NDArray[np.float64]

CONDITIONS = ("species", "preparation", "anaesthetic", "route", "form", "readout")
"""What must be the same in all cells that are compared, or be named as a block."""
_OF_A_CELL = ("session", "track")
"""Columns that a table may have, and that one cell has one value of."""
DESIGN = "superfusion"
"""Among the conditions: how the applications to a slice followed one another."""
PRETREATED = "pretreatment"
"""Key in the conditions of a curve of what antagonist was given before every agonist."""
DRAWN = "windows_drawn_by_hand"
"""How many, of a response: they depart from the rule of its read-out, and are told."""


@dataclass(frozen=True, eq=False)
class Run:
    """One curve: a cell, and what was counted at its doses.

    Parameters
    ----------
    animal, unit, group, drug, dose_unit : str
        Whose curve it is, and on what scale.
    dose : array (windows,)
        Cumulative; 0 without the drug.
    value : array (windows,)
        Spikes, or a response.
    exposure_s, false_count : array (windows,)
        Of counts: seconds in which they could be counted, and spikes expected there that are not the cell's.
    fano : float
        Of counts: squared CV of the intervals; NaN where unknown.
    proven : array (windows,)
        Whether the cell is known to have been there. Only the windows of an undetermined cell after its last spike are
        not.
    decayed_dose : array (windows,)
        What of each dose elimination has left; the dose itself where the series was short.
    conditions : dict
        `CONDITIONS`, and further columns of a table.
    """

    animal: str
    unit: str
    group: str
    drug: str
    dose_unit: str
    dose: FloatArray
    value: FloatArray
    exposure_s: FloatArray
    false_count: FloatArray
    fano: float
    proven: NDArray[np.bool_]
    decayed_dose: FloatArray
    conditions: dict[str, str]

    @property
    def name(self) -> str:
        """As it is printed."""
        return f"unit {self.unit} of animal {self.animal}"

    def taking(self, windows: NDArray[np.bool_]) -> Run:
        """The same with some of the windows only."""
        parts = ("dose", "value", "exposure_s", "false_count", "proven", "decayed_dose")
        return replace(self, **{part: getattr(self, part)[windows] for part in parts})

    @property
    def percents(self) -> dict[float, float]:
        """Percent of the rate without drug, at each dose, spikes that are not the cell's taken off; counts only."""
        rate = self._rate_hz(self.dose == 0)
        doses = np.unique(self.dose[self.dose > 0])
        rates = [self._rate_hz(self.dose == dose) for dose in doses]
        return {float(dose): 100.0 * one / rate if rate else math.nan for dose, one in zip(doses, rates, strict=True)}

    @property
    def doses_again(self) -> tuple[float, ...]:
        """Doses that have several rows."""
        doses, times = np.unique(self.dose[self.dose > 0], return_counts=True)
        return tuple(doses[times > 1].tolist())

    @property
    def reach(self) -> str:
        """Where half of the rate was gone: "crossed", "not reached" or "from the first dose"."""
        below = [percent < 50.0 for percent in self.percents.values()]
        if not any(below):
            return "not reached"
        return "from the first dose" if all(below) else "crossed"

    def _rate_hz(self, windows: NDArray[np.bool_]) -> float:
        """The cell's own spikes per second of some windows."""
        own = self.value[windows].sum() - self.false_count[windows].sum()
        return max(float(own), 0.0) / float(self.exposure_s[windows].sum())


def runs_of_responses(responses: Iterable[DoseResponse], *, grouped: bool = True) -> tuple[list[Run], list[str]]:
    """Curves of responses, and why others are left out.

    Parameters
    ----------
    responses : iterable of DoseResponse
    grouped : bool, optional
        Whether each must know its group.

    Raises
    ------
    ParameterError
        If a response does not know its animal or its group.
    """
    runs, left_out = [], []
    for number, response in enumerate(responses, start=1):
        subject = response.subject
        check_subject(response, number, grouped=grouped)
        reason = why_not(response)
        if reason:
            left_out.append(f"unit {response.unit_id} of animal {subject.animal}: {reason}")
        else:
            runs.append(_run_of_response(response))
    return runs, left_out


def _run_of_response(response: DoseResponse) -> Run:
    """Curve of one response; where the series was short, elimination has left all of it."""
    windows = usable_series(response, FitSettings()).windows
    subject, fate = response.subject, response.fate
    until_s = fate.held_until_s if fate is not None and fate.state == "undetermined" else math.inf
    late = bool(response.elimination) and all(math.isfinite(w.decayed_dose) for w in windows if w.dose > 0)
    return Run(
        animal=subject.animal, unit=response.unit_id, group=subject.group, drug=response.drug,
        dose_unit=response.dose_unit,
        dose=np.array([w.dose for w in windows]),
        value=np.array([w.count for w in windows], dtype=np.float64),
        exposure_s=np.array([w.expected_s for w in windows]),
        false_count=np.array([w.false_count for w in windows]),
        fano=response.fano,
        proven=np.array([w.role == "baseline" or w.epoch.stop_s <= until_s for w in windows]),
        decayed_dose=np.array([w.decayed_dose if late and w.dose > 0 else w.dose for w in windows]),
        conditions={
            "species": subject.species, "preparation": subject.preparation, "anaesthetic": subject.anaesthetic,
            "route": response.route, "form": response.form, "readout": response.readout_rule,
            PRETREATED: str(response.pretreatment or ""), DRAWN: f"{response.n_drawn}",
            DESIGN: "" if response.superfusion is None else response.superfusion.design,
        },
    )  # fmt: skip


def runs_of_table(table: Table, *, counts: bool, grouped: bool = True, block: Sequence[str] = ()) -> list[Run]:
    """Curves of a table with a row per cell and dose.

    Parameters
    ----------
    table : Table
        ``animal``, ``unit``, ``group``, ``dose``, and ``count`` with ``exposure_s``, or ``response``; where it has them
        also ``drug``, ``dose_unit``, ``fano``, ``false_count``, and conditions.
    counts : bool
        Whether it holds spike counts.
    grouped : bool, optional
        Whether it must have the column ``group``.
    block : sequence of str, optional
        Columns that are a block: one value for a curve.

    Raises
    ------
    TableError
        If a column is missing, a value cannot be, a cell has no window without drug to be compared with, or its rows
        are those of two, or twice those of one.
    """
    rows = read_rows(table)
    check_totals(rows)
    named = ["animal", "unit", *(["group"] if grouped else [])]
    if counts and rows and "response" in rows[0] and "count" not in rows[0]:
        raise TableError(
            "column 'count' is missing: spikes. fit_population(..., family='gaussian') takes the column 'response'"
        )
    require_columns(rows, [*named, "dose", *(["count", "exposure_s"] if counts else ["response"])])
    text = {name: text_column(rows, name, required=name in named) for name in ("animal", "unit", "group")}
    text |= {name: text_column(rows, name, required=False) for name in ("drug", "dose_unit")}
    text["dose_unit"] = [unit.replace("µ", "u").replace("μ", "u") for unit in text["dose_unit"]]
    numbers = {"dose": number_column(rows, "dose", least=0.0)}
    if counts:
        numbers["value"] = number_column(rows, "count", least=0.0)
        check_whole(numbers["value"])
        numbers["exposure_s"] = number_column(rows, "exposure_s", above=0.0)
        numbers["false_count"] = np.nan_to_num(number_column(rows, "false_count", required=False, least=0.0))
        numbers["fano"] = number_column(rows, "fano", required=False, above=0.0)
    else:
        numbers["value"] = number_column(rows, "response")
        numbers["exposure_s"], numbers["false_count"] = np.ones(len(rows)), np.zeros(len(rows))
        numbers["fano"] = np.full(len(rows), math.nan)
    taken = {*text, *numbers, "count", "response"}
    others = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in taken]
    of_run: dict[tuple[str, ...], list[int]] = {}
    for number, key in enumerate(zip(*(text[name] for name in ("animal", "unit", "group", "drug")), strict=True)):
        of_run.setdefault(key, []).append(number)
    alike = (*CONDITIONS, *_OF_A_CELL, *block)
    found = [_run_of_rows(rows, places, text, numbers, others, alike) for places in of_run.values()]
    for run in found:
        check_once(run)
        if counts:
            check_counts(run)
        elif not (run.dose > 0).any():
            raise TableError(f"{run.name}: no row with a dose above 0")
    return found


def _run_of_rows(
    rows: Sequence[dict[str, Any]], places: list[int], text: dict[str, list[str]], numbers: dict[str, FloatArray],
    others: list[str], alike: Sequence[str],
) -> Run:  # fmt: skip
    """Curve of some rows of a table."""
    first = places[0]
    own = {name: values[places] for name, values in numbers.items()}
    conditions = {name: text_column([rows[place] for place in places], name, required=False) for name in others}
    fano = [f"{one:g}" for one in np.unique(own["fano"][~np.isnan(own["fano"])])]
    units = [text["dose_unit"][place] for place in places]
    for name, values in (*conditions.items(), ("dose_unit", units), ("fano", fano)):
        if name in (*alike, "dose_unit", "fano") and len(set(values)) > 1:
            hint = "; two cells of one animal need two names in column 'unit'" if name in _OF_A_CELL else ""
            raise TableError(
                f"unit {text['unit'][first]} of animal {text['animal'][first]}: column {name!r} must be the same in "
                f"all rows of a curve, got {', '.join(sorted(set(values)))}{hint}"
            )
    return Run(
        animal=text["animal"][first], unit=text["unit"][first], group=text["group"][first], drug=text["drug"][first],
        dose_unit=text["dose_unit"][first],
        dose=own["dose"], value=own["value"], exposure_s=own["exposure_s"], false_count=own["false_count"],
        fano=float(np.fmax.reduce(own["fano"])), proven=np.ones(len(places), dtype=np.bool_), decayed_dose=own["dose"],
        conditions={name: values[0] for name, values in conditions.items()},
    )  # fmt: skip


def refuse_mixed_runs(runs: Sequence[Run], block: Sequence[str], among: Sequence[str] = CONDITIONS) -> None:
    """Check that curves that are compared were taken alike.

    Raises
    ------
    ParameterError
        With the condition, its values, and how many animals have each.
    TableError
        If a block is no condition.
    """
    refuse_mixtures([{"animal": run.animal, **run.conditions} for run in runs], among, block)
