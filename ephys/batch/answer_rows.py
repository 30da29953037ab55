"""Answers as rows: a number of a group, or a comparison of two, each with interval, method and n."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ephys.analysis import DrugAnswer, GroupAnswers
from ephys.pharmacology import (
    DesensitisedShare,
    DrugComparison,
    FiringComparison,
    GroupComparison,
    MeasureComparison,
)

Row = dict[str, Any]

GROUP_COLUMNS = (
    "drug", "dose_unit", "potency", "selection", "measure", "group", "value", "low", "high", "level", "unit_of_value",
    "animals", "cells", "censored", "status", "method", "note",
)  # fmt: skip
COMPARISON_COLUMNS = (
    "drug", "selection", "measure", "group", "reference", "kind", "value", "low", "high", "level", "statistic", "df",
    "p", "p_holm", "animals", "cells", "method", "note",
)  # fmt: skip

_POPULATION = "one likelihood of all cells: ln ID50 = group + animal + cell; profile likelihood against F(1, df)"
_TWO_STAGES = "ID50 of each cell at the common slope (id50_common_slope of fits), mean of its log, Welch's t-test"
_UNITS = {
    "rate": "Hz", "cv": "", "width": "ms", "inhibition": "% of baseline", "bursting_cells": "share",
    "spikes_in_bursts": "share", "cells_per_track": "cells per track",
}  # fmt: skip


def group_rows(answers: Sequence[GroupAnswers]) -> Iterator[Row]:
    """Rows of the table ``groups``: what each group has."""
    for one in answers:
        for drug in one.drugs:
            yield from _id50s(drug)
            yield from ({"selection": drug.selection, "drug": drug.drug, **row} for row in map(_share_row, drug.shares))
        if one.firing is not None:
            yield from ({"selection": one.selection, **row} for row in _fired(one.firing))


def comparison_rows(answers: Sequence[GroupAnswers]) -> Iterator[Row]:
    """Rows of the table ``comparisons``: one group, or drug, against another."""
    for one in answers:
        for drug in one.drugs:
            if isinstance(drug.result, GroupComparison):
                rows = _shifts(drug.result)
                yield from ({"drug": drug.drug, "selection": one.selection, **row} for row in rows)
        if one.potencies is not None:
            yield from ({"selection": one.selection, **row} for row in _potencies(one.potencies, one.reference))
        if one.firing is not None:
            yield from ({"selection": one.selection, **row} for row in _firing_apart(one.firing))


def _id50s(answer: DrugAnswer) -> Iterator[Row]:
    """ID50 of each group."""
    fit = answer.fit
    if fit is None:
        return
    for row in fit.as_rows():
        yield {
            "drug": answer.drug, "dose_unit": row["dose_unit"], "potency": row["potency"],
            "selection": answer.selection, "measure": "id50",
            "group": row["group"], "value": row["id50"], "low": row["id50_low"], "high": _bounded(row["id50_high"]),
            "level": row["level"], "unit_of_value": row["dose_unit"], "animals": row["n_animals"],
            "cells": row["n_cells"], "censored": row["n_censored"], "status": row["status"], "method": _POPULATION,
            "note": "; ".join(fit.notes),
        }  # fmt: skip
    for name, value in (("hill", fit.hill), ("emax_percent", fit.emax_percent)):
        yield {
            "drug": answer.drug, "dose_unit": fit.runs[0].dose_unit, "selection": answer.selection, "measure": name,
            "group": "all", "value": value, "unit_of_value": "%" if name == "emax_percent" else "",
            "animals": sum(fit.n_animals.values()), "cells": sum(fit.n_cells.values()), "method": _POPULATION,
            "note": fit.emax_source if name == "emax_percent" else "common to all groups",
        }  # fmt: skip


def _bounded(value: float) -> float:
    """End of an interval; empty where it is open, and the status says so."""
    return math.nan if math.isinf(value) else value


def _share_row(share: DesensitisedShare) -> Row:
    """Share of a group's cells that is shifted."""
    return {
        "measure": "desensitised_share", "group": share.treated, "value": share.share, "low": share.share_low,
        "high": share.share_high, "level": share.level, "unit_of_value": "share",
        "animals": share.fit.n_animals[share.treated], "cells": len(share.cells),
        "status": "told apart" if share.is_told_apart else "not told apart from one kind of cells",
        "method": f"mixture of two kinds; {share.n_bootstrap} data sets drawn", "note": f"{share}".replace("\n", "; "),
    }  # fmt: skip


def _fired(found: FiringComparison) -> Iterator[Row]:
    """Measures of firing of each group."""
    for measure in found:
        for group in measure.groups:
            yield {
                "measure": measure.name, "group": group.group, "value": group.value, "low": group.low,
                "high": group.high, "level": found.level, "unit_of_value": _UNITS[measure.name],
                "animals": group.n_animals, "cells": group.n_cells, "method": measure.method,
                "note": "; ".join((*_counted(measure), *measure.left_out, *measure.notes, *found.notes)),
            }  # fmt: skip


def _counted(measure: MeasureComparison) -> tuple[str, ...]:
    """Say where the column ``cells`` counts something else."""
    return ("cells counts tracks",) if measure.counted == "tracks" else ()


def _shifts(found: GroupComparison) -> Iterator[Row]:
    """Shift of each pair, by the population and in two stages."""
    notes = "; ".join(found.fit.notes)
    for pair, row in zip(found.pairs, found.as_rows(), strict=True):
        shift, beside = pair.shift, pair.two_stage
        shared = {
            "group": row["group"], "reference": row["reference"], "kind": "ratio", "level": row["level"],
            "animals": row["n_animals"] + row["n_animals_reference"],
            "cells": row["n_cells"] + row["n_cells_reference"],
        }  # fmt: skip
        yield {
            **shared, "measure": "id50", "value": shift.value if shift.status == "estimated" else math.nan,
            "low": shift.low, "high": _bounded(shift.high), "statistic": shift.f, "df": shift.df, "p": shift.p,
            "p_holm": pair.p_holm, "method": _POPULATION,
            "note": "; ".join(text for text in (shift.status if shift.status != "estimated" else "", notes) if text),
        }  # fmt: skip
        yield {
            **shared, "measure": "id50, two stages", "value": beside.value, "low": beside.low, "high": beside.high,
            "p": beside.p, "method": _TWO_STAGES, "note": "beside the population; it can be made anew from fits",
        }  # fmt: skip
        yield {
            **shared, "measure": "id50, permutation", "p": pair.permutation.p, "method": f"{pair.permutation}",
        }  # fmt: skip


def _potencies(found: DrugComparison, group: str) -> Iterator[Row]:
    """Drugs against each other, in one group."""
    for row in found.as_rows():
        runs = [run for run in found.fit.runs if run.group in (row["drug"], row["reference"])]
        yield {
            "drug": row["drug"], "measure": "relative potency", "group": row["drug"], "reference": row["reference"],
            "kind": "ratio", "value": row["relative_potency"], "low": row["low"], "high": _bounded(row["high"]),
            "level": row["level"], "df": row["df"], "p": row["p"], "p_holm": row["p_holm"],
            "animals": len({run.animal for run in runs}),  # one that had both drugs is one
            "cells": len({(run.animal, run.unit) for run in runs}),
            "method": _POPULATION, "note": "; ".join((f"{group} only, amount for amount of base", *found.doubts)),
        }  # fmt: skip


def _firing_apart(found: FiringComparison) -> Iterator[Row]:
    """Firing of each group against the reference; Welch's test beside where there is one."""
    for measure in found:
        tests = [(measure.name, measure.method, measure.differences)]
        tests += [(f"{measure.name}, Welch", "Welch's t-test on the means of animals", measure.welch)]
        for name, method, differences in tests:
            for one in differences:
                yield {
                    "measure": name, "group": one.group, "reference": one.reference, "kind": measure.effect,
                    "value": one.value, "low": one.low, "high": _bounded(one.high), "level": found.level, "df": one.df,
                    "p": one.p, "p_holm": one.p_holm, "animals": measure.n_animals, "cells": measure.n_cells,
                    "method": method, "note": "; ".join((*measure.left_out, *measure.notes)),
                }  # fmt: skip
