"""Two spikes at once are taken apart, whatever their lag; one spike alone is never two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from ephys.sorting.overlaps import OverlapSettings, PairSolver
from ephys.sorting.pairing import without_composites
from ephys.sorting.precision import Precision
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import Window

FS = 25000.0
WINDOW, LONG = Window.of_ms((-2.2, 3.2), FS), Window.of_ms((-2.0, 4.0), FS)
SETTINGS = OverlapSettings()


def template(unit: int, mean_uv: np.ndarray, spread: float = 0.08) -> Template:
    track = np.array([0.0, 1e9])
    return Template(unit, 0.0, mean_uv.astype(np.float32), np.ones(2), track, np.ones(2), spread, 30.0, 0.0)


def wide(time_ms: np.ndarray) -> np.ndarray:
    return 80.0 * (np.exp(-0.5 * (time_ms / 0.25) ** 2) - 0.45 * np.exp(-0.5 * ((time_ms - 1.25) / 0.42) ** 2))


def narrow(time_ms: np.ndarray) -> np.ndarray:
    return -80.0 * (np.exp(-0.5 * (time_ms / 0.13) ** 2) - 0.45 * np.exp(-0.5 * ((time_ms - 0.47) / 0.21) ** 2))


SHAPES = (wide, narrow)


def spikes(shifts: tuple[int, ...], which: tuple[int, ...], scales: tuple[float, ...], noise: np.ndarray) -> np.ndarray:
    time = np.arange(-WINDOW.pre, WINDOW.post)
    voltage = sum(
        scale * SHAPES[kind]((time - shift) / FS * 1e3)
        for shift, kind, scale in zip(shifts, which, scales, strict=True)
    )
    return (voltage + noise)[:, np.newaxis].astype(np.float32)


@pytest.fixture(scope="module")
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def noise(rng: np.random.Generator, count: int, samples: int) -> np.ndarray:
    """Coloured noise of 10 µV."""
    rough = gaussian_filter1d(rng.normal(size=(count, samples + 40)), 0.8, axis=1)[:, 20:-20]
    return 10.0 * rough / rough.std()


@pytest.fixture(scope="module")
def solver(rng: np.random.Generator) -> PairSolver:
    quiet = noise(rng, 4000, WINDOW.samples)[:, :, np.newaxis].astype(np.float32)
    precision = Precision.of(quiet, least_noise_share=0.001)
    time_ms = np.arange(-LONG.pre, LONG.post) / FS * 1e3
    known = [template(kind, shape(time_ms)[:, np.newaxis]) for kind, shape in enumerate(SHAPES)]
    return PairSolver.of(known, precision, template_window=LONG, sampling_hz=FS, settings=SETTINGS)


@pytest.mark.parametrize("lag", range(-25, 26, 5))
def test_both_spikes_of_a_pair_are_found_at_every_lag(solver: PairSolver, rng: np.random.Generator, lag: int) -> None:
    traces = np.array([spikes((3, 3 + lag), (0, 1), (1.0, 1.0), one) for one in noise(rng, 60, WINDOW.samples)])
    pairs = solver.solve(traces, np.ones((60, 2)))
    found = {kind: pairs.shifts[pairs.templates == kind] for kind in (0, 1)}
    right = (np.abs(found[0] - 3) <= 3) & (np.abs(found[1] - 3 - lag) <= 3) & (pairs.gain > SETTINGS.least_gain)
    assert right.mean() >= 0.9


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("scale", [1.0, 0.55])
def test_one_spike_alone_is_not_two_not_even_the_small_last_one_of_a_burst(
    solver: PairSolver, rng: np.random.Generator, kind: int, scale: float
) -> None:
    traces = np.array([spikes((0,), (kind,), (scale,), one) for one in noise(rng, 400, WINDOW.samples)])
    assert (solver.solve(traces, np.ones((400, 2))).gain > SETTINGS.least_gain).mean() <= 0.005


def test_sizes_are_found_and_drawn_to_what_the_unit_has_at_that_time(
    solver: PairSolver, rng: np.random.Generator
) -> None:
    traces = np.array([spikes((0, 12), (0, 1), (0.8, 1.2), one) for one in noise(rng, 100, WINDOW.samples)])
    free = solver.solve(traces, np.tile([0.8, 1.2], (100, 1)))
    sizes = [np.median(free.scales[free.templates == kind]) for kind in (0, 1)]
    assert sizes == pytest.approx([0.8, 1.2], abs=0.03)


def test_a_template_can_be_asked_whether_pairs_of_others_explain_its_spikes_better(
    solver: PairSolver, rng: np.random.Generator
) -> None:
    traces = np.array([spikes((0,), (0,), (1.0,), one) for one in noise(rng, 50, WINDOW.samples)])
    assert (solver.solve(traces, np.ones((50, 2)), without=[0]).gain < 0).all()


def test_the_precision_of_coloured_noise_whitens_it_over_several_channels(rng: np.random.Generator) -> None:
    both = noise(rng, 6000, 60)
    own = noise(rng, 6000, 60)
    quiet = np.stack([both + own, both - 0.5 * own], axis=2).astype(np.float32)
    precision = Precision.of(quiet, least_noise_share=0.001)
    flat = quiet.reshape(len(quiet), -1).astype(np.float64)
    assert precision.misfit(flat).mean() == pytest.approx(precision.degrees, rel=0.1)
    assert (precision.misfit(flat) > precision.usual_misfit(5.0)).mean() < 0.01


@pytest.mark.parametrize("shift", [0, 2, -20, 30])
def test_what_one_spike_explains_is_not_doubtful_wherever_it_lies(
    solver: PairSolver, rng: np.random.Generator, shift: int
) -> None:
    voltage = noise(rng, 100, WINDOW.samples)
    one = np.array([spikes((shift,), (0,), (0.9,), rest) for rest in voltage])
    two = np.array([spikes((shift, shift + 12), (0, 1), (0.9, 1.1), rest) for rest in voltage])
    assert solver.doubtful(one, SETTINGS).mean() < 0.05
    assert solver.doubtful(two, SETTINGS).mean() > 0.95


def test_without_a_pair_to_choose_nothing_is_found() -> None:
    time_ms = np.arange(-LONG.pre, LONG.post) / FS * 1e3
    near = OverlapSettings(reach_ms=0.5)
    lone = PairSolver.of(
        [template(0, wide(time_ms)[:, np.newaxis])],
        Precision(np.eye(WINDOW.samples) / 10.0),
        template_window=LONG,
        sampling_hz=FS,
        settings=near,
    )
    pairs = lone.solve(np.zeros((3, WINDOW.samples, 1), dtype=np.float32), np.ones((3, 1)))
    assert np.isneginf(pairs.gain).all()
    assert pairs.templates.shape == (3, 2)


def test_a_stretch_without_crossings_holds_no_pair(solver: PairSolver) -> None:
    none = np.empty((0, WINDOW.samples, 1), dtype=np.float32)
    assert solver.doubtful(none, SETTINGS).shape == (0,)
    assert solver.solve(none, np.empty((0, 2))).templates.shape == (0, 2)


@pytest.mark.parametrize(("count", "left"), [(40, 2), (4000, 3)])
def test_a_cluster_of_overlaps_is_no_unit_unless_it_outnumbers_what_overlaps(
    rng: np.random.Generator, count: int, left: int
) -> None:
    """A cell whose shape two others happen to add up to stays: overlaps are rarer than their spikes."""
    time_ms = np.arange(-LONG.pre, LONG.post) / FS * 1e3
    both = wide(time_ms) + narrow(time_ms - 0.6)
    shapes = [wide(time_ms), narrow(time_ms), both + 60.0 * np.exp(-0.5 * (time_ms / 0.4) ** 2)]
    known = [
        replace(template(unit, shape[:, np.newaxis]), log_count=float(np.log(number)))
        for unit, (shape, number) in enumerate(zip(shapes, (1000, 1000, count), strict=True))
    ]
    samples = np.arange(50.0)
    known = [replace(one, track_samples=samples, track_scale=np.ones(50)) for one in known]
    overlaps = np.array([spikes((0, 15), (0, 1), (1.0, 1.0), one) for one in noise(rng, 50, WINDOW.samples)])
    quiet = noise(rng, 4000, WINDOW.samples)[:, :, np.newaxis].astype(np.float32)
    kept, _ = without_composites(
        known,
        lambda samples, _: overlaps[samples.astype(int)],
        quiet,
        template_window=LONG,
        sampling_hz=FS,
        settings=SETTINGS,
    )
    assert len(kept) == left
    assert [one.unit for one in kept[:2]] == [0, 1]
