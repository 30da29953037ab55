"""What is to be done in a planned experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ephys.errors import ParameterError
from ephys.jupyter import Shown, potency_name, potency_words
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.population.fit import PopulationFit

Aim = Literal["shift", "equivalence", "rate"]


@dataclass(frozen=True)
class PlannedDesign(Shown):
    """Numbers of animals and cells to be weighed, and how each cell is recorded.

    Parameters
    ----------
    animals : tuple of int
        Animals per group, each number a design.
    cells_per_animal : tuple of int
        Cells of each animal, each number a design.
    doses : tuple of float
        Cumulative, above 0; those of the pilot where none are stated. A rate needs none.
    dose_unit : str
    baseline_s, exposure_s : float
        Time in which the baseline, and the response to each dose, is counted: 180 and 60 s are the read-out's own
        (conventions).
    stop_below : float
        No dose is given after a window below this share of the baseline rate (convention); 0 gives every dose.
    n_groups : {2, 1}
        Treated animals against control animals, or one group against a value that is taken for exact.

    Examples
    --------
    >>> PlannedDesign(animals=(6, 8), cells_per_animal=(1,), doses=(25, 50, 100, 200)).sizes
    ((6, 1), (8, 1))
    """

    animals: tuple[int, ...] = (4, 6, 8, 10, 12)
    cells_per_animal: tuple[int, ...] = (1, 2, 3)
    doses: tuple[float, ...] = ()
    dose_unit: str = ""
    baseline_s: float = 180.0
    exposure_s: float = 60.0
    stop_below: float = 0.03
    n_groups: int = 2

    def __post_init__(self) -> None:
        """Check it.

        Raises
        ------
        ParameterError
            For a design that cannot be carried out, or tested.
        """
        for what, numbers, least in (
            ("animals", self.animals, LEAST_ANIMALS), ("cells_per_animal", self.cells_per_animal, 1),
        ):  # fmt: skip
            listed = isinstance(numbers, Sequence) and not isinstance(numbers, str)
            if not listed or not numbers or not all(_is_whole(number, least) for number in numbers):
                raise ParameterError(f"{what} must be a tuple of whole numbers of {least} or more, got {numbers!r}")
            object.__setattr__(self, what, tuple(sorted({int(number) for number in numbers})))
        object.__setattr__(self, "doses", tuple(float(dose) for dose in self.doses))
        rising = all(np.diff(self.doses) > 0) and all(0 < dose < math.inf for dose in self.doses)
        if not rising:
            raise ParameterError(f"doses must be cumulative: above 0 and rising, got {self.doses}")
        for what, length_s in (("baseline_s", self.baseline_s), ("exposure_s", self.exposure_s)):
            if not 0 < length_s < math.inf:
                raise ParameterError(f"{what} must be above 0 s, got {length_s}")
        if not 0 <= self.stop_below < 1:
            raise ParameterError(f"stop_below must be a share of the baseline, 0 to below 1, got {self.stop_below}")
        if self.n_groups not in (1, 2):
            raise ParameterError(f"n_groups must be 1 or 2, got {self.n_groups}")

    @classmethod
    def from_pilot(cls, pilot: PopulationFit) -> PlannedDesign:
        """Windows as the pilot's cells had them (medians), and one cell an animal where it had no more."""
        none = [run.exposure_s[run.dose == 0].sum() for run in pilot.runs]
        each = np.concatenate([run.exposure_s[run.dose > 0] for run in pilot.runs])
        design = cls(baseline_s=float(np.median(none)), exposure_s=float(np.median(each)))
        return replace(design, cells_per_animal=(1,)) if math.isnan(pilot.sd_animal) else design

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Animals per group and cells per animal of each design."""
        return tuple((animals, cells) for cells in self.cells_per_animal for animals in self.animals)

    def for_aim(self, aim: Aim, pilot: PopulationFit | None) -> PlannedDesign:
        """The same with the doses that the aim needs, from the pilot where none are stated.

        Raises
        ------
        ParameterError
            If there are too few, or they are in another unit than the pilot's.
        """
        if aim == "rate":
            return replace(self, doses=())
        if pilot is not None:
            unit = pilot.runs[0].dose_unit
            if not self.doses:
                return replace(self, doses=doses_of(pilot), dose_unit=unit)
            if self.dose_unit and unit and _plain(self.dose_unit) != _plain(unit):
                raise ParameterError(
                    f"doses are in {self.dose_unit!r}, and the pilot's {potency_name(unit)} in {unit!r}: state both in "
                    "one"
                )
            return replace(self._with_enough_doses(), dose_unit=unit or self.dose_unit)
        return self._with_enough_doses()

    def _with_enough_doses(self) -> PlannedDesign:
        """The same.

        Raises
        ------
        ParameterError
            If an ID50 cannot be told from so few.
        """
        words = potency_words(self.dose_unit)
        if len(self.doses) < 2:
            raise ParameterError(
                f"an {words.name} needs at least two {words.dose}s, got {self.doses}: "
                "state design=PlannedDesign(doses=(25, 50, 100))"
            )
        return self


def _plain(unit: str) -> str:
    """A unit with u for either sign of micro."""
    return unit.replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")


def _is_whole(number: object, least: int) -> bool:
    """Whether it is a whole number, large enough."""
    return isinstance(number, (int, float, np.integer)) and float(number).is_integer() and bool(number >= least)


def doses_of(pilot: PopulationFit) -> tuple[float, ...]:
    """Doses of the longest series of a pilot, of which every other is the beginning.

    Raises
    ------
    ParameterError
        If cells were given different doses.
    """
    series = [tuple(np.unique(run.dose[run.dose > 0]).tolist()) for run in pilot.runs]
    longest = max(series, key=len)
    for run, doses in zip(pilot.runs, series, strict=True):
        if doses != longest[: len(doses)]:
            raise ParameterError(
                f"the pilot's cells were given different doses, {run.name} {doses} and another {longest}: state those "
                f"of the experiment, design=PlannedDesign(doses=...)"
            )
    return longest


def require_whole(**numbers: object) -> None:
    """Check that numbers that count are whole.

    Raises
    ------
    ParameterError
        With the name and the value.
    """
    for name, number in numbers.items():
        if not isinstance(number, int | np.integer):
            raise ParameterError(f"{name} must be a whole number, got {number!r}")
