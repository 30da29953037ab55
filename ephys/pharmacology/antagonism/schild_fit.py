"""An antagonist's shift of curves in a bath: the value that `fit_schild` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.antagonism.regression import SchildRegression
from ephys.pharmacology.compounds.units import nanomoles
from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import count_text, p_text
from ephys.pharmacology.shared_fits.fit import SharedFit
from ephys.pharmacology.shared_fits.text import NOT_TOLD, estimate_text, holds, interval_name, is_told, with_unit

FloatArray = NDArray[np.float64]

VAGUE_SLOPE = 1.0
"""Width of the slope's interval beyond which that it holds 1 says little, and nothing is called a pKB (convention)."""


@dataclass(frozen=True, slots=True)
class DoseRatio(Shown):
    """The curve at one concentration of the antagonist, fitted with the others' shape and a place of its own.

    Parameters
    ----------
    antagonist : float
        Concentration; 0 without.
    ec50, ratio : ParameterEstimate
        Of the agonist, and over that without antagonist (1 there).
    n_points, n_animals : int
        Animals 0 where they are not known.
    """

    antagonist: float
    ec50: ParameterEstimate
    ratio: ParameterEstimate
    n_points: int
    n_animals: int

    @property
    def is_told(self) -> bool:
        """Whether there is a dose ratio that the points bound; not of the curve without antagonist."""
        return self.antagonist > 0 and not (self.ratio.low <= 0 and math.isinf(self.ratio.high))

    @property
    def log_ratio_less_1(self) -> float:
        """log10 (dose ratio - 1), Schild's ordinate; NaN where the ratio is not above 1, or not told."""
        return _log_less_1(self.ratio.estimate) if self.is_told else math.nan

    @property
    def log_ratio_less_1_ends(self) -> tuple[float, float]:
        """Ends of its interval; -inf for a ratio of 1 or less, NaN where there is none, or nothing tells it."""
        if not self.is_told:
            return math.nan, math.nan
        low, high = (_log_less_1(end) for end in (self.ratio.low, self.ratio.high))
        known = not math.isnan(self.ratio.low)
        return (-math.inf if known and math.isnan(low) else low, -math.inf if known and math.isnan(high) else high)


@dataclass(frozen=True, slots=True)
class SchildFit(Shown):
    """Curves with and without a reversible antagonist.

    Parameters
    ----------
    slope : ParameterEstimate
        Schild's slope; NaN where one concentration of the antagonist cannot tell it.
    p_slope : float
        Of the slope against 1; NaN where nothing tells it.
    pa2 : ParameterEstimate
        -log10 of the concentration (mol/l) that doubles the EC50, with the slope free.
    pkb : ParameterEstimate
        The same with the slope held at 1. It is the antagonist's pKB only where `is_pkb`.
    effect_left_percent : ParameterEstimate
        Largest effect with the antagonist, in percent of that without; 100 for a competitive one.
    hill_ratio : ParameterEstimate
        Slope of the curves with the antagonist over that without; 1 where they are parallel.
    p_straight : float
        Of dose ratios that follow no straight Schild line (F-test on points); NaN below three concentrations.
    ratios : tuple of DoseRatio
        One for each concentration, that without first.
    regression : SchildRegression or None
        ``None`` below two concentrations with a dose ratio above 1.
    fit : SharedFit
        Curves as they are drawn: with the slope free where it is told, else 1.
    antagonist_unit, dose_unit : str
    held : dict of str to float
        Responses that were not estimated: "base", "plateau".
    notes : tuple of str
        What to know before the numbers are used.
    """

    slope: ParameterEstimate
    p_slope: float
    pa2: ParameterEstimate
    pkb: ParameterEstimate
    effect_left_percent: ParameterEstimate
    hill_ratio: ParameterEstimate
    p_straight: float
    ratios: tuple[DoseRatio, ...]
    regression: SchildRegression | None
    fit: SharedFit
    antagonist_unit: str
    dose_unit: str
    held: dict[str, float]
    notes: tuple[str, ...]

    @property
    def is_pkb(self) -> bool:
        """Whether slope, largest effect and parallel curves let it be one, and the slope was told well enough."""
        slope, parallel = self.slope, (self.effect_left_percent, self.hill_ratio)
        told = all(map(is_told, (slope, self.pkb, *parallel))) and slope.high - slope.low <= VAGUE_SLOPE
        return told and holds(slope, 1.0) and holds(parallel[0], 100.0) and holds(parallel[1], 1.0)

    @property
    def name(self) -> str:
        """What the answer may be called: pKB, or pA2."""
        return "pKB" if self.is_pkb else "pA2"

    @property
    def answer(self) -> ParameterEstimate:
        """The pKB where it is one; else the pA2, with the slope free where it is told."""
        return self.pkb if self.is_pkb or math.isnan(self.slope.estimate) else self.pa2

    @property
    def answer_text(self) -> str:
        """The answer with its name and interval."""
        return f"{self.name} {estimate_text(self.answer, places=2)}"

    @property
    def title(self) -> str:
        """What the table shows."""
        return "Dose ratios with an antagonist"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        level = interval_name(self.fit.level, self.fit.method)
        return (
            f"antagonist ({self.antagonist_unit})", "animals", "points", f"EC50 ({self.dose_unit}; {level})",
            f"dose ratio ({level})", "log10 (dose ratio - 1)",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table as it is printed: a row for each concentration."""
        return tuple(
            (
                f"{one.antagonist:g}", str(one.n_animals) if one.n_animals else "not known", str(one.n_points),
                estimate_text(one.ec50, lowest=0.0), estimate_text(one.ratio, lowest=0.0) if one.antagonist else "1",
                _ordinate(one),
            )
            for one in self.ratios
        )  # fmt: skip

    def predict(self, dose: ArrayLike, antagonist: float) -> FloatArray:
        """Response of the fitted curve at a concentration of the antagonist that was tried.

        Parameters
        ----------
        dose : array_like
        antagonist : float
            One of those of `ratios`.
        """
        curve = [one.antagonist for one in self.ratios].index(antagonist)
        return self.fit.formula.response(self.fit.values, self.fit.points.at(dose, curve))

    def line(self, antagonist: ArrayLike, *, unit_slope: bool = False) -> FloatArray:
        """Schild's line: log10 (dose ratio - 1) at some concentrations of the antagonist.

        Parameters
        ----------
        antagonist : array_like
            Above 0.
        unit_slope : bool, optional
            By the fit with a slope of 1, in place of the slope that was told.
        """
        log_m = (
            np.log10(np.asarray(antagonist, dtype=np.float64)) + math.log10(nanomoles(self.antagonist_unit)[1]) - 9.0
        )
        if unit_slope or math.isnan(self.slope.estimate):
            return np.asarray(log_m + self.pkb.estimate)
        return np.asarray(self.slope.estimate * (log_m + self.pa2.estimate))

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each concentration, with what all of them told beside it."""
        whole = {
            "answer": self.name, **_numbers("slope", self.slope), "p_slope": self.p_slope, **_numbers("pa2", self.pa2),
            **_numbers("pkb", self.pkb), **_numbers("effect_left_percent", self.effect_left_percent),
            **_numbers("hill_ratio", self.hill_ratio), "p_straight": self.p_straight, **self._by_hand_numbers,
            "interval": self.fit.method, "level": self.fit.level,
        }  # fmt: skip
        return [
            {
                "antagonist": one.antagonist, "antagonist_unit": self.antagonist_unit, "dose_unit": self.dose_unit,
                "n_animals": one.n_animals, "n_points": one.n_points, **_numbers("ec50", one.ec50),
                **_numbers("dose_ratio", one.ratio), "log10_dose_ratio_less_1": one.log_ratio_less_1, **whole,
            }
            for one in self.ratios
        ]  # fmt: skip

    @property
    def methods(self) -> str:
        """What was computed, for a Methods section."""
        held = "".join(f", {name} held at {value:g}" for name, value in self.held.items())
        shared = ", ".join(
            name for name in ("response without agonist", "largest effect") if _HELD_AS[name] not in self.held
        )
        slope = (
            "with Schild's slope free and with a slope of 1"
            if math.isfinite(self.slope.estimate)
            else "with a slope of 1, which one concentration of the antagonist cannot test"
        )
        how = (
            "are stratified jackknife intervals over animals (Student's t, Satterthwaite's degrees of freedom)"
            if self.fit.method == "jackknife"
            else "are profile-likelihood intervals, for which points counted as independent"
        )
        return (
            f"Curves without and with the antagonist were fitted together by least squares to Gaddum's equation {slope}"
            f" (Arunlakshana & Schild 1959), with {shared + ', ' if shared else ''}Hill slope and EC50 in common"
            f"{held}. {100 * self.fit.level:g} % intervals {how}. "
            "Whether the antagonist lowered or flattened the curves was judged by a fit in which it could. The value "
            "is called a pKB where the interval of the slope holds 1 and is at most "
            f"{VAGUE_SLOPE:g} wide, and neither the largest effect nor the Hill slope changed."
        )

    def __str__(self) -> str:
        """The answer, what speaks for and against it, and a line for each note."""
        return "\n".join([self._answer, *(f"Note: {note}." for note in self.notes)])

    @property
    def _answer(self) -> str:
        """The constant, the shape of the curves, and the classical regression."""
        tried = [one.antagonist for one in self.ratios if one.antagonist > 0]
        ends = figures(tried[0]) if len(tried) == 1 else f"{figures(tried[0])} to {figures(tried[-1])}"
        animals = len(self.fit.points.animals)
        n = count_text(animals, "animal") if animals else count_text(self.fit.points.dose.size, "point")
        slope = (
            f"Schild slope {estimate_text(self.slope, places=2)}, {p_text(self.p_slope)} against 1"
            if is_told(self.slope) or (self.fit.method == "none" and math.isfinite(self.slope.estimate))
            else f"Schild slope {NOT_TOLD}"
            if math.isfinite(self.slope.estimate)
            else "Schild slope not tested"
        )
        level = interval_name(self.fit.level, self.fit.method)
        left = with_unit(estimate_text(self.effect_left_percent, lowest=0.0, places=1), "% of that without")
        return (
            f"{self.answer_text} ({level}); {slope}; "
            f"{count_text(len(tried), 'concentration')} of the antagonist, {ends} {self.antagonist_unit}, {n}\n"
            f"Largest effect with the antagonist: {left}; Hill slope {estimate_text(self.hill_ratio, lowest=0.0)} "
            f"times that without\n{self.by_hand_text}"
        )

    @property
    def by_hand_text(self) -> str:
        """What the classical regression gives, beside the fit."""
        line = self.regression
        if line is None:
            return "Classical Schild regression: none, below two concentrations with a dose ratio above 1"
        slope, pa2 = (estimate_text(one, places=2) for one in (line.slope, line.pa2))
        ends = f"{100 * self.fit.level:g} % of {line.n} concentrations, as if dose ratios had no error of their own"
        known = ends if is_told(line.slope) else f"{line.n} concentrations: no interval"
        return f"Classical Schild regression: slope {slope}, pA2 {pa2} ({known})"

    @property
    def _by_hand_numbers(self) -> dict[str, float]:
        """The classical regression in columns of its own; NaN without one."""
        none = ParameterEstimate(*(math.nan,) * 4, self.fit.level, "none")
        slope, pa2 = (none, none) if self.regression is None else (self.regression.slope, self.regression.pa2)
        return {**_numbers("regression_slope", slope), **_numbers("regression_pa2", pa2)}

    def __repr__(self) -> str:
        """What it is called, and its value."""
        return f"SchildFit({self.answer_text}, {count_text(len(self.ratios), 'curve')})"

    def _repr_html_(self) -> str:
        """The answer and the table, for Jupyter."""
        return shown(self, table(self.columns, self.rows, name=self.title))


def _log_less_1(ratio: float) -> float:
    """log10 (dose ratio - 1); NaN of a ratio of 1 or less."""
    return math.log10(ratio - 1.0) if 1 < ratio < math.inf else math.nan


_HELD_AS = {"response without agonist": "base", "largest effect": "plateau"}


def _ordinate(one: DoseRatio) -> str:
    """Schild's ordinate as it is printed."""
    if one.antagonist == 0:
        return ""
    if not one.is_told:
        return NOT_TOLD
    return "none: no shift" if math.isnan(one.log_ratio_less_1) else f"{one.log_ratio_less_1:.2f}"


def _numbers(name: str, found: ParameterEstimate) -> dict[str, float]:
    """Value and ends in columns of their own."""
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
