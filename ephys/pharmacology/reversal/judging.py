"""The verdict on one dose of an antagonist: what was to be reversed, and whether it was back in time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ephys.model import Administration, DoseProtocol, Epoch, Fate
from ephys.pharmacology.held import SILENT_S, held_until_s
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse
from ephys.pharmacology.reversal.antagonist_window import AntagonistWindow
from ephys.pharmacology.reversal.comparing import Comparison, Inhibited, compare_return
from ephys.pharmacology.reversal.recovery import Recovery
from ephys.pharmacology.reversal.result import ReversalStep
from ephys.pharmacology.reversal.returns import Judge, Return, find_return, follow
from ephys.pharmacology.reversal.settings import ReversalSettings
from ephys.pharmacology.reversal.timing import find_start, next_ending_s
from ephys.pharmacology.reversal.verdicts import (
    LOST,
    NOT_JUDGED,
    NOT_REVERSED,
    NOTHING,
    PARTLY,
    RETURNED,
    REVERSED,
    UNDETERMINED,
    Verdict,
)

Told = tuple[Verdict, str]
_SPONTANEOUS = "a spontaneous recovery rises, too"


@dataclass(frozen=True)
class Case:
    """A cell that got an antagonist after an agonist, and what it is held against.

    Parameters
    ----------
    judge : Judge
    protocol : DoseProtocol
    response : DoseResponse
    recoveries : sequence of Recovery
    seed : int
    """

    judge: Judge
    protocol: DoseProtocol
    response: DoseResponse
    recoveries: Sequence[Recovery]
    seed: int

    @property
    def settings(self) -> ReversalSettings:
        """What counts as back."""
        return self.judge.settings

    @property
    def fate(self) -> Fate | None:
        """Whether the cell was held."""
        return self.response.fate

    @property
    def held_s(self) -> float:
        """Until when it was."""
        return held_until_s(self.judge.unit, self.fate)

    def beside(self, after: AntagonistWindow) -> list[Administration]:
        """What else came between the last dose and the antagonist, or with it, that may have moved the rate."""
        given_s = after.window.given_s
        doses = [dose.administration.start_s for dose in self.protocol.doses(self.response.drug)]
        since_s = max(start_s for start_s in doses if start_s < given_s)
        return [
            one for one in self.protocol.administrations
            if since_s <= one.start_s <= given_s
            and (one.role in ("challenge", "other") or (one.role == "agonist" and one.drug != self.response.drug)
                 or (one.role == "antagonist" and one.start_s == given_s and one.drug != after.drug))
        ]  # fmt: skip


def judge_step(
    case: Case, after: AntagonistWindow, agonist: ResponseWindow | None, prior: ResponseWindow | None
) -> ReversalStep:
    """Judge one dose of an antagonist.

    Parameters
    ----------
    case : Case
    after : AntagonistWindow
        The rate after it.
    agonist : ResponseWindow or None
        Last window of the agonist before it.
    prior : ResponseWindow or None
        Last window before it, of whatever was given: the vehicle, or an earlier dose of the antagonist.
    """
    given_s = after.window.given_s
    if case.held_s <= given_s:
        return ReversalStep(after, agonist, None, Return(), *_gone(case))
    other = next((one for one in case.beside(after) if one.role == "agonist"), None)
    if other is not None:
        why = (
            f"{other.drug} was given at {other.start_s:g} s, after {case.response.drug}: judge it with that as the drug"
        )
        return ReversalStep(after, agonist, None, Return(), NOT_JUDGED, why)
    if agonist is None or prior is None:
        return ReversalStep(
            after, agonist, None, Return(), NOT_JUDGED, "no window of the agonist was measured before it"
        )
    cell = _inhibited(case, given_s, prior)
    if not case.judge.is_below(prior):
        reason = f"{prior.percent:.0f} % of baseline ({prior.percent_low:.0f} to {prior.percent_high:.0f}) before it"
        return ReversalStep(after, agonist, cell, Return(), NOTHING, reason)
    back = _back(case, after, prior)
    if back.returned and back.high_s <= 0:  # all of the interval: the step itself may fall a little early by chance
        return ReversalStep(after, agonist, cell, back, NOTHING, f"the rate was back {-back.high_s:.0f} s before it")
    if back.returned:
        compared = compare_return(back, cell, case.recoveries, case.settings)
        beside = tuple(dict.fromkeys(one.drug or one.role for one in case.beside(after)))
        told = came_back(case.settings, back, compared, beside, rose=after.rose)
        return ReversalStep(after, agonist, cell, back, *told, comparison=compared, beside=beside)
    return ReversalStep(after, agonist, cell, back, *_stayed_away(case, after, back))


def _inhibited(case: Case, given_s: float, prior: ResponseWindow) -> Inhibited:
    """The cell when the antagonist came."""
    response = case.response
    start = find_start(case.protocol, response.drug, before_s=given_s)
    assert start is not None  # a window of the agonist was measured before it
    return Inhibited(
        response.subject.group, response.drug, response.dose_unit, start.origin, start.dose, given_s - start.at_s,
        prior.percent,
    )  # fmt: skip


def _back(case: Case, after: AntagonistWindow, prior: ResponseWindow) -> Return:
    """When the rate was back: by its steps, or, where none shows it, by the window that is back as a whole."""
    given_s = after.window.given_s
    stop_s = min(next_ending_s(case.protocol, given_s), case.held_s)
    course = follow(case.judge, Epoch(prior.epoch.start_s, stop_s), seed=case.seed)
    back = find_return(case.judge, course, since_s=given_s, inhibited=True)
    window = after.window
    long_enough = window.covered_s >= case.settings.min_back_s and window.epoch.stop_s <= stop_s
    if back.returned or not (long_enough and after.rose and case.judge.is_back(window)):
        return back
    return Return(math.nan, 0.0, window.epoch.stop_s - given_s, back.watched_s, returned=True)


def _gone(case: Case) -> Told:
    """The cell is not proven to have been there when the antagonist came."""
    if case.fate is not None and case.fate.state == "lost":
        return LOST, case.fate.evidence
    why = case.fate.evidence if case.fate is not None else "whether it was held was not assessed"
    return UNDETERMINED, f"not proven held after {case.held_s:.0f} s; {why}"


def came_back(
    settings: ReversalSettings, back: Return, compared: Comparison, beside: Sequence[str], *, rose: bool
) -> Told:
    """Judge a return: in time or not, by the antagonist alone or not, and faster than without one or not."""
    within_s = settings.within_s
    told = f"back after {back.text}"
    told += f", and below again {back.fell_again_s:.0f} s after it" if math.isfinite(back.fell_again_s) else ""
    # Where no step or a gap tells when, only the ends are known.
    if (back.low_s if math.isnan(back.value_s) else back.value_s) > within_s:
        late = f"{told}, later than {within_s:g} s"
        return (PARTLY, f"{late}; {_SPONTANEOUS}") if rose else (NOT_REVERSED, f"{late}, and no rise in the window")
    if math.isnan(back.value_s) and back.high_s > within_s:
        return RETURNED, f"{told}: whether within {within_s:g} s is not known"
    if back.low_s < 0:
        return RETURNED, f"{told}: the return may have begun before it"
    if beside:
        return RETURNED, f"{told}; {', '.join(beside)} was given, too: which of them did it cannot be told"
    if not compared.is_faster:
        return RETURNED, f"{told}; {compared}"
    by_chance = f"without any effect, at most 1 in {compared.n_animals + 1} would be so by chance"
    return REVERSED, f"{told}; {compared}; {by_chance}"


def _stayed_away(case: Case, after: AntagonistWindow, back: Return) -> Told:
    """It was not back while it was watched."""
    watched_s, settings = back.watched_s, case.settings
    ending_s = next_ending_s(case.protocol, after.window.given_s)
    if case.held_s < ending_s and watched_s < settings.within_s:
        long_silence = ending_s - case.held_s > SILENT_S or watched_s < settings.min_watched_s
        if long_silence or (case.fate is not None and case.fate.state == "lost"):
            return _gone(case)
    told = f"not back in {watched_s:.0f} s"
    told += f" of {settings.within_s:g} s" if watched_s < settings.within_s else ""
    if watched_s < settings.min_watched_s:
        return NOT_JUDGED, f"{told}: watched for less than {settings.min_watched_s:g} s"
    return (PARTLY, f"{told}; {_SPONTANEOUS}") if after.rose else (NOT_REVERSED, told)
