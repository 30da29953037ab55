"""What a table must be before it is fitted; every error says which row or cell, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError, TableError
from ephys.pharmacology.groups.animal_tables import text_column
from ephys.pharmacology.responses import DoseResponse

if TYPE_CHECKING:
    from ephys.pharmacology.population.runs import Run

FloatArray = NDArray[np.float64]

_FRACTION, _PERCENT = 1.5, 50.0
"""Responses below the one are fractions where the curve spans more than the other."""
_AGAINST = 0.3
"""Correlation with ln dose from which responses go the other way than the curve (convention)."""


def check_subject(response: DoseResponse, number: int, *, grouped: bool) -> None:
    """Check that a response knows its animal, and its group where that is wanted.

    Parameters
    ----------
    response : DoseResponse
    number : int
        Its place among those given, from 1.
    grouped : bool
        Whether it must know its group.

    Raises
    ------
    ParameterError
        If it does not.
    """
    subject = response.subject
    for what, known in (("animal", subject.animal), ("group", subject.group or not grouped)):
        if not known:
            raise ParameterError(
                f"response {number} (unit {response.unit_id}, {response.drug}) does not know its {what}: n is "
                f"animals, not cells. State the session's subject, e.g. Subject(animal='r7', group='control')"
            )


def check_totals(rows: Sequence[dict[str, Any]]) -> None:
    """Check that doses are not said to be increments.

    Raises
    ------
    TableError
        If they are.
    """
    kinds = text_column(rows, "dose_kind", required=False)
    added = [row for row, kind in enumerate(kinds) if kind.casefold().startswith("increment")]
    if added:
        raise TableError(
            f"data row {added[0] + 1}: column 'dose_kind' says {kinds[added[0]]}, and 'dose' must be the total so far: "
            f"add up the doses of each cell"
        )


def check_once(run: Run) -> None:
    """Check that a curve's rows are not there twice over.

    Raises
    ------
    TableError
        If each of them is.
    """
    rows = np.stack([run.dose, run.value, run.exposure_s], axis=1)
    _, times = np.unique(rows, axis=0, return_counts=True)
    if times.min() > 1 and len(times) > 1:
        raise TableError(f"{run.name}: every row is there {times.min()} times or more, as if a file were read twice")
    if run.doses_again and (np.diff(run.dose) < 0).any():
        lower = int(np.flatnonzero(np.diff(run.dose) < 0)[0])
        raise TableError(
            f"{run.name}: the doses begin again ({run.dose[lower + 1]:g} after {run.dose[lower]:g}), as those of "
            f"another cell would: give every cell a name of its own in column 'unit'"
        )


def check_whole(counts: FloatArray) -> None:
    """Check that counts are spikes.

    Raises
    ------
    TableError
        With the first row whose count is no whole number.
    """
    broken = np.flatnonzero(counts != np.round(counts))
    if broken.size:
        row = int(broken[0])
        raise TableError(
            f"data row {row + 1}: column 'count' must be spikes, a whole number, got {counts[row]:g}; of a rate, the "
            f"count is rate × exposure_s"
        )


def check_counts(run: Run) -> None:
    """Check that counts can be compared with a baseline that has spikes.

    Raises
    ------
    TableError
        If they cannot.
    """
    none = run.dose == 0
    if not none.any() or none.all():
        which = "no row with dose 0, its baseline" if not none.any() else "no row with a dose above 0"
        named = f"group {run.group!r}" + (f", drug {run.drug!r}" if run.drug else "")
        raise TableError(
            f"{run.name}, {named}: {which}; the rows of a cell must be alike in animal, unit, group and drug"
        )
    if run.value[none].sum() <= run.false_count[none].sum():
        raise TableError(f"{run.name}: no spikes of its own at baseline, so there is nothing to inhibit; leave it out")


def check_direction(runs: Sequence[Run], top: float, bottom: float) -> None:
    """Check that responses go where the curve that is held goes.

    Raises
    ------
    ParameterError
        If they go the other way, or are fractions of a curve in percent.
    """
    given = [run.dose > 0 for run in runs]
    dose = np.concatenate([run.dose[which] for run, which in zip(runs, given, strict=True)])
    value = np.concatenate([run.value[which] for run, which in zip(runs, given, strict=True)])
    if np.abs(value).max() <= _FRACTION < _PERCENT <= abs(top - bottom):
        raise ParameterError(
            f"responses reach {np.abs(value).max():.3g} at most, and the curve goes from {top:g} to {bottom:g}: "
            f"multiply fractions by 100"
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        along = float(np.corrcoef(np.log(dose), value)[0, 1])
    if along * (bottom - top) < -_AGAINST * abs(bottom - top):
        way = "rise" if along > 0 else "fall"
        raise ParameterError(
            f"responses {way} with dose, and the curve goes from top {top:g} to bottom {bottom:g}: give what is left, "
            f"in percent of baseline, not what is inhibited"
        )
