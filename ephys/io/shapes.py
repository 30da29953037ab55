"""Columns of ``units.csv`` that say what the mean spike looks like, and in which band."""

from __future__ import annotations

from typing import Any

from ephys.classification import MEASURES, Band, WaveformShape

_WIDTHS = tuple(name.removesuffix("_ms") for name in MEASURES if name.endswith("_ms"))
SHAPE_COLUMNS = (
    *(f"{name}{end}_ms" for name in _WIDTHS for end in ("", "_low", "_high")),
    "asymmetry",
    "n_phases",
    "polarity",
    "band",
    "band_low_hz",
    "band_high_hz",
    "band_phase",
    "band_order",
)


def shape_row(shape: WaveformShape) -> dict[str, Any]:
    """Return the columns of one unit.

    >>> SHAPE_COLUMNS[:3]
    ('total_ms', 'total_low_ms', 'total_high_ms')
    """
    row: dict[str, Any] = {"polarity": shape.polarity, "band": shape.band_text, "asymmetry": shape.asymmetry}
    row["n_phases"] = shape.n_phases or None
    known = Band.of(shape)
    if known is not None:
        row |= {f"band_{name}": getattr(known, name) for name in ("low_hz", "high_hz", "phase", "order")}
    for name in _WIDTHS:
        width = shape.estimate(f"{name}_ms")
        row |= {f"{name}_ms": width.value, f"{name}_low_ms": width.low, f"{name}_high_ms": width.high}
    return row
