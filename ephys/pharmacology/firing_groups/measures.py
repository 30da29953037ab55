"""Each measure of firing: which column tells it, who is left out, and how groups are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ephys.pharmacology.firing_groups.cells import BoolArray, FiringRows
from ephys.pharmacology.firing_groups.measured import measured_cells
from ephys.pharmacology.firing_groups.result import Effect, MeasureComparison
from ephys.pharmacology.groups.animal_means import welch_animal_means
from ephys.pharmacology.groups.animal_tables import FloatArray
from ephys.pharmacology.groups.estimates import GroupDifference, count_text, transformed
from ephys.pharmacology.groups.intercept_families import Family
from ephys.pharmacology.groups.mixtures import NOT_STATED
from ephys.pharmacology.groups.nested_means import NestedMeans, fit_nested_means
from ephys.pharmacology.groups.random_intercept import fit_random_intercept

_NESTED = "cell in animal in group, one variance for all groups, REML, Student's t"
_PROFILE = "random intercept per animal, profile likelihood, F"


@dataclass(frozen=True, slots=True)
class Comparing:
    """How groups are compared, whatever the measure.

    Parameters
    ----------
    reference : str
        Group that the others are held against.
    level : float
        Of the intervals.
    width : str or None
        Column of the width.
    bursting_above : float
        Share of spikes in bursts above which a cell is called bursting.
    block : tuple of str
        Columns that are taken out.
    groups : tuple of str
        All that there are, with and without a value.
    """

    reference: str
    level: float
    width: str | None
    bursting_above: float
    block: tuple[str, ...]
    groups: tuple[str, ...]

    def means(self, values: FloatArray, rows: FiringRows) -> NestedMeans:
        """Values of cells in animals."""
        return fit_nested_means(values, **self._whose(rows))

    def welch(self, values: FloatArray, rows: FiringRows) -> tuple[GroupDifference, ...]:
        """Differences by Welch's test on animal means; none where a block is taken out, which it cannot."""
        if self.block:
            return ()
        whose = {name: value for name, value in self._whose(rows).items() if name != "block"}
        return welch_animal_means(values, **whose).differences

    def absent(self, present: Iterable[str], what: str) -> tuple[str, ...]:
        """Groups that are not among some, each with what it has not: "no cell of control has a value"."""
        there = set(present)
        return tuple(f"no {what.format(group)}" for group in self.groups if group not in there)

    def counts(
        self, measure: tuple[str, str], counts: FloatArray, trials: FloatArray | None, rows: FiringRows, family: Family
    ) -> MeasureComparison:
        """Shares of cells (spikes), or counts per track, in animals; `measure` is name and label."""
        fit = fit_random_intercept(counts, trials=trials, family=family, **self._whose(rows))
        name, label = measure
        effect: Effect = "ratio" if trials is None else "odds ratio"
        counted: Any = "tracks" if trials is None else "cells"
        values = counts if trials is None else counts / trials
        return MeasureComparison(
            name, label, effect, f"{_LAWS[family]}, {_PROFILE} with 1 and {fit.df} df", fit.groups, fit.differences,
            fit.sd_animal, math.nan, counted, notes=fit.notes, cells=measured_cells(rows, values, of=trials),
        )  # fmt: skip

    def _whose(self, rows: FiringRows) -> dict[str, Any]:
        """Names of the rows, and the options of a fit."""
        names = {"animal": rows.animals, "group": rows.groups, "block": rows.blocks}
        return names | {"reference": self.reference, "level": self.level}


_LAWS: dict[Family, str] = {"binomial": "binomial", "beta_binomial": "beta-binomial", "negbin": "negative binomial"}
Answer = MeasureComparison | str
"""A comparison, or why there is none."""


def compare_rate(cells: FiringRows, how: Comparing) -> Answer:
    """Rate of the cells that fire, as the ratio of geometric means; silent cells have no logarithm and are named."""
    column = cells.first_of("baseline_rate_hz", "rate_hz")
    if column is None:
        return "rate: nothing in a column 'baseline_rate_hz' (or 'rate_hz')"
    rate = cells.numbers(column, least=0.0)
    silent = rate == 0
    told = f"{count_text(int(silent.sum()), 'cell')} silent on the baseline, whose rate has no logarithm"
    measure = _Values(
        name="rate",
        label="firing rate (Hz, geometric mean)",
        effect="ratio",
        values=np.where(silent, math.nan, rate),
        missing=column,
        set_aside=silent,
        left_out=(f"{told} ({cells.named(silent)})",) if silent.any() else (),
        notes=("the rate is that of cells that fire",) if silent.any() else (),
    )
    return _means(cells, measure, how)


def compare_cv(cells: FiringRows, how: Comparing) -> Answer:
    """Coefficient of variation of the intervals, each burst as one event."""
    if cells.first_of("cv_collapsed") is None:
        if "cv_collapsed" in cells.rows[0]:
            return "cv: nothing in the column 'cv_collapsed'"
        return (
            "cv: no column 'cv_collapsed'; a CV of all intervals is another measure, which bursts raise. Name it so "
            "only where bursts were collapsed"
        )
    values, label = cells.numbers("cv_collapsed", least=0.0), "CV of the intervals, bursts collapsed"
    missing = "cv_collapsed (too few intervals, say)"
    return _means(cells, _Values("cv", label, "difference", values, missing), how)


def compare_width(cells: FiringRows, how: Comparing) -> Answer:
    """Width of the spike; only where all were seen through one band, or the band is a block."""
    column = how.width or cells.first_of("total_ms", "width_ms")
    if column is None or cells.first_of(column) is None:
        return f"width: nothing in a column {column or 'total_ms'!r}" + ("" if column else " (or 'width_ms')")
    values = cells.numbers(column, above=0.0)
    known = ~np.isnan(values)
    banded = cells.first_of("band", "width_band")
    bands = set(cells.choose(known).texts(banded)) if banded else {""}
    if len(bands) > 1 and banded not in how.block:
        return f"width: {column!r} was measured through {_bands(cells.choose(known), banded)}; {_ONE_BAND}"
    notes = (f"band {next(iter(bands)) or NOT_STATED}",) if len(bands) == 1 else ()
    label = f"width of the spike ({column.removesuffix('_ms').replace('_', ' ')}, ms)"
    return _means(cells, _Values("width", label, "difference", values, column, notes=notes), how)


_ONE_BAND = "a filter makes widths of its own. Choose the cells of one band, or name the column as block"


def _bands(cells: FiringRows, column: str | None) -> str:
    """Bands with how many cells came through each."""
    texts = cells.texts(column or "band")
    return ", ".join(f"{band or NOT_STATED} ({count_text(texts.count(band), 'cell')})" for band in dict.fromkeys(texts))


def compare_bursting(cells: FiringRows, how: Comparing) -> Answer:
    """Share of the cells that burst."""
    if cells.first_of("bursting") is not None:
        known = np.array([bool(text) for text in cells.texts("bursting")])
        bursting, by = cells.truths("bursting"), "as the table calls them"
    elif cells.first_of("burst_share") is not None:
        share = cells.shares("burst_share")
        known, bursting = ~np.isnan(share), share > how.bursting_above
        by = f"more than {100 * how.bursting_above:g} % of spikes in bursts"
    else:
        return "bursting_cells: nothing in a column 'burst_share' (or 'bursting')"
    missing = no_group(cells, known, how)
    if missing:
        return f"bursting_cells: {missing}"
    rows, counts = cells.choose(known), bursting[known].astype(np.float64)
    found = how.counts(
        ("bursting_cells", f"bursting cells ({by}; share in the typical animal)"), counts, np.ones_like(counts), rows,
        "binomial",
    )  # fmt: skip
    return _beside(found, cells, known, "of which it is not known (no spikes, say)", how)


def compare_burst_spikes(cells: FiringRows, how: Comparing) -> Answer:
    """Share of the spikes that are in bursts; cells scatter by themselves, as a beta law."""
    if cells.first_of("baseline_spikes") is None or cells.first_of("burst_spikes", "burst_share") is None:
        return "spikes_in_bursts: needs the columns 'burst_share' (or 'burst_spikes') and 'baseline_spikes'"
    spikes = cells.numbers("baseline_spikes", least=0.0)
    if cells.first_of("burst_spikes") is not None:
        in_bursts = cells.numbers("burst_spikes", least=0.0)
    else:
        in_bursts = np.round(cells.shares("burst_share") * spikes)
    known = (spikes > 0) & ~np.isnan(in_bursts)
    missing = no_group(cells, known, how)
    if missing:
        return f"spikes_in_bursts: {missing}"
    measure = ("spikes_in_bursts", "spikes in bursts (share in the typical animal)")
    found = how.counts(measure, in_bursts[known], spikes[known], cells.choose(known), "beta_binomial")
    return _beside(found, cells, known, "without spikes on the baseline, or a count of those in bursts", how)


MEASURES: tuple[Callable[[FiringRows, Comparing], Answer], ...] = (
    compare_rate, compare_cv, compare_width, compare_bursting, compare_burst_spikes,
)  # fmt: skip
"""Of cells, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class _Values:
    """One number per cell: what it is, and who has none.

    Parameters
    ----------
    name, label, effect : str
        As in `MeasureComparison`.
    values : array
        NaN for cells that take no part.
    missing : str
        What a cell without a value has none of.
    set_aside : array of bool, optional
        Cells of 0, without a value on the scale of the means, that `left_out` names already.
    left_out, notes : tuple of str, optional
        As in `MeasureComparison`.
    """

    name: str
    label: str
    effect: Effect
    values: FloatArray
    missing: str
    set_aside: BoolArray | None = None
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _means(cells: FiringRows, measure: _Values, how: Comparing) -> Answer:
    """Means of what was measured; the geometric ones and their ratio where the effect is a ratio."""
    known = ~np.isnan(measure.values)
    lacking = no_group(cells, known, how)
    if lacking:
        return f"{measure.name}: {lacking}"
    is_ratio = measure.effect == "ratio"
    used = measure.values[known]
    scaled, rows = np.log(used) if is_ratio else used, cells.choose(known)
    fit, welch = how.means(scaled, rows), how.welch(scaled, rows)
    groups, differences = fit.groups, fit.differences
    if is_ratio:
        groups, differences = transformed(groups, differences, math.exp)
        _, welch = transformed((), welch, math.exp)
    method = f"{'log: ' if is_ratio else ''}{_NESTED} with {fit.df} df"
    accounted = known if measure.set_aside is None else known | measure.set_aside
    shown = np.nan_to_num(measure.values)[accounted]
    return MeasureComparison(
        measure.name, measure.label, measure.effect, method, groups, differences, fit.sd_animal, fit.sd_cell,
        welch=welch, left_out=measure.left_out + _unknown(cells, accounted, f"without {measure.missing}"),
        notes=measure.notes + _absent(cells, known, how) + fit.notes,
        cells=measured_cells(cells.choose(accounted), shown, used=known[accounted]), n_missing=int((~accounted).sum()),
    )  # fmt: skip


def _unknown(cells: FiringRows, known: BoolArray, why: str) -> tuple[str, ...]:
    """How many rows are left out, of which group."""
    return (f"{count_text(int((~known).sum()), 'cell')} {why} ({cells.counted(~known)})",) if not known.all() else ()


def no_group(cells: FiringRows, known: BoolArray, how: Comparing) -> str:
    """Why nothing can be compared; empty where it can."""
    if not known.any():
        return "no cell has a value"
    has_reference = how.reference in cells.choose(known).groups
    return "" if has_reference else f"no cell of the reference, {how.reference}, has a value"


def _absent(cells: FiringRows, known: BoolArray, how: Comparing) -> tuple[str, ...]:
    """Groups of which no cell has a value."""
    return how.absent(cells.choose(known).groups, "cell of {} has a value")


def _beside(
    found: MeasureComparison, cells: FiringRows, known: BoolArray, why: str, how: Comparing
) -> MeasureComparison:
    """A comparison with who is left out of it, and why."""
    left_out = found.left_out + _unknown(cells, known, why)
    notes = _absent(cells, known, how) + found.notes
    return replace(found, left_out=left_out, notes=notes, n_missing=int((~known).sum()))
