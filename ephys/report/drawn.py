"""A figure with all that is said of it, before it becomes part of a page."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ephys.report.picture import Mark


@dataclass(frozen=True)
class Drawing:
    """A figure that is drawn.

    Parameters
    ----------
    figure : Axes or Figure
    description : str
        What it shows, for those who cannot see it.
    caption : str
    marks : tuple of Mark
        Values to point at.
    wide : bool
        Whether it takes the width of the page.
    file : str
        Name of its file; empty: it is on the page alone.
    is_on_page : bool
        False for what is a file alone, since the page has it in parts.
    """

    figure: Axes | Figure
    description: str
    caption: str
    marks: tuple[Mark, ...] = ()
    wide: bool = False
    file: str = ""
    is_on_page: bool = True


@dataclass(frozen=True)
class NotDrawn:
    """A figure that cannot be drawn, and why."""

    what: str
    reason: str

    def __str__(self) -> str:
        """In a sentence."""
        return f"{self.what}: {self.reason}"
