"""The rate around an antagonist, when it was back, and recoveries without an antagonist beside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from ephys.errors import ParameterError
from ephys.jupyter import unit_text
from ephys.pharmacology import Recovery, Return, Reversal, Reversals, ReversalStep
from ephys.pharmacology.reversal.verdicts import NOT_REVERSED, PARTLY, RETURNED, REVERSED, Verdict
from ephys.plotting.legends import legend_columns
from ephys.plotting.palette import palette
from ephys.plotting.style import DOUBLE_MM, SINGLE_MM, drawing, house_style, new_figure

_FONT = 6.5
_TOP = 1.25
"""Of the axis, over the highest bin and the band: the time of return stands above, and in words under its sign."""
_RETURN_AT, _RETURN_TEXT_AT = 0.95, 0.875
_PANEL_MM = 62.0
_ROW_MM = 3.6
_BESIDE_ROWS_MM = 16.0
_NARROW_MM = 130.0


def plot_reversal(reversal: Reversal, *, ax: Axes | None = None) -> Axes:
    """Draw one cell's rate around the antagonist, with its baseline, the windows that were read, and its return.

    Bins are of 10 s, in percent of baseline; the band is that of a steady rate, from where one counts as back.

    Parameters
    ----------
    reversal : Reversal
        From `assess_reversal`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        If no antagonist followed an agonist, or there is no baseline to draw percents of.

    Examples
    --------
    >>> import numpy as np
    >>> import ephys
    >>> session = ephys.simulate_session(1, with_voltage=False).session
    >>> plot_reversal(ephys.assess_reversal(session.units[0], session.protocol)).get_ylabel()
    'firing rate (% of baseline)'
    """
    step = reversal.decisive
    if step is None or not step.rates:
        why = reversal.reason or (step.reason if step else "")
        raise ParameterError(f"{reversal.name}: no rate around an antagonist to draw ({why})")
    with drawing(ax, width_mm=SINGLE_MM, height_mm=_PANEL_MM) as axes:
        _draw_band(axes, reversal)
        _draw_rates(axes, step, color=palette(axes).ink, drawstyle="steps-mid")
        _draw_windows(axes, step)
        axes.axvline(0.0, color=palette(axes).antagonist, lw=0.8, zorder=1, gid="antagonist")
        rates = [percent for _, percent in step.rates if math.isfinite(percent)]
        axes.set_ylim(0.0, _TOP * max([*rates, reversal.settings.band_percent[1]]))
        _draw_return(axes, step)
        axes.set_title(f"{reversal.name}:\n{step.verdict}", loc="left")
        axes.set_xlabel(f"time from {_given(step)} (s)")
        axes.set_ylabel("firing rate (% of baseline)")
        return axes


def _given(step: ReversalStep) -> str:
    """What the time is counted from."""
    return unit_text(step.after.name)


def _draw_band(axes: Axes, reversal: Reversal) -> None:
    """The baseline, and where a rate is back."""
    colours = palette(axes)
    axes.axhspan(*reversal.settings.band_percent, color=colours.baseline, alpha=0.15, lw=0.0, zorder=0, gid="band")
    axes.axhline(100.0, color=colours.baseline, lw=0.8, zorder=1, gid="baseline")


def _draw_rates(axes: Axes, step: ReversalStep, **sign: Any) -> None:
    """Bins of one cell; a gap is what was not recorded."""
    middles, percents = zip(*step.rates, strict=True)
    axes.plot(middles, percents, lw=0.8, zorder=2, gid="rates", **sign)


def _draw_windows(axes: Axes, step: ReversalStep) -> None:
    """Windows in which agonist and antagonist were read, each with its interval."""
    colours = palette(axes)
    windows = [(step.agonist, colours.agonist), (step.after.window, colours.antagonist)]
    for window, colour in windows:
        if window is not None and math.isfinite(window.percent):
            start_s, stop_s = (end - step.after.window.given_s for end in (window.epoch.start_s, window.epoch.stop_s))
            axes.plot([start_s, stop_s], [window.percent] * 2, color=colour, lw=2.0, zorder=3, gid="window")
            middle = 0.5 * (start_s + stop_s)
            ends = [window.percent_low, window.percent_high]
            axes.plot([middle] * 2, ends, color=colour, lw=0.8, zorder=3, gid="interval")


def _draw_return(axes: Axes, step: ReversalStep) -> None:
    """When the rate was back, above everything."""
    back = step.back
    if not back.returned:
        return
    colours = palette(axes)
    place = blended_transform_factory(axes.transData, axes.transAxes)
    _draw_time(axes, back, _RETURN_AT, colours.antagonist, filled=True, transform=place)
    axes.text(0.99, _RETURN_TEXT_AT, f"back after {back.text}", transform=axes.transAxes, color=colours.antagonist,
              ha="right", va="center", fontsize=_FONT)  # fmt: skip


def _draw_time(axes: Axes, back: Return, y: float, colour: str, *, filled: bool, **where: Any) -> None:
    """A time of return with its interval; an arrow where it is later than what was watched."""
    face = colour if filled else palette(axes).paper
    if not back.returned:
        axes.plot(back.watched_s, y, ">", color=colour, mfc=face, ms=4.0, mew=0.7, gid="bound", **where)
        return
    axes.plot([back.low_s, back.high_s], [y, y], color=colour, lw=0.9, gid="interval of a return", **where)
    if math.isfinite(back.value_s):
        axes.plot(back.value_s, y, "o", color=colour, mfc=face, ms=3.8, mew=0.7, gid="return", **where)


def plot_reversals(reversals: Reversals, *, width_mm: float = DOUBLE_MM) -> Figure:
    """Draw every cell's rate around the antagonist, and its return beside recoveries without one.

    On the right, each row is a cell. Time runs from the last dose, or the wash; a bar across a row is when the
    antagonist came, a dot with its interval the return, and an arrow a cell that was not back while it was watched.

    Parameters
    ----------
    reversals : Reversals
        From `assess_reversals`.
    width_mm : float, optional
        Of the figure: `DOUBLE_MM`, or `SINGLE_MM` for one column of a journal, where the panels stand one above the
        other.

    Returns
    -------
    Figure

    Raises
    ------
    ParameterError
        If no cell has a rate around an antagonist.

    Examples
    --------
    >>> import ephys
    >>> session = ephys.simulate_session(1, with_voltage=False).session
    >>> cell = session.units[0]
    >>> response = ephys.dose_response(cell, session.protocol, subject=session.subject, beside=False)
    >>> len(plot_reversals(ephys.assess_reversals([(response, cell, session.protocol)])).axes)
    2
    """
    drawn = [(cell, step) for cell in reversals.cells if (step := cell.decisive) is not None and step.rates]
    if not drawn:
        raise ParameterError("no cell has a rate around an antagonist to draw; str() of the reversals says why")
    told = reversals.without
    verdicts = list(dict.fromkeys(step.verdict for _, step in drawn))
    bounds = any(not step.back.returned for _, step in drawn) or any(not one.back.returned for one in told)
    beside = width_mm >= _NARROW_MM
    rows_mm = _BESIDE_ROWS_MM + _ROW_MM * (len(drawn) + len(told) + 1)
    height_mm = max(_PANEL_MM, rows_mm) if beside else _PANEL_MM + rows_mm
    with house_style():
        figure = new_figure(width_mm=width_mm, height_mm=height_mm)
        shape: dict[str, Any] = {} if beside else {"height_ratios": [_PANEL_MM, rows_mm]}
        rates, times = figure.subplots(*((1, 2) if beside else (2, 1)), squeeze=False, **shape).ravel()
        _draw_all_rates(rates, drawn)
        _draw_all_times(times, drawn, told)
        handles = [Line2D([], [], lw=1.0, **_sign(rates, verdict), label=verdict) for verdict in verdicts]
        handles += _signs_of_times(times, bounds=bounds)
        labels = [str(handle.get_label()) for handle in handles]
        figure.legend(handles=handles, loc="outside upper left", ncols=legend_columns(labels, width_mm))
        return figure


def _sign(axes: Axes, verdict: Verdict) -> dict[str, Any]:
    """Colour and dash of a verdict: neither alone tells it."""
    colours = palette(axes)
    signs: dict[Verdict, tuple[str, str]] = {
        REVERSED: (colours.antagonist, "-"), RETURNED: (colours.baseline, "--"), PARTLY: (colours.agonist, "-."),
        NOT_REVERSED: (colours.ink, ":"),
    }  # fmt: skip
    colour, dash = signs.get(verdict, (colours.vehicle, (0, (1, 3))))
    return {"color": colour, "ls": dash}


def _signs_of_times(axes: Axes, *, bounds: bool) -> list[Line2D]:
    """What bar, dot and arrow mean."""
    ink = palette(axes).ink
    told: list[tuple[str, dict[str, Any]]] = [
        ("antagonist given", {"marker": "|", "ls": "", "ms": 6.0}),
        ("back, with its interval", {"marker": "o", "ms": 3.8, "lw": 0.9}),
    ]
    told += [("not back while watched", {"marker": ">", "ls": "", "ms": 4.0})] if bounds else []
    return [Line2D([], [], color=ink, label=label, **sign) for label, sign in told]


def _draw_all_rates(axes: Axes, drawn: Sequence[tuple[Reversal, ReversalStep]]) -> None:
    """A line for each cell, from before the antagonist on."""
    _draw_band(axes, drawn[0][0])
    for _, step in drawn:
        _draw_rates(axes, step, **_sign(axes, step.verdict))
    axes.axvline(0.0, color=palette(axes).ink, lw=0.6, zorder=1, gid="antagonist")
    axes.set_ylim(bottom=0.0)
    names = dict.fromkeys(step.after.drug for _, step in drawn)
    axes.set_title(f"rate around {' or '.join(names)}", loc="left")
    axes.set_xlabel("time from the antagonist (s)")
    axes.set_ylabel("firing rate (% of baseline)")


def _draw_all_times(axes: Axes, drawn: Sequence[tuple[Reversal, ReversalStep]], recoveries: Sequence[Recovery]) -> None:
    """Rows: cells with the antagonist from the top, then recoveries without."""
    colours = palette(axes)
    names: list[str] = []
    for cell, step in drawn:
        y = float(len(names))
        names.append(f"{cell.subject.animal}, {cell.unit_id}")
        if step.cell is None:
            continue
        axes.plot(step.cell.since_s, y, "|", color=colours.ink, ms=6.0, mew=0.8, gid="given")
        if step.back.watched_s > 0:
            _draw_time(axes, step.since_origin, y, _sign(axes, step.verdict)["color"], filled=True)
    if recoveries:
        axes.axhline(len(names) - 0.5, color=colours.faint, lw=0.6, gid="divide")
    for one in recoveries:
        _draw_time(axes, one.back, float(len(names)), colours.vehicle, filled=False)
        names.append(f"{one.animal}, {one.unit_id} (none)")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(left=0.0)
    axes.set_title("return; below the line, without antagonist", loc="left")
    axes.set_xlabel("time since the last dose, or the wash (s)")
