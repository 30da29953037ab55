"""Several contacts hear one cell at the sizes that its place gives, and share some of their noise."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.simulation import CellSpec, DoseSchedule, Electrode, linear_probe, simulate_session, tetrode
from ephys.simulation.bands import SORTING_BAND_HZ, filter_band

SHORT = DoseSchedule(baseline_s=40.0, interval_s=10.0, cumulative_ug_kg=(50.0,), antagonist="", recovery_s=10.0)


def test_the_nearest_contact_hears_a_cell_at_its_full_size_and_others_less() -> None:
    gains = tetrode().gains((25.0, 0.0, 20.0))
    assert gains.max() == gains[1] == 1.0
    assert (np.delete(gains, 1) < 0.75).all()
    assert gains[2] == gains.min()  # the wire across


def test_every_contact_of_the_voltage_holds_the_cell_at_its_share() -> None:
    cell = CellSpec(name="1", rate_hz=5.0, amplitude_uv=300.0, emax_percent=0.0, place_um=(0.0, 100.0, 10.0))
    simulated = simulate_session(0, cells=[cell], schedule=SHORT, electrode=linear_probe(4), noise_uv=4.0)
    recording = simulated.session.recording
    assert recording is not None
    assert recording.channel_names == ("wire1", "wire2", "wire3", "wire4")
    traces = filter_band(recording.read(0, 10**7).astype(float), SORTING_BAND_HZ, sampling_hz=20000.0)
    rows = recording.samples(simulated.true_units[0].times_s)
    heard = traces[rows].mean(axis=0) / traces[rows, 2].mean()
    np.testing.assert_allclose(heard, linear_probe(4).gains((0.0, 100.0, 10.0)), atol=0.03)


def test_contacts_share_the_part_of_their_noise_that_was_asked_for() -> None:
    electrode = Electrode(contacts_um=((0.0, 0.0, 0.0), (0.0, 50.0, 0.0)), shared_noise=0.5)
    simulated = simulate_session(0, cells=[], schedule=SHORT, electrode=electrode, hash_rate_hz=0.0)
    assert simulated.session.recording is not None
    traces = filter_band(simulated.session.recording.read(0, 10**7).astype(float), SORTING_BAND_HZ, sampling_hz=20000.0)
    assert traces.std(axis=0) == pytest.approx([7.5, 7.5], rel=0.05)
    assert np.corrcoef(traces.T)[0, 1] == pytest.approx(0.5, abs=0.05)


def test_an_electrode_that_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="at least one contact"):
        Electrode(contacts_um=())
    with pytest.raises(ParameterError, match=r"shared_noise must lie between 0 and 1, got 1.5"):
        Electrode(shared_noise=1.5)
    with pytest.raises(ParameterError, match="reach_um of an electrode must be positive"):
        Electrode(reach_um=0.0)
