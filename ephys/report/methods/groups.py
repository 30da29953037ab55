"""Who was left out of a cohort, and how its groups were compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.analysis import CohortAnalysis, GroupAnswers
from ephys.pharmacology import (
    DesensitisedShare,
    DrugComparison,
    Exclusions,
    FiringComparison,
    GroupComparison,
    PopulationFit,
)
from ephys.pharmacology.comparisons.group_comparison import ComparedPair
from ephys.pharmacology.exclusions.flow import Departure
from ephys.pharmacology.exclusions.rules import RULES, Rule
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.report.methods.text import cite, typed
from ephys.report.methods.wording import counted, listed, percent

_MEASURES = {
    "rate": "firing rate",
    "cv": "CV of the intervals",
    "width": "spike width",
    "bursting_cells": "share of bursting cells",
    "spikes_in_bursts": "share of spikes in bursts",
    "cells_per_track": "active cells per track",
}
"""Measures of firing, by their names."""


def exclusion_sentences(exclusions: Exclusions) -> Iterator[str]:
    """Rules that were applied, what each took, and what stayed."""
    if not exclusions.facts:
        return
    applied = [rule for rule in RULES if rule.name in exclusions.settings.rules and _has_limits(rule.name, exclusions)]
    if not applied:
        yield "No rule of exclusion was applied."
    taken, idle = [], []
    for rule in applied:
        cells = [departure.facts for departure in exclusions.departures if _took(departure, rule)]
        told = rule.told_of(exclusions.settings)
        animals = len({facts.animal for facts in cells})
        if cells:
            taken.append(f"{told} ({counted(len(cells), 'cell')} of {counted(animals, 'animal')})")
        else:
            idle.append(told)
    if taken:
        yield f"Cells were left out, each under the first rule that took it, that were: {'; '.join(taken)}."
    if idle:
        yield (
            f"Rules that were applied {'as well and took no further cell' if taken else 'and took no cell'}: "
            f"{'; '.join(idle)}."
        )
    yield from _unjudged(exclusions)
    last = exclusions.stages()[-1]
    yield f"This left {counted(last.cells, 'cell')} of {counted(last.animals, 'animal')}."


def _has_limits(rule: str, exclusions: Exclusions) -> bool:
    """Whether a rule has what it judges by: ranges of the animal's state are the laboratory's."""
    return bool(exclusions.settings.physiology) or not rule.startswith("physiology")


def _took(departure: Departure, rule: Rule) -> bool:
    """Whether a cell left by a rule; the rule of a cohort that was stored is another object of the same name."""
    return departure.rule is not None and departure.rule.name == rule.name


def _unjudged(exclusions: Exclusions) -> Iterator[str]:
    """What a rule had nothing to judge by."""
    for note in exclusions.unjudged:
        rule, _, why = note.partition(": ")
        if _has_limits(rule, exclusions):
            yield f"The rule '{rule.replace('_', ' ')}' could not be judged of all: {typed(why)}."


def group_sentences(analysis: CohortAnalysis) -> Iterator[str]:
    """The population model, the shifts and what stands beside them; nothing where nothing was compared."""
    answers = analysis.answers_of("with exclusions")
    if answers is None:
        return
    results = [drug.result for drug in answers.drugs if drug.result is not None]
    fits = [result.fit if isinstance(result, GroupComparison) else result for result in results]
    if fits:
        yield from _population(fits)
    comparisons = [result for result in results if isinstance(result, GroupComparison)]
    if comparisons:
        yield from _shifts(comparisons)
    yield from (_share(share) for drug in answers.drugs for share in drug.shares)
    if answers.potencies is not None:
        yield from _potencies(answers.potencies, answers.reference)
    if analysis.answers_of("without exclusions") is not None and (fits or answers.firing):
        yield (
            "Every comparison was also made without exclusions, on every single unit that was called serotonergic and "
            "had a baseline."
        )


def _population(fits: Sequence[PopulationFit]) -> Iterator[str]:
    """One likelihood over all cells of a drug."""
    whose = listed(_cells_of(fit) for fit in fits)
    single = all(math.isnan(fit.sd_animal) for fit in fits)
    of_whom = "of the animal, each of which gave one cell" if single else "of the animal and one of the cell within it"
    yield (
        f"All cells of a drug were fitted at once ({whose}): ln ID50 was the mean of the group plus a normal deviation "
        f"{of_whom}."
    )
    yield (
        "Slope, Emax and the wander of rates between windows were common to all cells; the spike counts of each cell "
        f"had the variance given above, in an extended quasi-likelihood {cite('nelder')} with its baseline rate at its "
        "best, and deviations were integrated on a grid of ln dose."
    )
    yield (
        "A cell whose ID50 is a bound entered with its likelihood like any other; it was neither dropped nor set to a "
        "dose."
    )
    yield from _emax(fits)
    yield from _blocks(fits)
    if any(fit.censored is not None for fit in fits):
        yield "Each fit was repeated without the windows of undetermined cells after their last proven spike."


def _cells_of(fit: PopulationFit) -> str:
    """Drug with its cells and animals."""
    drug, animals = fit.runs[0].drug, fit.problem.tree.n_animals
    return f"{typed(drug)} {counted(len(fit.runs), 'cell')} of {counted(animals, 'animal')}".strip()


def _emax(fits: Sequence[PopulationFit]) -> Iterator[str]:
    """Largest effect of each drug in the fit of all of its cells."""
    fixed = [(fit.runs[0].drug, fit.model.fixed.get("emax_percent")) for fit in fits]
    held = [f"{value:g} % for {typed(drug)}" for drug, value in fixed if value is not None]
    free = [typed(drug) for drug, value in fixed if value is None]
    if held:
        yield f"Emax was fixed at {listed(held)}."
    if free:
        yield f"Emax of {listed(free)} was estimated."


def _blocks(fits: Sequence[PopulationFit]) -> Iterator[str]:
    """What was taken out as a block, and animals that were compared with themselves."""
    blocks = dict.fromkeys(name for fit in fits for name in fit.model.block)
    if blocks:
        yield f"Differences by {listed(map(typed, blocks))} were taken out as a block that shifts all groups alike."
    if any(fit.model.paired for fit in fits):
        yield "Animals that were recorded in several groups were compared with themselves."


def _shifts(comparisons: Sequence[GroupComparison]) -> Iterator[str]:
    """Fold shifts with their degrees of freedom, and everything beside."""
    first = comparisons[0]
    reference = typed(first.fit.groups[0])
    freedom = listed(f"{typed(one.fit.runs[0].drug)} {one.fit.df}" for one in comparisons)
    counts = "animals that were in both groups, less 1" if first.fit.model.paired else "animals less groups"
    counts += " and blocks" if first.fit.model.block else ""
    yield (
        f"Groups were compared with '{reference}' as the ratio of their geometric-mean ID50s, with the "
        f"{percent(first.fit.level)} interval of its profile likelihood calibrated by F with 1 and as many degrees of "
        f"freedom as {counts} leave ({freedom}): the unit of replication was the animal."
    )
    pairs = [pair for one in comparisons for pair in one.pairs]
    yield from _beside(pairs)
    if any(len(one.pairs) > 1 for one in comparisons):
        yield f"P-values of several groups were adjusted after Holm {cite('holm')}; intervals were not adjusted."
    if first.margin:
        yield (
            f"Equivalence within a {first.margin:g}-fold shift either way was tested by two one-sided tests "
            f"{cite('schuirmann')}."
        )
    if any(math.isnan(pair.shift.p) for pair in pairs):
        yield f"Where a group had fewer than {LEAST_ANIMALS} animals, no p-value was given."


def _beside(pairs: Sequence[ComparedPair]) -> Iterator[str]:
    """What stands beside a shift: two stages, permutations, other models."""
    test = "a paired t-test" if any(pair.two_stage.paired for pair in pairs) else "Welch's t-test"
    checks = [pair.permutation for pair in pairs if not math.isnan(pair.permutation.p)]
    permuted = ""
    if checks:
        how = listed(
            dict.fromkeys(f"all {one.n}" if one.is_exact else f"{one.n} drawn at random" for one in checks), "or"
        )
        permuted = f", and permutations of the {checks[0].what} ({how})"
    yield (
        f"Beside each shift are given {test} on the animals' means of the cells' ln ID50 at the common slope{permuted}."
    )
    yield (
        "The shift is also given with a slope, and with an Emax, of each group's own; no test chose between these "
        "models."
    )


def _share(share: DesensitisedShare) -> str:
    """The share of cells that is shifted."""
    return (
        f"The share of cells of '{typed(share.treated)}' that were shifted was estimated as a mixture of cells like "
        f"those of '{typed(share.control)}' and shifted ones, tested by a parametric bootstrap and given the expanded "
        f"percentile interval {cite('hesterberg')} of a bootstrap over animals ({share.n_bootstrap} samples each)."
    )


def _potencies(found: DrugComparison, group: str) -> Iterator[str]:
    """Drugs against each other."""
    fit = found.fit
    yield (
        f"Potencies of {listed(map(typed, fit.groups))} in '{typed(group)}' were compared in the same way, on doses "
        f"made amounts of free base ({counted(len(fit.runs), 'cell')} of "
        f"{counted(fit.problem.tree.n_animals, 'animal')}, {fit.df} degrees of freedom)."
    )


def firing_sentences(answers: GroupAnswers | None) -> Iterator[str]:
    """How the firing of groups was compared; nothing where it was not."""
    firing = answers.firing if answers is not None else None
    if not isinstance(firing, FiringComparison) or not firing.measures:
        return
    by_method: dict[str, list[str]] = {}
    for measure in firing.measures:
        by_method.setdefault(_without_df(measure.method), []).append(_MEASURES.get(measure.name, measure.name))
    several = len({group.group for measure in firing.measures for group in measure.groups}) > 1
    verb = f"compared with '{typed(firing.reference)}'" if several else "summarised"
    told = "; ".join(f"{listed(labels)} ({method})" for method, labels in by_method.items())
    yield f"Firing on the baseline was {verb}, cells in animals, with {percent(firing.level)} intervals: {told}."
    if any("REML" in measure.method for measure in firing.measures):
        yield f"REML is restricted maximum likelihood {cite('patterson')}."
    if any(measure.welch for measure in firing.measures):
        yield "Welch's t-test on the means of animals is given beside."
    if any(len(measure.differences) > 1 for measure in firing.measures):
        yield (
            f"P-values of several groups were adjusted after Holm {cite('holm')} within each measure, not across "
            "measures."
        )


def _without_df(method: str) -> str:
    """A method without its degrees of freedom, which differ between measures."""
    return method.partition(" with ")[0]
