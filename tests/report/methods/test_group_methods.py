"""How groups were compared is told of each design as it was fitted."""

from __future__ import annotations

from typing import Any

import pytest

import ephys
from ephys.analysis import CohortAnalysis, DrugAnswer, GroupAnswers
from ephys.model import Cohort
from ephys.pharmacology import DrugComparison, Exclusions, ExclusionSettings, GroupComparison, PopulationFit
from ephys.pharmacology.comparisons.beyond_limit import BeyondLimit
from ephys.report.methods.excluding import exclusion_sentences
from ephys.report.methods.groups import firing_sentences, group_sentences
from ephys.report.methods.text import put_together
from ephys.settings import Settings
from tests.pharmacology.population.drawn_tables import drawn_rows
from tests.report.methods.checking import check

pytestmark = pytest.mark.slow


def told(
    result: GroupComparison | PopulationFit | None = None,
    *,
    shares: tuple[ephys.DesensitisedShare, ...] = (),
    potencies: DrugComparison | None = None,
    firing: ephys.FiringComparison | None = None,
) -> str:
    """What the methods say of such answers."""
    drugs = () if result is None else (DrugAnswer("ipsapirone", "with exclusions", result, shares),)
    answers = GroupAnswers("with exclusions", "control", drugs, potencies, firing)
    none = Exclusions(facts=(), settings=ExclusionSettings(), rows=(), departures=(), flow=(), unjudged=())
    analysis = CohortAnalysis(Cohort((), ()), Settings(), (), (), none, (answers,), (), ())
    text = put_together([("Groups", [*group_sentences(analysis), *firing_sentences(answers)])])
    check(text)
    return str(text)


def compared(rows: list[dict[str, Any]], **options: Any) -> GroupComparison:
    return ephys.compare_groups(rows, reference="control", permutations=99, **options)


def test_several_groups_are_told_with_holm_a_test_of_all_and_equivalence() -> None:
    text = told(compared(drawn_rows(1, animals=3, cells=1, groups=("control", "a", "b")), margin=1.5))
    assert "P-values of several groups were adjusted for their number (Holm 1979)" in text
    assert "Whether any of several groups differed was tested" in text
    assert "Equivalence within a 1.5-fold shift either way" in text
    assert "(Schuirmann 1987), each at 5 %" in text
    alone = told(compared(drawn_rows(1, animals=3, cells=1)))
    assert not [word for word in ("Holm", "several groups", "Equivalence", "block") if word in alone]


def test_animals_that_are_compared_with_themselves_are_told_so() -> None:
    found = compared(drawn_rows(2, animals=4, cells=1, paired=True), paired=True)
    text = told(found)
    assert "ipsapirone 8 curves of 4 cells of 4 animals" in text
    assert f"animals that were in several groups, less 1 leave (ipsapirone {found.fit.df})" in text
    assert "a paired t-test" in text
    assert "the signs of differences within animals (all 16)" in text


def test_a_block_takes_its_degrees_of_freedom_and_holds_permutations() -> None:
    rows = drawn_rows(3, animals=4, cells=1)
    rows = [row | {"route": "i.v." if row["animal"][-1] in "13" else "i.p."} for row in rows]
    found = compared(rows, block="route")
    text = told(found)
    assert found.fit.df == 8 - 2 - 1
    assert f"animals less groups, less the blocks but one leave (ipsapirone {found.fit.df})" in text
    assert "permutations of the labels of animals within blocks of route" in text


def test_the_id50_of_a_group_is_relative_where_emax_is_not_full() -> None:
    rows = drawn_rows(3, animals=3, cells=1, groups=("control",))
    relative = "the ID50 of a group is the dose of half the largest effect"
    full, partial = (ephys.fit_population(rows, fixed={"emax_percent": percent}) for percent in (100.0, 80.0))
    assert "Emax was fixed at 80 % for ipsapirone" in told(partial)
    assert relative in told(partial)
    assert relative not in told(full)
    free = told(ephys.fit_population(rows, free=("emax_percent",)))
    assert "Emax of ipsapirone was estimated" in free
    assert relative in free


def test_the_share_of_shifted_cells_is_told_with_what_it_was_tested_against() -> None:
    fit = ephys.fit_population(drawn_rows(3, animals=3, cells=1, groups=("control",)))
    beyond = BeyondLimit(90.0, 5, 8, 0, 8, 0.3, 0.9, 1, 0.95)
    share = ephys.DesensitisedShare(
        "control", "chronic", 0.6, 0.3, 0.9, 4.0, 2.0, 8.0, 3.0, 0.05, 6.0, 1.3, 1.2, beyond, (), 199, 0, 0.95, fit
    )
    text = told(fit, shares=(share,))
    assert "The share of cells of 'chronic' that were shifted" in text
    assert "against one shift of all of them by a parametric bootstrap" in text
    assert "(Hesterberg 2015) of a bootstrap over animals (199 samples each)" in text


def test_potencies_are_ratios_of_the_reference_to_the_other_drugs() -> None:
    drugs = {"control": "ipsapirone", "treated": "lesopitron"}
    rows = [
        {name: value for name, value in row.items() if name != "group"} | {"drug": drugs[row["group"]], "form": "base"}
        for row in drawn_rows(3, animals=3, cells=1)
    ]
    found = ephys.compare_drugs(rows, reference="ipsapirone", permutations=99)
    id50 = found.fit.id50
    assert found.potencies[0].value == pytest.approx(id50["ipsapirone"].value / id50["lesopitron"].value)
    text = told(potencies=found)
    assert "the ratio of the geometric-mean ID50 of ipsapirone to theirs" in text
    assert "Emax was fixed at 100 % for ipsapirone and 100 % for lesopitron" in text


def test_firing_tells_blocks_and_silent_cells() -> None:
    rows = [
        {"animal": f"{group}{animal}", "group": group, "unit": str(cell), "species": "rat" if animal % 2 else "mouse",
         "baseline_rate_hz": (1.5 + 0.1 * animal) * (cell > 0 or animal > 0)}
        for group in ("control", "a", "b") for animal in range(4) for cell in range(2)
    ]  # fmt: skip
    text = told(firing=ephys.compare_firing(rows, reference="control", block="species"))
    assert "cells in animals, differences by species taken out, with" in text
    assert "Cells that were silent on the baseline are in no mean of the rate" in text
    assert "Welch" not in text
    assert "within each measure, not across measures" in text


def test_rules_that_are_off_are_not_told_and_ranges_are() -> None:
    facts = [ephys.SeriesFacts("s", "r1", "control", "1", "1", "ipsapirone", label="serotonergic", last_dose_h=24.0)]
    settings = ExclusionSettings(min_hours_after_treatment=0.0, physiology=("temperature 36 38.5 °C",))
    text = " ".join(exclusion_sentences(ephys.apply_exclusions(facts, settings)))
    assert "after the last dose of the treatment" not in text
    assert "with the physiology out of range (temperature 36 to 38.5 °C)" in text
