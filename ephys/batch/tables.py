"""A cohort as tidy tables: one row per thing, each beginning with session, animal and group where it has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from ephys.analysis import CohortAnalysis, FoundCell
from ephys.analysis.tracks import cells_by_animal, is_serotonergic, tracks_of
from ephys.batch.answer_rows import COMPARISON_COLUMNS, GROUP_COLUMNS, comparison_rows, group_rows
from ephys.batch.finding_rows import (
    EJECTION_COLUMNS,
    RECOVERY_COLUMNS,
    REVERSAL_COLUMNS,
    ejection_rows,
    recovery_rows,
    reversal_rows,
)
from ephys.io.firing import FIRING_COLUMNS
from ephys.io.results import FIT_COLUMNS, RESPONSE_COLUMNS, UNIT_COLUMNS
from ephys.model import CohortAnimal
from ephys.pharmacology import Exclusions, SeriesFacts

Row = dict[str, Any]

_WHOSE = ("session", "animal", "group", "cell")
_MET = ("track", "depth_um", "order", "date", "time", "file", "histology", "earlier_drug")
_COUNTS = ("recorded", "serotonergic", "stable", "held", "analysed")


def _then(first: Iterable[str], others: Iterable[str], last: Iterable[str] = ()) -> tuple[str, ...]:
    """Columns in this order, each once."""
    return tuple(dict.fromkeys([*first, *(name for name in others if name not in set(last)), *last]))


ANIMAL_COLUMNS = (
    "animal", "group", "sex", "strain", "species", "weight_g", "age", "treatment", "dose", "days", "last_dose_h",
    "anaesthetic", "temperature", "batch", "histology", "experimenter", "tracks", "sessions", *_COUNTS,
)  # fmt: skip
TRACK_COLUMNS = (
    "animal", "group", "track", "depth_low_um", "depth_high_um", "recorded", "serotonergic", "cells", "known",
)  # fmt: skip
COHORT_UNIT_COLUMNS = _then(
    (*_WHOSE, *_MET),
    (name for name in UNIT_COLUMNS if name not in FIRING_COLUMNS),
    ("exclude", "analysed", "excluded_by"),
)
COHORT_FIRING_COLUMNS = _then(
    (*_WHOSE, "unit", "species", "preparation", "anaesthetic", "track", "final_label", "multi_unit", "excluded",
     "baseline_rate_hz", "baseline_spikes", "cv_collapsed", "total_ms", "band"),
    FIRING_COLUMNS,
    ("analysed",),
)  # fmt: skip
COHORT_RESPONSE_COLUMNS = _then(_WHOSE, RESPONSE_COLUMNS)
COHORT_FIT_COLUMNS = _then(_WHOSE, FIT_COLUMNS, ("id50_common_slope", "analysed", "excluded_by"))
FAILURE_COLUMNS = ("session", "animal", "group", "cell", "file", "step", "reason")
EXCLUSION_COLUMNS = (
    "session", "animal", "group", "cell", "unit", "drug", "rule", "scope", "value", "limit", "applied", "reason",
)  # fmt: skip
FLOW_COLUMNS = (
    "group", "stage", "animals", "cells", "as_named_cells", "of_these", "left_out_cells", "reason",
)  # fmt: skip
TABLE_COLUMNS = {
    "animals": ANIMAL_COLUMNS,
    "tracks": TRACK_COLUMNS,
    "units": COHORT_UNIT_COLUMNS,
    "firing": COHORT_FIRING_COLUMNS,
    "responses": COHORT_RESPONSE_COLUMNS,
    "fits": COHORT_FIT_COLUMNS,
    "reversals": (*_WHOSE, *REVERSAL_COLUMNS),
    "recoveries": (*_WHOSE, *RECOVERY_COLUMNS),
    "ejections": (*_WHOSE, *EJECTION_COLUMNS),
    "groups": GROUP_COLUMNS,
    "comparisons": COMPARISON_COLUMNS,
    "exclusions": EXCLUSION_COLUMNS,
    "flow": FLOW_COLUMNS,
    "failures": FAILURE_COLUMNS,
}
"""Columns of each table of a cohort."""


def cohort_tables(analysis: CohortAnalysis) -> dict[str, pd.DataFrame]:
    """Every table of a cohort.

    Parameters
    ----------
    analysis : CohortAnalysis

    Returns
    -------
    dict of str to pandas.DataFrame
        ``animals``, ``tracks``, ``units``, ``firing``, ``responses``, ``fits``, ``reversals``, ``recoveries``,
        ``ejections``, ``groups``, ``comparisons``, ``exclusions``, ``flow`` and ``failures``; `data_dictionary` says
        what each column is.
    """
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "animals": _animals(analysis),
        "tracks": tracks_of(analysis),
        "units": _units(analysis),
        "firing": firing_of(analysis),
        "responses": _responses(analysis),
        "fits": _fits(analysis),
        "reversals": _beside(reversal_rows(analysis)),
        "recoveries": _beside(recovery_rows(analysis)),
        "ejections": _beside(ejection_rows(analysis)),
        "groups": group_rows(analysis.answers),
        "comparisons": comparison_rows(analysis.answers),
        "exclusions": sorted(analysis.exclusions.as_rows(), key=lambda row: not row["applied"]),
        "flow": (stage.as_row() for stage in analysis.exclusions.flow),
        "failures": _failures(analysis),
    }
    return {name: pd.DataFrame(list(rows[name]), columns=list(columns)) for name, columns in TABLE_COLUMNS.items()}


def _whose(cell: FoundCell) -> Row:
    """Whose cell it is."""
    planned = cell.planned
    return {
        "session": cell.session.session, "animal": planned.animal, "group": planned.group, "cell": cell.name,
        "track": planned.track,
    }  # fmt: skip


def _units(analysis: CohortAnalysis) -> Iterator[Row]:
    """Each cell, with where it was met and whether it counts."""
    for cell in analysis.cells:
        planned = cell.planned
        met = {
            "depth_um": planned.depth_um,
            "order": planned.order,
            "date": planned.date.isoformat() if planned.date else "",
            "time": planned.time.isoformat() if planned.time else "",
            "file": " | ".join(path.name for path in planned.files),
            "histology": cell.facts[0].histology,
            "earlier_drug": cell.facts[0].earlier_drug,
            "exclude": planned.exclude,
            "analysed": _is_analysed(analysis, cell),
            "excluded_by": "; ".join(analysis.exclusions.rules_of(cell.facts[0])),
        }
        yield {**cell.record.unit_row, **_whose(cell), **met}


def firing_of(analysis: CohortAnalysis) -> Iterator[Row]:
    """How each cell fires on its baseline, and whether it counts there."""
    for cell in analysis.cells:
        yield {**cell.record.unit_row, **_whose(cell), "analysed": analysis.exclusions.analysed(cell.facts[0], "cell")}


def _responses(analysis: CohortAnalysis) -> Iterator[Row]:
    """Each read-out window of each cell."""
    for cell in analysis.cells:
        yield from ({**row, **_whose(cell)} for row in cell.record.response_rows)


def _fits(analysis: CohortAnalysis) -> Iterator[Row]:
    """Each fit of each cell, whether it counts, and its ID50 at the slope that the cells that count share."""
    common = {
        (run.animal, run.unit, run.drug): float(id50)
        for answers in analysis.answers[:1]
        for drug in answers.drugs
        if drug.fit is not None
        for run, id50 in zip(drug.fit.runs, drug.fit.cell_id50, strict=True)
    }
    for cell in analysis.cells:
        facts_of = {facts.drug: facts for facts in cell.facts}
        for row in cell.record.fit_rows:
            counts: Row = {"analysed": False, "excluded_by": ""}  # as of a series that a correction took away
            if row["drug"] in facts_of:
                counts = _counting(analysis.exclusions, facts_of[row["drug"]])
            slope = common.get((cell.planned.animal, cell.name, row["drug"]), math.nan)
            yield {**row, **_whose(cell), **counts, "id50_common_slope": slope}


def _beside(rows: Iterable[tuple[FoundCell, Row]]) -> Iterator[Row]:
    """Rows of what stands beside the dose-responses, with whose cell it is."""
    for cell, row in rows:
        yield {**row, **_whose(cell)}


def _counting(exclusions: Exclusions, facts: SeriesFacts) -> Row:
    """Whether a series counts, and which rules take it."""
    return {"analysed": exclusions.analysed(facts), "excluded_by": "; ".join(exclusions.rules_of(facts))}


def _failures(analysis: CohortAnalysis) -> Iterator[Row]:
    """Each row of the cohort's table that has no numbers."""
    for failure in analysis.failures:
        for cell in failure.cells:
            yield {
                "session": failure.session, "animal": cell.animal, "group": cell.group, "cell": cell.cell,
                "file": " | ".join(path.name for path in cell.files), "step": failure.step, "reason": failure.reason,
            }  # fmt: skip


def _animals(analysis: CohortAnalysis) -> Iterator[Row]:
    """Each animal, with how many of its cells there are at each stage."""
    cells_of = cells_by_animal(analysis)
    for animal in analysis.cohort.animals:
        cells = cells_of.get(animal.subject.animal, [])
        counts = {name: sum(map(is_so, cells)) for name, is_so in _STAGES.items()}
        counts["analysed"] = sum(_is_analysed(analysis, cell) for cell in cells)
        yield {**_stated(animal), "sessions": len({cell.session.session for cell in cells}), **counts}


def _stated(animal: CohortAnimal) -> Row:
    """What the cohort's tables say of an animal."""
    subject = animal.subject
    names = ("animal", "group", "sex", "strain", "species", "weight_g", "age", "treatment", "anaesthetic")
    own = ("dose", "days", "last_dose_h", "temperature", "batch", "histology", "experimenter", "tracks")
    return {name: getattr(subject, name) for name in names} | {name: getattr(animal, name) for name in own}


def _is_analysed(analysis: CohortAnalysis, cell: FoundCell) -> bool:
    """Whether any of its series counts."""
    return any(analysis.exclusions.analysed(facts) for facts in cell.facts)


_STAGES: dict[str, Callable[[FoundCell], bool]] = {
    "recorded": lambda _: True,
    "serotonergic": is_serotonergic,
    "stable": lambda cell: is_serotonergic(cell) and cell.facts[0].stability == "stable",
    "held": lambda cell: is_serotonergic(cell) and cell.facts[0].fate == "held",
}
