"""The criteria of the classical rule, one by one: value, interval, limit, source, verdict and why."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ephys.classification.bands import Band
from ephys.classification.features import UnitFeatures
from ephys.classification.limits import Limits, Verdict
from ephys.classification.presets import Preset
from ephys.jupyter import Shown
from ephys.model import Estimate

MOST_SPIKES_A_BURST = 3.0
"""Bursting raphe cells fire doublets and triplets (Hajos et al., Brain Res, intracellular): longer are not theirs."""

_BEST_FIRST: tuple[Verdict, ...] = ("pass", "borderline", "fail", "not_judged")


@dataclass(frozen=True, slots=True)
class Criterion(Shown):
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
    limits : Limits or None
        `limit` as numbers, on the scale of the value; ``None`` where none applies to it.
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
    limits: Limits | None = None

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
    if features.n_intervals is None or features.n_intervals >= features.min_intervals:
        return ""
    return f"{features.n_intervals} intervals (a burst is one event), fewer than {features.min_intervals}"


def judged_rate(features: UnitFeatures) -> float:
    """Rate that is judged: of events, a burst being one, where the bursts are as short as a raphe cell's.

    Of a cell that fires at 60 Hz throughout, all spikes are one long burst: there every spike counts.
    """
    short = features.rate_hz <= MOST_SPIKES_A_BURST * features.event_rate_hz
    return features.event_rate_hz if short else features.rate_hz


def _rate(features: UnitFeatures, limits: Limits) -> Criterion:
    """Judge the mean rate, each burst as one event."""
    value = judged_rate(features)
    verdict = limits.judge(value)
    note = "" if verdict != "not_judged" else "not measured"
    low, high = features.rate_low, features.rate_high
    if value < features.rate_hz:
        note = f"each burst as one event; {features.rate_hz:.3g} Hz with all spikes"
        low, high = (end * value / features.rate_hz for end in (low, high))
    return Criterion("rate", value, low, high, str(limits), limits.unit, limits.source, verdict, note, limits)


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
    verdict = limits.judge(value)
    return Criterion("regularity", value, low, high, str(limits), "", limits.source, verdict, note, limits)


def _rhythm(features: UnitFeatures, preset: Preset, artefact: tuple[str, ...]) -> Criterion:
    """Hold back what follows a rhythm of the animal, and a train as regular as breathing at a rate of breathing."""
    slowest, fastest = preset.rhythm_range_hz
    limit = f"CV >= {preset.rhythm.low:g} at {slowest:g} to {fastest:g} Hz"
    value = math.nan if too_few_intervals(features) else features.cv_collapsed
    if math.isnan(value) and not too_few_intervals(features):
        value = features.cv
    applies = slowest <= judged_rate(features) <= fastest
    verdict = preset.rhythm.judge(value) if applies else "pass"
    if math.isnan(value) or math.isnan(features.rate_hz):
        verdict = "not_judged"
    reasons = artefact
    if verdict == "borderline":
        reasons = (*artefact, f"CV {value:.2f} at {judged_rate(features):.2f} Hz (breathing, a pump)")
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
        preset.rhythm if applies else None,
    )


def _width(features: UnitFeatures, preset: Preset, band: Band | None) -> Criterion:
    """Judge the duration, or the time from peak to trough, if the band leaves them what the limits are for."""
    measures = [
        (name, estimate, limits)
        for name, estimate, limits in (
            ("total", features.total, preset.total_width),
            ("peak to trough", features.peak_to_trough, preset.peak_to_trough),
        )
        if limits is not None
    ]
    measured = [(name, estimate, limits) for name, estimate, limits in measures if not math.isnan(estimate.value)]
    limit = ", or ".join(f"{name} {limits}" for name, _, limits in measures)
    source = ". ".join(f"{name.capitalize()}: {limits.source}" for name, _, limits in measures)
    source = f"{source}. Band: {preset.band.source}"
    if not measured:
        return Criterion("width", math.nan, math.nan, math.nan, limit, "ms", source, "not_judged", "not measured")
    why_not = preset.band.why_not(band)
    verdicts: list[Verdict] = [
        "not_judged" if why_not else limits.judge(estimate.value) for _, estimate, limits in measured
    ]
    verdict, best, limits = min(
        ((v, estimate, limits) for v, (_, estimate, limits) in zip(verdicts, measured, strict=True)),
        key=lambda judged: _BEST_FIRST.index(judged[0]),
    )
    widths = ", ".join(f"{name} {estimate.value:.2f} ms" for name, estimate, _ in measured)
    through = str(band) if band else "band unknown"
    note = f"{widths}; {through}" + (f"; not judged: {why_not}" if why_not else "")
    return Criterion("width", best.value, best.low, best.high, limit, "ms", source, verdict, note, limits)


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
        f"<= {100 * limits.high:g} % of intervals, else borderline",
        "%",
        limits.source,
        verdict,
        note or ("not measured" if verdict == "not_judged" else ""),
        replace(
            limits,
            **{end: 100 * getattr(limits, end) for end in ("low", "high", "borderline_low", "borderline_high")},
            unit="%",
        ),
    )
