"""A browser opens the pages in light, in dark and for print, does not complain, and asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

import ephys
from ephys.model import Administration, DoseProtocol, Epoch, Session, Subject, Support, Unit, Waveform
from ephys.report import curation_state, render_cohort_report, render_findings_report, render_report
from ephys.report.curation_page import render_curation
from ephys.sorting.curation.operations import Merge
from ephys.sorting.curation.suggestion import Suggestion
from tests.report.browser import Browser, Look, browser
from tests.report.cohort.conftest import PROVENANCE, Spec, make_cohort

mpl.use("Agg")
WHOLE = Support.of(Epoch(0.0, 300.0))
POLICY = re.compile(r"<meta http-equiv=.Content-Security-Policy.[^>]*>")
pytestmark = pytest.mark.slow


def unit(name: str, peak_uv: float) -> Unit:
    rng = np.random.default_rng(int(name))
    times_s = np.arange(0.1 * int(name), 299.0, 0.7)
    times_s = times_s[(times_s < 200.0) | (np.arange(times_s.size) % 5 == 0)]
    spike = peak_uv * np.exp(-(((np.arange(160) / 20.0 - 2.0) / 0.4) ** 2))
    snippets = (spike + rng.normal(0.0, 6.0, (times_s.size, 160)))[:, :, None]
    waveform = Waveform(snippets, np.arange(times_s.size), 20000.0, 0.002, (100.0, 7000.0), 2, "zero", "wide_band")
    return Unit(name, times_s, WHOLE, rng.normal(peak_uv, 6.0, times_s.size), 30.0, 8.0, waveform, "sort")


@pytest.fixture(scope="module")
def session() -> Session:
    given = (Administration("ipsapirone", 200.0, dose=10.0, dose_unit="ug/kg"),)
    units = (unit("1", 100.0), unit("2", 60.0))
    return Session("rat07", DoseProtocol(given, WHOLE), units=units, subject=Subject(animal="rat <7>"))


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture(scope="module")
def analysis(session: Session) -> ephys.SessionAnalysis:
    return ephys.analyse_session(session)


@pytest.fixture(scope="module")
def pages(
    session: Session, analysis: ephys.SessionAnalysis, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    suggested = (Suggestion(Merge(("1", "2")), 0.9, ("41 of 120 come 2 to 15 ms after",)),)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curation_state, "suggest_curation", lambda *_, **__: suggested)
        curation = ephys.curate(session, by="A. Name").exclude_cell(2, reason="seen")
        texts = {
            "session": render_report(analysis, provenance={"ephys": ephys.__version__}),
            "curation": render_curation(curation.state, command="ephys curate rat07.smr"),
            "cohort": render_cohort_report(
                make_cohort(*(Spec(f"r<{n}>", ("control", "chronic")[n % 2], 40.0 * (n + 1)) for n in range(6))),
                provenance=PROVENANCE,
            ),
            "findings": render_findings_report(
                [ephys.compare_latencies(ephys.read_latencies(ephys.dataset_path("latencies")), reference="control")],
                title="Latencies <180 s>", provenance={"ephys": ephys.__version__},
            ),
        }  # fmt: skip
    folder = tmp_path_factory.mktemp("pages")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", ["session", "curation", "cohort", "findings"])
def test_a_page_opens_without_a_complaint_or_a_request(
    pages: dict[str, Path], name: str, tab: Browser, look: Look, tmp_path: Path
) -> None:
    tab.open(pages[name], look)
    assert tab.complaints == []
    seen = imread(tab.screenshot(tmp_path / "seen.png"))[:, :, :3]
    corner = seen[3, 3].mean()
    assert corner < 0.2 if look == "dark" else corner > 0.9
    assert seen.std() > 0.05, "something is on it"
    assert tab.pdf(tmp_path / "printed.pdf").read_bytes().startswith(b"%PDF")
    assert tab.complaints == []


@pytest.mark.parametrize(
    "fault",
    [
        "<script>console.error('x')</script>",
        "<script>nowhere()</script>",
        "<img src='missing.png'>",
        "<img src='https://elsewhere.test/x.png'>",
        "<link rel='stylesheet' href='https://elsewhere.test/x.css'>",
    ],
)
@pytest.mark.parametrize("guarded", [True, False])
def test_a_page_that_complains_or_asks_is_found_out(
    pages: dict[str, Path], tab: Browser, fault: str, guarded: bool, tmp_path: Path
) -> None:
    text = pages["curation"].read_text(encoding="utf-8").replace("</main>", f"{fault}</main>")
    (tmp_path / "page.html").write_text(text if guarded else POLICY.sub("", text), encoding="utf-8")
    tab.open(tmp_path / "page.html")
    assert tab.complaints


@pytest.mark.parametrize("look", ["light", "dark"])
def test_figures_are_on_the_paper_of_the_page(pages: dict[str, Path], tab: Browser, look: Look) -> None:
    tab.open(pages["session"], look)
    ink, paper = tab.value(
        "[...document.querySelectorAll('figure svg text')].slice(0, 1).flatMap(text => ["
        "getComputedStyle(text).fill, getComputedStyle(text.closest('svg')).backgroundColor])"
    )
    assert (ink, paper) == {
        "light": ("rgb(34, 34, 34)", "rgb(255, 255, 255)"),
        "dark": ("rgb(232, 232, 230)", "rgb(22, 24, 26)"),
    }[look]


def test_a_table_is_kept_as_csv_with_the_cells_that_are_seen(
    pages: dict[str, Path], analysis: ephys.SessionAnalysis, tab: Browser
) -> None:
    tab.open(pages["session"])
    name, text = tab.value(
        "new Promise(done => { let blob; URL.createObjectURL = given => { blob = given; return 'data:,'; };"
        "HTMLAnchorElement.prototype.click = function () { blob.text().then(text => done([this.download, text])); };"
        "document.querySelector('#summary .tools button:last-child').click(); })"
    )
    assert name == "rat07_Every_unit.csv"
    head, *rows = text.removeprefix("\ufeff").split("\r\n")
    assert head == ",".join(analysis.summary_columns)
    assert len(rows) == len(analysis.cells) + 1
    for row, (unit_name, rate, call, *_) in zip(rows, analysis.summary, strict=False):
        assert row.startswith(f"{unit_name},{rate},{call},")
    assert tab.complaints == []


def test_a_table_is_copied_as_a_table_and_as_text(pages: dict[str, Path], tab: Browser) -> None:
    tab.open(pages["session"])
    copied = tab.value(
        "new Promise(done => { document.addEventListener('copy', () => done(getSelection().toString()));"
        "document.querySelector('#summary .tools button').click(); })"
    )
    assert "unit\trate (Hz)\t5-HT call" in copied
    assert tab.value("document.querySelector('#summary .tools button').textContent") == "Copied"
    assert tab.value("getSelection().rangeCount") == 0, "what was selected before is again"


def test_a_figure_tells_what_is_under_the_pointer_and_the_arrow_keys(
    pages: dict[str, Path], analysis: ephys.SessionAnalysis, tab: Browser
) -> None:
    tab.open(pages["session"])
    histogram = ephys.rate_histogram(analysis.cells[0].unit)
    expected = [
        f"{start_s / 60:.1f} min: {count} spikes in 10 s, {count / 10:.2f} Hz"
        for start_s, count in zip(histogram.edges_s, histogram.counts, strict=False)
    ]
    told = "document.querySelector('#cell-1 figure .said').textContent"
    x, y = tab.value(
        "(() => { const svg = document.querySelector('#cell-1 figure svg'); svg.scrollIntoView();"
        "const spot = svg.parentElement.querySelectorAll('.spots li')[7];"
        "const at = new DOMPoint(spot.dataset.x, spot.dataset.y).matrixTransform(svg.getScreenCTM());"
        "return [at.x, at.y + 5]; })()"
    )
    tab.point_at(x, y)
    assert tab.value(told) == expected[7]
    tab.value("document.querySelector('#cell-1 figure svg').focus()")
    tab.press("ArrowRight")
    assert tab.value(told) == expected[8]
    tab.press("ArrowLeft")
    tab.press("ArrowLeft")
    assert tab.value(told) == expected[6]
    tab.press("Escape")
    assert tab.value("document.querySelector('#cell-1 figure .said').hidden")
    assert tab.complaints == []
