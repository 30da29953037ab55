"""A bar of a round length of time in place of the time axis, as the field prints it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import ScaledTranslation

from ephys.plotting.labels import axes_width_pt, text_width_pt
from ephys.plotting.palette import palette
from ephys.plotting.style import figure_of

_LENGTHS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000)
_MOST = 0.2  # of the axis, that the bar may take
_DROP_PT = 4.0
_BAR_PT = 1.5


def time_bar_s(span_s: float) -> float:
    """Length of the bar: the longest round one that takes a fifth of the axis at most.

    Parameters
    ----------
    span_s : float
        Seconds that the axis shows.

    Returns
    -------
    float
        In seconds.

    Examples
    --------
    >>> time_bar_s(930.0), time_bar_s(1800.0), time_bar_s(30.0)
    (120.0, 300.0, 5.0)
    """
    return float(max((length for length in _LENGTHS_S if length <= _MOST * span_s), default=_LENGTHS_S[0]))


def time_bar_text(length_s: float) -> str:
    """A length of time as it is printed under its bar.

    >>> time_bar_text(300.0), time_bar_text(30.0), time_bar_text(7200.0)
    ('5 min', '30 s', '2 h')
    """
    per_unit, unit = next((per, unit) for per, unit in ((3600.0, "h"), (60.0, "min"), (0.0, "s")) if length_s >= per)
    return f"{length_s / (per_unit or 1.0):g} {unit}"


def time_bar_width_pt(ax: Axes) -> float:
    """Width that the bar of some axes takes with its text, in points."""
    length_s, span_s = _lengths(ax)
    bar_pt = length_s / span_s * axes_width_pt(ax)
    return max(bar_pt, text_width_pt(time_bar_text(length_s), FontProperties(size="small")))


def draw_time_bar(ax: Axes, start_s: float, stop_s: float) -> None:
    """Lay out the time without an axis: a bar of a round length beneath the right end, and what it means.

    The line at the foot of the axes stays, since it is the rate 0.

    Parameters
    ----------
    ax : Axes
        Axes to lay out.
    start_s, stop_s : float
        Ends of the time shown.
    """
    ax.set_xlim(start_s, stop_s)
    ax.set_xlabel("")
    ax.xaxis.set_visible(False)
    length_s, _ = _lengths(ax)
    ink = palette(ax).ink
    lowered = ax.get_xaxis_transform() + ScaledTranslation(0.0, -_DROP_PT / 72.0, figure_of(ax).dpi_scale_trans)
    ax.plot([stop_s - length_s, stop_s], [0.0, 0.0], transform=lowered, color=ink, lw=_BAR_PT, clip_on=False,
            solid_capstyle="butt")  # fmt: skip
    wider = time_bar_width_pt(ax) > length_s / (stop_s - start_s) * axes_width_pt(ax)
    ax.annotate(
        time_bar_text(length_s),
        xy=(stop_s if wider else stop_s - length_s / 2, 0.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0.0, -_DROP_PT - 2.0),
        textcoords="offset points",
        ha="right" if wider else "center",
        va="top",
        fontsize="small",
        color=ink,
        annotation_clip=False,
    )


def _lengths(ax: Axes) -> tuple[float, float]:
    """Seconds of the bar, and of the axis."""
    start_s, stop_s = ax.get_xlim()
    return time_bar_s(stop_s - start_s), stop_s - start_s
