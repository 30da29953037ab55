"""The report holds everything, refers to nothing outside, and can be read by anyone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from ephys.analysis import SessionAnalysis
from ephys.model import Administration, DoseProtocol, Epoch, Session, Source, Subject, Support, Unit, Waveform
from ephys.pipeline import analyse_session
from ephys.report import render_report, write_report
from tests.report.reader import Reader

mpl.use("Agg")

SUPPORT = Support.of(Epoch(0.0, 1000.0))
NASTY = "<b>x & 'y'"
PROVENANCE = {"versions": {"ephys": "0.1.0"}, "inputs": [{"path": "rat<07>.smr", "sha256": "ab" * 32}], "seed": 0}


def slow_unit() -> Unit:
    """2 Hz until 400 s, half of that until 600 s, then silent until it returns at 850 s."""
    rng = np.random.default_rng(7)
    steps = rng.gamma(12.0, 1 / 24.0, 3000)
    times_s = np.cumsum(steps)
    keep = (times_s < 400) | ((times_s < 600) & (np.arange(times_s.size) % 2 == 0)) | (times_s >= 850)
    times_s = times_s[keep & (times_s < 1000)]
    time_ms = np.arange(160) / 20.0 - 2.0
    spike = 120.0 * np.exp(-((time_ms / 0.4) ** 2)) - 45.0 * np.exp(-(((time_ms - 1.4) / 0.7) ** 2))
    kept = np.arange(0, times_s.size, 2)
    snippets = (spike + rng.normal(0.0, 8.0, (kept.size, 160)))[:, :, None]
    waveform = Waveform(snippets, kept, 20000.0, 0.002, (100.0, 7000.0), 2, "zero", "wide_band")
    return Unit("1", times_s, SUPPORT, rng.normal(120.0, 8.0, times_s.size), 40.0, 10.0, waveform, "sort")


def fast_unit() -> Unit:
    """30,000 spikes, so that a cloud of points drawn one by one would make the page huge."""
    rng = np.random.default_rng(8)
    times_s = np.sort(rng.uniform(0.0, 1000.0, 30000))
    return Unit("fast", times_s, SUPPORT, rng.normal(90.0, 8.0, times_s.size), 40.0, 10.0, None, "sort")


def session() -> Session:
    given = [
        Administration(NASTY, 300.0 + 100.0 * i, dose=d, dose_unit="ug/kg", route="i.v.", form="base")
        for i, d in enumerate((50.0, 50.0, 100.0, 200.0))
    ]
    given.append(Administration("saline", 200.0, dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle"))
    given.append(Administration("way-100635", 800.0, dose=100.0, dose_unit="ug/kg", role="antagonist"))
    return Session(
        "rat07",
        DoseProtocol(tuple(given), SUPPORT),
        units=(slow_unit(), fast_unit()),
        subject=Subject(animal="rat 7", weight_g=310.0),
        sources=(Source("rat07.smr", "cd" * 32),),
        doubts=("claims 20 kHz, <measured> 20.1 kHz",),
    )


@pytest.fixture(scope="module")
def analysis() -> SessionAnalysis:
    return analyse_session(session())


@pytest.fixture(scope="module")
def page(analysis: SessionAnalysis) -> str:
    return render_report(analysis, provenance=PROVENANCE, command="ephys analyse rat07.smr -o <here>")


def test_every_element_is_closed(page: str) -> None:
    assert page.lstrip().lower().startswith("<!doctype html>")
    tags = [tag for tag, _ in Reader(page).elements]
    assert tags.count("h1") == tags.count("main") == 1


def test_nothing_is_fetched_from_outside(page: str) -> None:
    reader = Reader(page)
    assert not {"link", "iframe", "object"} & {tag for tag, _ in reader.elements}
    assert [attributes for tag, attributes in reader.elements if tag == "script"] == [{}], "one, and it is in the page"
    assert "default-src 'none'" in page, "the browser is told, too"
    for tag, attributes in reader.elements:
        for name in ("src", "href", "xlink:href", "srcset", "data"):
            target = attributes.get(name, "#")
            assert target.startswith(("#", "data:image/png;base64,")), f"{tag} refers to {target[:60]}"
    assert "@import" not in page
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_identifiers_are_unique_and_every_reference_is_met(page: str) -> None:
    reader = Reader(page)
    names = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(names) == len(set(names))
    targets = set(re.findall(r"url\(#([^)]+)\)", page))
    for _, attributes in reader.elements:
        for name in ("href", "xlink:href"):
            if attributes.get(name, "").startswith("#"):
                targets.add(attributes[name][1:])
        targets.update(attributes.get("aria-labelledby", "").split())
    assert targets <= set(names), targets - set(names)


def test_every_figure_says_what_it_shows(page: str, analysis: SessionAnalysis) -> None:
    figures = [attributes for tag, attributes in Reader(page).elements if tag == "svg"]
    assert len(figures) == 2 * 6 + 2, (
        "course, dose-response, call, intervals, autocorrelogram and antagonist of both cells, spikes of one"
    )
    assert all(figure["role"] == "img" for figure in figures)
    descriptions = [figure["aria-label"] for figure in figures]
    assert len(set(descriptions)) == len(descriptions)
    assert any(analysis.cells[0].id50_text in text for text in descriptions)


def test_what_was_typed_is_text_and_never_markup(page: str) -> None:
    reader = Reader(page)
    assert "b" not in [tag for tag, _ in reader.elements]
    for typed in (NASTY, "rat<07>.smr", "claims 20 kHz, <measured> 20.1 kHz", "ephys analyse rat07.smr -o <here>"):
        assert typed in reader.text


def test_the_summary_comes_first_with_call_id50_and_flags(page: str, analysis: SessionAnalysis) -> None:
    text = Reader(page).text
    summary = text[text.index("Summary") : text.index("Session recorded")]
    for name, rate, call, id50, flags in analysis.summary:
        assert f"{name} {rate} {call} {id50}" in summary
        for flag in filter(None, flags.split("; ")):
            assert flag in summary


def test_every_criterion_window_and_setting_is_in_the_page(page: str, analysis: SessionAnalysis) -> None:
    text = Reader(page).text
    for cell in analysis.cells:
        assert cell.classification is not None
        for criterion in cell.classification.criteria:
            assert criterion.value_text in text
            assert criterion.source in text
        for window in cell.responses[0].windows:
            assert f"{window.epoch.start_s:.1f} to {window.epoch.stop_s:.1f} {window.count}" in text
    for step, values in analysis.settings.as_dict().items():
        assert all(f"{step}.{name}" in text for name in values)
    for checksum in ("ab" * 32, "cd" * 32):
        assert checksum in text


def test_each_width_is_in_the_page_with_its_interval_and_band(page: str, analysis: SessionAnalysis) -> None:
    text = Reader(page).text
    call = analysis.cells[0].classification
    assert call is not None
    shape = call.features.shape
    assert shape is not None
    assert f"Shape of the mean spike: n = {shape.n_spikes} spikes, {shape.band_text}" in text
    for name in ("total_ms", "peak_to_trough_ms", "half_width_ms", "first_phase_ms"):
        width = shape.estimate(name)
        assert f"{width.value:.2f} ms {width.low:.2f} to {width.high:.2f} ms" in text
    assert text.count("Shape of the mean spike") == 1, "the unit without snippets has none"


def test_tables_have_headers_that_say_what_they_head(page: str) -> None:
    headers = [attributes for tag, attributes in Reader(page).elements if tag == "th"]
    assert headers
    assert all(header.get("scope") in ("col", "row") for header in headers)


def test_a_fast_cell_does_not_make_the_page_large(page: str) -> None:
    assert len(page.encode()) < 1_500_000


def test_the_same_analysis_gives_the_same_page(page: str, analysis: SessionAnalysis) -> None:
    assert render_report(analysis, provenance=PROVENANCE, command="ephys analyse rat07.smr -o <here>") == page


def test_without_doses_the_page_says_so(tmp_path: Path) -> None:
    bare = replace(session(), units=(slow_unit(),), protocol=DoseProtocol((), SUPPORT))
    path = write_report(analyse_session(bare), tmp_path / "new" / "report.html", provenance={})
    text = Reader(path.read_text(encoding="utf-8")).text
    assert "Nothing was given, or no dose table was." in text
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_mark_at_the_start_leaves_no_baseline_and_no_call(tmp_path: Path) -> None:
    given = (Administration("drug added", 0.0, dose=1.0, dose_unit="nM"),)
    analysis = analyse_session(replace(session(), units=(slow_unit(),), protocol=DoseProtocol(given, SUPPORT)))
    text = Reader(write_report(analysis, tmp_path / "report.html", provenance={}).read_text(encoding="utf-8")).text
    assert "none: nothing was recorded before the first administration" in text
    assert "not judged" in text
