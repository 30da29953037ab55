"""Points of several curves on one logarithmic axis of dose: what figures of antagonists and of reserve share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from ephys.pharmacology.shared_fits.points import CurvePoints
from ephys.plotting.dose_axis import dose_ratio
from ephys.plotting.labels import wrap_text
from ephys.plotting.log_ticks import one_two_five
from ephys.plotting.timeline import dose_text, dose_unit_text

MARKERS = "osD^v"
_PT_PER_MM = 72.0 / 25.4
_FONT = 6.5
_LINE_MM = 2.9
_ROOM = 0.95


def draw_points(axes: Axes, points: CurvePoints, curve: int, response: NDArray[np.float64], colour: str) -> None:
    """Points of one curve, each as it was measured; a dose of 0 has no place on the axis."""
    own = (points.curve == curve) & (points.dose > 0)
    axes.plot(
        points.dose[own], response[own], MARKERS[curve % len(MARKERS)], ms=2.6, mec=colour, mfc="none", mew=0.6,
        alpha=0.8, ls="", gid="point",
    )  # fmt: skip


def dose_grid(points: CurvePoints, curve: int) -> NDArray[np.float64]:
    """Doses from the lowest to the highest given, at which a curve is drawn: not beyond."""
    given = points.dose[(points.dose > 0) & (points.curve == curve)]
    return np.geomspace(given.min(), given.max(), 200)


def set_log_axis(axes: Axes, values: Sequence[float], label: str) -> None:
    """Lay out a logarithmic axis below with plain numbers at 1, 2 and 5, or at powers of ten."""
    ratio = min(dose_ratio(values), 3.0)
    low, high = min(values) / ratio**0.5, max(values) * ratio**0.5
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = one_two_five(low, high)
    tens = [tick for tick in ticks if np.isclose(np.log10(tick) % 1.0, 0.0) or np.isclose(np.log10(tick) % 1.0, 1.0)]
    axes.xaxis.set_major_locator(FixedLocator(tens if len(ticks) > 6 and len(tens) > 1 else ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: dose_text(value)))
    axes.set_xlabel(label)


def unit_label(what: str, unit: str) -> str:
    """What an axis shows, with its unit.

    >>> unit_label("dose", "ug/kg")
    'dose (µg/kg)'
    """
    return f"{what} ({dose_unit_text(unit)})"


def lines_below(texts: Sequence[str], width_mm: float) -> list[str]:
    """Sentences that stand below a figure, in lines that are not wider than it."""
    font = FontProperties(size=_FONT)
    told = [text[0].upper() + text[1:] + "." for text in texts]
    return [line for text in told for line in wrap_text(text, _ROOM * width_mm * _PT_PER_MM, font)]


def room_below_mm(lines: Sequence[str]) -> float:
    """Height that these lines take."""
    return _LINE_MM * len(lines)
