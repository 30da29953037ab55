"""Active cells per track of the electrode; a track without any is a count of 0."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ephys.errors import TableError
from ephys.pharmacology.firing_groups.cells import BoolArray, FiringRows
from ephys.pharmacology.firing_groups.measures import Answer, Comparing
from ephys.pharmacology.groups.animal_tables import number_column, require_columns, text_column
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.groups.mixtures import block_columns

Place = tuple[str, str]


def groups_of_tracks(tracks: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Groups of the table of tracks, row by row; none without a table.

    Raises
    ------
    TableError
        If a column is missing.
    """
    if tracks is None:
        return []
    require_columns(tracks, ["animal", "group", "track"])
    return text_column(tracks, "group")


def compare_tracks(
    cells: FiringRows, used: BoolArray, tracks: Sequence[dict[str, Any]] | None, how: Comparing
) -> Answer:
    """Cells per track, counts of tracks in animals; `tracks` is a row per track, the empty ones among them.

    Parameters
    ----------
    cells : FiringRows
        A row per cell, perhaps with its ``track``.
    used : array of bool
        Cells that the other measures compare. A cell that was excluded, or several in one, fired all the same: their
        track was not empty.
    tracks : rows or None
        ``animal``, ``group``, ``track`` and, perhaps, ``cells``: where it is not stated, the rows of `cells` that name
        the track are counted.
    how : Comparing
        Reference and level.
    """
    if tracks is None:
        return (
            "cells_per_track: empty tracks are in no table of cells. Give tracks=, a row per track (animal, group, "
            "track, cells) with 0 for those without a cell"
        )
    own, least = cells_by_track(cells), cells_by_track(cells.choose(used))
    stated = _stated(tracks, own, least)
    listed = {(row["animal"], row["track"]) for row in stated}
    added = [row for place, row in _told_by_cells(cells, own, how).items() if place not in listed]
    rows = FiringRows.of([*_with_blocks(stated, cells, how), *added], how.block, ("track",))
    _same_groups(rows, cells)
    if how.reference not in rows.groups:
        return f"cells_per_track: no track of the reference, {how.reference}"
    counts = np.array([row["cells"] for row in rows.rows], dtype=np.float64)
    found = how.counts(("cells_per_track", "active cells per track"), counts, None, rows, "negbin")
    return replace(
        found, notes=_notes(rows, len(added), own, least) + how.absent(rows.groups, "track of {}") + found.notes
    )


def _notes(rows: FiringRows, added: int, own: Mapping[Place, int], least: Mapping[Place, int]) -> tuple[str, ...]:
    """How many tracks are empty, known from cells alone, or have only cells that the other measures left out."""
    counts = [row["cells"] for row in rows.rows]
    places = [(row["animal"], row["track"]) for row in rows.rows]
    left = [count for count, place in zip(counts, places, strict=True) if place in own and place not in least]
    met = sum(count > 0 for count in left)
    is_known = "is" if added == 1 else "are"
    only = f"{count_text(len(left), 'track')} only with cells that the other measures leave out (excluded, multi-unit)"
    told = (
        (f"{counts.count(0)} of {len(counts)} tracks are empty", True),
        (f"{count_text(added, 'track')} {is_known} known from their cells alone", added),
        (f"{only}, {met} of them counted as active by these cells: state 'cells' where that is wrong", left),
    )
    return tuple(text for text, wanted in told if wanted)


def track_name(text: str) -> str:
    """Name of a track: a spreadsheet's "1.0" is track 1.

    >>> track_name("1.0"), track_name("A1.0"), track_name("1.5")
    ('1', 'A1.0', '1.5')
    """
    return re.sub(r"^(\d+)\.0+$", r"\1", text)


def _tracks_of(cells: FiringRows) -> list[str]:
    """Track of each cell; empty where none is named."""
    return [track_name(text) for text in cells.texts("track")]


def cells_by_track(cells: FiringRows) -> dict[Place, int]:
    """How many cells name each track of each animal; none where the table has no tracks."""
    found: dict[Place, int] = {}
    for animal, track in zip(cells.animals, _tracks_of(cells), strict=True):
        if track:
            found[animal, track] = found.get((animal, track), 0) + 1
    return found


def _stated(
    rows: Sequence[dict[str, Any]], own: Mapping[Place, int], least: Mapping[Place, int]
) -> list[dict[str, Any]]:
    """Rows of the table of tracks, each with its number of cells.

    Raises
    ------
    TableError
        If a track occurs twice, its number is no whole one or smaller than that of its cells, or is told nowhere.
    """
    animals, tracks = text_column(rows, "animal"), [track_name(text) for text in text_column(rows, "track")]
    numbers = number_column(rows, "cells", required=False, least=0.0)
    found: dict[Place, dict[str, Any]] = {}
    for line, (row, place, number) in enumerate(zip(rows, zip(animals, tracks, strict=True), numbers, strict=True), 1):
        if place in found:
            raise TableError(f"data row {line}: track {place[1]!r} of animal {place[0]!r} occurs twice")
        if math.isnan(number) and not own:
            raise TableError(
                f"data row {line}: track {place[1]!r} of animal {place[0]!r} states no number of cells, and the cells "
                "name no tracks. Fill in the column 'cells' (0 for an empty track)"
            )
        count = own.get(place, 0) if math.isnan(number) else number
        if count != round(count) or count < least.get(place, 0):
            raise TableError(
                f"data row {line}: track {place[1]!r} of animal {place[0]!r} has the number {count:g}, but "
                f"{least.get(place, 0)} rows of the table of cells name it; a count is whole, and no smaller"
            )
        found[place] = row | {"animal": place[0], "track": place[1], "cells": int(count)}
    return list(found.values())


def _told_by_cells(cells: FiringRows, own: Mapping[Place, int], how: Comparing) -> dict[Place, dict[str, Any]]:
    """Rows of the tracks that cells name."""
    found: dict[Place, dict[str, Any]] = {}
    places = zip(cells.animals, _tracks_of(cells), strict=True)
    for place, group, row in zip(places, cells.groups, cells.rows, strict=True):
        if place in own and place not in found:
            base = {"animal": place[0], "group": group, "track": place[1], "cells": own[place]}
            found[place] = base | {column: row[column] for column in how.block}
    return found


def _with_blocks(rows: Sequence[dict[str, Any]], cells: FiringRows, how: Comparing) -> list[dict[str, Any]]:
    """Rows of tracks with the blocks of their animals, where the table of tracks has not the columns itself.

    Raises
    ------
    TableError
        If no cell tells the block of an animal, or its cells are of several.
    """
    found = []
    for row in rows:
        told: dict[str, Any] = {}
        for column in (column for column in block_columns(how.block) if column not in rows[0]):
            values = {
                value
                for animal, value in zip(cells.animals, cells.texts(column), strict=True)
                if animal == str(row["animal"])
            }
            if len(values) != 1:
                raise TableError(
                    f"track {row['track']!r} of animal {row['animal']!r}: {column!r} is told by "
                    f"{'no cell' if not values else 'its cells as ' + ' and '.join(sorted(values))}; "
                    "give the table of tracks this column"
                )
            told[column] = values.pop()
        found.append(row | told)
    return found


def _same_groups(rows: FiringRows, cells: FiringRows) -> None:
    """Check that tracks and cells put an animal into one group."""
    group_of = dict(zip(cells.animals, cells.groups, strict=True))
    for animal, group in zip(rows.animals, rows.groups, strict=True):
        if group_of.get(animal, group) != group:
            raise TableError(
                f"animal {animal!r} is in {group!r} by its tracks, and in {group_of[animal]!r} by its cells"
            )
