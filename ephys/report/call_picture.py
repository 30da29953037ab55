"""The 5-HT call of one cell as a figure, with what each criterion says."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.axes import Axes

from ephys.classification import Classification, Criterion
from ephys.plotting import plot_classification
from ephys.plotting.classification import criterion_places
from ephys.plotting.style import figure_of
from ephys.report.picture import Mark, Picture, picture


def call_picture(call: Classification, *, prefix: str) -> Picture:
    """Every criterion on a strip of its own: value, interval, limits, verdict.

    Parameters
    ----------
    call : Classification
        As `classify_unit` gives it.
    prefix : str
        Of the identifiers inside the figure.

    Returns
    -------
    Picture
        Without the notes, which stand in the table of the criteria.
    """
    ax = plot_classification(call, notes=False)
    return picture(
        figure_of(ax),
        prefix=f"{prefix}-call",
        description=f"5-HT call of {call.title}. {'. '.join(map(_said, call.criteria))}.",
        caption=(
            "The 5-HT call: each criterion with its value, its 95 % interval and its limits; what was not judged says "
            "why. The table below has the sources."
        ),
        marks=_marks(call, ax),
    )


def _said(criterion: Criterion) -> str:
    """A criterion in words."""
    limit = f" (limit {criterion.limit})" if criterion.limit else ""
    return f"{criterion.name}: {criterion.value_text}{limit}, {criterion.verdict.replace('_', ' ')}"


def _marks(call: Classification, ax: Axes) -> Iterator[Mark]:
    """What is said at the value of each criterion."""
    for criterion, x, y in criterion_places(call, ax, notes=False):
        note = f"; {criterion.note}" if criterion.note else ""
        yield Mark(ax, x, y, f"{_said(criterion)}{note}")
