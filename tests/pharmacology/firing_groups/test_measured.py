"""What was measured under a comparison: every cell, and the mean of every animal."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ephys.pharmacology import FiringComparison, MeasuredCell, compare_firing
from ephys.pharmacology.firing_groups.measured import animal_values


def rows() -> list[dict[str, Any]]:
    """Two groups of three animals of two cells; a silent one, one without a CV, one that bursts."""
    found = [
        {"animal": f"{group}{animal}", "group": group, "unit": str(unit), "track": "1",
         "baseline_rate_hz": 1.0 + animal + unit, "cv_collapsed": 0.3 + 0.1 * unit + 0.02 * animal,
         "burst_share": 0.1 * unit, "baseline_spikes": 100}
        for group in "ab" for animal in range(3) for unit in range(2)
    ]  # fmt: skip
    found[0] |= {"baseline_rate_hz": 0.0, "cv_collapsed": None}
    return found


@pytest.fixture(scope="module")
def found() -> FiringComparison:
    """All measures of them, with an empty track and what a dose left."""
    tracks = [{"animal": "b0", "group": "b", "track": "2", "cells": 0}]
    cells = [
        {"animal": f"{group}{n}", "unit": "1", "group": group, "count": 10 * n, "exposure_s": 60.0,
         "baseline_count": 100, "baseline_s": 60.0} for group in "ab" for n in range(3)
    ]  # fmt: skip
    return compare_firing(rows(), tracks=tracks, responses=cells)


def test_a_comparison_carries_every_cell_that_has_a_value(found: FiringComparison) -> None:
    rate, cv = found["rate"], found["cv"]
    assert len(rate.cells) == 12
    assert [(cell.name, cell.value) for cell in rate.cells if not cell.used] == [("a0 0", 0.0)]
    assert [cell.value for cell in rate.cells if cell.used] == [row["baseline_rate_hz"] for row in rows()[1:]]
    assert (len(cv.cells), cv.n_missing, rate.n_missing) == (11, 1, 0)
    for measure in found:
        assert sum(cell.used for cell in measure.cells) == measure.n_cells


def test_an_animals_rate_is_the_geometric_mean_of_its_cells_that_fire(found: FiringComparison) -> None:
    animals = {animal.animal: animal for animal in found["rate"].animals}
    assert (animals["a0"].value, animals["a0"].n_cells) == (2.0, 1), "the silent one is in no mean"
    assert animals["b1"].value == pytest.approx(math.sqrt(2.0 * 3.0))


def test_shares_know_what_they_are_of(found: FiringComparison) -> None:
    bursting, spikes = found["bursting_cells"], found["spikes_in_bursts"]
    assert [cell.value for cell in bursting.cells] == [0.0, 1.0] * 6
    assert {cell.of for cell in bursting.cells} == {1.0}
    assert {(cell.value, cell.of) for cell in spikes.cells} == {(0.0, 100.0), (0.1, 100.0)}
    assert {animal.value for animal in bursting.animals} == {0.5}


def test_an_empty_track_is_a_count_of_0(found: FiringComparison) -> None:
    tracks = found["cells_per_track"]
    assert [cell.value for cell in tracks.cells if cell.animal == "b0"] == [0.0, 2.0]
    assert next(animal for animal in tracks.animals if animal.animal == "b0").value == 1.0


def test_what_is_left_at_a_dose_has_no_geometric_mean_with_a_silent_cell(found: FiringComparison) -> None:
    left = found["inhibition"]
    assert [cell.value for cell in left.cells] == pytest.approx([0.0, 10.0, 20.0] * 2)
    values = {animal.animal: animal.value for animal in left.animals}
    assert math.isnan(values["a0"])
    assert values["a2"] == pytest.approx(20.0)


def test_an_animal_of_unused_cells_alone_has_no_mean() -> None:
    assert animal_values([MeasuredCell("r1 1", "r1", "a", 0.0, used=False)], geometric=True) == ()
