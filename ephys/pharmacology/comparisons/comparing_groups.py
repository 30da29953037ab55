"""Comparing groups: one fit of all cells, then every pair."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.comparisons.equivalence import check_margin, equivalence
from ephys.pharmacology.comparisons.group_comparison import ComparedPair, GlobalTest, GroupComparison
from ephys.pharmacology.comparisons.permutation import permutation_check
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.estimates import holm
from ephys.pharmacology.population.contrasts import fold_shift_of, lost_where_equal, too_few, two_stage_of
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.fitting import fit_population
from ephys.pharmacology.responses import DoseResponse

Pairs = Literal["reference", "all"]

PERMUTATIONS = 10_000
"""Arrangements that are looked at; where there are no more, all are (convention)."""


def compare_groups(
    responses: Iterable[DoseResponse] | Table,
    *,
    reference: str,
    pairs: Pairs = "reference",
    margin: float | None = None,
    paired: bool = False,
    block: str | Sequence[str] = (),
    fixed: Mapping[str, float] | None = None,
    free: Sequence[str] = (),
    level: float = 0.95,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> GroupComparison:
    """Compare the ID50s of groups under one drug, with animals as the unit of replication.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
        As for `fit_population`.
    reference : str
        Group that the others are held against.
    pairs : {"reference", "all"}, optional
        Each group against the reference, or every pair; P is adjusted for as many (Holm).
    margin : float, optional
        Fold above 1 within which a shift is taken for none, to test equivalence. It is a matter of pharmacology and
        named before the data are seen, hence without default.
    paired : bool, optional
        Animals that were recorded in several groups are compared with themselves.
    block : str or sequence of str, optional
        Conditions that differ between cells and are taken out. Those not named must be the same.
    fixed : mapping of str to float, optional
    free : sequence of str, optional
        Of the curve; see `fit_population`.
    level : float, optional
        Of the intervals; equivalence is tested at 1 - level on either side.
    permutations : int, optional
        Arrangements to draw where there are more.
    seed : int, optional
        For them.

    Returns
    -------
    GroupComparison

    Raises
    ------
    ParameterError
        If there is one group only, the margin is no fold above 1, or for what `fit_population` refuses.
    TableError
        If the table cannot be understood.

    Notes
    -----
    Shifts and their intervals are profile likelihood against F(1, df), the test of any difference is the likelihood
    ratio by groups - 1 against F(groups - 1, df), with df = animals - groups (paired: animals - 1).

    Examples
    --------
    >>> rows = [
    ...     {"animal": f"{group}{n}", "unit": "1", "group": group, "dose": dose, "exposure_s": 60.0,
    ...      "count": round(120 / (1 + (dose / (id50 * spread)) ** 2))}
    ...     for group, id50 in (("control", 50.0), ("chronic", 150.0)) for n, spread in enumerate((0.8, 1.0, 1.2, 1.3))
    ...     for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> found = compare_groups(rows, reference="control", margin=1.5)
    >>> pair = found["chronic"]
    >>> round(pair.shift.value, 1), pair.equivalence.is_equivalent
    (3.0, False)
    >>> print(pair.permutation)
    check by permutation (all 70 labels of animals): p = 0.029, at least 0.029 here
    """
    check_margin(margin)
    if pairs not in ("reference", "all") or permutations < 1:
        raise ParameterError(
            f"pairs must be reference or all, and permutations 1 or more, got {pairs!r} and {permutations}"
        )
    fit = fit_population(
        responses, reference=reference, paired=paired, block=block, fixed=fixed, free=free, level=level
    )
    if len(fit.groups) < 2:
        raise ParameterError(f"groups are compared, and all cells are of {fit.groups[0]}")
    chosen = [(group, reference) for group in fit.groups[1:]]
    if pairs == "all":
        chosen = [(later, earlier) for earlier, later in combinations(fit.groups, 2)]
    found = compared_pairs(fit, chosen, margin=margin, permutations=permutations, seed=seed)
    return GroupComparison(fit, found, global_test(fit), margin, seed)


def compared_pairs(
    fit: PopulationFit, pairs: Sequence[tuple[str, str]], *, margin: float | None, permutations: int, seed: int
) -> tuple[ComparedPair, ...]:
    """Every pair with what stands beside its shift."""
    random = np.random.default_rng(seed)
    shifts = [fold_shift_of(fit, group, reference) for group, reference in pairs]
    return tuple(
        ComparedPair(
            shift,
            p_holm,
            two_stage_of(fit, shift.group, shift.reference),
            permutation_check(fit, shift.group, shift.reference, most=permutations, random=random),
            equivalence(fit, shift.group, shift.reference, margin=margin) if margin else None,
        )
        for shift, p_holm in zip(shifts, holm([shift.p for shift in shifts]), strict=True)
    )  # fmt: skip


def global_test(fit: PopulationFit) -> GlobalTest:
    """Test that all groups have one ID50: the likelihood ratio against F(groups - 1, df)."""
    df_groups = len(fit.groups) - 1
    lost = lost_where_equal(fit)
    p = math.nan if too_few(fit, *fit.groups) else fit.calibration.p(lost, df_groups)
    return GlobalTest(fit.calibration.f(lost, df_groups), df_groups, fit.df, p)
