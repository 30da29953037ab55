"""The share of desensitised cells: found where there are two kinds, no finding where there is one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology import DesensitisedShare, desensitised_share, fit_population
from ephys.pharmacology.comparisons.beyond_limit import beyond_limit, clustered_share_interval
from ephys.pharmacology.comparisons.desensitising import FittedCells
from tests.pharmacology.population.drawn_tables import drawn_rows

Rows = list[dict[str, Any]]
FEW = 19


def two_kinds(seed: int, *, fold: float = 4.0, sd_animal: float = 0.2) -> Rows:
    """Six animals a group with three cells each; of the treated, one to three an animal are shifted, 12 of 18."""
    like = drawn_rows(seed, fold=1.0, sd_animal=sd_animal)
    shifted = drawn_rows(seed, fold=fold, sd_animal=sd_animal)
    untouched = [row for row in like if row["group"] == "control" or not is_shifted(row["animal"], row["unit"])]
    return untouched + [row for row in shifted if is_shifted(row["animal"], row["unit"])]


def is_shifted(animal: str, unit: str) -> bool:
    """Whether a cell is."""
    return animal.startswith("treated") and int(unit) < (3, 2, 1, 2, 3, 1)[int(animal[-1])]


@pytest.fixture(scope="module")
def found() -> DesensitisedShare:
    return desensitised_share(two_kinds(1), control="control", treated="treated", bootstrap=FEW)


@pytest.fixture(scope="module")
def fitted() -> FittedCells:
    return FittedCells.of(fit_population(two_kinds(1), reference="control"), "treated")


def test_two_thirds_of_the_cells_are_found_desensitised(found: DesensitisedShare) -> None:
    assert found.share == pytest.approx(2 / 3, abs=0.15)
    assert found.fold == pytest.approx(4.0, rel=0.35)
    assert found.share_low < found.share < found.share_high < 1.0
    assert found.is_told_apart
    assert found.p == 1 / (FEW + 1)


def test_each_cell_is_of_its_kind(found: DesensitisedShare) -> None:
    right = [(cell.chance_shifted > 0.5) == is_shifted(cell.animal, cell.unit) for cell in found.cells]
    assert len(right) == 18
    assert sum(right) >= 16


def test_cells_shifted_as_a_whole_are_not_called_two_kinds() -> None:
    whole = desensitised_share(drawn_rows(2, fold=3.0), control="control", treated="treated", bootstrap=FEW)
    assert whole.p > 0.05
    assert "one kind is not refuted: the share is no finding" in f"{whole}"
    assert whole.homogeneous_fold == pytest.approx(3.0, rel=0.4)


def test_cells_that_were_never_halved_are_among_the_desensitised() -> None:
    cells = FittedCells.of(fit_population(two_kinds(3, fold=30.0), reference="control"), "treated")
    one, _ = cells.kinds.one_kind(cells.start)
    two, _ = cells.kinds.two_kinds(one)
    never = np.array([run.reach == "not reached" for run in cells.fit.runs]) & cells.kinds.is_treated
    assert never.sum() >= 10
    assert two[-1] == pytest.approx(2 / 3, abs=0.05)
    assert (cells.kinds.chance_shifted(two)[never] > 0.95).all()


def test_with_one_kind_the_likelihood_is_that_of_the_fit(fitted: FittedCells) -> None:
    values, height = fitted.kinds.one_kind(fitted.start)
    assert height == pytest.approx(fitted.fit.log_likelihood, abs=2e-3)
    assert values[1] == pytest.approx(math.log(fitted.fit.fold_shift["treated"].value), abs=0.01)


def test_the_gradient_is_that_of_the_likelihood(fitted: FittedCells) -> None:
    at = np.array([3.9, 1.2, -1.3, -1.5, 0.6])
    kinds = fitted.kinds.drawn(np.array([2.0, 0.0, 1.0, 1.0, 3.0, 1.0] * 2))
    slope = kinds.value_and_slope(at)[1]
    for number, step in enumerate(1e-5 * np.eye(5)):
        ends = [kinds.value_and_slope(at + sign * step)[0] for sign in (1, -1)]
        assert slope[number] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-4)


def test_an_animal_that_is_drawn_twice_counts_twice(fitted: FittedCells) -> None:
    at = np.array([3.9, 1.2, -1.3, -1.5, 0.6])
    none, once, twice = (fitted.kinds.drawn(np.r_[times, np.ones(11)]).value_and_slope(at)[0] for times in (0, 1, 2))
    assert twice - once == pytest.approx(once - none)


def test_the_same_seed_draws_the_same_animals(found: DesensitisedShare) -> None:
    again = desensitised_share(two_kinds(1), control="control", treated="treated", bootstrap=FEW)
    assert (again.share_low, again.fold_high, again.p) == (found.share_low, found.fold_high, found.p)


def test_too_few_cells_or_animals_are_refused_with_their_number() -> None:
    with pytest.raises(ParameterError, match="group 'control' has 12 cells of 6 animals; a share takes 15 cells of 6"):
        desensitised_share(drawn_rows(1, cells=2), control="control", treated="treated")
    with pytest.raises(ParameterError, match="group 'control' has 20 cells of 5 animals"):
        desensitised_share(drawn_rows(1, animals=5, cells=4), control="control", treated="treated")
    with pytest.raises(ParameterError, match="no cell is of group 'none'; the groups are control, treated"):
        desensitised_share(drawn_rows(1), control="control", treated="none")


def test_an_animal_in_both_groups_has_no_share() -> None:
    with pytest.raises(ParameterError, match="animal r0 is in both groups"):
        desensitised_share(drawn_rows(1, paired=True), control="control", treated="treated")


def test_the_limit_is_where_a_new_cell_of_a_new_animal_is_expected() -> None:
    ln_id50 = np.array([3.5, 3.8, 4.0, 4.1, 4.4, 4.6, 3.9, 6.0])
    found = beyond_limit(np.exp(ln_id50), list("abcdefgh"), np.arange(8) >= 6, 1, level=0.95)
    control = ln_id50[:6]
    limit = control.mean() + stats.t.ppf(0.95, 5) * control.std(ddof=1) * math.sqrt(1 + 1 / 6)
    assert math.log(found.limit) == pytest.approx(limit, rel=1e-5)
    assert (found.n_beyond, found.n_cells, found.n_beyond_control) == (1, 2, 0)


def test_the_description_stands_beside_the_estimate(found: DesensitisedShare) -> None:
    assert found.beyond.low < found.beyond.share < found.beyond.high
    assert f"{found.beyond.n_beyond} of 18 treated cells" in f"{found}"
    assert sum(row["is_beyond_limit"] for row in found.as_rows()) == found.beyond.n_beyond


def test_cells_of_one_animal_that_go_together_tell_less() -> None:
    counted = np.repeat([True, False], 9)
    together, mixed = np.repeat(list("abcdef"), 3), np.tile(list("abcdef"), 3)
    wide, narrow = (np.ptp(clustered_share_interval(counted, names, level=0.95)) for names in (together, mixed))
    assert wide > 1.5 * narrow


def test_none_of_the_cells_is_no_more_than_none_of_the_animals() -> None:
    none = np.zeros(18, dtype=np.bool_)
    low, high = clustered_share_interval(none, np.repeat(list("abcdef"), 3), level=0.95)
    assert low == 0.0
    assert high > 1 - 0.025 ** (1 / 6)
