"""The methods of a cohort."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from ephys.analysis import CohortAnalysis, FoundCell
from ephys.analysis.cohort_findings import cohort_findings
from ephys.analysis.record import Row
from ephys.classification import UnitFeatures, load_preset, preset_names
from ephys.classification.criteria import judge_criteria
from ephys.classification.distributions import SEROTONERGIC, load_classes
from ephys.model import CohortAnimal, Subject
from ephys.report.methods.excluding import exclusion_sentences
from ephys.report.methods.findings import finding_sentences
from ephys.report.methods.groups import firing_sentences, group_sentences
from ephys.report.methods.identity import (
    bursts_sentences,
    by_hand_text,
    criteria_sentences,
    engine_sentences,
    held_back_text,
    no_width_text,
    prior_sentences,
    rule_text,
    shape_text,
)
from ephys.report.methods.recording import (
    formats_text,
    preparation_text,
    sex_text,
    simulated_text,
    suffixes_of,
)
from ephys.report.methods.series import (
    baselines_sentences,
    drug_sentences,
    fits_sentences,
    readouts_sentences,
)
from ephys.report.methods.software import packages_used, software_sentences
from ephys.report.methods.sorting import sorter_sentences, units_as_they_came
from ephys.report.methods.text import MethodsText, gap, put_together, typed
from ephys.report.methods.wording import counted, listed, span, were
from ephys.settings import Settings
from ephys.sorting.foreign import OWN_SORTER


def cohort_methods(analysis: CohortAnalysis) -> MethodsText:
    """Methods of a cohort, step by step."""
    answers, beside = analysis.answers_of("with exclusions"), cohort_findings(analysis)
    ejected = [cell.ejections for cell in analysis.cells if cell.ejections is not None]
    steps = (
        ("Animals and recordings", _animals(analysis)),
        ("Spikes and units", _units(analysis)),
        ("Drugs", drug_sentences(analysis)),
        ("Baseline", baselines_sentences(analysis)),
        ("Identification of serotonergic units", _identity(analysis)),
        ("Exclusions", exclusion_sentences(analysis.exclusions)),
        ("Read-out", readouts_sentences(analysis)),
        ("Dose-response", fits_sentences(analysis)),
        ("Antagonist", finding_sentences(beside.reversals)),
        ("Iontophoresis", finding_sentences((*ejected, *beside.ejections))),
        ("Comparison of groups", group_sentences(analysis)),
        ("Firing", firing_sentences(answers)),
        ("Software", software_sentences(_packages(analysis), analysis.settings)),
    )
    return put_together((title, list(sentences)) for title, sentences in steps)


def _animals(analysis: CohortAnalysis) -> Iterator[str]:
    """Who was recorded, in which groups, how prepared."""
    cohort = analysis.cohort
    yield simulated_text(
        str(cell.record.unit_row[column]) for cell in analysis.cells for column in ("preparation", "origin")
    )
    cells, sessions = counted(len(analysis.cells), "cell"), counted(len(analysis.sessions), "session")
    animals = len({cell.planned.animal for cell in analysis.cells})
    verb = were(len(analysis.cells))
    yield f"{cells} of {counted(animals, 'animal')} {verb} recorded extracellularly in {sessions}."
    subjects = [animal.subject for animal in cohort.animals]
    species = _stated([*(s.species for s in subjects), *(str(c.record.unit_row["species"]) for c in analysis.cells)])
    told = [species or gap("species"), _strains(subjects), _sexes(subjects), _weights(subjects)]
    yield f"The animals: {'; '.join(told)}."
    yield f"Groups: {'; '.join(_group(analysis, group) for group in cohort.groups)}."
    yield preparation_text([_prepared(cell) for cell in analysis.cells])
    yield f"The electrode was aimed at {gap('target and stereotaxic coordinates')}; {_histology(analysis)}."
    failed = len({failure.session for failure in analysis.failures})
    if failed:
        yield f"{counted(failed, 'session')} could not be analysed."
    yield formats_text(source for session in analysis.sessions for source in session.sources)
    own = sum(cell.planned.settings is not None for cell in analysis.cells)
    if own:
        yield f"{counted(own, 'cell')} {were(own)} analysed with settings of their own ({gap('which, and why')})."
    yield f"Who was blind to group and drug, and when: {gap('blinding')}."
    yield f"The experiments were approved by {gap('ethics committee and licence')}."


def _stated(values: list[str]) -> str:
    """Different values that were stated."""
    return listed(value for value in dict.fromkeys(map(typed, values)) if value)


def _strains(subjects: list[Subject]) -> str:
    """Strains, or a gap."""
    return _stated([subject.strain for subject in subjects]) or gap("strain")


def _sexes(subjects: list[Subject]) -> str:
    """How many of each sex, or a gap."""
    found = Counter(sex_text(subject.sex) for subject in subjects)
    if not any(found):
        return gap("sex")
    return listed(f"{number} {sex or 'of a sex not stated'}" for sex, number in found.items())


def _weights(subjects: list[Subject]) -> str:
    """Lightest to heaviest, or a gap."""
    weights = [subject.weight_g for subject in subjects if math.isfinite(subject.weight_g)]
    return span(min(weights), max(weights), "g") if weights else gap("weight")


def _group(analysis: CohortAnalysis, group: str) -> str:
    """One group: treatment with its dose and length, animals and cells."""
    animals = [animal for animal in analysis.cohort.animals if animal.subject.group == group]
    cells = sum(cell.planned.group == group for cell in analysis.cells)
    treatment = _stated([_treatment(animal) for animal in animals])
    hours = [animal.last_dose_h for animal in animals if math.isfinite(animal.last_dose_h)]
    last = f", recorded {span(min(hours), max(hours), 'h')} after its last dose" if hours else ""
    told = f" ({treatment}{last})" if treatment else ""
    return f"{typed(group) or 'no group'}{told}, {counted(len(animals), 'animal')}, {counted(cells, 'cell')}"


def _treatment(animal: CohortAnimal) -> str:
    """Treatment of an animal, with dose and days where they are stated."""
    days = f"for {animal.days:g} days" if math.isfinite(animal.days) else ""
    return " ".join(filter(None, (animal.subject.treatment, animal.dose, days)))


def _prepared(cell: FoundCell) -> Subject:
    """Preparation of a cell's animal, as its table of units has it."""
    row = cell.record.unit_row
    return Subject(preparation=str(row["preparation"] or ""), anaesthetic=str(row["anaesthetic"] or ""))


def _histology(analysis: CohortAnalysis) -> str:
    """How many cells were confirmed where."""
    found = Counter(cell.facts[0].histology for cell in analysis.cells if cell.facts)
    if not any(found):
        return f"its place was confirmed by {gap('histology')}"
    names = {"in": "in it", "out": "outside", "not recovered": "not recovered", "": "not stated"}
    told = listed(f"{names[place]} for {counted(n, 'cell')}" for place, n in found.items())
    return f"the electrode's mark was {told} ({gap('histological method')})"


def _units(analysis: CohortAnalysis) -> Iterator[str]:
    """Where the units come from."""
    rows = [cell.record.unit_row for cell in analysis.cells]
    here = [cell.record.unit_row for cell in analysis.cells if _is_sorted_here(cell)]
    own = [cell.record.unit_row for cell in analysis.cells if not _is_sorted_here(cell)]
    if own:
        yield units_as_they_came(len(own), _spikes_of(own), [str(row["origin"]) for row in own])
    if here:
        yield from sorter_sentences(analysis.settings, [str(row["origin"]) for row in here])
        multi = sum(bool(row["multi_unit"]) for row in here)
        kinds = [counted(n, kind) for n, kind in ((len(here) - multi, "single unit"), (multi, "multi-unit")) if n]
        yield f"Of the units that were found, {listed(kinds)} ({counted(_spikes_of(here), 'spike')}) are cells here."
    corrected = sum(bool(row["curation"]) for row in rows)
    if corrected:
        blind = gap("whether whoever corrected was blind to drug and dose")
        yield f"{counted(corrected, 'unit')} {were(corrected)} corrected by hand after inspection ({blind})."


def _spikes_of(rows: list[Row]) -> int:
    """Spikes of some units."""
    return sum(int(row["n_spikes"]) for row in rows)


def _is_sorted_here(cell: FoundCell) -> bool:
    """Whether a unit was found in the voltage for this cohort; a file may hold units that ephys sorted before."""
    return cell.session.sorted_anew and str(cell.record.unit_row["origin"]).startswith("sort")


def _identity(analysis: CohortAnalysis) -> Iterator[str]:
    """How the units were called."""
    cells = [cell for cell in analysis.cells if cell.record.unit_row["label"]]
    if not cells:
        return
    shaped = {_is_sorted_here(cell): None for cell in cells if _band_of(cell)}
    bands = dict.fromkeys(filter(None, map(_band_of, cells)))
    yield from shape_text(list(bands), here=True in shaped, own=False in shaped)
    settings = analysis.settings
    yield from engine_sentences(settings, None)
    presets = Counter(str(cell.record.unit_row["preset"]) for cell in cells)
    for preset, number in presets.items():
        yield from _limits(preset, settings, of=counted(number, "unit") if len(presets) > 1 else "")
    if settings.classification.engine == "rule":
        yield rule_text(settings)
        called = [cell.record.unit_row for cell in cells if cell.record.unit_row["label"] == SEROTONERGIC]
        yield no_width_text(sum(row["basis"] == "rate_and_regularity" for row in called))
    yield from bursts_sentences(settings)
    yield by_hand_text(sum(bool(cell.record.unit_row["call_by_hand"]) for cell in cells))


def _band_of(cell: FoundCell) -> str:
    """Band that the shape of a cell's spike was measured in; empty where none was."""
    band = cell.record.unit_row["band"]
    return band if isinstance(band, str) else ""


def _limits(preset: str, settings: Settings, *, of: str) -> Iterator[str]:
    """What a preset that is shipped asks of some units; of a laboratory's own, that it is one."""
    if preset not in preset_names():
        yield f"The limits{f' for {of}' if of else ''} were the laboratory's own ({gap('limits of the 5-HT call')})."
        return
    limits = load_preset(preset)
    criteria = judge_criteria(UnitFeatures(), limits, band=None)
    if settings.classification.engine == "rule":
        yield from criteria_sentences(criteria, preset, settings, of=of)
    elif settings.classification.engine == "evidence":
        classes = load_classes(limits.evidence) if limits.evidence else ()
        published = [(one.prior, one.prior_source) for one in classes if one.name == SEROTONERGIC]
        yield from prior_sentences(published, settings)
    yield held_back_text(criteria, settings)


def _packages(analysis: CohortAnalysis) -> list[str]:
    """Packages that the cohort rests on."""
    sorts = any(session.sorted_anew for session in analysis.sessions)
    own = analysis.settings.sorting.sorter == OWN_SORTER
    sources = [source for session in analysis.sessions for source in session.sources]
    return packages_used(
        suffixes_of(sources),
        sorted_here=sorts and own,
        foreign=sorts and not own,
    )
