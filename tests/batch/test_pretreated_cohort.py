"""An antagonist before the agonist, in a cohort: left out by a rule, told, and compared where the rule is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import ephys
from ephys.analysis import FoundCell
from ephys.analysis.cohort_findings import cohort_findings
from ephys.model import Subject
from ephys.simulation import CellSpec, DoseSchedule

RULE = "after_antagonist"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three untreated rats with an ID50 of 60 µg/kg, and three after WAY-100635 with 240."""
    folder = tmp_path_factory.mktemp("pretreated")
    rows = ["animal,group,cell,file"]
    for group, id50, given in (("control", 60.0, ""), ("way", 240.0, "way-100635")):
        for number in range(3):
            animal = f"{group}{number}"
            simulated = ephys.simulate_session(
                number + (10 if given else 0), cells=[CellSpec(name="cell", id50=id50)],
                schedule=DoseSchedule(pretreatment=given, pretreatment_ug_kg=100.0), with_voltage=False,
                subject=Subject(animal=animal, sex="M", age="P10W"), session_id=animal,
            )  # fmt: skip
            ephys.write_nwb(simulated.session, folder / f"{animal}.nwb")
            rows.append(f"{animal},{group},{animal}_1,{animal}.nwb")
    (folder / "cohort.csv").write_text("\n".join(rows) + "\n")
    return folder


def analysed(study: Path, *rules: str) -> ephys.CohortAnalysis:
    settings = ephys.Settings().override("cohort.desensitised", "false")
    for name, value in (("cohort.reference", '"control"'), ("exclusions.rules", str(list(rules)).replace("'", '"'))):
        settings = settings.override(name, value) if rules or name == "cohort.reference" else settings
    return ephys.analyse_cohort(study / "cohort.csv", settings=settings, jobs=1)


def test_the_rule_takes_the_series_and_leaves_the_firing(study: Path) -> None:
    found = analysed(study)
    taken = [row for row in found.exclusions.rows if row.rule == RULE]
    assert [(row.animal, row.value) for row in taken] == [
        (f"way{n}", "way-100635 100 µg/kg i.v. (base)") for n in range(3)
    ]
    assert all(found.exclusions.analysed(facts, "cell") for cell in found.cells for facts in cell.facts)
    assert (
        "ipsapirone was given after way-100635 100 µg/kg i.v. (base) to way0_1, way1_1, way2_1: its ID50 there is that "
        "of antagonised cells; left out by the rule after_antagonist (--set exclusions.rules=-after_antagonist keeps "
        "them: the fold of the groups is then the dose ratio)"
    ) in found.notes


@pytest.fixture(scope="module")
def kept(study: Path) -> ephys.CohortAnalysis:
    """Without the rule."""
    return analysed(study, f"-{RULE}")


def test_without_the_rule_the_fold_of_the_groups_is_the_dose_ratio(kept: ephys.CohortAnalysis) -> None:
    answer = kept.answer("ipsapirone")
    assert answer is not None
    assert answer.fit is not None
    shift = answer.fit.fold_shift["way"]
    assert shift.low <= 4.0 <= shift.high


def test_fits_of_both_groups_make_an_apparent_pa2(kept: ephys.CohortAnalysis) -> None:
    untreated, treated = (
        [
            ephys.fit_dose_response(response)
            for cell in kept.cells
            if cell.planned.group == group
            for response, facts in cell.series
            if kept.exclusions.analysed(facts)
        ]
        for group in ("control", "way")
    )
    found = ephys.apparent_pa2_of_fits(untreated, treated)
    assert (len(untreated), len(treated)) == (3, 3)
    assert found.ratio.low <= 4.0 <= found.ratio.high


def test_the_answers_tell_what_the_antagonist_did_by_itself(kept: ephys.CohortAnalysis) -> None:
    (told,) = (own for one in cohort_findings(kept).reversals for own in one.own_effects)
    assert told.startswith("way-100635 100 µg/kg alone, before ipsapirone: mean over animals ")
    assert "3 cells of 3 animals" in told
    assert told in str(cohort_findings(kept))


def test_the_methods_tell_the_dose_of_the_antagonist_and_when_it_came(kept: ephys.CohortAnalysis) -> None:
    text = str(ephys.methods_text(kept))
    assert "to 6 cells in 6 doses (cumulative 15.625, 31.25, 62.5, 125, 250 and 500 µg/kg). Vehicle" in text
    assert (
        "Antagonist: way-100635 100 µg/kg i.v. (base) before the agonist (3 cells) and way-100635 10 µg/kg after the "
        "agonist (6 cells)."
    ) in text


def test_the_methods_tell_other_doses_of_antagonised_cells_apart(kept: ephys.CohortAnalysis) -> None:
    cells = tuple(_stopped_early(cell) if cell.planned.group == "control" else cell for cell in kept.cells)
    text = str(ephys.methods_text(replace(kept, cells=cells)))
    assert "to 3 cells in 4 doses (cumulative 15.625, 31.25, 62.5 and 125 µg/kg) and, after an antagonist, to 3" in text


def _stopped_early(cell: FoundCell) -> FoundCell:
    """A cell as if it had not been given more than 125 µg/kg."""
    record = cell.record
    responses = tuple(
        replace(one, windows=tuple(w for w in one.windows if w.dose <= 125.0)) for one in record.responses
    )
    return replace(cell, record=replace(record, responses=responses))
