"""A cell that no rule takes, to be changed in one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ephys.pharmacology import Physiology, SeriesFacts

_FAULTLESS: dict[str, Any] = {
    "session": "rat01_1", "animal": "rat01", "group": "control", "cell": "1", "unit": "1", "drug": "ipsapirone",
    "label": "serotonergic", "stability": "stable", "baseline_change_percent": 2.0, "fate": "held",
    "fate_evidence": "fires to the end", "histology": "in",
    "physiology": (Physiology("temperature", 37.0, "°C", "baseline"), Physiology("temperature", 36.8, "°C", "series")),
    "supplement_gap_s": 1800.0, "last_dose_h": 24.0, "treated": True, "n_doses": 5,
}  # fmt: skip


@pytest.fixture
def cell() -> Callable[..., SeriesFacts]:
    """Facts of a cell that no rule takes, but for what is said."""
    return lambda **changes: SeriesFacts(**(_FAULTLESS | changes))
