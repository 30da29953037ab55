"""Legends above a figure that are no wider than it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.font_manager import FontProperties

from ephys.plotting.labels import text_width_pt

_PT_PER_MM = 72.0 / 25.4
_SIGN_PT = 32.0
"""Of an entry, beside its text."""
_MOST = 6


def legend_columns(labels: Sequence[str], width_mm: float, *, size: float = 6.5) -> int:
    """Columns that entries of a legend can stand in, one at least.

    Parameters
    ----------
    labels : sequence of str
        Of the entries.
    width_mm : float
        Of the figure.
    size : float, optional
        Of the font, in points.

    Examples
    --------
    >>> legend_columns(["animal's mean", "group, 95 % CI"], 85.0), legend_columns(["a long name " * 4] * 3, 85.0)
    (2, 1)
    """
    font = FontProperties(size=size)
    widest_pt = max((text_width_pt(label, font) for label in labels), default=0.0) + _SIGN_PT
    return max(1, min(_MOST, len(labels), int(width_mm * _PT_PER_MM // widest_pt)))
