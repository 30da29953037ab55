"""A slice's applications one by one: what each left of the rate, and how far the wash brought it back."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ephys.jupyter import unit_text
from ephys.pharmacology import Application, Superfusion
from ephys.plotting.dose_axis import write_dose_label
from ephys.plotting.group_series import legend_above
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing

_ASIDE = 0.16
"""Of the distance between two applications, between the signs of one."""
_SIGNS = (("o", "% of the session's baseline"), ("o", "% of the rate before it"), ("s", "% of baseline after the wash"))
"""Marker and meaning of each kind of point."""


def plot_superfusion(superfusion: Superfusion, *, ax: Axes | None = None) -> Axes:
    """Draw the rate under each concentration, in percent of both baselines, and after its wash.

    Applications stand in order of time. A filled point is percent of the session's baseline, an open one percent of
    the rate just before the application, a square the rate after its wash. A dashed line is where a cell counts as
    recovered.

    Parameters
    ----------
    superfusion : Superfusion
        As `dose_response` gives it, of a drug that ran through a bath.
    ax : Axes, optional
        Where to draw; by default a new figure of one column.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from ephys import simulation
    >>> from ephys.pharmacology import dose_response
    >>> schedule = simulation.SuperfusionSchedule(concentrations_nm=(30.0, 100.0), design="separate")
    >>> session = simulation.simulate_session(
    ...     cells=[simulation.CellSpec(name="1")], schedule=schedule, with_voltage=False).session
    >>> response = dose_response(session.units[0], session.protocol, beside=False)
    >>> plot_superfusion(response.superfusion).get_xlabel()
    'concentration of ipsapirone (nM), in order of time'
    """
    with drawing(ax, width_mm=SINGLE_MM, height_mm=72.0) as axes:
        colours, applied = palette(axes), superfusion.applications
        axes.axhline(100.0, color=colours.faint, lw=0.6, ls=":", zorder=0)
        least = axes.axhline(superfusion.recovered_percent, color=colours.faint, lw=0.8, ls="--", zorder=0)
        least.set_label(f"recovered: {superfusion.recovered_percent:g} %")
        handles = [line for number in range(len(_SIGNS)) if (line := _draw(axes, superfusion, number)) is not None]
        axes.set_xticks([place + _ASIDE for place in range(len(applied))], [f"{one.dose:g}" for one in applied])
        axes.set_xlim(-0.5, len(applied) - 0.5 + 2 * _ASIDE)
        axes.set_ylim(bottom=0.0)
        unit = unit_text(superfusion.dose_unit)
        write_dose_label(axes, f"concentration of {superfusion.drug} ({unit}), in order of time")
        axes.set_ylabel("firing rate (%, 95 % interval)")
        title = f"unit {superfusion.unit_id}: {superfusion.design}, bath delay {superfusion.bath_delay_s:g} s"
        legend_above(axes, [*handles, least], title=title)
        return axes


def _draw(axes: Axes, superfusion: Superfusion, number: int) -> Line2D | None:
    """Draw one kind of point with its intervals; ``None`` where it was measured nowhere."""
    marker, label = _SIGNS[number]
    colours = palette(axes)
    edge = colours.wash if marker == "s" else colours.agonist
    face = colours.paper if number == 1 else edge
    values = [_values(one)[number] for one in superfusion.applications]
    known = [(place + number * _ASIDE, *value) for place, value in enumerate(values) if math.isfinite(value[0])]
    if not known:
        return None
    for place, _, low, high in known:
        if math.isfinite(low) and math.isfinite(high):
            axes.plot([place, place], [low, high], color=edge, lw=0.9, zorder=2)
    (line,) = axes.plot(
        [one[0] for one in known], [one[1] for one in known], marker, ms=4.0, color=edge, mfc=face, mew=0.8, zorder=3,
        label=label, clip_on=False,
    )  # fmt: skip
    return line


def _values(one: Application) -> tuple[tuple[float, float, float], ...]:
    """Percent of both baselines, and after the wash, each with its interval."""
    wash = one.recovery
    return (
        (one.percent, one.percent_low, one.percent_high),
        (one.own_percent, one.own_low, one.own_high),
        (math.nan,) * 3 if wash is None else (wash.percent, wash.percent_low, wash.percent_high),
    )
