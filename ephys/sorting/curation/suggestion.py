"""A correction that the spikes suggest, with what speaks for it and what it would cost: a person decides."""

from __future__ import annotations

from dataclasses import dataclass

from ephys.jupyter import Shown
from ephys.sorting.curation.operations import Delete, Merge, Relabel, Split, SplitSpikes, units_named
from ephys.sorting.curation.wording import operation_text


@dataclass(frozen=True, slots=True)
class Suggestion(Shown):
    """One correction that the spikes suggest.

    What a drug did to the rate, and what the correction would do to an ID50, is no reason and is not told: cells would
    be made to fit.

    Parameters
    ----------
    operation : Merge, Split, SplitSpikes, Delete or Relabel
        What is suggested.
    score : float
        0 to 1, to put the clearest first; no probability.
    reasons : tuple of str
        What speaks for it, with the figures.
    against : tuple of str
        What speaks against it, or could not be looked at.
    cost : tuple of str
        What it would do to the units, and what it would do if it were wrong.
    """

    operation: Merge | Split | SplitSpikes | Delete | Relabel
    score: float
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """Units that it is about."""
        return units_named(self.operation)

    def __str__(self) -> str:
        """What is suggested, and why."""
        return f"{operation_text(self.operation)}: {'; '.join(self.reasons)}"
