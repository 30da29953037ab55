"""What spikes look like: the mean of one cell with its widths, and the spikes of all units beside one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.classification import WaveformShape
from ephys.errors import ParameterError
from ephys.model import Unit
from ephys.plotting import plot_feature_space, plot_snippets, plot_waveform
from ephys.plotting.style import figure_of
from ephys.report.picture import Picture, picture
from ephys.sorting import SpikeFeatures, spike_features

_OVERLAID = 6  # units whose spikes can be told apart over one another
_APART = 12  # units whose clouds can


def waveform_picture(shape: WaveformShape, cell: CellAnalysis, *, doubt: str, prefix: str) -> Picture:
    """Draw the mean spike.

    Parameters
    ----------
    shape : WaveformShape
        As `measure_shape` gives it.
    cell : CellAnalysis
        Whose spike it is.
    doubt : str
        What to know of the scale of its amplitudes; empty where nothing is odd.
    prefix : str
        Of the identifiers inside the figure.
    """
    widths = {"total": shape.total_ms, "peak to trough": shape.peak_to_trough_ms, "half width": shape.half_width_ms}
    measured = ", ".join(f"{name} {width:.2f} ms" for name, width in widths.items() if math.isfinite(width))
    description = (
        f"Mean spike of unit {cell.unit.id}, {shape.polarity} first, main peak {shape.peak_uv:.0f} µV"
        f"{' (scale in doubt)' if doubt else ''}, n = {shape.n_spikes} spikes; {measured or 'no width measured'}."
    )
    caption = (
        "Mean spike ± SD with its widths and their bootstrap intervals, in the band named: a width travels with its "
        f"band and phase.{doubt}"
    )
    figure = figure_of(plot_waveform(shape))
    return picture(figure, prefix=f"{prefix}-waveform", description=description, caption=caption)


def snippets_picture(unit: Unit, *, doubt: str, prefix: str) -> Picture:
    """Draw spikes of one unit over one another.

    Parameters
    ----------
    unit : Unit
        With its `waveform`.
    doubt, prefix
        As in `waveform_picture`.
    """
    figure = figure_of(plot_snippets(unit))
    n_kept = 0 if unit.waveform is None else len(unit.waveform.spike_index)
    return picture(
        figure,
        prefix=f"{prefix}-snippets",
        description=f"Spikes of unit {unit.id} over one another with their mean: {n_kept} of {unit.n_spikes} are kept.",
        caption=f"Spikes over one another. A second shape, which a mean hides, may be another cell's.{doubt}",
    )


def session_spikes(analysis: SessionAnalysis, *, doubt: str) -> Iterator[Picture]:
    """Spikes of all units: over one another where these are few, and by the directions in which they differ.

    Parameters
    ----------
    analysis : SessionAnalysis
        The session.
    doubt : str
        As in `waveform_picture`.

    Yields
    ------
    Picture
        None where fewer than two units have shapes, or they cannot be compared.
    """
    units = [cell.unit for cell in analysis.cells if _has_shapes(cell.unit)]
    features = _comparable(units)
    if features is None:
        return
    names = ", ".join(unit.id for unit in units)
    of_file = " The units are those of a file: if they are of different wires, to lie apart means nothing."
    wires = "" if all(unit.is_sorted_here for unit in units) else of_file
    if len(units) <= _OVERLAID:
        yield picture(
            figure_of(plot_snippets(units)),
            prefix="session-snippets",
            description=f"Spikes of units {names} over one another, each with its mean.",
            caption=f"Spikes of all units over one another, in each unit's colour, with their means.{doubt}",
        )
    yield picture(
        figure_of(plot_feature_space(features)),
        prefix="session-features",
        description=f"Spikes of units {names} by the first two principal components of their shapes.",
        caption=(
            "Every spike by the two directions in which the shapes differ most. Clouds that touch may share spikes; "
            f"two cells in one cloud may still differ in directions that are not drawn.{wires}"
        ),
    )


def _has_shapes(unit: Unit) -> bool:
    return unit.waveform is not None and len(unit.waveform.spike_index) > 0


def _comparable(units: Sequence[Unit]) -> SpikeFeatures | None:
    """Shapes of units by their features; ``None`` where they are too many, too few, or not through one filter."""
    if not 1 < len(units) <= _APART:
        return None
    try:
        return spike_features(units)
    except ParameterError:
        return None  # of different wires or filters: there is nothing to compare
