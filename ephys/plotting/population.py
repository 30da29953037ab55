"""A population's dose-response: every cell as it was measured, and the mean curve of each group with its band."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from ephys.pharmacology import PopulationCurve, PopulationFit, population_curve
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.population.runs import Run
from ephys.plotting.dose_axis import dose_ratio, dose_scale, draw_dose_axis
from ephys.plotting.group_series import (
    MOST_GROUPS,
    TALLEST_PERCENT,
    GroupStyle,
    group_style,
    group_width_mm,
    legend_above,
    unbroken,
)
from ephys.plotting.palette import palette
from ephys.plotting.style import drawing

_BETWEEN_BARS = 2.6  # percent of baseline between the bars of two groups
_ARROW_AT = 0.45  # of a dose step beyond the doses, where what has no end is drawn to
_CELL_ALPHA, _MANY_CELLS, _MANY_ALPHA = 0.55, 30, 0.3


def plot_population(fit: PopulationFit, *, ax: Axes | None = None) -> Axes:
    """Draw percent of baseline against cumulative dose: every cell, and the mean curve of each group with its band.

    A cell is the line through its own measured points, from its first dose to its last, and not its curve: the fitted
    curves all have one slope, and would show as found what is assumed. The group's curve is the mean over its cells
    and animals (`population_curve`), which is flatter than theirs. The bar at half of the largest effect is the ID50 of
    the group with its interval; it has an arrow where it goes on beyond the doses, and a diamond only where the ID50
    lies within them; bars of several groups stand above each other. A group whose ID50 lies beyond the doses, without
    an end, has no curve, only the side of the band that is known.

    Parameters
    ----------
    fit : PopulationFit
        Of spike counts.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide, or two for more than three groups.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from ephys.pharmacology import fit_population
    >>> rows = [
    ...     {"animal": f"r{n}", "unit": "1", "group": "control", "dose": dose, "exposure_s": 60.0, "dose_unit": "ug/kg",
    ...      "drug": "ipsapirone", "count": round(120 / (1 + (dose / id50) ** 2))}
    ...     for n, id50 in enumerate((40.0, 50.0, 65.0)) for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> plot_population(fit_population(rows)).get_xlabel()
    'cumulative dose of ipsapirone (µg/kg)'
    """
    curves = [population_curve(fit, group=group) for group in fit.groups]
    width_mm = group_width_mm(fit.groups)
    with drawing(ax, width_mm=width_mm, height_mm=100.0) as axes:
        _draw_axes(axes, fit)
        for level in {100.0, *(curve.half_percent for curve in curves)}:
            axes.axhline(level, color=palette(axes).faint, lw=0.6, ls=":", zorder=0)
        handles: list[Artist] = []
        for place, curve in enumerate(curves):
            style = group_style(axes, place)
            for run in fit.runs:
                if run.group == curve.group:
                    _draw_cell(axes, run, style, _CELL_ALPHA if len(fit.runs) <= _MANY_CELLS else _MANY_ALPHA)
            handles.append(_draw_curve(axes, fit, curve, style))
            _draw_id50(axes, fit, curve, style, (len(curves) - 1) / 2 - place)
        legend_above(axes, [*handles, *_signs(axes, fit, curves)], title="\n".join(_title(fit)))
        return axes


def _draw_axes(ax: Axes, fit: PopulationFit) -> None:
    """Lay both axes out."""
    first = fit.runs[0]
    doses = sorted({float(dose) for run in fit.runs for dose in run.dose if dose > 0})
    scale = dose_scale(first.dose_unit, first.conditions.get("route", ""), first.conditions.get("form", ""))
    draw_dose_axis(ax, doses, drug=first.drug, scale=scale, total=fit.words.total)
    tallest = max(percent for run in fit.runs for percent in run.percents.values())
    ax.set_ylim(-4.0, 1.04 * min(max(110.0, tallest), TALLEST_PERCENT))
    ax.set_ylabel("firing rate (% of baseline)")


def _draw_cell(ax: Axes, run: Run, style: GroupStyle, alpha: float) -> None:
    """Draw a cell's points, joined; a triangle where its rate was never halved, or by the first dose; a ring at 0."""
    doses, percents = np.array(list(run.percents.items())).T
    ax.plot(doses, percents, color=style.colour, ls=style.dash, lw=0.5, alpha=alpha, zorder=1.5)
    ends = {"not reached": ("^", -1), "from the first dose": ("v", 0)}
    if run.reach in ends:
        marker, end = ends[run.reach]
        _mark(ax, doses[end], percents[end], marker, style)
    silent = percents == 0
    if silent.any():  # an empty line would take room at the figure's corner
        _mark(ax, doses[silent], percents[silent], "o", style)


def _mark(ax: Axes, doses: ArrayLike, percents: ArrayLike, marker: str, style: GroupStyle) -> None:
    """Draw an open sign."""
    ax.plot(
        np.atleast_1d(doses), np.atleast_1d(percents), marker, ms=3.4, mfc=palette(ax).paper, mec=style.colour, mew=0.7,
        ls="", zorder=2, clip_on=marker == "^",
    )  # fmt: skip


def _draw_curve(ax: Axes, fit: PopulationFit, curve: PopulationCurve, style: GroupStyle) -> Line2D:
    """Draw the mean curve on its band, and return what the legend says of it."""
    ax.fill_between(curve.dose, curve.low, curve.high, color=style.colour, alpha=0.16, lw=0.0, zorder=1)
    (line,) = ax.plot(curve.dose, curve.percent, color=style.colour, ls=style.dash, lw=1.6, zorder=4)
    line.set_path_effects([withStroke(linewidth=2.8, foreground=palette(ax).paper, alpha=0.8)])
    animals, cells = fit.n_animals[curve.group], fit.n_cells[curve.group]
    line.set_label(f"{curve.group}: {count_text(animals, 'animal')}, {count_text(cells, 'cell')}")
    return line


def _draw_id50(ax: Axes, fit: PopulationFit, curve: PopulationCurve, style: GroupStyle, row: float) -> None:
    """Draw the ID50 with its interval at half of the largest effect; bars of several groups stand above each other."""
    found, height = fit.id50[curve.group], curve.half_percent + row * _BETWEEN_BARS
    beyond = dose_ratio([float(dose) for run in fit.runs for dose in run.dose if dose > 0]) ** _ARROW_AT
    lowest, top = found.lowest_dose, found.top_dose
    below, above = found.low < lowest, found.high > top
    low = lowest / beyond if below else min(found.low, top)
    high = top * beyond if above else max(found.high, lowest)
    ax.plot([low, high], [height, height], color=style.colour, lw=2.0, solid_capstyle="butt", zorder=5)
    for end, goes_on, marker in ((low, below, "<"), (high, above, ">")):
        ax.plot([end], [height], marker=marker if goes_on else "|", color=style.colour, ms=5.0, zorder=5)
    if found.status == "interpolated":
        ax.plot([found.value], [height], "D", color=style.colour, mfc=palette(ax).paper, ms=4.5, zorder=6)


def _signs(ax: Axes, fit: PopulationFit, curves: list[PopulationCurve]) -> Iterator[Artist]:
    """What the signs mean, those that are shown alone."""
    ink, level = palette(ax).ink, f"{100 * fit.level:g} %"
    if any(np.isfinite(curve.low).any() for curve in curves):
        yield Patch(facecolor=ink, alpha=0.16, label=f"mean curve, {level} band")
    half = ", at half of Emax" if any(curve.half_percent != 50 for curve in curves) else ""
    yield Line2D(
        [],
        [],
        color=ink,
        lw=2.0,
        marker="D",
        mfc=palette(ax).paper,
        ms=4.0,
        label=f"{fit.words.of_groups}{half}, {level} CI",
    )
    yield Line2D([], [], color=ink, lw=0.5, alpha=_CELL_ALPHA, label="one cell, as measured")
    told = {"not reached": ("^", "never halved"), "from the first dose": ("v", f"halved by the first {fit.words.dose}")}
    for reach, (marker, text) in told.items():
        n = sum(run.reach == reach for run in fit.runs)
        if n:
            yield _sign(ax, marker, f"{text} ({count_text(n, 'cell')})")
    silent = sum(0.0 in run.percents.values() for run in fit.runs)
    if silent:
        yield _sign(ax, "o", f"no spike ({count_text(silent, 'cell')})")


def _sign(ax: Axes, marker: str, text: str) -> Line2D:
    """An open sign of the legend."""
    return Line2D([], [], marker=marker, ls="", ms=3.4, mfc=palette(ax).paper, mec=palette(ax).ink, mew=0.7, label=text)


def _title(fit: PopulationFit) -> Iterator[str]:
    """ID50s and the shift in words, and what is not shown."""
    if len(fit.groups) <= MOST_GROUPS:
        yield from (f"{group}: {fit.words.of_groups} {fit.id50[group].text}" for group in fit.groups)
    if len(fit.groups) == 2 and not all(found.is_open for found in fit.id50.values()):
        yield from (unbroken(str(shift)) for shift in fit.fold_shift.values())
    above = sum(percent > 1.04 * TALLEST_PERCENT for run in fit.runs for percent in run.percents.values())
    if above:
        yield f"{count_text(above, 'point')} above {1.04 * TALLEST_PERCENT:g} % not shown"
