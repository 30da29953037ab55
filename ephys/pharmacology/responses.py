"""From spikes to responses: a read-out window per administration, its count, and its rate as percent of baseline.

Silence in a covered window is a count of 0 over a time. The baseline's own counting noise is part of every interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ephys.errors import ParameterError
from ephys.firing import MIN_INTERVALS, count, cv
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Unit
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.readout import ReadoutSettings, plan_windows
from ephys.pharmacology.response_flags import (
    CHOSEN,
    EARLY,
    EXCLUDED,
    NOT_SEEN,
    UNUSABLE,
    percent_flags,
    series_flags,
    window_flags,
)
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.time_course import TimeCourse, time_courses


@dataclass(frozen=True)
class DoseResponse:
    """One drug's series on one unit.

    Parameters
    ----------
    unit_id, drug, dose_unit, route, form : str
        What was measured, on what scale; an ID50 never travels without them.
    baseline : ResponseWindow or None
        ``None`` where there is no stretch before the first administration.
    windows : tuple of ResponseWindow
        Vehicle, agonist and later windows (antagonist, wash), in order of time.
    fano : float
        Squared CV of the baseline's intervals: variance over mean of the counts of a steady renewal train (Cox 1962);
        NaN under 50 intervals.
    fate : Fate, optional
        Whether the cell was still held; ``None`` where not assessed.
    readout : ReadoutSettings
        How the windows were placed.
    flags : tuple of str
        What is doubtful about the series as a whole.
    courses : tuple of TimeCourse
        Onset, nadir, plateau, recovery and area after each administration, beside the windows.
    """

    unit_id: str
    drug: str
    dose_unit: str
    route: str
    form: str
    baseline: ResponseWindow | None
    windows: tuple[ResponseWindow, ...]
    fano: float
    fate: Fate | None
    readout: ReadoutSettings
    flags: tuple[str, ...] = ()
    courses: tuple[TimeCourse, ...] = ()

    @property
    def doses(self) -> tuple[ResponseWindow, ...]:
        """Windows of the drug itself."""
        return tuple(window for window in self.windows if window.role == "agonist")

    def __str__(self) -> str:
        """One line per window."""
        lines = [f"unit {self.unit_id}, {self.drug} ({self.dose_unit} {self.route}".rstrip() + ")"]
        for window in (self.baseline, *self.windows):
            if window is not None:
                percent = "   -  " if math.isnan(window.percent) else f"{window.percent:5.1f} %"
                flags = f"  [{'; '.join(window.flags)}]" if window.flags else ""
                epoch = f"{window.epoch.start_s:7.1f} to {window.epoch.stop_s:7.1f} s"
                lines.append(
                    f"  {window.role:<11} {window.dose:>8g}  {epoch}"
                    f"  {window.count:>5} spikes  {window.rate_hz:6.3f} Hz  {percent}{flags}"
                )
        return "\n".join(lines)


def dose_response(
    unit: Unit,
    protocol: DoseProtocol,
    *,
    drug: str | None = None,
    settings: ReadoutSettings | None = None,
    fate: Fate | None = None,
    completeness: Mapping[Epoch, float] | None = None,
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
    completeness : mapping of Epoch to float, optional
        Share of spikes above threshold, per window (`ephys.sorting.completeness`); 1 where unknown.

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
    >>> from ephys.model import Support
    >>> given = tuple(Administration("ipsapirone", t, dose=50.0, dose_unit="ug/kg") for t in (200.0, 300.0))
    >>> protocol = DoseProtocol(given, Support.of(Epoch(0.0, 400.0)))
    >>> spikes = np.concatenate([np.arange(0.5, 200.0), np.arange(200.5, 300.0, 2.0)])
    >>> response = dose_response(Unit.from_times(spikes, support=Epoch(0.0, 400.0)), protocol)
    >>> [(w.dose, w.count, round(w.percent)) for w in response.doses]
    [(50.0, 30, 50), (100.0, 0, 0)]
    """
    settings = settings or ReadoutSettings()
    drug = _which_drug(protocol, drug)
    steps = protocol.doses(drug)
    totals = {id(step.administration): step.cumulative for step in steps}
    shares = completeness or {}
    baseline = _baseline(unit, protocol, settings, shares)
    first_agonist_s = min(a.start_s for a in protocol.administrations if a.role == "agonist")
    antagonists = [a.start_s for a in protocol.administrations if a.role == "antagonist"]
    excluded = {id(protocol.administrations[number]): reason for number, reason in protocol.excluded}
    windows: list[ResponseWindow] = []
    total = 0.0
    for given, epoch in plan_windows(protocol, drug, settings, unit=unit):
        total = totals.get(id(given), total)
        window = _measure(unit, epoch, given, total, shares.get(epoch, math.nan))
        flags = window_flags(window, protocol, settings, min(antagonists, default=math.inf), fate)
        flags += (f"{EXCLUDED}: {excluded[id(given)]}",) if id(given) in excluded else ()
        in_series = given.role == "agonist" or (given.role == "vehicle" and given.start_s < first_agonist_s)
        early = CHOSEN not in flags and any(flag.startswith(EARLY) for flag in flags)  # a person may choose to be
        usable = in_series and not early and not any(flag.startswith(UNUSABLE) for flag in flags)
        seen = not any(flag.startswith(NOT_SEEN) for flag in flags)
        window = _percent(window, baseline) if seen else window
        windows.append(replace(window, flags=(*flags, *percent_flags(window)), used=usable))
    return DoseResponse(
        unit_id=unit.id,
        drug=drug,
        dose_unit=steps[0].unit,
        route=" + ".join(dict.fromkeys(step.administration.route for step in steps)),
        form=steps[0].administration.form,
        baseline=baseline,
        windows=tuple(windows),
        fano=_fano(unit, baseline),
        fate=fate,
        readout=settings,
        flags=series_flags(protocol, drug, baseline),
        courses=time_courses(unit, protocol, drug=drug, until_s=_held_until_s(fate)),
    )


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


def _baseline(
    unit: Unit, protocol: DoseProtocol, settings: ReadoutSettings, shares: Mapping[Epoch, float]
) -> ResponseWindow | None:
    """Count the baseline; `used` is false where it is too short or silent to divide by."""
    epoch = protocol.baseline
    if epoch is None:
        return None
    flags = []
    covered_s = unit.support.covered_s(epoch)
    spikes = count(unit.times_s, epoch)
    if protocol.drawn_baseline is not None:
        flags.append(CHOSEN)
    if covered_s < settings.min_baseline_s:
        flags.append(f"only {covered_s:.0f} s of baseline covered, no percent under {settings.min_baseline_s:g} s")
    if spikes == 0:
        flags.append("silent baseline, no percent")
    usable = spikes > 0 and covered_s >= settings.min_baseline_s
    window = ResponseWindow(
        epoch, "baseline", "", math.nan, 0.0, spikes, covered_s, shares.get(epoch, math.nan), used=usable,
        flags=tuple(flags),
    )  # fmt: skip
    return replace(window, percent=100.0) if usable else window


def _fano(unit: Unit, baseline: ResponseWindow | None) -> float:
    """Squared CV of the intervals of the baseline, bursts included: they scatter the counts, too."""
    if baseline is None:
        return math.nan
    inside = unit.times_s[baseline.epoch.mask(unit.times_s)]
    return cv(inside, support=unit.support, min_intervals=MIN_INTERVALS) ** 2


def _measure(unit: Unit, epoch: Epoch, given: Administration, dose: float, share: float) -> ResponseWindow:
    """Count one window."""
    covered_s = unit.support.covered_s(epoch)
    spikes = count(unit.times_s, epoch)
    return ResponseWindow(epoch, given.role, given.drug, given.start_s, dose, spikes, covered_s, share)


def _percent(window: ResponseWindow, baseline: ResponseWindow | None) -> ResponseWindow:
    """Add the rate as percent of baseline, where both were measured."""
    if baseline is None or not baseline.used or window.exposure_s <= 0:
        return window
    low, high = rate_ratio_interval(window.count, window.exposure_s, baseline.count, baseline.exposure_s)
    percent = 100.0 * window.rate_hz / baseline.rate_hz
    return replace(window, percent=percent, percent_low=100.0 * low, percent_high=100.0 * high)
