"""Every cell that counts with its own ID50 and interval, below each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ephys.analysis import CohortAnalysis, FoundCell
from ephys.jupyter import common_words, potency_words
from ephys.pharmacology import ForestRow, PopulationFit, SeriesFacts
from ephys.pharmacology.forest.rows import PROFILE, cell_ends
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting import plot_forest
from ephys.plotting.style import DOUBLE_MM
from ephys.plotting.timeline import dose_unit_text
from ephys.report.drawn import Drawing
from ephys.report.picture import Mark

_MOST_ROWS = 50
"""Cells of one figure: more do not go on a sheet of paper (convention)."""

Rows = dict[str, list[ForestRow]]
"""Cells by their group."""


def forest_drawings(analysis: CohortAnalysis, drug: str, fit: PopulationFit | None) -> Iterator[Drawing]:
    """Draw the cells' own ID50s, in parts where they are many.

    Parameters
    ----------
    analysis : CohortAnalysis
    drug : str
    fit : PopulationFit or None
        Whose ID50 stands below the cells of each group.

    Yields
    ------
    Drawing
    """
    parts = _parts(_rows(analysis, drug))
    for number, rows in enumerate(parts, start=1):
        whole = len(parts) == 1
        yield _forest(rows, drug, fit if whole else None, "" if whole else f"Part {number} of {len(parts)}. ")


def _rows(analysis: CohortAnalysis, drug: str) -> Rows:
    """Cells that count, by group, in the order of the groups."""
    found: Rows = {group or "no group": [] for group in analysis.cohort.groups}
    for cell in analysis.cells:
        fits = {str(row["drug"]): row for row in cell.record.fit_rows}
        for facts in cell.facts:
            if drug in fits and facts.drug == drug and analysis.exclusions.analysed(facts):
                found[cell.planned.group or "no group"].append(_row(cell, facts, fits[drug]))
    return {group: cells for group, cells in found.items() if cells}


def _row(cell: FoundCell, facts: SeriesFacts, fit: Mapping[str, Any]) -> ForestRow:
    """One cell, as its fit was told."""
    unit = dose_unit_text(fit["dose_unit"])
    doses = tuple(sorted({
        float(row["cumulative_dose"])
        for row in cell.record.response_rows
        if row["drug"] == facts.drug and row["role"] == "agonist"
    }))  # fmt: skip
    high = math.inf if math.isnan(fit["id50_high"]) else fit["id50_high"]
    low, high = cell_ends(fit["status"], fit["id50_low"], high, doses)
    return ForestRow(
        f"{cell.planned.animal}, {cell.name}",
        fit["id50"] if fit["status"] == "interpolated" else math.nan,
        low,
        high,
        text=fit["id50_text"].replace(f" {unit}", ""),
        scale=unit,
        drug=facts.drug,
        route=fit["route"],
        animal=cell.planned.animal,
        doses=doses,
        interval=PROFILE.format(100 * fit["level"]),
        proven=facts.fate != "undetermined",
    )


def _parts(rows: Rows) -> list[Rows]:
    """All cells in one figure, or parts of a group none of which has too many."""
    if sum(map(len, rows.values())) <= _MOST_ROWS:
        return [rows] if rows else []
    return [
        {group: cells[first : first + _MOST_ROWS]}
        for group, cells in rows.items()
        for first in range(0, len(cells), _MOST_ROWS)
    ]


def _forest(rows: Rows, drug: str, fit: PopulationFit | None, part: str) -> Drawing:
    """Draw some cells, with what is said of their groups where these are whole."""
    axes = plot_forest(rows, summary=fit, width_mm=DOUBLE_MM)
    cells = [row for own in rows.values() for row in own]
    words = common_words(row.scale for row in cells)
    name = f"{words.of_groups} of {drug}"
    n = "; ".join(f"{group} {_n(own)}" for group, own in rows.items())
    below = f"; below each group its {words.name} from the one model of all cells" if fit is not None else ""
    elsewhere = f" The {words.name} of each group is in the figures above." if fit is None else ""
    return Drawing(
        axes,
        description=f"{part}{name} of each cell: {'; '.join(f'{row.name} {row.text}' for row in cells)}.",
        caption=f"{part}{name} of each cell from its own fit, with its interval{below}. n: {n}.{elsewhere}",
        marks=tuple(_marks(cells, axes)),
        wide=True,
    )


def _n(cells: Sequence[ForestRow]) -> str:
    """Cells and animals."""
    return f"{count_text(len(cells), 'cell')} of {count_text(len({row.animal for row in cells}), 'animal')}"


def _marks(cells: Sequence[ForestRow], axes: Axes) -> Iterator[Mark]:
    """What is said of each cell whose ID50 is a point, from above."""
    points = [line for line in axes.lines if line.get_gid() == "value" and line.get_marker() == "o"]
    valued = [row for row in cells if not math.isnan(row.value)]
    for row, line in zip(valued, points, strict=True):
        _, y = np.asarray(line.get_xydata(), dtype=np.float64)[0]
        yield Mark(axes, row.value, float(y), f"{row.name}: {potency_words(row.scale).lead}{row.text} {row.scale}")
