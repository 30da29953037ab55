"""Time to recovery after the last dose, where no antagonist was given by then."""

from __future__ import annotations

from dataclasses import replace

from ephys.errors import ParameterError
from ephys.model import DoseProtocol, Epoch, Fate, Subject, Unit
from ephys.pharmacology.held import held_until_s
from ephys.pharmacology.responding import dose_response
from ephys.pharmacology.responses import DoseResponse
from ephys.pharmacology.reversal.recovery import Recovery, RecoveryState
from ephys.pharmacology.reversal.returns import Course, Judge, Return, find_return, follow, scatter
from ephys.pharmacology.reversal.settings import ReversalSettings
from ephys.pharmacology.reversal.timing import Start, find_start, next_ending_s


def spontaneous_recovery(
    unit: Unit,
    protocol: DoseProtocol,
    *,
    response: DoseResponse | None = None,
    drug: str | None = None,
    fate: Fate | None = None,
    subject: Subject | None = None,
    settings: ReversalSettings | None = None,
    seed: int = 0,
) -> Recovery:
    """Time a cell's return after its last dose, up to the next drug, the antagonist among them.

    Parameters
    ----------
    unit : Unit
    protocol : DoseProtocol
    response : DoseResponse, optional
        What `dose_response` measured: baseline, fate and animal are then its own, and false spikes are taken off.
    drug : str, optional
        The agonist; may be left out where one was given.
    fate, subject : Fate, Subject, optional
        Where there is no response.
    settings : ReversalSettings, optional
        What counts as back.
    seed : int, optional
        Of the chance of a step.

    Returns
    -------
    Recovery
        Censored where the cell was not back when watching ended. A cell that may have been lost is watched to its last
        proven spike: its silence is no slow recovery.

    Raises
    ------
    ParameterError
        If the drug is not one of the agonists, or the response is of another unit.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, Support
    >>> given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg"),)
    >>> spikes = np.r_[0.25:200.0:0.5, 202.0:500.0:4.0, 500.0:800.0:0.5]
    >>> unit = Unit.from_times(spikes, support=Epoch(0.0, 800.0))
    >>> print(spontaneous_recovery(unit, DoseProtocol(given, unit.support)))
    unit 1, ipsapirone 50 µg/kg: back 300 s (298 to 320) after the last dose
    """
    settings = settings or ReversalSettings()
    response = response_of(unit, protocol, response, drug=drug, fate=fate, subject=subject)
    start = find_start(protocol, response.drug, before_s=_antagonist_s(protocol, response.drug))
    if start is None:
        return _recovery(response, Start(0.0, "dose", 0.0), "not judged", "no dose before the antagonist")
    pretreated = [a.drug for a in protocol.administrations if a.role == "antagonist" and a.start_s < start.at_s]
    if pretreated:
        return _recovery(response, start, "not judged", f"{pretreated[0]}, an antagonist, was given before it")
    baseline = response.baseline
    if baseline is None or not baseline.used:
        why = "; ".join(baseline.flags) if baseline else "no baseline"
        return _recovery(response, start, "not judged", why)
    until_s, held_s = next_ending_s(protocol, start.at_s), held_until_s(unit, response.fate)
    stop_s = min(until_s, held_s)
    reason = "watched until the cell was last proven held" if held_s < until_s and _may_be_lost(response) else ""
    if stop_s - start.at_s < settings.min_watched_s:
        watched_s = max(stop_s - start.at_s, 0.0)
        short = f"watched for {watched_s:.0f} s, fewer than {settings.min_watched_s:g} s"
        return _recovery(response, start, "not judged", "; ".join(filter(None, (short, reason))), watched_s)
    judge = Judge(unit, baseline, scatter(response.fano), settings)
    course = follow(judge, Epoch(start.at_s, stop_s), seed=seed)
    back = find_return(judge, course, since_s=start.at_s, inhibited=False)
    inhibited = any(judge.is_below(level) for level in course.levels)
    state: RecoveryState = "returned" if back.returned else "not back" if inhibited else "no inhibition"
    found = _recovery(response, start, state, reason)
    return replace(found, back=back, levels=_levels(course, start.at_s))


def response_of(
    unit: Unit, protocol: DoseProtocol, response: DoseResponse | None, *,
    drug: str | None, fate: Fate | None, subject: Subject | None,
) -> DoseResponse:  # fmt: skip
    """Response given, if it is of that unit and drug; else a new one.

    Raises
    ------
    ParameterError
        If it is of another unit or drug, or its fate or subject is given a second time.
    """
    if response is None:
        return dose_response(unit, protocol, drug=drug, fate=fate, subject=subject, beside=False)
    if response.unit_id != unit.id or drug not in (None, response.drug):
        raise ParameterError(
            f"the response is of unit {response.unit_id} and {response.drug}, not of unit {unit.id} and "
            f"{drug or response.drug}: give the one that dose_response measured on this unit"
        )
    if fate is not None or subject is not None:
        raise ParameterError("a response has its own fate and subject: give these to dose_response, not beside it")
    return response


def _antagonist_s(protocol: DoseProtocol, drug: str) -> float:
    """When the first antagonist came after a dose, or the recording ended."""
    first_s = protocol.doses(drug)[0].administration.start_s
    later = [a.start_s for a in protocol.administrations if a.role == "antagonist" and a.start_s > first_s]
    return min([*later, protocol.recorded.stop_s])


def _may_be_lost(response: DoseResponse) -> bool:
    """Whether the cell's silence may be its loss; one of unknown fate is watched to its last spike all the same."""
    return response.fate is not None and response.fate.state != "held"


def _recovery(
    response: DoseResponse, start: Start, state: RecoveryState, reason: str, watched_s: float = 0.0
) -> Recovery:
    """Recovery of a cell in a state."""
    subject = response.subject
    return Recovery(
        subject.animal, response.unit_id, subject.group, response.drug, start.dose, response.dose_unit, start.origin,
        state, Return(watched_s=watched_s), reason=reason,
    )  # fmt: skip


def _levels(course: Course, start_s: float) -> tuple[tuple[float, float], ...]:
    """Levels on the clock of the recovery."""
    return tuple((level.epoch.start_s - start_s, level.percent) for level in course.levels)
