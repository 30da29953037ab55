"""A figure ready for a page: its SVG, a caption, a description for those who cannot see it, values to point at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ephys.report.closer.carried import Closer
from ephys.report.svg import inline_svg

_POINTS_PER_INCH = 72.0

Reach = Literal["near", "column"]
"""A spot answers to a pointer close by, or to one anywhere above and below it, as the bins of a histogram do."""


@dataclass(frozen=True)
class Mark:
    """A value in a figure, before the figure is drawn.

    Parameters
    ----------
    ax : Axes
        Panel that it is in.
    x, y : float
        Where, in data coordinates.
    text : str
        What is said of it, with units.
    """

    ax: Axes
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Spot:
    """A value in a drawn figure: where it is, in the units of the SVG, and what is said of it."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Picture:
    """A figure ready for the page.

    Parameters
    ----------
    svg : Markup
        The element, with its description.
    caption : str
    wide : bool
        Whether it takes the width of the page.
    spots : tuple of Spot
        Values that a pointer, or the arrow keys, can ask for.
    reach : {"near", "column"}
        How far a spot answers.
    closer : Closer, optional
        What those see who look closely.
    """

    svg: Markup
    caption: str
    wide: bool = False
    spots: tuple[Spot, ...] = ()
    reach: Reach = "near"
    closer: Closer | None = None


def picture(
    figure: Figure,
    *,
    prefix: str,
    description: str,
    caption: str = "",
    wide: bool = False,
    marks: Iterable[Mark] = (),
    reach: Reach = "near",
    closer: Closer | None = None,
) -> Picture:
    """Make a picture of a figure, and close the figure.

    Parameters
    ----------
    figure : Figure
        Finished.
    prefix, description
        As in `inline_svg`.
    caption, wide, reach, closer
        As in `Picture`.
    marks : iterable of Mark, optional
        Values to point at, from left to right: the arrow keys go through them in this order.

    Returns
    -------
    Picture

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> drawn = ax.plot([0.0, 1.0], [0.0, 1.0])
    >>> shown = picture(figure, prefix="a", description="a line", marks=[Mark(ax, 0.0, 0.0, "origin")])
    >>> [(spot.x > 0, spot.text) for spot in shown.spots]
    [(True, 'origin')]
    """
    marks = tuple(marks)
    svg = inline_svg(figure, prefix=prefix, description=description)  # lays the figure out: only now is it known where
    spots = tuple(_spot(mark, figure) for mark in marks)
    plt.close(figure)
    return Picture(svg, caption, wide, spots, reach, closer)


def _spot(mark: Mark, figure: Figure) -> Spot:
    """Where a mark came to stand, from the upper left corner."""
    across, up = mark.ax.transData.transform((mark.x, mark.y)) / figure.dpi * _POINTS_PER_INCH
    return Spot(round(float(across), 1), round(float(figure.get_figheight() * _POINTS_PER_INCH - up), 1), mark.text)
