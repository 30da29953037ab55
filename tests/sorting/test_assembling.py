"""What is given as a cell could be one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from ephys.model import Epoch, Recording, Support, Unit
from ephys.sorting.assembling import _isolated, _short_share, assemble_units
from ephys.sorting.matches import Matcher, Matches
from ephys.sorting.templates import Template


def unit(times_s: np.ndarray, amplitudes_uv: np.ndarray, threshold_uv: float = 45.0) -> Unit:
    support = Support.of(Epoch(0.0, 1000.0))
    return Unit("1", times_s, support, amplitudes_uv, threshold_uv=threshold_uv, noise_uv=10.0)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_large_cell_is_isolated_also_with_bursts(random: np.random.Generator) -> None:
    times_s = np.sort(np.concatenate([np.arange(1.0, 500.0), np.arange(1.0, 500.0, 2.0) + 0.007]))
    assert _isolated(unit(times_s, random.normal(90.0, 10.0, len(times_s))))


def test_what_fires_within_its_own_refractory_time_is_not_one_cell_however_large(random: np.random.Generator) -> None:
    times_s = np.sort(np.concatenate([np.arange(1.0, 500.0), np.arange(1.0, 500.0, 4.0) + 0.0017]))
    assert not _isolated(unit(times_s, random.normal(200.0, 10.0, len(times_s))))


def test_a_tail_that_crowds_at_the_threshold_is_hash(random: np.random.Generator) -> None:
    amplitudes_uv = 45.0 + random.exponential(4.0, 600)
    assert not _isolated(unit(np.sort(random.uniform(0.0, 1000.0, 600)), amplitudes_uv))


def test_a_cell_that_ran_down_is_isolated_while_it_is_large(random: np.random.Generator) -> None:
    times_s = np.arange(1.0, 901.0)
    sizes_uv = np.clip(90.0 - 0.06 * times_s, 20.0, None) + random.normal(0.0, 8.0, len(times_s))
    seen = sizes_uv > 45.0
    assert _isolated(unit(times_s[seen], sizes_uv[seen]))


@pytest.mark.parametrize(("interval_s", "isolated"), [(0.0019, False), (0.0021, True)])
def test_an_interval_of_less_than_two_milliseconds_is_too_short_for_one_cell(interval_s: float, isolated: bool) -> None:
    times_s = np.sort(np.concatenate([np.arange(1.0, 500.0), np.arange(1.0, 500.0, 4.0) + interval_s]))
    assert _isolated(unit(times_s, np.full(len(times_s), 200.0))) == isolated
    assert _short_share(unit(times_s, np.full(len(times_s), 200.0))) == pytest.approx(0.0 if isolated else 125 / 623)


@pytest.mark.parametrize(("every", "isolated"), [(10, True), (8, False)])
def test_a_tenth_of_short_intervals_is_too_many(every: int, isolated: bool) -> None:
    times_s = np.sort(np.concatenate([np.arange(1.0, 801.0), np.arange(1.0, 801.0, every) + 0.0015]))
    assert _isolated(unit(times_s, np.full(len(times_s), 200.0))) == isolated


@pytest.mark.parametrize(("doublets", "isolated"), [(10, True), (30, False)])
def test_loud_stretches_with_short_intervals_are_several_cells(
    doublets: int, isolated: bool, random: np.random.Generator
) -> None:
    """A loud stretch, then many spikes at the threshold: all in all a tail."""
    times_s = np.sort(np.concatenate([np.arange(1.0, 801.0), np.arange(1.0, 1.0 + doublets) + 0.0015]))
    sizes_uv = np.where(np.arange(len(times_s)) < 200, 90.0, 45.5 + random.exponential(2.0, len(times_s)))
    assert _isolated(unit(times_s, sizes_uv)) == isolated


def gamma_train(random: np.random.Generator, rate_hz: float, *, cv: float, stop_s: float) -> np.ndarray:
    shape = cv**-2
    times_s = np.cumsum(random.gamma(shape, 1.0 / (rate_hz * shape), round(2.0 * rate_hz * stop_s)))
    return times_s[times_s < stop_s]


def test_a_fast_cell_that_was_silenced_is_still_one_cell(random: np.random.Generator) -> None:
    """Over the whole session it looks slow, and its own intervals like those of two cells."""
    times_s = gamma_train(random, 8.0, cv=0.5, stop_s=200.0)
    assert _isolated(unit(times_s, random.normal(90.0, 10.0, len(times_s))))


def test_bursts_within_two_milliseconds_are_not_two_cells(random: np.random.Generator) -> None:
    times_s = gamma_train(random, 5.0, cv=0.5, stop_s=900.0)
    bursts_s = np.sort(np.concatenate([times_s, times_s[::12] + 0.0017]))
    assert _isolated(unit(bursts_s, random.normal(90.0, 10.0, len(bursts_s))))


@pytest.mark.parametrize("silenced", [False, True])
@pytest.mark.parametrize(("low_ms", "high_ms", "share"), [(5.0, 22.0, 0.3), (10.0, 30.0, 0.2), (20.0, 50.0, 0.1)])
def test_a_slow_cell_is_one_cell_however_long_its_doublets_and_whatever_the_drug_does(
    low_ms: float, high_ms: float, share: float, silenced: bool, random: np.random.Generator
) -> None:
    times_s = gamma_train(random, 1.5, cv=0.3, stop_s=300.0 if silenced else 900.0)
    second = random.random(len(times_s)) < share
    doublets_s = times_s[second] + random.uniform(low_ms, high_ms, second.sum()) * 1e-3
    train = np.sort(np.concatenate([times_s, doublets_s]))
    assert _isolated(unit(train, random.normal(90.0, 10.0, len(train))))


@pytest.mark.real_data
def test_real_juxtacellular_cells_are_one_cell_by_their_intervals(shared_data: Path) -> None:
    """Spontaneous trains of noradrenergic cells, each recorded with its own electrode."""
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())["spikes"]
    trains = [np.unique(times) for times in cells.values() if len(times) >= 50]
    assert len(trains) == 47
    for train in trains:
        train -= train[0] - 1.0
        support = Support.of(Epoch(0.0, float(train[-1]) + 1.0))
        sizes_uv = np.full(len(train), 90.0)
        assert _isolated(Unit("1", train, support, sizes_uv, threshold_uv=45.0, noise_uv=10.0))


@pytest.mark.parametrize(("rate_hz", "cv"), [(9.0, 0.5), (1.6, 0.3)])
def test_two_cells_that_nothing_but_their_intervals_parts_are_multi_unit(
    rate_hz: float, cv: float, random: np.random.Generator
) -> None:
    trains = [gamma_train(random, rate_hz, cv=cv, stop_s=900.0) for _ in range(2)]
    both_s = np.sort(np.concatenate(trains))
    assert _isolated(unit(trains[0], random.normal(90.0, 10.0, len(trains[0]))))
    assert not _isolated(unit(both_s, random.normal(90.0, 10.0, len(both_s))))


FS = 20000.0
RECORDING = Recording.from_array(np.zeros((200_000, 2), dtype=np.int8), sampling_hz=FS, start_s=50.0)


def template(number: int, peak_uv: float, *, lag: float = 0.0, log_count: float = 5.0, channel: int = 0) -> Template:
    mean = np.zeros((20, 2), dtype=np.float32)
    mean[8, channel] = peak_uv
    track = np.array([0.0, 1.0])
    return Template(number, lag, mean, np.ones(2), track, np.ones(2), 0.1, 30.0, log_count)


def assemble(
    templates: list[Template],
    samples: list[float],
    which: list[int],
    scales: list[float] | None = None,
    **given: object,
) -> list[Unit]:
    sizes = np.ones(len(samples)) if scales is None else np.array(scales)
    peaks_uv = np.full((len(samples), 2), given.pop("peak_uv", 10.0), dtype=np.float32)
    least = np.full(len(templates), given.pop("least", 0.5))
    matcher = SimpleNamespace(templates=templates, noise_uv=np.array([10.0, 20.0]), least=least)
    alike, none, sure = np.ones((len(samples), 2), dtype=np.float32), np.full(len(samples), -1), np.zeros(len(samples))
    matches = Matches(np.array(samples), np.array(which), sizes, peaks_uv, alike, none, sure)
    return assemble_units(matches, cast(Matcher, matcher), RECORDING, unit_threshold_sd=4.5, least_spikes=2)


def test_a_spike_on_another_phase_is_when_its_unit_peaks() -> None:
    """The second template's peak comes 8.5 samples after the unit's."""
    templates = [template(0, 100.0), template(0, -70.0, lag=-8.5, log_count=2.0)]
    (unit_found,) = assemble(templates, [1000.0, 3008.5, 5000.25], [0, 1, 0])
    np.testing.assert_allclose(unit_found.times_s - 50.0, np.array([1000.0, 3000.0, 5000.25]) / FS, atol=1e-9)
    np.testing.assert_allclose(unit_found.amplitudes_uv, [100.0, 70.0, 100.0])
    assert unit_found.threshold_uv == pytest.approx(50.0)


@pytest.mark.parametrize(("apart_ms", "counted"), [(0.95, 2), (1.05, 3)])
def test_the_same_spike_is_counted_once(apart_ms: float, counted: int) -> None:
    samples = [1000.0, 1000.0 + apart_ms * 1e-3 * FS, 9000.0]
    (unit_found,) = assemble([template(0, 100.0)], samples, [0, 0, 0])
    assert unit_found.n_spikes == counted


def test_spikes_count_from_the_least_size_of_their_unit_and_units_from_the_least_spikes() -> None:
    templates = [template(0, 100.0), template(1, -80.0, channel=1)]
    samples, which = [1000.0, 2000.0, 3000.0, 4000.0, 5000.0], [0, 0, 0, 1, 1]
    first, second = assemble(templates, samples, which, [0.9, 0.61, 0.59, 0.7, 1.2], least=0.6)
    np.testing.assert_allclose(first.amplitudes_uv, [56.0, 96.0])
    np.testing.assert_allclose(second.amplitudes_uv, [90.0, 61.0])
    assert [(one.id, one.threshold_uv, one.noise_uv) for one in (first, second)] == [
        ("1", pytest.approx(48.0), 20.0),
        ("2", pytest.approx(60.0), 10.0),
    ]
    assert len(assemble(templates, samples[1:4], which[1:4])) == 1


def test_what_is_no_units_is_a_multi_unit_from_the_threshold_in_noise() -> None:
    (rest,) = assemble([template(0, 100.0)], [1000.0, 2000.0, 3000.0], [-1, -1, -1], peak_uv=90.0)
    assert rest.multi_unit
    assert rest.threshold_uv == 45.0
    assert rest.n_spikes == 3
    assert assemble([template(0, 100.0)], [1000.0, 2000.0, 3000.0], [-1, -1, -1], peak_uv=44.0) == []
