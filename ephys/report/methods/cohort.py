"""The methods of a cohort."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from ephys.analysis import CohortAnalysis, FoundCell
from ephys.classification import UnitFeatures, load_preset, preset_names
from ephys.classification.criteria import judge_criteria
from ephys.model import CohortAnimal, Subject
from ephys.model.protocol import CHOSEN, PER_STEP_UNITS
from ephys.pharmacology import DoseResponse
from ephys.pharmacology.cell_fit import Status
from ephys.pharmacology.fit_settings import ESTIMATED
from ephys.pharmacology.readout import LASTING
from ephys.report.methods.dosing import agonist_text, counting_sentences, steadiness_text, window_text
from ephys.report.methods.fitting import (
    bounds_text,
    emax_text,
    fate_sentences,
    id50_text,
    model_text,
    slope_text,
    variance_text,
)
from ephys.report.methods.groups import exclusion_sentences, firing_sentences, group_sentences
from ephys.report.methods.identity import (
    bursts_sentences,
    by_hand_text,
    criteria_sentences,
    engine_sentences,
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
from ephys.report.methods.software import packages_used, software_sentences
from ephys.report.methods.sorting import found_text, own_units_text, sorter_sentences
from ephys.report.methods.text import MethodsText, gap, put_together, typed
from ephys.report.methods.wording import counted, doses_text, listed, span, were
from ephys.settings import Settings
from ephys.sorting.foreign import OWN_SORTER, SPIKEINTERFACE


def cohort_methods(analysis: CohortAnalysis) -> MethodsText:
    """Methods of a cohort, step by step."""
    answers = analysis.answers_of("with exclusions")
    steps = (
        ("Animals and recordings", _animals(analysis)),
        ("Spikes and units", _units(analysis)),
        ("Drugs", _drugs(analysis)),
        ("Baseline", _baselines(analysis)),
        ("Identification of serotonergic units", _identity(analysis)),
        ("Exclusions", exclusion_sentences(analysis.exclusions)),
        ("Read-out", _readouts(analysis)),
        ("Dose-response", _fits(analysis)),
        ("Comparison of groups", group_sentences(analysis)),
        ("Firing", firing_sentences(answers)),
        ("Software", software_sentences(_packages(analysis), analysis.settings.analysis.seed)),
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
    yield f"{cells} of {counted(animals, 'animal')} were recorded extracellularly in {sessions}."
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
    own = [row for row in rows if not _is_sorted_here(str(row["origin"]))]
    here = [row for row in rows if _is_sorted_here(str(row["origin"]))]
    if own:
        yield own_units_text(len(own), sum(int(row["n_spikes"]) for row in own), [str(row["origin"]) for row in own])
    if here:
        yield from sorter_sentences(analysis.settings)
        multi = sum(bool(row["multi_unit"]) for row in here)
        yield found_text(len(here) - multi, multi, sum(int(row["n_spikes"]) for row in here))
    corrected = sum(bool(row["curation"]) for row in rows)
    if corrected:
        blind = gap("whether whoever corrected was blind to drug and dose")
        yield f"{counted(corrected, 'unit')} {were(corrected)} corrected by hand after inspection ({blind})."


def _is_sorted_here(origin: str) -> bool:
    """Whether a unit was found in the voltage; see `Unit.is_sorted_here`."""
    return origin.startswith("sort")


def _responses(analysis: CohortAnalysis) -> list[DoseResponse]:
    """Every series of every cell."""
    return [response for cell in analysis.cells for response in cell.record.responses]


def _drugs(analysis: CohortAnalysis) -> Iterator[str]:
    """Every agonist with its doses, and what else was given."""
    responses = _responses(analysis)
    for drug in dict.fromkeys(response.drug for response in responses):
        same = [response for response in responses if response.drug == drug]
        yield agonist_text(
            drug, list(dict.fromkeys(r.form for r in same)), list(dict.fromkeys(r.route for r in same)), _doses(same)
        )
    for role, name in (("vehicle", "Vehicle"), ("antagonist", "Antagonist"), ("wash", "Wash")):
        given = dict.fromkeys(w.drug for r in responses for w in r.windows if w.role == role and w.drug)
        if given:
            yield f"{name}: {listed(map(typed, given))}."


def _doses(responses: list[DoseResponse]) -> str:
    """Numbers and range of the doses of one agonist."""
    numbers = [len(response.doses) for response in responses]
    given = [window.dose for response in responses for window in response.doses]
    if not given:
        return f"to {counted(len(responses), 'cell')}"
    steps = span(min(numbers), max(numbers), "doses" if max(numbers) > 1 else "dose")
    kind = "" if responses[0].dose_unit in PER_STEP_UNITS else "cumulative "
    different = doses_text(sorted(set(given)), responses[0].dose_unit)
    return f"to {counted(len(responses), 'cell')} in {steps} ({kind}{different})"


def _baselines(analysis: CohortAnalysis) -> Iterator[str]:
    """How long baselines were, and how their steadiness was judged."""
    baselines = [r.baseline for r in _responses(analysis) if r.baseline is not None]
    if baselines:
        lengths = [baseline.epoch.duration_s for baseline in baselines]
        chosen = sum(CHOSEN in baseline.flags for baseline in baselines)
        yield f"The baseline was the stretch before the first administration ({span(min(lengths), max(lengths), 's')})."
        if chosen:
            yield f"That of {counted(chosen, 'series', 'series')} was chosen after the data had been seen."
    if any(facts.stability not in ("", "not_judged") for cell in analysis.cells for facts in cell.facts):
        yield steadiness_text(analysis.settings.stability)


def _identity(analysis: CohortAnalysis) -> Iterator[str]:
    """How the units were called."""
    rows = [cell.record.unit_row for cell in analysis.cells if cell.record.unit_row["label"]]
    if not rows:
        return
    bands = list(dict.fromkeys(str(row["band"]) for row in rows if isinstance(row["band"], str) and row["band"]))
    here = {_is_sorted_here(str(row["origin"])) for row in rows if isinstance(row["band"], str) and row["band"]}
    yield from shape_text(bands, here=True in here, own=False in here)
    yield from engine_sentences(analysis.settings, None)
    if analysis.settings.classification.engine == "rule":
        for preset in dict.fromkeys(str(row["preset"]) for row in rows):
            yield from _limits(preset, analysis.settings)
        yield rule_text()
    yield from bursts_sentences(analysis.settings)
    yield by_hand_text(sum(bool(row["call_by_hand"]) for row in rows))


def _limits(preset: str, settings: Settings) -> Iterator[str]:
    """Limits of a preset that is shipped; of a laboratory's own, that they are."""
    if preset in preset_names():
        yield from criteria_sentences(judge_criteria(UnitFeatures(), load_preset(preset), band=None), preset, settings)
    else:
        yield f"The limits were the laboratory's own ({gap('limits of the 5-HT call')})."


def _readouts(analysis: CohortAnalysis) -> Iterator[str]:
    """Where responses were read: each rule that was used, and windows that a person drew."""
    responses = _responses(analysis)
    if not responses:
        return
    rules = dict.fromkeys((response.readout, response.route in LASTING) for response in responses)
    yield from (window_text(readout, lasting=lasting) for readout, lasting in rules)
    drawn = sum(response.n_drawn for response in responses)
    if drawn:
        yield f"{counted(drawn, 'window')} {were(drawn)} drawn by hand after the data had been seen."
    yield from counting_sentences(responses, analysis.settings)


def _fits(analysis: CohortAnalysis) -> Iterator[str]:
    """How single cells were fitted, and what became of those that fell silent."""
    fitted = [row for cell in analysis.cells for row in cell.record.fit_rows if row["status"] in get_args(Status)[:-1]]
    if not fitted:
        return
    responses, settings = _responses(analysis), analysis.settings.fit
    yield model_text(responses)
    yield variance_text(responses, settings)
    yield slope_text(settings)
    for drug, percent, source in dict.fromkeys(
        (row["drug"], row["emax_percent"], row["emax_source"]) for row in fitted
    ):
        if source != ESTIMATED:
            yield emax_text(drug, percent, source)
    free = sum(row["emax_source"] == ESTIMATED for row in fitted)
    if free:
        yield f"Emax was estimated with the curve in {counted(free, 'series', 'series')}."
    yield id50_text(settings)
    yield bounds_text(settings)
    fates = Counter(str(row["fate"]) for row in fitted)
    yield from fate_sentences(fates["lost"], fates["undetermined"])


def _packages(analysis: CohortAnalysis) -> list[str]:
    """Packages that the cohort rests on."""
    origins = [str(cell.record.unit_row["origin"]) for cell in analysis.cells]
    sorts = any(session.sorted_anew for session in analysis.sessions)
    own = analysis.settings.sorting.sorter == OWN_SORTER
    sources = [source for session in analysis.sessions for source in session.sources]
    return packages_used(
        suffixes_of(sources),
        sorted_here=sorts and own,
        foreign=any(SPIKEINTERFACE in origin for origin in origins) or (sorts and not own),
    )
