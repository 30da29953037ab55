"""Which units were called serotonergic, and by what: the engine, its limits with their sources, where it looked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.classification import Classification, LearnedClassifier
from ephys.classification.criteria import MOST_SPIKES_A_BURST, Criterion
from ephys.report.methods.references import SAID_IN_SOURCES
from ephys.report.methods.text import cite, typed
from ephys.report.methods.wording import counted, listed, percent, were
from ephys.settings import Settings
from ephys.sorting.slow_energy import LOW_HZ

_OWN_PRESET = ".toml"

_FEATURES = {
    "rate_hz": "rate", "cv": "CV of the intervals", "cv_collapsed": "CV of the intervals with each burst as one event",
    "cv2": "CV2", "lv": "LV", "total_ms": "total duration", "peak_to_trough_ms": "time from peak to trough",
}  # fmt: skip
"""Features whose names are not their words."""


def shape_text(bands: Sequence[str], *, here: bool, own: bool) -> Iterator[str]:
    """In which bands the spike's shape was measured, on what, and which widths; then what the call looked at."""
    if bands:
        copies = ["a wide-band copy of the voltage"] * here + ["the snippets that came with the file"] * own
        yield (
            f"The shape of the spike was measured on its mean over the baseline, from {listed(copies)} "
            f"({listed(bands)}): total duration from onset to return, through all phases, and the time from the main "
            "peak to the opposite extremum."
        )
    yield (
        "Units were called serotonergic, uncertain or not serotonergic on the baseline alone; the response to any drug "
        "was no criterion."
    )


def identity_sentences(analysis: SessionAnalysis) -> Iterator[str]:
    """How the units of a session were called."""
    judged = [cell for cell in analysis.cells if cell.classification is not None]
    calls = [cell.classification for cell in judged if cell.classification is not None]
    if not calls:
        return
    shapes = [shape for call in calls if (shape := call.features.shape) is not None]
    sources = {shape.source for shape in shapes}
    bands = list(dict.fromkeys(shape.band_text for shape in shapes))
    yield from shape_text(bands, here="wide_band" in sources, own="file" in sources)
    yield from engine_sentences(analysis.settings, analysis.classifier)
    if analysis.settings.classification.engine == "rule":
        yield from criteria_sentences(calls[0].criteria, analysis.preset, analysis.settings)
        yield from rule_sentences(calls, analysis.settings)
    elif analysis.settings.classification.engine == "evidence":
        yield from _evidence(calls, analysis.settings)
    yield held_back_text(calls[0].criteria, analysis.settings)
    yield from bursts_sentences(analysis.settings)
    yield from _rhythms(judged, analysis.settings)
    yield _multi_units(sum(cell.unit.multi_unit for cell in judged), bool(analysis.protocol.drugs))
    yield by_hand_text(sum(bool(cell.call_by_hand) for cell in analysis.cells))


def engine_sentences(settings: Settings, classifier: LearnedClassifier | None) -> Iterator[str]:
    """Which engine decided, where it was not the rule."""
    chosen = settings.classification
    if chosen.engine == "evidence":
        yield (
            "The call rested on the probability, by Bayes' rule, of firing rate, regularity and spike width under "
            "distributions of classes of raphe cells that were published or, where none was, assumed: "
            f"{chosen.called_at:g} or more was called serotonergic, {chosen.rejected_at:g} or less not; a cell farther "
            f"out than all but {100 * chosen.strange:g} % of the class that it most resembled, or without rate or "
            "regularity, was left uncertain."
        )
    elif chosen.engine == "learned" and classifier is not None:
        origin, limits = classifier.provenance, classifier.settings
        yield (
            f"The call was that of a regularised logistic regression on {_features(classifier.features)}, as far as "
            f"these were known of a cell, trained on {counted(origin.n_cells, 'cell')} ({origin.n_serotonergic} "
            f"serotonergic) of {counted(origin.n_animals, 'animal')} and validated by animal: a probability of "
            f"{limits.called_at:g} or more was called serotonergic, {limits.rejected_at:g} or less not; a cell unlike "
            "those that it was trained on was left uncertain."
        )


def _features(names: Iterable[str]) -> str:
    """Features in the words of print."""
    return listed(_FEATURES.get(name, name.removesuffix("_ms").replace("_", " ")) for name in names)


def held_back_text(criteria: Sequence[Criterion], settings: Settings) -> str:
    """What no engine but the rule, which tells it among its limits, calls."""
    rhythm = [_limit(one) for one in criteria if one.name == "rhythm"]
    if settings.classification.engine == "rule" or not rhythm:
        return ""
    return (
        f"A train more regular than {rhythm[0]} allows may be breathing or a pump, and was left uncertain, as was a "
        f"unit with fewer than {settings.features.min_intervals} intervals."
    )


def criteria_sentences(
    criteria: Sequence[Criterion], preset: str, settings: Settings, *, of: str = ""
) -> Iterator[str]:
    """Each criterion with its limit, and where limits come from; `of` some units, where others had others."""
    soft_ms = 1e3 * settings.features.soft_refractory_s
    first_ms = 1e3 * settings.features.bursts.continuing_s
    meant = {
        "regularity": " (CV of the intervals)",
        "rhythm": " (a train more regular may be breathing or a pump)",
        "soft refractory": f" ({first_ms:g} to {soft_ms:g} ms)",
    }
    told = "; ".join(f"{_name(one)}{meant.get(one.name, '')} {_limit(one)}" for one in criteria)
    which = "the laboratory's own" if preset.endswith(_OWN_PRESET) else f"those of the preset '{preset}'"
    yield f"The limits{f' for {of}' if of else ''} were {which}: {told}."
    yield from _sources(criteria)


def _name(criterion: Criterion) -> str:
    """A criterion in the words of print."""
    return "short intervals" if criterion.name == "soft refractory" else criterion.name


def _limit(criterion: Criterion) -> str:
    """A limit, in the signs of print."""
    return criterion.limit.replace(">=", "≥").replace("<=", "≤")


def _papers(source: str) -> tuple[str, ...]:
    """Keys of the references that a source names."""
    return tuple(key for words, key in SAID_IN_SOURCES.items() if words in source)


def _sources(criteria: Sequence[Criterion]) -> Iterator[str]:
    """Where the limits come from: papers in view of which they were set, conventions, or what a data file states."""
    by_keys: dict[tuple[str, ...], list[str]] = {}
    for criterion in criteria:
        keys = _papers(criterion.source)
        if keys:
            by_keys.setdefault(keys, []).append(_name(criterion))
        elif "convention" not in criterion.source:
            yield f"The source of the limit of {_name(criterion)}: {typed(criterion.source)}."
    if by_keys:
        behind = listed(f"{listed(names)} {cite(*keys)}" for keys, names in by_keys.items())
        yield f"Published values stand behind the limits of {behind}."
    plain = [_name(one) for one in criteria if "convention" in one.source]
    if plain:
        yield (
            f"{'All' if len(plain) == len(criteria) else 'Those of ' + listed(plain)} are, wholly or in part, "
            "conventions."
        )


def rule_text(settings: Settings) -> str:
    """How verdicts become a call."""
    return (
        f"A unit that was silent, or had fewer than {settings.features.min_intervals} intervals without failing by its "
        "rate, was left uncertain. Of the others, one that failed a criterion was called not serotonergic; one with a "
        "borderline criterion, or whose rate or regularity could not be judged, was left uncertain."
    )


def rule_sentences(calls: Sequence[Classification], settings: Settings) -> Iterator[str]:
    """How verdicts became a call, and which calls had no width."""
    yield rule_text(settings)
    yield no_width_text(sum(call.basis == "rate_and_regularity" and call.is_serotonergic for call in calls))


def no_width_text(units: int) -> str:
    """Calls that were made without a width."""
    return (
        f"The width of {counted(units, 'unit')} called serotonergic could not be judged, for want of a mean spike or "
        "of a wide band."
        if units
        else ""
    )


def _evidence(calls: Sequence[Classification], settings: Settings) -> Iterator[str]:
    """Prior of the evidence, and the cells behind it."""
    weighed = [call.evidence for call in calls if call.evidence is not None and call.evidence.steps]
    prior = {(evidence.prior["serotonergic"], evidence.prior_source): None for evidence in weighed}
    yield from prior_sentences(list(prior), settings)
    steps = [step for evidence in weighed for step in evidence.steps]
    if steps:
        yield f"Weighed were {_features(dict.fromkeys(step.feature for step in steps))}."
    assumed = dict.fromkeys(step.feature for step in steps if step.assumed)
    if assumed:
        yield f"Of serotonergic cells, what is usual for {_features(assumed)} is assumed, not published."


def prior_sentences(published: Sequence[tuple[float, str]], settings: Settings) -> Iterator[str]:
    """The prior probability, the laboratory's own or that of the distributions."""
    own = settings.classification.prior_serotonergic
    if own:
        yield f"The prior probability was {own:g}, the laboratory's own."
        return
    for prior, source in published:
        cited = f" {cite(*keys)}" if (keys := _papers(source)) else ""
        plain = source
        for words in SAID_IN_SOURCES:
            plain = re.sub(rf"\s*\({re.escape(words)}[^)]*\)", "", plain)
        yield f"The prior probability was {prior:.2g} ({typed(plain)}){cited}."


def bursts_sentences(settings: Settings) -> Iterator[str]:
    """What a burst was, and that it counted once."""
    features, bursts = settings.features, settings.features.bursts
    ended = "" if not bursts.ending_s else f" and ended by one of {1e3 * bursts.ending_s:g} ms or longer"
    least = f" and held at least {bursts.min_spikes} spikes" if bursts.min_spikes > 2 else ""
    yield (
        f"A burst was opened by an interval shorter than {1e3 * bursts.opening_s:g} ms{ended}{least}; for rate and "
        "regularity each burst counted as one event (for the rate every spike, where there were more than "
        f"{MOST_SPIKES_A_BURST:g} to an event), and no regularity was judged on fewer than {features.min_intervals} "
        "intervals."
    )


def _rhythms(judged: Sequence[CellAnalysis], settings: Settings) -> Iterator[str]:
    """How breathing and heartbeat, and movements, were told from cells, where that could be looked at."""
    found = [cell.rhythms for cell in judged if cell.rhythms is not None]
    limits = settings.rhythms
    if any(one.lockings for one in found):
        ranges = listed(f"{name} ({low:g} to {high:g} Hz)" for name, (low, high) in limits.ranges_hz.items())
        yield (
            f"Locking to {ranges} was tested on the baseline, where a monitor or the wire showed the rhythm; a unit "
            f"whose vector strength was at least {limits.locked_strength:g} at the lower end of its interval, with a "
            f"chance of at most {percent(limits.most_chance)}, was not called serotonergic, since it may be an "
            "artefact."
        )
    if any(math.isfinite(one.slow_share) for one in found):
        yield (
            f"Nor was one called so with at least {percent(limits.most_slow_share)} of the energy of its mean spike "
            f"below {LOW_HZ:g} Hz: it may be a movement."
            if any(one.lockings for one in found)
            else f"A unit with at least {percent(limits.most_slow_share)} of the energy of its mean spike below "
            f"{LOW_HZ:g} Hz was not called serotonergic, since it may be a movement."
        )


def _multi_units(number: int, dosed: bool) -> str:
    """What became of multi-unit activity."""
    no_fit = " and given no dose-response" if dosed else ""
    return f"Multi-unit activity ({counted(number, 'unit')}) was left uncertain{no_fit}." if number else ""


def by_hand_text(number: int) -> str:
    """Calls of a person."""
    return (
        f"The call of {counted(number, 'unit')} {were(number)} set by hand; the one that was reckoned is kept beside."
        if number
        else ""
    )
