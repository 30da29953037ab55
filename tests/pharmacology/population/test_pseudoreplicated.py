"""The pooled curve of other programs, under its name: its numbers are theirs, and it says what they are not."""

from __future__ import annotations

import warnings

import lmfit
import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError, PseudoreplicationWarning
from ephys.pharmacology import PseudoreplicatedFit, fit_pseudoreplicated
from tests.pharmacology.population.drawn_tables import drawn_rows


def pooled(rows: list[dict[str, object]], **options: object) -> PseudoreplicatedFit:
    with warnings.catch_warnings(action="ignore", category=PseudoreplicationWarning):
        return fit_pseudoreplicated(rows, reference="control", **options)


def percents(rows: list[dict[str, object]]) -> np.ndarray:
    """Group (1 where treated), dose and percent of baseline."""
    baseline = {(r["animal"], r["unit"]): r["count"] / r["exposure_s"] for r in rows if r["dose"] == 0}
    return np.array([
        (r["group"] == "treated", r["dose"], 100 * r["count"] / r["exposure_s"] / baseline[r["animal"], r["unit"]])
        for r in rows if r["dose"] > 0
    ])  # fmt: skip


def least_squares(points: np.ndarray, emax: float, *, one: bool) -> lmfit.minimizer.MinimizerResult:
    group, dose, percent = points.T

    def misses(p: lmfit.Parameters) -> np.ndarray:
        middle = p["control"] + group * p["shift"]
        return 100.0 - emax / (1.0 + np.exp(p["hill"] * (middle - np.log(dose)))) - percent

    free = lmfit.Parameters()
    free.add_many(("control", 4.0), ("shift", 0.0 if one else 1.0, not one), ("hill", 1.5))
    return lmfit.minimize(misses, free)


@pytest.mark.parametrize("emax", [100.0, 90.0])
def test_it_is_the_extra_sum_of_squares_of_curves_through_all_points(emax: float) -> None:
    rows = drawn_rows(3, cells=2, fold=1.3)
    points = percents(rows)
    apart, one = (least_squares(points, emax, one=merged) for merged in (False, True))
    found = pooled(rows, fixed={"emax_percent": emax})
    shift = found.shifts["treated"]
    f = (one.chisqr - apart.chisqr) / (apart.chisqr / (len(points) - 3))
    assert (found.n_points, found.n_cells, found.n_animals) == (len(points), 24, 12)
    assert shift.df == len(points) - 3
    assert shift.f == pytest.approx(f, rel=1e-5)
    assert shift.p == pytest.approx(stats.f.sf(f, 1, shift.df), rel=1e-4)
    assert shift.value == pytest.approx(np.exp(apart.params["shift"].value), rel=1e-4)
    assert found.hill == pytest.approx(apart.params["hill"].value, rel=1e-4)
    assert found.id50["control"] == pytest.approx(np.exp(apart.params["control"].value), rel=1e-4)
    assert shift.low < shift.value < shift.high
    assert shift.high / shift.low == pytest.approx(np.exp(2 * 1.98 * apart.params["shift"].stderr), rel=0.05)


def test_it_finds_shifts_where_there_are_none_which_is_why_it_warns() -> None:
    found = [pooled(drawn_rows(seed, fold=1.0)).shifts["treated"] for seed in range(25)]
    assert sum(shift.p < 0.05 for shift in found) >= 7, "an honest test finds one or two"
    assert sum(not shift.low <= 1.0 <= shift.high for shift in found) >= 7


def test_it_is_never_quoted_without_its_caution() -> None:
    rows = drawn_rows(4, animals=3, cells=2)
    with pytest.warns(PseudoreplicationWarning, match=r"points of 12 cells are treated as .* animals, and there are 6"):
        found = fit_pseudoreplicated(rows, reference="control")
    assert str(found).startswith("PSEUDOREPLICATED: ")
    assert "as if every point were an animal" in str(found.shifts["treated"])


def test_percents_of_an_older_analysis_give_the_same_as_the_counts_that_they_were_made_of() -> None:
    rows = drawn_rows(3, cells=1, fold=1.3)
    baseline = {(r["animal"], r["unit"]): r["count"] / r["exposure_s"] for r in rows if r["dose"] == 0}
    told = [
        {name: row[name] for name in ("animal", "unit", "group", "drug", "dose_unit", "dose")}
        | {"response": 100 * row["count"] / row["exposure_s"] / baseline[row["animal"], row["unit"]]}
        for row in rows if row["dose"] > 0
    ]  # fmt: skip
    found, counted = pooled(told, family="gaussian").shifts["treated"], pooled(rows).shifts["treated"]
    assert (found.value, found.low, found.p) == pytest.approx((counted.value, counted.low, counted.p), rel=1e-6)


def test_animals_under_both_conditions_are_points_like_any_other() -> None:
    rows = drawn_rows(5, animals=4, cells=1, paired=True)
    renamed = [row | {"animal": f"{row['animal']}{row['group']}"} for row in rows]
    found, apart = pooled(rows).shifts["treated"], pooled(renamed).shifts["treated"]
    assert (found.value, found.p) == (apart.value, apart.p)


def test_what_cannot_be_compared_is_refused() -> None:
    rows = drawn_rows(6, animals=2, cells=1)
    with pytest.raises(ParameterError, match="all cells are in 'control'"):
        pooled([row for row in rows if row["group"] == "control"])
    with pytest.raises(ParameterError, match="fixed is"):
        pooled(rows, fixed={"hill": 1.0})
    with pytest.raises(ParameterError, match="all cells had one dose"):
        pooled([row for row in rows if row["dose"] in (0.0, 25.0)])
