"""Colours that survive colour blindness and print, on light paper and on a dark screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.typing import ColorType

_DARK_BELOW = 0.35  # luminance of a paper on which light ink reads better


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one paper, each with a contrast of 4.5 or more on it, but for `faint`, which carries no text.

    Parameters
    ----------
    paper, ink, faint : str
        Ground, what is drawn first of all, and what stands back.
    baseline, vehicle, antagonist, wash : str
        Kinds of windows and administrations.
    agonists : tuple of str
        One each; a drug's curve has its colour.
    """

    paper: str
    ink: str
    faint: str
    baseline: str
    vehicle: str
    agonists: tuple[str, ...]
    antagonist: str
    wash: str

    @property
    def agonist(self) -> str:
        """Colour of the first agonist, and of what it does."""
        return self.agonists[0]

    def role(self, role: str) -> str:
        """Colour of a kind of window or administration; what has none of its own is drawn as the vehicle is.

        >>> LIGHT.role("antagonist") == LIGHT.antagonist, LIGHT.role("challenge") == LIGHT.vehicle
        (True, True)
        """
        named = {"baseline": self.baseline, "agonist": self.agonist, "antagonist": self.antagonist, "wash": self.wash}
        return named.get(role, self.vehicle)

    def series(self, place: int) -> str:
        """Colour of a unit, or of a group, by its place among those of one figure."""
        several = (self.ink, self.agonists[0], self.antagonist, self.baseline, self.agonists[1])
        return several[place % len(several)]


# Okabe & Ito's palette, darkened where text in the colour must stay readable on white, and lightened for dark screens.
LIGHT = Palette(
    paper="#ffffff",
    ink="#222222",
    faint="#8c8c8c",
    baseline="#00735a",
    vehicle="#666666",
    agonists=("#b24a00", "#a03a74", "#7a5c00"),
    antagonist="#0064a0",
    wash="#2a7896",
)
DARK = Palette(
    paper="#16181a",
    ink="#e8e8e6",
    faint="#80858a",
    baseline="#3fc4a0",
    vehicle="#a9adb1",
    agonists=("#f0904a", "#e58fc0", "#d9b64a"),
    antagonist="#6bb2ee",
    wash="#79c7dc",
)


def palette(ax: Axes) -> Palette:
    """Colours that suit the paper of some axes, whoever made them.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> palette(plt.figure(facecolor="black").add_subplot(facecolor="none")) is DARK
    True
    """
    return palette_on(next((colour for colour in _grounds(ax) if to_rgba(colour)[3] > 0), "white"))


def palette_on(paper: ColorType) -> Palette:
    """Colours for a paper of some colour.

    >>> palette_on("white") is LIGHT, palette_on("#202020") is DARK
    (True, True)
    """
    return DARK if luminance(paper) < _DARK_BELOW else LIGHT


def luminance(colour: ColorType) -> float:
    """Relative luminance of a colour, from 0 (black) to 1 (white), as WCAG 2.1 defines it.

    >>> luminance("white"), luminance("black")
    (1.0, 0.0)
    """
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _grounds(ax: Axes) -> Iterator[ColorType]:
    """What lies under the axes, from the uppermost down."""
    yield ax.get_facecolor()
    yield ax.figure.get_facecolor()
    yield ax.figure.figure.get_facecolor()
