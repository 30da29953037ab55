"""Branches that few sessions take: what their methods say is what was done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ephys
from ephys.classification import LearnedSettings
from ephys.model import Administration, UnitRhythms
from ephys.pharmacology import cell_solving, cell_status
from ephys.report.methods.fitting import DOSES_FOR_EMAX, NO_EFFECT_PERCENT
from ephys.report.methods.sorting import sorter_sentences, units_as_they_came
from ephys.report.methods.text import put_together
from ephys.settings import Settings
from tests.report.methods.test_session_methods import doses, session, told, unit


def analysed(*given: Administration, settings: Settings | None = None, **known: str) -> ephys.SessionAnalysis:
    quick = (settings or Settings()).override("fit.replicates", "99").override("features.n_resamples", "99")
    return ephys.analyse_session(session(*given, **known), quick)


def sorting_text(settings: Settings, *origins: str, **sampled: float) -> str:
    return str(put_together([("Sorting", list(sorter_sentences(settings, origins, **sampled)))]))


def test_limits_that_the_fit_keeps_to_itself_are_told_as_it_has_them() -> None:
    assert cell_solving._DOSES_FOR_EMAX == DOSES_FOR_EMAX
    assert 100 * cell_status._ALPHA == NO_EFFECT_PERCENT


def test_an_application_is_told_with_its_way_its_length_and_how_it_is_read() -> None:
    given = tuple(
        Administration("8-oh-dpat", 300.0 + 100.0 * i, 390.0 + 100.0 * i, dose=dose, dose_unit="nA", route=route)
        for route in ("iontophoresis",) for i, dose in enumerate((10.0, 20.0, 40.0))
    )  # fmt: skip
    text = told(analysed(*given))
    assert "was given by iontophoresis in 3 steps of 10, 20 and 40 nA, each taken to act alone, for 90 s each" in text
    assert "Suppressed spikes per nA were (R0·T - n)/I" in text
    assert "read" not in text.partition("Iontophoresis. ")[0].partition("Read-out")[2], "ejections have no windows"
    bath = tuple(replace(one, dose_unit="nM", route="bath") for one in given)
    assert "was given in the bath in 3 steps of 10, 20 and 40 nM" in told(analysed(*bath, preparation="slice"))


def test_a_single_dose_has_no_usual_interval() -> None:
    text = told(analysed(*doses()[:1]))
    assert "usual interval" not in text
    assert "after a single dose, delay and length of the window stood for it" in text


def test_what_enters_at_dose_0_and_what_is_not_used_is_told() -> None:
    saline = Administration("saline", 200.0, route="i.v.", role="vehicle")
    late = Administration("way-100635", 450.0, role="antagonist", dose=10.0, dose_unit="ug/kg")
    supplement = Administration("urethane", 50.0, role="anaesthetic")
    text = told(analysed(saline, *doses(), late, supplement, settings=Settings().override("fit.drift", "true")))
    assert "A window after the vehicle, before any agonist, was used as one at dose 0" in text
    assert "Doses given after the antagonist were not used" in text
    assert "first administration (vehicle; supplements of the anaesthetic passed over)" in text
    assert "A steady drift of the rate was estimated" in text


def test_an_assumption_that_was_set_is_no_convention() -> None:
    plain = told(analysed(*doses()))
    assert "by 10 % (a convention for single cells)" in plain
    settings = Settings().override("fit.dispersion", "0.2").override("fit.hill_prior_sd", "0.4")
    text = told(analysed(*doses(), settings=settings.override("analysis.seed", "3")))
    assert "by 20 % (set by the authors)" in text
    assert "an SD of 0.4 (set by the authors)" in text
    assert "from the seed 3, those of the bootstrap of single cells' fits from the seed 0" in text


def test_the_evidence_says_what_is_assumed_and_what_it_never_calls() -> None:
    text = told(analysed(*doses(), settings=Settings().override("classification.engine", "evidence")))
    assert "The prior probability was 0.35 (12 of 34 cells" in text
    assert "what is usual for CV of the intervals is assumed, not published" in text
    assert "fewer than 50 intervals" in text
    own = Settings().override("classification.engine", "evidence").override("classification.prior_serotonergic", "0.6")
    assert "The prior probability was 0.6, the laboratory's own" in told(analysed(*doses(), settings=own))


def test_a_learned_classifier_is_told_with_the_cells_behind_it() -> None:
    random = np.random.default_rng(0)
    cells = np.exp(np.repeat(np.log([[1.5, 0.25], [12.0, 0.9]]), 20, axis=0) + random.normal(0, 0.25, (40, 2)))
    rows = [
        {"rate_hz": rate, "cv_collapsed": cv, "animal": f"a{i % 8}",
         "label": "serotonergic" if i < 20 else "not_serotonergic"}
        for i, (rate, cv) in enumerate(cells.tolist())
    ]  # fmt: skip
    quick = LearnedSettings(folds=4, inner_folds=2, penalties=(1.0,), n_resamples=50)
    classifier = ephys.train_classifier(rows, features=("rate_hz", "cv_collapsed"), settings=quick)
    settings = Settings().override("classification.engine", "learned")
    text = told(ephys.analyse_session(session(*doses()), settings, classifier=classifier))
    assert "on rate and CV of the intervals with each burst as one event" in text
    assert "trained on 40 cells (20 serotonergic) of 8 animals" in text
    assert "a cell unlike those that it was trained on was left uncertain" in text


def test_few_intervals_leave_a_unit_uncertain_whatever_else_fails() -> None:
    text = told(analysed())
    assert "fewer than 50 intervals without failing by its rate, was left uncertain. Of the others, one that" in text


def test_a_movement_is_told_where_the_shape_was_looked_at() -> None:
    analysis = analysed()
    cell = replace(analysis.cells[0], rhythms=UnitRhythms("1", slow_share=0.4))
    assert "at least 90 % of the energy of its mean spike below 300 Hz" in told(replace(analysis, cells=(cell,)))
    assert "movement" not in told(analysis)


@pytest.mark.parametrize(
    ("origins", "words"),
    [
        (("sort",), "had been sorted by ephys, and were not sorted again"),
        (("sort: simple 1.0 (SpikeInterface 0.1)",), "by simple 1.0 (SpikeInterface 0.1)"),
        (("sort", "wavemark"), "by ephys and [program and procedure of the sorting in the file]"),
        (
            ("SpikeInterface 0.1",),
            "by way of SpikeInterface 0.1 (Buccino et al. 2020); its spikes had been sorted by [",
        ),
        (("simulated", "simulated"), "2 units (9 spikes) were simulated as units"),
    ],
)
def test_units_that_came_are_told_with_who_sorted_them(origins: tuple[str, ...], words: str) -> None:
    assert words in str(put_together([("Units", [units_as_they_came(len(origins), 9, origins)])]))


def test_units_that_ephys_had_sorted_before_are_not_told_as_sorted_now() -> None:
    text = told(ephys.analyse_session(session(units=(unit(origin="sort"),))))
    assert "1 unit (1378 spikes) was taken as it came with the file; its spikes had been sorted by ephys" in text
    assert "Butterworth" not in text


def test_units_are_counted_before_a_person_deleted_some_and_after() -> None:
    units = (unit(), unit("2"), unit("3"))
    log = ephys.CurationLog.begin("rat07", units, by="A. Name").delete("3", reason="mains")
    text = told(ephys.analyse_session(session(units=units), curation=log))
    assert "3 units (4134 spikes) were taken as they came" in text
    assert "1 correction by hand (a unit was deleted) was made by 1 person" in text
    assert text.index("1 correction by hand") < text.index("This left 2 single units (2756 spikes)")


def test_the_sorting_band_is_what_the_sampling_rate_let_it_be() -> None:
    assert "The sorting band was 150 to 6000 Hz (" in sorting_text(Settings(), sampling_hz=20000.0)
    assert "The sorting band was above 150 Hz (" in sorting_text(Settings(), sampling_hz=10000.0)
    assert "no upper edge where that lay beyond 95 % of the Nyquist frequency" in sorting_text(Settings())


def test_another_sorter_is_told_with_version_and_parameters() -> None:
    settings = Settings().override("sorting.sorter", "simple")
    origin = "sort: simple 1.0 (SpikeInterface 0.1)"
    assert "the sorter simple 1.0 of SpikeInterface (Buccino et al. 2020) with its default" in sorting_text(
        settings, origin
    )
    given = settings.updated({"sorting": {"sorter_parameters": ["a.b=3"]}})
    text = sorting_text(given, origin)
    assert "with a.b=3, all else at its defaults" in text
    assert "Gaussian" not in text
    assert "more than 10 % of its intervals were shorter than 2 ms" in text


def test_a_single_round_is_one() -> None:
    text = sorting_text(Settings().override("sorting.matching.rounds", "1"))
    assert "singly in 1 round, each" in text
    assert "voltage that stood still for 100 ms or longer" in text
    assert "and of both polarities" in text
