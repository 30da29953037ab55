"""Comparing drugs: doses made amounts of base, one fit of all cells, ID50s as ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from ephys.errors import ParameterError
from ephys.pharmacology.comparisons.comparing_groups import PERMUTATIONS, compared_pairs
from ephys.pharmacology.comparisons.drug_comparison import DrugComparison, DrugPotency, RelativePotency
from ephys.pharmacology.comparisons.equivalence import check_margin
from ephys.pharmacology.comparisons.molar_runs import GivenDrug, molar_runs
from ephys.pharmacology.compounds.table import COMPOUNDS, Compound
from ephys.pharmacology.fit_settings import ASSUMED, BY_HAND
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.mixtures import block_columns
from ephys.pharmacology.groups.nested_means import check_level
from ephys.pharmacology.population.fitting import fit_runs, gather_runs, groups_of
from ephys.pharmacology.population.problem import PopulationModel
from ephys.pharmacology.population.runs import CONDITIONS, refuse_mixed_runs
from ephys.pharmacology.responses import DoseResponse

_ALIKE = (*(name for name in CONDITIONS if name != "form"), "group")
"""What must not be mixed: the form is taken account of, and treated animals are no place to compare drugs unsaid."""


def compare_drugs(
    responses: Iterable[DoseResponse] | Table,
    *,
    reference: str,
    paired: bool = False,
    forms: Mapping[str, str] | None = None,
    emax_percent: Mapping[str, float] | None = None,
    free_emax: bool = False,
    margin: float | None = None,
    block: str | Sequence[str] = (),
    compounds: Mapping[str, Compound] = COMPOUNDS,
    level: float = 0.95,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> DrugComparison:
    """Compare the potencies of drugs on firing, amount for amount of base, with animals as the unit of replication.

    Affinities from binding have no part in it.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
        As for `fit_population`, with the drug, the unit of its doses and, for a dose by weight, the form that was
        weighed; a table without the column ``group`` is of one.
    reference : str
        Drug that the others are held against.
    paired : bool, optional
        Animals had several of the drugs, and are compared with themselves.
    forms : mapping of str to str, optional
        What each drug was weighed as ("base", "hydrochloride"...), where responses or rows do not state it.
    emax_percent : mapping of str to float, optional
        Largest effect of drugs; else the compound's own, or 100 % as an assumption.
    free_emax : bool, optional
        Estimate the largest effect of each drug.
    margin : float, optional
        Fold above 1 within which ID50s are taken for equal, to test equivalence.
    block : str or sequence of str, optional
        Conditions that differ between cells and are taken out; ``("group",)`` for treatments.
    compounds : mapping of str to Compound, optional
        The table, or what `read_compounds` returned.
    level : float, optional
    permutations, seed : int, optional
        See `compare_groups`.

    Returns
    -------
    DrugComparison

    Raises
    ------
    ParameterError
        If a form, formula or unit is not known, conditions or treatments are mixed, there is one drug only, or animals
        had several drugs that are not paired.
    TableError
        If the table cannot be understood.

    Examples
    --------
    >>> rows = [
    ...     {"animal": f"{drug}{n}", "unit": "1", "drug": drug, "form": "base", "dose": dose, "dose_unit": "ug/kg",
    ...      "exposure_s": 60.0, "count": round(120 / (1 + (dose / (id50 * spread)) ** 2))}
    ...     for drug, id50 in (("ipsapirone", 50.0), ("lesopitron", 100.0)) for n, spread in enumerate((0.8, 1.0, 1.25))
    ...     for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> found = compare_drugs(rows, reference="ipsapirone")
    >>> potency = found.potencies[0]
    >>> round(potency.by_weight, 2), round(potency.value, 2)  # invented numbers
    (0.5, 0.4)
    """
    check_margin(margin)
    check_level(level)
    given, left_out = gather_runs(responses, counts=True, grouped=False, block=block_columns(block))
    runs = molar_runs(given, forms=forms or {}, compounds=compounds)
    blocks = block_columns(block)
    refuse_mixed_runs(runs, blocks, _ALIKE)
    names = groups_of(runs, GivenDrug.of(reference, compounds).name, paired=paired)
    if len(names) < 2:
        raise ParameterError(f"drugs are compared, and all cells had {names[0]}; compare_groups compares groups")
    drugs = [GivenDrug.of(name, compounds) for name in names]
    emax = {} if free_emax else _largest_effects(drugs, emax_percent or {}, compounds)
    model = _model(names, emax, paired=paired, block=blocks)
    source = "; ".join(f"{name} {percent:g} %, {source}" for name, (percent, source) in emax.items())
    fit = fit_runs(runs, model, level=level, emax_source=source, left_out=tuple(left_out))
    pairs = compared_pairs(
        fit, [(name, names[0]) for name in names[1:]], margin=margin, permutations=permutations, seed=seed
    )
    mass = {drug.name: drug.base_mass for drug in drugs}
    return DrugComparison(
        fit,
        tuple(DrugPotency(name, fit.id50[name], mass[name], *emax.get(name, (math.nan, ""))) for name in names),
        tuple(RelativePotency.of(pair, mass[pair.shift.group], mass[names[0]]) for pair in pairs),
        seed,
    )


def _model(
    names: tuple[str, ...], emax: Mapping[str, tuple[float, str]], *, paired: bool, block: tuple[str, ...]
) -> PopulationModel:
    """Drugs as groups, the largest effect of each held, or estimated where none is given."""
    if not emax:
        return PopulationModel("negbin", names, {}, ("emax_percent",), paired=paired, block=block)
    own = {f"emax_percent:{name}": percent for name, (percent, _) in emax.items()}
    return PopulationModel("negbin", names, {"emax_percent": emax[names[0]][0], **own}, paired=paired, block=block)


def _largest_effects(
    drugs: Sequence[GivenDrug], given: Mapping[str, float], compounds: Mapping[str, Compound]
) -> dict[str, tuple[float, str]]:
    """Largest effect of each drug in percent, and where it comes from.

    Raises
    ------
    ParameterError
        If a percentage cannot be, or is of a drug that was not given.
    """
    by_hand = {GivenDrug.of(word, compounds).name: percent for word, percent in given.items()}
    for name, percent in by_hand.items():
        if name not in {drug.name for drug in drugs} or not 0 < percent <= 100:
            raise ParameterError(f"emax_percent is of the drugs compared, above 0 and up to 100, got {name}: {percent}")
    found = {}
    for drug in drugs:
        own = drug.compound.emax_percent if drug.compound else math.nan
        if drug.name in by_hand:
            found[drug.name] = (by_hand[drug.name], BY_HAND)
        elif drug.compound is None or math.isnan(own):
            found[drug.name] = (100.0, ASSUMED)
        else:
            found[drug.name] = (own, drug.compound.emax_source)
    return found
