"""What one dose leaves of the rate, told among the measures of firing."""

from __future__ import annotations

from collections.abc import Iterable

from ephys.pharmacology.firing_groups.measured import MeasuredCell
from ephys.pharmacology.firing_groups.measures import Comparing
from ephys.pharmacology.firing_groups.result import MeasureComparison
from ephys.pharmacology.groups.animal_tables import Table
from ephys.pharmacology.groups.estimates import GroupDifference, GroupEstimate, count_text
from ephys.pharmacology.inhibiting.comparing import compare_inhibition
from ephys.pharmacology.population.two_stage import TwoStage
from ephys.pharmacology.responses import DoseResponse


def two_stage_difference(beside: TwoStage) -> GroupDifference:
    """Two stages as any other comparison of animal means."""
    return GroupDifference(beside.group, beside.reference, beside.value, beside.low, beside.high, beside.p, beside.df)


def measure_inhibition(
    responses: Iterable[DoseResponse] | Table, dose: float | None, how: Comparing
) -> MeasureComparison:
    """Percent of the rate that is left at the dose, and the ratio of what is left; see `compare_inhibition`.

    Parameters
    ----------
    responses : iterable of DoseResponse, or table
    dose : float or None
    how : Comparing

    Raises
    ------
    ParameterError, TableError
        As `compare_inhibition`.
    """
    found = compare_inhibition(responses, dose=dose, reference=how.reference, block=how.block, level=how.level)
    groups = tuple(
        GroupEstimate(
            group.group,
            100 * group.ratio,
            100 * group.ratio_low,
            100 * group.ratio_high,
            group.n_animals,
            group.n_cells,
        )
        for group in found.groups
    )
    inhibited = "; ".join(map(str, found.groups))
    early = count_text(len(found.carried), "cell")
    carried = (f"silent or nearly at a lower dose, given no more and taken as they were there: {early}",)
    unproven = sum(not cell.proven for cell in found.cells)
    doubt = (f"{count_text(unproven, 'cell')} fell silent and may have been lost: see compare_inhibition",)
    absent = how.absent((group.group for group in found.groups), "cell of {} has a value")
    return MeasureComparison(
        "inhibition", f"rate left at {found.where} (percent of baseline, geometric mean)", "ratio", found.method,
        groups, found.differences, found.sd_animal, found.sd_cell,
        welch=() if how.block else tuple(two_stage_difference(one) for one in found.two_stage.values()),
        left_out=found.left_out,
        notes=(inhibited, *(carried if found.carried else ()), *(doubt if unproven else ()), *absent, *found.notes),
        cells=tuple(MeasuredCell(f"{c.animal} {c.unit}", c.animal, c.group, c.percent) for c in found.cells),
        n_missing=len(found.left_out),
    )  # fmt: skip
