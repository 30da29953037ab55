"""Who was left out of a cohort, and by which rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ephys.pharmacology import Exclusions
from ephys.pharmacology.exclusions.flow import Departure
from ephys.pharmacology.exclusions.rules import RULES, Rule
from ephys.report.methods.text import typed
from ephys.report.methods.wording import counted


def exclusion_sentences(exclusions: Exclusions) -> Iterator[str]:
    """Rules that were applied, what each took, and what stayed."""
    if not exclusions.facts:
        return
    applied = [rule for rule in RULES if rule.name in exclusions.settings.rules and _has_limits(rule.name, exclusions)]
    if not applied:
        yield "No rule of exclusion was applied."
    taken, idle, empty = list[str](), list[str](), list[str]()
    blank = {rule for rule, why in _unjudged(exclusions) if _is_of_all(why)}
    for rule in applied:
        cells = [departure.facts for departure in exclusions.departures if _took(departure, rule)]
        told = _told(rule, exclusions)
        animals = len({facts.animal for facts in cells})
        if cells:
            taken.append(f"{told} ({counted(len(cells), 'cell')} of {counted(animals, 'animal')})")
        else:
            (empty if rule.name in blank else idle).append(told)
    if taken:
        yield f"Cells were left out for these reasons, each under the first that held: {'; '.join(taken)}."
    if idle:
        which = "Rules that were applied as well and took no further cell" if taken else "Rules that took no cell"
        yield f"{which}: {'; '.join(idle)}."
    if empty:
        yield f"Rules that could be judged of no cell: {'; '.join(empty)}."
    for name, why in _unjudged(exclusions):
        yield f"The rule '{name.replace('_', ' ')}' was not judged everywhere: {typed(why)}."
    last = exclusions.stages()[-1]
    yield f"This left {counted(last.cells, 'cell')} of {counted(last.animals, 'animal')}."


def _told(rule: Rule, exclusions: Exclusions) -> str:
    """A rule in words, with the ranges of the animal's state where it judges by these."""
    ranges = f" ({rule.limit_of(exclusions.settings)})" if not rule.limit else ""
    return f"{rule.told_of(exclusions.settings)}{ranges}"


def _has_limits(rule: str, exclusions: Exclusions) -> bool:
    """Whether a rule has what it judges by: ranges of the animal's state are the laboratory's, and 0 h is no limit."""
    if rule == "too_soon_after_treatment":
        return exclusions.settings.min_hours_after_treatment > 0
    return bool(exclusions.settings.physiology) or not rule.startswith("physiology")


def _took(departure: Departure, rule: Rule) -> bool:
    """Whether a cell left by a rule; the rule of a cohort that was stored is another object of the same name."""
    return departure.rule is not None and departure.rule.name == rule.name


def _unjudged(exclusions: Exclusions) -> Iterator[tuple[str, str]]:
    """Rules that had nothing to judge some cells by, and why."""
    for note in exclusions.unjudged:
        rule, _, why = note.partition(": ")
        if _has_limits(rule, exclusions):
            yield rule, why


def _is_of_all(why: str) -> bool:
    """Whether a rule had nothing to judge by in any cell.

    >>> _is_of_all("26 of 26 cells have no histology"), _is_of_all("6 of 26 cells have no histology")
    (True, False)
    """
    found = re.match(r"(\d+) of (\d+) ", why)
    return found is not None and found[1] == found[2]
