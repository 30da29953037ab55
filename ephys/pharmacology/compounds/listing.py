"""The table of compounds, to be read by people."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ephys.pharmacology.compounds.spelling import BASE
from ephys.pharmacology.compounds.table import COMPOUNDS, Compound

_HEAD = ("compound", "also", "short", "role", "g/mol", "formula from", "Emax", "half-life")


def list_compounds(*, compounds: Mapping[str, Compound] = COMPOUNDS) -> str:
    """Return the table of compounds as Markdown: one line each, in the order of the data.

    Parameters
    ----------
    compounds : mapping of str to Compound, optional
        The table, or what `read_compounds` returned.

    Examples
    --------
    >>> print(list_compounds(compounds={"propofol": COMPOUNDS["propofol"]}))
    | compound | also | short | role | g/mol | formula from | Emax | half-life |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | propofol |  |  | anaesthetic | base 178.28 | DrugBank DB00818 |  |  |
    """
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_row, compounds.values())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(compound: Compound) -> tuple[str, ...]:
    """Return the cells of one compound."""
    forms = (BASE, *compound.salts) if compound.base else ()
    emax = compound.emax_percent
    half_life = f"{compound.half_life_min:g} min, {compound.half_life_species} {compound.half_life_route}"
    return (
        compound.name,
        ", ".join(compound.aliases),
        ", ".join(compound.abbreviations),
        compound.role,
        ", ".join(f"{form} {compound.molar_mass(form):.2f}" for form in forms),
        compound.formula_source,
        "" if math.isnan(emax) else f"{emax:g} %: {compound.emax_source}",
        "" if math.isnan(compound.half_life_min) else f"{half_life} ({compound.half_life_source})",
    )
