"""The time axis that figures of a session share, and the administrations above it."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from ephys.model import Administration, DoseProtocol, Support
from ephys.model.protocol import PER_STEP_UNITS, Dose
from ephys.plotting.dose_bars import draw_bars
from ephys.plotting.dose_marks import Series, draw_arrows
from ephys.plotting.labels import Span
from ephys.plotting.palette import Palette, palette

_TICK_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
_MAX_TICKS = 10
_NARROWEST_GAP = 1.0 / 2000.0


def draw_time_axis(ax: Axes, start_s: float, stop_s: float, *, zero_s: float = 0.0, since: str = "") -> None:
    """Lay out the time axis: data in seconds of the session's clock, printed in minutes where that is shorter.

    Parameters
    ----------
    ax : Axes
        Axes to lay out.
    start_s, stop_s : float
        Ends of the axis.
    zero_s : float, optional
        The time that is printed as 0; the data stay on the session's clock.
    since : str, optional
        What happened then: ``"the first dose of ipsapirone"``.
    """
    ax.set_xlim(start_s, stop_s)
    span_s = stop_s - start_s
    step_s = next((step for step in _TICK_STEPS_S if span_s / step <= _MAX_TICKS), _TICK_STEPS_S[-1])
    per_tick, unit = (60.0, "min") if step_s >= 60 else (1.0, "s")
    ax.xaxis.set_major_locator(MultipleLocator(step_s, offset=zero_s))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: _number_text((seconds - zero_s) / per_tick)))
    ax.set_xlabel(f"time from {since} ({unit})" if since else f"time ({unit})", loc="left")


def _number_text(value: float) -> str:
    """A number of an axis, with a true minus sign."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def draw_gaps(ax: Axes, support: Support) -> None:
    """Hatch what was not recorded of the time shown, since it is not silence; what is too narrow to see is left out."""
    first_s, last_s = ax.get_xlim()
    ends = ((first_s, support.start_s), (support.stop_s, last_s))
    for start_s, stop_s in (*((gap.start_s, gap.stop_s) for gap in support.gaps), *ends):
        if stop_s - start_s > _NARROWEST_GAP * (last_s - first_s):
            hatch_unrecorded(ax, start_s, stop_s)


def hatch_unrecorded(ax: Axes, start_s: float, stop_s: float) -> None:
    """Hatch one stretch that was not recorded."""
    faint = palette(ax).faint
    ax.axvspan(start_s, stop_s, facecolor="none", edgecolor=faint, hatch="////", linewidth=0.0, zorder=0)


def dose_text(dose: float) -> str:
    """A dose as it is printed: five figures at most; empty where none was stated.

    >>> dose_text(15.625), dose_text(500.0), dose_text(float("nan"))
    ('15.625', '500', '')
    """
    return "" if math.isnan(dose) else f"{dose:.5g}"


def dose_unit_text(unit: str) -> str:
    """A dose unit as it is printed.

    >>> dose_unit_text("ug/kg")
    'µg/kg'
    """
    return f"µ{unit[1:]}" if unit.startswith("ug") else unit


def mark_administrations(ax: Axes, protocol: DoseProtocol, *, text: bool = True) -> float:
    """Draw what was given above the axes: an arrow for what was given at once, a bar for what lasted.

    Parameters
    ----------
    ax : Axes
        Axes whose horizontal axis is already laid out in seconds.
    protocol : DoseProtocol
        What was given; what lies outside the axis is left out. Agonists show the cumulative dose, unless it is a
        current or a concentration, where nothing adds up; everything else shows its own.
    text : bool, optional
        Leave arrows and bars bare, for a panel that stands under one with text.

    Returns
    -------
    float
        How high above the axes all of it reaches, in points.
    """
    series = series_given(protocol, ax.get_xlim(), palette(ax))
    arrows_pt = draw_arrows(ax, [one for one in series if one.given[0].stop_s is None], text=text)
    lasting = [one for one in series if one.given[0].stop_s is not None]
    return draw_bars(ax, lasting, base_pt=arrows_pt, text=text)


def series_given(protocol: DoseProtocol, shown_s: Span, colours: Palette) -> list[Series]:
    """Group the administrations that are shown under the name that stands above them.

    Parameters
    ----------
    protocol : DoseProtocol
        What was given.
    shown_s : tuple of float
        Ends of the axis; what lies outside is left out.
    colours : Palette
        Of the paper.

    Returns
    -------
    list of Series
        In order of their first administration.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> from ephys.plotting.palette import LIGHT
    >>> given = [Administration("ipsapirone", at_s, dose=25.0, dose_unit="ug/kg") for at_s in (100.0, 200.0)]
    >>> (series,) = series_given(DoseProtocol(tuple(given), Support.of(Epoch(0.0, 300.0))), (0.0, 300.0), LIGHT)
    >>> series.name, series.numbers
    ('ipsapirone (cumulative µg/kg)', ('25', '50'))
    """
    steps = {id(step.administration): step for drug in protocol.drugs for step in protocol.doses(drug)}
    groups: dict[tuple[object, ...], list[Administration]] = {}
    for given in protocol.administrations:
        if _is_shown(given, shown_s):
            key = (given.drug, given.role, given.dose_unit, given.route, given.barrel, given.stop_s is None)
            groups.setdefault(key, []).append(given)
    return [
        Series(
            _series_name(group[0]),
            _name_alone(group[0], steps.get(id(group[0]))),
            _colour(group[0], protocol, colours),
            tuple(group),
            tuple(_number(given, steps.get(id(given))) for given in group),
        )
        for group in groups.values()
    ]


def _number(given: Administration, step: Dose | None) -> str:
    """The dose that stands at an administration: the total so far of an agonist, its own of everything else."""
    return dose_text(given.dose if step is None else step.cumulative)


def _is_shown(given: Administration, shown_s: Span) -> bool:
    """Whether something of an administration lies on the axis: one that ends where the axis begins does not."""
    return given.start_s <= shown_s[1] and (given.start_s >= shown_s[0] or given.end_s > shown_s[0])


def _series_name(given: Administration) -> str:
    """Name of a series with its unit, route and barrel."""
    unit = "" if math.isnan(given.dose) else dose_unit_text(given.dose_unit)
    adds_up = given.role == "agonist" and given.dose_unit not in PER_STEP_UNITS
    measure = _joined(" ", "cumulative" if adds_up else "", unit, given.route)
    inside = _joined(", ", measure, _barrel(given))
    return _titled(given) + (f" ({inside})" if inside else "")


def _name_alone(given: Administration, step: Dose | None) -> str:
    """Name of an administration that is the only one of its series, with its dose."""
    number = _number(given, step)
    summed = "cumulative" if step is not None and step.cumulative > step.increment else ""
    measure = (summed, number, dose_unit_text(given.dose_unit)) if number else ()
    return _joined(", ", _joined(" ", _titled(given), *measure, given.route), _barrel(given))


def _titled(given: Administration) -> str:
    """Name of a drug, with its role where this is not the same."""
    kind = f", {given.role}" if given.role in ("vehicle", "antagonist") and given.role != given.drug else ""
    return f"{given.drug}{kind}"


def _barrel(given: Administration) -> str:
    """The barrel that it came from, where it is stated."""
    return f"barrel {given.barrel}" if given.barrel else ""


def _joined(by: str, *parts: str) -> str:
    """Join what is not empty."""
    return by.join(part for part in parts if part)


def _colour(given: Administration, protocol: DoseProtocol, colours: Palette) -> str:
    """Colour of a series: each agonist its own."""
    if given.role != "agonist":
        return colours.role(given.role)
    return colours.agonists[protocol.drugs.index(given.drug) % len(colours.agonists)]
