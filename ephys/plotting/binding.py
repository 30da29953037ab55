"""Competition binding: every tube, the curve with its band, and the IC50, each no further than the data reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator
from matplotlib.typing import ColorType

from ephys.errors import ParameterError
from ephys.pharmacology import BindingFit
from ephys.plotting.dose_axis import dose_ratio
from ephys.plotting.group_series import legend_above
from ephys.plotting.log_ticks import one_two_five
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing
from ephys.plotting.timeline import dose_text

_CURVE_POINTS = 200
_MARKERS = "os^Dv"
_MOST = len(_MARKERS)
_BEYOND = 1.6  # concentration steps beyond the last, where tubes without a concentration stand
_UNBROKEN = "\N{NO-BREAK SPACE}"
_TALLEST, _LOWEST = 130.0, -20.0


def plot_binding(fits: BindingFit | Iterable[BindingFit], *, ax: Axes | None = None) -> Axes:
    """Draw specific binding against the concentration of the compound: tubes, one-site curve, IC50.

    Parameters
    ----------
    fits : BindingFit or iterable of BindingFit
        One, or up to five to be laid over one another: experiments of a compound, or compounds.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes
        With the concentration on a log axis; total tubes stand left of a break, non-specific ones right of one. The
        curve and its band end with the concentrations. A diamond is an IC50 within them, with its interval; an arrow
        a bound. A bracket has no curve.

    Raises
    ------
    ParameterError
        If there is no fit, or more than five.

    Examples
    --------
    >>> from ephys.pharmacology import BindingExperiment, BindingTube, fit_binding
    >>> tubes = [BindingTube("sample", nm, 100 / (1 + nm / 30)) for nm in (3.0, 10.0, 30.0, 100.0, 300.0)]
    >>> plot_binding(fit_binding(BindingExperiment("e1", "A", tuple(tubes), measured="percent"))).get_xlabel()
    'A (nM)'
    """
    shown = [fits] if isinstance(fits, BindingFit) else list(fits)
    if not 1 <= len(shown) <= _MOST:
        raise ParameterError(f"plot_binding draws 1 to {_MOST} fits, got {len(shown)}: choose, or draw several panels")
    with drawing(ax, width_mm=SINGLE_MM, height_mm=74.0 + 3.0 * len(shown)) as axes:
        axes.set_xscale("log")
        places = _lay_out(axes, shown)
        for level in (0.0, 50.0, 100.0):
            axes.axhline(level, color=palette(axes).faint, lw=0.6, ls=":", zorder=0)
        handles = [
            _draw_fit(axes, fit, palette(axes).series(number), _MARKERS[number], places)
            for number, fit in enumerate(shown)
        ]
        legend_above(axes, handles, title=_title(shown))
        return axes


def _lay_out(ax: Axes, fits: Sequence[BindingFit]) -> tuple[float, float]:
    """Limits, ticks and labels; where total and non-specific tubes stand."""
    doses = sorted({nm for fit in fits for nm in fit.experiment.concentrations_nm})
    ratio = dose_ratio(doses)
    left, right = doses[0] / ratio**_BEYOND, doses[-1] * ratio**_BEYOND
    ticks = {nm: dose_text(nm) for nm in one_two_five(doses[0], doses[-1])}
    low, high = doses[0] / ratio**0.6, doses[-1] * ratio**0.6
    if any(fit.experiment.has_controls for fit in fits):
        ticks = {left: "total", **ticks, right: "non-\nspecific"}
        low, high = left / ratio**0.6, right * ratio**0.6
        for x in (doses[0] / ratio ** (_BEYOND / 2), doses[-1] * ratio ** (_BEYOND / 2)):
            box = {"facecolor": palette(ax).paper, "edgecolor": "none", "pad": 0.4}
            ax.text(
                x, 0.0, "//", transform=ax.get_xaxis_transform(), ha="center", va="center", fontsize="small", bbox=box
            )
    ax.set_xticks(list(ticks), list(ticks.values()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda percent, _: f"{percent:g}"))
    ax.set_xlim(low, high)
    everything = (fit.tube_percent(tube) for fit in fits for tube in fit.experiment.tubes)
    percents = [percent for percent in everything if math.isfinite(percent)]
    ax.set_ylim(max(_LOWEST, min([-6.0, *percents]) - 2.0), min(_TALLEST, max([106.0, *percents]) + 2.0))
    compounds = list(dict.fromkeys(fit.experiment.compound for fit in fits))
    ax.set_xlabel(f"{compounds[0]} (nM)" if len(compounds) == 1 else "concentration (nM)")
    ax.set_ylabel("specific binding (%)")
    return left, right


def _draw_fit(ax: Axes, fit: BindingFit, colour: ColorType, marker: str, places: tuple[float, float]) -> Line2D:
    """Tubes, curve and IC50 of one experiment; the sign that the legend shows."""
    at = {"total": places[0], "nonspecific": places[1]}
    for tube in fit.experiment.tubes:
        percent = fit.tube_percent(tube)
        if math.isfinite(percent):
            ax.plot(
                at.get(tube.kind, tube.concentration_nm), percent, marker=marker, color=colour, ls="", ms=3.2,
                mfc=palette(ax).paper, mew=0.8, zorder=3, gid=tube.kind,
            )  # fmt: skip
    if fit.told in ("interpolated", "above", "below"):
        _draw_curve(ax, fit, colour)
    _draw_ic50(ax, fit, colour)
    return Line2D([], [], color=colour, marker=marker, ms=3.2, mfc=palette(ax).paper, mew=0.8, label=_label(fit))


def _draw_curve(ax: Axes, fit: BindingFit, colour: ColorType) -> None:
    """The curve and its band from the lowest to the highest concentration; dashed where the IC50 is beyond."""
    doses = np.geomspace(*fit.tested_nm, _CURVE_POINTS)
    style = "-" if fit.told == "interpolated" else "--"
    ax.plot(doses, fit.percent(doses), color=colour, lw=1.1, ls=style, zorder=2, gid="curve")
    low, high = fit.percent_band(doses)
    if np.isfinite(low).all() and fit.told == "interpolated":
        ax.fill_between(doses, low, high, color=colour, alpha=0.18, lw=0.0, zorder=1, gid="band")


def _draw_ic50(ax: Axes, fit: BindingFit, colour: ColorType) -> None:
    """The IC50 with its interval at half of specific binding; an arrow where it is a bound, a bar for a bracket."""
    first, last = fit.tested_nm
    if fit.told == "not_told":
        return
    low, high = {"above": (last, last), "below": (first, first)}.get(fit.told, (fit.ic50_low_nm, fit.ic50_high_nm))
    left, right = max(low, first), min(high, last)
    ax.plot([left, right], [50.0, 50.0], color=colour, lw=2.0, solid_capstyle="butt", zorder=4, gid="interval")
    beyond = {"<": low < first or fit.told == "below", ">": high > last or fit.told == "above"}
    for end, (sign, is_beyond) in zip((left, right), beyond.items(), strict=True):
        if is_beyond:
            ax.plot(end, 50.0, marker=sign, color=colour, ms=5.0, zorder=4, gid="bound")
    if fit.told == "interpolated":
        ax.plot(
            fit.ic50_nm, 50.0, marker="D", color=colour, mfc=palette(ax).paper, mew=1.0, ms=4.5, zorder=5, gid="ic50"
        )


def _label(fit: BindingFit) -> str:
    """Which compound and experiment, its IC50 and its Ki; no line break parts a number from its interval."""
    told = [f"IC50 {fit.ic50_text}", *([f"{fit.ki_word} {fit.ki.ki_text}"] if fit.ki else [])]
    numbers = "; ".join(one.replace(" ", _UNBROKEN) for one in told)
    return f"{fit.experiment.compound}, {fit.experiment.name}: {numbers}"


def _title(fits: Sequence[BindingFit]) -> str:
    """Radioligand and receptor where all have the same, and what the intervals are."""
    receptors = {(fit.experiment.radioligand, fit.experiment.receptor) for fit in fits}
    radioligand, receptor = receptors.pop() if len(receptors) == 1 else ("", "")
    where = " at ".join(filter(None, (radioligand, receptor)))
    level = f"{100 * fits[0].level:g} % intervals over the tubes of an experiment"
    return "\n".join(filter(None, (where, level)))
