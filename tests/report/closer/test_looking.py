"""In a browser the closer look tells the numbers that Python counted, by pointer and by keys, without a complaint."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from ephys.analysis import SessionAnalysis
from ephys.firing import isi, rate_histogram
from ephys.model import Epoch
from ephys.report import render_report
from ephys.report.closer import VoltagePlan
from ephys.sorting import voltage_trace

pytestmark = pytest.mark.slow
NASTY = "<b>x & \"y\" 'z'"
LOOKING = """<script>
const heard = document.createElement("ol");
heard.id = "heard";
document.body.append(heard);
const figure = document.querySelector("#SECTION .carried").parentElement;
figure.querySelector(".look button").click();
const canvas = figure.querySelector("canvas");
const say = () => {
  const item = document.createElement("li");
  item.textContent = figure.querySelector("[role=status]:not(.said)").textContent;
  heard.append(item);
};
const at = (share, kind = "pointermove") => {
  const box = canvas.getBoundingClientRect();
  const place = { clientX: box.left + 80 + share * (box.width - 110), clientY: box.top + 90, bubbles: true };
  canvas.dispatchEvent(new PointerEvent(kind, { ...place, pointerId: 1 }));
};
canvas.setPointerCapture = () => {};
const look = () => { for (let place = 0; place <= 20; place++) { at(place / 20); say(); } };
const key = (name, shiftKey = false) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key: name, shiftKey }));
const press = (name) => [...figure.querySelectorAll(".steer button")].find((one) => one.textContent === name).click();
const go = (number) => {
  const list = figure.querySelector("select");
  list.value = number;
  list.dispatchEvent(new Event("change"));
};
STEPS
</script>"""


def hear(page: str, section: str, steps: str, folder: Path) -> list[str]:
    """What the status line said, step by step; the console must be silent."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here")
    file = folder / "page.html"
    script = LOOKING.replace("SECTION", section).replace("STEPS", steps)
    file.write_text(page.replace("</body>", f"{script}</body>"), encoding="utf-8")
    told = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--no-first-run", "--enable-logging=stderr", "--log-level=0", "--window-size=1200,1600",
            "--virtual-time-budget=2000", f"--user-data-dir={folder / 'user'}", "--dump-dom", file.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert [line for line in told.stderr.splitlines() if "CONSOLE" in line] == []
    heard = told.stdout[told.stdout.index('<ol id="heard">') :]
    assert "hidden" not in heard[: heard.index("<li>")]
    return [unescape(text) for text in re.findall(r"<li>(.*?)</li>", heard)]


@pytest.fixture(scope="module")
def page(analysis: SessionAnalysis) -> str:
    return render_report(analysis, provenance={})


def check_bins(heard: list[str], analysis: SessionAnalysis, place: int, bin_s: int) -> int:
    """Hold counts and rates against the histogram; return how many bins were told."""
    session = Epoch(analysis.session.support.start_s, analysis.session.support.stop_s)
    histogram = rate_histogram(analysis.cells[place].unit, bin_s=bin_s, within=session)
    bins = set()
    for text in heard:
        start, stop, said = re.match(r"([\d.]+) to ([\d.]+) s \([\d.]+ min\): ([^·]*)", text).groups()  # type: ignore[union-attr]
        assert float(stop) - float(start) == pytest.approx(bin_s)
        which = int(np.searchsorted(histogram.edges_s, float(start) + 1e-6)) - 1
        if histogram.covered_s[which] == 0:
            assert said.strip() == "not recorded"
            continue
        count, covered, rate = re.match(r"(\d+) spikes in ([\d.]+) s, ([\d.]+) Hz", said).groups()  # type: ignore[union-attr]
        assert int(count) == histogram.counts[which]
        assert float(covered) == pytest.approx(histogram.covered_s[which], abs=2e-3)
        assert float(rate) == pytest.approx(histogram.rate_hz[which], abs=0.006)
        bins.add(which)
    return len(bins)


def check_spikes(heard: list[str], analysis: SessionAnalysis, place: int) -> None:
    """Hold time and amplitude of the nearest spike, and its interval, against the unit."""
    unit = analysis.cells[place].unit
    for text in heard:
        found = re.search(r"nearest spike at ([\d.]+) s(?:, (\d+(?:\.\d)?) µV)?(?:, ([\d.]+) s after)?", text)
        assert found is not None
        which = int(np.abs(unit.times_s - float(found[1])).argmin())
        assert float(found[1]) == pytest.approx(unit.times_s[which], abs=2e-4)
        if found[2]:
            assert float(found[2]) == pytest.approx(unit.amplitudes_uv[which], abs=0.51)
        else:
            assert np.isnan(unit.amplitudes_uv[which])
        if found[3]:
            assert float(found[3]) == pytest.approx(unit.times_s[which] - unit.times_s[which - 1], abs=2.1e-4)
        else:
            assert isi(unit.times_s[which - 1 : which + 1], support=unit.support).size == 0


@pytest.mark.parametrize("place", [0, 1])
def test_bins_follow_the_zoom_and_count_what_python_counts(
    page: str, analysis: SessionAnalysis, place: int, tmp_path: Path
) -> None:
    steps = "look(); at(0.4); key('+'); look(); at(0.7); for (let i = 0; i < 5; i++) press('Zoom in'); look();"
    steps += "key('0'); at(0.5); key('ArrowLeft', true); say();"
    heard = hear(page, f"cell-{place + 1}", steps, tmp_path)
    whole, fine, single = heard[:21], heard[21:42], heard[42:63]
    assert check_bins(whole, analysis, place, 10) > 15
    assert any("not recorded" in text for text in whole)
    assert check_bins(fine, analysis, place, 1) > 15
    assert all(re.match(r"[\d.]+ s", text) for text in single)
    assert heard[63].startswith("195.0 to 205.0 s"), "half of it lies in the gap"
    assert check_bins(heard[63:], analysis, place, 10) == 1
    for told in (whole, fine, single):
        check_spikes(told, analysis, place)


def test_what_was_given_is_told_in_its_own_words_and_only_after_it(
    page: str, analysis: SessionAnalysis, tmp_path: Path
) -> None:
    heard = hear(page, "cell-1", "look();", tmp_path)
    for text in heard:
        stop_s = float(text.split(" ")[2])
        total = sum(dose for at_s, dose in ((100.0, 50), (235.0, 50), (300.0, 100)) if at_s < stop_s - 5.0)
        given = f"given so far: {NASTY} (cumulative µg/kg i.v.): {total}" if total else "nothing given so far"
        if all(abs(at_s - stop_s + 5.0) > 5.0 for at_s in (100.0, 235.0, 300.0)):
            assert given in text
    baseline = next(window for window in analysis.cells[0].windows if window.role == "baseline")
    assert any(f"baseline: {baseline.count} spikes" in text for text in heard)


def test_keys_zoom_move_go_from_bin_to_bin_and_back_to_everything(page: str, tmp_path: Path) -> None:
    steps = (
        "say(); key('ArrowRight', true); say(); key('ArrowLeft', true); key('ArrowLeft', true); say();"
        "key('+'); key('+'); say(); for (let i = 0; i < 5; i++) key('ArrowRight'); say();"
        "key('0'); at(0); say(); at(1); say();"
    )
    heard = hear(page, "cell-1", steps, tmp_path)
    starts = [float(text.split(" ")[0]) for text in heard]
    assert starts[:3] == [205.0, 215.0, 195.0], "the middle, the bin after it, the bin before it"
    assert starts[3] == 200.0, "bins of 1 s about the same time"
    assert starts[4] > 245.0, "moved on by more than its width"
    assert starts[5] < 25.0
    assert starts[6] > 385.0


def test_dragging_shows_what_was_dragged_over(page: str, tmp_path: Path) -> None:
    steps = "at(0.5, 'pointerdown'); at(0.55); at(0.55, 'pointerup'); at(0); say(); at(1); say();"
    first, last = (float(text.split(" ")[0]) for text in hear(page, "cell-1", steps, tmp_path))
    assert 190.0 < first < last < 240.0
    assert 10.0 < last - first < 25.0


def test_the_voltage_is_told_to_the_sample_where_it_is_carried(
    page: str, analysis: SessionAnalysis, tmp_path: Path
) -> None:
    heard = hear(page, "voltage", "look(); go(1); look(); key('+'); key('+'); key('+'); look();", tmp_path)
    assert analysis.session.recording is not None
    plan = VoltagePlan.of(analysis, analysis.session.recording)
    whole = voltage_trace(plan.recording, within=plan.whole, sorting=plan.sorting, most_points=10**7)
    samples = [text for text in heard[21:] if re.match(r"[\d.]+ s: -?[\d.]+ µV", text)]
    assert len(samples) > 30
    for text in samples:
        time_s, voltage_uv = map(float, re.match(r"([\d.]+) s: (-?[\d.]+) µV", text).groups())  # type: ignore[union-attr]
        after = int(np.searchsorted(whole.times_s, time_s))
        assert np.abs(whole.low_uv[after - 2 : after + 1, 0] - voltage_uv).min() < 0.5
    assert any(f"unit {NASTY}, spike at" in text for text in samples)
    points = [text for text in heard[:21] if "lowest and highest of 128 ms" in text]
    assert len(points) > 15
    assert any(text.endswith("not recorded") for text in heard[:21])
