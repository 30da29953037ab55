"""One line of a forest for a cell, a group, a ratio or a study: a value with its interval, or a bound and no value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.cell_fit import DoseResponseFit
from ephys.pharmacology.dose_text import end_text, figures
from ephys.pharmacology.population.estimates import FoldShift, GroupId50

RATIO = "ratio"
"""Scale of what has no unit, and 1 for no difference."""
PROFILE = "{:g} % profile-likelihood interval"
"""Kind of the intervals here, which a level completes."""


@dataclass(frozen=True, slots=True)
class ForestRow(Shown):
    """A value with its interval, or what is known where there is no value.

    Parameters
    ----------
    name : str
        As it is printed.
    value : float
        Above 0; NaN where there is only a bound, or nothing.
    low, high : float
        Ends of the interval: 0 and infinite where the data set no end, NaN where there is no interval.
    text : str
        Value and interval as they may be quoted; by default from the numbers.
    scale : str
        Unit of a dose, or "ratio"; empty where it is not known.
    drug, route : str
        Of an ID50.
    animal : str
        Whose cell it is; empty for what is no cell.
    doses : tuple of float
        That were given.
    interval : str
        Its level and kind.
    proven : bool
        False for a cell that was silent to the end and may have been lost.
    ratio_of : str
        What a ratio is one of: "ID50", "IC50" or "I50".

    Raises
    ------
    ParameterError
        If a value is not above 0, or not within its interval.
    """

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    text: str = ""
    scale: str = ""
    drug: str = ""
    route: str = ""
    animal: str = ""
    doses: tuple[float, ...] = ()
    interval: str = ""
    proven: bool = True
    ratio_of: str = "ID50"

    def __post_init__(self) -> None:
        told = f"row {self.name!r}: value {self.value:g}, interval {self.low:g} to {self.high:g}"
        if self.value <= 0 or math.isinf(self.value) or self.low < 0:
            raise ParameterError(f"{told}; a log axis takes values above 0. State a bound as value NaN and an open end")
        if math.isnan(self.low) != math.isnan(self.high):
            raise ParameterError(f"{told}; an interval has two ends: 0 or infinity where one is open")
        if self.low > self.high or self.value < self.low or self.value > self.high:
            raise ParameterError(f"{told}; a value lies within its interval")
        if not self.text:
            object.__setattr__(self, "text", _numbers(self.value, self.low, self.high))

    def __str__(self) -> str:
        """Name, what is known, its unit, and of what."""
        what = " ".join(part for part in (self.drug, self.route) if part)
        doubt = "" if self.proven else "silent to the end, and may have been lost"
        interval = self.interval if self.has_interval else ""
        about = ", ".join(part for part in (self.scale, what, interval, doubt) if part)
        return f"{self.name}: {self.text}" + (f" [{about}]" if about else "")

    @property
    def has_interval(self) -> bool:
        """Whether there is one, be it open."""
        return not math.isnan(self.low)


Study: TypeAlias = tuple[str, float, float, float]
"""Name, value and the ends of the interval."""
ForestSource: TypeAlias = ForestRow | DoseResponseFit | GroupId50 | FoldShift | Study


def forest_rows(given: Iterable[ForestSource]) -> tuple[ForestRow, ...]:
    """Lines of a forest, in the order given; no value where there is only a bound.

    Parameters
    ----------
    given : iterable of DoseResponseFit, GroupId50, FoldShift, ForestRow, or (name, value, low, high)
        An end of an interval that lies outside the doses given is no end, as where it is printed.

    Returns
    -------
    tuple of ForestRow

    Raises
    ------
    ParameterError
        If one is none of these, or a study's value is not within its interval.

    Examples
    --------
    >>> [row.text for row in forest_rows([("study A", 36.0, 25.0, 52.0), ("all", 0.9, 0.0, float("inf"))])]
    ['36 (25 to 52)', '0.9 (no lower end to no upper end)']
    """
    return tuple(_row(one) for one in given)


def _row(given: ForestSource) -> ForestRow:
    """One line, whatever it is of."""
    match given:
        case ForestRow():
            return given
        case DoseResponseFit():
            return _of_cell(given)
        case GroupId50():
            return _of_group(given)
        case FoldShift():
            return _of_shift(given)
        case (str(name), value, low, high):
            return ForestRow(name, float(value), float(low), float(high))
    raise ParameterError(
        f"a line of a forest is a fit, a group's ID50, a shift or (name, value, low, high), got {given!r}"
    )


def _of_cell(fit: DoseResponseFit) -> ForestRow:
    """The ID50 of one cell."""
    response = fit.response
    name = " ".join(part for part in (response.subject.animal, f"unit {response.unit_id}") if part)
    low, high = cell_ends(fit.status, fit.id50_low, fit.id50_high, fit.doses)
    return ForestRow(
        name, fit.id50 if fit.status == "interpolated" else math.nan, low, high, text=_of_fate(fit),
        scale=fit.unit_text, drug=response.drug, route=response.route, animal=response.subject.animal,
        doses=fit.doses, interval=PROFILE.format(100 * fit.settings.level), proven=fit.fate != "undetermined",
    )  # fmt: skip


def cell_ends(status: str, low: float, high: float, doses: Sequence[float]) -> tuple[float, float]:
    """Ends of a cell's interval; what is outside the doses is no end, and what has no ID50 has no interval.

    Parameters
    ----------
    status : str
        Of the fit.
    low, high : float
        Of its ID50.
    doses : sequence of float
        That were given.

    Returns
    -------
    tuple of float
        NaN where there is no interval.

    Examples
    --------
    >>> cell_ends("interpolated", 20.0, 700.0, (15.0, 500.0)), cell_ends("above_top_dose", 350.0, 900.0, (15.0, 500.0))
    ((20.0, inf), (350.0, inf))
    """
    if status in ("plateau", "not_fitted") or not low <= high:
        return math.nan, math.nan
    lowest, top = min(doses), max(doses)
    within = 0.0 if low < lowest else low
    return {
        "above_top_dose": (min(within, top), math.inf),
        "no_effect": (min(within, top), math.inf),
        "below_lowest_dose": (0.0, math.inf if high > top else max(high, lowest)),
    }.get(status, (within, math.inf if high > top else high))


def _of_fate(fit: DoseResponseFit) -> str:
    """A cell's ID50, and what became of the cell."""
    if fit.status != "not_fitted" and fit.fate == "lost":
        return f"{_brief(fit)}, before its loss"
    if fit.censored is not None:
        return f"{_brief(fit)}; up to its last spike {_brief(fit.censored)}"
    return _brief(fit)


def _brief(fit: DoseResponseFit) -> str:
    """A cell's ID50 in few words, without its unit."""
    if fit.status == "not_fitted":
        return "not fitted"
    lowest, top = min(fit.doses), max(fit.doses)
    least, most = f" (at least {figures(fit.id50_low)})", f" (at most {figures(fit.id50_high)})"
    high = f"{fit.id50_high:g}" if math.isfinite(fit.id50_high) else f"more than {top:g}"
    return {
        "no_effect": f"no inhibition up to {top:g}",
        "plateau": f"none up to {top:g}: levels off at {fit.emax_percent:.0f} %",
        "above_top_dose": f"> {top:g}{least if lowest <= fit.id50_low < top else ''}",
        "below_lowest_dose": f"< {lowest:g}{most if lowest < fit.id50_high <= top else ''}",
        "all_or_none": f"between {fit.id50_low:g} and {high}",
    }.get(fit.status, _value_text(fit.id50, fit.id50_low, fit.id50_high, fit.doses))


def _value_text(value: float, low: float, high: float, doses: tuple[float, ...]) -> str:
    """Value and interval; ends outside the doses are bounds."""
    return f"{figures(value)} ({end_text(low, doses)} to {end_text(high, doses)})"


def _of_group(group: GroupId50) -> ForestRow:
    """The ID50 of a group; outside the doses it is a bound."""
    doses = (group.lowest_dose, group.top_dose)
    unit = group.dose_unit.replace("ug/", "µg/")
    inside = group.status == "interpolated"
    n = f"{group.n_animals} animal{'s' * (group.n_animals != 1)}, {group.n_cells} cell{'s' * (group.n_cells != 1)}"
    return ForestRow(
        f"{group.group} ({n})", group.value if inside and not group.is_open else math.nan,
        0.0 if inside and group.low < doses[0] else max(group.low, 0.0),
        math.inf if inside and group.high > doses[1] else group.high,
        text=_value_text(group.value, group.low, group.high, doses) if inside else group.text.replace(f" {unit}", ""),
        scale=unit, doses=doses, interval=PROFILE.format(100 * group.level),
    )  # fmt: skip


def _of_shift(shift: FoldShift) -> ForestRow:
    """A ratio of ID50s; a bound where an end is open, a value alone where the interval is withheld."""
    known = shift.status == "estimated" or bool(shift.withheld)
    texts = {
        "at_least": f"at least {figures(shift.low)}",
        "at_most": f"at most {figures(shift.high)}",
        "not_determined": "not determined",
    }
    text = f"{figures(shift.value)} (no interval)" if shift.withheld else texts.get(shift.status, "")
    return ForestRow(
        f"{shift.group} / {shift.reference}", shift.value if known else math.nan,
        shift.low if shift.withheld else max(shift.low, 0.0), shift.high, text=text, scale=RATIO,
        ratio_of=shift.potency, interval=PROFILE.format(100 * shift.level),
    )  # fmt: skip


def _numbers(value: float, low: float, high: float) -> str:
    """Value and interval of numbers alone."""
    ends = f"{figures(low) if low > 0 else 'no lower end'} to {'no upper end' if math.isinf(high) else figures(high)}"
    if math.isnan(value):
        if math.isnan(low) or (low <= 0 and math.isinf(high)):
            return "no value"
        if math.isinf(high):
            return f"at least {figures(low)}"
        return f"between {ends}" if low > 0 else f"at most {figures(high)}"
    return f"{figures(value)} (no interval)" if math.isnan(low) else f"{figures(value)} ({ends})"
