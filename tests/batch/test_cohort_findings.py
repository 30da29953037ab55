"""A cohort holds returns after an antagonist against the recoveries of other animals, and compares ejections."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.analysis.cohort_findings import CohortFindings, cohort_findings
from ephys.model import Unit
from ephys.report import render_cohort_report
from tests.pharmacology.reversal.cells import stepped

_CELLS = "animal,group,cell,file,session,unit,doses"
_GIVEN = "session,time_s,stop_s,drug,amount,unit,dose_kind,route,role,form"


def write_cohort(
    folder: Path, units: dict[str, Unit], given: dict[str, list[str]], *, stop_s: str = "900"
) -> ephys.CohortAnalysis:
    """Analyse cells as files of spike times; an animal's group is the first letter of its name."""
    rows, doses = [_CELLS], [_GIVEN]
    for name, unit in units.items():
        times = [f"{time_s:.4f},1" for time_s in unit.times_s]
        (folder / f"{name}.csv").write_text("\n".join(["time_s,unit", *times, ""]))
        rows.append(f"{name},{name[0]},c,{name}.csv,{name},1,doses.csv")
        doses += [f"{name},{row}" for row in given[name]]
    (folder / "cohort.csv").write_text("\n".join([*rows, ""]))
    (folder / "doses.csv").write_text("\n".join([*doses, ""]))
    names = [f"{name},{name[0]},M,300,Rattus norvegicus" for name in units]
    (folder / "animals.csv").write_text("\n".join(["animal,group,sex,weight_g,species", *names, ""]))
    settings = ephys.Settings().override("reading.stop_s", stop_s).override("fit.replicates", "99")
    return ephys.analyse_cohort(folder / "cohort.csv", settings=settings, jobs=1)


@pytest.fixture(scope="module")
def reversed_cohort(tmp_path_factory: pytest.TempPathFactory) -> ephys.CohortAnalysis:
    """Three cells that return at once after an antagonist, three that stay inhibited without one."""
    steps = ((0.0, 1.5), (190.0, 0.8), (290.0, 0.1))
    units = {f"a{n}": stepped((*steps, (410.0, 1.5)), 900.0, seed=n) for n in range(3)}
    units |= {f"a{n}": stepped(steps, 900.0, seed=n) for n in range(3, 6)}
    series = [f"{at_s},,ipsapirone,{dose},ug/kg,increment,i.v.,agonist,base" for at_s, dose in ((180, 50), (280, 150))]
    blocker = "400,,way-100635,10,ug/kg,increment,i.v.,antagonist,base"
    given = {name: [*series, *([blocker] if int(name[1]) < 3 else [])] for name in units}
    return write_cohort(tmp_path_factory.mktemp("reversed"), units, given)


def test_returns_of_one_session_are_faster_than_the_recoveries_of_others(
    reversed_cohort: ephys.CohortAnalysis,
) -> None:
    alone = {cell.planned.animal: cell.record.reversals[0].verdict for cell in reversed_cohort.cells[:3]}
    assert set(alone.values()) == {"returned; spontaneous recovery not excluded"}, "a session knows no other animal"
    (found,) = cohort_findings(reversed_cohort).reversals
    assert found.counts == {"reversed": 3}
    assert len(found.without) == 3
    rows = ephys.cohort_tables(reversed_cohort)["reversals"]
    assert rows.verdict.tolist() == ["reversed"] * 3
    assert rows.animal.tolist() == ["a0", "a1", "a2"]
    assert rows.analysed.all()
    assert (ephys.cohort_tables(reversed_cohort)["recoveries"].state == "not back").sum() == 6
    page = render_cohort_report(reversed_cohort, provenance={"ephys": "1"}, figures=())
    assert "way-100635 after ipsapirone: 3 of 3 judged cells reversed" in page
    assert "Published affinities of ipsapirone" in page
    told = str(ephys.methods_text(reversed_cohort))
    assert "2 times faster than every comparable recovery without antagonist" in told


def test_a_page_under_codes_does_not_tell_the_drug_by_its_affinities(reversed_cohort: ephys.CohortAnalysis) -> None:
    page = render_cohort_report(reversed_cohort, provenance={"ephys": "1"}, figures=(), relabel=lambda text: text)
    assert "Published affinities" not in page


def test_sessions_whose_end_nobody_stated_are_named(tmp_path: Path) -> None:
    units = {"a0": stepped(((0.0, 2.0),), 600.0)}
    given = {"a0": ["180,,ipsapirone,50,ug/kg,increment,i.v.,agonist,base"]}
    (note,) = write_cohort(tmp_path, units, given, stop_s="0").notes
    assert "do not say how long was recorded in a0: each ends at its last spike" in note
    assert write_cohort(tmp_path, units, given, stop_s="600").notes == ()


def silenced(seed: int, spans: list[tuple[float, float]]) -> Unit:
    """A slow cell that is silent for a while after each start."""
    random = np.random.default_rng(seed)
    times = np.cumsum(random.gamma(11.0, 0.5 / 11.0, 2200))
    times = times[times < 900.0]
    for start_s, length_s in spans:
        times = times[(times < start_s) | (times >= start_s + length_s)]
    return Unit.from_times(times, support=ephys.Epoch(0.0, 900.0))


@pytest.fixture(scope="module")
def ejected(tmp_path_factory: pytest.TempPathFactory) -> CohortFindings:
    """A test drug suppresses as many spikes as 5-HT in group a, half as many in group b, whatever the electrode."""
    units, given = {}, {}
    for n, name in enumerate(("a0", "a1", "a2", "b0", "b1", "b2")):
        length_s = 40.0 + 5.0 * (n % 3)  # one electrode ejects more than another
        share = 1.0 if name[0] == "a" else 0.5
        units[name] = silenced(n, [(200.0, length_s), (450.0, share * length_s)])
        given[name] = ["200,250,5-HT,10,nA,,iontophoresis,agonist,", "450,500,ipsapirone,10,nA,,iontophoresis,agonist,"]
    analysis = write_cohort(tmp_path_factory.mktemp("ejected"), units, given)
    assert not [response for cell in analysis.cells for response in cell.record.responses]
    assert ephys.cohort_tables(analysis)["ejections"].analysed.all()
    return cohort_findings(analysis)


def test_groups_of_ejections_are_compared_within_electrodes(ejected: CohortFindings) -> None:
    assert ejected.not_told == ()
    (compared,) = ejected.ejections
    assert (compared.drug, compared.against) == ("ipsapirone", "5-ht")
    (apart,) = compared.differences
    assert apart.low < 0.5 < apart.high
    assert apart.high < 1.0
