"""How cells and animals vary: stated, or as a pilot says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.planning.design import Aim, PlannedDesign
from ephys.pharmacology.planning.pilot import Spread, fano_of, rates_of, spread_of_id50
from ephys.pharmacology.population.fit import PopulationFit

_MANY_SECOND_CELLS = 10
"""From so many on, nothing is said of how little the SD between cells rests on (convention)."""
_NEEDED: dict[str, tuple[str, ...]] = {
    "id50": ("sd_animal", "sd_cell", "id50", "hill", "dispersion", "rate_hz", "fano"),
    "rate": ("rate_sd_animal", "rate_sd_cell", "dispersion", "rate_hz", "fano"),
}
_SAY = {
    "sd_animal": "SD of ln ID50 between animals, as a fold (1.35 is ×/÷ 1.35)",
    "sd_cell": "SD of ln ID50 between the cells of an animal, as a fold",
    "rate_sd_animal": "SD of ln rate between animals, as a fold",
    "rate_sd_cell": "SD of ln rate between the cells of an animal, as a fold",
    "id50": "ID50 of the control group, in the unit of the doses",
    "hill": "slope of the curves",
    "dispersion": "relative SD of a cell's rate between windows (0.1 is 10 %)",
    "rate_hz": "baseline rate of the typical cell",
    "fano": "squared CV of the intervals",
    "emax_percent": "largest inhibition",
}


@dataclass(frozen=True)
class PlannedVariation(Shown):
    """How cells and animals vary. Nothing is assumed: what an aim needs and is not stated (NaN) is asked for.

    Parameters
    ----------
    sd_animal, sd_cell : float
        SD of ln ID50 between animals, and between the cells of one, as folds (1 for none). Where `sd_animal` is not
        stated, `sd_cell` is that of cells of which each animal gave one, and only one cell an animal can be planned.
    id50 : float
        Of the control group.
    hill : float
    dispersion : float
        Relative SD of a cell's rate between windows.
    rate_hz : float
        Geometric mean rate without drug.
    fano : float
        Squared CV of the intervals.
    rate_sd_animal, rate_sd_cell : float
        The same SDs of ln rate. A plan for an ID50 can do without: then all cells fire at `rate_hz`.
    emax_percent : float
        Largest inhibition.
    hill_spread : float
        SD of ln Hill between cells, as a fold; 1 where all share the slope. The analysis does not know it and takes
        the common slope. A pilot does not tell it.
    upper : PlannedVariation, optional
        What the variation may be at worst; power is given there, too. A pilot makes it.
    source : str
        Where the numbers come from.

    Examples
    --------
    >>> PlannedVariation(sd_animal=1.35, sd_cell=1.2, id50=50, hill=1.8, dispersion=0.1, rate_hz=1.5, fano=0.1)
    PlannedVariation(between animals ×/÷ 1.35, cells ×/÷ 1.2; ID50 50, Hill 1.8, 1.5 Hz; stated)
    """

    sd_animal: float = math.nan
    sd_cell: float = math.nan
    id50: float = math.nan
    hill: float = math.nan
    dispersion: float = math.nan
    rate_hz: float = math.nan
    fano: float = math.nan
    rate_sd_animal: float = math.nan
    rate_sd_cell: float = math.nan
    emax_percent: float = 100.0
    hill_spread: float = 1.0
    upper: PlannedVariation | None = None
    source: str = "stated"

    def __post_init__(self) -> None:
        """Check what is stated.

        Raises
        ------
        ParameterError
            For an SD that is no fold, or a value that is not positive.
        """
        for name in ("sd_animal", "sd_cell", "rate_sd_animal", "rate_sd_cell", "hill_spread"):
            fold = getattr(self, name)
            if fold < 1 or math.isinf(fold) or (name == "hill_spread" and math.isnan(fold)):
                raise ParameterError(
                    f"{name} must be a fold, 1 or more, got {fold}: an SD s of natural logarithms is the fold exp(s)"
                )
        for name in ("id50", "hill", "rate_hz", "fano", "emax_percent"):
            value = getattr(self, name)
            if value <= 0 or math.isinf(value):
                raise ParameterError(f"{name} ({_SAY[name]}) must be above 0, got {value}")
        if self.dispersion < 0 or math.isinf(self.dispersion):
            raise ParameterError(f"dispersion ({_SAY['dispersion']}) must be 0 or more, got {self.dispersion}")
        if self.emax_percent > 100:
            raise ParameterError(f"emax_percent must be at most 100, got {self.emax_percent}")

    @classmethod
    def from_pilot(cls, pilot: PopulationFit) -> PlannedVariation:
        """What a pilot says, and at `upper` the same with the SD between animals at the upper end of its interval.

        Where each animal of the pilot gave one cell, the upper end is that of the whole SD. Rates are those of the
        reference group.

        Raises
        ------
        ParameterError
            If the pilot is no fit of counts, or compares animals with themselves.
        """
        if pilot.model.family != "negbin" or pilot.model.paired:
            what = "pairs conditions within animals" if pilot.model.paired else "holds responses, not counts"
            raise ParameterError(f"the pilot {what}: state the variation, variation=PlannedVariation(...)")
        animals, cells = sum(pilot.n_animals.values()), sum(pilot.n_cells.values())
        rate_hz, of_rate = rates_of(pilot)
        of_id50 = spread_of_id50(pilot)
        found = cls(
            id50=math.exp(pilot.estimates[f"mean:{pilot.groups[0]}"]), hill=pilot.hill, dispersion=pilot.dispersion,
            rate_hz=rate_hz, fano=fano_of(pilot), emax_percent=pilot.emax_percent,
            source=f"pilot of {animals} animals, {cells} cells{_second_cells(cells - animals)}",
        )._with(of_id50, of_rate)  # fmt: skip
        if math.isnan(of_id50.high) or math.isnan(of_rate.high):
            return replace(found, source=f"{found.source}: too few to say how uncertain it is")
        end = f"upper end of the {100 * pilot.level:g} % interval of the SD, {found.source}"
        return replace(found, upper=replace(found, source=end)._with(of_id50.highest, of_rate.highest))

    def require(self, aim: Aim, design: PlannedDesign) -> None:
        """Check that all is stated that an aim and a design need.

        Raises
        ------
        ParameterError
            With what to state.
        """
        prefix = "rate_" if aim == "rate" else ""
        alone = max(design.cells_per_animal) == 1
        missing = [
            name
            for name in _NEEDED["rate" if aim == "rate" else "id50"]
            if math.isnan(getattr(self, name)) and not (alone and name == f"{prefix}sd_animal")
        ]
        if missing:
            words = "; ".join(f"{name}, {_SAY[name]}" for name in missing)
            one = (
                f"; with cells_per_animal=(1,), {prefix}sd_cell alone says it" if missing[0].endswith("animal") else ""
            )
            raise ParameterError(f"variation ({self.source}) lacks what is never assumed: {words}{one}")

    def ln_sds(self, prefix: str = "") -> tuple[float, float]:
        """SDs of ln ID50, or of ln rate: between animals and between cells; 0 where none is stated, or none apart."""
        folds = (getattr(self, f"{prefix}sd_animal"), getattr(self, f"{prefix}sd_cell"))
        animal, cell = (0.0 if math.isnan(fold) else math.log(fold) for fold in folds)
        return animal, cell

    def text(self, aim: Aim, *, potency: str = "ID50") -> str:
        """What matters of it, in words, of a potency that is called so."""
        prefix = "rate_" if aim == "rate" else ""
        animal, cell = getattr(self, f"{prefix}sd_animal"), getattr(self, f"{prefix}sd_cell")
        sds = f"between animals ×/÷ {animal:.3g}, cells ×/÷ {cell:.3g}"
        if math.isnan(animal):
            sds = f"between animals, one cell of each, ×/÷ {cell:.3g}"
        typical = f"{self.rate_hz:.2g} Hz"
        if aim != "rate":
            spread = "" if self.hill_spread == 1 else f" (cells ×/÷ {self.hill_spread:.3g})"
            typical = f"{potency} {figures(self.id50)}, Hill {self.hill:.2g}{spread}, {typical}"
        return f"{sds}; {typical}; {self.source}"

    def __repr__(self) -> str:
        """Its main numbers."""
        of_rate = math.isnan(self.sd_cell)
        return f"{type(self).__name__}({self.text('rate' if of_rate else 'shift')})"

    def _with(self, of_id50: Spread, of_rate: Spread) -> PlannedVariation:
        """The same with these SDs."""
        return replace(
            self, sd_animal=math.exp(of_id50.animal), sd_cell=math.exp(of_id50.cell),
            rate_sd_animal=math.exp(of_rate.animal), rate_sd_cell=math.exp(of_rate.cell),
        )  # fmt: skip


def _second_cells(number: int) -> str:
    """Say what the SD between cells rests on, where that is little."""
    if not 0 < number < _MANY_SECOND_CELLS:
        return ""
    return f", how cells of one differ known from {number} second cell{'s' * (number != 1)} only"
