"""The methods of a session tell what was done, with the settings' numbers, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ephys
from ephys.batch.nameless import nameless
from ephys.classification import UnitFeatures, load_preset, preset_names
from ephys.classification.criteria import judge_criteria
from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Recording, Session, Source, Subject, Support, Unit
from ephys.pharmacology import FitSettings
from ephys.report.methods.identity import criteria_sentences
from ephys.report.methods.references import SAID_IN_SOURCES
from ephys.report.methods.sorting import CORRECTIONS
from ephys.report.methods.text import put_together
from ephys.settings import Settings
from ephys.sorting.curation.operations import OPERATIONS
from tests.report.methods.checking import check

WHOLE = Support.of(Epoch(0.0, 900.0))


def unit(name: str = "1", *, multi_unit: bool = False, origin: str = "wavemark") -> Unit:
    """2 Hz, and half of that from 500 s on."""
    rng = np.random.default_rng(3)
    times_s = np.cumsum(rng.gamma(12.0, 1 / 24.0, 3000))
    kept = times_s[(times_s < 500.0) | (np.arange(times_s.size) % 2 == 0)]
    return Unit(name, kept[kept < 900.0], WHOLE, origin=origin, multi_unit=multi_unit)


def doses(drug: str = "ipsapirone", *, first_s: float = 300.0, form: str = "base") -> tuple[Administration, ...]:
    return tuple(
        Administration(drug, first_s + 100.0 * step, dose=dose, dose_unit="ug/kg", route="i.v.", form=form)
        for step, dose in enumerate((25.0, 25.0, 50.0))
    )


def session(*given: Administration, units: tuple[Unit, ...] = (unit(),), **known: str) -> Session:
    source = Source("rat07.smr", "ab" * 32)
    return Session("rat07", DoseProtocol(given, WHOLE), units=units, subject=Subject(**known), sources=(source,))  # type: ignore[arg-type]


def told(analysis: ephys.SessionAnalysis) -> str:
    text = ephys.methods_text(analysis)
    check(text)
    return str(text)


def with_settings(analysis: ephys.SessionAnalysis, settings: Settings) -> ephys.SessionAnalysis:
    """An analysis as if it had been made so: its fits know their settings, too."""
    cells = tuple(
        replace(cell, fits=tuple(replace(fit, settings=settings.fit) for fit in cell.fits)) for cell in analysis.cells
    )
    return replace(analysis, settings=settings, cells=cells)


def refitted(analysis: ephys.SessionAnalysis, settings: FitSettings) -> ephys.SessionAnalysis:
    cells = tuple(
        replace(cell, fits=tuple(ephys.fit_dose_response(response, settings) for response in cell.responses))
        for cell in analysis.cells
    )
    return replace(analysis, cells=cells, settings=replace(analysis.settings, fit=settings))


@pytest.fixture(scope="module")
def dosed() -> ephys.SessionAnalysis:
    return ephys.analyse_session(session(*doses()))


@pytest.fixture(scope="module")
def bare() -> ephys.SessionAnalysis:
    """Nothing was given, and nothing is known of the animal."""
    return ephys.analyse_session(session())


@pytest.fixture(scope="module")
def rich() -> ephys.SessionAnalysis:
    """Two agonists, a vehicle, an antagonist, a supplement, two units and corrections by two persons."""
    given = (
        Administration("saline", 200.0, dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle"),
        Administration("way-100635", 880.0, dose=100.0, dose_unit="ug/kg", route="i.v.", role="antagonist"),
        Administration("urethane", 50.0, role="anaesthetic"),
    )
    known = {"species": "Rattus norvegicus", "strain": "Wistar", "sex": "F", "anaesthetic": "urethane 1.3 g/kg i.p."}
    units = (unit(), unit("2", multi_unit=True), unit("3"), unit("4"))
    log = ephys.CurationLog.begin("rat07", units, by="A. Name").delete("3", reason="mains").delete("4", reason="noise")
    log = log.draw_baseline(20.0, 190.0, reason="steadier").relabel("1", "single_unit", reason="clean")
    log = log.undo(4, reason="it was one").signed("B. Name").override_call("1", "serotonergic", reason="slow")
    whole = session(*doses(), *doses("lesopitron", first_s=650.0, form=""), *given, units=units, **known)
    return ephys.analyse_session(whole, curation=log)


def test_units_of_the_file_are_not_told_as_sorted_here(dosed: ephys.SessionAnalysis) -> None:
    text = ephys.methods_text(dosed)
    check(text)
    assert "as it came with the file" in str(text)
    assert "not sorted again" in str(text)
    for step in ("Butterworth", "Gaussians", "hum", "Artefacts", "scikit-learn", "SpikeInterface"):
        assert step not in str(text)
    assert "program and procedure of the sorting in the file" in text.gaps


def test_a_session_without_doses_has_no_drug_no_readout_and_no_fit(bare: ephys.SessionAnalysis) -> None:
    text = told(bare)
    for step in ("Drugs.", "Read-out.", "Dose-response.", "ID50", "Emax", "Cox 1962"):
        assert step not in text
    assert "The whole recording (900 s) was taken as baseline" in text


def test_every_agonist_is_told_with_form_route_and_cumulative_doses(rich: ephys.SessionAnalysis) -> None:
    text = told(rich)
    assert (
        "ipsapirone (as base) was given i.v. in 3 doses that added up to cumulative doses of 25, 50 and 100 µg/kg"
        in text
    )
    assert "lesopitron ([form of lesopitron: base or salt]) was given i.v." in text
    assert "Emax) by ipsapirone was fixed at 100 %" in text
    assert "Emax) by lesopitron was fixed at 100 % (an assumption" in text
    alone = replace(rich, settings=rich.settings.override("analysis.drug", "lesopitron"))
    assert "Also given, and not analysed: ipsapirone" in str(ephys.methods_text(alone))


def test_vehicle_antagonist_and_supplements_are_told_where_they_were_given(
    rich: ephys.SessionAnalysis, dosed: ephys.SessionAnalysis
) -> None:
    plain = told(dosed)
    assert not [word for word in ("Vehicle", "Antagonist", "Supplements") if word in plain]
    text = told(rich)
    assert "Vehicle: saline 1 ml/kg i.v. Antagonist: way-100635 100 µg/kg i.v. Supplements" in text
    assert "Supplements of the anaesthetic: urethane." in text


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("readout.length_s", "45", "in the last 45 s before"),
        ("readout.delay_s", "25", "beginning earlier than 25 s after"),
        ("readout.anchor", "after_dose", "in the 60 s that began 30 s after the end of the injection"),
        ("readout.anchor", "trough", "biased towards inhibition"),
        ("readout.min_baseline_s", "70", "on less than 70 s of recorded baseline"),
        ("stability.max_change_percent", "12.5", "made more than 12.5 % of the mean rate"),
        ("stability.alarm", "0.04", "a chance below 2 % in a steady train"),
        ("stability.bin_s", "15", "bins of 15 s"),
        ("features.bursts.opening_s", "0.012", "an interval shorter than 12 ms"),
        ("features.min_intervals", "60", "fewer than 60 intervals"),
        ("features.soft_refractory_s", "0.09", "short intervals (20 to 90 ms)"),
        ("fit.level", "0.9", "Its 90 % confidence interval"),
        ("fit.dispersion", "0.15", "wanders between windows by 15 %"),
        ("fit.least_fano", "0.07", "(at least 0.07)"),
        ("fit.hill_prior", "1.8", "normal round ln 1.8"),
        ("fit.hill_prior_sd", "0.4", "an SD of 0.4"),
        ("fit.replicates", "199", "parametric bootstrap (199 samples)"),
        ("analysis.seed", "7", "the seed 7"),
    ],
)  # fmt: skip
def test_each_number_is_the_settings(dosed: ephys.SessionAnalysis, setting: str, value: str, words: str) -> None:
    assert words not in str(ephys.methods_text(dosed)), "the default says it already"
    assert words in told(with_settings(dosed, Settings().override(setting, value)))


def test_an_emax_that_is_estimated_is_not_told_as_fixed(dosed: ephys.SessionAnalysis) -> None:
    text = told(refitted(dosed, FitSettings(free_emax="always", replicates=99)))
    assert "Emax of ipsapirone was estimated with the curve in every cell" in text
    assert "was fixed" not in text
    assert "fixed at 90 % (set by the authors)" in told(refitted(dosed, FitSettings(emax_percent=90.0)))


def test_a_drift_is_told_where_one_was_estimated(dosed: ephys.SessionAnalysis) -> None:
    assert "drift" not in told(dosed)
    fits = tuple(replace(fit, drift_percent_per_min=1.0) for fit in dosed.cells[0].fits)
    drifting = replace(dosed, cells=(replace(dosed.cells[0], fits=fits),))
    assert "A steady drift of the rate was estimated beside the drug's effect in 1 series" in told(drifting)


@pytest.mark.parametrize(
    ("fate", "words"), [("lost", "In 1 series the cell was lost"), ("undetermined", "nothing tells")]
)
def test_cells_that_fell_silent_are_told_with_how_they_entered(
    dosed: ephys.SessionAnalysis, fate: str, words: str
) -> None:
    assert words not in told(dosed)
    fits = tuple(replace(fit, fate=fate) for fit in dosed.cells[0].fits)
    assert words in told(replace(dosed, cells=(replace(dosed.cells[0], fits=fits),)))


def test_multi_unit_activity_is_told_where_there_is_some(
    rich: ephys.SessionAnalysis, dosed: ephys.SessionAnalysis
) -> None:
    assert "Multi-unit" not in told(dosed)
    assert "Multi-unit activity (1 unit) was left uncertain and given no dose-response" in told(rich)


def test_corrections_are_told_by_kind_and_by_how_many_persons(
    rich: ephys.SessionAnalysis, dosed: ephys.SessionAnalysis
) -> None:
    assert "by hand" not in told(dosed)
    text = told(rich)
    kinds = "2 deletions of a unit, the baseline was drawn and a 5-HT call was set"
    assert f"4 corrections by hand ({kinds}) were made by 2 persons" in text, "and the one that was undone is not told"
    assert "A. Name" not in text
    assert "[whether whoever corrected was blind to drug and dose]" in text
    assert "The call of 1 unit was set by hand" in text


def test_every_kind_of_correction_has_its_words() -> None:
    assert set(CORRECTIONS) == set(OPERATIONS) - {"undo"}


def test_a_baseline_chosen_afterwards_says_so(rich: ephys.SessionAnalysis, dosed: ephys.SessionAnalysis) -> None:
    assert "The baseline (170 s) was chosen after the data had been seen" in told(rich)
    assert "the last 180 s before the first administration, gives is reported beside it" in told(rich)
    assert "The baseline was the last 180 s before the first administration (agonist)" in told(dosed)


def test_the_engine_that_decided_is_told(dosed: ephys.SessionAnalysis) -> None:
    weighed = told(with_settings(dosed, Settings().override("classification.engine", "evidence")))
    assert "Bayes' rule" in weighed
    assert "failed a criterion" not in weighed
    assert "Bayes' rule" not in told(dosed)
    assert "failed a criterion" in told(dosed)


@pytest.mark.parametrize("preset", preset_names())
def test_the_limits_of_every_preset_are_told_with_their_sources(preset: str) -> None:
    limits = load_preset(preset)
    criteria = judge_criteria(UnitFeatures(), limits, band=None)
    text = put_together([("Call", list(criteria_sentences(criteria, preset, Settings())))])
    check(text)
    assert f"rate {limits.rate.low:g} to {limits.rate.high:g} Hz" in str(text)
    named = {key for words, key in SAID_IN_SOURCES.items() if any(words in one.source for one in criteria)}
    assert {one.key for one in text.references} == named


def test_what_is_known_of_the_animal_leaves_no_gap(bare: ephys.SessionAnalysis, rich: ephys.SessionAnalysis) -> None:
    unknown = {"species", "strain", "sex", "weight", "anaesthetic", "electrode", "histology"}
    assert unknown <= set(ephys.methods_text(bare).gaps)
    assert unknown & set(ephys.methods_text(rich).gaps) == {"weight", "electrode", "histology"}
    assert "one animal (Rattus norvegicus, Wistar, female, [weight])" in told(rich)
    assert "anaesthetic: urethane 1.3 g/kg i.p.;" in told(rich)
    awake = replace(bare, session=replace(bare.session, subject=Subject(preparation="awake, head-fixed")))
    assert "anaesthetic" not in ephys.methods_text(awake).gaps


def test_what_a_person_typed_cannot_break_the_text(bare: ephys.SessionAnalysis) -> None:
    subject = Subject(species="rat\ue001gap\ue002", strain="a", preparation="<b>x & 'y'  \ue000numpy\ue002\n c")
    text = ephys.methods_text(replace(bare, session=replace(bare.session, subject=subject)))
    check(text)
    assert "gap" not in text.gaps
    assert "<b>x & 'y' numpy" in str(text)
    assert "&lt;b&gt;x" in text._repr_html_()
    assert "<b>x" not in text._repr_html_()


def test_a_nameless_session_tells_no_animal_file_or_source(dosed: ephys.SessionAnalysis) -> None:
    subject = Subject(animal="Zebulon", group="Wistaria", treatment="tap water", strain="Wistar", sex="F")
    text = ephys.methods_text(nameless(replace(dosed, session=replace(dosed.session, subject=subject))))
    check(text)
    for name in ("Zebulon", "Wistaria", "tap water", "Wistar", "female", "Spike2", "doi 10", "co-iontophoresis"):
        assert name not in "\n".join(map(str, text.paragraphs))


def test_only_an_analysis_has_methods() -> None:
    with pytest.raises(ParameterError, match="analyse it first"):
        ephys.methods_text(session())  # type: ignore[arg-type]


def test_voltage_that_was_sorted_here_is_told_step_by_step() -> None:
    rng = np.random.default_rng(0)
    wire = rng.normal(0.0, 10.0, 20000 * 30)
    for peak in range(4000, wire.size - 4000, 9000):
        wire[peak - 10 : peak + 11] += 150.0 * np.hanning(21)
    recording = Recording.from_array(wire, sampling_hz=20000.0, band_hz=(1.0, 9000.0))
    whole = Session("wire", DoseProtocol((), recording.support), recording=recording)
    changed = {
        "sorting.detection.threshold_sd": ("4.25", "beyond 4.25 SD"),
        "sorting.detection.dead_time_ms": ("1.25", "closer than 1.25 ms"),
        "sorting.features.dimensions": ("6", "described by 6 principal axes"),
        "sorting.clustering.components": ("12", "Up to 12 Gaussians"),
        "sorting.clustering.valley": ("0.7", "stayed above 70 %"),
        "sorting.clustering.least_spikes": ("14", "fewer than 14 spikes"),
        "sorting.matching.rounds": ("2", "in 2 rounds"),
        "sorting.unit_threshold_sd": ("4.75", "had to reach 4.75 SD"),
        "sorting.order": ("3", "Butterworth filter of order 3"),
        "sorting.artefacts.rail_ms": ("2", "at its rail for 2 ms"),
    }
    settings = Settings()
    for name, (value, _) in changed.items():
        settings = settings.override(name, value)
    analysis = ephys.analyse_session(whole, settings, jobs=1)
    text = ephys.methods_text(analysis)
    check(text)
    assert [words for _, words in changed.values() if words not in str(text)] == []
    assert "sampled at 20000 Hz (amplifier: 1 to 9000 Hz)" in str(text)
    assert "1 single unit" in str(text)
    assert "scikit-learn" in str(text)
    assert "as they came" not in str(text)
    kept = replace(analysis, settings=settings.override("sorting.artefacts.excise", "false"))
    assert "Artefacts" not in str(ephys.methods_text(kept))
    other = replace(analysis, settings=settings.override("sorting.sorter", "simple"))
    assert "the sorter simple of SpikeInterface (Buccino et al. 2020) with its default" in str(
        ephys.methods_text(other)
    )
    assert "of two spikes of a unit within 1 ms the second was left out" in str(ephys.methods_text(other))
    assert "Gaussians" not in str(ephys.methods_text(other))
