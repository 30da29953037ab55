"""How the groups of a cohort were compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.analysis import CohortAnalysis, GroupAnswers
from ephys.jupyter import PotencyWords, common_words
from ephys.pharmacology import (
    DesensitisedShare,
    DrugComparison,
    Exclusions,
    FiringComparison,
    GroupComparison,
    PopulationFit,
)
from ephys.pharmacology.comparisons.group_comparison import ComparedPair
from ephys.pharmacology.exclusions.rules import RULES
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.report.methods.text import cite, typed
from ephys.report.methods.wording import counted, listed, percent

_MEASURES = {
    "rate": "firing rate",
    "cv": "CV of the intervals",
    "width": "spike width",
    "bursting_cells": "share of cells with any burst",
    "spikes_in_bursts": "share of spikes in bursts",
    "cells_per_track": "active cells per track",
}
"""Measures of firing, by their names."""

SILENT_ASIDE = "the rate is that of cells that fire"
"""Note of a comparison from which silent cells had to be left out."""

FULL = 100.0
"""Emax of a drug that can take away the whole rate."""


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
        yield _without(analysis.exclusions_of("without exclusions"))


def _without(exclusions: Exclusions) -> str:
    """The same cells but for what is no exclusion."""
    told = [rule.told_of(exclusions.settings) for rule in RULES if rule.name in exclusions.settings.rules]
    but = f" but those {'; '.join(told)}" if told else ""
    return f"Every comparison was also made without exclusions, on all cells{but}."


def _population(fits: Sequence[PopulationFit]) -> Iterator[str]:
    """One likelihood over all cells of a drug."""
    whose = listed(_cells_of(fit) for fit in fits)
    words = _words(fits)
    yield (
        f"All cells of a drug were fitted at once ({whose}): ln {words.name} was the mean of the group plus a normal "
        "deviation "
        f"{_deviations(fits)}."
    )
    emax = "" if any(_own_emax(fit) for fit in fits) else ", Emax"
    yield (
        f"Slope{emax} and the wander of rates between windows were common to all cells of a drug, slope and wander "
        "estimated without a prior; the spike counts of each cell had the variance given above with that wander, in an "
        f"extended quasi-likelihood {cite('nelder')} with its baseline rate at its best, and deviations were "
        f"integrated on a grid of ln {words.dose}."
    )
    yield (
        f"A cell whose {words.name} is a bound entered with its likelihood like any other; it was neither dropped nor "
        "set to "
        f"a {words.dose}."
    )
    yield from _emax(fits)
    yield from _blocks(fits)
    if any(fit.censored is not None for fit in fits):
        yield "Each fit was repeated without the windows of undetermined cells after their last proven spike."
    if any(fit.decayed is not None for fit in fits):
        yield "Each fit was repeated on what elimination had left of the doses."


def _deviations(fits: Sequence[PopulationFit]) -> str:
    """Levels that ID50s scatter on, as far as the design tells them apart."""
    if any("branch" in fit.problem.levels for fit in fits):
        return "of the animal, one of the animal in that group and one of the cell"
    if all(math.isnan(fit.sd_animal) for fit in fits):
        return "of the animal, each of which gave one cell"
    return "of the animal and one of the cell within it"


def _cells_of(fit: PopulationFit) -> str:
    """Drug with its cells and animals."""
    drug, animals = fit.runs[0].drug, fit.problem.tree.n_animals
    return f"{typed(drug)} {_curves_of(fit)} of {counted(animals, 'animal')}".strip()


def _curves_of(fit: PopulationFit) -> str:
    """Cells of a fit; their curves, where cells were recorded in several groups."""
    curves, units = len(fit.runs), len({(run.animal, run.unit) for run in fit.runs})
    if fit.model.paired and units < curves:
        return f"{counted(curves, 'curve')} of {counted(units, 'cell')}"
    return counted(curves, "cell")


def _emax(fits: Sequence[PopulationFit]) -> Iterator[str]:
    """Largest effect of each drug in the fit of all of its cells, and what an ID50 is where it is not 100 %."""
    held = [f"{value:g} % for {typed(drug)}" for fit in fits for drug, value in _held(fit)]
    free = [typed(fit.runs[0].drug) for fit in fits if not _held(fit)]
    if held:
        yield f"Emax was fixed at {listed(held)}."
    if free:
        yield f"Emax of {listed(free)} was estimated."
    words = _words(fits)
    partial = any(value < FULL for fit in fits for _, value in _held(fit))
    if free or partial:
        yield (
            f"Where Emax was less than 100 %, the {words.name} of a group is the {words.dose} of half the largest "
            "effect, "
            "and not that which halves the rate."
        )


def _words(fits: Sequence[PopulationFit]) -> PotencyWords:
    """What the potencies of some fits are called."""
    return common_words(fit.runs[0].dose_unit for fit in fits)


def _own_emax(fit: PopulationFit) -> bool:
    """Whether each group, or drug, has an Emax of its own."""
    return any(key.startswith("emax_percent:") for key in fit.model.fixed)


def _held(fit: PopulationFit) -> list[tuple[str, float]]:
    """Drugs of a fit with the Emax that each was held at; none where it was estimated."""
    fixed = fit.model.fixed
    own = [(key.partition(":")[2], value) for key, value in fixed.items() if key.startswith("emax_percent:")]
    return own or [(fit.runs[0].drug, value) for key, value in fixed.items() if key == "emax_percent"]


def _blocks(fits: Sequence[PopulationFit]) -> Iterator[str]:
    """What was taken out as a block, and animals that were compared with themselves."""
    blocks = dict.fromkeys(name for fit in fits for name in fit.model.block)
    if blocks:
        yield f"Differences by {listed(map(typed, blocks))} were taken out as a block that shifts all groups alike."
    if any(fit.model.paired for fit in fits):
        yield "Animals that were recorded in several groups were compared with themselves."


def _shifts(comparisons: Sequence[GroupComparison]) -> Iterator[str]:
    """Fold shifts with their degrees of freedom, and everything beside."""
    fits = [one.fit for one in comparisons]
    freedom = listed(f"{typed(fit.runs[0].drug)} {fit.df}" for fit in fits)
    references = listed((f"'{name}'" for name in dict.fromkeys(typed(fit.groups[0]) for fit in fits)), "or")
    yield (
        f"Groups were compared with {references} as the ratio of their geometric-mean {_words(fits).name}s, "
        f"{_interval(fits[0], freedom)}"
    )
    pairs = [pair for one in comparisons for pair in one.pairs]
    if any(len(one.pairs) > 1 for one in comparisons):
        yield "Whether any of several groups differed was tested by the likelihood ratio, against F in the same way."
    yield from _beside(pairs, _words(fits), within=listed(fits[0].model.block) if fits[0].model.block else "")
    if any(len(one.pairs) > 1 for one in comparisons):
        yield f"P-values of several groups were adjusted for their number {cite('holm')}; intervals were not adjusted."
    if comparisons[0].margin:
        yield _equivalence(comparisons[0].margin, fits[0].level)
    if any(math.isnan(pair.shift.p) for pair in pairs):
        paired = " (of animals in both groups, where animals were compared with themselves)" * fits[0].model.paired
        yield f"Where a group had fewer than {LEAST_ANIMALS} animals{paired}, no interval and no p-value were given."


def _interval(fit: PopulationFit, freedom: str) -> str:
    """Interval of a shift, and its degrees of freedom."""
    counts = "animals that were in several groups, less 1" if fit.model.paired else "animals less groups"
    counts += ", less the blocks but one" if fit.model.block else ""
    within = " (where they differ within an animal)" if fit.model.block and fit.model.paired else ""
    return (
        f"with the {percent(fit.level)} interval of its profile likelihood calibrated by F with 1 and as many degrees "
        f"of freedom as {counts}{within} leave ({freedom}): the unit of replication was the animal."
    )


def _equivalence(margin: float, level: float) -> str:
    """Two one-sided tests, each at what the level leaves."""
    return (
        f"Equivalence within a {margin:g}-fold shift either way was tested by two one-sided tests "
        f"{cite('schuirmann')}, each at {percent(1.0 - level)}: signed roots of the likelihood ratio against Student's "
        "t."
    )


def _beside(pairs: Sequence[ComparedPair], words: PotencyWords, *, within: str) -> Iterator[str]:
    """What stands beside a shift: two stages, permutations, other models."""
    test = "a paired t-test" if any(pair.two_stage.paired for pair in pairs) else "Welch's t-test"
    checks = [pair.permutation for pair in pairs if not math.isnan(pair.permutation.p)]
    permuted = ""
    if checks:
        how = listed(
            dict.fromkeys(f"all {one.n}" if one.is_exact else f"{one.n} drawn at random" for one in checks), "or"
        )
        blocks = f" within blocks of {typed(within)}" if within and not pairs[0].two_stage.paired else ""
        permuted = f", and permutations of the {checks[0].what}{blocks} ({how})"
    yield (
        f"Beside each shift are given {test} on the animals' means of the cells' ln {words.name} at the common slope "
        "(at most "
        f"ten times past the {words.dose}s){permuted}."
    )
    yield (
        "The shift is also given with a slope, and with an Emax, of each group's own; no test chose between these "
        "models."
    )


def _share(share: DesensitisedShare) -> str:
    """The share of cells that is shifted."""
    return (
        f"The share of cells of '{typed(share.treated)}' that were shifted was estimated as a mixture of cells like "
        f"those of '{typed(share.control)}' and shifted ones, with the slope, Emax and wander of a fit of both groups. "
        "It was tested against one shift of all of them by a parametric bootstrap, and given the "
        f"{percent(share.level)} expanded percentile interval {cite('hesterberg')} of a bootstrap over animals "
        f"({share.n_bootstrap} samples each)."
    )


def _potencies(found: DrugComparison, group: str) -> Iterator[str]:
    """Drugs against each other."""
    fit = found.fit
    freedom = f"{fit.df} {'degree' if fit.df == 1 else 'degrees'} of freedom"
    cells = f"{_curves_of(fit)} of {counted(fit.problem.tree.n_animals, 'animal')}, {freedom}"
    yield (
        f"Potencies of {listed(map(typed, fit.groups))} in '{typed(group)}' were compared in one fit of all of their "
        f"cells ({cells}), with {fit.words.dose}s as amounts of free base, as the ratio of the geometric-mean "
        f"{fit.words.name} of "
        f"{typed(fit.groups[0])} to theirs, with the {percent(fit.level)} interval of its profile likelihood "
        "calibrated by F: the unit of replication was the animal."
    )
    yield from _emax([fit])
    if fit.model.paired:
        yield "Animals that had several of these drugs were compared with themselves."


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
    block = f", differences by {listed(map(typed, firing.block))} taken out" if firing.block else ""
    yield (
        f"Firing on the baseline was {verb}, cells in animals{block}, with {percent(firing.level)} intervals: {told}."
    )
    if any(SILENT_ASIDE in measure.notes for measure in firing.measures):
        yield "Cells that were silent on the baseline are in no mean of the rate."
    if any("REML" in measure.method for measure in firing.measures):
        yield f"REML is restricted maximum likelihood {cite('patterson')}."
    if any(measure.welch for measure in firing.measures):
        yield "Welch's t-test on the means of animals is given beside."
    if several and len(firing.measures) > 1:
        yield "P-values were not adjusted for the number of measures."
    if any(len(measure.differences) > 1 for measure in firing.measures):
        yield (
            f"P-values of several groups were adjusted for their number {cite('holm')} within each measure, not across "
            "measures."
        )


def _without_df(method: str) -> str:
    """A method without its degrees of freedom, which differ between measures."""
    return method.partition(" with ")[0]
