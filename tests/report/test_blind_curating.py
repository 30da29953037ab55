"""Who corrects blind sees the spikes, and nothing that tells what they are of; the log is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import ephys
from ephys.errors import CurationError
from ephys.model import Administration, DoseProtocol, Epoch, Event, Session, Source, Subject, Support, Unit
from ephys.report import curation_state
from ephys.report.blind_view import REASON, SESSION
from ephys.report.curation_figures import unit_pictures
from ephys.report.curation_page import render_curation
from ephys.sorting.curation import operations
from ephys.sorting.curation.log import CurationLog

mpl.use("Agg")
WHOLE = Support.of(Epoch(0.0, 600.0))
TELLING = (
    "zanimal", "zgroup", "ztreat", "zstrain", "zsession", "zfile", "zdrug", "zsolvent", "zmark", "zreason", "zhow",
    "zdoubt", "ztrack", "zorder", "zsource", "zbarrel", "zform", "1974-", "777.25", "333.5", "vehicle", "antagonist",
    "agonist", "i.v.", "ug/kg",
)  # fmt: skip


def session() -> Session:
    """A session all of whose words are found again wherever they turn up."""
    told = {"dose_unit": "ug/kg", "text": "zmark", "source": "zsource", "barrel": "zbarrel", "form": "zform"}
    given = (
        Administration("zketamine", 60.0, role="anaesthetic", text="zmark"),
        Administration("zsolvent", 150.0, role="vehicle", text="zmark", route="i.v."),
        *(
            Administration("zdrug", 200.0 + 80.0 * i, dose=dose, amount=dose, unit="ug/kg", route="i.v.", **told)  # type: ignore[arg-type]
            for i, dose in enumerate((333.5, 777.25, 900.0))
        ),
        Administration("zblocker", 550.0, role="antagonist", dose=1.0, route="i.v.", **told),  # type: ignore[arg-type]
    )
    rng = np.random.default_rng(0)
    units = tuple(
        Unit(str(n), times_s, WHOLE, rng.normal(90.0, 6.0, times_s.size), 30.0, 8.0)
        for n in (1, 2, 3)
        for times_s in (np.arange(0.1 * n, 599.0, 0.7),)
    )
    subject = Subject("zanimal", "Rattus norvegicus", "zstrain", "male", 333.5, "", "zgroup", "ztreat")
    return Session(
        "zsession", DoseProtocol(given, WHOLE), units=units, events=(Event(150.0, "zmark"),), subject=subject,
        sources=(Source("zfile.smr", "ab"),), doubts=("zdoubt",), started_at=datetime(1974, 1, 2, tzinfo=UTC),
        track="ztrack", order="zorder",
    )  # fmt: skip


def earlier() -> CurationLog:
    """Corrections that were made when nothing was hidden."""
    log = CurationLog.begin("zsession", session().units, by="A. Name")
    parts = (tuple(session().units[2].times_s[::2].tolist()),)
    log = log.add(operations.SplitSpikes("3", parts, how="zhow"), reason="zreason zdrug")
    log = log.exclude_cell("2", reason="zreason").edit_dose("zdrug", 280.0, 777.0, "ug/kg", reason="zreason")
    return log.move_dose("zsolvent", 150.0, 154.0, reason="zreason").exclude_dose("zdrug", 360.0, reason="zreason")


def blind(log: CurationLog | None = None) -> ephys.Curation:
    return ephys.curate(session(), log=log, by="A. Name", blind=True)


def told_by(text: str) -> list[str]:
    """Which of the telling words are in a text, pictures left out."""
    bare = re.sub(r"base64,[A-Za-z0-9+/=\s]+", "", text)
    return [word for word in TELLING if word.lower() in bare.lower()]


@pytest.fixture(autouse=True)
def _nothing_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curation_state, "suggest_curation", lambda *_, **__: ())


@pytest.fixture(scope="module")
def corrected() -> Iterator[ephys.Curation]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curation_state, "suggest_curation", lambda *_, **__: ())
        yield blind(earlier()).merge(1, "3a", reason="zreason").draw_baseline(5, 140, reason="zreason")


def test_the_words_would_be_found_where_nothing_is_hidden() -> None:
    text = render_curation(ephys.curate(session(), log=earlier(), by="A. Name").state, command="ephys curate zfile.smr")
    assert {"zsession", "zfile", "zdrug", "zsolvent", "zreason", "zhow", "zdoubt", "vehicle", "333.5"} <= set(
        told_by(text)
    )


def test_the_page_the_notebook_and_the_words_tell_nothing(corrected: ephys.Curation) -> None:
    page = render_curation(corrected.state, command="ephys curate FILE --blind")
    shown = (page, corrected._repr_html_(), repr(corrected), " ".join(corrected.told))
    assert [told_by(text) for text in shown] == [[], [], [], []]
    assert f"<title>{SESSION} " in page
    labels = re.findall(r"<text[^>]*>([^<]*)</text>", page)
    assert {"mark", *"123456"} <= set(labels)
    assert "notes on the recording that may name what is hidden: 1" in page


def test_what_it_holds_tells_nothing_but_the_log(corrected: ephys.Curation) -> None:
    held = (corrected.session, corrected.protocol, corrected.units, corrected.state.cells, corrected.suggestions)
    assert [told_by(repr(value)) for value in held] == [[], [], [], [], []]
    assert corrected.log.session == "zsession"


def test_operations_and_signatures_are_shown_without_their_reasons(corrected: ephys.Curation) -> None:
    kinds = [re.sub(r" \(A\. Name.*", "", text) for text in corrected.told]
    assert kinds[1:] == [
        "unit 2 excluded",
        "mark 4 at 280 s: dose corrected",
        "mark 2 at 150 s: moved to 154 s",
        "mark 5 at 360 s: excluded from the fit",
        "units 1 and 3a merged into 1",
        "baseline drawn from 5 to 140 s",
    ]
    assert all("A. Name, 20" in text for text in corrected.told)
    assert corrected.state.cells[1].excluded.startswith(REASON)


def test_a_mark_keeps_its_number_where_it_is_moved_and_stands_at_its_time(corrected: ephys.Curation) -> None:
    marks = {given.drug: given.start_s for given in corrected.protocol.administrations}
    assert marks["mark 2"] == 154.0
    assert list(marks) == [f"mark {number}" for number in range(1, 7)]


def test_thirty_marks_leave_room_for_the_figure() -> None:
    given = tuple(Administration("zdrug", 60.0 + 17.0 * i, dose=1.0, dose_unit="ug/kg") for i in range(30))
    many = replace(session(), protocol=DoseProtocol(given, WHOLE))
    state = ephys.curate(many, by="A. Name", blind=True).state
    one = replace(state.units[0], waveform=None)
    pictures = unit_pictures(one, state.drawn, Epoch(0.0, 600.0), prefix="p", seed=0)  # a figure too full is a warning
    assert ">30</text>" in pictures[0].svg


def test_calls_and_baseline_are_those_of_open_eyes() -> None:
    seen, hidden = ephys.curate(session(), by="A. Name"), blind()
    assert hidden.protocol.baseline == seen.protocol.baseline == Epoch(0.0, 150.0, "baseline")
    assert [(c.call, c.rate_hz, c.flags) for c in hidden.state.cells] == [
        (c.call, c.rate_hz, c.flags) for c in seen.state.cells
    ]


def test_the_same_corrections_write_the_same_log(tmp_path: Path) -> None:
    written = []
    for name, hidden in (("open", False), ("blind", True)):
        curation = ephys.curate(session(), log=earlier(), by="A. Name", blind=hidden)
        curation.merge(1, "3b").split("3a", at_s=300).override_call(1, "uncertain", reason="slow")
        curation.undo(3).draw_baseline(10, 140, reason="calm").undo()
        values = json.loads(curation.write(tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        for entry in values["entries"]:
            entry.pop("at")
        written.append(values)
    assert written[0] == written[1]
    assert written[1]["session"] == "zsession"
    assert written[1]["entries"][2]["drug"] == "zdrug"


@pytest.mark.parametrize(
    "verb",
    [
        lambda c: c.move_dose("ZDRUG", 200, 203, reason="r"),
        lambda c: c.edit_dose("ZDRUG", 200, 3, "ug/kg", reason="r"),
        lambda c: c.delete_dose("ZDRUG", 200, reason="r"),
        lambda c: c.exclude_dose("ZDRUG", 200, reason="r"),
        lambda c: c.draw_window("ZDRUG", 200, 210, 230, reason="r"),
    ],
)
def test_doses_are_not_corrected_blind(verb: object) -> None:
    curation = blind()
    with pytest.raises(CurationError, match=r"not when blind: .*not blind can") as raised:
        verb(curation)  # type: ignore[operator]
    assert told_by(str(raised.value)) == []
    assert curation.log.entries == ()


def test_an_analysis_is_not_made_blind() -> None:
    with pytest.raises(CurationError, match="not when blind"):
        _ = blind().analysis


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: blind().draw_baseline(100, 250, reason="r"),
        lambda: blind().draw_baseline(100, 9000, reason="r"),
        lambda: blind(replace(earlier(), session="zother")),
        lambda: blind(CurationLog("zsession", by="A").move_dose("zunknown", 5.0, 6.0, reason="zreason")),
        lambda: blind().merge(1, 9),
        lambda: blind(earlier()).split(2, at_s=9000),
        lambda: ephys.curate(replace(session(), units=()), by="A. Name", blind=True),
    ],
)
def test_errors_tell_nothing(wrong: object) -> None:
    with pytest.raises(CurationError) as raised:
        wrong()  # type: ignore[operator]
    text = str(raised.value)
    assert told_by(text.replace("zother", "zsession").replace("zunknown", "zdrug")) == []
    assert raised.value.__suppress_context__ or raised.value.__context__ is None, "a traceback would tell"


def test_an_undo_that_open_eyes_refuse_is_refused_blind() -> None:
    """Two doses of one drug at one time are an error; of two marks without names, they would not be."""
    log = CurationLog.begin("zsession", session().units, by="A. Name")
    log = log.move_dose("zdrug", 280.0, 300.0, reason="r").move_dose("zdrug", 360.0, 280.0, reason="r")
    for hidden in (False, True):
        with pytest.raises(CurationError):
            ephys.curate(session(), log=log, by="A. Name", blind=hidden).undo(1)
