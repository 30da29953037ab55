"""What a cohort says, in words: what was asked, the answers with exclusions and without, what to read before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ephys.analysis import CohortAnalysis, DrugAnswer, GroupAnswers, Selection, SessionFailure, group_table
from ephys.pharmacology import GroupComparison, MeasureComparison
from ephys.pharmacology.groups.estimates import count_text
from ephys.report.tables import UNKNOWN, Table

SELECTIONS: tuple[Selection, ...] = ("with exclusions", "without exclusions")
NO_GROUP = "no group"
"""What a group without a name is called."""

_MOST_FAILURES = 10
"""That are told in the summary; the table has all (convention)."""
_HEAD = ("of what", *SELECTIONS)

Lines = dict[str, str]
"""Answers by what they are of."""


def asked_text(analysis: CohortAnalysis) -> str:
    """What was asked, of how many."""
    cohort, answers = analysis.cohort, analysis.answers_of("with exclusions")
    groups = [group or NO_GROUP for group in cohort.groups]
    planned = f"{count_text(len(cohort.cells), 'row')} and {count_text(len(cohort.animals), 'animal')}"
    head = (
        f"The cohort's table has {planned} in {count_text(len(groups), 'group')}: {_listed(groups)}. {_found(analysis)}"
    )
    if answers is None:
        return f"{head} No group could be asked."
    drugs = [drug.drug for drug in answers.drugs]
    several = len(groups) > 1
    shift = f" and how many times it is that of {answers.reference or NO_GROUP}, the reference" if several else ""
    asked = [f"the {analysis.words.name} of {_listed(drugs)} in each group{shift}"] if drugs else []
    asked += ["how potent the drugs are against each other"] if len(drugs) > 1 else []
    return f"{head} Asked: {'; '.join([*asked, 'how the cells fire on their baseline'])}. n is animals."


def _found(analysis: CohortAnalysis) -> str:
    """How many cells were found, and how many of them are analysed."""
    if not analysis.exclusions.facts:
        return "No cell was found that could be analysed."
    first, last = analysis.exclusions.stages()[0], analysis.exclusions.stages()[-1]
    return (
        f"{count_text(first.cells, 'cell')} of {count_text(first.animals, 'animal')} {_was(first.cells)} found, and "
        f"{count_text(last.cells, 'cell')} of {count_text(last.animals, 'animal')} {_is(last.cells)} analysed."
    )


def _was(n: int) -> str:
    """Verb of a number."""
    return "was" if n == 1 else "were"


def _is(n: int) -> str:
    """Verb of a number."""
    return "is" if n == 1 else "are"


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence has them; "none" where there is none."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "none"


def answer_tables(analysis: CohortAnalysis) -> tuple[Table, ...]:
    """Answers beside each other, with exclusions and without: each drug, the drugs' potencies, firing."""
    drugs = dict.fromkeys(drug.drug for answers in analysis.answers for drug in answers.drugs)
    tables = [_table(analysis, drug, lambda one, drug=drug: _of_drug(one, drug)) for drug in drugs]  # type: ignore[misc]
    tables.append(_table(analysis, "Relative potency", _potencies))
    tables.append(_table(analysis, "Firing on the baseline", _firing))
    tables.append(_table(analysis, "Not told", _not_told))
    return tuple(table for table in tables if table.rows)


def _table(analysis: CohortAnalysis, title: str, told: Callable[[GroupAnswers], Iterable[tuple[str, str]]]) -> Table:
    """A row for each thing told under any selection."""
    columns: list[Lines] = []
    for selection in SELECTIONS:
        answers = analysis.answers_of(selection)
        columns.append(dict(told(answers)) if answers else {})
    names = dict.fromkeys(name for lines in columns for name in lines)
    return Table(title, _HEAD, tuple((name, *(lines.get(name, UNKNOWN) for lines in columns)) for name in names))


def _of_drug(answers: GroupAnswers, name: str) -> Iterator[tuple[str, str]]:
    """ID50 of each group, each shift, shares, and what is not told."""
    answer = next((one for one in answers.drugs if one.drug == name), None)
    if answer is None:
        return
    if answer.fit is not None:
        for group, id50 in answer.fit.id50.items():
            yield group or NO_GROUP, f"{id50}".removeprefix(f"{id50.group}: ")
    yield from _shifts(answer)
    for share in answer.shares:
        yield f"desensitised cells of {share.treated}", f"{share}".split("\n")[0]
    if answer.not_told:
        yield "not told", "; ".join(answer.not_told)


def _shifts(answer: DrugAnswer) -> Iterator[tuple[str, str]]:
    """How many times the ID50 of one group is that of another."""
    result = answer.result
    if not isinstance(result, GroupComparison):
        return
    several = len(result.pairs) > 1
    if several:
        yield "any difference", f"{result.overall}".partition(": ")[2]
    for pair in result.pairs:
        name = f"{pair.shift.group} / {pair.shift.reference}"
        yield name, next(iter(pair.lines(adjusted=several))).removeprefix(f"{name}: ")


def _potencies(answers: GroupAnswers) -> Iterator[tuple[str, str]]:
    """Each drug against the reference one."""
    found = answers.potencies
    if found is not None:
        for one in found.potencies:
            line = next(iter(one.lines(adjusted=len(found.potencies) > 1)))
            yield f"{one.drug} against {one.reference}, in {answers.reference or NO_GROUP}", line


def _firing(answers: GroupAnswers) -> Iterator[tuple[str, str]]:
    """Each measure of firing: the groups, and their differences."""
    if answers.firing is not None:
        yield from ((measure.label, _measured(measure)) for measure in answers.firing)


def _measured(measure: MeasureComparison) -> str:
    """Groups and differences of one measure."""
    groups = ", ".join(map(measure.group_text, measure.groups))
    return "; ".join([groups, *map(measure.difference_text, measure.differences)])


def _not_told(answers: GroupAnswers) -> Iterator[tuple[str, str]]:
    """What could not be answered, and why."""
    reasons = (*answers.not_told, *(answers.firing.not_compared if answers.firing else ()))
    for reason in reasons:
        what, _, why = reason.partition(": ")
        yield what, why or reason


def read_first(analysis: CohortAnalysis) -> tuple[str, ...]:
    """What to know before a number is used: failures with row and file, then notes."""
    failures = [failure_text(failure) for failure in analysis.failures]
    more = len(failures) - _MOST_FAILURES
    shown = failures[:_MOST_FAILURES]
    if more > 0:
        shown.append(f"{count_text(more, 'more failure')}: the table of failures has every one")
    return (*shown, *analysis.notes)


def failure_text(failure: SessionFailure) -> str:
    """A failure in words: which rows, of which files, and why."""
    rows = ", ".join(f"{cell.animal} {cell.cell} (row {cell.row})" for cell in failure.cells)
    files = ", ".join(dict.fromkeys(path.name for cell in failure.cells for path in cell.files))
    of = f", file {files}" if files else ""
    return f"No numbers of {failure.session}: {rows}{of}: {failure.reason}"


def groups_table(analysis: CohortAnalysis) -> Table:
    """Who is in each group, and what its ID50s are, with exclusions."""
    answers = analysis.answers_of("with exclusions")
    drugs = answers.drugs if answers else ()
    rows = []
    for row in group_table(analysis).as_rows():
        id50s = (drug.fit.id50.get(row["group"]) if drug.fit is not None else None for drug in drugs)
        counts = (row[name] for name in ("animals", "recorded", "serotonergic", "firing", "dose_response"))
        texts = (UNKNOWN if id50 is None else id50.text for id50 in id50s)
        rows.append((row["group"] or NO_GROUP, *map(str, counts), *texts))
    head = (
        "group", "animals", "cells recorded", "5-HT cells", "cells in firing", f"cells in {analysis.words.name}",
        *(f"{drug.fit.words.of_groups if drug.fit else 'ID50'} of {drug.drug}" for drug in drugs),
    )  # fmt: skip
    return Table("Groups, with exclusions", head, tuple(rows), frozenset(range(1, 6)))


def full_answers(analysis: CohortAnalysis) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Everything that the groups say, line by line, for each selection: assumptions, checks, doubts."""
    return tuple(
        (f"{answers.selection[0].upper()}{answers.selection[1:]}", tuple(filter(None, f"{answers}".split("\n"))))
        for answers in analysis.answers
    )
