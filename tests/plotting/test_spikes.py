"""Waveform, intervals and amplitudes are drawn as they were measured."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.patches import StepPatch
from matplotlib.transforms import Bbox

from ephys.classification import WaveformShape, measure_shape
from ephys.firing import cv, interval_histogram, log_interval_histogram
from ephys.model import DoseProtocol, Epoch, Unit, Waveform
from ephys.plotting import house_style, new_figure, plot_amplitudes, plot_interval_histogram, plot_waveform


@pytest.fixture
def shape() -> WaveformShape:
    """A wide spike, positive first, in a band of 100 Hz to 7 kHz."""
    time_ms = np.arange(160) / 20.0 - 2.0
    spike = 120.0 * np.exp(-((time_ms / 0.25) ** 2)) - 45.0 * np.exp(-(((time_ms - 1.2) / 0.6) ** 2))
    snippets = spike + np.random.default_rng(1).normal(0.0, 10.0, (200, 160))
    return measure_shape(Waveform(snippets[:, :, None], np.arange(200), 20000.0, 0.002, (100.0, 7000.0), 2, "zero"))


def test_the_waveform_is_the_mean_spike_with_each_measured_width(shape: WaveformShape) -> None:
    ax = plot_waveform(shape)
    mean = max(ax.lines, key=lambda line: len(line.get_xdata()))
    np.testing.assert_array_equal(mean.get_ydata(), shape.mean_uv)
    lengths = [float(np.ptp(line.get_xdata())) for line in ax.lines if line.get_marker() == "|"]
    measured = [shape.first_phase_ms, shape.peak_to_trough_ms, shape.total_ms, shape.half_width_ms]
    assert lengths == pytest.approx(measured)
    total = shape.estimate("total_ms")
    drawn = f"total {total.value:.2f} ms ({total.low:.2f} to {total.high:.2f})"
    assert drawn in [text.get_text() for text in ax.texts]


def test_a_width_travels_with_its_band_and_phase(shape: WaveformShape) -> None:
    above, below = plot_waveform(shape).get_title(loc="left").splitlines()
    assert above == "mean ± SD, n = 200 spikes; widths with 95 % interval"
    assert below == shape.band_text == "100 to 7000 Hz, zero phase, order 2"


def test_a_width_that_was_not_measured_is_not_drawn(shape: WaveformShape) -> None:
    cut = np.asarray(shape.mean_uv[20:70], dtype=np.float32)
    narrow = measure_shape(Waveform(np.tile(cut[None, :, None], (50, 1, 1)), np.arange(50), 20000.0, 0.001))
    assert np.isnan(narrow.total_ms)
    ax = plot_waveform(narrow)
    assert not [text for text in ax.texts if "total" in text.get_text()]
    assert "band unknown" in ax.get_title(loc="left")


def test_interval_bars_are_the_counts_and_say_how_many_lie_beyond(unit: Unit) -> None:
    histogram = interval_histogram(unit, Epoch(0.0, 900.0, "all"), max_ms=1000.0)
    ax = plot_interval_histogram(histogram)
    (bars,) = (patch for patch in ax.patches if isinstance(patch, StepPatch))
    np.testing.assert_array_equal(bars.get_data().values, histogram.counts)
    expected = f"all\nn = {histogram.n_intervals} intervals, {histogram.n_beyond} longer than 1000 ms"
    expected += f"\nmean {np.diff(unit.times_s).mean() * 1e3:.3g} ms, CV {cv(unit.times_s):.2f}"
    assert ax.get_title(loc="left") == expected


def test_bins_equal_on_a_logarithmic_axis_are_drawn_on_one_and_hold_every_interval(unit: Unit) -> None:
    histogram = log_interval_histogram(unit)
    ax = plot_interval_histogram(histogram)
    (bars,) = (patch for patch in ax.patches if isinstance(patch, StepPatch))
    np.testing.assert_array_equal(bars.get_data().edges, histogram.edges_ms)
    assert histogram.counts.sum() == histogram.n_intervals
    assert (ax.get_xscale(), ax.get_ylabel()) == ("log", "intervals per 1/10 decade")
    ax.figure.canvas.draw()
    assert {"1000", "10000"} <= {label.get_text() for label in ax.get_xticklabels()}


def test_widths_stand_under_their_brackets_where_there_is_no_room_beside_them(shape: WaveformShape) -> None:
    with house_style():
        ax = plot_waveform(shape, ax=new_figure(width_mm=60.0, height_mm=70.0).subplots())
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == 4
    page = ax.figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 for box in boxes)
    assert all(Bbox.intersection(one, other) is None for one, other in combinations(boxes, 2))


def test_every_known_amplitude_is_drawn_with_the_threshold(unit: Unit, protocol: DoseProtocol) -> None:
    ax = plot_amplitudes(unit, protocol)
    (cloud,) = (c for c in ax.collections if isinstance(c, PathCollection))
    np.testing.assert_array_equal(cloud.get_offsets()[:, 0], unit.times_s)
    np.testing.assert_array_equal(cloud.get_offsets()[:, 1], unit.amplitudes_uv)
    assert cloud.get_rasterized(), "a cloud of points must stay small in a vector file"
    assert [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [50.0]
    assert "threshold 50 µV, 4.0 × noise SD" in [text.get_text() for text in ax.texts]


def test_unknown_amplitudes_are_said_not_drawn_at_zero() -> None:
    ax = plot_amplitudes(Unit.from_times([1.0, 2.0], support=Epoch(0.0, 10.0)))
    (cloud,) = (c for c in ax.collections if isinstance(c, PathCollection))
    assert len(cloud.get_offsets()) == 0
    assert "no amplitudes known" in [text.get_text() for text in ax.texts]
