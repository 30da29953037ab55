"""ID50s of a population by group: every cell, every animal, and what is said of the group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray

from ephys.pharmacology import GroupId50, PopulationFit
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.population.runs import Run
from ephys.plotting.dose_axis import dose_ratio, dose_ticks
from ephys.plotting.group_series import MOST_GROUPS, group_width_mm, unbroken
from ephys.plotting.labels import axes_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import drawing
from ephys.plotting.timeline import dose_text, dose_unit_text

FloatArray = NDArray[np.float64]

_NAME_SHARE = 0.9
"""Of a group's place on the axis, that its name may fill."""
GROUP_AT = 0.22
"""Where the group's own ID50 stands, from the middle of its place."""
_ARROW_AT = 0.45
"""Of a dose step beyond the doses, where what goes on is drawn to."""
_HALF_WIDTH = 0.32
"""Of the stretch over which a group's cells are spread, in places of the axis."""


def plot_group_id50s(fit: PopulationFit, *, ax: Axes | None = None) -> Axes:
    """Draw the ID50 of every cell by group, with the group's ID50 and its interval from the population.

    Cells of one animal stand above each other and are joined: n is animals. A cell whose rate was never halved stands
    at its last dose as a triangle that points up, one that was halved by its first dose there, pointing down. Above
    stands the fold shift of one or two groups against the reference.

    Parameters
    ----------
    fit : PopulationFit
        Of spike counts.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide, or two for more than three groups.

    Returns
    -------
    Axes
        With the dose on a log axis, and animals and cells of each group beneath.

    Examples
    --------
    >>> from ephys.pharmacology import fit_population
    >>> rows = [
    ...     {"animal": f"r{n}", "unit": "1", "group": "control", "dose": dose, "exposure_s": 60.0, "dose_unit": "ug/kg",
    ...      "drug": "ipsapirone", "count": round(120 / (1 + (dose / id50) ** 2))}
    ...     for n, id50 in enumerate((40.0, 50.0, 65.0)) for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> plot_group_id50s(fit_population(rows)).get_ylabel()
    'ID50 of ipsapirone (µg/kg)'
    """
    doses = np.concatenate([run.dose[run.dose > 0] for run in fit.runs])
    width_mm = group_width_mm(fit.groups)
    with drawing(ax, width_mm=width_mm, height_mm=74.0) as axes:
        axes.set_yscale("log")
        for edge in (doses.min(), doses.max()):
            axes.axhline(edge, color=palette(axes).faint, lw=0.6, ls=":", zorder=0)
        for place, group in enumerate(fit.groups):
            for animal in animals_of(fit, group, place):
                _draw_animal(axes, animal)
            _draw_group(axes, fit, group, place)
        _label(axes, fit)
        return axes


@dataclass(frozen=True, eq=False)
class ShownAnimal:
    """Cells of one animal, as they are drawn.

    Parameters
    ----------
    x : float
        Where it stands.
    id50 : array (cells,)
        Of each cell; the dose that bounds it where its rate never crossed half.
    runs : tuple of Run
        The cells.
    """

    x: float
    id50: FloatArray
    runs: tuple[Run, ...]


def animals_of(fit: PopulationFit, group: str, place: int) -> Iterator[ShownAnimal]:
    """Animals of a group from left to right by their ID50, side by side.

    Parameters
    ----------
    fit : PopulationFit
    group : str
    place : int
        Of the group on the axis.
    """
    members = {run.animal: [i for i, other in enumerate(fit.runs) if _is_of(fit, i, run.animal, group)]
               for run in fit.runs if run.group == group}  # fmt: skip
    ordered = sorted(members.values(), key=lambda cells: float(np.log(fit.cell_id50[cells]).mean()))
    offsets = np.linspace(-_HALF_WIDTH, 0.0, len(ordered)) if len(ordered) > 1 else np.array([-_HALF_WIDTH / 2])
    for offset, cells in zip(offsets, ordered, strict=True):
        id50 = np.array([_shown(fit, cell) for cell in cells])
        yield ShownAnimal(place + float(offset), id50, tuple(fit.runs[cell] for cell in cells))


def _shown(fit: PopulationFit, cell: int) -> float:
    """ID50 of a curve; where it never crossed half, the dose that bounds it: the curve's own last, or first."""
    run = fit.runs[cell]
    doses = run.dose[run.dose > 0]
    bounds = {"not reached": doses.max(), "from the first dose": doses.min()}
    return float(bounds.get(run.reach, fit.cell_id50[cell]))


def _is_of(fit: PopulationFit, cell: int, animal: str, group: str) -> bool:
    """Whether a curve is of an animal, in a group."""
    return (fit.runs[cell].animal, fit.runs[cell].group) == (animal, group)


_MARKERS = {"not reached": "^", "from the first dose": "v", "crossed": "o"}


def _draw_animal(axes: Axes, animal: ShownAnimal) -> None:
    """Cells of one animal, joined."""
    colours = palette(axes)
    order = np.argsort(animal.id50)
    axes.plot([animal.x] * len(order), animal.id50[order], color=colours.faint, lw=0.6, zorder=1)
    for id50, reach in zip(animal.id50, (run.reach for run in animal.runs), strict=True):
        face = colours.agonist if reach == "crossed" else colours.paper
        axes.plot(
            animal.x, id50, _MARKERS[reach], ms=3.6, mfc=face, mec=colours.agonist, mew=0.7, alpha=0.85, zorder=2,
        )  # fmt: skip


def _draw_group(axes: Axes, fit: PopulationFit, group: str, place: int) -> None:
    """The group's ID50 with its interval; beyond the doses given an end is an arrow, and an ID50 no point."""
    colours = palette(axes)
    found, x = fit.id50[group], place + GROUP_AT
    beyond = dose_ratio([float(dose) for run in fit.runs for dose in run.dose if dose > 0]) ** _ARROW_AT
    below, above = _beyond(found)
    low = found.lowest_dose / beyond if below else min(found.low, found.top_dose)
    high = found.top_dose * beyond if above else max(found.high, found.lowest_dose)
    axes.plot([x, x], [low, high], color=colours.ink, lw=1.2, solid_capstyle="butt", zorder=3)
    if found.status == "interpolated":
        axes.plot(x, found.value, "s", ms=4.5, color=colours.ink, zorder=4)
    for end, goes_on, marker in ((high, above, "^"), (low, below, "v")):
        if goes_on:
            axes.plot(x, end, marker, ms=4.5, color=colours.ink, zorder=4)


def _beyond(found: GroupId50) -> tuple[bool, bool]:
    """Whether the interval goes on below, and above, the doses given."""
    return found.low < found.lowest_dose, found.high > found.top_dose


def _label(axes: Axes, fit: PopulationFit) -> None:
    """Names and numbers of the groups, the dose's unit, and what the signs mean."""
    colours = palette(axes)
    first = fit.runs[0]
    axes.set_xticks(range(len(fit.groups)))
    axes.set_xticklabels([_told(axes, fit, group) for group in fit.groups])
    axes.set_xlim(-0.6, len(fit.groups) - 0.4)
    scale = " ".join(filter(None, (dose_unit_text(first.dose_unit), first.conditions.get("route", ""))))
    axes.set_ylabel(f"{fit.words.of_groups} of {first.drug}" + (f" ({scale})" if scale else ""))
    axes.yaxis.set_major_locator(dose_ticks([float(dose) for run in fit.runs for dose in run.dose if dose > 0]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda dose, _: dose_text(dose)))
    axes.yaxis.set_minor_locator(NullLocator())
    shown = {reach for run in fit.runs for reach in [run.reach]}
    told = {
        "crossed": "cell, at the common slope",
        "not reached": "never halved",
        "from the first dose": f"halved by the first {fit.words.dose}",
    }
    handles = [
        Line2D([], [], marker=_MARKERS[reach], ls="", ms=3.6, mec=colours.agonist, mew=0.7,
               mfc=colours.agonist if reach == "crossed" else colours.paper, label=text)
        for reach, text in told.items() if reach in shown
    ]  # fmt: skip
    group = f"group, {100 * fit.level:g} % CI"
    handles.append(Line2D([], [], marker="s", ms=4.5, color=colours.ink, lw=1.2, label=group))
    if any(len(animal.id50) > 1 for place, name in enumerate(fit.groups) for animal in animals_of(fit, name, place)):
        handles.append(Line2D([], [], color=colours.faint, lw=0.6, label="cells of one animal"))
    goes_on = any(any(_beyond(found)) for found in fit.id50.values())
    given = f"lowest, top {fit.words.dose}"
    doses = f"{given};\nan arrow goes beyond" if goes_on else given
    handles.append(Line2D([], [], color=colours.faint, lw=0.6, ls=":", label=doses))
    axes.figure.legend(
        handles=handles, loc="outside upper center", ncols=2, title=_shifts_told(axes, fit),
        title_fontsize=mpl.rcParams["legend.fontsize"], alignment="left",
    )  # fmt: skip


def _shifts_told(axes: Axes, fit: PopulationFit) -> str:
    """Shifts of few groups in words, where any of them has an ID50."""
    if len(fit.groups) > MOST_GROUPS or all(found.is_open for found in fit.id50.values()):
        return ""
    font = FontProperties(size=mpl.rcParams["legend.fontsize"])
    lines = (wrap_text(unbroken(str(shift)), axes_width_pt(axes), font) for shift in fit.fold_shift.values())
    return "\n".join(line for shift in lines for line in shift)


def _told(axes: Axes, fit: PopulationFit, group: str) -> str:
    """Name of a group in lines that its place can hold, its animals and its cells."""
    place_pt = _NAME_SHARE * axes_width_pt(axes) / len(fit.groups)
    font = axes.get_xticklabels()[0].get_fontproperties()
    counts = (count_text(fit.n_animals[group], "animal"), count_text(fit.n_cells[group], "cell"))
    return "\n".join((*wrap_text(group, place_pt, font), *counts))
