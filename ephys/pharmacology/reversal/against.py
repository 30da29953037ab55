"""Cells that were assessed one by one, held against the recoveries of a data set: their spikes are not needed again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ephys.errors import ParameterError
from ephys.pharmacology.reversal.comparing import compare_return
from ephys.pharmacology.reversal.group_result import Reversals
from ephys.pharmacology.reversal.judging import came_back
from ephys.pharmacology.reversal.recovery import Recovery
from ephys.pharmacology.reversal.result import Reversal, ReversalStep
from ephys.pharmacology.reversal.verdicts import NOTHING


def compare_reversals(reversals: Iterable[Reversal], recoveries: Iterable[Recovery]) -> Reversals:
    """Judge returns that are known already against recoveries that were not at hand when they were timed.

    A cohort whose sessions are analysed apart keeps each cell's return and its recovery until an antagonist came, and
    no spikes. `assess_reversals` does all of it where the spikes are there.

    Parameters
    ----------
    reversals : iterable of Reversal
        From `assess_reversal`, of one agonist, each cell once.
    recoveries : iterable of Recovery
        From `spontaneous_recovery`. That of the cell itself is not held against it.

    Returns
    -------
    Reversals

    Raises
    ------
    ParameterError
        If there is no reversal, the agonists are several, or cells were judged by different settings.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Unit
    >>> from ephys.pharmacology import assess_reversal
    >>> given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg"),
    ...          Administration("way-100635", 300.0, dose=10.0, dose_unit="ug/kg", role="antagonist"))
    >>> unit = Unit.from_times(np.r_[0.25:200.0:0.5, 202.0:320.0:4.0, 320.0:500.0:0.5], support=Epoch(0.0, 500.0))
    >>> print(compare_reversals([assess_reversal(unit, DoseProtocol(given, unit.support))], []))
    way-100635 after ipsapirone: 0 of 1 judged cell reversed, in 0 of 1 animal
    returned; spontaneous recovery not excluded: 1
    recoveries without antagonist: 0, of 0 animals
    """
    cells, known = tuple(reversals), tuple(recoveries)
    drugs, settings = dict.fromkeys(cell.drug for cell in cells), dict.fromkeys(cell.settings for cell in cells)
    if len(drugs) != 1 or len(settings) != 1:
        raise ParameterError(
            "reversals must be of one agonist under one setting, got "
            f"{len(cells)} of {', '.join(map(repr, drugs)) or 'none'} under {len(settings)} settings"
        )
    judged = tuple(
        replace(cell, steps=tuple(_judged(step, cell, known) for step in cell.steps)) for cell in cells
    )  # fmt: skip
    return Reversals(cells[0].drug, judged, known, cells[0].settings)


def _judged(step: ReversalStep, cell: Reversal, recoveries: Sequence[Recovery]) -> ReversalStep:
    """One dose of the antagonist again; where the rate did not come back, no recovery alters what was said."""
    if step.cell is None or step.verdict == NOTHING or not step.back.returned:
        return step
    own = (cell.subject.animal, cell.unit_id)
    others = [one for one in recoveries if (one.animal, one.unit_id) != own]
    group = replace(step.cell, group=cell.subject.group)
    compared = compare_return(step.back, group, others, cell.settings)
    verdict, reason = came_back(cell.settings, step.back, compared, step.beside, rose=step.after.rose)
    return replace(step, cell=group, verdict=verdict, reason=reason, comparison=compared)
