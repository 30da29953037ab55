"""Each cell before a drug, under it, and after its antagonist: the values that `paired_rates` returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ephys.jupyter import Shown, potency_words, shown
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.paired.paired_html import paired_parts

State = Literal["baseline", "agonist", "antagonist"]
Which = Literal["last", "deepest"]
STATES: tuple[State, ...] = ("baseline", "agonist", "antagonist")


@dataclass(frozen=True, slots=True)
class PairedRate(Shown):
    """A cell's rate in one state.

    Parameters
    ----------
    state : {"baseline", "agonist", "antagonist"}
    dose : float
        Cumulative dose of the agonist by then; 0 at baseline.
    count : int
        Spikes in the window.
    exposure_s : float
        Seconds in which the cell's spikes could be counted.
    rate_hz, low_hz, high_hz : float
        With the exact 95 % interval of a Poisson count.
    percent, percent_low, percent_high : float
        Of the baseline, with the interval that carries the noise of both; of the baseline itself 100 without one (NaN).
    proven : bool
        Whether the cell is known to have been there: not where it fell silent and may have been lost.
    """

    state: State
    dose: float
    count: int
    exposure_s: float
    rate_hz: float
    low_hz: float
    high_hz: float
    percent: float
    percent_low: float
    percent_high: float
    proven: bool = True

    @property
    def silent(self) -> bool:
        """Whether no spike of its own was counted: 0 Hz."""
        return self.rate_hz == 0


@dataclass(frozen=True, slots=True)
class PairedCell(Shown):
    """One cell through the states.

    Parameters
    ----------
    animal, unit_id, group : str
        Which.
    rates : tuple of PairedRate
        In order; baseline and agonist always, the antagonist where it was measured.
    """

    animal: str
    unit_id: str
    group: str
    rates: tuple[PairedRate, ...]

    def at(self, state: State) -> PairedRate | None:
        """Its rate in a state; ``None`` where it was not measured."""
        return next((rate for rate in self.rates if rate.state == state), None)


@dataclass(frozen=True, slots=True)
class AnimalMean(Shown):
    """Mean of an animal's cells in one state.

    Parameters
    ----------
    animal, group : str
    state : {"baseline", "agonist", "antagonist"}
    rate_hz, percent : float
        Arithmetic means, silent cells with 0.
    n_cells : int
        Measured in this state; they may be fewer after the antagonist than before.
    """

    animal: str
    group: str
    state: State
    rate_hz: float
    percent: float
    n_cells: int


@dataclass(frozen=True, slots=True)
class PairedRates(Shown):
    """Cells of animals before a drug, under it, and after its antagonist.

    Parameters
    ----------
    drug, dose_unit, route : str
        Of the agonist.
    antagonist : str
        Empty where none was given after it.
    which : {"last", "deepest"}
        Dose at which the agonist was read.
    cells : tuple of PairedCell
    left_out : tuple of str
        Cells that are not among them, and why.
    notes : tuple of str
        What to know before the numbers are used.
    """

    drug: str
    dose_unit: str
    route: str
    antagonist: str
    which: Which
    cells: tuple[PairedCell, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def states(self) -> tuple[State, ...]:
        """States that there are: two without an antagonist."""
        return STATES if self.antagonist else STATES[:2]

    @property
    def n_cells(self) -> dict[State, int]:
        """Cells measured in each state."""
        return {state: sum(cell.at(state) is not None for cell in self.cells) for state in self.states}

    @property
    def n_animals(self) -> dict[State, int]:
        """Animals with a cell measured in each state."""
        return {state: len({c.animal for c in self.cells if c.at(state) is not None}) for state in self.states}

    @property
    def animals(self) -> tuple[str, ...]:
        """Names of the animals, in order of appearance."""
        return tuple(dict.fromkeys(cell.animal for cell in self.cells))

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of the animals, where they are known."""
        return tuple(dict.fromkeys(cell.group for cell in self.cells if cell.group))

    def animal_means(self, animal: str) -> tuple[AnimalMean, ...]:
        """Mean of an animal's cells in each state in which it has any.

        Parameters
        ----------
        animal : str

        Returns
        -------
        tuple of AnimalMean
            In order of the states.
        """
        own = [cell for cell in self.cells if cell.animal == animal]
        measured = ((state, [r for cell in own if (r := cell.at(state)) is not None]) for state in self.states)
        return tuple(
            AnimalMean(
                animal, own[0].group, state, sum(rate.rate_hz for rate in rates) / len(rates),
                sum(rate.percent for rate in rates) / len(rates), len(rates),
            )
            for state, rates in measured if rates
        )  # fmt: skip

    @property
    def dose_text(self) -> str:
        """Doses at which the agonist was read, with unit and route."""
        doses = sorted({rate.dose for cell in self.cells if (rate := cell.at("agonist")) is not None})
        ends = figures(doses[0]) if len(doses) == 1 else f"{figures(doses[0])} to {figures(doses[-1])}"
        return " ".join(part for part in (ends, self.dose_unit.replace("ug/", "µg/"), self.route) if part)

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per cell and state, every number in a column of its own."""
        agonist = {"drug": self.drug, "dose_unit": self.dose_unit, "route": self.route, "antagonist": self.antagonist}
        return [
            {"animal": cell.animal, "unit": cell.unit_id, "group": cell.group, **agonist, **asdict(rate)}
            for cell in self.cells
            for rate in cell.rates
        ]

    def __str__(self) -> str:
        """What there is of each state, who is left out, and what to know."""
        lines = [self._states_text, *(f"Left out: {reason}." for reason in self.left_out)]
        return "\n".join([*lines, *(f"Note: {note}." for note in self.notes)])

    def _repr_html_(self) -> str:
        """Animals and cells through the states, for Jupyter."""
        beside = {"left out": self.left_out, "notes": self.notes}
        return shown(self, *paired_parts(self), told=self._states_text, beside=beside)

    def __repr__(self) -> str:
        """Which drug, of how many."""
        n = f"{count_text(len(self.cells), 'cell')} of {count_text(len(self.animals), 'animal')}"
        return f"PairedRates({self.drug!r}, {self.antagonist or 'no antagonist'!r}, {n})"

    @property
    def _states_text(self) -> str:
        """How many cells of how many animals there are in each state, and how many are silent."""
        names = {
            "baseline": "baseline",
            "agonist": f"{self.drug} {self.dose_text} ({self.which} {potency_words(self.dose_unit).dose})",
            "antagonist": f"after {self.antagonist}",
        }
        told = "; ".join(
            f"{names[state]}: {count_text(self.n_cells[state], 'cell')} of "
            f"{count_text(self.n_animals[state], 'animal')}, {self._silent(state)} silent"
            for state in self.states
        )
        return f"{told}."

    def _silent(self, state: State) -> int:
        """How many cells are silent in a state."""
        return sum(rate.silent for cell in self.cells if (rate := cell.at(state)) is not None)
