"""One cell that ipsapirone silences dose by dose, and the figures closed after each test."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from ephys.model import Administration, DoseProtocol, Epoch, Fate, Support, Unit
from ephys.pharmacology import DoseResponse, dose_response

mpl.use("Agg")

# Rate (Hz) of the cell in each stretch of 100 s: baseline, vehicle, five doses, after the antagonist.
RATES_HZ = (2.0, 2.0, 2.0, 1.8, 1.4, 0.8, 0.2, 0.0, 1.9)
SUPPORT = Support.of(Epoch(0.0, 900.0))


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def protocol() -> DoseProtocol:
    """Saline, five cumulative doses of ipsapirone from 25 to 400 µg/kg, WAY-100635."""
    doses = [
        Administration("ipsapirone", 300.0 + 100.0 * i, dose=dose, dose_unit="ug/kg", route="i.v.", form="base")
        for i, dose in enumerate((25.0, 25.0, 50.0, 100.0, 200.0))
    ]
    saline = Administration("saline", 200.0, dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle")
    antagonist = Administration("way-100635", 800.0, dose=100.0, dose_unit="ug/kg", route="i.v.", role="antagonist")
    return DoseProtocol((saline, *doses, antagonist), SUPPORT)


@pytest.fixture
def unit() -> Unit:
    """Spikes evenly spaced in each stretch, 100 µV over a threshold of 50 µV."""
    trains = [100.0 * i + (np.arange(round(100.0 * hz)) + 0.5) / hz for i, hz in enumerate(RATES_HZ) if hz > 0]
    times_s = np.concatenate(trains)
    return Unit("1", times_s, SUPPORT, np.full(times_s.shape, 100.0), 50.0, 12.5)


@pytest.fixture
def response(unit: Unit, protocol: DoseProtocol) -> DoseResponse:
    """Its response, of a cell held to the end."""
    return dose_response(unit, protocol, fate=Fate("held", 900.0, "fires to the end"))
