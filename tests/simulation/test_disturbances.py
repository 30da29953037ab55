"""Hum, pops, injections, clipping and gaps are on the wire as they were asked for, and the truth knows when."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from ephys.errors import ParameterError
from ephys.model import Epoch
from ephys.simulation import (
    CellSpec,
    Disturbances,
    DoseSchedule,
    Hum,
    InjectionArtefact,
    Pops,
    SimulatedSession,
    simulate_session,
)

FS = 20000.0
SHORT = DoseSchedule(baseline_s=40.0, interval_s=10.0, cumulative_ug_kg=(50.0,), antagonist="", recovery_s=10.0)


def wire(simulated: SimulatedSession) -> np.ndarray:
    assert simulated.session.recording is not None
    return simulated.session.recording.read(0, 10**7)[:, 0].astype(np.float64)


def quiet(disturbances: Disturbances, **given: object) -> SimulatedSession:
    return simulate_session(0, cells=[], schedule=SHORT, hash_rate_hz=0.0, disturbances=disturbances, **given)  # type: ignore[arg-type]


def test_hum_has_its_frequency_its_harmonics_and_its_size() -> None:
    hum = Hum(amplitude_uv=100.0, frequency_hz=60.0, harmonics=(0.0, 0.4), swell=0.0)
    frequencies, power = signal.periodogram(
        wire(quiet(Disturbances(hum=hum)))[: int(10 * FS)], FS, scaling="spectrum", window="hann"
    )

    def size_uv(hz: float) -> float:
        return float(np.sqrt(2.0 * power[np.abs(frequencies - hz).argmin()]))

    assert size_uv(60.0) == pytest.approx(100.0, rel=0.05)
    assert size_uv(180.0) == pytest.approx(40.0, rel=0.05)
    assert size_uv(120.0) < 3.0


def test_pops_stand_where_the_truth_says_and_nowhere_else() -> None:
    pops = Pops(per_min=20.0, amplitude_uv=1000.0, decay_ms=3.0)
    simulated = quiet(Disturbances(pops=pops))
    assert len(simulated.artefacts) > 5
    assert {span.label for span in simulated.artefacts} == {"pop"}
    traces = np.abs(wire(simulated))
    spoiled = np.zeros(len(traces), dtype=bool)
    for span in simulated.artefacts:
        rows = slice(round(span.start_s * FS), round(span.stop_s * FS))
        assert traces[rows].max() > 400.0
        spoiled[rows] = True
    assert traces[~spoiled].max() < 200.0


def test_an_injection_leaves_its_volley_at_every_administration_and_no_later() -> None:
    simulated = quiet(Disturbances(injection=InjectionArtefact(duration_s=2.0)))
    given_s = [given.start_s for given in simulated.session.protocol.administrations]
    assert [(span.start_s, span.label) for span in simulated.artefacts] == [(at, "injection") for at in given_s]
    jumps = np.abs(np.diff(wire(simulated)))
    largest_s = np.flatnonzero(jumps > 100.0) / FS
    assert len(largest_s) > 10
    assert all(any(span.start_s - 0.001 <= at < span.stop_s for span in simulated.artefacts) for at in largest_s)


def test_the_amplifier_clips_at_its_range() -> None:
    simulated = quiet(Disturbances(pops=Pops(per_min=20.0, amplitude_uv=5000.0), clip_uv=500.0))
    assert np.abs(wire(simulated)).max() == 500.0


def test_without_a_limit_the_voltage_stops_at_what_the_file_can_hold() -> None:
    simulated = quiet(Disturbances(pops=Pops(per_min=20.0, amplitude_uv=1e6)))
    assert np.abs(wire(simulated)).max() == 32767.0


def test_a_gap_is_no_silence_nothing_is_recorded_or_known_there() -> None:
    gap = Epoch(20.0, 30.0, "pause")
    cell = CellSpec(name="1", rate_hz=4.0, emax_percent=0.0)
    whole = simulate_session(3, cells=[cell], schedule=SHORT)
    cut = simulate_session(3, cells=[cell], schedule=SHORT, disturbances=Disturbances(gaps=(gap,)))
    assert whole.session.recording is not None
    assert cut.session.recording is not None
    assert cut.session.support.gaps[0].start_s == 20.0
    assert cut.session.recording.duration_s == 60.0
    assert cut.session.recording.support == cut.session.protocol.recorded
    (before,), (after,) = whole.true_units, cut.true_units
    assert gap.mask(before.times_s).sum() > 20
    np.testing.assert_array_equal(after.times_s, before.times_s[~gap.mask(before.times_s)])
    spikes = after.times_s[after.times_s > 30.0]
    rows, same = cut.session.recording.samples(spikes), whole.session.recording.samples(spikes)
    np.testing.assert_array_equal(wire(cut)[rows], wire(whole)[same])


def test_disturbances_leave_the_cells_as_they_are() -> None:
    plain = simulate_session(7, with_voltage=False)
    noisy = simulate_session(7, with_voltage=False, disturbances=Disturbances(hum=Hum(), pops=Pops()))
    for one, other in zip(plain.true_units, noisy.true_units, strict=True):
        np.testing.assert_array_equal(one.times_s, other.times_s)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Disturbances(gaps=(Epoch(1.0, 3.0), Epoch(2.0, 4.0))), "in order and apart"),
        (lambda: quiet(Disturbances(gaps=(Epoch(60.0, 90.0),))), "within the session of 70 s"),
        (lambda: Disturbances(clip_uv=0.0), "clip_uv must be positive, got 0"),
        (lambda: Pops(decay_ms=0.0), "decay_ms > 0, got 2"),
        (lambda: InjectionArtefact(duration_s=0.0), "duration_s > 0"),
        (lambda: Hum(frequency_hz=0.0), "frequency_hz > 0"),
    ],
)
def test_a_disturbance_that_cannot_be_is_refused(make: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()  # type: ignore[operator]
