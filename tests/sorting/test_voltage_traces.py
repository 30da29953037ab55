"""A stretch of voltage is read for a figure: lazily, with every peak, and with no line across a pause."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Epoch, Recording
from ephys.model.recording import Run
from ephys.sorting import SortingSettings, voltage_trace

FS = 20_000.0


@dataclass
class Watched:
    """A source of ten hours on two channels that notes what is read of it."""

    shape: tuple[int, int] = (int(36_000 * FS), 2)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def read(self, start: int, stop: int) -> np.ndarray:
        self.spans.append((start, stop))
        return np.repeat((np.arange(start, stop) % 7).astype(np.float32)[:, None], 2, axis=1)


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 10.0, round(seconds * FS))


def test_of_ten_hours_only_the_stretch_is_read() -> None:
    source = Watched()
    recording = Recording(source, FS, (Run(0, source.shape[0], 100.0),))
    voltage_trace(recording, within=Epoch(5000.0, 5002.0), sorting=SortingSettings())
    first, last = (round((end - 100.0) * FS) for end in (5000.0, 5002.0))
    assert min(start for start, _ in source.spans) >= first - 0.1 * FS
    assert max(stop for _, stop in source.spans) <= last + 0.1 * FS


def test_a_few_samples_are_given_as_they_are() -> None:
    wire = noise(1.0)
    trace = voltage_trace(Recording.from_array(wire, sampling_hz=FS, start_s=3.0), within=Epoch(3.5, 3.51))
    assert trace.samples_per_point == 1
    np.testing.assert_allclose(trace.low_uv[:, 0], wire[10_000:10_200], rtol=1e-6)
    np.testing.assert_array_equal(trace.low_uv, trace.high_uv)
    np.testing.assert_allclose(trace.times_s, 3.5 + np.arange(200) / FS)


@pytest.mark.parametrize("most_points", [1, 7, 100])
def test_the_highest_and_lowest_sample_survive_however_few_points_there_are(most_points: int) -> None:
    wire = noise(10.0)
    wire[77_777], wire[123_456] = 900.0, -800.0
    trace = voltage_trace(Recording.from_array(wire, sampling_hz=FS), within=Epoch(0.0, 10.0), most_points=most_points)
    assert len(trace.times_s) <= most_points
    assert trace.range_uv() == (np.array([-800.0]), np.array([900.0]))
    found = trace.times_s[int(np.argmax(trace.high_uv[:, 0]))]
    assert found <= 77_777 / FS < found + trace.point_s


def test_a_pause_parts_the_points_and_each_keeps_its_time() -> None:
    wire = np.ones((4000, 1))
    recording = Recording.from_array(wire, sampling_hz=1000.0)
    paused = Recording(recording.source, 1000.0, (Run(0, 1000, 0.0), Run(1000, 3000, 5.0)))
    trace = voltage_trace(paused, within=Epoch(0.5, 6.0))
    nothing = np.flatnonzero(np.isnan(trace.low_uv[:, 0]))
    assert nothing.tolist() == [500]
    assert trace.times_s[499] == pytest.approx(0.999)
    assert trace.times_s[501] == 5.0
    assert trace.range_uv() == (np.array([1.0]), np.array([1.0]))


def test_a_stretch_without_voltage_is_refused_with_the_ends_of_the_recording() -> None:
    recording = Recording.from_array(noise(1.0), sampling_hz=FS, name="rat07")
    with pytest.raises(ParameterError, match="rat07: nothing was recorded from 2 to 3 s; it runs from 0 to 1 s"):
        voltage_trace(recording, within=Epoch(2.0, 3.0))
    with pytest.raises(ParameterError, match="most_points of a trace must be 1 or more, got 0"):
        voltage_trace(recording, within=Epoch(0.0, 1.0), most_points=0)


def test_the_sorting_band_does_not_depend_on_where_the_stretch_begins() -> None:
    recording = Recording.from_array(noise(4.0) + 500.0, sampling_hz=FS)
    long, short = (
        voltage_trace(recording, within=within, sorting=SortingSettings(), most_points=200_000)
        for within in (Epoch(0.5, 3.5), Epoch(1.5, 1.6))
    )
    np.testing.assert_allclose(short.low_uv, long.low_uv[20_000:22_000], atol=0.01)
    assert abs(float(short.low_uv.mean())) < 1.0, "the offset of 500 µV is not in the sorting band"
    assert short.band_text == "sorting band, 150 to 6000 Hz, zero phase"


def test_in_the_sorting_band_an_excised_step_does_not_ring() -> None:
    wire = noise(2.0)
    wire[20_000:20_400] += 20_000.0
    recording = Recording.from_array(wire, sampling_hz=FS)
    step = Epoch(0.9995, 1.0205, "clipping")
    within = Epoch(0.9, 1.1)
    ringing, calm = (
        voltage_trace(recording, within=within, sorting=SortingSettings(), artefacts=artefacts).range_uv()[1][0]
        for artefacts in ((), (step,))
    )
    assert ringing > 5000.0
    assert calm < 60.0


def test_artefacts_do_not_count_in_the_range_unless_there_is_nothing_else() -> None:
    wire = noise(1.0)
    wire[10_000:10_020] = 5000.0
    trace = voltage_trace(Recording.from_array(wire, sampling_hz=FS), within=Epoch(0.0, 1.0))
    pop = Epoch(0.5, 0.501)
    assert trace.range_uv()[1][0] == 5000.0
    assert trace.range_uv([pop])[1][0] < 60.0
    assert trace.range_uv([Epoch(0.0, 1.0)])[1][0] == 5000.0


def test_points_near_an_event_are_those_in_its_window() -> None:
    trace = voltage_trace(Recording.from_array(noise(1.0), sampling_hz=1000.0), within=Epoch(0.0, 1.0))
    near = trace.near(np.array([0.1, 0.102, 0.5]), (-1.5, 1.5))
    assert np.flatnonzero(near).tolist() == [99, 100, 101, 102, 103, 499, 500, 501]
    assert not trace.near(np.empty(0), (-1.0, 2.0)).any()
