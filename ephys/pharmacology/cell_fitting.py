"""The dose-response of one cell: a Hill curve on spike counts, and an ID50 that knows its bounds.

Percent of baseline by least squares, as papers do it, gives intervals that are too short, since it takes the baseline
for exact; it is reported beside, and named.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
from scipy import stats

from ephys.pharmacology.cell_fit import DoseResponseFit, FitSettings, Status
from ephys.pharmacology.classical import interpolate_id50, least_squares_id50
from ephys.pharmacology.curves import absolute_shift
from ephys.pharmacology.likelihood import CountModel, Peak, find_peak
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse

_POOR_FIT = 0.01
"""Chance below which a misfit is said (convention)."""


def fit_dose_response(response: DoseResponse, settings: FitSettings | None = None) -> DoseResponseFit:
    """Fit a Hill curve to the spike counts of one cell.

    Expected count = exposure × r0 × (1 - Emax D^h / (ED50^h + D^h)), negative-binomial, the baseline one of the
    windows; profile-likelihood interval on ln ID50.

    Parameters
    ----------
    response : DoseResponse
        Counts per dose.
    settings : FitSettings, optional
        Emax, dispersion, prior and level.

    Returns
    -------
    DoseResponseFit
        A value, a bound, a bracket or the reason why there is none; never an extrapolated number.

    Examples
    --------
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
    >>> from ephys.pharmacology import dose_response, hill_remaining
    >>> given = tuple(Administration("ipsapirone", 200.0 + 100 * i, dose=d, dose_unit="ug/kg", route="i.v.")
    ...               for i, d in enumerate([25.0, 25.0, 50.0, 100.0]))
    >>> protocol = DoseProtocol(given, Support.of(Epoch(0.0, 600.0)))
    >>> share = hill_remaining([25.0, 50.0, 100.0, 200.0], ln_id50=np.log(50.0), ln_hill=np.log(2.0))
    >>> trains = [np.arange(0.0, 200.0, 0.5)] + [np.arange(200.0 + 100 * i, 300.0 + 100 * i, 0.5 / s)
    ...                                          for i, s in enumerate(share)]
    >>> unit = Unit.from_times(np.concatenate(trains), support=Epoch(0.0, 600.0))
    >>> fit = fit_dose_response(dose_response(unit, protocol))
    >>> fit.status, bool(fit.id50_low < 50.0 < fit.id50_high)
    ('interpolated', True)
    """
    settings = settings or FitSettings()
    fate = response.fate.state if response.fate else "not assessed"
    usable = tuple(window for window in response.windows if window.used)
    reason = _why_not(response, usable)
    if reason:
        emax_percent, emax_source = settings.emax_of(response.drug)
        return DoseResponseFit(
            response, settings, "not_fitted", fate, reason=reason, emax_percent=emax_percent, emax_source=emax_source,
            windows=_marked(response, ()), flags=response.flags,
        )  # fmt: skip
    fit = _fit(response, usable, settings)
    censored = ""
    if response.fate is not None and fate == "undetermined":
        held_until_s = response.fate.held_until_s
        proven = tuple(w for w in usable if w.epoch.stop_s <= held_until_s)
        censored = "not fitted" if _why_not(response, proven) else _fit(response, proven, settings)._value_text
    return replace(fit, id50_censored_text=censored, flags=_fit_flags(fit, response, usable, censored))


def _marked(response: DoseResponse, taken: tuple[ResponseWindow, ...]) -> tuple[ResponseWindow, ...]:
    """Baseline and every window, `used` where the fit took it."""
    baseline = () if response.baseline is None else (replace(response.baseline, used=bool(taken)),)
    return baseline + tuple(replace(w, used=any(w is one for one in taken)) for w in response.windows)


def _why_not(response: DoseResponse, windows: tuple[ResponseWindow, ...]) -> str:
    """Return the reason why nothing can be fitted, or an empty string."""
    if response.baseline is None:
        return "no baseline before the first administration"
    if not response.baseline.used:
        return "; ".join(response.baseline.flags)
    if not any(window.dose > 0 for window in windows):
        return "no usable window at any dose"
    return ""


def _fit(response: DoseResponse, windows: tuple[ResponseWindow, ...], settings: FitSettings) -> DoseResponseFit:
    """Fit the windows given, whatever the fate of the cell."""
    assert response.baseline is not None
    emax_percent, emax_source = settings.emax_of(response.drug)
    model = _count_model((response.baseline, *windows), response.fano, emax_percent, settings)
    peak = find_peak(model, drop=0.5 * float(stats.chi2.ppf(settings.level, 1)))
    given = sorted({window.dose for window in windows if window.dose > 0})
    status = _status(model, peak, windows, given, settings)
    shift = absolute_shift(model.emax, peak.ln_hill)
    midpoint = math.exp(peak.ln_id50 + shift)
    ends = (math.exp(peak.low + shift) if math.isfinite(peak.low) else 0.0, _exp(peak.high + shift))
    if status == "all_or_none":
        ends = _bracket(windows)
    elif status in ("above_top_dose", "no_effect"):
        ends = (min(ends[0], given[-1]), math.inf)
    elif status == "below_lowest_dose":
        ends = (0.0, max(ends[1], given[0]))
    return DoseResponseFit(
        response,
        settings,
        status,
        response.fate.state if response.fate else "not assessed",
        id50=midpoint if status == "interpolated" else math.nan,
        id50_low=ends[0],
        id50_high=ends[1],
        midpoint=midpoint,
        hill=math.exp(peak.ln_hill),
        emax_percent=emax_percent,
        emax_source=emax_source,
        baseline_hz=model.baseline_hz(peak.ln_id50, peak.ln_hill),
        windows=_marked(response, windows),
        doses=tuple(given),
        misfit_p=float(stats.chi2.sf(model.misfit(peak.ln_id50, peak.ln_hill), max(1, len(model.dose) - 3))),
        id50_interpolated=interpolate_id50(windows),
        id50_least_squares=least_squares_id50(windows, emax=model.emax),
    )


def _count_model(
    windows: tuple[ResponseWindow, ...], fano: float, emax_percent: float, settings: FitSettings
) -> CountModel:
    """Counts, doses and exposures as arrays; Poisson where the regularity is unknown."""
    return CountModel(
        dose=np.array([w.dose for w in windows]),
        count=np.array([w.count for w in windows], dtype=np.float64),
        exposure_s=np.array([w.exposure_s for w in windows]),
        emax=emax_percent / 100.0,
        fano=1.0 if math.isnan(fano) else max(fano, settings.least_fano),
        dispersion=settings.dispersion,
        ln_hill_mean=math.log(settings.hill_prior),
        ln_hill_sd=settings.hill_prior_sd,
    )


def _status(
    model: CountModel, peak: Peak, windows: tuple[ResponseWindow, ...], given: list[float], settings: FitSettings
) -> Status:
    """Say what kind of answer the data hold."""
    # The ID50 and the slope vanish under "no effect": two degrees of freedom are conservative for the pair.
    gain = 2.0 * (peak.height - model.flat())
    if gain < float(stats.chi2.ppf(settings.level, 2)):
        return "no_effect"
    id50 = peak.ln_id50 + absolute_shift(model.emax, peak.ln_hill)
    if id50 > math.log(given[-1]):
        return "above_top_dose"
    if id50 < math.log(given[0]):
        return "below_lowest_dose"
    percents = [w.percent for w in windows if w.dose > 0]
    interior = any(10.0 < percent < 90.0 for percent in percents)
    return "all_or_none" if not interior and min(percents) <= 10.0 and max(percents) >= 90.0 else "interpolated"


def _bracket(windows: tuple[ResponseWindow, ...]) -> tuple[float, float]:
    """Last dose before any left less than half of the rate, and the first from which on all did."""
    points = [(w.dose, w.percent < 50.0) for w in windows if w.dose > 0]
    first_below = next(number for number, (_, below) in enumerate(points) if below)
    last_above = max((number for number, (_, below) in enumerate(points) if not below), default=-1)
    low = points[first_below - 1][0] if first_below else 0.0
    high = points[last_above + 1][0] if last_above + 1 < len(points) else math.inf
    return low, high


def _fit_flags(
    fit: DoseResponseFit, response: DoseResponse, windows: tuple[ResponseWindow, ...], censored: str
) -> tuple[str, ...]:
    """What to know before the number is used."""
    flags = list(response.flags)
    lost = response.fate
    if lost is not None and lost.state == "lost":
        flags.append(f"cell lost, held until {lost.held_until_s:.0f} s: only the windows before are used")
    if censored:
        flags.append(f"cell undetermined: without the windows after its last spike the ID50 is {censored}")
    if lost is None:
        flags.append("not assessed whether the cell was still held")
    if len(fit.doses) < 4:
        flags.append("only one dose" if len(fit.doses) == 1 else f"only {len(fit.doses)} doses")
    marked = sum(bool(window.flags) for window in windows)
    if marked:
        flags.append("one read-out window flagged" if marked == 1 else f"{marked} read-out windows flagged")
    excited = [w for w in windows if w.role == "agonist" and w.percent_low > 100.0]
    if excited:
        flags.append(f"excitation at {', '.join(f'{w.dose:g}' for w in excited)} {fit.unit_text}")
    if fit.misfit_p < _POOR_FIT:
        flags.append("the curve does not describe the counts: a plateau, another shape or a wandering rate")
    given = [w for w in windows if w.role == "agonist"]
    rises = [b for a, b in itertools.pairwise(given) if b.percent_low > a.percent_high]
    if rises:
        flags.append(f"not monotone: the rate rises again at {', '.join(f'{w.dose:g}' for w in rises)} {fit.unit_text}")
    return tuple(flags)


def _exp(value: float) -> float:
    """Exponential that leaves infinity as it is."""
    return math.inf if value == math.inf else math.exp(value)
