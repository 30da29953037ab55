"""What the cells of a cohort were given, where their responses were read, and how they were fitted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import get_args

from ephys.analysis import CohortAnalysis
from ephys.model.protocol import CHOSEN, PER_STEP_UNITS
from ephys.pharmacology import DoseResponse, ReadoutSettings
from ephys.pharmacology.cell_fit import Status
from ephys.pharmacology.fit_settings import ESTIMATED
from ephys.report.methods.dosing import (
    agonist_text,
    counting_sentences,
    steadiness_text,
    superfusion_sentences,
    window_text,
)
from ephys.report.methods.fitting import (
    bounds_text,
    decayed_text,
    drift_text,
    emax_text,
    fate_sentences,
    freed_text,
    id50_text,
    model_text,
    slope_text,
    variance_text,
    words_of,
)
from ephys.report.methods.text import typed
from ephys.report.methods.wording import counted, doses_text, listed, span, were


def responses_of(analysis: CohortAnalysis) -> list[DoseResponse]:
    """Every series of every cell."""
    return [response for cell in analysis.cells for response in cell.record.responses]


def drug_sentences(analysis: CohortAnalysis) -> Iterator[str]:
    """Every agonist with its doses, and what else was given."""
    responses = responses_of(analysis)
    for drug, unit in dict.fromkeys((response.drug, response.dose_unit) for response in responses):
        same = [response for response in responses if (response.drug, response.dose_unit) == (drug, unit)]
        routes = dict.fromkeys(route for response in same for route in response.route.split(" + "))
        yield agonist_text(drug, list(dict.fromkeys(r.form for r in same)), list(routes), _doses_of_both(same))
    for role, name in (("vehicle", "Vehicle"), ("antagonist", "Antagonist"), ("wash", "Wash")):
        given = dict.fromkeys(w.drug for r in responses for w in r.windows if w.role == role and w.drug)
        told = list(_antagonists(analysis, given)) if role == "antagonist" else list(map(typed, given))
        if told:
            yield f"{name}: {listed(told)}."


def _doses_of_both(responses: list[DoseResponse]) -> str:
    """Doses of one agonist; apart, where some cells had an antagonist first and were given others."""
    without = [response for response in responses if response.pretreatment is None]
    after = [response for response in responses if response.pretreatment is not None]
    series = [{tuple(window.dose for window in one.doses) for one in some} for some in (without, after)]
    if not without or not after or series[0] == series[1]:
        return _doses(responses)
    return f"{_doses(without)} and, after an antagonist, {_doses(after)}"


def _antagonists(analysis: CohortAnalysis, drugs: Iterable[str]) -> Iterator[str]:
    """Each antagonist with its dose, and whether cells got it before or after the agonist."""
    before = Counter(
        text for cell in analysis.cells
        for text in dict.fromkeys(str(one.pretreatment) for one in cell.record.responses if one.pretreatment)
    )  # fmt: skip
    after = Counter(
        name for cell in analysis.cells
        for name in dict.fromkeys(step.after.name for one in cell.record.reversals for step in one.steps)
    )  # fmt: skip
    for when, texts in (("before", before), ("after", after)):
        yield from (f"{typed(text)} {when} the agonist ({counted(n, 'cell')})" for text, n in texts.items())
    told = [*before, *after]
    yield from (typed(drug) for drug in drugs if not any(drug in text for text in told))


def _doses(responses: list[DoseResponse]) -> str:
    """Numbers and range of the doses of one agonist."""
    numbers = [len(response.doses) for response in responses]
    given = [window.dose for response in responses for window in response.doses]
    if not given:
        return f"to {counted(len(responses), 'cell')}"
    alone = responses[0].dose_unit in PER_STEP_UNITS
    word = "step" if alone else "dose"
    steps = span(min(numbers), max(numbers), word if max(numbers) == 1 else f"{word}s")
    different = doses_text(sorted(set(given)), responses[0].dose_unit)
    told = f"{different}, each taken to act alone" if alone else f"cumulative {different}"
    return f"to {counted(len(responses), 'cell')} in {steps} ({told})"


def baselines_sentences(analysis: CohortAnalysis) -> Iterator[str]:
    """How long baselines were, and how their steadiness was judged."""
    baselines = [r.baseline for r in responses_of(analysis) if r.baseline is not None]
    if baselines:
        lengths = [baseline.epoch.duration_s for baseline in baselines]
        chosen = sum(CHOSEN in baseline.flags for baseline in baselines)
        long = span(min(lengths), max(lengths), "s")
        treated = any(response.pretreatment is not None for response in responses_of(analysis))
        or_after = ", or after an antagonist that had been given before every agonist" if treated else ""
        yield f"The baseline was the stretch just before the first administration{or_after} ({long})."
        if chosen:
            yield f"That of {counted(chosen, 'series', 'series')} was chosen after the data had been seen."
    if any(facts.stability not in ("", "not_judged") for cell in analysis.cells for facts in cell.facts):
        yield steadiness_text(analysis.settings.stability)


def readouts_sentences(analysis: CohortAnalysis) -> Iterator[str]:
    """Where responses were read: each rule that was used, and windows that a person drew."""
    responses = responses_of(analysis)
    if not responses:
        return
    rules: dict[ReadoutSettings, list[DoseResponse]] = {}
    for response in responses:
        rules.setdefault(response.readout, []).append(response)
    for readout, read in rules.items():
        told = window_text(readout, read)
        which = f"In {counted(len(read), 'series', 'series')}, " if len(rules) > 1 else ""
        yield f"{which}{told[0].lower() if which else told[0]}{told[1:]}"
    yield from superfusion_sentences(responses)
    drawn = sum(response.n_drawn for response in responses)
    if drawn:
        yield f"{counted(drawn, 'window')} {were(drawn)} drawn by hand after the data had been seen."
    yield from counting_sentences(responses, analysis.settings)


def fits_sentences(analysis: CohortAnalysis) -> Iterator[str]:
    """How single cells were fitted, and what became of those that fell silent."""
    fitted = [row for cell in analysis.cells for row in cell.record.fit_rows if row["status"] in get_args(Status)[:-1]]
    if not fitted:
        return
    responses, settings = responses_of(analysis), analysis.settings.fit
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
        yield f"Emax was estimated with the curve {freed_text(free, 'series', settings, words_of(responses))}."
    yield drift_text(sum(math.isfinite(row["drift_percent_per_min"]) for row in fitted))
    words = words_of(responses)
    yield id50_text(settings, words)
    yield bounds_text(settings, words)
    fates = Counter(str(row["fate"]) for row in fitted)
    yield from fate_sentences(fates["lost"], fates["undetermined"])
    yield decayed_text(sum(_is_decayed(response) for response in responses))


def _is_decayed(response: DoseResponse) -> bool:
    """Whether a series was long against the drug's elimination, and it is known what was left of every dose."""
    used = [window for window in response.windows if window.used and window.dose > 0]
    return bool(response.elimination and used) and all(math.isfinite(window.decayed_dose) for window in used)
