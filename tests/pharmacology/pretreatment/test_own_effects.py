"""What an antagonist did by itself to the cells of a data set; truth: 160 % of baseline in every cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pytest
from scipy import stats

from ephys.model import DoseProtocol, Fate, Subject, Unit
from ephys.pharmacology import Reversals, assess_reversals, dose_response

Pretreated = Callable[[int], tuple[Unit, DoseProtocol]]


def assessed(cells: Sequence[tuple[Unit, DoseProtocol]], animals: Sequence[str]) -> Reversals:
    """Cells of animals, assessed together."""
    return assess_reversals(
        (dose_response(unit, protocol, subject=Subject(animal=animal), beside=False), unit, protocol)
        for (unit, protocol), animal in zip(cells, animals, strict=True)
    )


@pytest.fixture(scope="module")
def found(pretreated: Pretreated) -> Reversals:
    """Five cells of four rats, the first of which has two."""
    return assessed([pretreated(20 + number) for number in range(5)], ["r1", "r1", "r2", "r3", "r4"])


def percents(found: Reversals) -> list[float]:
    return [cell.own[0].of_baseline.value for cell in found.cells]


def test_the_mean_is_of_animals_and_its_interval_is_students(found: Reversals) -> None:
    first, second, *others = percents(found)
    means = [0.5 * (first + second), *others]
    low, high = stats.t.interval(0.95, 3, loc=np.mean(means), scale=stats.sem(means))
    (told,) = found.own_effects
    assert told.startswith(
        f"way-100635 100 µg/kg alone, before ipsapirone: mean over animals {np.mean(means):.0f} % of baseline "
        f"(95 % CI {low:.0f} to {high:.0f}; 5 cells of 4 animals, "
    )
    assert low < 160.0 < high


def test_cells_that_are_surely_off_their_baseline_are_named(found: Reversals) -> None:
    (told,) = found.own_effects
    above = [cell.name for cell in found.cells if cell.own[0].of_baseline.low > 100.0]
    assert len(above) >= 4
    assert told.endswith(f"; surely above it: {', '.join(above)}")


def test_two_animals_have_a_mean_and_no_interval(pretreated: Pretreated) -> None:
    two = assessed([pretreated(30), pretreated(31)], ["r1", "r2"])
    (told,) = two.own_effects
    assert f"{np.mean(percents(two)):.0f} % of baseline (2 cells of 2 animals, " in told
    assert "CI" not in told


def test_with_nothing_to_reverse_there_is_no_share_and_the_own_effect_is_what_is_told(found: Reversals) -> None:
    assert found.counts == {}
    assert str(found).splitlines() == ["way-100635 before ipsapirone", *found.own_effects]
    assert "returned" not in found.methods
    for row, cell in zip(found.rows, found.cells, strict=True):
        assert row[0] == cell.subject.animal
        assert row[3:] == cell.own[0].row
        assert cell.own[0].percent_text in row


def test_rows_have_each_own_effect_as_numbers(found: Reversals) -> None:
    rows = found.as_rows()
    assert len(rows) == 5
    assert [row["animal"] for row in rows] == ["r1", "r1", "r2", "r3", "r4"]
    held = [value for row in rows for value in row.values() if isinstance(value, float) and math.isfinite(value)]
    assert set(percents(found)) <= set(held)


@pytest.mark.parametrize("state", ["undetermined", "lost"])
def test_a_cell_that_may_have_been_lost_is_in_no_mean_and_named(
    state: Literal["undetermined", "lost"], pretreated: Pretreated
) -> None:
    cells = [pretreated(40 + number) for number in range(4)]
    unit, protocol = cells[3]
    silent = Unit.from_times(unit.times_s[unit.times_s < 310.0], support=unit.support)
    fates = [Fate("held", math.inf, "simulated")] * 3 + [Fate(state, 310.0, "silent")]
    units = [*(unit for unit, _ in cells[:3]), silent]
    found = assess_reversals(
        (dose_response(one, protocol, fate=fate, subject=Subject(animal=f"r{n}"), beside=False), one, protocol)
        for n, (one, fate) in enumerate(zip(units, fates, strict=True))
    )
    told = "".join(found.own_effects)
    assert "3 cells of 3 animals" in told
    assert ("not proven held, left out: unit 1 of animal r3" in told) == (state == "undetermined"), (
        "a lost one has no percent"
    )
    assert float(told.split("mean over animals ")[1].split(" %")[0]) > 130.0
