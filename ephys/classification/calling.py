"""From verdicts and probabilities to one of three labels, with the reasons for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from ephys.classification.criteria import Criterion, too_few_intervals
from ephys.classification.evidence import Evidence
from ephys.classification.features import UnitFeatures
from ephys.classification.settings import ClassificationSettings

if TYPE_CHECKING:  # a judgement has a label
    from ephys.classification.learned import LearnedJudgement

Label = Literal["serotonergic", "uncertain", "not_serotonergic"]
Call = tuple[Label, tuple[str, ...]]


def obstacle(features: UnitFeatures, criteria: tuple[Criterion, ...], *, multi_unit: bool) -> str:
    """Say why no call can be made at all, by whichever engine; empty where one can."""
    if multi_unit:
        return "multi-unit: the spikes are not one cell's"
    if features.covered_s == 0:
        return "nothing was recorded in the window"
    if features.n_spikes == 0 or features.rate_hz == 0:
        covered = "" if math.isnan(features.covered_s) else f" ({features.covered_s:.0f} s)"
        return f"silent in the window{covered}: there is no firing to judge"
    too_fast = any(c.name == "rate" and c.verdict == "fail" for c in criteria)
    return "" if too_fast else too_few_intervals(features)


def call_by_rule(criteria: tuple[Criterion, ...]) -> Call:
    """Draw the label from the verdicts: one that fails refuses, one that is borderline or missing leaves it open."""
    failed = tuple(_reason(c, "fails") for c in criteria if c.verdict == "fail")
    if failed:
        return "not_serotonergic", failed
    doubtful = tuple(_reason(c, "is borderline") for c in criteria if c.verdict == "borderline")
    needed = ("rate", "regularity")
    missing = tuple(f"{c.name} not judged" for c in criteria if c.name in needed and c.verdict == "not_judged")
    if doubtful or missing:
        return "uncertain", doubtful + missing
    judged = any(c.name == "width" and c.verdict == "pass" for c in criteria)
    return "serotonergic", (
        "rate, regularity and width pass" if judged else "rate and regularity pass; the width could not be judged",
    )


def call_by_evidence(evidence: Evidence, settings: ClassificationSettings) -> Call:
    """Draw the label from the probability; a cell like no class, and one without rate or CV, is left open."""
    missing = [name for name in ("rate_hz", "cv") if name not in {step.feature for step in evidence.steps}]
    if missing or evidence.strange:
        why = evidence.strange or f"not weighed: {', '.join(missing)}"
        return "uncertain", (why, *(() if evidence.steps or evidence.strange else (evidence.text,)))
    return label_of(evidence.probability, settings), (f"probability of being serotonergic {evidence.text}",)


def call_by_learning(judgement: LearnedJudgement) -> Call:
    """Draw the label that a learned classifier gives; a cell unlike those that it learned from is left open."""
    return judgement.label, (f"learned classifier: {judgement.text}",)


def label_of(probability: float, settings: ClassificationSettings) -> Label:
    """Label of a probability.

    >>> label_of(0.9, ClassificationSettings()), label_of(0.5, ClassificationSettings())
    ('serotonergic', 'uncertain')
    """
    if probability >= settings.called_at:
        return "serotonergic"
    return "not_serotonergic" if probability <= settings.rejected_at else "uncertain"


def barred_by_rhythm(call: Call, criteria: tuple[Criterion, ...]) -> Call:
    """Hold back a call of what may be breathing, heartbeat or a pump, by whichever engine it was made."""
    doubts = tuple(c.note for c in criteria if c.name == "rhythm" and c.verdict in ("borderline", "fail"))
    if not doubts or call[0] == "not_serotonergic":
        return call
    return "uncertain", tuple(dict.fromkeys((*doubts, *call[1])))


def _reason(criterion: Criterion, relation: str) -> str:
    """Say which criterion decided, with value and limit."""
    if criterion.name == "rhythm":
        return criterion.note
    value = criterion.note if criterion.name == "width" else criterion.value_text
    return f"{criterion.name} {relation}: {value} (limit {criterion.limit})"
