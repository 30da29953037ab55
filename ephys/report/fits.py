"""The table of dose-response fits, as text: the ID50, what it assumes, what stands beside it, what may move it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.pharmacology import DoseResponseFit
from ephys.report.tables import UNKNOWN, Table, number

_OUTCOMES = {
    "interpolated": "within the doses given",
    "above_top_dose": "above the top dose: a bound, not a number",
    "below_lowest_dose": "below the lowest dose: a bound, not a number",
    "plateau": "the inhibition levels off before half of the rate is gone: no absolute ID50",
    "no_effect": "no detectable inhibition at the doses given",
    "all_or_none": "all or none: only a bracket between two doses",
    "not_fitted": "not fitted",
}


def fits_table(fits: Sequence[DoseResponseFit]) -> Table:
    """Every fit, one column per agonist."""
    columns = [dict(_rows(fit)) for fit in fits]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = tuple((name, *(column.get(name, UNKNOWN) for column in columns)) for name in names)
    return Table("Dose-response fit", ("measure", *(fit.response.drug for fit in fits)), rows)


def _rows(fit: DoseResponseFit) -> Iterator[tuple[str, str]]:
    """Measures of one fit, by name."""
    response = fit.response
    conditions = (fit.unit_text, response.route or "route not stated", response.form or "form not stated")
    yield f"absolute {fit.words.title} ({100 * fit.settings.level:g} % profile interval)", fit.id50_text
    yield (
        "outcome",
        _OUTCOMES[fit.status].replace("ID50", fit.potency).replace("dose", fit.words.dose)
        + (f": {fit.reason}" if fit.reason else ""),
    )
    yield f"{fit.words.dose} unit, route, form", ", ".join(conditions)
    if fit.status != "not_fitted":
        yield from _curve_rows(fit)
    yield "cell", fit.fate
    if fit.id50_censored_text:
        yield f"{fit.potency} without the windows after its last spike", fit.id50_censored_text
    for warning in fit.warnings:
        yield f"warning: {warning.name}", f"{warning.cause}: {warning.effect}"
    if fit.flags:
        yield "flags", "; ".join(fit.flags)


def _curve_rows(fit: DoseResponseFit) -> Iterator[tuple[str, str]]:
    """What was fitted, and what papers would report."""
    same = (
        f", the same as the absolute {fit.potency} at Emax 100 %" if fit.emax_percent == 100 and fit.ed50_text else ""
    )
    yield f"relative {fit.words.relative}", (fit.ed50_text or UNKNOWN) + same
    yield "Hill slope", number(fit.hill) if fit.status in ("interpolated", "plateau") else UNKNOWN
    emax_source = "" if fit.emax_source in fit.emax_text else f": {fit.emax_source}"
    yield "largest inhibition", fit.emax_text + emax_source
    yield "fitted baseline", f"{number(fit.baseline_hz)} Hz"
    if math.isfinite(fit.drift_percent_per_min):
        ends = f"{fit.drift_low:+.1f} to {fit.drift_high:+.1f}"
        yield "drift beside the drug", f"{fit.drift_percent_per_min:+.1f} % per minute ({ends})"
    yield f"{fit.words.dose}s fitted", ", ".join(f"{dose:g}" for dose in fit.doses) or "none"
    yield "scatter and slope", fit.settings.basis
    yield "chance without any effect", f"{'< 0.0001' if fit.no_effect_p < 1e-4 else number(fit.no_effect_p, '.2g')}"
    yield "chance of counts so far from the curve", number(fit.misfit_p, ".2g")
    yield "as in papers: by interpolation", _dose(fit.id50_interpolated, fit)
    yield "as in papers: Hill curve, least squares on percent", _dose(fit.id50_least_squares, fit)
    yield f"as in papers: line through percent against log {fit.words.dose}", _dose(fit.id50_log_linear, fit)
    if fit.by_window_text:
        yield "by read-out window", f"{fit.by_window_text} ({fit.unit_text})"


def _dose(value: float, fit: DoseResponseFit) -> str:
    return UNKNOWN if math.isnan(value) else f"{number(value)} {fit.unit_text}"
