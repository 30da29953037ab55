"""The table of what a spike looks like."""

from __future__ import annotations

import math

from ephys.classification import MEASURES, WaveformShape
from ephys.report.tables import UNKNOWN, Table


def shape_table(shape: WaveformShape, *, scale_known: bool = True) -> Table:
    """Every width with its interval, and the band without which it is none.

    Parameters
    ----------
    shape : WaveformShape
        As `measure_shape` gives it.
    scale_known : bool, optional
        Whether the file's µV are to be believed.

    Returns
    -------
    Table
        A row per measure, and one per note.
    """
    size = f"{shape.peak_uv:.0f} µV" + ("" if scale_known else ", as the file has it: the scale is in doubt")
    rows = [
        ("polarity", f"{shape.polarity}, {size}", UNKNOWN),
        ("phases", str(shape.n_phases) if shape.n_phases else UNKNOWN, UNKNOWN),
        *(_measure_row(shape, name) for name in MEASURES),
        *(("note", note, "") for note in shape.notes),
    ]
    title = f"Shape of the mean spike: n = {shape.n_spikes} spikes, {shape.band_text}"
    return Table(title, ("measure", "value", f"{100 * shape.level:g} % interval"), tuple(rows))


def _measure_row(shape: WaveformShape, name: str) -> tuple[str, str, str]:
    """A width in ms, or a ratio, with its interval."""
    known, unit = shape.estimate(name), " ms" if name.endswith("_ms") else ""
    value = UNKNOWN if math.isnan(known.value) else f"{known.value:.2f}{unit}"
    ends = UNKNOWN if math.isnan(known.low) else f"{known.low:.2f} to {known.high:.2f}{unit}"
    return MEASURES[name], value, ends
