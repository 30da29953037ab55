"""Is this cell serotonergic? A three-way call by one of three engines, with every criterion listed.

No engine can see transmitter: slow, regular, wide-spiked cells that hold no 5-HT exist, and narrow, fast, bursting or
silent ones that do. What the drug did is no criterion: cells chosen by their inhibition are inhibited by definition.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ephys.classification.bands import Band
from ephys.classification.calling import (
    Call,
    barred_by_rhythm,
    call_by_evidence,
    call_by_learning,
    call_by_rule,
    obstacle,
)
from ephys.classification.cell_table import WIDTHS
from ephys.classification.criteria import judge_criteria, judged_rate
from ephys.classification.evidence import Evidence, weigh_evidence
from ephys.classification.features import FeatureSettings, UnitFeatures, measure_features
from ephys.classification.learned import LearnedClassifier, LearnedJudgement
from ephys.classification.presets import Preset, load_preset
from ephys.classification.result import COUNTS, NUMBERS, Basis, Classification
from ephys.classification.settings import ClassificationSettings
from ephys.errors import ParameterError
from ephys.model import Epoch, Unit, UnitRhythms
from ephys.model.unit import Phase

_CLOCK_CV = 0.01
"""A train more regular than this is weighed as if it were no more: the CV of a clock has no logarithm."""

_SYNONYMS = {"width_ms": "total_ms"}


def classify_unit(
    unit: Unit,
    *,
    within: Epoch,
    preset: str | Preset = "rat_in_vivo",
    settings: ClassificationSettings | None = None,
    measuring: FeatureSettings | None = None,
    classifier: LearnedClassifier | None = None,
    rhythms: UnitRhythms | None = None,
    seed: int = 0,
) -> Classification:
    """Call a unit serotonergic, uncertain or not, by what it did in one window.

    Parameters
    ----------
    unit : Unit
        The unit. Multi-unit activity is not called.
    within : Epoch
        The baseline: nothing after it is looked at, so that the drug's effect cannot enter.
    preset : str or Preset, optional
        Limits for the preparation: a name of `preset_names`, or the file of a laboratory's own.
    settings : ClassificationSettings, optional
        Who decides, and at which probability.
    measuring : FeatureSettings, optional
        How features are measured.
    classifier : LearnedClassifier, optional
        One of your own: it stands beside, and decides where the settings say so.
    rhythms : UnitRhythms, optional
        How the unit follows breathing and heartbeat, from `assess_rhythms`: what may be their artefact is not called.
    seed : int, optional
        Of the bootstrap intervals, which decide nothing.

    Returns
    -------
    Classification

    Raises
    ------
    ParameterError
        If there is no preset of that name.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.cumsum(np.random.default_rng(0).gamma(11.0, 0.8 / 11, 400))   # 1.25 Hz, CV 0.3
    >>> unit = Unit.from_times(times, support=Epoch(0.0, 400.0))
    >>> call = classify_unit(unit, within=Epoch(0.0, 180.0))
    >>> call.label, call.basis
    ('serotonergic', 'rate_and_regularity')
    """
    features = measure_features(unit, within, settings=measuring, seed=seed)
    return _classify(
        features,
        load_preset(preset) if isinstance(preset, str) else preset,
        Band.of(unit.waveform),
        settings or ClassificationSettings(),
        classifier,
        multi_unit=unit.multi_unit,
        artefact=rhythms.artefact if rhythms else (),
    )


def classify_features(
    features: Mapping[str, float | None],
    *,
    preset: str | Preset = "rat_in_vivo",
    band_hz: tuple[float | None, float | None] | None = None,
    phase: Phase = "zero",
    order: int | None = None,
    settings: ClassificationSettings | None = None,
    classifier: LearnedClassifier | None = None,
) -> Classification:
    """Call a cell from features that were measured elsewhere. A missing feature is missing, not zero.

    Parameters
    ----------
    features : mapping
        Any of the numbers of `UnitFeatures`, by name; ``width_ms`` stands for ``total_ms``. A ``cv`` without
        ``cv_collapsed`` is judged, and named so.
    preset : str or Preset, optional
        Limits for the preparation: a name of `preset_names`, or the file of a laboratory's own.
    band_hz : tuple, optional
        Pass band in which the widths were measured; without it they are judged only by limits that were fitted to
        widths of which it is not known either.
    phase, order : {"zero", "causal", "unknown"}, int, optional
        Phase and order of that filter.
    settings : ClassificationSettings, optional
        Who decides, and at which probability.
    classifier : LearnedClassifier, optional
        One of your own.

    Returns
    -------
    Classification

    Raises
    ------
    ParameterError
        If a feature is unknown, given twice, negative, infinite or no number, or there is no preset of that name.

    Examples
    --------
    >>> call = classify_features({"rate_hz": 1.4, "cv": 0.3, "width_ms": 2.1}, band_hz=(10.0, 8000.0))
    >>> call.label, call.basis
    ('serotonergic', 'full')
    """
    limits = load_preset(preset) if isinstance(preset, str) else preset
    band = None if band_hz is None else Band(*band_hz, phase, order)
    return _classify(_features_from(features), limits, band, settings or ClassificationSettings(), classifier)


def _features_from(given: Mapping[str, float | None]) -> UnitFeatures:
    """Features of a mapping, every name and number checked; ``None`` and NaN are missing."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = _SYNONYMS.get(name, name)
        known = (*COUNTS, *NUMBERS, *_SYNONYMS)
        if field not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            raise ParameterError(
                f"no feature named {name!r}; " + (f"did you mean {close[0]!r}?" if close else f"there are {known}")
            )
        if field in values:
            raise ParameterError(f"feature {field!r} is given twice, as {name!r} the second time")
        number = _number(name, value)
        values[field] = (None if math.isnan(number) else int(number)) if field in COUNTS else number
    return replace(UnitFeatures(), **values)


def _number(name: str, value: float | None) -> float:
    """A feature as a number, NaN where it is missing."""
    try:
        number = math.nan if value is None else float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"feature {name!r} must be a number, got {value!r}") from error
    if number < 0 or math.isinf(number):
        raise ParameterError(f"feature {name!r} must not be negative or infinite: {value}")
    return number


def _classify(
    features: UnitFeatures,
    preset: Preset,
    band: Band | None,
    settings: ClassificationSettings,
    classifier: LearnedClassifier | None,
    *,
    multi_unit: bool = False,
    artefact: tuple[str, ...] = (),
) -> Classification:
    """Judge every criterion, weigh the evidence, then draw the call as the settings say."""
    check_engine(settings, classifier)
    criteria = judge_criteria(features, preset, band=band, artefact=artefact)
    why_no_width = next((c.note for c in criteria if c.name == "width" and c.verdict == "not_judged"), "")
    impossible = obstacle(features, criteria, multi_unit=multi_unit)
    evidence = None if impossible else _evidence(features, preset, why_no_width, settings)
    learned = None if impossible or classifier is None else _learned(features, band, classifier)
    width_used = not why_no_width
    if impossible:
        call: Call = ("uncertain", (impossible,))
    elif settings.engine == "evidence" and evidence:
        call, width_used = call_by_evidence(evidence, settings), evidence.uses_width
    elif settings.engine == "learned" and learned:
        call, width_used = call_by_learning(learned), learned.uses_width
    else:
        call = call_by_rule(criteria)
    label, reasons = call if impossible else barred_by_rhythm(call, criteria)
    basis: Basis = "full" if width_used else "rate_and_regularity"
    return Classification(
        features.unit_id, label, basis, criteria, reasons, features, preset.name, features.within,
        engine=settings.engine, evidence=evidence, learned=learned,
    )  # fmt: skip


def check_engine(settings: ClassificationSettings, classifier: LearnedClassifier | None) -> None:
    """Raise if a classifier is to decide, and there is none.

    Raises
    ------
    ParameterError
        If so.
    """
    if settings.engine == "learned" and classifier is None:
        raise ParameterError(
            "the engine is learned, and no classifier was given: train one, and pass it (--classifier)"
        )


def _learned(features: UnitFeatures, band: Band | None, classifier: LearnedClassifier) -> LearnedJudgement:
    """Ask a classifier, with the widths only where they are of the band that it learned from."""
    why_not = classifier.why_no_width(band)
    names = [name for name in classifier.features if name not in WIDTHS or not why_not]
    judgement = classifier.judge(
        {name: getattr(features, name, getattr(features.shape, name, math.nan)) for name in names}
    )
    return replace(judgement, note=f"widths not used: {why_not}" if len(names) < len(classifier.features) else "")


def _evidence(features: UnitFeatures, preset: Preset, why_no_width: str, settings: ClassificationSettings) -> Evidence:
    """Weigh what the published distributions are of: the width through a wide band only."""
    known = {"rate_hz": judged_rate(features), "cv": max(features.regularity, _CLOCK_CV)}
    notes = [f"width not weighed: {why_no_width}"] if why_no_width else []
    if not why_no_width and preset.band.is_wide:
        known["total_ms"] = features.total_ms
    elif not why_no_width:
        notes.append("width not weighed: the published one is of another band than the preset's")
    if math.isnan(features.cv_collapsed) and not math.isnan(features.cv):
        notes.append("CV of all intervals, bursts not collapsed")
    return weigh_evidence(known, table=preset.evidence, settings=settings, notes=tuple(notes))
