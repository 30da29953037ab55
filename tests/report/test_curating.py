"""One object holds where one is: each verb moves it, what it holds are values, and the page shows all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import ephys
from ephys.errors import CurationError, ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Session, Support, Unit, Waveform
from ephys.report import curation_state
from ephys.report.curation import BY_EYE
from ephys.report.curation_page import render_curation
from ephys.sorting.curation import suggest_curation
from ephys.sorting.curation.operations import Delete, Merge, Relabel, Split
from ephys.sorting.curation.suggestion import Suggestion

mpl.use("Agg")
WHOLE = Support.of(Epoch(0.0, 600.0))
NASTY = "<b>x & 'y'"
LEARNED = ephys.Settings().override("classification.engine", "learned")
COMMAND = "ephys curate 'rat<07>.smr'"
SUGGESTED = (
    Suggestion(Merge(("1", "2")), 0.9, ("41 of 120 come 2 to 15 ms after",), ("of two sizes",), ("it becomes 900",)),
    Suggestion(Split("1", "time", 300.0), 0.6, ("a step",)),
    Suggestion(Relabel("2", "multi_unit"), 0.5, ("many short intervals",)),
    Suggestion(Delete("3"), 0.4, ("mains",)),
)


def unit(name: str, *, every_s: float = 0.7, peak_uv: float = 100.0, n_shapes: int | None = None) -> Unit:
    rng = np.random.default_rng(int(name))
    times_s = np.arange(0.1 * int(name), 599.0, every_s)
    kept = np.arange(len(times_s))[:n_shapes]
    spike = peak_uv * np.exp(-(((np.arange(160) / 20.0 - 2.0) / 0.4) ** 2))
    snippets = (spike + rng.normal(0.0, 6.0, (kept.size, 160)))[:, :, None]
    waveform = Waveform(snippets, kept, 20000.0, 0.002, (100.0, 7000.0), 2, "zero", "wide_band")
    return Unit(name, times_s, WHOLE, rng.normal(peak_uv, 6.0, times_s.size), 30.0, 8.0, waveform, "sort")


def session() -> Session:
    given = tuple(
        Administration(NASTY if i else "saline", 200.0 + 60.0 * i, dose=10.0 * 2**i, dose_unit="ug/kg", role=role)
        for i, role in enumerate(("vehicle", "agonist", "agonist", "agonist", "agonist"))
    )
    units = (unit("1"), unit("2", peak_uv=60.0), unit("3", every_s=1.3))
    return Session("rat07", DoseProtocol(given, WHOLE), units=units)


@pytest.fixture(autouse=True, scope="module")
def _suggested() -> Iterator[None]:
    """What is suggested is another room's; here it is the same each time, of the units that are there."""

    def suggest(units: tuple[Unit, ...], **_: object) -> tuple[Suggestion, ...]:
        names = {unit.id for unit in units}
        return tuple(one for one in SUGGESTED if names.issuperset(one.units))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curation_state, "suggest_curation", suggest)
        yield


@pytest.fixture(scope="module")
def shown(_suggested: None) -> ephys.Curation:
    """A session with some of everything in its log; to be looked at only."""
    return begun().split(3, at_s=300).undo().exclude_cell(2, reason=NASTY)


@pytest.fixture(scope="module")
def page(shown: ephys.Curation) -> str:
    return render_curation(shown.state, command=COMMAND)


def learned() -> ephys.LearnedClassifier:
    """A classifier of simulated cells, by rate and regularity."""
    rows = [
        {
            "animal": f"rat{number // 10}",
            "label": "serotonergic" if cell.cell_class == "serotonergic" else "not_serotonergic",
            "rate_hz": cell.rate_hz,
            "cv_collapsed": cell.cv,
        }
        for number, cell in enumerate(ephys.simulation.draw_cells(120, seed=1))
    ]
    return ephys.train_classifier(rows, features=("rate_hz", "cv_collapsed"))


def begun() -> ephys.Curation:
    return ephys.curate(session(), by="A. Name")


def test_each_verb_moves_the_object_and_returns_it_and_a_log_taken_before_stays() -> None:
    curation = begun()
    before = curation.log
    assert curation.merge(1, 2) is curation
    assert [u.id for u in curation.units] == ["1", "3"]
    assert before.entries == ()
    assert curation.log.entries[0].reason == BY_EYE
    assert curation.log.entries[0].by == "A. Name"


def test_every_verb_makes_its_entry() -> None:
    curation = begun().split(1, at_s=300).split(2, at_uv=60).relabel("1a", "multi_unit").restrict("3", 10, 500)
    curation.override_call("2b", "serotonergic", reason="r").exclude_cell("2a", reason="r").delete("1b")
    curation.move_dose("saline", 200, 203, reason="r").edit_dose(NASTY, 260, 25, "ug/kg", reason="r")
    curation.exclude_dose(NASTY, 320, reason="r").delete_dose(NASTY, 440, reason="r").draw_baseline(5, 150, reason="r")
    curation.draw_window(NASTY, 380, 390, 410, reason="r").undo().redo().undo(3)
    kinds = [type(entry.operation).__name__ for entry in curation.log.entries]
    assert kinds == [
        "Split", "Split", "Relabel", "Restrict", "OverrideCall", "ExcludeCell", "Delete", "MoveDose", "EditDose",
        "ExcludeDose", "DeleteDose", "DrawBaseline", "DrawWindow", "Undo", "Undo", "Undo",
    ]  # fmt: skip
    assert curation.protocol.baseline == Epoch(5, 150, "baseline")


def test_parts_by_shape_are_made_of_every_spike() -> None:
    two = replace(unit("1"), times_s=np.arange(600.0), amplitudes_uv=np.empty(0), waveform=None)
    spikes = np.where(np.arange(600)[:, None] % 2, 90 * np.hanning(60), 80 * np.pad(np.hanning(20), 20))
    shapes = Waveform(
        (spikes + np.random.default_rng(0).normal(0, 5, (600, 60)))[:, :, None], np.arange(600), 2e4, 0.0015
    )
    one = replace(session(), units=(replace(two, waveform=shapes),))
    curation = ephys.curate(one, by="A. Name").split(1, by_shape=2)
    assert [u.n_spikes for u in curation.units] == [300, 300]
    assert "2 clusters of shape, seed 0" in curation.log.entries[0].text


@pytest.mark.parametrize(
    "verb",
    [
        lambda c: c.override_call(1, "serotonergic", reason=" "),
        lambda c: c.exclude_cell(1, reason=""),
        lambda c: c.move_dose("saline", 200, 203, reason=""),
        lambda c: c.draw_baseline(5, 150, reason=""),
        lambda c: c.draw_window(NASTY, 260, 270, 290, reason=""),
    ],
)
def test_what_the_spikes_do_not_show_needs_words(verb: object) -> None:
    curation = begun()
    with pytest.raises(CurationError, match="no reason given"):
        verb(curation)  # type: ignore[operator]
    assert curation.log.entries == ()


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        (lambda c: c.merge(1, 9), CurationError),
        (lambda c: c.split(9, by_shape=2), CurationError),
        (lambda c: c.split(1), ParameterError),
        (lambda c: c.split(1, at_s=3, at_uv=4), ParameterError),
        (lambda c: c.split(1, at_s=9000), CurationError),
        (lambda c: c.move_dose("saline", 201, 203, reason="r"), CurationError),
        (lambda c: c.undo(7), CurationError),
        (lambda c: c.accept(9), ParameterError),
        (lambda c: c.accept(0), ParameterError),
    ],
)
def test_what_cannot_be_done_leaves_everything_as_it_was(verb: object, error: type[Exception]) -> None:
    curation = begun().merge(1, 2)
    log, units = curation.log, curation.units
    with pytest.raises(error):
        verb(curation)  # type: ignore[operator]
    assert curation.log.entries == log.entries
    assert curation.units is units


def test_a_suggestion_is_accepted_by_its_number_or_itself_with_its_own_reasons() -> None:
    assert begun().accept(1).log.entries[0].operation == Merge(("1", "2"))
    entry = begun().accept(SUGGESTED[3]).log.entries[0]
    assert (entry.operation, entry.reason) == (Delete("3"), "as suggested: mains")


def test_the_analysis_is_that_of_the_log_and_made_once_for_it() -> None:
    curation = begun().merge(1, 2)
    analysis = curation.analysis
    assert analysis is curation.analysis
    alone = ephys.analyse_session(session(), curation=curation.log)
    assert analysis.summary == alone.summary
    assert curation.undo().analysis is not analysis
    assert [cell.unit.id for cell in curation.analysis.cells] == ["1", "2", "3"]


def test_a_log_goes_on_and_one_of_another_session_is_refused(tmp_path: Path) -> None:
    path = begun().merge(1, 2).write(tmp_path / "log.json")
    going_on = ephys.curate(session(), log=ephys.read_curation(path), by="B. Name").delete(3)
    assert [entry.by for entry in going_on.log.entries] == ["A. Name", "B. Name"]
    with pytest.raises(CurationError, match="rat07"):
        ephys.curate(replace(session(), id="rat08"), log=ephys.read_curation(path))


def test_an_empty_log_of_other_units_does_not_rename_todays() -> None:
    other = ephys.CurationLog.begin(
        "rat07", [replace(unit("1"), times_s=np.array([5.0]), amplitudes_uv=np.empty(0), waveform=None)]
    )
    assert [u.id for u in ephys.curate(session(), log=other, by="A. Name").units] == ["1", "2", "3"]


def test_the_page_holds_units_suggestions_commands_and_the_log_but_no_id50(page: str, shown: ephys.Curation) -> None:
    text = re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])
    assert "41 of 120 come 2 to 15 ms after" in text
    for option in ("--merge 1,2", "--split 1@300s", "--relabel 2=multi_unit", "--drop 3", "--undo 3"):
        assert f"{option}" in text
    assert "curation.merge(&#39;1&#39;, &#39;2&#39;)" in text
    assert re.search(r"<del>unit 3 split at 300 s", page)
    assert "not on this page, on purpose" in text
    id50s = [fit.id50_text for cell in shown.analysis.cells for fit in cell.fits]
    assert id50s
    assert not any(one in text for one in id50s)


def test_what_was_typed_is_text_and_nothing_is_fetched_or_run(page: str) -> None:
    assert "<b>" not in page
    assert not re.search(r"<(link|iframe|object)\b|<script[^>]", page)
    assert page.count("<script") == 1
    assert all(
        target.startswith(("#", "data:image/png;base64,")) for target in re.findall(r'(?:href|src)="([^"]*)', page)
    )
    assert "@import" not in page


def test_identifiers_are_unique_and_met_and_figures_are_described(page: str) -> None:
    names = re.findall(r'\sid="([^"]+)"', page)
    assert len(names) == len(set(names))
    targets = {*re.findall(r"url\(#([^)]+)\)", page), *re.findall(r'href="#([^"]+)"', page)}
    assert targets <= set(names)
    figures = re.findall(r"<svg[^>]*>", page)
    assert len(figures) == 3 * 3 + 2 * 3, "three of each unit, three of the merge and of the split"
    assert all('role="img"' in one and 'aria-label="' in one for one in figures)
    assert all('scope="' in one for one in re.findall(r"<th\b[^>]*>", page))


@pytest.mark.slow
def test_the_same_state_gives_the_same_page(page: str, shown: ephys.Curation, tmp_path: Path) -> None:
    again = ephys.curate(session(), log=shown.log, by="B. Name")
    assert again.write_page(tmp_path / "curation.html", command=COMMAND).read_text(encoding="utf-8") == page


def test_the_notebook_shows_the_page_in_short_after_each_step() -> None:
    curation = begun()
    first, second = curation._repr_html_(), curation.merge(1, 2)._repr_html_()
    assert "curation.accept(1)" in first
    assert "units 1 and 2 merged into 1" in second
    assert not set(re.findall(r'\sid="([^"]+)"', first)) & set(re.findall(r'\sid="([^"]+)"', second))
    assert "<style" not in first, "a notebook has its own"


def test_a_session_without_units_has_a_page_too() -> None:
    empty = begun().delete(1).delete(2).delete(3)
    assert "no unit is left" in render_curation(empty.state, command=COMMAND)


@pytest.mark.slow
def test_ten_units_with_an_hour_of_spikes_make_less_than_5_mb() -> None:
    hour = Support.of(Epoch(0.0, 3600.0))
    rng = np.random.default_rng(0)
    units = []
    for name in map(str, range(1, 11)):
        times_s = np.cumsum(rng.gamma(8.0, 1 / (8.0 * 1.5 * int(name)), int(3500 * 1.5 * int(name))))
        times_s = times_s[times_s < 3600.0]
        units.append(
            replace(
                unit(name, n_shapes=600), times_s=times_s, support=hour, amplitudes_uv=rng.normal(90, 9, times_s.size)
            )
        )
    curation = ephys.curate(Session("rat07", DoseProtocol((), hour), units=tuple(units)), by="A. Name")
    assert len(render_curation(curation.state, command=COMMAND).encode()) < 5_000_000


def test_a_suggestion_that_a_call_by_hand_bars_is_told_and_loses_neither_page_nor_log() -> None:
    curation = begun().override_call(1, "serotonergic", reason=NASTY)
    page = render_curation(curation.state, command=COMMAND)
    assert "cannot be made as things stand" in page
    assert "entry 1 (override_call)" in page


def test_a_cell_that_both_sortings_have_is_not_suggested_as_found_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curation_state, "suggest_curation", suggest_curation)
    once = session()
    file = tuple(replace(one, id=f"code {one.id}", origin="wavemark") for one in once.units)
    curation = ephys.curate(replace(once, units=(*file, *once.units)), by="A. Name")
    assert any("found twice" in str(one) for one in curation.suggestions)
    both = replace(curation.state, settings=ephys.Settings().override("analysis.units", "both"))
    assert not any("found twice" in str(one) for one in both.suggestions)


def test_who_signs_an_empty_log_signs_what_follows() -> None:
    log = ephys.CurationLog("rat07").signed("B. Name")
    assert ephys.curate(session(), log=log).delete(3).log.entries[0].by == "B. Name"


def test_a_classifier_stands_beside_the_call_or_makes_it() -> None:
    classifier = learned()
    beside = ephys.curate(session(), by="A. Name", classifier=classifier)
    decides = ephys.curate(session(), LEARNED, by="A. Name", classifier=classifier)
    for curation, engine in ((beside, "rule"), (decides, "learned")):
        calls = [cell.classification for cell in curation.merge(1, 2).state.cells]
        assert all(call is not None and call.engine == engine and call.learned is not None for call in calls)
        assert curation.analysis.classifier is classifier
    assert decides.state.cells[0].call == decides.analysis.cells[0].call


def test_where_a_classifier_is_to_decide_and_none_is_given_nothing_begins() -> None:
    with pytest.raises(ParameterError, match="no classifier was given"):
        ephys.curate(session(), LEARNED, by="A. Name")


def test_what_a_person_decided_otherwise_is_suggested_with_that_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    curation = begun().split(3, at_s=50.0)
    clear = [Suggestion(Merge(("3a", "3b")), 0.8, ("one cell",)), Suggestion(Merge(("1", "2")), 0.5, ("one cell",))]
    monkeypatch.setattr(curation_state, "suggest_curation", lambda *_, **__: tuple(clear))
    first, second = replace(curation.state).suggestions
    assert (first.operation, first.against) == (clear[1].operation, ())
    assert second.operation == clear[0].operation
    assert second.against == (f"entry 1 decided otherwise ({curation.log.entries[0].signature})",)
