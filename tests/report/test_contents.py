"""What a session's page says first, and how it folds; whatever matplotlib's settings are outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

import ephys
from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Recording, Session, Source, Support, Unit
from ephys.report import page as page_module
from ephys.report import render_report, write_cell_sheets
from ephys.report.facts import session_facts, source_text, voltage_text
from ephys.report.headline import headline

mpl.use("Agg")

WHOLE = Support.of(Epoch(0.0, 300.0))


def unit(name: str) -> Unit:
    rng = np.random.default_rng(int(name))
    times_s = np.cumsum(rng.gamma(12.0, 1 / 18.0, 600))
    return Unit(name, times_s[times_s < 200.0], WHOLE, np.full(int((times_s < 200.0).sum()), 90.0), 40.0, 9.0)


@pytest.fixture(scope="module")
def one() -> SessionAnalysis:
    given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg", route="i.v."),)
    return ephys.analyse_session(Session("rat07", DoseProtocol(given, WHOLE), units=(unit("1"),)))


@pytest.fixture(scope="module")
def many(one: SessionAnalysis) -> SessionAnalysis:
    return replace(one, cells=one.cells * 9)


def rendered(analysis: SessionAnalysis) -> str:
    return render_report(analysis, provenance={})


def test_the_page_does_not_depend_on_settings_of_matplotlib(one: SessionAnalysis) -> None:
    plain = rendered(one)
    with plt.style.context(["dark_background", {"font.size": 20.0, "lines.linewidth": 5.0, "axes.grid": True}]):
        assert rendered(one) == plain
        assert mpl.rcParams["font.size"] == 20.0, "what the user set is left as it was"
    assert plt.get_fignums() == []


def test_the_first_sentences_say_calls_id50s_and_flags(one: SessionAnalysis) -> None:
    counts, answer, flags = headline(one)
    (cell,) = one.cells
    assert counts.startswith(f"1 unit: 1 {cell.final_label.replace('_', ' ')}")
    assert "ipsapirone" in answer
    assert (flags == "Nothing is flagged.") == (not cell.flags)
    called = replace(one, cells=(replace(cell, call_by_hand="serotonergic"),))
    assert headline(called)[1] == f"ID50 of ipsapirone, serotonergic units: unit 1 {cell.id50_text}."
    left_out = replace(one, cells=(replace(cell, excluded="drifts"),))
    assert "1 excluded by hand" in headline(left_out)[0]
    other = replace(one, cells=(replace(cell, call_by_hand="not_serotonergic"),))
    assert "that of another cell" in headline(other)[1]


def test_of_many_cells_the_first_sentence_counts(many: SessionAnalysis) -> None:
    cells = tuple(replace(cell, call_by_hand="serotonergic") for cell in many.cells)
    known = sum(fit.status == "interpolated" for cell in cells for fit in cell.fits)
    told = headline(replace(many, cells=cells))
    assert told[0].startswith("9 units: 9 serotonergic")
    assert f"in {known} of 9 serotonergic units" in told[1]


def test_no_unit_is_said(one: SessionAnalysis) -> None:
    empty = replace(one, cells=())
    assert headline(empty)[0] == "0 units: none was found."
    with pytest.raises(ParameterError, match="no unit was found"):
        write_cell_sheets(empty, "sheets.pdf")


def test_many_units_fold_and_all_are_open_without_a_script(
    many: SessionAnalysis, one: SessionAnalysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "drawn_cells", lambda analysis, **_: ((),) * len(analysis.cells))
    page = rendered(many)
    assert page.count("<details open>") == page.count("</details>") == 9
    assert page.count("Figures and tables of unit") == 9
    assert page.count("Not drawn: with so many units") == 9
    assert "<details" not in rendered(one)


def test_facts_are_words(one: SessionAnalysis) -> None:
    facts = dict(session_facts(one))
    assert facts["voltage"] == "none: spike times only"
    assert facts["5-HT limits"] == "rat in vivo"
    assert not any("(" in text and "=" in text for text in facts.values()), "no repr"
    paused = Recording.from_array(np.zeros((100, 2), dtype=np.float32), sampling_hz=100.0, channel_names=("a", "b"))
    assert voltage_text(paused) == "2 channels (a, b) at 100 Hz, 0.0 to 1.0 s, without a pause"
    assert source_text(Source(str(Path("far") / "away" / "rat07.smr"), "ab")).startswith("rat07.smr, in ")


@pytest.mark.slow
def test_sheets_are_a_page_per_cell_with_words_and_the_same_each_time(many: SessionAnalysis, tmp_path: Path) -> None:
    two = replace(many, cells=many.cells[:2])
    with plt.style.context("dark_background"):
        first = write_cell_sheets(two, tmp_path / "a.pdf").read_bytes()
    assert first == write_cell_sheets(two, tmp_path / "b.pdf").read_bytes()
    assert first.count(b"/Type /Page\n") + first.count(b"/Type /Page ") == 2
    assert b"/Type3" not in first.replace(b" ", b""), "text that can be edited"
    assert plt.get_fignums() == []
