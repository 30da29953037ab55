"""From spikes to responses: a read-out window per administration, its count, and its rate as percent of baseline.

Silence in a covered window is a count of 0 over a time. The baseline's own counting noise is part of every interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from ephys.errors import ParameterError
from ephys.firing.rates import count
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Unit

Anchor = Literal["before_next", "after_dose"]


@dataclass(frozen=True, slots=True)
class ReadoutSettings:
    """Where the response to a dose is read.

    Parameters
    ----------
    anchor : {"before_next", "after_dose"}
        Before the next administration of any role but anaesthetic (the field's custom in cumulative i.v. dosing), or
        from `delay_s` after each dose.
    length_s : float
        Length of a window. Convention: the last 30 to 60 s before the next dose, or 1 to 2 min.
    delay_s : float
        No window begins earlier than this after the end of the injection. Convention: i.v. onset takes tens of seconds.
    min_length_s, min_cover : float
        A window shorter, or covered by less than this share, is flagged.
    min_baseline_s : float
        With less covered baseline no percent is given. Convention.
    min_completeness : float
        A window in which a smaller share of the spikes clears the threshold is not used: a fall in amplitude
        counterfeits inhibition. Convention.
    """

    anchor: Anchor = "before_next"
    length_s: float = 60.0
    delay_s: float = 30.0
    min_length_s: float = 20.0
    min_cover: float = 0.8
    min_baseline_s: float = 60.0
    min_completeness: float = 0.5

    def __post_init__(self) -> None:
        if self.anchor not in ("before_next", "after_dose"):
            raise ParameterError(f"readout.anchor must be before_next or after_dose, got {self.anchor!r}")
        if not (self.length_s > 0 and self.delay_s >= 0):
            raise ParameterError(
                f"readout.length_s must be positive and delay_s not negative, got {self.length_s} and {self.delay_s}"
            )


@dataclass(frozen=True, slots=True)
class ResponseWindow:
    """What was counted in one window.

    Parameters
    ----------
    epoch : Epoch
        The window.
    role, drug : str
        Of the administration that it follows; ``"baseline"`` and empty for the baseline.
    given_s : float
        When the administration began; NaN for the baseline.
    dose : float
        Cumulative dose of the series' drug at this window.
    count : int
        Spikes.
    covered_s : float
        Seconds of the window that were recorded.
    completeness : float
        Share of the cell's spikes above threshold; NaN where unknown.
    rate_hz, percent, percent_low, percent_high : float
        Rate, and rate as percent of baseline with its 95 % interval; NaN where not measured.
    used : bool
        Whether the fit takes it.
    flags : tuple of str
        What is doubtful, in words.
    """

    epoch: Epoch
    role: str
    drug: str
    given_s: float
    dose: float
    count: int
    covered_s: float
    completeness: float = math.nan
    percent: float = math.nan
    percent_low: float = math.nan
    percent_high: float = math.nan
    used: bool = True
    flags: tuple[str, ...] = ()

    @property
    def exposure_s(self) -> float:
        """Seconds in which the cell's spikes could be counted: covered time × completeness (1 where unknown)."""
        return self.covered_s * (1.0 if math.isnan(self.completeness) else self.completeness)

    @property
    def rate_hz(self) -> float:
        """Spikes per second of exposure; NaN where nothing was covered."""
        return self.count / self.exposure_s if self.exposure_s > 0 else math.nan


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
    fate : Fate, optional
        Whether the cell was still held; ``None`` where not assessed.
    readout : ReadoutSettings
        How the windows were placed.
    flags : tuple of str
        What is doubtful about the series as a whole.
    """

    unit_id: str
    drug: str
    dose_unit: str
    route: str
    form: str
    baseline: ResponseWindow | None
    windows: tuple[ResponseWindow, ...]
    fate: Fate | None
    readout: ReadoutSettings
    flags: tuple[str, ...] = ()

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


def plan_windows(
    protocol: DoseProtocol, drug: str, settings: ReadoutSettings | None = None
) -> tuple[tuple[Administration, Epoch], ...]:
    """Place the read-out window of each administration that belongs to a drug's series.

    Parameters
    ----------
    protocol : DoseProtocol
        What was given, and when the session was recorded.
    drug : str
        The agonist; vehicle, antagonist and wash go with it, other agonists do not.
    settings : ReadoutSettings, optional
        Anchor and lengths.

    Returns
    -------
    tuple of (Administration, Epoch)
        In order of time. An administration after the end of the recording has none.
    """
    settings = settings or ReadoutSettings()
    drawn = dict(protocol.drawn_windows)
    steps = [dose.administration.start_s for dose in protocol.doses(drug)]
    usual_s = float(np.median(np.diff(steps))) if len(steps) > 1 else settings.delay_s + settings.length_s
    planned = []
    for number, given in enumerate(protocol.administrations):
        if given.role not in ("agonist", "vehicle", "antagonist", "wash"):
            continue
        if given.role == "agonist" and given.drug != drug:
            continue
        window = drawn.get(number) or _window(given, protocol, usual_s, settings)
        if window is not None:
            planned.append((given, window))
    return tuple(planned)


def _window(given: Administration, protocol: DoseProtocol, usual_s: float, settings: ReadoutSettings) -> Epoch | None:
    """Window of one administration; ``None`` if the recording ended before it could begin."""
    later = [a.start_s for a in protocol.administrations if a.start_s > given.start_s and a.role != "anaesthetic"]
    next_s = min(later, default=given.start_s + usual_s)
    limit_s = min(next_s, protocol.recorded.stop_s)
    earliest_s = given.end_s + settings.delay_s
    if settings.anchor == "after_dose":
        start_s, stop_s = earliest_s, min(earliest_s + settings.length_s, limit_s)
    else:
        start_s, stop_s = max(limit_s - settings.length_s, earliest_s), limit_s
    if start_s >= stop_s:  # no room after the delay: take what there is, and the flag for a short window will say so
        start_s = given.start_s
    return Epoch(start_s, stop_s, f"{given.drug} at {given.start_s:g} s") if start_s < stop_s else None


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
    windows: list[ResponseWindow] = []
    total = 0.0
    for given, epoch in plan_windows(protocol, drug, settings):
        total = totals.get(id(given), total)
        window = _measure(unit, epoch, given, total, shares.get(epoch, math.nan))
        window = _percent(window, baseline)
        flags = _flags(window, protocol, settings, min(antagonists, default=math.inf))
        in_series = given.role == "agonist" or (given.role == "vehicle" and given.start_s < first_agonist_s)
        usable = in_series and not any(flag.startswith(_UNUSABLE) for flag in flags)
        windows.append(replace(window, flags=flags, used=usable))
    return DoseResponse(
        unit_id=unit.id,
        drug=drug,
        dose_unit=steps[0].unit,
        route=steps[0].administration.route,
        form=steps[0].administration.form,
        baseline=baseline,
        windows=tuple(windows),
        fate=fate,
        readout=settings,
        flags=_series_flags(protocol, drug, baseline),
    )


_UNUSABLE = ("not covered", "after the antagonist", "few spikes clear the threshold")


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
        flags.append("chosen after seeing the data")
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


def rate_ratio_interval(
    count: int, exposure_s: float, reference_count: int, reference_s: float, *, level: float = 0.95
) -> tuple[float, float]:
    """Exact interval of the ratio of two Poisson rates, with the noise of both.

    Given their sum, the first count is binomial; its Clopper-Pearson interval turns into one for the ratio
    (Przyborowski & Wilenski 1940). It is wide for cells that fire more regularly than Poisson.

    Parameters
    ----------
    count, exposure_s : int, float
        Spikes, and the seconds in which they could be counted.
    reference_count, reference_s : int, float
        The same for the baseline.
    level : float, optional
        Coverage.

    Examples
    --------
    >>> low, high = rate_ratio_interval(0, 60.0, 180, 180.0)
    >>> low, round(high, 3)
    (0.0, 0.062)
    """
    tail = (1 - level) / 2
    low_share = float(stats.beta.ppf(tail, count, reference_count + 1)) if count else 0.0
    high_share = float(stats.beta.ppf(1 - tail, count + 1, reference_count)) if reference_count else 1.0
    scale = reference_s / exposure_s
    high = scale * high_share / (1 - high_share) if high_share < 1 else math.inf
    return scale * low_share / (1 - low_share), high


def _flags(
    window: ResponseWindow, protocol: DoseProtocol, settings: ReadoutSettings, antagonist_s: float
) -> tuple[str, ...]:
    """What is doubtful about one window."""
    flags = []
    epoch = window.epoch
    if window.covered_s <= 0:
        flags.append("not covered by the recording")
    elif window.covered_s < settings.min_cover * epoch.duration_s:
        flags.append(f"only {100 * window.covered_s / epoch.duration_s:.0f} % covered")
    if epoch.duration_s < settings.min_length_s:
        flags.append(f"window of only {epoch.duration_s:.0f} s")
    if epoch.start_s < window.given_s + settings.delay_s and window.role != "baseline":
        flags.append(f"begins under {settings.delay_s:g} s after the injection")
    supplements = [a for a in protocol.administrations if a.role == "anaesthetic"]
    if any(epoch.start_s <= a.start_s < epoch.stop_s for a in supplements):
        flags.append("anaesthetic supplement inside")
    if window.role == "agonist" and window.given_s > antagonist_s:
        flags.append("after the antagonist")
    if window.completeness < settings.min_completeness:
        flags.append(f"few spikes clear the threshold ({100 * window.completeness:.0f} %)")
    if window.role == "vehicle" and math.isfinite(window.percent) and not 80.0 <= window.percent <= 125.0:
        flags.append(f"vehicle at {window.percent:.0f} % of baseline")
    return tuple(flags)


def _series_flags(protocol: DoseProtocol, drug: str, baseline: ResponseWindow | None) -> tuple[str, ...]:
    """What is doubtful about the series as a whole."""
    flags = []
    if baseline is None:
        flags.append("no baseline: nothing was recorded before the first administration")
    else:
        flags.extend(f"baseline: {flag}" for flag in baseline.flags)
    first = protocol.doses(drug)[0].administration
    earlier = {a.drug for a in protocol.administrations if a.role == "agonist" and a.start_s < first.start_s}
    if earlier - {drug}:
        flags.append(f"given after {', '.join(sorted(earlier - {drug}))}: not a first exposure")
    if not first.form:
        flags.append("form (base or salt) not stated")
    return tuple(flags)
