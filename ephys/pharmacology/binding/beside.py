"""Published affinities shown beside an ID50, and never ranked against it."""

from __future__ import annotations

from dataclasses import replace

from ephys.pharmacology.binding.published import AffinityTable, published_affinities
from ephys.pharmacology.cell_fit import DoseResponseFit
from ephys.pharmacology.compounds import Compound, find_compound


def beside_affinity(fit: DoseResponseFit | Compound | str, *, target: str | None = None) -> AffinityTable:
    """Put what is published of a compound's affinity beside its ID50.

    The ID50 stands above the table as it is printed elsewhere, with dose, route and drug. It takes no part in any
    sum: a binding constant is a concentration at a receptor, an ID50 a dose given to an animal.

    Parameters
    ----------
    fit : DoseResponseFit, Compound or str
        Fit of a cell, or a compound alone.
    target : str, optional
        Receptor or transporter; all without it.

    Returns
    -------
    AffinityTable
        Empty for a compound without published values, or one that is not in the table of compounds.

    Raises
    ------
    ParameterError
        If a compound that is named by itself is not known, or no value has this target.

    Examples
    --------
    >>> beside_affinity("lesopitron").rows[0][:3]
    ('lesopitron', '5-HT1A', 'Ki 104.8 ± 10.6 (of unstated kind)')
    """
    if not isinstance(fit, DoseResponseFit):
        return published_affinities(fit, target=target)
    drug = find_compound(fit.response.drug)
    found = AffinityTable(()) if drug is None else published_affinities(drug, target=target)
    return replace(found, beside=str(fit).partition("\n")[0])
