"""The house style: journal widths, light or dark paper, text that stays text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ephys.errors import ParameterError
from ephys.plotting.palette import DARK, LIGHT, palette_on

SINGLE_MM = 85.0
"""Width of one journal column."""

DOUBLE_MM = 175.0
"""Width of two journal columns."""

_MM_PER_INCH = 25.4

Theme = Literal["light", "dark"]

_SIZES: Mapping[Any, Any] = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
        "font.size": 7.0,
        "axes.titlesize": 7.0,
        "axes.labelsize": 7.0,
        "xtick.labelsize": 6.5,
        "ytick.labelsize": 6.5,
        "legend.fontsize": 6.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "axes.grid": False,
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
        "figure.dpi": 125.0,
        "savefig.dpi": 300.0,
        "savefig.facecolor": "auto",
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
    }
)
"""matplotlib settings of the house style: text stays text in SVG and PDF, so that Illustrator can edit it."""

_ON_PAPER = ("figure.facecolor", "axes.facecolor")
_IN_INK = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")


@contextmanager
def house_style(*, theme: Theme | None = None, salt: str | None = None) -> Iterator[None]:
    """Draw in the house style inside the block.

    Parameters
    ----------
    theme : {"light", "dark"}, optional
        Light for paper, dark for slides and dark screens. By default what fits matplotlib's own settings: dark where
        these make dark figures, as after ``plt.style.use("dark_background")``.
    salt : str, optional
        What the identifiers inside an SVG are made from, so that one figure gives one file.

    Raises
    ------
    ParameterError
        If there is no such theme.

    Examples
    --------
    >>> with house_style(theme="dark"):
    ...     mpl.rcParams["svg.fonttype"], mpl.rcParams["figure.facecolor"]
    ('none', '#16181a')
    """
    themes = {"light": LIGHT, "dark": DARK}
    if theme is not None and theme not in themes:
        raise ParameterError(f"theme must be light or dark, got {theme!r}")
    colours = palette_on(mpl.rcParams["figure.facecolor"]) if theme is None else themes[theme]
    coloured: Mapping[Any, Any] = {**dict.fromkeys(_ON_PAPER, colours.paper), **dict.fromkeys(_IN_INK, colours.ink)}
    with mpl.rc_context({**_SIZES, **coloured, "svg.hashsalt": salt}):
        yield


def new_figure(*, width_mm: float = SINGLE_MM, height_mm: float = 60.0) -> Figure:
    """Make an empty figure of journal size in the house style, to lay several panels out on.

    Parameters
    ----------
    width_mm, height_mm : float, optional
        `SINGLE_MM` and `DOUBLE_MM` are one and two columns of a journal.

    Returns
    -------
    Figure
        Whose panels do not overlap. Make and fill them inside `house_style`.

    Examples
    --------
    >>> round(25.4 * new_figure(width_mm=DOUBLE_MM).get_figwidth())
    175
    """
    with house_style():
        return plt.figure(figsize=(width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH), layout="constrained")


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
        yield new_figure(width_mm=width_mm, height_mm=height_mm).subplots()


def figure_of(drawn: Axes | Figure | SubFigure) -> Figure:
    """Return the figure that axes belong to, subfigures looked through; a figure is its own."""
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    return figure if isinstance(figure, Figure) else figure.figure


def save_figure(drawn: Axes | Figure, path: str | os.PathLike[str]) -> Path:
    """Save a figure with live text and no date, so that one result gives one file.

    Parameters
    ----------
    drawn : Axes or Figure
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
        figure_of(drawn).savefig(path, metadata=undated)
    return path
