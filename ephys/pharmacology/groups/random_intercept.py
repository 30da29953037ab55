"""Shares and counts of groups when rows lie in animals: a random intercept per animal, integrated out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.groups.design import group_design
from ephys.pharmacology.groups.estimates import GroupDifference, GroupEstimate, with_holm
from ephys.pharmacology.groups.intercept_families import FAMILIES, Counts, Family
from ephys.pharmacology.groups.intercept_profile import InterceptProfile
from ephys.pharmacology.groups.nested_means import check_level

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RandomIntercept(Shown):
    """Shares or counts of groups, and odds ratios or ratios between them.

    Parameters
    ----------
    family : {"binomial", "beta_binomial", "poisson", "negbin"}
        Law of a row.
    groups : tuple of GroupEstimate
        Share, or count per exposure, of the typical animal: the one whose intercept is the group's. `n_cells` are rows
        (of shares: trials, unless rows scatter by themselves).
    differences : tuple of GroupDifference
        Each other group over the reference: odds ratios, or ratios. 0 or infinite, with one open end, where a group
        has none or all.
    sd_animal : float
        Between animals, of log-odds or log counts.
    scatter : float
        Of rows beyond chance: negative binomial, variance = mean + scatter × mean²; beta-binomial, correlation of two
        trials of a row; 0 without.
    n_animals, n_rows : int
        Of all groups.
    df : int
        Second degrees of freedom of the F that calibrates intervals and p-values: animals less groups, and less blocks
        where animals differ in them.
    level : float
        Of the intervals.
    log_likelihood : float
        With every constant.
    notes : tuple of str
        What could not be told, and why.
    """

    family: Family
    groups: tuple[GroupEstimate, ...]
    differences: tuple[GroupDifference, ...]
    sd_animal: float
    scatter: float
    n_animals: int
    n_rows: int
    df: int
    level: float
    log_likelihood: float
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """Groups and ratios, as a paper gives them."""
        ratio = "odds ratio" if self.family in ("binomial", "beta_binomial") else "ratio"
        told = ", ".join(group.told() for group in self.groups)
        apart = "".join(f"; {one.told('/{} ' + ratio)}" for one in self.differences)
        notes = "".join(f"; {note}" for note in self.notes)
        return (
            f"{told}{apart} (profile likelihood, F with 1 and {self.df} df, {100 * self.level:g} % intervals); "
            f"SD between animals {self.sd_animal:.3g}{notes}"
        )

    def __repr__(self) -> str:
        """What was fitted, to how many animals."""
        return f"RandomIntercept({self.family}, {len(self.groups)} groups, {self.n_animals} animals)"


def fit_random_intercept(
    counts: ArrayLike,
    *,
    animal: Sequence[object],
    group: Sequence[object],
    family: Family,
    trials: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    block: Sequence[object] | None = None,
    reference: str | None = None,
    level: float = 0.95,
) -> RandomIntercept:
    """Fit counts = group (+ block) + animal on the log-odds or log scale by maximum likelihood.

    The animal's intercept is normal and integrated out on equally spaced nodes. Intervals are profile likelihoods,
    calibrated by F with 1 and animals - groups degrees of freedom in place of chi-squared, which takes animals for
    many.

    Parameters
    ----------
    counts : (n,) array_like of whole numbers
        Successes, or counts; 0 is one like any other.
    animal, group : sequence of n names
        Whose the row is.
    family : {"binomial", "beta_binomial", "poisson", "negbin"}
        Successes of `trials`, independent within an animal, or with scatter between rows (spikes of a cell); counts per
        `exposure`, likewise (cells of a track).
    trials : (n,) array_like, optional
        Whole numbers above 0; needed for successes.
    exposure : (n,) array_like, optional
        Above 0; else 1.
    block : sequence of n names, optional
        What else differs between rows and is taken out.
    reference : str, optional
        Group that the others are held against; else the first.
    level : float, optional
        Of the intervals.

    Returns
    -------
    RandomIntercept
        Without an interval and p-value where a group has fewer than three animals.

    Raises
    ------
    ParameterError
        If counts, trials or names are not what they must be.

    Examples
    --------
    >>> shares = fit_random_intercept(
    ...     [1, 0, 2, 1, 0, 0, 0, 0], trials=[4, 3, 5, 4, 4, 5, 3, 4], family="binomial",
    ...     animal=list("abcdefgh"), group=["control"] * 4 + ["treated"] * 4,
    ... )  # fmt: skip
    >>> ratio = shares.differences[0]
    >>> ratio.value, ratio.low, round(ratio.high, 2)
    (0.0, 0.0, 0.97)
    """
    check_level(level)
    if family not in FAMILIES:
        raise ParameterError(f"family must be one of {', '.join(FAMILIES)}, got {family!r}")
    law = _law(counts, family, trials, exposure)
    design = group_design(len(law.count), animal=animal, group=group, block=block, reference=reference)
    profile = InterceptProfile.of(law, design, level)
    sizes = law.trials if family == "binomial" else np.ones_like(law.count)
    n_of = np.bincount(design.group_of, weights=sizes[:, 0])
    numbers = range(len(design.groups))
    return RandomIntercept(
        family=family,
        groups=tuple(
            GroupEstimate(design.groups[k], *profile.group(k), design.animals_in[k], int(n_of[k])) for k in numbers
        ),
        differences=with_holm(
            [GroupDifference(design.groups[k], design.groups[0], *profile.ratio(k), design.df) for k in numbers[1:]]
        ),
        sd_animal=profile.sd_animal,
        scatter=profile.scatter,
        n_animals=len(design.animals),
        n_rows=len(law.count),
        df=design.df,
        level=level,
        log_likelihood=profile.highest,
        notes=design.notes + profile.notes,
    )


def _law(counts: ArrayLike, family: Family, trials: ArrayLike | None, exposure: ArrayLike | None) -> Counts:
    """Counts with their trials or exposures, checked."""
    y = _whole("counts", counts, least=0)
    if family in ("poisson", "negbin"):
        if trials is not None:
            raise ParameterError(f"trials are of shares; {family} counts have an exposure")
        size = np.ones_like(y) if exposure is None else np.asarray(exposure, dtype=np.float64)
        if size.shape != y.shape or not (np.isfinite(size) & (size > 0)).all():
            raise ParameterError("exposure must be above 0, one for each count")
        return Counts(y[:, None], size[:, None], family)
    if trials is None or exposure is not None:
        raise ParameterError(f"{family} counts need trials, and have no exposure")
    size = _whole("trials", trials, least=1)
    if size.shape != y.shape:
        raise ParameterError(f"trials must be one for each of the {len(y)} counts, got {len(size)}")
    if (y > size).any():
        row = int(np.flatnonzero(y > size)[0])
        raise ParameterError(f"row {row + 1}: {y[row]:g} successes of {size[row]:g} trials")
    return Counts(y[:, None], size[:, None], family)


def _whole(what: str, given: ArrayLike, *, least: int) -> FloatArray:
    """Whole numbers in a row."""
    found = np.asarray(given, dtype=np.float64)
    if found.ndim != 1:
        raise ParameterError(f"{what} must be one row of numbers, got the shape {found.shape}")
    wrong = ~np.isfinite(found) | (found != np.round(found)) | (found < least)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ParameterError(f"{what} must be whole numbers, {least} or more; row {row + 1} is {found[row]:g}")
    return found
