"""What a figure carries for a closer look: whole numbers in attributes, names as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ephys.plotting.palette import LIGHT
from ephys.report.svg import figure_colours

Data = tuple[tuple[str, str], ...]
"""Attributes: the name behind ``data-``, and whole numbers or a word of the program."""

COURSE_BYTES = 1_400_000
"""Of all cells of a page together: with those of the voltage and of the figures a page stays below 5 MB."""

VOLTAGE_BYTES = 900_000
"""Of the voltage of a page: some ten seconds at 25 kHz."""

_NAMES = {colour: name.removeprefix("--figure-") for name, colour in figure_colours(LIGHT).items()}


@dataclass(frozen=True)
class Item:
    """Something that has a name, and numbers.

    Parameters
    ----------
    text : str
        Read by people; may have been typed.
    data : tuple of (str, str)
    """

    text: str
    data: Data = ()


@dataclass(frozen=True)
class Closer:
    """What is looked at closely in one figure.

    Parameters
    ----------
    kind : {"course", "voltage"}
        Which view draws it.
    data : tuple of (str, str)
        Of the whole.
    lists : tuple of (str, tuple of Item)
        By the class of each list.
    """

    kind: Literal["course", "voltage"]
    data: Data
    lists: tuple[tuple[str, tuple[Item, ...]], ...]

    @property
    def n_bytes(self) -> int:
        """About how long it is in the page."""
        return sum(len(part.encode()) for part in self._parts())

    def _parts(self) -> Iterator[str]:
        """Everything that is written out."""
        for name, value in self.data:
            yield f"data-{name}='{value}' "
        for _, items in self.lists:
            for item in items:
                yield f"<li>{item.text}</li>"
                yield from (f"data-{name}='{value}' " for name, value in item.data)


def colour_name(colour: str) -> str:
    """Name, in the style sheet of a page, of a colour of figures on light paper.

    >>> colour_name(LIGHT.ink), colour_name(LIGHT.baseline)
    ('ink', 'hue-1')
    """
    return _NAMES[colour]
