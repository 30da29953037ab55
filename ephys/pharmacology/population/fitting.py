"""The fit of a population: cells in animals in groups."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from os import PathLike
from typing import Literal, cast

import numpy as np

from ephys.errors import ParameterError
from ephys.jupyter import potency_words
from ephys.pharmacology.fit_settings import BY_HAND, FitSettings
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.mixtures import block_columns
from ephys.pharmacology.iontophoresis.currents import refuse_currents
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.notes import notes_of
from ephys.pharmacology.population.problem import SHAPES, Family, PopulationModel, in_order
from ephys.pharmacology.population.run_checks import check_direction
from ephys.pharmacology.population.runs import Run, refuse_mixed_runs, runs_of_responses, runs_of_table
from ephys.pharmacology.responses import DoseResponse


def fit_population(
    responses: Iterable[DoseResponse] | Table,
    *,
    family: Family = "negbin",
    model: Literal["hill"] = "hill",
    fixed: Mapping[str, float] | None = None,
    free: Sequence[str] = (),
    reference: str | None = None,
    paired: bool = False,
    bottom_varies: Sequence[str] = (),
    block: str | Sequence[str] = (),
    level: float = 0.95,
) -> PopulationFit:
    """Fit all cells of all groups at once: ln ID50 = group + animal + cell.

    Each cell's spike counts have their own likelihood along ln ID50, its baseline rate at its best; cells in animals in
    groups are integrated exactly on a grid of ln dose. A cell that was silent early, late or never, or did not answer
    at all, is an ordinary member. A lost cell enters with its windows before the loss, an undetermined one both ways.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
        Of one drug. Responses know their animal and group; a table (data frame, columns by name, or a list of mappings)
        has ``animal, unit, group, dose`` (cumulative; 0 without the drug) and ``count, exposure_s`` (seconds), with
        ``drug, dose_unit, fano`` (squared CV of the cell's intervals) ``, false_count`` where known; for responses
        ``response`` in place of the counts.
    family : {"negbin", "gaussian"}, optional
        Spike counts, or responses that scatter normally (percent of baseline takes a baseline for exact: not advised).
    model : {"hill"}, optional
        The curve.
    fixed : mapping of str to float, optional
        ``hill``, ``emax_percent``, ``dispersion`` of counts; ``hill``, ``top`` (without the drug), ``bottom``, ``sd``
        of responses. Without it, Emax of counts is the compound's own, else 100 %, as an assumption.
    free : sequence of str, optional
        ``("emax_percent",)`` to estimate it.
    reference : str, optional
        Group that the others are compared with; without it, the first that is met.
    paired : bool, optional
        Animals that were recorded in several groups (before and after an antagonist, under two drugs) are compared
        with themselves.
    bottom_varies : sequence of {"animal", "cell"}, optional
        For responses: levels between which the response to an infinite dose varies, too.
    block : str or sequence of str, optional
        Conditions (species, preparation, anaesthetic, route, form, readout, or a column of the table) that differ
        between cells: each of their values shifts all groups alike. Those not named must be the same.
    level : float, optional
        Coverage of the intervals.

    Returns
    -------
    PopulationFit

    Raises
    ------
    ParameterError
        If animals or groups are not known, conditions are mixed, or the same animal is in two groups that are not
        paired.
    TableError
        If the table cannot be understood.

    Notes
    -----
    The interval of a shift is that of the profile likelihood, calibrated by F(1, animals - groups).

    Examples
    --------
    >>> rows = [
    ...     {"animal": f"{group}{n}", "unit": "1", "group": group, "dose": dose, "exposure_s": 60.0,
    ...      "count": round(120 / (1 + (dose / (id50 * spread)) ** 2))}
    ...     for group, id50 in (("control", 50.0), ("chronic", 150.0)) for n, spread in enumerate((0.8, 1.0, 1.25))
    ...     for dose in (0.0, 25.0, 50.0, 100.0, 200.0)]
    >>> fit = fit_population(rows, reference="control")
    >>> shift = fit.fold_shift["chronic"]
    >>> round(shift.value, 1), shift.low < 3.0 < shift.high, shift.df
    (3.0, True, 4)
    """
    _check(family, model, fixed or {}, free, level)
    runs, left_out = gather_runs(responses, counts=family == "negbin", block=block_columns(block))
    return population_of(
        runs, left_out, family=family, fixed=fixed, free=free, reference=reference, paired=paired,
        bottom_varies=bottom_varies, block=block, level=level,
    )  # fmt: skip


def population_of(
    runs: Sequence[Run],
    left_out: Sequence[str],
    *,
    family: Family = "negbin",
    fixed: Mapping[str, float] | None = None,
    free: Sequence[str] = (),
    reference: str | None = None,
    paired: bool = False,
    bottom_varies: Sequence[str] = (),
    block: str | Sequence[str] = (),
    level: float = 0.95,
) -> PopulationFit:
    """Fit curves of one drug that were taken alike; see `fit_population`."""
    refuse_several(runs)
    refuse_one_dose(runs, fixed or {})
    if family == "gaussian" and fixed and {"top", "bottom"} <= set(fixed):
        check_direction(runs, fixed["top"], fixed["bottom"])
    blocks = block_columns(block)
    refuse_mixed_runs(runs, blocks)
    held, source = _fixed(runs[0].drug, family, fixed or {}, free)
    assumed = PopulationModel(
        family, groups_of(runs, reference, paired=paired), held, paired=paired, bottom_varies=tuple(bottom_varies),
        block=blocks,
    )  # fmt: skip
    return fit_runs(runs, assumed, level=level, emax_source=source, left_out=tuple(left_out))


def fit_runs(
    runs: Sequence[Run], model: PopulationModel, *, level: float, emax_source: str, left_out: tuple[str, ...]
) -> PopulationFit:
    """Fit curves under a model, and tell what to know of them."""
    return PopulationFit.of(
        tuple(in_order(runs, model)), model, level=level, emax_source=emax_source, left_out=left_out,
        notes=tuple(notes_of(runs, model)),
    )  # fmt: skip


def gather_runs(
    responses: Iterable[DoseResponse] | Table, *, counts: bool, grouped: bool = True, block: Sequence[str] = ()
) -> tuple[list[Run], list[str]]:
    """Curves of responses or of a table, and why others are left out.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
    counts : bool
        Whether it holds spike counts.
    grouped : bool, optional
        Whether each curve must know its group.
    block : sequence of str, optional
        Columns that are a block.

    Raises
    ------
    ParameterError
        If there are none, or their doses are ejecting currents (nA).
    TableError
        If the table cannot be understood.
    """
    whole = isinstance(responses, Mapping | str | PathLike) or hasattr(responses, "columns")
    if not whole and not isinstance(responses, Iterable):
        raise ParameterError(f"responses must be responses or a table, got {responses!r}")
    given = [] if whole else list(cast(Iterable[object], responses))
    if given and all(isinstance(one, DoseResponse) for one in given):
        if not counts:
            raise ParameterError("family 'gaussian' takes a table with a column 'response'; responses hold counts")
        runs, left_out = runs_of_responses(cast(list[DoseResponse], given), grouped=grouped)
    else:
        table = cast(Table, responses if whole else given)
        runs, left_out = runs_of_table(table, counts=counts, grouped=grouped, block=block), []
    refuse_currents(run.dose_unit for run in runs)
    if not runs:
        raise ParameterError("no cell can be fitted" + "".join(f"; {reason}" for reason in left_out))
    return runs, left_out


def refuse_several(runs: Sequence[Run]) -> None:
    """Check that curves are of one drug on one scale.

    Raises
    ------
    ParameterError
        If they are not.
    """
    for what, found in (("drug", {run.drug for run in runs}), ("dose unit", {run.dose_unit for run in runs})):
        if len(found) > 1:
            raise ParameterError(
                f"cells of one {what} can be pooled, got {', '.join(sorted(found))}; compare_drugs compares drugs"
            )


def refuse_one_dose(runs: Sequence[Run], fixed: Mapping[str, float]) -> None:
    """Check that a slope can be told: where all cells had one dose, any slope describes them, with another ID50.

    Raises
    ------
    ParameterError
        If it cannot, and is not fixed.
    """
    doses = np.unique(np.concatenate([run.dose[run.dose > 0] for run in runs]))
    if doses.size < 2 and "hill" not in fixed:
        dose = f"{doses[0]:g} {runs[0].dose_unit}".rstrip()
        words = potency_words(runs[0].dose_unit)
        raise ParameterError(
            f"all cells had one {words.dose} ({dose}): slope and {words.name} cannot be told apart. Give "
            f"fixed={{'hill': ...}}, or "
            f"compare the inhibition at that {words.dose} with compare_inhibition"
        )


def groups_of(runs: Sequence[Run], reference: str | None, *, paired: bool) -> tuple[str, ...]:
    """Groups, the reference first.

    Raises
    ------
    ParameterError
        If there is no such reference, or animals in several groups are not paired.
    """
    found = list(dict.fromkeys(run.group for run in runs))
    if reference is not None and reference not in found:
        raise ParameterError(f"reference must be one of the groups ({', '.join(found)}), got {reference!r}")
    of_animal: dict[str, set[str]] = {}
    for run in runs:
        of_animal.setdefault(run.animal, set()).add(run.group)
    several = [animal for animal, groups in of_animal.items() if len(groups) > 1]
    if several and not paired:
        raise ParameterError(
            f"animal {several[0]} is in groups {', '.join(sorted(of_animal[several[0]]))}: if these are two animals, "
            f"name them apart; only if one was recorded in both, paired=True compares it with itself"
        )
    if paired and not several:
        raise ParameterError("paired=True needs animals that are in several groups, and there is none")
    first = reference or found[0]
    return (first, *(group for group in found if group != first))


def _fixed(drug: str, family: Family, fixed: Mapping[str, float], free: Sequence[str]) -> tuple[dict[str, float], str]:
    """What is not estimated, and where a largest effect that is fixed comes from."""
    if family == "gaussian" or "emax_percent" in free:
        return dict(fixed), ""
    if "emax_percent" in fixed:
        return dict(fixed), BY_HAND
    percent, source = FitSettings().emax_of(drug)
    return {"emax_percent": percent, **fixed}, source


def _check(family: Family, model: str, fixed: Mapping[str, float], free: Sequence[str], level: float) -> None:
    """Check what was asked.

    Raises
    ------
    ParameterError
        For an unknown family, model or parameter, or a value that cannot be.
    """
    if family not in SHAPES or model != "hill":
        raise ParameterError(f"family must be negbin or gaussian and model 'hill', got {family!r} and {model!r}")
    names = SHAPES[family]
    unknown = [name for name in chain(fixed, free) if name not in names]
    if unknown:
        raise ParameterError(f"{unknown[0]!r} is no parameter of family {family!r}: it has {', '.join(names)}")
    both = sorted(set(fixed) & set(free))
    if both:
        raise ParameterError(f"{both[0]} is both fixed and free: leave one out")
    for name, value in fixed.items():
        positive = name in ("hill", "emax_percent", "dispersion", "sd")
        if not math.isfinite(value) or (positive and value <= 0) or (name == "emax_percent" and value > 100):
            raise ParameterError(f"fixed {name} must be a finite number in its range, got {value}")
    if not 0.5 < level < 1:
        raise ParameterError(f"level must be between 0.5 and 1, got {level}")
