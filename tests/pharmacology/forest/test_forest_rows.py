"""Rows of a forest: no value where there is only a bound, and an end outside the doses is none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Subject, Support, Unit
from ephys.pharmacology import (
    DoseResponseFit,
    FoldShift,
    ForestRow,
    GroupId50,
    dose_response,
    fit_dose_response,
    forest_rows,
)

INF, NAN = math.inf, math.nan


@pytest.fixture(scope="module")
def fit() -> DoseResponseFit:
    """A cell that four doses of 25 to 200 µg/kg inhibit."""
    support = Support.of(Epoch(0.0, 600.0))
    given = tuple(
        Administration("ipsapirone", 200.0 + 100.0 * k, dose=dose, dose_unit="ug/kg", route="i.v.", form="base")
        for k, dose in enumerate((25.0, 25.0, 50.0, 100.0))
    )
    rates = ((0.0, 200, 2.0), (200.0, 100, 1.7), (300.0, 100, 1.3), (400.0, 100, 0.7), (500.0, 100, 0.2))
    times = np.concatenate([start + (np.arange(round(s * hz)) + 0.5) / hz for start, s, hz in rates])
    unit = Unit.from_times(times, support=support)
    return fit_dose_response(dose_response(unit, DoseProtocol(given, support), subject=Subject(animal="r1")))


def test_a_cell_has_its_value_interval_name_and_scale(fit: DoseResponseFit) -> None:
    (row,) = forest_rows([fit])
    assert fit.status == "interpolated"
    assert (row.value, row.low, row.high) == (fit.id50, fit.id50_low, fit.id50_high)
    assert (row.name, row.animal, row.scale, row.drug, row.route) == ("r1 unit 1", "r1", "µg/kg", "ipsapirone", "i.v.")
    assert row.text == fit.value_text.removesuffix(" µg/kg")
    assert row.interval == "95 % profile-likelihood interval"


@pytest.mark.parametrize(
    ("changed", "ends", "text"),
    [
        ({"status": "interpolated", "id50_low": 10.0, "id50_high": 300.0}, (0.0, INF), "{id50:.3g} (< 25 to > 200)"),
        ({"status": "above_top_dose", "id50_low": 150.0, "id50_high": INF}, (150.0, INF), "> 200 (at least 150)"),
        ({"status": "above_top_dose", "id50_low": 260.0, "id50_high": INF}, (200.0, INF), "> 200"),
        ({"status": "below_lowest_dose", "id50_low": 0.0, "id50_high": 40.0}, (0.0, 40.0), "< 25 (at most 40)"),
        ({"status": "below_lowest_dose", "id50_low": 0.0, "id50_high": 999.0}, (0.0, INF), "< 25"),
        ({"status": "no_effect", "id50_low": 500.0, "id50_high": INF}, (200.0, INF), "no inhibition up to 200"),
        ({"status": "all_or_none", "id50_low": 50.0, "id50_high": 100.0}, (50.0, 100.0), "between 50 and 100"),
    ],
)
def test_where_there_is_only_a_bound_there_is_no_value(
    fit: DoseResponseFit, changed: dict[str, Any], ends: tuple[float, float], text: str
) -> None:
    one = replace(fit, **({"id50": NAN} if changed["status"] != "interpolated" else {}), **changed)
    (row,) = forest_rows([one])
    assert math.isnan(row.value) == (changed["status"] != "interpolated")
    assert (row.low, row.high) == ends
    assert row.text == text.format(id50=fit.id50)


@pytest.mark.parametrize("status", ["plateau", "not_fitted"])
def test_what_has_no_id50_has_no_interval(fit: DoseResponseFit, status: str) -> None:
    (row,) = forest_rows([replace(fit, status=status, id50=NAN, emax_percent=30.0)])
    assert not row.has_interval
    assert row.text in ("not fitted", "none up to 200: levels off at 30 %")


def test_a_cell_that_may_have_been_lost_is_told_both_ways(fit: DoseResponseFit) -> None:
    shorter = replace(fit, status="above_top_dose", id50=NAN, id50_low=60.0, id50_high=INF, doses=(25.0, 50.0))
    (row,) = forest_rows([replace(fit, fate="undetermined", censored=shorter)])
    assert not row.proven
    assert row.text.endswith("; up to its last spike > 50")
    assert forest_rows([replace(fit, fate="lost")])[0].text.endswith(", before its loss")


def test_a_group_outside_its_doses_is_a_bound() -> None:
    group = GroupId50("control", 80.0, 60.0, 450.0, 25.0, 400.0, "ug/kg", 5, 7, 0, 0.95)
    inside, open_end, above = forest_rows(
        [group, replace(group, high=INF), replace(group, value=600.0, low=380.0, high=900.0)]
    )
    assert (inside.name, inside.value, inside.low, inside.high) == ("control (5 animals, 7 cells)", 80.0, 60.0, INF)
    assert inside.text == "80 (60 to > 400)"
    assert math.isnan(open_end.value)
    assert math.isnan(above.value)
    assert above.text.startswith("> 400")


def test_a_shift_with_an_open_end_has_no_value_and_one_withheld_no_interval() -> None:
    shift = FoldShift("chronic", "control", 2.5, 1.4, 4.6, 0.004, 8, 0.95)
    found = forest_rows([
        shift, replace(shift, high=INF), replace(shift, low=0.0), replace(shift, low=0.0, high=INF),
        replace(shift, low=NAN, high=NAN, p=NAN, withheld="2 animals"),
    ])  # fmt: skip
    assert [row.text for row in found] == [
        "2.5 (1.4 to 4.6)", "at least 1.4", "at most 4.6", "not determined", "2.5 (no interval)",
    ]  # fmt: skip
    assert [row.value for row in found] == pytest.approx([2.5, NAN, NAN, NAN, 2.5], nan_ok=True)
    assert {row.scale for row in found} == {"ratio"}
    assert [row.has_interval for row in found] == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("study", "message"),
    [
        (("A", -1.0, 0.5, 2.0), "a log axis takes values above 0"),
        (("A", 3.0, 0.5, 2.0), "a value lies within its interval"),
        (("A", 1.0, NAN, 2.0), "an interval has two ends"),
        (("A", 1.0, 2.0), "a line of a forest is a fit"),
        ("A", "a line of a forest is a fit"),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_its_numbers(study: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        forest_rows([study])


def test_a_study_is_told_by_its_numbers() -> None:
    studies = [
        ("A", 1.5, 1.0, 2.0),
        ("B", NAN, 3.0, INF),
        ("C", NAN, 0.0, 4.0),
        ("D", NAN, NAN, NAN),
        ("E", 2.0, NAN, NAN),
    ]
    texts = [row.text for row in forest_rows(studies)]
    assert texts == ["1.5 (1 to 2)", "at least 3", "at most 4", "no value", "2 (no interval)"]
    own = ForestRow("F", 1.0, 0.5, 2.0, text="1 (as published)")
    assert forest_rows([own]) == (own,)


def test_a_row_says_its_unit_and_whether_its_cell_may_have_been_lost() -> None:
    row = ForestRow("r1 unit 1", 40.0, 30.0, 60.0, scale="µg/kg", drug="ipsapirone", route="i.v.", proven=False)
    told = "40 (30 to 60) [µg/kg, ipsapirone i.v., silent to the end, and may have been lost]"
    assert str(row) == f"r1 unit 1: {told}"
    assert told in row._repr_html_()
