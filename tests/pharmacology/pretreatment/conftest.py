"""Cells that got an antagonist before the agonist, with a known shift and a known effect of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit

ID50, TONIC, RATE_HZ = 240.0, 1.6, 1.5
INCREMENTS = (50.0, 50.0, 100.0, 200.0, 400.0, 800.0)
WAY = Administration("way-100635", 300.0, dose=100.0, dose_unit="ug/kg", route="i.v.", form="base", role="antagonist")


def _stepped(*segments: tuple[float, float, float], seed: int = 0, shape: float = 9.0) -> Unit:
    """Gamma intervals at a rate for each segment (start, stop, Hz)."""
    rng = np.random.default_rng(seed)
    parts = []
    for start_s, stop_s, hz in segments:
        times_s = start_s + np.cumsum(rng.gamma(shape, 1.0 / (shape * hz), size=int(2 * hz * (stop_s - start_s)) + 50))
        parts.append(times_s[times_s < stop_s])
    return Unit.from_times(np.concatenate(parts), support=Epoch(segments[0][0], segments[-1][1]))


def _pretreated(seed: int) -> tuple[Unit, DoseProtocol]:
    """1.5 Hz, 2.4 Hz after WAY-100635, six doses from 900 s on."""
    starts = [900.0 + 120.0 * step for step in range(len(INCREMENTS))]
    left = [TONIC * RATE_HZ / (1.0 + (total / ID50) ** 1.5) for total in np.cumsum(INCREMENTS)]
    segments = [(at, at + 120.0, rate) for at, rate in zip(starts, left, strict=True)]
    doses = [
        Administration("ipsapirone", at, dose=amount, dose_unit="ug/kg", route="i.v.", form="base")
        for at, amount in zip(starts, INCREMENTS, strict=True)
    ]
    unit = _stepped((0.0, 300.0, RATE_HZ), (300.0, 900.0, TONIC * RATE_HZ), *segments, seed=seed)
    return unit, DoseProtocol((WAY, *doses), Support.of(Epoch(0.0, segments[-1][1])))


@pytest.fixture(scope="session")
def stepped() -> Callable[..., Unit]:
    """Make a train of gamma intervals at a rate for each segment."""
    return _stepped


@pytest.fixture(scope="session")
def pretreated() -> Callable[[int], tuple[Unit, DoseProtocol]]:
    """Make a cell of a seed: ID50 240 µg/kg after 100 µg/kg of WAY-100635, which by itself makes 1.6 of the rate."""
    return _pretreated
