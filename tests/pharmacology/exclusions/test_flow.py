"""The numbers of a flow add up, whatever was recorded and whichever rules are applied."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ephys.pharmacology import Exclusions, ExclusionSettings, Physiology, SeriesFacts, apply_exclusions
from ephys.pharmacology.exclusions.rules import RULES

NAMES = [rule.name for rule in RULES]
FEW = settings(deadline=None, max_examples=30)
LIMITS = ("temperature 36 38.5",)


@st.composite
def series(draw: st.DrawFn, number: int, drug: str) -> SeriesFacts:
    """One series with random facts, of one of four animals in two groups."""
    animal = draw(st.integers(0, 3))
    temperature = st.sampled_from([34.0, 37.0, float("nan")])
    where = st.sampled_from(["", "baseline", "series"])
    return SeriesFacts(
        session=f"{animal}_1",
        animal=f"rat{animal}",
        group=("control", "chronic")[animal % 2],
        cell=str(number),
        unit="1",
        drug=drug,
        label=draw(st.sampled_from(["", "serotonergic", "serotonergic", "uncertain", "not_serotonergic"])),
        multi_unit=draw(st.booleans()),
        by_hand=draw(st.sampled_from(["", "", "moved"])),
        stability=draw(st.sampled_from(["", "stable", "stable", "unclear", "unstable", "not_judged"])),
        fate=draw(st.sampled_from(["", "held", "lost", "undetermined"])),
        earlier_drug=draw(st.sampled_from(["", "", "ipsapirone, before"])),
        histology=draw(st.sampled_from(["", "in", "out", "not recovered"])),
        physiology=tuple(
            draw(st.lists(st.builds(Physiology, st.just("temperature"), temperature, st.just("°C"), where)))
        ),
        supplement_gap_s=draw(st.sampled_from([0.0, 30.0, 900.0, float("nan")])),
        last_dose_h=draw(st.sampled_from([1.0, 24.0, float("nan")])),
        treated=draw(st.booleans()),
        n_doses=draw(st.integers(0, 5)),
    )


@st.composite
def cohorts(draw: st.DrawFn) -> list[SeriesFacts]:
    """Cells under one agonist, under two, or without any."""
    facts = []
    for number in range(draw(st.integers(1, 6))):
        drugs = draw(st.sampled_from([("",), ("ipsapirone",), ("ipsapirone", "lesopitron")]))
        first = draw(series(number, drugs[0]))
        facts.append(first)
        for drug in drugs[1:]:
            other = draw(series(number, drug))
            facts.append(_as_beside(other, first))
    return facts


def _as_beside(other: SeriesFacts, first: SeriesFacts) -> SeriesFacts:
    """Return a series of the same cell under another agonist."""
    return replace(other, session=first.session, animal=first.animal, group=first.group)


rule_sets = st.lists(st.sampled_from(NAMES), unique=True).map(tuple)


def _applied(facts: list[SeriesFacts], rules: tuple[str, ...]) -> Exclusions:
    return apply_exclusions(facts, ExclusionSettings(rules=rules, physiology=LIMITS))


@given(cohorts(), rule_sets)
@FEW
def test_each_stage_less_what_was_left_out_is_the_next_and_groups_add_up(
    facts: list[SeriesFacts], rules: tuple[str, ...]
) -> None:
    found = _applied(facts, rules)
    for group in ("all", *found.groups):
        stages = found.stages(group)
        assert stages[0].left_out_cells == 0
        for before, after in pairwise(stages):
            assert after.cells == before.cells - after.left_out_cells
            assert after.animals <= before.animals
        for stage in stages[1:]:
            assert sum(n for _, n in stage.kinds) == stage.cells
            assert stage.as_named_cells <= stage.cells
    for number, whole in enumerate(found.stages()):
        parts = [found.stages(group)[number] for group in found.groups]
        assert sum(part.cells for part in parts) == whole.cells
        assert sum(part.animals for part in parts) == whole.animals
        assert sum(part.as_named_cells for part in parts) == whole.as_named_cells


@given(cohorts(), rule_sets, st.sampled_from(NAMES))
@FEW
def test_one_rule_more_never_leaves_more_cells_anywhere(
    facts: list[SeriesFacts], rules: tuple[str, ...], another: str
) -> None:
    fewer = _applied(facts, rules)
    more = _applied(facts, tuple(dict.fromkeys((*rules, another))))
    for before, after in zip(fewer.flow, more.flow, strict=True):
        assert after.cells <= before.cells
        assert after.animals <= before.animals


@given(cohorts(), rule_sets)
@FEW
def test_the_flow_ends_with_the_cells_of_which_a_series_is_analysed(
    facts: list[SeriesFacts], rules: tuple[str, ...]
) -> None:
    found = _applied(facts, rules)
    analysed = {each.cell_key for each in facts if found.analysed(each)}
    assert found.stages()[-1].cells == len(analysed)
    assert all(found.analysed(each, "cell") for each in facts if found.analysed(each))


@given(cohorts())
@FEW
def test_without_rules_all_are_analysed_and_with_all_those_that_no_rule_speaks_against(
    facts: list[SeriesFacts],
) -> None:
    none, every = _applied(facts, ()), _applied(facts, tuple(NAMES))
    assert none.stages()[-1].cells == none.stages()[0].cells
    assert none.stages()[-1].animals == none.stages()[0].animals
    spoken = {row.key for row in none.rows}
    assert {each.key for each in facts if every.analysed(each)} == {each.key for each in facts} - spoken
    assert [row.rule for row in none.rows] == [row.rule for row in every.rows]
    assert not any(row.applied for row in none.rows)
    assert all(row.applied for row in every.rows)
