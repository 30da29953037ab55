"""Limits of exclusions, as they are typed."""

from __future__ import annotations

from typing import Any

import pytest

from ephys.errors import ParameterError, SettingsError
from ephys.pharmacology import ExclusionSettings, Physiology, SeriesFacts
from ephys.pharmacology.exclusions.settings import PhysiologyLimit
from ephys.settings import Settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rules": ("unstable_baselin",)}, "no rule named 'unstable_baselin'; did you mean 'unstable_baseline'"),
        ({"rules": ("xyz",)}, "no rule named 'xyz'; there are excluded_by_hand, no_baseline"),
        ({"rules": ("lost", "lost")}, "names 'lost' twice"),
        ({"min_doses": 0}, "min_doses must be 1 or more, got 0"),
        ({"min_hours_after_treatment": -1.0}, "min_hours_after_treatment must be 0 or more, got -1"),
        ({"supplement_within_s": float("nan")}, "supplement_within_s must be 0 or more, got nan"),
        ({"physiology": ("temperature 36",)}, "'temperature 36' is no limit; write kind, lowest and highest"),
        ({"physiology": ("temperature 36 3.8.5",)}, "'temperature 36 3.8.5' has a number that cannot be read"),
        ({"physiology": ("temperature 38 36",)}, "lowest < highest, got 38 and 36"),
        ({"physiology": ("temperature 36 38", "Temperature 35 39")}, "several limits of 'temperature'"),
    ],
)
def test_a_setting_that_makes_no_sense_says_which_and_what_to_do(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ExclusionSettings(**changes)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("temperature 36 38.5", PhysiologyLimit("temperature", 36.0, 38.5)),
        ("Blood pressure 60 inf mmHg", PhysiologyLimit("blood pressure", 60.0, float("inf"), "mmHg")),
        ("pO2 -inf 120", PhysiologyLimit("po2", float("-inf"), 120.0)),
    ],
)
def test_a_limit_is_a_kind_two_numbers_and_perhaps_a_unit(text: str, limit: PhysiologyLimit) -> None:
    assert PhysiologyLimit.read(text) == limit


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("min_doses", "4", 4),
        ("rules", '["lost", "multi_unit"]', ("lost", "multi_unit")),
        ("rules", "lost", ("lost",)),
        ("rules", "[]", ()),
        ("physiology", "temperature 36 38.5", ("temperature 36 38.5",)),
    ],
)
def test_exclusions_are_set_as_every_step_is(name: str, text: str, value: object) -> None:
    changed = Settings().override(f"exclusions.{name}", text)
    assert getattr(changed.exclusions, name) == value
    assert Settings().updated(changed.as_dict()) == changed


def test_an_unknown_rule_on_the_command_line_is_answered_with_the_one_that_is_meant() -> None:
    with pytest.raises(SettingsError, match="did you mean 'undetermined'"):
        Settings().override("exclusions.rules", "undetermind")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"animal": ""}, "the animal is not stated"),
        (
            {"label": "5-HT"},
            "label must be one of '' .not stated., serotonergic, uncertain, not_serotonergic; got '5-HT'",
        ),
        ({"stability": "Unstable"}, "stability must be one of .* got 'Unstable'"),
        ({"fate": "silent"}, "fate must be one of .* got 'silent'"),
        ({"histology": "no"}, "histology must be one of .* got 'no'"),
        (
            {"last_dose_h": -3.0},
            "animal r1, session s1, cell 1, unit 2 under x: last_dose_h cannot be negative, got -3",
        ),
    ],
)
def test_a_fact_that_no_rule_could_judge_is_refused_with_its_cell(changes: dict[str, Any], message: str) -> None:
    stated = {"session": "s1", "animal": "r1", "group": "", "cell": "1", "unit": "2", "drug": "x"}
    with pytest.raises(ParameterError, match=message):
        SeriesFacts(**(stated | changes))


def test_a_value_of_physiology_belongs_to_baseline_or_series() -> None:
    with pytest.raises(ParameterError, match="temperature: where must be baseline, series or empty, got 'later'"):
        Physiology("temperature", 37.0, "°C", "later")  # type: ignore[arg-type]
