"""Ratios within electrodes, by group: the values that `compare_ejections` returns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.groups.estimates import (
    GroupDifference,
    GroupEstimate,
    cell_text,
    count_text,
    interval_text,
    p_text,
    transformed,
)
from ephys.pharmacology.groups.nested_means import NestedMeans
from ephys.pharmacology.iontophoresis.ratio import CONTROL, ElectrodeRatio
from ephys.pharmacology.iontophoresis.settings import Control
from ephys.pharmacology.iontophoresis.unlike_currents import unlike_currents

Measure = Literal["suppressed_per_na", "fixed_per_na", "charge50_nc"]

_WORDS: dict[str, str] = {
    "suppressed_per_na": "spikes suppressed per nA", "fixed_per_na": "spikes suppressed per nA in the fixed window",
    "charge50_nc": "charge to half depression (I·T50)",
}  # fmt: skip


def check_measure(measure: str) -> None:
    """Check that there is such a measure.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if measure not in get_args(Measure):
        raise ParameterError(f"measure must be {' or '.join(get_args(Measure))}, got {measure!r}")


@dataclass(frozen=True, slots=True)
class EjectionComparison(Shown):
    """Groups compared through ratios within electrodes.

    Parameters
    ----------
    drug, against : str
        Effect of the one over that of the other.
    measure : str
        Which effect.
    means : NestedMeans
        Of the logarithms: group + animal + electrode.
    electrodes : tuple of ElectrodeRatio
    left_out : tuple of str
        Cells without a ratio, and why.
    level : float
        Of the intervals.
    control : {"shown", "subtracted"}
        Whether what control currents suppressed per nA was taken off, where an electrode had one.
    dropped : tuple of (str, int)
        Groups of which no electrode has a ratio, and their cells.
    """

    drug: str
    against: str
    measure: Measure
    means: NestedMeans
    electrodes: tuple[ElectrodeRatio, ...]
    left_out: tuple[str, ...]
    level: float
    control: Control = "shown"
    dropped: tuple[tuple[str, int], ...] = ()

    @property
    def subtracted(self) -> bool:
        """Whether controls were taken off; of a charge they are not."""
        return self.control == "subtracted" and self.measure != "charge50_nc"

    @property
    def groups(self) -> tuple[GroupEstimate, ...]:
        """Geometric mean of each group's ratios, the reference first."""
        return transformed(self.means.groups, (), math.exp)[0]

    @property
    def differences(self) -> tuple[GroupDifference, ...]:
        """Ratio of each other group's mean to the reference's."""
        return transformed((), self.means.differences, math.exp)[1]

    @property
    def title(self) -> str:
        """What is compared."""
        what = "control current" if self.against == CONTROL else self.against
        return f"{_WORDS[self.measure]}: {self.drug} over {what}, within electrodes"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings of `rows`."""
        return (
            "group", "animals", "electrodes", f"ratio ({100 * self.level:g} % CI)",
            f"against {self.means.groups[0].group} ({100 * self.level:g} % CI)", "p",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each group."""
        apart = {one.group: one for one in self.differences}
        rows = []
        for group in self.groups:
            one = apart.get(group.group)
            held = ("reference", "")
            if one is not None:
                held = cell_text(one.value, one.low, one.high), one.chance(adjusted=True)
            ratio = cell_text(group.value, group.low, group.high)
            rows.append((group.group, str(group.n_animals), str(group.n_cells), ratio, *held))
        return tuple(rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before a number is used."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        if self.measure != "charge50_nc":
            yield from unlike_currents(self.electrodes, self.drug, self.against)
        for group, n in self.dropped:
            yield f"group {group} dropped out altogether: none of its {count_text(n, 'cell')} has a ratio"
        silent = sum("has no logarithm" in reason for reason in self.left_out)
        if silent:
            yield (
                f"{count_text(silent, 'cell')} left out since a drug suppressed no spikes there: the ratios of those "
                "that are left are biased towards an effect"
            )
        doubtful = sum(one.doubtful for one in self.electrodes)
        if doubtful:
            yield (
                f"{count_text(doubtful, 'electrode')} with an effect that is not told from 0: the ratio may be of any "
                "size, and its error is too small"
            )
        truncated = sum(one.truncated for one in self.electrodes) if self.measure == "suppressed_per_na" else 0
        if truncated:
            yield (
                f"{count_text(truncated, 'electrode')} with windows that ended before the cell recovered: spikes that "
                "were suppressed later are not counted, and those of a cell that was lost are"
            )
        mixed = sum(one.mixed for one in self.electrodes)
        if mixed:
            yield (
                f"{count_text(mixed, 'electrode')} with ejections of unlike length, or some of them after another "
                "drug: the ratio is of their means"
            )
        if self.measure == "charge50_nc" and any("not measured" in reason for reason in self.left_out):
            yield "cells that were not depressed by half are left out: those that are left answered more"
        if self.against == CONTROL:
            yield "a ratio to the control current is large and uncertain where the current alone does next to nothing"
        yield from self.means.notes
        yield from self.left_out

    @property
    def methods(self) -> str:
        """What was computed, for a Methods section."""
        what = "the control current" if self.against == CONTROL else self.against
        net = ", what control currents suppressed per nA taken off where there was one" if self.subtracted else ""
        return (
            f"Ejecting currents of different electrodes were not compared. For each electrode the ratio of {self.drug} "
            f"to {what} was taken ({_WORDS[self.measure]}, means of repeated ejections{net}), and its logarithm "
            "fitted as group + animal + electrode by restricted maximum likelihood with known counting noise; "
            f"intervals and p-values were Student's with {self.means.df} degrees of freedom, so that n is animals."
        )

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each electrode, every number in a column of its own."""
        about = {"drug": self.drug, "against": self.against, "measure": self.measure}
        return [about | asdict(one) | {"units": ", ".join(one.units)} | one.ratios for one in self.electrodes]

    def __str__(self) -> str:
        """The answer: each group's ratio, how the groups differ, and a line for each note."""
        return "\n".join([self._answer, *(f"Note: {note}." for note in self.notes)])

    @property
    def _answer(self) -> str:
        told = [group.told() for group in self.groups]
        apart = [
            f"{one.group} / {one.reference} {interval_text(one.value, one.low, one.high)}, {p_text(one.p)}"
            for one in self.differences
        ]
        return f"{self.title}: {'; '.join([*told, *apart])}"

    def __repr__(self) -> str:
        """What, of how many."""
        n = f"{count_text(len(self.electrodes), 'electrode')} of {count_text(self.means.n_animals, 'animal')}"
        return f"EjectionComparison({self.drug!r} over {self.against!r}, {n})"

    def _repr_html_(self) -> str:
        """Groups, and folded their electrodes, for Jupyter."""
        ratios = [
            (one.animal, one.group, one.electrode, ", ".join(one.units), cell_text(one.ratio, math.nan, math.nan))
            for one in self.electrodes
        ]
        parts = (
            table(self.columns, self.rows, name="groups"),
            table(("animal", "group", "electrode", "units", "ratio"), ratios, name="electrodes", most_open=0),
        )
        return shown(self, *parts, told=self._answer, beside={"notes": self.notes})
