"""What each rule takes, what it leaves, and what it cannot judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import ExclusionSettings, Physiology, SeriesFacts, apply_exclusions
from ephys.pharmacology.exclusions.rules import RULES
from ephys.pharmacology.exclusions.settings import DEFAULT_RULES, FURTHER_RULES

Cell = Callable[..., SeriesFacts]
LIMITED = ExclusionSettings(physiology=("temperature 36 38.5 °C",))
COLD = Physiology("temperature", 34.5, "°C", "baseline")
COLD_LATER = Physiology("temperature", 34.5, "°C", "series")


def _spoken(facts: SeriesFacts, settings: ExclusionSettings = LIMITED) -> dict[str, tuple[str, str, bool]]:
    return {row.rule: (row.value, row.limit, row.applied) for row in apply_exclusions([facts], settings).rows}


def test_no_rule_speaks_against_a_faultless_cell(cell: Cell) -> None:
    found = apply_exclusions([cell()], LIMITED)
    assert found.rows == ()
    assert found.unjudged == ()


@pytest.mark.parametrize(
    ("changes", "rule", "value", "limit"),
    [
        ({"by_hand": "electrode moved"}, "excluded_by_hand", "electrode moved", "no reason of a person"),
        ({"label": "not_serotonergic"}, "not_serotonergic", "not serotonergic", "serotonergic"),
        ({"label": "uncertain"}, "not_serotonergic", "uncertain", "serotonergic"),
        ({"label": ""}, "not_serotonergic", "not judged", "serotonergic"),
        ({"multi_unit": True}, "multi_unit", "multi-unit", "single unit"),
        (
            {"code_change": "code ends at 400 s, not the cell"}, "code_change", "code ends at 400 s, not the cell",
            "one code throughout",
        ),
        (
            {"stability": "unstable", "baseline_change_percent": -28.4},
            "unstable_baseline", "unstable, -28 % over the baseline", "not unstable",
        ),
        ({"stability": "", "baseline_change_percent": float("nan")}, "no_baseline", "none", "a baseline"),
        (
            {"earlier_drug": "ipsapirone, rat01_0"}, "after_systemic_drug", "ipsapirone, rat01_0", "none before",
        ),
        ({"histology": "out"}, "outside_drn", "out", "in"),
        (
            {"physiology": (COLD,)}, "physiology_out_of_range", "temperature 34.5 °C (baseline)",
            "temperature 36 to 38.5 °C",
        ),
        (
            {"physiology": (COLD_LATER,)}, "physiology_out_of_range_in_series", "temperature 34.5 °C (series)",
            "temperature 36 to 38.5 °C",
        ),
        ({"supplement_gap_s": 0.0}, "supplement_near_window", "within a window", "more than 60 s away"),
        ({"supplement_gap_s": 60.0}, "supplement_near_window", "60 s from a window", "more than 60 s away"),
        ({"last_dose_h": 2.5}, "too_soon_after_treatment", "2.5 h", "at least 20 h"),
        (
            {"pretreatment": "way-100635 10 µg/kg i.v."}, "after_antagonist", "way-100635 10 µg/kg i.v.",
            "no antagonist before",
        ),
        ({"n_doses": 2}, "too_few_doses", "2", "at least 3"),
    ],
)  # fmt: skip
def test_a_default_rule_takes_a_cell_by_one_thing_alone_and_says_by_how_much(
    cell: Cell, changes: dict[str, Any], rule: str, value: str, limit: str
) -> None:
    assert _spoken(cell(**changes)) == {rule: (value, limit, True)}


@pytest.mark.parametrize(
    ("changes", "rule", "value"),
    [
        ({"fate": "lost", "fate_evidence": "ran down"}, "lost", "lost: ran down"),
        ({"fate": "undetermined", "fate_evidence": ""}, "undetermined", "undetermined"),
        ({"stability": "unclear"}, "unclear_baseline", "unclear, +2 % over the baseline"),
        ({"stability": "not_judged"}, "unclear_baseline", "not judged, +2 % over the baseline"),
        ({"histology": "not recovered"}, "drn_not_confirmed", "not recovered"),
        ({"histology": ""}, "drn_not_confirmed", "not stated"),
    ],
)
def test_stricter_rules_and_those_of_the_outcome_show_what_they_would_take_and_take_it_by_name_only(
    cell: Cell, changes: dict[str, Any], rule: str, value: str
) -> None:
    facts = cell(**changes)
    assert _spoken(facts)[rule][::2] == (value, False)
    assert apply_exclusions([facts]).analysed(facts)
    assert not apply_exclusions([facts], ExclusionSettings(rules=(rule,))).analysed(facts)


def test_lost_and_undetermined_cells_stay_unless_asked_otherwise() -> None:
    assert not {"lost", "undetermined"} & set(ExclusionSettings().rules)


def test_a_value_on_the_limit_is_in_range(cell: Cell) -> None:
    at = cell(physiology=(Physiology("Temperature", 36.0, "°C"),), last_dose_h=20.0, n_doses=3)
    assert _spoken(at) == {}


@pytest.mark.parametrize("gap_s", [61.0, float("nan")])
def test_a_supplement_far_away_and_none_at_all_exclude_nothing(cell: Cell, gap_s: float) -> None:
    assert _spoken(cell(supplement_gap_s=gap_s)) == {}


def test_a_cell_without_an_agonist_is_not_short_of_doses(cell: Cell) -> None:
    assert _spoken(cell(drug="", n_doses=0, fate="", fate_evidence="", supplement_gap_s=0.0)) == {}


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"histology": ""}, "outside_drn: 1 of 1 cell has no histology"),
        ({"histology": "not recovered"}, "outside_drn: 1 of 1 cell has a mark that was not recovered"),
        (
            {"last_dose_h": float("nan")},
            "too_soon_after_treatment: 1 of 1 cell was treated, with no hours stated from the last dose",
        ),
        (
            {"stability": "not_judged"},
            "unstable_baseline: 1 of 1 cell has a baseline too short, or with too few spikes, to be judged",
        ),
        (
            {"physiology": (Physiology("temperature", 37.0, "°C", "series"),)},
            "physiology_out_of_range: 1 of 1 cell has no temperature of the baseline",
        ),
        (
            {"physiology": (Physiology("temperature", float("nan"), "°C", "series"), COLD)},
            "physiology_out_of_range_in_series: 1 of 1 cell has no temperature of the series",
        ),
    ],
)
def test_what_is_not_stated_is_told_and_excludes_nothing(cell: Cell, changes: dict[str, Any], note: str) -> None:
    facts = cell(**changes)
    rule = note.split(":")[0]
    found = apply_exclusions([facts], ExclusionSettings(rules=(rule,), physiology=LIMITED.physiology))
    assert found.unjudged == (note,)
    assert found.analysed(facts)


def test_an_untreated_animal_needs_no_hours(cell: Cell) -> None:
    assert apply_exclusions([cell(treated=False, last_dose_h=float("nan"))], LIMITED).unjudged == ()


def test_a_fate_that_nobody_assessed_is_told_where_a_rule_asks_for_it(cell: Cell) -> None:
    facts = cell(fate="", fate_evidence="")
    found = apply_exclusions([facts], ExclusionSettings(rules=("lost",)))
    assert found.unjudged == ("lost: 1 of 1 cell was not assessed for being held",)


def test_physiology_without_limits_is_said_not_to_have_been_judged(cell: Cell) -> None:
    found = apply_exclusions([cell(physiology=(COLD,))])
    assert found.rows == ()
    assert found.unjudged == (
        "physiology_out_of_range: 1 of 1 cell has no limits to be held to (exclusions.physiology is empty)",
    )


def test_a_limit_in_another_unit_is_refused_with_both(cell: Cell) -> None:
    fahrenheit = ExclusionSettings(physiology=("temperature 97 101 °F",))
    with pytest.raises(ParameterError, match=r"rat01.*37 °C.*limit in °F; state exclusions.physiology in °C"):
        apply_exclusions([cell()], fahrenheit)


def test_settings_and_rules_name_the_same_rules() -> None:
    assert sorted(rule.name for rule in RULES) == sorted((*DEFAULT_RULES, *FURTHER_RULES))


def test_a_minus_takes_rules_away_from_the_default_ones() -> None:
    found = ExclusionSettings(rules=("-after_antagonist", "-too_few_doses"))
    assert found.rules == tuple(rule for rule in DEFAULT_RULES if rule not in ("after_antagonist", "too_few_doses"))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (("-after_antagonist", "lost"), "names with a minus.*write one or the other"),
        (("-lost",), "'lost' is not applied by default, and cannot be taken away"),
        (("-after_antagonists",), "no rule named 'after_antagonists'; did you mean 'after_antagonist'"),
        (("-no_baseline", "-no_baseline"), "names 'no_baseline' twice"),
        (("[no_baseline, lost]",), "quote each name of a list"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: tuple[str, ...], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ExclusionSettings(rules=rules)
