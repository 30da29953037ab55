"""Spikes are described by the directions in which units differ, and what cannot be compared is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Epoch, Support, Unit, Waveform
from ephys.sorting import spike_features

WHOLE = Support.of(Epoch(0.0, 1000.0))
TIME_MS = np.arange(160) / 20.0 - 2.0
NARROW = np.exp(-((TIME_MS / 0.2) ** 2))
WIDE = np.exp(-((TIME_MS / 0.6) ** 2))


def cell(
    name: str, shape: np.ndarray, n: int = 100, *, channels: int = 1, seed: int = 0, kept: int | None = None
) -> Unit:
    kept = n if kept is None else kept
    noise = np.random.default_rng(seed).normal(0.0, 5.0, (kept, 160, channels))
    snippets = 100.0 * shape[None, :, None] * (1.0 + np.arange(channels)) + noise
    waveform = Waveform(snippets, np.arange(kept), 20000.0, 0.002, (100.0, 6000.0), 2, "zero")
    return Unit(name, np.arange(float(n)), WHOLE, waveform=waveform)


def test_two_shapes_lie_apart_along_the_first_component() -> None:
    features = spike_features([cell("1", NARROW), cell("2", WIDE, seed=1)])
    first = features.scores_uv[:, 0]
    one, other = first[features.unit_of == 0], first[features.unit_of == 1]
    assert abs(one.mean() - other.mean()) > 10 * max(one.std(), other.std())
    assert features.shares[0] > 0.8
    assert features.shares.sum() <= 1.0


def test_scores_are_distances_in_microvolts() -> None:
    quiet = [cell("1", NARROW), cell("2", WIDE)]
    features = spike_features(quiet, window_ms=(-1.0, 2.0))
    inside = slice(20, 81)
    apart = 100.0 * float(np.linalg.norm((WIDE - NARROW)[inside]))
    centres = [features.scores_uv[features.unit_of == unit].mean(axis=0) for unit in (0, 1)]
    assert float(np.linalg.norm(centres[1] - centres[0])) == pytest.approx(apart, rel=1e-3)


def test_all_channels_are_compared() -> None:
    features = spike_features([cell("1", NARROW, channels=4), cell("2", WIDE, channels=4)])
    assert features.n_channels == 4
    one = spike_features([cell("1", NARROW), cell("2", WIDE)])
    spread, single = (float(np.ptp(f.scores_uv[:, 0])) for f in (features, one))
    assert spread > 4 * single, "the cells are four times as large on the last channel"


def test_spikes_are_counted_with_those_whose_shape_was_not_kept() -> None:
    bare = Unit.from_times([1.0, 2.0], support=WHOLE, id="bare")
    features = spike_features([cell("1", NARROW, 100, kept=40), bare, cell("3", WIDE, 50)])
    assert features.n_spikes == (100, 2, 50)
    assert features.n_kept == (40, 0, 50)
    assert features.unit_ids == ("1", "bare", "3")


def test_an_artefact_lies_far_out_and_no_spike_of_a_gaussian_cell_does() -> None:
    one, other = cell("1", NARROW, 200), cell("2", WIDE, 200, seed=1)
    assert one.waveform is not None
    snippets = one.waveform.snippets_uv.copy()
    snippets[7] *= 30.0
    loud = replace(one, waveform=replace(one.waveform, snippets_uv=snippets))
    assert np.flatnonzero(spike_features([loud, other]).far_out).tolist() == [7]


def test_one_sorting_gives_one_sign() -> None:
    units = [cell("1", NARROW), cell("2", WIDE)]
    swapped = spike_features(units[::-1])
    features = spike_features(units)
    np.testing.assert_allclose(features.scores_uv[:100], swapped.scores_uv[100:], atol=1e-6)


@pytest.mark.parametrize("units", [[], [Unit.from_times([1.0], support=WHOLE)]])
def test_without_shapes_there_are_no_scores(units: list[Unit]) -> None:
    features = spike_features(units)
    assert features.scores_uv.shape == (0, 2)
    assert np.isnan(features.shares).all()


def test_one_spike_alone_lies_at_zero_and_has_no_variance() -> None:
    features = spike_features([cell("1", NARROW, 1)])
    np.testing.assert_array_equal(features.scores_uv, np.zeros((1, 2)))
    assert np.isnan(features.shares).all()


def test_shapes_of_two_filters_are_not_compared() -> None:
    other = cell("2", WIDE)
    assert other.waveform is not None
    for change, said in (
        ({"band_hz": (300.0, 6000.0)}, r"shapes of \(300.0, 6000.0\) Hz band, unit 1 of \(100.0, 6000.0\)"),
        ({"phase": "causal"}, "shapes of causal phase, unit 1 of zero"),
        ({"sampling_hz": 25000.0, "pre_s": 0.0016}, "shapes of 25000.0 Hz, unit 1 of 20000.0"),
    ):
        changed = replace(other, waveform=replace(other.waveform, **change))
        with pytest.raises(ParameterError, match=said):
            spike_features([cell("1", NARROW), changed])


def test_a_window_that_the_snippets_do_not_hold_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"unit 1: its snippets run from -2.00 to 5.95 ms .* -3 to 1 ms"):
        spike_features([cell("1", NARROW)], window_ms=(-3.0, 1.0))
