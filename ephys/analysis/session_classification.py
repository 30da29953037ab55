"""Which units of a session are serotonergic, where nothing else is asked."""

from __future__ import annotations

from dataclasses import dataclass

from ephys.classification import Classification, LearnedClassifier
from ephys.jupyter import Shown, folded, shown
from ephys.model import Epoch, Session
from ephys.settings import Settings


@dataclass(frozen=True)
class SessionClassification(Shown):
    """Which units of a session are serotonergic.

    Parameters
    ----------
    session : Session
        What was looked at.
    settings : Settings
        How.
    preset : str
        Limits of the rule that were used.
    within : Epoch or None
        The window, and nothing outside it; ``None`` where there is no baseline, and then nothing is called.
    classifications : tuple of Classification
        One per unit that was recorded in the window.
    classifier : LearnedClassifier, optional
        The one that was asked, too.
    notes : tuple of str
        What to know about the session as a whole.
    """

    session: Session
    settings: Settings
    preset: str
    within: Epoch | None
    classifications: tuple[Classification, ...]
    notes: tuple[str, ...] = ()
    classifier: LearnedClassifier | None = None

    @property
    def counts_text(self) -> str:
        """How many units have each label; those called on rate and regularity alone are counted apart."""
        calls = self.classifications
        full = sum(call.is_serotonergic and call.basis == "full" for call in calls)
        alone = sum(call.is_serotonergic for call in calls) - full
        uncertain = sum(call.label == "uncertain" for call in calls)
        others = len(calls) - full - alone - uncertain
        apart = f" and {alone} on rate and regularity alone" if alone else ""
        return f"{full} serotonergic{apart}, {uncertain} uncertain, {others} not serotonergic"

    def __repr__(self) -> str:
        """One line: session, calls."""
        return f"SessionClassification({self.session.id!r}: {self.counts_text})"

    def __str__(self) -> str:
        """Every criterion of every unit."""
        return "\n\n".join(map(str, self.classifications)) or "no unit was called"

    def _repr_html_(self) -> str:
        """How many have each label, and the criteria of every unit, folded, for Jupyter."""
        calls = [folded(one.title, one.criteria_html) for one in self.classifications]
        return shown(self, *calls, told=f"{self.session.id!r}: {self.counts_text}")
