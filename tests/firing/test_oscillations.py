"""Slow oscillation of the rate: found where it is, and not where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.firing import OscillationSettings, slow_oscillation
from ephys.model import Epoch, Support, Unit

QUICK = OscillationSettings(replicates=99)


def _unit(rate_hz: float, seconds: float, cv: float, seed: int, *, depth: float = 0.0, at_hz: float = 0.05) -> Unit:
    """Gamma train on the clock of a rate that swings."""
    random = np.random.default_rng(seed)
    clock = np.linspace(0.0, seconds, int(seconds * 50))
    phase = 2 * np.pi * (at_hz * clock + random.uniform())
    expected = rate_hz * (clock + depth * (np.cos(phase[0]) - np.cos(phase)) / (2 * np.pi * at_hz))
    events = np.cumsum(random.gamma(cv**-2, cv**2, int(2 * rate_hz * seconds) + 60)) - random.uniform()
    events = events[(events > 0) & (events < expected[-1])]
    return Unit.from_times(np.interp(events, expected, clock), support=Epoch(0.0, seconds))


@pytest.mark.parametrize(("cv", "seconds"), [(0.3, 180.0), (1.0, 400.0)])
def test_a_steady_train_is_called_no_more_often_than_chance_says(cv: float, seconds: float) -> None:
    found = [
        slow_oscillation(_unit(1.0, seconds, cv, seed), Epoch(0.0, seconds), settings=QUICK) for seed in range(120)
    ]
    # 120 at 5 %: 13 is three standard errors above.
    assert 1 <= sum(osc.p <= 0.05 for osc in found) <= 13
    assert sum(osc.detected for osc in found) <= 13
    assert sum(osc.depth.low == 0.0 for osc in found) >= 107


@pytest.mark.parametrize(("cv", "depth", "at_hz"), [(0.3, 0.3, 0.05), (0.5, 0.5, 0.03), (1.0, 0.6, 0.08)])
def test_an_oscillation_is_found_with_its_frequency_and_depth(cv: float, depth: float, at_hz: float) -> None:
    window = Epoch(0.0, 400.0)
    found = [
        slow_oscillation(_unit(2.0, 400.0, cv, seed, depth=depth, at_hz=at_hz), window, settings=QUICK)
        for seed in range(30)
    ]
    assert sum(osc.detected for osc in found) >= 28
    assert max(abs(osc.frequency_hz - at_hz) for osc in found if osc.detected) < 1 / 400
    assert np.median([osc.depth.value for osc in found]) == pytest.approx(depth, rel=0.1)
    assert sum(osc.depth.low <= depth <= osc.depth.high for osc in found) >= 26


def test_a_slow_fall_of_the_rate_is_no_oscillation() -> None:
    called = 0
    for seed in range(40):
        times = _unit(2.0, 300.0, 0.5, seed).times_s
        falling = 300.0 * (times / 300.0) ** 1.6
        called += slow_oscillation(
            Unit.from_times(falling, support=Epoch(0.0, 300.0)), Epoch(0.0, 300.0), settings=QUICK
        ).detected
    assert called <= 8


def test_a_gap_hides_no_oscillation_and_makes_none() -> None:
    support = Support.of(Epoch(0.0, 150.0), Epoch(190.0, 400.0))
    for depth, detected in ((0.6, 15), (0.0, 0)):
        found = []
        for seed in range(15):
            times = _unit(2.0, 400.0, 0.4, seed, depth=depth).times_s
            unit = Unit.from_times(times[support.mask(times)], support=support)
            found.append(slow_oscillation(unit, Epoch(0.0, 400.0), settings=QUICK).detected)
        assert abs(sum(found) - detected) <= 3


def test_a_short_window_or_few_spikes_are_nan_with_the_reason() -> None:
    unit = _unit(1.0, 400.0, 0.5, 0)
    short = slow_oscillation(unit, Epoch(0.0, 120.0))
    assert np.isnan([short.frequency_hz, short.depth.value, short.p]).all()
    assert not short.detected
    assert short.note == "120 s recorded hold 2.4 cycles of 0.02 Hz, fewer than 3"
    assert slow_oscillation(unit, Epoch(0.0, 150.0)).note == ""
    assert slow_oscillation(_unit(0.1, 400.0, 0.5, 0), Epoch(0.0, 400.0)).note.endswith("fewer than 50")
    assert slow_oscillation(Unit.from_times([], support=Epoch(0.0, 400.0)), Epoch(0.0, 400.0)).note.startswith("0 ")
    with pytest.raises(ParameterError, match="slowest_hz < fastest_hz"):
        OscillationSettings(slowest_hz=0.2)
    with pytest.raises(ParameterError, match="99 replicates"):
        OscillationSettings(replicates=9)


def test_a_rhythm_of_single_spikes_within_the_band_is_no_oscillation_of_the_rate() -> None:
    """A cell that fires once every 12 s: shuffling leaves its rhythm what it is."""
    found = [
        slow_oscillation(_unit(1 / 12, 900.0, 0.25, seed), Epoch(0.0, 900.0), settings=QUICK) for seed in range(20)
    ]
    assert sum(osc.detected for osc in found) <= 4


@pytest.mark.real_data
def test_hardly_a_real_noradrenergic_cell_oscillates(shared_data: Path) -> None:
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    found = []
    for cell, times in cells["spikes"].items():
        stop_s = max(cells["recording_dur"][cell], max(times) + 0.001)
        unit = Unit.from_times(np.sort(np.array(times)), support=Epoch(0.0, stop_s))
        found.append(slow_oscillation(unit, Epoch(0.0, stop_s), settings=QUICK))
    judged = [osc for osc in found if not osc.note]
    assert len(judged) >= 38
    assert sum(osc.detected for osc in judged) <= 6
