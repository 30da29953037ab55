"""What was collected from a probe, as the laboratory writes it: fractions by the clock of the outlet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from ephys.errors import ParameterError
from ephys.jupyter import Html, Shown, number_text, shown, table
from ephys.pharmacology.groups.estimates import count_text

_SHORT_MIN = 1e-6
"""Fractions that overlap by less are adjacent: times are typed with few decimals."""


@dataclass(frozen=True, slots=True)
class DialysisFraction(Shown):
    """One fraction of dialysate.

    Parameters
    ----------
    start_min, stop_min : float
        When it was collected at the outlet.
    value : float
        What was measured in it; NaN where nothing was, or where it is below the detection limit.
    below : float, optional
        Detection limit that the fraction is below: a bound, in the unit of the values; NaN where it was measured.

    Raises
    ------
    ParameterError
        If it ends before it begins, a value is negative, or there are both a value and a bound.
    """

    start_min: float
    stop_min: float
    value: float
    below: float = math.nan

    def __post_init__(self) -> None:
        where = f"fraction {self.start_min:g} to {self.stop_min:g} min"
        if not (math.isfinite(self.start_min) and math.isfinite(self.stop_min) and self.start_min < self.stop_min):
            raise ParameterError(f"{where}: must have start_min < stop_min")
        if self.value < 0 or math.isinf(self.value):
            raise ParameterError(f"{where}: value must be 0 or more, got {self.value:g}")
        if not math.isnan(self.below) and not (0 < self.below < math.inf):
            raise ParameterError(f"{where}: a detection limit must be above 0, got {self.below:g}")
        if not math.isnan(self.value) and not math.isnan(self.below):
            raise ParameterError(f"{where}: has a value and is below a detection limit; give one of the two")

    @property
    def length_min(self) -> float:
        """How long it was collected."""
        return self.stop_min - self.start_min

    @property
    def text(self) -> str:
        """What is known of it: a number, a bound, or nothing.

        >>> DialysisFraction(0.0, 20.0, math.nan, below=0.5).text
        '< 0.5'
        """
        if not math.isnan(self.below):
            return f"< {number_text(self.below)}"
        return "not measured" if math.isnan(self.value) else number_text(self.value)


@dataclass(frozen=True, slots=True)
class Dialysis(Shown):
    """Fractions of one analyte from one probe.

    Parameters
    ----------
    animal, group : str
        Whose, and in which group it is.
    analyte, unit : str
        What was measured, and in what.
    drug_min : float
        When the drug was given, on the clock of the fractions.
    fractions : tuple of DialysisFraction
        In order of time.
    drug : str, optional
        What was given then.
    dead_volume_ul : float, optional
        Between the membrane and the end of the outlet; NaN where it is not stated.
    flow_ul_min : float, optional
        Of the perfusion; NaN where it is not stated.

    Raises
    ------
    ParameterError
        If a name is missing, there is no fraction, two overlap, or a volume or flow cannot be.
    """

    animal: str
    group: str
    analyte: str
    unit: str
    drug_min: float
    fractions: tuple[DialysisFraction, ...]
    drug: str = ""
    dead_volume_ul: float = math.nan
    flow_ul_min: float = math.nan

    def __post_init__(self) -> None:
        for what in ("animal", "analyte", "unit"):
            if not getattr(self, what):
                raise ParameterError(f"a dialysis must have the name of its {what}, got ''")
        if not math.isfinite(self.drug_min):
            raise ParameterError(f"{self.name}: drug_min must be a time in minutes, got {self.drug_min:g}")
        if not self.fractions:
            raise ParameterError(f"{self.name}: has no fraction")
        for one, two in pairwise(self.fractions):
            if two.start_min < one.stop_min - _SHORT_MIN:
                raise ParameterError(
                    f"{self.name}: fraction {two.start_min:g} to {two.stop_min:g} min begins before the one "
                    "that ends at "
                    f"{one.stop_min:g} min; fractions stand in order of time and do not overlap"
                )
        if self.dead_volume_ul < 0:
            raise ParameterError(f"{self.name}: dead_volume_ul must be 0 or more, got {self.dead_volume_ul:g}")
        if self.flow_ul_min <= 0:
            raise ParameterError(f"{self.name}: flow_ul_min must be above 0, got {self.flow_ul_min:g}")

    @property
    def name(self) -> str:
        """How messages name it."""
        return f"animal {self.animal}, {self.analyte}"

    def __str__(self) -> str:
        """Who, what, how many fractions."""
        given = f"; {self.drug or 'drug'} at {self.drug_min:g} min"
        return f"{self.name} ({self.unit}), {count_text(len(self.fractions), 'fraction')}{given}"

    def __repr__(self) -> str:
        """Which."""
        return f"Dialysis({self.animal!r}, {self.analyte!r}, {count_text(len(self.fractions), 'fraction')})"

    def _repr_html_(self) -> str:
        """Fractions as they were collected."""
        rows = [[f"{one.start_min:g}", f"{one.stop_min:g}", one.text] for one in self.fractions]
        part: Html = table(["from (min)", "to (min)", f"{self.analyte} ({self.unit})"], rows, name="fractions")
        return shown(self, part)
