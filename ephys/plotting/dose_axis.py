"""The log axis of cumulative doses that figures of groups share: plain numbers at the doses that were given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, Locator, LogLocator, NullLocator

from ephys.plotting.labels import axes_width_pt, text_width_pt, wrap_text
from ephys.plotting.timeline import dose_text, dose_unit_text

_MOST_TICKS = 8
_BEYOND = 0.6  # of a dose step, on either side of the doses
_ROW_PT = 8.0
_GAP_PT = 3.0


def draw_dose_axis(ax: Axes, doses: Sequence[float], *, drug: str, scale: str, total: str) -> None:
    """Lay the horizontal axis out: a tick at each dose, aslant where the numbers would touch, fewer where still.

    Parameters
    ----------
    ax : Axes
    doses : sequence of float
        That were given, above 0.
    drug : str
    scale : str
        Unit, route and form, as `dose_scale` writes them.
    total : str
        What stands on the axis.
    """
    ratio = dose_ratio(doses)
    ax.set_xscale("log")
    ax.set_xlim(min(doses) / ratio**_BEYOND, max(doses) * ratio**_BEYOND)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda dose, _: dose_text(dose)))
    ax.xaxis.set_major_locator(FixedLocator(sorted(set(doses))))
    font = ax.get_xticklabels()[0].get_fontproperties()
    widest = max(text_width_pt(dose_text(dose), font) for dose in doses)
    room = gap_pt(ax, doses)
    if room < _ROW_PT:
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    if room < widest + _GAP_PT:
        for label in ax.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
        ax.tick_params(axis="x", rotation=45)
    write_dose_label(ax, f"{total}{f' of {drug}' if drug else ''}" + (f" ({scale})" if scale else ""))


def write_dose_label(ax: Axes, text: str) -> None:
    """Write below the axis what it shows, in lines that are not longer than it."""
    ax.set_xlabel("\n".join(wrap_text(text, axes_width_pt(ax), ax.xaxis.label.get_fontproperties())))


def dose_ticks(doses: Sequence[float]) -> Locator:
    """Ticks at the doses that were given; where there are too many, at 1, 2 and 5."""
    different = sorted(set(doses))
    return FixedLocator(different) if len(different) <= _MOST_TICKS else LogLocator(subs=(1.0, 2.0, 5.0))


def dose_scale(unit: str, route: str, form: str) -> str:
    """Unit, route and form as they stand behind a dose.

    >>> dose_scale("ug/kg", "i.v.", "base"), dose_scale("nM", "", "")
    ('µg/kg i.v., base', 'nM')
    """
    return ", ".join(filter(None, (" ".join(filter(None, (dose_unit_text(unit), route))), form)))


def dose_ratio(doses: Sequence[float]) -> float:
    """Factor between neighbouring doses; a doubling where there is only one.

    >>> dose_ratio([25.0, 50.0, 100.0]), dose_ratio([50.0])
    (2.0, 2.0)
    """
    different = sorted(set(doses))
    return round(float(np.exp(np.median(np.diff(np.log(different))))), 12) if len(different) > 1 else 2.0


def gap_pt(ax: Axes, doses: Sequence[float]) -> float:
    """Least distance between two doses on the axis in points; the whole axis where there is one."""
    low, high = np.log(ax.get_xlim())
    places = np.log(sorted(set(doses))) / (high - low) * axes_width_pt(ax)
    return min((float(b - a) for a, b in pairwise(places)), default=axes_width_pt(ax))
