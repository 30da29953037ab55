"""What a comparison of groups gives: a shift of each pair with everything beside it, and a test of all at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown
from ephys.pharmacology.comparisons.equivalence import Equivalence
from ephys.pharmacology.comparisons.permutation import PermutationCheck
from ephys.pharmacology.groups.estimates import p_text
from ephys.pharmacology.population.estimates import FoldShift
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.fit_html import population_table
from ephys.pharmacology.population.text import (
    assumption_lines,
    headline,
    other_model_lines,
    other_reading_lines,
)
from ephys.pharmacology.population.two_stage import TwoStage


@dataclass(frozen=True)
class ComparedPair:
    """One group against another.

    Parameters
    ----------
    shift : FoldShift
        The primary answer, with its unadjusted P.
    p_holm : float
        That P, adjusted for the number of pairs (Holm 1979, Scand J Stat 6:65). The interval is not adjusted.
    two_stage : TwoStage
        On the means of animals.
    permutation : PermutationCheck
        A check of P.
    equivalence : Equivalence or None
        Where a margin was named.
    """

    shift: FoldShift
    p_holm: float
    two_stage: TwoStage
    permutation: PermutationCheck
    equivalence: Equivalence | None = None

    def __str__(self) -> str:
        """Shift, and what stands beside it."""
        return "\n".join(self.lines(adjusted=True))

    def lines(self, *, adjusted: bool) -> Iterator[str]:
        """A line for each of its answers; the adjusted P where there are several pairs."""
        holm = f" (Holm {p_text(self.p_holm)})" if adjusted and not math.isnan(self.p_holm) else ""
        yield f"{self.shift}{holm}"
        if self.equivalence is not None:
            yield f"  {self.equivalence}"
        yield f"  beside it, two stages: {self.two_stage}"
        yield f"  {self.permutation}"


@dataclass(frozen=True)
class GlobalTest:
    """Test that all groups have one ID50.

    Parameters
    ----------
    f : float
        Of the likelihood ratio against one mean for all groups (`Calibration.f`).
    df_groups, df : int
        Of the F distribution that it is set against: groups - 1, and that of the shifts.
    p : float
        NaN where a group has too few animals.
    """

    f: float
    df_groups: int
    df: int
    p: float

    def __str__(self) -> str:
        """As it may be quoted."""
        return f"any difference between groups: F({self.df_groups}, {self.df}) = {self.f:.3g}, {p_text(self.p)}"


@dataclass(frozen=True, eq=False)
class GroupComparison(Shown):
    """Groups compared in one fit of all their cells; n is animals.

    Parameters
    ----------
    fit : PopulationFit
        The population, with each group's ID50 and everything that the shifts rest on.
    pairs : tuple of ComparedPair
    overall : GlobalTest
        All groups at once.
    margin : float or None
        Of equivalence.
    seed : int
        Of the permutations that were drawn.
    """

    fit: PopulationFit = field(repr=False)
    pairs: tuple[ComparedPair, ...]
    overall: GlobalTest
    margin: float | None = None
    seed: int = 0

    def __getitem__(self, pair: tuple[str, str] | str) -> ComparedPair:
        """Pair by its group, or by group and reference.

        Raises
        ------
        ParameterError
            If it was not compared.
        """
        group, reference = (pair, self.fit.groups[0]) if isinstance(pair, str) else pair
        for one in self.pairs:
            if (one.shift.group, one.shift.reference) == (group, reference):
                return one
        have = ", ".join(f"{one.shift.group} / {one.shift.reference}" for one in self.pairs)
        raise ParameterError(f"{group} / {reference} was not compared; there is {have}")

    def __str__(self) -> str:
        """Sentences of a paper's results."""
        lines = [headline(self.fit), *(f"{one}" for one in self.fit.id50.values())]
        several = len(self.pairs) > 1
        if several:
            lines.append(f"{self.overall}")
        for pair in self.pairs:
            lines += pair.lines(adjusted=several)
        lines += [*assumption_lines(self.fit), *other_model_lines(self.fit), *other_reading_lines(self.fit)]
        lines += [f"left out: {reason}" for reason in self.fit.left_out]
        return "\n".join([*lines, *(f"note: {note}" for note in self.fit.notes)])

    def __repr__(self) -> str:
        """What is compared, of how many."""
        return f"GroupComparison({', '.join(self.fit.groups)}; {self.fit.problem.tree.n_animals} animals)"

    def _repr_html_(self) -> str:
        """The sentences, and a row for each group, for Jupyter."""
        return shown(self, population_table(self.fit))

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each pair, every number in a column of its own."""
        return [self._row(pair) for pair in self.pairs]

    def _row(self, pair: ComparedPair) -> dict[str, Any]:
        """Row of one pair."""
        shift, beside, equal = pair.shift, pair.two_stage, pair.equivalence
        n_animals, n_cells = self.fit.n_animals, self.fit.n_cells
        return {
            "group": shift.group, "reference": shift.reference,
            "fold": shift.value, "low": shift.low, "high": shift.high, "level": shift.level,
            "df": shift.df, "p": shift.p, "p_holm": pair.p_holm,
            "p_permutation": pair.permutation.p, "n_permutations": pair.permutation.n,
            "fold_two_stage": beside.value, "low_two_stage": beside.low, "high_two_stage": beside.high,
            "p_two_stage": beside.p,
            "margin": equal.margin if equal else math.nan, "p_equivalence": equal.p if equal else math.nan,
            "is_equivalent": equal.is_equivalent if equal else None,
            "n_animals": n_animals[shift.group], "n_animals_reference": n_animals[shift.reference],
            "n_cells": n_cells[shift.group], "n_cells_reference": n_cells[shift.reference],
        }  # fmt: skip
