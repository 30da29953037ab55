"""How cells fire, group against group: what is compared besides the ID50."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.firing_groups.cells import NO, UNIT, BoolArray, FiringRows
from ephys.pharmacology.firing_groups.inhibition import measure_inhibition
from ephys.pharmacology.firing_groups.measures import MEASURES, Answer, Comparing
from ephys.pharmacology.firing_groups.result import FiringComparison
from ephys.pharmacology.firing_groups.tracks import compare_tracks, groups_of_tracks
from ephys.pharmacology.groups.animal_tables import Table, read_rows
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.groups.mixtures import block_columns, refuse_mixtures
from ephys.pharmacology.groups.nested_means import check_level
from ephys.pharmacology.responses import DoseResponse

EXPERIMENT = ("species", "preparation", "anaesthetic")
"""Columns of a table of cells that must not be mixed."""


def compare_firing(
    cells: Table,
    *,
    tracks: Table | None = None,
    reference: str | None = None,
    block: str | Sequence[str] | None = None,
    level: float = 0.95,
    width: str | None = None,
    bursting_above: float = 0.0,
    responses: Iterable[DoseResponse] | Table | None = None,
    dose: float | None = None,
) -> FiringComparison:
    """Compare how cells of groups fire, with cells in animals in groups: n is animals.

    Rates are compared as the ratio of geometric means, CV and width as differences, all three by `fit_nested_means`;
    bursting cells and spikes in bursts as odds ratios and cells per track as a ratio, by `fit_random_intercept`; what
    a dose leaves of the rate, where `responses` are given, as a ratio by `compare_inhibition`.
    Measures whose columns the table has not are listed with the reason.

    Parameters
    ----------
    cells : table
        A row per cell, as in ``units.csv``: ``animal``, ``group``, and of ``baseline_rate_hz`` (or ``rate_hz``),
        ``cv_collapsed``, ``total_ms`` (or ``width_ms``) with its ``band``, ``burst_share`` (or ``bursting``),
        ``baseline_spikes``, ``track`` those that were measured; an empty cell is not measured. Rows with something in
        ``excluded`` (a reason, or yes; false, no and 0 are nothing), and of several cells (``multi_unit``), are left
        out and counted.
    tracks : table, optional
        A row per track of the electrode: ``animal``, ``group``, ``track``, ``cells``, with 0 for an empty one. Without
        a number, the cells that name the track are counted, those that are left out of the rest among them.
    reference : str, optional
        Group that the others are held against; else the first of the table. A group may have empty tracks alone.
    block : str or sequence of str, optional
        Columns that differ between cells and are taken out, such as ``anaesthetic``.
    level : float, optional
        Of the intervals.
    width : str, optional
        Column of the width, in ms.
    bursting_above : float, optional
        Share of spikes in bursts above which a cell is called bursting; 0 (convention): with any burst. Longer
        baselines see more cells burst.
    responses : iterable of DoseResponse, or table, optional
        What a drug did to the cells, for the measure ``inhibition``: as in `compare_inhibition`.
    dose : float, optional
        At which of its doses; may be left out where there is one.

    Returns
    -------
    FiringComparison
        Intervals and p-values are of each measure by itself; Holm's adjustment beside is for several groups.

    Raises
    ------
    TableError
        If a column is missing, a value is not what it must be, or a cell is there twice.
    ParameterError
        If species, preparations or anaesthetics are mixed and not a block, an animal is in two groups, or the reference
        is no group.

    Examples
    --------
    >>> found = compare_firing({
    ...     "animal": ["r1", "r1", "r2", "r3", "r4", "r5", "r5", "r6"],
    ...     "group": ["control"] * 4 + ["treated"] * 4,
    ...     "baseline_rate_hz": [1.2, 1.5, 1.1, 1.4, 0.8, 0.9, 0.0, 0.7],
    ... })  # fmt: skip
    >>> print(found["rate"])
    Firing rate (Hz, geometric mean): control 1.29 (...; 3 animals, 4 cells), treated 0.796 (...; 3 animals, 3 cells);
    treated / control ratio 0.617 (...), p = ... (log: cell in animal in group, one variance for all groups, REML,
    Student's t with 4 df). Welch's test on animal means, each group with its own variance: treated / control ratio
    0.625 (...), p = ... (t with 4 df). Left out: 1 cell silent on the baseline, whose rate has no logarithm (treated:
    r5 row 7). Note: the rate is that of cells that fire.
    """
    check_level(level)
    if not 0 <= bursting_above < 1:
        raise ParameterError(f"bursting_above must be a share, 0 or more and below 1, got {bursting_above:g}")
    everyone = FiringRows.of(read_rows(cells), block, UNIT)
    everyone.refuse_repeats()
    used, left_out = _cells_used(everyone)
    found = everyone.choose(used)
    refuse_mixtures(found.rows, EXPERIMENT, block)
    listed = None if tracks is None else read_rows(tracks)
    groups = tuple(dict.fromkeys([*everyone.groups, *groups_of_tracks(listed)]))
    reference = groups[0] if reference is None else reference
    if reference not in groups:
        raise ParameterError(f"reference {reference!r} is no group; the groups are {', '.join(groups)}")
    how = Comparing(reference, level, width, bursting_above, block_columns(block), groups)
    if responses is None and dose is not None:
        raise ParameterError(f"dose={dose:g} needs responses: a table of cells does not tell what a drug did")
    answers = list(_answers(found, compare_tracks(everyone, used, listed, how), how))
    if responses is not None:
        answers.append(measure_inhibition(responses, dose, how))
    return FiringComparison(
        measures=tuple(answer for answer in answers if not isinstance(answer, str)),
        not_compared=tuple(answer for answer in answers if isinstance(answer, str)),
        reference=reference,
        level=level,
        block=how.block,
        left_out=left_out,
        notes=_calls(found),
    )


def _answers(cells: FiringRows, per_track: Answer, how: Comparing) -> Iterator[Answer]:
    """Each measure, or why it is not compared; cells per track come last."""
    for compare in MEASURES:
        yield compare(cells, how)
    yield per_track


def _cells_used(cells: FiringRows) -> tuple[BoolArray, tuple[str, ...]]:
    """Which cells a person did not exclude and are single, and who is left out."""
    by_hand = np.array([text.casefold() not in NO for text in cells.texts("excluded")])
    several = cells.truths("multi_unit") & ~by_hand
    told = [
        f"{count_text(int(which.sum()), 'cell')} {why} ({cells.counted(which)})"
        for which, why in ((by_hand, "excluded by hand"), (several, "of a multi-unit"))
        if which.any()
    ]
    used = ~(by_hand | several)
    if not used.any():
        raise ParameterError(f"no cell is left: {'; '.join(told)}")
    return used, tuple(told)


def _calls(cells: FiringRows) -> tuple[str, ...]:
    """Say that cells of several calls are compared as one."""
    column = cells.first_of("final_label", "label", "call")
    texts = cells.texts(column) if column else []
    if len(set(texts)) < 2:
        return ()
    told = ", ".join(f"{text or 'none'} ({count_text(texts.count(text), 'cell')})" for text in dict.fromkeys(texts))
    return (f"cells of several calls are compared as one: {told}; choose those that are meant before",)
