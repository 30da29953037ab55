"""The dose-response of cells: Hill curves on spike counts, and ID50s that know their bounds.

Percent of baseline by least squares, as papers do it, gives intervals that are too short, since it takes the baseline
for exact; it is reported beside, and named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ephys.jupyter import potency_words
from ephys.jupyter.progress import tqdm
from ephys.pharmacology.cell_doubts import fit_flags, fit_warnings
from ephys.pharmacology.cell_fit import DoseResponseFit
from ephys.pharmacology.cell_refits import refit
from ephys.pharmacology.cell_series import usable_series, why_not
from ephys.pharmacology.cell_sharing import share_settings
from ephys.pharmacology.cell_solving import Series, solve_series
from ephys.pharmacology.cell_status import CellCurve, ends_of, status_of
from ephys.pharmacology.classical import interpolate_id50, least_squares_id50, log_linear_id50
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse

_AT_ONCE = 250
_SHORT = {"no_effect": "no inhibition", "plateau": "none"}
"""Where the sensitivity to the window is one line, and there is no dose to give."""


def fit_dose_response(response: DoseResponse, settings: FitSettings | None = None) -> DoseResponseFit:
    """Fit a Hill curve to the spike counts of one cell.

    Expected count = completeness × T r0 (1 - Emax D^h / (ED50^h + D^h)) + false-spike rate × T, the baseline one of the
    windows; variance of a renewal train whose rate wanders between windows, which is the negative binomial's where the
    train is Poisson (`ephys.pharmacology.counts.variance`); profile-likelihood interval on ln ID50.

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
    >>> import numpy as np
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
    return _fit_part([response], settings or FitSettings())[0]


def fit_dose_responses(
    responses: Iterable[DoseResponse],
    settings: FitSettings | None = None,
    *,
    share: bool = True,
    progress: bool = False,
) -> tuple[DoseResponseFit, ...]:
    """Fit many cells, which tell each other how far rates wander and how steep curves are.

    Parameters
    ----------
    responses : iterable of DoseResponse
        Of one experiment; several drugs are taken apart.
    settings : FitSettings, optional
    share : bool, optional
        Estimate dispersion and prior of the slope from the data set, where at least eight cells of a drug answered to
        it; each fit's settings then hold the estimates, and how many cells made them. Otherwise every cell is taken for
        a lone one.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    tuple of DoseResponseFit
        In the order of `responses`.

    Examples
    --------
    >>> fit_dose_responses([])
    ()
    """
    responses, settings = list(responses), settings or FitSettings()
    fits: dict[int, DoseResponseFit] = {}
    with tqdm(total=len(responses), desc="fitting cells", unit="cell", disable=not progress) as bar:
        for drug in dict.fromkeys(response.drug for response in responses):
            rows = [number for number, response in enumerate(responses) if response.drug == drug]
            own = share_settings([responses[row] for row in rows], settings) if share else settings
            for first in range(0, len(rows), _AT_ONCE):
                part = rows[first : first + _AT_ONCE]
                fits |= dict(zip(part, _fit_part([responses[row] for row in part], own), strict=True))
                bar.update(len(part))
    return tuple(fits[number] for number in range(len(responses)))


def _fit_part(responses: Sequence[DoseResponse], settings: FitSettings) -> list[DoseResponseFit]:
    """Fit some cells at once."""
    reasons = [why_not(response) for response in responses]
    fitted = [response for response, reason in zip(responses, reasons, strict=True) if not reason]
    found = iter(_fit_series([usable_series(response, settings) for response in fitted], settings))
    return [
        _not_fitted(response, settings, reason) if reason else next(found)
        for response, reason in zip(responses, reasons, strict=True)
    ]


def _fit_series(series: list[Series], settings: FitSettings) -> list[DoseResponseFit]:
    """Fit what can be fitted, with what stands beside each: censored, decayed, read out otherwise, in doubt."""
    if not series:
        return []
    curves = solve_series(series, settings)
    refits = refit(series, [curve for curve, _ in curves], settings)
    decayed = _decayed(series, settings)
    by_window = _by_window(series, settings)
    fits = []
    for number, (one, (curve, source)) in enumerate(zip(series, curves, strict=True)):
        fit = replace(
            _assemble(one, curve, source, settings), censored=_censored(one, settings), decayed=decayed[number],
            id50_by_window=by_window[number],
        )  # fmt: skip
        fits.append(replace(fit, warnings=fit_warnings(fit, refits[number]), flags=fit_flags(fit)))
    return fits


def _assemble(series: Series, curve: CellCurve, source: str, settings: FitSettings) -> DoseResponseFit:
    """Turn a fitted curve into a result."""
    response, windows = series.response, series.windows[1:]
    status = status_of(curve, windows)
    low, high = ends_of(curve, status, windows)
    ed50, ed50_low, ed50_high = (math.exp(min(value, 700.0)) for value in curve.ln_ed50)
    inside = status == "plateau" or status == "interpolated"
    given = series.doses
    drift = curve.drift if series.drift else (math.nan,) * 3
    return DoseResponseFit(
        response, settings, status, _fate(response),
        id50=math.exp(curve.ln_id50[0]) if status == "interpolated" else math.nan, id50_low=low, id50_high=high,
        ed50=ed50 if inside and given[0] <= ed50 <= given[-1] else math.nan,
        ed50_low=ed50_low if inside else math.nan, ed50_high=ed50_high if inside else math.nan,
        curve_ed50=ed50, hill=math.exp(curve.ln_hill),
        emax_percent=100.0 * curve.emax[0], emax_low=100.0 * curve.emax[1], emax_high=100.0 * curve.emax[2],
        emax_source=source, baseline_hz=math.exp(curve.ln_rate),
        drift_percent_per_min=100.0 * math.expm1(drift[0]), drift_low=100.0 * math.expm1(drift[1]),
        drift_high=100.0 * math.expm1(drift[2]),
        windows=_marked(response, windows), doses=given, no_effect_p=curve.chance, misfit_p=curve.misfit_p,
        id50_interpolated=interpolate_id50(windows), id50_log_linear=log_linear_id50(windows),
        id50_least_squares=least_squares_id50(windows, emax=curve.emax[0]),
    )  # fmt: skip


def _not_fitted(response: DoseResponse, settings: FitSettings, reason: str) -> DoseResponseFit:
    """Return the reason, and what was measured."""
    percent, source = settings.emax_of(response.drug)
    return DoseResponseFit(
        response, settings, "not_fitted", _fate(response), reason=reason, emax_percent=percent, emax_low=percent,
        emax_high=percent, emax_source=source, windows=_marked(response, ()), flags=response.flags,
    )  # fmt: skip


def _fate(response: DoseResponse) -> str:
    """Whether the cell was still held."""
    return response.fate.state if response.fate else "not assessed"


def _marked(response: DoseResponse, taken: tuple[ResponseWindow, ...]) -> tuple[ResponseWindow, ...]:
    """Baseline and every window, `used` where the fit took it."""
    own = [replace(w, used=bool(taken) and w is response.baseline) for w in response.baselines]
    epochs = {(w.given_s, w.epoch) for w in taken}
    return (*own, *(replace(w, used=(w.given_s, w.epoch) in epochs) for w in response.windows))


def _censored(series: Series, settings: FitSettings) -> DoseResponseFit | None:
    """Fit of an undetermined cell without the windows after its last proven spike."""
    response = series.response
    if response.fate is None or response.fate.state != "undetermined":
        return None
    until_s = response.fate.held_until_s
    kept = tuple(w for w in series.windows if w.role == "baseline" or w.epoch.stop_s <= until_s)
    if not any(w.dose > 0 for w in kept):
        given = potency_words(response.dose_unit).dose
        return _not_fitted(response, settings, f"no window at any {given} before its last proven spike")
    shorter = series.without(kept)
    ((curve, source),) = solve_series([shorter], settings)
    return _assemble(shorter, curve, source, settings)


def _decayed(series: list[Series], settings: FitSettings) -> list[DoseResponseFit | None]:
    """Fit of each cell on what is left of its doses, where its series was long enough for that to matter."""
    late = [n for n, one in enumerate(series) if one.response.elimination and _is_known(one)]
    left = [
        one.without([replace(w, dose=w.decayed_dose if w.dose > 0 else 0.0) for w in one.windows])
        for one in (series[number] for number in late)
    ]
    fits: list[DoseResponseFit | None] = [None] * len(series)
    solved = solve_series(left, settings) if left else []
    for number, shorter, (curve, source) in zip(late, left, solved, strict=True):
        fits[number] = _assemble(shorter, curve, source, settings)
    return fits


def _is_known(series: Series) -> bool:
    """Whether it is known what is left of every dose."""
    return all(math.isfinite(window.decayed_dose) for window in series.windows if window.dose > 0)


def _by_window(series: list[Series], settings: FitSettings) -> list[tuple[tuple[str, str], ...]]:
    """ID50 of each cell under other read-out windows, as text."""
    asked = [(number, name, usable_series(one.response, settings, windows))
             for number, one in enumerate(series) for name, windows in one.response.alternatives]  # fmt: skip
    asked = [(number, name, other) for number, name, other in asked if other.doses]
    texts: list[list[tuple[str, str]]] = [[] for _ in series]
    if asked:
        curves = solve_series([other for _, _, other in asked], settings)
        for (number, name, other), (curve, source) in zip(asked, curves, strict=True):
            fit = _assemble(other, curve, source, settings)
            value = figures(fit.id50) if fit.status == "interpolated" else _SHORT.get(fit.status, fit.value_text)
            texts[number].append((name, value))
    return [tuple(row) for row in texts]
