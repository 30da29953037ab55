"""Dialysates of known values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ephys.pharmacology import Dialysis, DialysisFraction


def dialysis(
    values: Sequence[float | str], *, animal: str = "r1", group: str = "drug", length_min: float = 20.0, **given: Any
) -> Dialysis:
    """Fractions one after the other, no dead volume and the drug at 60 min; ``"<0.5"`` is a bound."""
    fractions = tuple(
        DialysisFraction(
            length_min * place, length_min * (place + 1), math.nan if isinstance(value, str) else value,
            float(value[1:]) if isinstance(value, str) else math.nan,
        )
        for place, value in enumerate(values)
    )  # fmt: skip
    usual: dict[str, Any] = {
        "analyte": "5-HT", "unit": "nM", "drug_min": 60.0, "dead_volume_ul": 0.0, "flow_ul_min": 2.0,
    }  # fmt: skip
    return Dialysis(animal, group, fractions=fractions, **(usual | given))
