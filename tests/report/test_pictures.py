"""Every value of a figure can be asked for, with its unit and its n."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from markupsafe import Markup
from matplotlib import pyplot as plt

import ephys
from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.firing import interval_histogram, suited_bins_ms
from ephys.model import Administration, DoseProtocol, Epoch, Monitor, Session, Support, Unit
from ephys.plotting import plot_classification
from ephys.plotting.classification import criterion_places
from ephys.report import figures
from ephys.report.call_picture import call_picture
from ephys.report.curve_pictures import dose_response_picture
from ephys.report.figures import drawn_cells
from ephys.report.picture import Picture
from ephys.report.svg import page_style
from ephys.report.timing_pictures import timing_pictures

mpl.use("Agg")

WHOLE = Support.of(Epoch(0.0, 800.0))


def regular_unit(name: str = "1") -> Unit:
    """2 Hz, less with each dose from 300 s, back after 600 s."""
    rng = np.random.default_rng(3)
    times_s = np.cumsum(rng.gamma(12.0, 1 / 24.0, 2000))
    kept = (times_s < 300.0) | (times_s > 600.0) | (rng.uniform(size=times_s.size) < np.exp(-(times_s - 300.0) / 120.0))
    times_s = times_s[kept & (times_s < 800.0)]
    return Unit(name, times_s, WHOLE, np.full(times_s.size, 100.0), 40.0, 10.0)


@pytest.fixture(scope="module")
def analysis() -> SessionAnalysis:
    given = [
        Administration("ipsapirone", 300.0 + 100.0 * i, dose=dose, dose_unit="ug/kg", route="i.v.")
        for i, dose in enumerate((20.0, 40.0, 80.0))
    ]
    given.append(Administration("saline", 200.0, dose=1.0, dose_unit="ml/kg", role="vehicle"))
    given.append(Administration("way-100635", 600.0, dose=100.0, dose_unit="ug/kg", role="antagonist"))
    pressure = Monitor("pressure", np.full(8000, 100.0), 10.0, unit="mmHg")
    protocol = DoseProtocol(tuple(given), WHOLE)
    return ephys.analyse_session(Session("rat07", protocol, units=(regular_unit(),), monitors=(pressure,)))


@pytest.fixture(scope="module")
def cell(analysis: SessionAnalysis) -> CellAnalysis:
    return analysis.cells[0]


@pytest.fixture(autouse=True)
def light() -> Iterator[None]:
    with page_style():
        yield
    plt.close("all")


def test_every_point_of_a_dose_response_tells_its_window(cell: CellAnalysis) -> None:
    (fit,) = cell.fits
    spots = dose_response_picture(fit, prefix="a").spots
    drawn = [window for window in fit.windows if math.isfinite(window.percent)]
    assert len(spots) == len(drawn) == 6
    assert [spot.x for spot in spots] == sorted(spot.x for spot in spots), "the arrow keys go from left to right"
    assert [spot.text.split(":")[0] for spot in spots] == [
        "baseline", "vehicle", "20 µg/kg", "60 µg/kg", "140 µg/kg", "way-100635 after 140 µg/kg of ipsapirone",
    ]  # fmt: skip
    for spot, window in zip(spots[2:5], [w for w in drawn if w.role == "agonist"], strict=True):
        assert f"n = {window.count} spikes in {window.covered_s:g} s" in spot.text
        assert (
            f"{window.percent:.0f} % of baseline ({window.percent_low:.0f} to {window.percent_high:.0f})" in spot.text
        )
    assert [spot.text.endswith("not in the fit") for spot in spots] == [not window.used for window in (
        sorted(drawn, key=lambda w: (w.role == "antagonist", w.epoch.start_s))
    )]  # fmt: skip


def test_every_bin_of_intervals_tells_its_edges_and_its_count(cell: CellAnalysis, analysis: SessionAnalysis) -> None:
    intervals, lags = timing_pictures(cell, analysis.baseline, prefix="a")
    bin_ms, max_ms = suited_bins_ms(cell.unit, analysis.baseline)
    histogram = interval_histogram(cell.unit, analysis.baseline, bin_ms=bin_ms, max_ms=max_ms)
    counts = [int(re.findall(r"ms: (\d+) of", spot.text)[0]) for spot in intervals.spots]
    assert counts == histogram.counts.tolist()
    assert all(f"of {histogram.n_intervals} intervals" in spot.text for spot in intervals.spots)
    assert intervals.reach == lags.reach == "column"
    assert lags.spots[0].text.startswith(f"0 to {bin_ms:g} ms after one of")


def test_each_criterion_answers_where_its_value_is_drawn(cell: CellAnalysis) -> None:
    call = cell.classification
    assert call is not None
    ax = plot_classification(call, notes=False)
    drawn = {(float(x), float(y)) for line in ax.lines for x, y in np.asarray(line.get_xydata())}
    told = [(criterion.name, x, y) for criterion, x, y in criterion_places(call, ax, notes=False)]
    assert [name for name, _, _ in told] == [one.name for one in call.criteria if math.isfinite(one.value)]
    assert {(x, y) for _, x, y in told} <= drawn
    spots = call_picture(call, prefix="a").spots
    assert len(spots) == len(told) > 0
    for criterion, spot in zip((one for one in call.criteria if math.isfinite(one.value)), spots, strict=True):
        assert spot.text.startswith(f"{criterion.name}: {criterion.value_text}")
        assert criterion.verdict.replace("_", " ") in spot.text


def test_monitors_stand_under_the_course_of_few_cells_and_once_for_many(analysis: SessionAnalysis) -> None:
    assert figures.course_monitors(analysis) == analysis.session.monitors
    course = next(figures.cell_pictures(analysis.cells[0], analysis, prefix="a"))
    assert "pressure" in re.findall(r">(pressure)<", course.svg)
    assert figures.course_monitors(replace(analysis, cells=analysis.cells * 9)) == ()
    once = figures.monitors_picture(analysis.session, analysis.protocol)
    assert "pressure (mmHg); 5 administrations marked" in once.svg


def test_a_unit_without_amplitudes_has_no_empty_panel_for_them(analysis: SessionAnalysis) -> None:
    cell = analysis.cells[0]
    bare = replace(cell, unit=replace(cell.unit, amplitudes_uv=np.full(cell.unit.n_spikes, np.nan), waveform=None))
    with_them, without = (next(figures.cell_pictures(one, analysis, prefix="a")) for one in (cell, bare))
    assert ("spike amplitude" in with_them.svg, "spike amplitude" in without.svg) == (True, False)
    assert "No amplitudes are known." in without.caption


def test_a_page_draws_what_it_has_room_for_and_serotonergic_cells_first(
    analysis: SessionAnalysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = ("not_serotonergic", "uncertain", "serotonergic", "not_serotonergic", "serotonergic")
    cells: Any = tuple(SimpleNamespace(final_label=label) for label in labels)
    seen: list[str] = []

    def large(cell: Any, _: SessionAnalysis, *, prefix: str, closer: None) -> Iterator[Picture]:
        seen.append(cell.final_label)
        yield Picture(Markup("x" * (figures._ROOM_BYTES * 2 // 5)), prefix, closer=closer)

    monkeypatch.setattr(figures, "cell_pictures", large)
    monkeypatch.setattr(figures, "course_closers", lambda analysis: (None,) * len(analysis.cells))
    drawn = drawn_cells(replace(analysis, cells=cells))
    assert seen == ["serotonergic", "serotonergic", "uncertain"]
    assert [len(pictures) for pictures in drawn] == [0, 1, 1, 0, 1]
    assert drawn[2][0].caption == "cell-3", "identifiers are those of the place in the session"
