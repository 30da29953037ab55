"""Tracks of the electrode, each with the cells that were met in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ephys.analysis.cohort import CohortAnalysis, FoundCell
from ephys.model import CohortAnimal

Row = dict[str, Any]


def cells_by_animal(analysis: CohortAnalysis) -> dict[str, list[FoundCell]]:
    """Cells of each animal that has any."""
    found: dict[str, list[FoundCell]] = {}
    for cell in analysis.cells:
        found.setdefault(cell.planned.animal, []).append(cell)
    return found


def is_serotonergic(cell: FoundCell) -> bool:
    """Whether it is one serotonergic cell."""
    return cell.facts[0].label == "serotonergic" and not cell.facts[0].multi_unit


def is_active(cell: FoundCell) -> bool:
    """Whether it is one serotonergic cell that fires on its baseline."""
    return is_serotonergic(cell) and bool(cell.record.unit_row["baseline_spikes"] > 0)


def tracks_of(analysis: CohortAnalysis) -> Iterator[Row]:
    """Each track that a cell names, then those that are known from the animal's number of them alone.

    A track whose cells all failed is in neither: whether it is empty nobody has seen. Where a cell of the table names
    no track, it may be of any of them, and none is called empty.
    """
    cells_of = cells_by_animal(analysis)
    planned_of: dict[str, dict[str, None]] = {}
    for planned in analysis.cohort.cells:
        planned_of.setdefault(planned.animal, {})[planned.track] = None
    for animal in analysis.cohort.animals:
        of_animal, planned_tracks = cells_of.get(animal.subject.animal, []), planned_of.get(animal.subject.animal, {})
        for track in dict.fromkeys(cell.planned.track for cell in of_animal if cell.planned.track):
            yield _track(animal, track, [cell for cell in of_animal if cell.planned.track == track])
        if not math.isnan(animal.tracks) and "" not in planned_tracks:
            for number in range(1, int(animal.tracks) - len(planned_tracks) + 1):
                yield _track(animal, f"empty {number}", [])


def _track(animal: CohortAnimal, track: str, cells: list[FoundCell]) -> Row:
    """One track with its cells."""
    depths = [cell.planned.depth_um for cell in cells if not math.isnan(cell.planned.depth_um)]
    serotonergic = [cell for cell in cells if is_serotonergic(cell)]
    return {
        "animal": animal.subject.animal, "group": animal.subject.group, "track": track,
        "depth_low_um": min(depths, default=math.nan), "depth_high_um": max(depths, default=math.nan),
        "recorded": len(cells), "serotonergic": len(serotonergic),
        "cells": sum(map(is_active, cells)), "known": bool(cells),
    }  # fmt: skip
