"""Percent of baseline at each dose, groups side by side: every cell, every animal, and the mean of the animals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from ephys.jupyter import potency_words
from ephys.pharmacology import GroupPercent, PercentByDose
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting.dose_axis import dose_ratio, dose_scale, draw_dose_axis, gap_pt
from ephys.plotting.group_series import TALLEST_PERCENT, GroupStyle, group_style, group_width_mm, legend_above
from ephys.plotting.labels import POINTS_PER_INCH, text_width_pt
from ephys.plotting.palette import palette
from ephys.plotting.style import drawing, figure_of

_SLOTS = 0.76  # of a dose step, that all groups of a dose share
ANIMALS_AT, MEAN_AT = -0.22, 0.22
"""Where animals with their cells, and the mean of a group stand: of the group's slot, from its middle."""
_LINE_EM = 1.3
_KEY_PT = -9.0  # where a row's sign stands, from the axis
_CARRIED = "*"


def plot_percent_by_dose(percents: PercentByDose, *, ax: Axes | None = None) -> Axes:
    """Draw percent of baseline against cumulative dose: mean over animals with its t interval, and what it is made of.

    Points are the cells, open signs the animals (means of their cells), filled ones the means over animals; an open
    mean has no interval, since there are under three animals, or all are alike. Below each dose stand the animals, and
    in brackets the cells, with an asterisk where a cell that was silent at a lower dose, and was given no more, is
    carried on.

    Parameters
    ----------
    percents : PercentByDose
        As `percent_by_dose` gives it.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide, or two for more than three groups.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from ephys.pharmacology import percent_by_dose
    >>> rows = [
    ...     {"animal": f"r{n}", "unit": "1", "group": "control", "dose": dose, "exposure_s": 60.0, "dose_unit": "ug/kg",
    ...      "drug": "ipsapirone", "count": round(120 / (1 + (dose / id50) ** 2))}
    ...     for n, id50 in enumerate((40.0, 50.0, 65.0)) for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> plot_percent_by_dose(percent_by_dose(rows)).get_ylabel()
    'firing rate (% of baseline)'
    """
    width_mm = group_width_mm(percents.groups)
    with drawing(ax, width_mm=width_mm, height_mm=86.0 + 3.0 * len(percents.groups)) as axes:
        _draw_axes(axes, percents)
        axes.axhline(100.0, color=palette(axes).faint, lw=0.6, ls=":", zorder=0)
        for place, group in enumerate(percents.groups):
            _draw_group(axes, percents, group, place)
        _write_numbers(axes, percents)
        legend_above(axes, list(_signs(axes, percents)), title=_title(axes, percents))
        return axes


def _draw_axes(ax: Axes, percents: PercentByDose) -> None:
    """Lay both axes out."""
    scale = dose_scale(percents.dose_unit, percents.route, percents.form)
    words = potency_words(percents.dose_unit)
    draw_dose_axis(ax, percents.doses, drug=percents.drug, scale=scale, total=words.total)
    means = max(
        mean.percent for mean in percents.means
    )  # always shown; the rest may end above the axis, and is counted
    ax.set_ylim(-4.0, 1.04 * max(110.0, means, min(max(_values(percents)), TALLEST_PERCENT)))
    ax.set_ylabel("firing rate (% of baseline)")


def _values(percents: PercentByDose) -> list[float]:
    """Cells, animals and the upper ends of intervals."""
    values = [value for animal in percents.animals for value in (animal.percent, *animal.cells)]
    return [*values, *(mean.high for mean in percents.means if mean.has_interval)]


def _draw_group(ax: Axes, percents: PercentByDose, group: str, place: int) -> None:
    """Draw the cells, the animals and the means of one group, beside those of the others."""
    style, paper = group_style(ax, place), palette(ax).paper
    beside, on = (beside_dose(percents, place, part) for part in (ANIMALS_AT, MEAN_AT))
    animals = [animal for animal in percents.animals if animal.group == group]
    cells = [(animal.dose * beside, cell) for animal in animals for cell in animal.cells]
    ax.plot(*np.transpose(cells), ".", color=style.colour, ms=2.2, mew=0.0, alpha=0.7, zorder=2)
    ax.plot(
        [animal.dose * beside for animal in animals], [animal.percent for animal in animals], style.marker, ls="",
        mfc="none", mec=style.colour, mew=0.5, ms=3.4, alpha=0.8, zorder=2,
    )  # fmt: skip
    means = [mean for mean in percents.means if mean.group == group]
    ax.plot(
        [mean.dose * on for mean in means], [mean.percent for mean in means], color=style.colour, ls=style.dash, lw=0.8,
        zorder=3,
    )  # fmt: skip
    for mean in means:
        _draw_mean(ax, mean, mean.dose * on, style, paper)


def _draw_mean(ax: Axes, mean: GroupPercent, x: float, style: GroupStyle, paper: str) -> None:
    """Draw a mean with its interval; open where there is none."""
    if mean.has_interval:
        ax.plot([x, x], [mean.low, mean.high], color=style.colour, lw=1.2, solid_capstyle="butt", zorder=4)
    face = style.colour if mean.has_interval else paper
    ax.plot([x], [mean.percent], style.marker, color=style.colour, mfc=face, ms=4.6, zorder=5, clip_on=False)


def beside_dose(percents: PercentByDose, place: int, part: float) -> float:
    """Factor by which a sign of a group stands beside its dose.

    Parameters
    ----------
    percents : PercentByDose
    place : int
        Of the group.
    part : float
        `ANIMALS_AT` or `MEAN_AT`.
    """
    slot = _SLOTS / len(percents.groups)
    steps = (place - (len(percents.groups) - 1) / 2 + part) * slot
    return float(dose_ratio(percents.doses) ** steps)


def _write_numbers(ax: Axes, percents: PercentByDose) -> None:
    """Write animals and cells of each group in a row below the doses, with the group's sign before it."""
    font = FontProperties(size=ax.get_xticklabels()[0].get_fontsize())
    line_pt = _LINE_EM * font.get_size_in_points()
    told = {(mean.dose, mean.group): _counted(mean) for mean in percents.means}
    room = gap_pt(ax, percents.doses)
    apart = any(text_width_pt(text, font) + 2.0 > room for text in told.values())
    lines = 2 if apart else 1
    below = ax.get_xaxis_transform()
    top_pt = _below_ticks_pt(ax, font, percents)
    for row, group in enumerate(percents.groups):
        y_pt, style = -top_pt - row * lines * line_pt, group_style(ax, row)
        for dose in percents.doses:
            text = told.get((dose, group), "–")
            ax.annotate(
                text.replace(" ", "\n") if apart else text, (dose, 0.0), xycoords=below, xytext=(0.0, y_pt),
                textcoords="offset points", ha="center", va="top", font=font, color=style.colour, linespacing=1.1,
                annotation_clip=False,
            )  # fmt: skip
        _draw_key(ax, style, y_pt - 0.5 * line_pt)
    ax.xaxis.labelpad = top_pt + len(percents.groups) * lines * line_pt - _below_ticks_pt(ax, font, percents) + 3.0
    given = potency_words(percents.dose_unit).dose
    ax.set_xlabel(f"{ax.get_xlabel()}\nbelow each {given}: animals (cells)")


def _below_ticks_pt(ax: Axes, font: FontProperties, percents: PercentByDose) -> float:
    """How far the doses under the axis reach down, in points."""
    upright = bool(ax.get_xticklabels()[0].get_rotation())
    widest = max(text_width_pt(f"{dose:.5g}", font) for dose in percents.doses)
    return 8.0 + (0.8 * widest + 4.0 if upright else font.get_size_in_points())


def _draw_key(ax: Axes, style: GroupStyle, y_pt: float) -> None:
    """Draw a group's sign left of its row."""
    inch = figure_of(ax).dpi_scale_trans
    place = ax.transAxes + ScaledTranslation(_KEY_PT / POINTS_PER_INCH, y_pt / POINTS_PER_INCH, inch)
    ax.plot([0.0], [0.0], style.marker, color=style.colour, ms=4.6, transform=place, clip_on=False)


def _counted(mean: GroupPercent) -> str:
    """Animals and cells behind a mean, and whether any is carried on."""
    return f"{mean.n_animals} ({mean.n_cells}){_CARRIED if mean.n_carried else ''}"


def _signs(ax: Axes, percents: PercentByDose) -> Iterator[Artist]:
    """What the signs mean."""
    ink, paper = palette(ax).ink, palette(ax).paper
    for place, group in enumerate(percents.groups):
        style = group_style(ax, place)
        yield Line2D([], [], color=style.colour, ls=style.dash, lw=0.8, marker=style.marker, ms=4.6, label=group)
    if any(mean.has_interval for mean in percents.means):
        yield Line2D([], [], color=ink, marker="o", ms=4.6, ls="", label="filled: mean of animals")
        cut = ", cut at 0" if any(mean.has_interval and mean.low == 0.0 for mean in percents.means) else ""
        interval = f"its {100 * percents.level:g} % t interval{cut}"
        yield Line2D([], [], color=ink, marker="|", ms=7.0, ls="", label=interval)
    yield Line2D([], [], mec=ink, mfc="none", marker="o", ms=3.4, mew=0.5, ls="", label="animal: mean of its cells")
    yield Line2D([], [], color=ink, marker=".", ms=2.2, ls="", label="cell")
    if not all(mean.has_interval for mean in percents.means):
        yield Line2D([], [], color=ink, marker="o", mfc=paper, ms=4.6, ls="", label="mean of animals, no interval")


def _title(ax: Axes, percents: PercentByDose) -> str:
    """What is in the means and does not show, and what is not shown."""
    lines = []
    if percents.carried:
        cells = count_text(len(percents.carried), "cell")
        lower = potency_words(percents.dose_unit).dose
        lines.append(f"{_CARRIED} {cells} silent at a lower {lower} and given no more, carried on")
    unproven = max(sum(mean.n_unproven for mean in percents.means if mean.dose == dose) for dose in percents.doses)
    if unproven:
        lines.append(f"{count_text(unproven, 'cell')} fell silent and may have been lost")
    above = sum(value > ax.get_ylim()[1] for value in _values(percents))
    if above:
        lines.append(f"not shown above {ax.get_ylim()[1]:.0f} %: {above} (cells, animals, ends of intervals)")
    return "\n".join(lines)
