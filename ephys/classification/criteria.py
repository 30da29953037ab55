"""The criteria of the classical rule, one by one: value, interval, limit, source, verdict and why."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.classification.features import UnitFeatures
from ephys.classification.presets import Limits, Preset, Verdict
from ephys.firing import MIN_INTERVALS
from ephys.model import Estimate
from ephys.model.unit import Phase

_BEST_FIRST: tuple[Verdict, ...] = ("pass", "borderline", "fail", "not_judged")


@dataclass(frozen=True, slots=True)
class Band:
    """The filter that a width was measured through; `order` 0 means unfiltered."""

    low_hz: float | None
    high_hz: float | None
    phase: Phase
    order: int = 0

    def __str__(self) -> str:
        low, high = ("?" if edge is None else f"{edge:g}" for edge in (self.low_hz, self.high_hz))
        return f"{low} to {high} Hz, {self.phase} phase"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rule.

    Parameters
    ----------
    name : str
        rate, regularity, rhythm, width or soft refractory.
    value, low, high : float
        What was measured, with its interval; NaN where unknown.
    limit, unit, source : str
        What passes, the unit of the value, and where the limit comes from.
    verdict : {"pass", "fail", "borderline", "not_judged"}
        ``not_judged`` neither passes nor fails.
    note : str
        What to know about it, in words.
    """

    name: str
    value: float
    low: float
    high: float
    limit: str
    unit: str
    source: str
    verdict: Verdict
    note: str = ""

    @property
    def value_text(self) -> str:
        """Value with its interval and unit, or a dash."""
        text = Estimate(self.value, self.low, self.high).text
        return f"{text} {self.unit}" if self.unit and not math.isnan(self.value) else text


def judge_criteria(
    features: UnitFeatures, preset: Preset, *, band: Band | None, artefact: tuple[str, ...] = ()
) -> tuple[Criterion, ...]:
    """Every criterion of the rule, judged.

    Parameters
    ----------
    features : UnitFeatures
        What was measured.
    preset : Preset
        Limits.
    band : Band or None
        Filter of the widths; ``None`` where unknown, and then the width is not judged.
    artefact : tuple of str, optional
        Why the unit may be breathing or heartbeat and no cell, as `UnitRhythms` has it.

    Examples
    --------
    >>> from ephys.classification.presets import load_preset
    >>> features = UnitFeatures(rate_hz=1.2, cv_collapsed=0.6)
    >>> [(c.name, c.verdict) for c in judge_criteria(features, load_preset("rat_in_vivo"), band=None)][:2]
    [('rate', 'pass'), ('regularity', 'borderline')]
    """
    return (
        _rate(features, preset.rate),
        _regularity(features, preset.regularity),
        _rhythm(features, preset, artefact),
        _width(features, preset, band),
        _soft_refractory(features, preset.soft_refractory),
    )


def too_few_intervals(features: UnitFeatures) -> str:
    """Say so where the number of intervals is known, and too small for a regularity; else empty."""
    if features.n_intervals is None or features.n_intervals >= MIN_INTERVALS:
        return ""
    return f"{features.n_intervals} intervals (a burst is one event), fewer than {MIN_INTERVALS}"


def _rate(features: UnitFeatures, limits: Limits) -> Criterion:
    """Judge the mean rate."""
    verdict, value = limits.judge(features.rate_hz), features.rate_hz
    note = "" if verdict != "not_judged" else "not measured"
    return Criterion(
        "rate", value, features.rate_low, features.rate_high, str(limits), limits.unit, limits.source, verdict, note
    )


def _regularity(features: UnitFeatures, limits: Limits) -> Criterion:
    """Judge the burst-collapsed CV; the plain one, and it is said, where that is all there is."""
    collapsed = not math.isnan(features.cv_collapsed)
    value = features.cv_collapsed if collapsed else features.cv
    if too_few_intervals(features):
        value, note = math.nan, too_few_intervals(features)
    elif math.isnan(value):
        note = "not measured"
    elif not collapsed:
        note = "CV of all intervals, bursts not collapsed"
    else:
        note = "CV, each burst as one event"
    low, high = (features.cv_collapsed_low, features.cv_collapsed_high) if collapsed else (math.nan, math.nan)
    return Criterion("regularity", value, low, high, str(limits), "", limits.source, limits.judge(value), note)


def _rhythm(features: UnitFeatures, preset: Preset, artefact: tuple[str, ...]) -> Criterion:
    """Hold back what follows a rhythm of the animal, and a train as regular as breathing at a rate of breathing."""
    slowest, fastest = preset.rhythm_range_hz
    limit = f"CV >= {preset.rhythm.low:g} at {slowest:g} to {fastest:g} Hz"
    value = math.nan if too_few_intervals(features) else features.cv_collapsed
    if math.isnan(value) and not too_few_intervals(features):
        value = features.cv
    verdict = preset.rhythm.judge(value) if slowest <= features.rate_hz <= fastest else "pass"
    if math.isnan(value) or math.isnan(features.rate_hz):
        verdict = "not_judged"
    reasons = artefact
    if verdict == "borderline":
        reasons = (*artefact, f"CV {value:.2f} at {features.rate_hz:.2f} Hz (breathing, a pump)")
    note = f"rhythm artefact? {'; '.join(reasons)}" if reasons else ""
    return Criterion(
        "rhythm",
        value,
        math.nan,
        math.nan,
        limit,
        "",
        preset.rhythm.source,
        "borderline" if reasons else verdict,
        note,
    )


def _width(features: UnitFeatures, preset: Preset, band: Band | None) -> Criterion:
    """Judge the duration, or the time from peak to trough, if the band leaves them what they were."""
    total, trough = preset.total_width, preset.peak_to_trough
    measures = ((features.total_ms, total, "total"), (features.peak_to_trough_ms, trough, "peak to trough"))
    value = next((width for width, _, _ in measures if not math.isnan(width)), math.nan)
    widths = ", ".join(f"{name} {width:.2f} ms" for width, _, name in measures if not math.isnan(width))
    missing = "not measured" if not widths else _why_no_width(band, preset)
    verdicts = [limits.judge(width) for width, limits, _ in measures]
    verdict = "not_judged" if missing else min(verdicts, key=_BEST_FIRST.index)
    limit = f"total {total}, or peak to trough {trough}"
    source = f"total: {total.source}. Peak to trough: {trough.source}. Band: {preset.band_source}"
    where = "; ".join(part for part in (widths, "" if band is None or not widths else str(band), missing) if part)
    return Criterion("width", value, math.nan, math.nan, limit, "ms", source, verdict, where)


def _why_no_width(band: Band | None, preset: Preset) -> str:
    """Say why a width measured through this band cannot be judged; empty where it can."""
    if band is None or band.low_hz is None:
        return "not judged: the band of the waveform is unknown"
    if band.low_hz > preset.max_high_pass_hz:
        return f"not judged: a {band.low_hz:g}-Hz high-pass makes its own width, at most {preset.max_high_pass_hz:g} Hz"
    if band.phase != "zero" and band.order != 0:
        return f"not judged: a filter of {band.phase} phase makes its own width"
    return ""


def _soft_refractory(features: UnitFeatures, limits: Limits) -> Criterion:
    """Judge the share of intervals that a long afterhyperpolarisation would forbid."""
    share = math.nan if too_few_intervals(features) else features.soft_refractory_share
    verdict = limits.judge(share)
    note = "a second cell in the unit, or not a slow cell" if verdict == "borderline" else ""
    return Criterion(
        "soft refractory",
        100 * share,
        100 * features.soft_refractory_low,
        100 * features.soft_refractory_high,
        f"<= {100 * limits.high:g} % of intervals",
        "%",
        limits.source,
        verdict,
        note or ("not measured" if verdict == "not_judged" else ""),
    )
