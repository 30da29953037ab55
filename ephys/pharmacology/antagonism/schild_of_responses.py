"""From analysed cells of slices, with and without an antagonist in the bath, to its pKB: nobody retypes a percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.antagonism.fitting import fit_schild
from ephys.pharmacology.antagonism.of_cells import called, check_common
from ephys.pharmacology.antagonism.schild_fit import SchildFit
from ephys.pharmacology.cell_series import why_not
from ephys.pharmacology.pretreatment import GONE
from ephys.pharmacology.responses import DoseResponse

_SAME = ("drug", "dose_unit", "readout_rule")
"""What the curves of one shift have in common."""


def fit_schild_of_responses(
    responses: Sequence[DoseResponse],
    *,
    base: float | None = None,
    plateau: float | None = None,
    level: float = 0.95,
) -> SchildFit:
    """Fit the shift of an agonist's curve in a bath, from responses that `dose_response` measured.

    Each concentration that is used gives a point, its rate in percent of the baseline after the antagonist; the
    concentration of the antagonist is that which the session states before every agonist, 0 where it states none; the
    interval is over animals. Otherwise as `fit_schild`.

    Parameters
    ----------
    responses : sequence of DoseResponse
        Of one agonist in nM and of one read-out, with and without the antagonist, each with its animal.
    base, plateau : float, optional
        Percent of baseline without agonist, and at its highest concentrations, where they are known.
    level : float, optional
        Of the intervals.

    Returns
    -------
    SchildFit
        Its notes name cells that could not be read.

    Raises
    ------
    ParameterError
        For different agonists, units or read-outs, no animal, several antagonists or concentrations before one cell,
        an antagonist that was washed out or switched off when the agonist came, or what `fit_schild` refuses.

    Examples
    --------
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Subject, Unit
    >>> from ephys.pharmacology import dose_response
    >>> def slice_of(animal, antagonist_nm, ec50):
    ...     steps = tuple(
    ...         Administration("5-ct", 600.0 + 200.0 * k, 800.0 + 200.0 * k, dose=nm, dose_unit="nM", route="bath")
    ...         for k, nm in enumerate((3.0, 10.0, 30.0, 100.0, 300.0)))
    ...     before = (Administration("way-100635", 200.0, 1600.0, dose=antagonist_nm, dose_unit="nM", route="bath",
    ...                              role="antagonist"),) if antagonist_nm else ()
    ...     rates = [(0.0, 600.0, 4.0), *((s.start_s, s.stop_s, 4.0 / (1.0 + s.dose / ec50)) for s in steps)]
    ...     times_s = np.concatenate([np.arange(start, stop, 1.0 / hz) for start, stop, hz in rates])
    ...     unit = Unit.from_times(times_s, support=Epoch(0.0, 1600.0))
    ...     return dose_response(unit, DoseProtocol((*before, *steps), unit.support), subject=Subject(animal=animal))
    >>> rats = [(f"r{n}", nm, 10.0 * (1.0 + nm / 2.0) * spread)
    ...         for nm in (0.0, 10.0) for n, spread in enumerate((0.9, 1.0, 1.1), start=int(nm))]
    >>> fit = fit_schild_of_responses([slice_of(*rat) for rat in rats], base=100.0, plateau=0.0)
    >>> round(fit.answer.estimate, 1)    # -log10 of 2 nM
    8.7
    """
    responses = tuple(responses)
    _check(responses)
    reasons = [why_not(one) for one in responses]
    read = [one for one, reason in zip(responses, reasons, strict=True) if not reason]
    points = [(window, one) for one in read for window in one.doses if window.used]
    found = fit_schild(
        [window.dose for window, _ in points],
        [window.percent for window, _ in points],
        np.array([_concentration(one) for _, one in points]),
        antagonist_unit="nM", dose_unit=responses[0].dose_unit, animal=[one.subject.animal for _, one in points],
        base=base, plateau=plateau, level=level,
    )  # fmt: skip
    unread = (f"{called(one)}: {reason}" for one, reason in zip(responses, reasons, strict=True) if reason)
    return replace(found, notes=(*found.notes, *unread))


def _check(responses: Sequence[DoseResponse]) -> None:
    """Refuse curves that make no shift, or whose animal is not known."""
    if not responses:
        raise ParameterError("there is no response: a shift needs curves with and without the antagonist")
    for one in responses:
        if not isinstance(one, DoseResponse):
            raise ParameterError(f"responses must be DoseResponse, got {type(one).__name__}; of numbers use fit_schild")
    check_common(responses, _SAME, "responses of one shift")
    before = {one.pretreatment.drugs: one for one in responses if one.pretreatment is not None}
    if len(before) > 1:
        named = " and ".join(f"{drugs} ({called(one)})" for drugs, one in before.items())
        raise ParameterError(f"a shift is of one antagonist, got {named}")


def _concentration(response: DoseResponse) -> float:
    """Concentration of the antagonist (nM) under a cell's agonist; 0 without."""
    before = response.pretreatment
    if before is None:
        return 0.0
    if len(before.given) > 1 or before.given[0].dose_unit != "nM" or not before.given[0].dose > 0:
        raise ParameterError(
            f"{called(response)}: {before} is no one concentration in the bath; fit_schild takes numbers"
        )
    if before.manner[0] in GONE:
        raise ParameterError(
            f"{called(response)}: {before}: it was not in the bath with every concentration; leave the cell out, or, "
            "where the later solutions held it, too, let its stop_s say so"
        )
    return before.given[0].dose
