"""A browser opens the page of corrections in light, in dark and for print, does not complain, and asks for nothing."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

import ephys
from ephys.model import Administration, DoseProtocol, Epoch, Session, Support, Unit, Waveform
from ephys.report import curation_state
from ephys.report.curation_page import render_curation
from ephys.sorting.curation.operations import Merge
from ephys.sorting.curation.suggestion import Suggestion

mpl.use("Agg")
WHOLE = Support.of(Epoch(0.0, 300.0))
PAGE = "http://page.test/"
OF_THE_BROWSER = (
    f"{PAGE}favicon.ico",
    "http://clients2.google.com/",
    *(f"{name}.google.com:443" for name in ("www", "accounts", "clients2", "android.clients")),
)
"""What chromium asks for whatever it shows; none of these serves fonts or scripts to pages."""

LOOKS = {
    "light": ("--blink-settings=preferredColorScheme=1", "--screenshot"),
    "dark": ("--blink-settings=preferredColorScheme=0", "--screenshot"),
    "print": ("--no-pdf-header-footer", "--print-to-pdf"),
}
pytestmark = pytest.mark.slow


@dataclass
class Watched:
    """A server that is the whole network: it gives one page, and notes all that is asked for."""

    html: str = ""
    asked: list[str] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def watched() -> Iterator[Watched]:
    state = Watched()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            found = self.path == PAGE
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(state.html.encode() if found else b"")

        def do_CONNECT(self) -> None:
            state.asked.append(self.path)
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            """Say nothing on the console."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def unit(name: str, peak_uv: float) -> Unit:
    rng = np.random.default_rng(int(name))
    times_s = np.arange(0.1 * int(name), 299.0, 0.7)
    spike = peak_uv * np.exp(-(((np.arange(160) / 20.0 - 2.0) / 0.4) ** 2))
    snippets = (spike + rng.normal(0.0, 6.0, (times_s.size, 160)))[:, :, None]
    waveform = Waveform(snippets, np.arange(times_s.size), 20000.0, 0.002, (100.0, 7000.0), 2, "zero", "wide_band")
    return Unit(name, times_s, WHOLE, rng.normal(peak_uv, 6.0, times_s.size), 30.0, 8.0, waveform, "sort")


@pytest.fixture(scope="module")
def page() -> str:
    suggested = (Suggestion(Merge(("1", "2")), 0.9, ("41 of 120 come 2 to 15 ms after",)),)
    given = (Administration("ipsapirone", 200.0, dose=10.0, dose_unit="ug/kg"),)
    session = Session("rat07", DoseProtocol(given, WHOLE), units=(unit("1", 100.0), unit("2", 60.0)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curation_state, "suggest_curation", lambda *_, **__: suggested)
        curation = ephys.curate(session, by="A. Name").exclude_cell(2, reason="seen")
        return render_curation(curation.state, command="ephys curate rat07.smr")


def complaints(html: str, watched: Watched, look: str, folder: Path) -> tuple[list[str], Path]:
    """Lines of the console and requests beyond the page itself; and what was drawn."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here")
    watched.html, drawn = html, folder / ("out.pdf" if look == "print" else "out.png")
    option, output = LOOKS[look]
    options = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
        "--no-first-run", "--disable-sync",
        "--enable-logging=stderr", "--log-level=0", "--window-size=1200,1600", "--hide-scrollbars",
        f"--proxy-server=http://127.0.0.1:{watched.port}", f"--user-data-dir={folder / 'user'}", option,
    ]  # fmt: skip
    told = subprocess.run(
        [chromium, *options, f"{output}={drawn}", PAGE], capture_output=True, text=True, timeout=120, check=True
    )
    assert PAGE in watched.asked, "the browser did not come by the server, so that nothing was watched"
    console = [line for line in told.stderr.splitlines() if "CONSOLE" in line]
    return console + [one for one in watched.asked if one != PAGE and not one.startswith(OF_THE_BROWSER)], drawn


@pytest.mark.parametrize("look", LOOKS)
def test_a_browser_opens_the_page_without_a_complaint_or_a_request(
    page: str, watched: Watched, look: str, tmp_path: Path
) -> None:
    found, drawn = complaints(page, watched, look, tmp_path)
    assert found == []
    if look == "print":
        assert drawn.read_bytes().startswith(b"%PDF")
        return
    corner = imread(drawn)[3, 3, :3].mean()
    assert corner < 0.2 if look == "dark" else corner > 0.9


@pytest.mark.parametrize(
    ("fault", "look"),
    [
        ("<script>console.error('x')</script>", "light"),
        ("<img src='missing.png'>", "light"),
        ("<img src='https://elsewhere.test/x.png'>", "dark"),
        ("<link rel='stylesheet' href='https://elsewhere.test/x.css'>", "print"),
    ],
)
def test_a_page_that_complains_or_asks_is_found_out(
    page: str, watched: Watched, fault: str, look: str, tmp_path: Path
) -> None:
    found, _ = complaints(page.replace("</main>", f"{fault}</main>"), watched, look, tmp_path)
    assert found
