"""An antagonist's shift in the living animal: the value that `apparent_pa2` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.groups.estimates import count_text, number_text
from ephys.pharmacology.shared_fits.text import estimate_text

Stretch = tuple[float, float]
"""Where a value lies: twice the value where it is known, an infinite end or 0 where it is a bound, else a bracket."""


@dataclass(frozen=True, slots=True)
class AnimalShift(Shown):
    """One animal's dose ratio.

    Parameters
    ----------
    animal : str
    without, with_antagonist : (float, float) or None
        ID50, geometric mean of the animal's cells; ``None`` where there is none of its own.
    ratio : (float, float) or None
        Dose ratio, against its own ID50 or the control animals' mean; ``None`` for a control animal.
    pa2 : (float, float) or None
        Apparent pA2; -inf to -inf where the ratio is 1 or less: no shift.
    n_cells : int
    """

    animal: str
    without: Stretch | None
    with_antagonist: Stretch | None
    ratio: Stretch | None
    pa2: Stretch | None
    n_cells: int


@dataclass(frozen=True, slots=True)
class ApparentPa2(Shown):
    """Apparent pA2 of an antagonist in vivo.

    Parameters
    ----------
    animals : tuple of AnimalShift
        In order of appearance.
    ratio : ParameterEstimate
        Geometric mean of the animals' dose ratios.
    pa2 : ParameterEstimate
        Apparent pA2 of that ratio, in -log10 mol/kg; ends are -inf where the ratio may be 1, and all of it is NaN
        where the ratio has no interval.
    dose_mol_kg : float
        Of the antagonist, as base.
    dose_text, id50_unit : str
    paired : bool
        Whether each animal is its own control.
    level : float
    notes, left_out : tuple of str
    """

    animals: tuple[AnimalShift, ...]
    ratio: ParameterEstimate
    pa2: ParameterEstimate
    dose_mol_kg: float
    dose_text: str
    id50_unit: str
    paired: bool
    level: float
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def n_animals(self) -> int:
        """Animals with a dose ratio."""
        return sum(one.ratio is not None for one in self.animals)

    @property
    def title(self) -> str:
        """What the table shows."""
        return "Dose ratio of each animal"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        unit = self.id50_unit.replace("ug/", "µg/")
        against = "its own" if self.paired else "the control animals'"
        return (
            "animal", "cells", f"ID50 without ({unit})", f"ID50 with antagonist ({unit})",
            f"dose ratio, against {against}", "apparent pA2 (-log mol/kg)",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table as it is printed: a row for each animal, then their geometric mean."""
        own = tuple(
            (
                one.animal, str(one.n_cells), _text(one.without), _text(one.with_antagonist), _text(one.ratio),
                _pa2_text(one.pa2),
            )
            for one in self.animals
        )  # fmt: skip
        cells = str(sum(one.n_cells for one in self.animals))
        mean = (f"geometric mean ({100 * self.level:g} %)", cells, "", "", self._ratio_text, self._pa2_text)
        return (*own, mean)

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each animal, with the answer of all beside it; of a bound, one end is open."""
        whole = {
            "mean_dose_ratio": self.ratio.estimate, "mean_dose_ratio_low": self.ratio.low,
            "mean_dose_ratio_high": self.ratio.high, "mean_pa2": self.pa2.estimate, "mean_pa2_low": self.pa2.low,
            "mean_pa2_high": self.pa2.high, "antagonist_mol_kg": self.dose_mol_kg, "level": self.level,
        }  # fmt: skip
        return [
            {
                "animal": one.animal, "n_cells": one.n_cells, "id50_unit": self.id50_unit,
                **_ends("id50_without", one.without),
                **_ends("id50_with", one.with_antagonist), **_ends("dose_ratio", one.ratio), **_ends("pa2", one.pa2),
                **whole,
            }
            for one in self.animals
        ]  # fmt: skip

    @property
    def methods(self) -> str:
        """What was computed, for a Methods section."""
        against = "of the same animal" if self.paired else "of animals without it (geometric mean)"
        stretches = [one for animal in self.animals for one in (animal.without, animal.ratio) if one is not None]
        bounds = any(low != high for low, high in stretches)
        censored = ", of which those known only as bounds entered as such (censored normal likelihood)" * bounds
        return (
            f"The dose ratio was the ID50 after the antagonist ({self.dose_text}) over that {against}, one for each "
            f"animal{censored}; the apparent pA2 was -log10 of the antagonist's dose in mol/kg of base, divided by the "
            f"dose ratio - 1, of the geometric mean over {count_text(self.n_animals, 'animal')}, with the "
            f"{100 * self.level:g} % interval of that mean."
        )

    def __str__(self) -> str:
        """The answer, and a line for each note."""
        return "\n".join([self._answer, *(f"Note: {note}." for note in self.notes)])

    @property
    def _answer(self) -> str:
        """PA2 and dose ratio, and of how many animals."""
        control = len(self.animals) - self.n_animals
        level = f"-log mol/kg; {100 * self.level:g} % over animals"
        interval = "no interval over animals" if math.isnan(self.ratio.low) else level
        n = count_text(self.n_animals, "animal") + f" against {control} without antagonist" * (not self.paired)
        return (
            f"Apparent pA2 {self._pa2_text} ({interval}), dose ratio "
            f"{self._ratio_text} after {self.dose_text}; {n}"
            + (f"; {len(self.left_out)} left out" if self.left_out else "")
        )

    def __repr__(self) -> str:
        """Its value."""
        return f"ApparentPa2({self._pa2_text}, {count_text(self.n_animals, 'animal')})"

    def _repr_html_(self) -> str:
        """The answer and the table, for Jupyter."""
        return shown(self, table(self.columns, self.rows, name=self.title), told=self._answer)

    @property
    def _ratio_text(self) -> str:
        return "none" if math.isnan(self.ratio.estimate) else estimate_text(self.ratio, lowest=0.0)

    @property
    def _pa2_text(self) -> str:
        if math.isnan(self.ratio.estimate) or self.pa2.high == -math.inf:
            return "none"  # no mean, or a ratio that lies below 1 altogether
        if math.isnan(self.ratio.low):
            return "not told"  # nothing says that the ratio is above 1
        return estimate_text(self.pa2, places=2)


def _text(stretch: Stretch | None) -> str:
    """A value, or its bound."""
    if stretch is None:
        return ""
    low, high = stretch
    if low == high:
        return number_text(low)
    if low <= 0 and math.isinf(high):
        return "not told"
    if low > 0 and math.isfinite(high):
        return f"{number_text(low)} to {number_text(high)}"
    return f"< {number_text(high)}" if low <= 0 else f"> {number_text(low)}"


def _pa2_text(stretch: Stretch | None) -> str:
    """An apparent pA2, or its bound."""
    if stretch is None:
        return ""
    low, high = stretch
    if high == -math.inf:
        return "below any (no shift)"
    if low == high:
        return f"{low:.2f}"
    if math.isinf(low):
        return "not told" if math.isinf(high) else f"< {high:.2f}"
    return f"> {low:.2f}" if math.isinf(high) else f"{low:.2f} to {high:.2f}"


def _ends(name: str, stretch: Stretch | None) -> dict[str, float]:
    """Both ends in columns of their own; NaN where there is none."""
    low, high = stretch if stretch is not None else (math.nan, math.nan)
    return {f"{name}_low": low, f"{name}_high": high}
