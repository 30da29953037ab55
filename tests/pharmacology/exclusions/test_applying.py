"""A cohort with its exclusions: who leaves where, and how it is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ephys.errors import ParameterError
from ephys.io import read_settings, write_settings
from ephys.pharmacology import ExclusionSettings, SeriesFacts, apply_exclusions
from ephys.pharmacology.exclusions.rules import RULES
from ephys.pharmacology.exclusions.settings import DEFAULT_RULES

PAGE = (Path(__file__).parents[3] / "docs" / "exclusions.md").read_text(encoding="utf-8")
Cell = Callable[..., SeriesFacts]


def test_a_cell_recorded_after_a_drug_leaves_and_those_held_at_the_same_time_stay(cell: Cell) -> None:
    together = [cell(cell="1", unit="1"), cell(cell="2", unit="2")]
    later = cell(session="rat01_2", cell="3", earlier_drug="ipsapirone, rat01_1")
    found = apply_exclusions([*together, later])
    assert [found.analysed(each) for each in (*together, later)] == [True, True, False]
    assert [(stage.cells, stage.animals) for stage in found.stages()] == [(3, 1), (2, 1), (2, 1), (2, 1), (2, 1)]


def test_a_cell_is_listed_under_each_rule_and_counted_under_the_first(cell: Cell) -> None:
    found = apply_exclusions([cell(label="uncertain", stability="unstable", by_hand="moved")])
    assert [row.rule for row in found.rows] == ["not_serotonergic", "unstable_baseline", "excluded_by_hand"]
    assert [stage.left_out for stage in found.stages()[1:]] == [(("not called serotonergic", 1),), (), (), ()]


def test_a_rule_of_the_series_leaves_the_firing_and_one_of_the_cell_takes_it(cell: Cell) -> None:
    short, cold = cell(n_doses=1), cell(animal="rat02", session="rat02_1", histology="out")
    found = apply_exclusions([short, cold])
    assert (found.analysed(short, "cell"), found.analysed(short)) == (True, False)
    assert (found.analysed(cold, "cell"), found.analysed(cold)) == (False, False)


def test_a_code_that_ends_midway_is_no_cell_unless_the_rule_is_switched_off(cell: Cell) -> None:
    half = cell(cell="2", unit="2", code_change="code ends at 400 s, not the cell")
    found = apply_exclusions([cell(), half])
    assert [(stage.cells, stage.reason) for stage in found.stages()[:2]] == [
        (2, ""), (1, "1 with a code that changes midway while the cell goes on"),
    ]  # fmt: skip
    assert (found.analysed(half), found.analysed(half, "cell")) == (False, False)
    others = tuple(rule for rule in DEFAULT_RULES if rule != "code_change")
    without = apply_exclusions([cell(), half], ExclusionSettings(rules=others))
    assert without.analysed(half)
    assert [(row.rule, row.applied) for row in without.rows] == [("code_change", False)]


def test_a_rule_of_the_cell_takes_all_its_series_whichever_of_them_told(cell: Cell) -> None:
    told, other = cell(by_hand="moved"), cell(drug="lesopitron")
    found = apply_exclusions([told, other])
    assert [(row.drug, row.rule, row.value) for row in found.rows] == [
        ("ipsapirone", "excluded_by_hand", "moved"),
        ("lesopitron", "excluded_by_hand", "moved"),
    ]
    assert not found.analysed(other, "cell")


def test_a_cell_goes_as_far_as_the_series_that_goes_farthest(cell: Cell) -> None:
    found = apply_exclusions([cell(n_doses=1), cell(drug="lesopitron")])
    assert found.stages()[-1].cells == 1
    assert "Dose-response: ipsapirone 0 cells of 0 animals; lesopitron 1 cell of 1 animal." in str(found)


def test_held_lost_and_undetermined_cells_are_counted_apart_and_all_analysed_by_default(cell: Cell) -> None:
    fates = ["held"] * 15 + ["lost"] * 3 + ["undetermined"] * 2
    facts = [cell(animal=f"rat{n}", session=f"rat{n}_1", fate=fate) for n, fate in enumerate(fates)]
    by_default = apply_exclusions(facts)
    held = by_default.stages()[3]
    assert (held.cells, held.as_named_cells, held.title) == (20, 15, "fate")
    assert held.of_these == "held 15, lost 3, undetermined 2"
    strict = apply_exclusions(facts, ExclusionSettings(rules=(*DEFAULT_RULES, "lost", "undetermined")))
    held = strict.stages()[3]
    assert (held.cells, held.as_named_cells, held.title) == (15, 15, "held to the end")
    assert held.reason == "3 lost, 2 undetermined"


def test_stages_are_named_for_what_the_rules_ask_and_neutrally_where_they_do_not(cell: Cell) -> None:
    facts = [cell(), cell(animal="rat02", label="uncertain", stability="unclear"), cell(animal="rat03", stability="")]
    found = apply_exclusions(facts, ExclusionSettings(rules=()))
    assert [(stage.title, stage.of_these) for stage in found.stages()[1:3]] == [
        ("identity", "serotonergic 2, uncertain 1"),
        ("baseline", "stable 1, unclear 1, no baseline 1"),
    ]


def test_it_reads_like_the_methods_of_a_paper(cell: Cell) -> None:
    facts = [
        cell(),
        cell(cell="2", unit="2", label="uncertain"),
        cell(animal="rat02", session="rat02_1", group="chronic", fate="undetermined"),
        cell(animal="rat02", session="rat02_2", group="chronic", earlier_drug="ipsapirone, rat02_1"),
        cell(animal="rat03", session="rat03_1", group="chronic", n_doses=2, histology=""),
    ]
    assert str(apply_exclusions(facts, ExclusionSettings(physiology=("temperature 36 38.5",)))) == (
        "5 cells of 3 animals were recorded. Excluded, each cell under the first rule that takes it: 1 recorded after "
        "a systemic drug (rat02); 1 not called serotonergic (rat01); 1 with fewer than 3 doses (rat03). 2 cells of 2 "
        "animals are analysed (held 1, undetermined 1): control 1 cell of 1 animal; chronic 1 cell of 1 animal. "
        "Firing: 3 cells of 3 animals. Dose-response: ipsapirone 2 cells of 2 animals. Of these, rules that are not "
        "applied would take: 1 undetermined. Not judged: outside_drn: 1 of 5 cells has no histology."
    )


def test_a_cohort_without_groups_has_one_flow(cell: Cell) -> None:
    found = apply_exclusions([cell(group=""), cell(group="", cell="2")])
    assert found.groups == ()
    assert len(found.flow) == 5
    assert "analysed (held 2). Dose-response" in str(found)


def test_tables_have_a_row_per_rule_that_speaks_and_one_per_stage(cell: Cell) -> None:
    found = apply_exclusions([cell(n_doses=2)])
    assert found.as_rows() == [
        {
            "session": "rat01_1", "animal": "rat01", "group": "control", "cell": "1", "unit": "1", "drug": "ipsapirone",
            "rule": "too_few_doses", "scope": "series", "value": "2", "limit": "at least 3", "applied": True,
            "reason": "the fit has too few windows of the agonist for a curve",
        }
    ]  # fmt: skip
    assert found.flow[-1].as_row() == {
        "group": "control", "stage": "analysed", "animals": 0, "cells": 0, "left_out_cells": 1,
        "reason": "1 with fewer than 3 doses", "as_named_cells": 0, "of_these": "",
    }  # fmt: skip


def test_what_could_not_add_up_is_refused(cell: Cell) -> None:
    with pytest.raises(ParameterError, match="there is no series"):
        apply_exclusions([])
    with pytest.raises(ParameterError, match="cell 1, unit 1 under ipsapirone: is there twice"):
        apply_exclusions([cell(), cell()])
    with pytest.raises(ParameterError, match="is in group 'chronic', and the animal in 'control'"):
        apply_exclusions([cell(), cell(cell="2", group="chronic")])
    with pytest.raises(ParameterError, match="group 'all' stands for every group together"):
        apply_exclusions([cell(group="all")])


def test_questions_about_others_are_refused(cell: Cell) -> None:
    found = apply_exclusions([cell()])
    with pytest.raises(ParameterError, match="cell 9, unit 1 under ipsapirone: not among the series"):
        found.analysed(cell(cell="9"))
    with pytest.raises(ParameterError, match="scope must be 'cell'"):
        found.analysed(cell(), "firing")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="no group named 'sham' in the flow; there are all, control"):
        found.stages("sham")


def test_the_page_has_every_rule_in_the_order_of_the_flow_with_its_scope_and_whether_it_is_applied() -> None:
    told = re.findall(r"^\| `(\w+)` \| (cell|series) \| (yes|by name) \|", PAGE, flags=re.MULTILINE)
    assert told == [(r.name, r.scope, "yes" if r.name in DEFAULT_RULES else "by name") for r in RULES]


def test_the_settings_on_the_page_are_read_and_come_back(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "lab.toml").write_text(block, encoding="utf-8")
    found = read_settings(tmp_path / "lab.toml")
    assert (found.exclusions.min_doses, found.exclusions.rules[-1]) == (4, "unclear_baseline")
    assert read_settings(write_settings(found, tmp_path / "again.toml")) == found
