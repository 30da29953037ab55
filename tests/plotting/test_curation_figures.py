"""The figures by which a person decides show the spikes themselves."""

from __future__ import annotations

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection

from ephys.firing import autocorrelogram, crosscorrelogram
from ephys.model import Epoch, Support, Unit, Waveform
from ephys.plotting import plot_amplitudes, plot_correlogram, plot_scaled_means, plot_snippets
from ephys.plotting.palette import LIGHT

mpl.use("Agg")
WHOLE = Support.of(Epoch(0.0, 500.0))


def unit(n: int = 300, *, id: str = "1", channels: int = 1, peak_uv: float = 100.0, pre_s: float = 0.002) -> Unit:
    rng = np.random.default_rng(3)
    time_ms = np.arange(160) / 20.0 - 2.0
    spike = peak_uv * np.exp(-((time_ms / 0.4) ** 2))[None, :, None] * (1.0 + np.arange(channels))
    snippets = spike + rng.normal(0, 5, (n, 160, channels))
    waveform = Waveform(snippets, np.arange(n), 20000.0, pre_s, (100.0, 7000.0), 2, "zero", "wide_band")
    return Unit(id, np.arange(n, dtype=float), WHOLE, rng.normal(peak_uv, 5, n), 40.0, 10.0, waveform)


def clouds(axes: mpl.axes.Axes) -> list[np.ndarray]:
    return [np.array(c.get_segments()) for c in axes.collections if isinstance(c, LineCollection)]


def test_a_hundred_spikes_are_drawn_the_same_each_time_with_the_mean_of_all() -> None:
    one = unit()
    first, again = plot_snippets(one, seed=4), plot_snippets(one, seed=4)
    (cloud,), (same,), (other,) = clouds(first), clouds(again), clouds(plot_snippets(one, seed=5))
    assert len(cloud) == 100
    np.testing.assert_array_equal(cloud, same)
    assert not np.array_equal(cloud, other)
    assert one.waveform is not None
    drawn = next(line for line in first.lines if len(line.get_xdata()) == 160)
    np.testing.assert_allclose(drawn.get_ydata(), one.waveform.snippets_uv[:, :, 0].mean(axis=0), rtol=1e-5)


def test_the_cloud_is_an_image_so_that_pages_stay_small() -> None:
    assert all(c.get_rasterized() for c in plot_snippets(unit()).collections)


def test_two_units_have_two_colours_and_their_names() -> None:
    axes = plot_snippets((unit(id="2"), unit(id="5", peak_uv=50.0)))
    assert {mpl.colors.to_hex(c.get_color()[0]) for c in axes.collections} == {LIGHT.series(0), LIGHT.series(1)}
    assert [text.get_text() for text in axes.texts] == ["unit 2", "unit 5"]


def test_the_largest_four_channels_stand_side_by_side_and_do_not_overlap() -> None:
    axes = plot_snippets(unit(channels=6))
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["ch 3", "ch 4", "ch 5", "ch 6"]
    ends = [(line.get_xdata().min(), line.get_xdata().max()) for line in axes.lines if len(line.get_xdata()) == 160]
    assert all(before[1] < after[0] for before, after in pairwise(ends))


def test_a_unit_without_shapes_is_said_to_have_none() -> None:
    bare = Unit.from_times([1.0], support=WHOLE, id="7")
    assert plot_snippets(bare).texts[0].get_text() == "no spike shapes known"
    assert "unit 7 (no shapes known)" in [text.get_text() for text in plot_snippets((unit(), bare)).texts]


def test_the_level_of_chance_is_drawn_between_two_units_only() -> None:
    one, other = unit(), unit(id="2")
    cross = plot_correlogram(crosscorrelogram(one, other))
    whose, signs = cross.get_title(loc="left").split("\n")
    assert whose == f"2 after 1, n = {other.n_spikes} and {one.n_spikes} spikes"
    assert signs == "dashed: by chance; shaded: ± 2 ms"
    assert len(cross.lines) == len(plot_correlogram(autocorrelogram(one)).lines) + 1


@pytest.mark.parametrize("lag", ["fine", "coarse"])
def test_a_correlogram_of_no_spikes_can_be_drawn(lag: str) -> None:
    silent = Unit.from_times([], support=WHOLE)
    bin_ms, max_lag_ms = {"fine": (1.0, 50.0), "coarse": (20.0, 1000.0)}[lag]
    axes = plot_correlogram(autocorrelogram(silent, bin_ms=bin_ms, max_lag_ms=max_lag_ms))
    assert axes.get_ylim() == (0.0, 1.0)


def test_amplitudes_of_two_units_share_one_axis_that_holds_both() -> None:
    axes = plot_amplitudes(unit(peak_uv=50.0), beside=(unit(id="2", peak_uv=200.0),))
    assert [mpl.colors.to_hex(c.get_facecolor()[0]) for c in axes.collections[:2]] == [LIGHT.series(0), LIGHT.series(1)]
    assert axes.get_ylim()[1] > 200.0
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["unit 1, n = 300 spikes", "unit 2, n = 300 spikes"]
    one, other = (c.get_paths()[0].vertices for c in axes.collections[:2])
    assert one.shape != other.shape, "colour alone would not tell them in print"


def test_what_one_of_two_units_was_recorded_in_is_not_hatched() -> None:
    early = Unit.from_times([1.0], support=Epoch(0.0, 200.0))
    alone, pair = (
        plot_amplitudes(early, within=Epoch(0.0, 500.0)),
        plot_amplitudes(early, beside=(unit(id="2"),), within=Epoch(0.0, 500.0)),
    )
    assert [len([p for p in axes.patches if p.get_hatch()]) for axes in (alone, pair)] == [1, 0]


def test_units_that_were_never_recorded_together_are_not_shown_as_if_they_avoided_one_another() -> None:
    early = Unit.from_times([1.0], support=Epoch(0.0, 200.0), id="3a")
    late = Unit.from_times([300.0], support=Epoch(200.0, 500.0), id="3b")
    axes = plot_correlogram(crosscorrelogram(early, late))
    assert axes.get_title(loc="left") == "3b after 3a: never recorded together"


def test_means_scaled_to_one_size_lie_on_one_another_where_the_shapes_are_one() -> None:
    large, small = unit(peak_uv=200.0), unit(id="2", peak_uv=50.0)
    axes = plot_scaled_means((large, small))
    first, second = (np.asarray(line.get_ydata(), dtype=float) for line in axes.lines[:2])
    assert (np.abs(first).max(), np.abs(second).max()) == pytest.approx((1.0, 1.0), rel=1e-5)
    assert np.abs(first - second).max() < 0.1
    sizes = [float(text.get_text().split()[-2]) for text in axes.texts]
    assert sizes == pytest.approx([200.0, 50.0], rel=0.1)


def test_of_scaled_means_too_a_unit_without_shapes_is_named_so() -> None:
    bare = Unit.from_times([1.0], support=WHOLE, id="7")
    assert plot_scaled_means((bare, bare)).texts[0].get_text() == "no spike shapes known"
    texts = [text.get_text() for text in plot_scaled_means((bare, unit())).texts]
    assert texts[0] == "unit 7 (no shapes known)"
    assert "µV" in texts[1]
