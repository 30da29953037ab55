"""A call, and everything that it rests on: as text, as a table, as a dictionary."""

from __future__ import annotations

import math
import textwrap
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from ephys.classification.calling import Label
from ephys.classification.criteria import Criterion
from ephys.classification.evidence import Evidence
from ephys.classification.features import UnitFeatures
from ephys.classification.learned import LearnedJudgement
from ephys.classification.settings import Engine
from ephys.jupyter import Html, Shown, joined, listed, shown, table
from ephys.model import Epoch

if TYPE_CHECKING:
    import pandas as pd

Basis = Literal["full", "rate_and_regularity"]

NUMBERS = tuple(field.name for field in fields(UnitFeatures) if field.type == "float")
"""Features that are numbers."""

COUNTS = ("n_spikes", "n_intervals")
"""Features that are counts."""

_CRITERION = ("name", "value", "low", "high", "unit", "limit", "verdict", "note", "source")

_ENGINES = {"rule": "", "evidence": ", by the published distributions", "learned": ", by a learned classifier"}


@dataclass(frozen=True, eq=False)
class Classification(Shown):
    """A call, and everything that it rests on.

    Parameters
    ----------
    unit_id : str
        The unit; empty where features alone were given.
    label : {"serotonergic", "uncertain", "not_serotonergic"}
        The call: putative, since no engine sees transmitter.
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
    engine : {"rule", "evidence", "learned"}
        Who decided; the others stand beside.
    evidence : Evidence or None
        Probability from the published distributions; ``None`` where no call can be made at all.
    learned : LearnedJudgement or None
        Probability from a classifier of one's own, where one was given.
    """

    unit_id: str
    label: Label
    basis: Basis
    criteria: tuple[Criterion, ...]
    reasons: tuple[str, ...]
    features: UnitFeatures
    preset: str
    within: Epoch | None = None
    engine: Engine = "rule"
    evidence: Evidence | None = None
    learned: LearnedJudgement | None = None

    @property
    def is_serotonergic(self) -> bool:
        """True for the first label on either basis."""
        return self.label == "serotonergic"

    @property
    def call(self) -> str:
        """The label as it is printed; one that rests on rate and regularity alone says so."""
        alone = " (rate and regularity)" if self.is_serotonergic and self.basis != "full" else ""
        return self.label.replace("_", " ") + alone

    @property
    def title(self) -> str:
        """The call in one line."""
        return f"{self.headline} ({self.circumstances})"

    @property
    def headline(self) -> str:
        """The call, on what it rests where that is not the full basis, and who made it where that is not the rule."""
        unit = f"unit {self.unit_id}: " if self.unit_id else ""
        alone = ", on rate and regularity alone" if self.is_serotonergic and self.basis != "full" else ""
        return f"{unit}{self.label.replace('_', ' ')}{alone}{_ENGINES[self.engine]}"

    @property
    def circumstances(self) -> str:
        """Preset, window and number of spikes."""
        window = f", {self.within.start_s:g} to {self.within.stop_s:g} s" if self.within else ""
        return f"{self.preset}{window}{self._judged_on}"

    @property
    def _judged_on(self) -> str:
        """How many spikes the call rests on."""
        return "" if self.features.n_spikes is None else f", {self.features.n_spikes} spikes"

    @property
    def beside(self) -> tuple[str, ...]:
        """What the engines say that did not decide, in words."""
        texts = []
        if self.evidence is not None and self.engine != "evidence":
            texts.append(f"published distributions: {self.evidence.text}")
        if self.learned is not None and self.engine != "learned":
            texts.append(f"learned classifier: {self.learned.text}")
        return tuple(texts)

    def as_dict(self) -> dict[str, Any]:
        """Nested dictionary of plain values, ``None`` where nothing was measured."""
        return {
            "unit_id": self.unit_id,
            "label": self.label,
            "basis": self.basis,
            "is_serotonergic": self.is_serotonergic,
            "engine": self.engine,
            "preset": self.preset,
            "within_s": None if self.within is None else [self.within.start_s, self.within.stop_s],
            "reasons": list(self.reasons),
            "criteria": [{name: _plain(getattr(c, name)) for name in _CRITERION} for c in self.criteria],
            "evidence": None if self.evidence is None else _evidence_dict(self.evidence),
            "learned": None if self.learned is None else _learned_dict(self.learned),
            "features": {name: _plain(getattr(self.features, name)) for name in (*COUNTS, *NUMBERS)},
        }

    def as_table(self) -> pd.DataFrame:
        """Table of the criteria, a row each: what was measured, the limit, its source, the verdict, the call.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd  # here, and not at the top: it takes longer to import than everything else in this room

        call = {
            "label": self.label,
            "basis": self.basis,
            "engine": self.engine,
            "preset": self.preset,
            "within_start_s": self.within.start_s if self.within else math.nan,
            "within_stop_s": self.within.stop_s if self.within else math.nan,
            "n_spikes": self.features.n_spikes,
        }
        names = {"name": "criterion", "unit": "unit_of_value"}
        rows = [
            {"unit": self.unit_id} | {names.get(name, name): getattr(c, name) for name in _CRITERION} | call
            for c in self.criteria
        ]
        return pd.DataFrame(rows)

    def text(self, *, width: int = 98) -> str:
        """The call with every criterion, in lines that are no longer than `width`."""
        lines = [(self.title, 2)]
        for c in self.criteria:
            lines.append((f"  {c.name:<16}{c.value_text:<23} {c.verdict.replace('_', ' '):<11}{c.limit}", 53))
            lines.extend([(f"{'':<18}{c.note}", 18)] if c.note else [])
        lines.extend((f"  because {reason}", 10) for reason in self.reasons)
        lines.extend((f"  beside  {text}", 10) for text in self.beside)
        lines.extend((f"  note    {note}", 10) for note in self.features.notes)
        return "\n".join(textwrap.fill(text, width, subsequent_indent=" " * indent) for text, indent in lines)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Classification({self.title})"

    @property
    def criteria_html(self) -> Html:
        """Table of the criteria, and the reasons, for a notebook."""
        head = ("criterion", "value", "verdict", "limit", "note", "source")
        rows = [(c.name, c.value_text, c.verdict.replace("_", " "), c.limit, c.note, c.source) for c in self.criteria]
        words = {"because": self.reasons, "beside": self.beside, "notes": self.features.notes}
        return joined([table(head, rows, name="criteria"), *(listed(name, told) for name, told in words.items())])

    def _repr_html_(self) -> str:
        """The call, its criteria and its reasons, for Jupyter."""
        return shown(self, self.criteria_html, told=self.title, beside={})


def _evidence_dict(evidence: Evidence) -> dict[str, Any]:
    """Plain values of the evidence."""
    return {
        "table": evidence.table,
        "probability": _plain(evidence.probability),
        "prior": dict(evidence.prior),
        "prior_source": evidence.prior_source,
        "posterior": dict(evidence.posterior),
        "steps": [asdict(step) for step in evidence.steps],
        "notes": list(evidence.notes),
        "strange": evidence.strange,
    }


def _learned_dict(learned: LearnedJudgement) -> dict[str, Any]:
    """Plain values of what a classifier said."""
    return {name: _plain(value) for name, value in asdict(learned).items()} | {
        "features_used": list(learned.features_used)
    }


def _plain(value: Any) -> Any:
    """``None`` for NaN, everything else as it is."""
    return None if isinstance(value, float) and math.isnan(value) else value
