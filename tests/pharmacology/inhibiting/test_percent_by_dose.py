"""Percent of baseline at each dose: a mean over animals, by hand and against a known truth."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology import compare_inhibition, percent_by_dose


def cell(animal: str, counts: dict[float, int], *, unit: str = "1", group: str = "control") -> list[dict[str, Any]]:
    return [
        {"animal": animal, "unit": unit, "group": group, "drug": "ipsapirone", "dose_unit": "ug/kg", "dose": dose,
         "count": count, "exposure_s": 60.0}
        for dose, count in counts.items()
    ]  # fmt: skip


def test_the_value_is_the_mean_of_animals_means_with_students_interval() -> None:
    rows = [
        *cell("a", {0.0: 100, 25.0: 50}), *cell("a", {0.0: 100, 25.0: 90}, unit="2"),
        *cell("b", {0.0: 60, 25.0: 30}), *cell("c", {0.0: 80, 25.0: 20}),
    ]  # fmt: skip
    (mean,) = percent_by_dose(rows).means
    animals = np.array([70.0, 50.0, 25.0])
    interval = stats.ttest_1samp(animals, 0.0).confidence_interval(0.95)
    assert mean.percent == pytest.approx(animals.mean())
    assert (mean.low, mean.high) == pytest.approx((max(interval.low, 0.0), interval.high))
    assert (mean.n_animals, mean.n_cells, mean.n_silent) == (3, 4, 0)
    assert percent_by_dose(rows).animals[0].cells == (50.0, 90.0)


def test_silent_cells_stay_in_as_nought() -> None:
    rows = [row for n, count in enumerate((0, 30, 60)) for row in cell(f"r{n}", {0.0: 100, 25.0: count})]
    (mean,) = percent_by_dose(rows).means
    assert mean.percent == pytest.approx(30.0)
    assert mean.n_silent == 1


def test_silence_without_exception_has_no_interval_of_width_nought() -> None:
    found = percent_by_dose([row for n in range(4) for row in cell(f"r{n}", {0.0: 100, 25.0: 0})])
    (mean,) = found.means
    assert mean.percent == 0.0
    assert math.isnan(mean.low)
    assert math.isnan(mean.high)
    assert "where all animals are alike" in str(found)


def test_two_animals_have_a_mean_and_no_interval() -> None:
    found = percent_by_dose([*cell("a", {0.0: 100, 25.0: 50}), *cell("b", {0.0: 100, 25.0: 70})])
    assert found.means[0].percent == pytest.approx(60.0)
    assert not found.means[0].has_interval
    assert found.notes == ("control: no interval at 25, under 3 animals",)


def test_a_cell_given_no_more_after_silence_is_carried_and_named_and_one_that_fired_is_not() -> None:
    rows = [
        *cell("a", {0.0: 100, 25.0: 2}), *cell("b", {0.0: 100, 25.0: 60, 50.0: 30}),
        *cell("c", {0.0: 100, 25.0: 80, 50.0: 50}), *cell("d", {0.0: 100, 25.0: 70}),
    ]  # fmt: skip
    found = percent_by_dose(rows)
    low, high = found.means
    assert (low.n_cells, low.n_carried, high.n_cells, high.n_carried) == (4, 0, 3, 1)
    assert high.percent == pytest.approx((2 + 30 + 50) / 3)
    assert found.carried == ("unit 1 of animal a: 2 spikes at 25 ug/kg",)
    (gone,) = found.left_out
    assert gone.startswith("at 50, unit 1 of animal d: the last dose was 25 ug/kg and left 70 %")


def test_cells_that_were_not_given_a_dose_are_counted_and_not_named() -> None:
    found = percent_by_dose([
        *cell("a", {0.0: 100, 25.0: 50, 100.0: 10}), *cell("b", {0.0: 100, 25.0: 60, 100.0: 20}),
        *cell("c", {0.0: 100, 50.0: 50, 100.0: 30}),
    ])  # fmt: skip
    assert found.left_out == ("at 25, 1 cell not given it", "at 50, 2 cells not given it")


def test_spikes_that_are_not_the_cells_are_taken_off_both() -> None:
    rows = [row | {"false_count": 20.0} for row in cell("a", {0.0: 120, 25.0: 70})]
    assert percent_by_dose(rows).means[0].percent == pytest.approx(50.0)


def test_the_cells_are_those_of_compare_inhibition() -> None:
    rng = np.random.default_rng(1)
    rows = [row for n in range(6) for row in cell(
        f"r{n}", {0.0: 120, 25.0: int(rng.poisson(70)), 50.0: int(rng.poisson(30))}, group=("control", "chronic")[n % 2]
    )]  # fmt: skip
    found = percent_by_dose(rows, reference="control")
    beside = compare_inhibition(rows, dose=50.0, reference="control")
    theirs = sorted(one.percent for one in beside.cells)
    ours = sorted(cell for animal in found.animals if animal.dose == 50.0 for cell in animal.cells)
    assert ours == pytest.approx(theirs)
    assert found.groups == ("control", "chronic")


def test_a_faint_baseline_is_told() -> None:
    found = percent_by_dose([*cell("a", {0.0: 3, 25.0: 9}), *cell("b", {0.0: 60, 25.0: 30})])
    assert any(note.startswith("1 cell with under 20 spikes at baseline") for note in found.notes)


def test_rows_have_every_number_in_a_column() -> None:
    found = percent_by_dose([row for n in range(3) for row in cell(f"r{n}", {0.0: 100, 25.0: 50 + n, 50.0: 10 * n})])
    table = pd.DataFrame(found.as_rows())
    assert table.shape[0] == 2
    assert table["percent"].tolist() == [mean.percent for mean in found.means]
    assert table["n_animals"].tolist() == [3, 3]
    assert table["dose"].tolist() == [25.0, 50.0]


def test_cells_of_two_drugs_are_refused() -> None:
    other = [row | {"drug": "lesopitron"} for row in cell("b", {0.0: 9, 25.0: 1})]
    with pytest.raises(ParameterError, match="cells of one drug"):
        percent_by_dose([*cell("a", {0.0: 9, 25.0: 1}), *other])


def test_the_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    """Animals' true percents scatter normally round 60 with a standard deviation of 12; counts add their own noise."""
    rng, held = np.random.default_rng(2), 0
    for _ in range(150):
        true = rng.normal(60.0, 12.0, 5)
        rows = [row for n, percent in enumerate(true) for row in cell(
            f"r{n}", {0.0: int(rng.poisson(900)), 25.0: int(rng.poisson(9.0 * percent))}
        )]  # fmt: skip
        (mean,) = percent_by_dose(rows).means
        held += mean.low <= 60.0 <= mean.high
    assert stats.binom.ppf(0.001, 150, 0.95) <= held <= stats.binom.ppf(0.999, 150, 0.95)
