"""From a response to a verdict: what an antagonist did to one cell, dose by dose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ephys.errors import ParameterError
from ephys.firing import MIN_INTERVALS, cv
from ephys.model import Administration, DoseProtocol, Estimate, Fate, Subject, Unit
from ephys.pharmacology.held import held_until_s
from ephys.pharmacology.measuring import Seen, measure_baseline
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.readout import ReadoutSettings, plan_windows
from ephys.pharmacology.response_flags import is_seen, no_baseline, window_flags
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse
from ephys.pharmacology.reversal.antagonist_window import AntagonistWindow
from ephys.pharmacology.reversal.judging import Case, judge_step
from ephys.pharmacology.reversal.recovering import response_of
from ephys.pharmacology.reversal.recovery import Recovery
from ephys.pharmacology.reversal.result import Reversal, ReversalStep
from ephys.pharmacology.reversal.returns import Judge, Return, bins_around, scatter
from ephys.pharmacology.reversal.reversal_notes import alone_notes, reversal_notes
from ephys.pharmacology.reversal.settings import ReversalSettings
from ephys.pharmacology.reversal.timing import next_ending_s
from ephys.pharmacology.reversal.verdicts import NOT_JUDGED

_DRAWN_BEFORE_S, _DRAWN_AFTER_S = 120.0, 300.0


def assess_reversal(
    unit: Unit,
    protocol: DoseProtocol,
    *,
    response: DoseResponse | None = None,
    drug: str | None = None,
    antagonist: str | None = None,
    fate: Fate | None = None,
    subject: Subject | None = None,
    settings: ReversalSettings | None = None,
    recoveries: Sequence[Recovery] = (),
    seed: int = 0,
) -> Reversal:
    """Judge whether an antagonist reversed what an agonist did to a cell.

    The rate after each dose of the antagonist is held against the baseline and against the last window of the agonist.
    It is reversed where it was surely below, came back within `ReversalSettings.within_s`, and did so faster than every
    comparable recovery without an antagonist, of three animals or more. Without these, a return may be a recovery.

    Parameters
    ----------
    unit : Unit
    protocol : DoseProtocol
    response : DoseResponse, optional
        What `dose_response` measured on that unit: its windows, completeness, false spikes, fate and animal are taken.
        Without it, it is measured with the usual settings.
    drug : str, optional
        The agonist; may be left out where one was given.
    antagonist : str, optional
        Only this one; all by default.
    fate, subject : Fate, Subject, optional
        Where there is no response. Without a fate, a cell that stays silent is undetermined.
    settings : ReversalSettings, optional
        What counts as back, and what is compared.
    recoveries : sequence of Recovery, optional
        From `spontaneous_recovery`, of other animals.
    seed : int, optional
        Of the chance of a step.

    Returns
    -------
    Reversal

    Raises
    ------
    ParameterError
        If no antagonist was given, the one named was not, or the response is of another unit or drug.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Epoch
    >>> given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg"),
    ...          Administration("way-100635", 300.0, dose=10.0, dose_unit="ug/kg", role="antagonist"))
    >>> spikes = np.r_[0.25:200.0:0.5, 202.0:320.0:4.0, 320.0:500.0:0.5]
    >>> unit = Unit.from_times(spikes, support=Epoch(0.0, 500.0))
    >>> found = assess_reversal(unit, DoseProtocol(given, unit.support))
    >>> found.verdict, found.steps[0].back.text
    ('returned; spontaneous recovery not excluded', '20 s (18 to 40)')
    """
    settings = settings or ReversalSettings()
    given = _antagonists(protocol, antagonist)
    if not protocol.drugs:
        return _without_agonist(unit, protocol, given, fate, subject, settings)
    response = response_of(unit, protocol, response, drug=drug, fate=fate, subject=subject)
    judge, dispersion = _judge_of(unit, response, response.baseline, settings), scatter(response.fano)
    held_s = held_until_s(unit, response.fate)
    windows = _windows(unit, response, settings)
    first_s = protocol.doses(response.drug)[0].administration.start_s
    naive_s = protocol.first_agonist_s
    read = [(one, after) for one in given if (after := _after(one, windows, dispersion, held_s)) is not None]
    own = tuple(_not_alone(protocol, one, after) for one, after in read if one.start_s < naive_s)
    case = Case(judge, protocol, response, tuple(recoveries), seed) if judge else None
    steps = tuple(_step(case, response, after, windows, first_s) for one, after in read if one.start_s > first_s)
    vehicles = tuple(
        after for one in protocol.administrations if one.role == "vehicle" and one.start_s > first_s
        if (after := _after(one, windows, dispersion, held_s)) is not None
    )  # fmt: skip
    return Reversal(
        response.unit_id, response.subject, response.drug, response.dose_unit, response.route, response.baseline,
        steps, own, vehicles, settings,
        reason="" if steps else _no_step(response.drug, given, own, first_s),
        notes=(
            *_unread(given, {one.start_s for one, _ in read}, naive_s, first_s),
            *reversal_notes(response, protocol, steps, (*own, *vehicles), dispersion),
        ),
    )  # fmt: skip


def _no_step(drug: str, given: Sequence[Administration], own: tuple[AntagonistWindow, ...], first_s: float) -> str:
    """Why there is no dose of an antagonist after the agonist."""
    if any(one.start_s == first_s for one in given):
        return f"the antagonist came with the first dose of {drug}"
    return f"given only before {drug}" if own else f"the antagonist was not given, or nothing recorded, after {drug}"


def _windows(unit: Unit, response: DoseResponse, settings: ReversalSettings) -> tuple[ResponseWindow, ...]:
    """Every window with the interval of its percent; those up to a pretreatment are of the untreated baseline."""
    after, before = _judge_of(unit, response, response.baseline, settings), None
    if response.pretreatment is not None:
        before = _judge_of(unit, response, response.pretreatment.untreated, settings)
    last_s = response.pretreatment.last_s if response.pretreatment else -math.inf
    judged = ((one, before if one.given_s <= last_s else after) for one in response.windows)
    return tuple(judge.window(one) if judge and math.isfinite(one.percent) else one for one, judge in judged)


def _judge_of(
    unit: Unit, response: DoseResponse, baseline: ResponseWindow | None, settings: ReversalSettings
) -> Judge | None:
    """What counts as back; ``None`` without a baseline to be back at."""
    return Judge(unit, baseline, scatter(response.fano), settings) if baseline and baseline.used else None


def _step(
    case: Case | None,
    response: DoseResponse,
    after: AntagonistWindow,
    windows: Sequence[ResponseWindow],
    first_s: float,
) -> ReversalStep:
    """One dose of the antagonist after the agonist."""
    if case is None:
        baseline = response.baseline
        why = "; ".join(baseline.flags) if baseline else f"no baseline: {no_baseline(response.pretreatment)}"
        return ReversalStep(after, None, None, Return(), NOT_JUDGED, why)
    earlier = [w for w in windows if first_s <= w.given_s < after.window.given_s and math.isfinite(w.percent)]
    agonists = [w for w in earlier if w.role == "agonist"]
    step = judge_step(case, after, agonists[-1] if agonists else None, earlier[-1] if earlier else None)
    given_s = after.window.given_s
    until_s = min(next_ending_s(case.protocol, given_s), given_s + _DRAWN_AFTER_S)
    from_s = max(given_s - _DRAWN_BEFORE_S, case.protocol.recorded.start_s)
    return replace(step, rates=bins_around(case.judge, given_s, from_s=from_s, until_s=until_s))


def _unread(given: Sequence[Administration], read_s: set[float], naive_s: float, first_s: float) -> list[str]:
    """Doses of an antagonist that are neither read nor judged, and why."""
    late = [f"{a.drug} at {a.start_s:g} s: nothing was recorded after it" for a in given if a.start_s not in read_s]
    between = [a for a in given if naive_s <= a.start_s <= first_s]
    told = {True: "given together with the first dose", False: "given after another agonist"}
    return [*late, *(f"{a.drug} at {a.start_s:g} s: {told[a.start_s == first_s]}, not judged" for a in between)]


def _antagonists(protocol: DoseProtocol, wanted: str | None) -> list[Administration]:
    """Antagonists meant, in order of time."""
    every = [a for a in protocol.administrations if a.role == "antagonist"]
    given = [a for a in every if wanted in (None, a.drug)]
    if not given:
        names = ", ".join(dict.fromkeys(a.drug for a in every)) or "none"
        asked = f", got {wanted!r}" if wanted is not None else "; spontaneous_recovery times a recovery without one"
        raise ParameterError(f"antagonist must be one of those given ({names}){asked}")
    return given


def _after(
    given: Administration, windows: Sequence[ResponseWindow], dispersion: float, held_s: float
) -> AntagonistWindow | None:
    """Rate after an administration, against the last window of the agonist before it; ``None`` without a window."""
    found = [w for w in windows if (w.role, w.drug, w.given_s) == (given.role, given.drug, given.start_s)]
    if not found:
        return None
    agonists = [w for w in windows if w.role == "agonist" and w.given_s < given.start_s and math.isfinite(w.percent)]
    fold = _fold(found[0], agonists[-1], dispersion) if agonists else Estimate()
    return AntagonistWindow(given.drug, given.role, given.dose, given.dose_unit, found[0], fold, held_s=held_s)


def _not_alone(protocol: DoseProtocol, given: Administration, after: AntagonistWindow) -> AntagonistWindow:
    """Say what an antagonist's own effect may be the effect of: drugs that were given before it."""
    earlier = [
        one.drug or one.role for one in protocol.administrations
        if one is not given and one.start_s <= given.start_s and one.role in ("challenge", "other", "antagonist")
    ]  # fmt: skip
    return replace(after, earlier=", ".join(dict.fromkeys(earlier)))


def _fold(window: ResponseWindow, agonist: ResponseWindow, dispersion: float) -> Estimate:
    """Rate over that under the agonist; false spikes are in both, and bring it nearer to 1."""
    if not math.isfinite(window.percent):
        return Estimate()
    low, high = rate_ratio_interval(
        window.count / dispersion, window.exposure_s, agonist.count / dispersion, agonist.exposure_s
    )
    if agonist.count == 0:
        return Estimate(math.inf if window.count else math.nan, low, high)
    return Estimate(window.count * agonist.exposure_s / (agonist.count * window.exposure_s), low, high)


def _without_agonist(
    unit: Unit,
    protocol: DoseProtocol,
    given: Sequence[Administration],
    fate: Fate | None,
    subject: Subject | None,
    settings: ReversalSettings,
) -> Reversal:
    """An antagonist alone: its own effect on the rate."""
    readout = ReadoutSettings()
    seen = Seen(unit, protocol, "", fate, {}, math.nan)
    baseline = measure_baseline(seen, readout, protocol.baseline)
    notes: list[str] = [f"baseline: {flag}" for flag in baseline.flags] if baseline else ["no baseline"]
    planned = [
        seen.window(epoch, one.role, one.drug, one.start_s, 0.0) for one, epoch in plan_windows(protocol, "", readout)
    ]
    windows = [replace(one, flags=window_flags(one, protocol, readout, math.inf, fate)) for one in planned]
    if baseline is not None and baseline.used:
        inside = unit.times_s[baseline.epoch.mask(unit.times_s)]
        dispersion = scatter(cv(inside, support=unit.support, min_intervals=MIN_INTERVALS) ** 2)
        judge = Judge(unit, baseline, dispersion, settings)
        windows = [judge.window(one) if is_seen(one) else one for one in windows]
    held_s = held_until_s(unit, fate)
    read = [(one, _after(one, windows, 1.0, held_s)) for one in given]
    own = [_not_alone(protocol, one, after) for one, after in read if after is not None]
    return Reversal(
        unit.id, subject or Subject(), "", "", "", baseline, (), tuple(own), (), settings,
        reason="no agonist was given",
        notes=(*notes, *(note for one in own for note in alone_notes(one))),
    )  # fmt: skip
