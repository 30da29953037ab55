"""Is this cell serotonergic? A three-way call by the classical rule, burst-aware, with every criterion listed.

The rule cannot see transmitter: slow, regular, wide-spiked cells that hold no 5-HT exist, and narrow, fast, bursting or
silent ones that do. What the drug did is no criterion: cells chosen by their inhibition are inhibited by definition.
"""

from __future__ import annotations

import difflib
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from html import escape
from typing import Any, Literal

from ephys.classification.criteria import Band, Criterion, judge_criteria, too_few_intervals
from ephys.classification.features import FeatureSettings, UnitFeatures, measure_features
from ephys.classification.presets import Preset, load_preset
from ephys.errors import ParameterError
from ephys.model import Epoch, Unit, UnitRhythms
from ephys.model.unit import Phase

Label = Literal["serotonergic", "uncertain", "not_serotonergic"]
Basis = Literal["full", "rate_and_regularity"]

_COUNTS = ("n_spikes", "n_intervals")
_OTHER_FIELDS = ("unit_id", "within", "shape", "notes", *_COUNTS)
_NUMBERS = tuple(field.name for field in fields(UnitFeatures) if field.name not in _OTHER_FIELDS)
_SYNONYMS = {"width_ms": "total_ms"}


@dataclass(frozen=True, eq=False)
class Classification:
    """A call, and everything that it rests on.

    Parameters
    ----------
    unit_id : str
        The unit; empty where features alone were given.
    label : {"serotonergic", "uncertain", "not_serotonergic"}
        The call: putative, by the classical rule.
    basis : {"full", "rate_and_regularity"}
        Whether the width could be judged.
    criteria : tuple of Criterion
        Every criterion of the rule.
    reasons : tuple of str
        Why this label, in words.
    features : UnitFeatures
        What was measured.
    preset : str
        Name of the limits.
    within : Epoch or None
        The window that was looked at, and nothing outside it.
    """

    unit_id: str
    label: Label
    basis: Basis
    criteria: tuple[Criterion, ...]
    reasons: tuple[str, ...]
    features: UnitFeatures
    preset: str
    within: Epoch | None = None

    @property
    def is_serotonergic(self) -> bool:
        """True for the first label on either basis."""
        return self.label == "serotonergic"

    @property
    def title(self) -> str:
        """The call in one line."""
        unit = f"unit {self.unit_id}: " if self.unit_id else ""
        alone = ", on rate and regularity alone" if self.is_serotonergic and self.basis != "full" else ""
        window = f", {self.within.start_s:g} to {self.within.stop_s:g} s" if self.within else ""
        return f"{unit}{self.label.replace('_', ' ')}{alone} ({self.preset}{window})"

    def as_dict(self) -> dict[str, Any]:
        """Nested dictionary of plain values, ``None`` where nothing was measured."""
        numbers = {name: _plain(getattr(self.features, name)) for name in (*_COUNTS, *_NUMBERS)}
        names = [field.name for field in fields(Criterion)]
        return {
            "unit_id": self.unit_id,
            "label": self.label,
            "basis": self.basis,
            "is_serotonergic": self.is_serotonergic,
            "preset": self.preset,
            "within_s": None if self.within is None else [self.within.start_s, self.within.stop_s],
            "reasons": list(self.reasons),
            "criteria": [{name: _plain(getattr(criterion, name)) for name in names} for criterion in self.criteria],
            "features": numbers,
        }

    def __str__(self) -> str:
        lines = [(self.title, 2)]
        for c in self.criteria:
            lines.append((f"  {c.name:<16}{c.value_text:<23} {c.verdict.replace('_', ' '):<11}{c.limit}", 53))
            lines.extend([(f"{'':<18}{c.note}", 18)] if c.note else [])
        lines.extend((f"  because {reason}", 10) for reason in self.reasons)
        lines.extend((f"  note    {note}", 10) for note in self.features.notes)
        return "\n".join(textwrap.fill(text, 98, subsequent_indent=" " * indent) for text, indent in lines)

    def __repr__(self) -> str:
        return f"Classification({self.title})"

    def _repr_html_(self) -> str:
        """Table of the criteria, for Jupyter."""
        names = ("criterion", "value", "verdict", "limit", "note", "source")
        head = "".join(f"<th>{name}</th>" for name in names)
        cells = ((c.name, c.value_text, c.verdict.replace("_", " "), c.limit, c.note, c.source) for c in self.criteria)
        rows = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in cells)
        why = escape("; ".join((*self.reasons, *self.features.notes)))
        caption = f"<caption>{escape(self.title)}<br>{why}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def classify_unit(
    unit: Unit,
    *,
    within: Epoch,
    preset: str | Preset = "rat_in_vivo",
    settings: FeatureSettings | None = None,
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
        Limits for the preparation.
    settings : FeatureSettings, optional
        How features are measured.
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
    features = measure_features(unit, within, settings=settings, seed=seed)
    waveform = unit.waveform
    band = Band(*waveform.band_hz, waveform.phase, waveform.order) if waveform else None
    limits = load_preset(preset) if isinstance(preset, str) else preset
    artefact = rhythms.artefact if rhythms else ()
    return _classify(features, limits, band, multi_unit=unit.multi_unit, artefact=artefact)


def classify_features(
    features: Mapping[str, float],
    *,
    preset: str | Preset = "rat_in_vivo",
    band_hz: tuple[float | None, float | None] | None = None,
    phase: Phase = "zero",
) -> Classification:
    """Call a cell from features that were measured elsewhere. A missing feature is missing, not zero.

    Parameters
    ----------
    features : mapping
        Any of the numbers of `UnitFeatures`, by name; ``width_ms`` stands for ``total_ms``. A ``cv`` without
        ``cv_collapsed`` is judged, and named so.
    preset : str or Preset, optional
        Limits for the preparation.
    band_hz : tuple, optional
        Pass band in which the widths were measured; without it they are not judged.
    phase : {"zero", "causal", "unknown"}, optional
        Phase of that filter.

    Returns
    -------
    Classification

    Raises
    ------
    ParameterError
        If a feature is unknown, given twice or infinite, or there is no preset of that name.

    Examples
    --------
    >>> call = classify_features({"rate_hz": 1.4, "cv": 0.3, "width_ms": 2.1}, band_hz=(10.0, 8000.0))
    >>> call.label, call.basis
    ('serotonergic', 'full')
    """
    limits = load_preset(preset) if isinstance(preset, str) else preset
    # A filter whose order is not stated is taken to be one: only a known phase of zero leaves the width what it was.
    band = None if band_hz is None else Band(*band_hz, phase, order=1)
    return _classify(_features_from(features), limits, band)


def _features_from(given: Mapping[str, float]) -> UnitFeatures:
    """Features of a mapping, every name and number checked."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = _SYNONYMS.get(name, name)
        known = (*_COUNTS, *_NUMBERS, *_SYNONYMS)
        if field not in known:
            close = difflib.get_close_matches(name, known, n=1)
            raise ParameterError(
                f"no feature named {name!r}; " + (f"did you mean {close[0]!r}?" if close else f"there are {known}")
            )
        if field in values or math.isinf(value):
            raise ParameterError(f"feature {name!r} is given twice or infinite: {value}")
        missing = math.isnan(value)
        values[field] = (None if missing else int(value)) if field in _COUNTS else float(value)
    return replace(UnitFeatures(), **values)


def _classify(
    features: UnitFeatures,
    preset: Preset,
    band: Band | None,
    *,
    multi_unit: bool = False,
    artefact: tuple[str, ...] = (),
) -> Classification:
    """Judge every criterion, then draw the call from the verdicts."""
    criteria = judge_criteria(features, preset, band=band, artefact=artefact)
    verdicts = {criterion.name: criterion.verdict for criterion in criteria}
    label, reasons = _call(criteria, _obstacle(features, multi_unit=multi_unit))
    basis: Basis = "full" if verdicts["width"] != "not_judged" else "rate_and_regularity"
    return Classification(features.unit_id, label, basis, criteria, reasons, features, preset.name, features.within)


def _obstacle(features: UnitFeatures, *, multi_unit: bool) -> str:
    """Say why no call can be made at all; empty where one can."""
    if multi_unit:
        return "multi-unit: the spikes are not one cell's"
    if features.covered_s == 0:
        return "nothing was recorded in the window"
    if features.n_spikes == 0:
        return f"silent in the window ({features.covered_s:.0f} s): there is no firing to judge"
    if too_few_intervals(features):
        return too_few_intervals(features)
    return ""


def _call(criteria: tuple[Criterion, ...], obstacle: str) -> tuple[Label, tuple[str, ...]]:
    """Draw the label, and the reasons for it, from the verdicts."""
    if obstacle:
        return "uncertain", (obstacle,)
    failed = tuple(_reason(c, "fails") for c in criteria if c.verdict == "fail")
    if failed:
        return "not_serotonergic", failed
    doubtful = tuple(_reason(c, "is borderline") for c in criteria if c.verdict == "borderline")
    needed = ("rate", "regularity")
    missing = tuple(f"{c.name} not judged" for c in criteria if c.name in needed and c.verdict == "not_judged")
    if doubtful or missing:
        return "uncertain", doubtful + missing
    width = next(c for c in criteria if c.name == "width")
    judged = width.verdict == "pass"
    return "serotonergic", (
        "rate, regularity and width pass" if judged else "rate and regularity pass; the width could not be judged",
    )


def _reason(criterion: Criterion, relation: str) -> str:
    """Say which criterion decided, with value and limit."""
    if criterion.name == "rhythm":
        return criterion.note
    value = criterion.note if criterion.name == "width" else criterion.value_text
    return f"{criterion.name} {relation}: {value} (limit {criterion.limit})"


def _plain(value: Any) -> Any:
    """``None`` for NaN, everything else as it is."""
    return None if isinstance(value, float) and math.isnan(value) else value
