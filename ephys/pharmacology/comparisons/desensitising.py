"""Estimating which share of treated cells is desensitised."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import ParameterError
from ephys.jupyter.progress import tqdm
from ephys.pharmacology.comparisons.beyond_limit import beyond_limit
from ephys.pharmacology.comparisons.desensitised_share import DesensitisedShare, TreatedCell
from ephys.pharmacology.comparisons.two_kinds import NAMES, TwoKinds
from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.nested_means import check_level
from ephys.pharmacology.nested.count_curves import CountCurves
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.fitting import gather_runs, population_of
from ephys.pharmacology.responses import DoseResponse

FloatArray = NDArray[np.float64]

_LEAST_CELLS, _LEAST_ANIMALS = 15, 6
"""Of each group; with fewer, kinds of cells cannot be told from scatter between them (convention)."""
BOOTSTRAP = 199
"""Data sets that are drawn for the test, and for the interval: P is a multiple of 1/200 (convention)."""
_CLIMBS = 5
"""Starts that are followed for the estimate itself; of a data set that is drawn, fewer are."""


def desensitised_share(
    responses: Iterable[DoseResponse] | Table,
    *,
    control: str,
    treated: str,
    fixed: Mapping[str, float] | None = None,
    level: float = 0.95,
    bootstrap: int = BOOTSTRAP,
    seed: int = 0,
    progress: bool = False,
) -> DesensitisedShare:
    """Estimate which share of the treated cells is shifted, the others being like the controls'.

    ln ID50 = mean + animal + cell, and a shift for a share of the treated cells; both kinds scatter alike. Slope,
    largest effect and dispersion are those of a fit of both groups, and held. Cells enter with their likelihood along
    ln ID50: those that were never halved are no special case.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
        As for `fit_population`; cells of other groups are left aside.
    control, treated : str
        Groups.
    fixed : mapping of str to float, optional
        Of the curve, see `fit_population`.
    level : float, optional
        Of intervals and limit.
    bootstrap : int, optional
        Data sets to draw for the test, and as many for the interval.
    seed : int, optional
        For them.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    DesensitisedShare
        With the descriptive share of cells beyond the controls' prediction limit beside it.

    Raises
    ------
    ParameterError
        Under 15 cells or 6 animals in a group, where conditions are mixed, or an animal is in both groups.
    TableError
        If the table cannot be understood.

    Notes
    -----
    The share has no regular distribution where there is one kind, so that the test is a parametric bootstrap: animals,
    cells and counts are drawn anew under one kind in the windows that each cell had. Its null is a normal distribution
    as wide as the controls': treated cells that only scatter more, or a skewed population, pass for two kinds too.
    """
    check_level(level)
    if bootstrap < 19:
        raise ParameterError(f"bootstrap must be 19 or more, to tell 5 %, got {bootstrap}")
    runs, left_out = gather_runs(responses, counts=True)
    of_both = [run for run in runs if run.group in (control, treated)]
    animals = {group: [run.animal for run in of_both if run.group == group] for group in (control, treated)}
    _check_size(animals, dict.fromkeys(run.group for run in runs))
    fit = population_of(of_both, left_out, reference=control, fixed=fixed, level=level)
    cells = FittedCells.of(fit, treated)
    random = np.random.default_rng(seed)
    with tqdm(total=2 * bootstrap, desc="drawing animals", unit="data set", disable=not progress) as bar:
        return _estimated(cells, bootstrap, seed, random, bar)


@dataclass(frozen=True, eq=False)
class FittedCells:
    """Cells of a fit whose slope, largest effect and dispersion are held.

    Parameters
    ----------
    fit : PopulationFit
    treated : str
    curves : CountCurves
        With all that they share fixed.
    kinds : TwoKinds
        Their likelihoods.
    """

    fit: PopulationFit
    treated: str
    curves: CountCurves
    kinds: TwoKinds

    @classmethod
    def of(cls, fit: PopulationFit, treated: str) -> FittedCells:
        """Hold what the cells share."""
        given, tree = fit.problem.curves, fit.problem.tree
        if not isinstance(given, CountCurves):
            raise ParameterError("shares are estimated from spike counts")
        shared = {name: fit.estimates[name] for name in (shape.name for shape in given.shapes)}
        curves = replace(given, fixed={**given.fixed, **shared}, near=None, _kept={})
        is_treated = np.array([run.group == treated for run in fit.runs])
        starts = tree.branch_start[tree.animal_start]
        height = curves.table(fit.problem.grid.ln_dose, np.empty(0))[0].max(axis=1)
        kinds = TwoKinds(fit.problem.grid, height, is_treated, starts, np.ones(len(starts)))
        return cls(fit, treated, curves, kinds)

    @property
    def start(self) -> FloatArray:
        """The fit's answer for one kind, by the names of `NAMES`."""
        known = self.fit.estimates
        mean = known[f"mean:{self.fit.groups[0]}"]
        animal = known.get("ln_sd_animal", math.log(0.1))
        return np.array([mean, known[f"mean:{self.treated}"] - mean, animal, known["ln_sd_curve"], 1.0])

    def drawn_as_one_kind(self, values: FloatArray, random: np.random.Generator) -> TwoKinds:
        """Draw animals, cells and counts under one kind, in the windows that each cell had."""
        mean, shift, ln_sd_animal, ln_sd_cell, _ = values
        kinds, cells = self.kinds, self.curves.cells
        sd_animal = math.exp(ln_sd_animal) if len(kinds.height) > len(kinds.times) else 0.0
        n_cells = np.diff([*kinds.animal_start, len(kinds.height)])
        animal = np.repeat(random.normal(0.0, sd_animal, len(n_cells)), n_cells)
        cell = random.normal(0.0, math.exp(ln_sd_cell), len(animal))
        count = self._counts(mean + shift * kinds.is_treated + animal + cell, random)
        curves = replace(self.curves, cells=cells.with_counts(count), _kept={})
        return replace(kinds, height=curves.table(kinds.grid.ln_dose, np.empty(0))[0].max(axis=1))

    def _counts(self, ln_id50: FloatArray, random: np.random.Generator) -> FloatArray:
        """Counts of cells with these ID50s, at the rates that they had without drug."""
        cells, fixed = self.curves.cells, self.curves.fixed
        none = cells.seen & (cells.dose == 0)
        own = np.where(none, cells.count - cells.false_count, 0.0).sum(axis=1) / (cells.exposure_s * none).sum(axis=1)
        ln_dose = np.log(np.where(cells.dose > 0, cells.dose, 1e-300))
        steep = math.exp(fixed["ln_hill"]) * (ln_dose - ln_id50[:, np.newaxis])
        left = 1.0 - fixed["emax"] * 0.5 * (1.0 + np.tanh(0.5 * steep))
        expected = cells.exposure_s * own[:, np.newaxis] * left + cells.false_count
        return draw_counts(expected, cells.steady[:, np.newaxis], math.exp(fixed["ln_tau"]), random)


def _estimated(
    cells: FittedCells, bootstrap: int, seed: int, random: np.random.Generator, bar: tqdm
) -> DesensitisedShare:
    """Both answers, their test, the interval, and the description beside."""
    fit, kinds = cells.fit, cells.kinds
    one, ln_one = kinds.one_kind(cells.start)
    two, ln_two = kinds.two_kinds(one, climbs=_CLIMBS)
    ratio = max(2.0 * (ln_two - ln_one), 0.0)
    drawn = np.array([_ratio_under_one_kind(cells, one, random, bar) for _ in range(bootstrap)])
    ends = _interval(kinds, one, two, bootstrap, random, bar, level=fit.level)
    is_treated = kinds.is_treated
    never = sum(run.reach == "not reached" for run in fit.runs if run.group == cells.treated)
    of_cell = zip(fit.runs, fit.cell_id50, kinds.chance_shifted(two), is_treated, strict=True)
    at = dict(zip(NAMES, two.tolist(), strict=True))
    return DesensitisedShare(
        control=fit.groups[0], treated=cells.treated,
        share=at["share"], share_low=ends["share"][0], share_high=ends["share"][1],
        fold=math.exp(at["shift"]), fold_low=math.exp(ends["shift"][0]), fold_high=math.exp(ends["shift"][1]),
        homogeneous_fold=math.exp(one[NAMES.index("shift")]),
        p=float((1 + (drawn >= ratio).sum()) / (bootstrap + 1)), likelihood_ratio=ratio,
        sd_animal=math.exp(math.exp(at["ln_sd_animal"])) if len(kinds.height) > len(kinds.times) else math.nan,
        sd_cell=math.exp(math.exp(at["ln_sd_cell"])),
        beyond=beyond_limit(fit.cell_id50, [run.animal for run in fit.runs], is_treated, never, level=fit.level),
        cells=tuple(TreatedCell(run.animal, run.unit, float(id50), float(chance))
                    for run, id50, chance, counts in of_cell if counts),
        n_bootstrap=bootstrap, seed=seed, level=fit.level, fit=fit,
    )  # fmt: skip


def _ratio_under_one_kind(cells: FittedCells, one: FloatArray, random: np.random.Generator, bar: tqdm) -> float:
    """Likelihood ratio of a data set that was drawn under one kind."""
    drawn = cells.drawn_as_one_kind(one, random)
    own, ln_one = drawn.one_kind(one)
    bar.update()
    return max(2.0 * (drawn.two_kinds(own)[1] - ln_one), 0.0)


def _interval(
    kinds: TwoKinds, one: FloatArray, two: FloatArray, bootstrap: int, random: np.random.Generator, bar: tqdm, *,
    level: float,
) -> dict[str, tuple[float, float]]:  # fmt: skip
    """Percentiles of share and shift over animals that are drawn with replacement within their groups.

    Percentiles of few animals lie too close together: they are taken further out, by Student's t and the divisor n - 1
    (expanded percentiles: Hesterberg 2015, Am Stat 69:371).
    """
    of_group = kinds.is_treated[kinds.animal_start]
    n = int(min(of_group.sum(), (~of_group).sum()))
    found = []
    for _ in range(bootstrap):
        times = np.zeros(len(of_group))
        for group in (False, True):
            members = np.flatnonzero(of_group == group)
            times[members] = random.multinomial(len(members), np.full(len(members), 1.0 / len(members)))
        found.append(kinds.drawn(times).two_kinds(one, two, climbs=1)[0])
        bar.update()
    tail = float(stats.norm.cdf(math.sqrt(n / (n - 1)) * stats.t.ppf(0.5 - level / 2, n - 1)))
    ends = np.quantile(np.array(found), [tail, 1.0 - tail], axis=0)
    return {name: (float(low), float(high)) for name, (low, high) in zip(NAMES, ends.T, strict=True)}


def _check_size(animals: Mapping[str, Sequence[str]], groups: Iterable[str]) -> None:
    """Check that there is enough to tell kinds of cells apart, in groups of different animals.

    Raises
    ------
    ParameterError
        With what there is, and what is needed.
    """
    empty = [group for group, of_cell in animals.items() if not of_cell]
    if empty:
        raise ParameterError(f"no cell is of group {empty[0]!r}; the groups are {', '.join(groups)}")
    both = set.intersection(*map(set, animals.values()))
    if both:
        raise ParameterError(
            f"animal {min(both)} is in both groups: a share takes groups of different animals; compare_groups("
            f"paired=True) compares animals with themselves"
        )
    for group, of_cell in animals.items():
        n_cells, n_animals = len(of_cell), len(set(of_cell))
        if n_cells < _LEAST_CELLS or n_animals < _LEAST_ANIMALS:
            raise ParameterError(
                f"group {group!r} has {n_cells} cells of {n_animals} animals; a share takes {_LEAST_CELLS} cells of "
                f"{_LEAST_ANIMALS} animals in each group; the shift as a whole is told for fewer, too"
            )
