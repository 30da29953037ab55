"""A crossing is taken for the unit whose shape, size and place it has, and for none where one of them is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from ephys.sorting.detection import DetectionSettings
from ephys.sorting.faint import FaintSettings, MatchedFilters
from ephys.sorting.features import FeatureSpace
from ephys.sorting.islands import Islands
from ephys.sorting.matches import Matcher, MatchingSettings
from ephys.sorting.matching import (
    _best_template,
    _confirm,
    _match_faint,
    _match_round,
    _overshadowed,
    _placed,
    _within,
)
from ephys.sorting.overlaps import OverlapSettings, PairSolver
from ephys.sorting.stretches import Stretches
from ephys.sorting.templates import Background, Template
from ephys.sorting.waveforms import Window

FS, NOISE_UV = 25000.0, 10.0
WINDOW, LONG = Window(20, 41), Window(30, 60)
TIME = np.arange(-LONG.pre, LONG.post, dtype=np.float64)
NOTHING = Background(np.empty((0, WINDOW.samples)), np.empty((0, WINDOW.samples, WINDOW.samples)), np.empty(0))
SPACE = FeatureSpace(np.eye(WINDOW.samples) / NOISE_UV)
"""Features are the voltage itself in noise SD: the noise is white."""


def round_spike(late: float = 0.0) -> np.ndarray:
    return np.exp(-0.5 * ((TIME - late) / 3.0) ** 2)


def two_phased(late: float = 0.0) -> np.ndarray:
    return -np.exp(-0.5 * ((TIME - late) / 2.0) ** 2) + 0.6 * np.exp(-0.5 * ((TIME - late - 8.0) / 3.0) ** 2)


def features(voltage: np.ndarray) -> np.ndarray:
    """Features of one spike over the long window."""
    return voltage[LONG.columns_of(WINDOW)] / NOISE_UV


def template(mean: np.ndarray, *, spread: float = 0.1, gate: float = 60.0, log_count: float = 5.0) -> Template:
    track = np.array([0.0, 1e6])
    axis = features(mean)
    return Template(0, 0.0, mean[:, np.newaxis].astype(np.float32), axis, track, np.ones(2), spread, gate, log_count)


LARGE, SMALL = template(100.0 * round_spike()), template(60.0 * two_phased())


def matcher(*templates: Template, least: float = 0.3, background: Background = NOTHING) -> Matcher:
    return Matcher(
        templates=templates,
        background=background,
        space=SPACE,
        window=WINDOW,
        long_window=LONG,
        noise_uv=np.array([NOISE_UV]),
        sampling_hz=FS,
        detection=DetectionSettings(),
        settings=MatchingSettings(),
        solver=cast(PairSolver, None),
        overlaps=OverlapSettings(),
        filters=cast(MatchedFilters, None),
        least=np.full(len(templates), least),
    )


def islands(traces_uv: np.ndarray) -> Islands:
    """One island that is the whole chunk."""
    whole = Stretches(np.array([0]), np.array([len(traces_uv)]))
    return Islands(0, len(traces_uv), whole, traces_uv, np.empty(0, dtype=np.int64))


def wire(*spikes: tuple[int, np.ndarray]) -> np.ndarray:
    traces = np.zeros((1000, 1), dtype=np.float32)
    for row, spike in spikes:
        traces[row - LONG.pre : row + LONG.post, 0] += spike.astype(np.float32)
    return traces


# Which template


def test_the_likelier_template_has_the_crossing_and_its_size() -> None:
    spikes = np.array([features(spike) for spike in (90.0 * round_spike(), 66.0 * two_phased(), 90.0 * round_spike())])
    which, scales = _best_template(spikes, np.zeros(3), matcher(SMALL, LARGE))
    assert which.tolist() == [1, 0, 1]
    np.testing.assert_allclose(scales, [0.9, 1.1, 0.9], atol=1e-3)


def test_of_two_templates_of_one_shape_the_one_of_more_spikes_has_the_crossing() -> None:
    rare, common = replace(LARGE, log_count=2.0), replace(LARGE, log_count=7.0)
    spikes = features(100.0 * round_spike())[np.newaxis]
    assert _best_template(spikes, np.zeros(1), matcher(rare, common))[0].tolist() == [1]
    assert _best_template(spikes, np.zeros(1), matcher(common, rare))[0].tolist() == [0]


def test_a_crossing_that_the_template_explains_by_less_than_half_is_no_spike_of_its() -> None:
    within, beyond = (features(100.0 * round_spike() + size * np.roll(round_spike(), 14)) for size in (60.0, 140.0))
    which, _ = _best_template(np.array([within, beyond]), np.zeros(2), matcher(replace(LARGE, gate=1.0)))
    assert which.tolist() == [0, -1]


def test_what_the_background_explains_better_is_no_spike() -> None:
    """A Gaussian of noise SD 1 on the mean spike itself, of many crossings."""
    spikes = features(100.0 * round_spike())[np.newaxis]
    for log_count, expected in ((-3.0, 0), (20.0, -1)):
        hash_of_many = Background(spikes, np.eye(WINDOW.samples)[np.newaxis], np.array([log_count]))
        assert _best_template(spikes, np.zeros(1), matcher(LARGE, background=hash_of_many))[0].tolist() == [expected]


def test_a_spike_is_as_large_as_its_unit_at_that_moment() -> None:
    run_down = replace(LARGE, track_scale=np.array([1.0, 0.4]), spread=0.05)
    spikes = np.array([features(100.0 * round_spike()), features(40.0 * round_spike())])
    for samples, expected in ((0.0, [0, -1]), (1e6, [-1, 0])):
        which, _ = _best_template(spikes, np.full(2, samples), matcher(run_down))
        assert which.tolist() == expected


# Where


def test_a_spike_that_lies_later_than_it_was_read_is_moved_later() -> None:
    slope = np.gradient(features(100.0 * round_spike()))
    jittered = replace(LARGE, slope=slope, jitter=1.0)
    still = replace(SMALL, slope=slope, jitter=0.0)
    spikes = np.array([features(100.0 * round_spike(late)) for late in (0.6, -0.6, 0.6, 0.6)])
    offsets = np.full(4, 0.1)
    moved = _placed(spikes, offsets, np.array([0, 0, 1, -1]), matcher(jittered, still))
    np.testing.assert_allclose(moved, [0.7, -0.5, 0.1, 0.1], atol=0.05)
    np.testing.assert_array_equal(offsets, 0.1)


def test_the_smaller_of_two_matches_within_a_window_waits() -> None:
    known = matcher(LARGE, SMALL)
    far = WINDOW.samples
    for rows, which, expected in (
        ((100, 110), (0, 1), (False, True)),
        ((110, 100), (0, 1), (False, True)),
        ((100, 110), (1, 0), (True, False)),
        ((100, 100 + far - 1), (0, 1), (False, True)),
        ((100, 100 + far), (0, 1), (False, False)),
        ((100, 110), (0, -1), (False, False)),
        ((100, 110), (-1, 1), (False, False)),
        ((100, 110), (0, 0), (False, False)),
        ((100, 105, 110), (0, -1, 1), (False, False, True)),
        ((100, 105, 110), (1, -1, 0), (True, False, False)),
    ):
        found = _overshadowed(np.array(rows), np.array(which), np.ones(len(rows)), known)
        assert found.tolist() == list(expected), (rows, which)


def test_what_overshadows_is_the_energy_of_the_spike_not_of_its_template() -> None:
    rows, which = np.array([100, 110]), np.array([0, 1])
    assert _overshadowed(rows, which, np.array([0.3, 1.0]), matcher(LARGE, SMALL)).tolist() == [True, False]


def test_rows_near_a_known_one_are_looked_at_again() -> None:
    rows = np.array([89, 91, 100, 109, 111])
    assert _within(rows, np.array([100]), 10).tolist() == [False, True, True, True, False]


def test_a_round_subtracts_what_it_matched_where_it_lies_and_leaves_the_rest() -> None:
    other = 80.0 * np.roll(two_phased(), 9)
    residual = wire((300, 100.0 * round_spike(0.3)), (450, 90.0 * round_spike(-0.4)), (700, other))
    rows, offsets, which, scales = _match_round(residual, islands(residual), None, matcher(LARGE))
    matched = which == 0
    assert rows[matched].tolist() == [300, 450]
    np.testing.assert_allclose(offsets[matched], [0.3, -0.4], atol=0.02)
    np.testing.assert_allclose(scales[matched], [1.0, 0.9], atol=0.01)
    assert np.abs(residual[200:550]).max() < 1.0
    assert np.abs(residual[650:750]).max() > 70.0


def test_a_smaller_spike_in_the_window_of_a_larger_one_is_found_in_the_next_round() -> None:
    residual = wire((300, 100.0 * round_spike()), (345, 60.0 * two_phased()))
    known = matcher(LARGE, SMALL)
    rows, _, which, _ = _match_round(residual, islands(residual), None, known)
    assert dict(zip(rows.tolist(), which.tolist(), strict=True)) == {300: 0, 345: -1}
    rows, _, which, scales = _match_round(residual, islands(residual), np.array([300]), known)
    assert (rows.tolist(), which.tolist()) == ([345], [1])
    assert scales.tolist() == pytest.approx([1.0], abs=0.01)


def test_a_later_round_looks_only_beside_what_was_taken() -> None:
    residual = wire((300, 100.0 * round_spike()), (700, 100.0 * round_spike()))
    rows, _, which, _ = _match_round(residual, islands(residual), np.array([320]), matcher(LARGE))
    assert rows.tolist() == [300]
    assert which.tolist() == [0]


# Small spikes


def test_a_faint_spike_counts_from_the_least_size_of_its_unit() -> None:
    """Each is beyond the threshold of the filter; those that do not count stay in the voltage."""
    small = template(50.0 * round_spike(), spread=0.2)
    filters = MatchedFilters.of(
        [small],
        np.array([0.3]),
        SPACE,
        np.array([NOISE_UV]),
        window=WINDOW,
        sampling_hz=FS,
        settings=FaintSettings(most_spread_sd=5.0),
    )
    sizes = {200: 0.5, 400: 0.58, 600: 0.62, 800: 0.9}
    residual = wire(*((row, 50.0 * size * round_spike()) for row, size in sizes.items()))
    rows, offsets, which, scales = _match_faint(
        residual, islands(residual), replace(matcher(small, least=0.6), filters=filters)
    )
    assert rows.tolist() == [600, 800]
    np.testing.assert_allclose(offsets, 0.0, atol=0.01)
    assert which.tolist() == [0, 0]
    np.testing.assert_allclose(scales, [0.62, 0.9], atol=0.01)
    left = [float(np.abs(residual[row - 30 : row + 30]).max()) for row in sizes]
    np.testing.assert_allclose(left, [25.0, 29.0, 0.0, 0.0], atol=0.5)


# Judged again


def confirmed(left: np.ndarray, scale: float = 1.0, **changed: object) -> tuple[int, float, float]:
    """What is made of a match of `scale` that leaves `left` in the voltage."""
    background = changed.pop("background", NOTHING)
    one = replace(LARGE, **changed)  # type: ignore[arg-type]
    residual = wire((500, left))
    judged = _confirm(
        residual,
        islands(residual),
        np.array([500]),
        np.zeros(1),
        np.array([0]),
        np.array([scale]),
        matcher(one, background=cast(Background, background)),
    )
    return int(judged.template[0]), float(judged.scales[0]), float(judged.peaks_uv[0, 0])


NOTHING_LEFT = np.zeros(LONG.samples)


def test_a_match_that_leaves_nothing_stands() -> None:
    assert confirmed(NOTHING_LEFT) == pytest.approx((0, 1.0, 100.0), abs=1e-3)


def test_what_a_neighbour_had_of_a_spike_is_given_back() -> None:
    assert confirmed(15.0 * round_spike(), 0.9) == pytest.approx((0, 1.05, 105.0), abs=1e-3)
    assert confirmed(-15.0 * round_spike(), 0.9) == pytest.approx((0, 0.75, 75.0), abs=1e-3)


def test_a_match_of_another_shape_falls() -> None:
    bump = np.roll(round_spike(), 14)
    energy = float((features(bump) ** 2).sum())
    for size, expected in ((0.9, 0), (1.1, -1)):
        left = size * np.sqrt(LARGE.gate / energy) * bump
        assert confirmed(left)[0] == expected
    assert confirmed(left)[1] == 0.0


def test_a_match_of_another_size_falls() -> None:
    sizes = (1.3, 1.45, 0.7, 0.55)  # the limit is 4 SD of 0.1
    assert [confirmed(NOTHING_LEFT, size)[0] for size in sizes] == [0, -1, 0, -1]
    assert [confirmed(NOTHING_LEFT, size, spread=0.05)[0] for size in (1.3, 1.4)] == [0, -1]  # or 35 %
    assert confirmed(NOTHING_LEFT, 0.5, track_scale=np.array([0.5, 0.5]))[0] == 0


def test_a_match_that_the_background_explains_better_falls() -> None:
    here = Background(LARGE.axis[np.newaxis], np.eye(WINDOW.samples)[np.newaxis], np.array([20.0]))
    elsewhere = Background(-LARGE.axis[np.newaxis], np.eye(WINDOW.samples)[np.newaxis], np.array([20.0]))
    assert confirmed(NOTHING_LEFT, background=here)[0] == -1
    assert confirmed(NOTHING_LEFT, background=elsewhere)[0] == 0


def test_each_match_is_judged_by_its_own_template() -> None:
    residual = wire()
    rows, which = np.array([300, 600, 800]), np.array([1, 0, -1])
    known = matcher(LARGE, SMALL)
    judged = _confirm(residual, islands(residual), rows, np.zeros(3), which, np.ones(3), known)
    assert judged.template.tolist() == [1, 0, -1]
    np.testing.assert_allclose(judged.scales, [1.0, 1.0, 0.0], atol=1e-3)
    np.testing.assert_allclose(judged.peaks_uv[:, 0], [SMALL.mean_uv[LONG.pre, 0], 100.0, 0.0], atol=1e-3)


@pytest.mark.parametrize(("other_count", "doubt"), [(5.0, 0.5), (5.0 - np.log(3.0), 0.25)])
def test_a_spike_between_two_templates_is_in_doubt_as_their_counts_say(other_count: float, doubt: float) -> None:
    alike = replace(LARGE, unit=1, log_count=other_count)
    judged = _confirm(
        wire(), islands(wire()), np.array([500]), np.zeros(1), np.array([0]), np.ones(1), matcher(LARGE, alike)
    )
    assert judged.template.tolist() == [0]
    assert judged.rival.tolist() == [1]
    assert judged.doubt[0] == pytest.approx(doubt, abs=1e-3)


def test_a_template_of_the_same_unit_is_no_rival_and_none_that_it_does_not_fit() -> None:
    other = replace(SMALL, unit=1)
    known = matcher(LARGE, replace(LARGE, log_count=4.9), other)
    judged = _confirm(wire(), islands(wire()), np.array([500]), np.zeros(1), np.array([0]), np.ones(1), known)
    assert judged.doubt.tolist() == [0.0]
    np.testing.assert_allclose(judged.features[0], LARGE.axis, atol=1e-3)
