"""The cumulative distribution of the cells' ID50s by group, cells with only a bound drawn as bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from ephys.errors import ParameterError
from ephys.jupyter import potency_words
from ephys.pharmacology import Id50Distribution, PopulationFit, id50_distribution
from ephys.pharmacology.groups.estimates import count_text
from ephys.plotting.dose_axis import dose_scale, draw_dose_axis
from ephys.plotting.group_series import GroupStyle, group_style, group_width_mm, legend_above
from ephys.plotting.labels import POINTS_PER_INCH
from ephys.plotting.palette import palette
from ephys.plotting.style import drawing, figure_of

_CURVE_POINTS = 200
_BESIDE_PT = 4.5


def plot_id50_distribution(fits: PopulationFit | Sequence[PopulationFit], *, ax: Axes | None = None) -> Axes:
    """Draw the share of the cells whose ID50 is at most a dose, by group, beside the distribution that was fitted.

    A step is a cell with an ID50 of its own. A cell whose ID50 lies above its last dose is a triangle that points up,
    there, and the steps end below 100 %. One whose ID50 lies below its first dose points down, there: the steps begin
    at that dose, and nothing is said below it. Triangles of several groups stand side by side. The band is that of
    independent cells; where animals gave several it is too narrow, and the legend says so. The thin line is the
    population's normal distribution of ln ID50; cells' own ID50s have noise of their own, and scatter somewhat more.

    Parameters
    ----------
    fits : PopulationFit, or sequence of PopulationFit
        Of spike counts, on one dose scale; several are told apart by their drugs.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide, or two for more than three groups.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        If there is no fit, or doses have different units.

    Examples
    --------
    >>> from ephys.pharmacology import fit_population
    >>> rows = [
    ...     {"animal": f"r{n}", "unit": "1", "group": "control", "dose": dose, "exposure_s": 60.0, "dose_unit": "ug/kg",
    ...      "drug": "ipsapirone", "count": round(120 / (1 + (dose / id50) ** 2))}
    ...     for n, id50 in enumerate((40.0, 50.0, 65.0)) for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> plot_id50_distribution(fit_population(rows)).get_xlabel()
    'ID50 of ipsapirone (µg/kg)'
    """
    listed = [fits] if isinstance(fits, PopulationFit) else list(fits)
    _check(listed)
    several = len({fit.runs[0].drug for fit in listed}) > 1
    found = [id50_distribution(fit, group=group) for fit in listed for group in fit.groups]
    with drawing(ax, width_mm=group_width_mm(found), height_mm=84.0) as axes:
        _draw_axes(axes, listed, several=several)
        handles: list[Artist] = []
        for place, one in enumerate(found):
            style = group_style(axes, place)
            name = f"{one.drug}, {one.group}" if several else one.group
            handles.append(_draw_steps(axes, one, style, name))
            _draw_bounds(axes, one, style, _BESIDE_PT * (place - (len(found) - 1) / 2))
            _draw_fitted(axes, one, style)
        legend_above(axes, [*handles, *_signs(axes, found)])
        return axes


def _check(fits: Sequence[PopulationFit]) -> None:
    """Check that there is something to draw, on one scale."""
    units = {fit.runs[0].dose_unit for fit in fits}
    if len(units) != 1:
        raise ParameterError(
            f"fits must be one or more on one dose scale, got {len(fits)} with the units "
            f"{', '.join(sorted(units)) or 'of none'}: convert_dose converts doses"
        )


def _draw_axes(ax: Axes, fits: Sequence[PopulationFit], *, several: bool) -> None:
    """Lay both axes out."""
    doses = sorted({float(dose) for fit in fits for run in fit.runs for dose in run.dose if dose > 0})
    first = fits[0].runs[0]
    scale = dose_scale(first.dose_unit, first.conditions.get("route", ""), first.conditions.get("form", ""))
    words = potency_words(first.dose_unit)
    draw_dose_axis(ax, doses, drug="" if several else first.drug, scale=scale, total=words.of_groups)
    ax.set_ylim(0.0, 104.0)
    ax.set_ylabel(f"cells with an {words.name} up to the {words.dose} (%)")


def _draw_steps(ax: Axes, one: Id50Distribution, style: GroupStyle, name: str) -> Line2D:
    """Draw the steps as far as doses were given, on their band."""
    places, share, low, high = one.path
    ax.fill_between(places, 100.0 * low, 100.0 * high, step="post", color=style.colour, alpha=0.14, lw=0.0, zorder=1)
    (line,) = ax.plot(
        places, 100.0 * share, drawstyle="steps-post", color=style.colour, ls=style.dash, lw=1.4, zorder=3
    )
    n = f"{count_text(one.n_animals, 'animal')}, {count_text(one.n_cells, 'cell')}"
    line.set_label(f"{name}: {n}")
    return line


def _draw_bounds(ax: Axes, one: Id50Distribution, style: GroupStyle, beside_pt: float) -> None:
    """Draw a triangle where a cell has only a bound, beside those of other groups."""
    place = ax.transData + ScaledTranslation(beside_pt / POINTS_PER_INCH, 0.0, figure_of(ax).dpi_scale_trans)
    for doses, marker in ((one.above, "^"), (one.below, "v")):
        if not doses.size:  # an empty line would take room at the figure's corner
            continue
        ax.plot(
            doses, 100.0 * one.at(doses), marker, ls="", ms=4.2, mfc=palette(ax).paper, mec=style.colour, mew=0.8,
            zorder=4, clip_on=False, transform=place,
        )  # fmt: skip


def _draw_fitted(ax: Axes, one: Id50Distribution, style: GroupStyle) -> None:
    """Draw the population's normal distribution, thin, between the doses that the group was given."""
    doses = np.geomspace(one.lowest_dose, one.top_dose, _CURVE_POINTS)
    ax.plot(doses, 100.0 * one.fitted(doses), color=style.colour, ls=style.dash, lw=0.5, zorder=2)


def _signs(ax: Axes, found: Sequence[Id50Distribution]) -> Iterator[Artist]:
    """What the signs mean, those that are shown alone."""
    ink, paper = palette(ax).ink, palette(ax).paper
    words = potency_words(found[0].dose_unit)
    if any(np.isfinite(one.low).any() for one in found):
        alone = all(one.n_cells == one.n_animals for one in found)
        told = "" if alone else ", cells taken as independent: too narrow"
        yield Patch(facecolor=ink, alpha=0.14, label=f"{100 * found[0].level:g} % band{told}")
    if any(np.isfinite(one.ln_sd) for one in found):
        yield Line2D([], [], color=ink, lw=0.5, label=f"fitted normal of ln {words.name}")
    for marker, text, n in (
        ("^", f"{words.name} above the last {words.dose}", sum(one.above.size for one in found)),
        ("v", f"{words.name} below the first {words.dose}", sum(one.below.size for one in found)),
    ):
        if n:
            yield Line2D(
                [], [], marker=marker, ls="", ms=4.2, mfc=paper, mec=ink, mew=0.8,
                label=f"{text} ({count_text(n, 'cell')})",
            )  # fmt: skip
