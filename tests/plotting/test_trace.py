"""The voltage is drawn as it was read, each spike is marked as its unit's, and what is left out is said."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ephys.errors import ParameterError
from ephys.model import Epoch, Recording, Support, Unit
from ephys.model.recording import Run
from ephys.plotting import DOUBLE_MM, SINGLE_MM, house_style, new_figure, plot_trace
from ephys.plotting.palette import DARK, LIGHT
from ephys.sorting import SortingSettings

FS = 20_000.0
SPIKES_S = (0.2, 0.4, 0.45)
WHOLE = Support.of(Epoch(0.0, 60.0))


@pytest.fixture(scope="module")
def recording() -> Recording:
    """A minute of noise on one wire, with three spikes in the first second and a rail at 30 s."""
    wire = np.random.default_rng(0).normal(0.0, 10.0, round(60 * FS))
    for spike_s in SPIKES_S:
        peak = round(spike_s * FS)
        wire[peak - 10 : peak + 11] += 200.0 * np.hanning(21)
    wire[600_000:602_000] = 5000.0
    return Recording.from_array(wire, sampling_hz=FS, band_hz=(1.0, 6000.0))


def unit(name: str = "1", times_s: Iterable[float] = SPIKES_S, support: Support = WHOLE) -> Unit:
    times = np.array(list(times_s))
    return Unit(name, times, support, np.full(times.shape, 200.0), 45.0, 10.0)


def ticks(ax: Axes) -> list[Line2D]:
    """Rows of ticks, from the top."""
    return [line for line in ax.lines if line.get_marker() == "|"]


def voltage(ax: Axes) -> Line2D:
    return max(ax.lines, key=lambda line: len(line.get_xdata()))


def said(ax: Axes) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    """Texts of the figure that cover one another, or reach beyond it."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.canvas.draw()
    texts = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]
    texts = [t for t in texts if ax.xaxis.get_visible() or t not in ax.xaxis.findobj(Text)]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
    page = figure.bbox
    out = [(text, "page") for text, box in boxes if box.x0 < page.x0 - 1 or box.x1 > page.x1 + 1]
    return out + [
        (one, other)
        for i, (one, a) in enumerate(boxes)
        for other, b in boxes[i + 1 :]
        if (common := Bbox.intersection(a, b)) is not None and min(common.width, common.height) > 1.0
    ]


def test_every_sample_of_a_short_stretch_is_drawn_where_it_was_taken(recording: Recording) -> None:
    ax = plot_trace(recording, within=Epoch(0.19, 0.21))
    np.testing.assert_allclose(voltage(ax).get_ydata(), recording.read(3800, 4200)[:, 0], rtol=1e-6)
    np.testing.assert_allclose(voltage(ax).get_xdata(), np.arange(3800, 4200) / FS)
    assert ax.get_ylabel() == "voltage (µV)"
    assert said(ax) == "as recorded, 1 to 6000 Hz"
    assert ax.get_xlabel() == "time from 0.19 s (ms)"


def test_of_a_minute_the_peaks_are_drawn_and_the_caption_says_how(recording: Recording) -> None:
    ax = plot_trace(recording, within=Epoch(0.0, 60.0))
    drawn, all_uv = np.asarray(voltage(ax).get_ydata()), recording.read(0, recording.n_samples)
    assert (drawn.min(), drawn.max()) == (all_uv.min(), all_uv.max())
    assert len(drawn) <= 4000
    assert said(ax) == "as recorded, 1 to 6000 Hz; lowest and highest sample of every 30 ms"
    assert ax.get_xlabel() == "time (s)"


def test_each_unit_has_a_row_with_its_spikes_of_the_stretch_and_their_number(recording: Recording) -> None:
    units = [unit(), unit("2", [0.1, 50.0]), unit("3", [50.0])]
    ax = plot_trace(recording, units, within=Epoch(0.0, 0.45))
    assert [np.asarray(row.get_xdata()).tolist() for row in ticks(ax)] == [[0.2, 0.4], [0.1]]
    assert [t.get_text() for t in ax.texts] == ["unit 1, n = 2", "unit 2, n = 1", "unit 3, n = 0"]
    ax.get_figure(root=True).canvas.draw()  # type: ignore[union-attr]
    heights = [row.get_window_extent().y0 for row in ticks(ax)]
    assert heights[0] > heights[1] > ax.get_window_extent().y1, "rows stand above the voltage, the first at the top"


def test_a_spike_is_in_the_colour_of_its_unit_and_nothing_else_is(recording: Recording) -> None:
    ax = plot_trace(recording, [unit("0", [0.3]), unit()], within=Epoch(0.35, 0.47))
    (spikes,) = (line for line in ax.lines if line.get_color() == LIGHT.series(1) and len(line.get_xdata()) > 100)
    coloured_s = np.asarray(spikes.get_xdata())[np.isfinite(np.asarray(spikes.get_ydata(), dtype=float))]
    from_spike_ms = 1e3 * (coloured_s[:, None] - np.array(SPIKES_S[1:]))
    assert (((from_spike_ms > -0.801) & (from_spike_ms < 1.6)).any(axis=1)).all()
    assert np.nanmax(np.asarray(spikes.get_ydata(), dtype=float)) > 180.0


def test_a_row_is_drawn_only_where_the_unit_could_be_seen(recording: Recording) -> None:
    seen = Support.of(Epoch(0.0, 0.1), Epoch(0.3, 60.0))
    late = Support.of(Epoch(20.0, 60.0))
    ax = plot_trace(recording, [unit("1", [0.4], seen), unit("2", [], late)], within=Epoch(0.0, 0.5))
    rows = [np.asarray(line.get_xdata()).tolist() for line in ax.lines if line.get_linewidth() == 0.3]
    assert rows == [[0.0, 0.1], [0.3, 0.5]]
    assert ax.texts[1].get_text() == "unit 2, not seen here"


def test_artefacts_are_shaded_named_and_counted_and_do_not_scale_the_axes(recording: Recording) -> None:
    rails = [Epoch(29.9995, 30.101, "clipping"), Epoch(30.4, 30.41, "pop"), Epoch(50.0, 50.1, "pop")]
    ax = plot_trace(recording, within=Epoch(29.5, 30.5), artefacts=rails)
    shaded = [collection for collection in ax.collections if isinstance(collection, PolyCollection)]
    for collection in shaded:
        spans = [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in collection.get_paths()]  # type: ignore[index]
        assert spans == [(29.9995, 30.101), (30.4, pytest.approx(30.41))]
    assert {collection.get_hatch() for collection in shaded} == {None, "xxx"}
    assert [text.get_text() for text in ax.texts] == ["clipping", "pop"]
    assert "shaded: 2 artefacts (1 × clipping, 1 × pop)" in said(ax)
    assert ax.get_ylim()[1] < 100.0
    assert "artefacts cut off: -" in said(ax)
    assert said(ax).endswith("to 5000 µV")
    assert np.nanmax(np.asarray(voltage(ax).get_ydata(), dtype=float)) <= ax.get_ylim()[1]


def test_many_artefacts_are_counted_where_their_names_would_touch(recording: Recording) -> None:
    pops = [Epoch(start_s, start_s + 0.1, "pop") for start_s in np.arange(0.0, 50.0, 0.5)]
    ax = plot_trace(recording, within=Epoch(0.0, 60.0), artefacts=pops)
    assert not ax.texts
    assert "shaded: 100 artefacts (100 × pop)" in said(ax)


def test_a_threshold_is_drawn_in_the_band_that_it_holds_in_alone(recording: Recording) -> None:
    def dashed(ax: Axes) -> list[float]:
        return sorted(float(np.asarray(line.get_ydata())[0]) for line in ax.lines if line.get_linestyle() == "--")

    assert dashed(plot_trace(recording, [unit()], within=Epoch(0.0, 0.5))) == []
    ax = plot_trace(recording, [unit()], within=Epoch(0.0, 0.5), sorting=SortingSettings())
    assert dashed(ax) == [-45.0, 45.0]
    assert "sorting band, 150 to 6000 Hz, zero phase" in said(ax)
    assert said(ax).endswith("dashed: detection threshold, ± 45 µV")


def test_channels_stand_under_one_another_on_one_scale_without_touching() -> None:
    rng = np.random.default_rng(1)
    traces = rng.normal(0.0, 10.0, (4000, 3)) * np.array([1.0, 3.0, 1.0]) + np.array([0.0, 900.0, -900.0])
    names = ("a", "b", "c")
    recording = Recording.from_array(traces, sampling_hz=FS, channel_names=names)
    ax = plot_trace(recording, within=Epoch(0.0, 0.1), channels=(2, 1))
    below, above = (np.asarray(line.get_ydata()) for line in (ax.lines[1], ax.lines[0]))
    assert below.max() < above.min()
    assert np.ptp(below) == pytest.approx(np.ptp(traces[:2000, 1]), rel=1e-4)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["c", "b"]
    assert any(text.get_text().endswith("µV") for text in ax.texts), "a voltage without a scale is none"


def test_scale_bars_are_as_long_as_they_say(recording: Recording) -> None:
    ax = plot_trace(recording, within=Epoch(0.0, 0.1), scale_bars=True)
    time_bar, voltage_bar = ax.lines[-1], ax.lines[-2]
    assert np.ptp(np.asarray(time_bar.get_xdata())) == pytest.approx(0.02)
    assert "20 ms" in [text.get_text() for text in ax.texts]
    (volts,) = (text.get_text() for text in ax.texts if text.get_text().endswith("µV"))
    assert volts == f"{np.ptp(np.asarray(voltage_bar.get_ydata())):g} µV"
    assert not ax.xaxis.get_visible()


def test_a_pause_is_hatched_and_no_line_crosses_it() -> None:
    source = Recording.from_array(np.ones((4000, 1)), sampling_hz=1000.0).source
    paused = Recording(source, 1000.0, (Run(0, 1000, 0.0), Run(1000, 3000, 5.0)))
    ax = plot_trace(paused, within=Epoch(0.0, 8.0))
    assert np.isnan(np.asarray(voltage(ax).get_ydata(), dtype=float)).any()
    (hatched,) = (patch for patch in ax.patches if patch.get_hatch())
    assert hatched.get_extents().transformed(ax.transData.inverted()).intervalx.tolist() == pytest.approx([1.0, 5.0])


def test_silence_is_drawn_as_a_line() -> None:
    flat = Recording.from_array(np.zeros(2000), sampling_hz=FS)
    ax = plot_trace(flat, [Unit.from_times([], support=WHOLE)], within=Epoch(0.0, 0.1))
    assert ax.get_ylim() == (-1.0, 1.0)
    assert said(ax) == "as recorded, band unknown"


def test_on_dark_paper_nothing_is_in_the_ink_of_light_paper(recording: Recording) -> None:
    with house_style(theme="dark"):
        ax = plot_trace(recording, [unit()], within=Epoch(0.1, 0.3), artefacts=[Epoch(0.15, 0.16, "pop")])
    drawn = {mpl.colors.to_hex(artist.get_color()) for artist in (*ax.lines, *ax.texts)}
    assert LIGHT.ink not in drawn
    assert DARK.ink in drawn


@pytest.mark.parametrize("width_mm", [SINGLE_MM, DOUBLE_MM])
def test_no_text_covers_another_with_ten_units_and_artefacts(recording: Recording, width_mm: float) -> None:
    units = [unit(str(k + 1), [0.01 * k]) for k in range(10)]
    pops = [Epoch(0.1, 0.11, "pop"), Epoch(0.3, 0.32, "clipping")]
    with house_style():
        ax = new_figure(width_mm=width_mm, height_mm=95.0).subplots()
        plot_trace(recording, units, within=Epoch(0.0, 0.5), artefacts=pops, sorting=SortingSettings(), ax=ax)
    assert overlaps(ax) == []


def test_a_session_without_voltage_is_told_so() -> None:
    with pytest.raises(ParameterError, match="no voltage to draw; plot_snippets"):
        plot_trace(None, within=Epoch(0.0, 1.0))
