"""Table 2 of a paper: the ID50 of each group under each drug, with its shift and what it rests on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ephys.analysis.cohort import CohortAnalysis, DrugAnswer, Selection
from ephys.analysis.paper_table import PaperTable
from ephys.jupyter import common_words, potency_name
from ephys.pharmacology import Exclusions, GroupComparison, PopulationFit, SeriesFacts
from ephys.pharmacology.comparisons.group_comparison import ComparedPair
from ephys.pharmacology.groups.estimates import count_text, p_text
from ephys.pharmacology.population.shape_differences import shape_doubts
from ephys.pharmacology.population.text import hill_text

Numbers = dict[str, Any]

_COUNTS = {
    "n_animals": "animals",
    "n_cells": "cells",
    "never_halved": "never halved",
    "halved_at_once": "halved by the first dose",
    "silent_to_the_end": "silent to the end",
    "left_out": "left out",
}
_CONDITIONS = {"route": "route", "form": "form", "readout": "read"}
_TEXTS = ("dose_unit", "potency", "status", "reference", "fold_status")
_VALUES = (
    "id50", "id50_low", "id50_high", "level", "hill", "emax_percent", "fold", "fold_low", "fold_high", "df", "f", "p",
    "p_holm",
)  # fmt: skip
_NONE = "not told"


def id50_table(analysis: CohortAnalysis, *, selection: Selection = "with exclusions") -> PaperTable:
    """Table 2 of a paper: a row per drug and group, with the ID50, its shift against the reference, and n.

    Every number is one of `cohort_tables`. An ID50 outside the doses given is a bound ("> 500").

    Parameters
    ----------
    analysis : CohortAnalysis
        As `analyse_cohort` gives it.
    selection : {"with exclusions", "without exclusions"}, optional
        Which cells the numbers are of.

    Returns
    -------
    PaperTable
        With route, form, doses and read-out of each drug in the notes.

    Examples
    --------
    >>> import ephys
    >>> analysis = ephys.analyse_cohort("cohort.csv")  # doctest: +SKIP
    >>> print(id50_table(analysis))  # doctest: +SKIP
    ID50 by drug and group, with exclusions.
    drug        group    ID50 (µg/kg)         ...  animals  cells  ...
    ipsapirone  control  73.6 (38.1 to 142)   ...  4        5      ...
    """
    answers = analysis.answers_of(selection)
    drugs = answers.drugs if answers else ()
    exclusions = analysis.exclusions_of(selection)
    numbers = tuple(row for drug in drugs for row in _of_drug(analysis, drug, exclusions))
    unit = _common_unit(numbers)
    words = common_words(row["dose_unit"] for row in numbers if row["dose_unit"])
    return PaperTable(
        f"{words.name} by drug and group, {selection}.",
        (
            "drug",
            "group",
            f"{words.of_groups} ({unit})" if unit else words.of_groups,
            "Hill",
            "Emax (%)",
            "fold shift",
            "p",
            *(name.replace("dose", words.dose) for name in _COUNTS.values()),
        ),
        tuple(_printed(row, drug, unit) for drug in drugs for row in numbers if row["drug"] == drug.drug),
        numbers,
        tuple(_notes(drugs, answers.reference if answers else "", exclusions)),
    )


def _of_drug(analysis: CohortAnalysis, drug: DrugAnswer, exclusions: Exclusions) -> Iterator[Numbers]:
    """A row for each group that had the drug, whether any of its cells counts or not."""
    for group in analysis.cohort.groups:
        series = [facts for facts in exclusions.facts if (facts.drug, facts.group) == (drug.drug, group)]
        if series:
            yield {
                "drug": drug.drug, "group": group, "selection": drug.selection,
                **dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_VALUES, math.nan), **_valued(drug, group),
                **_counted(drug.fit, group, series, exclusions),
            }  # fmt: skip


def _counted(fit: PopulationFit | None, group: str, series: Sequence[SeriesFacts], exclusions: Exclusions) -> Numbers:
    """How many animals and cells, of what kind."""
    used = [facts for facts in series if exclusions.analysed(facts)]
    reaches = Counter(run.reach for run in fit.runs if run.group == group) if fit else Counter[str]()
    cells = sum(reaches.values())
    return {
        "n_animals": fit.n_animals.get(group, 0) if fit else 0,
        "n_cells": cells,
        "never_halved": reaches["not reached"],
        "halved_at_once": reaches["from the first dose"],
        "silent_to_the_end": sum(facts.fate == "undetermined" for facts in used),
        "left_out": len(series) - cells,
    }


def _valued(drug: DrugAnswer, group: str) -> Numbers:
    """Values of a group, each in a column of its own; none where the group is not in the fit."""
    fit, pair = drug.fit, _pair(drug, group)
    if fit is None or group not in fit.groups:
        return {}
    own = fit.id50[group]
    row: Numbers = {
        "dose_unit": own.dose_unit, "potency": potency_name(own.dose_unit), "status": own.status,
        "id50": math.nan if own.is_open else own.value,
        "id50_low": own.low, "id50_high": own.high, "level": own.level, "hill": fit.hill,
        "emax_percent": fit.emax_percent,
    }  # fmt: skip
    if pair is None:
        return row
    shift = pair.shift
    return row | {
        "reference": shift.reference, "fold_status": shift.status,
        "fold": shift.value if shift.status == "estimated" else math.nan, "fold_low": shift.low,
        "fold_high": shift.high, "df": shift.df, "f": shift.f, "p": shift.p, "p_holm": pair.p_holm,
    }  # fmt: skip


def _pair(drug: DrugAnswer, group: str) -> ComparedPair | None:
    """A group against the reference; ``None`` for the reference itself."""
    pairs = drug.result.pairs if isinstance(drug.result, GroupComparison) else ()
    return next((pair for pair in pairs if pair.shift.group == group), None)


def _common_unit(numbers: Sequence[Numbers]) -> str:
    """Dose unit of all rows, as it is printed; empty where they differ, and each row has its own."""
    units = {row["dose_unit"] for row in numbers if row["dose_unit"]}
    return _unit_text(units.pop()) if len(units) == 1 else ""


def _unit_text(unit: str) -> str:
    """Dose unit as it is printed."""
    return unit.replace("ug/", "µg/")


def _printed(row: Mapping[str, Any], drug: DrugAnswer, unit: str) -> tuple[str, ...]:
    """Row as it is printed."""
    counts = [f"{row[name]}" for name in _COUNTS]
    return (row["drug"], row["group"] or "no group", *_values(row["group"], drug, unit), *counts)


def _values(group: str, drug: DrugAnswer, unit: str) -> tuple[str, ...]:
    """ID50, slope, largest effect, shift and p-value of a group."""
    fit = drug.fit
    if fit is None or group not in fit.groups:
        return (_NONE, *[""] * 4)
    own = fit.id50[group]
    id50 = own.cell_text if unit else f"{own.cell_text} {_unit_text(own.dose_unit)}".strip()
    emax = f"{fit.emax_percent:.3g} {_how('emax_percent', fit)}"
    return (id50, hill_text(fit.hill), emax, *_shift(group, drug, fit))


def _how(name: str, fit: PopulationFit) -> str:
    """Whether a shape parameter was fixed or fitted."""
    return "fixed" if name in fit.model.fixed else "fitted"


def _shift(group: str, drug: DrugAnswer, fit: PopulationFit) -> tuple[str, str]:
    """Shift of a group and its p-value."""
    pair = _pair(drug, group)
    if pair is None:
        return ("reference" if len(fit.groups) > 1 else "", "")
    several = len(fit.groups) > 2 and not math.isnan(pair.p_holm)
    holm = f" (Holm {_p(pair.p_holm)})" if several else ""
    return pair.shift.cell_text, f"{_p(pair.shift.p)}{holm}"


def _p(p: float) -> str:
    """p-value without its letter: the column has it."""
    return "" if math.isnan(p) else p_text(p).removeprefix("p ").removeprefix("= ")


def _notes(drugs: Sequence[DrugAnswer], reference: str, exclusions: Exclusions) -> Iterator[str]:
    """What the numbers are, what they rest on, and who is not in them."""
    fits = [drug.fit for drug in drugs if drug.fit is not None]
    if fits:
        words = common_words(fit.runs[0].dose_unit for fit in fits)
        yield (
            f"{words.name}: {words.dose} that takes away half of the baseline rate, geometric mean of the group, with "
            "its "
            f"{100 * fits[0].level:g} % profile-likelihood interval from one likelihood of all cells of a drug (cells "
            f"in animals); beyond the {words.dose}s given it is a bound. Cells that were never halved, or by the first "
            f"{words.dose}, are in it. Fold shift: {words.name} of a group over that of the reference, {reference}; p "
            "by F. n is animals."
        )
    for drug in drugs:
        yield from _conditions(drug)
        yield from _left_out(drug, exclusions)


def _conditions(drug: DrugAnswer) -> Iterator[str]:
    """Route, form, doses and read-out of a drug, and what was assumed of its curve."""
    fit = drug.fit
    if fit is not None:
        given = [part for name in _CONDITIONS if (part := _stated(fit, name))]
        doses = list(fit.id50.values())
        span = f"{min(own.lowest_dose for own in doses):.5g} to {max(own.top_dose for own in doses):.5g}"
        emax = f"Emax {_how('emax_percent', fit)} at {fit.emax_percent:.3g} %"
        source = f" ({fit.emax_source})" if "emax_percent" in fit.model.fixed and fit.emax_source else ""
        hill = f"Hill {_how('hill', fit)}, common to all groups"
        told = [f"{fit.words.dose}s {span} {_unit_text(doses[0].dose_unit)}".strip(), *given, hill, emax + source]
        yield f"{drug.drug}: {'; '.join(told)}."
        if fit.emax_percent < 100:
            name, dose = fit.words.name, fit.words.dose
            yield f"{drug.drug}: since Emax is below 100 %, {name} is the {dose} of half the largest effect."
        yield from (f"{drug.drug}: {doubt}." for doubt in shape_doubts(fit.differences))
        yield from (f"{drug.drug}: {note}." for note in fit.notes)
        pairs = [pair for group in fit.groups if (pair := _pair(drug, group))]
        withheld = {f"{pair.shift.group}: {pair.shift.withheld}" for pair in pairs if pair.shift.withheld}
        yield from (f"{drug.drug}, no interval of the shift, {why}." for why in sorted(withheld))
    yield from (f"{drug.drug}, not told: {reason}." for reason in drug.not_told)


def _stated(fit: PopulationFit, name: str) -> str:
    """What was stated of a condition, all values of it; empty where nothing was."""
    values = sorted({run.conditions.get(name, "") for run in fit.runs} - {""})
    return f"{_CONDITIONS[name]} {' or '.join(values)}" if values else ""


def _left_out(drug: DrugAnswer, exclusions: Exclusions) -> Iterator[str]:
    """How many cells had the drug and are not in its numbers, and why."""
    taken = [facts for facts in exclusions.facts if facts.drug == drug.drug and not exclusions.analysed(facts)]
    rules = Counter((facts.group, exclusions.rules_of(facts)[0].replace("_", " ")) for facts in taken)
    told = [f"{group or 'no group'} {n} {rule}" for (group, rule), n in rules.items()]
    if told:
        counted = f"{count_text(len(taken), 'cell')}, each under the first rule that takes it"
        yield f"{drug.drug}, left out: {'; '.join(told)} ({counted})."
    if drug.fit is not None:
        yield from (f"{drug.drug}, not fitted: {reason}." for reason in drug.fit.left_out)
