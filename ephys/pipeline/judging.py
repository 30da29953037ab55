"""How every unit of a session is called."""

from __future__ import annotations

from dataclasses import dataclass

from ephys.classification import Classification, LearnedClassifier, classify_unit
from ephys.model import Epoch, Unit, UnitRhythms
from ephys.settings import Settings


@dataclass(frozen=True)
class Judge:
    """Limits, settings and classifier by which every unit is called."""

    preset: str
    settings: Settings
    classifier: LearnedClassifier | None

    def call(self, unit: Unit, within: Epoch, rhythms: UnitRhythms) -> Classification:
        """Call one unit by what it did in a window."""
        settings = self.settings
        return classify_unit(
            unit,
            within=within,
            preset=self.preset,
            settings=settings.classification,
            measuring=settings.features,
            classifier=self.classifier,
            rhythms=rhythms,
            seed=settings.analysis.seed,
        )
