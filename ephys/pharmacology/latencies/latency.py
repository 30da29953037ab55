"""Latencies as they are timed: a number, or that it is longer than the cut-off."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.jupyter import Shown, number_text, shown, table
from ephys.pharmacology.groups.estimates import count_text


@dataclass(frozen=True, slots=True)
class Latency(Shown):
    """One trial of one animal.

    Parameters
    ----------
    animal, group : str
        Whose, and in which group it is.
    latency_s : float
        Until it moved; where `censored`, until it was no longer watched: a bound.
    censored : bool, optional
        Whether it had not moved by then.
    cutoff_s : float, optional
        When the trial would have been ended; NaN where it is not known.
    trial : int, optional
        From 1.

    Raises
    ------
    ParameterError
        If a name is missing, the latency is negative or beyond the cut-off, or the trial is no number from 1.
    """

    animal: str
    group: str
    latency_s: float
    censored: bool = False
    cutoff_s: float = math.nan
    trial: int = 1

    def __post_init__(self) -> None:
        if not self.animal:
            raise ParameterError("a latency must have the name of its animal, got ''")
        if not 0 <= self.latency_s < math.inf:
            raise ParameterError(f"animal {self.animal}: latency_s must be 0 or more, got {self.latency_s:g}")
        if self.cutoff_s <= 0:
            raise ParameterError(f"animal {self.animal}: cutoff_s must be above 0, got {self.cutoff_s:g}")
        if self.latency_s > self.cutoff_s:
            raise ParameterError(
                f"animal {self.animal}: latency_s {self.latency_s:g} is beyond the cut-off of {self.cutoff_s:g} s"
            )
        if self.trial < 1:
            raise ParameterError(f"animal {self.animal}: trial must be 1 or more, got {self.trial}")

    @property
    def text(self) -> str:
        """A number, or a bound.

        >>> Latency("r1", "drug", 180.0, censored=True).text
        '> 180'
        """
        return f"{'> ' if self.censored else ''}{number_text(self.latency_s)}"


@dataclass(frozen=True, slots=True)
class Latencies(Shown):
    """Latencies of a test.

    Parameters
    ----------
    trials : tuple of Latency
        Each animal's in its order.

    Raises
    ------
    ParameterError
        If there is none, an animal is in two groups, or has a trial twice.
    """

    trials: tuple[Latency, ...]

    def __post_init__(self) -> None:
        if not self.trials:
            raise ParameterError("there is no latency")
        group_of: dict[str, str] = {}
        seen: set[tuple[str, int]] = set()
        for one in self.trials:
            if group_of.setdefault(one.animal, one.group) != one.group:
                raise ParameterError(
                    f"animal {one.animal!r} is in the groups {group_of[one.animal]!r} and {one.group!r}; give every "
                    "animal a name of its own, and one group"
                )
            if (one.animal, one.trial) in seen:
                raise ParameterError(f"animal {one.animal!r} has trial {one.trial} twice; number its trials")
            seen.add((one.animal, one.trial))

    @property
    def animals(self) -> tuple[str, ...]:
        """Names, in order of appearance."""
        return tuple(dict.fromkeys(one.animal for one in self.trials))

    @property
    def groups(self) -> tuple[str, ...]:
        """Names, in order of appearance."""
        return tuple(dict.fromkeys(one.group for one in self.trials))

    def of(self, animal: str) -> tuple[Latency, ...]:
        """Trials of an animal, in order."""
        return tuple(sorted((one for one in self.trials if one.animal == animal), key=lambda one: one.trial))

    def __str__(self) -> str:
        """How many."""
        stayed = sum(one.censored for one in self.trials)
        return (
            f"{count_text(len(self.trials), 'trial')} of {count_text(len(self.animals), 'animal')} in "
            f"{count_text(len(self.groups), 'group')}; {stayed} had not ended at the cut-off"
        )

    def __repr__(self) -> str:
        """How many."""
        return f"Latencies({len(self.trials)} trials, {len(self.animals)} animals, {len(self.groups)} groups)"

    def _repr_html_(self) -> str:
        """A row per animal."""
        rows = [
            [animal, self.of(animal)[0].group, ", ".join(one.text for one in self.of(animal))]
            for animal in self.animals
        ]
        return shown(self, table(["animal", "group", "latencies (s)"], rows, name="animals"))
