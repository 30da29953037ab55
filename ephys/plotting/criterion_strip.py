"""One criterion as a strip: what passes, what is borderline, what fails, and where the cell lies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import ScaledTranslation

from ephys.classification import Criterion, Limits, Verdict
from ephys.plotting.labels import overlapping, text_width_pt
from ephys.plotting.palette import Palette, palette
from ephys.plotting.style import figure_of

STRIP_PT = 8.0
"""Height of a strip."""

_LOGARITHMIC = ("Hz", "ms")
_BEYOND = 1.5  # times the outermost limit or value, on a logarithmic axis
_ROOM = 1.2
_FAR = 4.0  # a borderline limit further than so many times the others does not set the axis
_PASS_ALPHA = 0.3

SIGNS: Mapping[Verdict, tuple[str, str, str]] = MappingProxyType(
    {
        "pass": ("baseline", "o", "passes"),
        "borderline": ("vehicle", "^", "borderline"),
        "fail": ("agonist", "X", "fails"),
        "not_judged": ("vehicle", "s", "not judged"),
    }
)
"""Colour of the palette, sign and word of each verdict."""


def draw_sign(ax: Axes, verdict: Verdict, x: float, y: float, *, before_pt: float = 0.0) -> None:
    """Draw the sign of a verdict, so far before a place: shape and fill tell it as well as the colour does."""
    named, marker, _ = SIGNS[verdict]
    colour = getattr(palette(ax), named)
    face = palette(ax).paper if verdict in ("borderline", "not_judged") else colour
    (sign,) = ax.plot(x, y, ls="none", marker=marker, ms=4.5, color=colour, mfc=face, mew=0.9, zorder=4, clip_on=False)
    sign.set_transform(ax.transData + ScaledTranslation(-before_pt / 72.0, 0.0, figure_of(ax).dpi_scale_trans))


def region_handles(colours: Palette) -> list[Patch]:
    """What the legend says of the three regions."""
    return [Patch(label=SIGNS[verdict][2], **_look(colours, verdict)) for verdict in ("pass", "borderline", "fail")]


def _look(colours: Palette, verdict: str) -> dict[str, Any]:
    """How a region is drawn: filled, hatched, or empty."""
    edge = {"edgecolor": colours.vehicle, "linewidth": 0.5}
    if verdict == "pass":
        red, green, blue = (int(colours.baseline[k : k + 2], 16) / 255.0 for k in (1, 3, 5))
        return {"facecolor": (red, green, blue, _PASS_ALPHA), **edge}
    return {"facecolor": "none", "hatch": "/////" if verdict == "borderline" else None, **edge}


@dataclass(frozen=True)
class Strip:
    """The axis of one criterion, from the left end of the figure to the right.

    Parameters
    ----------
    low, high : float
        Its ends, in the unit of the value.
    width_pt : float
        Its length.
    logarithmic : bool
        Rates and widths are; shares, probabilities and the CV begin at 0.
    """

    low: float
    high: float
    width_pt: float
    logarithmic: bool = False

    @classmethod
    def of(cls, criterion: Criterion, width_pt: float) -> Strip:
        """Axis that shows the value, its interval and the limits."""
        told = [end for end in (criterion.value, criterion.low, criterion.high) if math.isfinite(end)]
        limits = criterion.limits
        told += [end for end in (limits.low, limits.high) if math.isfinite(end)] if limits else []
        largest = max(told, default=1.0)
        outer = [limits.borderline_low, limits.borderline_high] if limits else []
        told += [end for end in outer if math.isfinite(end) and end <= _FAR * largest]
        positive = [end for end in told if end > 0]
        if criterion.unit in _LOGARITHMIC and positive:
            return cls(min(positive) / _BEYOND, max(positive) * _BEYOND, width_pt, logarithmic=True)
        high = _ROOM * max(positive, default=1.0)
        return cls(0.0, min(high, 100.0) if criterion.unit == "%" else high, width_pt)

    def place(self, value: float) -> float:
        """Where a value lies, in points from the left; at an end what lies beyond it."""
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0) * self.width_pt


def draw_regions(ax: Axes, strip: Strip, limits: Limits | None, top: float) -> None:
    """Draw what passes, what is borderline and what fails, the limits beneath; a bare line where no limit applies."""
    if limits is None:
        y = top + STRIP_PT / 2.0
        ax.plot([0.0, strip.width_pt], [y, y], "|-", ms=4.0, color=palette(ax).vehicle, lw=0.5, zorder=1)
    for left, right, verdict in _regions(strip, limits):
        x, end = strip.place(left), strip.place(right)
        ax.add_patch(Rectangle((x, top), end - x, STRIP_PT, zorder=1, **_look(palette(ax), verdict)))
    for x, text in _numbers(strip, limits):
        ax.text(x, top + STRIP_PT + 1.0, text, ha="center", va="top", fontsize="small", in_layout=False)


def _regions(strip: Strip, limits: Limits | None) -> Iterator[tuple[float, float, Verdict]]:
    """Each region of a strip, and what it is."""
    if limits is None:
        return
    edges = (strip.low, limits.borderline_low, limits.low, limits.high, limits.borderline_high, strip.high)
    for left, right in pairwise(sorted({edge for edge in edges if strip.low <= edge <= strip.high})):
        yield left, right, limits.judge(math.sqrt(left * right) if strip.logarithmic else (left + right) / 2.0)


def _numbers(strip: Strip, limits: Limits | None) -> Iterator[tuple[float, str]]:
    """Limits as they are printed under the strip: those of what passes first, the others where there is room."""
    ends = (
        (limits.low, limits.high, limits.borderline_low, limits.borderline_high) if limits else (strip.low, strip.high)
    )
    font = FontProperties(size="small")
    taken: list[tuple[float, float]] = []
    for end in dict.fromkeys(ends):
        if not strip.low <= end <= strip.high:
            continue
        text = f"{end:.3g}"
        half = text_width_pt(text, font) / 2.0
        x = min(max(strip.place(end), half), strip.width_pt - half)
        if not overlapping([*taken, (x - half, x + half)]):
            taken.append((x - half, x + half))
            yield x, text


def draw_value(ax: Axes, strip: Strip, criterion: Criterion, top: float) -> None:
    """Draw the value with its interval; an end of it that lies beyond the strip is an arrow."""
    y, ink = top + STRIP_PT / 2.0, palette(ax).ink
    if math.isfinite(criterion.low) and math.isfinite(criterion.high):
        left, right = strip.place(criterion.low), strip.place(criterion.high)
        ax.plot([left, right], [y, y], color=ink, lw=1.2, zorder=3, solid_capstyle="butt")
        for end, x, arrow in ((criterion.low, left, "<"), (criterion.high, right, ">")):
            beyond = not strip.low <= end <= strip.high
            ax.plot(x, y, marker=arrow if beyond else "|", ms=3.0 if beyond else 4.0, color=ink, zorder=3)
    draw_sign(ax, criterion.verdict, strip.place(criterion.value), y)
