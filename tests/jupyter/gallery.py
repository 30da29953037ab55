"""One instance of every public value, by the name of its class; names, doubts and marks hold ``<b>``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import ephys
from ephys.analysis import AgreementRow
from ephys.batch.locking import Lock
from ephys.classification import LearnedSettings
from ephys.firing import BootstrapSettings
from ephys.model import Source
from ephys.pharmacology import COMPOUNDS, GroupComparison
from ephys.pharmacology.comparisons.beyond_limit import BeyondLimit
from ephys.pharmacology.comparisons.desensitised_share import TreatedCell
from ephys.simulation import CellSpec, DoseSchedule, SuperfusionSchedule
from ephys.sorting import UnitMatch
from ephys.sorting.curation.operations import Merge
from tests.pharmacology.population.drawn_tables import drawn_rows

NASTY = "<b>7</b> & 'x'"
"""What a file may name a unit, a channel or a drug."""

SCHEDULE = DoseSchedule(
    cumulative_ug_kg=(20.0, 60.0, 180.0), vehicle="saline", antagonist="", baseline_s=120.0, interval_s=60.0
)


def gallery(folder: Path) -> dict[str, object]:
    """Every instance; `folder` is an empty one to write to."""
    session = nasty_session()
    analysis = analysed(session)
    values = [
        *_nouns(session), *_of_session(analysis), *_of_cells(), *_of_populations(),
        *_of_doses(analysis.cells[0]), *_of_currents(), *_binding(), *_plans(), *_of_protocols(),
        *_of_cohort(folder), *_settings(),
    ]  # fmt: skip
    return {type(value).__name__: value for value in values}


def nasty_session() -> ephys.Session:
    """Two simulated cells, a quiet wire beside them, a monitor, marks, sources and doubts, under names with tags."""
    cells = (CellSpec(name=NASTY, rate_hz=2.0, cv=0.3, id50=60.0), CellSpec(name="fast", rate_hz=6.0, cv=0.9))
    found = ephys.simulate_session(
        1, cells=cells, schedule=SCHEDULE, with_voltage=False, session_id=f"{NASTY} session",
        subject=ephys.Subject(animal=NASTY, weight_g=310.0, group="control"),
    ).session  # fmt: skip
    seconds = int(found.support.duration_s)
    wire = ephys.Recording.from_array(
        np.zeros((seconds * 50, 2), dtype=np.float32), sampling_hz=50.0, channel_names=(NASTY, "wire 2"),
        band_hz=(0.1, 5000.0),
    )  # fmt: skip
    belt = ephys.Monitor(f"respiration {NASTY}", np.sin(np.arange(10.0 * seconds)), 10.0, unit="mV")
    return replace(
        found, recording=wire, monitors=(belt,), events=(ephys.Event(10.0, NASTY),), doubts=(f"{NASTY} is odd",),
        sources=(Source(f"{NASTY}.smr", "0" * 64),), started_at=datetime(2024, 5, 1, 9, 30, tzinfo=UTC),
    )  # fmt: skip


def analysed(session: ephys.Session) -> ephys.SessionAnalysis:
    """Its analysis, on the units that came with it."""
    return ephys.analyse_session(replace(session, recording=None))


def _nouns(session: ephys.Session) -> Iterator[object]:
    """What a session is made of."""
    unit = session.units[0]
    snippets = np.zeros((len(unit.times_s), 20, 1))
    waveform = ephys.Waveform(snippets, np.arange(len(unit.times_s)), 20000.0, 0.5, (100.0, 9000.0))
    isolation = ephys.Isolation("fast", ephys.Share(0.02, 0.0, 0.05), ephys.Share(0.01, 0.0, 0.03), 0.9, 100.0)
    yield from (session, session.recording, session.monitors[0], session.events[0], session.subject, session.support)
    yield from (session.protocol, session.protocol.administrations[0], session.protocol.doses("ipsapirone")[0])
    yield from (replace(unit, waveform=waveform, isolation=isolation), waveform, isolation, isolation.false)
    yield from (session.protocol.baseline, ephys.Estimate(0.3, 0.2, 0.4), session.reading)
    locking = ephys.RhythmLocking("respiration", NASTY, 1.4, 0.97, 0.95, 0.98, 0.002, 250)
    yield from (locking, ephys.UnitRhythms(NASTY, (locking,), 0.1, flags=(f"{NASTY} is locked",)))
    trace = ephys.voltage_trace(session.recording, within=ephys.Epoch(0.0, 10.0))
    yield from (trace, ephys.spike_features(session.units))


def _of_session(analysis: ephys.SessionAnalysis) -> Iterator[object]:
    """What is found in a session."""
    cell = analysis.cells[0]
    row = AgreementRow(UnitMatch(NASTY, "2", 90, 10, 0), cell, None)
    yield from (analysis, cell, cell.quality, cell.quality.fate, cell.quality.false_spikes, cell.classification)
    yield from (cell.classification.evidence, cell.responses[0], cell.fits[0], row, ephys.Agreement((row,)))
    yield from (ephys.classify_session(analysis.session), ephys.methods_text(analysis))
    rate = ephys.rate_histogram(cell.unit)
    yield ephys.RatePanel(rate, analysis.protocol, cell.windows, label=NASTY, animal=NASTY, amplitudes=cell.unit)
    log = ephys.CurationLog.begin(NASTY, analysis.session.units, by=NASTY).delete("fast", reason=NASTY)
    yield from (log, ephys.CodeChange(NASTY, "fast", "2", 100.0, 99.0, 101.0, 50, 60))
    yield ephys.curate(replace(analysis.session, units=analysis.session.units[:1]), by="A. Name")
    yield ephys.Suggestion(Merge((NASTY, "fast"), ""), 0.9, (f"{NASTY} avoids fast",), ("few spikes",))
    facts = ephys.SeriesFacts(NASTY, "rat01", NASTY, "1", "1", "ipsapirone", label="serotonergic", last_dose_h=24.0)
    yield from (facts, ephys.apply_exclusions([facts]))
    given = ephys.Administration(NASTY, 200.0, dose=10.0, dose_unit="ug/kg", route=NASTY, form=NASTY, role="antagonist")
    yield ephys.Pretreatment((given,), None)


def _of_currents() -> Iterator[object]:
    """What ejections did beside cells of three animals."""
    given = tuple(
        ephys.Administration(drug, at, at + 50.0, dose=10.0, dose_unit="nA", barrel=NASTY)
        for drug, at in (("5-ht", 100.0), (NASTY, 300.0))
    )
    times_s = np.r_[0.25:100.0:0.5, 160.25:300.0:0.5, 380.25:500.0:0.5]
    unit = ephys.Unit.from_times(times_s, support=ephys.Epoch(0.0, 500.0), id=NASTY)
    found = [
        ephys.measure_ejections(
            unit, ephys.DoseProtocol(given, unit.support), subject=ephys.Subject(animal=f"{NASTY}{n}"), electrode=NASTY
        )
        for n in range(3)
    ]
    compared = ephys.compare_ejections(found, drug=NASTY, against="5-ht")
    barrel = found[0].barrels[0]
    yield from (found[0], found[0].ejections[0], barrel, barrel.currents[0], barrel.curve, found[0].ejections[0].t50)
    yield from (compared, compared.electrodes[0])


def _of_cells() -> Iterator[object]:
    """What is learned from many cells."""
    random = np.random.default_rng(0)
    centres = np.log([[1.5, 0.25], [12.0, 0.9]])
    cells = np.exp(np.repeat(centres, 40, axis=0) + random.normal(0, 0.25, (80, 2)))
    rows = [{"rate_hz": rate, "cv": cv} for rate, cv in cells.tolist()]
    yield ephys.cluster_cells(rows, features=("rate_hz", "cv"), max_groups=2)
    labelled = [
        row | {"animal": f"{NASTY}{place % 8}", "label": "serotonergic" if place < 40 else "not_serotonergic"}
        for place, row in enumerate(rows)
    ]
    quick = LearnedSettings(folds=4, inner_folds=2, penalties=(1.0,), n_resamples=100)
    yield ephys.train_classifier(labelled, features=("rate_hz", "cv"), settings=quick)


def _of_populations() -> Iterator[object]:
    """What groups of animals say together."""
    rows = drawn_rows(1, animals=3, cells=1, groups=("control", NASTY))
    comparison: GroupComparison = ephys.compare_groups(rows, reference="control", permutations=99)
    fit = comparison.fit
    yield from (comparison, fit, ephys.population_curve(fit, group=NASTY), ephys.id50_distribution(fit, group=NASTY))
    yield ephys.percent_by_dose(rows)
    beyond = BeyondLimit(90.0, 5, 8, 0, 8, 0.3, 0.9, 1, 0.95)
    yield ephys.DesensitisedShare(
        "control", NASTY, 0.6, 0.3, 0.9, 4.0, 2.0, 8.0, 3.0, 0.05, 6.0, 1.3, 1.2, beyond,
        (TreatedCell(NASTY, "1", 120.0, 0.9),), 19, 0, 0.95, fit,
    )  # fmt: skip
    drugs = {"control": "ipsapirone", NASTY: "lesopitron"}
    given = [
        {name: value for name, value in row.items() if name != "group"} | {"drug": drugs[row["group"]], "form": "base"}
        for row in rows
    ]
    yield ephys.compare_drugs(given, reference="ipsapirone", permutations=99)
    yield ephys.compare_inhibition(rows, dose=50.0, reference="control")
    firing = [
        {"animal": f"{group}{animal}", "group": group, "unit": str(cell), "baseline_rate_hz": 1.5 + 0.1 * animal}
        for group in ("control", NASTY) for animal in range(4) for cell in range(2)
    ]  # fmt: skip
    yield ephys.compare_firing(firing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield ephys.fit_pseudoreplicated(rows, reference="control")
    doses = [3.0, 10.0, 30.0, 100.0, 300.0]
    percents = [[97.0, 88.0, 42.0, 11.0, 3.0], [99.0, 93.0, 70.0, 28.0, 8.0]]
    fits = ephys.fit_curves(doses, percents, model="LL.3")
    yield from (fits, fits[0], COMPOUNDS["ipsapirone"])


def _of_doses(cell: ephys.CellAnalysis) -> Iterator[object]:
    """What a cell does before and under a drug, and what a paper prints of it."""
    yield ephys.paired_rates([cell.responses[0]])
    yield from _of_antagonists()
    yield _superfusion()
    yield from _reversals(cell)
    yield ephys.ForestRow(NASTY, 40.0, 30.0, 60.0, scale="µg/kg", drug=NASTY, route="i.v.", interval="95 % CI")
    yield ephys.PaperTable(
        f"Firing of {NASTY}.", ("group", "rate (Hz)"), ((NASTY, "1.42"),), ({"rate_hz": 1.4216},), (f"{NASTY}: mean.",)
    )


def _binding() -> Iterator[object]:
    """Affinities, measured and published."""
    tubes = tuple(
        ephys.pharmacology.BindingTube("sample", nm, 100.0 / (1.0 + nm / 30.0)) for nm in (3.0, 10.0, 30.0, 100.0)
    )
    experiment = ephys.BindingExperiment(
        NASTY, NASTY, tubes, measured="percent", receptor=NASTY, radioligand=NASTY, ligand_nm=1.0, kd_nm=2.0
    )
    fit = ephys.fit_binding(experiment)
    yield from (experiment, fit, fit.ki, ephys.summarise_binding([fit]), ephys.published_affinities("ipsapirone"))


def _of_antagonists() -> Iterator[object]:
    """Curves with and without an antagonist, and after inactivation, of animals with tags."""
    doses, animals = np.tile(np.geomspace(5.0, 5000.0, 7), 9), np.repeat([NASTY, "r2", "r3"], 21).tolist()
    antagonist = np.tile(np.repeat([0.0, 10.0, 100.0], 7), 3)
    noise = np.random.default_rng(0).normal(0.0, 2.0, 63)
    rates = 100.0 / (1.0 + doses / (40.0 * (1.0 + antagonist / 10.0))) + noise
    yield ephys.fit_schild(doses, rates, antagonist, antagonist_unit="nM", dose_unit="nM", animal=animals)
    yield ephys.apparent_pa2(
        [50.0, 60.0, 40.0, 500.0, "> 400", 440.0], [0.0] * 3 + [100.0] * 3, animal=[NASTY, "r2", "r3"] * 2,
        id50_unit="ug/kg", antagonist_unit="nmol/kg",
    )  # fmt: skip
    left = np.tile(np.repeat([8.0, 2.0, 1.0], 7), 3)
    curve = np.tile(np.repeat(["control", NASTY, "EEDQ"], 7), 3).tolist()
    effect = 100.0 * left * doses / (400.0 + doses + left * doses) + noise
    yield ephys.fit_receptor_reserve(doses, effect, curve, control="control", dose_unit="ug/kg", animal=animals)


def _superfusion() -> object:
    """Two applications to a slice."""
    schedule = SuperfusionSchedule(drug=NASTY, concentrations_nm=(30.0, 100.0), design="separate", wash_s=300.0)
    session = ephys.simulate_session(1, cells=[CellSpec(name=NASTY)], schedule=schedule, with_voltage=False).session
    return ephys.dose_response(session.units[0], session.protocol, beside=False).superfusion


def _reversals(cell: ephys.CellAnalysis) -> Iterator[object]:
    """What an antagonist did, and recoveries without one."""
    response = cell.responses[0]
    doses = [w for w in response.windows if w.role == "agonist"]
    given = [ephys.Administration("ipsapirone", w.given_s, dose=60.0, dose_unit="ug/kg") for w in doses[:-1]]
    blocker = ephys.Administration(NASTY, doses[-1].given_s, dose=10.0, dose_unit="ug/kg", role="antagonist")
    protocol = ephys.DoseProtocol((*given, blocker), cell.unit.support)
    measured = ephys.dose_response(cell.unit, protocol, subject=response.subject, beside=False)
    reversals = ephys.assess_reversals([(measured, cell.unit, protocol)])
    yield from (reversals, reversals.cells[0], reversals.recoveries[0], reversals.settings)


def _plans() -> Iterator[object]:
    """What an experiment would show."""
    rates = ephys.PlannedVariation(rate_sd_animal=1.4, rate_sd_cell=1.3, dispersion=0.0, rate_hz=20.0, fano=0.05)
    design = ephys.PlannedDesign(animals=(4, 8), cells_per_animal=(1, 2))
    yield from (rates, design, ephys.plan_experiment("rate", fold=1.8, variation=rates, design=design, runs=200))


def _of_protocols() -> Iterator[object]:
    """What is measured beside the electrode."""
    animals = [(f"{group}{number}", group, number) for group in ("control", NASTY) for number in range(3)]
    dialyses = [
        ephys.Dialysis(
            animal, group, NASTY, "nM", 60.0, dead_volume_ul=0.0, flow_ul_min=2.0, drug=NASTY,
            fractions=tuple(
                ephys.DialysisFraction(20.0 * place, 20.0 * (place + 1), value)
                for place, value in enumerate((2.0, 2.1, 1.9 + 0.01 * number, 1.0, 1.5))
            ),
        )
        for animal, group, number in animals
    ]  # fmt: skip
    courses = [ephys.measure_dialysis(dialysis) for dialysis in dialyses]
    yield from (dialyses[0], dialyses[0].fractions[0], courses[0], ephys.compare_dialysis(courses))
    trials = tuple(ephys.Latency(animal, group, 20.0 + number, cutoff_s=180.0) for animal, group, number in animals)
    latencies = ephys.Latencies(trials)
    yield from (latencies, trials[0], ephys.compare_latencies(latencies))


def _of_cohort(folder: Path) -> Iterator[object]:
    """A cohort of two animals in files of spike times."""
    _write_cohort(folder)
    cohort = ephys.read_cohort(folder / "cohort.csv")
    check = ephys.check_cohort(folder / "cohort.csv")
    problem = ephys.CohortProblem(1, f"{NASTY}.csv", f"{NASTY} cannot be read")
    yield from (cohort, cohort.cells[0], cohort.animals[0], replace(check, problems=(problem,)), problem)
    yield ephys.CohortTemplate((folder / "cohort.csv",), 2, (f"{NASTY}.txt: no recording",))
    settings = ephys.Settings().override("reading.stop_s", "360")
    yield ephys.analyse_cohort(folder / "cohort.csv", settings=settings, jobs=1)
    yield ephys.KeyFolder(folder / NASTY.replace("/", "_"))
    yield Lock(NASTY, "2024-05-01T10:00:00+00:00", NASTY, True, {"curation": "0" * 64}, ())


def _write_cohort(folder: Path) -> None:
    """Tables and recordings of the cohort."""
    doses = ["session,time_s,drug,amount,unit,dose_kind,route,role"]
    cells = ["animal,group,cell,file,session,unit,depth_um,doses,note"]
    for number in range(2):
        cell = CellSpec(name="1", rate_hz=2.0, cv=0.3, id50=60.0)
        session = ephys.simulate_session(
            number, cells=[cell], schedule=SCHEDULE, with_voltage=False, session_id=f"s{number}"
        ).session
        times = [f"{time_s!r},1" for time_s in session.units[0].times_s.tolist() if time_s < 360]
        (folder / f"s{number}.csv").write_text("\n".join(["time_s,unit", *times, ""]))
        doses += [
            f"s{number},{given.start_s:g},{given.drug},{given.amount:g},ug/kg,increment,i.v.,agonist"
            for given in session.protocol.administrations if given.role == "agonist"
        ]  # fmt: skip
        cells.append(f"r{number},control,c{number},s{number}.csv,s{number},1,5400,doses.csv,{NASTY}")
    (folder / "doses.csv").write_text("\n".join([*doses, ""]))
    (folder / "cohort.csv").write_text("\n".join([*cells, ""]))


def _settings() -> Iterator[Any]:
    """How things are done."""
    yield from (ephys.Settings(), ephys.CohortSettings(), ephys.BurstSettings(), ephys.ExclusionSettings())
    yield from (ephys.SuggestionSettings(), BootstrapSettings(), ephys.DialysisSettings())
    yield ephys.IontophoresisSettings()
