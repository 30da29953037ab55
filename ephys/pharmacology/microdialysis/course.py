"""One animal's course in percent of its baseline: the value that `measure_dialysis` returns."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ephys.jupyter import Shown, number_text, shown, table
from ephys.pharmacology.groups.estimates import cell_text, count_text
from ephys.pharmacology.microdialysis.course_methods import dialysis_facts, dialysis_methods
from ephys.pharmacology.microdialysis.settings import DialysisSettings

Part = Literal["earlier", "baseline", "straddles", "after"]


@dataclass(frozen=True, slots=True)
class CourseFraction(Shown):
    """One fraction at the time at which it left the membrane.

    Parameters
    ----------
    number : int
        From the drug on: 1 is the first wholly after it, -1 the last wholly before it, 0 the one that straddles it.
    part : {"earlier", "baseline", "straddles", "after"}
        Before the drug and not in the baseline, in it, partly under the drug, or wholly after it.
    start_min, stop_min : float
        From the drug, the dead volume taken off.
    value : float
        As measured; NaN where nothing was, or below the detection limit.
    percent, low, high : float
        Of the baseline's mean, with the 95 % interval that carries the noise of one fraction and of the baseline.
    below_percent : float
        Percent that it is below, where it is below the detection limit; else NaN.
    """

    number: int
    part: Part
    start_min: float
    stop_min: float
    value: float
    percent: float
    low: float
    high: float
    below_percent: float = math.nan

    @property
    def middle_min(self) -> float:
        """Middle of the fraction."""
        return (self.start_min + self.stop_min) / 2

    @property
    def length_min(self) -> float:
        """How long it was collected."""
        return self.stop_min - self.start_min

    @property
    def is_bound(self) -> bool:
        """Whether only a bound is known."""
        return not math.isnan(self.below_percent)

    @property
    def is_measured(self) -> bool:
        """Whether anything is known: a value or a bound."""
        return self.is_bound or not math.isnan(self.percent)

    def at(self, share: float) -> float:
        """Percent, with so much of the detection limit in place of what is below it.

        >>> CourseFraction(1, "after", 0.0, 20.0, math.nan, math.nan, math.nan, math.nan, 12.0).at(0.5)
        6.0
        """
        return share * self.below_percent if self.is_bound else self.percent

    @property
    def text(self) -> str:
        """What is known of it."""
        if self.is_bound:
            return f"< {number_text(self.below_percent)}"
        return "not measured" if math.isnan(self.percent) else cell_text(self.percent, self.low, self.high, places=1)


@dataclass(frozen=True, slots=True)
class DialysisBaseline(Shown):
    """The fractions that all others are held against.

    Parameters
    ----------
    n : int
        Fractions.
    mean, cv_percent : float
        Of their values, in the unit of the analyte and in percent.
    drift_percent : float
        Change along a straight line from the first fraction to the last, in percent of the mean.
    faults : tuple of str
        Why it is not stable; empty where it is.
    """

    n: int
    mean: float
    cv_percent: float
    drift_percent: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DialysisCourse(Shown):
    """An analyte of one animal in percent of its baseline.

    Parameters
    ----------
    animal, group, analyte, unit, drug : str
    flow_ul_min, delay_min : float
        Of the perfusion, and how long the dialysate took from the membrane to the end of the outlet.
    baseline : DialysisBaseline
    fractions : tuple of CourseFraction
        In order of time.
    nadir_percent, nadir_min : float
        Lowest fraction of the window, and its middle from the drug. Where one is below the detection limit,
        `nadir_percent` is the bound that the nadir does not exceed.
    nadir_is_bound : bool
    area : float
        Sum of (percent - 100) x minutes over the fractions of the window: negative below the baseline. Fractions below
        the detection limit count at it, so that with `area_is_bound` the area is at most this.
    area_low, area_high : float
        Its 95 % interval; NaN where it is a bound.
    area_if_zero : float
        With 0 in the place of what is below the detection limit.
    covered_min : float
        Minutes of the fractions that the area is taken over.
    recovery_min : float
        Middle of the first of two fractions in a row, after the nadir, at `settings.recovered_percent` or more; where
        there are none, NaN.
    followed_min : float
        End of the last fraction: what was not reached by then may have come later.
    settings : DialysisSettings
        As used.
    notes : tuple of str
        What to know before the numbers are used.
    """

    animal: str
    group: str
    analyte: str
    unit: str
    drug: str
    flow_ul_min: float
    delay_min: float
    baseline: DialysisBaseline
    fractions: tuple[CourseFraction, ...]
    nadir_percent: float
    nadir_min: float
    nadir_is_bound: bool
    area: float
    area_low: float
    area_high: float
    area_if_zero: float
    covered_min: float
    recovery_min: float
    followed_min: float
    settings: DialysisSettings
    notes: tuple[str, ...] = ()

    @property
    def is_stable(self) -> bool:
        """Whether the baseline is."""
        return not self.baseline.faults

    @property
    def area_is_bound(self) -> bool:
        """Whether a fraction of the area is below the detection limit."""
        return self.area_if_zero < self.area

    @property
    def nadir_text(self) -> str:
        """Nadir, or its bound, with when it was."""
        if math.isnan(self.nadir_percent):
            return "none"
        return f"{'≤ ' if self.nadir_is_bound else ''}{self.nadir_percent:.1f} at {self.nadir_min:.0f} min"

    @property
    def area_text(self) -> str:
        """Area with its interval, or between what bounds it lies."""
        if self.area_is_bound:
            return f"{self.area_if_zero:.0f} to {self.area:.0f}"
        return area_text(self.area, self.area_low, self.area_high)

    @property
    def recovery_text(self) -> str:
        """When it had recovered, or until when it had not."""
        if not self.nadir_percent < self.settings.recovered_percent:
            return "never lower" if not math.isnan(self.nadir_percent) else "none"
        return f"{self.recovery_min:.0f}" if not math.isnan(self.recovery_min) else f"> {self.followed_min:.0f}"

    @property
    def title(self) -> str:
        """What the table is of."""
        return f"{self.analyte} of animal {self.animal}, % of baseline"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        return ("from drug (min)", f"{self.analyte} ({self.unit})", "% of baseline (95 %)", "part")

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row per fraction."""
        return tuple(
            (
                f"{one.start_min:.1f} to {one.stop_min:.1f}",
                "" if math.isnan(one.value) else number_text(one.value),
                one.text,
                one.part,
            )
            for one in self.fractions
        )

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per fraction, with what the whole course says in columns of its own."""
        names = ("animal", "group", "analyte", "unit", "drug", "flow_ul_min", "delay_min")
        whole = {name: getattr(self, name) for name in names}
        ends = ("nadir_percent", "nadir_min", "nadir_is_bound", "area", "area_low", "area_high", "area_if_zero",
                "covered_min", "recovery_min", "followed_min")  # fmt: skip
        course = {name: getattr(self, name) for name in ends}
        base = {f"baseline_{name}": value for name, value in asdict(self.baseline).items() if name != "faults"}
        told = {"baseline_faults": "; ".join(self.baseline.faults), "notes": "; ".join(self.notes)}
        return [whole | asdict(one) | base | {"stable": self.is_stable} | course | told for one in self.fractions]

    @property
    def methods(self) -> str:
        """What was reckoned, for a Methods section."""
        return f"{dialysis_methods(self.settings)}\n{dialysis_facts(self)}"

    def __str__(self) -> str:
        """Baseline, nadir and area in a line; doubts beneath."""
        base = self.baseline
        area = f"area {self.area_text} % min over {self.covered_min:g} min"
        area = "no area" if math.isnan(self.area) else area if self.area_is_bound else area.replace("(", "(95 % CI ")
        first = (
            f"{self.analyte} of animal {self.animal}: baseline {number_text(base.mean)} {self.unit} "
            f"({count_text(base.n, 'fraction')}, CV {base.cv_percent:.0f} %); nadir {self.nadir_text} "
            f"(% of baseline); {area}; "
            f"recovered (min): {self.recovery_text}."
        )
        return "\n".join([first, *(f"Not stable: {fault}." for fault in base.faults)])

    def __repr__(self) -> str:
        """Which."""
        return f"DialysisCourse({self.animal!r}, {self.analyte!r}, {count_text(len(self.fractions), 'fraction')})"

    def _repr_html_(self) -> str:
        """The answer, fractions, and what to know."""
        return shown(self, table(self.columns, self.rows, name="fractions"), beside={"notes": self.notes})


def area_text(area: float, low: float, high: float) -> str:
    """An area in % min with its interval, where there is one: whole numbers, however large.

    >>> area_text(-3092.7, -3560.2, -2625.1), area_text(24000.0, 9000.0, 39000.0), area_text(math.nan, 0.0, 0.0)
    ('-3093 (-3560 to -2625)', '24000 (9000 to 39000)', 'none')
    """
    if math.isnan(area):
        return "none"
    return f"{area:.0f}" if math.isnan(low) or math.isnan(high) else f"{area:.0f} ({low:.0f} to {high:.0f})"
