"""How a cell fires, all of it: each measure is of the same window, and says when there is too little to tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.firing import BurstSettings, measure_firing
from ephys.io.firing import FIRING_COLUMNS, firing_row
from ephys.model import Epoch, Support, Unit
from ephys.report.firing import firing_table
from ephys.simulation import add_doublets, renewal_train

WINDOW = Epoch(0.0, 180.0)


def _unit(cv: float = 0.3, *, doublets: float = 0.0, seed: int = 0) -> Unit:
    events = renewal_train(np.array([0.0, 400.0]), np.full(2, 1.5), cv=cv, seed=seed)
    times, _ = add_doublets(events, share=doublets, seed=seed)
    return Unit.from_times(times[times < 400.0], support=Epoch(0.0, 400.0))


def test_doublets_move_the_cv_of_all_intervals_and_not_that_of_events() -> None:
    profile = measure_firing(_unit(doublets=0.4), WINDOW)
    assert profile.all_intervals.cv.value > 0.5
    assert profile.regularity.cv.low < 0.3 < profile.regularity.cv.high
    assert profile.bursts.n_doublets > 50
    assert profile.rhythmicity.rhythmic
    assert profile.rate_hz.low < 1.5 * 1.4 < profile.rate_hz.high


def test_what_a_burst_is_holds_for_every_measure() -> None:
    strict = measure_firing(_unit(doublets=0.4), WINDOW, bursts=BurstSettings(0.002))
    assert len(strict.bursts) == 0
    assert strict.regularity == strict.all_intervals


def test_spikes_outside_the_window_change_nothing() -> None:
    unit = _unit()
    cut = Unit("1", unit.times_s[unit.times_s < 180.0], Support.of(Epoch(0.0, 400.0)))
    assert firing_row(measure_firing(unit, WINDOW)) == firing_row(measure_firing(cut, WINDOW))


@pytest.mark.parametrize("spikes", [[], [3.0], [3.0, 3.01, 90.0]])
def test_too_few_spikes_give_a_rate_with_its_interval_and_reasons_for_the_rest(spikes: list[float]) -> None:
    profile = measure_firing(Unit.from_times(spikes, support=Epoch(0.0, 400.0)), WINDOW)
    assert profile.rate_hz.value == len(spikes) / 180.0
    assert profile.rate_hz.high > 3.0 / 180.0
    row = firing_row(profile)
    assert set(row) == set(FIRING_COLUMNS)
    assert math.isnan(row["cv2"])
    texts = dict(firing_table(profile).rows)  # type: ignore[arg-type]
    assert "fewer than 50" in texts["regularity"]
    assert "nan" not in " ".join(texts.values())
