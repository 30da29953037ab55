"""What a comparison of drugs gives: relative potencies in amounts of base, and what they do not say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ephys.jupyter import Shown, shown
from ephys.pharmacology.comparisons.group_comparison import ComparedPair
from ephys.pharmacology.groups.estimates import p_text, turned_ends
from ephys.pharmacology.population.estimates import GroupId50
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.fit_html import population_table
from ephys.pharmacology.population.shape_differences import shape_doubts


@dataclass(frozen=True)
class DrugPotency:
    """One drug.

    Parameters
    ----------
    drug : str
    id50 : GroupId50
        In nmol/kg or nM, of base.
    base_mass : float
        Grams of base in a mole; NaN where it is not known.
    emax_percent : float
        Largest effect that was held; NaN where it was estimated.
    emax_source : str
        Where it comes from.
    """

    drug: str
    id50: GroupId50
    base_mass: float
    emax_percent: float
    emax_source: str

    @property
    def by_weight(self) -> GroupId50:
        """ID50 in µg of base, per kg or per litre; NaN without a molar mass."""
        return _scaled(
            self.id50, self.base_mass / 1000.0, self.id50.dose_unit.replace("nmol", "ug").replace("nM", "ug/l")
        )

    def __str__(self) -> str:
        """Both scales."""
        weight = "" if math.isnan(self.base_mass) else f"; of base {self.by_weight.text}"
        held = "" if math.isnan(self.emax_percent) else f"; Emax held at {self.emax_percent:g} % ({self.emax_source})"
        return f"{_scaled(self.id50, 1.0, self.id50.dose_unit)}{weight}{held}"


def _scaled(id50: GroupId50, factor: float, unit: str) -> GroupId50:
    """In another unit; the doses given, which were converted, in four figures."""
    lowest, top = (float(f"{factor * dose:.4g}") for dose in (id50.lowest_dose, id50.top_dose))
    value, low, high = (factor * number for number in (id50.value, id50.low, id50.high))
    return replace(id50, value=value, low=low, high=high, lowest_dose=lowest, top_dose=top, dose_unit=unit)


@dataclass(frozen=True)
class RelativePotency:
    """How many times as potent as the reference a drug is.

    Parameters
    ----------
    drug, reference : str
    value, low, high : float
        ID50 of the reference / ID50 of the drug, amount for amount of base; above 1: less of the drug is needed.
    by_weight : float
        The same weight for weight of base; NaN without molar masses.
    pair : ComparedPair
        What it rests on: the shift the other way round, two stages, permutation, equivalence.
    """

    drug: str
    reference: str
    value: float
    low: float
    high: float
    by_weight: float
    pair: ComparedPair

    @classmethod
    def of(cls, pair: ComparedPair, mass: float, reference_mass: float) -> RelativePotency:
        """Turn a shift of the ID50 round."""
        shift = pair.shift
        value, (low, high) = 1.0 / shift.value, turned_ends(shift.low, shift.high)
        return cls(shift.group, shift.reference, value, low, high, value * reference_mass / mass, pair)

    def lines(self, *, adjusted: bool) -> Iterator[str]:
        """Sentences; the adjusted P where there are several."""
        shift = self.pair.shift
        interval = (
            f"no interval and no p: {shift.withheld}"
            if shift.withheld
            else f"{100 * shift.level:g} % CI {self.low:.3g} to {self.high:.3g}; F(1, {shift.df}) = {shift.f:.3g}, "
            f"{p_text(shift.p)}"
        )
        holm = f" (Holm {p_text(self.pair.p_holm)})" if adjusted and not math.isnan(self.pair.p_holm) else ""
        weight = "" if math.isnan(self.by_weight) else f"; weight for weight of base {self.by_weight:.3g}"
        yield (
            f"{self.drug} is {self.value:.3g} times as potent as {self.reference}, amount for amount of base "
            f"({interval}{holm}){weight}"
        )
        if self.pair.equivalence is not None:
            yield f"  relative potency: {self.pair.equivalence.turned}"
        yield f"  beside it, relative potency in two stages: {self.pair.two_stage.turned}"
        yield f"  {self.pair.permutation}"


@dataclass(frozen=True, eq=False)
class DrugComparison(Shown):
    """Drugs compared in one fit of all their cells; n is animals.

    Parameters
    ----------
    fit : PopulationFit
        With the drugs as groups, doses in nmol/kg or nM of base.
    drugs : tuple of DrugPotency
        The reference first.
    potencies : tuple of RelativePotency
    seed : int
        Of the permutations that were drawn.
    """

    fit: PopulationFit = field(repr=False)
    drugs: tuple[DrugPotency, ...]
    potencies: tuple[RelativePotency, ...]
    seed: int = 0

    @cached_property
    def doubts(self) -> tuple[str, ...]:
        """What the relative potencies do not say, in words."""
        return (*self._of_maxima(), *shape_doubts(self.fit.differences), *self._of_order(), *self.fit.notes)

    def __str__(self) -> str:
        """Sentences of a paper's results."""
        lines = [f"{drug}" for drug in self.drugs]
        for potency in self.potencies:
            lines += potency.lines(adjusted=len(self.potencies) > 1)
        lines += [f"left out: {reason}" for reason in self.fit.left_out]
        return "\n".join([*lines, *(f"note: {doubt}" for doubt in self.doubts)])

    def __repr__(self) -> str:
        """What is compared, of how many."""
        return f"DrugComparison({', '.join(self.fit.groups)}; {self.fit.problem.tree.n_animals} animals)"

    def _repr_html_(self) -> str:
        """The sentences, and a row for each drug, for Jupyter."""
        return shown(self, population_table(self.fit))

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each drug against the reference, every number in a column of its own."""
        return [
            {"drug": one.drug, "reference": one.reference, "relative_potency": one.value, "low": one.low,
             "high": one.high, "level": one.pair.shift.level, "df": one.pair.shift.df, "p": one.pair.shift.p,
             "p_holm": one.pair.p_holm, "relative_potency_by_weight": one.by_weight,
             "potency_two_stage": one.pair.two_stage.turned.value, "p_two_stage": one.pair.two_stage.p,
             "p_permutation": one.pair.permutation.p,
             "margin": one.pair.equivalence.margin if one.pair.equivalence else math.nan,
             "p_equivalence": one.pair.equivalence.p if one.pair.equivalence else math.nan,
             "dose_unit": self.fit.runs[0].dose_unit,
             "id50": self.fit.id50[one.drug].value, "id50_low": self.fit.id50[one.drug].low,
             "id50_high": self.fit.id50[one.drug].high, "id50_reference": self.fit.id50[one.reference].value,
             "id50_reference_low": self.fit.id50[one.reference].low,
             "id50_reference_high": self.fit.id50[one.reference].high,
             "n_animals": self.fit.n_animals[one.drug], "n_animals_reference": self.fit.n_animals[one.reference]}
            for one in self.potencies
        ]  # fmt: skip

    def _of_maxima(self) -> Iterator[str]:
        """Drugs that were held to stop short, or whose largest effect is taken for granted."""
        held = {drug.drug: drug.emax_percent for drug in self.drugs if not math.isnan(drug.emax_percent)}
        if any(percent < 100 for percent in held.values()):
            told = ", ".join(f"{drug} {percent:g} %" for drug, percent in held.items())
            yield f"a partial agonist is compared (Emax {told}): the potencies are of half of each drug's own maximum"

    def _of_order(self) -> Iterator[str]:
        """Animals that had several drugs."""
        if self.fit.model.paired and "order" not in self.fit.model.block:
            yield (
                "animals had several drugs: the later one acted on what the earlier one left, unless that was washed "
                "out; where the order differs between animals, name the column order as block"
            )
