"""The rules: each takes what is known of a series and says why it is left out, or nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ephys.errors import ParameterError
from ephys.pharmacology.exclusions.facts import Physiology, SeriesFacts
from ephys.pharmacology.exclusions.settings import ExclusionSettings, PhysiologyLimit

Scope = Literal["cell", "series"]
"""What a rule takes: all of a cell, its firing among it, or its dose-response alone."""

Stage = Literal["recorded", "serotonergic", "stable", "held", "analysed"]
"""Stations of a cell on its way into the analysis, in their order."""

Judgement = Callable[[SeriesFacts, ExclusionSettings], str | None]
"""Text where it speaks, else ``None``."""


def _silent(_facts: SeriesFacts, _: ExclusionSettings) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to leave cells out.

    Parameters
    ----------
    name : str
        As settings name it.
    scope : {"cell", "series"}
        What it takes.
    stage : str
        Station that a cell does not reach which it takes.
    told : str
        What is said of those it takes, after their number; ``{0.min_doses}`` stands for a setting.
    meaning : str
        The rule in a sentence.
    takes : callable
        The value for which it takes a series, else ``None``.
    limit : str
        What the value is held against, in the same way as `told`; empty: the ranges of the animal's state.
    cannot_judge : callable
        What is missing, as what cells do ("have no histology"), else ``None``.
    """

    name: str
    scope: Scope
    stage: Stage
    told: str
    meaning: str
    takes: Judgement
    limit: str = ""
    cannot_judge: Judgement = _silent

    def told_of(self, settings: ExclusionSettings) -> str:
        """Return `told` with the limits of the settings."""
        return self.told.format(settings)

    def limit_of(self, settings: ExclusionSettings) -> str:
        """Return `limit` of the settings; ranges of the animal's state are told one by one."""
        if self.limit:
            return self.limit.format(settings)
        return "; ".join(map(str, settings.physiology_limits))


def _after_systemic_drug(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return facts.earlier_drug or None


def _after_antagonist(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return facts.pretreatment or None


def _too_soon(facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    return f"{facts.last_dose_h:g} h" if facts.last_dose_h < settings.min_hours_after_treatment else None


def _no_hours(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    unknown = facts.treated and math.isnan(facts.last_dose_h)
    return "were treated, with no hours stated from the last dose" if unknown else None


def _no_baseline(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return None if facts.stability else "none"


def _not_serotonergic(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return None if facts.label == "serotonergic" else facts.label.replace("_", " ") or "not judged"


def _multi_unit(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return "multi-unit" if facts.multi_unit else None


def _code_change(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return facts.code_change or None


def _outside_drn(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return "out" if facts.histology == "out" else None


def _no_histology(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    unknown = {"": "have no histology", "not recovered": "have a mark that was not recovered"}
    return unknown.get(facts.histology)


def _drn_not_confirmed(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return {"": "not stated", "not recovered": "not recovered"}.get(facts.histology)


def _unstable(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return _steadiness(facts) if facts.stability == "unstable" else None


def _unclear(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return _steadiness(facts) if facts.stability in ("unclear", "not_judged") else None


def _steadiness(facts: SeriesFacts) -> str:
    """Verdict on the baseline, with its change where that is known."""
    change = facts.baseline_change_percent
    told = "" if math.isnan(change) else f", {change:+.0f} % over the baseline"
    return facts.stability.replace("_", " ") + told


def _not_judged(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    unknown = facts.stability == "not_judged"
    return "have a baseline too short, or with too few spikes, to be judged" if unknown else None


def _lost(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return _fate(facts) if facts.fate == "lost" else None


def _undetermined(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return _fate(facts) if facts.fate == "undetermined" else None


def _fate(facts: SeriesFacts) -> str:
    """Fate, with what tells it."""
    return f"{facts.fate}: {facts.fate_evidence}" if facts.fate_evidence else facts.fate


def _no_fate(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return "were not assessed for being held" if facts.drug and not facts.fate else None


def _physiology(facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    return _out_of_range([value for value in facts.physiology if value.where != "series"], facts, settings)


def _physiology_in_series(facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    return _out_of_range([value for value in facts.physiology if value.where == "series"], facts, settings)


def _out_of_range(values: list[Physiology], facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    """Values that lie outside their limits."""
    limits = settings.physiology_limits
    out = [str(value) for value in values for limit in limits if _is_out(value, limit, facts)]
    return "; ".join(out) or None


def _is_out(value: Physiology, limit: PhysiologyLimit, facts: SeriesFacts) -> bool:
    """Whether a value is of the limit's kind and outside it.

    Raises
    ------
    ParameterError
        If the two are in different units.
    """
    if value.kind.lower() != limit.kind:
        return False
    if limit.unit and value.unit and limit.unit != value.unit:
        raise ParameterError(
            f"{facts}: {value} is held against a limit in {limit.unit}; state exclusions.physiology in {value.unit}"
        )
    return value.value < limit.low or value.value > limit.high


def _no_physiology(facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    if not settings.physiology:
        return "have no limits to be held to (exclusions.physiology is empty)"
    return _missing(facts, settings, ("", "baseline"), " of the baseline")


def _no_physiology_in_series(facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    return _missing(facts, settings, ("", "series"), " of the series") if facts.drug else None


def _missing(facts: SeriesFacts, settings: ExclusionSettings, where: tuple[str, ...], part: str) -> str | None:
    """Kinds that have a limit and no value there."""
    known = {v.kind.lower() for v in facts.physiology if v.where in where and not math.isnan(v.value)}
    unknown = [limit.kind for limit in settings.physiology_limits if limit.kind not in known]
    return f"have no {' and no '.join(unknown)}{part}" if unknown else None


def _supplement(facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    gap_s = facts.supplement_gap_s
    if not facts.drug or not gap_s <= settings.supplement_within_s:
        return None
    return f"{gap_s:g} s from a window" if gap_s else "within a window"


def _too_few_doses(facts: SeriesFacts, settings: ExclusionSettings) -> str | None:
    return f"{facts.n_doses}" if facts.drug and facts.n_doses < settings.min_doses else None


def _by_hand(facts: SeriesFacts, _: ExclusionSettings) -> str | None:
    return facts.by_hand or None


RULES = (
    Rule(
        "after_systemic_drug", "cell", "serotonergic", "recorded after a systemic drug",
        "it was recorded after an earlier systemic drug in that animal; cells held at the same time stay",
        _after_systemic_drug, "none before",
    ),
    Rule(
        "too_soon_after_treatment", "cell", "serotonergic",
        "recorded less than {0.min_hours_after_treatment:g} h after the last dose of the treatment",
        "it was recorded so soon after the last dose of the chronic treatment that it is under its acute effect, too",
        _too_soon, "at least {0.min_hours_after_treatment:g} h", _no_hours,
    ),
    Rule(
        "no_baseline", "cell", "serotonergic", "without a baseline",
        "nothing was recorded before the first administration, so that there is no call and no percent",
        _no_baseline, "a baseline",
    ),
    Rule(
        "not_serotonergic", "cell", "serotonergic", "not called serotonergic",
        "the call that holds is not serotonergic, or uncertain", _not_serotonergic, "serotonergic",
    ),
    Rule(
        "multi_unit", "cell", "serotonergic", "multi-unit", "the unit holds spikes of several cells",
        _multi_unit, "single unit",
    ),
    Rule(
        "code_change", "cell", "serotonergic", "with a code that changes midway while the cell goes on",
        "the unit ends, begins or changes cell midway while the cell goes on, so that its silence is no inhibition",
        _code_change, "one code throughout",
    ),
    Rule(
        "outside_drn", "cell", "serotonergic", "outside the dorsal raphe",
        "the electrode's mark was found outside the dorsal raphe nucleus", _outside_drn, "in", _no_histology,
    ),
    Rule(
        "drn_not_confirmed", "cell", "serotonergic", "not confirmed in the dorsal raphe",
        "the electrode's mark was not recovered, or is not stated",
        _drn_not_confirmed, "in",
    ),
    Rule(
        "unstable_baseline", "cell", "stable", "with an unstable baseline",
        "the baseline is unstable, and every percent is a percent of it",
        _unstable, "not unstable", _not_judged,
    ),
    Rule(
        "unclear_baseline", "cell", "stable", "with a baseline not shown to be stable",
        "the baseline is not shown to be stable: unclear, or too little to be judged",
        _unclear, "stable",
    ),
    Rule(
        "lost", "series", "held", "lost", "the cell was lost before the series ended", _lost, "held", _no_fate,
    ),
    Rule(
        "undetermined", "series", "held", "undetermined",
        "the cell is silent to the end, and nothing tells whether it was still there",
        _undetermined, "held", _no_fate,
    ),
    Rule(
        "physiology_out_of_range", "cell", "analysed", "with the physiology out of range",
        "the animal's state was out of range on the baseline, or in the recording as a whole",
        _physiology, "", _no_physiology,
    ),
    Rule(
        "physiology_out_of_range_in_series", "series", "analysed", "with the physiology out of range in the series",
        "the animal's state was out of range in the dose series",
        _physiology_in_series, "", _no_physiology_in_series,
    ),
    Rule(
        "supplement_near_window", "series", "analysed",
        "with an anaesthetic supplement within {0.supplement_within_s:g} s of a window",
        "a supplement of the anaesthetic was given in or next to a window that is used",
        _supplement, "more than {0.supplement_within_s:g} s away",
    ),
    Rule(
        "after_antagonist", "series", "analysed", "given the agonist after an antagonist",
        "an antagonist was given before the agonist: the ID50 is that of an antagonised cell",
        _after_antagonist, "no antagonist before",
    ),
    Rule(
        "too_few_doses", "series", "analysed", "with fewer than {0.min_doses} doses",
        "the fit has too few windows of the agonist for a curve",
        _too_few_doses, "at least {0.min_doses}",
    ),
    Rule(
        "excluded_by_hand", "cell", "analysed", "excluded by hand",
        "a person left it out, with a reason; counted last, so that the number is what no other rule takes",
        _by_hand, "no reason of a person",
    ),
)  # fmt: skip
"""Every rule, in the order in which a cell leaves the flow."""
