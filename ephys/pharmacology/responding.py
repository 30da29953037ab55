"""From spikes to responses: a read-out window per administration, its count, and its rate as percent of baseline.

Silence in a covered window is a count of 0 over a time. The baseline's own counting noise is part of every interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from ephys.errors import ParameterError
from ephys.firing import MIN_INTERVALS, Stability, assess_stability, cv
from ephys.model import DoseProtocol, Epoch, Fate, Share, Subject, Unit
from ephys.pharmacology.elimination import elimination_text
from ephys.pharmacology.measuring import Seen, measure_baseline, measure_windows, quietest_hz
from ephys.pharmacology.pretreating import measure_pretreatment
from ephys.pharmacology.pretreatment import Pretreatment, series_baseline
from ephys.pharmacology.readout import ReadoutSettings, other_readouts
from ephys.pharmacology.response_flags import series_flags
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse
from ephys.pharmacology.superfusion.applying import against_own, measure_superfusion
from ephys.pharmacology.superfusion.result import Superfusion
from ephys.pharmacology.time_course import TimeCourse, time_courses


def dose_response(
    unit: Unit,
    protocol: DoseProtocol,
    *,
    drug: str | None = None,
    settings: ReadoutSettings | None = None,
    fate: Fate | None = None,
    completeness: Mapping[Epoch, Share] | None = None,
    false_hz: float = math.nan,
    stability: Stability | None = None,
    subject: Subject | None = None,
    beside: bool = True,
) -> DoseResponse:
    """Count the unit's spikes in the read-out window of each dose, beside its baseline.

    Parameters
    ----------
    unit : Unit
        The cell.
    protocol : DoseProtocol
        What was given.
    drug : str, optional
        Which agonist; may be left out where only one was given.
    settings : ReadoutSettings, optional
        How the windows are placed.
    fate : Fate, optional
        Whether the cell was still held (`assess_quality`). Windows after a proven loss are not used.
    completeness : mapping of Epoch to Share, optional
        Share of spikes found, per window (`ephys.sorting.completeness`); 1 where unknown.
    false_hz : float, optional
        Rate of spikes that are not the cell's (`ephys.sorting.false_spike_rate`); 0 where unknown. It is lowered to
        what the quietest window of the series leaves room for.
    stability : Stability, optional
        Of the baseline, where it was assessed already.
    subject : Subject, optional
        The animal, for what is pooled or compared later.
    beside : bool, optional
        Measure also what stands beside the windows: the course after each dose, and other read-out windows.

    Returns
    -------
    DoseResponse

    Raises
    ------
    ParameterError
        If no agonist was given, or several were and `drug` does not say which.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, Support
    >>> given = tuple(Administration("ipsapirone", t, dose=50.0, dose_unit="ug/kg") for t in (200.0, 300.0))
    >>> protocol = DoseProtocol(given, Support.of(Epoch(0.0, 400.0)))
    >>> spikes = np.concatenate([np.arange(0.5, 200.0), np.arange(200.5, 300.0, 2.0)])
    >>> response = dose_response(Unit.from_times(spikes, support=Epoch(0.0, 400.0)), protocol)
    >>> [(w.dose, w.count, round(w.percent)) for w in response.doses]
    [(50.0, 30, 50), (100.0, 0, 0)]
    """
    settings = settings or ReadoutSettings()
    drug = _which_drug(protocol, drug)
    first = protocol.doses(drug)[0]
    seen = Seen(unit, protocol, drug, fate, completeness or {}, false_hz)
    baseline, windows, pretreatment = _measured(seen, settings)
    limit_hz = quietest_hz(tuple(w for w in windows if w.used))
    lowered = false_hz > limit_hz
    if lowered:
        seen = replace(seen, false_hz=limit_hz)
        baseline, windows, pretreatment = _measured(seen, settings)
    fano = _fano(unit, baseline)
    superfusion = measure_superfusion(seen, settings, baseline, windows)
    if superfusion is not None and settings.bath_reference == "own":
        windows = against_own(windows, superfusion, baseline, fano)
    given = [window for window in windows if window.role == "agonist"]
    last_s = given[-1].epoch.stop_s if given else first.administration.start_s
    others = other_readouts(settings) if beside and not protocol.drawn_windows else ()
    return DoseResponse(
        unit_id=unit.id,
        drug=drug,
        dose_unit=first.unit,
        route=" + ".join(dict.fromkeys(step.administration.route for step in protocol.doses(drug))),
        form=first.administration.form,
        baseline=baseline,
        windows=windows,
        fano=fano,
        fate=fate,
        readout=settings,
        flags=(
            *series_flags(protocol, drug, baseline, pretreatment),
            *(superfusion.notes if superfusion is not None else ()),
            *_false_flags(false_hz, limit_hz, lowered=lowered),
        ),
        courses=_courses(unit, protocol, drug, settings, fate) if beside else (),
        stability=_stability(unit, baseline, stability, pretreated=pretreatment is not None),
        alternatives=_alternatives(seen, others, baseline, pretreatment, superfusion, fano),
        elimination=elimination_text(protocol, drug, last_s),
        subject=subject or Subject(),
        superfusion=superfusion,
        pretreatment=pretreatment,
    )


def _courses(
    unit: Unit, protocol: DoseProtocol, drug: str, settings: ReadoutSettings, fate: Fate | None
) -> tuple[TimeCourse, ...]:
    """Course after each administration, as long as the cell was held."""
    return time_courses(unit, protocol, drug=drug, until_s=_held_until_s(fate), readout=settings)


def _alternatives(
    seen: Seen,
    others: tuple[tuple[str, ReadoutSettings], ...],
    baseline: ResponseWindow | None,
    pretreatment: Pretreatment | None,
    superfusion: Superfusion | None,
    fano: float,
) -> tuple[tuple[str, tuple[ResponseWindow, ...]], ...]:
    """Windows under other customs; those that come to the same, for want of time, share a place."""
    found: dict[tuple[Epoch, ...], tuple[str, tuple[ResponseWindow, ...]]] = {}
    for name, other in others:
        windows = measure_windows(seen, other, baseline, pretreatment)
        if superfusion is not None and superfusion.reference == "own":
            read = measure_superfusion(seen, other, baseline, windows)
            windows = windows if read is None else against_own(windows, read, baseline, fano)
        epochs = tuple(window.epoch for window in windows)
        names = f"{found[epochs][0]} = {name}" if epochs in found else name
        found[epochs] = (names, windows)
    return tuple(found.values())


def _measured(
    seen: Seen, settings: ReadoutSettings
) -> tuple[ResponseWindow | None, tuple[ResponseWindow, ...], Pretreatment | None]:
    """Baseline and windows of the series, and what was given before it."""
    baseline = measure_baseline(seen, settings, series_baseline(seen.protocol, settings))
    pretreatment = measure_pretreatment(seen, settings, baseline)
    return baseline, measure_windows(seen, settings, baseline, pretreatment), pretreatment


def _stability(
    unit: Unit, baseline: ResponseWindow | None, known: Stability | None, *, pretreated: bool
) -> Stability | None:
    """How steady the baseline is; what is known already is not asked again, but where it is of an untreated one."""
    if baseline is None:
        return None if pretreated else known
    if known is not None and not (pretreated and known.baseline != baseline.epoch):
        return known
    return assess_stability(unit, baseline.epoch)


def _false_flags(false_hz: float, limit_hz: float, *, lowered: bool) -> tuple[str, ...]:
    """Say what was taken off for spikes that are not the cell's."""
    if not false_hz > 0:
        return ()
    if lowered:
        said = f"the baseline says {false_hz:.3f} Hz, the quietest window has room for less"
        return (f"false spikes {limit_hz:.3f} Hz taken off: {said}",)
    return (f"false spikes {false_hz:.3f} Hz taken off",)


def _held_until_s(fate: Fate | None) -> float:
    """Until when there is something to measure."""
    return fate.held_until_s if fate is not None and fate.state == "lost" else math.inf


def _which_drug(protocol: DoseProtocol, drug: str | None) -> str:
    """Return the agonist meant, or say which there are."""
    given = ", ".join(protocol.drugs) or "none"
    if drug is None and len(protocol.drugs) == 1:
        return protocol.drugs[0]
    if drug is None or drug not in protocol.drugs:
        raise ParameterError(f"drug must be one of the agonists given ({given}), got {drug!r}")
    return drug


def _fano(unit: Unit, baseline: ResponseWindow | None) -> float:
    """Squared CV of the intervals of the baseline, bursts included: they scatter the counts, too."""
    if baseline is None:
        return math.nan
    inside = unit.times_s[baseline.epoch.mask(unit.times_s)]
    return cv(inside, support=unit.support, min_intervals=MIN_INTERVALS) ** 2
