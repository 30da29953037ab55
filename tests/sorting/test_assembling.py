"""What is given as a cell could be one."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.model import Epoch, Support, Unit
from ephys.sorting.assembling import _isolated


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
