"""The house style: journal widths, colours that survive colour blindness and print, text that stays text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SINGLE_MM = 85.0
"""Width of one journal column."""

DOUBLE_MM = 175.0
"""Width of two journal columns."""

_MM_PER_INCH = 25.4

# Okabe & Ito's palette, darkened where text in the colour must stay readable on white (contrast of 4.5 or more).
INK = "#222222"
FAINT = "#8c8c8c"
PAPER = "#ffffff"
BASELINE = "#00735a"
VEHICLE = "#666666"
AGONISTS = ("#b24a00", "#a03a74", "#7a5c00")
ANTAGONIST = "#0064a0"
WASH = "#2a7896"

ROLE_COLOURS = MappingProxyType(
    {
        "baseline": BASELINE,
        "vehicle": VEHICLE,
        "agonist": AGONISTS[0],
        "antagonist": ANTAGONIST,
        "wash": WASH,
    }
)
"""Colour of each kind of window; whatever is not named here is drawn in `VEHICLE` grey."""

UNIT_COLOURS = (INK, AGONISTS[0], ANTAGONIST, BASELINE, AGONISTS[1])
"""Colours of several units in one figure, in their order."""

RC: Mapping[Any, Any] = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
        "font.size": 7.0,
        "axes.titlesize": 7.0,
        "axes.labelsize": 7.0,
        "xtick.labelsize": 6.5,
        "ytick.labelsize": 6.5,
        "legend.fontsize": 6.5,
        "figure.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.minor.size": 1.5,
        "lines.linewidth": 1.0,
        "lines.markersize": 4.0,
        "patch.linewidth": 0.6,
        "legend.frameon": False,
        "legend.handlelength": 1.4,
        "legend.borderaxespad": 0.2,
        "axes.unicode_minus": True,
        "figure.dpi": 150.0,
        "savefig.dpi": 300.0,
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
    }
)
"""matplotlib settings of the house style: text stays text in SVG and PDF, so that Illustrator can edit it."""


@contextmanager
def house_style(*, salt: str | None = None) -> Iterator[None]:
    """Draw in the house style inside the block.

    Parameters
    ----------
    salt : str, optional
        What the identifiers inside an SVG are made from, so that one figure gives one file.

    Examples
    --------
    >>> with house_style():
    ...     mpl.rcParams["svg.fonttype"]
    'none'
    """
    with mpl.rc_context({**RC, "svg.hashsalt": salt}):
        yield


@contextmanager
def drawing(ax: Axes | None, *, width_mm: float = SINGLE_MM, height_mm: float = 60.0) -> Iterator[Axes]:
    """Give the axes to draw on: the caller's own in the caller's style, or new ones of journal size in the house's.

    Parameters
    ----------
    ax : Axes or None
        The caller's axes; ``None`` makes a figure, which a notebook shows.
    width_mm, height_mm : float, optional
        Size of the new figure.

    Yields
    ------
    Axes
    """
    if ax is not None:
        yield ax
        return
    with house_style():
        _, new = plt.subplots(figsize=(width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH), layout="constrained")
        yield new


def figure_of(ax: Axes) -> Figure:
    """Return the figure that the axes belong to, subfigures looked through."""
    figure = ax.figure
    return figure if isinstance(figure, Figure) else figure.figure


def save_figure(ax: Axes, path: str | os.PathLike[str]) -> Path:
    """Save the figure of `ax` with live text and no date, so that one result gives one file.

    Parameters
    ----------
    ax : Axes
        As a `plot_` function returned it.
    path : path
        ``.pdf``, ``.svg`` or ``.png`` (300 dots per inch).

    Returns
    -------
    Path
        Where it was written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_figure(plt.figure().subplots(), Path(folder) / "fig.svg").name
    'fig.svg'
    """
    path = Path(path)
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    with house_style(salt=path.stem):
        figure_of(ax).savefig(path, metadata=undated)
    return path


def role_colour(role: str) -> str:
    """Colour of a kind of window or administration."""
    return ROLE_COLOURS.get(role, VEHICLE)


def unit_colour(place: int) -> str:
    """Colour of a unit by its place among those of one figure."""
    return UNIT_COLOURS[place % len(UNIT_COLOURS)]
