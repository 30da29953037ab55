"""What becomes a pair, where its spikes are laid, and which clusters are overlaps of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from ephys.sorting.overlaps import OverlapSettings, Pairs, PairSolver
from ephys.sorting.pairing import Found, find_pairs, without_composites
from ephys.sorting.precision import Precision
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import Window, cut_snippets

FS = 25000.0
WINDOW, LONG = Window.of_ms((-2.2, 3.2), FS), Window.of_ms((-2.0, 4.0), FS)
SETTINGS = OverlapSettings(doubtful_sd=-5.0)
"""The voltage looked at has no noise: what one spike leaves of it is less than noise leaves."""

NOISE_UV = 10.0
WHITE = Precision(np.eye(WINDOW.samples) / NOISE_UV)
ROW = 1000
WIDE, NARROW = 0, 1


def wide(samples: np.ndarray) -> np.ndarray:
    time_ms = samples / FS * 1e3
    return 80.0 * (np.exp(-0.5 * (time_ms / 0.25) ** 2) - 0.45 * np.exp(-0.5 * ((time_ms - 1.25) / 0.42) ** 2))


def narrow(samples: np.ndarray) -> np.ndarray:
    time_ms = samples / FS * 1e3
    return -80.0 * (np.exp(-0.5 * (time_ms / 0.13) ** 2) - 0.45 * np.exp(-0.5 * ((time_ms - 0.47) / 0.21) ** 2))


SHAPES = (wide, narrow)
Spike = tuple[int, float, float]
"""Shape, sample number of the peak, size."""


def template(unit: int, mean_uv: np.ndarray, *, spread: float = 0.1, size: float = 1.0, count: int = 100) -> Template:
    track = np.array([0.0, 1e9])
    mean_uv = mean_uv.astype(np.float32)[:, np.newaxis]
    return Template(unit, 0.0, mean_uv, np.ones(2), track, np.full(2, size), spread, 30.0, float(np.log(count)))


def templates(spread: float = 0.1, size: float = 1.0) -> list[Template]:
    around = np.arange(-LONG.pre, LONG.post)
    return [template(unit, shape(around), spread=spread, size=size) for unit, shape in enumerate(SHAPES)]


def solver_of(known: list[Template]) -> PairSolver:
    return PairSolver.of(known, WHITE, template_window=LONG, sampling_hz=FS, settings=SETTINGS)


def wire(*spikes: Spike, beside_uv: float = 0.0) -> np.ndarray:
    """Voltage of some spikes, without noise, and of something that no cell makes."""
    samples = np.arange(2 * ROW)
    voltage = sum((size * SHAPES[kind](samples - at) for kind, at, size in spikes), np.zeros(2 * ROW))
    ripple = beside_uv * np.sin(samples / 2.0) * (np.abs(samples - ROW) < 30)
    return (voltage + ripple)[:, np.newaxis].astype(np.float32)


def find(
    traces_uv: np.ndarray,
    rows: tuple[int, ...] = (ROW,),
    known: list[Template] | None = None,
    settings: OverlapSettings = SETTINGS,
) -> Found:
    known = templates() if known is None else known
    at = np.array(rows, dtype=np.int64)
    return find_pairs(
        traces_uv,
        at,
        at.astype(np.float64),
        templates=known,
        solver=solver_of(known),
        template_window=LONG,
        settings=settings,
    )


def solved(traces_uv: np.ndarray, known: list[Template] | None = None) -> Pairs:
    known = templates() if known is None else known
    return solver_of(known).solve(cut_snippets(traces_uv, np.array([ROW]), WINDOW), np.ones((1, len(known))))


def count(settings: OverlapSettings, traces_uv: np.ndarray) -> int:
    return len(find(traces_uv, settings=settings).rows)


BOTH = ((WIDE, ROW + 2.0, 1.0), (NARROW, ROW + 14.0, 1.0))


@pytest.mark.parametrize("lag", [-31.6, -12.7, -5.3, 9.4, 12.3, 26.8])
@pytest.mark.parametrize("sizes", [(1.0, 1.0), (0.85, 1.2)])
def test_both_spikes_are_placed_between_the_samples_and_sized(lag: float, sizes: tuple[float, float]) -> None:
    places = ROW + 1.3, ROW + 1.3 + lag
    found = find(wire((WIDE, places[0], sizes[0]), (NARROW, places[1], sizes[1])), known=templates(spread=0.5))
    assert sorted(found.which) == [WIDE, NARROW]
    order = np.argsort(found.which)
    assert (found.rows + found.offsets)[order] == pytest.approx(places, abs=0.6)
    assert found.scales[order] == pytest.approx(sizes, rel=0.06)


@pytest.mark.parametrize("sizes", [(0.75, 1.3), (1.3, 0.75)])
@pytest.mark.parametrize("lag", [10, 16])
@pytest.mark.parametrize("part", [-0.3, 0.4])
@pytest.mark.parametrize("kind", [WIDE, NARROW])
def test_a_peak_is_read_between_the_samples_without_the_other_spike(
    kind: int, part: float, lag: int, sizes: tuple[float, float]
) -> None:
    """The flank of the other spike would move it."""
    places = np.array([ROW, ROW + lag], dtype=float)
    places[kind] += part
    found = find(wire((WIDE, places[0], sizes[0]), (NARROW, places[1], sizes[1])), known=templates(spread=0.5))
    fine = np.arange(-1.0, 1.0, 0.01)
    vertex = fine[np.abs(SHAPES[kind](fine)).argmax()]
    assert (found.rows + found.offsets)[found.which == kind] == pytest.approx([places[kind] + vertex], abs=0.1)


def test_one_spike_is_no_pair_even_if_any_gain_will_do() -> None:
    anything = replace(SETTINGS, least_gain=-1e9, gain_share=0.0, worst_sd=1e9)
    for kind, size in ((WIDE, 1.0), (NARROW, 1.0), (WIDE, 0.55)):
        assert len(find(wire((kind, ROW, size)), settings=anything).rows) == 0
    assert len(find(wire(*BOTH), settings=anything).rows) == 2


def test_a_pair_is_taken_only_if_it_gains_enough_over_one_spike() -> None:
    traces = wire(*BOTH)
    pair = solved(traces)
    gain, share = float(pair.gain[0]), float(pair.gain[0] / pair.single[0])
    assert count(replace(SETTINGS, least_gain=0.98 * gain, gain_share=0.0), traces) == 2
    assert count(replace(SETTINGS, least_gain=1.02 * gain, gain_share=0.0), traces) == 0
    assert count(replace(SETTINGS, least_gain=0.0, gain_share=0.98 * share), traces) == 2
    assert count(replace(SETTINGS, least_gain=0.0, gain_share=1.02 * share), traces) == 0
    assert count(replace(SETTINGS, least_gain=0.6 * gain, gain_share=0.6 * share), traces) == 0


def test_a_pair_that_leaves_too_much_is_not_taken() -> None:
    """What it may leave is so much noise, and a share of what it gains."""
    traces = wire(*BOTH, beside_uv=60.0)
    pair = solved(traces)
    noise = (float(pair.misfit[0]) - WHITE.degrees) / np.sqrt(2.0 * WHITE.degrees)
    assert noise > SETTINGS.worst_sd
    assert count(replace(SETTINGS, worst_sd=1.02 * noise, distortion=0.0), traces) == 2
    assert count(replace(SETTINGS, worst_sd=0.98 * noise, distortion=0.0), traces) == 0
    share = (float(pair.misfit[0]) - WHITE.usual_misfit(SETTINGS.worst_sd)) / float(pair.gain[0])
    assert count(replace(SETTINGS, distortion=1.02 * share), traces) == 2
    assert count(replace(SETTINGS, distortion=0.98 * share), traces) == 0


@pytest.mark.parametrize(("size", "taken"), [(0.44, False), (0.56, True), (1.5, True), (1.7, False)])
@pytest.mark.parametrize("kind", [WIDE, NARROW])
@pytest.mark.parametrize("usual", [1.0, 1.8])
def test_each_spike_has_about_the_size_that_its_unit_has_at_that_time(
    kind: int, usual: float, size: float, taken: bool
) -> None:
    """A spread this wide leaves the sizes to the voltage."""
    sizes = {kind: size * usual, 1 - kind: usual}
    known = templates(spread=2.0, size=usual)
    found = find(wire((WIDE, ROW + 1.0, sizes[WIDE]), (NARROW, ROW + 13.0, sizes[NARROW])), known=known)
    assert len(found.rows) == 2 * taken


def test_crossings_that_look_at_the_same_voltage_find_one_pair() -> None:
    found = find(wire(*BOTH), rows=(ROW - 3, ROW + 2, ROW + 14))
    assert sorted(found.which) == [WIDE, NARROW]


@pytest.mark.parametrize(("apart", "pairs"), [(WINDOW.post - 2, 1), (WINDOW.post + 2, 2)])
def test_pairs_that_lie_a_window_apart_are_both_found(apart: int, pairs: int) -> None:
    later = tuple((kind, at + apart, size) for kind, at, size in BOTH)
    lenient = replace(SETTINGS, worst_sd=1e9)
    assert len(find(wire(*BOTH, *later), rows=(ROW, ROW + apart), settings=lenient).rows) == 2 * pairs


def test_of_two_pairs_too_close_the_one_that_gains_more_is_taken() -> None:
    apart = WINDOW.post - 2
    small = tuple((kind, at + apart, 0.7) for kind, at, _ in BOTH)
    for first, second in ((BOTH, small), (small, BOTH)):
        found = find(wire(*first, *second), rows=(ROW, ROW + apart), settings=replace(SETTINGS, worst_sd=1e9))
        assert sorted(found.rows) == pytest.approx(sorted(at for _, at, _ in BOTH), abs=3)


def test_a_spike_that_began_before_the_voltage_lies_at_its_first_sample() -> None:
    traces = wire((WIDE, ROW - 6.0, 1.0), (NARROW, ROW + 14.0, 1.0))[ROW:]
    anything = replace(SETTINGS, least_gain=-1e9, gain_share=0.0, worst_sd=1e9)
    found = find(traces, rows=(14,), known=templates(spread=0.03), settings=anything)
    assert found.rows[np.argsort(found.which)].tolist() == [0, 14]


def test_without_templates_or_crossings_there_is_nothing() -> None:
    for found in (find(wire(*BOTH), known=[]), find(wire(*BOTH), rows=())):
        assert [len(part) for part in (found.rows, found.offsets, found.which, found.scales)] == [0, 0, 0, 0]


COUNT = 60
"""Spikes of each cluster."""


class Clusters:
    """Two cells and a third cluster, with the voltage of its spikes."""

    def __init__(self, third: np.ndarray, spikes_uv: np.ndarray, *, third_count: int = 40) -> None:
        around = np.arange(-LONG.pre, LONG.post)
        self.known = [
            replace(
                template(unit, shape, count=number),
                track_samples=np.arange(COUNT) * 10.0 + unit,
                track_scale=np.ones(COUNT),
            )
            for unit, (shape, number) in enumerate(
                zip((wide(around), narrow(around), third), (1000, 900, third_count), strict=True)
            )
        ]
        own = np.arange(-WINDOW.pre, WINDOW.post)
        rng = np.random.default_rng(0)
        # By unit and spike, which the sample number tells: unit + 10 * spike.
        self.voltage = np.stack([np.tile(wide(own), (COUNT, 1)), np.tile(narrow(own), (COUNT, 1)), spikes_uv])
        self.voltage += rng.normal(0.0, NOISE_UV, self.voltage.shape)
        self.quiet = rng.normal(0.0, NOISE_UV, (4000, WINDOW.samples, 1)).astype(np.float32)
        self.asked: list[np.ndarray] = []

    def cut(self, samples: np.ndarray, window: Window) -> np.ndarray:
        assert window == WINDOW
        self.asked.append(samples)
        at = samples.astype(int)
        return self.voltage[at % 10, at // 10][:, :, np.newaxis].astype(np.float32)

    def left(self, settings: OverlapSettings = SETTINGS) -> list[int]:
        kept, solver = without_composites(
            self.known, self.cut, self.quiet, template_window=LONG, sampling_hz=FS, settings=settings
        )
        assert sorted(set(solver.which.tolist())) == list(range(len(kept)))
        return [one.unit for one in kept]


def overlaps(around: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """A wide spike and a narrow one, at each of some lags."""
    return wide(around) + narrow(around - lags[:, np.newaxis])


def smeared(lags: np.ndarray) -> np.ndarray:
    """Mean spike of a cluster of overlaps whose lags differ."""
    return overlaps(np.arange(-LONG.pre, LONG.post), lags).mean(axis=0)


LAGS = np.linspace(8.0, 20.0, COUNT)
OWN = np.arange(-WINDOW.pre, WINDOW.post)


def test_a_cluster_of_overlaps_at_similar_lags_is_dropped() -> None:
    assert Clusters(smeared(LAGS), overlaps(OWN, LAGS)).left() == [0, 1]


def test_what_is_left_when_a_cluster_is_dropped_is_judged_by_its_own_spikes() -> None:
    """The cluster of overlaps comes first, then a cell as rare."""
    clusters = Clusters(smeared(LAGS), overlaps(OWN, LAGS))
    first, second, third = clusters.known
    rare = replace(second, log_count=third.log_count)
    more = replace(template(3, narrow(np.arange(-LONG.pre, LONG.post))), log_count=second.log_count)
    more = replace(more, track_samples=second.track_samples, track_scale=second.track_scale)
    clusters.known = [third, rare, first, more]
    assert clusters.left() == [1, 0, 3]


def test_a_cell_that_resembles_a_sum_of_two_others_is_kept() -> None:
    def cell(samples: np.ndarray) -> np.ndarray:
        return overlaps(samples, np.array([14.0]))[0] + gaussian_filter1d(30.0 * (np.abs(samples - 4) < 6), 2.0)

    clusters = Clusters(cell(np.arange(-LONG.pre, LONG.post)), np.tile(cell(OWN), (COUNT, 1)))
    assert clusters.left() == [0, 1, 2]


@pytest.mark.parametrize(("third_count", "left"), [(899, [0, 1]), (900, [0, 1, 2]), (5000, [0, 1, 2])])
def test_a_cluster_no_rarer_than_a_cell_is_no_overlap_of_that_cell(third_count: int, left: list[int]) -> None:
    assert Clusters(smeared(LAGS), overlaps(OWN, LAGS), third_count=third_count).left() == left


@pytest.mark.parametrize(("share", "left"), [(0.4, [0, 1, 2]), (0.6, [0, 1])])
def test_most_spikes_of_a_cluster_decide_whether_it_is_one_of_overlaps(share: float, left: list[int]) -> None:
    lags = np.full(COUNT, 14.0)
    lags[: round(share * COUNT)] = 24.0
    third = overlaps(np.arange(-LONG.pre, LONG.post), lags[-1:])[0]
    alone = np.tile(overlaps(OWN, lags[-1:])[0], (COUNT, 1))
    mixed = np.where(lags[:, np.newaxis] == 24.0, overlaps(OWN, lags), alone)
    assert Clusters(third, mixed).left() == left


def test_a_cluster_is_dropped_only_if_pairs_explain_it_better_by_enough() -> None:
    clusters = Clusters(smeared(LAGS), overlaps(OWN, LAGS))
    known = PairSolver.of(
        clusters.known,
        Precision.of(clusters.quiet, least_noise_share=SETTINGS.least_noise_share),
        template_window=LONG,
        sampling_hz=FS,
        settings=SETTINGS,
    )
    third = clusters.voltage[2][:, :, np.newaxis].astype(np.float32)
    gain = float(np.median(known.solve(third, np.ones((COUNT, 3)), without=[2]).gain))
    assert clusters.left(replace(SETTINGS, least_gain=0.99 * gain)) == [0, 1]
    assert clusters.left(replace(SETTINGS, least_gain=1.01 * gain)) == [0, 1, 2]


def test_spikes_from_first_to_last_are_looked_at_in_one_go_and_in_order() -> None:
    clusters = Clusters(smeared(LAGS), overlaps(OWN, LAGS))
    clusters.left(replace(SETTINGS, looked_at=12))
    (samples,) = clusters.asked
    assert (np.diff(samples) > 0).all()
    assert [int((samples % 10 == unit).sum()) for unit in range(3)] == [12, 12, 12]
    assert (samples[0], samples[-1]) == (0.0, 10.0 * (COUNT - 1) + 2)


def test_no_templates_are_left_as_they_are() -> None:
    none = np.empty((0, WINDOW.samples, 1), dtype=np.float32)
    quiet = np.random.default_rng(0).normal(0.0, NOISE_UV, (200, WINDOW.samples, 1)).astype(np.float32)
    kept, solver = without_composites(
        [], lambda *_: none, quiet, template_window=LONG, sampling_hz=FS, settings=SETTINGS
    )
    assert kept == []
    assert solver.solve(none, np.empty((0, 0))).templates.shape == (0, 2)
