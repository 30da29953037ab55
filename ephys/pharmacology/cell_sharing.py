"""What a data set knows that a lone cell does not: dispersion between windows, and how steep curves are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ephys.pharmacology.cell_counts import cell_counts, hill_model
from ephys.pharmacology.cell_series import usable_series, why_not
from ephys.pharmacology.counts.null import climb_constant
from ephys.pharmacology.counts.profile import profile_id50
from ephys.pharmacology.counts.sharing import share_estimates
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.responses import DoseResponse

LEAST_CELLS = 8
"""With fewer cells that answered, the conventions for a lone cell hold (convention)."""
_CLEAR_EFFECT = 20.0
_MOST_CELLS = 2000
"""More cells tell no more."""


def share_settings(responses: Sequence[DoseResponse], settings: FitSettings | None = None) -> FitSettings:
    """Estimate dispersion and prior of the slope from cells that clearly answered to one drug.

    Cells whose silence may be their loss tell nothing of either. Where the inhibition levels off before it is complete,
    or Emax is estimated anyway, only the dispersion is shared, since a plateau would pass for a shallow slope, and Emax
    is estimated for every cell.

    Parameters
    ----------
    responses : sequence of DoseResponse
        Of one drug and one way of reading it out.
    settings : FitSettings, optional
        To begin with.

    Returns
    -------
    FitSettings
        With the estimates, and how many cells they rest on; unchanged where fewer than eight cells answered.
    """
    settings = settings or FitSettings()
    known = [r for r in responses if not why_not(r) and (r.fate is None or r.fate.state != "undetermined")]
    usable = [usable_series(response, replace(settings, drift=False)) for response in known]
    usable = [one for one in usable if len(one.doses) >= 3][:_MOST_CELLS]
    if len(usable) < LEAST_CELLS:
        return settings
    counts = cell_counts([one.windows for one in usable], [one.response.fano for one in usable], settings)
    emax = np.array([settings.emax_of(one.response.drug)[0] / 100.0 for one in usable])
    model = hill_model(settings)
    gain = 2.0 * (profile_id50(counts, model, emax=emax).top - climb_constant(counts, model, ())[1])
    clear = np.flatnonzero(gain > _CLEAR_EFFECT)
    if clear.size < LEAST_CELLS:
        return settings
    free_emax = "never" if settings.emax_percent else settings.free_emax
    shared, levels_off = share_estimates(counts.take(clear), model, emax=emax[clear], free_emax=free_emax)
    told = replace(settings, dispersion=shared.dispersion, shared_cells=int(clear.size))
    if levels_off:
        return replace(told, free_emax="always")
    return replace(
        told, hill_prior=math.exp(shared.ln_hill_mean), hill_prior_sd=shared.ln_hill_sd, shared_slopes=int(clear.size)
    )
