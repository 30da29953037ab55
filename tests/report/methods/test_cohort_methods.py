"""The methods of a cohort: who was left out, what was compared, with the numbers of the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import ephys
from ephys.analysis import GroupAnswers
from ephys.batch.blinding import Blinding
from ephys.report.methods import METHODS
from ephys.settings import Settings
from ephys.simulation import CellSpec, DoseSchedule, simulate_session
from tests.report.methods.checking import check

pytestmark = pytest.mark.slow
GROUPS = {"r0": "Wistaria", "r1": "Wistaria", "r2": "Octave", "r3": "Octave", "r4": "Octave"}
SCHEDULE = DoseSchedule(
    cumulative_ug_kg=(20.0, 60.0, 180.0), vehicle="", antagonist="", baseline_s=120.0, interval_s=60.0, recovery_s=60.0
)


def write_study(folder: Path) -> Path:
    """Tables and recordings of five animals in two groups, the last of which somebody left out."""
    doses = ["session,time_s,drug,amount,unit,dose_kind,route,role,form"]
    cells = ["animal,group,cell,file,session,unit,doses,exclude"]
    for number, (animal, group) in enumerate(GROUPS.items()):
        spec = CellSpec(name="1", rate_hz=2.0, cv=0.3, id50=60.0)
        drawn = simulate_session(number, cells=[spec], schedule=SCHEDULE, with_voltage=False, session_id=f"s{number}")
        times = [f"{time_s!r},1" for time_s in drawn.session.units[0].times_s.tolist()]
        (folder / f"s{number}.csv").write_text("\n".join(["time_s,unit", *times, ""]))
        for given in drawn.session.protocol.administrations:
            doses.append(f"s{number},{given.start_s:g},{given.drug},{given.amount:g},ug/kg,increment,i.v.,agonist,base")
        cells.append(f"{animal},{group},c{number},s{number}.csv,s{number},1,doses.csv,{'noisy' * (animal == 'r4')}")
    animals = [f"{animal},{group},M,{300 + i},fluoxetine" for i, (animal, group) in enumerate(GROUPS.items())]
    (folder / "doses.csv").write_text("\n".join([*doses, ""]))
    (folder / "cohort.csv").write_text("\n".join([*cells, ""]))
    (folder / "animals.csv").write_text("\n".join(["animal,group,sex,weight_g,treatment", *animals, ""]))
    return folder / "cohort.csv"


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> ephys.CohortAnalysis:
    settings = Settings().override("reading.stop_s", "360").override("cohort.desensitised", "false")
    return ephys.analyse_cohort(write_study(tmp_path_factory.mktemp("study")), settings=settings, jobs=1)


@pytest.fixture(scope="module")
def told(analysis: ephys.CohortAnalysis) -> str:
    text = ephys.methods_text(analysis)
    check(text)
    return str(text)


def test_animals_groups_and_treatments_are_told(told: str) -> None:
    assert "5 cells of 5 animals were recorded extracellularly in 5 sessions" in told
    assert "[species]; [strain]; 5 male; 300 to 304 g" in told
    assert "Groups: Wistaria (fluoxetine), 2 animals, 2 cells; Octave (fluoxetine), 3 animals, 3 cells" in told
    assert "to 5 cells in 3 doses (cumulative 20, 60 and 180 µg/kg)" in told


def test_rules_are_told_with_the_cells_and_animals_that_each_took(told: str, analysis: ephys.CohortAnalysis) -> None:
    left = {row.rule for row in analysis.exclusions.rows if row.applied}
    assert "excluded_by_hand" in left
    assert "excluded by hand (1 cell of 1 animal)" in told
    last = analysis.exclusions.stages()[-1]
    assert f"This left {last.cells} cells of {last.animals} animals" in told
    assert "lost" not in told.split("Exclusions.")[1].split("Read-out.")[0], "a rule that was not on is not told"


def test_limits_of_the_rules_are_the_settings(analysis: ephys.CohortAnalysis) -> None:
    changed = replace(analysis.exclusions.settings, min_hours_after_treatment=23.0, min_doses=2)
    text = str(ephys.methods_text(replace(analysis, exclusions=replace(analysis.exclusions, settings=changed))))
    assert "less than 23 h after the last dose" in text
    assert "fewer than 2 doses" in text


def test_degrees_of_freedom_count_animals(told: str, analysis: ephys.CohortAnalysis) -> None:
    fit = analysis.answers[0].drugs[0].fit
    assert fit is not None
    assert f"(ipsapirone {len(fit.runs)} cells of {len(fit.runs)} animals)" in told
    assert f"animals less groups leave (ipsapirone {fit.df})" in told
    assert "a normal deviation of the animal, each of which gave one cell" in told
    assert "Where a group had fewer than 3 animals, no interval and no p-value were given" in told
    assert "Holm" not in told, "there is one pair"
    assert "Equivalence" not in told
    assert "as a block" not in told


def test_what_was_not_compared_is_not_told(analysis: ephys.CohortAnalysis) -> None:
    nothing = GroupAnswers("with exclusions", "Wistaria", (), None, None)
    text = ephys.methods_text(replace(analysis, answers=(nothing,)))
    check(text)
    titles = [paragraph.title for paragraph in text.paragraphs]
    assert "Comparison of groups" not in titles
    assert "Firing" not in titles
    assert not {"nelder", "patterson"} & {one.key for one in text.references}


def test_a_cohort_of_which_nothing_was_found_has_methods(analysis: ephys.CohortAnalysis) -> None:
    none = replace(analysis.exclusions, facts=(), rows=(), departures=(), flow=(), unjudged=())
    empty = replace(analysis, sessions=(), cells=(), answers=(), exclusions=none, failures=())
    check(ephys.methods_text(empty))


def test_under_codes_no_name_is_left(told: str) -> None:
    blinding = Blinding.new().knowing("group", ["Wistaria", "Octave"]).knowing("treatment", ["fluoxetine"])
    text = blinding.knowing("drug", ["ipsapirone"]).text(told).lower()
    assert not [name for name in ("wistaria", "octave", "fluoxetine", "ipsapirone") if name in text]
    assert "group a" in text


def test_the_methods_are_written_beside_the_tables(analysis: ephys.CohortAnalysis, told: str, tmp_path: Path) -> None:
    assert ephys.write_methods(analysis, tmp_path) == tmp_path / METHODS
    assert (tmp_path / METHODS).read_text(encoding="utf-8") == f"{told}\n"
