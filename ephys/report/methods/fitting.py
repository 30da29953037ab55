"""How the dose-response of a cell was fitted: what is maximised, what is fixed, and what an interval or a bound is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.analysis import CellAnalysis
from ephys.firing import MIN_INTERVALS
from ephys.jupyter import PotencyWords, common_words
from ephys.pharmacology import DoseResponse, DoseResponseFit, FitSettings
from ephys.pharmacology.cell_solving import EVIDENCE
from ephys.pharmacology.fit_settings import ASSUMED, BY_HAND, ESTIMATED
from ephys.report.methods.text import cite, typed
from ephys.report.methods.wording import counted, listed, percent

_USUAL = FitSettings()

DOSES_FOR_EMAX, NO_EFFECT_PERCENT = 6, 5
"""Doses from which on an Emax may be estimated, and the chance above which there is no effect, as the fit has them."""


def fit_sentences(cells: Sequence[CellAnalysis]) -> Iterator[str]:
    """The fits of a session's cells; nothing where none was fitted."""
    fits = [fit for cell in cells for fit in cell.fits if fit.status != "not_fitted"]
    if not fits:
        return
    responses, settings = [fit.response for fit in fits], fits[0].settings
    words = words_of(responses)
    yield model_text(responses)
    yield variance_text(responses, settings)
    yield slope_text(settings)
    yield from _emax(fits)
    yield from _drift(fits)
    yield id50_text(settings, words)
    yield bounds_text(settings, words)
    yield from _fates(fits)
    yield from _decayed(fits)
    others = f", and the {words.name} under other read-out windows" if any(fit.id50_by_window for fit in fits) else ""
    yield (
        "Beside it is reported what papers print more often: the least-squares fit of the Hill curve to percent of "
        f"baseline, and interpolation at 50 %{others}."
    )


def model_text(responses: Sequence[DoseResponse]) -> str:
    """The curve and the counts that it expects."""
    words = words_of(responses)
    windows = [window for response in responses for window in (response.baseline, *response.windows) if window]
    missed = any(window.completeness < 1.0 for window in windows)
    false = any(window.false_hz > 0.0 for window in windows)
    time = "the recorded time" + (
        f", corrected for the share of spikes that cleared the threshold {cite('hill')}" * missed
    )
    added = (
        ", plus the false spikes that the unit's intervals on the baseline gave away, as far as the quietest window "
        "had room for them"
        if false
        else ""
    )
    return (
        "A Hill curve was fitted to the spike counts of each cell, the baseline being one of the windows, so that its "
        f"own noise is part of every interval: the expected count was {time}, times the baseline rate, times 1 - Emax "
        f"D^h / ({words.relative}^h + D^h) at {words.dose} D with slope h{added}."
    )


def variance_text(responses: Sequence[DoseResponse], settings: FitSettings) -> str:
    """What is maximised, and the variance in it."""
    known = any(math.isfinite(response.fano) for response in responses)
    unknown = any(math.isnan(response.fano) for response in responses)
    own = f"the squared CV of the cell's baseline intervals (at least {settings.least_fano:g})" if known else ""
    poisson = (
        f"1 (Poisson){f' where there were fewer than {MIN_INTERVALS} of them' if known else ''}" if unknown else ""
    )
    steady = listed(filter(None, (own, poisson)), "or")
    source = _source(settings.shared_cells, settings.dispersion == _USUAL.dispersion, "a convention for single cells")
    return (
        f"Baseline rate, slope and {words_of(responses).name} maximised the quasi-likelihood {cite('wedderburn')}, "
        "times the prior of the "
        f"slope, with a variance of two parts: that of a renewal train {cite('cox')}, which for many spikes is the "
        f"mean times {steady}, and that of a rate that wanders between windows by {percent(settings.dispersion)} "
        f"({source})."
    )


def slope_text(settings: FitSettings) -> str:
    """The prior of the slope."""
    usual = (settings.hill_prior, settings.hill_prior_sd) == (_USUAL.hill_prior, _USUAL.hill_prior_sd)
    source = _source(settings.shared_slopes, usual, "a convention")
    return (
        f"The slope had a weak prior: its natural logarithm normal round ln {settings.hill_prior:.3g} with an SD of "
        f"{settings.hill_prior_sd:.3g} ({source})."
    )


def _source(cells: int, usual: bool, convention: str) -> str:
    """Where an assumption of the fit comes from."""
    return f"estimated from {cells} cells" if cells else (convention if usual else "set by the authors")


def _emax(fits: Sequence[DoseResponseFit]) -> Iterator[str]:
    """Largest inhibition of each drug: fixed, and on whose word, or estimated, and why."""
    for drug in dict.fromkeys(fit.response.drug for fit in fits):
        sources = dict.fromkeys((fit.emax_source, fit.emax_percent) for fit in fits if fit.response.drug == drug)
        fixed = {source: value for source, value in sources if source != ESTIMATED}
        yield from (emax_text(drug, value, source) for source, value in fixed.items())
        free = sum(fit.emax_source == ESTIMATED for fit in fits if fit.response.drug == drug)
        if free:
            words = words_of([fit.response for fit in fits if fit.response.drug == drug])
            yield _freed(drug, free, fits[0].settings, words)


def emax_text(drug: str, value: float, source: str) -> str:
    """A largest inhibition that is fixed."""
    told = {ASSUMED: "an assumption: no source is known", BY_HAND: "set by the authors"}.get(source, typed(source))
    return f"The largest inhibition (Emax) by {typed(drug)} was fixed at {value:g} % ({told})."


def _freed(drug: str, cells: int, settings: FitSettings, words: PotencyWords) -> str:
    """A largest inhibition that is estimated."""
    return f"Emax of {typed(drug)} was estimated with the curve {freed_text(cells, 'cell', settings, words)}."


def freed_text(number: int, noun: str, settings: FitSettings, words: PotencyWords) -> str:
    """In which cells, or series, a largest inhibition was estimated, why, and what that means for an ID50."""
    some = counted(number, noun, "series" if noun == "series" else "")
    doses = f"{DOSES_FOR_EMAX} {words.dose}s or more"
    why = (
        f"in every {noun}"
        if settings.free_emax == "always"
        else f"in {some} of {doses}, whose counts gained more than {EVIDENCE:g} in 2 ln L by it"
    )
    return f"{why}; one that was estimated at 50 % or less has no {words.name}"


def _drift(fits: Sequence[DoseResponseFit]) -> Iterator[str]:
    """A drift that was estimated beside the effect."""
    yield drift_text(sum(math.isfinite(fit.drift_percent_per_min) for fit in fits))


def drift_text(series: int) -> str:
    """A drift that was estimated in some series."""
    return (
        "A steady drift of the rate was estimated beside the drug's effect in "
        f"{counted(series, 'series', 'series')}, windows of the vehicle and after antagonist or wash being taken for "
        "free of drug."
        if series
        else ""
    )


def words_of(responses: Sequence[DoseResponse]) -> PotencyWords:
    """What the potencies of some series are called."""
    return common_words(response.dose_unit for response in responses)


def id50_text(settings: FitSettings, words: PotencyWords) -> str:
    """What an ID50 is, and its interval."""
    return (
        f"The {words.name} is absolute: the {words.dose} that takes away half of the fitted baseline rate. Its "
        f"{percent(settings.level)} confidence interval is that of the profile likelihood on ln {words.name} "
        "(chi-squared with 1 degree of freedom)."
    )


def bounds_text(settings: FitSettings, words: PotencyWords) -> str:
    """What is no number, and how an effect is told from none."""
    return (
        f"An {words.name} outside the {words.dose}s given is reported as a bound, one between two {words.dose}s of "
        "which the first did next to nothing and the second next to everything as a bracket. An effect was told from "
        f"none by the gain in likelihood over a rate that no {words.dose} changes, its chance taken from a parametric "
        "bootstrap "
        f"({settings.replicates} samples) or, for gains beyond its reach, bounded by chi-squared; above "
        f"{NO_EFFECT_PERCENT} % there was none."
    )


def _fates(fits: Sequence[DoseResponseFit]) -> Iterator[str]:
    """Cells that were lost, and those of which it is not known."""
    numbers = {fate: sum(fit.fate == fate for fit in fits) for fate in ("lost", "undetermined")}
    yield from fate_sentences(numbers["lost"], numbers["undetermined"])


def fate_sentences(lost: int, undetermined: int) -> Iterator[str]:
    """How series of cells enter that were lost, or of which nobody knows."""
    if lost:
        series = counted(lost, "series", "series")
        yield (
            f"In {series} the cell was lost, its amplitude having run down to the threshold before it fell silent: "
            "only windows before the loss were fitted."
        )
    if undetermined:
        series = counted(undetermined, "series", "series")
        yield (
            f"In {series} nothing tells whether the cell, silent to the end, was still held: fits were made with all "
            "windows, and again without those after the last proven spike."
        )


def _decayed(fits: Sequence[DoseResponseFit]) -> Iterator[str]:
    """Series that were also fitted on what elimination had left."""
    yield decayed_text(sum(fit.decayed is not None for fit in fits))


def decayed_text(series: int) -> str:
    """A fit on what elimination had left, of some series."""
    return (
        f"In {counted(series, 'series', 'series')}, which outlasted half of the drug's elimination half-life, a fit "
        "was also made on what was left of each dose."
        if series
        else ""
    )
