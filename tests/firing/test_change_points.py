from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.firing import ChangePoint, ChangePointSettings, find_change_point, find_change_points
from ephys.model import Epoch, Support, Unit

WINDOW = Epoch(100.0, 250.0)


def train(before_hz: float, after_hz: float, at_s: float, cv: float, seed: int) -> np.ndarray:
    """Gamma renewal spikes in the window, drawn one by one, apart from the code that is tested."""
    random = np.random.default_rng(seed)
    shape, time, spikes = 1.0 / cv**2, WINDOW.start_s, []
    while True:
        left = random.gamma(shape, 1.0 / shape) * (random.uniform() if not spikes else 1.0)
        while left > 0:
            rate = before_hz if time < at_s else after_hz
            stop = at_s if time < at_s else math.inf
            if rate <= 0 and stop == math.inf:
                return np.array(spikes)
            ahead = left / rate if rate > 0 else math.inf
            if time + ahead <= stop:
                time, left = time + ahead, 0.0
            else:
                left -= rate * (stop - time)
                time = stop
        if time >= WINDOW.stop_s:
            return np.array(spikes)
        spikes.append(time)


def step_of(spikes: np.ndarray, **options: float) -> ChangePoint:
    return find_change_point(Unit.from_times(spikes, support=WINDOW), WINDOW, **options)


@pytest.mark.slow
@pytest.mark.parametrize("cv", [0.3, 0.6, 1.0])
def test_a_steady_train_is_seldom_said_to_step(cv: float) -> None:
    alarms = sum(step_of(train(1.2, 1.2, 170.0, cv, seed)).detected for seed in range(200))
    assert alarms <= 20  # 5 % meant; 20 of 200 is beyond the 99.9 % limit


@pytest.mark.slow
@pytest.mark.parametrize(("cv", "after_hz"), [(0.3, 0.6), (0.3, 0.0), (0.6, 0.5), (1.0, 0.0)])
def test_the_interval_holds_the_time_of_a_clear_step(cv: float, after_hz: float) -> None:
    steps = [step_of(train(1.5, after_hz, 190.0, cv, seed), cv=cv) for seed in range(120)]
    found = [step for step in steps if step.detected]
    assert len(found) >= 114
    held = np.mean([step.low_s <= 190.0 <= step.high_s for step in found])
    assert held >= 0.86


def test_a_rise_is_found_as_well_as_a_fall() -> None:
    step = step_of(train(0.8, 2.4, 180.0, 0.4, 3))
    assert step.detected
    assert step.after_hz > 2.0 * step.before_hz
    assert step.time_s == pytest.approx(180.0, abs=6.0)


def test_silence_after_the_last_spike_is_a_step_that_begins_there() -> None:
    spikes = np.arange(100.5, 170.0, 0.5)
    step = step_of(spikes)
    assert step.after_hz == 0.0
    assert step.time_s == spikes[-1]
    assert spikes[-1] - 0.1 <= step.low_s <= step.high_s <= spikes[-1] + 1.0


def test_every_step_is_found_in_order() -> None:
    pieces = (100.0, 150.0, 2.0), (150.0, 200.0, 0.4), (200.0, 250.0, 2.0)
    spikes = np.concatenate([np.arange(start + 0.5 / hz, stop, 1.0 / hz) for start, stop, hz in pieces])
    steps = find_change_points(Unit.from_times(spikes, support=WINDOW), WINDOW)
    assert [step.time_s for step in steps] == pytest.approx([150.0, 200.0], abs=2.0)
    assert find_change_points(Unit.from_times(spikes[:9], support=WINDOW), WINDOW) == ()


def test_a_gap_is_neither_time_nor_silence() -> None:
    spikes = np.concatenate([np.arange(100.25, 160.0, 0.5), np.arange(220.25, 250.0, 0.5)])
    gapped = Unit.from_times(spikes, support=Support.of(Epoch(100.0, 160.0), Epoch(220.0, 250.0)))
    assert not find_change_point(gapped, WINDOW).detected
    slower = np.concatenate([np.arange(150.25, 210.0, 0.5), np.arange(211.0, 270.0, 2.0)])
    recorded = Support.of(Epoch(150.0, 170.0), Epoch(190.0, 270.0))
    late = Unit.from_times(slower[recorded.mask(slower)], support=recorded)
    step = find_change_point(late, Epoch(150.0, 270.0))
    assert step.low_s <= 210.0 <= step.high_s


def test_one_seed_gives_one_answer_and_few_spikes_none() -> None:
    spikes = train(1.5, 0.5, 180.0, 0.6, 4)
    assert step_of(spikes, seed=1) == step_of(spikes, seed=1)
    nothing = step_of(spikes[:9])
    assert not nothing.detected
    assert math.isnan(nothing.p)


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="99 replicates or more"):
        ChangePointSettings(replicates=10)
