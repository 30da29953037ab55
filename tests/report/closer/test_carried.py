"""What a page carries for a closer look is what was measured, within its step, and no more than it may hold."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from numpy.typing import NDArray

from ephys.analysis import SessionAnalysis
from ephys.firing import rate_histogram
from ephys.model import Epoch, Recording, Unit
from ephys.report import render_report
from ephys.report.closer import Closer, VoltagePlan, course_closers, voltage_closer
from ephys.report.closer.numbers import coded, ticks
from ephys.sorting import voltage_trace

NASTY = "<b>x & \"y\" 'z'"


def numbers(text: str) -> NDArray[np.int64]:
    return np.cumsum([int(step) for step in text.split()], dtype=np.int64)


def course(analysis: SessionAnalysis, place: int) -> tuple[Closer, dict[str, str]]:
    closer = course_closers(analysis)[place]
    assert closer is not None
    return closer, dict(closer.data)


def session_of(analysis: SessionAnalysis) -> Epoch:
    return Epoch(analysis.session.support.start_s, analysis.session.support.stop_s)


def plan_of(analysis: SessionAnalysis) -> VoltagePlan:
    assert analysis.session.recording is not None
    return VoltagePlan.of(analysis, analysis.session.recording)


def test_whole_numbers_come_back_from_their_steps() -> None:
    values = np.array([5, 5, -3, 1_000_000, 0])
    assert numbers(coded(values)).tolist() == values.tolist()
    assert coded(np.array([], dtype=np.int64)) == ""


def test_a_time_on_the_edge_of_a_tick_is_in_it_and_one_just_before_is_not() -> None:
    edges_s = 0.1 + np.arange(100_000) / 10_000
    assert (ticks(edges_s, start_s=0.1, per_s=10_000) == np.arange(100_000)).all()
    before_s = np.nextafter(edges_s[1:], 0.0)
    assert (ticks(before_s, start_s=0.1, per_s=10_000) == np.arange(99_999)).all()


@pytest.mark.parametrize("place", [0, 1])
def test_spikes_and_amplitudes_come_back_within_their_step(analysis: SessionAnalysis, place: int) -> None:
    _, data = course(analysis, place)
    unit = analysis.cells[place].unit
    times_s = float(data["origin"]) + numbers(data["times"]) / int(data["per-second"])
    assert (unit.times_s - times_s >= 0.0).all()
    assert (unit.times_s - times_s)[:-1].max() < 1e-4
    assert unit.times_s[-1] - times_s[-1] <= 1e-4 + 1e-9, "the last instant is put into the recording's last tick"
    amplitudes, per_uv = numbers(data["amplitudes"]), int(data["per-microvolt"])
    known = np.isfinite(unit.amplitudes_uv)
    assert (amplitudes[~known] == -1).all()
    assert np.abs(amplitudes[known] / per_uv - unit.amplitudes_uv[known]).max() <= 0.5 / per_uv
    assert per_uv == (1 if np.nanmax(unit.amplitudes_uv) >= 100.0 else 10)
    assert int(data["threshold"]) == round(30.0 * per_uv)


@pytest.mark.parametrize("bin_s", [1, 10])
@pytest.mark.parametrize("place", [0, 1])
def test_bins_of_what_is_carried_hold_the_spikes_of_the_rate_histogram(
    analysis: SessionAnalysis, place: int, bin_s: int
) -> None:
    _, data = course(analysis, place)
    histogram = rate_histogram(analysis.cells[place].unit, bin_s=bin_s, within=session_of(analysis))
    times, per_s = numbers(data["times"]), int(data["per-second"])
    counts = np.bincount(times // (bin_s * per_s), minlength=len(histogram.counts))
    assert counts.tolist() == histogram.counts.tolist()


def test_what_was_not_recorded_is_told_from_silence(analysis: SessionAnalysis) -> None:
    _, data = course(analysis, 0)
    seconds = float(data["origin"]) + numbers(data["recorded"]) / int(data["per-second"])
    assert seconds.tolist() == [5.0, 185.0, 200.0, 405.0]


def test_doses_and_windows_are_those_of_the_figure(analysis: SessionAnalysis) -> None:
    closer, data = course(analysis, 0)
    lists = dict(closer.lists)
    assert [item.text for item in lists["given"]] == [
        f"{NASTY} (cumulative µg/kg i.v.): {dose}" for dose in ("50", "100", "200")
    ]
    starts_s = [float(data["origin"]) + int(dict(item.data)["start"]) / 10_000 for item in lists["given"]]
    assert starts_s == [100.0, 235.0, 300.0]
    windows = sorted(analysis.cells[0].windows, key=lambda window: window.epoch.start_s)
    assert len(lists["windows"]) == len(windows) > 1
    for item, window in zip(lists["windows"], windows, strict=True):
        assert f"{window.count} spikes in {window.covered_s:g} s" in item.text


def busy(analysis: SessionAnalysis, n_spikes: int) -> SessionAnalysis:
    cell = analysis.cells[0]
    times_s = np.sort(np.random.default_rng(4).uniform(5.0, 185.0, n_spikes))
    unit = Unit("busy", times_s, cell.unit.support, np.full(n_spikes, 55.5), 30.0, 8.0)
    return replace(analysis, cells=(*analysis.cells, replace(cell, unit=unit)))


def test_a_unit_with_too_many_spikes_carries_its_counts_and_says_so(analysis: SessionAnalysis) -> None:
    with_busy = busy(analysis, 300_000)
    closers = course_closers(with_busy, budget=400_000)
    assert sum(closer.n_bytes for closer in closers if closer) <= 400_000
    assert closers[:2] == course_closers(analysis), "small cells keep every spike"
    assert closers[2] is not None
    data = dict(closers[2].data)
    histogram = rate_histogram(with_busy.cells[2].unit, bin_s=1.0, within=session_of(analysis))
    assert numbers(data["counts"]).tolist() == histogram.counts.tolist()
    assert not {"times", "amplitudes"} & data.keys()
    assert dict(closers[2].lists)["told"][0].text.startswith("300000 spikes are too many for this page")


def test_where_not_even_counts_fit_nothing_is_carried(analysis: SessionAnalysis) -> None:
    assert course_closers(analysis, budget=100) == (None, None)


@pytest.mark.slow
def test_a_page_with_a_unit_of_300000_spikes_stays_below_its_limit(analysis: SessionAnalysis) -> None:
    bare = replace(busy(analysis, 300_000), session=replace(analysis.session, recording=None))
    assert len(render_report(bare, provenance={}).encode()) < 5_000_000


def test_every_stretch_of_voltage_comes_back_within_its_step(analysis: SessionAnalysis) -> None:
    plan = plan_of(analysis)
    closer = voltage_closer(plan)
    data, lists = dict(closer.data), dict(closer.lists)
    step_uv = 1e3 / int(data["per-millivolt"])
    assert [item.text for item in lists["stretches"]] == [place.label for place in plan.places]
    for item in lists["stretches"]:
        levels = numbers(dict(item.data)["samples"])
        start_s = float(data["origin"]) + int(dict(item.data)["start"]) / 1e6
        stop_s = start_s + len(levels) / plan.recording.sampling_hz
        trace = voltage_trace(
            plan.recording, within=Epoch(start_s - 1e-7, stop_s - 1e-5), sorting=plan.sorting, most_points=10**6
        )
        assert np.abs(trace.low_uv[:, 0] - levels * step_uv).max() <= 0.51 * step_uv


def test_the_envelope_holds_the_lowest_and_the_highest_sample_of_each_point(analysis: SessionAnalysis) -> None:
    plan = plan_of(analysis)
    data = dict(voltage_closer(plan).data)
    step_uv = 1e3 / int(data["per-millivolt"])
    times, low, high = (numbers(data[name]) for name in ("times", "lowest", "highest"))
    assert (np.diff(times) > 0).all()
    assert not ((times > 180_000_000) & (times < 195_000_000)).any(), "nothing is carried of the gap"
    whole = voltage_trace(plan.recording, within=plan.whole, sorting=plan.sorting, most_points=1)
    assert np.abs(low.min() * step_uv - np.nanmin(whole.low_uv)) <= step_uv
    assert np.abs(high.max() * step_uv - np.nanmax(whole.high_uv)) <= step_uv


def test_the_spikes_that_are_carried_are_those_in_the_stretches(analysis: SessionAnalysis) -> None:
    closer = voltage_closer(plan_of(analysis))
    data, lists = dict(closer.data), dict(closer.lists)
    seen = np.zeros(analysis.cells[1].unit.n_spikes, dtype=bool)
    for item in lists["stretches"]:
        start_s = float(data["origin"]) + int(dict(item.data)["start"]) / 1e6
        stop_s = start_s + len(numbers(dict(item.data)["samples"])) / 5000.0
        seen |= Epoch(start_s, stop_s).mask(analysis.cells[1].unit.times_s)
    times_s = float(data["origin"]) + numbers(dict(lists["units"][1].data)["times"]) / 1e6
    assert times_s.size > 10
    assert times_s == pytest.approx(analysis.cells[1].unit.times_s[seen], abs=2e-6)


def test_many_places_share_the_budget(analysis: SessionAnalysis) -> None:
    plan = plan_of(analysis)
    whole, small, least = (voltage_closer(plan, budget=budget) for budget in (900_000, 60_000, 5_000))
    lengths = [
        [len(dict(i.data)["samples"].split()) for i in dict(c.lists)["stretches"]] for c in (whole, small, least)
    ]
    assert max(lengths[0]) == 10_000, "2 s"
    assert len(lengths[1]) == len(lengths[0])
    assert max(lengths[1]) < 5_000
    assert len(lengths[2]) < len(lengths[0])
    assert any("places" in item.text for item in dict(least.lists)["told"])


def test_the_close_stretch_is_on_the_baseline_where_both_units_fire(analysis: SessionAnalysis) -> None:
    plan = plan_of(analysis)
    assert analysis.baseline is not None
    assert analysis.baseline.start_s <= plan.close.start_s < plan.close.stop_s <= analysis.baseline.stop_s + 1e-9
    assert all(plan.close.mask(unit.times_s).any() for unit in plan.units)


class Carried(HTMLParser):
    """What stands in the hidden parts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.values, self.tags, self.words = 0, [""], [""], [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        begins = tag == "div" and ("class", "carried") in attrs
        if begins or self.depth:
            self.depth += begins
            self.tags.append(tag)
            self.values += [value or "" for name, value in attrs if name.startswith("data-")]

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "div" and self.depth > 0

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.words.append(data)


@pytest.fixture(scope="module")
def page(analysis: SessionAnalysis) -> str:
    return render_report(replace(analysis, cells=analysis.cells[1:]), provenance={})


def test_names_stay_text_and_attributes_hold_numbers_and_words_of_ours(page: str) -> None:
    carried = Carried()
    carried.feed(page)
    assert set(carried.tags) <= {"", "div", "ul", "li"}
    assert f"{NASTY} (cumulative µg/kg i.v.): 50" in carried.words
    assert f"unit {NASTY}" in carried.words
    assert all(re.fullmatch(r"[-0-9. ]*|[a-z]+|hue-\d|ink", value) for value in carried.values)


def test_what_is_carried_is_hidden_and_the_figure_of_the_voltage_says_what_it_is(page: str) -> None:
    assert len(re.findall(r'<div class="carried"[^>]* hidden>', page)) == page.count('<div class="carried"') == 2
    assert "5000 samples per second, in the sorting band (150 Hz to 6000 Hz, zero phase" in page
    assert '<h2 id="voltage-title">Voltage</h2>' in page


def test_voltage_that_is_no_number_is_not_shown_and_the_page_says_why(analysis: SessionAnalysis) -> None:
    traces = np.zeros((400_000, 1))
    traces[5_000:5_010] = np.nan
    recording = Recording.from_array(traces, sampling_hz=1000.0, start_s=5.0)
    bare = replace(analysis, cells=(), session=replace(analysis.session, recording=recording))
    text = unescape(render_report(bare, provenance={}))
    assert (
        "The voltage is not shown: recording: 10 samples of channel ch0 are NaN or infinite, the first at 10 s" in text
    )


def test_voltage_too_slow_for_the_sorting_band_is_shown_as_recorded(analysis: SessionAnalysis) -> None:
    wave = np.sin(np.arange(80_000) / 40.0) * 300.0
    recording = Recording.from_array(wave, sampling_hz=200.0, start_s=5.0)
    bare = replace(analysis, cells=(), session=replace(analysis.session, recording=recording))
    text = unescape(render_report(bare, provenance={}))
    assert "as it was recorded, since the samples are too slow for the sorting band" in text
