"""What was given, where the baseline lay, and where responses were read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ephys.analysis import SessionAnalysis
from ephys.firing import StabilitySettings
from ephys.jupyter import common_words
from ephys.model import Administration, DoseProtocol, Epoch
from ephys.model.protocol import DEFAULT_BASELINE_S, PER_STEP_UNITS
from ephys.pharmacology import DoseResponse, ReadoutSettings
from ephys.pharmacology.readout import LASTING
from ephys.pharmacology.response_flags import AFTER_ANTAGONIST
from ephys.pharmacology.superfusion.result import DESIGNS
from ephys.plotting.timeline import dose_unit_text
from ephys.report.methods.text import gap, typed
from ephys.report.methods.wording import counted, doses_text, listed, span, were
from ephys.settings import Settings

_OTHERS = {"vehicle": "Vehicle", "antagonist": "Antagonist", "challenge": "Challenge", "wash": "Wash"}
"""Roles that are told beside the agonists, and how they are called."""

_BY = {"bath": "in the bath", "iontophoresis": "by iontophoresis"}
"""Routes that are told with more than their name."""

_FIRST = {"other": "a mark of which the record does not say what it stands for"}
"""What a baseline ends with, where the role has no name of its own."""

_PASSED = {"anaesthetic": "supplements of the anaesthetic", "wash": "washes"}
"""What ends no baseline."""


def dosing_sentences(analysis: SessionAnalysis) -> Iterator[str]:
    """Every drug of a session; nothing where nothing was given."""
    protocol = analysis.protocol
    drugs = [analysis.settings.analysis.drug] if analysis.settings.analysis.drug else protocol.drugs
    for drug in drugs:
        yield _agonist(protocol, drug)
    if drugs:
        yield _typed_as(protocol, drugs)
    if len(drugs) < len(protocol.drugs):
        left = [drug for drug in protocol.drugs if drug not in drugs]
        yield f"Also given, and not analysed: {listed(map(typed, left))}."
    for role, name in _OTHERS.items():
        given = [one for one in protocol.administrations if one.role == role]
        if given:
            yield f"{name}: {_given_text(given)}."
    supplements = [one for one in protocol.administrations if one.role == "anaesthetic"]
    if supplements:
        yield f"Supplements of the anaesthetic: {_given_text(supplements)}."


def _agonist(protocol: DoseProtocol, drug: str) -> str:
    """One agonist: form, route, doses, their spacing, and how long each was given."""
    steps = protocol.doses(drug)
    given = [step.administration for step in steps]
    forms, routes = list(dict.fromkeys(one.form for one in given)), list(dict.fromkeys(one.route for one in given))
    apart = [later.start_s - earlier.start_s for earlier, later in pairwise(given)]
    spaced = f", {span(min(apart), max(apart), 's')} apart" if apart else ""
    lengths = [one.end_s - one.start_s for one in given if one.stop_s is not None]
    each = " each" if len(given) > 1 else ""
    lasted = f", for {span(min(lengths), max(lengths), 's')}{each}" if len(lengths) == len(given) else ""
    doses = series_text([step.cumulative for step in steps], steps[0].unit)
    return agonist_text(drug, forms, routes, f"in {doses}{lasted}{spaced}")


def agonist_text(drug: str, forms: Sequence[str], routes: Sequence[str], doses: str) -> str:
    """An agonist with its form and route, each a gap where not stated."""
    form = listed((f"as {typed(form)}" if form else gap(f"form of {drug}: base or salt")) for form in forms)
    ways = (_BY.get(route, typed(route)) if route else gap(f"route of {drug}") for route in routes)
    return f"The agonist {typed(drug)} ({form}) was given {listed(ways)} {doses}."


def series_text(doses: Sequence[float], unit: str) -> str:
    """A series of doses, cumulative where doses add up."""
    different = sorted(set(doses))
    if unit in PER_STEP_UNITS:
        return f"{counted(len(doses), 'step')} of {doses_text(different, unit)}, each taken to act alone"
    if len(doses) == 1:
        return f"one dose of {doses_text(different, unit)}"
    return f"{len(doses)} doses that added up to cumulative doses of {doses_text(different, unit)}"


def _typed_as(protocol: DoseProtocol, drugs: Iterable[str]) -> str:
    """Whether doses were stated as increments or totals, and what they were derived from."""
    steps = [step.administration for drug in drugs for step in protocol.doses(drug)]
    steps = [given for given in steps if given.dose_unit not in PER_STEP_UNITS]
    kinds = {"increment": "what each step added", "cumulative": "the total so far"}
    stated = [text for kind, text in kinds.items() if any(given.dose_kind == kind for given in steps)]
    derived = list(dict.fromkeys(given.derivation for given in steps if given.derivation not in ("", "typed")))
    also = f", and derived from {listed(map(typed, derived))}" if derived else ""
    return f"Doses were stated as {listed(stated)}{also}." if stated and len(steps) > 1 else ""


def _given_text(given: Sequence[Administration]) -> str:
    """Different administrations of one role, each with its amount and route."""
    texts = [_one_text(one) for one in given]
    times = {text: texts.count(text) for text in dict.fromkeys(texts)}
    return listed(text if n == 1 else f"{text} ({n} times)" for text, n in times.items())


def _one_text(given: Administration) -> str:
    """Drug, amount and route, as far as they are stated."""
    amount = "" if math.isnan(given.dose) else f"{given.dose:g} {dose_unit_text(given.dose_unit)}"
    return " ".join(filter(None, (typed(given.drug), amount.strip(), typed(given.route))))


def baseline_sentences(analysis: SessionAnalysis) -> Iterator[str]:
    """Where the baseline lay, who chose it, and how its steadiness was judged."""
    baseline, protocol = analysis.baseline, analysis.protocol
    if baseline is None:
        yield "Nothing was recorded before the first administration, so that there was no baseline."
        return
    yield _where(baseline, protocol)
    if any(cell.stability is not None and cell.stability.verdict != "not_judged" for cell in analysis.cells):
        yield steadiness_text(analysis.settings.stability)


def _where(baseline: Epoch, protocol: DoseProtocol) -> str:
    """The baseline in words."""
    length = f"{baseline.duration_s:.4g} s"
    if protocol.drawn_baseline is not None:
        planned = protocol.default_baseline
        fixed = (
            f" the one fixed in advance, the last {planned.duration_s:.4g} s before the first administration,"
            if (planned is not None and protocol.administrations)
            else " the one fixed in advance"
        )
        return (
            f"The baseline ({length}) was chosen after the data had been seen; what{fixed} gives is reported beside it."
        )
    firsts = [given for given in protocol.administrations if given.role not in ("anaesthetic", "wash")]
    if not firsts:
        return f"The whole recording ({length}) was taken as baseline."
    first = _FIRST.get(firsts[0].role, firsts[0].role)
    passed = {given.role for given in protocol.administrations if given.start_s < firsts[0].start_s}
    over = f"; {listed(_PASSED[role] for role in sorted(passed))} passed over" if passed else ""
    return f"The baseline was the last {length} before the first administration ({first}{over})."


def steadiness_text(limits: StabilitySettings) -> str:
    """When a baseline is called unstable."""
    return (
        f"A unit's baseline was called unstable where a linear trend of the rate (bins of {limits.bin_s:g} s, shorter "
        f"where these were fewer than {limits.min_bins}) or a step of it had a chance below "
        f"{100 * limits.look_alarm:g} % in a steady train and made more than {limits.max_change_percent:g} % of the "
        f"mean rate, and unclear where neither was so and a change of more than {limits.max_unseen_percent:g} % could "
        f"not be excluded; none was judged on less than {limits.min_covered_s:g} s or fewer than "
        f"{limits.min_spikes} spikes."
    )


def readout_sentences(analysis: SessionAnalysis) -> Iterator[str]:
    """Where the responses of a session were read; nothing where no series was."""
    responses = [response for cell in analysis.cells for response in cell.responses]
    if not responses:
        return
    yield window_text(analysis.settings.readout, responses)
    yield from superfusion_sentences(responses)
    drawn, out = len(analysis.protocol.drawn_windows), len(analysis.protocol.excluded)
    if drawn:
        chosen = f"{counted(drawn, 'window')} {were(drawn)}"
        yield f"{chosen} drawn by hand after the data had been seen; the result under the rule is given beside."
    if out:
        yield (
            f"{counted(out, 'dose')} {were(out)} left out of the fit by hand; the result with all doses is given "
            "beside."
        )
    yield from counting_sentences(responses, analysis.settings)


def window_text(readout: ReadoutSettings, responses: Sequence[DoseResponse]) -> str:
    """Length, place and delay of the read-out window, for what was given as it was given."""
    routes = {route for response in responses for route in response.route.split(" + ")}
    bathed = all(response.superfusion is not None for response in responses)
    lasting = bathed or bool(routes & set(LASTING))
    dose = common_words(response.dose_unit for response in responses).dose
    end = "the start of the application" if lasting else "the end of the injection"
    if lasting and not bathed and not routes <= set(LASTING):
        end = "the end of an injection or the start of an application"
    if bathed:
        end = "the solution reached the cell"
    length, delay = f"{readout.length_s:g} s", f"{readout.delay_s:g} s after {end}"
    upto = "the next administration" + (" or the end of the application" if lasting else "")
    if bathed:
        upto = "another solution took its place there"
    if readout.anchor == "before_next":
        return (
            f"The response to each {dose} was the number of spikes in the last {length} before "
            f"{upto}{_last(responses)}, "
            f"or in less where there was no more time, no window that was used beginning earlier than {delay}."
        )
    if readout.anchor == "after_dose":
        return (
            f"The response to each {dose} was the number of spikes in the {length} that began {delay}, or up to {upto} "
            "where that came first."
        )
    return (
        f"The response to each {dose} was the number of spikes in the {length} with the lowest rate, from {delay} to "
        f"{upto}: the lowest of many windows, which is biased towards inhibition."
    )


def superfusion_sentences(responses: Sequence[DoseResponse]) -> Iterator[str]:
    """Dead time, design and recovery of slices; nothing of series outside a bath."""
    baths = [response.superfusion for response in responses if response.superfusion is not None]
    if not baths:
        return
    for delay_s in dict.fromkeys(bath.bath_delay_s for bath in baths):
        yield (
            f"Solutions were taken to reach the cell {delay_s:g} s after they were switched (the dead time of the "
            "bath), "
            "in wash-in and wash-out."
            if delay_s > 0
            else f"The dead time of the bath was not taken into account ({gap('dead time of the bath')})."
        )
    numbers = Counter(bath.design for bath in baths)
    designs = listed(
        f"{told} ({counted(numbers[name], 'series', 'series')})" for name, told in DESIGNS.items() if numbers[name]
    )
    yield f"By their times, applications were {designs}."
    if any(bath.reference == "own" for bath in baths):
        yield "Each concentration was read against the rate in the last stretch without drug before it."
    for least in dict.fromkeys(bath.recovered_percent for bath in baths):
        yield (
            "Recovery was read at the end of the wash after an application, in percent of the baseline rate; under "
            f"{least:g} % a cell was flagged as not recovered."
        )


def _last(responses: Sequence[DoseResponse]) -> str:
    """What stands for the next administration where there is none; nothing where every last application ended."""
    baths = [response.superfusion for response in responses if response.superfusion is not None]
    left = [bath.applications[-1].leaves_s for bath in baths if bath.applications]
    if len(left) == len(responses) and all(map(math.isfinite, left)):
        return ""
    several = {len(response.doses) > 1 for response in responses}
    dose = common_words(response.dose_unit for response in responses).dose
    usual = f"after the last {dose}, the usual interval between {dose}s stood for it" if True in several else ""
    one = f"after a single {dose}, delay and length of the window stood for it" if False in several else ""
    return f" ({'; '.join(filter(None, (usual, one)))})"


def counting_sentences(responses: Sequence[DoseResponse], settings: Settings) -> Iterator[str]:
    """How counts became rates: silence, missed spikes, false ones, and what enters without drug or not at all."""
    windows = [window for response in responses for window in response.windows]
    yield (
        "A recorded window without a spike was a count of 0; time that was not recorded was no silence. Rates are "
        "given as percent of the baseline rate."
    )
    if any(window.role == "vehicle" and window.used for window in windows):
        yield "A window after the vehicle, before any agonist, was used as one at dose 0."
    yield from _pretreated(responses)
    if any(AFTER_ANTAGONIST in window.flags for window in windows):
        yield "Doses given after the antagonist were not used."
    if any(math.isfinite(window.completeness) for window in windows):
        least = settings.readout.min_completeness
        yield (
            f"Windows in which less than {100 * least:g} % of the spikes were estimated to clear the threshold were "
            "not used."
        )
    short = settings.readout.min_baseline_s
    yield f"No percent was given on less than {short:g} s of recorded baseline, or on a silent one."


def _pretreated(responses: Sequence[DoseResponse]) -> Iterator[str]:
    """What the doses were read against where an antagonist came first."""
    treated = [one.pretreatment for one in responses if one.pretreatment is not None and not one.pretreatment.unread]
    given = Counter(map(str, treated))
    if given:
        several = len(responses) > 1
        each = listed(f"{typed(text)} ({counted(n, 'cell')})" if several else typed(text) for text, n in given.items())
        yield (
            f"Where an antagonist had been given before every agonist, {each}, doses were read against the rate that "
            f"followed, in the last {DEFAULT_BASELINE_S:g} s before what was given next or what there was of them."
        )
